#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plants a bug of each kind in a copy of the tree, and sees the suites find it.

    planted.py [-j N] [--list] [KIND...]

A tool for developers, not part of the suite: it builds the library for each way of looking at it,
and once more for each bug.  Prints what found each bug and after how many seconds, building
included, and exits 1 when one was not found within ten minutes.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 600
COMPILER = "the compiler"

# How the tree is built to be looked at: CC, and what Meson is told.
BUILDS = {
    "plain": ("gcc", ["--buildtype=debug", "-Dwerror=true"]),
    "asan": ("clang", ["--buildtype=debugoptimized", "-Db_sanitize=address,undefined",
                       "-Db_lundef=false", "-Dwerror=true"]),
    "tsan": ("gcc", ["-Doptimization=1", "-Db_sanitize=thread", "-Db_lundef=false"]),
}
OPTIONS = {"UBSAN_OPTIONS": "halt_on_error=1", "TSAN_OPTIONS": "halt_on_error=1"}


@dataclasses.dataclass
class Bug:
    kind: str
    file: str
    old: str  # occurs once
    new: str
    build: str
    tests: tuple  # Meson's arguments, one after the other


# Suites and tests in the order in which they are asked: what takes least is first.
BYTES = "--suite api", "--suite fuzz", "--suite unit"
ANSWERS = "--suite api", "--suite golden", "--suite adversary"
THREADS = "stress threads shared", "tree_threads"
BUGS = [
    Bug("overflow", "lib/values/given.c",
        "if (rest.n >= sizeof(name))", "if (rest.n > sizeof(name))", "asan", BYTES),
    Bug("overflow", "lib/format/cel_map.c",
        "if (map.n > CLAIM_MAX || !(memchr", "if (map.n > CLAIM_MAX + 1 || !(memchr", "asan",
        BYTES),
    Bug("overflow", "lib/format/tcg2_specid.c",
        "if (count > SPEC_ALGS_MAX)", "if (count > SPEC_ALGS_MAX + 1)", "asan", BYTES),
    Bug("overread", "lib/util/cursor.h",
        "if (n > cur_left(c))", "if (n > cur_left(c) + 1)", "asan", BYTES),
    Bug("leak", "lib/platform/intake.c",
        "\tif (part < 0) {\n\t\tfree(bytes);\n", "\tif (part < 0) {\n",
        "plain", ("every-place-evidence",)),
    Bug("leak", "lib/util/json_in.c",
        "\t_cleanup_(free) uint8_t *p = NULL;\n\tsize_t n = json_object_array_length(array);",
        "\tuint8_t *p = NULL;\n\tsize_t n = json_object_array_length(array);", "asan", BYTES),
    Bug("use after free", "lib/report/diff.c",
        "diff->n_logs[side]++].log = log_ref(log);",
        "diff->n_logs[side]++].log = (struct tsmmr_log *)(uintptr_t)log;", "asan", BYTES),
    Bug("uninitialised read", "lib/report/report.c",
        "report->proven = calloc(d->n_row_sets ? d->n_row_sets : 1, 1);",
        "report->proven = malloc(d->n_row_sets ? d->n_row_sets : 1);",
        "plain", ("--setup valgrind --suite api",)),
    Bug("race", "lib/util/cleanup.h",
        "__atomic_add_fetch(users, 1, __ATOMIC_RELAXED);", "++*users;", "tsan", THREADS),
    Bug("race", "lib/report/report.c",
        "__atomic_store_n(&report->policy->used, true, __ATOMIC_RELEASE);",
        "report->policy->used = true;", "tsan", THREADS),
    Bug("race", "lib/core/log_identity.c",
        "__atomic_store_n(&keep->identity_state, 2, __ATOMIC_RELEASE);",
        "keep->identity_state = 2;", "tsan", THREADS),
    Bug("race", "lib/crypto/cache.c",
        "pthread_mutex_lock(&cache->lock);\n\tlink = find_link(",
        "pthread_mutex_trylock(&cache->lock);\n\tlink = find_link(", "tsan", THREADS),
    Bug("race", "lib/sys/kept.c",
        "pthread_mutex_lock(&k->lock);\n\tif (k->dir >= 0 && strcmp",
        "pthread_mutex_trylock(&k->lock);\n\tif (k->dir >= 0 && strcmp", "tsan", THREADS),
    Bug("half-written output", "tools/output.c",
        "fd = out->path ? create_beside(out->path, &out->temporary) : -1;",
        "fd = exists ? open(name, O_WRONLY | O_TRUNC | O_CLOEXEC) :\n"
        "\t\t     out->path ? create_beside(out->path, &out->temporary) : -1;",
        "plain", ("synced", "--suite golden")),
    Bug("half-written output", "tools/output.c",
        "if (out->temporary && output_sync(fileno(file)) < 0)",
        "if (out->temporary && output_sync_name(out->path) < 0)",
        "plain", ("synced",)),
    Bug("lie in JSON", "lib/core/names.c",
        '[TSMMR_VERDICT_MISMATCH] = "mismatch",', '[TSMMR_VERDICT_MISMATCH] = "verified",',
        "plain", ANSWERS),
    Bug("lie in JSON", "lib/util/text.c",
        "(b == 0x7f) | (b == '\"') |", "(b == 0x7f) |",
        "plain", ANSWERS),
    Bug("lie in JSON", "lib/core/event_json.c",
        'json_flag(&j, "proven", proven);', 'json_flag(&j, "proven", true);',
        "plain", ANSWERS),
    Bug("swapped comparison", "lib/report/judge.c",
        "row->reg.trust < policy->min_trust", "row->reg.trust > policy->min_trust",
        "plain", ANSWERS),
    Bug("swapped comparison", "lib/crypto/trust.c",
        "X509_cmp_time(X509_get0_notAfter(cert), &when) <= 0)",
        "X509_cmp_time(X509_get0_notAfter(cert), &when) >= 0)",
        "plain", ANSWERS),
    Bug("unchecked allocation", "lib/report/report.c",
        "if (!report->judged || !report->rows || !report->proven)",
        "if (!report->judged || !report->proven)", "plain", ("every-place-machine",)),
    Bug("endless loop", "lib/format/ovmf.c",
        "if (n < ENTRY_SIZE || n > end)", "if (n > end)", "plain", BYTES),
]


def run(command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, check=False, **more)


class Copy:
    def __init__(self, folder, jobs):
        self.root, self.jobs = folder / "tree", jobs
        left_out = shutil.ignore_patterns(".git", "build", "__pycache__")
        shutil.copytree(ROOT, self.root, ignore=left_out)

    def configured(self, name):
        folder, (compiler, options) = self.root / "build" / name, BUILDS[name]
        if not folder.exists():
            env = os.environ | {"CC": f"ccache {compiler}" if shutil.which("ccache") else compiler}
            done = run(["meson", "setup", folder, self.root, "-Ddocs=disabled", *options], env=env)
            if done.returncode:
                raise SystemExit(done.stdout.decode())
        return folder

    def needed(self, folder, tests):
        """What has to be built for them."""
        def ask(what):
            return json.loads(run(["meson", "introspect", what, folder]).stdout)

        files = {target["id"]: target["filename"] for target in ask("--targets")}
        words = set(tests.split())
        return [os.path.relpath(path, folder)
                for test in ask("--tests")
                if {test["name"], *(suite.split(":")[-1] for suite in test["suite"])} & words
                for target in test["depends"] for path in files[target]]

    def does_not_build(self, folder, tests):
        done = run(["ninja", "-C", folder, f"-j{self.jobs}", *set(self.needed(folder, tests))])
        return next((line for line in done.stdout.decode().splitlines() if "error: " in line),
                    "ninja") if done.returncode else None

    def look(self, build, tests):
        """The first test that fails and how, or None."""
        folder = self.configured(build)
        error = self.does_not_build(folder, tests)
        if error:
            return COMPILER, error
        done = run(["meson", "test", "-C", folder, "--no-rebuild", "--maxfail=1",
                    f"--num-processes={self.jobs}", *tests.split()], env=os.environ | OPTIONS)
        found = re.search(r"^ *\d+/\d+ (.*?) +(FAIL|ERROR|TIMEOUT)\b", done.stdout.decode(), re.M)
        if not found and done.returncode:
            raise SystemExit(done.stdout.decode() + done.stderr.decode())
        return (found[1].rpartition(" / ")[2], found[2]) if found else None

    def planted(self, bug):
        """What found it, or None; and after how many seconds."""
        path = self.root / bug.file
        text = path.read_text()
        if text.count(bug.old) != 1:
            raise SystemExit(f"{bug.file}: not there once: {bug.old}")
        self.does_not_build(self.configured(bug.build), bug.tests[0])
        began = time.monotonic()
        path.write_text(text.replace(bug.old, bug.new))
        found = None
        for tests in bug.tests:
            found = found or self.look(bug.build, tests)
        took = time.monotonic() - began
        path.write_text(text)
        if found and found[0] != COMPILER:
            without = self.look(bug.build, found[0])
            if without:
                raise SystemExit(f"{found[0]} fails without the bug, too: {without[1]}")
        return found, took


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true")
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    args = parser.parse_args()
    bugs = [bug for bug in BUGS if not args.kinds or bug.kind in args.kinds]
    missed = 0

    if args.list:
        for bug in bugs:
            print(f"{bug.kind:20} {bug.build:5} {bug.file}: {bug.new!r}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(pathlib.Path(folder), args.j)
        for bug in bugs:
            found, took = copy.planted(bug)
            missed += not found or took > SECONDS_MAX
            print(f"{bug.kind:20} {bug.file:26} {bug.build:5} {took:4.0f} s  ",
                  ": ".join(found) if found else "NOT FOUND", flush=True)
    print(f"{len(bugs)} bugs planted, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
