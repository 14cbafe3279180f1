/*-------------------------------------------------------------------------
 *
 * source.c
 *		The local source: a RowSource over a compiled plan.
 *
 * Row i of a data set is a function of the plan, the seed and i.  A row that
 * a check refuses is drawn again with a base of its own for each attempt, so
 * that holds for redrawn rows too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "local/compile.h"
#include "local/engine.h"
#include "local/local.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define BLOCK_BYTES		(16 * 1024 * 1024)	/* a block's memory, about */
#define SAMPLE_ROWS		4

/*
 * How often a row is drawn again with the same NULLs.  A check takes NULL, so
 * that drawing them anew would let the share of NULLs grow with each value
 * that the check refuses.
 */
#define NULL_PATIENCE	16

/* How often a row that is refused keeps its number in a sequence. */
#define OWN_NUMBER_ATTEMPTS	4

typedef struct LocalSource
{
	RowSource	base;
	RowPlan    *plan;
	Engine		engine;
	uint64		seed;
	bool		avoid_stored;
	uint64		reserve;		/* next distinct number that no row has */
	bool	   *wanted;			/* [column] */
	bool		compares;		/* rows with what the source has */
	RowKey		keys[ROW_BLOCK];
} LocalSource;

/* What is read, and what that hangs on. */
static void
want_column(void *arg, int column)
{
	LocalSource *source = arg;
	int			index = source->engine.column_ops[column];

	if (index < 0 || source->wanted[column])
		return;
	source->wanted[column] = true;
	plan_visit_read(source->plan, index, want_column, source);
}

/* component 0: all of them */
static void
run_columns(LocalSource *source, RowBlock *block, int row, int n, const RowKey *keys,
			int component, const bool *skip)
{
	const int32 *order = plan_at(source->plan, source->plan->order);
	bool		drawn = false;

	engine_aim(&source->engine, block, row, n, component == 0 && n == block->nrows);
	for (uint32 i = 0; i < source->plan->norder; i++)
	{
		int			column = order[i];
		const PlanOp *op = &source->engine.ops[source->engine.column_ops[column]];

		CHECK_FOR_INTERRUPTS();
		if (!source->wanted[column] || (skip && skip[column]) ||
			(component != 0 && op->component != component))
			continue;
		if (fit_decides(op) && !drawn)
		{
			engine_draw_axes(&source->engine, keys, n, component);
			drawn = true;
		}
		engine_fill_column(&source->engine, column, keys, n);
	}
}

/* ---- rows that equal one of the source's ---- */

typedef struct Remaking
{
	LocalSource *source;
	RowBlock   *block;
} Remaking;

static void
remake_row(void *arg, int row, const RowKey *key)
{
	Remaking   *remaking = arg;

	run_columns(remaking->source, remaking->block, row, 1, key, 0, NULL);
}

static void
avoid_known(LocalSource *source, RowBlock *block, int row, int n, const RowKey *keys)
{
	Remaking	remaking = {source, block};

	if (source->compares)
		rows_avoid_known(&source->engine, row, n, keys, remake_row, &remaking);
}

/*
 * All compared columns are made if any is: whether a row has to be drawn again
 * does not hang on what is read of it.
 */
static void
want_compared(LocalSource *source)
{
	const RowPlan *plan = source->plan;
	const PlanCompared *compared = plan_at(plan, plan->compared);

	for (uint32 i = 0; i < plan->ncolumns; i++)
		source->compares |= source->wanted[i];
	source->compares &= plan->ncompared > 0;
	for (uint32 c = 0; source->compares && c < plan->ncompared; c++)
		want_column(source, compared[c].column);
}

/*
 * How many rows have room in a block.  Rows can be of any size, so the first
 * few are made to see.
 */
static int
rows_of_block(LocalSource *source, const RowRequest *request)
{
	int			ncolumns = source->plan->ncolumns;
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik sample",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	RowBlock	block = {.ncolumns = ncolumns, .nrows = SAMPLE_ROWS,
	.first_row = request->first_row,.memory = memory};
	Size		bytes = 0;
	int			made = 0;

	block.values = palloc(sizeof(Datum *) * Max(ncolumns, 1));
	block.nulls = palloc(sizeof(bool *) * Max(ncolumns, 1));
	for (int i = 0; i < ncolumns; i++)
	{
		block.values[i] = palloc0(sizeof(Datum) * SAMPLE_ROWS);
		block.nulls[i] = palloc0(sizeof(bool) * SAMPLE_ROWS);
	}
	while (made < Min(request->rows, SAMPLE_ROWS) && bytes < BLOCK_BYTES)
	{
		engine_row_keys(source->seed, request->first_row + made, 1, source->keys);
		run_columns(source, &block, made, 1, source->keys, 0, NULL);
		bytes = MemoryContextMemAllocated(memory, true);
		made++;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
	return made == 0 ? ROW_BLOCK :
		(int) Max(1, Min(ROW_BLOCK, BLOCK_BYTES / (bytes / made)));
}

static RowSource *
local_open(const Schema *schema, const RowRequest *request, ReferencePool **pools)
{
	LocalSource *source = palloc0(sizeof(LocalSource));

	source->base.methods = &local_source_methods;
	source->plan = plan_compile(schema, request, pools);
	engine_init(&source->engine, source->plan);
	source->seed = request->seed;
	source->avoid_stored = request->avoid_stored;
	source->reserve = Max(request->first_row - 1 + request->rows, request->last_row);
	source->wanted = palloc0(sizeof(bool) * Max(schema_width(schema), 1));
	for (int i = 0; i < schema_width(schema); i++)
		if (request->needed == NULL || bms_is_member(i, request->needed))
			want_column(source, i);
	want_compared(source);
	engine_limit_axes(&source->engine, source->wanted);
	source->base.block_rows = rows_of_block(source, request);
	return &source->base;
}

const RowPlan *
local_source_plan(const RowSource *source)
{
	return ((const LocalSource *) source)->plan;
}

const bool *
local_source_wanted(const RowSource *source)
{
	return ((const LocalSource *) source)->wanted;
}

void
local_source_fill_rest(RowSource *base, RowBlock *block, const bool *skip, const uint8 *again)
{
	LocalSource *source = (LocalSource *) base;

	if (source->compares)
		rows_take_again(&source->engine, again, block->nrows);
	rows_first_keys(&source->engine, block, 0, block->nrows, source->keys);
	run_columns(source, block, 0, block->nrows, source->keys, 0, skip);
	/* a block that begins forgets what was of the one before */
	if (source->compares)
		rows_take_again(&source->engine, again, block->nrows);
}

void
local_source_fill(RowSource *base, RowBlock *block)
{
	LocalSource *source = (LocalSource *) base;

	engine_row_keys(source->seed, block->first_row, block->nrows, source->keys);
	run_columns(source, block, 0, block->nrows, source->keys, 0, NULL);
	avoid_known(source, block, 0, block->nrows, source->keys);
}

static void
local_next(RowSource *source, RowBlock *block)
{
	local_source_fill(source, block);
}

static void
local_redraw(RowSource *base, RowBlock *block, int row, int component, uint32 attempt)
{
	LocalSource *source = (LocalSource *) base;
	uint64		number = block->first_row + row - 1;
	RowKey	   *key = &source->keys[0];

	key->nulls = rng_combine(source->seed, number);
	key->base = rng_combine(key->nulls, ((uint64) component << 32) + attempt);
	key->mirrored = rng_mirror(number);
	key->fresh = PG_UINT32_MAX;
	key->fresh_nulls = attempt > NULL_PATIENCE;
	if (key->fresh_nulls)
		key->nulls = key->base;
	key->own = attempt < OWN_NUMBER_ATTEMPTS ? number : NO_UNIQUE;
	if (source->avoid_stored)
	{
		key->unique = source->reserve++;
		key->retry = 0;
	}
	else
	{
		key->unique = number;
		key->retry = attempt;
	}
	/* what another process has made is not known here */
	if (component != 0 && source->compares && !rows_are_marked(&source->engine, row))
	{
		RowKey		first;

		rows_first_keys(&source->engine, block, row, 1, &first);
		run_columns(source, block, row, 1, &first, 0, NULL);
	}
	run_columns(source, block, row, 1, key, component, NULL);
	avoid_known(source, block, row, 1, key);
}

static void
local_close(RowSource *base)
{
	/* everything lies in the stream's memory context */
}

void
local_check_plan(const Schema *schema, const RowRequest *request, ReferencePool **pools)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik plan",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);

	plan_compile(schema, request, pools != NULL ? pools : local_empty_pools(schema));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
}

const RowSourceMethods local_source_methods = {
	.name = "local",
	.open = local_open,
	.next = local_next,
	.redraw = local_redraw,
	.close = local_close,
};
