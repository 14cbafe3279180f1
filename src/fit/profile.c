/*-------------------------------------------------------------------------
 *
 * profile.c
 *		From a sample to what each field is.
 *
 * First the formulas that hold between fields: a field that has one needs
 * nothing else.  Then each field by its type.  The table's own facts stay in
 * force: keys, references, defaults and enum types are not touched, and what
 * checks say is laid over all of this by schema_prepare().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fit/profile.h"
#include "guc.h"
#include "miscadmin.h"
#include "schema/semantic.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define MANY_NULLS		100		/* rows without one value say that there is none */
#define MOST_ELEMENTS	200000	/* of a column of arrays that are looked at */

/* ---- NULLs ---- */

static void
profile_nulls(Profile *profile, Column *column)
{
	Field	   *field = column->field;
	double		share;

	if (field->required || column->nrows == 0)
		return;
	share = (double) (column->nrows - column->nvalues) / column->nrows;
	if (share == 1)
	{
		if (column->nrows >= MANY_NULLS && column->index >= 0)
		{
			field->null_fraction = 1;
			profile_why(profile, field, "sample: no value in %d rows", column->nrows);
		}
		return;
	}
	if (share > 0 || field->null_fraction >= 0 || field->nullable)
		field->null_fraction = rint(share * 1e4) / 1e4;
}

/* ---- types ---- */

/* Values that are neither text, number nor time: the few that come again. */
static void
profile_other(Profile *profile, Column *column)
{
	Counts		counts;
	Text	   *texts;
	int			most = FIT_MAX_LEVELS;

	if (column->field->unique)
		return;
	texts = palloc_extended(sizeof(Text) * Max(column->nvalues, 1), MCXT_ALLOC_HUGE);
	counts_init(&counts, 64);
	for (int i = 0; i < column->nvalues && counts.n <= most; i++)
	{
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		texts[i] = value_bytes(column->field->base_type, column->values[i]);
		(void) counts_add(&counts, texts[i], column->rows[i], i);
	}
	if (counts.n <= most)
		(void) profile_enumerate(profile, column, texts, &counts);
}

/* An array's elements, laid end to end, as a column of its own. */
void
profile_array(Profile *profile, Column *column)
{
	Field	   *field = column->field;
	Oid			element = field->items->base_type;
	Column		items = {field->items, -1, 0, 0, NULL, NULL};
	int			capacity = 1024;
	int			low = PG_INT32_MAX;
	int			high = 0;
	int16		length;
	bool		byval;
	char		align;

	get_typlenbyvalalign(element, &length, &byval, &align);
	items.values = palloc(sizeof(Datum) * capacity);
	items.rows = palloc(sizeof(int) * capacity);
	for (int i = 0; i < column->nvalues; i++)
	{
		ArrayType  *array = DatumGetArrayTypeP(column->values[i]);
		Datum	   *values;
		bool	   *nulls;
		int			n;

		if ((i & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		if (ARR_NDIM(array) > 1)
			return;
		deconstruct_array(array, element, length, byval, align, &values, &nulls, &n);
		low = Min(low, n);
		high = Max(high, n);
		for (int k = 0; k < n && items.nrows < MOST_ELEMENTS; k++)
		{
			items.nrows++;
			if (nulls[k])
				continue;
			if (items.nvalues == capacity)
			{
				capacity *= 2;
				items.values = repalloc(items.values, sizeof(Datum) * capacity);
				items.rows = repalloc(items.rows, sizeof(int) * capacity);
			}
			items.values[items.nvalues] = values[k];
			items.rows[items.nvalues++] = column->rows[i];
		}
	}
	if (high > SCHEMA_MAX_ARRAY || column->nvalues == 0)
		return;
	field->min_items = low;
	field->max_items = high;
	profile_why(profile, field, "sample: %d to %d elements", low, high);
	profile_column(profile, &items);
}

void
profile_column(Profile *profile, Column *column)
{
	Field	   *field = column->field;
	ValueKind	kind = value_kind(field->base_type);

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	profile_nulls(profile, column);
	if (column->nvalues == 0 || profile->depth >= SCHEMA_MAX_DEPTH)
		return;
	profile->depth++;
	if (value_kind_is_scale(kind))
		profile_number(profile, column);
	else if (kind == VALUE_TEXT)
		profile_text(profile, column);
	else if (kind == VALUE_JSON)
		profile_json(profile, column);
	else if (field->items != NULL)
		profile_array(profile, column);
	else
		profile_other(profile, column);
	profile->depth--;
}

/* ---- rows ---- */

/* What the field has in rows where it is not NULL. */
static void
read_column(Column *column, const Sample *sample, int number)
{
	const Datum *values = sample->values[number];
	const bool *nulls = sample->nulls[number];

	column->nrows = sample->nrows;
	column->values = palloc_extended(sizeof(Datum) * Max(sample->nrows, 1), MCXT_ALLOC_HUGE);
	column->rows = palloc_extended(sizeof(int) * Max(sample->nrows, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < sample->nrows; i++)
	{
		if (nulls[i])
			continue;
		column->values[column->nvalues] = values[i];
		column->rows[column->nvalues++] = i;
	}
}

static bool
is_profiled(const Field *field, const Sample *sample, int number)
{
	return field->origin == FIELD_MADE && number >= 0 && sample->values[number] != NULL &&
		OidIsValid(field->base_type);
}

static void
profile_row_field(Profile *profile, const Sample *sample, int index, int number)
{
	Field	   *field = profile->schema->fields[index];
	Column		column = {field, index, 0, 0, NULL, NULL};

	read_column(&column, sample, number);
	/* keys of another table are that table's matter */
	if (field->reference >= 0)
		profile_nulls(profile, &column);
	else
		profile_column(profile, &column);
}

void
profile_fields(Schema *schema, const Sample *sample, const int *columns,
			   const LearnOptions *options)
{
	Profile		profile = {schema, options};
	MemoryContext work;

	if (sample->nrows == 0)
		return;
	profile.relation_rows = Max(sample->relation_rows, sample->nrows);
	profile.keep = CurrentMemoryContext;
	profile.locale = locale_load(schema->locale != NULL ? schema->locale : guc_locale());
	work = AllocSetContextCreate(CurrentMemoryContext, "synthik profile",
								 ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);
	profile_formulas(&profile, sample, columns);
	MemoryContextReset(work);
	profile_orders(&profile, sample, columns);
	for (int i = 0; i < schema->nfields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(work);
		if (is_profiled(schema->fields[i], sample, columns[i]))
			profile_row_field(&profile, sample, i, columns[i]);
	}
	MemoryContextSwitchTo(profile.keep);
	MemoryContextDelete(work);
}
