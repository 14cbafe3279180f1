-- JSON and JSON lines.
CREATE FUNCTION utf8(content text) RETURNS bytea LANGUAGE sql AS $$ SELECT convert_to(content, 'UTF8') $$;

-- The shapes of a document.
SELECT * FROM synthik_read_file(utf8('[{"a": 1, "b": "x"}, {"b": null, "a": 2}, {"c": 3}]')) AS t(a int, b text, c int);
SELECT * FROM synthik_read_file(utf8('{"meta": {"n": [1, 2]}, "data": [{"a": 1}, {"a": 2}], "next": null}')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('{"a": [1, 2], "b": ["x", null]}')) AS t(a int, b text);
SELECT * FROM synthik_read_file(utf8(E'{"a": 1}\n{"a": 2, "b": "y"}\n\n{"a": 3}')) AS t(a int, b text);
SELECT * FROM synthik_read_file(utf8('{"a": 1, "b": {"c": [2]}}')) AS t(a int, b jsonb);
SELECT * FROM synthik_read_file(utf8('{"data": [{"a": 1}]}'), 'jsonl') AS t(data jsonb);
SELECT * FROM synthik_read_file(utf8('{"x": [{"a": 1}], "y": [{"a": 2}]}'), options => '{"records": "y"}') AS t(a int);
SELECT * FROM synthik_read_file(utf8('[]')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('{"data": []}')) AS t(data jsonb);

-- Values: arrays, objects, strings that are JSON's, escapes.
SELECT * FROM synthik_read_file(utf8('[{"a": [1, null, 3], "b": [["x", "y\"\\"], ["{", null]], "c": "text", "d": "\u00e9\n", "e": true}]'))
	AS t(a int[], b text[], c jsonb, d text, e boolean);
SELECT * FROM synthik_read_file(utf8('[{"a": [{"b": 1}, {"b": 2}], "c": {"d": 1}}]')) AS t(a jsonb[], c text);
SELECT * FROM synthik_read_file_json(utf8('[{"b": 1.50, "a": [1, {"x": null}]}, {}]'));
SELECT * FROM synthik_read_file_json(utf8('{"a": [1.50, true], "b": [null, {"x": [1]}]}'));
SELECT * FROM synthik_read_file_json(utf8(E'a,b\n1,\n2,"x"\n'));
-- Composite values, and arrays of what is none of an array's dimensions.
CREATE TYPE pair AS (a int, "b c" text, l numeric[]);
CREATE DOMAIN few AS int[] CHECK (cardinality(value) < 3);
SELECT * FROM synthik_read_file(utf8('[{"p": {"b c": "x,\"(", "a": 1}, "q": [{"a": 2, "l": [1.5, null]}, null], "j": [[1], "s", {"x": null}], "f": [[1, 2], [3]], "x": ["(1,1),(0,0)", "(3,3),(2,2)"], "m": [[1, 2], [3, 4]]}]'))
	AS t(p pair, q pair[], j jsonb[], f few[], x box[], m int[]);
SELECT * FROM synthik_read_file(utf8('[{"p": [1, 2]}]')) AS t(p pair);
SELECT * FROM synthik_read_file(utf8('[{"p": {"a": "x"}}]')) AS t(p pair);
SELECT * FROM synthik_read_file(utf8('[{"f": [[1, 2, 3]]}]')) AS t(f few[]);
-- A key that is empty, and one that is called as that column would be.
SELECT * FROM synthik_read_file(utf8('[{"": 1, "column_1": 2}, {"": 3, "column_1_2": 4}]')) AS t(column_1 int, column_1_2 int, column_1_2_2 int);
SELECT synthik_file_columns(utf8('{"zz": [1], "": ["x"], "column_2": [true]}'));
-- Objects one after another, the first of which is longer than what is read at once.
SELECT a, length(b) FROM synthik_read_file(utf8('{"a": 1, "l": [{"x": 1}], "b": "' || repeat('y', 1100000) || E'"}\n{"a": 2, "b": ""}')) AS t(a int, b text);
SELECT synthik_infer_file(utf8(E'{"a": 1}\n{"a": 2}'), sample => 100) -> 'report' ->> 'format', synthik_infer_file(utf8('{"a": 1}'), sample => 100) -> 'report' ->> 'format';
-- The last one of two counts.
SELECT * FROM synthik_read_file(utf8('[{"a": 1, "a": 2}]')) AS t(a int);
-- A key may come up late.
SELECT sum(late) FROM synthik_read_file(utf8('[' || (SELECT string_agg('{"a": ' || i || CASE WHEN i > 1990 THEN ', "late": 1' ELSE '' END || '}', ',') FROM generate_series(1, 2000) i) || ']')) AS t(late int);
SELECT synthik_file_columns(utf8('[' || (SELECT string_agg('{"a": ' || i || CASE WHEN i > 1990 THEN ', "late": "2024-01-01"' ELSE '' END || '}', ',') FROM generate_series(1, 2000) i) || ']'));

-- Types.
SELECT synthik_file_columns(utf8('[{"i": 1, "n": 1.5, "s": "12", "d": "2024-01-01", "b": true, "j": [1], "m": 1, "u": null, "z": "00"}, {"m": {"x": 1}, "i": 3000000000}]'));
SELECT synthik_import_file(utf8('[{"a": 1, "j": {"x": 1}}, {"j": "text", "k": [1]}]'), 'imported');
SELECT * FROM imported;
DROP TABLE imported;
SELECT d -> 'report' FROM synthik_infer_file(utf8('[{"a": 1}, {"a": 2}]')) d;

-- Faults, with their places.
SELECT * FROM synthik_read_file(utf8('[{"a": 1}, {"a": x}]')) AS t(a int);
SELECT * FROM synthik_read_file(utf8(E'{"a": 1}\n{"a": "x"}\n')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": 1}, {"a": 2]')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": 1}, {"a": 2')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": 1} {"a": 2}]')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": 1}, ]')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": 1}')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": 1}] x')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": 1}, 2]')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": "\u0000"}]')) AS t(a text);
SELECT * FROM synthik_read_file(utf8('[{"a": "' || chr(10) || '"}]')) AS t(a text);
SELECT * FROM synthik_read_file_json(utf8(E'[{"a": 1},\n{"a": 1e200000}]'));
SELECT * FROM synthik_read_file(utf8('"text"'), 'json') AS t(a text);
SELECT * FROM synthik_read_file(utf8('[{"a": 1}]'), 'jsonl') AS t(a text);
SELECT * FROM synthik_read_file(utf8('{"x": [{"a": 1}], "y": [{"a": 2}]}')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('{"a": 1}'), options => '{"records": "rows"}') AS t(a int);
SELECT * FROM synthik_read_file(utf8('{"a": [1, 2], "b": [1]}')) AS t(a int);
SELECT * FROM synthik_read_file(utf8('[{"a": ' || repeat('[', 1000) || repeat(']', 1000) || '}]')) AS t(a jsonb);
SELECT * FROM synthik_read_file(utf8('[{"name": 1}]')) AS t(nam int);
SELECT * FROM synthik_read_file(utf8('[{"a": "') || '\xe9'::bytea || utf8('"}]'), options => '{"encoding": "UTF8"}') AS t(a text);
DROP TYPE pair;
DROP DOMAIN few;
DROP FUNCTION utf8;
