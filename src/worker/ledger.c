/*-------------------------------------------------------------------------
 *
 * ledger.c
 *		The sessions' side of the ledger: asks the scribe of the database.
 *
 * A session is connected from its first request to the end of the
 * transaction.  Every request is answered before the next one, so a session
 * that was interrupted while it waited only has to connect anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "guc.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "utils/memutils.h"
#include "worker/ledger.h"
#include "worker/scribe.h"

/* A scribe that leaves when it is asked to is followed by another one. */
#define ATTEMPTS 3
#define POLL_MS 5				/* while the scribe is at another client's offer */
#define CHECK_MS 100			/* whether it is still there */

/* Beside the two kinds of locks that SQL calls advisory. */
#define START_LOCK_CLASS 0x5379

typedef struct Connection
{
	dsm_segment *segment;		/* NULL: there is none */
	MemoryContext memory;
	shm_mq	   *request_queue;
	shm_mq_handle *requests;
	shm_mq_handle *replies;
	bool		busy;			/* a request has not been answered */
} Connection;

static Connection connection;
static TimestampTz deadline;	/* 0: none */

/* ---- the connection ---- */

void
ledger_disconnect(void)
{
	dsm_segment *segment = connection.segment;

	if (segment == NULL)
		return;
	connection.segment = NULL;
	connection.busy = false;
	dsm_detach(segment);
	MemoryContextDelete(connection.memory);
}

static void
at_transaction_end(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		ledger_disconnect();
}

static void
register_callback(void)
{
	static bool registered = false;

	if (!registered)
		RegisterXactCallback(at_transaction_end, NULL);
	registered = true;
}

static shm_mq *
create_queue(shm_toc *toc, uint64 key)
{
	shm_mq	   *queue = shm_mq_create(shm_toc_allocate(toc, SCRIBE_QUEUE_SIZE), SCRIBE_QUEUE_SIZE);

	shm_toc_insert(toc, key, queue);
	return queue;
}

static void
create_segment(void)
{
	shm_toc_estimator estimator;
	Size		size;
	dsm_segment *segment;
	shm_toc    *toc;
	shm_mq	   *replies;
	MemoryContext old;

	register_callback();
	shm_toc_initialize_estimator(&estimator);
	shm_toc_estimate_chunk(&estimator, SCRIBE_QUEUE_SIZE);
	shm_toc_estimate_chunk(&estimator, SCRIBE_QUEUE_SIZE);
	shm_toc_estimate_keys(&estimator, 2);
	size = shm_toc_estimate(&estimator);

	segment = dsm_create(size, 0);
	connection.memory = AllocSetContextCreate(TopMemoryContext, "synthik ledger",
											  ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(connection.memory);
	toc = shm_toc_create(SCRIBE_MAGIC, dsm_segment_address(segment), size);
	connection.request_queue = create_queue(toc, SCRIBE_KEY_REQUESTS);
	replies = create_queue(toc, SCRIBE_KEY_REPLIES);
	shm_mq_set_sender(connection.request_queue, MyProc);
	shm_mq_set_receiver(replies, MyProc);
	connection.requests = shm_mq_attach(connection.request_queue, segment, NULL);
	connection.replies = shm_mq_attach(replies, segment, NULL);
	/* It outlives a subtransaction that is rolled back. */
	dsm_pin_mapping(segment);
	connection.segment = segment;
	connection.busy = false;
	MemoryContextSwitchTo(old);
}

void
ledger_set_deadline(TimestampTz until)
{
	deadline = until;
}

static void
nap(long milliseconds)
{
	if (deadline != 0)
	{
		TimestampTz now = GetCurrentTimestamp();

		if (now >= deadline)
			ereport(ERROR,
					(errcode(ERRCODE_QUERY_CANCELED),
					 errmsg("the background worker that keeps the ledger does not answer in time")));
		milliseconds = Min(milliseconds, TimestampDifferenceMilliseconds(now, deadline));
	}
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 milliseconds, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static bool
is_attached(void)
{
	return shm_mq_get_receiver(connection.request_queue) != NULL;
}

/* Gives the segment to the scribe that there is; false: there is none, or
 * none any more. */
static bool
join_scribe(void)
{
	pid_t		pid;

	while (!scribe_offer(dsm_segment_handle(connection.segment), &pid))
		nap(POLL_MS);
	while (pid != 0 && !is_attached())
	{
		if (scribe_pid() != pid)
			return is_attached();
		nap(CHECK_MS);
	}
	return pid != 0;
}

static BackgroundWorkerHandle *
register_scribe(void)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(connection.segment));
	worker.bgw_notify_pid = MyProcPid;
	memcpy(worker.bgw_extra, &MyDatabaseId, sizeof(MyDatabaseId));
	strlcpy(worker.bgw_library_name, "synthik", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "synthik_scribe_main", sizeof(worker.bgw_function_name));
	snprintf(worker.bgw_name, BGW_MAXLEN, "synthik scribe of database %u", MyDatabaseId);
	strlcpy(worker.bgw_type, "synthik scribe", BGW_MAXLEN);
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("no background worker is free to keep the ledger"),
				 errhint("Increase max_worker_processes, or try again when other workers have ended.")));
	return handle;
}

/* With the segment for its first client; false where it ended before that. */
static bool
start_scribe(void)
{
	BackgroundWorkerHandle *handle;
	pid_t		pid;

	if (!scribe_has_place())
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("%d databases of this server keep a ledger at this moment",
						SCRIBE_MAX_DATABASES),
				 errhint("Try again when calls in another database have ended.")));
	handle = register_scribe();
	while (!is_attached() && GetBackgroundWorkerPid(handle, &pid) != BGWH_STOPPED)
		nap(CHECK_MS);
	pfree(handle);
	return is_attached();
}

/* Those that come while one session starts the scribe wait here. */
static bool
join_or_start_scribe(void)
{
	LOCKTAG		tag;
	bool		connected;

	if (join_scribe())
		return true;
	if (deadline != 0)
		return false;
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, START_LOCK_CLASS, 0, 3);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	connected = join_scribe() || start_scribe();
	(void) LockRelease(&tag, ExclusiveLock, false);
	return connected;
}

/* ---- requests ---- */

static shm_mq_result
send_request(StringInfo request)
{
	shm_mq_result result;

	while ((result = shm_mq_send(connection.requests, request->len, request->data,
								 true, true)) == SHM_MQ_WOULD_BLOCK)
		nap(CHECK_MS);
	return result;
}

static shm_mq_result
receive_reply(Size *size, void **data)
{
	shm_mq_result result;

	while ((result = shm_mq_receive(connection.replies, size, data, true)) == SHM_MQ_WOULD_BLOCK)
		nap(CHECK_MS);
	return result;
}

/* Sends a request and waits for the reply: false where the scribe has gone. */
static bool
exchange(StringInfo request, StringInfo reply)
{
	Size		size;
	void	   *data;

	connection.busy = true;
	if (send_request(request) != SHM_MQ_SUCCESS ||
		receive_reply(&size, &data) != SHM_MQ_SUCCESS)
		return false;
	initStringInfo(reply);
	appendBinaryStringInfo(reply, data, (int) size);
	connection.busy = false;
	return true;
}

static bool
try_request(StringInfo request, StringInfo reply)
{
	bool		done;

	if (connection.busy)
		ledger_disconnect();	/* that was interrupted */
	if (connection.segment == NULL)
	{
		create_segment();
		connection.busy = true; /* until the scribe has it */
		if (!join_or_start_scribe())
		{
			ledger_disconnect();
			return false;
		}
	}
	done = exchange(request, reply);
	if (!done)
		ledger_disconnect();
	return done;
}

static void
throw_reply(StringInfo reply)
{
	int			code = (int) pq_getmsgint(reply, 4);
	char	   *message = scribe_get_text(reply);
	char	   *detail = scribe_get_text(reply);
	char	   *hint = scribe_get_text(reply);

	ereport(ERROR,
			(errcode(code),
			 errmsg_internal("%s", message ? message : "the scribe failed"),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
}

/* Returns the reply behind its status.  Its errors are thrown. */
static void
ask_scribe(StringInfo request, StringInfo reply)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("there is no ledger during recovery"),
				 errhint("Call models on the primary server.")));
	for (int i = 0; i < ATTEMPTS; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!try_request(request, reply))
			continue;
		pfree(request->data);
		if (pq_getmsgbyte(reply) != SCRIBE_OK)
			throw_reply(reply);
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_OPERATOR_INTERVENTION),
			 errmsg("the background worker that keeps the ledger has ended"),
			 errhint("The server log may tell why.")));
}

static void
begin_request(StringInfo request, ScribeCommand command)
{
	initStringInfo(request);
	pq_sendbyte(request, command);
}

int64
ledger_reserve(const LedgerEntry *entry)
{
	StringInfoData request;
	StringInfoData reply;
	double		budget = -1;
	const char *period = NULL;
	int64		id;

	if (!guc_budget(&budget, &period))
		budget = -1;
	begin_request(&request, SCRIBE_RESERVE);
	pq_sendint32(&request, GetUserId());
	pq_sendint32(&request, GetSessionUserId());
	pq_sendbytes(&request, (const char *) entry->hash, LEDGER_HASH_SIZE);
	scribe_put_text(&request, entry->model);
	scribe_put_text(&request, entry->endpoint);
	scribe_put_text(&request, entry->columns);
	pq_sendint32(&request, entry->sample_rows);
	pq_sendint64(&request, entry->reserved_input);
	pq_sendint64(&request, entry->reserved_output);
	pq_sendfloat8(&request, entry->reserved_usd);
	pq_sendfloat8(&request, entry->call_budget);
	pq_sendfloat8(&request, entry->call_spent);
	pq_sendfloat8(&request, budget);
	scribe_put_text(&request, period);
	ask_scribe(&request, &reply);
	id = pq_getmsgint64(&reply);
	pfree(reply.data);
	return id;
}

void
ledger_settle(int64 id, const LedgerOutcome *outcome)
{
	StringInfoData request;
	StringInfoData reply;

	begin_request(&request, SCRIBE_SETTLE);
	pq_sendint64(&request, id);
	scribe_put_text(&request, outcome->outcome);
	pq_sendbyte(&request, outcome->usage.known);
	pq_sendint64(&request, outcome->usage.input);
	pq_sendint64(&request, outcome->usage.cached);
	pq_sendint64(&request, outcome->usage.cache_written);
	pq_sendint64(&request, outcome->usage.output);
	pq_sendfloat8(&request, outcome->usd);
	pq_sendfloat8(&request, outcome->seconds);
	pq_sendint32(&request, outcome->retries);
	pq_sendint32(&request, outcome->rows);
	pq_sendint32(&request, outcome->valid_rows);
	ask_scribe(&request, &reply);
	if (!pq_getmsgbyte(&reply))
		ereport(WARNING,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("entry " INT64_FORMAT " of the ledger has been removed", id)));
	pfree(reply.data);
}

char *
answer_find(Oid role, const uint8 *hash, int occurrence, size_t *length)
{
	StringInfoData request;
	StringInfoData reply;
	char	   *text = NULL;

	if (!guc_cache())
		return NULL;
	begin_request(&request, SCRIBE_FIND);
	pq_sendint32(&request, role);
	pq_sendbytes(&request, (const char *) hash, LEDGER_HASH_SIZE);
	pq_sendint32(&request, occurrence);
	pq_sendint32(&request, guc_cache_lifetime());
	ask_scribe(&request, &reply);
	if (pq_getmsgbyte(&reply))
	{
		*length = reply.len - reply.cursor;
		text = palloc(*length + 1);
		memcpy(text, reply.data + reply.cursor, *length);
		text[*length] = '\0';
	}
	pfree(reply.data);
	return text;
}

void
answer_store(Oid role, const uint8 *hash, int occurrence, int64 ledger_id,
			 const char *text, size_t length)
{
	StringInfoData request;
	StringInfoData reply;

	if (!guc_cache())
		return;
	begin_request(&request, SCRIBE_STORE);
	pq_sendint32(&request, role);
	pq_sendbytes(&request, (const char *) hash, LEDGER_HASH_SIZE);
	pq_sendint32(&request, occurrence);
	pq_sendint64(&request, ledger_id);
	pq_sendbytes(&request, text, (int) length);
	ask_scribe(&request, &reply);
	pfree(reply.data);
}

void
answer_consume(Oid role, const uint8 *hash, int first, int count)
{
	StringInfoData request;
	StringInfoData reply;

	if (!guc_cache())
		return;
	begin_request(&request, SCRIBE_CONSUME);
	pq_sendint32(&request, role);
	pq_sendbytes(&request, (const char *) hash, LEDGER_HASH_SIZE);
	pq_sendint32(&request, first);
	pq_sendint32(&request, count);
	ask_scribe(&request, &reply);
	pfree(reply.data);
}

int64
ledger_purge(TimestampTz before, bool all)
{
	int64		total = 0;
	int64		removed;

	do
	{
		StringInfoData request;
		StringInfoData reply;

		CHECK_FOR_INTERRUPTS();
		begin_request(&request, SCRIBE_PURGE);
		pq_sendint32(&request, GetUserId());
		pq_sendbyte(&request, all);
		pq_sendint64(&request, before);
		ask_scribe(&request, &reply);
		removed = pq_getmsgint64(&reply);
		pfree(reply.data);
		total += removed;
	} while (removed > 0);
	return total;
}
