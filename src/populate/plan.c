/*-------------------------------------------------------------------------
 *
 * plan.c
 *		The plan of filling several tables: from what is asked for to what will
 *		be done, and what people are told of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "lib/stringinfo.h"
#include "populate/populate.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

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
			key_check_update(key);
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

			if (key->later && !key_waits_as_null(key))
				return true;
		}
	return false;
}

/* ---- keys without rows ---- */

/* A key that waits, cannot be NULL, and needs a parent of its own for each row. */
static void
check_parents_suffice(const PopulateKey *key)
{
	if (!key->later || !key->unique || key_waits_as_null(key) ||
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
							 key_waits_as_null(key) ? "is NULL" : "holds a stand-in",
							 key->parent->name);
		else if (key->self && !key->unique)
			appendStringInfo(&text, "; a tree by %s", key_columns(key));
	}
	return text.data;
}
