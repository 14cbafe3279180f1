/*-------------------------------------------------------------------------
 *
 * rule.c
 *		synthik_rule, synthik_drop_rules: rules that stay with a table.
 *
 * The server stores them, and asks who may, as for any security label.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "api/input.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "schema/rules.h"
#include "util/jsonb_edit.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* ---- synthik_rule ---- */

static int
find_column(Oid relid, const char *name, const Schema *schema)
{
	AttrNumber	attnum = get_attnum(relid, name);
	const char *hint = schema_field_hint(schema, name);

	if (attnum > 0)
		return attnum;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of relation \"%s\" does not exist", name,
					get_rel_name(relid)),
			 hint != NULL ? errhint("%s", hint) : 0));
	return 0;
}

static void
check_owner(Relation rel)
{
	if (!pg_class_ownercheck(RelationGetRelid(rel), GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
}

/* All the rules together have to make sense, this one among them. */
static void
check_rule(Schema *schema, int attnum, Jsonb *rule)
{
	Faults		faults = {.collect = false};
	Jsonb	   *document = rules_document(schema->relid, attnum, rule);

	if (document == NULL)
		return;
	rules_lay(schema, document, &faults);
	schema_prepare(schema, &faults);
}

/* Is the field of a table's rule one that is none of its columns? */
static bool
is_hidden(JsonbValue *field)
{
	JsonbValue *hidden = jsonb_is_object(field) ?
		getKeyJsonValueFromContainer(field->val.binary.data, "hidden", strlen("hidden"), NULL) :
		NULL;

	return hidden != NULL && hidden->type == jbvBool && hidden->val.boolean;
}

/* Columns have rules of their own, by their names. */
static void
check_words(int attnum, Jsonb *rule)
{
	JsonbValue *fields;

	if (!JB_ROOT_IS_OBJECT(rule))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a rule must be a JSON object"),
				 errhint("Write it as {\"minimum\": 0}.")));
	if (attnum != 0 && jsonb_member(rule, "name") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a rule takes no \"name\"")));
	fields = attnum == 0 ? jsonb_member(rule, "fields") : NULL;
	for (uint32 i = 0; jsonb_is_array(fields) && i < JsonContainerSize(fields->val.binary.data); i++)
		if (!is_hidden(getIthJsonbValueFromContainer(fields->val.binary.data, i)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a rule of the table takes only hidden \"fields\""),
					 errhint("Give the rule of a column by its name.")));
}

SYNTHIK_FUNCTION(synthik_rule)
{
	SchemaInput input;
	Relation	rel;
	Schema	   *schema;
	Jsonb	   *rule = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
	int			attnum = 0;

	PreventCommandIfReadOnly("synthik_rule()");
	input_read_regclass(fcinfo, "target", &input);
	rel = input_relation(&input);
	check_owner(rel);
	schema = schema_from_relation(rel, true);
	if (!PG_ARGISNULL(1))
		attnum = find_column(input.relid, NameStr(*PG_GETARG_NAME(1)), schema);
	if (rule != NULL)
	{
		check_words(attnum, rule);
		check_rule(schema, attnum, rule);
	}
	rules_store(input.relid, attnum, rule);
	relation_close(rel, NoLock);
	PG_RETURN_VOID();
}

/* ---- synthik_drop_rules ---- */

typedef struct Labelled
{
	Oid			relid;
	int			attnum;
} Labelled;

/* Every rule of the database, or of a relation; *count of them. */
static Labelled *
find_labels(Oid relid, int *count)
{
	MemoryContext caller = CurrentMemoryContext;
	Labelled   *labels;
	Oid			types[1] = {OIDOID};
	Datum		values[1] = {ObjectIdGetDatum(relid)};

	if (SPI_connect() != SPI_OK_CONNECT ||
		SPI_execute_with_args("SELECT objoid, objsubid FROM pg_catalog.pg_seclabel "
							  "WHERE provider OPERATOR(pg_catalog.=) '" RULES_PROVIDER "' "
							  "AND classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
							  "AND ($1 OPERATOR(pg_catalog.=) 0 OR objoid OPERATOR(pg_catalog.=) $1) "
							  "ORDER BY 1, 2",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the security labels");
	*count = (int) SPI_processed;
	labels = MemoryContextAlloc(caller, sizeof(Labelled) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
	{
		bool		isnull;

		labels[i].relid = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i],
														 SPI_tuptable->tupdesc, 1, &isnull));
		labels[i].attnum = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[i],
													   SPI_tuptable->tupdesc, 2, &isnull));
	}
	SPI_finish();
	return labels;
}

/* A table that is named has to be there, and the caller's. */
static void
check_target(FunctionCallInfo fcinfo)
{
	SchemaInput input;
	Relation	rel;

	input_read_regclass(fcinfo, "target", &input);
	rel = input_relation(&input);
	check_owner(rel);
	relation_close(rel, NoLock);
}

SYNTHIK_FUNCTION(synthik_drop_rules)
{
	Oid			relid = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	Labelled   *labels;
	int			count;
	int64		dropped = 0;

	PreventCommandIfReadOnly("synthik_drop_rules()");
	if (!PG_ARGISNULL(0))
		check_target(fcinfo);
	labels = find_labels(relid, &count);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!OidIsValid(relid) && !pg_class_ownercheck(labels[i].relid, GetUserId()))
			continue;
		rules_store(labels[i].relid, labels[i].attnum, NULL);
		dropped++;
	}
	if (dropped < count)
		ereport(WARNING,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg(INT64_FORMAT " rules of other roles' tables are left", count - dropped),
				 errhint("The view synthik_rules lists them; their tables' owners, or a superuser, can drop them.")));
	PG_RETURN_INT64(dropped);
}
