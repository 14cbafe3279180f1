/*-------------------------------------------------------------------------
 *
 * document_list.c
 *		The keywords of a field that list or weigh values: enum, const,
 *		examples, weights and default.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "schema/guess.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

/* ---- lists of values ---- */

static bool
read_list(FieldReader *reader, FieldKeyword keyword, JsonbValue *value, ValueList *list)
{
	JsonbValue **items;
	int			count;

	memset(list, 0, sizeof(ValueList));
	if (!jsonb_is_array(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"%s\" must be an array, not a JSON %s",
					reader->spelled[keyword], JsonbTypeName(value));
		return false;
	}
	count = jsonb_count(value);
	if (count == 0)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"%s\" has no values", reader->spelled[keyword]);
		return false;
	}

	items = palloc(sizeof(JsonbValue *) * count);
	for (int i = 0; i < count; i++)
		items[i] = jsonb_element(value, i);
	list->values = palloc(sizeof(Datum) * count);
	list->nulls = palloc(sizeof(bool) * count);
	if (!field_read_values(reader, keyword, items, count, false, list->values, list->nulls))
		return false;
	list->count = count;
	return true;
}

void
field_read_enum(FieldReader *reader, JsonbValue *value)
{
	ValueList	list;

	if (!read_list(reader, KEY_ENUM, value, &list))
		return;
	reference_clear(reader->document->schema, reader->field);
	list.implied = reader->implied[KEY_ENUM];
	reader->field->enumeration = list;
}

/* One value; null says that there is none. */
void
field_read_const(FieldReader *reader, JsonbValue *value)
{
	Field	   *field = reader->field;
	ValueList  *list = &field->enumeration;
	Datum		datum;
	bool		isnull;

	if (value->type == jbvNull)
	{
		if (field->required)
			field_fault(reader, ERRCODE_NOT_NULL_VIOLATION, KEY_CONST, NULL,
						"it is required, so it may not be null");
		else
		{
			field->null_fraction = 1;
			field->nullable = true;
		}
		return;
	}
	if (!field_read_values(reader, KEY_CONST, &value, 1, false, &datum, &isnull))
		return;
	reference_clear(reader->document->schema, field);
	memset(list, 0, sizeof(ValueList));
	list->values = palloc(sizeof(Datum));
	list->nulls = palloc0(sizeof(bool));
	list->values[0] = datum;
	list->count = 1;
	/* The value in every row, where a table's column would have some NULLs. */
	if (reader->given[KEY_NULL_FRACTION] == NULL || reader->implied[KEY_NULL_FRACTION])
		field->null_fraction = 0;
}

void
field_read_examples(FieldReader *reader, JsonbValue *value)
{
	ValueList	list;

	if (read_list(reader, KEY_EXAMPLES, value, &list))
		reader->field->examples = list;
}

void
field_read_default(FieldReader *reader, JsonbValue *value)
{
	Field	   *field = reader->field;
	Datum		datum;
	bool		isnull;

	if (!field_read_values(reader, KEY_DEFAULT, &value, 1, false, &datum, &isnull))
		return;
	field->has_default = true;
	field->default_value = datum;
	field->default_isnull = isnull;
}

/* ---- values against the field's other keywords ---- */

/* Does a keyword count, or is it only what the semantic type suggests? */
static bool
rule_counts(const FieldReader *reader, FieldKeyword keyword, const char *name)
{
	const SemanticType *semantic = reader->field->semantic;
	JsonbValue	value;

	return field_own(reader, keyword) || semantic == NULL || semantic->keywords == NULL ||
		getKeyJsonValueFromContainer(&semantic->keywords->root, name, strlen(name),
									 &value) == NULL;
}

static const char *
bound_problem(const Field *field, Datum value)
{
	const Bound *lower = &field->minimum;
	const Bound *upper = &field->maximum;
	int			order;

	if (lower->set && !lower->implied)
	{
		order = value_compare(field->base_type, value, lower->value);
		if (order < 0 || (order == 0 && lower->exclusive))
			return psprintf(lower->exclusive ? "not above %s" : "below %s",
							value_to_text(field->base_type, lower->value));
	}
	if (upper->set && !upper->implied)
	{
		order = value_compare(field->base_type, value, upper->value);
		if (order > 0 || (order == 0 && upper->exclusive))
			return psprintf(upper->exclusive ? "not below %s" : "above %s",
							value_to_text(field->base_type, upper->value));
	}
	return NULL;
}

static const char *
text_problem(const FieldReader *reader, Datum value)
{
	const Field *field = reader->field;
	text	   *string = DatumGetTextPP(value);
	int			length = pg_mbstrlen_with_len(VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));

	if (length < field->min_length)
		return psprintf("shorter than %d characters", field->min_length);
	if (field->max_length >= 0 && length > field->max_length)
		return psprintf("longer than %d characters", field->max_length);
	if (field->pattern != NULL && rule_counts(reader, KEY_PATTERN, "pattern") &&
		!DatumGetBool(DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID, value,
											  CStringGetTextDatum(field->pattern))))
		return psprintf("not like \"%s\"", field->pattern);
	return NULL;
}

static const char *
multiple_problem(const FieldReader *reader, Datum value)
{
	const Field *field = reader->field;
	double		times;

	if (field->multiple_of == 0 || !rule_counts(reader, KEY_MULTIPLE_OF, "multipleOf"))
		return NULL;
	times = value_to_scale(field->base_type, value) / field->multiple_of;
	if (fabs(times - rint(times)) <= 1e-9 * Max(fabs(times), 1))
		return NULL;
	return psprintf("no multiple of %g", field->multiple_of);
}

/* Why the field may not have one of its values, or NULL. */
static const char *
value_problem(const FieldReader *reader, Datum value)
{
	const Field *field = reader->field;
	ValueKind	kind = value_kind(field->base_type);
	const char *problem = NULL;

	if (field->minimum.set || field->maximum.set)
		problem = bound_problem(field, value);
	if (problem == NULL && kind == VALUE_TEXT)
		problem = text_problem(reader, value);
	if (problem == NULL && value_kind_is_number(kind))
		problem = multiple_problem(reader, value);
	return problem;
}

static bool
values_equal(Oid base_type, Datum a, Datum b)
{
	if (OidIsValid(lookup_type_cache(base_type, TYPECACHE_CMP_PROC)->cmp_proc))
		return value_compare(base_type, a, b) == 0;
	return strcmp(value_to_text(base_type, a), value_to_text(base_type, b)) == 0;
}

static bool
list_has(const ValueList *list, Oid base_type, Datum value, bool isnull)
{
	for (int i = 0; i < list->count; i++)
		if (list->nulls[i] ? isnull :
			!isnull && values_equal(base_type, list->values[i], value))
			return true;
	return false;
}

/* The keyword to blame for a list without values. */
static FieldKeyword
list_keyword(const FieldReader *reader)
{
	static const FieldKeyword keys[] = {
		KEY_CONST, KEY_ENUM, KEY_MINIMUM, KEY_MAXIMUM, KEY_EXCLUSIVE_MINIMUM,
		KEY_EXCLUSIVE_MAXIMUM, KEY_MULTIPLE_OF, KEY_MIN_LENGTH, KEY_MAX_LENGTH, KEY_PATTERN
	};

	for (int i = 0; i < lengthof(keys); i++)
		if (field_own(reader, keys[i]))
			return keys[i];
	return KEY_ENUM;
}

/*
 * Keeps of the field's values those that its other keywords leave to it, and
 * where a condition gives them, those that it had before; that there are none
 * is a fault.
 */
void
field_settle_values(FieldReader *reader, const ValueList *before)
{
	Field	   *field = reader->field;
	ValueList	kept = field->enumeration;
	bool		among = reader->document->narrows && before->count > 0 && !before->implied;
	const char *problem = NULL;
	Datum		refused = (Datum) 0;
	double		weight = 0;

	kept.count = 0;
	for (int i = 0; i < field->enumeration.count; i++)
	{
		Datum		value = field->enumeration.values[i];
		bool		isnull = field->enumeration.nulls[i];
		const char *why = isnull ? NULL : value_problem(reader, value);

		CHECK_FOR_INTERRUPTS();
		if (why == NULL && among && !list_has(before, field->base_type, value, isnull))
			why = "not among those that it had";
		if (why != NULL)
		{
			problem = why;
			refused = value;
			continue;
		}
		kept.values[kept.count] = value;
		kept.nulls[kept.count] = isnull;
		if (kept.weights != NULL)
			weight += kept.weights[kept.count] = kept.weights[i];
		kept.count++;
	}
	if (problem == NULL)
		return;
	if (weight <= 0)
		kept.weights = NULL;
	if (kept.implied && !guess_says_something(field, &kept))
		memset(&field->enumeration, 0, sizeof(ValueList));
	else if (kept.count > 0)
		field->enumeration = kept;
	else
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, list_keyword(reader), NULL,
					"none of its values is possible: %s is %s",
					value_to_text(field->base_type, refused), problem);
}

/* ---- weights ---- */

/*
 * Numbers of which none is negative and one is positive, one for each of
 * count of what; NULL after a fault.
 */
double *
field_weights(FieldReader *reader, FieldKeyword keyword, const char *name, JsonbValue *value,
			  int count, const char *what)
{
	double	   *weights;
	double		sum = 0;
	int			given;

	if (!jsonb_is_array(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"%s\" must be an array, not a JSON %s", name, JsonbTypeName(value));
		return NULL;
	}
	given = jsonb_count(value);
	if (given != count)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"%d weights are given for %d %s", given, count, what);
		return NULL;
	}

	weights = palloc(sizeof(double) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		JsonbValue *item = jsonb_element(value, i);

		weights[i] = item->type == jbvNumeric ? jsonb_double(item) : -1;
		if (!isfinite(weights[i]) || weights[i] < 0)
		{
			field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
						"weight number %d is not a number of zero or more", i + 1);
			return NULL;
		}
		sum += weights[i];
	}
	if (sum > 0 && isfinite(sum))
		return weights;
	field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
				sum > 0 ? "the weights add up to more than a number can hold" :
				"all weights are zero");
	return NULL;
}

/* They belong to the enumeration, or to the examples where there is none. */
void
field_read_weights(FieldReader *reader, JsonbValue *value)
{
	Field	   *field = reader->field;
	bool		of_enum = field->enumeration.count > 0;
	ValueList  *list = of_enum ? &field->enumeration : &field->examples;

	if (list->count > 0)
		list->weights = field_weights(reader, KEY_WEIGHTS, "weights", value, list->count,
									  of_enum ? "values of \"enum\"" : "\"examples\"");
	else if (reader->given[KEY_ENUM] == NULL && reader->given[KEY_EXAMPLES] == NULL)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_WEIGHTS,
					"Give the values as \"enum\".", "weights need values to weigh");
}
