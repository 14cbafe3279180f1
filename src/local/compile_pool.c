/*-------------------------------------------------------------------------
 *
 * compile_pool.c
 *		Pools: enums, examples, dictionary columns and keys of other tables
 *		are all a list of values and a way to pick one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "local/compile.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

/*
 * Vose's linear-time construction of Walker's alias table ("A linear
 * algorithm for generating random numbers with a given distribution", 1991).
 */
void
fill_alias(PlanAlias *alias, const double *weights, int n)
{
	double	   *scaled = palloc(sizeof(double) * n);
	int		   *small = palloc(sizeof(int) * n);
	int		   *large = palloc(sizeof(int) * n);
	int			nsmall = 0;
	int			nlarge = 0;
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += weights[i];
	for (int i = 0; i < n; i++)
	{
		scaled[i] = weights[i] / sum * n;
		alias[i].keep = PG_UINT32_MAX;
		alias[i].other = i;
		if (scaled[i] < 1.0)
			small[nsmall++] = i;
		else
			large[nlarge++] = i;
	}
	while (nsmall > 0 && nlarge > 0)
	{
		int			s = small[--nsmall];
		int			l = large[nlarge - 1];

		alias[s].keep = (uint32) (scaled[s] * 4294967295.0);
		alias[s].other = l;
		scaled[l] -= 1.0 - scaled[s];
		if (scaled[l] < 1.0)
		{
			nlarge--;
			small[nsmall++] = l;
		}
	}
	pfree(scaled);
	pfree(small);
	pfree(large);
}

static PlanOffset
compile_alias(Compiler *c, const double *weights, int n)
{
	PlanOffset	offset = builder_reserve(&c->builder, sizeof(PlanAlias) * n);

	fill_alias(builder_at(&c->builder, offset), weights, n);
	return offset;
}

/* weights may be NULL: all alike */
PlanOffset
compile_selector(Compiler *c, uint64 salt, int n, const double *weights)
{
	PlanSelector selector = {0};

	selector.salt = salt;
	selector.n = n;
	if (weights)
		selector.alias = compile_alias(c, weights, n);
	return builder_add(&c->builder, &selector, sizeof(selector));
}

PlanOffset
store_values(Compiler *c, const PlanOp *op, const Datum *values, int n)
{
	PlanOffset	offset = builder_reserve(&c->builder, sizeof(uint64) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		uint64		item;

		if (op->flags & OPF_BYVAL)
			item = (uint64) values[i];
		else
		{
			Datum		value = values[i];

			if (op->typlen == -1)
				value = PointerGetDatum(PG_DETOAST_DATUM(value));
			item = builder_add(&c->builder, DatumGetPointer(value),
							   datumGetSize(value, false, op->typlen));
		}
		((uint64 *) builder_at(&c->builder, offset))[i] = item;
	}
	return offset;
}

/* As many values as the selector picks from. */
void
compile_pool_values(Compiler *c, PlanOp *op, PlanOffset selector, const Datum *values, int n)
{
	PlanPool	pool = {0};

	pool.selector = selector;
	pool.values = store_values(c, op, values, n);
	op->kind = OP_POOL;
	op->detail = builder_add(&c->builder, &pool, sizeof(pool));
}

/*
 * A list of values, weighted.  NULLs in it become the op's share of NULLs.
 */
void
compile_pool(Compiler *c, PlanOp *op, const ValueList *list, PlanOffset selector)
{
	Datum	   *values = palloc(sizeof(Datum) * list->count);
	double	   *weights = palloc(sizeof(double) * list->count);
	double		null_weight = 0;
	double		sum = 0;
	int			n = 0;

	for (int i = 0; i < list->count; i++)
	{
		double		weight = list->weights ? list->weights[i] : 1.0;

		if (list->nulls && list->nulls[i])
			null_weight += weight;
		else if (weight > 0)
		{
			values[n] = list->values[i];
			weights[n++] = weight;
			sum += weight;
		}
	}
	if (n == 0)
	{
		op->kind = OP_NULL;
		return;
	}
	if (null_weight > 0)
	{
		double		share = null_weight / (null_weight + sum);
		double		present = op->null_below / 4294967296.0;

		op->null_below = (uint32) ((present + (1 - present) * share) * 4294967295.0);
	}
	if (selector == 0)
		selector = compile_selector(c, op->salt, n, list->weights ? weights : NULL);
	compile_pool_values(c, op, selector, values, n);
}

int
pool_count(const Compiler *c, const PlanOp *op)
{
	PlanPool   *pool = builder_at(&c->builder, op->detail);
	PlanSelector *selector = builder_at(&c->builder, pool->selector);

	return selector->n;
}
