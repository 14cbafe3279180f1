/*-------------------------------------------------------------------------
 *
 * profile_operand.h
 *		Private to the searches among numbers and times: for formulas
 *		(profile_formula.c, profile_form.c) and orders (profile_order.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROFILE_OPERAND_H
#define SYNTHIK_PROFILE_OPERAND_H

#include "fit/profile_formula.h"

#define PROBE_ROWS		50

/* A column of numbers or times. */
typedef struct Operand
{
	int			field;
	ValueKind	kind;
	Oid			type;
	const Datum *values;
	const bool *nulls;
	double		probe[PROBE_ROWS];	/* NaN: NULL */
	double	   *all;			/* likewise; NULL: not read yet */
	double		low;
	double		high;
	bool		target;			/* may have a formula */
	bool		number;
} Operand;

typedef struct Search
{
	Profile    *profile;
	const Sample *sample;
	int			nprobes;
	int			n;
	Operand    *operands;
	Bitmapset **reads;			/* what each field's expression reads, through
								 * others */
} Search;

/* A formula: $1, $2, $3 stand for columns. */
typedef struct Form
{
	int			arity;
	bool		symmetric;		/* $1 and $2 can change places */
	const char *text;
	double		(*eval) (double a, double b, double c);
	double		factor;			/* stands for b where there is only $1 */
} Form;

/* ---- profile_operand.c ---- */

extern void search_init(Search *search, Profile *profile, const Sample *sample,
						const int *columns);
/* The operand's numbers, one a row of the sample. */
extern const double *operand_numbers(const Search *search, Operand *operand);
/* Decimals that the operand's values are rounded to, or -1. */
extern int	operand_decimals(const Search *search, Operand *operand);
/* Do numbers of that size fit? */
extern bool operand_has_room(const Search *search, const Operand *operand, double largest);
/* The largest integer of a type, about. */
extern double operand_integer_limit(Oid type);

/* ---- profile_form.c ---- */

extern const Form profile_forms[];
extern const int profile_nforms;

static inline double
form_eval(const Form *form, double a, double b, double c)
{
	return form->eval(a, form->arity > 1 ? b : form->factor, c);
}

/* The numbers of the operands that a form has; 0 for the others. */
static inline double
form_argument(const Form *form, Operand *const *args, int which, int row)
{
	return which < form->arity ? args[which]->all[row] : 0;
}

/* Do dates and numbers stand where the form can have them? */
extern bool form_fits(const Form *form, const Operand *target, Operand *const *args);
/* The largest number that the operands' extremes come to. */
extern double form_largest(const Form *form, Operand *const *args);
/* Integers alone are multiplied as integers, and may not fit. */
extern bool form_needs_numeric(const Form *form, Operand *const *args, double largest);
/* round() to decimals is for numeric alone. */
extern bool form_needs_cast(const Form *form, Operand *const *args);
extern char *form_text(const Search *search, const Form *form, Operand *const *args,
					   bool numeric);
/* $1 times a short constant, found from the rows; false if there is none. */
extern bool form_of_factor(const Search *search, Operand *target, Operand *operand,
						   double slack, Form *form);

#endif							/* SYNTHIK_PROFILE_OPERAND_H */
