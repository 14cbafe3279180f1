/*-------------------------------------------------------------------------
 *
 * make_follow.c
 *		Numbers that go with others of the row.
 *
 * Nothing in this file looks into the catalog.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "local/engine.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* ---- measures ---- */

/* Whole years up to the first day of the year of ages. */
static int64
years_since(int year, int month, int day)
{
	return PLAN_AGE_YEAR - year - (month > 1 || day > 1 ? 1 : 0);
}

static int64
measure_day(FollowMeasure measure, int julian)
{
	int			year;
	int			month;
	int			day;

	j2date(julian, &year, &month, &day);
	switch (measure)
	{
		case MEASURE_YEARS:
			return years_since(year, month, day);
		case MEASURE_YEAR:
			return year;
		case MEASURE_QUARTER:
			return (month - 1) / 3 + 1;
		case MEASURE_MONTH:
			return month;
		case MEASURE_WEEK:
			return date2isoweek(year, month, day);
		case MEASURE_DAY:
			return day;
		case MEASURE_YEARDAY:
			return julian - date2j(year, 1, 1) + 1;
		case MEASURE_WEEKDAY:
			return (j2day(julian) + 6) % 7 + 1;
		case MEASURE_SUNDAY:
			return j2day(julian);
		case MEASURE_MONTHDAY:
			return month * 100 + day;
		case MEASURE_VALUE:
		case MEASURE_HOUR:
			break;
	}
	return 0;					/* a date has no hours */
}

static int64
measure_units(FollowMeasure measure, Oid type, int64 units, double divisor)
{
	int64		days = units;

	if (measure == MEASURE_VALUE)
		return (int64) floor((double) units / divisor);
	if (type != DATEOID)
	{
		days = units / USECS_PER_DAY - (units % USECS_PER_DAY < 0 ? 1 : 0);
		if (measure == MEASURE_HOUR)
			return (units - days * USECS_PER_DAY) / USECS_PER_HOUR;
	}
	return measure_day(measure, (int) days + POSTGRES_EPOCH_JDATE);
}

/* ---- the other one ---- */

/* Its units; false if it is NULL, or no number. */
static bool
followed_units(Engine *engine, const PlanFollowed *other, const RowKey *key, int row,
			   int64 *units)
{
	Oid			type = engine->ops[other->op].type;
	Datum		value;

	if (other->column < 0)
	{
		*units = drawn_units(engine, other->op, key);
		return true;
	}
	if (engine->block->nulls[other->column][row])
		return false;
	value = engine->block->values[other->column][row];
	if ((type == DATEOID && DATE_NOT_FINITE(DatumGetDateADT(value))) ||
		((type == TIMESTAMPOID || type == TIMESTAMPTZOID) &&
		 TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value))))
		return false;
	*units = fit_stored_units(type, value, other->divisor);
	return true;
}

static bool
followed_number(Engine *engine, const PlanFollowed *other, const RowKey *key, int row,
				double *number)
{
	int64		units;

	if (!followed_units(engine, other, key, row, &units))
		return false;
	*number = (double) units / other->divisor;
	return true;
}

/* ---- the ways to follow ---- */

/* A number as units of another op's, within its bounds. */
static int64
units_within(const PlanNumber *number, double value)
{
	double		step = floor(value * number->divisor / (double) number->grain + 0.5);

	if (!(step > (double) number->low))
		return number->low * number->grain;
	return (step < (double) number->high ? (int64) step : number->high) * number->grain;
}

/* One of the numbers that a band, or an entry, has. */
static int64
pick_units(const RowPlan *plan, const PlanOp *op, const PlanFollow *follow, const RowKey *key,
		   uint32 band)
{
	const uint32 *starts = plan_at(plan, follow->starts);
	const int64 *units = plan_at(plan, follow->units);

	return units[starts[band] + rng_below(draw_bits(key, op->salt, 1),
										  starts[band + 1] - starts[band])];
}

static uint32
band_of(const RowPlan *plan, const PlanFollow *follow, int64 measure)
{
	const int64 *bounds = plan_at(plan, follow->bounds);
	uint32		low = 0;
	uint32		high = follow->nbands - 1;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (bounds[middle] <= measure)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64
entry_units(Engine *engine, const PlanOp *op, const PlanFollow *follow, const RowKey *key,
			int row)
{
	const PlanSelector *selector = plan_at(engine->plan, follow->selector);
	uint32		entry = selector_pick(engine->plan, selector,
									  follow->per_series ? &engine->series_keys[row] : key);

	return pick_units(engine->plan, op, follow, key, entry);
}

/* A sum of units, within bounds, but as fine as it is. */
static int64
sum_units(const PlanNumber *number, int64 units, double more)
{
	double		sum = (double) units + more;

	if (sum < (double) number->low * (double) number->grain)
		return number->low * number->grain;
	if (sum > (double) number->high * (double) number->grain)
		return number->high * number->grain;
	return units + (int64) rint(more);
}

/* What is NULL adds nothing. */
static double
sum_of_terms(Engine *engine, const PlanFollow *follow, const RowKey *key, int row)
{
	const PlanTerm *terms = plan_at(engine->plan, follow->terms);
	double		sum = 0;
	double		term;

	for (int i = 0; i < follow->nterms; i++)
		if (followed_number(engine, &terms[i].followed, key, row, &term))
			sum += terms[i].sign * term;
	return sum;
}

/*
 * The units of a number that follows; false if what it follows is NULL.  row
 * is where columns of the block are read, or -1.
 */
bool
follow_units(Engine *engine, const PlanOp *op, const PlanNumber *number, const RowKey *key,
			 int row, int64 *units)
{
	const PlanFollow *follow = plan_at(engine->plan, number->follow);
	const PlanFollowed *other = &follow->other;
	int64		measure;
	double		one;
	double		times;

	switch ((FollowKind) follow->kind)
	{
		case FOLLOW_SAME:
			return followed_units(engine, other, key, row, units);
		case FOLLOW_PART:
		case FOLLOW_AMONG:
			if (!followed_units(engine, other, key, row, &measure))
				return false;
			measure = measure_units(follow->measure, engine->ops[other->op].type, measure,
									other->divisor);
			*units = follow->kind == FOLLOW_PART ? units_within(number, (double) measure) :
				pick_units(engine->plan, op, follow, key, band_of(engine->plan, follow, measure));
			return true;
		case FOLLOW_SHARE:
			if (!followed_number(engine, other, key, row, &one))
				return false;
			*units = units_within(number, one * (follow->low +
												 rng_unit(draw_bits(key, op->salt, 1)) *
												 (follow->high - follow->low)));
			return true;
		case FOLLOW_TIMES:
			if (!followed_number(engine, other, key, row, &one) ||
				!followed_number(engine, &follow->times, key, row, &times))
				return false;
			*units = units_within(number, one * times);
			return true;
		case FOLLOW_PLUS:
			if (!followed_units(engine, other, key, row, units) ||
				!followed_number(engine, &follow->times, key, row, &times))
				return false;
			*units = sum_units(number, *units, times * follow->low);
			return true;
		case FOLLOW_SUM:
			if (!followed_number(engine, other, key, row, &one))
				return false;
			*units = units_within(number, one + sum_of_terms(engine, follow, key, row));
			return true;
		case FOLLOW_ENTRY:
			*units = entry_units(engine, op, follow, key, row);
			return true;
	}
	return false;				/* not reached */
}
