# Parquet files of the server: other encodings, memory, large values, and
# files that are cut off or come to nothing.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('parquet');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
my $folder = PostgreSQL::Test::Utils::tempdir();
chmod 0777, $folder;
$node->safe_psql('postgres', 'CREATE EXTENSION synthik');

sub sql { return $node->safe_psql('postgres', $_[0]); }

sub fails
{
	my ($database, $sql, $expected, $what) = @_;
	my ($code, $out, $err) = $node->psql($database, $sql);

	isnt($code, 0, "$what: fails");
	like($err, $expected, $what);
}

# ---- encodings ----

my $columns = 't("größe" text, tags text[], more jsonb)';
my $texts = q{SELECT U&'\00e4\00f6' || i AS "größe", ARRAY[U&'\00df', NULL] AS tags, jsonb_build_object(U&'\00fc', i) AS more FROM generate_series(1, 3) AS i};
my $expected = "\xc3\xa41|{\xc3\x9f,NULL}|{\"\xc3\xbc\": 1}";
my $utf8 = "SELECT synthik_export(\$\$ $texts \$\$, '$folder/utf8.parquet')";

$texts =~ s/\\00f6//;
$utf8 =~ s/\\00f6//;
is(sql($utf8), '3', 'UTF-8 written');
foreach my $encoding ('LATIN1', 'WIN1252', 'SQL_ASCII')
{
	my $database = lc $encoding;
	my $read = "SET client_encoding = '" . ($encoding eq 'SQL_ASCII' ? $encoding : 'UTF8') . "'; SELECT * FROM synthik_read_file('$folder/%s.parquet') AS $columns LIMIT 1";

	$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION synthik');
	is($node->safe_psql($database, sprintf($read, 'utf8')), $expected, "UTF-8 read by $encoding");
	next if $encoding eq 'SQL_ASCII';
	$node->safe_psql($database, "SET client_encoding = 'UTF8'; SELECT synthik_export(\$\$ $texts \$\$, '$folder/$database.parquet')");
	is(sql(sprintf($read, $database)), $expected, "$encoding written is read by UTF-8");
}
sql("SELECT synthik_export(\$\$ SELECT U&'snow \\2603' AS a \$\$, '$folder/snow.parquet')");
fails('latin1', "SELECT * FROM synthik_read_file('$folder/snow.parquet') AS t(a text)", qr/no equivalent in encoding "LATIN1".*snow\.parquet", row group 1, column "a", offset 4/s, 'a letter that LATIN1 has not');
fails('sql_ascii', "SELECT synthik_export_bytes('SELECT chr(228) AS a', 'parquet')", qr/invalid byte sequence for encoding "UTF8"/, 'bytes that are no text');

# ---- memory ----

SKIP:
{
	skip 'needs /proc', 2 if !-r '/proc/self/status';
	sql(q{
		CREATE FUNCTION own_memory() RETURNS integer LANGUAGE sql VOLATILE AS
			$$ SELECT (regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+) kB'))[1]::integer $$;
		CREATE FUNCTION look(i bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
		BEGIN
			IF i % 5000 = 0 THEN
				PERFORM set_config('test.most', greatest(nullif(current_setting('test.most', true), '')::integer, own_memory())::text, false);
			END IF;
			RETURN true;
		END
		$$;});
	my $write = q{SELECT synthik_export('SELECT i AS id, md5(i::text) AS a, i %% 100 AS b, array[i, i + 1] AS c FROM generate_series(1, %d) AS i WHERE look(i)', '%s')};
	my $read = q{SELECT count(*) FROM synthik_read_file('%2$s') AS t(id int, a text, c int[]) WHERE look(id)};
	foreach my $case ([ 'writing', $write ], [ 'reading', $read ])
	{
		my ($what, $sql) = @$case;
		my @most = map { (split /\n/, sql(sprintf($sql, $_, "$folder/$_.parquet") . "; SELECT current_setting('test.most')"))[-1] } 150_000, 900_000;

		cmp_ok($most[1] - $most[0], '<', 40 * 1024, "$what six times the rows takes no more memory ($most[0] kB, $most[1] kB)");
	}
}

# ---- large values ----

is(sql("CREATE TABLE large AS SELECT i, repeat(md5(i::text), 1200000) AS a, convert_to(repeat('\x01', i * 1000000), 'UTF8') AS b FROM generate_series(1, 4) AS i;
	SELECT synthik_export('TABLE large', '$folder/large.parquet');
	SELECT count(*) FROM large JOIN synthik_read_file('$folder/large.parquet') AS t(i int, a text, b bytea) USING (i, a, b)"), "4\n4", 'values of 38 MB');

# ---- whole or not at all ----

fails('postgres', "SELECT synthik_export('SELECT 1 / (i - 200000) AS a FROM generate_series(1, 300000) AS i', '$folder/made.parquet')", qr/division by zero/, 'a query that fails');
is(join(' ', glob "$folder/made*"), '', 'leaves no file');
my $content = PostgreSQL::Test::Utils::slurp_file("$folder/150000.parquet");
foreach my $share (0.1, 0.5, 0.99)
{
	open my $file, '>:raw', "$folder/cut.parquet" or die $!;
	print $file substr($content, 0, length($content) * $share);
	close $file;
	fails('postgres', "SELECT count(*) FROM synthik_read_file('$folder/cut.parquet') AS t(id int)", qr/does not end with "PAR1".*cut\.parquet/s, "the first $share of a file");
}
foreach my $share (0.1, 0.4, 0.7)
{
	my $damaged = $content;

	substr($damaged, length($content) * $share, 8) = "\x00\xff\x00\xff\x00\xff\x00\xff";
	open my $file, '>:raw', "$folder/damaged.parquet" or die $!;
	print $file $damaged;
	close $file;
	my ($code, $out, $err) = $node->psql('postgres', "SELECT count(*), sum(length(t::text)) FROM synthik_read_file('$folder/damaged.parquet') AS t(id int, a text, b int, c int[])");
	ok($code == 0 || $err =~ /damaged\.parquet", row group \d, column "\w", offset \d+/, "damage at $share of a file is survived" . ($code ? ', and its place told' : ''));
}
is(sql('SELECT 1'), '1', 'the server is well');

$node->stop;
done_testing();
