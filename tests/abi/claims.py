#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every claim is in tsmmr-claims(7), and every one of that page is made.

    claims.py ROOT
"""

import json
import pathlib
import re
import sys


def names_of(value):
    """Names of the claims of all evidence in a piece of JSON."""
    if isinstance(value, dict):
        for piece in value.get("evidence") or []:
            if isinstance(piece, dict):
                yield from piece.get("claims", {})


def main():
    root = pathlib.Path(sys.argv[1])
    page = set(re.findall(r"^\.It Cm (\w+) Pq", (root / "man/tsmmr-claims.7").read_text(), re.M))
    code = "\n".join(p.read_text() for p in (root / "lib/platform").glob("*.c"))
    problems = []

    # Parts of names that a macro puts together stand alone in the code.
    for name in sorted(page):
        tail = re.sub(r"^(current|reported|committed|launch)_tcb(?=_)", "", name)
        tail = re.sub(r"^software_component_N", "", tail)
        if f'"{tail}"' not in code:
            problems.append(f"nothing claims {name}")
    shown = set()
    for output in (root / "tests/golden/out").glob("*.txt"):
        for line in output.read_text(errors="replace").splitlines():
            if line.startswith('{"schema":"tsmmr.'):
                shown.update(names_of(json.loads(line)))
    known = {re.sub(r"^software_component_\d+", "software_component_N", name) for name in shown}
    problems += [f"man/tsmmr-claims.7 lacks {name}" for name in sorted(known - page)]

    print(f"{len(page)} claims, {len(known)} of them in the outputs of the golden suite")
    for problem in problems:
        print(problem)
    return 1 if problems or len(known) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
