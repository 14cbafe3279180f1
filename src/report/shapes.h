/*-------------------------------------------------------------------------
 *
 * shapes.h
 *		How alike columns and pairs of columns are distributed.
 *
 * Scores are those of SDMetrics 0.32 (docs.sdv.dev/sdmetrics): 1 is alike,
 * NaN undefined.  Chance is about how far below 1 the score of as many rows
 * of the same distribution would fall.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SHAPES_H
#define SYNTHIK_SHAPES_H

#include "report/frame.h"

typedef struct Likeness
{
	double		score;
	double		chance;
	double		strength;		/* of a pair: how dependent the original's columns
								 * are, 0 .. 1, or NaN */
	bool		counts;			/* a pair dependent enough for the report of the
								 * package to count it */
	int			level;			/* of a category: the code whose shares differ
								 * most, or -1 */
	double		original;		/* its shares; or medians, or correlations */
	double		synthetic;
} Likeness;

/* shapes.c: KSComplement, TVComplement. */
extern Likeness shape_of_column(const Frame *frame, const FrameColumn *column);

/* pairs.c: CorrelationSimilarity, ContingencySimilarity. */
typedef struct Pairs Pairs;

extern Pairs *pairs_prepare(const Frame *frame);
extern Likeness pair_likeness(const Pairs *pairs, int first, int second);

/*
 * Adds one cell or level, that has the counts a of n and b of m rows: half
 * of what shares differ, and what chance adds.
 */
extern void shape_add_cell(Likeness *likeness, int a, int n, int b, int m);

#endif							/* SYNTHIK_SHAPES_H */
