/*-------------------------------------------------------------------------
 *
 * document_value.c
 *		Values between JSON and the types of fields.
 *
 * A value goes through its type's input function, in a subtransaction: a
 * document's fault is to be reported with its place, and together with the
 * others, and that an input function would throw.  All values of a list
 * share one subtransaction as long as none is wrong.
 *
 * What a text means must not depend on the session, so that a document means
 * the same to everybody: settings_fix() is in force while one is read or
 * printed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "util/guard.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

/* ---- catching errors ---- */

bool
soft_call(void (*work) (void *), void *argument, SoftError *error)
{
	ErrorData  *data;

	if (guard_call(work, argument, &data))
		return true;
	error->sqlerrcode = data->sqlerrcode;
	error->message = data->message;
	error->hint = data->hint;
	return false;
}

/* ---- settings ---- */

int
settings_fix(void)
{
	static const char *const settings[][2] = {
		{"DateStyle", "ISO, MDY"},
		{"IntervalStyle", "postgres"},
		{"TimeZone", "UTC"},
		{"extra_float_digits", "1"},
		{"lc_monetary", "C"},
		{"bytea_output", "hex"},
		{"array_nulls", "on"}
	};
	int			level = NewGUCNestLevel();

	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
settings_restore(int level)
{
	AtEOXact_GUC(true, level);
}

/* ---- from JSON ---- */

/* One JSON value as an element of an array literal. */
static void
append_array_element(StringInfo literal, JsonbValue *value, char delimiter)
{
	char	   *text;

	check_stack_depth();
	switch (value->type)
	{
		case jbvNull:
			appendStringInfoString(literal, "NULL");
			return;
		case jbvBool:
			appendStringInfoString(literal, value->val.boolean ? "true" : "false");
			return;
		case jbvNumeric:
			appendStringInfoString(literal, numeric_normalize(value->val.numeric));
			return;
		case jbvString:
			text = jsonb_text(value);
			break;
		default:
			if (jsonb_is_array(value))
			{
				appendStringInfoChar(literal, '{');
				for (uint32 i = 0; i < jsonb_count(value); i++)
				{
					if (i > 0)
						appendStringInfoChar(literal, delimiter);
					append_array_element(literal, jsonb_element(value, i), delimiter);
				}
				appendStringInfoChar(literal, '}');
				return;
			}
			text = JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
			break;
	}

	appendStringInfoChar(literal, '"');
	for (const char *c = text; *c != '\0'; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfoChar(literal, '\\');
		appendStringInfoChar(literal, *c);
	}
	appendStringInfoChar(literal, '"');
}

/* A JSON array as the literal of an SQL array of a type. */
static char *
array_literal(Oid element, JsonbValue *value)
{
	StringInfoData literal;
	int16		length;
	bool		by_value;
	char		align;
	char		delimiter;
	Oid			io_parameter;
	Oid			function;

	get_type_io_data(element, IOFunc_input, &length, &by_value, &align, &delimiter,
					 &io_parameter, &function);
	initStringInfo(&literal);
	append_array_element(&literal, value, delimiter);
	return literal.data;
}

/* A value of a JSON field keeps its JSON form. */
static char *
json_text(JsonbValue *value)
{
	Jsonb	   *json = JsonbValueToJsonb(value);

	return JsonbToCString(NULL, &json->root, VARSIZE(json));
}

/* What a type's input function has to read, or NULL if nothing would do. */
static char *
value_input_text(Field *field, JsonbValue *value)
{
	ValueKind	kind = value_kind(field->base_type);

	if (kind == VALUE_JSON)
		return json_text(value);
	if (jsonb_is_array(value) && field->items != NULL && !field->json_array)
		return array_literal(field->items->type, value);

	switch (value->type)
	{
		case jbvString:
			return jsonb_text(value);
		case jbvBool:
			return value_kind_is_number(kind) || value_kind_is_time(kind) ? NULL :
				pstrdup(value->val.boolean ? "true" : "false");
		case jbvNumeric:
			if (value_kind_is_time(kind))
				return NULL;
			return kind == VALUE_INTEGER ? numeric_normalize(value->val.numeric) :
				DatumGetCString(DirectFunctionCall1(numeric_out,
													NumericGetDatum(value->val.numeric)));
		default:
			return NULL;
	}
}

typedef struct InputWork
{
	Oid			type;
	int32		typmod;
	int			count;
	char	  **texts;			/* NULL: leave out */
	Datum	   *values;
	int			next;			/* where it stands, also after an error */
} InputWork;

static void
input_work(void *argument)
{
	InputWork  *work = argument;
	FmgrInfo	input;
	Oid			function;
	Oid			io_parameter;

	getTypeInputInfo(work->type, &function, &io_parameter);
	fmgr_info(function, &input);
	for (; work->next < work->count; work->next++)
	{
		CHECK_FOR_INTERRUPTS();
		if (work->texts[work->next] == NULL)
			continue;
		work->values[work->next] = InputFunctionCall(&input, work->texts[work->next],
													 io_parameter, work->typmod);
		if (value_kind_is_time(value_kind(work->type)) &&
			value_follows_clock(work->texts[work->next]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
					 errmsg("\"%s\" means another time whenever it is read",
							work->texts[work->next])));
	}
}

bool
value_from_text(Oid type, char *text, Datum *value, SoftError *error)
{
	InputWork	work = {type, -1, 1, &text, value, 0};

	return soft_call(input_work, &work, error);
}

void
values_from_texts(Oid type, int32 typmod, int count, char **texts, Datum *values)
{
	InputWork	work = {type, typmod, count, texts, values, 0};
	SoftError	error;

	while (!soft_call(input_work, &work, &error))
		texts[work.next++] = NULL;
}

/* The hints of date and time input speak of settings that do not count here. */
static const char *
value_hint(const Field *field, const char *hint)
{
	return value_kind_is_time(value_kind(field->base_type)) ?
		"Dates, times and intervals are strings such as \"2024-12-31\", \"2024-12-31 23:59:59\" and \"3 days\"." :
		hint;
}

/*
 * The message of an input function does not say what the value was for, but
 * field_fault() does.
 */
bool
field_read_values(FieldReader *reader, FieldKeyword keyword, JsonbValue **from,
				  int count, bool bound, Datum *values, bool *nulls)
{
	Field	   *field = reader->field;
	InputWork	work;
	SoftError	error;
	bool		good = true;

	work.type = field->base_type;
	work.typmod = bound ? -1 : field->base_typmod;
	work.count = count;
	work.texts = palloc0(sizeof(char *) * Max(count, 1));
	work.values = values;
	work.next = 0;

	for (int i = 0; i < count; i++)
	{
		values[i] = (Datum) 0;
		nulls[i] = from[i]->type == jbvNull;
		if (nulls[i])
			continue;
		work.texts[i] = value_input_text(field, from[i]);
		if (work.texts[i] != NULL)
			continue;
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, keyword,
					value_hint(field, NULL),
					"a value of type %s is not written as a JSON %s",
					format_type_be(field->base_type), JsonbTypeName(from[i]));
		good = false;
	}

	while (!soft_call(input_work, &work, &error))
	{
		field_fault(reader, error.sqlerrcode, keyword,
					value_hint(field, error.hint), "%s", error.message);
		work.next++;
		good = false;
	}
	return good;
}

/* ---- to JSON ---- */

static void
elements_to_json(Oid element, ArrayType *array, JsonbValue *json)
{
	JsonbParseState *state = NULL;
	JsonbValue *result;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(element, &length, &by_value, &align);
	deconstruct_array(array, element, length, by_value, align, &values, &nulls, &count);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
	{
		JsonbValue	item;

		if (nulls[i])
			item.type = jbvNull;
		else
			value_to_json(element, values[i], &item);
		pushJsonbValue(&state, WJB_ELEM, &item);
	}
	result = pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	JsonbToJsonbValue(JsonbValueToJsonb(result), json);
}

/* A number in its text form, unless it is none, as NaN. */
static void
number_to_json(Oid type, Datum value, JsonbValue *json)
{
	Datum		number;

	if (type == MONEYOID)
		number = DirectFunctionCall1(cash_numeric, value);
	else
		number = DirectFunctionCall3(numeric_in, CStringGetDatum(value_to_text(type, value)),
									 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	json->type = jbvNumeric;
	json->val.numeric = DatumGetNumeric(number);
}

/*
 * The form that field_read_values() reads back.  value_to_json() of a JSON
 * array or object gives a jbvBinary.
 */
void
value_to_json(Oid type, Datum value, JsonbValue *json)
{
	Oid			base = getBaseType(type);
	ValueKind	kind = value_kind(base);
	Oid			element = get_element_type(base);

	if (kind == VALUE_BOOLEAN)
	{
		json->type = jbvBool;
		json->val.boolean = DatumGetBool(value);
		return;
	}
	if (value_kind_is_number(kind) && value_is_finite(base, value))
	{
		number_to_json(base, value, json);
		return;
	}
	if (kind == VALUE_JSON)
	{
		Jsonb	   *whole = DatumGetJsonbP(
										   DirectFunctionCall1(jsonb_in, CStringGetDatum(value_to_text(base, value))));

		if (!JB_ROOT_IS_SCALAR(whole) || !JsonbExtractScalar(&whole->root, json))
			JsonbToJsonbValue(whole, json);
		return;
	}
	if (OidIsValid(element) && base != INT2VECTOROID && base != OIDVECTOROID)
	{
		ArrayType  *array = DatumGetArrayTypeP(value);

		if (ARR_NDIM(array) == 0 || (ARR_NDIM(array) == 1 && ARR_LBOUND(array)[0] == 1))
		{
			elements_to_json(element, array, json);
			return;
		}
	}

	json->type = jbvString;
	json->val.string.val = value_to_text(base, value);
	json->val.string.len = strlen(json->val.string.val);
}
