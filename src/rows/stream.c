/*-------------------------------------------------------------------------
 *
 * stream.c
 *		Rows from a source, made complete and valid, one at a time.
 *
 * A source makes what can be made from the row's number alone.  The stream
 * adds what needs the executor: defaults, which are evaluated when the row is
 * handed on and not before, as they may take numbers from a sequence, and
 * expressions.  Then it tests the row; while a rule fails, the fields that
 * the rule hangs on are drawn again.
 *
 * A schema without any of that takes the short way: a row costs no more than
 * copying its datums from the block into the slot.
 *
 * NB: two blocks alternate, so that what is in a row lives for a block's more
 * rows.  All that a row hands on by reference lies in its block's memory;
 * draws that came to nothing lie in a scratch context, or else a check that
 * one in a thousand rows meets would cost a thousand rows' memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/int.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "rows/checks.h"
#include "rows/progress.h"
#include "rows/rows.h"
#include "rows/tally.h"
#include "schema/expression.h"
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"
#include "util/series.h"

/*
 * Datums of one block column, and 64 bytes more: columns at a distance of
 * exactly 4 kB would all fall into the same few lines of the cache.
 */
#define COLUMN_STRIDE	(ROW_BLOCK + 8)

/* A default or an expression. */
typedef struct Computed
{
	int			field;
	ExprState  *state;
} Computed;

/* A field that takes over what a default has given to another one. */
typedef struct DefaultCopy
{
	int			from;
	int			to;
} DefaultCopy;

/* What to name if an error is thrown. */
typedef enum StreamTask
{
	TASK_NONE,
	TASK_DEFAULT,
	TASK_EXPRESSION,
	TASK_CHECK
} StreamTask;

struct RowStream
{
	MemoryContext context;
	const Schema *schema;
	TupleDesc	tupdesc;
	RowRequest	request;		/* as the source sees it */
	RowSource  *source;

	/* where it is */
	RowBlock	blocks[2];
	RowBlock   *block;			/* the current one, or NULL before the first */
	int			row;			/* of the block, handed out last */
	int64		loaded;			/* rows that the source has made */
	int64		handed;			/* rows handed out */
	bool		ended;			/* before all were: one could not be made */

	/* which fields, as arrays of indexes */
	int			nhanded;		/* handed on; the others are NULL there */
	int		   *handed_fields;
	int			nstored;		/* that lie in the block and are used */
	int		   *stored_fields;
	int			ncontexts;		/* likewise, behind the fields */
	int		   *contexts;

	/* what the executor does; all of it is empty on the short way */
	bool		plain;			/* the short way */
	EState	   *estate;
	ExprContext *econtext;
	TupleTableSlot *work;		/* the row that is being completed, */
	TupleTableSlot *around;		/* and its contexts, or NULL: there are none */
	int			ndefaults;
	Computed   *defaults;
	int			ncopies;
	DefaultCopy *copies;
	int			nexpressions;
	Computed   *expressions;
	RowChecks  *checks;
	StreamTask	task;
	int			task_field;

	TupleTableSlot *previous;	/* the row before in the same series, and the place
								 * in it; NULL where nothing reads them */
	int64		lead;			/* rows made before the first one asked for, to know
								 * what is before it */

	/* drawing again; attempts are those of the current row */
	MemoryContext scratch;
	bool		redrawn;
	uint32	   *attempts;		/* by component; [0] is the highest of all */
	int64		rejected;		/* how often this row was rejected */
	Tally		rejections;		/* how often what is stored has forbidden a row, by index */
};

/* ---- opening ---- */

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

/* ---- completing a row ---- */

static int64
stream_row_number(const RowStream *stream)
{
	return stream->block->first_row + stream->row;
}

static void
stream_error_context(void *arg)
{
	RowStream  *stream = arg;
	long long	row = stream_row_number(stream);

	if (stream->task == TASK_CHECK && stream->checks->current >= 0)
		errcontext("%s of row %lld",
				   stream->checks->items[stream->checks->current].label, row);
	else if (stream->task == TASK_DEFAULT || stream->task == TASK_EXPRESSION)
		errcontext("%s of field \"%s\", row %lld",
				   stream->task == TASK_DEFAULT ? "default" : "expression",
				   stream->schema->fields[stream->task_field]->name, row);
}

/* A by-reference value into the memory of the block, to live as long. */
static inline Datum
block_keep(RowStream *stream, int field, Datum value)
{
	int			nfields = stream->tupdesc->natts;
	Form_pg_attribute att = field < nfields ? TupleDescAttr(stream->tupdesc, field) :
		TupleDescAttr(stream->schema->context_tupdesc, field - nfields);
	MemoryContext old;

	if (att->attbyval)
		return value;
	old = MemoryContextSwitchTo(stream->block->memory);
	value = datumCopy(value, false, att->attlen);
	MemoryContextSwitchTo(old);
	return value;
}

static inline Datum
stream_compute(RowStream *stream, const Computed *computed, bool *isnull)
{
	stream->task_field = computed->field;
	return ExecEvalExprSwitchContext(computed->state, stream->econtext,
									 isnull);
}

static void
stream_defaults(RowStream *stream)
{
	RowBlock   *block = stream->block;
	int			row = stream->row;

	stream->task = TASK_DEFAULT;
	for (int i = 0; i < stream->ndefaults; i++)
	{
		const Computed *computed = &stream->defaults[i];
		bool		isnull;
		Datum		value = stream_compute(stream, computed, &isnull);

		if (!isnull)
			value = block_keep(stream, computed->field, value);
		block->values[computed->field][row] = value;
		block->nulls[computed->field][row] = isnull;
	}
	for (int i = 0; i < stream->ncopies; i++)
	{
		const DefaultCopy *copy = &stream->copies[i];

		block->values[copy->to][row] = block->values[copy->from][row];
		block->nulls[copy->to][row] = block->nulls[copy->from][row];
	}
	stream->task = TASK_NONE;
	ResetExprContext(stream->econtext);
}

static void
stream_expressions(RowStream *stream)
{
	TupleTableSlot *work = stream->work;

	stream->task = TASK_EXPRESSION;
	for (int i = 0; i < stream->nexpressions; i++)
	{
		const Computed *computed = &stream->expressions[i];
		int			field = computed->field;
		bool		isnull;
		Datum		value = stream_compute(stream, computed, &isnull);

		/* Nobody who reads it may change it in place. */
		work->tts_values[field] =
			MakeExpandedObjectReadOnly(value, isnull,
									   TupleDescAttr(stream->tupdesc, field)->attlen);
		work->tts_isnull[field] = isnull;
	}
	stream->task = TASK_NONE;
}

/* What lies in the block, into arrays of a slot. */
static inline void
stream_gather(const RowStream *stream, int nfields, const int *fields,
			  Datum *values, bool *isnull)
{
	const RowBlock *block = stream->block;
	int			row = stream->row;

	for (int i = 0; i < nfields; i++)
	{
		int			field = fields[i];

		values[field] = block->values[field][row];
		isnull[field] = block->nulls[field][row];
	}
}

static inline void
stream_gather_contexts(const RowStream *stream)
{
	const RowBlock *block = stream->block;

	for (int i = 0; i < stream->ncontexts; i++)
	{
		int			field = stream->contexts[i];
		int			at = field - stream->schema->nfields;

		stream->around->tts_values[at] = block->values[field][stream->row];
		stream->around->tts_isnull[at] = block->nulls[field][stream->row];
	}
}

/* Draws one component of the row again, or with 0 the whole row. */
static void
stream_redraw(RowStream *stream, int component)
{
	RowBlock   *block = stream->block;
	MemoryContext kept = block->memory;
	MemoryContext old;
	uint32		attempt;

	CHECK_FOR_INTERRUPTS();

	/*
	 * A number for the whole row has to be new to each of its components, and
	 * theirs go on from it.
	 */
	if (component == 0)
	{
		attempt = stream->attempts[0] + 1;
		for (int i = 0; i <= stream->schema->ncomponents; i++)
			stream->attempts[i] = attempt;
	}
	else
	{
		attempt = ++stream->attempts[component];
		stream->attempts[0] = Max(stream->attempts[0], attempt);
	}
	block->memory = stream->scratch;
	old = MemoryContextSwitchTo(stream->scratch);
	stream->source->methods->redraw(stream->source, block, stream->row,
									component, attempt);
	MemoryContextSwitchTo(old);
	block->memory = kept;
	stream->redrawn = true;
}

/* Moves the draw that held into the block, and forgets the others. */
static void
stream_keep_redrawn(RowStream *stream)
{
	RowBlock   *block = stream->block;
	int			row = stream->row;

	for (int i = 0; i < stream->nstored; i++)
	{
		int			field = stream->stored_fields[i];

		if (stream->schema->fields[field]->origin == FIELD_MADE &&
			!block->nulls[field][row])
			block->values[field][row] =
				block_keep(stream, field, block->values[field][row]);
	}
	for (int i = 0; i < stream->ncontexts; i++)
	{
		int			field = stream->contexts[i];

		if (!block->nulls[field][row])
			block->values[field][row] =
				block_keep(stream, field, block->values[field][row]);
	}
	if (stream->ncontexts > 0)
		stream_gather_contexts(stream);
	MemoryContextReset(stream->scratch);
	stream->redrawn = false;
}

/* Expressions and checks, with redraws until all of them hold; or false. */
static bool
stream_settle(RowStream *stream)
{
	TupleTableSlot *work = stream->work;
	int			component = 0;
	int64		draws = 1;

	for (;;)
	{
		int			failing;

		ResetExprContext(stream->econtext);
		stream_gather(stream, stream->nstored, stream->stored_fields,
					  work->tts_values, work->tts_isnull);
		stream_gather_contexts(stream);
		stream_expressions(stream);
		stream->task = TASK_CHECK;
		failing = checks_run(stream->checks, stream->econtext, component);
		stream->task = TASK_NONE;
		if (failing < 0)
			return true;
		if (!checks_judge(stream->checks, failing, work, stream_row_number(stream), draws))
			return false;
		component = stream->checks->items[failing].component;
		stream_redraw(stream, component);
		draws++;
	}
}

/* Expression values, into the memory of the block. */
static void
stream_keep_expressions(RowStream *stream)
{
	TupleTableSlot *work = stream->work;

	for (int i = 0; i < stream->nexpressions; i++)
	{
		int			field = stream->expressions[i].field;

		if (!work->tts_isnull[field])
			work->tts_values[field] =
				block_keep(stream, field, work->tts_values[field]);
	}
}

/*
 * Completes the row in the work slot.  Defaults are evaluated if asked for:
 * once a row, however often the rest of it is drawn.  Where it cannot be made,
 * the stream has ended.
 */
static void
stream_complete(RowStream *stream, bool defaults)
{
	ErrorContextCallback callback;

	CHECK_FOR_INTERRUPTS();
	callback.callback = stream_error_context;
	callback.arg = stream;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	if (defaults && stream->ndefaults > 0)
		stream_defaults(stream);
	if (!stream_settle(stream))
		stream->ended = true;
	stream_keep_expressions(stream);
	if (stream->redrawn)
	{
		stream_keep_redrawn(stream);
		stream_gather(stream, stream->nstored, stream->stored_fields,
					  stream->work->tts_values, stream->work->tts_isnull);
	}

	error_context_stack = callback.previous;
}

/* ---- handing out ---- */

static void
stream_load_block(RowStream *stream)
{
	RowBlock   *block = stream->block == &stream->blocks[0] ?
		&stream->blocks[1] : &stream->blocks[0];
	int64		left = stream->request.rows - stream->loaded;
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(block->memory);
	block->nrows = (int) Min(left, stream->source->block_rows);
	block->first_row = stream->request.first_row + stream->loaded;
	/* What a source leaves behind goes with the block. */
	old = MemoryContextSwitchTo(block->memory);
	stream->source->methods->next(stream->source, block);
	MemoryContextSwitchTo(old);
	stream->loaded += block->nrows;
	progress_rows(stream->request.progress, Max(stream->loaded - stream->lead, 0));
	stream->block = block;
	stream->row = -1;
}

static inline void
stream_hand_out(RowStream *stream, Datum *values, bool *isnull)
{
	int			natts = stream->tupdesc->natts;

	if (stream->nhanded < natts)
		memset(isnull, true, sizeof(bool) * natts);
	if (stream->plain)
		stream_gather(stream, stream->nhanded, stream->handed_fields, values, isnull);
	else
		for (int i = 0; i < stream->nhanded; i++)
		{
			int			field = stream->handed_fields[i];

			values[field] = stream->work->tts_values[field];
			isnull[field] = stream->work->tts_isnull[field];
		}
}

int
row_stream_block_rows(const RowStream *stream)
{
	return stream->source == NULL ? 1 : stream->source->block_rows;
}

/* What the row that comes next finds before it, and where it stands. */
static void
stream_enter_series(RowStream *stream)
{
	const Schema *schema = stream->schema;
	int			natts = stream->tupdesc->natts;
	SeriesPlace place;
	Datum	   *values;
	bool	   *nulls;

	if (stream->previous == NULL)
		return;
	values = stream->previous->tts_values;
	nulls = stream->previous->tts_isnull;
	place = series_place(schema->series_low, schema->series_high, stream->request.seed,
						 stream_row_number(stream) - 1);
	values[natts + PLACE_POSITION] = Int64GetDatum(place.position + 1);
	values[natts + PLACE_ROWS] = Int64GetDatum(place.rows);
	values[natts + PLACE_NUMBER] = Int64GetDatum(place.number + 1);
	if (place.position == 0)
		memset(nulls, true, sizeof(bool) * (natts + PLACE_COLUMNS + schema->ncontexts));
	memset(nulls + natts, false, sizeof(bool) * PLACE_COLUMNS);
	if (place.position == 0)
		return;
	memcpy(values, stream->work->tts_values, sizeof(Datum) * natts);
	memcpy(nulls, stream->work->tts_isnull, sizeof(bool) * natts);
	if (stream->around == NULL)
		return;
	memcpy(values + natts + PLACE_COLUMNS, stream->around->tts_values,
		   sizeof(Datum) * schema->ncontexts);
	memcpy(nulls + natts + PLACE_COLUMNS, stream->around->tts_isnull,
		   sizeof(bool) * schema->ncontexts);
}

/* Makes the next row, whether it was asked for or leads to one that was. */
static void
stream_make_next(RowStream *stream)
{
	if (stream->block == NULL || stream->row + 1 == stream->block->nrows)
		stream_load_block(stream);
	stream->row++;
	stream->handed++;

	if (stream->attempts[0] > 0)
		memset(stream->attempts, 0,
			   sizeof(uint32) * (stream->schema->ncomponents + 1));
	stream->rejected = 0;
	stream_enter_series(stream);
	if (!stream->plain)
		stream_complete(stream, true);
}

bool
row_stream_next_values(RowStream *stream, Datum *values, bool *isnull)
{
	while (!stream->ended && stream->handed < stream->request.rows)
	{
		stream_make_next(stream);
		if (stream->handed <= stream->lead || stream->ended)
			continue;
		stream_hand_out(stream, values, isnull);
		return true;
	}
	return false;
}

bool
row_stream_next(RowStream *stream, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	if (!row_stream_next_values(stream, slot->tts_values, slot->tts_isnull))
		return false;
	ExecStoreVirtualTuple(slot);
	return true;
}

int64
row_stream_given(const RowStream *stream)
{
	return Max(stream->handed - stream->ended - stream->lead, 0);
}

/* ---- rejected rows ---- */

static bool
stream_can_vary(const RowStream *stream)
{
	for (int i = 0; i < stream->schema->nfields; i++)
		if (stream->schema->fields[i]->origin == FIELD_MADE &&
			!stream->schema->fields[i]->per_series)
			return true;
	return stream->ndefaults > 0;
}

/* Gives up where almost every row is rejected: false. */
static bool
stream_count_rejection(RowStream *stream, const char *reason)
{
	TallyEntry *rejection = tally_count(&stream->rejections, reason);
	int64		let_in = stream->handed - 1;
	int64		drawn;

	stream->rejected++;
	drawn = let_in + rejection->count;
	if (stream_can_vary(stream) && stream->rejected < stream->checks->patience &&
		(drawn < stream->checks->patience || let_in >= drawn / CHECK_LEAST_SHARE))
		return true;
	ereport(stream->checks->elevel,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("index \"%s\" let in %s of %s rows drawn", reason,
					count_text(let_in), count_text(drawn)),
			 errdetail("Row " INT64_FORMAT " was drawn %s times.",
					   stream_row_number(stream),
					   count_text(stream->rejected)),
			 errhint("Give the columns of the index more different values, set their sequence past the stored ones, or ask for fewer rows.")));
	return false;
}

bool
row_stream_reject(RowStream *stream, TupleTableSlot *slot, const char *reason)
{
	Assert(stream->block != NULL && stream->row >= 0);
	if (!stream_count_rejection(stream, reason))
		stream->ended = true;
	if (stream->ended)
		return false;
	stream_redraw(stream, 0);

	/*
	 * Where drawing the row again did not help, the trouble may be a default:
	 * a sequence that lags behind what is stored moves on.
	 */
	if (!stream->plain)
		stream_complete(stream, stream->rejected > 1);
	else
		stream_keep_redrawn(stream);
	ExecClearTuple(slot);
	if (stream->ended)
		return false;
	stream_hand_out(stream, slot->tts_values, slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
	return true;
}
