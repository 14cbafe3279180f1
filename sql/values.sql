--
-- Which values a field gets: bounds, lists, lengths, distributions,
-- patterns, expressions
--
SET synthik.locale = 'en_US';
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';

-- Makes rows of one field v, whose keywords are given, as text.
CREATE FUNCTION made(field text, rows bigint DEFAULT 1000) RETURNS SETOF text LANGUAGE sql AS
$$SELECT v FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array('{"name": "v"}'::jsonb || field::jsonb)), rows, seed => 1) AS t(v text)$$;

-- Bounds: both ends are taken, excluded ends never.
SELECT min(v::int), max(v::int), count(DISTINCT v) FROM made('{"type": "integer", "minimum": -2, "maximum": 3}') AS v;
SELECT min(v::int), max(v::int), count(DISTINCT v) FROM made('{"type": "integer", "exclusiveMinimum": -2, "exclusiveMaximum": 3}') AS v;
SELECT min(v::int), max(v::int), count(DISTINCT v) FROM made('{"type": "integer", "minimum": 0, "maximum": 100, "multipleOf": 25}') AS v;
SELECT min(v::int), max(v::int), count(DISTINCT v) FROM made('{"type": "integer", "minimum": -10, "maximum": 10, "multipleOf": 7}') AS v;
SELECT min(v::int2), max(v::int2) FROM made('{"type": "smallint", "minimum": 32766}') AS v;
SELECT min(v::bigint), max(v::bigint) FROM made('{"type": "bigint", "minimum": 9223372036854775806}') AS v;
SELECT min(v::bigint), max(v::bigint) FROM made('{"type": "bigint", "maximum": -9223372036854775807}') AS v;
SELECT min(v::bigint) < -9e18 AS low, max(v::bigint) > 9e18 AS high FROM made('{"type": "bigint", "minimum": -9223372036854775808, "maximum": 9223372036854775807}') AS v;
SELECT min(v::numeric), max(v::numeric), count(DISTINCT v) FROM made('{"type": "numeric(3,1)", "minimum": 0.2, "maximum": 0.5}') AS v;
SELECT min(v::numeric), max(v::numeric), count(DISTINCT v) FROM made('{"type": "numeric(4,2)", "minimum": 1, "maximum": 2, "multipleOf": 0.25}') AS v;
SELECT min(v::numeric), max(v::numeric), count(DISTINCT v) FROM made('{"type": "numeric", "exclusiveMinimum": 0, "maximum": 0.003}') AS v;
SELECT min(v::float8) >= 0.5 AS low, max(v::float8) <= 0.75 AS high, count(DISTINCT v) > 20 AS many FROM made('{"type": "double precision", "minimum": 0.5, "maximum": 0.75}') AS v;
SELECT min(v::date), max(v::date), count(DISTINCT v) FROM made('{"type": "date", "minimum": "2024-02-27", "maximum": "2024-03-01"}') AS v;
SELECT min(v::time) >= '23:59:00' AS low, max(v::time) <= '24:00:00' AS high, count(DISTINCT v) FROM made('{"type": "time(0)", "minimum": "23:59:50", "maximum": "23:59:59"}') AS v;
SELECT min(v::timestamp) >= '2024-12-31 23:00' AS low, max(v::timestamp) < '2025-01-01' AS high FROM made('{"type": "timestamp", "minimum": "2024-12-31 23:00", "exclusiveMaximum": "2025-01-01"}') AS v;
SELECT min(v::timestamptz) >= '2024-12-31 22:00Z' AS low, max(v::timestamptz) <= '2024-12-31 23:00Z' AS high FROM made('{"type": "timestamptz", "minimum": "2025-01-01 00:00+02", "maximum": "2025-01-01 01:00+02"}') AS v;
SELECT min(v::interval) >= '1 hour' AS low, max(v::interval) <= '3 days' AS high FROM made('{"type": "interval", "minimum": "1 hour", "maximum": "3 days"}') AS v;
SELECT min(v::money::numeric) >= 1 AS low, max(v::money::numeric) <= 2 AS high FROM made('{"type": "money", "minimum": 1, "maximum": 2}') AS v;

-- Lengths.
SELECT min(length(v)), max(length(v)) FROM made('{"type": "string", "minLength": 4, "maxLength": 6}') AS v;
SELECT min(length(v)), max(length(v)) FROM made('{"type": "varchar(3)"}') AS v;
SELECT min(length(v)) >= 200 AS long FROM made('{"type": "text", "minLength": 200}') AS v;
SELECT min(length(v)), max(length(v)) FROM made('{"type": "full_name", "minLength": 12, "maxLength": 12}') AS v;
SELECT min(length(v::char(4))), bool_and(octet_length(v) = 4) AS padded FROM made('{"type": "char(4)", "minLength": 2}') AS v;
SELECT min(cardinality(v::boolean[])), max(cardinality(v::boolean[])) FROM made('{"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 5}') AS v;

-- Lists, with weights, of several types, held to the other keywords.
SELECT v, round(count(*) / 1000.0) AS percent FROM made('{"enum": ["a", "b", "c"], "weights": [70, 20, 10]}', 100000) AS v GROUP BY v ORDER BY v;
SELECT v, round(count(*) / 1000.0) AS percent FROM made('{"enum": ["a", "b", "c", "d"]}', 100000) AS v GROUP BY v ORDER BY v;
SELECT v, count(*) FROM made('{"enum": ["never", "always"], "weights": [0, 1e-9]}') AS v GROUP BY v;
SELECT DISTINCT v::int AS v FROM made('{"enum": [3, 1, 2]}') AS v ORDER BY v;
SELECT DISTINCT v FROM made('{"type": "date", "enum": ["2024-02-29", "2024-03-01"]}') AS v ORDER BY v;
SELECT v FROM made('{"enum": ["", "it''s", "a\"b", "ü"]}') AS v GROUP BY v ORDER BY v COLLATE "C";
SELECT v, count(*) > 0 AS some FROM made('{"enum": [1, null]}') AS v GROUP BY v ORDER BY v;
SELECT DISTINCT v FROM made('{"type": "integer", "enum": [1, 5, 6, 9, 10], "minimum": 5, "exclusiveMaximum": 10, "multipleOf": 3}') AS v ORDER BY v;
SELECT DISTINCT v FROM made('{"type": "string", "enum": ["a", "bb", "cc", "ddd"], "minLength": 2, "pattern": "^[a-c]+$"}') AS v ORDER BY v;
SELECT DISTINCT v FROM made('{"const": "only"}') AS v;
SELECT DISTINCT v FROM made('{"type": "integer", "default": 7}') AS v;
SELECT DISTINCT v FROM made('{"type": "text", "examples": ["x", "y"]}') AS v ORDER BY v;
SELECT DISTINCT v FROM made('{"type": "point", "examples": ["(1,2)", "(3,4)"]}') AS v ORDER BY v;

-- The share of NULLs.
SELECT f, round(100 * avg((v IS NULL)::int)) AS percent FROM (VALUES ('0'), ('0.01'), ('0.25'), ('0.9'), ('1')) AS s(f), made(format('{"type": "integer", "null_fraction": %s}', f), 100000) AS v GROUP BY f ORDER BY f;
SELECT round(100 * avg((v IS NULL)::int)) AS percent FROM made('{"enum": ["a", "b"], "null_fraction": 0.5}', 100000) AS v;

-- Distributions: mean and stddev are those of the values themselves.
CREATE FUNCTION moments(field text) RETURNS TABLE (mean numeric, stddev numeric, low numeric, high numeric) LANGUAGE sql AS
$$SELECT avg(v), stddev(v), min(v), max(v) FROM (SELECT v::numeric FROM made(field, 100000) AS v) AS s$$;
CREATE FUNCTION near(field text, mean numeric, stddev numeric) RETURNS text LANGUAGE sql AS
$$SELECT CASE WHEN abs(m.mean - $2) <= 0.02 * greatest(abs($2), $3) AND abs(m.stddev - $3) <= 0.02 * $3 THEN 'as asked' ELSE round(m.mean, 4) || ', ' || round(m.stddev, 4) END FROM moments(field) AS m$$;
SELECT near('{"type": "integer", "minimum": 1, "maximum": 1000, "distribution": {"kind": "uniform"}}', 500.5, 288.7);
SELECT near('{"type": "integer", "minimum": 1, "maximum": 1000}', 500.5, 288.7);
SELECT near('{"type": "integer", "distribution": {"kind": "normal", "mean": 1000, "stddev": 100}}', 1000, 100);
SELECT near('{"type": "numeric(8,3)", "distribution": {"kind": "normal", "mean": -5, "stddev": 2.5}}', -5, 2.5);
SELECT near('{"type": "double precision", "distribution": {"kind": "normal", "mean": 0.01, "stddev": 0.001}}', 0.01, 0.001);
SELECT near('{"type": "numeric(10,2)", "distribution": {"kind": "lognormal", "mean": 42, "stddev": 30}}', 42, 30);
SELECT near('{"type": "integer", "distribution": {"kind": "lognormal", "mean": 5000, "stddev": 2000}}', 5000, 2000);
SELECT near('{"type": "numeric(10,4)", "distribution": {"kind": "exponential", "mean": 12}}', 12, 12);
SELECT near('{"type": "integer", "distribution": {"kind": "poisson", "mean": 9}}', 9, 3);
-- A normal distribution has its shares within one, two, three stddevs.
SELECT round(100 * avg((abs(v) < 1)::int), 0) AS one, round(100 * avg((abs(v) < 2)::int), 0) AS two, round(100 * avg((abs(v) < 3)::int), 1) AS three, round(avg(v ^ 3), 1) AS skew
FROM (SELECT v::numeric FROM made('{"type": "double precision", "distribution": {"kind": "normal", "mean": 0, "stddev": 1}}', 100000) AS v) AS s;
-- Bounds cut it off, and pile nothing up at the ends.
SELECT min(v), max(v), count(*) FILTER (WHERE v = 90) < 4000 AS low, count(*) FILTER (WHERE v = 110) < 4000 AS high, round(avg(v)) AS mean FROM (SELECT v::int FROM made('{"type": "integer", "minimum": 90, "maximum": 110, "distribution": {"kind": "normal", "mean": 100, "stddev": 10}}', 100000) AS v) AS s;
SELECT min(v) >= 100 AS low, round(avg(v)) AS mean FROM (SELECT v::numeric FROM made('{"type": "numeric(10,2)", "minimum": 100, "distribution": {"kind": "normal", "mean": 100, "stddev": 10}}', 100000) AS v) AS s;
-- Zipf: rank k has weight k^-exponent; over ten ranks the head has 34.1 %.
SELECT v, round(100 * count(*) / 100000.0) AS percent FROM made('{"type": "integer", "minimum": 1, "maximum": 10, "distribution": {"kind": "zipf", "exponent": 1}}', 100000) AS v GROUP BY v ORDER BY v::int LIMIT 4;
SELECT v, round(100 * count(*) / 100000.0) AS percent FROM made('{"enum": ["a", "b", "c"], "distribution": {"kind": "zipf", "exponent": 2}}', 100000) AS v GROUP BY v ORDER BY v;
-- Histograms: bounds, and weights between them.
SELECT round(count(*) FILTER (WHERE v BETWEEN 0 AND 10) / 1000.0) AS first, count(*) FILTER (WHERE v > 10 AND v < 20) AS second, round(count(*) FILTER (WHERE v BETWEEN 20 AND 100) / 1000.0) AS third FROM (SELECT v::numeric FROM made('{"type": "numeric(8,3)", "distribution": {"kind": "histogram", "bounds": [0, 10, 20, 100], "weights": [5, 0, 15]}}', 100000) AS v) AS s;
SELECT near('{"type": "numeric(8,3)", "distribution": {"kind": "histogram", "bounds": [0, 10, 110]}}', 32.5, 34.31);
-- Of dates and timestamps.
SELECT abs(avg(v::date - '2024-06-01')) < 0.5 AS mean, round(stddev(v::date - '2024-06-01')) AS days FROM made('{"type": "date", "distribution": {"kind": "normal", "mean": "2024-06-01", "stddev": "20 days"}}', 100000) AS v;
SELECT date_trunc('hour', avg(v::timestamp - '2024-06-01 12:00') + '30 minutes') AS mean, round(stddev(extract(epoch FROM v::timestamp)) / 3600) AS hours FROM made('{"type": "timestamp", "distribution": {"kind": "normal", "mean": "2024-06-01 12:00", "stddev": "10 hours"}}', 100000) AS v;
SELECT extract(year FROM v::date) AS year, round(100 * count(*) / 100000.0) AS percent FROM made('{"type": "date", "distribution": {"kind": "histogram", "bounds": ["2022-01-01", "2023-01-01", "2024-01-01"], "weights": [1, 3]}}', 100000) AS v WHERE v < '2024-01-01' GROUP BY year ORDER BY year;
-- What cannot be.
\set SHOW_CONTEXT never
SELECT * FROM made('{"type": "integer", "minimum": 1000, "distribution": {"kind": "normal", "mean": 0, "stddev": 1}}');
SELECT * FROM made('{"type": "numeric(3,2)", "minimum": 10}');
SELECT * FROM made('{"type": "numeric(3,0)", "minimum": 1.1, "maximum": 1.9}');

\set SHOW_CONTEXT errors

-- Expressions are evaluated in the order of what they read.
SELECT * FROM synthik_generate('{"fields": [
	{"name": "d", "type": "integer", "expression": "c * 2"},
	{"name": "c", "type": "integer", "expression": "a + b"},
	{"name": "a", "type": "integer", "minimum": 1, "maximum": 9},
	{"name": "b", "type": "integer", "const": 100},
	{"name": "label", "type": "varchar(6)", "expression": "''n'' || lpad(d::text, 4, ''0'')"},
	{"name": "half", "type": "numeric(5,1)", "expression": "d / 4.0"},
	{"name": "none", "type": "integer", "expression": "nullif(b, 100)"}]}', 2, seed => 1) AS t(a int, b int, c int, d int, label text, half numeric, "none" int);
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "b"}, {"name": "b", "type": "integer", "expression": "c"}, {"name": "c", "type": "integer", "expression": "a"}]}', 1) AS t(a int);
SELECT * FROM synthik_generate('{"fields": [{"name": "z", "const": 0}, {"name": "a", "type": "integer", "expression": "1 / z"}]}', 1) AS t(a int);
SELECT * FROM synthik_generate('{"fields": [{"name": "z", "const": 0}, {"name": "a", "type": "varchar(2)", "expression": "''long'' || z"}]}', 1) AS t(a text);
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "null::integer"}], "required": ["a"]}', 1) AS t(a int);

DROP FUNCTION near, moments, made;
