#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# archive.sh OBJECTS.a OUT.a OBJCOPY AR CC...: one object whose hidden symbols are local.
set -eu
in=$1 out=$2 objcopy=$3 ar=$4
shift 4
trap 'rm -f "$out.o"' EXIT
"$@" -r -nostdlib -o "$out.o" -Wl,--whole-archive "$in"
"$objcopy" --localize-hidden "$out.o"
rm -f "$out"
"$ar" rcs "$out" "$out.o"
