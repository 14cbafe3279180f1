/*-------------------------------------------------------------------------
 *
 * model_source.h
 *		What the files of the source share: source.c (rows), calls.c
 *		(requests), calls_end.c (those that nobody waits for any more),
 *		answers.c (what comes back), failures.c (what follows where nothing
 *		does), unique.c (repeated values), lessons.c (what endpoints have
 *		refused).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_MODEL_SOURCE_H
#define SYNTHIK_MODEL_SOURCE_H

#include "net/sse.h"
#include "provider/answer.h"
#include "provider/paid.h"
#include "rows/rows.h"
#include "rows/tally.h"
#include "utils/hsearch.h"
#include "worker/client.h"
#include "worker/ledger.h"

/* ---- what endpoints have refused ---- */

/* Of one endpoint and model, for the session; lives in TopMemoryContext. */
typedef struct Lessons
{
	char	   *key;
	StructuredMode mode;		/* the strictest that was not refused */
	List	   *without;		/* of char *: parameters */
	int			count;			/* how much was learned, to tell requests that
								 * are older than a lesson */
} Lessons;

extern Lessons *lessons_find(const Endpoint *endpoint, const Model *model);
/* False where there is nothing left to do without. */
extern bool lessons_weaken(Lessons *lessons, StructuredMode refused);
extern bool lessons_leave_out(Lessons *lessons, const char *parameter);

/* ---- the source ---- */

#define REFUSALS_IN_A_ROW	3	/* by the model, or by a filter */

/* Rows asked for in one call, and what has come of it. */
typedef struct Batch
{
	MemoryContext memory;
	uint32		id;
	int64		first;			/* which rows of the whole */
	int			rows;
	int			occurrence;		/* place of its answer among those stored */
	int			tries;
	int			lessons;		/* learned when it was sent */
	StructuredMode mode;		/* it was sent with */
	uint8		hash[LEDGER_HASH_SIZE];
	int64		ledger;			/* 0: nothing is reserved */
	double		reserved;		/* USD */
	int			limit;			/* tokens that its answer may have */
	bool		stream;			/* asked for */
	int			status;
	bool		ended;			/* the response is all there */
	double		seconds;		/* that it took */
	char	   *headers;
	StringInfoData body;		/* unless it is streamed */
	bool		streamed;		/* it is */
	SseParser	parser;
	ProviderAnswer answer;		/* of the events so far */
	ProviderError problem;		/* the stream's own */
} Batch;

/* Valid rows that wait to be used. */
typedef struct Ready
{
	MemoryContext memory;
	AnswerRows	rows;
	int			next;
} Ready;

typedef struct ModelSource
{
	RowSource	base;
	MemoryContext memory;
	MemoryContext scratch;		/* of one turn */
	const Schema *schema;
	RowRequest	request;
	RowSource  *filler;			/* or NULL */
	struct Ask *ask;
	int			sample_rows;	/* of the user's, in each prompt */
	AnswerReader *reader;
	Model	   *model;
	Endpoint   *endpoint;
	char	   *traffic;		/* the endpoint's name over all databases */
	const Provider *provider;
	Lessons    *lessons;
	StructuredMode mode;		/* the endpoint's or the model's own */
	PaidAnswers *paid;
	HttpClient *client;
	MemoryContext calls;		/* parent of all batches' */
	MemoryContextCallback reset;

	List	   *flying;			/* of Batch * */
	Batch	   *landed;			/* is being settled, or NULL */
	List	   *ready;			/* of Ready * */
	int64		nready;
	int64		nflying;		/* rows asked for and not answered */
	int64		nused;
	int64		broken;			/* of them, asked for once more */
	int64		next_first;		/* next row number to ask for */
	int			next_occurrence;
	uint32		last_id;

	double		row_tokens;
	int			rows_per_call;
	double		concurrency;
	int			failures;		/* calls, in a row */
	int			pauses;			/* in a row */
	int			barren;			/* answers without a valid row, in a row */
	int			refusals;		/* in a row */
	int64		retries;
	double		spent;			/* USD */
	double		reserved;		/* of calls in flight */
	int64		input_tokens;
	int64		output_tokens;
	TimestampTz told;			/* when a NOTICE said last how far it is */
	Tally		reasons;		/* marked: of rows, so the model can do something
								 * about it */
	HTAB	   *seen;			/* hashes of unique values */
} ModelSource;

/* source.c */
extern void source_plan_batches(ModelSource *source);
extern double source_answer_tokens(const ModelSource *source, int rows);
extern void source_count_reason(ModelSource *source, const char *text, bool of_rows);
extern char *source_advice(const ModelSource *source);
pg_noreturn extern void source_give_up(ModelSource *source, const char *why);

/* calls.c */
/* name and key, palloc'd; or NULL. */
extern char *calls_secret_header(const Endpoint *endpoint, const char *key);
extern void calls_build(ModelSource *source, int64 first, int rows, ProviderMessage *message);
extern void calls_key(const ModelSource *source, uint8 *key);
extern void calls_launch(ModelSource *source, Batch *batch, double wait);
extern void calls_fill(ModelSource *source, int64 needed);
extern void calls_settle(ModelSource *source, Batch *batch, const char *outcome,
						 const TokenUsage *usage, double seconds, const AnswerRows *rows);
extern void calls_forget(Batch *batch);
extern void calls_report(ModelSource *source);

/* calls_end.c */
/* Makes the client, whose calls are looked after however the source ends. */
extern void calls_open(ModelSource *source);
extern void calls_abandon(ModelSource *source, const char *outcome);
pg_noreturn extern void calls_cancel(ModelSource *source);

/* answers.c */
extern void answers_take(ModelSource *source, HttpEvent *event);
/* Takes what has arrived, but settles nothing. */
extern void answers_collect(ModelSource *source);
/* Whether a call's answer is all there; if so, the answer. */
extern bool answers_complete(const ModelSource *source, const Batch *batch,
							 ProviderAnswer *answer);
extern void answers_take_stored(ModelSource *source, Batch *batch, const char *text,
								size_t length);

/* Counts how an answer ended, where that was not its end. */
extern void answers_count_finish(ModelSource *source, FinishState finish);

/* failures.c */
/* perhaps_paid: the call may have been answered, so that its reservation stands. */
extern void failures_take(ModelSource *source, Batch *batch, const ProviderError *error,
						  bool perhaps_paid, double seconds);
/* What is said of an error, in the database's encoding, or NULL. */
extern const char *failures_message(const ProviderError *error);
pg_noreturn extern void failures_refuse(ModelSource *source, const ProviderError *error);
pg_noreturn extern void failures_cannot_call(ModelSource *source, Batch *batch,
											 const HttpEvent *event);

/* unique.c */
extern void unique_open(ModelSource *source);
/* Keeps the rows that repeat no unique value of an earlier one. */
extern void unique_filter(ModelSource *source, AnswerRows *rows);

#endif							/* SYNTHIK_MODEL_SOURCE_H */
