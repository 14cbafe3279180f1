/*-------------------------------------------------------------------------
 *
 * json_scan.c
 *		Where a JSON value ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/json_scan.h"

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

size_t
json_scan_blanks(const char *data, size_t length)
{
	size_t		i = 0;

	while (i < length && is_blank(data[i]))
		i++;
	return i;
}

/* Behind the closing quote of a string that begins at i; length: it is cut off. */
static size_t
skip_string(const char *data, size_t length, size_t i)
{
	for (i++; i < length; i++)
	{
		if (data[i] == '"')
			return i + 1;
		if (data[i] == '\\')
			i++;
	}
	return length + 1;
}

/* A number or a word: as far as nothing ends it. */
static JsonScan
scan_scalar(const char *data, size_t length, bool at_end, size_t *size)
{
	size_t		i = 0;

	while (i < length && !is_blank(data[i]) && strchr(",]}[{:\"", data[i]) == NULL)
		i++;
	*size = i;
	if (i == 0)
		return JSON_SCAN_BAD;
	return i == length && !at_end ? JSON_SCAN_MORE : JSON_SCAN_VALUE;
}

static JsonScan
scan_nested(const char *data, size_t length, size_t *size)
{
	char		closing[JSON_SCAN_DEPTH];
	int			depth = 0;
	size_t		i = 0;

	while (i < length)
	{
		char		c = data[i];

		if (c == '"')
		{
			i = skip_string(data, length, i);
			continue;
		}
		if (c == '{' || c == '[')
		{
			*size = i;
			if (depth == JSON_SCAN_DEPTH)
				return JSON_SCAN_DEEP;
			closing[depth++] = c == '{' ? '}' : ']';
		}
		else if (c == '}' || c == ']')
		{
			*size = i;
			if (closing[--depth] != c)
				return JSON_SCAN_BAD;
			*size = i + 1;
			if (depth == 0)
				return JSON_SCAN_VALUE;
		}
		i++;
	}
	*size = length;
	return JSON_SCAN_MORE;
}

JsonScan
json_scan_value(const char *data, size_t length, bool at_end, size_t *size)
{
	*size = 0;
	if (length == 0)
		return at_end ? JSON_SCAN_BAD : JSON_SCAN_MORE;
	if (data[0] == '{' || data[0] == '[')
		return scan_nested(data, length, size);
	if (data[0] == '"')
	{
		*size = skip_string(data, length, 0);
		if (*size <= length)
			return JSON_SCAN_VALUE;
		*size = length;
		return JSON_SCAN_MORE;
	}
	return scan_scalar(data, length, at_end, size);
}
