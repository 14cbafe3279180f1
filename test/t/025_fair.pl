# Many sessions at once, at a server that takes few calls at a time: each gets
# its turn.  What is counted is calls served, not time.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use SynthikTest;
use Test::More;

my $sessions = 50;
my $calls = 5;			# of each
my $batch = 20;			# rows of a call

my $node = PostgreSQL::Test::Cluster->new('fair');
$node->init;
$node->append_conf('postgresql.conf',
	"synthik.cache = off\nsynthik.max_batch_rows = $batch\nmax_worker_processes = 12\nmax_connections = 90\n");
$node->start;

my $provider = Standin->start;
my $port = $provider->port;

sub ask { return $provider->ask(@_); }
sub behave { ask('POST', '/reset'); ask('POST', '/control', {@_}); }

$node->safe_psql('postgres', "CREATE EXTENSION synthik; "
	  . "CREATE SERVER many FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'http://127.0.0.1:$port/v1', "
	  . "max_concurrency '4'); "
	  . "CREATE SERVER one FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'http://127.0.0.1:$port/v1', "
	  . "max_concurrency '1'); "
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER many OPTIONS (api_key 'sk-standin-key'); "
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER one OPTIONS (api_key 'sk-standin-key')");

# A statement whose calls can be told from those of others.
sub counted
{
	my ($who, $server, $rows) = @_;
	return 'SELECT count(*), count(DISTINCT name) FROM synthik_generate('
	  . qq('{"title": "who: $who;", "fields": [{"name": "name", "type": "text", "unique": true}]}', )
	  . "$rows, '$server/some-model') AS t(name text)";
}

# Whose calls the server got, in turn.
sub served
{
	my @journal = sort { $a->{at} <=> $b->{at} } @{ ask('GET', '/journal') };
	return map { $_->{body}{messages}[1]{content} =~ /who: (.*?);/ } @journal;
}

# Sessions that begin all at once, when the lock is let go.
sub begin_together
{
	my (@statements) = @_;
	my $gate = $node->background_psql('postgres');
	$gate->query_safe('SELECT pg_advisory_lock(1)');
	my @begun = map { begin_sql($node, 'postgres', 'SELECT 1 FROM pg_advisory_lock_shared(1)', @$_) } @statements;
	ok( wait_until(60, sub {
			return $node->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == @begun;
		}),
		'all are there');
	$gate->quit;
	return @begun;
}

# ---- all want the same ----

$node->safe_psql('postgres', counted('first', 'many', 1));
behave(latency => 0.05);
my @begun = begin_together(map { [ counted($_, 'many', $calls * $batch) ] } 1 .. $sessions);
my $all = $calls * $batch;
is(scalar(grep { (finish_sql($_))[0] eq "1\n$all|$all" } @begun), $sessions, 'all get their rows');
is( $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'synthik dispatcher%'"),
	'1', 'one dispatcher');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'synthik scribe%'"),
	'<=', 1, 'one scribe');

my @served = served();
my (%last, %first, %longest);
while (my ($i, $who) = each @served)
{
	$longest{$who} = $i - $last{$who} if defined $last{$who} && $i - $last{$who} > ($longest{$who} // 0);
	$first{$who} //= $i;
	$last{$who} = $i;
}
my @ends = sort { $a <=> $b } values %last;
my ($wait) = sort { $b <=> $a } values %longest;
my ($late) = sort { $b <=> $a } values %first;
is(scalar(@ends), $sessions, 'every session was served');
note sprintf('%d calls; first served by %d; ends: %d to %d, median %d; longest wait between two calls: %d',
	scalar(@served), $late, $ends[0], $ends[-1], $ends[@ends / 2], $wait);
cmp_ok(scalar(@served), '<=', 1.2 * $sessions * $calls, 'with the calls that it takes');
cmp_ok($ends[-1], '<=', 1.5 * $ends[@ends / 2], 'the last ends soon after the median, by calls served');
cmp_ok($late, '<=', 2 * $sessions, 'none waits long for its first call');
cmp_ok($wait, '<=', 3 * $sessions, 'nor between two');

# ---- one wants much, others little and again ----

behave(latency => 0.03);
@begun = begin_together(
	[ counted('patient', 'one', $calls * $batch) ],
	map { my $who = $_; [ map { counted($who, 'one', $batch) } 1 .. 15 ] } 1 .. 6);
finish_sql($_) foreach @begun;
@served = served();
my ($end) = grep { $served[$_] eq 'patient' } reverse 0 .. $#served;
note "the patient one ended with call $end of " . scalar(@served);
cmp_ok($end, '<=', 2 * 7 * $calls, 'statements that come later do not pass a session by');

$node->stop('fast');
$provider->stop;
done_testing();
