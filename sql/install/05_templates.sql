-- The built-in templates: filled at the end of this script, replaced by
-- upgrades, and never dumped.
CREATE TABLE synthik_template (
	name		text PRIMARY KEY,
	document	jsonb NOT NULL
);
GRANT SELECT ON synthik_template TO PUBLIC;
COMMENT ON TABLE synthik_template IS
'Schema documents that come with synthik; see the view synthik_templates.';
COMMENT ON COLUMN synthik_template.name IS 'Name to call it by, as in ''ecommerce/orders''.';
COMMENT ON COLUMN synthik_template.document IS 'The schema document.';

CREATE VIEW synthik_templates AS
SELECT name,
	pg_catalog.split_part(name, '/', 1) AS domain,
	document OPERATOR(pg_catalog.->>) 'title' AS title,
	document OPERATOR(pg_catalog.->>) 'description' AS description,
	(SELECT pg_catalog.array_agg(f.item OPERATOR(pg_catalog.->>) 'name' ORDER BY f.place)
		FROM pg_catalog.jsonb_array_elements(document OPERATOR(pg_catalog.->) 'fields')
			WITH ORDINALITY AS f(item, place)) AS fields,
	(SELECT pg_catalog.array_agg(t.item OPERATOR(pg_catalog.->>) 'name' ORDER BY t.place)
		FROM pg_catalog.jsonb_array_elements(document OPERATOR(pg_catalog.->) 'tables')
			WITH ORDINALITY AS t(item, place)) AS tables,
	document
FROM synthik_template;
GRANT SELECT ON synthik_templates TO PUBLIC;
COMMENT ON VIEW synthik_templates IS
'Schema documents that can be called by name: synthik_generate(''ecommerce/orders'', 10).';
COMMENT ON COLUMN synthik_templates.name IS 'Name to call it by.';
COMMENT ON COLUMN synthik_templates.domain IS 'What it belongs to; also the name of the domain''s pack, where there is one.';
COMMENT ON COLUMN synthik_templates.fields IS 'Names of its fields; null for a pack.';
COMMENT ON COLUMN synthik_templates.tables IS 'Names of the tables of a pack, for synthik_create_pack; null for a single table.';
COMMENT ON COLUMN synthik_templates.title IS 'What its rows are, in a word or two.';
COMMENT ON COLUMN synthik_templates.description IS 'What its rows are, in a sentence.';
COMMENT ON COLUMN synthik_templates.document IS 'The schema document.';
