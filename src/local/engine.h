/*-------------------------------------------------------------------------
 *
 * engine.h
 *		Runs a plan: blocks of values, op by op.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ENGINE_H
#define SYNTHIK_ENGINE_H

#include "local/plan.h"
#include "rows/rows.h"
#include "util/series.h"

/* A key whose values are drawn even where an op has a rank. */
#define NO_UNIQUE	PG_UINT64_MAX

/* What rows have drawn of axes, at [axis * ROW_BLOCK + row]. */
typedef struct Drawn
{
	uint8	   *bins;
	uint32	   *places;			/* in the bin: 32 random bits; of axes that are placed */
	uint16	   *levels;			/* of those that are leveled */
} Drawn;

/*
 * Which key of a parent each row of the block has drawn: several columns and axes
 * of a row ask for it.
 */
#define PICK_SLOTS	4
typedef struct PickSlot
{
	PlanOffset	selector;
	PlanOffset	given;
	uint64		bases[ROW_BLOCK];	/* of the keys that drew */
	uint32		entries[ROW_BLOCK];
} PickSlot;

typedef struct Engine
{
	const RowPlan *plan;
	const PlanOp *ops;
	const int32 *column_ops;
	RowBlock   *block;			/* being filled */
	int			at;				/* its row that keys[0] stands for */
	MemoryContext memory;		/* of the block */
	bool		whole;			/* filling a whole block */
	char	   *arena_begin;	/* room for values, from memory: a chunk, */
	char	   *arena;			/* the part that is free, */
	char	   *arena_end;		/* and its end; or NULLs */
	int64	  **numbers;		/* [column][row]: of ops with OPF_KEEP_NUMBER */
	const PlanAxis *axes;
	struct FitState *fit;		/* or NULL: no axes */
	const Drawn *drawn;			/* of the block's rows */
	struct RowMarks *marks;		/* of its rows, or NULL: any row may be made */
	SeriesPlace *places;		/* of the block's rows, or NULL: no series */
	RowKey	   *series_keys;	/* of their series */
	int			row;			/* of the block, whose value parts are made for */
	struct OpRuntime **runtime; /* [op]: what the catalog gave, or NULL */
	MemoryContext runtime_memory;
	struct PickSlot *picks[PICK_SLOTS]; /* keys that rows have drawn, or NULL */
} Engine;

extern void engine_init(Engine *engine, const RowPlan *plan);

/* The keys of rows as they are drawn first; first_row counts from 1. */
extern void engine_row_keys(uint64 seed, int64 first_row, int n, RowKey *keys);

/*
 * Says where the values of what is filled next go: n rows from row on.  A whole block has fresh
 * memory and shares chunks of it; the values of a row that is drawn again
 * are allocated one by one, as that memory may be reset at any time.
 */
extern void engine_aim(Engine *engine, RowBlock *block, int row, int n, bool whole);

/*
 * Draws the bins of the aimed rows, of what axes the columns in use need.
 * component: of a row that is drawn again, only the axes of that component,
 * or 0 for all.  Before the columns that fit_decides() are filled.
 */
extern void engine_draw_axes(Engine *engine, const RowKey *keys, int n, int component);

/* Only these columns will be filled. */
extern void engine_limit_axes(Engine *engine, const bool *columns);

/* Fills one column of the block for n rows from the aimed one on. */
extern void engine_fill_column(Engine *engine, int column, const RowKey *keys, int n);

/* Fills n values of an op; n is at most ROW_BLOCK. */
extern void engine_fill(Engine *engine, int op, const RowKey *keys, int n,
						Datum *values, bool *nulls);

/* Room for one value, 8-aligned, until the block's memory is reset. */
extern void *engine_more_room(Engine *engine, Size size);

static inline void *
engine_room(Engine *engine, Size size)
{
	char	   *room = engine->arena;

	if (unlikely((Size) (engine->arena_end - room) < MAXALIGN(size)))
		return engine_more_room(engine, size);
	engine->arena = room + MAXALIGN(size);
	return room;
}

/* Gives back what engine_room() gave last, but for the first used bytes. */
static inline void
engine_trim(Engine *engine, void *room, Size used)
{
	/* what has no room in a chunk has memory of its own */
	if ((char *) room >= engine->arena_begin && (char *) room < engine->arena)
		engine->arena = (char *) room + MAXALIGN(used);
}

/* ---- shared by the makers ---- */

#define DRAW_STEP	UINT64CONST(0xD6E8FEB86659FD93)

/* Draw number j of what has this salt. */
static inline uint64
draw_bits(const RowKey *key, uint64 salt, uint64 j)
{
	return rng_mix(key->base ^ (salt + j * DRAW_STEP));
}

/* ---- pick.c ---- */

/* What a rank picks for a key; an error where no values are left. */
extern uint64 rank_digit(const RowPlan *plan, const PlanRank *rank, const RowKey *key);

static inline bool
use_rank(const PlanRank *rank, const RowKey *key)
{
	return rank->radix != 0 && key->unique != NO_UNIQUE;
}

/* By how often each entry is to be picked: the row's own, however often drawn. */
extern uint32 counted_pick(const RowPlan *plan, const PlanCounts *counts, const RowKey *key);

/* An entry that suits what another selector picks; any, where none does. */
extern uint32 suited_pick(const RowPlan *plan, const PlanSelector *selector, const RowKey *key);

/* One of n entries, by Walker's method. */
static inline uint32
alias_pick(uint64 bits, uint32 n, const PlanAlias *alias)
{
	uint32		i = (uint32) rng_below(bits, n);
	uint32		other = -(uint32) ((uint32) bits >= alias[i].keep);

	/* without a branch, which nobody could predict */
	return i ^ ((i ^ alias[i].other) & other);
}

/* The entry that a key picks. */
static inline uint32
selector_pick(const RowPlan *plan, const PlanSelector *selector, const RowKey *key)
{
	uint64		bits;

	if (use_rank(&selector->rank, key))
		return ((const uint32 *) plan_at(plan, selector->distinct))
			[rank_digit(plan, &selector->rank, key)];
	if (selector->given != 0)
		return suited_pick(plan, selector, key);
	if (selector->counts != 0)
	{
		const PlanCounts *counts = plan_at(plan, selector->counts);

		if (!counts->loose || key->own != NO_UNIQUE)
			return counted_pick(plan, counts, key);
	}
	bits = rng_mix(key->base ^ selector->salt);
	if (selector->alias != 0)
		return alias_pick(bits, selector->n, plan_at(plan, selector->alias));
	return (uint32) rng_below(bits, selector->n);
}

/* The same by what another selector picks; NO_GROUP if nothing suits. */
extern uint32 given_pick(const RowPlan *plan, const PlanGiven *given, const RowKey *key);

/*
 * The entries of the keys that n rows, from one of the block on, draw from a
 * parent's; NO_GROUP if nothing suits.
 */
extern void reference_picks(const Engine *engine, PlanOffset selector, PlanOffset given,
							const RowKey *keys, int row, int n, uint32 *entries);

/* ---- engine.c ---- */

/* Which of n values of an op are NULL, where no axis says it. */
extern void op_draw_nulls(const PlanOp *op, const RowKey *keys, int n, bool *nulls);

/* The key of part j of a value; the first part keeps the rank. */
static inline RowKey
part_key(const RowKey *key, uint64 salt, uint64 j)
{
	RowKey		part = *key;

	part.base = draw_bits(key, salt, j + 1);
	part.nulls = rng_mix(key->nulls ^ (salt + (j + 1) * DRAW_STEP));
	if (j > 0)
		part.unique = NO_UNIQUE;
	return part;
}

/* Does an axis decide something of the op's values? */
static inline bool
fit_decides(const PlanOp *op)
{
	return op->axis != 0;
}

/* The column whose value an op's is counted from, or -1. */
static inline int
fit_base(const RowPlan *plan, const PlanOp *op)
{
	const PlanAxis *axes = (const PlanAxis *) plan_at(plan, plan->axes);

	return op->kind == OP_NUMBER && fit_decides(op) ? axes[op->axis - 1].base : -1;
}

/* Draws of one axis; the leaf's NULL hangs on the key of NULLs. */
#define DRAW_BIN	1			/* and where in it */
#define DRAW_PLACE	2			/* the last bits of that */
#define DRAW_FRESH	3			/* whether the axis is drawn from the key's base */
#define DRAW_TIME	4
#define DRAW_WITHIN 5			/* between knots, within bounds */

/* make_axes.c */
extern void fit_init(Engine *engine);
extern void fit_forget(Engine *engine);

/* make_fit.c */
extern void fit_nulls(const Engine *engine, const PlanOp *op, int n, bool *nulls);
extern const uint16 *fit_levels(const Engine *engine, const PlanOp *op);
extern void fit_numbers(const Engine *engine, const PlanOp *op, const PlanNumber *number,
						const RowKey *keys, int i, int n, int64 *units);
extern PlanOdd fit_odd(const Engine *engine, const PlanOp *op, int i);
extern void fit_odd_values(const Engine *engine, const PlanOp *op, int n, Datum *values);
extern int64 fit_stored_units(Oid type, Datum value, double divisor);
extern int	fit_length(const Engine *engine, const PlanOp *op, const RowKey *key);

/* ---- make_rows.c: rows that equal one of the source's; where engine->marks ---- */

extern void rows_init(Engine *engine);
extern void rows_forget(Engine *engine);
extern void rows_mark_numbers(Engine *engine, const PlanOp *op, const int64 *units, int n,
							  const bool *nulls);
extern void rows_mark_levels(Engine *engine, const PlanOp *op, const int *levels, int n,
							 const Datum *values);

/* Makes one row of the block again, all of it. */
typedef void (*RowRemake) (void *arg, int row, const RowKey *key);

/* Draws rows again that are not to be made; they have been made with keys. */
extern void rows_avoid_known(Engine *engine, int row, int n, const RowKey *keys,
							 RowRemake remake, void *arg);

/* Were all compared columns of a row made here? */
extern bool rows_are_marked(const Engine *engine, int row);

/* How often each row of the block was drawn again; from another process. */
extern const uint8 *rows_again(const Engine *engine);
extern void rows_take_again(Engine *engine, const uint8 *again, int n);

/* The keys of rows as they were first taken; rows that are drawn again because
 * of a check have others. */
extern void rows_first_keys(const Engine *engine, const RowBlock *block, int row, int n,
							RowKey *keys);

/* make_words.c */
extern void make_words(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
					   Datum *values, const bool *nulls);

/* make_text.c, for other makers of text */
extern int32 text_characters(int encoding, const char *bytes, uint32 length);
extern uint32 text_clip(int encoding, const char *bytes, uint32 length, int32 limit);
extern Datum text_finish(Engine *engine, struct varlena *value, uint32 length, int32 pad_to);

/* make_pool.c; nulls are set before */
extern void make_pool(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
					  Datum *values, bool *nulls);
extern void make_contexts(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
						  Datum *values, bool *nulls);

/* Takes over what the row that is referred to has; after the values are made. */
extern void take_agreed(Engine *engine, const PlanOp *op, int n, Datum *values, bool *nulls);

/* make_bits.c */
extern void make_uuids(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
					   Datum *values);
extern void make_bytes(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
					   Datum *values);
extern void make_bits(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
					  Datum *values);

/* make_number.c, make_text.c, make_parts.c; nulls are set before */
extern void make_numbers(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
						 Datum *values, const bool *nulls);
extern void make_texts(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
					   Datum *values, const bool *nulls);
extern void make_patterns(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
						  Datum *values, const bool *nulls);
extern void make_parts(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
					   Datum *values, bool *nulls);

/* make_number.c: what a number op draws for a row, whether it is made or not,
 * in stored units; and the same of a row of the block */
extern int64 drawn_units(Engine *engine, int index, const RowKey *key);
extern int64 number_units(Engine *engine, int index, const RowKey *key, int row);

/* make_follow.c */
extern bool follow_units(Engine *engine, const PlanOp *op, const PlanNumber *number,
						 const RowKey *key, int row, int64 *units);

/* make_cases.c */
extern void make_cases(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
					   Datum *values, bool *nulls);
extern uint64 plan_case_key(const PlanCases *cases, Datum value);

/*
 * The columns that an op's values hang on, as work is called with them: they
 * have to be made before.
 */
typedef void (*ColumnWork) (void *arg, int column);
extern void plan_visit_read(const RowPlan *plan, int op, ColumnWork work, void *arg);

/* Where a key stands among n that ascend, or n. */
static inline uint32
find_key(const uint64 *keys, uint32 n, uint64 key)
{
	uint32		low = 0;
	uint32		high = n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && keys[low] == key ? low : n;
}

#endif							/* SYNTHIK_ENGINE_H */
