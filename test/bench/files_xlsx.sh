#!/usr/bin/env bash
#
# Prints what reading a workbook costs against openpyxl in its read-only mode,
# of the same files in turns: see README.md.
#
# Usage: bash test/bench/files_xlsx.sh PYTHON [ROWS [ROUNDS]]   (100000 rows, 5 rounds)
#
# PYTHON is one that has openpyxl and xlsxwriter.
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../lib/setup.sh"

PYTHON=${1:?the python that has openpyxl}
ROWS=${2:-100000}
ROUNDS=${3:-5}
COLUMNS_LIST="id integer, name text, email text, qty integer, price numeric, day date, ok boolean, note text"
QUERY="SELECT i AS id, 'user ' || i AS name, 'user' || i || '@example.com' AS email, i * 7919::bigint % 1000 AS qty,
	round((i % 10000)::numeric / 7, 2) AS price, DATE '2020-01-01' + i % 1000 AS day, i % 2 = 0 AS ok, md5(i::text) AS note
	FROM generate_series(1, $ROWS) AS i"

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

median()
{
	sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# Milliseconds until every cell of a workbook was a value.
time_ours()
{
	sql -c "SET jit = off" -c '\timing on' -c "SELECT count(id), count(name), count(email), count(qty), count(price),
		count(day), count(ok), count(note) FROM synthik_read_file('$1') AS t($COLUMNS_LIST)" |
		sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
}

time_openpyxl()
{
	"$PYTHON" - "$1" <<-'PYTHON'
		import sys, time
		import openpyxl
		begin = time.perf_counter()
		for row in openpyxl.load_workbook(sys.argv[1], read_only=True).active.iter_rows(values_only=True):
		    pass
		print((time.perf_counter() - begin) * 1000)
	PYTHON
}

# The same values with shared strings, as Excel itself saves them.
share_strings()
{
	"$PYTHON" - "$1" "$2" <<-'PYTHON'
		import sys
		import openpyxl, xlsxwriter
		book = xlsxwriter.Workbook(sys.argv[2])
		sheet = book.add_worksheet()
		day = book.add_format({"num_format": "yyyy-mm-dd"})
		for i, row in enumerate(openpyxl.load_workbook(sys.argv[1], read_only=True).active.iter_rows(values_only=True)):
		    for k, value in enumerate(row):
		        if hasattr(value, "year"):
		            sheet.write_datetime(i, k, value, day)
		        else:
		            sheet.write(i, k, value)
		book.close()
	PYTHON
}

# compare LABEL FILE
compare()
{
	local base=$WORK/base candidate=$WORK/candidate

	: >"$base"
	: >"$candidate"
	for ((round = 0; round < ROUNDS; round++)); do
		time_openpyxl "$2" >>"$base"
		time_ours "$2" >>"$candidate"
	done
	awk -v label="$1" -v a="$(median <"$candidate")" -v b="$(median <"$base")" \
		'BEGIN {printf "%-44s %8.0f ms  %8.0f ms  %5.1f  bar 5\n", label, b, a, b / a}'
}

prepare
make_in_tree -j2 >/dev/null
make_in_tree install >/dev/null
start_server
sql -c "CREATE EXTENSION synthik" -c "SELECT synthik_export(\$\$ $QUERY \$\$, '$WORK/tmp/inline.xlsx')" >/dev/null
chmod 644 "$WORK"/tmp/*.xlsx
share_strings "$WORK/tmp/inline.xlsx" "$WORK/shared.xlsx"
chmod 644 "$WORK/shared.xlsx"

printf '%-44s %11s  %11s\n' "$ROWS rows, $ROUNDS rounds" openpyxl ours
compare "strings in their cells" "$WORK/tmp/inline.xlsx"
compare "shared strings" "$WORK/shared.xlsx"
