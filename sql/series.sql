--
-- Rows in runs that belong together: "series", "per", "ascending", and the row before in expressions
--
\set VERBOSITY default
SET synthik.locale = 'en_US';
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

CREATE TABLE series_documents (name text PRIMARY KEY, document jsonb);
INSERT INTO series_documents VALUES
('bank', '{"series": {"rows": [3, 40]}, "fields": [
	{"name": "account", "type": "integer", "unique": true, "per": "series"},
	{"name": "opening", "type": "numeric(10,2)", "minimum": 100, "maximum": 500, "per": "series"},
	{"name": "at", "type": "timestamp", "minimum": "2025-01-01", "maximum": "2025-12-31", "ascending": true},
	{"name": "kind", "enum": ["in", "out"]},
	{"name": "amount", "type": "numeric(10,2)", "minimum": 1, "maximum": 90, "by": "kind", "cases": {"out": {"minimum": -80, "maximum": -1}}},
	{"name": "balance", "type": "numeric(12,2)", "expression": "coalesce(previous.balance, opening) + amount"}],
	"checks": ["at > previous.at", "balance >= 50"]}'),
('price', '{"series": {"rows": 48}, "fields": [
	{"name": "symbol", "type": "text", "pattern": "^[A-Z]{4}$", "unique": true, "per": "series"},
	{"name": "start", "type": "numeric(10,2)", "minimum": 20, "maximum": 90, "per": "series"},
	{"name": "day", "type": "date", "expression": "date ''2025-01-01'' + series.position::int - 1"},
	{"name": "change", "type": "float8", "minimum": -0.3, "maximum": 0.3, "distribution": {"kind": "normal", "mean": 0, "stddev": 0.02}},
	{"name": "close", "type": "numeric(10,2)", "expression": "round((coalesce(previous.close, start) * (1 + change))::numeric, 2)"}]}'),
('state', '{"series": {"rows": [1, 9]}, "fields": [
	{"name": "u", "type": "float8", "minimum": 0, "maximum": 1},
	{"name": "state", "type": "text", "expression": "case coalesce(previous.state, ''new'') when ''new'' then case when u < 0.7 then ''paid'' else ''cancelled'' end when ''paid'' then ''shipped'' when ''shipped'' then case when u < 0.9 then ''delivered'' else ''lost'' end else previous.state end"},
	{"name": "place", "type": "text", "expression": "series.number || ''.'' || series.position || ''/'' || series.rows"}]}');

-- balances add up, times go on, and an account is a series
CREATE TABLE bank AS SELECT row_number() OVER () AS n, r.* FROM series_documents d, synthik_generate(d.document, 5000, seed => 3)
	AS r(account int, opening numeric, at timestamp, kind text, amount numeric, balance numeric) WHERE d.name = 'bank';
SELECT account, opening, at, amount, balance FROM bank ORDER BY n LIMIT 8;
SELECT count(*), bool_and(at > before) AS ascends, bool_and(balance = coalesce(last, opening) + amount) AS adds_up, min(balance) >= 50 AS checked, bool_and(sign(amount) = CASE kind WHEN 'in' THEN 1 ELSE -1 END) AS cases
FROM (SELECT *, lag(at) OVER w AS before, lag(balance) OVER w AS last FROM bank WINDOW w AS (PARTITION BY account ORDER BY n)) s;
SELECT min(n) >= 3 AS least, max(n) <= 40 AS most, count(*) BETWEEN 220 AND 245 AS accounts, stddev(n) BETWEEN 9 AND 13 AS spread FROM (SELECT count(*) AS n FROM bank WHERE n <= 4900 GROUP BY account) s;
SELECT max(extract(month FROM at)) > 10 AS through_the_year FROM bank;
-- slices are the whole, wherever they begin; so is what reads some fields only
SELECT first, count(*) FILTER (WHERE b.n IS NOT NULL) AS same FROM generate_series(1, 4900, 97) first, LATERAL (SELECT row_number() OVER () - 1 + first AS n, r.*
	FROM synthik_generate((SELECT document FROM series_documents WHERE name = 'bank'), 7, seed => 3, first_row => first) AS r(account int, opening numeric, at timestamp, kind text, amount numeric, balance numeric)) s
	LEFT JOIN bank b USING (n, account, opening, at, kind, amount, balance) GROUP BY 1 HAVING count(b.n) <> 7;
SELECT count(*) FROM (SELECT row_number() OVER () AS n, r.* FROM series_documents d, synthik_generate(d.document, 5000, seed => 3) AS r(balance numeric) WHERE name = 'bank') s JOIN bank USING (n, balance);
SELECT count(*) FROM (SELECT row_number() OVER () + 500 AS n, r.* FROM series_documents d, synthik_generate(d.document, 4000, seed => 3, first_row => 501) AS r(account int) WHERE name = 'bank') s JOIN bank USING (n, account);
SELECT count(*) FROM (SELECT r.* FROM series_documents d, synthik_generate(d.document, 5000, seed => 4) AS r(account int, opening numeric, at timestamp, kind text, amount numeric, balance numeric) WHERE name = 'bank') s JOIN bank USING (account, at, balance);

-- prices walk; every series has its length, and a block's end is nothing to it
SELECT count(*), count(DISTINCT symbol) AS symbols, min(rows) AS least, max(rows) AS most, bool_and(steady) AS steady FROM (
	SELECT symbol, count(*) AS rows, bool_and(abs(close / before - 1) < 0.31) AS steady FROM (SELECT r.*, lag(close) OVER (PARTITION BY symbol ORDER BY day) AS before
		FROM series_documents d, synthik_generate(d.document, 4800, seed => 1) AS r(symbol text, day date, close numeric) WHERE name = 'price') s GROUP BY 1) t;
SELECT r.* FROM series_documents d, synthik_generate(d.document, 5, seed => 1, first_row => 95) AS r(symbol text, start numeric, day date, change float8, close numeric) WHERE name = 'price';
-- states follow one another
SELECT r.before, r.state, count(*) > 20 AS many FROM (SELECT r.state, lag(r.state) OVER (PARTITION BY split_part(r.place, '.', 1) ORDER BY split_part(split_part(r.place, '.', 2), '/', 1)::int) AS before
	FROM series_documents d, synthik_generate(d.document, 3000, seed => 1) AS r(state text, place text) WHERE name = 'state') r GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(DISTINCT r.place), min(r.place), max(length(r.place)) FROM series_documents d, synthik_generate(d.document, 3000, seed => 1) AS r(place text) WHERE name = 'state';

-- all distributions ascend; whole numbers, with ties
SELECT count(*) FILTER (WHERE a < la OR b < lb OR c < lc OR d < ld OR e < le OR f < lf) AS wrong, min(a) AS min_a, max(a) AS max_a, round(avg(b)::numeric) AS mean_b, count(DISTINCT f) > 1 AS more FROM (
	SELECT *, lag(a) OVER w AS la, lag(b) OVER w AS lb, lag(c) OVER w AS lc, lag(d) OVER w AS ld, lag(e) OVER w AS le, lag(f) OVER w AS lf FROM (SELECT row_number() OVER () AS n, r.* FROM synthik_generate('{"series": {"rows": 10}, "fields": [
		{"name": "s", "type": "integer", "expression": "series.number"},
		{"name": "a", "type": "integer", "minimum": 1, "maximum": 5, "ascending": true},
		{"name": "b", "type": "float8", "distribution": {"kind": "normal", "mean": 50, "stddev": 9}, "ascending": true},
		{"name": "c", "type": "numeric(8,2)", "distribution": {"kind": "lognormal", "mean": 50, "stddev": 90}, "ascending": true},
		{"name": "d", "type": "date", "ascending": true},
		{"name": "e", "type": "interval", "ascending": true},
		{"name": "f", "type": "integer", "distribution": {"kind": "poisson", "mean": 3}, "ascending": true}]}', 3000, seed => 1) AS r(s int, a int, b float8, c numeric, d date, e interval, f int)) t WINDOW w AS (PARTITION BY s ORDER BY n)) u;
-- between what is drawn once a series, and behind it
SELECT count(*), bool_and(r.at >= r.opened) AS after, count(DISTINCT r.opened) AS accounts FROM synthik_generate('{"series": {"rows": 5}, "fields": [
	{"name": "opened", "type": "date", "minimum": "2024-01-01", "maximum": "2024-12-31", "per": "series"},
	{"name": "at", "type": "date", "minimum": "2024-01-01", "maximum": "2025-12-31", "ascending": true}], "checks": ["at >= opened"]}', 500, seed => 1) AS r(opened date, at date);

-- a reference once a series: each account is one; into a table, with workers too
CREATE TABLE series_accounts (id int PRIMARY KEY, name text);
INSERT INTO series_accounts SELECT i, 'account ' || i FROM generate_series(1, 100) i;
CREATE TABLE series_entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id int NOT NULL REFERENCES series_accounts, seq int NOT NULL, at timestamp NOT NULL, amount numeric(9,2) NOT NULL, balance numeric(12,2) NOT NULL, UNIQUE (account_id, seq));
CREATE FUNCTION series_fill(processes int) RETURNS bigint LANGUAGE sql AS $$ SELECT synthik_augment('series_entries', 1900, seed => 5, workers => processes, schema => '{"series": {"rows": 20}, "fields": [
	{"name": "account_id", "per": "series", "unique": true}, {"name": "seq", "expression": "series.position"},
	{"name": "at", "minimum": "2025-01-01", "maximum": "2025-03-31", "ascending": true}, {"name": "amount", "minimum": -50, "maximum": 80},
	{"name": "balance", "expression": "coalesce(previous.balance, 0) + amount"}]}') $$;
SELECT series_fill(0);
SELECT count(DISTINCT account_id) AS accounts, bool_and(balance = coalesce(last, 0) + amount) AS adds_up, bool_and(at >= before) AS ascends, count(*) FILTER (WHERE seq = 20) AS whole
FROM (SELECT *, lag(balance) OVER w AS last, lag(at) OVER w AS before FROM series_entries WINDOW w AS (PARTITION BY account_id ORDER BY seq)) s;
CREATE TABLE series_first AS SELECT account_id, seq, at, amount, balance FROM series_entries;
TRUNCATE series_entries;
SELECT series_fill(2);
SELECT count(*) FROM series_entries JOIN series_first USING (account_id, seq, at, amount, balance);
SELECT count(*), bool_and(r.id IS NULL OR r.seq BETWEEN 1 AND 3) FROM synthik_rows(NULL::series_entries, 30, seed => 1, schema => '{"series": {"rows": 3}, "fields": [{"name": "account_id", "per": "series"}, {"name": "seq", "expression": "series.position"}]}') r;
-- what is read of the row referred to is that of the series
SELECT count(*), count(DISTINCT r.a) AS accounts, bool_and(r.name = 'account ' || r.a) AS right FROM synthik_generate('{"series": {"rows": [2, 9]}, "fields": [{"name": "a", "type": "integer", "references": "series_accounts(id)", "per": "series", "unique": true},
	{"name": "name", "type": "text", "expression": "coalesce(previous.name, a.name)"}]}', 400, seed => 1) AS r(a int, name text);
-- hidden fields are drawn once a series, too, and read of the row before
CREATE TABLE series_hidden AS SELECT row_number() OVER () AS n, r.* FROM synthik_generate('{"series": {"rows": [3, 9]}, "fields": [{"name": "opening", "type": "integer", "minimum": 100, "maximum": 500, "per": "series", "hidden": true}, {"name": "word", "type": "text", "pattern": "[a-z]{3}", "hidden": true},
	{"name": "amount", "type": "integer", "minimum": -60, "maximum": 60}, {"name": "balance", "type": "integer", "expression": "coalesce(previous.balance, opening) + amount"}, {"name": "words", "type": "text", "expression": "previous.word || ''-'' || word"}, {"name": "s", "type": "integer", "expression": "series.number"}],
	"checks": ["left(word, 1) > left(coalesce(previous.word, ''a''), 1) or left(word, 1) < ''m''"]}', 2000, seed => 3) AS r(amount int, balance int, words text, s int);
SELECT bool_and(split_part(words, '-', 1) = split_part(before, '-', 2)) AS goes_on, bool_and(left(split_part(words, '-', 2), 1) > left(words, 1) OR left(split_part(words, '-', 2), 1) < 'm') AS checked, bool_and(balance = amount + last) AS adds_up, count(*) FILTER (WHERE words IS NULL) = count(DISTINCT s) AS begins
FROM (SELECT *, lag(words) OVER w AS before, lag(balance) OVER w AS last FROM series_hidden WINDOW w AS (PARTITION BY s ORDER BY n)) t;
DROP TABLE series_hidden;
SELECT r.* FROM synthik_generate('{"series": {"rows": 9}, "fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 3, "hidden": true}, {"name": "b", "type": "integer"}], "checks": ["a > previous.a and b > 0"]}', 9, seed => 1) AS r(b int);
-- over what was learned
SELECT count(*) AS rows, count(DISTINCT r.account_id) <= 10 AS accounts, bool_and(r.balance = 7) AS computed FROM synthik_rows(NULL::series_entries, 100, seed => 1, schema => '{"series": {"rows": 10}, "fields": [{"name": "account_id", "per": "series"}, {"name": "seq", "expression": "series.position"}, {"name": "balance", "expression": "coalesce(previous.balance, 7)"}]}') r;
SELECT r FROM synthik_generate_json('{"series": {"rows": 2}, "fields": [{"name": "k", "enum": ["a", "b", "c"], "per": "series"}, {"name": "v", "type": "integer", "const": 0, "by": "k", "per": "series", "cases": {"a": {"const": 1}}}, {"name": "w", "type": "integer", "expression": "coalesce(previous.w, 0) + v + 1"}]}', 4, seed => 2) r;

-- a field may be called as a series' names are
SELECT r.* FROM synthik_generate('{"series": {"rows": 2}, "fields": [{"name": "previous", "const": 3}, {"name": "position", "type": "integer", "expression": "coalesce(previous.previous, 0) + previous + series.position"}, {"name": "series", "const": 1}]}', 3) AS r(previous int, position int, series int);

-- in words
SELECT field, generator, why FROM series_documents, synthik_describe(document) WHERE name = 'bank';

-- saved, extended, taken back
SELECT r.* FROM synthik_generate('{"extends": {"series": {"rows": 3}, "fields": [{"name": "a", "type": "integer", "per": "series"}, {"name": "b", "type": "integer", "expression": "series.rows"}]}, "series": {"rows": 2}}', 3, seed => 1) AS r(a int, b int);
SELECT * FROM synthik_validate('{"extends": {"series": {"rows": 3}, "fields": [{"name": "a", "type": "integer", "per": "series"}, {"name": "b", "type": "integer", "expression": "series.rows"}]}, "series": null}');

-- faults
SELECT * FROM synthik_validate('{"fields": [{"name": "a", "type": "int", "expression": "previous.a"}, {"name": "b", "type": "int", "per": "series"}, {"name": "c", "type": "int", "ascending": true}, {"name": "d", "type": "object", "fields": [{"name": "e", "type": "int", "per": "series"}]}], "checks": ["b > previous.b"]}');
SELECT * FROM synthik_validate('{"series": {"rows": 3, "length": 4}, "primary_key": ["k"], "unique": [["l", "m"]], "fields": [
	{"name": "abc", "type": "int", "expression": "previous.abd"}, {"name": "b", "type": "text", "ascending": true}, {"name": "c", "type": "int", "per": "row"},
	{"name": "d", "type": "int", "expression": "series.positon"}, {"name": "e", "type": "int", "unique": true, "ascending": true}, {"name": "f", "type": "int", "enum": [1, 2], "ascending": true},
	{"name": "g", "type": "int", "ascending": true, "per": "series"}, {"name": "h", "enum": ["x"]}, {"name": "i", "type": "int", "per": "series", "by": "h", "cases": {"x": {}}},
	{"name": "j", "type": "int", "ascending": true, "by": "h", "cases": {"x": {}}}, {"name": "k", "type": "int", "per": "series"}, {"name": "l", "type": "int", "per": "series"}, {"name": "m", "type": "int"},
	{"name": "n", "type": "int", "expression": "1", "per": "series"}, {"name": "o", "type": "int", "expression": "previous.a.b"}, {"name": "p", "type": "int", "expression": "later.a"}, {"name": "q", "type": "int", "ascending": "yes"}]}');
SELECT v.* FROM unnest('{"{\"rows\": 0}","{\"rows\": 100001}","{\"rows\": 2.5}","{\"rows\": [5, 2]}","{\"rows\": [1, 2, 3]}","{\"rows\": \"many\"}","{}","[]","7"}'::jsonb[]) s, LATERAL synthik_validate(jsonb_build_object('series', s, 'fields', '[{"name": "a", "type": "int"}]'::jsonb)) v;
SELECT count(*) FROM synthik_rows(NULL::series_accounts, 5, schema => '{"series": {"rows": 2}, "fields": [{"name": "id", "per": "series"}]}');
SELECT r.* FROM synthik_generate('{"series": {"rows": 2}, "fields": [{"name": "a", "type": "integer", "minimum": 1, "maximum": 9, "per": "series"}, {"name": "b", "type": "integer", "minimum": 1, "maximum": 9, "per": "series"}], "checks": ["a * 2 = b"]}', 30, seed => 1) AS r(a int, b int);
SELECT r.* FROM synthik_generate('{"series": {"rows": 20}, "fields": [{"name": "id", "type": "integer", "minimum": 1, "maximum": 10, "unique": true, "per": "series"}]}', 2000, seed => 1) AS r(id int);
SELECT count(DISTINCT r.id) FROM synthik_generate('{"series": {"rows": 20}, "fields": [{"name": "id", "type": "integer", "minimum": 1, "maximum": 100, "unique": true, "per": "series"}]}', 2000, seed => 1) AS r(id int);
DROP TABLE series_documents, bank, series_entries, series_first, series_accounts;
DROP FUNCTION series_fill;
