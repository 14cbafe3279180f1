-- Rules that stay with a table: security labels, which the server dumps.
CREATE FUNCTION synthik_rule(
	target regclass,
	column_name name,
	rule jsonb
) RETURNS void
AS 'MODULE_PATHNAME', 'synthik_rule'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_rule(regclass, name, jsonb) IS
'Gives a column of a table a rule for the rows that are made for it: keywords of a field, as {"type": "iban"} or {"minimum": 0}; null removes it. Without a column: keywords of a document, for the table.';

CREATE FUNCTION synthik_drop_rules(
	target regclass DEFAULT NULL
) RETURNS bigint
AS 'MODULE_PATHNAME', 'synthik_drop_rules'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_drop_rules(regclass) IS
'Removes all rules of a table, or of all tables that the caller owns, and returns their number. To be called before DROP EXTENSION: dumps with rules cannot be restored without it.';

CREATE VIEW synthik_rules AS
SELECT l.objoid::pg_catalog.regclass AS relation,
	a.attname AS column_name,
	l.label::pg_catalog.jsonb AS rule
FROM pg_catalog.pg_seclabel AS l
LEFT JOIN pg_catalog.pg_attribute AS a
	ON a.attrelid OPERATOR(pg_catalog.=) l.objoid AND a.attnum OPERATOR(pg_catalog.=) l.objsubid
	AND l.objsubid OPERATOR(pg_catalog.>) 0
WHERE l.provider OPERATOR(pg_catalog.=) 'synthik'
	AND l.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass;
GRANT SELECT ON synthik_rules TO PUBLIC;
COMMENT ON VIEW synthik_rules IS
'The rules that synthik_rule has given to tables and their columns.';
COMMENT ON COLUMN synthik_rules.relation IS 'The table.';
COMMENT ON COLUMN synthik_rules.column_name IS 'The column; null for a rule of the table.';
COMMENT ON COLUMN synthik_rules.rule IS 'Keywords of a field, or of a document for the table.';
