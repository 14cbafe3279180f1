/*-------------------------------------------------------------------------
 *
 * json.c
 *		The readers of JSON and of JSON lines.
 *
 * A document is an array of objects, an object that has one array of objects
 * among its members, or an object of arrays, the columns.  JSON lines are
 * objects that follow one another.  One element at a time is cut out of the
 * text and parsed; only an object of arrays is held as a whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/jsonapi.h"
#include "file/json_cells.h"
#include "file/json_columns.h"
#include "file/json_scan.h"
#include "file/report.h"
#include "file/text_source.h"
#include "miscadmin.h"
#include "mb/pg_wchar.h"

/* Rows that are looked at for their keys. */
#define SAMPLE_ROWS 1000
/* How long a first object may be to be told from the only one. */
#define LOOK_BYTES	(16 * 1024 * 1024)

typedef enum JsonShape
{
	SHAPE_LINES,				/* objects one after another */
	SHAPE_ARRAY,				/* the elements of an array */
	SHAPE_COLUMNS,				/* an object of arrays */
	SHAPE_EMPTY
} JsonShape;

typedef struct JsonReader
{
	FileReader	reader;
	TextWindow	window;
	JsonCells  *cells;
	bool		lines;			/* by its format */
	JsonShape	shape;
	char	   *records;		/* the member whose array it is, or NULL */
	bool		first;			/* no element was read yet */
	bool		done;
	size_t		size;			/* of the current element */
	int64		row;
	int64		line;			/* of the window's start */
	JsonColumns *columns;		/* of SHAPE_COLUMNS */
} JsonReader;

/* ---- moving on ---- */

pg_noreturn static void
report_syntax(JsonReader *json, const char *what)
{
	text_source_check(json->window.text, &json->reader);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid JSON: %s", what),
			 text_window_detail(&json->window, 0),
			 file_errcontext(&json->reader, -1)));
}

/* Reads past some bytes of the window. */
static void
skip(JsonReader *json, size_t n)
{
	const char *p = json->window.data + json->window.start;
	const char *end = p + n;

	while ((p = memchr(p, '\n', end - p)) != NULL)
	{
		json->line++;
		p++;
	}
	json->window.start += n;
}

/* The next byte that is not blank, or '\0' at the end. */
static char
next_byte(JsonReader *json)
{
	TextWindow *window = &json->window;

	for (;;)
	{
		skip(json, json_scan_blanks(window->data + window->start, window->end - window->start));
		if (window->start < window->end)
			return window->data[window->start];
		if (window->at_end)
		{
			text_source_check(window->text, &json->reader);
			return '\0';
		}
		text_window_fill(window, &json->reader);
	}
}

static void
expect(JsonReader *json, char c, const char *what)
{
	if (next_byte(json) != c)
		report_syntax(json, what);
	skip(json, 1);
}

/* The size of the value at the window's start, all of which is in the window. */
static size_t
whole_value(JsonReader *json)
{
	TextWindow *window = &json->window;

	for (;;)
	{
		size_t		size;
		JsonScan	result = json_scan_value(window->data + window->start,
											 window->end - window->start,
											 window->at_end, &size);

		if (result == JSON_SCAN_VALUE)
			return size;
		if (result == JSON_SCAN_DEEP)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("JSON is nested more than %d levels deep", JSON_SCAN_DEPTH),
					 text_window_detail(window, size),
					 file_errcontext(&json->reader, -1)));
		if (result == JSON_SCAN_BAD)
			report_syntax(json, "a value was expected, or a bracket does not match");
		if (window->at_end)
			report_syntax(json, "the file ends within a value");
		text_window_fill(window, &json->reader);
	}
}

/* A member's key and the colon behind it. */
static char *
next_key(JsonReader *json)
{
	JsonLexContext *lex;
	size_t		size;
	char	   *key;

	if (next_byte(json) != '"')
		report_syntax(json, "a key was expected");
	size = whole_value(json);
	lex = COMPAT_JSON_LEX(json->window.data + json->window.start, (int) size);
	if (json_lex(lex) != JSON_SUCCESS)
		report_syntax(json, "a key is not valid");
	key = pstrdup(lex->strval->data);
	skip(json, size);
	expect(json, ':', "a colon was expected behind a key");
	return key;
}

/* ---- which shape ---- */

/* Is the array at the window's start one of objects? */
static bool
is_array_of_objects(JsonReader *json)
{
	TextWindow *window = &json->window;

	for (;;)
	{
		const char *p = window->data + window->start;
		size_t		length = window->end - window->start;
		size_t		blanks = json_scan_blanks(p + 1, length - 1);

		if (1 + blanks < length)
			return p[1 + blanks] == '{';
		if (window->at_end)
			return false;
		text_window_fill(window, &json->reader);
	}
}

/*
 * Finds the member of an object that holds the rows and stops at its array.
 * arrays tells whether all members before it were arrays.  False: none does.
 */
static bool
find_records(JsonReader *json, bool *arrays)
{
	const char *wanted = json->reader.options->records;

	*arrays = true;
	skip(json, 1);
	if (next_byte(json) == '}')
	{
		*arrays = false;
		return false;
	}
	for (;;)
	{
		char	   *key = next_key(json);
		char		c = next_byte(json);

		if (c == '[' && (wanted != NULL ? strcmp(key, wanted) == 0 : is_array_of_objects(json)))
		{
			json->records = key;
			return true;
		}
		*arrays &= c == '[';
		skip(json, whole_value(json));
		if (next_byte(json) != ',')
			break;
		skip(json, 1);
	}
	expect(json, '}', "a comma or a closing brace was expected");
	return false;
}

/*
 * Does another object follow the one at the window's start?  Of one that is
 * longer than LOOK_BYTES it is taken that none does.
 */
static bool
is_followed(JsonReader *json)
{
	TextWindow *window = &json->window;

	for (;;)
	{
		const char *data = window->data + window->start;
		size_t		length = window->end - window->start;
		size_t		size;
		JsonScan	result = json_scan_value(data, length, window->at_end, &size);

		if (result == JSON_SCAN_VALUE)
			size += json_scan_blanks(data + size, length - size);
		else if (result != JSON_SCAN_MORE)
			return false;
		if (result == JSON_SCAN_VALUE && size < length)
			return data[size] == '{';
		if (window->at_end || length >= LOOK_BYTES)
			return false;
		text_window_fill(window, &json->reader);
	}
}

/* Back to the first byte. */
static void
start_over(JsonReader *json)
{
	text_window_rewind(&json->window);
	json->line = 1;
	json->row = 0;
	json->size = 0;
	json->first = true;
	json->done = false;
}

static void
find_shape(JsonReader *json)
{
	bool		arrays;
	char		c = next_byte(json);

	if (c == '\0')
		json->shape = SHAPE_EMPTY;
	else if (c == '{' && (json->lines || is_followed(json)))
	{
		json->shape = SHAPE_LINES;
		json->reader.methods = &json_lines_reader;
	}
	else if (c == '[' && !json->lines)
		json->shape = SHAPE_ARRAY;
	else if (c != '{')
		report_syntax(json, json->lines ? "each line must be an object" :
					  "it must be an array of objects, or an object");
	else if (find_records(json, &arrays))
		json->shape = SHAPE_ARRAY;
	else if (json->reader.options->records != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has no member \"%s\" that is an array",
						byte_source_label(json->reader.bytes), json->reader.options->records)));
	else
		json->shape = arrays ? SHAPE_COLUMNS : SHAPE_LINES;
}

/* To the first element: behind the bracket of an array. */
static void
go_to_rows(JsonReader *json)
{
	bool		arrays;

	start_over(json);
	if (json->shape == SHAPE_EMPTY || json->shape == SHAPE_COLUMNS)
		return;
	(void) next_byte(json);
	if (json->shape == SHAPE_LINES)
		return;
	if (json->records != NULL)
		(void) find_records(json, &arrays);
	expect(json, '[', "an array was expected");
}

/* ---- elements ---- */

/*
 * Behind the array nothing may follow but, where it is a member, others.  A
 * second array of objects would be left out silently.
 */
static void
finish_array(JsonReader *json)
{
	json->done = true;
	while (json->records != NULL && next_byte(json) == ',')
	{
		char	   *key;

		skip(json, 1);
		key = next_key(json);
		if (json->reader.options->records == NULL && next_byte(json) == '[' &&
			is_array_of_objects(json))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("there are two arrays of objects, \"%s\" and \"%s\"", json->records, key),
					 errhint("Say which one holds the rows, as in options => '{\"records\": \"%s\"}'.",
							 json->records),
					 file_errcontext(&json->reader, -1)));
		(void) next_byte(json);
		skip(json, whole_value(json));
	}
	if (json->records != NULL)
		expect(json, '}', "a comma or a closing brace was expected");
	if (next_byte(json) != '\0')
		report_syntax(json, "text follows its end");
}

/* Goes to the next element; false where there is none. */
static bool
find_element(JsonReader *json)
{
	char		c;

	skip(json, json->size);
	json->size = 0;
	c = next_byte(json);
	if (json->shape == SHAPE_LINES)
		return c != '\0';
	if (c == ']')
	{
		skip(json, 1);
		finish_array(json);
		return false;
	}
	if (!json->first)
	{
		expect(json, ',', "a comma or a closing bracket was expected");
		c = next_byte(json);
	}
	if (c == '\0')
		report_syntax(json, "the file ends within an array");
	return true;
}

/* The element at the window's start, into the cells. */
static void
parse_element(JsonReader *json)
{
	const char *element;

	json->size = whole_value(json);
	element = json->window.data + json->window.start;
	if (element[0] != '{')
		report_syntax(json, "each row must be an object");
	json_cells_parse(json->cells, element, json->size, text_window_byte(&json->window, 0));
}

static bool
json_next(FileReader *reader)
{
	JsonReader *json = (JsonReader *) reader;

	if (json->shape == SHAPE_COLUMNS)
		return json_columns_row(json->columns, json->row++);
	if (json->done || json->shape == SHAPE_EMPTY || !find_element(json))
	{
		json->done = true;
		return false;
	}
	json->row++;
	json->first = false;
	parse_element(json);
	reader->json = json->window.data + json->window.start;
	reader->json_length = json->size;
	return true;
}

/* ---- opening ---- */

/* The keys of the first rows, as columns. */
static void
sample_columns(JsonReader *json)
{
	FileReader *reader = &json->reader;
	bool		more = true;

	go_to_rows(json);
	for (int i = 0; i < SAMPLE_ROWS && more; i++)
	{
		CHECK_FOR_INTERRUPTS();
		more = json_next(reader);
	}

	/* Of no rows at all, nothing can be missing. */
	reader->more_columns = more || json->row == 0;
	go_to_rows(json);
}

/* The object is one row, of the arrays. */
static void
load_columns(JsonReader *json)
{
	start_over(json);
	(void) next_byte(json);
	parse_element(json);
	json->columns = json_columns_load(&json->reader);
	json->size = 0;
}

static FileReader *
open_json(ByteSource *bytes, const FileOptions *options, const FileReaderMethods *methods,
		  bool lines)
{
	JsonReader *json = (JsonReader *) file_reader_new(sizeof(JsonReader), methods, bytes, options);
	MemoryContext old = MemoryContextSwitchTo(json->reader.memory);

	json->reader.strings = true;
	json->lines = lines;
	json->cells = json_cells_new(&json->reader);
	text_window_open(&json->window, bytes, options);
	json->line = 1;
	find_shape(json);
	if (json->shape == SHAPE_COLUMNS)
		load_columns(json);
	else
		sample_columns(json);
	MemoryContextSwitchTo(old);
	return &json->reader;
}

static FileReader *
json_open(ByteSource *bytes, const FileOptions *options)
{
	return open_json(bytes, options, &json_reader, false);
}

static FileReader *
json_lines_open(ByteSource *bytes, const FileOptions *options)
{
	return open_json(bytes, options, &json_lines_reader, true);
}

static void
json_rewind(FileReader *reader)
{
	JsonReader *json = (JsonReader *) reader;

	if (json->shape == SHAPE_COLUMNS)
		json->row = 0;
	else
		go_to_rows(json);
}

static char *
json_position(FileReader *reader, int column)
{
	JsonReader *json = (JsonReader *) reader;
	StringInfoData place;

	initStringInfo(&place);
	if (json->row > 0)
		appendStringInfo(&place, "row %lld", (long long) json->row);
	if (json->shape != SHAPE_COLUMNS)
		appendStringInfo(&place, "%sline %lld", place.len > 0 ? ", " : "", (long long) json->line);
	if (column >= 0)
		appendStringInfo(&place, ", key \"%s\"", reader->columns[column].name);
	return place.data;
}

static void
json_report(FileReader *reader, JsonbParseState **state)
{
	JsonReader *json = (JsonReader *) reader;

	file_report_text(state, "encoding", text_source_encoding(json->window.text));
}

static void
json_close(FileReader *reader)
{
}

/* ---- by the first bytes ---- */

/* Zero bytes are those of UTF-16. */
static char
text_byte(const char *head, size_t length, size_t *at)
{
	while (*at < length && (json_scan_blanks(head + *at, 1) == 1 || head[*at] == '\0' ||
							memchr("\xef\xbb\xbf\xff\xfe", head[*at], 5) != NULL))
		(*at)++;
	return *at < length ? head[(*at)++] : '\0';
}

const FileReaderMethods *
json_text_sniff(const char *head, size_t length)
{
	size_t		at = 0;
	char		first = text_byte(head, length, &at);
	char		second = text_byte(head, length, &at);

	if ((first == '[' && (second == '{' || second == ']')) ||
		(first == '{' && (second == '"' || second == '}')))
		return &json_reader;
	return &csv_reader;
}

const FileReaderMethods json_reader = {
	.name = "json",
	.suffixes = ".json",
	.open = json_open,
	.next = json_next,
	.position = json_position,
	.report = json_report,
	.rewind = json_rewind,
	.close = json_close,
};

const FileReaderMethods json_lines_reader = {
	.name = "jsonl",
	.suffixes = ".jsonl .ndjson",
	.open = json_lines_open,
	.next = json_next,
	.position = json_position,
	.report = json_report,
	.rewind = json_rewind,
	.close = json_close,
};
