/*-------------------------------------------------------------------------
 *
 * steer_order.c
 *		Fields of which one is never below another: by a check, or because
 *		their names say so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/stratnum.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "schema/steer_internal.h"
#include "utils/formatting.h"

#define MAX_ORDERS		10000

/* ---- orders of checks ---- */

/* Is a field's value drawn freely, so that an order can be kept? */
static bool
field_is_free(const Field *field)
{
	return field->origin == FIELD_MADE && field->reference < 0;
}

/* A free field next to a context: the two agree, or have an order. */
static bool
is_beside_context(const Field *a, const Field *b)
{
	return (a->origin == FIELD_CONTEXT && field_is_free(b)) ||
		(b->origin == FIELD_CONTEXT && field_is_free(a));
}

/* "currency = account_id.currency" */
static void
gather_agreement(int left, int right, Facts *facts)
{
	const Field *a = facts->schema->fields[left];
	const Field *b = facts->schema->fields[right];
	Order	   *order;

	if (!is_beside_context(a, b) || a->base_type != b->base_type)
		return;
	order = palloc0(sizeof(Order));
	order->equal = true;
	order->lesser = a->origin == FIELD_CONTEXT ? left : right;
	order->greater = a->origin == FIELD_CONTEXT ? right : left;
	facts->orders = lappend(facts->orders, order);
}

/* Can one of two kinds be on the one side of an order, and one on the other? */
static bool
kinds_compare(ValueKind a, ValueKind b)
{
	return value_kind_is_scale(a) &&
		(a == b || (a == VALUE_DATE && b == VALUE_TIMESTAMP) ||
		 (a == VALUE_TIMESTAMP && b == VALUE_DATE));
}

void
gather_order(int left, int right, int strategy, Facts *facts)
{
	const Field *a = facts->schema->fields[left];
	const Field *b = facts->schema->fields[right];
	bool		contexts = is_beside_context(a, b);
	Order	   *order;

	if (strategy == BTEqualStrategyNumber)
		gather_agreement(left, right, facts);
	if (left == right || strategy == BTEqualStrategyNumber ||
		strategy == NOT_EQUAL_STRATEGY ||
		!kinds_compare(value_kind(a->base_type), value_kind(b->base_type)) ||
		(!contexts && !(field_is_free(a) && field_is_free(b))))
		return;
	order = palloc0(sizeof(Order));
	if (strategy <= BTLessEqualStrategyNumber)
	{
		order->lesser = left;
		order->greater = right;
	}
	else
	{
		order->lesser = right;
		order->greater = left;
	}
	order->strict = strategy == BTLessStrategyNumber ||
		strategy == BTGreaterStrategyNumber;
	facts->orders = lappend(facts->orders, order);
}

/* Does a chain of orders lead from one field up to another? */
static bool
order_leads(const Schema *schema, List **above, int from, int to)
{
	Bitmapset  *seen = bms_make_singleton(from);
	List	   *queue = list_make1_int(from);
	bool		found = false;

	while (queue != NIL && !found)
	{
		int			field = llast_int(queue);
		ListCell   *cell;

		queue = list_delete_last(queue);
		foreach(cell, above[field])
		{
			int			next = lfirst_int(cell);

			if (next == to)
				found = true;
			if (bms_is_member(next, seen))
				continue;
			seen = bms_add_member(seen, next);
			queue = lappend_int(queue, next);
		}
	}
	list_free(queue);
	bms_free(seen);
	return found;
}

/* Adds an order, unless it closes a circle; the order if it is new, or NULL. */
static Order *
order_add(Schema *schema, List **above, int lesser, int greater, bool strict)
{
	ListCell   *cell;
	Order	   *order;

	CHECK_FOR_INTERRUPTS();
	if (list_member_int(above[lesser], greater))
	{
		foreach(cell, schema->orders)
		{
			order = lfirst(cell);
			if (order->lesser == lesser && order->greater == greater)
				order->strict |= strict;
		}
		return NULL;
	}
	if (lesser == greater || list_length(schema->orders) >= MAX_ORDERS ||
		order_leads(schema, above, greater, lesser))
		return NULL;
	order = palloc0(sizeof(Order));
	order->lesser = lesser;
	order->greater = greater;
	order->strict = strict;
	schema->orders = lappend(schema->orders, order);
	above[lesser] = lappend_int(above[lesser], greater);
	return order;
}

/* ---- orders of names ---- */

/*
 * Words that stand for the stages of something: within a chain, and with the
 * rest of the names alike, a lower stage comes first.
 */
typedef enum Chain
{
	CHAIN_NONE,
	CHAIN_SPAN,
	CHAIN_RECORD,
	CHAIN_ORDER,
	CHAIN_LIFE,
	CHAIN_TRIP,
	CHAIN_BILL,
	CHAIN_LOAN,
	CHAIN_CASE,
	CHAIN_EXTENT				/* of numbers, and of times */
} Chain;

typedef struct Stage
{
	const char *word;
	Chain		chain;
	int			rank;			/* below 0: it is agreed on before it begins */
} Stage;

static const Stage stages[] = {
	{"booked", CHAIN_SPAN, -1}, {"booking", CHAIN_SPAN, -1},
	{"reserved", CHAIN_SPAN, -1}, {"reservation", CHAIN_SPAN, -1},
	{"start", CHAIN_SPAN, 0}, {"starts", CHAIN_SPAN, 0}, {"started", CHAIN_SPAN, 0},
	{"detected", CHAIN_SPAN, 1}, {"acknowledged", CHAIN_SPAN, 2},
	{"resolved", CHAIN_SPAN, 3}, {"solved", CHAIN_SPAN, 3},
	{"begin", CHAIN_SPAN, 0}, {"begins", CHAIN_SPAN, 0}, {"began", CHAIN_SPAN, 0},
	{"opened", CHAIN_SPAN, 0}, {"opens", CHAIN_SPAN, 0}, {"open", CHAIN_SPAN, 0},
	{"in", CHAIN_SPAN, 0}, {"end", CHAIN_SPAN, 3}, {"ends", CHAIN_SPAN, 3},
	{"ended", CHAIN_SPAN, 3}, {"finish", CHAIN_SPAN, 3}, {"finished", CHAIN_SPAN, 3},
	{"completed", CHAIN_SPAN, 3}, {"closed", CHAIN_SPAN, 3}, {"closes", CHAIN_SPAN, 3},
	{"close", CHAIN_SPAN, 3}, {"out", CHAIN_SPAN, 3},
	{"checkin", CHAIN_SPAN, 0}, {"checkout", CHAIN_SPAN, 3},
	{"created", CHAIN_RECORD, 0}, {"inserted", CHAIN_RECORD, 0},
	{"updated", CHAIN_RECORD, 1}, {"modified", CHAIN_RECORD, 1},
	{"changed", CHAIN_RECORD, 1}, {"deleted", CHAIN_RECORD, 2},
	{"archived", CHAIN_RECORD, 2},
	{"order", CHAIN_ORDER, 0}, {"ordered", CHAIN_ORDER, 0}, {"placed", CHAIN_ORDER, 0},
	{"ship", CHAIN_ORDER, 1}, {"shipped", CHAIN_ORDER, 1}, {"shipping", CHAIN_ORDER, 1},
	{"dispatched", CHAIN_ORDER, 1}, {"delivery", CHAIN_ORDER, 2},
	{"delivered", CHAIN_ORDER, 2}, {"returned", CHAIN_ORDER, 3},
	{"required", CHAIN_ORDER, 1}, {"receipt", CHAIN_ORDER, 2}, {"received", CHAIN_ORDER, 2},
	{"rental", CHAIN_LOAN, 0}, {"rented", CHAIN_LOAN, 0}, {"borrowed", CHAIN_LOAN, 0},
	{"loan", CHAIN_LOAN, 0}, {"return", CHAIN_LOAN, 1},
	{"birth", CHAIN_LIFE, 0}, {"born", CHAIN_LIFE, 0}, {"birthday", CHAIN_LIFE, 0},
	{"dob", CHAIN_LIFE, 0}, {"hire", CHAIN_LIFE, 1}, {"hired", CHAIN_LIFE, 1},
	{"joined", CHAIN_LIFE, 1}, {"enrolled", CHAIN_LIFE, 1},
	{"admitted", CHAIN_LIFE, 1}, {"admission", CHAIN_LIFE, 1},
	{"discharged", CHAIN_LIFE, 2}, {"discharge", CHAIN_LIFE, 2},
	{"terminated", CHAIN_LIFE, 2}, {"termination", CHAIN_LIFE, 2},
	{"left", CHAIN_LIFE, 2}, {"death", CHAIN_LIFE, 3}, {"died", CHAIN_LIFE, 3},
	{"departure", CHAIN_TRIP, 0}, {"departed", CHAIN_TRIP, 0}, {"departs", CHAIN_TRIP, 0},
	{"arrival", CHAIN_TRIP, 1}, {"arrived", CHAIN_TRIP, 1}, {"arrives", CHAIN_TRIP, 1},
	{"issue", CHAIN_BILL, 0}, {"issued", CHAIN_BILL, 0}, {"invoice", CHAIN_BILL, 0},
	{"effective", CHAIN_BILL, 0}, {"due", CHAIN_BILL, 1}, {"paid", CHAIN_BILL, 1},
	{"payment", CHAIN_BILL, 1}, {"expiry", CHAIN_BILL, 1},
	{"expires", CHAIN_BILL, 1}, {"expiration", CHAIN_BILL, 1},
	{"from", CHAIN_SPAN, 0}, {"min", CHAIN_EXTENT, 0}, {"minimum", CHAIN_EXTENT, 0},
	{"low", CHAIN_EXTENT, 0}, {"lower", CHAIN_EXTENT, 0}, {"first", CHAIN_SPAN, 0},
	{"earliest", CHAIN_SPAN, 0}, {"to", CHAIN_SPAN, 3}, {"until", CHAIN_SPAN, 3},
	{"till", CHAIN_SPAN, 3}, {"through", CHAIN_SPAN, 3}, {"max", CHAIN_EXTENT, 1},
	{"maximum", CHAIN_EXTENT, 1}, {"high", CHAIN_EXTENT, 1}, {"upper", CHAIN_EXTENT, 1},
	{"last", CHAIN_SPAN, 3}, {"latest", CHAIN_SPAN, 3},
	{"application", CHAIN_CASE, 0}, {"applied", CHAIN_CASE, 0}, {"submitted", CHAIN_CASE, 0},
	{"requested", CHAIN_CASE, 0}, {"approval", CHAIN_CASE, 1}, {"approved", CHAIN_CASE, 1},
	{"decision", CHAIN_CASE, 1}, {"decided", CHAIN_CASE, 1}, {"rejected", CHAIN_CASE, 1},
	{"disbursed", CHAIN_CASE, 2}, {"disbursement", CHAIN_CASE, 2}, {"funded", CHAIN_CASE, 2}
};

/* Words that say no more than that it is a time; "check" goes with "in" and "out". */
static bool
word_is_filler(const char *word)
{
	static const char *const fillers[] = {"at", "on", "of", "date", "time",
	"datetime", "timestamp", "ts", "day", "check"};

	for (int i = 0; i < lengthof(fillers); i++)
	{
		if (strcmp(word, fillers[i]) == 0)
			return true;
	}
	return false;
}

static const Stage *
stage_of_word(const char *word)
{
	for (int i = 0; i < lengthof(stages); i++)
	{
		if (strcmp(word, stages[i].word) == 0)
			return &stages[i];
	}
	return NULL;
}

/* "orderdate" is an order's date, too. */
static const Stage *
stage_of_date(const char *word)
{
	size_t		length = strlen(word);

	if (length <= strlen("date") || strcmp(word + length - strlen("date"), "date") != 0)
		return stage_of_word(word);
	return stage_of_word(pnstrdup(word, length - strlen("date")));
}

/* A name's stage, and what is left of the name without it. */
typedef struct StagedName
{
	int			field;
	const Stage *stage;
	char	   *rest;
} StagedName;

static void
staged_word(StagedName *name, StringInfo rest, StringInfo word)
{
	const Stage *stage;

	if (word->len == 0)
		return;
	stage = name->stage == NULL ? stage_of_date(word->data) : NULL;
	if (stage != NULL)
	{
		name->stage = stage;
		appendStringInfoString(rest, "*_");
	}
	else if (!word_is_filler(word->data))
		appendStringInfo(rest, "%s_", word->data);
	resetStringInfo(word);
}

/* Splits "startedAt" and "started_at" alike. */
static StagedName *
staged_name(int index, const char *text)
{
	StagedName *name = palloc0(sizeof(StagedName));
	StringInfoData word;
	StringInfoData rest;
	bool		lower = false;

	name->field = index;
	initStringInfo(&word);
	initStringInfo(&rest);
	for (; *text; text++)
	{
		bool		upper = *text >= 'A' && *text <= 'Z';

		if ((upper && lower) || strchr("_- .", *text) != NULL)
			staged_word(name, &rest, &word);
		if (strchr("_- .", *text) == NULL)
			appendStringInfoChar(&word, pg_ascii_tolower((unsigned char) *text));
		lower = !upper;
	}
	staged_word(name, &rest, &word);
	name->rest = rest.data;
	return name;
}

/* A bound of a date or a time in days, any other as it is. */
static double
bound_in_days(const Field *field, const Bound *bound)
{
	double		scale = value_to_scale(field->base_type, bound->value);

	return value_kind(field->base_type) == VALUE_TIMESTAMP ? scale / USECS_PER_DAY : scale;
}

/* Would a guessed order be in the way of what is known of two fields? */
static bool
order_is_plausible(const Schema *schema, const StagedName *a, const StagedName *b)
{
	const Field *lesser = schema->fields[a->field];
	const Field *greater = schema->fields[b->field];
	ValueKind	kind = value_kind(lesser->base_type);

	if (!kinds_compare(kind, value_kind(greater->base_type)) ||
		lesser->unique || greater->unique)
		return false;
	if (value_kind_is_number(kind))
	{
		if (a->stage->chain != CHAIN_EXTENT)
			return false;
	}
	else if (kind != VALUE_DATE && kind != VALUE_TIME && kind != VALUE_TIMESTAMP)
		return false;
	return !(lesser->minimum.set && greater->maximum.set &&
			 bound_in_days(lesser, &lesser->minimum) >=
			 bound_in_days(greater, &greater->maximum));
}

static int
staged_compare(const ListCell *a, const ListCell *b)
{
	const StagedName *x = lfirst(a);
	const StagedName *y = lfirst(b);
	int			cmp = strcmp(x->rest, y->rest);

	if (cmp == 0)
		cmp = (int) x->stage->chain - (int) y->stage->chain;
	if (cmp == 0)
		cmp = x->stage->rank - y->stage->rank;
	return cmp != 0 ? cmp : x->field - y->field;
}

/* Orders that names imply: created_at <= updated_at, min_age <= max_age. */
static void
add_implied_orders(Schema *schema, List **above)
{
	List	   *names = NIL;

	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];
		StagedName *name;

		if (!field_is_free(field) || !value_kind_is_scale(value_kind(field->base_type)) ||
			field->enumeration.count > 0)
			continue;
		name = staged_name(i, field->name);
		if (name->stage != NULL)
			names = lappend(names, name);
	}
	list_sort(names, staged_compare);

	/* each one against the next stage that is there */
	for (int i = 0; i < list_length(names); i++)
	{
		StagedName *lesser = list_nth(names, i);
		int			next_rank = -1;

		for (int j = i + 1; j < list_length(names); j++)
		{
			StagedName *greater = list_nth(names, j);
			Order	   *order;

			if (greater->stage->chain != lesser->stage->chain ||
				strcmp(greater->rest, lesser->rest) != 0 ||
				(next_rank >= 0 && greater->stage->rank != next_rank))
				break;
			if (greater->stage->rank == lesser->stage->rank ||
				!order_is_plausible(schema, lesser, greater))
				continue;
			next_rank = greater->stage->rank;
			order = order_add(schema, above, lesser->field, greater->field, false);
			if (order == NULL)
				continue;
			/* nobody is hired soon after birth, and bills are due in some weeks */
			order->apart = lesser->stage->chain == CHAIN_LIFE && lesser->stage->rank == 0;
			order->ahead = lesser->stage->rank < 0;
			order->term = strcmp(greater->stage->word, "due") == 0;
		}
	}
}

/* ---- the record's own time ---- */

static bool
has_part(const char *name, const char *const *parts)
{
	for (; *parts; parts++)
		if (strstr(name, *parts) != NULL)
			return true;
	return false;
}

/* What can be before the row is there, and what comes soon after that. */
static const char *const earlier_parts[] = {"birth", "born", "dob", "built", "manufact", "found",
"establish", "graduat", "previous", "onset", "hire", "start", "from", "since", "event", NULL};
static const char *const soon_parts[] = {"resolved", "closed", "completed", "solved", "respon",
"publish", "paid", "acknowledged", "processed", "sent", "confirmed", "approved", NULL};

static bool
is_record_time(const Field *field, int index)
{
	StagedName *name;

	if (!field_is_free(field) || field->unique || value_kind(field->base_type) != VALUE_TIMESTAMP)
		return false;
	name = staged_name(index, field->name);
	return name->stage != NULL && name->stage->chain == CHAIN_RECORD &&
		name->stage->rank == 0 && strcmp(name->rest, "*_") == 0;
}

/* created_at comes before all times of a row that are no older than the row. */
static void
add_record_orders(Schema *schema, List **above)
{
	int			created = 0;

	while (created < schema->nfields && !is_record_time(schema->fields[created], created))
		created++;
	for (int i = 0; created < schema->nfields && i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];
		char	   *name = asc_tolower(field->name, strlen(field->name));
		StagedName	lesser = {.field = created};
		StagedName	greater = {.field = i};
		Order	   *order;

		if (i == created || !field_is_free(field) || field->enumeration.count > 0 ||
			value_kind(field->base_type) != VALUE_TIMESTAMP || has_part(name, earlier_parts) ||
			!order_is_plausible(schema, &lesser, &greater))
			continue;
		order = order_add(schema, above, created, i, false);
		if (order != NULL)
			order->apart = !has_part(name, soon_parts);
	}
}

/* ---- all of them ---- */

/* The names of an object's members say as much as those of columns. */
void
schema_imply_orders(Schema *schema)
{
	apply_orders(schema, NIL);
}

void
apply_orders(Schema *schema, const List *orders)
{
	List	  **above = palloc0(sizeof(List *) * (schema_width(schema) + 1));
	ListCell   *cell;

	foreach(cell, schema->orders)
	{
		Order	   *order = lfirst(cell);

		above[order->lesser] = lappend_int(above[order->lesser], order->greater);
	}
	foreach(cell, orders)
	{
		Order	   *order = lfirst(cell);

		if (order->equal)
			schema->fields[order->greater]->agrees = order->lesser;
		else
			order_add(schema, above, order->lesser, order->greater, order->strict);
	}
	add_implied_orders(schema, above);
	add_record_orders(schema, above);
}
