/*-------------------------------------------------------------------------
 *
 * type_guess.c
 *		Which types a text can be of.
 *
 * Numbers with leading zeros are none: '00123' is a code.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "common/jsonapi.h"
#include "file/type_guess.h"
#include "mb/pg_wchar.h"

/* Digits that a double keeps. */
#define FLOAT_DIGITS	15
#define NUMBER_LENGTH	1000
#define JSON_LENGTH		(1024 * 1024)

#define ANY_ORDER	(GUESS_DMY | GUESS_MDY)

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- numbers ---- */

/* Digits alone, with at most one sign before them. */
static uint32
guess_integer(const char *digits, size_t n, bool negative)
{
	uint64		value = 0;
	uint64		limit = negative ? 1 : 0;

	if (n > 19)
		return GUESS_NUMERIC;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (digits[i] - '0');
	if (value <= (uint64) INT32_MAX + limit)
		return GUESS_INTEGER | GUESS_BIGINT | GUESS_NUMERIC;
	if (value <= (uint64) INT64_MAX + limit)
		return GUESS_BIGINT | GUESS_NUMERIC;
	return GUESS_NUMERIC;
}

static uint32
guess_number(const char *text, size_t length)
{
	const char *p = text;
	const char *end = text + length;
	const char *digits;
	size_t		whole;
	size_t		fraction = 0;
	uint32		mask = GUESS_NUMERIC;
	bool		negative = *p == '-';

	if (length > NUMBER_LENGTH)
		return 0;
	p += negative;
	digits = p;
	while (p < end && is_digit(*p))
		p++;
	whole = p - digits;
	if (whole > 1 && digits[0] == '0')
		return 0;
	if (p == end)
	{
		if (whole == 0 || (negative && whole == 1 && digits[0] == '0'))
			return 0;
		return guess_integer(digits, whole, negative) | (whole <= FLOAT_DIGITS ? GUESS_FLOAT : 0);
	}
	if (*p == '.')
	{
		const char *point = p++;

		while (p < end && is_digit(*p))
			p++;
		fraction = p - point - 1;
		if (fraction == 0)
			return 0;
	}
	if (whole + fraction == 0)
		return 0;
	if (p < end && (*p == 'e' || *p == 'E'))
	{
		int			exponent = 0;

		mask = 0;
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (p == end)
			return 0;
		while (p < end && is_digit(*p) && exponent < 1000)
			exponent = exponent * 10 + (*p++ - '0');
		/* Beyond these, a double overflows or becomes zero. */
		if (exponent > 280)
			return 0;
	}
	if (p != end)
		return 0;
	return mask | (whole + fraction <= FLOAT_DIGITS ? GUESS_FLOAT : 0);
}

/* ---- dates and times ---- */

static bool
read_digits(const char **p, const char *end, int least, int most, int *value)
{
	int			n = 0;

	*value = 0;
	while (*p < end && n < most && is_digit(**p))
	{
		*value = *value * 10 + (*(*p)++ - '0');
		n++;
	}
	return n >= least && !(*p < end && is_digit(**p));
}

static bool
valid_date(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (leap && month == 2);
}

/* Which orders of day and month a date can have; 0: it is none. */
static uint32
read_date(const char **p, const char *end)
{
	const char *start = *p;
	int			a,
				b,
				c;
	char		separator;
	uint32		mask = 0;

	if (end - start >= 10 && is_digit(start[2]) && is_digit(start[3]))
	{
		if (!read_digits(p, end, 4, 4, &a) || *p == end || (**p != '-' && **p != '/'))
			return 0;
		separator = *(*p)++;
		if (!read_digits(p, end, 2, 2, &b) || *p == end || *(*p)++ != separator ||
			!read_digits(p, end, 2, 2, &c) || !valid_date(a, b, c))
			return 0;
		return ANY_ORDER;
	}
	if (!read_digits(p, end, 1, 2, &a) || *p == end || strchr("./-", **p) == NULL)
		return 0;
	separator = *(*p)++;
	if (!read_digits(p, end, 1, 2, &b) || *p == end || *(*p)++ != separator ||
		!read_digits(p, end, 4, 4, &c))
		return 0;
	if (valid_date(c, b, a))
		mask |= GUESS_DMY;
	if (separator != '.' && valid_date(c, a, b))
		mask |= GUESS_MDY;
	return mask == 0 ? 0 : mask | GUESS_SEEN_LOCAL;
}

static bool
read_time(const char **p, const char *end)
{
	int			hour,
				minute,
				second;
	int			digits = 0;

	if (!read_digits(p, end, 2, 2, &hour) || hour > 23 || *p == end || *(*p)++ != ':' ||
		!read_digits(p, end, 2, 2, &minute) || minute > 59)
		return false;
	if (*p == end || **p != ':')
		return true;
	(*p)++;
	if (!read_digits(p, end, 2, 2, &second) || second > 59)
		return false;
	if (*p == end || **p != '.')
		return true;
	for ((*p)++; *p < end && is_digit(**p); (*p)++)
		digits++;
	return digits >= 1 && digits <= 6;
}

/* Z, +01, +01:00, +0100; nothing is a zone, too, and sets *given to false. */
static bool
read_zone(const char **p, const char *end, bool *given)
{
	int			hours,
				minutes = 0;

	*given = *p < end;
	if (*p == end)
		return true;
	if (**p == 'Z' || **p == 'z')
		return ++(*p) == end;
	if (**p != '+' && **p != '-')
		return false;
	(*p)++;
	if (end - *p == 4)
	{
		if (!read_digits(p, end, 4, 4, &hours))
			return false;
		minutes = hours % 100;
		hours /= 100;
	}
	else if (!read_digits(p, end, 2, 2, &hours) ||
			 (*p < end && (*(*p)++ != ':' || !read_digits(p, end, 2, 2, &minutes))))
		return false;
	return *p == end && hours < 15 && minutes < 60;
}

static uint32
guess_moment(const char *text, size_t length)
{
	const char *p = text;
	const char *end = text + length;
	uint32		mask;
	bool		zone;

	if (length < 5 || length > 40)
		return 0;
	if (text[2] == ':')
		return read_time(&p, end) && p == end ? GUESS_TIME : 0;
	mask = read_date(&p, end);
	if (mask == 0)
		return 0;
	if (p == end)
		return mask | GUESS_DATE | GUESS_TIMESTAMP;
	if (*p != ' ' && *p != 'T')
		return 0;
	/* PostgreSQL reads a T only behind years that come first. */
	if (*p == 'T' && (mask & GUESS_SEEN_LOCAL))
		return 0;
	p++;
	if (!read_time(&p, end) || !read_zone(&p, end, &zone))
		return 0;
	return mask | (zone ? GUESS_TIMESTAMPTZ : GUESS_TIMESTAMP);
}

/* ---- the rest ---- */

static bool
is_uuid(const char *text, size_t length)
{
	if (length != 36)
		return false;
	for (int i = 0; i < 36; i++)
	{
		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (text[i] != '-')
				return false;
		}
		else if (!isxdigit((unsigned char) text[i]))
			return false;
	}
	return true;
}

static bool
is_word(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && pg_strncasecmp(text, word, length) == 0;
}

static uint32
guess_word(const char *text, size_t length)
{
	if (length == 1 && (*text == 't' || *text == 'T'))
		return GUESS_BOOLEAN | GUESS_SEEN_T;
	if (length == 1 && (*text == 'f' || *text == 'F'))
		return GUESS_BOOLEAN | GUESS_SEEN_F;
	if (is_word(text, length, "true") || is_word(text, length, "false") ||
		is_word(text, length, "yes") || is_word(text, length, "no"))
		return GUESS_BOOLEAN | GUESS_SEEN_WORD;
	if (is_word(text, length, "NaN") || is_word(text, length, "Infinity") ||
		is_word(text, length, "-Infinity"))
		return GUESS_FLOAT;
	return 0;
}

/* jsonb takes all JSON but the character zero. */
static uint32
guess_json(const char *text, size_t length)
{
	JsonLexContext *lex;
	bool		valid;

	if (length > JSON_LENGTH)
		return 0;
	lex = COMPAT_JSON_LEX(unconstify(char *, text), (int) length);
	valid = pg_parse_json(lex, &nullSemAction) == JSON_SUCCESS;
	return valid ? GUESS_JSON : 0;
}

uint32
type_guess_text(const char *text, size_t length)
{
	uint32		mask;

	if (length == 0)
		return 0;
	switch (text[0])
	{
		case '{':
		case '[':
			return guess_json(text, length);
		case '-':
		case '.':
			mask = guess_number(text, length);
			return mask != 0 ? mask : guess_word(text, length);
		case '0':
		case '1':
		case '2':
		case '3':
		case '4':
		case '5':
		case '6':
		case '7':
		case '8':
		case '9':
			mask = guess_number(text, length);
			if (mask == 0)
				mask = guess_moment(text, length);
			if (mask == 0 && is_uuid(text, length))
				mask = GUESS_UUID;
			return mask;
		default:
			if (is_uuid(text, length))
				return GUESS_UUID;
			return guess_word(text, length);
	}
}

void
type_guess_init(TypeGuess *guess)
{
	memset(guess, 0, sizeof(*guess));
	guess->shared = GUESS_TYPES;
}

bool
type_guess_ambiguous(const TypeGuess *guess)
{
	return (guess->seen & GUESS_SEEN_LOCAL) &&
		(guess->shared & (GUESS_DATE | GUESS_TIMESTAMP | GUESS_TIMESTAMPTZ)) &&
		(guess->shared & ANY_ORDER) == ANY_ORDER;
}

/* One letter alone may be a code, as in a column of sexes that are all "F". */
static bool
is_boolean(const TypeGuess *guess)
{
	uint32		letters = GUESS_SEEN_T | GUESS_SEEN_F;

	return (guess->shared & GUESS_BOOLEAN) &&
		((guess->seen & letters) == 0 || (guess->seen & letters) == letters ||
		 (guess->seen & GUESS_SEEN_WORD));
}

Oid
type_guess_type(const TypeGuess *guess)
{
	uint32		shared = guess->shared;

	if (guess->values == 0)
		return TEXTOID;
	if (shared & GUESS_INTEGER)
		return INT4OID;
	if (shared & GUESS_BIGINT)
		return INT8OID;
	if (shared & GUESS_NUMERIC)
		return NUMERICOID;
	if (shared & GUESS_FLOAT)
		return FLOAT8OID;
	if (is_boolean(guess))
		return BOOLOID;
	if ((shared & ANY_ORDER) && !type_guess_ambiguous(guess))
	{
		if (shared & GUESS_DATE)
			return DATEOID;
		if (shared & GUESS_TIMESTAMP)
			return TIMESTAMPOID;
		if (shared & GUESS_TIMESTAMPTZ)
			return TIMESTAMPTZOID;
	}
	if (shared & GUESS_TIME)
		return TIMEOID;
	if (shared & GUESS_UUID)
		return UUIDOID;
	if (shared & GUESS_JSON)
		return JSONBOID;
	return TEXTOID;
}

bool
type_guess_is_typed(const char *text)
{
	uint32		mask = type_guess_text(text, strlen(text)) & GUESS_TYPES;

	return mask != 0 && strlen(text) > 0 && !(strlen(text) == 1 && (mask & GUESS_BOOLEAN));
}
