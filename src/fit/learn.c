/*-------------------------------------------------------------------------
 *
 * learn.c
 *		Learning: from a relation to a Schema that makes rows like its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "fit/learn.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
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

/* ---- learning ---- */

static void
leave_unread(const Schema *schema, const Sample *sample, int *columns)
{
	for (int i = 0; i < schema->nfields; i++)
		if (columns[i] >= 0 && sample->values[columns[i]] == NULL)
			columns[i] = -1;
}

void
learn_sample(Schema *schema, const Sample *sample, const int *columns,
			 const LearnOptions *options)
{
	schema->fit = palloc0(sizeof(Fit));
	profile_fields(schema, sample, columns, options);
	fit_sample(schema, sample, columns, options);
}

bool
learn_relation(Schema *schema, Relation rel, const LearnOptions *options)
{
	int		   *columns = learn_columns(schema, rel);
	LearnBounds *bounds = learn_bounds(schema);
	Sample	   *sample;

	if (options->sample_rows > 0)
	{
		sample = sample_read(rel, options->sample_rows);
		if (sample->nrows == 0)
			return false;
		leave_unread(schema, sample, columns);
		learn_sample(schema, sample, columns, options);
	}
	else if (!learn_statistics(schema, rel, columns, options))
		return false;
	if (options->after && schema->fit != NULL)
		learn_after(schema, bounds);
	return true;
}
