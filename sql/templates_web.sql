-- Templates of web analytics: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET timezone = 'UTC';
CREATE SCHEMA analytics;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'web' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'web' AND tables IS NULL;
SELECT name, synthik_create_table('analytics.' || split_part(name, '/', 2), name, rows => 400, seed => 1)
FROM synthik_templates WHERE domain = 'web' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('web', 'analytics');
SELECT channel, source, medium, campaign, device, operating_system, browser, page_views, duration_seconds, goal FROM analytics.sessions ORDER BY id LIMIT 3;
SELECT position, path, title, viewed_at, seconds_on_page FROM analytics.page_views ORDER BY id LIMIT 3;
SELECT name, category, target, percent_scrolled, path, device FROM analytics.events ORDER BY id LIMIT 3;

-- most come by search, some leave at once, few buy, and nights are quiet
SELECT count(*) FILTER (WHERE channel = 'organic search') > count(*) FILTER (WHERE channel = 'email') AS channels,
	avg(bounced::int) BETWEEN 0.3 AND 0.6 AS bounces, count(goal) BETWEEN 1 AND count(*) / 5 AS goals,
	count(*) FILTER (WHERE extract(hour FROM started_at) BETWEEN 8 AND 22) > 4 * count(*) FILTER (WHERE extract(hour FROM started_at) BETWEEN 1 AND 6) AS hours
FROM analytics.sessions;
SELECT count(*) AS backwards FROM (SELECT viewed_at <= lag(viewed_at) OVER (PARTITION BY session_id ORDER BY position) AS back FROM analytics.page_views) AS p WHERE back;

-- the whole pack
SELECT * FROM synthik_create_pack('web', 'site', scale => 0.1, seed => 1);
SET search_path = site, public;
CALL pg_temp.test_pack('web');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'site'::regnamespace;
SELECT s.channel, s.source, s.page_views, s.duration_seconds, p.position, p.path, p.viewed_at FROM sessions AS s JOIN page_views AS p ON p.session_id = s.id ORDER BY s.id, p.position LIMIT 5;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA analytics, site CASCADE;
