#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# msan.sh OPENSSL JSON-C LIBCBOR [MINUTES [TARGET...]]
#
# Fuzzes every target with MemorySanitizer, which finds what is read before it is written, and to
# which all that is linked has to be known: the three libraries are built for it from their sources,
# in the folders named, once.  Needs clang, CMake and make; what is made is in build/msan.
set -eu

[ $# -ge 3 ] || { sed -n '3s/^# /usage: /p' "$0" >&2; exit 2; }
openssl=$(realpath "$1") json_c=$(realpath "$2") libcbor=$(realpath "$3")
shift 3
cd "$(dirname "$0")/../.."
to=$PWD/build/msan
flags='-fsanitize=memory -O1 -g1 -fno-omit-frame-pointer'
export CC=clang
mkdir -p "$to/openssl"

if [ ! -e "$to/deps/lib/libcrypto.a" ]; then
	(
		cd "$to/openssl"
		"$openssl/Configure" linux-generic64 enable-msan no-asm no-shared no-dso no-engine \
			no-module no-tests --prefix="$to/deps" --libdir=lib -O1 -g1
		make -s -j"$(nproc)" build_libs
		make -s install_dev
	) >"$to/openssl.log" 2>&1
fi
for source in "$json_c" "$libcbor"; do
	at=$to/$(basename "$source")
	[ ! -e "$at/installed" ] || continue
	cmake -S "$source" -B "$at" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="$flags" \
		-DCMAKE_INSTALL_PREFIX="$to/deps" -DCMAKE_INSTALL_LIBDIR=lib \
		-DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DBUILD_APPS=OFF -DWITH_EXAMPLES=OFF \
		-DSANITIZE=OFF >"$at.log" 2>&1
	cmake --build "$at" >>"$at.log" 2>&1
	cmake --install "$at" >>"$at.log" 2>&1
	touch "$at/installed"
done

export PKG_CONFIG_PATH="$to/deps/lib/pkgconfig"
[ -e "$to/fuzzers/build.ninja" ] ||
	meson setup "$to/fuzzers" -Dfuzzer=libfuzzer -Db_sanitize=memory -Db_lundef=false \
		-Dprefer_static=true -Dtools=disabled -Ddocs=disabled -Dtpm2-tss=disabled >"$to/fuzzers.log"
meson compile -C "$to/fuzzers" fuzzers >>"$to/fuzzers.log"
minutes=${1-10}
[ $# -eq 0 ] || shift
python3 -B tests/fuzz/fuzz.py "$to/fuzzers" build/fuzz-corpus "$minutes" "$@"
