/*-------------------------------------------------------------------------
 *
 * parquet_encode.h
 *		Parquet's encodings, for writing: runs and packed bits, dictionaries.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_ENCODE_H
#define SYNTHIK_PARQUET_ENCODE_H

#include "file/parquet_format.h"

/* ---- bytes that grow, beyond 1 GB too ---- */

typedef struct ParquetBuffer
{
	char	   *data;
	size_t		length;
	size_t		room;
	MemoryContext memory;
} ParquetBuffer;

extern void parquet_buffer_grow(ParquetBuffer *buffer, size_t more);

/* Room for more bytes behind those that there are. */
static inline char *
parquet_buffer_need(ParquetBuffer *buffer, size_t more)
{
	if (unlikely(buffer->room - buffer->length < more))
		parquet_buffer_grow(buffer, more);
	return buffer->data + buffer->length;
}

static inline void
parquet_buffer_add(ParquetBuffer *buffer, const void *bytes, size_t length)
{
	char	   *to = parquet_buffer_need(buffer, length);

	memcpy(to, bytes, length);
	buffer->length += length;
}

/* Empties it, and gives its memory back if that is much. */
extern void parquet_buffer_empty(ParquetBuffer *buffer);

/* ---- the hybrid of runs and packed bits ---- */

extern int	parquet_bit_width(uint32 highest);
extern void parquet_put_levels(ParquetBuffer *out, const uint8 *levels, size_t count, int width);
extern void parquet_put_codes(ParquetBuffer *out, const uint32 *codes, size_t count, int width);

/* Bytes of 0 and 1, eight to a byte. */
extern void parquet_put_booleans(ParquetBuffer *out, const char *values, size_t count);

/* ---- dictionaries ---- */

/*
 * The different values of a column in the order in which they came, as PLAIN
 * has them, found through a hash table of open addressing.
 */
typedef struct ParquetDictionary
{
	int			width;			/* bytes of a value, 0: they vary */
	uint32		count;
	ParquetBuffer values;		/* PLAIN; of varying ones with their lengths */
	ParquetBuffer offsets;		/* uint32 into values, where they vary */
	uint32	   *slots;			/* number + 1, and of no value 0 */
	uint32	   *hashes;			/* of the value in a slot */
	uint32		nslots;			/* a power of two */
} ParquetDictionary;

/* Empties it. */
extern void parquet_dictionary_reset(ParquetDictionary *dictionary, int width);

/* The number of a value, which is added if it is new. */
extern uint32 parquet_dictionary_code(ParquetDictionary *dictionary, const char *value,
									  uint32 length);

/* A value as PLAIN has it, and its bytes. */
static inline const char *
parquet_dictionary_value(const ParquetDictionary *dictionary, uint32 code, uint32 *length)
{
	const char *value;

	if (dictionary->width > 0)
	{
		*length = dictionary->width;
		return dictionary->values.data + (size_t) code * dictionary->width;
	}
	value = dictionary->values.data + ((const uint32 *) dictionary->offsets.data)[code];
	*length = sizeof(uint32) + parquet_get_le32(value);
	return value;
}

#endif							/* SYNTHIK_PARQUET_ENCODE_H */
