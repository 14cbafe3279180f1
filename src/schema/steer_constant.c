/*-------------------------------------------------------------------------
 *
 * steer_constant.c
 *		Constants of one type as bounds and values of another.
 *
 * A condition such as "price > 3" compares a numeric with an integer.  Where
 * a constant cannot be turned into a value of the field's own type exactly,
 * the condition is left to the check.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "parser/parse_coerce.h"
#include "schema/steer_internal.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include <math.h>

bool
type_is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

bool
constant_is_empty_text(const Const *constant)
{
	return type_is_text(constant->consttype) &&
		VARSIZE_ANY_EXHDR(DatumGetPointer(constant->constvalue)) == 0;
}

/* A number as numeric; false for what is none, NaN and the infinities. */
static bool
number_to_numeric(const Const *constant, Numeric *result)
{
	Datum		value = constant->constvalue;
	float8		number;

	switch (constant->consttype)
	{
		case INT2OID:
			*result = int64_to_numeric(DatumGetInt16(value));
			return true;
		case INT4OID:
			*result = int64_to_numeric(DatumGetInt32(value));
			return true;
		case INT8OID:
			*result = int64_to_numeric(DatumGetInt64(value));
			return true;
		case OIDOID:
			*result = int64_to_numeric(DatumGetObjectId(value));
			return true;
		case FLOAT4OID:
		case FLOAT8OID:
			number = constant->consttype == FLOAT4OID ?
				(float8) DatumGetFloat4(value) : DatumGetFloat8(value);
			if (isnan(number) || isinf(number))
				return false;
			*result = DatumGetNumeric(DirectFunctionCall1(float8_numeric,
														  Float8GetDatum(number)));
			return true;
		case NUMERICOID:
			*result = DatumGetNumeric(value);
			return !numeric_is_nan(*result) && !numeric_is_inf(*result);
		default:
			return false;
	}
}

static int
numeric_compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

static bool
integer_range(Oid type, int64 *low, int64 *high)
{
	switch (type)
	{
		case INT2OID:
			*low = PG_INT16_MIN;
			*high = PG_INT16_MAX;
			return true;
		case INT4OID:
			*low = PG_INT32_MIN;
			*high = PG_INT32_MAX;
			return true;
		case INT8OID:
			*low = PG_INT64_MIN;
			*high = PG_INT64_MAX;
			return true;
		case OIDOID:
			*low = 0;
			*high = PG_UINT32_MAX;
			return true;
		default:
			return false;
	}
}

static Datum
integer_datum(Oid type, int64 value)
{
	switch (type)
	{
		case INT2OID:
			return Int16GetDatum((int16) value);
		case INT4OID:
			return Int32GetDatum((int32) value);
		case OIDOID:
			return ObjectIdGetDatum((Oid) value);
		default:
			return Int64GetDatum(value);
	}
}

/*
 * The next discrete value that satisfies "x strategy c", where c lies at
 * floor, or between floor and floor + 1 if it is not exact.  Leaves one of
 * <=, >= and = (or <>); false if no discrete value is equal.
 */
static bool
discrete_step(int64 *floor, bool exact, int *strategy)
{
	switch (*strategy)
	{
		case BTLessStrategyNumber:
			*strategy = BTLessEqualStrategyNumber;
			return !exact || !pg_sub_s64_overflow(*floor, 1, floor);
		case BTLessEqualStrategyNumber:
			return true;
		case BTGreaterEqualStrategyNumber:
			return exact || !pg_add_s64_overflow(*floor, 1, floor);
		case BTGreaterStrategyNumber:
			*strategy = BTGreaterEqualStrategyNumber;
			return !pg_add_s64_overflow(*floor, 1, floor);
		default:
			return exact;
	}
}

/* A bound outside the type's range is left to the check. */
static bool
convert_to_integer(Oid type, const Const *constant, int *strategy, Datum *value)
{
	Numeric		number;
	Numeric		floor;
	int64		low;
	int64		high;
	int64		whole;

	if (!integer_range(type, &low, &high) ||
		!number_to_numeric(constant, &number))
		return false;
	floor = DatumGetNumeric(DirectFunctionCall1(numeric_floor,
												NumericGetDatum(number)));
	if (numeric_compare(floor, int64_to_numeric(PG_INT64_MIN)) < 0 ||
		numeric_compare(floor, int64_to_numeric(PG_INT64_MAX)) > 0)
		return false;
	whole = DatumGetInt64(DirectFunctionCall1(numeric_int8,
											  NumericGetDatum(floor)));
	if (!discrete_step(&whole, numeric_compare(number, floor) == 0, strategy) ||
		whole < low || whole > high)
		return false;
	*value = integer_datum(type, whole);
	return true;
}

static bool
convert_to_float(Oid type, const Const *constant, int *strategy, Datum *value)
{
	Numeric		number;
	float8		wide;
	float4		narrow;

	if (constant->consttype == FLOAT8OID)
		wide = DatumGetFloat8(constant->constvalue);
	else if (constant->consttype == FLOAT4OID)
		wide = DatumGetFloat4(constant->constvalue);
	else if (number_to_numeric(constant, &number))
		wide = DatumGetFloat8(DirectFunctionCall1(numeric_float8,
												  NumericGetDatum(number)));
	else
		return false;
	if (isnan(wide) || isinf(wide))
		return false;
	if (type == FLOAT8OID)
	{
		*value = Float8GetDatum(wide);
		return true;
	}

	/* the nearest float4 may lie on the wrong side */
	narrow = (float4) wide;
	if (isinf(narrow))
		return false;
	if (*strategy <= BTLessEqualStrategyNumber && (float8) narrow > wide)
		narrow = nextafterf(narrow, -INFINITY);
	else if ((*strategy == BTGreaterEqualStrategyNumber ||
			  *strategy == BTGreaterStrategyNumber) && (float8) narrow < wide)
		narrow = nextafterf(narrow, INFINITY);
	*value = Float4GetDatum(narrow);
	return true;
}

static bool
convert_to_date(const Const *constant, int *strategy, Datum *value)
{
	int64		day;
	bool		exact = true;

	if (constant->consttype == DATEOID)
	{
		DateADT		date = DatumGetDateADT(constant->constvalue);

		if (DATE_NOT_FINITE(date))
			return false;
		day = date;
	}
	else if (constant->consttype == TIMESTAMPOID)
	{
		Timestamp	time = DatumGetTimestamp(constant->constvalue);

		if (TIMESTAMP_NOT_FINITE(time))
			return false;
		day = time / USECS_PER_DAY - (time % USECS_PER_DAY < 0 ? 1 : 0);
		exact = time % USECS_PER_DAY == 0;
	}
	else
		return false;
	if (!discrete_step(&day, exact, strategy) ||
		day <= PG_INT32_MIN || day >= PG_INT32_MAX || !IS_VALID_DATE(day))
		return false;
	*value = DateADTGetDatum((DateADT) day);
	return true;
}

/*
 * Dates and timestamps without a zone are read as UTC next to a timestamptz,
 * not in the session's zone: the values drawn must not depend on it.  What
 * that misses at the edges is redrawn.
 */
static bool
convert_to_timestamp(const Const *constant, Datum *value)
{
	Timestamp	time;

	if (constant->consttype == DATEOID)
	{
		DateADT		date = DatumGetDateADT(constant->constvalue);

		if (DATE_NOT_FINITE(date))
			return false;
		time = DatumGetTimestamp(DirectFunctionCall1(date_timestamp,
													 DateADTGetDatum(date)));
	}
	else if (constant->consttype == TIMESTAMPOID ||
			 constant->consttype == TIMESTAMPTZOID)
		time = DatumGetTimestamp(constant->constvalue);
	else
		return false;
	if (TIMESTAMP_NOT_FINITE(time))
		return false;
	*value = TimestampGetDatum(time);
	return true;
}

/* A constant of the type itself, or of one that is stored alike. */
static bool
convert_alike(Oid type, const Const *constant, Datum *value)
{
	if (type != constant->consttype &&
		!(type_is_text(type) && type_is_text(constant->consttype)) &&
		!IsBinaryCoercible(constant->consttype, type))
		return false;
	if (get_typlen(type) != constant->constlen)
		return false;
	*value = datumCopy(constant->constvalue, constant->constbyval,
					   constant->constlen);
	return true;
}

/*
 * Turns "x strategy constant" into the like on a value of x's own base type.
 * May change the strategy; false where that cannot be done exactly.
 */
bool
constant_convert(Oid type, const Const *constant, int *strategy, Datum *value)
{
	Numeric		number;

	switch (value_kind(type))
	{
		case VALUE_INTEGER:
			return convert_to_integer(type, constant, strategy, value);
		case VALUE_FLOAT:
			return convert_to_float(type, constant, strategy, value);
		case VALUE_NUMERIC:
			if (type != NUMERICOID)
				return convert_alike(type, constant, value);
			if (!number_to_numeric(constant, &number))
				return false;
			*value = datumCopy(NumericGetDatum(number), false, -1);
			return true;
		case VALUE_DATE:
			return convert_to_date(constant, strategy, value);
		case VALUE_TIMESTAMP:
			return convert_to_timestamp(constant, value);
		default:
			return convert_alike(type, constant, value);
	}
}

/*
 * Brings a value to the form that a column of this typmod stores; false if
 * that changes it, for then no stored value is equal to it.
 */
bool
constant_fit_typmod(const Field *field, Datum *value)
{
	TypeCacheEntry *order = value_order(field->base_type);
	Oid			function;
	Datum		stored;

	if (field->base_typmod < 0 ||
		find_typmod_coercion_function(field->base_type, &function) != COERCION_PATH_FUNC ||
		!OidIsValid(function))
		return true;
	stored = OidFunctionCall3Coll(function, C_COLLATION_OID, *value,
								  Int32GetDatum(field->base_typmod),
								  BoolGetDatum(true));
	if (order_compare(order, stored, *value) != 0)
		return false;
	*value = stored;
	return true;
}
