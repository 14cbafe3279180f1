/*-------------------------------------------------------------------------
 *
 * profile.h
 *		Private to the files that say what the fields of a sample are
 *		(profile*.c).
 *
 * A column under study is a list of values without its NULLs: a column of the
 * sample, the elements of its arrays, or one member of its JSON objects.  The
 * same functions look at each.
 *
 * Two memory contexts are at hand: what is current is work, emptied after
 * each field; what a Field keeps is copied into profile->keep.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROFILE_H
#define SYNTHIK_PROFILE_H

#include "fit/learn.h"
#include "lib/stringinfo.h"
#include "schema/semantic.h"
#include "util/locale.h"

typedef struct Profile
{
	Schema	   *schema;
	const LearnOptions *options;
	double		relation_rows;
	MemoryContext keep;			/* where the Schema lies */
	const Locale *locale;
	int			depth;			/* of members and elements */
} Profile;

typedef struct Column
{
	Field	   *field;
	int			index;			/* of the field in the row; -1: part of a value */
	int			nrows;			/* of the sample, or values that may have the part */
	int			nvalues;
	Datum	   *values;			/* [nvalues] of the field's base type */
	int		   *rows;			/* [nvalues] the sample's row of each, ascending */
} Column;

/* ---- profile_count.c: values that are equal ---- */

typedef struct Text
{
	const char *bytes;
	int			length;
} Text;

typedef struct Counted
{
	Text		text;
	uint32		hash;
	int			first;			/* index of a value that has the text */
	int			rows;			/* how many rows have it */
	int			last;			/* the last of them */
} Counted;

typedef struct Counts
{
	int			n;
	int			capacity;
	Counted    *entries;
	uint32		mask;
	int		   *slots;			/* -1: free */
} Counts;

extern void counts_init(Counts *counts, int expected);
/* Counts a text for a row; the entry's index.  value is kept as "first". */
extern int	counts_add(Counts *counts, Text text, int row, int value);
/* The entry of a text, or -1. */
extern int	counts_find(const Counts *counts, Text text);
/* Indexes of the entries, those of most rows first. */
extern int *counts_order(const Counts *counts);

/* A value's bytes, without the blanks that pad a character(n). */
extern Text value_bytes(Oid type, Datum value);
extern Text *column_texts(const Column *column);

/* A phrase for Field.why, kept. */
extern void profile_why(Profile *profile, Field *field, const char *format,...)
			pg_attribute_printf(3, 4);
/* Is the field's name only a guess that the values do not bear out? */
extern void profile_drop_name(Field *field);
extern char *profile_keep_text(Profile *profile, const char *text);
extern Datum profile_keep_value(Profile *profile, const Field *field, Datum value);

/* Are the values so few that they are levels, and no texts? */
extern bool profile_has_few(const Column *column, const Counts *counts);

/*
 * Lists the field's values with their shares, if there are few of them or
 * nearly all rows have one that is common.  True if it did.
 */
extern bool profile_enumerate(Profile *profile, Column *column, const Text *texts,
							  const Counts *counts);

/* ---- profile.c ---- */

/* What a field is, by its values; any type. */
extern void profile_column(Profile *profile, Column *column);

/* ---- the others ---- */

extern void profile_number(Profile *profile, Column *column);
extern void profile_text(Profile *profile, Column *column);
extern void profile_json(Profile *profile, Column *column);
extern void profile_array(Profile *profile, Column *column);
extern void profile_formulas(Profile *profile, const Sample *sample, const int *columns);
extern void profile_orders(Profile *profile, const Sample *sample, const int *columns);

/* profile_content.c: what texts look like.  NULL: like nothing known. */
typedef struct Content
{
	const char *name;			/* "e-mail addresses" */
	const SemanticType *semantic;	/* or NULL */
	const char *tail;			/* a pattern, and behind how many characters of */
	int			head;			/* the texts' own it comes; "": none */
	const char *unique_tail;	/* the pattern for distinct texts; "": none */
	bool		personal;		/* not to be copied however many rows share it */
	bool		phone;			/* shapes of North America come before the type's */
	double		share;			/* of the texts that look like it */
} Content;

extern Content *profile_content(Profile *profile, const Column *column, const Text *texts);
extern bool profile_recognises(const SemanticType *semantic);

/* profile_shape.c: a pattern that the texts have, palloc'd, or NULL. */
extern char *profile_shape(Profile *profile, const Column *column, const Text *texts,
						   const char **why);
/* profile_phone.c: likewise, with the digits that are set aside for fiction. */
extern char *profile_phone(const Profile *profile, const Column *column, const Text *texts,
						   const char **why);
/* Text as a regular expression for itself. */
extern void profile_escape(StringInfo regex, const char *bytes, int length);

/* profile_words.c: true if the texts could be learned. */
extern bool profile_words(Profile *profile, Column *column, const Text *texts);

#endif							/* SYNTHIK_PROFILE_H */
