/*-------------------------------------------------------------------------
 *
 * canonical.c
 *		From a Schema back to its document.
 *
 * The canonical form gives JSON Schema's keywords wherever JSON Schema has
 * one.  Reading it gives an equal Schema, with one loss: who fills a column by
 * a default is the table's matter, not the document's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/canonical.h"
#include "schema/fit.h"
#include "schema/sums.h"
#include "util/relation.h"
#include "utils/lsyscache.h"

/* ---- references ---- */

static void
print_reference(Printer *printer, const Reference *reference)
{
	print_open(printer, NULL, WJB_BEGIN_OBJECT);
	print_string(printer, "table", relation_sql_name(reference->relid));
	print_open(printer, "fields", WJB_BEGIN_ARRAY);
	for (int i = 0; i < reference->ncolumns; i++)
		print_string(printer, NULL, printer->schema->fields[reference->fields[i]]->name);
	print_close(printer, WJB_END_ARRAY);
	print_open(printer, "columns", WJB_BEGIN_ARRAY);
	for (int i = 0; i < reference->ncolumns; i++)
		print_string(printer, NULL,
					 get_attname(reference->relid, reference->attnums[i], false));
	print_close(printer, WJB_END_ARRAY);
	print_close(printer, WJB_END_OBJECT);
}

static bool
reference_spans(const Reference *reference)
{
	return reference->ncolumns > 1 && get_rel_name(reference->relid) != NULL;
}

static void
print_references(Printer *printer)
{
	bool		any = false;
	ListCell   *cell;

	foreach(cell, printer->schema->references)
		any |= reference_spans(lfirst(cell));
	if (!any)
		return;
	print_open(printer, "references", WJB_BEGIN_ARRAY);
	foreach(cell, printer->schema->references)
	{
		if (reference_spans(lfirst(cell)))
			print_reference(printer, lfirst(cell));
	}
	print_close(printer, WJB_END_ARRAY);
}

static void
print_uniques(Printer *printer)
{
	const Schema *schema = printer->schema;
	bool		any = false;
	ListCell   *cell;

	foreach(cell, schema->uniques)
		any |= !((UniqueSet *) lfirst(cell))->primary;
	if (!any)
		return;
	print_open(printer, "unique", WJB_BEGIN_ARRAY);
	foreach(cell, schema->uniques)
	{
		UniqueSet  *set = lfirst(cell);

		if (set->primary)
			continue;
		print_open(printer, NULL, WJB_BEGIN_ARRAY);
		for (int i = 0; i < set->nfields; i++)
			print_string(printer, NULL, schema->fields[set->fields[i]]->name);
		print_close(printer, WJB_END_ARRAY);
	}
	print_close(printer, WJB_END_ARRAY);
}

static void
print_primary_key(Printer *printer)
{
	ListCell   *cell;

	if (printer->schema->primary_key == NIL)
		return;
	print_open(printer, "primary_key", WJB_BEGIN_ARRAY);
	foreach(cell, printer->schema->primary_key)
		print_string(printer, NULL, printer->schema->fields[lfirst_int(cell)]->name);
	print_close(printer, WJB_END_ARRAY);
}

/* A domain's checks belong to its type. */
static bool
check_printed(const Check *check)
{
	return check->domain_field < 0 && check->text != NULL;
}

static void
print_checks(Printer *printer)
{
	bool		any = false;
	ListCell   *cell;

	foreach(cell, printer->schema->checks)
		any |= check_printed(lfirst(cell));
	if (!any)
		return;
	print_open(printer, "checks", WJB_BEGIN_ARRAY);
	foreach(cell, printer->schema->checks)
	{
		if (check_printed(lfirst(cell)))
			print_string(printer, NULL, ((Check *) lfirst(cell))->text);
	}
	print_close(printer, WJB_END_ARRAY);
}

static void
print_sums(Printer *printer)
{
	ListCell   *cell;

	if (printer->schema->sums == NIL)
		return;
	print_open(printer, "sums", WJB_BEGIN_OBJECT);
	foreach(cell, printer->schema->sums)
	{
		const Sum  *sum = lfirst(cell);

		print_string(printer, sum_name(printer->schema, sum),
					 printer->schema->fields[sum->field]->name);
	}
	print_close(printer, WJB_END_OBJECT);
}

static void
print_series(Printer *printer)
{
	const Schema *schema = printer->schema;

	if (schema->series_low == 0)
		return;
	print_open(printer, "series", WJB_BEGIN_OBJECT);
	if (schema->series_low == schema->series_high)
		print_count(printer, "rows", schema->series_low);
	else
	{
		double		ends[2] = {schema->series_low, schema->series_high};

		print_doubles(printer, "rows", ends, 2);
	}
	print_close(printer, WJB_END_OBJECT);
}

Jsonb *
schema_to_document(const Schema *schema)
{
	Printer		printer = {NULL, schema};
	int			level = settings_fix();
	JsonbValue *whole;
	Jsonb	   *document;

	print_open(&printer, NULL, WJB_BEGIN_OBJECT);
	print_string(&printer, "title", schema->title);
	print_string(&printer, "description", schema->description);
	print_string(&printer, "prompt", schema->prompt);
	print_string(&printer, "license", schema->license);
	print_string(&printer, "locale", schema->locale);
	print_fields(&printer, schema);
	print_uniques(&printer);
	print_primary_key(&printer);
	print_references(&printer);
	print_checks(&printer);
	print_series(&printer);
	print_sums(&printer);
	if (schema->fit != NULL)
		print_string(&printer, "fit", fit_to_text(schema));
	whole = print_close(&printer, WJB_END_OBJECT);
	document = JsonbValueToJsonb(whole);
	settings_restore(level);
	return document;
}
