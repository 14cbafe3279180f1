/*-------------------------------------------------------------------------
 *
 * fit_ending.c
 *		How numbers end: prices in .99, estimates in whole hundreds.
 *
 * Between knots all values that the grain allows would come.  Where a few of
 * the endings that are possible below some unit (1, 10, ...) have most of the
 * rows, they are an axis of their own.  Bins with one value say all of it
 * themselves; the ending counts in the others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/fit_work.h"
#include "miscadmin.h"
#include "util/order.h"

#define MOST_ENDINGS	12
#define LEAST_CHOICE	4		/* as many times as many endings are possible */
#define MOST_POSSIBLE	10000
#define MOST_ROWS		0.9		/* have one of the endings */
#define LEAST_VALUES	50		/* that tell of endings */
#define LEAST_UNITS		8		/* that the values span */

typedef struct Endings
{
	double		unit;
	int			possible;		/* below the unit, a grain apart */
	int			n;
	int			numbers[MOST_ENDINGS];	/* ascending, in grains */
} Endings;

/* Values of bins that have several, in grains, and where they are. */
typedef struct Told
{
	int			n;
	int		   *rows;
	double	   *counts;
	double		grain;
	double		extent;
} Told;

static void
tell(const FitWork *work, const FitColumn *scale, const double *values, const bool *isnull,
	 Told *told)
{
	const FitAxis *axis = &scale->axis;
	double		low = INFINITY;
	double		high = -INFINITY;

	told->n = 0;
	told->grain = axis->grain;
	told->rows = palloc_extended(sizeof(int) * work->nrows, MCXT_ALLOC_HUGE);
	told->counts = palloc_extended(sizeof(double) * work->nrows, MCXT_ALLOC_HUGE);
	for (int row = 0; row < work->nrows; row++)
	{
		int			bin = scale->bins[row];
		double		count = rint(values[row] / axis->grain);

		if (isnull[row] || !(fabs(count) < 1e15) ||
			axis->knots[axis->starts[bin]] == axis->knots[axis->starts[bin + 1] - 1])
			continue;
		told->rows[told->n] = row;
		told->counts[told->n++] = count;
		low = Min(low, values[row]);
		high = Max(high, values[row]);
	}
	told->extent = high - low;
}

static int
ending_of(double count, int possible)
{
	double		rest = fmod(count, possible);

	return (int) (rest < 0 ? rest + possible : rest);
}

/* The endings below a unit that most values have; false if there are none. */
static bool
find_endings(const Told *told, Endings *endings)
{
	int		   *counts = palloc0(sizeof(int) * endings->possible);
	int			most = Min(MOST_ENDINGS, endings->possible / LEAST_CHOICE);
	double		covered = 0;

	for (int i = 0; i < told->n; i++)
		counts[ending_of(told->counts[i], endings->possible)]++;
	endings->n = 0;
	while (endings->n < most && covered < told->n)
	{
		int			best = 0;

		for (int k = 1; k < endings->possible; k++)
			if (counts[k] > counts[best])
				best = k;
		if (counts[best] < LEARN_RARE || counts[best] * endings->possible < 2.0 * told->n)
			break;
		covered += counts[best];
		counts[best] = 0;
		endings->numbers[endings->n++] = best;
	}
	qsort(endings->numbers, endings->n, sizeof(int), order_ints);
	pfree(counts);
	return endings->n > 0 && covered >= MOST_ROWS * told->n;
}

/* By the widest unit below which there are such endings. */
static bool
choose_endings(const Told *told, Endings *endings)
{
	static const double units[] = {1000, 100, 10, 1, 0.1, 0.01};

	for (int i = 0; i < lengthof(units) && told->n >= LEAST_VALUES; i++)
	{
		double		possible = rint(units[i] / told->grain);

		CHECK_FOR_INTERRUPTS();
		if (possible < LEAST_CHOICE || possible > MOST_POSSIBLE ||
			fabs(possible * told->grain - units[i]) > 1e-9 * units[i] ||
			told->extent < LEAST_UNITS * units[i])
			continue;
		endings->unit = units[i];
		endings->possible = (int) possible;
		if (find_endings(told, endings))
			return true;
	}
	return false;
}

/* Rows that tell nothing are missing; those with another ending share a bin. */
static void
set_bins(FitWork *work, FitColumn *column, const Told *told, const Endings *endings)
{
	column->bins = palloc0(work->nrows);
	column->missing = palloc(sizeof(bool) * work->nrows);
	memset(column->missing, true, sizeof(bool) * work->nrows);
	for (int i = 0; i < told->n; i++)
	{
		int			ending = ending_of(told->counts[i], endings->possible);
		const int  *found = bsearch(&ending, endings->numbers, endings->n, sizeof(int),
									order_ints);

		column->missing[told->rows[i]] = false;
		column->bins[told->rows[i]] = found != NULL ? found - endings->numbers : endings->n;
		column->axis.has_other |= found == NULL;
	}
}

bool
fit_ending_column(FitWork *work, FitColumn *column, const FitColumn *scale,
				  const double *values, const bool *isnull)
{
	FitAxis    *axis = &column->axis;
	Endings		endings;
	Told		told;
	bool		found;

	if (scale->atoms || scale->axis.base >= 0 || !(scale->axis.grain > 0))
		return false;
	tell(work, scale, values, isnull, &told);
	found = choose_endings(&told, &endings);
	if (found)
	{
		axis->kind = FIT_ENDING;
		axis->base = axis->determinant = -1;
		axis->grain = endings.unit;
		axis->knots = palloc(sizeof(double) * endings.n);
		axis->starts = palloc(sizeof(int) * (endings.n + 2));
		for (int i = 0; i < endings.n; i++)
			axis->knots[i] = endings.numbers[i] * (endings.unit / endings.possible);
		for (int i = 0; i < endings.n + 2; i++)
			axis->starts[i] = Min(i, endings.n);
		axis->nknots = endings.n;
		set_bins(work, column, &told, &endings);
		axis->nbins = endings.n + axis->has_other;
		column->after[0] = scale->index;
		fit_finish_bins(work, column);
	}
	pfree(told.rows);
	pfree(told.counts);
	return found;
}
