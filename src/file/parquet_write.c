/*-------------------------------------------------------------------------
 *
 * parquet_write.c
 *		The writer of Parquet files.
 *
 * Rows are gathered column by column until a row group is full, and then
 * written; what is kept of a row group is its entry of the footer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/file.h"
#include "file/parquet_node.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* A row group ends after so many rows or bytes. */
#define GROUP_ROWS		(128 * 1024)
#define GROUP_BYTES		(64 * 1024 * 1024)

#define CREATED_BY		"synthik version " SYNTHIK_VERSION

typedef struct ParquetWriter
{
	FileWriter	base;
	int			ncolumns;
	int		   *attributes;		/* 0-based, of the columns */
	ParquetNode **columns;
	List	   *leaves;			/* of all columns, in order */
	ParquetPages pages;
	int			group_limit;	/* rows */
	int64		group_rows;		/* gathered so far */
	int64		rows;			/* written */
	uint32		ngroups;
	StringInfoData groups;		/* their entries */
} ParquetWriter;

/* ---- opening ---- */

static void
add_columns(ParquetWriter *writer, TupleDesc desc)
{
	writer->columns = palloc(sizeof(ParquetNode *) * Max(desc->natts, 1));
	writer->attributes = palloc(sizeof(int) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		for (int j = 0; j < writer->ncolumns; j++)
		{
			if (strcmp(NameStr(att->attname),
					   NameStr(TupleDescAttr(desc, writer->attributes[j])->attname)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column name \"%s\" appears more than once", NameStr(att->attname)),
						 errhint("Columns of a Parquet file need names of their own.")));
		}
		writer->attributes[writer->ncolumns] = i;
		writer->columns[writer->ncolumns++] = parquet_node(NameStr(att->attname), att->atttypid,
														   att->atttypmod, &writer->leaves);
	}
	if (writer->ncolumns == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("a Parquet file needs a column at least")));
}

static void
set_compression(ParquetWriter *writer, const char *name)
{
	ParquetPages *pages = &writer->pages;

	if (!parquet_codec_number(name != NULL ? name : "snappy", &pages->codec_number))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown compression \"%s\" of a Parquet file", name),
				 errhint("There are snappy, zstd, gzip, lz4_raw and none.")));
	pages->codec = parquet_codec(pages->codec_number, NULL);
}

static FileWriter *
parquet_writer_open(ByteSink *bytes, TupleDesc desc, const FileOptions *options)
{
	FileWriter *base = file_writer_new(sizeof(ParquetWriter), &parquet_writer, bytes, desc, options);
	ParquetWriter *writer = (ParquetWriter *) base;
	MemoryContext old = MemoryContextSwitchTo(base->memory);
	ListCell   *cell;

	add_columns(writer, desc);
	foreach(cell, writer->leaves)
		parquet_leaf_init(lfirst(cell), base->memory);
	set_compression(writer, options->compression);
	writer->pages.sink = bytes;
	writer->pages.page.memory = writer->pages.packed.memory = base->memory;
	initStringInfo(&writer->pages.header);
	initStringInfo(&writer->groups);
	writer->group_limit = options->row_group_rows > 0 ? options->row_group_rows : GROUP_ROWS;
	byte_sink_write(bytes, PARQUET_MAGIC, PARQUET_MAGIC_BYTES);
	MemoryContextSwitchTo(old);
	return base;
}

/* ---- rows ---- */

static void
flush_group(ParquetWriter *writer)
{
	int64		start = byte_sink_offset(writer->base.bytes);
	int64		unpacked = 0;
	int64		packed = 0;
	ThriftWriter entry;
	ListCell   *cell;

	if (writer->group_rows == 0)
		return;
	parquet_put_group_start(&entry, &writer->groups, list_length(writer->leaves));
	foreach(cell, writer->leaves)
		parquet_leaf_flush(lfirst(cell), &writer->pages, &entry, &unpacked, &packed);
	parquet_put_group_end(&entry, unpacked, packed, writer->group_rows, start);
	writer->rows += writer->group_rows;
	writer->group_rows = 0;
	writer->ngroups++;
}

static bool
group_is_full(const ParquetWriter *writer)
{
	size_t		bytes = 0;
	ListCell   *cell;

	if (writer->group_rows >= writer->group_limit)
		return true;
	foreach(cell, writer->leaves)
		bytes += parquet_leaf_bytes(lfirst(cell));
	return bytes >= GROUP_BYTES;
}

static void
parquet_writer_row(FileWriter *base, TupleTableSlot *slot)
{
	ParquetWriter *writer = (ParquetWriter *) base;
	ParquetRow	row = {.number = writer->rows + writer->group_rows + 1};

	slot_getallattrs(slot);
	for (int i = 0; i < writer->ncolumns; i++)
	{
		int			attribute = writer->attributes[i];

		row.column = NameStr(TupleDescAttr(base->desc, attribute)->attname);
		parquet_node_write(writer->columns[i], slot->tts_values[attribute],
						   slot->tts_isnull[attribute], 0, 0, &row);
	}
	writer->group_rows++;
	if (group_is_full(writer))
		flush_group(writer);
}

/* ---- closing ---- */

static void
add_key(ParquetKey *keys, int *nkeys, const char *key, const char *value)
{
	if (value == NULL)
		return;
	keys[*nkeys].key = key;
	keys[(*nkeys)++].value = pg_server_to_any(value, strlen(value), PG_UTF8);
}

static void
put_footer(ParquetWriter *writer, StringInfo footer)
{
	const FileOptions *options = writer->base.options;
	int			count = 1;
	int			nkeys = 0;
	ParquetKey	keys[2];
	ParquetElement *elements;

	for (int i = 0; i < writer->ncolumns; i++)
		count += parquet_node_count(writer->columns[i]);
	elements = palloc0(sizeof(ParquetElement) * count);
	elements[0].name = "schema";
	elements[0].type = PARQUET_GROUP;
	elements[0].nchildren = writer->ncolumns;
	count = 1;
	for (int i = 0; i < writer->ncolumns; i++)
		count += parquet_node_elements(writer->columns[i], &elements[count]);
	add_key(keys, &nkeys, "title", options->title);
	add_key(keys, &nkeys, "license", options->license);
	parquet_put_footer(footer, elements, count, writer->rows, &writer->groups, writer->ngroups,
					   keys, nkeys, CREATED_BY);
}

static void
parquet_writer_close(FileWriter *base)
{
	ParquetWriter *writer = (ParquetWriter *) base;
	StringInfoData footer;
	char		tail[PARQUET_TAIL_BYTES];

	flush_group(writer);
	initStringInfo(&footer);
	put_footer(writer, &footer);
	parquet_put_le32(tail, footer.len);
	memcpy(tail + sizeof(uint32), PARQUET_MAGIC, PARQUET_MAGIC_BYTES);
	byte_sink_write(base->bytes, footer.data, footer.len);
	byte_sink_write(base->bytes, tail, sizeof(tail));
}

const FileWriterMethods parquet_writer = {
	.name = "parquet",
	.suffixes = ".parquet .pq",
	.packs = true,
	.open = parquet_writer_open,
	.row = parquet_writer_row,
	.close = parquet_writer_close
};
