/*-------------------------------------------------------------------------
 *
 * profile_number.c
 *		Numbers and times: their bounds, the grain that they are multiples
 *		of, and, where no tree will say so, how they are spread.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fit/profile.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#define LEAST_FOR_GRAIN	10		/* different values */
#define MOST_DECIMALS	6
#define MOST_EXACT		1e15	/* whole numbers that a double counts */
#define FEW_NUMBERS		50		/* that are listed in parts of values */
#define HISTOGRAM_BOUNDS 41
#define UNIQUE_ROOM		20		/* values between bounds for each row there is */

/* A value on the scale of its type, and where it comes from. */
typedef struct Scaled
{
	double		number;
	int			value;			/* index into the column's */
} Scaled;

static int
compare_scaled(const void *a, const void *b)
{
	double		x = ((const Scaled *) a)->number;
	double		y = ((const Scaled *) b)->number;

	return (x > y) - (x < y);
}

/* The finite values in their order; how many. */
static int
sort_values(const Column *column, Scaled *scaled)
{
	Oid			type = column->field->base_type;
	int			n = 0;

	for (int i = 0; i < column->nvalues; i++)
	{
		if ((i & 4095) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!value_is_finite(type, column->values[i]))
			continue;
		scaled[n].number = value_to_scale(type, column->values[i]);
		scaled[n++].value = i;
	}
	qsort(scaled, n, sizeof(Scaled), compare_scaled);
	return n;
}

static int
count_distinct(const Scaled *scaled, int n)
{
	int			distinct = n > 0;

	for (int i = 1; i < n; i++)
		distinct += scaled[i].number != scaled[i - 1].number;
	return distinct;
}

/* ---- grain ---- */

static int64
greatest_divisor(int64 a, int64 b)
{
	while (b != 0)
	{
		int64		rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Decimals that all values do with, or -1. */
static int
count_decimals(const Scaled *scaled, int n)
{
	double		power = 1;
	int			decimals = 0;

	for (int i = 0; i < n; i++)
	{
		double		number = fabs(scaled[i].number);

		while (number * power < MOST_EXACT &&
			   fabs(number * power - rint(number * power)) > 1e-9 * Max(1, number * power))
		{
			if (++decimals > MOST_DECIMALS)
				return -1;
			power *= 10;
		}
		/* what is next to 0 has more digits than these */
		if (number * power >= MOST_EXACT || (number > 0 && rint(number * power) == 0))
			return -1;
	}
	return decimals;
}

/* What all values are multiples of; 0: nothing that the type does not say. */
static double
find_grain(const Field *field, const Scaled *scaled, int n)
{
	ValueKind	kind = value_kind(field->base_type);
	int			decimals;
	double		power = 1;
	int64		grain = 0;

	if (!value_kind_is_number(kind) || count_distinct(scaled, n) < LEAST_FOR_GRAIN)
		return 0;
	decimals = count_decimals(scaled, n);
	if (decimals < 0)
		return 0;
	for (int i = 0; i < decimals; i++)
		power *= 10;
	for (int i = 0; i < n && grain != 1; i++)
		grain = greatest_divisor(grain, (int64) rint(fabs(scaled[i].number) * power));
	if (grain == 0 || (kind == VALUE_INTEGER && grain == 1))
		return 0;
	/* numeric(10,2) has steps of 0.01 anyway */
	if (field->base_type == NUMERICOID && grain == 1 &&
		field->base_typmod >= (int32) VARHDRSZ &&
		(((field->base_typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024 == decimals)
		return 0;
	if (field->base_type == MONEYOID && grain == 1 && decimals == 2)
		return 0;
	return grain / power;
}

/* ---- bounds ---- */

/* The type's own facts, such as a partition's range, are not widened. */
static bool
bound_stays(const Field *field, const Bound *bound, Datum value, int sign)
{
	return bound->set && !bound->implied &&
		value_compare(field->base_type, bound->value, value) * sign >= 0;
}

static void
set_bound(Profile *profile, Field *field, Bound *bound, Datum value, int sign)
{
	if (bound_stays(field, bound, value, sign))
		return;
	/* as few decimals as there are */
	if (field->base_type == NUMERICOID && field->base_typmod < (int32) VARHDRSZ)
		value = DirectFunctionCall1(numeric_trim_scale, value);
	memset(bound, 0, sizeof(Bound));
	bound->set = true;
	bound->value = profile_keep_value(profile, field, value);
}

/* Is there a value beyond all that are finite? */
static bool
goes_beyond(const Column *column, int sign)
{
	Oid			type = column->field->base_type;

	for (int i = 0; i < column->nvalues; i++)
	{
		double		number;

		if (value_is_finite(type, column->values[i]))
			continue;
		number = value_to_scale(type, column->values[i]);
		if (isnan(number) ? sign > 0 : number * sign > 0)
			return true;
	}
	return false;
}

/*
 * A column with infinity in it has no bound there.  Where privacy is strict, a bound is a value that LEARN_RARE rows reach.
 * Times that are to go on behind the table's end have none there.
 */
static void
set_bounds(Profile *profile, Column *column, const Scaled *scaled, int n)
{
	Field	   *field = column->field;
	ValueKind	kind = value_kind(field->base_type);
	int			beyond = profile->options->strict ? LEARN_RARE - 1 : 0;

	if (n <= 2 * beyond || (kind == VALUE_INTERVAL && n < 2))
		return;
	if (!goes_beyond(column, -1))
		set_bound(profile, field, &field->minimum,
				  column->values[scaled[beyond].value], 1);
	if (!goes_beyond(column, 1) && !(profile->options->after && (kind == VALUE_DATE || kind == VALUE_TIMESTAMP)))
		set_bound(profile, field, &field->maximum,
				  column->values[scaled[n - 1 - beyond].value], -1);
}

/* ---- numbers in parts of values ---- */

static bool
list_numbers(Profile *profile, Column *column)
{
	Counts		counts;
	Text	   *texts = palloc_extended(sizeof(Text) * column->nvalues, MCXT_ALLOC_HUGE);

	counts_init(&counts, 64);
	for (int i = 0; i < column->nvalues; i++)
	{
		texts[i] = value_bytes(column->field->base_type, column->values[i]);
		(void) counts_add(&counts, texts[i], column->rows[i], i);
		if (counts.n > FEW_NUMBERS)
			return false;
	}
	return profile_enumerate(profile, column, texts, &counts);
}

/* Equal shares between quantiles; equal ones are taken together. */
static void
set_histogram(Profile *profile, Column *column, const Scaled *scaled, int n)
{
	Distribution *distribution = &column->field->distribution;
	double	   *bounds;
	double	   *weights;
	int			nbounds = 0;
	int			begin = 0;

	if (n < HISTOGRAM_BOUNDS || profile->options->strict)
		return;
	bounds = MemoryContextAlloc(profile->keep, sizeof(double) * HISTOGRAM_BOUNDS);
	weights = MemoryContextAlloc(profile->keep, sizeof(double) * HISTOGRAM_BOUNDS);
	for (int i = 0; i < HISTOGRAM_BOUNDS; i++)
	{
		int			at = (int) ((int64) (n - 1) * i / (HISTOGRAM_BOUNDS - 1));

		if (nbounds > 0 && scaled[at].number <= bounds[nbounds - 1])
			continue;
		if (nbounds > 0)
			weights[nbounds - 1] = rint((double) (at - begin) / n * 1e4) / 1e4;
		bounds[nbounds++] = scaled[at].number;
		begin = at;
	}
	if (nbounds < 2)
		return;
	memset(distribution, 0, sizeof(Distribution));
	distribution->kind = DISTRIBUTION_HISTOGRAM;
	distribution->nbounds = nbounds;
	distribution->bounds = bounds;
	distribution->weights = weights;
}

/* ---- all of it ---- */

static void
describe(Profile *profile, Column *column, const Scaled *scaled, int n)
{
	Field	   *field = column->field;

	if (field->multiple_of > 0)
		profile_why(profile, field, "sample: multiples of %g from %s to %s", field->multiple_of,
					value_to_text(field->base_type, column->values[scaled[0].value]),
					value_to_text(field->base_type, column->values[scaled[n - 1].value]));
	else
		profile_why(profile, field, "sample: %d different values", count_distinct(scaled, n));
}

/* Distinct values need room, and keys that are numbered have their own way. */
static void
profile_unique_number(Profile *profile, Column *column, const Scaled *scaled, int n)
{
	if (column->field->minimum.set && !column->field->minimum.implied)
		return;
	if (scaled[n - 1].number - scaled[0].number < profile->relation_rows * UNIQUE_ROOM)
		return;
	profile_drop_name(column->field);
	set_bounds(profile, column, scaled, n);
	describe(profile, column, scaled, n);
}

void
profile_number(Profile *profile, Column *column)
{
	Field	   *field = column->field;
	Scaled	   *scaled = palloc_extended(sizeof(Scaled) * column->nvalues, MCXT_ALLOC_HUGE);
	int			n = sort_values(column, scaled);

	if (n == 0)
		return;
	if (field->unique)
	{
		profile_unique_number(profile, column, scaled, n);
		return;
	}
	/* the values say more than the name does */
	profile_drop_name(field);
	field->has_default = false;
	if (column->index < 0 && list_numbers(profile, column))
		return;
	field->multiple_of = find_grain(field, scaled, n);
	set_bounds(profile, column, scaled, n);
	if (column->index < 0)
		set_histogram(profile, column, scaled, n);
	describe(profile, column, scaled, n);
}
