/*-------------------------------------------------------------------------
 *
 * xlsx_sheet.c
 *		The rows of a sheet, one after another.
 *
 * The parser is paused at each row's end.  The text of a row's cells is
 * gathered in one buffer; shared strings stay where they are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>

#include "file/xlsx_sheet.h"
#include "file/xml.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Of one row's text; Excel's own limit of a cell is 32,767 characters. */
#define MAX_ROW_TEXT	(256 * 1024 * 1024)
#define MAX_MERGED		10000000

typedef enum CellType
{
	TYPE_NUMBER,
	TYPE_SHARED,
	TYPE_BOOLEAN,
	TYPE_ERROR,
	TYPE_TEXT					/* of a formula, of the cell itself, or a date */
} CellType;

struct XlsxSheet
{
	XlsxBook   *book;
	const XlsxSheetInfo *info;
	XlsxProblem problem;
	void	   *context;
	XmlPart    *part;
	bool		in_data;		/* where the rows are */
	bool		in_row;
	bool		in_cell;
	bool		in_text;		/* of a value */
	int			in_phonetic;
	int			row;
	int			column;			/* of the current or last cell */
	CellType	type;
	XlsxKind	style;
	MemoryContext memory;		/* of all that the sheet is */
	MemoryContext row_memory;	/* reset before each row, which is read in it */
	StringInfoData text;		/* of the row's cells */
	size_t		start;			/* of the current cell in it */
	int			ncells;
	int			room;
	XlsxCell   *cells;
	int64		hidden_rows;
	int			nmerged;
	int			merged_room;
	XlsxRange  *merged;
};

/* ---- places ---- */

static char *
cell_name(const XlsxSheet *sheet)
{
	return psprintf("%s%d", xlsx_column_name(sheet->column), sheet->row);
}

static void
report_problem(XlsxSheet *sheet, const char *message)
{
	if (sheet->problem != NULL)
		sheet->problem(sheet->context, cell_name(sheet), message);
}

/* Names the cell in errors. */
static void
add_place(void *argument)
{
	const XlsxSheet *sheet = argument;

	if (sheet->in_cell)
		errcontext("%s, sheet \"%s\", cell %s", zip_label(sheet->book->archive),
				   sheet->info->name, cell_name(sheet));
}

/* ---- rows and cells begin ---- */

pg_noreturn static void
report_reference(XlsxSheet *sheet, const char *reference)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("%s: sheet \"%s\" has a reference to no cell: \"%s\"",
					zip_label(sheet->book->archive), sheet->info->name,
					pnstrdup(reference, strnlen(reference, 20))),
			 errdetail("Sheets have %d rows and %d columns.", XLSX_MAX_ROWS, XLSX_MAX_COLUMNS)));
}

static void
start_row(XlsxSheet *sheet, const char **attributes)
{
	const char *number = xml_attribute(attributes, "r");
	const char *hidden = xml_attribute(attributes, "hidden");

	sheet->row = number != NULL && strlen(number) < 9 ? atoi(number) : sheet->row + 1;
	if (sheet->row < 1 || sheet->row > XLSX_MAX_ROWS)
		report_reference(sheet, number != NULL ? number : "row 1048577");
	if (hidden != NULL && (hidden[0] == '1' || hidden[0] == 't'))
		sheet->hidden_rows++;
	sheet->column = 0;
	sheet->ncells = 0;
	resetStringInfo(&sheet->text);
	sheet->in_row = true;
}

static CellType
type_of_cell(const char *type)
{
	if (type == NULL)
		return TYPE_NUMBER;
	switch (type[0])
	{
		case 's':
			return type[1] == '\0' ? TYPE_SHARED : TYPE_TEXT;
		case 'b':
			return TYPE_BOOLEAN;
		case 'e':
			return TYPE_ERROR;
		case 'n':
			return TYPE_NUMBER;
		default:
			return TYPE_TEXT;
	}
}

/* The column of a reference such as AB12. */
static int
column_of_reference(XlsxSheet *sheet, const char *reference)
{
	int			column = 0;

	for (const char *p = reference; isalpha((unsigned char) *p); p++)
	{
		column = column * 26 + pg_toupper((unsigned char) *p) - 'A' + 1;
		if (column > XLSX_MAX_COLUMNS)
			break;
	}
	if (column < 1 || column > XLSX_MAX_COLUMNS)
		report_reference(sheet, reference);
	return column;
}

static void
start_cell(XlsxSheet *sheet, const char **attributes)
{
	const char *reference = NULL;
	const char *style = NULL;
	const char *type = NULL;
	int			number;

	/* The three there are, at one look: this is where the time goes. */
	for (; attributes[0] != NULL; attributes += 2)
	{
		if (attributes[0][1] != '\0')
			continue;
		switch (attributes[0][0])
		{
			case 'r':
				reference = attributes[1];
				break;
			case 's':
				style = attributes[1];
				break;
			case 't':
				type = attributes[1];
				break;
		}
	}
	if (reference != NULL)
		sheet->column = column_of_reference(sheet, reference);
	else if (++sheet->column > XLSX_MAX_COLUMNS)
		report_reference(sheet, "XFE");
	sheet->type = type_of_cell(type);
	number = style == NULL ? 0 : atoi(style);
	sheet->style = number >= 0 && number < sheet->book->nstyles ?
		sheet->book->styles[number] : XLSX_NUMBER;
	sheet->start = sheet->text.len;
	sheet->in_cell = true;
}

/* ---- cells end ---- */

static XlsxCell *
add_cell(XlsxSheet *sheet, FileCellKind kind)
{
	XlsxCell   *cell;

	if (sheet->ncells == sheet->room)
	{
		if (sheet->room >= XLSX_MAX_COLUMNS * 2)
			ereport(ERROR,
					(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
					 errmsg("a row has more cells than columns")));
		sheet->room *= 2;
		sheet->cells = repalloc(sheet->cells, sheet->room * sizeof(XlsxCell));
	}
	cell = &sheet->cells[sheet->ncells++];
	cell->column = sheet->column;
	cell->kind = kind;
	cell->text = NULL;
	cell->start = sheet->start;
	cell->length = sheet->text.len - sheet->start;
	return cell;
}

/* The cell's text, in place of what was gathered. */
static void
replace_text(XlsxSheet *sheet, const char *text, size_t length)
{
	sheet->text.len = sheet->start;
	appendBinaryStringInfo(&sheet->text, text, length);
}

static void
finish_shared(XlsxSheet *sheet, const char *text)
{
	XlsxStrings *strings = sheet->book->strings;
	char	   *end;
	long long	i = strtoll(text, &end, 10);
	const char *string;
	size_t		length;

	if (end == text || *end != '\0' || i < 0 || strings == NULL ||
		i >= xlsx_strings_count(strings))
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("a cell refers to shared string %s, which there is not",
						pnstrdup(text, strnlen(text, 20)))));
	string = xlsx_strings_get(strings, i, &length);
	replace_text(sheet, string, length);
	if (length > 0)
		(void) add_cell(sheet, CELL_TEXT);
}

/* A number whose format is one of dates or times; false: it is none. */
static bool
finish_date(XlsxSheet *sheet, const char *text)
{
	char		out[XLSX_TEXT_ROOM];
	double		serial;

	if (!xlsx_parse_number(text, &serial))
		return false;
	switch (xlsx_serial_text(serial, sheet->style, sheet->book->date1904, out))
	{
		case XLSX_SERIAL_NO_DAY:
			report_problem(sheet, "there was no 29 February 1900; the day before is taken");
			break;
		case XLSX_SERIAL_OUT:
			report_problem(sheet, "a number is formatted as a date, but is none; the number is taken");
			return false;
		default:
			break;
	}
	replace_text(sheet, out, strlen(out));
	(void) add_cell(sheet, CELL_TEXT);
	return true;
}

static void
finish_number(XlsxSheet *sheet, char *text)
{
	char		out[XLSX_TEXT_ROOM];

	if (sheet->style != XLSX_NUMBER && finish_date(sheet, text))
		return;
	if (!xlsx_number_text(text, sheet->text.len - sheet->start, out))
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("a cell of a number holds \"%s\"", pnstrdup(text, strnlen(text, 40)))));
	replace_text(sheet, out, strlen(out));
	(void) add_cell(sheet, CELL_NUMBER);
}

static void
finish_cell(XlsxSheet *sheet)
{
	char	   *text = sheet->text.data + sheet->start;

	if (sheet->text.len > (int) sheet->start)
	{
		switch (sheet->type)
		{
			case TYPE_NUMBER:
				finish_number(sheet, text);
				break;
			case TYPE_SHARED:
				finish_shared(sheet, text);
				break;
			case TYPE_BOOLEAN:
				if (text[0] == '1' || text[0] == 't')
					replace_text(sheet, "true", 4);
				else
					replace_text(sheet, "false", 5);
				(void) add_cell(sheet, CELL_BOOLEAN);
				break;
			case TYPE_ERROR:
				xlsx_text_decode(&sheet->text, sheet->start);
				text = sheet->text.data + sheet->start;
				report_problem(sheet, psprintf("the error %s is taken for NULL",
											   pnstrdup(text, strnlen(text, 20))));
				sheet->text.len = sheet->start;
				break;
			case TYPE_TEXT:
				xlsx_text_decode(&sheet->text, sheet->start);
				(void) add_cell(sheet, CELL_TEXT);
				break;
		}
	}
	/* The text ends with a NUL byte, behind which the next one begins. */
	appendStringInfoChar(&sheet->text, '\0');
	sheet->in_cell = false;
}

static void
add_merged(XlsxSheet *sheet, const char *reference)
{
	XlsxRange	range;

	if (reference == NULL || !xlsx_parse_range(reference, &range))
		report_reference(sheet, reference == NULL ? "" : reference);
	if (sheet->nmerged >= MAX_MERGED)
		return;
	if (sheet->nmerged == sheet->merged_room)
	{
		sheet->merged_room *= 2;
		sheet->merged = repalloc(sheet->merged, sheet->merged_room * sizeof(XlsxRange));
	}
	sheet->merged[sheet->nmerged++] = range;
}

/* ---- the part ---- */

static void
start_element(void *context, const char *name, const char **attributes)
{
	XlsxSheet  *sheet = context;

	if (!sheet->in_data)
	{
		if (strcmp(name, "sheetData") == 0)
			sheet->in_data = true;
		else if (strcmp(name, "mergeCell") == 0)
			add_merged(sheet, xml_attribute(attributes, "ref"));
	}
	else if (!sheet->in_row)
	{
		if (strcmp(name, "row") == 0)
			start_row(sheet, attributes);
	}
	else if (!sheet->in_cell)
	{
		if (strcmp(name, "c") == 0)
			start_cell(sheet, attributes);
	}
	else if (strcmp(name, "v") == 0)
		sheet->in_text = true;
	else if (strcmp(name, "t") == 0)
		sheet->in_text = sheet->in_phonetic == 0;
	else if (strcmp(name, "rPh") == 0)
		sheet->in_phonetic++;
}

static void
end_element(void *context, const char *name)
{
	XlsxSheet  *sheet = context;

	if (!sheet->in_data)
		return;
	if (sheet->in_cell)
	{
		if (strcmp(name, "c") == 0)
			finish_cell(sheet);
		else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
			sheet->in_text = false;
		else if (strcmp(name, "rPh") == 0)
			sheet->in_phonetic--;
	}
	else if (strcmp(name, "row") == 0 && sheet->in_row)
	{
		sheet->in_row = false;
		xml_part_pause(sheet->part);
	}
	else if (strcmp(name, "sheetData") == 0)
		sheet->in_data = false;
}

static void
text_of_element(void *context, const char *text, int length)
{
	XlsxSheet  *sheet = context;

	if (!sheet->in_text)
		return;
	if (sheet->text.len + length > MAX_ROW_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the text of a row is longer than %d MB", MAX_ROW_TEXT / (1024 * 1024))));
	appendBinaryStringInfo(&sheet->text, text, length);
}

static const XmlHandlers handlers = {start_element, end_element, text_of_element};

XlsxSheet *
xlsx_sheet_open(XlsxBook *book, const XlsxSheetInfo *info, XlsxProblem problem, void *context)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik sheet",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	XlsxSheet  *sheet = palloc0(sizeof(XlsxSheet));

	sheet->memory = memory;
	sheet->book = book;
	sheet->info = info;
	sheet->problem = problem;
	sheet->context = context;
	sheet->row_memory = AllocSetContextCreate(memory, "synthik sheet row", ALLOCSET_DEFAULT_SIZES);
	initStringInfo(&sheet->text);
	sheet->room = 64;
	sheet->cells = palloc(sheet->room * sizeof(XlsxCell));
	sheet->merged_room = 8;
	sheet->merged = palloc(sheet->merged_room * sizeof(XlsxRange));
	sheet->part = xml_part_open(book->archive, info->entry, &handlers, sheet);
	MemoryContextSwitchTo(old);
	return sheet;
}

int
xlsx_sheet_next(XlsxSheet *sheet, const XlsxCell **cells, int *ncells)
{
	ErrorContextCallback context = {.callback = add_place,.arg = sheet};
	MemoryContext old;
	bool		found;

	MemoryContextReset(sheet->row_memory);
	old = MemoryContextSwitchTo(sheet->row_memory);
	context.previous = error_context_stack;
	error_context_stack = &context;
	do
	{
		CHECK_FOR_INTERRUPTS();
		sheet->ncells = 0;
		found = xml_part_run(sheet->part);
	} while (found && sheet->ncells == 0);
	error_context_stack = context.previous;
	MemoryContextSwitchTo(old);
	for (int i = 0; i < sheet->ncells; i++)
		sheet->cells[i].text = sheet->text.data + sheet->cells[i].start;
	*cells = sheet->cells;
	*ncells = sheet->ncells;
	return found ? sheet->row : 0;
}

void
xlsx_sheet_close(XlsxSheet *sheet)
{
	MemoryContextDelete(sheet->memory);
}

const XlsxRange *
xlsx_sheet_merged(const XlsxSheet *sheet, int *count)
{
	*count = sheet->nmerged;
	return sheet->merged;
}

int64
xlsx_sheet_hidden_rows(const XlsxSheet *sheet)
{
	return sheet->hidden_rows;
}
