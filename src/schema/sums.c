/*-------------------------------------------------------------------------
 *
 * sums.c
 *		Columns of parent rows that are the sum of their children's.
 *
 * An order's total is not known before its lines are made, and they are made
 * after it.  So whoever has stored lines in a table sets the totals then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "schema/expression.h"
#include "schema/sums.h"
#include "util/relation.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* ---- reading ---- */

static bool
sum_fault(Document *document, const char *key, int sqlerrcode, const char *hint,
		  const char *problem)
{
	document_fault(document, sqlerrcode, psprintf("sums.%s", key), hint, "%s", problem);
	return false;
}

/* May the column be set, and by this document? */
static bool
can_be_set(Document *document, const char *key, const Reference *reference, AttrNumber attnum)
{
	const char *column = get_attname(reference->relid, attnum, false);
	const char *table = get_rel_name(reference->relid);

	if (!value_kind_is_number(value_kind(getBaseType(get_atttype(reference->relid, attnum)))))
		return sum_fault(document, key, ERRCODE_DATATYPE_MISMATCH, NULL,
						 psprintf("column \"%s\" of \"%s\" is no number", column, table));
	if (get_attgenerated(reference->relid, attnum) != '\0')
		return sum_fault(document, key, ERRCODE_GENERATED_ALWAYS, NULL,
						 psprintf("column \"%s\" of \"%s\" is generated", column, table));
	for (int i = 0; i < reference->ncolumns; i++)
		if (reference->attnums[i] == attnum)
			return sum_fault(document, key, ERRCODE_INVALID_COLUMN_REFERENCE, NULL,
							 psprintf("column \"%s\" of \"%s\" is the key that is referred to",
									  column, table));
	if (!expression_relation_is_trusted(reference->relid, document->schema->relid))
		return sum_fault(document, key, ERRCODE_INSUFFICIENT_PRIVILEGE,
						 "The table has to be your own, a superuser's, or of the owner of the table that is filled.",
						 psprintf("rows of \"%s\" cannot be changed by a document", table));
	return true;
}

/* The reference of a field, also where its key waits and it is drawn otherwise; or -1. */
static int
reference_of(const Schema *schema, int field)
{
	ListCell   *lc;

	if (field < 0 || schema->fields[field]->reference >= 0)
		return field < 0 ? -1 : schema->fields[field]->reference;
	foreach(lc, schema->references)
	{
		const Reference *reference = lfirst(lc);

		for (int i = 0; i < reference->ncolumns; i++)
			if (reference->fields[i] == field)
				return foreach_current_index(lc);
	}
	return -1;
}

/* "order_id.subtotal": a field that refers to a table, and a column there. */
static bool
find_column(Document *document, const char *key, Sum *sum)
{
	const Schema *schema = document->schema;
	const char *point = strchr(key, '.');
	int			field;
	const Reference *reference;

	if (point == NULL)
		return sum_fault(document, key, ERRCODE_INVALID_NAME,
						 "Write it as {\"order_id.total\": \"amount\"}.",
						 psprintf("\"%s\" does not name a field and a column of the table that it refers to", key));
	field = schema_field_index(schema, pnstrdup(key, point - key));
	sum->reference = reference_of(schema, field);
	if (sum->reference < 0)
		return document->faults->tables_to_come ? false :
			sum_fault(document, key, ERRCODE_UNDEFINED_COLUMN, NULL,
					  psprintf("there is no field \"%s\" that refers to a table",
							   pnstrdup(key, point - key)));
	reference = list_nth(schema->references, sum->reference);
	sum->attnum = get_attnum(reference->relid, point + 1);
	if (sum->attnum > 0)
		return can_be_set(document, key, reference, sum->attnum);
	return sum_fault(document, key, ERRCODE_UNDEFINED_COLUMN, NULL,
					 psprintf("column \"%s\" of \"%s\" does not exist", point + 1,
							  get_rel_name(reference->relid)));
}

static void
read_sum(Document *document, const char *key, const JsonbValue *value)
{
	Sum		   *sum = palloc0(sizeof(Sum));

	if (!find_column(document, key, sum))
		return;
	sum->field = value->type == jbvString ?
		schema_field_index(document->schema, jsonb_text(value)) : -1;
	if (sum->field < 0)
	{
		sum_fault(document, key, ERRCODE_UNDEFINED_COLUMN, NULL,
				  value->type == jbvString ?
				  psprintf("field \"%s\" does not exist", jsonb_text(value)) :
				  "a sum is of one field, by its name");
		return;
	}
	if (!value_kind_is_number(value_kind(document->schema->fields[sum->field]->base_type)))
	{
		sum_fault(document, key, ERRCODE_DATATYPE_MISMATCH, NULL,
				  psprintf("field \"%s\" is no number", jsonb_text(value)));
		return;
	}
	document->schema->sums = lappend(document->schema->sums, sum);
}

void
document_read_sums(Document *document, JsonbValue *value)
{
	JsonbMembers members;

	if (!jsonb_is_object(value))
	{
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "sums",
					   "Write it as {\"order_id.total\": \"amount\"}.",
					   "\"sums\" must be an object, not a JSON %s", JsonbTypeName(value));
		return;
	}
	document->schema->sums = NIL;
	jsonb_members_begin(&members, value->val.binary.data);
	while (jsonb_members_next(&members))
		read_sum(document, members.key, members.value);
}

/* ---- printing ---- */

char *
sum_name(const Schema *schema, const Sum *sum)
{
	const Reference *reference = list_nth(schema->references, sum->reference);

	return psprintf("%s.%s", schema->fields[reference->fields[0]]->name,
					get_attname(reference->relid, sum->attnum, false));
}

/* ---- setting ---- */

/* The names of the key's columns in the sums, which clash with none: k0, k1 */
static char *
key_aliases(const Reference *reference)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < reference->ncolumns; i++)
		appendStringInfo(&list, "k%d, ", i);
	return list.data;
}

/* A comma-separated list of the reference's columns of the child. */
static char *
child_columns(const Schema *schema, const Reference *reference)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < reference->ncolumns; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(schema->fields[reference->fields[i]]->name));
	return list.data;
}

/* Of the child's rows, those whose parent has one that is new. */
static char *
new_alone_text(Relation rel, const Schema *schema, const Reference *reference,
			   uint32 since_command)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, " AS c WHERE EXISTS (SELECT FROM %s AS n"
					 " WHERE n.xmin OPERATOR(pg_catalog.=) '%u'::pg_catalog.xid"
					 " AND n.cmin::pg_catalog.text::pg_catalog.int8 OPERATOR(pg_catalog.>=) %u",
					 relation_sql_name(RelationGetRelid(rel)), GetCurrentTransactionId(),
					 since_command);
	for (int i = 0; i < reference->ncolumns; i++)
	{
		const char *name = quote_identifier(schema->fields[reference->fields[i]]->name);

		appendStringInfo(&sql, " AND n.%s OPERATOR(pg_catalog.=) c.%s", name, name);
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* condition: which rows of the child are summed */
static char *
update_text(Relation rel, const Schema *schema, const Sum *sum, const char *condition)
{
	const Reference *reference = list_nth(schema->references, sum->reference);
	const char *target = quote_identifier(get_attname(reference->relid, sum->attnum, false));
	Oid			type;
	int32		typmod;
	Oid			collation;
	char	   *type_text;
	StringInfoData sql;

	get_atttypetypmodcoll(reference->relid, sum->attnum, &type, &typmod, &collation);
	type_text = format_type_extended(type, typmod,
									 FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s AS parent SET %s = child.total::%s FROM ("
					 "SELECT %s, pg_catalog.sum(%s) FROM %s%s GROUP BY %s) AS child (%stotal) WHERE ",
					 relation_sql_name(reference->relid), target, type_text,
					 child_columns(schema, reference),
					 quote_identifier(schema->fields[sum->field]->name),
					 relation_sql_name(RelationGetRelid(rel)), condition,
					 child_columns(schema, reference), key_aliases(reference));
	for (int i = 0; i < reference->ncolumns; i++)
		appendStringInfo(&sql, "parent.%s OPERATOR(pg_catalog.=) child.k%d AND ",
						 quote_identifier(get_attname(reference->relid, reference->attnums[i],
													  false)), i);
	appendStringInfo(&sql, "(parent.%s IS NULL OR parent.%s OPERATOR(pg_catalog.<>) child.total::%s)",
					 target, target, type_text);
	return sql.data;
}

/* Do its rows say, to the caller, who has stored them? */
static bool
tells_new_rows(Relation rel)
{
	return (rel->rd_rel->relkind == RELKIND_RELATION ||
			rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) &&
		pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

void
sums_apply(Relation rel, const Schema *schema, bool new_alone, uint32 since_command)
{
	ListCell   *cell;

	new_alone = new_alone && tells_new_rows(rel);
	foreach(cell, schema->sums)
	{
		const Sum  *sum = lfirst(cell);
		const Reference *reference = list_nth(schema->references, sum->reference);
		const char *condition = new_alone ?
			new_alone_text(rel, schema, reference, since_command) : "";

		CommandCounterIncrement();
		if (SPI_connect() != SPI_OK_CONNECT ||
			SPI_execute(update_text(rel, schema, sum, condition), false, 0) != SPI_OK_UPDATE)
			elog(ERROR, "could not set the sums of \"%s\"", RelationGetRelationName(rel));
		SPI_finish();
	}
}
