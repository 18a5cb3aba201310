#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every enumerator and constant of the public headers has the number it was released with.

    enumerators.py SOURCE-ROOT [--update]
    enumerators.py SOURCE-ROOT CC...

The list is tests/abi/enumerators.tsv: a name and its number.  With --update it is written
from the headers.  Given a compiler, the headers are compared with the list, and a program
that asserts each line is compiled, for what this script reads is not what C reads.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

LIST = "tests/abi/enumerators.tsv"
# Made by the build, or the version that changes with each release.
NOT_LISTED = re.compile(r"TSMMR_VERSION_\w+|TSMMR_\w+_H")


def number(text, known):
    """A constant expression of numbers, shifts, ors and names that came before."""
    text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text.strip())
    text = text.replace("UINT64_MAX", str(2**64 - 1)).replace("UINT32_MAX", str(2**32 - 1))
    text = re.sub(r"\bTSMMR_\w+", lambda m: str(known[m.group()]), text)
    if not re.fullmatch(r"[\s()0-9a-fA-FxX<|+-]+", text):
        raise ValueError(f"not a constant: {text}")
    return int(eval(text, {"__builtins__": {}}))  # pylint: disable=eval-used


def from_headers(root):
    found, problems = {}, []
    for header in sorted((root / "include/tsmmr").glob("*.h")):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", header.read_text(encoding="utf-8"), flags=re.S)
        pairs = []
        for body in re.findall(r"\benum\b\s*\w*\s*\{(.*?)\}", text, re.S):
            pairs += [item.partition("=")[::2] for item in body.split(",") if item.strip()]
        pairs += re.findall(r"^\s*#\s*define\s+(TSMMR_\w+)[ \t]+(\S.*)$", text, re.M)
        for name, value in pairs:
            name = name.strip()
            if NOT_LISTED.fullmatch(name):
                continue
            if not value.strip():
                problems.append(f"{header.name}: {name} has no number of its own")
                continue
            if name in found:
                problems.append(f"{header.name}: {name} is there twice")
            try:
                found[name] = number(value, found)
            except (KeyError, ValueError, SyntaxError) as why:
                problems.append(f"{header.name}: {name}: {why}")
    return found, problems


def from_list(path):
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {name: int(value) for name, value in (line.split("\t") for line in lines)}


def compile_list(root, listed, cc):
    """Does C read the same numbers?"""
    version = "#define TSMMR_VERSION_MAJOR 0\n"
    asserts = "".join(f'_Static_assert(({name}) == {value}{"u" if value > 2**31 else ""}'
                      f'{"ll" if abs(value) > 2**31 else ""}, "{name}");\n'
                      for name, value in listed.items())
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "tsmmr").mkdir()
        (pathlib.Path(folder) / "tsmmr/version.h").write_text(version, encoding="utf-8")
        done = subprocess.run(
            cc + ["-std=gnu11", "-fsyntax-only", "-x", "c", "-I", folder, "-I",
                  str(root / "include"), "-"],
            input="#include <tsmmr/tsmmr.h>\n" + asserts, text=True, capture_output=True,
            check=False)
    return [done.stderr] if done.returncode else []


def main():
    root, arguments = pathlib.Path(sys.argv[1]), sys.argv[2:]
    path = root / LIST
    found, problems = from_headers(root)
    if arguments == ["--update"]:
        path.write_text("".join(f"{name}\t{found[name]}\n" for name in sorted(found)),
                        encoding="utf-8")
    listed = from_list(path)

    for name in sorted(found.keys() | listed.keys()):
        if name not in found:
            problems.append(f"{name}, which was {listed[name]}, is gone")
        elif name not in listed:
            problems.append(f"{name} is not on the list")
        elif found[name] != listed[name]:
            problems.append(f"{name} was {listed[name]} and is {found[name]}")
    if len(found) < 100:
        problems.append(f"only {len(found)} enumerators found: has the style changed?")
    if arguments and arguments != ["--update"] and not problems:
        problems += compile_list(root, listed, arguments)
    print(f"{len(found)} enumerators")
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"read doc/ABI.md; if this change is meant: python3 {sys.argv[0]} {root} --update",
              file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
