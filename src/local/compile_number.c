/*-------------------------------------------------------------------------
 *
 * compile_number.c
 *		Numbers and times: one op for all, which draws a whole number of
 *		steps and gives it out as the type has it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "local/compile.h"
#include "local/quantile.h"
#include "local/stored.h"
#include "util/exact_math.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#define EPOCH_2021	7671		/* days from 2000-01-01 to 2021-01-01 */
#define EPOCH_2026	9497
#define MAX_SCALE	9
#define LEARNED_SCALE 15		/* of what was learned, which can be small */
#define DEFAULT_STEPS	1000
#define MAX_UNITS	(PG_INT64_MAX / 4)	/* of decimals, which have no type's bounds */

/* How a type stores its numbers, and what it draws where nothing is said. */
typedef struct NumberType
{
	Oid			type;
	NumberOutput output;
	int64		type_low;
	int64		type_high;
	int64		grain;			/* of the default steps */
	int64		least_grain;	/* of any: what the modifier leaves */
	int64		low;			/* default range, in stored units */
	int64		high;
	int64		span;			/* from a bound that stands alone */
} NumberType;

static const NumberType number_types[] = {
	{INT2OID, NUMBER_INT2, PG_INT16_MIN, PG_INT16_MAX, 1, 1, 1, 100, 100},
	{INT4OID, NUMBER_INT4, PG_INT32_MIN, PG_INT32_MAX, 1, 1, 1, 1000, 1000},
	{INT8OID, NUMBER_INT8, PG_INT64_MIN, PG_INT64_MAX, 1, 1, 1, 100000, 100000},
	{OIDOID, NUMBER_INT4, 1, PG_UINT32_MAX, 1, 1, 16384, 100000, 100000},
	{CASHOID, NUMBER_INT8, PG_INT64_MIN, PG_INT64_MAX, 1, 1, 100, 100000, 100000},
	{FLOAT4OID, NUMBER_FLOAT4, 0, 0, 1, 1, 0, 0, 0},
	{FLOAT8OID, NUMBER_FLOAT8, 0, 0, 1, 1, 0, 0, 0},
	{NUMERICOID, NUMBER_NUMERIC, 0, 0, 1, 1, 0, 0, 0},
	{DATEOID, NUMBER_INT4, DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE,
	DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1, 1, 1, EPOCH_2021, EPOCH_2026 - 1, 1826},
	{TIMEOID, NUMBER_INT8, 0, USECS_PER_DAY, USECS_PER_SEC, 1, 0,
	USECS_PER_DAY - USECS_PER_SEC, USECS_PER_DAY},
	{TIMETZOID, NUMBER_TIMETZ, 0, USECS_PER_DAY, USECS_PER_SEC, 1, 0,
	USECS_PER_DAY - USECS_PER_SEC, USECS_PER_DAY},
	{TIMESTAMPOID, NUMBER_INT8, MIN_TIMESTAMP, END_TIMESTAMP - 1, USECS_PER_SEC, 1,
		EPOCH_2021 * USECS_PER_DAY, EPOCH_2026 * USECS_PER_DAY - USECS_PER_SEC,
	1826 * USECS_PER_DAY},
	{TIMESTAMPTZOID, NUMBER_INT8, MIN_TIMESTAMP, END_TIMESTAMP - 1, USECS_PER_SEC, 1,
		EPOCH_2021 * USECS_PER_DAY, EPOCH_2026 * USECS_PER_DAY - USECS_PER_SEC,
	1826 * USECS_PER_DAY},
	{INTERVALOID, NUMBER_INTERVAL, PG_INT64_MIN / 2, PG_INT64_MAX / 2, USECS_PER_MINUTE, 1,
	USECS_PER_MINUTE, 30 * USECS_PER_DAY, 30 * USECS_PER_DAY},
};

static const NumberType *
number_type(Oid type)
{
	for (int i = 0; i < lengthof(number_types); i++)
		if (number_types[i].type == type)
			return &number_types[i];
	return NULL;
}

/* Digits behind the point that a numeric's modifier declares; may be negative. */
static bool
declared_scale(const Field *field, int *scale)
{
	if (field->base_type != NUMERICOID || field->base_typmod < (int32) VARHDRSZ)
		return false;
	*scale = (((field->base_typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
	return true;
}

static int64
precision_grain(int precision)
{
	int64		grain = USECS_PER_SEC;

	while (precision-- > 0 && grain > 1)
		grain /= 10;
	return grain;
}

/* "interval year", "interval day to hour(3)" and the like */
static void
adjust_interval(NumberType *type, int32 typmod)
{
	int32		range = INTERVAL_RANGE(typmod);
	int32		precision = INTERVAL_PRECISION(typmod);
	bool		months = range != INTERVAL_FULL_RANGE &&
		(range & ~(INTERVAL_MASK(YEAR) | INTERVAL_MASK(MONTH))) == 0;

	if (months)
	{
		type->output = NUMBER_MONTHS;
		type->grain = USECS_PER_MONTH * (range & INTERVAL_MASK(MONTH) ? 1 : MONTHS_PER_YEAR);
		type->high = type->span = USECS_PER_MONTH * MONTHS_PER_YEAR * 10;
	}
	else if (range == INTERVAL_FULL_RANGE || (range & INTERVAL_MASK(SECOND)))
	{
		if (range != INTERVAL_FULL_RANGE)
			type->grain = USECS_PER_SEC;
		type->least_grain = precision == INTERVAL_FULL_PRECISION ? 1 : precision_grain(precision);
		return;
	}
	else if (!(range & INTERVAL_MASK(MINUTE)))
		type->grain = range & INTERVAL_MASK(HOUR) ? USECS_PER_HOUR : USECS_PER_DAY;
	type->low = type->least_grain = type->grain;
}

/* What a type modifier leaves of a type. */
static void
adjust_to_typmod(NumberType *type, const Field *field)
{
	int32		typmod = field->base_typmod;
	int			scale;

	if (declared_scale(field, &scale) && scale < 0)
	{
		/* of what is coarser than 64 bits, only zero is within reach */
		type->grain = type->least_grain = -scale <= 18 ? (int64) power_of_ten(-scale) :
			MAX_UNITS + 1;
		return;
	}
	if (typmod < 0)
		return;
	switch (type->type)
	{
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			type->least_grain = precision_grain(typmod);
			break;
		case INTERVALOID:
			adjust_interval(type, typmod);
			break;
		default:
			break;
	}
}

static bool
is_decimal(const NumberType *type)
{
	return type->output == NUMBER_NUMERIC || type->output == NUMBER_FLOAT4 ||
		type->output == NUMBER_FLOAT8;
}

/*
 * A stored value as numeric, for the types that have fractions.  Floats come
 * with all of their digits, which the cast to numeric cuts off.
 */
static Numeric
as_numeric(Oid type, Datum value)
{
	char	   *digits;

	if (type == NUMERICOID)
		return DatumGetNumeric(value);
	digits = type == FLOAT4OID ? float_to_shortest_decimal(DatumGetFloat4(value)) :
		double_to_shortest_decimal(DatumGetFloat8(value));
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

static int
digits_of(Oid type, const Bound *bound)
{
	Numeric		value;
	Datum		trimmed;

	if (!bound->set)
		return 0;
	value = as_numeric(type, bound->value);
	if (numeric_is_nan(value) || numeric_is_inf(value))
		return 0;
	trimmed = DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(value));
	return DatumGetInt32(DirectFunctionCall1(numeric_scale, trimmed));
}

/* A decimal bound in units of 10^-scale. */
static Numeric
scaled_bound(const NumberType *type, const Bound *bound, int scale)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul,
											   NumericGetDatum(as_numeric(type->type, bound->value)),
											   NumericGetDatum(int64_to_numeric((int64) power_of_ten(scale)))));
}

/* -1, 0 or 1: below, within or above what units can be. */
static int
beyond_units(Numeric scaled)
{
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(scaled),
										 NumericGetDatum(int64_to_numeric(MAX_UNITS)))))
		return 1;
	return DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(scaled),
											NumericGetDatum(int64_to_numeric(-MAX_UNITS)))) ? -1 : 0;
}

static bool
bound_fits(const NumberType *type, const Bound *bound, int scale)
{
	return !bound->set || beyond_units(scaled_bound(type, bound, scale)) == 0;
}

/* Units are 64 bits wide, whatever a document or a type's modifier says. */
static int64
to_units(double value)
{
	if (isnan(value))
		return 0;
	if (value >= (double) PG_INT64_MAX)
		return PG_INT64_MAX;
	return value <= (double) PG_INT64_MIN ? PG_INT64_MIN : (int64) value;
}

/* The least and the greatest finite knot. */
static void
learned_extent(const FitAxis *axis, double *from, double *to)
{
	bool		found = false;

	*from = *to = 0;
	for (int i = 0; i < axis->nknots; i++)
	{
		if (!isfinite(axis->knots[i]))
			continue;
		*from = found ? Min(*from, axis->knots[i]) : axis->knots[i];
		*to = found ? Max(*to, axis->knots[i]) : axis->knots[i];
		found = true;
	}
}

/*
 * Learned decimals have the digits of their grain, or enough to tell all
 * values between two knots apart.
 */
static int
learned_scale(const FitAxis *axis, const Field *field, int scale)
{
	double		grain = axis->grain;
	double		from;
	double		to;

	if (field->base_type == NUMERICOID && field->base_typmod >= (int32) VARHDRSZ)
		return Min(scale, MAX_SCALE);
	learned_extent(axis, &from, &to);
	if (grain > 0)
		for (scale = 0; scale < LEARNED_SCALE &&
			 (grain * power_of_ten(scale) < 0.5 ||
			  fabs(rint(grain * power_of_ten(scale)) - grain * power_of_ten(scale)) > 1e-6);)
			scale++;
	else
		while (scale < LEARNED_SCALE && (to - from) * power_of_ten(scale) < 1e9)
			scale++;
	/* units have 64 bits */
	while (scale > 0 && Max(fabs(from), fabs(to)) * power_of_ten(scale) > (double) MAX_UNITS)
		scale--;
	return scale;
}

/* What learned values reach; with a base, they may be any. */
static void
learned_range(const FitAxis *axis, int64 type_low, int64 type_high, double unit,
			  int64 *low, int64 *high)
{
	double		from;
	double		to;

	*low = type_low;
	*high = type_high;
	if (axis->base >= 0)
		return;
	learned_extent(axis, &from, &to);
	*low = Max(to_units(rint(from * unit)), type_low);
	*high = Min(to_units(rint(to * unit)), type_high);
}

/* How many digits the steps have behind the point. */
static int
choose_scale(const Compiler *c, const Field *field, const NumberType *type)
{
	int			scale = 2;

	if (!is_decimal(type))
		return type->type == CASHOID ? 2 : 0;
	if (!declared_scale(field, &scale))
	{
		double		multiple = field->multiple_of;

		scale = Max(scale, digits_of(type->type, &field->minimum));
		scale = Max(scale, digits_of(type->type, &field->maximum));
		while (multiple > 0 && scale < MAX_SCALE &&
			   fabs(rint(multiple * power_of_ten(scale)) - multiple * power_of_ten(scale)) > 1e-6)
			scale++;
		/* a narrow distribution wants finer steps */
		while (scale < MAX_SCALE && field->distribution.stddev > 0 &&
			   field->distribution.stddev * power_of_ten(scale) < 100)
			scale++;
	}
	if (c->knots && field->multiple_of == 0)
		scale = learned_scale(c->knots, field, scale);
	scale = Max(Min(scale, c->knots ? LEARNED_SCALE : MAX_SCALE), 0);
	/* great bounds leave room for fewer digits */
	while (scale > 0 && !(bound_fits(type, &field->minimum, scale) &&
						  bound_fits(type, &field->maximum, scale)))
		scale--;
	return scale;
}

/*
 * What is drawn is in UTC.  Of two times at the same instant, the one in the
 * zone farther west is the later one.
 */
static int64
timetz_units(const TimeTzADT *bound, bool up)
{
	int64		units = bound->time + bound->zone * USECS_PER_SEC;

	if (bound->zone > 0 && up)
		units++;
	if (bound->zone < 0 && !up)
		units--;
	return units;
}

/*
 * A bound in stored units: whole ones for integers and times, scaled ones
 * for decimals.  Outside of what units can be, just outside.
 */
static int64
bound_units(const Field *field, const NumberType *type, const Bound *bound, int scale, bool up)
{
	Numeric		scaled;
	int			beyond;

	switch (type->type)
	{
		case INT2OID:
			return DatumGetInt16(bound->value);
		case INT4OID:
		case DATEOID:
			return DatumGetInt32(bound->value);
		case OIDOID:
			return DatumGetObjectId(bound->value);
		case TIMETZOID:
			return timetz_units(DatumGetTimeTzADTP(bound->value), up);
		case INTERVALOID:
			return to_units(value_to_scale(INTERVALOID, bound->value));
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			break;
		default:
			return DatumGetInt64(bound->value);
	}
	scaled = scaled_bound(type, bound, scale);
	beyond = beyond_units(scaled);
	if (beyond != 0)
		return beyond > 0 ? MAX_UNITS + 1 : -MAX_UNITS - 1;
	return DatumGetInt64(DirectFunctionCall1(numeric_int8,
											 DirectFunctionCall1(up ? numeric_ceil : numeric_floor,
																 NumericGetDatum(scaled))));
}

/* Is the bound itself a whole number of units (so that exclusion moves it)? */
static bool
bound_is_exact(const Field *field, const NumberType *type, const Bound *bound, int scale)
{
	return bound_units(field, type, bound, scale, true) ==
		bound_units(field, type, bound, scale, false);
}

static void
type_range(const Field *field, const NumberType *type, int scale, int64 *low, int64 *high)
{
	*low = type->type_low;
	*high = type->type_high;
	if (is_decimal(type))
	{
		*high = MAX_UNITS;
		if (type->type == NUMERICOID && field->base_typmod >= (int32) VARHDRSZ)
		{
			int			precision = ((field->base_typmod - VARHDRSZ) >> 16) & 0xffff;
			int			declared = (((field->base_typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
			int			digits = precision - declared + scale;

			if (digits >= 0 && digits <= 18)
				*high = Min(*high, (int64) power_of_ten(digits) - 1);
		}
		*low = -*high;
	}
}

static void
no_value_between(const Field *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("field \"%s\": no value of type %s lies between its minimum and its maximum",
					field->name, format_type_with_typemod(field->type, field->typmod)),
			 errhint("Widen the bounds, or allow more digits behind the point.")));
}

/* Where a distribution without bounds may reach. */
static void
distribution_range(const Field *field, int scale, int64 type_low, int64 type_high,
				   int64 *low, int64 *high)
{
	const Distribution *d = &field->distribution;
	double		from = 0;
	double		to = 0;
	double		unit = power_of_ten(scale);

	if (d->kind == DISTRIBUTION_NORMAL)
	{
		from = d->mean - 6 * d->stddev;
		to = d->mean + 6 * d->stddev;
	}
	else if (d->kind == DISTRIBUTION_LOGNORMAL)
		to = d->mean + 60 * d->stddev;
	else if (d->kind == DISTRIBUTION_POISSON)
		to = d->mean + 10 * sqrt(d->mean) + 20;
	else if (d->kind == DISTRIBUTION_EXPONENTIAL)
	{
		ValueKind	kind = value_kind(field->base_type);

		if (field->minimum.set)
			from = value_to_scale(field->base_type, field->minimum.value);
		else if (kind == VALUE_DATE || kind == VALUE_TIME || kind == VALUE_TIMESTAMP)
			from = (double) *low;
		to = from + 21 * Max(d->mean - from, 0);
	}
	else if (d->kind == DISTRIBUTION_HISTOGRAM)
	{
		from = d->bounds[0];
		to = d->bounds[d->nbounds - 1];
	}
	else
		return;
	*low = Max(to_units(floor(from * unit)), type_low);
	*high = Min(to_units(ceil(to * unit)), type_high);
}

/* The bounds that the field has, around a range that was learned. */
static void
clip_range(const Field *field, const NumberType *type, int scale, int64 *low, int64 *high)
{
	const Bound *minimum = &field->minimum;
	const Bound *maximum = &field->maximum;

	if (minimum->set)
		*low = Max(*low, bound_units(field, type, minimum, scale, true) +
				   (minimum->exclusive && bound_is_exact(field, type, minimum, scale) ? 1 : 0));
	if (maximum->set)
		*high = Min(*high, bound_units(field, type, maximum, scale, false) -
					(maximum->exclusive && bound_is_exact(field, type, maximum, scale) ? 1 : 0));
}

/* The range in stored units, before steps. */
static void
choose_range(Compiler *c, const Field *field, const NumberType *type, int scale,
			 int64 *low, int64 *high)
{
	int64		type_low;
	int64		type_high;
	int64		span = type->span;

	type_range(field, type, scale, &type_low, &type_high);
	*low = type->low;
	*high = type->high;
	if (is_decimal(type))
	{
		*high = Min(type_high, to_units(1000 * power_of_ten(scale) * type->grain));
		span = *high;
	}
	distribution_range(field, scale, type_low, type_high, low, high);
	if (c->knots)
	{
		learned_range(c->knots, type_low, type_high,
					  is_decimal(type) || type->type == CASHOID ? power_of_ten(scale) : 1.0,
					  low, high);
		clip_range(field, type, scale, low, high);
		return;
	}
	if (field->minimum.set)
	{
		*low = bound_units(field, type, &field->minimum, scale, true);
		if (field->minimum.exclusive && bound_is_exact(field, type, &field->minimum, scale))
		{
			if (*low >= type_high)
				no_value_between(field);
			(*low)++;
		}
		if (!field->maximum.set &&
			(field->distribution.kind == DISTRIBUTION_NONE || *low > *high))
			*high = *low >= type->low && *low < *high ? *high :
				(*low > type_high - span ? type_high : *low + span);
	}
	if (field->maximum.set)
	{
		*high = bound_units(field, type, &field->maximum, scale, false);
		if (field->maximum.exclusive && bound_is_exact(field, type, &field->maximum, scale))
		{
			if (*high <= type_low)
				no_value_between(field);
			(*high)--;
		}
		if (!field->minimum.set && *low > *high)
			*low = *high < type_low + span ? type_low : *high - span;
	}
	*low = Max(*low, type_low);
	*high = Min(*high, type_high);
	if (*low > *high)
		no_value_between(field);
}

/*
 * Keys without bounds count on from 1, or from behind the greatest one that
 * is stored where they are a column's whole value.
 */
static void
make_sequential(Compiler *c, const Field *field, const NumberType *type, PlanNumber *number,
				bool whole)
{
	number->sequential = true;
	number->low = field->minimum.set ? number->low : 1;
	number->high = field->maximum.set ? number->high : type->type_high;
	if (whole && c->request->avoid_stored)
	{
		int64		stored;

		if (stored_maximum(c->schema, field, &stored) && stored >= number->low)
		{
			if (stored >= number->high)
				number->sequential = false;	/* no room behind: look for gaps */
			else
				number->low = stored + 1 - (c->request->first_row - 1);
		}
	}
}

static bool
is_key_like(const Field *field, const NumberType *type)
{
	return (type->type == INT2OID || type->type == INT4OID || type->type == INT8OID ||
			type->type == OIDOID) &&
		!field->maximum.set && field->multiple_of == 0 &&
		field->distribution.kind == DISTRIBUTION_NONE;
}

/*
 * The least number of units that is a multiple of "multipleOf" and of what
 * the type can tell apart; 0 if it is beyond 64 bits.
 */
static int64
multiple_grain(const Field *field, const NumberType *type, int scale)
{
	Numeric		multiple = as_numeric(FLOAT8OID, Float8GetDatum(field->multiple_of));
	Numeric		unit = int64_div_fast_to_numeric(type->least_grain, scale);
	Bound		common = {.set = true};
	NumberType	numeric = {.type = NUMERICOID};

	common.value = DirectFunctionCall2(numeric_lcm, NumericGetDatum(multiple),
									   NumericGetDatum(unit));
	if (!bound_fits(&numeric, &common, scale))
		return 0;
	return bound_units(field, &numeric, &common, scale, true);
}

/* Division that rounds up, and down; the divisor is above zero. */
static int64
divide_up(int64 a, int64 b)
{
	return a / b + (a % b > 0 ? 1 : 0);
}

static int64
divide_down(int64 a, int64 b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

/*
 * A range that nobody gave yields to a great multiple: its steps go on from
 * the bound that was given, or from zero.
 */
static void
widen_to_multiples(const Field *field, const NumberType *type, PlanNumber *number)
{
	int64		type_low;
	int64		type_high;

	if (number->low <= number->high || field->distribution.kind != DISTRIBUTION_NONE)
		return;
	type_range(field, type, number->scale, &type_low, &type_high);
	if (!field->maximum.set)
	{
		if (!field->minimum.set)
			number->low = 0;
		number->high = Min(divide_down(type_high, number->grain), number->low + DEFAULT_STEPS - 1);
	}
	else if (!field->minimum.set)
		number->low = Max(divide_up(type_low, number->grain), number->high - DEFAULT_STEPS + 1);
}

/* The steps of the range: grain units each, as coarse as the range allows. */
static void
set_steps(const Field *field, const NumberType *type, PlanNumber *number,
		  int64 low, int64 high)
{
	int64		grain = type->grain;

	if (field->multiple_of > 0)
		grain = multiple_grain(field, type, number->scale);
	else if (type->grain > 1 && high - low < type->grain)
		grain = type->least_grain;
	/* of great multiples there is only zero */
	number->grain = Max(grain, 1);
	number->low = grain > 0 ? divide_up(low, grain) : low > 0 ? 1 : 0;
	number->high = grain > 0 ? divide_down(high, grain) : high < 0 ? -1 : 0;
	if (grain > 0 && field->multiple_of > 0)
		widen_to_multiples(field, type, number);
	else if (grain == 0 && !field->minimum.set && !field->maximum.set)
		number->low = number->high = 0;
	if (number->low > number->high && field->multiple_of > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\": no multiple of %g lies between its minimum and its maximum",
						field->name, field->multiple_of)));
	if (number->low > number->high)
		no_value_between(field);
}

/*
 * The steps of learned values are multiples of their grain, unless the field
 * says which; false if nothing learned is within the bounds.
 */
static bool
learned_steps(const Compiler *c, const Field *field, NumberType *type, const PlanNumber *number,
			  int64 *low, int64 *high)
{
	double		grain = c->knots->grain *
		(is_decimal(type) || type->type == CASHOID ? number->divisor : 1.0);

	type->grain = type->least_grain;
	if (field->multiple_of == 0 && grain >= 1 && grain < (double) MAX_UNITS)
	{
		int64		units = (int64) rint(grain);

		if (units % type->least_grain == 0)
			type->grain = units;
	}
	if (*low > *high)
		return false;
	/* what lies between two multiples is no reason to go finer */
	if (type->grain > 1 && divide_up(*low, type->grain) > divide_down(*high, type->grain))
		return false;
	type->least_grain = type->grain;
	return true;
}

/* Turns op into a number op if its type is one; false if it is not. */
bool
compile_number(Compiler *c, PlanOp *op, const Field *field, bool unique)
{
	const NumberType *found = number_type(op->type);
	NumberType	adjusted;
	NumberType *type = &adjusted;
	PlanNumber	number = {0};
	int64		low;
	int64		high;
	int			scale;

	if (found == NULL)
		return false;
	adjusted = *found;
	adjust_to_typmod(type, field);
	number.output = type->output;
	number.scale = choose_scale(c, field, type);
	number.declared_scale = declared_scale(field, &scale) ? Max(scale, number.scale) : number.scale;
	number.divisor = power_of_ten(number.scale);
	choose_range(c, field, type, number.scale, &low, &high);
	if (c->knots && !learned_steps(c, field, type, &number, &low, &high))
		return false;
	set_steps(field, type, &number, low, high);
	if (c->knots)
	{
		number.fitted = true;
		op->kind = OP_NUMBER;
		op->detail = builder_add(&c->builder, &number, sizeof(number));
		return true;
	}
	if (unique && is_key_like(field, type))
		make_sequential(c, field, type, &number, op->column >= 0);
	number.quantile = quantile_compile(c, field, number.low, number.high,
									   number.grain /
									   (is_decimal(type) || type->type == CASHOID ?
										number.divisor : 1.0));
	op->kind = OP_NUMBER;
	op->detail = builder_add(&c->builder, &number, sizeof(number));
	return true;
}
