#!/usr/bin/env bash
#
# Runs every test: see --help.
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/lib/setup.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib/chroot.sh"

ALL_SUITES="meta layers locale build symbols unit regress readme isolation tap fuzz"
EXTRA_SUITES="llama"
CHROOT_SUITES="build,symbols,unit,regress,isolation,tap"
FUZZ_SECONDS=10

WANTED=
EXTRA=no
MAJOR=
PASSED=0
FAILED=0

usage()
{
	cat <<-USAGE
		Usage: bash test/check.sh [--all] [--pg MAJOR] [--only SUITE,…] [--keep]

		Installs what is missing (Debian; as root or with sudo), builds with
		warnings as errors, and runs the tests on a throw-away server.

		  --all          also the suites that need more than this machine has:
		                 $EXTRA_SUITES
		  --pg MAJOR     in a chroot of the Debian release that has PostgreSQL
		                 15, 17 or 18; it is kept in \${TMPDIR:-/var/tmp}
		  --only SUITES  some of: $ALL_SUITES $EXTRA_SUITES
		  --keep         leave the folder of the run

		The last line is "N passed, N failed".
	USAGE
}

parse_arguments()
{
	while [ $# -gt 0 ]; do
		case $1 in
			--pg) MAJOR=${2:?"--pg needs a major version"}; shift ;;
			--only) WANTED=${2:?"--only needs names of suites"}; shift ;;
			--all) EXTRA=yes ;;
			--keep) KEEP=yes ;;
			--help | -h) usage; exit 0 ;;
			*) usage >&2; exit 2 ;;
		esac
		shift
	done
	local suite

	for suite in ${WANTED//,/ }; do
		[[ " $ALL_SUITES $EXTRA_SUITES " == *" $suite "* ]] ||
			die "there is no suite \"$suite\"; there are: $ALL_SUITES $EXTRA_SUITES"
	done
}

wanted()
{
	[ -z "$WANTED" ] || [[ ",$WANTED," == *",$1,"* ]]
}

# Suites that run only when they are named, or with --all.
wanted_extra()
{
	if [ -n "$WANTED" ]; then wanted "$1"; else [ "$EXTRA" = yes ]; fi
}

# ---- counting --------------------------------------------------------------

passed()
{
	PASSED=$((PASSED + 1))
	printf 'ok      %s\n' "$1"
}

failed()
{
	FAILED=$((FAILED + 1))
	printf 'FAILED  %s\n' "$1"
}

# run_check NAME COMMAND…: one test, which passes if the command succeeds.
run_check()
{
	local name=$1 log=$WORK/check.log

	shift
	if "$@" >"$log" 2>&1; then
		passed "$name"
	else
		failed "$name"
		tail -n 100 "$log" | sed 's/^/        /'
	fi
}

# count_regress SUITE LOG STATUS: counts what pg_regress said, in the form of
# 15 ("test a ... ok 9 ms") or of 16 and later ("ok 1 - a 9 ms").
count_regress()
{
	local suite=$1 log=$2 status=$3 before=$FAILED verdict name ran=0

	while read -r verdict name; do
		ran=1
		if [ "$verdict" = ok ]; then passed "$suite: $name"; else failed "$suite: $name"; fi
	done < <(sed -nE \
		-e 's/^(test)? +([^ ]+) +\.\.\. (ok|FAILED).*/\3 \2/p' \
		-e 's/^(ok|not ok) +[0-9]+ +[-+] ([^ ]+).*/\1 \2/p' "$log" | sed 's/^not ok/FAILED/')
	if [ $ran -eq 0 ] || { [ "$status" -ne 0 ] && [ "$FAILED" -eq "$before" ]; }; then
		failed "$suite: did not run to its end"
		tail -n 40 "$log" | sed 's/^/        /'
	fi
}

# count_tap LOG STATUS: every assertion counts, skipped ones do not.
count_tap()
{
	local log=$1 status=$2 good bad

	bad=$(grep -E '^not ok ' "$log" | grep -vcE '# TODO' || true)
	good=$(grep -E '^ok ' "$log" | grep -vciE '# (skip|todo)' || true)
	PASSED=$((PASSED + good))
	FAILED=$((FAILED + bad))
	printf '%s      tap: %s assertions\n' ok "$good"
	if [ "$bad" -gt 0 ]; then
		grep -E '^not ok ' "$log" | sed 's/^not ok/FAILED  tap:/'
	fi
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
		failed "tap: did not run to its end"
	fi
	if [ "$bad" -gt 0 ] || [ "$status" -ne 0 ]; then
		grep -vE '^ok ' "$log" | tail -n 100 | sed 's/^/        /'
	fi
}

show_diffs()
{
	if [ -s "$1" ]; then
		head -n 400 "$1"
	fi
}

# ---- the suites ------------------------------------------------------------

build()
{
	make_in_tree -j "$(nproc)" COPT="$WARNINGS -Werror" &&
		make_in_tree install
}

need_server()
{
	[ "$SERVER_UP" = yes ] || start_server "fsync = off"
}

run_regress()
{
	local log=$WORK/regress.log status=0

	compgen -G "$SOURCE/sql/*.sql" | grep -qv '/synthik--' || return 0
	need_server
	make_in_tree -s installcheck ISOLATION= TAP_TESTS= >"$log" 2>&1 || status=$?
	count_regress regress "$log" $status
	show_diffs "$WORK/tree/regression.diffs"
}

run_isolation()
{
	local log=$WORK/isolation.log status=0

	compgen -G "$SOURCE/test/specs/*.spec" >/dev/null || return 0
	need_server
	make_in_tree -s installcheck REGRESS= TAP_TESTS= >"$log" 2>&1 || status=$?
	count_regress isolation "$log" $status
	show_diffs "$WORK/tree/output_iso/regression.diffs"
}

# TAP tests start servers of their own.
run_tap()
{
	local log=$WORK/tap.log status=0

	compgen -G "$SOURCE/test/t/*.pl" >/dev/null || return 0
	make_in_tree -s installcheck REGRESS= ISOLATION= PROVE_FLAGS=--verbose >"$log" 2>&1 || status=$?
	count_tap "$log" $status
}

run_fuzz()
{
	[ -f "$SOURCE/test/fuzz/run.sh" ] || return 0
	need_server
	run_check "fuzz: $FUZZ_SECONDS seconds" in_tree env PG_CONFIG="$COPY_CONFIG" bash test/fuzz/run.sh $FUZZ_SECONDS
}

# Every assertion of the unit tests counts.
run_unit()
{
	local log=$WORK/unit.log status=0 good bad

	in_tree env PG_CONFIG="$COPY_CONFIG" bash test/unit/run.sh >"$log" 2>&1 || status=$?
	good=$(grep -cE '^ok ' "$log" || true)
	bad=$(grep -cE '^FAILED ' "$log" || true)
	PASSED=$((PASSED + good))
	FAILED=$((FAILED + bad))
	printf 'ok      unit: %s assertions\n' "$good"
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
		failed "unit: did not run to its end"
	fi
	if [ "$bad" -gt 0 ] || [ "$status" -ne 0 ]; then
		grep -vE '^ok ' "$log" | tail -n 100 | sed 's/^/        /'
	fi
}

# Not in the chroots: what EXPLAIN and errors say differs between versions.
run_readme()
{
	need_server
	run_check "readme: the examples" in_tree python3 test/readme.py
}

# A run of its own: it installs llama-server in a chroot, and builds anew.
run_llama()
{
	local log=$WORK/llama.log status=0 good bad

	TMPDIR=/tmp bash "$SOURCE/test/provider/llama.sh" >"$log" 2>&1 || status=$?
	good=$(grep -c '^ok ' "$log" || true)
	bad=$(grep -c '^FAILED ' "$log" || true)
	PASSED=$((PASSED + good))
	FAILED=$((FAILED + bad))
	grep -E '^(ok|FAILED) ' "$log" || true
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
		failed "llama: did not run to its end"
	fi
	if [ "$bad" -gt 0 ] || [ "$status" -ne 0 ]; then
		tail -n 60 "$log" | sed 's/^/        /'
	fi
}

server_is_well()
{
	! grep -E 'PANIC:|TRAP:|was terminated by signal|terminated abnormally' "$WORK/server.log"
}

run_static_checks()
{
	if wanted meta; then run_check "meta: META.json and the control file agree" in_tree python3 test/meta.py; fi
	if wanted layers; then run_check "layers: who includes whom" in_tree bash test/layers.sh; fi
	if wanted locale && [ -f "$SOURCE/test/locale/check.py" ]; then
		run_check "locale: the data files" in_tree python3 test/locale/check.py
	fi
}

run_built_checks()
{
	if wanted symbols; then run_check "symbols: exported and imported names" in_tree bash test/symbols.sh; fi
	if wanted unit; then run_unit; fi
	if wanted regress; then run_regress; fi
	if wanted readme; then run_readme; fi
	if wanted isolation; then run_isolation; fi
	if wanted tap; then run_tap; fi
	if wanted fuzz; then run_fuzz; fi
	if [ "$SERVER_UP" = yes ]; then run_check "server: no crash" server_is_well; fi
}

needs_build()
{
	local suite

	for suite in build symbols unit regress readme isolation tap fuzz; do
		if wanted $suite; then return 0; fi
	done
	return 1
}

main()
{
	local failed_before

	parse_arguments "$@"
	if [ -n "$MAJOR" ]; then
		[ "$(id -u)" -eq 0 ] || exec sudo ${TMPDIR:+TMPDIR="$TMPDIR"} bash "${BASH_SOURCE[0]}" "$@"
		[ "$KEEP" = no ] || set -- --keep
		[ "$KEEP" = yes ] || set --
		check_in_chroot "$MAJOR" --only "${WANTED:-$CHROOT_SUITES}" "$@"
		exit
	fi

	prepare
	say "Testing with $("$PG_CONFIG" --version)"
	run_static_checks
	if needs_build; then
		failed_before=$FAILED
		run_check "build: no warnings" build
		if [ "$FAILED" -eq "$failed_before" ]; then
			run_built_checks
		fi
	fi
	if wanted_extra llama; then run_llama; fi
	stop_servers
	say
	say "$PASSED passed, $FAILED failed"
	[ "$FAILED" -eq 0 ] && [ "$PASSED" -gt 0 ]
}

main "$@"
