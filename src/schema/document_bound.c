/*-------------------------------------------------------------------------
 *
 * document_bound.c
 *		The keywords of a field that are limits: of its values, its lengths and the
 *		number of its items.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "schema/document.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* A whole number from 0 to a limit; -1 after a fault. */
static int
whole_number(FieldReader *reader, FieldKeyword keyword, JsonbValue *value, int limit)
{
	double		number;

	if (value->type != jbvNumeric || !jsonb_is_integral(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"%s\" must be a whole number", reader->spelled[keyword]);
		return -1;
	}
	number = jsonb_double(value);
	if (number >= 0 && number <= limit)
		return (int) number;
	field_fault(reader, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, keyword, NULL,
				"%s %s is not between 0 and %d", keyword_name(keyword),
				numeric_normalize(value->val.numeric), limit);
	return -1;
}

/* minItems, maxItems, minLength, maxLength */
void
field_read_count(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
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
					keyword_name(keyword));
		return false;
	}
	if (!field_read_values(reader, keyword, &value, 1, true, datum, &isnull))
		return false;
	if (!isnull && value_is_finite(field->base_type, *datum))
		return true;
	field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
				"\"%s\" must be a finite value", keyword_name(keyword));
	return false;
}

void
field_read_bound(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
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
void
field_read_exclusive(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
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
						"\"%s\" is %s, but there is no \"%s\"", keyword_name(keyword),
						value->val.boolean ? "true" : "false", lower ? "minimum" : "maximum");
		return;
	}
	if (!bound_value(reader, keyword, value, &datum))
		return;
	if (bound->set && field_own(reader, lower ? KEY_MINIMUM : KEY_MAXIMUM))
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

void
field_read_multiple_of(FieldReader *reader, FieldKeyword keyword, JsonbValue *value)
{
	Field	   *field = reader->field;
	double		number = value->type == jbvNumeric ? jsonb_double(value) : 0;

	if (!value_kind_is_number(value_kind(field->base_type)))
		field_fault(reader, ERRCODE_DATATYPE_MISMATCH, keyword, NULL,
					"type %s takes no \"multipleOf\"", format_type_be(field->type));
	else if (!(number > 0) || !isfinite(number))
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"multipleOf\" must be a number above zero");
	else
		field->multiple_of = number;
}
