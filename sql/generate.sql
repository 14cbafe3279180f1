--
-- synthik_generate and synthik_generate_json: how they are called, and what
-- comes out for one seed, wherever the call stands in a query
--
\set VERBOSITY default
SET synthik.locale = 'en_US';
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

CREATE TABLE doc (name text PRIMARY KEY, d jsonb);
INSERT INTO doc VALUES
('shop', '{"title": "orders", "fields": [
	{"name": "id", "type": "integer", "unique": true, "minimum": 1},
	{"name": "customer", "type": "full_name"},
	{"name": "email", "type": "email", "unique": true},
	{"name": "qty", "type": "integer", "minimum": 1, "maximum": 20},
	{"name": "price", "type": "numeric(10,2)", "minimum": 1, "maximum": 99},
	{"name": "total", "type": "numeric(12,2)", "expression": "qty * price"},
	{"name": "status", "enum": ["paid", "shipped", "returned"], "weights": [6, 3, 1]},
	{"name": "ordered", "type": "timestamp", "minimum": "2024-01-01", "maximum": "2024-12-31"},
	{"name": "coupon", "type": "string", "pattern": "^[A-Z]{3}-[0-9]{2}$", "null_fraction": 0.3}]}'),
('one', '{"fields": [{"name": "n", "type": "integer", "minimum": 1, "maximum": 1000}]}'),
-- everything that could depend on where a slice begins
('slice', '{"fields": [
	{"name": "id", "type": "integer", "unique": true, "minimum": 1, "maximum": 4000},
	{"name": "code", "type": "string", "pattern": "^[A-Z]{2}[0-9]{2}$", "unique": true},
	{"name": "a", "type": "integer", "minimum": 0, "maximum": 999},
	{"name": "b", "type": "integer", "minimum": 0, "maximum": 999},
	{"name": "c", "type": "integer", "minimum": 0, "maximum": 100, "null_fraction": 0.2},
	{"name": "u", "type": "string", "pattern": "^[a-z]{3}$", "unique": true, "null_fraction": 0.25},
	{"name": "name", "type": "full_name"},
	{"name": "mail", "type": "email"},
	{"name": "x", "type": "numeric(8,3)", "distribution": {"kind": "normal", "mean": 50, "stddev": 9}},
	{"name": "at", "type": "timestamptz", "null_fraction": 0.1},
	{"name": "tags", "type": "array", "items": {"type": "string", "enum": ["red", "green", "blue"]}}],
	"unique": [["a", "b"]],
	"checks": ["a <= b", "(a + b) % 3 = 0", "c IS NULL OR c * 7 % 5 <> b % 5", "length(name) % 2 = 0"]}');

-- The column list is matched by name: all, some, in any order.
SELECT t.* FROM doc, synthik_generate(d, 3, seed => 42)
	AS t(id int, customer text, email text, qty int, price numeric, total numeric,
		status text, ordered timestamp, coupon text) WHERE doc.name = 'shop';
SELECT t.* FROM doc, synthik_generate(d, 3, seed => 42) AS t(coupon text, id int) WHERE doc.name = 'shop';
SELECT t.* FROM doc, synthik_generate(d, 3, seed => 42) AS t(total numeric) WHERE doc.name = 'shop';

-- Columns are cast as in an assignment.
SELECT t.*, pg_typeof(qty) AS qty_type, pg_typeof(ordered) AS ordered_type
FROM doc, synthik_generate(d, 3, seed => 42)
	AS t(id text, qty numeric(6,3), price int, ordered date, status varchar, coupon varchar(10)) WHERE doc.name = 'shop';
SELECT t.* FROM doc, synthik_generate(d, 3, seed => 42) AS t(ordered point) WHERE doc.name = 'shop';
SELECT t.* FROM doc, synthik_generate(d, 3, seed => 42) AS t(customer int) WHERE doc.name = 'shop';
SELECT t.* FROM doc, synthik_generate(d, 3, seed => 42) AS t(customer varchar(3)) WHERE doc.name = 'shop';
CREATE DOMAIN small_number AS int CHECK (VALUE < 5);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int", "minimum": 1, "maximum": 4}]}', 2, seed => 1) AS t(n small_number);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int", "minimum": 6, "maximum": 9}]}', 2, seed => 1) AS t(n small_number);

-- A column that the schema has not, and no column list.
SELECT t.* FROM doc, synthik_generate(d, 3) AS t(stats text) WHERE doc.name = 'shop';
SELECT t.* FROM doc, synthik_generate(d, 3) AS t(zzzzzzzzzz text) WHERE doc.name = 'shop';
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 3);
SELECT synthik_generate('{"fields": [{"name": "n", "type": "int"}]}'::jsonb, 3);

-- The document as an untyped literal, jsonb, text, varchar, name, and null.
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "integer", "maximum": 500}]}', 1, seed => 3) AS t(n text);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "integer", "maximum": 500}]}'::jsonb, 1, seed => 3) AS t(n text);
SELECT * FROM synthik_generate(E' \n {"fields": [{"name": "n", "type": "integer", "maximum": 500}]}'::text, 1, seed => 3) AS t(n text);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "integer", "maximum": 500}]}'::varchar, 1, seed => 3) AS t(n text);
SELECT * FROM synthik_generate_json('{"fields": [{"name": "n", "type": "integer", "maximum": 500}]}', 1, seed => 3);
SELECT * FROM synthik_generate('no/such/template', 1) AS t(n text);
SELECT * FROM synthik_generate('{"fields": [', 1) AS t(n text);
SELECT * FROM synthik_generate('', 1) AS t(n text);
SELECT * FROM synthik_generate(NULL::jsonb, 1) AS t(n text);
SELECT * FROM synthik_generate(NULL::text, 1) AS t(n text);
SELECT * FROM synthik_generate('[1]'::jsonb, 1) AS t(n text);

-- The number of rows.
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}') AS t(n int);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 0) AS t(n int);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1025) AS t(n int);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', NULL) AS t(n int);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', -1) AS t(n int);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1, first_row => 0) AS t(n int);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 9223372036854775807, first_row => 2) AS t(n int);
SELECT count(n) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 3, first_row => 9223372036854775804) AS t(n int);

-- Other arguments.
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1, model => 'gpt-9') AS t(n int);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1, model => 'local', budget => 0, send => 'names', options => '{}') AS t(n int);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1, budget => -1) AS t(n int);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1, send => 'sample') AS t(n int);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1, options => '{"default": true}') AS t(n int);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1, options => '[]') AS t(n int);

-- Rows 1 to 1000 are rows 1 to 500 and 501 to 1000, or any other slices.
CREATE TEMP TABLE whole AS SELECT r.ordinality AS i, r.r
FROM doc, synthik_generate_json(d, 1000, seed => 9) WITH ORDINALITY AS r(r) WHERE doc.name = 'slice';
SELECT count(*), count(DISTINCT r->'id') AS ids, count(DISTINCT r->'code') AS codes,
	count(DISTINCT (r->'a', r->'b')) AS pairs, count(DISTINCT nullif(r->'u', 'null')) AS us,
	count(*) FILTER (WHERE r->'u' = 'null') BETWEEN 200 AND 300 AS u_nulls,
	bool_and((r->>'a')::int <= (r->>'b')::int) AS ordered
FROM whole;
SELECT first, rows, count(*) AS same
FROM doc, (VALUES (1, 500), (501, 500), (512, 2), (513, 1), (1000, 1), (3, 997)) AS s(first, rows),
	synthik_generate_json(d, rows, seed => 9, first_row => first) WITH ORDINALITY AS j(r, n),
	whole AS w
WHERE doc.name = 'slice' AND w.i = first + n - 1 AND w.r = j.r
GROUP BY first, rows ORDER BY first;

-- A column's values do not depend on which other columns are read.
SELECT bool_and(w.r->>'c' IS NOT DISTINCT FROM t.c::text AND w.r->>'u' IS NOT DISTINCT FROM t.u)
FROM (SELECT row_number() OVER () AS i, g.* FROM doc, synthik_generate(d, 1000, seed => 9) AS g(u text, c int)
	WHERE doc.name = 'slice') AS t JOIN whole w USING (i);

-- Seeds: each its own data, negative ones too; the setting; none.
SELECT seed, (SELECT array_agg(n) FROM doc, synthik_generate(d, 5, seed => s.seed) AS t(n int) WHERE doc.name = 'one')
FROM (VALUES (1), (2), (-1), (0), (-9223372036854775808), (9223372036854775807)) AS s(seed);
SET synthik.seed = 2;
SELECT array_agg(n) FROM doc, synthik_generate(d, 5) AS t(n int) WHERE doc.name = 'one';
SELECT array_agg(n) FROM doc, synthik_generate(d, 5, seed => 1) AS t(n int) WHERE doc.name = 'one';
SET synthik.seed = 'two';
RESET synthik.seed;
SELECT a.r IS DISTINCT FROM b.r AS differ FROM
	(SELECT jsonb_agg(r) AS r FROM doc, synthik_generate_json(d, 20) AS r WHERE doc.name = 'one') AS a,
	(SELECT jsonb_agg(r) AS r FROM doc, synthik_generate_json(d, 20) AS r WHERE doc.name = 'one') AS b;

-- Locales: the argument before the document's before the setting.
SELECT * FROM synthik_generate('{"fields": [{"name": "c", "type": "city"}]}', 2, seed => 1, locale => 'de_DE') AS t(c text);
SELECT * FROM synthik_generate('{"locale": "de_DE", "fields": [{"name": "c", "type": "city"}]}', 2, seed => 1) AS t(c text);
SELECT * FROM synthik_generate('{"locale": "de_DE", "fields": [{"name": "c", "type": "city"}]}', 2, seed => 1, locale => 'en_US') AS t(c text);
SET synthik.locale = 'de_DE';
SELECT * FROM synthik_generate('{"fields": [{"name": "c", "type": "city"}]}', 2, seed => 1) AS t(c text);
SET synthik.locale = 'en_US';
SELECT * FROM synthik_generate('{"fields": [{"name": "c", "type": "city"}]}', 2, seed => 1, locale => 'xx_XX') AS t(c text);

DROP TABLE doc;
DROP DOMAIN small_number;
