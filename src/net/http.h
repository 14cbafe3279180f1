/*-------------------------------------------------------------------------
 *
 * http.h
 *		Many HTTP transfers at a time, in a process that waits at one place.
 *
 * A transfer never retries, follows no redirect, knows no proxy and no
 * cookie, and ends with a status, or with a problem in words.  What arrives
 * is kept until the caller takes it; a transfer of which too much is kept
 * pauses, so that its sender has to wait.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_HTTP_H
#define SYNTHIK_HTTP_H

typedef struct HttpTransfer HttpTransfer;

/* What the pointers lead to is the caller's, until http_free(). */
typedef struct HttpRequest
{
	const char *url;
	int			nheaders;
	char	  **headers;		/* "name: value" */
	char	   *secret_header;	/* one more, or NULL; the caller wipes it */
	const char *ca_file;		/* authorities to trust, and no others; NULL: the system's */
	const char *body;			/* NULL: GET, else POST */
	size_t		body_length;
	bool		allow_http;
	bool		allow_private;
	int			timeout_ms;		/* of the whole transfer */
	int			stall_ms;		/* without a byte for so long is an error; 0: never */
	int64		max_response_bytes;
} HttpRequest;

typedef struct HttpEnd
{
	int			status;			/* 0 if there was none */
	const char *problem;		/* NULL if the response is complete */
	bool		sent;			/* the server may have got the request */
	bool		permanent;		/* the problem, as long as nobody changes something */
	double		seconds;
} HttpEnd;

/* Once in a process, which has a latch.  Throws. */
extern void http_init(void);

/* Whether one more transfer may be started. */
extern bool http_has_room(bool allow_private);

/* The request itself is copied.  What cannot start ends with a problem. */
extern HttpTransfer *http_start(const HttpRequest *request);

/* Ends a transfer at whatever stage it is. */
extern void http_free(HttpTransfer *transfer);

/* True when status and headers are there: "name: value\n…", lower-case names. */
extern bool http_head(const HttpTransfer *transfer, int *status,
					  const char **headers, size_t *length);

/* Bytes of the body that have not been taken; and takes some of them. */
extern size_t http_body(const HttpTransfer *transfer, const char **bytes);
extern void http_take(HttpTransfer *transfer, size_t length);

/* True when nothing more will come. */
extern bool http_ended(const HttpTransfer *transfer, HttpEnd *end);

/*
 * Moves bytes until the latch is set, something happened, or time is up
 * (-1: never).  Does not reset the latch; ends the process when the
 * postmaster dies.
 */
extern void http_wait(long timeout_ms, uint32 wait_event);

#endif							/* SYNTHIK_HTTP_H */
