/*-------------------------------------------------------------------------
 *
 * steer_set.c
 *		Sets of values and the bounds of ranges: what conditions allow.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "schema/steer_internal.h"
#include "utils/typcache.h"

TypeCacheEntry *
value_order(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);

	return OidIsValid(entry->cmp_proc) ? entry : NULL;
}

/* Texts are told apart by their bytes. */
int
order_compare(TypeCacheEntry *order, Datum a, Datum b)
{
	return DatumGetInt32(FunctionCall2Coll(&order->cmp_proc_finfo,
										   C_COLLATION_OID, a, b));
}

static int
order_compare_arg(const void *a, const void *b, void *order)
{
	return order_compare(order, *(const Datum *) a, *(const Datum *) b);
}

ValueSet
set_sorted(const ValueSet *set, TypeCacheEntry *order)
{
	ValueSet	sorted = *set;

	sorted.values = palloc(sizeof(Datum) * (set->count + 1));
	if (set->count > 0)
	{
		memcpy(sorted.values, set->values, sizeof(Datum) * set->count);
		qsort_arg(sorted.values, sorted.count, sizeof(Datum),
				  order_compare_arg, order);
	}
	return sorted;
}

bool
sorted_has(const ValueSet *sorted, Datum value, TypeCacheEntry *order)
{
	return sorted->count > 0 &&
		bsearch_arg(&value, sorted->values, sorted->count, sizeof(Datum),
					order_compare_arg, order) != NULL;
}

void
set_add(ValueSet *set, Datum value)
{
	if (set->values == NULL)
		set->values = palloc(sizeof(Datum) * 4);
	else if (set->count >= 4 && (set->count & (set->count - 1)) == 0)
		set->values = repalloc(set->values, sizeof(Datum) * set->count * 2);
	set->values[set->count++] = value;
}

/* The members of a that are (or are not) in b, in a's order. */
ValueSet
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
	int			cmp = order_compare(order, x->value, y->value);

	return cmp != 0 ? cmp : x->place - y->place;
}

/* Each member once, in the order in which they came. */
ValueSet
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
			order_compare(order, members[i - 1].value, members[i].value) == 0;
	for (int i = 0; i < set->count; i++)
	{
		if (!again[i])
			set_add(&result, set->values[i]);
	}
	pfree(members);
	pfree(again);
	return result;
}

ValueSet
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

bool
bounds_hold(const Bound *minimum, const Bound *maximum, Datum value,
			TypeCacheEntry *order)
{
	int			cmp;

	if (minimum->set)
	{
		cmp = order_compare(order, value, minimum->value);
		if (cmp < 0 || (cmp == 0 && minimum->exclusive))
			return false;
	}
	if (maximum->set)
	{
		cmp = order_compare(order, value, maximum->value);
		if (cmp > 0 || (cmp == 0 && maximum->exclusive))
			return false;
	}
	return true;
}

/* Is there no value between two bounds? */
bool
bounds_empty(const Bound *minimum, const Bound *maximum, Oid type)
{
	int			cmp;

	if (!minimum->set || !maximum->set)
		return false;
	cmp = order_compare(value_order(type), minimum->value, maximum->value);
	return cmp > 0 || (cmp == 0 && (minimum->exclusive || maximum->exclusive));
}

/* Is a minimum (or a maximum) a tighter than b? */
bool
bound_tighter(const Bound *a, const Bound *b, bool is_minimum, Oid type)
{
	int			cmp;

	if (!a->set || !b->set)
		return a->set;
	cmp = order_compare(value_order(type), a->value, b->value);
	if (cmp == 0)
		return a->exclusive && !b->exclusive;
	return is_minimum ? cmp > 0 : cmp < 0;
}
