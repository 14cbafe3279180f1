-- What one entry of a row chooses of another: the forms of Polish surnames and
-- titles, and second first names.
\set doc '{"fields": [{"name": "given", "type": "given_name"}, {"name": "family", "type": "family_name"}, {"name": "name", "type": "full_name"}, {"name": "email", "type": "email"}, {"name": "sex", "type": "gender"}, {"name": "title", "type": "job_title"}, {"name": "middle", "type": "middle_name"}]}'
SELECT * FROM synthik_generate(:'doc', 6, seed => 1, locale => 'pl_PL')
AS t(given text, family text, name text, email text, sex text, title text, middle text);

SELECT count(*), count(*) FILTER (WHERE name = given || ' ' || family) AS same,
	count(*) FILTER (WHERE family ~ 'sk[ia]$') AS in_ski,
	count(*) FILTER (WHERE family ~ 'ski$' AND sex = 'kobieta') AS women_in_ski,
	count(*) FILTER (WHERE family ~ 'ska$' AND sex <> 'kobieta') AS men_in_ska,
	count(*) FILTER (WHERE (title ~ '^Kierowniczka') <> (sex = 'kobieta') AND title ~ '^Kierowni(k|czka) ') AS titles
FROM synthik_generate(:'doc', 5000, seed => 1, locale => 'pl_PL')
AS t(given text, family text, name text, email text, sex text, title text, middle text);

-- A slice is what it is in the whole; distinct values are distinct.
SELECT count(*), count(DISTINCT family) FROM synthik_generate('{"fields": [{"name": "family", "type": "family_name", "unique": true}]}', 300, seed => 1, locale => 'pl_PL')
AS t(family text);
SELECT count(*), count(DISTINCT name) FROM synthik_generate('{"fields": [{"name": "name", "type": "full_name", "unique": true}]}', 100000, seed => 1, locale => 'pl_PL')
AS t(name text);
SELECT count(*) FROM (
	SELECT * FROM synthik_generate('{"fields": [{"name": "name", "type": "full_name", "unique": true}, {"name": "email", "type": "email"}]}', 1000, seed => 1, locale => 'pl_PL')
	AS t(name text, email text) OFFSET 900) AS whole
JOIN synthik_generate('{"fields": [{"name": "name", "type": "full_name", "unique": true}, {"name": "email", "type": "email"}]}', 100, seed => 1, locale => 'pl_PL', first_row => 901)
	AS t(name text, email text) USING (name, email);
