/*-------------------------------------------------------------------------
 *
 * compile_tree.c
 *		The trees of axes as the engine walks them, and the leaves they lead to.
 *
 * Nodes in a row that ask for the same axis become one table by its bins,
 * unless that takes far more memory than they do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "local/compile.h"
#include "miscadmin.h"

/* ---- leaves ---- */

#define FALLBACK	1			/* where its entries begin */

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
	for (int i = 0; i < n * PLAN_GUIDES; i++)
	{
		while ((uint64) entries[first].end * n * PLAN_GUIDES <= (uint64) i * PLAN_ENTRY_END)
			first++;
		entries[i / PLAN_GUIDES].guide[i % PLAN_GUIDES] = first;
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
		leaf->first = FALLBACK;
		leaf->nentries = nfallback;
	}
	return nulls + rest * work->rest_factor;
}

/* ---- nodes ---- */

/* How many times as much memory as its nodes a table may take */
#define TABLE_COST	2

typedef struct TreeWork
{
	const FitTree *tree;
	const AxisWork *axes;
	int		   *region;			/* [node]: how many nodes ask for its axis, down from it
								 * and without another's in between; 0: no table */
	int		   *order;			/* those that are steps of their own, level by level */
	int			norder;
	uint32	   *steps;			/* [node], for these */
	uint32		nnodes;
	uint32		nleaves;
	uint32		ntables;		/* words */
} TreeWork;

/* A node that two others lead to is in no table, nor is any other of its tree. */
static void
find_regions(TreeWork *work)
{
	const FitTree *tree = work->tree;
	bool	   *reached = palloc0(sizeof(bool) * tree->nnodes);

	for (int i = tree->nnodes - 1; i >= 0; i--)
	{
		const FitNode *node = &tree->nodes[i];

		work->region[i] = node->axis >= 0;
		for (int child = 0; node->axis >= 0 && child < 2; child++)
		{
			int			to = node->children[child];

			if (reached[to])
			{
				memset(work->region, 0, sizeof(int) * tree->nnodes);
				pfree(reached);
				return;
			}
			reached[to] = true;
			if (tree->nodes[to].axis == node->axis)
				work->region[i] += work->region[to];
		}
	}
	pfree(reached);
}

static bool
is_table(const TreeWork *work, int node)
{
	int			axis = work->tree->nodes[node].axis;

	return axis >= 0 && sizeof(uint32) * (1 + work->axes[axis].nbins) <=
		work->region[node] * sizeof(PlanNode) * TABLE_COST;
}

static int
child_of(const FitNode *node, int bin)
{
	return node->children[node->left[bin / 64] >> (bin % 64) & 1 ? 0 : 1];
}

/* Where a bin leads from a node by all that asks for the same axis. */
static int
way_out(const TreeWork *work, int node, int bin)
{
	const FitNode *nodes = work->tree->nodes;
	int			axis = nodes[node].axis;

	while (nodes[node].axis == axis)
		node = child_of(&nodes[node], bin);
	return node;
}

static void
add_step(TreeWork *work, int node)
{
	const FitNode *added = &work->tree->nodes[node];
	uint32		number;

	if (work->steps[node] != PG_UINT32_MAX)
		return;
	if (added->axis < 0)
		number = work->nleaves++;
	else if (is_table(work, node))
	{
		number = work->ntables;
		work->ntables += 1 + work->axes[added->axis].nbins;
	}
	else
		number = work->nnodes++;
	work->steps[node] = number << PLAN_ROW_BITS |
		(added->axis < 0 ? PLAN_LEAF : is_table(work, node) ? PLAN_TABLE : 0);
	work->order[work->norder++] = node;
}

/*
 * Numbers those nodes that can be reached, level by level, so that those that all
 * rows pass lie together.
 */
static void
number_steps(TreeWork *work)
{
	const FitTree *tree = work->tree;

	find_regions(work);
	memset(work->steps, 0xFF, sizeof(uint32) * tree->nnodes);
	add_step(work, 0);
	for (int i = 0; i < work->norder; i++)
	{
		int			at = work->order[i];
		const FitNode *node = &tree->nodes[at];

		CHECK_FOR_INTERRUPTS();
		if (is_table(work, at))
			for (int bin = 0; bin < work->axes[node->axis].nbins; bin++)
				add_step(work, way_out(work, at, bin));
		else
			for (int child = 0; node->axis >= 0 && child < 2; child++)
				add_step(work, node->children[child]);
	}
}

static void
put_steps(Compiler *c, const TreeWork *work, PlanAxis *out)
{
	PlanNode   *nodes = palloc0(sizeof(PlanNode) * Max(work->nnodes, 1));
	uint32	   *tables = palloc0(sizeof(uint32) * Max(work->ntables, 1));

	for (int i = 0; i < work->norder; i++)
	{
		int			at = work->order[i];
		const FitNode *node = &work->tree->nodes[at];
		uint32		number = (work->steps[at] & ~(PLAN_LEAF | PLAN_TABLE)) >> PLAN_ROW_BITS;

		if (node->axis < 0)
			continue;
		if (is_table(work, at))
		{
			tables[number] = node->axis * ROW_BLOCK;
			for (int bin = 0; bin < work->axes[node->axis].nbins; bin++)
				tables[number + 1 + bin] = work->steps[way_out(work, at, bin)];
			continue;
		}
		nodes[number].bins = node->axis * ROW_BLOCK;
		memcpy(nodes[number].left, node->left, sizeof(node->left));
		nodes[number].children[1] = work->steps[node->children[0]];
		nodes[number].children[0] = work->steps[node->children[1]];
	}
	out->root = work->norder > 0 ? work->steps[0] : PLAN_LEAF;
	out->nodes = builder_add(&c->builder, nodes, sizeof(PlanNode) * Max(work->nnodes, 1));
	out->tables = builder_add(&c->builder, tables, sizeof(uint32) * Max(work->ntables, 1));
	pfree(nodes);
	pfree(tables);
}

/* The leaves in order of their numbers, and how much conditions leave of them. */
static void
put_leaves(Compiler *c, const AxisWork *work, const TreeWork *steps, PlanAxis *out)
{
	const FitTree *tree = steps->tree;
	Size		nentries = FALLBACK + FIT_MAX_BINS;
	uint32		nleaves = 0;
	PlanEntry  *entries;
	PlanLeaf   *leaves = palloc0(sizeof(PlanLeaf) * Max(steps->nleaves, 1));
	double	   *shares = palloc0(sizeof(double) * Max(steps->nleaves, 1));
	double		most = 0;
	int			used;
	int			nfallback;

	for (int i = 0; i < steps->norder; i++)
		if (tree->nodes[steps->order[i]].axis < 0)
			nentries += tree->nodes[steps->order[i]].nentries + 1;
	entries = palloc0(sizeof(PlanEntry) * nentries);
	entries[0].end = PLAN_ENTRY_END;
	nfallback = put_fallback(work, entries + FALLBACK);
	used = FALLBACK + nfallback;
	leaves[0].first = FALLBACK;
	leaves[0].nentries = nfallback;
	for (int i = 0; i < steps->norder; i++)
	{
		const FitNode *node = &tree->nodes[steps->order[i]];

		CHECK_FOR_INTERRUPTS();
		if (node->axis >= 0)
			continue;
		shares[nleaves] = put_leaf(work, tree->entries + node->first, node->nentries,
								   &leaves[nleaves], entries, &used, nfallback);
		most = Max(most, shares[nleaves]);
		nleaves++;
	}
	out->leaves = builder_add(&c->builder, leaves, sizeof(PlanLeaf) * Max(nleaves, 1));
	out->entries = builder_add(&c->builder, entries, sizeof(PlanEntry) * used);
	if (work->restricted && tree->nnodes > 1)
	{
		c->most_share *= most;
		out->shares = builder_add(&c->builder, shares, sizeof(double) * Max(nleaves, 1));
	}
	pfree(leaves);
	pfree(entries);
	pfree(shares);
}

void
compile_tree(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	const FitTree *tree = &work->axis->tree;
	TreeWork	steps = {.tree = tree, .axes = c->axes};

	if (tree->nnodes > 0)
	{
		steps.region = palloc(sizeof(int) * tree->nnodes);
		steps.order = palloc(sizeof(int) * tree->nnodes);
		steps.steps = palloc(sizeof(uint32) * tree->nnodes);
		number_steps(&steps);
	}
	put_steps(c, &steps, out);
	put_leaves(c, work, &steps, out);
	if (tree->nnodes > 0)
	{
		pfree(steps.region);
		pfree(steps.order);
		pfree(steps.steps);
	}
}
