/*-------------------------------------------------------------------------
 *
 * value.c
 *		Single values from the local source.
 *
 * A plan of one column is kept and run for one key at a time.  Domains are
 * judged as for rows: a value that one refuses is drawn again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "executor/executor.h"
#include "local/compile.h"
#include "local/engine.h"
#include "local/local.h"
#include "miscadmin.h"
#include "rows/checks.h"
#include "utils/memutils.h"

struct LocalValue
{
	Engine		engine;
	RowBlock	block;
	Datum	   *values;			/* the one value of the block */
	bool	   *nulls;
	RowChecks  *checks;			/* NULL: nothing to be judged */
	ExprContext *econtext;
	TupleTableSlot *slot;
};

ReferencePool **
local_empty_pools(const Schema *schema)
{
	int			n = list_length(schema->references);
	ReferencePool **pools = palloc(sizeof(ReferencePool *) * Max(n, 1));

	for (int i = 0; i < n; i++)
		pools[i] = palloc0(sizeof(ReferencePool));
	return pools;
}

static void
value_init_block(LocalValue *value)
{
	RowBlock   *block = &value->block;

	value->values = palloc0(sizeof(Datum));
	value->nulls = palloc0(sizeof(bool));
	block->ncolumns = 1;
	block->nrows = 1;
	block->first_row = 1;
	block->values = &value->values;
	block->nulls = &value->nulls;
	block->memory = AllocSetContextCreate(CurrentMemoryContext, "synthik value",
										  ALLOCSET_DEFAULT_SIZES);
}

static void
value_init_checks(LocalValue *value, const Schema *schema)
{
	EState	   *estate = CreateExecutorState();
	Bitmapset  *used;

	value->checks = checks_build(schema, estate, NULL, &used);
	if (value->checks->count == 0)
	{
		FreeExecutorState(estate);
		value->checks = NULL;
		return;
	}
	value->econtext = CreateExprContext(estate);
	value->slot = MakeSingleTupleTableSlot(schema->tupdesc, &TTSOpsVirtual);
	value->econtext->ecxt_scantuple = value->slot;
}

LocalValue *
local_value_open(const Schema *schema, const char *locale)
{
	LocalValue *value = palloc0(sizeof(LocalValue));
	RowRequest	request = {.rows = 1,.first_row = 1,.locale = locale};

	Assert(schema->nfields == 1);
	engine_init(&value->engine, plan_compile(schema, &request, local_empty_pools(schema)));
	value_init_block(value);
	value_init_checks(value, schema);
	return value;
}

static void
value_fill(LocalValue *value, uint64 base)
{
	RowKey		key = {.base = base,.nulls = base,.unique = NO_UNIQUE,.own = NO_UNIQUE,
		.fresh = PG_UINT32_MAX,.fresh_nulls = true};

	MemoryContextReset(value->block.memory);
	engine_aim(&value->engine, &value->block, 0, 1, false);
	engine_fill_column(&value->engine, 0, &key, 1);
}

/* The rule that the value breaks, or -1. */
static int
value_judge(LocalValue *value)
{
	TupleTableSlot *slot = value->slot;

	ResetExprContext(value->econtext);
	ExecClearTuple(slot);
	slot->tts_values[0] = value->values[0];
	slot->tts_isnull[0] = value->nulls[0];
	ExecStoreVirtualTuple(slot);
	return checks_run(value->checks, value->econtext, 0);
}

Datum
local_value_draw(LocalValue *value, uint64 number, bool *isnull)
{
	int			failing;

	value_fill(value, number);
	for (int64 attempt = 1; value->checks != NULL &&
		 (failing = value_judge(value)) >= 0; attempt++)
	{
		CHECK_FOR_INTERRUPTS();
		checks_judge(value->checks, failing, value->slot, 1, attempt);
		value_fill(value, rng_combine(number, attempt));
	}
	*isnull = value->nulls[0];
	return value->values[0];
}
