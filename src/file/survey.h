/*-------------------------------------------------------------------------
 *
 * survey.h
 *		A pass over a whole file: how many rows it has, and the columns of a
 *		table that would hold them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SURVEY_H
#define SYNTHIK_SURVEY_H

#include "file/cells.h"
#include "file/type_guess.h"

typedef struct SurveyColumn
{
	TypeGuess	guess;
	bool		nested;			/* an array or an object was seen */
	char	   *name;			/* for a table: cut and unique */
	Oid			type;
	int32		typmod;
	CellDates	dates;
} SurveyColumn;

typedef struct Survey
{
	int64		rows;
	int			ncolumns;
	SurveyColumn *columns;
} Survey;

/*
 * Reads all rows, for which the reader is at its first one; file_rewind() goes
 * back.  In the current memory context.
 * Dates that can be read either way are text, which the reader's problems say.
 */
extern Survey *survey_file(FileReader *reader);

/*
 * "id integer, name text"; with types' schemas where it is to be run and not
 * to be read.
 */
extern char *survey_columns_text(const Survey *survey, bool qualified);

/* What is told of a file: its format, size, columns and problems. */
extern Jsonb *survey_report(const Survey *survey, FileReader *reader);

#endif							/* SYNTHIK_SURVEY_H */
