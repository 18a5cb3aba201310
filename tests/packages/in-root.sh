#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# in-root.sh SUITE ROOT COMMAND...: runs a command of this commit in a clean system of Debian.
#
# SUITE is bookworm, say; it is put below ROOT where that is not there.  As root, with debootstrap:
#
#     tests/packages/in-root.sh trixie /var/tmp/trixie ./run packages --install
set -eu
suite=$1 root=$2
shift 2
cd "$(dirname "$0")/../.."

mounted=
leave()
{
	for folder in $mounted; do
		umount -l "$folder"
	done
}
trap leave EXIT

if [ ! -x "$root/usr/bin/apt-get" ]; then
	debootstrap --variant=minbase --include=ca-certificates "$suite" "$root"
fi
cp /etc/resolv.conf "$root/etc/"
for folder in proc dev; do
	if ! mountpoint -q "$root/$folder"; then
		mount --rbind "/$folder" "$root/$folder"
		# What is unmounted there stays mounted here.
		mount --make-rslave "$root/$folder"
		mounted="$root/$folder $mounted"
	fi
done

rm -rf "$root/srv/libtsmmr"
git clone -q --no-hardlinks . "$root/srv/libtsmmr"
chroot "$root" sh -c 'cd /srv/libtsmmr && exec "$@"' - "$@"
