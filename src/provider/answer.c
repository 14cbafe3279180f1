/*-------------------------------------------------------------------------
 *
 * answer.c
 *		From what a model wrote to typed rows.
 *
 * Nothing that a model writes is believed: every value goes through the
 * input function of its type and the rules of its field.  What spans fields
 * is judged by the stream, as for every source.
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
#include "provider/answer.h"
#include "util/guard.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* What a value of one field has to pass. */
typedef struct FieldReader
{
	const Field *field;
	FmgrInfo	input;
	Oid			ioparam;
	TypeCacheEntry *type;		/* equality and order */
	bool		text;
	Datum		pattern;		/* text, or 0 */
	int			by;				/* what it goes by, among those asked for */
	struct FieldReader *cases;	/* [field->ncases] */
} FieldReader;

struct AnswerReader
{
	const Ask  *ask;
	FieldReader *fields;
};

/* One row, as guard_call() takes it. */
typedef struct RowCall
{
	AnswerReader *reader;
	JsonNode   *row;
	Datum	   *values;
	bool	   *nulls;
	char	   *fault;			/* NULL: the row is good */
} RowCall;

static void
field_reader_init(FieldReader *reader, const Ask *ask, const Field *field)
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
	if (field->ncases == 0)
		return;
	while (ask->fields[reader->by] != field->by_field)
		reader->by++;
	reader->cases = palloc0(sizeof(FieldReader) * field->ncases);
	for (int i = 0; i < field->ncases; i++)
		field_reader_init(&reader->cases[i], ask, field->cases[i].field);
}

AnswerReader *
answer_reader_make(const Ask *ask)
{
	AnswerReader *reader = palloc0(sizeof(AnswerReader));

	reader->ask = ask;
	reader->fields = palloc0(sizeof(FieldReader) * Max(ask->nfields, 1));
	for (int i = 0; i < ask->nfields; i++)
		field_reader_init(&reader->fields[i], ask, ask->schema->fields[ask->fields[i]]);
	return reader;
}

/* ---- rules ---- */

static int
compare(const FieldReader *reader, Datum a, Datum b)
{
	return DatumGetInt32(FunctionCall2Coll(&reader->type->cmp_proc_finfo,
										   reader->field->collation, a, b));
}

static bool
within(const FieldReader *reader, Datum value)
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
listed(const FieldReader *reader, Datum value)
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
fitting_length(const FieldReader *reader, Datum value)
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
whole_steps(const FieldReader *reader, Datum value)
{
	double		steps;

	if (reader->field->multiple_of <= 0)
		return true;
	steps = value_to_scale(reader->field->base_type, value) / reader->field->multiple_of;
	return fabs(steps - rint(steps)) < 1e-6;
}

/* NULL, or what is wrong with the value. */
static const char *
judge(const FieldReader *reader, Datum value)
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
null_allowed(const Field *field)
{
	if (field->required)
		return false;
	if (field->null_fraction > 0)
		return true;
	for (int i = 0; i < field->enumeration.count; i++)
		if (field->enumeration.nulls && field->enumeration.nulls[i])
			return true;
	return false;
}

/* ---- rows ---- */

static char *
node_text(const JsonNode *node)
{
	JsonKind	kind = json_kind(node);
	char	   *utf8 = kind == JSON_KIND_ARRAY || kind == JSON_KIND_OBJECT ?
		json_write(node) : json_scalar_text(node);

	return pg_any_to_server(utf8, strlen(utf8), PG_UTF8);
}

/* The value of a field, wherever the row has it: an array or an object. */
static JsonNode *
row_item(const RowCall *call, int i)
{
	const Field *field = call->reader->fields[i].field;

	return json_kind(call->row) == JSON_KIND_OBJECT ?
		json_get(call->row, ask_utf8(field->name)) : json_item(call->row, i);
}

/* The rules of the case that a row is, or the field's own. */
static const FieldReader *
choose_reader(const RowCall *call, const FieldReader *reader)
{
	const FieldReader *by = &call->reader->fields[reader->by];
	bool		isnull = call->nulls[reader->by];

	for (int i = 0; i < reader->field->ncases; i++)
	{
		const FieldCase *one = &reader->field->cases[i];

		if (one->isnull ? isnull : !isnull && OidIsValid(by->type->eq_opr_finfo.fn_oid) &&
			DatumGetBool(FunctionCall2Coll(&by->type->eq_opr_finfo, by->field->collation,
										   call->values[reader->by], one->value)))
			return choose_reader(call, &reader->cases[i]);
	}
	return reader;
}

/* NULL, or what is wrong with a value of the row. */
static const char *
judge_value(const RowCall *call, int i)
{
	const FieldReader *reader = choose_reader(call, &call->reader->fields[i]);

	if (!call->nulls[i])
		return reader->field->null_fraction >= 1 && !reader->field->required ?
			"is not null" : judge(reader, call->values[i]);
	return null_allowed(reader->field) ? NULL : "is null";
}

/* Runs inside a subtransaction: input functions throw. */
static void
read_row(void *argument)
{
	RowCall    *call = argument;
	int			nfields = call->reader->ask->nfields;

	for (int i = 0; i < nfields; i++)
	{
		FieldReader *reader = &call->reader->fields[i];
		JsonNode   *node = row_item(call, i);

		call->nulls[i] = json_kind(node) == JSON_KIND_NULL;
		if (!call->nulls[i])
			call->values[i] = InputFunctionCall(&reader->input, node_text(node),
												reader->ioparam, reader->field->base_typmod);
	}
	for (int i = 0; i < nfields && call->fault == NULL; i++)
	{
		const char *fault = judge_value(call, i);

		if (fault)
			call->fault = psprintf("field \"%s\" %s", call->reader->fields[i].field->name,
								   fault);
	}
}

/* True if the row is good; its values are in the caller's memory context. */
static bool
take_row(AnswerReader *reader, JsonNode *row, Datum *values, bool *nulls, char **fault)
{
	RowCall		call = {reader, row, values, nulls, NULL};
	ErrorData  *error = NULL;

	if (json_kind(row) != JSON_KIND_OBJECT &&
		(json_kind(row) != JSON_KIND_ARRAY || json_length(row) != reader->ask->nfields))
	{
		call.fault = psprintf("a row has %zu values, not %d", json_length(row),
							  reader->ask->nfields);
	}
	else if (!guard_call(read_row, &call, &error))
		call.fault = pstrdup(error->message);
	if (call.fault && *fault == NULL)
		*fault = call.fault;
	return call.fault == NULL;
}

/* The array of rows, however the model has wrapped it. */
static JsonNode *
find_rows(const char *text, size_t length)
{
	const char *problem;
	JsonNode   *node = json_read(text, length, &problem);

	if (json_kind(node) == JSON_KIND_ARRAY)
		return node;
	node = json_get(node, "rows");
	if (json_kind(node) == JSON_KIND_ARRAY)
		return node;
	return json_read_truncated_rows(text, length, "rows");
}

/* Some models put JSON into a fenced block. */
static void
strip_fence(const char **text, size_t *length)
{
	const char *begin = memchr(*text, '{', *length);
	const char *end = *text + *length;

	if (begin == NULL || **text == '{')
		return;
	while (end > begin && end[-1] != '}')
		end--;
	if (end > begin)
	{
		*length = end - begin;
		*text = begin;
	}
}

bool
answer_read(AnswerReader *reader, const char *text, size_t length, AnswerRows *rows)
{
	int			nfields = reader->ask->nfields;
	JsonNode   *list;

	memset(rows, 0, sizeof(*rows));
	strip_fence(&text, &length);
	list = find_rows(text, length);
	if (list == NULL)
	{
		rows->fault = "the answer has no rows";
		return false;
	}
	rows->offered = (int) json_length(list);
	rows->values = palloc(sizeof(Datum) * Max(rows->offered * nfields, 1));
	rows->nulls = palloc(sizeof(bool) * Max(rows->offered * nfields, 1));
	for (int r = 0; r < rows->offered; r++)
	{
		CHECK_FOR_INTERRUPTS();
		if (take_row(reader, json_item(list, r), &rows->values[rows->count * nfields],
					 &rows->nulls[rows->count * nfields], &rows->fault))
			rows->count++;
	}
	return true;
}
