/*-------------------------------------------------------------------------
 *
 * dispatcher_events.c
 *		What the dispatcher tells backends of their calls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "worker/dispatcher_calls.h"

#define DATA_PIECE		(16 * 1024) /* bytes of a WIRE_DATA */
#define LEAVING			"the dispatcher was asked to leave"

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
			dispatch_stop_running(call);
		if (put_head(session, call) || put_data(session, call))
			return true;
		/* taking data may have ended it */
		if (!http_ended(call->transfer, &end))
			return false;
	}
	put_end(session, call->serial, &end);
	dispatch_free_call(session, call);
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
			call = dispatch_find_call(session, serial);
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

/* The first message: the channel has been taken up. */
void
dispatch_welcome(DispatchSession *session)
{
	WireHeader	welcome = {WIRE_WELCOME, 0};

	put_message(session, &welcome, sizeof(welcome), "", 0);
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
shm_mq_result
dispatch_send(DispatchSession *session)
{
	shm_mq_result result = SHM_MQ_SUCCESS;

	while (result == SHM_MQ_SUCCESS && (session->out.len > 0 || compose_message(session)))
		result = send_message(session);
	return result;
}

/* Tells what can be told without waiting. */
void
dispatch_dismiss(DispatchSession *session)
{
	dlist_iter	i;

	if (dispatch_send(session) != SHM_MQ_SUCCESS)
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
