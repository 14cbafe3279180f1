/*-------------------------------------------------------------------------
 *
 * header_guess.h
 *		Is the first row one of names?
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_HEADER_GUESS_H
#define SYNTHIK_HEADER_GUESS_H

typedef struct HeaderGuess HeaderGuess;

/* Of the first row's values, which are kept. */
extern HeaderGuess *header_guess_new(char **names, int ncolumns);

/*
 * A value below, "" for none; typed says that the file itself holds it as
 * something else than text.
 */
extern void header_guess_value(HeaderGuess *guess, int column, const char *text, bool typed);

extern bool header_guess_judge(const HeaderGuess *guess);

#endif							/* SYNTHIK_HEADER_GUESS_H */
