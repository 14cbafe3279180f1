#!/usr/bin/env bash
#
# Prints what rows of a language model cost beside the model: waiting, the
# processor's time, tokens, and leaving early: see README.md.
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
STREAM_ROWS=4000
EVENTS=1500			# of a streamed call: one for a token or two
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

	python3 "$SOURCE/test/provider/standin.py" "$WORK/tmp/port" 2>"$WORK/tmp/standin.log" &
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

# rows_of ROWS [OPTIONS]: the statement that reads them.
rows_of()
{
	printf "SELECT count(order_number), count(customer_name), count(email_address), count(quantity), count(unit_price),
		count(order_status), count(ordered_at), count(is_gift) FROM synthik_generate('%s', %d, 'bench/some-model', options => '%s') AS t(%s)" \
		"$document" "$1" "${2:-$whole}" "$columns"
}

whole='{"stream": false}'
streamed='{"stream": true}'

# Milliseconds since the epoch.
now_ms()
{
	date +%s%3N
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

# backend_cpu ROWS OPTIONS: ticks of the backend that reads them, warmed up.
backend_cpu()
{
	sql -o /dev/null <<-SQL
		$(rows_of $BATCH "$2");
		SELECT pg_backend_pid() AS pid \gset
		\setenv PID :pid
		\! sed 's/.*) //' /proc/\$PID/stat | awk '{print \$12 + \$13}' > "$WORK/tmp/before"
		$(rows_of "$1" "$2");
		\! sed 's/.*) //' /proc/\$PID/stat | awk '{print \$12 + \$13}' > "$WORK/tmp/after"
	SQL
	echo $(($(cat "$WORK/tmp/after") - $(cat "$WORK/tmp/before")))
}

# milliseconds TICKS COUNT: for each of COUNT.
milliseconds()
{
	awk -v t="$1" -v n="$2" -v hz="$(getconf CLK_TCK)" 'BEGIN {print t * 1000 / hz / n}'
}

measure_cpu()
{
	local dispatcher=$(dispatcher_pid) before backend

	before=$(ticks_of "$dispatcher")
	backend=$(backend_cpu $ROWS "$whole")
	printf 'backend: %.1f ms of the processor for 1000 rows (bar 30)\n' \
		"$(milliseconds "$backend" $((ROWS / 1000)))"
	printf 'dispatcher: %.2f ms of the processor a call (bar 1)\n' \
		"$(milliseconds $(($(ticks_of "$dispatcher") - before)) $((ROWS / BATCH + 1)))"
}

# Every event comes alone, as from a model.
measure_stream()
{
	local dispatcher=$(dispatcher_pid) before backend events

	control reset ''
	control control "{\"pieces\": $EVENTS}"
	before=$(ticks_of "$dispatcher")
	backend=$(backend_cpu $STREAM_ROWS "$streamed")
	before=$(($(ticks_of "$dispatcher") - before))
	events=$(python3 -c 'import json, sys, urllib.request
print(sum(call["events"] for call in json.load(urllib.request.urlopen(sys.argv[1]))))' "http://127.0.0.1:$PORT/journal")
	printf 'streamed, %d events: backend: %.1f ms of the processor for 1000 rows (bar 300)\n' \
		"$events" "$(milliseconds "$backend" $((STREAM_ROWS / 1000)))"
	printf 'streamed: dispatcher: %.1f µs of the processor an event (bar 20)\n' \
		"$(awk -v ms="$(milliseconds $before "$events")" 'BEGIN {print ms * 1000}')"
}

# ---- leaving early ---------------------------------------------------------

# in_flight OPTIONS: begins a statement in the background and waits for its calls.
in_flight()
{
	sql -o /dev/null -c "SET application_name = 'leaving'" -c "$(rows_of $ROWS "$1")" 2>/dev/null &
	LEAVING=$!
	sleep 1.5
	[ "$(sql -c "SELECT sum(calls_in_flight) FROM synthik_progress")" = $CONCURRENCY ] ||
		die "there are not $CONCURRENCY calls in flight"
}

# gone NAME SINCE: waits for the statement's end.
gone()
{
	wait $LEAVING || true
	printf '%s with %d calls in flight: %d ms (bar 500)\n' "$1" $CONCURRENCY $(($(now_ms) - $2))
}

measure_leaving()
{
	local begin

	control reset ''
	control control '{"latency": 30}'
	in_flight "$whole"
	begin=$(now_ms)
	sql -o /dev/null -c "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'leaving'"
	gone 'cancel' "$begin"

	begin=$(now_ms)
	sql -o /dev/null -c "SET statement_timeout = '1s'" -c "$(rows_of $ROWS)" 2>/dev/null &
	LEAVING=$!
	gone 'statement_timeout' $((begin + 1000))

	control control '{"latency": 0, "drip": 0.005}'
	in_flight "$streamed"
	begin=$(now_ms)
	sql -o /dev/null -c "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'leaving'"
	gone 'cancel, streamed' "$begin"

	control control '{"latency": 30, "drip": 0}'
	in_flight "$whole"
	begin=$(now_ms)
	as_user "$(postgres_bin)/pg_ctl" -D "$WORK/data" -m fast -w stop >/dev/null
	gone 'fast shutdown' "$begin"
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
synthik.progress = off
synthik.max_batch_rows = $BATCH
max_worker_processes = 12"
start_standin
sql <<-SQL
	CREATE EXTENSION synthik;
	CREATE SERVER bench FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai',
		base_url 'http://127.0.0.1:$PORT/v1', max_concurrency '$CONCURRENCY');
	CREATE USER MAPPING FOR CURRENT_USER SERVER bench OPTIONS (api_key 'sk-standin-key');
SQL
measure_wall
measure_cpu
measure_stream
measure_tokens
measure_leaving
