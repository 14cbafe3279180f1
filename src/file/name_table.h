/*-------------------------------------------------------------------------
 *
 * name_table.h
 *		A hash of names, each with a number: names_create(), names_insert(),
 *		names_lookup().
 *
 * Names are not copied.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_NAME_TABLE_H
#define SYNTHIK_NAME_TABLE_H

#include "common/hashfn.h"
#include "utils/memutils.h"

typedef struct NameEntry
{
	const char *name;
	int			number;
	uint32		hash;
	char		status;
} NameEntry;

#define SH_PREFIX names
#define SH_ELEMENT_TYPE NameEntry
#define SH_KEY_TYPE const char *
#define SH_KEY name
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(tb, a, b) (strcmp((a), (b)) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#endif							/* SYNTHIK_NAME_TABLE_H */
