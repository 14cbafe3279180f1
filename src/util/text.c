/*-------------------------------------------------------------------------
 *
 * text.c
 *		Small changes to strings: slugs, case, initials.
 *
 * A slug is worked out in UTF-8 whatever the database encoding is, so that
 * a name has one and the same slug in every database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "common/unicode_norm.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "util/text.h"
#include "utils/memutils.h"

/* One letter and how it is written in a slug. */
typedef struct SlugLetter
{
	pg_wchar	letter;
	const char *slug;
} SlugLetter;

/* The letters of one file; read once per backend. */
typedef struct SlugTable
{
	const DataFile *file;
	int			count;
	struct SlugTable *next;
	SlugLetter	letters[FLEXIBLE_ARRAY_MEMBER]; /* by letter */
} SlugTable;

static SlugTable *slug_tables = NULL;

static int
text_encoding(void)
{
	int			encoding = GetDatabaseEncoding();

	return encoding == PG_SQL_ASCII ? PG_UTF8 : encoding;
}

static char *
text_to_utf8(const char *text)
{
	if (text_encoding() == PG_UTF8)
		return unconstify(char *, text);
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/* The code points of a UTF-8 string, with a 0 behind them. */
static pg_wchar *
utf8_code_points(const char *text)
{
	int			length = strlen(text);
	pg_wchar   *points = palloc(sizeof(pg_wchar) * (length + 1));
	int			n = 0;

	for (int i = 0; i < length;)
	{
		int			size = pg_utf_mblen((const unsigned char *) text + i);

		if (i + size > length)
			break;				/* cut off: SQL_ASCII only */
		points[n++] = utf8_to_unicode((const unsigned char *) text + i);
		i += size;
	}
	points[n] = 0;
	return points;
}

/* ---- slugs ---- */

static int
compare_letters(const void *a, const void *b)
{
	pg_wchar	x = ((const SlugLetter *) a)->letter;
	pg_wchar	y = ((const SlugLetter *) b)->letter;

	return (x > y) - (x < y);
}

static bool
is_slug(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(text);
}

/*
 * The capital of a letter that is an ASCII letter with marks, or 0: files
 * need to name only the small ones of these.
 */
static pg_wchar
marked_capital(pg_wchar letter)
{
	pg_wchar	input[2] = {letter, 0};
	pg_wchar   *parts = unicode_normalize(UNICODE_NFD, input);
	pg_wchar   *whole;

	if (parts[0] < 'a' || parts[0] > 'z' || parts[1] == 0)
		return 0;
	parts[0] -= 'a' - 'A';
	whole = unicode_normalize(UNICODE_NFC, parts);
	return whole[1] == 0 ? whole[0] : 0;
}

static void
slug_table_add(SlugTable *table, const char *letter, const char *slug)
{
	pg_wchar   *points = utf8_code_points(text_to_utf8(letter));
	pg_wchar	capital;

	if (points[0] == 0 || points[1] != 0 || !is_slug(slug))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("data file \"%s\": \"%s\" is not one letter, or \"%s\" not lower-case ASCII letters and digits",
						table->file->name, letter, slug)));
	table->letters[table->count].letter = points[0];
	table->letters[table->count++].slug = slug;
	capital = marked_capital(points[0]);
	if (capital != 0)
	{
		table->letters[table->count].letter = capital;
		table->letters[table->count++].slug = slug;
	}
}

/* The file's first column is the letter, the second how it is written. */
static const SlugTable *
slug_table(const char *name)
{
	const DataFile *file = datafile_load(name);
	SlugTable  *table;
	Size		size;
	SlugTable  *kept;

	if (file == NULL)
		return NULL;
	for (table = slug_tables; table != NULL; table = table->next)
		if (table->file == file)
			return table;
	if (file->ncolumns < 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("data file \"%s\" needs two columns", file->name)));
	size = offsetof(SlugTable, letters) + sizeof(SlugLetter) * 2 * file->nrows;
	table = palloc0(size);
	table->file = file;
	for (int r = 0; r < file->nrows; r++)
		slug_table_add(table, datafile_cell(file, r, 0), datafile_cell(file, r, 1));
	qsort(table->letters, table->count, sizeof(SlugLetter), compare_letters);

	kept = MemoryContextAlloc(TopMemoryContext, size);
	memcpy(kept, table, size);
	pfree(table);
	kept->next = slug_tables;
	slug_tables = kept;
	return kept;
}

static const char *
slug_table_find(const SlugTable *table, pg_wchar letter)
{
	SlugLetter	key = {letter, NULL};
	const SlugLetter *found;

	if (table == NULL)
		return NULL;
	found = bsearch(&key, table->letters, table->count, sizeof(SlugLetter),
					compare_letters);
	return found != NULL ? found->slug : NULL;
}

static bool
slug_append_ascii(StringInfo slug, pg_wchar c)
{
	if (c >= 0x80)
		return false;
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		appendStringInfoChar(slug, (char) c);
	return true;
}

static void
slug_append(StringInfo slug, const SlugTable *own, const SlugTable *common,
			pg_wchar letter)
{
	pg_wchar	input[2] = {letter, 0};
	const char *written = slug_table_find(own, letter);

	if (written == NULL)
		written = slug_table_find(common, letter);
	if (written != NULL)
		appendStringInfoString(slug, written);
	else if (!slug_append_ascii(slug, letter))
	{
		/* Marks follow their letter; what is not ASCII then has no Latin form. */
		pg_wchar   *parts = unicode_normalize(UNICODE_NFKD, input);

		for (int i = 0; parts[i] != 0; i++)
		{
			written = parts[i] < 0x80 ? NULL : slug_table_find(common, parts[i]);
			if (written != NULL)
				appendStringInfoString(slug, written);
			else
				slug_append_ascii(slug, parts[i]);
		}
		pfree(parts);
	}
}

static bool
is_ascii_text(const char *text)
{
	for (; *text; text++)
		if (IS_HIGHBIT_SET(*text))
			return false;
	return true;
}

/* Appends the slug of what is not all ASCII. */
static void
slug_append_text(StringInfo slug, const Locale *locale, const char *text)
{
	const SlugTable *own = NULL;
	const SlugTable *common = slug_table("common/slug.tsv");
	pg_wchar   *points = utf8_code_points(text_to_utf8(text));

	if (locale != NULL)
	{
		char	   *name = psprintf("%s/slug.tsv", locale_name(locale));

		own = slug_table(name);
		pfree(name);
	}
	for (int i = 0; points[i] != 0; i++)
		slug_append(slug, own, common, points[i]);
	if (slug->len == 0)
	{
		appendStringInfoChar(slug, 'u');
		for (int i = 0; points[i] != 0 && i < 8; i++)
			appendStringInfo(slug, "%x", (unsigned int) points[i]);
	}
	pfree(points);
}

char *
text_slug(const Locale *locale, const char *text)
{
	StringInfoData slug;

	initStringInfo(&slug);
	if (!is_ascii_text(text))
		slug_append_text(&slug, locale, text);
	else
		for (const char *p = text; *p; p++)
			slug_append_ascii(&slug, (unsigned char) *p);
	if (slug.len == 0 && text[0] != '\0')
		appendStringInfo(&slug, "u%x", (unsigned char) text[0]);
	return slug.data;
}

/* ---- case ---- */

/*
 * Upper and lower case of letters in one place for the scripts that locales
 * are written in, as the database's own rules would make other values of one
 * seed in another database: "ß" stays, for one.
 */
static pg_wchar
lower_letter(pg_wchar c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7))
		return c + 32;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
		return c % 2 != 0 ? c + 1 : c;
	if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177))
		return c | 1;
	return c == 0x178 ? 0xFF : c;
}

static pg_wchar
upper_letter(pg_wchar c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7))
		return c - 32;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
		return c % 2 == 0 ? c - 1 : c;
	if ((c >= 0x100 && c <= 0x137 && c != 0x131) || (c >= 0x14A && c <= 0x177))
		return c & ~(pg_wchar) 1;
	return c;
}

static char *
text_from_utf8(char *text)
{
	if (text_encoding() == PG_UTF8)
		return text;
	return pg_any_to_server(text, strlen(text), PG_UTF8);
}

/* The first most letters of a text changed, or all with -1; palloc'd. */
static char *
change_letters(const char *text, pg_wchar (*change) (pg_wchar), int most)
{
	pg_wchar   *points = utf8_code_points(text_to_utf8(text));
	StringInfoData changed;

	initStringInfo(&changed);
	for (int i = 0; points[i] != 0; i++)
	{
		unsigned char bytes[5] = {0};

		unicode_to_utf8(most < 0 || i < most ? change(points[i]) : points[i], bytes);
		appendStringInfoString(&changed, (char *) bytes);
	}
	pfree(points);
	return text_from_utf8(changed.data);
}

char *
text_lower(const char *text)
{
	return change_letters(text, lower_letter, -1);
}

char *
text_upper(const char *text)
{
	return change_letters(text, upper_letter, -1);
}

/* Bytes of the first character; 0 of "". */
static int
first_length(const char *text)
{
	int			length;

	if (text[0] == '\0')
		return 0;
	length = pg_encoding_mblen(text_encoding(), text);
	return Min(length, (int) strlen(text));
}

char *
text_initial(const char *text)
{
	return pnstrdup(text, first_length(text));
}

char *
text_capital(const char *text)
{
	return change_letters(text, upper_letter, 1);
}
