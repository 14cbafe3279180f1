/*-------------------------------------------------------------------------
 *
 * references.h
 *		Private to the reading of keys: references.c reads them,
 *		references_query.c says how.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_REFERENCES_H
#define SYNTHIK_REFERENCES_H

#include "rows/rows.h"

/* What is known of a parent before it is read. */
typedef struct Parent
{
	char		relkind;
	double		bytes;
	double		tuples;
} Parent;

/* Is a field of FIELD_CONTEXT a column of the reference's rows? */
extern bool reference_has_context(const Schema *schema, int field, const Reference *reference);

/*
 * The SELECT of a parent's keys, with the contexts behind them, each key once
 * if distinct; percent 0 reads the parent whole.
 */
extern char *reference_keys_query(const Schema *schema, const Reference *reference,
								  const Parent *parent, bool distinct, double percent,
								  uint64 seed);

/* May there be keys that the child's columns cannot hold? */
extern bool reference_leaves_out(const Schema *schema, const Reference *reference);

#endif							/* SYNTHIK_REFERENCES_H */
