/*-------------------------------------------------------------------------
 *
 * xlsx_book.h
 *		A workbook: its sheets, the formats of its cells and its strings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_XLSX_BOOK_H
#define SYNTHIK_XLSX_BOOK_H

#include "file/xlsx_format.h"
#include "file/xlsx_strings.h"
#include "file/zip.h"

typedef struct XlsxSheetInfo
{
	char	   *name;			/* in the database's encoding */
	char	   *entry;			/* of the archive */
	bool		hidden;
} XlsxSheetInfo;

typedef struct XlsxBook
{
	ZipArchive *archive;
	bool		date1904;
	int			nsheets;		/* of cells: charts do not count */
	XlsxSheetInfo *sheets;
	int			nstyles;
	XlsxKind   *styles;			/* what a cell of the style shows */
	XlsxStrings *strings;		/* or NULL: there are none */
} XlsxBook;

/* In the current memory context; what is no workbook is an error. */
extern XlsxBook *xlsx_book_open(ByteSource *bytes);

/*
 * The sheet of a name, or of a number from 1; NULL: the first one that is not
 * hidden.
 */
extern const XlsxSheetInfo *xlsx_book_sheet(const XlsxBook *book, const char *name);

#endif							/* SYNTHIK_XLSX_BOOK_H */
