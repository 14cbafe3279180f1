/*-------------------------------------------------------------------------
 *
 * compile_digit.c
 *		Which parts of which ops can tell rows apart, and how many values each has.
 *
 * A digit may pick one of the entries of a list, so those that are equal are
 * found and left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/compile_unique.h"
#include "local/pattern.h"
#include "miscadmin.h"

#define MOST_LISTED		65536	/* texts of a pattern that are compared */

char *
digits_label(const Digits *digits)
{
	StringInfoData label;

	initStringInfo(&label);
	for (int i = 0; i < digits->nfields; i++)
		appendStringInfo(&label, "%s\"%s\"",
						 i > 0 ? ", " : digits->nfields == 1 ? "column " : "columns ",
						 digits->c->schema->fields[digits->fields[i]]->name);
	return label.data;
}

Digit *
digits_add(Digits *digits, PlanOffset rank, uint64 radix, bool shaped)
{
	Digit	   *digit = palloc0(sizeof(Digit));

	digit->rank = rank;
	digit->radix = radix;
	digit->shaped = shaped;
	digits->digits = lappend(digits->digits, digit);
	return digit;
}

/* Adds an op's values to what tells the entries of its selector apart. */
static void
add_entry_keys(const PlanBuilder *builder, const PlanOp *op, ValueKey *keys, uint32 n)
{
	PlanPool   *pool = builder_at(builder, op->detail);
	uint64	   *items = builder_at(builder, pool->values);

	for (uint32 i = 0; i < n; i++)
	{
		Datum		value = op->flags & OPF_BYVAL ? (Datum) items[i] :
			PointerGetDatum(builder_at(builder, items[i]));

		keys[i] = keys_combine(keys[i], value_key(op->type, value));
	}
}

/* Is it fixed how often each entry is picked? */
static bool
is_counted(PlanBuilder *builder, const PlanSelector *selector)
{
	return selector->counts != 0 &&
		!((const PlanCounts *) builder_at(builder, selector->counts))->loose;
}

/* Columns of the set that pick with the same selector are one digit. */
static void
claim_pool(Digits *digits, const PlanOp *op)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanPool   *pool = builder_at(builder, op->detail);
	PlanOffset	selector = pool->selector;
	uint32		n = ((PlanSelector *) builder_at(builder, selector))->n;
	ValueKey   *keys;

	/* What is picked to suit another pick, or counted, is not ours to choose. */
	if (pool->given != 0 || is_counted(builder, builder_at(builder, selector)))
	{
		digits->dependent = true;
		return;
	}
	keys = palloc0(sizeof(ValueKey) * n);
	add_entry_keys(builder, op, keys, n);
	for (int i = 0; i < digits->nfields; i++)
	{
		const PlanOp *other = &digits->c->ops[digits->c->column_ops[digits->fields[i]]];

		if (other != op && other->kind == OP_POOL &&
			((PlanPool *) builder_at(builder, other->detail))->selector == selector)
			add_entry_keys(builder, other, keys, n);
	}
	digits_claim_selector(digits, selector, keys);
	pfree(keys);
}

/*
 * Where another entry chooses among several texts of an entry, no two entries
 * may have one in common: those that share a text with an earlier one are
 * made equal to the first, and so are left out.  keys has all texts, column
 * by column, of n entries.
 */
static void
keep_apart(ValueKey *keys, uint32 n, uint32 total)
{
	ValueKey   *rows = palloc(sizeof(ValueKey) * total);
	uint32	   *distinct = palloc(sizeof(uint32) * total);
	uint32		ncolumns = total / n;
	uint32		count;
	bool	   *first = palloc0(total);

	for (uint32 i = 0; i < total; i++)
		rows[i % n * ncolumns + i / n] = keys[i];
	count = distinct_entries(rows, total, distinct);
	for (uint32 i = 0; i < count; i++)
		first[distinct[i]] = true;
	for (uint32 i = 0; i < total; i++)
	{
		uint32		own = i / ncolumns * ncolumns;

		while (!first[i] && own < i && memcmp(&rows[own], &rows[i], sizeof(ValueKey)) != 0)
			own++;
		if (!first[i] && own == i)
			keys[i / ncolumns] = keys[0];
	}
	pfree(rows);
	pfree(distinct);
	pfree(first);
}

static void
claim_entry(Digits *digits, const PlanPiece *piece)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanStrings *strings = builder_at(builder, piece->text);
	uint32	   *offsets = builder_at(builder, strings->offsets);
	char	   *bytes = builder_at(builder, strings->bytes);
	ValueKey   *keys = palloc(sizeof(ValueKey) * strings->n);

	for (uint32 i = 0; i < strings->n; i++)
		keys[i] = bytes_key(bytes + offsets[i], offsets[i + 1] - offsets[i]);
	if (piece->chooser != 0)
		keep_apart(keys, ((PlanSelector *) builder_at(builder, piece->selector))->n, strings->n);
	digits_claim_selector(digits, piece->selector, keys);
	pfree(keys);
}

static void
claim_text(Digits *digits, const PlanOp *op)
{
	PlanText   *text = builder_at(&digits->c->builder, op->detail);
	PlanOffset	pieces = text->pieces;
	uint32		npieces = text->npieces;

	for (uint32 i = 0; i < npieces; i++)
	{
		PlanPiece  *piece = builder_at(&digits->c->builder, pieces + i * sizeof(PlanPiece));

		if (piece->kind == PIECE_UNIQUE)
			digits->numbered = true;
	}
	for (uint32 i = 0; i < npieces; i++)
	{
		PlanOffset	offset = pieces + i * sizeof(PlanPiece);
		PlanPiece  *piece = builder_at(&digits->c->builder, offset);

		if (piece->kind == PIECE_UNIQUE)
			digits_add(digits, rank_of(PlanPiece, offset), PLAN_MAX_DISTINCT, false);
		else if (digits->numbered)
			continue;
		else if (piece->kind == PIECE_ENTRY)
			claim_entry(digits, piece);
		else if (piece->kind == PIECE_NUMBER && piece->rank.radix == 0)
			digits_add(digits, rank_of(PlanPiece, offset), piece->count, false);
	}
}

/* Lists the ranks of a pattern's texts, without those that repeat a text. */
static uint32
list_texts(Compiler *c, PlanOffset offset, uint32 count)
{
	PlanPattern *pattern = builder_at(&c->builder, offset);
	const PatternProgram *program = builder_at(&c->builder, pattern->program);
	char	   *text = palloc(pattern_max_bytes(program) + 1);
	ValueKey   *keys = palloc(sizeof(ValueKey) * count);
	uint32	   *distinct = palloc(sizeof(uint32) * count);
	PlanOffset	list;

	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		keys[i] = bytes_key(text, pattern_unrank(program, i, text));
	}
	count = distinct_entries(keys, count, distinct);
	list = builder_add(&c->builder, distinct, sizeof(uint32) * count);
	((PlanPattern *) builder_at(&c->builder, offset))->distinct = list;
	pfree(text);
	pfree(keys);
	pfree(distinct);
	return count;
}

/*
 * Where a pattern makes a text in several ways, few texts are listed.  Many
 * are no good, unless the rows go into a table, whose index tells.
 */
static void
claim_pattern(Digits *digits, const PlanOp *op)
{
	Compiler   *c = digits->c;
	PlanPattern *pattern = builder_at(&c->builder, op->detail);
	bool		exact;
	uint64		count = pattern_count(builder_at(&c->builder, pattern->program), &exact);

	if (!exact && count <= MOST_LISTED)
		count = list_texts(c, op->detail, (uint32) count);
	else if (!exact && !c->request->avoid_stored)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 op->column >= 0 ?
				 errmsg("values of column \"%s\" cannot be kept distinct",
						c->schema->fields[op->column]->name) :
				 errmsg("values inside %s cannot be kept distinct", digits_label(digits)),
				 errdetail("Its pattern can make the same text in several ways, and has too many texts to list them."),
				 errhint("Give a pattern that reads each text in one way only: \"a+\" for \"(a+)+\", \"a{0,2}\" for \"a?a?\".")));
	digits_add(digits, rank_of(PlanPattern, op->detail), count, false);
}

static void
claim_number(Digits *digits, const PlanOp *op)
{
	PlanNumber *number = builder_at(&digits->c->builder, op->detail);
	uint64		radix = (uint64) number->high - (uint64) number->low;

	if (number->rank.radix != 0)
		return;
	digits->sequential = number->sequential;
	number->nabove = 0;			/* a rank has no room for orders */
	digits_add(digits, rank_of(PlanNumber, op->detail),
			   Min(radix, PLAN_MAX_DISTINCT - 1) + 1, number->quantile != 0);
}

/* Bytes or bits of random length: those that the shortest has. */
static void
claim_length(Digits *digits, const PlanOp *op)
{
	PlanLength *length = builder_at(&digits->c->builder, op->detail);
	int			bits = op->kind == OP_BYTES ? length->low * BITS_PER_BYTE : length->low;

	digits_add(digits, rank_of(PlanLength, op->detail),
			   bits >= 62 ? PLAN_MAX_DISTINCT : UINT64CONST(1) << bits, false);
}

static void
claim_members(Digits *digits, const PlanOp *op)
{
	PlanBuilder *builder = &digits->c->builder;
	PlanMembers *members = builder_at(builder, op->detail);
	PlanOffset	ops = members->ops;
	uint32		n = members->n;

	for (uint32 i = 0; i < n; i++)
	{
		int32		part = ((int32 *) builder_at(builder, ops))[i];

		if (part >= 0)
			digits_claim_op(digits, &digits->c->ops[part]);
	}
}

/* The op whose values an op takes over, or the first of its values; or -1. */
static int32
only_part(Compiler *c, const PlanOp *op)
{
	const void *detail = builder_at(&c->builder, op->detail);

	switch ((PlanOpKind) op->kind)
	{
		case OP_CAST:
			return ((const PlanCast *) detail)->part;
		case OP_ARRAY:
			return ((const PlanArray *) detail)->part;
		case OP_RANGE:
		case OP_MULTIRANGE:
			return ((const PlanPart *) detail)->part;
		default:
			return -1;
	}
}

void
digits_claim_op(Digits *digits, const PlanOp *op)
{
	switch ((PlanOpKind) op->kind)
	{
		case OP_POOL:
			claim_pool(digits, op);
			break;
		case OP_TEXT:
			claim_text(digits, op);
			break;
		case OP_PATTERN:
			claim_pattern(digits, op);
			break;
		case OP_NUMBER:
			claim_number(digits, op);
			break;
		case OP_BYTES:
		case OP_BITS:
			claim_length(digits, op);
			break;
		case OP_UUID:
			digits->numbered = true;	/* 122 random bits */
			break;
		case OP_CAST:
		case OP_ARRAY:
		case OP_RANGE:
		case OP_MULTIRANGE:
			digits_claim_op(digits, &digits->c->ops[only_part(digits->c, op)]);
			break;
		case OP_CASES:
			digits->dependent = digits->cased = true;
			break;
		case OP_COMPOSITE:
		case OP_JSON:
			if (!(op->flags & OPF_JSON_ARRAY))
				claim_members(digits, op);
			break;
		default:
			break;
	}
}
