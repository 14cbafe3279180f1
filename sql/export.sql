-- What a query returns, as a file.
CREATE FUNCTION written(query text, format text, options jsonb DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT convert_from(synthik_export_bytes(query, format, options), 'UTF8')
$$;
\set q 'SELECT 1 AS id, NULL::text AS none, \'\'::text AS empty, \'a,"b"\'::text AS "quo,ted", DATE \'2024-02-29\' AS day, INTERVAL \'1 day\' AS span, ARRAY[1, NULL] AS list, true AS yes, 0.1::float8 AS f'
SELECT written(:'q', 'csv');
SELECT written(:'q', 'tsv');
SELECT written(:'q', 'json');
SELECT written(:'q', 'jsonl');
SELECT written(:'q', 'CSV', '{"delimiter": ";", "quote": "''", "null": "NULL", "header": false}');
SELECT written('SELECT ''x\y'' AS a, ''"'' AS b', 'csv', '{"escape": "\\"}');
SELECT synthik_export_bytes('SELECT ''é'' AS a', 'csv', '{"bom": true}');
SELECT synthik_export_bytes('SELECT ''é'' AS a', 'csv', '{"encoding": "LATIN1", "header": false}');
SELECT written('SELECT 1 AS a, 2 AS b', 'csv', '{"null": "a,b"}');
SELECT written('SELECT 1 AS a, 2 AS b', 'tsv', '{"null": "\""}');
SELECT written('SELECT 1 AS a, 2 AS b', 'csv', '{"quote": ","}');
SELECT written('SELECT 1 AS a', 'parquet', '{"row_group_rows": 99999999999}');
SELECT written('SELECT 1 AS a', 'parquet', '{"row_group_rows": 0.4}');
-- Dates are written alike whatever the settings; the query has the caller's.
SET DateStyle = 'German';
SET extra_float_digits = -15;
SELECT written('SELECT DATE ''2024-02-29'' AS a, DATE ''2024-02-29''::text AS b, 0.1::float8 + 0.2::float8 AS c', 'csv');
SHOW DateStyle;
SHOW extra_float_digits;
RESET DateStyle;
RESET extra_float_digits;

-- No rows, no columns, infinities.
SELECT written('SELECT 1 AS a WHERE false', 'csv'), written('SELECT 1 AS a WHERE false', 'json'), written('SELECT 1 AS a WHERE false', 'jsonl');
SELECT written('SELECT', 'json');
SELECT written('SELECT ''NaN''::float8 AS a, ''-infinity''::timestamp AS b', 'json');

-- Statements that return rows.
CREATE TABLE exported (a int, b text);
SELECT written('INSERT INTO exported VALUES (1, ''x''), (2, ''y'') RETURNING a', 'csv');
SELECT written('TABLE exported', 'csv');
SELECT written('VALUES (1), (2)', 'jsonl');
SELECT written('WITH w AS (SELECT 1 AS a) SELECT * FROM w', 'csv');
SELECT written('INSERT INTO exported VALUES (3)', 'csv');
SELECT written('SELECT 1; SELECT 2', 'csv');
SELECT written('', 'csv');
SELECT written('SELECT $1', 'csv');
SELECT written('SELECT 1/0', 'csv');
SELECT written('SELECT 1 AS a, 2 AS a', 'json');
SELECT written('SELECT 1 AS a, 2 AS a', 'csv');
SELECT written('SELECT 1', 'parque');
SELECT written('SELECT 1', 'csv', '{"compression": "rar"}');
SELECT written('SELECT 1', 'csv', '{"encoding": "UTF-16LE"}');
SELECT synthik_export_bytes('SELECT 1', NULL);
SELECT synthik_export_bytes(NULL, 'csv');
SELECT synthik_export('SELECT 1', 'relative.csv');
SELECT synthik_export('SELECT 1', '/tmp/file.unknown');
SELECT synthik_export('SELECT 1', '/no/such/folder/file.csv');

-- There and back: every type that a file can hold.
CREATE TABLE every (
	i2 smallint, i4 integer, i8 bigint, n numeric, f4 real, f8 double precision, b boolean, t text, v varchar(10),
	c char(3), d date, ts timestamp, tz timestamptz, tm time, tt timetz, iv interval, u uuid, j json, jb jsonb,
	by bytea, ip inet, mac macaddr, bits bit varying, r int4range, a int[], ta text[], p point, x xml);
INSERT INTO every VALUES
	(-32768, 2147483647, -9223372036854775808, 12345678901234567890.0123456789, 0.1, 1e-300, true, E'a,"b"\n\\c\td', 'x''y',
	 'ab', '0044-03-15 BC', '1999-12-31 23:59:59.999999', '2024-07-01 12:00+05:30', '24:00', '12:00+02', '1 mon -3 days 04:05:06',
	 '123e4567-e89b-12d3-a456-426614174000', '{"a":  1}', '{"b": [1, null]}', '\x00ff', '10.0.0.0/8', '08:00:2b:01:02:03',
	 B'101', '[1,5)', '{1,NULL,3}', '{"a,b",NULL,"","{}"}', '(1,2)', '<a>1</a>'),
	(NULL, NULL, NULL, 'NaN', 'Infinity', '-Infinity', false, '', '', '', 'infinity', '-infinity', 'infinity', NULL, NULL,
	 NULL, NULL, '1', '"s"', '', NULL, NULL, '', 'empty', '{}', '{}', NULL, NULL);
SELECT format AS format, count(*) AS rows, bool_and(e.every::text IS NOT DISTINCT FROM r.copy::text) AS equal
FROM unnest(ARRAY['csv', 'tsv', 'json', 'jsonl']) AS format,
	LATERAL (SELECT row_number() OVER () AS nr, copy FROM synthik_read_file(synthik_export_bytes('TABLE every', format), format) AS copy(
	i2 smallint, i4 integer, i8 bigint, n numeric, f4 real, f8 double precision, b boolean, t text, v varchar(10),
	c char(3), d date, ts timestamp, tz timestamptz, tm time, tt timetz, iv interval, u uuid, j json, jb jsonb,
	by bytea, ip inet, mac macaddr, bits bit varying, r int4range, a int[], ta text[], p point, x xml)) AS r
	JOIN (SELECT row_number() OVER () AS nr, every FROM every) AS e USING (nr)
GROUP BY format ORDER BY format;
-- Composite types and the like, where a file has a type for them or their text.
CREATE TYPE pair AS (a int, "b c" text, l numeric[]);
CREATE TYPE mood AS ENUM ('ok', 'so, "so"');
CREATE DOMAIN few AS int[] CHECK (cardinality(value) < 3);
CREATE TABLE nested (p pair, q pair[], m mood, ms mood[], f few, fs few[], j jsonb[], x box[], r int4range, mr nummultirange, ds daterange[]);
INSERT INTO nested VALUES
	((1, '"\,()', '{1.5,NULL}'), ARRAY[(NULL, '', NULL)::pair, NULL, (2, ' ', '{}')::pair], 'so, "so"', '{ok,NULL,"so, \"so\""}', '{1,2}',
	 '{"{1,2}","{3}"}', '{"{\"a\": [1]}","\"s\"","[[1],2]",NULL}', '{(1,1),(0,0);(3,3),(2,2)}', '[1,5)', '{[1,2),[5,9)}', '{"[2024-01-01,infinity)",empty}'),
	(NULL, '{}', NULL, NULL, '{}', NULL, '{}', NULL, 'empty', NULL, NULL);
SELECT format, count(*) AS rows, bool_and(e.nested::text IS NOT DISTINCT FROM r.copy::text) AS equal
FROM unnest(ARRAY['csv', 'tsv', 'json', 'jsonl', 'parquet', 'xlsx']) AS format,
	LATERAL (SELECT row_number() OVER () AS nr, copy FROM synthik_read_file(synthik_export_bytes('TABLE nested', format), format) AS copy(
	p pair, q pair[], m mood, ms mood[], f few, fs few[], j jsonb[], x box[], r int4range, mr nummultirange, ds daterange[])) AS r
	JOIN (SELECT row_number() OVER () AS nr, nested FROM nested) AS e USING (nr)
GROUP BY format ORDER BY format;
DROP TABLE nested;
DROP TYPE pair, mood;
DROP DOMAIN few;
-- Old and new rows: in the content's format, or in another.
CREATE FUNCTION shop() RETURNS bytea LANGUAGE sql AS $$
	SELECT convert_to('id,colour' || string_agg(E'\n' || i || ',' || (ARRAY['red', 'green'])[1 + i % 2], '' ORDER BY i), 'UTF8') FROM generate_series(1, 300) AS i
$$;
SELECT count(*), count(*) FILTER (WHERE made), count(DISTINCT id), bool_and(colour IN ('red', 'green'))
FROM synthik_read_file(synthik_augment_bytes(shop(), 100, mark => 'made', seed => 1), 'csv') AS t(id int, colour text, made boolean);
SELECT format, count(*), count(DISTINCT id), min(id) > 300 AS new
FROM unnest(ARRAY['tsv', 'json', 'jsonl', 'xlsx', 'parquet']) AS format,
	LATERAL synthik_read_file(synthik_augment_bytes(shop(), 100, format, seed => 1, include_original => false), format) AS t(id int, colour text)
GROUP BY format ORDER BY format;
SELECT left(convert_from(synthik_augment_bytes(convert_to(string_agg('{"a": ' || i || '}', E'\n'), 'UTF8'), 1, seed => 1), 'UTF8'), 15) FROM generate_series(1, 9) AS i;
SELECT substr(synthik_augment_bytes(shop(), 1, seed => 1, write_options => '{"compression": "zstd"}'), 1, 4);
SELECT synthik_augment_bytes(NULL, 1);
SELECT synthik_augment_bytes(shop(), NULL);
SELECT synthik_augment_bytes(shop(), 1, 'cvs');
SELECT synthik_augment_bytes(shop(), 1, mark => 'id');
SELECT synthik_augment_bytes('\x', 1);
DROP FUNCTION shop;
-- Packed, too.
SELECT compression, count(*), sum(a) FROM unnest(ARRAY['none', 'gzip', 'zstd']) AS compression,
	LATERAL synthik_read_file(synthik_export_bytes('SELECT i AS a, md5(i::text) AS b FROM generate_series(1, 50000) i', 'csv',
		jsonb_build_object('compression', compression))) AS t(a bigint, b text)
GROUP BY compression ORDER BY compression;
SELECT length(synthik_export_bytes('SELECT repeat(''x'', 1000) FROM generate_series(1, 10000)', 'csv', '{"compression": "zstd"}')) < 10000 AS small;
DROP TABLE every, exported;
DROP FUNCTION written;
