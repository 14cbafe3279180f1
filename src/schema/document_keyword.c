/*-------------------------------------------------------------------------
 *
 * document_keyword.c
 *		The keywords of a field of a document, one by one.
 *
 * Those that list or weigh values are in document_list.c, limits in
 * document_bound.c, the type in document_type.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_collation.h"
#include "regex/regex.h"
#include "schema/document.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

#define PATTERN_MAX_LENGTH	10000	/* bytes: no texts are made from longer ones */

void
field_shape_fault(FieldReader *reader, FieldKeyword keyword, const char *wanted,
				  JsonbValue *value)
{
	field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
				"\"%s\" must be %s, not a JSON %s", keyword_name(keyword), wanted,
				JsonbTypeName(value));
}

static void
read_text(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	char	   *text;

	if (value->type != jbvString)
	{
		field_shape_fault(reader, keyword, "a string", value);
		return;
	}
	text = jsonb_text(value);
	if (keyword == KEY_TITLE)
		reader->field->title = text;
	else if (keyword == KEY_DESCRIPTION)
		reader->field->description = text;
	else if (keyword == KEY_PROMPT)
		reader->field->prompt = text;
	else
		reader->field->why = text;
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
	if (field_own(reader, KEY_ITEMS))
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

/* true or false; of an object also the names of required members */
static void
read_required(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;

	if (jsonb_is_array(value) && field->object != NULL)
	{
		Document	nested = *reader->document;

		nested.schema = field->object;
		nested.nested = true;
		document_read_required(&nested, value, field_path(reader, keyword));
		return;
	}
	if (value->type != jbvBool)
	{
		field_shape_fault(reader, keyword, "true or false", value);
		return;
	}
	if (!value->val.boolean && field->required && reader->fixed_type)
	{
		field_fault(reader, ERRCODE_NOT_NULL_VIOLATION, keyword, NULL,
					"its values may not be null");
		return;
	}
	field->required = value->val.boolean;
	if (field->required && !field_own(reader, KEY_NULL_FRACTION))
		field->null_fraction = -1;
}

static void
read_null_fraction(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	double		fraction;

	if (value->type != jbvNumeric)
	{
		field_shape_fault(reader, keyword, "a number", value);
		return;
	}
	fraction = jsonb_double(value);
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
		field_shape_fault(reader, keyword, "a string", value);
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

/* null takes back what a base says. */
static void
read_by(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;

	if (value->type == jbvNull)
	{
		field->by = NULL;
		field->case_words = NULL;
	}
	else if (value->type != jbvString)
		field_shape_fault(reader, keyword, "the name of a field", value);
	else
		field->by = jsonb_text(value);
}

/* They are read by cases.c, when all fields are known. */
static void
read_cases(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;

	if (!jsonb_is_object(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword,
					"Write it as {\"fuel\": {\"maximum\": 90}}.",
					"\"cases\" must be an object, not a JSON %s", JsonbTypeName(value));
		return;
	}
	field->case_words = JsonbValueToJsonb(value);
	field->cases_below = false;
}

static void
read_per(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	if (value->type == jbvNull)
		reader->field->per_series = false;
	else if (value->type == jbvString && strcmp(jsonb_text(value), "series") == 0)
	{
		/* "unique" of the document, which counts series, is read later */
		if (reader->fixed_type && reader->field->unique && !reader->field->per_series)
			field_fault(reader, ERRCODE_UNIQUE_VIOLATION, keyword, NULL, UNIQUE_PER_SERIES);
		reader->field->per_series = true;
	}
	else
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword,
					"Write it as \"per\": \"series\".",
					"values are drawn once a row, or per \"series\"");
}

static void
read_ascending(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	if (value->type == jbvBool)
		reader->field->ascending = value->val.boolean;
	else
		field_shape_fault(reader, keyword, "true or false", value);
}

static void
read_expression(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;
	int			made = keyword_first_made(reader);

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
	field->by = NULL;
	field->case_words = NULL;
	field->per_series = field->ascending = false;
	field->origin = FIELD_EXPRESSION;
	field->expression = jsonb_text(value);
	field->expr = NULL;
}

/* Where a field lies was decided when it came. */
static void
read_hidden(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	if (value->type != jbvBool)
		field_shape_fault(reader, keyword, "true or false", value);
	else if (value->val.boolean != reader->field->hidden)
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, keyword, NULL,
					reader->field->hidden ? "it is hidden, and stays so" :
					"it is part of the rows, and cannot be hidden");
}

static void
read_unique(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;

	if (value->type != jbvBool)
	{
		field_shape_fault(reader, keyword, "true or false", value);
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

/* ---- the table ---- */

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

static const KeywordInfo keywords[KEY_COUNT] = {
	[KEY_NAME] = {"name", NULL, false, NULL},
	[KEY_TITLE] = {"title", NULL, false, read_text},
	[KEY_DESCRIPTION] = {"description", NULL, false, read_text},
	[KEY_PROMPT] = {"prompt", NULL, false, read_text},
	[KEY_WHY] = {"why", NULL, false, read_text},
	[KEY_HIDDEN] = {"hidden", NULL, false, read_hidden},
	[KEY_TYPE] = {"type", NULL, false, NULL},
	[KEY_FORMAT] = {"format", NULL, false, NULL},
	[KEY_FIELDS] = {"fields", NULL, true, read_members},
	[KEY_PROPERTIES] = {"properties", NULL, true, read_members},
	[KEY_ITEMS] = {"items", NULL, true, NULL},
	[KEY_MIN_ITEMS] = {"minItems", "min_items", true, field_read_count},
	[KEY_MAX_ITEMS] = {"maxItems", "max_items", true, field_read_count},
	[KEY_REQUIRED] = {"required", NULL, false, read_required},
	[KEY_NULL_FRACTION] = {"null_fraction", "nullFraction", true, read_null_fraction},
	[KEY_MINIMUM] = {"minimum", NULL, true, field_read_bound},
	[KEY_MAXIMUM] = {"maximum", NULL, true, field_read_bound},
	[KEY_EXCLUSIVE_MINIMUM] = {"exclusiveMinimum", "exclusive_minimum", true, field_read_exclusive},
	[KEY_EXCLUSIVE_MAXIMUM] = {"exclusiveMaximum", "exclusive_maximum", true, field_read_exclusive},
	[KEY_MULTIPLE_OF] = {"multipleOf", "multiple_of", true, field_read_multiple_of},
	[KEY_MIN_LENGTH] = {"minLength", "min_length", true, field_read_count},
	[KEY_MAX_LENGTH] = {"maxLength", "max_length", true, field_read_count},
	[KEY_REFERENCES] = {"references", NULL, true, read_reference},
	[KEY_ENUM] = {"enum", NULL, true, read_values},
	[KEY_CONST] = {"const", NULL, true, read_values},
	[KEY_EXAMPLES] = {"examples", NULL, true, read_values},
	[KEY_WEIGHTS] = {"weights", NULL, true, read_values},
	[KEY_DEFAULT] = {"default", NULL, true, read_values},
	[KEY_PATTERN] = {"pattern", NULL, true, read_pattern},
	[KEY_DISTRIBUTION] = {"distribution", NULL, true, read_values},
	[KEY_BY] = {"by", NULL, true, read_by},
	[KEY_CASES] = {"cases", NULL, true, read_cases},
	[KEY_PER] = {"per", NULL, true, read_per},
	[KEY_ASCENDING] = {"ascending", NULL, true, read_ascending},
	[KEY_EXPRESSION] = {"expression", NULL, false, read_expression},
	[KEY_UNIQUE] = {"unique", NULL, false, read_unique}
};

const char *
keyword_name(FieldKeyword keyword)
{
	return keywords[keyword].name;
}

int
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

/* The first keyword that says how values are made, or KEY_COUNT. */
int
keyword_first_made(const FieldReader *reader)
{
	int			key = 0;

	while (key < KEY_COUNT && !(keywords[key].made && field_own(reader, key)))
		key++;
	return key;
}

void
keyword_read(FieldReader *reader, FieldKeyword keyword)
{
	if (reader->given[keyword] != NULL && keywords[keyword].read != NULL)
		keywords[keyword].read(reader, keyword, reader->given[keyword]);
}
