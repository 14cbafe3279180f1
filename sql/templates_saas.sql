-- Templates of subscription software: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET timezone = 'UTC';
CREATE SCHEMA software;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'saas' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'saas' AND tables IS NULL;
SELECT name, synthik_create_table('software.' || split_part(name, '/', 2), name, rows => 480, seed => 1)
FROM synthik_templates WHERE domain = 'saas' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('saas', 'software');
SELECT name, plan, status, seats, seats_used, billing_interval, mrr, created_at::date, cancelled_at::date FROM software.accounts ORDER BY id LIMIT 3;
SELECT account, plan, status, seats, mrr, activated_at::date, billing_cycles, current_period_start, current_period_end FROM software.subscriptions ORDER BY id LIMIT 3;
SELECT account_id, plan, month, seats, active_users, api_calls, storage_gb, overage_calls, overage_amount FROM software.usage ORDER BY id LIMIT 3;
SELECT customer, country_code, currency, subtotal, tax, total, status, issued_on, due_on, paid_at::date FROM software.invoices ORDER BY id LIMIT 3;

-- most pay, larger plans have more seats, months follow one another
SELECT count(*) FILTER (WHERE status = 'active') > count(*) / 2 AS active,
	avg(seats) FILTER (WHERE plan = 'business') > 3 * avg(seats) FILTER (WHERE plan = 'starter') AS by_plan,
	count(DISTINCT status) AS states FROM software.subscriptions;
SELECT count(*) AS gaps FROM (SELECT month, lag(month) OVER (PARTITION BY account_id ORDER BY id) AS before FROM software.usage) AS u
WHERE before IS NOT NULL AND month <> before + interval '1 month';
SELECT count(DISTINCT account_id) AS accounts, bool_and(grown) AS storage_grows
FROM (SELECT account_id, storage_gb >= lag(storage_gb, 1, 0.0) OVER (PARTITION BY account_id ORDER BY month) AS grown FROM software.usage) AS u;

-- all tables of a vendor
SELECT * FROM synthik_create_pack('saas', 'vendor', scale => 0.2, seed => 1);
SET search_path = vendor, public;
CALL pg_temp.test_pack('saas');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'vendor'::regnamespace;
SELECT a.name, a.currency, s.plan_code, s.seats, s.mrr, s.status, i.period_start, i.status, p.method, p.created_at::date AS paid
FROM subscriptions AS s JOIN accounts AS a ON a.id = s.account_id JOIN invoices AS i ON i.subscription_id = s.id JOIN payments AS p ON p.invoice_id = i.id
ORDER BY s.id, i.id LIMIT 5;

-- filled again by its templates after it was emptied
SET client_min_messages = warning;
TRUNCATE accounts, plans CASCADE;
RESET client_min_messages;
SELECT relation, rows, how FROM synthik_populate('{"accounts": 30, "users": 200}', schema_name => 'vendor', seed => 3);
SELECT count(*) AS others FROM subscriptions AS s JOIN accounts AS a ON a.id = s.account_id WHERE s.seats < a.seats_used;
SELECT min(n), max(n) FROM (SELECT count(*) AS n FROM usage_months GROUP BY subscription_id) AS u;
RESET search_path;

-- a parent has one series, and only as long a one as series are
CREATE SCHEMA runs;
SELECT * FROM synthik_create_pack('{"tables": [
	{"name": "meter", "rows": 3, "fields": [{"name": "id", "type": "integer", "unique": true}], "primary_key": ["id"]},
	{"name": "reading", "rows": {"per": "meter", "between": [2, 5]}, "series": {"rows": [2, 5]}, "fields": [
		{"name": "meter_id", "references": "meter(id)", "per": "series", "unique": true},
		{"name": "n", "type": "bigint", "expression": "series.position"}]} ]}', 'runs', scale => 1, seed => 1);
SELECT meter_id, array_agg(n) FROM runs.reading GROUP BY 1 ORDER BY 1;
SELECT * FROM synthik_populate('{"meter": 2, "reading": {"per": "meter", "between": [2, 5]}}', 'runs', seed => 2);
SELECT count(*), count(DISTINCT meter_id) FROM runs.reading;
SELECT * FROM synthik_populate('{"meter": 2, "reading": {"per": "meter", "between": [1, 5]}}', 'runs', seed => 2);
SET client_min_messages = warning;
DROP SCHEMA runs, software, vendor CASCADE;
