/*-------------------------------------------------------------------------
 *
 * guess.h
 *		What a field has from its semantic type only.
 *
 * Such keywords are a guess, even where a document names the type: what is
 * said of the field itself narrows them, and where nothing is left of one,
 * it goes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_GUESS_H
#define SYNTHIK_GUESS_H

#include "schema/schema.h"

/* Takes the bounds, values and distribution that are only guessed away. */
extern void guess_drop(Field *field);

/*
 * Do the values that are left of a guessed list still say what the guess
 * did?  Zero alone does not: a tax_rate below 1 is no percentage.
 */
extern bool guess_says_something(const Field *field, const ValueList *left);

/* Is the field's pattern that of its semantic type? */
extern bool pattern_is_guess(const Field *field);

#endif							/* SYNTHIK_GUESS_H */
