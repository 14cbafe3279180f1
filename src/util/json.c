/*-------------------------------------------------------------------------
 *
 * json.c
 *		JSON for the wire: the one door to jansson.
 *
 * jansson counts references.  A node that is made here holds one for the
 * memory context that was current, given back by a reset callback; a node
 * put into another is held by that one too.  So nodes can be shared, and
 * whichever context goes first, none is freed while it is used.
 *
 * utils/builtins.h must not be included: it declares a json_object() of the
 * server's own, to which the loader would bind jansson's as well.  Objects
 * are made by json_pack().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include <jansson.h>

#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "util/json.h"
#include "util/json_bytes.h"

/* ---- ownership ---- */

static void
release_node(void *node)
{
	json_decref(node);
}

static MemoryContextCallback *
allocate_callback(void)
{
	MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));

	callback->func = release_node;
	return callback;
}

/* From here on the current context holds the node; cannot fail. */
static JsonNode *
adopt(JsonNode *node, MemoryContextCallback *callback)
{
	callback->arg = node;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return node;
}

pg_noreturn static void
build_failed(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("could not build JSON: %s is not valid UTF-8, or memory is short",
					what)));
}

/* ---- reading ---- */

/* A new reference, or NULL. */
static json_t *
parse(const char *bytes, size_t length, const char **problem)
{
	JsonSurvey	survey = {0};
	StringInfoData quoted = {0};
	json_error_t error;
	json_t	   *node;

	json_bytes_survey(bytes, length, &survey, NULL);
	if (survey.too_deep)
	{
		*problem = psprintf("nested deeper than %d levels at byte %zu",
							JSON_MAX_DEPTH, survey.depth_at);
		return NULL;
	}
	if (survey.has_big_numbers)
	{
		initStringInfo(&quoted);
		json_bytes_survey(bytes, length, &survey, &quoted);
		bytes = quoted.data;
		length = quoted.len;
	}

	node = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (node == NULL)
		*problem = psprintf("%s at byte %d", json_error_code(&error) == json_error_premature_end_of_input ?
							"unexpected end" :
							json_error_code(&error) == json_error_invalid_utf8 ?
							"invalid UTF-8" : "invalid JSON", error.position);
	if (quoted.data != NULL)
		pfree(quoted.data);
	return node;
}

JsonNode *
json_read(const char *bytes, size_t length, const char **problem)
{
	MemoryContextCallback *callback = allocate_callback();
	const char *phrase = NULL;
	json_t	   *node = parse(bytes, length, &phrase);

	if (problem != NULL)
		*problem = phrase;
	return node != NULL ? adopt(node, callback) : NULL;
}

JsonNode *
json_read_truncated_rows(const char *bytes, size_t length, const char *key)
{
	size_t		at = json_bytes_find_array(bytes, length, key);
	JsonNode   *rows = json_new_array();

	while (at < length)
	{
		size_t		end = json_bytes_element_end(bytes, length, at);
		const char *problem = NULL;
		json_t	   *row;

		if (end == length && (end == at || (bytes[end - 1] != '}' && bytes[end - 1] != ']')))
			break;
		row = parse(bytes + at, end - at, &problem);
		if (row == NULL && (end == length || bytes[end] != ','))
			break;
		if (row == NULL)
			row = json_null();
		if (json_array_append_new(rows, row) != 0)
			build_failed("a row");
		end = json_bytes_skip_blanks(bytes, length, end);
		if (end == length || bytes[end] != ',')
			break;
		at = end + 1;
	}
	return json_array_size(rows) > 0 ? rows : NULL;
}

/* ---- making ---- */

static JsonNode *
new_node(const char *format)
{
	MemoryContextCallback *callback = allocate_callback();
	json_t	   *node = json_pack(format);

	if (node == NULL)
		build_failed("a node");
	return adopt(node, callback);
}

JsonNode *
json_new_object(void)
{
	return new_node("{}");
}

JsonNode *
json_new_array(void)
{
	return new_node("[]");
}

/* Takes over the reference; NULL: it could not be made. */
static void
set_new(JsonNode *object, const char *key, json_t *value)
{
	if (value == NULL || json_object_set_new(object, key, value) != 0)
		build_failed(psprintf("the value of \"%s\"", key));
}

void
json_set_text(JsonNode *object, const char *key, const char *value)
{
	set_new(object, key, value != NULL ? json_string(value) : json_null());
}

void
json_set_int(JsonNode *object, const char *key, int64 value)
{
	set_new(object, key, json_integer(value));
}

/* JSON has no infinity and no NaN: null stands for them. */
void
json_set_real(JsonNode *object, const char *key, double value)
{
	set_new(object, key, isfinite(value) ? json_pack("f", value) : json_null());
}

void
json_set_bool(JsonNode *object, const char *key, bool value)
{
	set_new(object, key, json_boolean(value));
}

void
json_set_null(JsonNode *object, const char *key)
{
	set_new(object, key, json_null());
}

void
json_set_node(JsonNode *object, const char *key, JsonNode *value)
{
	set_new(object, key, value != NULL ? json_incref(value) : json_null());
}

void
json_append_text(JsonNode *array, const char *value)
{
	json_t	   *text = json_string(value);

	if (text == NULL || json_array_append_new(array, text) != 0)
		build_failed("a text");
}

void
json_append_node(JsonNode *array, JsonNode *value)
{
	if (json_array_append(array, value) != 0)
		build_failed("an element");
}

/*
 * Objects below are copied before they are changed: others may share them.
 */
void
json_merge(JsonNode *object, const JsonNode *from)
{
	const char *key;
	json_t	   *value;

	check_stack_depth();
	json_object_foreach(unconstify(JsonNode *, from), key, value)
	{
		json_t	   *old = json_object_get(object, key);

		if (json_is_object(old) && json_is_object(value))
		{
			set_new(object, key, json_copy(old));
			json_merge(json_object_get(object, key), value);
		}
		else
			set_new(object, key, json_incref(value));
	}
}

/* ---- looking ---- */

JsonKind
json_kind(const JsonNode *node)
{
	switch (node != NULL ? json_typeof(node) : JSON_NULL)
	{
		case JSON_TRUE:
		case JSON_FALSE:
			return JSON_KIND_BOOLEAN;
		case JSON_INTEGER:
			return JSON_KIND_INTEGER;
		case JSON_REAL:
			return JSON_KIND_REAL;
		case JSON_STRING:
			return JSON_KIND_STRING;
		case JSON_ARRAY:
			return JSON_KIND_ARRAY;
		case JSON_OBJECT:
			return JSON_KIND_OBJECT;
		case JSON_NULL:
			break;
	}
	return JSON_KIND_NULL;
}

JsonNode *
json_get(const JsonNode *object, const char *key)
{
	return json_object_get(object, key);
}

size_t
json_length(const JsonNode *array_or_object)
{
	return json_is_object(array_or_object) ? json_object_size(array_or_object) :
		json_array_size(array_or_object);
}

JsonNode *
json_item(const JsonNode *array, size_t i)
{
	return json_array_get(array, i);
}

/* One step of a path: a key of an object, or a number in an array. */
static JsonNode *
step(const JsonNode *node, const char *name)
{
	char	   *end;
	unsigned long i;

	if (!json_is_array(node))
		return json_object_get(node, name);
	i = strtoul(name, &end, 10);
	return end != name && *end == '\0' ? json_array_get(node, i) : NULL;
}

JsonNode *
json_path(const JsonNode *node, const char *path)
{
	char	   *name = pstrdup(path);
	char	   *next = name;
	char	   *part;

	while (node != NULL && (part = strsep(&next, ".")) != NULL)
		node = step(node, part);
	pfree(name);
	return unconstify(JsonNode *, node);
}

const char *
json_text(const JsonNode *node)
{
	return json_string_value(node);
}

size_t
json_text_length(const JsonNode *node)
{
	return json_string_length(node);
}

int64
json_int(const JsonNode *node, int64 otherwise)
{
	double		value;

	if (json_is_integer(node))
		return json_integer_value(node);
	if (!json_is_real(node))
		return otherwise;
	value = json_real_value(node);
	if (value == rint(value) && value >= -9007199254740992.0 && value <= 9007199254740992.0)
		return (int64) value;
	return otherwise;
}

double
json_number(const JsonNode *node, double otherwise)
{
	return json_is_number(node) ? json_number_value(node) : otherwise;
}

bool
json_truth(const JsonNode *node, bool otherwise)
{
	return json_is_boolean(node) ? json_is_true(node) : otherwise;
}

static char *
real_text(const JsonNode *node)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	/* "-0" would be read as an integer, which has no such value. */
	double_to_shortest_decimal_buf(json_real_value(node) == 0 ? 0 : json_real_value(node), digits);
	return pstrdup(digits);
}

char *
json_scalar_text(const JsonNode *node)
{
	switch (json_kind(node))
	{
		case JSON_KIND_BOOLEAN:
			return pstrdup(json_is_true(node) ? "true" : "false");
		case JSON_KIND_INTEGER:
			return psprintf(INT64_FORMAT, (int64) json_integer_value(node));
		case JSON_KIND_REAL:
			return real_text(node);
		case JSON_KIND_STRING:
			return pstrdup(json_string_value(node));
		case JSON_KIND_NULL:
		case JSON_KIND_ARRAY:
		case JSON_KIND_OBJECT:
			break;
	}
	return NULL;
}

void
json_visit(const JsonNode *object, JsonVisitor visit, void *argument)
{
	const char *key;
	json_t	   *value;

	json_object_foreach(unconstify(JsonNode *, object), key, value)
		visit(key, value, argument);
}

/* ---- writing ---- */

static void
write_string(StringInfo out, const char *text, size_t length)
{
	size_t		plain = 0;

	appendStringInfoChar(out, '"');
	for (size_t i = 0; i < length; i++)
	{
		unsigned char c = text[i];

		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		appendBinaryStringInfo(out, text + plain, i - plain);
		plain = i + 1;
		if (c == '"' || c == '\\')
		{
			appendStringInfoChar(out, '\\');
			appendStringInfoChar(out, c);
		}
		else if (c == '\n')
			appendStringInfoString(out, "\\n");
		else
			appendStringInfo(out, "\\u%04x", c);
	}
	appendBinaryStringInfo(out, text + plain, length - plain);
	appendStringInfoChar(out, '"');
}

static void write_node(StringInfo out, const JsonNode *node);

static void
write_object(StringInfo out, const JsonNode *object)
{
	const char *separator = "";
	const char *key;
	json_t	   *value;

	appendStringInfoChar(out, '{');
	json_object_foreach(unconstify(JsonNode *, object), key, value)
	{
		appendStringInfoString(out, separator);
		write_string(out, key, strlen(key));
		appendStringInfoChar(out, ':');
		write_node(out, value);
		separator = ",";
	}
	appendStringInfoChar(out, '}');
}

static void
write_array(StringInfo out, const JsonNode *array)
{
	appendStringInfoChar(out, '[');
	for (size_t i = 0; i < json_array_size(array); i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		write_node(out, json_array_get(array, i));
	}
	appendStringInfoChar(out, ']');
}

/* Not json_dumps(): it writes 0.7 as 0.69999999999999996. */
static void
write_node(StringInfo out, const JsonNode *node)
{
	check_stack_depth();
	switch (json_kind(node))
	{
		case JSON_KIND_NULL:
			appendStringInfoString(out, "null");
			break;
		case JSON_KIND_BOOLEAN:
			appendStringInfoString(out, json_is_true(node) ? "true" : "false");
			break;
		case JSON_KIND_INTEGER:
			appendStringInfo(out, INT64_FORMAT, (int64) json_integer_value(node));
			break;
		case JSON_KIND_REAL:
			appendStringInfoString(out, real_text(node));
			break;
		case JSON_KIND_STRING:
			write_string(out, json_string_value(node), json_string_length(node));
			break;
		case JSON_KIND_ARRAY:
			write_array(out, node);
			break;
		case JSON_KIND_OBJECT:
			write_object(out, node);
			break;
	}
}

char *
json_write(const JsonNode *node)
{
	StringInfoData out;

	initStringInfo(&out);
	write_node(&out, node);
	return out.data;
}
