#!/usr/bin/env bash
#
# Prints what filling a schema of 12 tables costs, beside COPY of the same
# rows from files in one transaction, with the same keys and indexes.
#
# Usage: bash test/bench/populate.sh [ROWS [ROUNDS]]      (1000000 rows in all, 3 rounds)
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../lib/setup.sh"

ROWS=${1:-1000000}
ROUNDS=${2:-3}
TABLES="countries customers addresses categories suppliers products warehouses stock orders order_items payments reviews"

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

median()
{
	sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# share N: N of 1000 rows
share()
{
	echo $((ROWS * $1 / 1000))
}

make_tables()
{
	sql <<-'SQL'
		CREATE TABLE countries (code char(2) PRIMARY KEY, name text NOT NULL);
		CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE, phone text, created_at timestamptz NOT NULL);
		CREATE TABLE addresses (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, street text NOT NULL, city text NOT NULL, postcode text NOT NULL, country char(2) NOT NULL REFERENCES countries);
		CREATE TABLE categories (id serial PRIMARY KEY, parent_id int REFERENCES categories, name text NOT NULL);
		CREATE TABLE suppliers (id serial PRIMARY KEY, company text NOT NULL, email text NOT NULL);
		CREATE TABLE products (id serial PRIMARY KEY, category_id int NOT NULL REFERENCES categories, supplier_id int NOT NULL REFERENCES suppliers, name text NOT NULL, price numeric(10,2) NOT NULL CHECK (price > 0));
		CREATE TABLE warehouses (id serial PRIMARY KEY, city text NOT NULL);
		CREATE TABLE stock (product_id int REFERENCES products, warehouse_id int REFERENCES warehouses, quantity int NOT NULL CHECK (quantity >= 0), PRIMARY KEY (product_id, warehouse_id));
		CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, address_id int NOT NULL REFERENCES addresses, status text NOT NULL CHECK (status IN ('new', 'paid', 'shipped', 'returned')), ordered_at timestamptz NOT NULL);
		CREATE INDEX ON orders (customer_id);
		CREATE TABLE order_items (order_id int REFERENCES orders, product_id int REFERENCES products, quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 20), price numeric(10,2) NOT NULL, PRIMARY KEY (order_id, product_id));
		CREATE TABLE payments (id serial PRIMARY KEY, order_id int NOT NULL REFERENCES orders, amount numeric(10,2) NOT NULL, method text NOT NULL, paid_at timestamptz NOT NULL);
		CREATE INDEX ON payments (order_id);
		CREATE TABLE reviews (id serial PRIMARY KEY, product_id int NOT NULL REFERENCES products, customer_id int NOT NULL REFERENCES customers, rating int NOT NULL CHECK (rating BETWEEN 1 AND 5), title text NOT NULL, written_at timestamptz NOT NULL);
		CREATE INDEX ON reviews (product_id);
	SQL
}

populate()
{
	echo "SELECT synthik_populate('{\"countries\": 100, \"customers\": $(share 80), \"addresses\": $(share 100), \"categories\": 200, \"suppliers\": $(share 1), \"products\": $(share 20), \"warehouses\": 20, \"stock\": $(share 60), \"orders\": $(share 180), \"order_items\": $(share 350), \"payments\": $(share 150), \"reviews\": $(share 58)}', seed => 1)"
}

# What COPY reads, in the same order: parents first.
copies()
{
	local table

	echo "BEGIN;"
	for table in $TABLES; do
		echo "COPY $table FROM '$WORK/tmp/$table.csv' (FORMAT csv);"
	done
	echo "COMMIT;"
}

# Runs a file; adds its milliseconds to one, and the most memory of its own
# that the server process had, in MB, to another.
measure()
{
	local times=$1 memory=$2 file=$3 pid most=0 now start

	sql -c "TRUNCATE $(echo "$TABLES" | tr ' ' ,)" -c CHECKPOINT
	start=$(date +%s%N)
	PGAPPNAME=measured sql -f "$file" >/dev/null &
	local client=$!
	sleep 0.2
	pid=$(sql -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'measured'")
	while kill -0 $client 2>/dev/null; do
		now=$(awk '/RssAnon/ {print int($2 / 1024)}' "/proc/${pid:-self}/status" 2>/dev/null || echo 0)
		[ "${now:-0}" -le "$most" ] || most=$now
		sleep 0.05
	done
	wait $client
	echo $((($(date +%s%N) - start) / 1000000)) >>"$times"
	echo "$most" >>"$memory"
}

prepare
quietly make_in_tree -j2
quietly make_in_tree install
start_server "shared_buffers = 512MB
	max_wal_size = 8GB
	client_min_messages = error
	autovacuum = off"
sql -c 'CREATE EXTENSION synthik'
make_tables
populate >"$WORK/tmp/populate.sql"
copies >"$WORK/tmp/copies.sql"
sql -f "$WORK/tmp/populate.sql" >/dev/null
for table in $TABLES; do
	sql -c "COPY $table TO '$WORK/tmp/$table.csv' (FORMAT csv)"
done
for round in $(seq "$ROUNDS"); do
	measure "$WORK/copy" "$WORK/copy.memory" "$WORK/tmp/copies.sql"
	measure "$WORK/populate" "$WORK/populate.memory" "$WORK/tmp/populate.sql"
done
c=$(median <"$WORK/copy")
p=$(median <"$WORK/populate")
printf '12 tables, %s rows: COPY %s ms, synthik_populate %s ms: %s (bar 1.3)\n' "$ROWS" "$c" "$p" \
	"$(awk -v a="$p" -v b="$c" 'BEGIN {printf "%.2f", a / b}')"
printf 'most memory: COPY %s MB, synthik_populate %s MB\n' "$(median <"$WORK/copy.memory")" "$(median <"$WORK/populate.memory")"
