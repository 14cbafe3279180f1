/*-------------------------------------------------------------------------
 *
 * endpoint.h
 *		Where a model's calls go, with which key, and who may.
 *
 * Built-in endpoints (openai, gemini, anthropic, llama) are known here; all
 * others are foreign servers of the wrapper "synthik", whose options are the
 * members of Endpoint.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ENDPOINT_H
#define SYNTHIK_ENDPOINT_H

#include "nodes/pg_list.h"

#define WRAPPER_NAME	"synthik"
#define ENDPOINT_VARIABLES 2	/* of the environment, for one endpoint */

typedef enum AuthHeader
{
	AUTH_BEARER, AUTH_API_KEY, AUTH_X_API_KEY, AUTH_X_GOOG_API_KEY, AUTH_NONE
} AuthHeader;

/* From the strictest; a server that refuses one is asked with the next. */
typedef enum StructuredMode
{
	STRUCTURED_STRICT,			/* JSON Schema, enforced */
	STRUCTURED_SCHEMA,			/* JSON Schema, as a hint */
	STRUCTURED_OBJECT,			/* some JSON object */
	STRUCTURED_PROMPT			/* in words */
} StructuredMode;

typedef struct Endpoint
{
	Oid			serverid;		/* or InvalidOid: built in */
	char	   *name;			/* "openai", or the server's */
	char	   *dialect;		/* "openai", "gemini", "anthropic" */
	char	   *base_url;		/* without a slash at the end */
	char	   *chat_path;		/* behind base_url: "/chat/completions",
								 * "/messages"; gemini: "/models", and the
								 * adapter adds "/<model>:<method>" */
	char	   *ca_file;		/* authorities to trust, and no others; NULL: the system's */
	char	   *query_suffix;	/* "api-version=…", or NULL */
	AuthHeader	auth_header;
	char	   *max_tokens_field;	/* "max_completion_tokens", or NULL: by model */
	char	   *seed_field;		/* "seed", or NULL: not sent */
	bool		send_temperature;
	bool		structured_given;	/* else the model's own */
	StructuredMode structured_mode;
	bool		schema_in_prompt;
	char	   *system_role;	/* "system", "developer" */
	char	   *extra_body;		/* JSON object merged last, or NULL */
	bool		stream;			/* may stream */
	bool		stream_usage;	/* include_usage is understood */
	int			max_concurrency;
	int			timeout_ms;		/* of a whole call */
	bool		trusted;		/* built in or a superuser's: http and private addresses */
	bool		own_address;	/* the provider's own host: retirements are errors */
} Endpoint;

/* By name of a built-in endpoint or of a foreign server (USAGE is checked). */
extern Endpoint *endpoint_load(const char *name);

/*
 * The key to send to an endpoint for the current user, palloc'd, or NULL for
 * auth none.  Errors say what to type: CREATE SERVER … and CREATE USER MAPPING.
 * Callers wipe it when it is sent (explicit_bzero).
 */
extern char *endpoint_key(const Endpoint *endpoint);

/* Where that key comes from, in words for people; the same errors. */
extern const char *endpoint_key_origin(const Endpoint *endpoint);

/* The names that a model can be called through: built-in endpoints, and the
 * foreign servers of the wrapper; for hints. */
extern List *endpoint_names(void);

/* The built-in endpoint whose dialect this is: "anthropic" of "anthropic". */
extern const char *endpoint_of_dialect(const char *dialect);

/* The environment variables that may have the key of a built-in endpoint, in
 * order, ENDPOINT_VARIABLES of them, some NULL; NULL for another endpoint. */
extern const char *const *endpoint_variables(const char *name);

/* The host of an address; throws where it is none of ours. */
extern char *endpoint_host(const char *url);

/* Throws where synthik.network, synthik.allowed_hosts, a standby or the
 * address itself (http, private, user info) forbid calls. */
extern void endpoint_check_address(const Endpoint *endpoint);

#endif							/* SYNTHIK_ENDPOINT_H */
