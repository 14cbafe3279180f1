--
-- References that few parents are popular in
--
CREATE TABLE popular_parent (id integer PRIMARY KEY);
INSERT INTO popular_parent SELECT i FROM generate_series(1, 100) AS i;
CREATE TABLE popular_child (parent_id integer REFERENCES popular_parent, note text);

-- How often the most popular keys are drawn, by rank, in percent.
CREATE FUNCTION shares(field text, seed bigint) RETURNS TABLE (rank bigint, percent numeric) LANGUAGE sql AS
$$SELECT row_number() OVER (ORDER BY count(*) DESC), round(count(*) / 1000.0) FROM synthik_generate(format('{"fields": [{"name": "k", "type": "integer", "references": "popular_parent(id)"%s}]}', field)::jsonb, 100000, seed => shares.seed) AS t(k integer) GROUP BY k ORDER BY count(*) DESC LIMIT 4$$;
SELECT * FROM shares('', 1);
SELECT * FROM shares(', "distribution": {"kind": "uniform"}', 1);
SELECT * FROM shares(', "distribution": {"kind": "zipf"}', 1);
SELECT * FROM shares(', "distribution": {"kind": "zipf", "exponent": 2}', 1);

-- The seed decides which keys those are; the same seed gives the same rows.
SELECT count(DISTINCT k) > 5 AS several FROM generate_series(1, 20) AS seed, LATERAL (SELECT k FROM synthik_generate('{"fields": [{"name": "k", "references": "popular_parent(id)", "distribution": {"kind": "zipf", "exponent": 2}}]}'::jsonb, 200, seed => seed) AS t(k integer) GROUP BY k ORDER BY count(*) DESC LIMIT 1) AS best;
SELECT count(*) AS differ FROM (
    (SELECT * FROM synthik_rows(NULL::popular_child, 100, seed => 3, schema => '{"fields": [{"name": "parent_id", "distribution": {"kind": "zipf"}}]}'))
    EXCEPT ALL
    (SELECT * FROM synthik_rows(NULL::popular_child, 50, seed => 3, schema => '{"fields": [{"name": "parent_id", "distribution": {"kind": "zipf"}}]}')
     UNION ALL SELECT * FROM synthik_rows(NULL::popular_child, 50, seed => 3, first_row => 51, schema => '{"fields": [{"name": "parent_id", "distribution": {"kind": "zipf"}}]}'))) AS d;

-- On a table's own foreign key.
SELECT synthik_augment('popular_child', 10000, seed => 1, schema => '{"fields": [{"name": "parent_id", "distribution": {"kind": "zipf", "exponent": 2}}]}');
SELECT count(*) > 4000 AS popular FROM popular_child GROUP BY parent_id ORDER BY count(*) DESC LIMIT 1;
SELECT field, generator FROM synthik_describe('{"fields": [{"name": "k", "references": "popular_parent(id)", "distribution": {"kind": "zipf"}}, {"name": "e", "enum": ["a", "b"], "distribution": {"kind": "zipf"}}]}'::jsonb);

-- A key of several columns has one popularity; one that shares a column with
-- another key has it among those that agree.
CREATE TABLE popular_tenant (tenant integer PRIMARY KEY);
INSERT INTO popular_tenant VALUES (1), (2);
CREATE TABLE popular_customer (tenant integer REFERENCES popular_tenant, id integer, PRIMARY KEY (tenant, id));
INSERT INTO popular_customer SELECT t, i FROM generate_series(1, 2) AS t, generate_series(1, 50) AS i;
CREATE TABLE popular_product (tenant integer REFERENCES popular_tenant, id integer, PRIMARY KEY (tenant, id));
INSERT INTO popular_product SELECT t, i FROM generate_series(1, 2) AS t, generate_series(1, 50) AS i;
CREATE TABLE popular_order (tenant integer NOT NULL, customer integer NOT NULL, product integer NOT NULL, FOREIGN KEY (tenant, customer) REFERENCES popular_customer, FOREIGN KEY (tenant, product) REFERENCES popular_product);
SELECT synthik_augment('popular_order', 10000, seed => 1, schema => '{"fields": [{"name": "customer", "distribution": {"kind": "zipf", "exponent": 1.5}}, {"name": "product", "distribution": {"kind": "zipf", "exponent": 1.5}}]}');
SELECT max(customers) > 2000 AS customers, max(products) > 2000 AS products FROM (SELECT count(*) AS customers FROM popular_order GROUP BY tenant, customer) AS c, (SELECT count(*) AS products FROM popular_order GROUP BY tenant, product) AS p;

-- Unique keys are unique first; a set that has room keeps the popularity.
CREATE TABLE popular_vote (voter integer, parent_id integer REFERENCES popular_parent, UNIQUE (voter, parent_id));
SELECT synthik_augment('popular_vote', 1000, seed => 1, schema => '{"fields": [{"name": "voter", "maximum": 1000000}, {"name": "parent_id", "required": true, "distribution": {"kind": "zipf", "exponent": 2}}]}');
SELECT count(*) > 400 AS popular FROM popular_vote GROUP BY parent_id ORDER BY count(*) DESC LIMIT 1;

-- Faults.
SELECT path, problem, hint FROM synthik_validate('{"fields": [{"name": "k", "references": "popular_parent(id)", "distribution": {"kind": "normal", "mean": 50, "stddev": 10}}]}');
SELECT path, problem FROM synthik_validate('{"fields": [{"name": "t", "type": "integer", "distribution": {"kind": "poisson", "mean": 5}}, {"name": "c", "type": "integer"}], "references": [{"fields": ["t", "c"], "table": "popular_customer", "columns": ["tenant", "id"]}]}');
SELECT synthik_augment('popular_child', 1, schema => '{"fields": [{"name": "parent_id", "distribution": {"kind": "exponential", "mean": 5}}]}');
-- What a semantic type suggests does not count.
SELECT generator FROM synthik_describe('{"fields": [{"name": "k", "type": "quantity", "references": "popular_parent(id)"}]}'::jsonb);

DROP TABLE popular_child, popular_order, popular_vote, popular_parent, popular_customer, popular_product, popular_tenant;
DROP FUNCTION shares;
