/*-------------------------------------------------------------------------
 *
 * describe.c
 *		synthik_describe: what makes each field, and why;
 *		synthik_columns: the column definition list of a schema.
 *
 * Describing changes nothing: a default that takes a number from a sequence
 * is named, never evaluated.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/input.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "local/local.h"
#include "miscadmin.h"
#include "schema/expression.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#define EXAMPLE_SEED	1

/* ---- examples: row 1 ---- */

typedef struct ExampleWork
{
	const Schema *schema;
	char	  **texts;			/* by field; NULL: none, or a null */
} ExampleWork;

static void
request_example(const Schema *schema, RowRequest *request)
{
	memset(request, 0, sizeof(*request));
	request->rows = 1;
	request->first_row = 1;
	request->seed = EXAMPLE_SEED;
	request->locale = input_locale(schema);
}

static char *
example_text(const Field *field, Datum value)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(field->type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

/* The row that a maker would give, valid and complete. */
static void
make_examples(void *argument)
{
	ExampleWork *work = argument;
	const Schema *schema = work->schema;
	RowRequest	request;
	RowStream  *stream;
	TupleTableSlot *slot;

	request_example(schema, &request);
	stream = row_stream_open(schema, &local_source_methods, &request);
	slot = MakeSingleTupleTableSlot(schema->tupdesc, &TTSOpsVirtual);
	if (row_stream_next(stream, slot))
		for (int i = 0; i < schema->nfields; i++)
			if (!slot->tts_isnull[i])
				work->texts[i] = example_text(schema->fields[i], slot->tts_values[i]);
	ExecDropSingleTupleTableSlot(slot);
	row_stream_close(stream);
}

/* The values of a row alone, without keys, expressions and checks. */
static void
make_examples_alone(void *argument)
{
	ExampleWork *work = argument;
	const Schema *schema = work->schema;
	int			n = schema->nfields;
	RowBlock	block = {.ncolumns = n,.nrows = 1,.first_row = 1};
	RowRequest	request;
	RowSource  *source;

	request_example(schema, &request);
	block.values = palloc(sizeof(Datum *) * Max(n, 1));
	block.nulls = palloc(sizeof(bool *) * Max(n, 1));
	block.memory = CurrentMemoryContext;
	for (int i = 0; i < n; i++)
	{
		block.values[i] = palloc0(sizeof(Datum));
		block.nulls[i] = palloc(sizeof(bool));
		*block.nulls[i] = true;
	}
	source = local_source_methods.open(schema, &request, local_empty_pools(schema));
	local_source_methods.next(source, &block);
	for (int i = 0; i < n; i++)
		if (!*block.nulls[i] && schema->fields[i]->reference < 0)
			work->texts[i] = example_text(schema->fields[i], *block.values[i]);
	local_source_methods.close(source);
}

/*
 * Examples by field.  Where a whole row cannot be made, because a parent
 * table is empty for instance, there are those that can be had without.
 */
static char **
examples_of(const Schema *schema)
{
	ExampleWork work = {.schema = schema};
	ErrorData  *error;

	work.texts = palloc0(sizeof(char *) * Max(schema->nfields, 1));
	if (expression_guard(make_examples, &work, &error))
		return work.texts;
	ereport(NOTICE,
			(errmsg("no whole row can be made as an example: %s", error->message),
			 error->hint ? errhint("%s", error->hint) : 0));
	memset(work.texts, 0, sizeof(char *) * Max(schema->nfields, 1));
	make_examples_alone(&work);
	return work.texts;
}

/* ---- generators ---- */

/* An expression of the table as SQL. */
static char *
table_expression(const Schema *schema, const Field *field)
{
	return deparse_expression(field->expr,
							  deparse_context_for(get_rel_name(schema->relid), schema->relid),
							  false, false);
}

static char *
generator_of(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];

	switch (field->origin)
	{
		case FIELD_EXPRESSION:
			return psprintf("expression %s", field->expression ? field->expression :
							table_expression(schema, field));
		case FIELD_DEFAULT:
			return psprintf("default %s", table_expression(schema, field));
		case FIELD_MADE:
		case FIELD_DROPPED:
			break;
	}
	return local_describe_field(schema, input_locale(schema), index);
}

/* ---- the functions ---- */

enum
{
	OUT_FIELD, OUT_TYPE, OUT_GENERATOR, OUT_WHY, OUT_EXAMPLE, OUT_COUNT
};

static void
put_field(ReturnSetInfo *result, const Schema *schema, int index, const char *example)
{
	const Field *field = schema->fields[index];
	Datum		values[OUT_COUNT] = {0};
	bool		nulls[OUT_COUNT] = {false};

	values[OUT_FIELD] = CStringGetTextDatum(field->name);
	values[OUT_TYPE] = CStringGetTextDatum(format_type_with_typemod(field->type, field->typmod));
	values[OUT_GENERATOR] = CStringGetTextDatum(generator_of(schema, index));
	if (field->why != NULL)
		values[OUT_WHY] = CStringGetTextDatum(field->why);
	nulls[OUT_WHY] = field->why == NULL;
	if (example != NULL)
		values[OUT_EXAMPLE] = CStringGetTextDatum(example);
	nulls[OUT_EXAMPLE] = example == NULL;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static Datum
describe(FunctionCallInfo fcinfo, const SchemaInput *input)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Schema	   *schema = input_schema(input, true);
	Schema	   *made = input->document ? schema : input_schema(input, false);
	char	  **examples = examples_of(made);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < schema->nfields; i++)
	{
		FieldOrigin origin = schema->fields[i]->origin;

		CHECK_FOR_INTERRUPTS();
		if (origin != FIELD_DROPPED)
			put_field(result, schema, i, origin == FIELD_DEFAULT ? NULL : examples[i]);
	}
	return (Datum) 0;
}

SYNTHIK_FUNCTION(synthik_describe)
{
	SchemaInput input;

	input_read_jsonb(fcinfo, &input);
	return describe(fcinfo, &input);
}

SYNTHIK_FUNCTION(synthik_describe_text)
{
	SchemaInput input;

	input_read_text(fcinfo, true, &input);
	return describe(fcinfo, &input);
}

SYNTHIK_FUNCTION(synthik_describe_table)
{
	SchemaInput input;

	input_read_regclass(fcinfo, &input);
	return describe(fcinfo, &input);
}

static Datum
columns(const SchemaInput *input)
{
	const Schema *schema = input_schema(input, true);
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];

		if (field->origin == FIELD_DROPPED)
			continue;
		appendStringInfo(&list, "%s%s %s", list.len > 0 ? ", " : "",
						 quote_identifier(field->name),
						 format_type_with_typemod(field->type, field->typmod));
	}
	return PointerGetDatum(cstring_to_text_with_len(list.data, list.len));
}

SYNTHIK_FUNCTION(synthik_columns)
{
	SchemaInput input;

	input_read_jsonb(fcinfo, &input);
	return columns(&input);
}

SYNTHIK_FUNCTION(synthik_columns_text)
{
	SchemaInput input;

	input_read_text(fcinfo, true, &input);
	return columns(&input);
}
