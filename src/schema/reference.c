/*-------------------------------------------------------------------------
 *
 * reference.c
 *		What a Schema says of the fields of a reference.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/schema.h"

bool
reference_has_field(const Reference *reference, int field)
{
	for (int k = 0; k < reference->ncolumns; k++)
		if (reference->fields[k] == field)
			return true;
	return false;
}

bool
reference_covers(const Reference *reference, const int *fields, int nfields)
{
	for (int i = 0; i < nfields; i++)
		if (!reference_has_field(reference, fields[i]))
			return false;
	return nfields > 0;
}

bool
reference_is_unique(const Schema *schema, const Reference *reference)
{
	ListCell   *lc;

	for (int k = 0; k < reference->ncolumns; k++)
		if (schema->fields[reference->fields[k]]->unique)
			return true;
	foreach(lc, schema->uniques)
	{
		const UniqueSet *set = lfirst(lc);

		if (reference_covers(reference, set->fields, set->nfields))
			return true;
	}
	return false;
}

bool
reference_is_drawn(const Schema *schema, const Reference *reference)
{
	for (int k = 0; k < reference->ncolumns; k++)
		if (schema->fields[reference->fields[k]]->origin == FIELD_MADE)
			return true;
	return false;
}
