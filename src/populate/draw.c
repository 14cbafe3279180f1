/*-------------------------------------------------------------------------
 *
 * draw.c
 *		How keys are drawn: from which rows of the parent, how often each, and
 *		what stands in for a key that waits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "populate/populate.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define PLAUSIBLE_SKEW	0.5		/* the busiest of n keys: sqrt(n) / 2 times the mean */
#define MOST_KEYS		2000000 /* of a pool */
#define MOST_LARGE_KEYS	400000	/* that do not fit into a Datum */
#define FEW_ROWS		20000	/* that do not need more keys than usual */
#define STAND_IN_ROOM	64		/* numbers for each stand-in */
#define TREE_GROWTH		5		/* children a level, for each row above */

/* ---- how keys are drawn ---- */

/* Gives the fields of a reference that is not drawn to whoever else has them. */
static void
release_fields(Schema *schema, int index, bool self)
{
	const Reference *reference = list_nth(schema->references, index);

	for (int k = 0; k < reference->ncolumns; k++)
	{
		int			i = reference->fields[k];
		Field	   *field = schema->fields[i];
		int			other = key_other_reference(schema, i, index);

		if (field->reference != index)
			continue;
		if (other >= 0)
		{
			const Reference *taker = list_nth(schema->references, other);

			field->reference = other;
			for (int j = 0; j < taker->ncolumns; j++)
				if (taker->fields[j] == i)
					field->reference_column = j;
		}
		else if (self ? reference->attnums[k] - 1 == i : field->required)
			field->reference = -1;
	}
}

/* The rows that a table is given are those of the new rows of another. */
static void
mark_per(const PopulateTable *table, Schema *schema, Reference *reference)
{
	const PopulateTable *parent = table->per->parent;

	if (table->ask.kind == ASK_BETWEEN && !schema->fields[reference->fields[0]]->per_series)
	{
		reference->draw.counted = true;
		reference->draw.low = table->ask.low;
		reference->draw.high = table->ask.high;
		reference->draw.most = PG_INT32_MAX;
		/* rows of a key that is counted are no longer distinct by construction */
		schema_probe_reference(schema, table->rel, table->per->reference);
	}
	if (parent != NULL && parent->rows > 0)
	{
		reference->draw.since_xid = GetCurrentTransactionId();
		reference->draw.since_command = parent->since_command;
	}
}

static int64
highest_integer(Oid type)
{
	return type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX;
}

/*
 * What stands in for keys that are unique must not be one of those that
 * others get: numbers are among the highest that there are, with room beside
 * the stand-ins of whoever else fills the table now.
 */
static void
mark_stand_ins(const PopulateTable *table, Schema *schema, const Reference *reference)
{
	for (int k = 0; k < reference->ncolumns; k++)
	{
		Field	   *field = schema->fields[reference->fields[k]];
		int64		highest = highest_integer(field->base_type);
		int64		lowest;

		if (field->reference >= 0 || !field->unique || field->minimum.set || field->maximum.set ||
			value_kind(field->base_type) != VALUE_INTEGER || field->base_type == OIDOID)
			continue;
		lowest = highest - Min(highest / 2, Min(table->rows, highest / STAND_IN_ROOM) * STAND_IN_ROOM);
		field->minimum.set = true;
		field->minimum.value = field->base_type == INT2OID ? Int16GetDatum((int16) lowest) :
			field->base_type == INT4OID ? Int32GetDatum((int32) lowest) : Int64GetDatum(lowest);
	}
}

/* The roots of a tree are its first rows, unless more is known. */
static void
mark_tree(Schema *schema, const Reference *reference)
{
	for (int k = 0; k < reference->ncolumns; k++)
		if (field_null_fraction(schema->fields[reference->fields[k]]) < 0)
			schema->fields[reference->fields[k]]->null_fraction = 0;
}

/* Nobody has the same category twice. */
static void
mark_varied(Schema *schema)
{
	for (int i = 0; i < schema->nfields; i++)
		if (value_kind(schema->fields[i]->base_type) == VALUE_TEXT &&
			schema->fields[i]->reference < 0)
			schema->fields[i]->varied = true;
}

/* How many keys suffice, so that most parents of many rows can have some. */
static int
keys_worth_having(const PopulateTable *table, const Schema *schema, const Reference *reference)
{
	if (table->rows < FEW_ROWS)
		return 0;
	for (int k = 0; k < reference->ncolumns; k++)
		if (!get_typbyval(schema->fields[reference->fields[k]]->base_type))
			return MOST_LARGE_KEYS;
	return MOST_KEYS;
}

void
populate_mark_keys(const PopulateTable *table, Schema *schema)
{
	ListCell   *lc;

	if (table->lookup)
		mark_varied(schema);

	foreach(lc, table->keys)
	{
		const PopulateKey *key = lfirst(lc);
		Reference  *reference = list_nth(schema->references, key->reference);

		reference->draw.skew = PLAUSIBLE_SKEW;
		reference->draw.most = keys_worth_having(table, schema, reference);
		if (key == table->per)
			mark_per(table, schema, reference);
		if (key->self && !key->later)
			mark_tree(schema, reference);
	}
}

void
populate_mark_waiting(const PopulateTable *table, Schema *schema)
{
	ListCell   *lc;

	foreach(lc, table->keys)
	{
		const PopulateKey *key = lfirst(lc);
		Reference  *reference;

		if (!key->later)
			continue;
		reference = list_nth(schema->references, key->reference);
		reference->draw.later = true;
		release_fields(schema, key->reference, false);
		mark_stand_ins(table, schema, reference);
	}
}

/* ---- trees ---- */

bool
populate_has_tree(const PopulateTable *table)
{
	ListCell   *lc;

	foreach(lc, table->keys)
	{
		const PopulateKey *key = lfirst(lc);

		if (key->self && !key->unique && !key->later)
			return true;
	}
	return false;
}

/* The smallest number whose square is not less. */
static int64
root_of(int64 n)
{
	int64		root = 0;

	while (root * root < n)
		root++;
	return root;
}

/*
 * A third of the square root of all are roots: 4 of 100, 34 of 10,000.  Each
 * further level hangs on all that is there.
 */
int64
populate_tree_step(const PopulateTable *table, int64 done)
{
	int64		there = (table->empty ? 0 : Max(table->stored, 1)) + done;
	int64		step = there == 0 ? (root_of(table->rows) + 2) / 3 : there * TREE_GROWTH;

	return Min(step, table->rows - done);
}

/* While there is no row, what a key shares with others is theirs. */
void
populate_mark_roots(const PopulateTable *table, Schema *schema, bool roots)
{
	ListCell   *lc;

	foreach(lc, table->keys)
	{
		const PopulateKey *key = lfirst(lc);
		const Reference *reference = key_reference(key);

		if (!key->self || key->later)
			continue;
		if (roots)
			release_fields(schema, key->reference, true);
		for (int k = 0; !roots && k < reference->ncolumns; k++)
		{
			const Field *drawn = table->schema->fields[reference->fields[k]];

			schema->fields[reference->fields[k]]->reference = drawn->reference;
			schema->fields[reference->fields[k]]->reference_column = drawn->reference_column;
		}
	}
}
