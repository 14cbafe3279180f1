# What a call of a model would send and cost, how far one is, and what of a
# table's values it sends, against the stand-in provider.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('estimate');
$node->init;
$node->append_conf('postgresql.conf', "synthik.cache = off\nmax_worker_processes = 12\n");
$node->start;

# ---- the stand-in ----

my $provider = Standin->start;
my $port = $provider->port;

sub ask { return $provider->ask(@_); }

sub sql { return $node->safe_psql('postgres', $_[0]); }

sub fails_like
{
	my ($sql, $pattern, $name) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql);
	isnt($status, 0, "$name: fails");
	like($err, $pattern, $name);
}

sql(qq{
CREATE EXTENSION synthik;
CREATE SERVER o FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'http://127.0.0.1:$port/v1', max_concurrency '1');
CREATE SERVER g FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'gemini', base_url 'http://127.0.0.1:$port/v1beta', max_concurrency '1');
CREATE SERVER a FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'anthropic', base_url 'http://127.0.0.1:$port/v1', max_concurrency '1');
CREATE SERVER keyless FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'http://127.0.0.1:$port/v1');
INSERT INTO synthik_model (name, server, api_name, max_output_tokens, input_usd, output_usd, speed)
VALUES ('priced', 'o', 'some-model', 16000, 10, 50, 3);
});
sql("CREATE USER MAPPING FOR CURRENT_USER SERVER $_ OPTIONS (api_key 'sk-standin-key')") for qw(o g a);

my $document = q({"fields": [
	{"name": "id", "type": "integer", "unique": true},
	{"name": "name", "type": "text", "description": "größer"},
	{"name": "age", "type": "integer", "minimum": 18, "maximum": 90},
	{"name": "tier", "enum": ["gold", "silver"]}]});
my $columns = 'id int, name text, age int, tier text';

# ---- the prompt is what is sent ----

for my $server (qw(o g a))
{
	ask('POST', '/reset');
	my $prompt = sql("SELECT synthik_prompt('$document', 30, '$server/some-model', seed => 3)");
	my ($head, $body) = split /\n\n/, $prompt, 2;
	is(scalar @{ ask('GET', '/journal') }, 0, "$server: the prompt is not sent");
	unlike($prompt, qr/sk-standin-key/, "$server: the prompt has no key");
	like($head, qr/: (Bearer )?<key>$/m, "$server: but says where it goes");
	sql("SELECT count(t) FROM synthik_generate('$document', 30, '$server/some-model', seed => 3) AS t($columns)");
	my $first = ask('GET', '/journal')->[0];
	like($head, qr/^POST http:\/\/127\.0\.0\.1:$port\Q$first->{path}\E$/m, "$server: the prompt's address");
	is_deeply(decode_json($body), $first->{body}, "$server: the prompt's body");
}
like(sql("SELECT synthik_prompt('$document', 30, 'keyless/m')"), qr/Bearer <key>/, 'no key is needed for it');
like(sql("SET synthik.network = off; SELECT synthik_prompt('$document', 30, 'o/m')"), qr/^POST/, 'and no network');
my $entries = sql('SELECT count(*) FROM synthik_usage');
sql("SELECT synthik_prompt('$document', 30, 'o/m'), synthik_estimate('$document', 30, 'o/m')");
is(sql('SELECT count(*) FROM synthik_usage'), $entries, 'nothing of it is in the ledger');

# ---- the estimate ----

my %counts = map { chomp; split /\t/ } split /^/, slurp_file("$FindBin::Bin/../fixtures/provider/tokens/counts.tsv");

# Rows of the fixtures, what they look like, how many there are, and what the
# prompt for them had when it was counted with o200k.
my @recorded = (
	[ 'rows_arrays', 30, 501, q({"fields": [{"name": "number", "type": "bigint"}, {"name": "full_name"}, {"name": "email"}, {"name": "city"},
		{"name": "quantity", "type": "integer", "minimum": 1, "maximum": 20}, {"name": "price"}, {"name": "status", "enum": ["paid", "shipped", "returned"]},
		{"name": "ordered_at", "type": "timestamptz"}, {"name": "gift", "type": "boolean"}, {"name": "note", "type": "notes", "null_fraction": 0.5}]}) ],
	[ 'rows_people', 4, 379, q({"fields": [{"name": "full_name"}, {"name": "email"}, {"name": "job_title"}, {"name": "birth_date"}, {"name": "phone"},
		{"name": "address", "type": "address"}]}) ],
	[ 'rows_reviews', 5, 317, q({"fields": [{"name": "review"}, {"name": "rating"}]}) ],
	[ 'rows_numbers', 40, 328, q({"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "numeric", "minimum": 0, "maximum": 100},
		{"name": "c", "type": "boolean"}, {"name": "d", "type": "integer", "minimum": -999, "maximum": 999}, {"name": "e", "type": "numeric(10,2)"}]}) ],
	[ 'rows_german', 4, 315, q({"locale": "de_DE", "fields": [{"name": "full_name"}, {"name": "street_address"},
		{"name": "city", "description": "with its postal code"}, {"name": "job_title"}]}) ]);

sub near
{
	my ($estimate, $count, $name) = @_;
	ok(abs($estimate - $count) <= 0.25 * $count, "$name: $estimate for $count");
}

for my $case (@recorded)
{
	my ($name, $rows, $input, $schema) = @$case;
	my ($requests, $in, $out) = split /\|/,
	  sql("SELECT requests, input_tokens, output_tokens FROM synthik_estimate('$schema', $rows, 'gpt-6-luna')");
	is($requests, 1, "$name: one request");
	near($in, $input, "$name: tokens of the prompt");
	near($out, $counts{$name}, "$name: tokens of the rows");
}

$node->append_conf('postgresql.conf', "synthik.max_batch_rows = 50\n");
$node->reload;
ask('POST', '/reset');
my ($requests, $in, $out, $usd, $seconds) = split /\|/, sql("SELECT * FROM synthik_estimate('$document', 320, 'priced')");
sql("SELECT count(t) FROM synthik_generate('$document', 320, 'priced') AS t($columns)");
is($requests, scalar @{ ask('GET', '/journal') }, 'as many requests as estimated');
ok(abs($usd - ($in * 10 + $out * 50) / 1e6) < 0.00001, 'the estimate has the price');
cmp_ok($seconds, '>', 1, 'and a time');
is(sql("SELECT usd, seconds FROM synthik_estimate('$document', 10, 'o/other')"), '|', 'neither is known of any model');
is(sql("SELECT requests, input_tokens, output_tokens, usd FROM synthik_estimate('$document', 10, 'local')"),
	'0|0|0|0.000000', 'local rows take no requests');

# ---- progress ----

sub start_call
{
	my ($sql, $err) = @_;
	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $sql ],
		'<', \undef, '>', \my $out, '2>', $err);
}

ask('POST', '/control', { latency => 6.5 });
my $err = '';
my $call = start_call("SELECT count(t) FROM synthik_generate('$document', 40, 'priced') AS t($columns)", \$err);
ok( $node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM synthik_progress WHERE model = 'priced' AND calls_in_flight = 1 AND rows_done = 0 "
		  . "AND rows_total = 40 AND retries = 0 AND usd = 0 AND started < clock_timestamp() AND estimated_end IS NULL AND relation IS NULL"),
	'the call is in synthik_progress');
$call->finish;
like($err, qr/NOTICE:  synthik: 0 of 40 rows, 1 calls? in flight, 0\.00 USD/, 'a NOTICE says how far it is');
is(sql('SELECT count(*) FROM synthik_progress'), '0', 'and it is not in the view any more');
$err = '';
start_call("SET synthik.progress = off; SELECT count(t) FROM synthik_generate('$document', 40, 'priced') AS t($columns)", \$err)->finish;
unlike($err, qr/NOTICE/, 'unless synthik.progress is off');
ask('POST', '/control', { latency => 0 });

# ---- what is sent of a table ----

sql(q{
CREATE TABLE p (id int PRIMARY KEY, email text UNIQUE, tier text, "a""b; drop" text, n int);
INSERT INTO p SELECT i, 'real' || i || '@corp.com', CASE WHEN i % 3 = 0 THEN 'zircon' ELSE 'opal' END,
	CASE WHEN i < 5 THEN 'rare' ELSE E'x"y\nz' END, i % 10 FROM generate_series(1, 100) i;
ANALYZE p;
CREATE ROLE blind;
GRANT USAGE ON FOREIGN SERVER o TO blind;
});

sub sent
{
	my ($send) = @_;
	ask('POST', '/reset');
	sql("SELECT count(t) FROM synthik_rows(NULL::p, 5, 'o/m', $send) t");
	return join '', map { $_->{content} } @{ ask('GET', '/journal')->[0]{body}{messages} };
}

unlike(sent("send => 'names'"), qr/zircon|corp|rare/, 'names carry no values');
my $text = sent("send => 'statistics'");
like($text, qr/- tier: "opal" 67 %, "zircon" 33 %/, 'statistics are common values');
unlike($text, qr/corp|rare/, 'not those of a few rows, or of unique columns');
is(sql('SELECT sample_rows FROM synthik_usage ORDER BY id DESC LIMIT 1'), '0', 'which are no rows');
$text = sent(q{send => 'samples', options => '{"send_rows": 3}'});
is(() = $text =~ /real\d+\@corp/g, 3, 'samples are rows');
is(sql('SELECT sample_rows FROM synthik_usage ORDER BY id DESC LIMIT 1'), '3', 'the ledger says how many');
sql("DELETE FROM p WHERE tier = 'zircon' AND id > 9");
unlike(sent("send => 'statistics'"), qr/zircon/, 'rows are counted, not only estimated');

fails_like("SET ROLE blind; SELECT synthik_prompt('p', 5, 'o/m', send => 'samples')", qr/permission denied for table p/, 'a table that may not be read');
fails_like("SET synthik.send_limit = names; SELECT synthik_prompt('p', 5, 'o/m', send => 'statistics')", qr/synthik\.send_limit/, 'more than the limit');
fails_like("SET synthik.send_limit = statistics; SELECT count(*) FROM synthik_rows(NULL::p, 5, 'o/m', send => 'samples')", qr/synthik\.send_limit/, 'rows beyond the limit');
fails_like("SELECT synthik_prompt('$document', 5, 'o/m', send => 'samples')", qr/no table/, 'a document has no values');

$node->stop('fast');
$provider->stop;
done_testing();
