/*-------------------------------------------------------------------------
 *
 * generator.c
 *		The local source in several processes.
 *
 * Generator workers are dynamic background workers without a database.  They
 * get the compiled plan in a dynamic shared memory segment, and worker w of
 * n makes the blocks w, w + n, w + 2n, … of a request.  Each hands its blocks
 * over through a queue of its own; the backend takes them in turn, so the
 * rows come in order, and stores them itself: one transaction.
 *
 * What needs the catalog, and what other columns are compared with when a
 * row is drawn again, the backend makes.  It also makes any block that a
 * worker fails to deliver: a block is a function of the plan and its number,
 * so nothing depends on who made it.
 *
 * A detached segment ends the workers: the backend's resource owner detaches
 * it on error, and a worker's next send fails.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/engine.h"
#include "local/local.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "tcop/tcopprot.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "local/generator.h"

#define GENERATOR_MAGIC		0x53796e47	/* "SynG" */
#define GENERATOR_MAX_PLAN	(32 * 1024 * 1024)	/* shared memory may be small */
#define GENERATOR_QUEUE		(1024 * 1024)	/* some blocks of usual rows */

/* Keys of the table of contents; the queues follow. */
#define KEY_TASK	0
#define KEY_PLAN	1
#define KEY_COLUMNS 2
#define KEY_QUEUES	3

typedef struct GeneratorTask
{
	uint64		seed;
	int64		first_row;
	int64		rows;
	int			nworkers;
	int			ncolumns;
	int			block_rows;
} GeneratorTask;

/* What a worker does with a column. */
typedef enum ColumnDuty
{
	COLUMN_NOT,
	COLUMN_MAKE,				/* others need it here */
	COLUMN_SEND					/* and the backend gets it */
} ColumnDuty;

typedef struct GeneratorSource
{
	RowSource	base;
	RowSource  *local;
	int			nworkers;
	shm_mq_handle *queues[GENERATOR_MAX_WORKERS];	/* NULL: gone */
	bool	   *sent;			/* [column]: the workers make it */
	dsm_segment *segment;
	int64		first_row;
} GeneratorSource;

extern PGDLLEXPORT void synthik_generator_main(Datum arg);

/* ---- blocks as messages ---- */

/* A growing message. */
typedef struct Message
{
	char	   *data;
	Size		size;
	Size		allocated;
} Message;

static void *
message_room(Message *message, Size size)
{
	void	   *room;
	Size		needed = message->size + MAXALIGN(size);

	if (needed > message->allocated)
	{
		message->allocated = Max(message->allocated * 2, needed);
		message->data = message->data ?
			repalloc_huge(message->data, message->allocated) :
			MemoryContextAllocHuge(CurrentMemoryContext, message->allocated);
	}
	room = message->data + message->size;
	message->size = needed;
	return room;
}

/* NULL flags, then Datums, or offsets within the message of what they name. */
static void
put_column(Message *message, const PlanOp *op, const Datum *values, const bool *nulls, int n)
{
	Size		items;

	memcpy(message_room(message, sizeof(bool) * n), nulls, sizeof(bool) * n);
	items = message->size;
	memcpy(message_room(message, sizeof(Datum) * n), values, sizeof(Datum) * n);
	if (op->flags & OPF_BYVAL)
		return;
	for (int i = 0; i < n; i++)
	{
		Size		size;
		Size		at = message->size;

		if (nulls[i])
			continue;
		size = datumGetSize(values[i], false, op->typlen);
		memcpy(message_room(message, size), DatumGetPointer(values[i]), size);
		((Datum *) (message->data + items))[i] = (Datum) at;
	}
}

static char *
take_column(char *message, char *at, const PlanOp *op, Datum *values, bool *nulls, int n)
{
	memcpy(nulls, at, sizeof(bool) * n);
	at += MAXALIGN(sizeof(bool) * n);
	memcpy(values, at, sizeof(Datum) * n);
	at += MAXALIGN(sizeof(Datum) * n);
	if (op->flags & OPF_BYVAL)
		return at;
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			continue;
		values[i] = PointerGetDatum(message + values[i]);
		at += MAXALIGN(datumGetSize(values[i], false, op->typlen));
	}
	return at;
}

/* ---- the worker ---- */

typedef struct BlockMaker
{
	Engine	   *engine;
	const uint8 *duties;
	RowBlock   *block;
} BlockMaker;

static void
fill_columns(const BlockMaker *maker, const RowKey *keys, int n)
{
	Engine	   *engine = maker->engine;
	const int32 *order = plan_at(engine->plan, engine->plan->order);

	engine_draw_axes(engine, keys, n, 0);
	for (uint32 i = 0; i < engine->plan->norder; i++)
		if (maker->duties[order[i]] != COLUMN_NOT)
			engine_fill_column(engine, order[i], keys, n);
}

static void
remake_row(void *arg, int row, const RowKey *key)
{
	const BlockMaker *maker = arg;

	engine_aim(maker->engine, maker->block, row, 1, false);
	fill_columns(maker, key, 1);
}

static void
make_block(Engine *engine, const GeneratorTask *task, const uint8 *duties, RowBlock *block,
		   RowKey *keys, Message *message)
{
	BlockMaker	maker = {engine, duties, block};

	MemoryContextReset(block->memory);
	engine_row_keys(task->seed, block->first_row, block->nrows, keys);
	engine_aim(engine, block, 0, block->nrows, true);
	fill_columns(&maker, keys, block->nrows);
	message->size = 0;
	if (engine->marks)
	{
		rows_avoid_known(engine, 0, block->nrows, keys, remake_row, &maker);
		memcpy(message_room(message, block->nrows), rows_again(engine), block->nrows);
	}
	for (int i = 0; i < task->ncolumns; i++)
		if (duties[i] == COLUMN_SEND)
			put_column(message, &engine->ops[engine->column_ops[i]],
					   block->values[i], block->nulls[i], block->nrows);
}

static void
work(const GeneratorTask *task, const RowPlan *plan, const uint8 *duties, int number,
	 shm_mq_handle *queue)
{
	Engine		engine;
	RowBlock	block = {0};
	Message		message = {0};
	RowKey	   *keys = palloc(sizeof(RowKey) * ROW_BLOCK);
	bool	   *made = palloc(sizeof(bool) * Max(task->ncolumns, 1));

	engine_init(&engine, plan);
	for (int i = 0; i < task->ncolumns; i++)
		made[i] = duties[i] != COLUMN_NOT;
	engine_limit_axes(&engine, made);
	block.ncolumns = task->ncolumns;
	block.values = palloc(sizeof(Datum *) * Max(task->ncolumns, 1));
	block.nulls = palloc(sizeof(bool *) * Max(task->ncolumns, 1));
	block.memory = AllocSetContextCreate(CurrentMemoryContext, "synthik block",
										 ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < task->ncolumns; i++)
	{
		block.values[i] = palloc0(sizeof(Datum) * ROW_BLOCK);
		block.nulls[i] = palloc0(sizeof(bool) * ROW_BLOCK);
	}
	for (int64 begin = (int64) number * task->block_rows; begin < task->rows;
		 begin += (int64) task->nworkers * task->block_rows)
	{
		CHECK_FOR_INTERRUPTS();
		block.first_row = task->first_row + begin;
		block.nrows = (int) Min(task->rows - begin, task->block_rows);
		make_block(&engine, task, duties, &block, keys, &message);
		if (shm_mq_send(queue, message.size, message.data, false, true) != SHM_MQ_SUCCESS)
			return;
	}
}

void
synthik_generator_main(Datum arg)
{
	dsm_segment *segment;
	shm_toc    *toc;
	shm_mq	   *queue;
	int			number;

	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	memcpy(&number, MyBgworkerEntry->bgw_extra, sizeof(number));
	CurrentResourceOwner = ResourceOwnerCreate(NULL, "synthik generator");
	CurrentMemoryContext = AllocSetContextCreate(TopMemoryContext, "synthik generator",
												 ALLOCSET_DEFAULT_SIZES);
	segment = dsm_attach(DatumGetUInt32(arg));
	toc = segment ? shm_toc_attach(GENERATOR_MAGIC, dsm_segment_address(segment)) : NULL;
	if (toc == NULL)
		proc_exit(0);			/* the backend is gone already */
	queue = shm_toc_lookup(toc, KEY_QUEUES + number, false);
	shm_mq_set_sender(queue, MyProc);
	work(shm_toc_lookup(toc, KEY_TASK, false), shm_toc_lookup(toc, KEY_PLAN, false),
		 shm_toc_lookup(toc, KEY_COLUMNS, false), number,
		 shm_mq_attach(queue, segment, NULL));
	dsm_detach(segment);
	proc_exit(0);
}

/* ---- the backend ---- */

/* What a column that the workers make hangs on. */
typedef struct Wanting
{
	const RowPlan *plan;
	uint8	   *duties;
} Wanting;

static void want_in_worker(const RowPlan *plan, uint8 *duties, int column);

static void
want_read(void *arg, int column)
{
	Wanting    *wanting = arg;

	if (wanting->duties[column] == COLUMN_NOT)
		want_in_worker(wanting->plan, wanting->duties, column);
}

static void
want_in_worker(const RowPlan *plan, uint8 *duties, int column)
{
	Wanting		wanting = {plan, duties};
	const int32 *column_ops = plan_at(plan, plan->column_ops);

	if (duties[column] == COLUMN_NOT)
		duties[column] = COLUMN_MAKE;
	if (column_ops[column] >= 0)
		plan_visit_read(plan, column_ops[column], want_read, &wanting);
}

/* To know which rows to draw again, a worker has to make all compared columns. */
static void
want_compared_in_worker(const RowPlan *plan, uint8 *duties)
{
	const PlanCompared *compared = plan_at(plan, plan->compared);

	for (uint32 c = 0; c < plan->ncompared; c++)
		want_in_worker(plan, duties, compared[c].column);
}

static bool
can_compare_in_worker(const RowPlan *plan)
{
	const PlanCompared *compared = plan_at(plan, plan->compared);
	const int32 *column_ops = plan_at(plan, plan->column_ops);
	const PlanOp *ops = plan_at(plan, plan->ops);

	for (uint32 c = 0; c < plan->ncompared; c++)
		if (ops[column_ops[compared[c].column]].flags & OPF_BACKEND)
			return false;
	return true;
}

/* Which columns the workers make; false if there are none. */
static bool
assign_duties(GeneratorSource *source, uint8 *duties)
{
	const RowPlan *plan = local_source_plan(source->local);
	const bool *wanted = local_source_wanted(source->local);
	const int32 *column_ops = plan_at(plan, plan->column_ops);
	const PlanOp *ops = plan_at(plan, plan->ops);
	bool		any = false;

	for (uint32 i = 0; i < plan->ncolumns; i++)
	{
		if (!wanted[i] || ops[column_ops[i]].kind == OP_COPY ||
			ops[column_ops[i]].kind == OP_CONTEXT ||
			ops[column_ops[i]].flags & (OPF_BACKEND | OPF_KEEP_NUMBER))
			continue;
		duties[i] = COLUMN_SEND;
		source->sent[i] = any = true;
		want_in_worker(plan, duties, i);
	}
	want_compared_in_worker(plan, duties);
	return any;
}

static BackgroundWorkerHandle *
start_worker(dsm_handle segment, int number)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = UInt32GetDatum(segment);
	worker.bgw_notify_pid = MyProcPid;
	memcpy(worker.bgw_extra, &number, sizeof(number));
	strlcpy(worker.bgw_library_name, "synthik", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "synthik_generator_main",
			sizeof(worker.bgw_function_name));
	snprintf(worker.bgw_name, BGW_MAXLEN, "synthik generator %d of process %d",
			 number + 1, MyProcPid);
	strlcpy(worker.bgw_type, "synthik generator", BGW_MAXLEN);
	return RegisterDynamicBackgroundWorker(&worker, &handle) ? handle : NULL;
}

static shm_toc *
create_segment(GeneratorSource *source, const GeneratorTask *task)
{
	const RowPlan *plan = local_source_plan(source->local);
	shm_toc_estimator e;
	shm_toc    *toc;
	Size		size;
	void	   *room;

	shm_toc_initialize_estimator(&e);
	shm_toc_estimate_chunk(&e, sizeof(GeneratorTask));
	shm_toc_estimate_chunk(&e, plan->size);
	shm_toc_estimate_chunk(&e, Max(plan->ncolumns, 1));
	for (int i = 0; i < task->nworkers; i++)
		shm_toc_estimate_chunk(&e, GENERATOR_QUEUE);
	shm_toc_estimate_keys(&e, KEY_QUEUES + task->nworkers);
	size = shm_toc_estimate(&e);
	source->segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
	if (source->segment == NULL)
		return NULL;
	toc = shm_toc_create(GENERATOR_MAGIC, dsm_segment_address(source->segment), size);
	room = shm_toc_allocate(toc, sizeof(GeneratorTask));
	memcpy(room, task, sizeof(GeneratorTask));
	shm_toc_insert(toc, KEY_TASK, room);
	room = shm_toc_allocate(toc, plan->size);
	memcpy(room, plan, plan->size);
	shm_toc_insert(toc, KEY_PLAN, room);
	return toc;
}

static void
start_workers(GeneratorSource *source, const RowRequest *request)
{
	GeneratorTask task = {0};
	const RowPlan *plan = local_source_plan(source->local);
	uint8	   *duties = palloc0(Max(plan->ncolumns, 1));
	uint8	   *shared;
	shm_toc    *toc;

	task.seed = request->seed;
	task.first_row = request->first_row;
	task.rows = request->rows;
	task.nworkers = (int) Min(Min(request->workers, GENERATOR_MAX_WORKERS),
							  (request->rows - 1) / source->base.block_rows + 1);
	task.block_rows = source->base.block_rows;
	task.ncolumns = plan->ncolumns;
	if (plan->size > GENERATOR_MAX_PLAN || task.nworkers == 0 || !can_compare_in_worker(plan) ||
		!assign_duties(source, duties))
		return;
	toc = create_segment(source, &task);
	if (toc == NULL)
		return;
	shared = shm_toc_allocate(toc, Max(plan->ncolumns, 1));
	memcpy(shared, duties, plan->ncolumns);
	shm_toc_insert(toc, KEY_COLUMNS, shared);
	source->nworkers = task.nworkers;
	for (int i = 0; i < task.nworkers; i++)
	{
		shm_mq	   *queue = shm_mq_create(shm_toc_allocate(toc, GENERATOR_QUEUE), GENERATOR_QUEUE);
		BackgroundWorkerHandle *handle;

		shm_mq_set_receiver(queue, MyProc);
		shm_toc_insert(toc, KEY_QUEUES + i, queue);
		handle = start_worker(dsm_segment_handle(source->segment), i);
		if (handle)
			source->queues[i] = shm_mq_attach(queue, source->segment, handle);
	}
}

static RowSource *
generator_open(const Schema *schema, const RowRequest *request, ReferencePool **pools)
{
	GeneratorSource *source = palloc0(sizeof(GeneratorSource));

	source->base.methods = &generator_source_methods;
	source->local = local_source_methods.open(schema, request, pools);
	source->base.block_rows = source->local->block_rows;
	source->first_row = request->first_row;
	source->sent = palloc0(sizeof(bool) * Max(schema_width(schema), 1));
	start_workers(source, request);
	return &source->base;
}

/* The block from its worker; false if the worker does not deliver. */
static bool
receive_block(GeneratorSource *source, RowBlock *block, int worker, const uint8 **again)
{
	const RowPlan *plan = local_source_plan(source->local);
	const int32 *column_ops = plan_at(plan, plan->column_ops);
	const PlanOp *ops = plan_at(plan, plan->ops);
	Size		size;
	void	   *data;
	char	   *message;
	char	   *at;

	if (source->queues[worker] == NULL)
		return false;
	if (shm_mq_receive(source->queues[worker], &size, &data, false) != SHM_MQ_SUCCESS)
	{
		source->queues[worker] = NULL;
		return false;
	}
	message = at = MemoryContextAllocHuge(block->memory, size);
	memcpy(message, data, size);
	if (plan->ncompared > 0)
	{
		*again = (const uint8 *) at;
		at += MAXALIGN(block->nrows);
	}
	for (int i = 0; i < block->ncolumns; i++)
		if (source->sent[i])
			at = take_column(message, at, &ops[column_ops[i]], block->values[i],
							 block->nulls[i], block->nrows);
	return true;
}

static void
generator_next(RowSource *base, RowBlock *block)
{
	GeneratorSource *source = (GeneratorSource *) base;
	int64		number = (block->first_row - source->first_row) / base->block_rows;
	const uint8 *again = NULL;

	if (source->nworkers > 0 &&
		receive_block(source, block, number % source->nworkers, &again))
		local_source_fill_rest(source->local, block, source->sent, again);
	else
		local_source_fill(source->local, block);
}

static void
generator_redraw(RowSource *base, RowBlock *block, int row, int component, uint32 attempt)
{
	GeneratorSource *source = (GeneratorSource *) base;

	source->local->methods->redraw(source->local, block, row, component, attempt);
}

static void
generator_close(RowSource *base)
{
	GeneratorSource *source = (GeneratorSource *) base;

	if (source->segment)
		dsm_detach(source->segment);
	source->segment = NULL;
	source->local->methods->close(source->local);
}

const RowSourceMethods generator_source_methods = {
	.name = "local",
	.open = generator_open,
	.next = generator_next,
	.redraw = generator_redraw,
	.close = generator_close,
};
