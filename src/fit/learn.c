/*-------------------------------------------------------------------------
 *
 * learn.c
 *		Learning: from a relation to a Schema that makes rows like its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "fit/fit_work.h"
#include "miscadmin.h"
#include "schema/guess.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* ---- which column a field is learned from ---- */

static bool
column_matches(const Field *field, Form_pg_attribute att)
{
	return !att->attisdropped && strcmp(field->name, NameStr(att->attname)) == 0 &&
		getBaseType(att->atttypid) == field->base_type;
}

static int
find_column(const Field *field, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
		if (column_matches(field, TupleDescAttr(desc, i)))
			return i;
	return -1;
}

int *
learn_columns(const Schema *schema, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	int		   *columns = palloc(sizeof(int) * Max(schema->nfields, 1));

	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];

		CHECK_FOR_INTERRUPTS();
		if (field->origin == FIELD_DROPPED)
			columns[i] = -1;
		else if (i < desc->natts && column_matches(field, TupleDescAttr(desc, i)))
			columns[i] = i;
		else
			columns[i] = find_column(field, desc);
	}
	return columns;
}

/*
 * Of columns that are unique together, one has to have room for more than what
 * is there: the numbers of lines, say, of orders that have theirs.
 */
static int
growing_field(const Schema *schema, const UniqueSet *set)
{
	int			found = -1;

	for (int i = 0; i < set->nfields; i++)
	{
		const Field *field = schema->fields[set->fields[i]];
		ValueKind	kind = value_kind(field->base_type);

		if (field->reference >= 0 || field->origin != FIELD_MADE)
			continue;
		if (kind != VALUE_INTEGER && kind != VALUE_TEXT)
			return -1;
		found = set->fields[i];
	}
	return found;
}

/* The columns that such fields would be learned from, or -1. */
static int *
leave_room(const Schema *schema, int *columns)
{
	int		   *growing = palloc(sizeof(int) * Max(schema->nfields, 1));
	ListCell   *lc;

	for (int i = 0; i < schema->nfields; i++)
		growing[i] = -1;
	foreach(lc, schema->uniques)
	{
		const UniqueSet *set = lfirst(lc);
		int			field = set->nfields > 1 ? growing_field(schema, set) : -1;

		if (field < 0 || columns[field] < 0)
			continue;
		growing[field] = columns[field];
		columns[field] = -1;
	}
	return growing;
}

static void
set_growing_bound(Bound *bound, Datum value)
{
	memset(bound, 0, sizeof(Bound));
	bound->set = bound->implied = true;
	bound->value = value;		/* of integers */
}

/*
 * Where the name is all that says how far numbers reach, the sample says it
 * better.  That is where they begin to grow: see compile_unique.c.
 */
static void
learn_growing(Field *field, const Sample *sample, int column)
{
	int			least = -1;
	int			most = -1;

	if (value_kind(field->base_type) != VALUE_INTEGER || sample->values[column] == NULL ||
		!(field->minimum.set || field->maximum.set) ||
		(field->minimum.set && !field->minimum.implied) ||
		(field->maximum.set && !field->maximum.implied))
		return;
	for (int row = 0; row < sample->nrows; row++)
	{
		double		value;

		if (sample->nulls[column][row])
			continue;
		value = value_to_scale(field->base_type, sample->values[column][row]);
		if (least < 0 || value < value_to_scale(field->base_type, sample->values[column][least]))
			least = row;
		if (most < 0 || value > value_to_scale(field->base_type, sample->values[column][most]))
			most = row;
	}
	if (least < 0)
		return;
	guess_drop(field);
	field->why = psprintf("sample: from %s to %s, and above where rows need it",
						  value_to_text(field->base_type, sample->values[column][least]),
						  value_to_text(field->base_type, sample->values[column][most]));
	set_growing_bound(&field->minimum, sample->values[column][least]);
	set_growing_bound(&field->maximum, sample->values[column][most]);
}

/* ---- what was found yields to what is asked for ---- */

static LearnBounds *
remember_bounds(const Schema *schema)
{
	LearnBounds *bounds = palloc(sizeof(LearnBounds));

	bounds->minimum = palloc(sizeof(Bound) * Max(schema->nfields, 1));
	bounds->maximum = palloc(sizeof(Bound) * Max(schema->nfields, 1));
	for (int i = 0; i < schema->nfields; i++)
	{
		bounds->minimum[i] = schema->fields[i]->minimum;
		bounds->maximum[i] = schema->fields[i]->maximum;
	}
	return bounds;
}

static bool
has_own_values(Oid type)
{
	return type == BOOLOID || get_typtype(type) == TYPTYPE_ENUM;
}

/*
 * A condition or a schema may ask for numbers beyond those that there are, and
 * for values of an enum that no row has yet.
 */
static void
let_yield(const Schema *schema, const LearnBounds *before)
{
	for (int i = 0; i < schema->nfields; i++)
	{
		Field	   *field = schema->fields[i];

		if (field->origin == FIELD_DROPPED)
			continue;
		if (!before->minimum[i].set || before->minimum[i].implied)
			field->minimum.implied = true;
		if (!before->maximum[i].set || before->maximum[i].implied)
			field->maximum.implied = true;
		if (field->distribution.kind == DISTRIBUTION_HISTOGRAM)
			field->distribution.implied = true;
		if (has_own_values(field->base_type) && field->enumeration.count > 0)
			field->enumeration.implied = true;
	}
}

/* ---- learning ---- */

static void
leave_unread(const Schema *schema, const Sample *sample, int *columns)
{
	for (int i = 0; i < schema->nfields; i++)
		if (columns[i] >= 0 && sample->values[columns[i]] == NULL)
			columns[i] = -1;
}

/* What has no NULL in the sample is to have none, though it may. */
static void
learn_nulls(Field *field, const Sample *sample, int column)
{
	int			nulls = 0;

	if (column < 0 || field->origin != FIELD_MADE || field->required ||
		field->null_fraction >= 0)
		return;
	for (int row = 0; row < sample->nrows; row++)
		nulls += sample->nulls[column][row];
	field->null_fraction = (double) nulls / sample->nrows;
}

void
learn_sample(Schema *schema, Relation rel, Sample *sample, const int *columns,
			 const LearnOptions *options)
{
	schema->fit = palloc0(sizeof(Fit));
	profile_fields(schema, sample, columns, options);
	for (int i = 0; i < schema->nfields; i++)
		learn_nulls(schema->fields[i], sample, columns[i]);
	fit_sample(schema, sample, learn_contexts(schema, rel, sample, columns, options->mark),
			   options);
	fit_prune_contexts(schema);
}

static bool
learn_found(Schema *schema, Relation rel, int *columns, const int *growing,
			const LearnOptions *options)
{
	MemoryContext memory;
	MemoryContext old;
	Sample	   *sample;
	bool		found;

	if (options->sample_rows == 0)
		return learn_statistics(schema, rel, columns, options);
	memory = AllocSetContextCreate(CurrentMemoryContext, "synthik sample",
								   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(memory);
	sample = sample_read_unmarked(rel, options->sample_rows, options->mark);
	MemoryContextSwitchTo(old);
	found = sample->nrows > 0;
	if (found)
	{
		leave_unread(schema, sample, columns);
		learn_sample(schema, rel, sample, columns, options);
		for (int i = 0; i < schema->nfields; i++)
			if (growing[i] >= 0)
				learn_growing(schema->fields[i], sample, growing[i]);
	}
	MemoryContextDelete(memory);
	return found;
}

bool
learn_relation(Schema *schema, Relation rel, const LearnOptions *options)
{
	int		   *columns = learn_columns(schema, rel);
	LearnBounds *before = remember_bounds(schema);
	int		   *growing;
	int			mark = options->mark != NULL ? schema_field_index(schema, options->mark) : -1;

	if (mark >= 0)
		columns[mark] = -1;
	growing = leave_room(schema, columns);
	if (!learn_found(schema, rel, columns, growing, options))
		return false;
	if (options->after && schema->fit != NULL)
		learn_after(schema, before);
	let_yield(schema, before);
	return true;
}
