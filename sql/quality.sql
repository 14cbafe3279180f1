--
-- synthik_quality: how alike two tables are
--
CREATE SCHEMA quality_test;
SET search_path = quality_test, public;

CREATE FUNCTION scores(original regclass, synthetic regclass, holdout regclass DEFAULT NULL, predict name DEFAULT NULL)
RETURNS TABLE (metric text, column_name name, other_column name, score numeric, bar numeric, advice text)
LANGUAGE sql AS $$
	SELECT metric, column_name, other_column, round(score::numeric, 3), round(bar::numeric, 3), advice
	FROM public.synthik_quality(original, synthetic, holdout, predict)
$$;

-- every score of two small tables, by hand: the values of n overlap in 3 of 4,
-- half of the c are another one, and nothing is known of keys but NULLs
CREATE TABLE small (id int PRIMARY KEY, n int, m float8, c text, b boolean);
CREATE TABLE small_syn (LIKE small);
INSERT INTO small VALUES (1, 1, 10, 'x', true), (2, 2, 20, 'x', true), (3, 3, 30, 'y', false), (4, 4, NULL, 'y', NULL);
INSERT INTO small_syn VALUES (1, 2, 20, 'x', true), (2, 3, 30, 'x', true), (3, 4, 40, 'x', true), (4, 5, 50, 'z', true);
SELECT * FROM scores('small', 'small_syn');

-- a table is like itself
SELECT metric, min(score), max(score) FROM scores('small', 'small') GROUP BY 1 ORDER BY 1;

-- the same rows with columns shuffled: shapes are equal, pairs are not, and a
-- classifier tells them; what is learned of one column is of no use
CREATE TABLE linked AS SELECT i AS id, i % 97 AS a, (i % 97) * 2 + i % 3 AS b, 'level ' || (i % 97) / 20 AS c, (i * 31) % 50 AS d,
	date '2024-01-01' + i % 97 AS day, i % 97 > 48 AS high FROM generate_series(1, 3000) AS i;
CREATE TABLE shuffled AS SELECT i AS id, i % 97 AS a, (i / 31 % 97) * 2 + i / 31 % 3 AS b, 'level ' || (i / 7 % 97) / 20 AS c, (i * 31) % 50 AS d,
	date '2024-01-01' + i / 13 % 97 AS day, i / 3 % 97 > 48 AS high FROM generate_series(1, 3000) AS i;
ALTER TABLE linked ADD PRIMARY KEY (id);
CREATE VIEW same AS SELECT a, b, c, d, day, high FROM linked WHERE id / 50 % 2 = 0;
CREATE VIEW others AS SELECT a, b, c, d, day, high FROM linked WHERE id / 50 % 2 = 1;
SELECT metric, score > 0.97 AS good FROM scores('linked', 'shuffled') WHERE column_name IS NULL AND metric IN ('column shapes', 'pair trends', 'new rows') ORDER BY 1;
SELECT metric, score > 0.9 AS told, advice IS NOT NULL AS advised FROM scores('linked', 'shuffled') WHERE metric = 'classifier AUC';
CREATE VIEW noise AS SELECT i, ('x' || substr(md5(i::text), 1, 4))::bit(16)::int % 50 AS x, ('x' || substr(md5(i::text), 5, 4))::bit(16)::int % 7 AS y FROM generate_series(1, 4000) AS i;
CREATE VIEW noise_first AS SELECT x, y FROM noise WHERE i <= 2000;
CREATE VIEW noise_second AS SELECT x, y FROM noise WHERE i > 2000;
SELECT metric, score BETWEEN 0.45 AND 0.55 AS alike, advice FROM scores('noise_first', 'noise_second') WHERE metric = 'classifier AUC';
SELECT metric, column_name, score > 0.9 AS learned FROM scores('same', 'shuffled', 'others', 'high') WHERE metric LIKE 'trained%';
SELECT metric, column_name, score > 0.9 AS learned FROM scores('same', 'shuffled', 'others', 'b') WHERE metric LIKE 'trained%';
SELECT metric, column_name, score > 0.9 AS learned, advice FROM scores('same', 'shuffled', 'others', 'c') WHERE metric LIKE 'trained%';
-- rows that were copied from the original are nearer to it; those of the hold-out are not
CREATE TABLE spread AS SELECT i AS id, (i * 7919) % 10007 AS x, (i * 104729) % 10009 AS y FROM generate_series(1, 400) AS i;
CREATE TABLE spread_out AS SELECT i AS id, (i * 7919 + 4001) % 10007 AS x, (i * 104729 + 17) % 10009 AS y FROM generate_series(401, 800) AS i;
SELECT metric, score, bar, advice FROM scores('spread', 'spread', 'spread_out') WHERE metric = 'closest records';
SELECT metric, score FROM scores('spread', 'spread_out', 'spread_out') WHERE metric = 'closest records';
SELECT metric, score, bar, advice FROM scores('spread', 'spread') WHERE metric = 'new rows';
-- a number that is telling by itself is named
CREATE VIEW moved AS SELECT id, a, b, c, d + 0.25 AS d, day, high FROM linked;
SELECT metric, score > 0.99 AS told, advice FROM scores('linked', 'moved') WHERE metric = 'classifier AUC';

-- rules of the original
CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE ruled (id int PRIMARY KEY, name varchar(4) NOT NULL, share percent, low int, high int,
	CONSTRAINT ordered CHECK (low <= high), UNIQUE (low, high));
INSERT INTO ruled SELECT i, 'n' || i, i, i, i + 1 FROM generate_series(1, 10) AS i;
CREATE TABLE unruled (id int, name text, share int, low int, high int);
INSERT INTO unruled SELECT i, 'n' || i, i, i, i + 1 FROM generate_series(1, 10) AS i;
SELECT metric, score, advice FROM scores('ruled', 'unruled') WHERE metric ~ '^(schema|constraint)';
UPDATE unruled SET name = 'too long' WHERE id = 1;
UPDATE unruled SET name = NULL WHERE id IN (2, 3);
UPDATE unruled SET share = 101 WHERE id = 4;
UPDATE unruled SET high = 0 WHERE id IN (5, 6);
UPDATE unruled SET id = 10 WHERE id = 9;
UPDATE unruled SET low = 7, high = 8 WHERE id = 8;
SELECT metric, score, advice FROM scores('ruled', 'unruled') WHERE metric ~ '^(schema|constraint)';
CREATE TABLE failing (a int, CONSTRAINT divides CHECK (10 / a > 0));
INSERT INTO failing VALUES (1), (2);
CREATE VIEW zeroes AS SELECT unnest('{0,1,0,2}'::int[]) AS a;
-- an error in a rule is a row that cannot be stored
SELECT metric, score, advice FROM scores('failing', 'zeroes') WHERE metric ~ '^(schema|constraint)';
-- values that are too long for a sample are not NULL
CREATE TABLE long_doc (doc jsonb NOT NULL);
INSERT INTO long_doc SELECT jsonb_build_object('k', repeat('x', 9000 * (i % 2))) FROM generate_series(1, 10) AS i;
CREATE TABLE long_doc_syn AS SELECT * FROM long_doc;
SELECT metric, score, advice FROM scores('long_doc', 'long_doc_syn') WHERE metric ~ '^(schema|constraint)';

-- forms of texts
CREATE TABLE coded AS SELECT 'AB-' || 1000 + i AS code, 'u' || i || '@example.org' AS email, md5(i::text) || ' ' || repeat('x ', i % 60) AS free FROM generate_series(1, 200) AS i;
CREATE TABLE coded_syn AS SELECT CASE WHEN i % 2 = 0 THEN 'XY-' || 5000 + i ELSE 'XY ' || 5000 + i END AS code, 'w' || i || '@example.org' AS email, 'free' AS free FROM generate_series(1, 100) AS i;
SELECT metric, column_name, score, bar, advice FROM scores('coded', 'coded_syn') WHERE metric = 'pattern match';

-- advice does not cut characters in two
CREATE VIEW umlauts AS SELECT 'x' || repeat(U&'\00fc', 30) AS a FROM generate_series(1, 100);
CREATE VIEW plain AS SELECT 'y'::text AS a FROM generate_series(1, 100);
SELECT metric, score, length(advice) FROM scores('umlauts', 'plain') WHERE metric = 'column shape';

-- columns that are on one side only, or of another type
CREATE TABLE left_side (a int, b int, c int, "a""b; drop" text);
CREATE TABLE right_side (a int, c date, d int, "a""b; drop" text);
ALTER TABLE left_side ADD dropped int, ADD last int;
ALTER TABLE left_side DROP dropped;
INSERT INTO left_side VALUES (1, 1, 1, 'u', 7), (2, 2, 2, 'u', 8);
INSERT INTO right_side VALUES (1, '2024-01-01', 1, 'v');
SELECT metric, column_name, other_column, score, advice FROM scores('left_side', 'right_side') WHERE column_name IS NOT NULL;
SELECT * FROM scores('left_side', 'right_side', predict => 'b');
SELECT metric, column_name, score, advice FROM scores('left_side', 'right_side', predict => 'a') WHERE metric LIKE 'trained%';

-- nothing to compare
CREATE TABLE empty (a int, b text);
CREATE TABLE nulls AS SELECT NULL::int AS a, NULL::text AS b FROM generate_series(1, 5);
CREATE TABLE one (a int);
INSERT INTO one VALUES (1);
SELECT * FROM scores('empty', 'empty', 'empty', 'a');
SELECT metric, column_name, other_column, score FROM scores('nulls', 'nulls');
SELECT metric, column_name, other_column, score FROM scores('one', 'nulls');
SELECT metric, column_name, other_column, score FROM scores('nulls', 'one');
SELECT * FROM scores('one', 'coded');
CREATE TABLE none ();
SELECT * FROM scores('none', 'none');

-- values of all kinds: what has no distribution leaves nothing but NULLs
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE kinds (f float8, n numeric, t timestamptz, i interval, h time, m mood, u uuid, j jsonb, r int4range, a int[], c char(3));
INSERT INTO kinds VALUES
	('NaN', 'NaN', 'infinity', '1 day', '10:00', 'sad', '00000000-0000-0000-0000-000000000001', '{"a": 1}', '[1,3)', '{1}', 'a'),
	('Infinity', 1e300, '2024-01-01', '1 month', '11:00', 'glad', '00000000-0000-0000-0000-000000000002', '1', 'empty', '{}', 'a'),
	(1, 1, '2024-02-01', '2 days', '12:00', 'glad', '00000000-0000-0000-0000-000000000003', 'null', '[1,3)', '{1,2}', 'b'),
	(-1e308, -1e300, '-infinity', '2 days', '12:00', 'glad', '00000000-0000-0000-0000-000000000004', '[]', '[1,3)', '{NULL}', 'b');
SELECT DISTINCT metric, column_name, score FROM scores('kinds', 'kinds') WHERE other_column IS NULL AND score <> 1 ORDER BY 1, 2;
SELECT count(*) FILTER (WHERE score = 1) AS equal, count(*) FILTER (WHERE score IS NULL) AS undefined, count(*) FROM scores('kinds', 'kinds') WHERE metric = 'pair trend';

-- relations of other kinds
CREATE MATERIALIZED VIEW kept AS SELECT * FROM linked;
CREATE TABLE parted (LIKE linked) PARTITION BY LIST (high);
CREATE TABLE parted_true PARTITION OF parted FOR VALUES IN (true);
CREATE TABLE parted_false PARTITION OF parted FOR VALUES IN (false);
INSERT INTO parted SELECT * FROM linked;
SELECT metric, score FROM scores('kept', 'parted') WHERE metric LIKE 'overall%';
CREATE SEQUENCE numbers;
SELECT * FROM scores('numbers', 'linked');
SELECT * FROM synthik_quality(NULL, 'linked');
SELECT * FROM scores('linked', 'linked', predict => 'missing');

-- privileges: only columns with SELECT count, and rows that row security shows
CREATE ROLE synthik_quality_reader;
GRANT USAGE ON SCHEMA quality_test TO synthik_quality_reader;
GRANT SELECT ON same, small, small_syn TO synthik_quality_reader;
GRANT SELECT (a, c) ON linked TO synthik_quality_reader;
ALTER TABLE small ENABLE ROW LEVEL SECURITY;
CREATE POLICY odd ON small USING (id % 2 = 1);
SET ROLE synthik_quality_reader;
SELECT metric, column_name, score, advice FROM scores('linked', 'same') WHERE column_name IS NOT NULL AND other_column IS NULL ORDER BY 2, 1;
SELECT * FROM scores('shuffled', 'same');
SELECT * FROM scores('same', 'linked', predict => 'b');
SELECT metric, score FROM scores('small', 'small_syn') WHERE metric = 'missing values' AND column_name = 'm';
RESET ROLE;
SELECT metric, score FROM scores('small', 'small_syn') WHERE metric = 'missing values' AND column_name = 'm';

SET client_min_messages = warning;
DROP SCHEMA quality_test CASCADE;
DROP ROLE synthik_quality_reader;
