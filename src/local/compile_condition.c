/*-------------------------------------------------------------------------
 *
 * compile_condition.c
 *		What it takes to keep to conditions on axes that ask for others.
 *
 * The axes that a restricted one asks for, and those that these ask for, are
 * drawn as candidates; of a restricted one that none of them asks for, only
 * how much of its leaf is left has to be known.  All others can wait until a
 * candidate is chosen.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "local/compile.h"

#define LEAST_CANDIDATES	16
#define MOST_CANDIDATES		128

static bool
is_weighed(const AxisWork *work)
{
	return work->restricted && work->axis->tree.nnodes > 1;
}

/* The axes that an axis asks for are drawn, */
static void
mark_asked(const FitAxis *axis, bool *drawn)
{
	if (axis->determinant >= 0)
		drawn[axis->determinant] = true;
	for (int i = 0; i < axis->tree.nnodes; i++)
		if (axis->tree.nodes[i].axis >= 0)
			drawn[axis->tree.nodes[i].axis] = true;
}

/* and they come before it. */
static void
list_conditioned(Compiler *c)
{
	int			naxes = c->schema->fit->naxes;
	bool	   *drawn = palloc0(sizeof(bool) * naxes);
	uint16	   *list = palloc(sizeof(uint16) * naxes);

	for (int a = naxes - 1; a >= 0; a--)
		if (drawn[a] || is_weighed(&c->axes[a]))
			mark_asked(c->axes[a].axis, drawn);
	for (int a = 0; a < naxes; a++)
	{
		if (drawn[a])
			list[c->nconditioned++] = a;
		else if (is_weighed(&c->axes[a]))
			list[c->nconditioned++] = a | PLAN_WEIGH;
	}
	c->conditioned = builder_add(&c->builder, list, sizeof(uint16) * naxes);
}

/* How many candidates a row needs: more for what is rare. */
void
plan_conditions(Compiler *c)
{
	double		most = 1.0;
	bool		weighed = false;

	for (int a = 0; a < c->schema->fit->naxes; a++)
	{
		const AxisWork *work = &c->axes[a];

		if (!is_weighed(work))
			continue;
		weighed = true;
		most = Max(most, work->null_factor);
		for (int b = FIRST_BIN(work->axis); b < work->axis->nbins; b++)
			if (work->bin_shares[b] > 0)
				most = Max(most, work->bin_factors[b] * work->rest_factor);
	}
	c->candidates = (uint32) Min(LEAST_CANDIDATES * most / 2, MOST_CANDIDATES);
	c->candidates = Max(c->candidates, LEAST_CANDIDATES);
	c->most_share = 1.0;
	if (weighed)
		list_conditioned(c);
}
