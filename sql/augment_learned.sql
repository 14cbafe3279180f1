-- Rows like those that are there.
SET synthik.locale = 'en_US';
CREATE TABLE shop (
	id bigserial PRIMARY KEY,
	city text,
	country text,
	status text NOT NULL,
	qty int,
	price numeric(10,2),
	placed timestamptz,
	born date,
	secret text,
	done boolean,
	empty text
);
INSERT INTO shop (city, country, status, qty, price, placed, born, secret, done)
SELECT (ARRAY['Berlin', 'Paris', 'Rome', 'Munich', 'Lyon'])[k], (ARRAY['DE', 'FR', 'IT', 'DE', 'FR'])[k],
	CASE WHEN i % 10 = 0 THEN 'returned' ELSE 'paid' END,
	CASE WHEN i % 4 > 0 THEN 1 + i % 7 END, CASE WHEN i % 3 = 0 THEN 9.99 ELSE i * 0.37 END,
	'2024-01-01 00:00+00'::timestamptz + i * interval '3 hours', '1950-01-01'::date + (i * 7919) % 18000,
	'secret-' || i, i % 3 = 0
FROM (SELECT i, 1 + (i * i) % 7 % 5 AS k FROM generate_series(1, 2000) AS i) AS rows;
CREATE VIEW shop_values AS SELECT city, country, status, qty, price, placed, born, secret, done, empty FROM shop WHERE id > 2000;

-- What the preview shows is what is added, but for what a sequence fills.
CREATE TEMP TABLE preview AS SELECT * FROM synthik_rows(NULL::shop, 500, seed => 3, schema => synthik_infer('shop'));
ALTER SEQUENCE shop_id_seq RESTART 2001;
SELECT synthik_augment('shop', 500, seed => 3);
ALTER TABLE preview DROP COLUMN id;
SELECT (SELECT count(*) FROM (TABLE preview EXCEPT ALL TABLE shop_values) AS missing) AS missing,
	(SELECT count(*) FROM (TABLE shop_values EXCEPT ALL TABLE preview) AS more) AS more;
SELECT count(*) FILTER (WHERE (city, country) NOT IN (SELECT city, country FROM shop WHERE id <= 2000)) AS strange_pairs,
	count(*) FILTER (WHERE status NOT IN ('paid', 'returned')) AS strange_states,
	count(*) FILTER (WHERE price NOT BETWEEN 0.37 AND 740) AS strange_prices,
	count(*) FILTER (WHERE (price = 9.99) <> done) < 25 AS pairs_kept,
	avg((qty IS NULL)::int) BETWEEN 0.15 AND 0.35 AS no_qty, count(empty) AS not_empty, count(secret) AS secrets
FROM shop_values;
SELECT count(*) AS copies FROM shop_values JOIN shop AS s USING (city, country, status, price, placed, born, secret, done) WHERE s.id <= 2000;
DELETE FROM shop WHERE id > 2000;

-- Also by workers, from statistics alone, under conditions, and with keywords laid over.
SELECT synthik_augment('shop', 300, seed => 3, workers => 1);
SELECT count(*) FILTER (WHERE (city, country) NOT IN (SELECT city, country FROM shop WHERE id <= 2000)) AS strange_pairs FROM shop_values;
DELETE FROM shop WHERE id > 2000;
ANALYZE shop;
SELECT synthik_augment('shop', 300, seed => 3, sample => 0);
SELECT count(*) FILTER (WHERE status NOT IN ('paid', 'returned')) AS strange_states, count(*) FILTER (WHERE price NOT BETWEEN 0.37 AND 740) AS strange_prices FROM shop_values;
DELETE FROM shop WHERE id > 2000;
SELECT synthik_augment('shop', 200, seed => 3, condition => '{"country": "IT", "qty": {"minimum": 6}}');
SELECT DISTINCT city, country, qty FROM shop_values ORDER BY qty;
DELETE FROM shop WHERE id > 2000;
SELECT synthik_augment('shop', 200, seed => 3, schema => '{"fields": [{"name": "price", "minimum": 5000, "maximum": 6000}, {"name": "status", "enum": ["new"]}]}');
SELECT DISTINCT status, min(price) >= 5000 AS dear FROM shop_values GROUP BY status;
DELETE FROM shop WHERE id > 2000;
SELECT synthik_augment('shop', 10, condition => '{"status": "payd"}');
SELECT synthik_augment('shop', 20, seed => 1, condition => '{"qty": 5000}');
SELECT DISTINCT qty FROM shop_values;
DELETE FROM shop WHERE id > 2000;

-- synthik_rows follows the statistics.
SELECT count(*) FILTER (WHERE status NOT IN ('paid', 'returned')) AS strange_states, max(qty) <= 7 AS quantities
FROM synthik_rows(NULL::shop, 300, seed => 1);
SELECT field, why FROM synthik_describe('shop'::regclass) WHERE why LIKE 'statistics%' ORDER BY field;

-- Times after the table's: those of the rows, not the birthdays.
SELECT synthik_augment('shop', 300, seed => 3, dates => 'after');
SELECT min(placed) >= '2024-09-07' AS later, max(placed) < '2025-07-01' AS not_too_late, max(born) < '2000-01-01' AS born_before FROM shop_values;
DELETE FROM shop WHERE id > 2000;
CREATE TABLE journal (made timestamptz NOT NULL, changed timestamptz, due date, born date, CHECK (changed >= made));
INSERT INTO journal SELECT t, t + i % 50 * interval '1 hour', t::date + 30, '1950-01-01'::date + (i * 7919) % 18000
FROM (SELECT i, '2024-01-01 00:00+00'::timestamptz + i * interval '3 hours' AS t FROM generate_series(1, 2000) AS i) AS rows;
SELECT synthik_augment('journal', 1000, seed => 3, dates => 'after');
SELECT min(made) >= '2024-09-07' AS later, max(changed - made) <= '49 hours' AS spans, max(due - made::date) BETWEEN 25 AND 60 AS due, max(born) < '2000-01-01' AS born_before
FROM (SELECT * FROM journal OFFSET 2000) AS new_rows;
DROP TABLE journal;
-- Strict: the extremes are not there on purpose, nor are rare values.
UPDATE shop SET price = 9000 WHERE id = 7;
UPDATE shop SET status = 'unique' WHERE id = 8;
SELECT synthik_augment('shop', 1000, seed => 3, privacy => 'strict');
SELECT max(price) < 5000 AS suppressed, count(*) FILTER (WHERE status = 'unique') AS rare FROM shop_values;
DELETE FROM shop WHERE id > 2000;

-- From another table: by name and type; a view; privileges there.
CREATE TABLE other (status text, qty text, extra int, price numeric);
SELECT synthik_augment('other', 100, seed => 1, source => 'shop');
SELECT bool_and(status IN ('paid', 'returned', 'unique')) AS states, bool_and(price BETWEEN 0.37 AND 9000) AS prices FROM other;
TRUNCATE other;
CREATE VIEW states AS SELECT 'from a view' AS status FROM generate_series(1, 100);
SELECT synthik_augment('other', 10, seed => 1, source => 'states');
SELECT DISTINCT status FROM other;
CREATE ROLE augment_learner;
GRANT INSERT ON other TO augment_learner;
GRANT SELECT (status) ON other TO augment_learner;
SET ROLE augment_learner;
SELECT synthik_augment('other', 10, seed => 1, source => 'shop');
SELECT synthik_augment('other', 50, seed => 1);
RESET ROLE;
-- What may be read is learned, the rest is not.
SELECT count(*) AS rows, count(DISTINCT status) AS states FROM other;
GRANT SELECT (qty) ON shop TO augment_learner;
SET ROLE augment_learner;
SELECT synthik_augment('other', 10, seed => 1, source => 'shop');
RESET ROLE;

-- Row security, partitions, children, one row, NULLs alone, and a mark.
CREATE TABLE walled (owner text, v int);
INSERT INTO walled SELECT CASE WHEN i > 50 THEN 'augment_learner' ELSE 'other' END, i FROM generate_series(1, 100) AS i;
ALTER TABLE walled ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON walled USING (owner = current_user) WITH CHECK (true);
GRANT SELECT, INSERT ON walled TO augment_learner;
SET ROLE augment_learner;
SELECT synthik_augment('walled', 40, seed => 1);
RESET ROLE;
SELECT count(*) FILTER (WHERE owner = 'augment_learner' AND v > 50) AS seen, count(*) AS rows FROM walled;
CREATE TABLE parts (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
INSERT INTO parts SELECT i, CASE WHEN i < 100 THEN 'low' ELSE 'high' END FROM generate_series(0, 199) AS i;
SELECT synthik_augment('parts', 400, seed => 1);
SELECT tableoid::regclass, count(*) > 200 AS more, count(*) FILTER (WHERE v = CASE WHEN k < 100 THEN 'low' ELSE 'high' END) > 200 AS pairs
FROM parts GROUP BY tableoid ORDER BY 1;
CREATE TABLE one (a int, b text, c timestamptz);
INSERT INTO one VALUES (1, 'a', '2024-01-01');
SELECT synthik_augment('one', 5, seed => 1);
CREATE TABLE nulls (a int, b text, c timestamptz, d int[], e jsonb);
INSERT INTO nulls SELECT FROM generate_series(1, 50);
SELECT synthik_augment('nulls', 50, seed => 1);
SELECT count(a) + count(b) + count(c) + count(d) + count(e) AS not_null FROM nulls;
CREATE TABLE marked (v text, is_synthetic boolean DEFAULT false);
INSERT INTO marked SELECT 'real' FROM generate_series(1, 100);
SELECT synthik_augment('marked', 20, seed => 1, mark => 'is_synthetic');
SELECT v, is_synthetic, count(*) FROM marked GROUP BY 1, 2 ORDER BY 2;
-- What is marked is not learned from.
UPDATE marked SET v = 'made up' WHERE is_synthetic;
SELECT synthik_augment('marked', 20, seed => 1, mark => 'is_synthetic');
SELECT v, is_synthetic, count(*) FROM marked GROUP BY 1, 2 ORDER BY 2, 1;
-- The preview holds for all kinds of columns, keys of other tables among them.
CREATE DOMAIN percent AS int CHECK (value BETWEEN 0 AND 100);
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 20);
CREATE TABLE rich (
	a int,
	b int GENERATED ALWAYS AS (a * 2) STORED,
	gone int,
	p point,
	tags text[],
	iv interval,
	doc jsonb,
	share percent,
	lo int,
	hi int,
	qty int,
	price numeric(8,2),
	total numeric(10,2),
	made timestamptz,
	changed timestamptz,
	note text,
	parent_id int REFERENCES parent,
	CHECK (lo <= hi),
	CHECK (changed >= made)
);
ALTER TABLE rich DROP COLUMN gone;
INSERT INTO rich (a, p, tags, iv, doc, share, lo, hi, qty, price, total, made, changed, note, parent_id)
SELECT i, point(i, i), ARRAY['q', NULL, 'z' || i % 3], i * interval '1 hour', jsonb_build_object('k', i % 7, 'l', jsonb_build_array(1, i % 2)),
	i % 101, i % 10, i % 10 + i % 5, 1 + i % 5, i % 90 + 0.5, (1 + i % 5) * (i % 90 + 0.5),
	'2025-01-01 00:00+00'::timestamptz + i * interval '1 hour', '2025-01-01 00:00+00'::timestamptz + i * interval '1 hour' + i % 50 * interval '1 day',
	'the box of number ' || i || ' is in the hall', 1 + i * i % 20
FROM generate_series(1, 1000) AS i;
CREATE TEMP TABLE rich_preview AS SELECT r::text AS r FROM synthik_rows(NULL::rich, 300, seed => 4, schema => synthik_infer('rich')) AS r;
CREATE TEMP TABLE rich_before AS SELECT r::text AS r FROM rich AS r;
SELECT synthik_augment('rich', 300, seed => 4);
SELECT count(*) AS others FROM (SELECT r::text FROM rich AS r EXCEPT ALL TABLE rich_before EXCEPT ALL TABLE rich_preview) AS others;
SELECT count(*) FILTER (WHERE total = qty * price) AS totals, count(*) AS rows, count(DISTINCT parent_id) AS parents FROM rich;
DROP TABLE rich, rich_preview, rich_before, parent;
DROP DOMAIN percent;
-- Slices do not learn from each other, but from what all are given.
CREATE TABLE slices (v text);
SELECT synthik_augment('slices', 50, seed => 1), synthik_augment('slices', 50, seed => 1, first_row => 51);
CREATE TABLE whole (LIKE slices);
SELECT synthik_augment('whole', 100, seed => 1);
SELECT count(*) FROM (TABLE slices EXCEPT ALL TABLE whole) AS others;
SELECT synthik_augment('whole', 10, seed => 1, first_row => 101, source => 'marked');
SELECT count(*) FROM whole WHERE v = 'real';
DROP TABLE slices, whole;
-- Keys of two columns have room to grow.
CREATE TABLE lines (orderno int, line int, sku text, PRIMARY KEY (orderno, line));
INSERT INTO lines SELECT o, l, 'sku-' || l FROM generate_series(1, 20) AS o, generate_series(1, 5) AS l;
SELECT synthik_augment('lines', 300, seed => 1);
-- Beyond the end of a type there is nothing, whatever was learned.
CREATE TABLE far (a bigint, b integer);
INSERT INTO far SELECT i * 1000, i % 7 FROM generate_series(1, 500) AS i;
SELECT synthik_augment('far', 3, seed => 1, condition => '{"a": {"exclusiveMinimum": 9223372036854775807}}');
SELECT synthik_augment('far', 3, seed => 1, condition => '{"a": {"exclusiveMaximum": -9223372036854775808}}');
DROP TABLE far;

REVOKE ALL ON shop, other, walled FROM augment_learner;
DROP ROLE augment_learner;
DROP VIEW states, shop_values;
DROP TABLE shop, other, walled, parts, one, nulls, marked, lines, preview;
