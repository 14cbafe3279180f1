/*-------------------------------------------------------------------------
 *
 * read_file.c
 *		synthik_read_file, synthik_read_file_json: the rows of a file.
 *
 * In FROM they stream, as the makers of rows do.  Columns of the definition
 * list are those of the file by their names, in any order; in a file without
 * names they go by their places.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/file_input.h"
#include "api/maker.h"
#include "file/cells.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

typedef struct FileRun
{
	MakerRun	base;
	MemoryContext memory;
	MemoryContext row;			/* of one row's values */
	FileInput	input;
	FileReader *reader;
	CellCasts  *casts;			/* NULL: rows are JSON */
} FileRun;

/* ---- arguments ---- */

void
file_input_read(NullableDatum file, bool is_path, NullableDatum format,
				NullableDatum options, FileInput *out)
{
	memset(out, 0, sizeof(*out));
	if (file.isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", is_path ? "path" : "content")));
	file_options_read(format.isnull ? NULL : TextDatumGetCString(format.value),
					  options.isnull ? NULL : DatumGetJsonbPCopy(options.value),
					  &out->options);
	if (is_path)
	{
		out->path = TextDatumGetCString(file.value);
		out->bytes = byte_source_path(out->path);
	}
	else
	{
		bytea	   *content = DatumGetByteaPP(file.value);

		out->bytes = byte_source_memory(VARDATA_ANY(content), VARSIZE_ANY_EXHDR(content));
	}
}

/* ---- columns ---- */

/* A column whose name is longer than an identifier can be, by what is left of it. */
static int
long_column(const FileReader *reader, const char *name)
{
	int			length = strlen(name);

	for (int i = 0; i < reader->ncolumns; i++)
	{
		const char *column = reader->columns[i].name;
		int			n = strlen(column);

		if (n >= NAMEDATALEN && pg_mbcliplen(column, n, NAMEDATALEN - 1) == length &&
			strncmp(column, name, length) == 0)
			return i;
	}
	return -1;
}

static int
column_for(FileReader *reader, const char *name, int place)
{
	int			column = file_reader_column(reader, name);
	const char **names;

	if (column < 0)
		column = long_column(reader, name);
	if (column >= 0)
		return column;
	if (reader->unnamed && place < reader->ncolumns)
		return place;
	if (reader->more_columns)
		return file_reader_add_column(reader, name);
	names = palloc(sizeof(char *) * Max(reader->ncolumns, 1));
	for (int i = 0; i < reader->ncolumns; i++)
		names[i] = reader->columns[i].name;
	maker_unknown_column(psprintf("%s has no column", byte_source_label(reader->bytes)),
						 name, names, reader->ncolumns,
						 "synthik_file_columns prints the columns that it has.");
}

/* In a file without names, a list of which none is a made-up name goes by places. */
static void
map_columns(FileRun *run, const MakerCall *call)
{
	int		   *columns = palloc(sizeof(int) * Max(call->result->natts, 1));
	Bitmapset  *needed = NULL;

	for (int i = 0; i < call->result->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(call->result, i);
		int			column;

		columns[i] = CELL_COLUMN_UNREAD;
		if (att->attisdropped)
			continue;
		column = column_for(run->reader, NameStr(att->attname), i);
		if (!call->all && !bms_is_member(i, call->wanted))
			continue;
		columns[i] = column;
		needed = bms_add_member(needed, column);
	}
	if (run->reader->methods->project != NULL)
		run->reader->methods->project(run->reader, needed);
	run->casts = cell_casts_new(run->reader, call->result, columns, NULL);
}

/* ---- running ---- */

static MakerRun *
begin_file(const MakerCall *call)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik file",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	FileRun    *run = palloc0(sizeof(FileRun));

	run->base.methods = &file_maker_methods;
	run->memory = memory;
	run->row = AllocSetContextCreate(memory, "synthik file row", ALLOCSET_DEFAULT_SIZES);
	file_input_read(call->args[0], call->maker->text, call->args[1], call->args[2], &run->input);
	run->reader = file_open(run->input.bytes, &run->input.options);
	if (call->maker->shape == MAKER_FILE)
		map_columns(run, call);
	MemoryContextSwitchTo(old);
	return &run->base;
}

static void
add_row_place(void *reader)
{
	file_errcontext(reader, -1);
}

/* What is sound JSON can still be more than jsonb holds. */
static Datum
row_as_json(FileRun *run)
{
	ErrorContextCallback context = {.callback = add_row_place,.arg = run->reader};
	StringInfoData json;
	Datum		row;

	initStringInfo(&json);
	cells_to_json(run->reader, &json);
	context.previous = error_context_stack;
	error_context_stack = &context;
	row = DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
	error_context_stack = context.previous;
	return row;
}

static bool
next_values(MakerRun *base, Datum *values, bool *isnull)
{
	FileRun    *run = (FileRun *) base;
	MemoryContext old;

	MemoryContextReset(run->row);
	old = MemoryContextSwitchTo(run->row);
	if (!file_next(run->reader))
	{
		MemoryContextSwitchTo(old);
		return false;
	}
	if (run->casts != NULL)
		cell_casts_row(run->casts, values, isnull);
	else
	{
		values[0] = row_as_json(run);
		isnull[0] = false;
	}
	MemoryContextSwitchTo(old);
	return true;
}

static void
rewind_file(MakerRun *base)
{
	file_rewind(((FileRun *) base)->reader);
}

static void
end_file(MakerRun *base)
{
	FileRun    *run = (FileRun *) base;

	file_close(run->reader);
	byte_source_close(run->input.bytes);
	MemoryContextDelete(run->memory);
}

const MakerMethods file_maker_methods = {
	.begin = begin_file,
	.next = next_values,
	.rewind = rewind_file,
	.end = end_file,
};

SYNTHIK_FUNCTION(synthik_read_file)
{
	return maker_materialize(fcinfo);
}

SYNTHIK_FUNCTION(synthik_read_file_bytes)
{
	return maker_materialize(fcinfo);
}

SYNTHIK_FUNCTION(synthik_read_file_json)
{
	return maker_materialize(fcinfo);
}

SYNTHIK_FUNCTION(synthik_read_file_json_bytes)
{
	return maker_materialize(fcinfo);
}
