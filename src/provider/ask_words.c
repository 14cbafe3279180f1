/*-------------------------------------------------------------------------
 *
 * ask_words.c
 *		The columns that a model is to write, in words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "provider/ask.h"
#include "schema/semantic.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

char *
ask_datum_text(const Field *field, Datum value)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(field->base_type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

/* On one line: nothing that a name says may look like another column. */
static void
say_line(StringInfo out, const char *text)
{
	for (; *text; text++)
		appendStringInfoChar(out, (unsigned char) *text < ' ' ? ' ' : *text);
}

/* Further lines are set in, so that none looks like another column. */
static void
say_prose(StringInfo out, const char *text)
{
	appendStringInfoString(out, ". ");
	for (; *text; text++)
	{
		appendStringInfoChar(out, *text);
		if (*text == '\n')
			appendStringInfoString(out, "   ");
	}
}

static void
say_bound(StringInfo out, const Field *field, const Bound *bound, const char *words)
{
	if (bound->set)
		appendStringInfo(out, ", %s%s %s", bound->exclusive ? "beyond " : "", words,
						 ask_datum_text(field, bound->value));
}

static void
say_values(StringInfo out, const Field *field)
{
	const ValueList *list = &field->enumeration;

	if (list->count == 0)
		return;
	appendStringInfoString(out, ", one of:");
	for (int i = 0; i < Min(list->count, ASK_MAX_LISTED); i++)
	{
		appendStringInfoString(out, i > 0 ? " | " : " ");
		say_line(out, list->nulls && list->nulls[i] ? "null" :
				 ask_datum_text(field, list->values[i]));
	}
	if (list->weights && list->count <= ASK_MAX_LISTED)
	{
		appendStringInfoString(out, " (in the proportions");
		for (int i = 0; i < list->count; i++)
			appendStringInfo(out, "%s%g", i > 0 ? " : " : " ", list->weights[i]);
		appendStringInfoChar(out, ')');
	}
}

static const char *
type_words(const Field *field)
{
	switch (value_kind(field->base_type))
	{
		case VALUE_DATE:
			return "date as \"2025-12-31\"";
		case VALUE_TIME:
			return "time as \"23:59:59\"";
		case VALUE_TIMESTAMP:
			return "timestamp as \"2025-12-31T23:59:59Z\"";
		case VALUE_JSON:
			return field->object ? "JSON object" : field->items ? "JSON array" : "JSON";
		case VALUE_BOOLEAN:
			return "true or false";
		case VALUE_INTEGER:
			return "whole number";
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
			return "number";
		case VALUE_INTERVAL:
			return "interval as \"3 days 04:05:06\"";
		case VALUE_TEXT:
			return "text";
		default:
			if (field->items)
				return "list";
			return type_is_enum(field->base_type) ? "text" : format_type_be(field->base_type);
	}
}

static void
say_weights(StringInfo out, const char *of, const double *weights, int count)
{
	if (weights == NULL)
		return;
	appendStringInfo(out, ", %s in the proportions", of);
	for (int i = 0; i < count; i++)
		appendStringInfo(out, "%s%g", i > 0 ? " : " : " ", weights[i]);
}

static void
say_calendar(StringInfo out, const Calendar *calendar)
{
	if (calendar->growth != 0)
		appendStringInfo(out, ", %g %% %s each year", fabs(calendar->growth) * 100,
						 calendar->growth > 0 ? "more" : "fewer");
	say_weights(out, "months from January to December", calendar->months, CALENDAR_MONTHS);
	say_weights(out, "weekdays from Monday to Sunday", calendar->weekdays, CALENDAR_WEEKDAYS);
	say_weights(out, "hours from 0 to 23", calendar->hours, CALENDAR_HOURS);
	if (calendar->holidays != 1)
		appendStringInfo(out, ", %g times as many on public holidays", calendar->holidays);
}

/* How they are spread, where the document says so; what was learned stays here. */
static void
say_distribution(StringInfo out, const Field *field)
{
	static const char *const names[] = {
		[DISTRIBUTION_NORMAL] = "normally",[DISTRIBUTION_LOGNORMAL] = "lognormally",
		[DISTRIBUTION_EXPONENTIAL] = "exponentially",[DISTRIBUTION_POISSON] = "as by Poisson",
		[DISTRIBUTION_ZIPF] = "by Zipf's law, small ones most often,",
		[DISTRIBUTION_GAMMA] = "as by a gamma distribution",
		[DISTRIBUTION_BETA] = "as by a beta distribution",
		[DISTRIBUTION_PARETO] = "as by Pareto, small ones most often,",
		[DISTRIBUTION_TRIANGULAR] = "in a triangle"
	};
	const Distribution *d = &field->distribution;

	if (d->implied)
		return;
	if (d->kind == DISTRIBUTION_CALENDAR)
		say_calendar(out, d->calendar);
	if (d->kind >= lengthof(names) || names[d->kind] == NULL)
		return;
	appendStringInfo(out, ", spread %s", names[d->kind]);
	if (d->kind == DISTRIBUTION_ZIPF || d->kind == DISTRIBUTION_PARETO)
		appendStringInfo(out, " with exponent %g", d->exponent);
	if (d->alpha > 0)
		appendStringInfo(out, " with alpha %g and beta %g", d->alpha, d->beta);
	if (!value_kind_is_number(value_kind(field->base_type)))
		return;
	if (d->kind == DISTRIBUTION_TRIANGULAR)
		appendStringInfo(out, " most often near %g", d->mode);
	else if (d->mean != 0 || d->stddev != 0)
		appendStringInfo(out, " with mean %g", d->mean);
	if (d->stddev != 0)
		appendStringInfo(out, " and standard deviation %g", d->stddev);
}

/* Which values there are. */
static void
say_rules(StringInfo out, const Field *field)
{
	if (field->semantic)
		appendStringInfo(out, ", %s", field->semantic->description);
	if (field->null_fraction >= 1 && !field->required)
	{
		appendStringInfoString(out, ", always null");
		return;
	}
	say_values(out, field);
	say_bound(out, field, &field->minimum, "at least");
	say_bound(out, field, &field->maximum, "at most");
	if (field->max_length >= 0)
		appendStringInfo(out, ", at most %d characters", field->max_length);
	if (field->min_length > 0)
		appendStringInfo(out, ", at least %d characters", field->min_length);
	if (field->pattern)
		appendStringInfo(out, ", matching the regular expression %s", field->pattern);
	if (field->multiple_of > 0)
		appendStringInfo(out, ", a multiple of %g", field->multiple_of);
	if (field->min_items > 0)
		appendStringInfo(out, ", at least %d elements", field->min_items);
	if (field->max_items >= 0)
		appendStringInfo(out, ", at most %d elements", field->max_items);
	say_distribution(out, field);
	if (field->unique)
		appendStringInfoString(out, ", different in every row");
	if (field->null_fraction > 0 && !field->required)
		appendStringInfo(out, ", null in about %.0f %% of the rows", field->null_fraction * 100);
	else
		appendStringInfoString(out, ", never null");
}

static char *
case_name(const Schema *schema, const Field *field, const FieldCase *one)
{
	const Field *by = schema->fields[field->by_field];
	const char *value = one->isnull ? "null" :
		by->base_type != BOOLOID ? ask_datum_text(by, one->value) :
		DatumGetBool(one->value) ? "true" : "false";

	return psprintf("%s is %s", by->name, value);
}

/* The cases of a field, and theirs: "where kind is a and paid is t: …" */
static void
say_cases(StringInfo out, const Schema *schema, const Field *field, const char *above)
{
	check_stack_depth();
	for (int i = 0; i < Min(field->ncases, ASK_MAX_LISTED); i++)
	{
		const FieldCase *one = &field->cases[i];
		char	   *where = psprintf("%s%s", above, case_name(schema, field, one));

		appendStringInfoString(out, "; where ");
		say_line(out, where);
		say_rules(out, one->field);
		if (one->field->prompt && one->field->prompt != field->prompt)
			say_prose(out, one->field->prompt);
		say_cases(out, schema, one->field, psprintf("%s and ", where));
	}
}

static void say_field(StringInfo out, const Schema *schema, const Field *field);

/* What an object or a list is made of. */
static void
say_parts(StringInfo out, const Field *field)
{
	const Schema *object = field->object;

	check_stack_depth();
	if (field->items)
	{
		appendStringInfoString(out, "; each element: ");
		say_field(out, NULL, field->items);
	}
	for (int i = 0; object && i < object->nfields; i++)
	{
		appendStringInfoString(out, i > 0 ? ", " : "; its members: ");
		escape_json(out, object->fields[i]->name);
		appendStringInfoString(out, " (");
		say_field(out, NULL, object->fields[i]);
		appendStringInfoChar(out, ')');
	}
}

/* Type, rules and what a person has said; schema is NULL for a part. */
static void
say_field(StringInfo out, const Schema *schema, const Field *field)
{
	appendStringInfoString(out, type_words(field));
	if (schema && value_kind(field->base_type) == VALUE_JSON)
		appendStringInfoString(out, ", written as a string");
	else if (schema && field->items)
		appendStringInfoString(out, ", written as a string like \"{a,b}\"");
	say_rules(out, field);
	say_parts(out, field);
	if (schema)
		say_cases(out, schema, field, "");
	if (field->description)
		say_prose(out, field->description);
	if (field->prompt)
		say_prose(out, field->prompt);
}

static void
say_column(StringInfo out, const Schema *schema, const Field *field, int number)
{
	appendStringInfo(out, "%d. ", number);
	say_line(out, field->name);
	appendStringInfoString(out, ": ");
	say_field(out, schema, field);
	appendStringInfoChar(out, '\n');
}

/* Rules that only speak of what the model writes can be kept by it. */
static void
say_checks(StringInfo out, const Ask *ask)
{
	Bitmapset  *asked = NULL;
	ListCell   *lc;
	bool		first = true;

	for (int i = 0; i < ask->nfields; i++)
		asked = bms_add_member(asked, ask->fields[i]);
	foreach(lc, ask->schema->checks)
	{
		Check	   *check = lfirst(lc);

		if (check->text == NULL || !bms_is_subset(check->fields, asked))
			continue;
		if (first)
			appendStringInfoString(out, "In every row, as SQL:\n");
		first = false;
		appendStringInfoString(out, "- ");
		say_line(out, check->text);
		if (check->domain_field >= 0)
		{
			appendStringInfoString(out, ", where VALUE is ");
			say_line(out, ask->schema->fields[check->domain_field]->name);
		}
		appendStringInfoChar(out, '\n');
	}
}

void
ask_say_columns(Ask *ask)
{
	const Schema *schema = ask->schema;
	StringInfoData out;
	StringInfoData names;

	initStringInfo(&out);
	initStringInfo(&names);
	if (schema->title)
		appendStringInfo(&out, "The table: %s\n", schema->title);
	if (schema->description)
		appendStringInfo(&out, "%s\n", schema->description);
	if (schema->prompt)
		appendStringInfo(&out, "%s\n", schema->prompt);
	appendStringInfo(&out, "Locale: %s\nThe values of a row, in this order:\n", ask->locale);
	for (int i = 0; i < ask->nfields; i++)
	{
		const Field *field = schema->fields[ask->fields[i]];

		say_column(&out, schema, field, i + 1);
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", field->name);
	}
	say_checks(&out, ask);
	ask->columns = pstrdup(ask_utf8(out.data));
	ask->names = names.data;
}
