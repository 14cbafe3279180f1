/*-------------------------------------------------------------------------
 *
 * pattern_exact.c
 *		Whether a regular expression makes each of its texts in one way only.
 *
 * Each character of the tree, repeats written out, is a state of the
 * position automaton (Glushkov: "The abstract theory of automata", 1961).
 * Two ranks can give one text only if a text can be read on two different
 * ways through it; a search over pairs of states finds out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern_tree.h"
#include "miscadmin.h"

#define MAX_POSITIONS	1024
#define MAX_SEARCH		4000000

typedef struct Automaton
{
	int			npositions;
	int			nwords;
	const CharSet *sets[MAX_POSITIONS];
	uint64	   *follow[MAX_POSITIONS];
	bool		ambiguous;
	int64		work;
} Automaton;

typedef struct Fragment
{
	bool		nullable;
	uint64	   *first;
	uint64	   *last;
} Fragment;

static void
words_or(uint64 *into, const uint64 *from, int nwords)
{
	for (int i = 0; i < nwords; i++)
		into[i] |= from[i];
}

static Fragment
fragment_make(const Automaton *automaton, bool nullable)
{
	Fragment	fragment;

	fragment.nullable = nullable;
	fragment.first = palloc0(automaton->nwords * sizeof(uint64));
	fragment.last = palloc0(automaton->nwords * sizeof(uint64));
	return fragment;
}

/* Appends a part; optional: the whole may also end before it. */
static void
fragment_append(Automaton *automaton, Fragment *whole, const Fragment *part, bool optional,
				uint64 *ends)
{
	int			nwords = automaton->nwords;

	for (int i = 0; i < automaton->npositions; i++)
	{
		if (bit_test(ends, i))
			words_or(automaton->follow[i], part->first, nwords);
	}
	if (whole->nullable)
		words_or(whole->first, part->first, nwords);
	if (!part->nullable)
		memset(ends, 0, nwords * sizeof(uint64));
	words_or(ends, part->last, nwords);
	if (optional)
		words_or(whole->last, part->last, nwords);
	else
		memcpy(whole->last, ends, nwords * sizeof(uint64));
}

static Fragment build_fragment(Automaton *automaton, const Ast *ast);

static Fragment
build_position(Automaton *automaton, const CharSet *set)
{
	Fragment	fragment = fragment_make(automaton, false);
	int			position = automaton->npositions++;

	automaton->sets[position] = set;
	automaton->follow[position] = palloc0(automaton->nwords * sizeof(uint64));
	bit_set(fragment.first, position);
	bit_set(fragment.last, position);
	return fragment;
}

static Fragment
build_repeat(Automaton *automaton, const Ast *ast)
{
	Fragment	whole = fragment_make(automaton, true);
	uint64	   *ends = palloc0(automaton->nwords * sizeof(uint64));
	bool		can_be_empty = true;

	for (int i = 0; i < ast->max; i++)
	{
		Fragment	part = ast->kind == AST_SET ? build_position(automaton, ast->set) :
			build_fragment(automaton, ast->first);

		/* An empty copy more or less gives the same text. */
		if (part.nullable && ast->min != ast->max)
			automaton->ambiguous = true;
		whole.nullable = can_be_empty;
		fragment_append(automaton, &whole, &part, i >= ast->min, ends);
		can_be_empty = can_be_empty && part.nullable;
	}
	whole.nullable = ast->min == 0 || can_be_empty;
	return whole;
}

static Fragment
build_fragment(Automaton *automaton, const Ast *ast)
{
	Fragment	whole = fragment_make(automaton, ast->kind != AST_CHOICE);
	uint64	   *ends;

	check_stack_depth();
	if (ast->kind == AST_SET || ast->kind == AST_REPEAT)
		return build_repeat(automaton, ast);
	ends = palloc0(automaton->nwords * sizeof(uint64));
	for (const Ast *child = ast->first; child; child = child->next)
	{
		Fragment	part = build_fragment(automaton, child);

		if (ast->kind == AST_CHOICE)
		{
			if (whole.nullable && part.nullable)
				automaton->ambiguous = true;
			whole.nullable |= part.nullable;
			words_or(whole.first, part.first, automaton->nwords);
			words_or(whole.last, part.last, automaton->nwords);
		}
		else
		{
			fragment_append(automaton, &whole, &part, false, ends);
			whole.nullable = whole.nullable && part.nullable;
		}
	}
	return whole;
}

/* Pairs of different states that one text leads to. */
typedef struct PairSearch
{
	Automaton  *automaton;
	uint64	   *seen;
	uint32	   *stack;
	int			nstack;
	int			stack_size;
} PairSearch;

static void
pair_push(PairSearch *search, uint32 a, uint32 b)
{
	uint32		pair = Min(a, b) * search->automaton->npositions + Max(a, b);

	if (bit_test(search->seen, pair))
		return;
	bit_set(search->seen, pair);
	if (search->nstack == search->stack_size)
	{
		search->stack_size *= 2;
		search->stack = repalloc(search->stack, search->stack_size * sizeof(uint32));
	}
	search->stack[search->nstack++] = pair;
}

/*
 * Follows two sets of next states.  Meeting in one state ends the search:
 * from there an end can be reached, on two ways.  diverge: both come from
 * the same state, so that meeting means nothing.
 */
static void
pair_follow(PairSearch *search, const uint64 *a, const uint64 *b, bool diverge)
{
	Automaton  *automaton = search->automaton;

	for (int i = 0; i < automaton->npositions && !automaton->ambiguous; i++)
	{
		if (!bit_test(a, i))
			continue;
		automaton->work += automaton->npositions;
		for (int j = diverge ? i + 1 : 0; j < automaton->npositions; j++)
		{
			if (!bit_test(b, j))
				continue;
			automaton->work += 4;
			if (i == j)
				automaton->ambiguous = true;
			else if (charset_intersects(automaton->sets[i], automaton->sets[j]))
				pair_push(search, i, j);
		}
	}
	if (automaton->work > MAX_SEARCH)
		automaton->ambiguous = true;	/* nobody knows */
}

static void
search_pairs(Automaton *automaton, const Fragment *whole)
{
	int			n = automaton->npositions;
	PairSearch	search = {automaton};

	search.seen = palloc0(((Size) n * n / 64 + 1) * sizeof(uint64));
	search.stack_size = 256;
	search.stack = palloc(search.stack_size * sizeof(uint32));
	pair_follow(&search, whole->first, whole->first, true);
	for (int i = 0; i < n && !automaton->ambiguous; i++)
		pair_follow(&search, automaton->follow[i], automaton->follow[i], true);
	while (search.nstack > 0 && !automaton->ambiguous)
	{
		uint32		pair = search.stack[--search.nstack];
		uint32		a = pair / n;
		uint32		b = pair % n;

		CHECK_FOR_INTERRUPTS();
		if (bit_test(whole->last, a) && bit_test(whole->last, b))
			automaton->ambiguous = true;
		else
			pair_follow(&search, automaton->follow[a], automaton->follow[b], false);
	}
}

static bool
ast_has_options(const Ast *ast)
{
	if (ast->kind == AST_CHOICE ||
		((ast->kind == AST_SET || ast->kind == AST_REPEAT) && ast->min != ast->max))
		return true;
	for (const Ast *child = ast->first; child; child = child->next)
	{
		if (ast_has_options(child))
			return true;
	}
	return false;
}

/* Repeats written out: how many characters the tree has. */
static int
count_positions(const Ast *ast)
{
	int			count = ast->kind == AST_SET ? 1 : 0;

	for (const Ast *child = ast->first; child; child = child->next)
		count = Min(count + count_positions(child), LENGTH_LIMIT);
	if (ast->kind == AST_SET || ast->kind == AST_REPEAT)
		count = length_multiply(count, ast->max);
	return count;
}

bool
pattern_is_exact(const Ast *ast)
{
	Automaton  *automaton;
	Fragment	whole;
	int			npositions = count_positions(ast);

	if (!ast_has_options(ast))
		return true;
	if (npositions > MAX_POSITIONS)
		return false;
	automaton = palloc0(sizeof(Automaton));
	automaton->nwords = npositions / 64 + 1;
	whole = build_fragment(automaton, ast);
	if (!automaton->ambiguous)
		search_pairs(automaton, &whole);
	return !automaton->ambiguous;
}
