/*-------------------------------------------------------------------------
 *
 * profile_words.c
 *		Running text: which words follow which.
 *
 * Only words that LEARN_RARE rows or more have are learned, so that no rare
 * name or number is repeated.  A sentence with a word that is not learned is
 * passed over, or, where it is all there is, cut there: what stands on either
 * side is learned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "fit/profile_words.h"
#include "miscadmin.h"

#define LEAST_TEXTS		50
#define LEAST_MEAN		4.0		/* words of a text */
#define LEAST_WORDS		15		/* to be learned */
#define LEAST_COVERED	0.6		/* share of all words that are learned */
#define LEAST_LETTERS	0.5		/* likewise, and begin with a letter */
#define MOST_TOKENS		1000000 /* that are looked at */
#define MOST_WORD_BYTES	60

/* ---- words ---- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* The next word of a text from *at on; false at its end. */
static bool
next_word(Text text, int *at, Text *word)
{
	while (*at < text.length && is_space(text.bytes[*at]))
		(*at)++;
	word->bytes = text.bytes + *at;
	word->length = 0;
	while (*at < text.length && !is_space(text.bytes[*at]))
	{
		(*at)++;
		word->length++;
	}
	return word->length > 0;
}

static bool
ends_sentence(Text word)
{
	return fit_ends_sentence(word.bytes[word.length - 1]);
}

/* Letters beyond ASCII are letters; so are the marks there, which are few. */
static bool
begins_with_letter(Text word)
{
	unsigned char c = word.bytes[0];

	return IS_HIGHBIT_SET(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void
tokens_add(Tokens *tokens, int word, bool stops)
{
	if (tokens->n == tokens->capacity)
	{
		tokens->capacity *= 2;
		tokens->words = repalloc_huge(tokens->words, sizeof(int) * tokens->capacity);
		tokens->stops = repalloc_huge(tokens->stops, sizeof(bool) * tokens->capacity);
	}
	tokens->words[tokens->n] = word;
	tokens->stops[tokens->n++] = stops;
}

/* Reads texts into tokens that are indexes of the counted words. */
static void
read_tokens(const Column *column, const Text *texts, Tokens *tokens, Counts *words)
{
	tokens->capacity = 4096;
	tokens->words = palloc(sizeof(int) * tokens->capacity);
	tokens->stops = palloc(sizeof(bool) * tokens->capacity);
	tokens->texts = palloc_extended(sizeof(int) * column->nvalues, MCXT_ALLOC_HUGE);
	tokens->starts = palloc_extended(sizeof(int) * (column->nvalues + 1), MCXT_ALLOC_HUGE);
	counts_init(words, 4096);
	for (int i = 0; i < column->nvalues && tokens->n < MOST_TOKENS; i++)
	{
		Text		word;
		int			at = 0;

		if ((i & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		tokens->starts[tokens->ntexts] = tokens->n;
		tokens->texts[tokens->ntexts] = i;
		while (next_word(texts[i], &at, &word))
			tokens_add(tokens, counts_add(words, word, column->rows[i], i),
					   ends_sentence(word));
		if (tokens->n > tokens->starts[tokens->ntexts])
			tokens->ntexts++;
	}
	tokens->starts[tokens->ntexts] = tokens->n;
}

/*
 * Picks the words to learn and numbers them; false if they are too few.  A
 * word that ends sentences is one with its mark.
 */
static bool
number_words(Tokens *tokens, const Counts *counts, Chain *chain)
{
	int		   *order = counts_order(counts);
	int		   *numbers = palloc(sizeof(int) * Max(counts->n, 1));
	int64		covered = 0;
	int64		letters = 0;

	chain->words = palloc0(sizeof(Text) * MOST_WORDS);
	chain->nwords = 1;
	for (int i = 0; i < counts->n; i++)
	{
		const Counted *word = &counts->entries[order[i]];

		numbers[order[i]] = -1;
		if (word->rows < LEARN_RARE || word->text.length > MOST_WORD_BYTES ||
			chain->nwords == MOST_WORDS)
			continue;
		numbers[order[i]] = chain->nwords;
		chain->words[chain->nwords++] = word->text;
	}
	for (int i = 0; i < tokens->n; i++)
	{
		tokens->words[i] = numbers[tokens->words[i]];
		covered += tokens->words[i] >= 0;
		letters += tokens->words[i] >= 0 &&
			begins_with_letter(chain->words[tokens->words[i]]);
	}
	return chain->nwords > LEAST_WORDS && covered >= tokens->n * LEAST_COVERED &&
		letters >= tokens->n * LEAST_LETTERS;
}

/* ---- keeping it ---- */

static void
keep_words(Profile *profile, const Column *column, const Chain *chain)
{
	MemoryContext old = MemoryContextSwitchTo(profile->keep);
	Fit		   *fit = profile->schema->fit;
	FitWords   *all = palloc0(sizeof(FitWords) * (fit->nwords + 1));
	FitWords   *words = &all[fit->nwords];

	if (fit->nwords > 0)
		memcpy(all, fit->words, sizeof(FitWords) * fit->nwords);
	fit->words = all;
	fit->nwords++;
	words->field = column->index;
	words->nwords = chain->nstates;
	words->words = palloc(sizeof(char *) * chain->nstates);
	words->words[0] = pstrdup("");
	for (int i = 1; i < chain->nstates; i++)
	{
		Text		word = chain->words[chain->state_words[i]];

		words->words[i] = pnstrdup(word.bytes, word.length);
	}
	words->starts = palloc(sizeof(int) * (chain->nstates + 1));
	memcpy(words->starts, chain->starts, sizeof(int) * (chain->nstates + 1));
	words->next = palloc(sizeof(int) * chain->nsteps);
	words->weights = palloc(sizeof(double) * chain->nsteps);
	for (int i = 0; i < chain->nsteps; i++)
	{
		words->next[i] = chain->steps[i].to;
		words->weights[i] = chain->steps[i].count;
	}
	words->min_words = chain->min_words;
	words->max_words = chain->max_words;
	words->nforbidden = chain->nforbidden;
	words->forbidden = palloc(sizeof(uint64) * Max(chain->nforbidden, 1));
	memcpy(words->forbidden, chain->forbidden, sizeof(uint64) * chain->nforbidden);
	MemoryContextSwitchTo(old);
}

static void
count_texts(const Column *column, const Text *texts, Counts *whole)
{
	counts_init(whole, 1024);
	for (int i = 0; i < column->nvalues; i++)
		(void) counts_add(whole, texts[i], column->rows[i], i);
}

/* Words that have a state or several. */
static int
count_words(const Chain *chain)
{
	bool	   *seen = palloc0(chain->nwords);
	int			n = 0;

	for (int i = 1; i < chain->nstates; i++)
	{
		n += !seen[chain->state_words[i]];
		seen[chain->state_words[i]] = true;
	}
	return n;
}

/* Where texts are so much alike that the spots of words leave nothing new, words do. */
static bool
learn_chain(const Profile *profile, const Tokens *tokens, const Counts *whole,
			const Text *texts, bool spots, Chain *chain)
{
	chain_make(chain, tokens, spots, profile->options->strict);
	if (count_words(chain) <= LEAST_WORDS)
		return false;
	chain_balance(chain);
	chain_forbid(chain, tokens, whole, texts);
	return chain_invents(chain);
}

bool
profile_words(Profile *profile, Column *column, const Text *texts)
{
	Tokens		tokens = {0};
	Chain		chain = {0};
	Counts		words;
	Counts		whole;

	if (column->index < 0 || column->field->unique || column->nvalues < LEAST_TEXTS)
		return false;
	read_tokens(column, texts, &tokens, &words);
	if (tokens.ntexts < LEAST_TEXTS || tokens.n < tokens.ntexts * LEAST_MEAN ||
		!number_words(&tokens, &words, &chain))
		return false;
	count_texts(column, texts, &whole);
	if (!learn_chain(profile, &tokens, &whole, texts, true, &chain) &&
		!learn_chain(profile, &tokens, &whole, texts, false, &chain))
		return false;
	keep_words(profile, column, &chain);
	profile_drop_name(column->field);
	profile_why(profile, column->field, "sample: running text of %d words",
				count_words(&chain));
	return true;
}
