/*-------------------------------------------------------------------------
 *
 * compile_axes.c
 *		Axes of a Fit as the engine draws them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "local/compile.h"

/* ---- what bins stand for ---- */

/* The levels of each bin, as far as they are wanted. */
static void
compile_level_lists(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	uint32	   *starts = palloc0(sizeof(uint32) * (work->nbins + 1));
	uint16	   *only = palloc(sizeof(uint16) * work->nbins);
	uint16	   *members = palloc(sizeof(uint16) * Max(work->nlevels, 1));
	double	   *weights = palloc(sizeof(double) * Max(work->nlevels, 1));
	PlanAlias  *alias = palloc0(sizeof(PlanAlias) * Max(work->nlevels, 1));
	uint32		n = 0;

	for (int b = 0; b < work->nbins; b++)
	{
		starts[b] = n;
		for (int l = 0; l < work->nlevels; l++)
		{
			double		weight = work->level_shares[l] * work->level_factors[l];

			if (work->level_bins[l] != b || !(weight > 0))
				continue;
			members[n] = l;
			weights[n++] = weight;
		}
		only[b] = n == starts[b] ? PLAN_NO_LEVEL :
			n == starts[b] + 1 ? members[n - 1] : PLAN_ANY_LEVEL;
		out->placed |= only[b] == PLAN_ANY_LEVEL;
		if (n > starts[b])
			fill_alias(alias + starts[b], weights + starts[b], n - starts[b]);
	}
	starts[work->nbins] = n;
	out->leveled = true;
	out->only = builder_add(&c->builder, only, sizeof(uint16) * work->nbins);
	out->starts = builder_add(&c->builder, starts, sizeof(uint32) * (work->nbins + 1));
	out->members = builder_add(&c->builder, members, sizeof(uint16) * Max(n, 1));
	out->alias = builder_add(&c->builder, alias, sizeof(PlanAlias) * Max(n, 1));
}

static void
compile_decided(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	const FitAxis *axis = work->axis;
	int			n = c->axes[axis->determinant].axis->nlevels;
	uint16	   *decided = palloc(sizeof(uint16) * (n + 1));
	uint8	   *bins = palloc(Max(axis->nlevels, 1));

	for (int l = 0; l <= n; l++)
	{
		int			level = axis->decided[l];

		if (level >= 0)
			decided[l] = work->level_factors[level] > 0 ? level : PLAN_ANY_LEVEL;
		else
			decided[l] = axis->has_null && work->null_factor > 0 ? PLAN_NO_LEVEL : PLAN_ANY_LEVEL;
	}
	for (int l = 0; l < axis->nlevels; l++)
		bins[l] = axis->level_bins[l];
	out->determinant = axis->determinant;
	out->ndecided = n;
	out->decided = builder_add(&c->builder, decided, sizeof(uint16) * (n + 1));
	out->level_bins = builder_add(&c->builder, bins, Max(axis->nlevels, 1));
}

static void
compile_place(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	const FitAxis *axis = work->axis;
	int64	   *knots = palloc0(sizeof(int64) * (axis->nknots + 1));

	for (int k = 0; k < axis->nknots; k++)
		knots[k] = axis_step(axis->knots[k], work->unit);
	out->bins = builder_add(&c->builder, work->bins, sizeof(PlanBin) * axis->nbins);
	out->knots = builder_add(&c->builder, knots, sizeof(int64) * (axis->nknots + 1));
	out->placed = true;
	pfree(knots);
	if (axis->kind == FIT_SCALE)
	{
		const FieldFit *fit = &c->fits[axis->field];
		const PlanNumber *number = builder_at(&c->builder,
											  c->ops[c->column_ops[axis->field]].detail);

		for (int b = 0; b < axis->nbins; b++)
			out->odd |= work->bins[b].odd != ODD_NOT;
		out->weekday = fit->weekday;
		out->hour = fit->hour;
		out->ending = fit->ending;
		out->base = axis->base;
		out->base_default = axis_step(axis->base_default, work->unit) * number->grain;
	}
}

/* Endings in steps of the field's number, where they are whole ones. */
static void
compile_endings(Compiler *c, const AxisWork *work, PlanAxis *out)
{
	const FitAxis *axis = work->axis;
	double		unit = c->axes[c->fits[axis->field].value].unit;
	int64	   *steps = palloc(sizeof(int64) * axis->nbins);
	bool		whole = unit > 0 && axis->grain / unit < 1e15;

	for (int b = 0; b < axis->nbins; b++)
	{
		double		ending = b < axis->nknots ? axis->knots[b] : 0;

		steps[b] = b < axis->nknots && whole ? axis_step(ending, unit) : -1;
		whole &= fabs(rint(ending / unit) * unit - ending) < 1e-6 * unit;
	}
	whole &= fabs(rint(axis->grain / unit) * unit - axis->grain) < 1e-6 * unit;
	out->unit = whole ? axis_step(axis->grain, unit) : 0;
	out->knots = builder_add(&c->builder, steps, sizeof(int64) * axis->nbins);
	pfree(steps);
}

/* The axes that this one's tree asks for. */
static void
compile_asked(Compiler *c, const FitAxis *axis, PlanAxis *out)
{
	Bitmapset  *asked = NULL;
	uint16	   *list;
	int			a = -1;

	if (axis->determinant >= 0)
		asked = bms_add_member(asked, axis->determinant);
	for (int i = 0; i < axis->tree.nnodes; i++)
		if (axis->tree.nodes[i].axis >= 0)
			asked = bms_add_member(asked, axis->tree.nodes[i].axis);
	list = palloc(sizeof(uint16) * Max(bms_num_members(asked), 1));
	while ((a = bms_next_member(asked, a)) >= 0)
		list[out->nasked++] = a;
	out->asked = builder_add(&c->builder, list, sizeof(uint16) * Max(out->nasked, 1));
}

static void
compile_axis(Compiler *c, int index)
{
	const AxisWork *work = &c->axes[index];
	const FitAxis *axis = work->axis;
	const Field *field = axis->field >= 0 ? c->schema->fields[axis->field] : NULL;
	PlanAxis	out = {0};

	out.kind = axis->kind;
	out.has_null = axis->has_null;
	out.component = field ? field->component : 0;
	out.determinant = out.base = out.weekday = out.hour = out.ending = out.given = -1;
	out.salt = field ? rng_combine(rng_hash(field->name, strlen(field->name)), axis->kind + 1) :
		rng_combine(rng_hash("axis", 4), index);
	compile_asked(c, axis, &out);
	compile_tree(c, work, &out);
	if (work->by_levels)
		compile_level_lists(c, work, &out);
	else if (axis->kind == FIT_ENDING && axis->field >= 0)
		compile_endings(c, work, &out);
	else if (work->valued)
		compile_place(c, work, &out);
	if (axis->determinant >= 0)
		compile_decided(c, work, &out);
	if (axis->field >= c->schema->nfields)
		compile_given_axis(c, index, &out);
	((PlanAxis *) builder_at(&c->builder, c->plan_axes))[index] = out;
}

void
compile_axes(Compiler *c)
{
	int			naxes;

	if (c->fits == NULL || c->schema->fit->naxes == 0)
		return;
	naxes = c->schema->fit->naxes;
	for (int a = naxes - 1; a >= 0; a--)
		if (c->axes[a].axis->determinant >= 0 && c->axes[a].axis->kind == FIT_LEVELS)
			axis_pass_on(c, &c->axes[a]);
	for (int a = 0; a < naxes; a++)
		axis_settle(&c->axes[a]);
	plan_conditions(c);
	c->plan_axes = builder_reserve(&c->builder, sizeof(PlanAxis) * naxes);
	for (int a = 0; a < naxes; a++)
		compile_axis(c, a);
}
