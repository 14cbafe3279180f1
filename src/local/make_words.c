/*-------------------------------------------------------------------------
 *
 * make_words.c
 *		Running text, word by word, that is not a text of the source.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "local/engine.h"
#include "miscadmin.h"
#include "schema/fit.h"

#define TEXT_TRIES	16			/* texts before one is shortened */
#define END_TRIES	8			/* draws where a text may not end yet */

/* One text as it grows; ends[i] is where word i ends. */
typedef struct Chain
{
	const RowPlan *plan;
	const PlanWords *words;
	const RowKey *key;
	uint64		salt;
	uint64		draw;
	char	   *bytes;
	uint32	   *ends;
	int			nwords;
	uint32		length;
	int32		characters;
} Chain;

static uint32
next_word(Chain *chain, uint32 word)
{
	const RowPlan *plan = chain->plan;
	const uint32 *starts = plan_at(plan, chain->words->starts);
	const uint32 *next = plan_at(plan, chain->words->next);
	const PlanAlias *alias = plan_at(plan, chain->words->alias);
	uint32		n = starts[word + 1] - starts[word];
	uint64		bits;
	uint32		i;

	if (n == 0)
		return 0;
	bits = draw_bits(chain->key, chain->salt, ++chain->draw);
	i = (uint32) rng_below(bits, n);
	if ((uint32) bits >= alias[starts[word] + i].keep)
		i = alias[starts[word] + i].other;
	return next[starts[word] + i];
}

/* May the text not end yet? */
static bool
too_short(const Chain *chain)
{
	return chain->nwords < chain->words->min_words || chain->characters < chain->words->min_length;
}

/* A word that goes on; 0 if the text has to end. */
static uint32
going_word(Chain *chain, uint32 word)
{
	uint32		next = next_word(chain, word);

	for (int i = 0; next == 0 && too_short(chain) && i < END_TRIES; i++)
		next = next_word(chain, word);
	/* another beginning */
	for (int i = 0; next == 0 && too_short(chain) && i < END_TRIES; i++)
		next = next_word(chain, 0);
	return next;
}

/* False if there is no room for it. */
static bool
append_word(Chain *chain, uint32 word)
{
	const RowPlan *plan = chain->plan;
	const PlanStrings *strings = plan_at(plan, chain->words->words);
	const uint32 *offsets = plan_at(plan, strings->offsets);
	const char *bytes = (const char *) plan_at(plan, strings->bytes) + offsets[word];
	uint32		length = offsets[word + 1] - offsets[word];
	uint32		space = chain->length > 0 ? 1 : 0;
	int32		characters = space + text_characters(plan->encoding, bytes, length);

	if (chain->words->max_length >= 0 &&
		chain->characters + characters > chain->words->max_length)
	{
		if (chain->nwords > 0)
			return false;
		length = text_clip(plan->encoding, bytes, length, chain->words->max_length);
		characters = chain->words->max_length;
	}
	if (chain->length + space + length > chain->words->max_bytes)
		return false;
	if (space)
		chain->bytes[chain->length] = ' ';
	memcpy(chain->bytes + chain->length + space, bytes, length);
	chain->length += space + length;
	chain->characters += characters;
	chain->ends[chain->nwords++] = chain->length;
	return true;
}

static int
most_words(const PlanWords *words)
{
	return Max(words->max_words, words->min_length) + 1;
}

/*
 * A text that would go on is cut behind a sentence, even if it is rather
 * short then.
 */
static void
cut_text(Chain *chain)
{
	for (int w = chain->nwords; w > 0 && w >= (int) chain->words->min_words / 2; w--)
	{
		uint32		end = chain->ends[w - 1];
		int32		characters;

		if (!fit_ends_sentence(chain->bytes[end - 1]))
			continue;
		characters = text_characters(chain->plan->encoding, chain->bytes, end);
		if (characters < chain->words->min_length)
			return;
		chain->nwords = w;
		chain->length = end;
		chain->characters = characters;
		return;
	}
}

static void
draw_text(Chain *chain)
{
	uint32		word = 0;

	chain->nwords = 0;
	chain->length = 0;
	chain->characters = 0;
	while ((chain->nwords < chain->words->max_words || too_short(chain)) &&
		   chain->nwords < most_words(chain->words))
	{
		word = going_word(chain, word);
		if (word == 0)
			return;
		if (!append_word(chain, word))
			break;
	}
	cut_text(chain);
}

static bool
is_forbidden(const Chain *chain, const char *bytes, uint32 length)
{
	const uint64 *forbidden = plan_at(chain->plan, chain->words->forbidden);
	uint64		hash;
	uint32		low = 0;
	uint32		high = chain->words->nforbidden;

	if (high == 0)
		return false;
	hash = fit_text_hash(bytes, length);
	while (low < high)
	{
		uint32		middle = (low + high) / 2;

		if (forbidden[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < chain->words->nforbidden && forbidden[low] == hash;
}

/* Are the first words one of the source's texts, or is one of its sentences in them? */
static bool
has_forbidden(const Chain *chain, int nwords)
{
	int			first = 0;
	uint32		begin = 0;

	if (is_forbidden(chain, chain->bytes, chain->ends[nwords - 1]))
		return true;
	for (int w = 0; w < nwords; w++)
	{
		uint32		end = chain->ends[w];

		if (!fit_ends_sentence(chain->bytes[end - 1]) && w < nwords - 1)
			continue;
		if (w + 1 - first >= FIT_SENTENCE_WORDS &&
			is_forbidden(chain, chain->bytes + begin, end - begin))
			return true;
		first = w + 1;
		begin = end + 1;
	}
	return false;
}

/*
 * The length of a text that is not one of the source: the whole, else that of
 * some of its first words, and where each of these is a text of its own, the
 * first one behind itself; 0 if there is no room for that either.
 */
static uint32
allowed_length(Chain *chain)
{
	uint32		first;

	for (int i = 0; i < TEXT_TRIES; i++)
	{
		draw_text(chain);
		if (chain->nwords > 0 && !has_forbidden(chain, chain->nwords))
			return chain->length;
	}
	for (int w = chain->nwords - 1; w >= 1; w--)
		if (!has_forbidden(chain, w))
			return chain->ends[w - 1];
	first = chain->nwords > 0 ? chain->ends[0] : 0;
	chain->length = first;
	chain->characters = text_characters(chain->plan->encoding, chain->bytes, first);
	for (uint32 i = 0; first > 0 && i <= chain->words->nforbidden; i++)
	{
		if (chain->length + first + 1 > chain->words->max_bytes ||
			(chain->words->max_length >= 0 &&
			 text_characters(chain->plan->encoding, chain->bytes, chain->length) * 2 + 1 >
			 chain->words->max_length))
			break;
		chain->bytes[chain->length] = ' ';
		memcpy(chain->bytes + chain->length + 1, chain->bytes, first);
		chain->length += first + 1;
		if (!is_forbidden(chain, chain->bytes, chain->length))
			return chain->length;
	}
	return 0;
}

void
make_words(Engine *engine, const PlanOp *op, const RowKey *keys, int n, Datum *values,
		   const bool *nulls)
{
	const PlanWords *words = plan_at(engine->plan, op->detail);
	Chain		chain = {.plan = engine->plan,.words = words,.salt = op->salt};

	chain.ends = palloc(sizeof(uint32) * most_words(words));
	for (int i = 0; i < n; i++)
	{
		struct varlena *value;

		if (nulls[i])
			continue;
		CHECK_FOR_INTERRUPTS();
		value = engine_room(engine, VARHDRSZ + words->max_bytes);
		chain.key = &keys[i];
		chain.draw = 0;
		chain.bytes = VARDATA(value);
		values[i] = text_finish(engine, value, allowed_length(&chain), words->pad_to);
	}
	pfree(chain.ends);
}
