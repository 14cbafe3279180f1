/*-------------------------------------------------------------------------
 *
 * parquet_leaf.c
 *		A column of a Parquet file as it is gathered and written.
 *
 * A column chunk is a dictionary page, where it has one, and data pages of
 * version 1: levels of repetition, levels of definition, values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_leaf.h"
#include "miscadmin.h"

/* A page ends after so many bytes or rows. */
#define PAGE_BYTES		(1024 * 1024)
#define PAGE_ROWS		20000

void
parquet_leaf_init(ParquetLeaf *leaf, MemoryContext memory)
{
	leaf->reps.memory = leaf->defs.memory = memory;
	leaf->codes.memory = leaf->plain.memory = memory;
	leaf->values.values.memory = leaf->values.offsets.memory = memory;
	leaf->dictionary = leaf->type != PARQUET_BOOLEAN;
	parquet_dictionary_reset(&leaf->values, leaf->width);
}

size_t
parquet_leaf_bytes(const ParquetLeaf *leaf)
{
	return leaf->reps.length + leaf->defs.length + leaf->codes.length + leaf->plain.length +
		leaf->values.values.length + leaf->values.offsets.length;
}

/* ---- dictionary or not ---- */

/* What the values would have as PLAIN. */
static void
use_plain(ParquetLeaf *leaf)
{
	const uint32 *codes = (const uint32 *) leaf->codes.data;
	int64		count = leaf->codes.length / sizeof(uint32);

	for (int64 i = 0; i < count; i++)
	{
		uint32		length;
		const char *value = parquet_dictionary_value(&leaf->values, codes[i], &length);

		parquet_buffer_add(&leaf->plain, value, length);
	}
	parquet_buffer_empty(&leaf->codes);
	parquet_dictionary_reset(&leaf->values, leaf->width);
	leaf->dictionary = false;
}

/*
 * A dictionary pays if its values and their numbers take less room than the
 * values would, each at the average length of the different ones.
 */
static bool
dictionary_pays(const ParquetLeaf *leaf)
{
	const ParquetDictionary *values = &leaf->values;
	double		plain;
	double		coded;

	if (values->count == 0)
		return false;
	plain = (double) values->values.length / values->count * leaf->nvalues;
	coded = (double) values->values.length +
		(double) leaf->nvalues * parquet_bit_width(values->count - 1) / 8;
	return coded < 0.9 * plain;
}

void
parquet_leaf_judge(ParquetLeaf *leaf)
{
	bool		full = leaf->values.values.length > PARQUET_DICTIONARY_BYTES;

	/* Early on, only what is nearly unique is given up. */
	if (full || leaf->likely_plain || leaf->values.count > leaf->nvalues / 4 * 3)
		use_plain(leaf);
}

/* ---- pages ---- */

/* Where a page begins or ends. */
typedef struct PageCut
{
	int64		entry;
	int64		value;
	size_t		plain;			/* offset */
} PageCut;

/* Moves over the values of one row more. */
static void
add_row(const ParquetLeaf *leaf, PageCut *cut)
{
	const uint8 *reps = (const uint8 *) leaf->reps.data;
	const uint8 *defs = (const uint8 *) leaf->defs.data;

	do
	{
		if (leaf->max_def == 0 || defs[cut->entry] == leaf->max_def)
		{
			cut->value++;
			if (leaf->dictionary)
				continue;
			cut->plain += leaf->width > 0 ? leaf->width :
				sizeof(uint32) + parquet_get_le32(leaf->plain.data + cut->plain);
		}
	} while (++cut->entry < leaf->nentries && leaf->max_rep > 0 && reps[cut->entry] > 0);
}

static PageCut
next_cut(const ParquetLeaf *leaf, PageCut cut)
{
	size_t		start = cut.plain;

	for (int rows = 0; rows < PAGE_ROWS && cut.entry < leaf->nentries; rows++)
	{
		if (cut.plain - start >= PAGE_BYTES)
			break;
		add_row(leaf, &cut);
	}
	return cut;
}

/* Levels with their length in front. */
static void
put_levels(ParquetBuffer *page, const ParquetBuffer *levels, int64 first, int64 end, int highest)
{
	size_t		start = page->length;

	if (highest == 0)
		return;
	(void) parquet_buffer_need(page, sizeof(uint32));
	page->length += sizeof(uint32);
	parquet_put_levels(page, (const uint8 *) levels->data + first, end - first,
					   parquet_bit_width(highest));
	parquet_put_le32(page->data + start, page->length - start - sizeof(uint32));
}

static void
put_values(ParquetBuffer *page, const ParquetLeaf *leaf, const PageCut *from, const PageCut *to)
{
	if (leaf->dictionary)
	{
		/* A width of 0 is lawful for a single value, but not read by all. */
		int			width = Max(parquet_bit_width(leaf->values.count - 1), 1);

		*parquet_buffer_need(page, 1) = (char) width;
		page->length++;
		parquet_put_codes(page, (const uint32 *) leaf->codes.data + from->value,
						  to->value - from->value, width);
	}
	else if (leaf->type == PARQUET_BOOLEAN)
		parquet_put_booleans(page, leaf->plain.data + from->plain, to->value - from->value);
	else
		parquet_buffer_add(page, leaf->plain.data + from->plain, to->plain - from->plain);
}

/* Compresses and writes a page, whose header lacks its sizes. */
static void
write_page(ParquetPages *pages, ParquetPageHeader *header, const ParquetBuffer *page,
		   int64 *unpacked, int64 *packed)
{
	const char *bytes = page->data;
	size_t		length = page->length;

	if (pages->codec != NULL)
	{
		size_t		room = pages->codec->pack_bound(page->length);

		pages->packed.length = 0;
		bytes = parquet_buffer_need(&pages->packed, room);
		length = pages->codec->pack_block(page->data, page->length, pages->packed.data, room);
	}
	if (page->length > PG_INT32_MAX || length > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a row is too large for a page of a Parquet file")));
	header->unpacked = page->length;
	header->packed = length;
	resetStringInfo(&pages->header);
	parquet_put_page_header(&pages->header, header);
	byte_sink_write(pages->sink, pages->header.data, pages->header.len);
	byte_sink_write(pages->sink, bytes, length);
	*unpacked += pages->header.len + page->length;
	*packed += pages->header.len + length;
}

static void
write_dictionary(ParquetLeaf *leaf, ParquetPages *pages, ParquetChunkMeta *meta)
{
	ParquetPageHeader header = {
		.type = PAGE_DICTIONARY,.nvalues = leaf->values.count,.encoding = ENCODING_PLAIN
	};

	meta->dictionary_offset = byte_sink_offset(pages->sink);
	write_page(pages, &header, &leaf->values.values, &meta->unpacked, &meta->packed);
}

static void
write_pages(ParquetLeaf *leaf, ParquetPages *pages, ParquetChunkMeta *meta)
{
	PageCut		from = {0};

	meta->data_offset = byte_sink_offset(pages->sink);
	while (from.entry < leaf->nentries)
	{
		PageCut		to = next_cut(leaf, from);
		ParquetPageHeader header = {
			.type = PAGE_DATA,.nvalues = to.entry - from.entry,
			.encoding = leaf->dictionary ? ENCODING_RLE_DICTIONARY : ENCODING_PLAIN
		};

		CHECK_FOR_INTERRUPTS();
		pages->page.length = 0;
		put_levels(&pages->page, &leaf->reps, from.entry, to.entry, leaf->max_rep);
		put_levels(&pages->page, &leaf->defs, from.entry, to.entry, leaf->max_def);
		put_values(&pages->page, leaf, &from, &to);
		write_page(pages, &header, &pages->page, &meta->unpacked, &meta->packed);
		from = to;
	}
	parquet_buffer_empty(&pages->page);
	parquet_buffer_empty(&pages->packed);
}

/* ---- chunks ---- */

static void
start_anew(ParquetLeaf *leaf)
{
	leaf->likely_plain = leaf->type != PARQUET_BOOLEAN && !leaf->dictionary && leaf->nvalues > 0;
	leaf->dictionary = leaf->type != PARQUET_BOOLEAN;
	leaf->nentries = leaf->nvalues = 0;
	parquet_buffer_empty(&leaf->reps);
	parquet_buffer_empty(&leaf->defs);
	parquet_buffer_empty(&leaf->codes);
	parquet_buffer_empty(&leaf->plain);
	parquet_dictionary_reset(&leaf->values, leaf->width);
}

void
parquet_leaf_flush(ParquetLeaf *leaf, ParquetPages *pages, ThriftWriter *group,
				   int64 *unpacked, int64 *packed)
{
	ParquetChunkMeta meta = {.type = leaf->type,.path = leaf->path,.npath = leaf->npath};

	if (leaf->dictionary && !dictionary_pays(leaf))
		use_plain(leaf);
	meta.codec = pages->codec_number;
	meta.nvalues = leaf->nentries;
	meta.nulls = leaf->nentries - leaf->nvalues;
	meta.dictionary = leaf->dictionary;
	parquet_leaf_range(leaf, &meta);
	if (leaf->dictionary)
		write_dictionary(leaf, pages, &meta);
	write_pages(leaf, pages, &meta);
	parquet_put_chunk(group, &meta);
	*unpacked += meta.unpacked;
	*packed += meta.packed;
	start_anew(leaf);
}
