#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""man/tsmmr-findings.7 is what the tables say, and every finding in them is one that is made.

    findings.py MKFINDINGS ROOT [--update]
"""

import pathlib
import re
import sys

from page import made_by


def main():
    page = made_by(sys.argv[1])
    root = pathlib.Path(sys.argv[2])
    committed = root / "man/tsmmr-findings.7"
    problems = []

    if sys.argv[3:] == ["--update"]:
        committed.write_text(page)
    if committed.read_text() != page:
        problems.append(f"{committed} is not what the tables say: findings.py … --update")

    # A finding that nothing makes is a promise nobody keeps.
    header = (root / "lib/core/finding.h").read_text()
    code = "\n".join(p.read_text() for p in (root / "lib").rglob("*.c")
                     if p.name != "finding.c")
    for name in re.findall(r"^\t(F_\w+),$", header, re.M):
        if not re.search(rf"\b{name}\b", code):
            problems.append(f"nothing makes the finding {name}")
    words = re.findall(r"^\.It Cm (\S+)", page.split(".Sh BINDING RULES")[0], re.M)
    for word in sorted({w for w in words if words.count(w) > 1}):
        where = [s.split("\n")[0] for s in page.split(".Sh ")[1:]
                 if re.search(rf"^\.It Cm {re.escape(word)}( |$)", s, re.M)]
        if len(where) != len(set(where)):
            problems.append(f"{word} stands twice under {where[0]}")

    print(f"{len(words)} words")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
