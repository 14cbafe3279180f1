--
-- What the methods of faker-js and of Python's Faker are called here: the
-- fixture has each with the type it stands for, or the keyword of a field, or
-- why there is none.  Names are given as those libraries write them.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set fixture :abs_srcdir '/test/fixtures/faker_names.tsv'
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE TEMPORARY TABLE faker_name (library text, method text, type text, keyword text, reason text);
COPY faker_name FROM :'fixture' (HEADER true, ENCODING 'UTF8', DELIMITER E'\t', FORMAT csv, QUOTE E'\b');
SELECT library, count(*) > 150 AS enough, count(*) = count(DISTINCT method) AS named_once,
       bool_and(num_nonnulls(type, keyword, reason) = 1) AS one_answer_each,
       avg((reason IS NULL)::integer) >= CASE library WHEN 'faker-js' THEN 0.95 ELSE 0.9 END AS nearly_all
FROM faker_name GROUP BY library ORDER BY library COLLATE "C";
SELECT library, method, reason FROM faker_name WHERE reason IS NOT NULL ORDER BY library COLLATE "C", method COLLATE "C";

-- A method's name is a type in a document, and the one that the fixture says.
CREATE FUNCTION pg_temp.made(word text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    made text;
BEGIN
    EXECUTE format('SELECT v FROM synthik_generate(%L::jsonb, 20, seed => 7) AS t(v text) LIMIT 1 OFFSET 11',
                   jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'v', 'type', word)))) INTO made;
    RETURN made;
EXCEPTION WHEN OTHERS THEN
    RETURN 'error: ' || SQLERRM;
END $$;
SELECT library, method, type, pg_temp.made(method) AS by_method, pg_temp.made(type) AS by_type
FROM faker_name
WHERE type IS NOT NULL AND (pg_temp.made(method) IS DISTINCT FROM pg_temp.made(type) OR pg_temp.made(type) LIKE 'error:%' OR pg_temp.made(type) = '');

-- What has a reason is no type by accident, and every keyword is one.
SELECT method FROM faker_name, synthik_types t WHERE reason IS NOT NULL AND (t.name = method OR method = ANY (t.aliases));
SELECT f.keyword, n.keyword IS NOT NULL AS listed, (SELECT min(problem) FROM synthik_validate(
           jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'x') || f.field::jsonb)))) AS problem
FROM (VALUES ('enum', '{"enum": ["a", "b"]}'), ('items', '{"type": "array", "items": {"type": "color"}}'), ('minimum', '{"type": "integer", "minimum": 3}'),
             ('null_fraction', '{"type": "integer", "null_fraction": 0.5}'), ('pattern', '{"type": "text", "pattern": "^[xyz]{3}$"}'),
             ('weights', '{"enum": ["a", "b"], "weights": [2, 1]}')) AS f(keyword, field)
FULL JOIN (SELECT DISTINCT keyword FROM faker_name WHERE keyword IS NOT NULL) AS n USING (keyword) ORDER BY f.keyword COLLATE "C";

-- Numbers of companies are of forms that no authority gives out.
SELECT locale, bool_and(v ~ form) AS never_issued, count(DISTINCT v) > 900 AS varied
FROM (VALUES ('en_US', '^00-\d{7}$'), ('en_GB', '^GB0[1-9]\d{5}\d{2}$'), ('de_DE', '^DE0\d{8}$'), ('fr_FR', '^FR9[789]\d{9}$'),
             ('es_ES', '^B\d{7}J$'), ('it_IT', '^\d{7}[2-7]\d{3}$'), ('nl_NL', '^NL\d{9}B00$'), ('pl_PL', '^0\d\d-\d{3}-\d\d-\d\d$'),
             ('pt_BR', '^\d\d\.\d{3}\.\d{3}/0000-\d\d$'), ('ja_JP', '^0\d{12}$'), ('zh_CN', '^91000000\d{9}X$'),
             ('hi_IN', '^00[A-Z]{3}C[A-Z]\d{4}[A-Z]1Z\d$')) AS l(locale, form),
     LATERAL synthik_generate('{"fields": [{"name": "v", "type": "tax_id"}]}'::jsonb, 1000, seed => 5, locale => l.locale) AS t(v text)
GROUP BY locale ORDER BY locale COLLATE "C";

-- Parts of one thing go together in a row.
SELECT bool_and(author = 'Jane Austen') AS austen
FROM synthik_generate('{"fields": [{"name": "book", "type": "book.title"}, {"name": "author", "type": "book.author"}]}'::jsonb, 2000, seed => 3)
     AS t(book text, author text) WHERE book IN ('Emma', 'Pride and Prejudice');
SELECT count(DISTINCT artist) = count(DISTINCT (artist, album)) AS one_album_each
FROM synthik_generate('{"fields": [{"name": "artist", "type": "music.artist"}, {"name": "album", "type": "music.album"}]}'::jsonb, 2000, seed => 3)
     AS t(artist text, album text);
SELECT locale, c, n, count(*)
FROM (VALUES ('en_US'), ('de_DE'), ('ja_JP')) AS l(locale),
     LATERAL synthik_generate('{"fields": [{"name": "c", "type": "currency_code"}, {"name": "n", "type": "finance.currencyNumericCode"}]}'::jsonb, 100, seed => 3, locale => l.locale)
     AS t(c text, n text) GROUP BY 1, 2, 3 ORDER BY locale COLLATE "C";
