/*-------------------------------------------------------------------------
 *
 * compile_calendar.c
 *		Points in time as a calendar spreads them: a knot for each day, and a
 *		profile of the hours between them.
 *
 * Days are those of the type: of a timestamp with time zone, in UTC.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "local/holiday.h"
#include "local/knots.h"
#include "miscadmin.h"
#include "util/exact_math.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define MAX_YEARS		200
#define DAYS_IN_YEAR	365.25

static void
check_span(const Field *field, double days)
{
	if (days <= MAX_YEARS * (DAYS_IN_YEAR + 0.75))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("field \"%s\": its calendar has %.0f years, %d are the most", field->name,
					days / DAYS_IN_YEAR, MAX_YEARS),
			 errhint("Give the field a minimum and a maximum that are closer.")));
}

/* How busy each of count days from day first (since 2000-01-01) on is. */
static double *
weigh_days(const Compiler *c, const Calendar *calendar, int first, int count)
{
	double	   *weights = palloc(sizeof(double) * count);
	double		rate = exact_log(1 + calendar->growth) / DAYS_IN_YEAR;
	bool	   *holidays = NULL;

	first += POSTGRES_EPOCH_JDATE;
	if (calendar->holidays != 1)
		holidays = holidays_mark(c->locale, first, count);
	for (int i = 0; i < count; i++)
	{
		int			year;
		int			month;
		int			day;

		CHECK_FOR_INTERRUPTS();
		j2date(first + i, &year, &month, &day);
		weights[i] = calendar->growth == 0 ? 1 : exact_exp(rate * i);
		if (calendar->months != NULL)
			weights[i] *= calendar->months[month - 1];
		if (calendar->weekdays != NULL)
			weights[i] *= calendar->weekdays[(j2day(first + i) + 6) % 7];
		if (holidays != NULL && holidays[i])
			weights[i] *= calendar->holidays;
	}
	return weights;
}

/* The shares at which parts of a day end: hours, or only the day. */
static void
set_profile(Knots *knots, const double *hours)
{
	double		sum = 0;
	double		cumulated = 0;

	knots->nprofile = hours != NULL ? CALENDAR_HOURS : 1;
	for (int i = 0; i < knots->nprofile; i++)
		sum += hours != NULL ? hours[i] : 1;
	for (int i = 0; i < knots->nprofile; i++)
	{
		knots->profile[i] = cumulated / sum;
		cumulated += hours != NULL ? hours[i] : 1;
	}
	/* what adds up to all of them is exactly 1 */
	knots->profile[knots->nprofile] = 1;
	for (int i = knots->nprofile - 1; i > 0 && hours[i] == 0; i--)
		knots->profile[i] = 1;
}

static void
no_days(const Field *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("field \"%s\": the distribution has no values between the minimum and the maximum",
					field->name),
			 errhint("Change the weights of the distribution, or the bounds.")));
}

/*
 * A knot for the beginning of each day, half a step ahead of it, as a step
 * has what rounds to it.  Days without weight at either end are left out, so
 * that the last probability belongs to a day that can be.
 */
static void
add_days(Knots *knots, const double *weights, int first, int from, int to, double length,
		 double unit)
{
	double		sum = 0;
	double		cumulated = 0;

	for (int i = from; i <= to; i++)
		sum += weights[i];
	for (int i = from; i <= to; i++)
	{
		knots_add(knots, cumulated / sum, ((double) first + i) * length - unit / 2);
		cumulated += weights[i];
	}
	knots_add(knots, 1.0, ((double) first + to + 1) * length - unit / 2);
}

Knots *
calendar_knots(const Compiler *c, const Field *field, int64 low, int64 high, double unit)
{
	double		length = field->base_type == DATEOID ? 1 : (double) USECS_PER_DAY;
	double		first = floor(low * unit / length);
	double		count = floor(high * unit / length) - first + 1;
	int			from = 0;
	int			to;
	double	   *weights;
	Knots	   *knots;

	check_span(field, count);
	weights = weigh_days(c, field->distribution.calendar, (int) first, (int) count);
	to = (int) count - 1;
	while (from < to && weights[from] == 0)
		from++;
	while (to > from && weights[to] == 0)
		to--;
	if (weights[to] == 0)
		no_days(field);
	knots = knots_make(to - from + 2);
	add_days(knots, weights, (int) first, from, to, length, unit);
	set_profile(knots, field->distribution.calendar->hours);
	pfree(weights);
	return knots;
}
