/*-------------------------------------------------------------------------
 *
 * sink_table.c
 *		Rows into a table: which sink, and the fast one.
 *
 * A plain heap table that INSERT would do nothing more with than check rows
 * and store them gets them in batches, straight into the heap and its
 * indexes.  The stream has tested the rows against the table's constraints.
 * Everything else goes through INSERT (sink_insert.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "rewrite/prs2lock.h"
#include "rows/sink.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"

typedef struct FastSink
{
	Relation	rel;
	RowStream  *stream;
	Prober	   *prober;
	EState	   *estate;
	ResultRelInfo *relinfo;
	BulkInsertState bulk;
	MemoryContext batch;		/* of one table_multi_insert */
	int			capacity;		/* rows of a batch */
	TupleTableSlot *slots[ROW_BLOCK];
	int			nvirtual;		/* generated columns that are not stored */
	int		   *virtual_columns;
} FastSink;

bool
sink_next_row(RowStream *stream, Prober *prober, TupleTableSlot *slot)
{
	const char *reason;

	if (!row_stream_next(stream, slot))
		return false;
	while (prober != NULL && (reason = prober_conflict(prober, slot)) != NULL)
		if (!row_stream_reject(stream, slot, reason))
			return false;
	return true;
}

/* ---- whether it fits ---- */

bool
sink_has_insert_rules(Relation rel)
{
	if (rel->rd_rules == NULL)
		return false;
	for (int i = 0; i < rel->rd_rules->numLocks; i++)
		if (rel->rd_rules->rules[i]->event == CMD_INSERT)
			return true;
	return false;
}

/*
 * Foreign keys and deferrable constraints are triggers that run after a row is
 * stored, and are queued here as COPY does.  Others may change or drop rows, or
 * read what else the statement has stored.
 */
static bool
triggers_are_simple(const TriggerDesc *triggers)
{
	if (triggers == NULL)
		return true;
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (TRIGGER_FOR_INSERT(trigger->tgtype) &&
			!(trigger->tgisinternal && TRIGGER_FOR_ROW(trigger->tgtype) &&
			  TRIGGER_FOR_AFTER(trigger->tgtype)))
			return false;
	}
	return true;
}

/* Without the right to insert into every column INSERT knows best what to say. */
static bool
fast_sink_fits(Relation rel, const Schema *schema)
{
	return rel->rd_rel->relkind == RELKIND_RELATION &&
		rel->rd_tableam == GetHeapamTableAmRoutine() &&
		triggers_are_simple(rel->trigdesc) &&
		!sink_has_insert_rules(rel) &&
		!schema->unchecked &&
		!IsCatalogRelation(rel) &&
		!RELATION_IS_OTHER_TEMP(rel) &&
		check_enable_rls(RelationGetRelid(rel), InvalidOid, true) != RLS_ENABLED &&
		pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_INSERT) == ACLCHECK_OK;
}

/* ---- the fast sink ---- */

static void
fast_sink_find_virtual(FastSink *sink)
{
	TupleDesc	desc = RelationGetDescr(sink->rel);

	sink->virtual_columns = palloc(sizeof(int) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
		if (COMPAT_IS_VIRTUAL(TupleDescAttr(desc, i)))
			sink->virtual_columns[sink->nvirtual++] = i;
}

static void
fast_sink_open(FastSink *sink, int64 rows)
{
	sink->estate = CreateExecutorState();
	sink->estate->es_output_cid = GetCurrentCommandId(true);
	sink->relinfo = makeNode(ResultRelInfo);
	InitResultRelInfo(sink->relinfo, sink->rel, 0, NULL, 0);
	ExecOpenIndices(sink->relinfo, false);
	sink->bulk = GetBulkInsertState();
	sink->batch = AllocSetContextCreate(CurrentMemoryContext, "synthik batch",
										ALLOCSET_DEFAULT_SIZES);
	sink->capacity = sink->prober != NULL && prober_by_row(sink->prober) ? 1 :
		(int) Min(rows, row_stream_block_rows(sink->stream));
	for (int i = 0; i < sink->capacity; i++)
		sink->slots[i] = table_slot_create(sink->rel, NULL);
	fast_sink_find_virtual(sink);
}

/*
 * The row as it is stored.  A partition that is filled directly checks its
 * bounds here, as the rules of the schema need not cover all kinds of them.
 */
static void
fast_sink_finish_row(FastSink *sink, TupleTableSlot *slot)
{
	slot->tts_tableOid = RelationGetRelid(sink->rel);
	if (sink->rel->rd_rel->relispartition)
	{
		ResetPerTupleExprContext(sink->estate);
		ExecPartitionCheck(sink->relinfo, slot, sink->estate, true);
	}
	for (int i = 0; i < sink->nvirtual; i++)
		slot->tts_isnull[sink->virtual_columns[i]] = true;
}

static void
fast_sink_store(FastSink *sink, int nrows)
{
	MemoryContext old = MemoryContextSwitchTo(sink->batch);

	table_multi_insert(sink->rel, sink->slots, nrows,
					   sink->estate->es_output_cid, 0, sink->bulk);
	for (int i = 0; i < nrows; i++)
	{
		List	   *recheck = NIL;

		if (sink->relinfo->ri_NumIndices > 0)
		{
			CHECK_FOR_INTERRUPTS();
			ResetPerTupleExprContext(sink->estate);
			recheck = COMPAT_INSERT_INDEX_TUPLES(sink->relinfo, sink->slots[i],
												 sink->estate);
		}
		if (sink->relinfo->ri_TrigDesc != NULL)
			ExecARInsertTriggers(sink->estate, sink->relinfo, sink->slots[i],
								 recheck, NULL);
		list_free(recheck);
		ExecClearTuple(sink->slots[i]);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(sink->batch);
}

static int64
fast_sink_run(FastSink *sink)
{
	int64		count = 0;
	bool		more = true;

	while (more)
	{
		int			nrows = 0;

		CHECK_FOR_INTERRUPTS();
		while (nrows < sink->capacity &&
			   (more = sink_next_row(sink->stream, sink->prober,
									 sink->slots[nrows])))
			fast_sink_finish_row(sink, sink->slots[nrows++]);
		if (nrows > 0)
			fast_sink_store(sink, nrows);
		count += nrows;
	}
	return count;
}

/* What comes after in this transaction is to see the rows. */
static void
fast_sink_close(FastSink *sink)
{
	for (int i = 0; i < sink->capacity; i++)
		ExecDropSingleTupleTableSlot(sink->slots[i]);
	table_finish_bulk_insert(sink->rel, 0);
	FreeBulkInsertState(sink->bulk);
	ExecCloseIndices(sink->relinfo);
	/* what triggers have opened */
	ExecResetTupleTable(sink->estate->es_tupleTable, false);
	ExecCloseResultRelations(sink->estate);
	FreeExecutorState(sink->estate);
	CommandCounterIncrement();
}

static int64
fast_sink_fill(Relation rel, RowStream *stream, Prober *prober, const RowRequest *request)
{
	FastSink	sink = {.rel = rel, .stream = stream, .prober = prober};
	bool		fires = rel->trigdesc != NULL && !request->hold_triggers;
	int64		count;

	fast_sink_open(&sink, request->rows);
	if (fires)
		AfterTriggerBeginQuery();
	count = fast_sink_run(&sink);
	if (fires)
		AfterTriggerEndQuery(sink.estate);
	fast_sink_close(&sink);
	return count;
}

/* ---- either sink ---- */

static void
check_target(Relation rel)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_FOREIGN_TABLE:
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" takes no rows", RelationGetRelationName(rel)),
					 errhint("Rows go into tables, partitioned tables, foreign tables and views.")));
	}
	if (!rel->rd_islocaltemp)
		PreventCommandIfReadOnly("synthik_augment()");
	PreventCommandIfParallelMode("synthik_augment()");
}

int64
table_sink_fill(Relation rel, const Schema *schema,
				const RowSourceMethods *methods, const RowRequest *request)
{
	MemoryContext memory;
	MemoryContext old;
	RowStream  *stream;
	Prober	   *prober;
	int64		count;

	check_target(rel);
	if (request->rows == 0)
		return 0;

	memory = AllocSetContextCreate(CurrentMemoryContext, "synthik sink",
								   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(memory);
	stream = row_stream_open(schema, methods, request);
	prober = prober_make(rel, schema);
	if (fast_sink_fits(rel, schema))
		count = fast_sink_fill(rel, stream, prober, request);
	else
		count = insert_sink_fill(rel, schema, stream, prober, request);
	if (prober != NULL)
		prober_free(prober);
	row_stream_close(stream);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
	return count;
}
