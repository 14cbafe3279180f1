/*-------------------------------------------------------------------------
 *
 * parquet_values.c
 *		The values of a page, in whichever encoding.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_decode.h"
#include "utils/memutils.h"

/* A batch ends where values that are put together need more than this. */
#define ROOM_BYTES (16 * 1024 * 1024)

int
parquet_width(ParquetType type, int length)
{
	switch (type)
	{
		case PARQUET_INT32:
		case PARQUET_FLOAT:
			return 4;
		case PARQUET_INT64:
		case PARQUET_DOUBLE:
			return 8;
		case PARQUET_INT96:
			return 12;
		case PARQUET_FIXED:
			return length;
		default:
			return 0;
	}
}

pg_noreturn static void
ends_early(ValueDecoder *decoder)
{
	parquet_damaged(decoder->place, "a page ends early");
}

pg_noreturn static void
wrong_encoding(ValueDecoder *decoder)
{
	if (decoder->encoding == ENCODING_BIT_PACKED)
		parquet_unsupported(decoder->place, "encoding %d of a page", decoder->encoding);
	parquet_damaged(decoder->place, "encoding %d of a page does not suit the column",
					decoder->encoding);
}

/* ---- opening ---- */

static void
open_codes(ValueDecoder *decoder)
{
	if (decoder->dictionary == NULL)
		parquet_damaged(decoder->place, "a page needs a dictionary that is not there");
	if (decoder->at == decoder->end)
	{
		/* Of a page of NULLs alone. */
		hybrid_open(&decoder->codes, decoder->at, 0, 0, decoder->place);
		return;
	}
	hybrid_open(&decoder->codes, decoder->at + 1, decoder->end - decoder->at - 1, decoder->at[0],
				decoder->place);
}

static void
open_deltas(ValueDecoder *decoder)
{
	size_t		length = decoder->end - decoder->at;
	DeltaDecoder lengths;

	/* Nothing needs to be there for nothing. */
	memset(&decoder->deltas, 0, sizeof(DeltaDecoder));
	memset(&decoder->prefixes, 0, sizeof(DeltaDecoder));
	decoder->deltas.place = decoder->prefixes.place = decoder->place;
	if (length == 0)
		return;
	delta_open(&decoder->deltas, decoder->at, length, decoder->place);
	if (decoder->encoding == ENCODING_DELTA_BINARY_PACKED)
		return;
	if (decoder->encoding == ENCODING_DELTA_BYTE_ARRAY)
	{
		decoder->prefixes = decoder->deltas;
		decoder->at = delta_finish(&decoder->deltas);
		delta_open(&decoder->deltas, decoder->at, decoder->end - decoder->at, decoder->place);
		resetStringInfo(&decoder->previous);
	}
	lengths = decoder->deltas;
	decoder->at = delta_finish(&lengths);
}

static void
open_booleans(ValueDecoder *decoder)
{
	uint32		length;

	if (decoder->end - decoder->at < sizeof(uint32))
		ends_early(decoder);
	length = parquet_get_le32(decoder->at);
	decoder->at += sizeof(uint32);
	if (length > decoder->end - decoder->at)
		ends_early(decoder);
	hybrid_open(&decoder->codes, decoder->at, length, 1, decoder->place);
}

static bool
encoding_suits(const ValueDecoder *decoder)
{
	ParquetType type = decoder->type;

	switch (decoder->encoding)
	{
		case ENCODING_PLAIN:
		case ENCODING_PLAIN_DICTIONARY:
		case ENCODING_RLE_DICTIONARY:
			return true;
		case ENCODING_RLE:
			return type == PARQUET_BOOLEAN;
		case ENCODING_DELTA_BINARY_PACKED:
			return type == PARQUET_INT32 || type == PARQUET_INT64;
		case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
			return type == PARQUET_BYTE_ARRAY;
		case ENCODING_DELTA_BYTE_ARRAY:
			return type == PARQUET_BYTE_ARRAY || type == PARQUET_FIXED;
		case ENCODING_BYTE_STREAM_SPLIT:
			return type != PARQUET_BOOLEAN && type != PARQUET_BYTE_ARRAY && type != PARQUET_INT96;
		default:
			return false;
	}
}

void
values_open(ValueDecoder *decoder, ParquetEncoding encoding, const void *bytes, size_t length,
			uint64 nvalues)
{
	decoder->encoding = encoding;
	decoder->at = bytes;
	decoder->end = decoder->at + length;
	decoder->nvalues = nvalues;
	decoder->bit = 0;
	if (!encoding_suits(decoder))
		wrong_encoding(decoder);
	switch (encoding)
	{
		case ENCODING_PLAIN_DICTIONARY:
		case ENCODING_RLE_DICTIONARY:
			open_codes(decoder);
			break;
		case ENCODING_RLE:
			open_booleans(decoder);
			break;
		case ENCODING_DELTA_BINARY_PACKED:
		case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
		case ENCODING_DELTA_BYTE_ARRAY:
			open_deltas(decoder);
			break;
		case ENCODING_BYTE_STREAM_SPLIT:
			decoder->stride = length / parquet_width(decoder->type, decoder->width);
			break;
		default:
			break;
	}
}

/* ---- values of fixed width ---- */

static void
set_fixed(const ValueDecoder *decoder, ParquetValue *value, const char *bytes, int width)
{
	switch (decoder->type)
	{
		case PARQUET_INT32:
		case PARQUET_FLOAT:
			value->int32 = (int32) parquet_get_le32(bytes);
			break;
		case PARQUET_INT64:
		case PARQUET_DOUBLE:
			value->int64 = (int64) parquet_get_le64(bytes);
			break;
		default:
			value->bytes.data = bytes;
			value->bytes.length = width;
	}
}

static void
get_plain_fixed(ValueDecoder *decoder, ParquetValue *values, int count)
{
	int			width = parquet_width(decoder->type, decoder->width);

	if ((uint64) count * width > decoder->end - decoder->at)
		ends_early(decoder);
	for (int i = 0; i < count; i++, decoder->at += width)
		set_fixed(decoder, &values[i], (const char *) decoder->at, width);
}

/* Bytes that stay where they are until the room is emptied. */
static char *
take_room(ValueDecoder *decoder, size_t length)
{
	char	   *bytes = decoder->room->data + decoder->room->len;

	Assert(decoder->room->len + length <= decoder->room->maxlen);
	decoder->room->len += length;
	return bytes;
}

/* False if the room is full, and something is in it. */
static bool
has_room(ValueDecoder *decoder, size_t length)
{
	StringInfo	room = decoder->room;

	if (length <= room->maxlen - room->len)
		return true;
	if (room->len > 0)
		return false;
	if (length > MaxAllocSize / 2)
		parquet_damaged(decoder->place, "a value is too large");
	pfree(room->data);
	room->maxlen = Max(length, ROOM_BYTES);
	room->data = palloc(room->maxlen);
	return true;
}

static int
get_split(ValueDecoder *decoder, ParquetValue *values, int count)
{
	int			width = parquet_width(decoder->type, decoder->width);
	const uint8 *start = decoder->end - decoder->stride * width;
	int			done;

	for (done = 0; done < count && has_room(decoder, width); done++)
	{
		char	   *bytes;

		if (decoder->at - start >= decoder->stride || decoder->at < start)
			ends_early(decoder);
		bytes = take_room(decoder, width);
		for (int i = 0; i < width; i++)
			bytes[i] = decoder->at[i * decoder->stride];
		decoder->at++;
		set_fixed(decoder, &values[done], bytes, width);
	}
	return done;
}

static void
get_plain_booleans(ValueDecoder *decoder, ParquetValue *values, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (decoder->at >= decoder->end)
			ends_early(decoder);
		values[i].boolean = *decoder->at >> decoder->bit & 1;
		decoder->bit = (decoder->bit + 1) & 7;
		decoder->at += decoder->bit == 0;
	}
}

/* ---- values of varying width ---- */

static void
take_bytes(ValueDecoder *decoder, ParquetValue *value, uint64 length)
{
	if (length > decoder->end - decoder->at)
		ends_early(decoder);
	value->bytes.data = (const char *) decoder->at;
	value->bytes.length = length;
	decoder->at += length;
}

static void
get_plain_bytes(ValueDecoder *decoder, ParquetValue *values, int count)
{
	for (int i = 0; i < count; i++)
	{
		uint32		length;

		if (decoder->end - decoder->at < sizeof(uint32))
			ends_early(decoder);
		length = parquet_get_le32(decoder->at);
		decoder->at += sizeof(uint32);
		take_bytes(decoder, &values[i], length);
	}
}

/* A prefix of the value before, and what follows it. */
static bool
get_prefixed(ValueDecoder *decoder, ParquetValue *value)
{
	DeltaDecoder prefixes = decoder->prefixes;
	DeltaDecoder suffixes = decoder->deltas;
	uint64		prefix = delta_get(&prefixes);
	uint64		suffix = delta_get(&suffixes);
	char	   *bytes;

	if (prefix > decoder->previous.len)
		parquet_damaged(decoder->place, "a value begins with more bytes of the one before than that has");
	if (suffix > decoder->end - decoder->at)
		ends_early(decoder);
	if (decoder->type == PARQUET_FIXED && prefix + suffix != decoder->width)
		parquet_damaged(decoder->place, "a value has another width than its column");
	if (!has_room(decoder, prefix + suffix))
		return false;
	decoder->prefixes = prefixes;
	decoder->deltas = suffixes;
	bytes = take_room(decoder, prefix + suffix);
	memcpy(bytes, decoder->previous.data, prefix);
	memcpy(bytes + prefix, decoder->at, suffix);
	decoder->at += suffix;
	decoder->previous.len = prefix;
	appendBinaryStringInfo(&decoder->previous, bytes + prefix, suffix);
	value->bytes.data = bytes;
	value->bytes.length = prefix + suffix;
	return true;
}

/* ---- any ---- */

static void
get_coded(ValueDecoder *decoder, ParquetValue *values, uint32 *codes, int count)
{
	hybrid_get(&decoder->codes, codes, count);
	for (int i = 0; i < count; i++)
	{
		if (codes[i] >= decoder->ndictionary)
			parquet_damaged(decoder->place, "value %u of a dictionary of %u", codes[i],
							decoder->ndictionary);
		values[i] = decoder->dictionary[codes[i]];
	}
}

static void
get_deltas(ValueDecoder *decoder, ParquetValue *values, int count)
{
	for (int i = 0; i < count; i++)
	{
		uint64		value = delta_get(&decoder->deltas);

		if (decoder->encoding == ENCODING_DELTA_LENGTH_BYTE_ARRAY)
			take_bytes(decoder, &values[i], value);
		else if (decoder->type == PARQUET_INT32)
			values[i].int32 = (int32) value;
		else
			values[i].int64 = (int64) value;
	}
}

int
values_get(ValueDecoder *decoder, ParquetValue *values, uint32 *codes, int count)
{
	int			done = 0;

	switch (decoder->encoding)
	{
		case ENCODING_PLAIN:
			if (decoder->type == PARQUET_BOOLEAN)
				get_plain_booleans(decoder, values, count);
			else if (decoder->type == PARQUET_BYTE_ARRAY)
				get_plain_bytes(decoder, values, count);
			else
				get_plain_fixed(decoder, values, count);
			break;
		case ENCODING_PLAIN_DICTIONARY:
		case ENCODING_RLE_DICTIONARY:
			get_coded(decoder, values, codes, count);
			break;
		case ENCODING_RLE:
			hybrid_get(&decoder->codes, codes, count);
			for (int i = 0; i < count; i++)
				values[i].boolean = codes[i] != 0;
			break;
		case ENCODING_BYTE_STREAM_SPLIT:
			return get_split(decoder, values, count);
		case ENCODING_DELTA_BYTE_ARRAY:
			while (done < count && get_prefixed(decoder, &values[done]))
				done++;
			return done;
		default:
			get_deltas(decoder, values, count);
	}
	return count;
}
