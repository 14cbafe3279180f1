-- Templates of universities: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET client_min_messages = notice;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA college;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'education' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'education' AND tables IS NULL;
SELECT name, synthik_create_table('college.' || split_part(name, '/', 2), name, rows => 500, seed => 1)
FROM synthik_templates WHERE domain = 'education' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('education', 'college');
SELECT student_id, course_code, course_title, year, term, status, attendance, course_score, grade, credits_earned FROM college.enrollments ORDER BY id LIMIT 3;
SELECT corr(attendance, course_score) > 0.2 AS attendance_helps, avg((grade = 'F')::int) FILTER (WHERE status = 'completed') BETWEEN 0.01 AND 0.15 AS some_fail FROM college.enrollments;

-- all tables
SELECT * FROM synthik_create_pack('education', 'whole_college', scale => 0.2, seed => 1);
SET search_path = whole_college, public;
CALL pg_temp.test_pack('education');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'whole_college'::regnamespace;
RESET search_path;
SELECT synthik_drop_rules() > 0;
SET client_min_messages = warning;
DROP SCHEMA college, whole_college CASCADE;
