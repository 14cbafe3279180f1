/*-------------------------------------------------------------------------
 *
 * json_columns.h
 *		JSON by columns: one object of arrays.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_JSON_COLUMNS_H
#define SYNTHIK_JSON_COLUMNS_H

#include "file/file.h"

typedef struct JsonColumns JsonColumns;

/*
 * Of the reader's cells, each of which is a JSON array; in the current memory
 * context.  Arrays of different lengths are an error.
 */
extern JsonColumns *json_columns_load(FileReader *reader);

/* Elements row, from 0, into the reader's cells; false behind the last ones. */
extern bool json_columns_row(JsonColumns *columns, int64 row);

#endif							/* SYNTHIK_JSON_COLUMNS_H */
