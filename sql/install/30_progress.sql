CREATE FUNCTION synthik_progress_list(
	OUT pid integer,
	OUT datid oid,
	OUT relid oid,
	OUT model text,
	OUT rows_done bigint,
	OUT rows_total bigint,
	OUT calls_in_flight integer,
	OUT retries bigint,
	OUT input_tokens bigint,
	OUT output_tokens bigint,
	OUT micro_usd bigint,
	OUT started timestamptz
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'synthik_progress_list'
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 5;
COMMENT ON FUNCTION synthik_progress_list() IS
'Behind the view synthik_progress.';

CREATE VIEW synthik_progress AS
SELECT p.pid, p.datid, d.datname, p.relid,
	CASE WHEN d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
		THEN p.relid::pg_catalog.regclass END AS relation,
	p.model, p.rows_done, p.rows_total,
	pg_catalog.round(p.rows_done OPERATOR(pg_catalog.*) 100.0
		OPERATOR(pg_catalog./) NULLIF(p.rows_total, 0), 1) AS percent,
	p.calls_in_flight, p.retries, p.input_tokens, p.output_tokens,
	pg_catalog.round(p.micro_usd OPERATOR(pg_catalog./) 1000000.0, 6) AS usd,
	p.started,
	p.started OPERATOR(pg_catalog.+)
		((pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) p.started)
			OPERATOR(pg_catalog.*) (p.rows_total::pg_catalog.float8
				OPERATOR(pg_catalog./) NULLIF(p.rows_done, 0))) AS estimated_end
FROM synthik_progress_list() p
	LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) p.datid;
GRANT SELECT ON synthik_progress TO PUBLIC;
COMMENT ON VIEW synthik_progress IS
'The calls that are making rows, and how far each is.';
COMMENT ON COLUMN synthik_progress.pid IS 'Process of the session.';
COMMENT ON COLUMN synthik_progress.datid IS 'Its database, by OID.';
COMMENT ON COLUMN synthik_progress.datname IS 'Its database.';
COMMENT ON COLUMN synthik_progress.relid IS 'The table that gets rows, or whose rows are made, by OID; null of a document.';
COMMENT ON COLUMN synthik_progress.relation IS 'The table, where it is in this database.';
COMMENT ON COLUMN synthik_progress.model IS 'What makes them: "local", or the first 64 characters of a model''s name.';
COMMENT ON COLUMN synthik_progress.rows_done IS 'Rows made so far.';
COMMENT ON COLUMN synthik_progress.rows_total IS 'Rows asked for.';
COMMENT ON COLUMN synthik_progress.percent IS 'rows_done of rows_total.';
COMMENT ON COLUMN synthik_progress.calls_in_flight IS 'Requests that the model has not answered yet.';
COMMENT ON COLUMN synthik_progress.retries IS 'Requests that were sent again.';
COMMENT ON COLUMN synthik_progress.input_tokens IS 'Tokens of the prompts, where the provider told.';
COMMENT ON COLUMN synthik_progress.output_tokens IS 'Tokens of the answers.';
COMMENT ON COLUMN synthik_progress.usd IS 'What was spent so far; null without a price.';
COMMENT ON COLUMN synthik_progress.started IS 'When the call began.';
COMMENT ON COLUMN synthik_progress.estimated_end IS 'When it ends if it goes on as fast; null before the first row.';
