/*-------------------------------------------------------------------------
 *
 * sample.h
 *		Rows of a relation, by columns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SAMPLE_H
#define SYNTHIK_SAMPLE_H

#include "schema/schema.h"

#define SAMPLE_DEFAULT_ROWS 100000

/* The rows that the rows of a sample refer to. */
typedef struct SampleParent
{
	Oid			relid;			/* InvalidOid: not known */
	bool		elsewhere;		/* it is not the parent of the schema */
	struct Sample *sample;
	int		   *rows;			/* [nrows of the child] of sample, or -1; NULL: not known */
	int		   *columns;		/* [context of the schema] of sample, or -1 */
	int		   *children;		/* [row of sample] in all of the relation; NULL: not
								 * known */
} SampleParent;

typedef struct Sample
{
	int			nrows;
	int			ncolumns;		/* the relation's attributes, one for one */
	Datum	  **values;			/* [column][row], detoasted; NULL for a column that
								 * was not read: dropped, or no privilege */
	bool	  **nulls;
	double		relation_rows;	/* about how many rows the relation has */
	bool		complete;		/* the sample is all of them */
	SampleParent *parents;		/* [reference of the schema], or NULL */
} Sample;

/*
 * Reads about rows rows of a relation, or all if it has fewer, as the caller
 * may see them: only columns with SELECT, only rows that row security lets
 * through.  Whole blocks are picked where the relation has blocks; the same
 * rows each time as long as the relation does not change.  Texts and other
 * values longer than 8 kB are cut or read as NULL; stops at a bound of memory.
 * Everything lies in the current memory context.
 */
extern Sample *sample_read(Relation rel, int rows);

/* The same, without the rows in which a boolean column is true (NULL: all). */
extern Sample *sample_read_unmarked(Relation rel, int rows, const char *mark);

/* About how many rows a relation with storage has, without reading any. */
extern double sample_relation_rows(Relation rel);

#endif							/* SYNTHIK_SAMPLE_H */
