#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the pages for developers point to is there: links, files, folders, functions, tables.

    pages.py ROOT

A path in backticks is one of the root's, or of a room of lib/; a room that is to come says so.
"""

import pathlib
import re
import sys

FOLDERS = ("lib", "tests", "tools", "include", "doc", "man", "examples", "bench")
LINK = re.compile(r"\]\(([^)#:]+)")
PATH = re.compile(r"`([a-z_]+/[\w./*-]*)`")
WORDS = re.compile(r"`([a-z]+_[a-z_]+)(?:\(\)|\[\])`")	# of functions and tables


def paths(text):
    for line in text.splitlines():
        if "to come" not in line:
            yield from PATH.findall(line)


def problems_of(root, rooms, page):
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(root)

    for target in LINK.findall(text):
        if not (page.parent / target).exists():
            yield f"{name}: the link to {target} leads nowhere"
    for path in paths(text):
        first = path.split("/")[0]
        if first in FOLDERS or first in rooms:
            base = root if first in FOLDERS else root / "lib"
            if not any(base.glob(path.rstrip("/"))):
                yield f"{name}: there is no {path}"


def words_of(root, sources, page):
    for word in WORDS.findall(page.read_text(encoding="utf-8")):
        if not re.search(rf"\b{word}\b", sources):
            yield f"{page.relative_to(root)}: nothing is called {word}"


def main():
    root = pathlib.Path(sys.argv[1])
    pages = sorted([*root.glob("*.md"), *root.glob("doc/*.md"), root / "tests/README.md"])
    pages = [page for page in pages if page.is_file()]
    rooms = {folder.name for folder in (root / "lib").iterdir() if folder.is_dir()}
    sources = "\n".join(path.read_text() for folder in ("lib", "tools", "include")
                        for path in (root / folder).glob("**/*.[ch]"))
    problems = [problem for page in pages for problem in
                [*problems_of(root, rooms, page), *words_of(root, sources, page)]]

    rows = re.findall(r"^\| `(\w+)/` \|", (root / "doc/ARCHITECTURE.md").read_text(), re.M)
    problems += [f"doc/ARCHITECTURE.md has no row for lib/{room}" for room in rooms - set(rows)]

    print(f"{len(pages)} pages")
    if len(pages) < 7:
        problems.append("pages are missing")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
