/*-------------------------------------------------------------------------
 *
 * progress.h
 *		How far a call is, for other sessions to see.
 *
 * The server keeps 20 integers a backend for its own commands; a command
 * number that it does not have makes them ours.  They vanish with the
 * transaction, also when it fails.
 *
 * A backend reports one thing at a time: a call within another command that
 * reports (COPY, CREATE INDEX), or within another call of ours, does not.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROGRESS_H
#define SYNTHIK_PROGRESS_H

#include "utils/backend_progress.h"

#define PROGRESS_COMMAND_SYNTHIK	((ProgressCommandType) 7319)

#define PROGRESS_ROWS_DONE		0
#define PROGRESS_ROWS_TOTAL		1
#define PROGRESS_CALLS			2	/* in flight */
#define PROGRESS_RETRIES		3
#define PROGRESS_INPUT			4	/* tokens */
#define PROGRESS_OUTPUT			5
#define PROGRESS_MICRO_USD		6	/* -1: no price */
#define PROGRESS_STARTED		7	/* TimestampTz */
#define PROGRESS_NUMBER			8	/* of the report, for its owner */
#define PROGRESS_MODEL			9	/* the name's first 64 bytes, in 8 integers */
#define PROGRESS_MODEL_SIZE		64

/* What a model's calls have come to. */
typedef struct ProgressCalls
{
	int			flying;
	int64		retries;
	int64		input;			/* tokens */
	int64		output;
	double		usd;			/* -1: no price */
} ProgressCalls;

/*
 * Begins a report; model is NULL for the local source.  Returns its number,
 * or 0 where there is none, which the functions below then know by.
 */
extern uint32 progress_begin(Oid relid, const char *model, int64 rows);
extern void progress_rows(uint32 number, int64 done);	/* never goes back */
extern void progress_calls(uint32 number, const ProgressCalls *calls);
extern void progress_end(uint32 number);

#endif							/* SYNTHIK_PROGRESS_H */
