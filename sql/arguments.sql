--
-- Every function has a comment and named arguments, and takes each of them
-- by its name.  A new argument needs a value in the table below.
--
CREATE TABLE arguments_target (id int, spare int, is_synthetic boolean);
INSERT INTO synthik_saved (name, document) VALUES ('arguments_saved', '{}');	-- deleted, saved and read, in this order
CREATE TABLE arguments_value (name text, type text, value text, PRIMARY KEY (name, type));
INSERT INTO arguments_value VALUES
('schema', 'jsonb', $$'{"fields": [{"name": "id", "type": "integer"}, {"name": "spare", "type": "integer"}]}'$$),
('schema', 'text', $$'{"fields": [{"name": "id", "type": "integer"}, {"name": "spare", "type": "integer"}]}'$$),
('rows', 'bigint', '2'),
('model', 'text', $$'local'$$),
('seed', 'bigint', '1'),
('locale', 'text', $$'en_US'$$),
('condition', 'jsonb', $$'{"id": {"minimum": 1}}'$$),
('first_row', 'bigint', '1'),
('budget', 'numeric', '0'),
('send', 'text', $$'names'$$),
('options', 'jsonb', $$'{}'$$),
('options', 'text[]', $$'{}'$$),
('row_type', 'anyelement', 'NULL::arguments_target'),
('target', 'regclass', $$'arguments_target'$$),
('source', 'regclass', $$'arguments_target'$$),
('original', 'regclass', $$'arguments_target'$$),
('synthetic', 'regclass', $$'arguments_target'$$),
('holdout', 'regclass', $$'arguments_target'$$),
('predict', 'name', $$'is_synthetic'$$),
('scale', 'numeric', 'NULL'),	-- excludes rows
('mark', 'name', $$'is_synthetic'$$),
('path', 'text', $$current_setting('data_directory') || '/arguments.csv'$$),
('content', 'bytea', $$convert_to(E'id\n1\n', 'UTF8')$$),
('format', 'text', $$'csv'$$),
('query', 'text', $$'SELECT 1 AS id'$$),
('out_path', 'text', $$current_setting('data_directory') || '/arguments.csv'$$),
('include_original', 'boolean', 'true'),
('mark', 'text', $$'made'$$),
('write_options', 'jsonb', $$'{"header": true}'$$),
('workers', 'integer', '0'),
('sample', 'integer', '100'),
('privacy', 'text', $$'strict'$$),
('dates', 'text', $$'after'$$),
('catalog', 'oid', $$'pg_foreign_server'::regclass$$),
('type', 'text', $$'city'$$),
('before', 'timestamp with time zone', $$'-infinity'$$),
('name', 'text', $$'arguments_saved'$$),
('expected_version', 'integer', 'NULL'),
('field', 'text', $$'spare'$$),
('properties', 'jsonb', $$'{"minimum": 1}'$$),
('relation', 'text', $$(SELECT 'arguments_new' || count(*) FROM pg_class)$$),	-- another one each time
('pack', 'text', $$'{"tables": [{"name": "arguments_packed", "fields": [{"name": "id", "type": "integer"}]}]}'$$),
('schema_name', 'name', $$'arguments_schema'$$),
('column_name', 'name', $$'id'$$),
('rule', 'jsonb', $$'{"minimum": 1}'$$),
('rows', 'jsonb', $$'{"arguments_target": 1}'$$),
('exclude', 'name[]', $$'{arguments_value}'$$),
('dry_run', 'boolean', 'true'),
('key', 'text', $$'17'$$);

CREATE VIEW arguments_function AS
SELECT p.oid, p.oid::regprocedure AS function, p.proname, p.prorettype = 'record'::regtype AND p.proallargtypes IS NULL AS is_record
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'synthik');
CREATE VIEW arguments_argument AS
SELECT f.oid, f.function, f.proname, i + 1 AS place, p.proargnames[i + 1] AS name, format_type(p.proargtypes[i], NULL) AS type
FROM arguments_function AS f JOIN pg_proc AS p USING (oid), generate_series(0, p.pronargs - 1) AS i
WHERE obj_description(f.oid, 'pg_proc') NOT LIKE 'Private%' AND f.proname <> 'synthik_check_model' AND p.proargtypes[i] <> 'internal'::regtype;

SELECT synthik_export('VALUES (1), (2), (3)', current_setting('data_directory') || '/arguments.csv');

-- Names, and no name that would have to be quoted.
SELECT function, place, name FROM arguments_argument
WHERE coalesce(name, '') = '' OR quote_ident(name) <> name OR name = ANY ('{time,real,values,row}') ORDER BY 1, 2;
SELECT function FROM arguments_function WHERE obj_description(oid, 'pg_proc') IS NULL OR proname NOT LIKE 'synthik\_%' ORDER BY 1;
-- Objects of every kind have comments.
SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'synthik')
	AND coalesce(obj_description(objid, classid::regclass::name), '') = ''
	AND classid NOT IN ('pg_type'::regclass) ORDER BY 1;
-- The makers' shared list, in its order.
SELECT DISTINCT string_agg(name, ', ' ORDER BY place) FROM arguments_argument
WHERE proname IN ('synthik_generate', 'synthik_generate_json', 'synthik_rows', 'synthik_augment') GROUP BY function ORDER BY 1;

DO $$
DECLARE
	f record;
	missing text;
	list text;
	called int := 0;
BEGIN
	FOR f IN SELECT * FROM arguments_function
		WHERE oid IN (SELECT oid FROM arguments_argument) ORDER BY function::text
	LOOP
		SELECT string_agg(format('%s %s', a.name, a.type), ', ' ORDER BY place) FILTER (WHERE v.name IS NULL),
			string_agg(format('%I => %s::%s', a.name, v.value, CASE a.type WHEN 'anyelement' THEN 'arguments_target' ELSE a.type END), ', ' ORDER BY place)
		INTO missing, list
		FROM arguments_argument AS a LEFT JOIN arguments_value AS v ON v.name = a.name AND v.type = a.type
		WHERE oid = f.oid;
		IF missing IS NOT NULL THEN
			RAISE WARNING '% has arguments that this test has no value for: %', f.function, missing;
			CONTINUE;
		END IF;
		BEGIN
			EXECUTE format('SELECT * FROM %I(%s)%s', f.proname, list, CASE WHEN f.is_record THEN ' AS t(id int)' ELSE '' END);
			called := called + 1;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING '%: %', f.function, SQLERRM;
		END;
	END LOOP;
	RAISE NOTICE 'functions were called: %', called > 10;
END
$$;
SELECT count(*) = 2 AS augmented FROM arguments_target WHERE is_synthetic;

DROP VIEW arguments_argument, arguments_function;
DROP SCHEMA arguments_schema CASCADE;
DO $$
BEGIN
	EXECUTE (SELECT 'DROP TABLE ' || string_agg(quote_ident(relname), ', ') FROM pg_class WHERE relname LIKE 'arguments\_new%' AND relkind = 'r');
END
$$;
DROP TABLE arguments_value, arguments_target;
SELECT synthik_delete('arguments_saved');
