--
-- Makers of rows within queries: where they stream, where they stand in for
-- a table, and what the planner knows of them
--
\set VERBOSITY default
SET synthik.locale = 'en_US';

CREATE FUNCTION one_to(most int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$SELECT jsonb_build_object('fields', jsonb_build_array(
	jsonb_build_object('name', 'n', 'type', 'integer', 'minimum', 1, 'maximum', most),
	jsonb_build_object('name', 'w', 'enum', jsonb_build_array('a', 'b'))))$$;

-- Nobody makes the rows that nobody reads.
SELECT * FROM synthik_generate(one_to(100), 1000000000, seed => 1) AS t(n int) LIMIT 3;
SELECT EXISTS (SELECT FROM synthik_generate(one_to(100), 1000000000) AS t(n int));

-- What EXPLAIN shows.
EXPLAIN (COSTS OFF) SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}, {"name": "w", "type": "city"}]}', 1000) AS t(w text, n int);
EXPLAIN (COSTS OFF) SELECT w FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}, {"name": "w", "type": "city"}]}', 1000) AS t(w text, n int) WHERE n > 3;
EXPLAIN (COSTS OFF) SELECT count(*) FROM synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 1000) AS t(n int);
EXPLAIN (COSTS OFF) SELECT * FROM synthik_generate_json('{"fields": [{"name": "n", "type": "int"}]}', 20);

-- How many rows it expects.
CREATE FUNCTION expected(query text) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	RETURN plan->0->'Plan'->>'Node Type' || ', ' || (plan->0->'Plan'->>'Plan Rows') || ' rows';
END
$$;
SELECT expected('SELECT * FROM synthik_generate(''{"fields": [{"name": "n", "const": 1}]}'') AS t(n int)');
SELECT expected('SELECT * FROM synthik_generate(''{"fields": [{"name": "n", "const": 1}]}'', 12345) AS t(n int)');
SELECT expected('SELECT * FROM synthik_generate_json(''{"fields": [{"name": "n", "const": 1}]}'', 1000 * 1000)');
SELECT expected('SELECT * FROM synthik_generate(''{"fields": [{"name": "n", "const": 1}]}'', 0) AS t(n int)');
SELECT expected('SELECT * FROM synthik_generate(''{"fields": [{"name": "n", "const": 1}]}'', 70, first_row => 100) AS t(n int)');
SELECT expected('SELECT * FROM synthik_rows(NULL::pg_class, rows => 42)');
SELECT expected('SELECT * FROM synthik_generate_json(''{"fields": [{"name": "n", "const": 1}]}'', 70) WITH ORDINALITY');
SELECT expected('SELECT synthik_generate_json(''{"fields": [{"name": "n", "const": 1}]}'', 80)');

-- WITH ORDINALITY, ROWS FROM, LATERAL, a correlated number of rows.
SELECT * FROM ROWS FROM (synthik_generate(one_to(9), 3, seed => 4) AS (n int)) WITH ORDINALITY AS t(n, i);
SELECT * FROM synthik_generate_json(one_to(9), 3, seed => 4) WITH ORDINALITY AS t(r, i);
SELECT * FROM ROWS FROM (synthik_generate(one_to(9), 3, seed => 4) AS (n int, w text), generate_series(1, 4)) AS r(n, w, i);
SELECT k, array_agg(n) FROM generate_series(0, 3) AS k, synthik_generate(one_to(9), k, seed => k) AS t(n int) GROUP BY k ORDER BY k;
SELECT k, (SELECT array_agg(n) FROM synthik_generate(one_to(9), 3, seed => k) AS t(n int)) FROM generate_series(1, 3) AS k;

-- Read again and again, in a nested loop without a material node between.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM generate_series(1, 3) AS k LEFT JOIN synthik_generate('{"fields": [{"name": "n", "type": "int"}]}', 5, seed => 4) AS t(n int) ON n > k;
SELECT k, count(*), sum(n) FROM generate_series(1, 3) AS k LEFT JOIN synthik_generate(one_to(9), 5, seed => 4) AS t(n int) ON n >= k GROUP BY k ORDER BY k;
-- Without a seed too it is the same rows.
SELECT count(DISTINCT s) AS different FROM
	(SELECT k, sum(n) AS s FROM generate_series(1, 5) AS k LEFT JOIN synthik_generate(one_to(1000000), 5) AS t(n int) ON n >= k GROUP BY k) AS sums;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- Joins with itself, set operations, aggregates, subqueries, CTEs, views.
SELECT count(*) FROM synthik_generate(one_to(50), 1000, seed => 1) AS a(n int) JOIN synthik_generate(one_to(50), 10, seed => 2) AS b(n int) USING (n);
SELECT count(*) FROM (SELECT * FROM synthik_generate(one_to(9), 5, seed => 1) AS t(n int) UNION ALL SELECT * FROM synthik_generate(one_to(9), 5, seed => 1) AS t(n int)) AS u;
SELECT w, count(*), min(n), max(n) FROM synthik_generate(one_to(9), 1000, seed => 1) AS t(n int, w text) GROUP BY w ORDER BY w;
WITH t AS MATERIALIZED (SELECT * FROM synthik_generate(one_to(1000000), 100) AS t(n int)) SELECT count(*) = 100 AND bool_and(a.n = b.n) AS same FROM (SELECT n, row_number() OVER () AS i FROM t) AS a JOIN (SELECT n, row_number() OVER () AS i FROM t) AS b USING (i);
CREATE VIEW made AS SELECT * FROM synthik_generate('{"fields": [{"name": "n", "type": "integer", "minimum": 1, "maximum": 9}]}', 3, seed => 4) AS t(n int);
SELECT * FROM made;
SELECT * FROM made ORDER BY n DESC LIMIT 1;
SELECT t, t.n FROM made AS t;
DROP VIEW made;

-- In the select list.
SELECT synthik_generate_json(one_to(9), 3, seed => 4);
SELECT count(*) FROM (SELECT synthik_generate_json(one_to(9), 1000, seed => 4) LIMIT 10) AS t;

-- Cursors go forth, and back with SCROLL.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM synthik_generate(one_to(9), 1000000000, seed => 4) AS t(n int);
FETCH 2 FROM c;
FETCH 1 FROM c;
FETCH BACKWARD 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT * FROM synthik_generate(one_to(9), 3, seed => 4) AS t(n int);
FETCH ALL FROM c;
FETCH BACKWARD 2 FROM c;
FETCH ABSOLUTE 1 FROM c;
COMMIT;
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM synthik_generate(one_to(9), 3, seed => 4) AS t(n int);
COMMIT;
FETCH ALL FROM c;
CLOSE c;

-- Prepared, with the document, the rows and the seed as parameters.
PREPARE q (jsonb, bigint, bigint) AS SELECT * FROM synthik_generate($1, $2, seed => $3) AS t(n int);
EXECUTE q (one_to(9), 3, 4);
EXECUTE q (one_to(90), 2, 4);
SET plan_cache_mode = force_generic_plan;
EXECUTE q (one_to(9), 3, 4);
EXECUTE q (one_to(9), -3, 4);
EXECUTE q (NULL, 3, 4);
EXECUTE q (one_to(9), 1, 4);
RESET plan_cache_mode;
DEALLOCATE q;

-- From PL/pgSQL: loops left early, errors caught, several at once.
DO $$
DECLARE r record; total int := 0;
BEGIN
	FOR i IN 1 .. 3 LOOP
		FOR r IN SELECT * FROM synthik_generate(one_to(9), 1000000000, seed => i) AS t(n int) LOOP
			total := total + 1;
			EXIT WHEN total % 10 = 0;
		END LOOP;
		BEGIN
			PERFORM * FROM synthik_generate('{"fields": [{"name": "n", "type": "nonsense"}]}', 1) AS t(n int);
		EXCEPTION WHEN OTHERS THEN
			RAISE NOTICE '% (%) after % rows', SQLERRM, SQLSTATE, total;
		END;
	END LOOP;
END
$$;
CREATE FUNCTION made(rows int) RETURNS TABLE (n int) LANGUAGE sql AS
$$SELECT n FROM synthik_generate(one_to(9), rows, seed => 4) AS t(n int)$$;
SELECT array_agg(n) FROM made(5);

-- An error on the way ends the query, and the next one is well.
SELECT 1 / (n - n) FROM synthik_generate(one_to(9), 1000, seed => 4) AS t(n int);
SELECT n FROM synthik_generate(one_to(9), 1, seed => 4) AS t(n int);

-- Who may not execute the function gets no rows of the scan either.
CREATE ROLE synthik_nobody;
REVOKE EXECUTE ON FUNCTION synthik_generate_json(jsonb, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) FROM PUBLIC;
SET ROLE synthik_nobody;
SELECT * FROM synthik_generate_json('{"fields": [{"name": "n", "const": 1}]}'::jsonb, 1);
SELECT * FROM synthik_generate('{"fields": [{"name": "n", "const": 1}]}', 1) AS t(n int);
RESET ROLE;
GRANT EXECUTE ON FUNCTION synthik_generate_json(jsonb, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) TO PUBLIC;
SET ROLE synthik_nobody;
SELECT * FROM synthik_generate_json('{"fields": [{"name": "n", "const": 1}]}'::jsonb, 1);
RESET ROLE;
DROP ROLE synthik_nobody;

DROP FUNCTION made, expected, one_to;
