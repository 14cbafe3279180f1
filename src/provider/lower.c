/*-------------------------------------------------------------------------
 *
 * lower.c
 *		A JSON Schema in the subset that a provider accepts.
 *
 * There are five subsets: OpenAI's strict one, Anthropic's, Gemini's two
 * (JSON Schema, and that of OpenAPI 3.0), and what servers make grammars of
 * (llama.cpp, Ollama, vLLM).  A table in lower_keyword.c says what becomes of
 * each keyword: kept, said in words, or left out.  References and allOf are
 * resolved, oneOf becomes anyOf.  Rows are checked against the whole schema
 * in any case.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "provider/adapter.h"
#include "provider/lower.h"

/* Anthropic's limits of unions and of optional properties in one request. */
#define MAX_UNIONS		16
#define MAX_OPTIONAL	24

/* Schemas that contain themselves end somewhere. */
#define MAX_DEPTH		9			/* and a value below: OpenAI takes 10 */
#define MAX_NODES		10000

static JsonNode *lower_schema(Lowering *lowering, const JsonNode *schema, const char *path,
							  bool required, bool *left_out);

/* ---- types ---- */

static const char *
type_name(const Lowering *lowering, const char *type)
{
	char	   *upper;

	if (lowering->subset != SUBSET_OPENAPI)
		return type;
	upper = pstrdup(type);
	for (char *at = upper; *at; at++)
		*at = pg_ascii_toupper((unsigned char) *at);
	return upper;
}

static JsonNode *
new_type(const Lowering *lowering, const char *type)
{
	JsonNode   *schema = json_new_object();

	json_set_text(schema, "type", type_name(lowering, type));
	return schema;
}

static void
set_types(Level *node, bool say_null)
{
	Lowering   *lowering = node->lowering;
	bool		openapi = lowering->subset == SUBSET_OPENAPI;
	JsonNode   *list = json_new_array();

	if (openapi && say_null)
		json_set_bool(node->out, "nullable", true);
	if (node->ntypes == 1 && (openapi || !say_null))
	{
		json_set_text(node->out, "type", type_name(lowering, node->types[0]));
		return;
	}
	for (int i = 0; i < node->ntypes; i++)
	{
		if (openapi)
			json_append_node(list, new_type(lowering, node->types[i]));
		else
			json_append_text(list, node->types[i]);
	}
	if (!openapi && say_null)
		json_append_text(list, "null");
	if (json_length(list) > 0)
		json_set_node(node->out, openapi ? "anyOf" : "type", list);
}

static void
set_branches(Level *node, bool say_null)
{
	Lowering   *lowering = node->lowering;
	JsonNode   *list = json_new_array();

	for (size_t i = 0; i < json_length(node->branches); i++)
		json_append_node(list, lower_schema(lowering, json_item(node->branches, i),
											node->path, true, NULL));
	if (say_null && lowering->subset == SUBSET_OPENAPI)
		json_set_bool(node->out, "nullable", true);
	else if (say_null)
		json_append_node(list, new_type(lowering, "null"));
	json_set_node(node->out, "anyOf", list);
}

/*
 * Says whether null is in the type; *left_out of a property: its key may be.
 * OpenAI has all keys, with null for those that are optional.  Anthropic has
 * few unions and few optional keys: where both are used up, the value is
 * always there, which is valid too.
 */
static bool
decide_null(Level *node, bool required, bool *left_out)
{
	Lowering   *lowering = node->lowering;
	bool		null = node->null;

	bool		choice = node->branches != NULL || node->ntypes > 1;

	if (left_out == NULL)		/* no property: a branch, or an element */
		return null;
	*left_out = !required && lowering->subset != SUBSET_STRICT;
	if (lowering->subset == SUBSET_STRICT)
		return null || !required;
	if (lowering->subset != SUBSET_ANTHROPIC)
		return null;
	if (choice || (null && required && lowering->unions < MAX_UNIONS))
	{
		lowering->unions++;
		return null;
	}
	*left_out = (null || !required) && lowering->optional < MAX_OPTIONAL;
	if (*left_out)
		lowering->optional++;
	if (*left_out && null)
		lower_say(node, "leave the key out for null");
	return false;
}

/* ---- objects and arrays ---- */

typedef struct Properties
{
	Level	   *node;
	JsonNode   *out;
	JsonNode   *required;
	JsonNode   *order;
	JsonNode   *given;			/* "required" of the schema */
} Properties;

static bool
in_list(const JsonNode *list, const char *name)
{
	for (size_t i = 0; i < json_length(list); i++)
	{
		const char *text = json_text(json_item(list, i));

		if (text != NULL && strcmp(text, name) == 0)
			return true;
	}
	return false;
}

static void
lower_property(const char *key, JsonNode *value, void *argument)
{
	Properties *properties = argument;
	const char *above = properties->node->path;
	const char *path;
	bool		left_out;

	/* Fields of a row are named as they are. */
	if (above[0] == '\0' || strcmp(above, "rows[]") == 0)
		path = key;
	else
		path = psprintf("%s.%s", above, key);
	json_set_node(properties->out, key,
				  lower_schema(properties->node->lowering, value, path,
							   in_list(properties->given, key), &left_out));
	if (!left_out)
		json_append_text(properties->required, key);
	json_append_text(properties->order, key);
}

static void
lower_object(Level *node)
{
	Subset		subset = node->lowering->subset;
	Properties	properties = {node, json_new_object(), json_new_array(), json_new_array(),
	json_get(node->schema, "required")};
	JsonNode   *additional = json_get(node->schema, "additionalProperties");

	json_visit(json_get(node->schema, "properties"), lower_property, &properties);
	if (json_length(properties.out) > 0)
	{
		json_set_node(node->out, "properties", properties.out);
		if (json_length(properties.required) > 0)
			json_set_node(node->out, "required", properties.required);
	}
	if (subset == SUBSET_STRICT || subset == SUBSET_ANTHROPIC)
		json_set_bool(node->out, "additionalProperties", false);
	else if (additional != NULL && subset != SUBSET_OPENAPI)
		json_set_node(node->out, "additionalProperties", additional);
	if (json_length(properties.order) > 0 &&
		(subset == SUBSET_GEMINI || subset == SUBSET_OPENAPI))
		json_set_node(node->out, "propertyOrdering", properties.order);
}

static void
lower_items(Level *node)
{
	JsonNode   *items = json_get(node->schema, "items");

	if (json_kind(items) == JSON_KIND_OBJECT)
		json_set_node(node->out, "items",
					  lower_schema(node->lowering, items, psprintf("%s[]", node->path), true,
								   NULL));
	if (json_truth(json_get(node->schema, "uniqueItems"), false))
		lower_say(node, "no element twice");
}

/*
 * Free JSON (any value, an object of any keys, an array of anything) has no
 * form in the subsets but one: a string that holds it.
 */
static bool
make_text_of_free(Level *node)
{
	const char *what = NULL;

	if (node->lowering->subset == SUBSET_GRAMMAR || node->branches != NULL)
		return false;
	if (node->ntypes == 0)
		what = "value";
	else if (lower_has_type(node, "object") &&
			 json_length(json_get(node->schema, "properties")) == 0)
		what = "object";
	else if (lower_has_type(node, "array") &&
			 json_kind(json_get(node->schema, "items")) != JSON_KIND_OBJECT &&
			 json_get(node->schema, "prefixItems") == NULL)
		what = "array";
	if (what == NULL)
		return false;
	lower_say(node, "the text of a JSON %s", what);
	node->types[0] = "string";
	node->ntypes = 1;
	return true;
}

/* ---- all of it ---- */

/* Gemini's enums hold no null: a choice between them and null. */
static JsonNode *
wrap_null(Level *node)
{
	JsonNode   *list = json_new_array();
	JsonNode   *outer = json_new_object();

	json_append_node(list, node->out);
	json_append_node(list, new_type(node->lowering, "null"));
	json_set_node(outer, "anyOf", list);
	return outer;
}

static JsonNode *
lower_schema(Lowering *lowering, const JsonNode *schema, const char *path,
			 bool required, bool *left_out)
{
	Level		node = {.lowering = lowering, .path = path, .out = json_new_object()};
	bool		say_null;
	bool		wrap;
	bool		free_text;

	check_stack_depth();
	initStringInfo(&node.words);
	if (lowering->depth >= MAX_DEPTH || lowering->nodes++ >= MAX_NODES)
		schema = json_new_object();
	lowering->depth++;
	node.schema = lower_resolve(lowering, schema);
	lower_read_branches(&node);
	if (node.branches == NULL)
		lower_read_types(&node);
	free_text = make_text_of_free(&node);
	say_null = decide_null(&node, required, left_out);
	wrap = say_null && lowering->subset == SUBSET_GEMINI && lower_values_of(node.schema) != NULL;

	if (node.branches != NULL)
		set_branches(&node, say_null);
	else
		set_types(&node, say_null && !wrap);
	json_visit(node.schema, lower_keyword, &node);
	if (!free_text)
		lower_values(&node, say_null);
	if (lower_has_type(&node, "object"))
		lower_object(&node);
	if (lower_has_type(&node, "array"))
		lower_items(&node);
	lower_say_all(&node);
	lowering->depth--;
	return wrap ? wrap_null(&node) : node.out;
}

static Subset
choose_subset(const char *dialect, StructuredMode mode)
{
	if (strcmp(dialect, "anthropic") == 0)
		return SUBSET_ANTHROPIC;
	if (strcmp(dialect, "gemini") == 0)
		return mode == STRUCTURED_STRICT ? SUBSET_GEMINI : SUBSET_OPENAPI;
	return mode == STRUCTURED_STRICT ? SUBSET_STRICT : SUBSET_GRAMMAR;
}

JsonNode *
schema_lower(const JsonNode *schema, const char *dialect, StructuredMode mode, char **notes)
{
	StringInfoData text;
	Lowering	lowering = {.root = schema, .notes = &text};
	JsonNode   *lowered;

	initStringInfo(&text);
	*notes = text.data;
	/* In words, the whole schema is said. */
	if (mode >= STRUCTURED_OBJECT)
		return lower_copy(schema);
	lowering.subset = choose_subset(dialect, mode);
	lowered = lower_schema(&lowering, schema, "", true, NULL);
	*notes = text.data;
	return lowered;
}
