#!/usr/bin/env bash
#
# Learns a table from a CSV file, adds as many rows, and prints how alike they
# are beside what other synthesizers make of the same file: see ../README.md.
#
# Usage: bash test/bench/quality/run.sh [--sdv] TRAIN.csv HOLDOUT.csv TARGET [POSITIVE]
#
#   TARGET     the column that a model trained on either rows has to predict
#   POSITIVE   its value that counts as yes; without it TARGET is a number, and
#              yes is what lies above its median
#   --sdv      also SDV's GaussianCopula, CTGAN and TVAE (some gigabytes, and
#              many minutes)
#
# VENV (default: a folder in the run's own) is where Python packages go;
# PRIVACY (standard or strict) is handed on to synthik_augment.
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../../lib/setup.sh"

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SDV=no
if [ "${1:-}" = --sdv ]; then
	SDV=yes
	shift
fi
[ $# -ge 3 ] || die "usage: run.sh [--sdv] TRAIN.csv HOLDOUT.csv TARGET [POSITIVE]"
TRAIN=$(readlink -f "$1")
HOLDOUT=$(readlink -f "$2")
TARGET=$3
POSITIVE=${4:-}
PRIVACY=${PRIVACY:-standard}

sql()
{
	as_user "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

seconds_of()
{
	sql -c '\timing on' -c "$1" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | awk '{printf "%.2f", $1 / 1000}'
}

make_venv()
{
	VENV=${VENV:-$WORK/venv}
	if [ ! -x "$VENV/bin/python" ]; then
		python3 -m venv "$VENV"
	fi
	quietly "$VENV/bin/pip" install -q -r "$HERE/requirements.txt"
	if [ "$SDV" = yes ]; then
		quietly "$VENV/bin/pip" install -q -r "$HERE/requirements-sdv.txt"
	fi
}

# A table with the columns of a CSV file, filled with it.
load()
{
	local table=$1 file=$2

	sql -c "CREATE TABLE $table ($("$VENV/bin/python" "$HERE/columns.py" "$TRAIN"))"
	sql -c "\\copy $table FROM STDIN (FORMAT csv, HEADER)" <"$file"
	sql -c "ANALYZE $table"
}

prepare
make_venv
quietly make_in_tree -j "$(nproc)"
quietly make_in_tree install
start_server "shared_buffers = 256MB
autovacuum = off
jit = off"
sql -c "CREATE EXTENSION synthik"
load original "$TRAIN"
load holdout "$HOLDOUT"
sql -c "CREATE TABLE synthetic (LIKE original)"
rows=$(sql -c "SELECT count(*) FROM original")
fit=$(seconds_of "SELECT synthik_infer('original', privacy => '$PRIVACY')" || true)
both=$(seconds_of "SET client_min_messages = warning; SELECT synthik_augment('synthetic', $rows, source => 'original', privacy => '$PRIVACY', seed => 1)" | tail -n 1)
sql -c "COPY synthetic TO STDOUT (FORMAT csv, HEADER)" >"$WORK/tmp/synthik.csv"
echo "synthik_infer: $fit s; synthik_augment, learning included: $both s for $rows rows"
sql -F ' ' -c "SELECT metric, score FROM synthik_quality('original', 'synthetic', 'holdout', predict => '$TARGET') WHERE column_name IS NULL" |
	sed 's/^/synthik_quality: /' || true
"$VENV/bin/python" "$HERE/measure.py" "$TRAIN" "$HOLDOUT" "$TARGET" "$POSITIVE" \
	"synthik=$WORK/tmp/synthik.csv"
if [ "$SDV" = yes ]; then
	"$VENV/bin/python" "$HERE/others.py" "$TRAIN" "$HOLDOUT" "$TARGET" "$POSITIVE" "$WORK/tmp"
fi
