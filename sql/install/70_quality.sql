-- Whether rows are any good.  It reads with queries of its own, and judges
-- rules in subtransactions, which parallel queries cannot have.
CREATE FUNCTION synthik_quality(
	original regclass,
	synthetic regclass,
	holdout regclass DEFAULT NULL,
	predict name DEFAULT NULL
) RETURNS TABLE (metric text, column_name name, other_column name, score float8, bar float8, advice text)
AS 'MODULE_PATHNAME', 'synthik_quality'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 200;
COMMENT ON FUNCTION synthik_quality(regclass, regclass, regclass, name) IS
'How alike a table and a synthetic one are: columns, pairs of columns, rows and rules, each with the bar that its score should reach and what to do where it does not.';
