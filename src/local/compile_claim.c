/*-------------------------------------------------------------------------
 *
 * compile_claim.c
 *		Digits that pick entries of a list: those that differ, and pairs of those
 *		that go with each other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/compile_unique.h"

/* A selector that a set has taken. */
typedef struct Claim
{
	PlanOffset	selector;
	Digit	   *digit;
	ValueKey   *keys;			/* of its entries */
} Claim;

uint32
distinct_entries(const ValueKey *keys, uint32 n, uint32 *distinct)
{
	HTAB	   *seen = value_key_table("synthik distinct entries", sizeof(ValueKey), n);
	uint32		count = 0;

	for (uint32 i = 0; i < n; i++)
	{
		bool		found;

		hash_search(seen, &keys[i], HASH_ENTER, &found);
		if (!found)
			distinct[count++] = i;
	}
	hash_destroy(seen);
	return count;
}

static Claim *
find_claim(const Digits *digits, PlanOffset selector)
{
	ListCell   *lc;

	foreach(lc, digits->claimed)
		if (((Claim *) lfirst(lc))->selector == selector)
			return lfirst(lc);
	return NULL;
}

static void
list_distinct(Compiler *c, PlanOffset selector, const uint32 *entries, uint32 n)
{
	PlanOffset	list = builder_add(&c->builder, entries, sizeof(uint32) * Max(n, 1));

	((PlanSelector *) builder_at(&c->builder, selector))->distinct = list;
}

/*
 * Two entries that go with each other are one digit, which picks a pair of those
 * whose texts differ.  A third one adds nothing.
 */
static void
claim_pairs(Digits *digits, const Entity *entity, const ValueKey *keys)
{
	Compiler   *c = digits->c;
	Claim	   *other = find_claim(digits, entity->suits->selector);
	uint32	   *own;
	uint32	   *others;
	uint32	   *distinct;
	ValueKey   *both;
	int			total = suit_pairs(c, entity, &own, &others);
	uint32		n = 0;
	uint32		count;

	if (other->digit == NULL || other->digit->twin != 0)
		return;
	distinct = palloc(sizeof(uint32) * Max(total, 1));
	both = palloc(sizeof(ValueKey) * Max(total, 1));
	for (int i = 0; i < total; i++)
	{
		const ValueKey *a = &keys[own[i]];
		const ValueKey *b = &other->keys[others[i]];

		/* see keep_apart(): these are left out */
		if ((own[i] > 0 && memcmp(a, &keys[0], sizeof(ValueKey)) == 0) ||
			(others[i] > 0 && memcmp(b, &other->keys[0], sizeof(ValueKey)) == 0))
			continue;
		both[n] = keys_combine(*a, *b);
		own[n] = own[i];
		others[n++] = others[i];
	}
	count = distinct_entries(both, n, distinct);
	for (uint32 i = 0; i < count; i++)
	{
		own[i] = own[distinct[i]];
		others[i] = others[distinct[i]];
	}
	list_distinct(c, entity->selector, own, count);
	list_distinct(c, other->selector, others, count);
	other->digit->radix = count;
	other->digit->shaped = true;
	other->digit->twin = rank_of(PlanSelector, entity->selector);
	pfree(own);
	pfree(others);
	pfree(distinct);
	pfree(both);
}

/* Which of n entries a selector's rank picks, each once; NULL if it picks pairs. */
static bool *
ranked_entries(Compiler *c, PlanOffset offset, uint64 count)
{
	PlanSelector *selector = builder_at(&c->builder, offset);
	const uint32 *distinct = builder_at(&c->builder, selector->distinct);
	bool	   *ranked = palloc0(selector->n);

	for (uint64 i = 0; i < count; i++)
	{
		if (i > 0 && distinct[i] <= distinct[i - 1])
			return NULL;
		ranked[distinct[i]] = true;
	}
	return ranked;
}

/*
 * An entry that has to go with another one, which differs from row to row for a set of its
 * own: each of them is given one of the other, and no two the same.  Then
 * both are distinct, if there are enough; if not, false.
 */
static bool
claim_match(Digits *digits, const Entity *entity, const ValueKey *keys, Claim *claim)
{
	Compiler   *c = digits->c;
	PlanOffset	leader = entity->suits->selector;
	PlanRank	rank = ((PlanSelector *) builder_at(&c->builder, leader))->rank;
	bool	   *free;
	uint32	   *own;
	uint32	   *others;
	uint32	   *distinct = palloc(sizeof(uint32) * entity->nrows);
	uint32		ndistinct = distinct_entries(keys, entity->nrows, distinct);
	uint32	   *matched = palloc(sizeof(uint32) * entity->nrows);
	uint32		n = 0;
	int			total;

	if (rank.radix == 0 || rank.divisor != 1 ||
		(free = ranked_entries(c, leader, rank.radix)) == NULL)
		return false;
	total = suit_pairs(c, entity, &own, &others);
	for (int i = 0, end, d = 0; i < total; i = end)
	{
		uint32		entry = own[i];
		bool		wanted;

		for (end = i; end < total && own[end] == entry;)
			end++;
		while (d < ndistinct && distinct[d] < entry)
			d++;
		wanted = d < ndistinct && distinct[d] == entry;
		/* not the first ones first: these are all men's, say */
		for (int k = 0; wanted && k < end - i; k++)
		{
			uint32		other = others[i + (rng_hash((char *) &entry, sizeof(entry)) + k) % (end - i)];

			if (!free[other])
				continue;
			free[other] = false;
			matched[n] = other;
			own[n++] = entry;
			break;
		}
	}
	if (n <= (uint64) digits->last)
		return false;
	list_distinct(c, entity->selector, own, n);
	list_distinct(c, leader, matched, n);
	claim->digit = digits_add(digits, rank_of(PlanSelector, leader), n, false);
	claim->digit->twin = rank_of(PlanSelector, entity->selector);
	return true;
}

/* The entity that a selector picks for, or NULL. */
static Entity *
entity_of(const Compiler *c, PlanOffset selector)
{
	ListCell   *lc;

	foreach(lc, c->entities)
		if (((Entity *) lfirst(lc))->selector == selector)
			return lfirst(lc);
	return NULL;
}

void
digits_claim_selector(Digits *digits, PlanOffset offset, const ValueKey *keys)
{
	Compiler   *c = digits->c;
	PlanSelector *selector = builder_at(&c->builder, offset);
	uint32		n = selector->n;
	bool		weighted = selector->alias != 0;
	Entity	   *entity = entity_of(c, offset);
	uint32	   *distinct;
	uint32		count;
	Claim	   *claim;

	if (selector->rank.radix != 0 || find_claim(digits, offset) != NULL)
		return;
	claim = palloc0(sizeof(Claim));
	claim->selector = offset;
	claim->keys = palloc(sizeof(ValueKey) * n);
	memcpy(claim->keys, keys, sizeof(ValueKey) * n);
	digits->claimed = lappend(digits->claimed, claim);
	if (entity != NULL && entity->suits != NULL)
	{
		if (find_claim(digits, entity->suits->selector) != NULL)
		{
			claim_pairs(digits, entity, keys);
			return;
		}
		if (!suit_turn(c, entity))
		{
			if (claim_match(digits, entity, keys, claim))
				return;
			/* to be distinct comes before what suits */
			((PlanSelector *) builder_at(&c->builder, offset))->given = 0;
			entity->suits = NULL;
		}
	}
	distinct = palloc(sizeof(uint32) * n);
	count = distinct_entries(keys, n, distinct);
	list_distinct(c, offset, distinct, count);
	claim->digit = digits_add(digits, rank_of(PlanSelector, offset), count, weighted);
	pfree(distinct);
}
