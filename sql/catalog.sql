--
-- What the catalog says: names, comments, defaults, and who fills a column.
--
SET synthik.locale = 'en_US';
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE TABLE customers (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	first_name text, "lastName" text, full_name text, e_mail text, "EmailAddress" text, phone varchar(30), mobile2 text,
	street text, house_no text, zip varchar(10), city text, state text, country text, country_code char(2), lat numeric(9,6), lng double precision,
	company text, job_title text, department text, website text, username text, password_hash text, ip inet, mac macaddr, user_agent text,
	birthday date, age smallint, gender text, created_at timestamptz, updated_at timestamptz, deleted_at timestamp, last_login timestamptz,
	is_active boolean, has_newsletter boolean, qty integer, in_stock integer, unit_price numeric(10,2), total numeric(12,2), discount numeric(5,2), tax_rate numeric(5,2),
	currency char(3), sku text, product_name text, category text, description text, rating integer, status text, color text, notes text,
	uuid uuid, token text, url text, slug text, language text, emails text[], x integer, flurb text
);
SELECT field, type, generator, why FROM synthik_describe('customers'::regclass);

-- Values of one row agree with each other.
SELECT synthik_augment('customers', 500, seed => 1, options => '{"defaults": true}', schema => '{"fields": [{"name": "updated_at", "null_fraction": 0}]}');
SELECT count(*) FILTER (WHERE full_name <> first_name || ' ' || "lastName") AS names,
	count(*) FILTER (WHERE e_mail NOT LIKE lower(left(first_name, 1)) || '%@%') AS mails,
	count(*) FILTER (WHERE updated_at < created_at) AS times,
	count(*) FILTER (WHERE age NOT BETWEEN 18 AND 90) AS ages,
	count(*) FILTER (WHERE total < 0 OR unit_price < 0 OR rating NOT BETWEEN 1 AND 5) AS numbers,
	count(*) FILTER (WHERE deleted_at IS NULL) > 400 AS mostly_kept
FROM customers;
SELECT count(DISTINCT city) > 30 AS cities, count(*) FILTER (WHERE n > 3) AS cities_all_over FROM (SELECT city, count(DISTINCT state) AS n FROM customers WHERE city IS NOT NULL AND state IS NOT NULL GROUP BY city) AS c;

-- The table's name counts, too; a comment is kept as a description.
CREATE TABLE products (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE employees (id serial PRIMARY KEY, name text NOT NULL, title text);
CREATE TABLE departments (id serial PRIMARY KEY, name text NOT NULL);
COMMENT ON TABLE products IS 'What we sell';
COMMENT ON COLUMN products.name IS 'As it stands in the shop';
SELECT field, generator, why FROM synthik_describe('products'::regclass);
SELECT field, generator, why FROM synthik_describe('employees'::regclass);
SELECT field, generator, why FROM synthik_describe('departments'::regclass);

-- Defaults
CREATE SEQUENCE counter START 7;
CREATE DOMAIN greeting AS text DEFAULT 'hello';
CREATE TABLE defaults (
	constant text DEFAULT 'fixed', empty text DEFAULT '', zero integer DEFAULT 0, yes boolean NOT NULL DEFAULT true, no boolean DEFAULT false,
	moment timestamptz DEFAULT now(), today date DEFAULT current_date, generated uuid DEFAULT gen_random_uuid(), drawn integer DEFAULT nextval('counter'),
	random double precision DEFAULT random(), listed text DEFAULT 'b' CHECK (listed IN ('a', 'b', 'c')), saying greeting, who text DEFAULT current_user,
	only_one text UNIQUE DEFAULT 'x', tags text[] DEFAULT '{}', doc jsonb DEFAULT '{}', price numeric(10,2) DEFAULT 9.99
);
SELECT field, generator, why FROM synthik_describe('defaults'::regclass);
SELECT synthik_augment('defaults', 400, seed => 2);
SELECT count(DISTINCT constant) AS constant, count(DISTINCT empty) > 1 AS empty, count(DISTINCT zero) > 50 AS zero, count(*) FILTER (WHERE yes) BETWEEN 300 AND 390 AS mostly_yes,
	count(*) FILTER (WHERE no) BETWEEN 10 AND 100 AS seldom_no, count(DISTINCT moment) > 300 AS moments, count(DISTINCT generated) AS generated, min(drawn) AS drawn_from, max(drawn) AS drawn_to,
	count(DISTINCT listed) AS listed, count(DISTINCT saying) AS saying, count(DISTINCT only_one) AS only_one
FROM defaults;
-- Row security asks who stores a row.
CREATE TABLE walled_defaults (who text DEFAULT current_user, tenant text DEFAULT coalesce(current_setting('catalog.tenant', true), 'none'), at timestamptz DEFAULT now());
ALTER TABLE walled_defaults ENABLE ROW LEVEL SECURITY;
SET catalog.tenant = 'seven';
SELECT field, generator, why FROM synthik_describe('walled_defaults'::regclass);
SELECT who = current_user AS mine, tenant, count(DISTINCT at) FROM synthik_rows(NULL::walled_defaults, 5, seed => 1) GROUP BY 1, 2;
RESET catalog.tenant;
DROP TABLE walled_defaults;
-- A default may break what the table asks; the error names both.
CREATE TABLE bad_default (a integer DEFAULT (random() * 0)::integer CHECK (a > 0), b text);
SELECT synthik_augment('bad_default', 1, seed => 3);
-- A document takes a column away from its default.
SELECT synthik_augment('bad_default', 10, seed => 3, schema => '{"fields": [{"name": "a", "minimum": 1, "maximum": 3, "null_fraction": 0}]}');
SELECT min(a), max(a) FROM bad_default;

-- Who fills a column, and why: constraints
CREATE TABLE regions (id integer PRIMARY KEY);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE reasons (
	key integer PRIMARY KEY, region integer REFERENCES regions, feeling mood, level integer CHECK (level BETWEEN 1 AND 5), kind text CHECK (kind IN ('a', 'b')),
	code text CHECK (code ~ '^[A-Z]{4}$'), twice integer GENERATED ALWAYS AS (level * 2) STORED, n integer GENERATED BY DEFAULT AS IDENTITY
);
SELECT field, type, generator, why FROM synthik_describe('reasons'::regclass);

DROP TABLE customers, products, employees, departments, defaults, bad_default, reasons, regions;
DROP TYPE mood;
DROP DOMAIN greeting;
DROP SEQUENCE counter;
