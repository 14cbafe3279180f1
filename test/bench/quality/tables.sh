#!/usr/bin/env bash
#
# Two tables, 20,000 customers and their 100,000 orders, are learned and made
# anew, and measured by SDMetrics' report on several tables: see ../README.md.
#
# Usage: bash test/bench/quality/tables.sh [--sdv] [CUSTOMERS]      (20000)
#
#   --sdv      also SDV's HMASynthesizer (some gigabytes, and many minutes)
#
# VENV (default: a folder in the run's own) is where Python packages go.
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../../lib/setup.sh"

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SDV=no
if [ "${1:-}" = --sdv ]; then
	SDV=yes
	shift
fi
CUSTOMERS=${1:-20000}

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

make_venv()
{
	VENV=${VENV:-$WORK/venv}
	if [ ! -x "$VENV/bin/python" ]; then
		python3 -m venv "$VENV"
	fi
	quietly "$VENV/bin/pip" install -q -r "$HERE/requirements.txt"
	if [ "$SDV" = yes ]; then
		quietly "$VENV/bin/pip" install -q -r "$HERE/requirements-sdv.txt"
	fi
}

# The tables of a schema as files.
copy_out()
{
	local schema=$1 table

	mkdir -p "$WORK/tmp/$schema"
	for table in customers orders; do
		sql -c "COPY $schema.$table TO STDOUT (FORMAT csv, HEADER)" >"$WORK/tmp/$schema/$table.csv"
	done
}

prepare
make_venv
quietly make_in_tree -j "$(nproc)"
quietly make_in_tree install
start_server "shared_buffers = 256MB
autovacuum = off
jit = off"
sql -c "CREATE EXTENSION synthik"
sql -v "customers=$CUSTOMERS" <"$HERE/tables.sql" >/dev/null
sql -c "ANALYZE customers, orders"
sql <<-SQL
	CREATE SCHEMA made;
	CREATE TABLE made.customers (LIKE customers INCLUDING ALL);
	CREATE TABLE made.orders (LIKE orders INCLUDING ALL, FOREIGN KEY (customer_id) REFERENCES made.customers);
SQL
orders=$(sql -c "SELECT count(*) FROM orders")
seconds=$(sql -c '\timing on' -c "SET client_min_messages = warning; SELECT synthik_augment('made.customers', $CUSTOMERS, source => 'customers', seed => 1); SELECT synthik_augment('made.orders', $orders, source => 'orders', seed => 1)" |
	sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | awk '{s += $1} END {printf "%.2f", s / 1000}')
copy_out public
copy_out made
"$VENV/bin/python" "$HERE/tables.py" "$WORK/tmp/public" "$WORK/tmp/made" "$seconds" "$SDV"
