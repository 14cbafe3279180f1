/*-------------------------------------------------------------------------
 *
 * stored.h
 *		What the local source asks of the table that it fills.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_STORED_H
#define SYNTHIK_STORED_H

#include "schema/schema.h"

/*
 * The greatest value of an integer column of the schema's table; false if
 * there is none, or the caller may not read it.
 */
extern bool stored_maximum(const Schema *schema, const Field *field, int64 *maximum);

#endif							/* SYNTHIK_STORED_H */
