/*-------------------------------------------------------------------------
 *
 * holiday.c
 *		The public holidays of a locale's country.
 *
 * locale/README.md says what a rule may be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/holiday.h"
#include "utils/datetime.h"

typedef struct HolidayReader
{
	const DataFile *file;
	int			row;
	bool	   *marked;
	int			first;			/* Julian days */
	int			count;
} HolidayReader;

/* Easter Sunday (Spencer Jones, "General astronomy", 1922). */
static int
easter_of(int year)
{
	int			century = year / 100;
	int			moon = (19 * (year % 19) + century - century / 4 -
						(century - (century + 8) / 25 + 1) / 3 + 15) % 30;
	int			week = (32 + 2 * (century % 4) + 2 * (year % 100 / 4) - moon - year % 4) % 7;
	int			later = (year % 19 + 11 * moon + 22 * week) / 451;
	int			sum = moon + week - 7 * later + 114;

	return date2j(year, sum / 31, sum % 31 + 1);
}

/* The n-th such weekday of a month, Sunday being 0; the last one for n = 0. */
static int
weekday_of(int year, int month, int weekday, int n)
{
	int			begin = date2j(year, month, 1);
	int			end = month == 12 ? date2j(year + 1, 1, 1) : date2j(year, month + 1, 1);

	if (n == 0)
		return end - 1 - (j2day(end - 1) - weekday + 7) % 7;
	return begin + (weekday - j2day(begin) + 7) % 7 + 7 * (n - 1);
}

static void
mark(HolidayReader *reader, int day)
{
	if (day >= reader->first && day - reader->first < reader->count)
		reader->marked[day - reader->first] = true;
}

pg_noreturn static void
malformed(const HolidayReader *reader, const char *rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("data file \"%s\": holiday \"%s\" is not a rule", reader->file->name, rule)));
}

static int
weekday_number(const char *name)
{
	static const char *const names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* A rule's day in a year. */
static void
mark_year(HolidayReader *reader, const char *rule, int year)
{
	int			offset = 0;
	int			month;
	int			day;
	char		weekday[4];
	char		which[5];
	char		rest;

	if (strcmp(rule, "easter") == 0 || sscanf(rule, "easter%d%c", &offset, &rest) == 1)
		mark(reader, easter_of(year) + offset);
	else if (sscanf(rule, "%2d-%3[a-z]-%4[a-z1-5]%c", &month, weekday, which, &rest) == 3 &&
			 month >= 1 && month <= 12 && weekday_number(weekday) >= 0 &&
			 (strcmp(which, "last") == 0 || strspn(which, "12345") == strlen(which)))
		mark(reader, weekday_of(year, month, weekday_number(weekday),
								which[0] == 'l' ? 0 : which[0] - '0'));
	else if (sscanf(rule, "%2d-%2d%c", &month, &day, &rest) == 2 &&
			 month >= 1 && month <= 12 && day >= 1 && day <= 31)
		mark(reader, date2j(year, month, day));
	else
		malformed(reader, rule);
}

static void
mark_rule(HolidayReader *reader)
{
	const DataFile *file = reader->file;
	const char *rule = datafile_cell(file, reader->row, datafile_need_column(file, "value"));
	const char *from = datafile_cell(file, reader->row, datafile_need_column(file, "from"));
	const char *to = datafile_cell(file, reader->row, datafile_need_column(file, "to"));
	int			first;
	int			last;
	int			month;
	int			day;
	char		rest;

	if (sscanf(rule, "%4d-%2d-%2d%c", &first, &month, &day, &rest) == 3 &&
		month >= 1 && month <= 12 && day >= 1 && day <= 31)
	{
		mark(reader, date2j(first, month, day));
		return;
	}
	j2date(reader->first, &first, &month, &day);
	j2date(reader->first + reader->count - 1, &last, &month, &day);
	/* the calendar of these rules began in 1583 */
	first = Max(first, from[0] != '\0' ? atoi(from) : 1583);
	last = Min(last, to[0] != '\0' ? atoi(to) : last);
	for (int year = first; year <= last; year++)
		mark_year(reader, rule, year);
}

bool *
holidays_mark(const Locale *locale, int first, int count)
{
	HolidayReader reader = {locale_dictionary(locale, "holiday"), 0, NULL, first, count};

	if (reader.file == NULL)
		return NULL;
	reader.marked = palloc0(sizeof(bool) * count);
	for (reader.row = 0; reader.row < reader.file->nrows; reader.row++)
		mark_rule(&reader);
	return reader.marked;
}
