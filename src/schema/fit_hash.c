/*-------------------------------------------------------------------------
 *
 * fit_hash.c
 *		By what a row of the source is known again: see FitRows.
 *
 * The hash of a value is the same in every database, whatever its encoding
 * and the numbers of its types.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/fit_blob.h"

static uint64
text_hash(char *text)
{
	char	   *blob = fit_text_to_blob(text);

	return blob == NULL ? rng_hash(text, strlen(text)) : rng_hash(blob, strlen(blob));
}

uint64
fit_mark_salt(const Field *field)
{
	return rng_mix(text_hash(field->name));
}

uint64
fit_value_hash(Oid type, Datum value)
{
	char	   *text;
	uint64		hash;

	if (value_kind_is_scale(value_kind(type)))
		return fit_number_hash(value_to_scale(type, value));
	text = value_to_text(type, value);
	hash = text_hash(text);
	pfree(text);
	return hash;
}
