/*-------------------------------------------------------------------------
 *
 * learn_dates.c
 *		dates => 'after': times that go on where the table's end.
 *
 * Columns whose last time is near the table's last one, or that lie mostly in
 * the span of the column which has it, say when its rows came to be.  They all move by the same span, so that what lies between them stays
 * as it is: the earliest of them comes to lie where the table ends.  Birth
 * dates, and what else has its end elsewhere, stay; so does what is counted
 * from another field, which moves along with that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/learn.h"
#include "utils/timestamp.h"

/* How near a column's last time is to the table's, in shares of its own span. */
#define NEAR_END 0.1

/* A date's day in microseconds, so that columns can be compared. */
static double
unit_of(ValueKind kind)
{
	return kind == VALUE_DATE ? (double) USECS_PER_DAY : 1;
}

static bool
is_moment(const Schema *schema, const FitAxis *axis)
{
	ValueKind	kind;

	if (axis->kind != FIT_SCALE || axis->field < 0 || axis->field >= schema->nfields ||
		axis->base >= 0 || axis->nknots == 0)
		return false;
	kind = value_kind(schema->fields[axis->field]->base_type);
	return kind == VALUE_DATE || kind == VALUE_TIMESTAMP;
}

/* False for one that has no time but infinity. */
static bool
axis_range(const Schema *schema, const FitAxis *axis, double *first, double *last)
{
	double		unit = unit_of(value_kind(schema->fields[axis->field]->base_type));
	bool		found = false;

	for (int i = 0; i < axis->nknots; i++)
	{
		double		knot = axis->knots[i] * unit;

		if (!isfinite(knot))
			continue;
		*first = found ? Min(*first, knot) : knot;
		*last = found ? Max(*last, knot) : knot;
		found = true;
	}
	return found;
}

/*
 * The table's last time, and the first one of the column that has it.  What lies in the future is no record of something
 * that was: "valid until 9999-12-31".
 */
static bool
table_end(const Schema *schema, double *start, double *end)
{
	double		now = (double) GetCurrentTimestamp() + USECS_PER_DAY;
	double		first;
	double		last;
	bool		found = false;

	for (int i = 0; i < schema->fit->naxes; i++)
	{
		if (!is_moment(schema, &schema->fit->axes[i]))
			continue;
		if (axis_range(schema, &schema->fit->axes[i], &first, &last) && last <= now &&
			(!found || last > *end))
		{
			*start = first;
			*end = last;
			found = true;
		}
	}
	return found;
}

static bool
tells_of_rows(const Schema *schema, const FitAxis *axis, double start, double end)
{
	double		first;
	double		last;

	if (!is_moment(schema, axis) || !axis_range(schema, axis, &first, &last))
		return false;
	if (first >= end || last > end + (end - first) * NEAR_END)
		return false;
	return last >= end - (end - first) * NEAR_END ||
		(Min(last, end) - Max(first, start)) * 2 > last - first;
}

/* What has to be later than a field that moves, or is counted from it, moves too. */
static Bitmapset *
moving_fields(const Schema *schema, double start, double end)
{
	Bitmapset  *moving = NULL;
	Bitmapset  *before;
	ListCell   *lc;

	for (int i = 0; i < schema->fit->naxes; i++)
		if (tells_of_rows(schema, &schema->fit->axes[i], start, end))
			moving = bms_add_member(moving, schema->fit->axes[i].field);
	do
	{
		before = bms_copy(moving);
		foreach(lc, schema->orders)
		{
			const Order *order = lfirst(lc);

			if (bms_is_member(order->lesser, moving))
				moving = bms_add_member(moving, order->greater);
		}
		for (int i = 0; i < schema->fit->naxes; i++)
		{
			const FitAxis *axis = &schema->fit->axes[i];

			if (axis->field >= 0 && axis->base >= 0 && bms_is_member(axis->base, moving))
				moving = bms_add_member(moving, axis->field);
		}
	} while (!bms_equal(before, moving));
	return moving;
}

static double
first_of(const Schema *schema, const Bitmapset *moving, double end)
{
	double		earliest = end;
	double		first;
	double		last;

	for (int i = 0; i < schema->fit->naxes; i++)
	{
		const FitAxis *axis = &schema->fit->axes[i];

		if (is_moment(schema, axis) && bms_is_member(axis->field, moving) &&
			axis_range(schema, axis, &first, &last))
			earliest = Min(earliest, first);
	}
	return earliest;
}

/* Bounds that learning has set would hold the values back. */
static void
move_field(Field *field, const LearnBounds *bounds, int i, double span)
{
	Distribution *distribution = &field->distribution;

	field->minimum = bounds->minimum[i];
	field->maximum = bounds->maximum[i];
	if (distribution->kind == DISTRIBUTION_HISTOGRAM)
		for (int b = 0; b < distribution->nbounds; b++)
			distribution->bounds[b] += span;
	field->why = psprintf("%s; goes on after the table's end", field->why);
}

static void
move_axis(const Schema *schema, FitAxis *axis, double span)
{
	for (int i = 0; i < axis->nknots; i++)
		axis->knots[i] += span;
}

void
learn_after(Schema *schema, const LearnBounds *bounds)
{
	Bitmapset  *moving;
	double		start = 0;
	double		end = 0;
	double		days;
	int			i = -1;

	if (!table_end(schema, &start, &end))
		return;
	moving = moving_fields(schema, start, end);
	/* whole weeks: the hours of the day and the days of the week stay theirs */
	days = ((end - first_of(schema, moving, end)) / (double) USECS_PER_DAY);
	days = (double) (((int64) days / 7 + 1) * 7);
	for (int a = 0; a < schema->fit->naxes; a++)
	{
		FitAxis    *axis = &schema->fit->axes[a];

		if (is_moment(schema, axis) && bms_is_member(axis->field, moving))
			move_axis(schema, axis, days * (double) USECS_PER_DAY /
					  unit_of(value_kind(schema->fields[axis->field]->base_type)));
	}
	while ((i = bms_next_member(moving, i)) >= 0)
		move_field(schema->fields[i], bounds, i, days * (double) USECS_PER_DAY /
				   unit_of(value_kind(schema->fields[i]->base_type)));
}
