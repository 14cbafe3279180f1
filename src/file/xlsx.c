/*-------------------------------------------------------------------------
 *
 * xlsx.c
 *		The reader of Excel workbooks (.xlsx, .xlsm).
 *
 * The columns are those that have values in the first rows, or those of the
 * option "range".  Rows without a value are left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/header_guess.h"
#include "file/report.h"
#include "file/xlsx_merge.h"
#include "file/xlsx_sheet.h"
#include "utils/memutils.h"

/* Rows that are looked at for columns and names. */
#define SAMPLE_ROWS 200

typedef struct XlsxReader
{
	FileReader	reader;
	XlsxBook   *book;
	const XlsxSheetInfo *info;
	XlsxSheet  *sheet;			/* at work, or NULL: at the end */
	bool		ranged;			/* by the option */
	XlsxRange	range;			/* of the rows; columns are the reader's */
	bool		header;
	XlsxMerge  *merge;			/* or NULL: merged cells are not filled */
	int			row;			/* the current one's number */
	bool		quiet;			/* problems are told later */
	int64		hidden_rows;	/* that were seen in one pass */
} XlsxReader;

/* A row of the sample. */
typedef struct SampleRow
{
	int			row;
	int			ncells;
	XlsxCell   *cells;			/* copies */
} SampleRow;

typedef struct Sample
{
	int			nrows;
	SampleRow	rows[SAMPLE_ROWS];
} Sample;

/* ---- the sheet ---- */

static void
add_problem(void *context, const char *cell, const char *message)
{
	XlsxReader *xlsx = context;

	if (!xlsx->quiet)
		file_problem(&xlsx->reader, psprintf("sheet \"%s\", cell %s", xlsx->info->name, cell),
					 "%s", message);
}

static void
close_sheet(XlsxReader *xlsx)
{
	if (xlsx->sheet == NULL)
		return;
	xlsx->hidden_rows = Max(xlsx->hidden_rows, xlsx_sheet_hidden_rows(xlsx->sheet));
	xlsx_sheet_close(xlsx->sheet);
	xlsx->sheet = NULL;
}

static void
open_sheet(XlsxReader *xlsx)
{
	MemoryContext old = MemoryContextSwitchTo(xlsx->reader.memory);

	close_sheet(xlsx);
	xlsx->sheet = xlsx_sheet_open(xlsx->book, xlsx->info, add_problem, xlsx);
	xlsx->row = 0;
	if (xlsx->merge != NULL)
		xlsx_merge_rewind(xlsx->merge);
	MemoryContextSwitchTo(old);
}

/* The next row within the range; false at the end. */
static bool
next_row(XlsxReader *xlsx, const XlsxCell **cells, int *ncells)
{
	if (xlsx->sheet == NULL)
		return false;
	do
	{
		xlsx->row = xlsx_sheet_next(xlsx->sheet, cells, ncells);
		if (xlsx->row == 0)
			return false;
		if (xlsx->row > xlsx->range.last_row)
			return false;
		if (xlsx->merge != NULL)
			xlsx_merge_row(xlsx->merge, xlsx->row, cells, ncells);
	} while (xlsx->row < xlsx->range.first_row);
	return true;
}

/* ---- which rows and columns ---- */

static Sample *
take_sample(XlsxReader *xlsx)
{
	Sample	   *sample = palloc0(sizeof(Sample));
	const XlsxCell *cells;
	int			ncells;

	xlsx->quiet = true;
	open_sheet(xlsx);
	while (sample->nrows < SAMPLE_ROWS && next_row(xlsx, &cells, &ncells))
	{
		SampleRow  *row = &sample->rows[sample->nrows];

		row->row = xlsx->row;
		row->cells = palloc(sizeof(XlsxCell) * ncells);
		for (int i = 0; i < ncells; i++)
		{
			if (cells[i].column < xlsx->range.first_column ||
				cells[i].column > xlsx->range.last_column)
				continue;
			row->cells[row->ncells] = cells[i];
			row->cells[row->ncells++].text = pnstrdup(cells[i].text, cells[i].length);
		}
		sample->nrows += row->ncells > 0;
	}
	xlsx->quiet = false;
	return sample;
}

/*
 * A title above the table: rows of a single value before the first one of
 * more, where tables have several columns.
 */
static void
skip_titles(XlsxReader *xlsx, Sample *sample)
{
	int			most = 0;
	int			titles = 0;

	for (int i = 0; i < sample->nrows; i++)
		most = Max(most, sample->rows[i].ncells);
	if (most < 3)
		return;
	while (sample->rows[titles].ncells == 1)
		titles++;
	for (int i = 0; i < titles; i++)
		file_problem(&xlsx->reader,
					 psprintf("sheet \"%s\", row %d", xlsx->info->name, sample->rows[i].row),
					 "its only value is taken for a title and left out: %.100s",
					 sample->rows[i].cells[0].text);
	sample->nrows -= titles;
	memmove(sample->rows, sample->rows + titles, sizeof(SampleRow) * sample->nrows);
	xlsx->range.first_row = sample->rows[0].row;
}

/* From the first column with a value to the last one. */
static void
find_columns(XlsxReader *xlsx, const Sample *sample)
{
	int			first = XLSX_MAX_COLUMNS;
	int			last = 0;

	for (int i = 0; i < sample->nrows; i++)
		for (int k = 0; k < sample->rows[i].ncells; k++)
		{
			first = Min(first, sample->rows[i].cells[k].column);
			last = Max(last, sample->rows[i].cells[k].column);
		}
	/* A range whose first column was given has it, though it be empty. */
	if (!xlsx->ranged)
		xlsx->range.first_column = first;
	if (xlsx->range.last_column == XLSX_MAX_COLUMNS)
		xlsx->range.last_column = Max(last, xlsx->range.first_column);
}

static bool
guess_header(const XlsxReader *xlsx, const Sample *sample, char **names, int count)
{
	HeaderGuess *guess = header_guess_new(names, count);

	for (int k = 0; k < sample->rows[0].ncells; k++)
		if (sample->rows[0].cells[k].kind != CELL_TEXT)
			return false;
	for (int i = 1; i < sample->nrows; i++)
		for (int k = 0; k < sample->rows[i].ncells; k++)
		{
			const XlsxCell *cell = &sample->rows[i].cells[k];

			header_guess_value(guess, cell->column - xlsx->range.first_column, cell->text,
							   cell->kind != CELL_TEXT);
		}
	return header_guess_judge(guess);
}

static void
set_columns(XlsxReader *xlsx, const Sample *sample)
{
	FileReader *reader = &xlsx->reader;
	FileHeader	wanted = reader->options->header;
	int			count = xlsx->range.last_column - xlsx->range.first_column + 1;
	char	  **names = palloc(sizeof(char *) * count);

	for (int i = 0; i < count; i++)
		names[i] = "";
	for (int k = 0; k < sample->rows[0].ncells; k++)
		names[sample->rows[0].cells[k].column - xlsx->range.first_column] =
			sample->rows[0].cells[k].text;
	xlsx->header = wanted == FILE_HEADER_YES ||
		(wanted == FILE_HEADER_GUESS && guess_header(xlsx, sample, names, count));
	for (int i = 0; i < count && !xlsx->header; i++)
		names[i] = psprintf("column_%d", i + 1);
	if (xlsx->header)
		xlsx->range.first_row = sample->rows[0].row + 1;
	reader->unnamed = !xlsx->header;
	file_reader_set_columns(reader, names, count);
}

/* ---- opening ---- */

static void
read_range(XlsxReader *xlsx)
{
	const char *text = xlsx->reader.options->range;

	xlsx->range = (XlsxRange) {1, XLSX_MAX_ROWS, 1, XLSX_MAX_COLUMNS};
	if (text == NULL)
		return;
	xlsx->ranged = true;
	if (!xlsx_parse_range(text, &xlsx->range))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"range\" is no range of cells: \"%s\"", text),
				 errhint("Ranges are as \"B3:F200\", \"B:F\", \"3:200\", or \"B3\": from there on.")));
}

/* Merged cells stand behind the rows: a pass for them alone. */
static void
find_merged(XlsxReader *xlsx)
{
	const XlsxCell *cells;
	int			ncells;
	const XlsxRange *merged;
	int			count;

	xlsx->quiet = true;
	open_sheet(xlsx);
	while (xlsx_sheet_next(xlsx->sheet, &cells, &ncells) != 0)
		;
	merged = xlsx_sheet_merged(xlsx->sheet, &count);
	xlsx->merge = xlsx_merge_new(merged, count);
}

static FileReader *
xlsx_open(ByteSource *bytes, const FileOptions *options)
{
	XlsxReader *xlsx = (XlsxReader *) file_reader_new(sizeof(XlsxReader), &xlsx_reader,
													  bytes, options);
	MemoryContext old = MemoryContextSwitchTo(xlsx->reader.memory);
	MemoryContext memory;
	Sample	   *sample;

	xlsx->book = xlsx_book_open(bytes);
	xlsx->info = xlsx_book_sheet(xlsx->book, options->sheet);
	read_range(xlsx);
	if (options->fill_merged)
		find_merged(xlsx);
	memory = AllocSetContextCreate(xlsx->reader.memory, "synthik sample", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(memory);
	sample = take_sample(xlsx);
	if (options->header == FILE_HEADER_GUESS && !xlsx->ranged)
		skip_titles(xlsx, sample);
	if (sample->nrows == 0)
		xlsx->reader.more_columns = true;
	else
	{
		find_columns(xlsx, sample);
		set_columns(xlsx, sample);
	}
	open_sheet(xlsx);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
	return &xlsx->reader;
}

/* ---- rows ---- */

static void
report_outside(XlsxReader *xlsx, const XlsxCell *cell)
{
	FileReader *reader = &xlsx->reader;
	char	   *place = psprintf("sheet \"%s\", cell %s%d", xlsx->info->name,
								 xlsx_column_name(cell->column), xlsx->row);
	char	   *first = xlsx_column_name(xlsx->range.first_column);
	char	   *last = xlsx_column_name(xlsx->range.last_column);

	if (xlsx->ranged)
		return;
	if (!reader->options->lenient)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("a cell has a value, but the columns are %s to %s", first, last),
				 errhint("The option \"range\" says which columns to read, as \"%s:%s\".",
						 first, last),
				 errcontext("%s, %s", byte_source_label(reader->bytes), place)));
	file_problem(reader, place, "the cell has a value, but the columns are %s to %s; it is left out",
				 first, last);
}

static bool
xlsx_next(FileReader *reader)
{
	XlsxReader *xlsx = (XlsxReader *) reader;
	const XlsxCell *cells;
	int			ncells;
	int			found = 0;

	while (found == 0)
	{
		if (!next_row(xlsx, &cells, &ncells))
		{
			close_sheet(xlsx);
			return false;
		}
		for (int i = 0; i < reader->ncolumns; i++)
			reader->cells[i].kind = CELL_NULL;
		for (int i = 0; i < ncells; i++)
		{
			int			column = cells[i].column - xlsx->range.first_column;

			if (column < 0 || cells[i].column > xlsx->range.last_column)
			{
				report_outside(xlsx, &cells[i]);
				continue;
			}
			reader->cells[column].kind = cells[i].kind;
			reader->cells[column].text = cells[i].text;
			reader->cells[column].length = cells[i].length;
			found++;
		}
	}
	return true;
}

static void
xlsx_rewind(FileReader *reader)
{
	open_sheet((XlsxReader *) reader);
}

static char *
xlsx_position(FileReader *reader, int column)
{
	XlsxReader *xlsx = (XlsxReader *) reader;

	if (column < 0 || xlsx->row == 0)
		return psprintf("sheet \"%s\", row %d", xlsx->info->name, xlsx->row);
	return psprintf("sheet \"%s\", cell %s%d", xlsx->info->name,
					xlsx_column_name(xlsx->range.first_column + column), xlsx->row);
}

static void
xlsx_report(FileReader *reader, JsonbParseState **state)
{
	XlsxReader *xlsx = (XlsxReader *) reader;

	file_report_text(state, "sheet", xlsx->info->name);
	file_report_push(state, WJB_KEY, "sheets");
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < xlsx->book->nsheets; i++)
		file_report_push(state, WJB_ELEM, xlsx->book->sheets[i].name);
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
	file_report_boolean(state, "header", xlsx->header);
	file_report_number(state, "hidden_rows", xlsx->hidden_rows);
}

static void
xlsx_close(FileReader *reader)
{
	XlsxReader *xlsx = (XlsxReader *) reader;

	if (xlsx->book->strings != NULL)
		xlsx_strings_close(xlsx->book->strings);
}

/* Every zip archive: what else they may be, the error tells better. */
static bool
xlsx_sniff(const char *head, size_t length)
{
	return length >= 4 && (memcmp(head, "PK\003\004", 4) == 0 || memcmp(head, "PK\005\006", 4) == 0);
}

const FileReaderMethods xlsx_reader = {
	.name = "xlsx",
	.suffixes = ".xlsx .xlsm",
	.sniff = xlsx_sniff,
	.open = xlsx_open,
	.next = xlsx_next,
	.position = xlsx_position,
	.report = xlsx_report,
	.rewind = xlsx_rewind,
	.close = xlsx_close,
};
