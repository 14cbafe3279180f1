--
-- Distributions: what each kind makes, and what may be said of it.  That they
-- follow their curves is test/t/031_distributions.pl's.
--
\set VERBOSITY terse
SET TimeZone = 'UTC';
CREATE FUNCTION spread(field jsonb, nrows bigint = 20000)
RETURNS TABLE (mean numeric, stddev numeric, low numeric, high numeric, type text) AS $$
    SELECT round(avg(v), 1), round(stddev(v), 1), round(min(v), 1), round(max(v), 1), min(pg_typeof(v)::text)
    FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array(field || '{"name": "v"}')), nrows, seed => 3) AS t(v numeric)
$$ LANGUAGE sql;
CREATE FUNCTION faults(VARIADIC fields jsonb[]) RETURNS TABLE (problem text, hint text) AS $$
    SELECT v.problem, v.hint FROM unnest(fields) WITH ORDINALITY AS f(field, nr), synthik_validate(jsonb_build_object('fields', jsonb_build_array('{"name": "v"}'::jsonb || field))) AS v ORDER BY nr, path
$$ LANGUAGE sql;

-- numbers: whole ones and others, cut off by bounds
SELECT * FROM spread('{"type": "number", "distribution": {"kind": "gamma", "mean": 20, "stddev": 10}}');
SELECT * FROM spread('{"type": "number", "distribution": {"kind": "gamma", "mean": 20, "stddev": 0.1}}');
SELECT * FROM spread('{"type": "number", "distribution": {"kind": "gamma", "mean": 20, "stddev": 60}}');
SELECT * FROM spread('{"type": "integer", "distribution": {"kind": "gamma", "mean": 7, "stddev": 0}}');
SELECT * FROM spread('{"type": "integer", "minimum": 30, "maximum": 40, "distribution": {"kind": "gamma", "mean": 20, "stddev": 10}}');
SELECT * FROM spread('{"type": "number", "minimum": 100, "maximum": 200, "distribution": {"kind": "beta", "mean": 120, "stddev": 10}}');
SELECT * FROM spread('{"type": "number", "minimum": -1, "maximum": 1, "distribution": {"kind": "beta", "alpha": 0.5, "beta": 0.5}}');
SELECT * FROM spread('{"type": "integer", "minimum": 0, "maximum": 1000, "distribution": {"kind": "beta", "alpha": 500000, "beta": 500000}}');
SELECT * FROM spread('{"type": "number", "minimum": 10, "distribution": {"kind": "pareto", "exponent": 3}}');
SELECT * FROM spread('{"type": "integer", "minimum": 1, "maximum": 50, "distribution": {"kind": "pareto", "exponent": 1}}');
SELECT * FROM spread('{"type": "number", "minimum": 0, "maximum": 10, "distribution": {"kind": "triangular", "mode": 2}}');
SELECT * FROM spread('{"type": "number", "minimum": 0, "maximum": 10, "distribution": {"kind": "triangular", "mode": 10}}');
SELECT * FROM spread('{"type": "double precision", "minimum": 0, "maximum": 1, "distribution": {"kind": "beta", "mean": 0.02, "stddev": 0.001}}');
-- times: spans, and points in time where that means something
SELECT avg(v) BETWEEN '59 minutes' AND '61 minutes' AS mean, min(v) > '0' AS above FROM synthik_generate('{"fields": [{"name": "v", "type": "interval", "distribution": {"kind": "gamma", "mean": "1 hour", "stddev": "20 minutes"}}]}', 20000, seed => 3) AS t(v interval);
SELECT min(v) >= '10 minutes' AS above, percentile_disc(0.5) WITHIN GROUP (ORDER BY v) BETWEEN '13 minutes' AND '16 minutes' AS half FROM synthik_generate('{"fields": [{"name": "v", "type": "interval", "minimum": "10 minutes", "distribution": {"kind": "pareto", "exponent": 2}}]}', 20000, seed => 3) AS t(v interval);
SELECT min(v) >= '2024-01-01' AND max(v) <= '2024-12-31' AS within, abs(avg(v - '2024-01-01') - 152) < 1 AS mean FROM synthik_generate('{"fields": [{"name": "v", "type": "date", "minimum": "2024-01-01", "maximum": "2024-12-31", "distribution": {"kind": "triangular", "mode": "2024-04-01"}}]}', 20000, seed => 3) AS t(v date);
SELECT abs(avg(v - '2024-01-01') - 91) < 1 AS mean, abs(stddev(v - '2024-01-01') - 30) < 1 AS stddev FROM synthik_generate('{"fields": [{"name": "v", "type": "date", "minimum": "2024-01-01", "maximum": "2024-12-31", "distribution": {"kind": "beta", "mean": "2024-04-01", "stddev": "30 days"}}]}', 20000, seed => 3) AS t(v date);

-- what contradicts itself
SELECT * FROM faults('{"type": "integer", "distribution": {"kind": "gama", "mean": 1, "stddev": 1}}', '{"type": "integer", "distribution": {"kind": "weibull"}}', '{"type": "integer", "distribution": {"kind": "gamma", "mean": 1}}', '{"type": "integer", "distribution": {"kind": "gamma", "mean": 0, "stddev": 1}}',
    '{"type": "integer", "distribution": {"kind": "gamma", "mean": 1, "stddev": 101}}', '{"type": "integer", "distribution": {"kind": "gamma", "mean": 1, "stddev": 1, "shape": 2}}', '{"type": "date", "distribution": {"kind": "gamma", "mean": "2024-01-01", "stddev": "1 day"}}', '{"type": "text", "distribution": {"kind": "beta", "alpha": 1, "beta": 1}}',
    '{"type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta"}}', '{"type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "mean": 2, "beta": 1}}', '{"type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "mean": 2, "stddev": 1, "alpha": 2, "beta": 1}}', '{"type": "integer", "minimum": 0, "distribution": {"kind": "beta", "mean": 2, "stddev": 1}}',
    '{"type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "mean": 9, "stddev": 1}}', '{"type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "mean": 5, "stddev": 5}}', '{"type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "mean": 5, "stddev": 0}}', '{"type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "alpha": 1e9, "beta": 5}}',
    '{"type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "alpha": -1, "beta": 5}}', '{"type": "integer", "distribution": {"kind": "pareto", "exponent": 2}}', '{"type": "integer", "minimum": 0, "distribution": {"kind": "pareto", "exponent": 2}}', '{"type": "integer", "minimum": 1, "distribution": {"kind": "pareto"}}',
    '{"type": "integer", "minimum": 1, "distribution": {"kind": "pareto", "exponnt": 2}}', '{"type": "integer", "minimum": 1, "distribution": {"kind": "triangular", "mode": 5}}', '{"type": "integer", "minimum": 1, "maximum": 4, "distribution": {"kind": "triangular", "mode": 5}}', '{"type": "integer", "minimum": 1, "maximum": 4, "distribution": {"kind": "triangular", "mode": "x"}}');

-- the calendar
SELECT * FROM faults('{"type": "integer", "distribution": {"kind": "calendar"}}', '{"type": "interval", "distribution": {"kind": "calendar"}}', '{"type": "date", "distribution": {"kind": "calendar", "growth": -1}}', '{"type": "date", "distribution": {"kind": "calendar", "growth": "x"}}', '{"type": "date", "distribution": {"kind": "calendar", "months": [1, 2]}}', '{"type": "date", "distribution": {"kind": "calendar", "months": 1}}',
    '{"type": "date", "distribution": {"kind": "calendar", "weekdays": [0, 0, 0, 0, 0, 0, 0]}}', '{"type": "date", "distribution": {"kind": "calendar", "weekdays": [1, 1, 1, 1, 1, 1, -1]}}', '{"type": "date", "distribution": {"kind": "calendar", "hours": [1]}}', '{"type": "time", "distribution": {"kind": "calendar", "growth": 0.1}}', '{"type": "date", "distribution": {"kind": "calendar", "holidays": -0.1}}', '{"type": "date", "distribution": {"kind": "calendar", "holiday": 0.1}}',
    '{"type": "date", "distribution": {"kind": "calendar", "mean": "2024-01-01"}}');
SELECT * FROM synthik_generate('{"fields": [{"name": "v", "type": "date", "minimum": "1500-01-01", "maximum": "2100-01-01", "distribution": {"kind": "calendar"}}]}') AS t(v date);
SELECT * FROM synthik_generate('{"fields": [{"name": "v", "type": "date", "minimum": "2024-01-06", "maximum": "2024-01-07", "distribution": {"kind": "calendar", "weekdays": [1, 1, 1, 1, 1, 0, 0]}}]}') AS t(v date);
\set busy '{"kind": "calendar", "growth": 0.5, "months": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 0], "weekdays": [2, 1, 1, 1, 1, 0, 0], "hours": [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "holidays": 0}'
CREATE TABLE busy AS SELECT * FROM synthik_generate(jsonb_build_object('locale', 'de_DE', 'fields', jsonb_build_array(jsonb_build_object('name', 'v', 'type', 'timestamp', 'minimum', '2022-01-01', 'maximum', '2025-12-31', 'distribution', :'busy'::jsonb))), 60000, seed => 1) AS t(v timestamp);
SELECT min(v)::date AS first, max(v)::date AS last FROM busy;
SELECT extract(isodow FROM v) AS weekday, round(6 * count(*) / 60000.0, 1) AS weight FROM busy GROUP BY 1 ORDER BY 1;
SELECT extract(hour FROM v) AS hour, round(7 * count(*) / 60000.0, 1) AS weight FROM busy GROUP BY 1 ORDER BY 1;
SELECT count(DISTINCT extract(month FROM v)) AS months, round(sum((extract(month FROM v) = 11)::int) / 60000.0 / (3 / 13.0), 1) AS november FROM busy;
SELECT year, round(n / lag(n) OVER (ORDER BY year), 1) AS growth FROM (SELECT extract(year FROM v) AS year, count(*)::numeric AS n FROM busy GROUP BY 1) AS y ORDER BY year;
SELECT count(*) AS holidays FROM busy WHERE v::date IN ('2024-01-01', '2024-03-29', '2024-04-01', '2024-05-01', '2024-05-09', '2024-05-20', '2024-10-03', '2023-04-07', '2025-05-29');
SELECT count(*) > 30 AS neighbours FROM busy WHERE v::date IN ('2024-01-02', '2024-03-28', '2024-04-02', '2024-05-02');
-- of other countries: Thanksgiving, the Spring Festival, Holi, Carnival
SELECT locale, count(*) FILTER (WHERE v = holiday::date) AS on_it, count(*) FILTER (WHERE v = holiday::date - 7) > 100 AS a_week_before
FROM (VALUES ('en_US', '2025-11-27'), ('en_GB', '2025-05-26'), ('zh_CN', '2025-01-29'), ('hi_IN', '2025-03-14'), ('pt_BR', '2025-03-04'), ('ja_JP', '2025-09-23'), ('nl_NL', '2025-05-29'), ('pl_PL', '2025-06-19'), ('fr_FR', '2025-06-09'), ('es_ES', '2025-04-18'), ('it_IT', '2025-04-21')) AS h(locale, holiday),
    LATERAL synthik_generate('{"fields": [{"name": "v", "type": "date", "minimum": "2025-01-01", "maximum": "2025-12-31", "distribution": {"kind": "calendar", "holidays": 0}}]}', 60000, seed => 1, locale => locale) AS t(v date)
GROUP BY locale ORDER BY locale;
-- times of day; a slice is a slice; unique; orders; checks
SELECT min(v), max(v) FROM synthik_generate('{"fields": [{"name": "v", "type": "time", "distribution": {"kind": "calendar", "hours": [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0]}}]}', 20000, seed => 1) AS t(v time);
SELECT jsonb_build_object('locale', 'de_DE', 'fields', jsonb_build_array(jsonb_build_object('name', 'v', 'type', 'timestamptz', 'maximum', '2025-11-01', 'distribution', :'busy'::jsonb), jsonb_build_object('name', 'w', 'type', 'timestamptz', 'distribution', :'busy'::jsonb)), 'checks', '["w > v"]'::jsonb) AS doc \gset
SELECT count(*), bool_and(w > v) AS ordered, count(DISTINCT extract(hour FROM w)) AS hours, sum((extract(isodow FROM w) > 5)::int) AS weekends FROM synthik_generate(:'doc'::jsonb, 5000, seed => 1) AS t(v timestamptz, w timestamptz);
SELECT (SELECT array_agg(t) FROM synthik_generate(:'doc'::jsonb, 20, seed => 1, first_row => 481) AS t(v timestamptz, w timestamptz)) = (SELECT array_agg(t) FROM (SELECT * FROM synthik_generate(:'doc'::jsonb, 500, seed => 1) AS t(v timestamptz, w timestamptz) OFFSET 480) AS t) AS same;
SELECT count(*), count(DISTINCT v) FROM synthik_generate('{"fields": [{"name": "v", "type": "date", "unique": true, "minimum": "2024-01-01", "maximum": "2024-12-31", "distribution": {"kind": "calendar", "weekdays": [1, 1, 1, 1, 1, 0, 0]}}]}', 366, seed => 1) AS t(v date);
SELECT count(*), bool_and(v < '2024-02-01' AND extract(hour FROM v) > 8) AS kept FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'v', 'type', 'timestamp', 'minimum', '2024-01-01', 'maximum', '2024-12-31', 'distribution', :'busy'::jsonb)), 'checks', '["v < ''2024-02-01''", "extract(hour from v) > 8"]'::jsonb), 500, seed => 1) AS t(v timestamp);

-- what is said of them, and the document as it is kept
\set doc '{"fields": [{"name": "g", "type": "number", "distribution": {"kind": "gamma", "mean": 20, "stddev": 10}}, {"name": "b", "type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "mean": 5, "stddev": 1}}, {"name": "a", "type": "integer", "minimum": 0, "maximum": 9, "distribution": {"kind": "beta", "alpha": 2, "beta": 3}}, {"name": "p", "type": "integer", "minimum": 5, "maximum": 500, "distribution": {"kind": "pareto", "exponent": 1.5}}, {"name": "t", "type": "date", "minimum": "2024-01-01", "maximum": "2024-12-31", "distribution": {"kind": "triangular", "mode": "2024-07-01"}}, {"name": "c", "type": "timestamp", "distribution": {"kind": "calendar", "growth": 0.3, "months": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3], "weekdays": [1, 1, 1, 1, 2, 3, 0], "hours": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2], "holidays": 0.1}}, {"name": "n", "type": "date", "distribution": {"kind": "calendar", "growth": -0.25}}]}'
SELECT field, generator FROM synthik_describe(:'doc'::jsonb);
-- a model is told of them where it writes the column
SELECT line FROM regexp_split_to_table(synthik_prompt(jsonb_set(:'doc'::jsonb, '{fields}', (SELECT jsonb_agg(f || '{"prompt": "as it was"}') FROM jsonb_array_elements(:'doc'::jsonb -> 'fields') AS f)), 3, 'claude-haiku-5-5', seed => 1)::text, '\\n') AS line WHERE line ~ '^\d+\. [a-z]:';
SELECT synthik_save('spread', :'doc'::jsonb);
SELECT f ->> 'name' AS field, f -> 'distribution' AS distribution FROM jsonb_array_elements(synthik_schema('spread') -> 'fields') AS f;
CREATE TABLE spread_table (g numeric, p integer CHECK (p BETWEEN 2 AND 40), c timestamptz);
SELECT synthik_augment('spread_table', 1000, seed => 1, schema => '{"fields": [{"name": "g", "distribution": {"kind": "gamma", "mean": 20, "stddev": 10}}, {"name": "p", "minimum": 2, "distribution": {"kind": "pareto", "exponent": 1}}, {"name": "c", "distribution": {"kind": "calendar", "growth": 1}}]}');
SELECT round(avg(g)) AS g, min(p), max(p), percentile_disc(0.5) WITHIN GROUP (ORDER BY p) AS half, count(*) FILTER (WHERE c > '2025-01-01') > 450 AS grown FROM spread_table;
SELECT synthik_delete('spread');
DROP TABLE busy, spread_table;
DROP FUNCTION spread, faults;
