/*-------------------------------------------------------------------------
 *
 * edit.c
 *		synthik_set_field, synthik_drop_field: a document with one change.
 *
 * A document that extends another one is written out first, so that what comes
 * of it says all that there is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/input.h"
#include "schema/schema.h"
#include "util/jsonb_edit.h"
#include "utils/builtins.h"

/* ---- documents ---- */

/* The first fault is an error. */
static Schema *
read_document(Jsonb *document)
{
	Faults		faults = {.collect = false};

	return schema_from_document(document, NULL, &faults);
}

static Jsonb *
written_out(Jsonb *document)
{
	if (!JB_ROOT_IS_OBJECT(document) || jsonb_member(document, "extends") == NULL)
		return document;
	return schema_to_document(read_document(document));
}

/* ---- synthik_set_field ---- */

/* Keywords laid over others; a null takes one away, where it is no value. */
static Jsonb *
lay_over(Jsonb *base, Jsonb *properties)
{
	JsonbIterator *it = JsonbIteratorInit(&properties->root);
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *key = NULL;
	Jsonb	   *merged = jsonb_joined(base, properties);

	while ((token = JsonbIteratorNext(&it, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(item.val.string.val, item.val.string.len);
		else if (token == WJB_VALUE && item.type == jbvNull && strcmp(key, "const") != 0 &&
				 strcmp(key, "default") != 0)
			merged = jsonb_without_path(merged, key, NULL);
	}
	return merged;
}

static Jsonb *
set_in_properties(Jsonb *document, const char *name, Jsonb *properties)
{
	JsonbValue *all = jsonb_member(document, "properties");
	JsonbValue *old = getKeyJsonValueFromContainer(all->val.binary.data, name, strlen(name), NULL);
	Jsonb	   *base = jsonb_is_object(old) ? JsonbValueToJsonb(old) : jsonb_of_text("{}");

	return jsonb_with_path(document, "properties", name, lay_over(base, properties));
}

static Jsonb *
set_in_fields(Jsonb *document, const char *name, Jsonb *properties)
{
	JsonbValue *fields = jsonb_member(document, "fields");
	int			place = document_field_place(document, name);
	Jsonb	   *field;

	if (fields != NULL && !jsonb_is_array(fields))
		schema_check_document(document);
	if (place >= 0)
	{
		JsonbValue *old = getIthJsonbValueFromContainer(fields->val.binary.data, place);

		return jsonb_with_path(document, "fields", psprintf("%d", place),
						lay_over(JsonbValueToJsonb(old), properties));
	}
	field = lay_over(jsonb_of_pair("name", name), properties);
	return jsonb_with_path(document, "fields", NULL,
					jsonb_joined(jsonb_is_array(fields) ? JsonbValueToJsonb(fields) :
						   jsonb_of_text("[]"), field));
}

static Jsonb *
set_field(Jsonb *document, const char *name, Jsonb *properties)
{
	if (!JB_ROOT_IS_OBJECT(properties))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("properties must be a JSON object"),
				 errhint("Write them as {\"minimum\": 0}; a null takes a keyword away.")));
	document = written_out(document);
	if (!JB_ROOT_IS_OBJECT(document))
		schema_check_document(document);
	document = jsonb_is_object(jsonb_member(document, "properties")) ?
		set_in_properties(document, name, properties) :
		set_in_fields(document, name, properties);
	schema_check_document(document);
	return document;
}

/* ---- synthik_drop_field ---- */

static void
refuse_unknown(const Schema *schema, const char *name)
{
	const char *hint = schema_field_hint(schema, name);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the schema has no field \"%s\"", name),
			 hint != NULL ? errhint("%s", hint) : 0));
}

static Jsonb *
drop_field(Jsonb *document, const char *name)
{
	Faults		faults = {.collect = false};
	Schema	   *schema;

	document = written_out(document);
	schema = read_document(document);
	schema_prepare(schema, &faults);
	if (schema_drawn_index(schema, name) < 0)
		refuse_unknown(schema, name);
	document = document_without_field(document, schema, name, true);
	schema_check_document(document);
	/* what was learned of the field goes with it */
	return jsonb_member(document, "fit") != NULL ? schema_to_document(read_document(document)) :
		document;
}

/* ---- the functions ---- */

static void
require_arguments(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {"schema", "field", "properties"};

	for (int i = 0; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not be null", names[i])));
}

SYNTHIK_FUNCTION(synthik_set_field)
{
	require_arguments(fcinfo);
	PG_RETURN_JSONB_P(set_field(input_document(fcinfo, 0), text_to_cstring(PG_GETARG_TEXT_PP(1)),
								PG_GETARG_JSONB_P(2)));
}

SYNTHIK_FUNCTION(synthik_drop_field)
{
	require_arguments(fcinfo);
	PG_RETURN_JSONB_P(drop_field(input_document(fcinfo, 0), text_to_cstring(PG_GETARG_TEXT_PP(1))));
}
