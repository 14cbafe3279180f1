/*-------------------------------------------------------------------------
 *
 * compliance.h
 *		Whether synthetic rows could be stored in the original table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_COMPLIANCE_H
#define SYNTHIK_COMPLIANCE_H

#include "schema/schema.h"
#include "report/frame.h"

typedef struct Compliance
{
	double		types;			/* share of rows whose values suit the columns'
								 * types, domains and NOT NULL; NaN: unknown */
	const char *types_worst;	/* the rule that is broken most, or NULL */
	double		constraints;	/* share of rows that satisfy every CHECK and
								 * repeat no key of a row before */
	const char *constraints_worst;
} Compliance;

/* schema is the original's, prepared. */
extern Compliance compliance_judge(const Frame *frame, const Schema *schema);

#endif							/* SYNTHIK_COMPLIANCE_H */
