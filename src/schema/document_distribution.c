/*-------------------------------------------------------------------------
 *
 * document_distribution.c
 *		How the values of a field are spread, in a document.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "schema/document.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

typedef enum Parameter
{
	PARAMETER_MEAN,
	PARAMETER_STDDEV,
	PARAMETER_EXPONENT,
	PARAMETER_MODE,
	PARAMETER_ALPHA,
	PARAMETER_BETA,
	PARAMETER_BOUNDS,
	PARAMETER_WEIGHTS,
	PARAMETER_GROWTH,
	PARAMETER_MONTHS,
	PARAMETER_WEEKDAYS,
	PARAMETER_HOURS,
	PARAMETER_HOLIDAYS,
	PARAMETER_COUNT
} Parameter;

static const char *const parameter_names[PARAMETER_COUNT] = {
	"mean", "stddev", "exponent", "mode", "alpha", "beta", "bounds", "weights",
	"growth", "months", "weekdays", "hours", "holidays"
};

/* What a kind is for. */
typedef enum Suits
{
	SUITS_ANYTHING,
	SUITS_SCALES,				/* numbers and times */
	SUITS_AMOUNTS,				/* numbers and spans of time */
	SUITS_MOMENTS				/* points in time */
} Suits;

#define BIT(parameter)	(1 << PARAMETER_##parameter)

/* Which parameters a kind takes, as bits, and which it must have. */
static const struct
{
	const char *name;
	DistributionKind kind;
	int			takes;
	int			needs;
	Suits		suits;
}			kinds[] = {
	{"uniform", DISTRIBUTION_UNIFORM, 0, 0, SUITS_ANYTHING},
	{"normal", DISTRIBUTION_NORMAL, BIT(MEAN) | BIT(STDDEV), BIT(MEAN) | BIT(STDDEV),
	SUITS_SCALES},
	{"lognormal", DISTRIBUTION_LOGNORMAL, BIT(MEAN) | BIT(STDDEV), BIT(MEAN) | BIT(STDDEV),
	SUITS_AMOUNTS},
	{"exponential", DISTRIBUTION_EXPONENTIAL, BIT(MEAN), BIT(MEAN), SUITS_SCALES},
	{"gamma", DISTRIBUTION_GAMMA, BIT(MEAN) | BIT(STDDEV), BIT(MEAN) | BIT(STDDEV),
	SUITS_AMOUNTS},
	{"beta", DISTRIBUTION_BETA, BIT(MEAN) | BIT(STDDEV) | BIT(ALPHA) | BIT(BETA), 0,
	SUITS_SCALES},
	{"pareto", DISTRIBUTION_PARETO, BIT(EXPONENT), BIT(EXPONENT), SUITS_AMOUNTS},
	{"triangular", DISTRIBUTION_TRIANGULAR, BIT(MODE), BIT(MODE), SUITS_SCALES},
	{"poisson", DISTRIBUTION_POISSON, BIT(MEAN), BIT(MEAN), SUITS_SCALES},
	{"zipf", DISTRIBUTION_ZIPF, BIT(EXPONENT), 0, SUITS_ANYTHING},
	{"histogram", DISTRIBUTION_HISTOGRAM, BIT(BOUNDS) | BIT(WEIGHTS), BIT(BOUNDS), SUITS_SCALES},
	{"calendar", DISTRIBUTION_CALENDAR,
	BIT(GROWTH) | BIT(MONTHS) | BIT(WEEKDAYS) | BIT(HOURS) | BIT(HOLIDAYS), 0, SUITS_MOMENTS}
};

#define KINDS_HINT \
	"The kinds are: uniform, normal, lognormal, exponential, gamma, beta, pareto, triangular, poisson, zipf, histogram, calendar."

#define MAX_GROWTH	10.0
#define MIN_SHAPE	0.01		/* of beta distributions */
#define MAX_SHAPE	1e6
#define MAX_SPREAD	100.0		/* stddev of a gamma distribution, in means */

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
		*out = jsonb_double(value);
		if (isfinite(*out))
			return true;
	}
	distribution_fault(reader, psprintf("\"%s\" must be a number", name), NULL);
	return false;
}

static bool
read_bounds(FieldReader *reader, JsonbValue *value, Distribution *distribution)
{
	int			count = jsonb_is_array(value) ? jsonb_count(value) : 0;

	if (count < 2)
	{
		distribution_fault(reader, "\"bounds\" must be an array of two values or more", NULL);
		return false;
	}
	distribution->nbounds = count;
	distribution->bounds = palloc(sizeof(double) * count);
	for (int i = 0; i < count; i++)
	{
		if (!read_scaled(reader, "bounds", jsonb_element(value, i),
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

static const char *
kinds_hint(const char *kind)
{
	const char *names[lengthof(kinds)];
	const char *hint;

	for (int i = 0; i < lengthof(kinds); i++)
		names[i] = kinds[i].name;
	hint = nearest_hint(kind, names, lengthof(kinds));
	return hint != NULL ? hint : KINDS_HINT;
}

/* The index into kinds of what a document asks for; -1 after a fault. */
static int
find_kind(FieldReader *reader, const JsonbValue *given)
{
	char	   *kind;

	if (given == NULL || given->type != jbvString)
	{
		distribution_fault(reader, "a distribution needs a \"kind\"", KINDS_HINT);
		return -1;
	}
	kind = jsonb_text(given);
	for (int i = 0; i < lengthof(kinds); i++)
	{
		if (strcmp(kind, kinds[i].name) == 0)
			return i;
	}
	distribution_fault(reader, psprintf("distribution \"%s\" does not exist", kind),
					   kinds_hint(kind));
	return -1;
}

/* The index into parameter_names, or PARAMETER_COUNT. */
static int
find_parameter(const char *name)
{
	int			parameter = 0;

	while (parameter < PARAMETER_COUNT && strcmp(name, parameter_names[parameter]) != 0)
		parameter++;
	return parameter;
}

/* Collects what is given by parameter; the index into kinds, or -1. */
static int
read_members(FieldReader *reader, JsonbValue *value, JsonbValue **given)
{
	JsonbContainer *object = value->val.binary.data;
	int			kind = find_kind(reader, jsonb_member_of(object, "kind"));
	JsonbMembers members;

	jsonb_members_begin(&members, object);
	while (kind >= 0 && jsonb_members_next(&members))
	{
		const char *name = members.key;
		int			parameter = find_parameter(name);

		if (strcmp(name, "kind") == 0)
			continue;
		if (parameter == PARAMETER_COUNT || !(kinds[kind].takes & (1 << parameter)))
		{
			distribution_fault(reader, psprintf("distribution \"%s\" takes no \"%s\"",
												kinds[kind].name, name),
							   parameter < PARAMETER_COUNT ? NULL :
							   nearest_hint(name, parameter_names, PARAMETER_COUNT));
			return -1;
		}
		given[parameter] = members.value;
	}
	return kind;
}

/* A plain number within (above, most]; or from above on with least. */
static bool
read_number(FieldReader *reader, int parameter, JsonbValue *value, double above, bool least,
			double most, const char *what, double *out)
{
	*out = value->type == jbvNumeric ? jsonb_double(value) : NAN;
	if ((*out > above || (least && *out == above)) && *out <= most)
		return true;
	distribution_fault(reader, psprintf("\"%s\" must be a number %s",
										parameter_names[parameter], what), NULL);
	return false;
}

static bool
read_list(FieldReader *reader, int parameter, JsonbValue *value, int count, double **out)
{
	if (value == NULL)
		return true;
	*out = field_weights(reader, KEY_DISTRIBUTION, parameter_names[parameter], value, count,
						 psprintf("\"%s\"", parameter_names[parameter]));
	return *out != NULL;
}

/* A time has no date, and a date no time. */
static bool
check_calendar_type(FieldReader *reader, JsonbValue **members)
{
	ValueKind	kind = value_kind(reader->field->base_type);

	for (int i = PARAMETER_GROWTH; i <= PARAMETER_HOLIDAYS; i++)
	{
		if (members[i] == NULL || kind == VALUE_TIMESTAMP ||
			(kind == VALUE_DATE) == (i != PARAMETER_HOURS))
			continue;
		distribution_fault(reader,
						   psprintf("a calendar of type %s takes no \"%s\"",
									format_type_be(reader->field->type), parameter_names[i]),
						   kind == VALUE_DATE ? "Use a timestamp." :
						   "Only \"hours\" tell times of a day apart.");
		return false;
	}
	return true;
}

static bool
read_calendar(FieldReader *reader, JsonbValue **members, Distribution *distribution)
{
	Calendar   *calendar = palloc0(sizeof(Calendar));

	calendar->holidays = 1;
	distribution->calendar = calendar;
	return check_calendar_type(reader, members) &&
		(members[PARAMETER_GROWTH] == NULL ||
		 read_number(reader, PARAMETER_GROWTH, members[PARAMETER_GROWTH], -1, false, MAX_GROWTH,
					 "above -1 and at most 10", &calendar->growth)) &&
		(members[PARAMETER_HOLIDAYS] == NULL ||
		 read_number(reader, PARAMETER_HOLIDAYS, members[PARAMETER_HOLIDAYS], 0, true, 1e6,
					 "from 0 to 1000000", &calendar->holidays)) &&
		read_list(reader, PARAMETER_MONTHS, members[PARAMETER_MONTHS], CALENDAR_MONTHS,
				  &calendar->months) &&
		read_list(reader, PARAMETER_WEEKDAYS, members[PARAMETER_WEEKDAYS], CALENDAR_WEEKDAYS,
				  &calendar->weekdays) &&
		read_list(reader, PARAMETER_HOURS, members[PARAMETER_HOURS], CALENDAR_HOURS,
				  &calendar->hours);
}

static bool
read_parameters(FieldReader *reader, JsonbValue **members, Distribution *distribution)
{
	bool		times = value_kind_is_time(value_kind(reader->field->base_type));
	static const struct
	{
		int			parameter;
		size_t		offset;
	}			shapes[] = {
		{PARAMETER_EXPONENT, offsetof(Distribution, exponent)},
		{PARAMETER_ALPHA, offsetof(Distribution, alpha)},
		{PARAMETER_BETA, offsetof(Distribution, beta)}
	};

	distribution->exponent = 1;
	for (int i = 0; i < lengthof(shapes); i++)
	{
		JsonbValue *value = members[shapes[i].parameter];

		if (value != NULL &&
			!read_number(reader, shapes[i].parameter, value, 0, false, DBL_MAX, "above zero",
						 (double *) ((char *) distribution + shapes[i].offset)))
			return false;
	}
	if (members[PARAMETER_MEAN] != NULL &&
		!read_scaled(reader, "mean", members[PARAMETER_MEAN], &distribution->mean))
		return false;
	if (members[PARAMETER_MODE] != NULL &&
		!read_scaled(reader, "mode", members[PARAMETER_MODE], &distribution->mode))
		return false;
	if (members[PARAMETER_STDDEV] != NULL &&
		!(times ? read_span : read_scaled) (reader, "stddev", members[PARAMETER_STDDEV],
											&distribution->stddev))
		return false;
	if (members[PARAMETER_BOUNDS] != NULL &&
		!read_bounds(reader, members[PARAMETER_BOUNDS], distribution))
		return false;
	if (members[PARAMETER_WEIGHTS] != NULL)
	{
		distribution->weights = field_weights(reader, KEY_DISTRIBUTION, "weights",
											  members[PARAMETER_WEIGHTS],
											  distribution->nbounds - 1,
											  "intervals between \"bounds\"");
		return distribution->weights != NULL;
	}
	return distribution->kind != DISTRIBUTION_CALENDAR ||
		read_calendar(reader, members, distribution);
}

static bool
has_pair(JsonbValue **members, int one, int other)
{
	return members[one] != NULL && members[other] != NULL;
}

/* What is wrong with the parameters by themselves, or NULL. */
static const char *
parameters_problem(const Distribution *d, JsonbValue **members)
{
	if (d->stddev < 0)
		return psprintf("stddev %g is negative", d->stddev);
	switch (d->kind)
	{
		case DISTRIBUTION_POISSON:
			if (!(d->mean > 0 && d->mean <= DISTRIBUTION_MAX_POISSON))
				return psprintf("mean %g of a Poisson distribution is not between 0 and %g",
								d->mean, DISTRIBUTION_MAX_POISSON);
			break;
		case DISTRIBUTION_LOGNORMAL:
			if (d->mean <= 0)
				return psprintf("mean %g of a lognormal distribution is not above zero", d->mean);
			break;
		case DISTRIBUTION_GAMMA:
			if (d->mean <= 0)
				return psprintf("mean %g of a gamma distribution is not above zero", d->mean);
			if (d->stddev > MAX_SPREAD * d->mean)
				return psprintf("stddev %g of a gamma distribution is more than %g times its mean",
								d->stddev, MAX_SPREAD);
			break;
		case DISTRIBUTION_BETA:
			if (has_pair(members, PARAMETER_MEAN, PARAMETER_STDDEV) ==
				has_pair(members, PARAMETER_ALPHA, PARAMETER_BETA) ||
				(members[PARAMETER_MEAN] != NULL) != (members[PARAMETER_STDDEV] != NULL) ||
				(members[PARAMETER_ALPHA] != NULL) != (members[PARAMETER_BETA] != NULL))
				return "distribution \"beta\" needs either \"mean\" and \"stddev\" or \"alpha\" and \"beta\"";
			break;
		default:
			break;
	}
	return NULL;
}

/* What a kind needs, and what its parameters may be. */
static bool
check_parameters(FieldReader *reader, int kind, JsonbValue **members,
				 const Distribution *distribution)
{
	const char *problem;

	for (int i = 0; i < PARAMETER_COUNT; i++)
	{
		if (!(kinds[kind].needs & (1 << i)) || members[i] != NULL)
			continue;
		distribution_fault(reader, psprintf("distribution \"%s\" needs \"%s\"",
											kinds[kind].name, parameter_names[i]), NULL);
		return false;
	}
	problem = parameters_problem(distribution, members);
	if (problem != NULL)
		distribution_fault(reader, problem, NULL);
	return problem == NULL;
}

static bool
check_suits(FieldReader *reader, int kind)
{
	ValueKind	type = value_kind(reader->field->base_type);
	bool		moment = value_kind_is_time(type) && type != VALUE_INTERVAL;
	Suits		suits = kinds[kind].suits;

	if (suits == SUITS_AMOUNTS && moment)
	{
		distribution_fault(reader, psprintf("points in time have no %s distribution",
											kinds[kind].name), NULL);
		return false;
	}
	if (suits == SUITS_ANYTHING || (suits == SUITS_MOMENTS ? moment : value_kind_is_scale(type)))
		return true;
	distribution_fault(reader, psprintf("type %s has no distribution \"%s\"",
										format_type_be(reader->field->type),
										kinds[kind].name), NULL);
	return false;
}

void
field_read_distribution(FieldReader *reader, JsonbValue *value)
{
	JsonbValue *members[PARAMETER_COUNT] = {0};
	Distribution distribution = {0};
	int			kind;

	if (!jsonb_is_object(value))
	{
		distribution_fault(reader, psprintf("\"distribution\" must be an object, not a JSON %s",
											JsonbTypeName(value)),
						   "Write it as {\"kind\": \"normal\", \"mean\": 10, \"stddev\": 2}.");
		return;
	}
	kind = read_members(reader, value, members);
	if (kind < 0 || !check_suits(reader, kind))
		return;
	distribution.kind = kinds[kind].kind;
	if (read_parameters(reader, members, &distribution) &&
		check_parameters(reader, kind, members, &distribution))
	{
		distribution.implied = reader->implied[KEY_DISTRIBUTION];
		reader->field->distribution = distribution;
	}
}

/* ---- distributions between the field's bounds ---- */

void
distribution_beta(const Distribution *distribution, double *alpha, double *beta)
{
	double		width = distribution->high - distribution->low;
	double		mean = (distribution->mean - distribution->low) / width;
	double		stddev = distribution->stddev / width;
	double		sum = mean * (1 - mean) / (stddev * stddev) - 1;

	*alpha = distribution->alpha > 0 ? distribution->alpha : mean * sum;
	*beta = distribution->alpha > 0 ? distribution->beta : (1 - mean) * sum;
}

static const char *
beta_problem(const Distribution *d)
{
	double		alpha;
	double		beta;

	if (d->alpha == 0 && !(d->mean > d->low && d->mean < d->high))
		return "the mean of its beta distribution is not between minimum and maximum";
	distribution_beta(d, &alpha, &beta);
	if (!(alpha >= MIN_SHAPE && beta >= MIN_SHAPE))
		return d->alpha == 0 ?
			"the stddev of its beta distribution is too large for its mean between minimum and maximum" :
			psprintf("\"alpha\" and \"beta\" are not both %g or more", MIN_SHAPE);
	if (!(alpha <= MAX_SHAPE && beta <= MAX_SHAPE))
		return d->alpha == 0 ?
			"the stddev of its beta distribution is too small between minimum and maximum" :
			psprintf("\"alpha\" and \"beta\" are not both %g or less", MAX_SHAPE);
	return NULL;
}

/* An end that the distribution cannot do without. */
static bool
take_end(const Field *field, const Bound *bound, double *out)
{
	if (!bound->set || !value_is_finite(field->base_type, bound->value))
		return false;
	*out = value_to_scale(field->base_type, bound->value);
	return true;
}

static const char *
ends_problem(const Field *field, Distribution *d)
{
	bool		low = take_end(field, &field->minimum, &d->low);
	bool		high = take_end(field, &field->maximum, &d->high);

	switch (d->kind)
	{
		case DISTRIBUTION_PARETO:
			return !low ? "distribution \"pareto\" needs a \"minimum\"" :
				d->low <= 0 ? "the minimum of a Pareto distribution is not above zero" : NULL;
		case DISTRIBUTION_BETA:
			return !low || !high ? "distribution \"beta\" needs a \"minimum\" and a \"maximum\"" :
				d->low < d->high ? beta_problem(d) : NULL;
		case DISTRIBUTION_TRIANGULAR:
			return !low || !high ?
				"distribution \"triangular\" needs a \"minimum\" and a \"maximum\"" :
				d->mode >= d->low && d->mode <= d->high ? NULL :
				"the mode of its triangular distribution is not between minimum and maximum";
		default:
			return NULL;
	}
}

/*
 * Bounds that only narrow what was there cut a distribution off, and do not
 * bend it.
 */
void
field_check_distribution(FieldReader *reader)
{
	Field	   *field = reader->field;
	const char *problem;

	if (field->enumeration.count > 0 || field_null_fraction(field) == 1 ||
		(reader->document->narrows && !field_own(reader, KEY_DISTRIBUTION)))
		return;
	problem = ends_problem(field, &field->distribution);
	if (problem == NULL)
		return;
	if (field->distribution.implied)
		memset(&field->distribution, 0, sizeof(Distribution));
	else
		distribution_fault(reader, problem, NULL);
}
