/*-------------------------------------------------------------------------
 *
 * tables.c
 *		Which tables: those that are listed, and those of a schema.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "populate/populate.h"
#include "schema/rules.h"
#include "storage/bufmgr.h"
#include "util/nearest.h"
#include "util/rng.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

/* ---- names ---- */

/* As short as it can be found by. */
char *
relation_name(Oid relid)
{
	return RelationIsVisible(relid) ? pstrdup(quote_identifier(get_rel_name(relid))) :
		relation_sql_name(relid);
}

/* "schema.table", written as in SQL. */
static Oid
find_written(const char *key)
{
	char	   *copy = pstrdup(key);
	List	   *names;

	if (!SplitIdentifierString(copy, '.', &names) || list_length(names) < 1 ||
		list_length(names) > 2)
		return InvalidOid;
	if (list_length(names) == 1)
		return RelnameGetRelid(linitial(names));
	{
		Oid			namespace = get_namespace_oid(linitial(names), true);

		return OidIsValid(namespace) ? get_relname_relid(lsecond(names), namespace) : InvalidOid;
	}
}

static Oid
find_relation(const char *key, Oid namespace)
{
	Oid			relid = InvalidOid;

	if (strlen(key) < NAMEDATALEN)
		relid = OidIsValid(namespace) ? get_relname_relid(key, namespace) : RelnameGetRelid(key);
	return OidIsValid(relid) ? relid : find_written(key);
}

static bool
is_fillable_kind(char relkind)
{
	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE ||
		relkind == RELKIND_FOREIGN_TABLE;
}

/* By name, as the order decides what is made. */
static int
compare_by_name(const ListCell *a, const ListCell *b)
{
	return strcmp(get_rel_name(lfirst_oid(a)), get_rel_name(lfirst_oid(b)));
}

/* Tables of users in a schema, or of those in the search path. */
static List *
user_tables(Oid namespace)
{
	Relation	catalog = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *oids = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if (is_fillable_kind(form->relkind) && form->oid >= FirstNormalObjectId &&
			(OidIsValid(namespace) ? form->relnamespace == namespace :
			 RelationIsVisible(form->oid)))
			oids = lappend_oid(oids, form->oid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	list_sort(oids, compare_by_name);
	return oids;
}

pg_noreturn static void
report_unknown(const char *what, const char *key, Oid namespace)
{
	List	   *known = user_tables(namespace);
	const char **names = palloc(sizeof(char *) * Max(list_length(known), 1));
	const char *nearest;
	ListCell   *lc;

	foreach(lc, known)
		names[foreach_current_index(lc)] = get_rel_name(lfirst_oid(lc));
	nearest = nearest_name(key, names, list_length(known));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 OidIsValid(namespace) ?
			 errmsg("%s: there is no table \"%s\" in schema \"%s\"", what, key,
					get_namespace_name(namespace)) :
			 errmsg("%s: there is no table \"%s\"", what, key),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) : 0));
}

/* ---- counting ---- */

static int64
query_count(const char *sql)
{
	bool		isnull;
	int64		count;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	PushActiveSnapshot(GetTransactionSnapshot());
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not count rows");
	count = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	PopActiveSnapshot();
	SPI_finish();
	return count;
}

static const char *
only_of(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_RELATION ? "ONLY " : "";
}

int64
table_stored(PopulateTable *table)
{
	Oid			relid = RelationGetRelid(table->rel);

	if (table->stored < 0)
		table->stored = query_count(psprintf("SELECT pg_catalog.count(*) FROM %s%s",
											 only_of(relid), relation_sql_name(relid)));
	return table->stored;
}

bool
relation_is_empty(Oid relid)
{
	return query_count(psprintf("SELECT pg_catalog.count(*) FROM (SELECT FROM %s%s LIMIT 1) AS t",
								only_of(relid), relation_sql_name(relid))) == 0;
}

/* ---- tables ---- */

static void
check_kind(Oid relid, const char *key)
{
	char		relkind = get_rel_relkind(relid);

	if (!is_fillable_kind(relkind))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("rows of \"%s\": it is not a table", key),
				 errhint("Rows go into tables, partitioned tables and foreign tables.")));
}

static void
check_privilege(Oid relid)
{
	AclResult	acl = pg_class_aclcheck(relid, GetUserId(), ACL_INSERT);

	if (acl != ACLCHECK_OK)
		acl = pg_attribute_aclcheck_all(relid, GetUserId(), ACL_INSERT, ACLMASK_ANY);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, get_relkind_objtype(get_rel_relkind(relid)), get_rel_name(relid));
}

/* The schema with what the document says laid over it, judged as a whole. */
static Schema *
make_schema(Relation rel, const PopulateAsk *ask, int *ncatalog)
{
	Faults		faults = {.collect = false};
	Schema	   *schema = schema_from_relation(rel, true);

	*ncatalog = list_length(schema->references);
	rules_apply(schema, &faults);
	if (ask->schema != NULL)
		schema = schema_from_document(ask->schema, schema, &faults);
	if (ask->condition != NULL)
		schema_apply_condition(schema, ask->condition, &faults);
	schema_prepare(schema, &faults);
	return schema;
}

/* Who may not look into a table learns of its size at most. */
static bool
looks_empty(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(relid, GetUserId(), ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK)
		return relation_is_empty(relid);
	return RELKIND_HAS_STORAGE(rel->rd_rel->relkind) && RelationGetNumberOfBlocks(rel) == 0;
}

static void
tell_table(void *arg)
{
	errcontext("rows of table %s", (char *) arg);
}

static PopulateTable *
open_table(Oid relid, const PopulateAsk *ask, uint64 seed)
{
	PopulateTable *table = palloc0(sizeof(PopulateTable));
	ErrorContextCallback callback = {error_context_stack, tell_table, relation_name(relid)};
	const char *name;

	if (ask != NULL)
		table->ask = *ask;
	check_privilege(relid);
	table->rel = relation_open_found(relid, RowExclusiveLock);
	error_context_stack = &callback;
	name = RelationGetRelationName(table->rel);
	table->name = relation_name(relid);
	table->schema = make_schema(table->rel, &table->ask, &table->ncatalog);
	table->stored = -1;
	table->empty = looks_empty(table->rel);
	table->place = -1;
	table->seed = rng_combine(seed, rng_hash(name, strlen(name)));
	error_context_stack = callback.previous;
	return table;
}

static List *
add_listed(List *oids, List *asks, const PopulateOrder *order, List **tables)
{
	ListCell   *lc;

	foreach(lc, asks)
	{
		PopulateAsk *ask = lfirst(lc);
		Oid			relid = find_relation(ask->key, order->namespace);

		CHECK_FOR_INTERRUPTS();
		if (!OidIsValid(relid))
			report_unknown("rows", ask->key, order->namespace);
		check_kind(relid, ask->key);
		if (list_member_oid(oids, relid))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("rows of \"%s\": table %s is listed twice", ask->key,
							relation_name(relid))));
		oids = lappend_oid(oids, relid);
		*tables = lappend(*tables, open_table(relid, ask, order->seed));
	}
	return oids;
}

/*
 * Does it follow where a schema is filled?  Rows reach partitions through
 * their root, and what is elsewhere, or an extension's, has to be listed.
 */
static bool
follows_schema(Oid relid)
{
	return get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE && !get_rel_relispartition(relid) &&
		!OidIsValid(getExtensionOfObject(RelationRelationId, relid));
}

static List *
find_excluded(const PopulateOrder *order, List *listed)
{
	List	   *excluded = NIL;
	ListCell   *lc;

	foreach(lc, order->exclude)
	{
		const char *name = lfirst(lc);
		Oid			relid = find_relation(name, order->namespace);

		if (!OidIsValid(relid))
			report_unknown("exclude", name, order->namespace);
		if (list_member_oid(listed, relid))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("table %s is both listed and excluded", relation_name(relid))));
		excluded = lappend_oid(excluded, relid);
	}
	return excluded;
}

List *
tables_find(const PopulateOrder *order)
{
	List	   *tables = NIL;
	List	   *listed = add_listed(NIL, asks_read(order->rows), order, &tables);
	List	   *excluded = find_excluded(order, listed);
	ListCell   *lc;

	if (OidIsValid(order->namespace))
	{
		foreach(lc, user_tables(order->namespace))
		{
			CHECK_FOR_INTERRUPTS();
			if (follows_schema(lfirst_oid(lc)) && !list_member_oid(listed, lfirst_oid(lc)) &&
				!list_member_oid(excluded, lfirst_oid(lc)))
				tables = lappend(tables, open_table(lfirst_oid(lc), NULL, order->seed));
		}
	}
	if (tables == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no table to fill"),
				 errhint("Give rows, as in {\"customers\": 1000}, or schema_name.")));
	return tables;
}
