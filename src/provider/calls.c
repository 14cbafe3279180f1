/*-------------------------------------------------------------------------
 *
 * calls.c
 *		Requests to a model: built, reserved, sent and settled.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "guc.h"
#include "miscadmin.h"
#include "provider/ask.h"
#include "provider/model_source.h"
#include "rows/progress.h"
#include "utils/memutils.h"

#define STREAM_SECONDS	20.0	/* longer calls are streamed */
#define GUESSED_SPEED	60.0	/* tokens a second */
#define STALL_MS		60000	/* a stream without a byte */
#define THINKING_MS		300000	/* the same, of models that think before they write */
#define NOTICE_SECONDS	5		/* between lines on how far it is */
#define MOST_BYTES		(32 * 1024 * 1024)	/* of a response, */
#define BYTES_AROUND	(1024 * 1024)	/* and for each token of one with so many: */
#define BYTES_TOKEN		64		/* as a whole, escapes and reasoning included, */
#define BYTES_EVENT		2048	/* and as an event of its own */

/* ---- building ---- */

static void
hash_message(const ProviderMessage *message, uint8 *hash)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (context == NULL || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) message->url, strlen(message->url)) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) message->body, message->body_length) < 0 ||
		pg_cryptohash_final(context, hash, LEDGER_HASH_SIZE) < 0)
		elog(ERROR, "could not hash a request");
	pg_cryptohash_free(context);
}

static int
output_limit(const ModelSource *source, int rows)
{
	int			most = source->model->max_output_tokens;
	double		wanted = source_answer_tokens(source, rows) * 1.6 + 200;

	return (int) (most > 0 ? Min((double) most, wanted) : wanted);
}

static bool
is_long(const ModelSource *source, int rows)
{
	double		speed = source->model->tokens_per_second > 0 ?
		source->model->tokens_per_second : GUESSED_SPEED;

	return source_answer_tokens(source, rows) / speed > STREAM_SECONDS;
}

static char *
user_text(const ModelSource *source, const Batch *batch)
{
	char	   *text = ask_user_text(source->ask, batch->first, batch->rows,
									 source->request.rows, source->request.seed);
	char	   *advice = source_advice(source);

	return advice ? psprintf("%s %s", text, ask_utf8(advice)) : text;
}

static void
build_message(const ModelSource *source, Batch *batch, ProviderMessage *message)
{
	ProviderRequest request = {0};

	batch->limit = output_limit(source, batch->rows);
	batch->stream = source->endpoint->stream &&
		(source->request.stream >= 0 ? source->request.stream > 0 : is_long(source, batch->rows));
	batch->mode = Max(source->mode, source->lessons->mode);
	batch->lessons = source->lessons->count;
	request.endpoint = source->endpoint;
	request.model = source->model;
	request.mode = batch->mode;
	request.system = source->ask->system;
	request.user = user_text(source, batch);
	request.schema = ask_answer(source->ask, source->endpoint->dialect, batch->mode);
	request.max_output_tokens = batch->limit;
	request.temperature = source->request.temperature;
	request.seed_given = source->request.seed_given;
	request.seed = source->request.seed & 0x7fffffff;
	request.stream = batch->stream;
	request.without = source->lessons->without;
	source->provider->build_request(&request, message);
	hash_message(message, batch->hash);
}

/* As it would be sent. */
void
calls_build(ModelSource *source, int64 first, int rows, ProviderMessage *message)
{
	Batch		batch = {.first = first,.rows = rows};

	build_message(source, &batch, message);
}

/*
 * What answers are stored under: what is asked for, apart from the rows of
 * one request, and from what is learned on the way.
 */
void
calls_key(const ModelSource *source, uint8 *key)
{
	ProviderRequest request = {0};
	ProviderMessage message = {0};

	request.endpoint = source->endpoint;
	request.model = source->model;
	request.mode = STRUCTURED_PROMPT;
	request.system = source->ask->system;
	request.user = psprintf("%s\n%s", source->model->name,
							ask_user_text(source->ask, source->request.first_row, 0, 0,
										  source->request.seed_given ?
										  source->request.seed : 0));
	request.schema = source->ask->answer;
	request.temperature = source->request.temperature;
	request.seed_given = source->request.seed_given;
	request.seed = source->request.seed & 0x7fffffff;
	/* Anthropic's requests must have one. */
	request.max_output_tokens = 1;
	source->provider->build_request(&request, &message);
	hash_message(&message, key);
}

char *
calls_secret_header(const Endpoint *endpoint, const char *key)
{
	switch (endpoint->auth_header)
	{
		case AUTH_BEARER:
			return psprintf("authorization: Bearer %s", key);
		case AUTH_API_KEY:
			return psprintf("api-key: %s", key);
		case AUTH_X_API_KEY:
			return psprintf("x-api-key: %s", key);
		case AUTH_X_GOOG_API_KEY:
			return psprintf("x-goog-api-key: %s", key);
		case AUTH_NONE:
			break;
	}
	return NULL;
}

static char *
secret_header(const ModelSource *source)
{
	char	   *key = endpoint_key(source->endpoint);
	char	   *header;

	if (key == NULL)
		return NULL;
	header = calls_secret_header(source->endpoint, key);
	explicit_bzero(key, strlen(key));
	return header;
}

/* ---- the ledger ---- */

/* At list price, the most that a call can cost. */
static double
most_cost(const ModelSource *source, const Batch *batch, const ProviderMessage *message,
		  TokenUsage *most)
{
	memset(most, 0, sizeof(*most));
	most->known = true;
	most->input = tokens_estimate(message->body, message->body_length);
	most->output = batch->limit;
	return model_cost(source->model, most);
}

static void
reserve(ModelSource *source, Batch *batch, const TokenUsage *most, double cost)
{
	LedgerEntry entry = {0};

	memcpy(entry.hash, batch->hash, sizeof(entry.hash));
	entry.model = source->model->name;
	entry.endpoint = source->endpoint->name;
	entry.columns = source->ask->names;
	entry.sample_rows = source->sample_rows;
	entry.reserved_input = most->input;
	entry.reserved_output = most->output;
	entry.reserved_usd = cost;
	entry.call_budget = source->request.budget;
	entry.call_spent = source->spent + source->reserved;
	batch->ledger = ledger_reserve(&entry);
	batch->reserved = Max(cost, 0);
	source->reserved += batch->reserved;
}

/* Without a usage the reservation stands: it may have cost as much. */
void
calls_settle(ModelSource *source, Batch *batch, const char *outcome, const TokenUsage *usage,
			 double seconds, const AnswerRows *rows)
{
	LedgerOutcome settled = {0};

	if (batch->ledger == 0)
		return;
	settled.outcome = outcome;
	if (usage)
		settled.usage = *usage;
	settled.usd = usage && usage->known ? model_cost(source->model, usage) : -1;
	settled.seconds = seconds;
	settled.retries = batch->tries;
	if (rows)
	{
		settled.rows = rows->offered;
		settled.valid_rows = rows->count;
	}
	source->reserved = Max(0, source->reserved - batch->reserved);
	source->spent += settled.usd >= 0 ? settled.usd : batch->reserved;
	if (settled.usage.known)
	{
		source->input_tokens += settled.usage.input;
		source->output_tokens += settled.usage.output;
	}
	ledger_settle(batch->ledger, &settled);
	batch->ledger = 0;
	if (source->landed == batch)
		source->landed = NULL;
}

/* ---- sending ---- */

/* What an answer of so many tokens can have, and some more. */
static int64
most_bytes(const Batch *batch)
{
	int64		tokens = (int64) batch->limit * (batch->stream ? BYTES_EVENT : BYTES_TOKEN);

	return Min(BYTES_AROUND + tokens, MOST_BYTES);
}

static void
submit(ModelSource *source, Batch *batch, const ProviderMessage *message, double wait,
	   const char *secret)
{
	HttpCall	call = {0};

	call.id = batch->id = ++source->last_id;
	call.endpoint = source->traffic;
	call.max_concurrency = source->endpoint->max_concurrency;
	if (wait > 0)
		call.not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													  (int64) (wait * 1000));
	call.url = message->url;
	call.headers = message->headers;
	call.secret_header = secret;
	call.body = message->body;
	call.body_length = message->body_length;
	call.ca_file = source->endpoint->ca_file;
	call.stream = batch->stream;
	call.allow_http = source->endpoint->trusted;
	call.allow_private = source->endpoint->trusted;
	call.timeout_ms = source->endpoint->timeout_ms;
	call.stall_ms = Min(source->model->reasons ? THINKING_MS : STALL_MS,
						source->endpoint->timeout_ms / 2);
	call.max_response_bytes = most_bytes(batch);
	http_client_submit(source->client, &call);
}

static void
add_flying(ModelSource *source, Batch *batch)
{
	MemoryContext old = MemoryContextSwitchTo(source->memory);

	source->flying = lappend(source->flying, batch);
	MemoryContextSwitchTo(old);
	source->nflying += batch->rows;
}

/* What was reserved and could not be sent is given back. */
static void
send_reserved(ModelSource *source, Batch *batch, const ProviderMessage *message, double wait,
			  char *secret)
{
	PG_TRY();
	{
		submit(source, batch, message, wait, secret);
	}
	PG_CATCH();
	{
		TokenUsage	nothing = {.known = true};

		if (secret)
			explicit_bzero(secret, strlen(secret));
		calls_settle(source, batch, "error: not sent", &nothing, 0, NULL);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (secret)
		explicit_bzero(secret, strlen(secret));
	add_flying(source, batch);
}

/* Nothing of an earlier try is left. */
static void
clear_batch(Batch *batch)
{
	resetStringInfo(&batch->body);
	resetStringInfo(&batch->answer.text);
	if (batch->streamed)
		sse_free(&batch->parser);
	batch->streamed = false;
	batch->ended = false;
	batch->status = 0;
	batch->answer = (ProviderAnswer) {.text = batch->answer.text};
	memset(&batch->problem, 0, sizeof(batch->problem));
}

/*
 * Sends a batch.  False where it is to wait for the calls in flight, since
 * the budget may have room when those are settled.
 */
static bool
try_launch(ModelSource *source, Batch *batch, double wait)
{
	MemoryContext turn = AllocSetContextCreate(CurrentMemoryContext, "synthik request",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(turn);
	ProviderMessage message = {0};
	TokenUsage	most;
	double		cost;
	bool		room;

	clear_batch(batch);
	build_message(source, batch, &message);
	cost = most_cost(source, batch, &message, &most);
	room = source->request.budget < 0 || cost < 0 || source->flying == NIL ||
		source->spent + source->reserved + cost <= source->request.budget;
	if (room)
	{
		char	   *secret = secret_header(source);

		reserve(source, batch, &most, cost);
		send_reserved(source, batch, &message, wait, secret);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(turn);
	return room;
}

/* Sends a batch again; one for which there is no room is asked for later. */
void
calls_launch(ModelSource *source, Batch *batch, double wait)
{
	if (!try_launch(source, batch, wait))
		calls_forget(batch);
}

static Batch *
make_batch(ModelSource *source, int rows)
{
	MemoryContext memory = AllocSetContextCreate(source->calls, "synthik call",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	Batch	   *batch = palloc0(sizeof(Batch));

	batch->memory = memory;
	batch->first = source->next_first;
	batch->rows = rows;
	batch->occurrence = source->next_occurrence;
	initStringInfo(&batch->body);
	initStringInfo(&batch->answer.text);
	MemoryContextSwitchTo(old);
	return batch;
}

void
calls_forget(Batch *batch)
{
	MemoryContextDelete(batch->memory);
}

/* Asks for rows, or takes an earlier answer; false: there is no room. */
static bool
begin_batch(ModelSource *source, int rows)
{
	Batch	   *batch = make_batch(source, rows);
	size_t		length;
	char	   *stored = paid_find(source->paid, batch->occurrence, &length);

	if (stored)
	{
		source->next_first += rows;
		source->next_occurrence++;
		answers_take_stored(source, batch, stored, length);
		return true;
	}
	if (!try_launch(source, batch, 0))
	{
		calls_forget(batch);
		return false;
	}
	source->next_first += rows;
	source->next_occurrence++;
	return true;
}

/* Fills the line up: as many calls as may run, for the rows that are missing. */
void
calls_fill(ModelSource *source, int64 needed)
{
	for (;;)
	{
		int64		missing = Max(needed, source->request.rows - source->nused) -
			source->nready - source->nflying;
		int64		ahead = (int64) source->concurrency * source->rows_per_call;

		if (missing <= 0 || source->nready >= needed + ahead ||
			list_length(source->flying) >= (int) source->concurrency)
			return;
		CHECK_FOR_INTERRUPTS();
		if (!begin_batch(source, (int) Min(missing, source->rows_per_call)))
			return;
	}
}

/* ---- telling ---- */

/* "1,234,567" */
static char *
grouped(int64 number)
{
	char	   *digits = psprintf(INT64_FORMAT, number);
	int			length = strlen(digits);
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < length; i++)
	{
		if (i > 0 && (length - i) % 3 == 0)
			appendStringInfoChar(&out, ',');
		appendStringInfoChar(&out, digits[i]);
	}
	return out.data;
}

/* For the one who waits, from time to time. */
static void
tell_progress(ModelSource *source, int64 rows, int flying)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!guc_progress() ||
		!TimestampDifferenceExceeds(source->told, now, NOTICE_SECONDS * 1000))
		return;
	source->told = now;
	if (source->model->priced)
		ereport(NOTICE,
				(errmsg("synthik: %s of %s rows, %d calls in flight, %.2f USD", grouped(rows),
						grouped(source->request.rows), flying, source->spent)));
	else
		ereport(NOTICE,
				(errmsg("synthik: %s of %s rows, %d calls in flight", grouped(rows),
						grouped(source->request.rows), flying)));
}

void
calls_report(ModelSource *source)
{
	int64		rows = Min(source->nused + source->nready, source->request.rows);
	ProgressCalls calls = {0};

	calls.flying = list_length(source->flying);
	calls.retries = source->retries;
	calls.input = source->input_tokens;
	calls.output = source->output_tokens;
	calls.usd = source->model->priced ? source->spent : -1;
	progress_rows(source->request.progress, rows);
	progress_calls(source->request.progress, &calls);
	tell_progress(source, rows, calls.flying);
}
