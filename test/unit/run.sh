#!/usr/bin/env bash
#
# Builds every test test/unit/test_*.c with the address and undefined behaviour
# sanitizers and runs it, without a server.
#
#   bash test/unit/run.sh [--accept]
#
# A test names the files it tests in a comment line "sources: ...", relative to
# the top folder, and in a line "libraries: ..." what it links besides.  Each
# assertion prints "ok NAME" or "FAILED NAME" and why.
# --accept writes what is found as what is expected; read the diff then.
#
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
pg_config=${PG_CONFIG:-pg_config}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

[ "${1:-}" != --accept ] || export UNIT_ACCEPT=yes

for test in "$here"/test_*.c; do
	name=$(basename "$test" .c)
	sources=$(sed -n 's/^ \* sources: *//p' "$test")
	libraries=$(sed -n 's/^ \* libraries: *//p' "$test")
	# shellcheck disable=SC2086  # sources is a list of globs
	(cd "$top" && ${CC:-gcc} -std=gnu11 -g -O1 -D_GNU_SOURCE \
		-fsanitize=address,undefined -fno-sanitize-recover=undefined \
		-Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
		-Wno-missing-field-initializers -Werror \
		-I"$("$pg_config" --includedir-server)" -Isrc -Itest/fuzz -Itest/unit \
		-o "$work/$name" "$test" test/unit/unit.c test/fuzz/shim.c $sources \
		-L"$("$pg_config" --pkglibdir)" -L"$("$pg_config" --libdir)" \
		-lpgcommon -lpgport -ljansson $libraries -lm)
	"$work/$name" "$top/test/fixtures" || failed=1
done
exit "$failed"
