/*-------------------------------------------------------------------------
 *
 * profile_formula.h
 *		Shared by the searches for formulas: of numbers and times
 *		(profile_formula.c) and of texts (profile_concat.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROFILE_FORMULA_H
#define SYNTHIK_PROFILE_FORMULA_H

#include "fit/profile.h"

/* May a field's values come from a formula, or go into one? */
extern bool formula_may_give(const Schema *schema, int index);
extern bool formula_may_read(const Schema *schema, int index);

/* Makes a field an expression; false if a document may not have it. */
extern bool formula_set(Profile *profile, int index, const char *text);

/* Notes in reads[field], through others, that a formula reads a field. */
extern void formula_note_read(Bitmapset **reads, int nfields, int reader, int read);

extern void profile_text_formulas(Profile *profile, const Sample *sample, const int *columns);

#endif							/* SYNTHIK_PROFILE_FORMULA_H */
