-- Templates of personnel departments: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET client_min_messages = notice;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA firm;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'hr' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'hr' AND tables IS NULL;
SELECT name, synthik_create_table('firm.' || split_part(name, '/', 2), name, rows => 500, seed => 1)
FROM synthik_templates WHERE domain = 'hr' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('hr', 'firm');
SELECT id, full_name, department, level, job_title, salary, reports_to, hired_on FROM firm.employees ORDER BY id LIMIT 3;
-- a tree; pay goes by level
SELECT count(*) FROM firm.employees e LEFT JOIN firm.employees m ON m.id = e.reports_to WHERE (m.id IS NULL) <> (e.id = 1);
SELECT avg(salary) FILTER (WHERE level = 'lead') > 1.5 * avg(salary) FILTER (WHERE level = 'mid') AS paid, avg((left_on IS NOT NULL)::int) BETWEEN 0.05 AND 0.25 AS some_left FROM firm.employees;

-- all tables
SELECT * FROM synthik_create_pack('hr', 'whole_firm', scale => 0.2, seed => 1);
SET search_path = whole_firm, public;
CALL pg_temp.test_pack('hr');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'whole_firm'::regnamespace;
RESET search_path;
SELECT synthik_drop_rules() > 0;
SET client_min_messages = warning;
DROP SCHEMA firm, whole_firm CASCADE;
