/*-------------------------------------------------------------------------
 *
 * json_bytes.c
 *		A look at the bytes of a JSON text, without reading it.
 *
 * What is seen is right for valid JSON; of what is not it says something that
 * does no harm, and leaves the judgement to the parser.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "util/json.h"
#include "util/json_bytes.h"

/* What fits in 64 bits whatever the sign, and in a double without loss. */
#define MAX_INTEGER_DIGITS	18
#define MAX_REAL_DIGITS		15

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t
json_bytes_skip_blanks(const char *bytes, size_t length, size_t i)
{
	while (i < length && is_space(bytes[i]))
		i++;
	return i;
}

/* The offset behind a string whose opening quote is at i. */
static size_t
skip_string(const char *bytes, size_t length, size_t i)
{
	for (i++; i < length; i++)
	{
		if (bytes[i] == '"')
			return i + 1;
		if (bytes[i] == '\\')
			i++;
	}
	return length;
}

static size_t
skip_digits(const char *bytes, size_t length, size_t i)
{
	while (i < length && is_digit(bytes[i]))
		i++;
	return i;
}

/*
 * The offset behind a number that begins at i, or i where it is none.  *big:
 * neither an integer of 64 bits nor a double surely hold it as it stands.
 */
static size_t
skip_number(const char *bytes, size_t length, size_t i, bool *big)
{
	size_t		start = i;
	size_t		whole;
	size_t		digits;

	*big = false;
	if (bytes[i] == '-')
		i++;
	whole = i;
	i = skip_digits(bytes, length, i);
	digits = i - whole;
	if (digits == 0 || (digits > 1 && bytes[whole] == '0'))
		return start;
	*big = digits > MAX_INTEGER_DIGITS;
	if (i < length && bytes[i] == '.')
	{
		size_t		end = skip_digits(bytes, length, i + 1);

		if (end == i + 1)
			return start;
		digits += end - i - 1;
		*big = digits > MAX_REAL_DIGITS;
		i = end;
	}
	if (i < length && (bytes[i] == 'e' || bytes[i] == 'E'))
	{
		size_t		from = i + 1;

		if (from < length && (bytes[from] == '+' || bytes[from] == '-'))
			from++;
		i = skip_digits(bytes, length, from);
		if (i == from)
			return start;
		/* e-99 … e99 is far from what a double cannot hold */
		*big = digits > MAX_REAL_DIGITS || i - from > 2;
	}
	return i;
}

/* Is what ends at i a key? */
static bool
colon_follows(const char *bytes, size_t length, size_t i)
{
	i = json_bytes_skip_blanks(bytes, length, i);
	return i < length && bytes[i] == ':';
}

void
json_bytes_survey(const char *bytes, size_t length, JsonSurvey *survey, StringInfo quoted)
{
	int			depth = 0;
	size_t		i = 0;

	while (i < length)
	{
		size_t		start = i;
		bool		big = false;

		if (bytes[i] == '"')
			i = skip_string(bytes, length, i);
		else if (bytes[i] == '-' || is_digit(bytes[i]))
		{
			i = skip_number(bytes, length, i, &big);
			if (i == start)
				i++;
			big = big && !colon_follows(bytes, length, i);
		}
		else
		{
			if (bytes[i] == '[' || bytes[i] == '{')
				depth++;
			else if (bytes[i] == ']' || bytes[i] == '}')
				depth--;
			i++;
		}

		if (depth > JSON_MAX_DEPTH && !survey->too_deep)
		{
			survey->too_deep = true;
			survey->depth_at = start;
		}
		survey->has_big_numbers |= big;
		if (quoted != NULL)
		{
			if (big)
				appendStringInfoChar(quoted, '"');
			appendBinaryStringInfo(quoted, bytes + start, i - start);
			if (big)
				appendStringInfoChar(quoted, '"');
		}
	}
}

size_t
json_bytes_find_array(const char *bytes, size_t length, const char *key)
{
	size_t		key_length = strlen(key);
	size_t		i = 0;

	while (i < length)
	{
		size_t		start = i;

		if (bytes[i++] != '"')
			continue;
		i = skip_string(bytes, length, start);
		if (i - start != key_length + 2 ||
			memcmp(bytes + start + 1, key, key_length) != 0)
			continue;
		i = json_bytes_skip_blanks(bytes, length, i);
		if (i == length || bytes[i] != ':')
			continue;
		i = json_bytes_skip_blanks(bytes, length, i + 1);
		if (i < length && bytes[i] == '[')
			return i + 1;
	}
	return length;
}

size_t
json_bytes_element_end(const char *bytes, size_t length, size_t i)
{
	int			depth = 0;

	while (i < length)
	{
		char		c = bytes[i];

		if (c == '"')
		{
			i = skip_string(bytes, length, i);
			continue;
		}
		if (depth == 0 && (c == ',' || c == ']'))
			return i;
		if (c == '[' || c == '{')
			depth++;
		else if (c == ']' || c == '}')
		{
			/* An object or array is complete even where the text ends here. */
			if (--depth == 0)
				return i + 1;
		}
		i++;
	}
	return length;
}
