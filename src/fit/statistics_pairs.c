/*-------------------------------------------------------------------------
 *
 * statistics_pairs.c
 *		From lists of values that are common together (CREATE STATISTICS …
 *		(mcv)) to trees.
 *
 * The lists become rows that stand for the relation's: of each combination as
 * many as its share says, and for the rest each column by itself.  What is
 * made of a sample is then made of these.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fit/statistics.h"
#include "miscadmin.h"
#include "util/rng.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define PAIR_ROWS 5000

static const char query[] =
"SELECT s.attnames, s.most_common_vals, s.most_common_val_nulls, s.most_common_freqs "
"FROM pg_catalog.pg_stats_ext s "
"WHERE s.schemaname OPERATOR(pg_catalog.=) $1 AND s.tablename OPERATOR(pg_catalog.=) $2 "
"AND s.most_common_vals IS NOT NULL AND s.exprs IS NULL "
"ORDER BY s.inherited DESC, pg_catalog.cardinality(s.attnames) DESC, s.statistics_name";

/* One list: combinations of the values of some fields. */
typedef struct ValueGroup
{
	int			nfields;
	int		   *fields;
	int			nitems;
	Datum	  **values;			/* [field of the group][item] */
	bool	  **nulls;
	double	   *shares;			/* [item]; 0: it is not to come */
} ValueGroup;

/* What a column has beside the combinations. */
typedef struct Rest
{
	int			count;
	Datum	   *values;
	bool	   *nulls;
	double	   *until;			/* sums of shares */
} Rest;

/* ---- reading ---- */

static ArrayType *
array_cell(HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(tuple, SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : DatumGetArrayTypePCopy(value);
}

/* The field of that name, if this is a way to draw it. */
static int
group_field(const Schema *schema, const Statistics *statistics, const char *name)
{
	int			i = schema_field_index(schema, name);
	const Field *field;

	if (i < 0 || !statistics->of[i].found)
		return -1;
	field = schema->fields[i];
	if (field->origin != FIELD_MADE || field->unique || field->reference >= 0)
		return -1;
	if (field->enumeration.count == 0 && field->distribution.kind != DISTRIBUTION_HISTOGRAM)
		return -1;
	return i;
}

static bool
read_fields(HeapTuple tuple, const Schema *schema, const Statistics *statistics,
			const Bitmapset *taken, ValueGroup *group)
{
	Datum	   *names;

	deconstruct_array(array_cell(tuple, 1), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &names, NULL, &group->nfields);
	group->fields = palloc(sizeof(int) * Max(group->nfields, 1));
	for (int i = 0; i < group->nfields; i++)
	{
		group->fields[i] = group_field(schema, statistics, NameStr(*DatumGetName(names[i])));
		if (group->fields[i] < 0 || bms_is_member(group->fields[i], taken))
			return false;
	}
	return group->nfields > 1;
}

/* A combination that has a value which may not come, does not come. */
static bool
value_may_come(const Field *field, Datum value)
{
	const ValueList *list = &field->enumeration;

	if (list->count == 0)
		return true;
	for (int i = 0; i < list->count; i++)
		if (!list->nulls[i] && value_compare(field->base_type, list->values[i], value) == 0)
			return true;
	return false;
}

static void
read_items(const Schema *schema, ValueGroup *group, const Datum *texts, const bool *nulls)
{
	for (int f = 0; f < group->nfields; f++)
	{
		const Field *field = schema->fields[group->fields[f]];
		Oid			input;
		Oid			param;

		getTypeInputInfo(field->base_type, &input, &param);
		group->values[f] = palloc0(sizeof(Datum) * Max(group->nitems, 1));
		group->nulls[f] = palloc(sizeof(bool) * Max(group->nitems, 1));
		for (int i = 0; i < group->nitems; i++)
		{
			int			at = i * group->nfields + f;

			CHECK_FOR_INTERRUPTS();
			group->nulls[f][i] = nulls[at];
			if (nulls[at])
				continue;
			group->values[f][i] = OidInputFunctionCall(input, TextDatumGetCString(texts[at]),
													   param, -1);
			if (!value_may_come(field, group->values[f][i]))
				group->shares[i] = 0;
		}
	}
}

static bool
read_group(HeapTuple tuple, const Schema *schema, const Statistics *statistics,
		   const Bitmapset *taken, ValueGroup *group)
{
	Datum	   *texts;
	bool	   *nulls;
	Datum	   *shares;
	int			ntexts;

	if (!read_fields(tuple, schema, statistics, taken, group))
		return false;
	deconstruct_array(array_cell(tuple, 2), TEXTOID, -1, false, TYPALIGN_INT,
					  &texts, &nulls, &ntexts);
	deconstruct_array(array_cell(tuple, 4), FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &shares, NULL, &group->nitems);
	if (ntexts != group->nitems * group->nfields)
		return false;
	group->shares = palloc(sizeof(double) * Max(group->nitems, 1));
	for (int i = 0; i < group->nitems; i++)
		group->shares[i] = DatumGetFloat8(shares[i]);
	group->values = palloc(sizeof(Datum *) * group->nfields);
	group->nulls = palloc(sizeof(bool *) * group->nfields);
	read_items(schema, group, texts, nulls);
	return true;
}

/* Of lists that share a column, the first one of the most columns counts. */
static List *
read_groups(const Schema *schema, Relation rel, const Statistics *statistics)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;
	Oid			types[2] = {NAMEOID, NAMEOID};
	Datum		args[2];
	Bitmapset  *taken = NULL;
	List	   *groups = NIL;

	args[0] = CStringGetDatum(get_namespace_name(RelationGetNamespace(rel)));
	args[1] = CStringGetDatum(RelationGetRelationName(rel));
	if (SPI_connect() != SPI_OK_CONNECT ||
		SPI_execute_with_args(query, 2, types, args, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the statistics of \"%s\"", RelationGetRelationName(rel));
	spi = MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		ValueGroup	   *group = palloc0(sizeof(ValueGroup));

		CHECK_FOR_INTERRUPTS();
		if (!read_group(SPI_tuptable->vals[i], schema, statistics, taken, group))
			continue;
		groups = lappend(groups, group);
		for (int f = 0; f < group->nfields; f++)
			taken = bms_add_member(taken, group->fields[f]);
	}
	MemoryContextSwitchTo(spi);
	SPI_finish();
	return groups;
}

/* ---- rows that stand for the relation's ---- */

static double
share_in_group(const Field *field, const ValueGroup *group, int f, Datum value, bool isnull)
{
	double		share = 0;

	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < group->nitems; i++)
	{
		if (group->shares[i] <= 0 || group->nulls[f][i] != isnull)
			continue;
		if (isnull || value_compare(field->base_type, group->values[f][i], value) == 0)
			share += group->shares[i];
	}
	return share;
}

static void
add_rest(Rest *rest, Datum value, bool isnull, double share)
{
	double		before = rest->count > 0 ? rest->until[rest->count - 1] : 0;

	if (share <= 0)
		return;
	rest->values[rest->count] = value;
	rest->nulls[rest->count] = isnull;
	rest->until[rest->count++] = before + share;
}

static void
make_rest(const Field *field, const ColumnStatistics *column, const ValueGroup *group, int f,
		  Rest *rest)
{
	int			most = column->common.count + column->bounds.count + 1;
	double		between = 1 - column->null_share - statistics_sum(&column->common);

	rest->count = 0;
	rest->values = palloc(sizeof(Datum) * most);
	rest->nulls = palloc(sizeof(bool) * most);
	rest->until = palloc(sizeof(double) * most);
	add_rest(rest, (Datum) 0, true,
			 column->null_share - share_in_group(field, group, f, (Datum) 0, true));
	for (int i = 0; i < column->common.count; i++)
		if (value_may_come(field, column->common.values[i]))
			add_rest(rest, column->common.values[i], false,
					 column->common.shares[i] -
					 share_in_group(field, group, f, column->common.values[i], false));
	for (int i = 0; field->enumeration.count == 0 && i < column->bounds.count; i++)
		add_rest(rest, column->bounds.values[i], false, between / column->bounds.count);
	/* the combinations are all that there is: their own values, then */
	if (rest->count == 0 && column->common.count > 0)
		add_rest(rest, column->common.values[0], false, 1);
	else if (rest->count == 0)
		add_rest(rest, (Datum) 0, true, 1);
}

static void
put_rest(const Rest *rest, uint64 bits, Datum *value, bool *isnull)
{
	double		at = rng_unit(bits) * rest->until[rest->count - 1];
	int			i = 0;

	while (i + 1 < rest->count && rest->until[i] <= at)
		i++;
	*value = rest->values[i];
	*isnull = rest->nulls[i];
}

/* The combination of a row, or -1; their shares are laid out one after another. */
static int
item_of_row(const ValueGroup *group, int row)
{
	double		at = (row + 0.5) / PAIR_ROWS;

	for (int i = 0; i < group->nitems; i++)
	{
		if (at < group->shares[i])
			return i;
		at -= group->shares[i];
	}
	return -1;
}

/* Lists that share no column know nothing of each other: each in an order of its own. */
static void
put_group(const Schema *schema, const Statistics *statistics, const ValueGroup *group,
		  uint64 key, Sample *sample)
{
	Rest	   *rests = palloc(sizeof(Rest) * group->nfields);
	Permutation order;

	for (int f = 0; f < group->nfields; f++)
	{
		int			i = group->fields[f];
		int			c = statistics->columns[i];

		make_rest(schema->fields[i], &statistics->of[i], group, f, &rests[f]);
		sample->values[c] = palloc(sizeof(Datum) * PAIR_ROWS);
		sample->nulls[c] = palloc(sizeof(bool) * PAIR_ROWS);
	}
	rng_permutation_init(&order, PAIR_ROWS, key);
	for (int row = 0; row < PAIR_ROWS; row++)
	{
		int			item = item_of_row(group, (int) rng_permute(&order, row));

		for (int f = 0; f < group->nfields; f++)
		{
			int			c = statistics->columns[group->fields[f]];

			if (item < 0)
				put_rest(&rests[f], rng_combine(rng_combine(key, row), c),
						 &sample->values[c][row], &sample->nulls[c][row]);
			else
			{
				sample->values[c][row] = group->values[f][item];
				sample->nulls[c][row] = group->nulls[f][item];
			}
		}
	}
}

void
statistics_learn_pairs(Schema *schema, Relation rel, const Statistics *statistics,
					   const LearnOptions *options)
{
	List	   *groups = read_groups(schema, rel, statistics);
	Sample		sample = {.nrows = PAIR_ROWS,.ncolumns = RelationGetDescr(rel)->natts};
	int		   *columns;
	ListCell   *lc;

	if (groups == NIL)
		return;
	sample.relation_rows = statistics->rows;
	sample.values = palloc0(sizeof(Datum *) * sample.ncolumns);
	sample.nulls = palloc0(sizeof(bool *) * sample.ncolumns);
	columns = palloc(sizeof(int) * Max(schema->nfields, 1));
	for (int i = 0; i < schema->nfields; i++)
		columns[i] = -1;
	foreach(lc, groups)
	{
		const ValueGroup *group = lfirst(lc);

		put_group(schema, statistics, group, foreach_current_index(lc) + 1, &sample);
		for (int f = 0; f < group->nfields; f++)
			columns[group->fields[f]] = statistics->columns[group->fields[f]];
	}
	schema->fit = palloc0(sizeof(Fit));
	fit_sample(schema, &sample, columns, options);
}
