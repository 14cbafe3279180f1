# Model calls over TLS: whose certificates are trusted, and that nothing is
# sent to a server that cannot prove who it is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use Test::More;
use Time::HiRes qw(time);

# ---- a throw-away authority ----

my $folder = PostgreSQL::Test::Utils::tempdir;

sub openssl { system_or_bail('openssl', @_); return; }

append_to_file("$folder/ca.conf", qq{
[ca]
default_ca = throw_away
[throw_away]
database = $folder/index.txt
serial = $folder/serial
new_certs_dir = $folder
certificate = $folder/ca.pem
private_key = $folder/ca.key
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
});
append_to_file("$folder/index.txt", '');
append_to_file("$folder/serial", "01\n");

sub authority
{
	my ($name) = @_;

	openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', 2,
		'-subj', "/CN=Throw-away authority $name", '-keyout', "$folder/$name.key", '-out', "$folder/$name.pem");
	return;
}

# A server's certificate for a host, valid between two times.
sub certificate
{
	my ($name, $host, $begin, $end) = @_;

	openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', "/CN=$name",
		'-addext', "subjectAltName=$host", '-keyout', "$folder/$name.key", '-out', "$folder/$name.csr");
	openssl('ca', '-batch', '-notext', '-config', "$folder/ca.conf", '-startdate', $begin, '-enddate', $end,
		'-in', "$folder/$name.csr", '-out', "$folder/$name.pem");
	return Standin->start('--tls', "$folder/$name.pem", "$folder/$name.key");
}

authority('ca');
authority('another');
my $year = (gmtime)[5] + 1900;
my @valid = (($year - 1) . '0101000000Z', ($year + 1) . '1231235959Z');
my %server = (
	good => certificate('good', 'IP:127.0.0.1', @valid),
	other_host => certificate('other_host', 'DNS:llm.example.com', @valid),
	expired => certificate('expired', 'IP:127.0.0.1', ($year - 3) . '0101000000Z', ($year - 2) . '0101000000Z'));

# ---- the database ----

my $node = PostgreSQL::Test::Cluster->new('tls');
$node->init;
$node->append_conf('postgresql.conf', 'synthik.cache = off');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION synthik');

sub create_server
{
	my ($name, $port, $options) = @_;

	$node->safe_psql('postgres', qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'https://127.0.0.1:$port/v1'$options);
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (api_key 'sk-standin-key')});
	return;
}

sub rows_of { return qq[SELECT count(*) FROM synthik_generate('{"fields": [{"name": "id", "type": "integer"}]}', 20, '$_[0]/m'$_[1]) AS t(id int)]; }

# It fails, at once, and says why.
sub refused
{
	my ($name, $pattern, $what) = @_;
	my $begin = time;
	my ($status, $out, $err) = $node->psql('postgres', rows_of($name, ''));

	isnt($status, 0, "$what: refused");
	like($err, $pattern, "$what: the error says why");
	unlike($err, qr/sk-standin-key/, "$what: without the key");
	cmp_ok(time - $begin, '<', 5, "$what: and nothing is tried again");
	return;
}

my $verification = qr/ERROR:  "\w+" cannot be called for model "\w+\/m": the verification of the server's certificate failed: /;

create_server($_, $server{$_}->port, ", ca_file '$folder/ca.pem'") foreach sort keys %server;
my $plain = Standin->start;
create_server('plain', $plain->port, ", ca_file '$folder/ca.pem'");
create_server('unknown', $server{good}->port, '');
create_server('mistaken', $server{good}->port, ", ca_file '$folder/another.pem'");
create_server('missing', $server{good}->port, ", ca_file '$folder/none.pem'");
create_server('empty', $server{good}->port, ", ca_file '$folder/index.txt'");

# A bare system knows no authority at all.
my $unknown = qr/$verification|this machine has no certificates of authorities/;

refused('unknown', $unknown, 'an authority that the system does not know');
refused('mistaken', $verification, 'a certificate by another authority');
refused('other_host', qr/${verification}.*(subject name|host|127\.0\.0\.1)/, 'a certificate for another host');
refused('expired', qr/${verification}.*expired/, 'a certificate that has expired');
refused('missing', qr/the file "\Q$folder\E\/none\.pem" holds no certificates that could be read/, 'a file that is not there');
refused('empty', qr/holds no certificates that could be read/, 'a file without certificates');
refused('plain', qr/what answers there does not speak TLS as it is spoken here: /, 'a port of plain HTTP');
is($_->ask_calls, 0, 'nothing was sent') foreach $plain, values %server;
is($node->safe_psql('postgres', q{SELECT count(*), count(*) FILTER (WHERE estimated OR usd > 0 OR outcome <> 'error: network') FROM synthik_usage}),
	'7|0', 'so nothing has cost anything');

is($node->safe_psql('postgres', rows_of('good', '')), '20', 'an authority that ca_file names');
is($node->safe_psql('postgres', rows_of('good', q{, options => '{"stream": true}'})), '20', 'streamed, too');
refused('unknown', $unknown, 'its connection is not lent to others');
is($node->safe_psql('postgres', rows_of('good', '')), '20', 'and is still good');
is($server{good}->ask_calls, 3, 'three calls have come through');

$node->stop('fast');
$_->stop foreach $plain, values %server;
done_testing();
