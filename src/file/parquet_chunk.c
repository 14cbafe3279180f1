/*-------------------------------------------------------------------------
 *
 * parquet_chunk.c
 *		The values of one column of a Parquet file, in the order of rows.
 *
 * One page is in memory at a time, and a batch of its values is decoded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_chunk.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* What is read to find a page's header, at first and at most. */
#define HEADER_BYTES		512
#define MAX_HEADER_BYTES	(16 * 1024 * 1024)

#define ROOM_BYTES			(64 * 1024)

void
cursor_init(ParquetCursor *cursor)
{
	cursor->memory = CurrentMemoryContext;
	cursor->notes_memory = AllocSetContextCreate(CurrentMemoryContext, "synthik parquet dictionary",
												 ALLOCSET_DEFAULT_SIZES);
	cursor->values.type = cursor->type;
	cursor->values.width = cursor->width;
	cursor->values.place = &cursor->place;
	cursor->values.room = makeStringInfo();
	enlargeStringInfo(cursor->values.room, ROOM_BYTES);
	initStringInfo(&cursor->values.previous);
	cursor->place.group = -1;
	cursor->place.offset = -1;
}

void
cursor_open(ParquetCursor *cursor, const ParquetChunk *chunk, int group)
{
	cursor->place.group = group;
	cursor->place.offset = chunk->offset;
	if (chunk->encrypted)
		parquet_unsupported(&cursor->place, "the column is encrypted");
	if (chunk->elsewhere)
		parquet_unsupported(&cursor->place, "the column is in another file");
	if (chunk->type != cursor->type)
		parquet_damaged(&cursor->place, "the column has another type in a row group than in the schema");
	cursor->codec = parquet_codec(chunk->codec, &cursor->place);
	cursor->next = chunk->offset;
	cursor->left = chunk->nvalues;
	cursor->page_left = 0;
	cursor->nbatch = cursor->at = 0;
	cursor->values.dictionary = NULL;
	cursor->values.ndictionary = 0;
	MemoryContextReset(cursor->notes_memory);
	cursor->dictionary_notes = NULL;
	cursor->page_is_coded = false;
}

/* ---- pages ---- */

static void
make_room(char **buffer, size_t *room, size_t length)
{
	if (length <= *room)
		return;
	if (*buffer != NULL)
		pfree(*buffer);
	*room = 0;
	*buffer = NULL;
	*buffer = palloc(length);
	*room = length;
}

/* Reads the next page's header, and moves on to its bytes. */
static void
read_header(ParquetCursor *cursor)
{
	size_t		wanted = HEADER_BYTES;

	cursor->place.offset = cursor->next;
	for (;;)
	{
		int64		there = cursor->limit - cursor->next;
		size_t		length;

		if (cursor->next < PARQUET_MAGIC_BYTES || there <= 0)
			parquet_damaged(&cursor->place, "a page lies outside of the data");
		wanted = Min(wanted, there);
		make_room(&cursor->packed, &cursor->packed_room, wanted);
		byte_source_read_at(cursor->bytes, cursor->next, cursor->packed, wanted);
		length = parquet_get_page_header(&cursor->header, cursor->packed, wanted, &cursor->place);
		if (length > 0)
		{
			cursor->next += length;
			return;
		}
		if (wanted == there || wanted >= MAX_HEADER_BYTES)
			parquet_damaged(&cursor->place, "the header of a page does not end");
		wanted *= 8;
	}
}

/* Bytes of the page, as they are in the file. */
static void
read_packed(ParquetCursor *cursor)
{
	const ParquetPageHeader *header = &cursor->header;

	if (header->packed > cursor->limit - cursor->next)
		parquet_damaged(&cursor->place, "a page of %d bytes does not fit into the file",
						header->packed);
	make_room(&cursor->packed, &cursor->packed_room, Max(header->packed, 1));
	byte_source_read_at(cursor->bytes, cursor->next, cursor->packed, header->packed);
	cursor->next += header->packed;
	if (header->has_crc && gzip_crc32(cursor->packed, header->packed) != header->crc)
		parquet_damaged(&cursor->place, "a page does not have its checksum");
}

/* A page's bytes, but for the first "plain" ones, which never are compressed. */
static void
unpack(ParquetCursor *cursor, char *page, int32 plain)
{
	const ParquetPageHeader *header = &cursor->header;
	size_t		packed = header->packed - plain;
	size_t		unpacked = header->unpacked - plain;

	memcpy(page, cursor->packed, plain);
	if (cursor->codec == NULL || !header->is_packed || (packed == 0 && unpacked == 0))
	{
		if (packed != unpacked)
			parquet_damaged(&cursor->place, "a page that is not compressed has two sizes");
		memcpy(page + plain, cursor->packed + plain, packed);
	}
	else if (!cursor->codec->unpack_block(cursor->packed + plain, packed, page + plain, unpacked))
		parquet_damaged(&cursor->place, "a page cannot be unpacked by %s", cursor->codec->name);
}

/* ---- the dictionary ---- */

static void
read_dictionary(ParquetCursor *cursor)
{
	const ParquetPageHeader *header = &cursor->header;
	ValueDecoder decoder = cursor->values;
	int			least = Max(parquet_width(cursor->type, cursor->width), 1);

	if (cursor->values.dictionary != NULL)
		parquet_damaged(&cursor->place, "a column has two dictionaries");
	if (header->encoding != ENCODING_PLAIN && header->encoding != ENCODING_PLAIN_DICTIONARY)
		parquet_damaged(&cursor->place, "encoding %d of a dictionary", header->encoding);
	if (header->nvalues > (int64) header->unpacked * (cursor->type == PARQUET_BOOLEAN ? 8 : 1) / least)
		parquet_damaged(&cursor->place, "a dictionary has fewer values than it says");
	if (header->nvalues > MaxAllocSize / sizeof(ParquetValue))
		parquet_unsupported(&cursor->place, "a dictionary of %d values", header->nvalues);
	if (cursor->dictionary_page != NULL)
		pfree(cursor->dictionary_page);
	if (cursor->dictionary != NULL)
		pfree(cursor->dictionary);
	cursor->dictionary_page = NULL;
	cursor->dictionary = NULL;
	cursor->dictionary_page = palloc(Max(header->unpacked, 1));
	unpack(cursor, cursor->dictionary_page, 0);
	cursor->dictionary = palloc(sizeof(ParquetValue) * Max(header->nvalues, 1));
	values_open(&decoder, ENCODING_PLAIN, cursor->dictionary_page, header->unpacked, header->nvalues);
	(void) values_get(&decoder, cursor->dictionary, NULL, header->nvalues);
	cursor->values.dictionary = cursor->dictionary;
	cursor->values.ndictionary = header->nvalues;
}

/* ---- data pages ---- */

/* Levels of version 1 have their length in front; returns what is behind. */
static const char *
open_levels(ParquetCursor *cursor, HybridDecoder *decoder, int highest, ParquetEncoding encoding,
			const char *at, const char *end)
{
	uint32		length;

	if (highest == 0)
		return at;
	if (encoding != ENCODING_RLE)
		parquet_unsupported(&cursor->place, "encoding %d of levels", encoding);
	if (end - at < sizeof(uint32) ||
		(length = parquet_get_le32(at)) > end - at - sizeof(uint32))
		parquet_damaged(&cursor->place, "the levels of a page do not fit into it");
	at += sizeof(uint32);
	hybrid_open(decoder, at, length, pg_leftmost_one_pos32(highest) + 1, &cursor->place);
	return at + length;
}

static void
open_page(ParquetCursor *cursor)
{
	const ParquetPageHeader *header = &cursor->header;
	const char *at = cursor->page;
	const char *end = at + header->unpacked;

	unpack(cursor, cursor->page, 0);
	at = open_levels(cursor, &cursor->reps, cursor->max_rep, header->rep_encoding, at, end);
	at = open_levels(cursor, &cursor->defs, cursor->max_def, header->def_encoding, at, end);
	values_open(&cursor->values, header->encoding, at, end - at, header->nvalues);
}

static void
open_page_v2(ParquetCursor *cursor)
{
	const ParquetPageHeader *header = &cursor->header;
	int32		levels = header->rep_bytes + header->def_bytes;

	unpack(cursor, cursor->page, levels);
	if (cursor->max_rep > 0)
		hybrid_open(&cursor->reps, cursor->page, header->rep_bytes,
					pg_leftmost_one_pos32(cursor->max_rep) + 1, &cursor->place);
	if (cursor->max_def > 0)
		hybrid_open(&cursor->defs, cursor->page + header->rep_bytes, header->def_bytes,
					pg_leftmost_one_pos32(cursor->max_def) + 1, &cursor->place);
	values_open(&cursor->values, header->encoding, cursor->page + levels,
				header->unpacked - levels, header->nvalues);
}

/* The next page of data; dictionaries are read on the way. */
static void
next_page(ParquetCursor *cursor)
{
	const ParquetPageHeader *header = &cursor->header;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		read_header(cursor);
		read_packed(cursor);
		if (header->type == PAGE_DICTIONARY)
			read_dictionary(cursor);
		else if (header->type == PAGE_DATA || header->type == PAGE_DATA_V2)
			break;
		else if (header->type != PAGE_INDEX)
			parquet_damaged(&cursor->place, "a page of unknown type %d", header->type);
	}
	if (header->nvalues > cursor->left)
		parquet_damaged(&cursor->place, "a column has more values than it says");
	make_room(&cursor->page, &cursor->page_room, Max(header->unpacked, 1));
	if (header->type == PAGE_DATA)
		open_page(cursor);
	else
		open_page_v2(cursor);
	cursor->page_is_coded = header->encoding == ENCODING_RLE_DICTIONARY ||
		header->encoding == ENCODING_PLAIN_DICTIONARY;
	cursor->left -= header->nvalues;
	cursor->page_left = header->nvalues;
}

/* ---- batches ---- */

/* Levels of the batch; returns how many entries are values. */
static int
decode_levels(ParquetCursor *cursor, int count)
{
	uint32	   *levels = cursor->batch_codes;
	int			nvalues = 0;

	if (cursor->max_rep > 0)
		hybrid_get(&cursor->reps, levels, count);
	for (int i = 0; i < count; i++)
	{
		cursor->batch_reps[i] = cursor->max_rep > 0 ? levels[i] : 0;
		if (cursor->max_rep > 0 && levels[i] > cursor->max_rep)
			parquet_damaged(&cursor->place, "a level of %u, beyond %d", levels[i], cursor->max_rep);
	}
	if (cursor->max_def == 0)
	{
		memset(cursor->batch_defs, 0, count);
		return count;
	}
	hybrid_get(&cursor->defs, levels, count);
	for (int i = 0; i < count; i++)
	{
		if (levels[i] > cursor->max_def)
			parquet_damaged(&cursor->place, "a level of %u, beyond %d", levels[i], cursor->max_def);
		cursor->batch_defs[i] = levels[i];
		nvalues += levels[i] == cursor->max_def;
	}
	return nvalues;
}

/* Values were decoded side by side: each goes where its entry is. */
static void
spread_values(ParquetCursor *cursor, int count, int nvalues)
{
	for (int i = count - 1; i >= 0 && nvalues <= i; i--)
	{
		if (cursor->batch_defs[i] != cursor->max_def)
			continue;
		nvalues--;
		cursor->batch[i] = cursor->batch[nvalues];
		cursor->batch_codes[i] = cursor->batch_codes[nvalues];
	}
}

/*
 * Where the values of a batch do not fit into their room, the rest of the
 * batch is decoded behind what was used of it: the levels are there already.
 */
static void
decode_batch(ParquetCursor *cursor)
{
	int			count = Min(cursor->page_left, CURSOR_BATCH);
	HybridDecoder reps = cursor->reps;
	HybridDecoder defs = cursor->defs;
	int			wanted = decode_levels(cursor, count);
	int			got = 0;

	cursor->values.room->len = 0;
	if (wanted > 0)
		got = values_get(&cursor->values, cursor->batch, cursor->batch_codes, wanted);
	if (got < wanted)
	{
		/* Only as many entries as have their values. */
		int			end = 0;

		for (int seen = 0; seen < got || cursor->batch_defs[end] != cursor->max_def; end++)
			seen += cursor->batch_defs[end] == cursor->max_def;
		count = end;
		cursor->reps = reps;
		cursor->defs = defs;
		if (cursor->max_rep > 0)
			hybrid_get(&cursor->reps, cursor->batch_codes, count);
		if (cursor->max_def > 0)
			hybrid_get(&cursor->defs, cursor->batch_codes, count);
	}
	spread_values(cursor, count, got);
	cursor->page_left -= count;
	cursor->nbatch = count;
	cursor->at = 0;
}

bool
cursor_refill(ParquetCursor *cursor)
{
	MemoryContext old = MemoryContextSwitchTo(cursor->memory);

	cursor->nbatch = cursor->at = 0;
	while (cursor->page_left == 0 && cursor->left > 0)
		next_page(cursor);
	if (cursor->page_left > 0)
		decode_batch(cursor);
	MemoryContextSwitchTo(old);
	return cursor->nbatch > 0;
}
