/*-------------------------------------------------------------------------
 *
 * report.h
 *		Members of the report on a file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FILE_REPORT_H
#define SYNTHIK_FILE_REPORT_H

#include "utils/jsonb.h"

/* A key, a value or an element. */
extern void file_report_push(JsonbParseState **state, JsonbIteratorToken token, const char *text);

/* A key and its value. */
extern void file_report_text(JsonbParseState **state, const char *key, const char *value);
extern void file_report_number(JsonbParseState **state, const char *key, int64 value);
extern void file_report_boolean(JsonbParseState **state, const char *key, bool value);

#endif							/* SYNTHIK_FILE_REPORT_H */
