/*-------------------------------------------------------------------------
 *
 * parquet_read.c
 *		The reader of Parquet files.
 *
 * The footer, at the end of the file, says where the pages of each column of
 * each row group are.  Columns are read side by side, a page of each at a
 * time; of those that are not wanted, nothing is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "file/file.h"
#include "file/parquet_tree.h"
#include "file/report.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define MAX_FOOTER_BYTES ((int64) MaxAllocSize - 1)

typedef struct ParquetReader
{
	FileReader	base;
	ParquetPlace place;
	int64		limit;			/* where the footer begins */
	ParquetFooter footer;
	ParquetTree *root;
	int			nleaves;
	ParquetCursor **cursors;	/* of leaves; NULL: not read */
	bool	   *wanted;			/* columns */
	bool		started;
	uint32		group;			/* the next one */
	int64		group_left;		/* rows of the current one */
	int64		row;			/* of the file, the current one, from 1 */
	MemoryContext row_memory;	/* values of the current row */
} ParquetReader;

static bool
parquet_sniff(const char *head, size_t length)
{
	return length >= PARQUET_MAGIC_BYTES &&
		(memcmp(head, PARQUET_MAGIC, PARQUET_MAGIC_BYTES) == 0 ||
		 memcmp(head, PARQUET_MAGIC_ENCRYPTED, PARQUET_MAGIC_BYTES) == 0);
}

/* ---- opening ---- */

/* Checks both ends of the file; returns the length of the footer. */
static int64
check_ends(ParquetReader *reader)
{
	ByteSource *bytes = reader->base.bytes;
	int64		size = byte_source_size(bytes);
	char		head[PARQUET_MAGIC_BYTES];
	char		tail[PARQUET_TAIL_BYTES];
	int64		length;

	if (size < PARQUET_MAGIC_BYTES + PARQUET_TAIL_BYTES)
		parquet_damaged(&reader->place, "it has %d bytes only", (int) size);
	byte_source_read_at(bytes, 0, head, sizeof(head));
	byte_source_read_at(bytes, size - PARQUET_TAIL_BYTES, tail, sizeof(tail));
	if (memcmp(tail + 4, PARQUET_MAGIC_ENCRYPTED, PARQUET_MAGIC_BYTES) == 0)
		parquet_unsupported(&reader->place, "it is encrypted");
	if (memcmp(head, PARQUET_MAGIC, PARQUET_MAGIC_BYTES) != 0)
		parquet_damaged(&reader->place, "it does not begin with \"PAR1\"");
	if (memcmp(tail + 4, PARQUET_MAGIC, PARQUET_MAGIC_BYTES) != 0)
		parquet_damaged(&reader->place, "it does not end with \"PAR1\", so it may be cut off");
	length = parquet_get_le32(tail);
	if (length > size - PARQUET_MAGIC_BYTES - PARQUET_TAIL_BYTES || length > MAX_FOOTER_BYTES)
		parquet_damaged(&reader->place, "a footer of " INT64_FORMAT " bytes does not fit into it", length);
	reader->limit = size - PARQUET_TAIL_BYTES - length;
	return length;
}

static void
check_groups(ParquetReader *reader)
{
	ParquetPlace place = reader->place;

	for (uint32 i = 0; i < reader->footer.ngroups; i++)
	{
		place.group = i;
		if (reader->footer.groups[i].nchunks != reader->nleaves)
			parquet_damaged(&place, "it has %u columns, and the schema %d",
							reader->footer.groups[i].nchunks, reader->nleaves);
	}
}

static void
read_footer(ParquetReader *reader)
{
	int64		length = check_ends(reader);
	char	   *bytes = palloc(Max(length, 1));

	byte_source_read_at(reader->base.bytes, reader->limit, bytes, length);
	reader->place.offset = reader->limit;
	parquet_get_footer(&reader->footer, bytes, length, &reader->place);
	reader->place.offset = -1;
	pfree(bytes);
	reader->root = parquet_tree(&reader->footer, &reader->place, &reader->nleaves);
	check_groups(reader);
}

static void
set_columns(ParquetReader *reader)
{
	int			count = reader->root->nchildren;
	char	  **names = palloc(sizeof(char *) * Max(count, 1));

	for (int i = 0; i < count; i++)
		names[i] = pstrdup(reader->root->children[i]->name);
	file_reader_set_columns(&reader->base, names, count);
	reader->wanted = palloc(sizeof(bool) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		reader->base.columns[i].type = reader->root->children[i]->type;
		reader->base.columns[i].typmod = reader->root->children[i]->typmod;
		reader->wanted[i] = true;
	}
}

static FileReader *
parquet_reader_open(ByteSource *bytes, const FileOptions *options)
{
	FileReader *base = file_reader_new(sizeof(ParquetReader), &parquet_reader, bytes, options);
	ParquetReader *reader = (ParquetReader *) base;
	MemoryContext old = MemoryContextSwitchTo(base->memory);

	reader->place.file = pstrdup(byte_source_label(bytes));
	reader->place.group = -1;
	reader->place.offset = -1;
	reader->row_memory = AllocSetContextCreate(base->memory, "synthik parquet row",
											   ALLOCSET_DEFAULT_SIZES);
	read_footer(reader);
	set_columns(reader);
	reader->cursors = palloc0(sizeof(ParquetCursor *) * Max(reader->nleaves, 1));
	MemoryContextSwitchTo(old);
	return base;
}

static void
parquet_project(FileReader *base, const Bitmapset *columns)
{
	ParquetReader *reader = (ParquetReader *) base;

	for (int i = 0; i < base->ncolumns; i++)
		reader->wanted[i] = bms_is_member(i, columns);
}

/* ---- row groups ---- */

/* Cursors for the leaves of a column. */
static void
start_column(ParquetReader *reader, ParquetTree *tree, const char *name)
{
	for (int i = 0; i < tree->nchildren; i++)
		start_column(reader, tree->children[i], name);
	if (tree->kind == TREE_LEAF)
	{
		ParquetCursor *cursor = palloc0(sizeof(ParquetCursor));

		cursor->type = tree->element->type;
		cursor->width = tree->element->length;
		cursor->max_def = tree->def;
		cursor->max_rep = tree->max_rep;
		cursor->bytes = reader->base.bytes;
		cursor->limit = reader->limit;
		cursor->place.file = reader->place.file;
		cursor->place.column = name;
		cursor_init(cursor);
		reader->cursors[tree->leaf] = tree->cursor = cursor;
	}
	tree->first = reader->cursors[tree->leaf];
}

static void
start_columns(ParquetReader *reader)
{
	MemoryContext old = MemoryContextSwitchTo(reader->base.memory);

	for (int i = 0; i < reader->base.ncolumns; i++)
	{
		if (reader->wanted[i])
			start_column(reader, reader->root->children[i], reader->base.columns[i].name);
	}
	reader->started = true;
	MemoryContextSwitchTo(old);
}

/* What is behind the last row of a group is as wrong as what is missing. */
static void
check_group_end(ParquetReader *reader)
{
	for (int i = 0; i < reader->nleaves; i++)
	{
		if (reader->group > 0 && reader->cursors[i] != NULL && cursor_has(reader->cursors[i]))
			parquet_damaged(&reader->cursors[i]->place, "a column has more values than rows");
	}
}

/* Goes to the next row group that has rows; false at the end. */
static bool
next_group(ParquetReader *reader)
{
	while (reader->group_left == 0)
	{
		const ParquetGroup *group;

		CHECK_FOR_INTERRUPTS();
		check_group_end(reader);
		if (reader->group >= reader->footer.ngroups)
			return false;
		group = &reader->footer.groups[reader->group];
		for (int i = 0; i < reader->nleaves; i++)
		{
			if (reader->cursors[i] != NULL)
				cursor_open(reader->cursors[i], &group->chunks[i], reader->group);
		}
		reader->group++;
		reader->group_left = group->rows;
	}
	return true;
}

/* ---- rows ---- */

/* A row begins with entries that go on with no list. */
static void
check_row_start(ParquetReader *reader)
{
	for (int i = 0; i < reader->nleaves; i++)
	{
		ParquetCursor *cursor = reader->cursors[i];

		if (cursor != NULL && cursor->max_rep > 0 && cursor_has(cursor) &&
			cursor->batch_reps[cursor->at] != 0)
			parquet_damaged(&cursor->place, "the lists of a column do not fit the rows");
	}
}

static bool
parquet_next(FileReader *base)
{
	ParquetReader *reader = (ParquetReader *) base;
	MemoryContext old;

	if (!reader->started)
		start_columns(reader);
	if (!next_group(reader))
		return false;
	MemoryContextReset(reader->row_memory);
	old = MemoryContextSwitchTo(reader->row_memory);
	check_row_start(reader);
	for (int i = 0; i < base->ncolumns; i++)
	{
		FileCell   *cell = &base->cells[i];
		bool		isnull = true;

		cell->value = reader->wanted[i] ?
			parquet_read(reader->root->children[i], &isnull) : (Datum) 0;
		cell->kind = isnull ? CELL_NULL : CELL_DATUM;
	}
	MemoryContextSwitchTo(old);
	reader->group_left--;
	reader->row++;
	return true;
}

static char *
parquet_position(FileReader *base, int column)
{
	ParquetReader *reader = (ParquetReader *) base;

	if (column < 0)
		return psprintf("row " INT64_FORMAT, reader->row);
	return psprintf("row " INT64_FORMAT ", column \"%s\"", reader->row, base->columns[column].name);
}

static void
parquet_report(FileReader *base, JsonbParseState **state)
{
	ParquetReader *reader = (ParquetReader *) base;
	const char *maker = reader->footer.created_by;

	file_report_number(state, "row_groups", reader->footer.ngroups);
	if (maker != NULL && pg_verify_mbstr(PG_UTF8, maker, strlen(maker), true))
		file_report_text(state, "created_by", pg_any_to_server(maker, strlen(maker), PG_UTF8));
}

static void
parquet_rewind(FileReader *base)
{
	ParquetReader *reader = (ParquetReader *) base;

	reader->group = 0;
	reader->group_left = 0;
	reader->row = 0;
}

static void
parquet_close(FileReader *base)
{
}

const FileReaderMethods parquet_reader = {
	.name = "parquet",
	.suffixes = ".parquet .pq",
	.sniff = parquet_sniff,
	.open = parquet_reader_open,
	.project = parquet_project,
	.next = parquet_next,
	.position = parquet_position,
	.report = parquet_report,
	.rewind = parquet_rewind,
	.close = parquet_close
};
