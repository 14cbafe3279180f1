--
-- synthik_populate: several tables, parents first.
--
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE TABLE countries (code character(2) PRIMARY KEY, name text NOT NULL);
CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, email text UNIQUE, country character(2) REFERENCES countries, is_synthetic boolean);
CREATE TABLE products (id serial PRIMARY KEY, name text NOT NULL, price numeric(10,2) NOT NULL CHECK (price > 0));
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, ordered date NOT NULL);
CREATE TABLE order_items (order_id int REFERENCES orders, product_id int REFERENCES products, qty int NOT NULL CHECK (qty BETWEEN 1 AND 10), PRIMARY KEY (order_id, product_id));

-- What would be done; nothing is.
SELECT * FROM synthik_populate(schema_name => 'shop', dry_run => true);
SELECT * FROM synthik_populate('{"customers": 200, "orders": {"per": "customers", "between": [0, 20]}}', 'shop', seed => 1, dry_run => true);
-- Tables that are listed without a number follow, too.
SELECT * FROM synthik_populate('{"countries": {}, "orders": {}, "customers": {"condition": {"country": "NO"}}}', dry_run => true);
SELECT count(*) FROM customers;

-- Rows by what is asked for
SELECT relation, rows FROM synthik_populate('{"customers": 200, "orders": {"per": "customers", "between": [0, 20]}}', 'shop', seed => 1);
SELECT min(n), max(n), sum(n), count(*) FROM (SELECT count(o.id) AS n FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id GROUP BY c.id) AS t;
-- The rows of one customer are not next to each other.
SELECT count(*) > 5 FROM (SELECT customer_id, lag(customer_id) OVER (ORDER BY id) AS before FROM orders LIMIT 10) AS t WHERE customer_id IS DISTINCT FROM before;
-- A few are popular, few are not referred to at all.
SELECT count(DISTINCT product_id), max(n) > 2 * avg(n) AS skewed FROM (SELECT product_id, count(*) AS n FROM order_items GROUP BY 1) AS t;
SELECT bool_and(qty BETWEEN 1 AND 10) FROM order_items;

-- Again: tables that have rows keep them.
SELECT relation, rows, how FROM synthik_populate(schema_name => 'shop', seed => 2);
-- Up to a number, which a second time is there already
SELECT relation, rows, how FROM synthik_populate('{"customers": {"total": 250}, "products": {"total": 20}}', seed => 3);
SELECT relation, rows, how FROM synthik_populate('{"customers": {"total": 250}, "products": {"total": 20}}', seed => 4);
SELECT count(*), count(DISTINCT email) = count(email) FROM customers;
-- New orders of the new customers, and none of others'
SELECT max(id) AS last FROM customers \gset
SELECT relation, rows, how FROM synthik_populate('{"customers": {"rows": 10, "condition": {"country": null}}, "orders": {"per": "customers", "rows": 3}}', seed => 5);
SELECT count(*), count(country), (SELECT count(*) FROM orders WHERE customer_id > :last) FROM customers WHERE id > :last;
SELECT DISTINCT count(*) FROM orders WHERE customer_id > :last GROUP BY customer_id;
-- of all, where no customers are made
SELECT relation, rows, how FROM synthik_populate('{"orders": {"per": "customer_id", "mean": 0.5}}', seed => 6);
-- As many times what there is
SELECT count(*) AS customers, (SELECT count(*) FROM orders) AS orders FROM customers;
SELECT relation, rows, how FROM synthik_populate('{"orders": 7}', 'shop', scale => 1.5, exclude => '{order_items,countries}', mark => 'is_synthetic', seed => 7);
SELECT count(*) AS customers, count(*) FILTER (WHERE is_synthetic) > 100 AS marked, (SELECT count(*) FROM orders) AS orders FROM customers;

-- The same seed, the same rows; in another schema, too
CREATE SCHEMA shop2;
CREATE TABLE shop2.customers (LIKE customers INCLUDING ALL);
CREATE TABLE shop2.orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES shop2.customers, ordered date NOT NULL);
CREATE TABLE kept AS SELECT o.*, c.name FROM shop2.orders AS o, shop2.customers AS c LIMIT 0;
SELECT relation, rows FROM synthik_populate('{"customers": 20, "orders": 50}', 'shop2', seed => 8);
INSERT INTO kept SELECT o.*, c.name FROM shop2.orders AS o JOIN shop2.customers AS c ON c.id = o.customer_id;
UPDATE shop2.customers SET id = -id WHERE false;
TRUNCATE shop2.customers, shop2.orders;
SELECT setval('customers_id_seq', 1000) \g /dev/null
SELECT relation, rows FROM synthik_populate('{"shop2.customers": 20, "shop2.orders": 50}', seed => 8);
SELECT count(*) FROM (SELECT o.id, o.ordered, c.name FROM shop2.orders AS o JOIN shop2.customers AS c ON c.id = o.customer_id EXCEPT SELECT id, ordered, name FROM kept) AS t;
-- by worker processes, too
TRUNCATE shop2.customers, shop2.orders;
SELECT relation, rows FROM synthik_populate('{"customers": 20, "orders": 50}', 'shop2', seed => 8, workers => 1);
SELECT count(*) FROM (SELECT o.id, o.ordered, c.name FROM shop2.orders AS o JOIN shop2.customers AS c ON c.id = o.customer_id EXCEPT SELECT id, ordered, name FROM kept) AS t;

-- Names: as they are, or as in SQL
CREATE SCHEMA app;
CREATE TABLE app."User" (id serial PRIMARY KEY, "Name" text NOT NULL);
CREATE TABLE app."Post" (id serial PRIMARY KEY, "authorId" int NOT NULL REFERENCES app."User", title text);
CREATE TABLE app."a""b; drop" ("x""y" int PRIMARY KEY, "c, d" int REFERENCES app."a""b; drop");
SELECT * FROM synthik_populate('{"User": 10, "Post": {"per": "User", "between": [1, 3]}, "a\"b; drop": 30}', 'app', seed => 1);
SELECT relation, rows FROM synthik_populate('{"app.\"User\"": 1, "app.\"Post\"": {"per": "authorId", "rows": 2}}', seed => 1);

-- Children that nobody else may have: one to one, and pairs counted by one of two
CREATE SCHEMA pairs;
CREATE TABLE pairs.film (id int PRIMARY KEY, title text);
CREATE TABLE pairs.actor (id int PRIMARY KEY, name text);
CREATE TABLE pairs.film_actor (film_id int REFERENCES pairs.film, actor_id int REFERENCES pairs.actor, PRIMARY KEY (film_id, actor_id));
CREATE TABLE pairs.film_text (film_id int PRIMARY KEY REFERENCES pairs.film, body text);
SELECT relation, rows, how FROM synthik_populate('{"film": 30, "actor": 12, "film_actor": {"per": "film", "between": [2, 6]}}', 'pairs', seed => 1);
SELECT min(n), max(n), count(*) FROM (SELECT count(*) AS n FROM pairs.film_actor GROUP BY film_id) AS t;
SELECT count(*), count(DISTINCT film_id) FROM pairs.film_text;

-- What cannot be, said before anything is stored
SELECT synthik_populate();
SELECT synthik_populate('[1]');
SELECT synthik_populate('{}');
SELECT synthik_populate('{"customer": 1}');
SELECT synthik_populate('{"order": 1}', 'shop');
SELECT synthik_populate('{"customers": -1}');
SELECT synthik_populate('{"customers": 1.5}');
SELECT synthik_populate('{"customers": 1e30}');
SELECT synthik_populate('{"customers": "ten"}');
SELECT synthik_populate('{"customers": null}');
SELECT synthik_populate('{"customers": {"row": 1}}');
SELECT synthik_populate('{"customers": {"rows": 1, "total": 2}}');
SELECT synthik_populate('{"customers": {"between": [1, 2]}}');
SELECT synthik_populate('{"orders": {"per": "products", "rows": 1}}');
SELECT synthik_populate('{"orders": {"per": "custmers", "rows": 1}}');
SELECT synthik_populate('{"orders": {"per": "customers"}}');
SELECT synthik_populate('{"orders": {"per": "customers", "between": [3, 1]}}');
SELECT synthik_populate('{"orders": {"per": "customers", "between": [1]}}');
SELECT synthik_populate('{"orders": {"per": "customers", "mean": -1}}');
SELECT synthik_populate('{"orders": {"per": 7, "mean": 1}}');
SELECT synthik_populate('{"customers": 1, "shop.customers": 2}');
SELECT synthik_populate('{"customers": 1}', exclude => '{customers}');
SELECT synthik_populate('{"customers": 1}', exclude => '{custmers}');
SELECT synthik_populate('{"customers": 1}', exclude => '{NULL}');
SELECT synthik_populate('{"customers": 1}', 'nowhere');
SELECT synthik_populate('{"customers": 1}', scale => 2);
SELECT synthik_populate(schema_name => 'shop', scale => 0.5);
SELECT synthik_populate('{"customers": 1}', mark => 'is_synthetc');
SELECT synthik_populate('{"customers": 1}', workers => -1);
SELECT synthik_populate('{"customers": {"rows": 1, "condition": {"nme": "Ada"}}}');
SELECT synthik_populate('{"customers": {"rows": 1, "schema": {"fields": [{"name": "email", "minimun": 1}]}}}');
SELECT synthik_populate('{"pg_class": 1}');
CREATE VIEW customer_names AS SELECT name FROM customers;
SELECT synthik_populate('{"customer_names": 1}');
-- a parent without rows
TRUNCATE shop2.customers, shop2.orders;
SELECT synthik_populate('{"shop2.orders": 10}');
SELECT synthik_populate('{"orders": 10}', 'shop2', exclude => '{customers}');
-- One that fails takes all with it.
SELECT count(*) AS customers FROM customers \gset
SELECT synthik_populate('{"customers": 10, "products": {"rows": 10, "condition": {"price": {"maximum": 0}}}}');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no orders today'; END$$;
CREATE TRIGGER refuse BEFORE INSERT ON orders EXECUTE FUNCTION refuse();
\set VERBOSITY terse
SELECT synthik_populate('{"customers": 10, "orders": 10}');
\set VERBOSITY default
SELECT count(*) - :customers AS more FROM customers;
DROP TRIGGER refuse ON orders;

-- The caller's own rights and rows
CREATE ROLE regress_populate;
GRANT USAGE ON SCHEMA shop TO regress_populate;
GRANT INSERT, SELECT ON customers TO regress_populate;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO regress_populate;
SET ROLE regress_populate;
SELECT synthik_populate('{"customers": 10, "orders": 10}', seed => 1);
RESET ROLE;
GRANT INSERT ON orders TO regress_populate;
SET ROLE regress_populate;
SELECT synthik_populate('{"customers": 10, "orders": 10}', seed => 1);
RESET ROLE;
GRANT SELECT ON orders, countries TO regress_populate;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON customers TO regress_populate USING (id % 2 = 0) WITH CHECK (true);
SET ROLE regress_populate;
SELECT max(id) AS last FROM orders \gset
SELECT relation, rows FROM synthik_populate('{"customers": 10, "orders": 10}', seed => 1);
SELECT count(*) AS orders, count(*) FILTER (WHERE customer_id % 2 = 0) AS of_visible FROM orders WHERE id > :last;
RESET ROLE;
SELECT count(*) - :customers AS more FROM customers;

SET client_min_messages = warning;
DROP SCHEMA shop, shop2, app, pairs CASCADE;
DROP ROLE regress_populate;
