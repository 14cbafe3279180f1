/*-------------------------------------------------------------------------
 *
 * make_number.c
 *		Draws steps and gives them out as numbers and times.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "local/engine.h"
#include "local/quantile.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#define NEAR_SPAN	(30 * USECS_PER_DAY)	/* how soon after is soon */

static bool draws_null(const PlanOp *op, const RowKey *key);

/*
 * The bits of a row in the part of all bits that its place in the series has:
 * whatever is made of them, is so in order.
 */
static uint64
ascending_bits(const SeriesPlace *place, uint64 bits)
{
	return (uint64) ((((uint128) place->position << 64) + bits) / (uint64) place->rows);
}

/* The step at share u of a quantile function from a probability on. */
static int64
quantile_step(const Engine *engine, const PlanNumber *number, const PlanQuantile *q,
			  double from, double u)
{
	double		value = quantile_value(engine->plan, q, from + u * (q->to - from));
	double		step = floor(value + 0.5);

	/* put so that what is not a number is within the bounds too */
	if (!(step > (double) number->low))
		return number->low;
	return step < (double) number->high ? (int64) step : number->high;
}

static int64
draw_step(const Engine *engine, const PlanOp *op, const PlanNumber *number, const RowKey *key,
		  int row)
{
	uint64		bits;
	uint64		range;

	if (use_rank(&number->rank, key))
		return number->low + (int64) rank_digit(engine->plan, &number->rank, key);
	bits = draw_bits(key, op->salt, 1);
	if (number->ascending)
		bits = ascending_bits(&engine->places[row], bits);
	if (number->quantile)
	{
		const PlanQuantile *q = plan_at(engine->plan, number->quantile);

		return quantile_step(engine, number, q, q->from, rng_unit(bits));
	}
	range = (uint64) number->high - (uint64) number->low + 1;
	return number->low + (int64) (range ? rng_below(bits, range) : bits);
}

/* Stored units of another column's number as steps of this one, rounded up. */
static int64
lowest_step_above(const PlanNumber *number, int i, int64 units)
{
	bool		strict = number->above[i].strict;
	double		scaled;
	int64		step;

	if (number->scale == number->above[i].scale)
	{
		step = units / number->grain;
		if (units > 0 && units % number->grain != 0)
			step++;
		if (strict && step * number->grain == units)
			step++;
		return step;
	}
	scaled = (double) units / number->above[i].divisor * number->divisor / number->grain;
	step = (int64) ceil(scaled);
	return strict && (double) step == scaled ? step + 1 : step;
}

/* A column of another row as a number beside this one's units, exact for times. */
static double
context_units(const Engine *engine, const PlanNumber *number, int column, int row)
{
	const PlanOp *op = &engine->ops[engine->column_ops[column]];
	Datum		value = engine->block->values[column][row];
	bool		days = number->output == NUMBER_INT4;

	switch (op->type)
	{
		case DATEOID:
			if (DATE_NOT_FINITE(DatumGetDateADT(value)))
				return DATE_IS_NOBEGIN(DatumGetDateADT(value)) ? -INFINITY : INFINITY;
			return days ? DatumGetDateADT(value) :
				DatumGetDateADT(value) * (double) USECS_PER_DAY;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)))
				return TIMESTAMP_IS_NOBEGIN(DatumGetTimestamp(value)) ? -INFINITY : INFINITY;
			return days ? DatumGetTimestamp(value) / (double) USECS_PER_DAY :
				(double) DatumGetTimestamp(value);
		case FLOAT4OID:
			return DatumGetFloat4(value) * number->divisor;
		case FLOAT8OID:
			return DatumGetFloat8(value) * number->divisor;
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value)) *
				number->divisor;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return fit_stored_units(op->type, value, 1) * number->divisor;
		default:
			return (double) fit_stored_units(op->type, value, number->divisor);
	}
}

/* The first step that is not below a context, or the last that is not above. */
static int64
step_beside(const Engine *engine, const PlanNumber *number, int column, int row, bool strict,
			bool above)
{
	double		place = context_units(engine, number, column, row) / number->grain;
	double		step = above ? ceil(place) : floor(place);

	if (isnan(step))
		return above ? PG_INT64_MIN : PG_INT64_MAX;
	if (strict && step == place)
		step += above ? 1 : -1;
	return step <= -9e18 ? PG_INT64_MIN : step >= 9e18 ? PG_INT64_MAX : (int64) step;
}

static inline bool
is_context(const Engine *engine, int column)
{
	return engine->column_ops[column] >= 0 &&
		engine->ops[engine->column_ops[column]].kind == OP_CONTEXT;
}

/* Does it have to be above or below other columns' values? */
static inline bool
is_bounded(const PlanNumber *number)
{
	return number->nabove > 0 || number->nbelow > 0;
}

/* The last step that columns of other rows allow. */
static int64
highest_step(const Engine *engine, const PlanNumber *number, int row)
{
	int64		highest = number->high;

	for (int i = 0; i < number->nbelow; i++)
	{
		int			column = number->below[i].column;

		if (is_context(engine, column) && !engine->block->nulls[column][row])
			highest = Min(highest, step_beside(engine, number, column, row,
											   number->below[i].strict, false));
	}
	return Max(highest, number->low);
}

/*
 * The step that what a number is above leaves, or PG_INT64_MIN.  row is where
 * columns have kept their numbers, or -1: what they have is drawn anew.
 */
static int64
lowest_step(Engine *engine, const PlanNumber *number, const RowKey *key, int row)
{
	int64		lowest = PG_INT64_MIN;

	for (int i = 0; i < number->nabove; i++)
	{
		int			column = number->above[i].column;
		int			index = column >= 0 ? engine->column_ops[column] : number->above[i].op;
		int64		units;

		if (column >= 0 && is_context(engine, column))
		{
			if (!engine->block->nulls[column][row])
				lowest = Max(lowest, step_beside(engine, number, column, row,
												 number->above[i].strict, true));
			continue;
		}
		if (column >= 0 && row >= 0)
		{
			if (index < 0 || engine->numbers[column] == NULL ||
				engine->block->nulls[column][row])
				continue;
			units = engine->numbers[column][row];
		}
		else if (draws_null(&engine->ops[index], key))
			continue;
		else
			units = drawn_units(engine, index, key);
		lowest = Max(lowest, lowest_step_above(number, i, units));
	}
	return lowest;
}

/*
 * Moves a step that is below another column's value behind it: where it has
 * a distribution, as that has it there.  A time without one comes soon after:
 * the gap's cube root is uniform.
 */
static int64
step_above(Engine *engine, const PlanOp *op, const PlanNumber *number, const RowKey *key,
		   int row, int64 step)
{
	int64		lowest = lowest_step(engine, number, key, row);
	int64		highest;
	int64		span;
	uint64		bits;

	highest = number->nbelow > 0 ? highest_step(engine, number, row) : number->high;
	if ((lowest == PG_INT64_MIN || (step >= lowest && !number->near)) && step <= highest)
		return step;
	lowest = Max(lowest, number->low);
	if (lowest >= highest)
		return highest;
	if (number->ascending)
		return Max(lowest, Min(step, highest));
	span = highest - lowest;
	bits = draw_bits(key, op->salt, 2);
	if (number->quantile)
	{
		const PlanQuantile *q = plan_at(engine->plan, number->quantile);
		double		from = quantile_below(engine->plan, q, (double) lowest);

		if (from < q->to)
			return Max(quantile_step(engine, number, q, from, rng_unit(bits)), lowest);
	}
	if (number->near)
	{
		static const int terms[] = {14, 14, 30, 30, 30, 30, 45, 60};
		double		u = rng_unit(bits);

		if (number->term)
			return lowest + Min(span, terms[bits % lengthof(terms)] *
								(number->output == NUMBER_INT4 ? 1 :
								 Max(USECS_PER_DAY / number->grain, 1)));
		/* days have a grain of one, and no seconds */
		span = Min(span, number->output == NUMBER_INT4 ? 30 :
				   Max(NEAR_SPAN / number->grain, 1));
		return lowest + (int64) (u * u * u * (span + 1));
	}
	return lowest + (int64) rng_below(bits, (uint64) span + 1);
}

static bool
draws_null(const PlanOp *op, const RowKey *key)
{
	return op->null_below != 0 &&
		(op->null_below == PG_UINT32_MAX ||
		 (uint32) rng_mix(key->nulls ^ ~op->salt) < op->null_below);
}

/* Units that lie behind what the number is above. */
static int64
units_above(Engine *engine, const PlanOp *op, const PlanNumber *number, const RowKey *key,
			int row, int64 units)
{
	int64		step = units / number->grain;
	int64		moved = step_above(engine, op, number, key, row, step);

	return moved == step ? units : moved * number->grain;
}

/*
 * What an op that is not learned draws for a row, whether it is made or not:
 * in stored units.
 */
int64
drawn_units(Engine *engine, int index, const RowKey *key)
{
	const PlanOp *op = &engine->ops[index];
	const PlanNumber *number = plan_at(engine->plan, op->detail);
	int64		units;

	if (number->follow == 0 || use_rank(&number->rank, key) ||
		!follow_units(engine, op, number, key, -1, &units))
		units = draw_step(engine, op, number, key, -1) * number->grain;
	return number->nabove == 0 ? units : units_above(engine, op, number, key, -1, units);
}

/* The same for a row of the block, which may read its columns. */
int64
number_units(Engine *engine, int index, const RowKey *key, int row)
{
	const PlanOp *op = &engine->ops[index];
	const PlanNumber *number = plan_at(engine->plan, op->detail);
	int64		units;

	if (number->follow == 0 || !follow_units(engine, op, number, key, row, &units))
		units = draw_step(engine, op, number, key, row) * number->grain;
	return units;
}

static Datum
interval_datum(Engine *engine, int64 units)
{
	Interval   *interval = engine_room(engine, sizeof(Interval));

	interval->month = 0;
	interval->day = (int32) (units / USECS_PER_DAY);
	interval->time = units % USECS_PER_DAY;
	return IntervalPGetDatum(interval);
}

static Datum
months_datum(Engine *engine, int64 units)
{
	Interval   *interval = engine_room(engine, sizeof(Interval));

	interval->month = (int32) (units / USECS_PER_MONTH);
	interval->day = 0;
	interval->time = 0;
	return IntervalPGetDatum(interval);
}

static Datum
numeric_datum(const PlanNumber *number, int64 units)
{
	Numeric		value = number->scale == 0 ? int64_to_numeric(units) :
		int64_div_fast_to_numeric(units, number->scale);

	if (number->declared_scale == number->scale)
		return NumericGetDatum(value);
	return DirectFunctionCall2(numeric_round, NumericGetDatum(value),
							   Int32GetDatum(number->declared_scale));
}

static Datum
timetz_datum(Engine *engine, int64 units)
{
	TimeTzADT  *time = engine_room(engine, sizeof(TimeTzADT));

	time->time = units;
	time->zone = 0;
	return TimeTzADTPGetDatum(time);
}

/* Stored units to values of the type. */
static void
give_out(Engine *engine, const PlanNumber *number, const int64 *units, int n,
		 Datum *values, const bool *nulls)
{
	switch ((NumberOutput) number->output)
	{
		case NUMBER_INT2:
			for (int i = 0; i < n; i++)
				values[i] = Int16GetDatum((int16) units[i]);
			break;
		case NUMBER_INT4:
			for (int i = 0; i < n; i++)
				values[i] = Int32GetDatum((int32) units[i]);
			break;
		case NUMBER_INT8:
			for (int i = 0; i < n; i++)
				values[i] = Int64GetDatum(units[i]);
			break;
		case NUMBER_FLOAT4:
			for (int i = 0; i < n; i++)
				values[i] = Float4GetDatum((float4) ((double) units[i] / number->divisor));
			break;
		case NUMBER_FLOAT8:
			for (int i = 0; i < n; i++)
				values[i] = Float8GetDatum((double) units[i] / number->divisor);
			break;
		case NUMBER_NUMERIC:
			for (int i = 0; i < n; i++)
				if (!nulls[i])
					values[i] = numeric_datum(number, units[i]);
			break;
		case NUMBER_TIMETZ:
			for (int i = 0; i < n; i++)
				values[i] = timetz_datum(engine, units[i]);
			break;
		case NUMBER_INTERVAL:
			for (int i = 0; i < n; i++)
				values[i] = interval_datum(engine, units[i]);
			break;
		case NUMBER_MONTHS:
			for (int i = 0; i < n; i++)
				values[i] = months_datum(engine, units[i]);
			break;
	}
}

static int64
draw_units(Engine *engine, const PlanOp *op, const PlanNumber *number, const RowKey *key, int i)
{
	int			row = engine->at + i;
	int64		units;

	if (use_rank(&number->rank, key))
		units = draw_step(engine, op, number, key, row) * number->grain;
	else if (number->fitted)
		fit_numbers(engine, op, number, key, i, 1, &units);
	else if (number->follow == 0 || !follow_units(engine, op, number, key, row, &units))
		units = draw_step(engine, op, number, key, row) * number->grain;
	return is_bounded(number) ? units_above(engine, op, number, key, row, units) : units;
}

void
make_numbers(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
			 Datum *values, const bool *nulls)
{
	const PlanNumber *number = plan_at(engine->plan, op->detail);
	int64		units[ROW_BLOCK];

	if (number->fitted && number->rank.radix == 0)
	{
		fit_numbers(engine, op, number, keys, 0, n, units);
		for (int i = 0; is_bounded(number) && i < n; i++)
			units[i] = units_above(engine, op, number, &keys[i], engine->at + i, units[i]);
	}
	else
		for (int i = 0; i < n; i++)
			units[i] = draw_units(engine, op, number, &keys[i], i);
	if (op->flags & OPF_KEEP_NUMBER)
		memcpy(engine->numbers[op->column] + engine->at, units, sizeof(int64) * n);
	give_out(engine, number, units, n, values, nulls);
	if (number->fitted && engine->axes[op->axis - 1].odd)
		fit_odd_values(engine, op, n, values);
	if (op->compared)
		rows_mark_numbers(engine, op, units, n, nulls);
}
