/*-------------------------------------------------------------------------
 *
 * parquet_decode.h
 *		Parquet's encodings, for reading.
 *
 * All decoders give values in batches and never read beyond the bytes they
 * were given; what does not fit is an error at the page's place.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_DECODE_H
#define SYNTHIK_PARQUET_DECODE_H

#include "file/parquet_format.h"

/* A value of any physical type. */
typedef union ParquetValue
{
	bool		boolean;
	int32		int32;
	int64		int64;
	float		single;
	double		number;
	struct
	{
		const char *data;
		uint32		length;
	}			bytes;			/* of BYTE_ARRAY, FIXED and INT96 */
} ParquetValue;

/* ---- the hybrid of runs and packed bits ---- */

typedef struct HybridDecoder
{
	const uint8 *at;
	const uint8 *end;
	int			width;			/* 0 .. 32 */
	uint64		run_left;
	uint32		run_value;
	uint64		packed_left;	/* values, from bit "bit" of at on */
	int			bit;
	const ParquetPlace *place;
} HybridDecoder;

extern void hybrid_open(HybridDecoder *decoder, const void *bytes, size_t length, int width,
						const ParquetPlace *place);
extern void hybrid_get(HybridDecoder *decoder, uint32 *values, int count);

/* ---- deltas ---- */

typedef struct DeltaDecoder
{
	const uint8 *at;			/* behind the current miniblock */
	const uint8 *end;
	uint64		values_left;	/* not given yet */
	uint64		value;			/* the next one, but for its delta */
	bool		first;			/* it has none */
	uint32		block_values;
	uint32		miniblocks;
	uint32		miniblock;		/* of the block, the next one */
	const uint8 *widths;		/* of the block's miniblocks */
	uint64		min_delta;
	const uint8 *packed;		/* the current miniblock */
	uint32		packed_at;		/* the next value of it, */
	uint32		packed_values;	/* of so many */
	int			width;
	const ParquetPlace *place;
} DeltaDecoder;

extern void delta_open(DeltaDecoder *decoder, const void *bytes, size_t length,
					   const ParquetPlace *place);
extern uint64 delta_get(DeltaDecoder *decoder);

/* Where the bytes behind the deltas begin; gives all values that are left. */
extern const uint8 *delta_finish(DeltaDecoder *decoder);

/* ---- values ---- */

typedef struct ValueDecoder
{
	ParquetType type;
	int			width;			/* of FIXED */
	ParquetEncoding encoding;
	const uint8 *at;
	const uint8 *end;
	uint64		nvalues;		/* that the page may have */
	const ParquetPlace *place;

	int			bit;			/* of PLAIN booleans */
	HybridDecoder codes;		/* of dictionaries, and of RLE booleans */
	const ParquetValue *dictionary;
	uint32		ndictionary;
	DeltaDecoder deltas;		/* of numbers, or of lengths; */
	DeltaDecoder prefixes;		/* and of prefixes */
	StringInfoData previous;	/* the value that prefixes are of */
	uint64		stride;			/* of BYTE_STREAM_SPLIT */
	StringInfo	room;			/* for values that are put together */
} ValueDecoder;

/* Values put together are in the room, which the caller empties. */
extern void values_open(ValueDecoder *decoder, ParquetEncoding encoding, const void *bytes,
						size_t length, uint64 nvalues);

/*
 * The next values, at most count; fewer where the room would get too large,
 * but one at least.
 */
extern int	values_get(ValueDecoder *decoder, ParquetValue *values, uint32 *codes, int count);

/* Bytes of one value, 0: they vary. */
extern int	parquet_width(ParquetType type, int length);

#endif							/* SYNTHIK_PARQUET_DECODE_H */
