#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# with-standin.sh STANDIN [OPTION]... -- COMMAND [ARG]...
# Runs COMMAND on a machine of its own: TSMMR_ROOT names its root.  The exit status is
# COMMAND's; 77 (skipped) where nothing can be mounted.
set -u

die() {
	echo "with-standin: $1" >&2
	exit "$2"
}

[ $# -ge 1 ] || die "no stand-in given" 2
standin=$1
shift

options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	options+=("$1")
	shift
done
[ $# -gt 1 ] || die "no command given" 2
shift

[ -x "$standin" ] || die "skipped: no stand-in, it needs libfuse3" 77
{ : <>/dev/fuse; } 2>/dev/null || die "skipped: no access to /dev/fuse" 77
[ "$(id -u)" = 0 ] || type fusermount3 >/dev/null 2>&1 || die "skipped: no fusermount3" 77

TSMMR_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/tsmmr-standin.XXXXXX") || exit 1
export TSMMR_ROOT
chmod 755 "$TSMMR_ROOT"	# other users may look in

leave() {
	if [ "$(id -u)" = 0 ]; then
		umount -l "$TSMMR_ROOT/sys"
	else
		fusermount3 -uz "$TSMMR_ROOT/sys"
	fi 2>/dev/null
	# What could not be unmounted is not ours to remove.
	rm -rf --one-file-system "$TSMMR_ROOT"
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

"$standin" "${options[@]}" "$TSMMR_ROOT"
case $? in
0) ;;
2) die "wrong options for the stand-in" 2 ;;
*) die "skipped: cannot mount here" 77 ;;	# a container may have the device and no right to
esac

"$@"
