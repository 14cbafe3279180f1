/*-------------------------------------------------------------------------
 *
 * compile_unique.h
 *		Private to what makes values distinct (compile_unique.c,
 *		compile_digit.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_COMPILE_UNIQUE_H
#define SYNTHIK_COMPILE_UNIQUE_H

#include "local/compile.h"

/* A digit: where its rank is to be written, and how many values it has. */
typedef struct Digit
{
	PlanOffset	rank;			/* of a PlanRank */
	uint64		radix;
	bool		shaped;			/* values are not all alike: better drawn */
} Digit;

/* The digits of a field, or of a set of fields. */
typedef struct Digits
{
	Compiler   *c;
	List	   *digits;			/* of Digit * */
	List	   *claimed;		/* selectors (int list) taken in this set */
	const int  *fields;			/* the set */
	int			nfields;
	int64		last;			/* number of the last row, or series, from 0 */
	bool		numbered;		/* a piece {unique} makes all distinct */
	bool		sequential;
	bool		dependent;		/* a part hangs on what others pick, */
	bool		cased;			/* or on the value of another column */
} Digits;

#define rank_of(type, offset)	((offset) + offsetof(type, rank))

/* compile_digit.c: adds what can tell rows apart in the values of an op. */
extern void digits_claim_op(Digits *digits, const PlanOp *op);

#endif							/* SYNTHIK_COMPILE_UNIQUE_H */
