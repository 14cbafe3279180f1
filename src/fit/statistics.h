/*-------------------------------------------------------------------------
 *
 * statistics.h
 *		Private to statistics*.c: what ANALYZE has found in a column.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_STATISTICS_H
#define SYNTHIK_STATISTICS_H

#include "fit/learn.h"

/* Values of one type. */
typedef struct StatisticsValues
{
	int			count;
	Datum	   *values;
	double	   *shares;			/* of all rows; NULL for a histogram's bounds */
} StatisticsValues;

typedef struct ColumnStatistics
{
	bool		found;
	double		null_share;
	double		distinct;		/* values; -1: not known */
	StatisticsValues common;
	StatisticsValues bounds;	/* of a histogram of the other values */
	StatisticsValues elements;
	int			least_elements; /* -1: not known */
	int			most_elements;
} ColumnStatistics;

typedef struct Statistics
{
	double		rows;			/* of the relation, about */
	const int  *columns;		/* [field] */
	ColumnStatistics *of;		/* [field] */
} Statistics;

/*
 * statistics_pairs.c: from lists of values that are common together to
 * schema->fit, once the fields have their keywords.
 */
extern void statistics_learn_pairs(Schema *schema, Relation rel, const Statistics *statistics,
								   const LearnOptions *options);

/* statistics_common.c: from most common values to axes of schema->fit, at last. */
extern void statistics_learn_common(Schema *schema, const Statistics *statistics);

/* The sum of the shares. */
extern double statistics_sum(const StatisticsValues *values);

#endif							/* SYNTHIK_STATISTICS_H */
