-- Documents with a change, and tables made from documents.
CREATE FUNCTION synthik_set_field(
	schema jsonb,
	field text,
	properties jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'synthik_set_field'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_set_field(jsonb, text, jsonb) IS
'A schema document with keywords of a field changed, or with a new field; a null takes a keyword away.';

CREATE FUNCTION synthik_set_field(
	schema text,
	field text,
	properties jsonb
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'synthik_set_field'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_set_field(text, text, jsonb) IS
'A template, or a schema document as text, with keywords of a field changed, or with a new field; a null takes a keyword away.';

CREATE FUNCTION synthik_drop_field(
	schema jsonb,
	field text
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'synthik_drop_field'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_drop_field(jsonb, text) IS
'A schema document without one of its fields, and without the keys and checks that have it.';

CREATE FUNCTION synthik_drop_field(
	schema text,
	field text
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'synthik_drop_field'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_drop_field(text, text) IS
'A template, or a schema document as text, without one of its fields, and without the keys and checks that have it.';

CREATE FUNCTION synthik_create_table(
	relation text,
	schema jsonb,
	rows bigint DEFAULT 0,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL
) RETURNS regclass
AS 'MODULE_PATHNAME', 'synthik_create_table'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_create_table(text, jsonb, bigint, bigint, text) IS
'Creates a table as a schema document describes it, with its keys, checks, comments and rules, and fills it with rows.';

CREATE FUNCTION synthik_create_table(
	relation text,
	schema text,
	rows bigint DEFAULT 0,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL
) RETURNS regclass
AS 'MODULE_PATHNAME', 'synthik_create_table'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_create_table(text, text, bigint, bigint, text) IS
'Creates a table as a template describes it, with its keys, checks, comments and rules, and fills it with rows.';

CREATE FUNCTION synthik_create_pack(
	pack text,
	schema_name name DEFAULT NULL,
	scale numeric DEFAULT 0,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL
) RETURNS TABLE (relation regclass, rows bigint)
AS 'MODULE_PATHNAME', 'synthik_create_pack'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION synthik_create_pack(text, name, numeric, bigint, text) IS
'Creates all tables of a pack, with their foreign keys, in a schema, which is created where it is not there; scale => 1 fills them with the pack''s usual numbers of rows.';
