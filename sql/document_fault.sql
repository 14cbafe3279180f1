--
-- Each fault that a schema document can have, with its place and its hint
--
SET synthik.locale = 'en_US';

-- A maker stops at the first one.
SELECT * FROM synthik_generate('{"fields": [{"name": "age", "type": "integer", "min": 3, "maxx": 4}]}', 1) AS t(age int);

CREATE FUNCTION faults(VARIADIC documents text[]) RETURNS TABLE (path text, problem text, hint text) LANGUAGE sql AS
$$SELECT v.* FROM unnest(documents) WITH ORDINALITY AS d(d, i) LEFT JOIN LATERAL synthik_validate(d.d::jsonb) AS v ON true ORDER BY i$$;
CREATE FUNCTION field_faults(VARIADIC fields text[]) RETURNS TABLE (path text, problem text, hint text) LANGUAGE sql AS
$$SELECT v.* FROM unnest(fields) WITH ORDINALITY AS f(f, i) LEFT JOIN LATERAL synthik_validate(jsonb_build_object('fields', jsonb_build_array('{"name": "a"}'::jsonb || f::jsonb))) AS v ON true ORDER BY i$$;

\pset format unaligned
\pset tuples_only on
\pset null '-'

-- The document as a whole.
SELECT * FROM faults('[]', '1', '{}', '{"fields": {}}', '{"fields": {"a": {"type": "integer"}}}', '{"properties": [{"name": "a"}]}', '{"fields": []}',
	'{"fields": [1]}', '{"fields": [{"type": "integer"}]}', '{"fields": [{"name": "", "type": "integer"}]}', '{"fields": [{"name": 1, "type": "integer"}]}',
	'{"fields": [{"name": "a", "type": "integer"}, {"name": "a", "type": "text"}]}', '{"feilds": [{"name": "a", "type": "integer"}]}',
	'{"fields": [{"name": "a"}]}', '{"type": "array", "properties": {"a": {"type": "integer"}}}',
	'{"fields": [{"name": "a", "type": "integer"}], "properties": {"b": {"type": "integer"}}}',
	'{"fields": [{"name": "a", "type": "integer"}], "locale": "xx_YY"}', '{"fields": [{"name": "a", "type": "integer"}], "locale": 3, "title": [], "prompt": {}}',
	'{"fields": [{"name": "a", "type": "integer"}], "required": "a"}', '{"fields": [{"name": "a", "type": "integer"}], "required": ["b", 1, "a"]}',
	'{"fields": [{"name": "a", "type": "integer"}], "unique": ["a"]}', '{"fields": [{"name": "a", "type": "integer"}], "unique": [["a", "b"], ["a", "a"], []]}',
	'{"fields": [{"name": "a", "type": "integer"}], "primary_key": "a"}', '{"fields": [{"name": "a", "type": "integer"}], "primary_key": ["b"]}',
	'{"fields": [{"name": "a", "type": "integer"}], "checks": "a > 1"}', '{"fields": [{"name": "a", "type": "integer"}], "checks": [1, ""]}', '{"fields": [{"name": "a", "type": "integer"}], "checks": ["a >", "b > 1", "a + 1"]}',
	'{"extends": 1}', '{"extends": "none"}', '{"extends": {"fields": [{"name": "a", "type": "intger"}]}}');

-- Words that people try.
SELECT * FROM field_faults('{"type": "integer", "nullable": true}', '{"type": "integer", "choices": [1]}', '{"type": "text", "regex": "a"}', '{"type": "integer", "min": 1}', '{"type": "integer", "max": 1}',
	'{"type": "integer", "minimun": 1}', '{"type": "integer", "optional": true}', '{"type": "integer", "not_null": true}', '{"type": "integer", "distributon": {}}', '{"type": "integer", "xyzzy": 1}');

-- Types and formats.
SELECT * FROM field_faults('{"type": "intger"}', '{"type": "emial"}', '{"type": "nonsense"}', '{"type": 1}', '{"type": []}', '{"type": ["integer", "string"]}', '{"type": "null"}', '{"type": ""}',
	'{"type": "numeric(2000)"}', '{"type": "varchar(-1)"}', '{"type": "integer; drop table x"}', '{"type": "cstring"}', '{"type": "record"}', '{"type": "anyarray"}', '{"type": "trigger"}', '{"type": "void"}',
	'{"type": "string", "format": "emial"}', '{"type": "integer", "format": "email"}', '{"type": "string", "format": 1}', '{"type": "array", "items": 1}', '{"type": "array", "items": {"type": "intger"}}',
	'{"type": "object", "properties": {"b": {"type": "intger"}}}', '{"type": "integer", "items": {"type": "integer"}}', '{"type": "integer", "properties": {}}', '{"type": "array", "minItems": 5, "maxItems": 2, "items": {"type": "integer"}}');

-- Bounds and lengths.
SELECT * FROM field_faults('{"type": "integer", "minimum": "x"}', '{"type": "integer", "minimum": 5, "maximum": 4}', '{"type": "integer", "exclusiveMinimum": 4, "exclusiveMaximum": 5}', '{"type": "integer", "minimum": 1e30}',
	'{"type": "date", "minimum": "2024-13-01"}', '{"type": "date", "minimum": 3}', '{"type": "date", "minimum": "2025-01-01", "maximum": "2024-01-01"}', '{"type": "text", "minimum": 3}', '{"type": "boolean", "maximum": true}',
	'{"type": "integer", "multipleOf": 0}', '{"type": "integer", "multipleOf": -2}', '{"type": "integer", "multipleOf": "2"}', '{"type": "integer", "multipleOf": 10, "minimum": 1, "maximum": 9}',
	'{"type": "string", "minLength": -1}', '{"type": "string", "minLength": 2.5}', '{"type": "string", "minLength": "2"}', '{"type": "string", "minLength": 5, "maxLength": 4}', '{"type": "varchar(3)", "minLength": 5}', '{"type": "integer", "maxLength": 5}',
	'{"type": "integer", "null_fraction": 2}', '{"type": "integer", "null_fraction": -0.1}', '{"type": "integer", "null_fraction": "many"}', '{"type": "integer", "null_fraction": 0.5, "required": true}', '{"type": "integer", "required": "yes"}', '{"type": "integer", "unique": "yes"}',
	'{"type": "integer", "minimum": null}', '{"type": "integer", "minimum": [1]}');

-- Values.
SELECT * FROM field_faults('{"type": "integer", "enum": []}', '{"type": "integer", "enum": 1}', '{"type": "integer", "enum": [1, "x"]}', '{"type": "integer", "enum": [1, null], "required": true}', '{"enum": [1, 2], "weights": [1]}', '{"enum": [1, 2], "weights": [1, -1]}',
	'{"enum": [1, 2], "weights": [0, 0]}', '{"enum": [1, 2], "weights": "1"}', '{"type": "integer", "weights": [1]}', '{"type": "integer", "const": "x"}', '{"type": "integer", "enum": [1], "const": 2}', '{"type": "integer", "default": "x"}', '{"type": "integer", "examples": ["x"]}', '{"type": "varchar(2)", "enum": ["abc"]}',
	'{"type": "integer", "enum": [1, 2], "minimum": 5}', '{"type": "date", "enum": ["2024-02-30"]}',
	'{"type": "string", "pattern": "["}', '{"type": "string", "pattern": 1}', '{"type": "integer", "pattern": "a"}', '{"type": "string", "pattern": "(a)\\1"}', '{"type": "string", "pattern": "^a{5}$", "maxLength": 3}');

-- Distributions.
SELECT * FROM field_faults('{"type": "integer", "distribution": "normal"}', '{"type": "integer", "distribution": {}}', '{"type": "integer", "distribution": {"kind": "gauss"}}', '{"type": "integer", "distribution": {"kind": "nomral"}}', '{"type": "integer", "distribution": {"kind": "normal"}}', '{"type": "integer", "distribution": {"kind": "normal", "mean": "x", "stddev": 1}}',
	'{"type": "integer", "distribution": {"kind": "normal", "mean": 1, "stddev": -1}}', '{"type": "integer", "distribution": {"kind": "normal", "mean": 1, "stdev": 1}}', '{"type": "integer", "distribution": {"kind": "lognormal", "mean": 0, "stddev": 1}}', '{"type": "integer", "distribution": {"kind": "zipf", "exponent": 0}}', '{"type": "date", "distribution": {"kind": "lognormal", "mean": 1, "stddev": 1}}',
	'{"type": "integer", "distribution": {"kind": "histogram", "bounds": [1]}}', '{"type": "integer", "distribution": {"kind": "histogram", "bounds": [1, 1]}}', '{"type": "integer", "distribution": {"kind": "histogram", "bounds": [1, 2, 3], "weights": [1]}}', '{"type": "text", "distribution": {"kind": "normal", "mean": 1, "stddev": 1}}', '{"type": "boolean", "distribution": {"kind": "uniform"}}');

-- Expressions, references.
SELECT * FROM field_faults('{"type": "integer", "expression": 1}', '{"type": "integer", "expression": ""}', '{"expression": "1"}', '{"type": "integer", "expression": "1 +"}', '{"type": "integer", "expression": "b"}', '{"type": "integer", "expression": "a"}', '{"type": "integer", "expression": "''x''::text"}', '{"type": "integer", "expression": "1", "minimum": 3}',
	'{"type": "integer", "references": 1}', '{"type": "integer", "references": "nowhere(id)"}', '{"type": "integer", "references": "pg_class(nothing)"}', '{"type": "integer", "references": "pg_class("}');

-- What is another time whenever it is read.
SELECT * FROM field_faults('{"type": "timestamp", "enum": ["now"]}', '{"type": "date", "minimum": "today"}', '{"type": "timestamp", "expression": "timestamp ''now''"}', '{"type": "date", "expression": "date ''2024-01-01''"}', '{"type": "text", "enum": ["now"]}');

-- All faults at once.
SELECT * FROM faults('{"fields": [{"name": "a", "type": "intger"}, {"name": "b", "type": "integer", "minimum": 9, "maximum": 1}, {"name": "c", "minimun": 1, "type": "date", "maximum": "tomorrow-ish"}], "checks": ["d > 1"], "uniqe": []}');
DROP FUNCTION faults, field_faults;
