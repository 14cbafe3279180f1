/*-------------------------------------------------------------------------
 *
 * fit_pieces.c
 *		Numbers and texts in a blob's bytes, each checked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "schema/fit_parser.h"

void
fit_fail(FitParser *parser, const char *problem)
{
	if (parser->problem == NULL)
		parser->problem = problem;
	parser->at = parser->end;
}

bool
fit_check(FitParser *parser, bool good, const char *problem)
{
	if (!good)
		fit_fail(parser, problem);
	return parser->problem == NULL;
}

uint64
fit_read_number(FitParser *parser)
{
	uint64		number = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint64		byte;

		if (!fit_check(parser, parser->at < parser->end, "it ends too soon"))
			return 0;
		byte = (unsigned char) *parser->at++;
		if (shift == 63 && byte > 1)
			break;
		number |= (byte & 0x7F) << shift;
		if (byte < 0x80)
			return number;
	}
	fit_fail(parser, "a number is too long");
	return 0;
}

int
fit_read_below(FitParser *parser, int limit, const char *problem)
{
	uint64		number = fit_read_number(parser);

	return fit_check(parser, number <= (uint64) limit, problem) ? (int) number : 0;
}

int
fit_read_index(FitParser *parser, int count, const char *problem)
{
	return fit_read_below(parser, count, problem) - (fit_good(parser) ? 1 : 0);
}

int
fit_read_count(FitParser *parser, int size, int limit)
{
	uint64		count = fit_read_number(parser);

	return fit_check(parser, count <= (uint64) limit &&
					 count <= (uint64) (parser->end - parser->at) / size,
					 "a count is out of range") ? (int) count : 0;
}

uint64
fit_read_word(FitParser *parser)
{
	uint64		word = 0;

	if (!fit_check(parser, parser->end - parser->at >= 8, "it ends too soon"))
		return 0;
	for (int i = 0; i < 8; i++)
		word |= (uint64) (unsigned char) *parser->at++ << (8 * i);
	return word;
}

double
fit_read_any_double(FitParser *parser)
{
	uint64		number = fit_read_number(parser);
	int			k = number & 0xF;
	uint64		zigzag = number >> 4;
	double		value = 0;

	if (k == FIT_DOUBLE_WHOLE && fit_check(parser, zigzag == 0, "a number has no such form"))
	{
		uint64		bits = fit_read_word(parser);

		memcpy(&value, &bits, sizeof(value));
	}
	else if (k < FIT_DOUBLE_WHOLE)
		value = (double) ((int64) (zigzag >> 1) ^ -(int64) (zigzag & 1)) / fit_powers[k];
	return value;
}

double
fit_read_double(FitParser *parser)
{
	double		value = fit_read_any_double(parser);

	return fit_check(parser, isfinite(value), "a number is not finite") ? value : 0;
}

double *
fit_read_doubles(FitParser *parser, int count)
{
	double	   *numbers;

	if (!fit_check(parser, count <= parser->end - parser->at, "it ends too soon"))
		return NULL;
	numbers = palloc(sizeof(double) * Max(count, 1));
	for (int i = 0; i < count; i++)
		numbers[i] = fit_read_double(parser);
	return numbers;
}

double
fit_read_weight(FitParser *parser)
{
	double		weight = fit_read_double(parser);

	(void) fit_check(parser, weight > 0, "a weight is not above 0");
	return weight;
}

char *
fit_read_text(FitParser *parser)
{
	uint64		size = fit_read_number(parser);
	char	   *text = parser->at;

	if (size == 0 || !fit_check(parser, size <= (uint64) (parser->end - parser->at),
								"it ends too soon"))
		return NULL;
	parser->at += size;
	if (!fit_check(parser, text[size - 1] == '\0' && strlen(text) == size - 1,
				   "a text has no end") ||
		!fit_check(parser, parser->blob->encoding != FIT_TEXT_UTF8 ||
				   pg_encoding_verifymbstr(PG_UTF8, text, size - 1) == size - 1,
				   "a text is not UTF-8"))
		return NULL;
	return text;
}

void
fit_check_ascending(FitParser *parser, const double *numbers, int count)
{
	for (int i = 1; fit_good(parser) && i < count; i++)
		(void) fit_check(parser, numbers[i - 1] <= numbers[i], "knots do not ascend");
}
