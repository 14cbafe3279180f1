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

static const Maker makers[] = {
	{synthik_generate, "synthik_generate", MAKER_RECORD, false},
	{synthik_generate_text, "synthik_generate", MAKER_RECORD, true},
	{synthik_generate_json, "synthik_generate_json", MAKER_JSON, false},
	{synthik_generate_json_text, "synthik_generate_json", MAKER_JSON, true},
	{synthik_rows, "synthik_rows", MAKER_ROWTYPE, false},
	{synthik_augment_source, "synthik_augment_source", MAKER_STORED, false},
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
		case MAKER_RECORD:
		case MAKER_JSON:
			break;
	}
	return 1 + REQUEST_ARGUMENTS;
}
