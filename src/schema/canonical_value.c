/*-------------------------------------------------------------------------
 *
 * canonical_value.c
 *		Values, bounds and distributions of a field, as a document has them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "schema/canonical.h"
#include "utils/date.h"
#include "utils/timestamp.h"

void
print_list(Printer *printer, const char *key, const Field *field, const ValueList *list)
{
	if (list->count == 0)
		return;
	print_open(printer, key, WJB_BEGIN_ARRAY);
	for (int i = 0; i < list->count; i++)
		print_value(printer, NULL, field->base_type, list->values[i],
					list->nulls != NULL && list->nulls[i]);
	print_close(printer, WJB_END_ARRAY);
}

/* A bound in words that a document may use for the type. */
void
print_bound(Printer *printer, const Field *field, const Bound *bound, const char *key,
			const char *exclusive_key)
{
	ValueKind	kind = value_kind(field->base_type);

	if (!bound->set || !(value_kind_is_number(kind) || value_kind_is_time(kind)) ||
		!value_is_finite(field->base_type, bound->value))
		return;
	print_value(printer, bound->exclusive ? exclusive_key : key, field->base_type,
				bound->value, false);
}

static Datum
span_datum(double microseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = (TimeOffset) rint(microseconds);
	return IntervalPGetDatum(interval);
}

/* A number on the scale of a field, as a value that a document would have. */
static void
print_scaled(Printer *printer, const char *key, const Field *field, double number)
{
	Oid			base = field->base_type;
	TimeTzADT  *timetz;

	switch (base)
	{
		case DATEOID:
			print_value(printer, key, base, DateADTGetDatum((DateADT) rint(number)), false);
			break;
		case TIMEOID:
			print_value(printer, key, base, TimeADTGetDatum((TimeADT) rint(number)), false);
			break;
		case TIMETZOID:
			timetz = palloc0(sizeof(TimeTzADT));
			timetz->time = (TimeADT) rint(number);
			print_value(printer, key, base, TimeTzADTPGetDatum(timetz), false);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			print_value(printer, key, base, TimestampGetDatum((Timestamp) rint(number)), false);
			break;
		case INTERVALOID:
			print_value(printer, key, base, span_datum(number), false);
			break;
		default:
			print_value(printer, key, FLOAT8OID, Float8GetDatum(number), false);
			break;
	}
}

static void
print_stddev(Printer *printer, const Field *field, double stddev)
{
	ValueKind	kind = value_kind(field->base_type);

	if (value_kind_is_time(kind))
		print_value(printer, "stddev", INTERVALOID,
					span_datum(kind == VALUE_DATE ? stddev * USECS_PER_DAY : stddev), false);
	else
		print_double(printer, "stddev", stddev);
}

static void
print_histogram(Printer *printer, const Field *field)
{
	const Distribution *distribution = &field->distribution;

	print_open(printer, "bounds", WJB_BEGIN_ARRAY);
	for (int i = 0; i < distribution->nbounds; i++)
		print_scaled(printer, NULL, field, distribution->bounds[i]);
	print_close(printer, WJB_END_ARRAY);
	if (distribution->weights != NULL)
		print_doubles(printer, "weights", distribution->weights, distribution->nbounds - 1);
}

static void
print_calendar(Printer *printer, const Calendar *calendar)
{
	if (calendar->growth != 0)
		print_double(printer, "growth", calendar->growth);
	if (calendar->months != NULL)
		print_doubles(printer, "months", calendar->months, CALENDAR_MONTHS);
	if (calendar->weekdays != NULL)
		print_doubles(printer, "weekdays", calendar->weekdays, CALENDAR_WEEKDAYS);
	if (calendar->hours != NULL)
		print_doubles(printer, "hours", calendar->hours, CALENDAR_HOURS);
	if (calendar->holidays != 1)
		print_double(printer, "holidays", calendar->holidays);
}

static void
print_parameters(Printer *printer, const Field *field)
{
	const Distribution *distribution = &field->distribution;

	switch (distribution->kind)
	{
		case DISTRIBUTION_NONE:
		case DISTRIBUTION_UNIFORM:
			break;
		case DISTRIBUTION_BETA:
			if (distribution->alpha > 0)
			{
				print_double(printer, "alpha", distribution->alpha);
				print_double(printer, "beta", distribution->beta);
				break;
			}
			/* FALLTHROUGH */
		case DISTRIBUTION_NORMAL:
		case DISTRIBUTION_LOGNORMAL:
		case DISTRIBUTION_GAMMA:
			print_scaled(printer, "mean", field, distribution->mean);
			print_stddev(printer, field, distribution->stddev);
			break;
		case DISTRIBUTION_EXPONENTIAL:
		case DISTRIBUTION_POISSON:
			print_scaled(printer, "mean", field, distribution->mean);
			break;
		case DISTRIBUTION_ZIPF:
		case DISTRIBUTION_PARETO:
			print_double(printer, "exponent", distribution->exponent);
			break;
		case DISTRIBUTION_TRIANGULAR:
			print_scaled(printer, "mode", field, distribution->mode);
			break;
		case DISTRIBUTION_HISTOGRAM:
			print_histogram(printer, field);
			break;
		case DISTRIBUTION_CALENDAR:
			print_calendar(printer, distribution->calendar);
			break;
	}
}

void
print_distribution(Printer *printer, const Field *field)
{
	static const char *const names[] = {
		NULL, "uniform", "normal", "lognormal", "exponential", "poisson", "zipf", "histogram",
		"gamma", "beta", "pareto", "triangular", "calendar"
	};

	if (field->distribution.kind == DISTRIBUTION_NONE)
		return;
	print_open(printer, "distribution", WJB_BEGIN_OBJECT);
	print_string(printer, "kind", names[field->distribution.kind]);
	print_parameters(printer, field);
	print_close(printer, WJB_END_OBJECT);
}
