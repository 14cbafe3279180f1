/*-------------------------------------------------------------------------
 *
 * json_cells.h
 *		The members of one JSON object as the cells of a row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_JSON_CELLS_H
#define SYNTHIK_JSON_CELLS_H

#include "file/file.h"

/* A row with more keys is an error. */
#define JSON_MAX_KEYS	100000

typedef struct JsonCells JsonCells;

/* In the reader's memory; finds its columns by their names. */
extern JsonCells *json_cells_new(FileReader *reader);

/*
 * Parses an object into the reader's cells; keys that have no column get one.
 * What is not valid is an error at the reader's position.  byte is where in
 * the file the text begins, or 0 where that is not known.
 */
extern void json_cells_parse(JsonCells *cells, const char *text, size_t length, int64 byte);

#endif							/* SYNTHIK_JSON_CELLS_H */
