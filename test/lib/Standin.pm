# The stand-in for providers of language models, as the TAP tests run it.
package Standin;

use strict;
use warnings;

use FindBin;
use IO::Socket::INET;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use SynthikTest;

# Starts one on a free port of this machine, with further arguments of its own.
sub start
{
	my ($class, @arguments) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir;
	my $run = IPC::Run::start([ 'python3', "$FindBin::RealBin/../provider/standin.py", "$folder/port", @arguments ],
		'>', "$folder/standin.log", '2>', "$folder/standin.err");

	wait_until(10, sub { -f "$folder/port" }) or die 'the stand-in does not start';
	return bless { run => $run, port => slurp_file("$folder/port") }, $class;
}

sub port { return $_[0]->{port}; }

# A request to the stand-in itself, as "GET", "/journal"; its answer, decoded.
sub ask
{
	my ($self, $method, $path, $body) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port})
	  or die "the stand-in does not answer: $!";
	$body = defined $body ? encode_json($body) : '';
	print $socket "$method $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
	  . length($body) . "\r\n\r\n$body";
	local $/;
	my $answer = <$socket>;
	$answer =~ s/^.*?\r\n\r\n//s;
	return decode_json($answer);
}

# How many calls it has got.
sub ask_calls { return $_[0]->ask('GET', '/state')->{calls}; }

sub stop { $_[0]->{run}->kill_kill; return; }

1;
