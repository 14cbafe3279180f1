--
-- Schema documents saved by name: versions, whose they are, and where names
-- of them work.
--
SET synthik.seed = 1;
SELECT synthik_save('orders', '{"title": "Orders", "fields": [{"name": "id", "type": "integer", "unique": true}, {"name": "status", "type": "text", "enum": ["paid", "sent"]}]}');
SELECT synthik_schema('orders');
SELECT synthik_schema('ecommerce/orders') ->> 'title' AS template;
SELECT name, version, owner = current_user AS own, shared, saved_at <= now() AS saved FROM synthik_saved;

-- As any name
SELECT count(*) FROM synthik_generate('orders', 3) AS t(id int, status text) WHERE status IN ('paid', 'sent');
SELECT count(*) FROM synthik_generate_json('orders', 3);
SELECT field, type FROM synthik_describe('orders');
SELECT * FROM synthik_validate('orders');
SELECT synthik_columns('orders');
SELECT synthik_columns('{"extends": "orders", "fields": [{"name": "note", "type": "text"}]}'::jsonb);
SELECT synthik_columns('order');
SELECT synthik_schema('order');
SELECT synthik_columns('{"extends": "order"}'::jsonb);
-- A table of the same name stands behind it.
CREATE TABLE orders (of_the_table int);
SELECT synthik_columns('orders');
DROP TABLE orders;

-- Versions
SELECT synthik_save('orders', '{"fields": [{"name": "id", "type": "bigint"}]}');
SELECT synthik_save('orders', '{"fields": [{"name": "id", "type": "bigint"}]}', expected_version => 2);
SELECT synthik_save('orders', '{"fields": [{"name": "id", "type": "text"}]}', expected_version => 2);
\echo :LAST_ERROR_SQLSTATE
SELECT synthik_save('orders', '{"fields": [{"name": "id", "type": "text"}]}', 0);
SELECT synthik_save('others', '{"fields": [{"name": "id", "type": "text"}]}', 1);
SELECT synthik_save('others', '{"fields": [{"name": "id", "type": "text"}]}', -1);
SELECT synthik_save('others', '{"fields": [{"name": "id", "type": "text"}]}', 0);
SELECT name, version FROM synthik_saved ORDER BY 1;
SELECT synthik_schema('orders') = '{"fields": [{"name": "id", "type": "bigint"}]}' AS kept;

-- What cannot be saved
SELECT synthik_save('bad', '{"fields": [{"name": "a", "type": "integer", "minimun": 1}]}');
SELECT synthik_save('bad', '{"fields": [{"name": "a", "type": "integer", "expression": "b + 1"}]}');
SELECT synthik_save('bad', '{"fields": [{"name": "a", "type": "text", "expression": "pg_read_file(''/etc/passwd'')"}]}');
SELECT synthik_save('bad', '[]');
SELECT synthik_save('bad', NULL);
SELECT synthik_save(NULL, '{"fields": [{"name": "a"}]}');
SELECT synthik_save('', '{"fields": [{"name": "a"}]}');
SELECT synthik_save(' a', '{"fields": [{"name": "a"}]}');
SELECT synthik_save('{a', '{"fields": [{"name": "a"}]}');
SELECT synthik_save(repeat('a', 256), '{"fields": [{"name": "a"}]}');
SELECT synthik_save('ecommerce/orders', '{"fields": [{"name": "a"}]}');
BEGIN READ ONLY;
SELECT synthik_save('bad', '{"fields": [{"name": "a"}]}');
ROLLBACK;
SELECT count(*) FROM synthik_saved WHERE name NOT IN ('orders', 'others');

-- Each extends another one, and none itself.
SELECT synthik_save('a "b"; drop', '{"extends": "others", "fields": [{"name": "b", "type": "integer"}]}');
SELECT synthik_columns('a "b"; drop');
SELECT synthik_save('others', '{"extends": "a \"b\"; drop"}');
SELECT synthik_save('others', '{"extends": "others"}');
SELECT synthik_save('others', '{"extends": "ecommerce/customers"}');
SELECT synthik_columns('a "b"; drop') LIKE '%, b integer%' AS extended;
SELECT synthik_delete('others');
SELECT synthik_columns('a "b"; drop');
SELECT synthik_delete('a "b"; drop');
SELECT synthik_delete('others');
SELECT synthik_delete('ecommerce/orders');
SELECT synthik_delete(NULL);
SELECT synthik_schema(NULL);

-- Another role sees what is shared, and changes nothing.
CREATE ROLE regress_synthik_saver;
CREATE ROLE regress_synthik_reader;
CREATE ROLE regress_synthik_member IN ROLE regress_synthik_saver;
SET ROLE regress_synthik_saver;
SELECT synthik_save('theirs', '{"fields": [{"name": "id", "type": "integer"}]}');
SELECT name, owner FROM synthik_saved ORDER BY 1;
SET ROLE regress_synthik_reader;
SELECT synthik_columns('theirs');
SELECT count(*) FROM synthik_saved;
SELECT synthik_save('theirs', '{"fields": [{"name": "mine", "type": "integer"}]}');
SELECT synthik_save('theirs', '{"fields": [{"name": "mine", "type": "integer"}]}', 0);
SELECT synthik_save('theirs', '{"fields": [{"name": "mine", "type": "integer"}]}', 1);
SELECT synthik_delete('theirs');
UPDATE synthik_saved SET shared = true;
INSERT INTO synthik_saved (name, owner, document) VALUES ('forged', 'regress_synthik_saver', '{}');
SET ROLE regress_synthik_saver;
UPDATE synthik_saved SET shared = true WHERE name = 'theirs';
SET ROLE regress_synthik_reader;
SELECT synthik_columns('theirs');
SELECT synthik_columns('{"extends": "theirs", "fields": [{"name": "more", "type": "text"}]}'::jsonb);
SELECT synthik_save('theirs', '{"fields": [{"name": "mine", "type": "integer"}]}');
SELECT synthik_save('theirs', '{"fields": [{"name": "mine", "type": "integer"}]}', 1);
SELECT synthik_delete('theirs');
UPDATE synthik_saved SET document = '{}';
-- A member of the role may.
SET ROLE regress_synthik_member;
SELECT synthik_save('theirs', '{"fields": [{"name": "ours", "type": "integer"}]}', 1);
SELECT name, version, owner FROM synthik_saved;
-- Functions in expressions are trusted by whose they are, whoever saved them.
RESET ROLE;
CREATE SCHEMA saved_functions AUTHORIZATION regress_synthik_saver;
GRANT USAGE ON SCHEMA saved_functions TO PUBLIC;
SET ROLE regress_synthik_saver;
CREATE FUNCTION saved_functions.one() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
SELECT synthik_save('theirs', '{"fields": [{"name": "id", "type": "integer", "expression": "saved_functions.one()"}]}');
SET ROLE regress_synthik_reader;
SELECT * FROM synthik_generate('theirs', 1) AS t(id integer);
RESET ROLE;
-- An owner that is no more leaves it to superusers.
DROP SCHEMA saved_functions CASCADE;
DROP ROLE regress_synthik_member, regress_synthik_saver;
SET ROLE regress_synthik_reader;
SELECT name FROM synthik_saved;
SELECT synthik_delete('theirs');
RESET ROLE;
SELECT synthik_delete('theirs');
DROP ROLE regress_synthik_reader;

SELECT synthik_delete('orders');
SELECT count(*) FROM synthik_saved;
