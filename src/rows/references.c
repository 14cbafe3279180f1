/*-------------------------------------------------------------------------
 *
 * references.c
 *		The keys of parent tables that foreign keys may refer to.
 *
 * Keys are read by plain SELECTs through SPI, so the caller's privileges and
 * row security hold, and read-only ones, so it works on a standby.
 *
 * How much is read hangs on the parent:
 *
 * - a reference that is unique in the child needs as many different keys as
 *	 there will be rows, so keys are read until there are enough;
 * - a table of up to WHOLE_BYTES, and whatever cannot be sampled (views,
 *	 foreign tables), is read whole, and up to POOL_MOST of its keys are kept,
 *	 each with the same chance;
 * - of larger tables, TABLESAMPLE SYSTEM reads the blocks that should give
 *	 about POOL_AIM keys, and ten times as many while that gave hardly any.
 *
 * A pool that has all keys is sorted: what is drawn from it then does not
 * depend on the order in which the parent's rows happen to lie.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_index.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "rows/references.h"
#include "storage/lmgr.h"
#include "util/rng.h"
#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#define WHOLE_BYTES		(16 * 1024 * 1024)
#define POOL_MOST		100000	/* keys of a pool that need not be unique */
#define POOL_AIM		30000	/* keys that a sample is meant to give */
#define POOL_LEAST		100		/* fewer make for a poor sample */
#define FETCH_ROWS		1000

/* A pool that is being filled. */
typedef struct PoolReader
{
	ReferencePool *pool;
	int16	   *lengths;
	bool	   *byvals;
	int64		allocated;
	int64		most;			/* keys to keep */
	bool		stop;			/* at most keys, instead of going on and
								 * replacing kept ones at random */
	uint64		seed;
	int64		seen;
	MemoryContext memory;
} PoolReader;

int64
reference_children(const ReferenceDraw *draw, uint64 seed, int64 key)
{
	uint64		bits = rng_combine(rng_combine(seed, rng_hash("children", 8)), key);

	return draw->low + (int64) rng_below(bits, (uint64) (draw->high - draw->low) + 1);
}

/* ---- what a reference needs ---- */

bool
reference_has_context(const Schema *schema, int field, const Reference *reference)
{
	const Field *context = schema->fields[field];

	return context->origin == FIELD_CONTEXT &&
		list_nth(schema->references, context->reference) == reference;
}

int
reference_context(const Schema *schema, int field)
{
	const Reference *reference = list_nth(schema->references, schema->fields[field]->reference);
	int			number = 0;

	for (int i = schema->nfields; i < field; i++)
		number += reference_has_context(schema, i, reference);
	return number;
}

/* Are the fields that it draws, and not another reference, free to be NULL? */
static bool
reference_may_be_null(const Schema *schema, const Reference *reference)
{
	bool		draws = false;
	bool		all = true;

	for (int k = 0; k < reference->ncolumns; k++)
	{
		const Field *field = schema->fields[reference->fields[k]];

		all &= !field->required;
		if (field->reference < 0 ||
			list_nth(schema->references, field->reference) != reference)
			continue;
		if (field->required)
			return false;
		draws = true;
	}
	return draws || all;
}

/*
 * Has each row to refer to a row of the same table that no other refers to?
 * That is itself: of those that are stored, others have each.
 */
static bool
refers_to_itself(const Schema *schema, const Reference *reference)
{
	return reference->self && reference_is_unique(schema, reference) &&
		!reference_may_be_null(schema, reference);
}

/* ---- what the parent is ---- */

static void
parent_add_size(Parent *parent, Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	BlockNumber pages = 0;
	double		tuples = 0;
	double		allvisible = 0;

	if (RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind))
	{
		estimate_rel_size(rel, NULL, &pages, &tuples, &allvisible);
		parent->bytes += (double) pages * BLCKSZ;
		parent->tuples += tuples;
	}
	table_close(rel, NoLock);
}

/* Size by the files, so that tables never analysed are not taken for empty. */
static Parent
parent_measure(Oid relid)
{
	Parent		parent = {0};

	LockRelationOid(relid, AccessShareLock);
	parent.relkind = get_rel_relkind(relid);
	if (parent.relkind == '\0')
		relation_report_missing(relid);
	if (parent.relkind == RELKIND_PARTITIONED_TABLE)
	{
		ListCell   *lc;

		foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
			parent_add_size(&parent, lfirst_oid(lc));
	}
	else if (RELKIND_HAS_TABLE_AM(parent.relkind))
		parent_add_size(&parent, relid);
	return parent;
}

/* About how many rows of the child use up keys of a unique reference. */
static double
child_tuples(const Schema *schema)
{
	if (!OidIsValid(schema->relid))
		return 0;
	return parent_measure(schema->relid).tuples;
}

static bool
parent_can_be_sampled(const Parent *parent)
{
	return parent->relkind == RELKIND_RELATION ||
		parent->relkind == RELKIND_MATVIEW ||
		parent->relkind == RELKIND_PARTITIONED_TABLE;
}

/* Does a unique index say that no key occurs twice? */
static bool
index_covers(Oid index, const Reference *reference)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		covers;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	covers = form->indisunique && form->indisvalid &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
	for (int i = 0; i < form->indnkeyatts && covers; i++)
	{
		bool		found = false;

		for (int k = 0; k < reference->ncolumns; k++)
			found |= form->indkey.values[i] == reference->attnums[k];
		covers = found;
	}
	ReleaseSysCache(tuple);
	return covers;
}

static bool
parent_keys_are_unique(const Parent *parent, const Reference *reference)
{
	Relation	rel;
	bool		covers = false;
	ListCell   *lc;

	if (!parent_can_be_sampled(parent))
		return false;
	rel = table_open(reference->relid, NoLock);
	foreach(lc, RelationGetIndexList(rel))
		covers |= index_covers(lfirst_oid(lc), reference);
	table_close(rel, NoLock);
	return covers;
}

/* ---- reading ---- */

static void
reader_init(PoolReader *reader, const Schema *schema,
			const Reference *reference, uint64 seed)
{
	ReferencePool *pool = palloc0(sizeof(ReferencePool));
	int			column = 0;

	pool->ncolumns = reference->ncolumns;
	for (int i = schema->nfields; i < schema_width(schema); i++)
		pool->ncontexts += reference_has_context(schema, i, reference);
	pool->values = palloc0(sizeof(Datum *) * pool_width(pool));
	pool->nulls = palloc0(sizeof(bool *) * Max(pool->ncontexts, 1));
	memset(reader, 0, sizeof(PoolReader));
	reader->pool = pool;
	reader->lengths = palloc(sizeof(int16) * pool_width(pool));
	reader->byvals = palloc(sizeof(bool) * pool_width(pool));
	reader->allocated = 64;
	reader->most = reference->draw.most > 0 ? reference->draw.most : POOL_MOST;
	reader->seed = seed;
	reader->memory = CurrentMemoryContext;
	for (; column < pool->ncolumns; column++)
		get_typlenbyval(schema->fields[reference->fields[column]]->base_type,
						&reader->lengths[column], &reader->byvals[column]);
	for (int i = schema->nfields; i < schema_width(schema); i++)
		if (reference_has_context(schema, i, reference))
		{
			get_typlenbyval(schema->fields[i]->base_type, &reader->lengths[column],
							&reader->byvals[column]);
			column++;
		}
	for (int k = 0; k < pool_width(pool); k++)
		pool->values[k] = palloc(sizeof(Datum) * reader->allocated);
	for (int k = 0; k < pool->ncontexts; k++)
		pool->nulls[k] = palloc(sizeof(bool) * reader->allocated);
}

/* Is there no value to be freed? */
static bool
reader_is_null(const PoolReader *reader, int column, int64 place)
{
	const ReferencePool *pool = reader->pool;

	return column >= pool->ncolumns && pool->nulls[column - pool->ncolumns][place];
}

static void
reader_grow(PoolReader *reader)
{
	reader->allocated *= 2;
	for (int k = 0; k < pool_width(reader->pool); k++)
		reader->pool->values[k] =
			repalloc_huge(reader->pool->values[k],
						  sizeof(Datum) * reader->allocated);
	for (int k = 0; k < reader->pool->ncontexts; k++)
		reader->pool->nulls[k] =
			repalloc_huge(reader->pool->nulls[k],
						  sizeof(bool) * reader->allocated);
}

/*
 * Where to keep the next key, or -1: reservoir sampling (Vitter: "Random
 * sampling with a reservoir", 1985, algorithm R).
 */
static int64
reader_place(PoolReader *reader)
{
	ReferencePool *pool = reader->pool;
	int64		n = reader->seen++;
	int64		place;

	if (pool->nkeys < reader->most)
	{
		if (pool->nkeys == reader->allocated)
			reader_grow(reader);
		return pool->nkeys++;
	}
	place = rng_below(rng_combine(reader->seed, n), n + 1);
	if (place >= reader->most)
		return -1;
	for (int k = 0; k < pool_width(pool); k++)
		if (!reader->byvals[k] && !reader_is_null(reader, k, place))
			pfree(DatumGetPointer(pool->values[k][place]));
	return place;
}

static void
reader_add(PoolReader *reader, HeapTuple tuple, TupleDesc tupdesc)
{
	MemoryContext old = MemoryContextSwitchTo(reader->memory);
	int64		place = reader_place(reader);

	for (int k = 0; place >= 0 && k < pool_width(reader->pool); k++)
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, k + 1, tupdesc, &isnull);

		if (k >= reader->pool->ncolumns)
		{
			reader->pool->nulls[k - reader->pool->ncolumns][place] = isnull;
			reader->pool->values[k][place] = (Datum) 0;
			if (isnull)
				continue;
		}
		/* A cast may give NULL for a value that is not. */
		if (isnull)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a key of the referenced table is NULL after its cast to %s",
							format_type_be(TupleDescAttr(tupdesc, k)->atttypid))));
		/* Stored values may be compressed or out of line. */
		if (reader->lengths[k] == -1)
			value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
		else
			value = datumCopy(value, reader->byvals[k], reader->lengths[k]);
		reader->pool->values[k][place] = value;
	}
	MemoryContextSwitchTo(old);
}

static void
reader_run(PoolReader *reader, const char *sql)
{
	Portal		portal = SPI_cursor_open_with_args(NULL, sql, 0, NULL, NULL,
												   NULL, true, 0);
	bool		more = true;

	while (more)
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, FETCH_ROWS);
		more = SPI_processed > 0;
		for (uint64 i = 0; i < SPI_processed && more; i++)
		{
			if (reader->stop && reader->pool->nkeys == reader->most)
			{
				reader->seen++;
				more = false;
			}
			else
				reader_add(reader, SPI_tuptable->vals[i],
						   SPI_tuptable->tupdesc);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
}

/* Forgets what a sample gave that was too small. */
static void
reader_clear(PoolReader *reader)
{
	ReferencePool *pool = reader->pool;

	for (int k = 0; k < pool_width(pool); k++)
		if (!reader->byvals[k])
			for (int i = 0; i < pool->nkeys; i++)
				if (!reader_is_null(reader, k, i))
					pfree(DatumGetPointer(pool->values[k][i]));
	pool->nkeys = 0;
	reader->seen = 0;
}

/* ---- sorting ---- */

typedef struct KeyOrder
{
	const ReferencePool *pool;
	FmgrInfo  **compare;
} KeyOrder;

static int
keys_compare(const void *a, const void *b, void *arg)
{
	const KeyOrder *order = arg;
	int			x = *(const int *) a;
	int			y = *(const int *) b;

	for (int k = 0; k < order->pool->ncolumns; k++)
	{
		/* Collation "C": the same order on every machine. */
		int			result =
			DatumGetInt32(FunctionCall2Coll(order->compare[k],
											C_COLLATION_OID,
											order->pool->values[k][x],
											order->pool->values[k][y]));

		if (result != 0)
			return result;
	}
	return x - y;
}

/* Types that have no order leave the pool as it was read. */
static void
pool_sort(const Schema *schema, const Reference *reference,
		  ReferencePool *pool)
{
	KeyOrder	order = {pool, palloc(sizeof(FmgrInfo *) * pool->ncolumns)};
	int		   *places;
	Datum	   *sorted;
	bool	   *sorted_nulls;

	for (int k = 0; k < pool->ncolumns; k++)
	{
		TypeCacheEntry *type =
			lookup_type_cache(schema->fields[reference->fields[k]]->base_type,
							  TYPECACHE_CMP_PROC_FINFO);

		if (!OidIsValid(type->cmp_proc))
			return;
		order.compare[k] = &type->cmp_proc_finfo;
	}
	places = palloc(sizeof(int) * Max(pool->nkeys, 1));
	for (int i = 0; i < pool->nkeys; i++)
		places[i] = i;
	qsort_arg(places, pool->nkeys, sizeof(int), keys_compare, &order);
	sorted = palloc(sizeof(Datum) * Max(pool->nkeys, 1));
	for (int k = 0; k < pool_width(pool); k++)
	{
		for (int i = 0; i < pool->nkeys; i++)
			sorted[i] = pool->values[k][places[i]];
		memcpy(pool->values[k], sorted, sizeof(Datum) * pool->nkeys);
	}
	sorted_nulls = (bool *) sorted;
	for (int k = 0; k < pool->ncontexts; k++)
	{
		for (int i = 0; i < pool->nkeys; i++)
			sorted_nulls[i] = pool->nulls[k][places[i]];
		memcpy(pool->nulls[k], sorted_nulls, sizeof(bool) * pool->nkeys);
	}
	pfree(places);
	pfree(sorted);
}

/* ---- loading ---- */

/* Every key, up to as many as a unique reference can use up. */
static void
load_unique(PoolReader *reader, const Schema *schema,
			const Reference *reference, const Parent *parent, int64 needed)
{
	double		most = (double) needed + POOL_MOST + 1.5 * child_tuples(schema);

	reader->stop = true;
	reader->most = (int64) Min(most, (double) PG_INT32_MAX);
	reader_run(reader, reference_keys_query(schema, reference, parent,
											!parent_keys_are_unique(parent, reference), 0, 0));
}

/* Blocks at random, and more of them until they give keys. */
static void
load_sample(PoolReader *reader, const Schema *schema,
			const Reference *reference, const Parent *parent)
{
	double		percent = 100.0 * POOL_AIM / Max(parent->tuples, 1.0);

	percent = Max(percent, 0.0001);
	for (; percent < 100; percent *= 10)
	{
		reader_run(reader, reference_keys_query(schema, reference, parent, false, percent,
												reader->seed));
		if (reader->pool->nkeys >= POOL_LEAST)
			return;
		reader_clear(reader);
	}
	reader_run(reader, reference_keys_query(schema, reference, parent, false, 0, 0));
	reader->pool->complete = reader->seen <= reader->most;
}

pg_noreturn static void
report_empty(const Schema *schema, const Reference *reference)
{
	Oid			relid = reference->relid;
	char	   *name = get_rel_name(relid);
	char	   *call = RelationIsVisible(relid) ?
		pstrdup(quote_identifier(name)) : relation_sql_name(relid);

	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("table \"%s\" has no rows for foreign key \"%s\" to refer to",
					name, reference->name),
			 check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED ?
			 errdetail("Row-level security of the table decides which rows can be seen.") :
			 reference_leaves_out(schema, reference) ?
			 errdetail("Keys that do not fit into the columns of the foreign key are left out.") : 0,
			 errhint("Fill \"%s\" first, for example with SELECT synthik_augment(%s, 1000).",
					 name, quote_literal_cstr(call))));
}

static ReferencePool *
reference_load(const Schema *schema, const Reference *reference, uint64 seed,
			   int64 needed, MemoryContext memory)
{
	MemoryContext old = MemoryContextSwitchTo(memory);
	Parent		parent = parent_measure(reference->relid);
	PoolReader	reader;

	reader_init(&reader, schema, reference, seed);
	MemoryContextSwitchTo(old);
	if (!reference_is_drawn(schema, reference) || reference->draw.later ||
		refers_to_itself(schema, reference))
		return reader.pool;

	if (reference_is_unique(schema, reference))
	{
		load_unique(&reader, schema, reference, &parent, needed);
		reader.pool->complete = reader.seen <= reader.most;
	}
	else if (parent_can_be_sampled(&parent) &&
			 reference->draw.most == 0 &&
			 (parent.bytes > WHOLE_BYTES || parent.tuples > POOL_MOST))
		load_sample(&reader, schema, reference, &parent);
	else
	{
		reader_run(&reader, reference_keys_query(schema, reference, &parent, false, 0, 0));
		reader.pool->complete = reader.seen <= reader.most;
	}
	if (reader.pool->nkeys == 0 && !reference->self &&
		!reference_may_be_null(schema, reference))
		report_empty(schema, reference);
	if (reader.pool->complete && reader.pool->nkeys <= Max(POOL_MOST, reference->draw.most))
		pool_sort(schema, reference, reader.pool);
	return reader.pool;
}

ReferencePool **
references_load(const Schema *schema, uint64 seed, int64 needed)
{
	MemoryContext memory = CurrentMemoryContext;
	int			count = list_length(schema->references);
	ReferencePool **pools = palloc0(sizeof(ReferencePool *) * Max(count, 1));
	int			nesting = NewGUCNestLevel();

	/* Scans begin at the first block, or else each call reads other keys. */
	(void) set_config_option("synchronize_seqscans", "off", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	/* A parent may have been filled earlier in the same statement. */
	PushActiveSnapshot(GetTransactionSnapshot());
	for (int i = 0; i < count; i++)
		pools[i] = reference_load(schema, list_nth(schema->references, i),
								  rng_combine(seed, i), needed, memory);
	PopActiveSnapshot();
	SPI_finish();
	AtEOXact_GUC(true, nesting);
	return pools;
}
