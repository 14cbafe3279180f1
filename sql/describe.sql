--
-- synthik_describe: what makes each field, why, and an example
--
CREATE SCHEMA describe_test;
SET search_path = describe_test, public;
SET datestyle = 'ISO, MDY';
SET timezone = 'UTC';

-- a document
SELECT field, type, generator, why FROM synthik_describe('{"fields": [
    {"name": "id", "type": "integer", "unique": true},
    {"name": "qty", "type": "integer", "minimum": 1, "maximum": 20},
    {"name": "even", "type": "smallint", "minimum": 1, "maximum": 9, "multipleOf": 2},
    {"name": "price", "type": "numeric(10,2)", "minimum": 0, "maximum": 100,
                      "distribution": {"kind": "normal", "mean": 42, "stddev": 30}},
    {"name": "rank", "type": "integer", "minimum": 1, "maximum": 50,
                     "distribution": {"kind": "zipf", "exponent": 1.1}},
    {"name": "total", "type": "numeric(12,2)", "expression": "qty * price"},
    {"name": "status", "type": "string", "enum": ["paid", "shipped", "returned"], "weights": [6, 3, 1]},
    {"name": "only", "const": "this"},
    {"name": "sku", "type": "string", "pattern": "^[A-Z]{3}-[0-9]{5}$"},
    {"name": "ordered", "type": "timestamp", "minimum": "2024-01-01", "maximum": "2025-12-31"},
    {"name": "delivered", "type": "timestamp", "null_fraction": 0.1},
    {"name": "nothing", "type": "text", "null_fraction": 1},
    {"name": "words", "type": "text", "examples": ["a", "b", "c"]},
    {"name": "yes", "type": "boolean"},
    {"name": "key", "type": "uuid"},
    {"name": "bits", "type": "bit(5)"},
    {"name": "bytes", "type": "bytea"},
    {"name": "span", "type": "daterange"},
    {"name": "spans", "type": "int4multirange"},
    {"name": "tags", "type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 6}, "minItems": 2, "maxItems": 3},
    {"name": "a\"b; drop", "type": "object", "properties": {
        "n": {"type": "integer", "minimum": 1, "maximum": 3},
        "list": {"type": "array", "items": {"type": "object", "properties": {"deep": {"type": "boolean"}}}}}}],
  "checks": ["delivered IS NULL OR delivered >= ordered"]}'::jsonb);

-- the example is row 1 of seed 1, and always the same
CREATE VIEW doc AS SELECT '{"fields": [
    {"name": "qty", "type": "integer", "minimum": 1, "maximum": 20},
    {"name": "price", "type": "numeric(10,2)", "minimum": 1, "maximum": 99},
    {"name": "total", "type": "numeric(12,2)", "expression": "qty * price"},
    {"name": "code", "type": "string", "pattern": "^[A-Z]{3}$"},
    {"name": "none", "type": "text", "null_fraction": 1}],
  "checks": ["qty > 10"]}'::jsonb AS doc;
SELECT jsonb_object_agg(d.field, d.example) = jsonb_object_agg(j.key, j.value) AS same,
       bool_and(d.example IS NULL) FILTER (WHERE d.field = 'none') AS null_is_null,
       bool_and(d.example::int > 10) FILTER (WHERE d.field = 'qty') AS check_holds
FROM doc, synthik_describe(doc) AS d
     JOIN (SELECT key, value FROM doc, synthik_generate_json(doc, 1, seed => 1) AS g, jsonb_each_text(g)) AS j
     ON j.key = d.field;

-- a table: sequences and other defaults are named, not run; what recipes say
-- is a matter of the data files
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE spot AS (street text, "z ip" varchar(5));
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    old integer,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    mood mood NOT NULL,
    x1 numeric(8,2) NOT NULL CHECK (x1 BETWEEN 0 AND 500),
    home spot NOT NULL,
    "we""ird; drop" positive NOT NULL,
    uid uuid DEFAULT gen_random_uuid(),
    active boolean NOT NULL DEFAULT true
);
ALTER TABLE customers DROP COLUMN old;
SELECT field, type, regexp_replace(generator, '{[a-z].*}', '{}') AS generator, why, example IS NOT NULL AS example
FROM synthik_describe('customers'::regclass);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    x1 integer NOT NULL CHECK (x1 > 0 AND x1 <= 20),
    x2 numeric(8,2) NOT NULL CHECK (x2 > 0 AND x2 < 1000),
    x3 numeric GENERATED ALWAYS AS (x1 * x2) STORED,
    code char(3) NOT NULL CHECK (code ~ '^[A-Z]{3}$'),
    ordered date NOT NULL,
    shipped date,
    CHECK (shipped > ordered)
);

-- the parent is empty: what can be had without it
SELECT field, type, regexp_replace(generator, '{[a-z].*}', '{}') AS generator, why, example IS NOT NULL AS example
FROM synthik_describe('orders');
SELECT synthik_augment('customers', 5, seed => 1);
SELECT field, example IS NOT NULL AS example FROM synthik_describe('orders');
SELECT last_value, is_called FROM orders_id_seq;
SELECT count(*) FROM orders;

-- other kinds of relations; a table without columns
CREATE VIEW v AS SELECT 1 AS n, 'x'::text AS city;
SELECT field, type, why FROM synthik_describe('v');
CREATE TABLE parted (id integer NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
SELECT field, generator FROM synthik_describe('parted_1');
CREATE TABLE none ();
SELECT * FROM synthik_describe('none');

-- names that have to be quoted
CREATE SCHEMA "a""b; drop";
CREATE TABLE "a""b; drop"."T ""x" ("x.y" varchar(4) PRIMARY KEY, "%s" varchar(4) NOT NULL REFERENCES "a""b; drop"."T ""x");
SELECT field, type, generator, why FROM synthik_describe('"a""b; drop"."T ""x"');

-- without a privilege on anything: only the catalog is read
CREATE ROLE regress_synthik_describe;
GRANT USAGE ON SCHEMA describe_test TO regress_synthik_describe;
SET ROLE regress_synthik_describe;
SELECT field FROM synthik_describe('customers') LIMIT 2;
SELECT field, example IS NOT NULL AS example FROM synthik_describe('orders') LIMIT 4;
RESET ROLE;

-- what a table's owner has put into it never runs with the rights of who looks
CREATE TABLE whoami (who text);
GRANT INSERT, SELECT ON whoami TO PUBLIC;
GRANT CREATE ON SCHEMA describe_test TO regress_synthik_describe;
SET ROLE regress_synthik_describe;
CREATE FUNCTION tell(integer) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO describe_test.whoami VALUES (current_user); RETURN true; END $$;
CREATE TABLE trap (n integer NOT NULL CHECK (describe_test.tell(n)));
RESET ROLE;
SELECT field, generator FROM synthik_describe('trap');
SELECT DISTINCT who FROM whoami;
SELECT current_user = session_user AS own_rights_again;
SET ROLE regress_synthik_describe;
SELECT field, example IS NOT NULL AS example FROM synthik_describe('customers') WHERE field IN ('id', 'name');
RESET ROLE;

-- in a transaction that may not write
BEGIN READ ONLY;
SELECT count(*) FROM synthik_describe('orders');
COMMIT;

-- what is not there, or wrong
SELECT * FROM synthik_describe('custmers');
SELECT * FROM synthik_describe('a b"c');
SELECT * FROM synthik_describe(0::regclass);
SELECT * FROM synthik_describe('pg_catalog.pg_class');
SELECT * FROM synthik_describe('orders_id_seq');
SELECT * FROM synthik_describe(NULL::jsonb);
SELECT * FROM synthik_describe(NULL::text);
SELECT * FROM synthik_describe(NULL::regclass);
SELECT * FROM synthik_describe('{"fields": [{"name": "a", "type": "integer", "min": 1}]}');
SELECT * FROM synthik_describe('{"fields": [{"name": "p", "type": "string", "pattern": "(?=x)y"}]}');

SET client_min_messages = warning;
DROP SCHEMA "a""b; drop" CASCADE;
DROP SCHEMA describe_test CASCADE;
DROP ROLE regress_synthik_describe;

-- A name is quoted once.
CREATE TYPE "Mood ""A""" AS ENUM ('x', 'y');
SELECT why FROM synthik_describe('{"fields": [{"name": "m", "enum": ["x", "y"]}]}'::jsonb);
CREATE TABLE moods (m "Mood ""A""");
SELECT why FROM synthik_describe('moods'::regclass);
DROP TABLE moods;
DROP TYPE "Mood ""A""";
