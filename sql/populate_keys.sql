--
-- synthik_populate: foreign keys of every kind.
--
CREATE SCHEMA saas;
SET search_path = saas, public;
CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (tenant_id int NOT NULL REFERENCES tenants, id int NOT NULL, email text NOT NULL UNIQUE, PRIMARY KEY (tenant_id, id));
-- two keys to one table, with a column in common
CREATE TABLE projects (tenant_id int NOT NULL REFERENCES tenants, id int NOT NULL, owner int NOT NULL, reviewer int, PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, owner) REFERENCES users, FOREIGN KEY (tenant_id, reviewer) REFERENCES users);
-- one to one
CREATE TABLE profiles (tenant_id int, user_id int, bio text, PRIMARY KEY (tenant_id, user_id), FOREIGN KEY (tenant_id, user_id) REFERENCES users);
-- partitions, by way of their root
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, tenant_id int NOT NULL, project int NOT NULL, at date NOT NULL, PRIMARY KEY (id, at),
	FOREIGN KEY (tenant_id, project) REFERENCES projects) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE remarks (id int PRIMARY KEY, event bigint NOT NULL, at date NOT NULL, FOREIGN KEY (event, at) REFERENCES events);
-- links without and with something of their own, and one whose parts refer to one table
CREATE TABLE labels (id int PRIMARY KEY, name text);
CREATE TABLE label_users (label_id int REFERENCES labels, tenant_id int, user_id int, PRIMARY KEY (label_id, tenant_id, user_id), FOREIGN KEY (tenant_id, user_id) REFERENCES users);
CREATE TABLE friends (a_tenant int, a int, b_tenant int, b int, since date, PRIMARY KEY (a_tenant, a, b_tenant, b),
	FOREIGN KEY (a_tenant, a) REFERENCES users, FOREIGN KEY (b_tenant, b) REFERENCES users);
-- ON DELETE SET NULL, MATCH FULL, NOT VALID, inheritance
CREATE TABLE notes (id int PRIMARY KEY, tenant_id int, user_id int, body text, FOREIGN KEY (tenant_id, user_id) REFERENCES users MATCH FULL ON DELETE SET NULL);
CREATE TABLE signed_notes (signature text NOT NULL, PRIMARY KEY (id)) INHERITS (notes);
CREATE TABLE tasks (id int PRIMARY KEY, label_id int NOT NULL);
ALTER TABLE tasks ADD FOREIGN KEY (label_id) REFERENCES labels NOT VALID;

SELECT * FROM synthik_populate(schema_name => 'saas', seed => 1);
SELECT tableoid::regclass, count(*) > 100 FROM events GROUP BY 1 ORDER BY 1;
SELECT count(*), count(reviewer) > 500 FROM projects;
ALTER TABLE tasks VALIDATE CONSTRAINT tasks_label_id_fkey;
SELECT count(*) FROM ONLY notes WHERE (tenant_id IS NULL) <> (user_id IS NULL);

-- The two keys of a table: which is meant has to be said.
SELECT synthik_populate('{"projects": {"per": "users", "rows": 1}}');
SELECT relation, rows, how FROM synthik_populate('{"projects": {"per": "projects_tenant_id_owner_fkey", "rows": 1}}', seed => 2);
SELECT synthik_populate('{"profiles": {"per": "users", "between": [0, 2]}}');
TRUNCATE profiles;
SELECT relation, rows, how FROM synthik_populate('{"profiles": {"per": "users", "rows": 1}}', seed => 2);
SELECT synthik_populate('{"profiles": 1}', seed => 3);

-- Trees
CREATE SCHEMA trees;
SET search_path = trees, public;
CREATE TABLE staff (id serial PRIMARY KEY, name text, boss int REFERENCES staff);
CREATE TABLE nodes (id int PRIMARY KEY, parent int NOT NULL REFERENCES nodes);
CREATE TABLE folders (tenant_id int NOT NULL, id int, parent int, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, parent) REFERENCES folders);
CREATE TABLE links (id serial PRIMARY KEY, next int UNIQUE REFERENCES links);
CREATE TABLE rings (id int PRIMARY KEY, next int NOT NULL UNIQUE REFERENCES rings);
SELECT * FROM synthik_populate('{"staff": 1000, "nodes": 200, "folders": 200, "links": 20, "rings": 20}', seed => 1);
-- Every row's parent came before it, so that all of them hang on a root.
SELECT count(*), count(*) FILTER (WHERE boss IS NULL) AS roots, count(*) FILTER (WHERE boss >= id) AS wrong, count(DISTINCT boss) > 100 AS wide FROM staff;
WITH RECURSIVE t AS (SELECT id, 1 AS level FROM staff WHERE boss IS NULL UNION ALL SELECT s.id, level + 1 FROM staff AS s JOIN t ON s.boss = t.id)
SELECT count(*), max(level) BETWEEN 3 AND 12 AS levels FROM t;
SELECT count(*), count(*) FILTER (WHERE parent = id) AS roots FROM nodes;
SELECT count(*), count(*) FILTER (WHERE parent IS NULL) AS roots FROM folders;
SELECT count(*), count(next) FROM links;
WITH RECURSIVE t AS (SELECT id, next FROM links WHERE id NOT IN (SELECT next FROM links WHERE next IS NOT NULL) UNION ALL SELECT l.id, l.next FROM t JOIN links AS l ON l.id = t.next) SELECT count(*) FROM t;
SELECT count(*), count(DISTINCT next) FROM rings;
WITH RECURSIVE t AS (SELECT id, next FROM rings WHERE id = 1 UNION SELECT r.id, r.next FROM t JOIN rings AS r ON r.id = t.next) SELECT count(*) FROM t;
-- and again; of one row, of keys with a tenant, of a key that is its own
SELECT relation, rows FROM synthik_populate('{"links": 5, "rings": 5}', seed => 2);
SELECT relation, rows FROM synthik_populate('{"rings": 1}', seed => 3);
SELECT synthik_augment('rings', 4, seed => 4);
SELECT count(*), count(DISTINCT next), count(*) FILTER (WHERE id = next) FROM rings;
CREATE TABLE mine (id int PRIMARY KEY REFERENCES mine);
CREATE TABLE team_rings (team int CHECK (team IN (1, 2, 3)), id int, next int NOT NULL, PRIMARY KEY (team, id), UNIQUE (team, next), FOREIGN KEY (team, next) REFERENCES team_rings);
CREATE TABLE team_links (team int CHECK (team IN (1, 2, 3)), id int, next int, PRIMARY KEY (team, id), UNIQUE (team, next), FOREIGN KEY (team, next) REFERENCES team_links);
SELECT relation, rows FROM synthik_populate('{"mine": 5, "team_rings": 20, "team_links": 20}', seed => 1);
SELECT relation, rows FROM synthik_populate('{"mine": 5, "team_rings": 20, "team_links": 20}', seed => 2);
SELECT count(*), count(next) FROM team_links;
-- who may not update lets each refer to itself
CREATE ROLE ring_other;
GRANT USAGE ON SCHEMA trees TO ring_other;
GRANT SELECT, INSERT ON rings TO ring_other;
SET ROLE ring_other;
SELECT relation, rows, how FROM synthik_populate('{"rings": 3}', seed => 5);
RESET ROLE;
-- More of it, below what is there
SELECT relation, rows FROM synthik_populate('{"staff": {"total": 1500}}', seed => 2);
SELECT count(*), count(*) FILTER (WHERE boss IS NULL) AS roots, count(*) FILTER (WHERE boss >= id) AS wrong FROM staff WHERE id > 1000;
SELECT relation, rows FROM synthik_populate('{"staff": 1, "nodes": 1}', seed => 3);
SELECT synthik_populate('{"staff": {"per": "staff", "rows": 1}}', seed => 3);

-- Unique columns of few values
CREATE SCHEMA few;
CREATE TABLE few.kinds (code char(1) PRIMARY KEY CHECK (code IN ('a', 'b', 'c')), name text);
CREATE TABLE few.flags (v boolean PRIMARY KEY);
CREATE TABLE few.items (id serial PRIMARY KEY, kind char(1) REFERENCES few.kinds, flag boolean REFERENCES few.flags);
SELECT * FROM synthik_populate(schema_name => 'few', seed => 1);
SELECT synthik_populate('{"flags": 3}', 'few', seed => 1);

SET client_min_messages = warning;
DROP SCHEMA few CASCADE;
DROP SCHEMA saas, trees CASCADE;
DROP ROLE ring_other;
