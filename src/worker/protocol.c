/*-------------------------------------------------------------------------
 *
 * protocol.c
 *		What backends and the dispatcher share: its place in shared memory,
 *		how it is started, and channels.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shm_toc.h"
#include "storage/shmem.h"
#include "worker/dispatcher.h"
#include "worker/protocol.h"

/* The number changes with the layout of DispatcherShared. */
#define SHARED_NAME		"synthik dispatcher 1"

#define CHANNEL_MAGIC	0x53796e64	/* "Synd" */
#define KEY_REQUESTS	0
#define KEY_EVENTS		1
#define KEY_SECRET		2

#define START_MS		10000	/* a start that takes longer has failed */
#define START_POLL_MS	10
#define START_TRIES		3

/* ---- shared state ---------------------------------------------------------- */

/*
 * From the room that the server leaves for such things, so that nothing has
 * to be preloaded.
 */
DispatcherShared *
dispatcher_shared(void)
{
	static DispatcherShared *shared = NULL;
	bool		found;

	if (shared)
		return shared;
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct(SHARED_NAME, sizeof(DispatcherShared), &found);
	if (!found)
	{
		memset(shared, 0, sizeof(*shared));
		SpinLockInit(&shared->mutex);
	}
	LWLockRelease(AddinShmemInitLock);
	return shared;
}

bool
dispatcher_alive(uint32 generation)
{
	DispatcherShared *shared = dispatcher_shared();
	bool		alive;

	SpinLockAcquire(&shared->mutex);
	alive = shared->pid != 0 && shared->generation == generation;
	SpinLockRelease(&shared->mutex);
	return alive;
}

bool
dispatcher_offer(uint32 generation, dsm_handle channel)
{
	DispatcherShared *shared = dispatcher_shared();
	Latch	   *latch = NULL;

	SpinLockAcquire(&shared->mutex);
	if (shared->pid != 0 && shared->generation == generation &&
		shared->ninbox < DISPATCHER_INBOX)
	{
		shared->inbox[shared->ninbox++] = channel;
		latch = shared->latch;
	}
	SpinLockRelease(&shared->mutex);
	if (latch)
		SetLatch(latch);
	return latch != NULL;
}

/* ---- starting -------------------------------------------------------------- */

typedef enum Presence
{
	PRESENT,					/* a dispatcher of our protocol is there */
	OTHERS_START,				/* somebody is starting one */
	OURS_TO_START,				/* we have just said that we do */
	OLDER,						/* it was asked to leave */
	NEWER
} Presence;

static Presence
look_for_dispatcher(uint32 *generation)
{
	DispatcherShared *shared = dispatcher_shared();
	TimestampTz now = GetCurrentTimestamp();
	Latch	   *latch = NULL;
	Presence	presence;

	SpinLockAcquire(&shared->mutex);
	*generation = shared->generation;
	if (shared->pid == 0)
	{
		if (shared->starting != 0 && shared->starting <= now &&
			!TimestampDifferenceExceeds(shared->starting, now, START_MS))
			presence = OTHERS_START;
		else
		{
			presence = OURS_TO_START;
			shared->starting = now;
		}
	}
	else if (shared->protocol == DISPATCHER_PROTOCOL)
		presence = PRESENT;
	else if (shared->protocol > DISPATCHER_PROTOCOL)
		presence = NEWER;
	else
	{
		presence = OLDER;
		shared->wanted = Max(shared->wanted, DISPATCHER_PROTOCOL);
		latch = shared->latch;
	}
	SpinLockRelease(&shared->mutex);
	if (latch)
		SetLatch(latch);
	return presence;
}

static void
give_up_start(void)
{
	DispatcherShared *shared = dispatcher_shared();

	SpinLockAcquire(&shared->mutex);
	shared->starting = 0;
	SpinLockRelease(&shared->mutex);
}

/* False if the new process is gone already. */
static bool
start_dispatcher(void)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;
	BgwHandleStatus status;
	pid_t		pid;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_notify_pid = MyProcPid;
	strlcpy(worker.bgw_library_name, "synthik", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, DISPATCHER_MAIN, sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, DISPATCHER_NAME, BGW_MAXLEN);
	strlcpy(worker.bgw_type, DISPATCHER_NAME, BGW_MAXLEN);
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
	{
		give_up_start();
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("no background worker is free for synthik's dispatcher"),
				 errhint("You may need to increase max_worker_processes.")));
	}
	status = WaitForBackgroundWorkerStartup(handle, &pid);
	pfree(handle);
	if (status != BGWH_STARTED)
		give_up_start();
	return status == BGWH_STARTED;
}

pg_noreturn static void
cannot_start(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
			 errmsg("synthik's dispatcher does not start"),
			 errhint("The server's log may say why.")));
}

void
dispatcher_nap(long ms)
{
	(void) WaitLatch(MyLatch,
					 WL_LATCH_SET | WL_EXIT_ON_PM_DEATH | (ms >= 0 ? WL_TIMEOUT : 0),
					 ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * Of the backends that find no dispatcher one starts it and the others wait,
 * or each would take a worker slot.  Should the one vanish meanwhile, another
 * takes over after START_MS.
 */
uint32
dispatcher_ensure(void)
{
	TimestampTz begin = GetCurrentTimestamp();
	int			failures = 0;
	uint32		generation;

	for (;;)
	{
		Presence	presence = look_for_dispatcher(&generation);

		if (presence == PRESENT)
			return generation;
		if (presence == NEWER)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("synthik's dispatcher is of a newer version than this session's library"),
					 errhint("Begin a new session.")));
		if (presence == OURS_TO_START && !start_dispatcher())
			failures++;
		if (failures >= START_TRIES ||
			TimestampDifferenceExceeds(begin, GetCurrentTimestamp(), 2 * START_MS))
			cannot_start();
		dispatcher_nap(START_POLL_MS);
	}
}

/* ---- channels -------------------------------------------------------------- */

void
channel_create(Channel *channel)
{
	shm_toc_estimator estimator;
	shm_toc    *toc;
	shm_mq	   *requests;
	shm_mq	   *events;
	Size		size;

	shm_toc_initialize_estimator(&estimator);
	shm_toc_estimate_chunk(&estimator, CHANNEL_QUEUE);
	shm_toc_estimate_chunk(&estimator, CHANNEL_QUEUE);
	shm_toc_estimate_chunk(&estimator, sizeof(SecretSlot));
	shm_toc_estimate_keys(&estimator, 3);
	size = shm_toc_estimate(&estimator);
	channel->segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
	if (channel->segment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("too many dynamic shared memory segments")));
	toc = shm_toc_create(CHANNEL_MAGIC, dsm_segment_address(channel->segment), size);
	requests = shm_mq_create(shm_toc_allocate(toc, CHANNEL_QUEUE), CHANNEL_QUEUE);
	events = shm_mq_create(shm_toc_allocate(toc, CHANNEL_QUEUE), CHANNEL_QUEUE);
	channel->slot = shm_toc_allocate(toc, sizeof(SecretSlot));
	pg_atomic_init_u32(&channel->slot->state, SECRET_FREE);
	shm_toc_insert(toc, KEY_REQUESTS, requests);
	shm_toc_insert(toc, KEY_EVENTS, events);
	shm_toc_insert(toc, KEY_SECRET, channel->slot);
	shm_mq_set_sender(requests, MyProc);
	shm_mq_set_receiver(events, MyProc);
	channel->requests = shm_mq_attach(requests, channel->segment, NULL);
	channel->events = shm_mq_attach(events, channel->segment, NULL);
}

/* The backend must not wait for room in the slot for ever. */
static void
close_slot(dsm_segment *segment, Datum slot)
{
	pg_atomic_write_u32(&((SecretSlot *) DatumGetPointer(slot))->state, SECRET_CLOSED);
}

bool
channel_attach(Channel *channel, dsm_handle handle)
{
	dsm_segment *segment = dsm_attach(handle);
	shm_toc    *toc;
	shm_mq	   *requests;
	shm_mq	   *events;

	if (segment == NULL)
		return false;
	toc = shm_toc_attach(CHANNEL_MAGIC, dsm_segment_address(segment));
	if (toc == NULL)
	{
		dsm_detach(segment);
		return false;
	}
	requests = shm_toc_lookup(toc, KEY_REQUESTS, false);
	events = shm_toc_lookup(toc, KEY_EVENTS, false);
	channel->segment = segment;
	channel->slot = shm_toc_lookup(toc, KEY_SECRET, false);
	shm_mq_set_receiver(requests, MyProc);
	shm_mq_set_sender(events, MyProc);
	channel->requests = shm_mq_attach(requests, segment, NULL);
	channel->events = shm_mq_attach(events, segment, NULL);
	/* Called before the queues' own callbacks, which wake the backend. */
	on_dsm_detach(segment, close_slot, PointerGetDatum(channel->slot));
	return true;
}

char *
channel_take_secret(Channel *channel)
{
	SecretSlot *slot = channel->slot;
	char	   *secret;

	if (pg_atomic_read_u32(&slot->state) != SECRET_FULL)
		return NULL;
	pg_read_barrier();
	slot->text[CHANNEL_SECRET - 1] = '\0';
	secret = pstrdup(slot->text);
	explicit_bzero(slot->text, CHANNEL_SECRET);
	pg_memory_barrier();
	pg_atomic_write_u32(&slot->state, SECRET_FREE);
	return secret;
}
