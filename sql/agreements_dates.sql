--
-- What goes with the dates of a row agrees with them, and lists of values with
-- the row's person and card, wherever they stand.
--
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

-- Parts of dates, in any order of the columns; names say which date.
CREATE TYPE parts AS (order_year int, star_sign char(4), birth_month int);
CREATE TABLE sales (order_month int NOT NULL, ordered_at timestamptz NOT NULL, ship_date date NOT NULL, ship_weekday text NOT NULL,
	"shipYear" smallint NOT NULL, order_year numeric(4) NOT NULL, order_day_of_week int NOT NULL CHECK (order_day_of_week BETWEEN 0 AND 6),
	order_hour int NOT NULL, birth_year int NOT NULL, birth_date date NOT NULL, zodiac_sign varchar(20) NOT NULL,
	age_group text NOT NULL, o jsonb NOT NULL, p parts NOT NULL, created_at timestamptz NOT NULL);
CREATE FUNCTION sign_of(day date) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT (ARRAY['Capricorn','Aquarius','Pisces','Aries','Taurus','Gemini','Cancer','Leo','Virgo','Libra','Scorpio','Sagittarius','Capricorn'])
		[extract(month FROM day)::int + (extract(day FROM day)::int > (ARRAY[19,18,20,19,20,20,22,22,22,22,21,21])[extract(month FROM day)::int])::int] $$;
CREATE FUNCTION sales_faults(seed bigint, n bigint, first bigint DEFAULT 1) RETURNS TABLE (what text, faults bigint) LANGUAGE sql AS $$
	SELECT f.what, count(*) FILTER (WHERE f.bad IS NOT FALSE) FROM synthik_rows(NULL::sales, n, seed => seed, first_row => first, schema =>
		'{"fields": [{"name": "o", "fields": [{"name": "ship_quarter", "type": "quarter"}, {"name": "zodiac", "type": "zodiac_sign"}, {"name": "orderMonthName", "type": "month_name"},
			{"name": "ship_week", "type": "week"}, {"name": "age", "type": "age"}, {"name": "generation", "type": "generation"}]}]}') AS r,
	LATERAL (VALUES ('order_month', order_month <> extract(month FROM ordered_at)), ('ship_weekday', ship_weekday <> to_char(ship_date, 'FMDay')),
		('shipYear', "shipYear" <> extract(year FROM ship_date)), ('order_year', order_year <> extract(year FROM ordered_at)),
		('order_day_of_week', order_day_of_week <> extract(dow FROM ordered_at)), ('order_hour', order_hour <> extract(hour FROM ordered_at)),
		('birth_year', birth_year <> extract(year FROM birth_date)), ('zodiac_sign', zodiac_sign <> sign_of(birth_date)),
		('ship_date', ordered_at > ship_date), ('age_group', extract(year FROM age('2026-01-01', birth_date)) NOT BETWEEN replace(replace(split_part(age_group, '-', 1), '+', ''), 'Under 18', '0')::int
			AND CASE WHEN age_group LIKE '%-%' THEN split_part(age_group, '-', 2)::int WHEN age_group LIKE 'U%' THEN 17 ELSE 999 END),
		('object', (o->>'ship_quarter')::int <> extract(quarter FROM ship_date) OR o->>'zodiac' <> sign_of(birth_date) OR (o->>'ship_week')::int <> extract(week FROM ship_date)
			OR o->>'orderMonthName' <> to_char(ordered_at, 'FMMonth') OR (o->>'age')::int <> extract(year FROM age('2026-01-01', birth_date))),
		('generation', o->>'generation' <> CASE WHEN birth_year < 1946 THEN 'Silent Generation' WHEN birth_year < 1965 THEN 'Baby Boomer' WHEN birth_year < 1981 THEN 'Generation X'
			WHEN birth_year < 1997 THEN 'Millennial' ELSE 'Generation Z' END),
		('composite', (p).order_year <> order_year OR (p).star_sign <> left(sign_of(birth_date), 4) OR (p).birth_month <> extract(month FROM birth_date))) AS f(what, bad)
	GROUP BY 1 $$;
SELECT * FROM sales_faults(1, 2000) ORDER BY what;
-- parts without a stem go with the only date that is about the row; a record's own times are not
SELECT count(*), count(*) FILTER (WHERE month <> extract(month FROM sold_on) OR year <> extract(year FROM sold_on) OR week <> extract(week FROM sold_on)
	OR day_of_year <> extract(doy FROM sold_on) OR weekday <> extract(isodow FROM sold_on)) AS faults
FROM synthik_generate('{"fields": [{"name": "year", "type": "year"}, {"name": "month", "type": "month"}, {"name": "week", "type": "week"}, {"name": "day_of_year", "type": "day_of_year"},
	{"name": "weekday", "type": "weekday_number"}, {"name": "updated_at", "type": "timestamptz"}, {"name": "sold_on", "type": "date", "minimum": "1900-01-01", "maximum": "2100-12-31"}]}', 5000, seed => 2)
	AS t(year int, month int, week int, day_of_year int, weekday int, sold_on date);
SELECT count(*) FILTER (WHERE year = extract(year FROM created_at)) < 200 AS by_itself
FROM synthik_generate('{"fields": [{"name": "year", "type": "year"}, {"name": "created_at", "type": "timestamptz"}]}', 1000, seed => 2) AS t(year int, created_at timestamptz);
-- infinite and missing dates, and a check that draws some again
SELECT count(*), count(*) FILTER (WHERE sold_on IS NOT NULL AND month <> extract(month FROM sold_on)) AS faults, count(month) AS months, count(DISTINCT extract(month FROM sold_on)) AS kept
FROM synthik_generate('{"fields": [{"name": "month", "type": "month"}, {"name": "sold_on", "type": "date", "null_fraction": 0.4}], "checks": ["extract(day FROM sold_on) > 20", "month < 7"]}', 1000, seed => 3)
	AS t(month int, sold_on date);
-- dates and times are in order with each other, by their names and by checks
SELECT count(*), count(*) FILTER (WHERE delivered_at < ship_date OR ship_date < ordered_at OR paid_on < ordered_at) AS faults, max(ship_date - ordered_at::date) < 40 AS soon
FROM synthik_generate('{"fields": [{"name": "delivered_at", "type": "timestamp"}, {"name": "ship_date", "type": "date"}, {"name": "paid_on", "type": "date"}, {"name": "ordered_at", "type": "timestamp"}],
	"checks": ["paid_on > ordered_at"]}', 2000, seed => 3) AS t(delivered_at timestamp, ship_date date, paid_on date, ordered_at timestamp);
-- bounds of a year are the date's
SELECT count(*), count(*) FILTER (WHERE year <> extract(year FROM sold_on) OR year NOT BETWEEN 2019 AND 2020) AS faults, min(sold_on) < '2019-01-15' AND max(sold_on) > '2020-12-15' AS all_days
FROM synthik_generate('{"fields": [{"name": "year", "type": "year", "minimum": 2019, "maximum": 2020}, {"name": "sold_on", "type": "date", "minimum": "2015-01-01", "maximum": "2025-12-31"}]}', 1000, seed => 3) AS t(year int, sold_on date);
-- a slice is as in the whole
SELECT count(*) FROM (SELECT row_number() OVER () AS n, r::text AS t FROM synthik_rows(NULL::sales, 30, seed => 7) AS r) AS w
JOIN (SELECT 20 + row_number() OVER () AS n, r::text AS t FROM synthik_rows(NULL::sales, 10, seed => 7, first_row => 21) AS r) AS s USING (n, t);

-- Marital statuses have the person's gender, and no child is married.
SELECT locale, count(*) FILTER (WHERE (status ~ ending) <> (gender = women) AND NOT status ~ neither) AS gender,
	count(*) FILTER (WHERE age < 18 AND status NOT IN ('soltero', 'soltera', 'célibataire', 'celibe', 'nubile', 'kawaler', 'panna', 'solteiro', 'solteira')) AS children,
	count(DISTINCT status) > 4 AS statuses, count(DISTINCT gender) AS genders
FROM (VALUES ('es_ES', 'mujer', '^[cdsv].*a$', '^pareja'), ('fr_FR', 'femme', '(ée|euve)$', '^célib'), ('it_IT', 'femmina', '(a|a civilmente|nubile)$', '^x'),
	('pl_PL', 'kobieta', '(a|panna)$', '^w sep'), ('pt_BR', 'feminino', 'a$', '^uni')) AS l(locale, women, ending, neither),
LATERAL synthik_generate('{"fields": [{"name": "status", "type": "marital_status"}, {"name": "age", "type": "age", "minimum": 5}, {"name": "gender", "type": "gender"}, {"name": "name", "type": "full_name"}]}',
	1000, seed => 4, locale => l.locale) AS t(status text, age int, gender text)
GROUP BY 1 ORDER BY 1;

-- How long something lasts, beside its beginning and its end.
CREATE TABLE stays (check_out date NOT NULL CHECK (check_out <= '2024-12-31'), nights int NOT NULL CHECK (nights BETWEEN 1 AND 10), check_in date NOT NULL, CHECK (check_out > check_in));
SELECT count(*), count(*) FILTER (WHERE check_out - check_in <> nights) AS faults, max(nights) <= 10 AS bounds, max(check_out) <= '2024-12-31' AS bounds_too,
	count(DISTINCT nights) > 5 AS nights FROM synthik_rows(NULL::stays, 2000, seed => 1) AS r;
SELECT count(*), count(*) FILTER (WHERE ended_at - started_at <> make_interval(secs => duration_seconds)) AS seconds,
	count(*) FILTER (WHERE (o->>'arrived_at')::timestamptz - (o->>'departed_at')::timestamptz <> make_interval(mins => (o->>'duration_minutes')::int)) AS minutes
FROM synthik_generate('{"fields": [{"name": "ended_at", "type": "timestamptz"}, {"name": "duration_seconds", "type": "duration_seconds"}, {"name": "started_at", "type": "timestamptz"},
	{"name": "o", "fields": [{"name": "duration_minutes", "type": "duration_minutes"}, {"name": "departed_at", "type": "timestamptz"}, {"name": "arrived_at", "type": "timestamptz"}]}]}', 2000, seed => 1)
	AS t(ended_at timestamptz, duration_seconds int, started_at timestamptz, o jsonb);

-- Cards whose numbers are unique: the brand is what the number says.
CREATE FUNCTION luhn(digits text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT sum(CASE WHEN i % 2 = 1 THEN d ELSE d * 2 - CASE WHEN d > 4 THEN 9 ELSE 0 END END) % 10 = 0
	FROM (SELECT i, substr(reverse(digits), i, 1)::int AS d FROM generate_series(1, length(digits)) AS i) AS s $$;
SELECT count(*), count(DISTINCT number) AS numbers, count(*) FILTER (WHERE NOT luhn(number)) AS luhn, count(*) FILTER (WHERE length(cvv) <> CASE WHEN number ~ '^3[47]' THEN 4 ELSE 3 END) AS cvv,
	count(*) FILTER (WHERE number !~ '^400000') AS range, count(*) FILTER (WHERE lower(card_brand) <> 'visa') AS brand
FROM (VALUES ('{"type": "card_brand"}'::jsonb), ('{"type": "text", "enum": ["AMEX", "mastercard", "visa"]}')) AS b(brand),
LATERAL synthik_generate(jsonb_build_object('fields', jsonb_build_array(b.brand || '{"name": "card_brand"}', '{"name": "cvv", "type": "card_cvv"}'::jsonb, '{"name": "number", "type": "card_number", "unique": true}'::jsonb)),
	100000, seed => 1) AS t(card_brand text, cvv text, number text) GROUP BY b.brand ORDER BY b.brand::text;
-- of others, lists go with the number too
SELECT card_type, count(*) > 100 AS often, count(*) FILTER (WHERE number !~ CASE card_type WHEN 'american_express' THEN '^3[47]' WHEN 'mastercard' THEN '^(5|2)' ELSE '^4' END) AS faults
FROM synthik_generate('{"fields": [{"name": "card_type", "type": "text", "enum": ["american_express", "mastercard", "visa"]}, {"name": "number", "type": "card_number"}]}', 1000, seed => 1)
	AS t(card_type text, number text) GROUP BY 1 ORDER BY 1;

-- Genders by other words go with the first name; weights are kept, and who is neither has any name.
CREATE TABLE people (gender char(1) NOT NULL CHECK (gender IN ('M', 'F')), first_name text NOT NULL, title text NOT NULL, o jsonb NOT NULL);
SELECT locale, listed, count(DISTINCT said) AS said, count(*) FILTER (WHERE said IS DISTINCT FROM words->>gender) AS faults, round(avg((said = words->>women)::int), 1) AS women
FROM (VALUES ('en_US', '["M", "F"]', '{"male": "M", "female": "F"}'::jsonb, 'female'), ('es_ES', '["H", "M"]', '{"hombre": "H", "mujer": "M"}', 'mujer'),
	('es_ES', '["F", "M"]', '{"hombre": "M", "mujer": "F"}', 'mujer'), ('de_DE', '["w", "m"]', '{"männlich": "m", "weiblich": "w"}', 'weiblich'),
	('pl_PL', '["Female", "Male"]', '{"mężczyzna": "Male", "kobieta": "Female"}', 'kobieta')) AS l(locale, listed, words, women),
LATERAL synthik_generate(('{"fields": [{"name": "sex", "type": "text", "enum": ' || listed || ', "weights": [1, 1]}, {"name": "name", "type": "given_name"}, {"name": "o", "fields": [{"name": "gender", "type": "gender"}]}]}')::jsonb,
	1000, seed => 1, locale => l.locale) AS t(sex text, name text, o jsonb), LATERAL (SELECT sex, o->>'gender') AS s(said, gender) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT sex, round(count(*) / 3000.0, 1) AS share, count(DISTINCT gender) AS genders
FROM synthik_generate('{"fields": [{"name": "sex", "type": "text", "enum": ["female", "male", "non-binary"], "weights": [6, 3, 1]}, {"name": "gender", "type": "object", "fields": [{"name": "gender", "type": "gender"}]}]}', 3000, seed => 1)
	AS t(sex text, gender jsonb) GROUP BY 1 ORDER BY 1;
-- also where they are the labels of a type
CREATE TYPE sex AS ENUM ('FEMALE', 'MALE');
CREATE TABLE members (sex sex NOT NULL, first_name text NOT NULL, o jsonb NOT NULL);
SELECT sex, count(*) > 400 AS half, count(DISTINCT o->>'gender') AS genders, min(o->>'gender') AS gender
FROM synthik_rows(NULL::members, 1000, seed => 1, locale => 'en_US', schema => '{"fields": [{"name": "o", "fields": [{"name": "gender", "type": "gender"}]}]}') AS r GROUP BY 1 ORDER BY 1;
SELECT count(*) FILTER (WHERE title NOT IN (CASE gender WHEN 'M' THEN 'Mr.' ELSE 'Ms.' END, 'Mrs.', 'Dr.') OR (gender = 'M' AND title = 'Mrs.')) AS titles
FROM synthik_rows(NULL::people, 1000, seed => 1, locale => 'en_US', schema => '{"fields": [{"name": "title", "type": "name_prefix"}]}') AS r;

-- Ages that hang on what is made otherwise: by cases, once a series, of another row.
SELECT count(*), count(*) FILTER (WHERE age <> extract(year FROM age('2026-01-01', born)) OR (o->>'age')::int <> age OR o->>'zodiac' <> sign_of(born)) AS cases, count(DISTINCT kind) AS kinds
FROM synthik_generate('{"fields": [{"name": "o", "fields": [{"name": "age", "type": "age", "minimum": 0}, {"name": "zodiac", "type": "zodiac_sign"}]}, {"name": "age", "type": "age", "minimum": 0},
	{"name": "kind", "type": "text", "enum": ["child", "adult"]}, {"name": "born", "type": "birth_date", "by": "kind",
	"cases": {"child": {"minimum": "2010-01-01", "maximum": "2020-01-01"}, "adult": {"minimum": "1960-01-01", "maximum": "2000-01-01"}}}]}', 1000, seed => 1) AS t(o jsonb, age int, kind text, born date);
SELECT count(*), count(*) FILTER (WHERE (o->>'age')::int <> extract(year FROM age('2026-01-01', born))) AS series, count(*) > 2 * count(DISTINCT born) AS shared
FROM synthik_generate('{"series": {"rows": [3, 5]}, "fields": [{"name": "o", "fields": [{"name": "age", "type": "age"}]}, {"name": "born", "type": "birth_date", "per": "series"}]}', 1000, seed => 1) AS t(o jsonb, born date);
-- prices of a series' product
SELECT count(*), count(*) FILTER (WHERE cost >= price) AS cost, max(highest - lowest) < 10000 AS near
FROM (SELECT *, max(price) OVER (PARTITION BY product) AS highest, min(price) OVER (PARTITION BY product) AS lowest
	FROM synthik_generate('{"series": {"rows": [3, 5]}, "fields": [{"name": "cost", "type": "cost"}, {"name": "price", "type": "price"}, {"name": "product", "type": "product", "per": "series"}]}', 1000, seed => 1, locale => 'en_US')
	AS t(cost numeric, price numeric, product text)) AS s;

-- Columns in the way of each other: neither can be made before the other.
SELECT count(*), count(*) FILTER (WHERE (o->>'age')::int IS NULL) AS ages
FROM synthik_generate('{"fields": [{"name": "kind", "type": "text", "enum": ["a", "b"]}, {"name": "o", "fields": [{"name": "age", "type": "age"}], "by": "kind", "cases": {"a": {"null_fraction": 0.5}}},
	{"name": "born", "type": "birth_date", "by": "kind", "cases": {"a": {"const": null}}}]}', 100, seed => 1) AS t(o jsonb) WHERE o IS NOT NULL;

DROP TABLE sales CASCADE;
DROP TABLE stays, people, members;
DROP TYPE parts, sex;
DROP FUNCTION sign_of, luhn;

-- What is booked is booked before it begins, and lasts as long as it says.
CREATE TABLE rooms (booked_on date, check_in date, check_out date, nights int);
CREATE TABLE courts ("reservationDate" timestamptz, "startsAt" timestamptz, "endsAt" timestamptz, duration_minutes int);
SELECT count(*) AS stays, count(*) FILTER (WHERE booked_on > check_in) AS booked_late, count(*) FILTER (WHERE check_out <> check_in + nights) AS other_nights
FROM synthik_rows(NULL::rooms, 2000, seed => 1);
SELECT count(*) AS games, count(*) FILTER (WHERE "reservationDate" > "startsAt") AS booked_late,
	count(*) FILTER (WHERE "endsAt" <> "startsAt" + duration_minutes * interval '1 minute') AS other_minutes
FROM synthik_rows(NULL::courts, 2000, seed => 1);
DROP TABLE rooms, courts;
