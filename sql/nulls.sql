--
-- Which fields of a document are NULL, and how often
--
-- A type that is "null", too, has NULLs; what is merely not required has not.
SELECT count(*) AS rows, count(a) AS a, count(b) BETWEEN 870 AND 930 AS b, count(c) AS c, count(d) AS d, count(e) BETWEEN 450 AND 550 AS e
FROM synthik_generate('{"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": ["integer", "null"]}, {"name": "c", "type": ["integer", "null"], "required": true},
	{"name": "d", "type": ["integer", "null"], "null_fraction": 0}, {"name": "e", "type": ["integer", "null"], "null_fraction": 0.5}]}', 1000, seed => 1) AS t(a int, b int, c int, d int, e int);
-- A value, a listed null or a primary key says more than the type.
SELECT count(a) AS a, count(b) BETWEEN 450 AND 550 AS b, count(c) AS c
FROM synthik_generate('{"fields": [{"name": "a", "type": ["integer", "null"], "const": 1}, {"name": "b", "type": ["integer", "null"], "enum": [1, null]},
	{"name": "c", "type": ["integer", "null"]}], "primary_key": ["c"]}', 1000, seed => 1) AS t(a int, b int, c int);
-- "required" of JSON Schema asks for the member, which may be null.
SELECT count(x -> 'a') AS a, count(nullif(x -> 'b', 'null')) BETWEEN 870 AND 930 AS b, count(nullif(x -> 'o' -> 'c', 'null')) BETWEEN 870 AND 930 AS c, count(nullif(x -> 'o' -> 'd', 'null')) AS d
FROM synthik_generate_json('{"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer"}, "b": {"type": ["integer", "null"]},
	"o": {"type": "object", "required": ["c", "d"], "properties": {"c": {"type": ["string", "null"]}, "d": {"type": "string"}}}}}', 1000, seed => 1) AS x;
-- Elements of arrays, and a type that a document takes back.
SELECT count(*) FILTER (WHERE e.v IS NULL) BETWEEN 200 AND 400 AS some FROM synthik_generate('{"fields": [{"name": "v", "type": "array", "minItems": 3, "maxItems": 3, "items": {"type": ["integer", "null"]}}]}', 1000, seed => 1) AS t(v int[]), unnest(t.v) AS e(v);
SELECT count(v) FROM synthik_generate('{"extends": {"fields": [{"name": "v", "type": ["integer", "null"]}]}, "fields": [{"name": "v", "type": "integer"}]}', 1000, seed => 1) AS t(v int);
-- A table's columns have their own say.
CREATE TABLE nulls_table (a integer NOT NULL, b integer);
SELECT count(a) AS a, count(b) BETWEEN 930 AND 970 AS b FROM synthik_rows(NULL::nulls_table, 1000, seed => 1, schema => '{"fields": [{"name": "a", "type": ["integer", "null"]}, {"name": "b", "type": ["integer", "null"]}]}');
DROP TABLE nulls_table;
