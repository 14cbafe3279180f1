/*-------------------------------------------------------------------------
 *
 * number_type.h
 *		The types of numbers and times, and the ranges of their values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_NUMBER_TYPE_H
#define SYNTHIK_NUMBER_TYPE_H

#include "local/compile.h"
#include "utils/numeric.h"

#define MAX_UNITS	(PG_INT64_MAX / 4)	/* of decimals, which have no type's bounds */

/* How a type stores its numbers, and what it draws where nothing is said. */
typedef struct NumberType
{
	Oid			type;
	NumberOutput output;
	int64		type_low;
	int64		type_high;
	int64		grain;			/* of the default steps */
	int64		least_grain;	/* of any: what the modifier leaves */
	int64		low;			/* default range, in stored units */
	int64		high;
	int64		span;			/* from a bound that stands alone */
} NumberType;

/* number_type.c */
extern bool number_type(const Field *field, Oid type, NumberType *out);
extern bool declared_scale(const Field *field, int *scale);
extern bool is_decimal(const NumberType *type);
extern int	choose_scale(const Compiler *c, const Field *field, const NumberType *type);
extern Numeric as_numeric(Oid type, Datum value);
extern Numeric scaled_bound(const NumberType *type, const Bound *bound, int scale);
extern int	beyond_units(Numeric scaled);
extern bool bound_fits(const NumberType *type, const Bound *bound, int scale);
extern void learned_extent(const FitAxis *axis, double *from, double *to);

/* number_range.c */
extern int64 bound_units(const Field *field, const NumberType *type, const Bound *bound,
						 int scale, bool up);
extern void type_range(const Field *field, const NumberType *type, int scale, int64 *low,
					   int64 *high);
extern void choose_range(Compiler *c, const Field *field, const NumberType *type, int scale,
						 int64 *low, int64 *high);
extern void no_value_between(const Field *field);

#endif							/* SYNTHIK_NUMBER_TYPE_H */
