# What a model may write and a server may answer, however wild: rows that hold
# to every rule, or an error that says why; and models that fill tables.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Standin;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('answers');
$node->init;
$node->append_conf('postgresql.conf', "synthik.cache = off\nmax_worker_processes = 12\n");
$node->start;

my $provider = Standin->start;
my $port = $provider->port;

$node->safe_psql(
	'postgres', qq{
CREATE EXTENSION synthik;
CREATE SERVER o FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai', base_url 'http://127.0.0.1:$port/v1', max_concurrency '4');
CREATE USER MAPPING FOR CURRENT_USER SERVER o OPTIONS (api_key 'sk-standin-key');
});

sub sql { return $node->safe_psql('postgres', $_[0]); }

sub behave
{
	$provider->ask('POST', '/reset');
	$provider->ask('POST', '/control', {@_});
	return;
}

# Every call gets the next of these texts.
sub says { behave(say => [@_], faults => [ ('say') x 50 ]); return; }

sub rows
{
	my ($fields, $columns, $rows, $what) = @_;
	return sprintf q{SELECT %s FROM synthik_generate('{"fields": [%s]}', %d, 'o/m') AS t(%s)}, $what // '*', $fields, $rows, $columns;
}

sub error_of
{
	my ($statement) = @_;
	my (undef, undef, $error) = $node->psql('postgres', $statement);

	return $error;
}

sub calls { return $provider->ask('GET', '/state')->{calls}; }

# ---- texts, numbers and rows ----

my @text = ('{"name": "a", "type": "text"}', 'a text');
my @numbers = ('{"name": "n", "type": "integer"}, {"name": "x", "type": "numeric"}', 'n int, x numeric');

foreach (
	[ 'U+0000 in a text', '{"rows":[["a\u0000b"],["b"],["c"]]}', "b\nc" ],
	[ 'half of a pair of surrogates', '{"rows":[["a\ud800b"],["b"],["c"]]}', "b\nc" ],
	[ 'two lists of rows: the last counts', '{"rows":[["a"]],"rows":[["b"],["c"]]}', "b\nc" ],
	[ 'rows as objects, a key twice', '{"rows":[{"a":"1","a":"b"},{"a":"c","b":1}]}', "b\nc" ],
	[ 'text behind the answer', '{"rows":[["b"],["c"]]} and so on } ]', "b\nc" ],
	[ 'too many rows', '{"rows":[["b"],["c"]' . (',["d"]' x 5000) . ']}', "b\nc" ],
	[ 'rows that are none', '{"rows":[1,"b",null,[],["b","c"],[["b"]],["b"],["c"]]}', "[\"b\"]\nb" ],
	[ 'nested deeper than anything', '{"rows":[[' . ('[' x 5000) . (']' x 5000) . '],["b"],["c"]]}', "b\nc" ])
{
	my ($what, $text, $expected) = @$_;

	says($text);
	is(sql(rows(@text, 2)), $expected, $what);
	is(calls(), 1, "$what: in one call");
}

says('{"rows":[[1e400,1],[99999999999999999999999,2],[1.5,3],[1,"x"],[1,null],[4.0,1e-3],[5,123456789012345678901234567890.123]]}');
is(sql(rows(@numbers, 2)), "4|0.001\n5|123456789012345678901234567890.123", 'numbers beyond their type, and of many digits');

says('{"rows":[["b"]]}', '{"rows":[["c"]]}', '{"rows":[]}', '{"rows":[["d"]]}');
is(sql(rows(@text, 3)), "b\nc\nd", 'too few rows are asked for again');

says('{"rows":[]}');
like(error_of(rows(@text, 3)), qr/brought 0 of 3 rows: its answers have no valid rows\nDETAIL:  5 times: the answer has no rows\.$/, 'no rows at all');

my @wide = (join(', ', map { qq({"name": "c$_", "type": "text", "null_fraction": 0.5}) } 1 .. 300), join ', ', map { "c$_ text" } 1 .. 300);
foreach ([ '[]', qr/5 times: a row has 0 values, not 300\./ ], [ '{}', qr/^$/ ])
{
	my ($row, $expected) = @$_;

	says('{"rows":[' . join(',', ($row) x 200_000) . ']}');
	like(error_of(rows(@wide, 3, 'count(t)')), $expected, "200,000 rows of $row for 300 columns");
}

# ---- names ----

my @names = ('a"b; drop', '1. b: text', "\n2. z: whole number", "it's", 'rows', ' ');
my $fields = join ', ', map { my $name = s/(["\\])/\\$1/gr =~ s/\n/\\n/gr =~ s/'/''/gr; qq({"name": "$name", "type": "text", "prompt": "first\\n7. last: text"}) } @names;
my $columns = join ', ', map { '"' . s/"/""/gr . '" text' } @names;
behave();
is(sql(rows($fields, $columns, 3, 'count(*), count(t)')), '3|3', 'hostile names');
my ($asked) = @{ $provider->ask('GET', '/journal') };
my @lines = split /\n/, $asked->{body}{messages}[-1]{content};
is(scalar grep({ /^\d+\. / } @lines), scalar @names, 'what names and prompts say looks like no other column');

# ---- objects and lists ----

my @parts = (
	'{"name": "customer", "type": "object", "fields": [{"name": "name", "type": "text"}, {"name": "age", "type": "integer", "minimum": 18}, '
	  . '{"name": "since", "type": "date"}, {"name": "note", "type": "text", "null_fraction": 0.5}]}, '
	  . '{"name": "tags", "type": "array", "items": {"enum": ["new", "sale"]}, "maxItems": 2}, '
	  . '{"name": "lines", "type": "array", "minItems": 1, "items": {"type": "object", "fields": [{"name": "sku", "type": "text"}, {"name": "more", "type": "jsonb"}]}}',
	'customer jsonb, tags text[], lines jsonb');
behave();
is(sql(rows(@parts, 50, q{count(*), bool_and((customer ->> 'age')::int >= 18), bool_and(tags <@ '{new,sale}'), bool_and(jsonb_array_length(lines) > 0)})),
	'50|t|t|t', 'a model is told what objects and lists are made of');

my $customer = '{"name":"A","age":20,"since":"2024-01-02"}';
my $good = qq([$customer,["new"],[{"sku":"s","more":[1]}]]);
foreach (
	[ qq([{"name":"A","age":7,"since":"2024-01-02"},["new"],[{"sku":"s","more":1}]]), 'has a member "age" that is out of its bounds' ],
	[ qq([{"name":"A","age":20},["new"],[{"sku":"s","more":1}]]), 'has a member "since" that is null or missing' ],
	[ qq(["A",["new"],[{"sku":"s","more":1}]]), 'is not a JSON object' ],
	[ qq([$customer,["old"],[{"sku":"s","more":1}]]), 'has an element that is not one of the values of its enum' ],
	[ qq([$customer,["new","new","new"],[{"sku":"s","more":1}]]), 'has too few or too many elements' ],
	[ qq([$customer,[null],[{"sku":"s","more":1}]]), 'has an element that is null' ],
	[ qq([$customer,["new"],[]]), 'has too few or too many elements' ],
	[ qq([$customer,["new"],{"sku":"s","more":1}]), 'is not a JSON array' ],
	[ qq([$customer,["new"],[{"sku":null,"more":1}]]), 'has an element that has a member "sku" that is null or missing' ])
{
	my ($row, $fault) = @$_;

	says(qq({"rows":[$row]}), qq({"rows":[$good]}));
	is(sql(rows(@parts, 1, 'tags, num_nulls(customer, lines)')), '{new}|0', "refused: $fault");
	$asked = $provider->ask('GET', '/journal')->[1];
	like($asked->{body}{messages}[-1]{content}, qr/refused because: field "\w+" \Q$fault\E\./, 'and the model is told');
}
says(q({"rows":[[{"since":"January 5, 2024","age":"33","name":"\u00fc","extra":1,"note":null},"{new,sale}","[{\"sku\":\"a\\\\\"b\",\"more\":\"x\"}]"],)
	  . q(["{\"name\":\"B\",\"age\":40,\"since\":\"2024-01-02\",\"note\":\"n\"}","[\"sale\"]",[{"more":"{\"k\":1}","sku":"c"},{"sku":"d","more":2.50}]]]}));
is(sql(rows(@parts, 2)),
	qq({"age": 33, "name": "ü", "since": "2024-01-05"}|{new,sale}|[{"sku": "a\\"b", "more": "x"}]\n)
	  . qq({"age": 40, "name": "B", "note": "n", "since": "2024-01-02"}|{sale}|[{"sku": "c", "more": {"k": 1}}, {"sku": "d", "more": 2.5}]),
	'in all the ways in which they are written, as what the document says they are');

behave();
is(sql(rows('{"name": "o", "type": "object", "fields": [{"name": "a\"b", "type": "text"}, {"name": "x\ny", "type": "integer"}, {"name": "(", "type": "text"}]}', 'o jsonb', 2,
		q{count(o ->> 'a"b'), count(o ->> E'x\ny'), count(o ->> '(')})), '2|2|2', 'members of hostile names');
says('{"rows":[[{"n":"NaN","f":1}],[{"n":1,"f":"-Infinity"}],[{"n":1e400,"f":0}],[{"n":123456789012345678901234567890.5,"f":"1e300"}]]}');
is(sql(rows('{"name": "o", "type": "object", "fields": [{"name": "n", "type": "numeric"}, {"name": "f", "type": "float8"}]}', 'o jsonb', 2, q{length(o ->> 'n'), o ->> 'f' < '2'})),
	"401|t\n32|t", 'numbers that JSON has, of any size');

behave();
is(sql(rows('{"name": "o", "type": "object", "fields": [' . join(', ', map { qq({"name": "$_", "type": "$_"}) } qw(money oid float4 smallint timestamptz interval date boolean uuid inet)) . ']}',
		'o jsonb', 1, q{(SELECT string_agg(jsonb_typeof(v), ' ' ORDER BY k) FROM jsonb_each(o) e(k, v))})),
	'boolean string number string string number number number string string', 'members of many types') or diag($provider->ask('GET', '/journal')->[0]{body}{messages}[-1]{content});

# Rows damaged at random: each is refused, or holds to every rule.
srand 7;
my @pieces = ('null', '"x"', '7', '-1', '1e400', '[]', '{}', '[1]', '{"age":1}', '"[\"new\"]"', '"{}"', '"{new}"', 'true', '"\\u0000"', '"\\ud800"', '"2024-02-30"', ',', ']', '}', '"');
my @damaged = map {
	my $row = $good;
	my $at = int rand length $row;
	substr $row, $at, int rand(12), $pieces[rand @pieces];
	$row;
} 1 .. 400;
says('{"rows":[' . join(',', @damaged[0 .. 199], ($good) x 300) . ']}', '{"rows":[' . join(',', @damaged[200 .. 399]) . ']}', '{"rows":[' . join(',', ($good) x 300) . ']}');
is(sql(rows(@parts, 300,
		q{count(*), count(*) FILTER (WHERE (customer ->> 'age')::int >= 18 AND (customer ->> 'since')::date IS NOT NULL AND customer ? 'name' AND tags <@ '{new,sale}'
			AND cardinality(tags) <= 2 AND array_position(tags, NULL) IS NULL AND jsonb_array_length(lines) > 0 AND lines @? 'strict $[*].sku' AND NOT lines @? '$[*] ? (!exists (@.more))')})),
	'300|300', 'rows that are damaged at random');

# ---- responses ----

my $page = '<html><head><title>Welcome</title></head><body>sk-0123456789abcdefghijklmnopqrstuvwxyz</body></html>';
behave(reply => { status => 200, headers => { 'Content-Type' => 'text/html' }, body => $page }, faults => [ ('reply') x 6 ]);
my $error = error_of(rows(@text, 2));
like($error, qr/6 times: the response has not the provider's form, but begins with <html><head><title>Welcome/, 'a page in place of an answer is shown');
unlike($error, qr/sk-0123/, 'without what may be a key');

foreach ([ '-5', 3 ], [ 'soon', 3 ], [ 'Wed, 21 Oct 2015 07:28:00 GMT', 1 ])
{
	my ($after, $most) = @$_;
	my $begin = time;

	behave(reply => { status => 429, headers => { 'retry-after' => $after }, body => '{}' }, faults => ['reply']);
	is(sql(rows(@text, 2, 'count(a)')), '2', "retry-after: $after");
	cmp_ok(time - $begin, '<', $most + 2, "retry-after: $after: no long wait");
}
behave(reply => { status => 429, headers => { 'retry-after' => '99999999999999999999' }, body => '' }, faults => ['reply']);
like(error_of(rows(@text, 2)), qr/it takes no calls for 1000000000 seconds/, 'a wait that nobody waits for is an error at once');
behave(faults => ['gzip']);
is(sql(rows(@text, 2, 'count(a)')), '2', 'a compressed body that nobody asked for is asked for again');

# ---- budgets ----

sql(q{INSERT INTO synthik_model (name, server, api_name, max_output_tokens, input_usd, output_usd) VALUES ('dear', 'o', 'd', 4000, 1, 4), ('free', 'o', 'f', 4000, 0, 0)});
behave();
my $budget = q{SELECT count(a) FROM synthik_generate('{"fields": [{"name": "a", "type": "text"}]}', 2, '%s', budget => %s) AS t(a text)};
like(error_of(sprintf $budget, 'dear', 0), qr/the budget of 0 USD of this call would be passed/, 'a budget of nothing buys nothing');
like(error_of(sprintf $budget, 'dear', q{'NaN'}), qr/budget is NaN, which is not an amount of money/, 'nor does one that is no number');
like(error_of(sprintf $budget, 'o/m', 0), qr/model "o\/m" has no price, and there is a budget of 0 USD/, 'nor a model without a price');
is(calls(), 0, 'nothing was sent');
is(sql(sprintf $budget, 'free', 0), '2', 'a model that costs nothing is within it');

# ---- tables ----

sql(q{
CREATE TABLE customers (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text NOT NULL, email text UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, customer_id int NOT NULL REFERENCES customers, note text, qty int CHECK (qty BETWEEN 1 AND 9))});
behave();
is(sql(q{SELECT relation, rows, reads, how FROM synthik_populate('{"customers": {"rows": 20}, "orders": 30}', model => 'o/m')}),
	"customers|20|{}|as listed\norders|30|{customers}|as listed", 'a model fills several tables');
is(sql(q{SELECT relation, rows > 0, reads, how FROM synthik_populate('{"customers": 20, "orders": {"per": "customers", "between": [1, 3]}}', model => 'o/m')}),
	"customers|t|{}|as listed\norders|t|{customers}|1 to 3 for each of customers", 'it learns nothing from rows that are there');
is(sql(q{SELECT (SELECT count(*) FROM customers), count(*) >= 50, count(DISTINCT note) = count(*), min(qty) >= 1, max(qty) <= 9 FROM orders}),
	'40|t|t|t|t', 'with rows that hold to every rule');
like(error_of(q{SELECT * FROM synthik_populate('{"customers": {"rows": 5, "model": "o/m"}}')}), qr/unknown word "model"/, 'one model is for all of them');
is(sql(q{SELECT synthik_augment('orders', 25, 'o/m'); SELECT count(*) FILTER (WHERE note IS NULL), count(*) = count(DISTINCT note) FROM orders}), "25\n0|t", 'and adds to one');

sql(q{CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TABLE parts (id int PRIMARY KEY, weight positive NOT NULL, name text NOT NULL)});
behave();
is(sql(q{SELECT synthik_augment('parts', 3, 'o/m')}), '3', 'a domain');
($asked) = @{ $provider->ask('GET', '/journal') };
like($asked->{body}{messages}[-1]{content}, qr/^- \(VALUE > 0\), where VALUE is weight$/m, 'whose rule says what it is about');

# ---- plans, cursors and subtransactions ----

my $ten = rows('{"name": "id", "type": "integer", "unique": true}, {"name": "a", "type": "text", "unique": true}', 'id int, a text', 40);
behave();
is(sql(qq{SET synthik.max_batch_rows = 5; BEGIN; DECLARE c CURSOR FOR $ten; SAVEPOINT s; FETCH FROM c \\; MOVE 8 FROM c; ROLLBACK TO s; MOVE 20 FROM c; FETCH FROM c; COMMIT}) =~ s/\|.*//mgr,
	"1\n30", 'a cursor that is read in subtransactions');
is(sql(qq{SELECT g, count(*), count(DISTINCT a) FROM generate_series(1, 3) g, LATERAL ($ten) x GROUP BY g ORDER BY g}), "1|40|40\n2|40|40\n3|40|40", 'rescans');
behave();
sql(qq{DO \$\$
DECLARE
	r record;
	n int := 0;
BEGIN
	BEGIN
		FOR r IN $ten LOOP
			n := n + 1;
			IF n = 3 THEN
				RAISE EXCEPTION 'enough';
			END IF;
		END LOOP;
	EXCEPTION WHEN raise_exception THEN
		NULL;
	END;
	FOR r IN $ten LOOP
		n := n + 1;
	END LOOP;
	ASSERT n = 43;
END \$\$});
is(calls(), 2, 'a loop that an exception ends, and another');

my $wide = join ', ', map { qq({"name": "c$_", "type": "text"}) } 1 .. 1600;
behave();
is(sql(rows($wide, join(', ', map { "c$_ text" } 1 .. 1600), 2, 'count(c1), count(c1600), count(t)')), '2|2|2', 'as many columns as a table can have');

$node->stop('fast');
$provider->stop;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'nothing crashed');
done_testing();
