/*-------------------------------------------------------------------------
 *
 * fit_bins.c
 *		The bins of values that somebody else has: see FitBins in fit.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/fit.h"

typedef struct LevelHash
{
	uint64		hash;
	int			level;
} LevelHash;

struct FitBins
{
	const FitAxis *axis;
	Oid			type;
	int			usual;			/* the bin with most of the sample */
	int			nlevels;
	LevelHash  *levels;			/* ascending */
};

static int
compare_levels(const void *a, const void *b)
{
	const LevelHash *x = a;
	const LevelHash *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->level - y->level;
}

FitBins *
fit_bins_open(const FitAxis *axis, Oid type)
{
	FitBins    *bins = palloc0(sizeof(FitBins));
	int			first = axis->has_null && axis->nbins > 1 ? 1 : 0;

	bins->axis = axis;
	bins->type = type;
	bins->usual = first;
	for (int b = first; b < axis->nbins; b++)
		if (axis->marginal[b] > axis->marginal[bins->usual])
			bins->usual = b;
	if (axis->kind != FIT_LEVELS || axis->levels == NULL)
		return bins;
	bins->nlevels = axis->nlevels;
	bins->levels = palloc(sizeof(LevelHash) * Max(axis->nlevels, 1));
	for (int l = 0; l < axis->nlevels; l++)
		bins->levels[l] = (LevelHash) {
		fit_value_hash(type, axis->levels[l]), l
	};
	qsort(bins->levels, bins->nlevels, sizeof(LevelHash), compare_levels);
	return bins;
}

static int
find_level(const FitBins *bins, Datum value)
{
	uint64		hash = fit_value_hash(bins->type, value);
	int			low = 0;
	int			high = bins->nlevels;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (bins->levels[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < bins->nlevels && bins->levels[low].hash == hash ? bins->levels[low].level : -1;
}

/* The bin whose knots a number is between, or nearest to. */
static int
find_bin(const FitAxis *axis, double number, int usual)
{
	int			best = usual;
	double		nearest = INFINITY;

	for (int b = axis->has_null ? 1 : 0; b < axis->nbins; b++)
	{
		double		first;
		double		last;
		double		distance;

		if (axis->starts[b + 1] <= axis->starts[b])
			continue;
		first = axis->knots[axis->starts[b]];
		last = axis->knots[axis->starts[b + 1] - 1];
		if (first == number || last == number || (isnan(number) && isnan(first)))
			return b;
		distance = Max(Max(first - number, number - last), 0);
		if (distance < nearest)
		{
			nearest = distance;
			best = b;
		}
	}
	return best;
}

int
fit_bin_of(const FitBins *bins, Datum value, bool isnull, int *level)
{
	const FitAxis *axis = bins->axis;
	ValueKind	kind = value_kind(bins->type);
	double		number;

	*level = -1;
	if (isnull)
		return axis->has_null ? 0 : bins->usual;
	if (axis->kind == FIT_SCALE && axis->base < 0 && value_kind_is_scale(kind))
	{
		number = value_to_scale(bins->type, value);
		if (value_kind_is_time(kind) && !value_is_finite(bins->type, value))
			number = number < 0 ? -INFINITY : INFINITY;
		return find_bin(axis, number, bins->usual);
	}
	if (axis->kind != FIT_LEVELS)
		return bins->usual;
	*level = find_level(bins, value);
	if (*level >= 0)
		return axis->level_bins[*level];
	return axis->has_other ? axis->nbins - 1 : bins->usual;
}

int
fit_group_of(const FitTree *tree, const uint8 *bins)
{
	const FitNode *node = tree->nodes;

	if (tree->nnodes == 0)
		return 0;
	while (node->axis >= 0)
	{
		int			bin = bins[node->axis];

		node = &tree->nodes[node->children[node->left[bin / 64] >> (bin % 64) & 1 ? 0 : 1]];
	}
	return tree->entries[node->first].bin;
}
