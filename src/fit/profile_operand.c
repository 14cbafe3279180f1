/*-------------------------------------------------------------------------
 *
 * profile_operand.c
 *		The columns of numbers and times that formulas and orders are sought
 *		among.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fit/profile_operand.h"
#include "miscadmin.h"

#define MOST_OPERANDS	40
#define MOST_DECIMALS	6

static double
number_at(const Operand *operand, int row)
{
	if (operand->nulls[row] || !value_is_finite(operand->type, operand->values[row]))
		return NAN;
	return value_to_scale(operand->type, operand->values[row]);
}

static int
probe_row(const Search *search, int probe)
{
	return (int) ((int64) probe * search->sample->nrows / search->nprobes);
}

const double *
operand_numbers(const Search *search, Operand *operand)
{
	if (operand->all != NULL)
		return operand->all;
	operand->all = palloc_extended(sizeof(double) * search->sample->nrows, MCXT_ALLOC_HUGE);
	operand->low = INFINITY;
	operand->high = -INFINITY;
	for (int i = 0; i < search->sample->nrows; i++)
	{
		double		number = number_at(operand, i);

		if ((i & 4095) == 0)
			CHECK_FOR_INTERRUPTS();
		operand->all[i] = number;
		operand->low = Min(operand->low, isnan(number) ? operand->low : number);
		operand->high = Max(operand->high, isnan(number) ? operand->high : number);
	}
	return operand->all;
}

/* Is a field part of a key, alone or with others? */
static bool
field_in_key(const Schema *schema, int index)
{
	ListCell   *cell;

	if (schema->fields[index]->unique || schema->fields[index]->reference >= 0)
		return true;
	foreach(cell, schema->uniques)
	{
		const UniqueSet *set = lfirst(cell);

		for (int i = 0; i < set->nfields; i++)
			if (set->fields[i] == index)
				return true;
	}
	return false;
}

bool
formula_may_give(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];

	return field->origin == FIELD_MADE && !field_in_key(schema, index) && !field->has_default;
}

bool
formula_may_read(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];

	return field->origin == FIELD_MADE && !field->unique && field->reference < 0;
}

static void
add_operand(Search *search, int index, int column)
{
	const Field *field = search->profile->schema->fields[index];
	Operand    *operand = &search->operands[search->n];
	ValueKind	kind = value_kind(field->base_type);

	if (search->n == MOST_OPERANDS || column < 0 || search->sample->values[column] == NULL ||
		!formula_may_read(search->profile->schema, index) ||
		!(value_kind_is_number(kind) || kind == VALUE_DATE || kind == VALUE_TIMESTAMP) ||
		field->base_type == MONEYOID || field->base_type == OIDOID)
		return;
	operand->field = index;
	operand->kind = kind;
	operand->type = field->base_type;
	operand->number = value_kind_is_number(kind);
	operand->values = search->sample->values[column];
	operand->nulls = search->sample->nulls[column];
	operand->target = formula_may_give(search->profile->schema, index);
	for (int i = 0; i < search->nprobes; i++)
		operand->probe[i] = number_at(operand, probe_row(search, i));
	search->n++;
}

static bool
varies(const Search *search, Operand *operand)
{
	(void) operand_numbers(search, operand);
	return operand->low < operand->high;
}

/* Operands of one value only say nothing. */
static void
read_operands(Search *search, const int *columns)
{
	int			n = 0;

	search->operands = palloc0(sizeof(Operand) * (MOST_OPERANDS + 1));
	for (int i = 0; i < search->profile->schema->nfields; i++)
		add_operand(search, i, columns[i]);
	for (int i = 0; i < search->n; i++)
		if (varies(search, &search->operands[i]))
			search->operands[n++] = search->operands[i];
	search->n = n;
}

void
search_init(Search *search, Profile *profile, const Sample *sample, const int *columns)
{
	memset(search, 0, sizeof(Search));
	search->profile = profile;
	search->sample = sample;
	search->nprobes = Min(sample->nrows, PROBE_ROWS);
	search->reads = palloc0(sizeof(Bitmapset *) * Max(profile->schema->nfields, 1));
	read_operands(search, columns);
}

int
operand_decimals(const Search *search, Operand *operand)
{
	const Field *field = search->profile->schema->fields[operand->field];
	const double *all = operand_numbers(search, operand);
	double		power = 1;
	int			decimals = 0;

	if (operand->kind == VALUE_INTEGER || !operand->number)
		return 0;
	if (field->base_type == NUMERICOID && field->base_typmod >= (int32) VARHDRSZ)
		return (((field->base_typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
	for (int i = 0; i < search->sample->nrows; i++)
		while (!isnan(all[i]) &&
			   fabs(all[i] * power - rint(all[i] * power)) > 1e-9 * Max(1, fabs(all[i]) * power))
		{
			if (++decimals > MOST_DECIMALS)
				return -1;
			power *= 10;
		}
	return decimals;
}

double
operand_integer_limit(Oid type)
{
	return type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : 9e18;
}

bool
operand_has_room(const Search *search, const Operand *operand, double largest)
{
	const Field *field = search->profile->schema->fields[operand->field];
	int32		typmod = field->base_typmod - (int32) VARHDRSZ;

	if (operand->kind == VALUE_INTEGER)
		return largest < operand_integer_limit(operand->type);
	if (operand->type == NUMERICOID && typmod >= 0)
		return largest < pow(10, ((typmod >> 16) & 0xffff) - (((typmod & 0x7ff) ^ 1024) - 1024));
	return true;
}
