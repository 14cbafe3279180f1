/*-------------------------------------------------------------------------
 *
 * parquet_meta.h
 *		Parquet's metadata: the schema, row groups and pages of a file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_META_H
#define SYNTHIK_PARQUET_META_H

#include "file/parquet_thrift.h"

/* ---- writing ---- */

typedef struct ParquetPageHeader
{
	ParquetPage type;
	int32		unpacked;		/* bytes of the page */
	int32		packed;			/* bytes of it in the file */
	bool		has_crc;
	uint32		crc;
	int32		nvalues;		/* NULLs count */
	ParquetEncoding encoding;
	ParquetEncoding def_encoding;	/* of PAGE_DATA */
	ParquetEncoding rep_encoding;
	int32		def_bytes;		/* of PAGE_DATA_V2 */
	int32		rep_bytes;
	bool		is_packed;
} ParquetPageHeader;

extern void parquet_put_page_header(StringInfo out, const ParquetPageHeader *header);

/* Bounds in statistics are no longer. */
#define PARQUET_BOUND_BYTES 64

/* What a row group's entry says of one column. */
typedef struct ParquetChunkMeta
{
	ParquetType type;
	bool		dictionary;		/* or PLAIN alone */
	const char **path;
	int			npath;
	int			codec;
	int64		nvalues;		/* NULLs count */
	int64		nulls;
	int64		unpacked;
	int64		packed;
	int64		data_offset;
	int64		dictionary_offset;
	bool		has_range;		/* statistics */
	const char *min;
	const char *max;
	size_t		min_length;
	size_t		max_length;
	bool		min_exact;
	bool		max_exact;
	char		min_room[PARQUET_BOUND_BYTES];	/* for bounds that are made */
	char		max_room[PARQUET_BOUND_BYTES];
} ParquetChunkMeta;

/* A row group's entry of the footer, put together column by column. */
extern void parquet_put_group_start(ThriftWriter *writer, StringInfo out, uint32 ncolumns);
extern void parquet_put_chunk(ThriftWriter *writer, const ParquetChunkMeta *chunk);
extern void parquet_put_group_end(ThriftWriter *writer, int64 unpacked, int64 packed,
								  int64 rows, int64 offset);

typedef struct ParquetKey
{
	const char *key;
	const char *value;			/* UTF-8 */
} ParquetKey;

/* The footer, without its length; groups holds the row groups' entries. */
extern void parquet_put_footer(StringInfo out, const ParquetElement *elements, int nelements,
							   int64 rows, const StringInfoData *groups, uint32 ngroups,
							   const ParquetKey *keys, int nkeys, const char *created_by);

/* ---- reading ---- */

typedef struct ParquetChunk
{
	int8		type;			/* a ParquetType */
	bool		elsewhere;		/* in another file */
	bool		encrypted;
	int			codec;
	int64		nvalues;
	int64		offset;			/* of its first page */
} ParquetChunk;

typedef struct ParquetGroup
{
	int64		rows;
	uint32		nchunks;
	ParquetChunk *chunks;
} ParquetGroup;

typedef struct ParquetFooter
{
	int			nelements;
	ParquetElement *elements;
	int64		rows;
	uint32		ngroups;
	ParquetGroup *groups;
	char	   *created_by;		/* or NULL */
	bool		encrypted;
} ParquetFooter;

extern void parquet_get_footer(ParquetFooter *footer, const void *bytes, size_t length,
							   const ParquetPlace *place);

/* Its length, or 0: it has more bytes than these. */
extern size_t parquet_get_page_header(ParquetPageHeader *header, const void *bytes,
									  size_t length, const ParquetPlace *place);

#endif							/* SYNTHIK_PARQUET_META_H */
