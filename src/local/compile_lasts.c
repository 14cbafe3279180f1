/*-------------------------------------------------------------------------
 *
 * compile_lasts.c
 *		How long something lasts, beside its beginning and its end: the end is
 *		as much later as the number says.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "local/agree.h"
#include "utils/timestamp.h"

/* Words of names that say no more than that it is a length of time. */
static const char *const span_words[] = {"of", "the", "in", "duration", "elapsed", "length",
	"total", "number", "num", "no", "count", "stay", "los", "dauer", "time", "spent", "taken",
	"nights", "night", "days", "day", "hours", "hour", "hrs", "minutes", "minute", "mins", "min",
	"seconds", "second", "secs", "sec", "milliseconds", "millisecond", "ms", "tage", "naechte",
"stunden", "minuten", "sekunden", NULL};

static const struct
{
	const char *word;
	int64		usecs;
}			lengths[] = {
	{"millisecond", 1000},
	{"second", USECS_PER_SEC},
	{"minute", USECS_PER_MINUTE},
	{"hour", USECS_PER_HOUR},
	{"day", USECS_PER_DAY},
};

/* The units of a type of dates or times in a length; 0: it has none so short. */
static double
units_in_length(const PlanOp *op, const char *word)
{
	int			digits = op->typmod >= 0 && op->type != DATEOID ? op->typmod : 6;

	for (int i = 0; i < lengthof(lengths); i++)
	{
		if (strcmp(word, lengths[i].word) != 0)
			continue;
		if (op->type == DATEOID)
			return lengths[i].usecs == USECS_PER_DAY ? 1 : 0;
		return digits < 3 && lengths[i].usecs < USECS_PER_SEC ? 0 : (double) lengths[i].usecs;
	}
	return 0;
}

typedef struct Span
{
	NumberUse  *begin;
	NumberUse  *end;
} Span;

/* The dates of a scope, as a schema whose names say what comes before what. */
static void
dates_beside(Compiler *c, const NumberUse *use, Schema *dates, NumberUse **uses)
{
	ListCell   *lc;

	foreach(lc, c->numbers)
	{
		NumberUse  *other = lfirst(lc);
		Field	   *field;

		if (other->container != use->container || other->scope != use->scope || !other->plain ||
			!date_is_moment(c, other) || date_is_record(other->field))
			continue;
		field = palloc(sizeof(Field));
		*field = *other->field;
		field->base_type = c->ops[other->op].type;
		field->reference = -1;
		field->unique = false;
		uses[dates->nfields] = other;
		dates->fields[dates->nfields++] = field;
	}
	schema_imply_orders(dates);
}

/*
 * The only two dates beside a length of which one is not before the other, but
 * for when that was booked.
 */
static bool
find_span(Compiler *c, const NumberUse *use, Span *span)
{
	Schema		dates = {0};
	NumberUse **uses = palloc(sizeof(NumberUse *) * list_length(c->numbers));
	const Order *order = NULL;
	ListCell   *lc;

	dates.fields = palloc(sizeof(Field *) * list_length(c->numbers));
	dates_beside(c, use, &dates, uses);
	foreach(lc, dates.orders)
	{
		const Order *one = lfirst(lc);

		if (one->ahead)
			continue;
		if (order != NULL)
			return false;
		order = one;
	}
	if (order == NULL)
		return false;
	span->begin = uses[order->lesser];
	span->end = uses[order->greater];
	return value_kind(c->ops[span->begin->op].type) == value_kind(c->ops[span->end->op].type);
}

/* May the end be drawn as the beginning and a length? */
static bool
end_is_free(Compiler *c, const NumberUse *end, const NumberUse *use)
{
	const PlanNumber *number = agree_number(c, end);
	const PlanNumber *length = agree_number(c, use);

	return number->rank.radix == 0 && number->follow == 0 && !number->ascending &&
		!number->fitted && number->nbelow == 0 && !agree_field_speaks(end->field) &&
		length->rank.radix == 0 && !length->fitted && length->low >= 0;
}

/*
 * Leaves room for the longest time: where the document says when the end is
 * at last, the beginning is before that.
 */
static bool
make_room(Compiler *c, const Span *span, const NumberUse *use, double units)
{
	PlanNumber *begin = agree_number(c, span->begin);
	PlanNumber *end = agree_number(c, span->end);
	const PlanNumber *length = agree_number(c, use);
	const Field *field = span->end->field;
	double		step = (double) length->grain / length->divisor * units;
	double		longest = length->high * step;
	double		shortest = length->low * step;
	double		low = (double) begin->low * begin->grain;
	double		high = (double) begin->high * begin->grain;

	if (field->maximum.set && !field->maximum.implied)
		high = Min(high, (double) end->high * end->grain - longest);
	if (field->minimum.set && !field->minimum.implied)
		low = Max(low, (double) end->low * end->grain - shortest);
	low = ceil(low / begin->grain);
	high = floor(high / begin->grain);
	if (low > high || (begin->quantile != 0 && (low > begin->low || high < begin->high)))
		return false;
	begin->low = (int64) low;
	begin->high = (int64) high;
	if (!field->maximum.set || field->maximum.implied)
		end->high = Max(end->high, (int64) ceil((high * begin->grain + longest) / end->grain));
	if (!field->minimum.set || field->minimum.implied)
		end->low = Min(end->low, (int64) floor((low * begin->grain + shortest) / end->grain));
	return true;
}

/* "lasts day": the end is as much after the beginning as the number says. */
bool
follow_lasts(Compiler *c, const NumberUse *use, char *const *words)
{
	PlanFollow	follow = {.kind = FOLLOW_PLUS};
	Span		span;

	if (*date_name_stem(use->field->name, span_words) != '\0' || !find_span(c, use, &span) ||
		!end_is_free(c, span.end, use))
		return false;
	follow.low = units_in_length(&c->ops[span.end->op], words[1]);
	if (follow.low == 0 || !make_room(c, &span, use, follow.low))
		return false;
	follow.other = agree_followed(c, span.begin);
	follow.times = agree_followed(c, use);
	agree_follow(c, span.end, &follow);
	return true;
}
