-- Columns of parents that are the sum of their children's.
CREATE TABLE sum_orders (id integer PRIMARY KEY, "to""tal" numeric(10,2), pieces bigint, note text);
CREATE TABLE sum_lines (order_id integer REFERENCES sum_orders(id), qty integer, price numeric(8,2), amount numeric(10,2));
SELECT synthik_augment('sum_orders', 20, seed => 1, schema => '{"fields": [{"name": "to\"tal", "const": 0, "required": true}, {"name": "pieces", "const": null}]}');
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"order_id.to\"tal": "amount", "order_id.pieces": "qty"}}');
SELECT synthik_rule('sum_lines', 'amount', '{"expression": "qty * price"}');
SELECT synthik_augment('sum_lines', 100, seed => 1);
SELECT count(*) FILTER (WHERE o."to""tal" IS DISTINCT FROM coalesce(s.total, 0)) AS wrong, count(*) FILTER (WHERE o.pieces IS DISTINCT FROM s.pieces) AS wrong_pieces, count(s.total) > 10 AS summed
FROM sum_orders o LEFT JOIN (SELECT order_id, sum(amount) AS total, sum(qty) AS pieces FROM sum_lines GROUP BY 1) s ON s.order_id = o.id;
-- more of them, and what is right already is not touched
CREATE FUNCTION sum_noted() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.note := 'updated'; RETURN NEW; END$$;
UPDATE sum_orders SET note = 'old';
CREATE TRIGGER noted BEFORE UPDATE ON sum_orders FOR EACH ROW EXECUTE FUNCTION sum_noted();
SELECT synthik_augment('sum_lines', 1, seed => 2);
SELECT note, count(*) FROM sum_orders GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM sum_orders o JOIN (SELECT order_id, sum(amount) AS total FROM sum_lines GROUP BY 1) s ON s.order_id = o.id WHERE o."to""tal" <> s.total;
-- rows that no new one refers to are left as they are, wrong ones too
ALTER TABLE sum_orders DISABLE TRIGGER noted;
UPDATE sum_orders SET "to""tal" = -1;
SELECT synthik_augment('sum_lines', 3, seed => 4);
SELECT count(*) FILTER (WHERE "to""tal" = -1) >= 17 AS left_alone, count(*) FILTER (WHERE "to""tal" <> -1) > 0 AS summed FROM sum_orders;
SELECT count(*) FROM sum_orders o JOIN (SELECT order_id, sum(amount) AS total FROM sum_lines GROUP BY 1) s ON s.order_id = o.id WHERE o."to""tal" NOT IN (s.total, -1);
-- the caller needs to be allowed to
CREATE ROLE sum_other;
GRANT SELECT, INSERT ON sum_lines TO sum_other;
GRANT SELECT ON sum_orders TO sum_other;
SET ROLE sum_other;
\set SHOW_CONTEXT never
SELECT synthik_augment('sum_lines', 5, seed => 3);
\set SHOW_CONTEXT errors
RESET ROLE;
SELECT count(*) FROM sum_lines;
-- read back, and faults
SELECT synthik_infer('sum_lines', sample => 0) -> 'sums';
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"order_id.totl": "amount"}}');
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"order_id.note": "amount"}}');
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"order_id.pieces": "amont"}}');
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"order_id.pieces": 3}}');
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"qty.pieces": "amount"}}');
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"pieces": "amount"}}');
SELECT synthik_rule('sum_lines', NULL, '{"sums": []}');
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"order_id.id": "amount"}}');
ALTER TABLE sum_orders ADD twice numeric GENERATED ALWAYS AS (pieces * 2) STORED;
SELECT synthik_rule('sum_lines', NULL, '{"sums": {"order_id.twice": "amount"}}');
-- a key of any name
CREATE TABLE sum_parents (parent integer PRIMARY KEY, child integer);
CREATE TABLE sum_children (total integer NOT NULL REFERENCES sum_parents, parent integer NOT NULL);
INSERT INTO sum_parents SELECT generate_series(1, 3);
SELECT synthik_augment('sum_children', 20, seed => 1, schema => '{"sums": {"total.child": "parent"}}');
SELECT count(*) FROM sum_parents p WHERE child <> (SELECT sum(parent) FROM sum_children c WHERE c.total = p.parent);
-- what a document has changed, its author's triggers see: no other's table
ALTER TABLE sum_parents OWNER TO sum_other;
SELECT synthik_augment('sum_children', 20, seed => 1, schema => '{"sums": {"total.child": "parent"}}');
ALTER TABLE sum_children OWNER TO sum_other;
SELECT synthik_augment('sum_children', 20, seed => 1, schema => '{"sums": {"total.child": "parent"}}');
DROP TABLE sum_children, sum_parents;
SELECT synthik_drop_rules('sum_lines') > 0;
DROP TABLE sum_lines, sum_orders;
DROP FUNCTION sum_noted();
DROP ROLE sum_other;
