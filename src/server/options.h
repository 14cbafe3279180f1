/*-------------------------------------------------------------------------
 *
 * options.h
 *		The options of the wrapper's servers and user mappings: one table
 *		that validates, hints, and fills an endpoint.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_OPTIONS_H
#define SYNTHIK_OPTIONS_H

#include "nodes/pg_list.h"
#include "server/endpoint.h"

#define OPTION_API_KEY		"api_key"
#define OPTION_API_KEY_FILE "api_key_file"
#define OPTION_API_KEY_ENV	"api_key_env"
#define OPTION_ALLOWED_HOST "allowed_host"
#define OPTION_CA_FILE		"ca_file"

/*
 * What CREATE and ALTER of an object of the given catalog may not store is an
 * error.  No message has the value of a secret in it.
 */
extern void options_validate(List *options, Oid catalog);

/* Sets the members of an endpoint that a server's options name; base_url too. */
extern void options_apply(List *options, Endpoint *endpoint);

/* The value of an option, or NULL. */
extern const char *option_value(List *options, const char *name);

/* What a URL is made of; false where it is none of ours. */
typedef struct UrlParts
{
	bool		https;
	char	   *host;			/* lower case, without brackets */
	int			port;			/* 0: not given */
	bool		is_address;		/* an IP address, not a name */
	bool		is_private;		/* this machine or a private network, as far
								 * as the URL itself says so */
} UrlParts;

extern bool url_parse(const char *url, UrlParts *parts);

/* "host", or "*.host" for all below one; case does not count. */
extern bool host_matches(const char *pattern, const char *host);

#endif							/* SYNTHIK_OPTIONS_H */
