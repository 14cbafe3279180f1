/*-------------------------------------------------------------------------
 *
 * compile_cases.c
 *		Fields whose values go by another field's: one op for each case, and
 *		one for all other values.
 *
 * All of them are ops of the same column with the same salt, so that what a
 * row draws is the same for whatever case it is used.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/compile.h"
#include "local/engine.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

typedef struct CasePart
{
	uint64		key;
	int32		op;
} CasePart;

static int
compare_parts(const void *a, const void *b)
{
	const CasePart *x = a;
	const CasePart *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* What the field is where no case counts. */
static int
compile_own(Compiler *c, const Field *field, int column, uint64 salt)
{
	Field		own = *field;

	own.ncases = 0;
	return compile_field(c, &own, column, salt, false);
}

static CasePart *
compile_parts(Compiler *c, const Field *field, int column, uint64 salt, PlanCases *cases)
{
	CasePart   *parts = palloc(sizeof(CasePart) * Max(field->ncases, 1));

	for (int i = 0; i < field->ncases; i++)
	{
		const FieldCase *one = &field->cases[i];
		int			op;

		CHECK_FOR_INTERRUPTS();
		op = compile_field(c, one->field, column, salt, false);
		if (one->isnull)
			cases->null = op;
		else
		{
			parts[cases->n].key = plan_case_key(cases, one->value);
			parts[cases->n++].op = op;
		}
	}
	qsort(parts, cases->n, sizeof(CasePart), compare_parts);
	return parts;
}

/* Turns op into the choice between the cases of a column. */
void
compile_cases(Compiler *c, int op, const Field *field, int column, uint64 salt)
{
	const Field *by = c->schema->fields[field->by_field];
	PlanCases	cases = {.by = field->by_field};
	CasePart   *parts;
	uint32		n = field->ncases;
	uint16		flags = 0;

	c->casing++;
	get_typlenbyval(by->base_type, &cases.typlen, &cases.byval);
	cases.own = cases.null = compile_own(c, field, column, salt);
	parts = compile_parts(c, field, column, salt, &cases);
	c->casing--;
	cases.keys = builder_reserve(&c->builder, sizeof(uint64) * Max(n, 1));
	cases.parts = builder_reserve(&c->builder, sizeof(int32) * Max(n, 1));
	for (uint32 i = 0; i < cases.n; i++)
	{
		((uint64 *) builder_at(&c->builder, cases.keys))[i] = parts[i].key;
		((int32 *) builder_at(&c->builder, cases.parts))[i] = parts[i].op;
		flags |= c->ops[parts[i].op].flags;
	}
	flags |= c->ops[cases.own].flags | c->ops[cases.null].flags;
	c->ops[op].kind = OP_CASES;
	c->ops[op].null_below = 0;
	c->ops[op].flags |= flags & OPF_BACKEND;
	c->ops[op].detail = builder_add(&c->builder, &cases, sizeof(cases));
	pfree(parts);
}

/* ---- the ops of a column ---- */

/* All ops that may make the value of a column: one, or those of its cases. */
List *
column_parts(const Compiler *c, int op)
{
	const PlanCases *cases;
	const int32 *parts;
	List	   *all;

	if (c->ops[op].kind != OP_CASES)
		return list_make1_int(op);
	check_stack_depth();
	cases = builder_at(&c->builder, c->ops[op].detail);
	parts = builder_at(&c->builder, cases->parts);
	all = column_parts(c, cases->own);
	if (cases->null != cases->own)
		all = list_concat(all, column_parts(c, cases->null));
	for (uint32 i = 0; i < cases->n; i++)
		all = list_concat(all, column_parts(c, parts[i]));
	return all;
}

/*
 * One of a column's ops that are numbers, where all its values are numbers of
 * one scale, or NULL; else NULL.
 */
const PlanNumber *
column_number(const Compiler *c, int op)
{
	const PlanNumber *found = NULL;
	ListCell   *lc;

	foreach(lc, column_parts(c, op))
	{
		const PlanOp *part = &c->ops[lfirst_int(lc)];
		const PlanNumber *number;

		if (part->kind == OP_NULL)
			continue;
		if (part->kind != OP_NUMBER)
			return NULL;
		number = builder_at(&c->builder, part->detail);
		if (found != NULL && found->scale != number->scale)
			return NULL;
		found = number;
	}
	return found;
}

void
column_keep_number(Compiler *c, int op)
{
	ListCell   *lc;

	c->ops[op].flags |= OPF_KEEP_NUMBER;
	foreach(lc, column_parts(c, op))
		c->ops[lfirst_int(lc)].flags |= OPF_KEEP_NUMBER;
}
