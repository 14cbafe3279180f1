--
-- synthik_columns: the column definition list of a schema
--
CREATE SCHEMA columns_test;
SET search_path = columns_test, public;

SELECT synthik_columns('{"fields": [
    {"name": "id", "type": "integer"},
    {"name": "full name", "type": "full_name"},
    {"name": "Total", "type": "numeric(12,2)"},
    {"name": "select", "type": "varchar(7)"},
    {"name": "when", "type": "timestamptz"},
    {"name": "a\"b; drop table x", "type": "int[]"},
    {"name": "tags", "type": "array", "items": {"type": "string"}},
    {"name": "extra", "type": "object", "fields": [{"name": "n", "type": "integer"}]}]}'::jsonb);

-- JSON Schema's form, as text
SELECT synthik_columns('{"properties": {"a": {"type": "integer"}, "b": {"type": "string", "format": "date"}}}');

-- types with names that need quotes, and a domain
CREATE DOMAIN "my""d'om" AS numeric(5,1);
CREATE TYPE "e;num" AS ENUM ('x', 'y');
SELECT synthik_columns('{"fields": [
    {"name": "a", "type": "\"my\"\"d''om\""},
    {"name": "b", "type": "\"e;num\"[]"}]}'::jsonb);

-- tables, with dropped columns and without any
CREATE TABLE t (a integer, gone text, "B c" char(3), "d""e" numeric(4,2) GENERATED ALWAYS AS (a / 2.0) STORED);
ALTER TABLE t DROP COLUMN gone;
SELECT synthik_columns('t');
SELECT synthik_columns('columns_test.t');
CREATE TABLE none ();
SELECT synthik_columns('none') = '' AS empty;

-- the list can be pasted
SELECT format('SELECT count(*) FROM synthik_generate(%L, 3) AS t(%s)', doc, synthik_columns(doc))
FROM (VALUES ('{"fields": [{"name": "a\"b", "type": "numeric(4,1)"}, {"name": "order", "type": "\"e;num\""}]}')) AS v(doc)
\gexec

-- what is not there
SELECT synthik_columns('nowhere');
SELECT synthik_columns('a b"c');
SELECT synthik_columns('');
SELECT synthik_columns(NULL::text);
SELECT synthik_columns(NULL::jsonb);
SELECT synthik_columns('{"fields": [{"name": "a", "type": "integr"}]}');

DROP SCHEMA columns_test CASCADE;
