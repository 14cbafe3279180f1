/*-------------------------------------------------------------------------
 *
 * pattern_fit.c
 *		Fits the repeats of a regular expression to the lengths asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern.h"
#include "local/pattern_tree.h"
#include "miscadmin.h"

#define USUAL_REPEAT	8		/* what "+" and "*" go up to */

/*
 * Sets the lengths of the tree, and the upper ends of unbounded repeats so
 * that they have usual different counts ("*" one more).
 */
static void
ast_measure(Ast *ast, int usual)
{
	check_stack_depth();
	for (Ast *child = ast->first; child; child = child->next)
		ast_measure(child, usual);
	if (ast->unbounded)
		ast->max = ast->min == 0 ? usual : ast->min + usual - 1;
	ast->shortest = ast->longest = 0;
	if (ast->kind == AST_SET)
	{
		ast->shortest = ast->min;
		ast->longest = ast->max;
	}
	else if (ast->kind == AST_REPEAT)
	{
		ast->shortest = length_multiply(ast->first->shortest, ast->min);
		ast->longest = length_multiply(ast->first->longest, ast->max);
	}
	else if (ast->kind == AST_CHOICE)
		ast->shortest = LENGTH_LIMIT;
	for (Ast *child = ast->first; child && ast->kind != AST_REPEAT; child = child->next)
	{
		if (ast->kind == AST_CHOICE)
		{
			ast->shortest = Min(ast->shortest, child->shortest);
			ast->longest = Max(ast->longest, child->longest);
		}
		else
		{
			ast->shortest = Min(ast->shortest + child->shortest, LENGTH_LIMIT);
			ast->longest = Min(ast->longest + child->longest, LENGTH_LIMIT);
		}
	}
}

/*
 * Anchors may stand where nothing can come before, or after.  Needs the
 * lengths of ast_measure.
 */
static void
check_anchors(Parser *parser, const Ast *ast, bool at_start, bool at_end)
{
	check_stack_depth();
	if (ast->kind == AST_ANCHOR)
	{
		parser->anchors |= ast->anchor & (ANCHOR_START | ANCHOR_END);
		if (ast->anchor & ANCHOR_WORD)
		{
			/* it says what is beside it, so that nothing else may be there */
			if (!at_start && !at_end)
				parser->anchors |= ANCHOR_START | ANCHOR_END;
		}
		else if (!(at_start && (ast->anchor & ANCHOR_START)) &&
			!(at_end && (ast->anchor & ANCHOR_END)))
			FAIL(parser, "anchor \"%s\" is supported at the ends only", ast->anchor_name);
	}
	else if (ast->kind == AST_REPEAT && ast->max > 1)
		check_anchors(parser, ast->first, false, false);
	else if (ast->kind == AST_SEQUENCE)
	{
		int			after = ast->longest;

		for (const Ast *child = ast->first; child; child = child->next)
		{
			after -= child->longest;
			check_anchors(parser, child, at_start, at_end && after <= 0);
			at_start = at_start && child->longest == 0;
		}
	}
	else
	{
		for (const Ast *child = ast->first; child; child = child->next)
			check_anchors(parser, child, at_start, at_end);
	}
}

static void ast_tighten(Parser *parser, Ast *ast, int least, int most);

static void
tighten_repeat(Parser *parser, Ast *ast, int least, int most)
{
	Ast		   *child = ast->first;
	int			shortest = child ? child->shortest : 1;
	int			longest = child ? child->longest : 1;

	ast->unbounded = false;
	if (shortest > 0)
		ast->max = Min(ast->max, most / shortest);
	if (longest > 0)
		ast->min = Max(ast->min, (least + longest - 1) / longest);
	ast->max = Min(ast->max, ast->min + MAX_OPTIONS - 1);
	if (ast->min > ast->max)
		FAIL(parser, "no text of the lengths asked for matches");
	else if (child && ast->max > 0)
		ast_tighten(parser, child,
					least - length_multiply(longest, ast->max - 1),
					most - length_multiply(shortest, Max(ast->min - 1, 0)));
}

/*
 * Takes away repeats and branches that texts of least to most characters
 * cannot have.  Afterwards such texts are still all there; others may be,
 * too.
 */
static void
ast_tighten(Parser *parser, Ast *ast, int least, int most)
{
	Ast		   *child = ast->first;

	check_stack_depth();
	if (ast->kind == AST_SET || ast->kind == AST_REPEAT)
		tighten_repeat(parser, ast, Max(least, 0), most);
	else if (ast->kind == AST_CHOICE)
	{
		ast->first = ast->last = NULL;
		for (Ast *next; child; child = next)
		{
			next = child->next;
			if (child->shortest > most || child->longest < least)
				continue;
			ast_append(ast, child);
			ast_tighten(parser, child, least, most);
		}
		if (ast->first == NULL)
			FAIL(parser, "no text of the lengths asked for matches");
	}
	else
	{
		for (; child; child = child->next)
			ast_tighten(parser, child,
						least - (ast->longest - child->longest),
						most - (ast->shortest - child->shortest));
	}
}

/* Room for a regular expression that is open at an end: any characters. */
static Ast *
ast_pad(Parser *parser, Ast *ast, int length)
{
	Ast		   *sequence;
	Ast		   *padding;

	if (parser->anchors == (ANCHOR_START | ANCHOR_END))
		return ast;
	sequence = ast_make(AST_SEQUENCE);
	padding = ast_of_any();
	padding->min = 0;
	padding->max = length;
	if (parser->anchors & ANCHOR_END)
		ast_append(sequence, padding);
	ast_append(sequence, ast);
	if (!(parser->anchors & ANCHOR_END))
		ast_append(sequence, padding);
	return sequence;
}

Ast *
pattern_fit(Parser *parser, Ast *ast, int least, int *most)
{
	int			usual = USUAL_REPEAT;

	ast_measure(ast, usual);
	check_anchors(parser, ast, true, true);
	pattern_check_words(parser, ast);
	while (ast->longest > PATTERN_MAX_BYTES && usual > 1)
		ast_measure(ast, usual /= 2);
	if (ast->longest < least)
	{
		ast_measure(ast, least);
		if (ast->longest < least)
		{
			ast = ast_pad(parser, ast, least);
			ast_measure(ast, least);
		}
		*most = Min(*most, Max(ast->shortest, least + USUAL_REPEAT));
	}
	if (parser->problem)
		return NULL;
	if (ast->shortest > *most)
		return FAIL(parser, "its shortest text has %d characters, only %d are allowed",
					ast->shortest, *most);
	if (ast->longest < least)
		return FAIL(parser, "its longest text has %d characters, at least %d are needed",
					ast->longest, least);
	ast_tighten(parser, ast, least, *most);
	ast_measure(ast, usual);
	if (ast->longest < least)
		FAIL(parser, "it cannot be stretched to %d characters", least);
	return parser->problem ? NULL : ast;
}

Ast *
pattern_simplify(Ast *ast)
{
	Ast		   *child = ast->first;

	check_stack_depth();
	if (ast->longest == 0)
		return ast_make(AST_EMPTY);
	ast->first = ast->last = NULL;
	for (Ast *next; child; child = next)
	{
		Ast		   *simple = pattern_simplify(child);

		next = child->next;
		if (ast->kind == AST_SEQUENCE && simple->kind == AST_EMPTY)
			continue;
		if (ast->kind == AST_SEQUENCE && simple->kind == AST_SEQUENCE)
		{
			for (Ast *part = simple->first, *after; part; part = after)
			{
				after = part->next;
				ast_append(ast, part);
			}
		}
		else
			ast_append(ast, simple);
	}
	child = ast->first;
	if (child == NULL || child->next)
		return ast;
	if (ast->kind != AST_REPEAT || (ast->min == 1 && ast->max == 1))
		return child;
	/* A fixed repeat of a fixed repeat of a set is one of these. */
	if (child->kind == AST_SET && child->min == child->max && ast->min == ast->max)
	{
		child->min = child->max = length_multiply(child->min, ast->min);
		return child;
	}
	return ast;
}
