/*-------------------------------------------------------------------------
 *
 * paid.c
 *		Answers that were paid for: stored as they come, and taken by the
 *		same call when it is run again.
 *
 * A statement that fails or is cancelled leaves its answers behind, and the
 * next run begins with them.  One that commits uses them up, or else each
 * run would bring the same rows.
 *
 * Statements that ask for the same at the same time, in several sessions or
 * in one transaction, must not take each other's answers: each has a slot of
 * its own, held by a lock to the end of the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "guc.h"
#include "miscadmin.h"
#include "provider/paid.h"
#include "storage/lock.h"
#include "utils/memutils.h"

/* Beside the two kinds of locks that SQL calls advisory, and the scribe's. */
#define SLOT_LOCK_CLASS 4
#define SLOTS			64
#define SLOT_ANSWERS	1000000

struct PaidAnswers
{
	uint8		key[LEDGER_HASH_SIZE];
	Oid			role;
	bool		seed_given;
	uint64		seed;
	bool		finds;
	int			slot;			/* -1: nothing is stored */
	int			count;			/* answers taken or stored, in slot's order */
	bool		ended;
	int			level;			/* of the subtransaction */
};

/* Those without a seed, of this transaction. */
static List *held = NIL;

/* ---- the end of transactions ---- */

static void
use_up(void)
{
	ListCell   *lc;

	foreach(lc, held)
	{
		PaidAnswers *paid = lfirst(lc);

		if (paid->ended && paid->slot >= 0 && paid->count > 0)
			answer_consume(paid->role, paid->key, paid->slot * SLOT_ANSWERS, paid->count);
	}
	held = NIL;
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			use_up();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_ABORT:
			held = NIL;			/* freed with the transaction's memory */
			break;
		default:
			break;
	}
}

/* What a subtransaction has rolled back has failed. */
static void
at_subtransaction_end(SubXactEvent event, SubTransactionId id, SubTransactionId parent,
					  void *argument)
{
	int			level = GetCurrentTransactionNestLevel();
	ListCell   *lc;

	foreach(lc, held)
	{
		PaidAnswers *paid = lfirst(lc);

		if (paid->level < level)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			held = foreach_delete_current(held, lc);
		else if (event == SUBXACT_EVENT_COMMIT_SUB)
			paid->level = level - 1;
	}
}

static void
register_callbacks(void)
{
	static bool registered = false;

	if (registered)
		return;
	RegisterXactCallback(at_transaction_end, NULL);
	RegisterSubXactCallback(at_subtransaction_end, NULL);
	registered = true;
}

/* ---- slots ---- */

/* The first slot that nobody has. */
static int
take_slot(const PaidAnswers *paid)
{
	uint64		hash = hash_bytes_extended(paid->key, LEDGER_HASH_SIZE, paid->role);

	for (int slot = 0; slot < SLOTS; slot++)
	{
		LOCKTAG		tag;
		uint64		place = hash + (uint64) slot;

		SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (place >> 32), (uint32) place,
							 SLOT_LOCK_CLASS);
		switch (LockAcquire(&tag, ExclusiveLock, false, true))
		{
			case LOCKACQUIRE_OK:
				return slot;
			case LOCKACQUIRE_ALREADY_HELD:
			case LOCKACQUIRE_ALREADY_CLEAR:
				(void) LockRelease(&tag, ExclusiveLock, false);
				break;
			case LOCKACQUIRE_NOT_AVAIL:
				break;
		}
	}
	return -1;
}

/* A rescan goes on with the answers of the scan before. */
static PaidAnswers *
find_held(const uint8 *key, uint64 seed)
{
	ListCell   *lc;

	foreach(lc, held)
	{
		PaidAnswers *paid = lfirst(lc);

		if (paid->ended && paid->seed == seed && paid->role == GetUserId() &&
			memcmp(paid->key, key, LEDGER_HASH_SIZE) == 0)
		{
			paid->ended = false;
			paid->finds = true;
			return paid;
		}
	}
	return NULL;
}

PaidAnswers *
paid_open(const uint8 *key, bool seed_given, uint64 seed, bool fresh)
{
	PaidAnswers *paid = seed_given ? NULL : find_held(key, seed);
	MemoryContext old;

	if (paid)
		return paid;
	old = MemoryContextSwitchTo(seed_given ? CurrentMemoryContext : TopTransactionContext);
	paid = palloc0(sizeof(PaidAnswers));
	memcpy(paid->key, key, LEDGER_HASH_SIZE);
	paid->role = GetUserId();
	paid->seed_given = seed_given;
	paid->seed = seed;
	paid->finds = !fresh;
	paid->level = GetCurrentTransactionNestLevel();
	if (!seed_given)
	{
		register_callbacks();
		paid->slot = take_slot(paid);
		held = lappend(held, paid);
	}
	MemoryContextSwitchTo(old);
	return paid;
}

static bool
has_place(const PaidAnswers *paid, int n)
{
	return paid->slot >= 0 && n < SLOT_ANSWERS;
}

char *
paid_find(PaidAnswers *paid, int n, size_t *length)
{
	char	   *text;

	if (!paid->finds || !has_place(paid, n))
		return NULL;
	text = answer_find(paid->role, paid->key, paid->slot * SLOT_ANSWERS + n, length);
	if (text)
		paid->count = Max(paid->count, n + 1);
	return text;
}

void
paid_store(PaidAnswers *paid, int n, int64 ledger, const char *text, size_t length)
{
	if (!has_place(paid, n))
		return;
	answer_store(paid->role, paid->key, paid->slot * SLOT_ANSWERS + n, ledger, text, length);
	paid->count = Max(paid->count, n + 1);
}

bool
paid_kept(const PaidAnswers *paid)
{
	return paid->count > 0 && guc_cache();
}

void
paid_close(PaidAnswers *paid)
{
	paid->ended = true;
}
