/*-------------------------------------------------------------------------
 *
 * parquet_leaf.h
 *		A column of a Parquet file as it is gathered and written: the values of
 *		one row group at a time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_LEAF_H
#define SYNTHIK_PARQUET_LEAF_H

#include "file/bytes.h"
#include "file/parquet_encode.h"
#include "file/parquet_meta.h"

/* How the bytes of values compare, for statistics. */
typedef enum ParquetOrder
{
	ORDER_NONE,
	ORDER_BOOLEAN,
	ORDER_INT32,
	ORDER_UINT32,
	ORDER_INT64,
	ORDER_FLOAT,
	ORDER_DOUBLE,
	ORDER_BYTES,				/* of PARQUET_BYTE_ARRAY, and those of PARQUET_FIXED */
	ORDER_SIGNED_BYTES			/* big-endian two's complement, of PARQUET_FIXED */
} ParquetOrder;

/*
 * Entries are values, and the NULLs and empty lists between them, with their
 * levels.  Values are numbers in a dictionary, until that does not pay: then
 * they are as PLAIN has them (booleans: a byte each).
 */
typedef struct ParquetLeaf
{
	ParquetType type;
	int			width;			/* bytes of a value, 0: they vary */
	ParquetOrder order;
	bool		is_text;		/* UTF-8: bounds are cut between characters */
	const char **path;
	int			npath;
	uint8		max_def;
	uint8		max_rep;

	ParquetBuffer reps;			/* a byte for each entry; */
	ParquetBuffer defs;			/* where the levels can be other than 0 */
	int64		nentries;
	int64		nvalues;
	bool		dictionary;		/* values are codes, or else plain */
	bool		likely_plain;	/* the dictionary did not pay in the group before */
	ParquetBuffer codes;		/* uint32 */
	ParquetBuffer plain;
	ParquetDictionary values;
} ParquetLeaf;

extern void parquet_leaf_init(ParquetLeaf *leaf, MemoryContext memory);

/* The bytes that are gathered. */
extern size_t parquet_leaf_bytes(const ParquetLeaf *leaf);

/* Gives up the dictionary where it does not pay. */
extern void parquet_leaf_judge(ParquetLeaf *leaf);

#define PARQUET_JUDGE_VALUES	8192	/* once there are so many, */
#define PARQUET_DICTIONARY_BYTES (1024 * 1024)	/* and beyond this many bytes */

static inline void
parquet_leaf_levels(ParquetLeaf *leaf, uint8 rep, uint8 def)
{
	if (leaf->max_rep > 0)
	{
		*parquet_buffer_need(&leaf->reps, 1) = rep;
		leaf->reps.length++;
	}
	if (leaf->max_def > 0)
	{
		*parquet_buffer_need(&leaf->defs, 1) = def;
		leaf->defs.length++;
	}
	leaf->nentries++;
}

/* A value: its bytes as PLAIN has them, but for a length in front. */
static inline void
parquet_leaf_value(ParquetLeaf *leaf, const char *bytes, uint32 length)
{
	leaf->nvalues++;
	if (leaf->dictionary)
	{
		uint32		code = parquet_dictionary_code(&leaf->values, bytes, length);

		memcpy(parquet_buffer_need(&leaf->codes, sizeof(uint32)), &code, sizeof(uint32));
		leaf->codes.length += sizeof(uint32);
		if (unlikely(leaf->nvalues == PARQUET_JUDGE_VALUES ||
					 leaf->values.values.length > PARQUET_DICTIONARY_BYTES))
			parquet_leaf_judge(leaf);
		return;
	}
	if (leaf->width == 0)
	{
		parquet_put_le32(parquet_buffer_need(&leaf->plain, sizeof(uint32)), length);
		leaf->plain.length += sizeof(uint32);
	}
	parquet_buffer_add(&leaf->plain, bytes, length);
}

static inline void
parquet_leaf_int32(ParquetLeaf *leaf, int32 value)
{
	char		bytes[4];

	parquet_put_le32(bytes, (uint32) value);
	parquet_leaf_value(leaf, bytes, 4);
}

static inline void
parquet_leaf_int64(ParquetLeaf *leaf, int64 value)
{
	char		bytes[8];

	parquet_put_le64(bytes, (uint64) value);
	parquet_leaf_value(leaf, bytes, 8);
}

/* How pages are written, with room that is used again. */
typedef struct ParquetPages
{
	ByteSink   *sink;
	const Codec *codec;			/* NULL: none */
	int			codec_number;
	ParquetBuffer page;
	ParquetBuffer packed;
	StringInfoData header;
} ParquetPages;

/*
 * Writes what was gathered as the pages of one column chunk, adds it to the
 * entry of the row group, and begins anew.  Adds the bytes to the totals.
 */
extern void parquet_leaf_flush(ParquetLeaf *leaf, ParquetPages *pages, ThriftWriter *group,
							   int64 *unpacked, int64 *packed);

/* The smallest and greatest value (parquet_range.c). */
extern void parquet_leaf_range(const ParquetLeaf *leaf, ParquetChunkMeta *meta);

#endif							/* SYNTHIK_PARQUET_LEAF_H */
