/*-------------------------------------------------------------------------
 *
 * parquet_range.c
 *		The smallest and greatest value of a column chunk of a Parquet file.
 *
 * Readers leave out chunks by them.  There are none where a NaN is among the
 * values, which is outside of any order that readers agree on.  Bounds of
 * long texts are cut: the lower one is a prefix, and the upper one a prefix
 * whose end is raised.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "file/parquet_leaf.h"

static void
set_range(ParquetChunkMeta *meta, const char *min, const char *max, size_t length)
{
	meta->has_range = true;
	meta->min = min;
	meta->max = max;
	meta->min_length = meta->max_length = length;
	meta->min_exact = meta->max_exact = true;
}

/* The values, or those of the dictionary, which are the same. */
static const char *
stored_values(const ParquetLeaf *leaf, int64 *count)
{
	*count = leaf->dictionary ? leaf->values.count : leaf->nvalues;
	return leaf->dictionary ? leaf->values.values.data : leaf->plain.data;
}

static void
range_of_booleans(const ParquetLeaf *leaf, ParquetChunkMeta *meta)
{
	meta->min_room[0] = memchr(leaf->plain.data, 0, leaf->nvalues) == NULL;
	meta->max_room[0] = memchr(leaf->plain.data, 1, leaf->nvalues) != NULL;
	set_range(meta, meta->min_room, meta->max_room, 1);
}

static void
range_of_integers(const ParquetLeaf *leaf, ParquetChunkMeta *meta)
{
	int64		count;
	const char *at = stored_values(leaf, &count);
	int64		min = PG_INT64_MAX;
	int64		max = PG_INT64_MIN;

	for (int64 i = 0; i < count; i++, at += leaf->width)
	{
		int64		value = leaf->order == ORDER_INT64 ? (int64) parquet_get_le64(at) :
			leaf->order == ORDER_UINT32 ? (int64) parquet_get_le32(at) :
			(int64) (int32) parquet_get_le32(at);

		min = Min(min, value);
		max = Max(max, value);
	}
	parquet_put_le64(meta->min_room, min);
	parquet_put_le64(meta->max_room, max);
	set_range(meta, meta->min_room, meta->max_room, leaf->width);
}

static double
float_at(const ParquetLeaf *leaf, const char *at)
{
	return leaf->order == ORDER_FLOAT ? parquet_get_float4(at) : parquet_get_float8(at);
}

static void
put_float(const ParquetLeaf *leaf, char *to, double value)
{
	if (leaf->order == ORDER_FLOAT)
		parquet_put_float4(to, (float4) value);
	else
		parquet_put_float8(to, value);
}

/* Zeros have a sign, which readers need not look at: the bounds hold both. */
static void
range_of_floats(const ParquetLeaf *leaf, ParquetChunkMeta *meta)
{
	int64		count;
	const char *at = stored_values(leaf, &count);
	double		min = INFINITY;
	double		max = -INFINITY;

	for (int64 i = 0; i < count; i++, at += leaf->width)
	{
		double		value = float_at(leaf, at);

		if (isnan(value))
			return;
		min = Min(min, value);
		max = Max(max, value);
	}
	put_float(leaf, meta->min_room, min == 0 ? -0.0 : min);
	put_float(leaf, meta->max_room, max == 0 ? 0.0 : max);
	set_range(meta, meta->min_room, meta->max_room, leaf->width);
}

static void
range_of_fixed(const ParquetLeaf *leaf, ParquetChunkMeta *meta)
{
	int64		count;
	const char *at = stored_values(leaf, &count);
	const char *min = at;
	const char *max = at;
	uint8		flip = leaf->order == ORDER_SIGNED_BYTES ? 0x80 : 0;

	for (int64 i = 1; i < count; i++)
	{
		const char *value = at + i * leaf->width;
		uint8		first = (uint8) value[0] ^ flip;
		uint8		low = (uint8) min[0] ^ flip;
		uint8		high = (uint8) max[0] ^ flip;

		if (first < low || (first == low && memcmp(value, min, leaf->width) < 0))
			min = value;
		if (first > high || (first == high && memcmp(value, max, leaf->width) > 0))
			max = value;
	}
	set_range(meta, min, max, leaf->width);
}

static int
compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int			order = memcmp(a, b, Min(a_length, b_length));

	return order != 0 ? order : a_length < b_length ? -1 : a_length > b_length;
}

/* The length without the last character. */
static size_t
cut_character(const char *text, size_t length)
{
	do
		length--;
	while (length > 0 && ((uint8) text[length] & 0xC0) == 0x80);
	return length;
}

static size_t
cut_length(const ParquetLeaf *leaf, const char *bytes, size_t length)
{
	if (length <= PARQUET_BOUND_BYTES)
		return length;
	length = PARQUET_BOUND_BYTES;
	while (leaf->is_text && length > 0 && ((uint8) bytes[length] & 0xC0) == 0x80)
		length--;
	return length;
}

/*
 * A prefix of the upper bound that is above all that begin with it: its last
 * byte is raised.  Text stays UTF-8: the last byte of a character is raised
 * where it can be, or else the character goes.  False if nothing is left.
 */
static bool
raise_bound(const ParquetLeaf *leaf, ParquetChunkMeta *meta)
{
	char	   *raised = meta->max_room;
	size_t		length = cut_length(leaf, meta->max, meta->max_length);

	memcpy(raised, meta->max, length);
	for (; length > 0; length = leaf->is_text ? cut_character(raised, length) : length - 1)
	{
		uint8		last = (uint8) raised[length - 1];

		if (last != 0xFF && !(leaf->is_text && (last == 0x7F || last == 0xBF)))
			break;
	}
	if (length == 0)
		return false;
	raised[length - 1]++;
	meta->max = raised;
	meta->max_length = length;
	meta->max_exact = false;
	return true;
}

static void
range_of_bytes(const ParquetLeaf *leaf, ParquetChunkMeta *meta)
{
	int64		count;
	const char *at = stored_values(leaf, &count);

	for (int64 i = 0; i < count; i++)
	{
		size_t		length = parquet_get_le32(at);

		at += sizeof(uint32);
		if (i == 0 || compare_bytes(at, length, meta->min, meta->min_length) < 0)
		{
			meta->min = at;
			meta->min_length = length;
		}
		if (i == 0 || compare_bytes(at, length, meta->max, meta->max_length) > 0)
		{
			meta->max = at;
			meta->max_length = length;
		}
		at += length;
	}
	meta->has_range = meta->min_exact = meta->max_exact = true;
	if (meta->min_length > PARQUET_BOUND_BYTES)
	{
		meta->min_length = cut_length(leaf, meta->min, meta->min_length);
		meta->min_exact = false;
	}
	if (meta->max_length > PARQUET_BOUND_BYTES && !raise_bound(leaf, meta))
		meta->has_range = false;
}

void
parquet_leaf_range(const ParquetLeaf *leaf, ParquetChunkMeta *meta)
{
	if (leaf->nvalues == 0)
		return;
	switch (leaf->order)
	{
		case ORDER_NONE:
			break;
		case ORDER_BOOLEAN:
			range_of_booleans(leaf, meta);
			break;
		case ORDER_INT32:
		case ORDER_UINT32:
		case ORDER_INT64:
			range_of_integers(leaf, meta);
			break;
		case ORDER_FLOAT:
		case ORDER_DOUBLE:
			range_of_floats(leaf, meta);
			break;
		case ORDER_SIGNED_BYTES:
			range_of_fixed(leaf, meta);
			break;
		case ORDER_BYTES:
			if (leaf->width > 0)
				range_of_fixed(leaf, meta);
			else
				range_of_bytes(leaf, meta);
			break;
	}
}
