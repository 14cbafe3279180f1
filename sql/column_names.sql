--
-- What columns hold, by their names: 2,000 names as applications have them,
-- in six languages, with the types that are right (several with | between;
-- - for none).  At least 95 % have to come out right, of all and of the tenth
-- that no rule was written after; what does not is printed then.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set fixture :abs_srcdir '/test/fixtures/column_names.tsv'
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE SCHEMA column_names;
SET search_path = column_names, public;
CREATE TABLE public.column_name_fixture (line integer GENERATED ALWAYS AS IDENTITY, language text, table_name text, column_name text, sql_type text, expected text, held_out boolean);
COPY public.column_name_fixture (language, table_name, column_name, sql_type, expected, held_out) FROM :'fixture' (HEADER true, ENCODING 'UTF8');
SELECT count(*) >= 1500 AS enough, count(DISTINCT language) AS languages, bool_and(n = 1) AS distinct_names
FROM (SELECT *, count(*) OVER (PARTITION BY table_name, column_name) AS n FROM public.column_name_fixture) AS f;

DO $$
DECLARE
	made text;
BEGIN
	FOR made IN
		SELECT format('CREATE TABLE %I (%s)', table_name, string_agg(format('%I %s', column_name, sql_type), ', ' ORDER BY line))
		FROM public.column_name_fixture GROUP BY table_name
	LOOP
		EXECUTE made;
	END LOOP;
END
$$;
-- What describe says of each: column name "plz" (postcode).
CREATE TABLE public.column_name_result AS
SELECT f.*, coalesce(substring(d.why FROM '^column name .* \((\w+)\)$'), '-') AS found
FROM (SELECT DISTINCT table_name FROM public.column_name_fixture) AS t,
	LATERAL synthik_describe(format('column_names.%I', t.table_name)::regclass) AS d,
	public.column_name_fixture AS f
WHERE f.table_name = t.table_name AND f.column_name = d.field;
SELECT count(*) = (SELECT count(*) FROM public.column_name_fixture) AS all_judged FROM public.column_name_result;

CREATE VIEW public.column_name_judged AS
SELECT *, found = ANY (string_to_array(expected, '|')) AS correct FROM public.column_name_result;
SELECT avg(correct::integer) >= 0.95 AS right_of_all FROM public.column_name_judged;
SELECT avg(correct::integer) >= 0.95 AS right_of_held_out FROM public.column_name_judged WHERE held_out;
SELECT language, round(100 * avg(correct::integer), 1) AS percent FROM public.column_name_judged
GROUP BY language HAVING avg(correct::integer) < 0.9 ORDER BY language;
SELECT language, table_name, column_name, sql_type, expected, found FROM public.column_name_judged
WHERE NOT correct AND (SELECT avg(correct::integer) < 0.95 OR avg(correct::integer) FILTER (WHERE held_out) < 0.95 FROM public.column_name_judged)
ORDER BY line;

-- A name that says nothing leaves it to the column's comment, if that is no
-- sentence; the table's name tells what a name is the name of.
CREATE TABLE commented (x1 text, x2 text, x3 integer, email text);
COMMENT ON COLUMN commented.x1 IS 'Customer''s e-mail address (optional)';
COMMENT ON COLUMN commented.x2 IS 'Where it is said which of them has an email';
COMMENT ON COLUMN commented.x3 IS '年齢';
COMMENT ON COLUMN commented.email IS 'City';
CREATE TABLE tbl_cities (name text);
CREATE TABLE "Products" ("Name" text);
SELECT field, why FROM synthik_describe('commented'::regclass);
SELECT field, why FROM synthik_describe('tbl_cities'::regclass);
SELECT field, why FROM synthik_describe('"Products"'::regclass);

DROP VIEW public.column_name_judged;
DROP TABLE public.column_name_result, public.column_name_fixture;
DROP SCHEMA column_names CASCADE;
