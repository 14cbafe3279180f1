-- Templates of web shops: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
CREATE SCHEMA shop;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'ecommerce' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'ecommerce' AND tables IS NULL;
SELECT name, synthik_create_table('shop.' || split_part(name, '/', 2), name, rows => 500, seed => 1)
FROM synthik_templates WHERE domain = 'ecommerce' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('ecommerce', 'shop');
SELECT full_name, email, city, postcode, segment, orders_count, lifetime_value, loyalty_tier FROM shop.customers LIMIT 3;
SELECT sku, name, category, brand, price, cost, status, stock FROM shop.products LIMIT 3;
SELECT order_number, status, items, subtotal, discount, shipping, total, ordered_at::date, delivered_at::date FROM shop.orders LIMIT 3;
SELECT sku, product, turnover, weekly_demand, reorder_point, on_hand, available, on_order FROM shop.inventory LIMIT 3;

-- a few customers order often, some months and hours are busier
SELECT max(n) > 6 * avg(n) AS skewed FROM (SELECT count(*) AS n FROM shop.orders GROUP BY customer_id) AS c;
SELECT count(*) FILTER (WHERE extract(month FROM ordered_at AT TIME ZONE 'UTC') IN (11, 12)) > count(*) FILTER (WHERE extract(month FROM ordered_at AT TIME ZONE 'UTC') IN (6, 7)) AS seasons,
	count(*) FILTER (WHERE extract(hour FROM ordered_at AT TIME ZONE 'UTC') BETWEEN 18 AND 22) > 4 * count(*) FILTER (WHERE extract(hour FROM ordered_at AT TIME ZONE 'UTC') BETWEEN 1 AND 5) AS hours
FROM shop.orders;

-- the whole shop
SELECT * FROM synthik_create_pack('ecommerce', 'whole_shop', scale => 0.2, seed => 1);
SET search_path = whole_shop, public;
CALL pg_temp.test_pack('ecommerce');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'whole_shop'::regnamespace;
SELECT p.name, i.quantity, i.unit_price, i.line_total, o.subtotal, o.shipping, y.amount, y.method
FROM orders AS o JOIN order_items AS i ON i.order_id = o.id JOIN products AS p ON p.id = i.product_id JOIN payments AS y ON y.order_id = o.id ORDER BY o.id, i.id LIMIT 5;
-- filled again by its templates, as it is and after it was emptied
SELECT synthik_augment('order_items', 50, seed => 2);
SELECT count(*) FROM orders o WHERE subtotal <> (SELECT coalesce(sum(line_total), 0) FROM order_items i WHERE i.order_id = o.id);
TRUNCATE customers, suppliers, warehouses CASCADE;
SELECT relation, rows, how FROM synthik_populate('{"customers": 50, "orders": 100, "shipments": 60, "returns": 5}', schema_name => 'whole_shop', seed => 3);
SELECT count(*) FROM orders o WHERE subtotal <> (SELECT coalesce(sum(line_total), 0) FROM order_items i WHERE i.order_id = o.id);
SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.amount <> o.subtotal + o.shipping;
RESET search_path;
SELECT synthik_drop_rules() > 0;
SET client_min_messages = warning;
DROP SCHEMA shop, whole_shop CASCADE;
