/*-------------------------------------------------------------------------
 *
 * create.c
 *		synthik_create_table, synthik_create_pack: tables from documents.
 *
 * A table is made in steps, as what a document refers to may be made with it:
 * all tables, then their checks, rules and foreign keys, and then the rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/xact.h"
#include "api/input.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "schema/ddl.h"
#include "schema/rules.h"
#include "schema/semantic.h"
#include "util/extension.h"
#include "util/guard.h"
#include "util/jsonb_edit.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/varlena.h"

/* A table that is being made. */
typedef struct NewTable
{
	Jsonb	   *document;
	char	   *name;			/* qualified and quoted, once it is there */
	Oid			relid;
	Schema	   *schema;
	int64		rows;			/* to be made, */
	Jsonb	   *usual_rows;		/* and how many there are in a pack of size 1, or NULL:
								 * its rule keeps that for whoever fills it */
} NewTable;

/* What both functions are given for the rows. */
typedef struct FillArguments
{
	NullableDatum seed;
	NullableDatum locale;
} FillArguments;

/* ---- pieces ---- */

static void
run_utility(const char *sql)
{
	if (SPI_connect() != SPI_OK_CONNECT || SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not run \"%s\"", sql);
	SPI_finish();
	CommandCounterIncrement();
}

static Schema *
read_document(Jsonb *document, bool tables_to_come)
{
	Faults		faults = {.collect = false,.tables_to_come = tables_to_come};

	return schema_from_document(document, NULL, &faults);
}

/* ---- a table ---- */

/* The name as SQL reads it; where CREATE TABLE would put it. */
static void
make_table(NewTable *table, const char *relation)
{
	RangeVar   *range = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(relation)));
	Oid			schema = RangeVarGetCreationNamespace(range);

	if (OidIsValid(get_relname_relid(range->relname, schema)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", range->relname)));
	table->name = quote_qualified_identifier(get_namespace_name(schema), range->relname);
	table->schema = read_document(table->document, true);
	run_utility(ddl_create_table(table->schema, schema_to_document(table->schema),
								 table->name));
	table->relid = get_relname_relid(range->relname, schema);
}

typedef struct CheckWork
{
	const NewTable *table;
	const char *check;
	char	   *sql;
} CheckWork;

static void
make_check(void *argument)
{
	CheckWork  *work = argument;

	work->sql = ddl_add_check(work->table->schema, work->table->relid, work->table->name,
							  work->check);
}

/*
 * Checks of the table's own columns become its own; the others, of the row
 * before in a series too, stay for the table's rule, as an array.
 */
static Jsonb *
add_checks(const NewTable *table)
{
	JsonbParseState *state = NULL;
	ListCell   *cell;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	foreach(cell, table->schema->checks)
	{
		const Check *check = lfirst(cell);
		CheckWork	work = {table, check->text};
		JsonbValue	text = {.type = jbvString};

		if (check->own || check->text == NULL)
			continue;
		if (guard_call(make_check, &work, NULL) && work.sql != NULL)
		{
			run_utility(work.sql);
			continue;
		}
		text.val.string.val = check->text;
		text.val.string.len = strlen(check->text);
		pushJsonbValue(&state, WJB_ELEM, &text);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

static void
add_comments(const NewTable *table)
{
	ListCell   *cell;

	foreach(cell, ddl_comments(table->schema, table->name))
		run_utility(lfirst(cell));
}

/* The parts of the document that are about no column, as an array. */
static Jsonb *
hidden_fields(const NewTable *table, Jsonb *document)
{
	Jsonb	   *fields = JsonbValueToJsonb(jsonb_member(document, "fields"));

	for (int i = 0; i < table->schema->nfields; i++)
		fields = DatumGetJsonbP(DirectFunctionCall2(jsonb_delete_idx, JsonbPGetDatum(fields),
													Int32GetDatum(0)));
	return fields;
}

/* What a document says beside its fields, and the table's definition does not. */
static Jsonb *
table_rule(const NewTable *table, Jsonb *document, Jsonb *checks)
{
	static const char *const said[] = {
		"title", "description", "fields", "unique", "primary_key", "references", "checks"
	};
	Jsonb	   *hidden = hidden_fields(table, document);

	for (int i = 0; i < lengthof(said); i++)
		document = jsonb_without(document, said[i]);
	if (JB_ROOT_COUNT(hidden) > 0)
		document = jsonb_with(document, "fields", hidden);
	if (JB_ROOT_COUNT(checks) > 0)
		document = jsonb_with(document, "checks", checks);
	if (table->usual_rows != NULL)
		document = jsonb_with(document, "x-rows", table->usual_rows);
	return document;
}

static void
add_rules(const NewTable *table, Jsonb *checks)
{
	Jsonb	   *document = schema_to_document(table->schema);
	JsonbValue *fields = jsonb_member(document, "fields");
	Jsonb	   *rule = table_rule(table, document, checks);

	for (int i = 0; i < table->schema->nfields; i++)
	{
		JsonbValue *part = getIthJsonbValueFromContainer(fields->val.binary.data, i);
		Jsonb	   *of_column = ddl_rule(table->schema->fields[i], JsonbValueToJsonb(part));

		if (of_column != NULL)
			rules_store(table->relid, i + 1, of_column);
	}
	if (JB_ROOT_COUNT(rule) > 0)
		rules_store(table->relid, 0, rule);
	CommandCounterIncrement();
}

/* Once all tables are there. */
static void
complete_table(NewTable *table)
{
	Faults		faults = {.collect = false};
	ListCell   *cell;

	/* Now every fault is one. */
	schema_prepare(read_document(table->document, false), &faults);
	table->schema = read_document(table->document, false);
	foreach(cell, table->schema->references)
	{
		run_utility(ddl_add_reference(table->schema, lfirst(cell), table->name));
		if (ddl_add_index(table->schema, lfirst(cell), table->name) != NULL)
			run_utility(ddl_add_index(table->schema, lfirst(cell), table->name));
	}
	add_comments(table);
	add_rules(table, add_checks(table));
}

static void
fill_table(const NewTable *table, const FillArguments *arguments)
{
	Oid			types[4] = {REGCLASSOID, INT8OID, INT8OID, TEXTOID};
	Datum		values[4] = {ObjectIdGetDatum(table->relid), Int64GetDatum(table->rows),
	arguments->seed.value, arguments->locale.value};
	char		nulls[4] = {' ', ' ', arguments->seed.isnull ? 'n' : ' ',
	arguments->locale.isnull ? 'n' : ' '};

	if (table->rows == 0)
		return;
	if (SPI_connect() != SPI_OK_CONNECT ||
		SPI_execute_with_args(psprintf("SELECT %s($1, $2, seed => $3, locale => $4)",
									   extension_object("synthik_augment")),
							  4, types, values, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not fill \"%s\"", table->name);
	SPI_finish();
	CommandCounterIncrement();
}

/* ---- synthik_create_table ---- */

static void
check_rows(int64 rows)
{
	if (rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows is " INT64_FORMAT ", but must not be negative", rows)));
}

static void
require_argument(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

static void fill_tables(NewTable *tables, int count, Jsonb *rows, const FillArguments *arguments);

/* Rows of a tree refer to others of the same table, which come first. */
static bool
refers_to_itself(const NewTable *table)
{
	ListCell   *cell;

	foreach(cell, table->schema->references)
		if (((const Reference *) lfirst(cell))->relid == table->relid)
			return true;
	return false;
}

static void
fill_tree(NewTable *table, const FillArguments *arguments)
{
	fill_tables(table, 1, jsonb_with(jsonb_of_text("{}"), table->name,
									 jsonb_of_text(psprintf(INT64_FORMAT, table->rows))), arguments);
}

static Datum
create_table(FunctionCallInfo fcinfo, Jsonb *document)
{
	NewTable	table = {.document = document};
	FillArguments arguments = {fcinfo->args[3], fcinfo->args[4]};

	table.rows = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2);
	check_rows(table.rows);
	make_table(&table, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	complete_table(&table);
	if (table.rows > 0 && refers_to_itself(&table))
		fill_tree(&table, &arguments);
	else
		fill_table(&table, &arguments);
	PG_RETURN_OID(table.relid);
}

SYNTHIK_FUNCTION(synthik_create_table)
{
	PreventCommandIfReadOnly("synthik_create_table()");
	require_argument(fcinfo, 0, "relation");
	require_argument(fcinfo, 1, "schema");
	return create_table(fcinfo, input_document(fcinfo, 1));
}

/* ---- synthik_create_pack ---- */

static Jsonb *
pack_document(const char *name)
{
	Jsonb	   *document;
	const char *nearest;

	if (name[strspn(name, " \t\n\r")] == '{')
		document = jsonb_of_text(name);
	else
		document = schema_named(name);
	if (document == NULL)
	{
		nearest = schema_nearest(name);
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no pack \"%s\"", name),
				 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) :
				 errhint("The view synthik_templates lists those with several tables.")));
	}
	if (!schema_is_pack(document))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" describes one table, and not a pack of several", name),
				 errhint("synthik_create_table makes a table.")));
	return document;
}

static char *
table_text(Jsonb *table, const char *key, int index)
{
	JsonbValue *value = jsonb_member(table, key);

	if (value == NULL || value->type != jbvString)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("table number %d of the pack has no \"%s\"", index + 1, key)));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static void
check_scale(Datum scale)
{
	Numeric		number = DatumGetNumeric(scale);

	if (numeric_is_nan(number) || numeric_is_inf(number) ||
		DatumGetBool(DirectFunctionCall2(numeric_lt, scale,
										 NumericGetDatum(int64_to_numeric(0)))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale is %s, but must not be negative",
						DatumGetCString(DirectFunctionCall1(numeric_out, scale)))));
}

static NewTable *
read_tables(Jsonb *pack, int *count)
{
	JsonbContainer *list = jsonb_member(pack, "tables")->val.binary.data;
	NewTable   *tables = palloc0(sizeof(NewTable) * Max(JsonContainerSize(list), 1));

	*count = JsonContainerSize(list);
	for (int i = 0; i < *count; i++)
	{
		JsonbValue *value = getIthJsonbValueFromContainer(list, i);
		Jsonb	   *table;

		if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("table number %d of the pack is not an object", i + 1)));
		table = JsonbValueToJsonb(value);
		tables[i].name = table_text(table, "name", i);
		if (jsonb_member(table, "rows") != NULL)
			tables[i].usual_rows = JsonbValueToJsonb(jsonb_member(table, "rows"));
		tables[i].document = jsonb_without(jsonb_without(table, "name"), "rows");
	}
	return tables;
}

/* Names of the pack are looked for in its schema first. */
static void
enter_schema(const char *name)
{
	if (strcmp(name, "pg_temp") != 0 && !OidIsValid(get_namespace_oid(name, true)))
		run_utility(psprintf("CREATE SCHEMA %s", quote_identifier(name)));
	(void) set_config_option("search_path",
							 psprintf("%s, %s", quote_identifier(name),
									  namespace_search_path),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static void
make_tables(NewTable *tables, int count)
{
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		make_table(&tables[i], quote_identifier(tables[i].name));
	}
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		complete_table(&tables[i]);
	}
}

/* ---- the rows of a pack ---- */

/*
 * rows × scale, rounded up, so that no table of a small pack is empty; or as
 * many as can be, of so few parents: {"up_to": 300}
 */
static Jsonb *
scaled(Jsonb *rows, Datum scale)
{
	JsonbValue	number;
	Datum		product;

	if (!JB_ROOT_IS_SCALAR(rows) || !JsonbExtractScalar(&rows->root, &number) ||
		number.type != jbvNumeric)
		return rows;
	product = DirectFunctionCall2(numeric_mul, NumericGetDatum(number.val.numeric), scale);
	number.val.numeric = DatumGetNumeric(DirectFunctionCall1(numeric_ceil, product));
	return jsonb_with(jsonb_of_text("{}"), "up_to", JsonbValueToJsonb(&number));
}

/* What synthik_populate is asked for: {"demo.orders": {"up_to": 4000}, …} */
static Jsonb *
rows_of_tables(const NewTable *tables, int count, Datum scale)
{
	Jsonb	   *rows = jsonb_of_text("{}");

	for (int i = 0; i < count; i++)
		if (tables[i].usual_rows != NULL)
			rows = jsonb_with(rows, tables[i].name, scaled(tables[i].usual_rows, scale));
	return rows;
}

/* How many rows a table has got, by what synthik_populate returned. */
static void
take_result(NewTable *tables, int count)
{
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[row];
		bool		isnull;
		Oid			relid = DatumGetObjectId(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull));

		for (int i = 0; i < count; i++)
			if (tables[i].relid == relid)
				tables[i].rows = DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2,
															 &isnull));
	}
}

static void
fill_tables(NewTable *tables, int count, Jsonb *rows, const FillArguments *arguments)
{
	Oid			types[3] = {JSONBOID, INT8OID, TEXTOID};
	Datum		values[3] = {JsonbPGetDatum(rows),
	arguments->seed.value, arguments->locale.value};
	char		nulls[3] = {' ', arguments->seed.isnull ? 'n' : ' ',
	arguments->locale.isnull ? 'n' : ' '};

	if (SPI_connect() != SPI_OK_CONNECT ||
		SPI_execute_with_args(psprintf("SELECT relation, rows FROM %s($1, seed => $2, locale => $3)",
									   extension_object("synthik_populate")),
							  3, types, values, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not fill the tables");
	take_result(tables, count);
	SPI_finish();
}

SYNTHIK_FUNCTION(synthik_create_pack)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	FillArguments arguments = {fcinfo->args[3], fcinfo->args[4]};
	Datum		scale = PG_ARGISNULL(2) ? NumericGetDatum(int64_to_numeric(0)) : PG_GETARG_DATUM(2);
	NewTable   *tables;
	int			level;
	int			count;

	PreventCommandIfReadOnly("synthik_create_pack()");
	require_argument(fcinfo, 0, "pack");
	check_scale(scale);
	InitMaterializedSRF(fcinfo, 0);
	tables = read_tables(pack_document(text_to_cstring(PG_GETARG_TEXT_PP(0))), &count);

	level = NewGUCNestLevel();
	if (!PG_ARGISNULL(1))
		enter_schema(NameStr(*PG_GETARG_NAME(1)));
	make_tables(tables, count);
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, scale,
										 NumericGetDatum(int64_to_numeric(0)))))
		fill_tables(tables, count, rows_of_tables(tables, count, scale), &arguments);
	AtEOXact_GUC(true, level);
	for (int i = 0; i < count; i++)
	{
		Datum		values[2] = {ObjectIdGetDatum(tables[i].relid), Int64GetDatum(tables[i].rows)};
		bool		nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
