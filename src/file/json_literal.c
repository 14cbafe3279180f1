/*-------------------------------------------------------------------------
 *
 * json_literal.c
 *		JSON as the text that the input function of a type takes, the way back
 *		from row_to_json.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "file/json_literal.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static void append_value(StringInfo out, JsonbValue *value, Oid type);

/* Within an array or a composite value, whose rules for quotes are one. */
static void
append_quoted(StringInfo out, JsonbValue *value, Oid type)
{
	StringInfoData text;

	initStringInfo(&text);
	append_value(&text, value, type);
	appendStringInfoChar(out, '"');
	for (int i = 0; i < text.len; i++)
	{
		if (text.data[i] == '"' || text.data[i] == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, text.data[i]);
	}
	appendStringInfoChar(out, '"');
	pfree(text.data);
}

static bool
is_json_type(Oid type)
{
	return type == JSONOID || type == JSONBOID;
}

/*
 * [1, [2, null]] as {1,{2,NULL}}: an array inside is a dimension more, unless
 * the elements' own type takes one.
 */
static void
append_array(StringInfo out, JsonbContainer *array, Oid element)
{
	Oid			base = getBaseType(element);
	bool		takes_arrays = is_json_type(base) || OidIsValid(get_element_type(base));
	uint32		n = JsonContainerSize(array);
	int16		length;
	bool		byval;
	char		align;
	char		delimiter;
	Oid			ioparam;
	Oid			function;

	check_stack_depth();
	get_type_io_data(element, IOFunc_input, &length, &byval, &align, &delimiter, &ioparam, &function);
	appendStringInfoChar(out, '{');
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *value = getIthJsonbValueFromContainer(array, i);

		if (i > 0)
			appendStringInfoChar(out, delimiter);
		if (value->type == jbvNull)
			appendStringInfoString(out, "NULL");
		else if (!takes_arrays && value->type == jbvBinary &&
				 JsonContainerIsArray(value->val.binary.data))
			append_array(out, value->val.binary.data, element);
		else
			append_quoted(out, value, element);
	}
	appendStringInfoChar(out, '}');
}

/* {"b": "x", "a": 1} as ("1","x"). */
static void
append_record(StringInfo out, JsonbContainer *object, Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	bool		first = true;

	check_stack_depth();
	appendStringInfoChar(out, '(');
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		JsonbValue *value;

		if (att->attisdropped)
			continue;
		if (!first)
			appendStringInfoChar(out, ',');
		first = false;
		value = getKeyJsonValueFromContainer(object, NameStr(att->attname),
											 strlen(NameStr(att->attname)), NULL);
		if (value != NULL && value->type != jbvNull)
			append_quoted(out, value, att->atttypid);
	}
	appendStringInfoChar(out, ')');
	ReleaseTupleDesc(desc);
}

static void
append_container(StringInfo out, JsonbContainer *container, int length, Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);

	if (JsonContainerIsArray(container) && OidIsValid(element))
		append_array(out, container, element);
	else if (JsonContainerIsObject(container) && type_is_rowtype(base) && base != RECORDOID)
		append_record(out, container, base);
	else
		JsonbToCString(out, container, length);
}

static void
append_value(StringInfo out, JsonbValue *value, Oid type)
{
	Jsonb	   *json;

	if (value->type == jbvBinary)
	{
		append_container(out, value->val.binary.data, value->val.binary.len, type);
		return;
	}
	if (value->type == jbvString && !is_json_type(getBaseType(type)))
	{
		appendBinaryStringInfo(out, value->val.string.val, value->val.string.len);
		return;
	}
	json = JsonbValueToJsonb(value);
	JsonbToCString(out, &json->root, VARSIZE(json));
}

char *
json_literal(Jsonb *json, Oid type)
{
	StringInfoData out;

	initStringInfo(&out);
	append_container(&out, &json->root, VARSIZE(json), type);
	return out.data;
}
