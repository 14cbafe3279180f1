--
-- Texts made from regular expressions match them, in all the dialect that
-- PostgreSQL's ~ has, as far as texts can be made from it
--
SET synthik.locale = 'en_US';
CREATE FUNCTION made(pattern text, rows bigint, keywords jsonb DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS
$$SELECT v FROM synthik_generate(jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'v', 'type', 'text', 'pattern', pattern) || keywords)), rows, seed => 1) AS t(v text)$$;

-- Each of 200 texts matches, and there are at least so many different ones.
CREATE TABLE patterns (n serial, pattern text, distinct_at_least int, shortest int, longest int);
INSERT INTO patterns (pattern, distinct_at_least, shortest, longest) VALUES
('^abc$', 1, 3, 3), ('^$', 1, 0, 0), ('^a*$', 3, 0, NULL), ('^a+$', 3, 1, NULL), ('^a?$', 2, 0, 1), ('^a{3}$', 1, 3, 3), ('^a{2,4}$', 3, 2, 4), ('^a{2,}$', 3, 2, NULL), ('^a{0}b$', 1, 1, 1), ('^a{0,1}b$', 2, 1, 2),
('^[a-z]$', 26, 1, 1), ('^[^a-z]$', 20, 1, 1), ('^[a-cx-z]{2}$', 36, 2, 2), ('^[]a]$', 2, 1, 1), ('^[^]a]{3}$', 100, 3, 3), ('^[a\-z]$', 3, 1, 1), ('^[-a]$', 2, 1, 1), ('^[a-]$', 2, 1, 1), ('^[[:digit:]]{4}$', 150, 4, 4), ('^[[:upper:][:digit:]]{3}$', 190, 3, 3),
('^[[:alpha:]_][[:alnum:]_]{0,5}$', 150, 1, 6), ('^[[:xdigit:]]{8}$', 200, 8, 8), ('^[[:space:]]$', 1, 1, 1), ('^[[:punct:]]{2}$', 100, 2, 2), ('^\d{3}-\d{4}$', 190, 8, 8), ('^\w{5}$', 200, 5, 5), ('^\W$', 10, 1, 1), ('^\D\d\D$', 190, 3, 3), ('^\s?\S+$', 100, 1, NULL), ('^[\d.]{3}$', 150, 3, 3),
('^(a|b|c)$', 3, 1, 1), ('^(?:ab|cd)+$', 5, 2, NULL), ('^(a(b(c)?)?)?$', 4, 0, 3), ('^a|b$', 2, 1, NULL), ('^(|a)b$', 2, 1, 2), ('^(foo|bar)-(x|y|z)$', 6, 5, 5), ('^((a|b)(c|d)){2}$', 16, 4, 4), ('^(Mon|Tue|Wed|Thu|Fri)$', 5, 3, 3), ('^[A-Z]{2}\d{2}( \d{4}){4}$', 200, 24, 24), ('^\+49 \d{3,4} \d{6,8}$', 200, 14, 17),
('^\.\*\+\?\(\)\[\]\{\}\|\^\$\\$', 1, 14, 14), ('^a\.b$', 1, 3, 3), ('^.$', 20, 1, 1), ('^.{10}$', 200, 10, 10), ('^a.c$', 20, 3, 3), ('^\t\n$', 1, 2, 2), ('^\x41\u0042$', 1, 2, 2), ('^\u00e4{2}$', 1, 2, 2), ('^[äöüß]{3}$', 50, 3, 3), ('^[α-ω]{4}$', 190, 4, 4),
('abc', 1, 3, NULL), ('^abc', 1, 3, NULL), ('abc$', 1, 3, NULL), ('[0-9]+', 20, 1, NULL), ('', 1, 0, NULL), ('\Aabc\Z', 1, 3, 3), ('(?i)^abc$', 8, 3, 3), ('^a{1,3}?b$', 3, 2, 4), ('^a*?$', 3, 0, NULL), ('^(a+)+$', 3, 1, NULL),
('^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$', 190, 10, 10), ('^[a-z0-9._%+-]+@[a-z0-9-]+\.(com|org|net)$', 200, 7, NULL), ('^#[0-9a-f]{6}$', 200, 7, 7), ('^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$', 190, 7, 15), ('^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$', 200, 36, 36), ('^a(?#comment)b$', 1, 2, 2), ('***:^a$', 1, 1, 1), ('***=a.c', 1, 3, 3);

CREATE FUNCTION judged(pattern text, distinct_at_least int, shortest int, longest int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
	SELECT count(*) AS rows, count(*) FILTER (WHERE v ~ pattern) AS matching, count(DISTINCT v) AS different, min(length(v)) AS low, max(length(v)) AS high, min(v) FILTER (WHERE v !~ pattern) AS wrong
	INTO r FROM made(pattern, 200) AS v;
	RETURN CASE WHEN r.rows <> 200 THEN r.rows || ' rows'
		WHEN r.matching < 200 THEN format('%s do not match, such as %L', 200 - r.matching, r.wrong)
		WHEN r.different < distinct_at_least THEN r.different || ' different'
		WHEN r.low < shortest THEN 'too short: ' || r.low
		WHEN r.high > longest THEN 'too long: ' || r.high
		ELSE 'good' END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END
$$;
SELECT judged, count(*), array_agg(pattern) FILTER (WHERE judged <> 'good') AS patterns
FROM (SELECT n, pattern, judged(pattern, distinct_at_least, shortest, longest) FROM patterns) AS j GROUP BY judged ORDER BY min(n);

-- Unanchored patterns allow more than they say; lengths hold for all.
SELECT pattern, min(length(v)) AS low, max(length(v)) AS high, bool_and(v ~ pattern) AS matching
FROM (VALUES ('^[a-z]+$'), ('^[a-z]{2,20}$'), ('^(ab|cde|f)*$'), ('^x[0-9]*y?$'), ('^\w+ \w+$'), ('a')) AS p(pattern), made(pattern, 300, '{"minLength": 5, "maxLength": 9}') AS v GROUP BY pattern ORDER BY pattern COLLATE "C";
SELECT pattern, min(v), max(v) FROM (VALUES ('^(a|bb|ccc|dddd)$'), ('^(aaa|b){1,2}$')) AS p(pattern), made(pattern, 100, '{"minLength": 3, "maxLength": 3}') AS v GROUP BY pattern ORDER BY pattern;
SELECT v FROM made('^a+$', 1, '{"minLength": 1000}') AS v WHERE length(v) < 1000;
SELECT min(length(v)) AS low, max(length(v)) AS high FROM synthik_generate('{"fields": [{"name": "v", "type": "varchar(5)", "pattern": "^[a-z]+$"}]}', 300, seed => 1) AS t(v text);

-- All of them, one by one, where the values are unique.
\set SHOW_CONTEXT never
SELECT pattern, (SELECT string_agg(v, ' ' ORDER BY v COLLATE "C") FROM made(pattern, rows, '{"unique": true}') AS v) FROM (VALUES ('^(a|b)(c|d)?$', 6), ('^[x-z]{1,2}$', 12), ('^(a|ab)(c|bc)$', 3), ('^(a*){2}$', 3)) AS p(pattern, rows);

-- Texts that can be read in several ways count once; too many are refused.
SELECT count(*), count(DISTINCT v) FROM made('^(a|ab|abc)(c|bc|abc)?(a|b)*$', 200, '{"unique": true, "maxLength": 8}') AS v;
SELECT count(*) FROM made('^(a|ab)(c|bc)$', 4, '{"unique": true}') AS v;
SELECT count(*) FROM made('^([a-z]+)+$', 4, '{"unique": true}') AS v;

-- Other types take patterns as texts of theirs.
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "v", "type": "char(3)", "pattern": "^[A-Z]{3}$"}]}', 100, seed => 1) AS t(v text) WHERE v ~ '^[A-Z]{3}$';

-- What cannot be made, or is no pattern at all.
SELECT pattern, problem, hint FROM (VALUES (1, '('), (2, '[a'), (3, 'a{2,1}'), (4, 'a{1000}'), (5, '*a'), (6, '(a)\1'), (7, '^[z-a]$'), (8, '^[[:nothing:]]$'), (9, 'a^b'), (10, 'a$b'), (11, '^[^\s\S]$'), (12, '(?<=a)b'), (13, '^(?!a)a$'), (14, '\'), (15, '^(((((a{100}){100}){100}){100}){100})$'), (16, '(?z)a'), (17, repeat('(', 5000) || repeat(')', 5000)), (0, '^\bfoo\b$'))
	AS p(n, pattern), synthik_validate(jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'v', 'type', 'text', 'pattern', pattern)))) AS v WHERE n < 17 ORDER BY n;
SELECT left(problem, 100) FROM synthik_validate(jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('name', 'v', 'type', 'text', 'pattern', repeat('(', 100000) || repeat(')', 100000)))));
DROP TABLE patterns;
DROP FUNCTION judged, made;
