/*-------------------------------------------------------------------------
 *
 * dispatcher_calls.c
 *		The dispatcher's endpoints and calls, and whose turn it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "utils/memutils.h"
#include "worker/dispatcher_calls.h"

/* ---- endpoints ------------------------------------------------------------- */

DispatchEndpoint *
dispatch_find_endpoint(const char *name)
{
	DispatchEndpoint *endpoint;
	dlist_iter	i;

	dlist_foreach(i, &dispatcher.endpoints)
	{
		endpoint = dlist_container(DispatchEndpoint, node, i.cur);
		if (strcmp(endpoint->name, name) == 0)
			return endpoint;
	}
	endpoint = MemoryContextAllocZero(TopMemoryContext, sizeof(DispatchEndpoint));
	endpoint->name = MemoryContextStrdup(TopMemoryContext, name);
	endpoint->limit = 1;
	dlist_push_tail(&dispatcher.endpoints, &endpoint->node);
	return endpoint;
}

/* Forgets endpoints that nothing is known of but their name. */
void
dispatch_forget_endpoints(TimestampTz now)
{
	dlist_mutable_iter i;

	dlist_foreach_modify(i, &dispatcher.endpoints)
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

void
dispatch_end_call(DispatchCall *call, const char *problem)
{
	call->state = CALL_ENDED;
	call->problem = problem;
}

/* What its endpoint counts is given back as soon as a transfer has ended. */
void
dispatch_stop_running(DispatchCall *call)
{
	if (call->state == CALL_RUNNING)
	{
		call->endpoint->running--;
		call->state = CALL_ENDED;
		dispatcher.schedule = true;
	}
}

void
dispatch_free_call(DispatchSession *session, DispatchCall *call)
{
	dispatch_stop_running(call);
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

DispatchCall *
dispatch_find_call(DispatchSession *session, uint32 serial)
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
	dispatcher.more_to_do |= http_ended(call->transfer, &end);
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
		dispatcher.next_due = Min(dispatcher.next_due, due);
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

	dlist_foreach(i, &dispatcher.sessions)
	{
		DispatchSession *session = dlist_container(DispatchSession, node, i.cur);

		if (start_one_call(session, now))
		{
			dlist_delete(&session->node);
			dlist_push_tail(&dispatcher.sessions, &session->node);
			return true;
		}
	}
	return false;
}

/* Transfers end whether or not their backend reads. */
void
dispatch_note_ended(DispatchSession *session)
{
	dlist_iter	i;
	HttpEnd		end;

	dlist_foreach(i, &session->calls)
	{
		DispatchCall *call = dlist_container(DispatchCall, node, i.cur);

		if (call->state == CALL_RUNNING && http_ended(call->transfer, &end))
			dispatch_stop_running(call);
	}
}

void
dispatch_start_due(void)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!dispatcher.schedule && dispatcher.next_due > now)
		return;
	dispatcher.schedule = false;
	do
		dispatcher.next_due = DT_NOEND;
	while (start_next_call(now));
}
