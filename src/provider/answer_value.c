/*-------------------------------------------------------------------------
 *
 * answer_value.c
 *		From one value that a model wrote to one of a field's type that keeps
 *		to the field's rules.
 *
 * Objects and lists are read part by part, each as a field of its own is:
 * what a document says of them holds in all depths.  They are put together
 * anew from what was read, so nothing else is in them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "provider/answer_value.h"
#include "provider/ask.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

void
value_reader_init(ValueReader *reader, const Field *field)
{
	Oid			function;

	check_stack_depth();
	reader->field = field;
	getTypeInputInfo(field->base_type, &function, &reader->ioparam);
	fmgr_info(function, &reader->input);
	reader->type = lookup_type_cache(field->base_type,
									 TYPECACHE_EQ_OPR_FINFO | TYPECACHE_CMP_PROC_FINFO);
	reader->text = value_kind(field->base_type) == VALUE_TEXT;
	if (field->pattern && reader->text)
		reader->pattern = CStringGetTextDatum(field->pattern);
	if (field->object)
	{
		reader->members = palloc0(sizeof(ValueReader) * Max(field->object->nfields, 1));
		for (int i = 0; i < field->object->nfields; i++)
			value_reader_init(&reader->members[i], field->object->fields[i]);
	}
	if (field->items)
	{
		reader->element = palloc0(sizeof(ValueReader));
		value_reader_init(reader->element, field->items);
	}
}

/* ---- rules ---- */

static int
compare(const ValueReader *reader, Datum a, Datum b)
{
	return DatumGetInt32(FunctionCall2Coll(&reader->type->cmp_proc_finfo,
										   reader->field->collation, a, b));
}

static bool
within(const ValueReader *reader, Datum value)
{
	const Field *field = reader->field;
	int			order;

	if (!OidIsValid(reader->type->cmp_proc_finfo.fn_oid))
		return true;
	if (field->minimum.set)
	{
		order = compare(reader, value, field->minimum.value);
		if (order < 0 || (order == 0 && field->minimum.exclusive))
			return false;
	}
	if (field->maximum.set)
	{
		order = compare(reader, value, field->maximum.value);
		if (order > 0 || (order == 0 && field->maximum.exclusive))
			return false;
	}
	return true;
}

static bool
listed(const ValueReader *reader, Datum value)
{
	const ValueList *list = &reader->field->enumeration;

	if (list->count == 0 || !OidIsValid(reader->type->eq_opr_finfo.fn_oid))
		return true;
	for (int i = 0; i < list->count; i++)
		if (!(list->nulls && list->nulls[i]) &&
			DatumGetBool(FunctionCall2Coll(&reader->type->eq_opr_finfo,
										   reader->field->collation, value, list->values[i])))
			return true;
	return false;
}

static bool
fitting_length(const ValueReader *reader, Datum value)
{
	const Field *field = reader->field;
	int			length;

	if (!reader->text || (field->min_length <= 0 && field->max_length < 0))
		return true;
	length = DatumGetInt32(DirectFunctionCall1(textlen, value));
	return length >= field->min_length &&
		(field->max_length < 0 || length <= field->max_length);
}

static bool
whole_steps(const ValueReader *reader, Datum value)
{
	double		steps;

	if (reader->field->multiple_of <= 0)
		return true;
	steps = value_to_scale(reader->field->base_type, value) / reader->field->multiple_of;
	return fabs(steps - rint(steps)) < 1e-6;
}

/* NULL, or what is wrong with the value. */
const char *
value_judge(const ValueReader *reader, Datum value)
{
	if (!listed(reader, value))
		return "is not one of the values of its enum";
	if (!within(reader, value))
		return "is out of its bounds";
	if (!fitting_length(reader, value))
		return "is too long or too short";
	if (reader->pattern != 0 &&
		!DatumGetBool(DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID, value,
											  reader->pattern)))
		return "does not match its pattern";
	if (!whole_steps(reader, value))
		return "is not a multiple of its step";
	return NULL;
}

static bool
lists_null(const Field *field)
{
	for (int i = 0; i < field->enumeration.count; i++)
		if (field->enumeration.nulls && field->enumeration.nulls[i])
			return true;
	return false;
}

bool
value_may_be_null(const Field *field)
{
	return !field->required && (field->null_fraction > 0 || lists_null(field));
}

/* ---- values ---- */

/* Throws where it holds what no text of this database can. */
static char *
node_text(const JsonNode *node)
{
	JsonKind	kind = json_kind(node);
	char	   *utf8 = kind == JSON_KIND_ARRAY || kind == JSON_KIND_OBJECT ?
		json_write(node) : json_scalar_text(node);

	if (kind == JSON_KIND_STRING && json_text_length(node) != strlen(utf8))
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("a text holds the character U+0000")));
	return pg_any_to_server(utf8, strlen(utf8), PG_UTF8);
}

/* Objects and lists may come as such, or as strings that hold them. */
static const JsonNode *
parts_of(const JsonNode *node)
{
	const char *problem;

	if (json_kind(node) != JSON_KIND_STRING)
		return node;
	return json_read(json_text(node), json_text_length(node), &problem);
}

static const char *
judge_count(const Field *field, size_t count)
{
	return (field->min_items >= 0 && count < field->min_items) ||
		(field->max_items >= 0 && count > field->max_items) ?
		"has too few or too many elements" : NULL;
}

static Datum
read_scalar(ValueReader *reader, const JsonNode *node)
{
	return InputFunctionCall(&reader->input, node_text(node), reader->ioparam,
							 reader->field->base_typmod);
}

/* ---- JSON with rules for its parts ---- */

/* What is being put together; fault: what is wrong with it, or NULL. */
typedef struct Building
{
	JsonbParseState *state;
	const char *fault;
} Building;

static JsonbValue *build_part(Building *building, ValueReader *reader, const JsonNode *node,
							  JsonbIteratorToken token);

static void
push_null(Building *building, JsonbIteratorToken token)
{
	JsonbValue	null = {.type = jbvNull};

	pushJsonbValue(&building->state, token, &null);
}

/* A member that is null may be missing; one that is named twice counts once. */
static JsonbValue *
build_object(Building *building, ValueReader *reader, const JsonNode *node)
{
	const Schema *object = reader->field->object;

	if (json_kind(node) != JSON_KIND_OBJECT)
		building->fault = "is not a JSON object";
	pushJsonbValue(&building->state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < object->nfields && building->fault == NULL; i++)
	{
		const Field *member = object->fields[i];
		const JsonNode *part = json_get(node, ask_utf8(member->name));
		JsonbValue	name = {.type = jbvString};

		name.val.string.val = member->name;
		name.val.string.len = (int) strlen(member->name);
		if (json_kind(part) != JSON_KIND_NULL)
		{
			pushJsonbValue(&building->state, WJB_KEY, &name);
			build_part(building, &reader->members[i], part, WJB_VALUE);
		}
		else if (!value_may_be_null(member))
			building->fault = "is null or missing";
		else if (part != NULL && (member->nullable || lists_null(member)))
		{
			pushJsonbValue(&building->state, WJB_KEY, &name);
			push_null(building, WJB_VALUE);
		}
		if (building->fault)
			building->fault = psprintf("has a member \"%s\" that %s", member->name,
									   building->fault);
	}
	return pushJsonbValue(&building->state, WJB_END_OBJECT, NULL);
}

static JsonbValue *
build_list(Building *building, ValueReader *reader, const JsonNode *node)
{
	building->fault = json_kind(node) == JSON_KIND_ARRAY ?
		judge_count(reader->field, json_length(node)) : "is not a JSON array";
	pushJsonbValue(&building->state, WJB_BEGIN_ARRAY, NULL);
	for (size_t i = 0; building->fault == NULL && i < json_length(node); i++)
	{
		const JsonNode *part = json_item(node, i);

		CHECK_FOR_INTERRUPTS();
		if (json_kind(part) != JSON_KIND_NULL)
			build_part(building, reader->element, part, WJB_ELEM);
		else if (value_may_be_null(reader->element->field))
			push_null(building, WJB_ELEM);
		else
			building->fault = "is null";
		if (building->fault)
			building->fault = psprintf("has an element that %s", building->fault);
	}
	return pushJsonbValue(&building->state, WJB_END_ARRAY, NULL);
}

/*
 * Numbers and truth values are such in JSON, too; what is JSON is itself.
 * NULL, or what is wrong: JSON has no infinity and no NaN.
 */
static const char *
scalar_as_json(const Field *field, Datum value, JsonbValue *json)
{
	char	   *text = ask_datum_text(field, value);
	Datum		number;
	Jsonb	   *inner;

	switch (value_kind(field->base_type))
	{
		case VALUE_BOOLEAN:
			json->type = jbvBool;
			json->val.boolean = DatumGetBool(value);
			break;
		case VALUE_INTEGER:
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
			if (strpbrk(text, "Nn") != NULL)
				return "is not a number of JSON";
			json->type = jbvNumeric;
			number = field->base_type == CASHOID ? DirectFunctionCall1(cash_numeric, value) :
				DirectFunctionCall3(numeric_in, CStringGetDatum(text),
									ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
			json->val.numeric = DatumGetNumeric(number);
			break;
		case VALUE_JSON:
			inner = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
			if (!JB_ROOT_IS_SCALAR(inner) || !JsonbExtractScalar(&inner->root, json))
				JsonbToJsonbValue(inner, json);
			break;
		default:
			json->type = jbvString;
			json->val.string.val = text;
			json->val.string.len = (int) strlen(text);
			break;
	}
	return NULL;
}

/* Free JSON within JSON: a string may hold it, or be it. */
static char *
part_as_json(const JsonNode *node)
{
	const char *problem;
	bool		holds = json_kind(node) == JSON_KIND_STRING &&
		json_read(json_text(node), json_text_length(node), &problem) != NULL;
	const char *utf8 = holds ? json_text(node) : json_write(node);

	return pg_any_to_server(utf8, strlen(utf8), PG_UTF8);
}

static JsonbValue *
build_part(Building *building, ValueReader *reader, const JsonNode *node,
		   JsonbIteratorToken token)
{
	const Field *field = reader->field;
	JsonbValue	json = {.type = jbvNull};
	const char *fault;
	Datum		value;

	check_stack_depth();
	if (field->object)
		return build_object(building, reader, parts_of(node));
	if (field->items)
		return build_list(building, reader, parts_of(node));
	value = value_kind(field->base_type) == VALUE_JSON ?
		InputFunctionCall(&reader->input, part_as_json(node), reader->ioparam,
						  field->base_typmod) : read_scalar(reader, node);
	fault = scalar_as_json(field, value, &json);
	/* what goes by another member's value is not known here */
	if (fault == NULL && field->ncases == 0)
		fault = value_judge(reader, value);
	building->fault = fault;
	return pushJsonbValue(&building->state, token, &json);
}

static Datum
read_json(ValueReader *reader, const JsonNode *node, const char **fault)
{
	Building	building = {0};
	JsonbValue *built = build_part(&building, reader, node, WJB_ELEM);
	Jsonb	   *jsonb;

	*fault = building.fault;
	if (building.fault)
		return (Datum) 0;
	jsonb = JsonbValueToJsonb(built);
	if (reader->field->base_type == JSONBOID)
		return JsonbPGetDatum(jsonb);
	return InputFunctionCall(&reader->input, JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb)),
							 reader->ioparam, reader->field->base_typmod);
}

/* ---- arrays ---- */

/* As array_in() takes it. */
static char *
array_text(const JsonNode *node)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (size_t i = 0; i < json_length(node); i++)
	{
		const JsonNode *part = json_item(node, i);

		if (i > 0)
			appendStringInfoChar(&out, ',');
		if (json_kind(part) == JSON_KIND_NULL)
		{
			appendStringInfoString(&out, "NULL");
			continue;
		}
		appendStringInfoChar(&out, '"');
		for (const char *at = node_text(part); *at; at++)
		{
			if (*at == '"' || *at == '\\')
				appendStringInfoChar(&out, '\\');
			appendStringInfoChar(&out, *at);
		}
		appendStringInfoChar(&out, '"');
	}
	appendStringInfoChar(&out, '}');
	return out.data;
}

static const char *
judge_elements(const ValueReader *reader, Datum array)
{
	ValueReader *element = reader->element;
	Oid			type = ARR_ELEMTYPE(DatumGetArrayTypeP(array));
	const char *fault;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	int16		length;
	bool		byval;
	char		align;

	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array), type, length, byval, align,
					  &values, &nulls, &count);
	fault = judge_count(reader->field, count);
	for (int i = 0; i < count && fault == NULL; i++)
	{
		fault = !nulls[i] ? value_judge(element, values[i]) :
			value_may_be_null(element->field) ? NULL : "is null";
		if (fault)
			fault = psprintf("has an element that %s", fault);
	}
	return fault;
}

static Datum
read_array(ValueReader *reader, const JsonNode *node, const char **fault)
{
	char	   *text;
	Datum		array;

	/* some write an SQL array as JSON, in a string or not */
	if (json_kind(node) == JSON_KIND_STRING && json_text(node)[0] == '[')
		node = parts_of(node);
	text = json_kind(node) == JSON_KIND_ARRAY ? array_text(node) : node_text(node);
	array = InputFunctionCall(&reader->input, text, reader->ioparam, reader->field->base_typmod);
	*fault = judge_elements(reader, array);
	return array;
}

Datum
value_read(ValueReader *reader, const JsonNode *node, const char **fault)
{
	*fault = NULL;
	if (reader->field->object || (reader->field->items && reader->field->json_array))
		return read_json(reader, node, fault);
	if (reader->field->items)
		return read_array(reader, node, fault);
	return read_scalar(reader, node);
}
