/*-------------------------------------------------------------------------
 *
 * csv_guess.c
 *		What a CSV file's first rows say of its dialect and its header.
 *
 * Each dialect that could be is tried on the sample: the one under which
 * most rows have the same number of fields, more than one, is taken.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/csv.h"
#include "file/header_guess.h"
#include "file/type_guess.h"

#define SAMPLE_ROWS		500
#define MAX_COUNTED		64		/* different numbers of fields */

/* ---- the dialect ---- */

/* How many sample rows have the most common number of fields. */
typedef struct Score
{
	int			rows;
	int			alike;			/* rows with the commonest number, if that is > 1 */
	int			fields;			/* that number */
	int			quoted;			/* fields in quotes */
	bool		broken;			/* quotes do not fit */
} Score;

static void
count_rows(Score *score, int numbers[][2], int *nnumbers, int fields)
{
	for (int i = 0; i < *nnumbers; i++)
		if (numbers[i][0] == fields)
		{
			numbers[i][1]++;
			return;
		}
	if (*nnumbers == MAX_COUNTED)
		return;
	numbers[*nnumbers][0] = fields;
	numbers[(*nnumbers)++][1] = 1;
}

static Score
try_dialect(const CsvDialect *dialect, const char *sample, size_t length, bool whole)
{
	CsvScanner	scanner;
	CsvRow		row = {0};
	Score		score = {0};
	int			numbers[MAX_COUNTED][2];
	int			nnumbers = 0;
	size_t		at = 0;

	csv_scanner_init(&scanner, dialect);
	while (at < length && score.rows < SAMPLE_ROWS)
	{
		CsvScan		result = csv_scan_row(&scanner, sample + at, length - at, whole, &row);

		if (result == CSV_MORE)
			break;
		if (result != CSV_ROW)
		{
			score.broken = true;
			break;
		}
		at += row.size;
		if (row.nfields == 1 && row.fields[0].length == 0 && !row.fields[0].quoted)
			continue;
		score.rows++;
		count_rows(&score, numbers, &nnumbers, row.nfields);
		for (int i = 0; i < row.nfields; i++)
			score.quoted += row.fields[i].quoted;
	}
	for (int i = 0; i < nnumbers; i++)
		if (numbers[i][0] > 1 && numbers[i][1] > score.alike)
		{
			score.alike = numbers[i][1];
			score.fields = numbers[i][0];
		}
	if (row.fields != NULL)
		pfree(row.fields);
	return score;
}

/* The better of two: quotes that fit, then rows alike, then more fields in quotes. */
static bool
is_better(const Score *a, const Score *b)
{
	double		share_a = a->rows == 0 ? 0 : (double) a->alike / a->rows;
	double		share_b = b->rows == 0 ? 0 : (double) b->alike / b->rows;

	if (a->broken != b->broken && (a->alike > 0) == (b->alike > 0))
		return b->broken;
	if (share_a != share_b)
		return share_a > share_b;
	return a->quoted > b->quoted;
}

void
csv_guess_dialect(const char *sample, size_t length, bool whole,
				  const FileOptions *options, char delimiter, CsvDialect *out)
{
	const char	delimiters[] = {',', ';', '\t', '|'};
	const char	quotes[] = {'"', '\''};
	bool		backslashes = memmem(sample, length, "\\\"", 2) != NULL ||
		memmem(sample, length, "\\'", 2) != NULL;
	Score		best = {0};
	bool		first = true;

	if (options->delimiter != 0)
		delimiter = options->delimiter;
	for (int d = 0; d < lengthof(delimiters); d++)
		for (int q = 0; q < lengthof(quotes); q++)
			for (int e = 0; e < 2; e++)
			{
				CsvDialect	dialect;
				Score		score;

				dialect.delimiter = delimiter != 0 ? delimiter : delimiters[d];
				dialect.quote = options->quote != 0 ? options->quote : quotes[q];
				dialect.escape = options->escape != 0 ? options->escape :
					e == 1 ? '\\' : dialect.quote;
				if ((delimiter != 0 && d > 0) || (options->quote != 0 && q > 0) ||
					(e == 1 && (options->escape != 0 || !backslashes)))
					continue;
				score = try_dialect(&dialect, sample, length, whole);

				/* Apostrophes are more common in text than as quotes. */
				if (dialect.quote == '\'' && options->quote == 0 &&
					(score.quoted == 0 || score.broken))
					continue;
				if (first || is_better(&score, &best))
				{
					best = score;
					*out = dialect;
				}
				first = false;
			}
}

/* ---- the header ---- */

static char *
field_text(const CsvDialect *dialect, const char *data, const CsvField *field)
{
	char	   *text = pnstrdup(data + field->start, field->length);

	if (field->escaped)
		text[csv_unescape(dialect, text, field->length)] = '\0';
	return text;
}

static HeaderGuess *
start_guess(const CsvDialect *dialect, const char *data, const CsvRow *row)
{
	char	  **names = palloc(sizeof(char *) * row->nfields);

	for (int i = 0; i < row->nfields; i++)
		names[i] = field_text(dialect, data, &row->fields[i]);
	return header_guess_new(names, row->nfields);
}

static void
look_at_row(HeaderGuess *guess, const CsvDialect *dialect, const char *data, const CsvRow *row)
{
	for (int i = 0; i < row->nfields; i++)
	{
		char	   *text = field_text(dialect, data, &row->fields[i]);

		header_guess_value(guess, i, text, false);
		pfree(text);
	}
}

bool
csv_guess_header(const char *sample, size_t length, bool whole, const CsvDialect *dialect)
{
	CsvScanner	scanner;
	CsvRow		row = {0};
	HeaderGuess *guess = NULL;
	size_t		at = 0;

	csv_scanner_init(&scanner, dialect);
	for (int n = 0; n < SAMPLE_ROWS && at < length; n++)
	{
		if (csv_scan_row(&scanner, sample + at, length - at, whole, &row) != CSV_ROW)
			break;
		if (guess == NULL)
			guess = start_guess(dialect, sample + at, &row);
		else
			look_at_row(guess, dialect, sample + at, &row);
		at += row.size;
	}
	return guess == NULL || header_guess_judge(guess);
}
