/*-------------------------------------------------------------------------
 *
 * profile_words.h
 *		Private to the model of running text: reading words and keeping the
 *		model (profile_words.c), the chain (profile_chain.c), and what it must
 *		not make (profile_forbid.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROFILE_WORDS_H
#define SYNTHIK_PROFILE_WORDS_H

#include "fit/profile.h"

#define MOST_WORDS		5000
#define MOST_STATES		20000
#define MOST_ORDINAL	9		/* sentences of a text that are told apart */

/* Texts as numbers of words; -1 is a word not learned. */
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

/*
 * Where a word stands: what decides the next one, if rows enough have it.
 * ordinal -1 stands for any sentence.
 */
typedef struct Spot
{
	int			ordinal;		/* of the sentence in its text, from 0 */
	int			before;			/* the word before; 0: the text begins */
	int			word;
} Spot;

typedef struct Step
{
	int			from;			/* states */
	int			to;
	int			count;
} Step;

/* A chain of states, each of which stands for a word.  State 0: word 0. */
typedef struct Chain
{
	int			nwords;
	Text	   *words;			/* [0] is the beginning and the end of a text */
	Counts		spots;			/* of Spot */
	int		   *spot_states;	/* [spots.n], -1: none of its own */
	int		   *word_states;	/* [nwords], likewise */
	int			nstates;
	int		   *state_words;
	int			nsteps;
	Step	   *steps;			/* by from, then to */
	int		   *starts;			/* [nstates + 1] into steps */
	double	   *totals;			/* [nstates] */
	int			min_words;
	int			max_words;
	double		mean_words;		/* of the source's texts */
	int			nforbidden;
	uint64	   *forbidden;
} Chain;

/* ---- profile_chain.c ---- */

/* Fills the chain, whose words are there, from texts; with states for spots, or not. */
extern void chain_make(Chain *chain, const Tokens *tokens, bool spots, bool strict);
/* The state of a word at a spot, or -1. */
extern int	chain_state(const Chain *chain, int ordinal, int before, int word);
extern const Step *chain_find_step(const Chain *chain, int from, int to);

/* ---- profile_forbid.c ---- */

/* Forbids the texts of the source, and sentences of some length within them. */
extern void chain_forbid(Chain *chain, const Tokens *tokens, const Counts *whole,
						 const Text *texts);
/* Sets max_words so that texts are as long as the source's on average. */
extern void chain_balance(Chain *chain);
/* Does the chain make texts of its own, and not only the source's? */
extern bool chain_invents(const Chain *chain);

#endif							/* SYNTHIK_PROFILE_WORDS_H */
