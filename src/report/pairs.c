/*-------------------------------------------------------------------------
 *
 * pairs.c
 *		How alike two columns depend on each other: for two numbers their
 *		correlations, for others their contingency tables.
 *
 * As in SDMetrics 0.32, numbers are cut into ten bins of equal width for a
 * contingency table, each relation between its own extremes, with its
 * greatest value in an eleventh bin, which missing ones share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "report/shapes.h"

#define BINS			10
/* The original's pairs that the report of the package counts. */
#define LEAST_CORRELATION	0.5
#define LEAST_ASSOCIATION	0.3
/* More cells than these, and they are sorted, not counted in place. */
#define DENSE_CELLS		(1 << 18)
/* Of many pairs, each is looked at in fewer rows. */
#define WORK			400000000.0
#define LEAST_ROWS		2000

struct Pairs
{
	const Frame *frame;
	int			nrows[2];
	int		   *levels;		/* [column]: cells along that axis */
	int32	  **codes[2];		/* [side][column][row], 0 .. levels - 1 */
	bool	   *constant;		/* [column]: one number on either side, or none */
	int		   *cells[2];		/* DENSE_CELLS zeroes */
	uint64	   *keys[2];
};

/* ---- codes ---- */

/* As numpy's histogram_bin_edges() and digitize() do. */
static void
bin_numbers(const double *numbers, int nrows, int32 *codes, double low, double high)
{
	double		edges[BINS + 1];

	if (low == high)
	{
		low -= 0.5;
		high += 0.5;
	}
	for (int i = 0; i < BINS; i++)
		edges[i] = i * ((high - low) / BINS) + low;
	edges[BINS] = high;
	for (int row = 0; row < nrows; row++)
	{
		int			bin = isnan(numbers[row]) ? BINS :
			(int) ((numbers[row] - low) / (high - low) * BINS);

		bin = Max(Min(bin, BINS), 0);
		if (!isnan(numbers[row]))
		{
			while (bin < BINS && numbers[row] >= edges[bin + 1])
				bin++;
			while (bin > 0 && numbers[row] < edges[bin])
				bin--;
		}
		codes[row] = bin;
	}
}

/* Codes of one side of a number; returns whether it has two values at least. */
static bool
code_numbers(const double *numbers, int nrows, int32 *codes)
{
	double		low = INFINITY;
	double		high = -INFINITY;

	for (int row = 0; row < nrows; row++)
		if (!isnan(numbers[row]))
		{
			low = Min(low, numbers[row]);
			high = Max(high, numbers[row]);
		}
	bin_numbers(numbers, nrows, codes, low, high);
	return low < high;
}

static void
code_column(Pairs *pairs, int index)
{
	const FrameColumn *column = pairs->frame->columns[index];

	pairs->levels[index] = column->kind == FRAME_NUMBER ? BINS + 1 : column->nlevels + 1;
	for (int side = 0; side < 2; side++)
	{
		int32	   *codes = palloc(sizeof(int32) * Max(pairs->nrows[side], 1));

		pairs->codes[side][index] = codes;
		if (column->kind == FRAME_NUMBER)
		{
			if (!code_numbers(column->numbers[side], pairs->nrows[side], codes))
				pairs->constant[index] = true;
		}
		else
			for (int row = 0; row < pairs->nrows[side]; row++)
				codes[row] = column->codes[side][row] < 0 ? column->nlevels :
					column->codes[side][row];
	}
}

Pairs *
pairs_prepare(const Frame *frame)
{
	Pairs	   *pairs = palloc0(sizeof(Pairs));
	int			n = Max(frame->ncolumns, 1);
	double		most = WORK / ((double) n * n);

	pairs->frame = frame;
	pairs->levels = palloc0(sizeof(int) * n);
	pairs->constant = palloc0(sizeof(bool) * n);
	for (int side = 0; side < 2; side++)
	{
		pairs->nrows[side] = Min(frame->nrows[side], Max((int) Min(most, 1e9), LEAST_ROWS));
		pairs->codes[side] = palloc0(sizeof(int32 *) * n);
		pairs->cells[side] = palloc0(sizeof(int) * DENSE_CELLS);
		pairs->keys[side] = palloc(sizeof(uint64) * Max(pairs->nrows[side], 1));
	}
	for (int i = 0; i < frame->ncolumns; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (frame->columns[i]->kind != FRAME_IDENTITY)
			code_column(pairs, i);
	}
	return pairs;
}

/* ---- two numbers ---- */

/* Pearson's coefficient over the rows that have both; *count of them. */
static double
correlation(const double *x, const double *y, int nrows, int *count)
{
	double		mean_x = 0;
	double		mean_y = 0;
	double		xx = 0;
	double		yy = 0;
	double		xy = 0;

	*count = 0;
	for (int row = 0; row < nrows; row++)
		if (!isnan(x[row]) && !isnan(y[row]))
		{
			mean_x += x[row];
			mean_y += y[row];
			(*count)++;
		}
	if (*count < 2)
		return NAN;
	mean_x /= *count;
	mean_y /= *count;
	for (int row = 0; row < nrows; row++)
		if (!isnan(x[row]) && !isnan(y[row]))
		{
			double		dx = x[row] - mean_x;
			double		dy = y[row] - mean_y;

			xx += dx * dx;
			yy += dy * dy;
			xy += dx * dy;
		}
	return xx > 0 && yy > 0 ? Max(Min(xy / sqrt(xx) / sqrt(yy), 1.0), -1.0) : NAN;
}

static Likeness
likeness_of_numbers(const Pairs *pairs, int first, int second)
{
	Likeness	likeness = {.score = NAN,.level = -1,.strength = NAN};
	FrameColumn **columns = pairs->frame->columns;
	int			n;
	int			m;

	if (pairs->constant[first] || pairs->constant[second])
		return likeness;
	likeness.original = correlation(columns[first]->numbers[FRAME_ORIGINAL],
									columns[second]->numbers[FRAME_ORIGINAL],
									pairs->nrows[FRAME_ORIGINAL], &n);
	likeness.synthetic = correlation(columns[first]->numbers[FRAME_SYNTHETIC],
									 columns[second]->numbers[FRAME_SYNTHETIC],
									 pairs->nrows[FRAME_SYNTHETIC], &m);
	likeness.strength = fabs(likeness.original);
	if (isnan(likeness.original) || isnan(likeness.synthetic))
		return likeness;
	likeness.score = 1 - fabs(likeness.original - likeness.synthetic) / 2;
	likeness.chance = (1 - likeness.original * likeness.original) / 2 *
		sqrt(1.0 / n + 1.0 / m);
	likeness.counts = likeness.strength > LEAST_CORRELATION;
	return likeness;
}

/* ---- contingency tables ---- */

/* What the original's cells and their margins say of its association. */
typedef struct Association
{
	double		sum;			/* of count^2 / (row total * column total) */
	int		   *totals[2];
} Association;

static int
compare_keys(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return (x > y) - (x < y);
}

static void
add_cell(const Pairs *pairs, Likeness *likeness, Association *association,
		 int i, int j, int a, int b)
{
	shape_add_cell(likeness, a, pairs->nrows[0], b, pairs->nrows[1]);
	if (a > 0)
		association->sum += (double) a * a /
			((double) association->totals[0][i] * association->totals[1][j]);
}

/* Few cells: counts in place, which are zero again at the end. */
static void
compare_dense(const Pairs *pairs, Likeness *likeness, Association *association,
			  int first, int second)
{
	int			width = pairs->levels[second];
	int			ncells = pairs->levels[first] * width;

	for (int side = 0; side < 2; side++)
	{
		const int32 *x = pairs->codes[side][first];
		const int32 *y = pairs->codes[side][second];
		int		   *cells = pairs->cells[side];

		for (int row = 0; row < pairs->nrows[side]; row++)
			cells[x[row] * width + y[row]]++;
	}
	for (int cell = 0; cell < ncells; cell++)
	{
		int			a = pairs->cells[0][cell];
		int			b = pairs->cells[1][cell];

		if (a == 0 && b == 0)
			continue;
		add_cell(pairs, likeness, association, cell / width, cell % width, a, b);
		pairs->cells[0][cell] = pairs->cells[1][cell] = 0;
	}
}

/* Many cells: the rows' cells, sorted and merged. */
static void
compare_sorted(const Pairs *pairs, Likeness *likeness, Association *association,
			   int first, int second)
{
	uint64		width = pairs->levels[second];
	int			at[2] = {0, 0};

	for (int side = 0; side < 2; side++)
	{
		for (int row = 0; row < pairs->nrows[side]; row++)
			pairs->keys[side][row] = pairs->codes[side][first][row] * width +
				pairs->codes[side][second][row];
		qsort(pairs->keys[side], pairs->nrows[side], sizeof(uint64), compare_keys);
	}
	while (at[0] < pairs->nrows[0] || at[1] < pairs->nrows[1])
	{
		uint64		key = PG_UINT64_MAX;
		int			counts[2] = {0, 0};

		for (int side = 0; side < 2; side++)
			if (at[side] < pairs->nrows[side])
				key = Min(key, pairs->keys[side][at[side]]);
		for (int side = 0; side < 2; side++)
			while (at[side] < pairs->nrows[side] && pairs->keys[side][at[side]] == key)
			{
				at[side]++;
				counts[side]++;
			}
		add_cell(pairs, likeness, association, key / width, key % width,
				 counts[0], counts[1]);
	}
}

static int *
count_totals(const Pairs *pairs, int column, int *used)
{
	int		   *totals = palloc0(sizeof(int) * pairs->levels[column]);

	*used = 0;
	for (int row = 0; row < pairs->nrows[FRAME_ORIGINAL]; row++)
		if (totals[pairs->codes[FRAME_ORIGINAL][column][row]]++ == 0)
			(*used)++;
	return totals;
}

static Likeness
likeness_of_cells(const Pairs *pairs, int first, int second)
{
	Likeness	likeness = {.score = 1,.level = -1,.strength = NAN};
	Association association = {0};
	int			used[2];

	association.totals[0] = count_totals(pairs, first, &used[0]);
	association.totals[1] = count_totals(pairs, second, &used[1]);
	if ((double) pairs->levels[first] * pairs->levels[second] <= DENSE_CELLS)
		compare_dense(pairs, &likeness, &association, first, second);
	else
		compare_sorted(pairs, &likeness, &association, first, second);
	likeness.score = Max(likeness.score, 0);	/* after rounding errors */
	pfree(association.totals[0]);
	pfree(association.totals[1]);
	/* Cramer's V. */
	if (Min(used[0], used[1]) >= 2)
		likeness.strength = sqrt(Max(association.sum - 1, 0) / (Min(used[0], used[1]) - 1));
	likeness.counts = likeness.strength > LEAST_ASSOCIATION;
	return likeness;
}

Likeness
pair_likeness(const Pairs *pairs, int first, int second)
{
	Likeness	none = {.score = NAN,.level = -1,.strength = NAN};
	FrameKind	a = pairs->frame->columns[first]->kind;
	FrameKind	b = pairs->frame->columns[second]->kind;

	if (a == FRAME_IDENTITY || b == FRAME_IDENTITY ||
		pairs->nrows[FRAME_ORIGINAL] == 0 || pairs->nrows[FRAME_SYNTHETIC] == 0)
		return none;
	if (a == FRAME_NUMBER && b == FRAME_NUMBER)
		return likeness_of_numbers(pairs, first, second);
	return likeness_of_cells(pairs, first, second);
}
