--
-- Rows that agree with the rows that they refer to: in documents, and by
-- names where there are no data.
--
SET client_min_messages = warning;
CREATE TABLE customers (id bigint PRIMARY KEY, gone integer, country_code character(2) NOT NULL, currency text, credit numeric(10,2), created_at timestamptz NOT NULL, "a""b; drop" integer, closed date);
ALTER TABLE customers DROP COLUMN gone;
INSERT INTO customers SELECT i, (ARRAY['DE', 'FR', 'PL'])[1 + i % 3], CASE WHEN i % 5 > 0 THEN (ARRAY['EUR', 'PLN'])[1 + i % 2] END, 100 * i, '2022-01-01'::timestamptz + i * interval '10 days', i * 7, CASE WHEN i % 2 = 0 THEN date '2025-06-30' - i END FROM generate_series(1, 40) AS i;

-- Names in documents: expressions and checks
SELECT count(*), count(*) FILTER (WHERE t.at < c.created_at) AS early, count(*) FILTER (WHERE t.day > c.closed) AS late, count(*) FILTER (WHERE t.amount > c.credit OR t.amount <= 0) AS beyond, count(*) FILTER (WHERE t.twice IS DISTINCT FROM c."a""b; drop" * 2) AS other, count(*) FILTER (WHERE t.cur IS DISTINCT FROM c.currency AND c.currency IS NOT NULL) AS foreign, count(DISTINCT t.customer)
FROM synthik_generate('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "at", "type": "timestamptz"}, {"name": "day", "type": "date", "minimum": "2022-01-01", "maximum": "2025-12-31"}, {"name": "amount", "type": "numeric(10,2)", "minimum": 0.01, "maximum": 5000}, {"name": "twice", "type": "integer", "expression": "customer.\"a\"\"b; drop\" * 2"}, {"name": "cur", "type": "text", "enum": ["USD", "JPY"]}], "checks": ["at >= customer.created_at", "day <= customer.closed", "amount <= customer.credit", "cur = customer.currency"]}', 500, seed => 1)
	AS t (customer bigint, at timestamptz, day date, amount numeric, twice integer, cur text) JOIN customers AS c ON c.id = t.customer;
-- a check on the other row alone, and one that both decide
SELECT bool_and(c.country_code = 'DE' OR c.country_code = 'FR') AS here, bool_and(t.n + c.id > 30) AS above, count(DISTINCT t.customer) > 5 AS many
FROM synthik_generate('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "n", "type": "integer", "minimum": 0, "maximum": 50}], "checks": ["customer.country_code IN (''DE'', ''FR'')", "n + customer.id > 30"]}', 200, seed => 2) AS t (customer bigint, n integer) JOIN customers AS c ON c.id = t.customer;
-- only a part of the columns is read
SELECT count(*), min(n) > 30 AS above FROM synthik_generate('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "n", "type": "integer", "minimum": 0, "maximum": 50}], "checks": ["n > customer.\"a\"\"b; drop\"", "n > 30"]}', 100, seed => 2) AS t (n integer);
-- what cannot be read
CREATE FUNCTION refused(document jsonb) RETURNS TABLE (path text, problem text, hint text) LANGUAGE sql AS
	'SELECT v.path, v.problem, v.hint FROM synthik_validate(document) AS v';
SELECT * FROM refused('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "x", "type": "text", "expression": "customer.curency"}]}');
SELECT * FROM refused('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "x", "type": "text", "expression": "custmer.currency"}]}');
SELECT * FROM refused('{"fields": [{"name": "customer", "type": "bigint"}, {"name": "x", "type": "text", "expression": "customer.currency"}]}');
SELECT * FROM refused('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "x", "type": "text", "expression": "customer.gone"}]}');
SELECT * FROM refused('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "x", "type": "text", "expression": "customer.ctid::text"}]}');
SELECT * FROM refused('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "x", "type": "text", "expression": "customer.id.currency"}]}');
SELECT * FROM refused('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "x", "type": "integer", "expression": "customer.currency"}]}');
SELECT * FROM refused('{"fields": [{"name": "customer", "type": "bigint", "references": "customers(id)"}, {"name": "x", "type": "text", "expression": "customer.*"}]}');

-- By names: currency, country, times, prices
CREATE TABLE products (sku text PRIMARY KEY, price numeric(8,2) NOT NULL, added date NOT NULL);
INSERT INTO products SELECT 'P' || i, i + 0.49, date '2024-01-01' + i FROM generate_series(1, 15) AS i;
CREATE TABLE orders (id integer PRIMARY KEY, customer_id bigint REFERENCES customers, sku text NOT NULL REFERENCES products, gone text, ordered_at timestamptz NOT NULL, shipped_at timestamptz, order_date date, currency text, country_code character(2), quantity integer, price numeric(8,2) NOT NULL, birth_date date);
ALTER TABLE orders DROP COLUMN gone;
SELECT field, generator FROM synthik_describe('orders') WHERE generator ~ 'customer_id[.]|sku[.]';
SELECT synthik_augment('orders', 1000, seed => 3);
CREATE VIEW disagreements AS SELECT count(*), count(*) FILTER (WHERE o.ordered_at < c.created_at OR o.shipped_at < o.ordered_at OR o.order_date < c.created_at::date OR o.order_date < p.added) AS early, count(*) FILTER (WHERE o.customer_id IS NOT NULL AND o.currency IS DISTINCT FROM c.currency) AS currencies, count(*) FILTER (WHERE o.customer_id IS NOT NULL AND o.country_code IS DISTINCT FROM c.country_code) AS countries, count(*) FILTER (WHERE o.price <> p.price) AS prices, count(*) FILTER (WHERE o.customer_id IS NULL) > 0 AS keyless
	FROM orders AS o LEFT JOIN customers AS c ON c.id = o.customer_id JOIN products AS p USING (sku);
SELECT * FROM disagreements;
SELECT count(*) FILTER (WHERE birth_date < '2010-01-01') > 500 AS births_are_their_own FROM orders;
-- slices and processes
CREATE TABLE sliced (LIKE orders INCLUDING ALL);
ALTER TABLE sliced ADD FOREIGN KEY (customer_id) REFERENCES customers, ADD FOREIGN KEY (sku) REFERENCES products;
TRUNCATE orders;
SELECT synthik_augment('orders', 400, seed => 4, first_row => 2), synthik_augment('sliced', 200, seed => 4, first_row => 2), synthik_augment('sliced', 200, seed => 4, first_row => 202, workers => 2);
SELECT count(*) FROM (SELECT * FROM orders EXCEPT SELECT * FROM sliced) AS differing;
SELECT count(*) FILTER (WHERE price IS NULL) AS none FROM synthik_rows(NULL::orders, 100, seed => 4);
TRUNCATE orders;
SELECT synthik_augment('orders', 2000, seed => 5, workers => 2);
SELECT * FROM disagreements;
-- what a field says itself comes first
SELECT array_agg(DISTINCT currency) AS currencies, array_agg(DISTINCT country_code) AS countries, count(DISTINCT price) > 100 AS prices, min(ordered_at) >= '2021-01-01' AND max(ordered_at) < '2021-02-01' AS january
FROM synthik_rows(NULL::orders, 500, seed => 6, schema => '{"fields": [{"name": "currency", "enum": ["CHF"]}, {"name": "price", "minimum": 100, "maximum": 900}, {"name": "ordered_at", "minimum": "2021-01-01", "maximum": "2021-01-31"}]}', condition => '{"country_code": "IT"}');
-- one who has a city of its own has a country of its own
CREATE TABLE shipments (id integer PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, city text, country_code character(2), currency text);
SELECT field FROM synthik_describe('shipments') WHERE generator ~ 'customer_id[.]';
-- rules of the table's own
CREATE TABLE payments (id integer PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, paid_at timestamp NOT NULL, currency text CHECK (currency = 'EUR'), language text UNIQUE);
SELECT field, generator FROM synthik_describe('payments') WHERE generator ~ 'customer_id[.]';
SELECT synthik_augment('payments', 20, seed => 7);
SELECT count(*) FILTER (WHERE paid_at < created_at) AS early, count(*) FILTER (WHERE p.currency <> 'EUR') AS foreign FROM payments AS p JOIN customers AS c ON c.id = customer_id;
-- and a column rule, which may read the other row
SELECT count(*), count(*) FILTER (WHERE t.amount > c.credit / 2) AS beyond FROM synthik_rows(NULL::orders, 300, seed => 8, schema => '{"fields": [{"name": "price", "expression": "round(customer_id.credit / 2, 2)"}], "checks": ["customer_id.id <> 7"]}') AS t (id, customer_id, sku, ordered_at, shipped_at, order_date, currency, country_code, quantity, amount, birth_date) JOIN customers AS c ON c.id = t.customer_id;

-- Composite keys, two keys to one parent, keys with a column in common
CREATE TABLE tenants (tenant integer, id integer, created_at timestamptz NOT NULL, currency text, PRIMARY KEY (tenant, id));
INSERT INTO tenants SELECT t, i, '2023-01-01'::timestamptz + (t * 20 + i) * interval '1 day', 'C' || t || i FROM generate_series(1, 3) AS t, generate_series(1, 6) AS i;
CREATE TABLE transfers (tenant integer NOT NULL, from_id integer NOT NULL, to_id integer, opened_at timestamptz NOT NULL, note text, currency text, FOREIGN KEY (tenant, from_id) REFERENCES tenants, FOREIGN KEY (tenant, to_id) REFERENCES tenants);
SELECT synthik_augment('transfers', 500, seed => 9, schema => '{"fields": [{"name": "note", "expression": "from_id.currency || ''>'' || coalesce(to_id.currency, ''?'')"}], "checks": ["from_id.id <> to_id.id"]}');
SELECT count(*), count(*) FILTER (WHERE t.opened_at < a.created_at OR t.opened_at < b.created_at) AS early, count(*) FILTER (WHERE t.note <> a.currency || '>' || coalesce(b.currency, '?')) AS notes, count(*) FILTER (WHERE t.currency IS DISTINCT FROM a.currency) AS currencies, count(*) FILTER (WHERE a.id = b.id) AS same
FROM transfers AS t JOIN tenants AS a ON (a.tenant, a.id) = (t.tenant, t.from_id) LEFT JOIN tenants AS b ON (b.tenant, b.id) = (t.tenant, t.to_id);

-- A table that refers to itself, empty at first
CREATE TABLE posts (id integer PRIMARY KEY, reply_to integer REFERENCES posts, posted_at timestamptz NOT NULL, hired_at date);
SELECT synthik_augment('posts', 20, seed => 10, schema => '{"checks": ["posted_at >= reply_to.posted_at"]}');
SELECT count(*), count(reply_to) AS replies FROM posts;
SELECT synthik_augment('posts', 300, seed => 11, first_row => 21);
SELECT count(*) > 100 AS replies, count(*) FILTER (WHERE p.posted_at < q.posted_at) AS early FROM posts AS p JOIN posts AS q ON q.id = p.reply_to;
-- one parent for each, and a child that is its own kind of parent
CREATE TABLE profiles (customer_id bigint PRIMARY KEY REFERENCES customers, opened_on date NOT NULL, currency text NOT NULL);
SELECT synthik_augment('profiles', 40, seed => 12);
SELECT count(*), count(*) FILTER (WHERE p.opened_on < c.created_at::date) AS early, count(*) FILTER (WHERE p.currency <> c.currency) AS currencies FROM profiles AS p JOIN customers AS c ON c.id = customer_id;

-- No parent to agree with
CREATE TABLE nobody (id integer PRIMARY KEY, created_at timestamptz, currency text);
CREATE TABLE nothing (id integer PRIMARY KEY, nobody_id integer REFERENCES nobody, at timestamptz, currency text);
SELECT synthik_augment('nothing', 10, seed => 13, schema => '{"checks": ["at > nobody_id.created_at", "currency = nobody_id.currency"]}');
SELECT count(*), count(nobody_id) AS keys, count(currency) > 0 AS currencies FROM nothing;
TRUNCATE nothing;
INSERT INTO nobody VALUES (1, NULL, NULL), (2, 'infinity', 'X'), (3, '-infinity', 'Y');
SELECT synthik_augment('nothing', 40, seed => 14);
SELECT nobody_id, count(DISTINCT currency) FILTER (WHERE currency <> '') <= 1 AS same FROM nothing WHERE nobody_id > 1 GROUP BY 1 ORDER BY 1;

-- Privileges: only what may be read is read
CREATE ROLE regress_context;
GRANT SELECT (id, created_at), REFERENCES ON customers TO regress_context;
GRANT SELECT, INSERT ON shipments, orders TO regress_context;
GRANT SELECT ON products TO regress_context;
SET ROLE regress_context;
SELECT field, generator ~ 'created_at' AS times, generator ~ 'currency' AS currencies FROM synthik_describe('orders') WHERE field IN ('ordered_at', 'currency');
SELECT count(*) FROM synthik_rows(NULL::orders, 10, seed => 15, schema => '{"checks": ["ordered_at >= customer_id.created_at"]}');
SELECT count(*) FROM synthik_rows(NULL::orders, 10, seed => 15, schema => '{"checks": ["price <= customer_id.credit"]}');
RESET ROLE;
-- and only rows that may be seen
GRANT SELECT ON customers TO regress_context;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON customers USING (id <= 4);
SET ROLE regress_context;
SELECT count(*), count(DISTINCT customer_id) AS customers FROM synthik_rows(NULL::orders, 100, seed => 16) WHERE customer_id IS NOT NULL;
RESET ROLE;
DROP OWNED BY regress_context;
DROP ROLE regress_context;
DROP TABLE sliced, orders, products, shipments, payments, profiles, posts, transfers, tenants, nothing, nobody, customers CASCADE;
