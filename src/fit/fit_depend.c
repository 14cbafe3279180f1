/*-------------------------------------------------------------------------
 *
 * fit_depend.c
 *		What follows from something else: a level that another level decides
 *		(city -> country), a time that never comes before another one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/fit_work.h"
#include "miscadmin.h"

#define LEAST_PROOF		10.0	/* rows that chance would have had disagree */
#define LEAST_PAIRS		50		/* rows that have both times */
#define MOST_OTHERS		0.05	/* of the rows */
#define TIGHT			0.7		/* of a spread */

/* ---- levels that decide levels ---- */

/*
 * Codes of a column: levels, or the values of a scale that has few.  NULL is
 * FIT_NULL_CODE in both.
 */
typedef struct Codes
{
	FitColumn  *column;			/* NULL: has none */
	uint16	   *codes;
	int			ncodes;			/* the highest, plus one */
	int			present;		/* how many there are in the sample */
	int			others;			/* rows of a value that is no level */
	double		alike;			/* the chance that two rows have the same */
} Codes;

static void
codes_of_scale(const FitWork *work, FitColumn *column, Codes *codes)
{
	int			shift = column->axis.has_null ? 0 : 1;

	codes->codes = palloc(sizeof(uint16) * work->nrows);
	codes->ncodes = column->axis.nbins + shift;
	for (int row = 0; row < work->nrows; row++)
		codes->codes[row] = column->missing != NULL && column->missing[row] ?
			FIT_MISSING_CODE : column->bins[row] + shift;
}

/* Other values tell nothing of what follows from them. */
static void
codes_of_levels(const FitWork *work, FitColumn *column, Codes *codes)
{
	codes->codes = column->codes;
	codes->ncodes = column->axis.nlevels + 1;
	if (!column->axis.has_other)
		return;
	codes->codes = palloc(sizeof(uint16) * work->nrows);
	for (int row = 0; row < work->nrows; row++)
	{
		bool		other = column->codes[row] == FIT_OTHER_CODE;

		codes->codes[row] = other ? FIT_MISSING_CODE : column->codes[row];
		codes->others += other;
	}
}

static void
codes_init(const FitWork *work, FitColumn *column, Codes *codes)
{
	int		   *counts;

	memset(codes, 0, sizeof(Codes));
	if (column->axis.kind == FIT_LEVELS)
		codes_of_levels(work, column, codes);
	else if (column->axis.kind == FIT_SCALE && column->atoms && column->axis.base < 0)
		codes_of_scale(work, column, codes);
	else
		return;
	codes->column = column;
	counts = palloc0(sizeof(int) * codes->ncodes);
	for (int row = 0; row < work->nrows; row++)
		if (codes->codes[row] != FIT_MISSING_CODE)
			counts[codes->codes[row]]++;
	for (int code = 0; code < codes->ncodes; code++)
	{
		codes->present += counts[code] > 0;
		codes->alike += ((double) counts[code] / work->nrows) *
			((double) counts[code] / work->nrows);
	}
	pfree(counts);
}

/*
 * Does a decide b, in all rows, and in more of them than chance explains?
 * decided is [a's ncodes] then: codes of b, or FIT_MISSING_CODE.
 */
static bool
decides(const FitWork *work, const Codes *a, const Codes *b, uint16 *decided)
{
	int			repeats = 0;

	memset(decided, 0xFF, sizeof(uint16) * a->ncodes);
	for (int row = 0; row < work->nrows; row++)
	{
		uint16		from = a->codes[row];
		uint16		to = b->codes[row];

		if (from == FIT_MISSING_CODE || to == FIT_MISSING_CODE)
			continue;
		if (decided[from] == FIT_MISSING_CODE)
			decided[from] = to;
		else if (decided[from] != to)
			return false;
		else
			repeats++;
	}
	return repeats >= a->present && repeats * (1 - b->alike) >= LEAST_PROOF;
}

/*
 * What decides another has at least as many levels; of two that decide each
 * other, the earlier does.  So nothing decides itself in a circle.
 */
static bool
may_decide(const FitWork *work, const Codes *a, const Codes *b)
{
	Bitmapset  *first = work->options->first;

	if (fit_is_context(work, b->column) ||
		a->column == NULL || a->column == b->column || a->present < b->present ||
		(a->present == b->present && a->column->index > b->column->index))
		return false;
	/* What follows from other values, nobody would know. */
	if (b->others > 0 || a->others > MOST_OTHERS * work->nrows)
		return false;
	/* Two scales are a matter of trees. */
	if (a->column->axis.kind != FIT_LEVELS && b->column->axis.kind != FIT_LEVELS)
		return false;
	/* What a condition names is drawn before it is known what follows. */
	return !bms_is_member(b->column->axis.field, first) ||
		bms_is_member(a->column->axis.field, first);
}

static int
most_frequent_level(const FitColumn *column)
{
	int			best = 0;

	for (int level = 1; level < column->axis.nlevels; level++)
		if (column->counts[level] > column->counts[best])
			best = level;
	return best;
}

/* Levels that no row tells of decide the most frequent one, or NULL. */
static void
set_decided(FitColumn *b, const FitColumn *a, const uint16 *decided)
{
	FitAxis    *axis = &b->axis;
	int			otherwise = axis->has_null ? -1 : most_frequent_level(b);

	axis->determinant = a->index;
	axis->decided = palloc(sizeof(int) * (a->axis.nlevels + 1));
	for (int level = 0; level <= a->axis.nlevels; level++)
	{
		uint16		code = decided[level < a->axis.nlevels ? level + 1 : FIT_NULL_CODE];

		axis->decided[level] = code == FIT_MISSING_CODE ? otherwise : (int) code - 1;
	}
	b->after[0] = a->index;
}

/* A scale that takes part in a dependency becomes a list of levels. */
static void
need_levels(FitWork *work, Codes *codes)
{
	if (codes->column->axis.kind == FIT_LEVELS)
		return;
	fit_scale_to_levels(work, codes->column);
	codes->codes = codes->column->codes;
	codes->ncodes = codes->column->axis.nlevels + 1;
}

/* Of several columns that decide one, that with the fewest levels is nearest. */
static FitColumn *
find_determinant(FitWork *work, Codes *codes, Codes *b, uint16 *decided, uint16 *best)
{
	Codes	   *found = NULL;

	for (int i = 0; i < work->ncolumns; i++)
	{
		Codes	   *a = &codes[i];

		if (!may_decide(work, a, b) || (found != NULL && a->present >= found->present) ||
			!decides(work, a, b, decided))
			continue;
		found = a;
		memcpy(best, decided, sizeof(uint16) * a->ncodes);
	}
	if (found == NULL)
		return NULL;
	need_levels(work, found);
	need_levels(work, b);
	return found->column;
}

void
fit_find_determinants(FitWork *work)
{
	Codes	   *codes = palloc(sizeof(Codes) * Max(work->ncolumns, 1));
	uint16	   *decided = palloc(sizeof(uint16) * (PG_UINT16_MAX + 1));
	uint16	   *best = palloc(sizeof(uint16) * (PG_UINT16_MAX + 1));

	for (int i = 0; i < work->ncolumns; i++)
		codes_init(work, work->columns[i], &codes[i]);
	for (int b = 0; b < work->ncolumns; b++)
	{
		FitColumn  *determinant;

		CHECK_FOR_INTERRUPTS();
		/* A constant needs nobody to decide it. */
		if (codes[b].column == NULL || codes[b].present < 2)
			continue;
		determinant = find_determinant(work, codes, &codes[b], decided, best);
		if (determinant != NULL)
			set_decided(codes[b].column, determinant, best);
	}
	pfree(codes);
	pfree(decided);
	pfree(best);
}

/* ---- times that count from others ---- */

typedef struct Spread
{
	double		n;
	double		mean;
	double		squares;		/* of distances from the mean */
	double		least;
	double		most;
} Spread;

/* Welford: "Note on a method for calculating corrected sums of squares", 1962. */
static void
spread_add(Spread *spread, double value)
{
	double		off = value - spread->mean;

	if (spread->n == 0)
		spread->least = spread->most = value;
	spread->n++;
	spread->mean += off / spread->n;
	spread->squares += off * (value - spread->mean);
	spread->least = Min(spread->least, value);
	spread->most = Max(spread->most, value);
}

/*
 * The mean gap between two fields if the second counts from the first, or -1.
 * It does if it is never less, and if more speaks for that than two periods of
 * which one lies behind the other.
 */
static double
gap_between(const FitWork *work, int a, int b, double *values_a, double *values_b)
{
	const bool *nulls_a = work->sample->nulls[work->sample_columns[a]];
	const bool *nulls_b = work->sample->nulls[work->sample_columns[b]];
	Spread		spread_a = {0};
	Spread		spread_b = {0};
	Spread		gap = {0};

	for (int row = 0; row < work->nrows; row++)
	{
		if (nulls_a[row] || nulls_b[row] ||
			!isfinite(values_a[row]) || !isfinite(values_b[row]))
			continue;
		if (values_b[row] < values_a[row])
			return -1;
		spread_add(&spread_a, values_a[row]);
		spread_add(&spread_b, values_b[row]);
		spread_add(&gap, values_b[row] - values_a[row]);
	}
	if (gap.n < LEAST_PAIRS || spread_a.squares <= 0 || spread_b.squares <= 0)
		return -1;
	if (spread_b.least < spread_a.most ||
		gap.squares < TIGHT * TIGHT * spread_b.squares)
		return gap.mean;
	return -1;
}

static bool
is_ordered(const Schema *schema, int lesser, int greater)
{
	ListCell   *cell;

	foreach(cell, schema->orders)
	{
		const Order *order = lfirst(cell);

		if (order->lesser == lesser && order->greater == greater)
			return true;
	}
	return false;
}

static bool
may_count_from(const FitWork *work, int a, int b)
{
	const Schema *schema = work->schema;
	Oid			type = schema->fields[b]->base_type;
	ValueKind	kind = value_kind(type);

	if (a == b || type != schema->fields[a]->base_type || b >= schema->nfields ||
		(a >= schema->nfields && work->options->after) ||
		bms_is_member(b, work->options->first))
		return false;
	return kind == VALUE_DATE || kind == VALUE_TIMESTAMP || is_ordered(schema, a, b);
}

/* May a field count from another, or another from it? */
static bool
may_take_part(const FitWork *work, int field)
{
	int			column = work->field_columns[field];
	ValueKind	kind;
	ListCell   *cell;

	if (column < 0 || work->columns[column]->axis.kind != FIT_SCALE)
		return false;
	kind = value_kind(work->schema->fields[field]->base_type);
	if (kind == VALUE_DATE || kind == VALUE_TIMESTAMP)
		return true;
	foreach(cell, work->schema->orders)
	{
		const Order *order = lfirst(cell);

		if (order->lesser == field || order->greater == field)
			return true;
	}
	return false;
}

void
fit_find_bases(const FitWork *work, int *bases)
{
	int			nfields = schema_width(work->schema);
	double	  **values = palloc0(sizeof(double *) * Max(nfields, 1));

	for (int field = 0; field < nfields; field++)
	{
		bases[field] = -1;
		if (may_take_part(work, field))
			values[field] = fit_scale_values(work, field);
	}
	for (int b = 0; b < nfields; b++)
	{
		double		nearest = 0;

		for (int a = 0; a < nfields && values[b] != NULL; a++)
		{
			double		gap;

			CHECK_FOR_INTERRUPTS();
			if (values[a] == NULL || !may_count_from(work, a, b))
				continue;
			gap = gap_between(work, a, b, values[a], values[b]);
			/* Of two that are always equal, the later counts from the earlier. */
			if (gap < 0 || (gap == 0 && a > b))
				continue;
			if (bases[b] < 0 || gap < nearest)
			{
				bases[b] = a;
				nearest = gap;
			}
		}
	}
	for (int field = 0; field < nfields; field++)
		if (values[field] != NULL)
			pfree(values[field]);
	pfree(values);
}
