/*-------------------------------------------------------------------------
 *
 * keys.c
 *		The references between tables, and the order in which they let the
 *		tables be filled.
 *
 * Parents come before their children.  Where tables refer to each other in a
 * circle, one key of it waits: its columns are NULL at first, or hold stand-ins
 * while the triggers that would judge them wait, and are set by an UPDATE when
 * both tables are filled.  A key that may be NULL is preferred, then one that
 * says of each parent which is its only child, as a shop's manager.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type_d.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "populate/populate.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define PLAUSIBLE_SKEW	0.5		/* the busiest of n keys: sqrt(n) / 2 times the mean */
#define MOST_KEYS		2000000 /* of a pool */
#define MOST_LARGE_KEYS	400000	/* that do not fit into a Datum */
#define FEW_ROWS		20000	/* that do not need more keys than usual */
#define STAND_IN_ROOM	64		/* numbers for each stand-in */
#define TREE_GROWTH		5		/* children a level, for each row above */

const Reference *
key_reference(const PopulateKey *key)
{
	return list_nth(key->child->schema->references, key->reference);
}

/* "a, b" */
char *
key_columns(const PopulateKey *key)
{
	const Reference *reference = key_reference(key);
	StringInfoData names;

	initStringInfo(&names);
	for (int k = 0; k < reference->ncolumns; k++)
		appendStringInfo(&names, "%s%s", k > 0 ? ", " : "",
						 key->child->schema->fields[reference->fields[k]]->name);
	return names.data;
}

/* ---- what a key is ---- */

/* Another reference that a field belongs to, or -1. */
static int
other_reference(const Schema *schema, int field, int not)
{
	for (int i = 0; i < list_length(schema->references); i++)
		if (i != not && reference_has_field(list_nth(schema->references, i), field))
			return i;
	return -1;
}

/* Does this reference alone say what is in the field? */
static bool
draws_alone(const Schema *schema, int index, int field)
{
	return schema->fields[field]->origin == FIELD_MADE &&
		schema->fields[field]->reference == index &&
		other_reference(schema, field, index) < 0;
}

bool
key_sets(const PopulateKey *key, int column)
{
	const Schema *schema = key->child->schema;
	int			field = key_reference(key)->fields[column];

	return draws_alone(schema, key->reference, field) &&
		!list_member_int(schema->primary_key, field);
}

static bool
is_required(const Schema *schema, int index)
{
	const Reference *reference = list_nth(schema->references, index);
	bool		draws = false;
	bool		all = true;

	for (int k = 0; k < reference->ncolumns; k++)
	{
		const Field *field = schema->fields[reference->fields[k]];

		all &= field->required;
		if (field->reference != index || field->origin != FIELD_MADE)
			continue;
		if (!field->required)
			return false;
		draws = true;
	}
	return draws || all;
}

static PopulateTable *
table_of(List *tables, Oid relid)
{
	ListCell   *lc;

	foreach(lc, tables)
		if (RelationGetRelid(((PopulateTable *) lfirst(lc))->rel) == relid)
			return lfirst(lc);
	return NULL;
}

/* Can an UPDATE set it afterwards? */
static bool
can_wait(const PopulateKey *key)
{
	if (key->child->rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE || key->documented)
		return false;
	for (int k = 0; k < key_reference(key)->ncolumns; k++)
		if (key_sets(key, k))
			return true;
	return false;
}

/* A column of the key that would have to be set, and may not be; or -1. */
static int
forbidden_column(const PopulateKey *key)
{
	const Reference *reference = key_reference(key);
	Oid			relid = RelationGetRelid(key->child->rel);

	for (int k = 0; k < reference->ncolumns; k++)
		if (key_sets(key, k) &&
			pg_class_aclcheck(relid, GetUserId(), ACL_UPDATE) != ACLCHECK_OK &&
			pg_attribute_aclcheck(relid, reference->fields[k] + 1, GetUserId(),
								  ACL_UPDATE) != ACLCHECK_OK)
			return k;
	return -1;
}

/*
 * Has each row one child at most?  A chain, and no tree.  Where each also has to
 * be a child, it is a ring, or else each row is its own.
 */
static bool
is_chain(const PopulateKey *key)
{
	return key->self && key->unique && can_wait(key) &&
		(!key->required || forbidden_column(key) < 0);
}

/* Is it NULL while it waits? */
static bool
waits_as_null(const PopulateKey *key)
{
	const Schema *schema = key->child->schema;
	const Reference *reference = key_reference(key);
	bool		any = false;
	bool		all = true;

	for (int k = 0; k < reference->ncolumns; k++)
	{
		bool		null = key_sets(key, k) && !schema->fields[reference->fields[k]]->required;

		any |= null;
		all &= null;
	}
	return reference->full ? all : any;
}

static void
find_keys_of(PopulateTable *table, List *tables)
{
	const Schema *schema = table->schema;

	for (int i = 0; i < list_length(schema->references); i++)
	{
		const Reference *reference = list_nth(schema->references, i);
		PopulateKey *key = palloc0(sizeof(PopulateKey));

		key->child = table;
		key->reference = i;
		key->parent_relid = reference->relid;
		key->self = reference->self;
		key->documented = i >= table->ncatalog;
		key->parent = key->self ? table : table_of(tables, reference->relid);
		key->required = is_required(schema, i);
		key->unique = reference_is_unique(schema, reference);
		key->later = is_chain(key);
		table->keys = lappend(table->keys, key);
	}
}

void
keys_find(List *tables)
{
	ListCell   *lc;

	foreach(lc, tables)
		find_keys_of(lfirst(lc), tables);
}

/* ---- the order ---- */

/* Must the parent be filled first? */
static bool
holds_up(const PopulateKey *key)
{
	return key->parent != NULL && !key->self && !key->later && key->parent->place < 0;
}

static PopulateKey *
first_held(const PopulateTable *table)
{
	ListCell   *lc;

	foreach(lc, table->keys)
		if (holds_up(lfirst(lc)))
			return lfirst(lc);
	return NULL;
}

/* From a table that has to wait, upwards, until a table comes again. */
static List *
find_circle(PopulateTable *table)
{
	List	   *path = NIL;
	List	   *seen = NIL;

	while (!list_member_ptr(seen, table))
	{
		PopulateKey *key = first_held(table);

		seen = lappend(seen, table);
		path = lappend(path, key);
		table = key->parent;
	}
	while (((PopulateKey *) linitial(path))->child != table)
		path = list_delete_first(path);
	return path;
}

pg_noreturn static void
report_circle(List *circle)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, circle)
	{
		PopulateKey *key = lfirst(lc);

		appendStringInfo(&text, "%s (%s) -> ", key->child->name, key_columns(key));
	}
	appendStringInfoString(&text, ((PopulateKey *) linitial(circle))->child->name);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("tables refer to each other in a circle: %s", text.data),
			 errdetail("Each of these keys is part of a primary key, or of another foreign key."),
			 errhint("Let one of the keys have columns of its own, or exclude a table.")));
}

/* Lower is better. */
static int
cost_of_waiting(const PopulateKey *key)
{
	return (waits_as_null(key) ? 0 : 2) + (key->unique ? 0 : 1);
}

static void
check_update(const PopulateKey *key)
{
	int			forbidden = forbidden_column(key);

	if (forbidden >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for table %s", RelationGetRelationName(key->child->rel)),
				 errdetail("Tables refer to each other, so that column \"%s\" is set by an UPDATE.",
						   key->child->schema->fields[key_reference(key)->fields[forbidden]]->name)));
}

static void
break_circle(List *circle)
{
	PopulateKey *best = NULL;
	ListCell   *lc;

	foreach(lc, circle)
	{
		PopulateKey *key = lfirst(lc);

		if (can_wait(key) && (best == NULL || cost_of_waiting(key) < cost_of_waiting(best)))
			best = key;
	}
	if (best == NULL)
		report_circle(circle);
	best->later = true;
}

/* Whether sums of a table's rows go into rows of the parent. */
static bool
sums_into(const PopulateTable *table, Oid parent)
{
	ListCell   *lc;

	foreach(lc, table->schema->sums)
	{
		const Sum  *sum = lfirst(lc);
		const Reference *reference = list_nth(table->schema->references, sum->reference);

		if (reference->relid == parent)
			return true;
	}
	return false;
}

/* Are columns of rows that it refers to still to be set, as sums of others? */
static bool
waits_for_sums(const PopulateTable *table, List *tables)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, table->keys)
		foreach(other, tables)
		{
			const PopulateTable *summed = lfirst(other);

			if (summed != table && summed->place < 0 &&
				sums_into(summed, ((PopulateKey *) lfirst(lc))->parent_relid))
				return true;
		}
	return false;
}

/*
 * Places what can be filled now; *waiting becomes one that can not.  Where sums
 * are in nobody else's way, they come first.
 */
static bool
place_tables(List *tables, List **order, bool for_sums, PopulateTable **waiting)
{
	bool		placed = false;
	ListCell   *lc;

	*waiting = NULL;
	foreach(lc, tables)
	{
		PopulateTable *table = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (table->place >= 0)
			continue;
		if (first_held(table) != NULL)
		{
			*waiting = *waiting != NULL ? *waiting : table;
			continue;
		}
		if (for_sums && waits_for_sums(table, tables))
			continue;
		table->place = list_length(*order);
		*order = lappend(*order, table);
		placed = true;
		if (!for_sums)
			break;
	}
	return placed;
}

List *
keys_order(List *tables)
{
	List	   *order = NIL;

	while (list_length(order) < list_length(tables))
	{
		PopulateTable *waiting;

		if (!place_tables(tables, &order, true, &waiting) &&
			!place_tables(tables, &order, false, &waiting))
			break_circle(find_circle(waiting));
	}
	return order;
}

/* ---- what waits ---- */

/* With the numbers of rows known: keys to tables that get none need not wait. */
static void
settle_waiting(PopulateTable *table)
{
	ListCell   *lc;

	foreach(lc, table->keys)
	{
		PopulateKey *key = lfirst(lc);

		if (key->later && (table->rows == 0 || key->parent->rows == 0))
			key->later = false;
		if (key->later)
			check_update(key);
	}
}

bool
populate_holds_triggers(List *tables)
{
	ListCell   *lc;
	ListCell   *lk;

	foreach(lc, tables)
		foreach(lk, ((PopulateTable *) lfirst(lc))->keys)
		{
			PopulateKey *key = lfirst(lk);

			if (key->later && !waits_as_null(key))
				return true;
		}
	return false;
}

/* ---- keys without rows ---- */

/* A key that waits, cannot be NULL, and needs a parent of its own for each row. */
static void
check_parents_suffice(const PopulateKey *key)
{
	if (!key->later || !key->unique || waits_as_null(key) ||
		key->parent->rows >= key->child->rows)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("table %s gets " INT64_FORMAT " rows, each with a row of table %s of its own, which gets " INT64_FORMAT,
					key->child->name, key->child->rows, key->parent->name, key->parent->rows),
			 errdetail("Foreign key \"%s\" is on (%s), which is unique and cannot be NULL.",
					   key_reference(key)->name, key_columns(key))));
}

static void
check_parent(const PopulateKey *key)
{
	if (!key->required || key->self || (key->parent != NULL && key->parent->rows > 0) ||
		!relation_is_empty(key->parent_relid))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("table %s needs rows of table %s, which has none and gets none",
					key->child->name, relation_name(key->parent_relid)),
			 errdetail("Foreign key \"%s\" is on (%s), which cannot be NULL.",
					   key_reference(key)->name, key_columns(key)),
			 errhint("Add %s to rows, as in {\"%s\": 100}.", relation_name(key->parent_relid),
					 get_rel_name(key->parent_relid))));
}

List *
populate_plan(const PopulateOrder *order)
{
	List	   *tables = tables_find(order);
	ListCell   *lc;
	ListCell   *lk;

	keys_find(tables);
	tables = keys_order(tables);
	counts_decide(order, tables);
	foreach(lc, tables)
	{
		PopulateTable *table = lfirst(lc);

		settle_waiting(table);
		if (table->rows == 0)
			continue;
		foreach(lk, table->keys)
		{
			check_parent(lfirst(lk));
			check_parents_suffice(lfirst(lk));
		}
	}
	return tables;
}

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
		int			other = other_reference(schema, i, index);

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

/* ---- for people ---- */

List *
populate_reads(const PopulateTable *table, bool learned)
{
	List	   *oids = NIL;
	ListCell   *lc;

	if (table->rows == 0)
		return NIL;
	if (learned && !table->empty)
		oids = lappend_oid(oids, RelationGetRelid(table->rel));
	foreach(lc, table->keys)
		oids = list_append_unique_oid(oids, ((PopulateKey *) lfirst(lc))->parent_relid);
	return oids;
}

char *
populate_describe(const PopulateTable *table, bool learned)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	appendStringInfoString(&text, table->how);
	if (learned && table->rows > 0 && !table->empty)
		appendStringInfoString(&text, "; like the rows that are there");
	foreach(lc, table->keys)
	{
		const PopulateKey *key = lfirst(lc);

		if (table->rows == 0)
			break;
		if (key->later)
			appendStringInfo(&text, "; %s %s until %s is filled", key_columns(key),
							 waits_as_null(key) ? "is NULL" : "holds a stand-in",
							 key->parent->name);
		else if (key->self && !key->unique)
			appendStringInfo(&text, "; a tree by %s", key_columns(key));
	}
	return text.data;
}
