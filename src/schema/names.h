/*-------------------------------------------------------------------------
 *
 * names.h
 *		Private to what reads names of columns (names*.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_NAMES_H
#define SYNTHIK_NAMES_H

#include "schema/schema.h"
#include "schema/semantic.h"
#include "utils/hsearch.h"

/* Words of a name; further ones at its beginning do not count. */
#define MAX_WORDS	32

/* A word of the vocabulary; longer ones are cut. */
#define VOCABULARY_LENGTH	32

/* Kinds of base types, as the file names them; bits. */
#define KIND_TEXT		(1 << 0)
#define KIND_INTEGER	(1 << 1)
#define KIND_NUMBER		(1 << 2)
#define KIND_DATE		(1 << 3)
#define KIND_TIMESTAMP	(1 << 4)
#define KIND_TIME		(1 << 5)
#define KIND_INTERVAL	(1 << 6)
#define KIND_UUID		(1 << 7)
#define KIND_JSON		(1 << 8)
#define KIND_INET		(1 << 9)
#define KIND_MACADDR	(1 << 10)
#define KIND_BOOLEAN	(1 << 11)

typedef struct Words
{
	int			count;
	const char *words[MAX_WORDS];
} Words;

typedef struct Abbreviation
{
	const char *shorter;
	const char *longer;
} Abbreviation;

/* What of a name a rule is for. */
typedef enum RuleMatch
{
	MATCH_END,
	MATCH_WHOLE,
	MATCH_BEGIN,
	MATCH_FORM,					/* no type: a last word that says how, not what */
	MATCH_TABLE					/* the same in names of tables */
} RuleMatch;

typedef struct Rule
{
	const char *name;			/* words with one space between */
	int			kinds;
	const char *tables;			/* "customer,user" or "": every table */
	RuleMatch	match;
	int			order;			/* in the file: the first of equals wins */
	const SemanticType *type;
} Rule;

/* Made whole or not at all. */
typedef struct NameTable
{
	int			nabbreviations;
	Abbreviation *abbreviations;	/* sorted */
	int			nrules;
	Rule	   *rules;			/* sorted by name, then those of some tables */
	HTAB	   *vocabulary;		/* the words of rules and abbreviations */
} NameTable;

/* ---- names_word.c; what is returned is palloc'd, or part of what was given ---- */

/* Lower-case words with one space between. */
extern char *names_space(const char *name);

/* The words of a name, abbreviations written out. */
extern void names_cut(const NameTable *table, const char *name, Words *words);

/* The same words, those cut that are written together; false if there are none. */
extern bool names_split(const NameTable *table, Words *words);

/* Those from .. to - 1, with one space between. */
extern char *names_join(const Words *words, int from, int to);

/* A word written out, if it is an abbreviation. */
extern const char *names_expand(const NameTable *table, const char *word);

/* English, as table names have it; the rest is in abbreviations.tsv. */
extern const char *names_singular(const char *word);

/* The order of abbreviations, for qsort(). */
extern int	names_compare_abbreviations(const void *a, const void *b);

/* Adds the words of a name to a vocabulary that is being made. */
extern void names_note_words(NameTable *table, const char *name);

/* ---- names_table.c ---- */

/* All there is, read when first asked for; lives as long as the process. */
extern const NameTable *names_table(void);

#endif							/* SYNTHIK_NAMES_H */
