/*-------------------------------------------------------------------------
 *
 * options.c
 *		The argument "options" of the functions for files.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/file.h"
#include "mb/pg_wchar.h"
#include "util/nearest.h"
#include "utils/builtins.h"

typedef enum OptionKind
{
	OPTION_TEXT,
	OPTION_CHAR,
	OPTION_BOOLEAN,
	OPTION_COUNT,
	OPTION_HEADER,
	OPTION_ENCODING,
	OPTION_DATES
} OptionKind;

static const struct
{
	const char *name;
	OptionKind	kind;
	size_t		offset;
}			known[] = {
	{"header", OPTION_HEADER, offsetof(FileOptions, header)},
	{"delimiter", OPTION_CHAR, offsetof(FileOptions, delimiter)},
	{"quote", OPTION_CHAR, offsetof(FileOptions, quote)},
	{"escape", OPTION_CHAR, offsetof(FileOptions, escape)},
	{"null", OPTION_TEXT, offsetof(FileOptions, null_text)},
	{"encoding", OPTION_ENCODING, offsetof(FileOptions, encoding)},
	{"bom", OPTION_BOOLEAN, offsetof(FileOptions, bom)},
	{"dates", OPTION_DATES, offsetof(FileOptions, day_first)},
	{"records", OPTION_TEXT, offsetof(FileOptions, records)},
	{"sheet", OPTION_TEXT, offsetof(FileOptions, sheet)},
	{"range", OPTION_TEXT, offsetof(FileOptions, range)},
	{"fill_merged", OPTION_BOOLEAN, offsetof(FileOptions, fill_merged)},
	{"compression", OPTION_TEXT, offsetof(FileOptions, compression)},
	{"title", OPTION_TEXT, offsetof(FileOptions, title)},
	{"license", OPTION_TEXT, offsetof(FileOptions, license)},
	{"row_group_rows", OPTION_COUNT, offsetof(FileOptions, row_group_rows)},
};

pg_noreturn static void
wrong_value(const char *name, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" must be %s", name, what)));
}

static char *
text_value(const char *name, const JsonbValue *value)
{
	if (value->type == jbvNumeric)
		return DatumGetCString(DirectFunctionCall1(numeric_out,
												   NumericGetDatum(value->val.numeric)));
	if (value->type != jbvString)
		wrong_value(name, "a string");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static char
char_value(const char *name, const JsonbValue *value)
{
	char	   *text = text_value(name, value);

	if (strcmp(text, "\\t") == 0)
		return '\t';
	if (strlen(text) != 1 || text[0] == '\n' || text[0] == '\r' || IS_HIGHBIT_SET(text[0]))
		wrong_value(name, "one ASCII character that ends no line");
	return text[0];
}

static bool
boolean_value(const char *name, const JsonbValue *value)
{
	if (value->type != jbvBool)
		wrong_value(name, "true or false");
	return value->val.boolean;
}

static int
count_value(const char *name, const JsonbValue *value)
{
	Datum		number = value->type == jbvNumeric ? NumericGetDatum(value->val.numeric) : (Datum) 0;

	if (value->type != jbvNumeric ||
		DatumGetBool(DirectFunctionCall2(numeric_lt, number, NumericGetDatum(int64_to_numeric(1)))) ||
		DatumGetBool(DirectFunctionCall2(numeric_gt, number, NumericGetDatum(int64_to_numeric(PG_INT32_MAX)))))
		wrong_value(name, "a number from 1 to 2147483647");
	return DatumGetInt32(DirectFunctionCall1(numeric_int4, number));
}

static void
read_encoding(const JsonbValue *value, FileOptions *out)
{
	char	   *name = text_value("encoding", value);

	if (pg_strcasecmp(name, "UTF-16") == 0 || pg_strcasecmp(name, "UTF16") == 0 ||
		pg_strcasecmp(name, "UTF-16LE") == 0 || pg_strcasecmp(name, "UTF16LE") == 0)
		out->utf16 = true;
	else if (pg_strcasecmp(name, "UTF-16BE") == 0 || pg_strcasecmp(name, "UTF16BE") == 0)
		out->utf16 = out->big_endian = true;
	else
	{
		out->encoding = pg_char_to_encoding(name);
		if (out->encoding < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown encoding \"%s\"", name),
					 errhint("There are those of PostgreSQL (UTF8, LATIN1, WIN1252, SJIS …), UTF-16LE and UTF-16BE.")));
	}
}

static void
read_dates(const JsonbValue *value, FileOptions *out)
{
	char	   *order = text_value("dates", value);

	out->day_first = pg_strcasecmp(order, "DMY") == 0;
	out->month_first = pg_strcasecmp(order, "MDY") == 0;
	if (!out->day_first && !out->month_first)
		wrong_value("dates", "\"DMY\" or \"MDY\"");
}

static void
read_option(int i, const JsonbValue *value, FileOptions *out)
{
	const char *name = known[i].name;
	char	   *place = (char *) out + known[i].offset;

	if (value->type == jbvNull)
		return;
	switch (known[i].kind)
	{
		case OPTION_TEXT:
			*(const char **) place = text_value(name, value);
			break;
		case OPTION_CHAR:
			*place = char_value(name, value);
			break;
		case OPTION_BOOLEAN:
			*(bool *) place = boolean_value(name, value);
			break;
		case OPTION_COUNT:
			*(int *) place = count_value(name, value);
			break;
		case OPTION_HEADER:
			out->header = boolean_value(name, value) ? FILE_HEADER_YES : FILE_HEADER_NO;
			break;
		case OPTION_ENCODING:
			read_encoding(value, out);
			break;
		case OPTION_DATES:
			read_dates(value, out);
			break;
	}
}

static int
option_by_name(const char *name)
{
	const char *names[lengthof(known)];
	const char *nearest;

	for (int i = 0; i < lengthof(known); i++)
	{
		names[i] = known[i].name;
		if (strcmp(names[i], name) == 0)
			return i;
	}
	nearest = nearest_name(name, names, lengthof(known));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown option \"%s\" of a file", name),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("There are header, delimiter, quote, escape, null, encoding, bom, dates, records, sheet, range, fill_merged, compression, title, license and row_group_rows.")));
}

static void
check_dialect(const FileOptions *options)
{
	if (options->delimiter != 0 && options->delimiter == options->quote)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"delimiter\" and \"quote\" must differ")));
	if (options->null_text != NULL && options->delimiter != 0 &&
		strchr(options->null_text, options->delimiter) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"null\" must not hold the delimiter")));
	if (options->null_text != NULL && strpbrk(options->null_text, "\r\n") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"null\" must not end a line")));
}

void
file_options_read(const char *format, Jsonb *options, FileOptions *out)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	int			option = 0;

	memset(out, 0, sizeof(*out));
	out->format = format;
	out->encoding = -1;
	if (options == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("As in options => '{\"delimiter\": \";\"}'.")));
	iterator = JsonbIteratorInit(&options->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			option = option_by_name(pnstrdup(value.val.string.val, value.val.string.len));
		else if (token == WJB_VALUE)
			read_option(option, &value, out);
	}
	check_dialect(out);
}
