/*-------------------------------------------------------------------------
 *
 * file.c
 *		The table of formats, which of them a file is, and what their readers
 *		and writers share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/file.h"
#include "miscadmin.h"
#include "schema/semantic.h"
#include "utils/float.h"
#include "utils/memutils.h"

/* Those with a magic are asked first, in this order. */
static const FileReaderMethods *const readers[] = {
	&parquet_reader,
	&xlsx_reader,
	&csv_reader,
	&tsv_reader,
	&json_reader,
	&json_lines_reader,
};

static const FileWriterMethods *const writers[] = {
	&csv_writer,
	&tsv_writer,
	&json_writer,
	&json_lines_writer,
	&parquet_writer,
	&xlsx_writer,
};

/* What a file may be that no one reads, and what to do. */
static const struct
{
	const char *magic;
	size_t		length;
	const char *what;
	const char *hint;
}			strangers[] = {
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, "an old Excel workbook (.xls) or an encrypted one",
	"Open it with Excel or LibreOffice and save it as .xlsx without a password, or as CSV."},
	{"BZh", 3, "compressed by bzip2", "Unpack it, or pack it with gzip or zstd."},
	{"\xfd" "7zXZ", 5, "compressed by xz", "Unpack it, or pack it with gzip or zstd."},
	{"%PDF-", 5, "a PDF document", "Files have to be CSV, TSV, JSON, JSON lines, Excel workbooks or Parquet."},
	{"SQLite format 3", 15, "an SQLite database", "Export its tables as CSV."},
	{"PGDMP", 5, "an archive of pg_dump", "pg_restore reads it."},
};

/* ---- which format ---- */

static bool
has_suffix(const char *path, const char *suffixes)
{
	size_t		length = strlen(path);

	while (*suffixes != '\0')
	{
		size_t		n = strcspn(suffixes, " ");

		if (length > n && pg_strncasecmp(path + length - n, suffixes, n) == 0)
			return true;
		suffixes += n + strspn(suffixes + n, " ");
	}
	return false;
}

pg_noreturn static void
unknown_format(const char *format, const char *verb)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown format \"%s\" of a file to %s", format, verb),
			 errhint("There are csv, tsv, json, jsonl, xlsx and parquet.")));
}

/* A format's second name. */
static const char *
plain_format(const char *format)
{
	return pg_strcasecmp(format, "ndjson") == 0 ? "jsonl" : format;
}

static void
refuse_stranger(ByteSource *bytes, const char *head, size_t length)
{
	for (int i = 0; i < lengthof(strangers); i++)
		if (length >= strangers[i].length &&
			memcmp(head, strangers[i].magic, strangers[i].length) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("%s is %s", byte_source_label(bytes), strangers[i].what),
					 errhint("%s", strangers[i].hint)));
}

static const FileReaderMethods *
find_reader(ByteSource *bytes, const FileOptions *options)
{
	const char *name = byte_source_plain_name(bytes);
	const char *head;
	size_t		length;

	for (int i = 0; options->format != NULL && i < lengthof(readers); i++)
		if (pg_strcasecmp(readers[i]->name, plain_format(options->format)) == 0)
			return readers[i];
	if (options->format != NULL)
		unknown_format(options->format, "read");

	head = byte_source_peek(bytes, 4096, &length);
	for (int i = 0; i < lengthof(readers); i++)
		if (readers[i]->sniff != NULL && readers[i]->sniff(head, length))
			return readers[i];
	refuse_stranger(bytes, head, length);
	for (int i = 0; name != NULL && i < lengthof(readers); i++)
		if (has_suffix(name, readers[i]->suffixes))
			return readers[i];
	return json_text_sniff(head, length);
}

/* ---- reading ---- */

FileReader *
file_reader_new(size_t size, const FileReaderMethods *methods, ByteSource *bytes,
				const FileOptions *options)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik file reader",
												 ALLOCSET_DEFAULT_SIZES);
	FileReader *reader = MemoryContextAllocZero(memory, size);

	reader->methods = methods;
	reader->bytes = bytes;
	reader->options = options;
	reader->memory = memory;
	return reader;
}

FileReader *
file_open(ByteSource *bytes, const FileOptions *options)
{
	return find_reader(bytes, options)->open(bytes, options);
}

bool
file_next(FileReader *reader)
{
	CHECK_FOR_INTERRUPTS();
	if (!reader->methods->next(reader))
		return false;
	reader->rows++;
	return true;
}

void
file_rewind(FileReader *reader)
{
	reader->methods->rewind(reader);
	reader->rows = 0;
	reader->nproblems = 0;
	reader->nkept = 0;
}

void
file_close(FileReader *reader)
{
	reader->methods->close(reader);
	MemoryContextDelete(reader->memory);
}

/* ---- problems and places ---- */

void
file_problem(FileReader *reader, const char *place, const char *format,...)
{
	MemoryContext old;
	StringInfoData message;

	if (reader->nproblems++ >= FILE_MAX_PROBLEMS)
		return;
	old = MemoryContextSwitchTo(reader->memory);
	if (reader->problems == NULL)
		reader->problems = palloc(sizeof(FileProblem) * FILE_MAX_PROBLEMS);
	initStringInfo(&message);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&message, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	reader->problems[reader->nkept].place = place == NULL ? NULL : pstrdup(place);
	reader->problems[reader->nkept].message = message.data;
	reader->nkept++;
	MemoryContextSwitchTo(old);
}

int
file_errcontext(FileReader *reader, int column)
{
	return errcontext("%s, %s", byte_source_label(reader->bytes),
					  reader->methods->position(reader, column));
}

/* ---- writing ---- */

FileWriter *
file_writer_new(size_t size, const FileWriterMethods *methods, ByteSink *bytes,
				TupleDesc desc, const FileOptions *options)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik file writer",
												 ALLOCSET_DEFAULT_SIZES);
	FileWriter *writer = MemoryContextAllocZero(memory, size);

	writer->methods = methods;
	writer->bytes = bytes;
	writer->options = options;
	writer->memory = memory;
	writer->row_memory = AllocSetContextCreate(memory, "synthik file row", ALLOCSET_DEFAULT_SIZES);
	writer->desc = desc;
	return writer;
}

static const FileWriterMethods *
writer_by_name(const char *format)
{
	for (int i = 0; i < lengthof(writers); i++)
		if (pg_strcasecmp(writers[i]->name, plain_format(format)) == 0)
			return writers[i];
	unknown_format(format, "write");
}

static const FileWriterMethods *
writer_by_path(const char *path, const char *plain)
{
	for (int i = 0; i < lengthof(writers); i++)
		if (has_suffix(plain, writers[i]->suffixes))
			return writers[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the name of file \"%s\" says no format", path),
			 errhint("Names end with .csv, .tsv, .json, .jsonl, .xlsx or .parquet, and .gz or .zst behind it; or give the argument format.")));
}

const FileWriterMethods *
file_writer_find(const char *path, const FileOptions *options, CodecKind *codec)
{
	const Codec *by_suffix = path == NULL ? NULL : codec_by_suffix(path);
	const Codec *by_option;
	const FileWriterMethods *methods;
	const char *plain = path;

	*codec = CODEC_NONE;
	if (by_suffix != NULL)
	{
		plain = pnstrdup(path, strlen(path) - strlen(by_suffix->suffix));
		*codec = by_suffix->kind;
	}
	if (options->format == NULL && path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("format must not be null")));
	methods = options->format != NULL ? writer_by_name(options->format) :
		writer_by_path(path, plain);
	if (options->compression == NULL || methods->packs)
		return methods;
	by_option = codec_by_name(options->compression);
	if (by_option == NULL && pg_strcasecmp(options->compression, "none") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown compression \"%s\" of format \"%s\"",
						options->compression, methods->name),
				 errhint("There are none, gzip and zstd.")));
	*codec = by_option == NULL ? CODEC_NONE : by_option->kind;
	return methods;
}

FileWriter *
file_write_open(const FileWriterMethods *methods, ByteSink *bytes, TupleDesc desc,
				const FileOptions *options)
{
	return methods->open(bytes, desc, options);
}

/*
 * Values are written alike whatever the session's settings are: dates by ISO,
 * and floats to the last bit.  The query itself runs with the session's.
 */
void
file_write_row(FileWriter *writer, TupleTableSlot *slot)
{
	MemoryContext old;
	int			date_style = DateStyle;
	int			interval_style = IntervalStyle;
	int			float_digits = extra_float_digits;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(writer->row_memory);
	old = MemoryContextSwitchTo(writer->row_memory);
	slot_getallattrs(slot);
	PG_TRY();
	{
		DateStyle = USE_ISO_DATES;
		IntervalStyle = INTSTYLE_POSTGRES;
		extra_float_digits = 1;
		writer->methods->row(writer, slot);
	}
	PG_FINALLY();
	{
		DateStyle = date_style;
		IntervalStyle = interval_style;
		extra_float_digits = float_digits;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	writer->rows++;
}

void
file_write_close(FileWriter *writer)
{
	MemoryContext old = MemoryContextSwitchTo(writer->memory);

	writer->methods->close(writer);
	MemoryContextSwitchTo(old);
}
