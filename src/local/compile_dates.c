/*-------------------------------------------------------------------------
 *
 * compile_dates.c
 *		What goes with dates and times of the row: their parts, and entries of
 *		dictionaries that suit them.
 *
 * Which date is meant, names say: order_month goes with order_date and with
 * ordered_at; month goes with the only date that there is.  Parts of times
 * with time zone are those in UTC.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "lib/stringinfo.h"
#include "local/agree.h"
#include "utils/datetime.h"

#define MOST_SLOTS		64		/* entries of one band, by their weights */

/* ---- names ---- */

/* Words that say no more than that it is a date, or a part of one. */
static const char *const date_words[] = {"at", "on", "of", "the", "date", "time", "datetime",
"timestamp", "ts", "day", "dt", "utc", "datum", "fecha", "data", "zeit", "zeitpunkt", NULL};
static const char *const part_words[] = {"of", "the", "in", "year", "month", "quarter", "week",
	"weekday", "day", "hour", "name", "number", "num", "no", "calendar", "fiscal", "iso", "dow",
	"doy", "yr", "qtr", "jahr", "monat", "monatsname", "quartal", "woche", "kalenderwoche",
	"wochentag", "stunde", "annee", "mois", "trimestre", "semaine", "jour", "heure", "anio", "mes",
	"semana", "dia", "hora", "anno", "mese", "giorno", "ora", "ano", "jaar", "maand", "kwartaal",
NULL};
/* Words of times that are kept for each row, and say little of what it is about. */
static const char *const record_words[] = {"created", "inserted", "added", "updated", "modified",
	"changed", "deleted", "archived", "removed", "login", "seen", "synced", "imported", "loaded",
"processed", "expiry", "expires", "expiration", "valid", NULL};

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static bool
cut_end(StringInfo word, const char *end)
{
	int			length = strlen(end);

	if (word->len < length + 3 || strcmp(word->data + word->len - length, end) != 0)
		return false;
	word->len -= length;
	word->data[word->len] = '\0';
	return true;
}

/* "ordered" and "orders" as "order", "shipped" and "shipping" as "ship". */
static void
cut_ending(StringInfo word)
{
	static const char *const endings[] = {"ation", "ing", "ed", "es", "s", "y", "e"};

	for (int i = 0; i < lengthof(endings); i++)
		if (cut_end(word, endings[i]))
			break;
	if (word->len > 3 && word->data[word->len - 1] == word->data[word->len - 2])
		word->data[--word->len] = '\0';
}

static void
add_word(StringInfo stem, StringInfo word, const char *const *fillers)
{
	static const char *const births[] = {"born", "dob", "birthday", "birthdate", NULL};

	if (word->len == 0)
		return;
	if (is_one_of(word->data, births))
		appendStringInfoString(stem, "birth ");
	else if (!is_one_of(word->data, fillers))
	{
		cut_ending(word);
		appendStringInfo(stem, "%s ", word->data);
	}
	resetStringInfo(word);
}

/* What a name says besides some words: "order " of "orderedAt". */
char *
date_name_stem(const char *name, const char *const *fillers)
{
	StringInfoData stem;
	StringInfoData word;
	bool		lower = false;

	initStringInfo(&stem);
	initStringInfo(&word);
	for (; *name; name++)
	{
		bool		upper = *name >= 'A' && *name <= 'Z';
		bool		gap = strchr("_- .", *name) != NULL;

		if ((upper && lower) || gap)
			add_word(&stem, &word, fillers);
		if (!gap)
			appendStringInfoChar(&word, (char) pg_ascii_tolower((unsigned char) *name));
		lower = !upper;
	}
	add_word(&stem, &word, fillers);
	pfree(word.data);
	return stem.data;
}

bool
date_is_record(const Field *field)
{
	char	   *name = date_name_stem(field->name, date_words);

	for (int i = 0; record_words[i] != NULL; i++)
		if (strstr(name, date_name_stem(record_words[i], date_words)) != NULL)
			return true;
	return false;
}

/* ---- which date is meant ---- */

bool
date_is_moment(Compiler *c, const NumberUse *use)
{
	ValueKind	kind = value_kind(c->ops[use->op].type);

	return use->text < 0 && (kind == VALUE_DATE || kind == VALUE_TIMESTAMP);
}

/* How far a date's place is from another number's. */
static int
distance(const NumberUse *use, const NumberUse *other)
{
	if (other->scope != use->scope &&
		!(use->scope == NUMBER_PER_ROW && other->scope == NUMBER_PER_SERIES))
		return -1;
	if (other->container == use->container)
		return 0;
	return other->container < 0 ? 1 : 2;
}

/*
 * The date of some distance whose name has the same stem; or, if there is no
 * stem to go by, the only one there.
 */
static NumberUse *
date_at(Compiler *c, const NumberUse *use, const char *stem, int far)
{
	NumberUse  *only = NULL;
	int			count = 0;
	ListCell   *lc;

	foreach(lc, c->numbers)
	{
		NumberUse  *other = lfirst(lc);
		char	   *name;

		if (other == use || distance(use, other) != far || !date_is_moment(c, other))
			continue;
		name = agree_is_of(other, "birth_date") ? "birth " :
			date_name_stem(other->field->name, date_words);
		if (strcmp(name, stem) == 0)
			return other;
		if (*stem != '\0' || strcmp(name, "birth ") == 0 || date_is_record(other->field))
			continue;
		only = other;
		count++;
	}
	return count == 1 ? only : NULL;
}

static NumberUse *
date_of(Compiler *c, const NumberUse *use)
{
	char	   *stem = date_name_stem(use->field->name, part_words);
	NumberUse  *found = NULL;

	for (int far = 0; far <= 2 && found == NULL; far++)
		found = date_at(c, use, stem, far);
	return found;
}

/* ---- measures ---- */

typedef struct Measure
{
	const char *word;
	FollowMeasure measure;
	int			low;
	int			high;
} Measure;

static const Measure measures[] = {
	{"value", MEASURE_VALUE, 0, 0},
	{"years", MEASURE_YEARS, 0, 0},
	{"year", MEASURE_YEAR, -4712, 294276},
	{"quarter", MEASURE_QUARTER, 1, 4},
	{"month", MEASURE_MONTH, 1, 12},
	{"week", MEASURE_WEEK, 1, 53},
	{"day", MEASURE_DAY, 1, 31},
	{"yearday", MEASURE_YEARDAY, 1, 366},
	{"weekday", MEASURE_WEEKDAY, 1, 7},
	{"monthday", MEASURE_MONTHDAY, 101, 1231},
	{"hour", MEASURE_HOUR, 0, 23},
};

static const Measure sunday = {NULL, MEASURE_SUNDAY, 0, 6};

/* What a way measures, and of what: a type that it names, or a date. */
static NumberUse *
measured(Compiler *c, const NumberUse *use, char *const *words, const Measure **measure)
{
	NumberUse  *other = words[2] != NULL ? agree_mate(c, use, words[2]) : date_of(c, use);

	*measure = NULL;
	for (int i = 0; i < lengthof(measures); i++)
		if (strcmp(words[1], measures[i].word) == 0)
			*measure = &measures[i];
	if (other == NULL || *measure == NULL || other->text >= 0 ||
		((*measure)->measure != MEASURE_VALUE && !date_is_moment(c, other)) ||
		((*measure)->measure == MEASURE_HOUR && c->ops[other->op].type == DATEOID))
		return NULL;
	/* of two beside one, the second goes with something else */
	if (words[2] != NULL && other->container == use->container &&
		agree_place(c, use) > agree_place(c, other))
		return NULL;
	return other;
}

/* The day on which a bound's year, or one after it, begins. */
static double
days_to_year(const Field *field, const Bound *bound, int after)
{
	double		year = value_to_scale(field->base_type, bound->value) + after;

	if (!(year > -4000 && year < 200000))
		return year > 0 ? 1e8 : -1e8;
	return date2j((int) year, 1, 1) - POSTGRES_EPOCH_JDATE;
}

/* Does a check draw the row again where a column's value does not suit? */
static bool
is_checked(Compiler *c, const NumberUse *use)
{
	ListCell   *lc;

	foreach(lc, c->schema->checks)
		if (use->column >= 0 && bms_is_member(use->column, ((Check *) lfirst(lc))->fields))
			return true;
	return false;
}

/*
 * What only the type says of a part's range, or a check that judges the row,
 * is no limit for that of a date.
 */
static void
widen_to_measure(Compiler *c, const NumberUse *use, const Measure *measure)
{
	const Field *field = use->field;
	PlanNumber *number = agree_number(c, use);
	double		steps = number->divisor / (double) number->grain;
	bool		checked = is_checked(c, use);

	if (!field->minimum.set || field->minimum.implied || checked)
		number->low = Min(number->low, (int64) ceil(measure->low * steps));
	if (!field->maximum.set || field->maximum.implied || checked)
		number->high = Max(number->high, (int64) floor(measure->high * steps));
}

/* Leaves a date the years that the document, or a check, has. */
static void
bound_years(PlanNumber *date, Oid type, const Field *year)
{
	double		unit = (type == DATEOID ? 1.0 : (double) USECS_PER_DAY) / date->grain;
	int64		low = date->low;
	int64		high = date->high;

	if (date->rank.radix != 0 || date->quantile != 0)
		return;
	if (year->minimum.set && !year->minimum.implied)
		low = Max(low, (int64) ceil(unit * days_to_year(year, &year->minimum, 0)));
	if (year->maximum.set && !year->maximum.implied)
		high = Min(high, (int64) ceil(unit * days_to_year(year, &year->maximum, 1)) - 1);
	if (low > high)
		return;
	date->low = low;
	date->high = high;
}

/* "part month" */
bool
follow_part(Compiler *c, const NumberUse *use, char *const *words)
{
	const Field *field = use->field;
	const Measure *measure;
	NumberUse  *other = measured(c, use, words, &measure);
	PlanFollow	follow = {.kind = FOLLOW_PART};

	if (other == NULL || use->text >= 0)
		return false;
	follow.other = agree_followed(c, other);
	follow.measure = measure->measure;
	/* where Saturday is the last day and 6, Sunday is the first and 0 */
	if (measure->measure == MEASURE_WEEKDAY && field->maximum.set &&
		value_to_scale(field->base_type, field->maximum.value) == 6)
	{
		follow.measure = MEASURE_SUNDAY;
		measure = &sunday;
	}
	if (measure->measure == MEASURE_YEAR && other->plain)
		bound_years(agree_number(c, other), c->ops[other->op].type, field);
	widen_to_measure(c, use, measure);
	agree_follow(c, use, &follow);
	return true;
}

/* ---- entries that suit a measure ---- */

/* From where to where an entry suits; the first column alone: its place. */
static void
entry_span(const DataFile *file, int row, int64 *from, int64 *to)
{
	int			from_column = datafile_column(file, "from");
	int			to_column = datafile_column(file, "to");

	*from = *to = row + 1;
	if (from_column < 0)
		return;
	*from = strtoll(datafile_cell(file, row, from_column), NULL, 10);
	*to = to_column < 0 ? PG_INT32_MAX : strtoll(datafile_cell(file, row, to_column), NULL, 10);
}

/* One that begins behind its end goes over the turn of the year. */
static bool
entry_suits(const DataFile *file, int row, int64 measure)
{
	int64		from;
	int64		to;

	entry_span(file, row, &from, &to);
	return from <= to ? measure >= from && measure <= to : measure >= from || measure <= to;
}

static int
compare_bounds(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

/* The measures at which other entries suit; returns how many. */
static int
list_bounds(const DataFile *file, int64 *bounds)
{
	int			n = 0;
	int			kept = 0;

	for (int r = 0; r < file->nrows; r++)
	{
		int64		to;

		entry_span(file, r, &bounds[n], &to);
		bounds[n + 1] = to + 1;
		n += 2;
	}
	qsort(bounds, n, sizeof(int64), compare_bounds);
	for (int i = 0; i < n; i++)
		if (kept == 0 || bounds[i] != bounds[kept - 1])
			bounds[kept++] = bounds[i];
	return kept;
}

/*
 * The entries of one band, as often as their weights say; all of them where
 * none suits.  Returns how many.
 */
static int
list_suiting(const DataFile *file, int64 measure, bool any, int64 *units)
{
	int			column = datafile_column(file, "weight");
	double		sum = 0;
	double		cumulated = 0;
	int			suiting = 0;
	int			n = 0;

	for (int r = 0; r < file->nrows; r++)
		if (any || entry_suits(file, r, measure))
		{
			sum += column < 0 ? 1 : strtod(datafile_cell(file, r, column), NULL);
			suiting++;
		}
	if (suiting == 0)
		return any ? 0 : list_suiting(file, measure, true, units);
	for (int r = 0; r < file->nrows; r++)
		if (any || entry_suits(file, r, measure))
		{
			int			end;

			cumulated += column < 0 ? 1 : strtod(datafile_cell(file, r, column), NULL);
			end = suiting == 1 || column < 0 ? n + 1 :
				Max(n + 1, (int) floor(cumulated / sum * MOST_SLOTS + 0.5));
			while (n < end)
				units[n++] = r + 1;
		}
	return n;
}

/* "among monthday birth_date" */
bool
follow_among(Compiler *c, const NumberUse *use, char *const *words)
{
	const Measure *measure;
	NumberUse  *other = measured(c, use, words, &measure);
	PlanFollow	follow = {.kind = FOLLOW_AMONG};
	const DataFile *file = use->file;
	int64	   *bounds;
	int64	   *units;
	uint32	   *starts;
	int			nbounds;

	if (other == NULL || use->text < 0)
		return false;
	bounds = palloc(sizeof(int64) * 2 * file->nrows);
	nbounds = list_bounds(file, bounds);
	starts = palloc(sizeof(uint32) * (nbounds + 2));
	units = palloc(sizeof(int64) * (nbounds + 1) * (MOST_SLOTS + file->nrows));
	starts[0] = 0;
	for (int b = 0; b <= nbounds; b++)
		starts[b + 1] = starts[b] + list_suiting(file, b == 0 ? bounds[0] - 1 : bounds[b - 1],
												 false, units + starts[b]);
	follow.other = agree_followed(c, other);
	follow.measure = measure->measure;
	follow.nbands = nbounds + 1;
	follow.bounds = builder_add(&c->builder, bounds, sizeof(int64) * nbounds);
	follow.starts = builder_add(&c->builder, starts, sizeof(uint32) * (nbounds + 2));
	follow.units = builder_add(&c->builder, units, sizeof(int64) * starts[nbounds + 1]);
	agree_follow(c, use, &follow);
	return true;
}
