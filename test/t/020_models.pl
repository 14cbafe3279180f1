# Rows from language models, against the stand-in provider: every dialect,
# every fault, exactly the rows asked for, and a ledger that agrees with the
# provider's journal.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('models');
$node->init;
$node->append_conf('postgresql.conf', "synthik.cache = off\nmax_worker_processes = 12\n");
$node->start;

# ---- the stand-in ----

my $provider = Standin->start;
my $port = $provider->port;

sub ask { return $provider->ask(@_); }

sub faults { ask('POST', '/reset'); ask('POST', '/control', { faults => [@_] }); }

# ---- the servers ----

$node->safe_psql(
	'postgres', qq{
CREATE EXTENSION synthik;
CREATE SERVER o FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'http://127.0.0.1:$port/v1', max_concurrency '4');
CREATE SERVER g FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'gemini', base_url 'http://127.0.0.1:$port/v1beta', max_concurrency '4');
CREATE SERVER a FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'anthropic', base_url 'http://127.0.0.1:$port/v1', max_concurrency '4');
CREATE USER MAPPING FOR CURRENT_USER SERVER o OPTIONS (api_key 'sk-standin-key');
CREATE USER MAPPING FOR CURRENT_USER SERVER g OPTIONS (api_key 'sk-standin-key');
CREATE USER MAPPING FOR CURRENT_USER SERVER a OPTIONS (api_key 'sk-standin-key');
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 20);
CREATE TABLE people (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL,
	email text NOT NULL UNIQUE,
	age int CHECK (age BETWEEN 18 AND 90),
	tier text CHECK (tier IN ('gold', 'silver')),
	joined date NOT NULL,
	parent int NOT NULL REFERENCES parent
);
});

my $document = q({"fields": [
	{"name": "id", "type": "integer", "unique": true},
	{"name": "name", "type": "text", "unique": true},
	{"name": "age", "type": "integer", "minimum": 18, "maximum": 90},
	{"name": "tier", "enum": ["gold", "silver"]},
	{"name": "at", "type": "timestamptz"},
	{"name": "ok", "type": "boolean"}]});
my $columns = 'id int, name text, age int, tier text, at timestamptz, ok boolean';

sub rows_of
{
	my ($model, $rows, $more) = @_;
	return "SELECT count(*), count(DISTINCT id), count(DISTINCT name), min(age) >= 18, max(age) <= 90, "
	  . "count(*) FILTER (WHERE tier NOT IN ('gold', 'silver')), count(at), count(ok) "
	  . "FROM synthik_generate('$document', $rows, '$model'" . ($more // '') . ") AS t($columns)";
}

for my $server (qw(o g a))
{
	faults();
	is($node->safe_psql('postgres', rows_of("$server/some-model", 300)),
		'300|300|300|t|t|0|300|300', "$server brings valid rows");
}

# ---- values that go by another field's, and series ----

my $cases = q({"series": {"rows": [2, 6]}, "fields": [
	{"name": "account", "type": "integer", "unique": true, "per": "series"},
	{"name": "tier", "enum": ["gold", "silver"]},
	{"name": "age", "type": "integer", "minimum": 18, "maximum": 90, "by": "tier", "cases": {"gold": {"maximum": 60}}},
	{"name": "ref", "type": "uuid", "by": "paid", "cases": {"false": {"const": null}}},
	{"name": "paid", "type": "boolean"},
	{"name": "years", "type": "integer", "expression": "coalesce(previous.years, 0) + age"}]});
for my $server (qw(o g a))
{
	faults();
	is($node->safe_psql('postgres', qq{
		SELECT count(*), count(*) FILTER (WHERE tier = 'gold' AND age > 60),
			count(*) FILTER (WHERE paid IS DISTINCT FROM (ref IS NOT NULL)), count(*) FILTER (WHERE years <> before + age), count(DISTINCT account) BETWEEN 20 AND 50, count(DISTINCT tier)
		FROM (SELECT *, coalesce(lag(years) OVER (PARTITION BY account ORDER BY n), 0) AS before FROM (SELECT row_number() OVER () AS n, t.*
			FROM synthik_generate('$cases', 120, '$server/some-model', seed => 3) AS t(account int, tier text, age int, ref uuid, paid boolean, years int)) u) v}),
		'120|0|0|0|t|2', "$server brings rows that keep to their cases and series");
}

# ---- faults ----

for my $fault (qw(429 429ms 429reset 500 503 529 truncated short duplicates missing wrong_types
	nulls prose garbage refused filtered cut slow not_json invalid_utf8))
{
	faults($fault);
	is($node->safe_psql('postgres', rows_of('o/some-model', 100)),
		'100|100|100|t|t|0|100|100', "valid rows in spite of $fault");
}

for my $server (qw(g a))
{
	faults(qw(500 429 refused truncated));
	is($node->safe_psql('postgres', rows_of("$server/some-model", 300)),
		'300|300|300|t|t|0|300|300', "valid rows of $server in spite of faults");
}

sub fails_like
{
	my ($sql, $pattern, $name) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql);
	isnt($status, 0, "$name: fails");
	like($err, $pattern, $name);
	unlike($err, qr/sk-standin-key/, "$name: without the key");
}

faults('quota');
fails_like(rows_of('o/some-model', 100), qr/quota/, 'a used-up quota stops the call');
faults(('500') x 20);
fails_like(rows_of('o/some-model', 100), qr/brought 0 of 100 rows/, 'failures in a row stop the call');
faults(('garbage') x 20);
fails_like(rows_of('o/some-model', 100), qr/no valid rows/, 'answers without rows stop the call');
faults('redirect');
fails_like(rows_of('o/some-model', 100), qr/302/, 'a redirect is not followed');
faults();
fails_like(rows_of('o/gone', 10), qr/does not exist/, 'a model that is gone');
$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER o OPTIONS (SET api_key 'wrong')");
fails_like(rows_of('o/some-model', 10), qr/401/, 'a wrong key');
$node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER o OPTIONS (SET api_key 'sk-standin-key')");

# ---- tables ----

faults();
is($node->safe_psql('postgres', "SELECT synthik_augment('people', 250, 'o/some-model', seed => 1)"),
	'250', 'augment with a model');
is( $node->safe_psql('postgres',
		'SELECT count(*), count(DISTINCT email), count(DISTINCT parent) > 1, min(id), max(id) FROM people'),
	'250|250|t|1|250',
	'the table has them');
is( $node->safe_psql('postgres',
		"SELECT count(*) FROM synthik_rows(NULL::people, 30, 'a/some-model', options => '{\"defaults\": false}')"),
	'30', 'rows of a table with a model');
is($node->safe_psql('postgres', "SELECT count(*) FROM synthik_generate_json('$document', 30, 'g/some-model')"),
	'30', 'JSON rows with a model');

# ---- ten thousand rows, a tenth of the answers faulty ----

ask('POST', '/reset');
ask('POST', '/control', {
	seed => 7,
	latency => 0.02,
	random => { map { $_ => 0.01 } qw(429ms 500 truncated short duplicates wrong_types prose garbage cut missing) } });
is($node->safe_psql('postgres', rows_of('o/some-model', 10000)),
	'10000|10000|10000|t|t|0|10000|10000', 'ten thousand rows');
cmp_ok(ask('GET', '/state')->{most_flying}, '<=', 4, 'no more calls at a time than the server takes');

my $journal = ask('GET', '/journal');
my ($in, $out) = (0, 0);
for my $call (@$journal)
{
	next unless $call->{usage} && $call->{fault} ne 'cut';
	$in += $call->{usage}[0];
	$out += $call->{usage}[1];
}
my $last = scalar @$journal;
is( $node->safe_psql('postgres',
		"SELECT sum(input_tokens), sum(output_tokens) FROM (SELECT * FROM synthik_usage ORDER BY id DESC LIMIT $last) u WHERE NOT estimated"),
	"$in|$out", 'the ledger agrees with the journal to the token');

# ---- stored answers ----

$node->append_conf('postgresql.conf', "synthik.cache = on\n");
$node->reload;
faults();
$node->safe_psql('postgres', rows_of('o/some-model', 100, ', seed => 5'));
my $calls = ask('GET', '/state')->{calls};
$node->safe_psql('postgres', rows_of('o/some-model', 100, ', seed => 5'));
is(ask('GET', '/state')->{calls}, $calls, 'the same call is not paid twice');
$node->safe_psql('postgres', rows_of('o/some-model', 100, ', seed => 5, options => \'{"fresh": true}\''));
cmp_ok(ask('GET', '/state')->{calls}, '>', $calls, 'unless fresh answers are asked for');

# ---- budgets ----

$node->safe_psql('postgres',
	"INSERT INTO synthik_model (name, server, api_name, max_output_tokens, input_usd, output_usd) "
	  . "VALUES ('priced', 'o', 'some-model', 16000, 10, 50)");
faults();
fails_like(rows_of('priced', 5000, ', budget => 0.05'), qr/budget/, 'a budget is not passed');
faults();
fails_like(rows_of('o/another-model', 50, ', budget => 1'), qr/price/, 'no budget without a price');

# ---- cancel ----

ask('POST', '/control', { latency => 20 });
my ($status, $stdout, $stderr) =
  $node->psql('postgres', "SET statement_timeout = '500ms'; " . rows_of('o/some-model', 100));
like($stderr, qr/statement timeout/, 'a timeout ends a call in flight');
ask('POST', '/control', { latency => 0 });
is($node->safe_psql('postgres', 'SELECT 1'), '1', 'the server is well');

$node->stop('fast');
$provider->stop;
done_testing();
