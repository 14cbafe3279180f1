--
-- The models that are known, and the one that a call means
--

-- the names that people use, and the ones of today
SELECT name, server, context_tokens, max_output_tokens, input_usd, cached_usd, output_usd, structured_output, cost_tier, successor, builtin
FROM synthik_models
WHERE name IN ('gpt-4-turbo', 'gpt-4o-mini', 'gpt-3.5-turbo', 'gemini-1.5-flash', 'gemini-1.5-pro', 'gemini-pro',
	'claude-3-opus', 'claude-3-sonnet', 'llama-3-70b', 'gpt-6-luna', 'gpt-6.1-sol', 'gemini-4-argon', 'claude-haiku-5-5')
ORDER BY name COLLATE "C";
-- each row is sound
SELECT name FROM synthik_models WHERE server NOT IN ('openai', 'gemini', 'anthropic', 'llama') OR api_name = '' OR NOT builtin
	OR context_tokens < 1000 OR max_output_tokens NOT BETWEEN 1000 AND context_tokens
	OR input_usd IS NULL OR output_usd < input_usd OR cached_usd > input_usd
	OR structured_output NOT IN ('json_schema_strict', 'json_schema', 'tool', 'json_object', 'prompt')
	OR speed NOT BETWEEN 1 AND 5 OR good_for IS NULL OR cost_tier IS NULL OR status NOT IN ('current', 'retiring', 'retired');
-- a successor is there, is of the same server, and lives on
SELECT m.name, m.successor FROM synthik_models m LEFT JOIN synthik_models s ON s.name = m.successor
WHERE (m.successor IS NULL) <> (m.retires_on IS NULL)
	OR (m.successor IS NOT NULL AND (s.server IS DISTINCT FROM m.server OR s.retires_on IS NOT NULL));

-- what a name means
SELECT * FROM synthik_check_model('local');
SELECT * FROM synthik_check_model('');
SELECT * FROM synthik_check_model('llama-3-70B');
SELECT * FROM synthik_check_model('llama3-70b');
SELECT * FROM synthik_check_model('no-such-model-anywhere');
SELECT * FROM synthik_check_model('/m');
SELECT * FROM synthik_check_model('llama/');
SELECT * FROM synthik_check_model(repeat('x', 100000) || '/m') WHERE false;
SELECT name, api_name, server, key_from FROM synthik_check_model('llama3:70b');
SELECT name, api_name, server, key_from FROM synthik_check_model('llama/llama3:70b');
SELECT name, api_name, server, key_from FROM synthik_check_model('llama/org/any "model"');

-- users' own rows, and their constraints
INSERT INTO synthik_model (name, server) VALUES ('local', 'llama');
INSERT INTO synthik_model (name, server, input_usd) VALUES ('m', 'llama', 1);
INSERT INTO synthik_model (name, server, input_usd, output_usd) VALUES ('m', 'llama', -1, 1);
INSERT INTO synthik_model (name, server, input_usd, output_usd) VALUES ('m', 'llama', 'NaN', 1);
INSERT INTO synthik_model (name, server, structured_output) VALUES ('m', 'llama', 'some');
INSERT INTO synthik_model (name, server, speed) VALUES ('m', 'llama', 6);
INSERT INTO synthik_model (name, server) VALUES ('m', 'llama');
SELECT * FROM synthik_models WHERE NOT builtin;
SELECT name, api_name, server FROM synthik_check_model('m');
-- an own row wins
INSERT INTO synthik_model (name, server, api_name, input_usd, output_usd) VALUES ('llama-3-70b', 'llama', 'llama3:70b-q4', 0.001, 0.002);
SELECT name, api_name, input_usd, cost_tier, builtin FROM synthik_models WHERE name = 'llama-3-70b';
SELECT api_name FROM synthik_check_model('llama-3-70b');
DELETE FROM synthik_model;
-- a server that is not there
INSERT INTO synthik_model (name, server) VALUES ('m', 'gone');
SELECT * FROM synthik_check_model('m');
DELETE FROM synthik_model;

-- retirement, at a provider's own address and elsewhere
CREATE SERVER own FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', auth_header 'none');
CREATE SERVER other FOREIGN DATA WRAPPER synthik OPTIONS (base_url 'https://other.example', auth_header 'none');
SELECT address FROM synthik_check_model('own/gpt-4-turbo');
SELECT address FROM synthik_check_model('other/gpt-4-turbo');
SELECT address FROM synthik_check_model('other/gpt-4-turbo');
SET synthik.use_successor = on;
SELECT name, api_name, server FROM synthik_check_model('own/gpt-4-turbo');
SELECT name, api_name, server FROM synthik_check_model('other/gpt-4-turbo');
RESET synthik.use_successor;
INSERT INTO synthik_model (name, server, retires_on, successor, input_usd, output_usd) VALUES
	('late', 'own', CURRENT_DATE, NULL, 1, 2),
	('soon', 'own', CURRENT_DATE + 1, 'late', 1, 2),
	('first', 'own', CURRENT_DATE - 1, 'second', 1, 2),
	('second', 'own', CURRENT_DATE - 1, 'third', 1, 2),
	('third', 'own', NULL, NULL, 1, 2),
	('around', 'own', CURRENT_DATE - 1, 'around', NULL, NULL),
	('astray', 'own', CURRENT_DATE - 1, 'gone', NULL, NULL);
SELECT name, status FROM synthik_models WHERE NOT builtin ORDER BY name COLLATE "C";
-- without the dates, which are those of the day
CREATE FUNCTION check_message(model text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	RETURN (SELECT name FROM synthik_check_model(model));
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN regexp_replace(SQLERRM, '\d{4}-\d\d-\d\d', '<day>') || ' / ' || hint;
END
$$;
SELECT check_message('late');
SELECT check_message('first');
SET client_min_messages = error;
SELECT check_message('soon');
SET synthik.use_successor = on;
SELECT check_message('late');
SELECT check_message('first');
SELECT check_message('around');
SELECT check_message('astray');
RESET synthik.use_successor;
RESET client_min_messages;
DROP FUNCTION check_message;
DELETE FROM synthik_model;
DROP SERVER own, other;

-- who may change the tables
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_synthik_reader;
RESET client_min_messages;
CREATE ROLE regress_synthik_reader;
SET ROLE regress_synthik_reader;
INSERT INTO synthik_model (name, server) VALUES ('m', 'llama');
UPDATE synthik_builtin_model SET server = 'llama';
SELECT count(*) > 50 FROM synthik_models;
SELECT api_name FROM synthik_check_model('llama-3-70b');
-- nobody's operators are called instead of the server's
RESET ROLE;
CREATE SCHEMA regress_trap;
CREATE FUNCTION regress_trap.never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR regress_trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = regress_trap.never);
SET search_path = regress_trap, pg_catalog, public;
SELECT api_name FROM synthik_check_model('llama-3-70b');
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA regress_trap CASCADE;
RESET client_min_messages;
DROP ROLE regress_synthik_reader;
