/*-------------------------------------------------------------------------
 *
 * document_list.c
 *		The keywords of a field that list or weigh values: enum, const,
 *		examples, weights, default and distribution.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "schema/guess.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* ---- lists of values ---- */

static bool
read_list(FieldReader *reader, FieldKeyword keyword, JsonbValue *value, ValueList *list)
{
	JsonbValue **items;
	int			count;

	memset(list, 0, sizeof(ValueList));
	if (!json_is_array(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"%s\" must be an array, not a JSON %s",
					reader->spelled[keyword], JsonbTypeName(value));
		return false;
	}
	count = JsonContainerSize(value->val.binary.data);
	if (count == 0)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"%s\" has no values", reader->spelled[keyword]);
		return false;
	}

	items = palloc(sizeof(JsonbValue *) * count);
	for (int i = 0; i < count; i++)
		items[i] = getIthJsonbValueFromContainer(value->val.binary.data, i);
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

/* Numbers of which none is negative and one is positive; NULL after a fault. */
static double *
read_weights(FieldReader *reader, FieldKeyword keyword, JsonbValue *value, int count,
			 const char *what)
{
	double	   *weights;
	double		sum = 0;
	int			given;

	if (!json_is_array(value))
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"\"weights\" must be an array, not a JSON %s", JsonbTypeName(value));
		return NULL;
	}
	given = JsonContainerSize(value->val.binary.data);
	if (given != count)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword, NULL,
					"%d weights are given for %d %s", given, count, what);
		return NULL;
	}

	weights = palloc(sizeof(double) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(value->val.binary.data, i);

		weights[i] = item->type == jbvNumeric ? json_double(item) : -1;
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
		list->weights = read_weights(reader, KEY_WEIGHTS, value, list->count,
									 of_enum ? "values of \"enum\"" : "\"examples\"");
	else if (reader->given[KEY_ENUM] == NULL && reader->given[KEY_EXAMPLES] == NULL)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_WEIGHTS,
					"Give the values as \"enum\".", "weights need values to weigh");
}

/* ---- distribution ---- */

typedef enum Parameter
{
	PARAMETER_MEAN,
	PARAMETER_STDDEV,
	PARAMETER_EXPONENT,
	PARAMETER_BOUNDS,
	PARAMETER_WEIGHTS,
	PARAMETER_COUNT
} Parameter;

static const char *const parameter_names[PARAMETER_COUNT] = {
	"mean", "stddev", "exponent", "bounds", "weights"
};

/* Which parameters a kind takes, as bits, and which it must have. */
static const struct
{
	const char *name;
	DistributionKind kind;
	int			takes;
	int			needs;
	bool		scaled;			/* numbers and times only */
}			kinds[] = {
	{"uniform", DISTRIBUTION_UNIFORM, 0, 0, false},
	{"normal", DISTRIBUTION_NORMAL, 1 << PARAMETER_MEAN | 1 << PARAMETER_STDDEV,
	1 << PARAMETER_MEAN | 1 << PARAMETER_STDDEV, true},
	{"lognormal", DISTRIBUTION_LOGNORMAL, 1 << PARAMETER_MEAN | 1 << PARAMETER_STDDEV,
	1 << PARAMETER_MEAN | 1 << PARAMETER_STDDEV, true},
	{"exponential", DISTRIBUTION_EXPONENTIAL, 1 << PARAMETER_MEAN, 1 << PARAMETER_MEAN, true},
	{"poisson", DISTRIBUTION_POISSON, 1 << PARAMETER_MEAN, 1 << PARAMETER_MEAN, true},
	{"zipf", DISTRIBUTION_ZIPF, 1 << PARAMETER_EXPONENT, 0, false},
	{"histogram", DISTRIBUTION_HISTOGRAM, 1 << PARAMETER_BOUNDS | 1 << PARAMETER_WEIGHTS,
	1 << PARAMETER_BOUNDS, true}
};

#define KINDS_HINT \
	"The kinds are: uniform, normal, lognormal, exponential, poisson, zipf, histogram."

static void
distribution_fault(FieldReader *reader, const char *problem, const char *hint)
{
	field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_DISTRIBUTION, hint, "%s", problem);
}

/* A span of time, on the scale of a field. */
static bool
read_span(FieldReader *reader, const char *name, JsonbValue *value, double *out)
{
	SoftError	error;
	Datum		interval;

	if (value->type != jbvString)
	{
		distribution_fault(reader, psprintf("\"%s\" must be an interval", name),
						   "Write it as a string, such as \"30 days\".");
		return false;
	}
	if (!value_from_text(INTERVALOID, jsonb_text(value), &interval, &error))
	{
		distribution_fault(reader, error.message, error.hint);
		return false;
	}
	*out = value_to_scale(INTERVALOID, interval);
	if (value_kind(reader->field->base_type) == VALUE_DATE)
		*out /= USECS_PER_DAY;
	return true;
}

/* A number, or a point in time as a string. */
static bool
read_scaled(FieldReader *reader, const char *name, JsonbValue *value, double *out)
{
	Oid			base = reader->field->base_type;
	Datum		datum;
	bool		isnull;

	if (value_kind_is_time(value_kind(base)))
	{
		if (!field_read_values(reader, KEY_DISTRIBUTION, &value, 1, true, &datum, &isnull))
			return false;
		if (isnull || !value_is_finite(base, datum))
		{
			distribution_fault(reader, psprintf("\"%s\" must be a finite value", name), NULL);
			return false;
		}
		*out = value_to_scale(base, datum);
		return true;
	}
	if (value->type == jbvNumeric)
	{
		*out = json_double(value);
		if (isfinite(*out))
			return true;
	}
	distribution_fault(reader, psprintf("\"%s\" must be a number", name), NULL);
	return false;
}

static bool
read_bounds(FieldReader *reader, JsonbValue *value, Distribution *distribution)
{
	int			count = json_is_array(value) ? JsonContainerSize(value->val.binary.data) : 0;

	if (count < 2)
	{
		distribution_fault(reader, "\"bounds\" must be an array of two values or more", NULL);
		return false;
	}
	distribution->nbounds = count;
	distribution->bounds = palloc(sizeof(double) * count);
	for (int i = 0; i < count; i++)
	{
		if (!read_scaled(reader, "bounds", getIthJsonbValueFromContainer(value->val.binary.data, i),
						 &distribution->bounds[i]))
			return false;
		if (i == 0 || distribution->bounds[i] > distribution->bounds[i - 1])
			continue;
		distribution_fault(reader, psprintf("bound number %d is not above the one before",
											i + 1), NULL);
		return false;
	}
	return true;
}

/* Collects the members; the index into kinds, or -1. */
static int
read_members(FieldReader *reader, JsonbValue *value, JsonbValue **members)
{
	JsonbContainer *object = value->val.binary.data;
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbValue	key;
	JsonbIteratorToken token;
	JsonbValue *kind = json_member(object, "kind");
	int			found = -1;

	if (kind == NULL || kind->type != jbvString)
	{
		distribution_fault(reader, "a distribution needs a \"kind\"", KINDS_HINT);
		return -1;
	}
	for (int i = 0; i < lengthof(kinds); i++)
	{
		if (strcmp(jsonb_text(kind), kinds[i].name) == 0)
			found = i;
	}
	if (found < 0)
	{
		distribution_fault(reader, psprintf("distribution \"%s\" does not exist",
											jsonb_text(kind)), KINDS_HINT);
		return -1;
	}

	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		char	   *name;
		int			parameter;

		if (token != WJB_KEY)
			continue;
		name = jsonb_text(&key);
		if (strcmp(name, "kind") == 0)
			continue;
		for (parameter = 0; parameter < PARAMETER_COUNT; parameter++)
		{
			if (strcmp(name, parameter_names[parameter]) == 0)
				break;
		}
		if (parameter == PARAMETER_COUNT || !(kinds[found].takes & (1 << parameter)))
		{
			const char *nearest = nearest_name(name, parameter_names, PARAMETER_COUNT);

			distribution_fault(reader, psprintf("distribution \"%s\" takes no \"%s\"",
												kinds[found].name, name),
							   nearest != NULL && parameter == PARAMETER_COUNT ?
							   psprintf("Perhaps you meant \"%s\".", nearest) : NULL);
			return -1;
		}
		members[parameter] = json_member(object, name);
	}
	return found;
}

static bool
read_parameters(FieldReader *reader, JsonbValue **members, Distribution *distribution)
{
	bool		times = value_kind_is_time(value_kind(reader->field->base_type));

	distribution->exponent = 1;
	if (members[PARAMETER_MEAN] != NULL &&
		!read_scaled(reader, "mean", members[PARAMETER_MEAN], &distribution->mean))
		return false;
	if (members[PARAMETER_STDDEV] != NULL &&
		!(times ? read_span : read_scaled) (reader, "stddev", members[PARAMETER_STDDEV],
											&distribution->stddev))
		return false;
	if (members[PARAMETER_EXPONENT] != NULL)
	{
		JsonbValue *exponent = members[PARAMETER_EXPONENT];

		distribution->exponent = exponent->type == jbvNumeric ? json_double(exponent) : -1;
		if (!(distribution->exponent > 0) || !isfinite(distribution->exponent))
		{
			distribution_fault(reader, "\"exponent\" must be a number above zero", NULL);
			return false;
		}
	}
	if (members[PARAMETER_BOUNDS] != NULL &&
		!read_bounds(reader, members[PARAMETER_BOUNDS], distribution))
		return false;
	if (members[PARAMETER_WEIGHTS] != NULL)
	{
		distribution->weights = read_weights(reader, KEY_DISTRIBUTION,
											 members[PARAMETER_WEIGHTS],
											 distribution->nbounds - 1,
											 "intervals between \"bounds\"");
		return distribution->weights != NULL;
	}
	return true;
}

/* What a kind needs, and what its parameters may be. */
static bool
check_parameters(FieldReader *reader, int kind, JsonbValue **members,
				 const Distribution *distribution)
{
	for (int i = 0; i < PARAMETER_COUNT; i++)
	{
		if (!(kinds[kind].needs & (1 << i)) || members[i] != NULL)
			continue;
		distribution_fault(reader, psprintf("distribution \"%s\" needs \"%s\"",
											kinds[kind].name, parameter_names[i]), NULL);
		return false;
	}
	if (distribution->stddev < 0)
	{
		distribution_fault(reader, psprintf("stddev %g is negative", distribution->stddev), NULL);
		return false;
	}
	if (distribution->kind == DISTRIBUTION_POISSON &&
		!(distribution->mean > 0 && distribution->mean <= DISTRIBUTION_MAX_POISSON))
	{
		distribution_fault(reader,
						   psprintf("mean %g of a Poisson distribution is not between 0 and %g",
									distribution->mean, DISTRIBUTION_MAX_POISSON), NULL);
		return false;
	}
	if (distribution->kind == DISTRIBUTION_LOGNORMAL && distribution->mean <= 0)
	{
		distribution_fault(reader, psprintf("mean %g of a lognormal distribution is not above zero",
											distribution->mean), NULL);
		return false;
	}
	return true;
}

void
field_read_distribution(FieldReader *reader, JsonbValue *value)
{
	ValueKind	value_type = value_kind(reader->field->base_type);
	JsonbValue *members[PARAMETER_COUNT] = {0};
	Distribution distribution = {0};
	int			kind;

	if (!json_is_object(value))
	{
		distribution_fault(reader, psprintf("\"distribution\" must be an object, not a JSON %s",
											JsonbTypeName(value)),
						   "Write it as {\"kind\": \"normal\", \"mean\": 10, \"stddev\": 2}.");
		return;
	}
	kind = read_members(reader, value, members);
	if (kind < 0)
		return;
	if (kinds[kind].scaled && !value_kind_is_number(value_type) &&
		!value_kind_is_time(value_type))
	{
		distribution_fault(reader, psprintf("type %s has no distribution \"%s\"",
											format_type_be(reader->field->type),
											kinds[kind].name), NULL);
		return;
	}
	distribution.kind = kinds[kind].kind;
	if (distribution.kind == DISTRIBUTION_LOGNORMAL && value_kind_is_time(value_type) &&
		value_type != VALUE_INTERVAL)
	{
		distribution_fault(reader, "points in time have no lognormal distribution", NULL);
		return;
	}
	if (read_parameters(reader, members, &distribution) &&
		check_parameters(reader, kind, members, &distribution))
	{
		distribution.implied = reader->implied[KEY_DISTRIBUTION];
		reader->field->distribution = distribution;
	}
}
