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

-- check digits, by the words of the standards
CREATE SCHEMA types_check;
CREATE FUNCTION types_check.luhn(number text) RETURNS boolean LANGUAGE sql AS $$
    SELECT sum(CASE WHEN i % 2 = 1 THEN d WHEN d > 4 THEN d * 2 - 9 ELSE d * 2 END) % 10 = 0
    FROM unnest(string_to_array(reverse(number), NULL)::int[]) WITH ORDINALITY AS t(d, i)
$$;
CREATE FUNCTION types_check.ean(number text) RETURNS boolean LANGUAGE sql AS $$
    SELECT sum(CASE WHEN i % 2 = 1 THEN d ELSE d * 3 END) % 10 = 0
    FROM unnest(string_to_array(reverse(number), NULL)::int[]) WITH ORDINALITY AS t(d, i)
$$;
CREATE FUNCTION types_check.iban(number text) RETURNS boolean LANGUAGE sql AS $$
    SELECT string_agg(CASE WHEN c ~ '[A-Z]' THEN (ascii(c) - 55)::text ELSE c END, '' ORDER BY i)::numeric % 97 = 1
    FROM unnest(string_to_array(substr(number, 5) || left(number, 4), NULL)) WITH ORDINALITY AS t(c, i)
$$;
CREATE FUNCTION types_check.vin(number text) RETURNS boolean LANGUAGE sql AS $$
    SELECT length(number) = 17 AND number !~ '[IOQ]' AND
        substr('0123456789X', (sum(v * w) % 11)::int + 1, 1) = substr(number, 9, 1)
    FROM (SELECT strpos('0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ', c) - 1 AS at, i FROM unnest(string_to_array(number, NULL)) WITH ORDINALITY AS s(c, i)) AS p,
        LATERAL (SELECT CASE WHEN at < 30 THEN at % 10 ELSE (at - 30) % 10 END AS v, ('{8,7,6,5,4,3,2,10,0,9,8,7,6,5,4,3,2}'::int[])[i] AS w) AS x
$$;
CREATE FUNCTION types_check.weighted(number text, weights int[], modulus int) RETURNS boolean LANGUAGE sql AS $$
    SELECT sum((CASE c WHEN 'X' THEN 10 ELSE c::int END) * weights[i]) % modulus = 0
    FROM unnest(string_to_array(number, NULL)) WITH ORDINALITY AS t(c, i)
$$;
-- they tell right numbers from wrong ones
SELECT types_check.luhn('4111111111111111') AND NOT types_check.luhn('4111111111111112') AS luhn,
       types_check.ean('4006381333931') AND NOT types_check.ean('4006381333932') AS ean,
       types_check.iban('GB82WEST12345698765432') AND NOT types_check.iban('GB83WEST12345698765432') AS iban,
       types_check.vin('1M8GDM9AXKP042788') AND NOT types_check.vin('1M8GDM9A1KP042788') AS vin,
       types_check.weighted('0306406152', '{10,9,8,7,6,5,4,3,2,1}', 11) AND types_check.weighted('080442957X', '{10,9,8,7,6,5,4,3,2,1}', 11) AS isbn10;
SELECT count(*) AS rows, bool_and(types_check.luhn(card)) AS card, bool_and(types_check.luhn(unique_card)) AS unique_card,
       bool_and(types_check.luhn('80840' || npi)) AS npi, bool_and(types_check.luhn(imei)) AS imei,
       bool_and(types_check.ean(ean13) AND length(ean13) = 13) AS ean13, bool_and(types_check.ean(ean8) AND length(ean8) = 8) AS ean8,
       bool_and(types_check.ean(upc) AND length(upc) = 12) AS upc, bool_and(types_check.ean(isbn13) AND length(isbn13) = 13) AS isbn13,
       bool_and(types_check.weighted(isbn10, '{10,9,8,7,6,5,4,3,2,1}', 11)) AS isbn10,
       bool_and(types_check.weighted(routing, '{3,7,1,3,7,1,3,7,1}', 10)) AS routing,
       bool_and(types_check.vin(vin)) AS vin, count(DISTINCT vin) AS vins
FROM synthik_generate('{"fields": [{"name": "card", "type": "credit_card_number"}, {"name": "unique_card", "type": "credit_card_number", "unique": true},
    {"name": "npi", "type": "npi"}, {"name": "imei", "type": "imei"}, {"name": "ean13", "type": "ean13"}, {"name": "ean8", "type": "ean8"},
    {"name": "upc", "type": "upc"}, {"name": "isbn13", "type": "isbn13"}, {"name": "isbn10", "type": "isbn10"},
    {"name": "routing", "type": "routing_number"}, {"name": "vin", "type": "vin", "unique": true}]}'::jsonb, 2000, seed => 1)
    AS t(card text, unique_card text, npi text, imei text, ean13 text, ean8 text, upc text, isbn13 text, isbn10 text, routing text, vin text);
-- accounts and national numbers are a country's
SELECT locale, min(left(iban, 2)) AS country, min(length(iban)) AS shortest, max(length(iban)) AS longest, bool_and(types_check.iban(iban)) AS right
FROM unnest('{de_DE,en_GB,en_US,es_ES,fr_FR,it_IT,nl_NL,pl_PL,pt_BR}'::text[]) AS l(locale),
    LATERAL synthik_generate('{"fields": [{"name": "iban", "type": "iban"}]}'::jsonb, 500, seed => 1, locale => locale) AS t(iban text)
GROUP BY locale ORDER BY locale COLLATE "C";
SELECT bool_and(types_check.weighted(id, '{9,8,7,6,5,4,3,2,10}', 11) AND id ~ '^9999\d{5}$') AS bsn
FROM synthik_generate('{"fields": [{"name": "id", "type": "national_id"}]}'::jsonb, 2000, seed => 1, locale => 'nl_NL') AS t(id text);
SELECT bool_and(types_check.weighted(id, '{1,3,7,9,1,3,7,9,1,3,1}', 10) AND length(id) = 11) AS pesel
FROM synthik_generate('{"fields": [{"name": "id", "type": "national_id"}]}'::jsonb, 500, seed => 1, locale => 'pl_PL') AS t(id text);
SELECT bool_and(97 - left(id, 13)::bigint % 97 = right(id, 2)::int AND length(id) = 15) AS nir
FROM synthik_generate('{"fields": [{"name": "id", "type": "national_id"}]}'::jsonb, 500, seed => 1, locale => 'fr_FR') AS t(id text);
SELECT bool_and(substr('TRWAGMYFPDXBNJZSQVHLCKE', left(id, 8)::int % 23 + 1, 1) = right(id, 1)) AS dni
FROM synthik_generate('{"fields": [{"name": "id", "type": "national_id"}]}'::jsonb, 500, seed => 1, locale => 'es_ES') AS t(id text);
SELECT bool_and(types_check.weighted(id, '{7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2,1}', 11) AND length(id) = 18) AS resident
FROM synthik_generate('{"fields": [{"name": "id", "type": "national_id"}]}'::jsonb, 500, seed => 1, locale => 'zh_CN') AS t(id text);
SELECT bool_and((substr(iban, 5, 21) || '00')::numeric % 97 + right(iban, 2)::int = 97) AS rib
FROM synthik_generate('{"fields": [{"name": "iban", "type": "iban"}]}'::jsonb, 500, seed => 1, locale => 'fr_FR') AS t(iban text);
-- a number within a longer text
SELECT bool_and(types_check.iban(doc #>> '{bank,iban}')) AS nested
FROM synthik_generate('{"fields": [{"name": "doc", "type": "object", "properties": {"bank": {"type": "object", "properties": {"iban": {"type": "iban"}}}}}]}'::jsonb, 200, seed => 1) AS t(doc jsonb);
-- what one row says agrees
SELECT count(*) FILTER (WHERE age <> extract(year FROM age(date '2026-01-01', born))) AS age,
       count(*) FILTER (WHERE bp <> systolic || '/' || diastolic OR systolic - diastolic < 28) AS pressure,
       count(*) FILTER (WHERE abs(bmi - kilograms / (height / 100.0) ^ 2) > 0.06) AS bmi,
       count(*) FILTER (WHERE hex <> '#' || lpad(to_hex((split_part(substr(rgb, 5), ', ', 1)::int << 16) + (split_part(rgb, ', ', 2)::int << 8) + rtrim(split_part(rgb, ', ', 3), ')')::int), 6, '0')) AS colour,
       count(*) FILTER (WHERE car <> make || ' ' || model) AS vehicle,
       count(*) FILTER (WHERE substr(vin, 10, 1) <> substr('NPRS', year - 2021, 1)) AS year,
       count(*) FILTER (WHERE left(flight, 2) <> carrier) AS flight,
       count(*) FILTER (WHERE (brand = 'Visa') <> (left(card, 1) = '4') OR (length(cvv) = 4) <> (brand = 'American Express')) AS card,
       count(*) FILTER (WHERE geo -> 'coordinates' -> 0 <> to_jsonb(point[0]) OR NOT point ~= point(split_part(pair, ', ', 2)::float8, split_part(pair, ', ', 1)::float8)) AS place,
       count(*) FILTER (WHERE currency || sign <> 'USD$') AS currency,
       count(*) FILTER (WHERE get_byte(uuid_send(u7), 6) >> 4 <> 7 OR get_byte(uuid_send(u7), 8) >> 6 <> 2) AS uuid
FROM synthik_generate('{"fields": [{"name": "age", "type": "age"}, {"name": "born", "type": "birth_date"}, {"name": "bp", "type": "blood_pressure"},
    {"name": "systolic", "type": "systolic"}, {"name": "diastolic", "type": "diastolic"}, {"name": "height", "type": "height_cm"}, {"name": "kilograms", "type": "body_weight"},
    {"name": "bmi", "type": "bmi"}, {"name": "hex", "type": "hex_color"}, {"name": "rgb", "type": "rgb_color"}, {"name": "car", "type": "vehicle"}, {"name": "make", "type": "vehicle_make"},
    {"name": "model", "type": "vehicle_model"}, {"name": "vin", "type": "vin"}, {"name": "year", "type": "model_year"}, {"name": "flight", "type": "flight_number"}, {"name": "carrier", "type": "airline_code"},
    {"name": "card", "type": "card_number"}, {"name": "brand", "type": "card_brand"}, {"name": "cvv", "type": "card_cvv"}, {"name": "geo", "type": "geojson"}, {"name": "point", "type": "coordinate"},
    {"name": "pair", "type": "coordinates"}, {"name": "currency", "type": "currency_code"}, {"name": "sign", "type": "currency_symbol"}, {"name": "u7", "type": "uuid_v7"}]}'::jsonb, 10000, seed => 1)
    AS t(age int, born date, bp text, systolic int, diastolic int, height int, kilograms int, bmi numeric, hex text, rgb text, car text, make text, model text, vin text, year int, flight text, carrier text,
         card text, brand text, cvv text, geo jsonb, point point, pair text, currency text, sign text, u7 uuid);
-- bounds of an age are those of the date of birth too
CREATE TABLE types_check.member (birth_date date NOT NULL, age int CHECK (age BETWEEN 30 AND 40));
SELECT synthik_augment('types_check.member', 500, seed => 1);
SELECT count(*) FILTER (WHERE age <> extract(year FROM age(date '2026-01-01', birth_date))) AS wrong, min(age) >= 30 AND max(age) <= 40 AS within FROM types_check.member;
-- times inside JSON and composites come in order too
CREATE TYPE types_check.trip AS (created_at timestamptz, updated_at timestamptz, deleted_at timestamptz, start_date date, rest int, end_date date);
SELECT count(*) AS rows, bool_and((trip).created_at <= (trip).updated_at AND (trip).updated_at <= (trip).deleted_at AND (trip).start_date <= (trip).end_date) AS composite,
       bool_and((doc ->> 'created_at')::timestamptz <= (doc ->> 'updated_at')::timestamptz AND (doc ->> 'start_date')::date <= (doc ->> 'end_date')::date) AS json
FROM synthik_generate('{"fields": [{"name": "trip", "type": "types_check.trip"}, {"name": "doc", "type": "object", "properties": {
    "end_date": {"type": "end_date"}, "updated_at": {"type": "updated_at"}, "created_at": {"type": "created_at"}, "start_date": {"type": "start_date"}}}]}'::jsonb, 2000, seed => 1)
    AS t(trip types_check.trip, doc jsonb);
SET client_min_messages = warning;
DROP SCHEMA types_check CASCADE;
RESET client_min_messages;

-- Times are whole seconds, however far the bounds are from each other.
SELECT bool_and(t = date_trunc('second', t)) AS whole, max(t) > '100000-01-01' AS far FROM synthik_generate('{"fields": [{"name": "t", "type": "timestamp", "minimum": "4713-01-01 BC", "maximum": "294276-12-31"}]}', 100, seed => 1) AS t(t timestamp);
