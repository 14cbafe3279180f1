/*-------------------------------------------------------------------------
 *
 * steer_narrow.c
 *		What conditions ask of one field, put together: both of two, or one
 *		of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "schema/steer_internal.h"

static Narrow *
narrow_make(int field)
{
	Narrow	   *narrow = palloc0(sizeof(Narrow));

	narrow->field = field;
	narrow->min_length = narrow->max_length = -1;
	narrow->min_items = narrow->max_items = -1;
	return narrow;
}

Narrow *
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

Narrow *
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

void
narrow_list(Narrow *narrow, const ValueSet *list, const Check *check, Oid type)
{
	narrow->list = narrow->listed ?
		set_filter(&narrow->list, list, true, type) : set_distinct(list, type);
	narrow->listed = true;
	narrow->list_check = check;
}

void
narrow_minimum(Narrow *narrow, const Bound *bound, const Check *check, Oid type)
{
	if (bound_tighter(bound, &narrow->minimum, true, type))
	{
		narrow->minimum = *bound;
		narrow->minimum_check = check;
	}
}

void
narrow_maximum(Narrow *narrow, const Bound *bound, const Check *check, Oid type)
{
	if (bound_tighter(bound, &narrow->maximum, false, type))
	{
		narrow->maximum = *bound;
		narrow->maximum_check = check;
	}
}

void
narrow_length(Narrow *narrow, int min_length, int max_length, const Check *check)
{
	narrow->min_length = Max(narrow->min_length, min_length);
	if (max_length >= 0 &&
		(narrow->max_length < 0 || max_length < narrow->max_length))
		narrow->max_length = max_length;
	narrow->length_check = check;
}

void
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
		!value_kind_is_scale(value_kind(type)))
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
void
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

void
facts_merge(Facts *facts, const Facts *more)
{
	ListCell   *cell;

	foreach(cell, more->narrows)
	{
		Narrow	   *narrow = lfirst(cell);

		narrow_and(narrow_for(facts, narrow->field), narrow,
				   facts_type(facts, narrow->field));
	}
	facts->orders = list_concat(facts->orders, more->orders);
}
