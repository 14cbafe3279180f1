-- What a careless or hostile caller gives synthik_populate.
SET synthik.locale = 'en_US';
CREATE SCHEMA "a""b; drop";
SET search_path = "a""b; drop", public;

-- names
CREATE TABLE "T'""; --" ("i""d; $1" int GENERATED ALWAYS AS IDENTITY, "pa$$rt" text, PRIMARY KEY ("i""d; $1"), CONSTRAINT "c""'$$; x" CHECK (length("pa$$rt") < 9));
CREATE TABLE "select" ("from" int REFERENCES "T'""; --", "$,$f" int REFERENCES "select"("%s%n"), "%s%n" int PRIMARY KEY);
CREATE TABLE "$c" ("$k" int PRIMARY KEY, "$,$e" int NOT NULL);
CREATE TABLE "p%" ("$k" int PRIMARY KEY, "$" int NOT NULL REFERENCES "$c");
ALTER TABLE "$c" ADD FOREIGN KEY ("$,$e") REFERENCES "p%";
CREATE TABLE "own $1" ("$" int PRIMARY KEY, "$k" int NOT NULL UNIQUE REFERENCES "own $1");
SELECT relation, rows, how FROM synthik_populate('{"T''\"; --": 5, "select": 6, "$c": 5, "p%": 6, "own $1": 4}', schema_name => 'a"b; drop', seed => 1);
SELECT relation, rows, how FROM synthik_populate('{"\"a\"\"b; drop\".\"select\"": {"per": "T''\"; --", "between": [1, 2]}, "own $1": 3}', seed => 1);
SELECT count(*), count("from"), count("$,$f") > 5 FROM "select";

-- columns of every kind: identity, domains, generated, exclusion
CREATE DOMAIN pos AS int CHECK (VALUE > 0);
CREATE DOMAIN code AS text NOT NULL CHECK (VALUE ~ '^[A-Z]{3}$');
CREATE UNLOGGED TABLE res (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room pos NOT NULL, c code, during int4range NOT NULL, twice int GENERATED ALWAYS AS (room * 2) STORED, EXCLUDE USING gist (during WITH &&));
CREATE TEMP TABLE tt (id int PRIMARY KEY, up int REFERENCES tt);
CREATE TEMP TABLE t2 (id int PRIMARY KEY, p int NOT NULL REFERENCES tt);
CREATE TABLE late (id int PRIMARY KEY, p int NOT NULL REFERENCES late DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE nothing ();
CREATE TABLE gone (a int, b int, c int);
ALTER TABLE gone DROP COLUMN a, DROP COLUMN b, DROP COLUMN c;
SELECT relation, rows FROM synthik_populate('{"res": 30, "tt": 5, "t2": 10, "late": 20, "nothing": 3, "gone": 3}', seed => 1) ORDER BY 1;
SELECT count(*), bool_and(twice = room * 2) FROM res;
SELECT (SELECT count(*) FROM nothing), (SELECT count(*) FROM gone);

-- keys: of partitioned tables, MATCH FULL, shared columns, other types
CREATE TABLE par (id int, k int, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE par1 PARTITION OF par FOR VALUES IN (1, 2);
CREATE TABLE par2 PARTITION OF par FOR VALUES IN (3);
CREATE TABLE ch (id int PRIMARY KEY, pid int NOT NULL, pk int NOT NULL, FOREIGN KEY (pid, pk) REFERENCES par);
CREATE TABLE ch2 (pid int, pk int, z int, FOREIGN KEY (pid, pk) REFERENCES par MATCH FULL);
CREATE TABLE ch3 (pid int NOT NULL, pk int, z int, FOREIGN KEY (pid, pk) REFERENCES par MATCH FULL);
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE TABLE members (t int REFERENCES tenants, u int, PRIMARY KEY (t, u));
CREATE TABLE docs (t int, d int, o int NOT NULL, e int, PRIMARY KEY (t, d), FOREIGN KEY (t, o) REFERENCES members, FOREIGN KEY (t, e) REFERENCES members, FOREIGN KEY (t) REFERENCES tenants);
CREATE TABLE readers (t int, d int, u int, PRIMARY KEY (t, d, u), FOREIGN KEY (t, d) REFERENCES docs, FOREIGN KEY (t, u) REFERENCES members);
SELECT relation, rows FROM synthik_populate('{"par": 50, "ch": 60, "ch2": 70, "ch3": 50, "tenants": 3, "members": 30, "docs": 50, "readers": 100}', seed => 1) ORDER BY 1;
SELECT relation, rows FROM synthik_populate('{"members": 30, "docs": 50, "readers": 100}', seed => 2) ORDER BY 1;
SELECT count(*) FROM synthik_rows(NULL::readers, 20, seed => 1);
SELECT count(*) FROM synthik_rows(NULL::readers, 500, seed => 1);
CREATE TABLE wide_number (id numeric PRIMARY KEY);
CREATE TABLE wide_time (id timestamptz PRIMARY KEY);
CREATE TABLE wide_float (id float8 PRIMARY KEY);
CREATE TABLE narrow (n int NOT NULL REFERENCES wide_number, s smallint NOT NULL REFERENCES wide_number, d date NOT NULL REFERENCES wide_time, r real NOT NULL REFERENCES wide_float, b bigint NOT NULL REFERENCES wide_float);
INSERT INTO wide_number VALUES (5), (6.5), ('NaN'), (1e30), (40000), (-7);
INSERT INTO wide_time VALUES ('2020-01-01'), ('2020-01-01 10:00');
INSERT INTO wide_float VALUES (1), (1.1), (1e19), (1e300);
SELECT relation, rows FROM synthik_populate('{"narrow": 50}', seed => 1);
SELECT array_agg(DISTINCT n), array_agg(DISTINCT s), array_agg(DISTINCT d), array_agg(DISTINCT r), array_agg(DISTINCT b) FROM narrow;

DELETE FROM narrow;
DELETE FROM wide_number WHERE id <> 40000;
SELECT synthik_populate('{"narrow": 1}', seed => 1);

-- two keys of one column, which have nothing in common
CREATE TABLE left_ones (id int PRIMARY KEY);
CREATE TABLE right_ones (id int PRIMARY KEY);
INSERT INTO left_ones SELECT generate_series(1, 10);
INSERT INTO right_ones SELECT generate_series(8, 20);
CREATE TABLE both_sides (a int NOT NULL REFERENCES left_ones REFERENCES right_ones);
CREATE TABLE no_side (a int REFERENCES left_ones REFERENCES right_ones);
SELECT relation, rows FROM synthik_populate('{"both_sides": 9}', seed => 1);
SELECT array_agg(DISTINCT a ORDER BY a) FROM both_sides;
DELETE FROM both_sides;
DELETE FROM right_ones WHERE id <= 10;
SELECT relation, rows FROM synthik_populate('{"no_side": 9}', seed => 1);
SELECT count(*), count(a) FROM no_side;
SELECT synthik_populate('{"both_sides": 9}', seed => 1);

-- fewer parents than rows
CREATE TABLE pa (id int PRIMARY KEY);
CREATE TABLE one (id int PRIMARY KEY, p int NOT NULL UNIQUE REFERENCES pa);
CREATE TABLE one_lines (id int PRIMARY KEY, o int NOT NULL REFERENCES one);
CREATE TABLE pairs (a int REFERENCES pa, b int REFERENCES pa, PRIMARY KEY (a, b));
SELECT synthik_populate('{"pa": 5, "one": 6}', seed => 1);
SELECT relation, rows, how FROM synthik_populate('{"pa": 3, "one": {"up_to": 9}, "one_lines": {"per": "one", "between": [2, 2]}, "pairs": {"up_to": 10}}', seed => 1);
SELECT relation, rows, how FROM synthik_populate('{"one": {"up_to": 9}, "pairs": {"up_to": 10}}', seed => 1);
SELECT relation, rows FROM synthik_populate('{"pa": 1, "one": {"up_to": 9}, "pairs": {"up_to": 10}}', seed => 2);
CREATE TABLE judged (id int PRIMARY KEY, p int NOT NULL REFERENCES pa, CHECK (id % 7 = 9));
CREATE TABLE judged_lines (id int PRIMARY KEY, j int NOT NULL REFERENCES judged);
SELECT relation, rows, how FROM synthik_populate('{"judged": {"up_to": 9}, "judged_lines": {"up_to": 3}}', seed => 1);
SELECT synthik_populate('{"judged": 1}', seed => 1);
CREATE TABLE picky (p int PRIMARY KEY REFERENCES pa, CHECK (p % 2 = 0));
SELECT relation, rows <= 2 AS few FROM synthik_populate('{"picky": {"up_to": 3}}', seed => 1);
SELECT count(*) <= 2 AS few FROM picky;
SELECT synthik_populate('{"pa": {"up_to": 1, "rows": 1}}');
SELECT synthik_populate('{"pa": {"up_to": 1, "total": 1}}');
SELECT synthik_populate('{"one": {"up_to": 1, "per": "pa"}}');
SELECT synthik_populate('{"pa": {"up_to": -1}}');

-- circles of keys that cannot be NULL and are not deferrable
CREATE TABLE c1 (id int PRIMARY KEY, n int NOT NULL);
CREATE TABLE c2 (id int PRIMARY KEY, n int NOT NULL UNIQUE REFERENCES c1);
ALTER TABLE c1 ADD FOREIGN KEY (n) REFERENCES c2;
CREATE TABLE f1 (id uuid PRIMARY KEY, n text NOT NULL);
CREATE TABLE f2 (id text PRIMARY KEY, n varchar(30) NOT NULL);
CREATE TABLE f3 (id varchar(30) PRIMARY KEY, n uuid NOT NULL REFERENCES f1);
ALTER TABLE f1 ADD FOREIGN KEY (n) REFERENCES f2;
ALTER TABLE f2 ADD FOREIGN KEY (n) REFERENCES f3;
SELECT relation, rows FROM synthik_populate('{"c1": 20, "c2": 10, "f1": 9, "f2": 8, "f3": 7}', seed => 1) ORDER BY 1;
SELECT relation, rows FROM synthik_populate('{"c1": 20, "c2": 10, "f1": 9, "f2": 8, "f3": 7}', seed => 2) ORDER BY 1;
CREATE TABLE d1 (id int PRIMARY KEY);
CREATE TABLE d2 (id int PRIMARY KEY REFERENCES d1);
ALTER TABLE d1 ADD FOREIGN KEY (id) REFERENCES d2;
SELECT synthik_populate('{"d1": 3, "d2": 2}', seed => 1);

-- triggers and rules that interfere: all or nothing
CREATE TABLE fired (id int PRIMARY KEY, n int);
CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.id = 7 THEN RAISE EXCEPTION 'not %', NEW.id; END IF; RETURN CASE WHEN NEW.id < 9 THEN NEW END; END$$;
CREATE TRIGGER fired BEFORE INSERT ON fired FOR EACH ROW EXECUTE FUNCTION fired();
CREATE TABLE ruled (a int);
CREATE RULE r AS ON INSERT TO ruled DO INSTEAD NOTHING;
\set SHOW_CONTEXT never
SELECT synthik_populate('{"pa": 2, "fired": {"rows": 2, "schema": {"fields": [{"name": "id", "enum": [6, 7]}]}}}', seed => 1);
SELECT synthik_populate('{"pa": 2, "fired": {"rows": 2, "schema": {"fields": [{"name": "id", "enum": [6, 9]}]}}}', seed => 1);
SELECT synthik_populate('{"ruled": 2}', seed => 1);
\set SHOW_CONTEXT errors
SELECT (SELECT count(*) FROM pa) AS pa, (SELECT count(*) FROM fired) AS fired;

-- what is no table, or nobody's to fill
CREATE VIEW v AS SELECT 1 AS a;
CREATE SEQUENCE s;
SELECT synthik_populate('{"v": 5}');
SELECT synthik_populate('{"s": 5}');
SELECT synthik_populate('{"pg_class": 1}');
SELECT synthik_populate('{"": 1}');
SELECT synthik_populate('{"pa": 1, "PA": 1}');

-- a table that may not be read, one that may not be filled, rows that are hidden
CREATE ROLE populate_low;
GRANT USAGE ON SCHEMA "a""b; drop" TO populate_low;
CREATE TABLE o1 (id int PRIMARY KEY);
CREATE TABLE o2 (id int PRIMARY KEY, p int NOT NULL REFERENCES o1);
CREATE TABLE r1 (id int PRIMARY KEY, owner name NOT NULL DEFAULT current_user);
CREATE TABLE r2 (id int PRIMARY KEY, p int NOT NULL REFERENCES r1);
INSERT INTO r1 VALUES (1000, 'postgres');
ALTER TABLE r1 ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON r1 USING (owner = current_user);
GRANT INSERT ON o1, o2 TO populate_low;
GRANT SELECT, INSERT ON r1, r2 TO populate_low;
SET ROLE populate_low;
\set SHOW_CONTEXT never
SELECT relation, rows FROM synthik_populate('{"o1": 5}', seed => 1);
SELECT synthik_populate('{"o2": 5}', seed => 1);
SELECT synthik_populate('{"o1": 5, "pa": 1}', seed => 1);
SELECT synthik_populate('{"r2": 5}', seed => 1);
SELECT synthik_populate('{"r2": 5, "r1": {"rows": 5, "condition": {"owner": "bob"}}}', seed => 1);
SELECT relation, rows FROM synthik_populate('{"r2": 5, "r1": {"total": 5}}', seed => 1);
\set SHOW_CONTEXT errors
SELECT count(*), bool_and(p < 1000) FROM r2;
RESET ROLE;

-- numbers
SELECT relation, rows FROM synthik_populate('{"pa": 1e18}', dry_run => true);
SELECT synthik_populate('{"pa": 1e400}');
SELECT synthik_populate('{"pa": {"total": 1e19}}');
SELECT synthik_populate('{"pa": 0.5}');
SELECT synthik_populate('{"pa": -0.5}');
SELECT synthik_populate('{"pa": true}');
SELECT relation, rows, how FROM synthik_populate('{"pa": {"total": 0}}', seed => 1);
SELECT synthik_populate('{"one": {"per": "pa", "between": [0, 9223372036854775806]}}');
SELECT synthik_populate('{"one_lines": {"per": "one", "between": [0, 9223372036854775806]}}');
SELECT relation, rows FROM synthik_populate('{"one_lines": {"per": "one", "mean": 1e9}}', dry_run => true);
SELECT synthik_populate('{"one_lines": {"per": "one", "mean": 1e10}}', dry_run => true);
SELECT synthik_populate(schema_name => 'a"b; drop', scale => 1e300, dry_run => true);
SELECT synthik_populate(schema_name => 'a"b; drop', scale => 'NaN', dry_run => true);
BEGIN READ ONLY;
SELECT relation, rows FROM synthik_populate('{"pa": 3}', dry_run => true);
SELECT synthik_populate('{"pa": 3}', seed => 1);
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA "a""b; drop" CASCADE;
DROP TABLE t2, tt;
DROP ROLE populate_low;
