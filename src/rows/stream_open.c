/*-------------------------------------------------------------------------
 *
 * stream_open.c
 *		Makes a stream of rows ready: its source, the blocks that the source
 *		fills, and what the executor is to evaluate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/int.h"
#include "executor/executor.h"
#include "rows/stream.h"
#include "schema/expression.h"
#include "util/series.h"
#include "utils/memutils.h"

/*
 * Datums of one block column, and 64 bytes more: columns at a distance of
 * exactly 4 kB would all fall into the same few lines of the cache.
 */
#define COLUMN_STRIDE	(ROW_BLOCK + 8)

/* ---- blocks and fields ---- */

static void
block_init(RowStream *stream, RowBlock *block, int64 rows)
{
	int			nfields = schema_width(stream->schema);
	bool		small = rows < ROW_BLOCK;
	Size		stride = small ? rows : COLUMN_STRIDE;
	Datum	   *values;
	bool	   *nulls;

	values = palloc_extended(sizeof(Datum) * stride * nfields + 1,
							 MCXT_ALLOC_HUGE);
	nulls = palloc_extended(sizeof(bool) * stride * nfields + 1,
							MCXT_ALLOC_HUGE);
	/* A column that the source leaves alone is NULL. */
	memset(nulls, true, sizeof(bool) * stride * nfields);

	block->ncolumns = nfields;
	block->values = palloc(sizeof(Datum *) * Max(nfields, 1));
	block->nulls = palloc(sizeof(bool *) * Max(nfields, 1));
	for (int i = 0; i < nfields; i++)
	{
		block->values[i] = values + stride * i;
		block->nulls[i] = nulls + stride * i;
	}
	/* The first chunk is kept by resets: large enough for usual rows. */
	block->memory = AllocSetContextCreate(stream->context, "synthik block",
										  small ? ALLOCSET_DEFAULT_MINSIZE :
										  128 * 1024,
										  small ? ALLOCSET_DEFAULT_INITSIZE :
										  128 * 1024,
										  ALLOCSET_DEFAULT_MAXSIZE);
}

static bool
stream_uses(const Bitmapset *used, int field)
{
	return used == NULL || bms_is_member(field, used);
}

/* Lists the fields: needed ones are handed on, used ones are looked at. */
static void
stream_list_fields(RowStream *stream, const Bitmapset *needed,
				   const Bitmapset *used)
{
	const Schema *schema = stream->schema;

	stream->handed_fields = palloc(sizeof(int) * Max(schema->nfields, 1));
	stream->stored_fields = palloc(sizeof(int) * Max(schema->nfields, 1));
	for (int i = 0; i < schema->nfields; i++)
	{
		FieldOrigin origin = schema->fields[i]->origin;

		if (origin == FIELD_DROPPED)
			continue;
		if (stream_uses(needed, i))
			stream->handed_fields[stream->nhanded++] = i;
		if (stream_uses(used, i) && origin != FIELD_EXPRESSION)
			stream->stored_fields[stream->nstored++] = i;
	}
	stream->contexts = palloc(sizeof(int) * Max(schema->ncontexts, 1));
	for (int i = schema->nfields; i < schema_width(schema); i++)
		if (stream_uses(used, i))
			stream->contexts[stream->ncontexts++] = i;
}

/* ---- what the executor does ---- */

static void
computed_add(RowStream *stream, Computed *list, int *count, int field)
{
	Node	   *expr = stream->schema->fields[field]->expr;

	list[*count].field = field;
	list[*count].state =
		ExecPrepareExpr((Expr *) copyObject(expr), stream->estate);
	(*count)++;
}

/* Defaults in the order of the fields, as INSERT evaluates them. */
static void
stream_compile(RowStream *stream, const Bitmapset *used)
{
	const Schema *schema = stream->schema;
	int			nfields = schema->nfields;

	stream->defaults = palloc(sizeof(Computed) * Max(nfields, 1));
	stream->expressions = palloc(sizeof(Computed) * Max(nfields, 1));
	for (int i = 0; i < nfields; i++)
		if (schema->fields[i]->origin == FIELD_DEFAULT &&
			schema->fields[i]->expr != NULL && stream_uses(used, i))
			computed_add(stream, stream->defaults, &stream->ndefaults, i);
	for (int i = 0; i < schema->nexpressions; i++)
	{
		int			field = schema->expression_order[i];

		if (stream_uses(used, field))
			computed_add(stream, stream->expressions, &stream->nexpressions,
						 field);
	}
}

/*
 * Where an expression or a check reads the row before, rows are made from the
 * beginning of the first row's series on: so each is what it is in the whole.
 */
static void
stream_init_series(RowStream *stream)
{
	RowRequest *request = &stream->request;
	const Schema *schema = stream->schema;
	bool		series = false;
	bool		previous = false;

	for (int i = 0; i < stream->nexpressions + stream->checks->count; i++)
	{
		Node	   *expr = i < stream->nexpressions ?
			schema->fields[stream->expressions[i].field]->expr :
			stream->checks->items[i - stream->nexpressions].expr;

		if (expr == NULL)
			continue;
		series |= expression_reads_series(schema, expr);
		previous |= !bms_is_empty(expression_reads_previous(schema, expr));
	}
	if (!series)
		return;
	stream->previous = MakeSingleTupleTableSlot(previous_descriptor(schema), &TTSOpsVirtual);
	ExecStoreAllNullTuple(stream->previous);
	stream->econtext->ecxt_outertuple = stream->previous;
	if (!previous)
		return;
	stream->lead = series_place(schema->series_low, schema->series_high, request->seed,
								request->first_row - 1).position;
	request->first_row -= stream->lead;
	request->rows += stream->lead;
}

static void
stream_init_executor(RowStream *stream, Bitmapset *needed)
{
	Bitmapset  *used;

	stream->estate = CreateExecutorState();
	stream->econtext = CreateExprContext(stream->estate);
	stream->checks = checks_build(stream->schema, stream->estate, needed,
								  &used);
	stream->checks->elevel = stream->request.yields ? NOTICE : ERROR;
	stream->request.needed = used;
	stream_list_fields(stream, needed, used);
	stream_compile(stream, used);
	stream->plain = stream->checks->count == 0 && stream->ndefaults == 0 &&
		stream->nexpressions == 0;

	stream->work = MakeSingleTupleTableSlot(stream->tupdesc, &TTSOpsVirtual);
	ExecStoreAllNullTuple(stream->work);
	stream->work->tts_tableOid = stream->schema->relid;
	stream->econtext->ecxt_scantuple = stream->work;
	if (stream->schema->ncontexts > 0)
	{
		stream->around = MakeSingleTupleTableSlot(stream->schema->context_tupdesc,
												  &TTSOpsVirtual);
		ExecStoreAllNullTuple(stream->around);
		stream->econtext->ecxt_innertuple = stream->around;
	}
	stream_init_series(stream);
}

/* ---- opening and closing ---- */

/*
 * In an empty table that refers to itself, a row that has to refer to one is
 * its own parent.  The source sees to that, but for keys that a default makes
 * only after it.
 */
static void
stream_add_copies(RowStream *stream, const Reference *reference)
{
	const Schema *schema = stream->schema;

	for (int k = 0; k < reference->ncolumns; k++)
	{
		int			to = reference->fields[k];
		int			from = reference->attnums[k] - 1;
		DefaultCopy *copy;

		if (!schema->fields[to]->required ||
			schema->fields[to]->origin != FIELD_MADE ||
			schema->fields[from]->origin != FIELD_DEFAULT)
			continue;
		stream->copies = stream->copies == NULL ? palloc(sizeof(DefaultCopy)) :
			repalloc(stream->copies, sizeof(DefaultCopy) * (stream->ncopies + 1));
		copy = &stream->copies[stream->ncopies++];
		copy->from = from;
		copy->to = to;
	}
}

static void
stream_find_copies(RowStream *stream, ReferencePool **pools)
{
	ListCell   *lc;

	foreach(lc, stream->schema->references)
	{
		const Reference *reference = lfirst(lc);

		if (reference->self && pools[foreach_current_index(lc)]->nkeys == 0)
			stream_add_copies(stream, reference);
	}
}

static void
stream_open_source(RowStream *stream, const RowSourceMethods *methods)
{
	ReferencePool **pools = NULL;
	RowRequest *request = &stream->request;
	int64		rows;

	if (stream->schema->references != NIL)
	{
		pools = references_load(stream->schema, request->seed, request->rows);
		stream_find_copies(stream, pools);
	}
	stream->source = methods->open(stream->schema, request, pools);
	if (stream->source->patience > 0)
		stream->checks->patience = stream->source->patience;
	rows = Min(request->rows, stream->source->block_rows);
	block_init(stream, &stream->blocks[0], rows);
	if (request->rows > rows)
		block_init(stream, &stream->blocks[1], rows);
	stream->attempts = palloc0(sizeof(uint32) *
							   (stream->schema->ncomponents + 1));
	stream->scratch = AllocSetContextCreate(stream->context, "synthik redraws",
											ALLOCSET_DEFAULT_SIZES);
}

RowStream *
row_stream_open(const Schema *schema, const RowSourceMethods *methods,
				const RowRequest *request)
{
	MemoryContext context;
	MemoryContext old;
	RowStream  *stream;
	int64		last;

	if (pg_add_s64_overflow(request->first_row, request->rows, &last))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg(INT64_FORMAT " rows from row " INT64_FORMAT " on are out of range",
						request->rows, request->first_row)));

	context = AllocSetContextCreate(CurrentMemoryContext, "synthik stream",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	stream = palloc0(sizeof(RowStream));
	stream->context = context;
	stream->rejections.memory = context;
	stream->schema = schema;
	stream->tupdesc = schema->tupdesc;
	stream->request = *request;
	stream->row = -1;
	if (request->rows > 0)
	{
		stream_init_executor(stream, request->needed);
		stream_open_source(stream, methods);
	}
	MemoryContextSwitchTo(old);
	return stream;
}

void
row_stream_close(RowStream *stream)
{
	if (stream->source != NULL)
		stream->source->methods->close(stream->source);
	if (stream->work != NULL)
		ExecDropSingleTupleTableSlot(stream->work);
	if (stream->previous != NULL)
		ExecDropSingleTupleTableSlot(stream->previous);
	if (stream->around != NULL)
		ExecDropSingleTupleTableSlot(stream->around);
	if (stream->estate != NULL)
		FreeExecutorState(stream->estate);
	MemoryContextDelete(stream->context);
}
