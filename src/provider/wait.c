/*-------------------------------------------------------------------------
 *
 * wait.c
 *		How long a server asks to wait, in all the forms in which it does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/adapter.h"
#include "utils/timestamp.h"

/* Longer waits are all the same. */
#define MAX_WAIT		1e9

/* Plain numbers from here on are not seconds from now, but points in time. */
#define FIRST_EPOCH		1e9
#define FIRST_EPOCH_MS	1e12

/* ---- forms ---- */

/* Digits with an optional fraction; false if there are none. */
static bool
read_number(const char **at, double *number)
{
	const char *start = *at;
	double		scale = 1;

	*number = 0;
	for (; isdigit((unsigned char) **at); (*at)++)
		*number = Min(*number * 10 + (**at - '0'), 1e18);
	if (*at == start)
		return false;
	if (**at != '.')
		return true;
	for ((*at)++; isdigit((unsigned char) **at); (*at)++)
	{
		scale /= 10;
		*number += (**at - '0') * scale;
	}
	return true;
}

static const char *
skip_spaces(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* The factor of a unit, which is skipped; 0 for another. */
static double
read_unit(const char **at)
{
	static const struct
	{
		const char *name;
		double		seconds;
	}			units[] = {
		{"ms", 0.001}, {"us", 0.000001}, {"\xc2\xb5s", 0.000001}, {"ns", 0.000000001},
		{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}
	};

	for (int i = 0; i < lengthof(units); i++)
	{
		size_t		length = strlen(units[i].name);

		if (strncmp(*at, units[i].name, length) == 0)
		{
			*at += length;
			return units[i].seconds;
		}
	}
	return 0;
}

double
wait_duration(const char *text)
{
	const char *at = skip_spaces(text);
	double		total = 0;
	double		number;

	if (*at == '\0')
		return -1;
	while (*at != '\0')
	{
		double		unit;

		if (!read_number(&at, &number))
			return -1;
		unit = read_unit(&at);
		if (unit == 0 && *skip_spaces(at) != '\0')
			return -1;
		total += number * (unit == 0 ? 1 : unit);
		at = skip_spaces(at);
		if (unit == 0)
			break;
	}
	return total;
}

/* Days from 1970-01-01 in the Gregorian calendar (Hinnant, days_from_civil). */
static int64
days_of_date(int64 year, int month, int day)
{
	int64		era;
	int64		year_of_era;
	int64		day_of_year;

	year -= month <= 2;
	era = year / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - 719468;
}

static double
seconds_now(void)
{
	return GetCurrentTimestamp() / 1e6 +
		(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * (double) SECS_PER_DAY;
}

/* From now; what has passed is 0. */
static double
until(double epoch)
{
	double		wait = epoch - seconds_now();

	return Max(wait, 0);
}

static bool
valid_date(int year, int month, int day, int hour, int minute, double second)
{
	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
		hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 61;
}

/* "Sun, 22 Nov 2026 10:00:00 GMT"; the two older forms of HTTP are not sent. */
static double
http_date(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char		name[4];
	int			day,
				year,
				hour,
				minute,
				second;
	const char *month;

	if (sscanf(text, " %*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT",
			   &day, name, &year, &hour, &minute, &second) != 6)
		return -1;
	month = strlen(name) == 3 ? strstr(months, name) : NULL;
	if (month == NULL || (month - months) % 3 != 0 ||
		!valid_date(year, 1, day, hour, minute, second))
		return -1;
	return until(days_of_date(year, (month - months) / 3 + 1, day) * (double) SECS_PER_DAY +
				 hour * 3600 + minute * 60 + second);
}

/* "2026-11-22T10:00:00.5Z", or with an offset. */
static double
rfc3339_date(const char *text)
{
	int			year,
				month,
				day,
				hour,
				minute,
				length = 0;
	int			offset_hour = 0;
	int			offset_minute = 0;
	double		second;
	double		offset;
	const char *at;

	if (sscanf(text, " %4d-%2d-%2d%*1[Tt ]%2d:%2d:%n",
			   &year, &month, &day, &hour, &minute, &length) != 5 || length == 0)
		return -1;
	at = text + length;
	if (!read_number(&at, &second) || !valid_date(year, month, day, hour, minute, second))
		return -1;
	if ((*at == '+' || *at == '-') &&
		sscanf(at + 1, "%2d:%2d", &offset_hour, &offset_minute) != 2)
		return -1;
	offset = (offset_hour * 60 + offset_minute) * (*at == '-' ? -60.0 : 60.0);
	return until(days_of_date(year, month, day) * (double) SECS_PER_DAY +
				 hour * 3600 + minute * 60 + second - offset);
}

/* Any of the forms. */
static double
read_wait(const char *text)
{
	double		wait;

	if (text == NULL)
		return -1;
	wait = wait_duration(text);
	if (wait >= FIRST_EPOCH_MS)
		wait = until(wait / 1000);
	else if (wait >= FIRST_EPOCH)
		wait = until(wait);
	if (wait < 0)
		wait = http_date(text);
	if (wait < 0)
		wait = rfc3339_date(text);
	return wait;
}

/* ---- headers ---- */

static const char *
look(HeaderLookup lookup, void *headers, const char *name)
{
	return lookup == NULL ? NULL : lookup(headers, name);
}

static double
wait_retry_after(HeaderLookup lookup, void *headers)
{
	const char *text = look(lookup, headers, "retry-after-ms");
	double		wait;

	if (text != NULL && (wait = wait_duration(text)) >= 0)
		return wait / 1000;
	return read_wait(look(lookup, headers, "retry-after"));
}

typedef struct Bucket
{
	const char *remaining;
	const char *reset;
	bool		tokens;
} Bucket;

static const Bucket buckets[] = {
	{"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens", true},
	{"x-ratelimit-remaining-project-tokens", "x-ratelimit-reset-project-tokens", true},
	{"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", false},
	{"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset", true},
	{"anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset", true},
	{"anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset", true},
	{"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset", false},
	{"x-ratelimit-remaining", "x-ratelimit-reset", false},
	{"ratelimit-remaining", "ratelimit-reset", false}
};

static bool
used_up(const char *remaining)
{
	double		left;

	if (remaining == NULL)
		return false;
	remaining = skip_spaces(remaining);
	return *remaining == '-' || (read_number(&remaining, &left) && left < 1);
}

/*
 * The reset of the limit that is used up, the latest if there are several.
 * If none is, the request was too large for the tokens that remain.
 */
static double
wait_for_buckets(HeaderLookup lookup, void *headers)
{
	double		exhausted = -1;
	double		tokens = -1;
	double		other = -1;

	for (int i = 0; i < lengthof(buckets); i++)
	{
		double		wait = read_wait(look(lookup, headers, buckets[i].reset));

		if (used_up(look(lookup, headers, buckets[i].remaining)))
			exhausted = Max(exhausted, wait);
		else if (buckets[i].tokens)
			tokens = Max(tokens, wait);
		else
			other = Max(other, wait);
	}
	if (exhausted >= 0)
		return exhausted;
	return tokens >= 0 ? tokens : other;
}

double
wait_from_headers(HeaderLookup lookup, void *headers)
{
	double		wait = wait_retry_after(lookup, headers);

	if (wait < 0)
		wait = wait_for_buckets(lookup, headers);
	return Min(wait, MAX_WAIT);
}
