-- Templates of sensors: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET client_min_messages = notice;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA sensors;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'iot' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'iot' AND tables IS NULL;
SELECT name, synthik_create_table('sensors.' || split_part(name, '/', 2), name, rows => 500, seed => 1)
FROM synthik_templates WHERE domain = 'iot' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('iot', 'sensors');
SELECT device_id, room, read_at, expected, temperature, humidity, battery, fault FROM sensors.readings ORDER BY device_id, read_at LIMIT 3;
SELECT synthik_augment('sensors.readings', 9600, seed => 2);
SELECT fault, count(*) > 5 AS some, bool_or(abs(temperature - expected) >= 30) AS far FROM sensors.readings GROUP BY fault ORDER BY fault;
SELECT avg(temperature) FILTER (WHERE extract(hour FROM read_at) = 15) - avg(temperature) FILTER (WHERE extract(hour FROM read_at) = 3) > 4 AS warmer_in_the_afternoon FROM sensors.readings WHERE room = 'outdoors' AND fault IS NULL;

-- all tables
SELECT * FROM synthik_create_pack('iot', 'whole_sensors', scale => 0.2, seed => 1);
SET search_path = whole_sensors, public;
CALL pg_temp.test_pack('iot');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'whole_sensors'::regnamespace;
RESET search_path;
SELECT synthik_drop_rules() > 0;
SET client_min_messages = warning;
DROP SCHEMA sensors, whole_sensors CASCADE;
