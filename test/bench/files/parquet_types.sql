-- A table with every type that a Parquet file has a place for, and others;
-- its first row is NULL but for the key, and the next two hold extremes.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy ☺');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TYPE pair AS (a int, b text, "c d" numeric(8,3)[]);
CREATE TABLE every_type (
	id int, b boolean, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8,
	n5 numeric(5,2), n15 numeric(15,4), n38 numeric(38,10), nfree numeric, negative numeric(3,-2), small numeric(2,4), big numeric(50,3),
	d date, ts timestamp, tstz timestamptz, t time, iv interval,
	txt text, vc varchar(20), ch char(5), u uuid, by bytea, j json, jb jsonb, m mood, dom positive, o oid, rng int4range, ip inet,
	ia int[], ta text[], na numeric(10,2)[], da date[], p pair, pp pair[]);

INSERT INTO every_type (id) VALUES (0);
INSERT INTO every_type (id, i2, i4, i8, f4, f8, n5, n15, n38, d, ts, tstz, t, txt, by) VALUES
	(-1, -32768, -2147483648, -9223372036854775808, '-inf', 'NaN', -999.99, -99999999999.9999,
	 '-9999999999999999999999999999.9999999999', '0001-01-01', '0001-01-01', '0001-01-02 00:00+00', '00:00', '', ''),
	(-2, 32767, 2147483647, 9223372036854775807, 'inf', -0.0, 999.99, 99999999999.9999,
	 '9999999999999999999999999999.9999999999', '9999-12-31', '9999-12-31 23:59:59.999999',
	 '9999-12-31 12:59:59.999999+00', '23:59:59.999999', repeat('ä', 500), decode(repeat('ff', 300), 'hex'));
INSERT INTO every_type SELECT g, g % 2 = 0, g * 7 % 300, g * 1000003, g::int8 * 1000000007 * 12345, g / 7.0, g / 13.0,
	g % 99999 / 100.0, g * 12345.6789, g * 1234567890123456789.0123456789, g * 0.1, g % 900 * 100, g % 99 / 10000.0, g * 1e30 + 0.125,
	date '1900-01-01' + g * 37, timestamp '1969-12-31 23:59:59.999999' + g * interval '1 hour 1 second',
	timestamptz '2001-01-01 00:00:00.5+02' + g * interval '3 days', time '00:00' + g * interval '17 seconds 1 microsecond',
	g * interval '1 month 2 days 3.5 seconds', 'text ☃ ' || g % 50, 'vc' || g, 'ch' || g % 7, md5(g::text)::uuid,
	decode(md5(g::text), 'hex'), json_build_object('g', g, 'x', array[1, 2, g]), jsonb_build_object('g', g, 'é', 'ü"\'),
	(array['sad', 'ok', 'happy ☺'])[1 + g % 3]::mood, g, 4000000000 + g, int4range(g, g + 5), '10.0.0.1'::inet + g,
	array[g, null, g + 1], CASE WHEN g % 5 = 0 THEN '{}'::text[] ELSE array['a' || g, null, ''] END,
	array[g * 1.5, -g * 2.25], array[date '2020-02-29' + g], row(g, 'p' || g, array[g, 1.125])::pair,
	array[row(g, null, '{}')::pair, null, row(null, 'x', null)::pair]
	FROM generate_series(1, 1000) g;
