# setup.sh: what check.sh and demo.sh share.  To be sourced by bash.
#
# A run has a folder of its own in $WORK, which belongs to an ordinary user:
#
#   tree/     a copy of the source tree, where it is built
#   prefix/   a copy of the PostgreSQL that is installed, into which synthik
#             is installed: the machine's own PostgreSQL is never changed
#   data/     the throw-away server, reached through the socket in run/
#
# PostgreSQL finds its files relative to its programs, so the copy serves as
# it is.  cleanup removes all of it.

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WARNINGS="-Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers"

WORK=
KEEP=no
BUILD_USER=
PG_CONFIG=${PG_CONFIG:-}
COPY_CONFIG=
SERVER_UP=no

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# ---- who does what ---------------------------------------------------------

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "must be root, or a user with sudo, to run: $*"
	fi
}

# Servers refuse to run as root, so root runs them as another user.
as_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		HOME=$WORK runuser -u "$BUILD_USER" -- "$@"
	else
		HOME=$WORK "$@"
	fi
}

choose_user()
{
	if [ "$(id -u)" -ne 0 ]; then
		BUILD_USER=$(id -un)
	elif id -u postgres >/dev/null 2>&1; then
		BUILD_USER=postgres
	else
		BUILD_USER=nobody
	fi
}

# ---- what has to be installed ----------------------------------------------

# A PostgreSQL with server and headers: $PG_CONFIG, the one in PATH, or
# Debian's newest.  Prints the path of its pg_config.
find_postgres()
{
	local candidate

	for candidate in "$PG_CONFIG" "$(command -v pg_config || true)" \
		$(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -rV); do
		[ -n "$candidate" ] && [ -x "$(command -v "$candidate" || true)" ] || continue
		if [ -x "$("$candidate" --bindir)/postgres" ] &&
			[ -f "$("$candidate" --pgxs)" ] &&
			[ -f "$("$candidate" --includedir-server)/postgres.h" ]; then
			echo "$candidate"
			return
		fi
	done
	return 1
}

# Package names, one a line, for the tools that are missing.
missing_packages()
{
	{ command -v cc && command -v make && command -v nm; } >/dev/null || echo build-essential
	command -v prove >/dev/null || echo perl
	perl -MIPC::Run -e 1 2>/dev/null || echo libipc-run-perl
	command -v python3 >/dev/null || echo python3
	command -v openssl >/dev/null || echo openssl
	test -f /usr/include/jansson.h || echo libjansson-dev
	find /usr/include -path '*curl/curl.h' 2>/dev/null | grep -q . || echo libcurl4-openssl-dev
	test -f /usr/include/zlib.h || echo zlib1g-dev
	test -f /usr/include/zstd.h || echo libzstd-dev
	test -f /usr/include/snappy-c.h || echo libsnappy-dev
	test -f /usr/include/lz4.h || echo liblz4-dev
	test -f /usr/include/minizip/unzip.h || echo libminizip-dev
	test -f /usr/include/expat.h || echo libexpat1-dev
	test -f /usr/include/xlsxwriter.h || echo libxlsxwriter-dev
	command -v runuser >/dev/null || echo util-linux
	if ! find_postgres >/dev/null; then
		local major=$(debian_postgres_major)

		echo "postgresql-$major"
		echo "postgresql-server-dev-$major"
	fi
}

# The major version that this Debian's "postgresql" stands for.
debian_postgres_major()
{
	apt-cache depends postgresql 2>/dev/null |
		sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1 | grep . || echo 15
}

install_packages()
{
	local packages

	mapfile -t packages < <(missing_packages)
	[ ${#packages[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null || die "missing, and there is no apt-get: ${packages[*]}"
	if ! apt-cache show postgresql >/dev/null 2>&1; then
		say "Reading the package lists"
		quietly as_root apt-get update
		mapfile -t packages < <(missing_packages)
	fi
	say "Installing ${packages[*]}"
	without_main_cluster apt_install "${packages[@]}"
}

apt_install()
{
	try_apt_install "$@" >/dev/null 2>&1 && return
	quietly as_root apt-get update
	quietly try_apt_install "$@"
}

try_apt_install()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
		-o Dpkg::Options::=--force-confold "$@"
}

# Debian's package makes and starts a cluster.  Not for us: the file that says
# so is there only while the packages are installed.
without_main_cluster()
{
	local folder=/etc/postgresql-common/createcluster.d
	local file=$folder/00-synthik-test.conf status=0

	as_root mkdir -p "$folder"
	echo "create_main_cluster = false" | as_root tee "$file" >/dev/null
	"$@" || status=$?
	as_root rm -f "$file"
	return $status
}

# Runs a command and shows what it printed only if it fails.
quietly()
{
	local output

	output=$(mktemp)
	if "$@" >"$output" 2>&1; then
		rm -f "$output"
	else
		local status=$?

		tail -n 60 "$output" >&2
		rm -f "$output"
		return $status
	fi
}

# ---- the run's folder ------------------------------------------------------

make_work()
{
	local name

	# A caller's settings must not lead to a server of his.
	for name in $(compgen -e | grep '^PG' | grep -vx PG_CONFIG || true); do
		unset "$name"
	done
	umask 022
	choose_user
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/synthik.XXXXXX")
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	mkdir "$WORK/tree" "$WORK/run" "$WORK/tmp"
	give_to_user
	if ! as_user test -w "$WORK/tree"; then
		rm -rf "$WORK"
		[ "${TMPDIR:-/tmp}" != /tmp ] || die "the user $BUILD_USER cannot write below /tmp"
		TMPDIR=/tmp
		make_work
		return
	fi
	export TMPDIR=$WORK/tmp
	cd "$WORK"
}

# Makes all that is in the run's folder the user's.
give_to_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		chown -R "$BUILD_USER:" "$WORK"
	fi
}

# Copies the source tree to a folder, without what a build left there.
copy_tree()
{
	tar -C "$SOURCE" --exclude=./.git --exclude='*.o' --exclude='*.d' --exclude='*.bc' --exclude='*.so' \
		--exclude='./sql/synthik--*.sql' --exclude=./results --exclude=./output_iso \
		--exclude='./tmp_check*' --exclude=./log --exclude='__pycache__' -cf - . |
		tar -C "$1" -xf - --no-same-owner
}

# Copies PostgreSQL into prefix/ and checks that the copy knows where it is.
copy_postgres()
{
	local prefix=$WORK/prefix what folder

	PG_CONFIG=$(find_postgres) || die "there is no PostgreSQL with server and headers"
	mkdir "$prefix"
	for what in bindir pkglibdir sharedir; do
		folder=$("$PG_CONFIG" "--$what")
		mkdir -p "$prefix$folder"
		cp -R -L -p "$folder/." "$prefix$folder"
	done
	folder=$("$PG_CONFIG" --includedir)
	mkdir -p "$prefix$(dirname "$folder")"
	ln -s "$folder" "$prefix$folder"
	COPY_CONFIG=$prefix$("$PG_CONFIG" --bindir)/pg_config
	for what in bindir pkglibdir sharedir; do
		[ "$("$COPY_CONFIG" "--$what")" = "$prefix$("$PG_CONFIG" "--$what")" ] ||
			die "a copy of $("$PG_CONFIG" --version) does not find its own files ($what)"
	done
}

postgres_bin()
{
	"$COPY_CONFIG" --bindir
}

# make in the copied tree, as the user, against the copied PostgreSQL.
in_tree()
{
	(cd "$WORK/tree" && as_user env PATH="$(postgres_bin):$PATH" "$@")
}

make_in_tree()
{
	in_tree make --no-print-directory PG_CONFIG="$COPY_CONFIG" "$@"
}

prepare()
{
	install_packages
	make_work
	copy_tree "$WORK/tree"
	copy_postgres
	give_to_user
}

# ---- the throw-away server -------------------------------------------------

start_server()
{
	local bin=$(postgres_bin)

	quietly as_user "$bin/initdb" -D "$WORK/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
	as_user tee -a "$WORK/data/postgresql.conf" >/dev/null <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$WORK/run'
		timezone = 'UTC'
		log_timezone = 'UTC'
		$*
	CONF
	quietly as_user "$bin/pg_ctl" -D "$WORK/data" -l "$WORK/server.log" -w start ||
		{ tail -n 30 "$WORK/server.log" >&2; die "the server did not start"; }
	SERVER_UP=yes
	export PGHOST=$WORK/run PGUSER=postgres PGDATABASE=postgres
}

# Servers of this run, those that a test has left too.
stop_servers()
{
	local pidfile

	[ -n "$COPY_CONFIG" ] || return 0
	while IFS= read -r pidfile; do
		as_user "$(postgres_bin)/pg_ctl" -D "$(dirname "$pidfile")" -m immediate -w stop >/dev/null 2>&1 || true
	done < <(find "$WORK" -name postmaster.pid 2>/dev/null)
	SERVER_UP=no
}

cleanup()
{
	local status=$?

	trap - EXIT
	trap '' INT TERM HUP
	cd /
	if [ -n "$WORK" ] && [ -d "$WORK" ]; then
		stop_servers
		if [ "$KEEP" = yes ]; then
			say "Kept: $WORK" >&2
		else
			rm -rf "$WORK"
		fi
	fi
	exit $status
}
