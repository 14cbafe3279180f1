--
-- What tables ask of their rows: every row is valid, or an error says why not.
--
SET synthik.seed = 11;

-- CHECKs that steer, and one that only redraws can meet
CREATE TABLE checked (
	qty integer CHECK (qty BETWEEN 1 AND 12),
	state text NOT NULL CHECK (state IN ('new', 'paid', 'sent')),
	sku text CHECK (sku ~ '^[A-Z]{3}-[0-9]{5}$'),
	code varchar(20) CHECK (code LIKE 'AB-%' AND length(code) >= 10),
	low numeric(6,2), high numeric(6,2),
	starts timestamptz CHECK (starts >= '2024-01-01 00:00+00' AND starts < '2024-07-01 00:00+00'),
	ends timestamptz,
	odd integer CHECK (odd % 2 = 1),
	a integer, b integer,
	flag boolean CHECK (flag IS NOT FALSE),
	tags text[] CHECK (cardinality(tags) BETWEEN 2 AND 3),
	either integer, other integer,
	CONSTRAINT in_order CHECK (low < high),
	CONSTRAINT in_time CHECK (ends > starts),
	CONSTRAINT sum CHECK (a + b < 500),
	CONSTRAINT one_of_two CHECK (num_nonnulls(either, other) = 1)
);
SELECT synthik_augment('checked', 1000);
SELECT min(qty) AS qty_from, max(qty) AS qty_to, count(DISTINCT state) AS states, count(DISTINCT sku) > 900 AS skus, min(length(code)) AS code_length,
	count(*) FILTER (WHERE flag) > 900 AS flags, count(*) FILTER (WHERE either IS NULL) BETWEEN 1 AND 999 AS both_kinds
FROM checked;
-- Rows are valid for PostgreSQL: it checks all of them again.
CREATE TABLE checked_again (LIKE checked INCLUDING ALL);
INSERT INTO checked_again TABLE checked;
SELECT count(*) FROM checked_again;
SELECT count(*) FILTER (WHERE n IS NULL) BETWEEN 10 AND 110 AS usual_share, name FROM checked,
	LATERAL (VALUES ('code', code), ('low', low::text), ('odd', odd::text), ('starts', starts::text), ('ends', ends::text)) AS v(name, n)
GROUP BY name ORDER BY name COLLATE "C";

-- Names yield to checks.
CREATE TABLE misnamed (
	price numeric(10,2) CHECK (price >= 5000), tax_rate numeric(4,3) CHECK (tax_rate < 0.5), age smallint CHECK (age > 200),
	email integer, birth_date date CHECK (birth_date > '2020-01-01'), status_code integer CHECK (status_code IN (1, 2)), zip smallint,
	quantity integer CHECK (quantity >= 100)
);
SELECT synthik_augment('misnamed', 300);
SELECT min(price) >= 5000 AS price, count(DISTINCT tax_rate) > 50 AS tax_rates, min(age) > 200 AS age, count(DISTINCT email) > 100 AS emails,
	min(birth_date) > '2020-01-01' AS born, count(DISTINCT status_code) AS codes, count(zip) > 250 AS zip, min(quantity) >= 100 AS quantity
FROM misnamed;

-- Checks that cannot be met
CREATE TABLE never (a integer NOT NULL CHECK (a > 10), CONSTRAINT small CHECK (a < 5));
SELECT synthik_augment('never', 1);
CREATE TABLE hardly (a integer NOT NULL, b integer NOT NULL, CONSTRAINT rare CHECK (a * b = 7919 * 104729));
SELECT synthik_augment('hardly', 1);
CREATE TABLE wrong_length (a varchar(5) NOT NULL CHECK (length(a) > 10));
SELECT synthik_augment('wrong_length', 1);
CREATE TABLE throws (a integer NOT NULL CHECK (1 / (a - a) > 0));
SELECT synthik_augment('throws', 1);

-- Uniqueness of all kinds, in tables that are filled again and again
CREATE TABLE accounts (
	id integer PRIMARY KEY,
	email text UNIQUE NOT NULL,
	login varchar(30),
	slot smallint UNIQUE CHECK (slot BETWEEN 1 AND 1000),
	city text, number integer CHECK (number BETWEEN 1 AND 99),
	active boolean NOT NULL,
	ref integer, UNIQUE (ref) DEFERRABLE INITIALLY DEFERRED,
	UNIQUE (city, number)
);
CREATE UNIQUE INDEX accounts_login ON accounts (lower(login));
CREATE UNIQUE INDEX accounts_active ON accounts (number, city) WHERE active;
SELECT synthik_augment('accounts', 100), synthik_augment('accounts', 100), synthik_augment('accounts', 100);
SELECT count(*), count(DISTINCT id) AS ids, count(DISTINCT lower(email)) AS emails, count(DISTINCT lower(login)) AS logins, count(login) AS with_login,
	count(DISTINCT slot) AS slots, count(slot) AS with_slot, count(DISTINCT ref) AS refs, count(ref) AS with_ref
FROM accounts;
SELECT synthik_augment('accounts', 701);
SELECT count(*) FROM accounts;
SELECT synthik_augment('accounts', 100, schema => '{"fields": [{"name": "slot", "null_fraction": 1}]}');
SELECT count(*), count(slot) AS with_slot FROM accounts;
CREATE TABLE few (a char(1) CHECK (a IN ('x', 'y')), b integer CHECK (b BETWEEN 1 AND 3), UNIQUE (a, b));
SELECT synthik_augment('few', 7);
SELECT synthik_augment('few', 6);
SELECT count(*) FROM few;
CREATE TABLE nulls_once (a integer UNIQUE NULLS NOT DISTINCT, b boolean, c integer, UNIQUE NULLS NOT DISTINCT (b, c));
SELECT synthik_augment('nulls_once', 200), synthik_augment('nulls_once', 200);
SELECT count(*), count(DISTINCT a) AS a, count(DISTINCT (b, c)) AS pairs FROM nulls_once;
CREATE TABLE bookings (room integer CHECK (room BETWEEN 1 AND 5), during int4range NOT NULL, EXCLUDE USING gist (during WITH &&));
SELECT synthik_augment('bookings', 5);
SELECT count(*) AS rows, (SELECT count(*) FROM bookings a JOIN bookings b ON a.during && b.during AND a.ctid <> b.ctid) AS overlaps FROM bookings;
SELECT synthik_augment('bookings', 1000);
-- Values that compare equal although they differ
CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE folded (word text COLLATE no_case UNIQUE, amount numeric UNIQUE, span interval UNIQUE);
SELECT synthik_augment('folded', 200), synthik_augment('folded', 200);
SELECT count(*), count(DISTINCT lower(word::text COLLATE "C")) AS words FROM folded;

-- Foreign keys
CREATE TABLE tenants (id integer PRIMARY KEY, name text);
CREATE TABLE users (tenant_id integer REFERENCES tenants, id integer, name text, PRIMARY KEY (tenant_id, id));
CREATE TABLE notes (tenant_id integer NOT NULL, user_id integer NOT NULL, reviewer integer, text text,
	FOREIGN KEY (tenant_id, user_id) REFERENCES users, FOREIGN KEY (tenant_id, reviewer) REFERENCES users DEFERRABLE INITIALLY DEFERRED);
SELECT synthik_augment('users', 10);
SELECT synthik_augment('tenants', 20);
SELECT synthik_augment('users', 300);
SELECT synthik_augment('notes', 1000);
SELECT count(*) AS rows, count(DISTINCT (tenant_id, user_id)) > 200 AS spread, count(reviewer) AS reviewed FROM notes;
SELECT count(*) AS orphans FROM notes n WHERE NOT EXISTS (SELECT FROM users u WHERE (u.tenant_id, u.id) = (n.tenant_id, n.user_id));
CREATE TABLE projects (tenant_id integer REFERENCES tenants, id integer, PRIMARY KEY (tenant_id, id));
CREATE TABLE tasks (tenant_id integer, project integer NOT NULL, person integer NOT NULL, FOREIGN KEY (tenant_id, project) REFERENCES projects, FOREIGN KEY (tenant_id, person) REFERENCES users);
INSERT INTO tenants VALUES (1001);
INSERT INTO projects VALUES (1001, 1);
SELECT synthik_augment('tasks', 10);
SELECT synthik_augment('projects', 50);
SELECT synthik_augment('tasks', 200);
SELECT count(*) AS tasks, count(*) FILTER (WHERE tasks.tenant_id = 1001) AS without_users FROM tasks JOIN users ON (users.tenant_id, users.id) = (tasks.tenant_id, person);
-- Columns in common are equal, however they are written.
CREATE TABLE owners (tenant numeric(6,2), id integer, PRIMARY KEY (tenant, id));
CREATE TABLE sites (tenant numeric(6,0), id integer, PRIMARY KEY (tenant, id));
CREATE TABLE visits (tenant numeric NOT NULL, owner integer NOT NULL, site integer NOT NULL, FOREIGN KEY (tenant, owner) REFERENCES owners, FOREIGN KEY (tenant, site) REFERENCES sites);
INSERT INTO owners SELECT i % 5, i FROM generate_series(1, 50) i;
INSERT INTO sites SELECT i % 7, i FROM generate_series(1, 50) i;
SELECT synthik_augment('visits', 100);
SELECT count(*) AS visits, count(DISTINCT tenant) AS tenants FROM visits JOIN owners USING (tenant) JOIN sites USING (tenant) WHERE (owners.id, sites.id) = (owner, site);
DROP TABLE tasks, projects, visits, owners, sites;
-- MATCH FULL
CREATE TABLE full_keys (tenant_id integer NOT NULL, user_id integer, FOREIGN KEY (tenant_id, user_id) REFERENCES users MATCH FULL);
CREATE TABLE full_nulls (tenant_id integer, user_id integer, FOREIGN KEY (tenant_id, user_id) REFERENCES users MATCH FULL);
SELECT synthik_augment('full_keys', 200), synthik_augment('full_nulls', 200);
SELECT (SELECT count(user_id) FROM full_keys) AS full_keys, (SELECT count(user_id) FROM full_nulls) BETWEEN 170 AND 199 AS full_nulls;
DROP TABLE full_keys, full_nulls;
-- A key that consists of another table's, once for each
CREATE TABLE profiles (tenant_id integer, user_id integer, note text, PRIMARY KEY (tenant_id, user_id), FOREIGN KEY (tenant_id, user_id) REFERENCES users);
SELECT synthik_augment('profiles', 200), synthik_augment('profiles', 100);
SELECT count(*) FROM profiles JOIN users ON (users.tenant_id, users.id) = (profiles.tenant_id, user_id);
SELECT synthik_augment('profiles', 1);
-- Both in one statement: the second sees what the first has stored.
CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE children (parent integer REFERENCES parents);
SELECT synthik_augment('parents', 20), synthik_augment('children', 30, condition => '{"parent": {"null_fraction": 0}}');
SELECT count(*) FROM children JOIN parents ON id = parent;
-- One child for each parent, and no more
CREATE TABLE only_children (parent integer PRIMARY KEY REFERENCES parents, word text);
SELECT synthik_augment('only_children', 12), synthik_augment('only_children', 8);
SELECT count(DISTINCT parent) FROM only_children;
SELECT synthik_augment('only_children', 1);
-- A table that refers to itself, empty at first
CREATE TABLE staff (id integer PRIMARY KEY, boss integer REFERENCES staff, name text);
SELECT synthik_augment('staff', 50), synthik_augment('staff', 200);
SELECT count(*) AS rows, count(*) FILTER (WHERE boss IS NULL) BETWEEN 51 AND 90 AS heads, count(DISTINCT boss) > 30 AS bosses FROM staff;
CREATE TABLE tree (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent integer NOT NULL REFERENCES tree);
SELECT synthik_augment('tree', 20), synthik_augment('tree', 20);
SELECT count(*), count(*) FILTER (WHERE id = parent) AS roots FROM tree;
-- A parent of partitions; keys of another type or length
CREATE TABLE regions (id integer PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE regions_low PARTITION OF regions FOR VALUES FROM (0) TO (100);
CREATE TABLE regions_high PARTITION OF regions FOR VALUES FROM (100) TO (1000);
CREATE TABLE labels (code text PRIMARY KEY);
CREATE TABLE places (region bigint REFERENCES regions, label varchar(6) REFERENCES labels, small smallint REFERENCES parents (id));
INSERT INTO labels VALUES ('short'), ('much too long for it'), ('six');
SELECT synthik_augment('regions', 300);
SELECT tableoid::regclass, count(*) FROM regions GROUP BY 1 ORDER BY 1;
SELECT synthik_augment('places', 200);
SELECT count(*) FILTER (WHERE region >= 100) > 50 AS high, count(*) FILTER (WHERE region < 100) > 5 AS low, max(length(label)) AS label, count(DISTINCT small) > 10 AS small FROM places;
-- A key that only some parents satisfy
CREATE TABLE picky (parent integer NOT NULL REFERENCES parents CHECK (parent > 5));
SELECT synthik_augment('picky', 50);
SELECT min(parent) > 5 AS checked FROM picky;
-- A parent that is empty, where NULL will do and where it will not
TRUNCATE parents, children, only_children, places, picky;
SELECT synthik_augment('children', 5);
SELECT count(*), count(parent) FROM children;
SELECT synthik_augment('picky', 5);

-- Generated columns, and checks and keys upon them
CREATE TABLE computed (
	net numeric(8,2) NOT NULL CHECK (net > 0), rate numeric(3,2) NOT NULL CHECK (rate IN (0, 0.07, 0.19)),
	gross numeric(10,2) GENERATED ALWAYS AS (round(net * (1 + rate), 2)) STORED CHECK (gross < 100),
	key text GENERATED ALWAYS AS (md5(net::text || rate::text)) STORED UNIQUE
);
SELECT synthik_augment('computed', 200), synthik_augment('computed', 200);
SELECT count(*), count(DISTINCT key) AS keys, max(gross) < 100 AS gross, count(*) FILTER (WHERE gross <> round(net * (1 + rate), 2)) AS wrong, count(DISTINCT rate) AS rates FROM computed;

-- Identity and serial columns: the sequences go on.
CREATE TABLE numbered (a integer GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 10), b bigint GENERATED BY DEFAULT AS IDENTITY, c smallserial, d text);
SELECT synthik_augment('numbered', 5);
INSERT INTO numbered (d) VALUES ('by hand');
SELECT synthik_augment('numbered', 4);
SELECT count(DISTINCT a) AS a, min(a), max(a), max(b) AS b, max(c) AS c FROM numbered;

-- Names that need quoting
CREATE SCHEMA "the ""schema""; drop";
CREATE TABLE "the ""schema""; drop"."a""b; drop" ("select" integer PRIMARY KEY, "First Name" text NOT NULL, "e""mail" text UNIQUE, "GROUP" boolean, "a'b" date, "$1" integer CHECK ("$1" > 3), "\" text, "ä ö" numeric(6,1) GENERATED ALWAYS AS ("$1" * 1.5) STORED, " " integer REFERENCES "the ""schema""; drop"."a""b; drop");
SELECT synthik_augment('"the ""schema""; drop"."a""b; drop"', 100), synthik_augment('"the ""schema""; drop"."a""b; drop"', 100);
SELECT count(*), count(DISTINCT "First Name") > 50 AS names, count(DISTINCT "e""mail") AS mails, min("$1") > 3 AS "$1", count(" ") > 50 AS refs FROM "the ""schema""; drop"."a""b; drop";
SELECT count(*) FROM synthik_rows(NULL::"the ""schema""; drop"."a""b; drop", 10);

-- Partitions
CREATE TABLE days (day date NOT NULL, n integer, word text, PRIMARY KEY (day, n)) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2020-01-11');
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2020-02-01') TO ('2030-01-01');
CREATE TABLE kinds (kind text, n integer) PARTITION BY LIST (kind);
CREATE TABLE kinds_a PARTITION OF kinds FOR VALUES IN ('a', 'b');
CREATE TABLE kinds_n PARTITION OF kinds FOR VALUES IN (NULL, 'c');
CREATE TABLE hashed (a integer, b text, UNIQUE (a, b)) PARTITION BY HASH (a, b);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE two_keys (x integer, y text, word text) PARTITION BY RANGE (x, y);
CREATE TABLE two_keys_1 PARTITION OF two_keys FOR VALUES FROM (1, 'a') TO (1, 'n');
CREATE TABLE two_keys_2 PARTITION OF two_keys FOR VALUES FROM (5, MINVALUE) TO (20, MAXVALUE);
CREATE TABLE deep (region text, at timestamp, n integer) PARTITION BY LIST (region);
CREATE TABLE deep_eu PARTITION OF deep FOR VALUES IN ('eu') PARTITION BY RANGE (at);
CREATE TABLE deep_eu_1 PARTITION OF deep_eu FOR VALUES FROM ('2024-01-01') TO ('2024-04-01');
CREATE TABLE deep_us PARTITION OF deep FOR VALUES IN ('us') PARTITION BY RANGE (at);
CREATE TABLE deep_us_1 PARTITION OF deep_us FOR VALUES FROM ('2023-01-01') TO ('2023-04-01');
CREATE TABLE deep_us_d PARTITION OF deep_us DEFAULT;
CREATE TABLE by_expression (word text, n integer) PARTITION BY LIST (lower(left(word, 1)));
CREATE TABLE by_expression_a PARTITION OF by_expression FOR VALUES IN ('a', 'e', 'i', 's');
SELECT synthik_augment('days', 300), synthik_augment('days', 300), synthik_augment('kinds', 300), synthik_augment('hashed', 300), synthik_augment('hashed', 300), synthik_augment('two_keys', 100), synthik_augment('deep', 300), synthik_augment('by_expression', 100);
SELECT tableoid::regclass AS partition, count(*) > 0 AS some, count(*) > 100 AS many FROM (SELECT tableoid FROM days UNION ALL SELECT tableoid FROM kinds UNION ALL SELECT tableoid FROM hashed UNION ALL SELECT tableoid FROM deep UNION ALL SELECT tableoid FROM by_expression UNION ALL SELECT tableoid FROM two_keys) AS rows
GROUP BY 1 ORDER BY 1;
SELECT synthik_augment('days_1', 50), synthik_augment('deep_eu', 50), synthik_augment('hashed_1', 50);
SELECT (SELECT count(*) FROM days) AS days, (SELECT count(*) FROM hashed WHERE a IS NOT NULL AND b IS NOT NULL) - (SELECT count(DISTINCT (a, b)) FROM hashed WHERE a IS NOT NULL AND b IS NOT NULL) AS hashed_twice, (SELECT count(*) FROM deep WHERE region = 'eu' AND at < '2024-04-01') > 50 AS deep;
CREATE TABLE no_partitions (a integer) PARTITION BY RANGE (a);
SELECT synthik_augment('no_partitions', 5);
SELECT synthik_augment('days_1', 5, condition => '{"day": "2025-01-01"}');

DROP TABLE profiles, checked, checked_again, misnamed, never, hardly, wrong_length, throws, accounts, few, nulls_once, bookings, folded, notes, users, tenants, children, only_children, picky, places, parents, staff, tree, regions, labels, computed, numbered, days, kinds, hashed, two_keys, deep, by_expression, no_partitions;
DROP SCHEMA "the ""schema""; drop" CASCADE;
DROP COLLATION no_case;
