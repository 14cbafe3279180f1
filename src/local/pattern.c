/*-------------------------------------------------------------------------
 *
 * pattern.c
 *		Makes texts from a compiled pattern.
 *
 * Making a text is a walk from the root.  A walk has a rank and the number
 * of ranks it must tell apart ("span").  Each choice takes its part of the
 * rank, as the digits of a number in mixed radix do; once the span is used
 * up, choices are random.  A random text is a walk with a span of one.
 *
 * In a program with length tables, a walk decides on lengths first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern_program.h"
#include "local/pattern_tree.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "util/rng.h"

#define MAX_HEIGHT		250		/* of the tree of nodes */

Size
pattern_size(const PatternProgram *program)
{
	return program->size;
}

int
pattern_encoding(const PatternProgram *program)
{
	return program->encoding;
}

uint64
pattern_count(const PatternProgram *program, bool *exact)
{
	*exact = program->exact;
	return program->count;
}

int
pattern_max_bytes(const PatternProgram *program)
{
	return program->max_bytes;
}

/* Bytes of the longest character of a class. */
static uint32
class_width(const PatternProgram *program, const PatternNode *node)
{
	const WideRange *ranges = program_data(program, node->data);
	uint32		last;
	uint32		width = 1;

	if (node->form == CLASS_BYTES)
		return 1;
	if (node->form == CLASS_PACKED)
		return pg_encoding_max_length(program->encoding);
	last = ranges[node->nchildren - 1].first +
		(node->size - ranges[node->nchildren - 1].before) - 1;
	for (uint32 limit = 0x80; width < 4 && last >= limit; width++)
		limit = width == 1 ? 0x800 : 0x10000;
	return width;
}

static void
derive_leaf(const PatternProgram *program, PatternNode *node)
{
	int			bits = 1;

	node->steps = node->height = 1;
	if (node->kind == NODE_LITERAL)
	{
		node->total = 1;
		node->max_bytes = node->size;
		return;
	}
	for (int n = node->min; n <= node->max && node->total < COUNT_LIMIT; n++)
		node->total = count_add(node->total, count_power(node->size, n));
	node->max_bytes = node->max * class_width(program, node);

	/*
	 * Each character takes the high bits of what is left of a random word.
	 * At least 24 bits are left for the last one, so that its chances are
	 * even to one part in 2^20 or so.
	 */
	while (bits < 32 && (UINT64CONST(1) << bits) < node->size)
		bits++;
	node->per_word = Max(40 / bits, 1);
}

/* Children are of limited size, so that nothing overflows. */
bool
pattern_node_derive(const PatternProgram *program, PatternNode *node)
{
	uint64		max_bytes = 0;
	uint64		steps = 1;
	int			height = 0;

	node->total = node->kind == NODE_SEQUENCE;
	node->max_bytes = node->steps = node->height = node->per_word = 0;
	if (node->kind <= NODE_CLASS)
	{
		derive_leaf(program, node);
		return node->max_bytes <= PATTERN_MAX_BYTES;
	}
	for (int i = 0; i < node->nchildren; i++)
	{
		const PatternNode *child = node_child(program, node, i);
		bool		choice = node->kind == NODE_CHOICE;

		height = Max(height, child->height);
		max_bytes = choice ? Max(max_bytes, child->max_bytes) : max_bytes + child->max_bytes;
		steps = choice ? Max(steps, child->steps + 1) : steps + child->steps;
		if (choice)
			node->total = count_add(node->total, child->total);
		else if (node->kind == NODE_SEQUENCE)
			node->total = count_multiply(node->total, child->total);
	}
	if (node->kind == NODE_REPEAT)
	{
		for (int n = node->min; n <= node->max && node->total < COUNT_LIMIT; n++)
			node->total = count_add(node->total,
									count_power(node_child(program, node, 0)->total, n));
		max_bytes *= node->max;
		steps *= node->max;
	}
	if (max_bytes > PATTERN_MAX_BYTES || steps > MAX_STEPS || height >= MAX_HEIGHT)
		return false;
	node->max_bytes = max_bytes;
	node->steps = steps;
	node->height = height + 1;
	return true;
}

/* ---- making texts ---- */

typedef struct Walk
{
	const PatternProgram *program;
	uint64		rank;			/* below span */
	uint64		span;			/* ranks to tell apart; 1: all is random */
	uint64		key;
	uint64		draws;
	char	   *out;
} Walk;

static inline uint64
walk_draw(Walk *walk)
{
	return rng_mix(walk->key + walk->draws++ * UINT64CONST(0x9E3779B97F4A7C15));
}

/*
 * One of n options with so many texts each.  If some have texts for all the
 * ranks, one of these is drawn; otherwise the rank falls into one of them.
 * Either way, ranks that get the same option stay different within it.
 */
static int
walk_choose(Walk *walk, const uint64 *ways, int n)
{
	uint64		least = Max(walk->span, 1);
	int			eligible = 0;
	int			chosen = 0;

	for (int i = 0; i < n; i++)
		eligible += ways[i] >= least;
	if (eligible > 0)
	{
		eligible = rng_below(walk_draw(walk), eligible);
		for (;; chosen++)
		{
			if (ways[chosen] >= least && eligible-- == 0)
				return chosen;
		}
	}
	while (chosen < n - 1 && walk->rank >= ways[chosen])
		walk->rank -= ways[chosen++];
	walk->span = ways[chosen];	/* less than it was, or it was eligible */
	return chosen;
}

/* How often a class or a repeat is repeated; length: with tables, of it all. */
static pg_noinline int
walk_times(Walk *walk, const PatternNode *node, int length)
{
	const PatternProgram *program = walk->program;
	uint64		ways[MAX_OPTIONS];
	int			n = node->max - node->min + 1;
	uint64		base;

	if (program->nlengths > 0)
	{
		if (node->kind == NODE_CLASS)
			return Min(length, node->max);
		for (int i = 0; i < n; i++)
			ways[i] = rest_ways(program, node, node->min + i, length);
		return node->min + walk_choose(walk, ways, n);
	}
	if (n == 1)
		return node->min;
	if (walk->span <= 1)
		return node->min + rng_below(walk_draw(walk), n);
	base = node->kind == NODE_CLASS ? node->size : node_child(program, node, 0)->total;
	for (int i = 0; i < n; i++)
		ways[i] = i > 0 ? count_multiply(ways[i - 1], base) : count_power(base, node->min);
	return node->min + walk_choose(walk, ways, n);
}

static pg_noinline int
walk_branch(Walk *walk, const PatternNode *node, int length)
{
	const PatternProgram *program = walk->program;
	uint64		ways[MAX_OPTIONS];

	for (int i = 0; i < node->nchildren; i++)
	{
		const PatternNode *child = node_child(program, node, i);

		ways[i] = program->nlengths > 0 ? node_ways(program, child, length) : child->total;
	}
	return walk_choose(walk, ways, node->nchildren);
}

/* The length of a part of a text of length characters, rest parts after it. */
static pg_noinline int
walk_part_length(Walk *walk, const PatternNode *node, const PatternNode *child,
				 int rest, int length)
{
	const PatternProgram *program = walk->program;
	uint64		ways[MAX_OPTIONS];

	for (int part = 0; part <= length; part++)
	{
		ways[part] = node_ways(program, child, part);
		if (ways[part] > 0)
			ways[part] = count_multiply(ways[part],
										rest_ways(program, node, rest, length - part));
	}
	return walk_choose(walk, ways, length + 1);
}

/* The characters of a class that the rank decides; returns how many. */
static int
walk_ranked_class(Walk *walk, const PatternNode *node, int count, uint32 *members)
{
	int			n = 0;

	while (n < count && walk->span > 1)
	{
		members[n++] = walk->rank % node->size;
		walk->rank /= node->size;
		walk->span = (walk->span - 1) / node->size + 1;
	}
	return n;
}

static inline char *
write_member(const PatternProgram *program, const PatternNode *node, uint32 member, char *out)
{
	const WideRange *ranges = program_data(program, node->data);
	int			low = 0;
	int			high = node->nchildren - 1;
	uint32		code;

	if (node->form == CLASS_BYTES)
	{
		*out = ((const char *) ranges)[member];
		return out + 1;
	}
	while (low < high)
	{
		int			middle = (low + high + 1) / 2;

		if (ranges[middle].before <= member)
			low = middle;
		else
			high = middle - 1;
	}
	code = ranges[low].first + (member - ranges[low].before);
	return node->form == CLASS_UNICODE ? write_unicode(out, code) : write_packed(out, code);
}

static void
walk_class_by_rank(Walk *walk, const PatternNode *node, int *count)
{
	uint32		members[64];	/* more digits than a rank has */
	int			n = 0;

	if (node->size > 1)
		n = walk_ranked_class(walk, node, Min(*count, lengthof(members)), members);
	for (int i = 0; i < n; i++)
		walk->out = write_member(walk->program, node, members[i], walk->out);
	*count -= n;
}

/* Several characters from one random word: each takes its high bits. */
static inline void
walk_class(Walk *walk, const PatternNode *node, int length)
{
	const PatternProgram *program = walk->program;
	const char *bytes = program_data(program, node->data);
	uint32		size = node->size;
	int			count = node->min;
	char	   *out;

	if (node->min != node->max)
		count = walk_times(walk, node, length);
	if (walk->span > 1)
		walk_class_by_rank(walk, node, &count);
	out = walk->out;
	while (count > 0)
	{
		uint64		bits = walk_draw(walk);
		int			n = Min(count, node->per_word);

		count -= n;
		while (n-- > 0)
		{
			uint128		product = (uint128) bits * size;
			uint32		member = (uint32) (product >> 64);

			bits = (uint64) product;
			if (likely(node->form == CLASS_BYTES))
				*out++ = bytes[member];
			else
				out = write_member(program, node, member, out);
		}
	}
	walk->out = out;
}

static void walk_composite(Walk *walk, const PatternNode *node, int length);

static inline void
walk_node(Walk *walk, const PatternNode *node, int length)
{
	if (node->kind == NODE_CLASS)
		walk_class(walk, node, length);
	else if (node->kind == NODE_LITERAL)
	{
		const char *from = program_data(walk->program, node->data);

		if (node->size == 1)
			*walk->out = *from;
		else
			memcpy(walk->out, from, node->size);
		walk->out += node->size;
	}
	else
		walk_composite(walk, node, length);
}

/* A node that gets its digit of the rank: one of as many as it has texts. */
static void
walk_ranked(Walk *walk, const PatternNode *node, int length)
{
	uint64		ways = node->total;
	uint64		rank = walk->rank;
	uint64		span = walk->span;

	if (walk->program->nlengths > 0)
		ways = node_ways(walk->program, node, length);
	ways = Max(ways, 1);
	walk->rank = rank % ways;
	walk->span = Min(span, ways);
	walk_node(walk, node, length);
	walk->rank = rank / ways;
	walk->span = (span - 1) / ways + 1;
}

/*
 * Sequences, choices and repeats.  length is how many characters the text
 * must have, if the program has length tables.
 */
static void
walk_composite(Walk *walk, const PatternNode *node, int length)
{
	const PatternProgram *program = walk->program;
	bool		repeat = node->kind == NODE_REPEAT;
	int			nparts;

	check_stack_depth();
	if (node->kind == NODE_CHOICE)
	{
		int			branch = walk_branch(walk, node, length);

		walk_node(walk, node_child(program, node, branch), length);
		return;
	}
	nparts = repeat ? walk_times(walk, node, length) : node->nchildren;
	for (int i = 0; i < nparts; i++)
	{
		const PatternNode *child = node_child(program, node, repeat ? 0 : i);
		int			part = 0;

		if (program->nlengths > 0)
		{
			part = walk_part_length(walk, node, child, nparts - i - 1, length);
			length -= part;
		}
		if (walk->span > 1)
			walk_ranked(walk, child, part);
		else
			walk_node(walk, child, part);
	}
}

static int
walk_root(Walk *walk, char *buf)
{
	const PatternProgram *program = walk->program;
	const PatternNode *root = &program->nodes[0];
	int			length = 0;

	walk->out = buf;
	if (program->nlengths > 0)
	{
		uint64		ways[MAX_OPTIONS];
		int			least = program->min_length;
		int			n = program->nlengths - least;

		for (int i = 0; i < n; i++)
			ways[i] = node_ways(program, root, least + i);
		length = least + walk_choose(walk, ways, n);
	}
	walk_node(walk, root, length);
	return walk->out - buf;
}

/* The usual pattern: literals and classes in a row, nothing to decide. */
static inline bool
is_plain(const PatternProgram *program)
{
	return program->nlengths == 0 && program->nodes[0].kind == NODE_SEQUENCE;
}

int
pattern_random(const PatternProgram *program, uint64 key, char *buf)
{
	Walk		walk = {.program = program,.span = 1,.key = key,.out = buf};

	if (!is_plain(program))
		return walk_root(&walk, buf);
	for (int i = 0; i < program->nodes[0].nchildren; i++)
		walk_node(&walk, &program->nodes[1 + i], 0);
	return walk.out - buf;
}

int
pattern_unrank(const PatternProgram *program, uint64 rank, char *buf)
{
	Walk		walk = {.program = program,.rank = rank,.span = program->count};

	walk.key = rng_mix(rank);
	return walk_root(&walk, buf);
}
