/*-------------------------------------------------------------------------
 *
 * stored.c
 *		What the local source asks of the table that it fills.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "local/stored.h"
#include "miscadmin.h"
#include "util/relation.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

static bool
may_read(Oid relid, const char *column)
{
	AttrNumber	attnum = get_attnum(relid, column);

	return attnum != InvalidAttrNumber &&
		(pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		 pg_attribute_aclcheck(relid, attnum, GetUserId(), ACL_SELECT) == ACLCHECK_OK);
}

/* A unique column has an index, so this reads one entry of it. */
bool
stored_maximum(const Schema *schema, const Field *field, int64 *maximum)
{
	bool		found = false;
	char	   *query;
	char	   *column;

	if (!OidIsValid(schema->relid) || !may_read(schema->relid, field->name))
		return false;
	column = pstrdup(quote_identifier(field->name));
	query = psprintf("SELECT pg_catalog.max(%s)::pg_catalog.int8 FROM %s", column,
					 relation_sql_name(schema->relid));
	PushActiveSnapshot(GetLatestSnapshot());
	SPI_connect();
	if (SPI_execute(query, true, 1) == SPI_OK_SELECT && SPI_processed == 1)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
										  &isnull);

		if (!isnull)
		{
			*maximum = DatumGetInt64(value);
			found = true;
		}
	}
	SPI_finish();
	PopActiveSnapshot();
	return found;
}
