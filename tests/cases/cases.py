#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs tsmmr-replay on what people met: each row of cases.tsv, in its folder of data/cases.

    cases.py TOOL DATA

A row has the folder, the exit status, the texts that stdout or stderr must hold ("|" between
them; one that begins with "!" must not be there), and the command line.  A folder without a row
is an error, and so is a file in one that no row names.  Prints TAP.
"""

import pathlib
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_S = 60


def rows_of(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 4:
            raise SystemExit(f"{path.name}:{number}: {len(fields)} fields, not 4")
        yield number, fields


def run(tool, folder, command):
    """Exit status, and all that was said."""
    done = subprocess.run([tool] + shlex.split(command), cwd=folder, timeout=TIMEOUT_S,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def problems_of(status, said, expected, texts):
    if str(status) != expected:
        yield f"exit {status}, not {expected}"
    for text in filter(None, texts.split("|")):
        if text.startswith("!") and text[1:] in said:
            yield f"says: {text[1:]}"
        elif not text.startswith("!") and text not in said:
            yield f"does not say: {text}"


def unnamed(data, named):
    """Files and folders that no row is about."""
    for folder in sorted(p for p in data.iterdir() if p.is_dir()):
        if folder.name not in named:
            yield f"no row for {folder.name}"
            continue
        words = " ".join(named[folder.name])
        for file in sorted(folder.rglob("*")):
            inside = file.relative_to(folder)
            if file.is_file() and str(inside) not in words and inside.parts[0] not in words:
                yield f"no row names {folder.name}/{inside}"


def main():
    tool, data = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]) / "cases"
    named, failed, count = {}, 0, 0

    for number, (folder, expected, texts, command) in rows_of(HERE / "cases.tsv"):
        count += 1
        named.setdefault(folder, []).append(command)
        status, said = run(tool, data / folder, command)
        problems = list(problems_of(status, said, expected, texts))
        print(f"{'not ok' if problems else 'ok'} {count} - {folder}: line {number}")
        for problem in problems:
            print(f"# {problem}\n# {command}")
        if problems:
            print("".join(f"#   {line}\n" for line in said.splitlines()[:40]), end="")
        failed += bool(problems)
    left = list(unnamed(data, named))
    print(f"{'not ok' if left else 'ok'} {count + 1} - every file has a row")
    for problem in left:
        print(f"# {problem}")
    print(f"1..{count + 1}")
    return 1 if failed or left or not count else 0


if __name__ == "__main__":
    sys.exit(main())
