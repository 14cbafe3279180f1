/*-------------------------------------------------------------------------
 *
 * json_write.c
 *		The writers of JSON (one array of objects) and of JSON lines.
 *
 * An object is what row_to_json makes of a row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "file/file.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

typedef struct JsonWriter
{
	FileWriter	writer;
	TupleDesc	row_type;		/* blessed */
	bool		lines;
	bool		convert;		/* to UTF-8, which JSON is in */
} JsonWriter;

static void
check_columns(TupleDesc desc, const FileOptions *options)
{
	if (options->utf16 || (options->encoding >= 0 && options->encoding != PG_UTF8))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("JSON is written in UTF-8 alone")));
	for (int i = 0; i < desc->natts; i++)
		for (int k = 0; k < i; k++)
			if (!TupleDescAttr(desc, i)->attisdropped && !TupleDescAttr(desc, k)->attisdropped &&
				strcmp(NameStr(TupleDescAttr(desc, i)->attname),
					   NameStr(TupleDescAttr(desc, k)->attname)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("two columns are named \"%s\"",
								NameStr(TupleDescAttr(desc, i)->attname)),
						 errhint("Keys of an object have to differ; give one another name by AS.")));
}

static FileWriter *
open_json(ByteSink *bytes, TupleDesc desc, const FileOptions *options,
		  const FileWriterMethods *methods, bool lines)
{
	JsonWriter *json = (JsonWriter *) file_writer_new(sizeof(JsonWriter), methods, bytes, desc, options);
	MemoryContext old = MemoryContextSwitchTo(json->writer.memory);

	check_columns(desc, options);
	json->row_type = CreateTupleDescCopy(desc);
	json->row_type->tdtypeid = RECORDOID;
	json->row_type->tdtypmod = -1;
	json->row_type = BlessTupleDesc(json->row_type);
	json->lines = lines;
	json->convert = GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII;
	if (!lines)
		byte_sink_write(bytes, "[", 1);
	MemoryContextSwitchTo(old);
	return &json->writer;
}

static FileWriter *
json_open(ByteSink *bytes, TupleDesc desc, const FileOptions *options)
{
	return open_json(bytes, desc, options, &json_writer, false);
}

static FileWriter *
json_lines_open(ByteSink *bytes, TupleDesc desc, const FileOptions *options)
{
	return open_json(bytes, desc, options, &json_lines_writer, true);
}

static void
json_row(FileWriter *writer, TupleTableSlot *slot)
{
	JsonWriter *json = (JsonWriter *) writer;
	HeapTuple	tuple = heap_form_tuple(json->row_type, slot->tts_values, slot->tts_isnull);
	text	   *object = DatumGetTextPP(DirectFunctionCall1(row_to_json, HeapTupleGetDatum(tuple)));
	char	   *bytes = VARDATA_ANY(object);
	size_t		length = VARSIZE_ANY_EXHDR(object);

	if (json->convert)
	{
		char	   *utf8 = pg_server_to_any(bytes, length, PG_UTF8);

		if (utf8 != bytes)
		{
			bytes = utf8;
			length = strlen(utf8);
		}
	}
	if (!json->lines)
		byte_sink_write(writer->bytes, writer->rows > 0 ? ",\n" : "\n", writer->rows > 0 ? 2 : 1);
	byte_sink_write(writer->bytes, bytes, length);
	if (json->lines)
		byte_sink_write(writer->bytes, "\n", 1);
}

static void
json_close(FileWriter *writer)
{
	byte_sink_write(writer->bytes, writer->rows > 0 ? "\n]\n" : "]\n", writer->rows > 0 ? 3 : 2);
}

static void
json_lines_close(FileWriter *writer)
{
}

const FileWriterMethods json_writer = {
	.name = "json",
	.suffixes = ".json",
	.open = json_open,
	.row = json_row,
	.close = json_close,
};

const FileWriterMethods json_lines_writer = {
	.name = "jsonl",
	.suffixes = ".jsonl .ndjson",
	.open = json_lines_open,
	.row = json_row,
	.close = json_lines_close,
};
