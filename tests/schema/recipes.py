#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The recipes of tsmmr-json(7) print what they say, on outputs of the golden suite, and TOOL takes
the command lines before them.

    recipes.py ROOT [TOOL]      skipped (77) without jq
    recipes.py --update ROOT    write down what they print
"""

import configparser
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

USAGE = 2


def is_taken(tool, line):
    """Nothing is wrong with a command line but that its files are not there."""
    with tempfile.TemporaryDirectory() as empty:
        argv = [str(pathlib.Path(tool).resolve()), *shlex.split(line), "--root", empty]
        done = subprocess.run(argv, cwd=empty, capture_output=True, timeout=60, check=False)
    return done.returncode != USAGE


def main():
    update = sys.argv[1] == "--update"
    root, *tool = sys.argv[2:] if update else sys.argv[1:]
    root = pathlib.Path(root)
    if not shutil.which("jq"):
        print("skipped: no jq")
        return 77
    path, bad = root / "man/recipes.ini", 0
    text = path.read_text(encoding="utf-8")
    ini = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    ini.read_string(text)
    for name in ini.sections():
        one = ini[name]
        output = (root / "tests/golden/out" / f"{one['from']}.txt").read_bytes()
        done = subprocess.run(["jq", "-r", one["jq"]], input=output, capture_output=True,
                              timeout=60, check=False)
        printed = (done.stdout + done.stderr).decode().rstrip("\n")
        if update:
            head, _, tail = text.partition(f"[{name}]\n")
            before, _, after = tail.partition("prints =")
            after = after[after.find("\n\n"):] if "\n\n" in after else "\n"
            lines = "".join(f"\n\t{line}" for line in printed.split("\n"))
            text = f"{head}[{name}]\n{before}prints ={lines}{after}"
        elif done.returncode or not printed or printed != one["prints"].strip():
            bad += 1
            print(f"{name}: exit {done.returncode}, prints\n{printed}", file=sys.stderr)
        for path in tool:
            if not is_taken(path, one["shown"]):
                bad += 1
                print(f"{name}: usage: {one['shown']}", file=sys.stderr)
    if update:
        path.write_text(text, encoding="utf-8")
    print(f"{len(ini.sections())} recipes")
    return 1 if bad or not ini.sections() else 0


if __name__ == "__main__":
    sys.exit(main())
