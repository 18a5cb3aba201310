#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Switches each rule of tests/adversary/RULES.tsv off in a copy, and sees its test fail.

    switch_off.py [-j N] [RULE...]

A tool for developers, not part of the suite: it builds the library once for every switch,
some minutes in all.  Prints a line for each, and exits 1 when a test did not notice.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/adversary"))
sys.dont_write_bytecode = True
import rules  # noqa: E402  pylint: disable=wrong-import-position

PROGRAMS = {"adversary": "adversary_", "api": "api_", "unit": "test_"}


def run(command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, check=False, **more)


class Copy:
    def __init__(self, folder, jobs):
        self.root, self.build, self.jobs = folder / "copy", folder / "build", jobs
        shutil.copytree(ROOT, self.root, ignore=shutil.ignore_patterns(".git", "build", "__pycache__"))
        done = run(["meson", "setup", self.build, self.root, "-Dbuildtype=plain", "-Ddocs=disabled",
                    "-Ddefault_library=both"])
        if done.returncode:
            raise SystemExit(done.stdout.decode())

    def command(self, test):
        """What to build, and what to run."""
        path, _, name = test.partition(":")
        where, file = path.split("/")
        if path == "adversary/toctou.py":
            return "tools/tsmmr-replay", [sys.executable, self.root / "tests" / path,
                                          self.build / "tools/tsmmr-replay",
                                          self.root / "tests/data"], None
        if path == "adversary/lacking.py":
            return ("tools/tsmmr-replay tests/adversary/lacking.so",
                    [sys.executable, self.root / "tests" / path,
                     self.build / "tools/tsmmr-replay", self.build / "tests/adversary/lacking.so",
                     self.root / "tests/data"], None)
        if path in ("adversary/collateral.py", "adversary/tcb_table.py"):
            return "tools/tsmmr-replay", [sys.executable, self.root / "tests" / path,
                                          self.build / "tools/tsmmr-replay",
                                          self.root / "tests/data", *([name] if name else [])], None
        if path == "adversary/amd_lists.py":
            return "tools/tsmmr-replay", [sys.executable, self.root / "tests" / path,
                                          self.build / "tools/tsmmr-replay", name], None
        if path == "adversary/yes.py":
            return "tools/tsmmr-replay", [sys.executable, self.root / "tests" / path, "--only",
                                          name, "--", self.build / "tools/tsmmr-replay",
                                          self.root / "tests/data"], None
        if path == "mutation/mutation.py":
            return "tests/mutation/mutate", [sys.executable, self.root / "tests" / path,
                                             self.build / "tests/mutation/mutate",
                                             self.root / "tests/data"], None
        if file.endswith(".py"):
            return None, [sys.executable, self.root / "tests" / path, self.root], None
        program = PROGRAMS[where] + file.removeprefix("test_").removesuffix(".c")
        target = f"tests/{where}/{program}"
        return target, [self.build / target], name

    def fails(self, test):
        """True or False; or why it cannot be told."""
        target, command, name = self.command(test)
        if target:
            built = run(["ninja", "-C", self.build, f"-j{self.jobs}", *target.split()])
            if built.returncode:
                text = built.stdout.decode()
                return "does not build: " + next(
                    (line for line in text.splitlines() if "error" in line), "?")
        try:
            done = run(command, timeout=120)
        except subprocess.TimeoutExpired:
            return True
        if name is None or done.returncode < 0:
            return done.returncode != 0
        return f"[  FAILED  ] {name}\n" in (done.stdout + done.stderr).decode()

    def switched(self, file, old, new, test):
        path = self.root / file
        text = path.read_text()
        path.write_text(text.replace(old, new))
        try:
            return self.fails(test)
        finally:
            path.write_text(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", type=int, default=os.cpu_count())
    parser.add_argument("rules", nargs="*")
    args = parser.parse_args()
    rows = [r for r in rules.read(ROOT) if not args.rules or r[1] in args.rules]
    unnoticed = 0

    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(pathlib.Path(folder), args.j)
        for test in sorted({r[2] for r in rows if r[3] != "-"}):
            if copy.fails(test) is not False:
                raise SystemExit(f"{test} fails as it is")
        for _, rule, test, file, old, new in sorted(rows, key=lambda r: r[3:]):
            if file == "-":
                print(f"{rule:7} -          {test}")
                continue
            noticed = copy.switched(file, old, new, test)
            unnoticed += noticed is not True
            print(f"{rule:7} {'fails' if noticed is True else 'UNNOTICED':10} {test}  ({file})",
                  "" if isinstance(noticed, bool) else noticed, flush=True)
    switched = sum(r[3] != "-" for r in rows)
    print(f"{switched} switches, {unnoticed} unnoticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
