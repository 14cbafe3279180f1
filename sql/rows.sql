--
-- synthik_rows: rows of a row type.
--
SET synthik.seed = 3;
CREATE TYPE parcel_state AS ENUM ('sent', 'lost');
CREATE TYPE parcel AS (tracking uuid, weight numeric(6,3), state parcel_state, "to" text);
CREATE TABLE customers (
	id bigint GENERATED ALWAYS AS IDENTITY,
	first_name text NOT NULL,
	dropped_1 integer,
	email text NOT NULL UNIQUE,
	dropped_2 text,
	born date CHECK (born BETWEEN '1950-01-01' AND '2000-12-31'),
	initials text GENERATED ALWAYS AS (upper(left(first_name, 1))) STORED,
	code integer NOT NULL,
	token uuid NOT NULL DEFAULT gen_random_uuid(),
	level smallint DEFAULT 1
);
CREATE SEQUENCE codes START 500;
ALTER TABLE customers ALTER code SET DEFAULT nextval('codes'), DROP dropped_1, DROP dropped_2;

-- The table's own row type; nothing is stored.
SELECT id, first_name, email, born, initials, code FROM synthik_rows(NULL::customers, 3);
SELECT count(*) FROM customers;
SELECT count(*) AS rows, count(DISTINCT email) AS emails, count(DISTINCT token) AS tokens, min(code) AS first_code, max(code) AS last_code,
	bool_and(initials = upper(left(first_name, 1))) AS initials, count(*) FILTER (WHERE born NOT BETWEEN '1950-01-01' AND '2000-12-31') AS violations,
	count(*) FILTER (WHERE born IS NULL) BETWEEN 20 AND 80 AS some_without_birthday
FROM synthik_rows(NULL::customers, 1000);
-- One row, as a whole
SELECT (r).first_name, pg_typeof(r) FROM synthik_rows(NULL::customers, 1) AS r;
-- Without rows, and by the default number
SELECT count(*) FROM synthik_rows(NULL::customers, 0);
SELECT count(*) FROM synthik_rows(NULL::customers);

-- Into a table whose key numbers itself
CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state parcel_state NOT NULL, ordered timestamptz NOT NULL);
INSERT INTO orders OVERRIDING USER VALUE SELECT * FROM synthik_rows(NULL::orders, 100);
INSERT INTO orders (state, ordered) SELECT state, ordered FROM synthik_rows(NULL::orders, 100);
SELECT count(*), count(DISTINCT id) AS ids, count(DISTINCT ordered) > 90 AS times FROM orders;

-- Without evaluating defaults nothing is taken from a sequence.
SELECT last_value AS before FROM codes \gset
SELECT min(id) AS id_from, max(id) AS id_to, min(code) > 0 AS codes, count(DISTINCT token) AS tokens
FROM synthik_rows(NULL::customers, 50, options => '{"defaults": false}');
SELECT last_value = :before AS untouched FROM codes;
SELECT count(*) FROM synthik_rows(NULL::customers, 1, options => '{"default": false}');
SELECT count(*) FROM synthik_rows(NULL::customers, 1, options => '{"defaults": "no"}');
BEGIN READ ONLY;
SELECT count(*) FROM synthik_rows(NULL::customers, 5, options => '{"defaults": false}');
SELECT count(*) FROM synthik_rows(NULL::customers, 5);
ROLLBACK;

-- Composite types, and domains over them
SELECT weight, state, "to" FROM synthik_rows(NULL::parcel, 3);
SELECT count(*), count(DISTINCT tracking), bool_and(weight >= 0) FROM synthik_rows(NULL::parcel, 200);
CREATE DOMAIN heavy AS parcel CHECK ((VALUE).weight > 20 AND (VALUE).weight * 10 % 2 = 0);
SELECT count(*) AS rows, min(weight), max(weight) < 60 AS light_enough, count(*) FILTER (WHERE weight * 10 % 2 <> 0) AS violations
FROM synthik_rows(NULL::heavy, 200);
CREATE DOMAIN impossible AS parcel CHECK (length((VALUE)."to") < 0);
SELECT count(*) FROM synthik_rows(NULL::impossible, 5);
CREATE DOMAIN whole AS parcel CHECK (VALUE IS NOT NULL AND VALUE::text <> '');
SELECT count(*) FROM synthik_rows(NULL::whole, 5);
-- Views and partitions have row types as well.
CREATE VIEW young AS SELECT first_name, born FROM customers WHERE born > '1990-01-01';
SELECT count(first_name), count(born) > 0 AS born FROM synthik_rows(NULL::young, 20);
CREATE TABLE nothing ();
SELECT count(*) FROM synthik_rows(NULL::nothing, 7);

-- A document over the table, a condition, a slice
SELECT DISTINCT level, first_name IN ('Ada', 'Grace') AS chosen
FROM synthik_rows(NULL::customers, 100, schema => '{"fields": [{"name": "first_name", "enum": ["Ada", "Grace"]}]}', condition => '{"level": 7}');
SELECT array_agg(email) = (SELECT array_agg(email) FROM (
		SELECT email FROM synthik_rows(NULL::customers, 4, options => '{"defaults": false}') UNION ALL
		SELECT email FROM synthik_rows(NULL::customers, 6, first_row => 5, options => '{"defaults": false}')) AS halves) AS same
FROM synthik_rows(NULL::customers, 10, options => '{"defaults": false}');
SELECT count(*) FROM synthik_rows(NULL::customers, 1, schema => '{"fields": [{"name": "firstname", "enum": ["Ada"]}]}');
SELECT count(*) FROM synthik_rows(NULL::customers, 1, schema => '{"fields": [{"name": "id", "minimum": 7}]}');
SELECT count(*) FROM synthik_rows(NULL::customers, 1, schema => '{"fields": [{"name": "born", "type": "integer"}]}');
SELECT count(*) FROM synthik_rows(NULL::customers, 1, condition => '{"first_name": null}');
SELECT count(*) FROM synthik_rows(NULL::customers, 1, condition => '{"born": "1949-12-31"}');

-- What has no row type
SELECT * FROM synthik_rows(NULL::integer, 3);
SELECT * FROM synthik_rows(NULL::text[], 3);
SELECT * FROM synthik_rows(NULL::parcel_state, 3);
SELECT * FROM synthik_rows(NULL::record, 3) AS t(a integer);
SELECT * FROM synthik_rows(NULL, 3);
SELECT * FROM synthik_rows(ROW(1, 'a'), 3) AS t(a integer, b text);
SELECT count(*) FROM synthik_rows(NULL::pg_class, 3);
SELECT count(*) FROM synthik_rows(NULL::codes, 3);

-- A table that changes between two calls of a prepared query
PREPARE rows AS SELECT count(*), count(DISTINCT r::text) > 1 AS different FROM synthik_rows(NULL::customers, 20) AS r;
EXECUTE rows;
ALTER TABLE customers ADD phone text, DROP level;
EXECUTE rows;
DEALLOCATE rows;

DROP VIEW young;
DROP TABLE customers, orders, nothing;
DROP SEQUENCE codes;
DROP DOMAIN heavy, impossible, whole;
DROP TYPE parcel, parcel_state;
