/*-------------------------------------------------------------------------
 *
 * fit_parser.h
 *		Private to the readers of a blob's bytes (fit_parse*.c, fit_pieces.c).
 *
 * The first thing wrong ends the reading: from there on every number is 0.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FIT_PARSER_H
#define SYNTHIK_FIT_PARSER_H

#include "schema/fit_blob.h"

typedef struct FitParser
{
	char	   *at;
	char	   *end;
	const char *problem;		/* the first one, or NULL */
	FitBlob    *blob;
} FitParser;

/* ---- fit_pieces.c ---- */

extern void fit_fail(FitParser *parser, const char *problem);

/* Says what is wrong unless good; true if all has been good so far. */
extern bool fit_check(FitParser *parser, bool good, const char *problem);

static inline bool
fit_good(const FitParser *parser)
{
	return parser->problem == NULL;
}

extern uint64 fit_read_number(FitParser *parser);

/* A number of at most limit; an index below count, or -1. */
extern int	fit_read_below(FitParser *parser, int limit, const char *problem);
extern int	fit_read_index(FitParser *parser, int count, const char *problem);

/* How many items follow, of at least size bytes each. */
extern int	fit_read_count(FitParser *parser, int size, int limit);

/* Eight bytes. */
extern uint64 fit_read_word(FitParser *parser);

extern double fit_read_any_double(FitParser *parser);

/* Finite numbers, and one above 0. */
extern double fit_read_double(FitParser *parser);
extern double *fit_read_doubles(FitParser *parser, int count);
extern double fit_read_weight(FitParser *parser);

/* A text, where it lies, or NULL. */
extern char *fit_read_text(FitParser *parser);

extern void fit_check_ascending(FitParser *parser, const double *numbers, int count);

/* ---- fit_parse_axes.c ---- */

extern void fit_parse_axes(FitParser *parser);

/* A tree on the first axes, whose leaves have some of so many bins. */
extern void fit_parse_tree(FitParser *parser, int number, int nbins, FitTree *tree);

#endif							/* SYNTHIK_FIT_PARSER_H */
