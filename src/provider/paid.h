/*-------------------------------------------------------------------------
 *
 * paid.h
 *		Answers that were paid for: stored as they come, and taken by the
 *		same call when it is run again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PAID_H
#define SYNTHIK_PAID_H

#include "worker/ledger.h"

typedef struct PaidAnswers PaidAnswers;

/*
 * key says what is asked for, apart from the rows of one request.  With a
 * seed of the caller's own, its answers are taken as often as it is run.
 * Without, they are taken once: seed then only tells a rescan from another
 * statement, and a run that succeeds uses its answers up.
 */
extern PaidAnswers *paid_open(const uint8 *key, bool seed_given, uint64 seed, bool fresh);

/* The answer to the n-th request, from 0, palloc'd; or NULL. */
extern char *paid_find(PaidAnswers *paid, int n, size_t *length);
extern void paid_store(PaidAnswers *paid, int n, int64 ledger, const char *text, size_t length);

/* Whether there are answers that the same call would find. */
extern bool paid_kept(const PaidAnswers *paid);

/* The rows have been read to their end, or as far as they were wanted. */
extern void paid_close(PaidAnswers *paid);

#endif							/* SYNTHIK_PAID_H */
