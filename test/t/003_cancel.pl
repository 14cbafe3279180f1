# Whatever runs ends when it is told to, and leaves nothing behind.  Each
# statement here would run for hours; the bound is a loose one, since these
# are no timing tests.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SynthikTest;
use Test::More;

my $bound = 5;
my $node = PostgreSQL::Test::Cluster->new('cancel');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION synthik;
CREATE TABLE plain (id bigint, name text, email text, price numeric(8,2));
CREATE TABLE keyed (id bigint PRIMARY KEY, code text UNIQUE, email text UNIQUE);
CREATE TABLE triggered (id bigint, name text);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER keep BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TABLE nothing ();
CREATE TABLE ruled (id bigint, name text);
CREATE TABLE elsewhere (id bigint, name text);
CREATE RULE r AS ON INSERT TO ruled DO INSTEAD INSERT INTO elsewhere VALUES (NEW.*);
CREATE TABLE hard (id bigint, a integer NOT NULL CHECK (a % 1000003 = 500000));
CREATE TABLE slow (id bigint, a integer);
CREATE FUNCTION slow_check(integer) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN true; END';
ALTER TABLE slow ADD CHECK (slow_check(a));

-- A parent whose keys take long to read: a view that never ends.
CREATE TABLE parent (id bigint PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 300000);
CREATE TABLE child (id bigint, parent_id bigint REFERENCES parent);
CREATE VIEW endless AS SELECT (a.i * 1000003 + b.i * 1009 + c.i)::bigint AS id
	FROM generate_series(1, 1000) a(i), generate_series(1, 100000) b(i), generate_series(1, 100000) c(i);
CREATE TABLE key_one (id bigint PRIMARY KEY, two bigint NOT NULL);
CREATE TABLE key_two (id bigint PRIMARY KEY, one bigint NOT NULL REFERENCES key_one);
ALTER TABLE key_one ADD FOREIGN KEY (two) REFERENCES key_two;
CREATE EXTENSION IF NOT EXISTS plpgsql;
SQL

my $document = q{'{"fields": [{"name": "id", "type": "bigint"}, {"name": "name", "type": "full_name"}, {"name": "email", "type": "email"}, {"name": "tags", "type": "text[]"}, {"name": "o", "type": "object", "properties": {"a": {"type": "email"}}}]}'};
my $many = '1000000000000';

# What would not end.
my @endless = (
	[ 'a scan', "SELECT * FROM synthik_generate($document, $many, seed => 1) AS t(id bigint, name text, email text) OFFSET 999999999999" ],
	[ 'a count', "SELECT count(*) FROM synthik_generate($document, $many) AS t(id bigint)" ],
	[ 'a count of no columns', "SELECT count(*) FROM synthik_rows(NULL::plain, $many)" ],
	[ 'an aggregation', "SELECT name, count(*) FROM synthik_generate($document, $many) AS t(name text, tags text[], o jsonb) GROUP BY 1" ],
	[ 'a tuplestore', "SELECT synthik_rows(NULL::plain, $many) LIMIT 1" ],
	[ 'rows with numbers', "SELECT * FROM synthik_rows(NULL::plain, $many) WITH ORDINALITY OFFSET 999999999999" ],
	[ 'JSON', "SELECT count(t) FROM synthik_generate_json($document, $many) t" ],
	[ 'a checked scan', q{SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 0, "maximum": 9999}], "checks": ["(a * 7) % 97 = 4"]}', } . "$many) AS t(a int) OFFSET 999999999999" ],
	[ 'unique values', q{SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "bigint", "unique": true}, {"name": "b", "type": "uuid", "unique": true}]}', } . "$many) AS t(a bigint, b uuid) OFFSET 999999999999" ],
	[ 'long values', q{SELECT count(a) FROM synthik_generate('{"fields": [{"name": "a", "type": "text", "minLength": 900000, "maxLength": 1000000}]}', } . "$many) AS t(a text)" ],
	[ 'large arrays', q{SELECT count(a) FROM synthik_generate('{"fields": [{"name": "a", "type": "array", "items": {"type": "array", "items": {"type": "email"}, "minItems": 1000, "maxItems": 2000}, "minItems": 1000, "maxItems": 2000}]}', } . "$many) AS t(a jsonb)" ],
	[ 'long patterns', q{SELECT count(a) FROM synthik_generate('{"fields": [{"name": "a", "type": "text", "pattern": "^([a-f]{100}x{3,200}){20}$"}]}', } . "$many) AS t(a text)" ],
	[ 'single values', "SELECT count(synthik_value('email', i::text)) FROM generate_series(1, $many) i" ],
	[ 'rows into a plain table', "SELECT synthik_augment('plain', $many)", 'plain' ],
	[ 'rows into a table with indexes', "SELECT synthik_augment('keyed', 1000000000, schema => '{\"fields\": [{\"name\": \"code\", \"pattern\": \"^[a-z]{9}\$\"}]}')", 'keyed' ],
	[ 'rows through INSERT', "SELECT synthik_augment('triggered', $many)", 'triggered' ],
	[ 'rows without columns', "SELECT synthik_augment('nothing', $many)", 'nothing' ],
	[ 'rows that a rule takes', "SELECT synthik_augment('ruled', $many)", 'elsewhere' ],
	[ 'rows with workers', "SELECT synthik_augment('plain', $many, workers => 2)", 'plain' ],
	[ 'INSERT', "INSERT INTO plain SELECT * FROM synthik_rows(NULL::plain, $many)", 'plain' ],
	[ 'a slow check', "SELECT synthik_augment('slow', 10)", 'slow' ],
	[ 'children of a parent', "SELECT synthik_augment('child', $many)", 'child' ],
	[ 'several tables', qq{SELECT synthik_populate('{"key_one": 1000, "key_two": 1000, "plain": $many}')}, 'key_one' ],
	[ 'a circle whose triggers wait', q{SELECT synthik_populate('{"key_one": 2000000000, "key_two": 1000}')}, 'key_one' ],
	[ 'children that are counted', q{SELECT synthik_populate('{"child": {"per": "parent", "between": [1000, 1000000]}}')}, 'child' ],
	[ 'an endless parent', q{SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "bigint", "references": "endless(id)"}]}', } . "$many) AS t(a bigint) OFFSET 999999999999" ],
);

foreach my $case (@endless)
{
	my ($what, $sql, $table) = @$case;
	my ($out, $err, $seconds) = finish_sql(begin_sql($node, 'postgres',
		"SET client_min_messages = error; SET statement_timeout = '100ms'; SET work_mem = '1MB'; SET temp_file_limit = '8GB'", $sql));

	like($err, qr/57014: canceling statement due to statement timeout/, "$what: ends by statement_timeout");
	cmp_ok($seconds, '<', $bound, "$what: soon");
	is($node->safe_psql('postgres', "SELECT count(*) FROM $table"), '0', "$what: nothing is stored") if $table;
}

# A check that nearly no row meets is given up, not tried for ever.
my ($out, $err, $seconds) = finish_sql(begin_sql($node, 'postgres', q{SELECT synthik_augment('hard', 10)}));
like($err, qr/ERROR:  .*hard_a_check/, 'a check that nothing satisfies is an error that names it');
cmp_ok($seconds, '<', 60, 'and is found soon');

# The session goes on after a cancel.
$node->safe_psql('postgres', 'CREATE TABLE after_cancel (LIKE plain)');
my $session = begin_sql($node, 'postgres', <<"SQL", 'SELECT count(*), count(DISTINCT id) FROM after_cancel');
DO \$\$
BEGIN
	FOR i IN 1 .. 3 LOOP
		BEGIN
			PERFORM synthik_augment('after_cancel', 1000, seed => i);
			PERFORM synthik_augment('plain', $many);
		EXCEPTION WHEN query_canceled THEN
			PERFORM synthik_augment('after_cancel', 10, seed => i);
		END;
	END LOOP;
END
\$\$
SQL
for my $i (1 .. 3)
{
	ok(wait_until(60, sub { $node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE relation = 'plain'::regclass AND granted}) ne '0' }), 'the statement is running');
	$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_locks WHERE relation = 'plain'::regclass});
	wait_until(2, sub { $node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE relation = 'plain'::regclass}) eq '0' });
}
($out, $err, $seconds) = finish_sql($session);
like($out, qr/^30\|/, 'a cancelled statement can be caught, and the session goes on');
cmp_ok($seconds, '<', $bound, 'soon after the last cancel');
is($node->safe_psql('postgres', 'SELECT count(*) FROM plain'), '0', 'nothing of it is stored');

# A server that stops, with several runs.
my @runs = map { begin_sql($node, 'postgres', $_) } (
	"SELECT synthik_augment('plain', $many)",
	"SELECT synthik_augment('triggered', $many)",
	"SELECT synthik_augment('plain', $many, workers => 2)",
	"SELECT count(*) FROM synthik_rows(NULL::plain, $many)");
ok(wait_until(60, sub { $node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%synthik%1000000000000%' AND pid <> pg_backend_pid()}) eq '4' }), 'four runs');
my $begin = time;
$node->stop('fast');
cmp_ok(time - $begin, '<=', 3 * $bound, 'a fast shutdown does not wait for them');
like((finish_sql($_))[1], qr/57P01|terminat|closed the connection/, 'a run was ended') foreach @runs;
$node->start;
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM plain) + (SELECT count(*) FROM triggered)'), '0', 'nothing is stored');
$node->stop;

done_testing();
