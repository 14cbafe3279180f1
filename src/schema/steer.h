/*-------------------------------------------------------------------------
 *
 * steer.h
 *		What follows from checks for the drawing of values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_STEER_H
#define SYNTHIK_STEER_H

#include "schema/schema.h"

/*
 * Narrows the fields of a schema, and adds orders, so that simple checks hold
 * for whatever is drawn.  Contradictions are faults, whose paths begin with
 * prefix.  The checks have to be parsed, and stay: what is taken from them
 * need not be all that they say.
 */
extern void steer_schema(Schema *schema, Faults *faults, const char *prefix);

#endif							/* SYNTHIK_STEER_H */
