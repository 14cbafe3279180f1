/*-------------------------------------------------------------------------
 *
 * lower.c
 *		A JSON Schema in the subset that a provider accepts.
 *
 * There are five subsets: OpenAI's strict one, Anthropic's, Gemini's two
 * (JSON Schema, and that of OpenAPI 3.0), and what servers make grammars of
 * (llama.cpp, Ollama, vLLM).  One table says what becomes of each keyword:
 * kept, said in words, or left out.  References and allOf are resolved, oneOf
 * becomes anyOf.  Rows are checked against the whole schema in any case.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "provider/adapter.h"

typedef enum Subset
{
	SUBSET_STRICT, SUBSET_ANTHROPIC, SUBSET_GEMINI, SUBSET_OPENAPI, SUBSET_GRAMMAR
} Subset;

/* Limits of one request: Anthropic's of unions and of optional properties,
 * OpenAI's of the values of all enums, and of the letters of one and of all. */
#define MAX_UNIONS		16
#define MAX_OPTIONAL	24
#define MAX_ENUM_VALUES 1000
#define MAX_ENUM_LETTERS 15000
#define MAX_LETTERS		100000	/* of 120,000, which names count in */

/* Schemas that contain themselves end somewhere. */
#define MAX_RESOLVE		16
#define MAX_DEPTH		9			/* and a value below: OpenAI takes 10 */
#define MAX_NODES		10000

/*
 * What becomes of a keyword in each subset, in their order:
 *	k	kept				w	said in words			-	left out
 *	i	kept for integers	1	kept if 0 or 1			f	by the subset's formats
 *	p	kept without lookaround and back references
 *	s	kept if simple		a	kept if simple and anchored on both sides
 * where not kept, it is said in words; %s is the value.
 */
typedef struct Keyword
{
	const char *name;
	const char *treatment;
	const char *words;
} Keyword;

static const Keyword keywords[] = {
	{"description", "kkkkk", NULL},
	{"title", "--kk-", NULL},
	{"default", "-k-k-", NULL},
	{"examples", "wwwww", "for example %s"},
	{"minimum", "kwkki", "at least %s"},
	{"maximum", "kwkki", "at most %s"},
	{"exclusiveMinimum", "kwwww", "more than %s"},
	{"exclusiveMaximum", "kwwww", "less than %s"},
	{"multipleOf", "kwwww", "a multiple of %s"},
	{"minLength", "wwwkk", "at least %s characters"},
	{"maxLength", "wwwkk", "at most %s characters"},
	{"minItems", "k1kkk", "at least %s elements"},
	{"maxItems", "kwkkk", "at most %s elements"},
	{"pattern", "pswka", "matches the regular expression %s"},
	{"format", "fffff", NULL},
	{"prefixItems", "wwkwk", "its elements are, in turn, %s"},
	/* annotations, and what is dealt with elsewhere */
	{"type", "-----", NULL},
	{"properties", "-----", NULL},
	{"required", "-----", NULL},
	{"additionalProperties", "-----", NULL},
	{"items", "-----", NULL},
	{"enum", "-----", NULL},
	{"const", "-----", NULL},
	{"anyOf", "-----", NULL},
	{"oneOf", "-----", NULL},
	{"nullable", "-----", NULL},
	{"uniqueItems", "-----", NULL},
	{"propertyOrdering", "-----", NULL},
	{"$ref", "-----", NULL},
	{"$defs", "-----", NULL},
	{"definitions", "-----", NULL},
	{"$schema", "-----", NULL},
	{"$id", "-----", NULL},
	{"$anchor", "-----", NULL},
	{"$comment", "-----", NULL},
	{"readOnly", "-----", NULL},
	{"writeOnly", "-----", NULL},
	{"deprecated", "-----", NULL}
};

typedef struct Format
{
	const char *name;
	const char *subsets;		/* k where it is known */
	const char *words;
} Format;

static const Format formats[] = {
	{"date-time", "kkkkk", "a date and time like 2025-01-31T12:00:00Z"},
	{"date", "kkkkk", "a date like 2025-01-31"},
	{"time", "kkkkk", "a time like 12:00:00"},
	{"duration", "kkwww", "an ISO 8601 duration"},
	{"email", "kkwww", "an e-mail address"},
	{"hostname", "kkwww", "a host name"},
	{"uri", "wkwww", "a URI"},
	{"ipv4", "kkwww", "an IPv4 address"},
	{"ipv6", "kkwww", "an IPv6 address"},
	{"uuid", "kkwwk", "a UUID"}
};

typedef struct Lowering
{
	Subset		subset;
	const JsonNode *root;
	StringInfo	notes;
	int			unions;
	int			optional;
	int			enum_values;
	size_t		letters;
	int			nodes;
	int			depth;
} Lowering;

/* One schema on its way. */
typedef struct Level
{
	Lowering   *lowering;
	const JsonNode *schema;		/* without $ref and allOf */
	const char *path;			/* for words */
	StringInfoData words;
	JsonNode   *out;
	const char *types[8];		/* without null */
	int			ntypes;
	JsonNode   *branches;		/* of anyOf, without null; or NULL */
	bool		null;			/* may be null */
} Level;

static JsonNode *lower_schema(Lowering *lowering, const JsonNode *schema, const char *path,
							  bool required, bool *left_out);

/* ---- words ---- */

static void pg_attribute_printf(2, 3)
say(Level *node, const char *fmt,...)
{
	va_list		args;
	int			needed;

	if (node->words.len > 0)
		appendStringInfoString(&node->words, ", ");
	for (;;)
	{
		va_start(args, fmt);
		needed = appendStringInfoVA(&node->words, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&node->words, needed);
	}
}

/* A line of notes for the field, if there is anything to say. */
static void
say_all(Level *node)
{
	const char *path = node->path[0] ? node->path : "the answer";

	if (node->words.len > 0)
		appendStringInfo(node->lowering->notes, "- %s: %s\n", path, node->words.data);
}

/* ---- what a schema says ---- */

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

static JsonNode *
copy_node(const JsonNode *node)
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
		json_merge(result, copy_node(base));
	json_merge(result, copy_node(members.into));
	return result;
}

/* $ref and allOf become the members that they stand for. */
static const JsonNode *
resolve(Lowering *lowering, const JsonNode *schema)
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
					json_merge(base, copy_node(json_item(all, j)));
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

static void
read_branches(Level *node)
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
	node->schema = resolve(node->lowering,
						   join_schemas(only, node->schema,
										json_get(node->schema, "anyOf") ? "anyOf" : "oneOf"));
}

static JsonNode *
values_of(const JsonNode *schema)
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

static void
read_types(Level *node)
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
		add_type_of_values(node, values_of(node->schema));
}

static bool
has_type(const Level *node, const char *type)
{
	for (int i = 0; i < node->ntypes; i++)
	{
		if (strcmp(node->types[i], type) == 0)
			return true;
	}
	return false;
}

/* ---- keywords ---- */

static bool
simple_pattern(const char *pattern)
{
	for (const char *at = pattern; *at; at++)
	{
		if (at[0] == '(' && at[1] == '?' && at[2] != ':')
			return false;
		if (at[0] == '\\' && at[1] != '\0')
		{
			at++;
			if ((*at >= '1' && *at <= '9') || strchr("bBAZmMyYkK", *at) != NULL)
				return false;
		}
	}
	return true;
}

static bool
anchored_pattern(const char *pattern)
{
	size_t		length = strlen(pattern);
	int			depth = 0;

	if (length < 2 || pattern[0] != '^' || pattern[length - 1] != '$')
		return false;
	/* "^a|b$" is not. */
	for (const char *at = pattern; *at; at++)
	{
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (*at == '(')
			depth++;
		else if (*at == ')')
			depth--;
		else if (*at == '|' && depth == 0)
			return false;
	}
	return true;
}

static bool
keeps_format(Level *node, const char *name)
{
	for (int i = 0; i < lengthof(formats); i++)
	{
		if (strcmp(formats[i].name, name) != 0)
			continue;
		if (formats[i].subsets[node->lowering->subset] == 'k')
			return true;
		say(node, "%s", formats[i].words);
		return false;
	}
	say(node, "of the format %s", name);
	return false;
}

static bool
keeps_keyword(Level *node, const Keyword *keyword, const JsonNode *value)
{
	const char *text = json_text(value);

	switch (keyword->treatment[node->lowering->subset])
	{
		case 'k':
			return true;
		case 'i':
			return has_type(node, "integer") && node->ntypes == 1;
		case '1':
			return json_int(value, 2) <= 1;
		case 'p':
		case 's':
			return text != NULL && simple_pattern(text);
		case 'a':
			return text != NULL && simple_pattern(text) && anchored_pattern(text);
		default:
			return false;
	}
}

static const char *
value_text(const JsonNode *value)
{
	JsonKind	kind = json_kind(value);

	return kind == JSON_KIND_ARRAY || kind == JSON_KIND_OBJECT ?
		json_write(value) : json_scalar_text(value);
}

static void
lower_keyword(const char *key, JsonNode *value, void *argument)
{
	Level	   *node = argument;

	for (int i = 0; i < lengthof(keywords); i++)
	{
		const Keyword *keyword = &keywords[i];
		char		treatment = keyword->treatment[node->lowering->subset];

		if (strcmp(keyword->name, key) != 0)
			continue;
		if (treatment == 'f')
		{
			if (json_text(value) != NULL && keeps_format(node, json_text(value)))
				json_set_node(node->out, key, value);
		}
		else if (treatment != '-' && keeps_keyword(node, keyword, value))
			json_set_node(node->out, key, value);
		else if (keyword->words != NULL)
			say(node, keyword->words, value_text(value));
		return;
	}
	if (strncmp(key, "x-", 2) != 0)
		say(node, "keeps the JSON Schema keyword \"%s\": %s", key, value_text(value));
}

/* ---- values ---- */

static bool
keeps_value(Subset subset, JsonKind kind)
{
	switch (subset)
	{
		case SUBSET_OPENAPI:
			return kind == JSON_KIND_STRING;
		case SUBSET_GEMINI:
			return kind == JSON_KIND_STRING || kind == JSON_KIND_INTEGER || kind == JSON_KIND_REAL;
		default:
			return kind != JSON_KIND_ARRAY && kind != JSON_KIND_OBJECT;
	}
}

static bool
keeps_values(Level *node, const JsonNode *values)
{
	Lowering   *lowering = node->lowering;
	size_t		letters = 0;

	for (size_t i = 0; i < json_length(values); i++)
	{
		if (!keeps_value(lowering->subset, json_kind(json_item(values, i))))
			return false;
		letters += json_text_length(json_item(values, i));
	}
	if (lowering->subset != SUBSET_STRICT)
		return true;
	if (lowering->enum_values + json_length(values) > MAX_ENUM_VALUES ||
		letters > MAX_ENUM_LETTERS || lowering->letters + letters > MAX_LETTERS)
		return false;
	lowering->enum_values += json_length(values);
	lowering->letters += letters;
	return true;
}

/* enum and const, null put aside; it comes back where it is said by a type. */
static void
lower_values(Level *node, bool say_null)
{
	JsonNode   *given = values_of(node->schema);
	JsonNode   *values = json_new_array();
	JsonNode   *holder = json_new_object();

	if (given == NULL)
		return;
	for (size_t i = 0; i < json_length(given); i++)
	{
		if (json_kind(json_item(given, i)) != JSON_KIND_NULL)
			json_append_node(values, json_item(given, i));
	}
	if (json_length(values) == 0)
		return;
	if (!keeps_values(node, values))
	{
		say(node, "one of %s", json_write(values));
		return;
	}
	if (say_null && node->lowering->subset != SUBSET_GEMINI &&
		node->lowering->subset != SUBSET_OPENAPI)
	{
		json_set_null(holder, "null");
		json_append_node(values, json_get(holder, "null"));
	}
	json_set_node(node->out, "enum", values);
}

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
		say(node, "leave the key out for null");
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
		say(node, "no element twice");
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
	else if (has_type(node, "object") && json_length(json_get(node->schema, "properties")) == 0)
		what = "object";
	else if (has_type(node, "array") &&
			 json_kind(json_get(node->schema, "items")) != JSON_KIND_OBJECT &&
			 json_get(node->schema, "prefixItems") == NULL)
		what = "array";
	if (what == NULL)
		return false;
	say(node, "the text of a JSON %s", what);
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
	node.schema = resolve(lowering, schema);
	read_branches(&node);
	if (node.branches == NULL)
		read_types(&node);
	free_text = make_text_of_free(&node);
	say_null = decide_null(&node, required, left_out);
	wrap = say_null && lowering->subset == SUBSET_GEMINI && values_of(node.schema) != NULL;

	if (node.branches != NULL)
		set_branches(&node, say_null);
	else
		set_types(&node, say_null && !wrap);
	json_visit(node.schema, lower_keyword, &node);
	if (!free_text)
		lower_values(&node, say_null);
	if (has_type(&node, "object"))
		lower_object(&node);
	if (has_type(&node, "array"))
		lower_items(&node);
	say_all(&node);
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
		return copy_node(schema);
	lowering.subset = choose_subset(dialect, mode);
	lowered = lower_schema(&lowering, schema, "", true, NULL);
	*notes = text.data;
	return lowered;
}
