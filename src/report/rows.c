/*-------------------------------------------------------------------------
 *
 * rows.c
 *		Rows that were there before, values out of bounds, and NULLs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "report/records.h"
#include "util/order.h"
#include "util/rng.h"

/* ---- single columns ---- */

double
missing_likeness(const Frame *frame, const FrameColumn *column)
{
	int			n = frame->nrows[FRAME_ORIGINAL];
	int			m = frame->nrows[FRAME_SYNTHETIC];

	if (n == 0 || m == 0)
		return NAN;
	return 1 - fabs((double) column->nulls[FRAME_ORIGINAL] / n -
					(double) column->nulls[FRAME_SYNTHETIC] / m);
}

/*
 * NULLs do not count, unless the original has none: then each of them is out
 * of bounds, as in SDMetrics' BoundaryAdherence.
 */
double
adherence(const Frame *frame, const FrameColumn *column)
{
	const double *original = column->numbers[FRAME_ORIGINAL];
	double		low = INFINITY;
	double		high = -INFINITY;
	int			all = frame->nrows[FRAME_SYNTHETIC];
	int			within = 0;

	if (column->kind == FRAME_IDENTITY)
		return NAN;
	if (column->nulls[FRAME_ORIGINAL] > 0)
		all -= column->nulls[FRAME_SYNTHETIC];
	if (all == 0 || column->nulls[FRAME_ORIGINAL] == frame->nrows[FRAME_ORIGINAL])
		return NAN;
	for (int row = 0; original != NULL && row < frame->nrows[FRAME_ORIGINAL]; row++)
		if (!isnan(original[row]))
		{
			low = Min(low, original[row]);
			high = Max(high, original[row]);
		}
	for (int row = 0; row < frame->nrows[FRAME_SYNTHETIC]; row++)
		if (column->kind == FRAME_NUMBER)
			within += column->numbers[FRAME_SYNTHETIC][row] >= low &&
				column->numbers[FRAME_SYNTHETIC][row] <= high;
		else
			within += column->codes[FRAME_SYNTHETIC][row] >= 0 &&
				column->codes[FRAME_SYNTHETIC][row] < column->known_levels;
	return (double) within / all;
}

/* ---- whole rows ---- */

static uint64
value_bits(const FrameColumn *column, FrameSide side, int row)
{
	double		number;
	uint64		bits;

	if (column->kind == FRAME_CATEGORY)
		return (uint64) column->codes[side][row];
	number = column->numbers[side][row];
	if (isnan(number))
		return PG_UINT64_MAX;
	number += 0.0;				/* no negative zero */
	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

/* A hash of every row of a side, in the order of the rows. */
static uint64 *
hash_rows(const Frame *frame, FrameSide side)
{
	uint64	   *hashes = palloc0(sizeof(uint64) * Max(frame->nrows[side], 1));

	for (int i = 0; i < frame->ncolumns; i++)
	{
		const FrameColumn *column = frame->columns[i];

		CHECK_FOR_INTERRUPTS();
		if (column->kind == FRAME_IDENTITY)
			continue;
		for (int row = 0; row < frame->nrows[side]; row++)
			hashes[row] = rng_combine(hashes[row], value_bits(column, side, row));
	}
	return hashes;
}

static double
share_without_twin(const uint64 *sorted, int count)
{
	int			alone = 0;

	for (int i = 0; i < count; i++)
		alone += (i == 0 || sorted[i - 1] != sorted[i]) &&
			(i == count - 1 || sorted[i + 1] != sorted[i]);
	return (double) alone / count;
}

double
new_row_share(const Frame *frame, double *natural)
{
	int			n = frame->nrows[FRAME_ORIGINAL];
	int			m = frame->nrows[FRAME_SYNTHETIC];
	int			compared = 0;
	int			new_rows = 0;
	uint64	   *original;
	uint64	   *synthetic;

	*natural = NAN;
	for (int i = 0; i < frame->ncolumns; i++)
		compared += frame->columns[i]->kind != FRAME_IDENTITY;
	if (n == 0 || m == 0 || compared == 0)
		return NAN;
	original = hash_rows(frame, FRAME_ORIGINAL);
	synthetic = hash_rows(frame, FRAME_SYNTHETIC);
	qsort(original, n, sizeof(uint64), order_uint64s);
	for (int row = 0; row < m; row++)
		new_rows += bsearch(&synthetic[row], original, n, sizeof(uint64),
							order_uint64s) == NULL;
	*natural = share_without_twin(original, n);
	pfree(original);
	pfree(synthetic);
	return (double) new_rows / m;
}
