-- Hidden fields: drawn with a row, and no part of it.
SELECT synthik_columns('{"fields": [{"name": "a", "type": "integer"}, {"name": "h", "type": "integer", "hidden": true}, {"name": "b", "type": "integer", "expression": "a + h"}]}'::jsonb);
SELECT * FROM synthik_generate_json('{"fields": [{"name": "h", "type": "integer", "minimum": 100, "maximum": 200, "multipleOf": 100, "hidden": true},
	{"name": "a", "type": "integer", "minimum": 1, "maximum": 9}, {"name": "b", "type": "integer", "expression": "a + h"}]}', 3, seed => 1);
SELECT h FROM synthik_generate('{"fields": [{"name": "a", "type": "integer"}, {"name": "h", "type": "integer", "hidden": true}]}', 1, seed => 1) AS t(h integer);

-- they go by fields, fields go by them, and checks read them
SELECT kind, count(*), bool_and(v BETWEEN CASE kind WHEN 'a' THEN 10 ELSE 50 END AND CASE kind WHEN 'a' THEN 22 ELSE 62 END) AS within, count(DISTINCT v) > 3 AS many
FROM synthik_generate('{"fields": [
	{"name": "kind", "enum": ["a", "b"]},
	{"name": "low", "type": "integer", "hidden": true, "const": 10, "by": "kind", "cases": {"b": {"const": 50}}},
	{"name": "more", "type": "integer", "hidden": true, "minimum": 0, "maximum": 30},
	{"name": "v", "type": "integer", "expression": "low + more"}], "checks": ["more <= 12"]}', 200, seed => 1) AS t(kind text, v integer) GROUP BY 1 ORDER BY 1;
SELECT DISTINCT v FROM synthik_generate('{"fields": [{"name": "side", "enum": ["x", "y"], "hidden": true},
	{"name": "v", "type": "integer", "const": 1, "by": "side", "cases": {"y": {"const": 2}}}]}', 50, seed => 1) AS t(v integer) ORDER BY 1;

-- a slice is the same rows, also with workers, extended, and read back
CREATE TEMP TABLE whole (a integer, b integer);
INSERT INTO whole SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 0, "maximum": 1000}, {"name": "h", "type": "integer", "hidden": true, "minimum": 0, "maximum": 1000}, {"name": "b", "type": "integer", "expression": "a + h"}], "checks": ["h < a"]}', 500, seed => 7) AS t(a integer, b integer);
SELECT count(*) FROM (SELECT * FROM whole EXCEPT ALL SELECT * FROM (
	SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 0, "maximum": 1000}, {"name": "h", "type": "integer", "hidden": true, "minimum": 0, "maximum": 1000}, {"name": "b", "type": "integer", "expression": "a + h"}], "checks": ["h < a"]}', 200, seed => 7) AS t(a integer, b integer)
	UNION ALL SELECT * FROM synthik_generate(synthik_set_field('{"extends": {"fields": [{"name": "a", "type": "integer", "minimum": 0, "maximum": 1000}, {"name": "h", "type": "integer", "hidden": true, "minimum": 0, "maximum": 1000}, {"name": "b", "type": "integer", "expression": "a + h"}], "checks": ["h < a"]}}', 'a', '{"title": "A"}'), 300, seed => 7, first_row => 201) AS t(a integer, b integer)) x) AS different;

-- tables: created, filled, described; the rule keeps them
SELECT synthik_create_table('hidden_made', '{"fields": [
	{"name": "id", "type": "bigint"}, {"name": "price", "type": "numeric(10,2)", "minimum": 10, "maximum": 90},
	{"name": "margin", "type": "numeric(3,2)", "minimum": 0.1, "maximum": 0.5, "hidden": true},
	{"name": "cost", "type": "numeric(10,2)", "expression": "round(price * (1 - margin), 2)"}], "primary_key": ["id"], "checks": ["cost > 6", "margin < 0.4"]}', rows => 100, seed => 1);
SELECT synthik_augment('hidden_made', 100, seed => 2), synthik_augment('hidden_made', 100, seed => 3, workers => 1);
SELECT count(*), bool_and(cost BETWEEN price * 0.599 AND price * 0.901) AS within, count(DISTINCT round(cost / price, 2)) > 10 AS many FROM hidden_made;
SELECT column_name, rule FROM synthik_rules WHERE relation = 'hidden_made'::regclass ORDER BY 1;
\d hidden_made
SELECT synthik_rule('hidden_made', NULL, '{"fields": [{"name": "margin", "type": "numeric(3,2)", "const": 0.25, "hidden": true}]}');
SELECT DISTINCT round(cost / price, 1) FROM synthik_rows(NULL::hidden_made, 20, seed => 1);
SELECT DISTINCT round(cost / price, 1) FROM synthik_rows(NULL::hidden_made, 20, seed => 1, schema => '{"fields": [{"name": "margin", "const": 0.5}]}');

-- faults
SELECT synthik_validate('{"fields": [{"name": "a", "type": "integer", "hidden": 3}]}');
SELECT synthik_validate('{"fields": [{"name": "a", "type": "integer", "hidden": true}]}');
SELECT synthik_validate('{"fields": [{"name": "b", "type": "integer"}, {"name": "a", "type": "integer", "hidden": true, "unique": true}]}');
SELECT synthik_validate('{"fields": [{"name": "b", "type": "integer"}, {"name": "a", "type": "integer", "hidden": true, "expression": "b"}]}');
SELECT synthik_validate('{"fields": [{"name": "b", "type": "integer"}, {"name": "a", "hidden": true, "references": "hidden_made(id)"}]}');
SELECT synthik_validate('{"fields": [{"name": "b", "type": "integer"}, {"name": "a", "type": "integer", "hidden": true}, {"name": "a", "type": "integer"}]}');
SELECT synthik_validate('{"extends": "ecommerce/products", "fields": [{"name": "price", "hidden": true}]}');
SELECT synthik_validate('{"fields": [{"name": "b", "type": "integer"}, {"name": "a", "type": "integer", "hidden": true}], "unique": ["a"]}');
SELECT synthik_validate('{"fields": [{"name": "o", "type": "object", "fields": [{"name": "a", "type": "integer", "hidden": true}]}]}');
SELECT synthik_drop_rules();
DROP TABLE hidden_made;

-- beside what was learned of a table
SELECT synthik_create_table('hidden_learned', '{"fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 9},
	{"name": "h1", "type": "integer", "minimum": 10, "maximum": 90, "hidden": true}, {"name": "h2", "type": "text", "enum": ["x", "y"], "hidden": true},
	{"name": "b", "type": "text", "expression": "h2 || h1"}]}', rows => 200, seed => 1);
SELECT synthik_augment('hidden_learned', 200, seed => 2);
SELECT count(*), bool_and(b ~ '^[xy][1-9][0-9]$') FROM hidden_learned;
SELECT synthik_drop_rules();
DROP TABLE hidden_learned;
