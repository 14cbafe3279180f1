/*-------------------------------------------------------------------------
 *
 * provider.h
 *		The adapters: pure functions from a request to bytes, and from
 *		bytes to an answer.  They know no network, no catalog and no rows.
 *
 * A new provider is one file and one row in provider_find()'s table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROVIDER_H
#define SYNTHIK_PROVIDER_H

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "server/model.h"
#include "util/json.h"

/* What to ask, in no provider's words. */
typedef struct ProviderRequest
{
	const Endpoint *endpoint;
	const Model *model;
	StructuredMode mode;
	const char *system;			/* UTF-8, as all */
	const char *user;
	JsonNode   *schema;			/* JSON Schema of the answer: an object with the
								 * one member "rows"; lowered by the adapter */
	int			max_output_tokens;
	double		temperature;	/* -1: not given */
	bool		seed_given;
	int64		seed;
	bool		stream;
	List	   *without;		/* of char *: parameters not to be sent, because
								 * ProviderError.parameter named them */
} ProviderRequest;

/* What to send.  The key is not in it: the client adds the header. */
typedef struct ProviderMessage
{
	char	   *url;
	List	   *headers;		/* of char *, "name: value" */
	char	   *body;
	size_t		body_length;
} ProviderMessage;

typedef enum FinishState
{
	FINISH_DONE, FINISH_TRUNCATED, FINISH_FILTERED, FINISH_REFUSED, FINISH_BROKEN
} FinishState;

/*
 * Starts zeroed, with text initialised.  A stream's events add to it, each in
 * the memory context that the answer lives in; what else an event allocates
 * is freed behind it.
 */
typedef struct ProviderAnswer
{
	FinishState finish;
	StringInfoData text;		/* what the model wrote */
	TokenUsage	usage;
	char	   *request_id;		/* or NULL */
	char	   *note;			/* of a refusal or filter, or NULL */
	bool		complete;		/* the response, or the stream, came to its end;
								 * finish counts from then on */
} ProviderAnswer;

/*
 * What follows from an error: stop, wait, try again, or ask otherwise.  A
 * prompt that a filter blocked is ERROR_BAD_REQUEST with the code
 * "content_filter".
 */
typedef enum ErrorClass
{
	ERROR_CONFIG, ERROR_QUOTA, ERROR_RATE, ERROR_TRANSIENT, ERROR_TOO_BIG,
	ERROR_BAD_SCHEMA, ERROR_BAD_PARAM, ERROR_BAD_REQUEST
} ErrorClass;

typedef struct ProviderError
{
	ErrorClass	class;
	int			status;			/* HTTP, or 0 for the network's own */
	char	   *code;			/* the provider's, or NULL */
	char	   *message;		/* shortened, never with a key in it */
	char	   *parameter;		/* of ERROR_BAD_PARAM: for ProviderRequest.without */
	double		wait_seconds;	/* -1: nothing said */
} ProviderError;

/* A response header, by lower-case name; NULL if there is none. */
typedef const char *(*HeaderLookup) (void *headers, const char *name);

typedef struct Provider
{
	const char *name;			/* the dialect */
	void		(*build_request) (const ProviderRequest *request, ProviderMessage *message);
	/* a whole response body of status 200; false: not this provider's form */
	bool		(*parse_response) (const char *body, size_t length, ProviderAnswer *answer);
	/* one SSE event; adds to the answer; an error within the stream sets error and returns false */
	bool		(*parse_event) (const char *event, const char *data, size_t length,
								ProviderAnswer *answer, ProviderError *error);
	void		(*classify_error) (int status, HeaderLookup lookup, void *headers,
								   const char *body, size_t length, ProviderError *error);
} Provider;

extern const Provider *provider_find(const char *dialect);

/*
 * A JSON Schema in the subset of a dialect and mode; what had to go is said
 * in words, one line a field, in *notes (palloc'd, may be ""), which
 * build_request adds to the system text.  A null may become a key that is
 * left out, and free JSON a string that holds its text.
 */
extern JsonNode *schema_lower(const JsonNode *schema, const char *dialect, StructuredMode mode,
							  char **notes);

/* Roughly how many tokens a text has, without a tokenizer: within 15 %. */
extern int64 tokens_estimate(const char *text, size_t length);

/* In seconds from now; -1 if there is none. Understands seconds, dates, and
 * Go durations (retry-after, retry-after-ms, x-ratelimit-reset-*). */
extern double wait_from_headers(HeaderLookup lookup, void *headers);

#endif							/* SYNTHIK_PROVIDER_H */
