/*-------------------------------------------------------------------------
 *
 * pattern_parse.c
 *		Reads a regular expression into a tree.
 *
 * Characters, escapes and classes are read by pattern_class.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern_tree.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

static Ast *parse_choice(Parser *parser);

void *
pattern_note_problem(Parser *parser, char *problem)
{
	if (parser->problem == NULL)
		parser->problem = problem;
	return NULL;
}

Ast *
ast_make(AstKind kind)
{
	Ast		   *ast = palloc0(sizeof(Ast));

	ast->kind = kind;
	ast->min = ast->max = 1;
	return ast;
}

void
ast_append(Ast *parent, Ast *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	child->next = NULL;
}

/* What follows "(?", the question mark still to be read. */
static Ast *
parse_group_kind(Parser *parser)
{
	static const struct
	{
		const char *text;
		const char *name;
	}			unsupported[] = {
		{"?=", "look-ahead"},
		{"?!", "look-ahead"},
		{"?<=", "look-behind"},
		{"?<!", "look-behind"},
		{"?>", "atomic group"},
		{"?<", "named group"},
		{"?P", "named group"},
		{"?", "group or option"},
	};

	for (int i = 0; i < lengthof(unsupported); i++)
	{
		const char *text = unsupported[i].text;

		if (strncmp(parser->at, text, strlen(text)) == 0)
			return FAIL(parser, "%s \"(%s\" is not supported",
						unsupported[i].name, text);
	}
	return NULL;
}

static Ast *
parse_group(Parser *parser)
{
	Ast		   *ast;

	parser->at++;
	if (strncmp(parser->at, "?#", 2) == 0)
	{
		const char *end = strchr(parser->at, ')');

		if (end == NULL)
			return FAIL(parser, "a comment that begins with \"(?#\" is not closed");
		parser->at = end + 1;
		return ast_make(AST_EMPTY);
	}
	if (strncmp(parser->at, "?:", 2) == 0)
		parser->at += 2;
	else if (*parser->at == '?')
		return parse_group_kind(parser);
	if (++parser->nesting > MAX_NESTING)
		return FAIL(parser, "its groups are nested more than %d deep", MAX_NESTING);
	ast = parse_choice(parser);
	if (ast == NULL)
		return NULL;
	parser->nesting--;
	if (*parser->at != ')')
		return FAIL(parser, "a group that begins with \"(\" is not closed");
	parser->at++;
	return ast;
}

static bool
is_bound(const char *at)
{
	return at[0] == '{' && at[1] >= '0' && at[1] <= '9';
}

static Ast *
parse_atom(Parser *parser)
{
	char		c = *parser->at;

	if (c == '(')
		return parse_group(parser);
	if (c == '[')
	{
		bool		start = strncmp(parser->at, "[[:<:]]", 7) == 0;

		if (!start && strncmp(parser->at, "[[:>:]]", 7) != 0)
			return pattern_parse_set(parser);
		parser->at += 7;
		return start ? ast_of_anchor(parser, "[[:<:]]", ANCHOR_START | ANCHOR_WORD) :
			ast_of_anchor(parser, "[[:>:]]", ANCHOR_END | ANCHOR_WORD);
	}
	if (c == '\\')
		return pattern_parse_escape(parser);
	if (c == '*' || c == '+' || c == '?' || is_bound(parser->at))
		return FAIL(parser, "quantifier \"%c\" has nothing to repeat", c);
	if (c == '.' || c == '^' || c == '$')
	{
		parser->at++;
		if (c == '.')
			return ast_of_any();
		return c == '^' ? ast_of_anchor(parser, "^", ANCHOR_START) :
			ast_of_anchor(parser, "$", ANCHOR_END);
	}
	return pattern_parse_character(parser);
}

/* "{m}", "{m,}" or "{m,n}"; *max is -1 for no bound. */
static bool
parse_bound(Parser *parser, int *min, int *max)
{
	const char *start = parser->at++;
	int			numbers[2] = {0, -1};
	int			n = 0;

	for (;; n++, parser->at++)
	{
		if (*parser->at >= '0' && *parser->at <= '9')
			numbers[n] = 0;
		while (*parser->at >= '0' && *parser->at <= '9')
			numbers[n] = Min(numbers[n], LENGTH_LIMIT) * 10 + (*parser->at++ - '0');
		if (*parser->at != ',' || n == 1)
			break;
	}
	*min = numbers[0];
	*max = n == 0 ? numbers[0] : numbers[1];
	if (*parser->at != '}' || (*max >= 0 && *max < *min))
	{
		FAIL(parser, "invalid repeat count \"%.*s\"",
			 (int) strnlen(start, Min(parser->at - start + 1, 30)), start);
		return false;
	}
	parser->at++;
	if (Max(*min, *max) > MAX_REPEAT)
	{
		FAIL(parser, "a repeat count of %d is more than %d", Max(*min, *max), MAX_REPEAT);
		return false;
	}
	return true;
}

static bool
parse_quantifier(Parser *parser, int *min, int *max)
{
	char		c = *parser->at;

	if (is_bound(parser->at))
	{
		if (!parse_bound(parser, min, max))
			return false;
	}
	else
	{
		parser->at++;
		*min = c == '+';
		*max = c == '?' ? 1 : -1;
	}
	if (*parser->at == '?')		/* lazy: the same texts */
		parser->at++;
	else if (*parser->at == '+')
	{
		FAIL(parser, "possessive quantifier \"%c+\" is not supported", c);
		return false;
	}
	if ((*parser->at && strchr("*+?", *parser->at)) || is_bound(parser->at))
	{
		FAIL(parser, "quantifier \"%c\" follows another one", *parser->at);
		return false;
	}
	return true;
}

static Ast *
parse_repeated(Parser *parser)
{
	Ast		   *atom = parse_atom(parser);
	Ast		   *ast = atom;
	int			min;
	int			max;

	if (atom == NULL || *parser->at == '\0' ||
		(!strchr("*+?", *parser->at) && !is_bound(parser->at)))
		return atom;
	if (atom->kind == AST_ANCHOR)
		return FAIL(parser, "quantifier \"%c\" follows anchor \"%s\"",
					*parser->at, atom->anchor_name);
	if (!parse_quantifier(parser, &min, &max))
		return NULL;
	if (atom->kind != AST_SET || atom->min != 1 || atom->max != 1 || atom->unbounded)
	{
		ast = ast_make(AST_REPEAT);
		ast_append(ast, atom);
	}
	ast->min = min;
	ast->max = max;
	ast->unbounded = max < 0;
	return ast;
}

static Ast *
parse_sequence(Parser *parser)
{
	Ast		   *sequence = ast_make(AST_SEQUENCE);

	while (*parser->at && *parser->at != '|' && *parser->at != ')')
	{
		Ast		   *part = parse_repeated(parser);

		if (part == NULL)
			return NULL;
		ast_append(sequence, part);
	}
	if (sequence->first == NULL)
		return ast_make(AST_EMPTY);
	return sequence->first->next ? sequence : sequence->first;
}

static Ast *
parse_choice(Parser *parser)
{
	Ast		   *choice = ast_make(AST_CHOICE);
	int			nbranches = 0;

	check_stack_depth();
	for (;;)
	{
		Ast		   *branch = parse_sequence(parser);

		if (branch == NULL)
			return NULL;
		if (++nbranches > MAX_OPTIONS)
			return FAIL(parser, "it has more than %d alternatives in one place", MAX_OPTIONS);
		ast_append(choice, branch);
		if (*parser->at != '|')
			break;
		parser->at++;
	}
	return choice->first->next ? choice : choice->first;
}

/* "***=" and "(?q)": no character has a meaning. */
static Ast *
parse_literal(Parser *parser)
{
	Ast		   *sequence = ast_make(AST_SEQUENCE);

	while (*parser->at)
	{
		Ast		   *part = pattern_parse_character(parser);

		if (part == NULL)
			return NULL;
		ast_append(sequence, part);
	}
	return sequence;
}

/* Options in front, such as "(?i)".  The last one of a kind wins. */
static bool
parse_options(Parser *parser, bool *literal)
{
	while (parser->at[0] == '(' && parser->at[1] == '?' &&
		   ((parser->at[2] >= 'a' && parser->at[2] <= 'z')))
	{
		const char *at = parser->at + 2;

		for (; *at && *at != ')'; at++)
		{
			if (*at == 'i' || *at == 'c')
				parser->ignore_case = *at == 'i';
			else if (*at == 'q')
				*literal = true;
			else if (!strchr("mnpstw", *at))	/* these change nothing here */
			{
				FAIL(parser, "option \"(?%.*s)\" is not supported",
					 pg_encoding_mblen(parser->encoding, at), at);
				return false;
			}
		}
		if (*at == '\0')
		{
			FAIL(parser, "an option that begins with \"(?\" is not closed");
			return false;
		}
		parser->at = at + 1;
	}
	return true;
}

Ast *
pattern_parse(Parser *parser)
{
	bool		literal = false;
	Ast		   *ast;

	if (strlen(parser->at) > MAX_SOURCE)
		return FAIL(parser, "it is longer than %d bytes", MAX_SOURCE);
	if (strncmp(parser->at, "***:", 4) == 0)
		parser->at += 4;
	else if (strncmp(parser->at, "***=", 4) == 0)
	{
		parser->at += 4;
		return parse_literal(parser);
	}
	if (!parse_options(parser, &literal))
		return NULL;
	if (literal)
		return parse_literal(parser);
	ast = parse_choice(parser);
	if (ast && *parser->at == ')')
		return FAIL(parser, "a \")\" closes no group");
	return ast;
}
