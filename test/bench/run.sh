#!/usr/bin/env bash
#
# Prints what the local source costs, as ratios within one run: see README.md.
#
# Usage: bash test/bench/run.sh [ROWS [ROUNDS]]      (1000000 rows, 5 rounds)
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../lib/setup.sh"

ROWS=${1:-1000000}
ROUNDS=${2:-5}
STREAMED=$((ROWS * 10))

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# Milliseconds of one statement, behind a checkpoint.
time_of()
{
	sql -c CHECKPOINT
	sql -c '\timing on' -c "$1" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
}

median()
{
	sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'
}

# compare LABEL BAR BASE CANDIDATE: takes turns, so that both see the same machine.
# Each is "PREPARATION|STATEMENT".
compare()
{
	local label=$1 bar=$2 base=$3 candidate=$4 round

	: >"$WORK/base"
	: >"$WORK/candidate"
	for round in $(seq "$ROUNDS"); do
		sql -c "${base%%|*}"
		time_of "${base#*|}" >>"$WORK/base"
		sql -c "${candidate%%|*}"
		time_of "${candidate#*|}" >>"$WORK/candidate"
	done
	local b=$(median <"$WORK/base") c=$(median <"$WORK/candidate")

	printf '%-64s %8.0f ms %8.0f ms  %5s  (bar %s)\n' "$label" "$b" "$c" "$(ratio "$c" "$b")" "$bar"
}

columns="id bigint NOT NULL, name text NOT NULL, email text NOT NULL, qty integer NOT NULL,
	price numeric(10,2) NOT NULL, status text NOT NULL, ordered timestamptz NOT NULL, token uuid NOT NULL"
checked='{"fields": [{"name": "name", "type": "full_name"}, {"name": "email", "type": "email"},
	{"name": "qty", "minimum": 1, "maximum": 20}, {"name": "price", "distribution": {"kind": "lognormal", "mean": 42, "stddev": 30}},
	{"name": "status", "enum": ["paid", "shipped", "returned"], "weights": [6, 3, 1]}]}'

# Peak of the memory that belongs to a backend alone, in kB, running a statement.
peak_memory()
{
	sql -o /dev/null <<-SQL
		SELECT pg_backend_pid() AS pid \gset
		\setenv PID :pid
		$1;
		\! cat /proc/\$PID/status | awk '/VmHWM/ {h = \$2} /RssShmem/ {s = \$2} END {print h - s}' > "$WORK/peak"
	SQL
	cat "$WORK/peak"
}

prepare
quietly make_in_tree -j "$(nproc)"
quietly make_in_tree install
start_server "shared_buffers = 256MB
max_wal_size = 16GB
checkpoint_timeout = 1h
autovacuum = off
jit = off
synchronous_commit = off"
sql <<-SQL
	CREATE EXTENSION synthik;
	CREATE TABLE plain ($columns);
	CREATE TABLE keyed ($columns, PRIMARY KEY (id));
	CREATE TABLE source ($columns);
	INSERT INTO source SELECT * FROM synthik_rows(NULL::keyed, $ROWS, seed => 2, schema => '$checked');
	COPY source TO '$WORK/tmp/source.csv' (FORMAT csv);
SQL

rows_of="SELECT * FROM synthik_rows(NULL::plain, $ROWS, seed => 2, schema => '$checked')"
keyed_rows="SELECT * FROM synthik_rows(NULL::keyed, $ROWS, seed => 2, schema => '$checked')"
copy_plain="TRUNCATE plain|INSERT INTO plain SELECT * FROM source"
copy_keyed="TRUNCATE keyed|INSERT INTO keyed SELECT * FROM source"

printf '%s rows of 8 columns, medians of %s: base, candidate, ratio\n' "$ROWS" "$ROUNDS"
compare "INSERT … SELECT, against a table copy" "1.40" "$copy_plain" "TRUNCATE plain|INSERT INTO plain $rows_of"
compare "  with a primary key" "1.25" "$copy_keyed" "TRUNCATE keyed|INSERT INTO keyed $keyed_rows"
compare "INSERT … SELECT, against COPY FROM a CSV" "0.75" \
	"TRUNCATE plain|COPY plain FROM '$WORK/tmp/source.csv' (FORMAT csv)" "TRUNCATE plain|INSERT INTO plain $rows_of"
compare "synthik_augment, against a table copy" "1.00" "$copy_plain" \
	"TRUNCATE plain|SELECT synthik_augment('plain', $ROWS, seed => 2, schema => '$checked')"
compare "  with a primary key" "-" "$copy_keyed" \
	"TRUNCATE keyed|SELECT synthik_augment('keyed', $ROWS, seed => 2, schema => '$checked')"
compare "  with two workers" "0.85" "$copy_plain" \
	"TRUNCATE plain|SELECT synthik_augment('plain', $ROWS, seed => 2, schema => '$checked', workers => 2)"

# The same with six semantic columns, which agree with each other.
people="id bigint NOT NULL, full_name text NOT NULL, email text NOT NULL, city text NOT NULL, postcode text NOT NULL,
	country_code text NOT NULL, phone text NOT NULL, created_at timestamptz NOT NULL"
sql <<-SQL
	CREATE TABLE people ($people);
	CREATE TABLE people_keyed ($people, PRIMARY KEY (id));
	CREATE TABLE people_source ($people);
	INSERT INTO people_source SELECT * FROM synthik_rows(NULL::people_keyed, $ROWS, seed => 2);
	COPY people_source TO '$WORK/tmp/people.csv' (FORMAT csv);
SQL
people_rows="SELECT * FROM synthik_rows(NULL::people, $ROWS, seed => 2)"
copy_people="TRUNCATE people|INSERT INTO people SELECT * FROM people_source"
compare "6 semantic columns: INSERT … SELECT, against a table copy" "1.40" "$copy_people" "TRUNCATE people|INSERT INTO people $people_rows"
compare "  with a primary key" "1.25" "TRUNCATE people_keyed|INSERT INTO people_keyed SELECT * FROM people_source" \
	"TRUNCATE people_keyed|INSERT INTO people_keyed SELECT * FROM synthik_rows(NULL::people_keyed, $ROWS, seed => 2)"
compare "  against COPY FROM a CSV" "0.75" \
	"TRUNCATE people|COPY people FROM '$WORK/tmp/people.csv' (FORMAT csv)" "TRUNCATE people|INSERT INTO people $people_rows"
compare "  synthik_augment, against a table copy" "1.00" "$copy_people" "TRUNCATE people|SELECT synthik_augment('people', $ROWS, seed => 2)"
compare "  with two workers" "0.85" "$copy_people" \
	"TRUNCATE people|SELECT synthik_augment('people', $ROWS, seed => 2, workers => 2)"

# A table to learn from, of 15 columns that hang together, and equally many rows that were made like its own.
sql <<-SQL
	CREATE TABLE seen AS
	SELECT 18 + (i * 7919) % 60 AS age, (ARRAY['private','public','self','none'])[1 + (i / 7) % 4] AS work,
		(ARRAY['primary','secondary','bachelor','master','doctor'])[1 + (i / 3 + i % 2) % 5] AS degree,
		(i / 3 + i % 2) % 5 + 8 AS years, (ARRAY['married','single','widowed'])[1 + (i * 31 / 11) % 3] AS civil,
		(i::bigint * 104729 % 9973) * ((i / 3 + i % 2) % 5 + 1)::numeric(10,2) / 100 AS income,
		CASE WHEN i % 9 > 0 THEN 20 + (i * 37) % 41 END AS hours, (ARRAY['Paris','Lyon','Madrid','Sevilla','Oslo'])[1 + i % 5] AS city,
		(ARRAY['FR','FR','ES','ES','NO'])[1 + i % 5] AS land, i % 3 = 0 AS active,
		timestamp '2024-01-01' + (i % 365) * interval '1 day' + (i * 7919 % 86400) * interval '1 second' AS joined,
		date '2024-01-01' + i % 365 + i % 30 AS left_on, (i * 13 % 1000) / 10.0::float8 AS score,
		CASE WHEN i % 4 = 0 THEN (i * 17) % 500 ELSE 0 END AS gains, (i % 7 + i % 4)::smallint AS grade
	FROM generate_series(1, 30000) i;
	ANALYZE seen;
	SELECT synthik_save('seen', synthik_infer('seen'));
	CREATE TABLE fitted (LIKE seen);
	CREATE TABLE fitted_source (LIKE seen);
	INSERT INTO fitted_source SELECT * FROM synthik_rows(NULL::seen, $ROWS, seed => 2, schema => synthik_schema('seen'));
SQL
copy_fitted="TRUNCATE fitted|INSERT INTO fitted SELECT * FROM fitted_source"
compare "15 fitted columns: INSERT … SELECT, against a table copy" "-" "$copy_fitted" \
	"TRUNCATE fitted|INSERT INTO fitted SELECT * FROM synthik_rows(NULL::seen, $ROWS, seed => 2, schema => synthik_schema('seen'))"
compare "  synthik_augment" "1.60" "$copy_fitted" \
	"TRUNCATE fitted|SELECT synthik_augment('fitted', $ROWS, seed => 2, schema => synthik_schema('seen'))"
compare "  with two workers" "1.10" "$copy_fitted" \
	"TRUNCATE fitted|SELECT synthik_augment('fitted', $ROWS, seed => 2, schema => synthik_schema('seen'), workers => 2)"

scan="SELECT count(id), count(name), count(email), count(qty), count(price), count(status), count(ordered), count(token)
	FROM synthik_rows(NULL::plain, %s, seed => 2, schema => '$checked')"
for round in $(seq "$ROUNDS"); do
	time_of "$(printf "$scan" "$STREAMED")"
done | median | awk -v n="$STREAMED" '{printf "counting 8 columns of %d streamed rows: %.2f million rows/s (bar 2)\n", n, n / $1 / 1000}'

small=$(peak_memory "$(printf "$scan" 10000)")
large=$(peak_memory "$(printf "$scan" "$STREAMED")")
printf 'peak memory, streamed: %d kB for 10000 rows, %d kB for %d (bar: 51200 kB more)\n' "$small" "$large" "$STREAMED"
sql -c "TRUNCATE plain"
small=$(peak_memory "SELECT synthik_augment('plain', 10000, seed => 2, schema => '$checked')")
sql -c "TRUNCATE plain"
large=$(peak_memory "SELECT synthik_augment('plain', $STREAMED, seed => 2, schema => '$checked')")
printf 'peak memory, augment:  %d kB for 10000 rows, %d kB for %d (bar: 51200 kB more)\n' "$small" "$large" "$STREAMED"
