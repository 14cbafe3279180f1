#!/bin/bash
# Builds every harness test/fuzz/fuzz_*.c with the address and undefined
# behaviour sanitizers and runs them for SECONDS in total (default 30).  Where
# PGHOST names a throw-away server, sql_fuzz.py and file_fuzz.py have a share of
# the time too.
#
#   bash test/fuzz/run.sh [SECONDS] [SEED]
#
# A harness names the files it tests in a comment line "sources: ...",
# relative to the top folder, and in a line "libraries: ..." what it links
# besides.  The exit code is 0 if nothing was found.
set -euo pipefail

seconds=${1:-30}
seed=${2:-$(date +%s)}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
pg_config=${PG_CONFIG:-pg_config}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

harnesses=("$here"/fuzz_*.c)
parts=${#harnesses[@]}
[ -z "${PGHOST:-}" ] || parts=$((parts + 2))
share=$(( (seconds + parts - 1) / parts ))
failed=0

for harness in "${harnesses[@]}"; do
	name=$(basename "$harness" .c)
	sources=$(sed -n 's/^ \* sources: *//p' "$harness")
	libraries=$(sed -n 's/^ \* libraries: *//p' "$harness")
	# shellcheck disable=SC2086  # sources is a list of globs
	(cd "$top" && ${CC:-gcc} -std=gnu11 -g -O1 -D_GNU_SOURCE \
		-fsanitize=address,undefined -fno-sanitize-recover=undefined \
		-Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
		-Wno-missing-field-initializers -Werror \
		-I"$("$pg_config" --includedir-server)" -Isrc -Itest/fuzz \
		-o "$work/$name" "$harness" test/fuzz/main.c test/fuzz/shim.c $sources \
		-L"$("$pg_config" --pkglibdir)" -L"$("$pg_config" --libdir)" \
		-lpgcommon -lpgport -ljansson $libraries -lm)
	echo "$name: seed $seed, $share s"
	if ! "$work/$name" "$here" "$share" "$seed"; then
		echo "$name: failed; repeat it with: bash test/fuzz/run.sh $seconds $seed"
		failed=1
	fi
done

if [ -n "${PGHOST:-}" ]; then
	for name in sql_fuzz file_fuzz; do
		echo "$name: seed $seed, $share s"
		if ! python3 "$here/$name.py" "$share" "$seed"; then
			echo "$name: failed; repeat it with: python3 test/fuzz/$name.py $share $seed"
			failed=1
		fi
	done
fi
exit "$failed"
