/*-------------------------------------------------------------------------
 *
 * counts.c
 *		How many rows each table gets.
 *
 * What is listed is as it says, and tables that have rows keep them.  The
 * empty ones of a schema follow:
 *
 * - a table that refers to none, has few columns and is referred to is a
 *	 lookup table, as of countries or states: LOOKUP_ROWS;
 * - a table that others refer to has a FANOUT-th of the largest of these, or as
 *	 many rows as one whose key it is, if their number is known;
 * - a table whose key is another table's has as many rows as that one;
 * - a table that is a link, its key being other tables' keys, has
 *	 LINK_FANOUT times the rows of the larger one, but at most half of all pairs;
 * - another table has FANOUT times the rows of the largest table that it
 *	 refers to, lookup tables aside;
 * - and a table that refers to none but lookup tables has ROOT_ROWS.
 *
 * None of these gets more than MOST_ROWS, or than FANOUT times the largest
 * that is known otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/int.h"
#include "miscadmin.h"
#include "populate/populate.h"
#include "schema/semantic.h"
#include "rows/rows.h"
#include "util/nearest.h"
#include "util/series.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#define LOOKUP_ROWS		12
#define LOOKUP_COLUMNS	4
#define ROOT_ROWS		100
#define FANOUT			5
#define LINK_FANOUT		3
#define MOST_ROWS		1000

static int64
rows_after(PopulateTable *table)
{
	return (table->empty ? 0 : table_stored(table)) + table->rows;
}

static void
decide(PopulateTable *table, int64 rows, char *how)
{
	table->rows = rows;
	table->how = how;
	table->known = true;
}

/* ---- what is listed ---- */

static bool
names_key(const PopulateKey *key, const char *per)
{
	return strcmp(per, get_rel_name(key->parent_relid)) == 0 ||
		strcmp(per, relation_name(key->parent_relid)) == 0 ||
		strcmp(per, relation_sql_name(key->parent_relid)) == 0;
}

pg_noreturn static void
report_no_key(const PopulateTable *table)
{
	const char **names = palloc(sizeof(char *) * Max(list_length(table->keys), 1));
	const char *nearest;
	ListCell   *lc;

	foreach(lc, table->keys)
		names[foreach_current_index(lc)] = get_rel_name(((PopulateKey *) lfirst(lc))->parent_relid);
	nearest = nearest_name(table->ask.per, names, list_length(table->keys));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("rows of \"%s\": it has no foreign key to \"%s\"", table->ask.key,
					table->ask.per),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) : 0));
}

/* The key that "per" means: of a table, or by its columns or its name. */
static PopulateKey *
find_per(const PopulateTable *table)
{
	const char *per = table->ask.per;
	PopulateKey *found = NULL;
	ListCell   *lc;

	foreach(lc, table->keys)
	{
		PopulateKey *key = lfirst(lc);

		if (strcmp(per, key_columns(key)) == 0 || strcmp(per, key_reference(key)->name) == 0)
			return key;
	}
	foreach(lc, table->keys)
	{
		PopulateKey *key = lfirst(lc);

		if (!names_key(key, per))
			continue;
		if (found != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("rows of \"%s\": it refers to \"%s\" by more than one key",
							table->ask.key, per),
					 errhint("Give columns, as in {\"per\": \"%s\"}.", key_columns(key))));
		found = key;
	}
	if (found == NULL)
		report_no_key(table);
	return found;
}

static int64
count_parents(const PopulateKey *key)
{
	PopulateTable parent = {.stored = -1};
	int64		count;

	if (key->parent != NULL && key->parent->rows > 0)
		return key->parent->rows;
	if (key->parent != NULL)
		return table_stored(key->parent);
	parent.rel = RelationIdGetRelation(key->parent_relid);
	count = table_stored(&parent);
	RelationClose(parent.rel);
	return count;
}

static int64
count_children(const PopulateTable *table, int64 parents)
{
	ReferenceDraw draw = {.low = table->ask.low,.high = table->ask.high};
	int64		total = 0;

	if (parents > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("rows of \"%s\": \"%s\" has too many rows to count by", table->ask.key,
						table->ask.per)));
	for (int64 i = 0; i < parents; i++)
	{
		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (pg_add_s64_overflow(total, reference_children(&draw, table->seed, i), &total))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("rows of \"%s\" are too many", table->ask.key)));
	}
	return total;
}

/* Does each parent have one series of rows? */
static bool
is_series_of(const PopulateTable *table, const PopulateKey *key)
{
	const Field *field = table->schema->fields[key_reference(key)->fields[0]];

	return key->unique && field->unique && field->per_series;
}

/* Rows of as many series as there are parents. */
static int64
count_series(const PopulateTable *table, int64 parents)
{
	const Schema *schema = table->schema;
	int32		pair = schema->series_low + schema->series_high;
	int64		total;

	if (table->ask.kind != ASK_BETWEEN || table->ask.low != schema->series_low ||
		table->ask.high != schema->series_high)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows of \"%s\": a series, which each of \"%s\" has one of, has from %d to %d rows",
						table->ask.key, table->ask.per, schema->series_low, schema->series_high),
				 errhint("Give {\"per\": \"%s\", \"between\": [%d, %d]}.", table->ask.per,
						 schema->series_low, schema->series_high)));
	if (pg_mul_s64_overflow(parents / 2, pair, &total))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("rows of \"%s\" are too many", table->ask.key)));
	if (parents % 2 == 1)
		total += series_place(schema->series_low, schema->series_high, table->seed, total).rows;
	return total;
}

void
counts_decide_per(PopulateTable *table)
{
	PopulateKey *key = find_per(table);
	const char *parent = relation_name(key->parent_relid);
	int64		parents;

	if (key->self || key->later)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows of \"%s\": they cannot be counted by \"%s\", which needs them itself",
						table->ask.key, table->ask.per)));
	if (key->unique && !is_series_of(table, key) &&
		(table->ask.kind == ASK_MEAN ? table->ask.mean > 1 : table->ask.high > 1))
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("rows of \"%s\": column %s is unique, so there can be one for each of \"%s\" at most",
						table->ask.key, key_columns(key), table->ask.per)));
	table->per = key;
	parents = count_parents(key);
	if (is_series_of(table, key))
		decide(table, count_series(table, parents), psprintf("a series for each of %s", parent));
	else if (table->ask.kind == ASK_MEAN)
		decide(table, (int64) (table->ask.mean * parents + 0.5),
			   psprintf("%g for each of %s, on average", table->ask.mean, parent));
	else
		decide(table, count_children(table, parents), table->ask.low == table->ask.high ?
			   psprintf(INT64_FORMAT " for each of %s", table->ask.low, parent) :
			   psprintf(INT64_FORMAT " to " INT64_FORMAT " for each of %s", table->ask.low,
						table->ask.high, parent));
}

/* A number that yields does so to what there is room for. */
static void
fit_room(PopulateTable *table, const PopulateOrder *order)
{
	int64		room = table_room(table, order->locale, table->rows);

	if (room < table->rows)
		table->how = psprintf("%s; fewer, for its values are unique", table->how);
	table->rows = room;
	table->yields = true;
}

static void
decide_listed(const PopulateOrder *order, PopulateTable *table)
{
	switch (table->ask.kind)
	{
		case ASK_ROWS:
			decide(table, table->ask.number, table->usual ? "as its template has it" :
				   table->ask.yields ? "as listed, at most" : "as listed");
			if (table->usual || table->ask.yields)
				fit_room(table, order);
			break;
		case ASK_TOTAL:
			decide(table, Max(table->ask.number - table_stored(table), 0),
				   psprintf("so that there are " INT64_FORMAT, table->ask.number));
			break;
		default:
			break;
	}
}

/* ---- tables that have rows ---- */

static void
check_scale(const PopulateOrder *order)
{
	Datum		one = NumericGetDatum(int64_to_numeric(1));

	if (!order->scaled)
		return;
	if (numeric_is_nan(DatumGetNumeric(order->scale)) ||
		numeric_is_inf(DatumGetNumeric(order->scale)) ||
		DatumGetBool(DirectFunctionCall2(numeric_lt, order->scale, one)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale is %s, but must be 1 or more",
						DatumGetCString(DirectFunctionCall1(numeric_out, order->scale))),
				 errhint("scale => 10 makes tables ten times as large as they are.")));
	if (!OidIsValid(order->namespace))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale is given, but no schema_name"),
				 errhint("It is for the tables of a schema that rows does not list.")));
}

static void
decide_stored(const PopulateOrder *order, PopulateTable *table)
{
	if (table->empty)
		return;
	if (!order->scaled)
		decide(table, 0, "it has rows");
	else
	{
		Datum		stored = NumericGetDatum(int64_to_numeric(table_stored(table)));
		Datum		wanted = DirectFunctionCall1(numeric_ceil,
												 DirectFunctionCall2(numeric_mul, order->scale, stored));

		if (DatumGetBool(DirectFunctionCall2(numeric_ge, wanted,
											 NumericGetDatum(int64_to_numeric(PG_INT64_MAX)))))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("table %s would have too many rows", table->name)));
		decide(table, DatumGetInt64(DirectFunctionCall1(numeric_int8, wanted)) - table->stored,
			   psprintf("%s times " INT64_FORMAT,
						DatumGetCString(DirectFunctionCall1(numeric_out, order->scale)),
						table->stored));
	}
}

/* ---- empty ones that follow ---- */

static bool
counts_for_size(const PopulateKey *key)
{
	return !key->self && !key->later && key->parent != NULL;
}

static bool
is_child_of(const PopulateTable *child, const PopulateTable *parent)
{
	ListCell   *lc;

	foreach(lc, child->keys)
		if (counts_for_size(lfirst(lc)) && ((PopulateKey *) lfirst(lc))->parent == parent)
			return true;
	return false;
}

static int
count_columns(const PopulateTable *table)
{
	int			n = 0;

	for (int i = 0; i < table->schema->nfields; i++)
		n += table->schema->fields[i]->origin != FIELD_DROPPED;
	return n;
}

/* Texts and when they were written, but not of a person. */
static bool
has_words_alone(const PopulateTable *table)
{
	for (int i = 0; i < table->schema->nfields; i++)
	{
		const Field *field = table->schema->fields[i];
		ValueKind	kind = value_kind(field->base_type);

		if (field->semantic != NULL && field->semantic->personal)
			return false;
		if (field->origin != FIELD_DROPPED && kind != VALUE_TEXT && kind != VALUE_TIMESTAMP &&
			kind != VALUE_BOOLEAN && field->reference < 0 &&
			!list_member_int(table->schema->primary_key, i))
			return false;
	}
	return true;
}

static bool
is_lookup(const PopulateTable *table, List *tables)
{
	ListCell   *lc;

	if (count_columns(table) > LOOKUP_COLUMNS || !has_words_alone(table))
		return false;
	foreach(lc, table->keys)
		if (!((PopulateKey *) lfirst(lc))->self)
			return false;
	foreach(lc, tables)
		if (is_child_of(lfirst(lc), table))
			return true;
	return false;
}

/* Do keys of other tables make up one that is unique? */
static bool
is_link(const PopulateTable *table)
{
	const Schema *schema = table->schema;
	ListCell   *lc;

	foreach(lc, schema->uniques)
	{
		const UniqueSet *set = lfirst(lc);
		Bitmapset  *references = NULL;
		bool		all = true;

		for (int i = 0; i < set->nfields; i++)
		{
			const Field *field = schema->fields[set->fields[i]];

			all &= field->reference >= 0;
			if (field->reference >= 0)
				references = bms_add_member(references, field->reference);
		}
		if (all && bms_num_members(references) > 1)
			return true;
	}
	return false;
}

/* How many rows of a parent suit those of a child. */
static int64
parents_for(PopulateTable *child, const PopulateTable *parent)
{
	int64		rows = rows_after(child);
	ListCell   *lc;

	foreach(lc, child->keys)
	{
		const PopulateKey *key = lfirst(lc);

		if (counts_for_size(key) && key->parent == parent && key->unique)
			return rows;
	}
	return (rows + FANOUT - 1) / FANOUT;
}

/* From the tables that refer to it. */
static void
decide_upwards(PopulateTable *table, List *tables)
{
	int64		most = 0;
	ListCell   *lc;

	foreach(lc, tables)
	{
		PopulateTable *child = lfirst(lc);

		if (child->known && child->rows > 0 && is_child_of(child, table))
			most = Max(most, parents_for(child, table));
	}
	if (most > 0)
		decide(table, most, "from the tables that refer to it");
}

/* The largest table that it refers to, and the product of all of them. */
static PopulateTable *
largest_parent(const PopulateTable *table, double *pairs)
{
	PopulateTable *largest = NULL;
	ListCell   *lc;

	*pairs = 1;
	foreach(lc, table->keys)
	{
		PopulateKey *key = lfirst(lc);

		if (!counts_for_size(key))
			continue;
		*pairs *= rows_after(key->parent);
		if (!key->parent->lookup &&
			(largest == NULL || rows_after(key->parent) > rows_after(largest)))
			largest = key->parent;
	}
	return largest;
}

static PopulateKey *
key_of_own(const PopulateTable *table)
{
	ListCell   *lc;

	foreach(lc, table->keys)
		if (counts_for_size(lfirst(lc)) && ((PopulateKey *) lfirst(lc))->unique)
			return lfirst(lc);
	return NULL;
}

static void
decide_most(PopulateTable *table, int64 rows, int64 most, char *how)
{
	if (rows > most)
		decide(table, most, psprintf("%s, at most " INT64_FORMAT, how, most));
	else
		decide(table, rows, how);
}

static void
decide_downwards(PopulateTable *table, int64 most)
{
	double		pairs;
	PopulateTable *parent = largest_parent(table, &pairs);
	PopulateKey *own = key_of_own(table);

	if (table->lookup)
		decide(table, LOOKUP_ROWS, "a lookup table");
	else if (own != NULL)
		decide(table, rows_after(own->parent), psprintf("one for each of %s", own->parent->name));
	else if (is_link(table) && pairs > 0)
		decide_most(table, (parent != NULL ? rows_after(parent) : LOOKUP_ROWS) * LINK_FANOUT,
					(int64) Max(Min(pairs / 2, (double) most), 1),
					psprintf("a link, %d for each of %s", LINK_FANOUT,
							 parent != NULL ? parent->name : "a lookup table"));
	else if (parent != NULL)
		decide_most(table, rows_after(parent) * FANOUT, most,
					psprintf("%d for each of %s", FANOUT, parent->name));
	else
		decide(table, ROOT_ROWS, "it refers to no other table, or to lookup tables");
}

static void
decide_rest(const PopulateOrder *order, List *tables)
{
	int64		most = MOST_ROWS;
	bool		all = true;
	ListCell   *lc;

	foreach(lc, tables)
		all &= ((PopulateTable *) lfirst(lc))->known;
	if (all)
		return;
	foreach(lc, tables)
		if (((PopulateTable *) lfirst(lc))->known)
			most = Max(most, rows_after(lfirst(lc)) * FANOUT);
	for (int i = list_length(tables) - 1; i >= 0; i--)
	{
		PopulateTable *table = list_nth(tables, i);

		if (!table->known && !table->lookup)
		{
			decide_upwards(table, tables);
			if (table->known)
				fit_room(table, order);
		}
	}
	foreach(lc, tables)
	{
		PopulateTable *table = lfirst(lc);

		if (table->known)
			continue;
		if (table->ask.per != NULL)
			counts_decide_per(table);
		else
		{
			decide_downwards(table, most);
			fit_room(table, order);
		}
	}
}

/* An empty table that is not listed is as large as its template says. */
static void
take_usual(PopulateTable *table)
{
	PopulateAsk *usual;

	if (table->ask.key != NULL || !table->empty)
		return;
	usual = ask_usual(RelationGetRelid(table->rel), RelationGetRelationName(table->rel));
	if (usual == NULL)
		return;
	table->ask = *usual;
	table->usual = true;
}

/* Tables come parents first. */
void
counts_decide(const PopulateOrder *order, List *tables)
{
	ListCell   *lc;

	check_scale(order);
	foreach(lc, tables)
	{
		PopulateTable *table = lfirst(lc);

		take_usual(table);
		table->lookup = is_lookup(table, tables);
		if (table->ask.key != NULL)
			decide_listed(order, table);
		else
			decide_stored(order, table);
	}
	/* before others follow, what is counted by a table that is known */
	foreach(lc, tables)
	{
		PopulateTable *table = lfirst(lc);
		PopulateKey *key = table->ask.per != NULL ? find_per(table) : NULL;

		if (key != NULL && (key->parent == NULL || key->parent->known))
			counts_decide_per(table);
	}
	decide_rest(order, tables);
}
