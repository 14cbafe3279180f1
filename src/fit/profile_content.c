/*-------------------------------------------------------------------------
 *
 * profile_content.c
 *		What texts look like: e-mail addresses, telephone numbers, names.
 *
 * The recognisers are data: content.tsv has one a line, and the first that
 * enough of the texts satisfy is taken.  locale/README.md describes it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>

#include "catalog/pg_collation.h"
#include "fit/profile.h"
#include "miscadmin.h"
#include "regex/regex.h"
#include "schema/semantic.h"
#include "util/guard.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#define MOST_TRIED		400		/* texts of a column */
#define LEAST_TRIED		3
#define MOST_BYTES		500		/* of a text that is recognised */
#define MOST_WORDS		3		/* of a person's name */

/* A line of content.tsv. */
typedef struct Recogniser
{
	const char *name;
	const char *type;
	text	   *regex;			/* or NULL */
	const char *dictionary;
	const char *test;
	double		share;
	bool		named;			/* only where the column's name says so, too */
	bool		personal;
	bool		phone;
	int			head;
	const char *tail;
	const char *unique_tail;
} Recogniser;

static const char *
cell_of(const DataFile *file, int row, const char *column)
{
	return datafile_cell(file, row, datafile_need_column(file, column));
}

static void
read_recogniser(const DataFile *file, int row, Recogniser *recogniser)
{
	const char *regex = cell_of(file, row, "regex");

	recogniser->name = cell_of(file, row, "name");
	recogniser->type = cell_of(file, row, "type");
	recogniser->regex = *regex != '\0' ? cstring_to_text(regex) : NULL;
	recogniser->dictionary = cell_of(file, row, "dictionary");
	recogniser->test = cell_of(file, row, "test");
	recogniser->share = strtod(cell_of(file, row, "share"), NULL);
	recogniser->named = *cell_of(file, row, "named") != '\0';
	recogniser->personal = *cell_of(file, row, "personal") != '\0';
	recogniser->phone = *cell_of(file, row, "phone") != '\0';
	recogniser->head = atoi(cell_of(file, row, "head"));
	recogniser->tail = cell_of(file, row, "tail");
	recogniser->unique_tail = cell_of(file, row, "unique_tail");
}

/* ---- tests that a regular expression cannot make ---- */

static int
count_digits(Text text)
{
	int			n = 0;

	for (int i = 0; i < text.length; i++)
		n += isdigit((unsigned char) text.bytes[i]) != 0;
	return n;
}

/* The check digit of ISO/IEC 7812-1. */
static bool
test_luhn(Text text)
{
	int			sum = 0;
	int			n = 0;

	for (int i = text.length - 1; i >= 0; i--)
	{
		int			digit = text.bytes[i] - '0';

		if (!isdigit((unsigned char) text.bytes[i]))
			continue;
		if (n++ % 2 == 1)
			digit = digit * 2 - (digit > 4 ? 9 : 0);
		sum += digit;
	}
	return n >= 12 && n <= 19 && sum % 10 == 0;
}

/* The check digits of ISO 13616: the rest modulo 97, its head put last. */
static bool
test_iban(Text text)
{
	char		plain[40];
	int			n = 0;
	int			rest = 0;

	for (int i = 0; i < text.length; i++)
		if (text.bytes[i] != ' ')
		{
			if (n == sizeof(plain))
				return false;
			plain[n++] = text.bytes[i];
		}
	for (int i = 0; i < n; i++)
	{
		char		c = plain[(i + 4) % n];

		rest = isdigit((unsigned char) c) ? (rest * 10 + c - '0') % 97 :
			(rest * 100 + c - 'A' + 10) % 97;
	}
	return rest == 1;
}

static void
parse_json(void *argument)
{
	(void) DirectFunctionCall1(jsonb_in, CStringGetDatum(argument));
}

static bool
test_passes(const char *test, Text text)
{
	int			digits;

	if (*test == '\0')
		return true;
	if (strcmp(test, "luhn") == 0)
		return test_luhn(text);
	if (strcmp(test, "iban") == 0)
		return test_iban(text);
	if (strcmp(test, "phone") == 0)
	{
		digits = count_digits(text);
		return digits >= 7 && digits <= 15;
	}
	if (strcmp(test, "json") == 0)
		return guard_call(parse_json, pnstrdup(text.bytes, text.length), NULL);
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("data file \"%s\" has a test that nothing makes: \"%s\"",
					"content.tsv", test)));
	return false;
}

/* ---- dictionaries ---- */

/* A column of a dictionary, as a set of texts. */
typedef struct Words
{
	bool		usable;
	Counts		set;
} Words;

/* "place.city" or "given_name". */
static Words *
load_words(const Profile *profile, const char *name, int length)
{
	Words	   *words = palloc0(sizeof(Words));
	char	   *dictionary = pnstrdup(name, length);
	char	   *dot = strchr(dictionary, '.');
	const DataFile *file;
	int			column;

	if (dot != NULL)
		*dot = '\0';
	file = locale_dictionary(profile->locale, dictionary);
	column = file != NULL ? datafile_column(file, dot != NULL ? dot + 1 : "value") : -1;
	if (column < 0)
		return words;
	words->usable = true;
	counts_init(&words->set, file->nrows);
	for (int r = 0; r < file->nrows; r++)
	{
		const char *entry = datafile_cell(file, r, column);
		Text		text = {entry, strlen(entry)};

		(void) counts_add(&words->set, text, r, r);
	}
	return words;
}

/* The first and the last word of a name; false if it has too many. */
static bool
split_name(Text text, Text *first, Text *last)
{
	int			words = 1;

	*first = *last = text;
	for (int i = 0; i < text.length; i++)
	{
		if (text.bytes[i] != ' ')
			continue;
		if (words++ == 1)
			first->length = i;
		last->bytes = text.bytes + i + 1;
		last->length = text.length - i - 1;
	}
	return words >= 2 && words <= MOST_WORDS;
}

typedef struct Dictionaries
{
	Words	   *whole;			/* of the text; or NULL: */
	Words	   *first;			/* of its first word */
	Words	   *last;
} Dictionaries;

static bool
load_dictionaries(const Profile *profile, const char *names, Dictionaries *dictionaries)
{
	const char *comma = strchr(names, ',');

	memset(dictionaries, 0, sizeof(Dictionaries));
	if (comma == NULL)
	{
		dictionaries->whole = load_words(profile, names, strlen(names));
		return dictionaries->whole->usable;
	}
	dictionaries->first = load_words(profile, names, comma - names);
	dictionaries->last = load_words(profile, comma + 1, strlen(comma + 1));
	return dictionaries->first->usable && dictionaries->last->usable;
}

static bool
in_dictionaries(const Dictionaries *dictionaries, Text text)
{
	Text		first;
	Text		last;

	if (dictionaries->whole != NULL)
		return counts_find(&dictionaries->whole->set, text) >= 0;
	if (!split_name(text, &first, &last))
		return false;

	/* either is enough of a name that the dictionary may not have */
	return counts_find(&dictionaries->first->set, first) >= 0 ||
		counts_find(&dictionaries->last->set, last) >= 0;
}

/* ---- recognising ---- */

static bool
recognises(const Recogniser *recogniser, const Dictionaries *dictionaries, Text text)
{
	if (text.length == 0 || text.length > MOST_BYTES)
		return false;
	if (recogniser->regex != NULL &&
		!RE_compile_and_execute(recogniser->regex, unconstify(char *, text.bytes),
								text.length, REG_ADVANCED, C_COLLATION_OID, 0, NULL))
		return false;
	if (*recogniser->dictionary != '\0' && !in_dictionaries(dictionaries, text))
		return false;
	return test_passes(recogniser->test, text);
}

/*
 * The share of the texts, evenly picked, that a recogniser takes; 0 as soon
 * as it cannot be what is asked for any more, unless all are asked for.
 */
static double
share_recognised(const Profile *profile, const Recogniser *recogniser, const Column *column,
				 const Text *texts, bool all)
{
	Dictionaries dictionaries;
	int			n = Min(column->nvalues, MOST_TRIED);
	int			most_misses = (int) (n * (1 - recogniser->share) + 1e-9);
	int			misses = 0;

	if (*recogniser->dictionary != '\0' &&
		!load_dictionaries(profile, recogniser->dictionary, &dictionaries))
		return 0;
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (recognises(recogniser, &dictionaries, texts[(int64) i * column->nvalues / n]))
			continue;
		if (++misses > most_misses && !all)
			return 0;
	}
	return 1 - (double) misses / n;
}

/* Does the file say what texts of a semantic type have to look like? */
bool
profile_recognises(const SemanticType *semantic)
{
	const DataFile *file = datafile_need("content.tsv");

	for (int r = 0; semantic != NULL && r < file->nrows; r++)
		if (strcmp(cell_of(file, r, "type"), semantic->name) == 0 &&
			*cell_of(file, r, "regex") != '\0')
			return true;
	return false;
}

Content *
profile_content(Profile *profile, const Column *column, const Text *texts)
{
	const DataFile *file = datafile_need("content.tsv");
	const SemanticType *semantic = column->field->semantic;

	if (column->nvalues < LEAST_TRIED)
		return NULL;
	for (int r = 0; r < file->nrows; r++)
	{
		Recogniser	recogniser;
		Content    *content;
		double		share;

		read_recogniser(file, r, &recogniser);
		if (recogniser.named &&
			(semantic == NULL || strcmp(semantic->name, recogniser.type) != 0))
			continue;
		share = share_recognised(profile, &recogniser, column, texts, false);
		if (share < recogniser.share)
			continue;
		content = palloc0(sizeof(Content));
		content->name = recogniser.name;
		content->semantic = *recogniser.type != '\0' ? semantic_lookup(recogniser.type) : NULL;
		content->head = recogniser.head;
		content->tail = recogniser.tail;
		content->unique_tail = recogniser.unique_tail;
		content->personal = recogniser.personal;
		content->phone = recogniser.phone;
		content->share = share;
		return content;
	}
	return NULL;
}
