/*-------------------------------------------------------------------------
 *
 * profile_words.c
 *		Running text: which words follow which.
 *
 * Only words that LEARN_RARE rows or more have are learned, so that no rare
 * name or number is repeated.  A chain of words can still put a text of the
 * source together by chance: the hashes of those that it can are forbidden.
 * A sentence with a word that is not learned is passed over, or, where it is
 * all there is, cut there: what stands on either side is learned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/profile.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "util/rng.h"

#define LEAST_TEXTS		50
#define LEAST_MEAN		4.0		/* words of a text */
#define LEAST_WORDS		15		/* to be learned */
#define LEAST_COVERED	0.6		/* share of all words that are learned */
#define MOST_WORDS		5000
#define MOST_STEPS		50000	/* pairs of words */
#define MOST_TOKENS		1000000 /* that are looked at */
#define MOST_FORBIDDEN	20000
#define MOST_WORD_BYTES	60
#define TRIALS			256		/* texts that are tried before it is believed */
#define LEAST_INVENTED	0.15	/* of them have to be new, and different */

/* Texts as numbers of words; 0 is the end of a text, -1 a word not learned. */
typedef struct Tokens
{
	int			n;
	int			capacity;
	int		   *words;
	bool	   *stops;			/* a sentence ends with the word */
	int			ntexts;
	int		   *texts;			/* which text */
	int		   *starts;			/* [ntexts + 1] into words */
} Tokens;

typedef struct Step
{
	int			from;
	int			to;
	int			count;
} Step;

/* The chain while it is made. */
typedef struct Chain
{
	int			nwords;
	Text	   *words;			/* [0] is the end */
	int			nsteps;
	Step	   *steps;			/* by from, then to */
	int		   *starts;			/* [nwords + 1] into steps */
	double	   *totals;			/* [nwords] */
	int			min_words;
	int			max_words;
	int			nforbidden;
	uint64	   *forbidden;
} Chain;

typedef struct Forbidden
{
	uint64		hash;
	double		chance;			/* logarithm of how likely the chain makes it */
} Forbidden;

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
	}
	return chain->nwords > LEAST_WORDS && covered >= tokens->n * LEAST_COVERED;
}

/* ---- steps ---- */

static int
compare_steps(const void *a, const void *b)
{
	const Step *x = a;
	const Step *y = b;

	if (x->from != y->from)
		return x->from - y->from;
	return x->to - y->to;
}

/* Equal ones together. */
static int
merge_steps(Step *steps, int n)
{
	int			merged = 0;

	qsort(steps, n, sizeof(Step), compare_steps);
	for (int i = 0; i < n; i++)
	{
		if (merged > 0 && compare_steps(&steps[merged - 1], &steps[i]) == 0)
			steps[merged - 1].count += steps[i].count;
		else
			steps[merged++] = steps[i];
	}
	return merged;
}

static void
add_step(Chain *chain, int from, int to)
{
	Step	   *step = &chain->steps[chain->nsteps];

	if (from < 0 || to < 0)
		return;
	step->from = from;
	step->to = to;
	step->count = 1;
	chain->nsteps++;
}

/* Where the sentence that begins at a token ends, and whether all of it is learned. */
static int
sentence_end(const Tokens *tokens, int begin, int end, bool *learned)
{
	int			i = begin;

	*learned = true;
	for (; i < end; i++)
	{
		*learned &= tokens->words[i] >= 0;
		if (tokens->stops[i])
			return i + 1;
	}
	return i;
}

/*
 * A sentence with a word that is not learned is passed over, as if the text
 * had not had it, if it is not all there is.
 */
static void
read_text_steps(const Tokens *tokens, int t, Chain *chain)
{
	int			begin = tokens->starts[t];
	int			end = tokens->starts[t + 1];
	int			before = 0;
	int			next;

	for (int i = begin; i < end; i = next)
	{
		bool		learned;

		next = sentence_end(tokens, i, end, &learned);
		for (int k = i + 1; k < next; k++)
			add_step(chain, tokens->words[k - 1], tokens->words[k]);
		if (!learned && !(i == begin && next == end))
			continue;
		add_step(chain, before, tokens->words[i]);
		before = tokens->words[next - 1];
	}
	if (before != 0)
		add_step(chain, before, 0);
}

static void
read_steps(const Tokens *tokens, Chain *chain)
{
	chain->steps = palloc_extended(sizeof(Step) * (tokens->n + tokens->ntexts + 1),
								   MCXT_ALLOC_HUGE);
	chain->nsteps = 0;
	for (int t = 0; t < tokens->ntexts; t++)
		read_text_steps(tokens, t, chain);
	CHECK_FOR_INTERRUPTS();
	chain->nsteps = merge_steps(chain->steps, chain->nsteps);
}

/* Leaves the more frequent steps where there are too many. */
static void
limit_steps(Chain *chain, int least)
{
	do
	{
		int			n = 0;

		for (int i = 0; i < chain->nsteps; i++)
			if (chain->steps[i].count >= least)
				chain->steps[n++] = chain->steps[i];
		chain->nsteps = n;
		least++;
	} while (chain->nsteps > MOST_STEPS);
}

/* Marks what can be reached from word 0, along the steps or against them. */
static void
mark_reached(const Chain *chain, bool backward, bool *reached)
{
	bool		grew = true;

	memset(reached, 0, chain->nwords);
	reached[0] = true;
	while (grew)
	{
		grew = false;
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < chain->nsteps; i++)
		{
			const Step *step = &chain->steps[i];
			int			from = backward ? step->to : step->from;
			int			to = backward ? step->from : step->to;

			if (reached[from] && !reached[to])
				grew = reached[to] = true;
		}
	}
}

/* Keeps the words that lie on a way from the beginning to the end. */
static void
prune_words(Chain *chain)
{
	bool	   *forward = palloc(chain->nwords);
	bool	   *backward = palloc(chain->nwords);
	int		   *numbers = palloc(sizeof(int) * chain->nwords);
	int			nwords = 0;
	int			nsteps = 0;

	mark_reached(chain, false, forward);
	mark_reached(chain, true, backward);
	for (int i = 0; i < chain->nwords; i++)
	{
		numbers[i] = forward[i] && backward[i] ? nwords : -1;
		if (numbers[i] >= 0)
			chain->words[nwords++] = chain->words[i];
	}
	for (int i = 0; i < chain->nsteps; i++)
	{
		Step		step = chain->steps[i];

		step.from = numbers[step.from];
		step.to = numbers[step.to];
		if (step.from >= 0 && step.to >= 0)
			chain->steps[nsteps++] = step;
	}
	chain->nwords = nwords;
	chain->nsteps = nsteps;
}

static void
index_steps(Chain *chain)
{
	int			at = 0;

	chain->starts = palloc(sizeof(int) * (chain->nwords + 1));
	chain->totals = palloc0(sizeof(double) * chain->nwords);
	for (int w = 0; w < chain->nwords; w++)
	{
		chain->starts[w] = at;
		for (; at < chain->nsteps && chain->steps[at].from == w; at++)
			chain->totals[w] += chain->steps[at].count;
	}
	chain->starts[chain->nwords] = at;
}

static int
compare_lengths(const void *a, const void *b)
{
	return *(const int *) a - *(const int *) b;
}

/* Lengths that a few of the texts go beyond on either side. */
static void
set_word_counts(const Tokens *tokens, Chain *chain)
{
	int		   *lengths = palloc_extended(sizeof(int) * tokens->ntexts, MCXT_ALLOC_HUGE);
	int			beyond = Max(LEARN_RARE - 1, tokens->ntexts / 50);

	for (int t = 0; t < tokens->ntexts; t++)
		lengths[t] = tokens->starts[t + 1] - tokens->starts[t];
	qsort(lengths, tokens->ntexts, sizeof(int), compare_lengths);
	chain->min_words = lengths[beyond];
	chain->max_words = lengths[tokens->ntexts - 1 - beyond];
}

/* ---- texts that must not be made ---- */

static const Step *
find_step(const Chain *chain, int from, int to)
{
	Step		key = {from, to, 0};

	return bsearch(&key, chain->steps, chain->nsteps, sizeof(Step), compare_steps);
}

/* After pruning words have other numbers; -1: not learned. */
static void
renumber_tokens(Tokens *tokens, const Column *column, const Text *texts, const Chain *chain)
{
	Counts		learned;

	counts_init(&learned, chain->nwords);
	for (int i = 0; i < chain->nwords; i++)
		(void) counts_add(&learned, chain->words[i], i, i);
	for (int t = 0; t < tokens->ntexts; t++)
	{
		Text		word;
		int			at = 0;

		for (int i = tokens->starts[t]; i < tokens->starts[t + 1]; i++)
			if (next_word(texts[tokens->texts[t]], &at, &word))
				tokens->words[i] = counts_find(&learned, word);
	}
}

static char *
join_words(const Chain *chain, const int *words, int n, int *length)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(&text, ' ');
		appendBinaryStringInfo(&text, chain->words[words[i]].bytes,
							   chain->words[words[i]].length);
	}
	*length = text.len;
	return text.data;
}

/* Adds a run of words, if the chain can make it. */
static void
forbid_run(const Chain *chain, const int *words, int n, Forbidden *list, int *count)
{
	double		chance = 0;
	char	   *text;
	int			length;

	for (int i = 0; i < n; i++)
	{
		const Step *step;

		if (words[i] < 0)
			return;
		if (i == 0)
			continue;
		step = find_step(chain, words[i - 1], words[i]);
		if (step == NULL)
			return;
		chance += log(step->count / chain->totals[step->from]);
	}
	text = join_words(chain, words, n, &length);
	list[*count].hash = fit_text_hash(text, length);
	list[(*count)++].chance = chance;
	pfree(text);
}

static int
compare_chances(const void *a, const void *b)
{
	const Forbidden *x = a;
	const Forbidden *y = b;

	if (x->chance != y->chance)
		return x->chance > y->chance ? -1 : 1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return (x > y) - (x < y);
}

/* The likeliest ones; of the others the chain makes none in a lifetime. */
static void
keep_forbidden(Chain *chain, Forbidden *list, int count)
{
	int			n = 0;

	qsort(list, count, sizeof(Forbidden), compare_chances);
	chain->forbidden = palloc(sizeof(uint64) * MOST_FORBIDDEN);
	for (int i = 0; i < count && n < MOST_FORBIDDEN; i++)
		if (n == 0 || chain->forbidden[n - 1] != list[i].hash)
			chain->forbidden[n++] = list[i].hash;
	qsort(chain->forbidden, n, sizeof(uint64), compare_hashes);
	chain->nforbidden = 0;
	for (int i = 0; i < n; i++)
		if (i == 0 || chain->forbidden[i] != chain->forbidden[i - 1])
			chain->forbidden[chain->nforbidden++] = chain->forbidden[i];
}

/* Whole texts, and sentences of some length within them. */
static void
forbid_texts(const Tokens *tokens, const Counts *whole, const Text *texts, Chain *chain)
{
	int			capacity = tokens->n / FIT_SENTENCE_WORDS + 2 * tokens->ntexts + 1;
	Forbidden  *list = palloc_extended(sizeof(Forbidden) * capacity, MCXT_ALLOC_HUGE);
	int			count = 0;

	for (int t = 0; t < tokens->ntexts; t++)
	{
		int			begin = tokens->starts[t];
		int			end = tokens->starts[t + 1];
		int			entry = counts_find(whole, texts[tokens->texts[t]]);

		if ((t & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		/* what many rows say in a few words is nobody's */
		if (end - begin >= FIT_SENTENCE_WORDS || whole->entries[entry].rows < LEARN_RARE)
			forbid_run(chain, tokens->words + begin, end - begin, list, &count);
		for (int i = begin; i < end; i++)
		{
			if (!tokens->stops[i] && i < end - 1)
				continue;
			if (i + 1 - begin >= FIT_SENTENCE_WORDS &&
				!(begin == tokens->starts[t] && i == end - 1))
				forbid_run(chain, tokens->words + begin, i + 1 - begin, list, &count);
			begin = i + 1;
		}
	}
	keep_forbidden(chain, list, count);
}

/* ---- trying it ---- */

/* A text of the chain; the number of its words, 0 if it did not end. */
static int
draw_text(const Chain *chain, uint64 key, int *words)
{
	int			word = 0;

	for (int n = 0;; n++)
	{
		uint64		pick = rng_below(rng_mix(rng_combine(key, n)), (uint64) chain->totals[word]);
		int			s = chain->starts[word];

		while (pick >= chain->steps[s].count)
			pick -= chain->steps[s++].count;
		word = chain->steps[s].to;
		if (word == 0)
			return n;
		if (n == chain->max_words)
			return 0;
		words[n] = word;
	}
}

static bool
is_forbidden(const Chain *chain, const int *words, int n)
{
	int			length;
	char	   *text = join_words(chain, words, n, &length);
	uint64		hash = fit_text_hash(text, length);

	pfree(text);
	return bsearch(&hash, chain->forbidden, chain->nforbidden, sizeof(uint64),
				   compare_hashes) != NULL;
}

/* As the maker of texts will judge it: the whole, and its sentences. */
static bool
has_forbidden(const Chain *chain, const int *words, int n)
{
	int			first = 0;

	if (is_forbidden(chain, words, n))
		return true;
	for (int w = 0; w < n; w++)
	{
		if (!ends_sentence(chain->words[words[w]]) && w < n - 1)
			continue;
		if (w + 1 - first >= FIT_SENTENCE_WORDS &&
			is_forbidden(chain, words + first, w + 1 - first))
			return true;
		first = w + 1;
	}
	return false;
}

/* Does the chain make texts of its own, and not only the source's? */
static bool
chain_invents(const Chain *chain)
{
	int		   *words = palloc(sizeof(int) * (chain->max_words + 1));
	Counts		seen;
	int			ended = 0;

	counts_init(&seen, TRIALS);
	for (int i = 0; i < TRIALS; i++)
	{
		int			n = draw_text(chain, i, words);
		Text		text;

		if (n < chain->min_words || n == 0)
			continue;
		ended++;
		if (has_forbidden(chain, words, n))
			continue;
		text.bytes = join_words(chain, words, n, &text.length);
		(void) counts_add(&seen, text, i, i);
	}
	return ended >= TRIALS / 16 && seen.n >= LEAST_INVENTED * ended;
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
	words->nwords = chain->nwords;
	words->words = palloc(sizeof(char *) * chain->nwords);
	words->words[0] = pstrdup("");
	for (int i = 1; i < chain->nwords; i++)
		words->words[i] = pnstrdup(chain->words[i].bytes, chain->words[i].length);
	words->starts = palloc(sizeof(int) * (chain->nwords + 1));
	memcpy(words->starts, chain->starts, sizeof(int) * (chain->nwords + 1));
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
	read_steps(&tokens, &chain);
	limit_steps(&chain, profile->options->strict ? LEARN_RARE : 1);
	prune_words(&chain);
	index_steps(&chain);
	set_word_counts(&tokens, &chain);
	if (chain.nwords <= LEAST_WORDS)
		return false;
	renumber_tokens(&tokens, column, texts, &chain);
	count_texts(column, texts, &whole);
	forbid_texts(&tokens, &whole, texts, &chain);
	if (!chain_invents(&chain))
		return false;
	keep_words(profile, column, &chain);
	profile_drop_name(column->field);
	profile_why(profile, column->field, "sample: running text of %d words",
				chain.nwords - 1);
	return true;
}
