/*-------------------------------------------------------------------------
 *
 * quantile.h
 *		Distributions as tables of their quantile functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_QUANTILE_H
#define SYNTHIK_QUANTILE_H

#include "local/compile.h"

/*
 * The table of a distribution over the steps low .. high of a number, where
 * one step is unit on the distribution's scale.  0 for the uniform one.
 * An error names the field if the distribution has nothing in the range.
 */
extern PlanOffset quantile_compile(Compiler *c, const Field *field, int64 low, int64 high,
								   double unit);

/* The step at probability p. */
extern double quantile_value(const void *plan, const PlanQuantile *quantile, double p);

/* The share of what lies below a step. */
extern double quantile_below(const void *plan, const PlanQuantile *quantile, double step);

#endif							/* SYNTHIK_QUANTILE_H */
