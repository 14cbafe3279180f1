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

#include "catalog/pg_type.h"
#include "schema/document.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

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
			field->null_fraction = 1;
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
	if (!value_from_text(INTERVALOID, json_string(value), &interval, &error))
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
		if (strcmp(json_string(kind), kinds[i].name) == 0)
			found = i;
	}
	if (found < 0)
	{
		distribution_fault(reader, psprintf("distribution \"%s\" does not exist",
											json_string(kind)), KINDS_HINT);
		return -1;
	}

	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		char	   *name;
		int			parameter;

		if (token != WJB_KEY)
			continue;
		name = json_string(&key);
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
