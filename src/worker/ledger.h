/*-------------------------------------------------------------------------
 *
 * ledger.h
 *		What was asked, answered and paid for, kept by the scribe outside of
 *		the caller's transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_LEDGER_H
#define SYNTHIK_LEDGER_H

#include "server/model.h"
#include "utils/timestamp.h"

#define LEDGER_HASH_SIZE 32		/* SHA-256 */

/* A call about to be sent. */
typedef struct LedgerEntry
{
	uint8		hash[LEDGER_HASH_SIZE];	/* of the request without the key */
	const char *model;
	const char *endpoint;
	const char *columns;		/* names sent, for people */
	int			sample_rows;	/* rows of the user's that were sent */
	int64		reserved_input;	/* tokens, the most that it can take */
	int64		reserved_output;
	double		reserved_usd;	/* at list price, the most it can cost; -1: no price */
	double		call_budget;	/* of this SQL call, USD; -1: none */
	double		call_spent;		/* by this SQL call so far */
} LedgerEntry;

/* How it ended. */
typedef struct LedgerOutcome
{
	const char *outcome;		/* "done", "truncated", "error: rate" … */
	TokenUsage	usage;		/* known = false: the reservation stands, "estimated" */
	double		usd;			/* -1: no price */
	double		seconds;
	int			retries;
	int			rows;			/* in the answer */
	int			valid_rows;		/* of them, at first sight */
} LedgerOutcome;

/*
 * Commits a reservation and returns its id; throws where a budget of the
 * call, the role or the database would be passed, naming what was spent.
 * What has not been settled when the transaction ends, or its session, the
 * scribe settles by itself: the reservation stands.
 */
extern int64 ledger_reserve(const LedgerEntry *entry);
extern void ledger_settle(int64 id, const LedgerOutcome *outcome);

/* Answers, by role, request hash and occurrence (0, 1, …). */
extern char *answer_find(Oid role, const uint8 *hash, int occurrence, size_t *length);
extern void answer_store(Oid role, const uint8 *hash, int occurrence, int64 ledger_id,
						 const char *text, size_t length);

/*
 * The answers first to first + count - 1 to a request have served: they are
 * not found any more, until others take their places.
 */
extern void answer_consume(Oid role, const uint8 *hash, int first, int count);

/*
 * Removes the current role's answers from before then, or, for all, those of
 * every role and the ledger's entries of calls that have ended; takes effect
 * at once.  Returns the number of rows.  Callers check who may.
 */
extern int64 ledger_purge(TimestampTz before, bool all);

/* Lets the scribe go before the transaction ends, which does so anyway. */
extern void ledger_disconnect(void);

/*
 * From now on requests that are not answered by then are errors, and no scribe
 * is started for them; 0 ends that.  For those who hold off interrupts.
 */
extern void ledger_set_deadline(TimestampTz until);

#endif							/* SYNTHIK_LEDGER_H */
