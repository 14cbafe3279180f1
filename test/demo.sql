-- The guided tour that demo.sh runs.  Each step says what it is about, shows
-- the SQL, and then what came of it.

\set ON_ERROR_STOP on
\set QUIET on
\pset pager off
\pset null '(null)'
\set VERBOSITY default
SET client_min_messages = notice;

\echo
\echo '=== 1. A shop, as an application would define it'
\echo '    Enums, domains, CHECKs, foreign keys, identity and generated columns.'
\echo
\set ECHO queries

CREATE EXTENSION synthik;

CREATE SCHEMA shop;

CREATE DOMAIN shop.email AS text
    CHECK (VALUE ~ '^[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$');

CREATE DOMAIN shop.amount AS numeric(10,2)
    CHECK (VALUE > 0);

CREATE TYPE shop.order_status AS ENUM ('paid', 'packed', 'shipped', 'delivered', 'returned');

CREATE TABLE shop.customers (
    customer_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name   text NOT NULL,
    last_name    text NOT NULL,
    email        shop.email NOT NULL UNIQUE,
    phone        varchar(30),
    street       text NOT NULL,
    postcode     varchar(10) NOT NULL,
    city         text NOT NULL,
    birth_date   date CHECK (birth_date BETWEEN '1935-01-01' AND '2007-12-31'),
    newsletter   boolean NOT NULL
);

CREATE TABLE shop.products (
    product_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku          text NOT NULL UNIQUE CHECK (sku ~ '^[A-Z]{3}-[0-9]{5}$'),
    product_name text NOT NULL CHECK (length(product_name) <= 80),
    price        shop.amount NOT NULL,
    tax_rate     numeric(3,2) NOT NULL CHECK (tax_rate IN (0.00, 0.07, 0.19)),
    price_gross  numeric(12,2) GENERATED ALWAYS AS (round(price * (1 + tax_rate), 2)) STORED,
    in_stock     integer NOT NULL CHECK (in_stock >= 0 AND in_stock <= 5000)
);

CREATE TABLE shop.orders (
    order_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  bigint NOT NULL REFERENCES shop.customers,
    status       shop.order_status NOT NULL,
    ordered_at   timestamptz NOT NULL CHECK (ordered_at >= '2023-01-01' AND ordered_at < '2026-01-01'),
    shipped_at   timestamptz,
    tracking     uuid NOT NULL DEFAULT gen_random_uuid(),
    CHECK (shipped_at >= ordered_at)
);

CREATE TABLE shop.order_items (
    order_id     bigint NOT NULL REFERENCES shop.orders,
    line         smallint NOT NULL CHECK (line BETWEEN 1 AND 20),
    product_id   integer NOT NULL REFERENCES shop.products,
    qty          integer NOT NULL CHECK (qty BETWEEN 1 AND 12),
    unit_price   shop.amount NOT NULL,
    line_total   numeric(14,2) GENERATED ALWAYS AS (qty * unit_price) STORED,
    PRIMARY KEY (order_id, line)
);

\set ECHO none
\echo
\echo '=== 2. Fill it: over 200,000 rows'
\echo '    What a column means comes from its name, its type and its constraints.'
\echo '    A seed makes the data the same every time.'
\echo
\set ECHO queries
\timing on

SELECT synthik_augment('shop.customers', 20000, seed => 1);

SELECT synthik_augment('shop.products', 2000, seed => 2);

\set ECHO none
\echo
\echo '    A schema document says more than the table does: here, how orders'
\echo '    spread over the states.'
\echo
\set ECHO queries

SELECT synthik_augment('shop.orders', 60000, seed => 3, schema => '{"fields": [
    {"name": "status", "enum": ["paid", "packed", "shipped", "delivered", "returned"],
                       "weights": [5, 3, 10, 75, 7]},
    {"name": "shipped_at", "null_fraction": 0.1} ]}');

SELECT synthik_augment('shop.order_items', 120000, seed => 4);

\timing off
\set ECHO none
ANALYZE;
\echo
\echo '=== 3. What is there now'
\echo
\set ECHO queries

SELECT (SELECT count(*) FROM shop.customers)   AS customers,
       (SELECT count(*) FROM shop.products)    AS products,
       (SELECT count(*) FROM shop.orders)      AS orders,
       (SELECT count(*) FROM shop.order_items) AS order_items;

SELECT customer_id AS id, first_name, last_name, email, postcode, city, birth_date
FROM shop.customers ORDER BY customer_id LIMIT 5;

SELECT sku, product_name, price, tax_rate, price_gross, in_stock
FROM shop.products ORDER BY product_id LIMIT 5;

SELECT order_id, customer_id, status, ordered_at::timestamp(0), shipped_at::timestamp(0)
FROM shop.orders ORDER BY order_id LIMIT 5;

SELECT o.status, count(DISTINCT o.order_id) AS orders, count(*) AS items, sum(i.line_total) AS revenue
FROM shop.orders o JOIN shop.order_items i USING (order_id)
GROUP BY o.status ORDER BY o.status;

\set ECHO none
\echo
\echo '=== 4. Why a column gets what it gets'
\echo
\set ECHO queries

SELECT field, type, generator, why, example FROM synthik_describe('shop.customers'::regclass);

\set ECHO none
\echo
\echo '=== 5. Look before you insert'
\echo '    Rows of a table, in the table''s own row type; nothing is stored.'
\echo
\set ECHO queries

SELECT first_name, last_name, email, city, postcode
FROM synthik_rows(NULL::shop.customers, 4, seed => 7, locale => 'de_DE');

\set ECHO none
\echo
\echo '=== 6. Rows from a document, with no table at all'
\echo
\set ECHO queries
\timing on

SELECT * FROM synthik_generate('{"fields": [
    {"name": "id",      "type": "integer", "unique": true, "minimum": 1},
    {"name": "name",    "type": "full_name"},
    {"name": "email",   "type": "email", "unique": true},
    {"name": "qty",     "type": "integer", "minimum": 1, "maximum": 20},
    {"name": "price",   "type": "numeric(10,2)",
                        "distribution": {"kind": "lognormal", "mean": 42, "stddev": 30}},
    {"name": "total",   "type": "numeric(12,2)", "expression": "qty * price"},
    {"name": "status",  "enum": ["paid", "shipped", "returned"], "weights": [6, 3, 1]},
    {"name": "coupon",  "type": "string", "pattern": "^[A-Z]{3}-[0-9]{5}$", "null_fraction": 0.3} ]}',
    6, seed => 42)
AS t(id int, name text, email text, qty int, price numeric, total numeric, status text, coupon text);

SELECT synthik_generate_json('{"fields": [
    {"name": "user",  "type": "user_name"},
    {"name": "since", "type": "date", "minimum": "2024-01-01", "maximum": "2025-12-31"} ]}', 3, seed => 42);

\timing off
\set ECHO none
\echo
\echo '=== 7. Any slice of a data set is the same wherever it is made'
\echo '    Rows 1 to 1000 at once, and as two halves.'
\echo
\set ECHO queries

SELECT md5(string_agg(r::text, '')) AS whole
FROM synthik_generate_json('{"fields": [{"name": "n", "type": "full_name"}]}', 1000, seed => 5) AS r;

SELECT md5(string_agg(r::text, '')) AS halves
FROM (SELECT * FROM synthik_generate_json('{"fields": [{"name": "n", "type": "full_name"}]}', 500, seed => 5)
      UNION ALL
      SELECT * FROM synthik_generate_json('{"fields": [{"name": "n", "type": "full_name"}]}', 500, seed => 5,
                                          first_row => 501)) AS t(r);

\set ECHO none
\echo
\echo '=== 8. Rows stream: nobody waits for those that are not read'
\echo '    Three of a thousand million.'
\echo
\set ECHO queries

EXPLAIN (COSTS OFF)
SELECT * FROM synthik_generate('{"fields": [{"name": "city", "type": "city"}]}', 1000000000) AS t(city text);

\timing on
SELECT * FROM synthik_generate('{"fields": [{"name": "city", "type": "city"}]}', 1000000000, seed => 1) AS t(city text)
LIMIT 3;

SELECT count(name), count(email), count(price)
FROM synthik_generate('{"fields": [
    {"name": "name",  "type": "full_name"},
    {"name": "email", "type": "email"},
    {"name": "price", "type": "numeric(10,2)", "minimum": 1, "maximum": 500} ]}', 1000000, seed => 1)
AS t(name text, email text, price numeric);
\timing off

\set ECHO none
\echo
\echo '=== 9. What cannot be met is an error that says so, before a row is made'
\echo
\set ECHO queries
\set ON_ERROR_STOP off

SELECT * FROM synthik_generate('{"fields": [
    {"name": "code", "type": "string", "pattern": "^[A-Z]$", "unique": true} ]}', 100) AS t(code text);

SELECT * FROM synthik_generate('{"fields": [
    {"name": "age", "type": "integer", "minimun": 18} ]}', 100) AS t(age int);

\set ON_ERROR_STOP on
\set ECHO none
\echo
\echo '=== 10. One value, always the same for a key'
\echo '    As for UPDATE ... SET email = synthik_value(''email'', key => id::text).'
\echo
\set ECHO queries

SELECT k, synthik_value('full_name', key => k) AS full_name, synthik_value('email', key => k) AS email
FROM unnest(ARRAY['17', '18', '17']) AS k;

\set ECHO none
\echo
