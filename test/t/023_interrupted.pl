# Statements that are interrupted while calls of a model are in flight, and
# workers that are: who hears what, that the next statement works, and that
# every call is settled in the end.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use SynthikTest;
use Test::More;
use Time::HiRes qw(time usleep);

my $provider = Standin->start;
my $port = $provider->port;
my $node = PostgreSQL::Test::Cluster->new('interrupted');
$node->init;
$node->append_conf('postgresql.conf', "max_worker_processes = 12\nrestart_after_crash = on");
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]); }

sql(qq{
	CREATE EXTENSION synthik;
	CREATE SERVER o FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'http://127.0.0.1:$port/v1', max_concurrency '4');
	CREATE USER MAPPING FOR CURRENT_USER SERVER o OPTIONS (api_key 'sk-standin-key');
	INSERT INTO synthik_model (name, server, api_name, max_output_tokens, input_usd, output_usd) VALUES ('priced', 'o', 'some-model', 16000, 10, 50)});

# ---- statements with calls in flight ----

sub control { $provider->ask('POST', '/reset'); $provider->ask('POST', '/control', {@_}); return; }

sub state_of { return $provider->ask('GET', '/now')->{ $_[0] }; }

my @fields = map { qq({"name": "$_", "type": "text"}) } 'a' .. 'c';
my $document = '{"fields": [{"name": "id", "type": "integer", "unique": true}, ' . join(', ', @fields) . ']}';

sub rows_of
{
	my ($rows, $more) = @_;

	return "SELECT count(a || b || c), count(DISTINCT id) FROM synthik_generate('$document', $rows, 'priced'"
	  . ($more // '') . ') AS t(id int, a text, b text, c text)';
}

my $fresh = q{, options => '{"fresh": true}'};

# A session that waits for four calls; its statement, and its process.
sub begin_calls
{
	my ($more, @before) = @_;
	my $session = begin_sql($node, 'postgres', @before, rows_of(800, $more // $fresh));

	wait_until(20, sub { state_of('flying') == 4 }) or die "there are " . state_of("flying") . " calls in flight: $session->{stdout} $session->{stderr}";
	$session->{pid} = (sql('SELECT pid FROM synthik_progress'))[0];
	return $session;
}

# The entries since one, as outcome and number.
my $before = 0;

sub remember { $before = sql('SELECT coalesce(max(id), 0) FROM synthik_usage'); return; }

sub ledger
{
	return join ' ', split /\n/,
	  sql("SELECT outcome || ':' || count(*) FROM synthik_usage WHERE id > $before GROUP BY outcome ORDER BY outcome");
}

# Calls that were cut off count with what was reserved for them.
sub settled
{
	my ($expected, $what) = @_;

	wait_until(5, sub { ledger() eq $expected });
	is(ledger(), $expected, "$what: the ledger");
	is(sql("SELECT count(*) FROM synthik_usage WHERE id > $before AND outcome IN ('cancelled', 'lost') AND NOT (estimated AND usd > 0 AND input_tokens > 0 AND output_tokens > 0 AND usd >= (input_tokens * 10 + output_tokens * 50) / 1e6 - 1e-9)"),
		'0', "$what: such calls count with all that was reserved");
	return;
}

# A new statement in a new session.
sub works
{
	my ($what) = @_;

	control();
	is(sql(rows_of(100, $fresh)), '100|100', "$what: a new statement works");
	return;
}

sub ended
{
	my ($session, $begin, $pattern, $what) = @_;
	my ($out, $err) = finish_sql($session);
	my $seconds = time - $begin;

	like($err, $pattern, "$what: the caller hears of it");
	unlike($err, qr/sk-standin-key/, "$what: not of the key");
	cmp_ok($seconds, '<', 3, "$what: at once");
	diag(sprintf('%s: %.2f s', $what, $seconds));
	return;
}

# All four calls stall before their answers begin.
sub stalled { control(latency => 60); remember(); return begin_calls(@_); }

my $session = stalled();
my $begin = time;
sql("SELECT pg_cancel_backend($session->{pid})");
ended($session, $begin, qr/ERROR:  57014: canceling statement due to user request/, 'pg_cancel_backend');
settled('cancelled:4', 'pg_cancel_backend');
works('pg_cancel_backend');

control(latency => 60);
remember();
$begin = time;
$session = begin_sql($node, 'postgres', q{SET statement_timeout = '700ms'}, rows_of(800, $fresh));
ended($session, $begin + 0.7, qr/ERROR:  57014: canceling statement due to statement timeout/, 'statement_timeout');
settled('cancelled:4', 'statement_timeout');
works('statement_timeout');

$session = stalled();
$begin = time;
sql("SELECT pg_terminate_backend($session->{pid})");
ended($session, $begin, qr/FATAL:  57P01: terminating connection due to administrator command/, 'pg_terminate_backend');
settled('cancelled:4', 'pg_terminate_backend');
works('pg_terminate_backend');

# An error beside the calls: elsewhere in the statement, and in a block that goes on.
control(faults => [ 'ok', 'stall', 'stall', 'stall' ]);
remember();
$session = begin_sql($node, 'postgres',
	rows_of(800, $fresh) =~ s/count\(a.*?id\)/count(1 \/ (CASE WHEN a > '' THEN 0 END))/r);
$begin = time;
ended($session, $begin, qr/ERROR:  22012: division by zero/, 'an error elsewhere');
settled('cancelled:3 done:1', 'an error elsewhere');

control(latency => 60);
remember();
is(sql(qq{
	SET statement_timeout = '1500ms';
	CREATE TEMP TABLE seen (n int);
	DO \$\$
	BEGIN
		PERFORM set_config('statement_timeout', '1500ms', false);
		PERFORM count(a) FROM synthik_generate('$document', 800, 'priced'$fresh) AS t(id int, a text, b text, c text);
	EXCEPTION WHEN query_canceled THEN
		INSERT INTO seen SELECT count(*) FROM synthik_usage WHERE id > $before AND outcome = 'cancelled';
	END
	\$\$;
	SELECT n FROM seen}), '4', 'a cancel that a block catches: settled before it goes on');
settled('cancelled:4', 'a caught cancel');

# A cancel does not wait for a ledger that is held up.
control();
remember();
my $key = ', seed => 77';
my $holder = begin_sql($node, 'postgres', 'BEGIN', 'LOCK synthik_answer IN EXCLUSIVE MODE', 'SELECT pg_sleep(2)', 'COMMIT');
wait_until(10, sub { sql(q{SELECT count(*) FROM pg_locks WHERE relation = 'synthik_answer'::regclass AND mode = 'ExclusiveLock' AND granted}) });
$session = begin_sql($node, 'postgres', rows_of(800, $key));
wait_until(10, sub { sql(q{SELECT count(*) FROM pg_locks WHERE relation = 'synthik_answer'::regclass AND NOT granted}) });
$begin = time;
sql(q{SELECT pg_cancel_backend(pid) FROM synthik_progress});
ended($session, $begin, qr/canceling statement due to user request/, 'a cancel while the ledger is held up');
finish_sql($holder);
ok(wait_until(5, sub { ledger() !~ /open/ }), 'nothing stays open when it is free again');

control(faults => [ 'ok', 'ok', 'ok', 'stall' ]);
remember();
$session = begin_sql($node, 'postgres', rows_of(2000, ', seed => 78'));
wait_until(10, sub { sql("SELECT count(*) FROM synthik_usage WHERE id > $before AND outcome = 'done'") >= 9 });
sql(q{SELECT pg_cancel_backend(pid) FROM synthik_progress});
finish_sql($session);
settled('cancelled:1 done:9', 'answers that came');
control();
is(sql(rows_of(2000, ', seed => 78')), '2000|2000', 'answers that came: the same statement');
is(state_of('calls'), 1, 'answers that came: asks for the one that is missing');

# Answers that come while the rows before them are used, and then an error strikes.
sql(q{CREATE FUNCTION take(n int, last int) RETURNS int LANGUAGE plpgsql AS $$
	BEGIN
		IF n = last THEN
			PERFORM pg_sleep(1);
			RAISE EXCEPTION 'taken enough';
		END IF;
		RETURN n;
	END $$});
foreach (
	[ 'a statement', '%s' ],
	[ 'a cursor', 'BEGIN; DECLARE c CURSOR FOR %s; FETCH ALL FROM c' ],
	[ 'a loop', 'DO $$ DECLARE r record; BEGIN FOR r IN %s LOOP END LOOP; END $$' ],
	[ 'a savepoint', "BEGIN; SAVEPOINT s; DO \$\$ DECLARE r record; BEGIN FOR r IN %s LOOP END LOOP; EXCEPTION WHEN raise_exception THEN RAISE WARNING 'taken enough'; END \$\$; COMMIT" ])
{
	my ($what, $form) = @$_;
	my $rows = "SELECT take(id, %d) FROM synthik_generate('$document', 40, 'priced', seed => " . length($form) . q{) AS t(id int, a text, b text, c text) WHERE a > ''};
	my $few = 'SET synthik.max_batch_rows = 5; ';

	control(latency => 0.2);
	remember();
	(undef, undef, my $error) = $node->psql('postgres', $few . sprintf $form, sprintf $rows, 8);
	like($error, qr/taken enough/, "$what: fails while answers come");
	my $calls = state_of('calls');
	cmp_ok($calls, '>', 4, "$what: with answers that it has not read");
	settled("done:$calls", "$what: they are kept");
	is(scalar(my @all = split /\n/, sql($few . sprintf $rows, 0)), 40, "$what: and taken by the next");
	is(state_of('calls'), 8, "$what: so that none is asked for again");
}

control(latency => 0.2);
remember();
my $seeded = "FROM synthik_generate('$document', 40, 'priced', seed => 80) AS t(id int, a text, b text, c text) WHERE a > ''";
my $few = 'SET synthik.max_batch_rows = 5; ';
is(scalar(my @some = split /\n/, sql("$few SELECT id, pg_sleep(0.1) $seeded LIMIT 8")), 8, 'LIMIT: the rows that were wanted');
my $answered = state_of('calls');
settled("done:$answered", 'LIMIT: answers that came meanwhile count with what they took');
is(sql("$few SELECT count(*) $seeded"), '40', 'LIMIT: and are taken by the next');
is(state_of('calls'), 8, 'LIMIT: so that none is asked for again');

# Budgets count what is in flight, and what was cut off.
my $reserved = sql(q{SELECT usd FROM synthik_usage WHERE outcome = 'cancelled' ORDER BY id DESC LIMIT 1});
sql('CREATE ROLE frugal LOGIN; GRANT USAGE ON FOREIGN SERVER o TO frugal');
sql(q{CREATE USER MAPPING FOR frugal SERVER o OPTIONS (api_key 'sk-standin-key')});
sql('ALTER ROLE frugal SET synthik.budget = ' . "'" . 5 * $reserved . " USD/total'");
control(latency => 60);
remember();
my @frugal = (extra_params => [ '-U', 'frugal' ]);
my $waiting = IPC::Run::start([ 'psql', '-XAtq', '-U', 'frugal', '-d', $node->connstr('postgres'), '-c', rows_of(800, $fresh) ],
	'<', \undef, '>', \my $waiting_out, '2>', \my $waiting_err);
wait_until(20, sub { state_of('flying') == 4 });
my ($status, $out, $err) = $node->psql('postgres', rows_of(800, $fresh), @frugal);
like($err, qr/the budget of \S+ USD\/total would be passed\nDETAIL:  .* have spent 0 USD and reserved \d\S* USD/, 'calls in flight count for a budget');
sql(q{SELECT pg_cancel_backend(pid) FROM synthik_progress});
$waiting->finish;
ok(wait_until(5, sub { ledger() !~ /open/ }), 'all are settled');
($status, $out, $err) = $node->psql('postgres', rows_of(800, $fresh), @frugal);
like($err, qr/the budget of \S+ USD\/total would be passed\nDETAIL:  .* have spent \d\S* USD and reserved \d/, 'calls that were cut off still do');

# ---- workers that are asked to leave ----

control(latency => 1.5);
remember();
$session = begin_calls();
is(scalar processes_of($node, 'synthik dispatcher'), 1, 'one dispatcher');
kill 'TERM', processes_of($node, 'synthik dispatcher');
my ($rows, $problem) = finish_sql($session);
is("$rows$problem", '800|800', 'the dispatcher leaves: the statement goes on with another');
like(ledger(), qr/^done:4 error: network:4$/, 'and the calls that it cut off count');
works('another dispatcher');

control(latency => 1.5);
remember();
$session = begin_calls();
is(scalar processes_of($node, 'synthik scribe'), 1, 'one scribe');
kill 'TERM', processes_of($node, 'synthik scribe');
($rows, $problem) = finish_sql($session);
is("$rows$problem", '800|800', 'the scribe leaves: the statement goes on with another');
settled('done:4', 'another scribe');
works('another scribe');

# The session ends when there is no scribe: the next one sees it.
$session = stalled();
kill 'TERM', processes_of($node, 'synthik scribe');
wait_until(5, sub { !processes_of($node, 'synthik scribe') });
sql("SELECT pg_terminate_backend($session->{pid}, 5000)");
finish_sql($session);
is(ledger(), 'lost:4', 'the view tells, though nobody has settled them');
works('a session that ended unseen');
like(ledger(), qr/lost:4/, 'the next scribe does');

# ---- crashes and shutdowns ----

sub gone
{
	my ($pid) = @_;
	my $stat = SynthikTest::slurp("/proc/$pid/stat");

	return $stat eq '' || $stat =~ /\) [ZX] /;
}

# The server starts anew when a session is killed.
sub back
{
	return wait_until(30, sub { eval { ($node->psql('postgres', 'SELECT 1'))[0] == 0 } });
}

$session = stalled();
my @workers = (processes_of($node, 'synthik dispatcher'), processes_of($node, 'synthik scribe'));
$begin = time;
my $killed = $session->{pid};
kill 'KILL', $killed;
ended($session, $begin, qr/server closed the connection unexpectedly|connection to server was lost/, 'SIGKILL');
ok(back(), 'SIGKILL: the server is back');
ok(!grep({ !gone($_) } @workers), 'SIGKILL: dispatcher and scribe have gone');
is(sql("SELECT count(*), count(*) FILTER (WHERE u.outcome = 'lost') FROM synthik_usage u JOIN synthik_ledger l USING (id) WHERE l.outcome IS NULL"),
	'4|4', 'SIGKILL: before anybody has looked after its calls, they show as lost');
works('SIGKILL');
is(sql("SELECT count(*) FROM synthik_usage WHERE id > $before AND outcome = 'lost' AND estimated AND usd > 0"), '4', 'SIGKILL: its calls are lost, and count');
is(sql("SELECT count(*) FROM synthik_usage WHERE outcome = 'open'"), '0', 'SIGKILL: nothing stays open');

$session = stalled();
$begin = time;
$node->stop('fast');
ended($session, $begin, qr/terminating connection due to administrator command/, 'fast shutdown');
$node->start;
works('fast shutdown');
unlike(ledger(), qr/open/, 'fast shutdown: nothing stays open');
is(sql("SELECT count(*) FROM synthik_usage WHERE id > $before AND outcome IN ('lost', 'cancelled') AND estimated"), '4', 'fast shutdown: its calls count');

$session = stalled();
@workers = (processes_of($node, 'synthik dispatcher'), processes_of($node, 'synthik scribe'));
is(scalar @workers, 2, 'postmaster death: a dispatcher and a scribe');
my @all = processes_of($node, '');
my ($postmaster) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
$begin = time;
$node->kill9;
ok(wait_until(10, sub { !grep { !gone($_) } @workers }), 'postmaster death: they go away by themselves');
my $seconds = time - $begin;
cmp_ok($seconds, '<', 3, 'postmaster death: at once');
diag(sprintf('postmaster death: %.2f s', $seconds));
ended($session, $begin, qr/server closed the connection unexpectedly|connection to server was lost|terminating connection/, 'postmaster death');
ok(wait_until(10, sub { gone($session->{pid}) }), 'postmaster death: so does the session');
ok(wait_until(20, sub { !grep { !gone($_) } @all }), 'postmaster death: as all others');
wait_until(20, sub { !-d "/proc/$postmaster" });
$node->start;
works('postmaster death');
is(sql("SELECT count(*) FROM synthik_usage WHERE id > $before AND outcome = 'lost' AND estimated"), '4', 'postmaster death: its calls are lost, and count');

$node->stop('fast');
$provider->stop;
unlike(slurp_file($node->logfile) =~ s/\(PID $killed\) was terminated by signal 9//r, qr/PANIC|TRAP|terminated by signal/, 'nothing crashed by itself');
done_testing();
