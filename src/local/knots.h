/*-------------------------------------------------------------------------
 *
 * knots.h
 *		Quantile functions as tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_KNOTS_H
#define SYNTHIK_KNOTS_H

#include "local/compile.h"

/*
 * probability[i] is reached at value[i], both ascending.  Between two knots
 * the quantile function is linear, or as the profile has it: where between
 * them each of so many equal parts ends, as shares of what lies between.
 */
typedef struct Knots
{
	int			n;
	int			capacity;
	double	   *probability;
	double	   *value;
	int			nprofile;		/* 0: linear */
	double		profile[CALENDAR_HOURS + 1];
} Knots;

extern Knots *knots_make(int capacity);
extern void knots_add(Knots *knots, double probability, double value);

/*
 * Of a field's distribution but "calendar", on its scale; of the steps low ..
 * high of unit each where it hangs on them.
 */
extern Knots *knots_of(const Field *field, int64 low, int64 high, double unit);

/* compile_calendar.c: likewise of a calendar. */
extern Knots *calendar_knots(const Compiler *c, const Field *field, int64 low, int64 high,
							 double unit);

#endif							/* SYNTHIK_KNOTS_H */
