/*-------------------------------------------------------------------------
 *
 * pick.c
 *		Ranks and picks: which of a list of entries a row has.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/engine.h"

static uint64
rank_distinct(const RowPlan *plan, const PlanRank *rank)
{
	if (rank->permutation == 0)
		return rank->radix;
	return ((const Permutation *) plan_at(plan, rank->permutation))->n;
}

static void
no_more_values(const RowPlan *plan, const PlanRank *rank)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("no values are left for %s: " UINT64_FORMAT " distinct ones are possible",
					(const char *) plan_at(plan, rank->label),
					rank_distinct(plan, rank)),
			 errhint("Ask for fewer rows, or give wider bounds, a longer pattern or more values.")));
}

static void
too_crowded(const RowPlan *plan, const PlanRank *rank)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("rows are refused, and the " UINT64_FORMAT " distinct values of %s are too few to draw others",
					rank_distinct(plan, rank),
					(const char *) plan_at(plan, rank->label)),
			 errdetail("Where checks refuse rows, each row has %u values to try, so that there are enough for " UINT64_FORMAT " rows.",
					   rank->tries, rank->stride),
			 errhint("Ask for fewer rows, or let bounds, an enum or a pattern say what the checks allow.")));
}

/*
 * The number of a row's attempt.  The numbers of all attempts lie a stride
 * apart, whatever the number of rows: hence no two rows meet as long as there
 * are no more rows than a stride has numbers.
 */
static uint64
rank_number(const RowPlan *plan, const PlanRank *rank, const RowKey *key)
{
	uint32		moves = key->retry / rank->patience;

	if (moves > 0 && rank->crowded)
		too_crowded(plan, rank);
	return key->unique + moves % rank->tries * rank->stride;
}

uint64
rank_digit(const RowPlan *plan, const PlanRank *rank, const RowKey *key)
{
	uint64		i = key->unique;

	if (rank->sequential && key->own != NO_UNIQUE)
		i = key->own;
	else if (key->retry > 0)
		i = rank_number(plan, rank, key);
	if (rank->permutation)
	{
		const Permutation *p = plan_at(plan, rank->permutation);

		if (i >= p->n)
			no_more_values(plan, rank);
		i = rng_permute(p, (i + rank->start) % p->n);
	}
	else if ((i += rank->start) / rank->divisor >= rank->radix)
		no_more_values(plan, rank);
	return (i / rank->divisor) % rank->radix;
}

/* The row's own, however often it is drawn again. */
uint32
counted_pick(const RowPlan *plan, const PlanCounts *counts, const RowKey *key)
{
	const uint64 *ends = plan_at(plan, counts->ends);
	const Permutation *order = plan_at(plan, counts->order);
	uint64		place = rng_permute(order, rng_mirror(key->mirrored) % order->n);
	uint32		low = 0;
	uint32		high = counts->n - 1;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (ends[middle] > place)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint32
given_pick(const RowPlan *plan, const PlanGiven *given, const RowKey *key)
{
	const uint32 *starts = plan_at(plan, given->starts);
	const uint32 *members = plan_at(plan, given->members);
	uint64		bits;
	uint32		other;
	uint32		group;
	uint32		member;

	other = given->given != 0 ? given_pick(plan, plan_at(plan, given->given), key) :
		selector_pick(plan, plan_at(plan, given->selector), key);
	if (other == NO_GROUP)
		return NO_GROUP;
	group = ((const uint32 *) plan_at(plan, given->group_of))[other];
	if (group == NO_GROUP)
		return NO_GROUP;
	bits = rng_mix(key->base ^ given->salt);
	member = (uint32) rng_below(bits, starts[group + 1] - starts[group]);
	if (given->alias != 0)
	{
		const PlanAlias *alias = (const PlanAlias *) plan_at(plan, given->alias) + starts[group] + member;

		if ((uint32) bits >= alias->keep)
			member = alias->other;
	}
	return members[starts[group] + member];
}

uint32
suited_pick(const RowPlan *plan, const PlanSelector *selector, const RowKey *key)
{
	uint32		entry = given_pick(plan, plan_at(plan, selector->given), key);
	PlanSelector alone;

	if (entry != NO_GROUP)
		return entry;
	alone = *selector;
	alone.given = 0;
	return selector_pick(plan, &alone, key);
}

/* The slot of a selector; another one's if there are too many. */
static PickSlot *
pick_slot(const Engine *engine, PlanOffset selector, PlanOffset given)
{
	PickSlot  **slots = unconstify(Engine *, engine)->picks;
	int			at = 0;

	while (at < PICK_SLOTS - 1 && slots[at] != NULL &&
		   (slots[at]->selector != selector || slots[at]->given != given))
		at++;
	if (slots[at] == NULL)
		slots[at] = MemoryContextAllocZero(engine->runtime_memory, sizeof(PickSlot));
	if (slots[at]->selector != selector || slots[at]->given != given)
	{
		slots[at]->selector = selector;
		slots[at]->given = given;
		memset(slots[at]->bases, 0, sizeof(slots[at]->bases));
	}
	return slots[at];
}

/* The base of a key tells the row and the draw, so that it tells the pick. */
void
reference_picks(const Engine *engine, PlanOffset selector, PlanOffset given, const RowKey *keys,
				int row, int n, uint32 *entries)
{
	const RowPlan *plan = engine->plan;
	PickSlot   *slot = pick_slot(engine, selector, given);

	for (int i = 0; i < n; i++)
	{
		if (slot->bases[row + i] != keys[i].base || keys[i].base == 0)
		{
			slot->bases[row + i] = keys[i].base;
			slot->entries[row + i] = given != 0 ?
				given_pick(plan, plan_at(plan, given), &keys[i]) :
				selector_pick(plan, plan_at(plan, selector), &keys[i]);
		}
		entries[i] = slot->entries[row + i];
	}
}
