/*-------------------------------------------------------------------------
 *
 * shapes.c
 *		How alike the distributions of a column are: for numbers one less the
 *		statistic of Kolmogorov and Smirnov, for categories one less the total
 *		variation distance.  NULLs are left out of both.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "report/shapes.h"

#define MEAN_OF_ABS_NORMAL	0.7978845608	/* sqrt(2 / pi) */
#define KS_MEAN				0.8687	/* of sqrt(nm / (n + m)) D, Kolmogorov's limit */

/* ---- numbers ---- */

static double
largest_gap(const double *a, int n, const double *b, int m)
{
	double		gap = 0;
	int			i = 0;
	int			j = 0;

	while (i < n && j < m)
	{
		double		x = Min(a[i], b[j]);

		while (i < n && a[i] <= x)
			i++;
		while (j < m && b[j] <= x)
			j++;
		gap = Max(gap, fabs((double) i / n - (double) j / m));
	}
	return gap;
}

static Likeness
shape_of_numbers(const Frame *frame, const FrameColumn *column)
{
	Likeness	likeness = {.score = NAN,.level = -1};
	double	   *a;
	double	   *b;
	int			n = frame_sorted(frame, column, FRAME_ORIGINAL, &a);
	int			m = frame_sorted(frame, column, FRAME_SYNTHETIC, &b);

	if (n > 0 && m > 0)
	{
		likeness.score = 1 - largest_gap(a, n, b, m);
		likeness.chance = KS_MEAN * sqrt(1.0 / n + 1.0 / m);
		likeness.original = a[n / 2];
		likeness.synthetic = b[m / 2];
	}
	pfree(a);
	pfree(b);
	return likeness;
}

/* ---- categories ---- */

void
shape_add_cell(Likeness *likeness, int a, int n, int b, int m)
{
	double		p = (double) a / n;
	double		q = (double) b / m;
	double		pooled = ((double) a + b) / ((double) n + m);

	likeness->score -= fabs(p - q) / 2;
	likeness->chance += MEAN_OF_ABS_NORMAL / 2 *
		sqrt(pooled * (1 - pooled) * (1.0 / n + 1.0 / m));
}

static int *
count_levels(const Frame *frame, const FrameColumn *column, FrameSide side)
{
	int		   *counts = palloc0(sizeof(int) * Max(column->nlevels, 1));

	for (int row = 0; row < frame->nrows[side]; row++)
		if (column->codes[side][row] >= 0)
			counts[column->codes[side][row]]++;
	return counts;
}

static Likeness
shape_of_levels(const Frame *frame, const FrameColumn *column)
{
	Likeness	likeness = {.score = NAN,.level = -1};
	int			n = frame->nrows[FRAME_ORIGINAL] - column->nulls[FRAME_ORIGINAL];
	int			m = frame->nrows[FRAME_SYNTHETIC] - column->nulls[FRAME_SYNTHETIC];
	int		   *a = count_levels(frame, column, FRAME_ORIGINAL);
	int		   *b = count_levels(frame, column, FRAME_SYNTHETIC);

	if (n > 0 && m > 0)
		likeness.score = 1;
	for (int i = 0; i < column->nlevels && !isnan(likeness.score); i++)
	{
		double		p = (double) a[i] / n;
		double		q = (double) b[i] / m;

		shape_add_cell(&likeness, a[i], n, b[i], m);
		if (likeness.level < 0 ||
			fabs(p - q) > fabs(likeness.original - likeness.synthetic))
		{
			likeness.level = i;
			likeness.original = p;
			likeness.synthetic = q;
		}
	}
	if (likeness.score < 0)
		likeness.score = 0;		/* after rounding errors */
	pfree(a);
	pfree(b);
	return likeness;
}

Likeness
shape_of_column(const Frame *frame, const FrameColumn *column)
{
	Likeness	none = {.score = NAN,.level = -1};

	if (column->kind == FRAME_NUMBER)
		return shape_of_numbers(frame, column);
	if (column->kind == FRAME_CATEGORY)
		return shape_of_levels(frame, column);
	return none;
}
