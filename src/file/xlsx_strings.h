/*-------------------------------------------------------------------------
 *
 * xlsx_strings.h
 *		The strings that a workbook's cells share.
 *
 * They lie in memory up to work_mem, the rest in a temporary file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_XLSX_STRINGS_H
#define SYNTHIK_XLSX_STRINGS_H

#include "file/zip.h"
#include "lib/stringinfo.h"

typedef struct XlsxStrings XlsxStrings;

/* From an entry; in the current memory context. */
extern XlsxStrings *xlsx_strings_read(ZipArchive *archive, const char *entry);

/* Closes the temporary file; without an error this has to be done. */
extern void xlsx_strings_close(XlsxStrings *strings);

/* How many there are. */
extern int64 xlsx_strings_count(const XlsxStrings *strings);

/*
 * String i, which is there, in the database's encoding.  Valid until the next
 * call for this workbook.
 */
extern const char *xlsx_strings_get(XlsxStrings *strings, int64 i, size_t *length);

/*
 * For text of any cell: undoes the escapes of Excel, as _x000D_, and converts
 * from UTF-8, in place.
 */
extern void xlsx_text_decode(StringInfo text, size_t from);

#endif							/* SYNTHIK_XLSX_STRINGS_H */
