/*-------------------------------------------------------------------------
 *
 * csv_write.c
 *		The writer of CSV and TSV, by the rules of COPY.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "file/file.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

typedef struct CsvWriter
{
	FileWriter	writer;
	char		delimiter;
	char		quote;
	char		escape;
	const char *null_text;
	int			encoding;
	FmgrInfo   *outputs;		/* of the columns */
	StringInfoData line;
} CsvWriter;

static bool
needs_quotes(const CsvWriter *csv, const char *text)
{
	if (strcmp(text, csv->null_text) == 0 || strcmp(text, "\\.") == 0)
		return true;
	for (const char *p = text; *p != '\0'; p++)
		if (*p == csv->delimiter || *p == csv->quote || *p == '\n' || *p == '\r' ||
			(csv->escape != csv->quote && *p == csv->escape))
			return true;
	return false;
}

static void
append_field(CsvWriter *csv, const char *text)
{
	if (!needs_quotes(csv, text))
	{
		appendStringInfoString(&csv->line, text);
		return;
	}
	appendStringInfoChar(&csv->line, csv->quote);
	for (const char *p = text; *p != '\0'; p++)
	{
		if (*p == csv->quote || *p == csv->escape)
			appendStringInfoChar(&csv->line, csv->escape);
		appendStringInfoChar(&csv->line, *p);
	}
	appendStringInfoChar(&csv->line, csv->quote);
}

static void
write_line(CsvWriter *csv)
{
	char	   *text = csv->line.data;

	appendStringInfoChar(&csv->line, '\n');
	if (csv->encoding != GetDatabaseEncoding())
	{
		text = pg_server_to_any(text, csv->line.len, csv->encoding);
		if (text != csv->line.data)
		{
			byte_sink_write(csv->writer.bytes, text, strlen(text));
			return;
		}
	}
	byte_sink_write(csv->writer.bytes, csv->line.data, csv->line.len);
}

static void
write_header(CsvWriter *csv)
{
	TupleDesc	desc = csv->writer.desc;
	bool		first = true;

	resetStringInfo(&csv->line);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		if (!first)
			appendStringInfoChar(&csv->line, csv->delimiter);
		append_field(csv, NameStr(att->attname));
		first = false;
	}
	write_line(csv);
}

static void
check_options(const FileOptions *options)
{
	if (options->utf16)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("CSV is not written in UTF-16"),
				 errhint("UTF8 with the option \"bom\" is what spreadsheets read, too.")));
	if (options->bom && options->encoding >= 0 && options->encoding != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a byte order mark stands before UTF-8 alone")));
}

/* What was written has to be told apart when it is read. */
static void
check_dialect(const CsvWriter *csv)
{
	if (csv->delimiter == csv->quote)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the delimiter and the quote must differ")));
	if (strchr(csv->null_text, csv->delimiter) != NULL || strchr(csv->null_text, csv->quote) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"null\" must hold neither the delimiter nor the quote")));
}

static FileWriter *
open_delimited(ByteSink *bytes, TupleDesc desc, const FileOptions *options,
			   const FileWriterMethods *methods, char delimiter)
{
	CsvWriter  *csv = (CsvWriter *) file_writer_new(sizeof(CsvWriter), methods, bytes, desc, options);
	MemoryContext old = MemoryContextSwitchTo(csv->writer.memory);

	check_options(options);
	csv->delimiter = options->delimiter != 0 ? options->delimiter : delimiter;
	csv->quote = options->quote != 0 ? options->quote : '"';
	csv->escape = options->escape != 0 ? options->escape : csv->quote;
	csv->null_text = options->null_text == NULL ? "" : options->null_text;
	check_dialect(csv);
	csv->encoding = options->encoding >= 0 ? options->encoding :
		GetDatabaseEncoding() == PG_SQL_ASCII ? PG_SQL_ASCII : PG_UTF8;
	csv->outputs = palloc0(sizeof(FmgrInfo) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Oid			output;
		bool		varlena;

		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		getTypeOutputInfo(TupleDescAttr(desc, i)->atttypid, &output, &varlena);
		fmgr_info(output, &csv->outputs[i]);
	}
	initStringInfo(&csv->line);
	if (options->bom)
		byte_sink_write(bytes, "\xef\xbb\xbf", 3);
	if (options->header != FILE_HEADER_NO)
		write_header(csv);
	MemoryContextSwitchTo(old);
	return &csv->writer;
}

static FileWriter *
csv_open(ByteSink *bytes, TupleDesc desc, const FileOptions *options)
{
	return open_delimited(bytes, desc, options, &csv_writer, ',');
}

static FileWriter *
tsv_open(ByteSink *bytes, TupleDesc desc, const FileOptions *options)
{
	return open_delimited(bytes, desc, options, &tsv_writer, '\t');
}

static void
csv_row(FileWriter *writer, TupleTableSlot *slot)
{
	CsvWriter  *csv = (CsvWriter *) writer;
	bool		first = true;

	resetStringInfo(&csv->line);
	for (int i = 0; i < writer->desc->natts; i++)
	{
		if (TupleDescAttr(writer->desc, i)->attisdropped)
			continue;
		if (!first)
			appendStringInfoChar(&csv->line, csv->delimiter);
		first = false;
		if (slot->tts_isnull[i])
			appendStringInfoString(&csv->line, csv->null_text);
		else
			append_field(csv, OutputFunctionCall(&csv->outputs[i], slot->tts_values[i]));
	}
	write_line(csv);
}

static void
csv_close(FileWriter *writer)
{
}

const FileWriterMethods csv_writer = {
	.name = "csv",
	.suffixes = ".csv .txt",
	.open = csv_open,
	.row = csv_row,
	.close = csv_close,
};

const FileWriterMethods tsv_writer = {
	.name = "tsv",
	.suffixes = ".tsv .tab",
	.open = tsv_open,
	.row = csv_row,
	.close = csv_close,
};
