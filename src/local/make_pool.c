/*-------------------------------------------------------------------------
 *
 * make_pool.c
 *		Values from lists: of a pool, of the rows that keys are of, and of
 *		levels that were learned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/engine.h"

#define MOST_UNLISTED	100
#define UNLISTED_SALT	UINT64CONST(0xA0761D6478BD642F)

/* A value of an op as the plan has it: by value, or its offset. */
static inline Datum
stored_value(const RowPlan *plan, const PlanOp *op, uint64 item)
{
	return op->flags & OPF_BYVAL ? (Datum) item : PointerGetDatum(plan_at(plan, item));
}

static void
make_given(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
		   bool *nulls)
{
	const RowPlan *plan = engine->plan;
	const PlanPool *pool = plan_at(plan, op->detail);
	const uint64 *items = plan_at(plan, pool->values);
	uint32		entries[ROW_BLOCK];

	reference_picks(engine, pool->selector, pool->given, keys, engine->at, n, entries);
	for (int i = 0; i < n; i++)
	{
		uint32		entry = entries[i];

		if (entry == NO_GROUP)
			nulls[i] = true;
		else
			values[i] = stored_value(plan, op, items[entry]);
	}
}

static bool
is_listed(const RowPlan *plan, const PlanPool *pool, Datum value)
{
	const uint64 *listed = plan_at(plan, pool->listed);
	uint64		hash = rng_hash(VARDATA_ANY(DatumGetPointer(value)),
								VARSIZE_ANY_EXHDR(DatumGetPointer(value)));

	return find_key(listed, pool->nlisted, hash) < pool->nlisted;
}

/* Another value that is no level is drawn again where it is one all the same. */
static void
draw_unlisted(Engine *engine, const PlanOp *op, const PlanPool *pool, const RowKey *key,
			  Datum *value, bool *isnull)
{
	for (int again = 1; again <= MOST_UNLISTED && is_listed(engine->plan, pool, *value); again++)
	{
		RowKey		fresh = part_key(key, op->salt ^ UNLISTED_SALT, again);

		engine_fill(engine, pool->other, &fresh, 1, value, isnull);
	}
}

/* Rows whose level stands for other values get them from the op of these. */
static void
make_others(Engine *engine, const PlanOp *op, const PlanPool *pool, const RowKey *keys, int n,
			Datum *values, bool *nulls)
{
	int			at = engine->at;
	const uint16 *levels = fit_levels(engine, op);

	for (int i = 0, to; i < n; i = to + 1)
	{
		for (to = i; to < n && !nulls[to] && levels[to] == pool->other_level; to++)
			;
		if (to == i)
			continue;
		engine->at = at + i;
		engine_fill(engine, pool->other, keys + i, to - i, values + i, nulls + i);
		for (int j = i; pool->listed != 0 && j < to; j++)
		{
			engine->at = at + j;
			draw_unlisted(engine, op, pool, &keys[j], &values[j], &nulls[j]);
		}
		engine->at = at;
	}
}

/* The value that the op's axis has drawn, unless a rank picks it. */
static void
make_levels(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
			bool *nulls)
{
	const RowPlan *plan = engine->plan;
	const PlanPool *pool = plan_at(plan, op->detail);
	const PlanSelector *selector = plan_at(plan, pool->selector);
	const uint64 *items = plan_at(plan, pool->values);
	const uint16 *drawn = fit_levels(engine, op);
	int			levels[ROW_BLOCK];

	if (pool->other != 0)
		make_others(engine, op, pool, keys, n, values, nulls);
	for (int i = 0; i < n; i++)
	{
		int			level;

		levels[i] = -1;
		if (nulls[i])
			continue;
		if (use_rank(&selector->rank, &keys[i]))
			level = (int) selector_pick(plan, selector, &keys[i]);
		else
			level = drawn[i] == PLAN_NO_LEVEL ? -1 : drawn[i];
		levels[i] = level;
		if (pool->other != 0 && level == pool->other_level)
			continue;
		if (level < 0)
			nulls[i] = true;
		else
			values[i] = stored_value(plan, op, items[level]);
	}
	if (op->compared)
		rows_mark_levels(engine, op, levels, n, values);
}

/* A number of the row says which value it is. */
static void
make_numbered(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values)
{
	const RowPlan *plan = engine->plan;
	const PlanPool *pool = plan_at(plan, op->detail);
	const uint64 *items = plan_at(plan, pool->values);

	for (int i = 0; i < n; i++)
	{
		int64		entry = number_units(engine, pool->number, &keys[i], engine->at + i) - 1;

		values[i] = op->flags & OPF_BYVAL ? (Datum) items[entry] :
			PointerGetDatum(plan_at(plan, items[entry]));
	}
}

void
make_pool(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
		  bool *nulls)
{
	const RowPlan *plan = engine->plan;
	const PlanPool *pool = plan_at(plan, op->detail);
	const PlanSelector *selector = plan_at(plan, pool->selector);
	const uint64 *items = plan_at(plan, pool->values);

	if (pool->given != 0 || selector->counts != 0)
		make_given(engine, op, keys, n, values, nulls);
	else if (pool->fitted)
		make_levels(engine, op, keys, n, values, nulls);
	else if (pool->number != 0)
		make_numbered(engine, op, keys, n, values);
	else if (op->flags & OPF_BYVAL)
		for (int i = 0; i < n; i++)
			values[i] = (Datum) items[selector_pick(plan, selector, &keys[i])];
	else
		for (int i = 0; i < n; i++)
			values[i] = PointerGetDatum(plan_at(plan, items[selector_pick(plan, selector, &keys[i])]));
}

/* Columns beside the key that the rows have drawn. */
void
make_contexts(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
			  bool *nulls)
{
	const RowPlan *plan = engine->plan;
	const PlanContext *context = plan_at(plan, op->detail);
	const bool *none = engine->block->nulls[context->column] + engine->at;
	const uint64 *items = plan_at(plan, context->values);
	const bool *item_nulls = plan_at(plan, context->nulls);
	uint32		entries[ROW_BLOCK];

	reference_picks(engine, context->selector, context->given, keys, engine->at, n, entries);
	for (int i = 0; i < n; i++)
	{
		uint32		entry = none[i] ? NO_GROUP : entries[i];

		nulls[i] = entry == NO_GROUP || item_nulls[entry];
		if (!nulls[i])
			values[i] = stored_value(plan, op, items[entry]);
	}
}

void
take_agreed(Engine *engine, const PlanOp *op, int n, Datum *values, bool *nulls)
{
	const PlanContext *context = plan_at(engine->plan,
										 engine->ops[engine->column_ops[op->agrees - 1]].detail);
	const Datum *theirs = engine->block->values[op->agrees - 1] + engine->at;
	const bool *theirs_null = engine->block->nulls[op->agrees - 1] + engine->at;
	const bool *no_key = engine->block->nulls[context->column] + engine->at;

	for (int i = 0; i < n; i++)
	{
		if (theirs_null[i])
			nulls[i] |= (op->flags & OPF_TAKES_NULL) && !no_key[i];
		else if (!nulls[i])
			values[i] = theirs[i];
	}
}
