--
-- synthik_augment: the call, what it returns and says, and tables of all kinds.
--
CREATE TABLE people (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, first_name text NOT NULL, email text UNIQUE, born date, is_synthetic boolean);

-- How many rows
SELECT synthik_augment('people', seed => 1);
SELECT count(*) FROM people;
SELECT synthik_augment('people', 0, seed => 1);
SELECT synthik_augment('people', scale => 1.5, seed => 2);
SELECT synthik_augment('people', scale => 1, seed => 2);
SELECT synthik_augment('people', scale => 1.0001, seed => 3);
SELECT count(*), count(email), count(DISTINCT email) FROM people;
SELECT synthik_augment('people', scale => 0.5);
SELECT synthik_augment('people', scale => 'NaN');
SELECT synthik_augment('people', scale => 'infinity');
SELECT synthik_augment('people', 10, scale => 2);
SELECT synthik_augment('people', -1);
TRUNCATE people;
SELECT synthik_augment('people', scale => 10, seed => 1);

-- Without a seed a notice names the one that was taken; it makes the rows again.
SET synthik.seed = 42;
SELECT synthik_augment('people', 20);
SELECT md5(string_agg(first_name || email, '' ORDER BY id)) AS first_time FROM people \gset
TRUNCATE people;
SELECT synthik_augment('people', 20, seed => 42);
SELECT md5(string_agg(first_name || email, '' ORDER BY id)) = :'first_time' AS same FROM people;
RESET synthik.seed;
TRUNCATE people;
SET client_min_messages = warning;		-- the number differs each time
SELECT synthik_augment('people', 5), synthik_augment('people', 5);
RESET client_min_messages;
SELECT count(*), count(DISTINCT email) FROM people;

-- The mark is true in all new rows, and only there.
INSERT INTO people (first_name, is_synthetic) VALUES ('Ada', false);
SELECT synthik_augment('people', 50, mark => 'is_synthetic', seed => 5);
SELECT is_synthetic, count(*) FROM people WHERE id > (SELECT max(id) - 51 FROM people) GROUP BY 1 ORDER BY 1;
SELECT synthik_augment('people', 5, mark => 'is_sythetic');
SELECT synthik_augment('people', 5, mark => 'born');
SELECT synthik_augment('people', 5, mark => 'first_name');

-- A condition fixes and narrows; a document says more than the table does.
TRUNCATE people;
SELECT synthik_augment('people', 100, seed => 6, condition => '{"first_name": "Grace", "born": {"minimum": "1990-01-01", "maximum": "1990-12-31", "null_fraction": 0}}');
SELECT count(*), count(DISTINCT first_name) AS names, min(born) >= '1990-01-01' AND max(born) <= '1990-12-31' AS born, count(born) FROM people;
SELECT synthik_augment('people', 100, seed => 7, schema => '{"locale": "de_DE", "fields": [{"name": "born", "null_fraction": 0.5}]}');
SELECT count(*) FILTER (WHERE born IS NULL) BETWEEN 30 AND 70 AS half FROM people WHERE id > (SELECT max(id) - 100 FROM people);
SELECT synthik_augment('people', 1, condition => '{"nobody": 1}');
SELECT synthik_augment('people', 1, condition => '{"id": 1}');
SELECT synthik_augment('people', 1, schema => '{"fields": [{"name": "born", "minimun": "2020-01-01"}]}');

-- Other arguments
SELECT synthik_augment('people', 1, model => 'gpt-7');
SELECT synthik_augment('people', 1, source => 0);
SELECT synthik_augment('people', 1, sample => -1);
SELECT synthik_augment('people', 1, privacy => 'strickt');
SELECT synthik_augment('people', 1, dates => 'later');
SELECT synthik_augment('people', 1, source => 'people', seed => 9);
SELECT synthik_augment('people', 1, locale => 'tlh');
SELECT synthik_augment('people', 1, workers => -1);
SELECT synthik_augment(NULL, 1);
SELECT synthik_augment('no_such_table', 1);
SELECT synthik_augment(0, 1);
SELECT synthik_augment('people', 1, options => '{"defaultz": true}');
SELECT synthik_augment('people', 10, seed => 12, first_row => 1001, budget => 0, send => 'names', options => '{"defaults": true}', workers => 0);
-- Rows that a slice holds do not depend on what is stored.
CREATE TABLE sliced (k integer PRIMARY KEY, word text);
SELECT synthik_augment('sliced', 10, seed => 1);
CREATE TABLE slices (LIKE sliced INCLUDING ALL);
SELECT synthik_augment('slices', 4, seed => 1, first_row => 1), synthik_augment('slices', 6, seed => 1, first_row => 5);
SELECT count(*) AS differ FROM (TABLE sliced EXCEPT TABLE slices) AS d;

-- Atomic: a failed call leaves nothing, and the transaction around goes on
-- from its savepoint.
CREATE TABLE letters (letter "char" PRIMARY KEY, code char(1) UNIQUE CHECK (code ~ '[A-C]'));
SELECT synthik_augment('letters', 4, seed => 1);
SELECT count(*) FROM letters;
BEGIN;
SELECT synthik_augment('letters', 2, seed => 1);
SAVEPOINT before;
SELECT synthik_augment('letters', 2, seed => 1);
ROLLBACK TO before;
SELECT synthik_augment('letters', 1, seed => 1);
COMMIT;
SELECT count(*), count(DISTINCT code) FROM letters;
SELECT synthik_augment('letters', 1, seed => 1);

-- In a function, several in a statement, in a query over tables
CREATE TABLE one (a integer UNIQUE);
CREATE TABLE two (a integer REFERENCES one (a));
SELECT synthik_augment('one', 20, seed => 1), synthik_augment('two', 30, seed => 1);
SELECT count(*) FROM two JOIN one USING (a);
SELECT relname, synthik_augment(oid, 5, seed => 77) FROM pg_class WHERE relname IN ('one', 'two') AND relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT (SELECT count(*) FROM one) AS one, (SELECT count(*) FROM two) AS two;

-- Kinds of tables
CREATE TEMP TABLE passing (id serial PRIMARY KEY, city text);
CREATE UNLOGGED TABLE light (id integer PRIMARY KEY, city text) WITH (fillfactor = 50);
CREATE TABLE parent_of (id integer PRIMARY KEY, city text NOT NULL);
CREATE TABLE child_of (extra numeric(4,1) CHECK (extra > 1)) INHERITS (parent_of);
CREATE TABLE no_columns ();
CREATE TABLE all_generated (id integer GENERATED ALWAYS AS IDENTITY, twice integer GENERATED ALWAYS AS (2) STORED);
SELECT synthik_augment('passing', 100, seed => 1), synthik_augment('light', 100, seed => 1), synthik_augment('parent_of', 10, seed => 1),
	synthik_augment('child_of', 100, seed => 1), synthik_augment('no_columns', 10, seed => 1), synthik_augment('all_generated', 10, seed => 1);
SELECT (SELECT count(DISTINCT id) FROM passing) AS passing, (SELECT count(DISTINCT id) FROM light) AS light, (SELECT count(*) FROM ONLY parent_of) AS parent,
	(SELECT count(*) FROM child_of WHERE city IS NOT NULL) AS child, (SELECT count(*) FROM no_columns) AS no_columns, (SELECT max(id) || ' ' || min(twice) FROM all_generated) AS generated;

-- Views: those that take rows
CREATE VIEW adults AS SELECT id, first_name, born FROM people WHERE born < '1980-01-01' WITH CHECK OPTION;
CREATE VIEW light_towns AS SELECT id, upper(city) AS town, city FROM light;
CREATE VIEW counted AS SELECT count(*) FROM people;
CREATE VIEW greetings AS SELECT 'hello'::text AS greeting, 1 AS times;
CREATE TABLE greeted (greeting text, times integer);
CREATE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO greeted VALUES (NEW.greeting, NEW.times);
	RETURN NEW;
END $$;
CREATE TRIGGER greet INSTEAD OF INSERT ON greetings FOR EACH ROW EXECUTE FUNCTION greet();
SELECT field, type, generator, why FROM synthik_describe('adults'::regclass);
SELECT count(*) AS people, count(email) AS emails FROM people \gset
SELECT synthik_augment('adults', 20, seed => 1);
SELECT count(*) - :people AS more, count(email) - :emails AS emails, max(born) FILTER (WHERE id > (SELECT max(id) - 20 FROM people)) < '1980-01-01' AS in_view FROM people;
-- One over another, with renamed columns, a foreign key and a check
CREATE TABLE visits (id integer PRIMARY KEY, person integer NOT NULL REFERENCES people, stars integer CHECK (stars BETWEEN 1 AND 3), twice integer GENERATED ALWAYS AS (stars * 2) STORED);
CREATE VIEW inner_view AS SELECT twice AS double, stars AS level, person AS who, id AS key FROM visits WHERE stars <> 2;
CREATE VIEW outer_view AS SELECT key, who, level, level + 1 AS more, double FROM inner_view;
SELECT field, type, generator, why FROM synthik_describe('outer_view'::regclass);
SELECT synthik_augment('outer_view', 100, seed => 1), synthik_augment('outer_view', 100, seed => 1);
SELECT count(*), count(DISTINCT person) > 20 AS people, array_agg(DISTINCT stars ORDER BY stars) AS stars, count(twice) = count(stars) AS twice FROM visits;
SELECT synthik_augment('light_towns', 5, seed => 1, schema => '{"fields": [{"name": "id", "minimum": 5000, "maximum": 9000000}]}');
SELECT count(*) FROM light WHERE id >= 5000;
SELECT synthik_augment('counted', 5);
SELECT synthik_augment('greetings', 7, seed => 1);
SELECT count(*), count(DISTINCT greeting) > 3 AS different FROM greeted;

-- What takes no rows
CREATE MATERIALIZED VIEW frozen AS SELECT * FROM people;
CREATE SEQUENCE counter;
CREATE INDEX people_born ON people (born);
CREATE TYPE row_of AS (a integer);
SELECT synthik_augment('frozen', 1);
SELECT synthik_augment('counter', 1);
SELECT synthik_augment('people_born', 1);
SELECT synthik_augment('row_of', 1);
SELECT synthik_augment('pg_class', 1);
SELECT synthik_augment('pg_catalog.pg_stat_activity', 1);
SELECT synthik_augment('information_schema.tables', 1);

-- Triggers see the rows as INSERT shows them.
CREATE TABLE watched (id integer PRIMARY KEY, note text, stamp text);
CREATE TABLE seen (at text, rows bigint);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_LEVEL = 'ROW' AND TG_WHEN = 'BEFORE' THEN
		NEW.stamp := 'row ' || NEW.id;
		RETURN NEW;
	ELSIF TG_LEVEL = 'ROW' THEN
		INSERT INTO seen VALUES ('after row', 1);
	ELSIF TG_WHEN = 'AFTER' THEN
		INSERT INTO seen SELECT 'after statement', count(*) FROM fresh;
	ELSE
		INSERT INTO seen VALUES ('before statement', 0);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER a BEFORE INSERT ON watched FOR EACH STATEMENT EXECUTE FUNCTION watch();
CREATE TRIGGER b BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER c AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER d AFTER INSERT ON watched REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION watch();
SELECT synthik_augment('watched', 50, seed => 1), synthik_augment('watched', 50, seed => 1);
SELECT at, count(*), sum(rows) AS rows FROM seen GROUP BY at ORDER BY at COLLATE "C" DESC;
SELECT count(*), count(*) FILTER (WHERE stamp <> 'row ' || id) AS wrong FROM watched;
-- A trigger that drops rows would make it fewer than were asked for.
CREATE FUNCTION drop_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id % 3 = 0 THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER e BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION drop_some();
SELECT synthik_augment('watched', 30, seed => 1);
SELECT count(*) FROM watched;
-- A trigger that fills another table the same way
CREATE TABLE outer_table (a integer);
CREATE TABLE inner_table (b text);
CREATE FUNCTION fill_inner() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM synthik_augment('inner_table', 2, seed => NEW.a); RETURN NEW; END $$;
CREATE TRIGGER f BEFORE INSERT ON outer_table FOR EACH ROW EXECUTE FUNCTION fill_inner();
SELECT synthik_augment('outer_table', 10, seed => 1, schema => '{"fields": [{"name": "a", "null_fraction": 0}]}');
SELECT (SELECT count(*) FROM outer_table) AS outer_rows, (SELECT count(*) FROM inner_table) AS inner_rows;

-- Rules: also one that copies, one that moves the rows elsewhere
CREATE TABLE ruled (id integer PRIMARY KEY, word text);
CREATE TABLE copied (id integer, word text);
CREATE RULE copy AS ON INSERT TO ruled DO ALSO INSERT INTO copied VALUES (NEW.id, NEW.word);
SELECT synthik_augment('ruled', 25, seed => 1);
SELECT count(*), count(*) FILTER (WHERE r IS NULL OR c.word IS DISTINCT FROM r.word) AS wrong FROM copied AS c FULL JOIN ruled AS r USING (id);
CREATE RULE move AS ON INSERT TO inner_table DO INSTEAD INSERT INTO copied (word) VALUES (NEW.b);
SELECT synthik_augment('inner_table', 5, seed => 1);
SELECT count(*) FROM copied;
CREATE RULE nothing AS ON INSERT TO one DO INSTEAD NOTHING;
SELECT synthik_augment('one', 5, seed => 3);

DROP VIEW adults, light_towns, counted, greetings, outer_view, inner_view;
DROP MATERIALIZED VIEW frozen;
DROP TABLE visits, people, sliced, slices, letters, two, one, passing, light, child_of, parent_of, no_columns, all_generated, greeted, watched, seen, outer_table, inner_table, ruled, copied;
DROP SEQUENCE counter;
DROP TYPE row_of;
DROP FUNCTION greet, watch, drop_some, fill_inner;
