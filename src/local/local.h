/*-------------------------------------------------------------------------
 *
 * local.h
 *		The built-in source of rows: no network, no model, no key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_LOCAL_H
#define SYNTHIK_LOCAL_H

#include "rows/rows.h"

extern const RowSourceMethods local_source_methods;

/*
 * For sources that stand on this one: its plan, which columns it makes at
 * all, and the filling of a block: of all of these, or of all but those that
 * another process has made, which has drawn rows again so many times (make_rows.c).
 */
extern const struct RowPlan *local_source_plan(const RowSource *source);
extern const bool *local_source_wanted(const RowSource *source);
extern void local_source_fill(RowSource *source, RowBlock *block);
extern void local_source_fill_rest(RowSource *source, RowBlock *block, const bool *skip,
								   const uint8 *again);

/*
 * What makes the values of a top-level field, for people: 'recipe
 * "{given_name} {family_name}"', 'integer from 1 to 20' …  palloc'd.
 */
extern char *local_describe_field(const Schema *schema, const char *locale, int field);

/*
 * Values of a schema's only field, each from a number of its own: the same
 * number, the same value.  Two single values of one number agree with each
 * other as two fields of one row do.
 */
typedef struct LocalValue LocalValue;

/* Makes one in the current memory context, which frees it. */
extern LocalValue *local_value_open(const Schema *schema, const char *locale);

/* The value lives until the next one is drawn. */
extern Datum local_value_draw(LocalValue *value, uint64 number, bool *isnull);

/* Makes the plan of a request and forgets it: for its errors. */
extern void local_check_plan(const Schema *schema, const RowRequest *request,
							 ReferencePool **pools);

/* Pools as of parents that are empty: to compile a plan that makes no rows. */
extern ReferencePool **local_empty_pools(const Schema *schema);

#endif							/* SYNTHIK_LOCAL_H */
