/*-------------------------------------------------------------------------
 *
 * engine.c
 *		Runs a plan: where values go, NULLs, and which maker an op has.
 *
 * Nothing in this file, pick.c, make_pool.c, make_bits.c, make_number.c or
 * make_text.c looks into the catalog, so a process without a database can run
 * them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/engine.h"

#define ARENA_CHUNK		(64 * 1024)

void
engine_init(Engine *engine, const RowPlan *plan)
{
	memset(engine, 0, sizeof(*engine));
	engine->plan = plan;
	engine->ops = plan_at(plan, plan->ops);
	engine->column_ops = plan_at(plan, plan->column_ops);
	engine->numbers = palloc0(sizeof(int64 *) * Max(plan->ncolumns, 1));
	engine->runtime = palloc0(sizeof(void *) * Max(plan->nops, 1));
	engine->runtime_memory = CurrentMemoryContext;
	fit_init(engine);
	rows_init(engine);
	if (plan->series_low > 0)
	{
		engine->places = palloc(sizeof(SeriesPlace) * ROW_BLOCK);
		engine->series_keys = palloc(sizeof(RowKey) * ROW_BLOCK);
	}
	for (uint32 i = 0; i < plan->ncolumns; i++)
		if (engine->column_ops[i] >= 0 &&
			engine->ops[engine->column_ops[i]].flags & OPF_KEEP_NUMBER)
			engine->numbers[i] = palloc0(sizeof(int64) * ROW_BLOCK);
}

void
engine_row_keys(uint64 seed, int64 first_row, int n, RowKey *keys)
{
	for (int i = 0; i < n; i++)
	{
		uint64		row = first_row + i - 1;

		keys[i].base = keys[i].nulls = rng_combine(seed, row);
		keys[i].unique = keys[i].own = row;
		keys[i].mirrored = rng_mirror(row);
		keys[i].retry = keys[i].fresh = 0;
		keys[i].fresh_nulls = false;
	}
}

/* What is drawn once a series hangs on its number, and is never drawn again. */
static void
place_rows(Engine *engine, const RowBlock *block, int row, int n)
{
	const RowPlan *plan = engine->plan;

	for (int i = row; i < row + n; i++)
	{
		engine->places[i] = series_place(plan->series_low, plan->series_high, plan->seed,
										 block->first_row + i - 1);
		if (i > row && engine->places[i].number == engine->places[i - 1].number)
			engine->series_keys[i] = engine->series_keys[i - 1];
		else
			engine_row_keys(plan->seed, engine->places[i].number + 1, 1,
							&engine->series_keys[i]);
	}
}

void
engine_aim(Engine *engine, RowBlock *block, int row, int n, bool whole)
{
	if (engine->places != NULL)
		place_rows(engine, block, row, n);
	engine->block = block;
	engine->memory = block->memory;
	engine->at = row;
	engine->whole = whole;
	engine->arena_begin = engine->arena = engine->arena_end = NULL;
	if (whole)
	{
		fit_forget(engine);
		rows_forget(engine);
	}
}

/* What is left of a chunk is too little. */
void *
engine_more_room(Engine *engine, Size size)
{
	size = MAXALIGN(size);
	if (!engine->whole || size > ARENA_CHUNK / 4)
		return MemoryContextAlloc(engine->memory, size);
	engine->arena_begin = MemoryContextAlloc(engine->memory, ARENA_CHUNK);
	engine->arena = engine->arena_begin + size;
	engine->arena_end = engine->arena_begin + ARENA_CHUNK;
	return engine->arena_begin;
}

static void
copy_column(Engine *engine, const PlanOp *op, int n, Datum *values, bool *nulls)
{
	int			column = ((const PlanCopy *) plan_at(engine->plan, op->detail))->column;

	for (int i = 0; i < n; i++)
	{
		values[i] = engine->block->values[column][engine->at + i];
		nulls[i] = engine->block->nulls[column][engine->at + i];
	}
}

void
op_draw_nulls(const PlanOp *op, const RowKey *keys, int n, bool *nulls)
{
	if (op->null_below == 0)
		memset(nulls, false, n * sizeof(bool));
	else if (op->null_below == PG_UINT32_MAX)
		memset(nulls, true, n * sizeof(bool));
	else
		for (int i = 0; i < n; i++)
			nulls[i] = (uint32) rng_mix(keys[i].nulls ^ ~op->salt) < op->null_below;
}

void
engine_fill(Engine *engine, int index, const RowKey *keys, int n, Datum *values, bool *nulls)
{
	const PlanOp *op = &engine->ops[index];

	if (fit_decides(op) && engine->axes[op->axis - 1].has_null)
		fit_nulls(engine, op, n, nulls);
	else
		op_draw_nulls(op, keys, n, nulls);
	switch ((PlanOpKind) op->kind)
	{
		case OP_NULL:
			memset(nulls, true, n * sizeof(bool));
			memset(values, 0, n * sizeof(Datum));
			break;
		case OP_POOL:
			make_pool(engine, op, keys, n, values, nulls);
			break;
		case OP_NUMBER:
			make_numbers(engine, op, keys, n, values, nulls);
			break;
		case OP_TEXT:
			make_texts(engine, op, keys, n, values, nulls);
			break;
		case OP_PATTERN:
			make_patterns(engine, op, keys, n, values, nulls);
			break;
		case OP_UUID:
			make_uuids(engine, op, keys, n, values);
			break;
		case OP_BYTES:
			make_bytes(engine, op, keys, n, values);
			break;
		case OP_BITS:
			make_bits(engine, op, keys, n, values);
			break;
		case OP_WORDS:
			make_words(engine, op, keys, n, values, nulls);
			break;
		case OP_CASES:
			make_cases(engine, op, keys, n, values, nulls);
			break;
		case OP_COPY:
			copy_column(engine, op, n, values, nulls);
			break;
		case OP_CONTEXT:
			make_contexts(engine, op, keys, n, values, nulls);
			break;
		default:
			make_parts(engine, op, keys, n, values, nulls);
			break;
	}
}

void
engine_fill_column(Engine *engine, int column, const RowKey *keys, int n)
{
	MemoryContext old = MemoryContextSwitchTo(engine->memory);
	const PlanOp *op = &engine->ops[engine->column_ops[column]];

	if (engine->ops[engine->column_ops[column]].flags & OPF_PER_SERIES)
		keys = engine->series_keys + engine->at;
	engine_fill(engine, engine->column_ops[column], keys, n,
				engine->block->values[column] + engine->at,
				engine->block->nulls[column] + engine->at);
	if (op->agrees)
		take_agreed(engine, op, n, engine->block->values[column] + engine->at,
					engine->block->nulls[column] + engine->at);
	MemoryContextSwitchTo(old);
}
