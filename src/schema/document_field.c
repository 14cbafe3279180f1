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

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "schema/document.h"
#include "schema/guess.h"
#include "util/format.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ---- faults ---- */

char *
field_path(const FieldReader *reader, FieldKeyword keyword)
{
	const char *word = reader->spelled[keyword];

	return psprintf("%s%s%s", reader->path, reader->path[0] != '\0' ? "." : "",
					word != NULL ? word : keyword_name(keyword));
}

void
field_fault(FieldReader *reader, int sqlerrcode, FieldKeyword keyword,
			const char *hint, const char *problem,...)
{
	va_list		args;
	char	   *text;

	if (reader->implied[keyword])
		return;
	va_start(args, problem);
	text = format_va(problem, args);
	va_end(args);
	fault_add(reader->document->faults, sqlerrcode, field_path(reader, keyword), hint,
			  "field \"%s\": %s", reader->field->name, text);
}

/* ---- keywords of the semantic type ---- */

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
			key == KEY_UNIQUE || (reader->given[KEY_ENUM] != NULL && !reader->implied[KEY_ENUM]) ||
			reader->given[KEY_REFERENCES] != NULL || reader->field->reference >= 0 ||
			(bounded && key == KEY_DISTRIBUTION) || bound_replaced(reader, key))
			continue;
		value = jsonb_member_of(&implied->root, keyword_name(key));
		if (value == NULL)
			continue;
		reader->given[key] = value;
		reader->implied[key] = true;
		reader->spelled[key] = keyword_name(key);
	}
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
	made = keyword_first_made(reader);
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
	static const FieldKeyword keys[] = {
		KEY_REFERENCES, KEY_EXPRESSION, KEY_UNIQUE, KEY_BY, KEY_CASES, KEY_PER,
		KEY_ASCENDING, KEY_HIDDEN
	};

	if (!reader->document->nested)
		return;
	for (int i = 0; i < lengthof(keys); i++)
	{
		if (reader->given[keys[i]] == NULL)
			continue;
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, keys[i], NULL,
					"\"%s\" works for the fields of a row, not inside a value",
					keyword_name(keys[i]));
		reader->given[keys[i]] = NULL;
	}
}

static void
settle_origin(FieldReader *reader, bool retyped)
{
	Field	   *field = reader->field;

	if (field_own(reader, KEY_EXPRESSION) || field->generated_always)
		return;
	if (keyword_first_made(reader) == KEY_COUNT && !retyped)
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
		KEY_DEFAULT, KEY_DISTRIBUTION, KEY_CASES
	};

	if (field_own(reader, KEY_WHY))
		return;
	for (int i = 0; i < lengthof(keys); i++)
	{
		if (!field_own(reader, keys[i]))
			continue;
		reader->field->why = keyword_name(keys[i]);
		return;
	}
}

/* ---- what it refers to ---- */

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

/* ---- all of it ---- */

/* What the base says yields to a keyword that excludes it. */
static void
drop_excluded(FieldReader *reader)
{
	Field	   *field = reader->field;

	if (field_own(reader, KEY_PATTERN) || field_own(reader, KEY_REFERENCES))
		memset(&field->distribution, 0, sizeof(Distribution));
	if (field_own(reader, KEY_PATTERN))
		reference_clear(reader->document->schema, field);
	if (field_own(reader, KEY_DISTRIBUTION) || field_own(reader, KEY_REFERENCES))
		field->pattern = NULL;

	if ((field_own(reader, KEY_CONST) || field_own(reader, KEY_REFERENCES)) &&
		!field_own(reader, KEY_CASES))
	{
		field->by = NULL;
		field->case_words = NULL;
	}

	/* Values stand for themselves, but a table's bounds are its own. */
	if ((field_own(reader, KEY_ENUM) || field_own(reader, KEY_CONST)) &&
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
		keyword_read(reader, key);
	field_check(reader);
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
				  "field \"%s\": objects and arrays are nested more than %d deep", field->name,
				  SCHEMA_MAX_DEPTH);
		field_set_type(field, NULL, TEXTOID, -1);
		return;
	}
	field_gather(&reader, object);
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
