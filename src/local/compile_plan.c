/*-------------------------------------------------------------------------
 *
 * compile_plan.c
 *		From a compiler that is done to a plan: its columns in an order in which
 *		each reads only earlier ones, and its header.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/compile.h"
#include "mb/pg_wchar.h"

/* The column that a learned number is counted from, or -1. */
static int
base_of(const Compiler *c, const PlanOp *op)
{
	const PlanAxis *axes = builder_at(&c->builder, c->plan_axes);

	return axes[op->axis - 1].base;
}

static void visit_column(Compiler *c, int column, int32 *order, int *n, char *state);

static void
visit_op(Compiler *c, const PlanOp *op, int32 *order, int *n, char *state)
{
	if (op->agrees)
		visit_column(c, op->agrees - 1, order, n, state);
	if (op->kind == OP_CONTEXT)
		visit_column(c, ((PlanContext *) builder_at(&c->builder, op->detail))->column,
					 order, n, state);
	else if (op->kind == OP_NUMBER)
	{
		const PlanNumber *number = builder_at(&c->builder, op->detail);

		for (int i = 0; i < number->nabove; i++)
			if (number->above[i].column >= 0)
				visit_column(c, number->above[i].column, order, n, state);
		for (int i = 0; i < number->nbelow; i++)
			visit_column(c, number->below[i].column, order, n, state);
		if (number->fitted && base_of(c, op) >= 0)
			visit_column(c, base_of(c, op), order, n, state);
	}
	else if (op->kind == OP_COPY)
		visit_column(c, ((PlanCopy *) builder_at(&c->builder, op->detail))->column,
					 order, n, state);
}

/* What others read goes before them. */
static void
visit_column(Compiler *c, int column, int32 *order, int *n, char *state)
{
	int			op = c->column_ops[column];
	Bitmapset  *by = field_goes_by(c->schema->fields[column]);
	int			other = -1;
	ListCell   *lc;

	if (state[column] != 0 || op < 0)
		return;
	state[column] = 1;
	while ((other = bms_next_member(by, other)) >= 0)
		visit_column(c, other, order, n, state);
	foreach(lc, c->reads)
		if (((const PlanRead *) lfirst(lc))->column == column)
			visit_column(c, ((const PlanRead *) lfirst(lc))->read, order, n, state);
	foreach(lc, column_parts(c, op))
		visit_op(c, &c->ops[lfirst_int(lc)], order, n, state);
	order[(*n)++] = column;
}

bool
column_hangs_on(Compiler *c, int column, int other)
{
	int32	   *order = palloc(sizeof(int32) * schema_width(c->schema));
	char	   *state = palloc0(schema_width(c->schema));
	int			n = 0;
	bool		found;

	visit_column(c, column, order, &n, state);
	found = state[other] != 0;
	pfree(order);
	pfree(state);
	return found;
}

static PlanOffset
store_reads(Compiler *c)
{
	PlanOffset	offset = builder_reserve(&c->builder,
										 sizeof(PlanRead) * Max(list_length(c->reads), 1));
	ListCell   *lc;

	foreach(lc, c->reads)
		((PlanRead *) builder_at(&c->builder, offset))[foreach_current_index(lc)] =
			*(const PlanRead *) lfirst(lc);
	return offset;
}

RowPlan *
compiler_finish(Compiler *c)
{
	RowPlan    *plan;
	int			ncolumns = schema_width(c->schema);
	int32	   *order = palloc(sizeof(int32) * Max(ncolumns, 1));
	char	   *state = palloc0(Max(ncolumns, 1));
	int			norder = 0;
	PlanOffset	ops;
	PlanOffset	column_ops;
	PlanOffset	orders;
	PlanOffset	reads = store_reads(c);

	for (int i = 0; i < ncolumns; i++)
		visit_column(c, i, order, &norder, state);
	ops = builder_add(&c->builder, c->ops, sizeof(PlanOp) * Max(c->nops, 1));
	column_ops = builder_add(&c->builder, c->column_ops, sizeof(int32) * Max(ncolumns, 1));
	orders = builder_add(&c->builder, order, sizeof(int32) * Max(norder, 1));
	builder_reserve(&c->builder, PLAN_SLACK);
	plan = (RowPlan *) c->builder.data;
	plan->magic = PLAN_MAGIC;
	plan->version = PLAN_VERSION;
	plan->size = c->builder.size;
	plan->nops = c->nops;
	plan->seed = c->request->seed;
	plan->ops = ops;
	plan->ncolumns = ncolumns;
	plan->column_ops = column_ops;
	plan->norder = norder;
	plan->order = orders;
	plan->nreads = list_length(c->reads);
	plan->reads = reads;
	plan->encoding = GetDatabaseEncoding();
	plan->naxes = c->plan_axes != 0 ? c->schema->fit->naxes : 0;
	plan->axes = c->plan_axes;
	plan->nconditioned = c->nconditioned;
	plan->conditioned = c->conditioned;
	plan->candidates = c->candidates;
	plan->most_share = c->most_share;
	plan->ncompared = c->ncompared;
	plan->compared = c->compared;
	plan->hashes = c->hashes;
	plan->guide = c->guide;
	plan->guide_bits = c->guide_bits;
	plan->series_low = c->schema->series_low;
	plan->series_high = c->schema->series_high;
	plan->strict = c->ncompared > 0 && c->schema->fit->known.strict;
	return plan;
}
