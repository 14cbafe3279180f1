#!/usr/bin/env bash
#
# Rows of people by @faker-js/faker and by synthik: ten to look at, the
# contradictions inside ROWS of them, and how fast rows of 8 columns are made.
#
# Usage: bash test/bench/faker/run.sh [ROWS [ROUNDS]]      (10000 rows, 3 rounds)
#
# @faker-js/faker is installed from npm, unless FAKER names a folder that has it.
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../../lib/setup.sh"

ROWS=${1:-10000}
ROUNDS=${2:-3}
HERE=$SOURCE/test/bench/faker
STREAMED=2000000
MADE=200000

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

median()
{
	sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

columns="name text NOT NULL, email text NOT NULL, username text NOT NULL, gender text NOT NULL, street text NOT NULL,
	city text NOT NULL, postcode text NOT NULL, state text NOT NULL, country text NOT NULL, phone text NOT NULL,
	birth_date date NOT NULL, age integer NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
	job_title text NOT NULL, salary numeric(10,2) NOT NULL, product text NOT NULL, category text NOT NULL,
	price numeric(10,2) NOT NULL, review text NOT NULL, rating integer NOT NULL"
# The columns of ../run.sh.
order="id bigint NOT NULL, name text NOT NULL, email text NOT NULL, qty integer NOT NULL,
	price numeric(10,2) NOT NULL, status text NOT NULL, ordered timestamptz NOT NULL, token uuid NOT NULL"
checked='{"fields": [{"name": "name", "type": "full_name"}, {"name": "email", "type": "email"},
	{"name": "qty", "minimum": 1, "maximum": 20}, {"name": "price", "distribution": {"kind": "lognormal", "mean": 42, "stddev": 30}},
	{"name": "status", "enum": ["paid", "shipped", "returned"], "weights": [6, 3, 1]}]}'

prepare
quietly make_in_tree -j "$(nproc)"
quietly make_in_tree install
start_server "jit = off"
if [ -z "${FAKER:-}" ]; then
	FAKER=$WORK/tmp/faker
	mkdir "$FAKER"
	(cd "$FAKER" && quietly npm install --no-audit --no-fund @faker-js/faker)
fi
export FAKER
sql -c "CREATE EXTENSION synthik" -c "CREATE TABLE people ($columns)" -c "CREATE TABLE orders ($order)"

node "$HERE/people.mjs" rows "$ROWS" >"$WORK/faker.tsv"
as_user "$(postgres_bin)/psql" -X -q -c "SET synthik.locale = 'en_US'" \
	-c "COPY (SELECT * FROM synthik_rows(NULL::people, $ROWS, seed => 1)) TO STDOUT (FORMAT text, HEADER)" >"$WORK/synthik.tsv"

for who in faker synthik; do
	printf '\n== %s: ten rows\n' "$who"
	sed -n 2,11p "$WORK/$who.tsv" | tr '\t' '|'
done
for who in faker synthik; do
	printf '\n== %s: contradictions\n' "$who"
	python3 "$HERE/facts.py" "$SOURCE/locale/en_US" <"$WORK/$who.tsv"
done

for round in $(seq "$ROUNDS"); do
	node "$HERE/people.mjs" speed "$MADE" >>"$WORK/faker.speed"
	sql -c '\timing on' -c "SELECT count(id), count(name), count(email), count(qty), count(price), count(status), count(ordered), count(token)
		FROM synthik_rows(NULL::orders, $STREAMED, seed => 2, schema => '$checked')" |
		sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | awk -v n="$STREAMED" '{printf "%d\n", n / $1 * 1000}' >>"$WORK/synthik.speed"
done
awk -v a="$(median <"$WORK/faker.speed")" -v b="$(median <"$WORK/synthik.speed")" \
	'BEGIN {printf "\n8 columns, not stored, rows/s: faker %d, synthik %d: %.1f times (bar 25)\n", a, b, b / a}'
