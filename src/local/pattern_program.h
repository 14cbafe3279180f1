/*-------------------------------------------------------------------------
 *
 * pattern_program.h
 *		The layout of a compiled pattern.
 *
 * Nodes lie in breadth-first order, so that the children of a node lie
 * together and after it; then comes the data that nodes point to.
 *
 * Where lengths do not come out right by themselves, the program has tables
 * of the number of texts that each node has per length.  Row 0 of a node's
 * table tells for each length how many texts the node has.  Row i of a
 * sequence has the texts of its children from i on, row k of a repeat those
 * of k times.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PATTERN_PROGRAM_H
#define SYNTHIK_PATTERN_PROGRAM_H

#include "local/pattern.h"

#define PATTERN_MAGIC	0x50415431	/* "PAT1": changes with the layout */
#define MAX_STEPS		200000	/* nodes visited for one text */
#define MAX_TABLE_LENGTH	1000	/* characters that length tables reach */
#define COUNT_LIMIT		(UINT64CONST(1) << 62)	/* where counts saturate */

typedef enum NodeKind
{
	NODE_LITERAL,
	NODE_CLASS,					/* min to max characters out of a class */
	NODE_SEQUENCE,
	NODE_CHOICE,
	NODE_REPEAT					/* min to max times the only child */
} NodeKind;

typedef enum ClassForm
{
	CLASS_BYTES,				/* size bytes */
	CLASS_UNICODE,				/* ranges of code points, written in UTF8 */
	CLASS_PACKED				/* characters' bytes, as numbers */
} ClassForm;

/* No padding: nodes are compared as bytes. */
typedef struct PatternNode
{
	/* derived from the rest by pattern_node_derive */
	uint64		total;			/* texts of any length, up to COUNT_LIMIT */
	uint32		max_bytes;
	uint32		steps;			/* nodes visited, at most */

	uint32		data;			/* offset of a literal's or class's data, or of
								 * the length table; 0: none */
	uint32		size;			/* bytes of a literal, characters of a class */
	uint32		first;			/* number of the first child */
	uint16		nchildren;		/* or ranges of a wide class */
	uint16		min;			/* a literal has its characters here and in
								 * max */
	uint16		max;
	uint8		kind;
	uint8		form;			/* of a class */
	uint8		height;			/* derived */
	uint8		per_word;		/* derived: characters from 64 random bits */
	uint16		unused;
} PatternNode;

/* A range of a wide class. */
typedef struct WideRange
{
	uint32		first;			/* code */
	uint32		before;			/* characters in the ranges before it */
} WideRange;

struct PatternProgram
{
	uint32		size;
	uint32		magic;
	uint64		count;
	uint32		nnodes;
	uint32		max_bytes;
	uint16		encoding;
	uint16		exact;
	uint16		min_length;		/* with length tables */
	uint16		nlengths;		/* row size of the tables: the longest text's
								 * characters and 1; 0: no tables */
	PatternNode nodes[FLEXIBLE_ARRAY_MEMBER];
};

StaticAssertDecl(sizeof(PatternNode) == 40, "a node must have no padding");

static inline uint64
count_add(uint64 a, uint64 b)
{
	return Min(a + b, COUNT_LIMIT); /* both are at most COUNT_LIMIT */
}

static inline uint64
count_multiply(uint64 a, uint64 b)
{
	uint128		product = (uint128) a * b;

	return product < COUNT_LIMIT ? (uint64) product : COUNT_LIMIT;
}

static inline uint64
count_power(uint64 base, uint32 exponent)
{
	uint64		power = 1;

	if (base <= 1)
		return exponent == 0 ? 1 : base;
	while (exponent-- > 0 && power < COUNT_LIMIT)
		power = count_multiply(power, base);
	return power;
}

static inline const void *
program_data(const PatternProgram *program, uint32 offset)
{
	return (const char *) program + offset;
}

static inline const PatternNode *
node_child(const PatternProgram *program, const PatternNode *node, int i)
{
	return &program->nodes[node->first + i];
}

/* How many rows a node's length table has. */
static inline int
table_rows(const PatternNode *node)
{
	if (node->kind == NODE_SEQUENCE)
		return node->nchildren;
	return node->kind == NODE_REPEAT ? node->max + 1 : 1;
}

static inline const uint64 *
table_row(const PatternProgram *program, const PatternNode *node, int row)
{
	return (const uint64 *) program_data(program, node->data) +
		(Size) row * program->nlengths;
}

/* How many texts of a length a node has. */
static inline uint64
node_ways(const PatternProgram *program, const PatternNode *node, int length)
{
	if (node->kind >= NODE_SEQUENCE)
		return table_row(program, node, 0)[length];
	if (length < node->min || length > node->max)
		return 0;
	return node->kind == NODE_LITERAL ? 1 : count_power(node->size, length);
}

/*
 * How many texts of a length the last n parts have: children of a sequence,
 * or times of a repeat.
 */
static inline uint64
rest_ways(const PatternProgram *program, const PatternNode *node, int n, int length)
{
	if (n == 0)
		return length == 0;
	return table_row(program, node,
					 node->kind == NODE_REPEAT ? n : node->nchildren - n)[length];
}

/* Writes a character, returns where the next one goes. */
static inline char *
write_unicode(char *out, uint32 code)
{
	if (code < 0x80)
		*out++ = code;
	else if (code < 0x800)
	{
		*out++ = 0xC0 | code >> 6;
		*out++ = 0x80 | (code & 0x3F);
	}
	else
	{
		if (code < 0x10000)
			*out++ = 0xE0 | code >> 12;
		else
		{
			*out++ = 0xF0 | code >> 18;
			*out++ = 0x80 | (code >> 12 & 0x3F);
		}
		*out++ = 0x80 | (code >> 6 & 0x3F);
		*out++ = 0x80 | (code & 0x3F);
	}
	return out;
}

static inline char *
write_packed(char *out, uint32 code)
{
	for (int shift = 24; shift >= 0; shift -= 8)
	{
		if (code >> shift)
			*out++ = code >> shift;
	}
	return out;
}

/*
 * Sets the derived fields of a node from those of its children.  False if a
 * limit is passed.
 */
extern bool pattern_node_derive(const PatternProgram *program, PatternNode *node);

#endif							/* SYNTHIK_PATTERN_PROGRAM_H */
