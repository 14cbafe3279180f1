/*-------------------------------------------------------------------------
 *
 * templates.c
 *		Documents that have a name: the templates that come with the
 *		extension, and those that users have saved (saved.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "schema/document.h"
#include "util/extension.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Runs a query of one argument; the caller finishes SPI. */
static void
select_named(const char *query, const char *name)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(name)};

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(query, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the templates");
}

Jsonb *
schema_template(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	Jsonb	   *document = NULL;

	if (extension_schema_name() == NULL)
		return NULL;
	select_named(psprintf("SELECT document FROM %s WHERE name OPERATOR(pg_catalog.=) $1",
						  extension_object("synthik_template")), name);
	if (SPI_processed > 0)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0],
										  SPI_tuptable->tupdesc, 1, &isnull);

		if (!isnull)
		{
			MemoryContext spi = MemoryContextSwitchTo(caller);

			document = DatumGetJsonbPCopy(value);
			MemoryContextSwitchTo(spi);
		}
	}
	SPI_finish();
	return document;
}

Jsonb *
schema_named(const char *name)
{
	Jsonb	   *document = schema_template(name);

	return document != NULL || extension_schema_name() == NULL ? document : saved_schema(name);
}

const char *
schema_nearest(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	const char *nearest;
	const char **names;
	int			count = 0;

	if (extension_schema_name() == NULL)
		return NULL;
	/* The condition is there to use $1: all the names are wanted. */
	select_named(psprintf("SELECT name FROM (SELECT name FROM %s UNION ALL SELECT name FROM %s) AS n "
						  "WHERE name OPERATOR(pg_catalog.<>) $1 ORDER BY 1",
						  extension_object("synthik_template"), extension_object("synthik_saved")),
				 name);
	names = palloc(sizeof(char *) * Max(SPI_processed, 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		names[count] = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		if (names[count] != NULL)
			count++;
	}
	nearest = nearest_name(name, names, count);
	if (nearest != NULL)
		nearest = MemoryContextStrdup(caller, nearest);
	SPI_finish();
	return nearest;
}

bool
schema_is_pack(Jsonb *document)
{
	JsonbValue *tables = NULL;

	if (JB_ROOT_IS_OBJECT(document))
		tables = getKeyJsonValueFromContainer(&document->root, "tables", strlen("tables"), NULL);
	return tables != NULL && tables->type == jbvBinary &&
		JsonContainerIsArray(tables->val.binary.data);
}

static void
refuse_pack(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is a pack of several tables", name),
			 errhint("SELECT tables FROM synthik_templates names their templates; synthik_create_pack makes all the tables.")));
}

Jsonb *
schema_document_from_text(const char *text)
{
	const char *start = text;
	Jsonb	   *document;
	const char *nearest;

	while (*start == ' ' || *start == '\t' || *start == '\n' || *start == '\r')
		start++;
	if (*start == '{')
		return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
												  CStringGetDatum(unconstify(char *, text))));

	document = schema_named(text);
	if (document != NULL && schema_is_pack(document))
		refuse_pack(text);
	if (document != NULL)
		return document;

	nearest = schema_nearest(text);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("schema \"%s\" does not exist", text),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("Give the name of a template or of a saved schema, or a document that begins with \"{\".")));
}
