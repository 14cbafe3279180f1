/*-------------------------------------------------------------------------
 *
 * make_text.c
 *		Texts from recipes and patterns.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "local/engine.h"
#include "local/pattern.h"
#include "mb/pg_wchar.h"
#include "util/check_digit.h"
#include "utils/builtins.h"

#define LENGTH_TRIES 24			/* draws before a text is cut or filled */

/*
 * Most pieces are short, and copying 16 bytes is faster than asking how
 * many.  Plans end with PLAN_SLACK bytes, and so does the room for a text.
 */
static inline char *
append_bytes(char *out, const char *bytes, uint32 length)
{
	memcpy(out, bytes, PLAN_SLACK);
	if (unlikely(length > PLAN_SLACK))
		memcpy(out + PLAN_SLACK, bytes + PLAN_SLACK, length - PLAN_SLACK);
	return out + length;
}

static char *
append_entry(const Engine *engine, const PlanPiece *piece, const RowKey *key, char *out)
{
	const RowPlan *plan = engine->plan;
	const PlanStrings *strings = plan_at(plan, piece->text);
	const uint32 *offsets = plan_at(plan, strings->offsets);
	const char *bytes = plan_at(plan, strings->bytes);
	uint32		i = selector_pick(plan, plan_at(plan, piece->selector), key);
	uint32		length;

	if (piece->chooser != 0)
		i += ((const uint32 *) plan_at(plan, piece->choices))
			[selector_pick(plan, plan_at(plan, piece->chooser), key)];
	length = offsets[i + 1] - offsets[i];
	append_bytes(out, bytes + offsets[i], length);
	if (piece->digits)
	{
		uint64		bits = draw_bits(key, piece->salt, 1);

		for (uint32 b = 0; b < length; b++)
		{
			if (out[b] != '#')
				continue;
			out[b] = '0' + rng_below(bits, 10);
			bits = rng_mix(bits);
		}
	}
	return out + length;
}

static char *
append_number(const Engine *engine, const PlanPiece *piece, const RowKey *key, char *out)
{
	uint64		number = piece->low;
	char		digits[24];
	int			length;

	if (piece->kind == PIECE_UNIQUE)
		number = 1 + (use_rank(&piece->rank, key) ?
					  rank_digit(engine->plan, &piece->rank, key) :
					  draw_bits(key, piece->salt, 1) >> 16);
	else if (use_rank(&piece->rank, key))
		number += rank_digit(engine->plan, &piece->rank, key);
	else
		number += rng_below(draw_bits(key, piece->salt, 1), piece->count);
	length = pg_ulltoa_n(number, digits);
	for (int i = length; i < piece->width; i++)
		*out++ = '0';
	return append_bytes(out, digits, length);
}

/*
 * A piece made ready for a loop over rows, with what is the same in all of them
 * looked up.  Most pieces are literals, or entries that one draw by weight
 * decides.
 */
typedef struct ReadyPiece
{
	const PlanPiece *other;		/* a piece of neither kind; or NULL */
	const char *bytes;
	const uint32 *offsets;		/* of n entries in bytes; NULL: a literal of n bytes */
	const PlanAlias *alias;
	uint64		salt;
	uint32		n;
} ReadyPiece;

static bool
is_drawn_by_weight(const PlanPiece *piece, const PlanSelector *selector)
{
	return piece->kind == PIECE_ENTRY && piece->chooser == 0 && !piece->digits &&
		selector->rank.radix == 0 && selector->given == 0 && selector->counts == 0 &&
		selector->alias != 0;
}

static void
make_ready(const RowPlan *plan, const PlanPiece *piece, ReadyPiece *ready)
{
	const PlanSelector *selector = plan_at(plan, piece->selector);
	const PlanStrings *strings = plan_at(plan, piece->text);

	memset(ready, 0, sizeof(*ready));
	if (piece->kind == PIECE_LITERAL)
	{
		ready->bytes = plan_at(plan, piece->text);
		ready->n = piece->length;
	}
	else if (is_drawn_by_weight(piece, selector))
	{
		ready->bytes = plan_at(plan, strings->bytes);
		ready->offsets = plan_at(plan, strings->offsets);
		ready->alias = plan_at(plan, selector->alias);
		ready->salt = selector->salt;
		ready->n = selector->n;
	}
	else
		ready->other = piece;
}

static inline char *
append_ready(const ReadyPiece *ready, const RowKey *key, char *out)
{
	const uint32 *offset;

	if (ready->offsets == NULL)
		return append_bytes(out, ready->bytes, ready->n);
	offset = ready->offsets +
		alias_pick(rng_mix(key->base ^ ready->salt), ready->n, ready->alias);
	return append_bytes(out, ready->bytes + offset[0], offset[1] - offset[0]);
}

static char *
append_other(const Engine *engine, const PlanPiece *piece, const RowKey *key,
			 char **begun, char *out)
{
	switch ((PieceKind) piece->kind)
	{
		case PIECE_LITERAL:		/* made ready */
			break;
		case PIECE_ENTRY:
			return append_entry(engine, piece, key, out);
		case PIECE_NUMBER:
		case PIECE_UNIQUE:
			return append_number(engine, piece, key, out);
		case PIECE_BEGIN:
			begun[piece->width] = out;
			return out;
		case PIECE_CHECK:
			return begun[piece->width] +
				check_digit_complete(piece->low, begun[piece->width],
									 out - begun[piece->width]);
	}
	return out;
}

/* The loop that most of the time of texts goes into. */
static pg_attribute_always_inline uint32
put_together(const Engine *engine, const PlanText *text, const ReadyPiece *ready,
			 const RowKey *key, char *begin)
{
	char	   *begun[PLAN_MAX_EXPANSION + 1];
	char	   *out = begin;

	for (const ReadyPiece *end = ready + text->npieces; ready < end; ready++)
		out = ready->other == NULL ? append_ready(ready, key, out) :
			append_other(engine, ready->other, key, begun, out);
	return out - begin;
}

/* The bytes of the first characters of a text, at most limit of them. */
uint32
text_clip(int encoding, const char *bytes, uint32 length, int32 limit)
{
	uint32		at = 0;

	while (limit-- > 0 && at < length)
		at += pg_encoding_mblen(encoding, bytes + at);
	return Min(at, length);
}

int32
text_characters(int encoding, const char *bytes, uint32 length)
{
	int32		n = 0;

	for (uint32 at = 0; at < length; n++)
		at += pg_encoding_mblen(encoding, bytes + at);
	return n;
}

static uint32
pad(char *bytes, uint32 length, int32 characters, int32 wanted, char with)
{
	while (characters++ < wanted)
		bytes[length++] = with;
	return length;
}

/*
 * One text, of the length asked for: drawn again while it is too long or too
 * short, and at last cut, or filled up with letters.
 */
static uint32
fitting_text(const Engine *engine, const PlanText *text, const ReadyPiece *ready,
			 const RowKey *key, char *bytes)
{
	int			encoding = engine->plan->encoding;
	RowKey		again = *key;
	uint32		length = 0;
	int32		characters = 0;

	for (int i = 0; i < LENGTH_TRIES; i++)
	{
		length = put_together(engine, text, ready, &again, bytes);
		characters = text->single_byte ? length : text_characters(encoding, bytes, length);
		if ((text->max_length < 0 || characters <= text->max_length) &&
			characters >= text->min_length)
			return length;
		again.base = rng_mix(again.base);
	}
	if (characters < text->min_length)
		return pad(bytes, length, characters, text->min_length, 'x');
	length = text_clip(encoding, bytes, length, text->max_length);
	while (length > 0 && bytes[length - 1] == ' ' && text->min_length == 0)
		length--;
	return length;
}

static pg_attribute_always_inline Datum
finish(Engine *engine, text *value, uint32 length)
{
	SET_VARSIZE(value, VARHDRSZ + length);
	engine_trim(engine, value, VARHDRSZ + length);
	return PointerGetDatum(value);
}

Datum
text_finish(Engine *engine, text *value, uint32 length, int32 pad_to)
{
	if (pad_to > 0)
		length = pad(VARDATA(value), length,
					 text_characters(engine->plan->encoding, VARDATA(value), length),
					 pad_to, ' ');
	return finish(engine, value, length);
}

/* The entry that a number of the row has, cut or filled up to length. */
static Datum
numbered_text(Engine *engine, const PlanText *program, const PlanPiece *piece,
			  const RowKey *key, int row)
{
	const RowPlan *plan = engine->plan;
	const PlanStrings *strings = plan_at(plan, piece->text);
	const uint32 *offsets = plan_at(plan, strings->offsets);
	const char *bytes = plan_at(plan, strings->bytes);
	text	   *value = engine_room(engine, VARHDRSZ + program->max_bytes + PLAN_SLACK);
	uint32		i = (uint32) number_units(engine, piece->number, key, row) - 1;
	uint32		length;
	int32		characters;

	if (piece->chooser != 0)
		i += ((const uint32 *) plan_at(plan, piece->choices))
			[selector_pick(plan, plan_at(plan, piece->chooser), key)];
	length = offsets[i + 1] - offsets[i];
	append_bytes(VARDATA(value), bytes + offsets[i], length);
	if (program->max_length >= 0)
		length = text_clip(plan->encoding, VARDATA(value), length, program->max_length);
	characters = text_characters(plan->encoding, VARDATA(value), length);
	if (characters < program->min_length)
		length = pad(VARDATA(value), length, characters, program->min_length, 'x');
	return text_finish(engine, value, length, program->pad_to);
}

void
make_texts(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
		   Datum *values, const bool *nulls)
{
	const PlanText *program = plan_at(engine->plan, op->detail);
	const PlanPiece *pieces = plan_at(engine->plan, program->pieces);
	ReadyPiece *ready;
	bool		any_length = program->min_length == 0 && program->max_length < 0 &&
		program->pad_to == 0;

	if (program->npieces == 1 && pieces->number != 0)
	{
		for (int i = 0; i < n; i++)
			if (!nulls[i])
				values[i] = numbered_text(engine, program, pieces, &keys[i], engine->at + i);
		return;
	}
	ready = palloc(sizeof(ReadyPiece) * Max(program->npieces, 1));
	for (uint32 p = 0; p < program->npieces; p++)
		make_ready(engine->plan, &pieces[p], &ready[p]);
	for (int i = 0; i < n; i++)
	{
		text	   *value;

		if (nulls[i])
			continue;
		value = engine_room(engine, VARHDRSZ + program->max_bytes + PLAN_SLACK);
		if (any_length)
			values[i] = finish(engine, value,
							   put_together(engine, program, ready, &keys[i], VARDATA(value)));
		else
			values[i] = text_finish(engine, value,
									fitting_text(engine, program, ready, &keys[i],
												 VARDATA(value)),
									program->pad_to);
	}
	pfree(ready);
}

void
make_patterns(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
			  Datum *values, const bool *nulls)
{
	const PlanPattern *pattern = plan_at(engine->plan, op->detail);
	const PatternProgram *program = plan_at(engine->plan, pattern->program);

	for (int i = 0; i < n; i++)
	{
		text	   *value;
		uint32		length;

		if (nulls[i])
			continue;
		value = engine_room(engine, VARHDRSZ + pattern->max_bytes);
		if (use_rank(&pattern->rank, &keys[i]))
		{
			uint64		rank = rank_digit(engine->plan, &pattern->rank, &keys[i]);

			if (pattern->distinct)
				rank = ((const uint32 *) plan_at(engine->plan, pattern->distinct))[rank];
			length = pattern_unrank(program, rank, VARDATA(value));
		}
		else
			length = pattern_random(program, draw_bits(&keys[i], op->salt, 1), VARDATA(value));
		values[i] = text_finish(engine, value, length, pattern->pad_to);
	}
}
