#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# archive.sh OBJECTS.a OUT.a OBJCOPY AR CC...: one object whose hidden symbols are local.
#
# What many objects have one of, as i386 has of its thunks, must be no group any more by then:
# a group that a program has, too, is left out, and with it what was made local here.
#
# Symbols of what a compiler is to optimize when it links cannot be made local: it is left out.
set -eu
in=$1 out=$2 objcopy=$3 ar=$4
shift 4
trap 'rm -f "$out.o"' EXIT
"$@" -r -nostdlib -o "$out.o" -Wl,--force-group-allocation -Wl,--whole-archive "$in"
"$objcopy" --localize-hidden -R '.gnu.lto_*' -R '.gnu.debuglto_*' "$out.o"
rm -f "$out"
"$ar" rcs "$out" "$out.o"
