/*-------------------------------------------------------------------------
 *
 * value.h
 *		Single values of a type.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_VALUE_H
#define SYNTHIK_VALUE_H

#include "fmgr.h"

typedef struct ValueMaker ValueMaker;

/*
 * For a type as a schema document names it, in the current memory context.
 * An unknown type is an error.
 */
extern ValueMaker *value_maker_open(const char *type, const char *locale);

/* The value of a row, as text in the current memory context; NULL for null. */
extern text *value_maker_draw(ValueMaker *maker, uint64 seed, uint64 row);

/* The row that a key stands for. */
extern uint64 value_row_of_key(const text *key);

#endif							/* SYNTHIK_VALUE_H */
