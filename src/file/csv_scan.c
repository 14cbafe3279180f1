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
 * does not close.
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

/*
 * A field in quotes, the first of which is at i; moves i to what ends it.
 * CSV_ROW: it is sound.
 */
static CsvScan
scan_quoted_field(const CsvScanner *scanner, const char *data, size_t length, bool at_end,
				  CsvRow *row, CsvField *field, size_t *i)
{
	bool		closed;

	field->quoted = true;
	field->start = *i + 1;
	*i = scan_quoted(&scanner->dialect, data, length, field->start, row, field, &closed);

	/* Whether the last quote is one of two, only more data tells. */
	if (!at_end && (!closed || *i == length))
		return CSV_MORE;
	row->fault = closed ? *i : field->start - 1;
	if (!closed)
		return CSV_OPEN_QUOTE;
	return *i < length && !scanner->special[(unsigned char) data[*i]] ? CSV_AFTER_QUOTE : CSV_ROW;
}

CsvScan
csv_scan_row(const CsvScanner *scanner, const char *data, size_t length, bool at_end,
			 CsvRow *row)
{
	const bool *special = scanner->special;
	size_t		i = 0;

	row->nfields = 0;
	row->newlines = 0;
	for (;; i++)
	{
		CsvField   *field = add_field(row);

		field->quoted = field->escaped = false;
		field->start = i;
		if (row->nfields > CSV_MAX_FIELDS)
		{
			row->fault = i;
			return CSV_TOO_MANY;
		}
		if (i < length && data[i] == scanner->dialect.quote)
		{
			CsvScan		result = scan_quoted_field(scanner, data, length, at_end, row, field, &i);

			if (result != CSV_ROW)
				return result;
		}
		else
		{
			while (i < length && !special[(unsigned char) data[i]])
				i++;
			field->length = i - field->start;
		}
		if (i == length || data[i] != scanner->dialect.delimiter)
			break;
	}

	/* A carriage return may be half of a line end. */
	if (!at_end && (i == length || (data[i] == '\r' && i + 1 == length)))
		return CSV_MORE;
	row->newlines += i < length;
	if (i + 1 < length && data[i] == '\r' && data[i + 1] == '\n')
		i++;
	row->size = Min(i + 1, length);
	return CSV_ROW;
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
