/*-------------------------------------------------------------------------
 *
 * number_type.c
 *		The types of numbers and times: how they are stored, what they draw
 *		where nothing is said, and how fine their steps are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "local/number_type.h"
#include "util/exact_math.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#define EPOCH_2021	7671		/* days from 2000-01-01 to 2021-01-01 */
#define EPOCH_2026	9497
#define MAX_SCALE	9
#define LEARNED_SCALE 15		/* of what was learned, which can be small */

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

/* Digits behind the point that a numeric's modifier declares; may be negative. */
bool
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

bool
is_decimal(const NumberType *type)
{
	return type->output == NUMBER_NUMERIC || type->output == NUMBER_FLOAT4 ||
		type->output == NUMBER_FLOAT8;
}

/* How type stores what field has, if it is one of numbers or times. */
bool
number_type(const Field *field, Oid type, NumberType *out)
{
	for (int i = 0; i < lengthof(number_types); i++)
	{
		if (number_types[i].type != type)
			continue;
		*out = number_types[i];
		adjust_to_typmod(out, field);
		return true;
	}
	return false;
}

/*
 * A stored value as numeric, for the types that have fractions.  Floats come
 * with all of their digits, which the cast to numeric cuts off.
 */
Numeric
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
Numeric
scaled_bound(const NumberType *type, const Bound *bound, int scale)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul,
											   NumericGetDatum(as_numeric(type->type, bound->value)),
											   NumericGetDatum(int64_to_numeric((int64) power_of_ten(scale)))));
}

/* -1, 0 or 1: below, within or above what units can be. */
int
beyond_units(Numeric scaled)
{
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(scaled),
										 NumericGetDatum(int64_to_numeric(MAX_UNITS)))))
		return 1;
	return DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(scaled),
											NumericGetDatum(int64_to_numeric(-MAX_UNITS)))) ? -1 : 0;
}

bool
bound_fits(const NumberType *type, const Bound *bound, int scale)
{
	return !bound->set || beyond_units(scaled_bound(type, bound, scale)) == 0;
}

/* The least and the greatest finite knot. */
void
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

/* How far the values of a distribution lie apart, roughly; 0: as they do. */
static double
distribution_width(const Distribution *d)
{
	double		alpha;
	double		beta;

	switch (d->kind)
	{
		case DISTRIBUTION_BETA:
			distribution_beta(d, &alpha, &beta);
			return (d->high - d->low) *
				sqrt(alpha * beta / (alpha + beta + 1)) / (alpha + beta);
		case DISTRIBUTION_TRIANGULAR:
			return (d->high - d->low) / 5;
		case DISTRIBUTION_PARETO:
			return d->low / d->exponent;
		default:
			return d->stddev;
	}
}

/* How many digits the steps have behind the point. */
int
choose_scale(const Compiler *c, const Field *field, const NumberType *type)
{
	int			scale = 2;

	if (!is_decimal(type))
		return type->type == CASHOID ? 2 : 0;
	if (!declared_scale(field, &scale))
	{
		double		multiple = field->multiple_of;
		double		width = distribution_width(&field->distribution);

		scale = Max(scale, digits_of(type->type, &field->minimum));
		scale = Max(scale, digits_of(type->type, &field->maximum));
		while (multiple > 0 && scale < MAX_SCALE &&
			   fabs(rint(multiple * power_of_ten(scale)) - multiple * power_of_ten(scale)) > 1e-6)
			scale++;
		/* a narrow distribution wants finer steps */
		while (scale < MAX_SCALE && width > 0 && width * power_of_ten(scale) < 100)
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
