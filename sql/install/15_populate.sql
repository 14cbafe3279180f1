CREATE FUNCTION synthik_populate(
	rows jsonb DEFAULT NULL,
	schema_name name DEFAULT NULL,
	scale numeric DEFAULT NULL,
	exclude name[] DEFAULT '{}',
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	workers integer DEFAULT 0,
	sample integer DEFAULT NULL,
	privacy text DEFAULT 'standard',
	dates text DEFAULT 'within',
	dry_run boolean DEFAULT false,
	mark name DEFAULT NULL,
	model text DEFAULT NULL,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS TABLE (relation regclass, rows bigint, reads regclass[], how text)
AS 'MODULE_PATHNAME', 'synthik_populate'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION synthik_populate(jsonb, name, numeric, name[], bigint, text, integer, integer, text, text, boolean, name, text, numeric, text, jsonb) IS
'Adds synthetic rows to several tables, parents first, with foreign keys between them, or shows with dry_run what it would add.';
