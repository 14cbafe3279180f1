# The dispatcher: many sessions, limits that hold over all of them, and
# whatever ends a call, a session, or the dispatcher itself.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SynthikTest;
use Test::More;
use Time::HiRes qw(time usleep);

plan skip_all => 'needs /proc' if !-r '/proc/self/status';

# ---- a server to talk to ----------------------------------------------------

my $folder = PostgreSQL::Test::Utils::tempdir();
my $server = IPC::Run::start([ 'python3', "$FindBin::RealBin/../provider/echo.py", "$folder/port" ], '<', \undef);
END { local $?; $server->kill_kill if $server }
wait_until(20, sub { -s "$folder/port" }) or die 'the echo server does not start';
chomp(my $port = PostgreSQL::Test::Utils::slurp_file("$folder/port"));
my $base = "http://127.0.0.1:$port";
my $http = HTTP::Tiny->new(keep_alive => 0);

# What the server saw of a group of requests.
sub journal
{
	my ($group) = @_;
	my $journal = decode_json($http->get("$base/journal")->{content});

	return $group ? $journal->{groups}{$group} // {} : $journal;
}

# ---- a database to talk from ------------------------------------------------

my $node = PostgreSQL::Test::Cluster->new('dispatcher');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
dynamic_shared_memory_type = mmap
max_connections = 70
max_worker_processes = 8
log_min_messages = debug1
restart_after_crash = off
CONF

# A proxy of the environment must not be used.
$ENV{http_proxy} = $ENV{https_proxy} = $ENV{all_proxy} = 'http://127.0.0.1:1';
$node->start;
delete @ENV{qw(http_proxy https_proxy all_proxy)};
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION http_probe(url text, body bytea, calls integer,
	concurrency integer, timeout_ms integer, VARIADIC options text[])
RETURNS TABLE (call integer, status integer, headers text, content bytea,
	pieces integer, problem text, sent boolean, seconds double precision)
AS '$libdir/synthik', 'synthik_http_probe' LANGUAGE C STRICT;
CREATE ROLE somebody;
SQL

my $trusted = q{'allow_http', 'allow_private'};

# A probe's SQL; options are SQL too.
sub probe
{
	my ($columns, $path, %with) = @_;
	my $options = join ', ', $with{untrusted} ? () : $trusted, map { "'$_'" } @{ $with{options} // [] };

	return sprintf("SELECT %s FROM http_probe('%s', %s, %d, %d, %d, VARIADIC ARRAY[%s]::text[]) p",
		$columns, $path =~ /^\w+:/ ? $path : "$base$path", $with{body} // q{'hello'},
		$with{calls} // 1, $with{concurrency} // 4, $with{timeout} // 20000, $options);
}

sub ask { return $node->safe_psql('postgres', probe(@_)) }

sub dispatchers { return processes_of($node, 'synthik dispatcher') }

sub segments
{
	my @files = glob($node->data_dir . '/pg_dynshmem/mmap.*');
	return scalar @files;
}

my $idle_segments = segments();

# ---- many sessions at once ---------------------------------------------------

is(scalar(dispatchers()), 0, 'no dispatcher before the first call');

my $begin = time;
my @sessions = map {
	begin_sql($node, 'postgres', probe('count(*) FILTER (WHERE status = 200 AND convert_from(content, $$UTF8$$) = $$hello$$)',
		'/echo?group=many&delay=300', calls => 4, concurrency => 20))
} 1 .. 50;
ok(wait_until(20, sub { (journal('many')->{requests} // 0) > 20 }), 'calls are under way');
is(scalar(dispatchers()), 1, 'one dispatcher serves all sessions');
my @answers = map { (finish_sql($_))[0] } @sessions;
my $took = time - $begin;
is(scalar(grep { $_ eq '4' } @answers), 50, '200 calls of 50 sessions are answered');
my $seen = journal('many');
is($seen->{requests}, 200, 'each was sent once');
cmp_ok($seen->{most}, '<=', 20, 'never more than 20 at a time over all sessions');
cmp_ok($seen->{most}, '>=', 18, 'but that many');
cmp_ok($took, '<', 10 * 0.3 + 4, "the time is that of ten rounds ($took s)");
cmp_ok(journal()->{connections}, '<', 150, 'connections are used again');

# In one session, without the time that 50 take to begin.
my ($wall) = ask('to_char(1000 * extract(epoch FROM clock_timestamp() - statement_timestamp()), $$FM99999$$)',
	'/echo?group=rounds&delay=200', calls => 40, concurrency => 10) =~ /(\d+)\s*\z/;
cmp_ok($wall, '<', 1.15 * 4 * 200 + 50, "40 calls, 10 at a time, 200 ms each: $wall ms");
is(journal('rounds')->{most}, 10, '10 at a time');

# ---- nobody waits for others ---------------------------------------------------

my $slow = begin_sql($node, 'postgres', probe('status', '/echo?group=slow&delay=3000', options => ['endpoint=slow']));
ok(wait_until(10, sub { journal('slow')->{now} }), 'a slow call is in flight');
cmp_ok(ask('round(1000 * seconds)', '/echo?group=quick'), '<', 500, 'a quick one is not held up by it');
is((finish_sql($slow))[0], '200', 'the slow one is answered too');

# 40 calls of one session, two at a time, and one of another.
my $long = begin_sql($node, 'postgres', probe('count(*)', '/echo?group=long&delay=150', calls => 40, concurrency => 2));
ok(wait_until(10, sub { (journal('long')->{requests} // 0) > 2 }), 'a session with many calls');
$begin = time;
ask('status', '/echo?group=short', concurrency => 2);
cmp_ok(time - $begin, '<', 1, 'another session gets its turn before they are done');
is((finish_sql($long))[0], '40', 'all of them are done');

# ---- times ---------------------------------------------------------------------

$begin = time;
ask('status', '/echo', options => ['delay=700']);
cmp_ok(time - $begin, '>=', 0.7, 'a call is not sent before its time');
my $pausing = begin_sql($node, 'postgres', probe('status', '/echo?group=pausing', options => [ 'endpoint=paused', 'pause=1500' ]));
usleep(300_000);
$begin = time;
ask('status', '/echo?group=other', options => ['endpoint=other']);
cmp_ok(time - $begin, '<', 0.8, 'a pause does not hold up other endpoints');
ask('status', '/echo?group=paused', options => ['endpoint=paused']);
cmp_ok(time - $begin, '>', 0.7, 'but all sessions, for its own');
finish_sql($pausing);

like(ask('problem, sent', '/silent?group=silent', timeout => 400), qr/^.*(timed out|timeout).*\|t$/i, 'a call that takes too long');
like(ask('problem, content', '/stall?bytes=5', options => [ 'stream', 'stall=400' ]),
	qr/^no byte came for 400 ms\|\\x7878787878$/, 'a stream that stalls, and what had come');
like(ask('problem', '/stall', options => [ 'stream', 'stall=400' ]), qr/^no byte came/, 'a stream that stalls before its first byte');
is(ask('problem, length(content)', '/drip?bytes=6&every=200', options => [ 'stream', 'stall=900' ]), '|6', 'a slow one that does not');
is(ask('status, problem', '/echo?delay=900', options => ['stall=300']), '200|', 'only streams can stall');

# ---- what must not be --------------------------------------------------------------

is(ask('problem', '/echo?group=refused', untrusted => 1, options => ['allow_private']),
	'the URL does not begin with https://', 'http is refused');
like(ask('problem, sent', '/echo?group=refused', untrusted => 1, options => ['allow_http']),
	qr/^the address 127\.0\.0\.1 is in a private network.*\|f$/, 'so is this machine');
is(ask('status', '/echo', untrusted => 1, options => [ 'allow_http', 'allow_private' ]), '200', 'with leave it is not');
like(ask('problem', '/echo?group=refused', untrusted => 1, options => ['allow_http']), qr/private network/,
	'a connection that is kept is for those with leave alone');
like(ask('problem', "http://$_:$port/echo?group=refused", untrusted => 1, options => ['allow_http'], timeout => 2000),
	qr/private network/, "$_ is refused")
  foreach ('localhost', '0.0.0.0', '10.0.0.1', '169.254.169.254', '192.168.1.1', '172.31.0.1', '100.64.0.1', '[::1]',
	'[::ffff:127.0.0.1]', '[fe80::1]', '[fd00::1]', '2130706433', '0x7f.1');
is(journal('refused')->{requests}, undef, 'nothing of it was sent');
like(ask('problem', "http://user:pass\@127.0.0.1:$port/echo"), qr/\S/, 'a URL with a user is refused');
like(ask('problem', "file:///etc/passwd"), qr/does not begin with/, 'and a file');
is(ask('status', '/redirect?group=redirect', options => ['secret=authorization: Bearer k']), '302', 'a redirect is an answer');
is(journal('redirect-to')->{requests}, undef, 'and is not followed');
like(ask('problem, sent', 'http://127.0.0.1:1/'), qr/connect.*\|f$/i, 'a refused connection: nothing was sent');
like(ask('problem, sent', 'https://nowhere.invalid/', untrusted => 1), qr/resolve.*\|f$/i, 'a host that is none');
like(ask('problem, sent', "https://127.0.0.1:$port/", untrusted => 1, options => ['allow_private'], timeout => 3000),
	qr/^.+\|f$/, 'a server that knows no TLS');

my ($ret, $out, $err) = $node->psql('postgres', "SET ROLE somebody; " . probe('*', '/echo'));
like($err, qr/must be superuser to probe HTTP/, 'the probe is for superusers');
($ret, $out, $err) = $node->psql('postgres', probe('*', '/echo', options => ["secret=authorization: k\nx: y"]));
like($err, qr/a key holds a character that a header cannot hold/, 'a key with a line feed');
unlike($err =~ s/^(STATEMENT|LINE).*//mgr =~ s/QUERY.*//sr, qr/authorization: k/, 'the error does not show it');

# ---- bytes --------------------------------------------------------------------------

my $bytes = q{decode(string_agg(lpad(to_hex(i %% 256), 2, '0'), ''), 'hex') FROM generate_series(0, %d) i};
is(ask(sprintf(q{content = (SELECT decode(repeat(string_agg(lpad(to_hex(i), 2, '0'), ''), 3), 'hex') FROM generate_series(0, 255) i) || '\x00ff00'::bytea}),
	'/binary', body => q{'\x00ff00'}), 't', 'bodies may hold any byte');
my $headers = ask('headers', '/binary', options => ['header=X-Custom: seen']);
like($headers, qr/^x-mixed-case: Value With: Colons$/m, 'names of headers come in lower case');
like($headers, qr/^x-latin: caf/m, 'whatever is in them');
like($headers, qr/^x-got: seen$/m, 'headers are sent');
like($headers, qr/^x-empty:/m, 'empty ones come too');
is(ask('status, headers', '/early'), "200|content-length: 4\nx-late: yes\n", 'interim responses are passed over');
like(ask('status, headers, convert_from(content, $$UTF8$$)', '/status?code=503'),
	qr/^503\|.*retry-after: 7\n\|\{"error"/s, 'an error has headers and a body');

my $big = '(SELECT ' . sprintf($bytes, 3_000_000) . ')';
is($node->safe_psql('postgres', "WITH b AS MATERIALIZED (SELECT $big AS b) SELECT status, content = b, length(content)"
	  . " FROM b, LATERAL http_probe('$base/echo', b, 2, 4, 20000, $trusted)"),
	"200|t|3000001\n200|t|3000001", 'megabytes there and back');
cmp_ok(ask('pieces', '/sse?events=5&every=60', options => ['stream']), '>=', 5, 'a stream comes in pieces');
is(ask('pieces, length(content)', '/sse?events=5&every=60'), '1|45', 'else the body comes at once');

is(ask('problem', '/huge?bytes=1200000000', options => ['max=1000000']), 'the response has more than 1000000 bytes', 'a body that is too large');
is(ask('problem, length(content) <= 1000000', '/huge?bytes=1200000000', options => [ 'stream', 'max=1000000' ]),
	'the response has more than 1000000 bytes|t', 'the same streamed');
like(ask('problem, sent', '/cut?bytes=100'), qr/^.+\|t$/, 'an answer that is cut');
is(ask('length(content)', '/cut?bytes=100', options => ['stream']), '100', 'and what came of it');
like(ask('problem, sent', '/once?group=once', options => ['rest=300'], calls => 1), qr/^.+\|t$/,
	'a connection that dies when it is used again');
is(journal('once')->{requests}, 2, 'the request is not sent again');
is(ask('status', '/echo', options => ['get'], body => q{''}), '200', 'GET');

# A reader that takes its time: bytes wait at the server, not in the dispatcher.
my ($dispatcher) = dispatchers();
my $before = memory_of($dispatcher);
my $reader = begin_sql($node, 'postgres', probe('length(content), problem', '/huge?bytes=30000000&group=huge', options => [ 'stream', 'think=2' ], timeout => 60000));
usleep(1_500_000);
cmp_ok(memory_of($dispatcher) - $before, '<', 3, 'a slow reader fills no memory');
is((finish_sql($reader))[0], '30000000|', 'and gets all in the end');

# ---- cancelling ----------------------------------------------------------------------

is(ask('count(*) FILTER (WHERE problem = $$cancelled$$), count(*) FILTER (WHERE problem IS NULL AND status = 200)',
	'/echo?group=some&delay=100', calls => 6, concurrency => 2, options => ['cancel=4']), '4|2', 'single calls are cancelled');

foreach my $end ('cancel', 'terminate')
{
	my $run = begin_sql($node, 'postgres', probe('*', "/silent?group=$end", calls => 3));
	ok(wait_until(20, sub { (journal($end)->{now} // 0) == 3 }), "$end: calls are in flight");
	$node->safe_psql('postgres', "SELECT pg_${end}_backend(pid) FROM pg_stat_activity WHERE query LIKE '%group=$end%' AND pid <> pg_backend_pid()");
	my ($stdout, $stderr) = finish_sql($run);
	like($stderr, $end eq 'cancel' ? qr/57014/ : qr/57P01|terminated/, "$end: the statement ends");
	ok(wait_until(1, sub { journal($end)->{dropped} == 3 }), "$end: and the transfers with it");
}
$begin = time;
($ret, $out, $err) = $node->psql('postgres', "BEGIN; SET LOCAL statement_timeout = 600; " . probe('*', '/silent?group=timeout') . "; SELECT pg_sleep(3)",
	on_error_stop => 0);
like($err, qr/statement timeout/, 'statement_timeout');
ok(wait_until(1, sub { journal('timeout')->{dropped} == 1 }), 'drops the transfer, even in a transaction that stays open');
($ret, $out, $err) = $node->psql('postgres', "DO \$\$ BEGIN PERFORM pg_sleep(0); " . (probe('*', '/echo', options => ["nonsense"]) =~ s/^SELECT \*/PERFORM */r) .
	"; EXCEPTION WHEN invalid_parameter_value THEN RAISE NOTICE 'caught'; END \$\$; " . probe('status', '/echo'));
is($out, '200', 'an error that is caught harms nothing');
ok(wait_until(10, sub { segments() == $idle_segments }), 'no segment is left');

# ---- the dispatcher goes ---------------------------------------------------------------

my $run = begin_sql($node, 'postgres', probe('string_agg(DISTINCT problem || sent, $$,$$ ORDER BY problem || sent)', '/silent?group=leave', calls => 3, concurrency => 2));
ok(wait_until(20, sub { (journal('leave')->{now} // 0) == 2 }), 'calls are in flight');
($dispatcher) = dispatchers();
$begin = time;
kill 'TERM', $dispatcher;
($out, $err) = finish_sql($run);
is($out, 'the dispatcher was asked to leavefalse,the dispatcher was asked to leavetrue', 'each call hears that it leaves');
cmp_ok(time - $begin, '<', 1, 'at once');
is($node->safe_psql('postgres', "SELECT pg_terminate_backend($dispatcher)"), 'f', 'it is gone');
is(ask('status', '/echo'), '200', 'the next call starts another one');
isnt((dispatchers())[0], $dispatcher, 'with another process');

# It goes between two calls of one statement.
$run = begin_sql($node, 'postgres', probe('status', '/echo?group=between', options => ['rest=1500']));
ok(wait_until(20, sub { journal('between')->{requests} }), 'the first call of a statement');
kill 'TERM', $_ foreach dispatchers();
is((finish_sql($run))[0], '200', 'the second does not notice');

$node->safe_psql('postgres', 'SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type = $$synthik dispatcher$$');
is(ask('status', '/echo'), '200', 'it cannot be cancelled');
is(scalar(dispatchers()), 1, 'there is one');
$node->safe_psql('postgres', 'CREATE DATABASE other TEMPLATE postgres');
is($node->safe_psql('other', probe('status', '/echo')), '200', 'it holds up no CREATE DATABASE, and serves all databases');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'synthik dispatcher' AND xact_start IS NULL AND backend_xmin IS NULL}),
	'1', 'it is seen, and in no transaction');

# ---- nothing grows -------------------------------------------------------------------

sub descriptors
{
	my @files = glob "/proc/$_[0]/fd/*";
	return scalar @files;
}

# 500 calls that end well, and 80 that do not.
sub many_calls
{
	is(ask('count(*) FILTER (WHERE status = 200)', '/echo?group=flat', calls => 500, concurrency => 8,
			body => q{decode(repeat('61', 3000), 'hex')}), '500', '500 calls');
	ask('count(*)', $_, calls => 20, concurrency => 8, timeout => 300)
	  foreach ('/silent', '/cut?bytes=9', '/stall?bytes=9', 'http://127.0.0.1:1/');
}

($dispatcher) = dispatchers();
many_calls() foreach (1 .. 2);
my ($memory, $files) = (memory_of($dispatcher), descriptors($dispatcher));
many_calls() foreach (1 .. 4);
cmp_ok(memory_of($dispatcher) - $memory, '<', 1.5, 'its memory does not grow');
cmp_ok(descriptors($dispatcher), '<=', $files + 2, 'nor do its descriptors');
is((dispatchers())[0], $dispatcher, 'it is still the same');

# ---- secrets ---------------------------------------------------------------------------

my $secret = 'sk-' . join('', map { chr(97 + int rand 26) } 1 .. 40);
ask('status', '/echo?group=secret', options => ["secret=authorization: Bearer $secret"]);
is(journal('secret')->{secrets}[0], "Bearer $secret", 'the secret header arrives');
is(join('', map { ask('problem', $_, options => ["secret=authorization: Bearer $secret"], timeout => 300) } '/silent', '/cut', 'http://127.0.0.1:1/') =~ /\Q$secret/,
	'', 'no problem shows it');

# ---- no worker, and the end -----------------------------------------------------------

$run = begin_sql($node, 'postgres', probe('*', '/silent?group=stop', calls => 3));
ok(wait_until(20, sub { (journal('stop')->{now} // 0) == 3 }), 'calls are in flight');
$begin = time;
$node->stop('fast');
cmp_ok(time - $begin, '<', 2, 'a fast shutdown waits for none');
finish_sql($run);
ok(wait_until(1, sub { journal('stop')->{dropped} == 3 }), 'they are dropped');

$node->adjust_conf('postgresql.conf', 'max_worker_processes', 0);
$node->start;
($ret, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n" . probe('*', '/echo'));
like($err, qr/53000.*no background worker is free.*max_worker_processes/s, 'no worker slot: an error says what to do');
$node->adjust_conf('postgresql.conf', 'max_worker_processes', 8);
$node->restart;
is(ask('status', '/echo'), '200', 'with one it works');

# The end of the postmaster is that of the dispatcher.
$run = begin_sql($node, 'postgres', probe('*', '/silent?group=death'));
ok(wait_until(20, sub { journal('death')->{now} }), 'a call is in flight');
($dispatcher) = dispatchers();
$node->kill9;
ok(wait_until(5, sub { !-d "/proc/$dispatcher" }), 'the dispatcher ends with the postmaster');
finish_sql($run);

done_testing();
