#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The built library against the ABI that was agreed on, tests/abi/libtsmmr.abi.

    abidiff.py SOURCE-ROOT LIBRARY
    abidiff.py --update SOURCE-ROOT LIBRARY   writes the ABI of this one
    abidiff.py --selftest CC...

Skipped (77) without abidiff, and for a library without debugging information.  The
self-test builds small libraries that differ on purpose, and sees that what must not
change is noticed.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIP = 77
OPAQUE = pathlib.Path(__file__).with_name("opaque.abignore")
HEADER = """
#include <stdint.h>
struct tsmmr_error { uint32_t size; int32_t code; char message[216]; };
struct thing;
int thing_new(struct thing **ret, struct tsmmr_error *err);
int thing_set(struct thing *thing, uint32_t flags);
void thing_free(struct thing *thing);
"""
SOURCE = """
#include "thing.h"
struct thing { uint32_t flags; };
int thing_new(struct thing **ret, struct tsmmr_error *err) { (void)ret; return err->code; }
int thing_set(struct thing *thing, uint32_t flags) { return (int)(thing->flags = flags); }
void thing_free(struct thing *thing) { (void)thing; }
"""
# What is done to the library, and whether it may be.
CHANGES = (
    ("nothing", True, ()),
    ("an added symbol", True,
     (("void thing_free(struct thing *thing);", "void thing_free(struct thing *thing);\nint thing_get(void);"),
      ("void thing_free(struct thing *thing) {", "int thing_get(void) { return 0; }\nvoid thing_free(struct thing *thing) {"))),
    ("a field more in an opaque struct", True,
     (("{ uint32_t flags; }", "{ uint32_t flags; char *name; }"),)),
    ("a removed symbol", False,
     (("void thing_free(struct thing *thing);", ""),
      ("void thing_free(struct thing *thing) { (void)thing; }", ""))),
    ("a changed prototype", False,
     (("int thing_set(struct thing *thing, uint32_t flags);", "int thing_set(struct thing *thing, uint64_t flags);"),
      ("uint32_t flags) { return", "uint64_t flags) { return"),
      ("thing->flags = flags", "thing->flags = (uint32_t)flags"))),
    ("a changed opaque pointer", False,
     (("int thing_set(struct thing *thing,", "struct other;\nint thing_set(struct other *thing,"),
      ("thing->flags = flags", "thing ? flags : 0"))),
    ("a changed struct", False,
     (("int32_t code; char", "int64_t code; char"), ("return err->code", "return (int)err->code"))),
)


def baseline_of(library, out):
    subprocess.run(["abidw", "--suppressions", OPAQUE, "--no-corpus-path", "--no-comp-dir-path",
                    "--no-elf-needed", "--drop-undefined-syms",
                    "--exported-interfaces-only", "--out-file", out, library],
                   check=True)


def same(baseline, library):
    """Does library offer all that the baseline does?"""
    with tempfile.NamedTemporaryFile(suffix=".abi") as now:
        baseline_of(library, now.name)
        done = subprocess.run(["abidiff", "--no-added-syms", baseline, now.name], check=False,
                              capture_output=True, text=True)
    print(done.stdout, done.stderr, sep="")
    return done.returncode == 0


def selftest(cc):
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        baseline = pathlib.Path(name) / "thing.abi"
        for i, (what, allowed, edits) in enumerate(CHANGES):
            folder = pathlib.Path(name) / str(i)
            (folder / "include").mkdir(parents=True)
            header, source = HEADER, SOURCE
            for old, new in edits:
                if old not in header + source:
                    sys.exit(f"{what}: {old!r} is not there to be changed")
                header, source = header.replace(old, new), source.replace(old, new)
            (folder / "include/thing.h").write_text(header, encoding="utf-8")
            (folder / "thing.c").write_text(source, encoding="utf-8")
            library = folder / "libthing.so"
            subprocess.run(cc + ["-g", "-fPIC", "-shared", "-I", folder / "include",
                                 folder / "thing.c", "-o", library], check=True)
            if not baseline.is_file():
                baseline_of(library, baseline)
            print(f"--- {what}", flush=True)
            if same(baseline, library) != allowed:
                print(f"{what} was {'refused' if allowed else 'not noticed'}", file=sys.stderr)
                wrong += 1
    return 1 if wrong else 0


def main():
    if not shutil.which("abidiff"):
        print("abidiff is not installed")
        return SKIP
    if sys.argv[1] == "--selftest":
        return selftest(sys.argv[2:])
    root, library = pathlib.Path(sys.argv[-2]), sys.argv[-1]
    baseline = root / "tests/abi/libtsmmr.abi"
    if b".debug_info" not in pathlib.Path(library).read_bytes():
        print(f"{library} was built without debugging information")
        return SKIP
    if sys.argv[1] == "--update":
        baseline_of(library, baseline)
        return 0
    return 0 if same(baseline, library) else 1


if __name__ == "__main__":
    sys.exit(main())
