-- Templates of a help desk: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET timezone = 'UTC';
CREATE SCHEMA desk;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'support' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'support' AND tables IS NULL;
SELECT name, synthik_create_table('desk.' || split_part(name, '/', 2), name, rows => 400, seed => 1)
FROM synthik_templates WHERE domain = 'support' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('support', 'desk');
SELECT subject, category, priority, status, agent, created_at, first_responded_at, resolved_at, satisfaction FROM desk.tickets ORDER BY id LIMIT 3;
SELECT position, author, internal, body, created_at FROM desk.comments ORDER BY id LIMIT 3;

-- what is urgent is answered sooner, most promises are kept, and who waited is less content
SELECT avg(first_responded_at - created_at) FILTER (WHERE priority IN ('urgent', 'high')) < avg(first_responded_at - created_at) FILTER (WHERE priority = 'low') AS sooner,
	avg(response_sla_met::int) > 0.7 AS kept,
	avg(satisfaction) FILTER (WHERE resolution_sla_met) > avg(satisfaction) FILTER (WHERE NOT resolution_sla_met) AS content,
	count(*) FILTER (WHERE extract(isodow FROM created_at) < 6) > 6 * count(*) FILTER (WHERE extract(isodow FROM created_at) > 5) AS weekdays
FROM desk.tickets;

-- the whole pack
SELECT * FROM synthik_create_pack('support', 'help_desk', scale => 0.1, seed => 1);
SET search_path = help_desk, public;
CALL pg_temp.test_pack('support');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'help_desk'::regnamespace;
SELECT t.subject, t.priority, t.status, p.response_minutes, c.position, c.author, c.created_at FROM tickets AS t JOIN sla_policies AS p USING (priority) JOIN comments AS c ON c.ticket_id = t.id ORDER BY t.id, c.position LIMIT 5;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA desk, help_desk CASCADE;
