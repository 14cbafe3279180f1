/*-------------------------------------------------------------------------
 *
 * failures.c
 *		What follows from a call that failed: stop, wait, ask again, or ask
 *		otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "provider/model_source.h"
#include "util/rng.h"

#define FAILURES_IN_A_ROW	6	/* of one call, whatever the reasons */
#define PAUSES_IN_A_ROW		60	/* calls refused because there are too many */
#define LONGEST_BACKOFF		30.0	/* seconds */
#define LONGEST_WAIT		600.0	/* that a server may ask for */

/* ---- asking again ---- */

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
	batch->tries++;
	source->retries++;
	calls_launch(source, batch, wait);
}

/* All calls in flight may fail at once, for one reason. */
static void
again_after_failure(ModelSource *source, Batch *batch, double wait)
{
	source->failures++;
	if (batch->tries + 1 >= FAILURES_IN_A_ROW ||
		source->failures >= FAILURES_IN_A_ROW * (int) Max(source->concurrency, 1))
		source_give_up(source, "call after call has failed");
	again(source, batch, wait);
}

/* A pause for all sessions, and fewer calls at a time: no failure. */
static void
again_after_pause(ModelSource *source, Batch *batch, double wait)
{
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), (int64) (wait * 1000));

	if (wait > LONGEST_WAIT)
		source_give_up(source, psprintf("it takes no calls for %.0f seconds", wait));
	if (++source->pauses >= PAUSES_IN_A_ROW)
		source_give_up(source, "it takes no more calls at this time");
	source->concurrency = Max(1.0, source->concurrency / 2);
	http_client_pause(source->client, source->traffic, until);
	again(source, batch, wait);
}

/* It is UTF-8, of any language: where that may not be had, its ASCII remains. */
const char *
failures_message(const ProviderError *error)
{
	char	   *text = error->message;

	if (text == NULL || GetDatabaseEncoding() == PG_UTF8)
		return text;
	text = pstrdup(text);
	for (char *at = text; *at; at++)
		if (IS_HIGHBIT_SET(*at))
			*at = '?';
	return text;
}

static int
refusal_code(ErrorClass class)
{
	switch (class)
	{
		case ERROR_CONFIG:
			return ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION;
		case ERROR_QUOTA:
			return ERRCODE_INSUFFICIENT_RESOURCES;
		default:
			return ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION;
	}
}

void
failures_refuse(ModelSource *source, const ProviderError *error)
{
	calls_abandon(source, "abandoned");
	ereport(ERROR,
			(errcode(refusal_code(error->class)),
			 errmsg("\"%s\" refuses the call of model \"%s\": %s", source->endpoint->name,
					source->model->name,
					error->message ? failures_message(error) : "no reason given"),
			 error->status ? errdetail("HTTP status %d%s%s.", error->status,
									   error->code ? ", code " : "",
									   error->code ? error->code : "") : 0,
			 error->class == ERROR_QUOTA ?
			 errhint("The account's quota is used up.") :
			 errhint("Look at the server's options, the key and the model's name.")));
}

/* One step down from what an endpoint refuses; false where there is none. */
static bool
learn(ModelSource *source, const Batch *batch, const ProviderError *error)
{
	Lessons    *lessons = source->lessons;

	if (batch->lessons < lessons->count)
		return true;			/* sent before it was known */
	if (error->class == ERROR_BAD_SCHEMA)
		return lessons_weaken(lessons, batch->mode);
	if (error->parameter && lessons_leave_out(lessons, error->parameter))
		return true;
	return source->request.temperature >= 0 && lessons_leave_out(lessons, "temperature");
}

static bool
was_filtered(const ProviderError *error)
{
	return error->class == ERROR_BAD_REQUEST && error->code &&
		strcmp(error->code, "content_filter") == 0;
}

/* A prompt that a filter blocked may pass in other words. */
static void
after_filter(ModelSource *source, Batch *batch)
{
	answers_count_finish(source, FINISH_FILTERED);
	if (source->refusals >= REFUSALS_IN_A_ROW)
		source_give_up(source, "it refuses, or its answers are filtered");
	calls_forget(batch);
}

static void
after_too_big(ModelSource *source, Batch *batch, const ProviderError *error)
{
	if (batch->rows <= 1)
		failures_refuse(source, error);
	batch->rows = Max(1, batch->rows / 2);
	source->rows_per_call = Min(source->rows_per_call, batch->rows);
	again(source, batch, 0);
}

/* Decides what follows; the call has been settled. */
static void
after_error(ModelSource *source, Batch *batch, const ProviderError *error)
{
	double		wait = error->wait_seconds >= 0 ? error->wait_seconds : backoff(source, batch);

	if (was_filtered(error))
	{
		after_filter(source, batch);
		return;
	}
	switch (error->class)
	{
		case ERROR_RATE:
			again_after_pause(source, batch, wait);
			return;
		case ERROR_TRANSIENT:
			again_after_failure(source, batch, Min(wait, LONGEST_WAIT));
			return;
		case ERROR_TOO_BIG:
			after_too_big(source, batch, error);
			return;
		case ERROR_BAD_SCHEMA:
		case ERROR_BAD_PARAM:
			if (!learn(source, batch, error))
				break;
			again(source, batch, 0);
			return;
		default:
			break;
	}
	failures_refuse(source, error);
}

static char *
outcome_of_error(const ProviderError *error)
{
	return error->status ? psprintf("error: HTTP %d", error->status) : pstrdup("error: network");
}

/*
 * An error answer costs nothing.  A call that broke off may have been
 * answered, and is to be paid: its reservation stands.
 */
void
failures_take(ModelSource *source, Batch *batch, const ProviderError *error, bool perhaps_paid,
			  double seconds)
{
	char	   *outcome = outcome_of_error(error);
	TokenUsage	nothing = {.known = true};

	source_count_reason(source, error->message ? failures_message(error) : outcome, false);
	calls_settle(source, batch, outcome, perhaps_paid ? NULL : &nothing, seconds, NULL);
	after_error(source, batch, error);
}

/* No call can come through, so none has cost anything. */
void
failures_cannot_call(ModelSource *source, Batch *batch, const HttpEvent *event)
{
	TokenUsage	nothing = {.known = true};

	calls_settle(source, batch, "error: network", event->sent ? NULL : &nothing,
				 event->seconds, NULL);
	calls_abandon(source, "abandoned");
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
			 errmsg("\"%s\" cannot be called for model \"%s\": %s", source->endpoint->name,
					source->model->name, event->problem),
			 errhint("Look at the server's options base_url and ca_file.")));
}
