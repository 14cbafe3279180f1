--
-- synthik_populate: tables that refer to each other in a circle.
--
CREATE SCHEMA circle;
SET search_path = circle, public;
-- by a column that may be NULL
CREATE TABLE departments (id serial PRIMARY KEY, name text NOT NULL, manager_id int);
CREATE TABLE employees (id serial PRIMARY KEY, name text NOT NULL, department_id int NOT NULL REFERENCES departments);
ALTER TABLE departments ADD FOREIGN KEY (manager_id) REFERENCES employees;
SELECT * FROM synthik_populate('{"departments": 10, "employees": 200}', seed => 1);
-- Who leads a department belongs to it, where somebody does.
SELECT count(*), count(manager_id), count(*) FILTER (WHERE e.department_id = d.id) FROM departments AS d LEFT JOIN employees AS e ON e.id = manager_id;
-- What was there stays, NULL or not.
UPDATE departments SET manager_id = NULL WHERE id <= 5;
SELECT * FROM synthik_populate('{"departments": 3, "employees": 20}', seed => 2);
SELECT count(*) FILTER (WHERE id <= 5 AND manager_id IS NULL) AS before, count(*) FILTER (WHERE id > 10 AND manager_id IS NOT NULL) AS after FROM departments;

-- by columns that may not: the triggers wait
CREATE TABLE stores (id serial PRIMARY KEY, manager_id int NOT NULL UNIQUE);
CREATE TABLE clerks (id serial PRIMARY KEY, store_id int NOT NULL REFERENCES stores, name text NOT NULL);
ALTER TABLE stores ADD FOREIGN KEY (manager_id) REFERENCES clerks;
SELECT * FROM synthik_populate('{"stores": 20, "clerks": 100}', seed => 1);
SELECT count(*), count(*) FILTER (WHERE c.store_id = s.id) > 10 AS own FROM stores AS s JOIN clerks AS c ON c.id = s.manager_id;
-- fewer than there have to be
SELECT synthik_populate('{"stores": 200, "clerks": 10}', seed => 1);
SELECT count(*) FROM stores;

-- three tables, and circles that share some of them; a key to itself, too
CREATE TABLE a (id serial PRIMARY KEY, b_id int NOT NULL, a_id int REFERENCES a);
CREATE TABLE b (id serial PRIMARY KEY, c_id int NOT NULL, other_c int);
CREATE TABLE c (id serial PRIMARY KEY, a_id int NOT NULL REFERENCES a, b_id int);
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b;
ALTER TABLE b ADD FOREIGN KEY (c_id) REFERENCES c, ADD FOREIGN KEY (other_c) REFERENCES c;
ALTER TABLE c ADD FOREIGN KEY (b_id) REFERENCES b;
SELECT * FROM synthik_populate('{"a": 30, "b": 40, "c": 50}', seed => 1);
SELECT (SELECT count(*) FROM a JOIN b ON b.id = b_id) AS a, (SELECT count(*) FROM b JOIN c ON c.id = c_id JOIN c AS d ON d.id = other_c) AS b, (SELECT count(*) FROM c JOIN a ON a.id = c.a_id JOIN b ON b.id = c.b_id) AS c;

-- with a column in common, in partitions, of texts
CREATE TABLE teams (tenant text NOT NULL CHECK (tenant IN ('north', 'south', 'west')), code text NOT NULL, lead text, PRIMARY KEY (tenant, code)) PARTITION BY HASH (tenant);
CREATE TABLE teams_0 PARTITION OF teams FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE teams_1 PARTITION OF teams FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE members (tenant text NOT NULL, code text NOT NULL, team text NOT NULL, PRIMARY KEY (tenant, code), FOREIGN KEY (tenant, team) REFERENCES teams);
ALTER TABLE teams ADD FOREIGN KEY (tenant, lead) REFERENCES members;
SELECT relation, rows, how FROM synthik_populate('{"teams": 50, "members": 300}', seed => 1);
SELECT count(*), count(lead) > 40 AS most, count(*) FILTER (WHERE m.team = t.code) FROM teams AS t LEFT JOIN members AS m ON m.tenant = t.tenant AND m.code = t.lead;

-- Deferred constraints, and triggers of one's own, see all of it.
CREATE TABLE x (id serial PRIMARY KEY, y_id int NOT NULL);
CREATE TABLE y (id serial PRIMARY KEY, x_id int NOT NULL REFERENCES x DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE x ADD FOREIGN KEY (y_id) REFERENCES y DEFERRABLE;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '% rows of x', (SELECT count(*) FROM x); RETURN NULL; END$$;
CREATE TRIGGER tell AFTER INSERT ON x FOR EACH STATEMENT EXECUTE FUNCTION tell();
BEGIN;
SELECT relation, rows FROM synthik_populate('{"x": 5, "y": 8}', seed => 1);
COMMIT;
SELECT count(*) FROM x JOIN y ON y.id = y_id;

-- A circle of primary keys
CREATE TABLE heads (id int PRIMARY KEY);
CREATE TABLE tails (id int PRIMARY KEY REFERENCES heads);
ALTER TABLE heads ADD FOREIGN KEY (id) REFERENCES tails;
SELECT synthik_populate('{"heads": 1, "tails": 1}');

-- What waits is set by an UPDATE, which has to be allowed.
CREATE ROLE regress_populate_circle;
GRANT USAGE ON SCHEMA circle TO regress_populate_circle;
GRANT SELECT, INSERT ON departments, employees TO regress_populate_circle;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA circle TO regress_populate_circle;
SET ROLE regress_populate_circle;
SELECT synthik_populate('{"departments": 3, "employees": 20}');
RESET ROLE;
GRANT UPDATE (manager_id) ON departments TO regress_populate_circle;
SET ROLE regress_populate_circle;
SELECT relation, rows FROM synthik_populate('{"departments": 3, "employees": 20}', seed => 3);
RESET ROLE;
SELECT count(*) FILTER (WHERE id > 13 AND manager_id IS NOT NULL) FROM departments;
SET client_min_messages = warning;
DROP SCHEMA circle CASCADE;
DROP ROLE regress_populate_circle;

-- what is updated while others are filled gets its keys, and sums go by keys that waited
CREATE TABLE cycle_orders (id serial PRIMARY KEY, total numeric, touched integer DEFAULT 0, dearest integer, first integer);
CREATE TABLE cycle_lines (id serial PRIMARY KEY, order_id integer NOT NULL REFERENCES cycle_orders, amount integer NOT NULL);
ALTER TABLE cycle_orders ADD FOREIGN KEY (dearest) REFERENCES cycle_lines, ADD FOREIGN KEY (first) REFERENCES cycle_lines;
CREATE FUNCTION cycle_touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE cycle_orders SET touched = touched + 1 WHERE id = NEW.order_id; RETURN NEW; END$$;
CREATE TRIGGER touch AFTER INSERT ON cycle_lines FOR EACH ROW EXECUTE FUNCTION cycle_touch();
SELECT relation, rows FROM synthik_populate('{"cycle_orders": 20, "cycle_lines": {"rows": 100, "schema": {"sums": {"order_id.total": "amount"}}}}', seed => 1);
SELECT count(*), count(dearest) AS dearest, count(first) AS first, count(*) FILTER (WHERE touched > 0) > 10 AS touched,
	count(*) FILTER (WHERE total <> (SELECT sum(amount) FROM cycle_lines l WHERE l.order_id = o.id)) AS wrong FROM cycle_orders o;
DROP TRIGGER touch ON cycle_lines;
ALTER TABLE cycle_orders ALTER dearest SET NOT NULL;
CREATE TABLE cycle_before AS SELECT id, dearest, first FROM cycle_orders;
SELECT relation, rows FROM synthik_populate('{"cycle_orders": 20, "cycle_lines": {"rows": 100, "schema": {"sums": {"order_id.total": "amount"}}}}', seed => 2);
SELECT count(*), count(dearest) AS dearest, count(first) AS first,
	count(*) FILTER (WHERE total <> (SELECT sum(amount) FROM cycle_lines l WHERE l.order_id = o.id)) AS wrong FROM cycle_orders o;
SELECT count(*) AS changed FROM cycle_orders o JOIN cycle_before b USING (id) WHERE (o.dearest, o.first) <> (b.dearest, b.first);
DROP TABLE cycle_orders, cycle_lines, cycle_before CASCADE;
DROP FUNCTION cycle_touch();
