/*-------------------------------------------------------------------------
 *
 * pattern_valid.c
 *		Whether a program from outside is safe to run: every offset, size and
 *		code in it, and what is derived of its nodes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern_program.h"
#include "local/pattern_tree.h"
#include "mb/pg_wchar.h"

static bool
range_fits(const PatternProgram *program, uint64 offset, uint64 size, uint32 align)
{
	return offset % align == 0 &&
		offset >= offsetof(PatternProgram, nodes) + program->nnodes * (uint64) sizeof(PatternNode) &&
		offset <= program->size && size <= program->size - offset;
}

static bool
valid_code(const PatternProgram *program, uint64 code)
{
	char		bytes[4];
	int			length;

	if (code == 0 || code > PG_UINT32_MAX)
		return false;
	if (program->encoding == PG_UTF8)
		return code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
	length = write_packed(bytes, code) - bytes;
	return pg_encoding_verifymbchar(program->encoding, bytes, length) == length;
}

static bool
valid_wide_class(const PatternProgram *program, const PatternNode *node)
{
	const WideRange *ranges = program_data(program, node->data);
	int			nranges = node->nchildren;
	uint64		last = 0;

	if (nranges == 0 || !range_fits(program, node->data, nranges * sizeof(WideRange), 4) ||
		node->form != (program->encoding == PG_UTF8 ? CLASS_UNICODE : CLASS_PACKED))
		return false;
	for (int i = 0; i < nranges; i++)
	{
		uint32		before = i == 0 ? 0 : ranges[i].before;
		uint32		after = i + 1 < nranges ? ranges[i + 1].before : node->size;

		/* Ascending: the last one tells the width. */
		if (ranges[i].before != before || after <= before || ranges[i].first <= last)
			return false;
		last = (uint64) ranges[i].first + (after - before) - 1;
		if (!valid_code(program, ranges[i].first) || !valid_code(program, last))
			return false;
		if (node->form == CLASS_PACKED ? after - before != 1 :
			(ranges[i].first < 0xD800 && last >= 0xD800))
			return false;
	}
	return true;
}

static bool
valid_leaf(const PatternProgram *program, const PatternNode *node)
{
	const char *bytes = program_data(program, node->data);

	if (node->kind == NODE_CLASS && node->form != CLASS_BYTES)
		return node->size > 0 && node->size <= 0x110000 && node->min <= node->max &&
			valid_wide_class(program, node);
	if (node->nchildren != 0 || node->form != CLASS_BYTES ||
		!range_fits(program, node->data, node->size, 1))
		return false;
	if (node->kind == NODE_LITERAL)
		return node->min == node->max && node->size <= PATTERN_MAX_BYTES &&
			pg_encoding_verifymbstr(program->encoding, bytes, node->size) == node->size;
	for (uint32 i = 0; i < node->size; i++)
	{
		if (bytes[i] == '\0' ||
			pg_encoding_verifymbchar(program->encoding, bytes + i, 1) != 1)
			return false;
	}
	return node->size > 0 && node->min <= node->max;
}

/* next is where the children of this node have to begin. */
static bool
valid_node(const PatternProgram *program, const PatternNode *node, uint32 *next)
{
	Size		table;

	if (node->max > PATTERN_MAX_BYTES || node->max - node->min >= MAX_OPTIONS ||
		node->kind > NODE_REPEAT || node->unused != 0)
		return false;
	if (node->kind <= NODE_CLASS)
		return node->first == 0 && valid_leaf(program, node);
	if (node->first != *next || node->nchildren == 0 ||
		node->nchildren > program->nnodes - *next || node->form != 0)
		return false;
	*next += node->nchildren;
	if (node->kind == NODE_REPEAT ? node->nchildren != 1 || node->min > node->max :
		node->min != 0 || node->max != 0)
		return false;
	if (node->kind == NODE_CHOICE && node->nchildren > MAX_OPTIONS)
		return false;
	table = (Size) table_rows(node) * program->nlengths * sizeof(uint64);
	return table == 0 ? node->data == 0 : range_fits(program, node->data, table, 8);
}

static bool
valid_header(const PatternProgram *program, Size size)
{
	return program->size == size && program->magic == PATTERN_MAGIC &&
		program->nnodes > 0 &&
		program->nnodes <= (size - offsetof(PatternProgram, nodes)) / sizeof(PatternNode) &&
		PG_VALID_BE_ENCODING(program->encoding) && program->exact <= 1 &&
		program->count > 0 && program->count <= COUNT_LIMIT &&
		program->nlengths <= MAX_TABLE_LENGTH + 1 &&
		(program->nlengths > 0 ? program->min_length < program->nlengths :
		 program->min_length == 0);
}

bool
pattern_valid(const void *bytes, Size size)
{
	const PatternProgram *program = bytes;
	uint32		next = 1;

	if ((uintptr_t) bytes % 8 != 0 || size < sizeof(PatternProgram) ||
		size > PATTERN_MAX_PROGRAM || !valid_header(program, size))
		return false;
	for (uint32 i = 0; i < program->nnodes; i++)
	{
		/* A node's children come after it, each has one parent. */
		if (next <= i || !valid_node(program, &program->nodes[i], &next))
			return false;
	}
	if (next != program->nnodes)
		return false;
	for (uint32 i = program->nnodes; i-- > 0;)
	{
		PatternNode derived = program->nodes[i];

		if (!pattern_node_derive(program, &derived) ||
			memcmp(&derived, &program->nodes[i], sizeof(derived)) != 0)
			return false;
	}
	return program->max_bytes == program->nodes[0].max_bytes &&
		(program->nlengths > 0 || program->count == program->nodes[0].total);
}
