/*-------------------------------------------------------------------------
 *
 * fit_fanout.c
 *		How often the keys of parent tables are referred to.
 *
 * Keys that are referred to clearly more often than the others are listed with
 * their shares.  Of the others, those without any child included, the
 * quantiles of the number of children are kept.
 *
 * A sample that is a part of the relation shows fewer children, and more
 * parents without any, than there are.  If each row is in it with chance p,
 * a key of c children shows about p c of them, with a variance that is
 * p (1 - p) c larger than p^2 times that of c.  The quantiles are those seen,
 * drawn together until they have the variance that is left.
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
#include "util/rng.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define MOST_KEYS		1000
#define LEAST_CHILDREN	10		/* of a key that is listed */
#define CLEARLY			4.0		/* standard deviations above the mean */
#define FANOUT_KNOTS	65
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
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
												RelationGetRelationName(rel)));
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
parent_rows(const Reference *reference)
{
	double		rows = 0;
	ListCell   *cell;

	if (get_rel_relkind(reference->relid) != RELKIND_PARTITIONED_TABLE)
		return relation_rows(reference->relid);
	foreach(cell, find_all_inheritors(reference->relid, AccessShareLock, NULL))
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

/* By how much the counts seen have to be drawn together to their mean. */
static double
shrinkage(const Key *keys, int nkeys, double nparents, double mean, double p)
{
	double		squares = (nparents - nkeys) * mean * mean;
	double		variance;

	for (int i = 0; i < nkeys; i++)
		squares += (keys[i].children - mean) * (keys[i].children - mean);
	variance = squares / nparents;
	if (p >= 1 || variance <= 0)
		return 1;
	return sqrt(Max(variance - (1 - p) * mean, 0) / variance);
}

/* Quantiles of the children of the keys that are not listed, the least first. */
static void
set_knots(FitFanout *fanout, const Key *keys, int nkeys, double nparents, double p)
{
	double		children = 0;
	double		mean;
	double		shrunk;

	for (int i = 0; i < nkeys; i++)
		children += keys[i].children;
	mean = children / nparents;
	shrunk = shrinkage(keys, nkeys, nparents, mean, p);
	fanout->nknots = FANOUT_KNOTS;
	fanout->knots = palloc(sizeof(double) * FANOUT_KNOTS);
	for (int i = 0; i < FANOUT_KNOTS; i++)
	{
		double		place = (double) i / (FANOUT_KNOTS - 1) * (nparents - 1);
		double		from_top = nparents - 1 - floor(place + 0.5);
		double		seen = from_top < nkeys ? keys[(int) from_top].children : 0;

		fanout->knots[i] = Max((mean + (seen - mean) * shrunk) / p, 0);
	}
}

static void
set_keys(const FitWork *work, const Reference *reference, FitFanout *fanout,
		 const Key *keys, double total)
{
	fanout->keys = palloc(sizeof(Datum *) * reference->ncolumns);
	fanout->weights = palloc(sizeof(double) * Max(fanout->nkeys, 1));
	for (int k = 0; k < reference->ncolumns; k++)
	{
		int			column = work->sample_columns[reference->fields[k]];

		fanout->keys[k] = palloc(sizeof(Datum) * Max(fanout->nkeys, 1));
		for (int i = 0; i < fanout->nkeys; i++)
			fanout->keys[k][i] = work->sample->values[column][keys[i].row];
	}
	for (int i = 0; i < fanout->nkeys; i++)
		fanout->weights[i] = keys[i].children / total;
}

bool
fit_learn_fanout(const FitWork *work, int index, FitFanout *fanout)
{
	const Reference *reference = list_nth(work->schema->references, index);
	double		p = work->sample->complete ? 1 :
		Min(work->nrows / Max(work->sample->relation_rows, 1), 1);
	double		total = 0;
	double		nparents;
	int			nkeys;
	Key		   *keys;

	if (!reference_is_sampled(work, reference))
		return false;
	keys = gather_keys(work, reference, &nkeys);
	for (int i = 0; i < nkeys; i++)
		total += keys[i].children;
	/* Each key once, as far as is seen: nothing to say. */
	if (nkeys == 0 || keys[0].children < 2)
		return false;
	nparents = Max(parent_rows(reference), nkeys);
	memset(fanout, 0, sizeof(FitFanout));
	fanout->reference = index;
	fanout->nkeys = count_heavy(keys, nkeys, total / nparents);
	set_keys(work, reference, fanout, keys, total);
	if (nparents - fanout->nkeys >= 1)
		set_knots(fanout, keys + fanout->nkeys, nkeys - fanout->nkeys,
				  nparents - fanout->nkeys, p);
	return true;
}
