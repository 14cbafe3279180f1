/*-------------------------------------------------------------------------
 *
 * compile_wanted.c
 *		What the fields of the schema allow of what was learned of them.
 *
 * What a field wants is a factor on each share that was learned: 0 for what it
 * forbids, and the wanted share by the learned one where it has weights.  The
 * factors go into the leaves.  One that is about 1 is 1, so that the numbers
 * in a document that came with the Fit change nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type_d.h"
#include "local/compile.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* ---- which levels a field allows ---- */

typedef struct LevelEntry
{
	ValueKey	key;
	int			level;
} LevelEntry;

static HTAB *
index_levels(Oid type, const Datum *levels, int n)
{
	HTAB	   *index = value_key_table("synthik levels", sizeof(LevelEntry), n);

	for (int l = 0; l < n; l++)
	{
		ValueKey	key = value_key(type, levels[l]);
		LevelEntry *entry = hash_search(index, &key, HASH_ENTER, NULL);

		entry->level = l;
	}
	return index;
}

static bool
within_bounds(const Field *field, Datum value)
{
	int			c;

	if (!value_kind_is_scale(value_kind(field->base_type)))
		return true;
	if (field->minimum.set)
	{
		c = value_compare(field->base_type, value, field->minimum.value);
		if (c < 0 || (c == 0 && field->minimum.exclusive))
			return false;
	}
	if (field->maximum.set)
	{
		c = value_compare(field->base_type, value, field->maximum.value);
		if (c > 0 || (c == 0 && field->maximum.exclusive))
			return false;
	}
	return true;
}

/* A level stays within what the field says of texts, as all other values do. */
static bool
text_suits(const Field *field, Datum value)
{
	int			length;
	text	   *string;

	if (value_kind(field->base_type) != VALUE_TEXT || !stored_as_text(field->base_type))
		return true;
	if (field->base_type == BPCHAROID)
		value = DirectFunctionCall1(rtrim1, value);
	string = DatumGetTextPP(value);
	length = pg_mbstrlen_with_len(VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
	return length >= field->min_length &&
		(field->max_length < 0 || length <= field->max_length) &&
		(field_pattern(field) == NULL ||
		 DatumGetBool(DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID,
											  PointerGetDatum(string),
											  CStringGetTextDatum(field->pattern))));
}

/* The bin of knots that a number is in, or nearest to. */
static int
bin_of_number(const FitAxis *axis, double number)
{
	int			best = FIRST_BIN(axis);
	double		nearest = INFINITY;

	for (int b = FIRST_BIN(axis); b < axis->nbins; b++)
	{
		double		distance;

		if (axis->starts[b + 1] <= axis->starts[b])
			continue;
		distance = Max(Max(axis->knots[axis->starts[b]] - number,
						   number - axis->knots[axis->starts[b + 1] - 1]), 0);
		if (distance < nearest)
		{
			nearest = distance;
			best = b;
		}
	}
	return best;
}

/* Numbers that a field lists, as levels of the bins that they are in. */
static void
list_numbers(AxisWork *work, const Field *field)
{
	const ValueList *list = &field->enumeration;
	int		   *in_bin = palloc0(sizeof(int) * work->nbins);
	Datum	   *levels = palloc(sizeof(Datum) * list->count);

	work->nlevels = 0;
	work->level_bins = palloc(sizeof(int) * list->count);
	work->level_shares = palloc(sizeof(double) * list->count);
	work->level_factors = palloc(sizeof(double) * list->count);
	for (int i = 0; i < list->count; i++)
	{
		int			b;

		if (list->nulls && list->nulls[i])
			continue;
		b = bin_of_number(work->axis, value_to_scale(field->base_type, list->values[i]));
		levels[work->nlevels] = list->values[i];
		work->level_bins[work->nlevels++] = b;
		in_bin[b]++;
	}
	for (int l = 0; l < work->nlevels; l++)
	{
		int			b = work->level_bins[l];

		work->level_factors[l] = 1.0;
		/* a bin in which nobody was gets a share, if a small one */
		work->level_shares[l] = Max(work->bin_shares[b], 1e-6) / in_bin[b];
	}
	work->levels = levels;
	pfree(in_bin);
}

/* Makes room for values of the field's list that nobody has learned. */
static void
add_unknown(AxisWork *work, const Datum *values, const double *weights, int n)
{
	int			total = work->nlevels + n;
	Datum	   *levels = palloc(sizeof(Datum) * total);
	int		   *bins = palloc(sizeof(int) * total);

	memcpy(levels, work->levels, sizeof(Datum) * work->nlevels);
	memcpy(bins, work->level_bins, sizeof(int) * work->nlevels);
	work->level_shares = repalloc(work->level_shares, sizeof(double) * total);
	work->level_factors = repalloc(work->level_factors, sizeof(double) * total);
	work->unknown = work->other_level >= 0 ? work->nbins - 1 :
		Min(work->nbins, FIT_MAX_BINS - 1);
	work->nbins = work->unknown + 1;
	for (int i = 0; i < n; i++)
	{
		levels[work->nlevels + i] = values[i];
		bins[work->nlevels + i] = work->unknown;
		work->level_shares[work->nlevels + i] = weights[i];
		work->level_factors[work->nlevels + i] = 1.0;
		work->unknown_share += weights[i];
	}
	work->levels = levels;
	work->level_bins = bins;
	work->nlevels = total;
}

/* Factors of the levels that the field lists; the others have 0. */
static void
want_list(AxisWork *work, const Field *field)
{
	const ValueList *list = &field->enumeration;
	HTAB	   *index = index_levels(field->base_type, work->levels,
									 work->nlevels - (work->other_level >= 0));
	Datum	   *unknown = palloc(sizeof(Datum) * list->count);
	double	   *weights = palloc(sizeof(double) * list->count);
	int			nunknown = 0;
	double		sum = 0;

	for (int l = 0; l < work->nlevels; l++)
		work->level_factors[l] = 0;
	for (int i = 0; i < list->count; i++)
		if (!(list->nulls && list->nulls[i]))
			sum += list->weights ? list->weights[i] : 1.0;
	for (int i = 0; i < list->count; i++)
	{
		double		share = (list->weights ? list->weights[i] : 1.0) / sum;
		ValueKey	key;
		LevelEntry *entry;

		if ((list->nulls && list->nulls[i]) || !(share > 0))
			continue;
		key = value_key(field->base_type, list->values[i]);
		entry = hash_search(index, &key, HASH_FIND, NULL);
		if (entry && work->level_shares[entry->level] > 0)
			work->level_factors[entry->level] +=
				list->weights ? share / work->level_shares[entry->level] : 1.0;
		else
		{
			unknown[nunknown] = list->values[i];
			weights[nunknown++] = share;
		}
	}
	if (nunknown > 0)
		add_unknown(work, unknown, weights, nunknown);
	hash_destroy(index);
}

/* The factors of what was learned keep its shares at 1 together. */
static void
normalize(const double *shares, double *factors, int n, double wanted)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += shares[i] * factors[i];
	for (int i = 0; i < n && sum > 0; i++)
	{
		factors[i] *= wanted / sum;
		if (fabs(factors[i] - 1.0) * shares[i] <= 0.02 * shares[i] + 0.0006 && factors[i] > 0)
			factors[i] = 1.0;
	}
}

static void
normalize_levels(AxisWork *work)
{
	int			known = work->nlevels;

	while (known > 0 && work->unknown_share > 0 && work->level_bins[known - 1] == work->unknown &&
		   (work->unknown >= work->axis->nbins || work->other_level >= 0))
		known--;
	normalize(work->level_shares, work->level_factors, known, 1.0 - work->unknown_share);
	work->wanted_levels = work->unknown_share > 0;
	for (int l = 0; l < known; l++)
		if (work->level_factors[l] != 1.0 && work->level_shares[l] > 0)
			work->wanted_levels = true;
}

/* What the field's list or bounds leave of an axis' levels. */
void
axis_want_levels(Compiler *c, AxisWork *work, const Field *field)
{
	if (work->axis->kind != FIT_LEVELS)
		list_numbers(work, field);
	if (field->enumeration.count > 0)
		want_list(work, field);
	for (int l = 0; l < work->nlevels; l++)
	{
		CHECK_FOR_INTERRUPTS();
		if (work->level_factors[l] > 0 && l != work->other_level &&
			!(within_bounds(field, work->levels[l]) &&
			  (work->other_level < 0 || field->enumeration.count > 0 ||
			   text_suits(field, work->levels[l]))))
			work->level_factors[l] = 0;
	}
	normalize_levels(work);
}

/* ---- which knots a field allows ---- */

int64
axis_step(double value, double unit)
{
	double		step = rint(value / unit);

	if (isnan(step))
		return 0;
	if (!(step > -9e18))
		return -INT64CONST(9000000000000000000);
	return step < 9e18 ? (int64) step : INT64CONST(9000000000000000000);
}

/* The first place between knots whose value is at least low. */
static double
place_of(const int64 *knots, uint32 ngaps, double value, bool upper)
{
	for (uint32 g = 0; g < ngaps; g++)
	{
		uint32		gap = upper ? ngaps - 1 - g : g;
		double		first = (double) knots[gap];
		double		last = (double) knots[gap + 1];

		if (upper ? first > value : last < value)
			continue;
		if (upper ? last <= value : first >= value)
			return upper ? gap + 1 : gap;
		return gap + (value - first) / (last - first);
	}
	return upper ? 0 : ngaps;
}

/* What is no number is out of bounds wherever there is one on its side. */
static PlanOdd
odd_of(const Field *field, double knot, double *factor)
{
	*factor = 1.0;
	if (isfinite(knot))
		return ODD_NOT;
	*factor = !bound_is_wanted(field, knot < 0 ? &field->minimum : &field->maximum);
	if (knot < 0)
		return ODD_LOWEST;
	return isnan(knot) ? ODD_NAN : ODD_HIGHEST;
}

/*
 * What steps low to high leave of each bin; false if nothing.  With a base,
 * the values are not known yet.
 */
bool
axis_want_knots(AxisWork *work, const Field *field, double unit, int64 low, int64 high)
{
	const FitAxis *axis = work->axis;
	double		sum = 0;

	work->bins = palloc0(sizeof(PlanBin) * axis->nbins);
	for (int b = FIRST_BIN(axis); b < axis->nbins; b++)
	{
		PlanBin    *bin = &work->bins[b];
		int			n = axis->starts[b + 1] - axis->starts[b];
		int64	   *knots = palloc(sizeof(int64) * Max(n, 1));

		for (int k = 0; k < n; k++)
			knots[k] = axis_step(axis->knots[axis->starts[b] + k], unit);
		bin->first = axis->starts[b];
		bin->ngaps = Max(n - 1, 0);
		bin->last = Max(n - 2, 0);
		bin->to = bin->ngaps;
		work->bin_factors[b] = n > 0;
		if (n > 0)
			bin->odd = odd_of(field, axis->knots[axis->starts[b]], &work->bin_factors[b]);
		if (bin->odd != ODD_NOT)
		{
			bin->ngaps = bin->last = 0;
			bin->to = 0;
		}
		else if (axis->base < 0 && n == 1)
			work->bin_factors[b] = knots[0] >= low && knots[0] <= high;
		else if (axis->base < 0 && n > 1)
		{
			bin->from = place_of(knots, bin->ngaps, (double) low - 0.5, false);
			bin->to = place_of(knots, bin->ngaps, (double) high + 0.5, true);
			work->bin_factors[b] = Max(bin->to - bin->from, 0) / bin->ngaps;
		}
		sum += work->bin_shares[b] * work->bin_factors[b];
		pfree(knots);
	}
	normalize(work->bin_shares, work->bin_factors, axis->nbins, 1.0);
	work->unit = unit;
	return sum > 0;
}

/* ---- what depends on what ---- */

/* What an axis wants of levels that another one decides is that one's wish. */
void
axis_pass_on(Compiler *c, AxisWork *work)
{
	const FitAxis *axis = work->axis;
	AxisWork   *other = &c->axes[axis->determinant];
	bool		passed = false;

	for (int l = 0; l < other->axis->nlevels; l++)
	{
		int			level = axis->decided[l];
		double		factor = level < 0 ? work->null_factor :
			work->level_factors[level] * work->rest_factor;

		other->level_factors[l] *= factor;
		passed |= factor != 1.0;
	}
	if (!passed)
		return;
	if (other->axis->has_null)
	{
		int			level = axis->decided[other->axis->nlevels];

		other->null_factor *= level < 0 ? work->null_factor :
			work->level_factors[level] * work->rest_factor;
	}
	normalize_levels(other);
}

/* From levels to their bins, and whether all of it is as it was learned. */
void
axis_settle(AxisWork *work)
{
	const FitAxis *axis = work->axis;

	if (work->by_levels)
	{
		double	   *wanted = palloc0(sizeof(double) * work->nbins);

		for (int l = 0; l < work->nlevels; l++)
			if (work->level_bins[l] != work->unknown)
				wanted[work->level_bins[l]] += work->level_shares[l] * work->level_factors[l];
		for (int b = FIRST_BIN(axis); b < axis->nbins && work->wanted_levels; b++)
			if (b != work->unknown)
				work->bin_factors[b] = work->bin_shares[b] > 0 ? wanted[b] / work->bin_shares[b] : 0;
		/* what is made there now is what nobody learned */
		if (work->unknown >= 0 && work->other_level >= 0)
			work->bin_factors[work->unknown] = 0;
	}
	work->restricted = work->null_factor != 1.0 || work->rest_factor != 1.0 ||
		work->unknown_share > 0;
	for (int b = FIRST_BIN(axis); b < axis->nbins; b++)
		if (work->bin_shares[b] > 0 && work->bin_factors[b] != 1.0)
			work->restricted = true;
}
