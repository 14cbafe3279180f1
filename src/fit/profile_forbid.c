/*-------------------------------------------------------------------------
 *
 * profile_forbid.c
 *		What a model of running text must not make: the texts of the source,
 *		and their sentences.
 *
 * A chain of words can put them together by chance.  Only the hashes of those
 * that it can are kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/profile_words.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "util/order.h"
#include "util/rng.h"

#define MOST_FORBIDDEN	60000
#define UNLIKELY		(-7.0)	/* what a step counts that this way has not, but
								 * another may have */
#define END_TRIES		8		/* as the maker of texts does */
#define MEAN_SLACK		0.02
#define TRIALS			512		/* texts that are tried before it is believed */
#define LEAST_INVENTED	0.15	/* of them have to be new, and different */

typedef struct Forbidden
{
	uint64		hash;
	double		chance;			/* logarithm of how likely the chain makes it */
} Forbidden;

static bool
ends_sentence(Text word)
{
	return fit_ends_sentence(word.bytes[word.length - 1]);
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

/* Adds a sentence, or a whole text: a run of words that are all learned. */
static void
forbid_run(const Chain *chain, const int *words, int n, int ordinal, Forbidden *list,
		   int *count)
{
	double		chance = 0;
	int			from = -1;
	char	   *text;
	int			length;

	for (int i = 0; i < n; i++)
	{
		int			to;
		const Step *step;

		if (words[i] < 0)
			return;
		to = chain_state(chain, ordinal, i > 0 ? words[i - 1] : 0, words[i]);
		step = from >= 0 && to >= 0 ? chain_find_step(chain, from, to) : NULL;
		if (step != NULL)
			chance += log(step->count / chain->totals[from]);
		else if (i > 0)
			chance += UNLIKELY;
		from = to;
		if (ends_sentence(chain->words[words[i]]))
			ordinal++;
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

/* The likeliest ones; of the others the chain makes none in a lifetime. */
static void
keep_forbidden(Chain *chain, Forbidden *list, int count)
{
	int			n = 0;

	qsort(list, count, sizeof(Forbidden), compare_chances);
	chain->forbidden = palloc(sizeof(uint64) * Max(Min(count, MOST_FORBIDDEN), 1));
	for (int i = 0; i < count && n < MOST_FORBIDDEN; i++)
		if (n == 0 || chain->forbidden[n - 1] != list[i].hash)
			chain->forbidden[n++] = list[i].hash;
	qsort(chain->forbidden, n, sizeof(uint64), order_uint64s);
	chain->nforbidden = 0;
	for (int i = 0; i < n; i++)
		if (i == 0 || chain->forbidden[i] != chain->forbidden[i - 1])
			chain->forbidden[chain->nforbidden++] = chain->forbidden[i];
}

void
chain_forbid(Chain *chain, const Tokens *tokens, const Counts *whole, const Text *texts)
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
			forbid_run(chain, tokens->words + begin, end - begin, 0, list, &count);
		for (int i = begin, ordinal = 0; i < end; i++)
		{
			if (!tokens->stops[i] && i < end - 1)
				continue;
			if (i + 1 - begin >= FIT_SENTENCE_WORDS &&
				!(begin == tokens->starts[t] && i == end - 1))
				forbid_run(chain, tokens->words + begin, i + 1 - begin, ordinal, list,
						   &count);
			begin = i + 1;
			ordinal++;
		}
	}
	keep_forbidden(chain, list, count);
}

/* ---- trying it ---- */

static int
next_state(const Chain *chain, uint64 key, int *draws, int state)
{
	uint64		pick = rng_below(rng_mix(rng_combine(key, (*draws)++)),
								 (uint64) chain->totals[state]);
	int			s = chain->starts[state];

	while (pick >= chain->steps[s].count)
		pick -= chain->steps[s++].count;
	return chain->steps[s].to;
}

/* A text as the maker of texts will make it; the number of its words. */
static int
draw_text(const Chain *chain, uint64 key, int *words)
{
	int			draws = 0;
	int			state = 0;
	int			n = 0;

	while (n < chain->max_words)
	{
		int			next = next_state(chain, key, &draws, state);

		for (int i = 0; next == 0 && n < chain->min_words && i < 2 * END_TRIES; i++)
			next = next_state(chain, key, &draws, i < END_TRIES ? state : 0);
		if (next == 0)
			return n;
		state = next;
		words[n++] = chain->state_words[state];
	}
	for (int w = n; w > 0 && w >= chain->min_words / 2; w--)
		if (ends_sentence(chain->words[words[w - 1]]))
			return w;
	return n;
}

static double
drawn_mean(const Chain *chain)
{
	int		   *words = palloc(sizeof(int) * chain->max_words);
	double		sum = 0;

	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < TRIALS; i++)
		sum += draw_text(chain, rng_mix(i), words);
	pfree(words);
	return sum / TRIALS;
}

/*
 * A chain forgets how many sentences a text has: there are more short and long
 * ones than the source has, and the short ones are made longer.
 */
void
chain_balance(Chain *chain)
{
	int			low = chain->min_words;
	int			high = chain->max_words * 2;

	if (chain->min_words <= 1 ||
		fabs(drawn_mean(chain) - chain->mean_words) <= MEAN_SLACK * chain->mean_words)
		return;
	while (high - low > 1)
	{
		chain->max_words = (low + high) / 2;
		if (drawn_mean(chain) > chain->mean_words)
			high = chain->max_words;
		else
			low = chain->max_words;
	}
	chain->max_words = high;
}

static bool
is_forbidden(const Chain *chain, const int *words, int n)
{
	int			length;
	char	   *text = join_words(chain, words, n, &length);
	uint64		hash = fit_text_hash(text, length);

	pfree(text);
	return bsearch(&hash, chain->forbidden, chain->nforbidden, sizeof(uint64),
				   order_uint64s) != NULL;
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

bool
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
