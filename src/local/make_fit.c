/*-------------------------------------------------------------------------
 *
 * make_fit.c
 *		Draws what was learned: the bins of axes, and what they stand for.
 *
 * The bins of all rows of a block are drawn axis by axis, and kept while the
 * block lasts: when one field of one row is drawn again, the bins of its
 * other fields are still there to be asked for.  Rows whose bins another
 * process has drawn get them when they are needed.
 *
 * Where conditions restrict an axis that asks for earlier ones, these have to
 * follow the conditions too.  Each row draws candidates for their bins until it
 * takes one, by how much of the leaves in its way the conditions allow.  If it
 * takes none of a good number, it picks one of them, weighted by the same (Rubin's
 * sampling by importance and resampling): no row is given up, and the restricted
 * axes draw from what is allowed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "local/engine.h"
#include "miscadmin.h"
#include "schema/fit.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#define CANDIDATE_SALT	UINT64CONST(0x5DEECE66D1CE4E5B)
#define PICK_SALT		UINT64CONST(0x2545F4914F6CDD1D)
#define TAKE_SALT		UINT64CONST(0x1B03738712FAD5C9)

/* Draws of one axis; the leaf's NULL hangs on the key of NULLs. */
#define DRAW_BIN	1			/* and where in it */
#define DRAW_PLACE	2			/* the last bits of that */
#define DRAW_FRESH	3			/* whether the axis is drawn from the key's base */
#define DRAW_TIME	4
#define DRAW_WITHIN 5			/* between knots, within bounds */

/* Bins, places and levels are at [axis * ROW_BLOCK + row]. */
typedef struct Drawn
{
	uint8	   *bins;
	uint32	   *places;			/* in the bin: 32 random bits */
	uint16	   *levels;
} Drawn;

typedef struct FitState
{
	Drawn		rows;			/* of the block */
	Drawn		candidates;		/* of the rows that are active */
	bool	   *wanted;			/* [axis] */
	bool	   *picked;			/* [axis]: with a candidate */
	uint64	   *seeds;			/* [axis] of what is drawn evenly */
	uint16		active[ROW_BLOCK];	/* rows that have taken no candidate */
	bool		drawn[ROW_BLOCK];
	RowKey		keys[ROW_BLOCK];
	double		shares[ROW_BLOCK];	/* [active]: what conditions leave of it */
	double		totals[ROW_BLOCK];	/* [row]: of all so far */
} FitState;

static Drawn
allocate_drawn(uint32 naxes)
{
	Drawn		drawn;

	drawn.bins = palloc0(sizeof(uint8) * ROW_BLOCK * naxes);
	drawn.places = palloc0(sizeof(uint32) * ROW_BLOCK * naxes);
	drawn.levels = palloc0(sizeof(uint16) * ROW_BLOCK * naxes);
	return drawn;
}

void
fit_init(Engine *engine)
{
	const RowPlan *plan = engine->plan;
	FitState   *fit;

	if (plan->naxes == 0)
		return;
	fit = palloc0(sizeof(FitState));
	engine->axes = plan_at(plan, plan->axes);
	engine->fit = fit;
	fit->rows = allocate_drawn(plan->naxes);
	if (plan->nconditioned > 0)
		fit->candidates = allocate_drawn(plan->naxes);
	fit->picked = palloc0(sizeof(bool) * plan->naxes);
	for (uint32 i = 0; i < plan->nconditioned; i++)
	{
		uint16		axis = ((const uint16 *) plan_at(plan, plan->conditioned))[i];

		if (!(axis & PLAN_WEIGH))
			fit->picked[axis] = true;
	}
	fit->seeds = palloc(sizeof(uint64) * plan->naxes);
	for (uint32 a = 0; a < plan->naxes; a++)
		fit->seeds[a] = rng_combine(plan->seed, engine->axes[a].salt);
	fit->wanted = palloc(sizeof(bool) * plan->naxes);
	memset(fit->wanted, true, sizeof(bool) * plan->naxes);
}

/* A block begins. */
void
fit_forget(Engine *engine)
{
	if (engine->fit)
		memset(engine->fit->drawn, false, sizeof(engine->fit->drawn));
}

void
engine_limit_axes(Engine *engine, const bool *columns)
{
	const RowPlan *plan = engine->plan;
	bool	   *wanted;

	if (engine->fit == NULL)
		return;
	wanted = engine->fit->wanted;
	for (uint32 a = 0; a < plan->naxes; a++)
		wanted[a] = engine->axes[a].shares != 0;
	for (uint32 i = 0; i < plan->ncolumns; i++)
	{
		const PlanOp *op = &engine->ops[Max(engine->column_ops[i], 0)];
		const PlanAxis *axis;

		if (!columns[i] || engine->column_ops[i] < 0 || !fit_decides(op))
			continue;
		axis = &engine->axes[op->axis - 1];
		wanted[op->axis - 1] = true;
		if (axis->weekday >= 0)
			wanted[axis->weekday] = true;
		if (axis->hour >= 0)
			wanted[axis->hour] = true;
		if (axis->ending >= 0)
			wanted[axis->ending] = true;
	}
	/* axes ask for earlier ones only */
	for (int a = (int) plan->naxes - 1; a >= 0; a--)
	{
		const uint16 *asked = plan_at(plan, engine->axes[a].asked);

		for (uint32 i = 0; wanted[a] && i < engine->axes[a].nasked; i++)
			wanted[asked[i]] = true;
	}
}

/* ---- bins ---- */

/*
 * The leaves that n rows come to.  All go down one level at a time, so that
 * the steps of different rows, which hang on memory, overlap.  Where a row is,
 * and the row itself, are in one word.
 */
static void
find_leaves(const PlanAxis *axis, const PlanNode *nodes, const uint8 *bins, int n, uint32 *leaves)
{
	uint32		at[ROW_BLOCK];
	int			active = axis->root & PLAN_LEAF ? 0 : n;

	StaticAssertStmt(ROW_BLOCK <= 1 << PLAN_ROW_BITS, "rows of a block have too few bits");
	for (int i = 0; i < n; i++)
	{
		leaves[i] = 0;
		at[i] = axis->root | i;
	}
	while (active > 0)
	{
		int			left = 0;

		for (int j = 0; j < active; j++)
		{
			uint32		row = at[j] & ((1 << PLAN_ROW_BITS) - 1);
			const PlanNode *node = nodes + (at[j] >> PLAN_ROW_BITS);
			uint32		bin = bins[node->bins + row];
			uint32		child = node->children[node->left[bin >> 6] >> (bin & 63) & 1];

			leaves[row] = (child & ~PLAN_LEAF) >> PLAN_ROW_BITS;
			at[left] = child | row;
			left += child < PLAN_LEAF;
		}
		active = left;
	}
}

/* What a row's bin of an axis hangs on. */
static inline uint64
axis_bits(const RowKey *key, uint64 salt, uint64 seed)
{
	if (key->fresh == 0 ||
		(key->fresh != PG_UINT32_MAX &&
		 (uint32) draw_bits(key, salt, DRAW_FRESH) >= key->fresh))
		return rng_even(key->mirrored, seed);
	return draw_bits(key, salt, DRAW_BIN);
}

static inline uint64
null_bits(const RowKey *key, uint64 salt, uint64 seed)
{
	if (!key->fresh_nulls)
		return rng_even(key->mirrored, ~seed);
	return rng_mix(key->nulls ^ ~salt) << 32;
}

/*
 * Bins of n rows: the bits' share of each in the order of the bins, whatever
 * the leaf, so that what is even in the bits is so in the bins of all rows.
 */
static void
draw_bins(const RowPlan *plan, const PlanAxis *axis, uint64 seed, const RowKey *keys, int n,
		  const uint32 *leaves, uint8 *bins, uint32 *places)
{
	const PlanLeaf *all = plan_at(plan, axis->leaves);
	const PlanEntry *entries = plan_at(plan, axis->entries);

	for (int i = 0; i < n; i++)
	{
		const PlanLeaf *leaf = all + leaves[i];
		uint64		bits = axis_bits(&keys[i], axis->salt, seed);
		const PlanEntry *own = entries + leaf->first;
		uint32		e = own[rng_below(bits, leaf->nentries)].guide;
		uint64		begin;

		while ((uint32) (bits >> 33) >= own[e].end)
			e++;
		begin = e > 0 ? own[e - 1].end : 0;
		bins[i] = own[e].bin;
		places[i] = (uint32) ((double) ((bits >> 11) - (begin << 22)) /
							  (double) ((own[e].end - begin) << 22) * 4294967296.0);
	}
	for (int i = 0; axis->has_null && i < n; i++)
	{
		uint32		below = all[leaves[i]].null_below;

		if (below > 0 && (below == PG_UINT32_MAX ||
						  null_bits(&keys[i], axis->salt, seed) >> 32 < below))
			bins[i] = 0;
	}
}

/* One of the bin's levels. */
static inline uint16
draw_level(const RowPlan *plan, const PlanAxis *axis, uint8 bin, uint32 place)
{
	const uint32 *starts = plan_at(plan, axis->starts);
	const uint16 *members = plan_at(plan, axis->members);
	uint32		n = starts[bin + 1] - starts[bin];
	uint64		bits;
	uint32		i;
	const PlanAlias *alias;

	if (n == 0)
		return PLAN_NO_LEVEL;
	if (n == 1)
		return members[starts[bin]];
	bits = (uint64) place * n;
	i = (uint32) (bits >> 32);
	alias = (const PlanAlias *) plan_at(plan, axis->alias) + starts[bin] + i;
	return members[starts[bin] + ((uint32) bits < alias->keep ? i : alias->other)];
}

/* What the level of another axis decides. */
static void
take_decided(const RowPlan *plan, const PlanAxis *axis, const uint16 *others, int n,
			 uint8 *bins, uint16 *levels)
{
	const uint16 *decided = plan_at(plan, axis->decided);
	const uint8 *level_bins = plan_at(plan, axis->level_bins);

	for (int i = 0; i < n; i++)
	{
		uint16		level = PLAN_ANY_LEVEL;

		if (others[i] == PLAN_NO_LEVEL)
			level = decided[axis->ndecided];
		else if (others[i] < axis->ndecided)
			level = decided[others[i]];
		if (level == PLAN_ANY_LEVEL)
			continue;
		levels[i] = level;
		bins[i] = level == PLAN_NO_LEVEL ? 0 : level_bins[level];
	}
}

/* Draws one axis for n rows; shares, if not NULL, are of the rows. */
static void
draw_axis(const Engine *engine, int index, const RowKey *keys, int row, int n,
		  const Drawn *drawn, double *shares)
{
	const RowPlan *plan = engine->plan;
	const PlanAxis *axis = &engine->axes[index];
	uint8	   *bins = drawn->bins + index * ROW_BLOCK + row;
	uint32	   *places = drawn->places + index * ROW_BLOCK + row;
	uint16	   *levels = drawn->levels + index * ROW_BLOCK + row;
	uint32		leaves[ROW_BLOCK];

	find_leaves(axis, plan_at(plan, axis->nodes), drawn->bins + row, n, leaves);
	draw_bins(plan, axis, engine->fit->seeds[index], keys, n, leaves, bins, places);
	if (axis->leveled)
		for (int i = 0; i < n; i++)
			levels[i] = draw_level(plan, axis, bins[i], places[i]);
	if (axis->determinant >= 0)
		take_decided(plan, axis, drawn->levels + axis->determinant * ROW_BLOCK + row, n,
					 bins, levels);
	if (shares && axis->shares != 0)
	{
		const double *left = plan_at(plan, axis->shares);

		for (int i = 0; i < n; i++)
			shares[i] *= left[leaves[i]];
	}
}

/* How much conditions leave of the leaves that an axis would come to. */
static void
weigh_axis(const Engine *engine, int index, int n, const Drawn *drawn, double *shares)
{
	const PlanAxis *axis = &engine->axes[index];
	const double *left = plan_at(engine->plan, axis->shares);
	uint32		leaves[ROW_BLOCK];

	find_leaves(axis, plan_at(engine->plan, axis->nodes), drawn->bins, n, leaves);
	for (int i = 0; i < n; i++)
		shares[i] *= left[leaves[i]];
}

static void
copy_candidate(FitState *fit, uint32 naxes, int from, int to)
{
	for (uint32 a = 0; a < naxes; a++)
	{
		if (!fit->picked[a])
			continue;
		fit->rows.bins[a * ROW_BLOCK + to] = fit->candidates.bins[a * ROW_BLOCK + from];
		fit->rows.places[a * ROW_BLOCK + to] = fit->candidates.places[a * ROW_BLOCK + from];
		fit->rows.levels[a * ROW_BLOCK + to] = fit->candidates.levels[a * ROW_BLOCK + from];
	}
}

/*
 * Active rows take their candidate, or pick it for the time being, by its share
 * of all candidates so far.  Returns how many stay active.
 */
static int
pick_candidates(const Engine *engine, const RowKey *keys, int row, int active, uint32 candidate)
{
	FitState   *fit = engine->fit;
	int			left = 0;

	for (int j = 0; j < active; j++)
	{
		int			i = fit->active[j];
		double		share = fit->shares[j];
		bool		taken = rng_unit(draw_bits(&keys[i], TAKE_SALT, candidate)) *
			engine->plan->most_share < share;

		fit->totals[i] += share;
		if (taken || candidate == 0 ||
			rng_unit(draw_bits(&keys[i], PICK_SALT, candidate)) * fit->totals[i] < share)
			copy_candidate(fit, engine->plan->naxes, j, row + i);
		fit->active[left] = i;
		left += !taken;
	}
	return left;
}

static void
draw_candidates(const Engine *engine, const RowKey *keys, int active, uint32 candidate)
{
	FitState   *fit = engine->fit;
	const uint16 *list = plan_at(engine->plan, engine->plan->conditioned);

	for (int j = 0; j < active; j++)
	{
		const RowKey *key = &keys[fit->active[j]];

		fit->keys[j] = *key;
		fit->keys[j].base = draw_bits(key, CANDIDATE_SALT, candidate);
		fit->keys[j].fresh = PG_UINT32_MAX;
		fit->keys[j].fresh_nulls = true;
		fit->keys[j].nulls = rng_mix(key->nulls ^ (CANDIDATE_SALT + candidate * DRAW_STEP));
		fit->shares[j] = 1.0;
	}
	for (uint32 i = 0; i < engine->plan->nconditioned; i++)
	{
		if (list[i] & PLAN_WEIGH)
			weigh_axis(engine, list[i] & ~PLAN_WEIGH, active, &fit->candidates, fit->shares);
		else
			draw_axis(engine, list[i], fit->keys, 0, active, &fit->candidates, fit->shares);
	}
}

static void
draw_conditioned(const Engine *engine, const RowKey *keys, int row, int n)
{
	FitState   *fit = engine->fit;
	int			active = n;

	memset(fit->totals, 0, sizeof(double) * n);
	for (int i = 0; i < n; i++)
		fit->active[i] = i;
	for (uint32 c = 0; c < engine->plan->candidates && active > 0; c++)
	{
		CHECK_FOR_INTERRUPTS();
		draw_candidates(engine, keys, active, c);
		active = pick_candidates(engine, keys, row, active, c);
	}
}

static void
draw_all(const Engine *engine, const RowKey *keys, int row, int n)
{
	FitState   *fit = engine->fit;

	if (engine->plan->nconditioned > 0)
		draw_conditioned(engine, keys, row, n);
	for (uint32 a = 0; a < engine->plan->naxes; a++)
	{
		CHECK_FOR_INTERRUPTS();
		if (fit->wanted[a] && !fit->picked[a])
			draw_axis(engine, a, keys, row, n, &fit->rows, NULL);
	}
	memset(fit->drawn + row, true, sizeof(bool) * n);
}

void
engine_draw_axes(Engine *engine, const RowKey *keys, int n, int component)
{
	FitState   *fit = engine->fit;
	RowKey		first;

	if (fit == NULL)
		return;
	if (component == 0)
	{
		draw_all(engine, keys, engine->at, n);
		return;
	}
	Assert(n == 1);
	if (!fit->drawn[engine->at])
	{
		rows_first_keys(engine, engine->block, engine->at, 1, &first);
		draw_all(engine, &first, engine->at, 1);
	}
	for (uint32 a = 0; a < engine->plan->naxes; a++)
		if (fit->wanted[a] && engine->axes[a].component == component)
			draw_axis(engine, a, keys, engine->at, 1, &fit->rows, NULL);
}

/* ---- what bins stand for ---- */

static inline uint8
bin_of(const Engine *engine, int axis, int row)
{
	return engine->fit->rows.bins[axis * ROW_BLOCK + row];
}

void
fit_nulls(const Engine *engine, const PlanOp *op, int n, bool *nulls)
{
	const uint8 *bins = engine->fit->rows.bins + (op->axis - 1) * ROW_BLOCK + engine->at;

	for (int i = 0; i < n; i++)
		nulls[i] = bins[i] == 0;
}

/* Which value of row i, -1: NULL. */
int
fit_level(const Engine *engine, const PlanOp *op, int i)
{
	uint16		level = engine->fit->rows.levels[(op->axis - 1) * ROW_BLOCK + engine->at + i];

	return level == PLAN_NO_LEVEL ? -1 : level;
}

/* Where a row is between the knots of its bin. */
static int64
between_knots(const Engine *engine, int index, const RowKey *key, int row)
{
	const RowPlan *plan = engine->plan;
	const PlanAxis *axis = &engine->axes[index];
	const PlanBin *bin = (const PlanBin *) plan_at(plan, axis->bins) + bin_of(engine, index, row);
	uint64		bits = (uint64) engine->fit->rows.places[index * ROW_BLOCK + row] << 32;
	const int64 *knots = (const int64 *) plan_at(plan, axis->knots) + bin->first;
	double		place;
	uint32		gap;
	double		width;

	if (bin->ngaps == 0)
		return knots[0];
	place = bin->from + rng_unit(bits | draw_bits(key, axis->salt, DRAW_PLACE) >> 32) * (bin->to - bin->from);
	gap = Min((uint32) place, bin->ngaps - 1);
	width = (double) (knots[gap + 1] - knots[gap]);
	return knots[gap] + (int64) ((place - gap) * width + 0.5);
}

/* Where between knots a step is, as far as it is there. */
static double
place_of_step(const int64 *knots, uint32 ngaps, double step)
{
	for (uint32 gap = 0; gap < ngaps; gap++)
	{
		double		width = (double) (knots[gap + 1] - knots[gap]);

		if ((double) knots[gap + 1] < step)
			continue;
		return width > 0 ? gap + Max((step - knots[gap]) / width, 0) : gap;
	}
	return ngaps;
}

/*
 * A place between those knots of a bin that, counted from base, are within the
 * bounds of the number; units where there is none.
 */
static int64
units_within(const RowPlan *plan, const PlanAxis *axis, const PlanNumber *number,
			 const RowKey *key, uint8 bin, int64 base, int64 units)
{
	PlanBin		part = ((const PlanBin *) plan_at(plan, axis->bins))[bin];
	const int64 *knots = (const int64 *) plan_at(plan, axis->knots) + part.first;
	double		low = number->low - (double) base / number->grain;
	double		high = number->high - (double) base / number->grain;
	double		step;
	uint32		gap;

	part.from = Max(part.from, place_of_step(knots, part.ngaps, ceil(low) - 0.5));
	part.to = Min(part.to, place_of_step(knots, part.ngaps, floor(high) + 0.5));
	if (!(part.from < part.to))
		return units;
	step = part.from + rng_unit(draw_bits(key, axis->salt, DRAW_WITHIN)) * (part.to - part.from);
	gap = Min((uint32) step, part.ngaps - 1);
	step = knots[gap] + floor((step - gap) * (double) (knots[gap + 1] - knots[gap]) + 0.5);
	return base + (int64) step * number->grain;
}

static inline bool
out_of_bounds(const PlanNumber *number, int64 units)
{
	return units < number->low * number->grain || units > number->high * number->grain;
}

int
fit_length(const Engine *engine, const PlanOp *op, const RowKey *key)
{
	const PlanArray *array = plan_at(engine->plan, op->detail);
	int64		length = between_knots(engine, op->axis - 1, key, engine->row);

	return (int) Max(Min(length, array->high), array->low);
}

/* A stored value in units of 10^-scale. */
int64
fit_stored_units(Oid type, Datum value, double divisor)
{
	double		number;

	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
		case DATEOID:
			return DatumGetInt32(value);
		case OIDOID:
			return DatumGetObjectId(value);
		case FLOAT4OID:
			number = DatumGetFloat4(value);
			break;
		case FLOAT8OID:
			number = DatumGetFloat8(value);
			break;
		case NUMERICOID:
			number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
			break;
		case TIMETZOID:
			return DatumGetTimeTzADTP(value)->time;
		case INTERVALOID:
			{
				Interval   *interval = DatumGetIntervalP(value);

				return ((int64) interval->month * DAYS_PER_MONTH + interval->day) *
					USECS_PER_DAY + interval->time;
			}
		default:
			return DatumGetInt64(value);
	}
	number = rint(number * divisor);
	return fabs(number) < 9e18 ? (int64) number : 0;
}

static int64
base_units(const Engine *engine, const PlanOp *op, const PlanAxis *axis,
		   const PlanNumber *number, int row)
{
	const RowBlock *block = engine->block;

	if (axis->base < 0)
		return 0;
	if (engine->column_ops[axis->base] < 0 || block->nulls[axis->base][row])
		return axis->base_default;
	return fit_stored_units(op->type, block->values[axis->base][row], number->divisor);
}

static int64
floor_divide(int64 a, int64 b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

/*
 * Moves a time to the nearest day of the weekday that its axis has drawn,
 * within the span of the bin if it has one, and not far from there if the bin
 * has days at all.  2000-01-01 was a Saturday.
 */
static int64
move_to_weekday(int64 day, int weekday, int64 first, int64 last)
{
	int64		after = day + (weekday - (day % 7 + 7 + 6) % 7 + 7) % 7;
	int64		before = after - 7;
	int64		near = after - day < day - before ? after : before;
	int64		far = near == after ? before : after;

	if (near >= first && near <= last)
		return near;
	if (far >= first && far <= last)
		return far;
	return first < last ? near : day;
}

static int64
shape_time(const Engine *engine, const PlanOp *op, const PlanAxis *axis,
		   const PlanNumber *number, const RowKey *key, int row, int64 units, int64 base)
{
	const RowPlan *plan = engine->plan;
	const PlanBin *bin = (const PlanBin *) plan_at(plan, axis->bins) +
		bin_of(engine, op->axis - 1, row);
	const int64 *knots = (const int64 *) plan_at(plan, axis->knots) + bin->first;
	int64		unit = op->type == DATEOID ? 1 : USECS_PER_DAY;
	int64		day = floor_divide(units, unit);
	int64		time = units - day * unit;

	/* a moment of its own */
	if (knots[0] == knots[bin->ngaps])
		return units;
	if (axis->weekday >= 0)
		day = move_to_weekday(day, bin_of(engine, axis->weekday, row),
							  floor_divide(base + knots[0] * number->grain, unit),
							  floor_divide(base + knots[bin->ngaps] * number->grain, unit));
	if (axis->hour >= 0 && unit == USECS_PER_DAY)
	{
		int64		steps = Max(USECS_PER_HOUR / number->grain, 1);

		time = bin_of(engine, axis->hour, row) * USECS_PER_HOUR +
			(int64) rng_below(draw_bits(key, axis->salt, DRAW_TIME), steps) * number->grain;
	}
	return day * unit + time;
}

/* Moves steps of a number to the nearest with the ending that its axis has drawn. */
static int64
shape_ending(const Engine *engine, const PlanOp *op, const PlanAxis *axis,
			 const PlanNumber *number, int row, int64 step)
{
	const RowPlan *plan = engine->plan;
	const PlanAxis *endings = &engine->axes[axis->ending];
	const PlanBin *bin = (const PlanBin *) plan_at(plan, axis->bins) +
		bin_of(engine, op->axis - 1, row);
	const int64 *knots = (const int64 *) plan_at(plan, axis->knots) + bin->first;
	int64		ending = ((const int64 *) plan_at(plan, endings->knots))[bin_of(engine, axis->ending, row)];
	int64		unit = endings->unit;
	int64		low = Max(knots[0], number->low);
	int64		high = Min(knots[bin->ngaps], number->high);
	int64		near;

	/* a number of its own, or any ending */
	if (unit == 0 || ending < 0 || knots[0] == knots[bin->ngaps] ||
		step > PG_INT64_MAX / 4 || step < PG_INT64_MIN / 4)
		return step;
	near = floor_divide(step - ending + unit / 2, unit) * unit + ending;
	if (near < low && near + unit <= high)
		return near + unit;
	if (near > high && near - unit >= low)
		return near - unit;
	return near < number->low || near > number->high ? step : near;
}

/* Row i's value in stored units. */
int64
fit_number(Engine *engine, const PlanOp *op, const PlanNumber *number, const RowKey *key, int i)
{
	const PlanAxis *axis = &engine->axes[op->axis - 1];
	int			row = engine->at + i;
	uint8		bin = bin_of(engine, op->axis - 1, row);
	int64		base;
	int64		units;

	if (axis->has_null && bin == 0)
		return 0;
	base = base_units(engine, op, axis, number, row);
	units = between_knots(engine, op->axis - 1, key, row);
	if (axis->ending >= 0)
		units = shape_ending(engine, op, axis, number, row, units);
	units *= number->grain;
	if (pg_add_s64_overflow(units, base, &units))
		units = base;
	if (axis->base >= 0 && out_of_bounds(number, units))
		units = units_within(engine->plan, axis, number, key, bin, base, units);
	if (axis->weekday >= 0 || axis->hour >= 0)
		units = shape_time(engine, op, axis, number, key, row, units, base);
	if (units < number->low * number->grain)
		return number->low * number->grain;
	return Min(units, number->high * number->grain);
}

/* ---- what is no number ---- */

static Datum
odd_value(Oid type, PlanOdd odd, Datum otherwise)
{
	double		number = odd == ODD_LOWEST ? -INFINITY : odd == ODD_HIGHEST ? INFINITY : NAN;

	switch (type)
	{
		case FLOAT4OID:
			return Float4GetDatum((float4) number);
		case FLOAT8OID:
			return Float8GetDatum(number);
		case NUMERICOID:
			return DirectFunctionCall1(float8_numeric, Float8GetDatum(number));
		case DATEOID:
			return DateADTGetDatum(odd == ODD_LOWEST ? DATEVAL_NOBEGIN : DATEVAL_NOEND);
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return TimestampGetDatum(odd == ODD_LOWEST ? DT_NOBEGIN : DT_NOEND);
		default:
			return otherwise;
	}
}

PlanOdd
fit_odd(const Engine *engine, const PlanOp *op, int i)
{
	const PlanAxis *axis = &engine->axes[op->axis - 1];
	const PlanBin *bins = plan_at(engine->plan, axis->bins);

	return bins[bin_of(engine, op->axis - 1, engine->at + i)].odd;
}

/* Puts infinities and NaN where their bins were drawn. */
void
fit_odd_values(const Engine *engine, const PlanOp *op, int n, Datum *values)
{
	for (int i = 0; i < n; i++)
	{
		PlanOdd		odd = fit_odd(engine, op, i);

		if (odd != ODD_NOT)
			values[i] = odd_value(op->type, odd, values[i]);
	}
}
