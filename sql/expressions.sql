--
-- Expressions and checks come with documents, which may be anybody's: what
-- they may not do, and as whom they run
--
SET synthik.locale = 'en_US';
CREATE SCHEMA expressions;
CREATE TABLE expressions.secret AS SELECT 'secret'::text AS word;

-- Every fault of an expression, and of the same text as a check.
CREATE FUNCTION faults(VARIADIC expressions text[]) RETURNS TABLE (n bigint, problem text, hint text) LANGUAGE sql AS
$$SELECT i, v.problem, v.hint FROM unnest(expressions) WITH ORDINALITY AS e(e, i) LEFT JOIN LATERAL synthik_validate(jsonb_build_object('fields', '[{"name": "qty", "type": "integer"}, {"name": "price", "type": "numeric"}]'::jsonb || jsonb_build_array(jsonb_build_object('name', 'v', 'type', 'text', 'expression', e)))) AS v ON true ORDER BY i$$;
\pset format unaligned
\pset tuples_only on

-- More than one expression.
SELECT * FROM faults('qty, price', 'qty FROM pg_class', 'qty; DROP TABLE expressions.secret', 'qty ORDER BY 1', 'qty WHERE true', 'qty LIMIT 1', 'qty UNION SELECT 1', 'qty INTO x', 'DISTINCT qty', 'qty AS x', 'qty GROUP BY qty', '*', 'v.*', '', '   ', '-- nothing', 'qty -- a comment', 'qty) + (price', 'qty FOR UPDATE', 'INSERT INTO expressions.secret VALUES (1)', 'qty WINDOW w AS ()', 'qty HAVING true');
-- Other rows than this one.
SELECT * FROM faults('(SELECT word FROM expressions.secret)', 'EXISTS (SELECT 1)', 'qty IN (SELECT 1)', 'ARRAY(SELECT 1)', 'sum(qty)', 'count(*)', 'rank() OVER ()', 'generate_series(1, 3)', 'unnest(ARRAY[1])', 'pg_class.relname', 'secret.word', 'ctid', 'tableoid', 'xmin', 'v', '$1', ':x', 'CURRENT OF c', 'DEFAULT');
-- What is not immutable, or reaches out of the database.
SELECT * FROM faults('random()', 'now()', 'current_timestamp', 'current_user', 'clock_timestamp()', 'pg_read_file(''/etc/passwd'')', 'pg_ls_dir(''/'')', 'pg_sleep(1)', 'set_config(''a.b'', ''c'', false)', 'current_setting(''port'')', 'nextval(''s'')', 'lo_import(''/etc/passwd'')', 'pg_terminate_backend(1)', 'query_to_xml(''select 1'', true, true, '''')', 'dblink(''x'')', 'gen_random_uuid()', 'qty::regclass', 'to_char(now(), ''YYYY'')', '''2024-01-01''::timestamptz', 'version()', 'txid_current()', 'concat_ws('','', ''a'')', 'format(''%s'', qty)', 'ROW(qty, price)::text');
-- Types, functions and operators that are not there.
SELECT * FROM faults('nothing(qty)', 'qty + ''x''::point', 'qty::nothing', 'qty =#= 1', 'qtty', 'price + pricee', 'qty.x', 'upper(qty)', 'substring(qty)');
-- These may.
SELECT count(problem) AS faults FROM faults('qty::text', 'upper(''a'' || qty)', 'CASE WHEN qty > 3 THEN ''many'' ELSE ''few'' END', 'coalesce(nullif(qty, 3), 0)::text', 'greatest(qty, 5)::text', 'substring(qty::text FROM 1 FOR 2)', 'extract(year FROM date ''2024-02-29'')::text', '(ARRAY[''a'', ''b''])[1 + qty % 2]', 'md5(qty::text)', 'qty BETWEEN 1 AND 3 IS NOT TRUE', 'trim(both ''x'' from ''xx'')', 'length(''ä'' COLLATE "C")', 'to_hex(qty)', 'ROW(qty, 1) < ROW(2, qty)', 'qty IS DISTINCT FROM NULL', 'qty OPERATOR(pg_catalog.+) 1');
\pset tuples_only off
\pset format aligned

-- Names resolve in pg_catalog, whatever the search_path.
CREATE FUNCTION expressions.lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'mine'$$;
CREATE FUNCTION expressions.plus(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT 666$$;
CREATE OPERATOR expressions.+ (FUNCTION = expressions.plus, LEFTARG = int, RIGHTARG = int);
SET search_path = expressions, public, pg_catalog;
SELECT * FROM public.synthik_generate('{"fields": [{"name": "a", "const": "A"}, {"name": "b", "type": "text", "expression": "lower(a)"}, {"name": "c", "type": "integer", "expression": "1 + 1"}, {"name": "d", "type": "text", "expression": "expressions.lower(a)"}]}', 1) AS t(b text, c int, d text);
RESET search_path;

-- Functions of one's own or of a superuser, not of somebody else.
CREATE ROLE synthik_mallory;
CREATE ROLE synthik_alice;
GRANT CREATE, USAGE ON SCHEMA expressions TO synthik_mallory, synthik_alice;
SET ROLE synthik_mallory;
CREATE FUNCTION expressions.trap(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE NOTICE 'run as %', current_user; RETURN $1; END$$;
CREATE FUNCTION expressions.inlined(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT $1 + 1$$;
CREATE OPERATOR expressions.## (FUNCTION = expressions.trap, RIGHTARG = int);
CREATE DOMAIN expressions.bait AS int CHECK (expressions.trap(VALUE) > 0);
SET ROLE synthik_alice;
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "expressions.trap(1)"}]}', 1) AS t(a int);
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "expressions.inlined(1)"}]}', 1) AS t(a int);
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "OPERATOR(expressions.##) 1"}]}', 1) AS t(a int);
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer"}], "checks": ["expressions.trap(a) > 0"]}', 1) AS t(a int);
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "1::expressions.bait"}]}', 1) AS t(a int);
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "expressions.bait", "minimum": 1}]}', 1) AS t(a int);
CREATE FUNCTION expressions.own(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT $1 + 1$$;
CREATE FUNCTION expressions.volatile_one(int) RETURNS int LANGUAGE sql VOLATILE AS $$SELECT $1 + 1$$;
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "expressions.own(41)"}]}', 1) AS t(a int);
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "expressions.volatile_one(41)"}]}', 1) AS t(a int);
-- A superuser's own calls do not run Mallory's either.
RESET ROLE;
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "expressions.trap(1)"}]}', 1) AS t(a int);
REVOKE EXECUTE ON FUNCTION expressions.plus(int, int) FROM PUBLIC;
SET ROLE synthik_alice;
SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "expressions.plus(1, 1)"}]}', 1) AS t(a int);
RESET ROLE;

-- Long ones, deep ones, wide ones.
SELECT left(problem, 60) AS problem FROM faults(repeat('(', 100000) || 'qty' || repeat(')', 100000), 'qty' || repeat(' + qty', 100000), repeat('x', 2000000));
SELECT a FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'a', 'type', 'integer', 'expression', '1' || repeat(' + 1', 499)))), 1) AS t(a int);

DROP FUNCTION faults;
SET client_min_messages = warning;
DROP SCHEMA expressions CASCADE;
DROP ROLE synthik_mallory, synthik_alice;
