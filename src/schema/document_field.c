/*-------------------------------------------------------------------------
 *
 * document_field.c
 *		One field of a document: its keywords, laid over a field one by one.
 *
 * A field that is new starts empty; one that a base has keeps what the
 * document does not speak of.  The keywords of a field's semantic type stand
 * under its own: they fill what is not given, and never raise a fault.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "regex/regex.h"
#include "schema/document.h"
#include "schema/guess.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

#define PATTERN_MAX_LENGTH	10000	/* bytes: no texts are made from longer ones */

typedef void (*KeywordReader) (FieldReader *reader, FieldKeyword keyword, JsonbValue *value);

/*
 * The keywords.  "made" ones say how values are made, and so exclude an
 * expression and take the place of a column's default.
 */
typedef struct KeywordInfo
{
	const char *name;			/* JSON Schema's, where it has one */
	const char *other;			/* another spelling, or NULL */
	bool		made;
	KeywordReader read;			/* NULL: read apart */
} KeywordInfo;

static void read_text(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_members(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_count(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_required(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_null_fraction(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_bound(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_exclusive(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_multiple_of(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_reference(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_values(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_pattern(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_expression(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
static void read_unique(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);

static const KeywordInfo keywords[KEY_COUNT] = {
	[KEY_NAME] = {"name", NULL, false, NULL},
	[KEY_TITLE] = {"title", NULL, false, read_text},
	[KEY_DESCRIPTION] = {"description", NULL, false, read_text},
	[KEY_PROMPT] = {"prompt", NULL, false, read_text},
	[KEY_TYPE] = {"type", NULL, false, NULL},
	[KEY_FORMAT] = {"format", NULL, false, NULL},
	[KEY_FIELDS] = {"fields", NULL, true, read_members},
	[KEY_PROPERTIES] = {"properties", NULL, true, read_members},
	[KEY_ITEMS] = {"items", NULL, true, NULL},
	[KEY_MIN_ITEMS] = {"minItems", "min_items", true, read_count},
	[KEY_MAX_ITEMS] = {"maxItems", "max_items", true, read_count},
	[KEY_REQUIRED] = {"required", NULL, false, read_required},
	[KEY_NULL_FRACTION] = {"null_fraction", "nullFraction", true, read_null_fraction},
	[KEY_MINIMUM] = {"minimum", NULL, true, read_bound},
	[KEY_MAXIMUM] = {"maximum", NULL, true, read_bound},
	[KEY_EXCLUSIVE_MINIMUM] = {"exclusiveMinimum", "exclusive_minimum", true, read_exclusive},
	[KEY_EXCLUSIVE_MAXIMUM] = {"exclusiveMaximum", "exclusive_maximum", true, read_exclusive},
	[KEY_MULTIPLE_OF] = {"multipleOf", "multiple_of", true, read_multiple_of},
	[KEY_MIN_LENGTH] = {"minLength", "min_length", true, read_count},
	[KEY_MAX_LENGTH] = {"maxLength", "max_length", true, read_count},
	[KEY_REFERENCES] = {"references", NULL, true, read_reference},
	[KEY_ENUM] = {"enum", NULL, true, read_values},
	[KEY_CONST] = {"const", NULL, true, read_values},
	[KEY_EXAMPLES] = {"examples", NULL, true, read_values},
	[KEY_WEIGHTS] = {"weights", NULL, true, read_values},
	[KEY_DEFAULT] = {"default", NULL, true, read_values},
	[KEY_PATTERN] = {"pattern", NULL, true, read_pattern},
	[KEY_DISTRIBUTION] = {"distribution", NULL, true, read_values},
	[KEY_EXPRESSION] = {"expression", NULL, false, read_expression},
	[KEY_UNIQUE] = {"unique", NULL, false, read_unique}
};

/* JSON Schema's words that change nothing here. */
static const char *const ignored_words[] = {
	"$comment", "$id", "$schema", "additionalProperties"
};

/* Words that people try, and what they mean. */
static const struct
{
	const char *word;
	const char *hint;
}			word_hints[] = {
	{"nullable", "Perhaps you meant \"required\" or \"null_fraction\"."},
	{"null", "Perhaps you meant \"null_fraction\"."},
	{"nulls", "Perhaps you meant \"null_fraction\"."},
	{"null_rate", "Perhaps you meant \"null_fraction\"."},
	{"null_ratio", "Perhaps you meant \"null_fraction\"."},
	{"null_probability", "Perhaps you meant \"null_fraction\"."},
	{"not_null", "Perhaps you meant \"required\"."},
	{"notnull", "Perhaps you meant \"required\"."},
	{"optional", "Perhaps you meant \"required\" or \"null_fraction\"."},
	{"choices", "Perhaps you meant \"enum\"."},
	{"values", "Perhaps you meant \"enum\"."},
	{"options", "Perhaps you meant \"enum\"."},
	{"categories", "Perhaps you meant \"enum\"."},
	{"one_of", "Perhaps you meant \"enum\"."},
	{"oneOf", "Perhaps you meant \"enum\"."},
	{"anyOf", "Perhaps you meant \"enum\"."},
	{"allowed", "Perhaps you meant \"enum\"."},
	{"probabilities", "Perhaps you meant \"weights\"."},
	{"frequencies", "Perhaps you meant \"weights\"."},
	{"regex", "Perhaps you meant \"pattern\"."},
	{"regexp", "Perhaps you meant \"pattern\"."},
	{"mask", "Perhaps you meant \"pattern\"."},
	{"min", "Perhaps you meant \"minimum\"."},
	{"max", "Perhaps you meant \"maximum\"."},
	{"from", "Perhaps you meant \"minimum\"."},
	{"to", "Perhaps you meant \"maximum\"."},
	{"start", "Perhaps you meant \"minimum\"."},
	{"end", "Perhaps you meant \"maximum\"."},
	{"ge", "Perhaps you meant \"minimum\"."},
	{"gte", "Perhaps you meant \"minimum\"."},
	{"le", "Perhaps you meant \"maximum\"."},
	{"lte", "Perhaps you meant \"maximum\"."},
	{"gt", "Perhaps you meant \"exclusiveMinimum\"."},
	{"lt", "Perhaps you meant \"exclusiveMaximum\"."},
	{"range", "Perhaps you meant \"minimum\" and \"maximum\"."},
	{"between", "Perhaps you meant \"minimum\" and \"maximum\"."},
	{"step", "Perhaps you meant \"multipleOf\"."},
	{"len", "Perhaps you meant \"minLength\" or \"maxLength\"."},
	{"length", "Perhaps you meant \"minLength\" or \"maxLength\"."},
	{"size", "Perhaps you meant \"maxLength\" or \"maxItems\"."},
	{"default_value", "Perhaps you meant \"default\"."},
	{"value", "Perhaps you meant \"const\"."},
	{"constant", "Perhaps you meant \"const\"."},
	{"example", "Perhaps you meant \"examples\"."},
	{"samples", "Perhaps you meant \"examples\"."},
	{"fk", "Perhaps you meant \"references\"."},
	{"foreign_key", "Perhaps you meant \"references\"."},
	{"ref", "Perhaps you meant \"references\"."},
	{"$ref", "Perhaps you meant \"references\"."},
	{"reference", "Perhaps you meant \"references\"."},
	{"formula", "Perhaps you meant \"expression\"."},
	{"computed", "Perhaps you meant \"expression\"."},
	{"generated", "Perhaps you meant \"expression\"."},
	{"sql", "Perhaps you meant \"expression\"."},
	{"dist", "Perhaps you meant \"distribution\"."},
	{"mean", "Perhaps you meant \"distribution\": {\"kind\": \"normal\", \"mean\": ...}."},
	{"stddev", "Perhaps you meant \"distribution\": {\"kind\": \"normal\", \"stddev\": ...}."},
	{"datatype", "Perhaps you meant \"type\"."},
	{"data_type", "Perhaps you meant \"type\"."},
	{"kind", "Perhaps you meant \"type\"."},
	{"comment", "Perhaps you meant \"description\"."},
	{"label", "Perhaps you meant \"title\"."},
	{"distinct", "Perhaps you meant \"unique\"."},
	{"drop", "Leave the field out of the document."}
};

/* ---- faults ---- */

char *
field_path(const FieldReader *reader, FieldKeyword keyword)
{
	const char *word = reader->spelled[keyword];

	return psprintf("%s%s%s", reader->path, reader->path[0] != '\0' ? "." : "",
					word != NULL ? word : keywords[keyword].name);
}

void
field_fault(FieldReader *reader, int sqlerrcode, FieldKeyword keyword,
			const char *hint, const char *problem,...)
{
	StringInfoData text;

	if (reader->implied[keyword])
		return;
	initStringInfo(&text);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, problem);
		needed = appendStringInfoVA(&text, problem, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	fault_add(reader->document->faults, sqlerrcode, field_path(reader, keyword), hint,
			  "field \"%s\": %s", reader->field->name, text.data);
}

static void
shape_fault(FieldReader *reader, FieldKeyword keyword, const char *wanted, JsonbValue *value)
{
	field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
				"\"%s\" must be %s, not a JSON %s", keywords[keyword].name, wanted,
				JsonbTypeName(value));
}

/* ---- gathering the keywords ---- */

static int
keyword_index(const char *word)
{
	for (int key = 0; key < KEY_COUNT; key++)
	{
		if (strcmp(word, keywords[key].name) == 0 ||
			(keywords[key].other != NULL && strcmp(word, keywords[key].other) == 0))
			return key;
	}
	return -1;
}

static const char *
keyword_hint(const char *word)
{
	const char *names[KEY_COUNT];
	const char *nearest;

	for (int i = 0; i < lengthof(word_hints); i++)
	{
		if (pg_strcasecmp(word, word_hints[i].word) == 0)
			return word_hints[i].hint;
	}
	if (document_word_home(word) != NULL)
		return document_word_home(word);
	for (int key = 0; key < KEY_COUNT; key++)
		names[key] = keywords[key].name;
	nearest = nearest_name(word, names, KEY_COUNT);
	return nearest != NULL ? psprintf("Perhaps you meant \"%s\".", nearest) : NULL;
}

/* For a word at the top of a document that belongs into a field. */
const char *
field_word_home(const char *word)
{
	int			key = keyword_index(word);

	return key < 0 ? NULL : psprintf("\"%s\" is a keyword of a field.", word);
}

static bool
word_ignored(const char *word)
{
	if (strncmp(word, "x-", 2) == 0)
		return true;
	for (int i = 0; i < lengthof(ignored_words); i++)
	{
		if (strcmp(word, ignored_words[i]) == 0)
			return true;
	}
	return false;
}

static void
gather_word(FieldReader *reader, JsonbContainer *object, char *word)
{
	int			key = keyword_index(word);

	if (key < 0)
	{
		if (!word_ignored(word))
			fault_add(reader->document->faults, ERRCODE_INVALID_PARAMETER_VALUE,
					  psprintf("%s.%s", reader->path, word), keyword_hint(word),
					  "field \"%s\": unknown keyword \"%s\"", reader->field->name, word);
		return;
	}
	if (reader->given[key] != NULL)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, key, NULL,
					"\"%s\" and \"%s\" are the same", reader->spelled[key], word);
	reader->given[key] = json_member(object, word);
	reader->spelled[key] = word;
}

static void
gather(FieldReader *reader, JsonbContainer *object)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	key;

	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			gather_word(reader, object, jsonb_text(&key));
	}
}

/* Does an own exclusive bound take the place of an implied one? */
static bool
bound_replaced(const FieldReader *reader, int keyword)
{
	const JsonbValue *exclusive = NULL;

	if (keyword == KEY_MINIMUM)
		exclusive = reader->given[KEY_EXCLUSIVE_MINIMUM];
	else if (keyword == KEY_MAXIMUM)
		exclusive = reader->given[KEY_EXCLUSIVE_MAXIMUM];
	return exclusive != NULL && exclusive->type != jbvBool;
}

/* The keywords of the semantic type stand under the field's own. */
static void
gather_implied(FieldReader *reader, Jsonb *implied)
{
	bool		bounded = reader->given[KEY_MINIMUM] || reader->given[KEY_MAXIMUM] ||
		reader->given[KEY_EXCLUSIVE_MINIMUM] || reader->given[KEY_EXCLUSIVE_MAXIMUM];

	if (implied == NULL || !JB_ROOT_IS_OBJECT(implied))
		return;
	for (int key = KEY_MIN_ITEMS; key < KEY_COUNT; key++)
	{
		JsonbValue *value;

		/* What is drawn otherwise takes no shape from the type. */
		if (reader->given[key] != NULL || key == KEY_REFERENCES || key == KEY_EXPRESSION ||
			key == KEY_UNIQUE || reader->given[KEY_ENUM] != NULL ||
			reader->given[KEY_REFERENCES] != NULL || reader->field->reference >= 0 ||
			(bounded && key == KEY_DISTRIBUTION) || bound_replaced(reader, key))
			continue;
		value = json_member(&implied->root, keywords[key].name);
		if (value == NULL)
			continue;
		reader->given[key] = value;
		reader->implied[key] = true;
		reader->spelled[key] = keywords[key].name;
	}
}

/* Is the keyword the document's own? */
static bool
own(const FieldReader *reader, FieldKeyword keyword)
{
	return reader->given[keyword] != NULL && !reader->implied[keyword];
}

/* The first keyword that says how values are made, or KEY_COUNT. */
static int
first_made(const FieldReader *reader)
{
	int			key = 0;

	while (key < KEY_COUNT && !(keywords[key].made && own(reader, key)))
		key++;
	return key;
}

/* ---- the readers ---- */

static void
read_text(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	char	   *text;

	if (value->type != jbvString)
	{
		shape_fault(reader, keyword, "a string", value);
		return;
	}
	text = jsonb_text(value);
	if (keyword == KEY_TITLE)
		reader->field->title = text;
	else if (keyword == KEY_DESCRIPTION)
		reader->field->description = text;
	else
		reader->field->prompt = text;
}

/* "fields" or "properties" of a JSON object */
static void
read_members(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;
	Document	nested = *reader->document;

	if (value_kind(field->base_type) != VALUE_JSON)
	{
		field_fault(reader, ERRCODE_DATATYPE_MISMATCH, keyword, NULL,
					"a value of type %s has no members", format_type_be(field->type));
		return;
	}
	if (own(reader, KEY_ITEMS))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"it has both members and items");
		return;
	}
	field->items = NULL;
	field->json_array = false;
	if (field->object == NULL)
		field->object = schema_make();
	nested.schema = field->object;
	nested.nested = true;
	nested.depth++;
	if (keyword == KEY_FIELDS)
		document_read_fields(&nested, value, field_path(reader, keyword));
	else
		document_read_properties(&nested, value, field_path(reader, keyword));
}

/* A whole number from 0 to a limit; -1 after a fault. */
static int
whole_number(FieldReader *reader, FieldKeyword keyword, JsonbValue *value, int limit)
{
	double		number;

	if (value->type != jbvNumeric || !json_is_integral(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"%s\" must be a whole number", reader->spelled[keyword]);
		return -1;
	}
	number = json_double(value);
	if (number >= 0 && number <= limit)
		return (int) number;
	field_fault(reader, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, keyword, NULL,
				"%s %s is not between 0 and %d", keywords[keyword].name,
				numeric_normalize(value->val.numeric), limit);
	return -1;
}

/* minItems, maxItems, minLength, maxLength */
static void
read_count(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;
	bool		items = keyword == KEY_MIN_ITEMS || keyword == KEY_MAX_ITEMS;
	int			limit = items ? SCHEMA_MAX_ARRAY :
		keyword == KEY_MIN_LENGTH ? SCHEMA_MAX_BYTES : PG_INT32_MAX;
	int			number;

	if (items ? field->items == NULL : value_kind(field->base_type) != VALUE_TEXT)
	{
		field_fault(reader, ERRCODE_DATATYPE_MISMATCH, keyword, NULL,
					"a value of type %s has no %s", format_type_be(field->type),
					items ? "items" : "length");
		return;
	}
	number = whole_number(reader, keyword, value, limit);
	if (number < 0)
		return;
	if (keyword == KEY_MIN_ITEMS)
		field->min_items = number;
	else if (keyword == KEY_MAX_ITEMS)
		field->max_items = number;
	else if (keyword == KEY_MIN_LENGTH)
		field->min_length = number;
	else
		field->max_length = number;
}

/* true or false; of an object also the names of required members */
static void
read_required(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;

	if (json_is_array(value) && field->object != NULL)
	{
		Document	nested = *reader->document;

		nested.schema = field->object;
		nested.nested = true;
		document_read_required(&nested, value, field_path(reader, keyword));
		return;
	}
	if (value->type != jbvBool)
	{
		shape_fault(reader, keyword, "true or false", value);
		return;
	}
	if (!value->val.boolean && field->required && reader->fixed_type)
	{
		field_fault(reader, ERRCODE_NOT_NULL_VIOLATION, keyword, NULL,
					"its values may not be null");
		return;
	}
	field->required = value->val.boolean;
	if (field->required && !own(reader, KEY_NULL_FRACTION))
		field->null_fraction = -1;
}

static void
read_null_fraction(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	double		fraction;

	if (value->type != jbvNumeric)
	{
		shape_fault(reader, keyword, "a number", value);
		return;
	}
	fraction = json_double(value);
	if (!(fraction >= 0 && fraction <= 1))
		field_fault(reader, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, keyword, NULL,
					"null_fraction %s is not between 0 and 1",
					numeric_normalize(value->val.numeric));
	else if (fraction > 0 && reader->field->required)
		field_fault(reader, ERRCODE_NOT_NULL_VIOLATION, keyword, NULL,
					"null_fraction is %g, but the field is required", fraction);
	else
		reader->field->null_fraction = fraction;
}

/* The value of a bound, or a fault. */
static bool
bound_value(FieldReader *reader, FieldKeyword keyword, JsonbValue *value, Datum *datum)
{
	Field	   *field = reader->field;
	ValueKind	kind = value_kind(field->base_type);
	bool		isnull;

	if (!value_kind_is_number(kind) && !value_kind_is_time(kind))
	{
		field_fault(reader, ERRCODE_DATATYPE_MISMATCH, keyword, NULL,
					"type %s takes no \"%s\"", format_type_be(field->type),
					keywords[keyword].name);
		return false;
	}
	if (!field_read_values(reader, keyword, &value, 1, true, datum, &isnull))
		return false;
	if (!isnull && value_is_finite(field->base_type, *datum))
		return true;
	field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
				"\"%s\" must be a finite value", keywords[keyword].name);
	return false;
}

static void
read_bound(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Bound	   *bound = keyword == KEY_MINIMUM ? &reader->field->minimum :
		&reader->field->maximum;
	Datum		datum;

	/* What the base says goes before what the semantic type implies. */
	if (reader->implied[keyword] && bound->set)
		return;
	if (!bound_value(reader, keyword, value, &datum))
		return;
	bound->set = true;
	bound->exclusive = false;
	bound->value = datum;
	bound->implied = reader->implied[keyword];
}

/*
 * A value, as JSON Schema has it since draft 6; or true, as it had before,
 * which makes "minimum" or "maximum" exclusive.  Of both bounds the narrower
 * one counts.
 */
static void
read_exclusive(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;
	bool		lower = keyword == KEY_EXCLUSIVE_MINIMUM;
	Bound	   *bound = lower ? &field->minimum : &field->maximum;
	Datum		datum;

	if (reader->implied[keyword] && bound->set)
		return;
	if (value->type == jbvBool)
	{
		if (bound->set)
			bound->exclusive = value->val.boolean;
		else
			field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
						"\"%s\" is %s, but there is no \"%s\"", keywords[keyword].name,
						value->val.boolean ? "true" : "false", lower ? "minimum" : "maximum");
		return;
	}
	if (!bound_value(reader, keyword, value, &datum))
		return;
	if (bound->set && own(reader, lower ? KEY_MINIMUM : KEY_MAXIMUM))
	{
		int			order = value_compare(field->base_type, datum, bound->value);

		if (lower ? order < 0 : order > 0)
			return;
	}
	bound->set = true;
	bound->exclusive = true;
	bound->value = datum;
	bound->implied = reader->implied[keyword];
}

static void
read_multiple_of(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;
	double		number = value->type == jbvNumeric ? json_double(value) : 0;

	if (!value_kind_is_number(value_kind(field->base_type)))
		field_fault(reader, ERRCODE_DATATYPE_MISMATCH, keyword, NULL,
					"type %s takes no \"multipleOf\"", format_type_be(field->type));
	else if (!(number > 0) || !isfinite(number))
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"multipleOf\" must be a number above zero");
	else
		field->multiple_of = number;
}

static void
read_reference(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Schema	   *schema = reader->document->schema;

	if (!OidIsValid(reader->parent.relid))
		return;
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i] == reader->field)
			reference_set(schema, &reader->parent, &i);
	}
}

static void
read_values(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	switch (keyword)
	{
		case KEY_ENUM:
			field_read_enum(reader, value);
			break;
		case KEY_CONST:
			field_read_const(reader, value);
			break;
		case KEY_EXAMPLES:
			field_read_examples(reader, value);
			break;
		case KEY_WEIGHTS:
			field_read_weights(reader, value);
			break;
		case KEY_DEFAULT:
			field_read_default(reader, value);
			break;
		default:
			field_read_distribution(reader, value);
			break;
	}
}

static void
pattern_work(void *pattern)
{
	(void) RE_compile_and_cache(cstring_to_text(pattern), REG_ADVANCED,
								DEFAULT_COLLATION_OID);
}

static void
read_pattern(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;
	SoftError	error;
	char	   *pattern;

	if (value->type != jbvString)
	{
		shape_fault(reader, keyword, "a string", value);
		return;
	}
	if (value_kind(field->base_type) != VALUE_TEXT)
	{
		field_fault(reader, ERRCODE_DATATYPE_MISMATCH, keyword, NULL,
					"type %s takes no \"pattern\"", format_type_be(field->type));
		return;
	}
	pattern = jsonb_text(value);
	/* PostgreSQL's own compiler may take minutes over longer ones */
	if (strlen(pattern) > PATTERN_MAX_LENGTH)
	{
		field_fault(reader, ERRCODE_PROGRAM_LIMIT_EXCEEDED, keyword, NULL,
					"the pattern has %zu bytes, at most %d are possible",
					strlen(pattern), PATTERN_MAX_LENGTH);
		return;
	}
	if (soft_call(pattern_work, pattern, &error))
		field->pattern = pattern;
	else
		field_fault(reader, error.sqlerrcode, keyword, error.hint, "%s", error.message);
}

static void
read_expression(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;
	int			made = first_made(reader);

	if (value->type != jbvString || value->val.string.len == 0)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"expression\" must be SQL in a string");
		return;
	}
	if (made < KEY_COUNT)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"expression\" and \"%s\" exclude each other", reader->spelled[made]);
		return;
	}
	reference_clear(reader->document->schema, field);
	field->origin = FIELD_EXPRESSION;
	field->expression = jsonb_text(value);
	field->expr = NULL;
}

static void
read_unique(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;

	if (value->type != jbvBool)
	{
		shape_fault(reader, keyword, "true or false", value);
		return;
	}
	if (!value->val.boolean && field->unique && reader->fixed_type)
	{
		field_fault(reader, ERRCODE_UNIQUE_VIOLATION, keyword, NULL,
					"its values have to be distinct");
		return;
	}
	if (value->val.boolean && field->object != NULL)
	{
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, keyword, NULL,
					"a JSON object cannot be unique");
		return;
	}
	if (value->val.boolean &&
		!OidIsValid(lookup_type_cache(field->type, TYPECACHE_EQ_OPR)->eq_opr))
	{
		field_fault(reader, ERRCODE_UNDEFINED_FUNCTION, keyword, NULL,
					"values of type %s cannot be compared, so they cannot be unique",
					format_type_be(field->type));
		return;
	}
	field->unique = value->val.boolean;
}

/*
 * What an expression gives cannot be distinct by construction.  A table's
 * own unique column is judged by its index.
 */
static void
check_unique(FieldReader *reader)
{
	Field	   *field = reader->field;

	if (!field->unique || field->expression == NULL || reader->fixed_type)
		return;
	field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED,
				own(reader, KEY_UNIQUE) ? KEY_UNIQUE : KEY_EXPRESSION,
				UNIQUE_EXPRESSION_HINT, "values of an expression cannot be kept unique");
}

/* ---- contradictions ---- */

/* Has a distribution values to speak of between the bounds? */
static bool
distribution_reaches(const Field *field)
{
	const Distribution *d = &field->distribution;
	double		low = d->mean - 4 * d->stddev;
	double		high = d->mean + 4 * d->stddev;

	if (d->kind == DISTRIBUTION_LOGNORMAL)
		low = 0;
	else if (d->kind != DISTRIBUTION_NORMAL)
		return false;
	return !(field->minimum.set &&
			 value_to_scale(field->base_type, field->minimum.value) >= high) &&
		!(field->maximum.set &&
		  value_to_scale(field->base_type, field->maximum.value) <= low);
}

/* Lets a guessed bound yield to the other one; true if that settled it. */
static bool
drop_guessed_bound(FieldReader *reader)
{
	Field	   *field = reader->field;
	Bound	   *guess = field->minimum.implied ? &field->minimum : &field->maximum;

	if (field->minimum.implied == field->maximum.implied)
		return false;
	memset(guess, 0, sizeof(Bound));
	if (field->distribution.implied && !distribution_reaches(field))
		memset(&field->distribution, 0, sizeof(Distribution));
	return true;
}

static void
check_bounds(FieldReader *reader)
{
	Field	   *field = reader->field;
	Bound	   *lower = &field->minimum;
	Bound	   *upper = &field->maximum;
	ValueKind	kind = value_kind(field->base_type);
	FieldKeyword place = KEY_MINIMUM;
	bool		empty;
	int			order;

	if (!lower->set || !upper->set)
		return;
	order = value_compare(field->base_type, lower->value, upper->value);
	empty = order > 0 || (order == 0 && (lower->exclusive || upper->exclusive));
	if (!empty && lower->exclusive && upper->exclusive &&
		(kind == VALUE_INTEGER || kind == VALUE_DATE))
		empty = value_to_scale(field->base_type, upper->value) -
			value_to_scale(field->base_type, lower->value) == 1;
	if (!empty || drop_guessed_bound(reader))
		return;

	while (place < KEY_EXCLUSIVE_MAXIMUM && !own(reader, place))
		place++;
	field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, place, NULL,
				order > 0 ? "minimum %s is greater than maximum %s" :
				"no value lies between %s and %s, which are excluded",
				value_to_text(field->base_type, lower->value),
				value_to_text(field->base_type, upper->value));
}

static void
check_lengths(FieldReader *reader)
{
	Field	   *field = reader->field;
	bool		limited = field->base_type == VARCHAROID || field->base_type == BPCHAROID;
	int			limit = limited ? field->base_typmod - VARHDRSZ : -1;

	if (field->max_length >= 0 && field->min_length > field->max_length)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE,
					own(reader, KEY_MIN_LENGTH) ? KEY_MIN_LENGTH : KEY_MAX_LENGTH, NULL,
					"minLength %d is greater than maxLength %d",
					field->min_length, field->max_length);
	else if (limit >= 0 && field->min_length > limit)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_MIN_LENGTH, NULL,
					"minLength %d is greater than the %d characters of type %s",
					field->min_length, limit,
					format_type_with_typemod(field->type, field->typmod));
	if (field->max_items >= 0 && field->min_items > field->max_items)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE,
					own(reader, KEY_MIN_ITEMS) ? KEY_MIN_ITEMS : KEY_MAX_ITEMS, NULL,
					"minItems %d is greater than maxItems %d",
					field->min_items, field->max_items);
}

/* Why a required field is not possible, or NULL; *keyword is at fault. */
const char *
field_null_problem(const Field *field, FieldKeyword *keyword)
{
	*keyword = KEY_NULL_FRACTION;
	if (field->null_fraction > 0)
		return psprintf("it is required, but null_fraction is %g", field->null_fraction);
	*keyword = KEY_ENUM;
	for (int i = 0; i < field->enumeration.count; i++)
	{
		if (field->enumeration.nulls[i])
			return "it is required, but \"enum\" has a null";
	}
	*keyword = KEY_DEFAULT;
	return field->has_default && field->default_isnull ?
		"it is required, but its default is null" : NULL;
}

static void
check_nulls(FieldReader *reader)
{
	FieldKeyword keyword;
	const char *problem;

	if (!reader->field->required)
		return;
	problem = field_null_problem(reader->field, &keyword);
	if (problem != NULL)
		field_fault(reader, ERRCODE_NOT_NULL_VIOLATION, keyword, NULL, "%s", problem);
}

static void
check_exclusions(FieldReader *reader)
{
	static const FieldKeyword pairs[][2] = {
		{KEY_ENUM, KEY_CONST}, {KEY_ENUM, KEY_REFERENCES}, {KEY_CONST, KEY_REFERENCES},
		{KEY_PATTERN, KEY_REFERENCES}, {KEY_DISTRIBUTION, KEY_PATTERN},
		{KEY_FIELDS, KEY_PROPERTIES}
	};

	for (int i = 0; i < lengthof(pairs); i++)
	{
		if (own(reader, pairs[i][0]) && own(reader, pairs[i][1]))
			field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, pairs[i][0], NULL,
						"\"%s\" and \"%s\" exclude each other",
						reader->spelled[pairs[i][0]], reader->spelled[pairs[i][1]]);
	}
}

static void
check_reference(FieldReader *reader)
{
	const char *problem = reference_distribution_problem(reader->field);

	if (problem != NULL)
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED,
					own(reader, KEY_DISTRIBUTION) ? KEY_DISTRIBUTION : KEY_REFERENCES,
					REFERENCE_DISTRIBUTION_HINT, "%s", problem);
}

/* ---- who fills the field ---- */

/*
 * Of a column that is generated always only its description may change;
 * what says again what is so anyway is let pass, as a document of the table
 * itself does.
 */
static bool
guard_generated(FieldReader *reader)
{
	Field	   *field = reader->field;
	JsonbValue *expression = reader->given[KEY_EXPRESSION];
	int			made;

	if (!field->generated_always)
		return true;
	if (expression != NULL && expression->type == jbvString && field->expression != NULL &&
		strcmp(jsonb_text(expression), field->expression) == 0)
	{
		reader->given[KEY_EXPRESSION] = NULL;
		expression = NULL;
	}
	made = first_made(reader);
	if (expression != NULL)
		made = KEY_EXPRESSION;
	else if (reader->given[KEY_FORMAT] != NULL)
		made = KEY_FORMAT;
	if (made == KEY_COUNT)
		return true;
	field_fault(reader, ERRCODE_GENERATED_ALWAYS, made, NULL,
				"its values are generated always");
	return false;
}

/* Keywords that only make sense for the fields of a row. */
static void
guard_nested(FieldReader *reader)
{
	static const FieldKeyword keys[] = {KEY_REFERENCES, KEY_EXPRESSION, KEY_UNIQUE};

	if (!reader->document->nested)
		return;
	for (int i = 0; i < lengthof(keys); i++)
	{
		if (reader->given[keys[i]] == NULL)
			continue;
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, keys[i], NULL,
					"\"%s\" works for the fields of a row, not inside a value",
					keywords[keys[i]].name);
		reader->given[keys[i]] = NULL;
	}
}

static void
settle_origin(FieldReader *reader, bool retyped)
{
	Field	   *field = reader->field;

	if (own(reader, KEY_EXPRESSION) || field->generated_always)
		return;
	if (first_made(reader) == KEY_COUNT && !retyped)
		return;
	field->origin = FIELD_MADE;
	field->expression = NULL;
	field->expr = NULL;
}

static void
settle_why(FieldReader *reader)
{
	static const FieldKeyword keys[] = {
		KEY_EXPRESSION, KEY_REFERENCES, KEY_CONST, KEY_ENUM, KEY_PATTERN, KEY_EXAMPLES,
		KEY_DEFAULT, KEY_DISTRIBUTION
	};

	for (int i = 0; i < lengthof(keys); i++)
	{
		if (!own(reader, keys[i]))
			continue;
		reader->field->why = keywords[keys[i]].name;
		return;
	}
}

/* ---- entry points ---- */

/* "references", which may also give the type. */
static void
read_parent(FieldReader *reader)
{
	JsonbValue *value = reader->given[KEY_REFERENCES];
	char	   *path;

	if (value == NULL)
		return;
	path = field_path(reader, KEY_REFERENCES);
	if (reference_parse(reader->document, value, path,
						psprintf("field \"%s\": ", reader->field->name), &reader->parent) &&
		reader->parent.ncolumns != 1)
	{
		field_fault(reader, ERRCODE_INVALID_FOREIGN_KEY, KEY_REFERENCES,
					"Give \"references\" at the top of the document, with \"fields\".",
					"one field cannot refer to %d columns", reader->parent.ncolumns);
		reader->parent.relid = InvalidOid;
	}
}

static bool
keys_fit(Oid relid, AttrNumber attnum, const Field *field)
{
	Oid			parent = get_atttype(relid, attnum);
	Oid			child = field->base_type;

	return can_coerce_type(1, &parent, &child, COERCION_ASSIGNMENT);
}

/* A reference of the base goes where a new type does not take its keys. */
static void
drop_unfit_reference(FieldReader *reader)
{
	Field	   *field = reader->field;
	Reference  *reference;

	if (field->reference < 0 || reader->fixed_type)
		return;
	reference = list_nth(reader->document->schema->references, field->reference);
	if (!keys_fit(reference->relid, reference->attnums[field->reference_column], field))
		reference_clear(reader->document->schema, field);
}

static void
check_parent(FieldReader *reader)
{
	Field	   *field = reader->field;
	Oid			parent;

	drop_unfit_reference(reader);
	if (!OidIsValid(reader->parent.relid) ||
		keys_fit(reader->parent.relid, reader->parent.attnums[0], field))
		return;
	parent = get_atttype(reader->parent.relid, reader->parent.attnums[0]);
	field_fault(reader, ERRCODE_DATATYPE_MISMATCH, KEY_REFERENCES, NULL,
				"keys of type %s do not fit its type %s", format_type_be(parent),
				format_type_be(field->type));
	reader->parent.relid = InvalidOid;
}

/* What the base says yields to a keyword that excludes it. */
static void
drop_excluded(FieldReader *reader)
{
	Field	   *field = reader->field;

	if (own(reader, KEY_PATTERN) || own(reader, KEY_REFERENCES))
		memset(&field->distribution, 0, sizeof(Distribution));
	if (own(reader, KEY_PATTERN))
		reference_clear(reader->document->schema, field);
	if (own(reader, KEY_DISTRIBUTION) || own(reader, KEY_REFERENCES))
		field->pattern = NULL;

	/* Values stand for themselves, but a table's bounds are its own. */
	if ((own(reader, KEY_ENUM) || own(reader, KEY_CONST)) &&
		!reader->document->narrows &&
		!(reader->document->schema != NULL && OidIsValid(reader->document->schema->relid)))
	{
		field->minimum.set = field->maximum.set = false;
		field->multiple_of = 0;
		field->min_length = field->max_length = -1;
		field->pattern = NULL;
	}
}

static void
apply_keywords(FieldReader *reader)
{
	ValueList	before = reader->field->enumeration;

	drop_excluded(reader);
	for (int key = 0; key < KEY_COUNT; key++)
	{
		if (reader->given[key] != NULL && keywords[key].read != NULL)
			keywords[key].read(reader, key, reader->given[key]);
	}
	check_exclusions(reader);
	check_reference(reader);
	check_bounds(reader);
	check_lengths(reader);
	check_nulls(reader);
	check_unique(reader);
	field_settle_values(reader, &before);
	settle_why(reader);
}

/* Lays the keywords of object over a field. */
void
field_read(Document *document, Field *field, JsonbContainer *object,
		   const char *path, bool is_new, bool fixed_type)
{
	FieldReader reader = {document, field, path, is_new, fixed_type};
	const SemanticType *semantic = field->semantic;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (document->depth > SCHEMA_MAX_DEPTH)
	{
		fault_add(document->faults, ERRCODE_PROGRAM_LIMIT_EXCEEDED, path, NULL,
				  "objects and arrays are nested more than %d deep", SCHEMA_MAX_DEPTH);
		field_set_type(field, NULL, TEXTOID, -1);
		return;
	}
	gather(&reader, object);
	guard_nested(&reader);
	if (!guard_generated(&reader))
		return;
	read_parent(&reader);
	if (!field_read_type(&reader))
	{
		/* The rest of the document is to be read, too. */
		field_set_type(field, NULL, TEXTOID, -1);
		return;
	}
	if (field->generated_always && field->semantic != semantic)
	{
		field_fault(&reader, ERRCODE_GENERATED_ALWAYS, KEY_TYPE, NULL,
					"its values are generated always");
		field->semantic = semantic;
		return;
	}
	check_parent(&reader);
	if (semantic != NULL && field->semantic != semantic)
		guess_drop(field);
	if (field->semantic != NULL && (is_new || field->semantic != semantic) &&
		reader.given[KEY_EXPRESSION] == NULL)
		gather_implied(&reader, field->semantic->keywords);
	settle_origin(&reader, field->semantic != semantic);
	apply_keywords(&reader);
}

/* A field that a condition fixes to a value; null fixes it to NULL. */
void
field_fix_value(Document *document, Field *field, JsonbValue *value, const char *path)
{
	FieldReader reader = {document, field, path, false, true};

	reader.given[KEY_CONST] = value;
	reader.spelled[KEY_CONST] = field->name;	/* which makes the path right */
	if (!guard_generated(&reader))
		return;
	settle_origin(&reader, false);
	apply_keywords(&reader);
	field->why = "condition";
}

/* What does not suit the field is left out: its faults go nowhere. */
void
field_apply_defaults(Field *field, Jsonb *keywords)
{
	Faults		faults = {.collect = true};
	Document	document = {.faults = &faults};
	FieldReader reader = {&document, field, field->name, true, true};
	const char *why = field->why;

	gather_implied(&reader, keywords);
	apply_keywords(&reader);
	field->why = why;
}
