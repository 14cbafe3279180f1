/*-------------------------------------------------------------------------
 *
 * csv_scan.c
 *		Where the fields of one row of CSV are.
 *
 * A field is quoted if a quote is its first byte; elsewhere in a field
 * without quotes it is a character like others (5" pipe).  Lines end with
 * \n, \r\n or \r.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/csv_scan.h"

void
csv_scanner_init(CsvScanner *scanner, const CsvDialect *dialect)
{
	memset(scanner, 0, sizeof(*scanner));
	scanner->dialect = *dialect;
	scanner->special[(unsigned char) dialect->delimiter] = true;
	scanner->special['\n'] = true;
	scanner->special['\r'] = true;
}

static CsvField *
add_field(CsvRow *row)
{
	if (row->nfields == row->room)
	{
		row->room = Max(row->room * 2, 64);
		row->fields = row->fields == NULL ? palloc(sizeof(CsvField) * row->room) :
			repalloc(row->fields, sizeof(CsvField) * row->room);
	}
	return &row->fields[row->nfields++];
}

/*
 * From behind the opening quote to behind the closing one; length where it
 * does not close, and fault is true where more data could tell.
 */
static size_t
scan_quoted(const CsvDialect *dialect, const char *data, size_t length, size_t i,
			CsvRow *row, CsvField *field, bool *closed)
{
	*closed = false;
	while (i < length)
	{
		char		c = data[i];

		if (c == dialect->quote)
		{
			if (dialect->escape != dialect->quote || i + 1 == length ||
				data[i + 1] != dialect->quote)
			{
				field->length = i - field->start;
				*closed = true;
				return i + 1;
			}
			field->escaped = true;
			i += 2;
		}
		else if (c == dialect->escape)
		{
			field->escaped = true;
			i += 2;
		}
		else
		{
			if (c == '\n' || (c == '\r' && i + 1 < length && data[i + 1] != '\n'))
				row->newlines++;
			i++;
		}
	}
	return length;
}

CsvScan
csv_scan_row(const CsvScanner *scanner, const char *data, size_t length, bool at_end,
			 CsvRow *row)
{
	const CsvDialect *dialect = &scanner->dialect;
	const bool *special = scanner->special;
	size_t		i = 0;

	row->nfields = 0;
	row->newlines = 0;
	for (;;)
	{
		CsvField   *field = add_field(row);

		field->quoted = field->escaped = false;
		field->start = i;
		if (row->nfields > CSV_MAX_FIELDS)
		{
			row->fault = i;
			return CSV_TOO_MANY;
		}
		if (i < length && data[i] == dialect->quote)
		{
			bool		closed;

			field->quoted = true;
			field->start = ++i;
			i = scan_quoted(dialect, data, length, i, row, field, &closed);

			/* Whether the last quote is one of two, only more data tells. */
			if (!at_end && (!closed || i == length))
				return CSV_MORE;
			if (!closed)
			{
				row->fault = field->start - 1;
				return CSV_OPEN_QUOTE;
			}
			if (i < length && !special[(unsigned char) data[i]])
			{
				row->fault = i;
				return CSV_AFTER_QUOTE;
			}
		}
		else
		{
			while (i < length && !special[(unsigned char) data[i]])
				i++;
			field->length = i - field->start;
		}
		if (i == length)
		{
			if (!at_end)
				return CSV_MORE;
			row->size = i;
			return CSV_ROW;
		}
		if (data[i] == dialect->delimiter)
		{
			i++;
			continue;
		}
		if (data[i] == '\r')
		{
			if (i + 1 == length && !at_end)
				return CSV_MORE;
			if (i + 1 < length && data[i + 1] == '\n')
				i++;
		}
		row->size = i + 1;
		row->newlines++;
		return CSV_ROW;
	}
}

/* Within quotes, the escape makes a quote or itself of what follows it. */
size_t
csv_unescape(const CsvDialect *dialect, char *text, size_t length)
{
	size_t		to = 0;

	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == dialect->escape && i + 1 < length &&
			(text[i + 1] == dialect->quote || text[i + 1] == dialect->escape))
			i++;
		text[to++] = text[i];
	}
	return to;
}
