/*-------------------------------------------------------------------------
 *
 * make_cases.c
 *		Values that go by another column's, and what else a column's values
 *		hang on.
 *
 * Nothing in this file looks into the catalog.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "local/engine.h"

uint64
plan_case_key(const PlanCases *cases, Datum value)
{
	if (cases->byval)
		return (uint64) value;
	if (cases->typlen == -1)
		return rng_hash(VARDATA_ANY(DatumGetPointer(value)),
						VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
	return rng_hash(DatumGetPointer(value), cases->typlen);
}

static int
choose_part(const RowPlan *plan, const PlanCases *cases, uint64 key)
{
	const uint64 *keys = plan_at(plan, cases->keys);
	uint32		found = find_key(keys, cases->n, key);

	if (found == cases->n)
		return cases->own;
	return ((const int32 *) plan_at(plan, cases->parts))[found];
}

/* Rows in a row that have the same case are made together. */
void
make_cases(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
		   bool *nulls)
{
	const PlanCases *cases = plan_at(engine->plan, op->detail);
	const Datum *by = engine->block->values[cases->by] + engine->at;
	const bool *by_nulls = engine->block->nulls[cases->by] + engine->at;
	int			at = engine->at;
	int			parts[ROW_BLOCK];

	for (int i = 0; i < n; i++)
		parts[i] = by_nulls[i] ? cases->null :
			choose_part(engine->plan, cases, plan_case_key(cases, by[i]));
	for (int i = 0, to; i < n; i = to)
	{
		for (to = i + 1; to < n && parts[to] == parts[i]; to++)
			;
		engine->at = at + i;
		engine_fill(engine, parts[i], keys + i, to - i, values + i, nulls + i);
	}
	engine->at = at;
}

/* ---- what is read ---- */

static void
visit_number(const RowPlan *plan, const PlanOp *op, ColumnWork work, void *arg)
{
	const PlanNumber *number = plan_at(plan, op->detail);

	for (int i = 0; i < number->nabove; i++)
		if (number->above[i].column >= 0)
			work(arg, number->above[i].column);
	for (int i = 0; i < number->nbelow; i++)
		work(arg, number->below[i].column);
	if (fit_base(plan, op) >= 0)
		work(arg, fit_base(plan, op));
}

static void
visit_cases(const RowPlan *plan, const PlanCases *cases, ColumnWork work, void *arg)
{
	const int32 *parts = plan_at(plan, cases->parts);

	work(arg, cases->by);
	plan_visit_read(plan, cases->own, work, arg);
	if (cases->null != cases->own)
		plan_visit_read(plan, cases->null, work, arg);
	for (uint32 i = 0; i < cases->n; i++)
		plan_visit_read(plan, parts[i], work, arg);
}

void
plan_visit_read(const RowPlan *plan, int index, ColumnWork work, void *arg)
{
	const PlanOp *op = (const PlanOp *) plan_at(plan, plan->ops) + index;
	const PlanRead *reads = plan_at(plan, plan->reads);

	for (uint32 i = 0; op->column >= 0 && i < plan->nreads; i++)
		if (reads[i].column == op->column)
			work(arg, reads[i].read);
	if (op->agrees)
		work(arg, op->agrees - 1);
	if (op->kind == OP_NUMBER)
		visit_number(plan, op, work, arg);
	else if (op->kind == OP_CONTEXT)
		work(arg, ((const PlanContext *) plan_at(plan, op->detail))->column);
	else if (op->kind == OP_COPY)
		work(arg, ((const PlanCopy *) plan_at(plan, op->detail))->column);
	else if (op->kind == OP_CASES)
		visit_cases(plan, plan_at(plan, op->detail), work, arg);
}
