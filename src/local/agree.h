/*-------------------------------------------------------------------------
 *
 * agree.h
 *		Numbers of a row that follow from others: what the compiler's files for
 *		them share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_AGREE_H
#define SYNTHIK_AGREE_H

#include "local/compile.h"

/* compile_agree.c */
extern PlanNumber *agree_number(Compiler *c, const NumberUse *use);
extern bool agree_is_of(const NumberUse *use, const char *semantic);
extern int	agree_place(Compiler *c, const NumberUse *use);
extern NumberUse *agree_nth_number(Compiler *c, const char *semantic, int scope, int container,
								   int n);
extern NumberUse *agree_mate(Compiler *c, const NumberUse *use, const char *semantic);
extern PlanFollowed agree_followed(Compiler *c, const NumberUse *use);
extern void agree_follow(Compiler *c, const NumberUse *use, const PlanFollow *follow);
extern bool agree_field_speaks(const Field *field);
extern bool agree_field_has_bounds(const Field *field);

/* compile_follow.c: the ways that types.tsv lists */
extern void follow_others(Compiler *c, const NumberUse *use);

/* compile_dates.c: what goes with dates */
extern bool follow_part(Compiler *c, const NumberUse *use, char *const *words);
extern bool follow_among(Compiler *c, const NumberUse *use, char *const *words);

/* What a name says besides some words: "order " of "orderedAt". */
extern char *date_name_stem(const char *name, const char *const *fillers);

/* Is it kept for each row, and says little of what that is about: created_at? */
extern bool date_is_record(const Field *field);
extern bool date_is_moment(Compiler *c, const NumberUse *use);

/* compile_lasts.c */
extern bool follow_lasts(Compiler *c, const NumberUse *use, char *const *words);

/* compile_entry.c: what a dictionary's entry says */
/* "product.price_low*0.7": a column of a dictionary, and a factor. */
typedef struct EntryColumn
{
	char	   *dictionary;
	char	   *column;
	double		factor;
} EntryColumn;

extern EntryColumn follow_entry_column(const char *word);
extern double follow_entry_number(const DataFile *file, const EntryColumn *column, int row);
extern bool follow_entry(Compiler *c, const NumberUse *use, char *const *words);

#endif							/* SYNTHIK_AGREE_H */
