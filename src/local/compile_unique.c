/*-------------------------------------------------------------------------
 *
 * compile_unique.c
 *		Distinct values by construction: which parts of which ops take their
 *		value from the rank of a permutation instead of a draw.
 *
 * A unique field, or a set of fields that are unique together, is a number
 * with mixed radix: every digit picks one part of the value.  What several
 * fields of a row share (a person, a place, a key) can serve one unique set
 * only; a second one does with its other parts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "common/hashfn.h"
#include "local/compile.h"
#include "local/pattern.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "util/series.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

/* Binary logarithms of how many values a row has to try. */
#define LEAST_TRIES_BITS	4
#define USUAL_TRIES_BITS	8
#define MOST_TRIES_BITS		10
#define LARGE_DOMAIN_BITS	40

#define ROOM			2			/* values a row, for a set to be roomy */

#define VALUE_PATIENCE	16		/* draws of the other fields with one value */

#define MOST_LISTED		65536	/* texts of a pattern that are compared */

/* A digit: where its rank is to be written, and how many values it has. */
typedef struct Digit
{
	PlanOffset	rank;			/* of a PlanRank */
	PlanOffset	twin;			/* of another one that picks with it, or 0 */
	uint64		radix;
	bool		shaped;			/* values are not all alike: better drawn */
} Digit;

typedef struct Digits
{
	Compiler   *c;
	List	   *digits;			/* of Digit * */
	List	   *claimed;		/* of Claim *: selectors taken in this set */
	const int  *fields;			/* the set */
	int			nfields;
	int64		last;			/* number of the last row, or series, from 0 */
	bool		numbered;		/* a piece {unique} makes all distinct */
	bool		sequential;
	bool		dependent;		/* a part hangs on what others pick, */
	bool		cased;			/* or on the value of another column */
} Digits;

static uint64
saturating_multiply(uint64 a, uint64 b)
{
	uint128		product = (uint128) a * b;

	return product > PLAN_MAX_DISTINCT ? PLAN_MAX_DISTINCT : (uint64) product;
}

static Digit *
add_digit(Digits *digits, PlanOffset rank, uint64 radix, bool shaped)
{
	Digit	   *digit = palloc0(sizeof(Digit));

	digit->rank = rank;
	digit->radix = radix;
	digit->shaped = shaped;
	digits->digits = lappend(digits->digits, digit);
	return digit;
}

#define rank_of(type, offset)	((offset) + offsetof(type, rank))

/* A value of a pool or of a string table, for finding equal ones. */
typedef struct EntryKey
{
	uint64		low;
	uint64		high;
} EntryKey;

static EntryKey
entry_key(const void *bytes, Size length)
{
	EntryKey	key;

	key.low = rng_hash(bytes, length);
	key.high = hash_bytes_extended(bytes, (int) length, 42);
	return key;
}

/* The numbers of n entries that differ, of equal ones the first; their count. */
static uint32
find_distinct(const EntryKey *keys, uint32 n, uint32 *distinct)
{
	HASHCTL		ctl = {0};
	HTAB	   *seen;
	uint32		count = 0;

	ctl.keysize = sizeof(EntryKey);
	ctl.entrysize = sizeof(EntryKey);
	ctl.hcxt = CurrentMemoryContext;
	seen = hash_create("synthik distinct entries", n, &ctl,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
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

/* A selector that a set has taken. */
typedef struct Claim
{
	PlanOffset	selector;
	Digit	   *digit;
	EntryKey   *keys;			/* of its entries */
} Claim;

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
claim_pairs(Digits *digits, const Entity *entity, const EntryKey *keys)
{
	Compiler   *c = digits->c;
	Claim	   *other = find_claim(digits, entity->suits->selector);
	uint32	   *own;
	uint32	   *others;
	uint32	   *distinct;
	EntryKey   *both;
	int			total = suit_pairs(c, entity, &own, &others);
	uint32		n = 0;
	uint32		count;

	if (other->digit == NULL || other->digit->twin != 0)
		return;
	distinct = palloc(sizeof(uint32) * Max(total, 1));
	both = palloc(sizeof(EntryKey) * Max(total, 1));
	for (int i = 0; i < total; i++)
	{
		const EntryKey *a = &keys[own[i]];
		const EntryKey *b = &other->keys[others[i]];

		/* see keep_apart(): these are left out */
		if ((own[i] > 0 && memcmp(a, &keys[0], sizeof(EntryKey)) == 0) ||
			(others[i] > 0 && memcmp(b, &other->keys[0], sizeof(EntryKey)) == 0))
			continue;
		both[n].low = rng_combine(a->low, b->low);
		both[n].high = rng_combine(a->high, b->high);
		own[n] = own[i];
		others[n++] = others[i];
	}
	count = find_distinct(both, n, distinct);
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
claim_match(Digits *digits, const Entity *entity, const EntryKey *keys, Claim *claim)
{
	Compiler   *c = digits->c;
	PlanOffset	leader = entity->suits->selector;
	PlanRank	rank = ((PlanSelector *) builder_at(&c->builder, leader))->rank;
	bool	   *free;
	uint32	   *own;
	uint32	   *others;
	uint32	   *distinct = palloc(sizeof(uint32) * entity->nrows);
	uint32		ndistinct = find_distinct(keys, entity->nrows, distinct);
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
	claim->digit = add_digit(digits, rank_of(PlanSelector, leader), n, false);
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

/* A digit that picks one of the entries that differ. */
static void
claim_selector(Digits *digits, PlanOffset offset, const EntryKey *keys)
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
	claim->keys = palloc(sizeof(EntryKey) * n);
	memcpy(claim->keys, keys, sizeof(EntryKey) * n);
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
	count = find_distinct(keys, n, distinct);
	list_distinct(c, offset, distinct, count);
	claim->digit = add_digit(digits, rank_of(PlanSelector, offset), count, weighted);
	pfree(distinct);
}

/* Adds an op's values to what tells the entries of its selector apart. */
static void
add_entry_keys(const PlanBuilder *builder, const PlanOp *op, EntryKey *keys, uint32 n)
{
	PlanPool   *pool = builder_at(builder, op->detail);
	uint64	   *items = builder_at(builder, pool->values);

	for (uint32 i = 0; i < n; i++)
	{
		EntryKey	key;

		if (op->flags & OPF_BYVAL)
			key = entry_key(&items[i], sizeof(uint64));
		else
		{
			char	   *value = builder_at(builder, items[i]);

			key = entry_key(value, datumGetSize(PointerGetDatum(value), false, op->typlen));
		}
		keys[i].low = rng_combine(keys[i].low, key.low);
		keys[i].high = rng_combine(keys[i].high, key.high);
	}
}

/* Is it fixed how often each entry is picked? */
static bool
is_counted(PlanBuilder *builder, const PlanSelector *selector)
{
	return selector->counts != 0 &&
		!((const PlanCounts *) builder_at(builder, selector->counts))->loose;
}

/* Columns of the set that pick with the same selector are one digit. */
static void
claim_pool(Digits *digits, const PlanOp *op)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanPool   *pool = builder_at(builder, op->detail);
	PlanOffset	selector = pool->selector;
	uint32		n = ((PlanSelector *) builder_at(builder, selector))->n;
	EntryKey   *keys;

	/* What is picked to suit another pick, or counted, is not ours to choose. */
	if (pool->given != 0 || is_counted(builder, builder_at(builder, selector)))
	{
		digits->dependent = true;
		return;
	}
	keys = palloc0(sizeof(EntryKey) * n);
	add_entry_keys(builder, op, keys, n);
	for (int i = 0; i < digits->nfields; i++)
	{
		const PlanOp *other = &digits->c->ops[digits->c->column_ops[digits->fields[i]]];

		if (other != op && other->kind == OP_POOL &&
			((PlanPool *) builder_at(builder, other->detail))->selector == selector)
			add_entry_keys(builder, other, keys, n);
	}
	claim_selector(digits, selector, keys);
	pfree(keys);
}

/*
 * Where another entry chooses among several texts of an entry, no two entries
 * may have one in common: those that share a text with an earlier one are
 * made equal to the first, and so are left out.  keys has all texts, column
 * by column, of n entries.
 */
static void
keep_apart(EntryKey *keys, uint32 n, uint32 total)
{
	EntryKey   *rows = palloc(sizeof(EntryKey) * total);
	uint32	   *distinct = palloc(sizeof(uint32) * total);
	uint32		ncolumns = total / n;
	uint32		count;
	bool	   *first = palloc0(total);

	for (uint32 i = 0; i < total; i++)
		rows[i % n * ncolumns + i / n] = keys[i];
	count = find_distinct(rows, total, distinct);
	for (uint32 i = 0; i < count; i++)
		first[distinct[i]] = true;
	for (uint32 i = 0; i < total; i++)
	{
		uint32		own = i / ncolumns * ncolumns;

		while (!first[i] && own < i && memcmp(&rows[own], &rows[i], sizeof(EntryKey)) != 0)
			own++;
		if (!first[i] && own == i)
			keys[i / ncolumns] = keys[0];
	}
	pfree(rows);
	pfree(distinct);
	pfree(first);
}

static void
claim_entry(Digits *digits, const PlanPiece *piece)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanStrings *strings = builder_at(builder, piece->text);
	uint32	   *offsets = builder_at(builder, strings->offsets);
	char	   *bytes = builder_at(builder, strings->bytes);
	EntryKey   *keys = palloc(sizeof(EntryKey) * strings->n);

	for (uint32 i = 0; i < strings->n; i++)
		keys[i] = entry_key(bytes + offsets[i], offsets[i + 1] - offsets[i]);
	if (piece->chooser != 0)
		keep_apart(keys, ((PlanSelector *) builder_at(builder, piece->selector))->n, strings->n);
	claim_selector(digits, piece->selector, keys);
	pfree(keys);
}

static void
claim_text(Digits *digits, const PlanOp *op)
{
	PlanText   *text = builder_at(&digits->c->builder, op->detail);
	PlanOffset	pieces = text->pieces;
	uint32		npieces = text->npieces;

	for (uint32 i = 0; i < npieces; i++)
	{
		PlanPiece  *piece = builder_at(&digits->c->builder, pieces + i * sizeof(PlanPiece));

		if (piece->kind == PIECE_UNIQUE)
			digits->numbered = true;
	}
	for (uint32 i = 0; i < npieces; i++)
	{
		PlanOffset	offset = pieces + i * sizeof(PlanPiece);
		PlanPiece  *piece = builder_at(&digits->c->builder, offset);

		if (piece->kind == PIECE_UNIQUE)
			add_digit(digits, rank_of(PlanPiece, offset), PLAN_MAX_DISTINCT, false);
		else if (digits->numbered)
			continue;
		else if (piece->kind == PIECE_ENTRY)
			claim_entry(digits, piece);
		else if (piece->kind == PIECE_NUMBER && piece->rank.radix == 0)
			add_digit(digits, rank_of(PlanPiece, offset), piece->count, false);
	}
}

/* Lists the ranks of a pattern's texts, without those that repeat a text. */
static uint32
list_texts(Compiler *c, PlanOffset offset, uint32 count)
{
	PlanPattern *pattern = builder_at(&c->builder, offset);
	const PatternProgram *program = builder_at(&c->builder, pattern->program);
	char	   *text = palloc(pattern_max_bytes(program) + 1);
	EntryKey   *keys = palloc(sizeof(EntryKey) * count);
	uint32	   *distinct = palloc(sizeof(uint32) * count);
	PlanOffset	list;

	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		keys[i] = entry_key(text, pattern_unrank(program, i, text));
	}
	count = find_distinct(keys, count, distinct);
	list = builder_add(&c->builder, distinct, sizeof(uint32) * count);
	((PlanPattern *) builder_at(&c->builder, offset))->distinct = list;
	pfree(text);
	pfree(keys);
	pfree(distinct);
	return count;
}

/*
 * Where a pattern makes a text in several ways, few texts are listed.  Many
 * are no good, unless the rows go into a table, whose index tells.
 */
static void
claim_pattern(Digits *digits, const PlanOp *op)
{
	Compiler   *c = digits->c;
	PlanPattern *pattern = builder_at(&c->builder, op->detail);
	bool		exact;
	uint64		count = pattern_count(builder_at(&c->builder, pattern->program), &exact);

	if (!exact && count <= MOST_LISTED)
		count = list_texts(c, op->detail, (uint32) count);
	else if (!exact && !c->request->avoid_stored)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 op->column >= 0 ?
				 errmsg("values of column \"%s\" cannot be kept distinct",
						c->schema->fields[op->column]->name) :
				 errmsg("values inside a column cannot be kept distinct"),
				 errdetail("Its pattern can make the same text in several ways, and has too many texts to list them."),
				 errhint("Give a pattern that reads each text in one way only: \"a+\" for \"(a+)+\", \"a{0,2}\" for \"a?a?\".")));
	add_digit(digits, rank_of(PlanPattern, op->detail), count, false);
}

/* What can tell rows apart in the values of an op. */
static void
claim_op(Digits *digits, const PlanOp *op)
{
	PlanBuilder *builder = &digits->c->builder;

	switch (op->kind)
	{
		case OP_POOL:
			claim_pool(digits, op);
			break;
		case OP_TEXT:
			claim_text(digits, op);
			break;
		case OP_PATTERN:
			claim_pattern(digits, op);
			break;
		case OP_NUMBER:
			{
				PlanNumber *number = builder_at(builder, op->detail);
				uint64		radix = (uint64) number->high - (uint64) number->low;

				if (number->rank.radix != 0)
					break;
				digits->sequential = number->sequential;
				number->nabove = 0; /* a rank has no room for orders */
				add_digit(digits, rank_of(PlanNumber, op->detail),
						  Min(radix, PLAN_MAX_DISTINCT - 1) + 1, number->quantile != 0);
				break;
			}
		case OP_BYTES:
		case OP_BITS:
			{
				PlanLength *length = builder_at(builder, op->detail);
				int			bits = op->kind == OP_BYTES ? length->low * 8 : length->low;

				add_digit(digits, rank_of(PlanLength, op->detail),
						  bits >= 62 ? PLAN_MAX_DISTINCT : UINT64CONST(1) << bits, false);
				break;
			}
		case OP_UUID:
			digits->numbered = true;	/* 122 random bits */
			break;
		case OP_CAST:
			claim_op(digits, &digits->c->ops[((PlanCast *) builder_at(builder, op->detail))->part]);
			break;
		case OP_ARRAY:
			claim_op(digits, &digits->c->ops[((PlanArray *) builder_at(builder, op->detail))->part]);
			break;
		case OP_RANGE:
		case OP_MULTIRANGE:
			claim_op(digits, &digits->c->ops[((PlanPart *) builder_at(builder, op->detail))->part]);
			break;
		case OP_CASES:
			digits->dependent = digits->cased = true;
			break;
		case OP_COMPOSITE:
		case OP_JSON:
			if (!(op->flags & OPF_JSON_ARRAY))
			{
				PlanMembers *members = builder_at(builder, op->detail);
				PlanOffset	ops = members->ops;
				uint32		n = members->n;

				for (uint32 i = 0; i < n; i++)
				{
					int32		part = ((int32 *) builder_at(builder, ops))[i];

					if (part >= 0)
						claim_op(digits, &digits->c->ops[part]);
				}
			}
			break;
		default:
			break;
	}
}

static char *
field_list(Compiler *c, const int *fields, int n)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < n; i++)
		appendStringInfo(&names, "%s\"%s\"", i > 0 ? ", " : "",
						 c->schema->fields[fields[i]]->name);
	return names.data;
}

/* The more values there are, the more of them a row can have. */
static uint32
tries_for(uint64 distinct)
{
	int			size = pg_leftmost_one_pos64(distinct);
	int			bits = size >= LARGE_DOMAIN_BITS ? MOST_TRIES_BITS :
		Min(Max(size / 3, LEAST_TRIES_BITS), USUAL_TRIES_BITS);

	return (uint32) Min(UINT64CONST(1) << bits, distinct);
}

/*
 * How often a refused row keeps its value while its other fields are drawn
 * again: not at all where a check reads nothing else.  Texts with a number
 * inside differ in every draw anyhow.
 */
static uint32
patience_for(const Digits *digits, const int *fields, int n)
{
	Bitmapset  *own = NULL;
	ListCell   *lc;

	if (digits->numbered)
		return VALUE_PATIENCE;
	for (int i = 0; i < n; i++)
		own = bms_add_member(own, fields[i]);
	foreach(lc, digits->c->schema->checks)
		if (bms_is_subset(((Check *) lfirst(lc))->fields, own))
			return 1;
	return VALUE_PATIENCE;
}

/* Writes the ranks: least significant digit first. */
static void
assign_ranks(Digits *digits, const int *fields, int n, uint64 distinct, uint64 key)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanRank	common = {0};
	uint64		divisor = 1;
	char	   *label = psprintf("%s %s", n == 1 ? "column" : "columns",
								 field_list(digits->c, fields, n));
	ListCell   *lc;

	common.sequential = digits->sequential;
	common.start = digits->sequential ? 0 : digits->c->request->stored % distinct;
	common.tries = tries_for(distinct);
	common.stride = distinct / common.tries;
	common.patience = patience_for(digits, fields, n);
	common.crowded = (uint64) digits->last >= common.stride;
	common.label = builder_add(builder, label, strlen(label) + 1);
	if (!digits->sequential && !digits->numbered)
	{
		Permutation p;

		rng_permutation_init(&p, distinct, key);
		common.permutation = builder_add(builder, &p, sizeof(p));
	}
	foreach(lc, digits->digits)
	{
		Digit	   *digit = lfirst(lc);

		if (divisor >= distinct)
			break;
		common.radix = Min(digit->radix, distinct / divisor + (distinct % divisor != 0));
		common.divisor = divisor;
		*(PlanRank *) builder_at(builder, digit->rank) = common;
		if (digit->twin != 0)
			*(PlanRank *) builder_at(builder, digit->twin) = common;
		divisor = saturating_multiply(divisor, digit->radix);
	}
}

static void
check_room(Digits *digits, uint64 distinct)
{
	Compiler   *c = digits->c;
	char	   *names = field_list(c, digits->fields, digits->nfields);

	if ((uint64) digits->last < distinct)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 digits->nfields == 1 ?
			 errmsg("column %s can take " UINT64_FORMAT " distinct values, " INT64_FORMAT " %s are asked for",
					names, distinct, digits->last + 1,
					c->schema->fields[digits->fields[0]]->per_series ? "series" : "rows") :
			 errmsg("columns %s can take " UINT64_FORMAT " distinct combinations, " INT64_FORMAT " rows are asked for",
					names, distinct, digits->last + 1),
			 errdetail("The values have to be unique."),
			 errhint("Ask for fewer rows, or give wider bounds, a longer pattern or more values.")));
}

static uint64
product_of(List *digits, bool shaped)
{
	uint64		product = 1;
	ListCell   *lc;

	foreach(lc, digits)
	{
		const Digit *digit = lfirst(lc);

		if (shaped || !digit->shaped)
			product = saturating_multiply(product, digit->radix);
	}
	return product;
}

/*
 * A rank makes all values of a column alike.  Where the others have room
 * enough, a column that follows a distribution is left to it.
 */
static void
spare_shaped(Digits *digits)
{
	uint64		rows = (uint64) digits->last + 1 + digits->c->request->stored;
	ListCell   *lc;

	if (product_of(digits->digits, false) / ROOM < rows)
		return;
	foreach(lc, digits->digits)
		if (((Digit *) lfirst(lc))->shaped)
			digits->digits = foreach_delete_current(digits->digits, lc);
}

static uint64
highest_of(Oid type)
{
	return type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX / 4;
}

/*
 * Numbers whose greatest value is only a guess, or what a sample has, go on
 * above it where the others of their set do not suffice.
 */
static void
grow_number(Digits *digits, const Field *field, const PlanOp *op)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanNumber *number = builder_at(builder, op->detail);
	uint64		rows = (uint64) digits->last + 1 + digits->c->request->stored;
	uint64		product = product_of(digits->digits, true);
	uint64		highest = highest_of(op->type);
	ListCell   *lc;

	if (number->fitted || number->quantile != 0 || number->low < 0 || number->scale != 0 ||
		!field->maximum.set || !field->maximum.implied || product / ROOM >= rows)
		return;
	foreach(lc, digits->digits)
	{
		Digit	   *digit = lfirst(lc);
		uint64		needed;

		if (digit->rank != rank_of(PlanNumber, op->detail) || digit->radix == 0)
			continue;
		needed = saturating_multiply(rows, ROOM) / (product / digit->radix) + 1;
		highest = highest / number->grain - number->low;
		digit->radix = Max(digit->radix, Min(needed, highest));
		number->high = number->low + (int64) digit->radix - 1;
	}
}

static void
grow_numbers(Digits *digits)
{
	for (int i = 0; i < digits->nfields; i++)
	{
		const Field *field = digits->c->schema->fields[digits->fields[i]];
		const PlanOp *op = &digits->c->ops[digits->c->column_ops[digits->fields[i]]];

		if (op->kind == OP_NUMBER && value_kind(field->base_type) == VALUE_INTEGER)
			grow_number(digits, field, op);
	}
}

static void
too_few_others(Compiler *c, const int *fields, int n)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("columns %s cannot be kept distinct", field_list(c, fields, n)),
			 errdetail("One of them goes by another field, and the others have too few values."),
			 errhint("Add a column of many values to them, or ask for fewer rows.")));
}

/*
 * Makes some columns unique together.  Nothing to do where a column among
 * them is unique alone, is filled by a sequence, or is always NULL.
 */
static void
make_unique(Compiler *c, const int *fields, int n, bool varied)
{
	Digits		digits = {0};
	uint64		distinct;
	uint64		key = c->request->seed;

	digits.c = c;
	digits.fields = fields;
	digits.nfields = n;
	digits.last = n == 1 && c->schema->fields[fields[0]]->per_series ?
		series_place(c->schema->series_low, c->schema->series_high, c->request->seed,
					 c->last_row).number : c->last_row;
	for (int i = 0; i < n; i++)
	{
		if (c->schema->fields[fields[i]]->origin != FIELD_MADE || c->column_ops[fields[i]] < 0)
			return;				/* judged when it is there */
	}
	for (int i = 0; i < n; i++)
	{
		const Field *field = c->schema->fields[fields[i]];
		int			op = c->column_ops[fields[i]];

		/* what is drawn once a series has a number of its own */
		if (n > 1 && (field->unique || field->per_series))
			return;
		if (c->ops[op].kind == OP_NULL || c->ops[op].kind == OP_COPY)
			return;
		key = rng_combine(key, c->ops[op].salt);
		claim_op(&digits, &c->ops[op]);
	}
	/* what a sample's numbers end at is no end; what a type's do, alone, is */
	if (!digits.numbered && (n > 1 || c->schema->fit != NULL))
		grow_numbers(&digits);
	if (!digits.numbered)
		spare_shaped(&digits);
	distinct = digits.numbered ? PLAN_MAX_DISTINCT : product_of(digits.digits, true);
	if (digits.cased && (uint64) digits.last >= distinct && !c->request->avoid_stored)
		too_few_others(c, fields, n);
	/* the other columns do not suffice: drawn, and judged when it is there */
	if ((digits.dependent || varied) && (uint64) digits.last >= distinct)
		return;
	check_room(&digits, distinct);
	if (digits.digits != NIL)
		assign_ranks(&digits, fields, n, distinct, key);
}

void
compile_uniques(Compiler *c)
{
	ListCell   *lc;

	for (int i = 0; i < c->schema->nfields; i++)
		if (c->schema->fields[i]->unique)
			make_unique(c, &i, 1, false);
	foreach(lc, c->schema->uniques)
	{
		UniqueSet  *set = lfirst(lc);

		make_unique(c, set->fields, set->nfields, false);
	}
	for (int i = 0; i < c->schema->nfields; i++)
		if (c->schema->fields[i]->varied && !c->schema->fields[i]->unique)
			make_unique(c, &i, 1, true);
}
