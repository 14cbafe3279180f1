/*-------------------------------------------------------------------------
 *
 * saved.c
 *		Documents that users have saved: rows of synthik_saved.
 *
 * All statements run as the caller, and the table's row security decides what
 * there is for him.  A name that is taken by what he cannot see is found out
 * only by the insertion that does nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "schema/schema.h"
#include "util/extension.h"
#include "utils/builtins.h"

#define SAVE_ATTEMPTS	3		/* while others save and delete the name */

/* Runs a statement, with %s for the table; the caller finishes SPI. */
static void
run(const char *statement, const char *name, Jsonb *document, int version, bool read_only)
{
	Oid			types[3] = {TEXTOID, JSONBOID, INT4OID};
	Datum		values[3];
	char		nulls[] = "   ";
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, statement, extension_object("synthik_saved"));
	values[0] = CStringGetTextDatum(name);
	values[1] = JsonbPGetDatum(document);
	nulls[1] = document == NULL ? 'n' : ' ';
	values[2] = Int32GetDatum(version);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(query.data, 3, types, values, nulls, read_only, 0) < 0)
		elog(ERROR, "could not use the saved schemas");
}

/* The number that a statement returned, or 0; finishes SPI. */
static int
finish_number(void)
{
	int			number = 0;
	bool		isnull;

	if (SPI_processed > 0 && SPI_tuptable != NULL)
		number = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
											 &isnull));
	SPI_finish();
	return number;
}

/* $2 and $3 are there for all statements to have the same arguments. */
#define ALL_ARGUMENTS "($2::pg_catalog.jsonb IS NULL OR true) AND ($3::pg_catalog.int4 IS NULL OR true)"
#define OF_NAME "WHERE name OPERATOR(pg_catalog.=) $1 AND " ALL_ARGUMENTS

Jsonb *
saved_schema(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	Jsonb	   *document = NULL;

	run("SELECT document FROM %s " OF_NAME, name, NULL, 0, true);
	if (SPI_processed > 0)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
										  &isnull);
		MemoryContext spi = MemoryContextSwitchTo(caller);

		document = DatumGetJsonbPCopy(value);
		MemoryContextSwitchTo(spi);
	}
	SPI_finish();
	return document;
}

/* The version that the caller may see, or 0. */
static int
visible_version(const char *name)
{
	run("SELECT version FROM %s " OF_NAME, name, NULL, 0, false);
	return finish_number();
}

static void
refuse_foreign(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("schema \"%s\" belongs to another role", name)));
}

static void
refuse_version(const char *name, int expected, int found)
{
	if (found == 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("schema \"%s\" does not exist, version %d was expected", name,
						expected)));
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 expected == 0 ? errmsg("schema \"%s\" exists, at version %d", name, found) :
			 errmsg("schema \"%s\" is at version %d, not %d", name, found, expected),
			 errhint("Read it with synthik_schema, and make the change again.")));
}

/* Changes the row that is the caller's own; its new version, or 0. */
static int
update_schema(const char *name, Jsonb *document, int expected)
{
	run("UPDATE %s SET document = $2, version = version OPERATOR(pg_catalog.+) 1, "
		"saved_at = pg_catalog.now() WHERE name OPERATOR(pg_catalog.=) $1 AND "
		"($3 OPERATOR(pg_catalog.<) 0 OR version OPERATOR(pg_catalog.=) $3) RETURNING version",
		name, document, expected, false);
	return finish_number();
}

/* 1, or 0 where there is a row of that name. */
static int
insert_schema(const char *name, Jsonb *document)
{
	run("INSERT INTO %s (name, document) SELECT $1, $2 WHERE $3 IS NOT NULL "
		"ON CONFLICT DO NOTHING RETURNING version", name, document, 0, false);
	return finish_number();
}

int
saved_store(const char *name, Jsonb *document, int expected)
{
	for (int i = 0; i < SAVE_ATTEMPTS; i++)
	{
		int			version = expected != 0 ? update_schema(name, document, expected) : 0;
		int			found;

		if (version == 0 && expected <= 0)
			version = insert_schema(name, document);
		if (version > 0)
			return version;
		found = visible_version(name);
		if (expected >= 0 && found != expected)
			refuse_version(name, expected, found);
	}
	refuse_foreign(name);
	return 0;
}

void
saved_remove(const char *name)
{
	uint64		removed;

	run("DELETE FROM %s " OF_NAME, name, NULL, 0, false);
	removed = SPI_processed;
	SPI_finish();
	if (removed > 0)
		return;
	if (visible_version(name) > 0)
		refuse_foreign(name);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("there is no saved schema \"%s\"", name)));
}
