/*-------------------------------------------------------------------------
 *
 * parquet_tree.h
 *		The columns of a Parquet file as they are read: trees, and the types of
 *		PostgreSQL that hold them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_TREE_H
#define SYNTHIK_PARQUET_TREE_H

#include "file/parquet_chunk.h"

typedef enum ParquetTreeKind
{
	TREE_LEAF,
	TREE_LIST,					/* one child */
	TREE_MAP,					/* two: key and value */
	TREE_GROUP
} ParquetTreeKind;

typedef enum ParquetReadKind
{
	READ_BOOLEAN,
	READ_INT16,
	READ_INT32,
	READ_UINT32,
	READ_INT64,
	READ_UINT64,
	READ_FLOAT,
	READ_DOUBLE,
	READ_HALF,
	READ_DECIMAL_INT32,
	READ_DECIMAL_INT64,
	READ_DECIMAL_BYTES,
	READ_DATE,
	READ_TIME,
	READ_TIMESTAMP,
	READ_INT96,
	READ_INTERVAL,
	READ_UUID,
	READ_TEXT,
	READ_JSON,
	READ_BYTES,
	READ_NOTHING				/* all are NULL */
} ParquetReadKind;

typedef struct ParquetTree
{
	ParquetTreeKind kind;
	const char *name;			/* in the database's encoding */
	const ParquetElement *element;
	uint8		def;			/* of what is not NULL here */
	uint8		item_def;		/* of what is not empty, of lists and maps */
	uint8		rep;			/* of the second item on */
	int			nchildren;
	struct ParquetTree **children;
	int			leaf;			/* number of the first leaf here or below */

	Oid			type;
	int32		typmod;

	/* Of leaves: */
	ParquetReadKind read;
	uint8		max_rep;
	int64		factor;			/* of times: microseconds, or if < 0 parts of one */
	ParquetCursor *cursor;		/* NULL: not read */
	ParquetCursor *first;		/* of any: that of its first leaf */
} ParquetTree;

/* The root of a file's schema; trees are palloc'd. */
extern ParquetTree *parquet_tree(const ParquetFooter *footer, const ParquetPlace *place,
								 int *nleaves);

/* The leaf's value as one of its type (parquet_value_read.c). */
extern Datum parquet_read_value(const ParquetTree *leaf, const ParquetValue *value);

/* The next value of a column; lists and the like take several entries. */
extern Datum parquet_read(ParquetTree *tree, bool *isnull);

#endif							/* SYNTHIK_PARQUET_TREE_H */
