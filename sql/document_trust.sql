-- What a document names must not run somebody else's code as who uses it.
CREATE ROLE regress_synthik_author;
CREATE ROLE regress_synthik_reader;
CREATE SCHEMA trust AUTHORIZATION regress_synthik_author;
GRANT USAGE ON SCHEMA trust TO regress_synthik_reader;

SET ROLE regress_synthik_author;
CREATE TABLE trust.log (who text);
GRANT ALL ON trust.log TO PUBLIC;
CREATE FUNCTION trust.note(text) RETURNS boolean LANGUAGE plpgsql AS
$$BEGIN INSERT INTO trust.log VALUES (current_user); RETURN true; END$$;
CREATE DOMAIN trust.noted AS text CHECK (trust.note(VALUE));
CREATE TYPE trust.mood AS ENUM ('good', 'bad');
CREATE TYPE trust.pair AS (a trust.noted, b integer);
CREATE TABLE trust.keys (k trust.noted PRIMARY KEY);
INSERT INTO trust.keys VALUES ('one');
CREATE VIEW trust.seen AS SELECT k::text, trust.note('seen') FROM trust.keys;
CREATE TABLE trust.guarded (k text PRIMARY KEY);
INSERT INTO trust.guarded VALUES ('one');
ALTER TABLE trust.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY noted ON trust.guarded USING (trust.note(k));
GRANT SELECT ON trust.keys, trust.seen, trust.guarded TO PUBLIC;
-- the author's own
SELECT count(*) FROM synthik_generate_json('{"fields": [{"name": "a", "type": "trust.noted"}]}', 1);
SELECT count(*) FROM synthik_generate_json('{"fields": [{"name": "a", "references": "trust.seen(k)"}]}', 1);
TRUNCATE trust.log;
RESET ROLE;

-- somebody else's
SELECT synthik_generate_json('{"fields": [{"name": "a", "type": "trust.noted"}]}', 1);
SELECT synthik_generate_json('{"fields": [{"name": "a", "type": "trust.noted[]"}]}', 1);
SELECT synthik_generate_json('{"fields": [{"name": "a", "type": "trust.pair"}]}', 1);
SELECT synthik_generate_json('{"fields": [{"name": "a", "type": "array", "items": {"type": "trust.noted"}}]}', 1);
SELECT path, problem FROM synthik_validate('{"fields": [{"name": "a", "type": "trust.noted"}]}');
SELECT synthik_value('trust.noted');
SELECT synthik_generate_json('{"fields": [{"name": "a", "references": "trust.seen(k)"}]}', 1);
SET ROLE regress_synthik_reader;
SELECT synthik_generate_json('{"fields": [{"name": "a", "references": "trust.guarded"}]}', 1);
RESET ROLE;

-- what cannot run anything
SELECT synthik_generate_json('{"fields": [{"name": "a", "type": "trust.mood", "enum": ["good"]}]}', 1);
SELECT synthik_columns('{"fields": [{"name": "a", "references": "trust.keys(k)"}]}');
SELECT synthik_generate_json('{"fields": [{"name": "a", "references": "trust.keys(k)"}]}', 1);
SELECT * FROM trust.log;

-- a table's column has it anyway
CREATE TABLE trusting (a trust.noted);
SELECT synthik_augment('trusting', 2, seed => 1,
	schema => '{"fields": [{"name": "a", "type": "trust.noted", "maxLength": 5}]}');

DROP TABLE trusting;
SET client_min_messages = warning;
DROP SCHEMA trust CASCADE;
DROP ROLE regress_synthik_author, regress_synthik_reader;
