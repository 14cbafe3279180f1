/*-------------------------------------------------------------------------
 *
 * parquet_encode.c
 *		Parquet's encodings, for writing: runs and packed bits, dictionaries.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/hashfn.h"
#include "file/parquet_encode.h"
#include "port/pg_bitutils.h"
#include "util/rng.h"
#include "utils/memutils.h"

#define KEPT_BYTES		(4 * 1024 * 1024)	/* that an empty buffer holds on to */
#define FIRST_SLOTS		1024

/* ---- buffers ---- */

void
parquet_buffer_grow(ParquetBuffer *buffer, size_t more)
{
	size_t		room = Max(buffer->room * 2, 256);

	while (room - buffer->length < more)
		room *= 2;
	if (buffer->data == NULL)
		buffer->data = MemoryContextAllocHuge(buffer->memory, room);
	else
		buffer->data = repalloc_huge(buffer->data, room);
	buffer->room = room;
}

void
parquet_buffer_empty(ParquetBuffer *buffer)
{
	buffer->length = 0;
	if (buffer->room > KEPT_BYTES)
	{
		pfree(buffer->data);
		buffer->data = NULL;
		buffer->room = 0;
	}
}

/* ---- the hybrid of runs and packed bits ---- */

/*
 * A run is its length and one value; packed bits come in groups of eight
 * values, the last one filled up with zeros.  A run is worth it from eight
 * equal values on, and can begin only where a group would.
 */

#define MIN_RUN 8

int
parquet_bit_width(uint32 highest)
{
	return highest == 0 ? 0 : pg_leftmost_one_pos32(highest) + 1;
}

static void
put_varint(ParquetBuffer *out, uint64 value)
{
	char	   *to = parquet_buffer_need(out, 10);
	int			n = 0;

	for (; value >= 0x80; value >>= 7)
		to[n++] = (char) (value | 0x80);
	to[n++] = (char) value;
	out->length += n;
}

/* Values are bytes or words of four; inlined for either. */
static pg_attribute_always_inline uint32
value_at(const void *values, int size, size_t i)
{
	return size == 1 ? ((const uint8 *) values)[i] : ((const uint32 *) values)[i];
}

/* How many values from i on are equal, up to a limit. */
static pg_attribute_always_inline size_t
run_length(const void *values, int size, size_t i, size_t count)
{
	uint32		first = value_at(values, size, i);
	size_t		end = i + 1;

	while (end < count && value_at(values, size, end) == first)
		end++;
	return end - i;
}

static pg_attribute_always_inline void
put_run(ParquetBuffer *out, uint32 value, size_t length, int width)
{
	char	   *to;

	put_varint(out, (uint64) length << 1);
	to = parquet_buffer_need(out, 4);
	for (int bits = 0; bits < width; bits += 8)
		*to++ = (char) (value >> bits);
	out->length = to - out->data;
}

/* Values in groups of eight. */
static pg_attribute_always_inline void
put_packed(ParquetBuffer *out, const void *values, int size, size_t count, int width)
{
	size_t		ngroups = (count + 7) / 8;
	uint64		bits = 0;
	int			nbits = 0;
	char	   *to;

	put_varint(out, (uint64) ngroups << 1 | 1);
	to = parquet_buffer_need(out, ngroups * width + 8);
	for (size_t i = 0; i < ngroups * 8; i++)
	{
		bits |= (uint64) (i < count ? value_at(values, size, i) : 0) << nbits;
		nbits += width;
		while (nbits >= 8)
		{
			*to++ = (char) bits;
			bits >>= 8;
			nbits -= 8;
		}
	}
	out->length = to - out->data;
}

static pg_attribute_always_inline void
put_hybrid(ParquetBuffer *out, const void *values, int size, size_t count, int width)
{
	size_t		i = 0;

	while (i < count)
	{
		size_t		run = run_length(values, size, i, count);
		size_t		end = i;

		if (run >= MIN_RUN || i + run == count)
		{
			put_run(out, value_at(values, size, i), run, width);
			i += run;
			continue;
		}
		do
			end += 8;
		while (end < count && run_length(values, size, end, Min(count, end + MIN_RUN)) < MIN_RUN);
		end = Min(end, count);
		put_packed(out, (const char *) values + i * size, size, end - i, width);
		i = end;
	}
}

void
parquet_put_levels(ParquetBuffer *out, const uint8 *levels, size_t count, int width)
{
	put_hybrid(out, levels, 1, count, width);
}

void
parquet_put_codes(ParquetBuffer *out, const uint32 *codes, size_t count, int width)
{
	put_hybrid(out, codes, 4, count, width);
}

void
parquet_put_booleans(ParquetBuffer *out, const char *values, size_t count)
{
	size_t		bytes = (count + 7) / 8;
	char	   *to = parquet_buffer_need(out, bytes);

	memset(to, 0, bytes);
	for (size_t i = 0; i < count; i++)
		to[i / 8] |= (char) (values[i] << (i % 8));
	out->length += bytes;
}

/* ---- dictionaries ---- */

void
parquet_dictionary_reset(ParquetDictionary *dictionary, int width)
{
	dictionary->width = width;
	dictionary->count = 0;
	parquet_buffer_empty(&dictionary->values);
	parquet_buffer_empty(&dictionary->offsets);
	if (dictionary->nslots > 0)
		memset(dictionary->slots, 0, sizeof(uint32) * dictionary->nslots);
}

static void
grow_slots(ParquetDictionary *dictionary)
{
	uint32		old_count = dictionary->nslots;
	uint32	   *old_slots = dictionary->slots;
	uint32	   *old_hashes = dictionary->hashes;
	MemoryContext memory = dictionary->values.memory;
	uint32		mask;

	dictionary->nslots = Max(old_count * 2, FIRST_SLOTS);
	dictionary->slots = MemoryContextAllocZero(memory, sizeof(uint32) * dictionary->nslots);
	dictionary->hashes = MemoryContextAlloc(memory, sizeof(uint32) * dictionary->nslots);
	mask = dictionary->nslots - 1;
	for (uint32 i = 0; i < old_count; i++)
	{
		uint32		at;

		if (old_slots[i] == 0)
			continue;
		at = old_hashes[i] & mask;
		while (dictionary->slots[at] != 0)
			at = (at + 1) & mask;
		dictionary->slots[at] = old_slots[i];
		dictionary->hashes[at] = old_hashes[i];
	}
	if (old_count > 0)
	{
		pfree(old_slots);
		pfree(old_hashes);
	}
}

static inline uint32
hash_value(const char *value, uint32 length)
{
	uint64		word;

	if (length == 8)
		memcpy(&word, value, 8);
	else if (length == 4)
		word = parquet_get_le32(value);
	else
		return hash_bytes((const unsigned char *) value, length);
	return (uint32) (rng_mix(word) >> 32);
}

static inline bool
same_value(const ParquetDictionary *dictionary, uint32 code, const char *value, uint32 length)
{
	uint32		has;
	const char *at = parquet_dictionary_value(dictionary, code, &has);

	if (dictionary->width == 8)
		return memcmp(at, value, 8) == 0;
	if (dictionary->width > 0)
		return memcmp(at, value, length) == 0;
	return has == length + sizeof(uint32) && memcmp(at + sizeof(uint32), value, length) == 0;
}

static void
add_value(ParquetDictionary *dictionary, const char *value, uint32 length)
{
	if (dictionary->width == 0)
	{
		uint32		offset = dictionary->values.length;

		parquet_buffer_add(&dictionary->offsets, &offset, sizeof(uint32));
		parquet_put_le32(parquet_buffer_need(&dictionary->values, sizeof(uint32)), length);
		dictionary->values.length += sizeof(uint32);
	}
	parquet_buffer_add(&dictionary->values, value, length);
	dictionary->count++;
}

uint32
parquet_dictionary_code(ParquetDictionary *dictionary, const char *value, uint32 length)
{
	uint32		hash = hash_value(value, length);
	uint32		at;
	uint32		mask;

	if (dictionary->count >= dictionary->nslots / 2)
		grow_slots(dictionary);
	mask = dictionary->nslots - 1;
	for (at = hash & mask; dictionary->slots[at] != 0; at = (at + 1) & mask)
	{
		if (dictionary->hashes[at] == hash &&
			same_value(dictionary, dictionary->slots[at] - 1, value, length))
			return dictionary->slots[at] - 1;
	}
	add_value(dictionary, value, length);
	dictionary->slots[at] = dictionary->count;
	dictionary->hashes[at] = hash;
	return dictionary->count - 1;
}
