-- Learning from tables.
CREATE FUNCTION synthik_infer(
	source regclass,
	sample integer DEFAULT NULL,
	privacy text DEFAULT 'standard',
	dates text DEFAULT 'within'
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'synthik_infer'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_infer(regclass, integer, text, text) IS
'The schema document of a table, with what a sample of its rows tells of them; sample => 0 reads the planner''s statistics alone.';
