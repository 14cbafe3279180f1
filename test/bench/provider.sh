#!/usr/bin/env bash
#
# Prints what rows of a language model cost beside the model: waiting, the
# processor's time, and tokens: see README.md.
#
# Usage: bash test/bench/provider.sh
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../lib/setup.sh"

CALLS=40
CONCURRENCY=4
LATENCY=0.5
ROWS=20000
BATCH=50
STANDIN_PID=

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

finish()
{
	local status=$?

	set +e
	[ -z "$STANDIN_PID" ] || kill "$STANDIN_PID" 2>/dev/null
	(exit $status)
	cleanup
}

start_standin()
{
	local try

	python3 "$SOURCE/test/provider/standin.py" "$WORK/tmp/port" &
	STANDIN_PID=$!
	for try in $(seq 100); do
		[ ! -f "$WORK/tmp/port" ] || break
		sleep 0.1
	done
	PORT=$(cat "$WORK/tmp/port")
}

# control JSON: see the stand-in.
control()
{
	python3 -c 'import sys, urllib.request
urllib.request.urlopen(urllib.request.Request(sys.argv[1], sys.argv[2].encode()))' \
		"http://127.0.0.1:$PORT/$1" "$2"
}

document='{"fields": [
	{"name": "order_number",  "type": "integer", "minimum": 1, "maximum": 100000},
	{"name": "customer_name", "type": "text"},
	{"name": "email_address", "type": "text"},
	{"name": "quantity",      "type": "integer", "minimum": 1, "maximum": 20},
	{"name": "unit_price",    "type": "numeric(10,2)", "minimum": 1, "maximum": 500},
	{"name": "order_status",  "enum": ["paid", "shipped", "returned"]},
	{"name": "ordered_at",    "type": "timestamptz"},
	{"name": "is_gift",       "type": "boolean"}]}'
columns="order_number int, customer_name text, email_address text, quantity int, unit_price numeric,
	order_status text, ordered_at timestamptz, is_gift boolean"

# rows_of ROWS: the statement that reads them.
rows_of()
{
	printf "SELECT count(order_number), count(customer_name), count(email_address), count(quantity), count(unit_price),
		count(order_status), count(ordered_at), count(is_gift) FROM synthik_generate('%s', %d, 'bench/some-model') AS t(%s)" \
		"$document" "$1" "$columns"
}

ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'
}

# ---- the wall --------------------------------------------------------------

measure_wall()
{
	local ideal ms

	sql -o /dev/null -c "$(rows_of $BATCH)"		# starts the workers
	control control "{\"latency\": $LATENCY}"
	ms=$(sql -c '\timing on' -c "$(rows_of $((CALLS * BATCH)))" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p')
	control control '{"latency": 0}'
	ideal=$(awk -v n=$CALLS -v c=$CONCURRENCY -v l=$LATENCY 'BEGIN {print int((n + c - 1) / c) * l * 1000}')
	printf 'wall: %d calls, %d at a time, %s s each: %.0f ms for %.0f ms, %s (bar 1.15)\n' \
		$CALLS $CONCURRENCY $LATENCY "$ms" "$ideal" "$(ratio "$ms" "$ideal")"
}

# ---- the processor ---------------------------------------------------------

# Ticks that a process has run, user and system.
ticks_of()
{
	sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13}'
}

dispatcher_pid()
{
	sql -c "SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'synthik%' AND backend_type LIKE '%dispatcher%'"
}

measure_cpu()
{
	local dispatcher=$(dispatcher_pid) hz=$(getconf CLK_TCK) before backend calls=$((ROWS / BATCH))

	before=$(ticks_of "$dispatcher")
	sql -o /dev/null <<-SQL
		$(rows_of $BATCH);
		SELECT pg_backend_pid() AS pid \gset
		\setenv PID :pid
		\! sed 's/.*) //' /proc/\$PID/stat | awk '{print \$12 + \$13}' > "$WORK/tmp/before"
		$(rows_of $ROWS);
		\! sed 's/.*) //' /proc/\$PID/stat | awk '{print \$12 + \$13}' > "$WORK/tmp/after"
	SQL
	backend=$(($(cat "$WORK/tmp/after") - $(cat "$WORK/tmp/before")))
	awk -v t=$backend -v hz="$hz" -v rows=$ROWS \
		'BEGIN {printf "backend: %.1f ms of the processor for 1000 rows (bar 30)\n", t * 1000 / hz / rows * 1000}'
	awk -v t=$(($(ticks_of "$dispatcher") - before)) -v hz="$hz" -v calls=$((calls + 1)) \
		'BEGIN {printf "dispatcher: %.2f ms of the processor a call (bar 1)\n", t * 1000 / hz / calls}'
}

# ---- tokens ----------------------------------------------------------------

measure_tokens()
{
	local name text wide

	command -v npm >/dev/null || { say "tokens: npm is missing, not measured"; return; }
	mkdir "$WORK/npm"
	(cd "$WORK/npm" && quietly npm install --silent --no-audit --no-fund gpt-tokenizer@3)
	text='{"fields": [{"name": "review_title", "type": "sentence"}, {"name": "review_body", "type": "review"}, {"name": "rating"}]}'
	wide=$(python3 -c 'import json; print(json.dumps({"fields": [{"name": "measured_value_%d" % i, "type": "integer",
		"minimum": 0, "maximum": 1000} for i in range(20)]}))')
	say "tokens of a row: objects with full keys, arrays, objects with keys of one letter; ratios of the two to the first"
	for name in document wide text; do
		printf '  %-10s' "$name"
		sql -c "SELECT synthik_generate_json('${!name}', 200, seed => 1)" | node "$SOURCE/test/bench/tokens.mjs" "$WORK/npm"
	done
}

prepare
trap finish EXIT
quietly make_in_tree -j "$(nproc)"
quietly make_in_tree install
start_server "fsync = off
synthik.cache = off
synthik.max_batch_rows = $BATCH
max_worker_processes = 12"
start_standin
sql <<-SQL
	CREATE EXTENSION synthik;
	CREATE SERVER bench FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai',
		base_url 'http://127.0.0.1:$PORT/v1', max_concurrency '$CONCURRENCY', stream 'false');
	CREATE USER MAPPING FOR CURRENT_USER SERVER bench OPTIONS (api_key 'sk-standin-key');
SQL
measure_wall
measure_cpu
measure_tokens
