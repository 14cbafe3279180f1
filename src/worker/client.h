/*-------------------------------------------------------------------------
 *
 * client.h
 *		HTTP calls through the dispatcher, as a backend sees them.
 *
 * One client per SQL call: one DSM segment, two queues, any number of calls
 * in flight, told apart by id.  Deleting the memory context, or an abort,
 * detaches the segment, and the dispatcher drops what is in flight.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CLIENT_H
#define SYNTHIK_CLIENT_H

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/timestamp.h"

typedef struct HttpClient HttpClient;

typedef struct HttpCall
{
	uint32		id;				/* chosen by the caller, not 0 */
	const char *endpoint;		/* what concurrency and pauses go by */
	int			max_concurrency;	/* of the endpoint, over all sessions */
	TimestampTz not_before;		/* 0: at once */
	const char *url;
	List	   *headers;		/* of char * */
	const char *secret_header;	/* "authorization: Bearer …"; wiped behind it, or NULL */
	const char *body;
	size_t		body_length;
	const char *ca_file;		/* authorities to trust, and no others; NULL: the system's */
	bool		stream;			/* DATA events as they come; else one at the end */
	bool		allow_http;
	bool		allow_private;	/* addresses of this machine and private networks */
	int			timeout_ms;
	int			stall_ms;		/* streaming: without a byte for so long is an error */
	int64		max_response_bytes;
} HttpCall;

typedef enum HttpEventKind
{
	HTTP_EVENT_HEAD,			/* status and headers are there */
	HTTP_EVENT_DATA,			/* some bytes of the body */
	HTTP_EVENT_DONE,			/* the response is complete */
	HTTP_EVENT_FAILED			/* it is not, and will not be: see problem */
} HttpEventKind;

typedef struct HttpEvent
{
	HttpEventKind kind;
	uint32		id;
	int			status;			/* HEAD and after */
	char	   *headers;		/* HEAD: "name: value\n…", names in lower case */
	const char *data;			/* DATA: valid until the next wait */
	size_t		length;
	char	   *problem;		/* FAILED: palloc'd, without secrets */
	bool		sent;			/* FAILED: the request may have reached the server */
	bool		permanent;		/* FAILED: trying again does not help */
	double		seconds;		/* DONE, FAILED: since it was sent */
} HttpEvent;

extern HttpClient *http_client_open(void);
extern void http_client_submit(HttpClient *client, const HttpCall *call);
/* False on timeout.  Interrupts are served while waiting. */
extern bool http_client_wait(HttpClient *client, HttpEvent *event, long timeout_ms);
extern void http_client_cancel(HttpClient *client, uint32 id);
/* Nothing is sent to an endpoint before until, by any session. */
extern void http_client_pause(HttpClient *client, const char *endpoint, TimestampTz until);
/* Whether anything may still be heard of calls; not after an abort. */
extern bool http_client_connected(const HttpClient *client);
extern void http_client_close(HttpClient *client);

#endif							/* SYNTHIK_CLIENT_H */
