/*-------------------------------------------------------------------------
 *
 * quality.h
 *		How alike two tables are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_QUALITY_H
#define SYNTHIK_QUALITY_H

#include "schema/schema.h"

typedef struct QualityRow
{
	const char *metric;
	const char *column_name;	/* or NULL */
	const char *other_column;	/* or NULL */
	double		score;			/* NaN: not defined */
	double		bar;			/* NaN: none */
	const char *advice;			/* or NULL */
} QualityRow;

/* A list of QualityRow *; holdout may be NULL, predict (a column) likewise. */
extern List *quality_report(Relation original, Relation synthetic, Relation holdout,
							const char *predict);

#endif							/* SYNTHIK_QUALITY_H */
