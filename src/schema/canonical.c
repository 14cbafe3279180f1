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
	pushJsonbValue(&printer->state, WJB_BEGIN_OBJECT, NULL);
	print_string(printer, "table", relation_sql_name(reference->relid));
	print_key(printer, "fields");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < reference->ncolumns; i++)
		print_element(printer, printer->schema->fields[reference->fields[i]]->name);
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
	print_key(printer, "columns");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < reference->ncolumns; i++)
		print_element(printer, get_attname(reference->relid, reference->attnums[i], false));
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
	pushJsonbValue(&printer->state, WJB_END_OBJECT, NULL);
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
	print_key(printer, "references");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	foreach(cell, printer->schema->references)
	{
		if (reference_spans(lfirst(cell)))
			print_reference(printer, lfirst(cell));
	}
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
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
	print_key(printer, "unique");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	foreach(cell, schema->uniques)
	{
		UniqueSet  *set = lfirst(cell);

		if (set->primary)
			continue;
		pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
		for (int i = 0; i < set->nfields; i++)
			print_element(printer, schema->fields[set->fields[i]]->name);
		pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
	}
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
}

static void
print_primary_key(Printer *printer)
{
	ListCell   *cell;

	if (printer->schema->primary_key == NIL)
		return;
	print_key(printer, "primary_key");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	foreach(cell, printer->schema->primary_key)
		print_element(printer, printer->schema->fields[lfirst_int(cell)]->name);
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
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
	print_key(printer, "checks");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	foreach(cell, printer->schema->checks)
	{
		if (check_printed(lfirst(cell)))
			print_element(printer, ((Check *) lfirst(cell))->text);
	}
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
}

static void
print_sums(Printer *printer)
{
	ListCell   *cell;

	if (printer->schema->sums == NIL)
		return;
	print_key(printer, "sums");
	pushJsonbValue(&printer->state, WJB_BEGIN_OBJECT, NULL);
	foreach(cell, printer->schema->sums)
	{
		const Sum  *sum = lfirst(cell);

		print_string(printer, sum_name(printer->schema, sum),
					 printer->schema->fields[sum->field]->name);
	}
	pushJsonbValue(&printer->state, WJB_END_OBJECT, NULL);
}

static void
print_series(Printer *printer)
{
	const Schema *schema = printer->schema;

	if (schema->series_low == 0)
		return;
	print_key(printer, "series");
	pushJsonbValue(&printer->state, WJB_BEGIN_OBJECT, NULL);
	if (schema->series_low == schema->series_high)
		print_count(printer, "rows", schema->series_low);
	else
	{
		double		ends[2] = {schema->series_low, schema->series_high};

		print_doubles(printer, "rows", ends, 2);
	}
	pushJsonbValue(&printer->state, WJB_END_OBJECT, NULL);
}

Jsonb *
schema_to_document(const Schema *schema)
{
	Printer		printer = {NULL, schema};
	int			level = settings_fix();
	JsonbValue *whole;
	Jsonb	   *document;

	pushJsonbValue(&printer.state, WJB_BEGIN_OBJECT, NULL);
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
	whole = pushJsonbValue(&printer.state, WJB_END_OBJECT, NULL);
	document = JsonbValueToJsonb(whole);
	settings_restore(level);
	return document;
}
