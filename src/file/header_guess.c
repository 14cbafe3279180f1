/*-------------------------------------------------------------------------
 *
 * header_guess.c
 *		Is the first row one of names?
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/header_guess.h"
#include "file/type_guess.h"

typedef struct HeaderColumn
{
	char	   *name;			/* in the first row */
	int			typed;			/* rows below in which it is no text */
	int			filled;			/* rows below in which it has a value */
	bool		repeated;		/* the name is a value below, too */
} HeaderColumn;

struct HeaderGuess
{
	int			ncolumns;
	HeaderColumn columns[FLEXIBLE_ARRAY_MEMBER];
};

HeaderGuess *
header_guess_new(char **names, int ncolumns)
{
	HeaderGuess *guess = palloc0(offsetof(HeaderGuess, columns) +
								 sizeof(HeaderColumn) * ncolumns);

	guess->ncolumns = ncolumns;
	for (int i = 0; i < ncolumns; i++)
		guess->columns[i].name = names[i];
	return guess;
}

void
header_guess_value(HeaderGuess *guess, int column, const char *text, bool typed)
{
	HeaderColumn *at;

	if (column >= guess->ncolumns || text[0] == '\0')
		return;
	at = &guess->columns[column];
	at->filled++;
	at->typed += typed || type_guess_is_typed(text);
	at->repeated |= strcmp(text, at->name) == 0;
}

/*
 * No value of a type may be among names.  Then a column whose other values
 * are of a type speaks for them, and so does it that no name is a value.
 */
bool
header_guess_judge(const HeaderGuess *guess)
{
	int			repeated = 0;

	for (int i = 0; i < guess->ncolumns; i++)
		if (type_guess_is_typed(guess->columns[i].name))
			return false;
	for (int i = 0; i < guess->ncolumns; i++)
	{
		const HeaderColumn *at = &guess->columns[i];

		if (at->name[0] != '\0' && at->filled > 0 && at->typed * 10 >= at->filled * 9)
			return true;
		repeated += at->repeated;
	}
	return repeated == 0;
}
