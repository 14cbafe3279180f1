/*-------------------------------------------------------------------------
 *
 * compile_unique.h
 *		Private to what makes values distinct (compile_unique.c,
 *		compile_digit.c, compile_claim.c).
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
	PlanOffset	twin;			/* of another one that picks with it, or 0 */
	uint64		radix;
	bool		shaped;			/* values are not all alike: better drawn */
} Digit;

/* The digits of a field, or of a set of fields. */
typedef struct Digits
{
	Compiler   *c;
	List	   *digits;			/* of Digit * */
	List	   *claimed;		/* of Claim *: selectors taken in this set */
	const int  *fields;			/* the set */
	int			nfields;
	int64		last;			/* number of the last row, or series, from 0 */
	bool		numbered;		/* a piece {unique} makes all distinct */
	bool		sequential;
	bool		dependent;		/* a part hangs on what others pick, */
	bool		cased;			/* or on the value of another column */
} Digits;

#define rank_of(type, offset)	((offset) + offsetof(type, rank))

/* ---- compile_digit.c ---- */

/* 'column "a"' or 'columns "a", "b"', for messages. */
extern char *digits_label(const Digits *digits);

/* Adds what can tell rows apart in the values of an op. */
extern void digits_claim_op(Digits *digits, const PlanOp *op);
extern Digit *digits_add(Digits *digits, PlanOffset rank, uint64 radix, bool shaped);

/* compile_claim.c: adds a digit that picks one of a selector's entries that differ. */
extern void digits_claim_selector(Digits *digits, PlanOffset offset, const ValueKey *keys);

/* The numbers of n entries that differ, of equal ones the first; their count. */
extern uint32 distinct_entries(const ValueKey *keys, uint32 n, uint32 *distinct);

#endif							/* SYNTHIK_COMPILE_UNIQUE_H */
