--
-- Every type of the server, and what users make of types.
--
SET synthik.seed = 1;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

-- Looks at each column of a table: how many values and how many different
-- ones there are, and whether each value can be written and read again.
CREATE FUNCTION look_at(target regclass, OUT column_name text, OUT type text,
						OUT filled bigint, OUT different bigint, OUT unreadable bigint)
RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
	FOR column_name, type IN
		SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
		WHERE attrelid = target AND attnum > 0 AND NOT attisdropped ORDER BY attnum
	LOOP
		EXECUTE format('SELECT count(%1$I), count(DISTINCT %1$I::text),
			count(*) FILTER (WHERE (%1$I::text::%2$s)::text IS DISTINCT FROM %1$I::text) FROM %3$s',
			column_name, type, target) INTO filled, different, unreadable;
		RETURN NEXT;
	END LOOP;
END $$;

-- Built-in types
CREATE TABLE every_type (
	c_bool boolean, c_bytea bytea, c_char "char", c_name name,
	c_int8 bigint, c_int2 smallint, c_int2vector int2vector, c_int4 integer,
	c_regproc regproc, c_text text, c_oid oid, c_tid tid, c_xid xid, c_cid cid,
	c_oidvector oidvector, c_json json, c_xml xml, c_point point, c_lseg lseg,
	c_path path, c_box box, c_polygon polygon, c_line line, c_float4 real,
	c_float8 double precision, c_circle circle, c_money money,
	c_macaddr macaddr, c_inet inet, c_cidr cidr, c_macaddr8 macaddr8,
	c_aclitem aclitem, c_bpchar character(10), c_varchar character varying(30),
	c_date date, c_time time, c_timestamp timestamp, c_timestamptz timestamptz,
	c_interval interval, c_timetz timetz, c_bit bit(12), c_varbit bit varying(40),
	c_numeric numeric(10,2), c_refcursor refcursor, c_regprocedure regprocedure,
	c_regoper regoper, c_regoperator regoperator, c_regclass regclass,
	c_regcollation regcollation, c_regtype regtype, c_regrole regrole,
	c_regnamespace regnamespace, c_uuid uuid, c_pg_lsn pg_lsn,
	c_tsvector tsvector, c_tsquery tsquery, c_regconfig regconfig,
	c_regdictionary regdictionary, c_jsonb jsonb, c_jsonpath jsonpath,
	c_txid_snapshot txid_snapshot, c_pg_snapshot pg_snapshot,
	c_int4range int4range, c_numrange numrange, c_tsrange tsrange,
	c_tstzrange tstzrange, c_daterange daterange, c_int8range int8range,
	c_int4multirange int4multirange, c_nummultirange nummultirange,
	c_tsmultirange tsmultirange, c_tstzmultirange tstzmultirange,
	c_datemultirange datemultirange, c_int8multirange int8multirange,
	c_xid8 xid8
);

-- None is forgotten: what is not in the table has a reason.
SELECT t.typname AS forgotten
FROM pg_type t
WHERE t.typnamespace = 'pg_catalog'::regnamespace
	AND t.typtype IN ('b', 'd', 'e', 'r', 'm', 'c')
	AND t.typcategory <> 'A'
	AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'every_type'::regclass AND a.atttypid = t.oid)
	AND NOT (t.typtype = 'c')			-- rows of the server's own catalogs and views
	AND t.typname NOT IN (
		'pg_node_tree', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list',
		'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary', 'gtsvector',	-- their input functions take nothing
		'int2vector', 'oidvector')			-- in the table, but of category A
ORDER BY 1;

SELECT synthik_augment('every_type', 300);
SELECT column_name, type, filled, different, unreadable FROM look_at('every_type')
WHERE filled NOT BETWEEN 260 AND 299 OR different < 2 OR unreadable > 0;
SELECT count(*) AS columns, min(filled) > 0 AS all_filled, sum(unreadable) AS unreadable FROM look_at('every_type');

-- A few values, as a reader sees them
SELECT c_bytea, c_char, c_name, c_money, c_timetz, c_interval, c_bit, c_uuid FROM every_type LIMIT 3;
SELECT c_inet, c_cidr, c_macaddr, c_point, c_circle, c_pg_lsn, c_tsquery FROM every_type LIMIT 3;
SELECT c_int4range, c_numrange, c_daterange, c_int8multirange FROM every_type LIMIT 3;
-- Ranges have extent, times are whole seconds of some years.
SELECT count(*) FILTER (WHERE isempty(c_int4range) OR isempty(c_tstzrange)) AS empty_ranges,
	count(*) FILTER (WHERE c_timestamp <> date_trunc('second', c_timestamp)) AS odd_times,
	count(*) FILTER (WHERE c_timestamp NOT BETWEEN '2021-01-01' AND '2026-01-01') AS far_times,
	count(*) FILTER (WHERE NOT area(c_box) > 0 OR NOT radius(c_circle) > 0) AS flat_shapes,
	count(*) FILTER (WHERE c_money NOT BETWEEN 0::money AND 1000::money) AS far_money,
	count(*) FILTER (WHERE jsonb_typeof(c_jsonb) <> 'object') AS odd_json,
	count(*) FILTER (WHERE c_xml IS NOT DOCUMENT) AS odd_xml
FROM every_type;

-- The same types as unique columns: every value once, also in a second call
CREATE TABLE unique_types (
	u_int2 smallint UNIQUE, u_int4 integer UNIQUE, u_int8 bigint UNIQUE, u_oid oid UNIQUE,
	u_float4 real UNIQUE, u_float8 double precision UNIQUE, u_numeric numeric(8,2) UNIQUE,
	u_money money UNIQUE, u_text text UNIQUE, u_varchar varchar(8) UNIQUE, u_char char(5) UNIQUE,
	u_name name UNIQUE, u_bytea bytea UNIQUE, u_uuid uuid UNIQUE, u_date date UNIQUE,
	u_time time UNIQUE, u_timetz timetz UNIQUE, u_timestamp timestamp UNIQUE,
	u_timestamptz timestamptz UNIQUE, u_interval interval UNIQUE, u_bit bit(16) UNIQUE,
	u_varbit varbit(24) UNIQUE, u_inet inet UNIQUE, u_cidr cidr UNIQUE, u_macaddr macaddr UNIQUE,
	u_macaddr8 macaddr8 UNIQUE, u_jsonb jsonb UNIQUE, u_pg_lsn pg_lsn UNIQUE, u_xid8 xid8 UNIQUE,
	u_int4range int4range UNIQUE, u_daterange daterange UNIQUE, u_nummultirange nummultirange UNIQUE,
	u_int_array integer[] UNIQUE, u_text_array text[] UNIQUE, u_tsvector tsvector UNIQUE,
	u_tsquery tsquery UNIQUE
);
SELECT synthik_augment('unique_types', 500);
SELECT synthik_augment('unique_types', 500, seed => 2);
SELECT column_name, filled, different FROM look_at('unique_types') WHERE filled <> 1000 OR different <> 1000;

-- Arrays of each
DO $$
DECLARE
	columns text;
BEGIN
	SELECT string_agg(format('%I %s[]', replace(attname, 'c_', 'a_'), format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
	INTO columns
	FROM pg_attribute
	WHERE attrelid = 'every_type'::regclass AND attnum > 0;
	EXECUTE format('CREATE TABLE every_array (%s)', columns);
END $$;
SELECT synthik_augment('every_array', 100);
SELECT column_name, type, filled, different, unreadable FROM look_at('every_array')
WHERE filled NOT BETWEEN 80 AND 100 OR different < 10 OR unreadable > 0;
SELECT count(*) AS columns FROM look_at('every_array');
SELECT min(cardinality(a_int4)), max(cardinality(a_int4)), count(*) FILTER (WHERE array_position(a_text, NULL) > 0) AS nulls_inside,
	max(array_ndims(a_text)) AS dimensions FROM every_array;

-- Type modifiers
CREATE TABLE modifiers (
	v1 varchar(1), v5 varchar(5), v13 varchar(13), c1 char(1), c4 char(4), c40 char(40),
	n1 numeric(1), n5 numeric(5), n53 numeric(5,3), n55 numeric(5,5), n17 numeric(38,17), n2m numeric(2,-3),
	n35 numeric(3,5), b1 bit(1), b65 bit(65), vb3 varbit(3), vb70 varbit(70),
	ts0 timestamp(0), ts3 timestamptz(3), t1 time(1), i2 interval(2),
	iy interval year, iym interval year to month, idh interval day to hour, ims interval minute to second(1), ims3 interval second(3),
	va varchar(3)[], na numeric(3,1)[], ba bit(3)[], name63 name
);
SELECT synthik_augment('modifiers', 300);
SELECT column_name, type, filled, different FROM look_at('modifiers') WHERE unreadable > 0 OR filled < 260 OR different < 2;
-- Values lie within what the modifiers allow, and the server stores them as they are.
SELECT max(length(v1)) AS v1, max(length(v5)) AS v5, max(length(v13)) AS v13, max(length(c4)) AS c4, max(octet_length(c40)) AS c40,
	bool_and(abs(n1) < 10) AS n1, bool_and(abs(n53) < 100) AS n53, bool_and(abs(n55) < 1) AS n55, bool_and(n2m % 1000 = 0) AS n2m, bool_and(abs(n35) < 0.01) AS n35,
	max(length(b65)) AS b65, max(length(vb3)) AS vb3, max(length(vb70)) AS vb70
FROM modifiers;
SELECT count(*) FILTER (WHERE ts0 <> ts0::timestamp(0)) AS ts0, count(*) FILTER (WHERE ts3 <> ts3::timestamptz(3)) AS ts3,
	count(*) FILTER (WHERE t1 <> t1::time(1)) AS t1, count(*) FILTER (WHERE i2 <> i2::interval(2)) AS i2,
	count(*) FILTER (WHERE iy::text <> (iy::interval year)::text) AS iy, count(*) FILTER (WHERE iym::text <> (iym::interval year to month)::text) AS iym,
	count(*) FILTER (WHERE idh::text <> (idh::interval day to hour)::text) AS idh, count(*) FILTER (WHERE ims::text <> (ims::interval minute to second(1))::text) AS ims
FROM modifiers;
SELECT v1, v5, v13, c1, c4, n5, n53, n55, n2m, b1, vb3, iy, iym, idh, ims FROM modifiers LIMIT 3;

-- Enums and domains over each kind of type
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'it''s "complicated", really');
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE price AS (amount numeric(10,2), currency char(3));
CREATE TYPE nested AS (label text, unit price, moods mood[], valid floatrange, inner_prices price[]);
CREATE DOMAIN d_int AS integer CHECK (VALUE BETWEEN 10 AND 20);
CREATE DOMAIN d_int_of_domain AS d_int CHECK (VALUE % 2 = 0);
CREATE DOMAIN d_text AS varchar(40) CHECK (VALUE ~ '^[a-z]{3,6}-\d{2}$');
CREATE DOMAIN d_not_null AS date NOT NULL CHECK (VALUE >= '2024-01-01' AND VALUE < '2024-03-01');
CREATE DOMAIN d_default AS text DEFAULT 'given';
CREATE DOMAIN d_mood AS mood CHECK (VALUE <> 'sad');
CREATE DOMAIN d_array AS integer[] CHECK (cardinality(VALUE) = 3 AND VALUE[1] > 0);
CREATE DOMAIN d_element AS d_int[];
CREATE DOMAIN d_price AS price CHECK ((VALUE).amount > 100);
CREATE DOMAIN d_range AS int4range CHECK (NOT isempty(VALUE));
CREATE DOMAIN d_multirange AS datemultirange CHECK (VALUE <> '{}');
CREATE DOMAIN d_jsonb AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');
CREATE DOMAIN d_bool AS boolean CHECK (VALUE);
CREATE TABLE own_types (
	m mood, ma mood[], fr floatrange, fm floatmultirange, tr textrange, p price, pa price[], n nested,
	di d_int, dii d_int_of_domain, dt d_text, dn d_not_null, dd d_default, dm d_mood, da d_array,
	de d_element, dp d_price, dr d_range, dmr d_multirange, dj d_jsonb, db d_bool, dia d_int[], dpa d_price[]
);
SELECT synthik_augment('own_types', 400);
-- A domain's default, and the one value that a check leaves, are in all rows.
SELECT column_name, type, different FROM look_at('own_types') WHERE unreadable > 0 OR filled < 360 OR different < 3;
SELECT m, count(*) > 50 AS often FROM own_types WHERE m IS NOT NULL GROUP BY m ORDER BY m;
SELECT dm, count(*) > 50 AS often FROM own_types WHERE dm IS NOT NULL GROUP BY dm ORDER BY dm;
SELECT array_agg(DISTINCT dii ORDER BY dii) FILTER (WHERE dii IS NOT NULL) AS dii, bool_and(dt ~ '^[a-z]{3,6}-\d{2}$') AS dt, count(dn) AS dn, min(dn) >= '2024-01-01' AND max(dn) < '2024-03-01' AS dn_range,
	bool_and((dp).amount > 100) AS dp, bool_and((n).unit.amount >= 0) AS nested, bool_and(db) AS db
FROM own_types;
SELECT count(*) FILTER (WHERE v NOT BETWEEN 10 AND 20) AS outside, count(*) > 300 AS many FROM own_types, unnest(dia::int[] || de::int[]) AS v;
SELECT count(*) FILTER (WHERE (v).amount <= 100) AS outside, count(*) > 300 AS many FROM own_types, unnest(dpa::price[]) AS v;

-- A base type of one's own, of which nothing is known
SET client_min_messages = warning;		-- "only a shell" points at a place since 18
CREATE TYPE shade;
CREATE FUNCTION shade_in(cstring) RETURNS shade LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION shade_out(shade) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE shade (INPUT = shade_in, OUTPUT = shade_out, LIKE = text);
RESET client_min_messages;
CREATE TABLE walls (id integer, paint shade);
SELECT synthik_augment('walls', 10);
CREATE TABLE arrays_of_unknown (paints shade[]);
SELECT synthik_augment('arrays_of_unknown', 10);
SELECT synthik_augment('walls', 100, schema => '{"fields": [{"name": "paint", "examples": ["light", "dark"]}]}');
SELECT paint::text, count(*) > 30 AS often FROM walls WHERE paint IS NOT NULL GROUP BY 1 ORDER BY 1;
-- One that can be cast to text without a function is text, as citext is.
SET client_min_messages = warning;
CREATE TYPE hue;
CREATE FUNCTION hue_in(cstring) RETURNS hue LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION hue_out(hue) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE hue (INPUT = hue_in, OUTPUT = hue_out, LIKE = text, CATEGORY = 'S');
CREATE CAST (hue AS text) WITHOUT FUNCTION AS IMPLICIT;
RESET client_min_messages;
CREATE TABLE doors (city hue, anything hue);
SELECT synthik_augment('doors', 100);
SELECT count(*) FILTER (WHERE city IS NULL) < 20 AS mostly_filled, count(DISTINCT city::text) > 5 AS cities, min(length(anything::text)) > 2 AS words FROM doors;

-- As many columns as a table can have
DO $$
BEGIN
	EXECUTE (SELECT format('CREATE TABLE widest (%s)', string_agg(format('c%s %s', i, CASE i % 4 WHEN 0 THEN 'boolean' WHEN 1 THEN 'smallint' WHEN 2 THEN 'text' ELSE 'date' END), ', ' ORDER BY i)) FROM generate_series(1, 1600) AS i);
END $$;
SELECT synthik_augment('widest', 50, condition => (SELECT jsonb_object_agg('c' || i, NULL) FROM generate_series(2, 1600, 4) AS i));
SELECT count(*) AS rows, count(c1) > 40 AS c1, count(c2) AS c2, count(c1599) > 40 AS c1599, count(c1600) > 40 AS c1600 FROM widest;

DROP TABLE every_type, unique_types, every_array, modifiers, own_types, walls, doors, arrays_of_unknown, widest;
DROP TYPE shade CASCADE;
DROP TYPE hue CASCADE;
DROP DOMAIN d_int_of_domain, d_text, d_not_null, d_default, d_mood, d_array, d_element, d_price, d_range, d_multirange, d_jsonb, d_bool;
DROP DOMAIN d_int;
DROP TYPE nested, price, textrange, floatrange, mood;
DROP FUNCTION look_at;
