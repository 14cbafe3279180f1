-- Files: their rows in, and rows as files out.
CREATE FUNCTION synthik_read_file(
	path text,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'synthik_read_file'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_read_file(text, text, jsonb) IS
'The rows of a file on the server; the column list behind AS picks its columns by name.';

CREATE FUNCTION synthik_read_file(
	content bytea,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'synthik_read_file_bytes'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_read_file(bytea, text, jsonb) IS
'The rows of a file''s content; the column list behind AS picks its columns by name.';

CREATE FUNCTION synthik_read_file_json(
	path text,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF jsonb
AS 'MODULE_PATHNAME', 'synthik_read_file_json'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_read_file_json(text, text, jsonb) IS
'The rows of a file on the server, each as one JSON object.';

CREATE FUNCTION synthik_read_file_json(
	content bytea,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF jsonb
AS 'MODULE_PATHNAME', 'synthik_read_file_json_bytes'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_read_file_json(bytea, text, jsonb) IS
'The rows of a file''s content, each as one JSON object.';

CREATE FUNCTION synthik_file_columns(
	path text,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS text
AS 'MODULE_PATHNAME', 'synthik_file_columns'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_file_columns(text, text, jsonb) IS
'The column definition list of a file on the server, with types that all its rows fit.';

CREATE FUNCTION synthik_file_columns(
	content bytea,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS text
AS 'MODULE_PATHNAME', 'synthik_file_columns_bytes'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_file_columns(bytea, text, jsonb) IS
'The column definition list of a file''s content, with types that all its rows fit.';

CREATE FUNCTION synthik_import_file(
	path text,
	relation text,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS bigint
AS 'MODULE_PATHNAME', 'synthik_import_file'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_import_file(text, text, text, jsonb) IS
'Makes a table for a file on the server, loads it, and returns the number of rows.';

CREATE FUNCTION synthik_import_file(
	content bytea,
	relation text,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS bigint
AS 'MODULE_PATHNAME', 'synthik_import_file_bytes'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_import_file(bytea, text, text, jsonb) IS
'Makes a table for a file''s content, loads it, and returns the number of rows.';

CREATE FUNCTION synthik_infer_file(
	path text,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	sample integer DEFAULT NULL,
	privacy text DEFAULT 'standard',
	dates text DEFAULT 'within'
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'synthik_infer_file'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_infer_file(text, text, jsonb, integer, text, text) IS
'The schema document of a file on the server, as synthik_infer makes one of a table, with a report of what was seen.';

CREATE FUNCTION synthik_infer_file(
	content bytea,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	sample integer DEFAULT NULL,
	privacy text DEFAULT 'standard',
	dates text DEFAULT 'within'
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'synthik_infer_file_bytes'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_infer_file(bytea, text, jsonb, integer, text, text) IS
'The schema document of a file''s content, as synthik_infer makes one of a table, with a report of what was seen.';

CREATE FUNCTION synthik_augment_file(
	path text,
	rows bigint,
	out_path text,
	format text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	include_original boolean DEFAULT true,
	mark text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	write_options jsonb DEFAULT NULL,
	sample integer DEFAULT NULL,
	privacy text DEFAULT 'standard',
	dates text DEFAULT 'within'
) RETURNS bigint
AS 'MODULE_PATHNAME', 'synthik_augment_file'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_augment_file(text, bigint, text, text, bigint, boolean, text, jsonb, jsonb, integer, text, text) IS
'Writes a file with the rows of another one and synthetic ones like them, or these alone; mark names a column that tells which, format is that of the new file. Returns the number of rows written.';

CREATE FUNCTION synthik_augment_bytes(
	content bytea,
	rows bigint,
	format text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	include_original boolean DEFAULT true,
	mark text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	write_options jsonb DEFAULT NULL,
	sample integer DEFAULT NULL,
	privacy text DEFAULT 'standard',
	dates text DEFAULT 'within'
) RETURNS bytea
AS 'MODULE_PATHNAME', 'synthik_augment_bytes'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_augment_bytes(bytea, bigint, text, bigint, boolean, text, jsonb, jsonb, integer, text, text) IS
'The content of a file with the rows of another one and synthetic ones like them, or these alone, in a format that is that of the given content unless it is named.';

CREATE FUNCTION synthik_export(
	query text,
	path text,
	format text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS bigint
AS 'MODULE_PATHNAME', 'synthik_export'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_export(text, text, text, jsonb) IS
'Writes what a query returns to a file on the server, in the format that its name says, and returns the number of rows.';

CREATE FUNCTION synthik_export_bytes(
	query text,
	format text,
	options jsonb DEFAULT NULL
) RETURNS bytea
AS 'MODULE_PATHNAME', 'synthik_export_bytes'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_export_bytes(text, text, jsonb) IS
'What a query returns, as the content of a file.';
