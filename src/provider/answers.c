/*-------------------------------------------------------------------------
 *
 * answers.c
 *		What comes back from a model: rows, whole or by and by, and streams
 *		that end before their time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "provider/adapter.h"
#include "provider/model_source.h"
#include "utils/memutils.h"

#define BARREN_IN_A_ROW		5	/* answers without a valid row */
#define MOST_SHOWN			60	/* characters of a response that is none */
#define MOST_EVENT			(8 * 1024 * 1024)	/* bytes of one event */

/* ---- rows ---- */

static Ready *
read_rows(ModelSource *source, const char *text, size_t length, bool *readable)
{
	MemoryContext memory = AllocSetContextCreate(source->memory, "synthik answer",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	Ready	   *ready = palloc0(sizeof(Ready));

	ready->memory = memory;
	*readable = answer_read(source->reader, text, length, &ready->rows);
	MemoryContextSwitchTo(old);
	return ready;
}

/*
 * A fault without the value at fault: PostgreSQL's own messages quote it,
 * and end with it behind a colon.
 */
static char *
bare_fault(const char *fault)
{
	static const char *const ours[] = {"field \"", "a row has ", "the answer has "};
	char	   *text = pstrdup(fault);
	char	   *first;
	char	   *last;

	for (int i = 0; i < lengthof(ours); i++)
		if (strncmp(text, ours[i], strlen(ours[i])) == 0)
			return text;
	first = strchr(text, '"');
	last = strrchr(text, '"');
	if (first && last > first)
		memmove(first, last[1] == ' ' ? last + 2 : last + 1,
				strlen(last[1] == ' ' ? last + 2 : last + 1) + 1);
	text[strcspn(text, ":")] = '\0';
	return text;
}

/* What came back corrects the guess at a row's tokens. */
static void
learn_tokens(ModelSource *source, const TokenUsage *usage, int rows)
{
	if (usage == NULL || !usage->known || rows <= 0)
		return;
	source->row_tokens = 0.5 * source->row_tokens + 0.5 * Max(1.0, (double) usage->output / rows);
	source_plan_batches(source);
}

/* False where there are none. */
static bool
add_ready(ModelSource *source, Ready *ready)
{
	MemoryContext old;

	if (ready->rows.fault)
		source_count_reason(source, bare_fault(ready->rows.fault), true);
	unique_filter(source, &ready->rows);
	if (ready->rows.count == 0)
	{
		MemoryContextDelete(ready->memory);
		return false;
	}
	old = MemoryContextSwitchTo(source->memory);
	source->ready = lappend(source->ready, ready);
	MemoryContextSwitchTo(old);
	source->nready += ready->rows.count;
	return true;
}

/* Rows that are missing or refused are asked for with later numbers. */
static void
keep_rows(ModelSource *source, Ready *ready)
{
	if (add_ready(source, ready))
		source->barren = source->refusals = 0;
	else
		source->barren++;
	if (source->refusals >= REFUSALS_IN_A_ROW)
		source_give_up(source, "it refuses, or its answers are filtered");
	if (source->barren >= BARREN_IN_A_ROW)
		source_give_up(source, "its answers have no valid rows");
}

/* Only what has rows is worth being found again. */
static void
store_answer(ModelSource *source, const Batch *batch, const StringInfoData *text,
			 const Ready *ready)
{
	if (ready->rows.count > 0)
		paid_store(source->paid, batch->occurrence, batch->ledger, text->data, text->len);
}

/* One that was stored unread may have no rows: that says nothing of the model. */
void
answers_take_stored(ModelSource *source, Batch *batch, const char *text, size_t length)
{
	bool		readable;
	Ready	   *ready = read_rows(source, text, length, &readable);

	calls_forget(batch);
	(void) add_ready(source, ready);
}

void
answers_count_finish(ModelSource *source, FinishState finish)
{
	switch (finish)
	{
		case FINISH_TRUNCATED:
			source_count_reason(source, "the answer was cut short", false);
			source->rows_per_call = Max(1, source->rows_per_call / 2);
			break;
		case FINISH_REFUSED:
			source_count_reason(source, "the model refused", false);
			source->refusals++;
			break;
		case FINISH_FILTERED:
			source_count_reason(source, "the answer was filtered", false);
			source->refusals++;
			break;
		default:
			break;
	}
}

static const char *
outcome_of(FinishState finish, bool readable)
{
	switch (finish)
	{
		case FINISH_TRUNCATED:
			return "truncated";
		case FINISH_REFUSED:
			return "refused";
		case FINISH_FILTERED:
			return "filtered";
		default:
			return readable ? "done" : "unreadable";
	}
}

/* An answer that came to its end. */
static void
take_answer(ModelSource *source, Batch *batch, const ProviderAnswer *answer, double seconds)
{
	bool		readable;
	Ready	   *ready = read_rows(source, answer->text.data, answer->text.len, &readable);

	source->failures = source->pauses = 0;
	source->concurrency = Min(source->concurrency + 1, source->endpoint->max_concurrency);
	store_answer(source, batch, &answer->text, ready);
	calls_settle(source, batch, outcome_of(answer->finish, readable), &answer->usage, seconds,
				 &ready->rows);
	learn_tokens(source, &answer->usage, ready->rows.offered);
	answers_count_finish(source, answer->finish);
	calls_forget(batch);
	keep_rows(source, ready);
}

/* ---- streams ---- */

/*
 * A stream that was cut, stalled, or ended with an error: its complete rows
 * count, and the others are asked for again.
 */
static void
take_cut(ModelSource *source, Batch *batch, const ProviderError *error, double seconds)
{
	bool		readable;
	Ready	   *ready = read_rows(source, batch->answer.text.data, batch->answer.text.len,
								  &readable);

	if (ready->rows.count == 0)
	{
		MemoryContextDelete(ready->memory);
		failures_take(source, batch, error, true, seconds);
		return;
	}
	store_answer(source, batch, &batch->answer.text, ready);
	source_count_reason(source,
						error->message ? failures_message(error) : "a stream broke off", false);
	calls_settle(source, batch, "cut", NULL, seconds, &ready->rows);
	if (error->class == ERROR_CONFIG || error->class == ERROR_QUOTA)
		failures_refuse(source, error);
	source->failures = 0;
	calls_forget(batch);
	keep_rows(source, ready);
}

static void
take_stream(ModelSource *source, Batch *batch, double seconds)
{
	if (batch->answer.complete)
	{
		take_answer(source, batch, &batch->answer, seconds);
		return;
	}
	batch->problem.class = ERROR_TRANSIENT;
	batch->problem.wait_seconds = -1;
	batch->problem.message = pstrdup("the stream ended before the answer did");
	take_cut(source, batch, &batch->problem, seconds);
}

/* False where the stream says that there will be nothing more of use. */
static bool
take_sse(const ModelSource *source, Batch *batch, const SseEvent *event)
{
	return source->provider->parse_event(event->name, event->data, event->length,
										 &batch->answer, &batch->problem);
}

static bool
feed(const ModelSource *source, Batch *batch, const char *bytes, size_t length)
{
	SseEvent	event;
	SseResult	result;

	while ((result = sse_next(&batch->parser, &bytes, &length, &event)) == SSE_EVENT)
	{
		CHECK_FOR_INTERRUPTS();
		if (!take_sse(source, batch, &event))
			return false;
	}
	if (result == SSE_MORE)
		return true;
	batch->problem.class = ERROR_TRANSIENT;
	batch->problem.wait_seconds = -1;
	batch->problem.message = pstrdup("an event of the stream is too long");
	return false;
}

/* What comes of it lives as long as the batch. */
static bool
feed_batch(const ModelSource *source, Batch *batch, const char *bytes, size_t length)
{
	MemoryContext old = MemoryContextSwitchTo(batch->memory);
	bool		fine = feed(source, batch, bytes, length);

	MemoryContextSwitchTo(old);
	return fine;
}

/* The last event may lack the empty line behind it. */
static bool
finish_batch(const ModelSource *source, Batch *batch)
{
	MemoryContext old = MemoryContextSwitchTo(batch->memory);
	SseEvent	event;
	bool		fine = !sse_finish(&batch->parser, &event) || take_sse(source, batch, &event);

	MemoryContextSwitchTo(old);
	return fine;
}

/* ---- events ---- */

static const char *
header_lookup(void *headers, const char *name)
{
	const char *line = headers;
	size_t		length = strlen(name);

	while (line && *line)
	{
		const char *end = strchr(line, '\n');

		if (strncmp(line, name, length) == 0 && line[length] == ':')
		{
			const char *value = line + length + 1;

			while (*value == ' ')
				value++;
			return pnstrdup(value, end ? end - value : strlen(value));
		}
		line = end ? end + 1 : NULL;
	}
	return NULL;
}

/* Servers that cannot stream answer as a whole. */
static bool
is_stream(const Batch *batch)
{
	const char *type = batch->stream && batch->status == 200 ?
		header_lookup(batch->headers, "content-type") : NULL;

	return type && pg_strncasecmp(type, "text/event-stream", strlen("text/event-stream")) == 0;
}

static void
take_head(Batch *batch, const HttpEvent *event)
{
	MemoryContext old = MemoryContextSwitchTo(batch->memory);

	batch->status = event->status;
	batch->headers = pstrdup(event->headers ? event->headers : "");
	batch->streamed = is_stream(batch);
	if (batch->streamed)
		sse_init(&batch->parser, MOST_EVENT);
	MemoryContextSwitchTo(old);
}

/* A page of a gateway, mostly, where an address is wrong; its beginning tells. */
static char *
describe_form(const Batch *batch)
{
	char	   *begin = error_text(batch->body.data, Min(batch->body.len, 4 * MOST_SHOWN),
								   MOST_SHOWN);

	return begin[strspn(begin, " ")] == '\0' ? pstrdup("the response is empty") :
		psprintf("the response has not the provider's form, but begins with %s", begin);
}

static void
take_response(ModelSource *source, Batch *batch, double seconds)
{
	ProviderAnswer answer = {0};
	ProviderError error = {0};

	initStringInfo(&answer.text);
	if (batch->status != 200)
	{
		source->provider->classify_error(batch->status, header_lookup, batch->headers,
										 batch->body.data, batch->body.len, &error);
		failures_take(source, batch, &error, false, seconds);
	}
	else if (source->provider->parse_response(batch->body.data, batch->body.len, &answer))
		take_answer(source, batch, &answer, seconds);
	else
	{
		error.class = ERROR_TRANSIENT;
		error.status = batch->status;
		error.message = describe_form(batch);
		error.wait_seconds = -1;
		failures_take(source, batch, &error, true, seconds);
	}
}

static void
take_failure(ModelSource *source, Batch *batch, const HttpEvent *event)
{
	ProviderError error = {.class = ERROR_TRANSIENT,.wait_seconds = -1};

	if (event->permanent)
		failures_cannot_call(source, batch, event);
	error.message = event->problem;
	if (!batch->streamed)
		failures_take(source, batch, &error, event->sent, event->seconds);
	else if (batch->answer.complete)
		take_stream(source, batch, event->seconds);
	else
		take_cut(source, batch, &error, event->seconds);
}

static Batch *
find_batch(const ModelSource *source, uint32 id)
{
	ListCell   *lc;

	foreach(lc, source->flying)
		if (((Batch *) lfirst(lc))->id == id)
			return lfirst(lc);
	return NULL;
}

static void
land(ModelSource *source, Batch *batch)
{
	source->flying = list_delete_ptr(source->flying, batch);
	source->landed = batch;
	source->nflying -= batch->rows;
}

static void
take_data(ModelSource *source, Batch *batch, const HttpEvent *event)
{
	if (!batch->streamed)
	{
		appendBinaryStringInfo(&batch->body, event->data, (int) event->length);
		return;
	}
	if (feed_batch(source, batch, event->data, event->length))
		return;
	http_client_cancel(source->client, batch->id);
	land(source, batch);
	take_cut(source, batch, &batch->problem, event->seconds);
}

static void
take_end(ModelSource *source, Batch *batch, const HttpEvent *event)
{
	batch->ended = true;
	batch->seconds = event->seconds;
	land(source, batch);
	if (!batch->streamed)
		take_response(source, batch, event->seconds);
	else if (finish_batch(source, batch))
		take_stream(source, batch, event->seconds);
	else
		take_cut(source, batch, &batch->problem, event->seconds);
}

static void
collect(const ModelSource *source, Batch *batch, const HttpEvent *event)
{
	switch (event->kind)
	{
		case HTTP_EVENT_HEAD:
			take_head(batch, event);
			break;
		case HTTP_EVENT_DATA:
			if (batch->streamed)
				(void) feed_batch(source, batch, event->data, event->length);
			else
				appendBinaryStringInfo(&batch->body, event->data, (int) event->length);
			break;
		case HTTP_EVENT_DONE:
			batch->ended = true;
			batch->seconds = event->seconds;
			if (batch->streamed)
				(void) finish_batch(source, batch);
			break;
		case HTTP_EVENT_FAILED:
			break;
	}
}

void
answers_collect(ModelSource *source)
{
	HttpEvent	event;

	while (http_client_wait(source->client, &event, 0))
	{
		Batch	   *batch = find_batch(source, event.id);

		if (batch)
			collect(source, batch, &event);
	}
}

bool
answers_complete(const ModelSource *source, const Batch *batch, ProviderAnswer *answer)
{
	if (batch->streamed)
	{
		*answer = batch->answer;
		return answer->complete && answer->finish == FINISH_DONE;
	}
	initStringInfo(&answer->text);
	return batch->ended && batch->status == 200 &&
		source->provider->parse_response(batch->body.data, batch->body.len, answer) &&
		answer->finish == FINISH_DONE;
}

/* Takes what came of a call.  Runs in the memory of a turn. */
void
answers_take(ModelSource *source, HttpEvent *event)
{
	Batch	   *batch = find_batch(source, event->id);

	if (batch == NULL)
		return;
	switch (event->kind)
	{
		case HTTP_EVENT_HEAD:
			take_head(batch, event);
			break;
		case HTTP_EVENT_DATA:
			take_data(source, batch, event);
			break;
		case HTTP_EVENT_DONE:
			take_end(source, batch, event);
			break;
		case HTTP_EVENT_FAILED:
			land(source, batch);
			take_failure(source, batch, event);
			break;
	}
}
