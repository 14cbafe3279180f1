/*-------------------------------------------------------------------------
 *
 * file.c
 *		synthik_file_columns, synthik_import_file, synthik_infer_file,
 *		synthik_augment_file: files as tables.
 *
 * What learns from a file loads it into a temporary table, which is learned
 * from as any other table, and dropped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "api/file_input.h"
#include "api/learning.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "file/export.h"
#include "file/import.h"
#include "miscadmin.h"
#include "schema/schema.h"
#include "util/extension.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"

/* Of a larger file a part is learned from, spread over all of it. */
#define LEARN_ROWS	1000000

typedef struct FileTable
{
	FileInput	input;
	FileReader *reader;
	Survey	   *survey;
	Jsonb	   *report;
	char	   *name;			/* quoted SQL */
	Oid			relid;
	int64		rows;
} FileTable;

/* ---- opening ---- */

static void
open_file(FunctionCallInfo fcinfo, bool is_path, int format, int options, bool lenient,
		  FileTable *file)
{
	NullableDatum none = {.isnull = true};

	memset(file, 0, sizeof(*file));
	file_input_read(fcinfo->args[0], is_path, format < 0 ? none : fcinfo->args[format],
					fcinfo->args[options], &file->input);
	file->input.options.lenient = lenient;
	file->reader = file_open(file->input.bytes, &file->input.options);
	file->survey = survey_file(file->reader);
	file->report = survey_report(file->survey, file->reader);
	file_rewind(file->reader);
}

static void
close_file(FileTable *file)
{
	file_close(file->reader);
	byte_source_close(file->input.bytes);
}

/* ---- synthik_file_columns(file, format, options) ---- */

static Datum
file_columns(FunctionCallInfo fcinfo, bool is_path)
{
	FileTable	file;
	text	   *columns;

	open_file(fcinfo, is_path, 1, 2, true, &file);
	columns = cstring_to_text(survey_columns_text(file.survey, false));
	close_file(&file);
	PG_RETURN_TEXT_P(columns);
}

SYNTHIK_FUNCTION(synthik_file_columns)
{
	return file_columns(fcinfo, true);
}

SYNTHIK_FUNCTION(synthik_file_columns_bytes)
{
	return file_columns(fcinfo, false);
}

/* ---- synthik_import_file(file, relation, format, options) ---- */

/* A name as SQL reads it, quoted again. */
static char *
quoted_relation(const NullableDatum *relation)
{
	StringInfoData quoted;
	List	   *names;
	ListCell   *lc;

	if (relation->isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation must not be null")));
	names = textToQualifiedNameList(DatumGetTextPP(relation->value));
	initStringInfo(&quoted);
	foreach(lc, names)
	{
		if (quoted.len > 0)
			appendStringInfoChar(&quoted, '.');
		appendStringInfoString(&quoted, quote_identifier(strVal(lfirst(lc))));
	}
	return quoted.data;
}

static Datum
import_file(FunctionCallInfo fcinfo, bool is_path)
{
	char	   *name = quoted_relation(&fcinfo->args[1]);
	FileTable	file;

	open_file(fcinfo, is_path, 2, 3, false, &file);
	file.relid = import_create_table(name, false, file.survey);
	file.rows = import_rows(file.reader, file.survey, file.relid, 0);
	close_file(&file);
	PG_RETURN_INT64(file.rows);
}

SYNTHIK_FUNCTION(synthik_import_file)
{
	return import_file(fcinfo, true);
}

SYNTHIK_FUNCTION(synthik_import_file_bytes)
{
	return import_file(fcinfo, false);
}

/* ---- a temporary table ---- */

static void
run_sql(const char *command)
{
	int			result;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	result = SPI_execute(command, false, 0);
	if (result < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(result));
	SPI_finish();
}

/* The first value of the first row. */
static bool
ask_sql(const char *query)
{
	bool		isnull;
	bool		answer;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	/* Not read-only: that would not see the rows that were just loaded. */
	if (SPI_execute(query, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "SPI_execute failed");
	answer = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return answer && !isnull;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t		n = strlen(name);
	size_t		k = strlen(end);

	return n >= k && pg_strcasecmp(name + n - k, end) == 0;
}

/* Does the name, or the place, say that the column tells rows apart? */
static bool
may_be_key(const Survey *survey, int i)
{
	const SurveyColumn *column = &survey->columns[i];
	bool		named = pg_strcasecmp(column->name, "id") == 0 ||
		ends_with(column->name, "uuid") || ends_with(column->name, "key") ||
		(i == 0 && ends_with(column->name, "id"));

	if (survey->rows < 3 || column->guess.nulls > 0)
		return false;
	if (column->type == TEXTOID)
		return named || ends_with(column->name, "email");
	return (column->type == INT4OID || column->type == INT8OID || column->type == UUIDOID) &&
		(named || i == 0);
}

/* Columns that tell rows apart, and do in all of the file, become unique. */
static void
add_keys(const FileTable *file)
{
	for (int i = 0; i < file->survey->ncolumns; i++)
	{
		const char *column = quote_identifier(file->survey->columns[i].name);

		if (may_be_key(file->survey, i) &&
			ask_sql(psprintf("SELECT pg_catalog.count(DISTINCT %s) OPERATOR(pg_catalog.=) pg_catalog.count(*) FROM %s",
							 column, file->name)))
			run_sql(psprintf("ALTER TABLE %s ADD UNIQUE (%s)", file->name, column));
	}
}

static void
load_table(FileTable *file, int64 most)
{
	static uint32 number = 0;

	if (file->survey->ncolumns == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has no columns", byte_source_label(file->input.bytes))));
	file->name = psprintf("pg_temp.synthik_file_%u", ++number);
	file->relid = import_create_table(file->name, true, file->survey);
	file->rows = import_rows(file->reader, file->survey, file->relid, most);
	add_keys(file);
}

static void
drop_table(const FileTable *file)
{
	run_sql(psprintf("DROP TABLE %s", file->name));
}

/* ---- synthik_infer_file(file, format, options, sample, privacy, dates) ---- */

/* "/tmp/Orders 2024.csv.gz" is "Orders 2024". */
static char *
title_of(const FileInput *input)
{
	const char *name = byte_source_plain_name(input->bytes);
	char	   *title;
	char	   *dot;

	if (name == NULL)
		return NULL;
	title = pstrdup(last_dir_separator(name) == NULL ? name : last_dir_separator(name) + 1);
	dot = strrchr(title, '.');
	if (dot != NULL && dot > title)
		*dot = '\0';
	return title;
}

static Jsonb *
add_report(Jsonb *document, Jsonb *report)
{
	Datum		member = DirectFunctionCall1(jsonb_in,
											 CStringGetDatum(psprintf("{\"report\": %s}",
																	  JsonbToCString(NULL, &report->root, VARSIZE(report)))));

	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(document), member));
}

static Datum
infer_file(FunctionCallInfo fcinfo, bool is_path)
{
	FileTable	file;
	LearnOptions options;
	Relation	rel;
	Schema	   *schema;
	Jsonb	   *document;

	learning_read(&fcinfo->args[3], &options);
	open_file(fcinfo, is_path, 1, 2, true, &file);
	load_table(&file, LEARN_ROWS);

	/* The statement's own snapshot does not see what it has stored. */
	PushActiveSnapshot(GetTransactionSnapshot());
	rel = relation_open(file.relid, AccessShareLock);
	schema = schema_from_relation(rel, true);
	learning_apply(schema, rel, &options);
	relation_close(rel, NoLock);
	PopActiveSnapshot();
	schema->title = title_of(&file.input);
	document = add_report(schema_to_document(schema), file.report);
	close_file(&file);
	drop_table(&file);
	PG_RETURN_JSONB_P(document);
}

SYNTHIK_FUNCTION(synthik_infer_file)
{
	return infer_file(fcinfo, true);
}

SYNTHIK_FUNCTION(synthik_infer_file_bytes)
{
	return infer_file(fcinfo, false);
}

/* ---- synthik_augment_file ---- */

enum
{
	ARG_FILE,
	ARG_ROWS,
	ARG_OUT_PATH,
	ARG_FORMAT,
	ARG_SEED,
	ARG_INCLUDE_ORIGINAL,
	ARG_MARK,
	ARG_OPTIONS,
	ARG_WRITE_OPTIONS,
	ARG_SAMPLE,
	ARG_PRIVACY,
	ARG_DATES
};

static void
need_argument(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/* The name of a column that the file does not have. */
static char *
free_column(const Survey *survey, const char *wanted)
{
	char	   *name = pstrdup(wanted);

	for (int number = 1;; number++)
	{
		bool		taken = false;

		for (int i = 0; i < survey->ncolumns; i++)
			taken |= strcmp(survey->columns[i].name, name) == 0;
		if (!taken)
			return name;
		name = psprintf("%s_%d", wanted, number);
	}
}

static void
check_mark(const Survey *survey, const char *mark)
{
	if (strlen(mark) == 0 || strlen(mark) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" is no name for a column", mark)));
	for (int i = 0; i < survey->ncolumns; i++)
		if (strcmp(survey->columns[i].name, mark) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("the file has a column \"%s\" already", mark),
					 errhint("The argument mark names a column that is added.")));
}

/* Adds the rows, true in a column of their own; returns its name. */
static char *
add_rows(FunctionCallInfo fcinfo, const FileTable *file)
{
	char	   *mark = free_column(file->survey, "synthetic");
	Oid			types[] = {REGCLASSOID, INT8OID, INT8OID, TEXTOID, INT4OID, TEXTOID, TEXTOID};
	Datum		values[lengthof(types)];
	char		nulls[lengthof(types) + 1] = "       ";
	const int	arguments[] = {-1, ARG_ROWS, ARG_SEED, -1, ARG_SAMPLE, ARG_PRIVACY, ARG_DATES};

	run_sql(psprintf("ALTER TABLE %s ADD COLUMN %s boolean NOT NULL DEFAULT false",
					 file->name, quote_identifier(mark)));
	values[0] = ObjectIdGetDatum(file->relid);
	values[3] = CStringGetTextDatum(mark);
	for (int i = 0; i < lengthof(types); i++)
		if (arguments[i] >= 0)
		{
			values[i] = fcinfo->args[arguments[i]].value;
			nulls[i] = fcinfo->args[arguments[i]].isnull ? 'n' : ' ';
		}
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(psprintf("SELECT %s(target => $1, rows => $2, seed => $3, mark => $4::pg_catalog.name, sample => $5, privacy => $6, dates => $7)",
									   extension_object("synthik_augment")),
							  lengthof(types), types, values, nulls, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "no rows were added");
	SPI_finish();
	return mark;
}

/* Original rows come first: they lie first in the table, and a temporary one is
 * scanned from its beginning. */
static char *
rows_query(FunctionCallInfo fcinfo, const FileTable *file, const char *mark)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	for (int i = 0; i < file->survey->ncolumns; i++)
		appendStringInfo(&query, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(file->survey->columns[i].name));
	if (!PG_ARGISNULL(ARG_MARK))
		appendStringInfo(&query, ", %s AS %s", quote_identifier(mark),
						 quote_identifier(text_to_cstring(PG_GETARG_TEXT_PP(ARG_MARK))));
	appendStringInfo(&query, " FROM %s", file->name);
	if (!PG_ARGISNULL(ARG_INCLUDE_ORIGINAL) && !PG_GETARG_BOOL(ARG_INCLUDE_ORIGINAL))
		appendStringInfo(&query, " WHERE %s", quote_identifier(mark));
	return query.data;
}

SYNTHIK_FUNCTION(synthik_augment_file)
{
	FileTable	file;
	FileOptions options;
	const FileWriterMethods *methods;
	CodecKind	codec;
	ByteSink   *bytes;
	char	   *path;
	char	   *mark;
	int64		rows;

	need_argument(fcinfo, ARG_FILE, "path");
	need_argument(fcinfo, ARG_ROWS, "rows");
	need_argument(fcinfo, ARG_OUT_PATH, "out_path");
	path = text_to_cstring(PG_GETARG_TEXT_PP(ARG_OUT_PATH));
	file_options_read(PG_ARGISNULL(ARG_FORMAT) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(ARG_FORMAT)),
					  PG_ARGISNULL(ARG_WRITE_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_WRITE_OPTIONS),
					  &options);
	methods = file_writer_find(path, &options, &codec);
	open_file(fcinfo, true, -1, ARG_OPTIONS, false, &file);
	if (!PG_ARGISNULL(ARG_MARK))
		check_mark(file.survey, text_to_cstring(PG_GETARG_TEXT_PP(ARG_MARK)));
	bytes = byte_sink_path(path, codec);
	load_table(&file, 0);
	mark = add_rows(fcinfo, &file);
	rows = export_query(rows_query(fcinfo, &file, mark), methods, bytes, &options);
	drop_table(&file);
	close_file(&file);
	byte_sink_close(bytes);
	PG_RETURN_INT64(rows);
}
