-- Parquet: every type out and in again, files of other writers, and damage.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';
\getenv abs_srcdir PG_ABS_SRCDIR
\set folder :abs_srcdir '/test/fixtures/parquet/'

-- ---- every type, there and back ----
CREATE TYPE pq_mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN pq_positive AS int CHECK (value > 0);
CREATE TYPE pq_pair AS (a int, b text, "c d" numeric(8,3)[]);
CREATE TABLE pq_types (
	id int, b boolean, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n5 numeric(5,2), n15 numeric(15,4),
	n38 numeric(38,10), free numeric, negative numeric(3,-2), small numeric(2,4), big numeric(50,3),
	d date, ts timestamp, tstz timestamptz, t time, ttz timetz, iv interval, txt text, vc varchar(20), ch char(5), nm name,
	u uuid, by bytea, j json, jb jsonb, x xml, m pq_mood, dom pq_positive, o oid, rng int4range, ip inet, bits varbit,
	ia int[], ta text[], na numeric(10,2)[], da date[], ma pq_mood[], p pq_pair, pp pq_pair[]);
INSERT INTO pq_types (id) VALUES (0);
INSERT INTO pq_types (id, i2, i4, i8, f4, f8, n5, n15, n38, d, ts, tstz, t, txt, by) VALUES
	(-1, -32768, -2147483648, -9223372036854775808, '-inf', 'NaN', -999.99, -99999999999.9999,
	 '-9999999999999999999999999999.9999999999', '4713-11-24 BC', '4713-11-24 BC', '4713-11-25 00:00+00 BC', '00:00', '', ''),
	(-2, 32767, 2147483647, 9223372036854775807, 'inf', -0.0, 999.99, 99999999999.9999,
	 '9999999999999999999999999999.9999999999', '5874897-12-31', '294246-12-31 23:59:59.999999',
	 '294246-12-31 12:59:59.999999+00', '23:59:59.999999', repeat('ä', 500), decode(repeat('ff', 300), 'hex'));
INSERT INTO pq_types SELECT g, g % 2 = 0, g * 7 % 300, g * 1000003, g::int8 * 1000000007 * 12345, g / 8.0, -g / 16.0,
	g % 99999 / 100.0, g * 12345.6789, g * 1234567890123456789.0123456789, g * 0.1, g % 900 * 100, g % 99 / 10000.0, g * 1e30 + 0.125,
	date '1900-01-01' + g * 37, timestamp '1969-12-31 23:59:59.999999' + g * interval '1 hour 1 second',
	timestamptz '2001-01-01 00:00:00.5+02' + g * interval '3 days', time '00:00' + g * interval '17 seconds 1 microsecond',
	'12:34:56.789+05:30', g * interval '1 month -2 days 3.5 seconds', 'text ' || g % 50, 'vc' || g, 'ch' || g % 7, 'name ' || g,
	md5(g::text)::uuid, decode(md5(g::text), 'hex'), json_build_object('g', g, 'x', array[1, 2, g]), jsonb_build_object('g', g, 'e', 'u"\'),
	NULL, (array['sad', 'ok', 'happy'])[1 + g % 3]::pq_mood, g, 4000000000 + g, int4range(g, g + 5),
	'10.0.0.1'::inet + g, g::bit(12)::varbit,
	array[g, null, g + 1], CASE WHEN g % 5 = 0 THEN '{}'::text[] ELSE array['a' || g, null, ''] END,
	array[g * 1.5, -g * 2.25], array[date '2020-02-29' + g], array['ok', null]::pq_mood[], row(g, 'p' || g, array[g, 1.125])::pq_pair,
	array[row(g, null, '{}')::pq_pair, null, row(null, 'x', null)::pq_pair]
	FROM generate_series(1, 700) g;

-- What a Parquet file has no type for is text, and what is nested is jsonb.
SELECT synthik_export_bytes('SELECT * FROM pq_types ORDER BY id', 'parquet') AS content \gset
SELECT replace(synthik_file_columns(:'content'::bytea), ', ', E',\n') AS columns;

CREATE FUNCTION pq_round_trip(options jsonb) RETURNS TABLE (read bigint, different bigint) AS $$
DECLARE
	content bytea := synthik_export_bytes('SELECT * FROM pq_types ORDER BY id', 'parquet', options);
	columns text := (SELECT string_agg(format('%I %s', attname, CASE WHEN attname IN ('p', 'pp') THEN 'jsonb' ELSE format_type(atttypid, atttypmod) END), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = 'pq_types'::regclass AND attnum > 0);
BEGIN
	EXECUTE format('CREATE TEMP TABLE back ON COMMIT DROP AS SELECT * FROM synthik_read_file($1) AS t (%s)', columns) USING content;
	RETURN QUERY SELECT (SELECT count(*) FROM back),
		(SELECT count(*) FROM (SELECT x.id::text, (to_jsonb(x) || jsonb_build_object('f8', f8::text))::text FROM pq_types x
			EXCEPT ALL SELECT x.id::text, (to_jsonb(x) || jsonb_build_object('f8', f8::text))::text FROM back x) d);
	DROP TABLE back;
END $$ LANGUAGE plpgsql;
SELECT o AS options, r.* FROM unnest(array['{}', '{"compression": "none"}', '{"compression": "gzip"}', '{"compression": "zstd"}',
	'{"compression": "lz4_raw"}', '{"row_group_rows": 1}', '{"row_group_rows": 64, "compression": "zstd"}']) o, pq_round_trip(o::jsonb) r;

-- Some columns, in any order, and other types for them.
SELECT * FROM synthik_read_file(:'content'::bytea) AS t (txt varchar, id bigint, "i4" text, free numeric(10,1)) WHERE id BETWEEN 3 AND 5;
SELECT * FROM synthik_read_file(:'content'::bytea) AS t (id int, nobody text);
SELECT jsonb_pretty(row - 'j' - 'jb' - 'pp') FROM synthik_read_file_json(:'content'::bytea) row WHERE (row ->> 'id')::int = 7;

-- Nothing, once without rows and once with NULL alone.
SELECT synthik_export_bytes('SELECT 1 AS a, NULL::text[] AS b WHERE false', 'parquet') AS content \gset
SELECT synthik_file_columns(:'content'::bytea);
SELECT * FROM synthik_read_file(:'content'::bytea) AS t (a int, b text[]);
SELECT * FROM synthik_read_file(synthik_export_bytes('SELECT NULL::int AS a, NULL::text[] AS b, ''{}''::int[] AS c FROM generate_series(1, 3)',
	'parquet')) AS t (a int, b text[], c int[]);

-- Dictionaries that pay, and that are given up; many pages and row groups.
CREATE TABLE pq_many AS SELECT g AS id, g % 10 AS few, 'value ' || g % 3000 AS middling, md5(g::text) AS all_different,
	CASE WHEN g % 1000 = 0 THEN repeat('long ' || g, 20000) END AS long, array_fill(g, array[g % 4]) AS list
	FROM generate_series(1, 50000) g;
SELECT synthik_export_bytes('TABLE pq_many', 'parquet', '{"row_group_rows": 45000}') AS content \gset
SELECT length(:'content'::bytea) < 9000000 AS is_small;
SELECT count(*), count(DISTINCT b.id) FROM pq_many a JOIN
	synthik_read_file(:'content'::bytea) AS b (id int, few int, middling text, all_different text, long text, list int[])
	ON a.id = b.id AND (a.few, a.middling, a.all_different, a.list) = (b.few, b.middling, b.all_different, b.list) AND a.long IS NOT DISTINCT FROM b.long;

-- ---- what cannot be written ----
SELECT synthik_export_bytes('SELECT i AS n, CASE WHEN i = 3 THEN date ''infinity'' ELSE ''2020-01-01'' END AS "due date" FROM generate_series(1, 5) i', 'parquet');
SELECT synthik_export_bytes('SELECT timestamptz ''-infinity'' AS a', 'parquet');
SELECT synthik_export_bytes('SELECT timestamp ''294276-12-31 23:59:59'' AS a', 'parquet');
SELECT synthik_export_bytes('SELECT time ''24:00'' AS a', 'parquet');
SELECT synthik_export_bytes('SELECT ''NaN''::numeric(10,2) AS a', 'parquet');
SELECT synthik_export_bytes('SELECT array[array[1, 2], array[3, 4]] AS a', 'parquet');
SELECT synthik_export_bytes('SELECT array[date ''2020-01-01'', ''infinity''] AS a', 'parquet');
SELECT synthik_export_bytes('SELECT 1 AS a, 2 AS a', 'parquet');
SELECT synthik_export_bytes('SELECT 1 AS a', 'parquet', '{"compression": "bzip2"}');
SELECT synthik_export_bytes('SELECT FROM generate_series(1, 3)', 'parquet');

-- ---- files of other writers ----
CREATE FUNCTION pq_read_all(path text) RETURNS TABLE (read bigint, hash text) AS $$
DECLARE
	columns text := synthik_file_columns(path);
BEGIN
	RETURN QUERY EXECUTE format('SELECT count(*), md5(string_agg(t::text, E''\n'' ORDER BY t::text)) FROM synthik_read_file($1) AS t (%s)', columns) USING path;
END $$ LANGUAGE plpgsql;
SELECT replace(synthik_file_columns(:'folder' || 'pyarrow_none.parquet'), ', ', E',\n') AS columns;
SELECT synthik_file_columns(:'folder' || 'pyarrow_none.parquet') AS columns \gset
SELECT * FROM synthik_read_file(:'folder' || 'pyarrow_none.parquet') AS t (:columns) WHERE id IN (0, 2, 3, 59) ORDER BY id;
SELECT name, r.* FROM unnest(array['pyarrow_none', 'pyarrow_snappy', 'pyarrow_gzip', 'pyarrow_zstd', 'pyarrow_lz4', 'pyarrow_v2',
	'pyarrow_deltas', 'pyarrow_plain', 'duckdb', 'duckdb_v2']) name, pq_read_all(:'folder' || name || '.parquet') r;
SELECT * FROM synthik_read_file(:'folder' || 'pyarrow_int96.parquet') AS t (id int, moment timestamp) WHERE id IN (0, 3, 59);
SELECT count(*) FROM synthik_read_file(:'folder' || 'pyarrow_empty.parquet') AS t (id int);
SELECT synthik_file_columns(:'folder' || 'pyarrow_nested.parquet');
SELECT * FROM synthik_read_file(:'folder' || 'pyarrow_nested.parquet')
	AS t (id int, lists jsonb, struct jsonb, structs jsonb, map jsonb, nothing text) WHERE id < 6;
SELECT count(*) FROM (SELECT * FROM synthik_read_file(:'folder' || 'pyarrow_nested.parquet') AS t (id int, lists jsonb, struct jsonb, structs jsonb, map jsonb)
	EXCEPT SELECT * FROM synthik_read_file(:'folder' || 'pyarrow_old_lists.parquet') AS t (id int, lists jsonb, struct jsonb, structs jsonb, map jsonb)) d;
SELECT synthik_file_columns(:'folder' || 'pandas.parquet');
SELECT * FROM synthik_read_file(:'folder' || 'pandas.parquet')
	AS t (a bigint, b text, c timestamp, d text, e double precision, "__index_level_0__" text);

-- ---- files that are damaged ----
\set VERBOSITY default
CREATE FUNCTION pq_try(content bytea) RETURNS text AS $$
BEGIN
	PERFORM * FROM synthik_read_file_json(content, 'parquet');
	RETURN 'read';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$ LANGUAGE plpgsql;
SELECT synthik_export_bytes('SELECT g AS a, ''text '' || g AS b FROM generate_series(1, 10) g', 'parquet', '{"compression": "none"}') AS content \gset
SELECT synthik_read_file_json('PAR1'::bytea);
SELECT synthik_read_file_json('PAR1....PARE'::bytea);
SELECT synthik_read_file_json(substr(:'content'::bytea, 1, 200));
SELECT synthik_read_file_json('PAR1'::bytea || decode('ffffff7f', 'hex') || 'PAR1'::bytea);
SELECT pq_try('no parquet at all'::bytea), pq_try('PAR1'::bytea || '\x0000000000000000' || 'PAR1'::bytea);
-- A column that says that it has NULLs alone, and has not.
\set SHOW_CONTEXT never
SELECT count(*) FROM synthik_read_file_json(:'folder' || 'damaged_null_type.parquet');
\set SHOW_CONTEXT errors
-- A page that ends early, a length that lies, and every byte changed in turn.
SELECT pq_try(overlay(:'content'::bytea PLACING '\xff'::bytea FROM position('text 3'::bytea IN :'content'::bytea) - 4));
SELECT synthik_read_file_json(overlay(:'content'::bytea PLACING '\x7f'::bytea FROM position('text 3'::bytea IN :'content'::bytea) - 2));
SELECT count(*) > 100 AS found, count(*) FILTER (WHERE left(result, 5) NOT IN ('read', '22P04', '0A000', '22008', '22021', '22P02', '22P05')) AS strange
	FROM generate_series(1, length(:'content'::bytea)) i,
	LATERAL (SELECT pq_try(set_byte(:'content'::bytea, i - 1, get_byte(:'content'::bytea, i - 1) # 255)) AS result OFFSET 0) r WHERE result <> 'read';
SELECT count(*) AS cut, count(*) FILTER (WHERE pq_try(substr(:'content'::bytea, 1, i)) NOT LIKE '22P04 %') AS strange
	FROM generate_series(12, length(:'content'::bytea) - 1) i;

DROP FUNCTION pq_round_trip(jsonb), pq_read_all(text), pq_try(bytea);
DROP TABLE pq_types, pq_many;
DROP TYPE pq_mood, pq_pair;
DROP DOMAIN pq_positive;
