/*-------------------------------------------------------------------------
 *
 * describe.c
 *		synthik_describe: what makes each field, and why;
 *		synthik_columns: the column definition list of a schema.
 *
 * Describing changes nothing: a default that takes a number from a sequence
 * is named, never evaluated.  Who only looks at a table does not expect to run
 * what its owner has put into it, so generated columns and checks run with
 * the owner's rights, as they do in ANALYZE, or not at all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "api/input.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "local/local.h"
#include "miscadmin.h"
#include "schema/expression.h"
#include "util/guard.h"
#include "util/relation.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

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
	int			n = schema_width(schema);
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
	for (int i = 0; i < schema->nfields; i++)
		if (!*block.nulls[i] && schema->fields[i]->reference < 0)
			work->texts[i] = example_text(schema->fields[i], *block.values[i]);
	local_source_methods.close(source);
}

/*
 * Examples by field.  Where a whole row cannot be made, because a parent
 * table is empty for instance, there are those that can be had without.
 */
static char **
examples_of(const Schema *schema, bool whole)
{
	ExampleWork work = {.schema = schema};
	ErrorData  *error;

	work.texts = palloc0(sizeof(char *) * Max(schema->nfields, 1));
	if (!whole)
	{
		make_examples_alone(&work);
		return work.texts;
	}
	if (guard_call(make_examples, &work, &error))
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
		case FIELD_CONTEXT:
			break;
	}
	return local_describe_field(schema, input_locale(schema), index);
}

/* ---- the functions ---- */

enum
{
	OUT_FIELD, OUT_TYPE, OUT_GENERATOR, OUT_WHY, OUT_EXAMPLE, OUT_COUNT
};

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text != NULL ? CStringGetTextDatum(text) : (Datum) 0;
}

static void
put_field(ReturnSetInfo *result, const Field *field, const char *generator,
		  const char *example)
{
	Datum		values[OUT_COUNT];
	bool		nulls[OUT_COUNT];

	values[OUT_FIELD] = text_or_null(field->name, &nulls[OUT_FIELD]);
	values[OUT_TYPE] = text_or_null(format_type_with_typemod(field->type, field->typmod),
									&nulls[OUT_TYPE]);
	values[OUT_GENERATOR] = text_or_null(generator, &nulls[OUT_GENERATOR]);
	values[OUT_WHY] = text_or_null(field->why, &nulls[OUT_WHY]);
	values[OUT_EXAMPLE] = text_or_null(example, &nulls[OUT_EXAMPLE]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_fields(ReturnSetInfo *result, const SchemaInput *input, bool whole)
{
	Schema	   *schema = input_schema(input, true);
	Schema	   *made = input->document ? schema : input_schema(input, false);
	char	  **generators = palloc0(sizeof(char *) * Max(schema->nfields, 1));
	char	  **examples;

	for (int i = 0; i < schema->nfields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (schema->fields[i]->origin != FIELD_DROPPED)
			generators[i] = generator_of(schema, i);
	}
	examples = examples_of(made, whole);
	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];

		if (field->origin != FIELD_DROPPED)
			put_field(result, field, generators[i],
					  field->origin == FIELD_DEFAULT ? NULL : examples[i]);
	}
}

static Oid
relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		relation_report_missing(relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static Datum
describe(FunctionCallInfo fcinfo, SchemaInput *input)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			user;
	Oid			owner;
	int			context;
	int			level;
	bool		whole;

	InitMaterializedSRF(fcinfo, 0);
	input->learn = true;
	if (input->document != NULL)
	{
		put_fields(result, input, true);
		return (Datum) 0;
	}

	/* an error puts these back at the end of the (sub)transaction */
	owner = relation_owner(input->relid);
	GetUserIdAndSecContext(&user, &context);
	whole = has_privs_of_role(user, owner);
	level = NewGUCNestLevel();
	SetUserIdAndSecContext(whole ? owner : user, context | SECURITY_RESTRICTED_OPERATION);
	put_fields(result, input, whole);
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(user, context);
	return (Datum) 0;
}

SYNTHIK_FUNCTION(synthik_describe)
{
	SchemaInput input;

	input_read(fcinfo, true, &input);
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

	input_read(fcinfo, true, &input);
	return columns(&input);
}
