/*-------------------------------------------------------------------------
 *
 * predict.h
 *		What a model learns from the rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PREDICT_H
#define SYNTHIK_PREDICT_H

#include "report/boost.h"
#include "report/frame.h"

/* ---- features.c ---- */

/* The rows of all sides, one side behind the other, as features. */
typedef struct Features
{
	int			nfeatures;
	BoostFeature *features;
	const FrameColumn **columns;	/* [feature] */
	int			first[FRAME_SIDES]; /* row of a side's first one */
} Features;

/*
 * Columns that every side has, at most 200 of them; but not the column
 * without, which may be NULL.  NULL is a bin of its own.
 */
extern Features *features_make(const Frame *frame, bool with_holdout,
							   const FrameColumn *without);

/* How many rows to take of a side that has nrows, so that time is bounded. */
extern int	features_rows(const Features *features, int nrows);

/* ---- predict.c ---- */

typedef struct Telling
{
	double		auc;			/* of telling real from synthetic; NaN: too few rows */
	const char *column;			/* that tells most, or NULL */
	double		column_auc;		/* of that column alone */
} Telling;

extern Telling predict_side(const Frame *frame);

typedef struct Usefulness
{
	const char *measure;		/* "AUC", "accuracy", "R2" */
	double		original;		/* learned from the original, judged by the hold-out */
	double		synthetic;
} Usefulness;

/* Both are NaN where there is too little to learn or judge by. */
extern Usefulness predict_column(const Frame *frame, const FrameColumn *target);

#endif							/* SYNTHIK_PREDICT_H */
