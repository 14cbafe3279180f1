/*-------------------------------------------------------------------------
 *
 * typecheck.c
 *		Whether a value holds what the domains inside its type say.
 *
 * A value that was made has not passed through a cast: of an array of a domain,
 * of a composite type with one, of a range over one, nobody has judged what is
 * inside.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "rows/checks.h"
#include "utils/array.h"
#include "utils/expandeddatum.h"
#include "utils/lsyscache.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

typedef enum TypeCheckKind
{
	TYPECHECK_DOMAIN,
	TYPECHECK_ARRAY,
	TYPECHECK_COMPOSITE,
	TYPECHECK_RANGE,
	TYPECHECK_MULTIRANGE
} TypeCheckKind;

struct TypeCheck
{
	TypeCheckKind kind;
	TypeCheck  *inner;			/* base type, element, subtype, range */
	int16		len;			/* domain: of the value; array: of an element */
	bool		byval;
	char		align;
	Oid			element;		/* array */
	TypeCacheEntry *range;		/* range, and the range of a multirange */
	TupleDesc	tupdesc;		/* composite */
	TypeCheck **members;
	DomainConstraintRef constraints;	/* domain */
};

/* ---- what is inside ---- */

static TypeCheck *
typecheck_make(TypeCheckKind kind, TypeCheck *inner)
{
	TypeCheck  *type = palloc0(sizeof(TypeCheck));

	type->kind = kind;
	type->inner = inner;
	return type;
}

static TypeCheck *
typecheck_build_domain(Oid domain)
{
	TypeCheck  *inner = typecheck_build(getBaseType(domain));
	TypeCheck  *type;

	if (!DomainHasConstraints(domain))
		return inner;
	type = typecheck_make(TYPECHECK_DOMAIN, inner);
	type->len = get_typlen(domain);
	InitDomainConstraintRef(domain, &type->constraints,
							CurrentMemoryContext, true);
	return type;
}

static TypeCheck *
typecheck_build_array(Oid element)
{
	TypeCheck  *inner = typecheck_build(element);
	TypeCheck  *type;

	if (inner == NULL)
		return NULL;
	type = typecheck_make(TYPECHECK_ARRAY, inner);
	type->element = element;
	get_typlenbyvalalign(element, &type->len, &type->byval, &type->align);
	return type;
}

static TypeCheck *
typecheck_build_composite(Oid composite)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc_copy(composite, -1);
	TypeCheck **members = palloc0(sizeof(TypeCheck *) * Max(tupdesc->natts, 1));
	bool		found = false;
	TypeCheck  *type;

	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(tupdesc, i);

		if (att->attisdropped)
			continue;
		members[i] = typecheck_build(att->atttypid);
		found |= members[i] != NULL;
	}
	if (!found)
		return NULL;
	type = typecheck_make(TYPECHECK_COMPOSITE, NULL);
	type->tupdesc = tupdesc;
	type->members = members;
	return type;
}

static TypeCheck *
typecheck_build_range(Oid range, TypeCheckKind kind)
{
	TypeCacheEntry *cache;
	TypeCheck  *inner;
	TypeCheck  *type;

	if (kind == TYPECHECK_MULTIRANGE)
		range = get_multirange_range(range);
	cache = lookup_type_cache(range, TYPECACHE_RANGE_INFO);
	inner = kind == TYPECHECK_MULTIRANGE ?
		typecheck_build_range(range, TYPECHECK_RANGE) :
		typecheck_build(cache->rngelemtype->type_id);
	if (inner == NULL)
		return NULL;
	type = typecheck_make(kind, inner);
	type->range = cache;
	return type;
}

TypeCheck *
typecheck_build(Oid type)
{
	check_stack_depth();
	switch (get_typtype(type))
	{
		case TYPTYPE_DOMAIN:
			return typecheck_build_domain(type);
		case TYPTYPE_COMPOSITE:
			return typecheck_build_composite(type);
		case TYPTYPE_RANGE:
			return typecheck_build_range(type, TYPECHECK_RANGE);
		case TYPTYPE_MULTIRANGE:
			return typecheck_build_range(type, TYPECHECK_MULTIRANGE);
		case TYPTYPE_BASE:
			{
				Oid			element = get_element_type(type);

				return OidIsValid(element) ? typecheck_build_array(element) : NULL;
			}
		default:
			return NULL;
	}
}

/* ---- whether it holds ---- */

static bool
domain_holds(TypeCheck *type, Datum value, bool isnull, ExprContext *econtext)
{
	ListCell   *lc;

	UpdateDomainConstraintRef(&type->constraints);
	foreach(lc, type->constraints.constraints)
	{
		DomainConstraintState *constraint = lfirst(lc);

		if (constraint->constrainttype == DOM_CONSTRAINT_NOTNULL)
		{
			if (isnull)
				return false;
			continue;
		}
		econtext->domainValue_datum =
			MakeExpandedObjectReadOnly(value, isnull, type->len);
		econtext->domainValue_isNull = isnull;
		if (!ExecCheck(constraint->check_exprstate, econtext))
			return false;
	}
	return type->inner == NULL ||
		typecheck_holds(type->inner, value, isnull, econtext);
}

static bool
elements_hold(TypeCheck *type, Datum value, ExprContext *econtext)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *values;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, type->element, type->len, type->byval,
					  type->align, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!typecheck_holds(type->inner, values[i], nulls[i], econtext))
			return false;
	return true;
}

static bool
members_hold(TypeCheck *type, Datum value, ExprContext *econtext)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	HeapTupleData tuple = {0};
	int			natts = type->tupdesc->natts;
	Datum	   *values = palloc(sizeof(Datum) * Max(natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(natts, 1));

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	heap_deform_tuple(&tuple, type->tupdesc, values, nulls);
	for (int i = 0; i < natts; i++)
		if (type->members[i] != NULL &&
			!typecheck_holds(type->members[i], values[i], nulls[i], econtext))
			return false;
	return true;
}

static bool
bounds_hold(TypeCheck *type, Datum value, ExprContext *econtext)
{
	RangeBound	bounds[2];
	bool		empty;

	range_deserialize(type->range, DatumGetRangeTypeP(value),
					  &bounds[0], &bounds[1], &empty);
	if (empty)
		return true;
	for (int i = 0; i < 2; i++)
		if (!bounds[i].infinite &&
			!typecheck_holds(type->inner, bounds[i].val, false, econtext))
			return false;
	return true;
}

static bool
ranges_hold(TypeCheck *type, Datum value, ExprContext *econtext)
{
	RangeType **ranges;
	int32		count;

	multirange_deserialize(type->range, DatumGetMultirangeTypeP(value),
						   &count, &ranges);
	for (int i = 0; i < count; i++)
		if (!typecheck_holds(type->inner, RangeTypePGetDatum(ranges[i]),
							 false, econtext))
			return false;
	return true;
}

bool
typecheck_holds(TypeCheck *type, Datum value, bool isnull,
				ExprContext *econtext)
{
	MemoryContext old;
	bool		holds = true;

	check_stack_depth();
	if (type->kind != TYPECHECK_DOMAIN && isnull)
		return true;
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	switch (type->kind)
	{
		case TYPECHECK_DOMAIN:
			holds = domain_holds(type, value, isnull, econtext);
			break;
		case TYPECHECK_ARRAY:
			holds = elements_hold(type, value, econtext);
			break;
		case TYPECHECK_COMPOSITE:
			holds = members_hold(type, value, econtext);
			break;
		case TYPECHECK_RANGE:
			holds = bounds_hold(type, value, econtext);
			break;
		case TYPECHECK_MULTIRANGE:
			holds = ranges_hold(type, value, econtext);
			break;
	}
	MemoryContextSwitchTo(old);
	return holds;
}
