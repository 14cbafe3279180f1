# What several TAP tests need: statements that run while the test goes on, and
# a look at the processes of a server.
package SynthikTest;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use Time::HiRes qw(time usleep);

our @EXPORT = qw(begin_sql finish_sql wait_until processes_of memory_of);

# Starts statements in a session of their own.
sub begin_sql
{
	my ($node, $database, @sql) = @_;
	my %session = (stdout => '', stderr => '');

	$session{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', $node->connstr($database),
			map { ('-c', $_) } @sql ],
		'<', \undef, '>', \$session{stdout}, '2>', \$session{stderr});
	return \%session;
}

# Waits for its end: what it printed, its errors, and how long that took.
sub finish_sql
{
	my ($session) = @_;
	my $begin = time;

	$session->{run}->finish;
	chomp $session->{stdout};
	return ($session->{stdout}, $session->{stderr}, time - $begin);
}

# Whether something comes true within some seconds.
sub wait_until
{
	my ($seconds, $condition) = @_;
	my $end = time + $seconds;

	until ($condition->())
	{
		return 0 if time > $end;
		usleep(20_000);
	}
	return 1;
}

# Process ids of a server's children with such a title; Linux only.
sub processes_of
{
	my ($node, $title) = @_;
	my ($postmaster) = split /\n/, PostgreSQL::Test::Utils::slurp_file($node->data_dir . '/postmaster.pid');
	my @found;

	foreach my $folder (glob '/proc/[0-9]*')
	{
		my $command = slurp("$folder/cmdline");
		my $stat = slurp("$folder/stat");

		next if index($command, $title) < 0 || $stat !~ /\) (\S) $postmaster /;
		push @found, $folder =~ /(\d+)$/ if $1 ne 'Z';
	}
	return @found;
}

# Memory of its own that a process has, in megabytes.
sub memory_of
{
	my ($pid) = @_;

	return slurp("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m ? $1 / 1024 : undef;
}

# A file's content, or nothing where it is gone.
sub slurp
{
	my ($file) = @_;

	open my $in, '<', $file or return '';
	local $/;
	my $content = <$in>;
	return defined $content ? $content : '';
}

1;
