#!/usr/bin/env bash
#
# A guided tour on a throw-away server: see --help.
#
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/lib/setup.sh"

SHELL_AFTER=no

usage()
{
	cat <<-USAGE
		Usage: bash test/demo.sh [--shell] [--keep]

		Installs what is missing (Debian; as root or with sudo), builds synthik,
		starts a throw-away server and shows what the extension does: a shop is
		filled with 200,000 rows, and more.

		  --shell   then opens psql on that server
		  --keep    leaves the folder of the run

		At the end the server is stopped and everything it used is removed.
	USAGE
}

parse_arguments()
{
	while [ $# -gt 0 ]; do
		case $1 in
			--shell) SHELL_AFTER=yes ;;
			--keep) KEEP=yes ;;
			--help | -h) usage; exit 0 ;;
			*) usage >&2; exit 2 ;;
		esac
		shift
	done
}

build()
{
	quietly make_in_tree -j "$(nproc)" COPT="$WARNINGS"
	quietly make_in_tree install
}

psql_here()
{
	(cd "$WORK/tree" && as_user env PSQL_HISTORY=/dev/null PSQLRC=/dev/null "$(postgres_bin)/psql" "$@")
}

main()
{
	local status=0

	parse_arguments "$@"
	prepare
	say "Building synthik for $("$PG_CONFIG" --version)"
	build
	say "Starting a throw-away server in $WORK"
	start_server
	psql_here -X <"$WORK/tree/test/demo.sql" 2>&1 || status=$?
	if [ "$status" -ne 0 ]; then
		die "the tour ended early"
	fi
	if [ "$SHELL_AFTER" = yes ]; then
		say "The server is yours; \\q ends it.  The shop's tables: \\dt shop.*"
		psql_here || true
	fi
	say "Stopping the server and removing $WORK"
}

main "$@"
