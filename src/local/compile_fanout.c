/*-------------------------------------------------------------------------
 *
 * compile_fanout.c
 *		How often keys of a parent are referred to, as it was learned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "local/compile.h"

typedef struct KeyWeight
{
	ValueKey	key;
	double		weight;
} KeyWeight;

/* The quantile at a number in [0, 1). */
static double
quantile_of(const FitFanout *fanout, double u)
{
	double		place = u * (fanout->nknots - 1);
	int			i = (int) place;

	if (fanout->nknots == 0)
		return 1.0;
	if (fanout->nknots == 1)
		return fanout->knots[0];
	return fanout->knots[i] + (place - i) * (fanout->knots[i + 1] - fanout->knots[i]);
}

static HTAB *
index_keys(const Compiler *c, const Reference *reference, const FitFanout *fanout)
{
	HTAB	   *index = value_key_table("synthik weights of keys", sizeof(KeyWeight),
										fanout->nkeys);

	for (int i = 0; i < fanout->nkeys; i++)
	{
		ValueKey	key = reference_key(c->schema, reference, fanout->keys, NULL,
										reference->ncolumns, i);

		((KeyWeight *) hash_search(index, &key, HASH_ENTER, NULL))->weight = fanout->weights[i];
	}
	return index;
}

/* ---- groups ---- */

/* Bins of the axes of contexts of a reference, for the keys of its pool. */
typedef struct Grouper
{
	const Fit  *fit;
	const ReferencePool *pool;
	FitBins   **bins;			/* [axis], or NULL: not of this reference */
	int		   *contexts;		/* [axis] */
	uint8	   *row;			/* [axis] of the key at hand */
} Grouper;

static void
grouper_init(Grouper *grouper, const Compiler *c, int reference)
{
	const Schema *schema = c->schema;
	const Fit  *fit = schema->fit;

	grouper->fit = fit;
	grouper->pool = c->pools[reference];
	grouper->bins = palloc0(sizeof(FitBins *) * Max(fit->naxes, 1));
	grouper->contexts = palloc0(sizeof(int) * Max(fit->naxes, 1));
	grouper->row = palloc0(Max(fit->naxes, 1));
	for (int a = 0; a < fit->naxes; a++)
	{
		int			field = fit->axes[a].field;

		if (field < schema->nfields || schema->fields[field]->reference != reference ||
			schema->fields[field]->origin != FIELD_CONTEXT)
			continue;
		grouper->bins[a] = fit_bins_open(&fit->axes[a], schema->fields[field]->base_type);
		grouper->contexts[a] = reference_context(schema, field);
	}
}

static int
group_of(Grouper *grouper, const FitFanout *fanout, int key)
{
	const ReferencePool *pool = grouper->pool;
	int			level;

	if (fanout->tree.nnodes == 0)
		return 0;
	for (int a = 0; a < grouper->fit->naxes; a++)
		if (grouper->bins[a] != NULL)
			grouper->row[a] = fit_bin_of(grouper->bins[a],
										 pool->values[pool->ncolumns + grouper->contexts[a]][key],
										 pool->nulls[grouper->contexts[a]][key], &level);
	return fit_group_of(&fanout->tree, grouper->row);
}

static const FitFanout *
find_fanout(const Compiler *c, int index)
{
	const Fit  *fit = c->schema->fit;

	for (int f = 0; fit && f < fit->nfanouts; f++)
		if (fit->fanouts[f].reference == index)
			return &fit->fanouts[f];
	return NULL;
}

/* ---- how many rows each key has ---- */

typedef struct PoolKey
{
	uint64		hash;
	int			group;			/* -1: listed */
	int			key;
} PoolKey;

static int
compare_pool_keys(const void *a, const void *b)
{
	const PoolKey *x = a;
	const PoolKey *y = b;

	if (x->group != y->group)
		return x->group - y->group;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->key - y->key;
}

/* n keys of a group take its numbers of children, each as often as was learned. */
static void
deal_counts(const FitFanout *fanout, int group, const PoolKey *keys, int n, uint32 *counts)
{
	int			at = fanout->starts[group];
	int			last = fanout->starts[group + 1] - 1;
	double		below = fanout->shares[at];

	for (int i = 0; i < n; i++)
	{
		double		place = (i + 0.5) / n;

		while (at < last && below <= place)
			below += fanout->shares[++at];
		counts[keys[i].key] = (uint32) rint(Min(fanout->counts[at], 1e6));
	}
}

/* How many rows of each key there are to be, or NULL: that is not known so well. */
uint32 *
learned_counts(const Compiler *c, int index)
{
	const Reference *reference = list_nth(c->schema->references, index);
	const ReferencePool *pool = c->pools[index];
	const FitFanout *fanout = find_fanout(c, index);
	PoolKey    *keys;
	uint32	   *counts;
	Grouper		grouper;
	HTAB	   *known;
	double		total = 0;

	if (fanout == NULL || fanout->starts == NULL || pool->nkeys == 0)
		return NULL;
	grouper_init(&grouper, c, index);
	known = index_keys(c, reference, fanout);
	keys = palloc_extended(sizeof(PoolKey) * pool->nkeys, MCXT_ALLOC_HUGE);
	counts = palloc_extended(sizeof(uint32) * pool->nkeys, MCXT_ALLOC_HUGE);
	for (int i = 0; i < pool->nkeys; i++)
	{
		ValueKey	key = reference_key(c->schema, reference, pool->values, NULL,
										reference->ncolumns, i);
		KeyWeight  *entry = hash_search(known, &key, HASH_FIND, NULL);

		keys[i] = (PoolKey) {rng_mix(key.low ^ c->request->seed),
			entry ? -1 : group_of(&grouper, fanout, i), i};
		counts[i] = entry ? (uint32) rint(Min(entry->weight * fanout->children, 1e6)) : 0;
	}
	qsort(keys, pool->nkeys, sizeof(PoolKey), compare_pool_keys);
	for (int from = 0, to; from < pool->nkeys; from = to)
	{
		for (to = from + 1; to < pool->nkeys && keys[to].group == keys[from].group; to++)
			;
		if (keys[from].group >= 0)
			deal_counts(fanout, keys[from].group, keys + from, to - from, counts);
	}
	for (int i = 0; i < pool->nkeys; i++)
		total += counts[i];
	hash_destroy(known);
	pfree(keys);
	if (total >= 1 && total < PG_INT32_MAX)
		return counts;
	pfree(counts);
	return NULL;
}

/* ---- how often ---- */

/* Weights of the keys of a pool; NULL: nothing was learned. */
double *
learned_popularity(const Compiler *c, int index)
{
	const Reference *reference = list_nth(c->schema->references, index);
	const ReferencePool *pool = c->pools[index];
	const FitFanout *fanout = find_fanout(c, index);
	Grouper		grouper;
	double	   *weights;
	double		rest = 1.0;
	double		sum = 0;
	double		total = 0;
	HTAB	   *known;

	if (fanout == NULL)
		return NULL;
	grouper_init(&grouper, c, index);
	known = index_keys(c, reference, fanout);
	weights = palloc_extended(sizeof(double) * pool->nkeys, MCXT_ALLOC_HUGE);
	for (int i = 0; i < fanout->nkeys; i++)
		rest -= fanout->weights[i];
	/* those that are not listed have negative shares for now */
	for (int i = 0; i < pool->nkeys; i++)
	{
		ValueKey	key = reference_key(c->schema, reference, pool->values, NULL,
										reference->ncolumns, i);
		KeyWeight  *entry = hash_search(known, &key, HASH_FIND, NULL);

		weights[i] = entry ? entry->weight :
			-quantile_of(fanout, rng_unit(rng_mix(key.low))) *
			fanout->rates[group_of(&grouper, fanout, i)];
		sum -= Min(weights[i], 0);
	}
	for (int i = 0; i < pool->nkeys; i++)
	{
		if (weights[i] < 0)
			weights[i] *= -Max(rest, 0) / sum;
		total += weights[i];
	}
	hash_destroy(known);
	if (total > 0)
		return weights;
	pfree(weights);
	return NULL;
}
