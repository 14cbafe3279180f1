/*-------------------------------------------------------------------------
 *
 * csv_scan.h
 *		Where the fields of one row of CSV are; changes and reads nothing else.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CSV_SCAN_H
#define SYNTHIK_CSV_SCAN_H

/* A row with more is an error. */
#define CSV_MAX_FIELDS	100000

typedef struct CsvDialect
{
	char		delimiter;
	char		quote;
	char		escape;			/* within quotes; the quote itself, or another */
} CsvDialect;

typedef struct CsvField
{
	size_t		start;			/* behind an opening quote */
	size_t		length;			/* before a closing one */
	bool		quoted;
	bool		escaped;		/* csv_unescape() has something to do */
} CsvField;

typedef struct CsvRow
{
	CsvField   *fields;			/* palloc'd, grows */
	int			room;
	int			nfields;
	size_t		size;			/* of the row, with its line end */
	int			newlines;		/* line ends in it, its own included */
	size_t		fault;			/* offset of what is wrong */
} CsvRow;

typedef enum CsvScan
{
	CSV_ROW,
	CSV_MORE,					/* the row may go on behind the data */
	CSV_OPEN_QUOTE,				/* the data is at its end in a quoted field, which
								 * begins at fault */
	CSV_AFTER_QUOTE,			/* text behind a closing quote, at fault */
	CSV_TOO_MANY				/* fields */
} CsvScan;

typedef struct CsvScanner
{
	CsvDialect	dialect;
	bool		special[256];	/* bytes that end a field without quotes */
} CsvScanner;

extern void csv_scanner_init(CsvScanner *scanner, const CsvDialect *dialect);

/* The row that begins at data; at_end says that nothing follows the data. */
extern CsvScan csv_scan_row(const CsvScanner *scanner, const char *data, size_t length,
							bool at_end, CsvRow *row);

/* Takes the escapes out of a field, in place; returns the new length. */
extern size_t csv_unescape(const CsvDialect *dialect, char *text, size_t length);

#endif							/* SYNTHIK_CSV_SCAN_H */
