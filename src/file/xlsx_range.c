/*-------------------------------------------------------------------------
 *
 * xlsx_range.c
 *		References to cells: "B3", "B3:F200".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>

#include "file/xlsx_sheet.h"

char *
xlsx_column_name(int column)
{
	char		letters[8];
	char	   *p = letters + sizeof(letters) - 1;

	*p = '\0';
	for (; column > 0; column = (column - 1) / 26)
		*--p = 'A' + (column - 1) % 26;
	return pstrdup(p);
}

/* Letters and digits, either of which may be missing: 0; returns what follows. */
static const char *
parse_corner(const char *p, int *row, int *column)
{
	*row = *column = 0;
	p += *p == '$';
	for (; isalpha((unsigned char) *p) && *column <= XLSX_MAX_COLUMNS; p++)
		*column = *column * 26 + pg_toupper((unsigned char) *p) - 'A' + 1;
	p += *p == '$';
	for (; isdigit((unsigned char) *p) && *row <= XLSX_MAX_ROWS; p++)
		*row = *row * 10 + *p - '0';
	return p;
}

bool
xlsx_parse_range(const char *text, XlsxRange *out)
{
	const char *p = parse_corner(text, &out->first_row, &out->first_column);

	out->last_row = out->last_column = 0;
	if (p == text)
		return false;
	if (*p == ':')
	{
		const char *second = p + 1;

		p = parse_corner(second, &out->last_row, &out->last_column);
		if (p == second)
			return false;
	}
	out->first_row = Max(out->first_row, 1);
	out->first_column = Max(out->first_column, 1);
	if (out->last_row == 0)
		out->last_row = XLSX_MAX_ROWS;
	if (out->last_column == 0)
		out->last_column = XLSX_MAX_COLUMNS;
	return *p == '\0' && out->last_row <= XLSX_MAX_ROWS &&
		out->last_column <= XLSX_MAX_COLUMNS && out->first_row <= out->last_row &&
		out->first_column <= out->last_column;
}
