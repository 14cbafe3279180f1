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
 * What makes the values of a top-level field, for people: 'recipe
 * "{given_name} {family_name}"', 'integer from 1 to 20' …  palloc'd.
 */
extern char *local_describe_field(const Schema *schema, const char *locale, int field);

#endif							/* SYNTHIK_LOCAL_H */
