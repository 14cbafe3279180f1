/*-------------------------------------------------------------------------
 *
 * series.c
 *		Rows in runs that belong together: what a document says of them, and
 *		what its fields may say then.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/document.h"
#include "util/series.h"
#include "utils/builtins.h"

#define SERIES_HINT "Give the document \"series\": {\"rows\": 48}, or {\"rows\": [20, 200]}."

/* ---- the keyword of the document ---- */

static void
series_fault(Document *document, const char *path, const char *problem)
{
	document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, path,
				   "Write it as {\"rows\": 48}, or {\"rows\": [20, 200]}.", "%s", problem);
}

/* A number of rows, or 0 after a fault. */
static int
read_rows(Document *document, const JsonbValue *value)
{
	double		rows = value->type == jbvNumeric && jsonb_is_integral(value) ?
		jsonb_double(value) : 0;

	if (rows >= 1 && rows <= SERIES_MAX_ROWS)
		return (int) rows;
	series_fault(document, "series.rows",
				 psprintf("a series has from 1 to %d rows", SERIES_MAX_ROWS));
	return 0;
}

static void
read_length(Document *document, JsonbValue *value)
{
	Schema	   *schema = document->schema;
	bool		range = jsonb_is_array(value);
	int			low;
	int			high;

	if (range && jsonb_count(value) != 2)
	{
		series_fault(document, "series.rows", "a range of rows has two ends");
		return;
	}
	low = read_rows(document, range ? jsonb_element(value, 0) : value);
	high = range ? read_rows(document, jsonb_element(value, 1)) : low;
	if (low == 0 || high == 0)
		return;
	if (low > high)
	{
		series_fault(document, "series.rows",
					 psprintf("from %d to %d rows is no range", low, high));
		return;
	}
	schema->series_low = low;
	schema->series_high = high;
}

/* null takes back what a base says. */
void
document_read_series(Document *document, JsonbValue *value)
{
	JsonbMembers members;
	JsonbValue *rows = NULL;

	if (value->type == jbvNull)
	{
		document->schema->series_low = document->schema->series_high = 0;
		return;
	}
	if (!jsonb_is_object(value))
	{
		series_fault(document, "series", psprintf("\"series\" must be an object, not a JSON %s",
												  JsonbTypeName(value)));
		return;
	}
	jsonb_members_begin(&members, value->val.binary.data);
	while (jsonb_members_next(&members))
	{
		if (strcmp(members.key, "rows") == 0)
			rows = members.value;
		else
			series_fault(document, psprintf("series.%s", members.key),
						 psprintf("unknown keyword \"%s\" of \"series\"", members.key));
	}
	if (rows == NULL)
		series_fault(document, "series", "\"series\" has no \"rows\"");
	else
		read_length(document, rows);
}

/* ---- its fields ---- */

static void
place_fault(Faults *faults, const char *path, const char *keyword, const Field *field,
			const char *hint, const char *problem)
{
	fault_add(faults, ERRCODE_INVALID_PARAMETER_VALUE, psprintf("%s.%s", path, keyword), hint,
			  "field \"%s\": %s", field->name, problem);
}

/* Can values of the field come one after the other, as drawn numbers do? */
static const char *
ascending_problem(const Field *field)
{
	if (!value_kind_is_scale(value_kind(field->base_type)))
		return psprintf("values of type %s cannot ascend", format_type_be(field->type));
	if (field->reference >= 0 || field->enumeration.count > 0)
		return "what is drawn from a list cannot ascend";
	if (field->case_words != NULL)
		return "what goes by another field cannot ascend";
	if (field->unique)
		return "it cannot be both unique and ascending";
	return NULL;
}

static void
settle_field(const Schema *schema, int index, Faults *faults, const char *path)
{
	const Field *field = schema->fields[index];
	const char *keyword = field->per_series ? "per" : "ascending";
	Bitmapset  *by = field_goes_by(field);
	int			other = -1;

	if (schema->series_low == 0)
		place_fault(faults, path, keyword, field, SERIES_HINT,
					psprintf("\"%s\" needs a series", keyword));
	else if (field->per_series && field->ascending)
		place_fault(faults, path, "ascending", field, NULL,
					"\"per\" and \"ascending\" exclude each other");
	else if (field->ascending && ascending_problem(field) != NULL)
		place_fault(faults, path, keyword, field, NULL, ascending_problem(field));
	else if (field->per_series && list_length(schema->primary_key) == 1 &&
			 linitial_int(schema->primary_key) == index)
		place_fault(faults, path, keyword, field, NULL, UNIQUE_PER_SERIES);
	while ((other = bms_next_member(by, other)) >= 0)
		if (field->per_series && !schema_is_per_series(schema, other))
			place_fault(faults, path, keyword, field,
						psprintf("Give \"%s\" \"per\": \"series\", too.", schema->fields[other]->name),
						psprintf("it goes by \"%s\", which differs within a series",
								 schema->fields[other]->name));
}

static void
settle_references(const Schema *schema, Faults *faults)
{
	ListCell   *cell;

	foreach(cell, schema->references)
	{
		const Reference *reference = lfirst(cell);
		int			per = 0;

		for (int i = 0; i < reference->ncolumns; i++)
			per += schema->fields[reference->fields[i]]->per_series;
		if (per > 0 && per < reference->ncolumns)
			fault_add(faults, ERRCODE_INVALID_PARAMETER_VALUE, "references",
					  "Give \"per\": \"series\" to all of them.",
					  "reference \"%s\" has fields that are drawn once a series, and others",
					  reference->name);
	}
}

/* In a table the index judges. */
static void
settle_uniques(const Schema *schema, Faults *faults)
{
	ListCell   *cell;

	if (OidIsValid(schema->relid))
		return;
	foreach(cell, schema->uniques)
	{
		const UniqueSet *set = lfirst(cell);

		for (int i = 0; i < set->nfields; i++)
			if (schema->fields[set->fields[i]]->per_series)
				fault_add(faults, ERRCODE_FEATURE_NOT_SUPPORTED,
						  set->primary ? "primary_key" : "unique",
						  "Leave it out of the set, or fill a table whose index has it.",
						  "field \"%s\" is drawn once a series, so that it cannot be kept unique with others",
						  schema->fields[set->fields[i]]->name);
	}
}

void
schema_settle_series(Schema *schema, Faults *faults, const char *prefix)
{
	bool		any = false;

	for (int i = 0; i < schema_width(schema); i++)
	{
		const Field *field = schema->fields[i];

		if (!field->per_series && !field->ascending)
			continue;
		any = true;
		settle_field(schema, i, faults, psprintf("%sfields[%d]", prefix, i));
	}
	if (!any)
		return;
	settle_references(schema, faults);
	settle_uniques(schema, faults);
}

bool
schema_is_per_series(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];
	const Reference *reference;

	if (field->origin != FIELD_CONTEXT)
		return field->per_series;
	reference = list_nth(schema->references, field->reference);
	return schema->fields[reference->fields[0]]->per_series;
}
