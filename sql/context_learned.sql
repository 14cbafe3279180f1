--
-- Rows that agree with the rows that they refer to, as it was learned.
--
SET client_min_messages = warning;
CREATE TABLE customers (id integer PRIMARY KEY, segment text NOT NULL, country text NOT NULL, signup date NOT NULL, score integer, secret uuid, active boolean);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customers, amount numeric(10,2) NOT NULL, country text, ordered date NOT NULL, note integer);
INSERT INTO customers SELECT i, (ARRAY['gold', 'silver', 'basic'])[1 + i % 3], (ARRAY['DE', 'FR', 'PL', 'IT'])[1 + i / 3 % 4], date '2023-01-01' + i % 700, i % 11, md5(i::text)::uuid, i % 2 = 0 FROM generate_series(1, 900) AS i;
-- gold has 12 orders of about 500, but a third of it none, silver 4 of 100, basic 1 of 20
INSERT INTO orders SELECT row_number() OVER (), c.id, (CASE segment WHEN 'gold' THEN 500 WHEN 'silver' THEN 100 ELSE 20 END * (0.8 + (n * 7 + c.id) % 41 / 100.0))::numeric(10,2), c.country, c.signup + 1 + (n * 37 + c.id * 11) % 200, n
	FROM customers AS c, LATERAL generate_series(1, CASE WHEN c.id % 9 = 0 THEN 0 WHEN segment = 'gold' THEN 12 WHEN segment = 'silver' THEN 4 ELSE 1 END) AS n;
INSERT INTO orders SELECT 100000 + i, NULL, 1000, NULL, '2020-01-01', 0 FROM generate_series(1, 300) AS i;
ANALYZE customers, orders;
SELECT field, generator FROM synthik_describe(synthik_infer('orders')) WHERE field IN ('amount', 'country', 'ordered');

-- Both tables anew
CREATE SCHEMA fresh;
CREATE TABLE fresh.customers (LIKE customers INCLUDING ALL);
CREATE TABLE fresh.orders (LIKE orders INCLUDING ALL);
ALTER TABLE fresh.orders ADD FOREIGN KEY (customer_id) REFERENCES fresh.customers;
SELECT synthik_augment('fresh.customers', 900, source => 'customers', seed => 1), synthik_augment('fresh.orders', (SELECT count(*) FROM orders), source => 'orders', seed => 1);
CREATE FUNCTION look(orders regclass, customers regclass) RETURNS TABLE (what text, parents bigint, per numeric, nobody text, amount text, early bigint, countries bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT c.segment, count(DISTINCT c.id), round(count(o.id)::numeric / count(DISTINCT c.id), 1), CASE WHEN count(*) FILTER (WHERE o.id IS NULL) = 0 THEN ''none'' WHEN count(*) FILTER (WHERE o.id IS NULL) BETWEEN 85 AND 115 THEN ''about 100'' END, CASE WHEN avg(o.amount) BETWEEN 450 AND 550 THEN ''about 500'' WHEN avg(o.amount) BETWEEN 90 AND 110 THEN ''about 100'' WHEN avg(o.amount) BETWEEN 18 AND 22 THEN ''about 20'' ELSE avg(o.amount)::text END, count(*) FILTER (WHERE o.ordered < c.signup), count(*) FILTER (WHERE o.country <> c.country) FROM %s AS c LEFT JOIN %s AS o ON o.customer_id = c.id GROUP BY 1 ORDER BY 1', customers, orders);
END $$;
SELECT what, per, nobody, amount, early, countries FROM look('orders', 'customers');
SELECT what, per, nobody, amount, early, countries FROM look('fresh.orders', 'fresh.customers');
SELECT abs(count(*) - 300) < 30 AS keyless, bool_and(amount = 1000 AND country IS NULL) AS as_they_were FROM fresh.orders WHERE customer_id IS NULL;

-- Slices, and several processes
CREATE TABLE sliced (LIKE fresh.orders INCLUDING ALL);
CREATE TABLE whole (LIKE fresh.orders INCLUDING ALL);
ALTER TABLE sliced ADD FOREIGN KEY (customer_id) REFERENCES fresh.customers;
ALTER TABLE whole ADD FOREIGN KEY (customer_id) REFERENCES fresh.customers;
SELECT synthik_augment('whole', 3000, source => 'orders', seed => 2, first_row => 2), synthik_augment('sliced', 1100, source => 'orders', seed => 2, first_row => 2), synthik_augment('sliced', 1900, source => 'orders', seed => 2, first_row => 1102, workers => 2);
SELECT count(*) FROM (SELECT * FROM whole EXCEPT SELECT * FROM sliced) AS differing;

-- In a document, by which rows are made of it, and of one that was laid over
CREATE TABLE documents AS SELECT synthik_infer('orders') AS document;
SELECT count(*), count(*) FILTER (WHERE o.country <> c.country) AS countries, count(*) FILTER (WHERE o.ordered < c.signup) AS early, avg(o.amount) FILTER (WHERE c.segment = 'gold') / avg(o.amount) FILTER (WHERE c.segment = 'basic') BETWEEN 20 AND 30 AS amounts
FROM documents, synthik_generate(document, 2000, seed => 3) AS o (customer_id integer, amount numeric, country text, ordered date) JOIN customers AS c ON c.id = o.customer_id;
SELECT synthik_infer('orders') = document AS same FROM documents;
SELECT count(*), count(*) FILTER (WHERE o.country <> c.country) AS countries, count(DISTINCT extra) > 10 AS extra
FROM documents, synthik_generate(jsonb_build_object('extends', document, 'fields', jsonb '[{"name": "extra", "type": "integer"}]'), 500, seed => 3) AS o (customer_id integer, country text, extra integer) JOIN customers AS c ON c.id = o.customer_id;
-- without the reference, nothing is left to agree with
SELECT count(*), count(DISTINCT country) FROM documents, synthik_generate(jsonb_set(document, '{fields,1}', '{"name": "customer_id", "type": "integer", "minimum": 1, "maximum": 9}'), 200, seed => 3) AS o (customer_id integer, country text);

-- Conditions hold, and what hangs on the other row still does
SELECT count(*), bool_and(o.amount >= 400) AS amounts, count(*) FILTER (WHERE o.country <> c.country) AS countries
FROM synthik_rows(NULL::orders, 300, seed => 4, schema => (SELECT document FROM documents), condition => '{"amount": {"minimum": 400}}') AS o JOIN customers AS c ON c.id = o.customer_id;
SELECT count(*), bool_and(country = 'DE') AS here FROM synthik_rows(NULL::orders, 300, seed => 4, schema => (SELECT document FROM documents), condition => '{"country": "DE"}');

-- Composite keys, two of them to one parent
CREATE TABLE shops (region text, number smallint, kind text NOT NULL, opened date NOT NULL, PRIMARY KEY (region, number));
CREATE TABLE moves (id integer PRIMARY KEY, from_region text NOT NULL, from_number smallint NOT NULL, to_region text, to_number smallint, units integer NOT NULL, FOREIGN KEY (from_region, from_number) REFERENCES shops, FOREIGN KEY (to_region, to_number) REFERENCES shops);
INSERT INTO shops SELECT chr(64 + r), n, (ARRAY['mall', 'street'])[1 + (r + n) % 2], date '2020-01-01' + n FROM generate_series(1, 6) AS r, generate_series(1, 10) AS n;
INSERT INTO moves SELECT i, chr(65 + i % 6), 1 + i / 6 % 10, CASE WHEN i % 7 > 0 THEN chr(65 + i / 6 % 6) END, CASE WHEN i % 7 > 0 THEN 1 + i / 60 % 10 END, CASE WHEN (i % 6 + i / 6 % 10) % 2 = 0 THEN 1000 ELSE 10 END + i % 5 FROM generate_series(1, 2000) AS i;
ANALYZE shops, moves;
SELECT synthik_augment('moves', 1000, seed => 5);
SELECT s.kind, min(units) >= 1000 AS many, max(units) < 20 AS few FROM moves AS m JOIN shops AS s ON (s.region, s.number) = (m.from_region, m.from_number) WHERE m.id > 2000 GROUP BY 1 ORDER BY 1;

-- Only what may be read is learned, and nothing of an empty parent or of none
CREATE ROLE regress_context;
GRANT SELECT (id, country), REFERENCES ON customers TO regress_context;
GRANT SELECT, INSERT ON orders TO regress_context;
SET ROLE regress_context;
SELECT field, generator ~ 'segment|signup' AS others, generator ~ 'customer_id[.]country' AS country FROM synthik_describe(synthik_infer('orders')) WHERE field IN ('amount', 'country', 'ordered');
SELECT synthik_augment('orders', 10, seed => 6);
RESET ROLE;
DROP OWNED BY regress_context;
DROP ROLE regress_context;
CREATE TABLE strays (id integer PRIMARY KEY, nobody integer, n integer);
CREATE TABLE nobodies (id integer PRIMARY KEY, n integer);
INSERT INTO strays SELECT i, CASE WHEN i % 2 = 0 THEN 77 END, i % 5 FROM generate_series(1, 100) AS i;
ALTER TABLE strays ADD FOREIGN KEY (nobody) REFERENCES nobodies NOT VALID;
SELECT synthik_augment('strays', 50, seed => 7);
SELECT count(nobody) FROM strays WHERE id > 100;
-- what a document says of itself is believed no further than it goes
CREATE FUNCTION refit(bytes bytea) RETURNS jsonb LANGUAGE sql AS $$SELECT document || jsonb_build_object('fit', translate(encode(bytes, 'base64'), E'\n', '')) FROM documents$$;
SELECT problem FROM synthik_validate(refit((SELECT set_byte(decode(document ->> 'fit', 'base64'), 900, 255) FROM documents)));
DROP TABLE documents, sliced, whole, moves, shops, strays, nobodies, fresh.orders, fresh.customers, orders, customers CASCADE;
