/*-------------------------------------------------------------------------
 *
 * document_type.c
 *		The type of a field of a document: from "type" and "format", else
 *		from what else the field says, else from its name.
 *
 * A word of "type" is looked up as a JSON Schema type first, then as a
 * semantic type, then as a type of PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "parser/parse_type.h"
#include "schema/document.h"
#include "schema/expression.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* What "type" and "format" come to. */
typedef struct TypeChoice
{
	char	   *name;			/* as the document has it */
	Oid			type;			/* invalid: nothing chosen yet */
	int32		typmod;
	const SemanticType *semantic;
	bool		json_word;		/* a type of JSON Schema, so not exact */
	bool		array;			/* "array": the elements decide */
	bool		nullable;		/* "null" was among the types */
	const char *why;
} TypeChoice;

/* JSON Schema's types; "integer" and "array" are narrowed down later. */
static const struct
{
	const char *name;
	Oid			type;
}			json_types[] = {
	{"string", TEXTOID},
	{"number", NUMERICOID},
	{"integer", INT4OID},
	{"boolean", BOOLOID},
	{"object", JSONBOID},
	{"array", JSONBOID}
};

/* Names that a document means literally, whatever the data files say. */
static const char *const plain_types[] = {
	"text", "date", "time", "timestamp", "timestamptz", "uuid", "interval", "json", "jsonb"
};

/* Formats that are types of PostgreSQL. */
static const struct
{
	const char *format;
	Oid			type;
}			type_formats[] = {
	{"date-time", TIMESTAMPTZOID},
	{"date", DATEOID},
	{"time", TIMEOID},
	{"duration", INTERVALOID},
	{"uuid", UUIDOID},
	{"int32", INT4OID},
	{"int64", INT8OID},
	{"float", FLOAT4OID},
	{"double", FLOAT8OID}
};

/* Words that people try, and what they mean. */
static const struct
{
	const char *word;
	const char *hint;
}			type_hints[] = {
	{"str", "Perhaps you meant \"string\"."},
	{"datetime", "Perhaps you meant \"timestamp\"."},
	{"double", "Perhaps you meant \"double precision\"."},
	{"list", "Perhaps you meant \"array\"."},
	{"dict", "Perhaps you meant \"object\"."},
	{"map", "Perhaps you meant \"object\"."},
	{"enum", "Give the values as \"enum\"; it needs no \"type\"."},
	{"category", "Give the values as \"enum\"; it needs no \"type\"."},
	{"blob", "Perhaps you meant \"bytea\"."},
	{"tinyint", "Perhaps you meant \"smallint\"."},
	{"serial", "Perhaps you meant \"integer\", with \"unique\": true."},
	{"bigserial", "Perhaps you meant \"bigint\", with \"unique\": true."}
};

static const char *const common_types[] = {
	"string", "number", "integer", "boolean", "object", "array",
	"text", "varchar", "char", "smallint", "bigint", "int", "real", "double precision",
	"numeric", "decimal", "money", "date", "time", "timestamp", "timestamptz", "interval",
	"uuid", "bytea", "inet", "cidr", "macaddr", "json", "jsonb", "xml", "bit", "point",
	"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange", "tsvector"
};

/* ---- words to types ---- */

typedef struct TypeWork
{
	const char *name;
	Oid			type;
	int32		typmod;
} TypeWork;

/*
 * A word is the server's own type, if it has one of that name, wherever
 * search_path looks first: a document means the same to everybody.
 */
static void
type_work(void *argument)
{
	TypeWork   *work = argument;
	TypeName   *name = COMPAT_TYPE_NAME_FROM_STRING(work->name);

	if (list_length(name->names) == 1)
	{
		TypeName   *builtin = copyObject(name);
		Type		found;

		builtin->names = lcons(makeString("pg_catalog"), builtin->names);
		found = LookupTypeName(NULL, builtin, NULL, true);
		if (found != NULL)
		{
			ReleaseSysCache(found);
			name = builtin;
		}
	}
	typenameTypeIdAndMod(NULL, name, &work->type, &work->typmod);
}

static const char *
type_hint(const char *word)
{
	int			count = semantic_count() + lengthof(common_types);
	const char **names = palloc(sizeof(char *) * count);
	const char *nearest;
	int			n = 0;

	for (int i = 0; i < lengthof(type_hints); i++)
	{
		if (pg_strcasecmp(word, type_hints[i].word) == 0)
			return type_hints[i].hint;
	}
	for (int i = 0; i < lengthof(common_types); i++)
		names[n++] = common_types[i];
	for (int i = 0; i < semantic_count(); i++)
		names[n++] = semantic_at(i)->name;
	nearest = nearest_name(word, names, n);
	return nearest != NULL ? psprintf("Perhaps you meant \"%s\".", nearest) :
		"Give a JSON Schema type, a PostgreSQL type, or a semantic type.";
}

static bool
choose_postgres_type(FieldReader *reader, const char *word, TypeChoice *choice)
{
	TypeWork	work = {word, InvalidOid, -1};
	SoftError	error;

	if (!soft_call(type_work, &work, &error))
	{
		bool		unknown = error.sqlerrcode == ERRCODE_UNDEFINED_OBJECT;

		field_fault(reader, error.sqlerrcode, KEY_TYPE,
					unknown ? type_hint(word) : error.hint, "%s", error.message);
		return false;
	}
	if (get_typtype(work.type) == TYPTYPE_PSEUDO)
	{
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, KEY_TYPE, NULL,
					"type %s has no values of its own", format_type_be(work.type));
		return false;
	}
	/* what a table's column has anyway is the table's matter */
	if (!reader->fixed_type && !expression_type_is_harmless(work.type))
	{
		field_fault(reader, ERRCODE_INSUFFICIENT_PRIVILEGE, KEY_TYPE,
					"Domains and the like have to be built in, your own, or a superuser's.",
					"type %s cannot be used in a document", format_type_be(work.type));
		return false;
	}
	choice->type = work.type;
	choice->typmod = work.typmod;
	choice->why = "type";
	return true;
}

/* The PostgreSQL type of a semantic type, with its modifier if it has one. */
static void
choose_semantic(const SemanticType *semantic, TypeChoice *choice)
{
	TypeWork	work = {semantic->type_name, InvalidOid, -1};

	choice->semantic = semantic;
	choice->type = semantic->type;
	choice->typmod = -1;
	if (strchr(semantic->type_name, '(') != NULL)
	{
		type_work(&work);
		choice->type = work.type;
		choice->typmod = work.typmod;
	}
}

static bool
choose_word(FieldReader *reader, char *word, TypeChoice *choice)
{
	const SemanticType *semantic;

	choice->name = word;
	for (int i = 0; i < lengthof(json_types); i++)
	{
		if (strcmp(word, json_types[i].name) != 0)
			continue;
		choice->type = json_types[i].type;
		choice->array = strcmp(word, "array") == 0;
		choice->json_word = true;
		choice->why = "type";
		return true;
	}
	for (int i = 0; i < lengthof(plain_types); i++)
	{
		if (pg_strcasecmp(word, plain_types[i]) == 0)
			return choose_postgres_type(reader, word, choice);
	}
	semantic = semantic_lookup(word);
	if (semantic == NULL)
		return choose_postgres_type(reader, word, choice);
	choose_semantic(semantic, choice);
	choice->why = psprintf("type \"%s\"", semantic->name);
	return true;
}

/* "type": a word, or several of which one may be "null". */
static bool
read_type_words(FieldReader *reader, JsonbValue *value, TypeChoice *choice)
{
	char	   *word = NULL;

	if (value->type == jbvString)
		return choose_word(reader, jsonb_text(value), choice);
	if (!json_is_array(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_TYPE, NULL,
					"\"type\" must be a string, not a JSON %s", JsonbTypeName(value));
		return false;
	}

	for (uint32 i = 0; i < JsonContainerSize(value->val.binary.data); i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(value->val.binary.data, i);
		char	   *text = item->type == jbvString ? jsonb_text(item) : "";

		if (strcmp(text, "null") == 0)
			choice->nullable = true;
		else if (word == NULL && text[0] != '\0')
			word = text;
		else
		{
			field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, KEY_TYPE,
						"An array of types may hold one type, and \"null\".",
						"a field has one type");
			return false;
		}
	}
	if (word != NULL)
		return choose_word(reader, word, choice);
	field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_TYPE, NULL,
				"\"type\" names no type");
	return false;
}

/* ---- what fits what ---- */

/* May a type's values be made by a semantic type? */
static bool
semantic_fits(const SemanticType *semantic, Oid type)
{
	Oid			base = getBaseType(type);
	Oid			own = getBaseType(semantic->type);
	ValueKind	kind = value_kind(base);
	ValueKind	own_kind = value_kind(own);

	if (base == own || kind == VALUE_TEXT)
		return true;
	if (value_kind_is_number(kind) && value_kind_is_number(own_kind))
		return true;
	/* columns of these types have such a meaning by their names */
	if (base == INETOID || base == MACADDROID || base == MACADDR8OID)
		return own_kind == VALUE_TEXT && strcmp(semantic->group, "internet") == 0;
	return (kind == VALUE_DATE || kind == VALUE_TIMESTAMP) &&
		(own_kind == VALUE_DATE || own_kind == VALUE_TIMESTAMP);
}

/* Does a type of JSON Schema include a type of PostgreSQL? */
static bool
json_word_includes(const char *word, const Field *field)
{
	ValueKind	kind = value_kind(field->base_type);

	if (strcmp(word, "integer") == 0)
		return kind == VALUE_INTEGER;
	if (strcmp(word, "number") == 0)
		return value_kind_is_number(kind);
	if (strcmp(word, "boolean") == 0)
		return kind == VALUE_BOOLEAN;
	if (strcmp(word, "object") == 0)
		return kind == VALUE_JSON;
	if (strcmp(word, "array") == 0)
		return kind == VALUE_JSON || field->items != NULL;
	return kind != VALUE_JSON && kind != VALUE_BOOLEAN && !value_kind_is_number(kind) &&
		field->items == NULL;
}

/* ---- format ---- */

static const char *
format_hint(const char *format)
{
	int			count = semantic_count() + lengthof(type_formats);
	const char **names = palloc(sizeof(char *) * count);
	const char *nearest;
	int			n = 0;

	for (int i = 0; i < lengthof(type_formats); i++)
		names[n++] = type_formats[i].format;
	for (int i = 0; i < semantic_count(); i++)
		names[n++] = semantic_at(i)->name;
	nearest = nearest_name(format, names, n);
	return nearest != NULL ? psprintf("Perhaps you meant \"%s\".", nearest) : NULL;
}

/* A format that is a type takes the place of JSON Schema's vaguer one. */
static bool
apply_type_format(FieldReader *reader, const char *format, Oid type, TypeChoice *choice)
{
	ValueKind	kind;

	if (!OidIsValid(choice->type) || choice->json_word)
	{
		bool		number = value_kind_is_number(value_kind(type));

		if (!OidIsValid(choice->type) ||
			(number ? value_kind_is_number(value_kind(choice->type)) :
			 choice->type == TEXTOID))
		{
			choice->type = type;
			choice->typmod = -1;
			choice->json_word = false;
			choice->semantic = NULL;
			choice->why = psprintf("format \"%s\"", format);
			return true;
		}
	}
	kind = value_kind(getBaseType(choice->type));
	if (kind != VALUE_OTHER && kind == value_kind(type))
		return true;
	field_fault(reader, ERRCODE_DATATYPE_MISMATCH, KEY_FORMAT, NULL,
				"format \"%s\" does not fit type %s", format, format_type_be(choice->type));
	return false;
}

static bool
apply_format(FieldReader *reader, JsonbValue *value, TypeChoice *choice)
{
	const SemanticType *semantic;
	char	   *format;

	if (value->type != jbvString)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_FORMAT, NULL,
					"\"format\" must be a string, not a JSON %s", JsonbTypeName(value));
		return false;
	}
	format = jsonb_text(value);
	for (int i = 0; i < lengthof(type_formats); i++)
	{
		if (strcmp(format, type_formats[i].format) == 0)
			return apply_type_format(reader, format, type_formats[i].type, choice);
	}

	semantic = semantic_lookup(format);
	if (semantic == NULL && (strcmp(format, "ipv4") == 0 || strcmp(format, "ipv6") == 0))
		return apply_type_format(reader, format, INETOID, choice);
	if (semantic == NULL)
	{
		field_fault(reader, ERRCODE_UNDEFINED_OBJECT, KEY_FORMAT, format_hint(format),
					"format \"%s\" does not exist", format);
		return false;
	}
	if (!OidIsValid(choice->type))
		choose_semantic(semantic, choice);
	else if (!semantic_fits(semantic, choice->type))
	{
		field_fault(reader, ERRCODE_DATATYPE_MISMATCH, KEY_FORMAT, NULL,
					"format \"%s\" does not fit type %s", format,
					format_type_be(choice->type));
		return false;
	}
	choice->semantic = semantic;
	choice->why = psprintf("format \"%s\"", semantic->name);
	return true;
}

/* ---- without "type" ---- */

/* Adds one value to a guess of the type that all of them have. */
static Oid
guess_value(Oid guess, JsonbValue *value)
{
	Oid			type;

	switch (value->type)
	{
		case jbvNull:
			return guess;
		case jbvNumeric:
			type = json_is_integral(value) ? INT4OID : NUMERICOID;
			break;
		case jbvBool:
			type = BOOLOID;
			break;
		case jbvString:
			type = TEXTOID;
			break;
		default:
			type = JSONBOID;
			break;
	}
	if (!OidIsValid(guess) || guess == type)
		return type;
	if ((guess == INT4OID && type == NUMERICOID) || (guess == NUMERICOID && type == INT4OID))
		return NUMERICOID;
	return guess == JSONBOID || type == JSONBOID ? JSONBOID : TEXTOID;
}

static Oid
guess_values(Oid guess, JsonbValue *value)
{
	if (!json_is_array(value))
		return guess;
	for (uint32 i = 0; i < JsonContainerSize(value->val.binary.data); i++)
		guess = guess_value(guess, getIthJsonbValueFromContainer(value->val.binary.data, i));
	return guess;
}

/* The type that the values of a field have. */
static Oid
guess_from_keywords(FieldReader *reader)
{
	static const FieldKeyword lists[] = {KEY_ENUM, KEY_EXAMPLES};
	static const FieldKeyword singles[] = {
		KEY_CONST, KEY_DEFAULT, KEY_MINIMUM, KEY_MAXIMUM, KEY_EXCLUSIVE_MINIMUM,
		KEY_EXCLUSIVE_MAXIMUM, KEY_MULTIPLE_OF
	};
	Oid			guess = InvalidOid;

	for (int i = 0; i < lengthof(lists); i++)
	{
		if (reader->given[lists[i]] != NULL)
			guess = guess_values(guess, reader->given[lists[i]]);
	}
	for (int i = 0; i < lengthof(singles); i++)
	{
		if (reader->given[singles[i]] != NULL)
			guess = guess_value(guess, reader->given[singles[i]]);
	}
	if (!OidIsValid(guess) && reader->given[KEY_DISTRIBUTION] != NULL)
		guess = NUMERICOID;
	if (!OidIsValid(guess) && (reader->given[KEY_PATTERN] != NULL))
		guess = TEXTOID;
	return guess;
}

/* Is there any keyword that says which values a field has? */
static bool
keywords_decide(FieldReader *reader)
{
	for (int key = KEY_FIELDS; key < KEY_COUNT; key++)
	{
		switch (key)
		{
			case KEY_REQUIRED:
			case KEY_NULL_FRACTION:
			case KEY_UNIQUE:
			case KEY_MIN_LENGTH:
			case KEY_MAX_LENGTH:
				continue;
			default:
				if (reader->given[key] != NULL && reader->given[key]->type != jbvNull)
					return true;
		}
	}
	return false;
}

static void
choose_from_parent(FieldReader *reader, TypeChoice *choice)
{
	Oid			collation;

	get_atttypetypmodcoll(reader->parent.relid, reader->parent.attnums[0],
						  &choice->type, &choice->typmod, &collation);
	/* keys have met the checks of their domain already */
	if (!expression_type_is_harmless(choice->type))
		choice->type = getBaseTypeAndTypmod(choice->type, &choice->typmod);
	choice->why = "references";
}

/* A name says most about text, but may mean a number or a time ("age"). */
static void
choose_from_name(FieldReader *reader, TypeChoice *choice)
{
	static const Oid bases[] = {
		TEXTOID, INT4OID, NUMERICOID, FLOAT8OID, TIMESTAMPTZOID, DATEOID, BOOLOID,
		UUIDOID, INETOID
	};

	for (int i = 0; i < lengthof(bases); i++)
	{
		const char *why = NULL;
		const SemanticType *semantic = semantic_for_column(reader->field->name, NULL,
														   bases[i], &why);

		if (semantic == NULL)
			continue;
		choose_semantic(semantic, choice);
		choice->why = why;
		return;
	}
	choice->type = TEXTOID;
}

static bool
choose_without_type(FieldReader *reader, TypeChoice *choice)
{
	if (OidIsValid(reader->parent.relid))
	{
		choose_from_parent(reader, choice);
		return true;
	}
	if (reader->given[KEY_FIELDS] != NULL || reader->given[KEY_PROPERTIES] != NULL)
		choice->type = JSONBOID;
	else if (reader->given[KEY_ITEMS] != NULL)
	{
		choice->type = JSONBOID;
		choice->array = true;
	}
	else
	{
		choice->type = guess_from_keywords(reader);
		choice->json_word = OidIsValid(choice->type);
	}
	choice->why = "type";
	if (OidIsValid(choice->type))
		return true;

	if (reader->given[KEY_EXPRESSION] != NULL)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_EXPRESSION,
					"Add a type, as in \"type\": \"numeric\".",
					"an expression needs a type");
		return false;
	}
	choose_from_name(reader, choice);
	return true;
}

/* ---- "integer" and "array" narrowed down ---- */

static bool
exceeds_int4(JsonbValue *value)
{
	double		number;

	if (value == NULL || value->type != jbvNumeric)
		return false;
	number = json_double(value);
	return number < PG_INT32_MIN || number > PG_INT32_MAX;
}

static bool
any_exceeds_int4(JsonbValue *value)
{
	if (value == NULL || !json_is_array(value))
		return exceeds_int4(value);
	for (uint32 i = 0; i < JsonContainerSize(value->val.binary.data); i++)
	{
		if (exceeds_int4(getIthJsonbValueFromContainer(value->val.binary.data, i)))
			return true;
	}
	return false;
}

/* JSON Schema's integers have no end: four bytes, unless more are asked for. */
static void
widen_integer(FieldReader *reader, TypeChoice *choice)
{
	static const FieldKeyword keys[] = {
		KEY_MINIMUM, KEY_MAXIMUM, KEY_EXCLUSIVE_MINIMUM, KEY_EXCLUSIVE_MAXIMUM,
		KEY_ENUM, KEY_CONST, KEY_DEFAULT, KEY_EXAMPLES
	};

	for (int i = 0; i < lengthof(keys); i++)
	{
		if (any_exceeds_int4(reader->given[keys[i]]))
			choice->type = INT8OID;
	}
	if (OidIsValid(reader->parent.relid))
	{
		Oid			type;
		int32		typmod;
		Oid			collation;

		get_atttypetypmodcoll(reader->parent.relid, reader->parent.attnums[0],
							  &type, &typmod, &collation);
		if (getBaseType(type) == INT8OID)
			choice->type = INT8OID;
	}
}

static Field *
read_items(FieldReader *reader, Field *items, bool fixed)
{
	Document	nested = *reader->document;
	JsonbValue *value = reader->given[KEY_ITEMS];

	if (!json_is_object(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_ITEMS, NULL,
					"\"items\" must be an object, not a JSON %s", JsonbTypeName(value));
		return items;
	}
	nested.nested = true;
	nested.depth++;
	if (items == NULL)
	{
		items = field_make(reader->field->name);
		field_read(&nested, items, value->val.binary.data,
				   field_path(reader, KEY_ITEMS), true, false);
	}
	else
		field_read(&nested, items, value->val.binary.data,
				   field_path(reader, KEY_ITEMS), false, fixed);
	return items;
}

/*
 * "array": an SQL array where the elements are plain values, a JSON array
 * where they are objects or arrays themselves.
 */
static void
set_array(FieldReader *reader, TypeChoice *choice)
{
	Field	   *field = reader->field;
	Field	   *items;
	Oid			array = InvalidOid;

	if (reader->given[KEY_ITEMS] != NULL)
		items = read_items(reader, NULL, false);
	else
	{
		items = field_make(field->name);
		field_set_type(items, NULL, TEXTOID, -1);
		items->why = "type";
	}
	if (items != NULL && value_kind(items->base_type) != VALUE_JSON && items->items == NULL &&
		OidIsValid(items->type))
		array = get_array_type(items->type);
	if (OidIsValid(array))
	{
		field_set_type(field, choice->name, array, items->typmod);
		if (field->items == NULL)
			return;
	}
	else
	{
		field_set_type(field, choice->name, JSONBOID, -1);
		field->json_array = true;
	}
	field->items = items;
}

/* "items" over a type that was given by its own name. */
static void
lay_items(FieldReader *reader)
{
	Field	   *field = reader->field;

	if (reader->given[KEY_ITEMS] == NULL)
		return;
	if (field->items != NULL && !field->json_array)
		read_items(reader, field->items, true);
	else if (value_kind(field->base_type) == VALUE_JSON)
	{
		field->items = read_items(reader, field->items, false);
		field->json_array = field->items != NULL;
		field->object = NULL;
	}
	else
		field_fault(reader, ERRCODE_DATATYPE_MISMATCH, KEY_ITEMS, NULL,
					"a value of type %s has no items", format_type_be(field->base_type));
}

/* ---- setting it ---- */

/* What depends on a field's type goes with the type. */
static void
forget_values(Field *field)
{
	memset(&field->minimum, 0, sizeof(Bound));
	memset(&field->maximum, 0, sizeof(Bound));
	memset(&field->enumeration, 0, sizeof(ValueList));
	memset(&field->examples, 0, sizeof(ValueList));
	memset(&field->distribution, 0, sizeof(Distribution));
	field->multiple_of = 0;
	field->min_length = -1;
	field->max_length = -1;
	field->min_items = -1;
	field->max_items = -1;
	field->has_default = false;
	field->pattern = NULL;
	field->semantic = NULL;
}

/* A type that stays: only what makes its values may change. */
static bool
set_fixed_type(FieldReader *reader, TypeChoice *choice)
{
	Field	   *field = reader->field;

	if (choice->semantic != NULL)
	{
		if (!semantic_fits(choice->semantic, field->base_type))
		{
			field_fault(reader, ERRCODE_DATATYPE_MISMATCH, KEY_TYPE, NULL,
						"type \"%s\" does not fit type %s", choice->name,
						format_type_be(field->type));
			return false;
		}
		return true;
	}
	if (choice->json_word ? json_word_includes(choice->name, field) :
		choice->type == field->type || getBaseType(choice->type) == field->base_type)
		return true;
	field_fault(reader, ERRCODE_DATATYPE_MISMATCH, KEY_TYPE, NULL,
				"type \"%s\" differs from %s, which it has", choice->name,
				format_type_be(field->type));
	return false;
}

static void
set_chosen_type(FieldReader *reader, TypeChoice *choice)
{
	Field	   *field = reader->field;

	if (!reader->is_new && (choice->array || getBaseType(choice->type) != field->base_type))
		forget_values(field);
	if (choice->array)
	{
		set_array(reader, choice);
		return;
	}
	if (choice->json_word && choice->type == INT4OID)
		widen_integer(reader, choice);
	if (reader->is_new || choice->type != field->type || choice->typmod != field->typmod)
		field_set_type(field, choice->name, choice->type, choice->typmod);
	lay_items(reader);
}

/* A plain type and nothing else that speaks: the name may. */
static void
infer_from_name(FieldReader *reader, TypeChoice *choice)
{
	Field	   *field = reader->field;
	const char *why = NULL;
	const SemanticType *semantic;

	if (choice->semantic != NULL || field->items != NULL || keywords_decide(reader))
		return;
	semantic = semantic_for_column(field->name, NULL, field->base_type, &why);
	if (semantic == NULL || !semantic_fits(semantic, field->base_type))
		return;
	choice->semantic = semantic;
	choice->why = why;
}

/*
 * Reads "type", "format" and "items".  False if the field is left without a
 * type, when its values cannot be read.
 */
bool
field_read_type(FieldReader *reader)
{
	Field	   *field = reader->field;
	JsonbValue *type = reader->given[KEY_TYPE];
	JsonbValue *format = reader->given[KEY_FORMAT];
	TypeChoice	choice;

	memset(&choice, 0, sizeof(choice));
	choice.typmod = -1;
	if (type != NULL && !read_type_words(reader, type, &choice))
		return OidIsValid(field->type);
	if (!reader->is_new && (reader->fixed_type || type == NULL))
	{
		if (type != NULL && !set_fixed_type(reader, &choice))
			return true;
		choice.type = field->type;
		choice.typmod = field->typmod;
		choice.json_word = false;
		if (format != NULL && !apply_format(reader, format, &choice))
			return true;
		lay_items(reader);
	}
	else
	{
		if (format != NULL && !apply_format(reader, format, &choice))
			return OidIsValid(field->type);
		if (!OidIsValid(choice.type) && !choose_without_type(reader, &choice))
			return false;
		set_chosen_type(reader, &choice);
		if (reader->is_new && !OidIsValid(reader->parent.relid))
			infer_from_name(reader, &choice);
	}

	if (choice.semantic != NULL)
		field->semantic = choice.semantic;
	else if (type != NULL && !reader->is_new && !reader->fixed_type)
		field->semantic = NULL;
	if (choice.why != NULL && (reader->is_new || choice.semantic != NULL ||
							   (type != NULL && !reader->fixed_type)))
		field->why = choice.why;
	if (type != NULL && !reader->fixed_type)
	{
		field->nullable = choice.nullable;
		field->required &= !choice.nullable;
	}
	return OidIsValid(field->type);
}
