/*-------------------------------------------------------------------------
 *
 * references_query.c
 *		The SELECT that reads a parent's keys as values of the child's columns.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "rows/references.h"
#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ---- a column ---- */

static void
append_column(StringInfo sql, const Reference *reference, int k)
{
	appendStringInfo(sql, "p.%s",
					 quote_identifier(get_attname(reference->relid,
												  reference->attnums[k],
												  false)));
}

/* Is the column cut down by the child's length or scale? */
static bool
column_is_cut(const Field *field, Oid parent_type, int32 parent_typmod)
{
	return field->base_typmod >= 0 && field->base_typmod != parent_typmod &&
		((field->base_type == parent_type && parent_type < FirstUnpinnedObjectId) ||
		 (value_kind(field->base_type) == VALUE_TEXT && parent_type == TEXTOID));
}

static Oid
parent_type(const Reference *reference, int k, int32 *typmod)
{
	Oid			type;
	Oid			collation;

	get_atttypetypmodcoll(reference->relid, reference->attnums[k], &type, typmod, &collation);
	return getBaseTypeAndTypmod(type, typmod);
}

/* A parent's column as a value of the child's base type. */
static void
append_key(StringInfo sql, const Schema *schema, const Reference *reference,
		   int k)
{
	const Field *field = schema->fields[reference->fields[k]];
	int32		typmod;
	Oid			type = parent_type(reference, k, &typmod);

	appendStringInfoString(sql, "CAST(");
	append_column(sql, reference, k);
	appendStringInfo(sql, " AS %s)",
					 format_type_extended(field->base_type,
										  column_is_cut(field, type, typmod) ?
										  field->base_typmod : -1,
										  FORMAT_TYPE_TYPEMOD_GIVEN |
										  FORMAT_TYPE_FORCE_QUALIFY));
}

/* Is there more in a value of the parent's type than the child's can hold? */
static bool
loses_digits(Oid child, Oid parent)
{
	if (child == parent)
		return false;
	switch (child)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return parent == NUMERICOID || parent == FLOAT4OID || parent == FLOAT8OID ||
				(value_kind(parent) == VALUE_INTEGER && parent != OIDOID &&
				 get_typlen(parent) > get_typlen(child));
		case FLOAT4OID:
			return parent == FLOAT8OID;
		case NUMERICOID:
			return parent == FLOAT4OID || parent == FLOAT8OID;
		case DATEOID:
			return parent == TIMESTAMPOID || parent == TIMESTAMPTZOID;
		default:
			return false;
	}
}

/* "CAST(CAST(p.key AS child) AS parent) = p.key" */
static void
append_lossless(StringInfo sql, const Schema *schema, const Reference *reference, int k, Oid type)
{
	appendStringInfoString(sql, "CAST(");
	append_key(sql, schema, reference, k);
	appendStringInfo(sql, " AS %s) OPERATOR(pg_catalog.=) ", format_type_be_qualified(type));
	append_column(sql, reference, k);
}

/* The greatest number that is sure to fit into a type, or NULL: there is none. */
static const char *
greatest_of(Oid type)
{
	switch (type)
	{
		case INT2OID:
			return "32767";
		case INT4OID:
			return "2147483647";
		case INT8OID:
			return "9000000000000000000";
		case FLOAT4OID:
			return "3.4e38";
		default:
			return NULL;
	}
}

/*
 * Only of numbers within the bounds of the child's type is the cast judged, as
 * it fails for others.
 */
static void
append_lossless_fit(StringInfo sql, const Schema *schema, const Reference *reference, int k,
				  Oid type)
{
	const char *most = greatest_of(schema->fields[reference->fields[k]]->base_type);
	const char *type_text = format_type_be_qualified(type);

	appendStringInfoString(sql, " AND ");
	if (most == NULL)
	{
		append_lossless(sql, schema, reference, k, type);
		return;
	}
	appendStringInfoString(sql, "CASE WHEN ");
	append_column(sql, reference, k);
	appendStringInfo(sql, " OPERATOR(pg_catalog.<=) CAST(%s AS %s) AND ", most, type_text);
	append_column(sql, reference, k);
	appendStringInfo(sql, " OPERATOR(pg_catalog.>=) CAST(-%s AS %s) THEN ", most, type_text);
	append_lossless(sql, schema, reference, k, type);
	appendStringInfoString(sql, " ELSE false END");
}

/* Keys that the child's column could not hold are left out. */
static void
append_fit(StringInfo sql, const Schema *schema, const Reference *reference,
		   int k)
{
	const Field *field = schema->fields[reference->fields[k]];
	int32		typmod;
	Oid			type = parent_type(reference, k, &typmod);

	if (column_is_cut(field, type, typmod))
	{
		appendStringInfoString(sql, " AND ");
		append_key(sql, schema, reference, k);
		appendStringInfoString(sql, " OPERATOR(pg_catalog.=) ");
		append_column(sql, reference, k);
	}
	else if (loses_digits(field->base_type, type))
		append_lossless_fit(sql, schema, reference, k, type);
}

bool
reference_leaves_out(const Schema *schema, const Reference *reference)
{
	for (int k = 0; k < reference->ncolumns; k++)
	{
		const Field *field = schema->fields[reference->fields[k]];
		int32		typmod;
		Oid			type = parent_type(reference, k, &typmod);

		if (column_is_cut(field, type, typmod) || loses_digits(field->base_type, type))
			return true;
	}
	return false;
}

/* ---- the query ---- */

/* The contexts are read as they are, but for domains over their types. */
static void
append_contexts(StringInfo sql, const Schema *schema, const Reference *reference)
{
	for (int i = schema->nfields; i < schema_width(schema); i++)
	{
		const Field *field = schema->fields[i];

		if (!reference_has_context(schema, i, reference))
			continue;
		appendStringInfo(sql, ", CAST(p.%s AS %s)",
						 quote_identifier(get_attname(reference->relid,
													  field->reference_column, false)),
						 format_type_extended(field->base_type, -1,
											  FORMAT_TYPE_TYPEMOD_GIVEN |
											  FORMAT_TYPE_FORCE_QUALIFY));
	}
}

/* Each key once, with what is beside it in one of its rows. */
static void
append_distinct(StringInfo sql, const Schema *schema, const Reference *reference)
{
	appendStringInfoString(sql, "DISTINCT ON (");
	for (int k = 0; k < reference->ncolumns; k++)
	{
		appendStringInfoString(sql, k > 0 ? ", " : "");
		append_key(sql, schema, reference, k);
	}
	appendStringInfoString(sql, ") ");
}

char *
reference_keys_query(const Schema *schema, const Reference *reference,
					 const Parent *parent, bool distinct, double percent, uint64 seed)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	if (distinct)
		append_distinct(&sql, schema, reference);
	for (int k = 0; k < reference->ncolumns; k++)
	{
		appendStringInfoString(&sql, k > 0 ? ", " : "");
		append_key(&sql, schema, reference, k);
	}
	append_contexts(&sql, schema, reference);
	/* A foreign key does not reach into inheritance children. */
	appendStringInfo(&sql, " FROM %s%s AS p",
					 parent->relkind == RELKIND_RELATION ? "ONLY " : "",
					 relation_sql_name(reference->relid));
	if (percent > 0)
		appendStringInfo(&sql,
						 " TABLESAMPLE pg_catalog.system (%.6f) REPEATABLE (%u)",
						 percent, (uint32) (seed >> 33));
	for (int k = 0; k < reference->ncolumns; k++)
	{
		appendStringInfoString(&sql, k > 0 ? " AND " : " WHERE ");
		append_column(&sql, reference, k);
		appendStringInfoString(&sql, " IS NOT NULL");
	}
	for (int k = 0; k < reference->ncolumns; k++)
		append_fit(&sql, schema, reference, k);
	if (reference->draw.since_xid != 0)
		appendStringInfo(&sql,
						 " AND p.xmin OPERATOR(pg_catalog.=) '%u'::pg_catalog.xid"
						 " AND p.cmin::pg_catalog.text::pg_catalog.int8"
						 " OPERATOR(pg_catalog.>=) %u",
						 reference->draw.since_xid, reference->draw.since_command);
	return sql.data;
}
