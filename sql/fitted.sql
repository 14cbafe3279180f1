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
-- where there is nothing else to make: an error, if it may not come
CREATE TABLE fitted_few (a int, b boolean);
INSERT INTO fitted_few SELECT i / 8, i % 2 = 0 FROM generate_series(0, 15) i;
SELECT count(a), count(b) FROM synthik_rows(NULL::fitted_few, 10, seed => 1, schema => synthik_infer('fitted_few'));
SELECT count(a), count(b) FROM synthik_rows(NULL::fitted_few, 10, seed => 1, schema => synthik_infer('fitted_few', privacy => 'strict'));
DROP VIEW fitted_copies;
DROP TABLE fitted_known, fitted_others, fitted_others_by_workers, fitted_few;

DROP FUNCTION made;
DROP TABLE learned, fitted_checked, fitted_by_workers, fitted, fitted_shop;
