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

/* row is that of the key, which is fresh where a text is drawn again. */
static char *
append_entry(Engine *engine, const PlanPiece *piece, const RowKey *key, int row,
			 const RowKey *row_key, char *out)
{
	const RowPlan *plan = engine->plan;
	const PlanStrings *strings = plan_at(plan, piece->text);
	const uint32 *offsets = plan_at(plan, strings->offsets);
	const char *bytes = plan_at(plan, strings->bytes);
	uint32		i = piece->number != 0 ?
		(uint32) number_units(engine, piece->number, row_key, row) - 1 :
		selector_pick(plan, plan_at(plan, piece->selector), key);
	uint32		length;

	if (piece->chooser != 0)
		i += ((const uint32 *) plan_at(plan, piece->choices))
			[selector_pick(plan, plan_at(plan, piece->chooser), piece->number != 0 ? row_key : key)];
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

static uint32
put_together(Engine *engine, const PlanText *text, const RowKey *key, int row,
			 const RowKey *row_key, char *begin)
{
	const PlanPiece *pieces = plan_at(engine->plan, text->pieces);
	char	   *begun[PLAN_MAX_EXPANSION + 1];
	char	   *out = begin;

	for (uint32 p = 0; p < text->npieces; p++)
	{
		const PlanPiece *piece = &pieces[p];

		if (piece->kind == PIECE_LITERAL)
			out = append_bytes(out, plan_at(engine->plan, piece->text), piece->length);
		else if (piece->kind == PIECE_ENTRY)
			out = append_entry(engine, piece, key, row, row_key, out);
		else if (piece->kind == PIECE_BEGIN)
			begun[piece->width] = out;
		else if (piece->kind == PIECE_CHECK)
			out = begun[piece->width] +
				check_digit_complete(piece->low, begun[piece->width], out - begun[piece->width]);
		else
			out = append_number(engine, piece, key, out);
	}
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
fitting_text(Engine *engine, const PlanText *text, const RowKey *key, int row, char *bytes)
{
	int			encoding = engine->plan->encoding;
	RowKey		again = *key;
	uint32		length = 0;
	int32		characters = 0;

	for (int i = 0; i < LENGTH_TRIES; i++)
	{
		length = put_together(engine, text, &again, row, key, bytes);
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

Datum
text_finish(Engine *engine, text *value, uint32 length, int32 pad_to)
{
	if (pad_to > 0)
		length = pad(VARDATA(value), length,
					 text_characters(engine->plan->encoding, VARDATA(value), length),
					 pad_to, ' ');
	SET_VARSIZE(value, VARHDRSZ + length);
	engine_trim(engine, value, VARHDRSZ + length);
	return PointerGetDatum(value);
}

void
make_texts(Engine *engine, const PlanOp *op, const RowKey *keys, int n,
		   Datum *values, const bool *nulls)
{
	const PlanText *program = plan_at(engine->plan, op->detail);
	bool		any_length = program->min_length == 0 && program->max_length < 0;

	for (int i = 0; i < n; i++)
	{
		text	   *value;

		if (nulls[i])
			continue;
		value = engine_room(engine, VARHDRSZ + program->max_bytes + PLAN_SLACK);
		values[i] = text_finish(engine, value,
								any_length ?
								put_together(engine, program, &keys[i], engine->at + i, &keys[i],
											 VARDATA(value)) :
								fitting_text(engine, program, &keys[i], engine->at + i,
											 VARDATA(value)),
								program->pad_to);
	}
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
