CREATE FUNCTION synthik_progress_list(
	OUT pid integer,
	OUT datid oid,
	OUT relid oid,
	OUT rows_done bigint,
	OUT rows_total bigint
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'synthik_progress_list'
LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 5;
COMMENT ON FUNCTION synthik_progress_list() IS
'Behind the view synthik_progress.';

CREATE VIEW synthik_progress AS
SELECT p.pid, p.datid, d.datname, p.relid,
	CASE WHEN d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
		THEN p.relid::pg_catalog.regclass END AS relation,
	p.rows_done, p.rows_total,
	pg_catalog.round(p.rows_done OPERATOR(pg_catalog.*) 100.0
		OPERATOR(pg_catalog./) NULLIF(p.rows_total, 0), 1) AS percent
FROM synthik_progress_list() p
	LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) p.datid;
GRANT SELECT ON synthik_progress TO PUBLIC;
COMMENT ON VIEW synthik_progress IS
'The calls of synthik_augment that are running, and how far each is.';
COMMENT ON COLUMN synthik_progress.pid IS 'Process of the session.';
COMMENT ON COLUMN synthik_progress.datid IS 'Its database, by OID.';
COMMENT ON COLUMN synthik_progress.datname IS 'Its database.';
COMMENT ON COLUMN synthik_progress.relid IS 'The table that gets rows, by OID.';
COMMENT ON COLUMN synthik_progress.relation IS 'The table, where it is in this database.';
COMMENT ON COLUMN synthik_progress.rows_done IS 'Rows made so far.';
COMMENT ON COLUMN synthik_progress.rows_total IS 'Rows asked for.';
COMMENT ON COLUMN synthik_progress.percent IS 'rows_done of rows_total.';
