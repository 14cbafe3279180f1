# Whole databases of well-known shape, filled by one call each.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use FindBin;

my $schemas = "$FindBin::RealBin/../fixtures/schemas";
my $node = PostgreSQL::Test::Cluster->new('databases');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "client_min_messages = warning\nautovacuum = off");
$node->start;

# All tables of several schemas
my $adventure = q{(SELECT jsonb_object_agg(c.oid::regclass, '{}'::jsonb) FROM pg_class AS c
	WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text = ANY ('{person,humanresources,production,purchasing,sales}'))
	|| '{"person.businessentity": 900, "humanresources.employee": {"total": 300}, "sales.store": 300, "purchasing.vendor": 300, "sales.salesperson": 60}'};

# [file, arguments, tables, foreign keys]
my @databases = (
	[ 'pgbench', q{'{"pgbench_branches": 10, "pgbench_tellers": {"per": "pgbench_branches", "rows": 10}, "pgbench_accounts": {"per": "pgbench_branches", "rows": 1000}, "pgbench_history": 5000}'}, 4, 5 ],
	[ 'tpch', q{'{"region": 5, "nation": 25, "supplier": 100, "part": 2000, "customer": 1500, "partsupp": {"per": "part", "rows": 4}, "orders": {"per": "customer", "between": [0, 20]}, "lineitem": {"per": "orders", "between": [1, 7]}}'}, 8, 8 ],
	[ 'chinook', q{'{"Artist": 275, "Customer": 600}', schema_name => 'public'}, 11, 11 ],
	[ 'northwind', q{'{"customers": 500, "suppliers": 60, "shippers": 6}', schema_name => 'public'}, 14, 13 ],
	[ 'pagila', q{'{"store": 10, "staff": 60, "film": 1000, "actor": 200, "customer": 600, "rental": 5000}', schema_name => 'public'}, 15, 22 ],
	[ 'adventureworks', $adventure, 45, 62 ],
);

# What every row has to satisfy, asked anew of what is stored.
my $faults = <<'SQL';
CREATE FUNCTION faults() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	c record;
	n bigint;
	query text;
BEGIN
	FOR c IN SELECT * FROM pg_constraint WHERE contype IN ('f', 'c') AND conrelid <> 0 AND conparentid = 0
	LOOP
		IF c.contype = 'c' THEN
			query := format('SELECT count(*) FROM %s WHERE NOT (%s)', c.conrelid::regclass, pg_get_expr(c.conbin, c.conrelid));
		ELSE
			SELECT format('SELECT count(*) FROM %s AS c WHERE %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)', c.conrelid::regclass,
				string_agg(format('c.%I IS NOT NULL', a.attname), ' AND '), c.confrelid::regclass,
				string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND '))
			INTO query
			FROM unnest(c.conkey, c.confkey) AS k(child, parent)
				JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.child
				JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = k.parent;
		END IF;
		EXECUTE query INTO n;
		IF n > 0 THEN
			RETURN NEXT format('%s: %s of %s', c.conname, n, c.conrelid::regclass);
		END IF;
	END LOOP;
	FOR c IN SELECT i.indexrelid, i.indrelid, string_agg(quote_ident(a.attname), ', ') AS columns
		FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
		WHERE i.indisunique AND i.indrelid >= 16384 GROUP BY 1, 2
	LOOP
		EXECUTE format('SELECT count(*) FROM (SELECT FROM %s WHERE (%s) IS NOT NULL GROUP BY %2$s HAVING count(*) > 1) AS t', c.indrelid::regclass, c.columns) INTO n;
		IF n > 0 THEN
			RETURN NEXT format('%s: %s twice', c.indexrelid::regclass, n);
		END IF;
	END LOOP;
END $$;
SQL

foreach my $database (@databases)
{
	my ($name, $arguments, $tables, $keys) = @$database;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, "CREATE SCHEMA made; CREATE EXTENSION synthik SCHEMA made; ALTER DATABASE $name SET search_path = public, made");
	$node->safe_psql($name, slurp_file("$schemas/$name.sql"));
	$node->safe_psql($name, $faults);

	my ($code, $out, $err) = $node->psql($name, "SELECT count(*), count(*) FILTER (WHERE rows > 0), sum(rows) FROM synthik_populate($arguments, seed => 1)");
	is($err, '', "$name: filled");
	my ($all, $filled, $rows) = split /\|/, $out;
	is("$all $filled", "$tables $tables", "$name: every table has rows");
	is($node->safe_psql($name, q{SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid IN (SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text <> 'made')}), $keys, "$name: $keys foreign keys");
	is($node->safe_psql($name, 'SELECT * FROM faults()'), '', "$name: every constraint holds for $rows rows");
	note("$name: $tables tables, $keys foreign keys, $rows rows");

	# half as many again, like those
	($code, $out, $err) = $node->psql($name, "SELECT sum(rows) > 0 FROM synthik_populate(" . ($name eq 'adventureworks' ? "'{\"sales.customer\": 100, \"sales.salesorderheader\": {\"per\": \"sales.customer\", \"between\": [1, 4]}}'" : "schema_name => 'public', scale => 1.5") . ", seed => 2)");
	is("$err$out", 't', "$name: grown");
	is($node->safe_psql($name, 'SELECT * FROM faults()'), '', "$name: every constraint still holds");
}

# ---- what a person would look at ----------------------------------------------

is($node->safe_psql('pagila', 'SELECT count(*) FROM store AS s JOIN staff AS m ON m.staff_id = s.manager_staff_id AND m.store_id <> s.store_id WHERE EXISTS (SELECT FROM staff AS o WHERE o.store_id = s.store_id AND o.staff_id < 60) AND s.store_id <= 10'), 0, 'stores are managed by their own staff, where they have some');
is($node->safe_psql('pagila', 'SELECT count(*) - count(DISTINCT name) FROM category WHERE category_id <= 12'), 0, 'no category twice'), is($node->safe_psql('pagila', 'SELECT count(*) FROM rental WHERE return_date < rental_date'), 0, 'films are returned after they are rented');

$node->stop;
done_testing();
