/*-------------------------------------------------------------------------
 *
 * dispatcher_calls.h
 *		What the files of the dispatcher share: dispatcher.c (the process, its
 *		sessions and its loop), dispatcher_calls.c (calls, and whose turn it
 *		is), dispatcher_requests.c (what backends ask for) and
 *		dispatcher_events.c (what they are told).
 *
 * dispatcher.c says how it all works.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_DISPATCHER_CALLS_H
#define SYNTHIK_DISPATCHER_CALLS_H

#include "lib/ilist.h"
#include "lib/stringinfo.h"
#include "net/http.h"
#include "worker/protocol.h"

typedef struct DispatchEndpoint
{
	dlist_node	node;
	char	   *name;
	int			limit;			/* calls at a time */
	int			running;
	int			calls;			/* that refer to it */
	TimestampTz paused_until;
} DispatchEndpoint;

typedef enum CallState
{
	CALL_RECEIVING, CALL_WAITING, CALL_RUNNING, CALL_ENDED
} CallState;

typedef struct DispatchCall
{
	dlist_node	node;			/* in its session */
	MemoryContext memory;
	uint32		serial;
	CallState	state;
	DispatchEndpoint *endpoint;
	TimestampTz not_before;
	HttpRequest request;
	char	   *body;			/* request.body, while it is received */
	size_t		body_received;
	HttpTransfer *transfer;		/* once it was started */
	bool		head_given;
	const char *problem;		/* why it never was */
} DispatchCall;

typedef struct DispatchSession
{
	dlist_node	node;
	MemoryContext memory;
	Channel		channel;
	dlist_head	calls;
	int64		waiting;		/* bytes of bodies that were received */
	StringInfoData out;			/* a message that is being sent; len 0: none */
} DispatchSession;
typedef struct Dispatcher
{
	dlist_head	sessions;		/* longest unserved first */
	dlist_head	endpoints;
	bool		more_to_do;		/* so the next turn must not wait */
	bool		schedule;		/* calls may have become due */
	TimestampTz next_due;		/* when the next waiting call is */
} Dispatcher;

extern Dispatcher dispatcher;

/* dispatcher_calls.c */
extern DispatchEndpoint *dispatch_find_endpoint(const char *name);
extern void dispatch_forget_endpoints(TimestampTz now);
extern DispatchCall *dispatch_find_call(DispatchSession *session, uint32 serial);
extern void dispatch_end_call(DispatchCall *call, const char *problem);
extern void dispatch_stop_running(DispatchCall *call);
extern void dispatch_free_call(DispatchSession *session, DispatchCall *call);
extern void dispatch_note_ended(DispatchSession *session);
extern void dispatch_start_due(void);

/* dispatcher_requests.c */
extern bool dispatch_receive(DispatchSession *session);

/* dispatcher_events.c */
extern void dispatch_welcome(DispatchSession *session);
extern shm_mq_result dispatch_send(DispatchSession *session);
extern void dispatch_dismiss(DispatchSession *session);

#endif							/* SYNTHIK_DISPATCHER_CALLS_H */
