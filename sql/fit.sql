--
-- What was learned as part of a document: "fit" and "why".
--
SET synthik.seed = 1;
CREATE TABLE fit_parents (id integer PRIMARY KEY, name text);
INSERT INTO fit_parents SELECT i, 'parent ' || i FROM generate_series(1, 50) AS i;
CREATE TABLE fit_rows (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	parent integer REFERENCES fit_parents,
	city varchar(20),
	country text DEFAULT 'FR',
	amount numeric(8,2),
	at timestamptz,
	later timestamptz,
	flag boolean,
	tags text[],
	note text
);
INSERT INTO fit_rows (parent, city, country, amount, at, later, flag, tags, note)
SELECT 1 + (i * i) % 50, (ARRAY['Paris', 'Lyon', 'Rome', 'Zürich'])[1 + i % 4], (ARRAY['FR', 'FR', 'IT', 'CH'])[1 + i % 4],
	(i * 37 % 1000) / 10.0, '2024-01-01 UTC'::timestamptz + i % 997 * interval '17 hours',
	CASE WHEN i % 5 > 0 THEN '2024-01-01 UTC'::timestamptz + (i % 997 * 17 + i % 100) * interval '1 hour' END,
	i % 3 = 0, (ARRAY['a', 'b', 'c'])[1:i % 4],
	format('%s %s %s %s of the %s', (ARRAY['A', 'One', 'My'])[1 + i % 3], (ARRAY['big', 'red', 'new', 'old'])[1 + i % 4], i % 50, (ARRAY['box', 'bag', 'car'])[1 + i % 3], i % 97)
FROM generate_series(1, 2000) AS i;
ANALYZE fit_parents, fit_rows;

CREATE TABLE fit_documents (name text, document jsonb);
INSERT INTO fit_documents VALUES ('learned', synthik_infer('fit_rows'));
CREATE FUNCTION learned() RETURNS jsonb STABLE LANGUAGE sql AS $$SELECT document FROM fit_documents WHERE name = 'learned'$$;
SELECT jsonb_typeof(learned() -> 'fit') AS fit, length(learned() ->> 'fit') > 1000 AS whole;
SELECT * FROM synthik_validate(learned());

-- What was found says why, in the document as in the table.
SELECT field, why LIKE 'sample: %' AS found, (SELECT f ->> 'why' = d.why FROM jsonb_array_elements(learned() -> 'fields') AS f WHERE f ->> 'name' = field) AS same
FROM synthik_describe(learned()) AS d WHERE generator LIKE '%learned%' ORDER BY field COLLATE "C";

-- The same rows from the document as from the table, and after any detour.
CREATE VIEW fit_preview AS SELECT city, country, amount, at, later, flag, tags, note, parent FROM synthik_rows(NULL::fit_rows, 300, seed => 7, schema => learned());
CREATE TABLE fit_first AS SELECT * FROM fit_preview;
BEGIN;
SELECT synthik_augment('fit_rows', 300, seed => 7);
SELECT count(*) FROM (SELECT city, country, amount, at, later, flag, tags, note, parent FROM fit_rows WHERE id > 2000 EXCEPT ALL TABLE fit_first) AS t;
ROLLBACK;
SELECT count(*) FILTER (WHERE (city = 'Zürich') <> (country = 'CH')) AS torn, count(*) FILTER (WHERE later < at) AS before, count(DISTINCT city) AS cities FROM fit_first;

-- Settings of the session are not part of it.
BEGIN;
SET LOCAL DateStyle = 'German';
SET LOCAL TimeZone = 'Asia/Kathmandu';
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL extra_float_digits = -10;
SELECT learned() = synthik_infer('fit_rows') AS same_document;
SELECT count(*) FROM (SELECT * FROM fit_preview EXCEPT ALL TABLE fit_first) AS t;
ROLLBACK;

-- Saved, and used where the data is not.
SELECT synthik_save('fitted', learned());
SELECT count(*) FILTER (WHERE (city = 'Zürich') <> (country = 'CH')) AS torn, count(*) FILTER (WHERE later < at) AS before, count(DISTINCT city) AS cities
FROM synthik_generate('fitted', 300, seed => 7) AS t(city text, country text, at timestamptz, later timestamptz);

-- Laid over: a narrower list, another type, one field more, one that is an expression
SELECT city, country, count(*) > 0 AS made FROM synthik_generate('{"extends": "fitted", "fields": [{"name": "city", "enum": ["Lyon", "Rome"]}]}', 200, seed => 1) AS t(city text, country text) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT pg_typeof(city) AS type, bool_and(city BETWEEN 1 AND 5) AS made, count(DISTINCT country) AS countries
FROM synthik_generate('{"extends": "fitted", "fields": [{"name": "city", "type": "integer", "minimum": 1, "maximum": 5, "enum": [1, 2, 3]}, {"name": "more", "type": "email"}]}', 200, seed => 1) AS t(city integer, country text, more text) GROUP BY 1;
SELECT bool_and(city = 'x') AS made, count(DISTINCT country) AS countries
FROM synthik_generate('{"extends": "fitted", "fields": [{"name": "city", "expression": "''x''"}]}', 200, seed => 1) AS t(city text, country text);
SELECT bool_and(later = 4) AS made FROM synthik_generate('{"extends": "fitted", "fields": [{"name": "at", "type": "integer", "enum": [4]}, {"name": "later", "type": "integer", "enum": [4]}]}', 20, seed => 1) AS t(at integer, later integer);
-- Fields that were renamed, left out or have another type in the document itself
SELECT count(DISTINCT country) AS countries, bool_and(town LIKE '%.%') AS made
FROM synthik_generate(jsonb_set(learned(), '{fields,2}', '{"name": "town", "type": "ipv4"}'), 200, seed => 1) AS t(town text, country text);
SELECT count(DISTINCT country) AS countries FROM synthik_generate(learned() #- '{fields,2}', 200, seed => 1) AS t(country text);
SELECT count(DISTINCT country) AS countries, pg_typeof(amount) AS type FROM synthik_generate(jsonb_set(learned(), '{fields,4}', '{"name": "amount", "type": "date"}'), 200, seed => 1) AS t(country text, amount date) GROUP BY 2;
SELECT count(DISTINCT city) AS cities FROM synthik_generate(jsonb_set(learned(), '{fields,2}', '{"name": "city", "type": "varchar"}'), 200, seed => 1) AS t(city text);
-- A level that the type does not take is made no more.
SELECT city, count(*) > 0 AS made FROM synthik_generate(jsonb_set(learned(), '{fields,2}', '{"name": "city", "type": "varchar(4)"}'), 200, seed => 1) AS t(city text) GROUP BY 1 ORDER BY 1;

-- What is no fit
SELECT problem, hint FROM synthik_validate(learned() || '{"fit": 5}');
SELECT problem, hint FROM synthik_validate(learned() || '{"fit": ""}');
SELECT problem, hint FROM synthik_validate(learned() || '{"fit": "%%%"}');
SELECT problem, hint FROM synthik_validate(learned() || '{"fit": "c2ZpdA=="}');
SELECT path, problem, hint FROM synthik_validate(learned() || jsonb_build_object('fit', left(learned() ->> 'fit', 400)));
SELECT problem, hint FROM synthik_validate(learned() || jsonb_build_object('fit', learned() ->> 'fit' || 'AAAA'));
CREATE FUNCTION refitted(bytes bytea) RETURNS jsonb STABLE LANGUAGE sql AS $$SELECT learned() || jsonb_build_object('fit', translate(encode(bytes, 'base64'), E'\n', ''))$$;
SELECT problem, hint FROM synthik_validate(refitted(set_byte(decode(learned() ->> 'fit', 'base64'), 4, 3)));
SELECT problem, hint FROM synthik_validate(refitted(set_byte(decode(learned() ->> 'fit', 'base64'), 500, 255 - get_byte(decode(learned() ->> 'fit', 'base64'), 500))));
SELECT synthik_columns(learned() || '{"fit": "%%%"}');
SELECT synthik_save('fitted', learned() || '{"fit": "%%%"}', 1);
SELECT problem, hint FROM synthik_validate('{"fields": [{"name": "a", "type": "text", "fit": "x"}]}'::jsonb);
SELECT problem, hint FROM synthik_validate('{"fields": [{"name": "a", "type": "text", "why": 3}]}'::jsonb);
SELECT field, why FROM synthik_describe('{"fields": [{"name": "a", "type": "text", "why": "somebody said so"}]}'::jsonb);

SELECT synthik_delete('fitted');
DROP FUNCTION refitted;
DROP VIEW fit_preview;
DROP FUNCTION learned;
DROP TABLE fit_documents, fit_first, fit_rows, fit_parents;
