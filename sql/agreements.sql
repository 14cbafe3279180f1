--
-- What belongs together in a row agrees, wherever it stands: in columns, in a
-- JSON object, in a composite, and across them; in every locale.  The data
-- files say what is true.
--
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

CREATE TYPE agree_part AS (rating int, email text, updated_at timestamptz, price numeric(12,2), postcode text, gender text, age int,
	cost numeric(12,2), salary numeric(12,2), delivered_at timestamptz, city text, username text, end_date date, timezone text, first_name text,
	country_code text, shipped_at timestamptz, created_at timestamptz, last_name text, region text, latitude float8, longitude float8,
	start_date date, review text, job_title text, birth_date date, ordered_at timestamptz, category text, product text, full_name text,
	name_prefix text, country text, currency_code text, language_code text, area_code text, phone text, region_code text);
CREATE TABLE agree_rows (email text NOT NULL, rating int NOT NULL, o jsonb NOT NULL, salary numeric(12,2) NOT NULL, updated_at timestamptz NOT NULL,
	cost numeric(12,2) NOT NULL, price numeric(12,2) NOT NULL, postcode text NOT NULL, gender text NOT NULL, age int NOT NULL,
	delivered_at timestamptz NOT NULL, city text NOT NULL, username text NOT NULL, end_date date NOT NULL, timezone text NOT NULL, c agree_part NOT NULL,
	first_name text NOT NULL, country_code text NOT NULL, shipped_at timestamptz NOT NULL, created_at timestamptz NOT NULL, last_name text NOT NULL,
	region text NOT NULL, latitude float8 NOT NULL, longitude float8 NOT NULL, start_date date NOT NULL, review text NOT NULL, job_title text NOT NULL,
	birth_date date NOT NULL, ordered_at timestamptz NOT NULL, category text NOT NULL, product text NOT NULL, full_name text NOT NULL,
	name_prefix text NOT NULL, country text NOT NULL, currency_code text NOT NULL, language_code text NOT NULL, area_code text NOT NULL,
	phone text NOT NULL, region_code text NOT NULL);
SELECT set_config('agree.object', jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'o', 'required', true, 'fields',
	(SELECT jsonb_agg(jsonb_build_object('name', attname, 'required', true, 'type',
		CASE attname WHEN 'first_name' THEN 'given_name' WHEN 'last_name' THEN 'family_name'
			WHEN 'shipped_at' THEN 'timestamp' WHEN 'delivered_at' THEN 'timestamptz' WHEN 'ordered_at' THEN 'timestamptz' ELSE attname END)
		ORDER BY md5(attname)) FROM pg_attribute WHERE attrelid = 'agree_part'::regclass AND attnum > 0))))::text, false) IS NOT NULL AS object;

-- A data file, as rows of JSON.
CREATE FUNCTION agree_file(locale text, dictionary text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
	folder text := (SELECT setting FROM pg_config WHERE name = 'SHAREDIR') || '/extension/synthik/';
	content text := convert_from(coalesce(pg_read_binary_file(folder || locale || '/' || dictionary || '.tsv', 0, 10000000, true),
		pg_read_binary_file(folder || 'common/' || dictionary || '.tsv')), 'UTF8');
	line text;
	header text[];
BEGIN
	FOREACH line IN ARRAY string_to_array(content, E'\n') LOOP
		CONTINUE WHEN line = '' OR line LIKE '#%';
		IF header IS NULL THEN
			header := string_to_array(line, E'\t');
		ELSE
			RETURN NEXT (SELECT jsonb_object_agg(h, coalesce(v, '')) FROM unnest(header, string_to_array(line, E'\t')) AS u(h, v));
		END IF;
	END LOOP;
END $$;
CREATE TABLE agree_facts AS
SELECT locale, dictionary, coalesce(f->>'city', f->>'letter', f->>'value') AS key, f FROM unnest('{en_US,en_GB,de_DE,fr_FR,es_ES,it_IT,nl_NL,pl_PL,pt_BR,ja_JP,zh_CN,hi_IN}'::text[]) AS locale,
	unnest('{given_name,family_name,place,product,job_title,review,slug}'::text[]) AS dictionary, agree_file(locale, dictionary) AS f;
INSERT INTO agree_facts SELECT DISTINCT f.locale, 'slug', c->>'letter', c FROM agree_facts f, agree_file('common', 'slug') AS c
	WHERE NOT EXISTS (SELECT FROM agree_facts o WHERE o.locale = f.locale AND o.dictionary = 'slug' AND o.key = c->>'letter');
CREATE INDEX ON agree_facts (locale, dictionary, key);
ANALYZE agree_facts;

-- Each row in three places.
CREATE TABLE agree_places (locale text, n bigint, place text, v jsonb);
DO $$
DECLARE
	l text;
BEGIN
	FOR l IN SELECT DISTINCT locale FROM agree_facts ORDER BY 1 LOOP
		INSERT INTO agree_places
		SELECT l, n, place, v FROM (SELECT row_number() OVER () AS n, to_jsonb(r) AS j
			FROM synthik_rows(NULL::agree_rows, 500, seed => 7, locale => l, schema => current_setting('agree.object')::jsonb) AS r) AS made,
			LATERAL (VALUES ('row', j - 'o' - 'c'), ('object', j->'o'), ('composite', j->'c')) AS p(place, v);
	END LOOP;
END $$;
SELECT count(*), count(DISTINCT locale), bool_and((SELECT count(*) FROM jsonb_each(v)) = 37) AS whole FROM agree_places;

-- Letters as user names have them.
CREATE FUNCTION agree_slug(loc text, name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce((SELECT f->>'slug' FROM agree_facts WHERE locale = loc AND dictionary = 'slug' AND key = letter LIMIT 1),
		regexp_replace(normalize(letter, NFKD), '[^a-z0-9]', '', 'g')), '' ORDER BY i)
	FROM regexp_split_to_table(lower(name), '') WITH ORDINALITY AS s(letter, i) $$;
CREATE TABLE agree_names AS
SELECT locale, dictionary, name, max(gender) AS gender, array_agg(DISTINCT prefix) AS prefixes, array_agg(DISTINCT agree_slug(locale, written)) AS slugs, array_agg(DISTINCT gender) AS genders
FROM (SELECT locale, dictionary, unnest(ARRAY[f->>'value', f->>'kobieta', f->>'महिला']) AS name, f->>'gender' AS gender, f->>'prefix' AS prefix,
	unnest(ARRAY[coalesce(f->>'romaji', f->>'pinyin', f->>'latin', f->>'value'), coalesce(f->>'kobieta', f->>'value'), f->>'latin_महिला']) AS written
	FROM agree_facts WHERE dictionary IN ('given_name', 'family_name')) AS n
WHERE (locale, name) IN (SELECT locale, unnest(ARRAY[v->>'first_name', v->>'last_name']) FROM agree_places) GROUP BY 1, 2, 3;
CREATE INDEX ON agree_names (locale, dictionary, name);
ANALYZE agree_names;
ANALYZE agree_places;

-- Within a place, what the data files say.
SELECT count(*) AS places,
	count(*) FILTER (WHERE g.name IS NULL OR s.name IS NULL) AS names_unknown,
	count(*) FILTER (WHERE position(v->>'first_name' IN v->>'full_name') = 0 OR position(v->>'last_name' IN v->>'full_name') = 0) AS full_name,
	count(*) FILTER (WHERE NOT EXISTS (SELECT FROM unnest(g.slugs) AS x, unnest(s.slugs) AS y
		WHERE position(x IN v->>'email') > 0 AND position(y IN v->>'email') > 0 AND position(x IN v->>'username') > 0 AND position(y IN v->>'username') > 0)) AS email_username,
	count(*) FILTER (WHERE NOT v->>'gender' = ANY (g.genders) OR NOT v->>'name_prefix' = ANY (g.prefixes)) AS gender_prefix,
	count(*) FILTER (WHERE locale = 'pl_PL' AND v->>'last_name' ~ 'sk[ia]$' AND (v->>'last_name' ~ 'a$') <> (v->>'gender' = 'kobieta')) AS polish_surname
FROM agree_places p
LEFT JOIN agree_names g USING (locale) LEFT JOIN agree_names s USING (locale)
WHERE g.dictionary = 'given_name' AND g.name = v->>'first_name' AND s.dictionary = 'family_name' AND s.name = v->>'last_name';

SELECT count(*) AS places, count(*) FILTER (WHERE NOT EXISTS (
		SELECT FROM agree_facts f WHERE f.locale = p.locale AND dictionary = 'place' AND key = v->>'city' AND f->>'region' = v->>'region'
			AND f->>'region_code' = v->>'region_code' AND f->>'country' = v->>'country' AND f->>'country_code' = v->>'country_code' AND f->>'timezone' = v->>'timezone'
			AND (f->>'latitude')::float8 = (v->>'latitude')::float8 AND (f->>'longitude')::float8 = (v->>'longitude')::float8
			AND v->>'postcode' ~ ('^' || replace(f->>'postcode', '#', '[0-9]'))
			AND (p.locale IN ('de_DE') OR v->>'area_code' = f->>'area_code' OR v->>'area_code' IS NULL)
			AND (p.locale <> 'en_US' OR position('(' || (f->>'area_code') || ')' IN v->>'phone') = 1)
			AND (f->>'phone' IS NULL OR v->>'phone' ~ ('^' || replace(replace(replace(replace(f->>'phone', '(', '\('), ')', '\)'), '+', '\+'), '#', '[0-9]')))
			AND (f->>'phone_block' IS NULL OR position(f->>'phone_block' IN v->>'phone') = 1))) AS place
FROM agree_places p;
SELECT locale, count(DISTINCT v->>'country_code') AS countries, count(DISTINCT v->>'currency_code') AS currencies, min(v->>'currency_code') AS currency,
	min(v->>'language_code') = max(v->>'language_code') AND min(v->>'language_code') = left(locale, 2) AS language
FROM agree_places GROUP BY 1 ORDER BY 1;

SELECT count(*) AS places,
	count(*) FILTER (WHERE NOT EXISTS (SELECT FROM agree_facts f WHERE f.locale = p.locale AND dictionary = 'product' AND key = v->>'product'
		AND f->>'category' = v->>'category' AND (v->>'price')::numeric BETWEEN (f->>'price_low')::numeric AND (f->>'price_high')::numeric)) AS price_product,
	count(*) FILTER (WHERE (v->>'cost')::numeric >= (v->>'price')::numeric) AS cost,
	count(*) FILTER (WHERE NOT EXISTS (SELECT FROM agree_facts f WHERE f.locale = p.locale AND dictionary = 'job_title'
		AND v->>'job_title' IN (key, f->>'kobieta', f->>'weiblich', f->>'feminino') AND (v->>'salary')::numeric BETWEEN (f->>'salary_low')::numeric AND (f->>'salary_high')::numeric)) AS salary_title,
	count(*) FILTER (WHERE NOT EXISTS (SELECT FROM agree_facts f WHERE f.locale = p.locale AND dictionary = 'review'
		AND f->>'rating' = v->>'rating' AND position(key IN v->>'review') > 0)) AS review_rating
FROM agree_places p;

-- Across places.
SELECT a.place AS one, b.place AS other, count(*) AS pairs,
	count(*) FILTER (WHERE (a.v->>'first_name', a.v->>'last_name', a.v->>'full_name', a.v->>'email', a.v->>'username', a.v->>'gender', a.v->>'name_prefix')
		IS DISTINCT FROM (b.v->>'first_name', b.v->>'last_name', b.v->>'full_name', b.v->>'email', b.v->>'username', b.v->>'gender', b.v->>'name_prefix')) AS person,
	count(*) FILTER (WHERE (a.v->>'city', a.v->>'region', a.v->>'postcode', a.v->>'country', (a.v->>'latitude')::float8, a.v->>'timezone', a.v->>'phone', a.v->>'area_code')
		IS DISTINCT FROM (b.v->>'city', b.v->>'region', b.v->>'postcode', b.v->>'country', (b.v->>'latitude')::float8, b.v->>'timezone', b.v->>'phone', b.v->>'area_code')) AS location,
	count(*) FILTER (WHERE (a.v->>'birth_date')::date IS DISTINCT FROM (b.v->>'birth_date')::date OR (b.v->>'age')::int IS DISTINCT FROM
		extract(year FROM age('2026-01-01', (a.v->>'birth_date')::date))) AS age,
	count(*) FILTER (WHERE (a.v->>'created_at')::timestamptz > (b.v->>'updated_at')::timestamptz) AS created_updated,
	count(*) FILTER (WHERE (a.v->>'start_date')::date > (b.v->>'end_date')::date) AS start_end,
	count(*) FILTER (WHERE (a.v->>'ordered_at')::timestamptz > (b.v->>'shipped_at')::timestamptz OR (a.v->>'shipped_at')::timestamptz > (b.v->>'delivered_at')::timestamptz) AS ordered_shipped_delivered,
	count(*) FILTER (WHERE a.v->>'review' <> b.v->>'review' OR a.v->>'rating' <> b.v->>'rating') AS review,
	count(*) FILTER (WHERE a.v->>'product' <> b.v->>'product' OR a.v->>'category' <> b.v->>'category' OR (a.v->>'cost')::numeric >= (b.v->>'price')::numeric
		OR (a.v->>'price')::numeric <> (b.v->>'price')::numeric) AS product,
	count(*) FILTER (WHERE a.v->>'job_title' <> b.v->>'job_title' OR (a.v->>'salary')::numeric <> (b.v->>'salary')::numeric) AS salary
FROM agree_places a JOIN agree_places b USING (locale, n) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) FILTER (WHERE (a.v->>'ordered_at')::timestamptz > (b.v->>'delivered_at')::timestamptz) AS ordered_delivered
FROM agree_places a JOIN agree_places b USING (locale, n);

-- What a check draws again, is drawn again together.
CREATE TABLE agree_checked (age int NOT NULL, o jsonb NOT NULL, email text NOT NULL, price numeric(8,2) NOT NULL, salary int NOT NULL,
	product text NOT NULL CHECK (length(product) > 12), birth_date date NOT NULL CHECK (extract(day FROM birth_date) > 10),
	job_title text NOT NULL, full_name text NOT NULL CHECK (full_name ~ 'e'), created_at timestamptz NOT NULL CHECK (extract(hour FROM created_at) BETWEEN 9 AND 16));
SELECT count(*), count(*) FILTER (WHERE age <> extract(year FROM age('2026-01-01', birth_date)) OR (o->>'age')::int <> age) AS ages,
	count(*) FILTER (WHERE o->>'product' <> product OR (o->>'price')::numeric <> price OR price NOT BETWEEN (f.f->>'price_low')::numeric AND (f.f->>'price_high')::numeric) AS prices,
	count(*) FILTER (WHERE o->>'email' <> email OR position(lower(split_part(full_name, ' ', 1)) IN lower(email)) = 0) AS emails,
	count(*) FILTER (WHERE (o->>'updated_at')::timestamptz < created_at) AS times
FROM synthik_rows(NULL::agree_checked, 1000, seed => 3, locale => 'en_US', schema => '{"fields": [{"name": "o", "fields": [
	{"name": "age", "type": "age"}, {"name": "product", "type": "product"}, {"name": "price", "type": "numeric(8,2)", "format": "price"},
	{"name": "email", "type": "email"}, {"name": "updated_at", "type": "timestamptz"}]}]}') AS r
JOIN agree_facts f ON f.locale = 'en_US' AND f.dictionary = 'product' AND f.key = product;

-- What the document says itself, and a check, goes first.
SELECT min(price) >= 100 AS bounds, max(price) <= 150 AS bounds_too, min(own) >= 0 AS own, max(own) <= 1 AS own_too, count(DISTINCT product) > 10 AS products,
	count(*) FILTER (WHERE NOT EXISTS (SELECT FROM agree_facts f WHERE locale = 'en_US' AND dictionary = 'product' AND key = product
		AND price BETWEEN (f->>'price_low')::numeric AND (f->>'price_high')::numeric)) AS wrong
FROM synthik_generate('{"fields": [{"name": "product", "type": "product"}, {"name": "price", "type": "price", "minimum": 100, "maximum": 150},
	{"name": "own", "type": "price", "minimum": 0, "maximum": 1, "distribution": {"kind": "uniform"}}]}', 500, seed => 1, locale => 'en_US') AS t(product text, price numeric, own numeric);

-- In arrays, each element by itself; a slice is as in the whole.
SELECT count(*), count(*) FILTER (WHERE (e->>'created_at')::timestamptz > (e->>'updated_at')::timestamptz) AS times,
	count(*) FILTER (WHERE (e->>'age')::int <> extract(year FROM age('2026-01-01', (e->>'birth_date')::date))) AS ages
FROM synthik_generate('{"fields": [{"name": "l", "type": "array", "items": {"type": "object", "fields": [{"name": "updated_at", "type": "updated_at"},
	{"name": "age", "type": "age"}, {"name": "created_at", "type": "created_at"}, {"name": "birth_date", "type": "birth_date"}]}}]}', 300, seed => 1) AS t(l jsonb), jsonb_array_elements(l) AS e;
SELECT count(*) FROM (SELECT row_number() OVER () AS n, to_jsonb(r) AS j FROM synthik_rows(NULL::agree_rows, 30, seed => 7, locale => 'de_DE', schema => current_setting('agree.object')::jsonb) AS r) AS w
JOIN (SELECT 20 + row_number() OVER () AS n, to_jsonb(r) AS j FROM synthik_rows(NULL::agree_rows, 10, seed => 7, locale => 'de_DE', first_row => 21, schema => current_setting('agree.object')::jsonb) AS r) AS s USING (n, j);

DROP TABLE agree_checked, agree_names, agree_places, agree_facts, agree_rows;
DROP FUNCTION agree_slug, agree_file;
DROP TYPE agree_part;
