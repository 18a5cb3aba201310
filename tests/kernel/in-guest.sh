#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# in-guest.sh RUNNER [OPTION]... -- COMMAND [ARG]...
# Runs COMMAND as root in a guest that has this machine's files, read-only, and a kernel of
# its own.  RUNNER [OPTION]... SCRIPT does so for a script and exits with its status.
# The exit status is COMMAND's; 77 (skipped) without a runner.
set -u

runner=$1
shift
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	options+=("$1")
	shift
done
if [ $# -lt 2 ]; then
	echo "in-guest: no command given" >&2
	exit 2
fi
shift

if [ ! -x "$runner" ]; then
	echo "in-guest: skipped: no guest, give meson -Dkernel=RUNNER" >&2
	exit 77
fi

script=$(mktemp) || exit 1
trap 'rm -f "$script"' EXIT

# The guest has a /tmp of its own, over ours: bring back the directories it hides.
cat > "$script" <<-'END'
	mkdir /tmp/.host && mount --bind / /tmp/.host
	for dir in /tmp/.host/tmp/*/; do
		dir=${dir%/}
		mkdir "/tmp/${dir##*/}" && mount --bind "$dir" "/tmp/${dir##*/}"
	done
	mount -t tmpfs tmpfs /run
	END
printf 'cd %q && exec' "$PWD" >> "$script"
printf ' %q' "$@" >> "$script"
"$runner" "${options[@]}" "$script"
