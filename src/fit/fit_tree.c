/*-------------------------------------------------------------------------
 *
 * fit_tree.c
 *		Growing the tree of an axis.
 *
 * A node is split where that makes the distribution of the target's bins in
 * the two halves the most certain: by the gain in entropy, counted in nats of
 * all the node's rows.  Bins of a target that go by size are joined to groups
 * first, the fewer the fewer rows there are, for in small nodes fine bins would
 * have few rows each and any split would seem a gain.
 *
 * Any split gains something: by chance, half a nat for each group beyond the
 * first, and more for being the best of many.  A split has to gain more than
 * that.  So rows that nothing tells apart stay together, and a leaf is small
 * only where small groups of rows really differ.
 *
 * To try the splits of a node by a parent, the rows' groups are moved from
 * right to left parent bin by parent bin.  Large nodes count the rows of each
 * pair of bins; small ones put the rows in the order of the parent's bins, so
 * that their cost is that of their rows and not of all pairs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/fit_work.h"
#include "miscadmin.h"

#define LEAST_GAIN		4.0		/* nats, */
#define GROUP_GAIN		0.9		/* and these for each further group */
#define GROUP_ROWS		15		/* of a node, for each group */
#define FEWEST_GROUPS	4
#define MOST_GROUPS		24
#define MOST_PARENTS	30
#define FEWEST_PARENTS	6
#define ALL_PARENTS		40		/* so many need no choice */
#define GROW_WORK		1.5e8	/* rows times parents, of all trees */
#define SMOOTHING		2.0		/* rows, of what is not in a leaf */

typedef struct Split
{
	double		gain;
	int			parent;			/* in Grower.parents, or -1 */
	uint64		left[FIT_MAX_BINS / 64];
} Split;

typedef struct Grower
{
	const double *xlogx;
	FitColumn  *target;
	int			nparents;
	FitColumn **parents;
	int			leaf_rows;
	FitTree    *tree;
	int			nodes_allocated;
	int			entries_allocated;
	int		   *rows;			/* of the tree, node by node */
	int		   *spare;			/* as many */

	/* the node at hand */
	int		   *node_rows;
	int			nrows;
	uint8	   *groups;			/* [nrows] the target's group of each row */
	int			ngroups;
	int			totals[FIT_MAX_BINS];	/* rows of each group */
	double		certain;		/* what a node without any split has */
	uint8	   *sorted;			/* [nrows] groups by the parent's bins */
	int		   *pairs;			/* [parent's bin][group] */

	/* the sweep at hand */
	int			counts[FIT_MAX_BINS];	/* rows of each of the parent's bins */
	int			starts[FIT_MAX_BINS];	/* into sorted */
	bool		counted;		/* by pairs */
	int			left[FIT_MAX_BINS];
	double		left_sum;		/* of xlogx */
	double		right_sum;
	Split		best;
} Grower;

/* ---- the target in groups ---- */

/* Joins bins that go by size until each group has its share of the rows. */
static int
join_bins(const Grower *grower, const int *bins, uint8 *groups)
{
	const FitAxis *axis = &grower->target->axis;
	int			most = Min(MOST_GROUPS, Max(FEWEST_GROUPS, grower->nrows / GROUP_ROWS));
	int			first = axis->has_null ? 1 : 0;
	double		per = (double) (grower->nrows - (first ? bins[0] : 0)) / most;
	double		filled = 0;
	int			group = first;

	groups[0] = 0;
	for (int bin = first; bin < axis->nbins; bin++)
	{
		/* A bin that fills a group begins one. */
		if (filled > 0 && (filled >= per || bins[bin] >= per))
		{
			group++;
			filled = 0;
		}
		groups[bin] = group;
		filled += bins[bin];
	}
	return group + 1;
}

static void
group_target(Grower *grower)
{
	const FitColumn *target = grower->target;
	int			bins[FIT_MAX_BINS] = {0};
	uint8		groups[FIT_MAX_BINS];

	for (int i = 0; i < grower->nrows; i++)
		bins[target->bins[grower->node_rows[i]]]++;
	if (target->ordered)
		grower->ngroups = join_bins(grower, bins, groups);
	else
	{
		grower->ngroups = target->axis.nbins;
		for (int bin = 0; bin < target->axis.nbins; bin++)
			groups[bin] = bin;
	}
	memset(grower->totals, 0, sizeof(grower->totals));
	for (int i = 0; i < grower->nrows; i++)
		grower->totals[grower->groups[i] = groups[target->bins[grower->node_rows[i]]]]++;
	grower->certain = 0;
	for (int group = 0; group < grower->ngroups; group++)
		grower->certain += grower->xlogx[grower->totals[group]];
}

/* ---- sweeping over a parent's bins ---- */

static void
sweep_prepare(Grower *grower, const FitColumn *parent)
{
	int			nbins = parent->axis.nbins;
	int			ngroups = grower->ngroups;
	int			places[FIT_MAX_BINS];
	int			place = 0;

	grower->counted = nbins * ngroups <= 2 * grower->nrows;
	memset(grower->counts, 0, sizeof(int) * nbins);
	if (grower->counted)
	{
		memset(grower->pairs, 0, sizeof(int) * nbins * ngroups);
		for (int i = 0; i < grower->nrows; i++)
			grower->pairs[parent->bins[grower->node_rows[i]] * ngroups + grower->groups[i]]++;
		for (int bin = 0; bin < nbins; bin++)
			for (int group = 0; group < ngroups; group++)
				grower->counts[bin] += grower->pairs[bin * ngroups + group];
		return;
	}
	for (int i = 0; i < grower->nrows; i++)
		grower->counts[parent->bins[grower->node_rows[i]]]++;
	for (int bin = 0; bin < nbins; bin++)
	{
		places[bin] = grower->starts[bin] = place;
		place += grower->counts[bin];
	}
	for (int i = 0; i < grower->nrows; i++)
		grower->sorted[places[parent->bins[grower->node_rows[i]]]++] = grower->groups[i];
}

static inline void
move_left(Grower *grower, int group, int count)
{
	const double *xlogx = grower->xlogx;
	int			left = grower->left[group];
	int			right = grower->totals[group] - left;

	grower->left_sum += xlogx[left + count] - xlogx[left];
	grower->right_sum += xlogx[right - count] - xlogx[right];
	grower->left[group] = left + count;
}

static void
move_bin(Grower *grower, int bin)
{
	if (grower->counted)
	{
		const int  *pairs = grower->pairs + bin * grower->ngroups;

		for (int group = 0; group < grower->ngroups; group++)
			if (pairs[group] > 0)
				move_left(grower, group, pairs[group]);
		return;
	}
	for (int i = 0; i < grower->counts[bin]; i++)
		move_left(grower, grower->sorted[grower->starts[bin] + i], 1);
}

/* Tries to split behind each of the parent's bins, which are given in order. */
static void
sweep(Grower *grower, int parent, const uint8 *order, int norder)
{
	const double *xlogx = grower->xlogx;
	double		whole = grower->certain - xlogx[grower->nrows];
	int			nleft = 0;
	int			best = -1;

	memset(grower->left, 0, sizeof(int) * grower->ngroups);
	grower->left_sum = 0;
	grower->right_sum = grower->certain;
	for (int i = 0; i < norder - 1; i++)
	{
		int			nright;
		double		gain;

		move_bin(grower, order[i]);
		nleft += grower->counts[order[i]];
		nright = grower->nrows - nleft;
		if (nleft < grower->leaf_rows)
			continue;
		if (nright < grower->leaf_rows)
			break;
		gain = grower->left_sum - xlogx[nleft] + grower->right_sum - xlogx[nright] - whole;
		if (gain > grower->best.gain)
		{
			grower->best.gain = gain;
			grower->best.parent = parent;
			best = i;
		}
	}
	if (best < 0)
		return;
	memset(grower->best.left, 0, sizeof(grower->best.left));
	for (int i = 0; i <= best; i++)
		grower->best.left[order[i] / 64] |= UINT64CONST(1) << (order[i] % 64);
}

/* ---- orders of a parent's bins ---- */

/* The sum of what the rows of a bin are scored. */
static double
bin_score(const Grower *grower, int bin, const double *scores)
{
	double		sum = 0;

	if (grower->counted)
		for (int group = 0; group < grower->ngroups; group++)
			sum += grower->pairs[bin * grower->ngroups + group] * scores[group];
	else
		for (int i = 0; i < grower->counts[bin]; i++)
			sum += scores[grower->sorted[grower->starts[bin] + i]];
	return sum / grower->counts[bin];
}

/*
 * Scores of the target's groups: their number where they go by size, else
 * whether it is the most frequent one.
 */
static void
score_groups(const Grower *grower, double *scores)
{
	int			top = 0;

	for (int group = 1; group < grower->ngroups; group++)
		if (grower->totals[group] > grower->totals[top])
			top = group;
	for (int group = 0; group < grower->ngroups; group++)
		scores[group] = grower->target->ordered ? group : group == top;
}

/* Categories by their mean score; Breiman et al., 1984, section 4.2.2. */
static int
order_categories(const Grower *grower, int nbins, uint8 *order)
{
	double		scores[FIT_MAX_BINS];
	double		means[FIT_MAX_BINS];
	int			n = 0;

	score_groups(grower, scores);
	for (int bin = 0; bin < nbins; bin++)
	{
		int			place = n;

		if (grower->counts[bin] == 0)
			continue;
		means[bin] = bin_score(grower, bin, scores);
		while (place > 0 && means[order[place - 1]] > means[bin])
		{
			order[place] = order[place - 1];
			place--;
		}
		order[place] = bin;
		n++;
	}
	return n;
}

static void
try_parent(Grower *grower, int parent)
{
	const FitColumn *column = grower->parents[parent];
	const FitAxis *axis = &column->axis;
	uint8		order[FIT_MAX_BINS];
	int			n = 0;

	if (axis->nbins < 2)
		return;
	sweep_prepare(grower, column);
	if (!column->ordered)
	{
		n = order_categories(grower, axis->nbins, order);
		sweep(grower, parent, order, n);
		return;
	}
	for (int bin = 0; bin < axis->nbins; bin++)
		order[n++] = bin;
	sweep(grower, parent, order, n);
	/* NULL on the other side, too */
	if (axis->has_null && grower->counts[0] > 0)
	{
		memmove(order, order + 1, n - 1);
		order[n - 1] = 0;
		sweep(grower, parent, order, n);
	}
}

/* ---- nodes ---- */

static int
new_node(Grower *grower)
{
	FitTree    *tree = grower->tree;

	if (tree->nnodes == grower->nodes_allocated)
	{
		grower->nodes_allocated *= 2;
		tree->nodes = repalloc(tree->nodes, sizeof(FitNode) * grower->nodes_allocated);
	}
	memset(&tree->nodes[tree->nnodes], 0, sizeof(FitNode));
	tree->nodes[tree->nnodes].axis = -1;
	return tree->nnodes++;
}

static void
make_leaf(Grower *grower, int node, int from, int nrows)
{
	const FitColumn *target = grower->target;
	FitTree    *tree = grower->tree;
	FitNode    *leaf = &tree->nodes[node];
	int			counts[FIT_MAX_BINS] = {0};

	for (int i = 0; i < nrows; i++)
		counts[target->bins[grower->rows[from + i]]]++;
	leaf->first = tree->nentries;
	for (int bin = 0; bin < target->axis.nbins; bin++)
	{
		FitEntry   *entry;

		if (counts[bin] == 0)
			continue;
		if (tree->nentries == grower->entries_allocated)
		{
			grower->entries_allocated *= 2;
			tree->entries = repalloc_huge(tree->entries, sizeof(FitEntry) *
										  grower->entries_allocated);
		}
		entry = &tree->entries[tree->nentries++];
		entry->bin = bin;
		entry->weight = counts[bin] * (target->boost == NULL ? 1 : target->boost[bin]);
	}
	leaf->nentries = tree->nentries - leaf->first;
}

static bool
goes_left(const uint64 *left, int bin)
{
	return (left[bin / 64] >> (bin % 64)) & 1;
}

/* Puts the rows that go left first; returns how many they are. */
static int
divide_rows(Grower *grower, int from, int nrows, const Split *split)
{
	const uint8 *bins = grower->parents[split->parent]->bins;
	int		   *rows = grower->rows + from;
	int			nleft = 0;
	int			nright = 0;

	for (int i = 0; i < nrows; i++)
	{
		if (goes_left(split->left, bins[rows[i]]))
			rows[nleft++] = rows[i];
		else
			grower->spare[nright++] = rows[i];
	}
	memcpy(rows + nleft, grower->spare, sizeof(int) * nright);
	return nleft;
}

/* What a split of the node has to gain. */
static double
least_gain(const Grower *grower)
{
	int			present = 0;

	for (int group = 0; group < grower->ngroups; group++)
		present += grower->totals[group] > 0;
	return LEAST_GAIN + GROUP_GAIN * (present - 1);
}

static bool
find_split(Grower *grower, int from, int nrows)
{
	grower->best.parent = -1;
	if (nrows < 2 * grower->leaf_rows)
		return false;
	grower->node_rows = grower->rows + from;
	grower->nrows = nrows;
	group_target(grower);
	grower->best.gain = least_gain(grower);
	if (grower->xlogx[nrows] - grower->certain < grower->best.gain)
		return false;
	for (int parent = 0; parent < grower->nparents; parent++)
	{
		CHECK_FOR_INTERRUPTS();
		try_parent(grower, parent);
	}
	return grower->best.parent >= 0;
}

static void
grow_node(Grower *grower, int node, int from, int nrows, int depth)
{
	FitNode    *it;
	Split		split;
	int			nleft;
	int			child;

	if (depth == FIT_DEPTH ||
		grower->tree->nnodes + 2 * (FIT_DEPTH - depth) > FIT_MAX_NODES ||
		!find_split(grower, from, nrows))
	{
		make_leaf(grower, node, from, nrows);
		return;
	}
	split = grower->best;
	nleft = divide_rows(grower, from, nrows, &split);
	it = &grower->tree->nodes[node];
	it->axis = grower->parents[split.parent]->index;
	memcpy(it->left, split.left, sizeof(it->left));
	child = new_node(grower);
	grower->tree->nodes[node].children[0] = child;
	grow_node(grower, child, from, nleft, depth + 1);
	child = new_node(grower);
	grower->tree->nodes[node].children[1] = child;
	grow_node(grower, child, from + nleft, nrows - nleft, depth + 1);
}

/* ---- trees ---- */

static void *
alloc_many(size_t size, int count)
{
	return palloc_extended(size * Max(count, 1), MCXT_ALLOC_HUGE);
}

void
fit_grow(const FitWork *work, FitColumn *target, int nparents, FitColumn **parents,
		 const int *rows, int nrows, int leaf_rows, FitTree *tree)
{
	Grower	   *grower = palloc0(sizeof(Grower));
	int			n = 0;

	grower->xlogx = work->xlogx;
	grower->target = target;
	grower->nparents = nparents;
	grower->parents = parents;
	grower->leaf_rows = leaf_rows;
	grower->tree = tree;
	grower->nodes_allocated = 64;
	grower->entries_allocated = 256;
	grower->rows = alloc_many(sizeof(int), nrows);
	grower->spare = alloc_many(sizeof(int), nrows);
	grower->groups = alloc_many(1, nrows);
	grower->sorted = alloc_many(1, nrows);
	grower->pairs = palloc(sizeof(int) * FIT_MAX_BINS * FIT_MAX_BINS);
	for (int i = 0; i < nrows; i++)
		if (target->missing == NULL || !target->missing[rows[i]])
			grower->rows[n++] = rows[i];
	memset(tree, 0, sizeof(FitTree));
	tree->nodes = palloc(sizeof(FitNode) * grower->nodes_allocated);
	tree->entries = palloc(sizeof(FitEntry) * grower->entries_allocated);
	grow_node(grower, new_node(grower), 0, n, 0);
	pfree(grower->rows);
	pfree(grower->spare);
	pfree(grower->groups);
	pfree(grower->sorted);
	pfree(grower->pairs);
	pfree(grower);
}

/* ---- how good a tree is ---- */

static const FitNode *
find_leaf(const FitWork *work, const FitTree *tree, int row)
{
	const FitNode *node = tree->nodes;

	while (node->axis >= 0)
	{
		int			bin = work->columns[node->axis]->bins[row];

		node = &tree->nodes[node->children[goes_left(node->left, bin) ? 0 : 1]];
	}
	return node;
}

double
fit_likelihood(const FitWork *work, const FitColumn *target, const FitTree *tree,
			   const int *rows, int nrows)
{
	double		sum = 0;

	for (int i = 0; i < nrows; i++)
	{
		const FitNode *leaf = find_leaf(work, tree, rows[i]);
		int			bin = target->bins[rows[i]];
		double		total = 0;
		double		weight = 0;

		if (target->missing != NULL && target->missing[rows[i]])
			continue;
		for (int k = 0; k < leaf->nentries; k++)
		{
			const FitEntry *entry = &tree->entries[leaf->first + k];

			total += entry->weight;
			if (entry->bin == bin)
				weight = entry->weight;
		}
		sum += log((weight + SMOOTHING * target->axis.marginal[bin]) / (total + SMOOTHING));
	}
	CHECK_FOR_INTERRUPTS();
	return sum;
}

/* ---- parents ---- */

int
fit_most_parents(const FitWork *work)
{
	double		all = (double) work->nrows * work->ncolumns;

	if (work->ncolumns <= ALL_PARENTS)
		return ALL_PARENTS;
	return Max(FEWEST_PARENTS, Min(MOST_PARENTS, (int) (GROW_WORK / all)));
}

int
fit_parents(const FitWork *work, const FitInformation *information, const int *order,
			int position, int most, FitColumn **parents)
{
	int			target = order[position];
	int			n = 0;

	for (int i = 0; i < position; i++)
	{
		float		tells = fit_information_of(information, target, order[i]);
		int			place = n;

		/* What tells more goes first, and the least falls off. */
		while (place > 0 &&
			   fit_information_of(information, target, parents[place - 1]->index) < tells)
			place--;
		if (place == most)
			continue;
		if (n < most)
			n++;
		memmove(parents + place + 1, parents + place,
				sizeof(FitColumn *) * (n - 1 - place));
		parents[place] = work->columns[order[i]];
	}
	return n;
}
