# Documents that nobody should write, each with the error that it gives: see
# test/fixtures/hostile/README.md.  A role without privileges runs them.
#
# With HOSTILE_WRITE=1 the fixture is written anew with what came, to be read
# before it is kept.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $fixture = 'test/fixtures/hostile/documents.tsv';

my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION synthik;
	CREATE ROLE hostile;
	CREATE ROLE other;
	CREATE SCHEMA other AUTHORIZATION other;
	GRANT USAGE ON SCHEMA other TO public;
	GRANT CREATE ON SCHEMA public TO hostile;
	CREATE TABLE secret (id integer PRIMARY KEY, word text);
	INSERT INTO secret VALUES (4711, 'hush');
	SET ROLE other;
	CREATE FUNCTION other.leak(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
		'BEGIN RAISE ''leaked'' USING ERRCODE = ''XX888''; END';
	CREATE FUNCTION other.plus(integer, integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
		'BEGIN RAISE ''leaked'' USING ERRCODE = ''XX888''; END';
	CREATE OPERATOR other.@+ (FUNCTION = other.plus, LEFTARG = integer, RIGHTARG = integer);
	CREATE DOMAIN other.dangerous AS integer CHECK (other.leak(VALUE) > 0);
	CREATE TYPE other.pair AS (x integer, y other.dangerous);
	SET ROLE hostile;
	CREATE TABLE own (id serial PRIMARY KEY, note text);
	INSERT INTO own (note) SELECT 'note ' || i FROM generate_series(1, 5) AS i;
	CREATE TABLE void (id integer PRIMARY KEY);
	CREATE VIEW seen AS SELECT id FROM own;
	CREATE DOMAIN nothing AS integer CHECK (VALUE > 5 AND VALUE < 5);
	CREATE FUNCTION mine(x integer) RETURNS integer VOLATILE LANGUAGE sql AS 'SELECT x';
	CREATE TABLE learned AS SELECT i AS a, i * 2 % 7 AS b FROM generate_series(1, 300) AS i;
	ANALYZE learned;
	SELECT synthik_save('loop_a', '{"fields": [{"name": "a", "type": "integer"}]}');
	SELECT synthik_save('loop_b', '{"extends": "loop_a"}');
	-- What a maker says of a document, and whether synthik_validate says it too.
	CREATE FUNCTION attempt(document bytea) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		made text := '00000';
		found text := '00000';
		at text;
		place text;
	BEGIN
		BEGIN
			PERFORM count(j) FROM public.synthik_generate_json(convert_from(document, 'UTF8')::jsonb, 3, seed => 1) AS j;
		EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
			-- What an expression belongs to is in its context, and in what synthik_validate says.
			GET STACKED DIAGNOSTICS place = PG_EXCEPTION_CONTEXT;
			made := SQLSTATE || ' ' || CASE WHEN place ~ '^(expression of field|check) "' THEN split_part(place, E'\n', 1) || ': ' ELSE '' END || SQLERRM;
		END;
		BEGIN
			SELECT v.problem, v.path INTO found, at FROM public.synthik_validate(convert_from(document, 'UTF8')::jsonb) AS v
			ORDER BY v.problem IS DISTINCT FROM right(made, -6) LIMIT 1;
			found := coalesce(CASE WHEN found = right(made, -6) THEN made ELSE found END, '00000');
		EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
			found := SQLSTATE || ' ' || SQLERRM;
		END;
		RETURN encode(convert_to(concat_ws(E'\t', translate(made, E'\t\n', '  '), translate(found, E'\t\n', '  '), at), 'UTF8'), 'hex');
	END $$;
});
my (undef, undef, $refused) = $node->psql('postgres', q{SET ROLE hostile; SELECT synthik_save('loop_a', '{"extends": "loop_b"}', expected_version => 1)});
like($refused, qr/ERROR:  schema "loop_a" extends itself/, 'schemas are not kept that extend one another in a circle');

# Documents with what was learned, damaged.
my %damaged = (
	short => q{jsonb_set(d, '{fit}', to_jsonb(left(d ->> 'fit', -40)))},
	changed => q{jsonb_set(d, '{fit}', to_jsonb(overlay(d ->> 'fit' PLACING 'QQQQ' FROM 40)))},
	twice => q{jsonb_set(d, '{fit}', to_jsonb((d ->> 'fit') || (d ->> 'fit')))},
	other => q{jsonb_set(d, '{fields}', '[{"name": "z", "type": "date"}]')});
$_ = $node->safe_psql('postgres', "SELECT $_ FROM synthik_infer('learned') AS d") foreach values %damaged;

# A macro of the fixture stands for what would be long, or no text.
sub expand
{
	my ($document) = @_;
	my $repeat = sub { my ($n, $text) = @_; return join '', map { my $t = $text; $t =~ s/#/$_/g; $t } 1 .. $n };

	$document =~ s/<<fit:(\w+)>>/$damaged{$1}/g;
	$document =~ s/<<hex:(\w+)>>/pack 'H*', $1/ge;
	$document =~ s/<<(\d+)\*(.*?)>>/$repeat->($1, $2)/ge;
	return $document;
}

sub short
{
	my ($text) = @_;
	return length $text > 300 ? substr($text, 0, 300) . '...' : $text;
}

open my $in, '<', $fixture or die "$fixture: $!";
my @cases = map { chomp; [ split /\t/, $_, 3 ] } grep { !/^name\t/ } <$in>;
close $in;
cmp_ok(scalar @cases, '>=', 400, 'the fixture is whole');

my $script = "SET ROLE hostile;\nSET statement_timeout = '20s';\nSET synthik.locale = 'en_US';\nSET client_min_messages = warning;\n";
$script .= sprintf "SELECT attempt('\\x%s');\n", unpack 'H*', expand($_->[2]) foreach @cases;
my $file = PostgreSQL::Test::Utils::tempdir() . '/hostile.sql';
append_to_file($file, $script);
my $before = $node->safe_psql('postgres', q{SELECT pg_postmaster_start_time(), (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind <> 't'), count(*), sum(id) FROM own});
my ($ret, $out, $err) = $node->psql('postgres', undef, extra_params => [ '-f', $file ], on_error_stop => 0);
is($ret, 0, 'the session lives');
is($err, '', 'every error was caught');
my @answers = map { pack 'H*', $_ } split /\n/, $out;
is(scalar @answers, scalar @cases, 'every document has an answer');

# What PostgreSQL itself says differs between its versions.
my $whole = $node->safe_psql('postgres', 'SHOW server_version_num') < 160000;
my $written = "name\terror\tdocument\n";
foreach my $i (0 .. $#cases)
{
	my ($name, $expected, $document) = @{ $cases[$i] };
	my ($made, $found, $path) = split /\t/, $answers[$i] // '', 3;
	is($whole ? short($made) : substr($made, 0, 5), $whole ? $expected : substr($expected, 0, 5), "$name: the error");
	isnt(substr($made, 0, 2), 'XX', "$name: not an internal one");
	isnt(substr($made, 0, 5), '57014', "$name: not slow");
	# What the rows or the caller's privileges bring about is no fault of the document.
	is(short($found), short($made), "$name: synthik_validate finds it too") unless $found eq '00000' && $made =~ /^(2350[35]|42501 permission denied)/;
	like($made, qr/"\Q$1\E"/, "$name: the field is named") if ($path // '') =~ /^fields\[\d+\]/ && $document =~ /"name": "(\w)", [^{]*$/;
	$written .= join("\t", $name, short($made), $document) . "\n";
}
is($node->safe_psql('postgres', q{SELECT pg_postmaster_start_time(), (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind <> 't'), count(*), sum(id) FROM own}),
	$before, 'the server has not crashed, and nothing was changed');
if ($ENV{HOSTILE_WRITE})
{
	open my $outfile, '>', $fixture or die "$fixture: $!";
	print $outfile $written;
	close $outfile;
}

$node->stop;
done_testing();
