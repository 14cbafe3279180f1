/*-------------------------------------------------------------------------
 *
 * lower_read.c
 *		What a JSON Schema says that is to be lowered: references and allOf
 *		resolved, its types, its branches and its values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/lower.h"

/* Schemas that contain themselves end somewhere. */
#define MAX_RESOLVE		16

/* "#/$defs/name" below the root; NULL if there is none. */
static JsonNode *
find_reference(const JsonNode *root, const char *reference)
{
	JsonNode   *at = (JsonNode *) root;
	char	   *rest;
	char	   *part;

	if (reference[0] != '#')
		return NULL;
	if (reference[1] == '\0')
		return at;
	rest = pstrdup(reference + 1);
	while (at != NULL && *rest == '/')
	{
		part = ++rest;
		rest += strcspn(rest, "/");
		if (*rest == '/')
		{
			*rest = '\0';
			at = json_get(at, part);
			*rest = '/';
		}
		else
			at = json_get(at, part);
	}
	return at;
}

JsonNode *
lower_copy(const JsonNode *node)
{
	const char *problem;
	char	   *text = json_write(node);

	return json_read(text, strlen(text), &problem);
}

typedef struct Members
{
	JsonNode   *into;
	const char *without;
} Members;

static void
take_member(const char *key, JsonNode *value, void *argument)
{
	Members    *members = argument;

	if (strcmp(key, members->without) != 0)
		json_set_node(members->into, key, value);
}

/* A copy of schema without one keyword, over a copy of base. */
static JsonNode *
join_schemas(const JsonNode *base, const JsonNode *schema, const char *without)
{
	Members		members = {json_new_object(), without};
	JsonNode   *result = json_new_object();

	json_visit(schema, take_member, &members);
	if (json_kind(base) == JSON_KIND_OBJECT)
		json_merge(result, lower_copy(base));
	json_merge(result, lower_copy(members.into));
	return result;
}

/* $ref and allOf become the members that they stand for. */
const JsonNode *
lower_resolve(Lowering *lowering, const JsonNode *schema)
{
	for (int i = 0; i < MAX_RESOLVE; i++)
	{
		const char *reference = json_text(json_get(schema, "$ref"));
		JsonNode   *all = json_get(schema, "allOf");
		JsonNode   *base = NULL;

		if (reference != NULL)
			schema = join_schemas(find_reference(lowering->root, reference), schema, "$ref");
		else if (all != NULL)
		{
			base = json_new_object();
			for (size_t j = 0; j < json_length(all); j++)
			{
				if (json_kind(json_item(all, j)) == JSON_KIND_OBJECT)
					json_merge(base, lower_copy(json_item(all, j)));
			}
			schema = join_schemas(base, schema, "allOf");
		}
		else
			return schema;
	}
	return json_new_object();
}

static void
add_type(Level *node, const char *type)
{
	if (type == NULL)
		return;
	if (strcmp(type, "null") == 0)
		node->null = true;
	else if (node->ntypes < lengthof(node->types))
		node->types[node->ntypes++] = pstrdup(type);
}

static const char *
type_of_kind(JsonKind kind)
{
	switch (kind)
	{
		case JSON_KIND_BOOLEAN:
			return "boolean";
		case JSON_KIND_INTEGER:
			return "integer";
		case JSON_KIND_REAL:
			return "number";
		case JSON_KIND_STRING:
			return "string";
		case JSON_KIND_ARRAY:
			return "array";
		case JSON_KIND_OBJECT:
			return "object";
		default:
			return "null";
	}
}

/* Values of enum and const tell the type where it is not given. */
static void
add_type_of_values(Level *node, const JsonNode *values)
{
	for (size_t i = 0; i < json_length(values); i++)
	{
		const char *type = type_of_kind(json_kind(json_item(values, i)));
		bool		known = false;

		for (int j = 0; j < node->ntypes; j++)
			known |= strcmp(node->types[j], type) == 0;
		if (!known)
			add_type(node, type);
	}
}

static bool
is_null_schema(const JsonNode *schema)
{
	const char *type = json_text(json_get(schema, "type"));

	return type != NULL && strcmp(type, "null") == 0;
}

void
lower_read_branches(Level *node)
{
	JsonNode   *branches = json_get(node->schema, "anyOf");
	JsonNode   *only;

	if (branches == NULL)
		branches = json_get(node->schema, "oneOf");
	if (json_length(branches) == 0)
		return;
	node->branches = json_new_array();
	for (size_t i = 0; i < json_length(branches); i++)
	{
		if (is_null_schema(json_item(branches, i)))
			node->null = true;
		else
			json_append_node(node->branches, json_item(branches, i));
	}
	if (json_length(node->branches) != 1)
		return;
	/* One branch beside null: a schema that may be null. */
	only = json_item(node->branches, 0);
	node->branches = NULL;
	node->schema = lower_resolve(node->lowering,
						   join_schemas(only, node->schema,
										json_get(node->schema, "anyOf") ? "anyOf" : "oneOf"));
}

JsonNode *
lower_values_of(const JsonNode *schema)
{
	JsonNode   *values = json_get(schema, "enum");
	JsonNode   *constant = json_get(schema, "const");

	if (values == NULL && constant != NULL)
	{
		values = json_new_array();
		json_append_node(values, constant);
	}
	return values;
}

void
lower_read_types(Level *node)
{
	JsonNode   *type = json_get(node->schema, "type");

	if (json_kind(type) == JSON_KIND_ARRAY)
	{
		for (size_t i = 0; i < json_length(type); i++)
			add_type(node, json_text(json_item(type, i)));
	}
	else
		add_type(node, json_text(type));
	if (json_truth(json_get(node->schema, "nullable"), false))
		node->null = true;
	if (type == NULL && json_get(node->schema, "properties") != NULL)
		add_type(node, "object");
	if (type == NULL && json_get(node->schema, "items") != NULL)
		add_type(node, "array");
	if (type == NULL && node->ntypes == 0)
		add_type_of_values(node, lower_values_of(node->schema));
}

bool
lower_has_type(const Level *node, const char *type)
{
	for (int i = 0; i < node->ntypes; i++)
	{
		if (strcmp(node->types[i], type) == 0)
			return true;
	}
	return false;
}
