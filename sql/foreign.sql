--
-- Foreign tables, where postgres_fdw and file_fdw are installed.
--
SELECT count(*) = 2 AS available FROM pg_available_extensions WHERE name IN ('postgres_fdw', 'file_fdw') \gset
\if :available
\else
\quit
\endif
SET client_min_messages = warning;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION file_fdw;
DO $$
BEGIN
	EXECUTE format('CREATE SERVER regress_loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname %L, port %L, host %L)',
		current_database(), current_setting('port'), split_part(current_setting('unix_socket_directories'), ',', 1));
END $$;
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_loopback;
CREATE TABLE far_away (id integer PRIMARY KEY, word text NOT NULL, born date, n integer DEFAULT 5);
CREATE FOREIGN TABLE near (id integer, word text NOT NULL, born date CHECK (born BETWEEN '1990-01-01' AND '1999-12-31'), email text) SERVER regress_loopback OPTIONS (table_name 'far_away');
ALTER FOREIGN TABLE near DROP COLUMN email;
SELECT synthik_augment('near', 100, seed => 1, schema => '{"fields": [{"name": "id", "unique": true}]}');
SELECT count(*), count(DISTINCT id) AS ids, min(born) >= '1990-01-01' AND max(born) <= '1999-12-31' AS born, count(n) AS n FROM far_away;
SELECT synthik_augment('near', scale => 1, seed => 1);
SELECT count(*) FROM synthik_rows(NULL::near, 10);

-- What is learned of the first rows that are read from there
INSERT INTO far_away SELECT i, 'far', '1995-01-01' FROM generate_series(1001, 1500) AS i;
SELECT synthik_infer('near') ? 'fit' AS learned;
SELECT synthik_augment('near', 400, seed => 2, condition => '{"word": "far"}', schema => '{"fields": [{"name": "id", "unique": true, "minimum": 10000, "maximum": 20000}]}');
SELECT count(*) FILTER (WHERE born = '1995-01-01') > 200 AS born_alike FROM far_away WHERE id >= 10000;

-- A partition that lies elsewhere
CREATE TABLE readings (day date NOT NULL, value integer) PARTITION BY RANGE (day);
CREATE TABLE readings_here PARTITION OF readings FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE readings_there (day date NOT NULL, value integer);
CREATE FOREIGN TABLE readings_far PARTITION OF readings FOR VALUES FROM ('2023-01-01') TO ('2024-01-01') SERVER regress_loopback OPTIONS (table_name 'readings_there');
SELECT synthik_augment('readings', 200, seed => 2);
SELECT (SELECT count(*) FROM readings_here) + (SELECT count(*) FROM readings_there) AS together, (SELECT count(*) FROM readings_there) > 50 AS there;
SELECT synthik_infer('readings') ? 'fit' AS learned;

-- One that takes no rows
CREATE SERVER regress_files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE file (line text) SERVER regress_files OPTIONS (filename '/dev/null');
SELECT synthik_augment('file', 1, seed => 1);
SELECT count(line) > 5 AS lines FROM synthik_rows(NULL::file, 10, seed => 1);

DROP TABLE readings, readings_there, far_away;
DROP EXTENSION postgres_fdw CASCADE;
DROP EXTENSION file_fdw CASCADE;
