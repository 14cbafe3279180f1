/*-------------------------------------------------------------------------
 *
 * probe.c
 *		Would a unique index or an exclusion constraint refuse a row?
 *
 * The index is searched with a dirty snapshot, as INSERT does itself: what
 * other transactions have inserted and not yet committed is seen, and
 * avoided rather than waited for.  No rights are needed beyond those of
 * INSERT, which tells as much by its errors.  A race is left to INSERT: what
 * another session stores after the probe is a unique violation as always.
 *
 * ExecCheckIndexConstraints() does nearly this, but not for deferrable
 * constraints, and it does not say which index it was.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/stratnum.h"
#include "access/tableam.h"
#include "access/table.h"
#include "access/tupconvert.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "rows/probe.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

typedef struct ProbedIndex
{
	Relation	index;
	IndexInfo  *info;
	const Oid  *procs;			/* of the operators that make a conflict */
	const uint16 *strategies;
} ProbedIndex;

/* A table that stores rows: the target, or a leaf of its partitions. */
typedef struct ProbedTable
{
	Relation	rel;
	ResultRelInfo *relinfo;
	TupleConversionMap *map;	/* from the target's rows, or NULL */
	TupleTableSlot *converted;	/* where there is a map */
	TupleTableSlot *found;
	bool		ready;			/* its indexes are open */
	int			nindexes;
	ProbedIndex *indexes;
} ProbedTable;

struct Prober
{
	MemoryContext memory;
	EState	   *estate;
	const Schema *schema;
	bool		partitioned;
	bool		by_row;
	int			ntables;
	ProbedTable *tables;
	int			last;			/* the table of the row before */
};

/* ---- which indexes ---- */

/*
 * Only probing can satisfy these; for the others the schema's fields are
 * distinct within one call.
 */
static bool
index_needs_probe(const Prober *prober, Relation index)
{
	return index->rd_index->indisexclusion ||
		RelationGetIndexExpressions(index) != NIL ||
		RelationGetIndexPredicate(index) != NIL ||
		list_member_oid(prober->schema->must_probe, RelationGetRelid(index));
}

/* How an index's conflicts are looked for; false if it has none. */
static bool
probe_index_init(ProbedIndex *probed, Relation index)
{
	IndexInfo  *info;

	if (!index->rd_index->indisready ||
		!(index->rd_index->indisunique || index->rd_index->indisexclusion))
		return false;
	info = BuildIndexInfo(index);
	if (info->ii_ExclusionOps != NULL)
	{
		probed->procs = info->ii_ExclusionProcs;
		probed->strategies = info->ii_ExclusionStrats;
	}
	else if (index->rd_rel->relam == BTREE_AM_OID)
	{
		BuildSpeculativeIndexInfo(index, info);
		probed->procs = info->ii_UniqueProcs;
		probed->strategies = info->ii_UniqueStrats;
	}
	else
		return false;
	probed->index = index;
	probed->info = info;
	return true;
}

/* Opens the indexes that have to be probed. */
static void
probe_table_init(Prober *prober, ProbedTable *table)
{
	List	   *oids = RelationGetIndexList(table->rel);
	bool		empty = RelationGetNumberOfBlocks(table->rel) == 0;
	ListCell   *lc;

	table->ready = true;
	table->indexes = palloc(sizeof(ProbedIndex) * Max(list_length(oids), 1));
	foreach(lc, oids)
	{
		Relation	index = index_open(lfirst_oid(lc), RowExclusiveLock);
		bool		always = index_needs_probe(prober, index);

		if ((!empty || always) &&
			probe_index_init(&table->indexes[table->nindexes], index))
		{
			table->nindexes++;
			prober->by_row = prober->by_row || always;
		}
		else
			index_close(index, NoLock);
	}
}

/* ---- which tables ---- */

static void
add_table(Prober *prober, Relation rel, TupleDesc rows)
{
	ProbedTable *table = &prober->tables[prober->ntables++];

	table->rel = rel;
	table->relinfo = makeNode(ResultRelInfo);
	InitResultRelInfo(table->relinfo, rel, 0, NULL, 0);
	table->found = table_slot_create(rel, NULL);
	if (!prober->partitioned)
		return;
	table->map = convert_tuples_by_name(rows, RelationGetDescr(rel));
	if (table->map != NULL)
		table->converted = MakeSingleTupleTableSlot(RelationGetDescr(rel),
													&TTSOpsVirtual);
}

/* The leaves of a partitioned table that are tables of this database. */
static void
add_leaves(Prober *prober, Relation root)
{
	List	   *oids = find_all_inheritors(RelationGetRelid(root),
										   RowExclusiveLock, NULL);
	ListCell   *lc;

	prober->tables = palloc0(sizeof(ProbedTable) * list_length(oids));
	foreach(lc, oids)
	{
		Relation	rel = table_open(lfirst_oid(lc), NoLock);

		if (rel->rd_rel->relkind == RELKIND_RELATION)
			add_table(prober, rel, RelationGetDescr(root));
		else
			table_close(rel, NoLock);
	}
	/* Which indexes the leaves have is not known yet. */
	prober->by_row = true;
}

/* A partitioned table without any index at all is common enough to look. */
static bool
has_indexes(const Prober *prober)
{
	for (int i = 0; i < prober->ntables; i++)
		if (prober->tables[i].rel->rd_rel->relhasindex)
			return true;
	return false;
}

Prober *
prober_make(Relation rel, const Schema *schema)
{
	char		kind = rel->rd_rel->relkind;
	MemoryContext memory;
	MemoryContext old;
	Prober	   *prober;

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		return NULL;
	memory = AllocSetContextCreate(CurrentMemoryContext, "synthik probes",
								   ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(memory);
	prober = palloc0(sizeof(Prober));
	prober->memory = memory;
	prober->schema = schema;
	prober->estate = CreateExecutorState();
	prober->partitioned = kind == RELKIND_PARTITIONED_TABLE;
	if (prober->partitioned)
		add_leaves(prober, rel);
	else
	{
		prober->tables = palloc0(sizeof(ProbedTable));
		add_table(prober, table_open(RelationGetRelid(rel), NoLock), NULL);
		probe_table_init(prober, &prober->tables[0]);
	}
	MemoryContextSwitchTo(old);

	if (prober->partitioned ? has_indexes(prober) : prober->tables[0].nindexes > 0)
		return prober;
	prober_free(prober);
	return NULL;
}

bool
prober_by_row(const Prober *prober)
{
	return prober->by_row;
}

/* ---- probing ---- */

/* An index that is lossy, or reads more than it decides, is asked again. */
static bool
conflict_holds(ProbedIndex *probed, EState *estate, TupleTableSlot *found,
			   const Datum *values)
{
	ExprContext *econtext = GetPerTupleExprContext(estate);
	Datum		stored[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS];
	TupleTableSlot *save = econtext->ecxt_scantuple;

	econtext->ecxt_scantuple = found;
	FormIndexDatum(probed->info, found, estate, stored, isnull);
	econtext->ecxt_scantuple = save;
	for (int i = 0; i < probed->info->ii_NumIndexKeyAttrs; i++)
		if (isnull[i] ||
			!DatumGetBool(OidFunctionCall2Coll(probed->procs[i],
											   probed->index->rd_indcollation[i],
											   stored[i], values[i])))
			return false;
	return true;
}

static bool
search_index(ProbedTable *table, ProbedIndex *probed, EState *estate,
			 const Datum *values, const bool *isnull)
{
	int			nkeys = probed->info->ii_NumIndexKeyAttrs;
	ScanKeyData keys[INDEX_MAX_KEYS];
	SnapshotData dirty;
	IndexScanDesc scan;
	bool		conflict = false;

	for (int i = 0; i < nkeys; i++)
		ScanKeyEntryInitialize(&keys[i],
							   isnull[i] ? SK_ISNULL | SK_SEARCHNULL : 0,
							   i + 1, probed->strategies[i], InvalidOid,
							   probed->index->rd_indcollation[i],
							   probed->procs[i], values[i]);
	InitDirtySnapshot(dirty);
	scan = COMPAT_INDEX_BEGINSCAN(table->rel, probed->index, &dirty, nkeys);
	index_rescan(scan, keys, nkeys, NULL, 0);
	while (!conflict && index_getnext_slot(scan, ForwardScanDirection, table->found))
	{
		CHECK_FOR_INTERRUPTS();
		conflict = !scan->xs_recheck ||
			conflict_holds(probed, estate, table->found, values);
	}
	index_endscan(scan);
	ExecClearTuple(table->found);
	return conflict;
}

/* As in INSERT, rows outside the predicate and (mostly) nulls never conflict. */
static bool
index_conflicts(ProbedTable *table, ProbedIndex *probed, EState *estate,
				TupleTableSlot *slot)
{
	IndexInfo  *info = probed->info;
	ExprContext *econtext = GetPerTupleExprContext(estate);
	Datum		values[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS];

	econtext->ecxt_scantuple = slot;
	if (info->ii_Predicate != NIL)
	{
		if (info->ii_PredicateState == NULL)
			info->ii_PredicateState = ExecPrepareQual(info->ii_Predicate, estate);
		if (!ExecQual(info->ii_PredicateState, econtext))
			return false;
	}
	FormIndexDatum(info, slot, estate, values, isnull);
	if (info->ii_ExclusionOps != NULL || !info->ii_NullsNotDistinct)
		for (int i = 0; i < info->ii_NumIndexKeyAttrs; i++)
			if (isnull[i])
				return false;
	return search_index(table, probed, estate, values, isnull);
}

/* The row as a table stores it. */
static TupleTableSlot *
convert_row(ProbedTable *table, TupleTableSlot *slot)
{
	if (table->map == NULL)
		return slot;
	return execute_attr_map_slot(table->map->attrMap, slot, table->converted);
}

/* The partition that takes a row, or NULL; *slot becomes the row there. */
static ProbedTable *
find_table(Prober *prober, TupleTableSlot **slot)
{
	for (int i = 0; i < prober->ntables; i++)
	{
		int			k = (prober->last + i) % prober->ntables;
		ProbedTable *table = &prober->tables[k];
		TupleTableSlot *row = convert_row(table, *slot);

		if (!ExecPartitionCheck(table->relinfo, row, prober->estate, false))
			continue;
		prober->last = k;
		*slot = row;
		return table;
	}
	return NULL;
}

const char *
prober_conflict(Prober *prober, TupleTableSlot *slot)
{
	ProbedTable *table = &prober->tables[0];

	ResetPerTupleExprContext(prober->estate);
	if (prober->partitioned)
		table = find_table(prober, &slot);
	/* That there is no partition for a row is for INSERT to say. */
	if (table == NULL)
		return NULL;
	if (!table->ready)
	{
		MemoryContext old = MemoryContextSwitchTo(prober->memory);

		probe_table_init(prober, table);
		MemoryContextSwitchTo(old);
	}
	for (int i = 0; i < table->nindexes; i++)
		if (index_conflicts(table, &table->indexes[i], prober->estate, slot))
			return RelationGetRelationName(table->indexes[i].index);
	return NULL;
}

void
prober_free(Prober *prober)
{
	for (int i = 0; i < prober->ntables; i++)
	{
		ProbedTable *table = &prober->tables[i];

		for (int k = 0; k < table->nindexes; k++)
			index_close(table->indexes[k].index, NoLock);
		ExecDropSingleTupleTableSlot(table->found);
		if (table->converted != NULL)
			ExecDropSingleTupleTableSlot(table->converted);
		table_close(table->rel, NoLock);
	}
	FreeExecutorState(prober->estate);
	MemoryContextDelete(prober->memory);
}
