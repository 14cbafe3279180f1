-- Excel workbooks, made by others (test/bench/files/xlsx_fixtures.py), read
-- and written.  Their content is given as bytes.
\getenv abs_srcdir PG_ABS_SRCDIR
SET client_min_messages = warning;
CREATE FUNCTION book(name text) RETURNS bytea LANGUAGE sql STABLE AS
$$ SELECT pg_read_binary_file(current_setting('test.folder') || name) $$;
SELECT set_config('test.folder', :'abs_srcdir' || '/test/fixtures/xlsx/', false) IS NOT NULL AS set;
RESET client_min_messages;
SET datestyle = ISO;
SET intervalstyle = postgres;
SET timezone = 'UTC';
\pset null '(null)'

-- openpyxl: formulas have no values yet
SELECT synthik_file_columns(book('openpyxl.xlsx'));
SELECT * FROM synthik_read_file(book('openpyxl.xlsx')) AS t(id bigint, name text, price float8,
	paid boolean, day date, moment timestamp, hour time, length interval, code text);
-- LibreOffice has computed them, and shares strings
SELECT * FROM synthik_read_file(book('libreoffice.xlsx')) AS t(id bigint, name text, price float8,
	paid boolean, day date, moment timestamp, hour time, length interval, code text, total text);
-- days from 1904 on
SELECT * FROM synthik_read_file(book('mac1904.xlsx')) AS t(id bigint, day date, moment timestamp,
	hour time, length interval);
SELECT * FROM synthik_read_file_json(book('pandas.xlsx'));
SELECT * FROM synthik_read_file_json(book('pandas.xlsx'), options => '{"sheet": "indexed"}');

-- sheets, ranges, titles, empty rows and merged cells
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"sheet": "Sparse & more"}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"sheet": 3, "fill_merged": true}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"sheet": "secret", "header": false}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"sheet": 3, "range": "C4:D9"}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"sheet": 3, "range": "$B$5:F", "header": false}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"sheet": 3, "range": "F", "header": true}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"sheet": 3, "range": "A1:B2"}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"sheet": 4}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"range": "F9:B3"}');
SELECT * FROM synthik_read_file_json(book('openpyxl.xlsx'), options => '{"range": "XFE1"}');
SELECT jsonb_pretty(synthik_infer_file(book('libreoffice.xlsx'), options => '{"sheet": 3}') -> 'report');

SELECT synthik_infer_file(book('openpyxl.xlsx')) #> '{report,hidden_rows}' AS hidden_rows;

-- what cells can be
SELECT * FROM synthik_read_file(book('cells.xlsx')) AS t(kind text, value text);
SELECT jsonb_pretty(synthik_infer_file(book('cells.xlsx')) -> 'report' -> 'problems');
SELECT * FROM synthik_read_file_json(book('prefixed.xlsx'));
SELECT * FROM synthik_read_file_json(book('empty.xlsx'));
SELECT count(*) FROM synthik_read_file_json(book('wide.xlsx')) j, jsonb_object_keys(j);
SELECT * FROM synthik_read_file(book('wide.xlsx')) AS t(column_16384 int, column_1 int);
SELECT synthik_import_file(book('wide.xlsx'), 'wide');
SELECT synthik_import_file(book('libreoffice.xlsx'), 'imported');
SELECT id, price::float8, paid, day, moment, hour, length, code, total FROM imported;
-- more shared strings than work_mem holds
SET work_mem = '64kB';
SELECT count(*), count(DISTINCT s), bool_and(left(s, 5)::int = i AND length(s) = 90) AS right FROM
	synthik_read_file(book('shared.xlsx')) AS t(s text, i int);
RESET work_mem;
-- text of a cell that is none of its type: which cell
SELECT * FROM synthik_read_file(book('cells.xlsx')) AS t(kind text, value numeric);

-- other encodings
CREATE DATABASE regression_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
SELECT current_database() AS database \gset
\c regression_latin1
SET client_min_messages = warning;
CREATE EXTENSION synthik;
SET client_encoding = 'UTF8';
SELECT * FROM synthik_read_file(pg_read_binary_file(:'abs_srcdir' || '/test/fixtures/xlsx/openpyxl.xlsx'))
	AS t(id bigint, name text);
SELECT * FROM synthik_read_file(synthik_export_bytes($$ SELECT 'Grüße' AS "Gruß" $$, 'xlsx')) AS t("Gruß" text);
\c :database
DROP DATABASE regression_latin1;
SET datestyle = ISO;
SET intervalstyle = postgres;
SET timezone = 'UTC';
SELECT set_config('test.folder', :'abs_srcdir' || '/test/fixtures/xlsx/', false) IS NOT NULL AS set;

-- bad ones
SELECT * FROM synthik_read_file_json(book('bad_dotdot.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_cut.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_crc.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_entities.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_undefined.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_missing.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_index.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_number.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_column.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_row.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_xml.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_deep.xlsx'));
SELECT count(*) FROM synthik_read_file_json(book('bad_outside.xlsx'));
SELECT count(*) FROM synthik_read_file_json(book('bad_outside.xlsx'), options => '{"range": "B:C"}');
SELECT jsonb_pretty(synthik_infer_file(book('bad_outside.xlsx')) -> 'report');
SELECT * FROM synthik_read_file_json(book('bad_nothing.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_word.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_zip.xlsx'));
SELECT * FROM synthik_read_file_json(book('bad_bomb.xlsx.gz'));
SELECT * FROM synthik_read_file_json(book('old.xls'));
SELECT * FROM synthik_read_file_json(book('sheet.ods'));
SELECT * FROM synthik_read_file_json('PK\003\004'::bytea);
SELECT * FROM synthik_read_file_json('\x'::bytea, 'xlsx');

-- written and read again: every type that a cell can hold, and text of all others
CREATE TABLE things (i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, b boolean, d date,
	ts timestamp, t time, x text, z timestamptz, iv interval, j jsonb, a int[], u uuid, by bytea, e varchar(9));
INSERT INTO things VALUES
	(1, 2, 3, 0.1, 0.25, 1.5, true, '2024-02-29', '2024-02-29 12:34:56.789', '12:34:56', '=1+1', '2024-02-29 12:00+00',
	 '1 mon 2 days', '{"a": [1, null]}', '{1,NULL}', '00000000-0000-0000-0000-000000000001', '\x00ff', 'e'),
	(-32768, -2147483648, -9223372036854775808, 'NaN', 'Infinity', 'NaN', false, '1900-01-01', '1900-02-28 23:59:59.999', '00:00', '00123',
	 'infinity', '-26:30', '"s"', '{}', NULL, '', NULL),
	(32767, 2147483647, 9223372036854775807, 3.4028235e38, 1.5e308, 12345678901234567890.123456789, NULL, '1899-12-31', '1899-12-31 00:00', '24:00', e'a\r\nb\tc\001_x000D_ ',
	 NULL, NULL, 'null', NULL, NULL, NULL, 'TRUE'),
	(0, 0, 999999999999999, -0.0, 1e-300, 0.000000000000001, NULL, '9999-12-31', '9999-12-31 23:59:59.999', '23:59:59.999', ' +1;ä😀<&>"''',
	 NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(NULL, NULL, 1000000000000000, NULL, NULL, 999999999999999, NULL, 'infinity', '-infinity', NULL, repeat('x', 32767),
	 NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(NULL, NULL, NULL, NULL, NULL, -100000000000000000, NULL, '0044-03-15 BC', '10000-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE again (LIKE things);
INSERT INTO again SELECT * FROM synthik_read_file(synthik_export_bytes('TABLE things', 'xlsx')) AS t(i2 int2, i4 int4, i8 int8,
	f4 float4, f8 float8, n numeric, b boolean, d date, ts timestamp, t time, x text, z timestamptz, iv interval, j jsonb,
	a int[], u uuid, by bytea, e varchar(9));
SELECT i2, i4, i8, f4, f8, n, b, d, ts, t, left(x, 40), z, iv, j, a, u, by, e FROM
	((TABLE things EXCEPT ALL TABLE again) UNION ALL (TABLE again EXCEPT ALL TABLE things)) AS differences;
SELECT string_agg(f || ': ' || k, ', ') FROM (SELECT f, string_agg(DISTINCT jsonb_typeof(v), ' ') AS k FROM
	synthik_read_file_json(synthik_export_bytes('TABLE things LIMIT 1', 'xlsx')) j, jsonb_each(j) AS e(f, v) GROUP BY f ORDER BY f) AS kinds;
-- times are kept to the millisecond; an empty string is an empty cell
SELECT * FROM synthik_read_file_json(synthik_export_bytes($$ SELECT timestamp '2024-01-01 00:00:00.0016' AS ts,
	timestamp '1999-12-31 23:59:59.9999' AS before, time '12:00:00.0004' AS t, '' AS s, 1 AS one $$, 'xlsx'));
-- the largest numbers, which the digits of a cell would make infinite
SELECT * FROM synthik_read_file(synthik_export_bytes($$ VALUES (1.7976931348623157e308::float8), (-1.7976931348623157e308), (1.79e308), (-5e-324) $$, 'xlsx')) AS t(column1 float8);
-- no rows, no columns, no header, a name, and what is dropped
SELECT synthik_file_columns(synthik_export_bytes('SELECT 1 AS a WHERE false', 'xlsx'));
SELECT * FROM synthik_read_file_json(synthik_export_bytes('SELECT FROM things', 'xlsx'));
SELECT * FROM synthik_read_file_json(synthik_export_bytes('SELECT 1, true', 'xlsx', '{"header": false, "sheet": "My data"}'), options => '{"sheet": "my DATA"}');
SELECT length(synthik_export_bytes('TABLE things', 'xlsx', '{"title": "Things", "license": "CC0-1.0"}')) > 0 AS titled;
SELECT synthik_export_bytes('SELECT 1', 'xlsx', '{"sheet": "a/b"}');
SELECT synthik_export_bytes($$ SELECT 1 AS one UNION ALL SELECT i FROM generate_series(1, 3) i $$, 'xlsx') IS NOT NULL AS made;
SELECT synthik_export_bytes($$ SELECT i, repeat('x', 32766 + i) AS "long ""text" FROM generate_series(0, 3) i $$, 'xlsx');
SELECT synthik_export_bytes($$ SELECT repeat('😀', 16384) AS t $$, 'xlsx');
-- packed once more
SELECT * FROM synthik_read_file_json(synthik_export_bytes('SELECT 1 AS a', 'xlsx', '{"compression": "zstd"}'));
DROP TABLE things, again, imported;
DROP FUNCTION book;
