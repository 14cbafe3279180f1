/*-------------------------------------------------------------------------
 *
 * unique.c
 *		Finds rows that repeat what is to be unique.
 *
 * Rows already stored, and what the model does not write, are judged by the
 * stream; what is found here costs no round of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/hashfn.h"
#include "provider/model_source.h"
#include "util/rng.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define MOST_UNIQUES 64

void
unique_open(ModelSource *source)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(uint64);
	ctl.entrysize = sizeof(uint64);
	ctl.hcxt = source->memory;
	source->seen = hash_create("synthik unique values", 1024, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static uint64
value_hash(Oid type, Datum value)
{
	Oid			output;
	bool		varlena;
	char	   *text;

	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, value);
	return hash_bytes_extended((const unsigned char *) text, (int) strlen(text), 0);
}

/* The hash of what is unique together; false where part of it is NULL, or
 * not the model's. */
static bool
unique_hash(const ModelSource *source, const int *fields, int n, const Datum *values,
			const bool *nulls, uint64 salt, uint64 *hash)
{
	*hash = salt;
	for (int i = 0; i < n; i++)
	{
		int			at = -1;

		for (int k = 0; k < source->ask->nfields; k++)
			if (source->ask->fields[k] == fields[i])
				at = k;
		if (at < 0 || nulls[at])
			return false;
		*hash = rng_combine(*hash, value_hash(source->schema->fields[fields[i]]->base_type,
											  values[at]));
	}
	return true;
}

/* Collects the hashes of a row's unique values; returns how many. */
static int
unique_hashes(const ModelSource *source, const Datum *values, const bool *nulls, uint64 *hashes,
			  int most)
{
	int			n = 0;
	int			salt = 0;
	ListCell   *lc;

	for (int k = 0; k < source->ask->nfields && n < most; k++)
	{
		int			field = source->ask->fields[k];

		if (source->schema->fields[field]->unique)
			n += unique_hash(source, &field, 1, values, nulls, field + 1, &hashes[n]);
	}
	foreach(lc, source->schema->uniques)
	{
		UniqueSet  *set = lfirst(lc);

		if (n < most)
			n += unique_hash(source, set->fields, set->nfields, values, nulls,
							 rng_mix(++salt), &hashes[n]);
	}
	return n;
}

/* False for a row that repeats a unique value of an earlier one. */
static bool
is_new(ModelSource *source, const Datum *values, const bool *nulls)
{
	uint64		hashes[MOST_UNIQUES];
	int			n = unique_hashes(source, values, nulls, hashes, MOST_UNIQUES);

	for (int i = 0; i < n; i++)
		if (hash_search(source->seen, &hashes[i], HASH_FIND, NULL))
			return false;
	for (int i = 0; i < n; i++)
		(void) hash_search(source->seen, &hashes[i], HASH_ENTER, NULL);
	return true;
}

void
unique_filter(ModelSource *source, AnswerRows *rows)
{
	int			nfields = source->ask->nfields;
	int			kept = 0;

	for (int r = 0; r < rows->count; r++)
	{
		Datum	   *values = &rows->values[r * nfields];
		bool	   *nulls = &rows->nulls[r * nfields];

		if (!is_new(source, values, nulls))
		{
			source_count_reason(source, "a row repeated a unique value", true);
			continue;
		}
		memmove(&rows->values[kept * nfields], values, sizeof(Datum) * nfields);
		memmove(&rows->nulls[kept * nfields], nulls, sizeof(bool) * nfields);
		kept++;
	}
	rows->count = kept;
}
