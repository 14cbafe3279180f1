/*-------------------------------------------------------------------------
 *
 * xlsx_format.c
 *		What Excel keeps as numbers: dates and times, and numbers themselves.
 *
 * A date is a number of days, a time a part of a day; only the number's
 * format tells.  Day 1 is 1 January 1900, and there is a day 60, 29 February
 * 1900, which never was.  Workbooks of old Macs count from 1 January 1904 on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "datatype/timestamp.h"
#include "file/xlsx_format.h"
#include "utils/datetime.h"

#define DAY_MS			INT64CONST(86400000)
#define LAST_DAY		2958465 /* 31 December 9999 */
#define DAYS_1904		1462	/* from 1900's day 0 to 1904's */
#define DAY_0_JULIAN	2415019 /* 30 December 1899 */
#define MAX_ELAPSED		1.0e7	/* days */

/* ---- formats ---- */

XlsxKind
xlsx_builtin_kind(int id)
{
	if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 ||
		(id >= 50 && id <= 58))
		return XLSX_DATE;
	if (id == 22)
		return XLSX_TIMESTAMP;
	if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47)
		return XLSX_TIME;
	return id == 46 ? XLSX_ELAPSED : XLSX_NUMBER;
}

/* Behind what begins here and is no token of a date: literals, and AM/PM. */
static const char *
skip_literal(const char *p)
{
	switch (*p)
	{
		case '"':
			p = strchr(p + 1, '"');
			return p == NULL ? NULL : p + 1;
		case '\\':
		case '_':
		case '*':
			return p[1] == '\0' ? NULL : p + 2;
		case '[':
			p = strchr(p, ']');
			return p == NULL ? NULL : p + 1;
	}
	if (pg_strncasecmp(p, "General", 7) == 0)
		return p + 7;
	if (pg_strncasecmp(p, "AM/PM", 5) == 0)
		return p + 5;
	if (pg_strncasecmp(p, "A/P", 3) == 0)
		return p + 3;
	return p;
}

/* [h], [mm], [ss] */
static bool
is_elapsed(const char *p)
{
	char		unit = pg_tolower((unsigned char) p[1]);
	size_t		n = 1;

	if (unit != 'h' && unit != 'm' && unit != 's')
		return false;
	while (pg_tolower((unsigned char) p[n]) == unit)
		n++;
	return p[n] == ']';
}

/* The first section counts: the others are of negative numbers and of text. */
XlsxKind
xlsx_format_kind(const char *code)
{
	bool		date = false;
	bool		time = false;
	bool		month = false;

	for (const char *p = code; p != NULL && *p != '\0' && *p != ';';)
	{
		const char *next;

		if (*p == '[' && is_elapsed(p))
			return XLSX_ELAPSED;
		next = skip_literal(p);
		if (next != p)
		{
			p = next;
			continue;
		}
		switch (pg_tolower((unsigned char) *p))
		{
			case 'y':
			case 'd':
				date = true;
				break;
			case 'm':
				month = true;
				break;
			case 'h':
			case 's':
				time = true;
				break;
		}
		p++;
	}
	if (date || (month && !time))
		return time ? XLSX_TIMESTAMP : XLSX_DATE;
	return time ? XLSX_TIME : XLSX_NUMBER;
}

/* ---- dates ---- */

static char *
put_time(char *out, int64 ms)
{
	out += sprintf(out, "%02d:%02d:%02d", (int) (ms / 3600000), (int) (ms / 60000 % 60),
				   (int) (ms / 1000 % 60));
	if (ms % 1000 != 0)
		out += sprintf(out, ".%03d", (int) (ms % 1000));
	return out;
}

XlsxSerial
xlsx_serial_text(double serial, XlsxKind kind, bool date1904, char *out)
{
	XlsxSerial	result = XLSX_SERIAL_GOOD;
	int64		ms;
	int64		day;
	int			year;
	int			month;
	int			mday;

	if (kind == XLSX_ELAPSED && fabs(serial) <= MAX_ELAPSED)
	{
		ms = (int64) rint(serial * DAY_MS);
		if (ms < 0)
			*out++ = '-';
		put_time(out, ms < 0 ? -ms : ms);
		return result;
	}
	if (!(serial >= 0 && serial < LAST_DAY + 1))
		return XLSX_SERIAL_OUT;
	ms = (int64) rint(serial * DAY_MS);
	if (serial < 1 && (!date1904 || kind == XLSX_TIME))
	{
		put_time(out, ms);
		return result;
	}
	day = ms / DAY_MS + (date1904 ? DAYS_1904 : 0);
	if (day > LAST_DAY)
		return XLSX_SERIAL_OUT;
	if (day == 60 && !date1904)
		result = XLSX_SERIAL_NO_DAY;
	if (day < 60)
		day++;
	j2date((int) day + DAY_0_JULIAN, &year, &month, &mday);
	out += sprintf(out, "%04d-%02d-%02d", year, month, mday);
	if (kind != XLSX_DATE || ms % DAY_MS != 0)
	{
		*out++ = ' ';
		put_time(out, ms % DAY_MS);
	}
	return result;
}

/* ---- numbers ---- */

bool
xlsx_parse_number(const char *text, double *value)
{
	char	   *end;

	if (text[0] == '\0' || strspn(text, "0123456789+-.eE") != strlen(text))
		return false;
	*value = strtod(text, &end);
	return end != text && *end == '\0' && !isinf(*value);
}

/* Nothing could be said shorter: no exponent, no idle zeros, few digits. */
static bool
is_short(const char *text, size_t length)
{
	size_t		digits;
	size_t		sign = text[0] == '-';

	digits = strspn(text + sign, "0123456789");
	if (digits == 0 || (text[sign] == '0' && (digits > 1 || length == 2)))
		return false;
	if (sign + digits == length)
		return digits <= 18;
	return length <= 16 && text[sign + digits] == '.' &&
		strspn(text + sign + digits + 1, "0123456789") == length - sign - digits - 1 &&
		text[length - 1] != '0' && text[length - 1] != '.';
}

bool
xlsx_number_text(const char *text, size_t length, char *out)
{
	double		value;

	if (length < XLSX_TEXT_ROOM && is_short(text, length))
	{
		memcpy(out, text, length + 1);
		return true;
	}
	if (!xlsx_parse_number(text, &value))
		return false;
	if (fabs(value) < 9007199254740992.0 && value == rint(value))
		sprintf(out, "%lld", (long long) value);
	else
		double_to_shortest_decimal_buf(value, out);
	return true;
}
