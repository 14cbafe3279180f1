--
-- What a call of a model would send and cost, unsent
--
SET client_min_messages = error;
CREATE SERVER shown FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'https://models.example/v1', auth_header 'api-key');
CREATE SERVER open FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'https://models.example/v1', auth_header 'none');
RESET client_min_messages;
SET synthik.network = off;

-- address and headers, without a key; the body is JSON
SELECT split_part(synthik_prompt('{"fields": [{"name": "name", "type": "text"}]}', 3, 'claude-haiku-5-5', seed => 1), E'\n\n', 1);
SELECT split_part(synthik_prompt('{"fields": [{"name": "name", "type": "text"}]}'::jsonb, 3, 'shown/m', seed => 1), E'\n\n', 1);
SELECT split_part(synthik_prompt('{"fields": [{"name": "name", "type": "text"}]}', 3, 'open/m', seed => 1), E'\n\n', 1);
SELECT body ->> 'model' AS model, body #>> '{messages,0,role}' AS role
FROM (SELECT split_part(synthik_prompt('{"fields": [{"name": "name", "type": "text"}]}', 3, 'shown/m', options => '{"temperature": 0.5}'), E'\n\n', 2)::jsonb AS body) s;
-- the same question, the same answer
SELECT count(DISTINCT synthik_prompt('{"fields": [{"name": "name", "type": "text"}]}', 3, 'shown/m')) FROM generate_series(1, 3);
-- names of any kind, and a condition; what the model does not write is not in it
CREATE TABLE "prompt; drop" (id int PRIMARY KEY, "a""b" text NOT NULL, tier text CHECK (tier IN ('gold', 'silver')));
SELECT s.p LIKE '%a\\"b: text%', s.p LIKE '%silver | gold%', s.p LIKE '%1. id%'
FROM (SELECT synthik_prompt('"prompt; drop"', 3, 'shown/m') AS p) s;
SELECT synthik_prompt('{"fields": [{"name": "age", "type": "int"}]}', 3, 'shown/m', condition => '{"age": {"minimum": 65}}') LIKE '%at least 65%';
-- where nothing is asked of a model
SELECT synthik_prompt('{"fields": [{"name": "id", "type": "uuid"}]}', 3, 'shown/m') IS NULL;
SELECT synthik_prompt('{"fields": [{"name": "id", "type": "text"}]}', 0, 'shown/m') IS NULL;
SELECT synthik_prompt('{"fields": [{"name": "id", "type": "text"}]}') IS NULL;
SELECT * FROM synthik_estimate('{"fields": [{"name": "id", "type": "uuid"}]}', 1000, 'shown/m');
SELECT * FROM synthik_estimate('{"fields": [{"name": "id", "type": "text"}]}', 1000);
SELECT * FROM synthik_estimate('{"fields": [{"name": "id", "type": "text"}]}'::jsonb, 0, 'shown/m');

-- estimates grow with the rows; the price is the model's
SELECT e.requests > 10, e.input_tokens > 1000, e.output_tokens > 10000, e.usd > 0, e.seconds > 1
FROM synthik_estimate('"prompt; drop"', 10000, 'claude-haiku-5-5') e;
SELECT e.requests > 10, e.usd, e.seconds FROM synthik_estimate('"prompt; drop"', 10000, 'shown/m') e;

-- faults
SELECT synthik_prompt(NULL::jsonb, 3, 'shown/m');
SELECT synthik_prompt('no_such_table', 3, 'shown/m');
SELECT synthik_prompt('{"fields": [{"name": "id", "type": "text"}]}', NULL, 'shown/m');
SELECT synthik_prompt('{"fields": [{"name": "id", "type": "text"}]}', -1, 'shown/m');
SELECT * FROM synthik_estimate('{"fields": [{"name": "id", "type": "text"}]}', 10, 'no-such-model-anywhere');
SELECT synthik_prompt('{"fields": [{"name": "id", "type": "text"}]}', 3, 'shown/m', send => 'statistics');
SELECT synthik_prompt('"prompt; drop"', 3, 'shown/m', options => '{"send_rows": 5}');
SELECT synthik_prompt('"prompt; drop"', 3, 'shown/m', send => 'samples', options => '{"send_rows": 0.5}');
SET synthik.send_limit = 'names';
SELECT synthik_prompt('"prompt; drop"', 3, 'shown/m', send => 'samples');
SELECT synthik_prompt('"prompt; drop"', 3, 'shown/m', send => 'names') IS NOT NULL;
SELECT count(*) FROM synthik_rows(NULL::"prompt; drop", 3, 'local', send => 'samples');
RESET synthik.send_limit;
RESET synthik.network;

-- local calls report too; a row's number is a block's
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM synthik_rows(NULL::"prompt; drop", 1000000, 'local');
MOVE 1 FROM c;
SELECT relation, model, rows_done BETWEEN 1 AND 1000, rows_total, calls_in_flight, retries, input_tokens, output_tokens, usd,
	started <= clock_timestamp(), estimated_end > started
FROM synthik_progress WHERE pid = pg_backend_pid();
COMMIT;
SELECT count(*) FROM synthik_progress WHERE pid = pg_backend_pid();
DROP TABLE "prompt; drop";
DROP SERVER shown, open;
