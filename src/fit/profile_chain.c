/*-------------------------------------------------------------------------
 *
 * profile_chain.c
 *		The chain of a model of running text.
 *
 * What comes next depends on where a word stands: in which sentence of the
 * text, and behind which word.  A spot that LEARN_RARE rows or more have is a
 * state of its own; where they are fewer, the word behind its predecessor is,
 * whatever the sentence, and at last the word alone.  These more general
 * states follow all spots that they stand for, so that none repeats what a
 * few rows say.
 *
 * A word that is not learned gives its place to one that is and follows the
 * same word: "Dear Zaphod," becomes "Dear Mary,".  Texts keep their lengths so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "fit/profile_words.h"
#include "miscadmin.h"
#include "util/rng.h"

#define MOST_STEPS		150000
#define SEVERAL			0.05	/* of the texts have more than one sentence */
#define SPOTS			2		/* of a word, from the special to the general */

/* A learned word behind another. */
typedef struct Follower
{
	int			before;			/* 0: a text begins */
	bool		stops;			/* a sentence ends with it */
	int			word;
} Follower;

/*
 * Texts end to end, with a 0 before, between and behind them.  A sentence
 * with a word for which there is no stand-in is left out, or, where it is all
 * there is, has a -1 for the word.
 */
typedef struct Flow
{
	int			n;
	int		   *words;
	int		   *ordinals;
	int		   *texts;
	bool	   *own;			/* no stand-in, nor behind one */
	int			nfollowers;
	Follower   *followers;		/* by before and stops */
	int			ntexts;
	int		   *lengths;		/* [ntexts] in words */
	int			nseveral;		/* texts of more than one sentence */
	int		   *entries;		/* [n * SPOTS] into the chain's spots, or -1 */
	int		   *states;			/* [n] the state that each word is in, or -1 */
} Flow;

/* ---- reading ---- */

static int
compare_followers(const void *a, const void *b)
{
	const Follower *x = a;
	const Follower *y = b;

	if (x->before != y->before)
		return x->before - y->before;
	return x->stops - y->stops;
}

static void
read_followers(const Tokens *tokens, Flow *flow)
{
	flow->followers = palloc_extended(sizeof(Follower) * Max(tokens->n, 1), MCXT_ALLOC_HUGE);
	for (int t = 0; t < tokens->ntexts; t++)
		for (int i = tokens->starts[t]; i < tokens->starts[t + 1]; i++)
		{
			int			before = i > tokens->starts[t] ? tokens->words[i - 1] : 0;
			Follower   *follower = &flow->followers[flow->nfollowers];

			if (before < 0 || tokens->words[i] < 0)
				continue;
			follower->before = before;
			follower->stops = tokens->stops[i];
			follower->word = tokens->words[i];
			flow->nfollowers++;
		}
	qsort(flow->followers, flow->nfollowers, sizeof(Follower), compare_followers);
}

/* The first follower that is not before the key. */
static int
first_follower(const Flow *flow, const Follower *key)
{
	int			low = 0;
	int			high = flow->nfollowers;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_followers(&flow->followers[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* As often as they come, or -1. */
static int
stand_in(const Flow *flow, int before, bool stops, int token)
{
	Follower	key = {before, stops, 0};
	int			first = first_follower(flow, &key);
	int			n = 0;

	if (before < 0)
		return -1;
	if (stops)
		key.before++;
	key.stops = !stops;
	n = first_follower(flow, &key) - first;
	return n == 0 ? -1 : flow->followers[first + rng_below(rng_mix(token), n)].word;
}

static void
add_word(Flow *flow, int word, int ordinal, int text, bool own)
{
	flow->words[flow->n] = word;
	flow->ordinals[flow->n] = Min(ordinal, MOST_ORDINAL);
	flow->own[flow->n] = own;
	flow->texts[flow->n++] = text;
}

/*
 * Adds the sentence that begins at a token; false if a word of it is not
 * there.  *next: behind it.
 */
static bool
add_sentence(const Tokens *tokens, int begin, int end, int ordinal, int text, Flow *flow,
			 int *next)
{
	bool		whole = true;
	bool		own = true;
	bool		stops = false;
	int			i = begin;

	for (; i < end && !stops; i++)
	{
		int			word = tokens->words[i];
		bool		before_own = own;

		stops = tokens->stops[i];
		own = word >= 0;
		if (!own)
			word = stand_in(flow, flow->words[flow->n - 1], stops, i);
		whole &= word >= 0;
		add_word(flow, word, ordinal, text, own && before_own);
	}
	*next = i;
	return whole;
}

static void
read_text(const Tokens *tokens, int t, Flow *flow)
{
	int			begin = tokens->starts[t];
	int			end = tokens->starts[t + 1];
	int			first = flow->n;
	int			ordinal = 0;
	int			next;

	for (int i = begin; i < end; i = next)
	{
		int			before = flow->n;

		if (add_sentence(tokens, i, end, ordinal, t, flow, &next) ||
			(i == begin && next == end))
			ordinal++;
		else
			flow->n = before;
	}
	if (flow->n == first)
		return;
	flow->lengths[flow->ntexts++] = flow->n - first;
	flow->nseveral += ordinal > 1;
	add_word(flow, 0, 0, t, true);
}

/* One of stride texts, as if drawn. */
static void
read_flow(const Tokens *tokens, int stride, Flow *flow)
{
	flow->n = flow->ntexts = flow->nseveral = 0;
	add_word(flow, 0, 0, 0, true);
	for (int t = 0; t < tokens->ntexts; t++)
	{
		if ((t & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		if (rng_mix(t) % stride == 0)
			read_text(tokens, t, flow);
	}
}

static void
flow_init(Flow *flow, const Tokens *tokens)
{
	Size		capacity = (Size) tokens->n + tokens->ntexts + 1;

	memset(flow, 0, sizeof(Flow));
	flow->words = palloc_extended(sizeof(int) * capacity, MCXT_ALLOC_HUGE);
	flow->ordinals = palloc_extended(sizeof(int) * capacity, MCXT_ALLOC_HUGE);
	flow->texts = palloc_extended(sizeof(int) * capacity, MCXT_ALLOC_HUGE);
	flow->own = palloc_extended(sizeof(bool) * capacity, MCXT_ALLOC_HUGE);
	flow->states = palloc_extended(sizeof(int) * capacity, MCXT_ALLOC_HUGE);
	flow->entries = palloc_extended(sizeof(int) * capacity * SPOTS, MCXT_ALLOC_HUGE);
	flow->lengths = palloc_extended(sizeof(int) * Max(tokens->ntexts, 1), MCXT_ALLOC_HUGE);
	read_followers(tokens, flow);
}

static Text
spot_text(const Spot *spot)
{
	Text		text = {(const char *) spot, sizeof(Spot)};

	return text;
}

/* Counts, for each word behind a learned one, the rows that have it there. */
static void
count_spots(Chain *chain, Flow *flow)
{
	Spot	   *spots = palloc_extended(sizeof(Spot) * SPOTS * flow->n, MCXT_ALLOC_HUGE);

	counts_init(&chain->spots, 4096);
	for (int i = 1; i < flow->n * SPOTS; i++)
	{
		int			at = i / SPOTS;

		spots[i].ordinal = i % SPOTS == 0 ? flow->ordinals[at] : -1;
		spots[i].before = at > 0 ? flow->words[at - 1] : -1;
		spots[i].word = flow->words[at];
		if (flow->own[at] && spots[i].before >= 0 && spots[i].word > 0)
			(void) counts_add(&chain->spots, spot_text(&spots[i]), flow->texts[at], at);
		if ((i & 4095) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (int i = 0; i < SPOTS; i++)
		flow->entries[i] = -1;
	for (int i = SPOTS; i < flow->n * SPOTS; i++)
		flow->entries[i] = counts_find(&chain->spots, spot_text(&spots[i]));
}

/* ---- states ---- */

static int
add_state(Chain *chain, int word)
{
	chain->state_words[chain->nstates] = word;
	return chain->nstates++;
}

/* A state for each word, and for each spot that so many rows have. */
static void
make_states(Chain *chain, int least)
{
	chain->nstates = 0;
	for (int w = 0; w < chain->nwords; w++)
		chain->word_states[w] = add_state(chain, w);
	for (int i = 0; i < chain->spots.n; i++)
	{
		const Counted *entry = &chain->spots.entries[i];

		chain->spot_states[i] = entry->rows < least ? -1 :
			add_state(chain, ((const Spot *) entry->text.bytes)->word);
	}
}

int
chain_state(const Chain *chain, int ordinal, int before, int word)
{
	Spot		spot = {Min(ordinal, MOST_ORDINAL), before, word};

	if (word <= 0)
		return word;
	for (int s = 0; s < SPOTS && before >= 0; s++)
	{
		int			entry = counts_find(&chain->spots, spot_text(&spot));

		if (entry >= 0 && chain->spot_states[entry] >= 0)
			return chain->spot_states[entry];
		spot.ordinal = -1;
	}
	return chain->word_states[word];
}

/* The most special state of each word. */
static void
find_states(const Chain *chain, Flow *flow)
{
	for (int i = 0; i < flow->n; i++)
	{
		int			state = -1;

		for (int s = 0; s < SPOTS && state < 0; s++)
			if (flow->entries[i * SPOTS + s] >= 0)
				state = chain->spot_states[flow->entries[i * SPOTS + s]];
		if (state < 0 && flow->words[i] >= 0)
			state = chain->word_states[flow->words[i]];
		flow->states[i] = state;
	}
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

const Step *
chain_find_step(const Chain *chain, int from, int to)
{
	Step		key = {from, to, 0};

	return bsearch(&key, chain->steps, chain->nsteps, sizeof(Step), compare_steps);
}

static void
add_step(Chain *chain, const bool *used, int from, int to)
{
	Step	   *step = &chain->steps[chain->nsteps];

	if (from < 0 || to < 0 || !used[from])
		return;
	step->from = from;
	step->to = to;
	step->count = 1;
	chain->nsteps++;
}

/* Equal ones together. */
static void
merge_steps(Chain *chain)
{
	int			merged = 0;

	qsort(chain->steps, chain->nsteps, sizeof(Step), compare_steps);
	for (int i = 0; i < chain->nsteps; i++)
	{
		if (merged > 0 && compare_steps(&chain->steps[merged - 1], &chain->steps[i]) == 0)
			chain->steps[merged - 1].count += chain->steps[i].count;
		else
			chain->steps[merged++] = chain->steps[i];
	}
	chain->nsteps = merged;
}

/* From all states that a word has, of those that any text comes to. */
static void
read_steps(Chain *chain, const Flow *flow)
{
	bool	   *used = palloc0(chain->nstates);

	for (int i = 0; i < flow->n; i++)
		if (flow->states[i] >= 0)
			used[flow->states[i]] = true;
	chain->nsteps = 0;
	for (int i = 1; i < flow->n; i++)
	{
		int			word = flow->words[i - 1];

		if ((i & 4095) == 0)
			CHECK_FOR_INTERRUPTS();
		for (int s = 0; s < SPOTS; s++)
		{
			int			entry = flow->entries[(i - 1) * SPOTS + s];

			if (entry >= 0)
				add_step(chain, used, chain->spot_states[entry], flow->states[i]);
		}
		if (word >= 0)
			add_step(chain, used, chain->word_states[word], flow->states[i]);
	}
	pfree(used);
	merge_steps(chain);
}

static void
limit_steps(Chain *chain, int least)
{
	int			n = 0;

	for (int i = 0; i < chain->nsteps; i++)
		if (chain->steps[i].count >= least)
			chain->steps[n++] = chain->steps[i];
	chain->nsteps = n;
}

/* ---- pruning ---- */

/* Marks what can be reached from state 0, along the steps or against them. */
static void
mark_reached(const Chain *chain, bool backward, bool *reached)
{
	bool		grew = true;

	memset(reached, 0, chain->nstates);
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

static void
renumber_states(int *states, int n, const int *numbers)
{
	for (int i = 0; i < n; i++)
		states[i] = states[i] >= 0 ? numbers[states[i]] : -1;
}

/* Keeps the states that lie on a way from the beginning to the end. */
static void
prune_states(Chain *chain)
{
	bool	   *forward = palloc(chain->nstates);
	bool	   *backward = palloc(chain->nstates);
	int		   *numbers = palloc(sizeof(int) * chain->nstates);
	int			nstates = 0;
	int			nsteps = 0;

	mark_reached(chain, false, forward);
	mark_reached(chain, true, backward);
	for (int i = 0; i < chain->nstates; i++)
	{
		numbers[i] = forward[i] && backward[i] ? nstates : -1;
		if (numbers[i] >= 0)
			chain->state_words[nstates++] = chain->state_words[i];
	}
	for (int i = 0; i < chain->nsteps; i++)
	{
		Step		step = chain->steps[i];

		step.from = numbers[step.from];
		step.to = numbers[step.to];
		if (step.from >= 0 && step.to >= 0)
			chain->steps[nsteps++] = step;
	}
	renumber_states(chain->word_states, chain->nwords, numbers);
	renumber_states(chain->spot_states, chain->spots.n, numbers);
	chain->nstates = nstates;
	chain->nsteps = nsteps;
}

static void
index_steps(Chain *chain)
{
	int			at = 0;

	chain->starts = palloc(sizeof(int) * (chain->nstates + 1));
	chain->totals = palloc0(sizeof(double) * chain->nstates);
	for (int s = 0; s < chain->nstates; s++)
	{
		chain->starts[s] = at;
		for (; at < chain->nsteps && chain->steps[at].from == s; at++)
			chain->totals[s] += chain->steps[at].count;
	}
	chain->starts[chain->nstates] = at;
}

/* ---- lengths ---- */

static int
compare_lengths(const void *a, const void *b)
{
	return *(const int *) a - *(const int *) b;
}

/*
 * Lengths that a few of the texts go beyond on either side.  A text of one
 * sentence is as long as the sentence is: to make it longer it would have to
 * go on behind its end, to make it shorter it would lack its end.
 */
static void
set_word_counts(Chain *chain, Flow *flow)
{
	int			beyond = Min(LEARN_RARE, flow->ntexts) - 1;

	chain->min_words = chain->max_words = 1;
	chain->mean_words = 0;
	if (flow->ntexts == 0)
		return;
	for (int t = 0; t < flow->ntexts; t++)
		chain->mean_words += (double) flow->lengths[t] / flow->ntexts;
	qsort(flow->lengths, flow->ntexts, sizeof(int), compare_lengths);
	chain->max_words = flow->lengths[flow->ntexts - 1 - beyond];
	if (flow->nseveral > flow->ntexts * SEVERAL)
		chain->min_words = flow->lengths[beyond];
	else
		chain->max_words *= 2;
}

/* False if there are too many states or steps where spots need so many rows. */
static bool
chain_fits(Chain *chain, Flow *flow, int least, bool strict)
{
	CHECK_FOR_INTERRUPTS();
	make_states(chain, least);
	if (chain->nstates > MOST_STATES * SPOTS)
		return false;
	find_states(chain, flow);
	read_steps(chain, flow);
	limit_steps(chain, strict ? LEARN_RARE : 1);
	if (chain->nsteps > MOST_STEPS)
		return false;
	prune_states(chain);
	return chain->nstates <= MOST_STATES;
}

/*
 * As many texts as words alone have room for, then as many spots.  (Leaving
 * out rare steps instead would leave out the longer ways through a text.)
 */
void
chain_make(Chain *chain, const Tokens *tokens, bool spots, bool strict)
{
	Flow		flow;
	int			none = tokens->ntexts + 1;

	flow_init(&flow, tokens);
	chain->word_states = palloc(sizeof(int) * chain->nwords);
	chain->steps = palloc_extended(sizeof(Step) * ((Size) tokens->n + tokens->ntexts + 1) *
								   (SPOTS + 1), MCXT_ALLOC_HUGE);
	for (int stride = 1;; stride *= 2)
	{
		read_flow(tokens, stride, &flow);
		count_spots(chain, &flow);
		chain->spot_states = palloc_extended(sizeof(int) * Max(chain->spots.n, 1),
											 MCXT_ALLOC_HUGE);
		chain->state_words = palloc_extended(sizeof(int) * (chain->nwords + chain->spots.n),
											 MCXT_ALLOC_HUGE);
		if (chain_fits(chain, &flow, none, strict))
			break;
	}
	for (int least = LEARN_RARE; spots && least < 4 * none; least *= 2)
		if (chain_fits(chain, &flow, Min(least, none), strict))
			break;
	index_steps(chain);
	set_word_counts(chain, &flow);
}
