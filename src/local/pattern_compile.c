/*-------------------------------------------------------------------------
 *
 * pattern_compile.c
 *		Lays the tree of a regular expression out as a program.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern_program.h"
#include "local/pattern_tree.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Different lengths that are enough where there is no room for all. */
#define ENOUGH_LENGTHS	8

typedef struct Builder
{
	PatternProgram *program;	/* PATTERN_MAX_PROGRAM bytes, zeroed */
	Size		used;
	Parser	   *parser;
} Builder;

/* Room at the end of the program, or NULL with the problem set. */
static void *
builder_reserve(Builder *builder, Size size, Size align, uint32 *offset)
{
	Size		start = TYPEALIGN(align, builder->used);

	if (start > PATTERN_MAX_PROGRAM || size > PATTERN_MAX_PROGRAM - start)
		return FAIL(builder->parser, "compiled it takes more than %d bytes",
					PATTERN_MAX_PROGRAM);
	builder->used = start + size;
	*offset = start;
	return (char *) builder->program + start;
}

/* One character that is always the same? */
static bool
ast_is_constant(const Ast *ast)
{
	return ast->kind == AST_SET && ast->set->size == 1 && ast->min == ast->max;
}

/* The next sibling that begins a node: constants in a row are one literal. */
static const Ast *
next_part(const Ast *parent, const Ast *ast)
{
	const Ast  *next = ast->next;

	if (parent->kind == AST_SEQUENCE && ast_is_constant(ast))
	{
		while (next && ast_is_constant(next))
			next = next->next;
	}
	return next;
}

static Size
count_nodes(const Ast *ast)
{
	Size		count = 1;

	for (const Ast *child = ast->first; child; child = next_part(ast, child))
		count += count_nodes(child);
	return count;
}

static uint32
set_only_code(const CharSet *set)
{
	uint32		code = 0;

	if (set->nwide > 0)
		return set->wide[0].first;
	while (!bit_test(set->ascii, code))
		code++;
	return code;
}

static bool
build_literal(Builder *builder, PatternNode *node, const Ast *ast, const Ast *end)
{
	bool		unicode = builder->parser->encoding == PG_UTF8;

	node->kind = NODE_LITERAL;
	if (builder_reserve(builder, 0, 1, &node->data) == NULL)
		return false;
	for (; ast != end; ast = ast->next)
	{
		char		character[4];
		uint32		code = set_only_code(ast->set);
		int			length = (unicode ? write_unicode(character, code) :
							  write_packed(character, code)) - character;

		for (int i = 0; i < ast->max; i++)
		{
			uint32		offset;
			char	   *bytes = builder_reserve(builder, length, 1, &offset);

			if (bytes == NULL)
				return false;
			memcpy(bytes, character, length);
			node->size += length;
			node->min = ++node->max;
		}
	}
	return true;
}

static bool
build_wide_class(Builder *builder, PatternNode *node, const CharSet *set)
{
	int			nranges = set->nwide;
	WideRange  *range;
	uint32		before = 0;

	for (uint32 c = 0; c < 128; c++)
		nranges += bit_test(set->ascii, c);
	range = builder_reserve(builder, nranges * sizeof(WideRange), 4, &node->data);
	if (range == NULL)
		return false;
	node->form = builder->parser->encoding == PG_UTF8 ? CLASS_UNICODE : CLASS_PACKED;
	node->nchildren = nranges;
	for (uint32 c = 0; c < 128; c++)
	{
		if (bit_test(set->ascii, c))
			*range++ = (WideRange) {c, before++};
	}
	for (int i = 0; i < set->nwide; i++)
	{
		*range++ = (WideRange) {set->wide[i].first, before};
		before += set->wide[i].last - set->wide[i].first + 1;
	}
	return true;
}

static bool
build_class(Builder *builder, PatternNode *node, const Ast *ast)
{
	const CharSet *set = ast->set;
	char	   *table;

	node->kind = NODE_CLASS;
	node->size = set->size;
	node->min = ast->min;
	node->max = ast->max;
	if (set->nwide > 0 && !builder->parser->single_byte)
		return build_wide_class(builder, node, set);
	table = builder_reserve(builder, set->size, 1, &node->data);
	if (table == NULL)
		return false;
	for (uint32 c = 0; c < 128; c++)
	{
		if (bit_test(set->ascii, c))
			*table++ = c;
	}
	for (int i = 0; i < set->nwide; i++)
	{
		for (uint32 c = set->wide[i].first; c <= set->wide[i].last; c++)
			*table++ = c;
	}
	return true;
}

/* A leaf of the tree; parent is NULL for the root. */
static bool
build_leaf(Builder *builder, PatternNode *node, const Ast *ast, const Ast *parent)
{
	if (ast->kind == AST_EMPTY)
		return build_literal(builder, node, NULL, NULL);
	if (!ast_is_constant(ast))
		return build_class(builder, node, ast);
	return build_literal(builder, node, ast,
						 parent ? next_part(parent, ast) : ast->next);
}

/* Lays out the nodes in breadth-first order, with the leaves' data. */
static bool
build_nodes(Builder *builder, const Ast *root)
{
	PatternProgram *program = builder->program;
	uint32		used = 1;
	const Ast **asts = palloc(program->nnodes * sizeof(Ast *));
	const Ast **parents = palloc0(program->nnodes * sizeof(Ast *));

	asts[0] = root;
	for (uint32 i = 0; i < program->nnodes; i++)
	{
		const Ast  *ast = asts[i];
		PatternNode *node = &program->nodes[i];

		if (ast->kind == AST_EMPTY || ast->kind == AST_SET)
		{
			if (!build_leaf(builder, node, ast, parents[i]))
				return false;
			continue;
		}
		node->kind = ast->kind == AST_SEQUENCE ? NODE_SEQUENCE :
			ast->kind == AST_CHOICE ? NODE_CHOICE : NODE_REPEAT;
		node->first = used;
		node->min = ast->kind == AST_REPEAT ? ast->min : 0;
		node->max = ast->kind == AST_REPEAT ? ast->max : 0;
		for (const Ast *child = ast->first; child; child = next_part(ast, child))
		{
			parents[used] = ast;
			asts[used++] = child;
			node->nchildren++;
		}
	}
	return true;
}

/* Fills a node's length table; those of its children are full. */
static void
table_fill(PatternProgram *program, const PatternNode *node)
{
	int			nlengths = program->nlengths;
	uint64	   *table = (uint64 *) ((char *) program + node->data);
	bool		repeat = node->kind == NODE_REPEAT;
	int			nparts = node->kind == NODE_CHOICE ? 0 : repeat ? node->max : node->nchildren;

	for (int n = 1; n <= nparts; n++)
	{
		const PatternNode *child = node_child(program, node, repeat ? 0 : nparts - n);
		uint64	   *row = table + (Size) (repeat ? n : nparts - n) * nlengths;

		for (int part = 0; part < nlengths; part++)
		{
			uint64		ways = node_ways(program, child, part);

			for (int length = part; length < nlengths && ways > 0; length++)
				row[length] = count_add(row[length],
										count_multiply(ways, rest_ways(program, node, n - 1, length - part)));
		}
		CHECK_FOR_INTERRUPTS();
	}
	for (int length = 0; length < nlengths; length++)
	{
		for (int n = node->min; n <= node->max && repeat; n++)
			table[length] = count_add(table[length], rest_ways(program, node, n, length));
		for (int i = 0; i < node->nchildren && node->kind == NODE_CHOICE; i++)
			table[length] = count_add(table[length],
									  node_ways(program, node_child(program, node, i), length));
	}
}

/*
 * Adds the length tables for texts of least to most characters.  False if
 * there is no room for them; the program stays as it is.
 */
static bool
build_tables(Builder *builder, int least, int most)
{
	PatternProgram *program = builder->program;
	Size		rows = 0;

	for (uint32 i = 0; i < program->nnodes; i++)
	{
		if (program->nodes[i].kind >= NODE_SEQUENCE)
			rows += table_rows(&program->nodes[i]);
	}
	if (most > MAX_TABLE_LENGTH ||
		rows * (most + 1) * sizeof(uint64) + MAXIMUM_ALIGNOF >
		PATTERN_MAX_PROGRAM - builder->used)
		return false;
	program->min_length = least;
	program->nlengths = most + 1;
	for (uint32 i = program->nnodes; i-- > 0;)
	{
		PatternNode *node = &program->nodes[i];

		if (node->kind < NODE_SEQUENCE)
			continue;
		(void) builder_reserve(builder, table_rows(node) * program->nlengths * sizeof(uint64),
							   8, &node->data);
		table_fill(program, node);
	}
	program->count = 0;
	for (int length = least; length <= most; length++)
		program->count = count_add(program->count,
								   node_ways(program, &program->nodes[0], length));
	if (program->count == 0)
		FAIL(builder->parser, "no text of %d to %d characters matches", least, most);
	return true;
}

static PatternProgram *
build_program(Parser *parser, const Ast *ast)
{
	Builder		builder = {palloc0(PATTERN_MAX_PROGRAM), 0, parser};
	PatternProgram *program = builder.program;
	Size		nnodes = count_nodes(ast);
	uint32		offset;

	if (builder_reserve(&builder, offsetof(PatternProgram, nodes) +
						nnodes * sizeof(PatternNode), 8, &offset) == NULL)
		return NULL;
	program->magic = PATTERN_MAGIC;
	program->encoding = parser->encoding;
	program->nnodes = nnodes;
	if (!build_nodes(&builder, ast))
		return NULL;
	for (uint32 i = nnodes; i-- > 0;)
	{
		if (!pattern_node_derive(program, &program->nodes[i]))
			return FAIL(parser, "its texts can be longer than %d bytes, or take more than %d steps",
						PATTERN_MAX_BYTES, MAX_STEPS);
	}
	program->count = program->nodes[0].total;
	program->max_bytes = program->nodes[0].max_bytes;
	program->exact = pattern_is_exact(ast);
	program->size = builder.used;
	return program;
}

static Parser
parser_make(const char *regex, int encoding)
{
	Parser		parser = {.at = regex,.encoding = encoding};

	parser.single_byte = pg_encoding_max_length(encoding) == 1;
	return parser;
}

/*
 * Compiles for texts of least to most characters.  If there is no room to
 * keep to that, *narrower is set to a lower most to try, or most if there is
 * none, else to -1.
 */
static PatternProgram *
compile(Parser *parser, int least, int most, int *narrower)
{
	Ast		   *ast = pattern_parse(parser);
	PatternProgram *program;
	Builder		builder;
	bool		tables;
	int			enough;

	*narrower = -1;
	if (ast == NULL)
		return NULL;
	if (least > most)
		return FAIL(parser, "at least %d characters are needed, only %d are allowed",
					least, most);
	ast = pattern_fit(parser, ast, least, &most);
	if (ast == NULL)
		return NULL;
	if (ast->longest > PATTERN_MAX_BYTES)
		return FAIL(parser, "its texts can be longer than %d bytes", PATTERN_MAX_BYTES);
	tables = ast->shortest < least || ast->longest > most;
	most = Min(most, ast->longest);
	enough = Max(least, ast->shortest) + ENOUGH_LENGTHS;
	program = build_program(parser, pattern_simplify(ast));
	if (program == NULL)
		return NULL;
	builder = (Builder) {program, program->size, parser};
	if (tables && !build_tables(&builder, least, most))
		*narrower = Min(most, Max(enough, (least + most) / 2));
	program->size = TYPEALIGN(8, builder.used);
	return parser->problem ? NULL : program;
}

/*
 * The same for ever fewer lengths, until there is room to keep to them.
 * NULL if that never comes.
 */
static PatternProgram *
compile_narrower(const char *regex, int encoding, int least, int most)
{
	PatternProgram *program;
	int			narrower = most;

	do
	{
		Parser		parser = parser_make(regex, encoding);

		CHECK_FOR_INTERRUPTS();
		most = narrower;
		program = compile(&parser, least, most, &narrower);
	} while (program && narrower >= 0 && narrower < most);
	return narrower < 0 ? program : NULL;
}

PatternProgram *
pattern_compile(const char *regex, int min_length, int max_length, const char **problem)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "synthik pattern",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Parser		parser = parser_make(regex, GetDatabaseEncoding());
	PatternProgram *program;
	PatternProgram *result = NULL;
	int			least = Max(min_length, 0);
	int			narrower;

	program = compile(&parser, least,
					  max_length < 0 ? LENGTH_LIMIT : Min(max_length, LENGTH_LIMIT),
					  &narrower);
	if (program && narrower >= 0)
	{
		PatternProgram *second = compile_narrower(regex, parser.encoding, least, narrower);

		program = second ? second : program;
	}
	MemoryContextSwitchTo(caller);
	if (program)
	{
		result = palloc(program->size);
		memcpy(result, program, program->size);
	}
	else
		*problem = pstrdup(parser.problem);
	MemoryContextDelete(context);
	return result;
}
