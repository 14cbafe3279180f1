--
-- synthik_value: one value of a type
--
CREATE SCHEMA value_test;
SET search_path = value_test, public;

-- with a key always the same, and values of one key belong together
SELECT bool_and(synthik_value('email', k) = synthik_value('email', k)) AS same,
       count(DISTINCT synthik_value('uuid', k)) AS uuids,
       bool_and(synthik_value('full_name', k) = synthik_value('first_name', k) || ' ' || synthik_value('last_name', k)) AS one_person,
       bool_and(synthik_value('email', k) LIKE '%' || lower(synthik_value('first_name', k)) || '%') AS own_email
FROM (SELECT i::text AS k FROM generate_series(1, 500) AS i) AS s;

-- an alias means the same values
SELECT bool_and(synthik_value('given_name', i::text) = synthik_value('person.firstName', i::text)) AS same
FROM generate_series(1, 100) AS i;

-- the seed and the locale make others of them
SELECT count(*) FROM generate_series(1, 100) AS i
WHERE synthik_value('uuid', i::text, seed => 1) = synthik_value('uuid', i::text, seed => 2);
SELECT synthik_value('country', 'k', 'de_DE') AS de, synthik_value('country', 'k', 'en_US') AS us;
SELECT synthik_value(type => 'country', key => 'k', locale => 'de_DE', seed => 3) AS by_name;
SELECT synthik_value('uuid', 'k') = synthik_value('uuid', 'k', seed => 0) AS seed_0_is_the_default;
SET synthik.seed = 5;
SET synthik.locale = 'de_DE';
SELECT synthik_value('uuid', 'k') = synthik_value('uuid', 'k', seed => 5) AS seed_of_session,
       synthik_value('country', 'k') AS locale_of_session;

-- without a key the calls of a seed are its rows
SELECT array_agg(synthik_value('full_name')) =
       (SELECT array_agg(n) FROM synthik_generate('{"fields": [{"name": "n", "type": "full_name"}]}', 20) AS t(n text)) AS rows_of_the_seed
FROM generate_series(1, 20);
RESET synthik.seed;
RESET synthik.locale;

-- and without a seed all different
SELECT count(DISTINCT synthik_value('uuid')) FROM generate_series(1, 1000);
SELECT synthik_value('uuid') = synthik_value('uuid') AS same;

-- in UPDATE
CREATE TABLE people AS SELECT i AS id, ''::text AS name, ''::text AS email FROM generate_series(1, 100) AS i;
UPDATE people SET name = synthik_value('full_name', id::text), email = synthik_value('email', id::text);
SELECT count(*) FROM people
WHERE name = synthik_value('full_name', id::text) AND email = synthik_value('email', id::text) AND email LIKE '%@%';

-- a type for each row, more than a call site keeps
SELECT bool_and(synthik_value(t, i::text) = synthik_value(t, i::text)) AS same, count(DISTINCT t) AS types
FROM generate_series(1, 200) AS i, LATERAL (SELECT (ARRAY['email', 'city', 'age', 'integer', 'date', 'varchar(3)', 'uuid',
     'numeric(6,1)', 'ipv4', 'boolean', 'time', 'inet'])[i % 12 + 1] AS t) AS s;

-- any type that a document can name
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN short AS text CHECK (length(VALUE) BETWEEN 2 AND 6);
CREATE DOMAIN "od'd ""one" AS integer CHECK (VALUE % 2 = 1);
CREATE TYPE spot AS (street text, zip varchar(5));
SELECT count(synthik_value('mood', i::text)::mood) AS moods,
       count(synthik_value('short', i::text)::short) AS shorts,
       count(synthik_value('"od''d ""one"', i::text)::"od'd ""one") AS odd,
       count(synthik_value('spot', i::text)::spot) AS spots,
       count(synthik_value('mood[]', i::text)::mood[]) AS lists,
       count(synthik_value('numeric(4,1)', i::text)::numeric(4,1)) AS numbers,
       count(synthik_value('tstzrange', i::text)::tstzrange) AS ranges,
       count(synthik_value('object', i::text)::jsonb) AS objects,
       max(length(synthik_value('varchar(4)', i::text))) AS longest
FROM generate_series(1, 300) AS i;

-- keys of all kinds
SELECT synthik_value('uuid', '') <> synthik_value('uuid', ' ') AS blanks_count,
       synthik_value('uuid', 'ä') <> synthik_value('uuid', 'a') AS letters_count,
       synthik_value('uuid', repeat('x', 100000)) <> synthik_value('uuid', repeat('x', 100001)) AS long_ones;

-- in PL/pgSQL, with an error between
DO $$
DECLARE
    a text;
    b text;
BEGIN
    FOR i IN 1 .. 3 LOOP
        a := synthik_value('full_name', 'k');
        BEGIN
            PERFORM synthik_value('nope' || i);
        EXCEPTION WHEN OTHERS THEN
            RAISE NOTICE '%', sqlerrm;
        END;
        b := synthik_value('full_name', 'k');
        IF a IS DISTINCT FROM b THEN
            RAISE EXCEPTION '% is not %', a, b;
        END IF;
    END LOOP;
END $$;

-- what is wrong
SELECT synthik_value('emial');
SELECT synthik_value('');
SELECT synthik_value(NULL);
SELECT synthik_value('record');
SELECT synthik_value('int; drop table people');
SELECT synthik_value('email', locale => 'xx_YY');
CREATE DOMAIN never AS integer CHECK (VALUE <> VALUE) NOT NULL;
SELECT synthik_value('never', 'k');

DROP SCHEMA value_test CASCADE;
