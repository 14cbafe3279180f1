/*-------------------------------------------------------------------------
 *
 * series.h
 *		Which series a row belongs to, and where it stands in it: a function
 *		of the seed and the row's number alone.
 *
 * Lengths from low to high come in pairs that add up to low + high, so that
 * the place of any row is known without the series before it, and every length
 * is as likely as any other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SERIES_H
#define SYNTHIK_SERIES_H

#include "util/rng.h"

#define SERIES_MAX_ROWS 100000

typedef struct SeriesPlace
{
	int64		number;			/* of the series, from 0 */
	int32		position;		/* of the row in it, from 0 */
	int32		rows;			/* of the series */
} SeriesPlace;

/* row counts from 0; 1 <= low <= high */
static inline SeriesPlace
series_place(int32 low, int32 high, uint64 seed, int64 row)
{
	SeriesPlace place;
	int64		pair = row / (low + high);
	int32		first = low;

	place.position = (int32) (row % (low + high));
	if (high > low)
		first += (int32) rng_below(rng_combine(seed ^ UINT64CONST(0x736572696573), pair),
								   (uint64) (high - low) + 1);
	if (place.position < first)
	{
		place.number = pair * 2;
		place.rows = first;
	}
	else
	{
		place.number = pair * 2 + 1;
		place.position -= first;
		place.rows = low + high - first;
	}
	return place;
}

#endif							/* SYNTHIK_SERIES_H */
