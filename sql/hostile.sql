--
-- What a careless or hostile caller tries: numbers at their ends, documents
-- without measure, tables that change under a query
--
SET synthik.locale = 'en_US';
SET timezone = 'UTC';

-- What a field of one keyword list gives: whether each value satisfies a
-- condition over v, or the error.
CREATE FUNCTION attempt(field jsonb, condition text) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	result	text;
BEGIN
	EXECUTE format('SELECT CASE WHEN bool_and(%s) THEN ''holds'' ELSE ''FAILS for '' || min(v::text) FILTER (WHERE NOT (%s)) END
		FROM (SELECT (j->>''v'')::numeric AS v FROM synthik_generate_json(%L::jsonb, 200, seed => 1) j) s',
		condition, condition, jsonb_build_object('fields', jsonb_build_array('{"name": "v"}' || field))) INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;

-- Bounds at the ends of a type.
SELECT attempt('{"type": "bigint", "exclusiveMinimum": 9223372036854775807}', 'true');
SELECT attempt('{"type": "bigint", "exclusiveMaximum": -9223372036854775808}', 'true');
SELECT attempt('{"type": "bigint", "minimum": 9223372036854775807}', 'v = 9223372036854775807');
SELECT attempt('{"type": "bigint", "minimum": -9223372036854775808, "maximum": -9223372036854775807, "multipleOf": 2}', 'v = -9223372036854775808');
SELECT attempt('{"type": "bigint", "minimum": -9223372036854775808, "maximum": 9223372036854775807, "distribution": {"kind": "normal", "mean": 1e300, "stddev": 1e308}}', 'true');

-- Floats have more digits than their cast to numeric.
SELECT attempt('{"type": "double precision", "minimum": 9007199254740991, "maximum": 9007199254740991}', 'v = 9007199254740991');
SELECT attempt('{"type": "real", "minimum": 16777216, "maximum": 16777216}', 'v::float4 = 16777216');

-- Times are compared as instants.
SELECT bool_and((j->>'t')::timetz BETWEEN '23:00+02' AND '23:30+02')
FROM synthik_generate_json('{"fields": [{"name": "t", "type": "timetz", "minimum": "23:00+02", "maximum": "23:30+02"}]}'::jsonb, 200, seed => 1) j;
SELECT count(*)
FROM synthik_generate_json('{"fields": [{"name": "t", "type": "timetz", "minimum": "01:00+02", "maximum": "01:30+02"}]}'::jsonb, 200, seed => 1) j;

-- Decimals beyond what a fine step leaves room for.
SELECT attempt('{"type": "numeric(38,10)", "minimum": 1e18, "maximum": 1e19}', 'v BETWEEN 1e18 AND 1e19');
SELECT attempt('{"type": "double precision", "minimum": 1e18, "maximum": 1e19}', 'v BETWEEN 1e18 AND 1e19');
SELECT attempt('{"type": "numeric", "minimum": 1e308}', 'v >= 1e308');
SELECT attempt('{"type": "double precision", "minimum": 1e308, "maximum": 1.1e308}', 'v >= 1e308');
SELECT attempt('{"type": "numeric", "distribution": {"kind": "lognormal", "mean": 5, "stddev": 1e300}}', 'v >= 0');

-- Multiples that are no whole number of steps, or greater than any value.
SELECT attempt('{"type": "integer", "multipleOf": 0.3}', 'v % 3 = 0');
SELECT attempt('{"type": "integer", "multipleOf": 0.5}', 'v % 1 = 0');
SELECT attempt('{"type": "numeric(6,1)", "multipleOf": 0.25}', 'v % 0.5 = 0');
SELECT attempt('{"type": "numeric(3,-2)", "multipleOf": 30}', 'v % 300 = 0 AND v = v::numeric(3,-2)');
SELECT attempt('{"type": "numeric(1,-1000)"}', 'v = v::numeric(1,-1000)');
SELECT attempt('{"type": "bigint", "multipleOf": 1e300}', 'v = 0');
SELECT attempt('{"type": "numeric", "minimum": 1, "multipleOf": 1e300}', 'true');
SELECT attempt('{"type": "integer", "multipleOf": 5000}', 'v % 5000 = 0');
SELECT attempt('{"type": "integer", "multipleOf": 5000, "minimum": 7}', 'v >= 7 AND v % 5000 = 0');
SELECT attempt('{"type": "integer", "multipleOf": 5000, "maximum": -7}', 'v <= -7 AND v % 5000 = 0');
SELECT attempt('{"type": "integer", "multipleOf": 5000, "minimum": 7, "maximum": 77}', 'true');
SELECT attempt('{"type": "double precision", "multipleOf": 1e-300}', 'true');

-- Arrays in arrays are refused before they are made.
SELECT synthik_generate_json(('{"fields": [{"name": "a", "type": "array", "items":' ||
	repeat('{"type": "array", "minItems": 10000, "items":', 14) || '{"type": "integer"}' || repeat('}', 14) || '}]}')::jsonb, 1);

-- So are patterns that compiling alone takes minutes for.
SELECT synthik_generate_json(jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'a', 'type', 'text',
	'pattern', repeat('[a-z]{1,9}', 100000)))), 1);

-- A cancel while a document is read leaves the session usable.
CREATE FUNCTION slow(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM pg_sleep(60); RETURN true; END$$;
CREATE DOMAIN slow AS integer CHECK (slow(VALUE));
CREATE TYPE holder AS (a slow);
SET statement_timeout = '100ms';
SELECT synthik_generate_json('{"fields": [{"name": "a", "type": "holder", "enum": ["(1)", "(2)"]}]}'::jsonb, 1);
RESET statement_timeout;
SELECT 'still there';
DROP TYPE holder;
DROP DOMAIN slow;

-- A prepared query over a row type that changes.
CREATE TABLE changing (a integer, b text);
PREPARE changing AS SELECT * FROM synthik_rows(NULL::changing, 1, seed => 1);
EXECUTE changing;
ALTER TABLE changing ADD c date;
EXECUTE changing;
ALTER TABLE changing DROP b;
EXECUTE changing;
ALTER TABLE changing ALTER a TYPE text;
EXECUTE changing;
DEALLOCATE changing;
DROP TABLE changing;

-- Half a key refers to nothing, and MATCH FULL forbids it.
CREATE TABLE whole_keys (x integer, y integer, PRIMARY KEY (x, y));
INSERT INTO whole_keys SELECT g, g * 10 FROM generate_series(1, 50) g;
CREATE TABLE half_keys (id integer, x integer, y integer, FOREIGN KEY (x, y) REFERENCES whole_keys MATCH FULL);
SELECT synthik_augment('half_keys', 300, seed => 1);
SELECT count(*) FILTER (WHERE x IS NULL) > 0 AS some_null, count(x) > 200 AS most_not FROM half_keys;
CREATE TABLE firm_keys (id integer, x integer NOT NULL, y integer, FOREIGN KEY (x, y) REFERENCES whole_keys MATCH FULL);
SELECT synthik_augment('firm_keys', 300, seed => 1);
DROP TABLE half_keys, firm_keys, whole_keys;
DROP FUNCTION attempt, slow;
