/*-------------------------------------------------------------------------
 *
 * export.c
 *		synthik_export, synthik_export_bytes: rows of a query as a file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/export.h"
#include "utils/builtins.h"

static char *
text_argument(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
	{
		if (name == NULL)
			return NULL;
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	}
	return text_to_cstring(PG_GETARG_TEXT_PP(i));
}

/* (query, path, format, options) */
SYNTHIK_FUNCTION(synthik_export)
{
	char	   *query = text_argument(fcinfo, 0, "query");
	char	   *path = text_argument(fcinfo, 1, "path");
	FileOptions options;
	const FileWriterMethods *methods;
	CodecKind	codec;
	ByteSink   *bytes;
	int64		rows;

	file_options_read(text_argument(fcinfo, 2, NULL),
					  PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3), &options);
	methods = file_writer_find(path, &options, &codec);
	bytes = byte_sink_path(path, codec);
	rows = export_query(query, methods, bytes, &options);
	byte_sink_close(bytes);
	PG_RETURN_INT64(rows);
}

/* (query, format, options) */
SYNTHIK_FUNCTION(synthik_export_bytes)
{
	char	   *query = text_argument(fcinfo, 0, "query");
	FileOptions options;
	const FileWriterMethods *methods;
	CodecKind	codec;
	ByteSink   *bytes;

	file_options_read(text_argument(fcinfo, 1, "format"),
					  PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2), &options);
	methods = file_writer_find(NULL, &options, &codec);
	bytes = byte_sink_memory(codec);
	(void) export_query(query, methods, bytes, &options);
	byte_sink_close(bytes);
	PG_RETURN_BYTEA_P(byte_sink_bytea(bytes));
}
