/*-------------------------------------------------------------------------
 *
 * parquet_error.c
 *		What is wrong with a Parquet file, and where.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_format.h"

int
parquet_errcontext(const ParquetPlace *place)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, place->file);
	if (place->group >= 0)
		appendStringInfo(&text, ", row group %d", place->group + 1);
	if (place->column != NULL)
		appendStringInfo(&text, ", column \"%s\"", place->column);
	if (place->offset >= 0)
		appendStringInfo(&text, ", offset " INT64_FORMAT, place->offset);
	return errcontext("%s", text.data);
}

pg_noreturn static void throw_problem(const ParquetPlace *place, int sqlstate, const char *what,
									  const char *fmt, va_list args) pg_attribute_printf(4, 0);

static void
throw_problem(const ParquetPlace *place, int sqlstate, const char *what, const char *fmt,
			  va_list args)
{
	char		text[1024];

	vsnprintf(text, sizeof(text), fmt, args);
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("%s: %s", what, text),
			 parquet_errcontext(place)));
}

void
parquet_damaged(const ParquetPlace *place, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	throw_problem(place, ERRCODE_BAD_COPY_FILE_FORMAT, "this is no sound Parquet file", fmt, args);
}

void
parquet_unsupported(const ParquetPlace *place, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	throw_problem(place, ERRCODE_FEATURE_NOT_SUPPORTED, "cannot read this Parquet file", fmt, args);
}
