# chroot.sh: runs check.sh in another release of Debian, for the PostgreSQL
# that it has.  To be sourced by bash after setup.sh; for root only.
#
# The release lies in a folder that is kept for the next run; delete it to
# have it made anew.  The tests run in mount and process namespaces of their
# own, so mounts and processes are gone when they end, however they end.

CHROOT=
CHROOT_COPY=

debian_suite()
{
	case $1 in
		15) echo bookworm ;;
		17) echo trixie ;;
		18) echo sid ;;
		*) die "no release of Debian has PostgreSQL $1: 15, 17 or 18" ;;
	esac
}

# The mirror that this machine uses for Debian itself.
debian_mirror()
{
	{
		apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian'
		apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -E '/debian/?$' || true
		echo http://deb.debian.org/debian
	} 2>/dev/null | head -n 1
}

# The machine's ways to the mirror, in apt's own syntax.
apt_settings()
{
	echo 'Acquire::Check-Valid-Until "false";'
	apt-config dump | grep -iE '^Acquire::(https?|ftp)(::|\.)?.*(proxy|timeout|verify)' || true
}

# debootstrap fetches with wget, which knows proxies from the environment.
export_proxy()
{
	local proxy=

	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then
		export http_proxy=$proxy https_proxy=${https_proxy:-$proxy}
	fi
}

# Nobody else may have prepared the folder: root is about to run what is in it.
check_chroot_owner()
{
	[ ! -L "$CHROOT" ] && [ -d "$CHROOT" ] && [ "$(stat -c %u "$CHROOT")" -eq 0 ] ||
		die "$CHROOT is not a folder of root's"
}

make_chroot()
{
	local suite=$1 fresh=$CHROOT.new

	command -v debootstrap >/dev/null || { say "Installing debootstrap"; apt_install debootstrap; }
	say "Bootstrapping Debian $suite into $CHROOT"
	rm -rf "$fresh"
	mkdir "$fresh"
	(export_proxy && quietly debootstrap --variant=minbase "$suite" "$fresh" "$(debian_mirror)") ||
		{ rm -rf "$fresh"; die "debootstrap of $suite failed"; }
	apt_settings >"$fresh/etc/apt/apt.conf.d/90synthik"
	printf '#!/bin/sh\nexit 101\n' >"$fresh/usr/sbin/policy-rc.d"
	chmod 755 "$fresh/usr/sbin/policy-rc.d"
	mv "$fresh" "$CHROOT"
}

drop_chroot_copy()
{
	local status=$?

	trap - EXIT
	[ "$KEEP" = yes ] || [ -z "$CHROOT_COPY" ] || rm -rf "${CHROOT:?}$CHROOT_COPY"
	exit $status
}

# check_in_chroot MAJOR ARGUMENT…: check.sh with these arguments, there.
check_in_chroot()
{
	local suite

	suite=$(debian_suite "$1")
	shift
	umask 022
	CHROOT=${TMPDIR:-/var/tmp}/synthik-$suite
	exec 9>"$CHROOT.lock"
	flock 9
	[ -d "$CHROOT" ] || make_chroot "$suite"
	check_chroot_owner
	trap drop_chroot_copy EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	CHROOT_COPY=$(mktemp -d "$CHROOT/srv/synthik.XXXXXX")
	CHROOT_COPY=${CHROOT_COPY#"$CHROOT"}
	chmod 755 "$CHROOT$CHROOT_COPY"
	mkdir "$CHROOT$CHROOT_COPY/tree"
	mkdir -m 1777 "$CHROOT$CHROOT_COPY/tmp"
	copy_tree "$CHROOT$CHROOT_COPY/tree"
	cp -L /etc/resolv.conf /etc/hosts "$CHROOT/etc/" 2>/dev/null || true
	run_in_chroot env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
		TMPDIR="$CHROOT_COPY/tmp" bash "$CHROOT_COPY/tree/test/check.sh" "$@"
}

run_in_chroot()
{
	unshare --mount --pid --fork --kill-child bash -euc '
		root=$1
		shift
		mount --make-rprivate /
		mount -t proc proc "$root/proc"
		mkdir -p "$root/dev/shm"
		mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
		exec chroot "$root" "$@"' bash "$CHROOT" "$@" 9>&-
}
