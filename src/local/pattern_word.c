/*-------------------------------------------------------------------------
 *
 * pattern_word.c
 *		Where words begin and end in the texts of a regular expression.
 *
 * A word's anchor chooses nothing, so it may stand only where all texts have
 * what it asks for: a letter, digit or underscore on the one side of it, and
 * none on the other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern_tree.h"
#include "miscadmin.h"

/* What may stand on a side: bits. */
#define SIDE_WORD	1
#define SIDE_OTHER	2			/* or the end of the text */

static int
set_sides(const CharSet *set)
{
	CharSet		word = {0};

	if (set->nwide > 0)
		return SIDE_WORD | SIDE_OTHER;	/* hangs on the locale */
	charset_add_class(&word, class_by_escape('w'), false);
	return ((set->ascii[0] & word.ascii[0]) || (set->ascii[1] & word.ascii[1]) ? SIDE_WORD : 0) |
		((set->ascii[0] & ~word.ascii[0]) || (set->ascii[1] & ~word.ascii[1]) ? SIDE_OTHER : 0);
}

/* What the first, or the last, character of a text can be. */
static int
edge_sides(const Ast *ast, bool first)
{
	int			sides = 0;

	check_stack_depth();
	if (ast->longest == 0)
		return 0;
	if (ast->kind == AST_SET)
		return set_sides(ast->set);
	for (const Ast *child = ast->first; child; child = child->next)
	{
		/* the last of a sequence: what is behind it can be nothing */
		if (ast->kind == AST_SEQUENCE && !first && child->shortest > 0)
			sides = 0;
		sides |= edge_sides(child, first);
		if (ast->kind == AST_SEQUENCE && first && child->shortest > 0)
			break;
	}
	return sides;
}

static bool
anchor_holds(const Ast *anchor, int before, int after)
{
	bool		begins = before == SIDE_OTHER && after == SIDE_WORD;
	bool		ends = before == SIDE_WORD && after == SIDE_OTHER;

	return ((anchor->anchor & ANCHOR_START) && begins) ||
		((anchor->anchor & ANCHOR_END) && ends);
}

static void
check_words(Parser *parser, const Ast *ast, int before, int after)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (ast->kind == AST_ANCHOR)
	{
		if ((ast->anchor & ANCHOR_WORD) && !anchor_holds(ast, before, after))
			FAIL(parser, "anchor \"%s\" is supported only where all texts have a word that begins or ends",
				 ast->anchor_name);
		return;
	}
	if (ast->kind == AST_REPEAT && ast->max > 1)
	{
		check_words(parser, ast->first, before | edge_sides(ast, false),
					after | edge_sides(ast, true));
		return;
	}
	for (const Ast *child = ast->first; child; child = child->next)
	{
		int			behind = after;

		if (ast->kind == AST_SEQUENCE)
		{
			const Ast  *next = child->next;

			behind = 0;
			for (; next; next = next->next)
			{
				behind |= edge_sides(next, true);
				if (next->shortest > 0)
					break;
			}
			if (next == NULL)
				behind |= after;
		}
		check_words(parser, child, before, behind);
		if (ast->kind == AST_SEQUENCE)
			before = edge_sides(child, false) | (child->shortest > 0 ? 0 : before);
	}
}

void
pattern_check_words(Parser *parser, const Ast *ast)
{
	if (parser->words)
		check_words(parser, ast, SIDE_OTHER, SIDE_OTHER);
}
