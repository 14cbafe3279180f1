/*-------------------------------------------------------------------------
 *
 * export.c
 *		What a query returns, as a file.
 *
 * The executor hands each row straight to the writer: nothing is gathered
 * between the two.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "executor/spi.h"
#include "file/export.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"

typedef struct ExportDest
{
	DestReceiver base;
	FileWriter *writer;
} ExportDest;

static void
export_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static bool
export_receive(TupleTableSlot *slot, DestReceiver *self)
{
	file_write_row(((ExportDest *) self)->writer, slot);
	return true;
}

static void
export_shutdown(DestReceiver *self)
{
}

static void
export_destroy(DestReceiver *self)
{
}

/* One statement that returns rows. */
static SPIPlanPtr
prepare_query(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(query, 0, NULL, CURSOR_OPT_NO_SCROLL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	if (!SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 list_length(SPI_plan_get_plan_sources(plan)) == 1 ?
				 errmsg("the query returns no rows to write") :
				 errmsg("the query must be one statement"),
				 errhint("SELECT, VALUES, TABLE and WITH return rows, and INSERT, UPDATE and DELETE do with RETURNING.")));
	return plan;
}

int64
export_query(const char *query, const FileWriterMethods *methods, ByteSink *bytes,
			 const FileOptions *options)
{
	MemoryContext memory = CurrentMemoryContext;
	MemoryContext old;
	ExportDest	dest = {.base = {.receiveSlot = export_receive,.rStartup = export_startup,
	.rShutdown = export_shutdown,.rDestroy = export_destroy,.mydest = DestTuplestore}};
	Portal		portal;
	int64		rows;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	portal = SPI_cursor_open(NULL, prepare_query(query), NULL, NULL, false);
	old = MemoryContextSwitchTo(memory);
	dest.writer = file_write_open(methods, bytes, CreateTupleDescCopy(portal->tupDesc), options);
	MemoryContextSwitchTo(old);
	PortalRunFetch(portal, FETCH_FORWARD, FETCH_ALL, &dest.base);
	file_write_close(dest.writer);
	rows = dest.writer->rows;
	SPI_cursor_close(portal);
	SPI_finish();
	return rows;
}
