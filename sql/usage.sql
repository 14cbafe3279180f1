--
-- The ledger and the answers, as SQL sees them; what takes several sessions
-- is in test/t/012_scribe.pl.
--
CREATE FUNCTION usage_probe(action text, request text DEFAULT NULL, id bigint DEFAULT 0, usd float8 DEFAULT NULL,
	call_budget float8 DEFAULT NULL, call_spent float8 DEFAULT 0, occurrence integer DEFAULT 0, body text DEFAULT NULL)
RETURNS text AS 'synthik', 'synthik_ledger_probe' LANGUAGE C;
CREATE VIEW usage_shown AS
SELECT row_number() OVER (ORDER BY id) AS n, role = current_user AS own, model, endpoint, requests, retries, input_tokens, cached_tokens, output_tokens,
	usd, estimated, latency, outcome, left(request_sha256, 8) AS sha256, columns, sample_rows, rows, valid_rows
FROM synthik_usage;
UPDATE synthik_ledger SET outcome = 'given up' WHERE outcome IS NULL;
SELECT synthik_purge('infinity') IS NOT NULL AS purged;

-- A reservation stands until it is settled, and where no usage came; where
-- nobody settles it, the scribe does when the session lets go of it.
SELECT usage_probe('reserve', 'a', usd => 0.05, body => 'id, name') AS first \gset
SELECT usage_probe('reserve', 'b', usd => 0.02) AS second \gset
SELECT usage_probe('reserve', 'c') AS third \gset
SELECT usage_probe('reserve', 'd', usd => 0.01) AS fourth \gset
SELECT usage_probe('settle', id => :first, usd => 0.0312);
SELECT usage_probe('settle', id => :second, body => 'error: cut');
SELECT usage_probe('settle', id => :third, usd => 0);
\x
SELECT * FROM usage_shown;
\x
SELECT usage_probe('settle', id => 0, usd => 0.01);

-- What a statement spends is spent, whatever becomes of the statement.
BEGIN READ ONLY;
SELECT usage_probe('reserve', 'e', usd => 0.03) > '' AS reserved;
SAVEPOINT s;
SELECT usage_probe('store', 'e', body => 'answer') IS NULL AS stored;
SELECT 1 / 0;
ROLLBACK TO s;
SELECT usage_probe('find', 'e');
ROLLBACK;
SELECT count(*) FROM usage_shown;
SELECT usage_probe('find', 'e');
DO $$
BEGIN
	PERFORM usage_probe('store', 'loop', body => 'from a block');
	RAISE EXCEPTION 'undone';
EXCEPTION WHEN raise_exception THEN
	PERFORM usage_probe('store', 'loop', occurrence => 1, body => 'from its handler');
END
$$;
SELECT i, usage_probe('find', 'loop', occurrence => i) FROM generate_series(0, 2) i;

-- Answers: by request and occurrence; the last one counts; any length.
SELECT usage_probe('store', 'e', body => 'another');
SELECT usage_probe('find', 'e'), usage_probe('find', 'E'), usage_probe('find', 'e', occurrence => 1);
SELECT usage_probe('store', 'empty', body => '');
SELECT usage_probe('find', 'empty') = '' AS empty;
SELECT usage_probe('store', 'long', body => repeat('0123456789', 300000));
SELECT usage_probe('find', 'long') = repeat('0123456789', 300000) AS long;
SET synthik.cache = off;
SELECT usage_probe('find', 'e');
SELECT usage_probe('store', 'e', body => 'not stored');
RESET synthik.cache;
SELECT usage_probe('find', 'e');
UPDATE synthik_answer SET at = at - interval '1 hour' WHERE answer = 'another';
SET synthik.cache_lifetime = '59min';
SELECT usage_probe('find', 'e');
SET synthik.cache_lifetime = '61min';
SELECT usage_probe('find', 'e');
SET synthik.cache_lifetime = -1;
SELECT usage_probe('find', 'e');
RESET synthik.cache_lifetime;

-- Budgets of a call.
SELECT usage_probe('reserve', 'f', usd => 0.1, call_budget => 0.3, call_spent => 0.2) > '' AS just_fits;
SELECT usage_probe('reserve', 'f', usd => 0.1, call_budget => 0.3, call_spent => 0.21);
SELECT usage_probe('reserve', 'f', usd => 0.00001, call_budget => 0);
SELECT usage_probe('reserve', 'f', usd => 0, call_budget => 0) > '' AS free;
SELECT usage_probe('reserve', 'f', call_budget => 0.3);

-- Budgets of a role: what is settled and what is reserved.
SELECT sum(usd) FROM synthik_usage;
SET synthik.budget = '0.25 USD/total';
SELECT usage_probe('reserve', 'g', usd => 0.06);
BEGIN;
SELECT usage_probe('reserve', 'g', usd => 0.0587) > '' AS fits;
SELECT usage_probe('reserve', 'g', usd => 0.0002);
ROLLBACK;
SELECT usage_probe('reserve', 'g', usd => 0.0001) > '' AS just_fits;
SELECT usage_probe('reserve', 'g');
-- The budget of a call does not lift it.
SELECT usage_probe('reserve', 'g', usd => 0.01, call_budget => 100);
-- What was spent in another period is not counted.
UPDATE synthik_ledger SET at = at - interval '2 years';
SELECT usage_probe('reserve', 'g', usd => 0.01);
SET synthik.budget = '0.25 USD/year';
SELECT usage_probe('reserve', 'g', usd => 0.25) > '' AS fits;
SET synthik.budget = '0.26 USD / Hour';
SELECT usage_probe('reserve', 'g', usd => 0.01) > '' AS just_fits;
SET synthik.budget = '0 USD/day';
SELECT usage_probe('reserve', 'g', usd => 0) > '' AS free;
SET synthik.budget = '5 USD';
SET synthik.budget = '5 USD/fortnight';
SET synthik.budget = '-5 USD/day';
RESET synthik.budget;

-- Purging spares what may be under way.
SELECT synthik_purge(NULL);
BEGIN;
SELECT usage_probe('reserve', 'open', usd => 0.01) > '' AS reserved;
SELECT synthik_purge('-infinity');
SELECT count(*), count(*) FILTER (WHERE outcome = 'open') FROM synthik_usage;
SELECT synthik_purge(now() - interval '1 year');
SELECT count(*) > 0 AS answers FROM synthik_answer;
SELECT synthik_purge(before => 'infinity');
SELECT count(*), count(*) FILTER (WHERE outcome = 'open') FROM synthik_usage;
SELECT count(*) FROM synthik_answer;
COMMIT;
SELECT usage_probe('find', 'open') IS NULL AS none;
SELECT outcome, usd, estimated FROM synthik_usage;
SELECT synthik_purge('infinity');
SELECT count(*) FROM synthik_usage;

-- Nobody else reads or writes the tables.
CREATE ROLE regress_synthik_usage;
GRANT pg_read_all_data, pg_write_all_data TO regress_synthik_usage;
SELECT usage_probe('store', 'h', body => 'private') IS NULL AS stored, usage_probe('reserve', 'h', usd => 0.1) > '' AS reserved;
SET ROLE regress_synthik_usage;
SELECT count(*) FROM synthik_ledger;
SELECT count(*) FROM synthik_answer;
SELECT count(*) FROM synthik_usage;
INSERT INTO synthik_answer VALUES (10, '', 0, 1, now(), 'planted');
INSERT INTO synthik_ledger (roleid, loginid, model, endpoint, request, sample_rows) VALUES (10, 10, 'm', 'e', '', 0);
UPDATE synthik_ledger SET usd = 0;
DELETE FROM synthik_ledger;
SELECT usage_probe('find', 'h');
SELECT synthik_purge('infinity');
RESET ROLE;
SELECT usage_probe('find', 'h'), usd FROM synthik_usage;
REVOKE pg_read_all_data, pg_write_all_data FROM regress_synthik_usage;
SET ROLE regress_synthik_usage;
SELECT count(*) FROM synthik_ledger;
SELECT count(*) FROM synthik_answer;
RESET ROLE;
DROP ROLE regress_synthik_usage;

UPDATE synthik_ledger SET outcome = 'given up';
SELECT synthik_purge('infinity');
SELECT usage_probe('dance');
DROP VIEW usage_shown;
DROP FUNCTION usage_probe;
