/*-------------------------------------------------------------------------
 *
 * make_rows.c
 *		Rows that equal one of the source's are drawn again.
 *
 * Whatever makes a compared column leaves the marks of its values here; the
 * sum of a row's marks, hashed, is looked up among the hashes of rows that are
 * not to be made (see FitRows).  A row that is among them is drawn again,
 * all of it, with keys that hang on the first ones, so that a row stays a
 * function of the plan, the seed and its number.  Its place in a sequence, or
 * among unique values, does not change.
 *
 * A row that equals one of the source's however often it is drawn stays,
 * where few values leave little else to make; in a strict plan, that is an
 * error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "local/engine.h"
#include "miscadmin.h"
#include "schema/fit.h"

#define AGAIN_SALT		UINT64CONST(0x6A09E667F3BCC909)

#define MOST_AGAIN		16
#define MOST_STRICT		250		/* RowMarks.again holds no more */
#define NULL_PATIENCE	8		/* draws that leave the NULLs as they are */

typedef struct RowMarks
{
	uint64	   *marks;			/* at [compared * ROW_BLOCK + row] */
	bool		known[ROW_BLOCK];	/* a row's marks are there */
	uint8		again[ROW_BLOCK];	/* how often the row was drawn again at first */
} RowMarks;

void
rows_init(Engine *engine)
{
	const RowPlan *plan = engine->plan;

	if (plan->ncompared == 0)
		return;
	engine->marks = palloc0(sizeof(RowMarks));
	engine->marks->marks = palloc0(sizeof(uint64) * ROW_BLOCK * plan->ncompared);
}

void
rows_forget(Engine *engine)
{
	if (engine->marks == NULL)
		return;
	memset(engine->marks->known, false, sizeof(engine->marks->known));
	memset(engine->marks->again, 0, sizeof(engine->marks->again));
}

/* ---- marks ---- */

static inline uint64 *
marks_of(const Engine *engine, const PlanOp *op)
{
	return engine->marks->marks + (op->compared - 1) * ROW_BLOCK + engine->at;
}

static const PlanCompared *
compared_of(const Engine *engine, const PlanOp *op)
{
	return (const PlanCompared *) plan_at(engine->plan, engine->plan->compared) +
		op->compared - 1;
}

/* What value_to_scale() says of the value that these units become. */
static inline double
units_to_scale(const PlanNumber *number, int64 units)
{
	switch ((NumberOutput) number->output)
	{
		case NUMBER_FLOAT4:
			return (float4) ((double) units / number->divisor);
		case NUMBER_MONTHS:
			return (double) (units / USECS_PER_MONTH * USECS_PER_MONTH);
		default:
			return number->scale == 0 ? (double) units : (double) units / number->divisor;
	}
}

static double
odd_number(PlanOdd odd, double otherwise)
{
	switch (odd)
	{
		case ODD_LOWEST:
			return -INFINITY;
		case ODD_HIGHEST:
			return INFINITY;
		case ODD_NAN:
			return NAN;
		case ODD_NOT:
			break;
	}
	return otherwise;
}

void
rows_mark_numbers(Engine *engine, const PlanOp *op, const int64 *units, int n, const bool *nulls)
{
	const PlanNumber *number = plan_at(engine->plan, op->detail);
	uint64		salt = compared_of(engine, op)->salt;
	uint64		null = fit_mark(salt, FIT_NULL_HASH);
	uint64	   *marks = marks_of(engine, op);
	bool		odd = number->fitted && engine->axes[op->axis - 1].odd;

	for (int i = 0; i < n; i++)
	{
		double		value = units_to_scale(number, units[i]);

		if (odd)
			value = odd_number(fit_odd(engine, op, i), value);
		marks[i] = nulls[i] ? null : fit_mark(salt, fit_number_hash(value));
	}
}

/* levels: -1 is NULL */
void
rows_mark_levels(Engine *engine, const PlanOp *op, const int *levels, int n)
{
	const PlanCompared *compared = compared_of(engine, op);
	const uint64 *of_levels = plan_at(engine->plan, compared->marks);
	uint64		null = fit_mark(compared->salt, FIT_NULL_HASH);
	uint64	   *marks = marks_of(engine, op);

	for (int i = 0; i < n; i++)
		marks[i] = levels[i] < 0 ? null : of_levels[levels[i]];
}

/* ---- rows ---- */

static bool
is_of_source(const RowPlan *plan, uint32 hash)
{
	const uint32 *hashes = plan_at(plan, plan->hashes);
	const uint32 *guide = (const uint32 *) plan_at(plan, plan->guide) +
		(hash >> (32 - plan->guide_bits));

	for (uint32 i = guide[0]; i < guide[1]; i++)
		if (hashes[i] == hash)
			return true;
	return false;
}

/* Which of n rows from row on equal one of the source's; returns how many. */
static int
find_known(const Engine *engine, int row, int n, uint16 *found)
{
	uint64		sums[ROW_BLOCK];
	int			nfound = 0;

	memset(sums, 0, sizeof(uint64) * n);
	for (uint32 c = 0; c < engine->plan->ncompared; c++)
	{
		const uint64 *marks = engine->marks->marks + c * ROW_BLOCK + row;

		for (int i = 0; i < n; i++)
			sums[i] += marks[i];
	}
	for (int i = 0; i < n; i++)
		if (is_of_source(engine->plan, fit_row_hash(sums[i])))
			found[nfound++] = i;
	return nfound;
}

static RowKey
again_key(const RowKey *first, uint32 again)
{
	RowKey		key = *first;

	if (again == 0)
		return key;
	key.base = rng_combine(first->base, AGAIN_SALT + again);
	if (again > NULL_PATIENCE)
		key.nulls = key.base;
	return key;
}

static void
cannot_differ(const Engine *engine, int row)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("row %lld equals a row of the source in all that was learned, in each of %d draws",
					(long long) engine->block->first_row + row, MOST_STRICT + 1),
			 errhint("Learn from more rows or columns, or allow such rows with privacy => 'standard'.")));
}

static uint32
draw_again(Engine *engine, int row, const RowKey *first, RowRemake remake, void *arg)
{
	uint32		most = engine->plan->strict ? MOST_STRICT : MOST_AGAIN;
	uint16		found;

	for (uint32 again = 1; again <= most; again++)
	{
		RowKey		key = again_key(first, again);

		CHECK_FOR_INTERRUPTS();
		remake(arg, row, &key);
		if (find_known(engine, row, 1, &found) == 0)
			return again;
	}
	if (engine->plan->strict)
		cannot_differ(engine, row);
	return most;
}

void
rows_avoid_known(Engine *engine, int row, int n, const RowKey *keys, RowRemake remake, void *arg)
{
	uint16		found[ROW_BLOCK];
	int			nfound = find_known(engine, row, n, found);

	memset(engine->marks->known + row, true, n);
	for (int i = 0; i < nfound; i++)
	{
		int			at = found[i];

		engine->marks->again[row + at] =
			draw_again(engine, row + at, &keys[at], remake, arg);
	}
}

bool
rows_are_marked(const Engine *engine, int row)
{
	return engine->marks->known[row];
}

const uint8 *
rows_again(const Engine *engine)
{
	return engine->marks->again;
}

void
rows_take_again(Engine *engine, const uint8 *again, int n)
{
	memcpy(engine->marks->again, again, n);
}

void
rows_first_keys(const Engine *engine, const RowBlock *block, int row, int n, RowKey *keys)
{
	engine_row_keys(engine->plan->seed, block->first_row + row, n, keys);
	if (engine->marks == NULL)
		return;
	for (int i = 0; i < n; i++)
		if (engine->marks->again[row + i] > 0)
			keys[i] = again_key(&keys[i], engine->marks->again[row + i]);
}
