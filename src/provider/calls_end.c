/*-------------------------------------------------------------------------
 *
 * calls_end.c
 *		Calls that nobody waits for any more: where the rows suffice, at a
 *		cancel, and where an error strikes elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "provider/model_source.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

#define FAREWELL_MS		250		/* for the ledger, when a statement is cancelled */

/* One that has been answered all the same is stored for the next time. */
static void
abandon(ModelSource *source, Batch *batch, const char *outcome)
{
	ProviderAnswer answer = {0};
	TokenUsage	nothing = {.known = true};

	if (batch->ledger == 0)
		return;
	if (answers_complete(source, batch, &answer))
	{
		paid_store(source->paid, batch->occurrence, batch->ledger, answer.text.data,
				   answer.text.len);
		calls_settle(source, batch, "done", &answer.usage, batch->seconds, NULL);
	}
	else if (batch->ended && batch->status != 200)
		calls_settle(source, batch, psprintf("error: HTTP %d", batch->status), &nothing,
					 batch->seconds, NULL);
	else
		calls_settle(source, batch, outcome, NULL, batch->seconds, NULL);
}

void
calls_abandon(ModelSource *source, const char *outcome)
{
	ListCell   *lc;

	if (source->client)
		answers_collect(source);
	if (source->landed)
		abandon(source, source->landed, outcome);
	foreach(lc, source->flying)
		abandon(source, lfirst(lc), outcome);
	source->flying = NIL;
	source->nflying = 0;
}

/*
 * Whoever cancelled the statement does not wait for the ledger for long.  What
 * is not settled by then, the scribe settles when the transaction is over.
 * Errors on the way are dropped, as there is one already, or an abort; they
 * also let go of all that was held off, by others too.
 */
static void
abandon_quickly(ModelSource *source)
{
	MemoryContext old = MemoryContextSwitchTo(source->scratch);
	uint32		held = InterruptHoldoffCount;
	uint32		cancel_held = QueryCancelHoldoffCount;

	HOLD_INTERRUPTS();
	ledger_set_deadline(TimestampTzPlusMilliseconds(GetCurrentTimestamp(), FAREWELL_MS));
	PG_TRY();
	{
		calls_abandon(source, "cancelled");
	}
	PG_CATCH();
	{
		InterruptHoldoffCount = held + 1;
		QueryCancelHoldoffCount = cancel_held;
		MemoryContextSwitchTo(source->scratch);
		FlushErrorState();
	}
	PG_END_TRY();
	ledger_set_deadline(0);
	RESUME_INTERRUPTS();
	MemoryContextSwitchTo(old);
}

/* At an error, from PG_CATCH. */
void
calls_cancel(ModelSource *source)
{
	ErrorData  *error;

	if (source->flying == NIL && source->landed == NULL)
		PG_RE_THROW();
	MemoryContextSwitchTo(source->memory);
	error = CopyErrorData();
	FlushErrorState();
	abandon_quickly(source);
	ReThrowError(error);
}

/*
 * The error struck elsewhere, and the source is not closed but goes with its
 * memory: what has been answered meanwhile has been paid for.  At the exit of
 * the process there is no time for that, nor a way to survive an error.
 */
static void
on_memory_reset(void *argument)
{
	ModelSource *source = argument;

	if (source->flying != NIL && !proc_exit_inprogress &&
		source->client && http_client_connected(source->client))
		abandon_quickly(source);
}

/*
 * The newest of a context's children are deleted first: calls outlive the
 * client, and both outlive the context whose end is noticed.
 */
void
calls_open(ModelSource *source)
{
	MemoryContext notice;

	source->calls = AllocSetContextCreate(source->memory, "synthik calls",
										  ALLOCSET_SMALL_SIZES);
	source->client = http_client_open();
	notice = AllocSetContextCreate(source->memory, "synthik calls' end", ALLOCSET_SMALL_SIZES);
	source->reset.func = on_memory_reset;
	source->reset.arg = source;
	MemoryContextRegisterResetCallback(notice, &source->reset);
}
