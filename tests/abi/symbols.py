#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The exported functions are the same in the version script, the headers and the library's
api*.c files; the manual is made from the headers (manual.py).

    symbols.py SOURCE-ROOT
"""

import pathlib
import re
import sys

PROTOTYPE = re.compile(r"^([a-z][\w ]*?[\s*])(tsmmr_\w+)\(([^;{]*?)\)\s*;", re.M | re.S)
DEFINITION = re.compile(r"^TSMMR_API\s[^;{]*?\b(tsmmr_\w+)\([^;{]*?\)\s*\{", re.M | re.S)


def read(path):
    return path.read_text(encoding="utf-8")


def without_comments(c):
    return re.sub(r"/\*.*?\*/", " ", c, flags=re.S)


def squeeze(c):
    """One spelling for one declaration, whatever its line breaks."""
    return re.sub(r"\s*([*,()\[\]])\s*", r"\1", re.sub(r"\s+", " ", c)).strip()


def from_map(root):
    """Symbols and the node each is in; and whether nodes form a chain that ends in local."""
    text = re.sub(r"/\*.*?\*/|#.*", "", read(root / "lib/libtsmmr.map"), flags=re.S)
    symbols, problems, nodes = {}, [], []
    for name, body, parent in re.findall(r"(\w[\w.]*)\s*\{(.*?)\}\s*([\w.]*)\s*;", text, re.S):
        if parent != (nodes[-1] if nodes else ""):
            problems.append(f"node {name} does not continue the one before it")
        nodes.append(name)
        exported = body.split("local:")[0]
        for symbol in re.findall(r"(\w+);", exported):
            if symbol in symbols:
                problems.append(f"{symbol} is in {symbols[symbol]} and in {name}")
            symbols[symbol] = name
        if "*" in exported:
            problems.append(f"node {name} exports by pattern")
    if "local:" not in text or not re.search(r"local:\s*\*;", text):
        problems.append("the map does not hide everything else")
    return symbols, problems


def from_headers(root):
    """Prototypes, by name; inline functions and macros that need a C compiler are refused."""
    prototypes, problems = {}, []
    for header in sorted((root / "include/tsmmr").glob("*.h")):
        text = without_comments(read(header))
        for returns, name, arguments in PROTOTYPE.findall(text):
            if name in prototypes:
                problems.append(f"{name} is declared twice")
            prototypes[name] = squeeze(f"{returns} {name}({arguments})")
        for bad in ("static inline", "va_list", "...", "bool ", "FILE", "off_t", "long "):
            if bad in text:
                problems.append(f"{header.name} has {bad.strip()!r}, which does not cross an FFI")
        for included in re.findall(r"#include\s+[<\"]([^>\"]+)", text):
            if included not in ("stddef.h", "stdint.h") and not included.startswith("tsmmr/"):
                problems.append(f"{header.name} includes {included}")
    return prototypes, problems


def from_sources(root):
    names, problems = set(), []
    for path in sorted((root / "lib").glob("**/*.c")):
        text = without_comments(read(path))
        found = DEFINITION.findall(text)
        if found and not path.name.startswith("api"):
            problems.append(f"{path.relative_to(root)} exports {', '.join(found)}")
        if len(found) != len(re.findall(r"^TSMMR_API\b", text, re.M)):
            problems.append(f"{path.relative_to(root)}: a TSMMR_API that defines nothing")
        names.update(found)
    return names, problems


def main():
    root = pathlib.Path(sys.argv[1])
    mapped, problems = from_map(root)
    declared, more = from_headers(root)
    defined, even_more = from_sources(root)
    problems += more + even_more

    where = [("lib/libtsmmr.map", set(mapped)), ("include/tsmmr/*.h", set(declared)),
             ("lib/api*.c", defined)]
    everywhere = set().union(*(names for _, names in where))
    for name in sorted(everywhere):
        lacking = [place for place, names in where if name not in names]
        if lacking:
            problems.append(f"{name} is not in {', '.join(lacking)}")

    if len(everywhere) < 50:
        problems.append(f"only {len(everywhere)} functions found: has the style changed?")
    print(f"{len(everywhere)} functions in {len(where)} places")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
