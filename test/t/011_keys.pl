# Keys: from files, from the environment, and in no log; models of one's own
# after dump and restore.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The server inherits these: keys, one that is none, and an empty one.
delete @ENV{qw(OPENAI_API_KEY GEMINI_API_KEY GOOGLE_API_KEY ANTHROPIC_API_KEY)};
$ENV{OPENAI_API_KEY} = 'sk-openai-QQQ1';
$ENV{GEMINI_API_KEY} = '';
$ENV{GOOGLE_API_KEY} = 'sk-google-QQQ2';
$ENV{SYNTHIK_TEST_KEY} = " sk-variable-QQQ3\n";
$ENV{SYNTHIK_TEST_NO_KEY} = "sk two-QQQ4";

my $node = PostgreSQL::Test::Cluster->new('keys');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
# Not from the start: at debug3 and below a server writes its whole
# environment to the log, before there is any extension.
$node->append_conf('postgresql.conf', "log_min_messages = debug5\nlog_statement = none");
$node->reload;
delete @ENV{qw(OPENAI_API_KEY GEMINI_API_KEY GOOGLE_API_KEY SYNTHIK_TEST_KEY SYNTHIK_TEST_NO_KEY)};
my $folder = $node->basedir;

$node->safe_psql('postgres', q{
	CREATE EXTENSION synthik;
	CREATE ROLE guest LOGIN;
	CREATE ROLE member LOGIN;
	CREATE ROLE team;
	GRANT team TO member;
	CREATE SERVER shop FOREIGN DATA WRAPPER synthik OPTIONS (base_url 'https://llm.shop.example');
	GRANT USAGE ON FOREIGN SERVER shop TO guest});

# What a look at a model says, or its error; as a role.
sub check_model
{
	my ($model, %options) = @_;
	my $column = $options{column} // 'key_from';
	my ($ret, $out, $err) = $node->psql('postgres',
		($options{before} // '') . qq{SELECT $column FROM synthik_check_model('$model')},
		extra_params => $options{as} ? [ '-U', $options{as} ] : []);
	return $ret == 0 ? $out : $err;
}

# ---- the environment's keys -------------------------------------------------

is(check_model('openai/m'), 'environment variable OPENAI_API_KEY', 'a superuser uses the environment');
is(check_model('gemini/m'), 'environment variable GOOGLE_API_KEY', 'an empty variable is none');
like(check_model('anthropic/m'), qr/no key for server "anthropic".*environment has no ANTHROPIC_API_KEY/s, 'a variable that is not set');
like(check_model('openai/m', as => 'guest'), qr/keys in the server's environment are for superusers/, 'other roles do not');
like(check_model('openai/m', as => 'member'), qr/keys in the server's environment are for superusers/, 'nor members of a role that is not named');
$node->safe_psql('postgres', 'ALTER DATABASE postgres SET synthik.environment_key_role = team');
is(check_model('openai/m', as => 'member'), 'environment variable OPENAI_API_KEY', 'members of the role that is named do');
like(check_model('openai/m', as => 'guest'), qr/no key for server/, 'and still nobody else');
like(check_model('openai/m', as => 'guest', before => 'SET synthik.environment_key_role = guest; '), qr/permission denied to set parameter/, 'who cannot name a role either');
like(check_model('openai/m', as => 'guest', before => 'SET synthik.network = on; '), qr/permission denied to set parameter/, 'or set what a superuser sets, before the library is there');

# A server of a superuser's in the place of a built-in endpoint: still at the
# provider's own address, or not.
$node->safe_psql('postgres', 'CREATE SERVER openai FOREIGN DATA WRAPPER synthik');
is(check_model('openai/m'), 'environment variable OPENAI_API_KEY', 'at its own address, a server by the name of a built-in one');
$node->safe_psql('postgres', q{ALTER SERVER openai OPTIONS (ADD base_url 'https://proxy.example')});
like(check_model('openai/m'), qr/no key for server "openai"/, 'elsewhere it does not get the key of the environment');
$node->safe_psql('postgres', q{ALTER SERVER openai OPTIONS (SET base_url 'http://api.openai.com/v1')});
like(check_model('openai/m'), qr/no key for server "openai"/, 'nor without TLS');
$node->safe_psql('postgres', 'DROP SERVER openai');

# ---- files ------------------------------------------------------------------

sub write_key
{
	my ($name, $content, $mode) = @_;

	open my $file, '>', "$folder/$name" or die "$name: $!";
	print $file $content;
	close $file;
	chmod $mode // 0600, "$folder/$name";
	return "$folder/$name";
}

# Maps guest to a file, and looks.
sub check_file
{
	my ($path, %options) = @_;

	$node->safe_psql('postgres', qq{
		DROP USER MAPPING IF EXISTS FOR guest SERVER shop;
		CREATE USER MAPPING FOR guest SERVER shop OPTIONS (api_key_file '$path')});
	return check_model('shop/m', as => 'guest', %options);
}

my $origin = 'api_key_file of user mapping "guest"';
is(check_file(write_key('good', "\n  sk-file-QQQ5 \r\n")), $origin, 'a key is trimmed');
is(check_file(write_key('long', 'k' x 4096)), $origin, 'a long key');
like(check_file(write_key('longer', 'k' x 4097)), qr/it has more than 4096 bytes/, 'a file that is too long');
like(check_file(write_key('empty', '')), qr/is not valid/, 'an empty file');
like(check_file(write_key('blank', " \n")), qr/is not valid/, 'white space');
like(check_file(write_key('two', "sk-QQQ6\nX-Header: QQQ7")), qr/is not valid/, 'two lines');
like(check_file(write_key('binary', "sk\0QQQ8")), qr/is not valid/, 'bytes that no key has');
like(check_file("$folder/nowhere"), qr/could not read the key's file for server "shop": No such file/, 'no file');
like(check_file($folder), qr/it is not a regular file/, 'a folder');
like(check_file('/dev/zero'), qr/it is not a regular file/, 'a device');
system('mkfifo', "$folder/pipe") == 0 or die 'mkfifo';
like(check_file("$folder/pipe"), qr/it is not a regular file/, 'a pipe: it does not wait');
unlike(check_file("$folder/nowhere"), qr/\Q$folder/, 'the path is not told to those who did not choose it');

my ($ret, $out, $err) = (0, '', '');
check_file(write_key('open', 'sk-open-QQQ9', 0644));
($ret, $out, $err) = $node->psql('postgres', q{SELECT key_from FROM synthik_check_model('shop/m'); SELECT key_from FROM synthik_check_model('shop/m')}, extra_params => [ '-U', 'guest' ]);
is(() = $err =~ /can be read by every user/g, 1, 'a warning, once, of a file that everybody can read');
is($out, "$origin\n$origin", 'which is used');

# ---- variables --------------------------------------------------------------

$node->safe_psql('postgres', q{ALTER USER MAPPING FOR guest SERVER shop OPTIONS (DROP api_key_file, ADD api_key_env 'SYNTHIK_TEST_KEY')});
is(check_model('shop/m', as => 'guest'), 'api_key_env of user mapping "guest"', 'a variable that a mapping names');
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR guest SERVER shop OPTIONS (SET api_key_env 'SYNTHIK_TEST_NO_KEY')});
like(check_model('shop/m', as => 'guest'), qr/is not valid/, 'one that holds no key');

# ---- an error names no key, and hides its statement --------------------------

$node->safe_psql('postgres', q{ALTER USER MAPPING FOR guest SERVER shop OPTIONS (DROP api_key_env, ADD api_key 'sk-inline-QQQ10')});
is(check_model('shop/m', as => 'guest'), 'api_key of user mapping "guest"', 'a key in the mapping itself');
foreach my $options (q{SET api_key 'sk-QQQ11', ADD nonsense 'x'}, q{SET api_key 'sk-QQQ12', ADD allowed_host 'a b'},
	q{SET api_key 'sk-QQQ13', ADD api_key_env 'X'}, q{ADD key 'sk-QQQ14'})
{
	($ret, $out, $err) = $node->psql('postgres', "ALTER USER MAPPING FOR guest SERVER shop OPTIONS ($options)", on_error_stop => 0);
	like($err, qr/^(?!.*QQQ).*ERROR/s, 'an error without the key');
}
$node->safe_psql('postgres', q{ALTER USER MAPPING FOR guest SERVER shop OPTIONS (SET api_key E'sk-QQQ15\\nX: y')});
unlike(check_model('shop/m', as => 'guest'), qr/QQQ/, 'a key that is none is not shown');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_settings WHERE setting LIKE '%QQQ%'}), '0', 'no setting has one');

# ---- a standby --------------------------------------------------------------

$node->append_conf('postgresql.conf', "max_wal_senders = 4\nwal_level = replica");
$node->restart;
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
($ret, $out, $err) = $standby->psql('postgres', q{SELECT * FROM synthik_check_model('llama-3-70b')});
like($err, qr/providers cannot be called during recovery/, 'a standby calls no provider');
$standby->stop;

# ---- dump and restore -------------------------------------------------------

$node->safe_psql('postgres', q{
	INSERT INTO synthik_model (name, server, api_name, input_usd, output_usd, retires_on) VALUES
		('house', 'shop', 'house-7b', 0.1, 0.2, '2099-01-01'),
		('gpt-4o-mini', 'shop', 'proxied', 1, 2, NULL);
	GRANT INSERT ON synthik_model TO team;
	CREATE USER MAPPING FOR member SERVER shop OPTIONS (api_key_env 'SYNTHIK_TEST_KEY', allowed_host 'llm.shop.example')});
my $contents = q{
	SELECT * FROM synthik_models ORDER BY name;
	SELECT s.srvname, s.srvoptions, u.usename, (SELECT array_agg(o ORDER BY o) FROM unnest(u.umoptions) o) FROM pg_foreign_server s
		JOIN pg_user_mappings u ON u.srvid = s.oid WHERE u.usename = 'member';
	SELECT has_table_privilege('team', 'synthik_model', 'INSERT')};
my $before = $node->safe_psql('postgres', $contents);
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/dump", '-d', $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), "$folder/dump" ], 'pg_restore');
is($node->safe_psql('restored', $contents), $before, "users' models, servers, mappings and grants are there");
like($node->safe_psql('restored', q{SELECT count(*) FILTER (WHERE builtin) > 40, count(*) FILTER (WHERE NOT builtin) FROM synthik_models}), qr/^t\|2$/, 'beside the built-in ones');

# ---- the log ----------------------------------------------------------------

# A statement that has a key in it, and fails in the server's own code, is the
# only one that the server would write; there was none.
my $log = slurp_file($node->logfile);
like($log, qr/DEBUG:/, 'the log is as talkative as it can be');
my @told = $log =~ /^.*QQQ.*$/mg;
is("@told", '', 'no key is in it');

$node->stop;
done_testing();
