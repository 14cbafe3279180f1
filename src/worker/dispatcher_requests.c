/*-------------------------------------------------------------------------
 *
 * dispatcher_requests.c
 *		What backends ask the dispatcher for: messages, as they come.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "utils/memutils.h"
#include "worker/dispatcher_calls.h"

#define MESSAGES_A_TURN 64		/* of one session */
#define MAX_WAITING		((int64) WIRE_MAX_BODY)	/* request bytes of a session */
#define MAX_PAUSE_MS	(60 * 60 * 1000)
#define MAX_CALL_MS		(24 * 60 * 60 * 1000)

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
	call->endpoint = dispatch_find_endpoint(endpoint);
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
		dispatch_end_call(call, "too many bytes wait to be sent");
		return;
	}
	call->body = MemoryContextAllocExtended(call->memory, Max(length, 1),
											MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (call->body == NULL)
	{
		dispatch_end_call(call, "out of memory");
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
	dispatcher.schedule = true;
	return true;
}

/* Pieces of a call that has ended, or was cancelled, are dropped. */
static bool
receive_body(DispatchSession *session, uint32 serial, const char *bytes, size_t length)
{
	DispatchCall *call = dispatch_find_call(session, serial);

	if (call == NULL || call->state == CALL_ENDED)
		return true;
	if (call->state != CALL_RECEIVING || length > call->request.body_length - call->body_received)
		return false;
	memcpy(call->body + call->body_received, bytes, length);
	call->body_received += length;
	if (call->body_received == call->request.body_length)
	{
		call->state = CALL_WAITING;
		dispatcher.schedule = true;
	}
	return true;
}

/* Nothing more is said of the call. */
static bool
receive_cancel(DispatchSession *session, uint32 serial)
{
	DispatchCall *call = dispatch_find_call(session, serial);

	if (call)
		dispatch_free_call(session, call);
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
	endpoint = dispatch_find_endpoint(name);
	endpoint->paused_until = Max(endpoint->paused_until, Min(wire.until, latest));
	pfree(name);
	dispatcher.schedule = true;
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
bool
dispatch_receive(DispatchSession *session)
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
	dispatcher.more_to_do = true;
	return true;
}
