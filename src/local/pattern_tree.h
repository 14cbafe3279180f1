/*-------------------------------------------------------------------------
 *
 * pattern_tree.h
 *		A regular expression as a tree: what pattern_*.c share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PATTERN_TREE_H
#define SYNTHIK_PATTERN_TREE_H

#define MAX_NESTING		64		/* parentheses in each other */
#define MAX_REPEAT		1000	/* in braces */
#define MAX_SOURCE		10000	/* bytes of a regular expression */
#define MAX_OPTIONS		1024	/* branches, or different repeat counts */
#define LENGTH_LIMIT	(1 << 20)	/* where lengths saturate */

typedef struct CodeRange
{
	uint32		first;
	uint32		last;
} CodeRange;

/*
 * A set of characters.  A code is a code point in UTF8, else the bytes of
 * the character read as a number.  What a class matches can depend on the
 * locale: "ascii" are those surely in it, which are made; "possible" also
 * those that might be, which the negated class has to avoid.
 */
typedef struct CharSet
{
	uint64		ascii[2];
	uint64		possible[2];
	CodeRange  *wide;			/* codes above 127, sorted when parsed */
	int			nwide;
	uint32		size;			/* how many characters */
} CharSet;

typedef enum AstKind
{
	AST_EMPTY,
	AST_ANCHOR,
	AST_SET,					/* min to max characters of a set */
	AST_SEQUENCE,
	AST_CHOICE,
	AST_REPEAT					/* min to max times the only child */
} AstKind;

#define ANCHOR_START	1
#define ANCHOR_END		2
#define ANCHOR_WORD		4		/* of a word, and not of the text */

typedef struct Ast
{
	AstKind		kind;
	struct Ast *first;			/* children */
	struct Ast *last;
	struct Ast *next;			/* sibling */
	CharSet    *set;
	int			min;
	int			max;
	bool		unbounded;		/* max is ours to choose */
	int			anchor;			/* ANCHOR_ bits: where it may stand */
	const char *anchor_name;
	int			shortest;		/* characters, after ast_measure */
	int			longest;
} Ast;

typedef struct Parser
{
	const char *at;
	int			encoding;
	bool		single_byte;
	bool		ignore_case;
	int			nesting;
	int			anchors;		/* ANCHOR_ bits seen */
	bool		words;			/* ANCHOR_WORD among them */
	const char *problem;
} Parser;

/* Notes the first problem; NULL, to be returned. */
extern void *pattern_note_problem(Parser *parser, char *problem);

#define FAIL(parser, ...) pattern_note_problem(parser, psprintf(__VA_ARGS__))

/* Reads parser->at; NULL with the problem set. */
extern Ast *pattern_parse(Parser *parser);

/*
 * Chooses the repeats so that texts have least to *most characters, as far
 * as each repeat can do that alone.  *most may come out lower.  NULL with
 * the problem set.
 */
extern Ast *pattern_fit(Parser *parser, Ast *ast, int least, int *most);

/* pattern_word.c: whether anchors of words hold in all texts; needs lengths. */
extern void pattern_check_words(Parser *parser, const Ast *ast);

/*
 * Takes out what stands for nothing: empty parts, sequences in sequences,
 * choices of one branch.
 */
extern Ast *pattern_simplify(Ast *ast);

/* Whether each text is made in one way only. */
extern bool pattern_is_exact(const Ast *ast);

extern Ast *ast_make(AstKind kind);
extern void ast_append(Ast *parent, Ast *child);

/* ---- pattern_class.c: NULL with the problem set ---- */

/* A plain character; an escape; what a bracket opens. */
extern Ast *pattern_parse_character(Parser *parser);
extern Ast *pattern_parse_escape(Parser *parser);
extern Ast *pattern_parse_set(Parser *parser);

/* The dot: it matches nearly everything; letters and digits look best. */
extern Ast *ast_of_any(void);
extern Ast *ast_of_anchor(Parser *parser, const char *name, int anchor);

/* ---- pattern_set.c ---- */

typedef struct NamedClass
{
	const char *name;
	char		escape;			/* the letter of \d, or 0 */
	const char *surely;			/* pairs of ASCII characters */
	const char *possibly;		/* NULL: the same */
} NamedClass;

/* NULL if there is none. */
extern const NamedClass *class_by_name(const char *name, size_t length);
extern const NamedClass *class_by_escape(char letter);

extern bool charset_add_range(Parser *parser, CharSet *set, uint32 first, uint32 last);
extern void charset_add_class(CharSet *set, const NamedClass *class, bool negate);
extern void charset_fold_case(CharSet *set);
extern void charset_negate(CharSet *set);

/* To be called when all is added, before the set is used. */
extern void charset_finish(CharSet *set);
extern bool charset_intersects(const CharSet *a, const CharSet *b);

static inline bool
bit_test(const uint64 *bits, uint32 i)
{
	return (bits[i >> 6] >> (i & 63)) & 1;
}

static inline void
bit_set(uint64 *bits, uint32 i)
{
	bits[i >> 6] |= UINT64CONST(1) << (i & 63);
}

static inline int
length_multiply(int a, int b)
{
	return (int) Min((int64) a * b, LENGTH_LIMIT);
}

#endif							/* SYNTHIK_PATTERN_TREE_H */
