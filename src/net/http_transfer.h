/*-------------------------------------------------------------------------
 *
 * http_transfer.h
 *		What the files of net/http share: http.c (transfers, from their start
 *		to their end), http_callbacks.c (what libcurl hands over on the way)
 *		and http_loop.c (waiting for many at a time).
 *
 * http.c says by which rules.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_HTTP_TRANSFER_H
#define SYNTHIK_HTTP_TRANSFER_H

#include <curl/curl.h>
#include <signal.h>

#include "lib/ilist.h"
#include "net/http.h"
#include "utils/timestamp.h"

#define HEAD_CAP		(64 * 1024)
#define BODY_CAP		(256 * 1024)	/* kept at most, before a transfer pauses */
#define PROBLEM_SIZE	(CURL_ERROR_SIZE + 128)

/* Transfers that share connections. */
typedef struct HttpPool
{
	CURLM	   *multi;
	int			running;		/* transfers */
	TimestampTz timer_at;		/* when libcurl wants to be called; 0: not */
} HttpPool;

typedef enum HttpFault
{
	FAULT_NONE, FAULT_ADDRESS, FAULT_TOO_LARGE, FAULT_HEAD_TOO_LARGE, FAULT_MEMORY,
	FAULT_DESCRIPTORS, FAULT_STALLED
} HttpFault;

/* Malloc'd; begin is where what has not been taken begins. */
typedef struct HttpBuffer
{
	char	   *data;
	size_t		begin;
	size_t		end;
	size_t		room;
} HttpBuffer;

struct HttpTransfer
{
	dlist_node	node;			/* in running, until it ends */
	HttpPool   *pool;
	HttpRequest request;
	CURL	   *easy;			/* NULL once it has ended */
	struct curl_slist *header_list;
	size_t		uploaded;

	int			status;
	HttpBuffer	head;
	bool		head_done;
	HttpBuffer	body;
	int64		received;
	bool		paused;
	TimestampTz last_byte;

	HttpFault	fault;
	char		address[64];	/* of FAULT_ADDRESS */
	HttpEnd		end;			/* valid once easy is NULL */
	char		problem[PROBLEM_SIZE];
};

/* The first option that libcurl refuses, if any, is the transfer's end. */
#define HTTP_SET(option, value) \
	do { \
		if (code == CURLE_OK) \
			code = curl_easy_setopt(transfer->easy, (option), (value)); \
	} while (0)

/* http.c */
extern void http_end_transfer(HttpTransfer *transfer, CURLcode code);

/* http_callbacks.c */
extern CURLcode http_set_callbacks(HttpTransfer *transfer);

/* http_loop.c */
extern void http_block_signals(sigset_t *old);
extern void http_restore_signals(const sigset_t *old);
extern void http_loop_add(HttpTransfer *transfer);
extern CURLcode http_loop_run(HttpTransfer *transfer);
extern void http_loop_remove(HttpTransfer *transfer);

#endif							/* SYNTHIK_HTTP_TRANSFER_H */
