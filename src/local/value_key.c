/*-------------------------------------------------------------------------
 *
 * value_key.c
 *		Values as keys of 128 bits: equal for equal values, and as good as
 *		never for others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "local/value_key.h"
#include "util/rng.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#define HIGH_SEED	42

ValueKey
bytes_key(const void *bytes, Size length)
{
	ValueKey	key;

	key.low = rng_hash(bytes, length);
	key.high = hash_bytes_extended(bytes, (int) length, HIGH_SEED);
	return key;
}

ValueKey
keys_combine(ValueKey key, ValueKey next)
{
	key.low = rng_combine(key.low, next.low);
	key.high = rng_combine(key.high, next.high);
	return key;
}

/* By a hash function of the type's own, where equal values differ in their bytes. */
static ValueKey
hash_key(PGFunction hash, Datum value)
{
	ValueKey	key;

	key.low = DatumGetUInt64(DirectFunctionCall2(hash, value, Int64GetDatum(0)));
	key.high = DatumGetUInt64(DirectFunctionCall2(hash, value, Int64GetDatum(HIGH_SEED)));
	return key;
}

/* There are two zeros, which are equal. */
static bool
is_zero(Oid type, Datum value)
{
	return (type == FLOAT8OID && DatumGetFloat8(value) == 0) ||
		(type == FLOAT4OID && DatumGetFloat4(value) == 0);
}

ValueKey
value_key(Oid type, Datum value)
{
	const void *bytes = &value;
	Size		size = sizeof(Datum);
	int16		length;
	bool		byval;

	if (type == INTERVALOID)
		return hash_key(interval_hash_extended, value);
	if (type == TIMETZOID)
		return hash_key(timetz_hash_extended, value);
	if (is_zero(type, value))
		value = 0;
	get_typlenbyval(type, &length, &byval);
	if (type == NUMERICOID)
	{
		value = DirectFunctionCall1(numeric_trim_scale, value);
		bytes = DatumGetCString(DirectFunctionCall1(numeric_out, value));
		size = strlen(bytes);
	}
	else if (!byval && length == -1)
	{
		struct varlena *plain = PG_DETOAST_DATUM_PACKED(value);

		bytes = VARDATA_ANY(plain);
		size = VARSIZE_ANY_EXHDR(plain);
		if (type == BPCHAROID)
			size = bpchartruelen(VARDATA_ANY(plain), size);
	}
	else if (!byval)
	{
		bytes = DatumGetPointer(value);
		size = length == -2 ? strlen(bytes) : length;
	}
	return bytes_key(bytes, size);
}

HTAB *
value_key_table(const char *name, Size entry_size, int64 count)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(ValueKey);
	ctl.entrysize = entry_size;
	ctl.hcxt = CurrentMemoryContext;
	return hash_create(name, Max(count, 1), &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}
