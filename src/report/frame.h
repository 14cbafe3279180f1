/*-------------------------------------------------------------------------
 *
 * frame.h
 *		Samples of two or three relations, side by side, as numbers and
 *		categories.
 *
 * Columns are matched by name.  Numbers and times become doubles, booleans,
 * enums and texts of few values become codes that mean the same in every
 * relation.  Keys, and texts that are different in almost every row, have no
 * distribution that could be compared; of them only NULLs are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FRAME_H
#define SYNTHIK_FRAME_H

#include "fit/sample.h"
#include "schema/schema.h"

#define FRAME_MAX_CELLS	2500000 /* of one relation; wider ones give fewer rows */
#define FRAME_MIN_ROWS	1000
#define FRAME_LABEL_BYTES	40

typedef enum FrameSide
{
	FRAME_ORIGINAL,
	FRAME_SYNTHETIC,
	FRAME_HOLDOUT
} FrameSide;

#define FRAME_SIDES		3

typedef enum FrameKind
{
	FRAME_NUMBER,
	FRAME_CATEGORY,
	FRAME_IDENTITY				/* a key, or a text of its own in every row */
} FrameKind;

typedef struct FrameColumn
{
	const char *name;
	FrameKind	kind;
	ValueKind	value_kind;		/* the original's */
	int			attribute[FRAME_SIDES]; /* from 0; -1: that side has no such
										 * column, or one of another type */
	int			nulls[FRAME_SIDES]; /* how many rows are NULL */

	double	   *numbers[FRAME_SIDES];	/* NaN: NULL, NaN, or infinite */

	int32	   *codes[FRAME_SIDES]; /* -1: NULL */
	int			nlevels;		/* codes are below; the original's come first */
	int			known_levels;	/* how many the original has */
	char	  **labels;			/* [code], cut to FRAME_LABEL_BYTES */
} FrameColumn;

/* A column that cannot be compared. */
typedef struct FrameLack
{
	const char *column;
	const char *advice;
} FrameLack;

typedef struct Frame
{
	Relation	relations[FRAME_SIDES]; /* the hold-out may be NULL */
	Sample	   *samples[FRAME_SIDES];
	int			nrows[FRAME_SIDES];
	int			ncolumns;
	FrameColumn **columns;
	List	   *lacks;			/* of FrameLack * */
} Frame;

/* schema is what the catalog says of the original. */
extern Frame *frame_build(Relation original, Relation synthetic, Relation holdout,
						  const Schema *schema);

/* Is the value of a column in a row missing? */
extern bool frame_is_null(const FrameColumn *column, const Frame *frame,
						  FrameSide side, int row);

/* The numbers of a side that are not missing, ascending; returns how many. */
extern int	frame_sorted(const Frame *frame, const FrameColumn *column, FrameSide side,
						 double **sorted);
extern int	frame_compare_numbers(const void *a, const void *b);

/* A value as text, without blanks that mean nothing. */
extern char *frame_text(Oid type, Datum value, Size *length);

/*
 * count of the rows of a side, scattered over all of it; the same ones each
 * time.  count is at most the rows that there are.
 */
extern int *frame_pick(const Frame *frame, FrameSide side, int count);

#endif							/* SYNTHIK_FRAME_H */
