--
-- Schema documents: their forms, what extends them, the faults that they
-- can have, and the limits
--
\set VERBOSITY default
SET synthik.locale = 'en_US';
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

-- A JSON Schema object document; what is not required may be NULL.
SELECT r->>'name' ~ '^[a-z]{3,5}$' AS name, (r->>'age')::int BETWEEN 18 AND 20 AS age, r->>'mail' LIKE '%@%' AS mail,
	(r->>'born')::date BETWEEN '2000-01-01' AND '2000-12-31' AS born, (r->>'at')::timestamptz >= '2024-01-01' AS at,
	r->'member' IN ('true', 'false') AS member, (r->>'score')::numeric * 4 % 1 = 0 AS score, r->>'kind' AS kind, r->>'id' ~ '^[0-9a-f-]{36}$' AS id
FROM synthik_generate_json('{
	"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/person", "$comment": "a person",
	"title": "person", "type": "object", "additionalProperties": false,
	"properties": {
		"name": {"type": "string", "pattern": "^[a-z]{3,5}$"},
		"age": {"type": "integer", "minimum": 18, "exclusiveMaximum": 21},
		"mail": {"type": "string", "format": "email"},
		"born": {"type": "string", "format": "date", "minimum": "2000-01-01", "maximum": "2000-12-31"},
		"at": {"type": "string", "format": "date-time", "minimum": "2024-01-01"},
		"id": {"type": "string", "format": "uuid"},
		"member": {"type": "boolean"},
		"score": {"type": "number", "minimum": 0, "maximum": 5, "multipleOf": 0.25},
		"kind": {"const": "person"}},
	"required": ["name", "age", "mail", "born", "at", "id", "member", "score", "kind"]}', 2, seed => 1) AS r;

-- "required" of the document and of the field; null_fraction; "null" among types.
SELECT count(a) AS a, count(b) AS b, count(c) < 1000 AS c, count(d) BETWEEN 450 AND 550 AS d, count(e) < 1000 AS e, count(f) AS f
FROM synthik_generate('{"fields": [
	{"name": "a", "type": "integer"},
	{"name": "b", "type": "integer", "required": true},
	{"name": "c", "type": "integer", "required": false},
	{"name": "d", "type": "integer", "null_fraction": 0.5},
	{"name": "e", "type": ["integer", "null"]},
	{"name": "f", "type": "integer", "null_fraction": 1}], "required": ["a"]}', 1000, seed => 1) AS t(a int, b int, c int, d int, e int, f int);
SELECT count(a) AS a, count(b) < 1000 AS b FROM synthik_generate('{"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a"]}', 1000, seed => 1) AS t(a int, b int);

-- Nested objects and arrays.
SELECT r FROM synthik_generate_json('{"properties": {
	"who": {"type": "object", "properties": {
		"id": {"type": "integer", "minimum": 1, "maximum": 9},
		"tags": {"type": "array", "items": {"enum": ["red", "green"]}, "minItems": 2, "maxItems": 2},
		"at": {"type": "object", "properties": {"x": {"type": "integer", "minimum": 0, "maximum": 3}}, "required": ["x"]}},
		"required": ["id", "tags", "at"]},
	"grid": {"type": "array", "items": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 1}, "minItems": 2, "maxItems": 2}, "minItems": 1, "maxItems": 1}},
	"required": ["who", "grid"]}', 2, seed => 1) AS r;
SELECT a, pg_typeof(a) FROM synthik_generate('{"fields": [{"name": "a", "type": "integer[]", "items": {"minimum": 1, "maximum": 3}, "minItems": 3, "maxItems": 3}]}', 2, seed => 1) AS t(a int[]);

-- Names: Unicode, quotes, blanks, SQL, and the longest.
SELECT * FROM synthik_generate('{"fields": [{"name": "größe", "const": 1}, {"name": "имя", "const": 2}, {"name": "a\"\"b; drop", "const": 3}, {"name": " ", "const": 4}, {"name": "select", "const": 5}, {"name": "A", "const": 6}, {"name": "a", "const": 7}]}', 1)
	AS t("größe" int, "имя" int, "a""""b; drop" int, " " int, "select" int, "A" int, a int);
SELECT synthik_columns('{"fields": [{"name": "größe", "type": "integer"}, {"name": "a\"\"b; drop", "type": "numeric(5,2)"}, {"name": "select", "type": "email"}]}');
SELECT * FROM synthik_generate('{"fields": [{"name": "a\"b", "type": "integer", "minimum": 2, "maximum": 2}, {"name": "sum of it", "type": "integer", "expression": "\"a\"\"b\" + 1"}], "checks": ["\"sum of it\" > \"a\"\"b\""]}', 1) AS t("a""b" int, "sum of it" int);
SELECT * FROM synthik_validate(jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', repeat('x', 63), 'type', 'int'), jsonb_build_object('name', repeat('x', 64), 'type', 'int'))));

-- extends: an inline document, overlaid field by field, and templates.
SELECT * FROM synthik_generate('{"extends": {"fields": [{"name": "a", "type": "integer", "minimum": 5, "maximum": 9}, {"name": "b", "const": "old"}]},
	"fields": [{"name": "a", "maximum": 5}, {"name": "b", "const": "new"}, {"name": "c", "const": "more"}]}', 1) AS t(a int, b text, c text);
INSERT INTO synthik_template VALUES
('test/base', '{"title": "base", "fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 9}, {"name": "b", "const": "base"}]}'),
('test/middle', '{"extends": "test/base", "fields": [{"name": "a", "minimum": 9}]}'),
('test/loop', '{"extends": "test/pool", "fields": [{"name": "a", "type": "integer"}]}'),
('test/pool', '{"extends": "test/loop", "fields": [{"name": "a", "type": "integer"}]}');
SELECT * FROM synthik_generate('test/middle', 1) AS t(a int, b text);
SELECT * FROM synthik_generate('{"extends": "test/middle", "fields": [{"name": "b", "const": "top"}]}', 1) AS t(a int, b text);
SELECT * FROM synthik_generate('test/loop', 1) AS t(a int);
SELECT * FROM synthik_generate('{"extends": "test/bas"}', 1) AS t(a int);
DELETE FROM synthik_template WHERE name LIKE 'test/%';

-- The condition: fixes, narrows, sets to NULL.
\set doc '{"fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 99}, {"name": "s", "enum": ["x", "y", "z"]}, {"name": "n", "type": "integer", "required": false}]}'
SELECT min(a), max(a), count(DISTINCT s) AS s, min(s), count(n) AS n FROM synthik_generate(:'doc', 1000, seed => 1, condition => '{"a": {"minimum": 90}, "s": "y", "n": null}') AS t(a int, s text, n int);
SELECT DISTINCT s FROM synthik_generate(:'doc', 1000, seed => 1, condition => '{"s": {"enum": ["x", "z"]}}') AS t(s text) ORDER BY s;
SELECT * FROM synthik_generate(:'doc', 1, condition => '{"b": 1}') AS t(a int);
SELECT * FROM synthik_generate(:'doc', 1, condition => '{"a": 100}') AS t(a int);
SELECT * FROM synthik_generate(:'doc', 1, condition => '{"a": {"minimum": 100}}') AS t(a int);
SELECT * FROM synthik_generate(:'doc', 1, condition => '{"a": "many"}') AS t(a int);
SELECT * FROM synthik_generate(:'doc', 1, condition => '{"s": ["x", "y"]}') AS t(s text);
SELECT * FROM synthik_generate(:'doc', 1, condition => '{"s": "w"}') AS t(s text);
SELECT * FROM synthik_generate(:'doc', 1, condition => '{"s": {"enum": ["w", "x"]}}') AS t(s text);
SELECT * FROM synthik_generate(:'doc', 1, condition => '[1]') AS t(s text);

-- A document over a table's row type.
CREATE TABLE document_table (id int, label varchar(10), price numeric(6,2) CHECK (price > 0));
SELECT * FROM synthik_rows(NULL::document_table, 2, seed => 1, schema => '{"fields": [{"name": "id", "const": 7}, {"name": "label", "enum": ["one"]}, {"name": "price", "minimum": 3, "maximum": 3}]}');
SELECT * FROM synthik_rows(NULL::document_table, 1, schema => '{"fields": [{"name": "lable", "const": "x"}]}');
SELECT * FROM synthik_rows(NULL::document_table, 1, schema => '{"fields": [{"name": "label", "const": "longer than ten"}]}');
SELECT * FROM synthik_rows(NULL::document_table, 1, schema => '{"fields": [{"name": "price", "maximum": -1}]}');
SELECT * FROM synthik_rows(NULL::document_table, 1, schema => '{"fields": [{"name": "id", "type": "text"}]}');
DROP TABLE document_table;

-- What a column's name suggests yields to the document.
CREATE TABLE document_guess (price numeric(6,2), age int);
SELECT price <= 0.5 AS price, age >= 95 AS age FROM synthik_rows(NULL::document_guess, 2, seed => 1, schema => '{"fields": [{"name": "price", "maximum": 0.5}]}', condition => '{"age": {"minimum": 95}}');
SELECT price BETWEEN -4 AND -1 AS price, age = 200 AS age FROM synthik_rows(NULL::document_guess, 2, seed => 1, schema => '{"fields": [{"name": "price", "minimum": -4, "maximum": -1}, {"name": "age", "const": 200}]}');
DROP TABLE document_guess;

-- Limits: fields, depth, size.
SELECT count(*) FROM (SELECT jsonb_build_object('fields', jsonb_agg(jsonb_build_object('name', 'f' || i, 'type', 'integer'))) AS d FROM generate_series(1, 1600) AS i) AS s, synthik_generate_json(d, 2);
SELECT v.* FROM (SELECT jsonb_build_object('fields', jsonb_agg(jsonb_build_object('name', 'f' || i, 'type', 'integer'))) AS d FROM generate_series(1, 1601) AS i) AS s, synthik_validate(d) AS v;
CREATE FUNCTION nested(depth int) RETURNS jsonb LANGUAGE sql AS
$$SELECT format('{"fields": [{"name": "a", %s"type": "integer"%s}]}', repeat('"type": "array", "minItems": 1, "maxItems": 1, "items": {', depth), repeat('}', depth))::jsonb$$;
SELECT depth, left(v.path, 40) AS path, problem FROM (VALUES (15), (17), (500)) AS s(depth), synthik_validate(nested(depth)) AS v;
SELECT count(*) FROM synthik_generate_json(nested(15), 1);
DROP FUNCTION nested;
SELECT * FROM synthik_validate(jsonb_build_object('fields', '[{"name": "a", "type": "int"}]'::jsonb, 'description', repeat('x', 17000000)));
