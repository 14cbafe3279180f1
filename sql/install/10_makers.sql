-- The makers of rows.  Those that return rows share one list of arguments
-- behind their first one; api/request.h reads it in this order.
CREATE FUNCTION synthik_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'synthik_support'
LANGUAGE C STRICT;
COMMENT ON FUNCTION synthik_support(internal) IS
'Tells the planner how many rows a call of a maker returns, and lets it stream.';

CREATE FUNCTION synthik_generate(
	schema jsonb,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	condition jsonb DEFAULT NULL,
	first_row bigint DEFAULT 1,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'synthik_generate'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_generate(jsonb, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) IS
'Makes rows from a schema document; the column list behind AS picks fields by name.';

CREATE FUNCTION synthik_generate(
	schema text,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	condition jsonb DEFAULT NULL,
	first_row bigint DEFAULT 1,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'synthik_generate_text'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_generate(text, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) IS
'Makes rows from a template''s name, or from a schema document as text; the column list behind AS picks fields by name.';

CREATE FUNCTION synthik_generate_json(
	schema jsonb,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	condition jsonb DEFAULT NULL,
	first_row bigint DEFAULT 1,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF jsonb
AS 'MODULE_PATHNAME', 'synthik_generate_json'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_generate_json(jsonb, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) IS
'Makes rows from a schema document, each as one JSON object.';

CREATE FUNCTION synthik_generate_json(
	schema text,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	condition jsonb DEFAULT NULL,
	first_row bigint DEFAULT 1,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF jsonb
AS 'MODULE_PATHNAME', 'synthik_generate_json_text'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_generate_json(text, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) IS
'Makes rows from a template''s name, or from a schema document as text, each as one JSON object.';

CREATE FUNCTION synthik_rows(
	row_type anyelement,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	condition jsonb DEFAULT NULL,
	schema jsonb DEFAULT NULL,
	first_row bigint DEFAULT 1,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS SETOF anyelement
AS 'MODULE_PATHNAME', 'synthik_rows'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_rows(anyelement, bigint, text, bigint, text, jsonb, jsonb, bigint, numeric, text, jsonb) IS
'Makes rows of a table''s type from what the catalog and the planner''s statistics say of it: synthik_rows(NULL::customers, 5).';

CREATE FUNCTION synthik_augment(
	target regclass,
	rows bigint DEFAULT NULL,
	model text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	condition jsonb DEFAULT NULL,
	schema jsonb DEFAULT NULL,
	first_row bigint DEFAULT 1,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL,
	scale numeric DEFAULT NULL,
	source regclass DEFAULT NULL,
	mark name DEFAULT NULL,
	workers integer DEFAULT 0,
	sample integer DEFAULT NULL,
	privacy text DEFAULT 'standard',
	dates text DEFAULT 'within'
) RETURNS bigint
AS 'MODULE_PATHNAME', 'synthik_augment'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_augment(regclass, bigint, text, bigint, text, jsonb, jsonb, bigint, numeric, text, jsonb, numeric, regclass, name, integer, integer, text, text) IS
'Adds synthetic rows like its own to a table, as INSERT would, and returns their number; unique columns avoid what is stored.';

CREATE FUNCTION synthik_augment_source(
	row_type anyelement,
	handle bigint
) RETURNS SETOF anyelement
AS 'MODULE_PATHNAME', 'synthik_augment_source'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 SUPPORT synthik_support;
COMMENT ON FUNCTION synthik_augment_source(anyelement, bigint) IS
'Private: the rows that an INSERT run by synthik_augment reads.';

