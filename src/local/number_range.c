/*-------------------------------------------------------------------------
 *
 * number_range.c
 *		Between which stored units the values of a number or a time lie.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "local/number_type.h"
#include "util/exact_math.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

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
int64
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

void
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

void
no_value_between(const Field *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("field \"%s\": no value of type %s lies between its minimum and its maximum",
					field->name, format_type_with_typemod(field->type, field->typmod)),
			 errhint("Widen the bounds, or allow more digits behind the point.")));
}

/* Where an exponential distribution begins. */
static double
exponential_begin(const Field *field, int64 low)
{
	ValueKind	kind = value_kind(field->base_type);

	if (field->minimum.set)
		return value_to_scale(field->base_type, field->minimum.value);
	return kind == VALUE_DATE || kind == VALUE_TIME || kind == VALUE_TIMESTAMP ? (double) low : 0;
}

/* Where a distribution without bounds may reach, on its scale; false: anywhere. */
static bool
distribution_extent(const Field *field, int64 low, double *from, double *to)
{
	const Distribution *d = &field->distribution;

	*from = 0;
	switch (d->kind)
	{
		case DISTRIBUTION_NORMAL:
			*from = d->mean - 6 * d->stddev;
			*to = d->mean + 6 * d->stddev;
			return true;
		case DISTRIBUTION_LOGNORMAL:
			*to = d->mean + 60 * d->stddev;
			return true;
		case DISTRIBUTION_GAMMA:
			*to = d->mean + 7 * d->stddev + 21 * d->stddev * (d->stddev / d->mean);
			return true;
		case DISTRIBUTION_POISSON:
			*to = d->mean + 10 * sqrt(d->mean) + 20;
			return true;
		case DISTRIBUTION_EXPONENTIAL:
			*from = exponential_begin(field, low);
			*to = *from + 21 * Max(d->mean - *from, 0);
			return true;
		case DISTRIBUTION_PARETO:
			*from = d->low;
			*to = d->low * exact_pow(1e9, 1 / d->exponent);
			return true;
		case DISTRIBUTION_HISTOGRAM:
			*from = d->bounds[0];
			*to = d->bounds[d->nbounds - 1];
			return true;
		default:
			return false;
	}
}

static void
distribution_range(const Field *field, int scale, int64 type_low, int64 type_high,
				   int64 *low, int64 *high)
{
	double		unit = power_of_ten(scale);
	double		from;
	double		to;

	if (!distribution_extent(field, *low, &from, &to))
		return;
	*low = Max(to_units(floor(from * unit)), type_low);
	*high = Min(to_units(ceil(to * unit)), type_high);
}

/* The least unit that the field's minimum leaves. */
static int64
least_units(const Field *field, const NumberType *type, int scale, int64 type_high)
{
	int64		units = bound_units(field, type, &field->minimum, scale, true);

	if (!field->minimum.exclusive || !bound_is_exact(field, type, &field->minimum, scale))
		return units;
	if (units >= type_high)
		no_value_between(field);
	return units + 1;
}

/* The greatest unit that its maximum leaves. */
static int64
most_units(const Field *field, const NumberType *type, int scale, int64 type_low)
{
	int64		units = bound_units(field, type, &field->maximum, scale, false);

	if (!field->maximum.exclusive || !bound_is_exact(field, type, &field->maximum, scale))
		return units;
	if (units <= type_low)
		no_value_between(field);
	return units - 1;
}

/* What a field has whose values were learned: that within its bounds. */
static void
choose_learned_range(const FitAxis *axis, const Field *field, const NumberType *type,
					 int scale, int64 *low, int64 *high)
{
	int64		type_low;
	int64		type_high;

	type_range(field, type, scale, &type_low, &type_high);
	learned_range(axis, type_low, type_high,
				  is_decimal(type) || type->type == CASHOID ? power_of_ten(scale) : 1.0,
				  low, high);
	if (field->minimum.set)
		*low = Max(*low, least_units(field, type, scale, type_high));
	if (field->maximum.set)
		*high = Min(*high, most_units(field, type, scale, type_low));
}

/* The range in stored units, before steps. */
void
choose_range(Compiler *c, const Field *field, const NumberType *type, int scale,
			 int64 *low, int64 *high)
{
	int64		type_low;
	int64		type_high;
	int64		span = type->span;

	if (c->knots)
	{
		choose_learned_range(c->knots, field, type, scale, low, high);
		return;
	}
	type_range(field, type, scale, &type_low, &type_high);
	*low = type->low;
	*high = type->high;
	if (is_decimal(type))
	{
		*high = Min(type_high, to_units(1000 * power_of_ten(scale) * type->grain));
		span = *high;
	}
	distribution_range(field, scale, type_low, type_high, low, high);
	if (field->minimum.set)
	{
		*low = least_units(field, type, scale, type_high);
		if (!field->maximum.set &&
			(field->distribution.kind == DISTRIBUTION_NONE || *low > *high))
			*high = *low >= type->low && *low < *high ? *high :
				(*low > type_high - span ? type_high : *low + span);
	}
	if (field->maximum.set)
	{
		*high = most_units(field, type, scale, type_low);
		if (!field->minimum.set && *low > *high)
			*low = *high < type_low + span ? type_low : *high - span;
	}
	*low = Max(*low, type_low);
	*high = Min(*high, type_high);
	if (*low > *high)
		no_value_between(field);
}
