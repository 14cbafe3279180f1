/*-------------------------------------------------------------------------
 *
 * profile_phone.c
 *		Telephone numbers in the shapes that a column has.
 *
 * No number that is made may be somebody's.  In North America 555-0100 to
 * 555-0199 are set aside for fiction in each area (ATIS 0300115): a shape
 * keeps its marks and area codes, and gets these digits.  Of other countries,
 * fictional_phones.tsv has ranges; a number shows its country by its code.
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
append_american(StringInfo regex, Text shape, const void *filling)
{
	const char *areas = filling;
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

typedef void (*AppendShape) (StringInfo regex, Text shape, const void *filling);

/* The shapes that nearly all texts have, filled; or NULL. */
static char *
shapes_pattern(const Counts *shapes, int total, AppendShape append, const void *filling)
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
		append(&regex, shape->text, filling);
		covered += shape->rows;
	}
	appendStringInfoString(&regex, ")$");
	return total > 0 && covered >= total * SHAPES_COVER ? regex.data : NULL;
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

static char *
american_pattern(const Profile *profile, const Column *column, const Text *texts,
				 const char **why)
{
	PhoneNumber *numbers;
	Counts		known;
	Counts		areas;
	Counts		shapes;
	int			n = 0;
	int			nknown = 0;
	char	   *regex;

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
	regex = shapes_pattern(&shapes, column->nvalues, append_american, areas_pattern(&areas, n));
	if (regex != NULL)
		*why = shape_example(shapes.entries[counts_order(&shapes)[0]].text);
	return regex;
}

/* ---- other countries ---- */

static const char *
range_cell(const DataFile *file, int row, const char *column)
{
	return datafile_cell(file, row, datafile_need_column(file, column));
}

/* Where the number begins behind "+44", and a line of the file for its country. */
static int
country_of(const DataFile *file, Text text, int *row)
{
	for (int r = 0; r < file->nrows && text.length > 0 && text.bytes[0] == '+'; r++)
	{
		const char *code = range_cell(file, r, "code");
		int			length = strlen(code);

		if (text.length <= length || memcmp(text.bytes + 1, code, length) != 0)
			continue;
		*row = r;
		return 1 + length;
	}
	return 0;
}

/* Does a range fit a number of so many digits that begins with that one ('\0': any)? */
static bool
range_fits(const DataFile *file, int row, int country, int digits, char first)
{
	const char *number = range_cell(file, row, "number");

	return strcmp(range_cell(file, row, "code"), range_cell(file, country, "code")) == 0 &&
		strlen(number) == digits && (first == '\0' || number[0] == first);
}

/*
 * The shape of a number whose country has ranges of its length: the first digit
 * behind code and trunk prefix stays, and tells where the range begins.
 */
static bool
read_foreign(const DataFile *file, Text text, char *shape)
{
	int			country;
	int			begin = text.length <= MOST_BYTES ? country_of(file, text, &country) : 0;
	int			digits = 0;

	if (begin == 0)
		return false;
	memcpy(shape, text.bytes, text.length);
	for (int i = begin; i < text.length; i++)
	{
		unsigned char c = text.bytes[i];

		if (c < ' ' || c >= 127 || isalpha(c))
			return false;
		if (isdigit(c) && (digits > 0 || c != '0') && digits++ > 0)
			shape[i] = SHAPE_LINE;
	}
	for (int r = 0; r < file->nrows; r++)
		if (range_fits(file, r, country, digits, '\0'))
			return true;
	return false;
}

static void
append_range(StringInfo regex, Text shape, int first, const char *number)
{
	for (int i = 0; i < shape.length; i++)
	{
		if (i != first && shape.bytes[i] != SHAPE_LINE)
			profile_escape(regex, &shape.bytes[i], 1);
		else if (*number == '#')
		{
			appendStringInfoString(regex, "[0-9]");
			number++;
		}
		else
			appendStringInfoChar(regex, *number++);
	}
}

/* One way for each range, those that begin as the shape does if there are any. */
static void
append_foreign(StringInfo regex, Text shape, const void *filling)
{
	const DataFile *file = filling;
	int			country;
	int			first = country_of(file, shape, &country);
	int			digits = 1;
	int			n = 0;

	while (!isdigit((unsigned char) shape.bytes[first]) || shape.bytes[first] == '0')
		first++;
	for (int i = first; i < shape.length; i++)
		digits += shape.bytes[i] == SHAPE_LINE;
	for (int any = 0; any <= 1 && n == 0; any++)
		for (int r = 0; r < file->nrows; r++)
		{
			if (!range_fits(file, r, country, digits, any ? '\0' : shape.bytes[first]))
				continue;
			if (n++ > 0)
				appendStringInfoChar(regex, '|');
			append_range(regex, shape, first, range_cell(file, r, "number"));
		}
}

/* +44 2NNN NNN NNN */
static char *
foreign_example(Text shape)
{
	char	   *example = pnstrdup(shape.bytes, shape.length);

	for (int i = 0; i < shape.length; i++)
		if (example[i] == SHAPE_LINE)
			example[i] = 'N';
	return example;
}

static char *
foreign_pattern(const Column *column, const Text *texts, const char **why)
{
	const DataFile *file = datafile_load("fictional_phones.tsv");
	char	   *buffers = palloc_extended((Size) column->nvalues * MOST_BYTES, MCXT_ALLOC_HUGE);
	Counts		shapes;
	char	   *regex;

	if (file == NULL)
		return NULL;
	counts_init(&shapes, 64);
	for (int i = 0; i < column->nvalues; i++)
	{
		Text		shape = {buffers + (Size) i * MOST_BYTES, texts[i].length};

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (read_foreign(file, texts[i], buffers + (Size) i * MOST_BYTES))
			(void) counts_add(&shapes, shape, i, i);
	}
	regex = shapes_pattern(&shapes, column->nvalues, append_foreign, file);
	if (regex != NULL)
		*why = foreign_example(shapes.entries[counts_order(&shapes)[0]].text);
	return regex;
}

char *
profile_phone(const Profile *profile, const Column *column, const Text *texts,
			  const char **why)
{
	char	   *regex;

	/* the numbers set aside are not enough for distinct ones */
	if (column->field->unique)
		return NULL;
	regex = american_pattern(profile, column, texts, why);
	return regex != NULL ? regex : foreign_pattern(column, texts, why);
}
