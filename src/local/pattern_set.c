/*-------------------------------------------------------------------------
 *
 * pattern_set.c
 *		Sets of characters of a regular expression, and the named classes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern_tree.h"
#include "mb/pg_wchar.h"

#define MAX_WIDE_RANGES	256		/* of a class, beyond ASCII */

static void
bits_add_range(uint64 *bits, uint32 first, uint32 last)
{
	for (uint32 i = first; i <= last && i < 128; i++)
		bit_set(bits, i);
}

/* Pairs of first and last characters. */
static void
bits_add_pairs(uint64 *bits, const char *pairs)
{
	for (; pairs[0]; pairs += 2)
		bits_add_range(bits, (uint8) pairs[0], (uint8) pairs[1]);
}

static bool
add_wide(Parser *parser, CharSet *set, uint32 first, uint32 last)
{
	if (set->nwide >= MAX_WIDE_RANGES)
	{
		FAIL(parser, "a class has more than %d ranges beyond ASCII",
			 MAX_WIDE_RANGES);
		return false;
	}
	if (set->wide == NULL)
		set->wide = palloc(MAX_WIDE_RANGES * sizeof(CodeRange));
	set->wide[set->nwide++] = (CodeRange) {first, last};
	return true;
}

bool
charset_add_range(Parser *parser, CharSet *set, uint32 first, uint32 last)
{
	bits_add_range(set->ascii, first, last);
	bits_add_range(set->possible, first, last);
	if (last < 128)
		return true;
	first = Max(first, 128);
	if (first < last && parser->encoding != PG_UTF8 && !parser->single_byte)
	{
		FAIL(parser, "a range of characters beyond ASCII is supported in UTF8 only");
		return false;
	}
	/* Surrogates are no characters. */
	if (parser->encoding == PG_UTF8 && first < 0xD800 && last > 0xDFFF)
		return add_wide(parser, set, first, 0xD7FF) &&
			add_wide(parser, set, 0xE000, last);
	return add_wide(parser, set, first, last);
}

/* Of the white space only the blank is made: it is what people type. */
static const NamedClass named_classes[] = {
	{"alnum", 0, "09AZaz", NULL},
	{"alpha", 0, "AZaz", NULL},
	{"ascii", 0, " ~", "\001\177"},
	{"blank", 0, "  ", "\t\t  "},
	{"cntrl", 0, "\t\t", "\001\037\177\177"},
	{"digit", 'd', "09", NULL},
	{"graph", 0, "!~", NULL},
	{"lower", 0, "az", NULL},
	{"print", 0, " ~", NULL},
	{"punct", 0, "!#%*,/:;?@[]__{{}}", "!/:@[`{~"},
	{"space", 's', "  ", "\t\r  "},
	{"upper", 0, "AZ", NULL},
	{"word", 'w', "09AZ__az", NULL},
	{"xdigit", 0, "09AFaf", NULL},
};

const NamedClass *
class_by_name(const char *name, size_t length)
{
	for (int i = 0; i < lengthof(named_classes); i++)
	{
		if (strlen(named_classes[i].name) == length &&
			memcmp(named_classes[i].name, name, length) == 0)
			return &named_classes[i];
	}
	return NULL;
}

const NamedClass *
class_by_escape(char letter)
{
	for (int i = 0; i < lengthof(named_classes); i++)
	{
		if (named_classes[i].escape == letter)
			return &named_classes[i];
	}
	return NULL;
}

/* What is printable and surely not among the possible ones. */
static void
bits_complement(uint64 *bits, const uint64 *possible)
{
	bits[0] = bits[1] = 0;
	for (uint32 c = ' '; c <= '~'; c++)
	{
		if (!bit_test(possible, c))
			bit_set(bits, c);
	}
}

void
charset_add_class(CharSet *set, const NamedClass *class, bool negate)
{
	uint64		surely[2] = {0, 0};
	uint64		possibly[2] = {0, 0};
	uint64		rest[2];

	bits_add_pairs(surely, class->surely);
	bits_add_pairs(possibly, class->possibly ? class->possibly : class->surely);
	if (negate)
	{
		bits_complement(rest, possibly);
		possibly[0] = ~surely[0];
		possibly[1] = ~surely[1];
	}
	for (int i = 0; i < 2; i++)
	{
		set->ascii[i] |= negate ? rest[i] : surely[i];
		set->possible[i] |= possibly[i];
	}
}

void
charset_fold_case(CharSet *set)
{
	for (uint32 c = 'A'; c <= 'Z'; c++)
	{
		uint32		lower = c + ('a' - 'A');

		if (bit_test(set->ascii, c) || bit_test(set->ascii, lower))
		{
			bit_set(set->ascii, c);
			bit_set(set->ascii, lower);
		}
		if (bit_test(set->possible, c) || bit_test(set->possible, lower))
		{
			bit_set(set->possible, c);
			bit_set(set->possible, lower);
		}
	}
}

void
charset_negate(CharSet *set)
{
	static const char others[] = "\t\n\r";

	bits_complement(set->ascii, set->possible);
	for (int i = 0; others[i] && set->ascii[0] == 0 && set->ascii[1] == 0; i++)
	{
		if (!bit_test(set->possible, others[i]))
			bit_set(set->ascii, others[i]);
	}
	set->nwide = 0;
}

static int
range_compare(const void *a, const void *b)
{
	uint32		x = ((const CodeRange *) a)->first;
	uint32		y = ((const CodeRange *) b)->first;

	return x < y ? -1 : x > y;
}

/* Sorts and joins the wide ranges, and counts. */
void
charset_finish(CharSet *set)
{
	int			kept = 0;

	if (set->nwide > 1)
		qsort(set->wide, set->nwide, sizeof(CodeRange), range_compare);
	for (int i = 0; i < set->nwide; i++)
	{
		if (kept > 0 && set->wide[i].first <= set->wide[kept - 1].last)
			set->wide[kept - 1].last = Max(set->wide[kept - 1].last,
										   set->wide[i].last);
		else
			set->wide[kept++] = set->wide[i];
	}
	set->nwide = kept;
	set->size = 0;
	for (uint32 c = 0; c < 128; c++)
		set->size += bit_test(set->ascii, c);
	for (int i = 0; i < kept; i++)
		set->size += set->wide[i].last - set->wide[i].first + 1;
}

bool
charset_intersects(const CharSet *a, const CharSet *b)
{
	if (a == b || (a->ascii[0] & b->ascii[0]) || (a->ascii[1] & b->ascii[1]))
		return true;
	for (int i = 0, j = 0; i < a->nwide && j < b->nwide;)
	{
		if (a->wide[i].last < b->wide[j].first)
			i++;
		else if (b->wide[j].last < a->wide[i].first)
			j++;
		else
			return true;
	}
	return false;
}
