/*-------------------------------------------------------------------------
 *
 * xlsx_sheet.h
 *		The rows of a sheet, one after another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_XLSX_SHEET_H
#define SYNTHIK_XLSX_SHEET_H

#include "file/file.h"
#include "file/xlsx_book.h"

#define XLSX_MAX_ROWS		1048576
#define XLSX_MAX_COLUMNS	16384

/* Rows and columns are counted from 1; both ends belong to it. */
typedef struct XlsxRange
{
	int			first_row;
	int			last_row;
	int			first_column;
	int			last_column;
} XlsxRange;

/* Only cells that have a value; valid until the next row. */
typedef struct XlsxCell
{
	int			column;
	FileCellKind kind;
	char	   *text;
	size_t		length;
	size_t		start;			/* of the text in the sheet's, or of no use */
} XlsxCell;

typedef struct XlsxSheet XlsxSheet;

/* Told of cells that were read as something else than they are. */
typedef void (*XlsxProblem) (void *context, const char *cell, const char *message);

/* In the current memory context. */
extern XlsxSheet *xlsx_sheet_open(XlsxBook *book, const XlsxSheetInfo *info,
								  XlsxProblem problem, void *context);

/*
 * The next row that has cells with a value, by its number; 0 at the end.  At
 * its end it knows all that stands behind the rows.
 */
extern int	xlsx_sheet_next(XlsxSheet *sheet, const XlsxCell **cells, int *ncells);

extern void xlsx_sheet_close(XlsxSheet *sheet);

/* At the end of the rows: areas whose cells are merged into their first one. */
extern const XlsxRange *xlsx_sheet_merged(const XlsxSheet *sheet, int *count);

/* Rows so far that the sheet hides. */
extern int64 xlsx_sheet_hidden_rows(const XlsxSheet *sheet);

/* ---- references ---- */

/* "AB" of 28, palloc'd. */
extern char *xlsx_column_name(int column);

/* "B3:F200", "B:F", "3:200" or "B3" (from there on); false where it is none. */
extern bool xlsx_parse_range(const char *text, XlsxRange *out);

#endif							/* SYNTHIK_XLSX_SHEET_H */
