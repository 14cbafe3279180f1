-- What was asked of models, what it cost, and what they answered.  The tables
-- are written by the scribe alone, and never dumped.  Row security without a
-- policy keeps out those who could read or write all tables, such as members
-- of pg_read_all_data.
CREATE TABLE synthik_ledger (
	id				bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at				timestamptz NOT NULL DEFAULT now(),
	roleid			oid NOT NULL,
	loginid			oid NOT NULL,
	pid				integer NOT NULL,
	model			text NOT NULL,
	endpoint		text NOT NULL,
	request			bytea NOT NULL,
	columns			text,
	sample_rows		integer NOT NULL,
	usd				numeric,
	estimated		boolean NOT NULL DEFAULT true,
	outcome			text,
	input_tokens	bigint,
	cached_tokens	bigint,
	cache_written_tokens	bigint,
	output_tokens	bigint,
	latency			interval,
	retries			integer,
	rows			integer,
	valid_rows		integer
);
-- What a budget is checked by.
CREATE INDEX synthik_ledger_loginid_at ON synthik_ledger (loginid, at);
-- What is looked for when a session has gone.
CREATE INDEX synthik_ledger_open ON synthik_ledger (pid) WHERE outcome IS NULL;
ALTER TABLE synthik_ledger ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON synthik_ledger FROM PUBLIC;
COMMENT ON TABLE synthik_ledger IS
'One row for each call of a model; see the view synthik_usage.';
COMMENT ON SEQUENCE synthik_ledger_id_seq IS 'Numbers of calls.';
COMMENT ON COLUMN synthik_ledger.id IS 'Number of the call.';
COMMENT ON COLUMN synthik_ledger.at IS 'When it was reserved.';
COMMENT ON COLUMN synthik_ledger.roleid IS 'Role that called.';
COMMENT ON COLUMN synthik_ledger.loginid IS 'Role that had logged in, whose budget it counts for.';
COMMENT ON COLUMN synthik_ledger.pid IS 'Process of the session that called.';
COMMENT ON COLUMN synthik_ledger.model IS 'The model.';
COMMENT ON COLUMN synthik_ledger.endpoint IS 'Where it is: a built-in endpoint or a server.';
COMMENT ON COLUMN synthik_ledger.request IS 'SHA-256 of the request without its key.';
COMMENT ON COLUMN synthik_ledger.columns IS 'Columns whose names were sent.';
COMMENT ON COLUMN synthik_ledger.sample_rows IS 'Rows of a table that were sent.';
COMMENT ON COLUMN synthik_ledger.usd IS 'What it cost, or the most that it can cost while that is not known; null without a price.';
COMMENT ON COLUMN synthik_ledger.estimated IS 'Whether tokens and usd are the most that it can take.';
COMMENT ON COLUMN synthik_ledger.outcome IS 'How it ended; null before that.';
COMMENT ON COLUMN synthik_ledger.input_tokens IS 'Tokens of the prompt, or an estimate.';
COMMENT ON COLUMN synthik_ledger.cached_tokens IS 'Of them, read from the provider''s cache.';
COMMENT ON COLUMN synthik_ledger.cache_written_tokens IS 'Of them, written to the provider''s cache.';
COMMENT ON COLUMN synthik_ledger.output_tokens IS 'Tokens of the answer, reasoning included, or the most that it can have.';
COMMENT ON COLUMN synthik_ledger.latency IS 'From the request to the end of the answer.';
COMMENT ON COLUMN synthik_ledger.retries IS 'Requests beyond the first.';
COMMENT ON COLUMN synthik_ledger.rows IS 'Rows in the answer.';
COMMENT ON COLUMN synthik_ledger.valid_rows IS 'Of them, valid at first sight.';

CREATE TABLE synthik_answer (
	roleid			oid,
	request			bytea,
	occurrence		integer,
	ledger_id		bigint NOT NULL,
	at				timestamptz NOT NULL DEFAULT now(),
	answer			bytea NOT NULL,
	consumed		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (roleid, request, occurrence)
);
ALTER TABLE synthik_answer ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON synthik_answer FROM PUBLIC;
COMMENT ON TABLE synthik_answer IS
'Answers of models that were paid for, so that they are not paid for again.';
COMMENT ON COLUMN synthik_answer.roleid IS 'Role that asked, to which alone it is given.';
COMMENT ON COLUMN synthik_answer.request IS 'SHA-256 of what was asked for: model, columns, first row and seed.';
COMMENT ON COLUMN synthik_answer.occurrence IS 'Which answer to the same request, from 0.';
COMMENT ON COLUMN synthik_answer.ledger_id IS 'The call that brought it.';
COMMENT ON COLUMN synthik_answer.at IS 'When it came.';
COMMENT ON COLUMN synthik_answer.answer IS 'What the model wrote, in UTF-8.';
COMMENT ON COLUMN synthik_answer.consumed IS 'Whether a statement without a seed has committed its rows: not taken again.';

CREATE VIEW synthik_usage WITH (security_barrier) AS
SELECT id, at, pg_catalog.pg_get_userbyid(roleid) AS role, model, endpoint,
	CASE WHEN outcome IS NOT NULL THEN retries OPERATOR(pg_catalog.+) 1 END AS requests,
	retries, input_tokens, cached_tokens, output_tokens, usd, estimated, latency,
	CASE WHEN outcome IS NOT NULL THEN outcome
		WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(pid)) THEN 'open'
		ELSE 'lost' END AS outcome,
	pg_catalog.encode(request, 'hex') AS request_sha256,
	columns, sample_rows, rows, valid_rows
FROM synthik_ledger
WHERE pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
	OR pg_catalog.pg_has_role(roleid, 'USAGE');
GRANT SELECT ON synthik_usage TO PUBLIC;
COMMENT ON VIEW synthik_usage IS
'The calls of models that one''s own roles made, with what each used and cost; members of pg_read_all_stats see all.';
COMMENT ON COLUMN synthik_usage.id IS 'Number of the call.';
COMMENT ON COLUMN synthik_usage.at IS 'When it was about to be sent.';
COMMENT ON COLUMN synthik_usage.role IS 'Role that called.';
COMMENT ON COLUMN synthik_usage.model IS 'The model.';
COMMENT ON COLUMN synthik_usage.endpoint IS 'Where it is: a built-in endpoint or a server.';
COMMENT ON COLUMN synthik_usage.requests IS 'Requests that it took.';
COMMENT ON COLUMN synthik_usage.retries IS 'Of them, all but the first.';
COMMENT ON COLUMN synthik_usage.input_tokens IS 'Tokens of the prompt.';
COMMENT ON COLUMN synthik_usage.cached_tokens IS 'Of them, read from the provider''s cache.';
COMMENT ON COLUMN synthik_usage.output_tokens IS 'Tokens of the answer, reasoning included.';
COMMENT ON COLUMN synthik_usage.usd IS 'What it cost in US dollars; null without a price.';
COMMENT ON COLUMN synthik_usage.estimated IS 'Whether tokens and usd are the most that it can have taken, since the provider has not told what was used.';
COMMENT ON COLUMN synthik_usage.latency IS 'From the request to the end of the answer.';
COMMENT ON COLUMN synthik_usage.outcome IS 'How it ended; open: it is under way; cancelled: its statement ended before; lost: its session was gone.';
COMMENT ON COLUMN synthik_usage.request_sha256 IS 'SHA-256 of the request without its key.';
COMMENT ON COLUMN synthik_usage.columns IS 'Columns whose names were sent.';
COMMENT ON COLUMN synthik_usage.sample_rows IS 'Rows of a table that were sent.';
COMMENT ON COLUMN synthik_usage.rows IS 'Rows in the answer.';
COMMENT ON COLUMN synthik_usage.valid_rows IS 'Of them, valid at first sight.';

CREATE FUNCTION synthik_purge(
	before timestamptz
) RETURNS bigint
AS 'MODULE_PATHNAME', 'synthik_purge'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_purge(timestamptz) IS
'Removes one''s own stored answers from before then, at once; for superusers those of all roles, and the ledger''s entries. Returns the number of rows.';
