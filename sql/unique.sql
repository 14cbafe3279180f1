--
-- Unique fields: distinct by construction, up to the last value there is
--
SET synthik.locale = 'en_US';
\set SHOW_CONTEXT never

-- Rows, values, distinct values of one unique field v.
CREATE FUNCTION made(field text, rows bigint, VARIADIC checks text[] DEFAULT '{}') RETURNS TABLE (rows bigint, filled bigint, different bigint) LANGUAGE sql AS
$$SELECT count(*), count(v), count(DISTINCT v) FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array('{"name": "v", "unique": true}'::jsonb || field::jsonb), 'checks', to_jsonb(checks)), rows, seed => 1) AS t(v text)$$;

-- Numbers: all values, one more than all, in a small part of many.
SELECT * FROM made('{"type": "integer", "minimum": 1, "maximum": 1000}', 1000);
SELECT * FROM made('{"type": "integer", "minimum": 1, "maximum": 1000}', 1001);
SELECT * FROM made('{"type": "integer", "minimum": -3, "maximum": 3, "multipleOf": 3}', 3);
SELECT * FROM made('{"type": "integer", "minimum": -3, "maximum": 3, "multipleOf": 3}', 4);
SELECT * FROM made('{"type": "smallint", "minimum": -32768, "maximum": 32767}', 65536);
SELECT * FROM made('{"type": "bigint", "minimum": -9223372036854775808, "maximum": 9223372036854775807}', 10000);
SELECT * FROM made('{"type": "numeric(3,1)", "minimum": 0, "maximum": 1}', 11);
SELECT * FROM made('{"type": "double precision"}', 10000);
SELECT * FROM made('{"type": "integer", "distribution": {"kind": "normal", "mean": 0, "stddev": 1000}}', 1000);
SELECT * FROM made('{"type": "boolean"}', 2);
SELECT * FROM made('{"type": "boolean"}', 3);
-- Keys without bounds count from 1, or from the minimum.
SELECT array_agg(v) FROM synthik_generate('{"fields": [{"name": "v", "type": "integer", "unique": true}]}', 5, seed => 1) AS t(v int);
SELECT array_agg(v) FROM synthik_generate('{"fields": [{"name": "v", "type": "bigint", "unique": true, "minimum": 1000}]}', 5, seed => 1, first_row => 3) AS t(v bigint);
-- Values with bounds are scattered.
SELECT count(*) > 10 AS scattered FROM (SELECT v, lag(v) OVER () AS before FROM synthik_generate('{"fields": [{"name": "v", "type": "integer", "unique": true, "minimum": 1, "maximum": 50}]}', 50, seed => 1) AS t(v int)) AS s WHERE v < before;

-- Times.
SELECT * FROM made('{"type": "date", "minimum": "2024-01-01", "maximum": "2024-12-31"}', 366);
SELECT * FROM made('{"type": "date", "minimum": "2024-01-01", "maximum": "2024-12-31"}', 367);
SELECT * FROM made('{"type": "timestamp", "minimum": "2024-01-01", "maximum": "2024-01-02"}', 10000);
SELECT * FROM made('{"type": "time(0)"}', 10000);
SELECT * FROM made('{"type": "interval"}', 1000);

-- Patterns.
SELECT * FROM made('{"type": "string", "pattern": "^[A-Z]$"}', 26);
SELECT * FROM made('{"type": "string", "pattern": "^[A-Z]$"}', 27);
SELECT * FROM made('{"type": "string", "pattern": "^(ab|a)(b|c)?$"}', 5);
SELECT * FROM made('{"type": "string", "pattern": "^[0-9]{3}-[a-c]$"}', 3000);
SELECT * FROM made('{"type": "string", "pattern": "^[A-Z]{3}-[0-9]{5}$"}', 20000);
SELECT * FROM made('{"type": "string", "pattern": "^x{0,9}$"}', 10);
SELECT * FROM made('{"type": "string", "pattern": "^x{0,9}$", "minLength": 3, "maxLength": 5}', 3);
SELECT * FROM made('{"type": "string", "pattern": "^x{0,9}$", "minLength": 3, "maxLength": 5}', 4);

-- Lists.
SELECT * FROM made('{"enum": ["a", "b", "c"]}', 3);
SELECT * FROM made('{"enum": ["a", "b", "c"]}', 4);
SELECT * FROM made('{"enum": ["a", "b", "a"]}', 2);
SELECT * FROM made('{"enum": ["a", "b", "a"]}', 3);
-- Equal values are one, however they are written.
SELECT * FROM made('{"type": "numeric", "enum": [1.0, 1.00, 2]}', 2);
SELECT * FROM made('{"type": "numeric", "enum": [1.0, 1.00, 2]}', 3);
SELECT * FROM made('{"type": "interval", "enum": ["1 day", "24:00:00", "2 days"]}', 3);
SELECT * FROM made('{"type": "double precision", "enum": ["0", "-0", "1"]}', 3);
SELECT * FROM made('{"enum": ["a", "b", "c"], "weights": [98, 1, 1]}', 3);
SELECT * FROM made('{"const": "a"}', 1);
SELECT * FROM made('{"const": "a"}', 2);
SELECT * FROM made('{"type": "text", "examples": ["x", "y"]}', 2);
SELECT * FROM made('{"type": "text", "examples": ["x", "y"]}', 3);

-- Semantic and other types.
SELECT * FROM made('{"type": "email"}', 20000);
SELECT * FROM made('{"type": "user_name"}', 20000);
SELECT * FROM made('{"type": "full_name"}', 5000);
SELECT * FROM made('{"type": "phone"}', 1000);
SELECT * FROM made('{"type": "company"}', 2000);
SELECT * FROM made('{"type": "uuid"}', 10000);
SELECT * FROM made('{"type": "text"}', 10000);
SELECT * FROM made('{"type": "string", "maxLength": 2}', 500);
SELECT * FROM made('{"type": "varchar(8)"}', 10000);
SELECT * FROM made('{"type": "bytea"}', 10000);
SELECT * FROM made('{"type": "bit(4)"}', 16);
SELECT * FROM made('{"type": "bit(4)"}', 17);
SELECT * FROM made('{"type": "inet"}', 1000);
SELECT * FROM made('{"type": "macaddr"}', 1000);
SELECT * FROM made('{"type": "int4range"}', 1000);
SELECT * FROM made('{"type": "integer[]"}', 1000);
SELECT * FROM made('{"type": "jsonb"}', 100);
SELECT * FROM made('{"type": "object", "properties": {"a": {"type": "integer"}}}', 10);
SELECT * FROM made('{"type": "json"}', 10);
SELECT * FROM made('{"type": "point"}', 10);

-- NULLs count as different from each other; the others stay distinct.
SELECT rows, filled BETWEEN 400 AND 600 AS filled, filled = different AS distinct FROM made('{"type": "integer", "minimum": 1, "maximum": 1000, "null_fraction": 0.5}', 1000);
SELECT rows, filled BETWEEN 900 AND 980 AS filled, filled = different AS distinct FROM made('{"type": "email", "null_fraction": 0.05}', 1000);

-- Fields that are unique together.
CREATE FUNCTION pairs(fields text, sets text, rows bigint) RETURNS TABLE (rows bigint, pairs bigint, a bigint, b bigint) LANGUAGE sql AS
$$SELECT count(*), count(DISTINCT (a, b)), count(DISTINCT a), count(DISTINCT b) FROM synthik_generate(jsonb_build_object('fields', fields::jsonb) || sets::jsonb, rows, seed => 1) AS t(a text, b text)$$;
\set ab '[{"name": "a", "type": "integer", "minimum": 1, "maximum": 20}, {"name": "b", "enum": ["x", "y", "z"]}]'
SELECT * FROM pairs(:'ab', '{"unique": [["a", "b"]]}', 60);
SELECT * FROM pairs(:'ab', '{"unique": [["a", "b"]]}', 61);
SELECT * FROM pairs(:'ab', '{"primary_key": ["a", "b"]}', 60);
SELECT * FROM pairs(:'ab', '{"primary_key": ["a"]}', 21);
SELECT * FROM pairs(:'ab', '{"unique": [["a", "b"], ["a"]]}', 20);
SELECT * FROM pairs('[{"name": "a", "type": "email"}, {"name": "b", "type": "date", "minimum": "2024-01-01", "maximum": "2024-01-02"}]', '{"unique": [["a", "b"]]}', 5000);
SELECT * FROM pairs('[{"name": "a", "type": "integer", "minimum": 1, "maximum": 100}, {"name": "b", "type": "integer", "minimum": 1, "maximum": 100}]', '{"unique": [["a", "b"]]}', 10000);
SELECT * FROM pairs('[{"name": "a", "type": "integer", "minimum": 1, "maximum": 100}, {"name": "b", "type": "integer", "minimum": 1, "maximum": 100}]', '{"unique": [["a"], ["b"]]}', 100);
-- Orders between them hold, too.
SELECT count(*), count(DISTINCT (a, b)), bool_and(a < b) AS ordered FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 400}, {"name": "b", "type": "integer", "minimum": 1, "maximum": 400}], "unique": [["a", "b"]], "checks": ["a < b"]}', 1000, seed => 1) AS t(a int, b int);

-- Checks that refuse values: rows draw others, and stay distinct.
SELECT * FROM made('{"type": "integer", "minimum": 1, "maximum": 100000}', 3000, 'v * 7 % 2 = 0');
SELECT * FROM made('{"type": "string", "pattern": "^[a-z]{5}$"}', 3000, 'md5(v) > ''8''');
SELECT * FROM made('{"type": "integer"}', 3000, 'v % 3 = 0');
-- Where there are too few others, that is an error, not a value twice.
SELECT * FROM made('{"type": "integer", "minimum": 1, "maximum": 4000}', 1000, 'v * 7 % 2 = 0');
SELECT * FROM made('{"type": "integer", "minimum": 1, "maximum": 100000}', 10, 'v * 7 % 2 = 5');
-- The other columns of a check are drawn first.
SELECT count(*), count(DISTINCT c), bool_and(n > ascii(c)) AS checked FROM synthik_generate('{"fields": [{"name": "c", "type": "string", "pattern": "^[a-z]$", "unique": true}, {"name": "n", "type": "integer", "minimum": 90, "maximum": 150}], "checks": ["n * 2 > ascii(c) * 2"]}', 26, seed => 1) AS t(c text, n int);
-- Bounds, lists and patterns in checks refuse nothing.
SELECT * FROM made('{"type": "integer", "minimum": 1, "maximum": 4000}', 1000, 'v BETWEEN 2001 AND 3000');
SELECT * FROM made('{"type": "text"}', 26, 'v ~ ''^[A-Z]$''');

-- What cannot be unique.
SELECT * FROM synthik_generate('{"fields": [{"name": "tags", "type": "array", "items": {"type": "string", "pattern": "^([a-z]+)+$"}, "minItems": 1, "unique": true}]}', 3, seed => 1) AS t(tags text[]);
SELECT * FROM made('{"type": "integer", "expression": "1"}', 2);
SELECT * FROM pairs('[{"name": "a", "type": "integer"}, {"name": "b", "type": "integer", "expression": "a % 2"}]', '{"unique": [["a", "b"]]}', 2);
DROP FUNCTION pairs, made;
