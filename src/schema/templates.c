/*-------------------------------------------------------------------------
 *
 * templates.c
 *		Documents that have a name: the templates that come with the
 *		extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "schema/document.h"
#include "util/extension.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Runs "SELECT <column> FROM template table <rest>"; the caller finishes SPI. */
static bool
select_templates(const char *column, const char *rest, const char *name)
{
	char	   *schema = extension_schema_name();
	char	   *query;
	Oid			types[1] = {TEXTOID};
	Datum		values[1];

	if (schema == NULL)
		return false;
	query = psprintf("SELECT %s FROM %s.synthik_template %s", column,
					 quote_identifier(schema), rest);
	values[0] = CStringGetTextDatum(name);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(query, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the templates");
	return true;
}

Jsonb *
schema_template(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	Jsonb	   *document = NULL;

	if (!select_templates("document",
						  "WHERE name OPERATOR(pg_catalog.=) $1", name))
		return NULL;

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

const char *
template_nearest(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	const char *nearest;
	const char **names;
	int			count = 0;

	/* The condition is there to use $1: all the names are wanted. */
	if (!select_templates("name", "WHERE name OPERATOR(pg_catalog.<>) $1 ORDER BY 1",
						  name))
		return NULL;

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

	document = schema_template(text);
	if (document != NULL)
		return document;

	nearest = template_nearest(text);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("schema \"%s\" does not exist", text),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("Give the name of a template, or a document that begins with \"{\".")));
}
