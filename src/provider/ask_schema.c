/*-------------------------------------------------------------------------
 *
 * ask_schema.c
 *		The JSON Schema of the answer to what a model is asked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "provider/ask.h"

static JsonNode *
of_type(const char *type)
{
	JsonNode   *node = json_new_object();

	json_set_text(node, "type", type);
	return node;
}

static bool
null_is_allowed(const Field *field)
{
	if (field->required)
		return false;
	for (int i = 0; i < field->ncases; i++)
		if (null_is_allowed(field->cases[i].field))
			return true;
	for (int i = 0; i < field->enumeration.count; i++)
		if (field->enumeration.nulls && field->enumeration.nulls[i])
			return true;
	return field->null_fraction > 0;
}

static const char *
json_type(const Field *field)
{
	switch (value_kind(field->base_type))
	{
		case VALUE_BOOLEAN:
			return "boolean";
		case VALUE_INTEGER:
			return "integer";
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
			return "number";
		default:
			return "string";
	}
}

/* Any value of a row: the types that occur in it. */
static JsonNode *
any_value(const Ask *ask)
{
	static const char *const types[] = {"string", "number", "boolean", "null"};
	JsonNode   *any = json_new_array();
	JsonNode   *value = json_new_object();

	for (int i = 0; i < lengthof(types); i++)
	{
		bool		occurs = false;

		for (int k = 0; k < ask->nfields && !occurs; k++)
		{
			const Field *field = ask->schema->fields[ask->fields[k]];
			const char *type = json_type(field);

			if (strcmp(type, "integer") == 0)
				type = "number";
			occurs = strcmp(type, types[i]) == 0 ||
				(strcmp(types[i], "null") == 0 && null_is_allowed(field));
		}
		if (occurs)
			json_append_node(any, of_type(types[i]));
	}
	if (json_length(any) == 1)
		return json_item(any, 0);
	json_set_node(value, "anyOf", any);
	return value;
}

static void
append_value(JsonNode *list, const Field *field, int i)
{
	char	   *text = ask_datum_text(field, field->enumeration.values[i]);
	const char *problem;
	JsonNode   *number;

	if (strcmp(json_type(field), "string") == 0)
		json_append_text(list, ask_utf8(text));
	else if (strcmp(json_type(field), "boolean") == 0)
		json_append_node(list, json_read(text[0] == 't' ? "true" : "false",
										 text[0] == 't' ? 4 : 5, &problem));
	else if ((number = json_read(text, strlen(text), &problem)) != NULL)
		json_append_node(list, number);
}

static JsonNode *
listed_values(const Field *field)
{
	JsonNode   *list = json_new_array();
	JsonNode   *value = json_new_object();

	for (int i = 0; i < field->enumeration.count; i++)
		if (field->enumeration.nulls == NULL || !field->enumeration.nulls[i])
			append_value(list, field, i);
	if (json_length(list) == 0)
		return of_type(json_type(field));
	json_set_node(value, "enum", list);
	return value;
}

static void
set_whole_bound(JsonNode *value, const char *key, const Field *field, const Bound *bound,
				int step)
{
	double		at;

	if (!bound->set)
		return;
	at = value_to_scale(field->base_type, bound->value);
	if (fabs(at) < 1e15)
		json_set_int(value, key, (int64) at + (bound->exclusive ? step : 0));
}

/* The type, and what a grammar can hold of its values. */
static JsonNode *
plain_value(const Field *field)
{
	JsonNode   *value = of_type(json_type(field));

	if (field->enumeration.count > 0 && field->enumeration.count <= ASK_MAX_LISTED)
		return listed_values(field);
	switch (value_kind(field->base_type))
	{
		case VALUE_INTEGER:
			set_whole_bound(value, "minimum", field, &field->minimum, 1);
			set_whole_bound(value, "maximum", field, &field->maximum, -1);
			break;
		case VALUE_DATE:
			json_set_text(value, "format", "date");
			break;
		case VALUE_TEXT:
			if (field->min_length > 0)
				json_set_int(value, "minLength", field->min_length);
			if (field->max_length >= 0)
				json_set_int(value, "maxLength", field->max_length);
			break;
		default:
			break;
	}
	return value;
}

/* Of a field with cases the type alone: all else hangs on another value. */
static JsonNode *
field_value(const Field *field)
{
	JsonNode   *value = field->ncases > 0 ? of_type(json_type(field)) : plain_value(field);
	JsonNode   *any;

	if (!null_is_allowed(field))
		return value;
	any = json_new_array();
	json_append_node(any, value);
	json_append_node(any, of_type("null"));
	value = json_new_object();
	json_set_node(value, "anyOf", any);
	return value;
}

/* {"rows": [[value, …], …]}, every row as long as there are columns. */
JsonNode *
ask_answer_schema(const Ask *ask, bool exact)
{
	JsonNode   *row = of_type("array");
	JsonNode   *rows = of_type("array");
	JsonNode   *properties = json_new_object();
	JsonNode   *required = json_new_array();
	JsonNode   *answer = of_type("object");
	JsonNode   *values = json_new_array();

	for (int i = 0; exact && i < ask->nfields; i++)
		json_append_node(values, field_value(ask->schema->fields[ask->fields[i]]));
	if (exact)
		json_set_node(row, "prefixItems", values);
	else
		json_set_node(row, "items", any_value(ask));
	json_set_int(row, "minItems", ask->nfields);
	json_set_int(row, "maxItems", ask->nfields);
	json_set_node(rows, "items", row);
	json_set_int(rows, "minItems", 1);
	json_set_node(properties, "rows", rows);
	json_append_text(required, "rows");
	json_set_node(answer, "properties", properties);
	json_set_node(answer, "required", required);
	json_set_bool(answer, "additionalProperties", false);
	return answer;
}

/*
 * Servers that make a grammar of the schema take the type of each value in
 * its place; the strict subsets know lists of one type alone, so that only
 * their length is exact.
 */
JsonNode *
ask_answer(const Ask *ask, const char *dialect, StructuredMode mode)
{
	return mode == STRUCTURED_SCHEMA && strcmp(dialect, "openai") == 0 ? ask->exact : ask->answer;
}
