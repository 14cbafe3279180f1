/*-------------------------------------------------------------------------
 *
 * engine.c
 *		Runs a plan: dispatch, NULLs, and the simplest ops.
 *
 * Nothing in this file, make_number.c or make_text.c looks into the
 * catalog, so a process without a database can run them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "local/engine.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/uuid.h"
#include "utils/varbit.h"

#define ARENA_CHUNK		(64 * 1024)

#define MOST_UNLISTED	100
#define UNLISTED_SALT	UINT64CONST(0xA0761D6478BD642F)

void
engine_init(Engine *engine, const RowPlan *plan)
{
	memset(engine, 0, sizeof(*engine));
	engine->plan = plan;
	engine->ops = plan_at(plan, plan->ops);
	engine->column_ops = plan_at(plan, plan->column_ops);
	engine->numbers = palloc0(sizeof(int64 *) * Max(plan->ncolumns, 1));
	engine->runtime = palloc0(sizeof(void *) * Max(plan->nops, 1));
	engine->runtime_memory = CurrentMemoryContext;
	fit_init(engine);
	rows_init(engine);
	if (plan->series_low > 0)
	{
		engine->places = palloc(sizeof(SeriesPlace) * ROW_BLOCK);
		engine->series_keys = palloc(sizeof(RowKey) * ROW_BLOCK);
	}
	for (uint32 i = 0; i < plan->ncolumns; i++)
		if (engine->column_ops[i] >= 0 &&
			engine->ops[engine->column_ops[i]].flags & OPF_KEEP_NUMBER)
			engine->numbers[i] = palloc0(sizeof(int64) * ROW_BLOCK);
}

void
engine_row_keys(uint64 seed, int64 first_row, int n, RowKey *keys)
{
	for (int i = 0; i < n; i++)
	{
		uint64		row = first_row + i - 1;

		keys[i].base = keys[i].nulls = rng_combine(seed, row);
		keys[i].unique = keys[i].own = row;
		keys[i].mirrored = rng_mirror(row);
		keys[i].retry = keys[i].fresh = 0;
		keys[i].fresh_nulls = false;
	}
}

/* What is drawn once a series hangs on its number, and is never drawn again. */
static void
place_rows(Engine *engine, const RowBlock *block, int row, int n)
{
	const RowPlan *plan = engine->plan;

	for (int i = row; i < row + n; i++)
	{
		engine->places[i] = series_place(plan->series_low, plan->series_high, plan->seed,
										 block->first_row + i - 1);
		if (i > row && engine->places[i].number == engine->places[i - 1].number)
			engine->series_keys[i] = engine->series_keys[i - 1];
		else
			engine_row_keys(plan->seed, engine->places[i].number + 1, 1,
							&engine->series_keys[i]);
	}
}

void
engine_aim(Engine *engine, RowBlock *block, int row, int n, bool whole)
{
	if (engine->places != NULL)
		place_rows(engine, block, row, n);
	engine->block = block;
	engine->memory = block->memory;
	engine->at = row;
	engine->whole = whole;
	engine->arena = engine->arena_end = NULL;
	if (whole)
	{
		fit_forget(engine);
		rows_forget(engine);
	}
}

void *
engine_room(Engine *engine, Size size)
{
	char	   *room;

	size = MAXALIGN(size);
	if (!engine->whole || size > ARENA_CHUNK / 4)
		return MemoryContextAlloc(engine->memory, size);
	if (engine->arena == NULL || engine->arena_end - engine->arena < size)
	{
		engine->arena = MemoryContextAlloc(engine->memory, ARENA_CHUNK);
		engine->arena_end = engine->arena + ARENA_CHUNK;
	}
	room = engine->arena;
	engine->arena += size;
	return room;
}

void
engine_trim(Engine *engine, void *room, Size used)
{
	char	   *begin = room;

	if (engine->arena && begin < engine->arena && begin >= engine->arena_end - ARENA_CHUNK)
		engine->arena = begin + MAXALIGN(used);
}

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

/* An entry that suits what another selector picks; any, where none does. */
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

static void
make_given(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
		   bool *nulls)
{
	const RowPlan *plan = engine->plan;
	const PlanPool *pool = plan_at(plan, op->detail);
	const uint64 *items = plan_at(plan, pool->values);
	uint32		entries[ROW_BLOCK];

	reference_picks(engine, pool->selector, pool->given, keys, engine->at, n, entries);
	for (int i = 0; i < n; i++)
	{
		uint32		entry = entries[i];

		if (entry == NO_GROUP)
			nulls[i] = true;
		else
			values[i] = op->flags & OPF_BYVAL ? (Datum) items[entry] :
				PointerGetDatum(plan_at(plan, items[entry]));
	}
}

static bool
is_listed(const RowPlan *plan, const PlanPool *pool, Datum value)
{
	const uint64 *listed = plan_at(plan, pool->listed);
	uint64		hash = rng_hash(VARDATA_ANY(DatumGetPointer(value)),
								VARSIZE_ANY_EXHDR(DatumGetPointer(value)));

	return find_key(listed, pool->nlisted, hash) < pool->nlisted;
}

/* Another value that is no level is drawn again where it is one all the same. */
static void
draw_unlisted(Engine *engine, const PlanOp *op, const PlanPool *pool, const RowKey *key,
			  Datum *value, bool *isnull)
{
	for (int again = 1; again <= MOST_UNLISTED && is_listed(engine->plan, pool, *value); again++)
	{
		RowKey		fresh = part_key(key, op->salt ^ UNLISTED_SALT, again);

		engine_fill(engine, pool->other, &fresh, 1, value, isnull);
	}
}

/* Rows whose level stands for other values get them from the op of these. */
static void
make_others(Engine *engine, const PlanOp *op, const PlanPool *pool, const RowKey *keys, int n,
			Datum *values, bool *nulls)
{
	int			at = engine->at;
	const uint16 *levels = fit_levels(engine, op);

	for (int i = 0, to; i < n; i = to + 1)
	{
		for (to = i; to < n && !nulls[to] && levels[to] == pool->other_level; to++)
			;
		if (to == i)
			continue;
		engine->at = at + i;
		engine_fill(engine, pool->other, keys + i, to - i, values + i, nulls + i);
		for (int j = i; pool->listed != 0 && j < to; j++)
		{
			engine->at = at + j;
			draw_unlisted(engine, op, pool, &keys[j], &values[j], &nulls[j]);
		}
		engine->at = at;
	}
}

/* The value that the op's axis has drawn, unless a rank picks it. */
static void
make_levels(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
			bool *nulls)
{
	const RowPlan *plan = engine->plan;
	const PlanPool *pool = plan_at(plan, op->detail);
	const PlanSelector *selector = plan_at(plan, pool->selector);
	const uint64 *items = plan_at(plan, pool->values);
	const uint16 *drawn = fit_levels(engine, op);
	int			levels[ROW_BLOCK];

	if (pool->other != 0)
		make_others(engine, op, pool, keys, n, values, nulls);
	for (int i = 0; i < n; i++)
	{
		int			level;

		levels[i] = -1;
		if (nulls[i])
			continue;
		if (use_rank(&selector->rank, &keys[i]))
			level = (int) selector_pick(plan, selector, &keys[i]);
		else
			level = drawn[i] == PLAN_NO_LEVEL ? -1 : drawn[i];
		levels[i] = level;
		if (pool->other != 0 && level == pool->other_level)
			continue;
		if (level < 0)
			nulls[i] = true;
		else
			values[i] = op->flags & OPF_BYVAL ? (Datum) items[level] :
				PointerGetDatum(plan_at(plan, items[level]));
	}
	if (op->compared)
		rows_mark_levels(engine, op, levels, n, values);
}

static void
make_pool(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
		  bool *nulls)
{
	const RowPlan *plan = engine->plan;
	const PlanPool *pool = plan_at(plan, op->detail);
	const PlanSelector *selector = plan_at(plan, pool->selector);
	const uint64 *items = plan_at(plan, pool->values);

	if (pool->given != 0 || selector->counts != 0)
		make_given(engine, op, keys, n, values, nulls);
	else if (pool->fitted)
		make_levels(engine, op, keys, n, values, nulls);
	else if (op->flags & OPF_BYVAL)
		for (int i = 0; i < n; i++)
			values[i] = (Datum) items[selector_pick(plan, selector, &keys[i])];
	else
		for (int i = 0; i < n; i++)
			values[i] = PointerGetDatum(plan_at(plan, items[selector_pick(plan, selector, &keys[i])]));
}

/* RFC 9562, version 4 */
static void
make_uuids(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values)
{
	for (int i = 0; i < n; i++)
	{
		pg_uuid_t  *uuid = engine_room(engine, sizeof(pg_uuid_t));

		for (int b = 0; b < UUID_LEN; b++)
		{
			uint64		bits = draw_bits(&keys[i], op->salt, 1 + b / 8);

			uuid->data[b] = (unsigned char) (bits >> (8 * (b % 8)));
		}
		uuid->data[6] = (uuid->data[6] & 0x0f) | 0x40;
		uuid->data[8] = (uuid->data[8] & 0x3f) | 0x80;
		values[i] = UUIDPGetDatum(uuid);
	}
}

/* Random bytes, the first of them the rank where there is one. */
static void
random_bytes(Engine *engine, const PlanOp *op, const PlanLength *length, const RowKey *key,
			 unsigned char *bytes, int n)
{
	for (int b = 0; b < n; b++)
		bytes[b] = (unsigned char) (draw_bits(key, op->salt, 2 + b / 8) >> (8 * (b % 8)));
	if (use_rank(&length->rank, key))
	{
		uint64		rank = rank_digit(engine->plan, &length->rank, key);

		for (int b = 0; b < n && b < 8; b++)
			bytes[b] = (unsigned char) (rank >> (8 * b));
	}
}

static int
random_length(const PlanOp *op, const PlanLength *length, const RowKey *key)
{
	return length->low + (int) rng_below(draw_bits(key, op->salt, 1),
										 (uint64) (length->high - length->low) + 1);
}

static void
make_bytes(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values)
{
	const PlanLength *length = plan_at(engine->plan, op->detail);

	for (int i = 0; i < n; i++)
	{
		int			bytes = random_length(op, length, &keys[i]);
		bytea	   *value = engine_room(engine, VARHDRSZ + bytes);

		SET_VARSIZE(value, VARHDRSZ + bytes);
		random_bytes(engine, op, length, &keys[i], (unsigned char *) VARDATA(value), bytes);
		values[i] = PointerGetDatum(value);
	}
}

/* Bits are numbered from the left, so that a rank of few bits fits in. */
static void
make_bits(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values)
{
	const PlanLength *length = plan_at(engine->plan, op->detail);

	for (int i = 0; i < n; i++)
	{
		int			bits = random_length(op, length, &keys[i]);
		VarBit	   *value = engine_room(engine, VARBITTOTALLEN(bits));
		int			bytes = VARBITTOTALLEN(bits) - VARHDRSZ - VARBITHDRSZ;

		SET_VARSIZE(value, VARBITTOTALLEN(bits));
		VARBITLEN(value) = bits;
		random_bytes(engine, op, length, &keys[i], VARBITS(value), bytes);
		if (use_rank(&length->rank, &keys[i]) && bits < 62)
		{
			uint64		rank = rank_digit(engine->plan, &length->rank, &keys[i]) << (64 - bits);

			for (int b = 0; b < bytes; b++)
				VARBITS(value)[b] = (unsigned char) (rank >> (56 - 8 * b));
		}
		if (bits % BITS_PER_BYTE)
			VARBITS(value)[bytes - 1] &= (bits8) (0xff << (BITS_PER_BYTE - bits % BITS_PER_BYTE));
		values[i] = VarBitPGetDatum(value);
	}
}

static void
copy_column(Engine *engine, const PlanOp *op, int n, Datum *values, bool *nulls)
{
	int			column = ((const PlanCopy *) plan_at(engine->plan, op->detail))->column;

	for (int i = 0; i < n; i++)
	{
		values[i] = engine->block->values[column][engine->at + i];
		nulls[i] = engine->block->nulls[column][engine->at + i];
	}
}

/* Columns beside the key that the rows have drawn. */
static void
make_contexts(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
			  bool *nulls)
{
	const RowPlan *plan = engine->plan;
	const PlanContext *context = plan_at(plan, op->detail);
	const bool *none = engine->block->nulls[context->column] + engine->at;
	const uint64 *items = plan_at(plan, context->values);
	const bool *item_nulls = plan_at(plan, context->nulls);
	uint32		entries[ROW_BLOCK];

	reference_picks(engine, context->selector, context->given, keys, engine->at, n, entries);
	for (int i = 0; i < n; i++)
	{
		uint32		entry = none[i] ? NO_GROUP : entries[i];

		nulls[i] = entry == NO_GROUP || item_nulls[entry];
		if (!nulls[i])
			values[i] = op->flags & OPF_BYVAL ? (Datum) items[entry] :
				PointerGetDatum(plan_at(plan, items[entry]));
	}
}

/* Takes over what the row that is referred to has. */
static void
take_agreed(Engine *engine, const PlanOp *op, int n, Datum *values, bool *nulls)
{
	const PlanContext *context = plan_at(engine->plan,
										 engine->ops[engine->column_ops[op->agrees - 1]].detail);
	const Datum *theirs = engine->block->values[op->agrees - 1] + engine->at;
	const bool *theirs_null = engine->block->nulls[op->agrees - 1] + engine->at;
	const bool *no_key = engine->block->nulls[context->column] + engine->at;

	for (int i = 0; i < n; i++)
	{
		if (theirs_null[i])
			nulls[i] |= (op->flags & OPF_TAKES_NULL) && !no_key[i];
		else if (!nulls[i])
			values[i] = theirs[i];
	}
}

void
op_draw_nulls(const PlanOp *op, const RowKey *keys, int n, bool *nulls)
{
	if (op->null_below == 0)
		memset(nulls, false, n * sizeof(bool));
	else if (op->null_below == PG_UINT32_MAX)
		memset(nulls, true, n * sizeof(bool));
	else
		for (int i = 0; i < n; i++)
			nulls[i] = (uint32) rng_mix(keys[i].nulls ^ ~op->salt) < op->null_below;
}

void
engine_fill(Engine *engine, int index, const RowKey *keys, int n, Datum *values, bool *nulls)
{
	const PlanOp *op = &engine->ops[index];

	if (fit_decides(op) && engine->axes[op->axis - 1].has_null)
		fit_nulls(engine, op, n, nulls);
	else
		op_draw_nulls(op, keys, n, nulls);
	switch ((PlanOpKind) op->kind)
	{
		case OP_NULL:
			memset(nulls, true, n * sizeof(bool));
			memset(values, 0, n * sizeof(Datum));
			break;
		case OP_POOL:
			make_pool(engine, op, keys, n, values, nulls);
			break;
		case OP_NUMBER:
			make_numbers(engine, op, keys, n, values, nulls);
			break;
		case OP_TEXT:
			make_texts(engine, op, keys, n, values, nulls);
			break;
		case OP_PATTERN:
			make_patterns(engine, op, keys, n, values, nulls);
			break;
		case OP_UUID:
			make_uuids(engine, op, keys, n, values);
			break;
		case OP_BYTES:
			make_bytes(engine, op, keys, n, values);
			break;
		case OP_BITS:
			make_bits(engine, op, keys, n, values);
			break;
		case OP_WORDS:
			make_words(engine, op, keys, n, values, nulls);
			break;
		case OP_CASES:
			make_cases(engine, op, keys, n, values, nulls);
			break;
		case OP_COPY:
			copy_column(engine, op, n, values, nulls);
			break;
		case OP_CONTEXT:
			make_contexts(engine, op, keys, n, values, nulls);
			break;
		default:
			make_parts(engine, op, keys, n, values, nulls);
			break;
	}
}

void
engine_fill_column(Engine *engine, int column, const RowKey *keys, int n)
{
	MemoryContext old = MemoryContextSwitchTo(engine->memory);
	const PlanOp *op = &engine->ops[engine->column_ops[column]];

	if (engine->ops[engine->column_ops[column]].flags & OPF_PER_SERIES)
		keys = engine->series_keys + engine->at;
	engine_fill(engine, engine->column_ops[column], keys, n,
				engine->block->values[column] + engine->at,
				engine->block->nulls[column] + engine->at);
	if (op->agrees)
		take_agreed(engine, op, n, engine->block->values[column] + engine->at,
					engine->block->nulls[column] + engine->at);
	MemoryContextSwitchTo(old);
}
