--
-- Fields whose values go by another field's: "by" and "cases"
--
\set VERBOSITY default
SET synthik.locale = 'en_US';
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

CREATE TABLE case_documents (name text PRIMARY KEY, document jsonb);
INSERT INTO case_documents VALUES ('cards', '{"fields": [
	{"name": "amount", "type": "numeric(10,2)", "minimum": 0.5, "maximum": 500, "by": "category", "cases": {
		"fuel": {"distribution": {"kind": "lognormal", "mean": 52, "stddev": 18}, "maximum": 90},
		"grocery": {"minimum": 5, "maximum": 9},
		"travel": {"minimum": 80, "by": "is_fraud", "cases": {"true": {"minimum": 4000, "maximum": 9000}}}}},
	{"name": "category", "enum": ["fuel", "grocery", "travel", "other"], "weights": [4, 3, 2, 1]},
	{"name": "is_fraud", "type": "boolean"},
	{"name": "channel", "type": "text", "enum": ["chip", "web"], "by": "is_fraud", "cases": {"true": {"weights": [1, 9]}}},
	{"name": "ordered_at", "type": "timestamp", "minimum": "2025-01-01", "maximum": "2025-06-01"},
	{"name": "shipped_at", "type": "timestamp", "minimum": "2025-01-01", "maximum": "2025-12-31", "by": "status", "cases": {"ordered": {"const": null}}},
	{"name": "status", "enum": ["ordered", "shipped"]}],
	"checks": ["shipped_at >= ordered_at"]}');

-- each value has its own; the others, and NULL, have the field's
SELECT r.category, r.is_fraud AND r.category = 'travel' AS fraud, count(*) > 100 AS many, min(r.amount) >= CASE r.category WHEN 'grocery' THEN 5 WHEN 'travel' THEN 80 ELSE 0.5 END AS low,
	max(r.amount) <= CASE WHEN bool_or(r.is_fraud) AND r.category = 'travel' THEN 9000 WHEN r.category = 'grocery' THEN 9 WHEN r.category = 'fuel' THEN 90 ELSE 500 END AS high,
	CASE WHEN r.category = 'fuel' THEN round(avg(r.amount) / 10) * 10 END AS mean
FROM case_documents d, synthik_generate(d.document, 10000, seed => 1) AS r(amount numeric, category text, is_fraud bool) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT r.is_fraud, round(avg((r.channel = 'web')::int), 1) AS web FROM case_documents d, synthik_generate(d.document, 10000, seed => 1) AS r(channel text, is_fraud bool) GROUP BY 1 ORDER BY 1;
-- a status decides which times are NULL, and the others come soon after
SELECT r.status, count(r.shipped_at) > 0 AS shipped, bool_and(r.shipped_at >= r.ordered_at) AS after, max(r.shipped_at - r.ordered_at) <= '30 days' AS soon
FROM case_documents d, synthik_generate(d.document, 5000, seed => 2) AS r(status text, ordered_at timestamp, shipped_at timestamp) GROUP BY 1 ORDER BY 1;

-- slices are the whole; what is not read changes nothing
CREATE TABLE whole AS SELECT row_number() OVER () AS n, r.* FROM synthik_generate((SELECT document FROM case_documents), 3000, seed => 5)
	AS r(amount numeric, category text, is_fraud bool, channel text, ordered_at timestamp, shipped_at timestamp, status text);
SELECT count(*) FROM (SELECT row_number() OVER () + 1699 AS n, r.* FROM synthik_generate((SELECT document FROM case_documents), 800, seed => 5, first_row => 1700)
	AS r(amount numeric, category text, is_fraud bool, channel text, ordered_at timestamp, shipped_at timestamp, status text)) s JOIN whole USING (n, amount, category, is_fraud, channel, ordered_at, status)
	WHERE s.shipped_at IS NOT DISTINCT FROM whole.shipped_at;
SELECT count(*) FROM (SELECT row_number() OVER () AS n, r.* FROM synthik_generate((SELECT document FROM case_documents), 3000, seed => 5) AS r(amount numeric)) s JOIN whole USING (n, amount);

-- conditions: on what a field goes by, and on the field
SELECT count(*), count(*) FILTER (WHERE r.category = 'travel' AND r.amount BETWEEN 4000 AND 9000) AS fraud
FROM case_documents d, synthik_generate(d.document, 200, seed => 1, condition => '{"category": "travel", "is_fraud": true}') AS r(amount numeric, category text);
SELECT min(r.amount) >= 60 AS low, max(r.amount) <= 90 AS high FROM case_documents d,
	synthik_generate(d.document, 200, seed => 1, condition => '{"category": "fuel", "amount": {"minimum": 60}}') AS r(amount numeric);
SELECT r.* FROM case_documents d, synthik_generate(d.document, 2, seed => 1, condition => '{"amount": 12}') AS r(amount numeric);
SELECT r.* FROM case_documents d, synthik_generate(d.document, 2, seed => 1, condition => '{"amount": {"minimum": 100}}') AS r(amount numeric);
SELECT count(*) FROM case_documents d, synthik_generate(d.document, 200, seed => 1, condition => '{"status": "ordered"}') AS r(shipped_at timestamp) WHERE r.shipped_at IS NULL;

-- kinds of values: numbers, dates, an enum of PostgreSQL's, NULL
CREATE TYPE case_size AS ENUM ('small', 'large');
SELECT r.size, r.n, r.day, min(r.a), max(r.a), min(r.b), max(r.b), min(r.c), max(r.c) FROM synthik_generate('{"fields": [
	{"name": "size", "type": "case_size"}, {"name": "n", "type": "integer", "enum": [1, 2]}, {"name": "day", "type": "date", "enum": ["2025-01-01", null]},
	{"name": "a", "type": "integer", "const": 0, "by": "size", "cases": {"large": {"minimum": 5, "maximum": 6}}},
	{"name": "b", "type": "text", "pattern": "x", "by": "n", "cases": {"2": {"examples": ["two"]}, "1": {"pattern": "[ab]"}}},
	{"name": "c", "type": "integer", "minimum": 1, "maximum": 2, "by": "day", "cases": {"null": {"const": 7}, "2025-01-01": {"enum": [3]}}}]}', 1000, seed => 1)
	AS r(size case_size, n int, day date, a int, b text, c int) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- one field after the other, in any order; the values of cases count as values
SELECT r.a, r.b, r.c, count(*) > 50 AS many FROM synthik_generate('{"fields": [
	{"name": "c", "type": "integer", "const": null, "by": "b", "cases": {"b1": {"const": 1}, "b3": {"const": 3}}},
	{"name": "b", "enum": ["b1"], "by": "a", "cases": {"y": {"enum": ["b2", "b3"]}}},
	{"name": "a", "enum": ["x", "y"]}]}', 1000, seed => 1) AS r(a text, b text, c int) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- text of a semantic type of the same base type
SELECT count(*) FILTER (WHERE r.kind = 'mail' AND r.contact LIKE '%@%') > 0 AS mail, count(*) FILTER (WHERE r.kind = 'mail' AND r.contact NOT LIKE '%@%') AS no_mail, count(*) FILTER (WHERE r.kind = 'phone' AND r.contact LIKE '%@%') AS wrong
FROM synthik_generate('{"fields": [{"name": "kind", "enum": ["mail", "phone"]}, {"name": "contact", "type": "phone", "by": "kind", "cases": {"mail": {"format": "email"}}}]}', 500, seed => 1) AS r(kind text, contact text);

-- checks draw a field and what it goes by again together; with others unique
SELECT count(*), bool_and(r.a > 7) FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 5, "by": "k", "cases": {"big": {"minimum": 6, "maximum": 9}}}, {"name": "k", "enum": ["small", "big"]}], "checks": ["a > 7"]}', 500, seed => 1) AS r(a int);
SELECT count(*), count(DISTINCT (r.id, r.tier)) FROM synthik_generate('{"fields": [{"name": "id", "type": "integer", "minimum": 1, "maximum": 9000}, {"name": "k", "type": "boolean"}, {"name": "tier", "enum": ["a", "b"], "by": "k", "cases": {"true": {"const": "a"}}}], "unique": [["id", "tier"]]}', 2000, seed => 1) AS r(id int, tier text);
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "id", "type": "integer", "minimum": 1, "maximum": 900}, {"name": "k", "type": "boolean"}, {"name": "tier", "enum": ["a", "b"], "by": "k", "cases": {"true": {"const": "a"}}}], "unique": [["id", "tier"]]}', 2000, seed => 1) AS r(id int, tier text);

-- on a table: its list may come from a CHECK, its bounds are kept
CREATE TABLE case_orders (id int PRIMARY KEY, status text NOT NULL CHECK (status IN ('new', 'paid', 'sent')), paid_at date, fee numeric(6,2) NOT NULL CHECK (fee >= 1));
SELECT synthik_augment('case_orders', 600, seed => 1, schema => '{"fields": [{"name": "paid_at", "null_fraction": 0, "by": "status", "cases": {"new": {"const": null}}}, {"name": "fee", "maximum": 5, "by": "status", "cases": {"sent": {"minimum": 20, "maximum": 30}}}]}');
SELECT status, count(*) > 100 AS many, count(paid_at) = count(*) AS paid, min(fee) >= 1 AS low, max(fee) <= 5 AS high FROM case_orders GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM synthik_rows(NULL::case_orders, 50, seed => 1, schema => '{"fields": [{"name": "fee", "by": "status", "cases": {"sent": {"const": 9.99}}}]}') r WHERE r.status = 'sent' AND r.fee <> 9.99;
SELECT r FROM synthik_generate_json('{"fields": [{"name": "k", "type": "boolean"}, {"name": "a", "type": "integer", "const": 1, "by": "k", "cases": {"true": {"const": null}}}]}', 3, seed => 1) r;
SELECT count(*) FROM synthik_rows(NULL::case_orders, 5, schema => '{"fields": [{"name": "paid_at", "by": "status", "cases": {"sended": {"const": null}}}]}');

-- what is laid over a base: cases go with a constant, an expression, null
SELECT r.* FROM synthik_generate('{"extends": {"fields": [{"name": "k", "const": "a"}, {"name": "v", "type": "integer", "const": 0, "by": "k", "cases": {"a": {"const": 1}}}, {"name": "w", "type": "integer", "const": 0, "by": "k", "cases": {"a": {"const": 1}}}, {"name": "x", "type": "integer", "const": 0, "by": "k", "cases": {"a": {"const": 1}}}, {"name": "y", "type": "integer", "const": 0, "by": "k", "cases": {"a": {"const": 1}}}]},
	"fields": [{"name": "w", "const": 2}, {"name": "x", "expression": "3"}, {"name": "y", "by": null}]}', 1) AS r(v int, w int, x int, y int);

-- in words
SELECT field, generator, why FROM case_documents, synthik_describe(document);
SET synthik.network = off;
SELECT regexp_replace(line, '^\d+\. ', '') FROM case_documents, regexp_split_to_table(synthik_prompt(document, 3, 'claude-haiku-5-5', seed => 1)::text, '\\n') AS line WHERE line ~ '^\d+\. (amount|shipped_at|channel)';
RESET synthik.network;

-- saved
SELECT synthik_save('case/round', '{"fields": [{"name": "k", "enum": ["a", "b"]}, {"name": "v", "type": "integer", "by": "k", "cases": {"a": {"maximum": 3}}}]}');
SELECT synthik_schema('case/round') #> '{fields,1}';
SELECT synthik_delete('case/round');

-- the rules of a table have them, and so has what is inferred of it, which makes the same rows
SELECT synthik_rule('case_orders', 'paid_at', '{"null_fraction": 0, "by": "status", "cases": {"new": {"const": null}}}');
SELECT f FROM jsonb_array_elements(synthik_infer('case_orders') -> 'fields') f WHERE f ->> 'name' = 'paid_at';
SELECT count(*) FROM synthik_rows(NULL::case_orders, 200, seed => 1) r WHERE (r.status = 'new') <> (r.paid_at IS NULL);
SELECT count(*) FROM synthik_generate(synthik_infer('case_orders'), 200, seed => 1) AS r(status text, paid_at date) WHERE (r.status = 'new') <> (r.paid_at IS NULL);
SELECT synthik_rule('case_orders', 'paid_at', '{"by": "status", "cases": {"newer": {"const": null}}}');

-- faults, each where it is
SELECT * FROM synthik_validate('{"fields": [
	{"name": "a", "type": "numeric(10,2)", "by": "categry", "cases": {}},
	{"name": "b", "type": "numeric(10,2)", "by": "category", "cases": {"fule": {}, "grocery": {"maxmum": 3}, "travel": {"type": "text"}, "fuel": 7}},
	{"name": "c", "enum": ["x"], "by": "d", "cases": {"y": {}}},
	{"name": "d", "enum": ["y"], "by": "c", "cases": {"x": {}}},
	{"name": "e", "type": "int", "by": "e", "cases": {"x": {}}},
	{"name": "f", "type": "int", "cases": {"x": {}}},
	{"name": "g", "type": "int", "by": "category"},
	{"name": "h", "type": "int", "by": "b", "cases": {"1": {}}},
	{"name": "i", "type": "int", "unique": true, "by": "category", "cases": {"fuel": {}}},
	{"name": "j", "type": "int", "by": "k", "cases": {"fuel": {}}},
	{"name": "k", "type": "int", "expression": "h"},
	{"name": "l", "type": "int", "by": 3, "cases": 4},
	{"name": "m", "type": "int", "by": "category", "cases": {"fuel": {"minimum": 5, "maximum": 3}}},
	{"name": "n", "type": "int", "required": true, "by": "category", "cases": {"fuel": {"const": null}}},
	{"name": "o", "type": "object", "fields": [{"name": "p", "type": "int", "by": "category", "cases": {}}]},
	{"name": "q", "type": "int", "expression": "1", "by": "category", "cases": {}},
	{"name": "category", "enum": ["fuel", "grocery", "travel", "other"]}]}');
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "k", "enum": ["a", "b"]}, {"name": "v", "type": "int", "by": "k", "cases": {"aa": {}}}]}', 5) AS r(v int);
-- many cases, and deep ones
SELECT count(*), bool_and(r.v = 3 * r.k) FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array(
	jsonb_build_object('name', 'k', 'type', 'integer', 'enum', (SELECT jsonb_agg(i) FROM generate_series(1, 10000) i)),
	jsonb_build_object('name', 'v', 'type', 'integer', 'by', 'k', 'cases', (SELECT jsonb_object_agg(i, jsonb_build_object('const', 3 * i)) FROM generate_series(1, 10000) i)))), 1000, seed => 1) AS r(k int, v int);
SELECT problem FROM synthik_validate(('{"fields": [{"name": "k", "enum": ["a"]}, {"name": "v", "type": "int", "by": "k", "cases": {"a": ' || repeat('{"by": "k", "cases": {"a": ', 40) || '{}' || repeat('}}', 40) || '}}]}')::jsonb);
-- Each case begins with the list of its field, so that short documents could fill all memory.
SELECT regexp_replace(path, '\.[0-9]+$', '') AS path, problem, hint FROM synthik_validate(jsonb_build_object('fields', jsonb_build_array(
	jsonb_build_object('name', 'k', 'type', 'integer', 'enum', (SELECT jsonb_agg(i) FROM generate_series(1, 3000) i)),
	jsonb_build_object('name', 'v', 'type', 'integer', 'enum', (SELECT jsonb_agg(i) FROM generate_series(1, 4000) i), 'by', 'k', 'cases', (SELECT jsonb_object_agg(i, '{}'::jsonb) FROM generate_series(1, 3000) i)))));
DROP TABLE case_documents, whole, case_orders;
DROP TYPE case_size;

-- Cases of a document that is extended may be about values that are gone.
SELECT DISTINCT kind, v FROM synthik_generate('{"extends": {"fields": [{"name": "kind", "enum": ["a", "b", "c"]},
	{"name": "v", "type": "integer", "const": 1, "by": "kind", "cases": {"b": {"const": 2}, "c": {"const": 3}}}]},
	"fields": [{"name": "kind", "enum": ["a", "c"]}]}', 50, seed => 1) AS t(kind text, v integer) ORDER BY 1;
SELECT synthik_validate('{"extends": {"fields": [{"name": "kind", "enum": ["a", "b"]}, {"name": "v", "type": "integer"}]},
	"fields": [{"name": "v", "by": "kind", "cases": {"c": {"const": 2}}}]}');
