/*-------------------------------------------------------------------------
 *
 * parquet_chunk.h
 *		The values of one column of a Parquet file, in the order of rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_CHUNK_H
#define SYNTHIK_PARQUET_CHUNK_H

#include "file/bytes.h"
#include "file/parquet_decode.h"
#include "file/parquet_meta.h"

#define CURSOR_BATCH 1024

/*
 * Reads the pages of a column chunk.  An entry is a value, or what stands for
 * a NULL or an empty list, with its levels.
 */
typedef struct ParquetCursor
{
	ParquetType type;
	int			width;			/* of PARQUET_FIXED */
	uint8		max_def;
	uint8		max_rep;
	ByteSource *bytes;
	int64		limit;			/* where the data of the file ends */
	ParquetPlace place;			/* offset: of the current page */
	MemoryContext memory;

	const Codec *codec;
	int64		next;			/* offset of the next page */
	int64		left;			/* entries of the chunk, in pages to come */
	int64		page_left;		/* and in the current page */
	ParquetPageHeader header;
	char	   *packed;			/* buffers */
	size_t		packed_room;
	char	   *page;
	size_t		page_room;
	char	   *dictionary_page;
	HybridDecoder reps;
	HybridDecoder defs;
	ValueDecoder values;
	ParquetValue *dictionary;	/* of the current chunk */
	MemoryContext notes_memory;	/* emptied for each chunk */
	Datum	   *dictionary_notes;	/* what its user made of its values; NULL: nothing */

	int			nbatch;			/* entries at hand */
	int			at;				/* the current one */
	uint8		batch_reps[CURSOR_BATCH];
	uint8		batch_defs[CURSOR_BATCH];
	uint32		batch_codes[CURSOR_BATCH];	/* valid where page_is_coded */
	ParquetValue batch[CURSOR_BATCH];
	bool		page_is_coded;
} ParquetCursor;

/* type, width, levels, bytes, limit and place.file are set by the caller. */
extern void cursor_init(ParquetCursor *cursor);

/* Begins with a chunk. */
extern void cursor_open(ParquetCursor *cursor, const ParquetChunk *chunk, int group);

/* Makes the next entry the current one; false at the end of the chunk. */
extern bool cursor_refill(ParquetCursor *cursor);

static inline bool
cursor_has(ParquetCursor *cursor)
{
	return cursor->at < cursor->nbatch || cursor_refill(cursor);
}

#endif							/* SYNTHIK_PARQUET_CHUNK_H */
