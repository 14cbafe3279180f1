/*-------------------------------------------------------------------------
 *
 * statistics.c
 *		From the planner's statistics to the keywords of fields, without
 *		reading the relation.
 *
 * pg_stats shows a column's statistics to those who may read the column, and
 * none of a table whose row security holds for them.  Its most common values
 * become an enumeration where they are all that there are, or nearly; numbers
 * and times get a histogram of their common values and of the bounds between
 * the others; texts keep their common values beside others that are made.
 * Bounds of texts are single rows' values, and are not used.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fit/statistics.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* Common values stand for all where they are this share of those not null. */
#define NEARLY_ALL		0.95

/* A value of a histogram stands out from those around it with this share. */
#define HEAVY			0.01

/* Of more values than these, those that few rows have are not copied. */
#define FEW_VALUES		20

/* Of a histogram with more bounds, some are passed over. */
#define MOST_BOUNDS		1000

static const char query[] =
"SELECT s.attname, s.null_frac, s.n_distinct, s.most_common_vals, s.most_common_freqs, "
"s.histogram_bounds, s.most_common_elems, s.most_common_elem_freqs, s.elem_count_histogram "
"FROM pg_catalog.pg_stats s "
"WHERE s.schemaname OPERATOR(pg_catalog.=) $1 AND s.tablename OPERATOR(pg_catalog.=) $2 "
"ORDER BY s.inherited";

enum
{
	OUT_NAME = 1, OUT_NULLS, OUT_DISTINCT, OUT_COMMON, OUT_SHARES, OUT_BOUNDS,
	OUT_ELEMENTS, OUT_ELEMENT_SHARES, OUT_COUNTS
};

double
statistics_sum(const StatisticsValues *values)
{
	double		sum = 0;

	for (int i = 0; i < values->count; i++)
		sum += values->shares[i];
	return sum;
}

/* ---- reading ---- */

static Datum
cell(HeapTuple tuple, int column, bool *isnull)
{
	return SPI_getbinval(tuple, SPI_tuptable->tupdesc, column, isnull);
}

static double
float_cell(HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = cell(tuple, column, &isnull);

	return isnull ? 0 : DatumGetFloat4(value);
}

/* An array of values of a type, or nothing where it is of another. */
static void
read_values(HeapTuple tuple, int column, Oid type, StatisticsValues *out)
{
	bool		isnull;
	Datum		value = cell(tuple, column, &isnull);
	ArrayType  *array;
	int16		length;
	bool		by_value;
	char		align;

	out->count = 0;
	if (isnull)
		return;
	array = DatumGetArrayTypePCopy(value);
	if (getBaseType(ARR_ELEMTYPE(array)) != type)
		return;
	get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align,
					  &out->values, NULL, &out->count);
}

/* At most count floats, 0 for those that are missing. */
static double *
read_floats(HeapTuple tuple, int column, int *count)
{
	StatisticsValues read = {0};
	double	   *floats;

	read_values(tuple, column, FLOAT4OID, &read);
	floats = palloc0(sizeof(double) * Max(Max(*count, read.count), 1));
	for (int i = 0; i < read.count; i++)
		floats[i] = DatumGetFloat4(read.values[i]);
	*count = read.count;
	return floats;
}

static void
read_elements(HeapTuple tuple, const Field *field, ColumnStatistics *out)
{
	int			count = 0;
	double	   *counts = read_floats(tuple, OUT_COUNTS, &count);

	out->least_elements = out->most_elements = -1;
	if (field->items == NULL)
		return;
	/* the last one is the average */
	if (count >= 3)
	{
		out->least_elements = (int) counts[0];
		out->most_elements = (int) counts[count - 2];
	}
	read_values(tuple, OUT_ELEMENTS, field->items->base_type, &out->elements);
	count = out->elements.count;
	out->elements.shares = read_floats(tuple, OUT_ELEMENT_SHARES, &count);
}

static void
read_column(HeapTuple tuple, const Field *field, double rows, ColumnStatistics *out)
{
	double		distinct = float_cell(tuple, OUT_DISTINCT);
	int			count;

	memset(out, 0, sizeof(*out));
	out->found = true;
	out->null_share = float_cell(tuple, OUT_NULLS);
	out->distinct = distinct > 0 ? distinct : distinct < 0 && rows > 0 ? -distinct * rows : -1;
	read_values(tuple, OUT_COMMON, field->base_type, &out->common);
	count = out->common.count;
	out->common.shares = read_floats(tuple, OUT_SHARES, &count);
	read_values(tuple, OUT_BOUNDS, field->base_type, &out->bounds);
	read_elements(tuple, field, out);
}

static void
read_row(HeapTuple tuple, const Schema *schema, Relation rel, Statistics *statistics)
{
	bool		isnull;
	char	   *name = NameStr(*DatumGetName(cell(tuple, OUT_NAME, &isnull)));

	for (int i = 0; i < schema->nfields; i++)
	{
		int			c = statistics->columns[i];

		if (c >= 0 &&
			strcmp(NameStr(TupleDescAttr(RelationGetDescr(rel), c)->attname), name) == 0)
			read_column(tuple, schema->fields[i], statistics->rows, &statistics->of[i]);
	}
}

/* Of a parent, what holds for its children too comes last, and stays. */
static bool
read_statistics(const Schema *schema, Relation rel, Statistics *statistics)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;
	Oid			types[2] = {NAMEOID, NAMEOID};
	Datum		args[2];
	uint64		found;

	args[0] = CStringGetDatum(get_namespace_name(RelationGetNamespace(rel)));
	args[1] = CStringGetDatum(RelationGetRelationName(rel));
	if (SPI_connect() != SPI_OK_CONNECT ||
		SPI_execute_with_args(query, 2, types, args, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the statistics of \"%s\"", RelationGetRelationName(rel));
	found = SPI_processed;
	spi = MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < found; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_row(SPI_tuptable->vals[i], schema, rel, statistics);
	}
	MemoryContextSwitchTo(spi);
	SPI_finish();
	return found > 0;
}

/* ---- keywords ---- */

static bool
has_all_values(const ColumnStatistics *column)
{
	double		known = column->null_share + statistics_sum(&column->common);

	if (column->common.count == 0)
		return false;
	if (column->bounds.count == 0 && column->distinct > 0 &&
		column->common.count >= column->distinct - 0.5)
		return true;
	return known >= column->null_share + (1 - column->null_share) * NEARLY_ALL;
}

/* May a value be copied that this share of the rows has? */
static bool
may_copy(const Field *field, const StatisticsValues *values, double share, double rows,
		 const LearnOptions *options)
{
	if (get_typtype(field->base_type) == TYPTYPE_ENUM || field->base_type == BOOLOID)
		return true;
	if (!options->strict &&
		(value_kind_is_scale(value_kind(field->base_type)) || values->count <= FEW_VALUES))
		return true;
	return share * rows >= LEARN_RARE;
}

/* Returns false if no value may be copied. */
static bool
enumerate(Field *field, const StatisticsValues *values, double rows,
		  const LearnOptions *options)
{
	ValueList	list = {0};

	list.values = palloc(sizeof(Datum) * Max(values->count, 1));
	list.nulls = palloc0(sizeof(bool) * Max(values->count, 1));
	list.weights = palloc(sizeof(double) * Max(values->count, 1));
	for (int i = 0; i < values->count; i++)
	{
		if (values->shares[i] <= 0 ||
			!may_copy(field, values, values->shares[i], rows, options))
			continue;
		list.values[list.count] = values->values[i];
		list.weights[list.count++] = values->shares[i];
	}
	if (list.count == 0)
		return false;
	field->enumeration = list;
	return true;
}

/* ---- numbers and times ---- */

/* A stretch of a scale with its share of the rows. */
typedef struct Stretch
{
	double		from;
	double		to;
	double		share;
} Stretch;

static int
compare_stretches(const void *a, const void *b)
{
	const Stretch *x = a;
	const Stretch *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* Half the distance of neighbouring values, where they have one. */
static double
half_grain(const Field *field)
{
	switch (value_kind(field->base_type))
	{
		case VALUE_INTEGER:
		case VALUE_DATE:
			return 0.5;
		case VALUE_NUMERIC:
			if (field->base_type == MONEYOID)
				return 0.005;
			if (field->base_typmod >= (int32) VARHDRSZ)
				return 0.5 * pow(10, -((((field->base_typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024));
			return 0;
		case VALUE_FLOAT:
			return 0;
		default:
			return 0.5;
	}
}

/*
 * Adds a common value: a stretch so short that only it is in there.  It takes
 * its place from those stretches that it lies in.
 */
static int
add_common(Stretch *stretches, int count, double value, double half, double share)
{
	double		reach = half > 0 ? half * 0.5 : Max(fabs(value) * 1e-12, 1e-12);
	double		from = value - reach;
	double		to = value + reach;
	int			n = count;

	for (int i = 0; i < count; i++)
	{
		Stretch    *s = &stretches[i];
		double		length = s->to - s->from;
		double		whole = s->share;

		if (s->to <= from || s->from >= to || length <= 0)
			continue;
		if (s->from < from && s->to > to)
		{
			stretches[n].from = to;
			stretches[n].to = s->to;
			stretches[n++].share = whole * (s->to - to) / length;
			s->to = from;
			s->share = whole - stretches[n - 1].share;
		}
		else if (s->from < from)
			s->to = from;
		else
			s->from = Min(to, s->to);
	}
	stretches[n].from = from;
	stretches[n].to = to;
	stretches[n++].share = share;
	return n;
}

/* The stretches between the bounds of a histogram, alike in their shares. */
static int
bounds_to_stretches(const Field *field, const ColumnStatistics *column, bool strict,
					Stretch *stretches)
{
	const StatisticsValues *bounds = &column->bounds;
	double		share = Max(1 - column->null_share - statistics_sum(&column->common), 0) /
		Max(bounds->count - 1, 1);
	double		half = half_grain(field) * 0.9;
	int			skip = strict && bounds->count > 4 ? 1 : 0;
	int			last = bounds->count - 1 - skip;
	int			step = bounds->count / MOST_BOUNDS + 1;
	int			n = 0;

	for (int i = skip; i < last; i += step)
	{
		Stretch    *s = &stretches[n];
		int			next = Min(i + step, last);

		if (!value_is_finite(field->base_type, bounds->values[i]) ||
			!value_is_finite(field->base_type, bounds->values[next]))
			continue;
		s->from = value_to_scale(field->base_type, bounds->values[i]) - (i == skip ? half : 0);
		s->to = value_to_scale(field->base_type, bounds->values[next]) +
			(next == last ? half : 0);
		s->share = share * (next - i);
		n++;
	}
	return n;
}

/* A common value that does not stand out: more of the stretch that it lies in. */
static void
spread_common(Stretch *stretches, int count, double value, double share)
{
	for (int i = 0; i < count; i++)
		if (value >= stretches[i].from && (value < stretches[i].to || i == count - 1))
		{
			stretches[i].share += share;
			return;
		}
}

/* Ends that meet, and stretches of nothing in between. */
static void
stretches_to_histogram(const Stretch *stretches, int count, Distribution *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = DISTRIBUTION_HISTOGRAM;
	out->bounds = palloc(sizeof(double) * (2 * count + 2));
	out->weights = palloc(sizeof(double) * (2 * count + 2));
	for (int i = 0; i < count; i++)
	{
		const Stretch *s = &stretches[i];
		double		last = out->nbounds > 0 ? out->bounds[out->nbounds - 1] : 0;

		if (!(s->to > s->from) || (out->nbounds > 0 && s->to <= last))
		{
			if (out->nbounds > 1)
				out->weights[out->nbounds - 2] += s->share;
			continue;
		}
		if (out->nbounds == 0)
			out->bounds[out->nbounds++] = s->from;
		else if (s->from > last)
		{
			out->weights[out->nbounds - 1] = 0;
			out->bounds[out->nbounds++] = s->from;
		}
		out->weights[out->nbounds - 1] = s->share;
		out->bounds[out->nbounds++] = s->to;
	}
}

static bool
draw_by_histogram(Field *field, const ColumnStatistics *column, bool strict)
{
	int			most = 2 * (column->common.count + column->bounds.count) + 2;
	Stretch    *stretches = palloc(sizeof(Stretch) * most);
	double		half = half_grain(field);
	double		weight = 0;
	Distribution distribution;
	int			n = bounds_to_stretches(field, column, strict, stretches);

	for (int i = 0; i < column->common.count; i++)
	{
		double		value;

		if (!value_is_finite(field->base_type, column->common.values[i]))
			continue;
		value = value_to_scale(field->base_type, column->common.values[i]);
		if (n > 0 && column->common.shares[i] < HEAVY)
			spread_common(stretches, n, value, column->common.shares[i]);
		else
			n = add_common(stretches, n, value, half, column->common.shares[i]);
	}
	qsort(stretches, n, sizeof(Stretch), compare_stretches);
	stretches_to_histogram(stretches, n, &distribution);
	for (int i = 0; i + 1 < distribution.nbounds; i++)
		weight += distribution.weights[i];
	if (!(weight > 0))
		return false;
	field->distribution = distribution;
	return true;
}

/* Ends that are a guess make room for those that were found. */
static void
set_ends(Field *field, const ColumnStatistics *column, bool strict)
{
	const StatisticsValues *lists[2] = {&column->common, &column->bounds};
	Bound		ends[2] = {{0}, {0}};

	for (int l = 0; l < 2; l++)
		for (int i = 0; i < lists[l]->count; i++)
		{
			Datum		value = lists[l]->values[i];

			if (!value_is_finite(field->base_type, value))
				continue;
			if (!ends[0].set || value_compare(field->base_type, value, ends[0].value) < 0)
				ends[0] = (Bound){.set = true,.value = value};
			if (!ends[1].set || value_compare(field->base_type, value, ends[1].value) > 0)
				ends[1] = (Bound){.set = true,.value = value};
		}
	if (strict)
		ends[0].set = ends[1].set = false;
	if (!field->minimum.set || field->minimum.implied)
		field->minimum = ends[0];
	if (!field->maximum.set || field->maximum.implied)
		field->maximum = ends[1];
}

/* ---- columns ---- */

/* Keys come from elsewhere: from other tables, or never twice. */
static bool
is_key(const Schema *schema, int field)
{
	ListCell   *lc;

	if (schema->fields[field]->unique || schema->fields[field]->reference >= 0)
		return true;
	foreach(lc, schema->uniques)
	{
		const UniqueSet *set = lfirst(lc);

		if (set->nfields == 1 && set->fields[0] == field)
			return true;
	}
	return false;
}

static void
learn_elements(Field *field, const ColumnStatistics *column, double rows,
			   const LearnOptions *options)
{
	if (field->min_items < 0 && field->max_items < 0 && column->least_elements >= 0 &&
		column->most_elements <= SCHEMA_MAX_ARRAY)
	{
		field->min_items = column->least_elements;
		field->max_items = column->most_elements;
	}
	if (field->items->enumeration.count == 0 && column->elements.count > 0 &&
		enumerate(field->items, &column->elements, rows, options))
		field->why = "statistics: most common elements";
}

static void
learn_values(Field *field, const ColumnStatistics *column, double rows,
			 const LearnOptions *options)
{
	if (has_all_values(column) && enumerate(field, &column->common, rows, options))
		field->why = psprintf("statistics: %d most common values", field->enumeration.count);
	else if (value_kind_is_scale(value_kind(field->base_type)) &&
			 draw_by_histogram(field, column, options->strict))
	{
		set_ends(field, column, options->strict);
		field->why = "statistics: histogram";
	}
	else if (field->items != NULL)
		learn_elements(field, column, rows, options);
}

static void
learn_field(Schema *schema, int i, const Statistics *statistics, const LearnOptions *options)
{
	Field	   *field = schema->fields[i];
	const ColumnStatistics *column = &statistics->of[i];

	if (field->origin != FIELD_MADE || !column->found)
		return;
	if (!field->required)
		field->null_fraction = Min(Max(column->null_share, 0), 1);
	if (!is_key(schema, i))
		learn_values(field, column, statistics->rows, options);
}

bool
learn_statistics(Schema *schema, Relation rel, const int *columns,
				 const LearnOptions *options)
{
	Statistics	statistics = {.columns = columns};

	statistics.rows = sample_relation_rows(rel);
	statistics.of = palloc0(sizeof(ColumnStatistics) * Max(schema->nfields, 1));
	if (!read_statistics(schema, rel, &statistics))
		return false;
	for (int i = 0; i < schema->nfields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		learn_field(schema, i, &statistics, options);
	}
	statistics_learn_pairs(schema, rel, &statistics, options);
	statistics_learn_common(schema, &statistics);
	return true;
}
