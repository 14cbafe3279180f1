/*-------------------------------------------------------------------------
 *
 * file.c
 *		synthik_file_columns, synthik_import_file, synthik_infer_file,
 *		synthik_augment_file, synthik_augment_bytes: files as tables.
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

/* ---- synthik_augment_file, synthik_augment_bytes ---- */

/* (path, rows, out_path, …) or (content, rows, …): the arguments that both have. */
enum
{
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

typedef struct Augment
{
	FileTable	file;
	NullableDatum rows;
	const NullableDatum *args;	/* by the numbers above */
	FileOptions options;		/* of the new file */
	const FileWriterMethods *methods;
	CodecKind	codec;
} Augment;

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
add_rows(const Augment *augment)
{
	const FileTable *file = &augment->file;
	char	   *mark = free_column(file->survey, "synthetic");
	Oid			types[] = {REGCLASSOID, TEXTOID, INT8OID, INT8OID, INT4OID, TEXTOID, TEXTOID};
	NullableDatum given[lengthof(types)] = {
		{.value = ObjectIdGetDatum(file->relid)}, {.value = CStringGetTextDatum(mark)},
		augment->rows, augment->args[ARG_SEED], augment->args[ARG_SAMPLE],
		augment->args[ARG_PRIVACY], augment->args[ARG_DATES]};
	Datum		values[lengthof(types)];
	char		nulls[lengthof(types)];

	run_sql(psprintf("ALTER TABLE %s ADD COLUMN %s boolean NOT NULL DEFAULT false",
					 file->name, quote_identifier(mark)));
	for (int i = 0; i < lengthof(types); i++)
	{
		values[i] = given[i].value;
		nulls[i] = given[i].isnull ? 'n' : ' ';
	}
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(psprintf("SELECT %s(target => $1, mark => $2::pg_catalog.name, rows => $3, seed => $4, sample => $5, privacy => $6, dates => $7)",
									   extension_object("synthik_augment")),
							  lengthof(types), types, values, nulls, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "no rows were added");
	SPI_finish();
	return mark;
}

/* Original rows come first: they lie first in the table, and a temporary one is
 * scanned from its beginning. */
static char *
rows_query(const Augment *augment, const char *mark)
{
	const FileTable *file = &augment->file;
	const NullableDatum *wanted = &augment->args[ARG_MARK];
	const NullableDatum *original = &augment->args[ARG_INCLUDE_ORIGINAL];
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	for (int i = 0; i < file->survey->ncolumns; i++)
		appendStringInfo(&query, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(file->survey->columns[i].name));
	if (!wanted->isnull)
		appendStringInfo(&query, ", %s AS %s", quote_identifier(mark),
						 quote_identifier(TextDatumGetCString(wanted->value)));
	appendStringInfo(&query, " FROM %s", file->name);
	if (!original->isnull && !DatumGetBool(original->value))
		appendStringInfo(&query, " WHERE %s", quote_identifier(mark));
	return query.data;
}

/* What the new file is to be; path is NULL of memory. */
static void
read_augment(FunctionCallInfo fcinfo, int shared, const char *path, Augment *augment)
{
	const NullableDatum *args = &fcinfo->args[shared];

	memset(augment, 0, sizeof(*augment));
	augment->rows = fcinfo->args[1];
	augment->args = args;
	file_options_read(args[ARG_FORMAT].isnull ? NULL : TextDatumGetCString(args[ARG_FORMAT].value),
					  args[ARG_WRITE_OPTIONS].isnull ? NULL :
					  DatumGetJsonbP(args[ARG_WRITE_OPTIONS].value), &augment->options);
	if (path != NULL || augment->options.format != NULL)
		augment->methods = file_writer_find(path, &augment->options, &augment->codec);
	open_file(fcinfo, path != NULL, -1, shared + ARG_OPTIONS, false, &augment->file);
	if (!args[ARG_MARK].isnull)
		check_mark(augment->file.survey, TextDatumGetCString(args[ARG_MARK].value));
	if (augment->methods != NULL)
		return;
	augment->options.format = augment->file.reader->methods->name;
	augment->methods = file_writer_find(NULL, &augment->options, &augment->codec);
}

/* Returns the number of rows written. */
static int64
write_augmented(Augment *augment, ByteSink *bytes)
{
	char	   *mark;
	int64		rows;

	load_table(&augment->file, 0);
	mark = add_rows(augment);
	rows = export_query(rows_query(augment, mark), augment->methods, bytes, &augment->options);
	drop_table(&augment->file);
	close_file(&augment->file);
	byte_sink_close(bytes);
	return rows;
}

SYNTHIK_FUNCTION(synthik_augment_file)
{
	Augment		augment;
	char	   *path;

	need_argument(fcinfo, 0, "path");
	need_argument(fcinfo, 1, "rows");
	need_argument(fcinfo, 2, "out_path");
	path = text_to_cstring(PG_GETARG_TEXT_PP(2));
	read_augment(fcinfo, 3, path, &augment);
	PG_RETURN_INT64(write_augmented(&augment, byte_sink_path(path, augment.codec)));
}

SYNTHIK_FUNCTION(synthik_augment_bytes)
{
	Augment		augment;
	ByteSink   *bytes;

	need_argument(fcinfo, 0, "content");
	need_argument(fcinfo, 1, "rows");
	read_augment(fcinfo, 2, NULL, &augment);
	bytes = byte_sink_memory(augment.codec);
	(void) write_augmented(&augment, bytes);
	PG_RETURN_BYTEA_P(byte_sink_bytea(bytes));
}
