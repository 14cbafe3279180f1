/*-------------------------------------------------------------------------
 *
 * document_type.c
 *		The type of a field of a document: from "type" and "format", else
 *		from what else the field says, else from its name.
 *
 * The words are read by document_type_word.c, what goes without them by
 * document_type_guess.c; this says what the field becomes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "schema/document_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

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

/* ---- "integer" and "array" narrowed down ---- */

static bool
exceeds_int4(JsonbValue *value)
{
	double		number;

	if (value == NULL || value->type != jbvNumeric)
		return false;
	number = jsonb_double(value);
	return number < PG_INT32_MIN || number > PG_INT32_MAX;
}

static bool
any_exceeds_int4(JsonbValue *value)
{
	if (value == NULL || !jsonb_is_array(value))
		return exceeds_int4(value);
	for (uint32 i = 0; i < jsonb_count(value); i++)
	{
		if (exceeds_int4(jsonb_element(value, i)))
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

	if (!jsonb_is_object(value))
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
		if (!type_fits_semantic(choice->semantic, field->base_type))
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
	if (type != NULL && !type_read_words(reader, type, &choice))
		return OidIsValid(field->type);
	if (!reader->is_new && (reader->fixed_type || type == NULL))
	{
		if (type != NULL && !set_fixed_type(reader, &choice))
			return true;
		choice.type = field->type;
		choice.typmod = field->typmod;
		choice.json_word = false;
		if (format != NULL && !type_read_format(reader, format, &choice))
			return true;
		lay_items(reader);
	}
	else
	{
		if (format != NULL && !type_read_format(reader, format, &choice))
			return OidIsValid(field->type);
		if (!OidIsValid(choice.type) && !type_guess(reader, &choice))
			return false;
		set_chosen_type(reader, &choice);
		if (reader->is_new && !OidIsValid(reader->parent.relid))
			type_infer_semantic(reader, &choice);
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
