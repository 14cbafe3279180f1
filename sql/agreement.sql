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

-- Readings; telephone numbers of their kind; the currency's scale and the country's rates of tax.
\set doc '{"fields": [{"name": "name", "type": "full_name"}, {"name": "kana", "type": "full_name_kana"}, {"name": "phone", "type": "phone"}, {"name": "mobile", "type": "mobile"}, {"name": "price", "type": "price"}, {"name": "salary", "type": "salary"}, {"name": "tax", "type": "tax_rate"}]}'
SELECT 'ja_JP' AS locale, t.* FROM synthik_generate(:'doc', 3, seed => 1, locale => 'ja_JP')
	AS t(name text, kana text, phone text, mobile text, price numeric, salary numeric, tax numeric)
UNION ALL SELECT 'fr_FR', t.* FROM synthik_generate(:'doc', 3, seed => 1, locale => 'fr_FR')
	AS t(name text, kana text, phone text, mobile text, price numeric, salary numeric, tax numeric)
UNION ALL SELECT 'en_GB', t.* FROM synthik_generate(:'doc', 3, seed => 1, locale => 'en_GB')
	AS t(name text, kana text, phone text, mobile text, price numeric, salary numeric, tax numeric);
SELECT array_agg(DISTINCT tax ORDER BY tax) AS taxes, min(price) > 80 AS price_low, max(price) > 5000 AS price_high, bool_and(price % 10 = 0) AS yen
FROM synthik_generate(:'doc', 2000, seed => 1, locale => 'ja_JP')
AS t(name text, kana text, phone text, mobile text, price numeric, salary numeric, tax numeric);

-- What the document, a condition or a check says goes before the locale.
SELECT min(price) >= 50000 AS own, min(s) AS low, max(s) AS high FROM synthik_generate('{"fields": [{"name": "price", "type": "price", "minimum": 50000}, {"name": "s", "type": "salary", "minimum": 1, "maximum": 3, "multipleOf": 1}]}', 200, seed => 1, locale => 'ja_JP')
AS t(price numeric, s numeric);
CREATE TABLE priced (price numeric(10,2) NOT NULL CHECK (price < 700), tax_rate numeric(5,2) NOT NULL CHECK (tax_rate < 9), salary int NOT NULL);
SELECT min(price) >= 80 AS low, max(price) < 700 AS high, array_agg(DISTINCT tax_rate) AS taxes, min(salary) > 1000000 AS yen
FROM synthik_rows(NULL::priced, 500, seed => 1, locale => 'ja_JP');
SELECT min(salary) > 6000000 AS salary, max(price) < 700 AS price
FROM synthik_rows(NULL::priced, 100, seed => 1, locale => 'ja_JP', condition => '{"salary": {"exclusiveMinimum": 6000000}}');

-- Forms before and behind the company's name.
SELECT count(*) FILTER (WHERE company ~ '^株式会社') > 100 AS before, count(*) FILTER (WHERE company ~ '.株式会社$') > 100 AS behind, count(*) FILTER (WHERE company ~ '会社.*会社') AS both
FROM synthik_generate('{"fields": [{"name": "company", "type": "company"}]}', 1000, seed => 1, locale => 'ja_JP')
AS t(company text);
DROP TABLE priced;
