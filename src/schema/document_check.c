/*-------------------------------------------------------------------------
 *
 * document_check.c
 *		The keywords of a field of a document against each other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "schema/document.h"
#include "utils/builtins.h"

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
				field_own(reader, KEY_UNIQUE) ? KEY_UNIQUE : KEY_EXPRESSION,
				UNIQUE_EXPRESSION_HINT, "values of an expression cannot be kept unique");
}

/* It is drawn with each row, by itself, and nothing else. */
static void
check_hidden(FieldReader *reader)
{
	static const FieldKeyword keys[] = {KEY_EXPRESSION, KEY_UNIQUE, KEY_REFERENCES};

	for (int i = 0; reader->field->hidden && i < lengthof(keys); i++)
	{
		if (!field_own(reader, keys[i]))
			continue;
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, keys[i], NULL,
					"a hidden field takes no \"%s\"", keyword_name(keys[i]));
	}
}

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

	while (place < KEY_EXCLUSIVE_MAXIMUM && !field_own(reader, place))
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
					field_own(reader, KEY_MIN_LENGTH) ? KEY_MIN_LENGTH : KEY_MAX_LENGTH, NULL,
					"minLength %d is greater than maxLength %d",
					field->min_length, field->max_length);
	else if (limit >= 0 && field->min_length > limit)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_MIN_LENGTH, NULL,
					"minLength %d is greater than the %d characters of type %s",
					field->min_length, limit,
					format_type_with_typemod(field->type, field->typmod));
	if (field->max_items >= 0 && field->min_items > field->max_items)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE,
					field_own(reader, KEY_MIN_ITEMS) ? KEY_MIN_ITEMS : KEY_MAX_ITEMS, NULL,
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
		{KEY_FIELDS, KEY_PROPERTIES}, {KEY_CASES, KEY_REFERENCES}
	};

	for (int i = 0; i < lengthof(pairs); i++)
	{
		if (field_own(reader, pairs[i][0]) && field_own(reader, pairs[i][1]))
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
					field_own(reader, KEY_DISTRIBUTION) ? KEY_DISTRIBUTION : KEY_REFERENCES,
					REFERENCE_DISTRIBUTION_HINT, "%s", problem);
}

static void
check_cases(FieldReader *reader)
{
	Field	   *field = reader->field;

	if (field->by == NULL && field->case_words == NULL)
		return;
	if (field->by == NULL)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_CASES,
					"Name the field whose values the cases are with \"by\".",
					"it has \"cases\", but no \"by\"");
	else if (field->case_words == NULL)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_BY,
					"Write it as \"cases\": {\"fuel\": {\"maximum\": 90}}.",
					"it has \"by\", but no \"cases\"");
	else if (field->reference >= 0)
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, KEY_CASES, NULL,
					"keys of another table cannot go by another field");
	else if (field->unique)
		field_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED,
					field_own(reader, KEY_UNIQUE) ? KEY_UNIQUE : KEY_CASES, NULL,
					"values that go by another field cannot be kept unique");
	else
		return;
	field->by = NULL;
	field->case_words = NULL;
}

/* What contradicts itself is a fault, but a guess yields. */
void
field_check(FieldReader *reader)
{
	check_exclusions(reader);
	check_reference(reader);
	check_bounds(reader);
	field_check_distribution(reader);
	check_lengths(reader);
	check_nulls(reader);
	check_hidden(reader);
	check_unique(reader);
	check_cases(reader);
}
