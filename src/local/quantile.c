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

#include "local/quantile.h"
#include "util/exact_math.h"

#define NORMAL_STEPS	1024	/* equal steps of probability */
#define ZIPF_HEAD		512		/* ranks with an atom each */
#define ZIPF_SEGMENT	1.05	/* growth of the segments behind them */
#define MAX_KNOTS		8192
#define POISSON_EXACT	500		/* the largest mean with atoms: exp(-500) is a number yet */

typedef struct Knots
{
	int			n;
	double		probability[MAX_KNOTS];
	double		value[MAX_KNOTS];
} Knots;

static void
add_knot(Knots *knots, double probability, double value)
{
	Assert(knots->n < MAX_KNOTS);
	knots->probability[knots->n] = probability;
	knots->value[knots->n++] = value;
}

/* Tails are finer than the body, down to one in a billion. */
static void
normal_knots(Knots *knots, double mean, double stddev, bool lognormal)
{
	static const double tail[] = {1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 4e-4};
	int			ntail = lengthof(tail);

	for (int i = 0; i < NORMAL_STEPS + 2 * ntail - 1; i++)
	{
		double		p;
		double		value;

		if (i < ntail)
			p = tail[i];
		else if (i < ntail + NORMAL_STEPS - 1)
			p = (double) (i - ntail + 1) / NORMAL_STEPS;
		else
			p = 1.0 - tail[2 * ntail + NORMAL_STEPS - 2 - i];
		value = mean + stddev * exact_normal_quantile(p);
		add_knot(knots, i == 0 ? 0.0 : p, lognormal ? exact_exp(value) : value);
	}
	knots->probability[knots->n - 1] = 1.0;
}

/* From the values' own mean and standard deviation to those of their logarithm. */
static void
lognormal_knots(Knots *knots, double mean, double stddev)
{
	double		ratio = Min(stddev / mean, 1e150);	/* whose square is a number */
	double		variance = exact_log(1.0 + ratio * ratio);

	normal_knots(knots, exact_log(mean) - variance / 2, sqrt(variance), true);
}

/*
 * Rank k of n has weight k^-exponent.  The head is exact; behind it, ranks
 * are gathered into segments weighted by the integral.
 */
static void
zipf_knots(Knots *knots, double n, double exponent)
{
	int			head = (int) Min(n, ZIPF_HEAD);
	double	   *ends = palloc(sizeof(double) * MAX_KNOTS);
	double	   *weights = palloc(sizeof(double) * MAX_KNOTS);
	int			segments = 0;
	double		sum = 0;
	double		cumulated = 0;

	for (int k = 1; k <= head; k++)
		sum += (weights[k - 1] = exact_pow(k, -exponent));
	for (double begin = head; begin < n;)
	{
		double		end = Min(n, Max(begin + 1, floor(begin * ZIPF_SEGMENT)));
		double		middle = (begin + end + 1) / 2;

		ends[segments] = end;
		sum += (weights[head + segments] = (end - begin) * exact_pow(middle, -exponent));
		segments++;
		begin = end;
	}
	for (int i = 0; i < head + segments; i++)
	{
		double		before = i < head ? i + 1 : (i == head ? head + 1 : ends[i - head - 1] + 1);

		add_knot(knots, cumulated / sum, before);
		cumulated += weights[i];
		add_knot(knots, cumulated / sum, i < head ? i + 1 : ends[i - head]);
	}
	knots->probability[knots->n - 1] = 1.0;
	pfree(ends);
	pfree(weights);
}

/* From lowest on; the mean is the values' own. */
static void
exponential_knots(Knots *knots, const Field *field, double lowest, double mean)
{
	if (!(mean > lowest))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\": the mean of an exponential distribution is not above the minimum",
						field->name)));
	for (int i = 0; i < NORMAL_STEPS; i++)
	{
		double		p = (double) i / NORMAL_STEPS;

		add_knot(knots, p, lowest - (mean - lowest) * exact_log(1.0 - p));
	}
	/* the tail, down to one in a billion */
	for (double rest = 0.5 / NORMAL_STEPS; rest > 1e-9; rest /= 2)
		add_knot(knots, 1.0 - rest, lowest - (mean - lowest) * exact_log(rest));
	knots->probability[knots->n - 1] = 1.0;
}

/*
 * Atoms on the counts that are likelier than about one in a billion; a large
 * mean is as good as normal.
 */
static void
poisson_knots(Knots *knots, double mean)
{
	double		weight;
	double		cumulated = 0;

	if (mean > POISSON_EXACT)
	{
		normal_knots(knots, mean, sqrt(mean), false);
		return;
	}
	weight = exact_exp(-mean);
	for (int k = 0; knots->n + 2 < MAX_KNOTS && (k < mean || weight > 1e-12); k++)
	{
		add_knot(knots, cumulated, k);
		cumulated = Min(cumulated + weight, 1.0);
		add_knot(knots, cumulated, k);
		weight *= mean / (k + 1);
	}
	knots->probability[knots->n - 1] = 1.0;
}

static void
histogram_knots(Knots *knots, const Field *field)
{
	const Distribution *d = &field->distribution;
	double		sum = 0;
	double		cumulated = 0;

	if (d->nbounds > MAX_KNOTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("field \"%s\": the histogram has %d bounds, %d are the most",
						field->name, d->nbounds, MAX_KNOTS)));
	for (int i = 0; i < d->nbounds - 1; i++)
		sum += d->weights ? d->weights[i] : 1.0;
	for (int i = 0; i < d->nbounds; i++)
	{
		add_knot(knots, cumulated / sum, d->bounds[i]);
		if (i < d->nbounds - 1)
			cumulated += d->weights ? d->weights[i] : 1.0;
	}
	knots->probability[knots->n - 1] = 1.0;
}

/* Where value is reached: the inverse of quantile_value, by the same knots. */
static double
probability_of(const Knots *knots, double value, bool upper)
{
	int			i = 0;

	if (value < knots->value[0])
		return 0.0;
	if (value >= knots->value[knots->n - 1])
		return upper ? 1.0 : knots->probability[knots->n - 1];
	while (i + 1 < knots->n && knots->value[i + 1] <= value)
		i++;
	if (!upper)
	{
		/* the lower end of an atom */
		while (i > 0 && knots->value[i] == value && knots->value[i - 1] == value)
			i--;
	}
	if (knots->value[i] == value)
		return knots->probability[i];
	return knots->probability[i] + (knots->probability[i + 1] - knots->probability[i]) *
		(value - knots->value[i]) / (knots->value[i + 1] - knots->value[i]);
}

static PlanOffset
store(Compiler *c, const Field *field, Knots *knots, int64 low, int64 high)
{
	PlanQuantile q = {0};
	int			knot = 0;

	q.n = knots->n;
	q.from = probability_of(knots, (double) low - 0.5, false);
	q.to = probability_of(knots, (double) high + 0.5, true);
	/* a guess yields where it leaves nothing: uniform, then */
	if (!(q.to > q.from) && field->distribution.implied)
		return 0;
	if (!(q.to > q.from))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\": the distribution has no values between the minimum and the maximum",
						field->name),
				 errhint("Change the distribution's mean and stddev, or the bounds.")));
	for (int i = 0; i <= QUANTILE_GUIDE; i++)
	{
		while (knot + 1 < knots->n &&
			   knots->probability[knot + 1] <= (double) i / QUANTILE_GUIDE)
			knot++;
		q.first[i] = Min(knot, Max(knots->n - 2, 0));
	}
	q.probability = builder_add(&c->builder, knots->probability, sizeof(double) * knots->n);
	q.value = builder_add(&c->builder, knots->value, sizeof(double) * knots->n);
	return builder_add(&c->builder, &q, sizeof(q));
}

PlanOffset
quantile_compile(Compiler *c, const Field *field, int64 low, int64 high, double unit)
{
	const Distribution *d = &field->distribution;
	Knots	   *knots;
	PlanOffset	offset;

	if (d->kind == DISTRIBUTION_NONE || d->kind == DISTRIBUTION_UNIFORM)
		return 0;
	if (d->stddev == 0 &&
		(d->kind == DISTRIBUTION_NORMAL || d->kind == DISTRIBUTION_LOGNORMAL))
	{
		knots = palloc0(sizeof(Knots));
		add_knot(knots, 0.0, d->mean);
		add_knot(knots, 1.0, d->mean);
	}
	else
	{
		knots = palloc0(sizeof(Knots));
		if (d->kind == DISTRIBUTION_NORMAL)
			normal_knots(knots, d->mean, d->stddev, false);
		else if (d->kind == DISTRIBUTION_LOGNORMAL)
			lognormal_knots(knots, d->mean, d->stddev);
		else if (d->kind == DISTRIBUTION_EXPONENTIAL)
			exponential_knots(knots, field, low * unit, d->mean);
		else if (d->kind == DISTRIBUTION_POISSON)
			poisson_knots(knots, d->mean);
		else if (d->kind == DISTRIBUTION_HISTOGRAM)
			histogram_knots(knots, field);
		else
		{
			/* rank 1 is the lowest step */
			zipf_knots(knots, (double) high - (double) low + 1, d->exponent);
			for (int i = 0; i < knots->n; i++)
				knots->value[i] = (knots->value[i] - 1 + low) * unit;
		}
	}
	for (int i = 0; i < knots->n; i++)
		knots->value[i] /= unit;
	offset = store(c, field, knots, low, high);
	pfree(knots);
	return offset;
}

double
quantile_value(const void *plan, const PlanQuantile *quantile, double p)
{
	const double *probability = plan_at(plan, quantile->probability);
	const double *value = plan_at(plan, quantile->value);
	int			guide = (int) (p * QUANTILE_GUIDE);
	uint32		i = quantile->first[guide];
	uint32		last = quantile->first[Min(guide + 1, QUANTILE_GUIDE)];

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
	return value[i] + (value[i + 1] - value[i]) *
		(p - probability[i]) / (probability[i + 1] - probability[i]);
}
