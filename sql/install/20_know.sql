-- What rows look like, and single values.  These read documents and the
-- catalog in subtransactions of their own, which parallel queries cannot have.
CREATE FUNCTION synthik_validate(
	schema jsonb
) RETURNS TABLE (path text, problem text, hint text)
AS 'MODULE_PATHNAME', 'synthik_validate'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION synthik_validate(jsonb) IS
'Every fault of a schema document, with the place where it is; no row means that it is valid.';

CREATE FUNCTION synthik_validate(
	schema text
) RETURNS TABLE (path text, problem text, hint text)
AS 'MODULE_PATHNAME', 'synthik_validate'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION synthik_validate(text) IS
'Every fault of a template, or of a schema document as text; no row means that it is valid.';

CREATE FUNCTION synthik_describe(
	schema jsonb
) RETURNS TABLE (field text, type text, generator text, why text, example text)
AS 'MODULE_PATHNAME', 'synthik_describe'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20;
COMMENT ON FUNCTION synthik_describe(jsonb) IS
'What makes the values of each field of a schema document, why, and an example.';

CREATE FUNCTION synthik_describe(
	schema text
) RETURNS TABLE (field text, type text, generator text, why text, example text)
AS 'MODULE_PATHNAME', 'synthik_describe'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20;
COMMENT ON FUNCTION synthik_describe(text) IS
'What makes the values of each field of a template, of a table, or of a schema document as text.';

CREATE FUNCTION synthik_describe(
	target regclass
) RETURNS TABLE (field text, type text, generator text, why text, example text)
AS 'MODULE_PATHNAME', 'synthik_describe'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20;
COMMENT ON FUNCTION synthik_describe(regclass) IS
'What would fill each column of a table, why, and an example.';

CREATE FUNCTION synthik_columns(
	schema jsonb
) RETURNS text
AS 'MODULE_PATHNAME', 'synthik_columns'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_columns(jsonb) IS
'The column definition list of a schema document, for the AS behind synthik_generate.';

CREATE FUNCTION synthik_columns(
	schema text
) RETURNS text
AS 'MODULE_PATHNAME', 'synthik_columns'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_columns(text) IS
'The column definition list of a template, of a table, or of a schema document as text.';

CREATE FUNCTION synthik_value(
	type text,
	key text DEFAULT NULL,
	locale text DEFAULT NULL,
	seed bigint DEFAULT NULL
) RETURNS text
AS 'MODULE_PATHNAME', 'synthik_value'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_value(text, text, text, bigint) IS
'One value of a type; with a key always the same one, and values of one key belong together.';

CREATE FUNCTION synthik_type_list(
	OUT name text,
	OUT aliases text[],
	OUT "group" text,
	OUT type text,
	OUT description text,
	OUT example text
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'synthik_type_list'
LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100;
COMMENT ON FUNCTION synthik_type_list() IS
'Behind the view synthik_types.';

CREATE VIEW synthik_types AS
SELECT name, aliases, "group", type, description, example
FROM synthik_type_list();
GRANT SELECT ON synthik_types TO PUBLIC;
COMMENT ON VIEW synthik_types IS
'The semantic types that a field can have, beside PostgreSQL''s own, with an example in synthik.locale.';
COMMENT ON COLUMN synthik_types.name IS 'What a document writes as "type" or "format".';
COMMENT ON COLUMN synthik_types.aliases IS 'Other names of the same type; case and the signs _ - . do not count.';
COMMENT ON COLUMN synthik_types."group" IS 'What it is about.';
COMMENT ON COLUMN synthik_types.type IS 'The PostgreSQL type of its values.';
COMMENT ON COLUMN synthik_types.description IS 'What it stands for.';
COMMENT ON COLUMN synthik_types.example IS 'A value in the locale of the session; all examples belong to one row.';
