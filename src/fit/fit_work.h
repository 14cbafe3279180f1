/*-------------------------------------------------------------------------
 *
 * fit_work.h
 *		What the files of fit_sample() share: axes while they are learned.
 *
 * A FitColumn is an axis together with the bin of every row of the sample.
 * fit.c makes one for each aspect of a field, fit_depend.c says which of
 * them are decided by others or counted from them, fit_order.c puts them in
 * order, fit_tree.c grows their trees.  All of it lies in a memory context
 * of its own; at the end, fit.c copies what makes up the Fit.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FIT_WORK_H
#define SYNTHIK_FIT_WORK_H

#include "fit/learn.h"

#define FIT_NULL_CODE		0		/* of codes: NULL; level l has l + 1 */
#define FIT_OTHER_CODE		(PG_UINT16_MAX - 1)	/* a value that is no level */
#define FIT_MISSING_CODE	PG_UINT16_MAX	/* tells nothing: a level suppressed */
#define FIT_DEPTH			32		/* of a tree, at most */

typedef struct FitColumn
{
	FitAxis		axis;
	int			index;			/* in FitWork.columns */
	uint8	   *bins;			/* [nrows] */
	bool	   *missing;		/* [nrows], or NULL for none: the row says nothing
								 * about this axis, and its bin is a stand-in */
	uint16	   *codes;			/* [nrows] of FIT_LEVELS; else NULL */
	int		   *counts;			/* [nlevels] rows of each level */
	bool		ordered;		/* bins other than NULL's go by size */
	bool		atoms;			/* FIT_SCALE: no bin has two values */
	double	   *boost;			/* [nbins] what a row weighs in a leaf; NULL: 1 */
	int			after[2];		/* columns that have to be drawn before, or -1 */
} FitColumn;

typedef struct FitWork
{
	const Schema *schema;
	const Sample *sample;
	const int  *sample_columns;	/* of fields */
	const LearnOptions *options;
	int			nrows;
	int			ncolumns;
	FitColumn **columns;
	int		   *field_columns;	/* [nfields] column of the value itself, or -1 */
	double	   *xlogx;			/* [nrows + 1] */
	int			leaf_rows;
} FitWork;

/* ---- fit_axis.c ---- */

/*
 * A scale axis of the values of the rows; isnull and missing as in FitColumn.
 * Values may be infinite or NaN.  False if there is nothing to make bins of.
 */
extern bool fit_scale_column(FitWork *work, FitColumn *column, const double *values,
							 const bool *isnull, bool *missing, ValueKind kind);
extern void fit_presence_column(FitWork *work, FitColumn *column, const bool *isnull);

/* Weekday (0 .. 6) or hour of the day of a time on its scale. */
extern int	fit_time_part(FitAxisKind part, ValueKind kind, double value);

/* A column of weekdays or hours, where they say something; else false. */
extern bool fit_time_column(FitWork *work, FitColumn *column, FitAxisKind part,
							const FitColumn *scale, const double *values,
							const bool *isnull, ValueKind kind);

/* Sets the marginal, and lets rows that are missing stand in for others. */
extern void fit_finish_bins(FitWork *work, FitColumn *column);

/* The values of a field on its scale, NULLs as 0. */
extern double *fit_scale_values(const FitWork *work, int field);

/* ---- fit_ending.c ---- */

/* A column of how the numbers of a scale end, where that says something. */
extern bool fit_ending_column(FitWork *work, FitColumn *column, const FitColumn *scale,
							  const double *values, const bool *isnull);

/* ---- fit_level.c ---- */

/* Levels and codes of a field; false if there are none.  No bins yet. */
extern bool fit_level_column(FitWork *work, FitColumn *column);

/* Makes a FIT_SCALE column, all of whose bins are atoms, one of levels. */
extern void fit_scale_to_levels(FitWork *work, FitColumn *column);

/*
 * Puts levels into bins: frequent ones have one of their own, and the rest
 * share bins with those that decide the same level of decided (or NULL) and
 * are about as frequent.
 */
extern void fit_level_bins(FitWork *work, FitColumn *column, const FitColumn *decided);

/* Numbers 0 .. n-1 for the distinct values of a sample's column. */
extern int	fit_number_values(const FitWork *work, int field, int *numbers, int *first_rows);

/* ---- fit_common.c ---- */

/* The same of a text's common values, where there are too many to list. */
extern bool fit_common_column(FitWork *work, FitColumn *column);

/* ---- fit_depend.c ---- */

extern void fit_find_determinants(FitWork *work);

/* The field that the values of a field count from, or -1. */
extern void fit_find_bases(const FitWork *work, int *bases);

/* ---- fit_order.c ---- */

/* Mutual information of all pairs of columns, in nats. */
typedef struct FitInformation
{
	int			n;
	float	   *values;			/* the lower triangle, by rows */
} FitInformation;

extern FitInformation *fit_information(const FitWork *work);
extern float fit_information_of(const FitInformation *information, int a, int b);

/* The columns in the order in which they are to be drawn. */
extern int *fit_order(FitWork *work, const FitInformation *information);

/* ---- fit_tree.c ---- */

/*
 * A tree for a column from rows of the sample.  Nodes name columns, not yet
 * their places in the order.
 */
extern void fit_grow(const FitWork *work, FitColumn *target, int nparents,
					 FitColumn **parents, const int *rows, int nrows, int leaf_rows,
					 FitTree *tree);

/* The likelihood of rows' bins by a tree: the sum of its logarithms. */
extern double fit_likelihood(const FitWork *work, const FitColumn *target,
							 const FitTree *tree, const int *rows, int nrows);

/* The columns of order[0 .. position - 1] that a tree may ask for. */
extern int	fit_parents(const FitWork *work, const FitInformation *information,
						const int *order, int position, int most, FitColumn **parents);

/* How many a tree may ask for, so that all trees together take seconds. */
extern int	fit_most_parents(const FitWork *work);

/* ---- fit_context_keep.c ---- */

static inline bool
fit_is_context(const FitWork *work, const FitColumn *column)
{
	return column->axis.field >= work->schema->nfields;
}

/*
 * Leaves out contexts that tell little of the row; true if there were any, and
 * columns have new numbers then.
 */
extern bool fit_choose_contexts(FitWork *work, const FitInformation *information);

/* Forgets contexts that nothing that was learned asks for. */
extern void fit_prune_contexts(Schema *schema);

/* ---- fit_fanout.c ---- */

/* Fills *fanout from the context that is current; false: nothing to learn. */
extern bool fit_learn_fanout(const FitWork *work, int reference, const int *places,
							 FitFanout *fanout);

/* ---- fit_groups.c ---- */

/*
 * Groups of parents by what their rows say, into a FitFanout that has all else.
 * Columns have their places in the Fit's order; listed says of which rows of the
 * parent the keys are listed.
 */
extern void fit_learn_groups(const FitWork *work, int reference, const int *places,
							 const bool *listed, FitFanout *fanout);

/* ---- fit_rows.c ---- */

/* Once all columns are made; what it finds lies in keep. */
extern void fit_learn_rows(const FitWork *work, FitRows *rows, MemoryContext keep);

#endif							/* SYNTHIK_FIT_WORK_H */
