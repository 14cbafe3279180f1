/*-------------------------------------------------------------------------
 *
 * value_key.h
 *		Values as keys of 128 bits: equal for equal values, and as good as
 *		never for others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_VALUE_KEY_H
#define SYNTHIK_VALUE_KEY_H

#include "utils/hsearch.h"

typedef struct ValueKey
{
	uint64		low;
	uint64		high;
} ValueKey;

/* Of a value, however it is stored: packed or not, 1.0 or 1.00. */
extern ValueKey value_key(Oid type, Datum value);

/* Of bytes that are equal where the values are. */
extern ValueKey bytes_key(const void *bytes, Size length);

/* Of several values one after the other, from {0, 0} on. */
extern ValueKey keys_combine(ValueKey key, ValueKey next);

/*
 * A hash table in the current memory context, of entries that begin with a
 * ValueKey.
 */
extern HTAB *value_key_table(const char *name, Size entry_size, int64 count);

#endif							/* SYNTHIK_VALUE_KEY_H */
