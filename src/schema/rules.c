/*-------------------------------------------------------------------------
 *
 * rules.c
 *		Rules of tables: parts of a schema document that stay with a table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_seclabel.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "schema/rules.h"
#include "util/jsonb_edit.h"
#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* ---- the provider ---- */

/*
 * Whoever sets a label is its object's owner: the server has seen to that.
 * What the label says is judged when it is set by synthik_rule(), and when it
 * is used: in a restore, what it names may not be there yet.
 */
static void
check_label(const ObjectAddress *object, const char *label)
{
	Jsonb	   *rule;

	if (object->classId != RelationRelationId)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("rules are for tables and their columns")));
	if (label == NULL)
		return;
	rule = jsonb_of_text(label);
	if (!JB_ROOT_IS_OBJECT(rule))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a rule must be a JSON object"),
				 errhint("synthik_rule sets rules.")));
}

void
rules_init(void)
{
	register_label_provider(RULES_PROVIDER, check_label);
}

/* ---- reading ---- */

/* A rule of a relation. */
typedef struct Rule
{
	int			attnum;			/* 0: of the table */
	Jsonb	   *rule;
} Rule;

static int
compare_rules(const ListCell *a, const ListCell *b)
{
	return ((const Rule *) lfirst(a))->attnum - ((const Rule *) lfirst(b))->attnum;
}

static List *
add_rule(List *rules, int attnum, Jsonb *document)
{
	Rule	   *rule = palloc(sizeof(Rule));

	rule->attnum = attnum;
	rule->rule = document;
	return lappend(rules, rule);
}

/* All that are stored for a relation, but for one column, by their columns. */
static List *
stored_rules(Oid relid, int except)
{
	Relation	catalog = table_open(SecLabelRelationId, AccessShareLock);
	List	   *rules = NIL;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_seclabel_objoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_seclabel_classoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	scan = systable_beginscan(catalog, SecLabelObjectIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		TupleDesc	desc = RelationGetDescr(catalog);
		bool		isnull;
		int			attnum = ((FormData_pg_seclabel *) GETSTRUCT(tuple))->objsubid;
		Datum		provider = heap_getattr(tuple, Anum_pg_seclabel_provider, desc, &isnull);
		Datum		label = heap_getattr(tuple, Anum_pg_seclabel_label, desc, &isnull);

		if (attnum != except && strcmp(TextDatumGetCString(provider), RULES_PROVIDER) == 0)
			rules = add_rule(rules, attnum, jsonb_of_text(TextDatumGetCString(label)));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return rules;
}

static bool
has_rule(List *rules, int attnum)
{
	ListCell   *cell;

	foreach(cell, rules)
		if (((const Rule *) lfirst(cell))->attnum == attnum)
			return true;
	return false;
}

/* A partition has the rules of its parents, where it has none of its own. */
static List *
add_inherited(List *rules, Oid relid)
{
	ListCell   *ancestor;
	ListCell   *cell;

	if (!get_rel_relispartition(relid))
		return rules;
	foreach(ancestor, get_partition_ancestors(relid))
		foreach(cell, stored_rules(lfirst_oid(ancestor), -1))
		{
			const Rule *rule = lfirst(cell);
			int			attnum = rule->attnum == 0 ? 0 :
				get_attnum(relid, get_attname(lfirst_oid(ancestor), rule->attnum, false));

			if (!has_rule(rules, attnum))
				rules = add_rule(rules, attnum, rule->rule);
		}
	return rules;
}

static void
append_field(StringInfo fields, const char *name, Jsonb *rule)
{
	/* the name is not the rule's matter */
	rule = jsonb_joined(rule, jsonb_of_pair("name", name));
	if (fields->len > 0)
		appendStringInfoString(fields, ", ");
	JsonbToCString(fields, &rule->root, VARSIZE(rule));
}

Jsonb *
rules_document(Oid relid, int attnum, Jsonb *rule)
{
	List	   *rules = stored_rules(relid, attnum);
	Jsonb	   *document = jsonb_of_text("{}");
	StringInfoData fields;
	JsonbValue *hidden;
	Jsonb	   *columns;
	ListCell   *cell;

	if (rule != NULL)
		rules = add_rule(rules, attnum, rule);
	rules = add_inherited(rules, relid);
	if (rules == NIL)
		return NULL;
	list_sort(rules, compare_rules);
	initStringInfo(&fields);
	foreach(cell, rules)
	{
		const Rule *one = lfirst(cell);

		if (one->attnum == 0)
			document = one->rule;
		else
			append_field(&fields, get_attname(relid, one->attnum, false), one->rule);
	}
	hidden = jsonb_member(document, "fields");
	columns = jsonb_of_text(psprintf("[%s]", fields.data));
	if (jsonb_is_array(hidden))
		columns = jsonb_joined(JsonbValueToJsonb(hidden), columns);
	return jsonb_with(document, "fields", columns);
}

JsonbValue *
rules_word(Oid relid, const char *word)
{
	ListCell   *cell;

	foreach(cell, stored_rules(relid, -1))
	{
		const Rule *rule = lfirst(cell);

		if (rule->attnum == 0)
			return jsonb_member(rule->rule, word);
	}
	return NULL;
}

/* ---- writing ---- */

/* The word that SECURITY LABEL and the like have for a relation. */
static const char *
relation_word(Oid relid)
{
	switch (get_rel_relkind(relid))
	{
		case RELKIND_VIEW:
			return "VIEW";
		case RELKIND_MATVIEW:
			return "MATERIALIZED VIEW";
		case RELKIND_FOREIGN_TABLE:
			return "FOREIGN TABLE";
		default:
			return "TABLE";
	}
}

/* The server itself stores labels, and asks who may. */
void
rules_store(Oid relid, int attnum, Jsonb *rule)
{
	char	   *label = rule != NULL ? text_of_jsonb(rule) : NULL;
	char	   *name = relation_sql_name(relid);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SECURITY LABEL FOR %s ON ", RULES_PROVIDER);
	if (attnum != 0)
		appendStringInfo(&sql, "COLUMN %s.%s", name,
						 quote_identifier(get_attname(relid, attnum, false)));
	else
		appendStringInfo(&sql, "%s %s", relation_word(relid), name);
	appendStringInfo(&sql, " IS %s", label != NULL ? quote_literal_cstr(label) : "NULL");
	if (SPI_connect() != SPI_OK_CONNECT || SPI_execute(sql.data, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not set a security label");
	SPI_finish();
}

/* ---- laying over ---- */

static void
rules_context(void *argument)
{
	const Schema *schema = argument;
	char	   *name = get_rel_name(schema->relid);

	errcontext("rules of table \"%s\"", name != NULL ? name : "?");
}

void
rules_lay(Schema *schema, Jsonb *document, Faults *faults)
{
	ErrorContextCallback callback = {error_context_stack, rules_context, schema};
	int			nchecks = list_length(schema->checks);
	ListCell   *cell;

	error_context_stack = &callback;
	(void) schema_from_document(document, schema, faults);
	error_context_stack = callback.previous;
	for_each_from(cell, schema->checks, nchecks)
		((Check *) lfirst(cell))->ruled = true;
}

void
rules_apply(Schema *schema, Faults *faults)
{
	Jsonb	   *document;

	if (!OidIsValid(schema->relid))
		return;
	document = rules_document(schema->relid, -1, NULL);
	if (document != NULL)
		rules_lay(schema, document, faults);
}
