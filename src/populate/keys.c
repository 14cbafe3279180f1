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

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "populate/populate.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

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

int
key_other_reference(const Schema *schema, int field, int not)
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
		key_other_reference(schema, field, index) < 0;
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

bool
key_waits_as_null(const PopulateKey *key)
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
	return (key_waits_as_null(key) ? 0 : 2) + (key->unique ? 0 : 1);
}

void
key_check_update(const PopulateKey *key)
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
