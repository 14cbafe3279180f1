/*-------------------------------------------------------------------------
 *
 * dispatcher.c
 *		The process that makes HTTP calls for all backends.
 *
 * There is one dispatcher in a cluster.  A backend that needs it starts it;
 * it leaves after a minute in which nobody did.  It moves bytes and knows
 * when to: it never looks into a body, never retries, and never opens a
 * transaction, so it holds back no vacuum and no CREATE DATABASE.
 *
 * Why a process of its own?  Limits hold over all sessions only if one place
 * counts; connections, with their TLS handshakes, are worth keeping between
 * statements; and libcurl with its threads stays out of the backends.
 *
 * Sessions and calls.  A session is a backend's channel: a segment with two
 * queues (protocol.h).  It has any number of calls, told apart by serial.
 *
 *		RECEIVING	its body is on the way in the request queue
 *		WAITING		for its time, a pause's end, or its endpoint's turn
 *		RUNNING		a transfer of net/http.c has it
 *		ENDED		what is left of its events has to go out
 *
 * Who is next.  An endpoint runs as many calls at a time as the last call
 * for it said; endpoints do not wait for each other.  Sessions are kept in
 * the order in which a call of theirs was last started, or they came, and
 * whoever waited longest is served first, one call at a time: a session with
 * a thousand calls delays one with a single call by one call, and statements
 * that keep coming pass nobody by.
 *
 * The loop.  Each turn takes new channels and requests, starts what is due,
 * hands out what has come, and waits: for its latch (queues and the inbox set
 * it), for the transfers' sockets, for the nearest time that something is
 * due.  No step blocks.  Messages go out without waiting; where a queue is
 * full, the message stays with its session and is tried again when the latch
 * says that the backend has read.  Meanwhile bytes pile up in the transfer,
 * up to a cap, and then libcurl reads no more of them: a slow backend slows
 * its own servers and nobody else.  Requests are always read, however slow
 * their backend reads answers, or it might wait for us while we wait for it;
 * a session that has too much waiting gets FAILED events instead.
 *
 * The end of a session.  When a backend goes away, in whatever way, its
 * segment is detached, and the request queue says so: all its transfers are
 * dropped there and then.  That is all that cancelling takes.
 *
 * The end of the dispatcher.  On SIGTERM it tells every call that it ends,
 * and whether its server may have got it, and leaves at once.  An error ends
 * the process too; the backends see that the queues are detached.  Either
 * way the place in shared memory is cleared (before segments are detached,
 * which is why before_shmem_exit() is used), and the next submission starts
 * another one.  A dispatcher that backends of a newer protocol ask to leave
 * gives its place up, finishes what it has, and goes.
 *
 * Memory.  Each session and each call has a context of its own.  Secrets are
 * wiped when their call ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "net/http.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "worker/dispatcher.h"
#include "worker/protocol.h"

#define IDLE_MS			(60 * 1000)
#define MESSAGES_A_TURN 64		/* of one session */
#define DATA_PIECE		(16 * 1024) /* bytes of a WIRE_DATA */
#define MAX_WAITING		((int64) WIRE_MAX_BODY)	/* request bytes of a session */
#define MAX_PAUSE_MS	(60 * 60 * 1000)
#define MAX_CALL_MS		(24 * 60 * 60 * 1000)
#define LEAVING			"the dispatcher was asked to leave"

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

static DispatcherShared *shared;
static dlist_head sessions = DLIST_STATIC_INIT(sessions);	/* longest unserved first */
static dlist_head endpoints = DLIST_STATIC_INIT(endpoints);
static bool retired;			/* our place is another one's */
static bool more_to_do;		/* so the next turn must not wait */
static bool schedule;			/* calls may have become due */
static TimestampTz next_due;	/* when the next waiting call is */
static TimestampTz idle_since;

/* ---- endpoints ------------------------------------------------------------- */

static DispatchEndpoint *
find_endpoint(const char *name)
{
	DispatchEndpoint *endpoint;
	dlist_iter	i;

	dlist_foreach(i, &endpoints)
	{
		endpoint = dlist_container(DispatchEndpoint, node, i.cur);
		if (strcmp(endpoint->name, name) == 0)
			return endpoint;
	}
	endpoint = MemoryContextAllocZero(TopMemoryContext, sizeof(DispatchEndpoint));
	endpoint->name = MemoryContextStrdup(TopMemoryContext, name);
	endpoint->limit = 1;
	dlist_push_tail(&endpoints, &endpoint->node);
	return endpoint;
}

/* Forgets endpoints that nothing is known of but their name. */
static void
forget_endpoints(TimestampTz now)
{
	dlist_mutable_iter i;

	dlist_foreach_modify(i, &endpoints)
	{
		DispatchEndpoint *endpoint = dlist_container(DispatchEndpoint, node, i.cur);

		if (endpoint->calls > 0 || endpoint->paused_until > now)
			continue;
		dlist_delete(&endpoint->node);
		pfree(endpoint->name);
		pfree(endpoint);
	}
}

/* ---- calls ----------------------------------------------------------------- */

static void
end_call(DispatchCall *call, const char *problem)
{
	call->state = CALL_ENDED;
	call->problem = problem;
}

/* What its endpoint counts is given back as soon as a transfer has ended. */
static void
stop_running(DispatchCall *call)
{
	if (call->state == CALL_RUNNING)
	{
		call->endpoint->running--;
		call->state = CALL_ENDED;
		schedule = true;
	}
}

static void
free_call(DispatchSession *session, DispatchCall *call)
{
	stop_running(call);
	if (call->transfer)
		http_free(call->transfer);
	if (call->request.secret_header)
		explicit_bzero(call->request.secret_header, strlen(call->request.secret_header));
	call->endpoint->calls--;
	if (call->body)
		session->waiting -= call->request.body_length;
	dlist_delete(&call->node);
	MemoryContextDelete(call->memory);
}

static DispatchCall *
find_call(DispatchSession *session, uint32 serial)
{
	dlist_iter	i;

	dlist_foreach(i, &session->calls)
	{
		DispatchCall *call = dlist_container(DispatchCall, node, i.cur);

		if (call->serial == serial)
			return call;
	}
	return NULL;
}

static void
start_call(DispatchCall *call)
{
	HttpEnd		end;

	call->state = CALL_RUNNING;
	call->endpoint->running++;
	call->transfer = http_start(&call->request);
	more_to_do |= http_ended(call->transfer, &end);
}

/* Whether it is time for a call; otherwise next_due learns when. */
static bool
call_is_due(const DispatchCall *call, TimestampTz now)
{
	TimestampTz due = Max(call->not_before, call->endpoint->paused_until);

	if (call->state != CALL_WAITING)
		return false;
	if (due > now)
	{
		next_due = Min(next_due, due);
		return false;
	}
	return call->endpoint->running < call->endpoint->limit &&
		http_has_room(call->request.allow_private);
}

/* Starts one call of a session, if one can be. */
static bool
start_one_call(DispatchSession *session, TimestampTz now)
{
	dlist_iter	i;

	dlist_foreach(i, &session->calls)
	{
		DispatchCall *call = dlist_container(DispatchCall, node, i.cur);

		if (call_is_due(call, now))
		{
			start_call(call);
			return true;
		}
	}
	return false;
}

/* One call of the session that has waited longest. */
static bool
start_next_call(TimestampTz now)
{
	dlist_iter	i;

	dlist_foreach(i, &sessions)
	{
		DispatchSession *session = dlist_container(DispatchSession, node, i.cur);

		if (start_one_call(session, now))
		{
			dlist_delete(&session->node);
			dlist_push_tail(&sessions, &session->node);
			return true;
		}
	}
	return false;
}

static void
start_due_calls(void)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!schedule && next_due > now)
		return;
	schedule = false;
	do
		next_due = DT_NOEND;
	while (start_next_call(now));
}

/* ---- what backends ask for ------------------------------------------------- */

/* The next string of a message, or NULL where it has none. */
static char *
next_string(const char **at, const char *end)
{
	const char *begin = *at;
	const char *nul = begin < end ? memchr(begin, '\0', end - begin) : NULL;

	if (nul == NULL)
		return NULL;
	*at = nul + 1;
	return pstrdup(begin);
}

/* The strings of a call, in its memory; false: the message is broken. */
static bool
read_strings(DispatchCall *call, int nheaders, const char *at, const char *end)
{
	char	   *endpoint = next_string(&at, end);
	char	   *ca_file;

	call->request.url = next_string(&at, end);
	call->request.ca_file = ca_file = next_string(&at, end);
	if (endpoint == NULL || call->request.url == NULL || ca_file == NULL ||
		nheaders < 0 || nheaders > WIRE_MAX_CALL)
		return false;
	if (ca_file[0] == '\0')
		call->request.ca_file = NULL;
	call->request.headers = palloc0(sizeof(char *) * Max(nheaders, 1));
	for (int i = 0; i < nheaders; i++)
	{
		call->request.headers[i] = next_string(&at, end);
		if (call->request.headers[i] == NULL)
			return false;
	}
	call->request.nheaders = nheaders;
	call->endpoint = find_endpoint(endpoint);
	return true;
}

static void
read_terms(DispatchCall *call, const WireCall *wire)
{
	HttpRequest *request = &call->request;

	request->allow_http = wire->allow_http;
	request->allow_private = wire->allow_private;
	request->timeout_ms = Min(Max(wire->timeout_ms, 1), MAX_CALL_MS);
	request->stall_ms = wire->stall_ms;
	request->max_response_bytes = Min(wire->max_response_bytes, (int64) WIRE_MAX_BODY);
	call->serial = wire->header.serial;
	call->not_before = wire->not_before;
	call->endpoint->limit = Max(wire->max_concurrency, 1);
}

/* Room for the body, within what a session may have waiting. */
static void
expect_body(DispatchSession *session, DispatchCall *call, int64 length)
{
	if (length > WIRE_MAX_BODY || session->waiting + length > MAX_WAITING)
	{
		end_call(call, "too many bytes wait to be sent");
		return;
	}
	call->body = MemoryContextAllocExtended(call->memory, Max(length, 1),
											MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (call->body == NULL)
	{
		end_call(call, "out of memory");
		return;
	}
	call->request.body = call->body;
	call->request.body_length = length;
	session->waiting += length;
	call->state = length > 0 ? CALL_RECEIVING : CALL_WAITING;
}

/* False: the message is broken. */
static bool
receive_call(DispatchSession *session, const char *message, Size length)
{
	MemoryContext memory;
	MemoryContext old;
	DispatchCall *call;
	WireCall	wire;
	bool		good;

	if (length < sizeof(wire))
		return false;
	memcpy(&wire, message, sizeof(wire));
	memory = AllocSetContextCreate(session->memory, "synthik dispatcher call",
								   ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(memory);
	call = palloc0(sizeof(DispatchCall));
	call->memory = memory;
	if (wire.has_secret)
		call->request.secret_header = channel_take_secret(&session->channel);
	good = wire.has_secret == (call->request.secret_header != NULL) && wire.body_length >= 0 &&
		read_strings(call, wire.nheaders, message + sizeof(wire), message + length);
	MemoryContextSwitchTo(old);
	if (!good)
		return false;

	read_terms(call, &wire);
	call->endpoint->calls++;
	dlist_push_tail(&session->calls, &call->node);
	call->state = CALL_WAITING;
	if (wire.has_body)
		expect_body(session, call, wire.body_length);
	schedule = true;
	return true;
}

/* Pieces of a call that has ended, or was cancelled, are dropped. */
static bool
receive_body(DispatchSession *session, uint32 serial, const char *bytes, size_t length)
{
	DispatchCall *call = find_call(session, serial);

	if (call == NULL || call->state == CALL_ENDED)
		return true;
	if (call->state != CALL_RECEIVING || length > call->request.body_length - call->body_received)
		return false;
	memcpy(call->body + call->body_received, bytes, length);
	call->body_received += length;
	if (call->body_received == call->request.body_length)
	{
		call->state = CALL_WAITING;
		schedule = true;
	}
	return true;
}

/* Nothing more is said of the call. */
static bool
receive_cancel(DispatchSession *session, uint32 serial)
{
	DispatchCall *call = find_call(session, serial);

	if (call)
		free_call(session, call);
	return true;
}

/* A pause is never shortened by another one. */
static bool
receive_pause(const char *message, Size length)
{
	TimestampTz latest = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), MAX_PAUSE_MS);
	const char *at = message + sizeof(WirePause);
	DispatchEndpoint *endpoint;
	WirePause	wire;
	char	   *name;

	if (length < sizeof(wire))
		return false;
	memcpy(&wire, message, sizeof(wire));
	name = next_string(&at, message + length);
	if (name == NULL)
		return false;
	endpoint = find_endpoint(name);
	endpoint->paused_until = Max(endpoint->paused_until, Min(wire.until, latest));
	pfree(name);
	schedule = true;
	return true;
}

static bool
receive_message(DispatchSession *session, const char *message, Size length)
{
	WireHeader	header;

	if (length < sizeof(header))
		return false;
	memcpy(&header, message, sizeof(header));
	switch ((WireKind) header.kind)
	{
		case WIRE_CALL:
			return receive_call(session, message, length);
		case WIRE_BODY:
			return receive_body(session, header.serial, message + sizeof(header),
								length - sizeof(header));
		case WIRE_CANCEL:
			return receive_cancel(session, header.serial);
		case WIRE_PAUSE:
			return receive_pause(message, length);
		default:
			return false;
	}
}

/* False when the session is over: the backend is gone, or talks nonsense. */
static bool
receive_messages(DispatchSession *session)
{
	for (int i = 0; i < MESSAGES_A_TURN; i++)
	{
		Size		length;
		void	   *message;

		switch (shm_mq_receive(session->channel.requests, &length, &message, true))
		{
			case SHM_MQ_WOULD_BLOCK:
				return true;
			case SHM_MQ_DETACHED:
				return false;
			case SHM_MQ_SUCCESS:
				if (!receive_message(session, message, length))
				{
					elog(LOG, "synthik's dispatcher got a message that it does not understand");
					return false;
				}
		}
	}
	more_to_do = true;
	return true;
}

/* ---- what backends are told ------------------------------------------------ */

static void
put_message(DispatchSession *session, const void *head, size_t head_length,
			const char *bytes, size_t length)
{
	appendBinaryStringInfo(&session->out, head, head_length);
	appendBinaryStringInfo(&session->out, bytes, length);
}

static void
put_end(DispatchSession *session, uint32 serial, const HttpEnd *end)
{
	WireEnd		wire = {.header = {end->problem ? WIRE_FAILED : WIRE_DONE, serial}};

	wire.status = end->status;
	wire.sent = end->sent;
	wire.permanent = end->permanent;
	wire.seconds = end->seconds;
	put_message(session, &wire, sizeof(wire), end->problem ? end->problem : "",
				end->problem ? strlen(end->problem) + 1 : 0);
}

static bool
put_head(DispatchSession *session, DispatchCall *call)
{
	WireHead	wire = {.header = {WIRE_HEAD, call->serial}};
	const char *headers;
	size_t		length;

	if (call->head_given || !http_head(call->transfer, &wire.status, &headers, &length))
		return false;
	put_message(session, &wire, sizeof(wire), headers, length);
	appendStringInfoChar(&session->out, '\0');
	call->head_given = true;
	return true;
}

static bool
put_data(DispatchSession *session, DispatchCall *call)
{
	WireHeader	wire = {WIRE_DATA, call->serial};
	const char *bytes;
	size_t		length = Min(http_body(call->transfer, &bytes), DATA_PIECE);

	if (length == 0)
		return false;
	put_message(session, &wire, sizeof(wire), bytes, length);
	http_take(call->transfer, length);
	return true;
}

/* The next message about a call, if there is one; the last one frees it. */
static bool
compose_for_call(DispatchSession *session, DispatchCall *call)
{
	HttpEnd		end = {.problem = call->problem};

	if (call->transfer == NULL)
	{
		if (call->state != CALL_ENDED)
			return false;
	}
	else
	{
		if (http_ended(call->transfer, &end))
			stop_running(call);
		if (put_head(session, call) || put_data(session, call))
			return true;
		/* taking data may have ended it */
		if (!http_ended(call->transfer, &end))
			return false;
	}
	put_end(session, call->serial, &end);
	free_call(session, call);
	return true;
}

/* One message of a session; its calls take turns. */
static bool
compose_message(DispatchSession *session)
{
	dlist_mutable_iter i;

	dlist_foreach_modify(i, &session->calls)
	{
		DispatchCall *call = dlist_container(DispatchCall, node, i.cur);
		uint32		serial = call->serial;

		if (compose_for_call(session, call))
		{
			call = find_call(session, serial);
			if (call)
			{
				dlist_delete(&call->node);
				dlist_push_tail(&session->calls, &call->node);
			}
			return true;
		}
	}
	return false;
}

/* What was tried once has to be sent the same. */
static shm_mq_result
send_message(DispatchSession *session)
{
	shm_mq_result result = shm_mq_send(session->channel.events, session->out.len,
									   session->out.data, true, true);

	if (result == SHM_MQ_SUCCESS)
		resetStringInfo(&session->out);
	return result;
}

/* As much as the queue takes. */
static shm_mq_result
send_messages(DispatchSession *session)
{
	shm_mq_result result = SHM_MQ_SUCCESS;

	while (result == SHM_MQ_SUCCESS && (session->out.len > 0 || compose_message(session)))
		result = send_message(session);
	return result;
}

/* Transfers end whether or not their backend reads. */
static void
note_ended_transfers(DispatchSession *session)
{
	dlist_iter	i;
	HttpEnd		end;

	dlist_foreach(i, &session->calls)
	{
		DispatchCall *call = dlist_container(DispatchCall, node, i.cur);

		if (call->state == CALL_RUNNING && http_ended(call->transfer, &end))
			stop_running(call);
	}
}

/* ---- sessions -------------------------------------------------------------- */

static void
end_session(DispatchSession *session)
{
	dlist_mutable_iter i;

	dlist_foreach_modify(i, &session->calls)
		free_call(session, dlist_container(DispatchCall, node, i.cur));
	dlist_delete(&session->node);
	dsm_detach(session->channel.segment);
	MemoryContextDelete(session->memory);
	schedule = true;
}

static void
begin_session(dsm_handle handle)
{
	WireHeader	welcome = {WIRE_WELCOME, 0};
	MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "synthik dispatcher session",
												 ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	DispatchSession *session = palloc0(sizeof(DispatchSession));

	session->memory = memory;
	dlist_init(&session->calls);
	initStringInfo(&session->out);
	if (channel_attach(&session->channel, handle))
	{
		put_message(session, &welcome, sizeof(welcome), "", 0);
		dlist_push_tail(&sessions, &session->node);
		memory = NULL;
	}
	MemoryContextSwitchTo(old);
	if (memory)
		MemoryContextDelete(memory);
}

static void
begin_sessions(void)
{
	dsm_handle	inbox[DISPATCHER_INBOX];
	int			n = 0;

	if (retired)
		return;
	SpinLockAcquire(&shared->mutex);
	n = shared->ninbox;
	memcpy(inbox, shared->inbox, n * sizeof(dsm_handle));
	shared->ninbox = 0;
	if (shared->wanted > DISPATCHER_PROTOCOL)
	{
		/* Its backends see that we are gone from here, and start theirs. */
		retired = true;
		shared->pid = 0;
		shared->latch = NULL;
	}
	SpinLockRelease(&shared->mutex);
	for (int i = 0; i < n; i++)
		begin_session(inbox[i]);
}

static void
serve_sessions(void)
{
	dlist_mutable_iter i;

	more_to_do = false;
	dlist_foreach_modify(i, &sessions)
	{
		DispatchSession *session = dlist_container(DispatchSession, node, i.cur);

		note_ended_transfers(session);
		if (!receive_messages(session) || send_messages(session) == SHM_MQ_DETACHED)
			end_session(session);
	}
}

/* ---- coming and going ------------------------------------------------------ */

/* False if another dispatcher is there. */
static bool
take_place(void)
{
	bool		taken = false;

	SpinLockAcquire(&shared->mutex);
	if (shared->pid == 0)
	{
		taken = true;
		shared->pid = MyProcPid;
		shared->latch = MyLatch;
		shared->protocol = DISPATCHER_PROTOCOL;
		shared->wanted = 0;
		shared->generation++;
		shared->ninbox = 0;
		shared->starting = 0;
	}
	SpinLockRelease(&shared->mutex);
	return taken;
}

static void
leave_place(int code, Datum arg)
{
	SpinLockAcquire(&shared->mutex);
	if (shared->pid == MyProcPid)
	{
		shared->pid = 0;
		shared->latch = NULL;
		shared->ninbox = 0;
	}
	SpinLockRelease(&shared->mutex);
}

/* Whether we left; not if somebody has just come. */
static bool
leave_if_unneeded(void)
{
	TimestampTz now = GetCurrentTimestamp();
	bool		left = retired;

	if (!dlist_is_empty(&sessions))
	{
		idle_since = now;
		return false;
	}
	forget_endpoints(now);
	if (retired)
		return true;
	if (!dlist_is_empty(&endpoints) || !TimestampDifferenceExceeds(idle_since, now, IDLE_MS))
		return false;
	SpinLockAcquire(&shared->mutex);
	if (shared->ninbox == 0)
	{
		left = true;
		shared->pid = 0;
		shared->latch = NULL;
	}
	SpinLockRelease(&shared->mutex);
	return left;
}

/* Tells what can be told without waiting. */
static void
dismiss_session(DispatchSession *session)
{
	dlist_iter	i;

	if (send_messages(session) != SHM_MQ_SUCCESS)
		return;
	dlist_foreach(i, &session->calls)
	{
		DispatchCall *call = dlist_container(DispatchCall, node, i.cur);
		HttpEnd		end = {.problem = LEAVING};

		end.sent = call->transfer != NULL;
		put_end(session, call->serial, &end);
		if (send_message(session) != SHM_MQ_SUCCESS)
			return;
	}
}

static void
dismiss_sessions(void)
{
	dlist_iter	i;

	dlist_foreach(i, &sessions)
		dismiss_session(dlist_container(DispatchSession, node, i.cur));
}

/* Milliseconds until something is due here; -1: nothing is. */
static long
time_to_wait(void)
{
	TimestampTz due = next_due;
	dlist_iter	i;

	if (more_to_do || schedule)
		return 0;
	if (dlist_is_empty(&sessions))
	{
		due = TimestampTzPlusMilliseconds(idle_since, IDLE_MS + 1);
		dlist_foreach(i, &endpoints)
			due = Max(due, dlist_container(DispatchEndpoint, node, i.cur)->paused_until);
	}
	if (due == DT_NOEND)
		return -1;
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), due);
}

static void
dispatch(void)
{
	uint32		wait_event = COMPAT_WAIT_EVENT("SynthikDispatcher");

	idle_since = GetCurrentTimestamp();
	next_due = DT_NOEND;
	while (!ShutdownRequestPending)
	{
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		begin_sessions();
		serve_sessions();
		start_due_calls();
		if (leave_if_unneeded())
			return;
		http_wait(time_to_wait(), wait_event);
	}
	dismiss_sessions();
}

/*
 * Being connected, though to no database, makes the process visible in
 * pg_stat_activity.  Signals only set flags: the handlers that throw could
 * run while libcurl is at work.  Cancelling makes no sense here.
 */
void
synthik_dispatcher_main(Datum arg)
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGINT, SIG_IGN);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);

	shared = dispatcher_shared();
	before_shmem_exit(leave_place, 0);
	if (!take_place())
		proc_exit(0);
	http_init();
	dispatch();
	proc_exit(0);
}
