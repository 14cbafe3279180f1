#!/usr/bin/env bash
#
# Rows from a real server that is nobody's stand-in: llama-server of Debian
# sid, in the chroot of test/lib/chroot.sh, with a model of random weights.
# What that model means to say is noise, so whatever is valid in the rows
# comes from the schema that was sent, and from asking again.
#
# Usage: bash test/provider/llama.sh        (root, or a user with sudo)
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../lib/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../lib/chroot.sh"

ROWS=200
PASSED=0
FAILED=0
LLAMA_FOLDER=
LLAMA_PID=
LLAMA_PORT=

stop_llama()
{
	local status=$?

	set +e
	if [ -n "$LLAMA_PID" ]; then
		kill "$LLAMA_PID" 2>/dev/null
		wait "$LLAMA_PID" 2>/dev/null
	fi
	[ -z "$LLAMA_FOLDER" ] || rm -rf "${CHROOT:?}$LLAMA_FOLDER"
	return $status
}

finish()
{
	stop_llama
	cleanup
}

# ---- the server ------------------------------------------------------------

install_llama()
{
	local apt="env DEBIAN_FRONTEND=noninteractive apt-get"

	CHROOT=/var/tmp/synthik-sid
	exec 9>"$CHROOT.lock"
	flock 9
	[ -d "$CHROOT" ] || make_chroot sid
	check_chroot_owner
	if [ ! -x "$CHROOT/usr/bin/llama-server" ] || [ ! -d "$CHROOT/usr/lib/python3/dist-packages/gguf" ]; then
		say "Installing llama.cpp-tools and python3-gguf in $CHROOT"
		cp -L /etc/resolv.conf /etc/hosts "$CHROOT/etc/" 2>/dev/null || true
		quietly run_in_chroot $apt update
		quietly run_in_chroot $apt install -y --no-install-recommends llama.cpp-tools python3-gguf
	fi
	flock -u 9
}

make_model()
{
	LLAMA_FOLDER=$(mktemp -d "$CHROOT/srv/llama.XXXXXX")
	LLAMA_FOLDER=${LLAMA_FOLDER#"$CHROOT"}
	cp "$SOURCE/test/provider/tiny.py" "$CHROOT$LLAMA_FOLDER/"
	quietly run_in_chroot python3 "$LLAMA_FOLDER/tiny.py" "$LLAMA_FOLDER/tiny.gguf"
}

llama_answers()
{
	python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)' \
		"http://127.0.0.1:$LLAMA_PORT/health" 2>/dev/null
}

start_llama()
{
	local try

	LLAMA_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	run_in_chroot env -i PATH=/usr/bin:/bin llama-server -m "$LLAMA_FOLDER/tiny.gguf" --alias tiny \
		--host 127.0.0.1 --port "$LLAMA_PORT" --parallel 4 --ctx-size 65536 --threads 1 --no-ui --offline \
		>"$WORK/llama.log" 2>&1 &
	LLAMA_PID=$!
	for try in $(seq 150); do
		if llama_answers; then return; fi
		kill -0 "$LLAMA_PID" 2>/dev/null || break
		sleep 0.2
	done
	tail -n 30 "$WORK/llama.log" >&2
	die "llama-server did not start"
}

# ---- the tests -------------------------------------------------------------

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# is NAME GOT WANTED
is()
{
	if [ "$2" = "$3" ]; then
		PASSED=$((PASSED + 1))
		printf 'ok      llama: %s\n' "$1"
	else
		FAILED=$((FAILED + 1))
		printf 'FAILED  llama: %s\n        got %s, not %s\n' "$1" "$2" "$3"
	fi
}

make_servers()
{
	local stream

	sql -c "CREATE EXTENSION synthik"
	for stream in true false; do
		sql -c "CREATE SERVER tiny_$stream FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai',
			base_url 'http://127.0.0.1:$LLAMA_PORT/v1', auth_header 'none', max_tokens_field 'max_tokens',
			structured_mode 'json_schema', max_concurrency '4', stream '$stream')"
	done
}

# Types, bounds, lists and lengths are the grammar's; that a key is unique and
# that a day exists are not, so that such rows are asked for again.
document='{"fields": [
	{"name": "id",     "type": "integer", "unique": true},
	{"name": "age",    "type": "integer", "minimum": 18, "maximum": 90},
	{"name": "tier",   "enum": ["gold", "silver", "bronze"]},
	{"name": "member", "type": "boolean"},
	{"name": "code",   "type": "string", "maxLength": 12, "unique": true},
	{"name": "joined", "type": "date"},
	{"name": "note",   "type": "string", "maxLength": 10, "null_fraction": 0.5}]}'
valid="count(*), count(DISTINCT id), count(DISTINCT code), min(age) >= 18 AND max(age) <= 90,
	bool_and(tier IN ('gold', 'silver', 'bronze')), count(member), count(joined), max(length(note)) <= 10"

rows_of()
{
	sql -c "SET synthik.progress = off" -c "SET synthik.cache = off" -c "SET synthik.max_batch_rows = 10" -c "SET statement_timeout = '120s'" \
		-c "SELECT $valid FROM synthik_generate('$document', $ROWS, '$1/tiny') AS t(id int, age int, tier text,
			member boolean, code text, joined date, note text)" 2>&1 || true
}

test_rows()
{
	local stream

	for stream in false true; do
		is "$ROWS valid rows, stream '$stream'" "$(rows_of tiny_$stream)" "$ROWS|$ROWS|$ROWS|t|t|$ROWS|$ROWS|t"
	done
	is "four calls at a time" "$(grep -oE 'launch_slot_: id +[0-9]+' "$WORK/llama.log" | sort -u | grep -c .)" 4
	is "the ledger has what the server counted" \
		"$(sql -c "SELECT bool_and(input_tokens > 0 AND output_tokens > 0), sum(valid_rows) >= 2 * $ROWS
			FROM synthik_usage WHERE outcome IN ('done', 'truncated')")" "t|t"
	sql -F ' ' -c "SELECT 'calls: ' || count(*), 'rows: ' || sum(rows), 'valid: ' || sum(valid_rows) FROM synthik_usage"
}

[ "$(id -u)" -eq 0 ] || exec sudo bash "${BASH_SOURCE[0]}" "$@"
umask 022
install_llama
prepare
trap finish EXIT
make_model
start_llama
quietly make_in_tree -j "$(nproc)"
quietly make_in_tree install
start_server "fsync = off
max_worker_processes = 12"
make_servers
test_rows
stop_servers
say
say "$PASSED passed, $FAILED failed"
[ "$FAILED" -eq 0 ]
