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
 * all, and the filling of all of these but those to skip.
 */
extern const struct RowPlan *local_source_plan(const RowSource *source);
extern const bool *local_source_wanted(const RowSource *source);
extern void local_source_fill(RowSource *source, RowBlock *block, const bool *skip);

/*
 * What makes the values of a top-level field, for people: 'recipe
 * "{given_name} {family_name}"', 'integer from 1 to 20' …  palloc'd.
 */
extern char *local_describe_field(const Schema *schema, const char *locale, int field);

#endif							/* SYNTHIK_LOCAL_H */
