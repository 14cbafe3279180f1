/*-------------------------------------------------------------------------
 *
 * source.c
 *		A language model as a source of rows.
 *
 * Rows are asked for in batches, several at a time.  The dispatcher moves the
 * bytes; everything that thinks is here and in the files beside: how many
 * rows a call is to bring, what an error means, when to ask again, and when
 * to give up.  An answer is in the ledger, and stored, before its rows are
 * used, so that nothing is paid for twice.
 *
 * What a model does not write (keys of other tables, counting keys, uuids)
 * the filler makes, which is the local source.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "guc.h"
#include "miscadmin.h"
#include "provider/evidence.h"
#include "provider/model_source.h"
#include "provider/source.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define FIRST_CONCURRENCY	4.0
#define ANSWER_SHARE		0.7 /* of the output limit that a call is planned for */
#define UNKNOWN_OUTPUT		4096	/* tokens, of a model that nothing is known of */
#define REASONING_TOKENS	2000	/* of an answer, beside its rows */
#define MOST_REASONS		20	/* that are told apart */
#define MOST_ADVICE			3	/* that a model is told of */
#define MOST_DRAWS			100 /* of a row: each is paid for */

/* ---- opening ---- */

static int
most_output(const ModelSource *source)
{
	return source->model->max_output_tokens > 0 ? source->model->max_output_tokens :
		UNKNOWN_OUTPUT;
}

/* Rows of one call: what the model may answer, and the setting, allow. */
void
source_plan_batches(ModelSource *source)
{
	double		rows = floor(most_output(source) * ANSWER_SHARE / source->row_tokens);

	source->rows_per_call = (int) Max(1, Min(rows, guc_max_batch_rows()));
}

/* What an answer of so many rows is expected to take. */
double
source_answer_tokens(const ModelSource *source, int rows)
{
	double		tokens = rows * source->row_tokens;

	if (source->model->reasons)
		tokens += REASONING_TOKENS;
	return Min((double) most_output(source), tokens);
}

static void
open_filler(ModelSource *source, ReferencePool **pools)
{
	RowRequest	request = source->request;

	if (bms_is_empty(source->ask->others))
		return;
	request.needed = source->ask->others;
	source->filler = request.filler->open(source->schema, &request, pools);
}

/* What is to be known before anything is asked for. */
static ModelSource *
make_source(const Schema *schema, const RowRequest *request)
{
	ModelSource *source = palloc0(sizeof(ModelSource));

	source->base.methods = &model_source_methods;
	source->base.patience = MOST_DRAWS;
	source->memory = CurrentMemoryContext;
	source->schema = schema;
	source->request = *request;
	source->model = model_load(request->model, &source->endpoint);
	source->traffic = psprintf("%u/%s", OidIsValid(source->endpoint->serverid) ? MyDatabaseId :
							   InvalidOid, source->endpoint->name);
	source->provider = provider_find(source->endpoint->dialect);
	source->lessons = lessons_find(source->endpoint, source->model);
	source->mode = source->endpoint->structured_given ?
		source->endpoint->structured_mode : source->model->structured_mode;
	source->ask = ask_make(schema, request->needed, request->locale);
	source->sample_rows = evidence_add(source->ask, request->send, request->send_rows);
	source->row_tokens = source->ask->row_tokens;
	source->next_first = request->first_row;
	source->concurrency = Min(FIRST_CONCURRENCY, source->endpoint->max_concurrency);
	source->reasons.memory = source->memory;
	source->reasons.most = MOST_REASONS;
	source_plan_batches(source);
	return source;
}

void
model_plan(const Schema *schema, const RowRequest *request, ModelPlan *plan)
{
	ModelSource *source = make_source(schema, request);

	plan->source = source;
	plan->model = source->model;
	plan->endpoint = source->endpoint;
	plan->calls = source->ask->nfields > 0;
	plan->rows_per_call = source->rows_per_call;
	plan->row_tokens = source->row_tokens;
	plan->concurrency = source->concurrency;
	plan->secret_header = calls_secret_header(source->endpoint, "<key>");
}

void
model_plan_call(const ModelPlan *plan, int64 first, int rows, ProviderMessage *message)
{
	calls_build(plan->source, first, rows, message);
}

static void
open_calls(ModelSource *source)
{
	uint8		key[LEDGER_HASH_SIZE];

	calls_open(source);
	calls_key(source, key);
	source->paid = paid_open(key, source->request.seed_given, source->request.seed,
							 source->request.fresh);
}

static RowSource *
model_open(const Schema *schema, const RowRequest *request, ReferencePool **pools)
{
	ModelSource *source = make_source(schema, request);

	endpoint_check_address(source->endpoint);
	source->scratch = AllocSetContextCreate(source->memory, "synthik call's turn",
											ALLOCSET_DEFAULT_SIZES);
	source->reader = answer_reader_make(source->ask);
	source->told = GetCurrentTimestamp();
	open_filler(source, pools);
	unique_open(source);
	source->base.block_rows = Min(source->filler ? source->filler->block_rows : ROW_BLOCK,
								  source->rows_per_call);
	if (source->ask->nfields > 0)
		open_calls(source);
	return &source->base;
}

/* ---- reasons ---- */

/* text must not hold values: it is shown, and what is of rows is sent. */
void
source_count_reason(ModelSource *source, const char *text, bool of_rows)
{
	TallyEntry *reason = tally_count(&source->reasons, text);

	reason->marked = of_rows && strcmp(reason->text, text) == 0;
}

/* The rows' faults of late, newest first, for the next call; or NULL. */
char *
source_advice(const ModelSource *source)
{
	StringInfoData out;
	int64		before = PG_INT64_MAX;

	initStringInfo(&out);
	for (int i = 0; i < MOST_ADVICE; i++)
	{
		const TallyEntry *newest = NULL;
		ListCell   *lc;

		foreach(lc, source->reasons.entries)
		{
			const TallyEntry *reason = lfirst(lc);

			if (reason->marked && reason->last < before &&
				(newest == NULL || reason->last > newest->last))
				newest = reason;
		}
		if (newest == NULL)
			break;
		before = newest->last;
		appendStringInfo(&out, "%s%s", i > 0 ? "; " : "Earlier rows were refused because: ",
						 newest->text);
	}
	if (out.len == 0)
		return NULL;
	appendStringInfoChar(&out, '.');
	return out.data;
}

static char *
reasons_text(const ModelSource *source)
{
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	foreach(lc, source->reasons.entries)
	{
		TallyEntry *reason = lfirst(lc);

		appendStringInfo(&out, "%s" INT64_FORMAT " times: %s", out.len > 0 ? "; " : "",
						 reason->count, reason->text);
	}
	return out.data;
}

void
source_give_up(ModelSource *source, const char *why)
{
	char	   *reasons = reasons_text(source);

	calls_abandon(source, "abandoned");
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
			 errmsg("model \"%s\" brought " INT64_FORMAT " of " INT64_FORMAT " rows: %s",
					source->model->name, source->nused + source->nready, source->request.rows,
					why),
			 reasons[0] != '\0' ? errdetail("%s.", reasons) : 0,
			 source->paid && paid_kept(source->paid) ?
			 errhint("Answers that have been paid for are kept: the same call goes on from them.") : 0));
}

/* ---- rows ---- */

static void
take_events(ModelSource *source, int64 n, int64 asked)
{
	HttpEvent	event;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		calls_fill(source, source->nready < n ? asked : n);
		calls_report(source);
		if (source->flying == NIL && source->nready >= n)
			break;
		if (http_client_wait(source->client, &event, source->nready < n ? 1000 : 0))
			answers_take(source, &event);
		else if (source->nready >= n)
			break;
		MemoryContextReset(source->scratch);
	}
	MemoryContextReset(source->scratch);
}

/*
 * Waits until n rows are ready; asked is how many there should be by then.
 * What has come meanwhile is taken in any case, so that calls follow each
 * other while rows are used.
 */
static void
await_rows(ModelSource *source, int64 n, int64 asked)
{
	MemoryContext old = MemoryContextSwitchTo(source->scratch);

	PG_TRY();
	{
		take_events(source, n, asked);
	}
	PG_CATCH();
	{
		calls_cancel(source);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
}

/* Moves the next ready row into the block. */
static void
take_ready(ModelSource *source, RowBlock *block, int row)
{
	Ready	   *ready = linitial(source->ready);
	int			nfields = source->ask->nfields;
	MemoryContext old = MemoryContextSwitchTo(block->memory);

	for (int i = 0; i < nfields; i++)
	{
		int			field = source->ask->fields[i];
		int			at = ready->next * nfields + i;
		int16		typlen;
		bool		typbyval;

		block->nulls[field][row] = ready->rows.nulls[at];
		if (ready->rows.nulls[at])
			continue;
		get_typlenbyval(source->schema->fields[field]->base_type, &typlen, &typbyval);
		block->values[field][row] = datumCopy(ready->rows.values[at], typbyval, typlen);
	}
	MemoryContextSwitchTo(old);
	source->nready--;
	if (++ready->next == ready->rows.count)
	{
		source->ready = list_delete_first(source->ready);
		MemoryContextDelete(ready->memory);
	}
}

static void
model_next(RowSource *base, RowBlock *block)
{
	ModelSource *source = (ModelSource *) base;

	if (source->filler)
		source->filler->methods->next(source->filler, block);
	if (source->ask->nfields == 0)
		return;
	await_rows(source, block->nrows, block->nrows);
	for (int row = 0; row < block->nrows; row++)
		take_ready(source, block, row);
	source->nused += block->nrows;
}

/*
 * Rows to ask for in the place of one that broke a rule: some for those behind
 * it in the block too, as many as the rows so far let expect, and the more the
 * more often it did, since a call for one row takes nearly as long as one for
 * many.
 */
static int64
rows_to_redraw(ModelSource *source, const RowBlock *block, int row, uint32 attempt)
{
	int64		judged = source->nused - block->nrows + row + 1;
	int64		ahead = block->nrows - row - 1;

	source->broken++;
	return Max(attempt, 1) + (int64) ceil((double) ahead * source->broken / Max(judged, 1));
}

static void
model_redraw(RowSource *base, RowBlock *block, int row, int component, uint32 attempt)
{
	ModelSource *source = (ModelSource *) base;

	if (source->filler)
		source->filler->methods->redraw(source->filler, block, row, 0, attempt);
	if (source->ask->nfields > 0)
	{
		source_count_reason(source, "a row broke a rule", true);
		await_rows(source, 1, rows_to_redraw(source, block, row, attempt));
		take_ready(source, block, row);
	}
}

static void
model_close(RowSource *base)
{
	ModelSource *source = (ModelSource *) base;

	if (source->filler)
		source->filler->methods->close(source->filler);
	if (source->client == NULL)
		return;
	calls_abandon(source, "abandoned");
	http_client_close(source->client);
	source->client = NULL;
	paid_close(source->paid);
}

const RowSourceMethods model_source_methods = {
	.name = "model",
	.open = model_open,
	.next = model_next,
	.redraw = model_redraw,
	.close = model_close,
};
