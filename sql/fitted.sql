--
-- Rows as a table's were learned: any slice alone, conditions, lists and
-- bounds over what was learned, and what hangs together.
--
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE TABLE fitted_shop (code int PRIMARY KEY, name text NOT NULL);
INSERT INTO fitted_shop SELECT i, 'shop ' || i FROM generate_series(1, 40) i;

-- Plans have areas; gold pays more; NULLs come together; days are weekdays;
-- notes are sentences; a shop of few has most of the rows.
CREATE TABLE fitted (
	id int GENERATED ALWAYS AS IDENTITY,
	plan text NOT NULL,
	city text,
	land text,
	age int,
	price numeric(10,2) CHECK (price > 0),
	paid boolean,
	paid_by text,
	ordered timestamp NOT NULL,
	shipped timestamp,
	tags int[],
	note text,
	shop int REFERENCES fitted_shop,
	CHECK (shipped >= ordered));
INSERT INTO fitted (plan, city, land, age, price, paid, paid_by, ordered, shipped, tags, note, shop)
SELECT plan, city, CASE WHEN city IN ('Paris', 'Lyon') THEN 'France' WHEN city IS NOT NULL THEN 'Spain' END,
	18 + (i * 7919) % 40 + CASE plan WHEN 'gold' THEN 25 ELSE 0 END,
	((CASE plan WHEN 'gold' THEN 500 WHEN 'plus' THEN 50 ELSE 5 END)
		+ (i * 104729 % 1000) / 100.0)::numeric(10,2),
	paid, CASE WHEN paid THEN (ARRAY['card', 'cash'])[1 + i % 2] END,
	day + (8 + i % 9) * interval '1 hour' + (i * 37 % 3600) * interval '1 second',
	CASE WHEN i % 5 > 0 THEN day + (8 + i % 9) * interval '1 hour' + (1 + i * 31 % 72) * interval '1 hour' END,
	array_fill(i % 9, ARRAY[1 + i % 4 + CASE plan WHEN 'gold' THEN 4 ELSE 0 END]),
	(SELECT string_agg((ARRAY['the old parcel', 'was late', 'came home', 'a red box', 'and nobody', 'saw it', 'letters', 'stay open',
		'in spring', 'without', 'our mail', 'went away', 'again', 'to Lyon', 'but whole'])[1 + (i * 7 + k * k * (3 + i % 11) + i / 13) % 15], ' ' ORDER BY k)
		FROM generate_series(1, 3 + i % 6) k),
	CASE WHEN i % 10 < 7 THEN 1 + i % 3 ELSE 4 + i % 37 END
FROM (SELECT i, (ARRAY['free','free','free','plus','plus','gold'])[1 + i % 6] AS plan,
		(ARRAY['Paris','Lyon','Madrid','Sevilla',NULL])[1 + i / 6 % 5] AS city,
		CASE WHEN i % 4 > 0 THEN i % 3 > 0 END AS paid,
		timestamp '2024-01-01' + ((i * 17 % 52) * 7 + i % 5) * interval '1 day' AS day
	FROM generate_series(1, 3000) i) s;
ANALYZE fitted;
CREATE TABLE learned AS SELECT synthik_infer('fitted') AS doc;

-- What makes the values.
SELECT field, generator FROM synthik_describe((SELECT doc FROM learned))
WHERE field IN ('plan', 'land', 'tags', 'note') ORDER BY field;

CREATE FUNCTION made(rows bigint, first_row bigint DEFAULT 1, condition jsonb DEFAULT NULL, changes jsonb DEFAULT '{}')
RETURNS SETOF fitted LANGUAGE sql AS $$
	SELECT * FROM synthik_rows(NULL::fitted, rows, seed => 4711, first_row => first_row, condition => condition,
		schema => (SELECT jsonb_set(doc, '{fields}', (SELECT jsonb_agg(f || coalesce(changes -> (f->>'name'), '{}')) FROM jsonb_array_elements(doc->'fields') f)) FROM learned))
$$;

-- Any slice alone.
SELECT count(*) FROM
	(SELECT to_jsonb(m) - 'id' AS j, row_number() OVER () AS n FROM made(1000) m) a
	JOIN (SELECT to_jsonb(m) - 'id' AS j, 500 + row_number() OVER () AS n FROM made(500, 501) m) b USING (n, j);
SELECT count(*) FROM
	(SELECT to_jsonb(m) - 'id' AS j, row_number() OVER () AS n FROM made(1000, 1, '{"paid": true}') m) a
	JOIN (SELECT to_jsonb(m) - 'id' AS j, 500 + row_number() OVER () AS n FROM made(500, 501, '{"paid": true}') m) b USING (n, j);

-- What belongs together.
SELECT count(*) AS rows,
	count(*) FILTER (WHERE land IS DISTINCT FROM CASE WHEN city IN ('Paris', 'Lyon') THEN 'France' WHEN city IS NOT NULL THEN 'Spain' END) AS wrong_land,
	count(*) FILTER (WHERE (paid IS TRUE) <> (paid_by IS NOT NULL)) < 20 AS nulls_together,
	count(*) FILTER (WHERE extract(dow FROM ordered) IN (0, 6)) < 20 AS weekdays,
	count(*) FILTER (WHERE extract(hour FROM ordered) NOT BETWEEN 8 AND 16) AS wrong_hour,
	count(*) FILTER (WHERE shipped < ordered) AS shipped_before,
	count(*) FILTER (WHERE price NOT BETWEEN 5 AND 510) AS wrong_price,
	min(cardinality(tags)), max(cardinality(tags)),
	count(*) FILTER (WHERE shop <= 3) BETWEEN 1900 AND 2300 AS popular_shops,
	count(*) FILTER (WHERE note IN (SELECT note FROM fitted)) AS copied_notes,
	count(DISTINCT note) > 100 AS notes_vary
FROM made(3000);
SELECT plan, count(*) BETWEEN expected * 0.9 AND expected * 1.1 AS about_as_many,
	count(*) FILTER (WHERE price BETWEEN low AND high) > 0.98 * count(*) AS prices, avg(cardinality(m.tags)) BETWEEN e.tags - 0.3 AND e.tags + 0.3 AS lengths
FROM made(3000) m JOIN (VALUES ('free', 1500, 5, 15, 2.5), ('plus', 1000, 50, 60, 2.5), ('gold', 500, 500, 510, 7.0))
	AS e (plan, expected, low, high, tags) USING (plan) GROUP BY plan, expected, low, high, e.tags ORDER BY plan;

-- A condition holds, and what belongs to it follows.
SELECT plan, count(*), count(*) FILTER (WHERE price > 400) > 195 AS dear, min(age) > 40 AS old FROM made(200, 1, '{"plan": "gold"}') GROUP BY plan;
SELECT count(*), count(*) FILTER (WHERE land = 'France') AS france, count(*) FILTER (WHERE city IN ('Paris', 'Lyon')) AS cities
FROM made(200, 1, '{"land": "France"}');
SELECT count(*), count(*) FILTER (WHERE plan = 'gold') > 190 AS mostly_gold, min(price) >= 400 AS dear
FROM made(200, 1, '{"price": {"minimum": 400}}');
SELECT count(*), count(paid_by), bool_and(paid IS TRUE) AS paid FROM made(200, 1, '{"paid_by": {"enum": ["card", "cash"], "null_fraction": 0}}');
SELECT count(*), count(city), count(land) FROM made(200, 1, '{"city": null}');

-- Weights, bounds and shares of NULL that a document gives.
SELECT plan, count(*) BETWEEN 900 AND 1100 AS half FROM made(2000, 1, NULL,
	'{"plan": {"enum": ["gold", "free"], "weights": [1, 1]}}') GROUP BY plan ORDER BY plan;
SELECT min(age), max(age) FROM made(500, 1, NULL, '{"age": {"minimum": 30, "maximum": 33}}');
SELECT count(*) FILTER (WHERE city IS NULL) BETWEEN 900 AND 1100 AS half,
	count(*) FILTER (WHERE (city IS NULL) <> (land IS NULL)) AS alone
FROM made(2000, 1, NULL, '{"city": {"null_fraction": 0.5}}');
SELECT count(DISTINCT plan), count(*) FILTER (WHERE plan ~ '^P[0-9]$') FROM synthik_rows(NULL::fitted, 100, seed => 4711, schema => (
	SELECT jsonb_set(doc, '{fields}', (SELECT jsonb_agg(CASE f->>'name' WHEN 'plan' THEN f - 'enum' - 'weights' || '{"pattern": "P[0-9]"}' ELSE f END)
		FROM jsonb_array_elements(doc->'fields') f)) FROM learned));

-- Rows that checks refuse are drawn again.
CREATE TABLE fitted_checked (LIKE fitted);
ALTER TABLE fitted_checked ADD CHECK (age % 7 <> 3), ADD CHECK (price < 504 OR cardinality(tags) > 6);
SELECT synthik_augment('fitted_checked', 2000, source => 'fitted', seed => 3);
SELECT count(*), count(*) FILTER (WHERE age % 7 = 3) AS refused, min(price) >= 5 AND max(price) <= 510 AS prices FROM fitted_checked;

-- Workers make the same rows.
CREATE TABLE fitted_by_workers (LIKE fitted_checked INCLUDING CONSTRAINTS);
SELECT synthik_augment('fitted_by_workers', 2000, source => 'fitted', seed => 3, workers => 2);
SELECT count(*) FROM ((SELECT * FROM fitted_checked EXCEPT ALL SELECT * FROM fitted_by_workers)
	UNION ALL (SELECT * FROM fitted_by_workers EXCEPT ALL SELECT * FROM fitted_checked)) d;

-- No row equals a rare one of the source; what many rows share may come again.
CREATE TABLE fitted_known (kind text, age int, score numeric(4,1), seen date, ok boolean);
INSERT INTO fitted_known SELECT (ARRAY['a', 'b', NULL])[1 + i % 3], 20 + i * 7 % 40, i * 13 % 50 / 10.0, date '2024-01-01' + i * 31 % 20, i % 2 = 0
FROM generate_series(1, 300) i;
INSERT INTO fitted_known SELECT 'a', 30, 1, '2024-01-05', true FROM generate_series(1, 100);
CREATE TABLE fitted_others (LIKE fitted_known, CHECK (age <> 31));
CREATE TABLE fitted_others_by_workers (LIKE fitted_others INCLUDING CONSTRAINTS);
SELECT synthik_augment('fitted_others', 10000, source => 'fitted_known', seed => 1),
	synthik_augment('fitted_others_by_workers', 10000, source => 'fitted_known', seed => 1, workers => 2);
SELECT count(*) FROM ((SELECT * FROM fitted_others EXCEPT ALL SELECT * FROM fitted_others_by_workers)
	UNION ALL (SELECT * FROM fitted_others_by_workers EXCEPT ALL SELECT * FROM fitted_others)) d;
CREATE VIEW fitted_copies AS
	SELECT f.n FROM fitted_others o JOIN (SELECT *, count(*) AS n FROM fitted_known GROUP BY kind, age, score, seen, ok) f
		ON (o.kind, o.age, o.score, o.seen, o.ok) IS NOT DISTINCT FROM (f.kind, f.age, f.score, f.seen, f.ok);
SELECT count(*) FILTER (WHERE n < 5) AS rare, count(*) FILTER (WHERE n >= 5) > 2000 AS common FROM fitted_copies;
-- as saved, and whatever is read of a row
SELECT count(*) AS same FROM
	(SELECT age, row_number() OVER () AS n FROM synthik_rows(NULL::fitted_known, 2000, seed => 1, schema => synthik_infer('fitted_known'))) a
	JOIN (SELECT age, score, kind, row_number() OVER () AS n FROM synthik_rows(NULL::fitted_known, 2000, seed => 1, schema => synthik_infer('fitted_known'))) b
	USING (n, age);
TRUNCATE fitted_others;
INSERT INTO fitted_others SELECT * FROM synthik_rows(NULL::fitted_known, 10000, seed => 2, schema => synthik_infer('fitted_known')) WHERE age <> 31;
SELECT count(*) FILTER (WHERE n < 5) AS rare, count(*) FILTER (WHERE n >= 5) > 2000 AS common FROM fitted_copies;
-- values that are made by a pattern count too
CREATE TABLE fitted_coded (code text, age int, kind text);
INSERT INTO fitted_coded SELECT CASE WHEN i % 3 < 2 THEN 'common ' || i % 12 ELSE 'C-' || lpad((i * 7919 % 997)::text, 3, '0') END,
	20 + i * 7 % 10, (ARRAY['a', 'b'])[1 + i * 31 % 2] FROM generate_series(1, 2000) i;
SELECT count(*) FILTER (WHERE n < 5) AS rare, count(*) FILTER (WHERE n >= 5) > 2000 AS common
FROM synthik_rows(NULL::fitted_coded, 10000, seed => 1, schema => synthik_infer('fitted_coded')) JOIN (SELECT *, count(*) AS n FROM fitted_coded GROUP BY code, age, kind) f USING (code, age, kind);
DROP TABLE fitted_coded;
-- where there is nothing else to make: an error, if it may not come
CREATE TABLE fitted_few (a int, b boolean);
INSERT INTO fitted_few SELECT i / 8, i % 2 = 0 FROM generate_series(0, 15) i;
SELECT count(a), count(b) FROM synthik_rows(NULL::fitted_few, 10, seed => 1, schema => synthik_infer('fitted_few'));
SELECT count(a), count(b) FROM synthik_rows(NULL::fitted_few, 10, seed => 1, schema => synthik_infer('fitted_few', privacy => 'strict'));
DROP VIEW fitted_copies;
DROP TABLE fitted_known, fitted_others, fitted_others_by_workers, fitted_few;

-- What is no number comes again, also as saved, and what is next to nothing keeps its digits.
CREATE TABLE fitted_odd (id int, until timestamp, day date, ratio float8, amount numeric, tiny float8, began timestamp, ended timestamp);
INSERT INTO fitted_odd SELECT i, CASE WHEN i % 4 = 0 THEN 'infinity' ELSE timestamp '2024-01-01' + i * interval '1 hour' END,
	CASE WHEN i % 10 = 0 THEN '-infinity' ELSE date '2024-01-01' + i % 300 END,
	CASE i % 5 WHEN 0 THEN 'NaN' WHEN 1 THEN '-infinity' ELSE i * 7919 % 3001 / 7.0 END, CASE WHEN i % 3 = 0 THEN 'NaN' ELSE i * 31 % 997 / 10.0 END,
	1e-7 * (i % 97) * 0.337, timestamp '2024-01-01' + i % 500 * interval '1 day',
	timestamp '2024-01-01' + i % 500 * interval '1 day' + i % 17 * interval '1 hour' FROM generate_series(1, 3000) i;
SELECT count(*) FILTER (WHERE until = 'infinity') BETWEEN 650 AND 850 AS until, count(*) FILTER (WHERE day = '-infinity') BETWEEN 240 AND 360 AS day,
	count(*) FILTER (WHERE ratio = 'NaN') BETWEEN 500 AND 700 AS nan, count(*) FILTER (WHERE ratio = '-infinity') BETWEEN 500 AND 700 AS ratio,
	count(*) FILTER (WHERE amount = 'NaN') BETWEEN 850 AND 1150 AS amount, max(tiny) < 4e-6 AND avg(tiny) BETWEEN 1.3e-6 AND 1.9e-6 AS tiny, bool_and(began <= ended) AS ended
FROM synthik_rows(NULL::fitted_odd, 3000, seed => 1, schema => synthik_infer('fitted_odd'));
-- What counts from another value stays within bounds without piling up there.
SELECT count(*), count(*) FILTER (WHERE ended = '2024-06-30') < 60 AS few_at_bound, max(ended) <= '2024-06-30' AS within, bool_and(began <= ended) AS ended
FROM synthik_rows(NULL::fitted_odd, 3000, seed => 1, schema => synthik_infer('fitted_odd'), condition => '{"ended": {"maximum": "2024-06-30"}}');
DROP TABLE fitted_odd;

-- Numbers that are unique within a key begin where those of the sample are, and grow where rows need it.
CREATE TABLE fitted_order (id int PRIMARY KEY);
INSERT INTO fitted_order SELECT generate_series(1, 200);
CREATE TABLE fitted_line (order_id int REFERENCES fitted_order, qty int, UNIQUE (order_id, qty));
INSERT INTO fitted_line SELECT p, q FROM generate_series(1, 200) p, generate_series(3, 7) q WHERE (p + q) % 4 = 0;
ANALYZE fitted_line;
SELECT generator, why FROM synthik_describe(synthik_infer('fitted_line')) WHERE field = 'qty';
SELECT synthik_augment('fitted_line', 200, seed => 1);
SELECT count(*), min(qty), max(qty) FROM fitted_line;
SELECT synthik_augment('fitted_line', 5000, seed => 2);
SELECT count(*), min(qty), max(qty) BETWEEN 40 AND 90 AS grown FROM fitted_line;
DROP TABLE fitted_line, fitted_order;

DROP FUNCTION made;
DROP TABLE learned, fitted_checked, fitted_by_workers, fitted, fitted_shop;

-- Of many texts, those that are common keep their frequencies; the others are
-- made by their pattern.  What looks personal is not copied, nor what few have.
CREATE TABLE fitted_common (
	town text,
	land text,
	code char(8),
	contact text,
	part text,
	number int NOT NULL,
	price numeric(8,2),
	fee int,
	UNIQUE (part, number));
INSERT INTO fitted_common
SELECT 'T-' || lpad(t::text, 4, '0'), 'L' || t % 7, CASE WHEN i % 2 = 0 THEN 'AA-' || i % 15 ELSE 'ZZ-' || lpad((i * 7919 % 9973)::text, 4, '0') END,
	CASE WHEN i % 3 = 0 THEN 'buyer' || i % 20 || '@shop.test' ELSE 'code ' || i END,
	'P' || i % 300, i, (5 + i * 7919 % 4000) / 4 + 0.99 - CASE WHEN i % 4 = 0 THEN 0.49 ELSE 0 END,
	CASE WHEN i % 30 = 0 THEN i ELSE 100 * (i * 7919 % 983) + 50 * (i % 2) END
FROM (SELECT i, CASE WHEN i % 10 < 7 THEN i * i % 40 ELSE 40 + i % 1731 END AS t FROM generate_series(1, 6000) i) s;
ANALYZE fitted_common;
CREATE TABLE learned_common AS SELECT synthik_infer('fitted_common') AS doc;
SELECT field, regexp_replace(generator, ', depends on [^;]*', '') AS generator
FROM synthik_describe((SELECT doc FROM learned_common)) WHERE field IN ('town', 'land', 'code', 'contact', 'price', 'fee') ORDER BY field;
CREATE FUNCTION common(rows bigint, condition jsonb DEFAULT NULL, first_row bigint DEFAULT 1) RETURNS SETOF fitted_common LANGUAGE sql AS $$
	SELECT * FROM synthik_rows(NULL::fitted_common, rows, seed => 4711, condition => condition, first_row => first_row, schema => (SELECT doc FROM learned_common))
$$;
WITH shares AS (SELECT town, count(*) / 6000.0 AS share FROM fitted_common GROUP BY town HAVING count(*) >= 5)
SELECT count(*) AS common, bool_and(made BETWEEN share * 0.7 AND share * 1.4) AS as_common, sum(share) - sum(made) BETWEEN -0.03 AND 0.03 AS all_of_them
FROM (SELECT town, share, (SELECT count(*) / 6000.0 FROM common(6000) c WHERE c.town = shares.town) AS made FROM shares) s;
SELECT count(*) FILTER (WHERE town !~ '^T-[01][0-9]{3}$') AS wrong, count(DISTINCT town) > 500 AS others,
	count(DISTINCT (part, number)) AS parts,
	count(*) FILTER (WHERE price % 1 NOT IN (0.99, 0.50)) AS wrong_price, avg((price % 1 = 0.50)::int) BETWEEN 0.22 AND 0.28 AS quarter,
	avg((fee % 50 = 0)::int) BETWEEN 0.95 AND 0.99 AS whole_fees,
	avg((code ~ '^AA')::int) BETWEEN 0.47 AND 0.53 AS codes
FROM common(6000);
-- land follows from a common town
SELECT count(*) FILTER (WHERE land <> 'L' || substr(town, 3)::int % 7) < 20 AS kept FROM common(3000, '{"town": {"enum": ["T-0001", "T-0004", "T-0009", "T-0016"]}}');
-- conditions: a common value, another one, both, a narrower pattern, a bound
SELECT town, count(*) FROM common(100, '{"town": "T-0004"}') GROUP BY town;
SELECT town, count(*) FROM common(100, '{"town": "T-1888"}') GROUP BY town;
SELECT town, count(*) BETWEEN expected * 0.8 AND expected * 1.2 AS about
FROM common(2000, '{"town": {"enum": ["T-0004", "T-0001", "T-1888"], "weights": [6, 2, 2]}}') JOIN (VALUES ('T-0004', 1200), ('T-0001', 400), ('T-1888', 400)) AS e (town, expected) USING (town) GROUP BY town, expected ORDER BY town;
SELECT bool_and(town ~ '^T-001[0-9]$') AS made, count(DISTINCT town) AS towns FROM common(500, '{"town": {"pattern": "^T-001[0-9]$"}}');
SELECT min(price) >= 900 AS dear, count(*) FILTER (WHERE price % 1 NOT IN (0.99, 0.50)) AS wrong_price FROM common(500, '{"price": {"minimum": 900}}');
-- any slice alone, and by workers
SELECT count(*) FROM
	(SELECT to_jsonb(m) AS j, row_number() OVER () AS n FROM common(1000) m) a
	JOIN (SELECT to_jsonb(m) AS j, 500 + row_number() OVER () AS n FROM common(500, NULL, 501) m) b USING (n, j);
CREATE TABLE fitted_one (LIKE fitted_common INCLUDING ALL);
CREATE TABLE fitted_two (LIKE fitted_common INCLUDING ALL);
SELECT synthik_augment('fitted_one', 2000, source => 'fitted_common', seed => 3), synthik_augment('fitted_two', 2000, source => 'fitted_common', seed => 3, workers => 2);
SELECT count(*) FROM (TABLE fitted_one EXCEPT ALL TABLE fitted_two) d;
-- the same from the document
SELECT count(*) FROM (SELECT town, land, code, price, fee FROM fitted_one EXCEPT ALL
	SELECT town, land, code, price, fee FROM synthik_rows(NULL::fitted_common, 2000, seed => 3, schema => (SELECT doc FROM learned_common))) d;
-- from the statistics alone
SELECT field, generator LIKE 'learned: % common values; others: %' AS common, why LIKE 'statistics: % most common values of many' AS why
FROM synthik_describe(synthik_infer('fitted_common', sample => 0)) WHERE field IN ('town', 'code', 'contact') ORDER BY field;
SELECT abs(avg((town = 'T-0004')::int) - (SELECT avg((town = 'T-0004')::int) FROM fitted_common)) < 0.03 AS as_common,
	count(*) FILTER (WHERE contact LIKE 'buyer%') AS contacts, bool_and(length(code) <= 8) AS codes
FROM synthik_rows(NULL::fitted_common, 3000, seed => 5);
-- laid over: a pattern that no level has
SELECT bool_and(town ~ '^X[0-9]$') AS made FROM synthik_rows(NULL::fitted_common, 100, seed => 1, schema => (
	SELECT jsonb_set(doc, '{fields}', (SELECT jsonb_agg(CASE f->>'name' WHEN 'town' THEN f || '{"pattern": "^X[0-9]$", "minLength": 2, "maxLength": 2}' ELSE f END)
		FROM jsonb_array_elements(doc->'fields') f)) FROM learned_common));
DROP FUNCTION common;
DROP TABLE fitted_common, learned_common, fitted_one, fitted_two;

-- Codes of few rows are made by a pattern; none of them is a common code.
CREATE TABLE fitted_codes AS
SELECT 'B-' || lpad((CASE WHEN i % 3 = 0 THEN 5 * (i / 3 % 200) + 1 + i / 600 % 4 ELSE i % 200 * 5 END)::text, 3, '0') AS code, i AS n
FROM generate_series(1, 6000) i;
SELECT round(sum((right(code, 1) NOT IN ('0', '5'))::int) / 6000.0, 2) AS rare
FROM synthik_rows(NULL::fitted_codes, 6000, seed => 1, schema => synthik_infer('fitted_codes'));
DROP TABLE fitted_codes;
