/*-------------------------------------------------------------------------
 *
 * maker.c
 *		A call of a set-returning function that makes rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "api/learning.h"
#include "api/maker.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_node.h"
#include "rows/progress.h"
#include "rows/sink.h"
#include "schema/rules.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* A column of the result that is read. */
typedef struct MakerColumn
{
	int			column;			/* index in the result */
	int			field;			/* index in the schema */
	ExprState  *cast;			/* NULL: the value as it is */
} MakerColumn;

typedef struct RowRun
{
	MakerRun	base;
	const Maker *maker;
	MemoryContext memory;
	TupleDesc	result;
	const RowSourceMethods *methods;
	RowRequest	request;
	const Schema *schema;
	RowStream  *stream;			/* one of our own, */
	SinkStream *stored;			/* or a table sink's */
	TupleTableSlot *slot;		/* the stream's row */
	Tuplestorestate *kept;		/* the rows so far, or NULL, */
	TupleTableSlot *again;		/* and one of them */
	ExprContext *econtext;		/* for casts and the like */
	int			ncolumns;
	MakerColumn *columns;
	bool		straight;		/* the stream's rows are the result's */
	Oid			domain;			/* over the row type, or InvalidOid, */
	TupleDesc	domain_desc;	/* the row type itself, */
	void	   *domain_cache;	/* and what domain_check() keeps */
} RowRun;

/* ---- from the arguments to a schema ---- */

static Schema *
schema_of_document(const MakerCall *call)
{
	const NullableDatum *arg = &call->args[0];
	Faults		faults = {.collect = false};
	Jsonb	   *document;

	if (arg->isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("schema must not be null")));
	if (call->maker->text)
		document = schema_document_from_text(TextDatumGetCString(arg->value));
	else
		document = DatumGetJsonbPCopy(arg->value);
	return schema_from_document(document, NULL, &faults);
}

static Schema *
schema_of_rowtype(const MakerCall *call, bool evaluate_defaults)
{
	Oid			type = call->row_type;

	if (type == RECORDOID || !type_is_rowtype(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type %s is not a row type", format_type_be(type)),
				 errhint("Give a null of a table's type, as in synthik_rows(NULL::customers, 10); for single values there is synthik_value, for other rows synthik_generate.")));
	return schema_from_rowtype(type, evaluate_defaults);
}

/*
 * What the planner's statistics say of the table, if it is one.  Models are
 * told of values by what send allows.
 */
static void
learn_of_rowtype(Schema *schema, const RequestArguments *arguments)
{
	LearnOptions options = {.sample_rows = 0};
	Relation	rel;

	if (!OidIsValid(schema->relid) || arguments->model != NULL ||
		learning_in_document(arguments->schema))
		return;
	rel = relation_open(schema->relid, NoLock);
	learning_condition(schema, arguments->condition, &options);
	learn_relation(schema, rel, &options);
	relation_close(rel, NoLock);
}

static void
run_prepare(RowRun *run, const MakerCall *call)
{
	bool		rowtype = call->maker->shape == MAKER_ROWTYPE;
	RequestArguments arguments;
	Faults		faults = {.collect = false};
	Schema	   *schema;

	request_read(call->args + 1, rowtype, &arguments);
	schema = rowtype ? schema_of_rowtype(call, arguments.defaults) :
		schema_of_document(call);
	if (rowtype)
	{
		learn_of_rowtype(schema, &arguments);
		rules_apply(schema, &faults);
	}
	run->schema = request_prepare(&arguments, schema, &run->request);
	run->methods = arguments.methods;
}

/* ---- from the stream's row to the result ---- */

static Var *
field_var(const Schema *schema, int i)
{
	const Field *field = schema->fields[i];

	return makeVar(1, i + 1, field->type, field->typmod, field->collation, 0);
}

static ExprState *
prepare_expression(Node *expr)
{
	assign_expr_collations(make_parsestate(NULL), expr);
	return ExecInitExpr(expression_planner((Expr *) expr), NULL);
}

void
maker_unknown_column(const char *what, const char *name, const char *const *names,
					 int count, const char *hint)
{
	const char *nearest = nearest_name(name, names, count);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("%s \"%s\"", what, name),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("%s", hint)));
}

/* The field that a column of a definition list names. */
static int
field_for_column(const Schema *schema, const char *name)
{
	int			field = schema_field_index(schema, name);
	const char **names;

	if (field >= 0)
		return field;
	names = palloc(sizeof(char *) * Max(schema->nfields, 1));
	for (int i = 0; i < schema->nfields; i++)
		names[i] = schema->fields[i]->name;
	maker_unknown_column("the schema has no field", name, names, schema->nfields,
						 "synthik_columns(schema) prints the columns that it has.");
}

/* How a field becomes a column; by the rules of an assignment. */
static ExprState *
cast_for_column(const Schema *schema, int i, Form_pg_attribute column)
{
	const Field *field = schema->fields[i];
	Node	   *expr;

	if (field->type == column->atttypid &&
		(column->atttypmod == -1 || field->typmod == column->atttypmod))
		return NULL;
	expr = coerce_to_target_type(NULL, (Node *) field_var(schema, i),
								 field->type, column->atttypid,
								 column->atttypmod, COERCION_ASSIGNMENT,
								 COERCE_IMPLICIT_CAST, -1);
	if (expr == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("field \"%s\" is of type %s, which cannot become column type %s",
						field->name,
						format_type_with_typemod(field->type, field->typmod),
						format_type_with_typemod(column->atttypid, column->atttypmod)),
				 errhint("synthik_columns(schema) prints the columns with the types that they have.")));
	return prepare_expression(expr);
}

/* A row type's columns are the fields, one for one. */
static int
field_for_attribute(const Schema *schema, int column, Form_pg_attribute att)
{
	const Field *field;

	if (column >= schema->nfields ||
		schema->fields[column]->origin == FIELD_DROPPED)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the row type has changed while it was used")));
	field = schema->fields[column];
	if (field->type != att->atttypid)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("field \"%s\" is of type %s, but the column is %s",
						field->name, format_type_be(field->type),
						format_type_be(att->atttypid)),
				 errhint("A schema laid over a table keeps the types of its columns.")));
	return column;
}

static void
map_columns(RowRun *run, const MakerCall *call)
{
	bool		by_name = call->maker->shape == MAKER_RECORD;

	run->columns = palloc(sizeof(MakerColumn) * Max(run->result->natts, 1));
	for (int i = 0; i < run->result->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(run->result, i);
		MakerColumn *column = &run->columns[run->ncolumns];
		int			field;

		if (att->attisdropped)
			continue;
		field = by_name ? field_for_column(run->schema, NameStr(att->attname)) :
			field_for_attribute(run->schema, i, att);
		column->column = i;
		column->field = field;
		column->cast = by_name ? cast_for_column(run->schema, field, att) : NULL;
		if (call->all || bms_is_member(i, call->wanted))
			run->ncolumns++;
	}
}

/* to_jsonb(ROW(…)) with the fields' names. */
static void
map_json(RowRun *run)
{
	const Schema *schema = run->schema;
	RowExpr    *row = makeNode(RowExpr);

	row->row_typeid = RECORDOID;
	row->row_format = COERCE_EXPLICIT_CALL;
	row->location = -1;
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->origin == FIELD_DROPPED)
			continue;
		row->args = lappend(row->args, field_var(schema, i));
		row->colnames = lappend(row->colnames,
								makeString(schema->fields[i]->name));
	}
	run->ncolumns = 1;
	run->columns = palloc0(sizeof(MakerColumn));
	run->columns->cast =
		prepare_expression((Node *) makeFuncExpr(F_TO_JSONB, JSONBOID,
												 list_make1(row), InvalidOid,
												 InvalidOid,
												 COERCE_EXPLICIT_CALL));
}

/*
 * The fields that have to be made: those of the columns that are read.  An
 * empty set would mean all of them, so a query that reads no column at all
 * gets one.
 */
static Bitmapset *
needed_fields(const RowRun *run, const MakerCall *call)
{
	Bitmapset  *needed = NULL;

	if (call->all || run->maker->shape == MAKER_JSON || OidIsValid(run->domain))
		return NULL;
	for (int i = 0; i < run->ncolumns; i++)
		needed = bms_add_member(needed, run->columns[i].field);
	for (int i = 0; needed == NULL && i < run->schema->nfields; i++)
		if (run->schema->fields[i]->origin != FIELD_DROPPED)
			needed = bms_make_singleton(i);
	return needed;
}

static void
run_map(RowRun *run, const MakerCall *original)
{
	MakerCall	call = *original;

	/* A domain judges whole rows. */
	if (run->maker->shape == MAKER_ROWTYPE &&
		get_typtype(call.row_type) == TYPTYPE_DOMAIN)
	{
		run->domain = call.row_type;
		run->domain_desc =
			lookup_rowtype_tupdesc_copy(getBaseType(call.row_type), -1);
		call.all = true;
	}
	if (run->maker->shape == MAKER_JSON)
		map_json(run);
	else
		map_columns(run, &call);
	run->request.needed = needed_fields(run, &call);
}

/* Are the stream's rows the result, column by column? */
static bool
run_is_straight(const RowRun *run)
{
	if (run->stored != NULL || run->kept != NULL || OidIsValid(run->domain) ||
		run->result->natts != run->schema->tupdesc->natts)
		return false;
	for (int i = 0; i < run->ncolumns; i++)
		if (run->columns[i].cast != NULL || run->columns[i].column != run->columns[i].field)
			return false;
	return true;
}

/* ---- running ---- */

static void
run_open(RowRun *run)
{
	MemoryContext old = MemoryContextSwitchTo(run->memory);

	run->request.progress = progress_begin(run->schema->relid, run->request.model,
										   run->request.rows);
	run->stream = row_stream_open(run->schema, run->methods, &run->request);
	MemoryContextSwitchTo(old);
}

/* A model's rows are kept, or a rescan would ask for them, and pay, again. */
static void
keep_rows(RowRun *run)
{
	run->kept = tuplestore_begin_heap(false, false, work_mem);
	tuplestore_set_eflags(run->kept, EXEC_FLAG_REWIND);
	run->again = MakeSingleTupleTableSlot(run->schema->tupdesc, &TTSOpsMinimalTuple);
}

static MakerRun *
begin_rows(const MakerCall *call)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext,
												 "synthik rows",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	RowRun	   *run = palloc0(sizeof(RowRun));

	run->base.methods = &row_maker_methods;
	run->maker = call->maker;
	run->memory = memory;
	run->result = call->result;
	if (call->maker->shape == MAKER_STORED)
	{
		run->stored = sink_stream_claim(&call->args[1], call->row_type);
		run->schema = sink_stream_schema(run->stored);
	}
	else
		run_prepare(run, call);
	run->econtext = CreateStandaloneExprContext();
	run_map(run, call);
	run->slot = MakeSingleTupleTableSlot(run->schema->tupdesc, &TTSOpsVirtual);
	if (call->kept && run->request.model != NULL)
		keep_rows(run);
	run->straight = run_is_straight(run);
	MemoryContextSwitchTo(old);

	if (run->stored == NULL)
		run_open(run);
	return &run->base;
}

static void
check_domain(RowRun *run, Datum *values, bool *isnull)
{
	MemoryContext old = MemoryContextSwitchTo(run->econtext->ecxt_per_tuple_memory);
	HeapTuple	tuple = heap_form_tuple(run->domain_desc, values, isnull);

	domain_check(HeapTupleGetDatum(tuple), false, run->domain,
				 &run->domain_cache, run->memory);
	MemoryContextSwitchTo(old);
}

/* The next row of the schema; NULL at the end. */
static TupleTableSlot *
next_row(RowRun *run)
{
	if (run->stored != NULL)
		return sink_stream_next(run->stored, run->slot) ? run->slot : NULL;
	if (run->kept != NULL && !tuplestore_ateof(run->kept) &&
		tuplestore_gettupleslot(run->kept, true, false, run->again))
	{
		slot_getallattrs(run->again);
		return run->again;
	}
	if (!row_stream_next(run->stream, run->slot))
		return NULL;
	if (run->kept != NULL)
		tuplestore_puttupleslot(run->kept, run->slot);
	return run->slot;
}

static bool
next_values(MakerRun *base, Datum *values, bool *isnull)
{
	RowRun	   *run = (RowRun *) base;
	TupleTableSlot *slot;

	if (run->straight)
		return row_stream_next_values(run->stream, values, isnull);
	slot = next_row(run);
	if (slot == NULL)
		return false;

	ResetExprContext(run->econtext);
	run->econtext->ecxt_scantuple = slot;
	if (run->ncolumns < run->result->natts)
		memset(isnull, true, run->result->natts);
	for (int i = 0; i < run->ncolumns; i++)
	{
		MakerColumn *column = &run->columns[i];
		int			k = column->column;

		if (column->cast == NULL)
		{
			values[k] = slot->tts_values[column->field];
			isnull[k] = slot->tts_isnull[column->field];
		}
		else
			values[k] = ExecEvalExprSwitchContext(column->cast, run->econtext,
												  &isnull[k]);
	}
	if (OidIsValid(run->domain))
		check_domain(run, values, isnull);
	return true;
}

static void
rewind_rows(MakerRun *base)
{
	RowRun	   *run = (RowRun *) base;

	if (run->stored != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the rows of %s can be read only once", run->maker->name)));
	if (run->kept != NULL)
	{
		tuplestore_rescan(run->kept);
		return;
	}
	row_stream_close(run->stream);
	progress_end(run->request.progress);
	run_open(run);
}

static void
end_rows(MakerRun *base)
{
	RowRun	   *run = (RowRun *) base;

	if (run->stream != NULL)
		row_stream_close(run->stream);
	progress_end(run->request.progress);
	if (run->kept != NULL)
	{
		tuplestore_end(run->kept);
		ExecDropSingleTupleTableSlot(run->again);
	}
	ExecDropSingleTupleTableSlot(run->slot);
	FreeExprContext(run->econtext, true);
	MemoryContextDelete(run->memory);
}

const MakerMethods row_maker_methods = {
	.begin = begin_rows,
	.next = next_values,
	.rewind = rewind_rows,
	.end = end_rows,
};

int64
maker_seed(const MakerRun *run)
{
	return (int64) ((const RowRun *) run)->request.seed;
}

/* ---- any run ---- */

MakerRun *
maker_begin(const MakerCall *call)
{
	return call->maker->methods->begin(call);
}

bool
maker_next(MakerRun *run, Datum *values, bool *isnull)
{
	return run->methods->next(run, values, isnull);
}

void
maker_rewind(MakerRun *run)
{
	run->methods->rewind(run);
}

void
maker_end(MakerRun *run)
{
	run->methods->end(run);
}

/* ---- without a scan: a tuplestore ---- */

/* The columns that the caller expects. */
static TupleDesc
expected_columns(FunctionCallInfo fcinfo, const Maker *maker)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;

	if (info == NULL || !IsA(info, ReturnSetInfo) ||
		(info->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s was called where no set of rows is accepted",
						maker->name)));
	if (info->expectedDesc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s needs a column definition list", maker->name),
				 maker->shape == MAKER_FILE ?
				 errhint("Call it in FROM, as in FROM %s(...) AS t(...); synthik_file_columns prints the list. synthik_read_file_json needs none.",
						 maker->name) :
				 errhint("Call it in FROM, as in FROM %s(...) AS t(...); synthik_columns(schema) prints the list. synthik_generate_json needs none.",
						 maker->name)));
	return info->expectedDesc;
}

static NullableDatum *
copy_arguments(FunctionCallInfo fcinfo)
{
	NullableDatum *args = palloc(sizeof(NullableDatum) * fcinfo->nargs);

	for (int i = 0; i < fcinfo->nargs; i++)
		args[i] = fcinfo->args[i];
	return args;
}

Datum
maker_materialize(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *info = (ReturnSetInfo *) fcinfo->resultinfo;
	MakerCall	call = {.maker = maker_find(fcinfo->flinfo->fn_addr)};
	MakerRun   *run;
	Datum	   *values;
	bool	   *isnull;

	if (call.maker == NULL || PG_NARGS() != maker_arguments(call.maker))
		elog(ERROR, "function %u is not declared as the extension does",
			 fcinfo->flinfo->fn_oid);
	call.result = expected_columns(fcinfo, call.maker);
	call.row_type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	call.args = copy_arguments(fcinfo);
	call.all = true;
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);

	values = palloc0(sizeof(Datum) * Max(call.result->natts, 1));
	isnull = palloc(sizeof(bool) * Max(call.result->natts, 1));
	run = maker_begin(&call);
	while (maker_next(run, values, isnull))
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(info->setResult, info->setDesc, values, isnull);
	}
	maker_end(run);
	return (Datum) 0;
}
