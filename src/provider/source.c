/*-------------------------------------------------------------------------
 *
 * source.c
 *		A language model as a source of rows.
 *
 * Rows are asked for in batches, several at a time.  The dispatcher moves the
 * bytes; everything that thinks is here: how many rows a call is to bring,
 * what an error means, when to ask again, and when to give up.  An answer is
 * in the ledger, and stored, before its rows are used, so that nothing is
 * paid for twice.
 *
 * What a model does not write (keys of other tables, counting keys, uuids)
 * the filler makes, which is the local source.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "common/cryptohash.h"
#include "common/hashfn.h"
#include "common/sha2.h"
#include "guc.h"
#include "miscadmin.h"
#include "provider/answer.h"
#include "provider/source.h"
#include "rows/checks.h"
#include "util/rng.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "worker/client.h"
#include "worker/ledger.h"

#define FIRST_CONCURRENCY	4.0
#define FAILURES_IN_A_ROW	6	/* calls, whatever the reasons */
#define BARREN_IN_A_ROW		5	/* answers without a valid row */
#define ANSWER_SHARE		0.7 /* of the output limit that a call is planned for */
#define LONGEST_BACKOFF		30.0	/* seconds */
#define UNKNOWN_OUTPUT		4096	/* tokens, of a model that nothing is known of */

/* Rows asked for in one call, and what has come of it. */
typedef struct Batch
{
	MemoryContext memory;
	uint32		id;
	int64		first;			/* which rows of the whole */
	int			rows;
	int			tries;
	uint8		hash[LEDGER_HASH_SIZE];
	int64		ledger;
	int			status;
	char	   *headers;
	StringInfoData body;
} Batch;

/* Valid rows that wait to be used. */
typedef struct Ready
{
	MemoryContext memory;
	AnswerRows	rows;
	int			next;
} Ready;

typedef struct Reason
{
	char	   *text;
	int			count;
} Reason;

typedef struct ModelSource
{
	RowSource	base;
	MemoryContext memory;
	const Schema *schema;
	RowRequest	request;
	RowSource  *filler;			/* or NULL */
	Ask		   *ask;
	AnswerReader *reader;
	Model	   *model;
	Endpoint   *endpoint;
	const Provider *provider;
	StructuredMode mode;
	double		temperature;
	HttpClient *client;

	List	   *flying;			/* of Batch * */
	List	   *waiting;		/* of Batch *: to be sent again */
	List	   *ready;			/* of Ready * */
	int64		nready;
	int64		nflying;		/* rows asked for and not answered */
	int64		nused;
	int64		next_first;		/* next row number to ask for */
	uint32		last_id;

	double		row_tokens;
	int			rows_per_call;
	double		concurrency;
	int			failures;		/* in a row */
	int			barren;			/* in a row */
	double		spent;
	List	   *reasons;		/* of Reason * */
	HTAB	   *seen;			/* hashes of unique values */
} ModelSource;

/* ---- opening ---- */

/* Rows of one call: what the model may answer, and the setting, allow. */
static void
plan_batches(ModelSource *source)
{
	int			output = source->model->max_output_tokens > 0 ?
		source->model->max_output_tokens : UNKNOWN_OUTPUT;
	double		rows = floor(output * ANSWER_SHARE / source->row_tokens);

	source->rows_per_call = (int) Max(1, Min(rows, guc_max_batch_rows()));
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

static void
open_seen(ModelSource *source)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(uint64);
	ctl.entrysize = sizeof(uint64);
	ctl.hcxt = source->memory;
	source->seen = hash_create("synthik unique values", 1024, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static RowSource *
model_open(const Schema *schema, const RowRequest *request, ReferencePool **pools)
{
	ModelSource *source = palloc0(sizeof(ModelSource));

	source->base.methods = &model_source_methods;
	source->memory = CurrentMemoryContext;
	source->schema = schema;
	source->request = *request;
	source->model = model_load(request->model, &source->endpoint);
	endpoint_check_address(source->endpoint);
	source->provider = provider_find(source->endpoint->dialect);
	source->mode = source->endpoint->structured_given ?
		source->endpoint->structured_mode : source->model->structured_mode;
	source->temperature = request->temperature;
	source->ask = ask_make(schema, request->needed, request->locale);
	source->reader = answer_reader_make(source->ask);
	source->row_tokens = source->ask->row_tokens;
	source->next_first = request->first_row;
	source->concurrency = Min(FIRST_CONCURRENCY, source->endpoint->max_concurrency);
	plan_batches(source);
	open_filler(source, pools);
	open_seen(source);
	source->base.block_rows = Min(source->filler ? source->filler->block_rows : ROW_BLOCK,
								  source->rows_per_call);
	if (source->ask->nfields > 0)
		source->client = http_client_open();
	return &source->base;
}

/* ---- giving up ---- */

static void
count_reason(ModelSource *source, const char *text)
{
	MemoryContext old;
	Reason	   *reason;
	ListCell   *lc;

	foreach(lc, source->reasons)
	{
		reason = lfirst(lc);
		if (strcmp(reason->text, text) == 0)
		{
			reason->count++;
			return;
		}
	}
	old = MemoryContextSwitchTo(source->memory);
	reason = palloc(sizeof(Reason));
	reason->text = pstrdup(text);
	reason->count = 1;
	source->reasons = lappend(source->reasons, reason);
	MemoryContextSwitchTo(old);
}

static char *
reasons_text(const ModelSource *source)
{
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	foreach(lc, source->reasons)
	{
		Reason	   *reason = lfirst(lc);

		appendStringInfo(&out, "%s%d times: %s", out.len > 0 ? "; " : "", reason->count,
						 reason->text);
	}
	return out.data;
}

pg_noreturn static void
give_up(ModelSource *source, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("model \"%s\" brought " INT64_FORMAT " of " INT64_FORMAT " rows: %s",
					source->model->name, source->nused + source->nready, source->request.rows,
					why),
			 errdetail("%s.", reasons_text(source)),
			 errhint("Answers that have been paid for are kept: the same call goes on from them.")));
}

/* ---- sending ---- */

static void
hash_request(Batch *batch, const ProviderMessage *message)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (context == NULL || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) message->url, strlen(message->url)) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) message->body, message->body_length) < 0 ||
		pg_cryptohash_final(context, batch->hash, sizeof(batch->hash)) < 0)
		elog(ERROR, "could not hash a request");
	pg_cryptohash_free(context);
}

static int
output_limit(const ModelSource *source, int rows)
{
	int			most = source->model->max_output_tokens > 0 ?
		source->model->max_output_tokens : UNKNOWN_OUTPUT;
	double		wanted = rows * source->row_tokens * 1.6 + 200;

	if (source->model->reasons)
		wanted += 2000;
	return (int) Min((double) most, wanted);
}

static void
build_message(ModelSource *source, const Batch *batch, ProviderMessage *message, int *limit)
{
	ProviderRequest request = {0};

	*limit = output_limit(source, batch->rows);
	request.endpoint = source->endpoint;
	request.model = source->model;
	request.mode = source->mode;
	request.system = source->ask->system;
	request.user = ask_user_text(source->ask, batch->first, batch->rows, source->request.rows,
								 source->request.seed_given ? source->request.seed : 0);
	request.schema = ask_answer(source->ask, source->endpoint->dialect, source->mode);
	request.max_output_tokens = *limit;
	request.temperature = source->temperature;
	request.seed_given = source->request.seed_given;
	request.seed = source->request.seed & 0x7fffffff;
	source->provider->build_request(&request, message);
}

static char *
secret_header(const ModelSource *source)
{
	char	   *key = endpoint_key(source->endpoint);
	char	   *header = NULL;

	if (key == NULL)
		return NULL;
	switch (source->endpoint->auth_header)
	{
		case AUTH_BEARER:
			header = psprintf("authorization: Bearer %s", key);
			break;
		case AUTH_API_KEY:
			header = psprintf("api-key: %s", key);
			break;
		case AUTH_X_API_KEY:
			header = psprintf("x-api-key: %s", key);
			break;
		case AUTH_X_GOOG_API_KEY:
			header = psprintf("x-goog-api-key: %s", key);
			break;
		case AUTH_NONE:
			break;
	}
	explicit_bzero(key, strlen(key));
	return header;
}

/* At list price, the most that a call can cost. */
static double
most_cost(const ModelSource *source, const ProviderMessage *message, int limit)
{
	TokenUsage	usage = {.known = true};

	usage.input = tokens_estimate(message->body, message->body_length);
	usage.output = limit;
	return model_cost(source->model, &usage);
}

static void
reserve(ModelSource *source, Batch *batch, const ProviderMessage *message, int limit)
{
	LedgerEntry entry = {0};

	memcpy(entry.hash, batch->hash, sizeof(entry.hash));
	entry.model = source->model->name;
	entry.endpoint = source->endpoint->name;
	entry.columns = source->ask->names;
	entry.reserved_usd = most_cost(source, message, limit);
	entry.call_budget = source->request.budget;
	entry.call_spent = source->spent;
	batch->ledger = ledger_reserve(&entry);
}

static void
submit(ModelSource *source, Batch *batch, const ProviderMessage *message, double wait)
{
	HttpCall	call = {0};
	char	   *secret = secret_header(source);
	MemoryContext old;

	call.id = batch->id = ++source->last_id;
	call.endpoint = source->endpoint->name;
	call.max_concurrency = source->endpoint->max_concurrency;
	if (wait > 0)
		call.not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													  (int64) (wait * 1000));
	call.url = message->url;
	call.headers = message->headers;
	call.secret_header = secret;
	call.body = message->body;
	call.body_length = message->body_length;
	call.allow_http = source->endpoint->trusted;
	call.allow_private = source->endpoint->trusted;
	call.timeout_ms = source->endpoint->timeout_ms;
	call.max_response_bytes = 32 * 1024 * 1024;
	http_client_submit(source->client, &call);
	if (secret)
		explicit_bzero(secret, strlen(secret));
	old = MemoryContextSwitchTo(source->memory);
	source->flying = lappend(source->flying, batch);
	MemoryContextSwitchTo(old);
	source->nflying += batch->rows;
}

static void use_answer(ModelSource *source, Batch *batch, const char *text, size_t length,
					   FinishState finish, const TokenUsage *usage);

static void
forget(ModelSource *source, Batch *batch)
{
	MemoryContextDelete(batch->memory);
}

/* Sends a batch, or takes an earlier answer to the same request. */
static void
launch(ModelSource *source, Batch *batch, double wait)
{
	MemoryContext old = MemoryContextSwitchTo(batch->memory);
	ProviderMessage message = {0};
	int			limit;
	size_t		length;
	char	   *stored = NULL;

	build_message(source, batch, &message, &limit);
	hash_request(batch, &message);
	resetStringInfo(&batch->body);
	if (!source->request.fresh)
		stored = answer_find(batch->hash, 0, &length);
	if (stored)
	{
		MemoryContextSwitchTo(old);
		use_answer(source, batch, stored, length, FINISH_DONE, NULL);
		return;
	}
	reserve(source, batch, &message, limit);
	submit(source, batch, &message, wait);
	MemoryContextSwitchTo(old);
}

static Batch *
make_batch(ModelSource *source, int64 first, int rows)
{
	MemoryContext memory = AllocSetContextCreate(source->memory, "synthik call",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	Batch	   *batch = palloc0(sizeof(Batch));

	batch->memory = memory;
	batch->first = first;
	batch->rows = rows;
	initStringInfo(&batch->body);
	MemoryContextSwitchTo(old);
	return batch;
}

/* Fills the line up: as many calls as may run, for the rows that are missing. */
static void
launch_more(ModelSource *source, int64 needed)
{
	int64		missing = Max(needed, source->request.rows - source->nused) -
		source->nready - source->nflying;

	while (missing > 0 && list_length(source->flying) < (int) source->concurrency)
	{
		int			rows = (int) Min(missing, source->rows_per_call);
		Batch	   *batch = make_batch(source, source->next_first, rows);

		CHECK_FOR_INTERRUPTS();
		source->next_first += rows;
		launch(source, batch, 0);
		missing = Max(needed, source->request.rows - source->nused) -
			source->nready - source->nflying;
	}
}

/* ---- answers ---- */

static uint64
value_hash(Oid type, Datum value)
{
	Oid			output;
	bool		varlena;
	char	   *text;

	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, value);
	return hash_bytes_extended((const unsigned char *) text, (int) strlen(text), 0);
}

/* The hash of what is unique together; false where part of it is NULL, or
 * not the model's. */
static bool
unique_hash(const ModelSource *source, const int *fields, int n, const Datum *values,
			const bool *nulls, uint64 salt, uint64 *hash)
{
	*hash = salt;
	for (int i = 0; i < n; i++)
	{
		int			at = -1;

		for (int k = 0; k < source->ask->nfields; k++)
			if (source->ask->fields[k] == fields[i])
				at = k;
		if (at < 0 || nulls[at])
			return false;
		*hash = rng_combine(*hash, value_hash(source->schema->fields[fields[i]]->base_type,
											  values[at]));
	}
	return true;
}

/* Collects the hashes of a row's unique values; returns how many. */
static int
unique_hashes(const ModelSource *source, const Datum *values, const bool *nulls, uint64 *hashes,
			  int most)
{
	int			n = 0;
	int			salt = 0;
	ListCell   *lc;

	for (int k = 0; k < source->ask->nfields && n < most; k++)
	{
		int			field = source->ask->fields[k];

		if (source->schema->fields[field]->unique)
			n += unique_hash(source, &field, 1, values, nulls, field + 1, &hashes[n]);
	}
	foreach(lc, source->schema->uniques)
	{
		UniqueSet  *set = lfirst(lc);

		if (n < most)
			n += unique_hash(source, set->fields, set->nfields, values, nulls,
							 rng_mix(++salt), &hashes[n]);
	}
	return n;
}

#define MOST_UNIQUES 64

/* False for a row that repeats a unique value of an earlier one. */
static bool
is_new(ModelSource *source, const Datum *values, const bool *nulls)
{
	uint64		hashes[MOST_UNIQUES];
	int			n = unique_hashes(source, values, nulls, hashes, MOST_UNIQUES);

	for (int i = 0; i < n; i++)
		if (hash_search(source->seen, &hashes[i], HASH_FIND, NULL))
			return false;
	for (int i = 0; i < n; i++)
		(void) hash_search(source->seen, &hashes[i], HASH_ENTER, NULL);
	return true;
}

/* Keeps the rows that repeat nothing. */
static void
drop_repeated(ModelSource *source, AnswerRows *rows)
{
	int			nfields = source->ask->nfields;
	int			kept = 0;

	for (int r = 0; r < rows->count; r++)
	{
		Datum	   *values = &rows->values[r * nfields];
		bool	   *nulls = &rows->nulls[r * nfields];

		if (!is_new(source, values, nulls))
		{
			count_reason(source, "a row repeated a unique value");
			continue;
		}
		memmove(&rows->values[kept * nfields], values, sizeof(Datum) * nfields);
		memmove(&rows->nulls[kept * nfields], nulls, sizeof(bool) * nfields);
		kept++;
	}
	rows->count = kept;
}

/* What came back corrects the guess at a row's tokens. */
static void
learn_tokens(ModelSource *source, const TokenUsage *usage, int rows)
{
	if (usage == NULL || !usage->known || rows <= 0)
		return;
	source->row_tokens = 0.5 * source->row_tokens + 0.5 * Max(1.0, (double) usage->output / rows);
	plan_batches(source);
}

static void
settle(ModelSource *source, Batch *batch, const char *outcome, const TokenUsage *usage,
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
	ledger_settle(batch->ledger, &settled);
	source->spent += Max(settled.usd, 0);
	batch->ledger = 0;
}

/*
 * Takes the rows of an answer.  Rows that are missing or refused are asked
 * for with later numbers.
 */
static void
use_answer(ModelSource *source, Batch *batch, const char *text, size_t length,
		   FinishState finish, const TokenUsage *usage)
{
	MemoryContext memory = AllocSetContextCreate(source->memory, "synthik answer",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	Ready	   *ready = palloc0(sizeof(Ready));
	bool		readable;

	ready->memory = memory;
	readable = answer_read(source->reader, text, length, &ready->rows);
	MemoryContextSwitchTo(old);
	settle(source, batch, finish == FINISH_TRUNCATED ? "truncated" : readable ? "done" : "unreadable",
		   usage, 0, &ready->rows);
	learn_tokens(source, usage, ready->rows.offered);
	if (ready->rows.fault)
		count_reason(source, ready->rows.fault);
	drop_repeated(source, &ready->rows);
	if (finish == FINISH_TRUNCATED)
	{
		count_reason(source, "the answer was cut short");
		source->rows_per_call = Max(1, source->rows_per_call / 2);
	}
	source->barren = ready->rows.count > 0 ? 0 : source->barren + 1;
	if (ready->rows.count > 0)
	{
		old = MemoryContextSwitchTo(source->memory);
		source->ready = lappend(source->ready, ready);
		MemoryContextSwitchTo(old);
		source->nready += ready->rows.count;
	}
	else
		MemoryContextDelete(memory);
	forget(source, batch);
	if (source->barren >= BARREN_IN_A_ROW)
		give_up(source, "its answers have no valid rows");
}

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

/* Half a second, doubled each time, with jitter. */
static double
backoff(const ModelSource *source, const Batch *batch)
{
	double		seconds = 0.5 * (1 << Min(batch->tries, 6));

	return Min(seconds, LONGEST_BACKOFF) *
		(0.75 + 0.5 * rng_unit(rng_combine(source->last_id, MyProcPid)));
}

static void
again(ModelSource *source, Batch *batch, double wait)
{
	MemoryContext old;

	batch->tries++;
	source->failures++;
	if (source->failures >= FAILURES_IN_A_ROW)
		give_up(source, "call after call has failed");
	old = MemoryContextSwitchTo(source->memory);
	launch(source, batch, wait);
	MemoryContextSwitchTo(old);
}

/* One step down from what an endpoint refuses, for the rest of this call. */
static bool
weaken(ModelSource *source)
{
	if (source->mode >= STRUCTURED_PROMPT)
		return false;
	source->mode++;
	return true;
}

static void
slow_down(ModelSource *source, double wait)
{
	source->concurrency = Max(1.0, source->concurrency / 2);
	http_client_pause(source->client, source->endpoint->name,
					  TimestampTzPlusMilliseconds(GetCurrentTimestamp(), (int64) (wait * 1000)));
}

pg_noreturn static void
refuse(const ModelSource *source, const ProviderError *error)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("\"%s\" refuses the call of model \"%s\": %s", source->endpoint->name,
					source->model->name, error->message ? error->message : "no reason given"),
			 error->status ? errdetail("HTTP status %d%s%s.", error->status,
									   error->code ? ", code " : "",
									   error->code ? error->code : "") : 0,
			 error->class == ERROR_QUOTA ?
			 errhint("The account's quota is used up.") :
			 errhint("Look at the server's options, the key and the model's name.")));
}

/*
 * An error answer costs nothing.  A call that broke off may have been
 * answered, and is to be paid: its reservation stands.
 */
static void
handle_error(ModelSource *source, Batch *batch, const ProviderError *error, bool perhaps_paid)
{
	double		wait = error->wait_seconds >= 0 ? error->wait_seconds : backoff(source, batch);
	char	   *outcome = error->status ? psprintf("error: HTTP %d", error->status) :
		"error: network";
	TokenUsage	nothing = {.known = true};

	count_reason(source, error->message ? error->message : outcome);
	settle(source, batch, outcome, perhaps_paid ? NULL : &nothing, 0, NULL);
	switch (error->class)
	{
		case ERROR_RATE:
			slow_down(source, wait);
			source->failures--;	/* a pause, not a failure */
			again(source, batch, wait);
			return;
		case ERROR_TRANSIENT:
			again(source, batch, wait);
			return;
		case ERROR_TOO_BIG:
			if (batch->rows > 1)
			{
				source->rows_per_call = batch->rows = Max(1, batch->rows / 2);
				again(source, batch, 0);
				return;
			}
			break;
		case ERROR_BAD_SCHEMA:
			if (weaken(source))
			{
				again(source, batch, 0);
				return;
			}
			break;
		case ERROR_BAD_PARAM:
			if (source->temperature >= 0)
			{
				source->temperature = -1;
				again(source, batch, 0);
				return;
			}
			break;
		default:
			break;
	}
	refuse(source, error);
}

static void
handle_response(ModelSource *source, Batch *batch, double seconds)
{
	ProviderAnswer answer = {0};
	ProviderError error = {0};

	initStringInfo(&answer.text);
	if (batch->status != 200)
	{
		source->provider->classify_error(batch->status, header_lookup, batch->headers,
										 batch->body.data, batch->body.len, &error);
		handle_error(source, batch, &error, false);
		return;
	}
	if (!source->provider->parse_response(batch->body.data, batch->body.len, &answer))
	{
		error.class = ERROR_TRANSIENT;
		error.status = batch->status;
		error.message = "the response has not the provider's form";
		error.wait_seconds = -1;
		handle_error(source, batch, &error, true);
		return;
	}
	source->failures = 0;
	source->concurrency = Min(source->concurrency + 1, source->endpoint->max_concurrency);
	if (answer.finish == FINISH_DONE || answer.finish == FINISH_TRUNCATED)
		answer_store(batch->hash, 0, batch->ledger, answer.text.data, answer.text.len);
	if (answer.finish == FINISH_REFUSED || answer.finish == FINISH_FILTERED)
		count_reason(source, answer.finish == FINISH_REFUSED ?
					 "the model refused" : "the answer was filtered");
	use_answer(source, batch, answer.text.data, answer.text.len, answer.finish, &answer.usage);
}

static void
handle_failure(ModelSource *source, Batch *batch, const HttpEvent *event)
{
	ProviderError error = {.class = ERROR_TRANSIENT,.wait_seconds = -1};

	error.message = event->problem;
	handle_error(source, batch, &error, event->sent);
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
	source->nflying -= batch->rows;
}

static void
handle_event(ModelSource *source, HttpEvent *event)
{
	Batch	   *batch = find_batch(source, event->id);

	if (batch == NULL)
		return;
	switch (event->kind)
	{
		case HTTP_EVENT_HEAD:
			batch->status = event->status;
			batch->headers = MemoryContextStrdup(batch->memory, event->headers);
			break;
		case HTTP_EVENT_DATA:
			appendBinaryStringInfo(&batch->body, event->data, (int) event->length);
			break;
		case HTTP_EVENT_DONE:
			land(source, batch);
			handle_response(source, batch, event->seconds);
			break;
		case HTTP_EVENT_FAILED:
			land(source, batch);
			handle_failure(source, batch, event);
			break;
	}
}

/* Waits until n rows are ready. */
static void
await_rows(ModelSource *source, int64 n)
{
	MemoryContext old = MemoryContextSwitchTo(source->memory);

	while (source->nready < n)
	{
		HttpEvent	event;

		CHECK_FOR_INTERRUPTS();
		launch_more(source, n);
		if (source->nready < n && http_client_wait(source->client, &event, 1000))
			handle_event(source, &event);
	}
	MemoryContextSwitchTo(old);
}

/* ---- rows ---- */

/* Moves the next ready row into the block. */
static void
take_ready(ModelSource *source, RowBlock *block, int row)
{
	Ready	   *ready;
	int			nfields = source->ask->nfields;
	MemoryContext old;

	await_rows(source, 1);
	ready = linitial(source->ready);
	old = MemoryContextSwitchTo(block->memory);
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
	await_rows(source, block->nrows);
	for (int row = 0; row < block->nrows; row++)
		take_ready(source, block, row);
	source->nused += block->nrows;
}

static void
model_redraw(RowSource *base, RowBlock *block, int row, int component, uint32 attempt)
{
	ModelSource *source = (ModelSource *) base;

	if (source->filler)
		source->filler->methods->redraw(source->filler, block, row, 0, attempt);
	if (source->ask->nfields > 0)
	{
		count_reason(source, "a row broke a rule");
		take_ready(source, block, row);
	}
}

static void
model_close(RowSource *base)
{
	ModelSource *source = (ModelSource *) base;

	if (source->filler)
		source->filler->methods->close(source->filler);
	if (source->client)
		http_client_close(source->client);
	source->client = NULL;
}

const RowSourceMethods model_source_methods = {
	.name = "model",
	.open = model_open,
	.next = model_next,
	.redraw = model_redraw,
	.close = model_close,
};
