/*-------------------------------------------------------------------------
 *
 * document_type_word.c
 *		From the words of "type" and "format" to a type.
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
#include "schema/document_type.h"
#include "schema/expression.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

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
static const WordHint type_hints[] = {
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

/* At the nearest of some names and of those of all semantic types, or NULL. */
static const char *
semantic_hint(const char *word, const char *const *others, int nothers)
{
	int			count = semantic_count() + nothers;
	const char **names = palloc(sizeof(char *) * count);

	memcpy(names, others, sizeof(char *) * nothers);
	for (int i = 0; i < semantic_count(); i++)
		names[nothers + i] = semantic_at(i)->name;
	return nearest_hint(word, names, count);
}

static const char *
type_hint(const char *word)
{
	const char *hint = word_hint(word, type_hints, lengthof(type_hints));

	if (hint == NULL)
		hint = semantic_hint(word, common_types, lengthof(common_types));
	return hint != NULL ? hint :
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
void
type_choose_semantic(const SemanticType *semantic, TypeChoice *choice)
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
	type_choose_semantic(semantic, choice);
	choice->why = psprintf("type \"%s\"", semantic->name);
	return true;
}

/* "type": a word, or several of which one may be "null". */
bool
type_read_words(FieldReader *reader, JsonbValue *value, TypeChoice *choice)
{
	char	   *word = NULL;

	if (value->type == jbvString)
		return choose_word(reader, jsonb_text(value), choice);
	if (!jsonb_is_array(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_TYPE, NULL,
					"\"type\" must be a string, not a JSON %s", JsonbTypeName(value));
		return false;
	}

	for (uint32 i = 0; i < jsonb_count(value); i++)
	{
		JsonbValue *item = jsonb_element(value, i);
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

/* ---- format ---- */

/* May a type's values be made by a semantic type? */
bool
type_fits_semantic(const SemanticType *semantic, Oid type)
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

static const char *
format_hint(const char *format)
{
	const char *names[lengthof(type_formats)];

	for (int i = 0; i < lengthof(type_formats); i++)
		names[i] = type_formats[i].format;
	return semantic_hint(format, names, lengthof(names));
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

bool
type_read_format(FieldReader *reader, JsonbValue *value, TypeChoice *choice)
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
		type_choose_semantic(semantic, choice);
	else if (!type_fits_semantic(semantic, choice->type))
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
