/*-------------------------------------------------------------------------
 *
 * parquet_decode.c
 *		Parquet's encodings, for reading: runs and packed bits, and deltas.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_decode.h"
#include "miscadmin.h"

/* Of deltas; writers use 128 and 4. */
#define MAX_BLOCK_VALUES	(1024 * 1024)
#define MAX_MINIBLOCKS		4096

static uint64
get_varint(const uint8 **at, const uint8 *end, const ParquetPlace *place)
{
	uint64		value = 0;

	for (int shift = 0; shift < 64 && *at < end; shift += 7)
	{
		uint8		byte = *(*at)++;

		value |= (uint64) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	parquet_damaged(place, "a number within a page is broken");
}

static uint64
get_zigzag(const uint8 **at, const uint8 *end, const ParquetPlace *place)
{
	uint64		value = get_varint(at, end, place);

	return value >> 1 ^ (~(value & 1) + 1);
}

/* The width bits, up to 64, from a bit on; bits behind the end are 0. */
static inline uint64
get_bits(const uint8 *bytes, const uint8 *end, uint64 bit, int width)
{
	const uint8 *at = bytes + bit / 8;
	int			shift = bit % 8;
	int			needed = (shift + width + 7) / 8;
	uint64		low = 0;
	uint64		high = 0;

	if (end - at >= 8 && needed <= 8)
		low = parquet_get_le64(at);
	else
	{
		for (int i = 0; i < needed && at + i < end; i++)
		{
			if (i < 8)
				low |= (uint64) at[i] << (8 * i);
			else
				high = at[i];
		}
	}
	low >>= shift;
	if (shift > 0 && needed > 8)
		low |= high << (64 - shift);
	return width == 64 ? low : low & ((UINT64CONST(1) << width) - 1);
}

/* ---- the hybrid of runs and packed bits ---- */

void
hybrid_open(HybridDecoder *decoder, const void *bytes, size_t length, int width,
			const ParquetPlace *place)
{
	memset(decoder, 0, sizeof(HybridDecoder));
	decoder->at = bytes;
	decoder->end = decoder->at + length;
	decoder->width = width;
	decoder->place = place;
	if (width < 0 || width > 32)
		parquet_damaged(place, "numbers of %d bits in a page", width);
}

static void
hybrid_next_run(HybridDecoder *decoder)
{
	uint64		head;
	int			bytes = (decoder->width + 7) / 8;

	/* Of packed bits, what is left of the last byte is filling. */
	if (decoder->bit > 0)
	{
		decoder->at++;
		decoder->bit = 0;
	}
	head = get_varint(&decoder->at, decoder->end, decoder->place);
	if (head & 1)
	{
		uint64		groups = head >> 1;

		/* The last group may be cut short. */
		if (decoder->width > 0)
			groups = Min(groups, (uint64) (decoder->end - decoder->at) / decoder->width + 1);
		decoder->packed_left = Min(groups, UINT64CONST(1) << 40) * 8;
		return;
	}
	decoder->run_left = head >> 1;
	if (decoder->end - decoder->at < bytes)
		parquet_damaged(decoder->place, "a page ends early");
	decoder->run_value = 0;
	for (int i = 0; i < bytes; i++)
		decoder->run_value |= (uint32) *decoder->at++ << (8 * i);
}

static void
hybrid_get_packed(HybridDecoder *decoder, uint32 *values, int count)
{
	uint64		bit = decoder->bit;

	if ((bit + (uint64) count * decoder->width + 7) / 8 > decoder->end - decoder->at)
		parquet_damaged(decoder->place, "a page ends early");
	for (int i = 0; i < count; i++, bit += decoder->width)
		values[i] = (uint32) get_bits(decoder->at, decoder->end, bit, decoder->width);
	decoder->at += bit / 8;
	decoder->bit = bit % 8;
	decoder->packed_left -= count;
}

void
hybrid_get(HybridDecoder *decoder, uint32 *values, int count)
{
	while (count > 0)
	{
		int			n;

		if (decoder->run_left > 0)
		{
			n = Min(decoder->run_left, count);
			for (int i = 0; i < n; i++)
				values[i] = decoder->run_value;
			decoder->run_left -= n;
		}
		else if (decoder->packed_left > 0)
		{
			n = Min(decoder->packed_left, count);
			hybrid_get_packed(decoder, values, n);
		}
		else
		{
			hybrid_next_run(decoder);
			continue;
		}
		values += n;
		count -= n;
	}
}

/* ---- deltas ---- */

/*
 * Blocks of deltas: their smallest, which is taken off all of them, and
 * miniblocks with a width of bits each.
 */

void
delta_open(DeltaDecoder *decoder, const void *bytes, size_t length, const ParquetPlace *place)
{
	uint64		block;
	uint64		miniblocks;

	memset(decoder, 0, sizeof(DeltaDecoder));
	decoder->at = bytes;
	decoder->end = decoder->at + length;
	decoder->place = place;
	block = get_varint(&decoder->at, decoder->end, place);
	miniblocks = get_varint(&decoder->at, decoder->end, place);
	if (block == 0 || block > MAX_BLOCK_VALUES || miniblocks == 0 ||
		miniblocks > MAX_MINIBLOCKS || block % miniblocks != 0 || block / miniblocks % 8 != 0)
		parquet_damaged(place, "deltas in impossible blocks");
	decoder->block_values = block;
	decoder->miniblocks = decoder->miniblock = miniblocks;
	decoder->values_left = get_varint(&decoder->at, decoder->end, place);
	decoder->value = get_zigzag(&decoder->at, decoder->end, place);
	decoder->first = true;
}

static void
delta_next_miniblock(DeltaDecoder *decoder)
{
	uint64		bytes;

	if (decoder->miniblock == decoder->miniblocks)
	{
		decoder->min_delta = get_zigzag(&decoder->at, decoder->end, decoder->place);
		if (decoder->end - decoder->at < decoder->miniblocks)
			parquet_damaged(decoder->place, "a page ends early");
		decoder->widths = decoder->at;
		decoder->at += decoder->miniblocks;
		decoder->miniblock = 0;
	}
	decoder->width = decoder->widths[decoder->miniblock++];
	if (decoder->width > 64)
		parquet_damaged(decoder->place, "deltas of %d bits", decoder->width);
	decoder->packed = decoder->at;
	decoder->packed_at = 0;
	decoder->packed_values = decoder->block_values / decoder->miniblocks;
	bytes = (uint64) decoder->packed_values * decoder->width / 8;
	if (bytes > decoder->end - decoder->at)
	{
		/* Some writers do not fill up the last one. */
		bytes = decoder->end - decoder->at;
		decoder->packed_values = decoder->width > 0 ? bytes * 8 / decoder->width : 0;
		if (decoder->packed_values == 0)
			parquet_damaged(decoder->place, "a page ends early");
	}
	decoder->at += bytes;
}

uint64
delta_get(DeltaDecoder *decoder)
{
	if (decoder->values_left == 0)
		parquet_damaged(decoder->place, "a page has fewer deltas than values");
	decoder->values_left--;
	if (decoder->first)
	{
		decoder->first = false;
		return decoder->value;
	}
	if (decoder->packed_at == decoder->packed_values)
		delta_next_miniblock(decoder);
	decoder->value += decoder->min_delta +
		get_bits(decoder->packed, decoder->end,
				 (uint64) decoder->packed_at++ * decoder->width, decoder->width);
	return decoder->value;
}

const uint8 *
delta_finish(DeltaDecoder *decoder)
{
	while (decoder->values_left > 0)
	{
		CHECK_FOR_INTERRUPTS();
		(void) delta_get(decoder);
	}
	return decoder->at;
}
