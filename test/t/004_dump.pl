# The extension as an object of a database: dump and restore, schemas, other
# roles, and what DROP EXTENSION leaves.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
my $folder = $node->basedir;

# ---- what belongs to it -----------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', 'CREATE EXTENSION synthik');

is($node->safe_psql('source', q{
		SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ' ORDER BY 1)
		FROM pg_depend d
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'synthik')
			AND d.classid <> 'pg_type'::regclass
			AND NOT EXISTS (SELECT FROM pg_description c
				WHERE c.classoid = d.classid AND c.objoid = d.objid AND c.objsubid = 0)}),
	'', 'every object has a comment');
is($node->safe_psql('source', q{
		SELECT string_agg(c.relname || '.' || a.attname, ', ' ORDER BY 1)
		FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'v')
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'synthik')
			AND col_description(c.oid, a.attnum) IS NULL}),
	'', 'so has every column of its tables and views');
is($node->safe_psql('source', q{
		SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ')
		FROM pg_depend d LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
			LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'synthik')
			AND coalesce(p.proname, c.relname, 'synthik_') NOT LIKE 'synthik\_%'}),
	'', 'every name begins with synthik_');

# ---- dump and restore -------------------------------------------------------

# Objects that use it; the view's rows are the same after a restore.
$node->safe_psql('source', <<'SQL');
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, email text UNIQUE, total numeric(8,2));
SELECT synthik_augment('customers', 500, seed => 1);
CREATE TABLE "ru""led" (id integer PRIMARY KEY, "co""l" text, amount numeric(8,2), other integer);
SELECT synthik_rule('"ru""led"', 'co"l', '{"type": "iban"}');
SELECT synthik_rule('"ru""led"', 'amount', '{"minimum": 3, "maximum": 5}');
SELECT synthik_rule('"ru""led"', NULL, '{"checks": ["other > id"], "locale": "de_DE"}');
SELECT synthik_create_pack('{"tables": [{"name": "parents", "fields": [{"name": "id", "type": "bigint"}, {"name": "city", "type": "city"}], "primary_key": ["id"]},
	{"name": "children", "rows": 3, "fields": [{"name": "parent_id", "type": "bigint", "references": "parents(id)"}, {"name": "mail", "type": "email"}]}]}', 'packed');
CREATE VIEW made AS SELECT * FROM synthik_generate('{"fields": [{"name": "id", "type": "integer", "unique": true}, {"name": "email", "type": "email"}]}', 20, seed => 2) AS t(id integer, email text);
CREATE VIEW rows_made AS SELECT t.* FROM synthik_rows(NULL::customers, 20, seed => 3, options => '{"defaults": false}') t;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM made;
CREATE FUNCTION one_email() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT synthik_value('email', 'k', seed => 1); END;
CREATE TABLE defaulted (id integer, email text DEFAULT synthik_value('email', 'x', seed => 1));
INSERT INTO defaulted (id) VALUES (1);
SELECT synthik_save('mine', '{"fields": [{"name": "id", "type": "integer", "unique": true}, {"name": "city", "type": "city"}]}');
SELECT synthik_save('mine', '{"extends": "ecommerce/customers", "description": "a \"quoted\" one", "fields": [{"name": "city", "type": "city"}]}', 1);
CREATE ROLE saver;
SET ROLE saver;
SELECT synthik_save('theirs', '{"fields": [{"name": "id", "type": "integer"}]}');
UPDATE synthik_saved SET shared = true WHERE name = 'theirs';
RESET ROLE;
CREATE MATERIALIZED VIEW made_by_name AS SELECT * FROM synthik_generate('mine', 3, seed => 1) AS t(city text);
SQL

my $contents = q{
	SELECT 'customers', md5(string_agg(t::text, ',' ORDER BY id)) FROM customers t UNION ALL
	SELECT 'made', md5(string_agg(t::text, ',' ORDER BY id)) FROM made t UNION ALL
	SELECT 'rows_made', md5(string_agg(t::text, ',' ORDER BY email)) FROM rows_made t UNION ALL
	SELECT 'kept', md5(string_agg(t::text, ',' ORDER BY id)) FROM kept t UNION ALL
	SELECT 'function', one_email() UNION ALL
	SELECT 'defaulted', email FROM defaulted UNION ALL
	SELECT 'types', count(*)::text FROM synthik_types UNION ALL
	SELECT 'saved', string_agg(concat_ws(' ', name, version, owner, shared, saved_at, document), ',' ORDER BY name) FROM synthik_saved UNION ALL
	SELECT 'made by name', md5(string_agg(t::text, ',' ORDER BY t)) FROM made_by_name t UNION ALL
	SELECT 'rules', string_agg(r::text, ' ' ORDER BY r::text) FROM synthik_rules r UNION ALL
	SELECT 'made by rules', string_agg(t::text, ' ') FROM synthik_rows(NULL::"ru""led", 3, seed => 4) t UNION ALL
	SELECT 'templates', md5(string_agg(t::text, ',' ORDER BY name)) FROM synthik_templates t};
my $before = $node->safe_psql('source', $contents);
like($before, qr/^saved\|mine 2 .* "a \\"quoted\\" one".*,theirs 1 saver t /m, 'schemas are saved');

sub run_tool
{
	my ($what, @command) = @_;
	my ($out, $err);

	IPC::Run::run([ $command[0], '-h', $node->host, '-p', $node->port, @command[ 1 .. $#command ] ], '<', \undef, '>', \$out, '2>', \$err);
	is($err, '', $what);
	return $out;
}

$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
run_tool('pg_dump, plain', 'pg_dump', '-f', "$folder/plain.sql", 'source');
run_tool('pg_dump, custom', 'pg_dump', '-Fc', '-f', "$folder/custom", 'source');
run_tool('pg_dump, four jobs', 'pg_dump', '-Fd', '-j4', '-f', "$folder/folder", 'source');
# A table alone comes with its labels, for which there is no provider then.
run_tool('pg_dump, a table', 'pg_dump', '-t', '"ru""led"', '-f', "$folder/table.sql", 'source');
like(slurp_file("$folder/table.sql"), qr/^SECURITY LABEL FOR synthik ON COLUMN public\."ru""led"\.amount IS '\{"maximum": 5, "minimum": 3\}';$/m, "pg_dump -t writes the table's rules");
unlike(slurp_file("$folder/plain.sql"), qr/COPY (?!public\.synthik_(?:model|saved) )\S*synthik_|CREATE FUNCTION \S*synthik_/, "the extension's own things are not dumped");

my %restores = (
	plain => [ [ 'psql', '-Xq', '-o', "$folder/out", '-v', 'ON_ERROR_STOP=1', '-d', 'plain', '-f', "$folder/plain.sql" ] ],
	custom => [ [ 'pg_restore', '--exit-on-error', '-d', 'custom', "$folder/custom" ] ],
	jobs => [ [ 'pg_restore', '--exit-on-error', '-j4', '-d', 'jobs', "$folder/folder" ] ],
	sections => [ map { [ 'pg_restore', '--exit-on-error', "--section=$_", '-d', 'sections', "$folder/custom" ] } qw(pre-data data post-data) ]);
foreach my $name (sort keys %restores)
{
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	run_tool("restore: $name", @$_) foreach @{ $restores{$name} };
	is($node->safe_psql($name, $contents), $before, "restore: $name, everything is there and makes the same rows");
}
$node->safe_psql('postgres', 'CREATE DATABASE alone');
my (undef, $out, $err) = $node->psql('alone', slurp_file("$folder/table.sql"), on_error_stop => 0);
like($err, qr/security label provider "synthik" is not loaded/, 'a table alone, without the extension: its rules are refused');
is($node->safe_psql('alone', q{SELECT count(*) FROM information_schema.columns WHERE table_name = 'ru"led'}), '4', '... and the table is there');
$node->safe_psql('postgres', 'CREATE DATABASE together');
$node->safe_psql('together', 'CREATE EXTENSION synthik');
$node->safe_psql('together', 'SELECT count(*) FROM synthik_types; ' . slurp_file("$folder/table.sql"));
is($node->safe_psql('together', 'SELECT count(*) FROM synthik_rules'), '3', '... and its rules, too, in a session that has used the extension');
$node->safe_psql('postgres', 'CREATE DATABASE unruled TEMPLATE source');
is($node->safe_psql('unruled', 'SELECT synthik_drop_rules() > 3; DROP EXTENSION synthik CASCADE; SELECT count(*) FROM pg_seclabel'), "t\n0", 'rules can be dropped before the extension');
$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE source');
is($node->safe_psql('copied', $contents), $before, 'a copy of the database');

# ---- schemas ----------------------------------------------------------------

my $made = q{SELECT string_agg(t::text, ' ') FROM %s.synthik_generate('{"fields": [{"name": "a", "type": "email"}]}', 2, seed => 1) AS t(a text)};
my $use = q{
	SELECT count(*), (SELECT count(*) FROM %1$s.synthik_types) > 50 FROM %1$s.synthik_rows(NULL::public.t, 10);
	SELECT %1$s.synthik_augment('public.t', 10, seed => 1);
	SELECT %1$s.synthik_augment('public.p', 10, seed => 1, workers => 1);
	SELECT (SELECT count(*) FROM public.t), (SELECT count(*) FROM public.p);
	SELECT count(*) FROM %1$s.synthik_describe('public.t'::regclass);
	SELECT count(*) FROM %1$s.synthik_validate('{"fields": []}'::jsonb);
	TRUNCATE public.t, public.p};

$node->safe_psql('postgres', 'CREATE DATABASE schemas');
$node->safe_psql('schemas', q{
	CREATE SCHEMA "else ""where"; CREATE EXTENSION synthik SCHEMA "else ""where";
	CREATE TABLE public.t (id integer PRIMARY KEY, name text, email text);
	CREATE TABLE public.p (id integer, email text) PARTITION BY HASH (id);
	CREATE TABLE public.p0 PARTITION OF public.p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES WITH (MODULUS 2, REMAINDER 1)});
is($node->safe_psql('schemas', q{SELECT count(*) FROM pg_proc WHERE proname LIKE 'synthik%' AND pronamespace = 'public'::regnamespace}), '0', 'nothing in public');

my $used = $node->safe_psql('schemas', q{SET search_path = ''; } . sprintf($use, '"else ""where"'));
like($used, qr/^10\|t\n10\n10\n10\|10\n3\n/, 'it works in a schema of its own, with an empty search_path');
my $rows = $node->safe_psql('schemas', sprintf($made, '"else ""where"'));
$node->safe_psql('schemas', 'CREATE SCHEMA moved; ALTER EXTENSION synthik SET SCHEMA moved');
is($node->safe_psql('schemas', q{SET search_path = ''; } . sprintf($use, 'moved')), $used, 'and after ALTER EXTENSION SET SCHEMA');
is($node->safe_psql('schemas', sprintf($made, 'moved')), $rows, 'with the same rows');

# A session that used it before it was moved.
my $moving = $node->safe_psql('schemas', sprintf($use, 'moved') . '; ALTER EXTENSION synthik SET SCHEMA public; ' . sprintf($use, 'public'));
is($moving, "$used\n$used", 'moved while a session uses it');

# ---- dropping it ------------------------------------------------------------

my $left = q{
	SELECT 'pg_proc', proname FROM pg_proc WHERE proname LIKE 'synthik%' OR prosrc LIKE 'synthik%' UNION ALL
	SELECT 'pg_class', relname FROM pg_class WHERE relname LIKE '%synthik%' UNION ALL
	SELECT 'pg_type', typname FROM pg_type WHERE typname LIKE '%synthik%' UNION ALL
	SELECT 'pg_namespace', nspname FROM pg_namespace WHERE nspname LIKE '%synthik%' UNION ALL
	SELECT 'pg_extension', extname FROM pg_extension WHERE extname = 'synthik'};
$node->safe_psql('schemas', 'DROP EXTENSION synthik');
is($node->safe_psql('schemas', $left), '', 'DROP EXTENSION leaves nothing');
is($node->safe_psql('schemas', 'SELECT count(*) FROM public.t'), '0', "but the users' tables");
my ($ret, $out, $err) = $node->psql('source', 'DROP EXTENSION synthik');
like($err, qr/other objects depend on it/, 'what depends on it keeps it');
$node->safe_psql('source', 'DROP EXTENSION synthik CASCADE');
is($node->safe_psql('source', $left), '', 'DROP EXTENSION CASCADE leaves nothing');
is($node->safe_psql('source', 'SELECT count(*) FROM customers'), '500', 'rows that it made stay');
is($node->safe_psql('source', q{
		CREATE EXTENSION synthik;
		SELECT count(*) FROM synthik_rows(NULL::customers, 7);
		DROP EXTENSION synthik;
		CREATE SCHEMA again;
		CREATE EXTENSION synthik SCHEMA again;
		SELECT count(*) FROM again.synthik_rows(NULL::customers, 7)}), "7\n7", 'made, dropped and made again in one session');

# ---- another role -----------------------------------------------------------

$node->safe_psql('postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE DATABASE owned OWNER owner;
	CREATE ROLE guest LOGIN});
my ($trusted) = slurp_file($node->config_data('--sharedir') . '/extension/synthik.control') =~ /^trusted\s*=\s*(\w+)/m;
($ret, $out, $err) = $node->psql('owned', 'CREATE EXTENSION synthik', extra_params => [ '-U', 'owner' ]);
if (($trusted // 'false') eq 'true')
{
	is($ret, 0, 'a trusted extension can be created by the owner of a database');
}
else
{
	like($err, qr/permission denied to create extension "synthik"/, 'an extension that is not trusted needs a superuser');
	$node->safe_psql('owned', 'CREATE EXTENSION synthik');
}
$node->safe_psql('owned', 'CREATE TABLE closed (id integer, email text); GRANT CREATE ON SCHEMA public TO guest');
my @as_guest = (extra_params => [ '-U', 'guest' ]);
is($node->safe_psql('owned', q{
		CREATE TABLE mine (id integer PRIMARY KEY, email text);
		SELECT synthik_augment('mine', 20, seed => 1), (SELECT count(*) FROM synthik_types) > 50,
			(SELECT count(*) FROM synthik_templates) >= 0, synthik_value('email', 'k') LIKE '%@%'}, @as_guest), '20|t|t|t', 'everybody can use it');
($ret, $out, $err) = $node->psql('owned', q{SELECT synthik_augment('closed', 5)}, @as_guest);
like($err, qr/permission denied for table closed/, 'but not to write where INSERT could not');
($ret, $out, $err) = $node->psql('owned', q{INSERT INTO synthik_template VALUES ('x', '{}')}, @as_guest);
like($err, qr/permission denied for table synthik_template/, 'nor to change its templates');

$node->stop;
done_testing();
