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

static char *problem_text(const char *fmt, va_list args) pg_attribute_printf(1, 0);

static char *
problem_text(const char *fmt, va_list args)
{
	char		text[1024];

	vsnprintf(text, sizeof(text), fmt, args);
	return pstrdup(text);
}

void
parquet_damaged(const ParquetPlace *place, const char *fmt,...)
{
	va_list		args;
	char	   *problem;

	va_start(args, fmt);
	problem = problem_text(fmt, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("this is no sound Parquet file: %s", problem),
			 parquet_errcontext(place)));
}

void
parquet_unsupported(const ParquetPlace *place, const char *fmt,...)
{
	va_list		args;
	char	   *problem;

	va_start(args, fmt);
	problem = problem_text(fmt, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot read this Parquet file: %s", problem),
			 parquet_errcontext(place)));
}
