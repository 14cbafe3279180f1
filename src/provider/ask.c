/*-------------------------------------------------------------------------
 *
 * ask.c
 *		What a model is asked: which fields it writes, and in what words.
 *
 * Rows are asked for as arrays of values, in the order of the columns: an
 * answer of objects would repeat every column's name in every row, and
 * output is what costs.  The words carry names, types and rules; no value of
 * any table is in them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "provider/ask.h"
#include "schema/semantic.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "util/rng.h"

#define MAX_LISTED	200			/* enum values, and cases, that are written out */

/* What stands between two values of an answer, and two rows, in tokens. */
#define TOKENS_BETWEEN	1.5
#define TOKENS_ROW		1.0

const char *
ask_utf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/* ---- which fields ---- */

static bool
counts_rows(const Field *field)
{
	return field->unique && value_kind(field->base_type) == VALUE_INTEGER &&
		field->enumeration.count == 0 && field->prompt == NULL;
}

static bool
model_writes(const Field *field)
{
	/* a model knows nothing of the rows of other calls */
	if (field->per_series || field->ascending)
		return false;
	if (field->prompt != NULL)
		return true;
	if (field->reference >= 0 || field->agrees >= 0 || counts_rows(field))
		return false;
	switch (value_kind(field->base_type))
	{
		case VALUE_OTHER:
			return type_is_enum(field->base_type) || field->items != NULL;
		case VALUE_UUID:
			return false;
		default:
			return true;
	}
}

/*
 * Who makes a field makes what it goes by, too; where that cannot be the
 * model, neither is.
 */
static Bitmapset *
fields_by_hand(const Schema *schema)
{
	Bitmapset  *local = NULL;
	bool		changed = true;

	for (int i = 0; i < schema->nfields; i++)
		if (!model_writes(schema->fields[i]))
			local = bms_add_member(local, i);
	while (changed)
	{
		changed = false;
		for (int i = 0; i < schema->nfields; i++)
		{
			Bitmapset  *by = field_goes_by(schema->fields[i]);
			bool		here = bms_is_member(i, local);

			if (by == NULL || (here ? bms_is_subset(by, local) : !bms_overlap(by, local)))
				continue;
			local = bms_add_members(bms_add_member(local, i), by);
			changed = true;
		}
	}
	return local;
}

/* What a field goes by is needed, too. */
static Bitmapset *
fields_needed(const Schema *schema, const Bitmapset *needed)
{
	Bitmapset  *all = bms_copy(needed);
	int			i = -1;

	while ((i = bms_next_member(needed, i)) >= 0)
		for (int k = 0; k < schema->nfields; k++)
			if (schema_goes_by(schema, i, k))
				all = bms_add_member(all, k);
	return all;
}

static void
choose_fields(Ask *ask, const Bitmapset *needed)
{
	const Schema *schema = ask->schema;
	Bitmapset  *local = fields_by_hand(schema);

	if (needed != NULL)
		needed = fields_needed(schema, needed);
	ask->fields = palloc(sizeof(int) * Max(schema->nfields, 1));
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->origin != FIELD_MADE ||
			(needed != NULL && !bms_is_member(i, needed)))
			continue;
		if (!bms_is_member(i, local))
			ask->fields[ask->nfields++] = i;
		else
			ask->others = bms_add_member(ask->others, i);
	}
	for (int i = schema->nfields; i < schema_width(schema); i++)
		if (needed == NULL || bms_is_member(i, needed))
			ask->others = bms_add_member(ask->others, i);
}

/* ---- the columns in words ---- */

static char *
datum_text(const Field *field, Datum value)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(field->base_type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

static void
say_bound(StringInfo out, const Field *field, const Bound *bound, const char *words)
{
	if (bound->set)
		appendStringInfo(out, ", %s%s %s", bound->exclusive ? "beyond " : "", words,
						 datum_text(field, bound->value));
}

static void
say_values(StringInfo out, const Field *field)
{
	const ValueList *list = &field->enumeration;

	if (list->count == 0)
		return;
	appendStringInfoString(out, ", one of:");
	for (int i = 0; i < Min(list->count, MAX_LISTED); i++)
		appendStringInfo(out, "%s %s", i > 0 ? " |" : "",
						 list->nulls && list->nulls[i] ? "null" :
						 datum_text(field, list->values[i]));
	if (list->weights && list->count <= MAX_LISTED)
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
			return "JSON, written as a string";
		case VALUE_BOOLEAN:
			return "true or false";
		case VALUE_INTEGER:
			return "whole number";
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
			return "number";
		case VALUE_INTERVAL:
			return "interval as \"3 days 04:05:06\"";
		default:
			return field->items ? "list, written as a string like \"{a,b}\"" : "text";
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
		by->base_type != BOOLOID ? datum_text(by, one->value) :
		DatumGetBool(one->value) ? "true" : "false";

	return psprintf("%s is %s", by->name, value);
}

/* The cases of a field, and theirs: "where kind is a and paid is t: …" */
static void
say_cases(StringInfo out, const Schema *schema, const Field *field, const char *above)
{
	check_stack_depth();
	for (int i = 0; i < Min(field->ncases, MAX_LISTED); i++)
	{
		const FieldCase *one = &field->cases[i];
		char	   *where = psprintf("%s%s", above, case_name(schema, field, one));

		appendStringInfo(out, "; where %s", where);
		say_rules(out, one->field);
		if (one->field->prompt && one->field->prompt != field->prompt)
			appendStringInfo(out, ". %s", one->field->prompt);
		say_cases(out, schema, one->field, psprintf("%s and ", where));
	}
}

static void
say_column(StringInfo out, const Schema *schema, const Field *field, int number)
{
	appendStringInfo(out, "%d. %s: %s", number, field->name, type_words(field));
	say_rules(out, field);
	say_cases(out, schema, field, "");
	if (field->description)
		appendStringInfo(out, ". %s", field->description);
	if (field->prompt)
		appendStringInfo(out, ". %s", field->prompt);
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
		appendStringInfo(out, "- %s\n", check->text);
	}
}

static void
say_columns(Ask *ask)
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

/* ---- the answer ---- */

static JsonNode *
of_type(const char *type)
{
	JsonNode   *node = json_new_object();

	json_set_text(node, "type", type);
	return node;
}

static bool
null_is_allowed(const Field *field)
{
	if (field->required)
		return false;
	for (int i = 0; i < field->ncases; i++)
		if (null_is_allowed(field->cases[i].field))
			return true;
	for (int i = 0; i < field->enumeration.count; i++)
		if (field->enumeration.nulls && field->enumeration.nulls[i])
			return true;
	return field->null_fraction > 0;
}

static const char *
json_type(const Field *field)
{
	switch (value_kind(field->base_type))
	{
		case VALUE_BOOLEAN:
			return "boolean";
		case VALUE_INTEGER:
			return "integer";
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
			return "number";
		default:
			return "string";
	}
}

/* Any value of a row: the types that occur in it. */
static JsonNode *
any_value(const Ask *ask)
{
	static const char *const types[] = {"string", "number", "boolean", "null"};
	JsonNode   *any = json_new_array();
	JsonNode   *value = json_new_object();

	for (int i = 0; i < lengthof(types); i++)
	{
		bool		occurs = false;

		for (int k = 0; k < ask->nfields && !occurs; k++)
		{
			const Field *field = ask->schema->fields[ask->fields[k]];
			const char *type = json_type(field);

			if (strcmp(type, "integer") == 0)
				type = "number";
			occurs = strcmp(type, types[i]) == 0 ||
				(strcmp(types[i], "null") == 0 && null_is_allowed(field));
		}
		if (occurs)
			json_append_node(any, of_type(types[i]));
	}
	if (json_length(any) == 1)
		return json_item(any, 0);
	json_set_node(value, "anyOf", any);
	return value;
}

static void
append_value(JsonNode *list, const Field *field, int i)
{
	char	   *text = datum_text(field, field->enumeration.values[i]);
	const char *problem;
	JsonNode   *number;

	if (strcmp(json_type(field), "string") == 0)
		json_append_text(list, ask_utf8(text));
	else if (strcmp(json_type(field), "boolean") == 0)
		json_append_node(list, json_read(text[0] == 't' ? "true" : "false",
										 text[0] == 't' ? 4 : 5, &problem));
	else if ((number = json_read(text, strlen(text), &problem)) != NULL)
		json_append_node(list, number);
}

static JsonNode *
listed_values(const Field *field)
{
	JsonNode   *list = json_new_array();
	JsonNode   *value = json_new_object();

	for (int i = 0; i < field->enumeration.count; i++)
		if (field->enumeration.nulls == NULL || !field->enumeration.nulls[i])
			append_value(list, field, i);
	if (json_length(list) == 0)
		return of_type(json_type(field));
	json_set_node(value, "enum", list);
	return value;
}

static void
set_whole_bound(JsonNode *value, const char *key, const Field *field, const Bound *bound,
				int step)
{
	double		at;

	if (!bound->set)
		return;
	at = value_to_scale(field->base_type, bound->value);
	if (fabs(at) < 1e15)
		json_set_int(value, key, (int64) at + (bound->exclusive ? step : 0));
}

/* The type, and what a grammar can hold of its values. */
static JsonNode *
plain_value(const Field *field)
{
	JsonNode   *value = of_type(json_type(field));

	if (field->enumeration.count > 0 && field->enumeration.count <= MAX_LISTED)
		return listed_values(field);
	switch (value_kind(field->base_type))
	{
		case VALUE_INTEGER:
			set_whole_bound(value, "minimum", field, &field->minimum, 1);
			set_whole_bound(value, "maximum", field, &field->maximum, -1);
			break;
		case VALUE_DATE:
			json_set_text(value, "format", "date");
			break;
		case VALUE_TEXT:
			if (field->min_length > 0)
				json_set_int(value, "minLength", field->min_length);
			if (field->max_length >= 0)
				json_set_int(value, "maxLength", field->max_length);
			break;
		default:
			break;
	}
	return value;
}

/* Of a field with cases the type alone: all else hangs on another value. */
static JsonNode *
field_value(const Field *field)
{
	JsonNode   *value = field->ncases > 0 ? of_type(json_type(field)) : plain_value(field);
	JsonNode   *any;

	if (!null_is_allowed(field))
		return value;
	any = json_new_array();
	json_append_node(any, value);
	json_append_node(any, of_type("null"));
	value = json_new_object();
	json_set_node(value, "anyOf", any);
	return value;
}

/* {"rows": [[value, …], …]}, every row as long as there are columns. */
static JsonNode *
answer_schema(const Ask *ask, bool exact)
{
	JsonNode   *row = of_type("array");
	JsonNode   *rows = of_type("array");
	JsonNode   *properties = json_new_object();
	JsonNode   *required = json_new_array();
	JsonNode   *answer = of_type("object");
	JsonNode   *values = json_new_array();

	for (int i = 0; exact && i < ask->nfields; i++)
		json_append_node(values, field_value(ask->schema->fields[ask->fields[i]]));
	if (exact)
		json_set_node(row, "prefixItems", values);
	else
		json_set_node(row, "items", any_value(ask));
	json_set_int(row, "minItems", ask->nfields);
	json_set_int(row, "maxItems", ask->nfields);
	json_set_node(rows, "items", row);
	json_set_int(rows, "minItems", 1);
	json_set_node(properties, "rows", rows);
	json_append_text(required, "rows");
	json_set_node(answer, "properties", properties);
	json_set_node(answer, "required", required);
	json_set_bool(answer, "additionalProperties", false);
	return answer;
}

/*
 * Servers that make a grammar of the schema take the type of each value in
 * its place; the strict subsets know lists of one type alone, so that only
 * their length is exact.
 */
JsonNode *
ask_answer(const Ask *ask, const char *dialect, StructuredMode mode)
{
	return mode == STRUCTURED_SCHEMA && strcmp(dialect, "openai") == 0 ? ask->exact : ask->answer;
}

static const char system_words[] =
"You write rows of made-up but realistic data for tests. "
"Answer with JSON alone, of the form {\"rows\": [[value, value, …], …]}: every row is an array "
"of its values in the order of the columns, without their names. "
"Rows differ from each other as real ones do, the values of a row fit together, and every rule "
"that is given holds in every row. Nobody real is described: e-mail addresses and web addresses "
"are in example.com, example.org, example.net or below .example, phone numbers in ranges "
"reserved for fiction, and card numbers are test numbers.";

Ask *
ask_make(const Schema *schema, const Bitmapset *needed, const char *locale)
{
	Ask		   *ask = palloc0(sizeof(Ask));

	ask->schema = schema;
	ask->locale = locale;
	choose_fields(ask, needed);
	say_columns(ask);
	ask->system = pstrdup(system_words);
	ask->answer = answer_schema(ask, false);
	ask->exact = answer_schema(ask, true);
	ask->row_tokens = TOKENS_ROW;
	for (int i = 0; i < ask->nfields; i++)
		ask->row_tokens += TOKENS_BETWEEN + ask_value_tokens(schema->fields[ask->fields[i]], locale);
	ask->prompt_tokens = tokens_estimate(ask->system, strlen(ask->system)) +
		tokens_estimate(ask->columns, strlen(ask->columns)) + 60;
	return ask;
}

/*
 * Calls are steered apart: each is told which rows of the whole it writes,
 * and some initial letters to favour, so that two do not give the same rows.
 */
char *
ask_user_text(const Ask *ask, int64 first, int rows, int64 total, uint64 variation)
{
	StringInfoData out;
	uint64		bits = rng_combine(variation, first);

	initStringInfo(&out);
	appendStringInfoString(&out, ask->columns);
	appendStringInfo(&out, "\nWrite %d rows: numbers " INT64_FORMAT " to " INT64_FORMAT
					 " of " INT64_FORMAT ".", rows, first, first + rows - 1, Max(total, first + rows - 1));
	appendStringInfo(&out, " The others are written elsewhere: do not begin with the most obvious"
					 " ones. Where names occur, favour the initials %c, %c, %c and %c (variation %u).",
					 'A' + (int) rng_below(bits, 26), 'A' + (int) rng_below(rng_mix(bits), 26),
					 'A' + (int) rng_below(rng_mix(bits + 1), 26),
					 'A' + (int) rng_below(rng_mix(bits + 2), 26), (unsigned) (bits % 1000));
	return out.data;
}
