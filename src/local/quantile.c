/*-------------------------------------------------------------------------
 *
 * quantile.c
 *		Distributions as tables of their quantile functions.
 *
 * Whatever the distribution, drawing from it is looking up a uniform number
 * in a table of knots.  The tables are made by exact arithmetic, so a value
 * has the same bits everywhere, and a new distribution is a new way to fill
 * a table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "local/knots.h"
#include "local/quantile.h"

/* A table, wherever it lies. */
typedef struct Table
{
	int			n;
	const double *probability;
	const double *value;
	int			nprofile;
	const double *profile;
} Table;

/* ---- between two knots ---- */

/* What share of the way between two knots has what share of the rows. */
static double
profile_below(const Table *table, double way)
{
	double		part = way * table->nprofile;
	int			i = (int) Min(part, table->nprofile - 1);

	return table->profile[i] + (part - i) * (table->profile[i + 1] - table->profile[i]);
}

/*
 * The inverse.  It ends short of the next part, so that rounding does not
 * lead into that.
 */
static double
profile_way(const Table *table, double share)
{
	int			i = table->nprofile - 1;
	double		within;

	while (i > 0 && (table->profile[i] > share || table->profile[i] == table->profile[i + 1]))
		i--;
	/* rounded up to the end of the last part with a share */
	if (table->profile[i] == table->profile[i + 1])
		while (table->profile[i] == table->profile[i + 1])
			i++;
	within = (share - table->profile[i]) / (table->profile[i + 1] - table->profile[i]);
	return (i + Min(within, 1.0) * (1 - 1e-9)) / table->nprofile;
}

/* ---- from values to probabilities ---- */

/* The last knot whose value is at most value; with before, less than that. */
static int
knot_at(const Table *table, double value, bool before)
{
	int			low = -1;
	int			high = table->n - 1;

	while (low < high)
	{
		int			middle = low + (high - low + 1) / 2;

		if (before ? table->value[middle] < value : table->value[middle] <= value)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The share of what is below value, and of value itself with it. */
static double
probability_of(const Table *table, double value, bool with_it)
{
	int			i = knot_at(table, value, !with_it);
	double		way;

	if (i + 1 >= table->n)
		return 1.0;
	if (i < 0)
		return 0.0;
	/* the knot itself is where an atom begins or ends */
	if (!with_it && table->value[i + 1] == value)
		return table->probability[i + 1];
	way = (value - table->value[i]) / (table->value[i + 1] - table->value[i]);
	if (table->nprofile > 0)
		way = profile_below(table, way);
	return table->probability[i] + (table->probability[i + 1] - table->probability[i]) * way;
}

/* ---- into the plan ---- */

static PlanOffset
store(Compiler *c, const Field *field, const Knots *knots, int64 low, int64 high)
{
	Table		table = {knots->n, knots->probability, knots->value, knots->nprofile, knots->profile};
	PlanQuantile q = {0};
	int			knot = 0;

	q.n = knots->n;
	q.from = probability_of(&table, (double) low - 0.5, false);
	q.to = probability_of(&table, (double) high + 0.5, true);
	/* a guess yields where it leaves nothing: uniform, then */
	if (!(q.to > q.from) && field->distribution.implied)
		return 0;
	if (!(q.to > q.from))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\": the distribution has no values between the minimum and the maximum",
						field->name),
				 errhint(field->distribution.kind == DISTRIBUTION_CALENDAR ?
						 "Change the weights of the distribution, or the bounds." :
						 "Change the distribution's mean and stddev, or the bounds.")));
	for (int i = 0; i <= QUANTILE_GUIDE; i++)
	{
		while (knot + 1 < knots->n &&
			   knots->probability[knot + 1] <= (double) i / QUANTILE_GUIDE)
			knot++;
		q.first[i] = Min(knot, Max(knots->n - 2, 0));
	}
	q.probability = builder_add(&c->builder, knots->probability, sizeof(double) * knots->n);
	q.value = builder_add(&c->builder, knots->value, sizeof(double) * knots->n);
	q.nprofile = knots->nprofile;
	if (knots->nprofile > 0)
		q.profile = builder_add(&c->builder, knots->profile,
								sizeof(double) * (knots->nprofile + 1));
	return builder_add(&c->builder, &q, sizeof(q));
}

static bool
is_constant(const Distribution *d)
{
	return d->stddev == 0 &&
		(d->kind == DISTRIBUTION_NORMAL || d->kind == DISTRIBUTION_LOGNORMAL ||
		 d->kind == DISTRIBUTION_GAMMA);
}

PlanOffset
quantile_compile(Compiler *c, const Field *field, int64 low, int64 high, double unit)
{
	const Distribution *d = &field->distribution;
	Knots	   *knots;

	if (d->kind == DISTRIBUTION_NONE || d->kind == DISTRIBUTION_UNIFORM)
		return 0;
	if (d->kind == DISTRIBUTION_CALENDAR)
		knots = calendar_knots(c, field, low, high, unit);
	else if (is_constant(d))
	{
		knots = knots_make(2);
		knots_add(knots, 0.0, d->mean);
		knots_add(knots, 1.0, d->mean);
	}
	else
		knots = knots_of(field, low, high, unit);
	for (int i = 0; i < knots->n; i++)
		knots->value[i] /= unit;
	return store(c, field, knots, low, high);
}

/* ---- from the plan ---- */

static Table
table_of(const void *plan, const PlanQuantile *quantile)
{
	Table		table = {quantile->n, plan_at(plan, quantile->probability),
	plan_at(plan, quantile->value), quantile->nprofile};

	if (quantile->nprofile > 0)
		table.profile = plan_at(plan, quantile->profile);
	return table;
}

double
quantile_value(const void *plan, const PlanQuantile *quantile, double p)
{
	Table		table = table_of(plan, quantile);
	const double *probability = table.probability;
	const double *value = table.value;
	int			guide = (int) (p * QUANTILE_GUIDE);
	uint32		i = quantile->first[guide];
	uint32		last = quantile->first[Min(guide + 1, QUANTILE_GUIDE)];
	double		way;

	/* the last knot at or before p, but not the very last */
	while (i < last)
	{
		uint32		middle = (i + last + 1) / 2;

		if (probability[middle] <= p)
			i = middle;
		else
			last = middle - 1;
	}
	if (value[i] == value[i + 1])
		return value[i];
	way = (p - probability[i]) / (probability[i + 1] - probability[i]);
	if (table.nprofile > 0)
		return value[i] + (value[i + 1] - value[i]) * profile_way(&table, way);
	return value[i] + (value[i + 1] - value[i]) * (p - probability[i]) /
		(probability[i + 1] - probability[i]);
}

double
quantile_below(const void *plan, const PlanQuantile *quantile, double step)
{
	Table		table = table_of(plan, quantile);

	return probability_of(&table, step - 0.5, false);
}
