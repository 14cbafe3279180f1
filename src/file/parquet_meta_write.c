/*-------------------------------------------------------------------------
 *
 * parquet_meta_write.c
 *		Parquet's metadata as bytes.
 *
 * Numbers of fields are those of parquet.thrift.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_meta.h"

#define FORMAT_VERSION 2

/* ---- pages ---- */

void
parquet_put_page_header(StringInfo out, const ParquetPageHeader *header)
{
	ThriftWriter writer;
	bool		data = header->type == PAGE_DATA;

	thrift_start(&writer, out);
	thrift_int(&writer, 1, THRIFT_I32, header->type);
	thrift_int(&writer, 2, THRIFT_I32, header->unpacked);
	thrift_int(&writer, 3, THRIFT_I32, header->packed);
	thrift_struct(&writer, data ? 5 : 7);
	thrift_int(&writer, 1, THRIFT_I32, header->nvalues);
	thrift_int(&writer, 2, THRIFT_I32, header->encoding);
	if (data)
	{
		thrift_int(&writer, 3, THRIFT_I32, ENCODING_RLE);
		thrift_int(&writer, 4, THRIFT_I32, ENCODING_RLE);
	}
	thrift_end(&writer);
	thrift_end(&writer);
}

/* ---- row groups ---- */

static void
put_statistics(ThriftWriter *writer, const ParquetChunkMeta *chunk)
{
	thrift_struct(writer, 12);
	thrift_int(writer, 3, THRIFT_I64, chunk->nulls);
	if (chunk->has_range)
	{
		thrift_bytes(writer, 5, chunk->max, chunk->max_length);
		thrift_bytes(writer, 6, chunk->min, chunk->min_length);
		thrift_bool(writer, 7, chunk->max_exact);
		thrift_bool(writer, 8, chunk->min_exact);
	}
	thrift_end(writer);
}

void
parquet_put_chunk(ThriftWriter *writer, const ParquetChunkMeta *chunk)
{
	thrift_item_struct(writer);
	thrift_int(writer, 2, THRIFT_I64, 0);	/* no copy of the metadata there */
	thrift_struct(writer, 3);
	thrift_int(writer, 1, THRIFT_I32, chunk->type);
	thrift_list(writer, 2, THRIFT_I32, chunk->dictionary ? 3 : 2);
	thrift_item_int(writer, ENCODING_PLAIN);
	thrift_item_int(writer, ENCODING_RLE);
	if (chunk->dictionary)
		thrift_item_int(writer, ENCODING_RLE_DICTIONARY);
	thrift_list(writer, 3, THRIFT_BINARY, chunk->npath);
	for (int i = 0; i < chunk->npath; i++)
		thrift_item_bytes(writer, chunk->path[i], strlen(chunk->path[i]));
	thrift_int(writer, 4, THRIFT_I32, chunk->codec);
	thrift_int(writer, 5, THRIFT_I64, chunk->nvalues);
	thrift_int(writer, 6, THRIFT_I64, chunk->unpacked);
	thrift_int(writer, 7, THRIFT_I64, chunk->packed);
	thrift_int(writer, 9, THRIFT_I64, chunk->data_offset);
	if (chunk->dictionary)
		thrift_int(writer, 11, THRIFT_I64, chunk->dictionary_offset);
	put_statistics(writer, chunk);
	thrift_end(writer);
	thrift_end(writer);
}

void
parquet_put_group_start(ThriftWriter *writer, StringInfo out, uint32 ncolumns)
{
	thrift_start(writer, out);
	thrift_list(writer, 1, THRIFT_STRUCT, ncolumns);
}

void
parquet_put_group_end(ThriftWriter *writer, int64 unpacked, int64 packed, int64 rows,
					  int64 offset)
{
	thrift_int(writer, 2, THRIFT_I64, unpacked);
	thrift_int(writer, 3, THRIFT_I64, rows);
	thrift_int(writer, 5, THRIFT_I64, offset);
	thrift_int(writer, 6, THRIFT_I64, packed);
	thrift_end(writer);
}

/* ---- the schema ---- */

/* What a meaning is in the union of logical types, and in the older enum. */
static void
logical_numbers(const ParquetElement *element, int *logical, int *converted)
{
	*logical = *converted = -1;
	switch (element->meaning)
	{
		case MEANING_STRING:
			*logical = 1;
			*converted = 0;
			break;
		case MEANING_LIST:
			*logical = 3;
			*converted = 3;
			break;
		case MEANING_DECIMAL:
			*logical = 5;
			*converted = 5;
			break;
		case MEANING_DATE:
			*logical = 6;
			*converted = 6;
			break;
		case MEANING_TIME:
			*logical = 7;		/* the older one means instants */
			break;
		case MEANING_TIMESTAMP:
			*logical = 8;
			*converted = element->utc ? 10 : -1;
			break;
		case MEANING_INTEGER:
			*logical = 10;
			*converted = (element->is_signed ? 15 : 11) +
				(element->bits == 8 ? 0 : element->bits == 16 ? 1 : element->bits == 32 ? 2 : 3);
			break;
		case MEANING_JSON:
			*logical = 12;
			*converted = 19;
			break;
		case MEANING_UUID:
			*logical = 14;
			break;
		default:
			break;
	}
}

static void
put_logical_type(ThriftWriter *writer, const ParquetElement *element, int logical)
{
	thrift_struct(writer, 10);
	thrift_struct(writer, logical);
	switch (element->meaning)
	{
		case MEANING_DECIMAL:
			thrift_int(writer, 1, THRIFT_I32, element->scale);
			thrift_int(writer, 2, THRIFT_I32, element->precision);
			break;
		case MEANING_TIME:
		case MEANING_TIMESTAMP:
			thrift_bool(writer, 1, element->utc);
			thrift_struct(writer, 2);
			thrift_struct(writer, element->unit);
			thrift_end(writer);
			thrift_end(writer);
			break;
		case MEANING_INTEGER:
			thrift_int(writer, 1, THRIFT_BYTE, element->bits);
			thrift_bool(writer, 2, element->is_signed);
			break;
		default:
			break;
	}
	thrift_end(writer);
	thrift_end(writer);
}

static void
put_element(ThriftWriter *writer, const ParquetElement *element, bool root)
{
	int			logical;
	int			converted;

	logical_numbers(element, &logical, &converted);
	thrift_item_struct(writer);
	if (element->type != PARQUET_GROUP)
		thrift_int(writer, 1, THRIFT_I32, element->type);
	if (element->type == PARQUET_FIXED)
		thrift_int(writer, 2, THRIFT_I32, element->length);
	if (!root)
		thrift_int(writer, 3, THRIFT_I32, element->repetition);
	thrift_text(writer, 4, element->name);
	if (element->type == PARQUET_GROUP)
		thrift_int(writer, 5, THRIFT_I32, element->nchildren);
	if (converted >= 0)
		thrift_int(writer, 6, THRIFT_I32, converted);
	if (element->meaning == MEANING_DECIMAL)
	{
		thrift_int(writer, 7, THRIFT_I32, element->scale);
		thrift_int(writer, 8, THRIFT_I32, element->precision);
	}
	if (logical >= 0)
		put_logical_type(writer, element, logical);
	thrift_end(writer);
}

/* ---- the footer ---- */

static void
put_keys(ThriftWriter *writer, const ParquetKey *keys, int nkeys)
{
	if (nkeys == 0)
		return;
	thrift_list(writer, 5, THRIFT_STRUCT, nkeys);
	for (int i = 0; i < nkeys; i++)
	{
		thrift_item_struct(writer);
		thrift_text(writer, 1, keys[i].key);
		thrift_text(writer, 2, keys[i].value);
		thrift_end(writer);
	}
}

/* How the statistics of each column are ordered: as its type says. */
static void
put_column_orders(ThriftWriter *writer, const ParquetElement *elements, int nelements)
{
	uint32		nleaves = 0;

	for (int i = 0; i < nelements; i++)
		nleaves += elements[i].type != PARQUET_GROUP;
	thrift_list(writer, 7, THRIFT_STRUCT, nleaves);
	for (uint32 i = 0; i < nleaves; i++)
	{
		thrift_item_struct(writer);
		thrift_struct(writer, 1);
		thrift_end(writer);
		thrift_end(writer);
	}
}

void
parquet_put_footer(StringInfo out, const ParquetElement *elements, int nelements, int64 rows,
				   const StringInfoData *groups, uint32 ngroups, const ParquetKey *keys,
				   int nkeys, const char *created_by)
{
	ThriftWriter writer;

	thrift_start(&writer, out);
	thrift_int(&writer, 1, THRIFT_I32, FORMAT_VERSION);
	thrift_list(&writer, 2, THRIFT_STRUCT, nelements);
	for (int i = 0; i < nelements; i++)
		put_element(&writer, &elements[i], i == 0);
	thrift_int(&writer, 3, THRIFT_I64, rows);
	thrift_list(&writer, 4, THRIFT_STRUCT, ngroups);
	appendBinaryStringInfo(out, groups->data, groups->len);
	put_keys(&writer, keys, nkeys);
	thrift_text(&writer, 6, created_by);
	put_column_orders(&writer, elements, nelements);
	thrift_end(&writer);
}
