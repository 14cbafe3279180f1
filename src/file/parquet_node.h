/*-------------------------------------------------------------------------
 *
 * parquet_node.h
 *		The columns of a query as those of a Parquet file.
 *
 * A column is a tree: a leaf, a list of something, or a group of several.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_NODE_H
#define SYNTHIK_PARQUET_NODE_H

#include "access/tupdesc.h"
#include "file/parquet_leaf.h"
#include "nodes/pg_list.h"

typedef enum ParquetWriteKind
{
	WRITE_BOOLEAN,
	WRITE_INT16,
	WRITE_INT32,
	WRITE_OID,
	WRITE_INT64,
	WRITE_FLOAT4,
	WRITE_FLOAT8,
	WRITE_DECIMAL,
	WRITE_DATE,
	WRITE_TIME,
	WRITE_TIMESTAMP,
	WRITE_UUID,
	WRITE_BYTEA,
	WRITE_TEXT,					/* a varlena whose bytes are the text */
	WRITE_ENUM,
	WRITE_OUTPUT,				/* what the type's output function says */
	WRITE_LIST,					/* one-dimensional arrays */
	WRITE_GROUP					/* composite types */
} ParquetWriteKind;

typedef struct ParquetLabels ParquetLabels;

typedef struct ParquetNode
{
	ParquetWriteKind kind;
	char	   *name;			/* UTF-8 */
	Oid			type;			/* below domains */
	int32		typmod;
	uint8		def;			/* of what is not NULL here */
	uint8		rep;			/* of the second element of a list on */
	ParquetLeaf *leaf;
	int			nchildren;		/* 1 of a list */
	struct ParquetNode **children;

	/* Of leaves: */
	ParquetMeaning meaning;
	bool		utc;
	int			precision;		/* of WRITE_DECIMAL, as the file says it */
	int			scale;
	uint128		limit;			/* 10^precision, once it was needed */
	FmgrInfo	output;
	ParquetLabels *labels;		/* of WRITE_ENUM */

	/* Of lists: */
	int16		item_length;
	bool		item_by_value;
	char		item_align;

	/* Of groups: */
	TupleDesc	desc;
	int		   *attributes;		/* 0-based, of children */
	Datum	   *values;			/* room for all attributes */
	bool	   *nulls;
} ParquetNode;

/* The tree of one column; its leaves are added to the list. */
extern ParquetNode *parquet_node(const char *name, Oid type, int32 typmod, List **leaves);

/* Its elements of the file's schema, in depth-first order. */
extern int	parquet_node_elements(const ParquetNode *node, ParquetElement *elements);
extern int	parquet_node_count(const ParquetNode *node);

/* A place of the writing, for errors. */
typedef struct ParquetRow
{
	int64		number;			/* from 1 */
	const char *column;			/* in the database's encoding */
} ParquetRow;

/* Gathers one value. */
extern void parquet_node_write(ParquetNode *node, Datum value, bool isnull,
							   uint8 rep, uint8 def, const ParquetRow *row);

/* The one of a leaf (parquet_value_write.c). */
extern void parquet_write_value(ParquetNode *node, Datum value, const ParquetRow *row);

#endif							/* SYNTHIK_PARQUET_NODE_H */
