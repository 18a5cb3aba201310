#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs tsmmr-replay on what people met: each row of cases.tsv, in its folder of data/cases.

    cases.py TOOL DATA [MORE]

A row has the folder, the exit status, the texts that stdout or stderr must hold ("|" between
them; one that begins with "!" must not be there), and the command line; " | " in it hands what
one run prints to the next, and the last one's exit status counts, as long as those before it
exit 0.  A kind whose inputs are all elsewhere in DATA has no folder, and runs in data/cases.  One
that begins with "+" has its folder in MORE, for its inputs are not ours to publish; without MORE
it is skipped.

Every file of data/cases must be named by a row, and so must every file of MORE, unless a row
names the same bytes in DATA, or holds what the file says.  Prints TAP.
"""

import hashlib
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
    out, said = b"", b""
    for part in command.split(" | "):
        done = subprocess.run([tool] + shlex.split(part), cwd=folder, timeout=TIMEOUT_S,
                              input=out, capture_output=True, check=False)
        out = done.stdout
        said += done.stderr
        if done.returncode:
            break
    return done.returncode, (out + said).decode("utf-8", "replace")


def problems_of(status, said, expected, texts):
    if str(status) != expected:
        yield f"exit {status}, not {expected}"
    for text in filter(None, texts.split("|")):
        if text.startswith("!") and text[1:] in said:
            yield f"says: {text[1:]}"
        elif not text.startswith("!") and text not in said:
            yield f"does not say: {text}"


def files_of(folder):
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix != ".md"]


def words_of(command):
    """The words of a command line that may name a file."""
    for word in shlex.split(command):
        yield from {word, word.lstrip("@"), word.rpartition("=")[2].lstrip("@"),
                    word.rpartition(":")[2]}


def folder_of(kind, cases, more):
    """Where a row runs, or None if that is not here."""
    if kind.startswith("+"):
        return more / kind[1:] if more else None
    return cases / kind if (cases / kind).is_dir() else cases


def named_files(rows):
    """The files that the rows name, themselves or by the folder that holds them."""
    for folder, command in rows:
        for word in words_of(command) if folder else ():
            path = (folder / word).resolve()
            if path.is_dir() and path != folder:
                yield from files_of(path)
            elif path.is_file():
                yield path


def digest(path):
    return hashlib.sha256(path.read_bytes()).digest()


def unnamed(cases, more, rows):
    """Files that no row is about."""
    named = set(named_files(rows))
    for path in files_of(cases):
        if path not in named:
            yield f"no row names {path.relative_to(cases)}"
    known = {digest(p) for p in named}
    for path in files_of(more) if more else ():
        said = path.read_bytes().strip()
        if digest(path) not in known and not any(
                said and said in command.encode() for _, command in rows):
            yield f"no row names {path.relative_to(more)}"


def main():
    tool = str(pathlib.Path(sys.argv[1]).resolve())
    cases = (pathlib.Path(sys.argv[2]) / "cases").resolve()
    more = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
    more = more if more and more.is_dir() else None
    rows, kinds, failed, skipped, count = [], set(), 0, 0, 0

    for number, (kind, expected, texts, command) in rows_of(HERE / "cases.tsv"):
        count += 1
        kinds.add(kind)
        folder = folder_of(kind, cases, more)
        rows.append((folder, command))
        if not folder:
            skipped += 1
            print(f"ok {count} - {kind}: line {number} # SKIP without the folder of inputs")
            continue
        status, said = run(tool, folder, command)
        problems = list(problems_of(status, said, expected, texts))
        print(f"{'not ok' if problems else 'ok'} {count} - {kind}: line {number}")
        for problem in problems:
            print(f"# {problem}\n# {command}")
        if problems:
            print("".join(f"#   {line[:1000]}\n" for line in said.splitlines()[:40]), end="")
        failed += bool(problems)
    left = list(unnamed(cases, more, rows))
    print(f"{'not ok' if left else 'ok'} {count + 1} - every file has a row")
    for problem in left:
        print(f"# {problem}")
    print(f"# {count} cases of {len(kinds)} kinds, {skipped} skipped, {failed} failed")
    print(f"1..{count + 1}")
    return 1 if failed or left or not count else 0


if __name__ == "__main__":
    sys.exit(main())
