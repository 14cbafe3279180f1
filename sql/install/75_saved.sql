-- The users' own schema documents: dumped.  Who owns one is known by name, so
-- that a dump can be restored where roles have other numbers.
CREATE TABLE synthik_saved (
	name		text PRIMARY KEY
		CHECK (name OPERATOR(pg_catalog.~) '^[^[:space:]{]' AND pg_catalog.octet_length(name) OPERATOR(pg_catalog.<=) 255),
	version		integer NOT NULL DEFAULT 1 CHECK (version OPERATOR(pg_catalog.>) 0),
	owner		name NOT NULL DEFAULT CURRENT_USER,
	shared		boolean NOT NULL DEFAULT false,
	saved_at	timestamptz NOT NULL DEFAULT pg_catalog.now(),
	document	jsonb NOT NULL
		CHECK (pg_catalog.jsonb_typeof(document) OPERATOR(pg_catalog.=) 'object')
);
SELECT pg_catalog.pg_extension_config_dump('synthik_saved', '');
ALTER TABLE synthik_saved ENABLE ROW LEVEL SECURITY;
CREATE POLICY synthik_saved_own ON synthik_saved USING (EXISTS (
	SELECT FROM pg_catalog.pg_roles AS r
	WHERE r.rolname OPERATOR(pg_catalog.=) owner AND pg_catalog.pg_has_role(r.oid, 'USAGE')));
CREATE POLICY synthik_saved_shared ON synthik_saved FOR SELECT USING (shared);
GRANT SELECT, INSERT, UPDATE, DELETE ON synthik_saved TO PUBLIC;
COMMENT ON POLICY synthik_saved_own ON synthik_saved IS
'A role sees and changes what it owns, or a role that it is a member of.';
COMMENT ON POLICY synthik_saved_shared ON synthik_saved IS
'Everybody sees what its owner shares.';
COMMENT ON TABLE synthik_saved IS
'Schema documents saved by synthik_save. A role sees its own and those that are shared: UPDATE synthik_saved SET shared = true WHERE name = ''orders''. Names are the same for all roles of the database.';
COMMENT ON COLUMN synthik_saved.name IS 'Name to call it by; a template of that name comes first.';
COMMENT ON COLUMN synthik_saved.version IS 'How often it was saved.';
COMMENT ON COLUMN synthik_saved.owner IS 'Role that saved it first.';
COMMENT ON COLUMN synthik_saved.shared IS 'Whether all roles may use it.';
COMMENT ON COLUMN synthik_saved.saved_at IS 'When it was saved last.';
COMMENT ON COLUMN synthik_saved.document IS 'The schema document.';

CREATE FUNCTION synthik_save(
	name text,
	schema jsonb,
	expected_version integer DEFAULT NULL
) RETURNS integer
AS 'MODULE_PATHNAME', 'synthik_save'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_save(text, jsonb, integer) IS
'Saves a schema document under a name, in place of what the name stood for, and returns its new version. With expected_version only if that is the version there is; 0: only if there is none.';

CREATE FUNCTION synthik_schema(
	name text
) RETURNS jsonb
AS 'MODULE_PATHNAME', 'synthik_schema'
LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_schema(text) IS
'The schema document of that name: a template, or one saved by synthik_save.';

CREATE FUNCTION synthik_delete(
	name text
) RETURNS void
AS 'MODULE_PATHNAME', 'synthik_delete'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_delete(text) IS
'Removes a saved schema document.';
