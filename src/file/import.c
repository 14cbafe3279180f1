/*-------------------------------------------------------------------------
 *
 * import.c
 *		A file into a table that is made for it.
 *
 * Nobody has put an index, a constraint or a trigger on the table yet, so
 * rows go straight into it, in batches.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "file/import.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "util/rng.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#define BATCH_ROWS	1000
/* Rows of a batch have no more memory than this, unless one alone has. */
#define BATCH_BYTES	(1024 * 1024)

/* ---- the table ---- */

Oid
import_create_table(const char *quoted_name, bool temporary, const Survey *survey)
{
	char	   *command = psprintf("CREATE %sTABLE %s (%s)", temporary ? "TEMPORARY " : "",
								   quoted_name, survey_columns_text(survey, true));
	List	   *names;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(command, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "the table was not created");
	SPI_finish();
	CommandCounterIncrement();
	names = textToQualifiedNameList(cstring_to_text(quoted_name));
	return RangeVarGetRelid(makeRangeVarFromNameList(names), AccessExclusiveLock, false);
}

/* An event trigger can have done anything to it. */
static void
check_plain(Relation rel, const Survey *survey)
{
	AclResult	acl = pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_INSERT);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_TABLE, RelationGetRelationName(rel));
	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->trigdesc != NULL ||
		rel->rd_rules != NULL || rel->rd_rel->relrowsecurity || rel->rd_rel->relhasindex ||
		RelationGetDescr(rel)->constr != NULL ||
		RelationGetNumberOfAttributes(rel) != survey->ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" was changed while it was made",
						RelationGetRelationName(rel)),
				 errhint("INSERT INTO … SELECT … FROM synthik_read_file(…) fills any table.")));
}

/* ---- rows ---- */

typedef struct Import
{
	Relation	rel;
	FileReader *reader;
	CellCasts  *casts;
	BulkInsertState bulk;
	CommandId	cid;
	MemoryContext batch;
	TupleTableSlot *slots[BATCH_ROWS];
	int			nrows;			/* in the batch */
	int64		done;
} Import;

static CellCasts *
casts_of_survey(FileReader *reader, const Survey *survey, TupleDesc desc)
{
	int		   *columns = palloc(sizeof(int) * Max(survey->ncolumns, 1));
	CellDates  *dates = palloc(sizeof(CellDates) * Max(survey->ncolumns, 1));

	for (int i = 0; i < survey->ncolumns; i++)
	{
		columns[i] = i;
		dates[i] = survey->columns[i].dates;
	}
	return cell_casts_new(reader, desc, columns, dates);
}

static void
store_batch(Import *import)
{
	MemoryContext old;

	if (import->nrows == 0)
		return;
	CHECK_FOR_INTERRUPTS();
	old = MemoryContextSwitchTo(import->batch);
	table_multi_insert(import->rel, import->slots, import->nrows, import->cid, 0, import->bulk);
	for (int i = 0; i < import->nrows; i++)
		ExecClearTuple(import->slots[i]);
	MemoryContextSwitchTo(old);
	MemoryContextReset(import->batch);
	import->done += import->nrows;
	import->nrows = 0;
}

static void
add_row(Import *import)
{
	TupleTableSlot *slot;
	MemoryContext old;

	if (import->slots[import->nrows] == NULL)
		import->slots[import->nrows] = table_slot_create(import->rel, NULL);
	slot = import->slots[import->nrows++];
	ExecClearTuple(slot);
	old = MemoryContextSwitchTo(import->batch);
	cell_casts_row(import->casts, slot->tts_values, slot->tts_isnull);
	MemoryContextSwitchTo(old);
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = RelationGetRelid(import->rel);
	if (import->nrows == BATCH_ROWS ||
		MemoryContextMemAllocated(import->batch, false) > BATCH_BYTES)
		store_batch(import);
}

/* One row in so many, by its number. */
static bool
is_taken(int64 row, int64 rows, int64 most)
{
	return most == 0 || rows <= most ||
		rng_below(rng_mix((uint64) row), (uint64) rows) < (uint64) most;
}

static void
close_import(Import *import)
{
	store_batch(import);
	for (int i = 0; i < BATCH_ROWS && import->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(import->slots[i]);
	table_finish_bulk_insert(import->rel, 0);
	FreeBulkInsertState(import->bulk);
	MemoryContextDelete(import->batch);
	table_close(import->rel, NoLock);
	CommandCounterIncrement();
}

int64
import_rows(FileReader *reader, const Survey *survey, Oid relid, int64 most)
{
	Import	   *import = palloc0(sizeof(Import));

	import->rel = table_open(relid, RowExclusiveLock);
	check_plain(import->rel, survey);
	import->reader = reader;
	import->casts = casts_of_survey(reader, survey, RelationGetDescr(import->rel));
	import->bulk = GetBulkInsertState();
	import->cid = GetCurrentCommandId(true);
	import->batch = AllocSetContextCreate(CurrentMemoryContext, "synthik import batch",
										  ALLOCSET_DEFAULT_SIZES);
	while (file_next(reader))
	{
		if (is_taken(reader->rows, survey->rows, most))
			add_row(import);
	}
	close_import(import);
	return import->done;
}
