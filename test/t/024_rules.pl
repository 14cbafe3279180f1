# What providers refuse, the stand-in refuses too: synthik's requests keep the
# rules for every model that it knows, and what a server refuses all the same
# is left out from then on.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use Test::More;

# ---- the rules themselves ----

my $rules = "$FindBin::RealBin/../provider/rules.py";
my $fixtures = "$FindBin::RealBin/../fixtures/provider";
my ($accepted, $refused) = (0, 0);
foreach my $line (`python3 "$rules" "$fixtures"`)
{
	$accepted++ if $line =~ /^ok .* - accepted:/;
	$refused++ if $line =~ /^ok .* - refused:/;
	fail($line) if $line =~ /^not ok/;
}
is($?, 0, 'the rules are kept by the fixtures, and find what breaks them');
cmp_ok($accepted, '>', 50, 'fixtures were read');
cmp_ok($refused, '>', 50, 'and requests that break a rule');

# ---- a server ----

my $node = PostgreSQL::Test::Cluster->new('rules');
$node->init;
$node->append_conf('postgresql.conf', "synthik.cache = off\nmax_worker_processes = 12\n");
$node->start;

my $provider = Standin->start;
my $port = $provider->port;

sub ask { return $provider->ask(@_); }
sub behave { ask('POST', '/reset'); ask('POST', '/control', {@_}); }

my $servers = '';
foreach ([ 'o', 'openai', 'v1' ], [ 'g', 'gemini', 'v1beta' ], [ 'a', 'anthropic', 'v1' ])
{
	my ($name, $dialect, $path) = @$_;
	$servers .= "CREATE SERVER $name FOREIGN DATA WRAPPER synthik OPTIONS (dialect '$dialect', "
	  . "base_url 'http://127.0.0.1:$port/$path', timeout_ms '5000'); "
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (api_key 'sk-standin-key'); ";
}

# Columns of every kind of value, some with rules that no subset can say.
my $document = q({"fields": [
	{"name": "id", "type": "bigint", "unique": true},
	{"name": "name", "type": "text", "minLength": 2, "maxLength": 60},
	{"name": "price", "type": "numeric(10,2)", "minimum": 1, "maximum": 500},
	{"name": "tier", "enum": ["gold", "silver"]},
	{"name": "note", "type": "text", "null_fraction": 0.3},
	{"name": "born", "type": "date"},
	{"name": "at", "type": "timestamptz"},
	{"name": "ok", "type": "boolean"}]});

sub counted
{
	my ($model, $rows, $options) = @_;
	return "SELECT count(*), count(id), count(name), count(price), count(tier), count(born), count(at), count(ok) "
	  . "FROM synthik_generate('$document', $rows, '$model', seed => 1, options => '$options') AS t(id bigint, "
	  . 'name text, price numeric, tier text, note text, born date, at timestamptz, ok boolean)';
}

# The built-in models, at servers of ours.
$node->safe_psql('postgres', "CREATE EXTENSION synthik; $servers"
	  . q{INSERT INTO synthik_model
	(name, server, api_name, max_output_tokens, structured_output, takes_temperature, reasons, least_effort)
SELECT 'mine:' || name, substr(server, 1, 1), api_name, max_output_tokens, structured_output,
	takes_temperature, reasons, least_effort
FROM synthik_models WHERE server IN ('openai', 'gemini', 'anthropic')});

my $refusals = sub { return join '; ', map { "$_->{path}: $_->{status}" } grep { $_->{status} >= 400 } @{ ask('GET', '/journal') }; };

# ---- every model that is known ----

my @models = split /\n/, $node->safe_psql('postgres', 'SELECT name FROM synthik_model ORDER BY name');
cmp_ok(scalar(@models), '>', 40, 'there are models to ask');
foreach my $model (@models)
{
	behave();
	is( $node->safe_psql('postgres', counted($model, 10, '{"temperature": 0.7, "stream": false}')),
		join('|', (10) x 8), "$model: rows");
	is($refusals->(), '', "$model: nothing is refused");
}
behave();
$node->safe_psql('postgres', counted($_, 10, '{"temperature": 0.7, "stream": true}'))
  foreach grep { /mini$|flash$|sonnet/ } @models;
is($refusals->(), '', 'nor as streams');

# ---- where what is known is wrong ----

# Says that a model takes what it does not, and counts what two statements of one session do.
sub learns
{
	my ($server, $api_name, $more, $left_out) = @_;
	behave();
	$node->safe_psql('postgres', 'DELETE FROM synthik_model; INSERT INTO synthik_model '
		  . "(name, server, api_name, structured_output, takes_temperature, reasons, least_effort) "
		  . "VALUES ('wrong', '$server', '$api_name', $more)");
	my $statement = counted('wrong', 10, '{"temperature": 0.7, "stream": false}');
	is($node->safe_psql('postgres', "$statement; $statement"), join("\n", (join '|', (10) x 8) x 2),
		"$api_name: rows in spite of what it refuses");
	my @journal = @{ ask('GET', '/journal') };
	my @good = grep { $_->{status} == 200 } @journal;
	is(scalar(@good), 2, "$api_name: a call for each statement");
	cmp_ok(scalar(@journal), '>', 2, "$api_name: it refused something");
	is($journal[-2]{status}, 200, "$api_name: the second statement knows") if @journal > 2;
	foreach my $call (@good)
	{
		my $sent = encode_json($call->{body});
		unlike($sent, qr/"$_"/, "$api_name: without $_") foreach @$left_out;
	}
	return;
}
learns('o', 'gpt-5', "'json_schema_strict', true, false, NULL", [ 'max_tokens', 'temperature' ]);
learns('o', 'gpt-6-astra', "'json_schema_strict', false, true, 'none'", ['reasoning_effort']);
learns('o', 'gpt-4-turbo', "'json_schema_strict', true, false, NULL", ['json_schema']);
learns('a', 'claude-haiku-5-5', "'json_schema_strict', true, false, NULL", ['temperature']);
learns('a', 'claude-3-opus-20240229', "'json_schema_strict', true, false, NULL", ['output_config']);
learns('g', 'gemini-2.5-flash', "'json_schema_strict', true, true, 'low'", ['thinkingLevel']);

# ---- keys, and what cannot be left out ----

sub fails_with
{
	my ($sql, $code, $pattern, $name) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	like($err, qr/ERROR:  $code: .*$pattern/s, $name);
	unlike($err, qr/sk-standin-key/, "$name: without the key");
}

foreach my $server (qw(o g a))
{
	$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (SET api_key 'wrong')");
	behave();
	fails_with(counted("$server/some-model", 10, '{}'), 'HV00N', 'refuses the call', "$server: a wrong key");
	is(scalar(@{ ask('GET', '/journal') }), 1, "$server: once");
	$node->safe_psql('postgres',
		"ALTER USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (SET api_key 'sk-standin-key')");
}
$node->safe_psql('postgres', q(ALTER SERVER o OPTIONS (ADD extra_body '{"seed": "x"}')));
behave();
fails_with(counted('o/some-model', 10, '{}'), 'HV00L', 'Invalid .seed.', 'a request that is no good');
is(scalar(@{ ask('GET', '/journal') }), 1, 'it is not repeated');
$node->safe_psql('postgres', 'ALTER SERVER o OPTIONS (DROP extra_body)');

# ---- prompts that are blocked ----

behave(faults => ['blocked']);
is($node->safe_psql('postgres', counted('o/some-model', 10, '{}')), join('|', (10) x 8),
	'a blocked prompt is asked for in other words');
my @prompts = map { $_->{body}{messages}[1]{content} } @{ ask('GET', '/journal') };
isnt($prompts[0], $prompts[1], 'they are other words');
behave(faults => [ ('blocked') x 10 ]);
fails_with(counted('o/some-model', 10, '{}'), 'HV00M', 'refuses, or its answers are filtered.*3 times: the answer was filtered',
	'a prompt that is blocked again and again');
is($node->safe_psql('postgres', 'SELECT outcome, input_tokens, output_tokens FROM synthik_usage ORDER BY id DESC LIMIT 1'),
	'error: HTTP 400|0|0', 'it costs nothing');

# ---- what calls cost ----

$node->safe_psql('postgres', "DELETE FROM synthik_model; INSERT INTO synthik_model (name, server, api_name, input_usd, cached_usd, output_usd) "
	  . "VALUES ('priced', 'o', 'some-model', 3, 0.5, 20), ('without', 'o', 'some-model', NULL, NULL, NULL), "
	  . "('uncached', 'o', 'some-model', 3, NULL, 20)");
behave(cached => 100);
$node->safe_psql('postgres', counted($_, 10, '{"stream": false}')) foreach qw(priced uncached without);
my @usage = map { $_->{usage} } @{ ask('GET', '/journal') };
sub expected { my ($usage, $price) = @_; return "$usage->[0]|100|$usage->[1]|" . $price; }
is( $node->safe_psql('postgres',
		'SELECT input_tokens, cached_tokens, output_tokens, usd = round((input_tokens - 100) * 3e-6 + 100 * 0.5e-6 + output_tokens * 20e-6, 9) '
		  . "FROM synthik_usage WHERE model = 'priced'"), expected($usage[0], 't'), 'cached tokens have a price of their own');
is( $node->safe_psql('postgres',
		'SELECT input_tokens, cached_tokens, output_tokens, usd = round(input_tokens * 3e-6 + output_tokens * 20e-6, 9) '
		  . "FROM synthik_usage WHERE model = 'uncached'"), expected($usage[1], 't'), 'or that of others, without one');
is( $node->safe_psql('postgres',
		"SELECT input_tokens, cached_tokens, output_tokens, usd IS NULL FROM synthik_usage WHERE model = 'without'"),
	expected($usage[2], 't'), 'no price, no cost');
fails_with(counted('without', 10, '{}') =~ s/options =>/budget => 1, options =>/r, '\w{5}', 'has no price', 'nor a budget');

# ---- rescans without stored answers ----

my $generate = "synthik_generate('$document', 20, 'o/some-model') AS t(name text)";
my $plan = 'SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off; ';
behave();
is($node->safe_psql('postgres', "$plan SELECT count(*), count(DISTINCT name) FROM generate_series(1, 3) i LEFT JOIN (SELECT * FROM $generate) a ON i > 0"),
	'60|20', 'a rescan has the same rows');
is(scalar(@{ ask('GET', '/journal') }), 1, 'which are asked for once');
behave();
is($node->safe_psql('postgres', "$plan SELECT count(*), count(DISTINCT n) FROM generate_series(1, 3) i "
	  . "CROSS JOIN LATERAL (SELECT count(name) AS n FROM (SELECT name FROM $generate LIMIT 5 + i * 0) b) a"),
	'3|1', 'scans that end early');
is(scalar(@{ ask('GET', '/journal') }), 1, 'go on with the rows that there are');
behave();
is($node->safe_psql('postgres', "$plan SELECT count(*), count(DISTINCT a.name) FROM generate_series(1, 3) i LEFT JOIN "
	  . "(SELECT * FROM synthik_rows(NULL::synthik_model, 20, 'o/some-model', options => '{\"defaults\": true}') b) a ON i > 0"),
	'60|20', 'rows of a table, too');
is(scalar(@{ ask('GET', '/journal') }), 1, 'once');

# ---- rows that break a rule ----

my $checked = '{"fields": [{"name": "id", "type": "integer", "unique": true}, {"name": "low", "type": "integer", '
  . '"minimum": 1, "maximum": 1000}], "checks": ["low % 4 <> 0"]}';
behave();
is($node->safe_psql('postgres', "SELECT count(*), count(DISTINCT id), bool_and(low % 4 <> 0) FROM "
	  . "synthik_generate('$checked', 400, 'o/some-model') AS t(id int, low int)"), '400|400|t', 'rows that break a rule are asked for again');
cmp_ok(scalar(@{ ask('GET', '/journal') }), '<=', 20, 'many in one call');

# one that no row keeps ends the call before it costs much
my $never = '{"fields": [{"name": "low", "type": "integer", "minimum": 1, "maximum": 1000}], "checks": ["low * low % 3 = 2"]}';
behave();
fails_with("SELECT count(low) FROM synthik_generate('$never', 50, 'o/some-model') AS t(low int)", '23514',
	'check .*low \* low.* held for 0 of 100 rows drawn', 'a rule that no row keeps');
cmp_ok(scalar(@{ ask('GET', '/journal') }), '<=', 20, 'after few calls');

$node->stop('fast');
$provider->stop;
done_testing();
