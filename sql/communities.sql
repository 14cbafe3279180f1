--
-- Names that go with each other: Indian ones by community.  What goes with what is
-- in the data files.
--
CREATE FUNCTION community_file(dictionary text) RETURNS SETOF jsonb LANGUAGE sql AS $$
	WITH lines AS (
		SELECT n, string_to_array(line, E'\t') AS cells
		FROM string_to_table(convert_from(pg_read_binary_file((SELECT setting FROM pg_config WHERE name = 'SHAREDIR')
			|| '/extension/synthik/hi_IN/' || dictionary || '.tsv'), 'UTF8'), E'\n') WITH ORDINALITY AS l(line, n)
		WHERE line <> '' AND line NOT LIKE '#%')
	SELECT jsonb_object_agg(h, v)
	FROM lines, unnest((SELECT cells FROM lines ORDER BY n LIMIT 1), cells) AS u(h, v)
	WHERE n > (SELECT min(n) FROM lines) GROUP BY n $$;
CREATE TABLE community_given AS
	SELECT f->>'value' AS name, f->>'gender' AS gender, array_agg(f->>'community') AS words
	FROM community_file('given_name') AS f GROUP BY 1, 2;
CREATE TABLE community_other AS
	SELECT dictionary, CASE gender WHEN 'महिला' THEN f->>'महिला' ELSE f->>'value' END AS name, gender,
		string_to_array(string_agg(f->>'@given_name.community', ','), ',') AS words
	FROM unnest('{family_name,middle_name}'::text[]) AS dictionary, community_file(dictionary) AS f, unnest('{पुरुष,महिला}'::text[]) AS gender GROUP BY 1, 2, 3;
CREATE INDEX ON community_given (name, gender);
CREATE INDEX ON community_other (dictionary, name, gender);
ANALYZE community_given;
ANALYZE community_other;

-- The communities that names have in common; none: they are mixed.
CREATE FUNCTION in_common(given text, family text, middle text DEFAULT NULL, sex text DEFAULT NULL) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT min(w) FROM community_given g, unnest(g.words) AS w
	WHERE g.name = given AND (sex IS NULL OR g.gender = sex)
		AND EXISTS (SELECT FROM community_other o WHERE dictionary = 'family_name' AND o.name = family AND o.gender = g.gender AND w = ANY (o.words))
		AND (middle IS NULL OR EXISTS (SELECT FROM community_other o WHERE dictionary = 'middle_name' AND o.name = middle AND o.gender = g.gender AND w = ANY (o.words))) $$;
SELECT in_common('मोहम्मद', 'ख़ान') AS own, in_common('मोहम्मद', 'अय्यर') AS mixed, in_common('गुरप्रीत', 'कौर', NULL, 'महिला') AS hers, in_common('गुरप्रीत', 'कौर', NULL, 'पुरुष') AS not_his;

-- Any columns, JSON and composites, in any order.
CREATE TYPE community_part AS (last_name text, email text, first_name text, middle_name text, gender text);
CREATE TABLE community_rows (last_name text NOT NULL, c community_part NOT NULL, email text NOT NULL, middle_name text NOT NULL, full_name text NOT NULL,
	gender text NOT NULL, username text NOT NULL, first_name text NOT NULL, o jsonb NOT NULL);
SELECT synthik_augment('community_rows', 10000, seed => 1, locale => 'hi_IN',
	schema => '{"fields": [{"name": "o", "fields": [{"name": "last", "type": "last_name", "required": true}, {"name": "first", "type": "first_name", "required": true}]}]}');
SELECT count(*), count(*) FILTER (WHERE in_common(first_name, last_name, middle_name, gender) IS NULL) AS mixed,
	count(*) FILTER (WHERE full_name <> first_name || ' ' || last_name) AS full_name,
	count(*) FILTER (WHERE (c).last_name <> last_name OR (c).first_name <> first_name OR (c).middle_name <> middle_name OR (c).email <> email
		OR o->>'last' <> last_name OR o->>'first' <> first_name) AS elsewhere,
	count(*) FILTER (WHERE last_name = 'कौर' AND (gender <> 'महिला' OR email !~ '[.]kaur@' OR username !~ '[.]kaur')) AS kaur,
	count(*) FILTER (WHERE email NOT LIKE username || '@%') AS username
FROM community_rows;

-- How often each comes, in percent, where its names are no other's; they come of both genders.
SELECT words[1] AS community, round(count(*) / 100.0) AS percent, count(DISTINCT r.gender) AS genders, count(DISTINCT last_name) >= 25 AS family
FROM community_rows r JOIN community_given g ON g.name = first_name AND g.gender = r.gender
WHERE cardinality(words) = 1 GROUP BY 1 ORDER BY count(*) DESC;

-- One column alone has what it has beside the others; the document may name the locale; a slice is what it is in the whole.
SELECT count(*) AS same FROM (SELECT row_number() OVER () AS n, last FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "last", "type": "last_name"}]}', 2000, seed => 1) AS t(last text)) AS one
JOIN (SELECT row_number() OVER () AS n, * FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "first", "type": "first_name"}, {"name": "last", "type": "last_name"}]}', 2000, seed => 1) AS t(first text, last text)) AS two USING (n, last)
WHERE in_common(first, last) IS NOT NULL;
SELECT count(*) AS same FROM (SELECT row_number() OVER () + 900 AS n, * FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "first", "type": "first_name"}, {"name": "last", "type": "last_name"}]}', 100, seed => 1, first_row => 901) AS t(first text, last text)) AS slice
JOIN (SELECT row_number() OVER () AS n, * FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "last", "type": "last_name"}, {"name": "first", "type": "first_name"}]}', 1000, seed => 1) AS t(first text, last text)) AS whole USING (n, first, last);
SELECT count(*) FILTER (WHERE in_common(synthik_value('first_name', i::text, locale => 'hi_IN'), synthik_value('last_name', i::text, locale => 'hi_IN')) IS NULL) AS mixed
FROM generate_series(1, 200) AS i;

-- Two people of a row have a community each.
SELECT count(*), count(*) FILTER (WHERE in_common(a, b) IS NULL) AS first_mixed, count(*) FILTER (WHERE in_common(c, d) IS NULL) AS second_mixed,
	count(*) FILTER (WHERE in_common(a, d) IS NULL) > 100 AS apart
FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "a", "type": "first_name"}, {"name": "b", "type": "last_name"}, {"name": "c", "type": "first_name"}, {"name": "d", "type": "last_name"}]}', 1000, seed => 1) AS t(a text, b text, c text, d text);

-- Distinct values: names of either kind, both together, both apart, whole names, and what is made of them.
CREATE FUNCTION distinct_names(first jsonb, last jsonb, sets jsonb, n int, OUT rows bigint, OUT firsts bigint, OUT lasts bigint, OUT pairs bigint, OUT mixed bigint) LANGUAGE sql AS $$
	SELECT count(*), count(DISTINCT f), count(DISTINCT l), count(DISTINCT (f, l)), count(*) FILTER (WHERE in_common(f, l) IS NULL)
	FROM synthik_generate(jsonb_build_object('locale', 'hi_IN', 'unique', sets, 'fields', jsonb_build_array(
		'{"name": "f", "type": "first_name"}'::jsonb || first, '{"name": "l", "type": "last_name"}'::jsonb || last)), n, seed => 1) AS t(f text, l text) $$;
SELECT 'first' AS which, * FROM distinct_names('{"unique": true}', '{}', '[]', 500)
UNION ALL SELECT 'last', * FROM distinct_names('{}', '{"unique": true}', '[]', 400)
UNION ALL SELECT 'both', * FROM distinct_names('{"unique": true}', '{"unique": true}', '[]', 400)
UNION ALL SELECT 'both, the last first', lasts, pairs, firsts, rows, mixed FROM (SELECT count(*) AS rows, count(DISTINCT f) AS firsts, count(DISTINCT l) AS lasts, count(DISTINCT (f, l)) AS pairs, count(*) FILTER (WHERE in_common(f, l) IS NULL) AS mixed
	FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "l", "type": "last_name", "unique": true}, {"name": "f", "type": "first_name", "unique": true}]}', 400, seed => 1) AS t(l text, f text)) AS turned
UNION ALL SELECT 'pair', * FROM distinct_names('{}', '{}', '[["f", "l"]]', 20000)
UNION ALL SELECT 'pair of last and first', * FROM distinct_names('{}', '{}', '[["l", "f"]]', 5000);
SELECT count(DISTINCT f.n) AS names, count(*) FILTER (WHERE in_common(split_part(n, ' ', 1), substring(n FROM '[^ ]+$')) IS NULL) AS mixed
FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "n", "type": "full_name", "unique": true}]}', 20000, seed => 1) AS f(n text);
SELECT count(DISTINCT e) AS emails, count(*) FILTER (WHERE in_common(f, l, m, g) IS NULL) AS mixed
FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "e", "type": "email", "unique": true}, {"name": "m", "type": "middle_name"}, {"name": "l", "type": "last_name"}, {"name": "g", "type": "gender"}, {"name": "f", "type": "first_name"}]}', 5000, seed => 1)
	AS t(e text, m text, l text, g text, f text);
SELECT count(DISTINCT m) AS middles, count(*) FILTER (WHERE in_common(f, l, m, g) IS NULL) AS mixed
FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "m", "type": "middle_name", "unique": true}, {"name": "l", "type": "last_name"}, {"name": "g", "type": "gender"}, {"name": "f", "type": "first_name"}]}', 60, seed => 1)
	AS t(m text, l text, g text, f text);
SELECT * FROM distinct_names('{}', '{"unique": true}', '[]', 100000);
SELECT * FROM distinct_names('{}', '{}', '[["f", "l"]]', 1000000);
-- Where too few go together, values are distinct nevertheless.
SELECT rows, firsts, lasts FROM distinct_names('{"unique": true, "maxLength": 3}', '{"unique": true}', '[]', 60);
SELECT count(DISTINCT m), count(DISTINCT l) FROM synthik_generate('{"locale": "hi_IN", "fields": [{"name": "m", "type": "middle_name", "unique": true}, {"name": "l", "type": "last_name", "unique": true}]}', 60, seed => 1) AS t(m text, l text);
-- First, middle and last names together.
SELECT count(DISTINCT t), count(*) FILTER (WHERE in_common(f, l, m) IS NULL) AS mixed FROM synthik_generate('{"locale": "hi_IN", "unique": [["f", "m", "l"]], "fields": [{"name": "m", "type": "middle_name"}, {"name": "l", "type": "last_name"}, {"name": "f", "type": "first_name"}]}', 5000, seed => 1) AS t(m text, l text, f text);

-- Short columns leave names that go together.
CREATE TABLE community_short (first_name varchar(5) NOT NULL, last_name varchar(3) NOT NULL, gender varchar(5) NOT NULL);
SELECT count(*), max(length(first_name)) AS first, max(length(last_name)) AS last, count(DISTINCT last_name) > 20 AS lasts,
	count(*) FILTER (WHERE in_common(first_name, last_name, NULL, gender) IS NULL) AS mixed
FROM synthik_rows(NULL::community_short, 5000, seed => 1, locale => 'hi_IN');
-- Of two forms of a name both fit, so that user names have it.
SELECT count(*) FILTER (WHERE length(last) > 6) AS long, count(*) FILTER (WHERE username NOT LIKE '%.' || translate(lower(last), 'ąćęłńóśźż', 'acelnoszz')) AS others
FROM synthik_generate('{"fields": [{"name": "last", "type": "last_name", "maxLength": 6}, {"name": "username", "type": "username"}]}', 1000, seed => 1, locale => 'pl_PL') AS t(last text, username text);

DROP TABLE community_given, community_other, community_rows, community_short;
DROP TYPE community_part;
DROP FUNCTION community_file(text);
DROP FUNCTION in_common(text, text, text, text);
DROP FUNCTION distinct_names(jsonb, jsonb, jsonb, int);
