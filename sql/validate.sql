--
-- synthik_validate: every fault of a document at once
--

-- nothing wrong
SELECT * FROM synthik_validate('{"fields": [
    {"name": "id", "type": "integer", "unique": true},
    {"name": "email", "type": "email"},
    {"name": "total", "type": "numeric(12,2)", "expression": "id * 2"}],
  "checks": ["total > 0"]}'::jsonb);
SELECT count(*) FROM synthik_validate('{"properties": {"a": {"type": "string"}}, "required": ["a"]}');

-- all of them, each at its place
SELECT * FROM synthik_validate('{"title": "x", "colour": 1, "fields": [
    {"name": "a", "type": "integer", "minimum": 5, "maximum": 1},
    {"name": "b", "type": "emial"},
    {"name": "c", "type": "string", "pattern": "(a"},
    {"name": "d", "choices": [1]},
    {"name": "a", "type": "text"},
    {"name": "e", "type": "integer", "minimum": "x"},
    {"name": "f", "type": "numeric", "expression": "nope + 1"},
    {"name": "g", "references": "nowhere(id)"},
    7,
    {"type": "text"},
    {"name": "h", "type": "integer", "null_fraction": 2},
    {"name": "i", "enum": ["a", "b"], "weights": [1]}],
  "checks": ["a >"], "unique": [["zz"]]}'::jsonb);

-- what only the generators can tell
SELECT * FROM synthik_validate('{"fields": [
    {"name": "fine", "type": "integer"},
    {"name": "p", "type": "string", "pattern": "(?=x)y"},
    {"name": "q\"; drop", "type": "string", "pattern": "^a{5}$", "maxLength": 3},
    {"name": "m", "type": "integer", "multipleOf": 7, "minimum": 1, "maximum": 3}]}');
SELECT path FROM synthik_validate('{"properties": {"n": {"type": "integer"}, "q": {"type": "string", "pattern": "^a{5}$", "maxLength": 3}}}');
SELECT path FROM synthik_validate('{"extends": {"fields": [{"name": "p", "type": "string", "pattern": "(?=x)y"}]}, "fields": [{"name": "n", "type": "integer"}]}');

-- a check that nothing satisfies
SELECT problem FROM synthik_validate('{"fields": [
    {"name": "a", "type": "integer", "minimum": 1, "maximum": 10},
    {"name": "b", "type": "integer", "minimum": 20, "maximum": 30}],
  "checks": ["a + b < 0"]}');

-- expressions are no way to the server's files
SELECT path, problem FROM synthik_validate('{"fields": [{"name": "f", "type": "text", "expression": "pg_read_file(''/etc/passwd'')"}]}');
SELECT path, problem FROM synthik_validate('{"fields": [{"name": "f", "type": "bigint", "expression": "(SELECT count(*) FROM pg_class)"}]}');

-- a parent without rows is no fault of the document
CREATE TABLE validate_parent (id integer PRIMARY KEY);
SELECT count(*) FROM synthik_validate('{"fields": [{"name": "p", "type": "integer", "references": "validate_parent(id)"}]}');
DROP TABLE validate_parent;

-- an unknown locale: the document's, and the session's
SELECT path, problem FROM synthik_validate('{"locale": "xx_YY", "fields": [{"name": "a"}]}');
SET synthik.locale = 'xx_YY';
SELECT path, problem FROM synthik_validate('{"fields": [{"name": "a"}]}');
RESET synthik.locale;

-- no documents at all
SELECT * FROM synthik_validate('{}');
SELECT * FROM synthik_validate('{"fields": []}');
SELECT * FROM synthik_validate('[]'::jsonb);
SELECT * FROM synthik_validate('null'::jsonb);
SELECT * FROM synthik_validate('{"extends": "nope", "fields": []}');
\set VERBOSITY terse
SELECT * FROM synthik_validate('{');
\set VERBOSITY default
SELECT * FROM synthik_validate('nothing/here');
SELECT * FROM synthik_validate(NULL::jsonb);
SELECT * FROM synthik_validate(NULL::text);

-- nothing is left of what was tried
BEGIN READ ONLY;
SELECT count(*) FROM synthik_validate('{"fields": [{"name": "b", "type": "emial"}]}');
SELECT count(*) FROM synthik_validate('{"fields": [{"name": "p", "type": "string", "pattern": "(?=x)y"}]}');
COMMIT;

-- the templates that come along
SELECT t.name, v.* FROM (SELECT * FROM synthik_templates WHERE tables IS NULL OFFSET 0) AS t, synthik_validate(t.name) AS v;
SELECT name FROM (SELECT * FROM synthik_templates WHERE tables IS NULL OFFSET 0) AS t
WHERE synthik_columns(t.name) = ''
   OR (SELECT count(*) FROM synthik_describe(t.name)) <> (SELECT count(*) FROM synthik_describe(t.document))
   OR NOT EXISTS (SELECT FROM synthik_describe(t.name));
