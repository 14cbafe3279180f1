# Excel workbooks on the server: that neither reading nor writing a large one
# takes memory, further sheets, what is left behind by errors and cancels, and
# archives that unpack to too much.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Compress::Zip qw(:constants);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SynthikTest;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('workbooks');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
my $folder = PostgreSQL::Test::Utils::tempdir();
chmod 0777, $folder;
$node->safe_psql('postgres', 'CREATE EXTENSION synthik');

sub sql { return $node->safe_psql('postgres', $_[0]); }

sub fails
{
	my ($sql, $expected, $what) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $sql);

	isnt($code, 0, "$what: fails");
	like($err, $expected, $what);
}

# Files that are left in the server's folder for temporary ones.
sub temporary_files
{
	return scalar(grep { -f } glob($node->data_dir . '/base/pgsql_tmp/*'));
}

# ---- large ones ----

# The most memory of its own, in kB, that a session has had after statements.
sub peak_after
{
	my (@sql) = @_;
	my $out = sql(join(";\n", @sql) . ";\nSELECT pg_read_file('/proc/self/status') ~ 'VmHWM', (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\\s+(\\d+)'))[1]");

	return $out =~ /t\|(\d+)\s*$/ ? $1 : die "no memory in: $out";
}

my $rows = 'SELECT i AS id, md5(i::text) AS note FROM generate_series(1, %d) AS i';
my $small = peak_after("SELECT synthik_export('" . sprintf($rows, 1000) . "', '$folder/small.xlsx')",
	"SELECT count(*) FROM synthik_read_file('$folder/small.xlsx') AS t(id int, note text)");
my $large = peak_after("SELECT synthik_export('" . sprintf($rows, 300_000) . "', '$folder/large.xlsx')",
	"SELECT count(*) FROM synthik_read_file('$folder/large.xlsx') AS t(id int, note text)");
cmp_ok($large - $small, '<', 8192, "300 times the rows take less than 8 MB more ($small and $large kB)");
is(sql("SELECT count(*), sum(id), count(DISTINCT note) FROM synthik_read_file('$folder/large.xlsx') AS t(id int, note text)"),
	'300000|45000150000|300000', 'all of them are there');
is(temporary_files(), 0, 'no temporary file is left');

# ---- more rows than a sheet has ----

sql("SELECT synthik_export('SELECT i FROM generate_series(1, 1048580) AS i', '$folder/sheets.xlsx', options => '{\"sheet\": \"Numbers\"}')");
is(sql("SELECT count(*), max(i) FROM synthik_read_file('$folder/sheets.xlsx') AS t(i int)"), '1048575|1048575', 'a sheet is full');
is(sql("SELECT count(*), min(i), max(i) FROM synthik_read_file('$folder/sheets.xlsx', options => '{\"sheet\": \"Numbers 2\"}') AS t(i int)"),
	'5|1048576|1048580', 'the others are in the next one, behind a header of its own');

# ---- errors and cancels ----

fails("SET statement_timeout = 200; SELECT synthik_export('" . sprintf($rows, 10_000_000) . "', '$folder/never.xlsx')",
	qr/canceling statement/, 'a cancel while writing');
fails("SELECT synthik_export('SELECT 1 / (1000 - i) FROM generate_series(1, 2000) AS i', '$folder/never.xlsx')",
	qr/division by zero/, 'an error of the query');
fails("SET statement_timeout = 50; SELECT count(*) FROM synthik_read_file('$folder/large.xlsx') AS t(id int, note text)",
	qr/canceling statement/, 'a cancel while reading');
ok(!-e "$folder/never.xlsx", 'no half of a file is seen');
is(temporary_files(), 0, 'nor is a temporary one left');
is(sql(q{
	SET client_min_messages = warning;
	CREATE TEMP TABLE seen AS SELECT count(*) AS n FROM pg_ls_dir('/proc/' || pg_backend_pid() || '/fd');
	DO $$ BEGIN FOR i IN 1 .. 200 LOOP
		BEGIN PERFORM synthik_export_bytes('SELECT 1 / (3 - i) FROM generate_series(1, 5) AS i', 'xlsx'); EXCEPTION WHEN division_by_zero THEN NULL; END;
	END LOOP; END $$;
	SELECT count(*) - (SELECT n FROM seen) < 10 FROM pg_ls_dir('/proc/' || pg_backend_pid() || '/fd')}),
	't', 'errors that are caught leave no file open');

# ---- archives that unpack to too much ----

# A workbook whose sheet, or shared strings, are made by a function that adds to a zip stream.
sub write_book
{
	my ($name, %parts) = @_;
	my %all = (
		'_rels/.rels' => '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>',
		'xl/workbook.xml' => '<workbook><sheets><sheet name="S" id="a"/></sheets></workbook>',
		'xl/_rels/workbook.xml.rels' => '<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/>'
			. '<Relationship Id="b" Type="x/sharedStrings" Target="t.xml"/></Relationships>',
		'xl/s.xml' => '<worksheet><sheetData/></worksheet>', 'xl/t.xml' => '<sst/>', %parts);
	my $zip;

	foreach my $part (sort keys %all)
	{
		if ($zip) { $zip->newStream(Name => $part) }
		else { $zip = IO::Compress::Zip->new("$folder/$name", Name => $part) or die }
		ref $all{$part} ? $all{$part}->($zip) : $zip->print($all{$part});
	}
	$zip->close;
	chmod 0644, "$folder/$name";
	return "$folder/$name";
}

my $letters = 'a' x (1 << 20);
my $text = sub { my ($zip) = @_; $zip->print($_[1]); $zip->print($letters) for 1 .. 300; $zip->print($_[2]); };
foreach my $bomb (
	[ 'sheet.xlsx', 'xl/s.xml', '<worksheet><sheetData><row><c t="str"><v>', '</v></c></row></sheetData></worksheet>' ],
	[ 'strings.xlsx', 'xl/t.xml', '<sst><si><t>', '</t></si></sst>' ],
	[ 'between.xlsx', 'xl/s.xml', '<worksheet>', '</worksheet>' ])
{
	my ($name, $part, $before, $after) = @$bomb;
	my $path = write_book($name, $part => sub { $text->($_[0], $before, $after) });

	fails("SELECT synthik_file_columns('$path')", qr/unpacks to too much: its part "\Q$part\E"/, "a bomb in $part, $name");
}

# Not packed as well as a bomb is, but of one tag, and of one cell.
my $seed = 1;
my $noise = join('', map { $seed = $seed * 1103515245 + 12345 & 0x7fffffff; chr(97 + ($seed >> 16) % 26) } 1 .. 1 << 20);
my $noisy = sub { my ($zip, $n) = @_; $zip->print($_[2]); $zip->print($noise) for 1 .. $n; $zip->print($_[3]); };
my $path = write_book('tag.xlsx', 'xl/s.xml' => sub { $noisy->($_[0], 20, '<worksheet a="', '"/>') });
fails("SELECT synthik_file_columns('$path')", qr/a tag in the XML of its part "xl\/s.xml" is longer than 8 MB/, 'a tag of 20 MB');
$path = write_book('cell.xlsx', 'xl/s.xml' => sub { $noisy->($_[0], 260, '<worksheet><sheetData><row><c t="str"><v>', '</v></c></row></sheetData></worksheet>') });
fails("SELECT synthik_file_columns('$path')", qr/the text of a row is longer than 256 MB.*sheet "S", cell A1/s, 'a cell of 260 MB');
$path = write_book('string.xlsx', 'xl/t.xml' => sub { $noisy->($_[0], 260, '<sst><si><t>', '</t></si></sst>') });
fails("SELECT synthik_file_columns('$path')", qr/a shared string is longer than 256 MB/, 'a shared string of 260 MB');
is(sql('SELECT 1'), '1', 'the server is as it was');

$node->stop;
done_testing();
