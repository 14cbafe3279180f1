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

#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "worker/dispatcher.h"
#include "worker/dispatcher_calls.h"

#define IDLE_MS			(60 * 1000)

Dispatcher	dispatcher = {
	.sessions = DLIST_STATIC_INIT(dispatcher.sessions),
	.endpoints = DLIST_STATIC_INIT(dispatcher.endpoints)
};

static DispatcherShared *shared;
static bool retired;			/* our place is another one's */
static TimestampTz idle_since;

/* ---- sessions -------------------------------------------------------------- */

static void
end_session(DispatchSession *session)
{
	dlist_mutable_iter i;

	dlist_foreach_modify(i, &session->calls)
		dispatch_free_call(session, dlist_container(DispatchCall, node, i.cur));
	dlist_delete(&session->node);
	dsm_detach(session->channel.segment);
	MemoryContextDelete(session->memory);
	dispatcher.schedule = true;
}

static void
begin_session(dsm_handle handle)
{
	MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "synthik dispatcher session",
												 ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	DispatchSession *session = palloc0(sizeof(DispatchSession));

	session->memory = memory;
	dlist_init(&session->calls);
	initStringInfo(&session->out);
	if (channel_attach(&session->channel, handle))
	{
		dispatch_welcome(session);
		dlist_push_tail(&dispatcher.sessions, &session->node);
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

	dispatcher.more_to_do = false;
	dlist_foreach_modify(i, &dispatcher.sessions)
	{
		DispatchSession *session = dlist_container(DispatchSession, node, i.cur);

		dispatch_note_ended(session);
		if (!dispatch_receive(session) || dispatch_send(session) == SHM_MQ_DETACHED)
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

	if (!dlist_is_empty(&dispatcher.sessions))
	{
		idle_since = now;
		return false;
	}
	dispatch_forget_endpoints(now);
	if (retired)
		return true;
	if (!dlist_is_empty(&dispatcher.endpoints) ||
		!TimestampDifferenceExceeds(idle_since, now, IDLE_MS))
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

static void
dismiss_sessions(void)
{
	dlist_iter	i;

	dlist_foreach(i, &dispatcher.sessions)
		dispatch_dismiss(dlist_container(DispatchSession, node, i.cur));
}

/* Milliseconds until something is due here; -1: nothing is. */
static long
time_to_wait(void)
{
	TimestampTz due = dispatcher.next_due;
	dlist_iter	i;

	if (dispatcher.more_to_do || dispatcher.schedule)
		return 0;
	if (dlist_is_empty(&dispatcher.sessions))
	{
		due = TimestampTzPlusMilliseconds(idle_since, IDLE_MS + 1);
		dlist_foreach(i, &dispatcher.endpoints)
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
	dispatcher.next_due = DT_NOEND;
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
		dispatch_start_due();
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
