/*-------------------------------------------------------------------------
 *
 * make_parts.c
 *		Values that consist of others: casts, arrays, ranges, composites and
 *		JSON.  These need the catalog.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "funcapi.h"
#include "local/engine.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/multirangetypes.h"
#include "utils/numeric.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* What an op knows from the catalog, looked up once. */
typedef struct OpRuntime
{
	FmgrInfo	input;
	Oid			ioparam;
	FmgrInfo	output;			/* of the part */
	TypeCacheEntry *type;		/* of a range, or of a multirange's range */
	TupleDesc	tupdesc;		/* of a composite */
} OpRuntime;

static OpRuntime *
op_runtime(Engine *engine, const PlanOp *op)
{
	int			index = op - engine->ops;
	OpRuntime  *runtime = engine->runtime[index];
	MemoryContext old;

	if (runtime)
		return runtime;
	old = MemoryContextSwitchTo(engine->runtime_memory);
	runtime = palloc0(sizeof(OpRuntime));
	if (op->kind == OP_CAST)
	{
		const PlanCast *cast = plan_at(engine->plan, op->detail);
		Oid			function;
		bool		varlena;

		getTypeInputInfo(op->type, &function, &runtime->ioparam);
		fmgr_info(function, &runtime->input);
		getTypeOutputInfo(engine->ops[cast->part].type, &function, &varlena);
		fmgr_info(function, &runtime->output);
	}
	else if (op->kind == OP_RANGE)
		runtime->type = lookup_type_cache(op->type, TYPECACHE_RANGE_INFO);
	else if (op->kind == OP_MULTIRANGE)
		runtime->type = lookup_type_cache(get_multirange_range(op->type), TYPECACHE_RANGE_INFO);
	else if (op->kind == OP_COMPOSITE)
	{
		TupleDesc	shared = lookup_rowtype_tupdesc(op->type, op->typmod);

		runtime->tupdesc = CreateTupleDescCopy(shared);
		ReleaseTupleDesc(shared);
	}
	MemoryContextSwitchTo(old);
	engine->runtime[index] = runtime;
	return runtime;
}

/* As byteaout with bytea_output = hex. */
static char *
bytes_text(const bytea *value)
{
	Size		length = VARSIZE_ANY_EXHDR(value);
	char	   *text = palloc(length * 2 + 3);

	strcpy(text, "\\x");
	hex_encode(VARDATA_ANY(value), length, text + 2);
	text[length * 2 + 2] = '\0';
	return text;
}

/*
 * The text of a value.  Dates and times are ISO 8601 in UTC, whatever the
 * session's settings, so that the same row has the same text everywhere.
 */
static char *
value_text(Oid type, FmgrInfo *output, Datum value)
{
	char		buffer[MAXDATELEN + 1];
	struct pg_itm itm;
	int			utc = 0;

	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			return TextDatumGetCString(value);
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return pstrdup(JsonEncodeDateTime(buffer, value, type, &utc));
		case INTERVALOID:
			interval2itm(*DatumGetIntervalP(value), &itm);
			EncodeInterval(&itm, INTSTYLE_ISO_8601, buffer);
			return pstrdup(buffer);
		case FLOAT4OID:
			return float_to_shortest_decimal(DatumGetFloat4(value));
		case FLOAT8OID:
			return double_to_shortest_decimal(DatumGetFloat8(value));
		case BYTEAOID:
			return bytes_text(DatumGetByteaPP(value));
		default:
			if (output)
				return OutputFunctionCall(output, value);
			else
			{
				Oid			function;
				bool		varlena;

				getTypeOutputInfo(type, &function, &varlena);
				return OidOutputFunctionCall(function, value);
			}
	}
}

static void
make_cast(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
		  Datum *values, bool *nulls)
{
	const PlanCast *cast = plan_at(engine->plan, op->detail);
	OpRuntime  *runtime = op_runtime(engine, op);
	Datum	   *parts = palloc(sizeof(Datum) * n);
	bool	   *part_nulls = palloc(sizeof(bool) * n);
	Oid			part_type = engine->ops[cast->part].type;

	engine_fill(engine, cast->part, keys, n, parts, part_nulls);
	for (int i = 0; i < n; i++)
	{
		nulls[i] = nulls[i] || part_nulls[i];
		if (!nulls[i])
			values[i] = InputFunctionCall(&runtime->input,
										  value_text(part_type, &runtime->output, parts[i]),
										  runtime->ioparam, op->typmod);
	}
}

/* Elements of one array, in chunks; returns how many. */
static int
make_elements(Engine *engine, const PlanOp *op, const RowKey *key,
			  Datum **values, bool **nulls)
{
	const PlanArray *array = plan_at(engine->plan, op->detail);
	int			count = array->fitted ? fit_length(engine, op, key) :
		array->low + (int) rng_below(draw_bits(key, op->salt, 1),
									 (uint64) (array->high - array->low) + 1);
	RowKey	   *keys = palloc(sizeof(RowKey) * Min(Max(count, 1), ROW_BLOCK));

	*values = palloc(sizeof(Datum) * Max(count, 1));
	*nulls = palloc(sizeof(bool) * Max(count, 1));
	for (int begin = 0; begin < count; begin += ROW_BLOCK)
	{
		int			n = Min(count - begin, ROW_BLOCK);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < n; i++)
			keys[i] = part_key(key, op->salt + 1, begin + i);
		engine_fill(engine, array->part, keys, n, *values + begin, *nulls + begin);
	}
	return count;
}

static Datum
make_array(Engine *engine, const PlanOp *op, const RowKey *key)
{
	const PlanArray *array = plan_at(engine->plan, op->detail);
	const PlanOp *part = &engine->ops[array->part];
	Oid			element = get_base_element_type(op->type);
	Datum	   *values;
	bool	   *nulls;
	int			count = make_elements(engine, op, key, &values, &nulls);
	int			lower = 1;

	return PointerGetDatum(construct_md_array(values, nulls, count > 0 ? 1 : 0, &count, &lower,
											  element, part->typlen,
											  (part->flags & OPF_BYVAL) != 0, part->typalign));
}

static bool
part_has_rank(const Engine *engine, int part)
{
	const PlanOp *op = &engine->ops[part];

	return op->kind == OP_NUMBER &&
		((const PlanNumber *) plan_at(engine->plan, op->detail))->rank.radix != 0;
}

static RangeType *
make_one_range(Engine *engine, const PlanOp *op, int part, const RowKey *key, uint64 number)
{
	TypeCacheEntry *type = op_runtime(engine, op)->type;
	RowKey		keys[2];
	Datum		values[2];
	bool		nulls[2];
	RangeBound	lower = {0};
	RangeBound	upper = {0};
	int			order;

	keys[0] = part_key(key, op->salt, number * 2);
	keys[1] = part_key(key, op->salt, number * 2 + 1);
	engine_fill(engine, part, keys, 2, values, nulls);
	lower.val = values[0];
	upper.val = values[1];
	order = DatumGetInt32(FunctionCall2Coll(&type->rng_cmp_proc_finfo, type->rng_collation,
											values[0], values[1]));
	if (order > 0 && number == 0 && part_has_rank(engine, part))
		upper.infinite = true;	/* the lower bound tells unique ranges apart */
	else if (order > 0)
	{
		lower.val = values[1];
		upper.val = values[0];
	}
	lower.inclusive = true;
	upper.inclusive = order == 0;
	lower.lower = true;
	return compat_make_range(type, &lower, &upper);
}

static Datum
make_multirange_value(Engine *engine, const PlanOp *op, const RowKey *key)
{
	const PlanPart *part = plan_at(engine->plan, op->detail);
	int			count = part->low + (int) rng_below(draw_bits(key, op->salt, 1),
													(uint64) (part->high - part->low) + 1);
	RangeType **ranges = palloc(sizeof(RangeType *) * count);
	int			range_part = ((const PlanPart *)
							  plan_at(engine->plan, engine->ops[part->part].detail))->part;

	for (int i = 0; i < count; i++)
		ranges[i] = make_one_range(engine, op, range_part, key, i);
	return MultirangeTypePGetDatum(make_multirange(op->type, op_runtime(engine, op)->type,
												   count, ranges));
}

static void
make_members(Engine *engine, const PlanMembers *members, const RowKey *key,
			 Datum *values, bool *nulls)
{
	const int32 *ops = plan_at(engine->plan, members->ops);

	for (uint32 i = 0; i < members->n; i++)
	{
		nulls[i] = true;
		if (ops[i] >= 0)
			engine_fill(engine, ops[i], key, 1, &values[i], &nulls[i]);
	}
}

static Datum
make_composite(Engine *engine, const PlanOp *op, const RowKey *key)
{
	const PlanMembers *members = plan_at(engine->plan, op->detail);
	OpRuntime  *runtime = op_runtime(engine, op);
	Datum	   *values = palloc0(sizeof(Datum) * Max(members->n, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(members->n, 1));

	make_members(engine, members, key, values, nulls);
	return HeapTupleGetDatum(heap_form_tuple(runtime->tupdesc, values, nulls));
}

/* ---- JSON ---- */

static Numeric
number_as_numeric(Oid type, Datum value)
{
	switch (type)
	{
		case INT2OID:
			return int64_to_numeric(DatumGetInt16(value));
		case INT4OID:
			return int64_to_numeric(DatumGetInt32(value));
		case INT8OID:
			return int64_to_numeric(DatumGetInt64(value));
		case FLOAT4OID:
			return DatumGetNumeric(DirectFunctionCall1(float4_numeric, value));
		case FLOAT8OID:
			return DatumGetNumeric(DirectFunctionCall1(float8_numeric, value));
		default:
			return DatumGetNumeric(value);
	}
}

static void as_json(Oid type, Datum value, bool isnull, JsonbValue *json);

static JsonbValue *
push_value(JsonbParseState **state, JsonbIteratorToken token, JsonbValue *value)
{
	Jsonb	   *inner;

	/* a container has to be pushed scalar by scalar, or as a binary */
	if (value->type == jbvBinary && value->val.binary.data->header & JB_FSCALAR)
	{
		inner = JsonbValueToJsonb(value);
		JsonbExtractScalar(&inner->root, value);
	}
	return pushJsonbValue(state, token, value);
}

static Jsonb *
values_as_jsonb(Oid type, const Datum *values, const bool *nulls, int count)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
	{
		JsonbValue	json;

		CHECK_FOR_INTERRUPTS();
		as_json(type, values[i], nulls[i], &json);
		push_value(&state, WJB_ELEM, &json);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/* An array of SQL, which has one dimension here. */
static Jsonb *
array_as_jsonb(Oid type, Datum value)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	int16		length;
	bool		byval;
	char		align;

	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(value), type, length, byval, align,
					  &values, &nulls, &count);
	return values_as_jsonb(getBaseType(type), values, nulls, count);
}

static void
as_json(Oid type, Datum value, bool isnull, JsonbValue *json)
{
	Oid			element;

	if (isnull)
	{
		json->type = jbvNull;
		return;
	}
	switch (type)
	{
		case BOOLOID:
			json->type = jbvBool;
			json->val.boolean = DatumGetBool(value);
			break;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			json->type = jbvNumeric;
			json->val.numeric = number_as_numeric(type, value);
			break;
		case CASHOID:
			json->type = jbvNumeric;
			json->val.numeric = int64_div_fast_to_numeric(DatumGetCash(value), 2);
			break;
		case JSONBOID:
			JsonbToJsonbValue(DatumGetJsonbP(value), json);
			break;
		case JSONOID:
			value = DirectFunctionCall1(jsonb_in, CStringGetDatum(TextDatumGetCString(value)));
			JsonbToJsonbValue(DatumGetJsonbP(value), json);
			break;
		default:
			element = get_base_element_type(type);
			if (OidIsValid(element))
			{
				JsonbToJsonbValue(array_as_jsonb(element, value), json);
				break;
			}
			json->type = jbvString;
			json->val.string.val = value_text(type, NULL, value);
			json->val.string.len = strlen(json->val.string.val);
			break;
	}
}

static Datum
make_json_object(Engine *engine, const PlanOp *op, const RowKey *key)
{
	const PlanMembers *members = plan_at(engine->plan, op->detail);
	const int32 *ops = plan_at(engine->plan, members->ops);
	const PlanStrings *names = plan_at(engine->plan, members->names);
	const uint32 *offsets = plan_at(engine->plan, names->offsets);
	char	   *bytes = plan_at(engine->plan, names->bytes);
	Datum	   *values = palloc0(sizeof(Datum) * Max(members->n, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(members->n, 1));
	JsonbParseState *state = NULL;
	JsonbValue *result;

	make_members(engine, members, key, values, nulls);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (uint32 i = 0; i < members->n; i++)
	{
		JsonbValue	name;
		JsonbValue	json;

		/* "type": "string" allows no null, but the member may be missing */
		if (nulls[i] && !(engine->ops[ops[i]].flags & OPF_JSON_NULL))
			continue;
		name.type = jbvString;
		name.val.string.val = bytes + offsets[i];
		name.val.string.len = offsets[i + 1] - offsets[i];
		pushJsonbValue(&state, WJB_KEY, &name);
		as_json(engine->ops[ops[i]].type, values[i], nulls[i], &json);
		push_value(&state, WJB_VALUE, &json);
	}
	result = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return JsonbPGetDatum(JsonbValueToJsonb(result));
}

static Datum
make_json_array(Engine *engine, const PlanOp *op, const RowKey *key)
{
	const PlanArray *array = plan_at(engine->plan, op->detail);
	Datum	   *values;
	bool	   *nulls;
	int			count = make_elements(engine, op, key, &values, &nulls);

	return JsonbPGetDatum(values_as_jsonb(engine->ops[array->part].type,
										  values, nulls, count));
}

static Datum
make_json(Engine *engine, const PlanOp *op, const RowKey *key)
{
	Datum		jsonb = op->flags & OPF_JSON_ARRAY ?
		make_json_array(engine, op, key) : make_json_object(engine, op, key);

	if (op->type != JSONOID)
		return jsonb;
	return CStringGetTextDatum(DatumGetCString(DirectFunctionCall1(jsonb_out, jsonb)));
}

static Datum
make_part(Engine *engine, const PlanOp *op, const RowKey *key)
{
	switch ((PlanOpKind) op->kind)
	{
		case OP_ARRAY:
			return make_array(engine, op, key);
		case OP_RANGE:
			return RangeTypePGetDatum(make_one_range(engine, op,
													 ((const PlanPart *) plan_at(engine->plan, op->detail))->part,
													 key, 0));
		case OP_MULTIRANGE:
			return make_multirange_value(engine, op, key);
		case OP_COMPOSITE:
			return make_composite(engine, op, key);
		case OP_JSON:
			return make_json(engine, op, key);
		default:
			elog(ERROR, "unrecognized plan op: %d", op->kind);
	}
}

void
make_parts(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
		   Datum *values, bool *nulls)
{
	if (op->kind == OP_CAST)
	{
		make_cast(engine, op, keys, n, values, nulls);
		return;
	}
	/* parts may read columns of their row */
	for (int i = 0; i < n; i++, engine->at++)
	{
		if (nulls[i])
			continue;
		if (fit_decides(op))
			engine->row = engine->at;
		values[i] = make_part(engine, op, &keys[i]);
	}
	engine->at -= n;
}
