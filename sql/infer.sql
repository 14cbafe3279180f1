-- What is learned of a table, as a document.
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
FROM (SELECT i, 1 + (i * i) % 5 AS k FROM generate_series(1, 2000) AS i) AS rows;

CREATE FUNCTION field(document jsonb, name text) RETURNS jsonb LANGUAGE sql AS
$$SELECT f FROM jsonb_array_elements(document -> 'fields') AS f WHERE f ->> 'name' = name$$;

-- No statistics: a sample, with a notice.
SELECT field(synthik_infer('shop', sample => 0), 'country') -> 'enum' AS country;
ANALYZE shop;
CREATE TEMP TABLE seen AS
SELECT 'sample' AS way, synthik_infer('shop') AS document
UNION ALL SELECT 'statistics', synthik_infer('shop', sample => 0)
UNION ALL SELECT 'strict', synthik_infer('shop', privacy => 'strict');
SELECT way, field(document, 'country') -> 'enum' AS country, field(document, 'status') -> 'enum' AS status,
	(field(document, 'qty') ->> 'null_fraction')::numeric(3,2) AS qty_nulls FROM seen ORDER BY way;
SELECT way, (field(document, 'price') ->> 'minimum')::numeric AS least, (field(document, 'price') ->> 'maximum')::numeric AS most,
	document ? 'fit' AS trees FROM seen ORDER BY way;
-- Every document is valid, and says the same each time.
SELECT way, (SELECT count(*) FROM synthik_validate(document)) AS faults FROM seen ORDER BY way;
SELECT count(*) = 1 AS same FROM (SELECT synthik_infer('shop') UNION SELECT document FROM seen WHERE way = 'sample') AS s;
-- Nothing that one row alone has is in there.
SELECT way, document::text LIKE '%secret-1234%' AS copied FROM seen ORDER BY way;
-- The statistics' histogram gives values that stand out their share.
SELECT avg((price = 9.99)::int) BETWEEN 0.28 AND 0.38 AS heavy, bool_and(price BETWEEN 0.37 AND 740) AS inside, avg((qty IS NULL)::int) BETWEEN 0.2 AND 0.3 AS nulls
FROM seen, synthik_generate(document, 3000, seed => 1) AS t(price numeric, qty int) WHERE way = 'statistics';

-- Pairs from extended statistics alone.
CREATE STATISTICS shop_places (mcv) ON city, country FROM shop;
ANALYZE shop;
SELECT synthik_infer('shop', sample => 0) ? 'fit' AS trees;

-- Of an empty table, one row, NULLs alone.
CREATE TABLE few (a int, b text, c timestamptz, d int[], e jsonb, f point);
SELECT synthik_infer('few') -> 'fields' -> 0 AS a, synthik_infer('few', sample => 0) ? 'fit' AS trees;
INSERT INTO few VALUES (NULL);
SELECT jsonb_agg(f ->> 'null_fraction') AS nulls FROM jsonb_array_elements(synthik_infer('few') -> 'fields') AS f;
TRUNCATE few;
INSERT INTO few VALUES (1, 'one', '2024-01-01', '{1,2}', '{"a": 1}', '(1,2)');
SELECT count(*) AS faults FROM synthik_validate(synthik_infer('few'));
INSERT INTO few SELECT 2, repeat('é', 20000), 'infinity', NULL, jsonb_build_object('long', repeat('x', 20000)), NULL FROM generate_series(1, 20);
SELECT count(*) AS faults FROM synthik_validate(synthik_infer('few'));
SELECT length(synthik_infer('few')::text) < 20000 AS short;

-- Who may not read a column learns nothing of it; row security hides rows.
CREATE ROLE infer_reader;
GRANT SELECT (id, status, placed) ON shop TO infer_reader;
CREATE TABLE walled (owner name, v int);
INSERT INTO walled SELECT CASE WHEN i > 50 THEN 'infer_reader' ELSE 'other' END, i FROM generate_series(1, 100) AS i;
ALTER TABLE walled ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON walled USING (owner = current_user);
GRANT SELECT ON walled TO infer_reader;
CREATE TABLE closed (v text);
INSERT INTO closed SELECT 'closed' FROM generate_series(1, 100);
ANALYZE walled, closed;
CREATE SCHEMA infer_closed;
CREATE TABLE infer_closed.t AS SELECT * FROM closed;
GRANT SELECT ON infer_closed.t TO infer_reader;
SELECT 'infer_closed.t'::regclass::oid AS hidden \gset
SET ROLE infer_reader;
SELECT f ->> 'name' AS name, f ? 'enum' AS enum, f ? 'minimum' AS bounds, f ? 'null_fraction' AS nulls
FROM jsonb_array_elements(synthik_infer('shop') -> 'fields') AS f WHERE f ->> 'name' IN ('status', 'city', 'price', 'qty');
SELECT f ->> 'name' AS name, f ? 'enum' AS enum, f ? 'distribution' AS bounds, f ? 'null_fraction' AS nulls
FROM jsonb_array_elements(synthik_infer('shop', sample => 0) -> 'fields') AS f WHERE f ->> 'name' IN ('status', 'city', 'price', 'qty');
SELECT field(synthik_infer('walled'), 'v') ->> 'minimum' AS least;
SELECT field(synthik_infer('walled', sample => 0), 'v') ->> 'minimum' AS least;
SELECT synthik_infer('closed') -> 'fields' AS closed;
SELECT synthik_infer(:hidden::regclass) -> 'fields' -> 0 ? 'enum' AS learned;
RESET ROLE;

-- Parents, children, views and materialised views; hostile names; dropped columns.
CREATE TABLE parts (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200);
INSERT INTO parts SELECT i, CASE WHEN i < 100 THEN 'low' ELSE 'high' END FROM generate_series(0, 199) AS i;
CREATE TABLE parent (v text);
CREATE TABLE child () INHERITS (parent);
INSERT INTO parent SELECT 'up' FROM generate_series(1, 50);
INSERT INTO child SELECT 'down' FROM generate_series(1, 50);
CREATE VIEW seen_through AS SELECT status, qty * 2 AS double FROM shop;
CREATE MATERIALIZED VIEW stored AS SELECT status FROM shop;
CREATE MATERIALIZED VIEW unfilled AS SELECT status FROM shop WITH NO DATA;
CREATE TABLE "a""b; drop" (gone int, "x""; --" text, "select" int);
ALTER TABLE "a""b; drop" DROP COLUMN gone;
INSERT INTO "a""b; drop" SELECT 'it''s', 7 FROM generate_series(1, 50);
CREATE TEMP TABLE passing AS SELECT 'temp' AS v FROM generate_series(1, 50);
CREATE UNLOGGED TABLE unlogged AS SELECT 'unlogged' AS v FROM generate_series(1, 50);
SELECT name, (SELECT jsonb_agg(f -> 'enum') FROM jsonb_array_elements(synthik_infer(name) -> 'fields') AS f) AS enums
FROM unnest('{parts,parent,child,seen_through,stored,unfilled,"\"a\"\"b; drop\"",passing,unlogged}'::regclass[]) AS name;
ANALYZE parts, parent;
SELECT name, field(synthik_infer(name, sample => 0), 'v') -> 'enum' AS enum FROM unnest('{parts,parent}'::regclass[]) AS name;

-- 1,600 columns.
SELECT 'CREATE TABLE wide (' || string_agg('c' || i || ' int', ', ') || ')' FROM generate_series(1, 1600) AS i \gexec
INSERT INTO wide (c1, c1600) SELECT i % 3, 1 FROM generate_series(1, 200) AS i;
SELECT jsonb_array_length(synthik_infer('wide') -> 'fields') AS fields;

SELECT synthik_infer(NULL);
SELECT synthik_infer('shop', sample => -1);
SELECT synthik_infer('shop', privacy => 'none');
SELECT synthik_infer(0);

REVOKE ALL ON shop, walled, infer_closed.t FROM infer_reader;
DROP ROLE infer_reader;
DROP SCHEMA infer_closed CASCADE;
DROP VIEW seen_through;
DROP MATERIALIZED VIEW stored, unfilled;
DROP TABLE shop, few, walled, closed, parts, parent, child, "a""b; drop", passing, unlogged, wide, seen;
DROP FUNCTION field;
