/*-------------------------------------------------------------------------
 *
 * compile_base.c
 *		What the bounds of a field ask of the field that it is counted from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "local/compile.h"

/* Somebody has asked for it, and it is a number. */
bool
bound_is_wanted(const Field *field, const Bound *bound)
{
	return bound->set && !bound->implied && value_is_finite(field->base_type, bound->value);
}

static int64
whole(double step)
{
	return (int64) Max(Min(step, 9e18), -9e18);
}

/*
 * Narrows low to high, steps of a column of that unit, so that what is counted
 * from it can be within its own bounds.
 */
static void
narrow_by(const FitAxis *axis, const Field *field, double unit, int64 *low, int64 *high)
{
	double		least = INFINITY;
	double		most = -INFINITY;

	for (int k = 0; k < axis->nknots; k++)
	{
		if (!isfinite(axis->knots[k]))
			continue;
		least = Min(least, axis->knots[k]);
		most = Max(most, axis->knots[k]);
	}
	if (!(least <= most))
		return;
	if (bound_is_wanted(field, &field->maximum))
		*high = Min(*high, whole(floor((value_to_scale(field->base_type, field->maximum.value) -
										least) / unit)));
	if (bound_is_wanted(field, &field->minimum))
		*low = Max(*low, whole(ceil((value_to_scale(field->base_type, field->minimum.value) -
									 most) / unit)));
}

void
base_bounds(const Compiler *c, int column, double unit, int64 *low, int64 *high)
{
	const Fit  *fit = c->schema->fit;
	int64		own_low = *low;
	int64		own_high = *high;

	for (int a = 0; a < fit->naxes; a++)
	{
		const FitAxis *axis = &fit->axes[a];

		if (axis->kind == FIT_SCALE && axis->field >= 0 && axis->base == column)
			narrow_by(axis, c->schema->fields[axis->field], unit, low, high);
	}
	/* nothing is left: what is counted from it goes to its bound */
	if (*low > *high)
	{
		*low = own_low;
		*high = own_high;
	}
}
