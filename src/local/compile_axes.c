/*-------------------------------------------------------------------------
 *
 * compile_axes.c
 *		Axes of a Fit as the engine walks them, narrowed to what the fields of
 *		the schema allow.
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
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"

/* ---- which levels a field allows ---- */

typedef struct LevelEntry
{
	ValueKey	key;
	int			level;
} LevelEntry;

static HTAB *
index_levels(Oid type, const Datum *levels, int n)
{
	HASHCTL		ctl = {0};
	HTAB	   *index;

	ctl.keysize = sizeof(ValueKey);
	ctl.entrysize = sizeof(LevelEntry);
	ctl.hcxt = CurrentMemoryContext;
	index = hash_create("synthik levels", Max(n, 1), &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
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

static int64
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
		bin->to = bin->ngaps;
		work->bin_factors[b] = n > 0;
		if (n > 0)
			bin->odd = odd_of(field, axis->knots[axis->starts[b]], &work->bin_factors[b]);
		if (bin->odd != ODD_NOT)
			bin->ngaps = 0;
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
static void
pass_on(Compiler *c, AxisWork *work)
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
static void
settle_factors(AxisWork *work)
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

/* ---- trees ---- */

/* Entries of a leaf by weights of bins; returns how many. */
static int
put_entries(PlanEntry *entries, const double *weights, int nbins)
{
	double		sum = 0;
	double		before = 0;
	int			n = 0;
	int			first = 0;

	for (int b = 0; b < nbins; b++)
		sum += weights[b];
	for (int b = 0; b < nbins; b++)
	{
		if (!(weights[b] > 0))
			continue;
		before += weights[b];
		entries[n].end = (uint32) rint(Min(before / sum, 1.0) * PLAN_ENTRY_END);
		entries[n++].bin = b;
	}
	if (n == 0)
		return 0;
	entries[n - 1].end = PLAN_ENTRY_END;
	for (int i = 0; i < n; i++)
	{
		while ((uint64) entries[first].end * n <= (uint64) i * PLAN_ENTRY_END)
			first++;
		entries[i].guide = first;
	}
	return n;
}

/* Where a leaf has nothing that is allowed: what is, by the whole sample. */
static int
put_fallback(const AxisWork *work, PlanEntry *entries)
{
	double		weights[FIT_MAX_BINS] = {0};
	int			n;

	for (int b = FIRST_BIN(work->axis); b < work->axis->nbins; b++)
		weights[b] = work->bin_shares[b] * work->bin_factors[b];
	if (work->unknown >= 0)
		weights[work->unknown] += work->unknown_share;
	n = put_entries(entries, weights, work->nbins);
	if (n == 0)
	{
		/* only NULL was seen */
		entries->end = PLAN_ENTRY_END;
		n = 1;
	}
	return n;
}

/* Fills a leaf; returns how much of it is allowed.  Entries from *used on. */
static double
put_leaf(const AxisWork *work, const FitEntry *learned, int n, PlanLeaf *leaf,
		 PlanEntry *entries, int *used, int nfallback)
{
	double		weights[FIT_MAX_BINS] = {0};
	bool		has_null = work->axis->has_null;
	double		sum = 0;
	double		null = 0;
	double		rest = 0;
	double		nulls;
	double		others;

	for (int i = 0; i < n; i++)
		sum += learned[i].weight;
	for (int i = 0; i < n; i++)
	{
		int			b = learned[i].bin;
		double		share = learned[i].weight / sum;

		if (has_null && b == 0)
			null += share;
		else
			rest += (weights[b] += share * work->bin_factors[b]);
	}
	if (work->unknown >= 0)
	{
		weights[work->unknown] += work->unknown_share * (1 - null);
		rest += work->unknown_share * (1 - null);
	}
	nulls = null * work->null_factor;
	others = (1 - null) * work->rest_factor;
	if (nulls > 0)
		leaf->null_below = nulls >= (nulls + others) * (1 - 1e-9) ? PG_UINT32_MAX :
			(uint32) (nulls / (nulls + others) * 4294967295.0);
	leaf->first = *used;
	leaf->nentries = rest > 0 ? put_entries(entries + *used, weights, work->nbins) : 0;
	*used += leaf->nentries;
	if (leaf->nentries == 0)
	{
		leaf->first = 0;
		leaf->nentries = nfallback;
	}
	return nulls + rest * work->rest_factor;
}

/*
 * New numbers for a tree's nodes, level by level, so that those that all rows
 * pass lie together; leaves are counted apart.  Returns how many nodes there
 * are in order: those that can be reached.
 */
static int
number_nodes(const FitTree *tree, int *order, uint32 *numbers, uint32 *nnodes, uint32 *nleaves)
{
	bool	   *reached = palloc0(sizeof(bool) * tree->nnodes);
	int			n = 1;

	order[0] = 0;
	for (int i = 0; i < n; i++)
	{
		const FitNode *node = &tree->nodes[order[i]];

		numbers[order[i]] = node->axis < 0 ? PLAN_LEAF | (*nleaves)++ << PLAN_ROW_BITS :
			(*nnodes)++ << PLAN_ROW_BITS;
		for (int child = 0; node->axis >= 0 && child < 2; child++)
		{
			if (!reached[node->children[child]])
				order[n++] = node->children[child];
			reached[node->children[child]] = true;
		}
	}
	pfree(reached);
	return n;
}

static void
compile_tree(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	const FitTree *tree = &work->axis->tree;
	int			total = Max(tree->nnodes, 1);
	Size		nentries = FIT_MAX_BINS;
	PlanEntry  *entries;
	PlanNode   *nodes = palloc0(sizeof(PlanNode) * total);
	PlanLeaf   *leaves = palloc0(sizeof(PlanLeaf) * total);
	double	   *shares = palloc0(sizeof(double) * total);
	int		   *order = palloc(sizeof(int) * total);
	uint32	   *numbers = palloc0(sizeof(uint32) * total);
	uint32		nnodes = 0;
	uint32		nleaves = 0;
	int			count = 0;
	int			used;
	int			nfallback;

	for (int i = 0; i < tree->nnodes; i++)
		if (tree->nodes[i].axis < 0)
			nentries += tree->nodes[i].nentries + 1;
	entries = palloc0(sizeof(PlanEntry) * nentries);
	used = nfallback = put_fallback(work, entries);
	numbers[0] = PLAN_LEAF;
	leaves[0].nentries = nfallback;
	if (tree->nnodes > 0)
		count = number_nodes(tree, order, numbers, &nnodes, &nleaves);
	for (int i = 0; i < count; i++)
	{
		const FitNode *node = &tree->nodes[order[i]];
		uint32		number = (numbers[order[i]] & ~PLAN_LEAF) >> PLAN_ROW_BITS;

		CHECK_FOR_INTERRUPTS();
		if (node->axis < 0)
		{
			shares[number] = put_leaf(work, tree->entries + node->first, node->nentries,
									  &leaves[number], entries, &used, nfallback);
			continue;
		}
		nodes[number].bins = node->axis * ROW_BLOCK;
		memcpy(nodes[number].left, node->left, sizeof(node->left));
		nodes[number].children[1] = numbers[node->children[0]];
		nodes[number].children[0] = numbers[node->children[1]];
	}
	out->root = numbers[0];
	out->nodes = builder_add(&c->builder, nodes, sizeof(PlanNode) * Max(nnodes, 1));
	out->leaves = builder_add(&c->builder, leaves, sizeof(PlanLeaf) * Max(nleaves, 1));
	out->entries = builder_add(&c->builder, entries, sizeof(PlanEntry) * used);
	if (work->restricted && tree->nnodes > 1)
	{
		double		most = 0;

		for (uint32 l = 0; l < nleaves; l++)
			most = Max(most, shares[l]);
		c->most_share *= most;
		out->shares = builder_add(&c->builder, shares, sizeof(double) * nleaves);
	}
	pfree(nodes);
	pfree(leaves);
	pfree(entries);
	pfree(shares);
	pfree(order);
	pfree(numbers);
}

/* ---- what bins stand for ---- */

/* The levels of each bin, as far as they are wanted. */
static void
compile_level_lists(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	uint32	   *starts = palloc0(sizeof(uint32) * (work->nbins + 1));
	uint16	   *members = palloc(sizeof(uint16) * Max(work->nlevels, 1));
	double	   *weights = palloc(sizeof(double) * Max(work->nlevels, 1));
	PlanAlias  *alias = palloc0(sizeof(PlanAlias) * Max(work->nlevels, 1));
	uint32		n = 0;

	for (int b = 0; b < work->nbins; b++)
	{
		starts[b] = n;
		for (int l = 0; l < work->nlevels; l++)
		{
			double		weight = work->level_shares[l] * work->level_factors[l];

			if (work->level_bins[l] != b || !(weight > 0))
				continue;
			members[n] = l;
			weights[n++] = weight;
		}
		if (n > starts[b])
			fill_alias(alias + starts[b], weights + starts[b], n - starts[b]);
	}
	starts[work->nbins] = n;
	out->leveled = true;
	out->starts = builder_add(&c->builder, starts, sizeof(uint32) * (work->nbins + 1));
	out->members = builder_add(&c->builder, members, sizeof(uint16) * Max(n, 1));
	out->alias = builder_add(&c->builder, alias, sizeof(PlanAlias) * Max(n, 1));
}

static void
compile_decided(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	const FitAxis *axis = work->axis;
	int			n = c->axes[axis->determinant].axis->nlevels;
	uint16	   *decided = palloc(sizeof(uint16) * (n + 1));
	uint8	   *bins = palloc(Max(axis->nlevels, 1));

	for (int l = 0; l <= n; l++)
	{
		int			level = axis->decided[l];

		if (level >= 0)
			decided[l] = work->level_factors[level] > 0 ? level : PLAN_ANY_LEVEL;
		else
			decided[l] = axis->has_null && work->null_factor > 0 ? PLAN_NO_LEVEL : PLAN_ANY_LEVEL;
	}
	for (int l = 0; l < axis->nlevels; l++)
		bins[l] = axis->level_bins[l];
	out->determinant = axis->determinant;
	out->ndecided = n;
	out->decided = builder_add(&c->builder, decided, sizeof(uint16) * (n + 1));
	out->level_bins = builder_add(&c->builder, bins, Max(axis->nlevels, 1));
}

static void
compile_place(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	const FitAxis *axis = work->axis;
	int64	   *knots = palloc(sizeof(int64) * Max(axis->nknots, 1));

	for (int k = 0; k < axis->nknots; k++)
		knots[k] = axis_step(axis->knots[k], work->unit);
	out->bins = builder_add(&c->builder, work->bins, sizeof(PlanBin) * axis->nbins);
	out->knots = builder_add(&c->builder, knots, sizeof(int64) * Max(axis->nknots, 1));
	pfree(knots);
	if (axis->kind == FIT_SCALE)
	{
		const FieldFit *fit = &c->fits[axis->field];
		const PlanNumber *number = builder_at(&c->builder,
											  c->ops[c->column_ops[axis->field]].detail);

		for (int b = 0; b < axis->nbins; b++)
			out->odd |= work->bins[b].odd != ODD_NOT;
		out->weekday = fit->weekday;
		out->hour = fit->hour;
		out->ending = fit->ending;
		out->base = axis->base;
		out->base_default = axis_step(axis->base_default, work->unit) * number->grain;
	}
}

/* Endings in steps of the field's number, where they are whole ones. */
static void
compile_endings(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	const FitAxis *axis = work->axis;
	double		unit = c->axes[c->fits[axis->field].value].unit;
	int64	   *steps = palloc(sizeof(int64) * axis->nbins);
	bool		whole = unit > 0 && axis->grain / unit < 1e15;

	for (int b = 0; b < axis->nbins; b++)
	{
		double		ending = b < axis->nknots ? axis->knots[b] : 0;

		steps[b] = b < axis->nknots && whole ? axis_step(ending, unit) : -1;
		whole &= fabs(rint(ending / unit) * unit - ending) < 1e-6 * unit;
	}
	whole &= fabs(rint(axis->grain / unit) * unit - axis->grain) < 1e-6 * unit;
	out->unit = whole ? axis_step(axis->grain, unit) : 0;
	out->knots = builder_add(&c->builder, steps, sizeof(int64) * axis->nbins);
	pfree(steps);
}

/* The axes that this one's tree asks for. */
static void
compile_asked(Compiler *c, const FitAxis *axis, PlanAxis *out)
{
	Bitmapset  *asked = NULL;
	uint16	   *list;
	int			a = -1;

	if (axis->determinant >= 0)
		asked = bms_add_member(asked, axis->determinant);
	for (int i = 0; i < axis->tree.nnodes; i++)
		if (axis->tree.nodes[i].axis >= 0)
			asked = bms_add_member(asked, axis->tree.nodes[i].axis);
	list = palloc(sizeof(uint16) * Max(bms_num_members(asked), 1));
	while ((a = bms_next_member(asked, a)) >= 0)
		list[out->nasked++] = a;
	out->asked = builder_add(&c->builder, list, sizeof(uint16) * Max(out->nasked, 1));
}

static void
compile_axis(Compiler *c, int index)
{
	const AxisWork *work = &c->axes[index];
	const FitAxis *axis = work->axis;
	const Field *field = axis->field >= 0 ? c->schema->fields[axis->field] : NULL;
	PlanAxis	out = {0};

	out.kind = axis->kind;
	out.has_null = axis->has_null;
	out.component = field ? field->component : 0;
	out.determinant = out.base = out.weekday = out.hour = out.ending = -1;
	out.salt = field ? rng_combine(rng_hash(field->name, strlen(field->name)), axis->kind + 1) :
		rng_combine(rng_hash("axis", 4), index);
	compile_asked(c, axis, &out);
	compile_tree(c, work, &out);
	if (work->by_levels)
		compile_level_lists(c, work, &out);
	else if (axis->kind == FIT_ENDING && axis->field >= 0)
		compile_endings(c, work, &out);
	else if (work->valued)
		compile_place(c, work, &out);
	if (axis->determinant >= 0)
		compile_decided(c, work, &out);
	((PlanAxis *) builder_at(&c->builder, c->plan_axes))[index] = out;
}

void
compile_axes(Compiler *c)
{
	int			naxes;

	if (c->fits == NULL || c->schema->fit->naxes == 0)
		return;
	naxes = c->schema->fit->naxes;
	for (int a = naxes - 1; a >= 0; a--)
		if (c->axes[a].axis->determinant >= 0 && c->axes[a].axis->kind == FIT_LEVELS)
			pass_on(c, &c->axes[a]);
	for (int a = 0; a < naxes; a++)
		settle_factors(&c->axes[a]);
	plan_conditions(c);
	c->plan_axes = builder_reserve(&c->builder, sizeof(PlanAxis) * naxes);
	for (int a = 0; a < naxes; a++)
		compile_axis(c, a);
}
