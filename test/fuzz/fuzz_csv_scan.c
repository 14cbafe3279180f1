/*-------------------------------------------------------------------------
 *
 * fuzz_csv_scan.c
 *		Rows of CSV: what is written is read again, whatever is read lies
 *		within the input, and a row that is cut off anywhere is never another
 *		one.
 *
 * sources: src/file/csv_scan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/csv_scan.h"
#include "shim.h"

#define MAX_TEXT	2000
#define MAX_FIELDS	40

static char input[MAX_TEXT + 1];
static size_t length;
static char values[MAX_FIELDS][100];
static bool quoted[MAX_FIELDS];
static int	nvalues;

void
fuzz_start(const char *folder)
{
}

static void
add(char c)
{
	if (length < MAX_TEXT)
		input[length++] = c;
	input[length] = '\0';
}

static CsvDialect
any_dialect(void)
{
	static const char delimiters[] = ",;\t|";
	static const char quotes[] = "\"'";
	CsvDialect	dialect;

	dialect.delimiter = delimiters[fuzz_below(4)];
	dialect.quote = quotes[fuzz_below(2)];
	dialect.escape = fuzz_below(3) == 0 ? '\\' : dialect.quote;
	return dialect;
}

/* One of the bytes that matter, mostly. */
static char
any_byte(void)
{
	static const char bytes[] = ",;\t|\"\"\"'''\\\n\r ab\xc3\xa4";

	return fuzz_below(20) == 0 ? (char) (1 + fuzz_below(255)) : bytes[fuzz_below(sizeof(bytes) - 1)];
}

/* ---- whatever is read lies within ---- */

static void
check_row(const CsvRow *row, size_t left)
{
	if (row->size > left || row->size == 0)
		fuzz_finding(input, "a row of %zu bytes in %zu", row->size, left);
	for (int i = 0; i < row->nfields; i++)
	{
		const CsvField *field = &row->fields[i];

		if (field->start + field->length > row->size)
			fuzz_finding(input, "field %d goes beyond its row", i);
		if (i > 0 && field->start <= row->fields[i - 1].start + row->fields[i - 1].length)
			fuzz_finding(input, "field %d begins within the one before", i);
	}
}

/* What a part of the text tells, the whole text says, too. */
static void
check_prefix(const CsvScanner *scanner, const char *data, size_t left, CsvScan result,
			 const CsvRow *row)
{
	size_t		cut = fuzz_below(left);
	char	   *copy = palloc(cut + 1);
	CsvRow		other = {0};
	CsvScan		partial;

	/* A copy of that size: the sanitizer sees what is read beyond. */
	memcpy(copy, data, cut);
	partial = cut == 0 ? CSV_MORE : csv_scan_row(scanner, copy, cut, false, &other);
	if (partial == CSV_MORE)
		return;
	if (partial != result)
		fuzz_finding(input, "%zu of %zu bytes give %d, all give %d", cut, left, partial, result);
	if (result == CSV_ROW && (other.size != row->size || other.nfields != row->nfields ||
							  other.newlines != row->newlines))
		fuzz_finding(input, "%zu of %zu bytes give another row", cut, left);
}

static void
read_garbage(void)
{
	CsvDialect	dialect = any_dialect();
	CsvScanner	scanner;
	CsvRow		row = {0};
	size_t		at = 0;
	int			n = fuzz_below(200);
	char	   *copy;

	length = 0;
	for (int i = 0; i < n; i++)
		add(any_byte());
	copy = palloc(length + 1);
	memcpy(copy, input, length);
	csv_scanner_init(&scanner, &dialect);
	while (at < length)
	{
		CsvScan		result = csv_scan_row(&scanner, copy + at, length - at, true, &row);

		if (result == CSV_MORE)
			fuzz_finding(input, "more is wanted at the end");
		check_prefix(&scanner, copy + at, length - at, result, &row);
		if (result != CSV_ROW)
		{
			if (row.fault > length - at)
				fuzz_finding(input, "a fault behind the end");
			break;
		}
		check_row(&row, length - at);
		at += row.size;
		for (int i = 0; i < row.nfields; i++)
		{
			CsvField   *field = &row.fields[i];
			char	   *value = pnstrdup(copy + at - row.size + field->start, field->length);

			if (csv_unescape(&dialect, value, field->length) > field->length)
				fuzz_finding(input, "a field grows");
		}
	}
}

/* ---- there and back ---- */

static void
add_field(const CsvDialect *dialect, int i)
{
	int			n = fuzz_below(12);

	for (int k = 0; k < n; k++)
		values[i][k] = any_byte();
	values[i][n] = '\0';
	quoted[i] = strpbrk(values[i], "\n\r") != NULL || strchr(values[i], dialect->delimiter) != NULL ||
		values[i][0] == dialect->quote || fuzz_below(4) == 0;
	if (quoted[i])
		add(dialect->quote);
	for (int k = 0; k < n; k++)
	{
		if (quoted[i] && (values[i][k] == dialect->quote || values[i][k] == dialect->escape))
			add(dialect->escape);
		add(values[i][k]);
	}
	if (quoted[i])
		add(dialect->quote);
}

static void
write_and_read(void)
{
	static const char *const ends[] = {"\n", "\r\n", "\r", ""};
	CsvDialect	dialect = any_dialect();
	CsvScanner	scanner;
	CsvRow		row = {0};

	length = 0;
	nvalues = 1 + fuzz_below(MAX_FIELDS);
	for (int i = 0; i < nvalues; i++)
	{
		if (i > 0)
			add(dialect.delimiter);
		add_field(&dialect, i);
	}
	for (const char *end = ends[fuzz_below(4)]; *end != '\0'; end++)
		add(*end);
	if (length == 0)
		return;
	csv_scanner_init(&scanner, &dialect);
	if (csv_scan_row(&scanner, input, length, true, &row) != CSV_ROW || row.size != length)
		fuzz_finding(input, "what was written is no row");
	if (row.nfields != nvalues)
		fuzz_finding(input, "%d fields of %d", row.nfields, nvalues);
	for (int i = 0; i < nvalues; i++)
	{
		CsvField   *field = &row.fields[i];
		char	   *value = pnstrdup(input + field->start, field->length);

		if (field->escaped)
			value[csv_unescape(&dialect, value, field->length)] = '\0';
		if (strcmp(value, values[i]) != 0 || field->quoted != quoted[i])
			fuzz_finding(input, "field %d is another: \"%s\", not \"%s\"", i, value, values[i]);
	}
}

void
fuzz_round(void)
{
	if (fuzz_below(2) == 0)
		read_garbage();
	else
		write_and_read();
	shim_free_all();
}
