/*-------------------------------------------------------------------------
 *
 * distance.c
 *		Whether synthetic rows lie nearer to the rows that were learned from
 *		than to others of the same kind.
 *
 * The distance of two rows is the sum over columns of what SDMetrics' DCR
 * measures take: the difference as a share of the range for numbers, 0 or 1
 * for categories, 1 where one of them is NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "report/records.h"

#define MOST_SYNTHETIC	2000
#define MOST_REFERENCES	20000
#define LEAST_ROWS		20
#define STRIDE			4		/* columns between looks at the sum */
#define MOST_COLUMNS	200

typedef struct Points
{
	int			nrows;
	float	   *values;			/* [row][column], numbers before categories */
} Points;

typedef struct Space
{
	const Frame *frame;
	int			nnumbers;
	int			ncolumns;
	int			columns[MOST_COLUMNS];	/* the frame's */
	double		low[MOST_COLUMNS];	/* of the original */
	double		range[MOST_COLUMNS];
} Space;

/* ---- the space ---- */

static void
add_columns(Space *space, FrameKind kind)
{
	for (int i = 0; i < space->frame->ncolumns && space->ncolumns < MOST_COLUMNS; i++)
	{
		const FrameColumn *column = space->frame->columns[i];

		if (column->kind == kind && column->attribute[FRAME_HOLDOUT] >= 0)
			space->columns[space->ncolumns++] = i;
	}
}

static void
measure_ranges(Space *space)
{
	for (int i = 0; i < space->nnumbers; i++)
	{
		double	   *sorted;
		int			count = frame_sorted(space->frame,
										 space->frame->columns[space->columns[i]],
										 FRAME_ORIGINAL, &sorted);

		space->low[i] = count > 0 ? sorted[0] : 0;
		space->range[i] = count > 0 ? sorted[count - 1] - sorted[0] : 0;
		pfree(sorted);
	}
}

/*
 * Where a number lies in the range; outside as far as it is, so that two
 * numbers outside may still be equal.  Without a range, two different numbers
 * are as far from each other as two categories.
 */
static float
number_place(const Space *space, int i, double number)
{
	if (isnan(number))
		return NAN;
	if (space->range[i] > 0)
		return (number - space->low[i]) / space->range[i];
	return number == space->low[i] ? 0 : number > space->low[i] ? 2 : -2;
}

static Points
place_rows(const Space *space, FrameSide side, int nrows)
{
	int		   *rows = frame_pick(space->frame, side, nrows);
	Points		points = {.nrows = nrows};

	points.values = palloc(sizeof(float) * Max((Size) nrows * space->ncolumns, 1));
	for (int row = 0; row < nrows; row++)
		for (int i = 0; i < space->ncolumns; i++)
		{
			const FrameColumn *column = space->frame->columns[space->columns[i]];
			float	   *place = &points.values[(Size) row * space->ncolumns + i];

			if (i < space->nnumbers)
				*place = number_place(space, i, column->numbers[side][rows[row]]);
			else
				*place = column->codes[side][rows[row]];
		}
	pfree(rows);
	return points;
}

/* ---- distances ---- */

static inline float
number_distance(float a, float b)
{
	float		difference = fabsf(a - b);

	if (difference <= 1)
		return difference;
	return isnan(a) && isnan(b) ? 0 : 1;
}

/* The distance of two rows, or anything from best on. */
static float
distance(const Space *space, const float *a, const float *b, float best)
{
	float		sum = 0;
	int			i = 0;

	while (i < space->nnumbers)
	{
		int			end = Min(i + STRIDE, space->nnumbers);

		for (; i < end; i++)
			sum += number_distance(a[i], b[i]);
		if (sum >= best)
			return sum;
	}
	while (i < space->ncolumns)
	{
		int			end = Min(i + STRIDE, space->ncolumns);

		for (; i < end; i++)
			sum += a[i] != b[i];
		if (sum >= best)
			return sum;
	}
	return sum;
}

static float
closest(const Space *space, const float *row, const Points *references)
{
	float		best = INFINITY;

	for (int i = 0; i < references->nrows && best > 0; i++)
		best = Min(best, distance(space, row,
								  &references->values[(Size) i * space->ncolumns], best));
	return best;
}

/* As near to both counts for a half. */
static double
share_nearer(const Space *space, const Points *synthetic, const Points *original,
			 const Points *holdout)
{
	double		nearer = 0;

	for (int i = 0; i < synthetic->nrows; i++)
	{
		const float *row = &synthetic->values[(Size) i * space->ncolumns];
		float		a = closest(space, row, original);
		float		b = closest(space, row, holdout);

		CHECK_FOR_INTERRUPTS();
		nearer += a < b ? 1 : a == b ? 0.5 : 0;
	}
	return nearer / synthetic->nrows;
}

double
closest_share(const Frame *frame)
{
	Space		space = {.frame = frame};
	Points		points[FRAME_SIDES];
	int			references = Min(frame->nrows[FRAME_ORIGINAL], frame->nrows[FRAME_HOLDOUT]);
	int			synthetic = Min(frame->nrows[FRAME_SYNTHETIC], MOST_SYNTHETIC);
	double		share;

	add_columns(&space, FRAME_NUMBER);
	space.nnumbers = space.ncolumns;
	add_columns(&space, FRAME_CATEGORY);
	if (space.ncolumns == 0 || references < LEAST_ROWS || synthetic == 0)
		return NAN;
	references = Min(references, MOST_REFERENCES);
	measure_ranges(&space);
	points[FRAME_ORIGINAL] = place_rows(&space, FRAME_ORIGINAL, references);
	points[FRAME_SYNTHETIC] = place_rows(&space, FRAME_SYNTHETIC, synthetic);
	points[FRAME_HOLDOUT] = place_rows(&space, FRAME_HOLDOUT, references);
	share = share_nearer(&space, &points[FRAME_SYNTHETIC], &points[FRAME_ORIGINAL],
						 &points[FRAME_HOLDOUT]);
	for (int side = 0; side < FRAME_SIDES; side++)
		pfree(points[side].values);
	return share;
}
