/*-------------------------------------------------------------------------
 *
 * compile_given.c
 *		Axes that nobody draws: what rows that keys refer to say, in bins.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/compile.h"
#include "miscadmin.h"

static void
store_bins(Compiler *c, const FitAxis *axis, const Field *field, int context,
		   const ReferencePool *pool, PlanAxis *out)
{
	FitBins    *values = fit_bins_open(axis, field->base_type);
	uint8	   *bins = palloc(Max(pool->nkeys, 1));
	uint16	   *key_levels = palloc(sizeof(uint16) * Max(pool->nkeys, 1));

	for (int i = 0; i < pool->nkeys; i++)
	{
		bool		isnull = pool->nulls[context][i];
		int			level;

		CHECK_FOR_INTERRUPTS();
		bins[i] = fit_bin_of(values, pool->values[pool->ncolumns + context][i], isnull, &level);
		key_levels[i] = isnull ? PLAN_NO_LEVEL : level >= 0 ? level : PLAN_ANY_LEVEL;
	}
	out->key_bins = builder_add(&c->builder, bins, Max(pool->nkeys, 1));
	out->key_levels = builder_add(&c->builder, key_levels,
								  sizeof(uint16) * Max(pool->nkeys, 1));
	out->null_bin = fit_bin_of(values, (Datum) 0, true, &(int) {0});
	pfree(bins);
	pfree(key_levels);
}

/* Without keys to draw, the axis is drawn as any other. */
void
compile_given_axis(Compiler *c, int index, PlanAxis *out)
{
	const FitAxis *axis = c->axes[index].axis;
	const Field *field = c->schema->fields[axis->field];
	const PlanOp *key;
	int			column;
	int			context;
	uint16		asked;

	if (field->origin != FIELD_CONTEXT || c->reference_selectors[field->reference] == 0)
		return;
	column = column_of_key(c->schema, field->reference);
	if (column < 0 || c->column_ops[column] < 0 || axis->determinant >= 0)
		return;
	key = &c->ops[c->column_ops[column]];
	/* what says whether there is a key has to be drawn before */
	if (key->kind != OP_POOL || (int) key->axis > index)
		return;
	context = reference_context(c->schema, axis->field);
	store_bins(c, axis, field, context, c->pools[field->reference], out);
	out->given = column;
	out->early = true;
	out->key_selector = c->reference_selectors[field->reference];
	out->key_given = c->reference_given[field->reference];
	out->nasked = 0;
	if (key->axis == 0)
		return;
	asked = key->axis - 1;
	out->nasked = 1;
	out->asked = builder_add(&c->builder, &asked, sizeof(asked));
	((PlanAxis *) builder_at(&c->builder, c->plan_axes))[asked].early = true;
}
