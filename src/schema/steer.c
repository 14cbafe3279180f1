/*-------------------------------------------------------------------------
 *
 * steer.c
 *		Takes out of checks what can steer the drawing of values.
 *
 * Every check is folded and walked down its ANDs and ORs; what compares one
 * field with a constant becomes a Narrow of that field, what compares two
 * fields becomes an Order.  The Narrows of all checks are gathered first, so
 * that two checks which contradict each other are told from a check that
 * only contradicts a guess made from the field's name.
 *
 * Nothing here decides whether a row is valid: the checks themselves are
 * evaluated on every row.  So whatever is hard to convert is left out, and
 * what is left out costs redraws only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/stratnum.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "common/string.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "parser/parse_coerce.h"
#include "regex/regex.h"
#include "schema/expression.h"
#include "schema/guess.h"
#include "schema/semantic.h"
#include "schema/steer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include <math.h>

#define MAX_ORDERS		10000

/* "<>", next to the five btree strategies */
#define NOT_EQUAL_STRATEGY	(BTMaxStrategyNumber + 1)

/* A set of values, of the base type of its field. */
typedef struct ValueSet
{
	int			count;
	Datum	   *values;
} ValueSet;

/* What checks ask of one field. */
typedef struct Narrow
{
	int			field;
	Bound		minimum;
	Bound		maximum;
	bool		listed;			/* only the values of list */
	ValueSet	list;
	ValueSet	excluded;
	int			min_length;		/* -1: any, as the next three */
	int			max_length;
	int			min_items;
	int			max_items;
	char	   *pattern;
	bool		required;
	/* whose doing it is */
	const Check *minimum_check;
	const Check *maximum_check;
	const Check *list_check;
	const Check *length_check;
	const Check *pattern_check;
} Narrow;

typedef struct Facts
{
	const Schema *schema;
	const Check *check;			/* the one being read */
	List	   *narrows;		/* of Narrow *, one a field */
	List	   *orders;			/* of Order * */
} Facts;

static void gather(Node *node, Facts *facts);

/* ---- values ---- */

/* How the values of a type compare, or NULL if they do not. */
static TypeCacheEntry *
value_order(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);

	return OidIsValid(entry->cmp_proc) ? entry : NULL;
}

/* Texts are told apart by their bytes. */
static int
value_compare(TypeCacheEntry *order, Datum a, Datum b)
{
	return DatumGetInt32(FunctionCall2Coll(&order->cmp_proc_finfo,
										   C_COLLATION_OID, a, b));
}

static int
value_compare_arg(const void *a, const void *b, void *order)
{
	return value_compare(order, *(const Datum *) a, *(const Datum *) b);
}

static ValueSet
set_sorted(const ValueSet *set, TypeCacheEntry *order)
{
	ValueSet	sorted = *set;

	sorted.values = palloc(sizeof(Datum) * (set->count + 1));
	if (set->count > 0)
	{
		memcpy(sorted.values, set->values, sizeof(Datum) * set->count);
		qsort_arg(sorted.values, sorted.count, sizeof(Datum),
				  value_compare_arg, order);
	}
	return sorted;
}

static bool
sorted_has(const ValueSet *sorted, Datum value, TypeCacheEntry *order)
{
	return sorted->count > 0 &&
		bsearch_arg(&value, sorted->values, sorted->count, sizeof(Datum),
					value_compare_arg, order) != NULL;
}

static void
set_add(ValueSet *set, Datum value)
{
	if (set->values == NULL)
		set->values = palloc(sizeof(Datum) * 4);
	else if (set->count >= 4 && (set->count & (set->count - 1)) == 0)
		set->values = repalloc(set->values, sizeof(Datum) * set->count * 2);
	set->values[set->count++] = value;
}

/* The members of a that are (or are not) in b, in a's order. */
static ValueSet
set_filter(const ValueSet *a, const ValueSet *b, bool wanted, Oid type)
{
	TypeCacheEntry *order = value_order(type);
	ValueSet	sorted = set_sorted(b, order);
	ValueSet	result = {0, NULL};

	for (int i = 0; i < a->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (sorted_has(&sorted, a->values[i], order) == wanted)
			set_add(&result, a->values[i]);
	}
	return result;
}

typedef struct Member
{
	Datum		value;
	int			place;
} Member;

static int
member_compare(const void *a, const void *b, void *order)
{
	const Member *x = a;
	const Member *y = b;
	int			cmp = value_compare(order, x->value, y->value);

	return cmp != 0 ? cmp : x->place - y->place;
}

/* Each member once, in the order in which they came. */
static ValueSet
set_distinct(const ValueSet *set, Oid type)
{
	TypeCacheEntry *order = value_order(type);
	Member	   *members = palloc(sizeof(Member) * (set->count + 1));
	bool	   *again = palloc0(sizeof(bool) * (set->count + 1));
	ValueSet	result = {0, NULL};

	for (int i = 0; i < set->count; i++)
	{
		members[i].value = set->values[i];
		members[i].place = i;
	}
	qsort_arg(members, set->count, sizeof(Member), member_compare, order);
	for (int i = 1; i < set->count; i++)
		again[members[i].place] =
			value_compare(order, members[i - 1].value, members[i].value) == 0;
	for (int i = 0; i < set->count; i++)
	{
		if (!again[i])
			set_add(&result, set->values[i]);
	}
	pfree(members);
	pfree(again);
	return result;
}

static ValueSet
set_union(const ValueSet *a, const ValueSet *b, Oid type)
{
	ValueSet	more = set_filter(b, a, false, type);
	ValueSet	result = {0, NULL};

	for (int i = 0; i < a->count; i++)
		set_add(&result, a->values[i]);
	for (int i = 0; i < more.count; i++)
		set_add(&result, more.values[i]);
	return result;
}

static bool
bounds_hold(const Bound *minimum, const Bound *maximum, Datum value,
			TypeCacheEntry *order)
{
	int			cmp;

	if (minimum->set)
	{
		cmp = value_compare(order, value, minimum->value);
		if (cmp < 0 || (cmp == 0 && minimum->exclusive))
			return false;
	}
	if (maximum->set)
	{
		cmp = value_compare(order, value, maximum->value);
		if (cmp > 0 || (cmp == 0 && maximum->exclusive))
			return false;
	}
	return true;
}

/* Is there no value between two bounds? */
static bool
bounds_empty(const Bound *minimum, const Bound *maximum, Oid type)
{
	int			cmp;

	if (!minimum->set || !maximum->set)
		return false;
	cmp = value_compare(value_order(type), minimum->value, maximum->value);
	return cmp > 0 || (cmp == 0 && (minimum->exclusive || maximum->exclusive));
}

/* Is a minimum (or a maximum) a tighter than b? */
static bool
bound_tighter(const Bound *a, const Bound *b, bool is_minimum, Oid type)
{
	int			cmp;

	if (!a->set || !b->set)
		return a->set;
	cmp = value_compare(value_order(type), a->value, b->value);
	if (cmp == 0)
		return a->exclusive && !b->exclusive;
	return is_minimum ? cmp > 0 : cmp < 0;
}

/* Kinds that lie on a scale, so that bounds mean something to a maker. */
static bool
kind_is_scale(ValueKind kind)
{
	switch (kind)
	{
		case VALUE_INTEGER:
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
		case VALUE_DATE:
		case VALUE_TIME:
		case VALUE_TIMESTAMP:
		case VALUE_INTERVAL:
			return true;
		default:
			return false;
	}
}

/* ---- constants of one type as bounds and values of another ---- */

static bool
type_is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
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
static bool
convert_constant(Oid type, const Const *constant, int *strategy, Datum *value)
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
static bool
apply_typmod(const Field *field, Datum *value)
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
	if (value_compare(order, stored, *value) != 0)
		return false;
	*value = stored;
	return true;
}

/* ---- the operands of a condition ---- */

/* Does a cast keep order and, but for rounding of floats, the value? */
static bool
cast_keeps_order(Oid from, Oid to)
{
	ValueKind	source = value_kind(from);
	ValueKind	target = value_kind(to);

	switch (source)
	{
		case VALUE_INTEGER:
			return target == VALUE_INTEGER || target == VALUE_FLOAT ||
				(target == VALUE_NUMERIC && to == NUMERICOID);
		case VALUE_FLOAT:
			return target == VALUE_FLOAT;
		case VALUE_NUMERIC:
			return from == NUMERICOID && target == VALUE_FLOAT;
		case VALUE_DATE:
			return target == VALUE_TIMESTAMP;
		case VALUE_TIMESTAMP:
			return target == VALUE_TIMESTAMP;
		case VALUE_TEXT:
			return type_is_text(from) && type_is_text(to);
		default:
			return false;
	}
}

/* Is a call the work of a cast?  One with a typmod rounds or cuts. */
static bool
function_is_cast(const FuncExpr *call)
{
	return (call->funcformat == COERCE_IMPLICIT_CAST ||
			call->funcformat == COERCE_EXPLICIT_CAST) &&
		list_length(call->args) == 1;
}

/* The index of the field that an operand is, casts looked through, or -1. */
static int
operand_field(Node *node, const Facts *facts)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, CoerceToDomain))
			node = (Node *) ((CoerceToDomain *) node)->arg;
		else if (IsA(node, FuncExpr))
		{
			FuncExpr   *cast = (FuncExpr *) node;

			if (!function_is_cast(cast) ||
				!cast_keeps_order(getBaseType(exprType(linitial(cast->args))),
								  cast->funcresulttype))
				return -1;
			node = linitial(cast->args);
		}
		else
			break;
	}
	if (IsA(node, CoerceToDomainValue))
		return facts->check->domain_field;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varno == 1 && var->varlevelsup == 0 &&
			var->varattno >= 1 && var->varattno <= facts->schema->nfields)
			return var->varattno - 1;
	}
	return -1;
}

/* The field in trim(field), or -1. */
static int
trimmed_field(Node *node, const Facts *facts)
{
	FuncExpr   *call = (FuncExpr *) node;

	if (!IsA(node, FuncExpr) || call->funcid != F_BTRIM_TEXT)
		return -1;
	return operand_field(linitial(call->args), facts);
}

static Oid
field_base(const Facts *facts, int index)
{
	return facts->schema->fields[index]->base_type;
}

/* ---- gathering ---- */

static Narrow *
narrow_make(int field)
{
	Narrow	   *narrow = palloc0(sizeof(Narrow));

	narrow->field = field;
	narrow->min_length = narrow->max_length = -1;
	narrow->min_items = narrow->max_items = -1;
	return narrow;
}

static Narrow *
narrow_find(const Facts *facts, int field)
{
	ListCell   *cell;

	foreach(cell, facts->narrows)
	{
		Narrow	   *narrow = lfirst(cell);

		if (narrow->field == field)
			return narrow;
	}
	return NULL;
}

static Narrow *
narrow_for(Facts *facts, int field)
{
	Narrow	   *narrow = narrow_find(facts, field);

	if (narrow == NULL)
	{
		narrow = narrow_make(field);
		facts->narrows = lappend(facts->narrows, narrow);
	}
	return narrow;
}

static void
narrow_list(Narrow *narrow, const ValueSet *list, const Check *check, Oid type)
{
	narrow->list = narrow->listed ?
		set_filter(&narrow->list, list, true, type) : set_distinct(list, type);
	narrow->listed = true;
	narrow->list_check = check;
}

static void
narrow_minimum(Narrow *narrow, const Bound *bound, const Check *check, Oid type)
{
	if (bound_tighter(bound, &narrow->minimum, true, type))
	{
		narrow->minimum = *bound;
		narrow->minimum_check = check;
	}
}

static void
narrow_maximum(Narrow *narrow, const Bound *bound, const Check *check, Oid type)
{
	if (bound_tighter(bound, &narrow->maximum, false, type))
	{
		narrow->maximum = *bound;
		narrow->maximum_check = check;
	}
}

static void
narrow_length(Narrow *narrow, int min_length, int max_length, const Check *check)
{
	narrow->min_length = Max(narrow->min_length, min_length);
	if (max_length >= 0 &&
		(narrow->max_length < 0 || max_length < narrow->max_length))
		narrow->max_length = max_length;
	narrow->length_check = check;
}

static void
narrow_items(Narrow *narrow, int min_items, int max_items)
{
	narrow->min_items = Max(narrow->min_items, min_items);
	if (max_items >= 0 &&
		(narrow->max_items < 0 || max_items < narrow->max_items))
		narrow->max_items = max_items;
}

/* Both hold: what other asks for is added to narrow. */
static void
narrow_and(Narrow *narrow, const Narrow *other, Oid type)
{
	narrow_minimum(narrow, &other->minimum, other->minimum_check, type);
	narrow_maximum(narrow, &other->maximum, other->maximum_check, type);
	if (other->listed)
		narrow_list(narrow, &other->list, other->list_check, type);
	if (other->excluded.count > 0)
		narrow->excluded = set_union(&narrow->excluded, &other->excluded, type);
	if (other->min_length >= 0 || other->max_length >= 0)
		narrow_length(narrow, other->min_length, other->max_length,
					  other->length_check);
	narrow_items(narrow, other->min_items, other->max_items);
	if (narrow->pattern == NULL)
	{
		narrow->pattern = other->pattern;
		narrow->pattern_check = other->pattern_check;
	}
	narrow->required |= other->required;
}

/* The bounds of the values of a list, which the list then lies within. */
static void
list_bounds(Narrow *narrow, const Check *check, Oid type)
{
	TypeCacheEntry *order = value_order(type);
	ValueSet	sorted;
	Bound		bound = {true, false, 0};

	if (!narrow->listed || narrow->list.count == 0 ||
		!kind_is_scale(value_kind(type)))
		return;
	sorted = set_sorted(&narrow->list, order);
	bound.value = sorted.values[0];
	narrow_minimum(narrow, &bound, check, type);
	bound.value = sorted.values[sorted.count - 1];
	narrow_maximum(narrow, &bound, check, type);
}

static int
looser(int a, int b, bool is_minimum)
{
	if (a < 0 || b < 0)
		return -1;
	return is_minimum ? Min(a, b) : Max(a, b);
}

/* Either holds: narrow becomes the hull of both. */
static void
narrow_or(Narrow *narrow, Narrow *other, const Check *check, Oid type)
{
	list_bounds(narrow, check, type);
	list_bounds(other, check, type);
	if (bound_tighter(&narrow->minimum, &other->minimum, true, type))
		narrow->minimum = other->minimum;
	if (bound_tighter(&narrow->maximum, &other->maximum, false, type))
		narrow->maximum = other->maximum;
	narrow->listed = narrow->listed && other->listed;
	if (narrow->listed)
		narrow->list = set_union(&narrow->list, &other->list, type);
	if (narrow->excluded.count > 0)
		narrow->excluded = set_filter(&narrow->excluded, &other->excluded, true, type);
	narrow->min_length = looser(narrow->min_length, other->min_length, true);
	narrow->max_length = looser(narrow->max_length, other->max_length, false);
	narrow->min_items = looser(narrow->min_items, other->min_items, true);
	narrow->max_items = looser(narrow->max_items, other->max_items, false);
	narrow->pattern = narrow->pattern && other->pattern ?
		psprintf("(?:%s)|(?:%s)", narrow->pattern, other->pattern) : NULL;
	narrow->required = narrow->required && other->required;
}

static void
facts_merge(Facts *facts, const Facts *more)
{
	ListCell   *cell;

	foreach(cell, more->narrows)
	{
		Narrow	   *narrow = lfirst(cell);

		narrow_and(narrow_for(facts, narrow->field), narrow,
				   field_base(facts, narrow->field));
	}
	facts->orders = list_concat(facts->orders, more->orders);
}

static bool
constant_is_empty_text(const Const *constant)
{
	return type_is_text(constant->consttype) &&
		VARSIZE_ANY_EXHDR(DatumGetPointer(constant->constvalue)) == 0;
}

/* field strategy constant */
static void
gather_constant(int index, int strategy, const Const *constant, Facts *facts)
{
	const Field *field = facts->schema->fields[index];
	Bound		bound = {true, false, 0};
	ValueSet	list = {0, NULL};
	bool		storable;

	if (value_order(field->base_type) == NULL)
		return;
	if (strategy == NOT_EQUAL_STRATEGY && constant_is_empty_text(constant))
		narrow_length(narrow_for(facts, index), 1, -1, facts->check);
	if (!convert_constant(field->base_type, constant, &strategy, &bound.value))
		return;
	if (strategy == BTEqualStrategyNumber || strategy == NOT_EQUAL_STRATEGY)
	{
		storable = apply_typmod(field, &bound.value);
		if (storable)
			set_add(&list, bound.value);
		if (strategy == BTEqualStrategyNumber)
			narrow_list(narrow_for(facts, index), &list, facts->check,
						field->base_type);
		else if (storable)
			set_add(&narrow_for(facts, index)->excluded, bound.value);
		return;
	}
	if (!kind_is_scale(value_kind(field->base_type)))
		return;
	bound.exclusive = strategy == BTLessStrategyNumber ||
		strategy == BTGreaterStrategyNumber;
	if (strategy <= BTLessEqualStrategyNumber)
		narrow_maximum(narrow_for(facts, index), &bound, facts->check,
					   field->base_type);
	else
		narrow_minimum(narrow_for(facts, index), &bound, facts->check,
					   field->base_type);
}

static bool
function_is_length(Oid function)
{
	switch (function)
	{
		case F_LENGTH_TEXT:
		case F_CHAR_LENGTH_TEXT:
		case F_CHARACTER_LENGTH_TEXT:
		case F_OCTET_LENGTH_TEXT:
		case F_LENGTH_BPCHAR:
		case F_CHAR_LENGTH_BPCHAR:
		case F_CHARACTER_LENGTH_BPCHAR:
		case F_OCTET_LENGTH_BPCHAR:
		case F_LENGTH_BYTEA:
		case F_OCTET_LENGTH_BYTEA:
			return true;
		default:
			return false;
	}
}

/* The first dimension's length, or all elements: alike for what is made. */
static bool
function_counts_items(const FuncExpr *call)
{
	Node	   *dimension;

	if (call->funcid == F_CARDINALITY)
		return true;
	if (call->funcid != F_ARRAY_LENGTH)
		return false;
	dimension = lsecond(call->args);
	return IsA(dimension, Const) && !((Const *) dimension)->constisnull &&
		DatumGetInt32(((Const *) dimension)->constvalue) == 1;
}

/* What "length strategy constant" allows; -1 for no limit. */
static bool
length_range(int strategy, const Const *constant, int *low, int *high)
{
	Datum		value;
	int			length;

	*low = *high = -1;
	if (!convert_to_integer(INT4OID, constant, &strategy, &value))
		return false;
	length = DatumGetInt32(value);
	if (strategy == NOT_EQUAL_STRATEGY)
	{
		*low = 1;
		return length == 0;
	}
	if (strategy == BTGreaterEqualStrategyNumber || strategy == BTEqualStrategyNumber)
		*low = length;
	if (strategy == BTLessEqualStrategyNumber || strategy == BTEqualStrategyNumber)
		*high = length;
	return length >= 0;
}

/* length(field) strategy constant, and trim(field) <> '' */
static void
gather_call(Node *node, int strategy, const Const *constant, Facts *facts)
{
	FuncExpr   *call = (FuncExpr *) node;
	Node	   *argument;
	int			index;
	int			low;
	int			high;

	/* int4 lengths compared with numbers of other types */
	while (IsA(node, FuncExpr) && function_is_cast(call))
	{
		node = linitial(call->args);
		call = (FuncExpr *) node;
	}
	if (!IsA(node, FuncExpr))
		return;
	index = trimmed_field(node, facts);
	if (index >= 0)
	{
		if (strategy == NOT_EQUAL_STRATEGY && constant_is_empty_text(constant))
			narrow_length(narrow_for(facts, index), 1, -1, facts->check);
		return;
	}
	if (call->args == NIL || !length_range(strategy, constant, &low, &high))
		return;
	argument = linitial(call->args);
	index = operand_field(argument, facts);
	if (index >= 0 && function_is_length(call->funcid))
		narrow_length(narrow_for(facts, index), low, high, facts->check);
	else if (index >= 0 && function_counts_items(call))
		narrow_items(narrow_for(facts, index), low, high);
	else if (function_is_length(call->funcid) &&
			 (index = trimmed_field(argument, facts)) >= 0)
		narrow_length(narrow_for(facts, index), low, -1, facts->check);
}

/* Is a field's value drawn freely, so that an order can be kept? */
static bool
field_is_free(const Field *field)
{
	return field->origin == FIELD_MADE && field->reference < 0;
}

static void
gather_order(int left, int right, int strategy, Facts *facts)
{
	const Field *a = facts->schema->fields[left];
	const Field *b = facts->schema->fields[right];
	ValueKind	kind = value_kind(a->base_type);
	Order	   *order;

	if (left == right || strategy == BTEqualStrategyNumber ||
		strategy == NOT_EQUAL_STRATEGY || !kind_is_scale(kind) ||
		kind != value_kind(b->base_type) ||
		!field_is_free(a) || !field_is_free(b))
		return;
	order = palloc0(sizeof(Order));
	if (strategy <= BTLessEqualStrategyNumber)
	{
		order->lesser = left;
		order->greater = right;
	}
	else
	{
		order->lesser = right;
		order->greater = left;
	}
	order->strict = strategy == BTLessStrategyNumber ||
		strategy == BTGreaterStrategyNumber;
	facts->orders = lappend(facts->orders, order);
}

/*
 * The btree strategy of an operator in the default operator family of its
 * left operand's type, NOT_EQUAL_STRATEGY, or 0.
 */
static int
comparison_strategy(Oid operator, Oid left_type)
{
	TypeCacheEntry *entry = lookup_type_cache(left_type, TYPECACHE_BTREE_OPFAMILY);
	Oid			negator;
	int			strategy;

	if (!OidIsValid(entry->btree_opf))
		return 0;
	strategy = get_op_opfamily_strategy(operator, entry->btree_opf);
	if (strategy != 0)
		return strategy;
	negator = get_negator(operator);
	if (OidIsValid(negator) &&
		get_op_opfamily_strategy(negator, entry->btree_opf) == BTEqualStrategyNumber)
		return NOT_EQUAL_STRATEGY;
	return 0;
}

/* ---- patterns ---- */

/*
 * What values of semantic types look like.  A pattern that takes them all
 * leaves the semantic type in charge; one that does not take its place.
 */
static const struct
{
	const char *type;
	const char *sample;
}			semantic_samples[] = {
	{"email", "mary.smith@example.com"},
	{"email", "j.oneill-lee42@mail.example.org"},
	{"phone", "(415) 555-0123"},
	{"phone", "+49 30 1234567"},
	{"url", "https://www.example.com/"},
	{"domain_name", "example.com"},
	{"username", "mary.smith42"},
	{"given_name", "Mary"},
	{"given_name", "J\303\274rgen"},
	{"family_name", "O'Neill"},
	{"family_name", "M\303\274ller-Lee"},
	{"full_name", "Mary O'Neill"},
	{"city", "St. Louis"},
	{"city", "K\303\266ln"},
	{"postcode", "10115"},
	{"country_code", "DE"},
	{"currency_code", "EUR"},
	{"locale", "de_DE"},
	{"language_code", "de"},
	{"mac_address", "02:00:5e:10:00:ff"},
	{"ipv4", "192.0.2.17"},
	{"iban", "DE89370400440532013000"}
};

static bool
regex_takes(const char *regex, const char *sample, int flags)
{
	return RE_compile_and_execute(cstring_to_text(regex),
								  unconstify(char *, sample), strlen(sample),
								  flags, DEFAULT_COLLATION_OID, 0, NULL);
}

/*
 * Without samples: text that is described character by character is a code,
 * and a semantic type that is not known to make it would be drawn in vain.
 * Where any character may stand, the semantic type is the better guess.
 */
static bool
regex_is_loose(const char *regex)
{
	for (const char *p = regex; *p; p++)
	{
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '.' || (*p == '[' && p[1] == '^'))
			return true;
	}
	return strchr(regex, '^') == NULL || strchr(regex, '$') == NULL;
}

static bool
semantic_suits(const SemanticType *semantic, const char *regex, int flags)
{
	bool		known = false;
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;

	for (int i = 0; i < lengthof(semantic_samples); i++)
	{
		const char *sample = semantic_samples[i].sample;

		if (strcmp(semantic->name, semantic_samples[i].type) != 0 ||
			(!utf8 && !pg_is_ascii(sample)))
			continue;
		known = true;
		if (!regex_takes(regex, sample, flags))
			return false;
	}
	return known || regex_is_loose(regex);
}

/* Can text be made from it at all?  Lookaround and back references say no. */
static bool
regex_is_regular(const char *regex)
{
	for (const char *p = regex; *p; p++)
	{
		if (*p == '\\' && p[1])
		{
			p++;
			if (*p >= '1' && *p <= '9')
				return false;
		}
		else if (p[0] == '(' && p[1] == '?' &&
				 (p[2] == '=' || p[2] == '!' || p[2] == '<'))
			return false;
	}
	return true;
}

/* LIKE's pattern as a regular expression. */
static char *
like_to_regex(const char *like)
{
	StringInfoData regex;

	initStringInfo(&regex);
	appendStringInfoChar(&regex, '^');
	for (const char *p = like; *p; p++)
	{
		if (*p == '%')
			appendStringInfoString(&regex, ".*");
		else if (*p == '_')
			appendStringInfoChar(&regex, '.');
		else
		{
			if (*p == '\\' && p[1])
				p++;
			if (strchr("\\.[](){}*+?|^$", *p) != NULL)
				appendStringInfoChar(&regex, '\\');
			appendStringInfoChar(&regex, *p);
		}
	}
	appendStringInfoChar(&regex, '$');
	return regex.data;
}

/* Which of the operators that match text this is. */
static bool
matching_operator(Oid operator, bool *like, bool *nocase)
{
	*like = operator == OID_TEXT_LIKE_OP || operator == OID_BPCHAR_LIKE_OP ||
		operator == OID_TEXT_ICLIKE_OP || operator == OID_BPCHAR_ICLIKE_OP;
	*nocase = operator == OID_TEXT_ICREGEXEQ_OP ||
		operator == OID_BPCHAR_ICREGEXEQ_OP ||
		operator == OID_TEXT_ICLIKE_OP || operator == OID_BPCHAR_ICLIKE_OP;
	return *like || *nocase || operator == OID_TEXT_REGEXEQ_OP ||
		operator == OID_BPCHAR_REGEXEQ_OP;
}

/* field ~ constant, and its kin; false if the operator is none of them. */
static bool
gather_pattern(Oid operator, Node *left, Node *right, Facts *facts)
{
	const SemanticType *semantic;
	Narrow	   *narrow;
	char	   *regex;
	bool		like;
	bool		nocase;
	int			index;
	int			flags;

	if (!matching_operator(operator, &like, &nocase))
		return false;
	index = operand_field(left, facts);
	if (index < 0 || !IsA(right, Const) || ((Const *) right)->constisnull ||
		!type_is_text(field_base(facts, index)))
		return true;
	regex = TextDatumGetCString(((Const *) right)->constvalue);
	if (like)
		regex = like_to_regex(regex);
	flags = REG_ADVANCED | (nocase ? REG_ICASE : 0);

	/* throws, and so is left to the check, if it is not valid */
	(void) regex_takes(regex, "", flags);
	if (!regex_is_regular(regex))
		return true;
	semantic = facts->schema->fields[index]->semantic;
	if (semantic != NULL && semantic_suits(semantic, regex, flags))
		return true;
	narrow = narrow_for(facts, index);
	if (narrow->pattern == NULL)
	{
		narrow->pattern = nocase ? psprintf("(?i)%s", regex) : regex;
		narrow->pattern_check = facts->check;
	}
	return true;
}

/* ---- conditions ---- */

static void
gather_comparison(OpExpr *op, Facts *facts)
{
	Node	   *left;
	Node	   *right;
	Oid			operator = op->opno;
	int			strategy;
	int			index;

	if (list_length(op->args) != 2)
		return;
	left = linitial(op->args);
	right = lsecond(op->args);
	if (IsA(left, Const))
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		operator = get_commutator(operator);
		if (!OidIsValid(operator))
			return;
	}
	if (gather_pattern(operator, left, right, facts))
		return;
	strategy = comparison_strategy(operator, exprType(left));
	if (strategy == 0)
		return;
	index = operand_field(left, facts);
	if (IsA(right, Const))
	{
		if (((Const *) right)->constisnull)
			return;
		if (index >= 0)
			gather_constant(index, strategy, (Const *) right, facts);
		else
			gather_call(left, strategy, (Const *) right, facts);
	}
	else if (index >= 0 && operand_field(right, facts) >= 0)
		gather_order(index, operand_field(right, facts), strategy, facts);
}

/* The elements of a constant array as constants; NIL if it is not one. */
static List *
array_constants(Node *node)
{
	Const	   *array = (Const *) node;
	Oid			type;
	int16		length;
	bool		byval;
	char		align;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	List	   *constants = NIL;

	if (!IsA(node, Const) || array->constisnull)
		return NIL;
	type = get_base_element_type(array->consttype);
	if (!OidIsValid(type))
		return NIL;
	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array->constvalue), type, length,
					  byval, align, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			constants = lappend(constants,
								makeConst(type, -1, get_typcollation(type),
										  length, values[i], false, byval));
	}
	return constants;
}

/* field = ANY (array), which IN is too, and field <> ALL (array) */
static void
gather_array(ScalarArrayOpExpr *op, Facts *facts)
{
	Node	   *left = linitial(op->args);
	int			strategy = comparison_strategy(op->opno, exprType(left));
	int			index = operand_field(left, facts);
	List	   *constants = array_constants(lsecond(op->args));
	ValueSet	list = {0, NULL};
	Oid			type;
	ListCell   *cell;

	if (index < 0 || constants == NIL ||
		strategy != (op->useOr ? BTEqualStrategyNumber : NOT_EQUAL_STRATEGY))
		return;
	type = field_base(facts, index);
	if (value_order(type) == NULL)
		return;
	foreach(cell, constants)
	{
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		if (strategy == NOT_EQUAL_STRATEGY)
			gather_constant(index, strategy, lfirst(cell), facts);
		else if (convert_constant(type, lfirst(cell), &strategy, &value) &&
				 apply_typmod(facts->schema->fields[index], &value))
			set_add(&list, value);
	}
	if (strategy == BTEqualStrategyNumber && list.count > 0)
		narrow_list(narrow_for(facts, index), &list, facts->check, type);
}

static void
gather_boolean(Node *node, bool value, Facts *facts)
{
	int			index = operand_field(node, facts);
	ValueSet	list = {0, NULL};

	if (index < 0 || field_base(facts, index) != BOOLOID)
		return;
	set_add(&list, BoolGetDatum(value));
	narrow_list(narrow_for(facts, index), &list, facts->check, BOOLOID);
}

/* All arms hold for one field or other: the fields that every arm narrows. */
static void
gather_alternatives(List *arms, Facts *facts)
{
	Facts		hull = {facts->schema, facts->check, NIL, NIL};
	ListCell   *cell;
	ListCell   *inner;

	gather(linitial(arms), &hull);
	for_each_from(cell, arms, 1)
	{
		Facts		arm = {facts->schema, facts->check, NIL, NIL};
		List	   *kept = NIL;

		CHECK_FOR_INTERRUPTS();
		gather(lfirst(cell), &arm);
		foreach(inner, hull.narrows)
		{
			Narrow	   *narrow = lfirst(inner);
			Narrow	   *other = narrow_find(&arm, narrow->field);

			if (other == NULL)
				continue;
			narrow_or(narrow, other, facts->check, field_base(facts, narrow->field));
			kept = lappend(kept, narrow);
		}
		hull.narrows = kept;
		if (kept == NIL)
			return;
	}
	hull.orders = NIL;
	facts_merge(facts, &hull);
}

/*
 * "x IS NULL OR condition" asks of x what the condition does, for a
 * condition is not false for NULL either.
 */
static void
gather_or(BoolExpr *or, Facts *facts)
{
	List	   *arms = NIL;
	Bitmapset  *nullable = NULL;
	Bitmapset  *read;
	ListCell   *cell;

	foreach(cell, or->args)
	{
		NullTest   *test = lfirst(cell);
		int			index;

		if (IsA(test, NullTest) && test->nulltesttype == IS_NULL &&
			!test->argisrow &&
			(index = operand_field((Node *) test->arg, facts)) >= 0)
		{
			if (!facts->schema->fields[index]->required)
				nullable = bms_add_member(nullable, index);
		}
		else
			arms = lappend(arms, test);
	}
	if (arms == NIL)
		return;
	read = expression_reads(facts->schema, (Node *) arms);
	if (facts->check->domain_field >= 0)
		read = bms_add_member(read, facts->check->domain_field);
	if (!bms_is_subset(nullable, read))
		return;
	if (list_length(arms) > 1)
		gather_alternatives(arms, facts);
	else
	{
		Facts		arm = {facts->schema, facts->check, NIL, NIL};

		gather(linitial(arms), &arm);
		foreach(cell, arm.narrows)
			((Narrow *) lfirst(cell))->required = false;
		facts_merge(facts, &arm);
	}
}

static void
gather_test(BooleanTest *test, Facts *facts)
{
	Node	   *arg = (Node *) test->arg;

	if (test->booltesttype != IS_TRUE && test->booltesttype != IS_FALSE)
		return;
	if (test->booltesttype == IS_TRUE && !IsA(arg, Var))
	{
		gather(arg, facts);
		return;
	}
	gather_boolean(arg, test->booltesttype == IS_TRUE, facts);
	if (operand_field(arg, facts) >= 0)
		narrow_for(facts, operand_field(arg, facts))->required = true;
}

/* What follows from a condition that must not be false. */
static void
gather(Node *node, Facts *facts)
{
	ListCell   *cell;

	check_stack_depth();
	switch (nodeTag(node))
	{
		case T_BoolExpr:
			{
				BoolExpr   *expr = (BoolExpr *) node;

				if (expr->boolop == OR_EXPR)
					gather_or(expr, facts);
				else if (expr->boolop == NOT_EXPR)
					gather_boolean(linitial(expr->args), false, facts);
				else
				{
					foreach(cell, expr->args)
						gather(lfirst(cell), facts);
				}
				break;
			}
		case T_OpExpr:
			gather_comparison((OpExpr *) node, facts);
			break;
		case T_ScalarArrayOpExpr:
			gather_array((ScalarArrayOpExpr *) node, facts);
			break;
		case T_NullTest:
			{
				NullTest   *test = (NullTest *) node;
				int			index = operand_field((Node *) test->arg, facts);

				if (test->nulltesttype == IS_NOT_NULL && !test->argisrow && index >= 0)
					narrow_for(facts, index)->required = true;
				break;
			}
		case T_BooleanTest:
			gather_test((BooleanTest *) node, facts);
			break;
		default:
			gather_boolean(node, true, facts);
			break;
	}
}

/* Folds and reads one check; may throw, as 1 / 0 does. */
static void
gather_check(void *argument)
{
	Facts	   *facts = argument;
	Node	   *expr = copyObject(facts->check->expr);

	expr = eval_const_expressions(NULL, expr);
	expr = (Node *) canonicalize_qual((Expr *) expr, true);
	gather(expr, facts);
}

static void
gather_all(Schema *schema, Facts *all)
{
	ListCell   *cell;

	foreach(cell, schema->checks)
	{
		const Check *check = lfirst(cell);
		Facts		facts = {schema, check, NIL, NIL};

		CHECK_FOR_INTERRUPTS();

		/* no subtransaction can be had there, and none has to */
		if (check->expr == NULL || IsInParallelMode())
			continue;
		if (expression_guard(gather_check, &facts, NULL))
			facts_merge(all, &facts);
	}
}

/* ---- applying ---- */

static const char *
check_label(const Check *check)
{
	if (check == NULL)
		return "checks";
	return psprintf(check->own ? "CHECK \"%s\"" : "check \"%s\"", check->name);
}

static char *
value_text(Oid type, Datum value)
{
	Oid			function;
	bool		varlena;

	getTypeOutputInfo(type, &function, &varlena);
	return OidOutputFunctionCall(function, value);
}

/* A check says something else than what the field's name was taken for. */
static void
drop_guess(Field *field, const Check *check)
{
	guess_drop(field);
	field->semantic = NULL;
	field->why = check_label(check);
}

/* Returns the check that moved a bound, or NULL. */
static const Check *
tighten_bounds(Field *field, const Narrow *narrow)
{
	const Check *check = NULL;

	if (bound_tighter(&narrow->minimum, &field->minimum, true, field->base_type))
	{
		field->minimum = narrow->minimum;
		check = narrow->minimum_check;
	}
	if (bound_tighter(&narrow->maximum, &field->maximum, false, field->base_type))
	{
		field->maximum = narrow->maximum;
		check = narrow->maximum_check;
	}
	return check;
}

/* Returns false if nothing is left between the bounds. */
static bool
apply_bounds(Field *field, const Narrow *narrow)
{
	const Check *check = tighten_bounds(field, narrow);

	if (check != NULL && field->semantic == NULL)
		field->why = check_label(check);
	if (check == NULL || !bounds_empty(&field->minimum, &field->maximum, field->base_type))
		return true;

	/* what a name suggests gives way to what a check says */
	drop_guess(field, check);
	(void) tighten_bounds(field, narrow);
	return !bounds_empty(&field->minimum, &field->maximum, field->base_type);
}

/* The longest text that the type itself allows, or -1. */
static int
type_max_length(const Field *field)
{
	if ((field->base_type == VARCHAROID || field->base_type == BPCHAROID) &&
		field->base_typmod > VARHDRSZ)
		return field->base_typmod - VARHDRSZ;
	return -1;
}

static bool
apply_lengths(Field *field, const Narrow *narrow)
{
	int			limit = type_max_length(field);

	field->min_length = Max(field->min_length, narrow->min_length);
	if (narrow->max_length >= 0 &&
		(field->max_length < 0 || narrow->max_length < field->max_length))
		field->max_length = narrow->max_length;
	field->min_items = Max(field->min_items, narrow->min_items);
	if (narrow->max_items >= 0 &&
		(field->max_items < 0 || narrow->max_items < field->max_items))
		field->max_items = narrow->max_items;
	if (narrow->min_length < 0 && narrow->max_length < 0)
		return true;
	if (field->max_length >= 0 && (limit < 0 || field->max_length < limit))
		limit = field->max_length;
	return limit < 0 || field->min_length <= limit;
}

/* Keeps of a field's own list what the narrow (and its bounds) allow. */
static void
filter_values(const Field *field, ValueList *list, const Narrow *narrow)
{
	TypeCacheEntry *order = value_order(field->base_type);
	ValueSet	allowed = set_sorted(&narrow->list, order);
	ValueSet	excluded = set_sorted(&narrow->excluded, order);
	ValueList	kept = {.implied = list->implied};
	double		total = 0;

	kept.values = palloc(sizeof(Datum) * (list->count + 1));
	kept.nulls = palloc(sizeof(bool) * (list->count + 1));
	kept.weights = list->weights ? palloc(sizeof(double) * (list->count + 1)) : NULL;
	for (int i = 0; i < list->count; i++)
	{
		bool		isnull = list->nulls != NULL && list->nulls[i];
		Datum		value = list->values[i];

		CHECK_FOR_INTERRUPTS();
		if (isnull ? narrow->required :
			((narrow->listed && !sorted_has(&allowed, value, order)) ||
			 sorted_has(&excluded, value, order) ||
			 !bounds_hold(&narrow->minimum, &narrow->maximum, value, order)))
			continue;
		if (kept.weights != NULL)
			total += (kept.weights[kept.count] = list->weights[i]);
		kept.values[kept.count] = value;
		kept.nulls[kept.count++] = isnull;
	}
	if (kept.count < list->count && total <= 0)
		kept.weights = NULL;
	*list = kept;
}

/* A field that has no list takes the check's. */
static void
adopt_list(Field *field, const Narrow *narrow)
{
	ValueList  *list = &field->enumeration;

	drop_guess(field, narrow->list_check);
	list->count = narrow->list.count;
	list->values = narrow->list.values;
	list->nulls = palloc0(sizeof(bool) * (list->count + 1));
	list->weights = NULL;
	filter_values(field, list, narrow);
}

/*
 * Does a list that is only guessed from a name say something else than the
 * checks do?
 */
static bool
guess_fails(const Field *field, const ValueList *kept, const Narrow *narrow)
{
	if (!field->enumeration.implied)
		return false;
	return narrow->listed ? kept->count < narrow->list.count :
		!guess_says_something(field, kept);
}

/*
 * Filters the list of a field, or has the check's take the place of a guess;
 * false if nothing is left.
 */
static bool
apply_enumeration(Field *field, const Narrow *narrow)
{
	ValueList	kept = field->enumeration;

	filter_values(field, &kept, narrow);
	if (guess_fails(field, &kept, narrow))
	{
		if (!narrow->listed)
		{
			drop_guess(field, narrow->minimum_check ? narrow->minimum_check :
					   narrow->maximum_check);
			return true;		/* the bounds decide */
		}
		adopt_list(field, narrow);
	}
	else
		field->enumeration = kept;
	return field->enumeration.count > 0;
}

/* Returns false if no value is left. */
static bool
apply_list(Field *field, const Narrow *narrow)
{
	if (!narrow->listed && narrow->excluded.count == 0 &&
		!narrow->minimum.set && !narrow->maximum.set && !narrow->required)
		return true;
	if (value_order(field->base_type) == NULL)
		return true;
	if (field->examples.count > 0)
		filter_values(field, &field->examples, narrow);
	if (field->enumeration.count > 0)
		return apply_enumeration(field, narrow);
	if (!narrow->listed)
		return true;
	adopt_list(field, narrow);
	return field->enumeration.count > 0;
}

static void
apply_pattern(Field *field, const Narrow *narrow)
{
	if (narrow->pattern == NULL || field->enumeration.count > 0 ||
		(field->pattern != NULL && !pattern_is_guess(field)))
		return;
	field->pattern = narrow->pattern;
	field->semantic = NULL;
	field->why = check_label(narrow->pattern_check);
}

static char *
bound_text(const char *keyword, const Bound *bound, Oid type)
{
	return psprintf("%s %s%s", keyword, value_text(type, bound->value),
					bound->exclusive ? " (exclusive)" : "");
}

static void
fault_bounds(Faults *faults, const char *path, const char *column,
			 const Field *field, const Narrow *narrow)
{
	const Check *check = narrow->minimum_check ? narrow->minimum_check : narrow->maximum_check;

	if (check != narrow->maximum_check && narrow->maximum_check != NULL)
		fault_add(faults, ERRCODE_CHECK_VIOLATION, path,
				  "Change one of them, or allow NULL.",
				  "%s can take no value: %s (%s) is over %s (%s)", column,
				  bound_text("minimum", &field->minimum, field->base_type),
				  check_label(narrow->minimum_check),
				  bound_text("maximum", &field->maximum, field->base_type),
				  check_label(narrow->maximum_check));
	else
		fault_add(faults, ERRCODE_CHECK_VIOLATION, path,
				  "Change one of them, or allow NULL.",
				  "%s can take no value: %s is over %s because of %s", column,
				  bound_text("minimum", &field->minimum, field->base_type),
				  bound_text("maximum", &field->maximum, field->base_type),
				  check_label(check));
}

/* Tells of a field that no value satisfies; after is what it has become. */
static void
fault_contradiction(Faults *faults, const Schema *schema, const char *prefix,
					const Narrow *narrow, const Field *after)
{
	/* an error about a table alone has no document to point into */
	char	   *path = OidIsValid(schema->relid) && !faults->collect ? NULL :
		psprintf("%sfields[%d]", prefix, narrow->field);
	char	   *column = psprintf("%s \"%s\"", OidIsValid(schema->relid) ? "column" : "field",
								  after->name);

	if (bounds_empty(&after->minimum, &after->maximum, after->base_type))
		fault_bounds(faults, path, column, after, narrow);
	else if (narrow->listed || narrow->excluded.count > 0 ||
			 narrow->minimum.set || narrow->maximum.set)
		fault_add(faults, ERRCODE_CHECK_VIOLATION, path, NULL,
				  "%s can take no value: none of those it may take satisfies %s",
				  column,
				  check_label(narrow->list_check ? narrow->list_check :
							  narrow->minimum_check ? narrow->minimum_check :
							  narrow->maximum_check));
	else
		fault_add(faults, ERRCODE_CHECK_VIOLATION, path, NULL,
				  "%s can take no value: at least %d characters are asked for, at most %d are allowed (%s)",
				  column, after->min_length,
				  after->max_length >= 0 ? after->max_length : type_max_length(after),
				  check_label(narrow->length_check));
}

/* Does a document say what a field's values are, and not only its table? */
static bool
document_decides(const Schema *schema, const Field *field)
{
	return !OidIsValid(schema->relid) ||
		(field->minimum.set && !field->minimum.implied) ||
		(field->maximum.set && !field->maximum.implied) ||
		(field->enumeration.count > 0 && !field->enumeration.implied);
}

/*
 * Where no value is left, NULL still satisfies every check but IS NOT NULL,
 * so a table's column that may be NULL always is.
 */
static void
apply_narrow(Schema *schema, const Narrow *narrow, Faults *faults,
			 const char *prefix)
{
	Field	   *field = schema->fields[narrow->field];
	Field		before;
	bool		possible;

	if (field->origin != FIELD_MADE)
		return;
	field->required |= narrow->required;
	if (field->reference >= 0)
		return;
	before = *field;
	possible = apply_bounds(field, narrow) && apply_list(field, narrow) &&
		apply_lengths(field, narrow);
	if (possible)
	{
		apply_pattern(field, narrow);
		return;
	}
	if (field->required || (field->null_fraction <= 0 &&
							(document_decides(schema, &before) || field->null_fraction == 0)))
		fault_contradiction(faults, schema, prefix, narrow, field);
	*field = before;
	if (!field->required)
		field->null_fraction = 1;
}

/* ---- orders ---- */

/* Does a chain of orders lead from one field up to another? */
static bool
order_leads(const Schema *schema, List **above, int from, int to)
{
	Bitmapset  *seen = bms_make_singleton(from);
	List	   *queue = list_make1_int(from);
	bool		found = false;

	while (queue != NIL && !found)
	{
		int			field = llast_int(queue);
		ListCell   *cell;

		queue = list_delete_last(queue);
		foreach(cell, above[field])
		{
			int			next = lfirst_int(cell);

			if (next == to)
				found = true;
			if (bms_is_member(next, seen))
				continue;
			seen = bms_add_member(seen, next);
			queue = lappend_int(queue, next);
		}
	}
	list_free(queue);
	bms_free(seen);
	return found;
}

/* Adds an order, unless it closes a circle. */
static void
order_add(Schema *schema, List **above, int lesser, int greater, bool strict)
{
	ListCell   *cell;
	Order	   *order;

	CHECK_FOR_INTERRUPTS();
	if (list_member_int(above[lesser], greater))
	{
		foreach(cell, schema->orders)
		{
			order = lfirst(cell);
			if (order->lesser == lesser && order->greater == greater)
				order->strict |= strict;
		}
		return;
	}
	if (lesser == greater || list_length(schema->orders) >= MAX_ORDERS ||
		order_leads(schema, above, greater, lesser))
		return;
	order = palloc(sizeof(Order));
	order->lesser = lesser;
	order->greater = greater;
	order->strict = strict;
	schema->orders = lappend(schema->orders, order);
	above[lesser] = lappend_int(above[lesser], greater);
}

/*
 * Words that stand for the stages of something: within a chain, and with the
 * rest of the names alike, a lower stage comes first.
 */
typedef enum Chain
{
	CHAIN_NONE,
	CHAIN_SPAN,
	CHAIN_RECORD,
	CHAIN_ORDER,
	CHAIN_LIFE,
	CHAIN_TRIP,
	CHAIN_BILL,
	CHAIN_EXTENT				/* of numbers, and of times */
} Chain;

typedef struct Stage
{
	const char *word;
	Chain		chain;
	int			rank;
} Stage;

static const Stage stages[] = {
	{"start", CHAIN_SPAN, 0}, {"starts", CHAIN_SPAN, 0}, {"started", CHAIN_SPAN, 0},
	{"begin", CHAIN_SPAN, 0}, {"begins", CHAIN_SPAN, 0}, {"began", CHAIN_SPAN, 0},
	{"opened", CHAIN_SPAN, 0}, {"opens", CHAIN_SPAN, 0}, {"open", CHAIN_SPAN, 0},
	{"in", CHAIN_SPAN, 0}, {"end", CHAIN_SPAN, 1}, {"ends", CHAIN_SPAN, 1},
	{"ended", CHAIN_SPAN, 1}, {"finish", CHAIN_SPAN, 1}, {"finished", CHAIN_SPAN, 1},
	{"completed", CHAIN_SPAN, 1}, {"closed", CHAIN_SPAN, 1}, {"closes", CHAIN_SPAN, 1},
	{"close", CHAIN_SPAN, 1}, {"out", CHAIN_SPAN, 1},
	{"created", CHAIN_RECORD, 0}, {"inserted", CHAIN_RECORD, 0},
	{"updated", CHAIN_RECORD, 1}, {"modified", CHAIN_RECORD, 1},
	{"changed", CHAIN_RECORD, 1}, {"deleted", CHAIN_RECORD, 2},
	{"archived", CHAIN_RECORD, 2},
	{"order", CHAIN_ORDER, 0}, {"ordered", CHAIN_ORDER, 0}, {"placed", CHAIN_ORDER, 0},
	{"ship", CHAIN_ORDER, 1}, {"shipped", CHAIN_ORDER, 1}, {"shipping", CHAIN_ORDER, 1},
	{"dispatched", CHAIN_ORDER, 1}, {"delivery", CHAIN_ORDER, 2},
	{"delivered", CHAIN_ORDER, 2}, {"returned", CHAIN_ORDER, 3},
	{"birth", CHAIN_LIFE, 0}, {"born", CHAIN_LIFE, 0}, {"birthday", CHAIN_LIFE, 0},
	{"dob", CHAIN_LIFE, 0}, {"hire", CHAIN_LIFE, 1}, {"hired", CHAIN_LIFE, 1},
	{"joined", CHAIN_LIFE, 1}, {"enrolled", CHAIN_LIFE, 1},
	{"admitted", CHAIN_LIFE, 1}, {"admission", CHAIN_LIFE, 1},
	{"discharged", CHAIN_LIFE, 2}, {"discharge", CHAIN_LIFE, 2},
	{"terminated", CHAIN_LIFE, 2}, {"termination", CHAIN_LIFE, 2},
	{"left", CHAIN_LIFE, 2}, {"death", CHAIN_LIFE, 3}, {"died", CHAIN_LIFE, 3},
	{"departure", CHAIN_TRIP, 0}, {"departed", CHAIN_TRIP, 0}, {"departs", CHAIN_TRIP, 0},
	{"arrival", CHAIN_TRIP, 1}, {"arrived", CHAIN_TRIP, 1}, {"arrives", CHAIN_TRIP, 1},
	{"issue", CHAIN_BILL, 0}, {"issued", CHAIN_BILL, 0}, {"invoice", CHAIN_BILL, 0},
	{"effective", CHAIN_BILL, 0}, {"due", CHAIN_BILL, 1}, {"expiry", CHAIN_BILL, 1},
	{"expires", CHAIN_BILL, 1}, {"expiration", CHAIN_BILL, 1},
	{"from", CHAIN_SPAN, 0}, {"min", CHAIN_EXTENT, 0}, {"minimum", CHAIN_EXTENT, 0},
	{"low", CHAIN_EXTENT, 0}, {"lower", CHAIN_EXTENT, 0}, {"first", CHAIN_SPAN, 0},
	{"earliest", CHAIN_SPAN, 0}, {"to", CHAIN_SPAN, 1}, {"until", CHAIN_SPAN, 1},
	{"till", CHAIN_SPAN, 1}, {"through", CHAIN_SPAN, 1}, {"max", CHAIN_EXTENT, 1},
	{"maximum", CHAIN_EXTENT, 1}, {"high", CHAIN_EXTENT, 1}, {"upper", CHAIN_EXTENT, 1},
	{"last", CHAIN_SPAN, 1}, {"latest", CHAIN_SPAN, 1}
};

/* Words that say no more than that it is a time. */
static bool
word_is_filler(const char *word)
{
	static const char *const fillers[] = {"at", "on", "of", "date", "time",
	"datetime", "timestamp", "ts", "day"};

	for (int i = 0; i < lengthof(fillers); i++)
	{
		if (strcmp(word, fillers[i]) == 0)
			return true;
	}
	return false;
}

static const Stage *
stage_of_word(const char *word)
{
	for (int i = 0; i < lengthof(stages); i++)
	{
		if (strcmp(word, stages[i].word) == 0)
			return &stages[i];
	}
	return NULL;
}

/* A name's stage, and what is left of the name without it. */
typedef struct StagedName
{
	int			field;
	const Stage *stage;
	char	   *rest;
} StagedName;

static void
staged_word(StagedName *name, StringInfo rest, StringInfo word)
{
	const Stage *stage;

	if (word->len == 0)
		return;
	stage = name->stage == NULL ? stage_of_word(word->data) : NULL;
	if (stage != NULL)
	{
		name->stage = stage;
		appendStringInfoString(rest, "*_");
	}
	else if (!word_is_filler(word->data))
		appendStringInfo(rest, "%s_", word->data);
	resetStringInfo(word);
}

/* Splits "startedAt" and "started_at" alike. */
static StagedName *
staged_name(int index, const char *text)
{
	StagedName *name = palloc0(sizeof(StagedName));
	StringInfoData word;
	StringInfoData rest;
	bool		lower = false;

	name->field = index;
	initStringInfo(&word);
	initStringInfo(&rest);
	for (; *text; text++)
	{
		bool		upper = *text >= 'A' && *text <= 'Z';

		if ((upper && lower) || strchr("_- .", *text) != NULL)
			staged_word(name, &rest, &word);
		if (strchr("_- .", *text) == NULL)
			appendStringInfoChar(&word, pg_ascii_tolower((unsigned char) *text));
		lower = !upper;
	}
	staged_word(name, &rest, &word);
	name->rest = rest.data;
	return name;
}

/* Would a guessed order be in the way of what is known of two fields? */
static bool
order_is_plausible(const Schema *schema, const StagedName *a, const StagedName *b)
{
	const Field *lesser = schema->fields[a->field];
	const Field *greater = schema->fields[b->field];
	ValueKind	kind = value_kind(lesser->base_type);

	if (kind != value_kind(greater->base_type) ||
		lesser->unique || greater->unique)
		return false;
	if (kind == VALUE_INTEGER || kind == VALUE_FLOAT || kind == VALUE_NUMERIC)
	{
		if (a->stage->chain != CHAIN_EXTENT)
			return false;
	}
	else if (kind != VALUE_DATE && kind != VALUE_TIME && kind != VALUE_TIMESTAMP)
		return false;
	return !(lesser->minimum.set && greater->maximum.set &&
			 value_to_scale(lesser->base_type, lesser->minimum.value) >=
			 value_to_scale(greater->base_type, greater->maximum.value));
}

static int
staged_compare(const ListCell *a, const ListCell *b)
{
	const StagedName *x = lfirst(a);
	const StagedName *y = lfirst(b);
	int			cmp = strcmp(x->rest, y->rest);

	if (cmp == 0)
		cmp = (int) x->stage->chain - (int) y->stage->chain;
	if (cmp == 0)
		cmp = x->stage->rank - y->stage->rank;
	return cmp != 0 ? cmp : x->field - y->field;
}

/* Orders that names imply: created_at <= updated_at, min_age <= max_age. */
static void
add_implied_orders(Schema *schema, List **above)
{
	List	   *names = NIL;

	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];
		StagedName *name;

		if (!field_is_free(field) || !kind_is_scale(value_kind(field->base_type)) ||
			field->enumeration.count > 0)
			continue;
		name = staged_name(i, field->name);
		if (name->stage != NULL)
			names = lappend(names, name);
	}
	list_sort(names, staged_compare);

	/* each one against the next stage that is there */
	for (int i = 0; i < list_length(names); i++)
	{
		StagedName *lesser = list_nth(names, i);
		int			next_rank = -1;

		for (int j = i + 1; j < list_length(names); j++)
		{
			StagedName *greater = list_nth(names, j);

			if (greater->stage->chain != lesser->stage->chain ||
				strcmp(greater->rest, lesser->rest) != 0 ||
				(next_rank >= 0 && greater->stage->rank != next_rank))
				break;
			if (greater->stage->rank == lesser->stage->rank ||
				!order_is_plausible(schema, lesser, greater))
				continue;
			next_rank = greater->stage->rank;
			order_add(schema, above, lesser->field, greater->field, false);
		}
	}
}

static void
apply_orders(Schema *schema, const List *orders)
{
	List	  **above = palloc0(sizeof(List *) * (schema->nfields + 1));
	ListCell   *cell;

	foreach(cell, schema->orders)
	{
		Order	   *order = lfirst(cell);

		above[order->lesser] = lappend_int(above[order->lesser], order->greater);
	}
	foreach(cell, orders)
	{
		Order	   *order = lfirst(cell);

		order_add(schema, above, order->lesser, order->greater, order->strict);
	}
	add_implied_orders(schema, above);
}

void
steer_schema(Schema *schema, Faults *faults, const char *prefix)
{
	Facts		all = {schema, NULL, NIL, NIL};
	ListCell   *cell;

	gather_all(schema, &all);
	foreach(cell, all.narrows)
		apply_narrow(schema, lfirst(cell), faults, prefix);
	apply_orders(schema, all.orders);
}
