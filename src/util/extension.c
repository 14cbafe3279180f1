/*-------------------------------------------------------------------------
 *
 * extension.c
 *		Where the extension's own objects are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "util/extension.h"

/*
 * Read from the catalog each time: the extension is relocatable by ALTER
 * EXTENSION … SET SCHEMA, and whoever asks does so once a call.
 */
char *
extension_schema_name(void)
{
	Oid			extension = get_extension_oid("synthik", true);
	Oid			namespace = InvalidOid;
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;

	if (!OidIsValid(extension))
		return NULL;
	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		namespace = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	return OidIsValid(namespace) ? get_namespace_name(namespace) : NULL;
}

char *
extension_object(const char *name)
{
	char	   *schema = extension_schema_name();

	if (schema == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"synthik\" does not exist")));
	return quote_qualified_identifier(schema, name);
}
