# Memory does not grow with the number of rows, of calls or of errors.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs /proc' if !-r '/proc/self/status';

my $bound = 50 * 1024;			# kB
my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "max_wal_size = '4GB'\nclient_min_messages = error\nautovacuum = off");
$node->start;

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION synthik;

-- Memory of its own that this process has, in kB.
CREATE FUNCTION own_memory() RETURNS integer LANGUAGE sql VOLATILE AS
	$$ SELECT (regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+) kB'))[1]::integer $$;

-- Notes the most that it has while rows come by; true, so that it can be a
-- table's CHECK.
CREATE FUNCTION look(i bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF i % 5000 = 0 THEN
		PERFORM set_config('test.most', greatest(nullif(current_setting('test.most', true), '')::integer, own_memory())::text, false);
	END IF;
	RETURN true;
END
$$;
CREATE FUNCTION looked() RETURNS text LANGUAGE sql AS
	$$ SELECT current_setting('test.most') || set_config('test.most', '', false) $$;

CREATE UNLOGGED TABLE plain (id integer UNIQUE CHECK (look(id)), name text, email text, qty integer, price numeric(8,2), at timestamptz, tags text[]);
CREATE UNLOGGED TABLE redrawn (id integer UNIQUE CHECK (look(id)), email text UNIQUE, odd integer CHECK (odd % 7 = 3), doc jsonb);
CREATE UNLOGGED TABLE triggered (id integer UNIQUE, name text, twice integer GENERATED ALWAYS AS (id * 2) STORED);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM look(NEW.id); RETURN NEW; END';
CREATE TRIGGER keep BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TABLE parted (id integer CHECK (look(id)), name text) PARTITION BY HASH (id);
CREATE UNLOGGED TABLE parted0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE UNLOGGED TABLE parted1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);

CREATE TABLE errors (id integer);
SQL

# ---- rows -------------------------------------------------------------------

my $fields = q{{"name": "id", "type": "bigint", "unique": true}, {"name": "name", "type": "full_name"}, {"name": "email", "type": "email", "unique": true}, {"name": "price", "type": "numeric(8,2)", "distribution": {"kind": "lognormal", "mean": 40, "stddev": 30}}, {"name": "tags", "type": "text[]"}, {"name": "doc", "type": "object", "properties": {"a": {"type": "email"}, "b": {"type": "array", "items": {"type": "number"}}}}};
my $columns = 't(id bigint, name text, email text, price numeric, tags text[], doc jsonb)';
my $read = 'count(name), count(email), count(price), count(tags), count(doc)';

# [what, statement with a place for the number of rows, few, many]
my @cases = (
	[ 'a scan', qq{SELECT $read FROM synthik_generate('{"fields": [$fields]}', %d, seed => 1) AS $columns WHERE look(id)}, 10_000, 600_000 ],
	[ 'a scan with checks and an expression', qq{SELECT $read FROM synthik_generate('{"fields": [$fields, {"name": "n", "type": "integer", "minimum": 0, "maximum": 999}, {"name": "e", "type": "text", "expression": "name || n"}], "checks": ["n % 13 = 4", "length(e) > 3"]}', %d, seed => 1) AS $columns WHERE look(id)}, 10_000, 300_000 ],
	[ 'JSON', qq{SELECT count(t) FROM synthik_generate_json('{"fields": [$fields]}', %d, seed => 1) t WHERE look((t->>'id')::bigint)}, 10_000, 300_000 ],
	[ 'a tuplestore', q{SELECT count(name) FROM (SELECT (synthik_rows(NULL::plain, %d, seed => 1)).*) t WHERE look(id)}, 10_000, 40_000 ],
	[ 'large rows', q{SELECT count(t) FROM synthik_generate('{"fields": [{"name": "t", "type": "text", "minLength": 500000, "maxLength": 1000000}, {"name": "u", "type": "array", "items": {"type": "array", "items": {"type": "integer"}, "minItems": 80, "maxItems": 90}, "minItems": 80, "maxItems": 90}]}', %d, seed => 1) AS t(t text, u jsonb) WHERE look(5000 + 0 * length(t))}, 10, 400 ],
	[ 'rows into a plain table', q{SELECT synthik_augment('plain', %d)}, 10_000, 300_000 ],
	[ 'with workers', q{TRUNCATE plain; SELECT synthik_augment('plain', %d, workers => 2)}, 10_000, 300_000 ],
	[ 'rows that are drawn again', q{SELECT synthik_augment('redrawn', %d)}, 10_000, 300_000 ],
	[ 'rows through INSERT', q{SELECT synthik_augment('triggered', %d)}, 10_000, 300_000 ],
	[ 'rows into partitions', q{SELECT synthik_augment('parted', %d, schema => '{"fields": [{"name": "id", "unique": true}]}')}, 10_000, 300_000 ],
	[ 'INSERT', q{TRUNCATE triggered; INSERT INTO triggered (id, name) SELECT id, name FROM synthik_rows(NULL::triggered, %d)}, 10_000, 300_000 ]);

foreach my $case (@cases)
{
	my ($what, $sql, $few, $many) = @$case;
	my $out = $node->safe_psql('postgres', join('; ',
		map { (sprintf($sql, $_), "SELECT 'most ' || looked()") } $few, $many));
	my @most = $out =~ /^most (\d+)$/mg;

	is(scalar(@most), 2, "$what: was looked at");
	note("@most kB");
	cmp_ok(($most[1] // 1e9) - ($most[0] // 0), '<', $bound, "$what: $many rows take no more memory than $few");
}

# ---- calls ------------------------------------------------------------------

# Contexts that outlive a statement.
my $contexts = q{SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name NOT IN ('ErrorContext', 'MessageContext')
	AND name !~ 'PortalContext|ExecutorState|ExprContext|Portal|SPI'};

# Repeats something in one session: first to fill the caches, then to see.
sub grows
{
	my ($what, $times, $body) = @_;
	my $block = sub { "DO \$\$ BEGIN FOR i IN 1 .. $_[0] LOOP $body END LOOP; END \$\$" };
	my $out = $node->safe_psql('postgres', join('; ', $block->(200),
		"SELECT 'at ' || ($contexts), own_memory()", $block->($times),
		"SELECT 'at ' || ($contexts), own_memory()"));
	my ($before, $own_before, $after, $own_after) = $out =~ /^at (\d+)\|(\d+)$/mg;

	note("contexts: $before, $after bytes; process: $own_before, $own_after kB");
	cmp_ok($after - $before, '<', 200_000, "$what: $times times take no more than 200");
	cmp_ok($own_after - $own_before, '<', 10 * 1024, "$what: nor does the process");
}

grows('synthik_generate', 2000, q{PERFORM count(*) FROM synthik_generate('{"fields": [{"name": "a", "type": "email"}, {"name": "b", "type": "integer"}, {"name": "c", "pattern": "^[a-z]{3}$"}], "checks": ["b > 3"]}', 3) AS t(a text, b integer, c text);});
grows('synthik_generate with documents that differ', 1000, q{EXECUTE format('SELECT count(*) FROM synthik_generate(%L, 3) AS t(a text)', format('{"fields": [{"name": "a", "pattern": "^[a-z]{3}%s$"}, {"name": "b", "type": "numeric", "minimum": %s}]}', i, i));});
grows('synthik_rows', 1000, q{PERFORM count(*) FROM synthik_rows(NULL::plain, 3);});
grows('synthik_value', 2000, q{PERFORM synthik_value('email', i::text, seed => i), synthik_value('full_name', locale => 'de_DE'), synthik_value('company');});
grows('synthik_augment', 300, q{PERFORM synthik_augment('errors', 3);});
grows('synthik_augment with workers', 100, q{PERFORM synthik_augment('errors', 3, workers => 1);});
grows('synthik_validate and synthik_describe', 300, q{PERFORM count(*) FROM synthik_validate('{"fields": [{"nam": 1}, {"name": "b", "type": "emial"}, {"name": "c", "pattern": "("}]}'::jsonb); PERFORM count(*) FROM synthik_describe('plain'::regclass);});

# ---- errors -----------------------------------------------------------------

# Nothing to learn from, which would take most of the time.
$node->safe_psql('postgres', 'TRUNCATE plain');

my $caught = q{BEGIN %s RAISE 'no error'; EXCEPTION WHEN raise_exception THEN RAISE; WHEN OTHERS THEN NULL; END;};

grows('errors in the middle of a scan', 500, sprintf($caught, q{PERFORM count(a), count(b) FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 0, "maximum": 999}, {"name": "b", "type": "integer", "expression": "1 / (a - 7)"}, {"name": "c", "type": "email"}]}', 100000) AS t(a integer, b integer, c text);}));
grows('errors in the middle of an augmentation', 300, sprintf($caught, q{PERFORM synthik_augment('plain', 5000, schema => '{"fields": [{"name": "qty", "minimum": 0, "maximum": 99}, {"name": "price", "expression": "1 / (qty - 7)"}]}');}));
grows('errors with workers', 60, sprintf($caught, q{PERFORM synthik_augment('plain', 5000, workers => 2, schema => '{"fields": [{"name": "qty", "minimum": 0, "maximum": 99}, {"name": "price", "expression": "1 / (qty - 7)"}]}');}));
grows('faults of documents', 500, sprintf($caught, q{PERFORM count(*) FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "minimum": 3, "maximum": 1}]}', 3) AS t(a integer);}));
grows('expressions that do not parse', 500, sprintf($caught, q{PERFORM count(*) FROM synthik_generate('{"fields": [{"name": "a", "type": "integer", "expression": "1 +"}]}', 3) AS t(a integer);}));

$node->stop;
done_testing();
