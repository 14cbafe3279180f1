--
-- Checks of a document: those that steer the drawing, those that redraw,
-- those that almost nothing satisfies, and those that may not run at all
--
SET synthik.locale = 'en_US';
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

-- Rows of one field v, under checks.
CREATE FUNCTION made(field text, checks text[], rows bigint DEFAULT 1000) RETURNS SETOF text LANGUAGE sql AS
$$SELECT v FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array('{"name": "v"}'::jsonb || field::jsonb), 'checks', to_jsonb(checks)), rows, seed => 1) AS t(v text)$$;
-- What describes the generator shows what the checks have steered to.
CREATE FUNCTION steered(field text, VARIADIC checks text[]) RETURNS TABLE (generator text, why text) LANGUAGE sql AS
$$SELECT generator, why FROM synthik_describe(jsonb_build_object('fields', jsonb_build_array('{"name": "v"}'::jsonb || field::jsonb), 'checks', to_jsonb(checks)))$$;

SELECT * FROM steered('{"type": "integer"}', 'v >= 3', 'v < 9');
SELECT * FROM steered('{"type": "integer"}', 'v BETWEEN 3 AND 9');
SELECT * FROM steered('{"type": "integer"}', '3 <= v AND 9 > v');
SELECT * FROM steered('{"type": "integer"}', 'NOT (v < 3 OR v > 9)');
SELECT * FROM steered('{"type": "integer", "maximum": 6}', 'v > 3');
SELECT * FROM steered('{"type": "integer"}', 'v = 5');
SELECT * FROM steered('{"type": "integer"}', 'v IN (1, 4, 9)');
SELECT * FROM steered('{"type": "integer"}', 'v = 1 OR v = 4');
SELECT * FROM steered('{"type": "integer", "enum": [1, 2, 3, 4]}', 'v <> 2', 'v NOT IN (4)');
SELECT * FROM steered('{"type": "text"}', 'v IN (''a'', ''b'')');
SELECT * FROM steered('{"type": "text"}', 'v = ANY (ARRAY[''a'', ''b''])');
SELECT * FROM steered('{"type": "text"}', 'v ~ ''^[A-Z]{3}$''');
SELECT * FROM steered('{"type": "text"}', 'v LIKE ''AB-__''');
SELECT * FROM steered('{"type": "text"}', 'length(v) <= 5', 'char_length(v) > 1');
SELECT * FROM steered('{"type": "numeric(4,2)"}', 'v > 0 AND v <= 0.5');
SELECT * FROM steered('{"type": "double precision"}', 'v >= 0 AND v <= 1');
SELECT * FROM steered('{"type": "date"}', 'v >= ''2024-01-01'' AND v < date ''2024-02-01''');
SELECT * FROM steered('{"type": "timestamp"}', 'v BETWEEN ''2024-01-01'' AND ''2024-01-02''');
SELECT * FROM steered('{"type": "boolean"}', 'v');
SELECT * FROM steered('{"type": "integer", "null_fraction": 0.5}', 'v IS NOT NULL');
SELECT * FROM steered('{"type": "integer", "required": true}', 'v IS NULL OR v > 0');

-- Each value is one that the check allows, and each that it allows is there.
SELECT min(v::int), max(v::int), count(DISTINCT v) FROM made('{"type": "integer"}', '{v >= 3,v < 9}') AS v;
SELECT v, count(*) > 200 AS often FROM made('{"type": "integer"}', '{"v IN (1, 4, 9)"}') AS v GROUP BY v ORDER BY v;
SELECT min(length(v)), max(length(v)) FROM made('{"type": "text"}', '{length(v) <= 5}') AS v;
SELECT bool_and(v ~ '^[A-Z]{3}$') FROM made('{"type": "text"}', ARRAY['v ~ ''^[A-Z]{3}$''']) AS v;
SELECT min(v), max(v) FROM made('{"type": "date"}', '{v BETWEEN ''2024-01-01'' AND ''2024-01-31''}') AS v;

-- Two columns.
SELECT count(*), bool_and(a <= b) AS ab, bool_and(b < c) AS bc, min(a), max(c), count(*) FILTER (WHERE a = b) < 200 AS spread, count(DISTINCT b) > 80 AS wide
FROM synthik_generate('{"fields": [{"name": "c", "type": "integer", "minimum": 0, "maximum": 100}, {"name": "a", "type": "integer", "minimum": 0, "maximum": 100}, {"name": "b", "type": "integer", "minimum": 0, "maximum": 100}], "checks": ["a <= b", "b < c"]}', 1000, seed => 1) AS t(a int, b int, c int);
SELECT count(*), bool_and(delivered >= ordered) AS ordered, count(delivered) < 1000 AS nulls
FROM synthik_generate('{"fields": [{"name": "ordered", "type": "timestamp", "minimum": "2024-01-01", "maximum": "2025-12-31"}, {"name": "delivered", "type": "timestamp", "null_fraction": 0.1}], "checks": ["delivered IS NULL OR delivered >= ordered"]}', 1000, seed => 1) AS t(ordered timestamp, delivered timestamp);
SELECT count(*), bool_and(a <> b) AS differ FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 3}, {"name": "b", "type": "integer", "minimum": 1, "maximum": 3}], "checks": ["a <> b"]}', 1000, seed => 1) AS t(a int, b int);
SELECT count(*), bool_and(n >= d) AS mixed FROM synthik_generate('{"fields": [{"name": "n", "type": "numeric(6,2)", "minimum": 0, "maximum": 100}, {"name": "d", "type": "integer", "minimum": 0, "maximum": 100}], "checks": ["n >= d"]}', 1000, seed => 1) AS t(n numeric, d int);

-- Everything else is drawn again.
SELECT count(*), bool_and(v::int % 7 = 3) FROM made('{"type": "integer", "minimum": 0, "maximum": 1000}', '{v % 7 = 3}') AS v;
SELECT count(*), bool_and(upper(v) = v) FROM made('{"type": "string", "pattern": "^[a-zA-Z]{2}$"}', '{upper(v) = v}') AS v;
SELECT count(*), bool_and(a * b > c) AS holds, bool_and(d = a + b) AS expressed FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 9}, {"name": "b", "type": "integer", "minimum": 1, "maximum": 9}, {"name": "c", "type": "integer", "minimum": 1, "maximum": 50}, {"name": "d", "type": "integer", "expression": "a + b"}], "checks": ["a * b > c", "d % 2 = 0"]}', 1000, seed => 1) AS t(a int, b int, c int, d int);
-- A check that is NULL holds, as in a table.
SELECT count(*), count(v) AS filled, bool_and(v::int > 500) AS checked FROM made('{"type": "integer", "minimum": 1, "maximum": 1000, "null_fraction": 0.5}', '{v * 2 > 1000}') AS v;
-- Columns that are not read: their checks do not cost anything, and cannot fail.
SELECT count(a) FROM synthik_generate('{"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer", "minimum": 1, "maximum": 9}], "checks": ["b * 2 = 1"]}', 10) AS t(a int);

-- Almost nothing, or nothing, satisfies these.
\set SHOW_CONTEXT never
SELECT count(*) FROM made('{"type": "integer", "minimum": 1, "maximum": 1000000}', '{v % 100000 = 77}') AS v;
SELECT count(*) FROM made('{"type": "integer", "minimum": 1, "maximum": 10}', '{v * 2 = 5}') AS v;
SELECT count(*) FROM made('{"type": "integer", "minimum": 1, "maximum": 10}', '{v > 10}') AS v;
SELECT count(*) FROM made('{"type": "integer"}', '{v > 10,v < 5}') AS v;
SELECT count(*) FROM made('{"type": "integer", "enum": [1, 2]}', '{v > 10}') AS v;
SELECT count(*) FROM made('{"type": "text", "minLength": 9}', '{length(v) < 5}') AS v;
SELECT count(*) FROM made('{"const": 1}', '{v * 2 = 5}') AS v;
SELECT count(*) FROM made('{"type": "integer"}', '{false}') AS v;
SELECT count(*) FROM made('{"type": "integer"}', '{1 = 2}') AS v;
SELECT count(*) FROM made('{"type": "integer", "expression": "5"}', '{v > 10}') AS v;
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 5, "maximum": 9}, {"name": "b", "type": "integer", "minimum": 1, "maximum": 4}], "checks": ["a < b"]}', 10, seed => 1) AS t(a int);
\set SHOW_CONTEXT errors

-- A check that throws says where.
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "v", "type": "integer", "minimum": 0, "maximum": 0}], "checks": ["1 / v > 0"]}', 10) AS t(v int);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "v", "const": "x"}], "checks": ["v::integer > 0"]}', 10) AS t(v text);
DROP FUNCTION made, steered;
