#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# packages.sh FOLDER [--install]: builds the packages of this commit in FOLDER: Debian's, which
# lintian must have nothing against, and RPMs where rpmbuild is.  --install, as root, puts
# Debian's on this system and runs the tests that come with them.
set -eu
cd "$(dirname "$0")/../.."
out=$1 install=${2-}
top=$PWD
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)

rm -rf "$out"
mkdir -p "$out"
out=$(cd "$out" && pwd)
# The archive of a release has no debian/.
git archive --prefix="libtsmmr-$version/" -o "$out/libtsmmr_$version.orig.tar.gz" HEAD -- . ':!debian'
git archive --prefix="libtsmmr-$version/" HEAD | tar -C "$out" -x

echo "=== Debian"
cd "$out/libtsmmr-$version"
if ! dpkg-buildpackage -us -uc >"$out/deb.log" 2>&1; then
	tail -n 60 "$out/deb.log"
	exit 1
fi
lintian --allow-root --info --fail-on error,warning "$out"/*.changes

if [ "$install" = --install ]; then
	DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --reinstall --no-install-recommends \
		"$out"/*.deb </dev/null >/dev/null
	# shellcheck disable=SC2013
	for test in $(sed -n 's/^Tests: //p' debian/tests/control); do
		AUTOPKGTEST_TMP=$(mktemp -d)
		export AUTOPKGTEST_TMP
		"debian/tests/$test"
		rm -rf "$AUTOPKGTEST_TMP"
	done
fi

command -v rpmbuild >/dev/null || {
	echo "no rpmbuild: no RPMs"
	exit 0
}
echo "=== RPM"
# Where packages are Debian's, rpm knows neither what is installed nor where Python's modules go.
set --
[ ! -e /etc/debian_version ] ||
	set -- --nodeps --define 'python3_sitelib /usr/lib/python3/site-packages'
cp "$out/libtsmmr_$version.orig.tar.gz" "$out/libtsmmr-$version.tar.gz"
if ! rpmbuild -bb "$@" --without check --define "_topdir $out/rpm" \
		--define "_sourcedir $out" "$top/libtsmmr.spec" >"$out/rpm.log" 2>&1; then
	tail -n 60 "$out/rpm.log"
	exit 1
fi
find "$out/rpm/RPMS" -name '*.rpm' -exec rpm -qlp {} + >"$out/rpm.files"
grep -q '/bin/tsmmr-replay$' "$out/rpm.files"
grep -q '/site-packages/tsmmr/__init__.py$' "$out/rpm.files"
