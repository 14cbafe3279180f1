--
-- synthik_types: the types that there are
--
SELECT count(*) > 30 AS many, count(*) = count(DISTINCT name) AS named_once,
       bool_and(description <> '' AND "group" <> '' AND type <> '' AND aliases IS NOT NULL) AS complete
FROM synthik_types;
SELECT name, type, description FROM synthik_types WHERE "group" = 'json schema';
SELECT name, "group", type FROM synthik_types
WHERE name IN ('full_name', 'email', 'city', 'latitude', 'uuid') ORDER BY name COLLATE "C";

-- every type is one that PostgreSQL knows, and makes what it accepts
SELECT name, type FROM synthik_types WHERE to_regtype(regexp_replace(type, '\(.*\)', '')) IS NULL;
DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT name, type, example FROM synthik_types WHERE example IS NOT NULL LOOP
        EXECUTE format('SELECT %L::%s', t.example, t.type);
    END LOOP;
END $$;

-- every name and alias means its type in a document
DO $$
DECLARE
    t record;
    fault text;
BEGIN
    FOR t IN SELECT name, unnest(aliases || name) AS word FROM synthik_types LOOP
        SELECT problem INTO fault FROM synthik_validate(
            jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'x', 'type', t.word))));
        IF fault IS NOT NULL THEN
            RAISE NOTICE '%: %', t.word, fault;
        END IF;
    END LOOP;
END $$;

-- examples are of one row, and of the session's locale
SELECT a.example || ' ' || b.example = c.example AS one_person
FROM synthik_types a, synthik_types b, synthik_types c
WHERE a.name = 'given_name' AND b.name = 'family_name' AND c.name = 'full_name';
SELECT bool_and(t.example IS NOT DISTINCT FROM s.example) AS same_again
FROM synthik_types t JOIN synthik_types s USING (name);
SET synthik.locale = 'de_DE';
SELECT example FROM synthik_types WHERE name = 'country';
SET synthik.locale = 'xx_YY';
SELECT count(*) FROM synthik_types;
RESET synthik.locale;
SELECT example FROM synthik_types WHERE name = 'country';

-- everybody may read it
CREATE ROLE regress_synthik_types;
SET ROLE regress_synthik_types;
SELECT count(*) > 30 AS many FROM synthik_types;
RESET ROLE;
DROP ROLE regress_synthik_types;

-- A value of an enum that is not committed yet cannot be used.
CREATE TYPE types_new_value AS ENUM ('b', 'a');
BEGIN;
ALTER TYPE types_new_value ADD VALUE 'c' BEFORE 'a';
SELECT v, count(*) > 0 AS some FROM synthik_generate('{"fields": [{"name": "v", "type": "types_new_value"}]}'::jsonb, 100, seed => 1) AS t(v types_new_value) GROUP BY v ORDER BY v;
ROLLBACK;
DROP TYPE types_new_value;
