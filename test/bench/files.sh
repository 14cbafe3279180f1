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

# Parquet is about columns whose values repeat, as real ones do: names, cities, states.
sql -c "CREATE TABLE people AS SELECT * FROM synthik_generate('{\"fields\": [{\"name\": \"id\", \"type\": \"integer\", \"unique\": true},
	{\"name\": \"customer\", \"type\": \"full_name\"}, {\"name\": \"email\", \"type\": \"email\", \"unique\": true},
	{\"name\": \"qty\", \"type\": \"integer\", \"minimum\": 1, \"maximum\": 20},
	{\"name\": \"price\", \"type\": \"numeric(10,2)\", \"distribution\": {\"kind\": \"lognormal\", \"mean\": 42, \"stddev\": 30}},
	{\"name\": \"total\", \"type\": \"numeric(12,2)\", \"expression\": \"qty * price\"},
	{\"name\": \"status\", \"type\": \"text\", \"enum\": [\"paid\", \"shipped\", \"returned\"], \"weights\": [6, 3, 1]},
	{\"name\": \"ordered\", \"type\": \"timestamp\", \"minimum\": \"2024-01-01\", \"maximum\": \"2025-12-31\"}]}', $ROWS, seed => 1)
	AS t(id int, customer text, email text, qty int, price numeric(10,2), total numeric(12,2), status text, ordered timestamp)" -c "VACUUM ANALYZE people"
size_of()
{
	stat -c %s "$WORK/tmp/$1"
}
for compression in snappy zstd; do
	bar=-
	[ $compression != snappy ] || bar=1.20
	compare "export as Parquet, $compression / COPY TO" $bar "SELECT 1" \
		"COPY people TO '$WORK/tmp/base.csv' CSV HEADER" \
		"SELECT synthik_export('TABLE people', '$WORK/tmp/$compression.parquet', options => '{\"compression\": \"$compression\"}')"
	awk -v label="size as Parquet, $compression / CSV" -v a="$(size_of $compression.parquet)" -v b="$(size_of base.csv)" \
		'BEGIN {printf "%-44s %8.1f MB  %8.1f MB  %5.2f  bar 0.50\n", label, b / 1e6, a / 1e6, a / b}'
done
compare "reading Parquet / COPY FROM" - "DROP TABLE IF EXISTS back; CREATE TABLE back (LIKE people)" \
	"COPY back FROM '$WORK/tmp/base.csv' CSV HEADER" \
	"INSERT INTO back SELECT * FROM synthik_read_file('$WORK/tmp/snappy.parquet')
		AS t(id int, customer text, email text, qty int, price numeric(10,2), total numeric(12,2), status text, ordered timestamp)"
