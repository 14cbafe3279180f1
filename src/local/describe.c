/*-------------------------------------------------------------------------
 *
 * describe.c
 *		What makes a field, in words.
 *
 * The field is compiled alone, and the words come from its ops: bounds that
 * a check gave, and those that nobody gave, are the ones that rows get.  What
 * an op does not say any more, such as its recipe, is asked of the field, in
 * the order in which compile_field() asks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "local/compile.h"
#include "local/local.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define MAX_MEMBERS		20		/* of an object that are spelled out */

typedef struct Describer
{
	Compiler	c;
	StringInfoData out;
} Describer;

static void describe_value(Describer *d, const Field *field, int column, int index,
						   bool unique);

#define detail_of(d, op) builder_at(&(d)->c.builder, (op)->detail)

/* ---- numbers ---- */

static const char *
short_type_name(Oid type)
{
	switch (type)
	{
		case TIMESTAMPOID:
			return "timestamp";
		case TIMESTAMPTZOID:
			return "timestamptz";
		case TIMEOID:
			return "time";
		case TIMETZOID:
			return "timetz";
		default:
			return format_type_be(type);
	}
}

static char *
decimal_text(int64 units, int scale)
{
	uint64		size = units < 0 ? -(uint64) units : (uint64) units;
	uint64		power = 1;

	for (int i = 0; i < scale; i++)
		power *= 10;
	if (scale == 0)
		return psprintf(INT64_FORMAT, units);
	return psprintf("%s%llu.%0*llu", units < 0 ? "-" : "",
					(unsigned long long) (size / power), scale,
					(unsigned long long) (size % power));
}

/* A step of a number as its type has it. */
static char *
step_text(Oid type, const PlanNumber *number, int64 step)
{
	int64		units = step * number->grain;
	Interval	interval = {0};
	Oid			output;
	bool		varlena;
	Datum		value;

	switch (type)
	{
		case DATEOID:
			value = DateADTGetDatum((DateADT) units);
			break;
		case TIMEOID:
		case TIMETZOID:
			type = TIMEOID;
			value = TimeADTGetDatum(units);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			value = TimestampGetDatum(units);
			break;
		case INTERVALOID:
			interval.day = (int32) (units / USECS_PER_DAY);
			interval.time = units % USECS_PER_DAY;
			value = IntervalPGetDatum(&interval);
			break;
		default:
			return decimal_text(units, number->scale);
	}
	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

static void
describe_calendar(Describer *d, const Calendar *calendar)
{
	appendStringInfoString(&d->out, ", by the calendar");
	if (calendar->growth != 0)
		appendStringInfo(&d->out, ", %s %.10g%% a year",
						 calendar->growth > 0 ? "growing" : "shrinking",
						 fabs(calendar->growth) * 100);
	if (calendar->months != NULL)
		appendStringInfoString(&d->out, ", weighted by month");
	if (calendar->weekdays != NULL)
		appendStringInfoString(&d->out, ", weighted by weekday");
	if (calendar->hours != NULL)
		appendStringInfoString(&d->out, ", weighted by hour");
	if (calendar->holidays != 1)
		appendStringInfo(&d->out, ", %.10g times as many on public holidays",
						 calendar->holidays);
}

static void
describe_distribution(Describer *d, const Field *field)
{
	static const char *const names[] = {
		[DISTRIBUTION_NORMAL] = "normal",[DISTRIBUTION_LOGNORMAL] = "lognormal",
		[DISTRIBUTION_EXPONENTIAL] = "exponential",[DISTRIBUTION_POISSON] = "Poisson",
		[DISTRIBUTION_GAMMA] = "gamma",[DISTRIBUTION_BETA] = "beta",
	};
	const Distribution *distribution = &field->distribution;
	bool		plain = value_kind_is_number(value_kind(field->base_type));

	switch (distribution->kind)
	{
		case DISTRIBUTION_NONE:
		case DISTRIBUTION_UNIFORM:
			break;
		case DISTRIBUTION_NORMAL:
		case DISTRIBUTION_LOGNORMAL:
		case DISTRIBUTION_GAMMA:
		case DISTRIBUTION_BETA:
			appendStringInfo(&d->out, ", %s", names[distribution->kind]);
			if (distribution->alpha > 0)
				appendStringInfo(&d->out, " with alpha %.10g and beta %.10g",
								 distribution->alpha, distribution->beta);
			else if (plain)
				appendStringInfo(&d->out, " with mean %.10g and standard deviation %.10g",
								 distribution->mean, distribution->stddev);
			break;
		case DISTRIBUTION_EXPONENTIAL:
		case DISTRIBUTION_POISSON:
			appendStringInfo(&d->out, ", %s", names[distribution->kind]);
			if (plain)
				appendStringInfo(&d->out, " with mean %.10g", distribution->mean);
			break;
		case DISTRIBUTION_TRIANGULAR:
			appendStringInfoString(&d->out, ", triangular");
			if (plain)
				appendStringInfo(&d->out, " with mode %.10g", distribution->mode);
			break;
		case DISTRIBUTION_ZIPF:
		case DISTRIBUTION_PARETO:
			appendStringInfo(&d->out, ", %s with exponent %.10g",
							 distribution->kind == DISTRIBUTION_ZIPF ? "Zipf" : "Pareto",
							 distribution->exponent);
			break;
		case DISTRIBUTION_HISTOGRAM:
			appendStringInfo(&d->out, ", histogram of %d bins", distribution->nbounds - 1);
			break;
		case DISTRIBUTION_CALENDAR:
			describe_calendar(d, distribution->calendar);
			break;
	}
}

/* The fields that its values lie above. */
static void
describe_orders(Describer *d, int column, bool time)
{
	ListCell   *lc;

	foreach(lc, d->c.schema->orders)
	{
		const Order *order = lfirst(lc);

		if (order->greater != column)
			continue;
		appendStringInfo(&d->out, ", %s %s",
						 time ? (order->strict ? "after" : "not before") :
						 (order->strict ? "above" : "not below"),
						 order->lesser >= d->c.schema->nfields ? field_title(d->c.schema, order->lesser) :
						 quote_identifier(d->c.schema->fields[order->lesser]->name));
	}
}

static void
describe_number(Describer *d, const Field *field, int column, const PlanOp *op)
{
	const PlanNumber *number = detail_of(d, op);
	ValueKind	kind = value_kind(op->type);

	appendStringInfoString(&d->out, short_type_name(op->type));
	if (number->sequential)
		appendStringInfo(&d->out, ", counting from %s", step_text(op->type, number, number->low));
	else
		appendStringInfo(&d->out, " from %s to %s", step_text(op->type, number, number->low),
						 step_text(op->type, number, number->high));
	if (field->multiple_of > 0)
		appendStringInfo(&d->out, ", a multiple of %.10g", field->multiple_of);
	describe_distribution(d, field);
	if (column >= 0)
		describe_orders(d, column, kind == VALUE_DATE || kind == VALUE_TIMESTAMP ||
						kind == VALUE_TIME);
}

/* ---- lists of values ---- */

static void
describe_reference(Describer *d, const Field *field)
{
	const Reference *reference = list_nth(d->c.schema->references, field->reference);
	AttrNumber	attnum = reference->attnums[field->reference_column];
	char	   *namespace = RelationIsVisible(reference->relid) ? NULL :
		get_namespace_name(get_rel_namespace(reference->relid));

	appendStringInfo(&d->out, "key of %s(%s)",
					 quote_qualified_identifier(namespace, get_rel_name(reference->relid)),
					 quote_identifier(get_attname(reference->relid, attnum, false)));
	if (field->distribution.kind == DISTRIBUTION_ZIPF)
		describe_distribution(d, field);
}

static void
describe_values(Describer *d, const ValueList *list, const char *what)
{
	int			n = 0;

	for (int i = 0; i < list->count; i++)
		if (!(list->nulls && list->nulls[i]) && !(list->weights && list->weights[i] <= 0))
			n++;
	if (n == 1)
		appendStringInfo(&d->out, "always the same %.*s", (int) strlen(what) - 1, what);
	else
		appendStringInfo(&d->out, "one of %d %s%s", n, what, list->weights ? " by weight" : "");
}

static bool
is_weighted_boolean(const ValueList *list, Oid type)
{
	return type == BOOLOID && list->count == 2 && list->weights != NULL &&
		!(list->nulls != NULL && (list->nulls[0] || list->nulls[1])) &&
		DatumGetBool(list->values[0]) != DatumGetBool(list->values[1]);
}

static void
describe_enumeration(Describer *d, const Field *field, Oid type)
{
	const ValueList *list = &field->enumeration;
	double		share;

	if (!is_weighted_boolean(list, type))
	{
		describe_values(d, list, "values");
		if (field->distribution.kind == DISTRIBUTION_ZIPF && list->weights == NULL)
			describe_distribution(d, field);
		return;
	}
	share = list->weights[DatumGetBool(list->values[0]) ? 0 : 1] /
		(list->weights[0] + list->weights[1]);
	appendStringInfo(&d->out, "true in %.3g%%, else false", share * 100);
}

/* ---- what has parts ---- */

static void
describe_array(Describer *d, const Field *field, const PlanOp *op, bool unique)
{
	const PlanArray *array = detail_of(d, op);
	const Field *items = field->items;

	if (items == NULL)
		items = part_field(field->name, get_element_type(field->base_type),
						   field->base_typmod);
	appendStringInfoString(&d->out, op->flags & OPF_JSON_ARRAY ? "JSON array of " : "array of ");
	if (array->low != array->high)
		appendStringInfo(&d->out, "%d to ", array->low);
	appendStringInfo(&d->out, "%d, each ", array->high);
	describe_value(d, items, -1, array->part, unique);
}

static void
describe_object(Describer *d, const Schema *object, const PlanOp *op, bool unique)
{
	const PlanMembers *members = detail_of(d, op);
	const int32 *ops = builder_at(&d->c.builder, members->ops);

	appendStringInfoString(&d->out, "JSON object (");
	for (int i = 0; i < object->nfields; i++)
	{
		if (i == MAX_MEMBERS)
		{
			appendStringInfo(&d->out, ", %d more", object->nfields - i);
			break;
		}
		appendStringInfo(&d->out, "%s%s: ", i > 0 ? ", " : "",
						 quote_identifier(object->fields[i]->name));
		describe_value(d, object->fields[i], -1, ops[i], unique);
	}
	appendStringInfoChar(&d->out, ')');
}

static void
describe_composite(Describer *d, const PlanOp *op)
{
	const PlanMembers *members = detail_of(d, op);
	const int32 *ops = builder_at(&d->c.builder, members->ops);
	const PlanStrings *names = builder_at(&d->c.builder, members->names);
	const uint32 *offsets = builder_at(&d->c.builder, names->offsets);
	const char *bytes = builder_at(&d->c.builder, names->bytes);
	int			shown = 0;

	appendStringInfoString(&d->out, "composite (");
	for (uint32 i = 0; i < members->n; i++)
	{
		if (ops[i] < 0)
			continue;			/* a dropped attribute */
		if (shown == MAX_MEMBERS)
		{
			appendStringInfoString(&d->out, ", ...");
			break;
		}
		appendStringInfo(&d->out, "%s%s", shown++ > 0 ? ", " : "",
						 quote_identifier(pnstrdup(bytes + offsets[i],
												   offsets[i + 1] - offsets[i])));
	}
	appendStringInfoChar(&d->out, ')');
}

static void
describe_range(Describer *d, const Field *field, const PlanOp *op, bool unique)
{
	const PlanPart *range = detail_of(d, op);
	const PlanOp *part = &d->c.ops[range->part];
	Field	   *bound = part_field(field->name, part->type, part->typmod);

	if (op->kind == OP_MULTIRANGE)
		appendStringInfo(&d->out, "multirange of %d to %d, each ", range->low, range->high);
	else
		appendStringInfoString(&d->out, "range with bounds ");
	describe_value(d, bound, -1, range->part, unique);
}

static void
describe_length(Describer *d, const PlanOp *op, const char *what)
{
	const PlanLength *length = detail_of(d, op);

	if (length->low != length->high)
		appendStringInfo(&d->out, "%d to ", length->low);
	appendStringInfo(&d->out, "%d %s", length->high, what);
}

/* ---- one value ---- */

/* The recipe that an op of text was made from, or NULL. */
static const char *
recipe_of(Describer *d, const Field *field, const PlanOp *op, bool unique)
{
	const char *recipe = NULL;

	if (field_keeps_recipe(field))
		recipe = compiler_recipe(&d->c, field->semantic, unique);
	if (recipe == NULL)
		recipe = builtin_type_recipe(op->type);
	if (recipe == NULL && value_kind(op->type) == VALUE_TEXT && op->kind == OP_TEXT)
		recipe = plain_text_recipe(field, unique);
	if (recipe == NULL && op->type == NAMEOID)
		recipe = "{word!}";
	return recipe;
}

/* Text, and what goes through text. */
static void
describe_text(Describer *d, const Field *field, const PlanOp *op, bool unique)
{
	const char *recipe = recipe_of(d, field, op, unique);

	if (op->kind == OP_PATTERN)
		appendStringInfoString(&d->out, "capital letters and digits");
	else if (recipe)
		appendStringInfo(&d->out, "recipe %s", recipe);
	else if (op->kind == OP_CAST)
	{
		const PlanCast *cast = detail_of(d, op);
		const PlanOp *part = &d->c.ops[cast->part];

		describe_value(d, part_field(field->name, part->type, part->typmod), -1,
					   cast->part, unique);
		appendStringInfo(&d->out, ", as %s", format_type_be(op->type));
	}
	else
		appendStringInfoString(&d->out, "text");
}

/* A bound that keeps some of a recipe's entries. */
static void
describe_bound(Describer *d, const Field *field, const Bound *bound, const char *at,
			   const char *beyond)
{
	Oid			output;
	bool		varlena;

	if (!bound->set || bound->implied)
		return;
	getTypeOutputInfo(field->base_type, &output, &varlena);
	appendStringInfo(&d->out, ", %s %s", bound->exclusive ? beyond : at,
					 OidOutputFunctionCall(output, bound->value));
}

/* Pools that no list of the document made. */
static void
describe_pool(Describer *d, const Field *field, const PlanOp *op, bool unique)
{
	const char *recipe = field_keeps_recipe(field) ?
		compiler_recipe(&d->c, field->semantic, unique) : NULL;

	if (recipe)
	{
		appendStringInfo(&d->out, "recipe %s", recipe);
		describe_bound(d, field, &field->minimum, "from", "above");
		describe_bound(d, field, &field->maximum, "to", "below");
	}
	else if (field->examples.count > 0)
		describe_values(d, &field->examples, "examples");
	else if (field->has_default && !unique)
		appendStringInfoString(&d->out, "always the default");
	else if (op->type == BOOLOID)
		appendStringInfoString(&d->out, "true or false");
	else
		appendStringInfo(&d->out, "one of %d values", pool_count(&d->c, op));
}

/* By op, for all that compile_type() makes. */
static void
describe_op(Describer *d, const Field *field, int column, const PlanOp *op, bool unique)
{
	switch ((PlanOpKind) op->kind)
	{
		case OP_NULL:
			appendStringInfoString(&d->out, "always NULL");
			break;
		case OP_POOL:
			describe_pool(d, field, op, unique);
			break;
		case OP_NUMBER:
			describe_number(d, field, column, op);
			break;
		case OP_TEXT:
		case OP_PATTERN:
		case OP_CAST:
			describe_text(d, field, op, unique);
			break;
		case OP_UUID:
			appendStringInfoString(&d->out, "random UUID");
			break;
		case OP_BYTES:
			describe_length(d, op, "random bytes");
			break;
		case OP_BITS:
			describe_length(d, op, "random bits");
			break;
		case OP_ARRAY:
			describe_array(d, field, op, unique);
			break;
		case OP_RANGE:
		case OP_MULTIRANGE:
			describe_range(d, field, op, unique);
			break;
		case OP_COMPOSITE:
			describe_composite(d, op);
			break;
		case OP_JSON:
			if (op->flags & OPF_JSON_ARRAY)
				describe_array(d, field, op, unique);
			else
				describe_object(d, field->object, op, unique);
			break;
		case OP_WORDS:
			appendStringInfoString(&d->out, "learned: running text");
			break;
		case OP_CONTEXT:
		case OP_COPY:			/* references only */
		case OP_CASES:			/* its own values are described */
			break;
	}
}

/* What makes the values that are no levels, where there are such. */
static void
describe_others(Describer *d, const Field *field, int column, const PlanOp *op)
{
	const PlanPool *pool = op->kind == OP_POOL ? detail_of(d, op) : NULL;

	if (pool == NULL || pool->other == 0)
		return;
	appendStringInfoString(&d->out, "; others: ");
	describe_value(d, others_field(&d->c, field, column), -1, pool->other, false);
}

/* What the field is by itself, and how many cases it has beside. */
static void
describe_cases(Describer *d, const Field *field, int column, const PlanOp *op)
{
	const PlanCases *cases = detail_of(d, op);
	Field		own = *field;

	own.ncases = 0;
	describe_value(d, &own, column, cases->own, false);
	appendStringInfo(&d->out, ", by %s: %d case%s",
					 quote_identifier(d->c.schema->fields[cases->by]->name), field->ncases,
					 field->ncases == 1 ? "" : "s");
}

static void
describe_value(Describer *d, const Field *field, int column, int index, bool unique)
{
	PlanOp		op = d->c.ops[index];	/* compiling may move it */

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (op.kind == OP_CASES)
	{
		describe_cases(d, field, column, &op);
		return;
	}
	if (field->reference >= 0 && column >= 0)
		describe_reference(d, field);
	else if (column >= 0 && describe_fit(&d->c, &d->out, column))
		describe_others(d, field, column, &op);
	else if (op.kind != OP_NULL && field->enumeration.count > 0)
		describe_enumeration(d, field, op.type);
	else if (op.kind != OP_NULL && field_pattern(field) != NULL)
		appendStringInfo(&d->out, "pattern %s", field->pattern);
	else
		describe_op(d, field, column, &op, unique);
	if (column >= 0 && field->agrees >= 0)
		appendStringInfo(&d->out, ", or as %s has it", field_title(d->c.schema, field->agrees));
	if (column >= 0 && length_is_learned(&d->c, column))
		appendStringInfoString(&d->out, ", length learned");
	if (op.kind != OP_NULL && op.null_below > 0)
		appendStringInfo(&d->out, ", %.3g%% NULL", op.null_below / 4294967296.0 * 100);
}

char *
local_describe_field(const Schema *schema, const char *locale, int field)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext,
												 "synthik description",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	RowRequest	request = {.rows = 1,.first_row = 1,.locale = locale};
	const Field *described = schema->fields[field];
	Describer	d;
	char	   *text;

	compiler_begin(&d.c, schema, &request, local_empty_pools(schema));
	initStringInfo(&d.out);
	describe_value(&d, described, field, compile_column(&d.c, field), described->unique);
	if (described->unique)
		appendStringInfoString(&d.out, ", unique");
	if (described->per_series)
		appendStringInfoString(&d.out, ", once a series");
	if (described->ascending)
		appendStringInfoString(&d.out, ", ascending along the series");
	MemoryContextSwitchTo(old);
	text = pstrdup(d.out.data);
	MemoryContextDelete(memory);
	return text;
}
