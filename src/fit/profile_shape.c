/*-------------------------------------------------------------------------
 *
 * profile_shape.c
 *		Codes of a few shapes, like "ABC-1234", as a regular expression.
 *
 * A text is cut into tokens: runs of capitals, of small letters, of digits,
 * and single marks.  Texts with the same tokens, whatever their lengths, have
 * one shape.  Where letters and digits are mixed (hexadecimal numbers), runs
 * of both are one token.  What all texts of a shape share stays as it is;
 * parts with few values that are common are listed; the rest become classes.
 * Letters that look like words make no code: random ones would not read well.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>
#include <math.h>

#include "fit/profile.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

#define LEAST_TEXTS		10
#define MOST_SHAPES		8
#define SHAPES_COVER	0.95
#define MOST_BYTES		64		/* of a code */
#define MOST_TOKENS		24
#define MOST_LISTED		20		/* values of a token */
#define MOST_LISTED_NUMBERS 6
#define TRACKED			200		/* values of a token that are counted */
#define UNIQUE_ROOM		100		/* texts of a pattern for each row there is */
#define MOST_WIDENED	12		/* digits that are added for that */

typedef enum TokenClass
{
	TOKEN_MARK = 'P',
	TOKEN_UPPER = 'U',
	TOKEN_LOWER = 'L',
	TOKEN_DIGIT = 'D',
	TOKEN_MIXED = 'A'
} TokenClass;

typedef struct Token
{
	char		class;
	Text		text;
} Token;

/* What a shape's texts have at one place. */
typedef struct Place
{
	char		class;
	int			shortest;
	int			longest;
	bool		upper;
	bool		lower;
	bool		digit;
	bool		beyond_hex;		/* a letter behind f */
	int			with_digit;		/* texts that have a digit here */
	char		first_low;		/* the first character's range */
	char		first_high;
	int			prefix;			/* characters that all have in common */
	Counts		values;			/* up to TRACKED */
} Place;

typedef struct Shape
{
	int			n;
	Place	   *places;
	int			rows;
	double		room;			/* decimal logarithm of how many texts */
} Shape;

/* ---- tokens ---- */

static char
class_of_char(unsigned char c, bool mixed)
{
	if (c >= '0' && c <= '9')
		return mixed ? TOKEN_MIXED : TOKEN_DIGIT;
	if (c >= 'A' && c <= 'Z')
		return mixed ? TOKEN_MIXED : TOKEN_UPPER;
	if (c >= 'a' && c <= 'z')
		return mixed ? TOKEN_MIXED : TOKEN_LOWER;
	return TOKEN_MARK;
}

/* Returns the number of tokens, or 0 for what can be no code. */
static int
tokenise(Text text, bool mixed, Token *tokens)
{
	int			n = 0;

	if (text.length == 0 || text.length > MOST_BYTES)
		return 0;
	for (int i = 0; i < text.length; i++)
	{
		unsigned char c = text.bytes[i];
		char		class = class_of_char(c, mixed);

		if (c < ' ' || c >= 127)
			return 0;
		if (n > 0 && class != TOKEN_MARK && tokens[n - 1].class == class)
		{
			tokens[n - 1].text.length++;
			continue;
		}
		if (n == MOST_TOKENS)
			return 0;
		tokens[n].class = class;
		tokens[n].text.bytes = text.bytes + i;
		tokens[n++].text.length = 1;
	}
	return n;
}

/* Classes of the tokens, marks as they are; 0 for what can be no code. */
static int
signature(Text text, bool mixed, char *buffer)
{
	Token		tokens[MOST_TOKENS];
	int			n = tokenise(text, mixed, tokens);
	int			length = 0;

	for (int i = 0; i < n; i++)
	{
		buffer[length++] = tokens[i].class;
		if (tokens[i].class == TOKEN_MARK)
			buffer[length++] = tokens[i].text.bytes[0];
	}
	return length;
}

/* ---- places ---- */

static int
common_prefix(Text a, Text b, int most)
{
	int			n = 0;

	most = Min(most, Min(a.length, b.length));
	while (n < most && a.bytes[n] == b.bytes[n])
		n++;
	return n;
}

static void
place_add(Place *place, const Token *token, int row, bool first)
{
	bool		digit = false;
	char		c = token->text.bytes[0];

	if (first)
	{
		place->class = token->class;
		place->shortest = place->longest = place->prefix = token->text.length;
		place->first_low = place->first_high = c;
		counts_init(&place->values, 16);
	}
	place->shortest = Min(place->shortest, token->text.length);
	place->longest = Max(place->longest, token->text.length);
	place->first_low = Min(place->first_low, c);
	place->first_high = Max(place->first_high, c);
	for (int i = 0; i < token->text.length; i++)
	{
		c = token->text.bytes[i];
		digit |= isdigit((unsigned char) c) != 0;
		place->upper |= c >= 'A' && c <= 'Z';
		place->lower |= c >= 'a' && c <= 'z';
		place->beyond_hex |= (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z');
	}
	place->digit |= digit;
	place->with_digit += digit;
	if (!first)
		place->prefix = common_prefix(place->values.entries[0].text, token->text,
									  place->prefix);
	if (place->values.n <= TRACKED)
		(void) counts_add(&place->values, token->text, row, 0);
}

/* Are the place's values few and common, so that they can be listed? */
static bool
place_is_listed(const Place *place, const Shape *shape, bool unique)
{
	int			most = place->class == TOKEN_DIGIT ? MOST_LISTED_NUMBERS : MOST_LISTED;
	int			common = 0;

	if (place->values.n > most || place->longest == 1)
		return false;
	for (int i = 0; i < place->values.n; i++)
		if (place->values.entries[i].rows >= LEARN_RARE)
			common += place->values.entries[i].rows;
	return common >= shape->rows * SHAPES_COVER;
}

/* Is it a word, of which random letters would be a caricature? */
static bool
place_is_word(const Place *place, const Place *before, const Shape *shape)
{
	switch (place->class)
	{
		case TOKEN_LOWER:
			return place->longest >= 4 ||
				(before != NULL && before->class == TOKEN_UPPER && place->longest >= 3);
		case TOKEN_UPPER:
			return place->longest > 4 && place->shortest != place->longest;
		case TOKEN_MIXED:
			return place->with_digit < shape->rows / 2;
		default:
			return false;
	}
}

/* ---- writing ---- */

void
profile_escape(StringInfo regex, const char *bytes, int length)
{
	for (int i = 0; i < length; i++)
	{
		if (strchr("\\.[](){}*+?|^$", bytes[i]) != NULL && bytes[i] != '\0')
			appendStringInfoChar(regex, '\\');
		appendStringInfoChar(regex, bytes[i]);
	}
}

/* [A-Z]{2,3}, and how many texts that is. */
static double
append_repeat(StringInfo regex, const char *set, int size, int low, int high)
{
	if (high == 0)
		return 0;
	appendStringInfoString(regex, set);
	if (low != high)
		appendStringInfo(regex, "{%d,%d}", low, high);
	else if (high > 1)
		appendStringInfo(regex, "{%d}", high);
	return high * log10(size);
}

static bool
all_zeros(const char *bytes, int length)
{
	for (int i = 0; i < length; i++)
		if (bytes[i] != '0')
			return false;
	return true;
}

/*
 * Digits: a common beginning stays, where enough is left behind it and it is
 * more than the zeros that fill a number up; so does the range of the first.
 */
static double
append_digits(StringInfo regex, const Place *place, double least)
{
	int			low = place->shortest;
	int			high = place->longest;
	int			first = place->first_high == '0' ? 10 : place->first_high - place->first_low + 1;
	const char *bytes = place->values.entries[0].text.bytes;

	if (place->prefix >= 2 && low == high && high - place->prefix >= Max(2, least) &&
		!all_zeros(bytes, place->prefix))
	{
		profile_escape(regex, bytes, place->prefix);
		return append_repeat(regex, "[0-9]", 10, low - place->prefix, high - place->prefix);
	}
	if (first == 10 || high - 1 + log10(first) < least)
	{
		high = Max(high, Min((int) ceil(least), high + MOST_WIDENED));
		return append_repeat(regex, "[0-9]", 10, low, high);
	}
	if (first == 1)
		appendStringInfoChar(regex, place->first_low);
	else
		appendStringInfo(regex, "[%c-%c]", place->first_low, place->first_high);
	return log10(first) + append_repeat(regex, "[0-9]", 10, low - 1, high - 1);
}

static double
append_mixed(StringInfo regex, const Place *place)
{
	bool		both = place->upper && place->lower;
	const char *set;
	int			size;

	if (!place->beyond_hex && !both && place->longest >= 4)
	{
		set = place->upper ? "[0-9A-F]" : "[0-9a-f]";
		size = 16;
	}
	else
	{
		set = both ? "[0-9A-Za-z]" : place->upper ? "[0-9A-Z]" : "[0-9a-z]";
		size = both ? 62 : 36;
	}
	return append_repeat(regex, set, size, place->shortest, place->longest);
}

static double
append_list(StringInfo regex, const Place *place)
{
	int		   *order = counts_order(&place->values);
	int			n = 0;

	appendStringInfoChar(regex, '(');
	for (int i = 0; i < place->values.n; i++)
	{
		const Counted *entry = &place->values.entries[order[i]];

		if (entry->rows < LEARN_RARE)
			continue;
		if (n++ > 0)
			appendStringInfoChar(regex, '|');
		profile_escape(regex, entry->text.bytes, entry->text.length);
	}
	appendStringInfoChar(regex, ')');
	return log10(Max(n, 1));
}

/* The last place of digits of a unique column has to have room for more. */
static int
place_to_widen(const Shape *shape)
{
	for (int i = shape->n - 1; i >= 0; i--)
		if (shape->places[i].class == TOKEN_DIGIT && shape->places[i].values.n > 1)
			return i;
	return -1;
}

/* False if the shape is none of codes. */
static bool
append_shape(StringInfo regex, Shape *shape, bool unique, double least)
{
	int			widen = unique ? place_to_widen(shape) : -1;

	shape->room = 0;
	for (int i = 0; i < shape->n; i++)
	{
		Place	   *place = &shape->places[i];

		if (place->values.n == 1)
			profile_escape(regex, place->values.entries[0].text.bytes,
						   place->values.entries[0].text.length);
		else if (i != widen && place_is_listed(place, shape, unique))
			shape->room += append_list(regex, place);
		else if (place_is_word(place, i > 0 ? place - 1 : NULL, shape))
			return false;
		else if (place->class == TOKEN_DIGIT)
			shape->room += append_digits(regex, place, i == widen ? least : 0);
		else if (place->class == TOKEN_MIXED)
			shape->room += append_mixed(regex, place);
		else
			shape->room += append_repeat(regex, place->upper ? "[A-Z]" : "[a-z]", 26,
										 place->shortest, place->longest);
	}
	return true;
}

/* AAA-9999, with what all texts share as it is. */
static char *
shape_example(const Shape *shape)
{
	StringInfoData example;

	initStringInfo(&example);
	for (int i = 0; i < shape->n; i++)
	{
		const Place *place = &shape->places[i];
		char		c = place->class == TOKEN_DIGIT ? '9' : place->class == TOKEN_UPPER ? 'A' :
			place->class == TOKEN_LOWER ? 'a' : 'X';

		if (place->values.n == 1)
			appendBinaryStringInfo(&example, place->values.entries[0].text.bytes,
								   place->values.entries[0].text.length);
		else
			for (int k = 0; k < place->longest; k++)
				appendStringInfoChar(&example, c);
	}
	return example.data;
}

/* ---- shapes ---- */

/* The shapes that nearly all texts have: how many, 0 if they are too many. */
static int
find_shapes(const Column *column, const Text *texts, bool mixed, int *of, Shape *shapes)
{
	Counts		counts;
	char	   *buffers = palloc_extended((Size) column->nvalues * 2 * MOST_TOKENS,
										  MCXT_ALLOC_HUGE);
	int		   *number;
	int		   *order;
	int64		covered = 0;
	int			n = 0;

	counts_init(&counts, 64);
	for (int i = 0; i < column->nvalues; i++)
	{
		Text		sign;

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		sign.bytes = buffers + (Size) i * 2 * MOST_TOKENS;
		sign.length = signature(texts[i], mixed, unconstify(char *, sign.bytes));
		of[i] = counts_add(&counts, sign, i, i);
	}
	order = counts_order(&counts);
	number = palloc(sizeof(int) * counts.n);
	memset(number, -1, sizeof(int) * counts.n);
	for (int i = 0; i < counts.n && n < MOST_SHAPES; i++)
	{
		const Counted *entry = &counts.entries[order[i]];

		if (entry->rows < LEARN_RARE || covered >= column->nvalues * SHAPES_COVER)
			break;
		if (entry->text.length == 0)
			return 0;
		covered += entry->rows;
		memset(&shapes[n], 0, sizeof(Shape));
		number[order[i]] = n++;
	}
	for (int i = 0; i < column->nvalues; i++)
		of[i] = number[of[i]];
	pfree(buffers);
	return covered >= column->nvalues * SHAPES_COVER ? n : 0;
}

static void
fill_shapes(const Column *column, const Text *texts, bool mixed, const int *of, Shape *shapes)
{
	Token		tokens[MOST_TOKENS];

	for (int i = 0; i < column->nvalues; i++)
	{
		Shape	   *shape;
		bool		first;

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (of[i] < 0)
			continue;
		shape = &shapes[of[i]];
		first = shape->rows++ == 0;
		if (first)
		{
			shape->n = tokenise(texts[i], mixed, tokens);
			shape->places = palloc0(sizeof(Place) * shape->n);
		}
		else
			(void) tokenise(texts[i], mixed, tokens);
		for (int k = 0; k < shape->n; k++)
			place_add(&shape->places[k], &tokens[k], i, first);
	}
}

static char *
write_shapes(Shape *shapes, int n, bool unique, double least)
{
	StringInfoData regex;
	double		room = 0;

	initStringInfo(&regex);
	appendStringInfoString(&regex, n > 1 ? "^(" : "^");
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(&regex, '|');
		if (!append_shape(&regex, &shapes[i], unique, least))
			return NULL;
		room = Max(room, shapes[i].room);
	}
	appendStringInfoString(&regex, n > 1 ? ")$" : "$");
	return room < least || room == 0 ? NULL : regex.data;
}

char *
profile_shape(Profile *profile, const Column *column, const Text *texts, const char **why)
{
	bool		unique = column->field->unique;
	double		least = unique ? log10(profile->relation_rows * UNIQUE_ROOM) : 0;
	int		   *of;

	if (column->nvalues < LEAST_TEXTS)
		return NULL;
	of = palloc_extended(sizeof(int) * column->nvalues, MCXT_ALLOC_HUGE);
	for (int mixed = 0; mixed <= 1; mixed++)
	{
		Shape		shapes[MOST_SHAPES];
		int			n = find_shapes(column, texts, mixed, of, shapes);
		char	   *regex;

		if (n == 0)
			continue;
		fill_shapes(column, texts, mixed, of, shapes);
		regex = write_shapes(shapes, n, unique, least);
		if (regex == NULL)
			continue;
		*why = shape_example(&shapes[0]);
		return regex;
	}
	return NULL;
}
