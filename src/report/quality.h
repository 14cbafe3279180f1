/*-------------------------------------------------------------------------
 *
 * quality.h
 *		How alike two tables are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_QUALITY_H
#define SYNTHIK_QUALITY_H

#include "nodes/pg_list.h"
#include "utils/relcache.h"

typedef struct QualityRow
{
	const char *metric;
	const char *column_name;	/* or NULL */
	const char *other_column;	/* or NULL */
	double		score;			/* NaN: not defined */
	double		bar;			/* NaN: none */
	const char *advice;			/* or NULL */
} QualityRow;

/*
 * A list of QualityRow *, first of the tables, then of columns, then of pairs
 * of columns.  The hold-out may be NULL; predict, a column, likewise.  Only
 * columns that the caller may SELECT count; it is an error if there are none.
 */
extern List *quality_report(Relation original, Relation synthetic, Relation holdout,
							const char *predict);

#endif							/* SYNTHIK_QUALITY_H */
