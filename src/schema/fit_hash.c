/*-------------------------------------------------------------------------
 *
 * fit_hash.c
 *		By what a row of the source is known again: see FitRows.
 *
 * The hash of a value is the same in every database of an encoding, whatever
 * the numbers of its types.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/fit_blob.h"

uint64
fit_mark_salt(const Field *field)
{
	char	   *name = fit_text_to_blob(field->name);

	if (name == NULL)
		name = field->name;
	return rng_mix(rng_hash(name, strlen(name))) | 1;
}

uint64
fit_value_hash(Oid type, Datum value)
{
	char	   *text;
	uint64		hash;

	if (value_kind_is_scale(value_kind(type)))
		return fit_number_hash(value_to_scale(type, value));
	text = value_to_text(type, value);
	hash = rng_hash(text, strlen(text));
	pfree(text);
	return hash;
}
