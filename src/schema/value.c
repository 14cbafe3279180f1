/*-------------------------------------------------------------------------
 *
 * value.c
 *		Values of fields: their kinds, their scale, how they compare, and
 *		their text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "schema/schema.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/catcache.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* ---- kinds ---- */

ValueKind
value_kind(Oid base_type)
{
	char		category;
	bool		preferred;

	switch (base_type)
	{
		case BOOLOID:
			return VALUE_BOOLEAN;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
			return VALUE_INTEGER;
		case FLOAT4OID:
		case FLOAT8OID:
			return VALUE_FLOAT;
		case NUMERICOID:
		case MONEYOID:
			return VALUE_NUMERIC;
		case DATEOID:
			return VALUE_DATE;
		case TIMEOID:
		case TIMETZOID:
			return VALUE_TIME;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return VALUE_TIMESTAMP;
		case INTERVALOID:
			return VALUE_INTERVAL;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return VALUE_TEXT;
		case UUIDOID:
			return VALUE_UUID;
		case JSONOID:
		case JSONBOID:
			return VALUE_JSON;
		default:
			break;
	}

	/* What an extension declares to be text, such as citext. */
	if (base_type < FirstNormalObjectId)
		return VALUE_OTHER;
	get_type_category_preferred(base_type, &category, &preferred);
	if (category == TYPCATEGORY_STRING && IsBinaryCoercible(base_type, TEXTOID))
		return VALUE_TEXT;
	return VALUE_OTHER;
}

bool
value_kind_is_number(ValueKind kind)
{
	return kind == VALUE_INTEGER || kind == VALUE_FLOAT || kind == VALUE_NUMERIC;
}

bool
value_kind_is_time(ValueKind kind)
{
	return kind == VALUE_DATE || kind == VALUE_TIME || kind == VALUE_TIMESTAMP ||
		kind == VALUE_INTERVAL;
}

bool
value_kind_is_scale(ValueKind kind)
{
	return value_kind_is_number(kind) || value_kind_is_time(kind);
}

/* ---- values ---- */

static double
interval_to_scale(const Interval *interval)
{
	double		days = (double) interval->month * DAYS_PER_MONTH + interval->day;

	return days * USECS_PER_DAY + interval->time;
}

double
value_to_scale(Oid base_type, Datum value)
{
	switch (base_type)
	{
		case BOOLOID:
			return DatumGetBool(value) ? 1 : 0;
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case OIDOID:
			return DatumGetObjectId(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case FLOAT8OID:
			return DatumGetFloat8(value);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
		case MONEYOID:
			return (double) DatumGetCash(value) / 100.0;
		case DATEOID:
			return DatumGetDateADT(value);
		case TIMEOID:
			return (double) DatumGetTimeADT(value);
		case TIMETZOID:
			return (double) DatumGetTimeTzADTP(value)->time;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return (double) DatumGetTimestamp(value);
		case INTERVALOID:
			return interval_to_scale(DatumGetIntervalP(value));
		default:
			elog(ERROR, "type %u has no scale", base_type);
	}
	return 0;
}

bool
value_is_finite(Oid base_type, Datum value)
{
	switch (base_type)
	{
		case FLOAT4OID:
			return isfinite(DatumGetFloat4(value));
		case FLOAT8OID:
			return isfinite(DatumGetFloat8(value));
		case NUMERICOID:
			return !numeric_is_nan(DatumGetNumeric(value)) &&
				!numeric_is_inf(DatumGetNumeric(value));
		case DATEOID:
			return !DATE_NOT_FINITE(DatumGetDateADT(value));
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return !TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value));
		case INTERVALOID:
			return !INTERVAL_NOT_FINITE(DatumGetIntervalP(value));
		default:
			return true;
	}
}

int
value_compare(Oid base_type, Datum a, Datum b)
{
	TypeCacheEntry *entry = lookup_type_cache(base_type, TYPECACHE_CMP_PROC_FINFO);

	if (!OidIsValid(entry->cmp_proc_finfo.fn_oid))
		elog(ERROR, "type %u has no order", base_type);
	return DatumGetInt32(FunctionCall2Coll(&entry->cmp_proc_finfo,
										   C_COLLATION_OID, a, b));
}

char *
value_to_text(Oid type, Datum value)
{
	Oid			function;
	bool		is_varlena;

	getTypeOutputInfo(type, &function, &is_varlena);
	return OidOutputFunctionCall(function, value);
}

/* ---- enums ---- */

static int
compare_enum_order(const void *a, const void *b)
{
	float4		x = ((Form_pg_enum) GETSTRUCT(*(const HeapTuple *) a))->enumsortorder;
	float4		y = ((Form_pg_enum) GETSTRUCT(*(const HeapTuple *) b))->enumsortorder;

	return (x > y) - (x < y);
}

/*
 * The values of an enum in their order.  One that this transaction has added
 * cannot be used before it commits, so it is left out.
 */
void
enum_values(Oid type, ValueList *values)
{
	CatCList   *list = SearchSysCacheList1(ENUMTYPOIDNAME,
										   ObjectIdGetDatum(type));
	HeapTuple  *tuples = palloc(sizeof(HeapTuple) * Max(list->n_members, 1));

	for (int i = 0; i < list->n_members; i++)
		tuples[i] = &list->members[i]->tuple;
	qsort(tuples, list->n_members, sizeof(HeapTuple), compare_enum_order);
	values->values = palloc(sizeof(Datum) * Max(list->n_members, 1));
	values->nulls = palloc0(sizeof(bool) * Max(list->n_members, 1));
	for (int i = 0; i < list->n_members; i++)
	{
		Oid			value = ((Form_pg_enum) GETSTRUCT(tuples[i]))->oid;

		if (!EnumUncommitted(value))
			values->values[values->count++] = ObjectIdGetDatum(value);
	}
	ReleaseCatCacheList(list);
	pfree(tuples);
}
