-- Templates of logistics: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET timezone = 'UTC';
CREATE SCHEMA freight;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'logistics' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'logistics' AND tables IS NULL;
SELECT name, synthik_create_table('freight.' || split_part(name, '/', 2), name, rows => 400, seed => 1)
FROM synthik_templates WHERE domain = 'logistics' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('logistics', 'freight');
SELECT carrier, service, status, distance_km, weight_kg, volume_m3, chargeable_kg, freight, total_cost, delivered_at, delay_minutes, delay_reason FROM freight.shipments ORDER BY id LIMIT 3;
SELECT position, state, hub, occurred_at FROM freight.tracking ORDER BY id LIMIT 3;
SELECT class, payload_kg, volume_m3, drive, in_service_since, mileage_km, last_inspection_on FROM freight.vehicles ORDER BY id LIMIT 3;

-- most are in time, heavier ones cost more, and nothing is booked on Sundays
SELECT avg((delay_minutes = 0)::int) BETWEEN 0.75 AND 0.93 AS in_time, corr(chargeable_kg, freight) > 0.5 AS by_weight,
	count(*) FILTER (WHERE extract(isodow FROM booked_at) = 7) = 0 AS sundays
FROM freight.shipments;
SELECT state, count(*) > 0 AS there FROM freight.tracking GROUP BY 1 ORDER BY state COLLATE "C";

-- the whole pack
SELECT * FROM synthik_create_pack('logistics', 'forwarder', scale => 0.1, seed => 1);
SET search_path = forwarder, public;
CALL pg_temp.test_pack('logistics');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'forwarder'::regnamespace;
SELECT s.weight_kg, s.distance_km, s.total_cost, o.city AS origin, d.city AS destination, t.position, t.state, t.occurred_at FROM shipments AS s JOIN hubs AS o ON o.id = s.origin_id JOIN hubs AS d ON d.id = s.destination_id JOIN tracking_events AS t ON t.shipment_id = s.id ORDER BY s.id, t.position LIMIT 7;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA freight, forwarder CASCADE;
