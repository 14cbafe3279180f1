/*-------------------------------------------------------------------------
 *
 * csv.h
 *		Private to the CSV reader: finding out the dialect.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CSV_H
#define SYNTHIK_CSV_H

#include "file/csv_scan.h"
#include "file/file.h"

/* From the first bytes; options and the delimiter (0: unknown) go first. */
extern void csv_guess_dialect(const char *sample, size_t length, bool whole,
							  const FileOptions *options, char delimiter,
							  CsvDialect *out);

/* Is the first row one of names? */
extern bool csv_guess_header(const char *sample, size_t length, bool whole,
							 const CsvDialect *dialect);

#endif							/* SYNTHIK_CSV_H */
