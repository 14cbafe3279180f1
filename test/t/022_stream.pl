# Streams of language models that end well and badly, what is remembered of
# refusals, which answers are taken again, and many sessions at once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use SynthikTest;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('stream');
$node->init;
$node->append_conf('postgresql.conf', "synthik.cache = off\nmax_worker_processes = 12\nmax_connections = 80\n");
$node->start;

# ---- the stand-in ----

my $provider = Standin->start;
my $port = $provider->port;

sub ask { return $provider->ask(@_); }

sub behave { ask('POST', '/reset'); ask('POST', '/control', {@_}); }
sub faults { behave(faults => [@_]); }
sub calls { return scalar @{ ask('GET', '/journal') }; }

my $servers = '';
foreach ([ 'o', 'openai', 'v1' ], [ 'g', 'gemini', 'v1beta' ], [ 'a', 'anthropic', 'v1' ])
{
	my ($name, $dialect, $path) = @$_;
	$servers .= "CREATE SERVER $name FOREIGN DATA WRAPPER synthik OPTIONS (dialect '$dialect', "
	  . "base_url 'http://127.0.0.1:$port/$path', max_concurrency '4', timeout_ms '3000'); "
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (api_key 'sk-standin-key'); ";
}
$node->safe_psql('postgres', "CREATE EXTENSION synthik; $servers");

my $document = q({"fields": [
	{"name": "id", "type": "integer", "unique": true},
	{"name": "name", "type": "text", "unique": true},
	{"name": "age", "type": "integer", "minimum": 18, "maximum": 90}]});

sub generate
{
	my ($model, $rows, $options, $more) = @_;
	return "synthik_generate('$document', $rows, '$model', options => '" . ($options // '{}') . "'"
	  . ($more // '') . ') AS t(id int, name text, age int)';
}

sub counted
{
	return 'SELECT count(*), count(DISTINCT id), count(DISTINCT name), min(age) >= 18, max(age) <= 90 FROM '
	  . generate(@_);
}

my $streamed = '{"stream": true}';
my $whole = '{"stream": false}';

# ---- streams ----

foreach my $server (qw(o g a))
{
	foreach my $fault (qw(ok cut stall end stream_error no_usage truncated garbage refused slow
		no_stream invalid_utf8 500))
	{
		faults($fault);
		is($node->safe_psql('postgres', counted("$server/some-model", 60, $streamed)),
			'60|60|60|t|t', "$server: a stream with $fault");
		my $journal = ask('GET', '/journal');
		ok($journal->[0]{body}{stream} || $journal->[0]{path} =~ /stream/, "$server: asked for with $fault")
		  unless $fault eq 'stall';
		cmp_ok(scalar(@$journal), '<=', 3, "$server: few calls for $fault");
	}
}
faults('cut');
$node->safe_psql('postgres', counted('o/some-model', 60, $streamed));
my $prompt = ask('GET', '/journal')->[1]{body}{messages}[1]{content};
ok($prompt =~ /Write (\d+) rows/ && $1 > 10 && $1 < 50, 'only the rest of a cut stream is asked for');
is( $node->safe_psql('postgres',
		"SELECT outcome, estimated, rows > 10, valid_rows > 10 FROM synthik_usage ORDER BY id DESC OFFSET 1 LIMIT 1"),
	'cut|t|t|t', 'a cut stream counts as estimated');
is( $node->safe_psql('postgres', 'SELECT outcome, estimated FROM synthik_usage ORDER BY id DESC LIMIT 1'),
	'done|f', 'a whole one does not');

faults();
$node->safe_psql('postgres', counted('o/some-model', 60, $whole));
ok(!ask('GET', '/journal')->[0]{body}{stream}, 'streams can be ruled out');
$node->safe_psql('postgres', 'SELECT count(name) FROM ' . generate('o/some-model', 3));
ok(!ask('GET', '/journal')->[1]{body}{stream}, 'short calls are not streamed');
$node->safe_psql('postgres',
	q{SELECT count(review) FROM synthik_generate('{"fields": [{"name": "review", "type": "text", "prompt": "a long review"}]}', }
	  . q{100, 'o/some-model') AS t(review text)});
ok(ask('GET', '/journal')->[2]{body}{stream}, 'long ones are');
$node->safe_psql('postgres', "ALTER SERVER o OPTIONS (ADD stream 'false')");
$node->safe_psql('postgres', 'SELECT count(name) FROM ' . generate('o/some-model', 190, $streamed));
ok(!ask('GET', '/journal')->[-1]{body}{stream}, 'not where the server cannot');
$node->safe_psql('postgres', "ALTER SERVER o OPTIONS (DROP stream)");

# ---- what is remembered ----

behave(refuse_schema => JSON::PP::true, refuse_fields => ['temperature']);
my $warm = '{"temperature": 0.5, "stream": false}';
$node->safe_psql('postgres', join '; ', (counted('o/some-model', 300, $warm)) x 2);
my $journal = ask('GET', '/journal');
my @refused = grep { $_->{status} == 400 } @$journal;
cmp_ok(scalar(@refused), '<=', 12, 'a refusal is an answer to the calls in flight alone');
is($journal->[-1]{body}{response_format}{type}, 'json_object', 'one step down');
ok(!exists $journal->[-1]{body}{temperature}, 'without what was refused');
my ($last) = grep { $journal->[$_]{status} == 400 } reverse 0 .. $#$journal;
cmp_ok($last, '<', @$journal / 2 + 4, 'the next statement does not try again');

# ---- what the model is told ----

faults('nulls', 'duplicates');
$node->safe_psql('postgres', counted('o/some-model', 60, $whole));
$journal = ask('GET', '/journal');
unlike($journal->[0]{body}{messages}[1]{content}, qr/refused/, 'at first there is nothing to tell');
like($journal->[1]{body}{messages}[1]{content}, qr/refused because: field "name" is null\./,
	'why rows were refused');
like( $journal->[2]{body}{messages}[1]{content},
	qr/refused because: a row repeated a unique value; field "name" is null\./,
	'each reason once, the last first');
faults('wrong_types');
$node->safe_psql('postgres', counted('o/some-model', 60, $whole));
like(ask('GET', '/journal')->[1]{body}{messages}[1]{content},
	qr/refused because: invalid input syntax for type integer\./, 'without the values');

# ---- giving up ----

sub fails_with
{
	my ($sql, $code, $pattern, $name) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	like($err, qr/ERROR:  $code: .*$pattern/s, $name);
}

faults(('refused') x 20);
fails_with(counted('o/some-model', 60, $whole), 'HV00M', 'refuses.*3 times: the model refused',
	'a model that refuses again and again');
is(calls(), 3, 'after three calls');
faults(('filtered') x 20);
fails_with(counted('a/some-model', 60, $streamed), 'HV00M', 'refuses, or its answers are filtered',
	'a filter that blocks again and again');
faults(('garbage', 'nulls') x 10);
fails_with(counted('o/some-model', 60, $whole), 'HV00M',
	'no valid rows.*3 times: the answer has no rows; 2 times: field "name" is null', 'answers without rows');
faults('quota');
fails_with(counted('o/some-model', 60, $whole), '53000', 'quota', 'a quota that is used up');
is(calls(), 1, 'at once');
faults();
fails_with(counted('o/gone', 60, $whole), 'HV00N', 'does not exist', 'a model that is gone');
is(calls(), 1, 'at once, too');

# ---- answers that were paid for ----

$node->append_conf('postgresql.conf', "synthik.cache = on\n");
$node->reload;
my $list = 'SELECT string_agg(name, $$,$$ ORDER BY name) FROM ';
faults();
my $first = $node->safe_psql('postgres', $list . generate('o/some-model', 30));
isnt($node->safe_psql('postgres', $list . generate('o/some-model', 30)), $first,
	'a run that succeeds has its own rows');
is(calls(), 2, 'and its own calls');

$node->safe_psql('postgres', "ALTER SERVER o OPTIONS (SET max_concurrency '1')");
faults('ok', 'quota');
$node->psql('postgres', counted('o/some-model', 400, $whole));
is( $node->safe_psql('postgres', 'SELECT count(*) > 0 FROM synthik_answer WHERE NOT consumed'),
	't', 'a run that fails leaves its answers');
faults();
is($node->safe_psql('postgres', counted('o/some-model', 400, $whole)), '400|400|400|t|t', 'the next one succeeds');
is(calls(), 1, 'and asks for what is missing');
is( $node->safe_psql('postgres', 'SELECT count(*) FROM synthik_answer WHERE NOT consumed'), '0', 'all are used up');
$node->safe_psql('postgres', "ALTER SERVER o OPTIONS (SET max_concurrency '4')");

faults();
$node->safe_psql('postgres', 'BEGIN; ' . counted('o/some-model', 30) . '; ROLLBACK; ' . counted('o/some-model', 30));
is(calls(), 1, 'what was rolled back is not used up');
faults();
$node->safe_psql('postgres', "DO \$\$ BEGIN BEGIN PERFORM * FROM "
	  . generate('o/some-model', 30) =~ s/'/''/gr =~ s/''/'/gr
	  . "; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END; END \$\$");
$node->safe_psql('postgres', counted('o/some-model', 30));
is(calls(), 1, 'nor what a subtransaction rolled back');
faults();
is( $node->safe_psql('postgres',
		'SELECT count(DISTINCT a.name) FROM (SELECT * FROM ' . generate('o/some-model', 20) . ') a, '
		  . '(SELECT * FROM ' . generate('o/some-model', 20) . ') b WHERE a.name = b.name'),
	'0', 'two calls of one statement do not share answers');
faults();
is( $node->safe_psql('postgres',
		"SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
		  . "SELECT count(*), count(DISTINCT name) FROM generate_series(1, 3) i LEFT JOIN (SELECT * FROM "
		  . generate('o/some-model', 20) . ') a ON i > 0'),
	'60|20', 'a rescan has the same rows');
is(calls(), 1, 'and no calls');
$node->append_conf('postgresql.conf', "synthik.cache = off\n");
$node->reload;

# ---- leaving early ----

behave(latency => 0.3);
is($node->safe_psql('postgres', 'SELECT count(name) FROM (SELECT * FROM ' . generate('o/some-model', 2000, $streamed) . ' LIMIT 3) x'),
	'3', 'LIMIT ends calls in flight');
is($node->safe_psql('postgres', "SELECT count(*) FROM synthik_usage WHERE outcome = 'open'"), '0',
	'nothing stays open');

# ---- many at once ----

SKIP:
{
	skip 'only Linux shows the dispatcher', 4 unless -d '/proc/self/fd';
	behave(latency => 0.05);
	my @sessions = map { begin_sql($node, 'postgres', counted('o/some-model', 20, $_ % 2 ? $streamed : $whole)) } 1 .. 50;
	my $good = grep { (finish_sql($_))[0] eq '20|20|20|t|t' } @sessions;
	is($good, 50, 'fifty sessions at once all get their rows');
	cmp_ok(ask('GET', '/state')->{most_flying}, '<=', 4, 'the server gets no more calls than it takes');
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'synthik dispatcher%'"),
		'1', 'one dispatcher');
	cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'synthik scribe%'"),
		'<=', 1, 'one scribe');

	behave();
	my ($pid) = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'synthik dispatcher%'");
	my $statement = counted('o/some-model', 400, $streamed);
	my $size = sub { my @fds = glob "/proc/$pid/fd/*"; return (memory_of($pid), scalar @fds); };
	$node->safe_psql('postgres', join '; ', ($statement) x 5);
	my ($memory, $files) = $size->();
	$node->safe_psql('postgres', join '; ', ($statement) x 20);
	my ($later, $files_later) = $size->();
	cmp_ok($files_later, '<=', $files + 2, 'no descriptors are left behind');
	cmp_ok($later, '<=', $memory + 8, 'no memory either, in MB');
}

$node->stop('fast');
$provider->stop;
done_testing();
