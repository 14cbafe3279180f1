#!/usr/bin/env bash
#
# Prints the peak memory of the server process that writes and reads files of
# GIGABYTES (2) of CSV, beside that of one that does nothing: see README.md.
#
# Usage: bash test/bench/files_memory.sh [GIGABYTES]
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../lib/setup.sh"

GIGABYTES=${1:-2}
BAR=128
# A row of CSV has 300 bytes.
ROWS=$((GIGABYTES * 3400000))
QUERY="SELECT i AS id, md5(i::text) || md5((i + 1)::text) || md5((i + 2)::text) AS a, md5((i + 3)::text) || md5((i + 4)::text) || md5((i + 5)::text) AS b,
	md5((i + 6)::text) || md5((i + 7)::text) || md5((i + 8)::text) AS c FROM generate_series(1, $ROWS) AS i"
COLUMNS_LIST="id int, a text, b text, c text"

# The peak of a session of its own, in MB; its shared buffers are 16 MB.
peak_of()
{
	as_user nice "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 -c "SET jit = off" -c "$1" \
		-c "SELECT 'peak ' || (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\s+(\d+)'))[1]::int / 1024" |
		sed -n 's/^peak //p'
}

# measure LABEL SQL
measure()
{
	local peak

	peak=$(peak_of "$2")
	printf '%-40s %5d MB  bar %d%s\n' "$1" "$peak" $BAR "$([ "$peak" -le $BAR ] || echo '  OVER')"
}

prepare
make_in_tree -j2 >/dev/null
make_in_tree install >/dev/null
start_server "shared_buffers = 16MB
fsync = off
max_wal_size = 1GB
autovacuum = off"
peak_of "CREATE EXTENSION synthik" >/dev/null

measure "no file" "SELECT count(*) FROM (SELECT * FROM generate_series(1, 1000)) AS g"
for name in csv csv.gz csv.zst json jsonl parquet xlsx; do
	file=$WORK/tmp/large.$name
	options="{}"
	[ $name != parquet ] || options='{"compression": "none"}'
	measure "$name written" "SELECT synthik_export('$QUERY', '$file', options => '$options')"
	printf '%-40s %5d MB\n' "$name: its size" $(($(stat -c %s "$file") / 1000000))
	measure "$name read" "SELECT count(id), count(a), count(b), count(c) FROM synthik_read_file('$file') AS t($COLUMNS_LIST)"
	measure "$name surveyed" "SELECT synthik_file_columns('$file')"
	case $name in
		csv | jsonl | parquet)
			measure "$name loaded" "SELECT synthik_import_file('$file', 'loaded'); DROP TABLE loaded"
			;;
	esac
	rm -f "$file"
done
