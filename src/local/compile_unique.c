/*-------------------------------------------------------------------------
 *
 * compile_unique.c
 *		Distinct values by construction: parts of ops take their value from
 *		the rank of a permutation instead of a draw.
 *
 * A unique field, or a set of fields that are unique together, is a number
 * with mixed radix: every digit (compile_digit.c) picks one part of the value.
 * What several fields of a row share (a person, a place, a key) can serve one
 * unique set only; a second one does with its other parts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/compile_unique.h"
#include "port/pg_bitutils.h"
#include "util/series.h"

/* Binary logarithms of how many values a row has to try. */
#define LEAST_TRIES_BITS	4
#define USUAL_TRIES_BITS	8
#define MOST_TRIES_BITS		10
#define LARGE_DOMAIN_BITS	40

#define ROOM			2			/* values a row, for a set to be roomy */

#define VALUE_PATIENCE	16		/* draws of the other fields with one value */

static uint64
saturating_multiply(uint64 a, uint64 b)
{
	uint128		product = (uint128) a * b;

	return product > PLAN_MAX_DISTINCT ? PLAN_MAX_DISTINCT : (uint64) product;
}

/* The more values there are, the more of them a row can have. */
static uint32
tries_for(uint64 distinct)
{
	int			size = pg_leftmost_one_pos64(distinct);
	int			bits = size >= LARGE_DOMAIN_BITS ? MOST_TRIES_BITS :
		Min(Max(size / 3, LEAST_TRIES_BITS), USUAL_TRIES_BITS);

	return (uint32) Min(UINT64CONST(1) << bits, distinct);
}

/*
 * How often a refused row keeps its value while its other fields are drawn
 * again: not at all where a check reads nothing else.  Texts with a number
 * inside differ in every draw anyhow.
 */
static uint32
patience_for(const Digits *digits)
{
	Bitmapset  *own = NULL;
	ListCell   *lc;

	if (digits->numbered)
		return VALUE_PATIENCE;
	for (int i = 0; i < digits->nfields; i++)
		own = bms_add_member(own, digits->fields[i]);
	foreach(lc, digits->c->schema->checks)
		if (bms_is_subset(((Check *) lfirst(lc))->fields, own))
			return 1;
	return VALUE_PATIENCE;
}

/* Writes the ranks: least significant digit first. */
static void
assign_ranks(Digits *digits, uint64 distinct, uint64 key)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanRank	common = {0};
	uint64		divisor = 1;
	char	   *label = digits_label(digits);
	ListCell   *lc;

	common.sequential = digits->sequential;
	common.start = digits->sequential ? 0 : digits->c->request->stored % distinct;
	common.tries = tries_for(distinct);
	common.stride = distinct / common.tries;
	common.patience = patience_for(digits);
	common.crowded = (uint64) digits->last >= common.stride;
	common.label = builder_add(builder, label, strlen(label) + 1);
	if (!digits->sequential && !digits->numbered)
	{
		Permutation p;

		rng_permutation_init(&p, distinct, key);
		common.permutation = builder_add(builder, &p, sizeof(p));
	}
	foreach(lc, digits->digits)
	{
		Digit	   *digit = lfirst(lc);

		if (divisor >= distinct)
			break;
		common.radix = Min(digit->radix, distinct / divisor + (distinct % divisor != 0));
		common.divisor = divisor;
		*(PlanRank *) builder_at(builder, digit->rank) = common;
		if (digit->twin != 0)
			*(PlanRank *) builder_at(builder, digit->twin) = common;
		divisor = saturating_multiply(divisor, digit->radix);
	}
}

static void
check_room(Digits *digits, uint64 distinct)
{
	const Field *first = digits->c->schema->fields[digits->fields[0]];

	if ((uint64) digits->last < distinct)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 digits->nfields == 1 ?
			 errmsg("%s can take " UINT64_FORMAT " distinct values, " INT64_FORMAT " %s are asked for",
					digits_label(digits), distinct, digits->last + 1,
					first->per_series ? "series" : "rows") :
			 errmsg("%s can take " UINT64_FORMAT " distinct combinations, " INT64_FORMAT " rows are asked for",
					digits_label(digits), distinct, digits->last + 1),
			 errdetail("The values have to be unique."),
			 errhint("Ask for fewer rows, or give wider bounds, a longer pattern or more values.")));
}

static uint64
product_of(List *digits, bool shaped)
{
	uint64		product = 1;
	ListCell   *lc;

	foreach(lc, digits)
	{
		const Digit *digit = lfirst(lc);

		if (shaped || !digit->shaped)
			product = saturating_multiply(product, digit->radix);
	}
	return product;
}

/*
 * A rank makes all values of a column alike.  Where the others have room
 * enough, a column that follows a distribution is left to it.
 */
static void
spare_shaped(Digits *digits)
{
	uint64		rows = (uint64) digits->last + 1 + digits->c->request->stored;
	ListCell   *lc;

	if (product_of(digits->digits, false) / ROOM < rows)
		return;
	foreach(lc, digits->digits)
		if (((Digit *) lfirst(lc))->shaped)
			digits->digits = foreach_delete_current(digits->digits, lc);
}

static uint64
highest_of(Oid type)
{
	return type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX / 4;
}

/*
 * Numbers whose greatest value is only a guess, or what a sample has, go on
 * above it where the others of their set do not suffice.
 */
static void
grow_number(Digits *digits, const Field *field, const PlanOp *op)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanNumber *number = builder_at(builder, op->detail);
	uint64		rows = (uint64) digits->last + 1 + digits->c->request->stored;
	uint64		product = product_of(digits->digits, true);
	uint64		highest = highest_of(op->type);
	ListCell   *lc;

	if (number->fitted || number->quantile != 0 || number->low < 0 || number->scale != 0 ||
		!field->maximum.set || !field->maximum.implied || product / ROOM >= rows)
		return;
	foreach(lc, digits->digits)
	{
		Digit	   *digit = lfirst(lc);
		uint64		needed;

		if (digit->rank != rank_of(PlanNumber, op->detail) || digit->radix == 0)
			continue;
		needed = saturating_multiply(rows, ROOM) / (product / digit->radix) + 1;
		highest = highest / number->grain - number->low;
		digit->radix = Max(digit->radix, Min(needed, highest));
		number->high = number->low + (int64) digit->radix - 1;
	}
}

static void
grow_numbers(Digits *digits)
{
	for (int i = 0; i < digits->nfields; i++)
	{
		const Field *field = digits->c->schema->fields[digits->fields[i]];
		const PlanOp *op = &digits->c->ops[digits->c->column_ops[digits->fields[i]]];

		if (op->kind == OP_NUMBER && value_kind(field->base_type) == VALUE_INTEGER)
			grow_number(digits, field, op);
	}
}

static void
too_few_others(const Digits *digits)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s cannot be kept distinct", digits_label(digits)),
			 errdetail("One of them goes by another field, and the others have too few values."),
			 errhint("Add a column of many values to them, or ask for fewer rows.")));
}

/*
 * Makes some columns unique together.  Nothing to do where a column among
 * them is unique alone, is filled by a sequence, or is always NULL.
 */
static void
make_unique(Compiler *c, const int *fields, int n, bool varied)
{
	Digits		digits = {0};
	uint64		distinct;
	uint64		key = c->request->seed;

	digits.c = c;
	digits.fields = fields;
	digits.nfields = n;
	digits.last = n == 1 && c->schema->fields[fields[0]]->per_series ?
		series_place(c->schema->series_low, c->schema->series_high, c->request->seed,
					 c->last_row).number : c->last_row;
	for (int i = 0; i < n; i++)
	{
		if (c->schema->fields[fields[i]]->origin != FIELD_MADE || c->column_ops[fields[i]] < 0)
			return;				/* judged when it is there */
	}
	for (int i = 0; i < n; i++)
	{
		const Field *field = c->schema->fields[fields[i]];
		int			op = c->column_ops[fields[i]];

		/* what is drawn once a series has a number of its own */
		if (n > 1 && (field->unique || field->per_series))
			return;
		if (c->ops[op].kind == OP_NULL || c->ops[op].kind == OP_COPY)
			return;
		key = rng_combine(key, c->ops[op].salt);
		digits_claim_op(&digits, &c->ops[op]);
	}
	/* what a sample's numbers end at is no end; what a type's do, alone, is */
	if (!digits.numbered && (n > 1 || c->schema->fit != NULL))
		grow_numbers(&digits);
	if (!digits.numbered)
		spare_shaped(&digits);
	distinct = digits.numbered ? PLAN_MAX_DISTINCT : product_of(digits.digits, true);
	if ((digits.cased || digits.dependent) && (uint64) digits.last >= distinct &&
		!c->request->avoid_stored)
		too_few_others(&digits);
	/*
	 * The other columns do not suffice, of which rows that are stored may have
	 * taken some: drawn, and judged when it is there.
	 */
	if ((digits.dependent || varied) &&
		(uint64) digits.last + (digits.dependent ? c->request->stored : 0) >= distinct)
		return;
	check_room(&digits, distinct);
	if (digits.digits != NIL)
		assign_ranks(&digits, distinct, key);
}

void
compile_uniques(Compiler *c)
{
	ListCell   *lc;

	for (int i = 0; i < c->schema->nfields; i++)
		if (c->schema->fields[i]->unique)
			make_unique(c, &i, 1, false);
	foreach(lc, c->schema->uniques)
	{
		UniqueSet  *set = lfirst(lc);

		make_unique(c, set->fields, set->nfields, false);
	}
	for (int i = 0; i < c->schema->nfields; i++)
		if (c->schema->fields[i]->varied && !c->schema->fields[i]->unique)
			make_unique(c, &i, 1, true);
}
