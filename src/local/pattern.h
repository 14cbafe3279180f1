/*-------------------------------------------------------------------------
 *
 * pattern.h
 *		Texts that match a regular expression: random ones, and all
 *		different ones by their rank.
 *
 * The language is what PostgreSQL's advanced regular expressions and
 * ECMAScript have in common: literals, classes, groups, alternation,
 * quantifiers, anchors at the ends.  Where the two read the same thing
 * differently, PostgreSQL's reading holds, because it is PostgreSQL that
 * checks the text; \b alone is read as the word boundary of ECMAScript.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PATTERN_H
#define SYNTHIK_PATTERN_H

/*
 * A compiled pattern: flat and without pointers, so that it can be copied
 * into a plan and run by another process.  Its first four bytes hold its
 * size; it has to lie at a multiple of 8.
 */
typedef struct PatternProgram PatternProgram;

#define PATTERN_MAX_BYTES	10000	/* longest text */
#define PATTERN_MAX_PROGRAM	65536	/* largest program */

/*
 * Compiles a regular expression in the database encoding.  Returns a
 * palloc'd program, or NULL with *problem set to a palloc'd message.
 *
 * min_length and max_length count characters, -1 is no bound.  Every text
 * is within them, unless the pattern is so large that counting its texts by
 * length does not fit into a program: then lengths may exceed the bounds,
 * and the caller has to check them.
 */
extern PatternProgram *pattern_compile(const char *regex, int min_length,
									   int max_length, const char **problem);

/* Bytes of the program itself. */
extern Size pattern_size(const PatternProgram *program);

/* The encoding its texts are in: that of the database that compiled it. */
extern int	pattern_encoding(const PatternProgram *program);

/*
 * How many texts there are, at most 2^62.  *exact is false when two ranks
 * could give the same text, as in "a?a?".
 */
extern uint64 pattern_count(const PatternProgram *program, bool *exact);

/* An upper bound of the bytes of a text, at most PATTERN_MAX_BYTES. */
extern int	pattern_max_bytes(const PatternProgram *program);

/*
 * Write a text into buf, which has room for pattern_max_bytes, and return
 * its length in bytes; no terminating zero is written.
 *
 * pattern_random draws branches, repeats and characters with equal chance.
 * pattern_unrank gives the text of a rank, 0 <= rank < pattern_count; where
 * there are more texts than ranks, what the rank does not decide is drawn
 * from a hash of it.
 */
extern int	pattern_random(const PatternProgram *program, uint64 key, char *buf);
extern int	pattern_unrank(const PatternProgram *program, uint64 rank, char *buf);

/*
 * Whether size bytes from outside are a program that is safe to run and
 * writes nothing but valid characters of its encoding.
 */
extern bool pattern_valid(const void *bytes, Size size);

#endif							/* SYNTHIK_PATTERN_H */
