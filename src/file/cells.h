/*-------------------------------------------------------------------------
 *
 * cells.h
 *		From a reader's cells to values of types.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CELLS_H
#define SYNTHIK_CELLS_H

#include "file/file.h"

/* How day and month stand in a column's dates. */
typedef enum CellDates
{
	CELL_DATES_SESSION,			/* as DateStyle says */
	CELL_DATES_DMY,
	CELL_DATES_MDY
} CellDates;

/* An attribute that nobody reads. */
#define CELL_COLUMN_UNREAD	(-1)

typedef struct CellCasts CellCasts;

/*
 * For the attributes of desc, attribute i from the reader's column columns[i].  dates is NULL where options say it for all.  Lives in the
 * current memory context.
 */
extern CellCasts *cell_casts_new(FileReader *reader, TupleDesc desc, const int *columns,
								 const CellDates *dates);

/* The reader's current row, in the current memory context. */
extern void cell_casts_row(CellCasts *casts, Datum *values, bool *isnull);

/* A cell as JSON text. */
extern void cell_to_json(FileReader *reader, int column, StringInfo out);

/* The row as one: what the file has, or an object of its cells. */
extern void cells_to_json(FileReader *reader, StringInfo out);

#endif							/* SYNTHIK_CELLS_H */
