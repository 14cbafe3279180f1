/*-------------------------------------------------------------------------
 *
 * xlsx_write.c
 *		The writer of Excel workbooks, and the one door to libxlsxwriter.
 *
 * The library keeps one row in memory and the others in temporary files of
 * its own; the workbook it makes is a temporary file of the server, from
 * which the sink gets it.
 *
 * A cell is a number, a boolean, a date or a time where Excel can hold the
 * value, and text where it cannot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>
#include <math.h>
#include <xlsxwriter.h>

#include "catalog/pg_type.h"
#include "file/file.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#define MAX_ROWS		1048576
#define MAX_CHARACTERS	32767
#define MAX_SHEET_NAME	31
#define MAX_DIGITS		15		/* that Excel shows of a number */
#define LARGEST			1.79769313486231e308	/* that is finite with its digits cut */
#define DAY_0			36526	/* Excel's number of 1 January 2000 */
#define COPY_CHUNK		(64 * 1024)

/* A number that a double and a cell hold, whatever is done with it. */
#define MAX_EXACT		INT64CONST(999999999999999)

typedef enum XlsxFormat
{
	FORMAT_PLAIN,
	FORMAT_DATE,
	FORMAT_TIMESTAMP,
	FORMAT_TIMESTAMP_MS,
	FORMAT_TIME,
	FORMAT_TIME_MS,
	FORMAT_HEADER
} XlsxFormat;

static const char *const format_codes[] = {
	[FORMAT_PLAIN] = NULL,
	[FORMAT_DATE] = "yyyy-mm-dd",
	[FORMAT_TIMESTAMP] = "yyyy-mm-dd hh:mm:ss",
	[FORMAT_TIMESTAMP_MS] = "yyyy-mm-dd hh:mm:ss.000",
	[FORMAT_TIME] = "hh:mm:ss",
	[FORMAT_TIME_MS] = "hh:mm:ss.000",
	[FORMAT_HEADER] = NULL,
};

typedef struct XlsxColumn
{
	int			attribute;
	Oid			type;			/* base type */
	FmgrInfo	output;
} XlsxColumn;

typedef struct XlsxWriter
{
	FileWriter	writer;
	File		file;			/* where the library makes the workbook */
	lxw_workbook *workbook;
	MemoryContextCallback callback;
	lxw_worksheet *sheet;
	int			nsheets;
	lxw_format *formats[lengthof(format_codes)];
	int			ncolumns;
	XlsxColumn *columns;
	bool		header;
	int			row;			/* the next one of the sheet, from 0 */
} XlsxWriter;

/* ---- the library ---- */

/* Sheets' temporary files are closed by the library only where it finishes. */
static void
release_workbook(void *argument)
{
	XlsxWriter *xlsx = argument;
	lxw_sheet  *sheet;

	if (xlsx->workbook == NULL)
		return;
	STAILQ_FOREACH(sheet, xlsx->workbook->sheets, list_pointers)
	{
		if (sheet->u.worksheet->optimize_tmpfile != NULL)
			fclose(sheet->u.worksheet->optimize_tmpfile);
	}
	lxw_workbook_free(xlsx->workbook);
	xlsx->workbook = NULL;
}

static void
check(XlsxWriter *xlsx, lxw_error error)
{
	if (error != LXW_NO_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_IO_ERROR),
				 errmsg("%s could not be written: %s", byte_sink_label(xlsx->writer.bytes),
						lxw_strerror(error))));
}

static char *
to_utf8(char *text)
{
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		(void) pg_verify_mbstr(PG_UTF8, text, strlen(text), false);
		return text;
	}
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

static void
open_workbook(XlsxWriter *xlsx)
{
	lxw_workbook_options options = {.constant_memory = LXW_TRUE,.use_zip64 = LXW_TRUE};
	char	   *folder;

	xlsx->file = OpenTemporaryFile(false);
	folder = pstrdup(FilePathName(xlsx->file));
	get_parent_directory(folder);
	options.tmpdir = folder;
	xlsx->workbook = workbook_new_opt(FilePathName(xlsx->file), &options);
	if (xlsx->workbook == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for a workbook")));
	xlsx->callback.func = release_workbook;
	xlsx->callback.arg = xlsx;
	MemoryContextRegisterResetCallback(xlsx->writer.memory, &xlsx->callback);
}

static void
add_formats(XlsxWriter *xlsx)
{
	for (int i = 0; i < lengthof(format_codes); i++)
	{
		if (format_codes[i] == NULL && i != FORMAT_HEADER)
			continue;
		xlsx->formats[i] = workbook_add_format(xlsx->workbook);
		if (xlsx->formats[i] == NULL)
			check(xlsx, LXW_ERROR_MEMORY_MALLOC_FAILED);
		if (i == FORMAT_HEADER)
			format_set_bold(xlsx->formats[i]);
		else
			format_set_num_format(xlsx->formats[i], format_codes[i]);
	}
}

static void
set_properties(XlsxWriter *xlsx)
{
	const FileOptions *options = xlsx->writer.options;
	lxw_doc_properties properties = {0};

	if (options->title != NULL)
	{
		properties.title = to_utf8(pstrdup(options->title));
		check(xlsx, workbook_set_properties(xlsx->workbook, &properties));
	}
	if (options->license != NULL)
		check(xlsx, workbook_set_custom_property_string(xlsx->workbook, "License",
														to_utf8(pstrdup(options->license))));
}

/* ---- sheets ---- */

/* "Sheet1", "Sheet2"; or the option's, and "Orders 2" behind it. */
static char *
sheet_name(const XlsxWriter *xlsx, int number)
{
	const char *wanted = xlsx->writer.options->sheet;
	char	   *suffix = psprintf(" %d", number);
	int			room = MAX_SHEET_NAME - (int) strlen(suffix);

	if (wanted == NULL)
		return psprintf("Sheet%d", number);
	if (number == 1)
		return to_utf8(pstrdup(wanted));
	return to_utf8(psprintf("%.*s%s", pg_mbcharcliplen(wanted, strlen(wanted), room),
							wanted, suffix));
}

static int
width_of_column(Oid type)
{
	switch (type)
	{
		case DATEOID:
			return 11;
		case TIMESTAMPOID:
			return 23;
		case TIMEOID:
			return 13;
		default:
			return 0;
	}
}

static void put_text(XlsxWriter *xlsx, int column, char *text, XlsxFormat format);

static void
start_sheet(XlsxWriter *xlsx)
{
	char	   *name = sheet_name(xlsx, xlsx->nsheets + 1);
	lxw_error	error = workbook_validate_sheet_name(xlsx->workbook, name);

	if (error != LXW_NO_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is no name for sheet %d of a workbook", name, xlsx->nsheets + 1),
				 errdetail("Names have at most 31 characters, none of them []:*?/\\, and no apostrophe at their ends.")));
	xlsx->sheet = workbook_add_worksheet(xlsx->workbook, name);
	if (xlsx->sheet == NULL)
		check(xlsx, LXW_ERROR_MEMORY_MALLOC_FAILED);
	xlsx->nsheets++;
	xlsx->row = 0;
	for (int i = 0; i < xlsx->ncolumns; i++)
		if (width_of_column(xlsx->columns[i].type) != 0)
			check(xlsx, worksheet_set_column(xlsx->sheet, i, i,
											 width_of_column(xlsx->columns[i].type), NULL));
	if (!xlsx->header)
		return;
	for (int i = 0; i < xlsx->ncolumns; i++)
		put_text(xlsx, i,
				 pstrdup(NameStr(TupleDescAttr(xlsx->writer.desc, xlsx->columns[i].attribute)->attname)),
				 FORMAT_HEADER);
	worksheet_freeze_panes(xlsx->sheet, 1, 0);
	xlsx->row = 1;
}

static void
set_columns(XlsxWriter *xlsx)
{
	TupleDesc	desc = xlsx->writer.desc;

	xlsx->columns = palloc0(sizeof(XlsxColumn) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		XlsxColumn *column = &xlsx->columns[xlsx->ncolumns];
		Oid			output;
		bool		varlena;

		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		column->attribute = i;
		column->type = getBaseType(TupleDescAttr(desc, i)->atttypid);
		getTypeOutputInfo(TupleDescAttr(desc, i)->atttypid, &output, &varlena);
		fmgr_info(output, &column->output);
		xlsx->ncolumns++;
	}
}

static FileWriter *
xlsx_open(ByteSink *bytes, TupleDesc desc, const FileOptions *options)
{
	XlsxWriter *xlsx = (XlsxWriter *) file_writer_new(sizeof(XlsxWriter), &xlsx_writer, bytes,
													  desc, options);
	MemoryContext old = MemoryContextSwitchTo(xlsx->writer.memory);

	xlsx->header = options->header != FILE_HEADER_NO;
	set_columns(xlsx);
	open_workbook(xlsx);
	add_formats(xlsx);
	set_properties(xlsx);
	start_sheet(xlsx);
	MemoryContextSwitchTo(old);
	return &xlsx->writer;
}

/* ---- cells of text ---- */

/* As Excel counts: what is beyond the basic plane counts twice. */
static int
count_characters(const char *utf8)
{
	int			n = 0;

	for (const unsigned char *p = (const unsigned char *) utf8; *p != '\0'; p++)
		n += (*p & 0xc0) != 0x80 ? 1 + (*p >= 0xf0) : 0;
	return n;
}

static bool
is_escape(const char *p)
{
	return p[0] == '_' && p[1] == 'x' && isxdigit((unsigned char) p[2]) &&
		isxdigit((unsigned char) p[3]) && isxdigit((unsigned char) p[4]) &&
		isxdigit((unsigned char) p[5]) && p[6] == '_';
}

/* XML cannot hold them, or would read them as something else. */
static bool
needs_escape(unsigned char c)
{
	return c < 0x20 && c != '\t' && c != '\n';
}

/* Characters that XML cannot hold as Excel writes them, _x000D_; and that text itself. */
static char *
escape_text(char *text)
{
	StringInfoData out;
	bool		needed = false;

	for (const char *p = text; *p != '\0' && !needed; p++)
		needed = needs_escape((unsigned char) *p) || is_escape(p) ||
			strncmp(p, "\xef\xbf\xbe", 3) == 0 || strncmp(p, "\xef\xbf\xbf", 3) == 0;
	if (!needed)
		return text;
	initStringInfo(&out);
	for (const char *p = text; *p != '\0'; p++)
	{
		if (needs_escape((unsigned char) *p))
			appendStringInfo(&out, "_x%04X_", (unsigned char) *p);
		else if (strncmp(p, "\xef\xbf\xbe", 3) == 0 || strncmp(p, "\xef\xbf\xbf", 3) == 0)
		{
			appendStringInfoString(&out, p[2] == '\xbe' ? "_xFFFE_" : "_xFFFF_");
			p += 2;
		}
		else
		{
			if (is_escape(p))
				appendStringInfoString(&out, "_x005F");
			appendStringInfoChar(&out, *p);
		}
	}
	return out.data;
}

static void
put_text(XlsxWriter *xlsx, int column, char *text, XlsxFormat format)
{
	char	   *utf8 = to_utf8(text);
	int			length = count_characters(utf8);

	if (length > MAX_CHARACTERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a value of column \"%s\" has %d characters, more than the %d that a cell can hold",
						NameStr(TupleDescAttr(xlsx->writer.desc,
											  xlsx->columns[column].attribute)->attname),
						length, MAX_CHARACTERS),
				 errhint("CSV, JSON and Parquet have no such limit."),
				 errcontext("row %lld", (long long) xlsx->writer.rows + 1)));
	check(xlsx, worksheet_write_string(xlsx->sheet, xlsx->row, column, escape_text(utf8),
									   xlsx->formats[format]));
}

/* ---- cells of other types ---- */

static void
put_number(XlsxWriter *xlsx, int column, double number, XlsxFormat format)
{
	check(xlsx, worksheet_write_number(xlsx->sheet, xlsx->row, column, number,
									   xlsx->formats[format]));
}

/* Days of Excel, or false: it does not know the date. */
static bool
excel_day(DateADT date, int64 *day)
{
	if (DATE_NOT_FINITE(date))
		return false;
	*day = (int64) date + DAY_0;
	if (*day <= 60)
		--*day;					/* there is a 29 February 1900 */
	return *day >= 1 && *day <= 2958465;
}

static bool
put_date(XlsxWriter *xlsx, int column, DateADT date)
{
	int64		day;

	if (!excel_day(date, &day))
		return false;
	put_number(xlsx, column, day, FORMAT_DATE);
	return true;
}

/* To the millisecond. */
static bool
put_timestamp(XlsxWriter *xlsx, int column, Timestamp timestamp)
{
	int64		ms;
	int64		date;
	int64		day;

	if (TIMESTAMP_NOT_FINITE(timestamp))
		return false;
	ms = timestamp / 1000 + (timestamp % 1000 >= 500) - (timestamp % 1000 < -500);
	date = ms / 86400000 - (ms % 86400000 < 0);
	ms -= date * 86400000;
	if (!excel_day((DateADT) date, &day))
		return false;
	put_number(xlsx, column, day + ms / 86400000.0,
			   ms % 1000 == 0 ? FORMAT_TIMESTAMP : FORMAT_TIMESTAMP_MS);
	return true;
}

static bool
put_time(XlsxWriter *xlsx, int column, TimeADT time)
{
	int64		ms = (time + 500) / 1000;

	if (ms >= 86400000)
		return false;
	put_number(xlsx, column, ms / 86400000.0, ms % 1000 == 0 ? FORMAT_TIME : FORMAT_TIME_MS);
	return true;
}

/* Does a cell keep all digits of it? */
static bool
is_exact(const char *text)
{
	int			digits = 0;
	int			zeros = 0;		/* at the end of what was seen */

	for (const char *p = text; *p != '\0'; p++)
	{
		if (*p == '-' || *p == '.')
			continue;
		if (*p < '0' || *p > '9')
			return false;		/* NaN, Infinity */
		if (*p == '0')
			zeros += digits > 0;
		else
		{
			digits += zeros + 1;
			zeros = 0;
		}
	}
	return digits <= MAX_DIGITS;
}

static bool
put_float(XlsxWriter *xlsx, int column, const char *text)
{
	double		number = strtod(text, NULL);

	if (isnan(number) || fabs(number) > LARGEST)
		return false;
	put_number(xlsx, column, number, FORMAT_PLAIN);
	return true;
}

/* False: the value has to be text. */
static bool
put_typed(XlsxWriter *xlsx, int column, Datum value, const char *text)
{
	switch (xlsx->columns[column].type)
	{
		case BOOLOID:
			check(xlsx, worksheet_write_boolean(xlsx->sheet, xlsx->row, column,
												DatumGetBool(value), NULL));
			return true;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			{
				int64		number = strtoll(text, NULL, 10);

				if (number > MAX_EXACT || number < -MAX_EXACT)
					return false;
				put_number(xlsx, column, number, FORMAT_PLAIN);
				return true;
			}
		case FLOAT4OID:
		case FLOAT8OID:
			return put_float(xlsx, column, text);
		case NUMERICOID:
			return strlen(text) < 300 && is_exact(text) && put_float(xlsx, column, text);
		case DATEOID:
			return put_date(xlsx, column, DatumGetDateADT(value));
		case TIMESTAMPOID:
			return put_timestamp(xlsx, column, DatumGetTimestamp(value));
		case TIMEOID:
			return put_time(xlsx, column, DatumGetTimeADT(value));
		default:
			return false;
	}
}

static void
xlsx_row(FileWriter *writer, TupleTableSlot *slot)
{
	XlsxWriter *xlsx = (XlsxWriter *) writer;

	if (xlsx->row == MAX_ROWS)
		start_sheet(xlsx);
	for (int i = 0; i < xlsx->ncolumns; i++)
	{
		XlsxColumn *column = &xlsx->columns[i];
		Datum		value = slot->tts_values[column->attribute];
		char	   *text;

		if (slot->tts_isnull[column->attribute])
			continue;
		text = OutputFunctionCall(&column->output, value);
		if (!put_typed(xlsx, i, value, text))
			put_text(xlsx, i, text, FORMAT_PLAIN);
	}
	xlsx->row++;
}

/* ---- the end ---- */

static void
copy_file(XlsxWriter *xlsx)
{
	char	   *buffer = palloc(COPY_CHUNK);
	int64		at = 0;
	int			got;

	do
	{
		CHECK_FOR_INTERRUPTS();
		got = FileRead(xlsx->file, buffer, COPY_CHUNK, at, PG_WAIT_EXTENSION);
		if (got < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", FilePathName(xlsx->file))));
		byte_sink_write(xlsx->writer.bytes, buffer, got);
		at += got;
	} while (got > 0);
	pfree(buffer);
}

static void
xlsx_close(FileWriter *writer)
{
	XlsxWriter *xlsx = (XlsxWriter *) writer;
	lxw_workbook *workbook = xlsx->workbook;

	/* Which frees the workbook in any case. */
	xlsx->workbook = NULL;
	check(xlsx, workbook_close(workbook));
	copy_file(xlsx);
	FileClose(xlsx->file);
}

const FileWriterMethods xlsx_writer = {
	.name = "xlsx",
	.suffixes = ".xlsx",
	.open = xlsx_open,
	.row = xlsx_row,
	.close = xlsx_close,
};
