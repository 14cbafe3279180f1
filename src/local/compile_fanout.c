/*-------------------------------------------------------------------------
 *
 * compile_fanout.c
 *		How often keys of a parent are referred to, as it was learned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "local/compile.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"

typedef struct KeyWeight
{
	ValueKey	key;
	double		weight;
} KeyWeight;

/* Equal for equal values, however they are stored. */
ValueKey
value_key(Oid type, Datum value)
{
	const void *bytes = &value;
	Size		size = sizeof(Datum);
	ValueKey	key;
	int16		length;
	bool		byval;

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
	key.low = rng_hash(bytes, size);
	key.high = hash_bytes_extended(bytes, (int) size, 42);
	return key;
}

static ValueKey
key_of(const Compiler *c, const Reference *reference, Datum *const *values, int index)
{
	ValueKey	key = {0, 0};

	for (int k = 0; k < reference->ncolumns; k++)
	{
		ValueKey	part = value_key(c->schema->fields[reference->fields[k]]->base_type,
									 values[k][index]);

		key.low = rng_combine(key.low, part.low);
		key.high = rng_combine(key.high, part.high);
	}
	return key;
}

/* The quantile at a number in [0, 1). */
static double
quantile_of(const FitFanout *fanout, double u)
{
	double		place = u * (fanout->nknots - 1);
	int			i = (int) place;

	if (fanout->nknots == 0)
		return 1.0;
	if (fanout->nknots == 1)
		return fanout->knots[0];
	return fanout->knots[i] + (place - i) * (fanout->knots[i + 1] - fanout->knots[i]);
}

static HTAB *
index_keys(const Compiler *c, const Reference *reference, const FitFanout *fanout)
{
	HASHCTL		ctl = {0};
	HTAB	   *index;

	ctl.keysize = sizeof(ValueKey);
	ctl.entrysize = sizeof(KeyWeight);
	ctl.hcxt = CurrentMemoryContext;
	index = hash_create("synthik weights of keys", Max(fanout->nkeys, 1), &ctl,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (int i = 0; i < fanout->nkeys; i++)
	{
		ValueKey	key = key_of(c, reference, fanout->keys, i);

		((KeyWeight *) hash_search(index, &key, HASH_ENTER, NULL))->weight = fanout->weights[i];
	}
	return index;
}

/* Weights of the keys of a pool; NULL: nothing was learned. */
double *
learned_popularity(const Compiler *c, int index)
{
	const Fit  *fit = c->schema->fit;
	const Reference *reference = list_nth(c->schema->references, index);
	const ReferencePool *pool = c->pools[index];
	const FitFanout *fanout = NULL;
	double	   *weights;
	double		rest = 1.0;
	double		sum = 0;
	double		total = 0;
	HTAB	   *known;

	for (int f = 0; fit && f < fit->nfanouts; f++)
		if (fit->fanouts[f].reference == index)
			fanout = &fit->fanouts[f];
	if (fanout == NULL)
		return NULL;
	known = index_keys(c, reference, fanout);
	weights = palloc_extended(sizeof(double) * pool->nkeys, MCXT_ALLOC_HUGE);
	for (int i = 0; i < fanout->nkeys; i++)
		rest -= fanout->weights[i];
	/* those that are not listed have negative shares for now */
	for (int i = 0; i < pool->nkeys; i++)
	{
		ValueKey	key = key_of(c, reference, pool->values, i);
		KeyWeight  *entry = hash_search(known, &key, HASH_FIND, NULL);

		weights[i] = entry ? entry->weight : -quantile_of(fanout, rng_unit(rng_mix(key.low)));
		sum -= Min(weights[i], 0);
	}
	for (int i = 0; i < pool->nkeys; i++)
	{
		if (weights[i] < 0)
			weights[i] *= -Max(rest, 0) / sum;
		total += weights[i];
	}
	hash_destroy(known);
	if (total > 0)
		return weights;
	pfree(weights);
	return NULL;
}
