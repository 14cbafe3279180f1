/*-------------------------------------------------------------------------
 *
 * knots.c
 *		The quantile functions of the distributions, as tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "local/knots.h"
#include "miscadmin.h"
#include "util/exact_math.h"

#define ZIPF_HEAD		512		/* ranks with an atom each */
#define ZIPF_SEGMENT	1.05	/* growth of the segments behind them */
#define ZIPF_SEGMENTS	2048	/* enough for 64 bits */
#define MAX_BOUNDS		8192
#define POISSON_EXACT	500		/* the largest mean with atoms: exp(-500) is a number yet */
#define GAMMA_EXACT		1000	/* the largest shape that is solved for */
#define BETA_EXACT		1e4		/* and the largest that both shapes may have */

Knots *
knots_make(int capacity)
{
	Knots	   *knots = palloc0(sizeof(Knots));

	knots->capacity = capacity;
	knots->probability = palloc_extended(sizeof(double) * capacity, MCXT_ALLOC_HUGE);
	knots->value = palloc_extended(sizeof(double) * capacity, MCXT_ALLOC_HUGE);
	return knots;
}

void
knots_add(Knots *knots, double probability, double value)
{
	if (knots->n == knots->capacity)
	{
		knots->capacity *= 2;
		knots->probability = repalloc_huge(knots->probability,
										   sizeof(double) * knots->capacity);
		knots->value = repalloc_huge(knots->value, sizeof(double) * knots->capacity);
	}
	knots->probability[knots->n] = probability;
	knots->value[knots->n++] = value;
}

/* ---- the bell and its kin ---- */

/*
 * Equal steps of probability, and shares of the rest in the tails, down to one
 * in a billion: what lies between two points is nearly even, and a million
 * values do not show that it is not quite.
 */
#define GRID_STEPS		1024
#define GRID_EDGE		10		/* steps that each tail has in place of its own */
#define GRID_TAIL		169
#define GRID_RATIO		1.1
#define GRID_COUNT		(GRID_STEPS - 2 * GRID_EDGE + 1 + 2 * GRID_TAIL)

/* Point i; the upper tail mirrors the lower one. */
static double
grid_probability(int i)
{
	static double tail[GRID_TAIL];

	if (tail[0] == 0)
	{
		double		p = (double) GRID_EDGE / GRID_STEPS;

		for (int k = GRID_TAIL - 1; k >= 0; k--)
			tail[k] = p /= GRID_RATIO;
	}
	if (i < GRID_TAIL)
		return tail[i];
	if (i >= GRID_COUNT - GRID_TAIL)
		return 1.0 - tail[GRID_COUNT - 1 - i];
	return (double) (i - GRID_TAIL + GRID_EDGE) / GRID_STEPS;
}

/* The ends stand for all that lies beyond. */
static void
add_grid_knot(Knots *knots, int i, double value)
{
	knots_add(knots, i == 0 ? 0.0 : i == GRID_COUNT - 1 ? 1.0 : grid_probability(i), value);
}

static void
normal_knots(Knots *knots, double mean, double stddev, bool lognormal)
{
	for (int i = 0; i < GRID_COUNT; i++)
	{
		double		value = mean + stddev * exact_normal_quantile(grid_probability(i));

		add_grid_knot(knots, i, lognormal ? exact_exp(value) : value);
	}
}

/* What is nearly normal, by the first terms of Cornish and Fisher's expansion. */
static void
skewed_knots(Knots *knots, double mean, double stddev, double skewness)
{
	for (int i = 0; i < GRID_COUNT; i++)
	{
		double		z = exact_normal_quantile(grid_probability(i));

		add_grid_knot(knots, i, mean + stddev * (z + (z * z - 1) * skewness / 6 -
												 (2 * z * z * z - 5 * z) * skewness * skewness / 36));
	}
}

/* From the values' own mean and standard deviation to those of their logarithm. */
static void
lognormal_knots(Knots *knots, double mean, double stddev)
{
	double		ratio = Min(stddev / mean, 1e150);	/* whose square is a number */
	double		variance = exact_log(1.0 + ratio * ratio);

	normal_knots(knots, exact_log(mean) - variance / 2, sqrt(variance), true);
}

/* ---- what is found by solving for it ---- */

typedef struct Shape
{
	double		a;
	double		b;				/* 0: gamma, else beta */
	double		log_front;		/* of the density */
} Shape;

static double
shape_share(const Shape *shape, double x)
{
	return shape->b > 0 ? exact_beta_share(shape->a, shape->b, x) :
		exact_gamma_share(shape->a, x);
}

static double
shape_density(const Shape *shape, double x)
{
	double		rest = shape->b > 0 ? (shape->b - 1) * exact_log(1 - x) : -x;

	return exact_exp(shape->log_front + (shape->a - 1) * exact_log(x) + rest);
}

/* Newton's method from start on, halving where it leaves low .. high. */
static double
solve(const Shape *shape, double probability, double low, double high, double start)
{
	double		x = start;

	for (int i = 0; i < 200; i++)
	{
		double		miss = shape_share(shape, x) - probability;
		double		before = x;

		if (miss > 0)
			high = x;
		else
			low = x;
		x -= miss / shape_density(shape, x);
		if (!(x > low && x < high))
			x = low + (high - low) / 2;
		if (fabs(x - before) <= 1e-13 * x + 1e-18)
			break;
	}
	return x;
}

static void
solved_knots(Knots *knots, const Shape *shape, double high, double offset, double scale)
{
	double		low = 0;

	for (int i = 0; i < GRID_COUNT; i++)
	{
		CHECK_FOR_INTERRUPTS();
		low = solve(shape, grid_probability(i), low, high, low > 0 ? low : high / 2);
		add_grid_knot(knots, i, offset + scale * low);
	}
}

/* Large shapes by Wilson and Hilferty: the cube root is all but normal. */
static void
gamma_knots(Knots *knots, double mean, double stddev)
{
	double		ratio = mean / stddev;
	Shape		shape = {.a = ratio * ratio};
	double		scale = mean / shape.a;

	if (shape.a <= GAMMA_EXACT)
	{
		shape.log_front = -exact_log_gamma(shape.a);
		solved_knots(knots, &shape, shape.a + 20 * sqrt(shape.a) + 40, 0, scale);
		return;
	}
	for (int i = 0; i < GRID_COUNT; i++)
	{
		double		root = 1 - 1 / (9 * shape.a) +
			exact_normal_quantile(grid_probability(i)) / (3 * ratio);

		add_grid_knot(knots, i, mean * root * root * root);
	}
}

static void
beta_knots(Knots *knots, const Distribution *d)
{
	double		width = d->high - d->low;
	Shape		shape = {0};
	double		sum;
	double		mean;

	distribution_beta(d, &shape.a, &shape.b);
	sum = shape.a + shape.b;
	mean = shape.a / sum;
	if (Min(shape.a, shape.b) > BETA_EXACT)
	{
		skewed_knots(knots, d->low + width * mean, width * sqrt(mean * (1 - mean) / (sum + 1)),
					 2 * (shape.b - shape.a) * sqrt(sum + 1) /
					 ((sum + 2) * sqrt(shape.a * shape.b)));
		return;
	}
	shape.log_front = exact_log_gamma(sum) - exact_log_gamma(shape.a) - exact_log_gamma(shape.b);
	solved_knots(knots, &shape, 1, d->low, width);
}

/* ---- what has a formula ---- */

static void
pareto_knots(Knots *knots, const Distribution *d)
{
	for (int i = 0; i < GRID_COUNT; i++)
		add_grid_knot(knots, i, i == 0 ? d->low :
					  d->low * exact_pow(1 - grid_probability(i), -1 / d->exponent));
}

static void
triangular_knots(Knots *knots, const Distribution *d)
{
	double		width = d->high - d->low;
	double		left = width > 0 ? (d->mode - d->low) / width : 0;

	for (int i = 0; i < GRID_COUNT; i++)
	{
		double		p = i == 0 ? 0 : i == GRID_COUNT - 1 ? 1 : grid_probability(i);

		add_grid_knot(knots, i, p < left ? d->low + width * sqrt(p * left) :
					  d->high - width * sqrt((1 - p) * (1 - left)));
	}
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
	for (int i = 0; i < GRID_COUNT; i++)
		add_grid_knot(knots, i, i == 0 ? lowest :
					  lowest - (mean - lowest) * exact_log(1.0 - grid_probability(i)));
}

/* ---- counts and ranks ---- */

/*
 * Rank k of n has weight k^-exponent.  The head is exact; behind it, ranks
 * are gathered into segments weighted by the integral.
 */
static void
zipf_knots(Knots *knots, double n, double exponent)
{
	int			head = (int) Min(n, ZIPF_HEAD);
	double	   *ends = palloc(sizeof(double) * ZIPF_SEGMENTS);
	double	   *weights = palloc(sizeof(double) * (ZIPF_HEAD + ZIPF_SEGMENTS));
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
		/* a rank has all that rounds to it */
		double		from = i < head ? i + 1 : (i == head ? head : ends[i - head - 1]) + 0.5;

		knots_add(knots, cumulated / sum, from);
		cumulated += weights[i];
		knots_add(knots, cumulated / sum, i < head ? i + 1 : ends[i - head] + 0.5);
	}
	knots->probability[knots->n - 1] = 1.0;
	pfree(ends);
	pfree(weights);
}

/*
 * Atoms on the counts that are likelier than about one in a billion; of a
 * large mean, as good as a skewed normal.
 */
static void
poisson_knots(Knots *knots, double mean)
{
	double		weight;
	double		cumulated = 0;

	if (mean > POISSON_EXACT)
	{
		skewed_knots(knots, mean, sqrt(mean), 1 / sqrt(mean));
		return;
	}
	weight = exact_exp(-mean);
	for (int k = 0; k < mean || weight > 1e-12; k++)
	{
		knots_add(knots, cumulated, k);
		cumulated = Min(cumulated + weight, 1.0);
		knots_add(knots, cumulated, k);
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

	if (d->nbounds > MAX_BOUNDS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("field \"%s\": the histogram has %d bounds, %d are the most",
						field->name, d->nbounds, MAX_BOUNDS)));
	for (int i = 0; i < d->nbounds - 1; i++)
		sum += d->weights ? d->weights[i] : 1.0;
	for (int i = 0; i < d->nbounds; i++)
	{
		knots_add(knots, cumulated / sum, d->bounds[i]);
		if (i < d->nbounds - 1)
			cumulated += d->weights ? d->weights[i] : 1.0;
	}
	knots->probability[knots->n - 1] = 1.0;
}

/* ---- which ---- */

/* rank 1 is the lowest step */
static void
ranked_knots(Knots *knots, double exponent, int64 low, int64 high, double unit)
{
	zipf_knots(knots, (double) high - (double) low + 1, exponent);
	for (int i = 0; i < knots->n; i++)
		knots->value[i] = (knots->value[i] - 1 + low) * unit;
}

Knots *
knots_of(const Field *field, int64 low, int64 high, double unit)
{
	const Distribution *d = &field->distribution;
	Knots	   *knots = knots_make(2 * GRID_COUNT);

	switch (d->kind)
	{
		case DISTRIBUTION_NORMAL:
			normal_knots(knots, d->mean, d->stddev, false);
			break;
		case DISTRIBUTION_LOGNORMAL:
			lognormal_knots(knots, d->mean, d->stddev);
			break;
		case DISTRIBUTION_EXPONENTIAL:
			exponential_knots(knots, field, low * unit, d->mean);
			break;
		case DISTRIBUTION_POISSON:
			poisson_knots(knots, d->mean);
			break;
		case DISTRIBUTION_GAMMA:
			gamma_knots(knots, d->mean, d->stddev);
			break;
		case DISTRIBUTION_BETA:
			beta_knots(knots, d);
			break;
		case DISTRIBUTION_PARETO:
			pareto_knots(knots, d);
			break;
		case DISTRIBUTION_TRIANGULAR:
			triangular_knots(knots, d);
			break;
		case DISTRIBUTION_HISTOGRAM:
			histogram_knots(knots, field);
			break;
		case DISTRIBUTION_ZIPF:
			ranked_knots(knots, d->exponent, low, high, unit);
			break;
		default:
			elog(ERROR, "distribution %d has no knots", (int) d->kind);
	}
	return knots;
}
