--
-- Nobody makes, sees or stores more through synthik than by SQL of his own.
--
SET synthik.seed = 4;
CREATE ROLE regress_synthik_owner;
CREATE ROLE regress_synthik_user;
CREATE SCHEMA theirs AUTHORIZATION regress_synthik_owner;
GRANT USAGE ON SCHEMA theirs TO regress_synthik_user;
SET ROLE regress_synthik_owner;
CREATE TABLE theirs.parents (id integer PRIMARY KEY, secret text);
CREATE TABLE theirs.children (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent integer NOT NULL REFERENCES theirs.parents, note text);
CREATE TABLE theirs.plain (id integer PRIMARY KEY, word text UNIQUE, hidden text);
CREATE SEQUENCE theirs.numbers;
CREATE TABLE theirs.numbered (n integer NOT NULL DEFAULT nextval('theirs.numbers'), word text);
INSERT INTO theirs.parents SELECT i, 'secret ' || i FROM generate_series(1, 20) AS i;
INSERT INTO theirs.plain SELECT i, 'word ' || i, 'hidden' FROM generate_series(1, 20) AS i;
RESET ROLE;

-- Without INSERT; with it on the table, or on some columns
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.plain', 5);
SELECT synthik_augment('theirs.parents'::regclass::oid, 5);
RESET ROLE;
GRANT INSERT ON theirs.plain TO regress_synthik_user;
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.plain', 50), synthik_augment('theirs.plain', 50);
SELECT count(*) FROM theirs.plain;
SELECT synthik_augment('theirs.plain', scale => 2);
RESET ROLE;
SELECT count(*), count(DISTINCT word) AS words FROM theirs.plain;
REVOKE INSERT ON theirs.plain FROM regress_synthik_user;
GRANT INSERT (id, word) ON theirs.plain TO regress_synthik_user;
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.plain', 5);
RESET ROLE;
GRANT INSERT (hidden) ON theirs.plain TO regress_synthik_user;
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.plain', 5, seed => 5);
RESET ROLE;

-- Parents have to be readable: the keys, nothing else.
GRANT INSERT ON theirs.children TO regress_synthik_user;
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.children', 5);
SELECT count(*) FROM synthik_rows(NULL::theirs.children, 5, options => '{"defaults": false}');
RESET ROLE;
GRANT SELECT (id) ON theirs.parents TO regress_synthik_user;
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.children', 5);
RESET ROLE;
-- Sequences of defaults
GRANT INSERT ON theirs.numbered TO regress_synthik_user;
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.numbered', 5);
SELECT count(n) FROM synthik_rows(NULL::theirs.numbered, 5);
SELECT count(n) FROM synthik_rows(NULL::theirs.numbered, 5, options => '{"defaults": false}');
RESET ROLE;
GRANT USAGE ON SEQUENCE theirs.numbers TO regress_synthik_user;
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.numbered', 5);
RESET ROLE;

-- Row security: of the target, and of a parent
ALTER TABLE theirs.plain ENABLE ROW LEVEL SECURITY;
CREATE POLICY short ON theirs.plain FOR INSERT WITH CHECK (id < 100000);
CREATE POLICY never ON theirs.plain FOR SELECT USING (false);
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.plain', 5, seed => 6);
SELECT synthik_augment('theirs.plain', 5, seed => 7, schema => '{"fields": [{"name": "id", "minimum": 200000, "maximum": 300000}]}');
RESET ROLE;
ALTER TABLE theirs.parents ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON theirs.parents FOR SELECT USING (id IN (3, 5));
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.children', 50, seed => 8);
RESET ROLE;
SELECT array_agg(DISTINCT parent ORDER BY parent) FROM theirs.children WHERE id > 5;
ALTER POLICY few ON theirs.parents USING (false);
SET ROLE regress_synthik_user;
SELECT synthik_augment('theirs.children', 5, seed => 9);
RESET ROLE;

-- The catalog tells everybody what a table looks like, so synthik does too:
-- rows of its type need no right to it, and show nothing that it stores.
SET ROLE regress_synthik_user;
SELECT count(*) FROM synthik_rows(NULL::theirs.parents, 5);
SELECT field, type FROM synthik_describe('theirs.plain'::regclass);
RESET ROLE;

-- EXECUTE is asked for, in a scan as in a call.
REVOKE EXECUTE ON FUNCTION synthik_generate_json(jsonb, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) FROM PUBLIC;
SET ROLE regress_synthik_user;
SELECT * FROM synthik_generate_json('{"fields": [{"name": "a", "type": "integer"}]}'::jsonb, 1);
SELECT synthik_generate_json('{"fields": [{"name": "a", "type": "integer"}]}'::jsonb, 1);
EXPLAIN (COSTS OFF) SELECT * FROM synthik_generate_json('{"fields": [{"name": "a", "type": "integer"}]}'::jsonb, 1);
RESET ROLE;
GRANT EXECUTE ON FUNCTION synthik_generate_json(jsonb, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) TO PUBLIC;
-- The private function reads nothing that its caller has not made.
SET ROLE regress_synthik_user;
SELECT * FROM synthik_augment_source(NULL::theirs.parents, 1);
SELECT * FROM synthik_augment_source(NULL::theirs.parents, NULL);
RESET ROLE;

-- Read-only transactions make rows, and store none but in temporary tables.
CREATE TABLE stays (a integer);
CREATE TEMP TABLE goes (a integer);
BEGIN READ ONLY;
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "a", "type": "integer"}]}', 3) AS t(a integer);
SELECT count(*) FROM synthik_rows(NULL::stays, 3);
SELECT synthik_augment('goes', 3);
SELECT synthik_augment('stays', 3);
ROLLBACK;

-- A search_path that leads to somebody's own operators, functions and types
CREATE SCHEMA trap;
CREATE FUNCTION trap.sprung(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap: %', $1; END $$;
CREATE FUNCTION trap.upper(text) RETURNS text LANGUAGE sql AS $$ SELECT trap.sprung('upper') $$;
CREATE FUNCTION trap.length(text) RETURNS integer LANGUAGE sql AS $$ SELECT trap.sprung('length')::integer $$;
CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT trap.sprung('now')::timestamptz $$;
CREATE AGGREGATE trap.count(*) (SFUNC = pg_catalog.int8inc, STYPE = bigint, INITCOND = '1000000');
CREATE FUNCTION trap.max(integer) RETURNS integer LANGUAGE sql AS $$ SELECT trap.sprung('max')::integer $$;
CREATE FUNCTION trap.same(integer, integer) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.sprung('=')::boolean $$;
CREATE OPERATOR trap.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = trap.same);
CREATE OPERATOR trap.> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = trap.same);
CREATE OPERATOR trap.* (LEFTARG = integer, RIGHTARG = integer, FUNCTION = trap.same);
CREATE DOMAIN trap.int4 AS text CHECK (trap.sprung(VALUE) IS NULL);
CREATE DOMAIN trap.text AS integer CHECK (trap.sprung(VALUE::pg_catalog.text) IS NULL);
CREATE TYPE trap.email AS ENUM ('trap');
CREATE TABLE trap.pg_class (relname name);
CREATE TABLE trap.synthik_template (name pg_catalog.text, document jsonb);
CREATE FUNCTION trap.synthik_augment_source(anyelement, bigint) RETURNS SETOF anyelement LANGUAGE sql AS $$ SELECT $1 $$;
CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE watched (id integer PRIMARY KEY, parent integer REFERENCES parents, word pg_catalog.text CHECK (pg_catalog.length(word) > 3), twice integer GENERATED ALWAYS AS (id OPERATOR(pg_catalog.*) 2) STORED);
CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER pass BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION pass();
SET search_path = trap, public, pg_catalog;
SELECT synthik_augment('public.parents', 20), synthik_augment('public.watched', 20);
SELECT synthik_augment('public.watched', scale => 2);
SELECT pg_catalog.count(*) FROM synthik_rows(NULL::public.watched, 5);
SELECT r OPERATOR(pg_catalog.->>) 'b' AS b, r OPERATOR(pg_catalog.->>) 'c' AS c, pg_catalog.jsonb_typeof(r OPERATOR(pg_catalog.->) 'd') AS d FROM synthik_generate_json('{"fields": [{"name": "a", "type": "integer", "minimum": 3, "maximum": 3}, {"name": "b", "type": "integer", "expression": "a * 2"}, {"name": "c", "type": "text", "expression": "upper(''x'')"}, {"name": "d", "type": "email"}], "checks": ["a > 2", "length(c) = 1"]}'::jsonb, 1) AS r;
SELECT field, type FROM synthik_describe('public.watched'::regclass);
SELECT pg_catalog.count(*) FROM synthik_validate('{"fields": [{"name": "a", "type": "integer", "expression": "trap.sprung(''x'')::pg_catalog.int4"}]}'::jsonb);
RESET search_path;
SELECT (SELECT count(*) FROM watched) AS watched, (SELECT count(*) FROM watched WHERE twice = id * 2) AS twice;

DROP TABLE watched, parents, stays;
DROP FUNCTION pass;
SET client_min_messages = warning;
DROP SCHEMA trap CASCADE;
DROP SCHEMA theirs CASCADE;
DROP ROLE regress_synthik_owner, regress_synthik_user;
