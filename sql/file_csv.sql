-- CSV and TSV: reading, what is found out, and what is an error.
CREATE FUNCTION utf8(content text) RETURNS bytea LANGUAGE sql AS $$ SELECT convert_to(content, 'UTF8') $$;

-- Columns go by their names, in any order, and some may be left out.
SELECT * FROM synthik_read_file(utf8(E'id,name,price\n1,Ann,2.50\n2,"Bob, jr.",3\n')) AS t(price numeric, id int);
-- NULL is an empty field without quotes, as in COPY.
SELECT id, a IS NULL AS a_null, b IS NULL AS b_null, b
FROM synthik_read_file(utf8(E'id,a,b\n1,,""\n2,"x ""y"" z","two\nlines"\n')) AS t(id int, a text, b text);
SELECT * FROM synthik_read_file(utf8(E'id,a\n1,NA\n2,"NA"\n'), options => '{"null": "NA"}') AS t(id int, a text);
-- Without a header the columns go by their places.
SELECT * FROM synthik_read_file(utf8(E'1,2\n3,4\n')) AS t(x int, y int);
SELECT * FROM synthik_read_file(utf8(E'1,2\n3,4\n')) AS t(column_2 int);
SELECT * FROM synthik_read_file(utf8(E'a,b\nc,d\n'), options => '{"header": false}') AS t(x text, y text);
-- A name that is none, and a value that is none of the type.
SELECT * FROM synthik_read_file(utf8(E'id,name\n1,Ann\n')) AS t(id int, nme text);
SELECT * FROM synthik_read_file(utf8(E'id,name\n1,Ann\nx2,Bob\n')) AS t(id int, name text);
-- What no one reads is not converted.
SELECT name FROM synthik_read_file(utf8(E'id,name\n1,Ann\nx2,Bob\n')) AS t(id int, name text);
SELECT count(*) FROM synthik_read_file(utf8(E'id,name\n1,Ann\nx2,Bob\n')) AS t(id int, name text);
-- Domains judge, NULLs too.
CREATE DOMAIN present AS text NOT NULL;
SELECT * FROM synthik_read_file(utf8(E'id,name\n1,Ann\n2,\n')) AS t(id int, name present);
DROP DOMAIN present;
-- Names that are longer than an identifier can be.
SELECT synthik_file_columns(utf8(repeat('x', 70) || ',' || repeat('x', 70) || E'y\n1,2\n'));
SELECT * FROM synthik_read_file(utf8('a' || repeat('x', 70) || E',b\n1,2\n')) AS t(b int, axxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx int);
-- In the tuplestore, too.
SELECT * FROM ROWS FROM (synthik_read_file(utf8(E'a,b\n1,2\n3,4\n')) AS (b int, a int)) WITH ORDINALITY AS t(x, y, n);
SELECT t.* FROM (VALUES (1), (2)) AS v(n),
	LATERAL synthik_read_file(utf8(E'a,b\n1,' || n || E'\n')) AS t(a int, b int);
-- Rescans.
SELECT v.n, t.b FROM (VALUES (1), (2)) AS v(n) LEFT JOIN
	synthik_read_file(utf8(E'a,b\n1,x\n2,y\n')) AS t(a int, b text) ON t.a >= v.n ORDER BY 1, 2;
EXPLAIN (COSTS off) SELECT b FROM synthik_read_file('/tmp/no such file.csv') AS t(a int, b text);

-- The dialect is found out.
CREATE FUNCTION dialect(content bytea, options jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT (synthik_infer_file(content, options => options, sample => 0) -> 'report') - 'problems' - 'problem_count'
$$;
SET client_min_messages = warning;
SELECT dialect(utf8(E'a;b\n1,5;2\n3,5;4\n'));
SELECT dialect(utf8(E'a\tb\n1\t2\n'));
SELECT dialect(utf8(E'a|b|c\n1|2|3\n'));
SELECT dialect(utf8(E'a,b\n''x,y'',1\n''z'',2\n'));
SELECT dialect(utf8(E'a,b\n"say \\"hi\\", Ann",1\n"no",2\n'));
SELECT dialect(utf8(E'a,b\r\n1,2\r\n'));
SELECT dialect(utf8(E'single\nvalue\n'));
RESET client_min_messages;
SELECT * FROM synthik_read_file(utf8(E'a,b\r\n1,5" pipe\r\n2,it''s\r\n')) AS t(a int, b text);
SELECT * FROM synthik_read_file(utf8(E'a,b\r1,x\r2,y')) AS t(a int, b text);
SELECT * FROM synthik_read_file(utf8(E'a,b\n"say \\"hi\\", Ann",1\n"no",2\n')) AS t(a text, b int);

-- Excel writes the delimiter into a first line of its own.
SELECT * FROM synthik_read_file(utf8(E'sep=|\r\na|b\r\n"1,5"|2\r\n')) AS t(a text, b int);
SELECT synthik_import_file(utf8(E'SEP=;\na;b\n1;x\n2;y\n'), 'separated');
TABLE separated;
DROP TABLE separated;
SELECT * FROM synthik_read_file(utf8(E'sep=;\na;b\n1;x;3\n')) AS t(a int, b text);
SELECT synthik_file_columns(utf8(E'sep=,x\n1,2\n')), synthik_file_columns(utf8('sep=')), synthik_file_columns(utf8(E'sep=;\n'));

-- Encodings, found out or given.
SELECT * FROM synthik_read_file('\xefbbbf'::bytea || utf8(E'a,b\né,1\n')) AS t(a text, b int);
SELECT * FROM synthik_read_file(convert_to(E'a,b\ncaf\u00e9 – 5 \u20ac,1\n', 'WIN1252')) AS t(a text, b int);
SELECT * FROM synthik_read_file('\xfffe61002c0062000a00e9002c0031000a00'::bytea) AS t(a text, b int);
SELECT * FROM synthik_read_file('\x0061002c0062000ad83dde00002c0031000a'::bytea) AS t(a text, b int);
SELECT * FROM synthik_read_file(convert_to(E'a,b\n\u65e5\u672c\u8a9e,1\n', 'SJIS'), options => '{"encoding": "SJIS"}') AS t(a text, b int);
SELECT * FROM synthik_read_file(convert_to(E'a,b\n\u65e5\u672c\u8a9e\u306e\u6587\u7ae0,1\n', 'SJIS')) AS t(a text, b int);
SELECT * FROM synthik_read_file(convert_to(E'a,b\nx,1\ncaf\u00e9,2\n', 'LATIN1'), options => '{"encoding": "UTF8"}') AS t(a text, b int);
SELECT * FROM synthik_read_file(utf8(E'a,b\nx,1\n'), options => '{"encoding": "EBCDIC"}') AS t(a text, b int);
SELECT * FROM synthik_read_file(utf8(E'a,b\nx,1\n') || '\x00'::bytea || utf8(E'y,2\n')) AS t(a text, b int);

-- Faults, with their places.
SELECT * FROM synthik_read_file(utf8(E'a,b\n1,2\n3\n')) AS t(a int, b int);
SELECT * FROM synthik_read_file(utf8(E'a,b\n1,2\n3,4,5\n')) AS t(a int, b int);
SELECT * FROM synthik_read_file(utf8(E'a,b\n1,"2\n3,4\n')) AS t(a int, b text);
SELECT * FROM synthik_read_file(utf8(E'a,b\n1,"2"x\n3,4\n')) AS t(a int, b text);
SELECT * FROM synthik_read_file(utf8(E'a,b\n"x\ny",2\n"z\nw",q\n')) AS t(a text, b int);
SELECT * FROM synthik_read_file(utf8(E'a,b\n\n1,2\n\n')) AS t(a int, b int);
SELECT * FROM synthik_read_file(utf8(E'a,,a,a\n1,2,3,4\n')) AS t(a int, column_2 int, a_2 int);
SELECT * FROM synthik_read_file(utf8('')) AS t(a int);
SELECT * FROM synthik_read_file(utf8(E'a,b\n')) AS t(a int, b int);
SELECT * FROM synthik_read_file(NULL::bytea) AS t(a int);
SELECT * FROM synthik_read_file(utf8(E'a\n1\n'), 'cvs') AS t(a int);
SELECT * FROM synthik_read_file(utf8(E'a\n1\n'), options => '{"delimeter": ";"}') AS t(a int);
SELECT * FROM synthik_read_file(utf8(E'a\n1\n'), options => '{"delimiter": ";;"}') AS t(a int);
SELECT * FROM synthik_read_file(utf8(E'a\n1\n'), options => '[1]') AS t(a int);
SELECT synthik_read_file(utf8(E'a\n1\n'));
SELECT * FROM synthik_read_file('\xd0cf11e0a1b11ae1'::bytea) AS t(a int);
SELECT * FROM synthik_read_file('\x1f8b08000000'::bytea) AS t(a int);
-- 10,000 columns are too many for a table, not for JSON.
SELECT length(j::text), j -> 'c777' FROM synthik_read_file_json(utf8(
	(SELECT string_agg('c' || i, ',') FROM generate_series(1, 10000) i) || E'\n' ||
	(SELECT string_agg(i::text, ',') FROM generate_series(1, 10000) i))) j;
SELECT synthik_file_columns(utf8(
	(SELECT string_agg('c' || i, ',') FROM generate_series(1, 10000) i) || E'\n' ||
	(SELECT string_agg(i::text, ',') FROM generate_series(1, 10000) i)));
SELECT c777 FROM synthik_read_file(utf8(
	(SELECT string_agg('c' || i, ',') FROM generate_series(1, 10000) i) || E'\n' ||
	(SELECT string_agg(i::text, ',') FROM generate_series(1, 10000) i))) AS t(c777 int);

-- Names that are there twice, and none, in numbers.
SET statement_timeout = '30s';
SELECT j ->> 'a', j ->> 'a_2', j ->> 'a_100000' FROM synthik_read_file_json(utf8(repeat('a,', 99999) || E'a\n' || repeat('1,', 99999) || '2'), 'csv', '{"header": true}') j;
SELECT j ->> 'column_1', j ->> 'column_100000' FROM synthik_read_file_json(utf8(repeat(',', 99999) || E'\n' || repeat('1,', 99999) || '2'), 'csv', '{"header": true}') j;
RESET statement_timeout;
SELECT synthik_file_columns(utf8(E'a,a_2,,a,column_3,,a\n1,2,3,4,5,6,7\n'));

-- Types, of all rows.
CREATE FUNCTION types(VARIADIC vals text[]) RETURNS text LANGUAGE sql AS $$
	SELECT synthik_file_columns(utf8(E'x,y\n' || (SELECT string_agg('"' || replace(v, '"', '""') || '",', E'\n' ORDER BY n) FROM unnest(vals) WITH ORDINALITY u(v, n)) || E'\n'), 'csv', '{"header": true}')
$$;
SELECT types('1', '-2'), types('1', '3000000000'), types('1', '99999999999999999999'), types('1', '2.50'), types('1e3', '2');
SELECT types('00123', '12'), types('+1', '2'), types('1', 'x'), types('-0', '0'), types('NaN', '1.5'), types('1.', '2');
SELECT types('true', 'FALSE'), types('yes', 'no'), types('t', 'f'), types('F', 'F'), types('1', '0');
SELECT types('2024-02-29', '2023-12-31'), types('2023-02-29'), types('2024-01-01', '2024-01-01 10:00'), types('2024-01-01T10:00:00Z'), types('2024-01-01 10:00:00.5+02:00', '2024-01-01 10:00');
SELECT types('31.12.2024'), types('13/02/2024', '01/02/2024'), types('02/13/2024', '01/02/2024'), types('01/02/2024'), types('10:30', '23:59:59');
SELECT types('123e4567-e89b-12d3-a456-426614174000'), types('{"a": [1]}', '[]'), types('{a'), types('', '');
SELECT synthik_file_columns(utf8(E'x\n01/02/2024\n'), options => '{"dates": "DMY"}');

-- Into a table.
SELECT synthik_import_file(utf8(E'id,day,"na""me",code\n1,13/02/2024,x,007\n2,01/03/2024,,008\n'), 'Imported');
SELECT * FROM imported;
SELECT synthik_import_file(utf8(E'id\n1\n'), 'imported');
SELECT synthik_import_file(utf8(E'id\n1\n'), 'a.b.c.d');
SELECT synthik_import_file(utf8(E'id\n1\n'), '"a""b; drop"');
SELECT * FROM "a""b; drop";
DROP TABLE imported, "a""b; drop";

-- A document, with a report.
SELECT d -> 'report' FROM synthik_infer_file(utf8(E'id;v;v\n1;a;\n2;b\n3;c;d;e\n'), sample => 100) d;
WITH d AS (SELECT synthik_infer_file(utf8('id,code,kind' || string_agg(E'\n' || i || ',' || lpad(i::text, 5, '0') || ',' || (ARRAY['red', 'green'])[1 + i % 2], '' ORDER BY i))) AS d FROM generate_series(1, 200) i)
SELECT f ->> 'name' AS name, f ->> 'type' AS type, f -> 'unique' AS "unique", f ->> 'pattern' AS pattern, f -> 'enum' AS enum
FROM d, jsonb_array_elements(d -> 'fields') f;
WITH d AS (SELECT synthik_infer_file(utf8('id,code,kind' || string_agg(E'\n' || i || ',' || lpad(i::text, 5, '0') || ',' || (ARRAY['red', 'green'])[1 + i % 2], '' ORDER BY i))) AS d FROM generate_series(1, 200) i)
SELECT count(*), count(DISTINCT id), bool_and(kind IN ('red', 'green')), bool_and(code ~ '^[0-9]{5}$')
FROM d, synthik_generate(d, 50, seed => 1) AS t(id int, code text, kind text);
DROP FUNCTION types, dialect, utf8;
