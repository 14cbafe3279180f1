/*-------------------------------------------------------------------------
 *
 * make_fit.c
 *		What the bins stand for that were drawn of what was learned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "local/engine.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

static inline uint8
bin_of(const Engine *engine, int axis, int row)
{
	return engine->drawn->bins[axis * ROW_BLOCK + row];
}

void
fit_nulls(const Engine *engine, const PlanOp *op, int n, bool *nulls)
{
	const uint8 *bins = engine->drawn->bins + (op->axis - 1) * ROW_BLOCK + engine->at;

	for (int i = 0; i < n; i++)
		nulls[i] = bins[i] == 0;
}

/* Which values rows have, PLAN_NO_LEVEL: NULL. */
const uint16 *
fit_levels(const Engine *engine, const PlanOp *op)
{
	return engine->drawn->levels + (op->axis - 1) * ROW_BLOCK + engine->at;
}

/* Where n rows from row on are between the knots of their bins. */
static void
between_knots(const Engine *engine, int index, const RowKey *keys, int row, int n, int64 *steps)
{
	const RowPlan *plan = engine->plan;
	const PlanAxis *axis = &engine->axes[index];
	const PlanBin *all = plan_at(plan, axis->bins);
	const int64 *all_knots = plan_at(plan, axis->knots);
	const uint8 *bins = engine->drawn->bins + index * ROW_BLOCK + row;
	const uint32 *places = engine->drawn->places + index * ROW_BLOCK + row;

	for (int i = 0; i < n; i++)
	{
		const PlanBin *bin = all + bins[i];
		const int64 *knots = all_knots + bin->first;
		uint64		bits = (uint64) places[i] << 32 |
			draw_bits(&keys[i], axis->salt, DRAW_PLACE) >> 32;
		double		place = bin->from + rng_unit(bits) * (bin->to - bin->from);
		uint32		gap = Min((uint32) (int64) place, bin->last);
		double		width = (double) (int64) ((uint64) knots[gap + 1] - (uint64) knots[gap]);

		steps[i] = knots[gap] + (int64) ((place - gap) * width + 0.5);
	}
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
	int64		length;

	between_knots(engine, op->axis - 1, key, engine->row, 1, &length);
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

/* A step as a value in stored units, where more than its bin decides that. */
static int64
shape_number(const Engine *engine, const PlanOp *op, const PlanAxis *axis,
			 const PlanNumber *number, const RowKey *key, int row, int64 step)
{
	int64		base = base_units(engine, op, axis, number, row);
	int64		units = step;

	if (axis->ending >= 0)
		units = shape_ending(engine, op, axis, number, row, units);
	units *= number->grain;
	if (pg_add_s64_overflow(units, base, &units))
		units = base;
	if (axis->base >= 0 && out_of_bounds(number, units))
		units = units_within(engine->plan, axis, number, key,
							 bin_of(engine, op->axis - 1, row), base, units);
	if (axis->weekday >= 0 || axis->hour >= 0)
		units = shape_time(engine, op, axis, number, key, row, units, base);
	return units;
}

/* The values of n rows from i on in stored units; of NULLs, anything. */
void
fit_numbers(const Engine *engine, const PlanOp *op, const PlanNumber *number, const RowKey *keys,
			int i, int n, int64 *units)
{
	const PlanAxis *axis = &engine->axes[op->axis - 1];
	const uint8 *bins = engine->drawn->bins + (op->axis - 1) * ROW_BLOCK + engine->at + i;
	bool		plain = axis->base < 0 && axis->weekday < 0 && axis->hour < 0 && axis->ending < 0;
	int64		low = number->low * number->grain;
	int64		high = number->high * number->grain;

	between_knots(engine, op->axis - 1, keys, engine->at + i, n, units);
	for (int j = 0; plain && j < n; j++)
		units[j] *= number->grain;
	for (int j = 0; !plain && j < n; j++)
		if (!(axis->has_null && bins[j] == 0))
			units[j] = shape_number(engine, op, axis, number, &keys[j], engine->at + i + j,
									units[j]);
	for (int j = 0; j < n; j++)
		units[j] = units[j] < low ? low : Min(units[j], high);
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
