/*-------------------------------------------------------------------------
 *
 * canonical.c
 *		From a Schema back to its document.
 *
 * The canonical form names every type that is not the server's own with its
 * schema, writes references out, and gives JSON Schema's keywords wherever
 * JSON Schema has one.  Reading it gives an equal Schema, with one loss: who
 * fills a column by a default is the table's matter, not the document's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "schema/fit.h"
#include "schema/sums.h"
#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* What is being printed. */
typedef struct Printer
{
	JsonbParseState *state;
	const Schema *schema;
	int			depth;			/* of JSON objects and arrays */
} Printer;

static void print_field(Printer *printer, const Field *field, bool named);

/* ---- pieces ---- */

static void
print_key(Printer *printer, const char *key)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, key);
	value.val.string.len = strlen(key);
	pushJsonbValue(&printer->state, WJB_KEY, &value);
}

static void
make_string(JsonbValue *value, const char *text)
{
	value->type = jbvString;
	value->val.string.val = unconstify(char *, text);
	value->val.string.len = strlen(text);
}

static void
print_string(Printer *printer, const char *key, const char *text)
{
	JsonbValue	value;

	if (text == NULL)
		return;
	print_key(printer, key);
	make_string(&value, text);
	pushJsonbValue(&printer->state, WJB_VALUE, &value);
}

static void
print_element(Printer *printer, const char *text)
{
	JsonbValue	value;

	make_string(&value, text);
	pushJsonbValue(&printer->state, WJB_ELEM, &value);
}

static void
print_true(Printer *printer, const char *key)
{
	JsonbValue	value;

	print_key(printer, key);
	value.type = jbvBool;
	value.val.boolean = true;
	pushJsonbValue(&printer->state, WJB_VALUE, &value);
}

static void
print_double(Printer *printer, const char *key, double number)
{
	JsonbValue	value;

	value_to_json(FLOAT8OID, Float8GetDatum(number), &value);
	print_key(printer, key);
	pushJsonbValue(&printer->state, WJB_VALUE, &value);
}

static void
print_count(Printer *printer, const char *key, int number)
{
	if (number >= 0)
		print_double(printer, key, number);
}

static void
print_value(Printer *printer, const char *key, Oid type, Datum datum, bool isnull)
{
	JsonbValue	value;

	if (key != NULL)
		print_key(printer, key);
	if (isnull)
		value.type = jbvNull;
	else
		value_to_json(type, datum, &value);
	pushJsonbValue(&printer->state, key != NULL ? WJB_VALUE : WJB_ELEM, &value);
}

static void
print_doubles(Printer *printer, const char *key, const double *numbers, int count)
{
	print_key(printer, key);
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
		print_value(printer, NULL, FLOAT8OID, Float8GetDatum(numbers[i]), false);
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
}

/* ---- types ---- */

/*
 * A type's name, qualified if it is not the server's own, and also where a
 * document would take the bare name for a semantic type.
 */
static char *
type_text(Oid type, int32 typmod)
{
	Oid			element = get_element_type(type);
	Oid			plain = OidIsValid(element) ? element : type;
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(plain));
	bool		own = false;
	char	   *text;

	if (HeapTupleIsValid(tuple))
	{
		own = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace == PG_CATALOG_NAMESPACE;
		ReleaseSysCache(tuple);
	}
	text = format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN |
								(own ? 0 : FORMAT_TYPE_FORCE_QUALIFY));
	if (own && semantic_lookup(text) != NULL)
		text = format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN |
									FORMAT_TYPE_FORCE_QUALIFY);
	return text;
}

/* A type, or in JSON, where it matters whether a member is null or missing, two. */
static void
print_type_word(Printer *printer, const Field *field, const char *word)
{
	if (!field->nullable || printer->depth == 0)
	{
		print_string(printer, "type", word);
		return;
	}
	print_key(printer, "type");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	print_element(printer, word);
	print_element(printer, "null");
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
}

/* The semantic type alone says both, if its own PostgreSQL type is meant. */
static void
print_type(Printer *printer, const Field *field)
{
	const SemanticType *semantic = field->semantic;

	/* What makes the values of these is not the semantic type. */
	if (field->origin == FIELD_EXPRESSION || field->origin == FIELD_DEFAULT)
		semantic = NULL;
	if (semantic != NULL && field->type == semantic->type && field->typmod == -1 &&
		semantic_lookup(semantic->name) == semantic && strchr(semantic->type_name, '(') == NULL)
	{
		print_type_word(printer, field, semantic->name);
		return;
	}
	/* "integer" of a document would take a parent's eight bytes over. */
	if (field->type == INT4OID && field->reference >= 0)
		print_type_word(printer, field, "int4");
	else
		print_type_word(printer, field, type_text(field->type, field->typmod));
	if (semantic != NULL)
		print_string(printer, "format", semantic->name);
}

/* ---- values ---- */

static void
print_list(Printer *printer, const char *key, const Field *field, const ValueList *list)
{
	if (list->count == 0)
		return;
	print_key(printer, key);
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < list->count; i++)
		print_value(printer, NULL, field->base_type, list->values[i],
					list->nulls != NULL && list->nulls[i]);
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
}

/* A bound in words that a document may use for the type. */
static void
print_bound(Printer *printer, const Field *field, const Bound *bound, const char *key,
			const char *exclusive_key)
{
	ValueKind	kind = value_kind(field->base_type);

	if (!bound->set || !(value_kind_is_number(kind) || value_kind_is_time(kind)) ||
		!value_is_finite(field->base_type, bound->value))
		return;
	print_value(printer, bound->exclusive ? exclusive_key : key, field->base_type,
				bound->value, false);
}

static Datum
span_datum(double microseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = (TimeOffset) rint(microseconds);
	return IntervalPGetDatum(interval);
}

/* A number on the scale of a field, as a value that a document would have. */
static void
print_scaled(Printer *printer, const char *key, const Field *field, double number)
{
	Oid			base = field->base_type;
	TimeTzADT  *timetz;

	switch (base)
	{
		case DATEOID:
			print_value(printer, key, base, DateADTGetDatum((DateADT) rint(number)), false);
			break;
		case TIMEOID:
			print_value(printer, key, base, TimeADTGetDatum((TimeADT) rint(number)), false);
			break;
		case TIMETZOID:
			timetz = palloc0(sizeof(TimeTzADT));
			timetz->time = (TimeADT) rint(number);
			print_value(printer, key, base, TimeTzADTPGetDatum(timetz), false);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			print_value(printer, key, base, TimestampGetDatum((Timestamp) rint(number)), false);
			break;
		case INTERVALOID:
			print_value(printer, key, base, span_datum(number), false);
			break;
		default:
			print_value(printer, key, FLOAT8OID, Float8GetDatum(number), false);
			break;
	}
}

static void
print_stddev(Printer *printer, const Field *field, double stddev)
{
	ValueKind	kind = value_kind(field->base_type);

	if (value_kind_is_time(kind))
		print_value(printer, "stddev", INTERVALOID,
					span_datum(kind == VALUE_DATE ? stddev * USECS_PER_DAY : stddev), false);
	else
		print_double(printer, "stddev", stddev);
}

static void
print_histogram(Printer *printer, const Field *field)
{
	const Distribution *distribution = &field->distribution;

	print_key(printer, "bounds");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < distribution->nbounds; i++)
		print_scaled(printer, NULL, field, distribution->bounds[i]);
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
	if (distribution->weights != NULL)
		print_doubles(printer, "weights", distribution->weights, distribution->nbounds - 1);
}

static void
print_calendar(Printer *printer, const Calendar *calendar)
{
	if (calendar->growth != 0)
		print_double(printer, "growth", calendar->growth);
	if (calendar->months != NULL)
		print_doubles(printer, "months", calendar->months, CALENDAR_MONTHS);
	if (calendar->weekdays != NULL)
		print_doubles(printer, "weekdays", calendar->weekdays, CALENDAR_WEEKDAYS);
	if (calendar->hours != NULL)
		print_doubles(printer, "hours", calendar->hours, CALENDAR_HOURS);
	if (calendar->holidays != 1)
		print_double(printer, "holidays", calendar->holidays);
}

static void
print_parameters(Printer *printer, const Field *field)
{
	const Distribution *distribution = &field->distribution;

	switch (distribution->kind)
	{
		case DISTRIBUTION_NONE:
		case DISTRIBUTION_UNIFORM:
			break;
		case DISTRIBUTION_BETA:
			if (distribution->alpha > 0)
			{
				print_double(printer, "alpha", distribution->alpha);
				print_double(printer, "beta", distribution->beta);
				break;
			}
			/* FALLTHROUGH */
		case DISTRIBUTION_NORMAL:
		case DISTRIBUTION_LOGNORMAL:
		case DISTRIBUTION_GAMMA:
			print_scaled(printer, "mean", field, distribution->mean);
			print_stddev(printer, field, distribution->stddev);
			break;
		case DISTRIBUTION_EXPONENTIAL:
		case DISTRIBUTION_POISSON:
			print_scaled(printer, "mean", field, distribution->mean);
			break;
		case DISTRIBUTION_ZIPF:
		case DISTRIBUTION_PARETO:
			print_double(printer, "exponent", distribution->exponent);
			break;
		case DISTRIBUTION_TRIANGULAR:
			print_scaled(printer, "mode", field, distribution->mode);
			break;
		case DISTRIBUTION_HISTOGRAM:
			print_histogram(printer, field);
			break;
		case DISTRIBUTION_CALENDAR:
			print_calendar(printer, distribution->calendar);
			break;
	}
}

static void
print_distribution(Printer *printer, const Field *field)
{
	static const char *const names[] = {
		NULL, "uniform", "normal", "lognormal", "exponential", "poisson", "zipf", "histogram",
		"gamma", "beta", "pareto", "triangular", "calendar"
	};

	if (field->distribution.kind == DISTRIBUTION_NONE)
		return;
	print_key(printer, "distribution");
	pushJsonbValue(&printer->state, WJB_BEGIN_OBJECT, NULL);
	print_string(printer, "kind", names[field->distribution.kind]);
	print_parameters(printer, field);
	pushJsonbValue(&printer->state, WJB_END_OBJECT, NULL);
}

/* ---- references ---- */

/* A reference of this field alone; the others stand at the top. */
static void
print_field_reference(Printer *printer, const Field *field)
{
	Reference  *reference;

	if (field->reference < 0)
		return;
	reference = list_nth(printer->schema->references, field->reference);
	if (reference->ncolumns != 1 || get_rel_name(reference->relid) == NULL)
		return;
	print_string(printer, "references",
				 psprintf("%s(%s)", relation_sql_name(reference->relid),
						  quote_identifier(get_attname(reference->relid,
													   reference->attnums[0], false))));
}

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

/* ---- fields ---- */

static void
print_fields(Printer *printer, const Schema *schema)
{
	print_key(printer, "fields");
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->origin != FIELD_DROPPED)
			print_field(printer, schema->fields[i], true);
	}
	for (int i = schema->nfields; i < schema_width(schema); i++)
	{
		if (schema->fields[i]->hidden)
			print_field(printer, schema->fields[i], true);
	}
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
}

/* Elements of which an SQL array's type says all there is to say. */
static bool
items_plain(const Field *items)
{
	return items->semantic == NULL && items->title == NULL && items->description == NULL &&
		items->prompt == NULL && !items->required && field_null_fraction(items) < 0 &&
		!items->minimum.set && !items->maximum.set && items->multiple_of == 0 &&
		items->min_length < 0 && items->max_length < 0 && items->enumeration.count == 0 &&
		items->examples.count == 0 && !items->has_default && items->pattern == NULL &&
		items->distribution.kind == DISTRIBUTION_NONE && items->object == NULL &&
		items->items == NULL;
}

/* As they were given: what they are laid over stands beside them. */
static void
print_cases(Printer *printer, const Field *field)
{
	JsonbValue	value;

	if (field->case_words == NULL)
		return;
	print_string(printer, "by", field->by);
	print_key(printer, "cases");
	JsonbToJsonbValue(field->case_words, &value);
	pushJsonbValue(&printer->state, WJB_VALUE, &value);
}

/* How the values of a field are made. */
static void
print_making(Printer *printer, const Field *field)
{
	bool		free = field->enumeration.count == 0;

	if (field_null_fraction(field) >= 0)
		print_double(printer, "null_fraction", field_null_fraction(field));
	print_bound(printer, field, &field->minimum, "minimum", "exclusiveMinimum");
	print_bound(printer, field, &field->maximum, "maximum", "exclusiveMaximum");
	if (field->multiple_of > 0)
		print_double(printer, "multipleOf", field->multiple_of);
	print_count(printer, "minLength", field->min_length);
	print_count(printer, "maxLength", field->max_length);
	print_count(printer, "minItems", field->min_items);
	print_count(printer, "maxItems", field->max_items);
	print_list(printer, "enum", field, &field->enumeration);
	print_list(printer, "examples", field, &field->examples);
	if (!free && field->enumeration.weights != NULL)
		print_doubles(printer, "weights", field->enumeration.weights,
					  field->enumeration.count);
	else if (free && field->examples.count > 0 && field->examples.weights != NULL)
		print_doubles(printer, "weights", field->examples.weights, field->examples.count);
	if (field->has_default)
		print_value(printer, "default", field->base_type, field->default_value,
					field->default_isnull);
	print_string(printer, "pattern", field->pattern);
	print_distribution(printer, field);
	print_cases(printer, field);
	if (field->per_series)
		print_string(printer, "per", "series");
	if (field->ascending)
		print_true(printer, "ascending");
	print_field_reference(printer, field);
	printer->depth++;
	if (field->object != NULL)
		print_fields(printer, field->object);
	else if (field->items != NULL && (field->json_array || !items_plain(field->items)))
	{
		print_key(printer, "items");
		print_field(printer, field->items, false);
	}
	printer->depth--;
}

static void
print_field(Printer *printer, const Field *field, bool named)
{
	check_stack_depth();
	pushJsonbValue(&printer->state, WJB_BEGIN_OBJECT, NULL);
	if (named)
		print_string(printer, "name", field->name);
	print_string(printer, "title", field->title);
	print_string(printer, "description", field->description);
	print_string(printer, "prompt", field->prompt);
	if (field->hidden)
		print_true(printer, "hidden");
	print_type(printer, field);
	/* what was learned, and how */
	if (named && printer->schema->fit != NULL)
		print_string(printer, "why", field->why);
	if (field->required)
		print_true(printer, "required");
	if (field->unique)
		print_true(printer, "unique");
	if (field->origin == FIELD_EXPRESSION)
		print_string(printer, "expression", field->expression);
	else if (field->origin == FIELD_MADE)
		print_making(printer, field);
	pushJsonbValue(&printer->state, WJB_END_OBJECT, NULL);
}

/* ---- the whole ---- */

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
