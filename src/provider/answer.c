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

#include "miscadmin.h"
#include "provider/answer.h"
#include "provider/answer_value.h"
#include "util/guard.h"
#include "utils/typcache.h"

/* Values of one answer that are taken: all those of an honest one. */
#define MOST_VALUES (8 * 1024 * 1024)

struct AnswerReader
{
	const Ask  *ask;
	ValueReader *fields;
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

/* What a field goes by is among those asked for. */
static void
init_reader(ValueReader *reader, const Ask *ask, const Field *field)
{
	check_stack_depth();
	value_reader_init(reader, field);
	if (field->ncases == 0)
		return;
	while (ask->fields[reader->by] != field->by_field)
		reader->by++;
	reader->cases = palloc0(sizeof(ValueReader) * field->ncases);
	for (int i = 0; i < field->ncases; i++)
		init_reader(&reader->cases[i], ask, field->cases[i].field);
}

AnswerReader *
answer_reader_make(const Ask *ask)
{
	AnswerReader *reader = palloc0(sizeof(AnswerReader));

	reader->ask = ask;
	reader->fields = palloc0(sizeof(ValueReader) * Max(ask->nfields, 1));
	for (int i = 0; i < ask->nfields; i++)
		init_reader(&reader->fields[i], ask, ask->schema->fields[ask->fields[i]]);
	return reader;
}

/* ---- rows ---- */

/* The value of a field, wherever the row has it: an array or an object. */
static JsonNode *
row_item(const RowCall *call, int i)
{
	const Field *field = call->reader->fields[i].field;

	return json_kind(call->row) == JSON_KIND_OBJECT ?
		json_get(call->row, ask_utf8(field->name)) : json_item(call->row, i);
}

/* The rules of the case that a row is, or the field's own. */
static const ValueReader *
choose_reader(const RowCall *call, const ValueReader *reader)
{
	const ValueReader *by = &call->reader->fields[reader->by];
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
	const ValueReader *reader = choose_reader(call, &call->reader->fields[i]);

	if (!call->nulls[i])
		return reader->field->null_fraction >= 1 && !reader->field->required ?
			"is not null" : value_judge(reader, call->values[i]);
	return value_may_be_null(reader->field) ? NULL : "is null";
}

/* Runs inside a subtransaction: input functions throw. */
static void
read_row(void *argument)
{
	RowCall    *call = argument;
	int			nfields = call->reader->ask->nfields;

	for (int i = 0; i < nfields; i++)
	{
		ValueReader *reader = &call->reader->fields[i];
		JsonNode   *node = row_item(call, i);
		const char *fault = NULL;

		call->nulls[i] = json_kind(node) == JSON_KIND_NULL;
		if (!call->nulls[i])
			call->values[i] = value_read(reader, node, &fault);
		if (fault && call->fault == NULL)
			call->fault = psprintf("field \"%s\" %s", reader->field->name, fault);
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
	int			most;
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
	if (rows->offered == 0)
		rows->fault = "the answer has no rows";
	most = Min(rows->offered, MOST_VALUES / Max(nfields, 1));
	rows->values = palloc(sizeof(Datum) * Max(most * nfields, 1));
	rows->nulls = palloc(sizeof(bool) * Max(most * nfields, 1));
	for (int r = 0; r < most; r++)
	{
		CHECK_FOR_INTERRUPTS();
		if (take_row(reader, json_item(list, r), &rows->values[rows->count * nfields],
					 &rows->nulls[rows->count * nfields], &rows->fault))
			rows->count++;
	}
	return true;
}
