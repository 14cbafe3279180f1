--
-- Types with constraints inside JSON, where nothing judges values by them
--
CREATE DOMAIN inside_plain AS integer;
CREATE DOMAIN inside_positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN inside_present AS integer NOT NULL;
CREATE DOMAIN inside_above AS inside_positive;
CREATE TYPE inside_row AS (a inside_positive, b text);

SELECT path, problem, hint FROM synthik_validate('{"fields": [
	{"name": "o", "fields": [
		{"name": "plain", "type": "inside_plain"},
		{"name": "positive", "type": "inside_positive"},
		{"name": "present", "type": "inside_present"},
		{"name": "above", "type": "inside_above"},
		{"name": "row", "type": "inside_row"},
		{"name": "list", "type": "array", "items": {"type": "inside_positive"}},
		{"name": "deep", "fields": [{"name": "positive", "type": "inside_positive"}]}]},
	{"name": "lists", "type": "array", "items": {"type": "array", "items": {"type": "inside_positive"}}},
	{"name": "rows", "type": "array", "items": {"type": "object", "fields": [{"name": "row", "type": "inside_row"}]}}]}');
SELECT synthik_generate_json('{"fields": [{"name": "o", "fields": [{"name": "p", "type": "inside_positive"}]}]}'::jsonb, 1);
-- As a field, as the elements of one, and without constraints they are kept.
SELECT bool_and(p > 0) AS p, bool_and(0 < ALL (l)) AS l, bool_and((r).a > 0) AS r, count(o ->> 'q') AS o
FROM synthik_generate('{"fields": [{"name": "p", "type": "inside_positive"}, {"name": "l", "type": "array", "items": {"type": "inside_positive"}},
	{"name": "r", "type": "inside_row"}, {"name": "o", "fields": [{"name": "q", "type": "inside_plain"}]}]}', 1000, seed => 1) AS t(p int, l int[], r inside_row, o jsonb);

DROP TYPE inside_row;
DROP DOMAIN inside_above, inside_positive, inside_present, inside_plain;

--
-- Members without a value: missing, or null where their type allows it
--
SELECT count(*) FILTER (WHERE o ? 'sometimes') BETWEEN 600 AND 800 AS sometimes,
	bool_and(o -> 'sometimes' IS DISTINCT FROM 'null') AS missing_not_null,
	count(*) FILTER (WHERE o -> 'empty' = 'null') BETWEEN 200 AND 400 AS empty,
	bool_and(o ? 'empty') AS empty_not_missing
FROM synthik_generate('{"fields": [{"name": "o", "required": true, "fields": [
	{"name": "sometimes", "type": "string", "enum": ["a", "b"], "null_fraction": 0.3},
	{"name": "empty", "type": ["integer", "null"], "null_fraction": 0.3}]}]}', 1000, seed => 1) AS t(o jsonb);
