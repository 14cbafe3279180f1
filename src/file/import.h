/*-------------------------------------------------------------------------
 *
 * import.h
 *		A file into a table that is made for it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_IMPORT_H
#define SYNTHIK_IMPORT_H

#include "file/survey.h"

/*
 * Makes a table, whose name is quoted SQL, as the caller, with the survey's
 * columns; returns its OID.
 */
extern Oid	import_create_table(const char *quoted_name, bool temporary, const Survey *survey);

/*
 * Loads the reader's rows; returns their number.  most is how many rows there
 * are to be at most (0: all): of more, a part spread over the file is taken.
 */
extern int64 import_rows(FileReader *reader, const Survey *survey, Oid relid, int64 most);

#endif							/* SYNTHIK_IMPORT_H */
