/*-------------------------------------------------------------------------
 *
 * compile_rows.c
 *		The rows of the source that are not to be made: FitRows in a plan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/compile.h"
#include "schema/document.h"

#define MOST_GUIDE_BITS	20

/* Rows can be compared by numbers, and by what was learned of lists. */
static bool
can_compare(const Compiler *c, int column)
{
	const PlanOp *op;

	if (c->column_ops[column] < 0)
		return false;
	op = &c->ops[c->column_ops[column]];
	return op->kind == OP_NUMBER ||
		(op->kind == OP_POOL && ((PlanPool *) builder_at(&c->builder, op->detail))->fitted);
}

static PlanOffset
compile_marks(Compiler *c, int column, uint64 salt)
{
	const Field *field = c->schema->fields[column];
	const AxisWork *work = &c->axes[c->fits[column].value];
	PlanOffset	offset = builder_reserve(&c->builder, sizeof(uint64) * Max(work->nlevels, 1));
	uint64	   *marks = builder_at(&c->builder, offset);

	for (int l = 0; l < work->nlevels; l++)
		marks[l] = fit_mark(salt, l == work->other_level ? FIT_OTHER_HASH :
							fit_value_hash(field->base_type, work->levels[l]));
	return offset;
}

static void
compile_compared(Compiler *c, const FitRows *rows)
{
	c->compared = builder_reserve(&c->builder, sizeof(PlanCompared) * rows->nfields);
	for (int i = 0; i < rows->nfields; i++)
	{
		PlanCompared compared = {0};
		PlanOp	   *op = &c->ops[c->column_ops[rows->fields[i]]];

		compared.column = rows->fields[i];
		compared.salt = fit_mark_salt(c->schema->fields[compared.column]);
		if (op->kind == OP_POOL)
			compared.marks = compile_marks(c, compared.column, compared.salt);
		op->compared = i + 1;
		((PlanCompared *) builder_at(&c->builder, c->compared))[i] = compared;
	}
}

static void
compile_guide(Compiler *c, const FitRows *rows)
{
	uint32		bits = 1;
	uint32	   *guide;
	uint32		at = 0;

	while (bits < MOST_GUIDE_BITS && (1 << bits) < rows->nhashes)
		bits++;
	guide = palloc(sizeof(uint32) * ((1 << bits) + 1));
	for (uint32 b = 0; b <= (uint32) 1 << bits; b++)
	{
		while (at < (uint32) rows->nhashes && rows->hashes[at] >> (32 - bits) < b)
			at++;
		guide[b] = at;
	}
	c->guide_bits = bits;
	c->guide = builder_add(&c->builder, guide, sizeof(uint32) * ((1 << bits) + 1));
	c->hashes = builder_add(&c->builder, rows->hashes, sizeof(uint32) * rows->nhashes);
	pfree(guide);
}

/* Once all columns have their ops. */
void
compile_rows(Compiler *c)
{
	const FitRows *rows;
	int			level;

	if (c->fits == NULL || c->plan_axes == 0 || c->schema->fit->known.nhashes == 0)
		return;
	rows = &c->schema->fit->known;
	for (int i = 0; i < rows->nfields; i++)
		if (!can_compare(c, rows->fields[i]))
			return;
	level = settings_fix();
	compile_compared(c, rows);
	settings_restore(level);
	compile_guide(c, rows);
	c->ncompared = rows->nfields;
}
