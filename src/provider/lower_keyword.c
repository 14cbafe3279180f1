/*-------------------------------------------------------------------------
 *
 * lower_keyword.c
 *		Keywords and values of a JSON Schema: which of them a subset keeps, and
 *		what is said in words instead.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/lower.h"

/* OpenAI's limits of the values of all enums, and of the letters of one and of all. */
#define MAX_ENUM_VALUES 1000
#define MAX_ENUM_LETTERS 15000
#define MAX_LETTERS		100000	/* of 120,000, which names count in */

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
/* ---- words ---- */

void
lower_say(Level *node, const char *fmt,...)
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

/* A line of notes for the field, if there is anything to lower_say. */
void
lower_say_all(Level *node)
{
	const char *path = node->path[0] ? node->path : "the answer";

	if (node->words.len > 0)
		appendStringInfo(node->lowering->notes, "- %s: %s\n", path, node->words.data);
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
		lower_say(node, "%s", formats[i].words);
		return false;
	}
	lower_say(node, "of the format %s", name);
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
			return lower_has_type(node, "integer") && node->ntypes == 1;
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

void
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
			lower_say(node, keyword->words, value_text(value));
		return;
	}
	if (strncmp(key, "x-", 2) != 0)
		lower_say(node, "keeps the JSON Schema keyword \"%s\": %s", key, value_text(value));
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
void
lower_values(Level *node, bool say_null)
{
	JsonNode   *given = lower_values_of(node->schema);
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
		lower_say(node, "one of %s", json_write(values));
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
