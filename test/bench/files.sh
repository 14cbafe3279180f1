#!/usr/bin/env bash
#
# Prints what files cost against COPY, as ratios within one run: see README.md.
#
# Usage: bash test/bench/files.sh [ROWS [ROUNDS]]      (1000000 rows, 5 rounds)
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../lib/setup.sh"

ROWS=${1:-1000000}
ROUNDS=${2:-5}
COLUMNS_LIST="id integer, name text, email text, qty integer, price numeric, day date, ok boolean, note text"
QUERY="SELECT i AS id, 'user ' || i AS name, 'user' || i || '@example.com' AS email, i * 7919::bigint % 1000 AS qty,
	round((i % 10000)::numeric / 7, 2) AS price, DATE '2020-01-01' + i % 1000 AS day, i % 2 = 0 AS ok, md5(i::text) AS note
	FROM generate_series(1, $ROWS) AS i"

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# Milliseconds of one statement, behind a checkpoint and what prepares it.
time_of()
{
	sql -c "$1" -c CHECKPOINT >/dev/null
	sql -c '\timing on' -c "$2" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
}

median()
{
	sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# compare LABEL BAR PREPARATION BASE CANDIDATE: takes turns.
compare()
{
	local base=$WORK/base candidate=$WORK/candidate

	: >"$base"
	: >"$candidate"
	for ((round = 0; round < ROUNDS; round++)); do
		time_of "$3" "$4" >>"$base"
		time_of "$3" "$5" >>"$candidate"
	done
	awk -v label="$1" -v bar="$2" -v a="$(median <"$candidate")" -v b="$(median <"$base")" \
		'BEGIN {printf "%-44s %8.0f ms  %8.0f ms  %5.2f  bar %s\n", label, b, a, a / b, bar}'
}

prepare
make_in_tree -j2 >/dev/null
make_in_tree install >/dev/null
start_server "shared_buffers = 256MB
max_wal_size = 16GB
synchronous_commit = off
autovacuum = off"
sql -c "CREATE EXTENSION synthik; CREATE TABLE target ($COLUMNS_LIST); CREATE TABLE source AS $QUERY" -c "VACUUM ANALYZE source" \
	-c "COPY source TO '$WORK/tmp/rows.csv' CSV HEADER"

printf '%-44s %11s  %11s\n' "$ROWS rows, $ROUNDS rounds" base candidate
compare "import, types and all / COPY FROM" 1.30 "SET client_min_messages = warning; TRUNCATE target; DROP TABLE IF EXISTS imported" \
	"COPY target FROM '$WORK/tmp/rows.csv' CSV HEADER" \
	"SELECT synthik_import_file('$WORK/tmp/rows.csv', 'imported')"
compare "INSERT … SELECT read_file / COPY FROM" - "TRUNCATE target" \
	"COPY target FROM '$WORK/tmp/rows.csv' CSV HEADER" \
	"INSERT INTO target SELECT * FROM synthik_read_file('$WORK/tmp/rows.csv') AS t($COLUMNS_LIST)"
compare "export as CSV / COPY TO" - "SELECT 1" \
	"COPY source TO '$WORK/tmp/base.csv' CSV HEADER" \
	"SELECT synthik_export('TABLE source', '$WORK/tmp/candidate.csv')"
