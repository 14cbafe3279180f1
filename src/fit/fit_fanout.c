/*-------------------------------------------------------------------------
 *
 * fit_fanout.c
 *		How often the keys of parent tables are referred to.
 *
 * Keys that are referred to clearly more often than the others are listed with
 * their shares.  Of the others, those without any child included, the
 * quantiles of the number of children are kept.
 *
 * Counts that were seen have chance in them, and rows that are drawn by them
 * have it again.  So what is kept are rates: the distribution of the rates is
 * the one under which the counts are likeliest, if each count is Poisson's by
 * its key's rate (Laird, Nonparametric maximum likelihood estimation of a mixing
 * distribution, JASA 73, 1978; by EM, over a grid).  A sample that is a part
 * of the relation thins counts, and Poisson's stay Poisson's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "fit/fit_work.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "util/relation.h"
#include "util/rng.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define MOST_KEYS		1000
#define LEAST_CHILDREN	10		/* of a key that is listed */
#define CLEARLY			4.0		/* standard deviations above the mean */
#define FANOUT_KNOTS	65
#define MOST_UNSURE		2500	/* children; of more, chance is a matter of 2 % */
#define RATE_STEP		0.25	/* between square roots of the grid's rates: half
								 * of what chance makes of one */
#define EM_ROUNDS		300
#define COUNT_BLOCKS	2048	/* parents of up to 16 MB are counted */

/* ---- how many parents there are ---- */

static double
count_rows(Relation rel)
{
	StringInfoData sql;
	bool		isnull;
	double		rows = 0;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT pg_catalog.count(*) FROM %s%s",
					 rel->rd_rel->relkind == RELKIND_RELATION ? "ONLY " : "",
					 relation_sql_name(RelationGetRelid(rel)));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql.data, true, 1) == SPI_OK_SELECT && SPI_processed == 1)
		rows = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
										   1, &isnull));
	SPI_finish();
	return rows;
}

static double
estimate_rows(Relation rel)
{
	BlockNumber pages;
	double		rows = 0;
	double		all_visible;

	if (RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind))
		estimate_rel_size(rel, NULL, &pages, &rows, &all_visible);
	else
		rows = Max(rel->rd_rel->reltuples, 0);
	return rows;
}

static double
relation_rows(Oid relid)
{
	Relation	rel = try_table_open(relid, AccessShareLock);
	double		rows;

	if (rel == NULL)
		return 0;
	if (RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind) &&
		RelationGetNumberOfBlocks(rel) <= COUNT_BLOCKS &&
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		rows = count_rows(rel);
	else
		rows = estimate_rows(rel);
	table_close(rel, AccessShareLock);
	return rows;
}

static double
parent_rows(Oid relid)
{
	double		rows = 0;
	ListCell   *cell;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		return relation_rows(relid);
	foreach(cell, find_all_inheritors(relid, AccessShareLock, NULL))
		rows += relation_rows(lfirst_oid(cell));
	return rows;
}

/* ---- keys ---- */

typedef struct Key
{
	uint64		hash;			/* of the numbers of its columns' values */
	int			row;			/* that shows it */
	int			children;
	char		status;
} Key;

#define SH_PREFIX keys
#define SH_ELEMENT_TYPE Key
#define SH_KEY_TYPE uint64
#define SH_KEY hash
#define SH_HASH_KEY(table, key) ((uint32) rng_mix(key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* More children first; the order of the sample among equals. */
static int
compare_keys(const void *a, const void *b)
{
	const Key  *x = a;
	const Key  *y = b;

	if (x->children != y->children)
		return x->children > y->children ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static bool
reference_is_sampled(const FitWork *work, const Reference *reference)
{
	for (int k = 0; k < reference->ncolumns; k++)
	{
		int			column = work->sample_columns[reference->fields[k]];

		if (work->schema->fields[reference->fields[k]]->origin != FIELD_MADE ||
			column < 0 || work->sample->values[column] == NULL)
			return false;
	}
	return reference->ncolumns > 0;
}

/* The keys of all rows with their children, most first. */
static Key *
gather_keys(const FitWork *work, const Reference *reference, int *nkeys)
{
	int		   *numbers = palloc_extended(sizeof(int) * work->nrows, MCXT_ALLOC_HUGE);
	int		   *first_rows = palloc_extended(sizeof(int) * work->nrows, MCXT_ALLOC_HUGE);
	uint64	   *hashes = palloc_extended(sizeof(uint64) * work->nrows,
										 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	bool	   *none = palloc0(work->nrows);
	keys_hash  *table = keys_create(CurrentMemoryContext, 256, NULL);
	keys_iterator iterator;
	Key		   *keys;
	Key		   *key;

	for (int k = 0; k < reference->ncolumns; k++)
	{
		fit_number_values(work, reference->fields[k], numbers, first_rows);
		for (int row = 0; row < work->nrows; row++)
		{
			none[row] |= numbers[row] < 0;
			hashes[row] = hash_combine64(hashes[row], (uint64) numbers[row] + 1);
		}
	}
	for (int row = 0; row < work->nrows; row++)
	{
		bool		found;

		if (none[row])
			continue;
		key = keys_insert(table, hashes[row], &found);
		if (!found)
		{
			key->row = row;
			key->children = 0;
		}
		key->children++;
	}
	*nkeys = table->members;
	keys = palloc(sizeof(Key) * Max(*nkeys, 1));
	*nkeys = 0;
	keys_start_iterate(table, &iterator);
	while ((key = keys_iterate(table, &iterator)) != NULL)
		keys[(*nkeys)++] = *key;
	qsort(keys, *nkeys, sizeof(Key), compare_keys);
	keys_destroy(table);
	pfree(numbers);
	pfree(first_rows);
	pfree(hashes);
	pfree(none);
	CHECK_FOR_INTERRUPTS();
	return keys;
}

/* ---- what is kept ---- */

/* How many of the first keys have clearly more children than the mean. */
static int
count_heavy(const Key *keys, int nkeys, double mean)
{
	int			n = 0;
	double		least = Max(mean + CLEARLY * sqrt(mean), 2 * mean);

	least = Max(least, LEAST_CHILDREN);
	while (n < Min(nkeys, MOST_KEYS) && keys[n].children >= least)
		n++;
	return n;
}

/* Which rates there are, by the counts of children that were seen. */
typedef struct Rates
{
	int			ncounts;
	int		   *counts;			/* distinct ones, ascending, at most MOST_UNSURE */
	double	   *parents;		/* [ncounts] that have so many */
	int			nrates;
	double	   *rates;			/* [nrates] the grid, from 0 */
	double	   *shares;			/* [nrates] of parents, 1 together */
	double	   *chances;		/* [count * nrates + rate] of the count */
} Rates;

/* Keys come most children first. */
static void
rates_count(Rates *rates, const Key *keys, int nkeys, double nparents)
{
	rates->counts = palloc(sizeof(int) * (MOST_UNSURE + 1));
	rates->parents = palloc0(sizeof(double) * (MOST_UNSURE + 1));
	rates->counts[0] = 0;
	rates->parents[0] = nparents - nkeys;
	rates->ncounts = 1;
	for (int i = nkeys - 1; i >= 0 && keys[i].children <= MOST_UNSURE; i--)
	{
		if (keys[i].children != rates->counts[rates->ncounts - 1])
			rates->counts[rates->ncounts++] = keys[i].children;
		rates->parents[rates->ncounts - 1]++;
	}
}

static void
rates_lay_grid(Rates *rates)
{
	rates->nrates = 2 + (int) (sqrt(rates->counts[rates->ncounts - 1]) / RATE_STEP);
	rates->rates = palloc(sizeof(double) * rates->nrates);
	rates->shares = palloc(sizeof(double) * rates->nrates);
	rates->chances = palloc_extended(sizeof(double) * rates->nrates * rates->ncounts,
									 MCXT_ALLOC_HUGE);
	for (int r = 0; r < rates->nrates; r++)
	{
		rates->rates[r] = r * RATE_STEP * r * RATE_STEP;
		rates->shares[r] = 1.0 / rates->nrates;
	}
	for (int i = 0; i < rates->ncounts; i++)
	{
		int			count = rates->counts[i];
		double	   *chances = rates->chances + (size_t) i * rates->nrates;

		chances[0] = count == 0;
		for (int r = 1; r < rates->nrates; r++)
			chances[r] = exp(count * log(rates->rates[r]) - rates->rates[r] - lgamma(count + 1.0));
	}
}

/* How likely a count is. */
static double
chance_of_count(const Rates *rates, int i)
{
	const double *chances = rates->chances + (size_t) i * rates->nrates;
	double		sum = 0;

	for (int r = 0; r < rates->nrates; r++)
		sum += rates->shares[r] * chances[r];
	return sum;
}

static void
rates_improve(Rates *rates, double *next)
{
	double		total = 0;

	memset(next, 0, sizeof(double) * rates->nrates);
	for (int i = 0; i < rates->ncounts; i++)
	{
		const double *chances = rates->chances + (size_t) i * rates->nrates;
		double		sum = chance_of_count(rates, i);

		if (!(sum > 0) || !(rates->parents[i] > 0))
			continue;
		total += rates->parents[i];
		for (int r = 0; r < rates->nrates; r++)
			next[r] += rates->parents[i] * rates->shares[r] * chances[r] / sum;
	}
	for (int r = 0; r < rates->nrates && total > 0; r++)
		rates->shares[r] = next[r] / total;
}

static void
rates_learn(Rates *rates, const Key *keys, int nkeys, double nparents)
{
	double	   *next;

	rates_count(rates, keys, nkeys, nparents);
	rates_lay_grid(rates);
	next = palloc(sizeof(double) * rates->nrates);
	for (int round = 0; round < EM_ROUNDS; round++)
	{
		CHECK_FOR_INTERRUPTS();
		rates_improve(rates, next);
	}
	pfree(next);
}

/* The rate to be expected of a key with so many children. */
static double
expected_rate(const Rates *rates, int children)
{
	const double *chances;
	double		rate = 0;
	double		sum = 0;
	int			i = 0;

	if (children > MOST_UNSURE)
		return children;
	while (rates->counts[i] < children)
		i++;
	chances = rates->chances + (size_t) i * rates->nrates;
	for (int r = 0; r < rates->nrates; r++)
	{
		sum += rates->shares[r] * chances[r];
		rate += rates->shares[r] * chances[r] * rates->rates[r];
	}
	return sum > 0 ? rate / sum : children;
}

/* Quantiles of the rates of keys that have fewer than so many children. */
static void
set_knots(FitFanout *fanout, const Rates *rates, int least, double p)
{
	double	   *shares = palloc0(sizeof(double) * rates->nrates);
	double		total = 0;
	double		below = 0;
	int			at = 0;

	for (int i = 0; i < rates->ncounts && rates->counts[i] < least; i++)
	{
		const double *chances = rates->chances + (size_t) i * rates->nrates;

		for (int r = 0; r < rates->nrates; r++)
			shares[r] += rates->shares[r] * chances[r];
	}
	for (int r = 0; r < rates->nrates; r++)
		total += shares[r];
	fanout->nknots = FANOUT_KNOTS;
	fanout->knots = palloc(sizeof(double) * FANOUT_KNOTS);
	for (int i = 0; i < FANOUT_KNOTS; i++)
	{
		/* the middle of the knot's part, so that their mean is the rates' */
		double		place = (i + 0.5) / FANOUT_KNOTS * total;

		while (at < rates->nrates - 1 && below + shares[at] <= place)
			below += shares[at++];
		fanout->knots[i] = rates->rates[at] / p;
	}
	pfree(shares);
}

/* The same of the counts themselves, where they are so high that they are sure. */
static void
set_sure_knots(FitFanout *fanout, const Key *keys, int nkeys, double nparents, double p)
{
	fanout->nknots = FANOUT_KNOTS;
	fanout->knots = palloc(sizeof(double) * FANOUT_KNOTS);
	for (int i = 0; i < FANOUT_KNOTS; i++)
	{
		double		from_top = nparents - 1 - floor((i + 0.5) / FANOUT_KNOTS * nparents);

		fanout->knots[i] = from_top < nkeys ? keys[(int) Max(from_top, 0)].children / p : 0;
	}
}

static void
rates_free(Rates *rates)
{
	pfree(rates->counts);
	pfree(rates->parents);
	pfree(rates->rates);
	pfree(rates->shares);
	pfree(rates->chances);
}

static void
set_keys(const FitWork *work, const Reference *reference, FitFanout *fanout,
		 const Key *keys, const Rates *rates, double total)
{
	fanout->keys = palloc(sizeof(Datum *) * reference->ncolumns);
	fanout->weights = palloc(sizeof(double) * Max(fanout->nkeys, 1));
	for (int k = 0; k < reference->ncolumns; k++)
	{
		int			column = work->sample_columns[reference->fields[k]];
		int16		length;
		bool		byval;

		get_typlenbyval(work->schema->fields[reference->fields[k]]->base_type, &length, &byval);
		fanout->keys[k] = palloc(sizeof(Datum) * Max(fanout->nkeys, 1));
		/* the sample is gone before the Fit is */
		for (int i = 0; i < fanout->nkeys; i++)
			fanout->keys[k][i] = datumCopy(work->sample->values[column][keys[i].row],
										   byval, length);
	}
	for (int i = 0; i < fanout->nkeys; i++)
		fanout->weights[i] = expected_rate(rates, keys[i].children) / total;
}

/* Of the other keys, and all in one group. */
static void
set_quantiles(FitFanout *fanout, const Key *keys, int nkeys, double nparents, double p,
			  const Rates *rates)
{
	fanout->ngroups = 1;
	fanout->rates = palloc(sizeof(double));
	fanout->rates[0] = 1;
	if (nparents - fanout->nkeys < 1)
		fanout->nknots = 0;
	else if (fanout->nkeys < nkeys && keys[fanout->nkeys].children > MOST_UNSURE)
		set_sure_knots(fanout, keys + fanout->nkeys, nkeys - fanout->nkeys,
					   nparents - fanout->nkeys, p);
	else
		set_knots(fanout, rates, fanout->nkeys > 0 ? keys[fanout->nkeys - 1].children :
				  PG_INT32_MAX, p);
}

static bool *
listed_parents(const SampleParent *parent, const Key *keys, int nkeys)
{
	bool	   *listed = palloc0(Max(parent->sample->nrows, 1));

	for (int i = 0; i < nkeys; i++)
		if (parent->rows[keys[i].row] >= 0)
			listed[parent->rows[keys[i].row]] = true;
	return listed;
}

/*
 * What parents say of it hangs on the places of axes, so the context of places
 * is that of the finished Fit.
 */
bool
fit_learn_fanout(const FitWork *work, int index, const int *places, FitFanout *fanout)
{
	const Reference *reference = list_nth(work->schema->references, index);
	const SampleParent *parent = work->sample->parents ? &work->sample->parents[index] : NULL;
	bool		elsewhere = parent != NULL && parent->elsewhere;
	double		p = work->sample->complete ? 1 :
		Min(work->nrows / Max(work->sample->relation_rows, 1), 1);
	double		total = 0;
	double		nparents;
	int			nkeys;
	Rates		rates;
	Key		   *keys;

	if (!reference_is_sampled(work, reference))
		return false;
	keys = gather_keys(work, reference, &nkeys);
	for (int i = 0; i < nkeys; i++)
		total += keys[i].children;
	/* Each key once, as far as is seen: nothing to say. */
	if (nkeys == 0 || keys[0].children < 2)
		return false;
	nparents = Max(parent_rows(parent != NULL && OidIsValid(parent->relid) ? parent->relid :
							   reference->relid), nkeys);
	memset(fanout, 0, sizeof(FitFanout));
	fanout->reference = index;
	/* other parents have other keys */
	fanout->nkeys = elsewhere ? 0 : count_heavy(keys, nkeys, total / nparents);
	rates_learn(&rates, keys, nkeys, nparents);
	set_keys(work, reference, fanout, keys, &rates, total);
	set_quantiles(fanout, keys, nkeys, nparents, p, &rates);
	if (parent != NULL && parent->rows != NULL)
		fit_learn_groups(work, index, places, listed_parents(parent, keys, fanout->nkeys), fanout);
	rates_free(&rates);
	pfree(keys);
	return true;
}
