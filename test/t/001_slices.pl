# Row i of a data set depends on the schema, the seed and i alone: not on the
# process, the slice, the session's settings, the machine or the version of
# PostgreSQL.  test/fixtures/values.sql says what the expected values are made
# of, and how to make that file again.

use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $fixtures = "$FindBin::RealBin/../fixtures";

my $node = PostgreSQL::Test::Cluster->new('slices');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# ---- expected values --------------------------------------------------------

# The lines of one run in a database of its own, by the name of the case.
sub values_under
{
	my ($database, $settings) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION synthik');
	$node->safe_psql($database, slurp_file("$fixtures/values.sql"));
	$node->safe_psql($database, "$settings; SELECT make_values()");
	return map { my ($name) = split /\t/; ($name => $_) }
	  split /\n/, $node->safe_psql($database, 'SELECT line FROM show_values()');
}

# Compares two sets of lines, and names the first few that differ.
sub same_values
{
	my ($got, $expected, $what) = @_;
	my %names = (%$got, %$expected);
	my @wrong = grep { ($got->{$_} // '') ne ($expected->{$_} // '') } sort keys %names;

	ok(!@wrong, $what);
	foreach my $name (@wrong[ 0 .. ($#wrong < 9 ? $#wrong : 9) ])
	{
		diag(substr('got      ' . ($got->{$name} // "nothing for \"$name\""), 0, 200));
		diag(substr('expected ' . ($expected->{$name} // "nothing for \"$name\""), 0, 200));
	}
	diag(scalar(@wrong) . ' of ' . scalar(keys %names) . ' differ; see test/fixtures/values.sql') if @wrong;
}

my %values = values_under('first', 'SELECT 1');

if (my $file = $ENV{SYNTHIK_VALUES})
{
	open my $out, '>', $file or die "could not write \"$file\": $!";
	print $out map { "$values{$_}\n" } sort keys %values;
	close $out;
	note("wrote $file");
}

my %expected = map { my ($name) = split /\t/; ($name => $_) }
  split /\n/, -e "$fixtures/values.txt" ? slurp_file("$fixtures/values.txt") : "";
cmp_ok(scalar(keys %values), '>', 500, 'there are many cases');
same_values(\%values, \%expected, 'values are those in values.txt');

my %other = values_under('second', q{
	SET TimeZone = 'Asia/Kathmandu';
	SET DateStyle = 'SQL, DMY';
	SET IntervalStyle = 'sql_standard';
	SET extra_float_digits = -3;
	SET bytea_output = 'escape';
	SET work_mem = '64kB';
	SET jit = on;
	SET jit_above_cost = 0;
	SET xmloption = 'document';
	SET array_nulls = off;
	SET enable_hashjoin = off;
	SET default_statistics_target = 1});
same_values(\%other, \%expected, 'values do not depend on settings of the session');

# Another locale of the operating system, where there is one.
my $locale = (grep { /^\w+_\w+\.utf-?8$/i } split /\n/, `locale -a 2>/dev/null`)[0];
SKIP:
{
	skip 'no locale but C', 1 if !defined $locale;
	my %localized = values_under('third',
		"SET lc_monetary = '$locale'; SET lc_numeric = '$locale'; SET lc_time = '$locale'");
	same_values(\%localized, \%expected, "values do not depend on the locale ($locale)");
}

# ---- slices -----------------------------------------------------------------

# Every session is a process of its own.
sub rows_of
{
	my ($first, $rows, $seed) = @_;

	return $node->safe_psql('first', qq{
		SELECT * FROM synthik_generate((SELECT document FROM cases WHERE name = 'all'),
			$rows, seed => $seed, first_row => $first)
			AS t(id bigint, email text, qty int, price numeric, at timestamptz, other int,
				code text, parent int, odd int, total numeric)});
}

$node->safe_psql('first', <<'SQL');
INSERT INTO cases VALUES ('all', 'en_US', '{"fields": [
	{"name": "id", "type": "bigint", "unique": true},
	{"name": "email", "type": "email", "unique": true},
	{"name": "qty", "type": "integer", "distribution": {"kind": "zipf", "exponent": 1.1}, "minimum": 1, "maximum": 90},
	{"name": "price", "type": "numeric(8,2)", "distribution": {"kind": "lognormal", "mean": 40, "stddev": 30}},
	{"name": "at", "type": "timestamptz", "null_fraction": 0.1},
	{"name": "other", "type": "integer", "unique": true, "minimum": 1, "maximum": 100000},
	{"name": "code", "pattern": "^[A-Z]{2}[0-9]{6}$", "unique": true},
	{"name": "parent", "type": "integer", "references": "parents(a)"},
	{"name": "odd", "type": "integer", "minimum": 0, "maximum": 5000},
	{"name": "total", "type": "numeric(12,2)", "expression": "qty * price"}],
	"checks": ["(odd + other) % 6 = 1", "qty < odd"]}');
SQL

my $whole = rows_of(1, 1000, 5);
is(scalar(my @lines = split /\n/, $whole), 1000, 'all rows are there');
is(rows_of(1, 1000, 5), $whole, 'another process makes the same rows');
isnt(rows_of(1, 1000, 6), $whole, 'another seed makes other rows');
is(join("\n", rows_of(1, 500, 5), rows_of(501, 500, 5)), $whole, 'two halves are the whole');
is(join("\n", map { rows_of($_ * 125 + 1, 125, 5) } 0 .. 7), $whole, 'so are eight parts');
is(rows_of(777, 1, 5), $lines[776], 'a row can be made alone');
is($node->safe_psql('first', q{
		SELECT t.code FROM synthik_generate((SELECT document FROM cases WHERE name = 'all'), 1000, seed => 5)
			AS t(code text, qty int)}),
	join("\n", map { (split /\|/)[6] } @lines), 'columns do not depend on which are read');
is($node->safe_psql('first', q{
		SET synthik.seed = 5;
		SELECT t.code FROM ROWS FROM (synthik_generate((SELECT document FROM cases WHERE name = 'all'), 1000)
			AS (code text)) WITH ORDINALITY t}),
	join("\n", map { (split /\|/)[6] } @lines), 'nor on streaming or on how the seed is given');

my $table = 'SELECT t::text FROM synthik_rows(NULL::everything, %d, seed => 9, first_row => %d, options => \'{"defaults": false}\') t';
is(join("\n", map { $node->safe_psql('first', sprintf($table, 250, 1 + 250 * $_)) } 0 .. 3),
	$node->safe_psql('first', sprintf($table, 1000, 1)), "a table's rows can be made in parts");

is($node->safe_psql('first', q{
		SELECT count(DISTINCT id), count(DISTINCT email), count(DISTINCT other), count(DISTINCT code) FROM (
			SELECT * FROM synthik_generate((SELECT document FROM cases WHERE name = 'all'), 1500, seed => 5)
				AS t(id bigint, email text, other int, code text)
			UNION ALL
			SELECT * FROM synthik_generate((SELECT document FROM cases WHERE name = 'all'), 1500, seed => 5, first_row => 1501)
				AS t(id bigint, email text, other int, code text)) u}),
	'3000|3000|3000|3000', 'unique values are distinct over slices');

$node->restart;
is(rows_of(1, 1000, 5), $whole, 'the same rows after a restart');

isnt($node->safe_psql('first', q{SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "uuid"}]}', 1) AS t(a uuid)}),
	$node->safe_psql('first', q{SELECT * FROM synthik_generate('{"fields": [{"name": "a", "type": "uuid"}]}', 1) AS t(a uuid)}),
	'without a seed each call differs');

$node->stop;
done_testing();
