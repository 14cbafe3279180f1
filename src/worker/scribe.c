/*-------------------------------------------------------------------------
 *
 * scribe.c
 *		The background worker that keeps the ledger and the answers of a
 *		database.
 *
 * What was spent has to be known whether or not the statement that spent it
 * commits.  So the tables are written by a process with transactions of its
 * own, on behalf of sessions that may be read-only or about to roll back.  It
 * is connected as the bootstrap superuser, and runs the fixed statements of
 * scribe_statements.c and nothing else.
 *
 * One process serves one request at a time: a decision about a budget cannot
 * be overtaken by another one.
 *
 * It leaves a second after its last client, since a connected process keeps
 * its database from being dropped or copied.  Asked to leave by SIGTERM, it
 * does so after the statement that it is at; its clients see their queues
 * detached and start another one.
 *
 * A client that leaves, in whatever way, may leave calls in flight: these are
 * settled there and then.  What happened when there was no scribe, its next
 * one looks for when it starts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "lib/ilist.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "worker/scribe.h"

#define IDLE_MS 1000			/* without clients, before it leaves */
#define REPLY_KEPT 65536		/* larger buffers are freed behind a reply */

typedef struct ScribePlace
{
	Oid			database;		/* or InvalidOid: free */
	int			pid;
	int			procno;
	dsm_handle	offered;		/* a client's segment, to be taken up */
} ScribePlace;

typedef struct ScribeTable
{
	slock_t		mutex;
	ScribePlace places[SCRIBE_MAX_DATABASES];
} ScribeTable;

StaticAssertDecl(sizeof(ScribeTable) <= 256, "more than the server has to spare");

typedef struct ScribeClient
{
	dlist_node	node;
	MemoryContext memory;		/* holds this struct, too */
	dsm_segment *segment;
	shm_mq_handle *requests;
	shm_mq_handle *replies;
	int			session;		/* its process */
	bool		replying;		/* reply has yet to be sent */
	StringInfoData reply;
	int64		reserved;		/* what the reply tells of, or 0 */
} ScribeClient;

static ScribeTable *table;
static dlist_head clients = DLIST_STATIC_INIT(clients);

extern PGDLLEXPORT void synthik_scribe_main(Datum arg);

/* ---- the table of scribes ---- */

/* Made by the first process that wants it: nothing has to be preloaded. */
static void
attach_table(void)
{
	bool		found;

	if (table != NULL)
		return;
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	table = ShmemInitStruct(SCRIBE_TABLE, sizeof(ScribeTable), &found);
	if (!found)
	{
		memset(table, 0, sizeof(ScribeTable));
		SpinLockInit(&table->mutex);
		for (int i = 0; i < SCRIBE_MAX_DATABASES; i++)
			table->places[i].offered = DSM_HANDLE_INVALID;
	}
	LWLockRelease(AddinShmemInitLock);
}

/* With the mutex held: nothing here may throw. */
static ScribePlace *
find_place(Oid database)
{
	for (int i = 0; i < SCRIBE_MAX_DATABASES; i++)
		if (table->places[i].database == database)
			return &table->places[i];
	return NULL;
}

pid_t
scribe_pid(void)
{
	ScribePlace *place;
	pid_t		pid;

	attach_table();
	SpinLockAcquire(&table->mutex);
	place = find_place(MyDatabaseId);
	pid = place ? place->pid : 0;
	SpinLockRelease(&table->mutex);
	return pid;
}

bool
scribe_has_place(void)
{
	bool		room;

	attach_table();
	SpinLockAcquire(&table->mutex);
	room = find_place(InvalidOid) != NULL;
	SpinLockRelease(&table->mutex);
	return room;
}

bool
scribe_offer(dsm_handle segment, pid_t *pid)
{
	ScribePlace *place;
	bool		done = true;
	int			procno = -1;

	attach_table();
	*pid = 0;
	SpinLockAcquire(&table->mutex);
	place = find_place(MyDatabaseId);
	if (place != NULL)
	{
		*pid = place->pid;
		done = place->offered == DSM_HANDLE_INVALID;
		if (done)
		{
			place->offered = segment;
			procno = place->procno;
		}
	}
	SpinLockRelease(&table->mutex);

	/* At worst the latch of another process, which expects to be woken in vain. */
	if (procno >= 0)
		SetLatch(&GetPGProcByNumber(procno)->procLatch);
	return done;
}

/* False where the database has a scribe already, or all places are taken. */
static bool
enter_table(void)
{
	ScribePlace *place;

	attach_table();
	SpinLockAcquire(&table->mutex);
	place = find_place(MyDatabaseId) ? NULL : find_place(InvalidOid);
	if (place != NULL)
	{
		place->database = MyDatabaseId;
		place->pid = MyProcPid;
		place->procno = (int) (MyProc - ProcGlobal->allProcs);
		place->offered = DSM_HANDLE_INVALID;
	}
	SpinLockRelease(&table->mutex);
	return place != NULL;
}

static dsm_handle
take_offer(void)
{
	ScribePlace *place;
	dsm_handle	offered;

	SpinLockAcquire(&table->mutex);
	place = find_place(MyDatabaseId);
	offered = place->offered;
	place->offered = DSM_HANDLE_INVALID;
	SpinLockRelease(&table->mutex);
	return offered;
}

/* Unless there is a client at the door; that is, if_idle. */
static bool
leave_table(bool if_idle)
{
	ScribePlace *place;
	bool		left = false;

	SpinLockAcquire(&table->mutex);
	place = find_place(MyDatabaseId);
	if (place != NULL && place->pid == MyProcPid &&
		(!if_idle || place->offered == DSM_HANDLE_INVALID))
	{
		memset(place, 0, sizeof(*place));
		place->offered = DSM_HANDLE_INVALID;
		left = true;
	}
	SpinLockRelease(&table->mutex);
	return left;
}

static void
leave_at_exit(int code, Datum arg)
{
	leave_table(false);
}

/* ---- clients ---- */

static void
take_client(dsm_handle handle, ResourceOwner owner)
{
	dsm_segment *segment;
	shm_toc    *toc;
	shm_mq	   *requests;
	shm_mq	   *replies;
	MemoryContext memory;
	MemoryContext old;
	ScribeClient *client;

	CurrentResourceOwner = owner;
	segment = dsm_attach(handle);
	if (segment == NULL)
		return;					/* it has gone already */
	dsm_pin_mapping(segment);
	toc = shm_toc_attach(SCRIBE_MAGIC, dsm_segment_address(segment));
	if (toc == NULL)
	{
		dsm_detach(segment);
		return;
	}
	memory = AllocSetContextCreate(TopMemoryContext, "synthik scribe's client",
								   ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(memory);
	client = palloc0(sizeof(ScribeClient));
	client->memory = memory;
	client->segment = segment;
	requests = shm_toc_lookup(toc, SCRIBE_KEY_REQUESTS, false);
	replies = shm_toc_lookup(toc, SCRIBE_KEY_REPLIES, false);
	client->session = shm_mq_get_sender(requests)->pid;
	shm_mq_set_sender(replies, MyProc);
	client->replies = shm_mq_attach(replies, segment, NULL);
	/* The last step: it tells the client that it may begin. */
	shm_mq_set_receiver(requests, MyProc);
	client->requests = shm_mq_attach(requests, segment, NULL);
	initStringInfo(&client->reply);
	dlist_push_tail(&clients, &client->node);
	MemoryContextSwitchTo(old);
}

static void
drop_client(ScribeClient *client)
{
	dlist_delete(&client->node);
	dsm_detach(client->segment);
	MemoryContextDelete(client->memory);
}

/* ---- statements ---- */

static void
begin_statement(const char *activity)
{
	/* A cancel that came while there was nothing to cancel means nothing. */
	QueryCancelPending = false;
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, activity);
}

static void
end_statement(void)
{
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
}

static void
put_error(StringInfo reply, MemoryContext memory)
{
	ErrorData  *error;

	MemoryContextSwitchTo(memory);
	error = CopyErrorData();
	FlushErrorState();
	AbortCurrentTransaction();
	MemoryContextSwitchTo(memory);

	resetStringInfo(reply);
	pq_sendbyte(reply, SCRIBE_ERROR);
	pq_sendint32(reply, error->sqlerrcode);
	scribe_put_text(reply, error->message);
	scribe_put_text(reply, error->detail);
	scribe_put_text(reply, error->hint);
	FreeErrorData(error);
}

static const char *
activity_of(const StringInfoData *request)
{
	static const char *const activities[] = {
		[SCRIBE_RESERVE] = "synthik: reserve", [SCRIBE_SETTLE] = "synthik: settle",
		[SCRIBE_FIND] = "synthik: find", [SCRIBE_STORE] = "synthik: store",
		[SCRIBE_PURGE] = "synthik: purge", [SCRIBE_CONSUME] = "synthik: consume"
	};
	uint8		command = request->len > 0 ? (uint8) request->data[0] : 0;

	return command < lengthof(activities) ? activities[command] : NULL;
}

/* A statement that fails is an error of the client's, not the end of us. */
static void
answer(ScribeClient *client, void *data, Size size)
{
	StringInfoData request = {.data = data, .len = (int) size, .maxlen = (int) size};
	volatile int64 reserved = 0;

	resetStringInfo(&client->reply);
	PG_TRY();
	{
		int64		id = 0;

		begin_statement(activity_of(&request));
		pq_sendbyte(&client->reply, SCRIBE_OK);
		scribe_execute(client->session, &request, &client->reply, &id);
		end_statement();
		reserved = id;
	}
	PG_CATCH();
	{
		put_error(&client->reply, client->memory);
	}
	PG_END_TRY();
	client->reserved = reserved;
	client->replying = true;
	pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(TopMemoryContext);
}

/* Of our own accord, so nobody hears of errors; false where there was one. */
static bool
try_statement(const char *activity, void (*statement) (int64), int64 argument)
{
	volatile bool done = false;

	PG_TRY();
	{
		begin_statement(activity);
		statement(argument);
		end_statement();
		done = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(TopMemoryContext);
		FlushErrorState();
		AbortCurrentTransaction();
	}
	PG_END_TRY();
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(TopMemoryContext);
	return done;
}

/* What a client has left open.  If that fails, a later scribe does it. */
static void
look_after(const ScribeClient *client)
{
	/* It was cancelled while it waited its turn: the call was not sent. */
	if (client->reserved != 0)
		(void) try_statement("synthik: withdraw", scribe_withdraw, client->reserved);
	(void) try_statement("synthik: settle", scribe_settle_cancelled, client->session);
}

/* Once, before the first request; with the next client if it fails. */
static void
look_back(void)
{
	static bool done = false;

	if (!done)
		done = try_statement("synthik: settle", scribe_settle_lost, 0);
}

typedef enum ServeResult
{
	SERVED, NOTHING_TO_DO, CLIENT_GONE
} ServeResult;

/*
 * One request, or what is left of its reply.  Without waiting: a client that
 * does not fetch its reply holds up nobody else.
 */
static ServeResult
serve(ScribeClient *client)
{
	shm_mq_result result;

	if (!client->replying)
	{
		Size		size;
		void	   *data;

		result = shm_mq_receive(client->requests, &size, &data, true);
		if (result != SHM_MQ_SUCCESS)
			return result == SHM_MQ_DETACHED ? CLIENT_GONE : NOTHING_TO_DO;
		answer(client, data, size);
	}
	result = shm_mq_send(client->replies, client->reply.len, client->reply.data, true, true);
	if (result == SHM_MQ_WOULD_BLOCK)
		return NOTHING_TO_DO;
	if (result == SHM_MQ_DETACHED)
		return CLIENT_GONE;
	client->replying = false;
	client->reserved = 0;
	if (client->reply.maxlen > REPLY_KEPT)
	{
		pfree(client->reply.data);
		MemoryContextSwitchTo(client->memory);
		initStringInfo(&client->reply);
		MemoryContextSwitchTo(TopMemoryContext);
	}
	return SERVED;
}

/* Each client's next request, one of each; whether there was any. */
static bool
serve_all(void)
{
	dlist_mutable_iter i;
	bool		any = false;

	dlist_foreach_modify(i, &clients)
	{
		ScribeClient *client = dlist_container(ScribeClient, node, i.cur);
		ServeResult result;

		if (ShutdownRequestPending)
			return true;
		result = serve(client);
		if (result == CLIENT_GONE)
		{
			look_after(client);
			drop_client(client);
		}
		any |= result != NOTHING_TO_DO;
	}
	return any;
}

/* ---- the process ---- */

/*
 * Whatever the database's settings are: its statements mean one thing, wait
 * for a lock no longer than a user can be made to wait for a message, and
 * are on disk when they have been answered.
 */
static void
pin_settings(void)
{
	static const char *const settings[][2] = {
		{"search_path", "pg_catalog, pg_temp"},
		{"default_transaction_read_only", "off"},
		{"default_transaction_isolation", "read committed"},
		{"default_transaction_deferrable", "off"},
		{"transaction_timeout", "0"},
		{"statement_timeout", "0"},
		{"lock_timeout", "5s"},
		{"row_security", "off"},
		{"session_replication_role", "origin"},
		{"synchronous_commit", "local"},
		{"jit", "off"},
	};

	for (int i = 0; i < lengthof(settings); i++)
		if (GetConfigOption(settings[i][0], true, false) != NULL)
			SetConfigOption(settings[i][0], settings[i][1], PGC_SUSET, PGC_S_OVERRIDE);
}

/* What every turn has to look at, apart from clients. */
static void
look_around(void)
{
	ResetLatch(MyLatch);
	/* There is nothing that could be cancelled here. */
	HOLD_CANCEL_INTERRUPTS();
	CHECK_FOR_INTERRUPTS();
	RESUME_CANCEL_INTERRUPTS();
	QueryCancelPending = false;
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

/* Until there is something to do; false: nothing comes any more. */
static bool
wait_for_work(TimestampTz idle_since)
{
	long		timeout = -1;
	int			events = WL_LATCH_SET | WL_EXIT_ON_PM_DEATH;

	if (dlist_is_empty(&clients))
	{
		timeout = IDLE_MS - TimestampDifferenceMilliseconds(idle_since, GetCurrentTimestamp());
		if (timeout <= 0)
			return !leave_table(true);
		events |= WL_TIMEOUT;
	}
	WaitLatch(MyLatch, events, timeout, PG_WAIT_EXTENSION);
	return true;
}

static void
run(dsm_handle first)
{
	ResourceOwner owner = ResourceOwnerCreate(NULL, "synthik scribe");
	TimestampTz idle_since = GetCurrentTimestamp();
	dsm_handle	offered = first;

	MemoryContextSwitchTo(TopMemoryContext);
	pgstat_report_activity(STATE_IDLE, NULL);
	for (;;)
	{
		look_around();
		if (ShutdownRequestPending)
			return;
		if (offered != DSM_HANDLE_INVALID)
		{
			take_client(offered, owner);
			look_back();
		}
		offered = take_offer();
		if (!dlist_is_empty(&clients))
			idle_since = GetCurrentTimestamp();
		if (!serve_all() && offered == DSM_HANDLE_INVALID && !wait_for_work(idle_since))
			return;
	}
}

void
synthik_scribe_main(Datum arg)
{
	Oid			database;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	memcpy(&database, MyBgworkerEntry->bgw_extra, sizeof(database));
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	pin_settings();
	before_shmem_exit(leave_at_exit, 0);
	if (enter_table())
		run((dsm_handle) DatumGetUInt32(arg));
	proc_exit(0);
}
