/*-------------------------------------------------------------------------
 *
 * compile_agree.c
 *		Numbers of a row that follow from others: ages from dates of birth.
 *
 * Nothing that is made may hang on the clock, so an age is that on a day of
 * the plan's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "catalog/pg_type_d.h"
#include "local/compile.h"
#include "utils/datetime.h"

/* The op of a column of a semantic type, if it draws plain whole numbers. */
static PlanNumber *
drawn_number(Compiler *c, int column, const char *semantic)
{
	const Field *field = c->schema->fields[column];
	PlanOp	   *op;
	PlanNumber *number;

	if (c->column_ops[column] < 0 || field->semantic == NULL ||
		strcmp(field->semantic->name, semantic) != 0)
		return NULL;
	op = &c->ops[c->column_ops[column]];
	if (op->kind != OP_NUMBER)
		return NULL;
	number = builder_at(&c->builder, op->detail);
	return number->fitted || number->rank.radix != 0 || number->grain != 1 ||
		number->scale != 0 ? NULL : number;
}

/* The next column of the type from *column on, which moves behind it. */
static PlanNumber *
next_number(Compiler *c, int *column, const char *semantic)
{
	while (*column < c->schema->nfields)
	{
		PlanNumber *number = drawn_number(c, (*column)++, semantic);

		if (number != NULL)
			return number;
	}
	return NULL;
}

/* Leaves dates of birth those that give an age within its bounds. */
static void
bound_births(PlanNumber *birth, const PlanNumber *age)
{
	int64		high;
	int64		low;

	if (age->low < 0 || age->high > 1000)
		return;
	high = date2j(PLAN_AGE_YEAR - age->low, 1, 1) - POSTGRES_EPOCH_JDATE;
	low = date2j(PLAN_AGE_YEAR - age->high - 1, 1, 2) - POSTGRES_EPOCH_JDATE;
	if (Max(low, birth->low) <= Min(high, birth->high))
	{
		birth->low = Max(low, birth->low);
		birth->high = Min(high, birth->high);
	}
}

/* The first age goes with the first date of birth, and so on. */
void
compile_ages(Compiler *c)
{
	int			birth_column = 0;
	int			age_column = 0;

	for (;;)
	{
		PlanNumber *birth = next_number(c, &birth_column, "birth_date");
		PlanNumber *age = next_number(c, &age_column, "age");
		int			op;

		if (birth == NULL || age == NULL)
			break;
		op = c->column_ops[birth_column - 1];
		if (c->ops[op].type != DATEOID ||
			c->schema->fields[birth_column - 1]->per_series !=
			c->schema->fields[age_column - 1]->per_series)
			continue;
		bound_births(birth, age);
		age->birth = birth_column;
		c->ops[op].flags |= OPF_KEEP_NUMBER;
	}
}
