/*-------------------------------------------------------------------------
 *
 * probe.h
 *		Would a unique index or an exclusion constraint refuse a row?
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROBE_H
#define SYNTHIK_PROBE_H

#include "rows/rows.h"

typedef struct Prober Prober;

/*
 * Makes a prober in a child of the current memory context, or NULL if no
 * index of the table could refuse a row that the schema makes: there is
 * none, or the table is empty and the schema's own distinctness is enough.
 */
extern Prober *prober_make(Relation rel, const Schema *schema);

/*
 * The rows of one call can refuse one another, so each has to be stored
 * before the next one is asked about.
 */
extern bool prober_by_row(const Prober *prober);

/* The name of an index that refuses the row, or NULL. */
extern const char *prober_conflict(Prober *prober, TupleTableSlot *slot);

extern void prober_free(Prober *prober);

#endif							/* SYNTHIK_PROBE_H */
