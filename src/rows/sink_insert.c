/*-------------------------------------------------------------------------
 *
 * sink_insert.c
 *		Rows into a table by INSERT itself: triggers, row security,
 *		partitions, views, foreign tables and all.
 *
 * One statement stores all rows: INSERT … SELECT over a private function
 * that reads the stream, so that statement triggers fire once.  Only where a
 * rule rewrites the INSERT does each row get a statement of its own: a rule
 * repeats the SELECT, and the stream can be read only once.
 *
 * Columns that have a default or an identity are given the values that the
 * stream has evaluated, as rules of the row may have read them; OVERRIDING
 * SYSTEM VALUE lets identity columns take what came from their own sequence.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "rows/sink.h"
#include "util/extension.h"
#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

struct SinkStream
{
	SinkStream *next;
	int64		handle;
	Oid			row_type;
	const Schema *schema;
	RowStream  *stream;
	Prober	   *prober;
	int64		rows;
	bool		claimed;
	bool		hold_triggers;	/* see RowRequest */
};

/*
 * Those that an INSERT reads right now.  There are several where a trigger
 * fills another table.
 */
static SinkStream *open_streams = NULL;
static int64 last_handle = 0;

static SinkStream *
sink_stream_find(int64 handle)
{
	SinkStream *stream = open_streams;

	while (stream != NULL && stream->handle != handle)
		stream = stream->next;
	return stream;
}

SinkStream *
sink_stream_claim(const NullableDatum *handle, Oid row_type)
{
	SinkStream *stream = NULL;

	if (!handle->isnull)
		stream = sink_stream_find(DatumGetInt64(handle->value));
	if (stream == NULL || stream->claimed || stream->row_type != row_type)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are no rows to read here"),
				 errhint("synthik_augment_source serves synthik_augment alone.")));
	stream->claimed = true;
	return stream;
}

const Schema *
sink_stream_schema(const SinkStream *stream)
{
	return stream->schema;
}

bool
sink_stream_next(SinkStream *stream, TupleTableSlot *slot)
{
	return sink_next_row(stream->stream, stream->prober, slot);
}

int64
sink_stream_rows(int64 handle)
{
	SinkStream *stream = sink_stream_find(handle);

	return stream == NULL ? -1 : stream->rows;
}

/* ---- the statement ---- */

/* A view's columns may be expressions, which take no value. */
static bool
takes_values(Relation rel, int i)
{
	Bitmapset  *column;
	int			events;

	if (rel->rd_rel->relkind != RELKIND_VIEW)
		return true;
	column = bms_make_singleton(i + 1 - FirstLowInvalidHeapAttributeNumber);
	events = relation_is_updatable(RelationGetRelid(rel), NIL, true, column);
	return (events & (1 << CMD_INSERT)) != 0;
}

/* The columns that INSERT takes: field indexes. */
static List *
inserted_fields(Relation rel, const Schema *schema)
{
	List	   *fields = NIL;

	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];

		if (field->origin == FIELD_DROPPED ||
			(field->origin == FIELD_EXPRESSION && field->generated_always) ||
			!takes_values(rel, i))
			continue;
		fields = lappend_int(fields, i);
	}
	return fields;
}

static void
append_target(StringInfo sql, Relation rel, const Schema *schema, List *fields)
{
	const char *separator = "";
	ListCell   *lc;

	appendStringInfo(sql, "INSERT INTO %s (",
					 relation_sql_name(RelationGetRelid(rel)));
	foreach(lc, fields)
	{
		appendStringInfo(sql, "%s%s", separator,
						 quote_identifier(schema->fields[lfirst_int(lc)]->name));
		separator = ", ";
	}
	appendStringInfoString(sql, ") OVERRIDING SYSTEM VALUE ");
}

static char *
insert_select(Relation rel, const Schema *schema, List *fields)
{
	StringInfoData sql;
	const char *separator = "";
	ListCell   *lc;

	initStringInfo(&sql);
	append_target(&sql, rel, schema, fields);
	appendStringInfoString(&sql, "SELECT ");
	foreach(lc, fields)
	{
		appendStringInfo(&sql, "%sr.%s", separator,
						 quote_identifier(schema->fields[lfirst_int(lc)]->name));
		separator = ", ";
	}
	appendStringInfo(&sql, " FROM %s(NULL::%s, $1) r",
					 extension_object("synthik_augment_source"),
					 relation_sql_name(RelationGetRelid(rel)));
	return sql.data;
}

static char *
insert_values(Relation rel, const Schema *schema, List *fields)
{
	StringInfoData sql;
	const char *separator = "";

	initStringInfo(&sql);
	append_target(&sql, rel, schema, fields);
	appendStringInfoString(&sql, "VALUES (");
	for (int i = 1; i <= list_length(fields); i++)
	{
		appendStringInfo(&sql, "%s$%d", separator, i);
		separator = ", ";
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* A table without any column still has rows. */
static int64
fill_default_values(Relation rel, int64 rows)
{
	char	   *sql = psprintf("INSERT INTO %s DEFAULT VALUES",
							   relation_sql_name(RelationGetRelid(rel)));
	SPIPlanPtr	plan = SPI_prepare(sql, 0, NULL);
	int64		count = 0;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	for (int64 i = 0; i < rows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		SPI_execute_plan(plan, NULL, NULL, false, 0);
		count += SPI_processed;
	}
	return count;
}

/* ---- running it ---- */

static int64
run_plan(const SinkStream *stream, SPIPlanPtr plan, Datum *values, const char *nulls)
{
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	SPI_execute_snapshot(plan, values, nulls, InvalidSnapshot, InvalidSnapshot, false,
						 !stream->hold_triggers, 0);
	return SPI_processed;
}

static int64
fill_by_statement(Relation rel, SinkStream *stream, List *fields)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1];
	int64		count = 0;

	stream->handle = ++last_handle;
	stream->next = open_streams;
	open_streams = stream;
	values[0] = Int64GetDatum(stream->handle);
	PG_TRY();
	{
		SPIPlanPtr	plan = SPI_prepare(insert_select(rel, stream->schema, fields), 1, types);

		count = run_plan(stream, plan, values, NULL);
	}
	PG_FINALLY();
	{
		open_streams = stream->next;
	}
	PG_END_TRY();
	return count;
}

static int64
fill_by_row(Relation rel, SinkStream *stream, List *fields)
{
	int			nargs = list_length(fields);
	Oid		   *types = palloc(sizeof(Oid) * nargs);
	Datum	   *values = palloc(sizeof(Datum) * nargs);
	char	   *nulls = palloc(nargs);
	TupleTableSlot *slot;
	SPIPlanPtr	plan;
	int64		count = 0;
	int			i;

	for (i = 0; i < nargs; i++)
		types[i] = stream->schema->fields[list_nth_int(fields, i)]->type;
	plan = SPI_prepare(insert_values(rel, stream->schema, fields), nargs, types);
	slot = MakeSingleTupleTableSlot(stream->schema->tupdesc, &TTSOpsVirtual);
	while (sink_stream_next(stream, slot))
	{
		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < nargs; i++)
		{
			values[i] = slot->tts_values[list_nth_int(fields, i)];
			nulls[i] = slot->tts_isnull[list_nth_int(fields, i)] ? 'n' : ' ';
		}
		count += run_plan(stream, plan, values, nulls);
	}
	ExecDropSingleTupleTableSlot(slot);
	return count;
}

/* Says whose statement it is that SPI's own line of the context shows. */
static void
tell_context(void *rel)
{
	errcontext("synthik_augment of \"%s\"", RelationGetRelationName((Relation) rel));
}

int64
insert_sink_fill(Relation rel, const Schema *schema, RowStream *rows_stream,
				 Prober *prober, const RowRequest *request)
{
	int64		rows = request->rows;
	List	   *fields = inserted_fields(rel, schema);
	SinkStream	stream = {
		.row_type = rel->rd_rel->reltype, .schema = schema,
		.stream = rows_stream, .prober = prober, .rows = rows,
		.hold_triggers = request->hold_triggers
	};
	ErrorContextCallback callback = {error_context_stack, tell_context, rel};
	int64		count;
	int64		given;

	error_context_stack = &callback;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (fields == NIL)
		count = fill_default_values(rel, rows);
	else if (sink_has_insert_rules(rel))
		count = fill_by_row(rel, &stream, fields);
	else
		count = fill_by_statement(rel, &stream, fields);
	SPI_finish();
	error_context_stack = callback.previous;

	given = fields == NIL ? rows : row_stream_given(rows_stream);
	if (count != given)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("a trigger or rule of \"%s\" stored " INT64_FORMAT " of " INT64_FORMAT " rows",
						RelationGetRelationName(rel), count, given),
				 errhint("A BEFORE trigger that returns NULL drops its row; the rows it would drop can be kept out with a condition.")));
	return count;
}
