/*-------------------------------------------------------------------------
 *
 * xlsx_strings.c
 *		The strings that a workbook's cells share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>

#include "file/xlsx_strings.h"
#include "file/xml.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

/* Excel's own limit is 32,767 characters. */
#define MAX_STRING	(256 * 1024 * 1024)

/* In the temporary file: where a string is. */
typedef struct StringPlace
{
	int64		offset;
	int64		length;
} StringPlace;

struct XlsxStrings
{
	const char *label;			/* of the file */
	int64		count;
	int64		kept;			/* how many of them are in memory */
	size_t	   *offsets;		/* of those, and where the last one ends */
	int64		room;			/* for offsets */
	char	   *data;
	size_t		size;
	size_t		data_room;
	BufFile    *texts;			/* the others */
	int64		texts_size;
	BufFile    *places;
	StringInfoData current;		/* the one that is read, or was asked for */
	bool		in_item;
	bool		in_text;
	int			in_phonetic;
};

/* ---- text ---- */

/* The character that _xHHHH_ at p means, or 0. */
static pg_wchar
escaped_character(const char *p, const char *end)
{
	pg_wchar	c = 0;

	if (end - p < 7 || p[0] != '_' || (p[1] != 'x' && p[1] != 'X') || p[6] != '_')
		return 0;
	for (int i = 2; i < 6; i++)
	{
		if (!isxdigit((unsigned char) p[i]))
			return 0;
		c = c * 16 + (isdigit((unsigned char) p[i]) ? p[i] - '0' :
					  pg_tolower((unsigned char) p[i]) - 'a' + 10);
	}
	return c >= 0xd800 && c <= 0xdfff ? 0 : c;
}

static void
undo_escapes(StringInfo text, size_t from)
{
	char	   *out = text->data + from;
	const char *p = out;
	const char *end = text->data + text->len;

	while (p < end)
	{
		pg_wchar	c = *p == '_' ? escaped_character(p, end) : 0;

		if (c == 0)
		{
			*out++ = *p++;
			continue;
		}
		unicode_to_utf8(c, (unsigned char *) out);
		out += pg_utf_mblen((unsigned char *) out);
		p += 7;
	}
	*out = '\0';
	text->len = out - text->data;
}

void
xlsx_text_decode(StringInfo text, size_t from)
{
	char	   *start = text->data + from;
	char	   *converted;

	if (strstr(start, "_x") != NULL || strstr(start, "_X") != NULL)
		undo_escapes(text, from);
	if (GetDatabaseEncoding() == PG_UTF8)
		return;
	converted = pg_any_to_server(start, text->len - from, PG_UTF8);
	if (converted == start)
		return;
	text->len = from;
	appendStringInfoString(text, converted);
	pfree(converted);
}

/* ---- keeping ---- */

static void
keep_in_memory(XlsxStrings *strings, const char *text, size_t length)
{
	if (strings->kept + 2 > strings->room)
	{
		strings->room *= 2;
		strings->offsets = repalloc_huge(strings->offsets, strings->room * sizeof(size_t));
	}
	while (strings->size + length + 1 > strings->data_room)
	{
		strings->data_room *= 2;
		strings->data = repalloc_huge(strings->data, strings->data_room);
	}
	memcpy(strings->data + strings->size, text, length);
	strings->data[strings->size + length] = '\0';
	strings->offsets[strings->kept++] = strings->size;
	strings->size += length + 1;
	strings->offsets[strings->kept] = strings->size;
}

static void
keep_in_file(XlsxStrings *strings, char *text, size_t length)
{
	StringPlace place = {.offset = strings->texts_size,.length = length};

	if (strings->texts == NULL)
	{
		strings->texts = BufFileCreateTemp(false);
		strings->places = BufFileCreateTemp(false);
	}
	BufFileWrite(strings->texts, text, length + 1);
	BufFileWrite(strings->places, &place, sizeof(place));
	strings->texts_size += length + 1;
}

static void
keep_string(XlsxStrings *strings)
{
	size_t		used;
	size_t		length;

	CHECK_FOR_INTERRUPTS();
	xlsx_text_decode(&strings->current, 0);
	length = strings->current.len;
	used = strings->size + length + strings->kept * sizeof(size_t);
	if (strings->texts == NULL && used <= (size_t) work_mem * 1024)
		keep_in_memory(strings, strings->current.data, length);
	else
		keep_in_file(strings, strings->current.data, length);
	strings->count++;
}

/* ---- the part ---- */

static void
start_element(void *context, const char *name, const char **attributes)
{
	XlsxStrings *strings = context;

	if (strcmp(name, "si") == 0)
	{
		resetStringInfo(&strings->current);
		strings->in_item = true;
	}
	else if (strcmp(name, "rPh") == 0)
		strings->in_phonetic++;
	else if (strcmp(name, "t") == 0)
		strings->in_text = strings->in_item && strings->in_phonetic == 0;
}

static void
end_element(void *context, const char *name)
{
	XlsxStrings *strings = context;

	if (strcmp(name, "t") == 0)
		strings->in_text = false;
	else if (strcmp(name, "rPh") == 0)
		strings->in_phonetic--;
	else if (strcmp(name, "si") == 0 && strings->in_item)
	{
		keep_string(strings);
		strings->in_item = false;
	}
}

static void
text_of_element(void *context, const char *text, int length)
{
	XlsxStrings *strings = context;

	if (!strings->in_text)
		return;
	if (strings->current.len + length > MAX_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a shared string is longer than %d MB", MAX_STRING / (1024 * 1024))));
	appendBinaryStringInfo(&strings->current, text, length);
}

static const XmlHandlers handlers = {start_element, end_element, text_of_element};

/* Names the string in errors: of its size, and of its encoding. */
static void
add_place(void *argument)
{
	const XlsxStrings *strings = argument;

	errcontext("%s, shared string %lld", strings->label, (long long) strings->count);
}

XlsxStrings *
xlsx_strings_read(ZipArchive *archive, const char *entry)
{
	XlsxStrings *strings = palloc0(sizeof(XlsxStrings));
	ErrorContextCallback context = {.callback = add_place,.arg = strings};

	strings->label = zip_label(archive);
	strings->room = 64;
	strings->offsets = palloc(strings->room * sizeof(size_t));
	strings->data_room = 1024;
	strings->data = palloc(strings->data_room);
	initStringInfo(&strings->current);
	context.previous = error_context_stack;
	error_context_stack = &context;
	xml_part_read(archive, entry, &handlers, strings);
	error_context_stack = context.previous;
	return strings;
}

void
xlsx_strings_close(XlsxStrings *strings)
{
	if (strings->texts == NULL)
		return;
	BufFileClose(strings->texts);
	BufFileClose(strings->places);
	strings->texts = strings->places = NULL;
}

int64
xlsx_strings_count(const XlsxStrings *strings)
{
	return strings->count;
}

static void
read_at(BufFile *file, int64 offset, void *buffer, size_t length)
{
	if (BufFileSeek(file, 0, offset, SEEK_SET) != 0 ||
		BufFileRead(file, buffer, length) != length)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read a temporary file: %m")));
}

const char *
xlsx_strings_get(XlsxStrings *strings, int64 i, size_t *length)
{
	StringPlace place;

	if (i < strings->kept)
	{
		*length = strings->offsets[i + 1] - strings->offsets[i] - 1;
		return strings->data + strings->offsets[i];
	}
	read_at(strings->places, (i - strings->kept) * sizeof(place), &place, sizeof(place));
	resetStringInfo(&strings->current);
	enlargeStringInfo(&strings->current, (int) place.length + 1);
	read_at(strings->texts, place.offset, strings->current.data, place.length + 1);
	*length = place.length;
	return strings->current.data;
}
