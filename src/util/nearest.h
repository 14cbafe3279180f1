/*-------------------------------------------------------------------------
 *
 * nearest.h
 *		What was meant by a word that nobody knows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_NEAREST_H
#define SYNTHIK_NEAREST_H

/* A word that people try, and a sentence that leads to the right one. */
typedef struct WordHint
{
	const char *word;
	const char *hint;
} WordHint;

/* The first length bytes of a name without case and separators, palloc'd. */
extern char *name_normalise(const char *name, size_t length);

/* The name nearest to word among count names, or NULL if none is near. */
extern const char *nearest_name(const char *word, const char *const *names, int count);

/* 'Perhaps you meant "name".', palloc'd; NULL where the name is. */
extern const char *name_hint(const char *name);

/* The same for the nearest name. */
extern const char *nearest_hint(const char *word, const char *const *names, int count);

/* The hint for a word that is one of count; or NULL. */
extern const char *word_hint(const char *word, const WordHint *hints, int count);

#endif							/* SYNTHIK_NEAREST_H */
