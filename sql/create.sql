-- Documents with a change, and tables made from documents.
SELECT synthik_set_field('{"fields": [{"name": "a", "type": "integer", "minimum": 3}]}', 'a', '{"maximum": 9, "minimum": null}');
SELECT synthik_set_field('{"fields": [{"name": "a", "type": "integer"}]}', 'b"c', '{"type": "string", "default": null}');
SELECT synthik_set_field('{"properties": {"a": {"type": "integer"}}}', 'b', '{"type": "email"}');
SELECT synthik_set_field('{"extends": "ecommerce/products"}', 'stock', '{"maximum": 50}') -> 'fields' @> '[{"name": "stock", "maximum": 50, "minimum": 0}]' AS written_out;
SELECT synthik_set_field('{"fields": [{"name": "a", "type": "integer"}]}', 'a', '{"minimun": 1}');
SELECT synthik_set_field('{"fields": [{"name": "a", "type": "integer"}]}', 'a', '[]');
SELECT synthik_set_field('[]', 'a', '{}');
SELECT synthik_set_field('{"fields": [{"name": "a", "type": "integer"}]}', NULL, '{}');
SELECT synthik_drop_field('{"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}],
	"checks": ["a < b", "a > 0"], "unique": [["a", "b"]], "primary_key": ["a"], "required": ["b"]}', 'b');
SELECT synthik_drop_field('{"extends": "ecommerce/products"}', 'margin');
SELECT synthik_drop_field('ecommerce/products', 'categry');
SELECT synthik_drop_field('{"fields": [{"name": "a", "type": "integer"}]}', 'a');
SELECT synthik_drop_field('{"series": {"rows": 3}, "fields": [{"name": "a", "type": "integer", "hidden": true}, {"name": "b", "type": "integer"}],
	"checks": ["previous.a < b", "b > 0"]}', 'a');
SELECT synthik_set_field('{"fields": {"name": "a"}}', 'b', '{"type": "integer"}');
SELECT synthik_set_field('{"fields": null}', 'b', '{"type": "integer"}');
-- what a document extends, without some of it
SELECT synthik_columns('{"extends": "ecommerce/orders", "drop": ["email", "order_number"]}'::jsonb) ~ 'email|order_number' AS still_there;
SELECT synthik_set_field('{"extends": {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}, {"name": "c", "type": "integer"}],
	"checks": ["a < b", "c > 0"], "unique": [["a", "b"]], "primary_key": ["b"], "required": ["a", "b"]}, "drop": ["b"], "fields": [{"name": "d", "const": "x"}]}', 'a', '{"minimum": 3}');
SELECT * FROM synthik_validate('{"extends": "ecommerce/orders", "drop": ["emal", 3, "email", "email"], "fields": [{"name": "x", "type": "integer", "drop": true}]}'::jsonb);
SELECT * FROM synthik_validate('{"drop": ["a"], "fields": [{"name": "x", "type": "integer"}]}'::jsonb);
SELECT * FROM synthik_validate('{"extends": {"fields": [{"name": "a", "type": "integer"}]}, "drop": "a"}'::jsonb);
SELECT * FROM synthik_validate('{"extends": {"fields": [{"name": "a", "type": "integer"}]}, "drop": ["a"]}'::jsonb);
SELECT synthik_columns('{"extends": {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer", "expression": "a + 1"}]}, "drop": ["a"]}'::jsonb);
SELECT synthik_columns('{"extends": {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer", "expression": "a + 1"}]}, "drop": ["a"], "fields": [{"name": "b", "expression": "7"}, {"name": "a", "type": "text"}]}'::jsonb);
SELECT synthik_save('dropping', '{"extends": "ecommerce/orders", "drop": ["email"]}');
SELECT synthik_columns('{"extends": "dropping", "drop": ["order_number"]}'::jsonb) ~ 'email|order_number' AS still_there;
SELECT synthik_save('dropping', '{"extends": "dropping", "drop": ["email"]}');
SELECT synthik_delete('dropping');
CREATE TABLE told (id integer, name text);
INSERT INTO told SELECT i, 'secretive ' || i % 4 FROM generate_series(1, 400) AS i;
SELECT position('secretive' IN encode(decode(synthik_infer('told') ->> 'fit', 'base64'), 'escape')) > 0 AS told,
	position('secretive' IN encode(decode(synthik_drop_field(synthik_infer('told'), 'name') ->> 'fit', 'base64'), 'escape')) > 0 AS dropped;
DROP TABLE told;

-- a table
SELECT synthik_create_table('shop_orders', 'ecommerce/orders', rows => 50, seed => 1);
\d shop_orders
SELECT obj_description('shop_orders'::regclass);
SELECT count(*), count(DISTINCT order_number), bool_and(total = subtotal - discount + shipping) FROM shop_orders;
SELECT column_name FROM synthik_rules WHERE relation = 'shop_orders'::regclass ORDER BY 1;
SELECT synthik_augment('shop_orders', 50, seed => 2);
SELECT count(*), bool_and(order_number ~ '^[0-9]{4}-[0-9]{6}$'), bool_and(email ~ '@'), bool_and(items BETWEEN 1 AND 20) FROM shop_orders;
SELECT synthik_create_table('shop_orders', 'ecommerce/orders');
SELECT synthik_create_table('nowhere.orders', 'ecommerce/orders');
SELECT synthik_create_table('"a""b; drop"', '{"description": "it''s", "fields": [
	{"name": "x\"y", "type": "string", "enum": ["it''s", "b\"", null], "description": "quote '' here"},
	{"name": "n", "type": "integer", "default": 7}, {"name": "tags", "type": "array", "items": {"type": "string", "enum": ["p", "q"]}},
	{"name": "o", "type": "object", "fields": [{"name": "k", "type": "email"}]}],
	"checks": ["n > 0"]}', rows => 3, seed => 1);
\d "a""b; drop"
SELECT col_description('"a""b; drop"'::regclass, 1);
SELECT * FROM synthik_rules WHERE relation = '"a""b; drop"'::regclass ORDER BY column_name;
SELECT synthik_create_table('t', '{"fields": [{"name": "a", "type": "integer"}]}', rows => -1);
SELECT synthik_create_table('t', '{"fields": [{"name": "a", "type": "integer"}], "checks": ["a > 0); DROP TABLE shop_orders; SELECT (1"]}');
SELECT synthik_create_table(NULL, 'ecommerce/orders');
SELECT to_regclass('t') AS nothing_left;

-- a pack: tables that refer to one another
SELECT * FROM synthik_create_pack('{"tables": [
	{"name": "staff", "rows": 40, "fields": [{"name": "id", "type": "bigint"}, {"name": "name", "type": "full_name"},
		{"name": "boss", "type": "bigint", "references": "staff(id)", "null_fraction": 0.1},
		{"name": "branch", "type": "integer", "references": "branches"}], "primary_key": ["id"]},
	{"name": "branches", "rows": 4, "description": "Where they work.", "fields": [{"name": "id", "type": "integer"}, {"name": "city", "type": "city", "unique": true}], "primary_key": ["id"]}]}',
	schema_name => 'my "pack"');
\d "my ""pack""".staff
SELECT synthik_augment('"my ""pack""".branches', 4, seed => 1), synthik_augment('"my ""pack""".staff', 40, seed => 1);
SELECT relation, column_name, rule FROM synthik_rules WHERE relation = '"my ""pack""".staff'::regclass ORDER BY 2;
SHOW search_path;
SELECT * FROM synthik_create_pack('ecommerce/orders');
SELECT * FROM synthik_create_pack('ecomerce/orders');
SELECT * FROM synthik_create_pack('{"tables": [{"fields": []}]}');
SELECT * FROM synthik_create_pack('{"tables": [{"name": "x", "extends": "ecommerce/orders"}, 3]}');
SELECT * FROM synthik_create_pack('{"tables": [{"name": "x", "extends": "ecommerce/orders"}, {"name": "y", "fields": [{"name": "x_id", "type": "integer", "references": "z(id)"}]}]}');
SELECT * FROM synthik_create_pack('{"tables": []}', scale => -1);
SELECT to_regclass('x') AS nothing_left;

-- tables with too few parents for their rows get what there is room for
SELECT * FROM synthik_create_pack('{"tables": [
	{"name": "pairs", "rows": 900, "fields": [{"name": "a", "type": "integer", "references": "sides"}, {"name": "b", "type": "integer", "references": "sides"}], "primary_key": ["a", "b"]},
	{"name": "sides", "rows": 30, "fields": [{"name": "id", "type": "integer"}, {"name": "size", "type": "integer", "minimum": 1, "maximum": 2}], "primary_key": ["id"]},
	{"name": "large", "rows": 90, "fields": [{"name": "id", "type": "integer"}, {"name": "side", "type": "integer", "references": "sides"}], "primary_key": ["id"], "checks": ["side.size > 5"]},
	{"name": "larger", "rows": 90, "fields": [{"name": "large", "type": "integer", "references": "large", "required": true}]}]}',
	schema_name => 'small_pack', scale => 0.05, seed => 1);
DROP SCHEMA small_pack CASCADE;

SELECT * FROM synthik_create_pack('hr', 'pg_temp', scale => 0.05, seed => 1);
SELECT relpersistence FROM pg_class WHERE oid = 'pg_temp.absences'::regclass;
DROP TABLE pg_temp.absences, pg_temp.employees;

-- privileges are the caller's
CREATE ROLE create_other;
GRANT USAGE ON SCHEMA public TO create_other;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SET ROLE create_other;
SELECT synthik_create_table('theirs', 'ecommerce/orders');
SELECT * FROM synthik_create_pack('{"tables": [{"name": "x", "extends": "ecommerce/orders"}]}', schema_name => 'theirs');
RESET ROLE;
REVOKE USAGE ON SCHEMA public FROM create_other;
DROP ROLE create_other;

-- what reads more than a row's own columns is the table's rule, and no CHECK
SELECT synthik_create_table('readings', '{"series": {"rows": 5}, "fields": [
    {"name": "sensor", "type": "integer", "per": "series", "unique": true},
    {"name": "step", "type": "integer", "hidden": true, "minimum": 1, "maximum": 9},
    {"name": "branch", "type": "integer", "references": "\"my \"\"pack\"\"\".branches(id)"},
    {"name": "value", "type": "integer", "expression": "coalesce(previous.value, 0) + step"} ],
    "checks": ["value > previous.value", "value >= step", "value >= branch.id * 0", "series.position <= 5", "value > 0"]}', rows => 12, seed => 1);
\d readings
SELECT synthik_augment('readings', 7, seed => 2);
SELECT count(*), count(DISTINCT sensor), min(value) FROM readings;
SELECT column_name, rule FROM synthik_rules WHERE relation = 'readings'::regclass ORDER BY 1;
DROP TABLE readings;
-- a tree
SELECT synthik_create_table('nodes', '{"fields": [{"name": "id", "type": "integer"}, {"name": "parent", "type": "integer", "references": "nodes(id)"}], "primary_key": ["id"]}', rows => 100, seed => 1);
SELECT count(*), count(*) FILTER (WHERE parent = id) AS roots, count(DISTINCT parent) > 10 AS parents FROM nodes;
DROP TABLE nodes;
SELECT synthik_drop_rules() > 10;
DROP TABLE shop_orders, "a""b; drop";
DROP SCHEMA "my ""pack""" CASCADE;
