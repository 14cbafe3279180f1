/*-------------------------------------------------------------------------
 *
 * fit_axis.c
 *		Axes of one field: numbers and times in bins, whether there is a
 *		value, weekdays and hours.
 *
 * A number or time that many rows share is an atom and has a bin of its own;
 * the others are put into bins of about as many rows each, fewer where they lie
 * far apart: what is far out goes with what is far out in other columns.  Within
 * a bin the knots are quantiles, between which values are made anew: no row's own value
 * stands alone, but for the smallest and the largest (not with privacy =>
 * 'strict'), without which a made table could not have the extent of the
 * real one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/fit_work.h"
#include "miscadmin.h"
#include "util/rng.h"
#include "utils/timestamp.h"

#define KNOTS			16		/* of a bin that is no atom */
#define WIDE_ROWS		10		/* of a bin that is closed because it is wide: */
#define WIDE_BINS		20		/* as this share of the whole extent */
#define FEW_VALUES		1000.0	/* possible ones: none of them tells who it is */
#define EXTREME_ROWS	3.0		/* what an extreme weighs at least */
#define EXTREME_SAMPLE	100		/* where the sample has as many rows */
#define TWO_WEEKS		14.0	/* days */

/* Bins are cut from the ascending values: [from, to). */
typedef struct Cut
{
	int			from;
	int			to;
} Cut;

typedef struct Cutter
{
	const double *sorted;
	int			n;
	int			distinct;
	bool		few;			/* each value may be an atom */
	bool		pinned;			/* the extremes are */
	int			most;			/* bins */
	double		wide;			/* closes a bin of some rows */
	int			ncuts;
	Cut			cuts[FIT_MAX_BINS];
} Cutter;

#define ST_SORT sort_doubles
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

double *
fit_scale_values(const FitWork *work, int field)
{
	int			column = work->sample_columns[field];
	Oid			type = work->schema->fields[field]->base_type;
	const Datum *datums = work->sample->values[column];
	const bool *nulls = work->sample->nulls[column];
	double	   *values = palloc_extended(sizeof(double) * work->nrows, MCXT_ALLOC_HUGE);
	ValueKind	kind = value_kind(type);

	for (int row = 0; row < work->nrows; row++)
	{
		if (nulls[row])
			values[row] = 0;
		else if ((kind == VALUE_TIMESTAMP || kind == VALUE_DATE) &&
				 !value_is_finite(type, datums[row]))
			values[row] = value_to_scale(type, datums[row]) < 0 ? -INFINITY : INFINITY;
		else
			values[row] = value_to_scale(type, datums[row]);
	}
	return values;
}

/* ---- grain ---- */

/* The tolerance is a share of the value: what is next to 0 is no multiple of 1. */
static bool
all_multiples(const double *sorted, int n, double grain, double tolerance)
{
	for (int i = 0; i < n; i++)
	{
		double		count = sorted[i] / grain;

		if (fabs(count - rint(count)) > tolerance * fabs(count))
			return false;
	}
	return true;
}

static double
first_grain(const double *sorted, int n, const double *grains, int ngrains,
			double tolerance)
{
	for (int i = 0; i < ngrains; i++)
		if (all_multiples(sorted, n, grains[i], tolerance))
			return grains[i];
	return 0;
}

/* The coarsest step that all values are multiples of. */
static double
find_grain(const double *sorted, int n, ValueKind kind)
{
	static const double number_grains[] = {
		1000, 500, 100, 50, 10, 5, 1, 0.5, 0.25, 0.1, 0.05, 0.01, 0.005, 0.001,
		1e-4, 1e-5, 1e-6, 1e-7, 1e-8
	};
	static const double time_grains[] = {
		USECS_PER_DAY, USECS_PER_HOUR, 30.0 * USECS_PER_MINUTE, 15.0 * USECS_PER_MINUTE,
		5.0 * USECS_PER_MINUTE, USECS_PER_MINUTE, 30.0 * USECS_PER_SEC,
		5.0 * USECS_PER_SEC, USECS_PER_SEC, 100000, 10000, 1000, 1
	};

	if (kind == VALUE_DATE)
		return 1;
	if (value_kind_is_time(kind))
		return first_grain(sorted, n, time_grains, lengthof(time_grains), 0);
	if (kind == VALUE_INTEGER)
		return first_grain(sorted, n, number_grains, 7, 0);
	return first_grain(sorted, n, number_grains, lengthof(number_grains),
					   kind == VALUE_FLOAT ? 1e-7 : 1e-10);
}

/* ---- cutting ---- */

static int
run_end(const double *sorted, int n, int from)
{
	int			to = from + 1;

	while (to < n && sorted[to] == sorted[from])
		to++;
	return to;
}

static bool
run_is_atom(const Cutter *cutter, int from, int to, double per)
{
	if (cutter->pinned && (from == 0 || to == cutter->n))
		return true;
	if (to - from < LEARN_RARE && !cutter->few)
		return false;
	return cutter->distinct <= cutter->most || to - from >= per / 2;
}

/* May the last cut, that reaches to, take further values? */
static bool
cut_is_open(const Cutter *cutter, int to, double per)
{
	int			from = cutter->cuts[cutter->ncuts - 1].from;
	double		width = cutter->sorted[to - 1] - cutter->sorted[from];

	return to - from < per && (to - from < WIDE_ROWS || width < cutter->wide);
}

/* Cuts bins of about per values; false if there are too many of them. */
static bool
cut_bins(Cutter *cutter, double per)
{
	bool		open = false;	/* the last bin takes further values */

	cutter->ncuts = 0;
	for (int from = 0, to; from < cutter->n; from = to)
	{
		bool		atom;

		to = run_end(cutter->sorted, cutter->n, from);
		atom = run_is_atom(cutter, from, to, per);
		if (open && !atom)
			cutter->cuts[cutter->ncuts - 1].to = to;
		else
		{
			if (cutter->ncuts == cutter->most)
				return false;
			cutter->cuts[cutter->ncuts++] = (Cut) {from, to};
		}
		open = !atom && cut_is_open(cutter, to, per);
	}
	return true;
}

static void
cutter_run(Cutter *cutter, const double *sorted, int n, int most, double grain, bool pinned)
{
	double		per = (double) n / most;

	memset(cutter, 0, offsetof(Cutter, cuts));
	cutter->sorted = sorted;
	cutter->n = n;
	cutter->most = most;
	cutter->pinned = pinned;
	cutter->wide = sorted[n - 1] / WIDE_BINS - sorted[0] / WIDE_BINS;
	cutter->few = grain > 0 && (sorted[n - 1] - sorted[0]) / grain <= FEW_VALUES;
	for (int from = 0; from < n; from = run_end(sorted, n, from))
		cutter->distinct++;
	while (!cut_bins(cutter, per))
	{
		CHECK_FOR_INTERRUPTS();
		per *= 1.1;
		cutter->wide *= 1.1;
	}
}

/* ---- knots ---- */

/* The value a share of the way between the first and the last of a cut. */
static double
cut_quantile(const double *sorted, const Cut *cut, double share)
{
	double		place = cut->from + share * (cut->to - 1 - cut->from);
	int			below = (int) place;
	double		part = place - below;

	if (part == 0 || below + 1 >= cut->to)
		return sorted[below];
	/* rounding must not lead past either */
	return Max(sorted[below], Min(sorted[below + 1],
								  sorted[below] * (1 - part) + sorted[below + 1] * part));
}

/*
 * Knots of the bin of a cut.  One value that too few rows share is spread
 * over what lies around it.
 */
static int
cut_knots(const Cutter *cutter, const Cut *cut, double *knots)
{
	const double *sorted = cutter->sorted;
	double		low = sorted[cut->from];
	double		high = sorted[cut->to - 1];
	bool		inside = cut->from > 0 && cut->to < cutter->n;
	int			count = Min(KNOTS, cut->to - cut->from);

	if (low == high && !run_is_atom(cutter, cut->from, cut->to, 0) && inside)
	{
		knots[0] = low / 2 + sorted[cut->from - 1] / 2;
		knots[1] = high / 2 + sorted[cut->to] / 2;
		return 2;
	}
	if (low == high)
	{
		knots[0] = knots[1] = low;
		return 2;
	}
	for (int i = 0; i < count; i++)
		knots[i] = cut_quantile(sorted, cut, (double) i / (count - 1));
	return count;
}

static void
add_atom(FitAxis *axis, int bin, double value)
{
	axis->starts[bin] = axis->nknots;
	axis->knots[axis->nknots++] = value;
	axis->knots[axis->nknots++] = value;
	axis->starts[bin + 1] = axis->nknots;
}

/* ---- a scale ---- */

/* Values that are no numbers, each with a bin where enough rows have it. */
typedef struct Odd
{
	int			counts[3];		/* -Infinity, Infinity, NaN */
	int			bins[3];		/* -1: none */
} Odd;

static const double odd_values[3] = {-INFINITY, INFINITY, NAN};

static int
odd_kind(double value)
{
	return isnan(value) ? 2 : value > 0 ? 1 : 0;
}

/* Sorts the finite values of rows that count; returns how many there are. */
static int
gather(const FitWork *work, const double *values, const bool *isnull,
	   const bool *missing, double *sorted, int *nnulls, Odd *odd)
{
	int			n = 0;

	for (int row = 0; row < work->nrows; row++)
	{
		if (isnull[row])
			(*nnulls)++;
		else if (missing != NULL && missing[row])
			continue;
		else if (!isfinite(values[row]))
			odd->counts[odd_kind(values[row])]++;
		else
			sorted[n++] = values[row] + 0.0;	/* no negative zero */
	}
	sort_doubles(sorted, n);
	return n;
}

static int
bin_of_value(const double *lows, int first, int last, double value)
{
	while (first < last)
	{
		int			middle = (first + last + 1) / 2;

		if (value >= lows[middle])
			first = middle;
		else
			last = middle - 1;
	}
	return first;
}

/* Bins in the order NULL, -Infinity, cuts, Infinity, NaN. */
static void
lay_bins(FitColumn *column, const Cutter *cutter, Odd *odd, double *lows,
		 int *first, int *last)
{
	FitAxis    *axis = &column->axis;
	int			bin = axis->has_null ? 1 : 0;

	axis->knots = palloc(sizeof(double) * (KNOTS + 1) * FIT_MAX_BINS);
	axis->starts = palloc0(sizeof(int) * (FIT_MAX_BINS + 1));
	column->boost = palloc(sizeof(double) * FIT_MAX_BINS);
	for (int i = 0; i < FIT_MAX_BINS; i++)
		column->boost[i] = 1;
	column->atoms = true;
	if (odd->bins[0] >= 0)
		add_atom(axis, odd->bins[0] = bin++, odd_values[0]);
	*first = bin;
	for (int i = 0; i < cutter->ncuts; i++, bin++)
	{
		const Cut  *cut = &cutter->cuts[i];
		double	   *knots = axis->knots + axis->nknots;

		axis->starts[bin] = axis->nknots;
		axis->nknots += cut_knots(cutter, cut, knots);
		axis->starts[bin + 1] = axis->nknots;
		lows[bin] = cutter->sorted[cut->from];
		column->atoms &= knots[0] == axis->knots[axis->nknots - 1] &&
			cut->to - cut->from >= LEARN_RARE;
		if (cutter->pinned && (i == 0 || i == cutter->ncuts - 1) &&
			cutter->n >= EXTREME_SAMPLE && cut->to - cut->from < EXTREME_ROWS)
			column->boost[bin] = EXTREME_ROWS / (cut->to - cut->from);
	}
	*last = bin - 1;
	/* levels would have to be found among values of which these are none */
	for (int k = 0; k < 3; k++)
		column->atoms &= odd->bins[k] < 0;
	for (int k = 1; k < 3; k++)
		if (odd->bins[k] >= 0)
			add_atom(axis, odd->bins[k] = bin++, odd_values[k]);
	axis->nbins = bin;
}

static bool *
mark_missing(const FitWork *work, FitColumn *column, int row)
{
	if (column->missing == NULL)
		column->missing = palloc0(sizeof(bool) * work->nrows);
	column->missing[row] = true;
	return column->missing;
}

static void
assign_bins(FitWork *work, FitColumn *column, const double *values, const bool *isnull,
			const Odd *odd, const double *lows, int first, int last)
{
	column->bins = palloc0(work->nrows);
	for (int row = 0; row < work->nrows; row++)
	{
		int			bin = 0;

		if (isnull[row] || (column->missing != NULL && column->missing[row]))
			continue;
		if (isfinite(values[row]))
			bin = bin_of_value(lows, first, last, values[row]);
		else
			bin = odd->bins[odd_kind(values[row])];
		if (bin < 0)
			mark_missing(work, column, row);
		else
			column->bins[row] = bin;
	}
}

bool
fit_scale_column(FitWork *work, FitColumn *column, const double *values,
				 const bool *isnull, bool *missing, ValueKind kind)
{
	FitAxis    *axis = &column->axis;
	double	   *sorted = palloc_extended(sizeof(double) * work->nrows, MCXT_ALLOC_HUGE);
	double		lows[FIT_MAX_BINS];
	bool		strict = work->options->strict;
	int			nnulls = 0;
	int			most = FIT_MAX_BINS;
	int			trim = strict ? LEARN_RARE - 1 : 0;
	Odd			odd = {{0, 0, 0}, {-1, -1, -1}};
	Cutter		cutter;
	int			n = gather(work, values, isnull, missing, sorted, &nnulls, &odd);
	int			first;
	int			last;

	if (n <= 2 * trim)
		return false;
	for (int k = 0; k < 3; k++)
		if (odd.counts[k] >= LEARN_RARE)
			odd.bins[k] = 0;
	for (int k = 0; k < 3; k++)
		most -= odd.bins[k] >= 0;
	axis->kind = FIT_SCALE;
	axis->has_null = nnulls > 0;
	axis->grain = find_grain(sorted, n, kind);
	axis->base = -1;
	axis->determinant = -1;
	column->missing = missing;
	column->ordered = true;
	cutter_run(&cutter, sorted + trim, n - 2 * trim, most - axis->has_null, axis->grain,
			   !strict);
	lay_bins(column, &cutter, &odd, lows, &first, &last);
	assign_bins(work, column, values, isnull, &odd, lows, first, last);
	fit_finish_bins(work, column);
	pfree(sorted);
	return true;
}

/* ---- whether there is a value ---- */

void
fit_presence_column(FitWork *work, FitColumn *column, const bool *isnull)
{
	column->axis.kind = FIT_PRESENCE;
	column->axis.base = column->axis.determinant = -1;
	column->axis.has_null = true;
	column->axis.nbins = 2;
	column->bins = palloc(work->nrows);
	for (int row = 0; row < work->nrows; row++)
		column->bins[row] = isnull[row] ? 0 : 1;
	fit_finish_bins(work, column);
}

/* ---- weekdays and hours ---- */

int
fit_time_part(FitAxisKind part, ValueKind kind, double value)
{
	double		day = kind == VALUE_DATE ? value : floor(value / USECS_PER_DAY);

	/* 2000-01-01 was a Saturday. */
	if (part == FIT_WEEKDAY)
		return (int) (fmod(fmod(day + 6, 7) + 7, 7));
	return (int) ((value - day * USECS_PER_DAY) / USECS_PER_HOUR);
}

/* Do the parts differ from all being alike by more than chance would have it? */
static bool
parts_uneven(const int *counts, int nparts)
{
	double		total = 0;
	double		chi_square = 0;

	for (int i = 0; i < nparts; i++)
		total += counts[i];
	for (int i = 0; i < nparts && total > 0; i++)
	{
		double		expected = total / nparts;

		chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
	}
	return chi_square > nparts + 6 * sqrt(2.0 * nparts);
}

/* Bins of several values have to span weeks, and hold most of the rows. */
static bool
scale_has_parts(const FitColumn *scale, ValueKind kind)
{
	const FitAxis *axis = &scale->axis;
	double		day = kind == VALUE_DATE ? 1 : USECS_PER_DAY;
	double		spread = 0;
	double		low = INFINITY;
	double		high = -INFINITY;

	if ((kind != VALUE_DATE && kind != VALUE_TIMESTAMP) || axis->base >= 0)
		return false;
	for (int bin = axis->has_null ? 1 : 0; bin < axis->nbins; bin++)
	{
		double		from = axis->knots[axis->starts[bin]];
		double		to = axis->knots[axis->starts[bin + 1] - 1];

		if (!isfinite(from) || !(to > from))
			continue;
		spread += axis->marginal[bin];
		low = Min(low, from);
		high = Max(high, to);
	}
	return high - low >= TWO_WEEKS * day &&
		spread > 0.9 * (1 - (axis->has_null ? axis->marginal[0] : 0));
}

bool
fit_time_column(FitWork *work, FitColumn *column, FitAxisKind part,
				const FitColumn *scale, const double *values, const bool *isnull,
				ValueKind kind)
{
	FitAxis    *axis = &column->axis;
	int			counts[24] = {0};

	if (!scale_has_parts(scale, kind) ||
		(part == FIT_HOUR && (kind == VALUE_DATE || scale->axis.grain >= USECS_PER_DAY)))
		return false;
	axis->kind = part;
	axis->base = axis->determinant = -1;
	axis->nbins = part == FIT_WEEKDAY ? 7 : 24;
	column->bins = palloc0(work->nrows);
	for (int row = 0; row < work->nrows; row++)
	{
		if (isnull[row] || !isfinite(values[row]))
			mark_missing(work, column, row);
		else
			counts[column->bins[row] = fit_time_part(part, kind, values[row])]++;
	}
	if (!parts_uneven(counts, axis->nbins))
		return false;
	column->ordered = part == FIT_HOUR;
	column->after[0] = scale->index;
	fit_finish_bins(work, column);
	return true;
}

/* ---- all axes ---- */

/*
 * Rows that are missing get a bin as likely as it is in the others, so that
 * they disturb no tree that asks for this axis.
 */
static void
fill_missing(FitWork *work, FitColumn *column)
{
	const FitAxis *axis = &column->axis;

	for (int row = 0; row < work->nrows; row++)
	{
		double		share;
		int			bin = 0;

		if (!column->missing[row])
			continue;
		share = rng_unit(rng_combine(column->axis.field, row));
		while (bin < axis->nbins - 1 && share >= axis->marginal[bin])
			share -= axis->marginal[bin++];
		column->bins[row] = bin;
	}
}

void
fit_finish_bins(FitWork *work, FitColumn *column)
{
	FitAxis    *axis = &column->axis;
	double		total = 0;

	axis->marginal = palloc0(sizeof(double) * axis->nbins);
	for (int row = 0; row < work->nrows; row++)
	{
		if (column->missing != NULL && column->missing[row])
			continue;
		axis->marginal[column->bins[row]]++;
		total++;
	}
	for (int bin = 0; bin < axis->nbins && total > 0; bin++)
		axis->marginal[bin] /= total;
	if (column->missing != NULL)
		fill_missing(work, column);
	CHECK_FOR_INTERRUPTS();
}
