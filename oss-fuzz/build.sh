#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
# What OSS-Fuzz runs in its container: the targets to $OUT, with their seeds.  $CFLAGS instrument, and $LIB_FUZZING_ENGINE has main().
cd "${SRC:?}/libtsmmr"
build=${WORK:?}/build

# No library of the system is there where fuzzers run, and libcbor has no package with an archive.
deps=$WORK/deps
cmake -S "$SRC/libcbor" -B "$WORK/libcbor" -DCMAKE_BUILD_TYPE=None -DBUILD_SHARED_LIBS=OFF \
	-DWITH_EXAMPLES=OFF -DSANITIZE=OFF -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF \
	-DCMAKE_INSTALL_PREFIX="$deps" -DCMAKE_INSTALL_LIBDIR=lib
cmake --build "$WORK/libcbor"
cmake --install "$WORK/libcbor"
export PKG_CONFIG_PATH=$deps/lib/pkgconfig

rm -rf "$build" "$WORK/seeds"
meson setup "$build" --prefer-static -Ddefault_library=static -Dtools=disabled -Ddocs=disabled \
	-Dtpm2-tss=disabled -Db_lundef=false -Dfuzzer=engine -Dfuzzing-engine="$LIB_FUZZING_ENGINE"
meson compile -C "$build" fuzzers

while read -r name seeds; do
	[ -n "$name" ] || continue
	cp "$build/tests/fuzz/fuzz_$name" "$OUT/"
	python3 -B tests/fuzz/dictionary.py . "$name" >"$OUT/fuzz_$name.dict"
	# By their hash: files of several folders have one name.
	seeded=$WORK/seeds/$name
	mkdir -p "$seeded"
	# shellcheck disable=SC2086
	find $seeds -type f -size -256k -print0 | while IFS= read -r -d '' file; do
		cp "$file" "$seeded/$(sha1sum <"$file" | cut -d ' ' -f 1)"
	done
	rm -f "$OUT/fuzz_${name}_seed_corpus.zip"
	zip -q -r -j "$OUT/fuzz_${name}_seed_corpus.zip" "$seeded"
done <"$build/tests/fuzz/targets"
