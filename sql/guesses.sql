--
-- What a semantic type suggests, by its own name or a column's, and what is
-- said of the field itself: the one narrows the other, and goes where nothing
-- is left of it
--
SET synthik.locale = 'en_US';
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

CREATE FUNCTION made(field text, checks text DEFAULT '[]', rows bigint DEFAULT 1000) RETURNS SETOF text LANGUAGE sql AS
$$SELECT v FROM synthik_generate(jsonb_build_object('checks', checks::jsonb, 'fields', jsonb_build_array('{"name": "v"}'::jsonb || field::jsonb)), rows, seed => 1) AS t(v text)$$;

-- A bound of a document takes the place of the type's, the other one stays.
SELECT min(v::int), max(v::int) FROM made('{"type": "rating"}') AS v;
SELECT min(v::int), max(v::int) FROM made('{"type": "rating", "minimum": 4}') AS v;
SELECT min(v::int), max(v::int) FROM made('{"type": "rating", "exclusiveMaximum": 3}') AS v;
SELECT min(v::int), max(v::int) FROM made('{"type": "rating", "minimum": 1, "maximum": 10}') AS v;
SELECT min(v::int), max(v::int) FROM made('{"type": "age", "minimum": 65}') AS v;
SELECT min(v::numeric) >= 100 AS low, max(v::numeric) <= 2000 AS high FROM made('{"type": "price", "minimum": 100}') AS v;
SELECT min(v::int), max(v::int) FROM made('{"type": "year", "exclusiveMaximum": 1993}') AS v;
-- Where that leaves nothing, the type's bound goes.
SELECT min(v::int) >= 7 AS low, max(v::int) > 7 AS high FROM made('{"type": "rating", "minimum": 7}') AS v;
SELECT min(v::int) < 10 AS low, max(v::int) <= 10 AS high FROM made('{"type": "age", "maximum": 10}') AS v;
SELECT min(v::timestamptz) >= '2031-01-01' AS low, count(DISTINCT v) > 1 AS several FROM made('{"type": "created_at", "minimum": "2031-01-01"}') AS v;
-- A list is held to bounds, and goes with its last value but zero.
SELECT v, count(*) > 0 AS some FROM made('{"type": "http_status", "minimum": 500}') AS v GROUP BY v ORDER BY v;
SELECT v, count(*) > 0 AS some FROM made('{"type": "discount", "minimum": 20}') AS v GROUP BY v ORDER BY v;
SELECT min(v::numeric) >= 60 AS low, count(DISTINCT v) > 10 AS many FROM made('{"type": "discount", "minimum": 60}') AS v;
SELECT max(v::numeric) <= 1 AS fraction, count(DISTINCT v) > 10 AS many FROM made('{"type": "tax_rate", "minimum": 0, "maximum": 1}') AS v;
-- A pattern that no text of the length has makes room for a code.
SELECT count(*), min(length(v)), max(length(v)) FROM made('{"type": "token"}') AS v;
SELECT count(*) FILTER (WHERE v ~ '^[A-Z0-9]+$'), max(length(v)) <= 10 AS short FROM made('{"type": "token", "maxLength": 10}') AS v;
SELECT count(*) FILTER (WHERE v ~ '^[A-Z0-9]{40}$') FROM made('{"type": "md5", "minLength": 40}') AS v;

-- Checks do the same.
SELECT min(v::int), max(v::int) FROM made('{"type": "rating"}', '["v >= 4"]') AS v;
SELECT min(v::int), max(v::int) FROM made('{"type": "rating"}', '["v BETWEEN 2 AND 10"]') AS v;
SELECT min(v::int) > 5 AS low FROM made('{"type": "rating"}', '["v > 5"]') AS v;
SELECT v, count(*) > 0 AS some FROM made('{"type": "http_status"}', '["v >= 500"]') AS v GROUP BY v ORDER BY v;
SELECT count(*) FILTER (WHERE v ~ '^[0-9A-F]{3}$') FROM made('{"type": "hex_color"}', '["v ~ ''^[0-9A-F]{3}$''"]') AS v;
SELECT count(*) FILTER (WHERE length(v) <= 10) FROM made('{"type": "token"}', '["length(v) <= 10"]') AS v;

-- And so do those of tables, whose columns' names are guesses, too.
CREATE TABLE guess_narrow (rating integer NOT NULL CHECK (rating >= 4), review text NOT NULL, age integer CHECK (age < 30), price numeric(10,2) CHECK (price >= 5), status_code integer CHECK (status_code >= 400), created_at timestamptz CHECK (created_at >= '2025-01-01'));
SELECT field, generator, why FROM synthik_describe('guess_narrow'::regclass);
SELECT min(rating), max(rating), min(age), max(age), min(price) >= 5 AS price, max(price) <= 2000 AS prices, min(created_at) >= '2025-01-01' AS created FROM synthik_rows(NULL::guess_narrow, 1000, seed => 1);
CREATE TABLE guess_contrary (rating integer CHECK (rating >= 10), age integer NOT NULL CHECK (age > 100), tax_rate numeric(4,3) CHECK (tax_rate < 0.5), created_at timestamptz NOT NULL CHECK (created_at >= '2030-01-01'), token varchar(10), hex_color char(7) CHECK (hex_color ~ '^[0-9a-f]{6} $'));
SELECT field, why FROM synthik_describe('guess_contrary'::regclass);
SELECT synthik_augment('guess_contrary', 100, seed => 1);
-- What the row takes from one entry stays in tune: good reviews only.
SELECT count(*) FILTER (WHERE review ~* 'broken|never worked|be careful|out of the box|completely different'), count(*) FROM synthik_rows(NULL::guess_narrow, 1000, seed => 1);

-- A document that takes a field's type away takes what that suggested, too.
SELECT min(v) < 1990 OR max(v) > 2025 AS wide FROM synthik_generate('{"extends": {"fields": [{"name": "v", "type": "year"}]}, "fields": [{"name": "v", "type": "integer"}]}'::jsonb, 1000, seed => 1) AS t(v integer);
SELECT min(v), max(v) FROM synthik_generate('{"extends": {"fields": [{"name": "v", "type": "year"}]}, "fields": [{"name": "v", "type": "month"}]}'::jsonb, 1000, seed => 1) AS t(v integer);

DROP TABLE guess_narrow, guess_contrary;
DROP FUNCTION made;
