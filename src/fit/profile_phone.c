/*-------------------------------------------------------------------------
 *
 * profile_phone.c
 *		Telephone numbers of North America, in the shapes that a column has.
 *
 * No number that is made may be somebody's.  Of each area code there, 555-0100
 * to 555-0199 are set aside for fiction (North American Numbering Plan, ATIS
 * 0300115): a shape keeps its marks and area codes, and gets these digits.
 * Other countries' numbers have no such rule that their shape would tell.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>

#include "fit/profile.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

#define MOST_SHAPES		8
#define SHAPES_COVER	0.95	/* of the texts */
#define AREAS_KNOWN		0.9		/* likewise, where no country code says it */
#define MOST_AREAS		100		/* that are listed */
#define MOST_BYTES		40		/* of a number */
#define COUNTRY_CODE	'1'
#define AREA_DIGITS		3
#define LINE_DIGITS		7
#define NUMBER_DIGITS	(AREA_DIGITS + LINE_DIGITS)

/* What stands for digits in a shape. */
#define SHAPE_AREA		'\1'
#define SHAPE_LINE		'\2'
#define SHAPE_EXTENSION	'\3'

/* The line's digits, as a pattern. */
static const char *const fiction[LINE_DIGITS] = {"5", "5", "5", "0", "1", "[0-9]", "[0-9]"};

typedef struct PhoneNumber
{
	bool		international;	/* the country's code is there */
	Text		area;
	char		shape[MOST_BYTES];
	int			length;
} PhoneNumber;

/* Digits before an extension; -1 if there are letters that make no number. */
static int
count_digits(Text text)
{
	int			n = 0;

	for (int i = 0; i < text.length; i++)
	{
		unsigned char c = text.bytes[i];

		if (c < ' ' || c >= 127)
			return -1;
		if (isalpha(c))
			return strchr("xXeE", c) != NULL ? n : -1;
		n += isdigit(c) != 0;
	}
	return n;
}

static char
shape_of_digit(PhoneNumber *number, const char *digit, int index)
{
	if (index < 0)
		return *digit;
	if (index >= NUMBER_DIGITS)
		return SHAPE_EXTENSION;
	if (index >= AREA_DIGITS)
		return SHAPE_LINE;
	if (index == 0)
		number->area.bytes = digit;
	return SHAPE_AREA;
}

/* False if it is no number of North America. */
static bool
read_number(Text text, PhoneNumber *number)
{
	int			digits = count_digits(text);
	int			index = NUMBER_DIGITS - digits;

	if (text.length > MOST_BYTES || (index != 0 && index != -1))
		return false;
	number->international = index == -1 && text.bytes[0] == '+';
	number->length = text.length;
	number->area.length = AREA_DIGITS;
	for (int i = 0; i < text.length; i++)
	{
		const char *c = &text.bytes[i];

		if (!isdigit((unsigned char) *c))
		{
			number->shape[i] = *c;
			continue;
		}
		if (index == -1 && *c != COUNTRY_CODE)
			return false;
		number->shape[i] = shape_of_digit(number, c, index++);
	}
	/* an area code is in one piece, and never begins with 0 or 1 */
	if (number->area.bytes + AREA_DIGITS > text.bytes + text.length)
		return false;
	for (int i = 0; i < AREA_DIGITS; i++)
		if (number->shape[number->area.bytes - text.bytes + i] != SHAPE_AREA)
			return false;
	return number->area.bytes[0] >= '2' &&
		(text.bytes[0] != '+' || number->international);
}

/* ---- area codes ---- */

static void
load_areas(const Profile *profile, Counts *known)
{
	const DataFile *file = locale_dictionary(profile->locale, "area_code");
	int			column = file != NULL ? datafile_column(file, "value") : -1;

	counts_init(known, 512);
	for (int r = 0; column >= 0 && r < file->nrows; r++)
	{
		const char *value = datafile_cell(file, r, column);
		Text		text = {value, strlen(value)};

		(void) counts_add(known, text, r, r);
	}
}

static int
compare_texts(const void *a, const void *b)
{
	const Counted *x = a;
	const Counted *y = b;

	return memcmp(x->text.bytes, y->text.bytes, AREA_DIGITS);
}

/* (212|415), or any where the common ones are not nearly all. */
static char *
areas_pattern(Counts *areas, int total)
{
	StringInfoData regex;
	int			covered = 0;
	int			n = 0;

	initStringInfo(&regex);
	qsort(areas->entries, areas->n, sizeof(Counted), compare_texts);
	for (int i = 0; i < areas->n; i++)
	{
		if (areas->entries[i].rows < LEARN_RARE)
			continue;
		appendStringInfoChar(&regex, n++ == 0 ? '(' : '|');
		appendBinaryStringInfo(&regex, areas->entries[i].text.bytes, AREA_DIGITS);
		covered += areas->entries[i].rows;
	}
	appendStringInfoChar(&regex, ')');
	return n > 0 && n <= MOST_AREAS && covered >= total * SHAPES_COVER ? regex.data :
		pstrdup("[2-9][0-9]{2}");
}

/* ---- shapes ---- */

static void
append_shape(StringInfo regex, Text shape, const char *areas)
{
	int			area = 0;
	int			line = 0;

	for (int i = 0; i < shape.length; i++)
	{
		switch (shape.bytes[i])
		{
			case SHAPE_AREA:
				if (area++ == 0)
					appendStringInfoString(regex, areas);
				break;
			case SHAPE_LINE:
				appendStringInfoString(regex, fiction[line++]);
				break;
			case SHAPE_EXTENSION:
				appendStringInfoString(regex, "[0-9]");
				break;
			default:
				profile_escape(regex, &shape.bytes[i], 1);
		}
	}
}

static char *
shapes_pattern(const Counts *shapes, int total, const char *areas)
{
	StringInfoData regex;
	int		   *order = counts_order(shapes);
	int			covered = 0;

	initStringInfo(&regex);
	appendStringInfoString(&regex, "^(");
	for (int i = 0; i < Min(shapes->n, MOST_SHAPES) && covered < total * SHAPES_COVER; i++)
	{
		const Counted *shape = &shapes->entries[order[i]];

		if (shape->rows < LEARN_RARE)
			break;
		if (i > 0)
			appendStringInfoChar(&regex, '|');
		append_shape(&regex, shape->text, areas);
		covered += shape->rows;
	}
	appendStringInfoString(&regex, ")$");
	return covered >= total * SHAPES_COVER ? regex.data : NULL;
}

/* +1-AAA-555-01NN */
static char *
shape_example(Text shape)
{
	char	   *example = pnstrdup(shape.bytes, shape.length);
	int			line = 0;

	for (int i = 0; i < shape.length; i++)
	{
		if (example[i] == SHAPE_AREA)
			example[i] = 'A';
		else if (example[i] == SHAPE_LINE)
		{
			char		digit = fiction[line++][0];

			example[i] = digit == '[' ? 'N' : digit;
		}
		else if (example[i] == SHAPE_EXTENSION)
			example[i] = '9';
	}
	return example;
}

char *
profile_phone(const Profile *profile, const Column *column, const Text *texts,
			  const char **why)
{
	PhoneNumber *numbers;
	Counts		known;
	Counts		areas;
	Counts		shapes;
	int			n = 0;
	int			nknown = 0;
	char	   *regex;

	/* a hundred for each area code are not enough for distinct ones */
	if (column->field->unique)
		return NULL;
	numbers = palloc_extended(sizeof(PhoneNumber) * column->nvalues, MCXT_ALLOC_HUGE);
	load_areas(profile, &known);
	counts_init(&areas, 512);
	counts_init(&shapes, 64);
	for (int i = 0; i < column->nvalues; i++)
	{
		PhoneNumber *number = &numbers[n];
		Text		shape = {number->shape, 0};

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!read_number(texts[i], number))
			continue;
		shape.length = number->length;
		nknown += number->international || counts_find(&known, number->area) >= 0;
		(void) counts_add(&areas, number->area, i, i);
		(void) counts_add(&shapes, shape, i, i);
		n++;
	}
	if (n < column->nvalues * SHAPES_COVER || nknown < n * AREAS_KNOWN)
		return NULL;
	regex = shapes_pattern(&shapes, column->nvalues, areas_pattern(&areas, n));
	if (regex != NULL)
		*why = shape_example(shapes.entries[counts_order(&shapes)[0]].text);
	return regex;
}
