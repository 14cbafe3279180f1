/*-------------------------------------------------------------------------
 *
 * pattern_class.c
 *		Reads the characters, escapes and bracket expressions of a regular
 *		expression.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern_tree.h"
#include "mb/pg_wchar.h"

static Ast *
ast_of_set(CharSet *set)
{
	Ast		   *ast = ast_make(AST_SET);

	charset_finish(set);
	ast->set = set;
	return ast;
}

/* A plain character. */
static bool
parse_code(Parser *parser, uint32 *code)
{
	const unsigned char *at = (const unsigned char *) parser->at;
	int			length = pg_encoding_verifymbchar(parser->encoding, parser->at,
												  strnlen(parser->at, 8));

	if (length < 1)
	{
		FAIL(parser, "it has an invalid byte sequence");
		return false;
	}
	if (parser->encoding == PG_UTF8)
		*code = utf8_to_unicode(at);
	else
	{
		*code = 0;
		for (int i = 0; i < length; i++)
			*code = *code << 8 | at[i];
	}
	parser->at += length;
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* The digits of \x (any number, as PostgreSQL reads them), \u and \U. */
static bool
parse_hex(Parser *parser, char letter, int least, int most, uint32 *code)
{
	int			ndigits = 0;
	uint32		limit = 0x7F;

	*code = 0;
	while (ndigits < most && hex_digit(*parser->at) >= 0)
	{
		*code = Min(*code, 0xFFFFFF) * 16 + hex_digit(*parser->at++);
		ndigits++;
	}
	if (ndigits < least)
	{
		FAIL(parser, "escape \"\\%c\" lacks hexadecimal digits", letter);
		return false;
	}
	if (parser->encoding == PG_UTF8)
		limit = 0x10FFFF;
	else if (parser->single_byte)
		limit = 0xFF;
	if (*code == 0 || *code > limit || (limit > 0xFF && *code >= 0xD800 && *code <= 0xDFFF))
	{
		FAIL(parser, "escape \"\\%c\" has code %X, which is not a character of the database encoding",
			 letter, *code);
		return false;
	}
	return true;
}

/* What a backslash begins. */
typedef struct Escape
{
	const NamedClass *class;	/* a class, else */
	bool		negate;
	const char *anchor_name;	/* an anchor, else */
	int			anchor;
	uint32		code;			/* a character */
} Escape;

static bool
parse_simple_escape(char letter, Escape *escape)
{
	static const char letters[] = "aefnrtv";
	static const char codes[] = "\a\033\f\n\r\t\v";
	const char *found = strchr(letters, letter);

	if (found)
		escape->code = codes[found - letters];
	else if (strchr("dsw", letter))
		escape->class = class_by_escape(letter);
	else if (strchr("DSW", letter))
	{
		escape->class = class_by_escape(letter + ('a' - 'A'));
		escape->negate = true;
	}
	else
		return false;
	return true;
}

static bool
parse_anchor_escape(char letter, Escape *escape)
{
	static const struct
	{
		char		letter;
		const char *name;
		int			anchor;
	}			anchors[] = {
		{'A', "\\A", ANCHOR_START},
		{'Z', "\\Z", ANCHOR_END},
		{'m', "\\m", ANCHOR_START | ANCHOR_WORD},
		{'M', "\\M", ANCHOR_END | ANCHOR_WORD},
		{'y', "\\y", ANCHOR_START | ANCHOR_END | ANCHOR_WORD},
	};

	for (int i = 0; i < lengthof(anchors); i++)
	{
		if (anchors[i].letter == letter)
		{
			escape->anchor_name = anchors[i].name;
			escape->anchor = anchors[i].anchor;
			return true;
		}
	}
	return false;
}

static bool
parse_escape(Parser *parser, bool in_class, Escape *escape)
{
	char		c = *++parser->at;

	memset(escape, 0, sizeof(Escape));
	if (c == '\0')
	{
		FAIL(parser, "it ends in a backslash");
		return false;
	}
	if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
		return parse_code(parser, &escape->code);
	parser->at++;
	if (parse_simple_escape(c, escape))
		return true;
	if (c == 'b' && in_class)
		escape->code = '\b';
	else if (c == 'x')
		return parse_hex(parser, c, 1, 255, &escape->code);
	else if (c == 'u')
		return parse_hex(parser, c, 4, 4, &escape->code);
	else if (c == 'U')
		return parse_hex(parser, c, 8, 8, &escape->code);
	else if (in_class || !parse_anchor_escape(c, escape))
	{
		if (c >= '1' && c <= '9' && !in_class)
			FAIL(parser, "back-reference \"\\%c\" is not supported", c);
		else if (c == 'b')
			FAIL(parser, "\"\\b\" is a backspace in PostgreSQL, where the edge of a word is \"\\y\"");
		else
			FAIL(parser, "escape \"\\%c\" is not supported", c);
		return false;
	}
	return true;
}

/* [:name:], [.x.] or [=x=]; the opening bracket is still to be read. */
static bool
parse_class_item(Parser *parser, CharSet *set, uint32 *code, bool *is_class)
{
	char		kind = parser->at[1];
	const char *name = parser->at + 2;
	const char *end = name;
	const NamedClass *class;

	while (*end && !(end[0] == kind && end[1] == ']'))
		end++;
	if (*end == '\0')
	{
		FAIL(parser, "a \"[%c\" in a class is not closed", kind);
		return false;
	}
	*is_class = kind == ':';
	if (*is_class)
	{
		class = class_by_name(name, end - name);
		if (class == NULL)
			FAIL(parser, "class \"[:%.*s:]\" is not supported", (int) (end - name), name);
		else
			charset_add_class(set, class, false);
	}
	else
	{
		parser->at = name;
		if (parse_code(parser, code) && parser->at != end)
			FAIL(parser, "collating element \"%.*s\" is not supported",
				 (int) (end - name), name);
	}
	parser->at = end + 2;
	return parser->problem == NULL;
}

/* An element of a bracket expression: a class, added, or a character. */
static bool
parse_set_element(Parser *parser, CharSet *set, uint32 *code, bool *is_class)
{
	Escape		escape;

	*is_class = false;
	if (*parser->at == '[' && parser->at[1] && strchr(":.=", parser->at[1]))
		return parse_class_item(parser, set, code, is_class);
	if (*parser->at != '\\')
		return parse_code(parser, code);
	if (!parse_escape(parser, true, &escape))
		return false;
	*is_class = escape.class != NULL;
	*code = escape.code;
	if (escape.class)
		charset_add_class(set, escape.class, escape.negate);
	return true;
}

static bool
parse_set_part(Parser *parser, CharSet *set)
{
	uint32		first;
	uint32		last;
	bool		is_class;
	const char *start = parser->at;

	if (!parse_set_element(parser, set, &first, &is_class))
		return false;
	if (is_class)
		return true;
	last = first;
	if (parser->at[0] == '-' && parser->at[1] != ']' && parser->at[1] != '\0')
	{
		parser->at++;
		if (!parse_set_element(parser, set, &last, &is_class))
			return false;
		if (is_class || last < first)
		{
			FAIL(parser, "invalid character range \"%.*s\"",
				 (int) (parser->at - start), start);
			return false;
		}
	}
	return charset_add_range(parser, set, first, last);
}

Ast *
pattern_parse_set(Parser *parser)
{
	CharSet    *set = palloc0(sizeof(CharSet));
	const char *start = parser->at++;
	bool		negate = *parser->at == '^';
	Ast		   *ast;

	if (negate)
		parser->at++;
	do
	{
		if (*parser->at == '\0')
			return FAIL(parser, "a class that begins with \"[\" is not closed");
		if (!parse_set_part(parser, set))
			return NULL;
	} while (*parser->at != ']');
	parser->at++;
	if (parser->ignore_case)
		charset_fold_case(set);
	if (negate)
		charset_negate(set);
	ast = ast_of_set(set);
	if (set->size == 0)
		return FAIL(parser, "class \"%.*s\" holds no printable ASCII character",
					(int) (parser->at - start), start);
	return ast;
}

Ast *
ast_of_anchor(Parser *parser, const char *name, int anchor)
{
	Ast		   *ast = ast_make(AST_ANCHOR);

	ast->anchor = anchor;
	ast->anchor_name = name;
	parser->words |= (anchor & ANCHOR_WORD) != 0;
	return ast;
}

static Ast *
ast_of_code(Parser *parser, uint32 code)
{
	CharSet    *set = palloc0(sizeof(CharSet));

	if (!charset_add_range(parser, set, code, code))
		return NULL;
	if (parser->ignore_case)
		charset_fold_case(set);
	return ast_of_set(set);
}

Ast *
ast_of_any(void)
{
	CharSet    *set = palloc0(sizeof(CharSet));

	charset_add_class(set, class_by_name("alnum", 5), false);
	return ast_of_set(set);
}

Ast *
pattern_parse_character(Parser *parser)
{
	uint32		code;

	return parse_code(parser, &code) ? ast_of_code(parser, code) : NULL;
}

Ast *
pattern_parse_escape(Parser *parser)
{
	Escape		escape;
	CharSet    *set;

	if (!parse_escape(parser, false, &escape))
		return NULL;
	if (escape.anchor)
		return ast_of_anchor(parser, escape.anchor_name, escape.anchor);
	if (escape.class == NULL)
		return ast_of_code(parser, escape.code);
	set = palloc0(sizeof(CharSet));
	charset_add_class(set, escape.class, escape.negate);
	return ast_of_set(set);
}
