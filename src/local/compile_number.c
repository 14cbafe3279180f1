/*-------------------------------------------------------------------------
 *
 * compile_number.c
 *		Numbers and times: one op for all, which draws a whole number of
 *		steps and gives it out as the type has it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "local/number_type.h"
#include "local/quantile.h"
#include "local/stored.h"
#include "util/exact_math.h"
#include "utils/fmgrprotos.h"

#define DEFAULT_STEPS	1000

/*
 * Keys without bounds count on from 1, or from behind the greatest one that
 * is stored where they are a column's whole value.
 */
static void
make_sequential(Compiler *c, const Field *field, const NumberType *type, PlanNumber *number,
				bool whole)
{
	number->sequential = true;
	number->low = field->minimum.set ? number->low : 1;
	number->high = field->maximum.set ? number->high : type->type_high;
	if (whole && c->request->avoid_stored)
	{
		int64		stored;

		if (stored_maximum(c->schema, field, &stored) && stored >= number->low)
		{
			if (stored >= number->high)
				number->sequential = false;	/* no room behind: look for gaps */
			else
				number->low = stored + 1 - (c->request->first_row - 1);
		}
	}
}

static bool
is_key_like(const Field *field, const NumberType *type)
{
	return (type->type == INT2OID || type->type == INT4OID || type->type == INT8OID ||
			type->type == OIDOID) &&
		!field->maximum.set && field->multiple_of == 0 &&
		field->distribution.kind == DISTRIBUTION_NONE;
}

/*
 * The least number of units that is a multiple of "multipleOf" and of what
 * the type can tell apart; 0 if it is beyond 64 bits.
 */
static int64
multiple_grain(const Field *field, const NumberType *type, int scale)
{
	Numeric		multiple = as_numeric(FLOAT8OID, Float8GetDatum(field->multiple_of));
	Numeric		unit = int64_div_fast_to_numeric(type->least_grain, scale);
	Bound		common = {.set = true};
	NumberType	numeric = {.type = NUMERICOID};

	common.value = DirectFunctionCall2(numeric_lcm, NumericGetDatum(multiple),
									   NumericGetDatum(unit));
	if (!bound_fits(&numeric, &common, scale))
		return 0;
	return bound_units(field, &numeric, &common, scale, true);
}

/* Division that rounds up, and down; the divisor is above zero. */
static int64
divide_up(int64 a, int64 b)
{
	return a / b + (a % b > 0 ? 1 : 0);
}

static int64
divide_down(int64 a, int64 b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

/*
 * A range that nobody gave yields to a great multiple: its steps go on from
 * the bound that was given, or from zero.
 */
static void
widen_to_multiples(const Field *field, const NumberType *type, PlanNumber *number)
{
	int64		type_low;
	int64		type_high;

	if (number->low <= number->high || field->distribution.kind != DISTRIBUTION_NONE)
		return;
	type_range(field, type, number->scale, &type_low, &type_high);
	if (!field->maximum.set)
	{
		if (!field->minimum.set)
			number->low = 0;
		number->high = Min(divide_down(type_high, number->grain), number->low + DEFAULT_STEPS - 1);
	}
	else if (!field->minimum.set)
		number->low = Max(divide_up(type_low, number->grain), number->high - DEFAULT_STEPS + 1);
}

/* The steps of the range: grain units each, as coarse as the range allows. */
static void
set_steps(const Field *field, const NumberType *type, PlanNumber *number,
		  int64 low, int64 high)
{
	int64		grain = type->grain;

	if (field->multiple_of > 0)
		grain = multiple_grain(field, type, number->scale);
	else if (type->grain > 1 && (uint64) high - (uint64) low < (uint64) type->grain)
		grain = type->least_grain;
	/* of great multiples there is only zero */
	number->grain = Max(grain, 1);
	number->low = grain > 0 ? divide_up(low, grain) : low > 0 ? 1 : 0;
	number->high = grain > 0 ? divide_down(high, grain) : high < 0 ? -1 : 0;
	if (grain > 0 && field->multiple_of > 0)
		widen_to_multiples(field, type, number);
	else if (grain == 0 && !field->minimum.set && !field->maximum.set)
		number->low = number->high = 0;
	if (number->low > number->high && field->multiple_of > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\": no multiple of %g lies between its minimum and its maximum",
						field->name, field->multiple_of)));
	if (number->low > number->high)
		no_value_between(field);
}

/*
 * The steps of learned values are multiples of their grain, unless the field
 * says which; false if nothing learned is within the bounds.
 */
static bool
learned_steps(const Compiler *c, const Field *field, NumberType *type, const PlanNumber *number,
			  int64 *low, int64 *high)
{
	double		grain = c->knots->grain *
		(is_decimal(type) || type->type == CASHOID ? number->divisor : 1.0);

	type->grain = type->least_grain;
	if (field->multiple_of == 0 && grain >= 1 && grain < (double) MAX_UNITS)
	{
		int64		units = (int64) rint(grain);

		if (units % type->least_grain == 0)
			type->grain = units;
	}
	if (*low > *high)
		return false;
	/* what lies between two multiples is no reason to go finer */
	if (type->grain > 1 && divide_up(*low, type->grain) > divide_down(*high, type->grain))
		return false;
	type->least_grain = type->grain;
	return true;
}

/* Turns op into a number op if its type is one; false if it is not. */
bool
compile_number(Compiler *c, PlanOp *op, const Field *field, bool unique)
{
	NumberType	adjusted;
	NumberType *type = &adjusted;
	PlanNumber	number = {0};
	int64		low;
	int64		high;
	int			scale;

	if (!number_type(field, op->type, type))
		return false;
	number.output = type->output;
	number.scale = choose_scale(c, field, type);
	number.declared_scale = declared_scale(field, &scale) ? Max(scale, number.scale) : number.scale;
	number.divisor = power_of_ten(number.scale);
	choose_range(c, field, type, number.scale, &low, &high);
	if (c->knots && !learned_steps(c, field, type, &number, &low, &high))
		return false;
	set_steps(field, type, &number, low, high);
	if (c->knots)
	{
		number.fitted = true;
		op->kind = OP_NUMBER;
		op->detail = builder_add(&c->builder, &number, sizeof(number));
		return true;
	}
	if (unique && is_key_like(field, type))
		make_sequential(c, field, type, &number, op->column >= 0);
	number.quantile = quantile_compile(c, field, number.low, number.high,
									   number.grain /
									   (is_decimal(type) || type->type == CASHOID ?
										number.divisor : 1.0));
	op->kind = OP_NUMBER;
	op->detail = builder_add(&c->builder, &number, sizeof(number));
	return true;
}
