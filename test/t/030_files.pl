# Files of the server: privileges, paths, packed files, temporary names, and
# that neither reading nor writing a large one takes memory.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SynthikTest;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('files');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
my $folder = PostgreSQL::Test::Utils::tempdir();
chmod 0777, $folder;
$node->safe_psql('postgres', 'CREATE EXTENSION synthik; CREATE ROLE nobody; CREATE ROLE reader; CREATE ROLE writer;
	GRANT pg_read_server_files TO reader; GRANT pg_write_server_files TO writer; GRANT CREATE ON SCHEMA public TO reader');

sub sql { return $node->safe_psql('postgres', $_[0]); }

# The error of statements, without place and context.
sub fails
{
	my ($sql, $expected, $what) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $sql);

	isnt($code, 0, "$what: fails");
	like($err, $expected, $what);
}

sub write_file
{
	my ($name, $content) = @_;
	open my $file, '>:raw', "$folder/$name" or die $!;
	print $file $content;
	close $file;
	return "$folder/$name";
}

# ---- privileges ----

my $csv = write_file('a.csv', "id,name\n1,Ann\n2,Bob\n");
my $read = "SELECT count(*) FROM synthik_read_file('$csv') AS t(id int, name text)";
fails("SET ROLE nobody; $read", qr/permission denied to read a file of the server.*pg_read_server_files.*lo_get/s, 'reading needs a role');
foreach my $call ("synthik_file_columns('$csv')", "synthik_infer_file('$csv')", "synthik_import_file('$csv', 'x')",
	"synthik_augment_file('$csv', 1, '$folder/x.csv')", "count(*) FROM synthik_read_file_json('$csv')")
{
	fails("SET ROLE nobody; SELECT $call", qr/permission denied to read a file/, $call);
}
fails("SET ROLE writer; $read", qr/permission denied to read/, 'the right to write is not the right to read');
is(sql("SET ROLE reader; $read"), '2', 'a role with it may read');
fails("SET ROLE reader; SELECT synthik_export('SELECT 1', '$folder/x.csv')", qr/permission denied to write a file of the server.*synthik_export_bytes/s, 'writing needs another');
fails("SET ROLE reader; SELECT synthik_augment_file('$csv', 1, '$folder/x.csv')", qr/permission denied to write/, 'so does augmenting');
is(sql("SET ROLE writer; SELECT synthik_export('SELECT 1', '$folder/w.csv')"), '1', 'a role with it may write');
is(sql("SET ROLE nobody; SELECT count(*) FROM synthik_read_file(convert_to(E'a\\n1\\n', 'UTF8')) AS t(a int)"), '1', 'bytes need nothing');
is(sql("SET ROLE nobody; SELECT length(synthik_export_bytes('SELECT 1 AS a', 'csv'))"), '4', 'nor do they written');
is(sql("SET ROLE nobody; SELECT count(*) FROM synthik_read_file(synthik_augment_bytes(convert_to(E'a\\n1\\n2\\n3\\n', 'UTF8'), 4, seed => 1)) AS t(a int)"), '7', 'nor does augmenting them');
fails("SET ROLE nobody; SELECT synthik_export_bytes('SELECT * FROM pg_authid', 'csv')", qr/permission denied for/, 'the query runs as the caller');
is(sql("SET ROLE reader; SELECT synthik_import_file('$csv', 'imported'); SELECT tableowner FROM pg_tables WHERE tablename = 'imported'"), "2\nreader", 'the table is the caller\'s');

# ---- paths ----

write_file('b.csv', '');
fails("SELECT * FROM synthik_read_file('$folder') AS t(a int)", qr/is a directory/, 'a folder');
fails("SELECT * FROM synthik_read_file('/dev/null') AS t(a int)", qr/is not a regular file/, 'a device');
fails("SELECT * FROM synthik_read_file('$folder/none.csv') AS t(a int)", qr/could not open file.*No such file.*bytea/s, 'no file');
fails("SELECT synthik_export('SELECT 1', 'relative.csv')", qr/must be absolute/, 'a relative path to write');
fails("SELECT synthik_export('SELECT 1', '$folder')", qr/says no format/, 'a folder to write');
fails("SELECT synthik_export('SELECT 1', '$folder', 'csv')", qr/is a directory/, 'a folder to write, with a format');
foreach my $bytes (255, 240)
{
	my $name = "$folder/" . ('x' x ($bytes - 4)) . '.csv';
	is(sql("SELECT synthik_export('SELECT 7 AS a', '$name'); SELECT a FROM synthik_read_file('$name') AS t(a int)"), "1\n7", "a name of $bytes bytes");
}
fails("SELECT synthik_export('SELECT 1', '$folder/" . ('x' x 252) . ".csv')", qr/could not create file.*too long/s, 'a longer one');
my $odd = "$folder/a\nb''\"\\ \x{c3}\x{a9}.csv";
is(sql("SELECT synthik_export('SELECT 7 AS a', '$odd'); SELECT synthik_infer_file('$odd', sample => 0) ->> 'title'"), "1\na\nb'\"\\ \x{c3}\x{a9}", 'a name of odd characters');
symlink('b.csv', "$folder/link.csv");
symlink('nowhere', "$folder/dangling.csv");
symlink('loop.csv', "$folder/loop.csv");
is(sql("SELECT synthik_export('SELECT 7 AS a', '$folder/link.csv'), synthik_export('SELECT 7 AS a', '$folder/dangling.csv')"), '1|1', 'symbolic links to write');
ok(!-l "$folder/link.csv" && -s "$folder/b.csv" == 0, 'are replaced, not followed');
fails("SELECT synthik_export('SELECT 1', '$folder/loop.csv')", qr/could not create file.*symbolic links/s, 'one that leads to itself');
fails("SELECT * FROM synthik_read_file('$folder/loop.csv') AS t(a int)", qr/could not open file.*symbolic links/s, 'nor is that read');
mkdir "$folder/none";
chmod 0, "$folder/none";
SKIP:
{
	skip 'may do anything', 1 if $> == 0;
	fails("SELECT synthik_export('SELECT 1', '$folder/none/x.csv')", qr/could not create file.*Permission denied.*synthik_export_bytes/s, 'a folder without permission');
}
rmdir "$folder/none";
system('mkfifo', "$folder/pipe.csv");
fails("SELECT * FROM synthik_read_file('$folder/pipe.csv') AS t(a int)", qr/is not a regular file/, 'a pipe');
fails("SELECT synthik_export('SELECT 1', '$folder/pipe.csv')", qr/is not a regular file/, 'a pipe to write');
sql("SELECT synthik_export('SELECT 7 AS a', current_setting('data_directory') || '/own.csv')");
is(sql("SELECT a FROM synthik_read_file('own.csv') AS t(a int)"), '7', 'relative paths are of the data directory');
is(sql("SELECT count(*) FROM synthik_read_file('$folder/b.csv') AS t(a int)"), '0', 'an empty file');
is((stat "$folder/w.csv")[2] & 0777, 0644, 'others may read, not write');

# ---- packed ----

foreach my $suffix ('csv', 'csv.gz', 'csv.zst', 'jsonl.gz', 'tsv.zst', 'json')
{
	is(sql("SELECT synthik_export('SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 30000) AS i', '$folder/p.$suffix');
		SELECT count(*), sum(id), count(DISTINCT note) FROM synthik_read_file('$folder/p.$suffix') AS t(id int, note text)"),
		"30000\n30000|450015000|30000", "there and back as $suffix");
}
SKIP:
{
	skip 'no gzip', 2 unless system('gzip --version >/dev/null 2>&1') == 0;
	is(system("gzip -t $folder/p.csv.gz"), 0, 'gzip reads it');
	system("cat $folder/p.csv.gz $folder/p.csv.gz > $folder/two.csv.gz");
	is(sql("SELECT count(*) FROM synthik_read_file('$folder/two.csv.gz', options => '{\"header\": true}') AS t(id text)"), '60001', 'streams may follow one another');
}
my $packed = PostgreSQL::Test::Utils::slurp_file("$folder/p.csv.gz");
write_file('cut.csv.gz', substr($packed, 0, length($packed) / 2));
fails("SELECT count(*) FROM synthik_read_file('$folder/cut.csv.gz') AS t(id int)", qr/gzip compression is cut off near byte/, 'half a gzip file');
substr($packed, length($packed) / 2, 8) = 'garbage!';
write_file('bad.csv.gz', $packed);
fails("SELECT count(*) FROM synthik_read_file('$folder/bad.csv.gz') AS t(id int, note text)", qr/gzip compression is damaged near byte|invalid input syntax|fields/, 'a damaged one');
write_file('named.csv', PostgreSQL::Test::Utils::slurp_file("$folder/p.jsonl.gz"));
is(sql("SELECT count(*) FROM synthik_read_file('$folder/named.csv') AS t(id int)"), '30000', 'the content says what it is, not the name');

# ---- a file is there as a whole or not at all ----

sub left_over { return join ' ', map { s{.*/}{}r } glob "$folder/made*"; }

fails("SELECT synthik_export('SELECT 1 / (i - 5000) FROM generate_series(1, 10000) AS i', '$folder/made.csv')", qr/division by zero/, 'a query that fails');
is(left_over(), '', 'leaves no file');
sql("DO \$\$ BEGIN PERFORM synthik_export('SELECT 1 / (i - 5000) FROM generate_series(1, 10000) AS i', '$folder/made.csv');
	EXCEPTION WHEN division_by_zero THEN NULL; END \$\$; SELECT 1");
is(left_over(), '', 'nor does one in a subtransaction');
sql("SELECT synthik_export('SELECT 1 AS old', '$folder/made.csv')");
fails("SELECT synthik_export('SELECT 1 / (i - 5000) FROM generate_series(1, 10000) AS i', '$folder/made.csv')", qr/division by zero/, 'over another file');
is(PostgreSQL::Test::Utils::slurp_file("$folder/made.csv"), "old\n1\n", 'leaves that as it is');
unlink "$folder/made.csv";

my $long = "SELECT synthik_export('SELECT i, pg_sleep(0.001) FROM generate_series(1, 1000000) AS i', '$folder/made.csv.zst')";
my $session = begin_sql($node, 'postgres', "SET statement_timeout = '700ms'", $long);
ok(wait_until(20, sub { left_over() =~ /^made\.csv\.zst\.\d+\.\d+\.tmp$/ }), 'written under a temporary name');
my (undef, $err, $seconds) = finish_sql($session);
like($err, qr/57014/, 'a timeout cancels it');
is(left_over(), '', 'and leaves nothing');

# Loading, too, and nothing of the table stays.
$session = begin_sql($node, 'postgres', "SET statement_timeout = '20ms'", "SELECT synthik_import_file('$folder/p.csv.gz', 'never')");
(undef, $err) = finish_sql($session);
like($err, qr/57014/, 'loading is cancelled');
is(sql("SELECT to_regclass('never') IS NULL"), 't', 'and makes no table');

# Two sessions write one file: it is one of the two, whole.
my @writers = map { begin_sql($node, 'postgres', "SELECT synthik_export('SELECT $_ AS a FROM generate_series(1, 300000)', '$folder/made.csv')") } 1, 2;
finish_sql($_) foreach @writers;
is(sql("SELECT count(*), count(DISTINCT a) FROM synthik_read_file('$folder/made.csv') AS t(a int)"), '300000|1', 'two sessions write one file');
is(left_over(), 'made.csv', 'and leave nothing else');

# A file that is cut while it is read.
sql("SELECT synthik_export('SELECT i AS a FROM generate_series(1, 1000000) AS i', '$folder/made.csv')");
fails("BEGIN; DECLARE c CURSOR FOR SELECT a FROM synthik_read_file('$folder/made.csv') AS t(a int); FETCH c;
	COPY (SELECT 1) TO '$folder/made.csv'; MOVE ALL c", qr/was cut off while it was read.*6888898 bytes, and has 2 now/s, 'a file is cut while it is read');
unlink "$folder/made.csv";

# Reading is cancelled, too.
$session = begin_sql($node, 'postgres', "SET statement_timeout = '300ms'",
	"SELECT count(*) FROM synthik_read_file('$folder/p.csv.gz') AS t(id int), generate_series(1, 100000) AS n");
(undef, $err) = finish_sql($session);
like($err, qr/57014/, 'reading is cancelled');

# ---- subtransactions do not close what is read ----

is(sql("DO \$\$
	DECLARE
		c refcursor;
		n int;
		total bigint := 0;
	BEGIN
		OPEN c FOR SELECT id FROM synthik_read_file('$folder/p.csv') AS t(id int);
		FOR i IN 1 .. 30000 LOOP
			BEGIN
				FETCH c INTO n;
				total := total + n;
				IF i % 10000 = 0 THEN RAISE division_by_zero; END IF;
			EXCEPTION WHEN division_by_zero THEN NULL;
			END;
		END LOOP;
		CREATE TABLE fetched AS SELECT total;
	END \$\$; SELECT * FROM fetched"), '450015000', 'a cursor goes on after a failed subtransaction');

# ---- memory ----

# The peak of a fresh session's memory while it runs a statement, in MB.
sub peak_of
{
	my ($sql) = @_;
	my $answer = $node->safe_psql('postgres', "SET jit = off; $sql; SELECT 'pid', pg_backend_pid(), (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\\s+(\\d+)'))[1]::int / 1024");
	return ($answer =~ /pid\|\d+\|(\d+)/)[0];
}

SKIP:
{
	skip 'no /proc', 13 unless -r '/proc/self/status';
	my $base = peak_of("SELECT count(*) FROM synthik_read_file('$folder/p.csv') AS t(id int, note text)");
	my $rows = 2_000_000;
	my $query = "SELECT i AS id, md5(i::text) || md5((i + 1)::text) AS a, md5((i + 2)::text) || md5((i + 3)::text) AS b FROM generate_series(1, $rows) AS i";

	foreach my $name ('big.csv', 'big.json', 'big.jsonl', 'big.parquet', 'big.csv.zst')
	{
		my $writing = peak_of("SELECT synthik_export('$query', '$folder/$name')");
		my $reading = peak_of("SELECT count(id), count(a), count(b) FROM synthik_read_file('$folder/$name') AS t(id int, a text, b text)");
		my $size = int((-s "$folder/$name") / 1024 / 1024);

		cmp_ok($writing, '<', $base + ($name =~ /parquet/ ? 100 : 40), "$name, $size MB: written in $writing MB of memory, $base without");
		cmp_ok($reading, '<', $base + 40, "$name, $size MB: read in $reading MB of memory");
	}
	my $importing = peak_of("SELECT synthik_import_file('$folder/big.csv', 'big')");
	my $columns = peak_of("SELECT synthik_file_columns('$folder/big.csv')");
	cmp_ok($importing, '<', $base + 180, "imported in $importing MB, shared buffers included");
	cmp_ok($columns, '<', $base + 40, "surveyed in $columns MB");
	is(sql("SELECT count(*), count(DISTINCT id) FROM big"), "$rows|$rows", 'all of it');
	unlink glob "$folder/big.*";
}

# ---- augmenting ----

sql("SELECT synthik_export('SELECT i AS id, (ARRAY[''red'', ''green''])[1 + i % 2] AS colour, i % 10 AS qty FROM generate_series(1, 500) AS i', '$folder/orders.csv')");
is(sql("SELECT synthik_augment_file('$folder/orders.csv', 100, '$folder/more.jsonl.gz', mark => 'made', seed => 1)"), '600', 'original and synthetic rows');
is(sql("SELECT count(*), count(*) FILTER (WHERE made), count(DISTINCT id), bool_and(colour IN ('red', 'green')), bool_and(qty BETWEEN 0 AND 9)
	FROM synthik_read_file('$folder/more.jsonl.gz') AS t(id int, colour text, qty int, made boolean)"), '600|100|600|t|t', 'as told');
is(sql("SELECT bool_and(id = n) FROM (SELECT id, row_number() OVER () AS n FROM synthik_read_file('$folder/more.jsonl.gz') AS t(id int)) AS q WHERE n <= 500"), 't', 'the original ones first, in their order');
is(sql("SELECT synthik_augment_file('$folder/orders.csv', 100, '$folder/only.tsv', include_original => false)"), '100', 'synthetic ones alone');
is(sql("SELECT count(*) FROM synthik_read_file('$folder/only.tsv') AS t(id int, colour text, qty int)"), '100', 'in the file, too');
fails("SELECT synthik_augment_file('$folder/orders.csv', 1, '$folder/x.csv', mark => 'qty')", qr/has a column "qty" already/, 'a mark that is there');
is(sql("SELECT synthik_infer_file('$folder/orders.csv') ->> 'title'"), 'orders', 'the title is the name');
is(sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'synthik_file%'"), '0', 'no temporary table stays');

# ---- a crash ----

$session = begin_sql($node, 'postgres', $long);
ok(wait_until(20, sub { left_over() =~ /made\.csv\.zst\.\d+\.\d+\.tmp/ }), 'writing again');
$node->stop('immediate');
finish_sql($session);
ok(!-e "$folder/made.csv.zst", 'a crash leaves no half file under the name');
$node->start;
is(sql('SELECT 1'), '1', 'the server is up');

$node->stop;
done_testing();
