/*-------------------------------------------------------------------------
 *
 * csv.c
 *		The reader of CSV and TSV.
 *
 * A window of the file's text is scanned for one row after another; cells
 * point into the window.  Where COPY has a rule it is kept: an empty field
 * without quotes is NULL, one in quotes is an empty string.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/csv.h"
#include "file/report.h"
#include "file/text_source.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef struct CsvReader
{
	FileReader	reader;
	TextWindow	window;
	CsvScanner	scanner;
	CsvRow		row;
	size_t		directive;		/* of a first line "sep=;", or 0 */
	bool		header;
	const char *null_text;
	size_t		null_length;
	int64		line;			/* of the current row, from 1 */
	int64		next_line;
} CsvReader;

/* ---- scanning ---- */

pg_noreturn static void
report_fault(CsvReader *csv, CsvScan result)
{
	int			column = csv->row.nfields - 1;
	char	   *place = csv->reader.methods->position(&csv->reader, column);

	switch (result)
	{
		case CSV_OPEN_QUOTE:
			ereport(ERROR,
					(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
					 errmsg("the quote that opens %s is never closed", place),
					 text_window_detail(&csv->window, csv->row.fault),
					 errhint("The option \"quote\" says which character quotes, and \"escape\" which one stands before a quote that is text."),
					 file_errcontext(&csv->reader, column)));
			break;
		case CSV_AFTER_QUOTE:
			ereport(ERROR,
					(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
					 errmsg("text follows a closing quote in %s", place),
					 text_window_detail(&csv->window, csv->row.fault),
					 errhint("A quote within quotes is written twice; where files do otherwise, the option \"escape\" says how."),
					 file_errcontext(&csv->reader, column)));
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a row has more than %d fields", CSV_MAX_FIELDS),
					 file_errcontext(&csv->reader, -1)));
	}
}

/* Scans the next row, which begins at the window's start; false at the end. */
static bool
scan_row(CsvReader *csv)
{
	TextWindow *window = &csv->window;
	CsvScan		result = CSV_MORE;

	csv->line = csv->next_line;
	csv->row.nfields = 0;
	for (;;)
	{
		if (window->start < window->end)
			result = csv_scan_row(&csv->scanner, window->data + window->start,
								  window->end - window->start, window->at_end, &csv->row);
		if (result == CSV_ROW)
			break;
		if (window->at_end || result != CSV_MORE)
		{
			text_source_check(window->text, &csv->reader);
			if (window->start == window->end)
				return false;
			report_fault(csv, result);
		}
		text_window_fill(window, &csv->reader);
	}
	/* A row that has no end before bytes that are no text is none. */
	if (window->at_end && window->start + csv->row.size == window->end &&
		strchr("\r\n", window->data[window->end - 1]) == NULL)
		text_source_check(window->text, &csv->reader);
	csv->next_line = csv->line + csv->row.newlines;
	return true;
}

/* ---- a row's cells ---- */

static bool
is_blank_line(const CsvReader *csv)
{
	const CsvRow *row = &csv->row;

	return row->nfields == 1 && row->fields[0].length == 0 && !row->fields[0].quoted;
}

static void
set_cell(CsvReader *csv, FileCell *cell, const CsvField *field)
{
	char	   *text = csv->window.data + csv->window.start + field->start;

	cell->text = text;
	cell->length = field->length;
	if (!field->quoted && field->length == csv->null_length &&
		memcmp(text, csv->null_text, field->length) == 0)
	{
		cell->kind = CELL_NULL;
		return;
	}
	cell->kind = CELL_TEXT;
	if (field->escaped)
		cell->length = csv_unescape(&csv->scanner.dialect, text, field->length);
	/* Over the delimiter, quote or line end, or into the spare byte. */
	text[cell->length] = '\0';
}

static void
report_ragged(CsvReader *csv)
{
	FileReader *reader = &csv->reader;
	int			fields = csv->row.nfields;

	if (!reader->options->lenient)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("a row has %d field%s, but there %s %d column%s",
						fields, fields == 1 ? "" : "s", reader->ncolumns == 1 ? "is" : "are",
						reader->ncolumns, reader->ncolumns == 1 ? "" : "s"),
				 text_window_detail(&csv->window, 0),
				 file_errcontext(reader, -1)));
	file_problem(reader, psprintf("line %lld", (long long) csv->line),
				 "the row has %d field%s, but there %s %d column%s", fields,
				 fields == 1 ? "" : "s", reader->ncolumns == 1 ? "is" : "are",
				 reader->ncolumns, reader->ncolumns == 1 ? "" : "s");
}

static bool
csv_next(FileReader *reader)
{
	CsvReader  *csv = (CsvReader *) reader;
	int			fields;

	do
	{
		csv->window.start += csv->row.size;
		csv->row.size = 0;
		if (!scan_row(csv))
			return false;
	} while (is_blank_line(csv) && reader->ncolumns > 1);
	fields = csv->row.nfields;
	if (fields != reader->ncolumns)
		report_ragged(csv);
	for (int i = 0; i < reader->ncolumns; i++)
	{
		if (i < fields)
			set_cell(csv, &reader->cells[i], &csv->row.fields[i]);
		else
			reader->cells[i].kind = CELL_NULL;
	}
	return true;
}

/* ---- opening ---- */

static void
read_header(CsvReader *csv)
{
	FileReader *reader = &csv->reader;
	char	  **names;
	int			count;

	if (!scan_row(csv))
	{
		/* Of nothing at all, nothing can be missing. */
		reader->more_columns = true;
		return;
	}
	count = csv->row.nfields;
	names = palloc(sizeof(char *) * count);
	for (int i = 0; i < count; i++)
	{
		FileCell	cell;

		if (csv->header)
		{
			set_cell(csv, &cell, &csv->row.fields[i]);
			names[i] = cell.kind == CELL_NULL ? "" : pnstrdup(cell.text, cell.length);
		}
		else
			names[i] = psprintf("column_%d", i + 1);
	}
	file_reader_set_columns(reader, names, count);
	reader->unnamed = !csv->header;
	if (!csv->header)
	{
		csv->row.size = 0;
		csv->next_line = csv->line;
	}
	pfree(names);
}

/* Excel's own: the first line may say the delimiter. */
static void
find_directive(CsvReader *csv, char *delimiter)
{
	const char *data = csv->window.data;
	size_t		length = csv->window.end;
	size_t		end = 5;

	if (length < 6 || pg_strncasecmp(data, "sep=", 4) != 0 || strchr("\r\n\"", data[4]) != NULL)
		return;
	end += data[end] == '\r' && end + 1 < length && data[end + 1] == '\n';
	if (data[end] != '\r' && data[end] != '\n')
		return;
	*delimiter = data[4];
	csv->directive = end + 1;
}

/* To the first row of a window that is filled: the header where there is one. */
static void
go_to_start(CsvReader *csv)
{
	csv->window.start = csv->directive;
	csv->row.size = 0;
	csv->next_line = csv->directive > 0 ? 2 : 1;
}

static FileReader *
open_delimited(ByteSource *bytes, const FileOptions *options, const FileReaderMethods *methods,
			   char delimiter)
{
	CsvReader  *csv = (CsvReader *) file_reader_new(sizeof(CsvReader), methods, bytes, options);
	MemoryContext old = MemoryContextSwitchTo(csv->reader.memory);
	CsvDialect	dialect;
	const char *sample;
	size_t		length;

	text_window_open(&csv->window, bytes, options);
	csv->null_text = options->null_text == NULL ? "" : options->null_text;
	csv->null_length = strlen(csv->null_text);
	text_window_fill(&csv->window, &csv->reader);
	find_directive(csv, &delimiter);
	go_to_start(csv);
	sample = csv->window.data + csv->window.start;
	length = csv->window.end - csv->window.start;
	csv_guess_dialect(sample, length, csv->window.at_end, options, delimiter, &dialect);
	csv_scanner_init(&csv->scanner, &dialect);
	csv->header = options->header == FILE_HEADER_YES ||
		(options->header == FILE_HEADER_GUESS &&
		 csv_guess_header(sample, length, csv->window.at_end, &dialect));
	read_header(csv);
	MemoryContextSwitchTo(old);
	return &csv->reader;
}

static FileReader *
csv_open(ByteSource *bytes, const FileOptions *options)
{
	return open_delimited(bytes, options, &csv_reader, 0);
}

static FileReader *
tsv_open(ByteSource *bytes, const FileOptions *options)
{
	return open_delimited(bytes, options, &tsv_reader, '\t');
}

static void
csv_rewind(FileReader *reader)
{
	CsvReader  *csv = (CsvReader *) reader;

	text_window_rewind(&csv->window);
	text_window_fill(&csv->window, &csv->reader);
	go_to_start(csv);
	if (csv->header)
		(void) scan_row(csv);
}

/* ---- places ---- */

/* Lines end within quotes, too. */
static int64
line_of_field(const CsvReader *csv, int column)
{
	const char *start = csv->window.data + csv->window.start;
	size_t		end = csv->row.fields[column].start;
	int64		line = csv->line;

	for (size_t i = 0; i < end; i++)
		line += start[i] == '\n' || (start[i] == '\r' && start[i + 1] != '\n');
	return line;
}

static char *
csv_position(FileReader *reader, int column)
{
	CsvReader  *csv = (CsvReader *) reader;

	if (column < 0 || column >= csv->row.nfields)
		return psprintf("line %lld", (long long) csv->line);
	return psprintf("line %lld, column %d", (long long) line_of_field(csv, column), column + 1);
}

static void
csv_report(FileReader *reader, JsonbParseState **state)
{
	CsvReader  *csv = (CsvReader *) reader;
	const CsvDialect *dialect = &csv->scanner.dialect;

	file_report_text(state, "encoding", text_source_encoding(csv->window.text));
	file_report_text(state, "delimiter", pnstrdup(&dialect->delimiter, 1));
	file_report_text(state, "quote", pnstrdup(&dialect->quote, 1));
	file_report_text(state, "escape", pnstrdup(&dialect->escape, 1));
	file_report_boolean(state, "header", csv->header);
}

static void
csv_close(FileReader *reader)
{
}

const FileReaderMethods csv_reader = {
	.name = "csv",
	.suffixes = ".csv .txt",
	.open = csv_open,
	.next = csv_next,
	.position = csv_position,
	.report = csv_report,
	.rewind = csv_rewind,
	.close = csv_close,
};

const FileReaderMethods tsv_reader = {
	.name = "tsv",
	.suffixes = ".tsv .tab",
	.open = tsv_open,
	.next = csv_next,
	.position = csv_position,
	.report = csv_report,
	.rewind = csv_rewind,
	.close = csv_close,
};
