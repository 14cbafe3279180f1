/*-------------------------------------------------------------------------
 *
 * features.c
 *		Columns as features of boosted trees.
 *
 * Bins are cut from the original and the synthetic values together, so that
 * values which only one of them has can be seen.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "report/predict.h"

#define MOST_FEATURES	200
/* Rows times features of one side to learn from. */
#define MOST_CELLS		300000
#define LEAST_ROWS		2000
#define MOST_ROWS		20000

/* Bin 0 is NULL. */
#define VALUE_BINS		(BOOST_BINS - 1)

/* ---- numbers ---- */

/* Where values change, VALUE_BINS - 1 times at most; returns how often. */
static int
cut_numbers(const double *sorted, int count, double *cuts)
{
	int			distinct = 0;
	int			ncuts = 0;

	for (int i = 0; i < count; i++)
		distinct += i == 0 || sorted[i] != sorted[i - 1];
	if (distinct <= VALUE_BINS)
	{
		for (int i = 1; i < count; i++)
			if (sorted[i] != sorted[i - 1])
				cuts[ncuts++] = sorted[i - 1];
		return ncuts;
	}
	for (int bin = 1; bin < VALUE_BINS; bin++)
	{
		double		cut = sorted[(int) ((double) bin * count / VALUE_BINS) - 1];

		if (cut < sorted[count - 1] && (ncuts == 0 || cut > cuts[ncuts - 1]))
			cuts[ncuts++] = cut;
	}
	return ncuts;
}

/* The number of cuts below a value, counted from 1. */
static uint8
number_bin(const double *cuts, int ncuts, double value)
{
	int			low = 0;
	int			high = ncuts;

	if (isnan(value))
		return 0;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (cuts[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low + 1;
}

static int
sort_both(const Frame *frame, const FrameColumn *column, double **sorted)
{
	int			count = 0;

	*sorted = palloc(sizeof(double) * ((Size) frame->nrows[FRAME_ORIGINAL] +
									   frame->nrows[FRAME_SYNTHETIC] + 1));
	for (int side = FRAME_ORIGINAL; side <= FRAME_SYNTHETIC; side++)
		for (int row = 0; row < frame->nrows[side]; row++)
			if (!isnan(column->numbers[side][row]))
				(*sorted)[count++] = column->numbers[side][row];
	qsort(*sorted, count, sizeof(double), frame_compare_numbers);
	return count;
}

static void
bin_numbers(const Frame *frame, const FrameColumn *column, const int *first,
			int nsides, BoostFeature *feature)
{
	double		cuts[VALUE_BINS];
	double	   *sorted;
	int			count = sort_both(frame, column, &sorted);
	int			ncuts = cut_numbers(sorted, count, cuts);

	pfree(sorted);
	feature->nbins = ncuts + 2;
	for (int side = 0; side < nsides; side++)
		for (int row = 0; row < frame->nrows[side]; row++)
			feature->bins[first[side] + row] =
				number_bin(cuts, ncuts, column->numbers[side][row]);
}

/* ---- categories ---- */

typedef struct LevelCount
{
	int			code;
	int			count;
} LevelCount;

static int
compare_counts(const void *a, const void *b)
{
	const LevelCount *x = a;
	const LevelCount *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->code - y->code;
}

/* The bin of each code: the most frequent levels have one of their own. */
static uint8 *
rank_levels(const Frame *frame, const FrameColumn *column)
{
	LevelCount *counts = palloc0(sizeof(LevelCount) * Max(column->nlevels, 1));
	uint8	   *bins = palloc(Max(column->nlevels, 1));

	for (int i = 0; i < column->nlevels; i++)
		counts[i].code = i;
	for (int side = FRAME_ORIGINAL; side <= FRAME_SYNTHETIC; side++)
		for (int row = 0; row < frame->nrows[side]; row++)
			if (column->codes[side][row] >= 0)
				counts[column->codes[side][row]].count++;
	qsort(counts, column->nlevels, sizeof(LevelCount), compare_counts);
	for (int i = 0; i < column->nlevels; i++)
		bins[counts[i].code] = Min(i + 1, VALUE_BINS);
	pfree(counts);
	return bins;
}

static void
bin_levels(const Frame *frame, const FrameColumn *column, const int *first,
		   int nsides, BoostFeature *feature)
{
	uint8	   *bins = rank_levels(frame, column);

	feature->categorical = true;
	feature->nbins = Min(column->nlevels, VALUE_BINS) + 1;
	for (int side = 0; side < nsides; side++)
		for (int row = 0; row < frame->nrows[side]; row++)
			feature->bins[first[side] + row] = column->codes[side][row] < 0 ? 0 :
				bins[column->codes[side][row]];
	pfree(bins);
}

/* ---- all of them ---- */

/* Of a column of its own values, only whether they are NULL. */
static void
bin_nulls(const Frame *frame, const FrameColumn *column, const int *first,
		  int nsides, BoostFeature *feature)
{
	feature->nbins = 2;
	for (int side = 0; side < nsides; side++)
		for (int row = 0; row < frame->nrows[side]; row++)
			feature->bins[first[side] + row] = !frame_is_null(column, frame, side, row);
}

static void
add_feature(const Frame *frame, const FrameColumn *column, int nsides, Features *features)
{
	BoostFeature *feature = &features->features[features->nfeatures];
	Size		rows = (Size) features->first[nsides - 1] + frame->nrows[nsides - 1];

	features->columns[features->nfeatures++] = column;
	feature->bins = palloc(Max(rows, 1));
	if (column->kind == FRAME_NUMBER)
		bin_numbers(frame, column, features->first, nsides, feature);
	else if (column->kind == FRAME_CATEGORY)
		bin_levels(frame, column, features->first, nsides, feature);
	else
		bin_nulls(frame, column, features->first, nsides, feature);
}

Features *
features_make(const Frame *frame, bool with_holdout, const FrameColumn *without)
{
	Features   *features = palloc0(sizeof(Features));
	int			nsides = with_holdout ? FRAME_SIDES : FRAME_HOLDOUT;
	int			most = Max(Min(frame->ncolumns, MOST_FEATURES), 1);

	for (int side = 1; side < nsides; side++)
		features->first[side] = features->first[side - 1] + frame->nrows[side - 1];
	features->features = palloc0(sizeof(BoostFeature) * most);
	features->columns = palloc0(sizeof(FrameColumn *) * most);
	for (int i = 0; i < frame->ncolumns && features->nfeatures < most; i++)
	{
		const FrameColumn *column = frame->columns[i];

		CHECK_FOR_INTERRUPTS();
		if (column != without && column->attribute[nsides - 1] >= 0)
			add_feature(frame, column, nsides, features);
	}
	return features;
}

int
features_rows(const Features *features, int nrows)
{
	int			most = MOST_CELLS / Max(features->nfeatures, 1);

	return Min(nrows, Min(Max(most, LEAST_ROWS), MOST_ROWS));
}
