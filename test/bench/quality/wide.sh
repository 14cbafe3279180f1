#!/usr/bin/env bash
#
# A table of 30 columns with NULLs in blocks, dates, codes, text, jsonb, arrays,
# dependencies and a skewed foreign key: each property by a figure, real beside
# synthetic; and the planner's estimates before and after growing it tenfold.
#
# Usage: bash test/bench/quality/wide.sh [ROWS]      (50000)
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../../lib/setup.sh"

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROWS=${1:-50000}

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}

figures()
{
	sql -A -t -F '|' -v "t=$1" <"$HERE/wide_figures.sql"
}

prepare
quietly make_in_tree -j "$(nproc)"
quietly make_in_tree install
start_server "shared_buffers = 256MB
max_wal_size = 8GB
autovacuum = off
jit = off"
sql -c "CREATE EXTENSION synthik"
sql -v "rows=$ROWS" <"$HERE/wide.sql"
sql <<-SQL
	SET client_min_messages = warning;
	CREATE TABLE synthetic (LIKE orders INCLUDING ALL, FOREIGN KEY (customer_id) REFERENCES customers (id));
	CREATE TABLE grown (LIKE orders INCLUDING ALL, FOREIGN KEY (customer_id) REFERENCES customers (id));
	INSERT INTO grown SELECT * FROM orders;
	SELECT setval(pg_get_serial_sequence('grown', 'id'), max(id)) FROM grown \\g /dev/null
	ANALYZE grown;
	\\timing on
	SELECT synthik_augment('synthetic', $ROWS, source => 'orders', seed => 1) AS augmented;
	SELECT synthik_augment('grown', scale => 10, seed => 1) AS grown;
	\\timing off
	ANALYZE synthetic, grown;
SQL
figures orders >"$WORK/tmp/real"
figures synthetic >"$WORK/tmp/made"
echo "property | real | synthetic"
paste -d '|' "$WORK/tmp/real" <(cut -d '|' -f 2 "$WORK/tmp/made")
sql -c "SELECT note FROM synthetic LIMIT 5" -c "SELECT count(*) AS notes_of_the_source FROM synthetic WHERE note IN (SELECT note FROM orders)"
sql -v t=orders -v u=grown <"$HERE/plans.sql"
