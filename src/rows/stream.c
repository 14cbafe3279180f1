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

#include "executor/executor.h"
#include "miscadmin.h"
#include "rows/progress.h"
#include "rows/stream.h"
#include "schema/expression.h"
#include "util/guard.h"
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"
#include "util/series.h"

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

/* A draw that is done again. */
typedef struct Redraw
{
	RowStream  *stream;
	int			component;
	uint32		attempt;
} Redraw;

static void
redraw_row(void *argument)
{
	const Redraw *redraw = argument;
	RowStream  *stream = redraw->stream;

	stream->source->methods->redraw(stream->source, stream->block, stream->row,
									redraw->component, redraw->attempt);
}

/* Where the source has no values left, a stream that yields has ended. */
static void
redraw_or_end(Redraw *redraw)
{
	RowStream  *stream = redraw->stream;
	ErrorData  *error = NULL;

	if (!stream->request.yields)
		redraw_row(redraw);
	else if (!guard_call(redraw_row, redraw, &error))
	{
		if (error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
			ReThrowError(error);
		ereport(NOTICE, (errmsg_internal("%s", error->message)));
		stream->ended = true;
	}
}

/* Draws one component of the row again, or with 0 the whole row. */
static void
stream_redraw(RowStream *stream, int component)
{
	RowBlock   *block = stream->block;
	MemoryContext kept = block->memory;
	MemoryContext old;
	Redraw		redraw = {stream, component};

	CHECK_FOR_INTERRUPTS();

	/*
	 * A number for the whole row has to be new to each of its components, and
	 * theirs go on from it.
	 */
	if (component == 0)
	{
		redraw.attempt = stream->attempts[0] + 1;
		for (int i = 0; i <= stream->schema->ncomponents; i++)
			stream->attempts[i] = redraw.attempt;
	}
	else
	{
		redraw.attempt = ++stream->attempts[component];
		stream->attempts[0] = Max(stream->attempts[0], redraw.attempt);
	}
	block->memory = stream->scratch;
	old = MemoryContextSwitchTo(stream->scratch);
	redraw_or_end(&redraw);
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
		if (stream->ended)
			return false;
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
	stream->ended = !stream_settle(stream);
	if (!stream->ended)
		stream_keep_expressions(stream);
	if (!stream->ended && stream->redrawn)
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
	if (stream->ended)
		return false;

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
