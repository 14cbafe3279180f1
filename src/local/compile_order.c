/*-------------------------------------------------------------------------
 *
 * compile_order.c
 *		Pairs of numbers and times of which one is not above the other: the
 *		greater is drawn behind the lesser.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "local/compile.h"
#include "utils/timestamp.h"

#define DAYS_BEYOND		30		/* how long a time goes on after what it is after */

bool
column_varies_with(const Schema *schema, int field, int other)
{
	return !schema_is_per_series(schema, field) || schema_is_per_series(schema, other);
}

/* Times that are only guessed go on for a while after the last of the context. */
static void
reach_beyond(const Compiler *c, PlanNumber *number, const Order *order)
{
	const Field *field = c->schema->fields[order->greater];
	const Field *context = c->schema->fields[order->lesser];
	const ReferencePool *pool = c->pools[context->reference];
	int			column = reference_context(c->schema, order->lesser);
	ValueKind	kind = value_kind(field->base_type);
	double		day = kind == VALUE_DATE ? 1 : (double) USECS_PER_DAY;
	double		last = -INFINITY;

	if ((kind != VALUE_DATE && kind != VALUE_TIMESTAMP) || number->fitted ||
		number->quantile != 0 || (field->maximum.set && !field->maximum.implied))
		return;
	for (int i = 0; i < pool->nkeys; i++)
	{
		Datum		value = pool->values[pool->ncolumns + column][i];
		double		scale;

		if (pool->nulls[column][i] || !value_is_finite(context->base_type, value))
			continue;
		scale = value_to_scale(context->base_type, value);
		if (value_kind(context->base_type) != kind)
			scale = kind == VALUE_DATE ? scale / USECS_PER_DAY : scale * USECS_PER_DAY;
		last = Max(last, scale);
	}
	last = (last + DAYS_BEYOND * day) / number->grain;
	if (last > (double) number->high && last < 9e18)
		number->high = (int64) last;
}

/* One op of the field that has an order with a column of another row. */
static void
bound_by_context(Compiler *c, int op, const Order *order, bool above)
{
	PlanNumber *number = builder_at(&c->builder, c->ops[op].detail);

	if (c->ops[op].kind != OP_NUMBER || number->rank.radix != 0)
		return;
	if (above && number->nabove < NUMBER_MAX_ABOVE)
	{
		number->above[number->nabove].column = order->lesser;
		number->above[number->nabove++].strict = order->strict;
		reach_beyond(c, number, order);
	}
	else if (!above && number->nbelow < NUMBER_MAX_BELOW)
	{
		number->below[number->nbelow].column = order->greater;
		number->below[number->nbelow++].strict = order->strict;
	}
}

/*
 * An order with a column of another row; false if it is none.  Where only a
 * guess says how far a time goes, it goes as far as that column does.
 */
static bool
compile_context_order(Compiler *c, const Order *order, int l, int g)
{
	bool		above = order->lesser >= c->schema->nfields;
	int			context = above ? l : g;
	int			other = above ? g : l;
	ListCell   *part;

	if (!above && order->greater < c->schema->nfields)
		return false;
	if (context < 0 || c->ops[context].kind != OP_CONTEXT || other < 0 ||
		!column_varies_with(c->schema, above ? order->greater : order->lesser,
							above ? order->lesser : order->greater))
		return true;
	foreach(part, column_parts(c, other))
		bound_by_context(c, lfirst_int(part), order, above);
	return true;
}

/* How many units of the lesser of two kinds a unit of the greater one has. */
static double
units_in_unit(ValueKind lesser, ValueKind greater)
{
	return lesser == greater ? 1 : greater == VALUE_DATE ? (double) USECS_PER_DAY :
		1.0 / USECS_PER_DAY;
}

/*
 * Draws a number behind that of another column, or where that is -1 of an op;
 * false if it cannot be.
 */
static bool
draw_above(Compiler *c, int op, int column, int other, const Order *order,
		   const PlanNumber *lesser, ValueKind lesser_kind)
{
	PlanNumber *greater = builder_at(&c->builder, c->ops[op].detail);
	ValueKind	kind = value_kind(c->ops[op].type);
	int			n = greater->nabove;

	if (n >= NUMBER_MAX_ABOVE || greater->rank.radix != 0 ||
		(kind != lesser_kind && (greater->fitted || lesser->fitted)))
		return false;
	greater->above[n].column = column;
	greater->above[n].op = other;
	greater->above[n].strict = order->strict;
	/* dates beside times are not of the same scale */
	greater->above[n].scale = kind == lesser_kind ? lesser->scale : -1;
	greater->above[n].divisor = lesser->divisor * units_in_unit(lesser_kind, kind);
	greater->nabove++;
	if (!order->apart && !greater->ascending && greater->quantile == 0 && !greater->fitted &&
		(kind == VALUE_DATE || kind == VALUE_TIMESTAMP))
	{
		greater->near = true;
		greater->term |= order->term;
	}
	return true;
}

/* Leaves room above the lesser; only where the units are the same, or of times. */
static void
leave_room(PlanNumber *lesser, const PlanNumber *greater, bool strict, ValueKind lesser_kind,
		   ValueKind kind)
{
	int64		most;

	if (lesser->scale != greater->scale || lesser->rank.radix != 0 ||
		lesser->quantile != 0 || lesser->fitted)
		return;
	most = greater->high * greater->grain - (strict ? greater->grain : 0);
	if (lesser_kind != kind)
		most = (int64) floor((double) most * units_in_unit(lesser_kind, kind));
	if (lesser->low * lesser->grain <= most)
		lesser->high = Min(lesser->high,
						   most / lesser->grain - (most < 0 && most % lesser->grain ? 1 : 0));
}

/* What comes soon after the lesser begins where that does, if only a guess says when. */
static void
reach_back(const PlanNumber *lesser, PlanNumber *greater, const Field *field)
{
	if (greater->near && lesser->grain == greater->grain && lesser->output == greater->output &&
		lesser->rank.radix == 0 && (!field->minimum.set || field->minimum.implied))
		greater->low = Min(greater->low, lesser->low);
}

void
number_above(Compiler *c, int lesser, int greater, const Order *order)
{
	ValueKind	lesser_kind = value_kind(c->ops[lesser].type);

	if (c->ops[lesser].kind == OP_NUMBER && c->ops[greater].kind == OP_NUMBER &&
		draw_above(c, greater, -1, lesser, order,
				   builder_at(&c->builder, c->ops[lesser].detail), lesser_kind))
		leave_room(builder_at(&c->builder, c->ops[lesser].detail),
				   builder_at(&c->builder, c->ops[greater].detail), order->strict, lesser_kind,
				   value_kind(c->ops[greater].type));
}

void
compile_orders(Compiler *c)
{
	ListCell   *lc;

	foreach(lc, c->schema->orders)
	{
		Order	   *order = lfirst(lc);
		int			l = c->column_ops[order->lesser];
		int			g = c->column_ops[order->greater];
		const PlanNumber *lesser;
		bool		drawn = false;
		ListCell   *part;

		if (compile_context_order(c, order, l, g) || l < 0 || g < 0 ||
			(lesser = column_number(c, l)) == NULL ||
			schema_goes_by(c->schema, order->lesser, order->greater) ||
			!column_varies_with(c->schema, order->greater, order->lesser))
			continue;
		foreach(part, column_parts(c, g))
			if (c->ops[lfirst_int(part)].kind == OP_NUMBER)
				drawn |= draw_above(c, lfirst_int(part), order->lesser, -1, order,
									lesser, value_kind(c->ops[l].type));
		if (!drawn)
			continue;
		column_keep_number(c, l);
		if (c->ops[l].kind == OP_NUMBER && c->ops[g].kind == OP_NUMBER)
			reach_back(builder_at(&c->builder, c->ops[l].detail),
					   builder_at(&c->builder, c->ops[g].detail),
					   c->schema->fields[order->greater]);
		if (c->ops[l].kind == OP_NUMBER && c->ops[g].kind == OP_NUMBER)
			leave_room(builder_at(&c->builder, c->ops[l].detail),
					   builder_at(&c->builder, c->ops[g].detail), order->strict,
					   value_kind(c->ops[l].type), value_kind(c->ops[g].type));
	}
}
