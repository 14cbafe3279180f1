/*-------------------------------------------------------------------------
 *
 * boost.c
 *		Gradient-boosted trees (see boost.h).
 *
 * A tree grows where a split gains most.  Of two new leaves only the smaller
 * one's histograms are counted; the other's are what is left of the parent's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "report/boost.h"
#include "utils/memutils.h"

#define TREES			100
#define LEAVES			31
#define LEAF_ROWS		20
#define LEAST_HESSIAN	1e-3
#define LEARNING_RATE	0.1
/* Rare categories are not ordered by what few rows say. */
#define CATEGORY_PRIOR	10.0

typedef struct Cell
{
	double		gradient;
	double		hessian;
	int			count;
} Cell;

typedef struct Split
{
	int			feature;		/* -1: a leaf */
	int			left;			/* nodes; the right one follows */
	uint64		goes_left[BOOST_BINS / 64];
	double		value;
} Split;

typedef struct Tree
{
	Split		nodes[2 * LEAVES - 1];
} Tree;

struct BoostModel
{
	double		base;
	int			ntrees;
	Tree		trees[TREES];
};

/* A leaf of the tree that grows, with the best split that it has. */
typedef struct Leaf
{
	int			node;
	int			first;			/* its rows, in Trainer.order */
	int			count;
	Cell		total;
	Cell	   *cells;			/* [feature's offset + bin] */
	double		gain;			/* 0: none */
	int			feature;
	uint64		goes_left[BOOST_BINS / 64];
} Leaf;

typedef struct Trainer
{
	const BoostFeature *features;
	int			nfeatures;
	int		   *offsets;		/* [feature] of its cells */
	int			ncells;
	const int  *rows;
	const double *targets;
	int			nrows;
	BoostLoss	loss;
	double	   *scores;
	double	   *gradients;
	double	   *hessians;
	int		   *order;			/* indexes into rows, leaf by leaf */
	int		   *spare;
	Cell	   *cells[LEAVES];	/* the first nleaves are in use */
	Leaf		leaves[LEAVES];
	int			nleaves;
	Tree	   *tree;
	int			nnodes;
} Trainer;

static inline bool
bit_set(const uint64 *bits, int i)
{
	return (bits[i >> 6] >> (i & 63)) & 1;
}

/* ---- histograms ---- */

static void
count_cells(const Trainer *trainer, Leaf *leaf)
{
	memset(leaf->cells, 0, sizeof(Cell) * trainer->ncells);
	for (int f = 0; f < trainer->nfeatures; f++)
	{
		const uint8 *bins = trainer->features[f].bins;
		Cell	   *cells = leaf->cells + trainer->offsets[f];

		for (int i = leaf->first; i < leaf->first + leaf->count; i++)
		{
			int			sample = trainer->order[i];
			Cell	   *cell = &cells[bins[trainer->rows[sample]]];

			cell->gradient += trainer->gradients[sample];
			cell->hessian += trainer->hessians[sample];
			cell->count++;
		}
	}
}

static void
subtract_cells(const Trainer *trainer, Leaf *from, const Leaf *other)
{
	for (int i = 0; i < trainer->ncells; i++)
	{
		from->cells[i].gradient -= other->cells[i].gradient;
		from->cells[i].hessian -= other->cells[i].hessian;
		from->cells[i].count -= other->cells[i].count;
	}
}

static Cell
sum_rows(const Trainer *trainer, int first, int count)
{
	Cell		total = {0};

	for (int i = first; i < first + count; i++)
	{
		total.gradient += trainer->gradients[trainer->order[i]];
		total.hessian += trainer->hessians[trainer->order[i]];
		total.count++;
	}
	return total;
}

/* ---- splits ---- */

typedef struct RankedBin
{
	double		key;
	int			bin;
} RankedBin;

static int
compare_ranked(const void *a, const void *b)
{
	const RankedBin *x = a;
	const RankedBin *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->bin - y->bin;
}

/* The bins that occur in the order in which they are tried; returns how many. */
static int
rank_bins(const BoostFeature *feature, const Cell *cells, RankedBin *ranked)
{
	int			count = 0;

	for (int bin = 0; bin < feature->nbins; bin++)
		if (cells[bin].count > 0)
		{
			ranked[count].bin = bin;
			ranked[count++].key = cells[bin].gradient / (cells[bin].hessian + CATEGORY_PRIOR);
		}
	if (feature->categorical)
		qsort(ranked, count, sizeof(RankedBin), compare_ranked);
	return count;
}

static inline double
part_gain(double gradient, double hessian)
{
	return gradient * gradient / hessian;
}

static void
try_feature(const Trainer *trainer, Leaf *leaf, int f)
{
	const Cell *cells = leaf->cells + trainer->offsets[f];
	RankedBin	ranked[BOOST_BINS];
	int			count = rank_bins(&trainer->features[f], cells, ranked);
	double		parent = part_gain(leaf->total.gradient, leaf->total.hessian);
	Cell		left = {0};
	int			best = -1;

	for (int i = 0; i < count - 1; i++)
	{
		const Cell *cell = &cells[ranked[i].bin];
		double		right_hessian;
		double		gain;

		left.gradient += cell->gradient;
		left.hessian += cell->hessian;
		left.count += cell->count;
		right_hessian = leaf->total.hessian - left.hessian;
		if (left.count < LEAF_ROWS || left.hessian < LEAST_HESSIAN)
			continue;
		if (leaf->count - left.count < LEAF_ROWS || right_hessian < LEAST_HESSIAN)
			break;
		gain = part_gain(left.gradient, left.hessian) +
			part_gain(leaf->total.gradient - left.gradient, right_hessian) - parent;
		/* More than rounding, that equal halves may gain. */
		if (gain > leaf->gain && gain > 1e-9 * leaf->total.count)
		{
			leaf->gain = gain;
			best = i;
		}
	}
	if (best < 0)
		return;
	leaf->feature = f;
	memset(leaf->goes_left, 0, sizeof(leaf->goes_left));
	for (int i = 0; i <= best; i++)
		leaf->goes_left[ranked[i].bin >> 6] |= UINT64CONST(1) << (ranked[i].bin & 63);
}

static void
find_split(const Trainer *trainer, Leaf *leaf)
{
	leaf->gain = 0;
	if (leaf->count < 2 * LEAF_ROWS)
		return;
	for (int f = 0; f < trainer->nfeatures; f++)
		try_feature(trainer, leaf, f);
}

/* ---- a tree ---- */

/* Moves the rows that go left to the front; returns how many. */
static int
part_rows(const Trainer *trainer, const Leaf *leaf)
{
	const uint8 *bins = trainer->features[leaf->feature].bins;
	int		   *order = trainer->order + leaf->first;
	int			nleft = 0;
	int			nright = 0;

	for (int i = 0; i < leaf->count; i++)
		if (bit_set(leaf->goes_left, bins[trainer->rows[order[i]]]))
			order[nleft++] = order[i];
		else
			trainer->spare[nright++] = order[i];
	memcpy(order + nleft, trainer->spare, sizeof(int) * nright);
	return nleft;
}

static void
split_leaf(Trainer *trainer, Leaf *leaf)
{
	Leaf	   *right = &trainer->leaves[trainer->nleaves];
	Split	   *node = &trainer->tree->nodes[leaf->node];
	int			nleft = part_rows(trainer, leaf);
	bool		left_is_smaller = nleft * 2 <= leaf->count;

	node->feature = leaf->feature;
	node->left = trainer->nnodes;
	memcpy(node->goes_left, leaf->goes_left, sizeof(node->goes_left));

	right->cells = trainer->cells[trainer->nleaves++];
	right->first = leaf->first + nleft;
	right->count = leaf->count - nleft;
	right->node = trainer->nnodes + 1;
	leaf->count = nleft;
	leaf->node = trainer->nnodes;
	trainer->nnodes += 2;
	leaf->total = sum_rows(trainer, leaf->first, leaf->count);
	right->total = sum_rows(trainer, right->first, right->count);

	if (left_is_smaller)
	{
		Cell	   *parent = leaf->cells;

		leaf->cells = right->cells;
		right->cells = parent;
	}
	count_cells(trainer, left_is_smaller ? leaf : right);
	subtract_cells(trainer, left_is_smaller ? right : leaf, left_is_smaller ? leaf : right);
	find_split(trainer, leaf);
	find_split(trainer, right);
}

static Leaf *
best_leaf(Trainer *trainer)
{
	Leaf	   *best = NULL;

	for (int i = 0; i < trainer->nleaves; i++)
		if (trainer->leaves[i].gain > 0 &&
			(best == NULL || trainer->leaves[i].gain > best->gain))
			best = &trainer->leaves[i];
	return best;
}

static void
close_leaves(Trainer *trainer)
{
	for (int i = 0; i < trainer->nleaves; i++)
	{
		const Leaf *leaf = &trainer->leaves[i];
		Split	   *node = &trainer->tree->nodes[leaf->node];

		node->feature = -1;
		node->value = leaf->total.hessian < LEAST_HESSIAN ? 0 :
			-LEARNING_RATE * leaf->total.gradient / leaf->total.hessian;
		for (int j = leaf->first; j < leaf->first + leaf->count; j++)
			trainer->scores[trainer->order[j]] += node->value;
	}
}

static void
grow_tree(Trainer *trainer, Tree *tree)
{
	Leaf	   *leaf = &trainer->leaves[0];

	trainer->tree = tree;
	trainer->nnodes = 1;
	trainer->nleaves = 1;
	for (int i = 0; i < trainer->nrows; i++)
		trainer->order[i] = i;
	leaf->node = 0;
	leaf->first = 0;
	leaf->count = trainer->nrows;
	leaf->cells = trainer->cells[0];
	leaf->total = sum_rows(trainer, 0, trainer->nrows);
	count_cells(trainer, leaf);
	find_split(trainer, leaf);
	while (trainer->nleaves < LEAVES && (leaf = best_leaf(trainer)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		split_leaf(trainer, leaf);
	}
	close_leaves(trainer);
}

/* ---- the model ---- */

static double
base_score(const Trainer *trainer)
{
	double		mean = 0;

	for (int i = 0; i < trainer->nrows; i++)
		mean += trainer->targets[i];
	mean /= trainer->nrows;
	if (trainer->loss == BOOST_SQUARED)
		return mean;
	mean = Max(Min(mean, 1 - 1e-6), 1e-6);
	return log(mean / (1 - mean));
}

static void
find_gradients(Trainer *trainer)
{
	for (int i = 0; i < trainer->nrows; i++)
	{
		double		expected = trainer->scores[i];

		trainer->hessians[i] = 1;
		if (trainer->loss == BOOST_LOGISTIC)
		{
			expected = 1 / (1 + exp(-expected));
			trainer->hessians[i] = expected * (1 - expected);
		}
		trainer->gradients[i] = expected - trainer->targets[i];
	}
}

static void
open_trainer(Trainer *trainer)
{
	int			nrows = trainer->nrows;

	trainer->offsets = palloc(sizeof(int) * Max(trainer->nfeatures, 1));
	for (int f = 0; f < trainer->nfeatures; f++)
	{
		trainer->offsets[f] = trainer->ncells;
		trainer->ncells += trainer->features[f].nbins;
	}
	trainer->scores = palloc(sizeof(double) * nrows);
	trainer->gradients = palloc(sizeof(double) * nrows);
	trainer->hessians = palloc(sizeof(double) * nrows);
	trainer->order = palloc(sizeof(int) * nrows);
	trainer->spare = palloc(sizeof(int) * nrows);
	for (int i = 0; i < LEAVES; i++)
		trainer->cells[i] = palloc(sizeof(Cell) * Max(trainer->ncells, 1));
}

BoostModel *
boost_train(const BoostFeature *features, int nfeatures, const int *rows,
			const double *targets, int nrows, BoostLoss loss)
{
	BoostModel *model = palloc0(sizeof(BoostModel));
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "synthik boost",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	Trainer    *trainer = palloc0(sizeof(Trainer));

	trainer->features = features;
	trainer->nfeatures = nfeatures;
	trainer->rows = rows;
	trainer->targets = targets;
	trainer->nrows = nrows;
	trainer->loss = loss;
	open_trainer(trainer);
	model->base = base_score(trainer);
	for (int i = 0; i < nrows; i++)
		trainer->scores[i] = model->base;
	for (model->ntrees = 0; model->ntrees < TREES; model->ntrees++)
	{
		find_gradients(trainer);
		grow_tree(trainer, &model->trees[model->ntrees]);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return model;
}

double
boost_score(const BoostModel *model, const BoostFeature *features, int row)
{
	double		score = model->base;

	for (int i = 0; i < model->ntrees; i++)
	{
		const Split *nodes = model->trees[i].nodes;
		int			at = 0;

		while (nodes[at].feature >= 0)
			at = nodes[at].left +
				(bit_set(nodes[at].goes_left, features[nodes[at].feature].bins[row]) ? 0 : 1);
		score += nodes[at].value;
	}
	return score;
}

/* ---- judging scores ---- */

typedef struct Judged
{
	double		score;
	bool		label;
} Judged;

static int
compare_judged(const void *a, const void *b)
{
	double		x = ((const Judged *) a)->score;
	double		y = ((const Judged *) b)->score;

	return (x > y) - (x < y);
}

double
boost_auc(const double *scores, const bool *labels, int count)
{
	Judged	   *judged = palloc(sizeof(Judged) * Max(count, 1));
	double		below = 0;		/* rows of label 0 below this one */
	double		pairs = 0;
	double		positive = 0;

	for (int i = 0; i < count; i++)
	{
		judged[i].score = scores[i];
		judged[i].label = labels[i];
	}
	qsort(judged, count, sizeof(Judged), compare_judged);
	for (int i = 0, end; i < count; i = end)
	{
		int			ones = 0;

		for (end = i; end < count && judged[end].score == judged[i].score; end++)
			ones += judged[end].label;
		pairs += ones * (below + (end - i - ones) / 2.0);
		below += end - i - ones;
		positive += ones;
	}
	pfree(judged);
	return positive > 0 && below > 0 ? pairs / (positive * below) : NAN;
}
