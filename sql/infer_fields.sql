-- What a sample tells of single fields: lists, kinds of text, shapes, running
-- text, numbers, arrays, JSON, formulas.
\set VERBOSITY terse

-- numbers that look drawn, the same everywhere
CREATE FUNCTION dice(i int, salt int, sides int) RETURNS int
LANGUAGE sql IMMUTABLE AS
$$SELECT (('x' || substr(md5(i::text || '/' || salt::text), 1, 7))::bit(28)::int) % sides$$;
CREATE VIEW infer_numbers AS SELECT i FROM generate_series(1, 600) AS i;

-- a field's keywords, without its name, or those of a member below it
CREATE FUNCTION field_of(document jsonb, VARIADIC names text[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	field jsonb := document;
	step text;
BEGIN
	FOREACH step IN ARRAY names LOOP
		SELECT f INTO field FROM jsonb_array_elements(field -> 'fields') AS f WHERE f ->> 'name' = step;
	END LOOP;
	RETURN field - 'name';
END
$$;

-- ---- lists ----
CREATE TABLE infer_lists AS
SELECT (ARRAY['paid', 'open', 'shipped'])[1 + dice(i, 1, 3)] AS status,
	CASE WHEN i % 6 = 0 THEN 'rare ' || i ELSE 'common' END AS mostly,
	i % 4 = 0 AS flag,
	CASE WHEN i % 2 = 0 THEN 'x' END AS half,
	NULL::text AS nothing,
	(ARRAY['a.b', '(c', 'd"e'])[1 + i % 3] AS "odd ""name"
FROM infer_numbers;
SELECT synthik_infer('infer_lists') AS doc \gset
SELECT f, field_of(:'doc', f) FROM unnest(ARRAY['status', 'mostly', 'flag', 'half', 'nothing', 'odd "name']) AS f;
-- of many values, those that few rows share are not copied
CREATE TABLE infer_many AS
SELECT CASE WHEN i % 21 = 0 THEN 'odd ' || md5(i::text) ELSE 'kind ' || chr(97 + i % 20) END AS kinds FROM generate_series(1, 5000) AS i;
SELECT field_of(synthik_infer('infer_many'), 'kinds') - 'weights';
-- rare levels go where privacy is strict
CREATE TABLE infer_levels AS
SELECT CASE WHEN i = 1 THEN 'unicorn' ELSE (ARRAY['horse', 'donkey'])[1 + i % 2] END AS animal FROM infer_numbers;
SELECT field_of(synthik_infer('infer_levels'), 'animal') -> 'enum' AS standard,
	field_of(synthik_infer('infer_levels', privacy => 'strict'), 'animal') -> 'enum' AS strict;

-- ---- kinds of text, whatever the column is called ----
CREATE TABLE infer_kinds AS
SELECT 'u' || i || '@mail' || i % 9 || '.org' AS c1,
	'+49 30 ' || 100000 + i * 37 AS c2,
	'https://example.com/p/' || i AS c3,
	md5(i::text)::uuid::text AS c4,
	'10.' || i % 250 || '.' || i % 7 || '.1' AS c5,
	'02:00:5e:10:' || lpad(to_hex(i % 256), 2, '0') || ':' || lpad(to_hex(i * 7 % 256), 2, '0') AS c6,
	to_char(date '2021-03-01' + i, 'YYYY-MM-DD') AS c7,
	i || ' Oak ' || (ARRAY['Street', 'Avenue', 'Road'])[1 + i % 3] AS c8,
	(ARRAY['Mary', 'James', 'Linda', 'Robert', 'Zaphod'])[1 + dice(i, 1, 5)] || ' ' ||
	(ARRAY['Smith', 'Brown', 'Miller', 'Davis', 'Beeblebrox'])[1 + dice(i, 2, 5)] || CASE WHEN i % 3 = 0 THEN '' ELSE '-' || chr(65 + i % 26) || chr(97 + i % 25) END AS c9,
	'{"n": ' || i || '}' AS c10,
	-- a name that the values do not bear out
	'R-' || lpad(dice(i, 3, 10000)::text, 4, '0') AS email
FROM infer_numbers;
SELECT synthik_infer('infer_kinds') AS doc \gset
SELECT f ->> 'name' AS name, f ->> 'type' AS type, f ->> 'pattern' AS pattern, f ->> 'why' AS why
FROM jsonb_array_elements(:'doc'::jsonb -> 'fields') AS f;
-- nobody's address is copied, however many rows have it
CREATE TABLE infer_addresses AS SELECT 'who' || i % 9 || '@example.net' AS reader FROM infer_numbers;
SELECT field_of(synthik_infer('infer_addresses'), 'reader');

-- numbers of North America keep their shapes and reach nobody; others are the locale's
CREATE TABLE infer_phones AS
SELECT '+1-' || (ARRAY[212, 415, 312])[1 + dice(i, 1, 3)] || '-' || 200 + dice(i, 2, 700) || '-' || lpad(dice(i, 3, 10000)::text, 4, '0') AS dashes,
	(ARRAY['(', ''])[1 + i % 2] || (ARRAY[202, 503])[1 + dice(i, 4, 2)] || (ARRAY[') ', '.'])[1 + i % 2] || 200 + dice(i, 5, 700) || '.' || lpad(dice(i, 6, 10000)::text, 4, '0') AS two,
	'917' || 200 + dice(i, 5, 700) || lpad(dice(i, 6, 10000)::text, 4, '0') AS phone,
	'1' || 200 + dice(i, 7, 700) || '5' || lpad(dice(i, 8, 1000000)::text, 6, '0') || ' x' || dice(i, 9, 900) + 100 AS "fax phone",
	'9' || 81 + dice(i, 7, 9) || lpad(dice(i, 8, 10000000)::text, 7, '0') AS "mobile phone",
	'+44 20 ' || 7000 + dice(i, 9, 999) || ' ' || lpad(dice(i, 1, 10000)::text, 4, '0') AS british,
	'+49 (0)17' || dice(i, 2, 10) || '/' || 1000000 + dice(i, 3, 9000000) AS german,
	CASE WHEN i % 2 = 0 THEN '+33 6' ELSE '+33 8' END || regexp_replace(lpad(dice(i, 3, 100000000)::text, 8, '0'), '(..)', ' \1', 'g') AS french,
	'+98 ' || 21000000 + dice(i, 2, 9000000) AS persian,
	'+1 212 ' || 200 + i || ' ' || lpad(dice(i, 3, 10000)::text, 4, '0') AS distinct_ones,
	'0' || 30 + dice(i, 4, 3) || ' ' || 1000000 + dice(i, 5, 9000000) AS national,
	'2024-' || lpad(dice(i, 6, 100000)::text, 5, '0') AS case_number, '978-' || dice(i, 7, 10) || '-16-' || 100000 + dice(i, 8, 900000) || '-' || dice(i, 9, 10) AS book,
	'DE' || 10 + i % 80 || ' 3704 0044 ' || lpad(i::text, 4, '0') AS no_iban
FROM infer_numbers;
ALTER TABLE infer_phones ADD UNIQUE (distinct_ones);
SELECT synthik_infer('infer_phones') AS doc \gset
SELECT f ->> 'name' AS name, f ->> 'type' AS type, f ->> 'pattern' AS pattern, f ->> 'why' AS why
FROM jsonb_array_elements(:'doc'::jsonb -> 'fields') AS f;
SELECT count(*), bool_and(dashes ~ '^\+1-(212|415|312)-555-01\d\d$') AS dashes,
	bool_and(two ~ '^(\((202|503)\) |(202|503)\.)555\.01\d\d$') AS two, bool_and(british ~ '^\+44 2(0 7946|9 2018) 0\d{3}$') AS british,
	bool_and(german ~ '^\+49 \(0\)171/39200\d\d$') AS german, bool_and(french ~ '^\+33 (6 39 98|1 99 00|2 61 91|3 53 01|4 65 71|5 36 49)( \d\d){2}$') AS french, bool_and(persian ~ '555-01\d\d$') AS persian,
	count(DISTINCT distinct_ones) AS distinct_ones
FROM synthik_generate(:'doc'::jsonb, 1000, seed => 1) AS t(dashes text, two text, british text, german text, french text, persian text, distinct_ones text);
-- numbers of other countries as they are written at home
CREATE TABLE infer_at_home AS
SELECT '0' || 3 + dice(i, 1, 6) || '-' || 1000 + dice(i, 2, 9000) || '-' || 1000 + dice(i, 3, 9000) AS a1, '020-' || 1000000 + dice(i, 4, 9000000) AS a2,
	'(' || 11 + dice(i, 5, 80) || ') 9' || 1000 + dice(i, 6, 9000) || '-' || 1000 + dice(i, 7, 9000) AS a3, 600 + dice(i, 8, 100) || ' ' || 100 + dice(i, 9, 900) || ' ' || 100 + dice(i, 1, 900) AS a4,
	'22 ' || 100 + dice(i, 2, 900) || ' ' || 10 + dice(i, 3, 90) || ' ' || 10 + dice(i, 4, 90) AS a5, 70000 + dice(i, 5, 30000) || ' ' || 10000 + dice(i, 6, 90000) AS a6
FROM infer_numbers;
SELECT f ->> 'name' AS name, f ->> 'type' AS type, f ->> 'why' AS why FROM jsonb_array_elements(synthik_infer('infer_at_home') -> 'fields') AS f;
DROP TABLE infer_at_home;
-- Polish women's names are names
CREATE TABLE infer_women AS SELECT n FROM synthik_generate('{"fields": [{"name": "n", "type": "family_name"}, {"name": "g", "type": "gender"}]}'::jsonb, 6000, seed => 1, locale => 'pl_PL') AS t(n text, g text)
WHERE g = 'kobieta' AND n LIKE '%ska';
SET synthik.locale = 'pl_PL';
SELECT count(*) > 300 AS many, min(f ->> 'type') AS type, min(f ->> 'why') AS why FROM infer_women, jsonb_array_elements(synthik_infer('infer_women') -> 'fields') AS f;
RESET synthik.locale;
DROP TABLE infer_women;
-- numbers with check digits have right ones, and are nobody's
CREATE FUNCTION luhn(number text) RETURNS boolean LANGUAGE sql AS $$
SELECT sum(CASE WHEN (length(n) - k) % 2 = 1 THEN d * 2 - CASE WHEN d > 4 THEN 9 ELSE 0 END ELSE d END) % 10 = 0
FROM regexp_replace(number, '\D', '', 'g') AS n, generate_series(1, length(n)) AS k, LATERAL (SELECT substr(n, k, 1)::int AS d) AS digit $$;
CREATE FUNCTION iban_rest(iban text) RETURNS numeric LANGUAGE sql AS
$$SELECT (substr(n, 5) || ascii(n) - 55 || ascii(substr(n, 2)) - 55 || substr(n, 3, 2))::numeric % 97 FROM replace(iban, ' ', '') AS n$$;
CREATE TABLE infer_accounts AS
SELECT c || (SELECT k FROM generate_series(0, 9) AS k WHERE luhn(c || k)) AS card, c || (SELECT k FROM generate_series(0, 9) AS k WHERE luhn(c || k)) AS own_card,
	regexp_replace(c || (SELECT k FROM generate_series(0, 9) AS k WHERE luhn(c || k)), '(\d{4})(?=\d)', '\1 ', 'g') AS spaced,
	'DE' || lpad((98 - iban_rest('DE00' || b))::text, 2, '0') || b AS account, 100 + dice(i, 4, 500) || '-' || 10 + dice(i, 5, 80) || '-' || 1000 + dice(i, 6, 9000) AS social
FROM infer_numbers, LATERAL (SELECT '45329' || lpad(i::text, 10, '0') AS c, '37040044' || lpad((i * 977)::text, 10, '0') AS b) AS parts;
ALTER TABLE infer_accounts ADD UNIQUE (own_card), ADD UNIQUE (account);
SELECT synthik_infer('infer_accounts') AS doc \gset
SELECT f ->> 'name' AS name, f ->> 'why' AS why, left(f ->> 'pattern', 40) AS pattern FROM jsonb_array_elements(:'doc'::jsonb -> 'fields') AS f;
SELECT bool_and(luhn(card) AND card ~ '^424242\d{10}$') AS card, bool_and(luhn(own_card)) AND count(DISTINCT own_card) = 3000 AS own_card,
	bool_and(luhn(spaced) AND spaced ~ '^4242( \d{4}){3}$') AS spaced, bool_and(iban_rest(account) = 1 AND account ~ '^DE360000\d{14}$') AND count(DISTINCT account) = 3000 AS account,
	bool_and(social ~ '^9\d\d-[0-4]\d-\d{4}$') AS social
FROM synthik_generate(:'doc'::jsonb, 3000, seed => 1) AS t(card text, own_card text, spaced text, account text, social text);
DROP TABLE infer_phones, infer_accounts;
DROP FUNCTION luhn, iban_rest;

-- ---- shapes ----
CREATE TABLE infer_shapes AS
SELECT i AS id,
	'ORD-' || lpad(i::text, 6, '0') AS number,
	(ARRAY['AB', 'XY'])[1 + i % 2] || '-' || lpad(dice(i, 1, 10000)::text, 4, '0') AS part,
	CASE WHEN i % 3 = 0 THEN 'T' || dice(i, 2, 900) + 100 ELSE 'Q/' || lpad(dice(i, 3, 1000)::text, 3, '0') || '.' END AS two,
	substr(md5(i::text), 1, 10) AS hex,
	chr(65 + dice(i, 4, 26)) || chr(65 + dice(i, 5, 26)) || chr(65 + dice(i, 6, 26)) || dice(i, 7, 10) AS plate,
	'v[' || dice(i, 8, 9000) + 1000 || ']*' AS marks,
	'Name' || chr(97 + dice(i, 9, 26)) || chr(97 + dice(i, 1, 26)) || repeat('o', i % 5) AS word
FROM infer_numbers;
ALTER TABLE infer_shapes ADD PRIMARY KEY (id), ADD UNIQUE (number);
SELECT synthik_infer('infer_shapes') AS doc \gset
SELECT f ->> 'name' AS name, f ->> 'pattern' AS pattern, f ->> 'why' AS why
FROM jsonb_array_elements(:'doc'::jsonb -> 'fields') AS f WHERE f ->> 'name' <> 'id';
-- the patterns take what they were made of, and give what is like it
SELECT count(*) FILTER (WHERE number !~ (field_of(:'doc', 'number') ->> 'pattern')) AS number,
	count(*) FILTER (WHERE two !~ (field_of(:'doc', 'two') ->> 'pattern')) AS two,
	count(*) FILTER (WHERE marks !~ (field_of(:'doc', 'marks') ->> 'pattern')) AS marks
FROM infer_shapes;
SELECT count(*), count(DISTINCT number), bool_and(number ~ '^ORD-[0-9]{6}$') AS number, bool_and(marks ~ '^v\[[1-9][0-9]{3}\]\*$') AS marks
FROM synthik_generate(:'doc'::jsonb, 2000, seed => 1) AS t(number text, marks text);

-- ---- running text ----
CREATE TABLE infer_text AS
SELECT (ARRAY['The package', 'My order', 'A parcel', 'The letter', 'Our box'])[1 + dice(i, 1, 5)] || ' ' ||
	(ARRAY['arrived', 'came', 'was left', 'got here'])[1 + dice(i, 2, 4)] || ' ' ||
	(ARRAY['late', 'early', 'in time', 'yesterday', 'today'])[1 + dice(i, 3, 5)] || ' ' ||
	(ARRAY['after all', 'at last', 'once more', 'it seems'])[1 + dice(i, 5, 4)] || ' ' ||
	(ARRAY['and I like it.', 'but it was broken.', 'so I am happy.', 'without a note.'])[1 + dice(i, 4, 4)] ||
	' Secret' || i || ' is mine.' AS remark
FROM infer_numbers;
SELECT synthik_infer('infer_text') AS doc \gset
SELECT field_of(:'doc', 'remark');
SELECT count(*), count(DISTINCT remark) > 300 AS varied, bool_or(remark ~ 'Secret') AS secret,
	count(*) FILTER (WHERE EXISTS (SELECT FROM infer_text s WHERE s.remark = t.remark)) AS copied,
	min(array_length(string_to_array(remark, ' '), 1)) >= 3 AS long
FROM synthik_generate(:'doc'::jsonb, 500, seed => 1) AS t(remark text);

-- one sentence comes out as one, and what stands together stood together
CREATE TABLE infer_sentences AS
SELECT i, (ARRAY['The', 'My', 'This', 'Our'])[1 + dice(i, 1, 4)] || ' ' || (ARRAY['parcel', 'order', 'box', 'chair', 'lamp'])[1 + dice(i, 2, 5)] || ' ' ||
	(ARRAY['arrived', 'came', 'was sent', 'was delivered'])[1 + dice(i, 3, 4)] || ' ' || (ARRAY['late', 'on time', 'early', 'without a note'])[1 + dice(i, 4, 4)] || ' ' ||
	(ARRAY['and', 'but', 'so'])[1 + dice(i, 5, 3)] || ' ' || (ARRAY['the courier', 'support', 'the shop'])[1 + dice(i, 6, 3)] || ' ' ||
	(ARRAY['was friendly', 'helped at once', 'apologised'])[1 + dice(i, 7, 3)] || ' ' || (ARRAY['on Monday', 'in the end', 'twice'])[1 + dice(i, 8, 3)] || '.' AS note
FROM generate_series(1, 3000) AS i;
CREATE TABLE infer_notes AS SELECT note FROM infer_sentences UNION ALL SELECT NULL;
CREATE TABLE infer_pages AS
SELECT a.note || ' ' || b.note || ' ' || c.note AS page FROM infer_sentences a, infer_sentences b, infer_sentences c
WHERE b.i = 1 + a.i * 7 % 3000 AND c.i = 1 + a.i * 11 % 3000;
CREATE FUNCTION triples(t text) RETURNS SETOF text LANGUAGE sql AS
$$SELECT concat_ws(' ', w[i], w[i + 1], w[i + 2]) FROM string_to_array(t, ' ') AS w, generate_series(1, array_length(w, 1) - 2) AS i$$;
CREATE TABLE infer_triples AS SELECT DISTINCT triples(note) AS t FROM infer_sentences;
CREATE TABLE infer_made AS SELECT * FROM synthik_generate(synthik_infer('infer_notes'), 2000, seed => 1) AS t(note text);
SELECT count(note) FILTER (WHERE note !~ '^[^.]+[.]$') AS not_one_sentence,
	count(note) FILTER (WHERE EXISTS (SELECT FROM triples(note) AS t WHERE t NOT IN (SELECT t FROM infer_triples))) AS drifted,
	count(note) FILTER (WHERE note IN (SELECT note FROM infer_sentences)) AS copied,
	avg(array_length(string_to_array(note, ' '), 1)) / (SELECT avg(array_length(string_to_array(note, ' '), 1)) FROM infer_sentences) BETWEEN 0.95 AND 1.05 AS as_long
FROM infer_made;
-- and three as three, none of which is one of the source
SELECT avg(array_length(regexp_split_to_array(page, '[.]'), 1) - 1)::numeric(3, 1) AS sentences,
	count(*) FILTER (WHERE EXISTS (SELECT FROM regexp_split_to_table(page, '(?<=[.]) ') AS s WHERE s IN (SELECT note FROM infer_sentences))) AS copied
FROM synthik_generate(synthik_infer('infer_pages'), 1000, seed => 1) AS t(page text);
DROP TABLE infer_sentences, infer_notes, infer_pages, infer_triples, infer_made;
DROP FUNCTION triples;

-- ---- numbers, times, arrays ----
CREATE TABLE infer_numbers_of AS
SELECT dice(i, 1, 90) * 5 + 10 AS fives, (dice(i, 2, 1000) * 0.25)::float8 AS quarters,
	dice(i, 3, 100000) / 100.0 AS cents, CASE WHEN i = 1 THEN 'NaN' ELSE dice(i, 4, 50)::float8 END AS nan,
	date '2024-01-01' + dice(i, 5, 60) AS day, 20 + dice(i, 9, 40) AS age,
	ARRAY(SELECT 'tag' || dice(i, 6 + k, 4) FROM generate_series(1, dice(i, 7, 4)) AS k) AS tags,
	ARRAY[dice(i, 8, 1000), i] AS pair
FROM infer_numbers;
SELECT synthik_infer('infer_numbers_of') AS doc \gset
SELECT f ->> 'name' AS name, f ->> 'type' AS type, f -> 'minimum' AS low, f -> 'maximum' AS high, f -> 'multipleOf' AS grain,
	f -> 'minItems' AS least, f -> 'maxItems' AS most, f -> 'items' -> 'enum' AS items
FROM jsonb_array_elements(:'doc'::jsonb -> 'fields') AS f;
SELECT jsonb_array_length(field_of(:'doc', 'pair') #> '{items,distribution,bounds}') > 10 AS histogram;
-- extremes are not pinned where privacy is strict
SELECT field_of(synthik_infer('infer_numbers_of', privacy => 'strict'), 'cents') -> 'maximum' <
	field_of(:'doc', 'cents') -> 'maximum' AS inside;

-- ---- JSON ----
CREATE TABLE infer_json AS
SELECT jsonb_build_object('color', (ARRAY['red', 'blue'])[1 + i % 2], 'size', dice(i, 1, 1000), 'ratio', dice(i, 2, 100) / 8.0,
		'inner', jsonb_build_object('on', i % 3 = 0), 'list', to_jsonb(ARRAY(SELECT dice(i, k, 3) FROM generate_series(1, 1 + i % 3) AS k)),
		'null', NULL, 'key' || i, i)
	|| CASE WHEN i % 4 = 0 THEN jsonb_build_object('seldom', 'yes') ELSE '{}' END
	|| jsonb_build_object('mixed', CASE WHEN i % 5 = 0 THEN '"text"' ELSE to_jsonb(i % 7) END) AS doc,
	('[' || i % 3 || ', 7]')::json AS list
FROM infer_numbers;
SELECT synthik_infer('infer_json') AS doc \gset
SELECT f ->> 'name' AS name, f ->> 'type' AS type, f ->> 'required' AS required, f -> 'null_fraction' AS absent, f -> 'enum' AS enum
FROM jsonb_array_elements(field_of(:'doc', 'doc') -> 'fields') AS f ORDER BY 1;
SELECT field_of(:'doc', 'doc', 'list') -> 'items' ->> 'type' AS list, field_of(:'doc', 'doc', 'inner', 'on') -> 'weights' AS weights;
SELECT count(*), round(avg((doc ? 'seldom')::int), 1) AS seldom, bool_and(doc ?& '{color,size,inner}') AS always,
	bool_and(doc -> 'null' = 'null') AS nulls
FROM synthik_generate(:'doc'::jsonb, 1000, seed => 1) AS t(doc jsonb);

-- ---- formulas ----
CREATE TABLE infer_formulas AS
SELECT q AS qty, p AS price, d AS discount, round(q * p * (1 - d), 2) AS total, q + s AS score, s AS spare,
	(ARRAY['Ada', 'Bob', 'Cleo', 'Dan', 'Eve', 'Fay'])[1 + dice(i, 5, 6)] AS first,
	(ARRAY['Ash', 'Birch', 'Cedar', 'Date', 'Elm', 'Fig'])[1 + dice(i, 6, 6)] AS last,
	dice(i, 7, 100) AS low, dice(i, 7, 100) + dice(i, 8, 50) AS high,
	CASE WHEN i % 7 > 0 THEN date '2024-01-01' + dice(i, 9, 300) END AS begun, dice(i, 1, 40) AS days
FROM infer_numbers, LATERAL (SELECT 1 + dice(i, 1, 9) AS q, (dice(i, 2, 90000) + 100) / 100.0 AS p,
	(ARRAY[0, 0, 0.1, 0.25])[1 + dice(i, 3, 4)] AS d, dice(i, 4, 500) AS s) AS parts;
ALTER TABLE infer_formulas ADD full_name text, ADD login text, ADD ended date, ADD again int, ADD almost int;
UPDATE infer_formulas SET full_name = first || ' ' || last, login = lower(left(first, 1)) || '.' || lower(last) || '@x.example',
	ended = begun + days, again = spare, almost = CASE WHEN qty = 3 AND low = 0 THEN 0 ELSE spare END;
SELECT synthik_infer('infer_formulas') AS doc \gset
SELECT f ->> 'name' AS name, f ->> 'expression' AS expression
FROM jsonb_array_elements(:'doc'::jsonb -> 'fields') AS f WHERE f ? 'expression';
SELECT :'doc'::jsonb -> 'checks' AS checks;
SELECT count(*), count(*) FILTER (WHERE total <> round(qty * price * (1 - discount), 2)) AS totals,
	count(*) FILTER (WHERE ended - begun <> days) AS days, count(*) FILTER (WHERE low > high) AS orders,
	count(*) FILTER (WHERE full_name <> first || ' ' || last) AS names
FROM synthik_generate(:'doc'::jsonb, 2000, seed => 1) AS t(qty int, price numeric, discount numeric, total numeric, begun date,
	days int, ended date, low int, high int, full_name text, first text, last text);

-- a constant factor, as short as it holds; not where a row has another
CREATE TABLE infer_factors AS
SELECT t AS total, round(t * 0.19, 2) AS tax, round(t * 1.0825, 2) AS gross, w AS pounds, round((w * 0.4536)::numeric, 3)::float8 AS kilograms,
	n AS boxes, n * 12 AS pieces, round(n * 2.5)::int AS pallets, -n AS returned, CASE WHEN n > 3 THEN n::numeric * 0.3 END AS "odd ""part",
	CASE WHEN i = 5 THEN 1 ELSE n * 7 END AS nearly, round(t * 0.123456, 4) AS too_fine
FROM (SELECT i, (dice(i, 1, 90000) + 100) / 100.0 AS t, dice(i, 2, 900)::float8 + 1 AS w, dice(i, 3, 50) AS n FROM infer_numbers) AS parts;
SELECT synthik_infer('infer_factors') AS doc \gset
SELECT f ->> 'name' AS name, f ->> 'expression' AS expression FROM jsonb_array_elements(:'doc'::jsonb -> 'fields') AS f;
SELECT count(*), count(*) FILTER (WHERE tax <> round(total * 0.19, 2)) AS tax, count(*) FILTER (WHERE gross <> round(total * 1.0825, 2)) AS gross,
	count(*) FILTER (WHERE kilograms <> round((pounds * 0.4536)::numeric, 3)) AS kilograms, count(*) FILTER (WHERE pieces <> boxes * 12) AS pieces
FROM synthik_generate(:'doc'::jsonb, 1000, seed => 1) AS t(total numeric, tax numeric, gross numeric, pounds float8, kilograms float8, boxes int, pieces int);
DROP TABLE infer_factors;

-- ---- the table's own facts stay, and odd values do no harm ----
CREATE TABLE infer_facts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE, kind text CHECK (kind IN ('a', 'b', 'c')),
	twice int GENERATED ALWAYS AS (n * 2) STORED, n int, parent int REFERENCES infer_facts, note text DEFAULT 'none', small varchar(3));
INSERT INTO infer_facts (code, kind, n, parent, small) SELECT 'c' || i, chr(97 + i % 2), i % 50, nullif(i - 1, 0), i % 4 FROM infer_numbers;
SELECT f ->> 'name' AS name, f - '{name,why,weights}'::text[] AS keywords
FROM jsonb_array_elements(synthik_infer('infer_facts') -> 'fields') AS f;
CREATE TABLE infer_odd AS
SELECT CASE i % 4 WHEN 0 THEN '' WHEN 1 THEN repeat(chr(i), 3) WHEN 2 THEN E'\\(' || i WHEN 3 THEN repeat('long ', i * 20) END AS a,
	CASE WHEN i % 2 = 0 THEN 'infinity' ELSE '-infinity' END::timestamp AS never, '{}'::int[] AS empty,
	'[]'::jsonb AS none, CASE WHEN i % 2 = 0 THEN '3' ELSE '"x"' END::jsonb AS scalar, '{{1,2},{3,4}}'::int[] AS matrix,
	point(i, i) AS place, '1e400'::json AS large, int4range(i, i + 5) AS span
FROM generate_series(33, 400) AS i;
SELECT synthik_infer('infer_odd') AS doc \gset
SELECT count(*) FROM synthik_generate(:'doc'::jsonb, 100, seed => 1) AS t(a text);
CREATE TABLE infer_none (a text, b jsonb);
SELECT synthik_infer('infer_none') -> 'fields' AS fields;
INSERT INTO infer_none VALUES ('only me', '{"private": "value"}');
SELECT synthik_infer('infer_none')::text ~ 'only me|private' AS told;

DROP TABLE infer_lists, infer_many, infer_levels, infer_kinds, infer_addresses, infer_shapes, infer_text, infer_numbers_of, infer_json,
	infer_formulas, infer_facts, infer_odd, infer_none;
DROP VIEW infer_numbers;
DROP FUNCTION field_of, dice;
