/*-------------------------------------------------------------------------
 *
 * generate.c
 *		The functions that return rows: synthik_generate, synthik_rows,
 *		synthik_generate_json, and the private one through which INSERT
 *		reads the rows of synthik_augment.
 *
 * In FROM the planner replaces them by a scan (scan.c), which calls none of
 * these C functions; they serve where it cannot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/file_input.h"
#include "api/maker.h"

SYNTHIK_FUNCTION(synthik_generate)
{
	return maker_materialize(fcinfo);
}

SYNTHIK_FUNCTION(synthik_generate_text)
{
	return maker_materialize(fcinfo);
}

SYNTHIK_FUNCTION(synthik_generate_json)
{
	return maker_materialize(fcinfo);
}

SYNTHIK_FUNCTION(synthik_generate_json_text)
{
	return maker_materialize(fcinfo);
}

SYNTHIK_FUNCTION(synthik_rows)
{
	return maker_materialize(fcinfo);
}

SYNTHIK_FUNCTION(synthik_augment_source)
{
	return maker_materialize(fcinfo);
}

/* read_file.c */
extern PGDLLEXPORT Datum synthik_read_file(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum synthik_read_file_bytes(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum synthik_read_file_json(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum synthik_read_file_json_bytes(PG_FUNCTION_ARGS);

static const Maker makers[] = {
	{synthik_generate, "synthik_generate", MAKER_RECORD, false, &row_maker_methods},
	{synthik_generate_text, "synthik_generate", MAKER_RECORD, true, &row_maker_methods},
	{synthik_generate_json, "synthik_generate_json", MAKER_JSON, false, &row_maker_methods},
	{synthik_generate_json_text, "synthik_generate_json", MAKER_JSON, true, &row_maker_methods},
	{synthik_rows, "synthik_rows", MAKER_ROWTYPE, false, &row_maker_methods},
	{synthik_augment_source, "synthik_augment_source", MAKER_STORED, false, &row_maker_methods},
	{synthik_read_file, "synthik_read_file", MAKER_FILE, true, &file_maker_methods},
	{synthik_read_file_bytes, "synthik_read_file", MAKER_FILE, false, &file_maker_methods},
	{synthik_read_file_json, "synthik_read_file_json", MAKER_FILE_JSON, true, &file_maker_methods},
	{synthik_read_file_json_bytes, "synthik_read_file_json", MAKER_FILE_JSON, false, &file_maker_methods},
};

const Maker *
maker_find(PGFunction function)
{
	for (int i = 0; i < lengthof(makers); i++)
		if (makers[i].function == function)
			return &makers[i];
	return NULL;
}

int
maker_arguments(const Maker *maker)
{
	switch (maker->shape)
	{
		case MAKER_ROWTYPE:
			return 1 + REQUEST_ARGUMENTS_SCHEMA;
		case MAKER_STORED:
			return 2;
		case MAKER_FILE:
		case MAKER_FILE_JSON:
			return FILE_ARGUMENTS;
		case MAKER_RECORD:
		case MAKER_JSON:
			break;
	}
	return 1 + REQUEST_ARGUMENTS;
}
