-- Rules of tables: what they say, who may, what refuses them.
CREATE TABLE accounts (
	id bigint PRIMARY KEY,
	iban text,
	balance numeric(10,2),
	opened date,
	closed date,
	note varchar(40)
);
SELECT synthik_rule('accounts', 'iban', '{"type": "iban"}');
SELECT synthik_rule('accounts', 'balance', '{"minimum": 10, "maximum": 20, "null_fraction": 0}');
SELECT synthik_rule('accounts', 'note', '{"expression": "''balance '' || balance"}');
SELECT synthik_rule('accounts', NULL, '{"checks": ["closed > opened"], "locale": "de_DE"}');
SELECT * FROM synthik_rules ORDER BY relation, column_name;
SELECT field, generator, why FROM synthik_describe('accounts');
SELECT synthik_augment('accounts', 100, seed => 1);
SELECT count(*), bool_and(iban ~ '^[A-Z]{2}[0-9]{2}'), bool_and(balance BETWEEN 10 AND 20),
	bool_and(note = 'balance ' || balance), bool_and(closed > opened) IS NOT FALSE AS ordered
FROM accounts;

-- the same rows by every way in, and what is given with a call is stronger
SELECT count(*) FROM (SELECT * FROM accounts EXCEPT SELECT * FROM synthik_rows(NULL::accounts, 100, seed => 1)) AS other;
SELECT min(balance), max(balance) FROM synthik_rows(NULL::accounts, 100, seed => 1,
	schema => '{"fields": [{"name": "balance", "minimum": 15, "maximum": 16}]}');
SELECT jsonb_path_query(synthik_infer('accounts'), '$.fields[*] ? (@.name == "balance")') ->> 'maximum' AS inferred;

-- they follow names, and go with columns
ALTER TABLE accounts RENAME COLUMN iban TO "i""ban; drop";
ALTER TABLE accounts DROP COLUMN note;
SELECT * FROM synthik_rules ORDER BY relation, column_name;
SELECT bool_and("i""ban; drop" ~ '^[A-Z]{2}[0-9]{2}') FROM synthik_rows(NULL::accounts, 20, seed => 3);

-- faults are the document's own, at once
SELECT synthik_rule('accounts', 'balance', '{"minimun": 1}');
SELECT synthik_rule('accounts', 'balance', '{"minimum": 30, "maximum": 20}');
SELECT synthik_rule('accounts', 'balance', '{"type": "email"}');
SELECT synthik_rule('accounts', 'balance', '{"name": "b"}');
SELECT synthik_rule('accounts', 'balance', '[1]');
SELECT synthik_rule('accounts', 'balanse', '{"minimum": 1}');
SELECT synthik_rule('accounts', NULL, '{"fields": [{"name": "balance", "minimum": 3}]}');
SELECT synthik_rule('accounts', NULL, '{"checks": ["nothing > 0"]}');
SELECT synthik_rule('accounts', 'i"ban; drop', '{"expression": "pg_catalog.pg_read_file(''x'')"}');
SELECT synthik_rule(NULL, 'balance', '{}');
SELECT synthik_rule('pg_class', 'relname', '{"type": "email"}');
SELECT synthik_rule('pg_am_oid_index', 'oid', '{"minimum": 1}');
SELECT rule FROM synthik_rules WHERE column_name = 'balance';

-- a label that was set without synthik_rule is judged when it is used
SECURITY LABEL FOR synthik ON COLUMN accounts.balance IS 'no json';
SECURITY LABEL FOR synthik ON COLUMN accounts.balance IS '3';
SECURITY LABEL FOR synthik ON SCHEMA public IS '{}';
SECURITY LABEL FOR synthik ON COLUMN accounts.balance IS '{"minimum": "x"}';
SELECT synthik_augment('accounts', 1, seed => 1);
SELECT synthik_rule('accounts', 'balance', NULL);

-- views, other roles
CREATE VIEW open_accounts AS SELECT id, balance, opened FROM accounts WHERE closed IS NULL;
SELECT synthik_rule('open_accounts', 'balance', '{"const": 5}');
SELECT synthik_rule('open_accounts', NULL, '{"locale": "fr_FR"}');
SELECT DISTINCT balance FROM synthik_rows(NULL::open_accounts, 5, seed => 1);
CREATE ROLE rule_other;
SET ROLE rule_other;
SELECT synthik_rule('accounts', 'balance', '{"minimum": 1}');
SELECT synthik_drop_rules('accounts');
SELECT synthik_drop_rules();
CREATE TEMP TABLE own (a integer);
SELECT synthik_rule('own', 'a', '{"const": 1}');
SELECT synthik_drop_rules();
RESET ROLE;

-- a partition has the rules of its parents, where it has none of its own
CREATE TABLE parted (id integer, dropped integer, kind text, v integer, note text) PARTITION BY RANGE (id);
ALTER TABLE parted DROP COLUMN dropped;
CREATE TABLE part_middle (note text, v integer, id integer, kind text) PARTITION BY RANGE (id);
CREATE TABLE part_leaf (kind text, id integer, note text, v integer);
ALTER TABLE part_middle ATTACH PARTITION part_leaf FOR VALUES FROM (1) TO (100);
ALTER TABLE parted ATTACH PARTITION part_middle FOR VALUES FROM (1) TO (1000);
SELECT synthik_rule('parted', 'kind', '{"const": "root"}'), synthik_rule('parted', 'v', '{"const": 1}'),
	synthik_rule('parted', 'note', '{"const": "root"}'), synthik_rule('parted', NULL, '{"checks": ["id % 2 = 0"]}');
SELECT synthik_rule('part_middle', 'v', '{"const": 2}'), synthik_rule('part_leaf', 'note', '{"const": "leaf"}');
SELECT synthik_augment('part_leaf', 20, seed => 1);
SELECT kind, v, note, bool_and(id % 2 = 0) AS even, count(*) FROM part_leaf GROUP BY 1, 2, 3;
SELECT synthik_rule('part_leaf', NULL, '{"checks": ["id % 3 = 0"]}'), synthik_rule('part_leaf', 'note', NULL);
SELECT note, bool_and(id % 3 = 0) AS by_three, bool_and(id % 2 = 0) AS even FROM synthik_rows(NULL::part_leaf, 20, seed => 1) GROUP BY 1;
ALTER TABLE part_middle DETACH PARTITION part_leaf;
SELECT count(DISTINCT v) > 1 AS free FROM synthik_rows(NULL::part_leaf, 20, seed => 1);
SELECT synthik_drop_rules('part_leaf'), synthik_drop_rules('parted');
DROP TABLE parted, part_leaf;

-- no table's rules are not those of all tables; checks go by names
SELECT synthik_drop_rules(0);
CREATE TABLE renamed (a integer);
SELECT synthik_rule('renamed', NULL, '{"checks": ["a > 3"]}');
ALTER TABLE renamed RENAME a TO b;
SELECT synthik_augment('renamed', 1, seed => 1);
DROP TABLE renamed;
SELECT synthik_drop_rules('accounts');
SELECT * FROM synthik_rules;
SELECT synthik_drop_rules();
DROP VIEW open_accounts;
DROP TABLE accounts, own;
DROP ROLE rule_other;
