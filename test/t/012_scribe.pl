# The scribe: what it keeps outlives the statements that it is kept for, and
# budgets hold between sessions.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SynthikTest;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('scribe');
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
# A streaming node has room for ten.
$node->append_conf('postgresql.conf', 'max_connections = 60');
$node->start;

my $probe = q{
	CREATE FUNCTION public.probe(action text, request text DEFAULT NULL, id bigint DEFAULT 0, usd float8 DEFAULT NULL,
		call_budget float8 DEFAULT NULL, call_spent float8 DEFAULT 0, occurrence integer DEFAULT 0, body text DEFAULT NULL)
	RETURNS text AS 'synthik', 'synthik_ledger_probe' LANGUAGE C};
$node->safe_psql('postgres', "CREATE EXTENSION synthik; $probe; " . q{
	CREATE ROLE alice LOGIN;
	CREATE ROLE bob LOGIN;
	CREATE ROLE team;
	GRANT team TO alice;
	CREATE ROLE watcher LOGIN IN ROLE pg_read_all_stats});

# How to run a statement: user, database.
sub place_of
{
	my (%how) = @_;

	return ($how{database} // 'postgres', defined $how{user} ? [ '-U', $how{user} ] : []);
}

sub sql
{
	my ($sql, %how) = @_;
	my ($database, $options) = place_of(%how);

	return $node->safe_psql($database, $sql, extra_params => $options);
}

# The error of a statement, in one line.
sub error_of
{
	my ($sql, %how) = @_;
	my ($database, $options) = place_of(%how);
	my ($ret, $out, $err) = $node->psql($database, $sql, extra_params => $options);

	$err =~ s/\s+/ /g;
	return $err;
}

sub scribes
{
	return processes_of($node, 'synthik scribe');
}

my $clear = q{UPDATE synthik_ledger SET outcome = 'given up' WHERE outcome IS NULL; SELECT synthik_purge('infinity')};

# ---- it outlives what it is kept for ----------------------------------------

sql(q{BEGIN; SELECT probe('reserve', 'a', usd => 0.5); SELECT probe('store', 'a', body => 'kept'); ROLLBACK});
is(sql(q{SELECT count(*), sum(usd) FROM synthik_usage}), '1|0.5', 'a rolled back transaction has spent');
is(sql(q{SELECT probe('find', 'a')}), 'kept', 'and what it paid for is there');
is(sql(q{BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; SELECT probe('reserve', 'a', usd => 0.5) > ''; COMMIT}), 't', 'a read-only transaction can spend');
$node->append_conf('postgresql.conf', 'default_transaction_read_only = on');
$node->reload;
is(sql(q{SELECT probe('reserve', 'a', usd => 0.5) > ''}), 't', 'so it is where all are read-only');
ok(wait_until(5, sub { !scribes() }), 'the scribe leaves when it has no clients');
is(sql(q{SELECT probe('reserve', 'a', usd => 0.5) > ''}), 't', 'and another one is not read-only either');
$node->append_conf('postgresql.conf', 'default_transaction_read_only = off');
$node->reload;
my ($ret, $out, $err) = $node->psql('postgres', q{BEGIN; SELECT probe('reserve', 'a', usd => 0.5); SELECT pg_terminate_backend(pg_backend_pid())});
is(sql(q{SELECT count(*) FROM synthik_usage}), '5', 'a session that is ended has spent');
sql(q{SELECT probe('find', 'a')});
is(sql(q{SELECT count(*), count(*) FILTER (WHERE outcome = 'cancelled' AND estimated) FROM synthik_usage}), '5|5', 'and what it left open is settled');

# ---- budgets ----------------------------------------------------------------

sql($clear);
sql(q{ALTER ROLE alice SET synthik.budget = '1 USD/month'});
is(sql(q{SELECT probe('reserve', 'a', usd => 0.5) > ''}, user => 'alice'), 't', 'within the budget');
my $id = sql(q{SELECT probe('reserve', 'b', usd => 0.4)}, user => 'alice');
sql("SELECT probe('settle', id => $id, usd => 0.25)", user => 'alice');
like(error_of(q{BEGIN; SELECT probe('reserve', 'd', usd => 0.1); SELECT probe('reserve', 'c', usd => 0.3)}, user => 'alice'),
	qr{ERROR: the budget of 1 USD/month would be passed DETAIL: In this database, sessions of role "alice" have spent 0\.75 USD and reserved 0\.1 USD since \d{4}-\d\d-01 00:00 UTC; the next request may cost up to 0\.3 USD\. HINT: A superuser},
	'an error with what was spent, what is reserved, and the budget');
like(error_of(q{SET ROLE team; SELECT probe('reserve', 'c', usd => 0.3)}, user => 'alice'), qr/would be passed/, 'another role does not lead past it');
like(error_of(q{SET synthik.budget = ''; SELECT probe('reserve', 'c', usd => 0.3)}, user => 'alice'), qr/would be passed/, 'nor a setting made before the library is loaded');
like(error_of(q{SELECT probe('disconnect'); SET synthik.budget = ''}, user => 'alice'), qr/permission denied to set parameter/, 'nor one made after');
like(error_of(q{ALTER ROLE alice SET synthik.budget = ''}, user => 'alice'), qr/permission denied to set parameter/, 'nor one for the role');
like(error_of(q{SELECT probe('reserve', 'c')}, user => 'alice'), qr{ERROR: model "probe" has no price, and there is a budget of 1 USD/month}, 'a model without a price is refused');
is(sql(q{SELECT probe('reserve', 'c', usd => 0.15) > ''}, user => 'alice'), 't', 'to the last cent');
is(sql(q{SELECT probe('reserve', 'c', usd => 0) > ''}, user => 'alice'), 't', 'what costs nothing is allowed');
is(sql(q{SELECT probe('reserve', 'c', usd => 100) > ''}, user => 'bob'), 't', 'another role has no budget');

# Twenty sessions at once.
sql($clear);
sql(q{
	ALTER ROLE alice RESET synthik.budget;
	ALTER DATABASE postgres SET synthik.budget = '1 USD/total';
	CREATE TABLE reserved (id bigint);
	GRANT INSERT ON reserved TO alice});
my @sessions = map { begin_sql($node, 'postgres', q{SET SESSION AUTHORIZATION alice}, q{
	DO $$
	BEGIN
		FOR i IN 1 .. 20 LOOP
			BEGIN
				INSERT INTO reserved VALUES (probe('reserve', i::text, usd => 0.01)::bigint);
			EXCEPTION WHEN configuration_limit_exceeded THEN NULL;
			END;
		END LOOP;
	END
	$$}) } 1 .. 20;
my $running = 0;
wait_until(10, sub { my $n = scribes(); $running = $n if $n > $running; return $n });
is(join('', map { (finish_sql($_))[1] } @sessions), '', 'twenty sessions at once');
is($running, 1, 'share one scribe');
is(sql(q{SELECT count(*), sum(usd) FROM synthik_usage}), '100|1.00', 'and spend the budget, to the cent');
is(sql(q{SELECT count(*), count(DISTINCT r.id) FROM reserved r JOIN synthik_usage u USING (id)}), '100|100', 'each reservation is one of theirs');
sql(q{ALTER DATABASE postgres RESET synthik.budget});

# ---- who sees what ----------------------------------------------------------

sql($clear);
sql(q{SELECT probe('reserve', 'a', usd => 1)}, user => 'alice');
sql(q{SET ROLE team; SELECT probe('reserve', 'a', usd => 2)}, user => 'alice');
sql(q{SELECT probe('reserve', 'a', usd => 4)}, user => 'bob');
sql(q{SELECT probe('reserve', 'a', usd => 8)});
my $sum = q{SELECT coalesce(sum(usd), 0) FROM synthik_usage};
is(sql($sum, user => 'bob'), '4', 'a role sees its own calls');
is(sql($sum, user => 'alice'), '3', 'and those of roles that it is a member of');
is(sql($sum, user => 'watcher'), '15', 'a member of pg_read_all_stats sees all');
is(sql($sum), '15', 'so does a superuser');
is(sql("BEGIN; SET LOCAL ROLE bob; $sum"), '4', 'but not as another role');
like(error_of("SELECT * FROM $_", user => 'watcher'), qr/permission denied for table $_/, "nobody else reads $_") foreach qw(synthik_ledger synthik_answer);
sql('GRANT CREATE ON SCHEMA public TO bob');
is(error_of(q{
	CREATE FUNCTION leak(numeric) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$;
	SELECT FROM synthik_usage WHERE leak(usd)}, user => 'bob') =~ s/NOTICE|psql:<stdin>:\d+|[:\s]//gr, '4', 'a condition sees no more than the role does');

sql(q{SELECT probe('store', 'a', body => 'for alice')}, user => 'alice');
sql(q{SELECT probe('store', 'a', body => 'for bob')}, user => 'bob');
is(sql(q{SELECT probe('find', 'a')}, user => 'alice'), 'for alice', "a role's own answer");
is(sql(q{SELECT probe('find', 'a')}, user => 'bob'), 'for bob', "and another's");
is(sql(q{SELECT probe('find', 'a')}), '', "a superuser has none of theirs");
is(sql(q{SET ROLE team; SELECT probe('find', 'a')}, user => 'alice'), '', 'nor has a role for its members');
is(sql(q{SELECT synthik_purge('infinity')}, user => 'bob'), '1', 'a role removes its own answers');
is(sql(q{SELECT probe('find', 'a')}, user => 'alice'), 'for alice', "not another's");
is(sql($sum), '15', 'and nothing of the ledger');
is(sql(q{DROP OWNED BY bob; DROP ROLE bob; SELECT role LIKE 'unknown (OID=%' FROM synthik_usage WHERE usd = 4}), 't', 'the calls of a role that is gone');
is(sql(q{UPDATE synthik_ledger SET outcome = 'done'; SELECT synthik_purge('infinity')}), '5', 'a superuser removes all');

# ---- the process ------------------------------------------------------------

# Asked to leave between two requests, and at any time.
is(sql(q{
	BEGIN;
	SELECT probe('reserve', 'a', usd => 1) > '';
	SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE backend_type = 'synthik scribe';
	SELECT probe('reserve', 'a', usd => 1) > '';
	COMMIT}), "t\n1\nt", 'a session goes on with another scribe');
@sessions = map { begin_sql($node, 'postgres', q{SELECT count(probe('reserve', 'storm', usd => 0.01)) FROM generate_series(1, 1500)}) } 1 .. 4;
my $ended = 0;
for (1 .. 8)
{
	usleep(60_000);
	$ended += kill('TERM', scribes());
}
my @results = map { [ finish_sql($_) ] } @sessions;
ok($ended > 0, 'scribes are ended while they work');
is(join(' ', map { "$_->[0]$_->[1]" } @results), '1500 1500 1500 1500', 'and nobody notices');
is(sql(q{SELECT count(*), sum(usd) FROM synthik_usage WHERE usd < 1}), '6000|60.00', 'nothing is lost, and nothing kept twice');
sql($clear);

# Two databases.
sql('CREATE DATABASE other');
sql("CREATE SCHEMA \"else \"\"where\"; CREATE EXTENSION synthik SCHEMA \"else \"\"where\"; $probe", database => 'other');
@sessions = map { begin_sql($node, $_, 'BEGIN', q{SELECT probe('reserve', 'a', usd => 1) > ''}, 'SELECT pg_sleep(1)', 'COMMIT') } qw(postgres other);
ok(wait_until(10, sub { scribes() == 2 }), 'two databases have two scribes');
is(join(' ', map { (finish_sql($_))[1] } @sessions), ' ', 'at a time');
is(sql('SELECT count(*) FROM synthik_usage'), '1', 'each keeps a ledger of its own');
is(sql('SELECT count(*) FROM "else ""where".synthik_usage', database => 'other'), '1', 'the other one, too');

# A statement that cannot be done is an error, and not the end of the scribe.
my $holder = begin_sql($node, 'postgres', 'BEGIN', 'LOCK synthik_ledger', 'SELECT pg_sleep(3)');
wait_until(10, sub { sql(q{SELECT count(*) FROM pg_locks WHERE relation = 'synthik_ledger'::regclass AND mode = 'AccessExclusiveLock'}) });
my $begin = time;
like(error_of(q{SET statement_timeout = '300ms'; SELECT probe('reserve', 'a', usd => 1)}), qr/canceling statement due to statement timeout/, 'a session that waits can be cancelled');
cmp_ok(time - $begin, '<', 2.5, 'at once');
finish_sql($holder);
ok(wait_until(5, sub { !scribes() }), 'the scribe is done');
is(sql('SELECT count(*) FROM synthik_usage'), '1', 'what was reserved for nobody is taken back');
like(error_of(q{BEGIN; LOCK synthik_ledger; SELECT probe('reserve', 'a', usd => 1)}), qr/ERROR: canceling statement due to lock timeout/, 'who locks out the scribe hears so');
is(sql(q{
	DO $$
	BEGIN
		PERFORM probe('reserve', 'before', usd => 1);
		ALTER TABLE synthik_answer RENAME TO elsewhere;
		PERFORM set_config('synthik.cache', 'on', true);
	END
	$$;
	DO $$
	BEGIN
		PERFORM probe('find', 'a');
		RAISE 'found';
	EXCEPTION WHEN undefined_table THEN
		PERFORM probe('reserve', 'after', usd => 1);
	END
	$$;
	ALTER TABLE elsewhere RENAME TO synthik_answer;
	SELECT count(*) FROM synthik_usage}), '3', 'a failing statement is an error in that session alone');

# The extension is moved and dropped under its clients.
my $client = begin_sql($node, 'other', 'BEGIN', q{SELECT probe('reserve', 'a', usd => 1) > ''}, 'SELECT pg_sleep(1.5)', q{SELECT probe('reserve', 'b', usd => 1) > ''}, 'COMMIT');
wait_until(10, sub { sql('SELECT count(*) FROM "else ""where".synthik_usage', database => 'other') == 2 });
sql('CREATE SCHEMA moved; ALTER EXTENSION synthik SET SCHEMA moved', database => 'other');
($out, $err) = finish_sql($client);
is($out . $err, "t\n\nt", 'ALTER EXTENSION SET SCHEMA');
is(sql('SELECT count(*) FROM moved.synthik_usage', database => 'other'), '3', 'the ledger goes along');
$client = begin_sql($node, 'other', 'BEGIN', q{SELECT probe('reserve', 'a', usd => 1) > ''}, 'SELECT pg_sleep(1.5)', q{SELECT probe('reserve', 'b', usd => 1) > ''}, 'COMMIT');
wait_until(10, sub { sql('SELECT count(*) FROM moved.synthik_usage', database => 'other') == 4 });
$begin = time;
sql('DROP EXTENSION synthik', database => 'other');
cmp_ok(time - $begin, '<', 1.2, 'DROP EXTENSION does not wait for its clients');
($out, $err) = finish_sql($client);
like($err, qr/ERROR:  42704: extension "synthik" does not exist/, 'who are told so');
like(error_of(q{BEGIN; CREATE EXTENSION synthik; SELECT probe('reserve', 'a', usd => 1)}, database => 'other'),
	qr/ERROR: extension "synthik" does not exist HINT: If the same transaction has created it, commit first\./, 'an extension that is not committed yet');

# It is not in the way.
sql(q{CREATE EXTENSION synthik}, database => 'other');
sql(q{SELECT probe('reserve', 'a', usd => 1), probe('store', 'a', body => 'not to be dumped')}, database => 'other');
is(error_of('CREATE DATABASE copied TEMPLATE other'), '', 'a database can be copied');
is(sql('SELECT count(*) FROM synthik_usage', database => 'copied'), '1', 'with its ledger');
sql(q{SELECT probe('reserve', 'a', usd => 1)}, database => 'copied');
is(error_of('DROP DATABASE copied'), '', 'and dropped');

# ---- dumps ------------------------------------------------------------------

my ($dump, $problems);
IPC::Run::run([ 'pg_dump', '-d', $node->connstr('other') ], '>', \$dump, '2>', \$problems);
is($problems, '', 'pg_dump');
unlike($dump, qr/(COPY|TABLE) \S*synthik_(ledger|answer)\b|not to be dumped/, 'neither ledger nor answers are dumped');

# ---- no room for it ---------------------------------------------------------

$node->append_conf('postgresql.conf', "max_worker_processes = 1\nmax_logical_replication_workers = 1");
$node->restart;
like(error_of(q{SELECT probe('reserve', 'a', usd => 1)}), qr/ERROR: no background worker is free to keep the ledger HINT: Increase max_worker_processes/, 'no worker is free');
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
$node->restart;
is(sql(q{SELECT probe('reserve', 'a', usd => 1) > ''}), 't', 'with more of them it works');

# ---- standbys and shutdown --------------------------------------------------

$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
foreach my $call (q{probe('reserve', 'a', usd => 1)}, q{probe('find', 'a')}, q{synthik_purge(now())})
{
	($ret, $out, $err) = $standby->psql('postgres', "SELECT $call");
	like($err, qr/ERROR:  there is no ledger during recovery/, "on a standby: $call");
}
cmp_ok($standby->safe_psql('postgres', 'SELECT count(*) FROM synthik_usage'), '>', 0, 'but the ledger can be read there');
$standby->stop;

$client = begin_sql($node, 'postgres', 'BEGIN', q{SELECT probe('reserve', 'a', usd => 1)}, 'SELECT pg_sleep(60)');
wait_until(10, sub { scribes() && sql(q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'}) });
$begin = time;
$node->stop('fast');
cmp_ok(time - $begin, '<', 5, 'fast shutdown with a client');
finish_sql($client);
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'nothing crashed');
done_testing();
