#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A page of man/ is what its maker writes from the library's tables.

    page.py MAKER PAGE [--update]
"""

import pathlib
import subprocess
import sys

WIDTH = 80      # what mandoc -T lint likes


def fold(line):
    """A line of text as lines of 80 bytes; none begins as a request or ends as a sentence."""
    lines = [""]
    for word in line.split(" "):
        longer = f"{lines[-1]} {word}".lstrip()
        if len(longer.encode()) <= WIDTH or word[:1] in (".", "'") or not lines[-1]:
            lines[-1] = longer
            continue
        # What would end the line as a sentence goes to the next one.
        kept = lines[-1].split(" ")
        taken = [word]
        while len(kept) > 1 and kept[-1][-1:] in (".", "!", "?", ")"):
            taken.insert(0, kept.pop())
        lines[-1:] = [" ".join(kept), " ".join(taken)]
    return lines


def wrapped(page):
    """mdoc without long lines of text, but in displays."""
    out, literal = [], False
    for line in page.split("\n"):
        if line.startswith(".Bd -literal") or line == ".Ed":
            literal = line != ".Ed"
        text = not literal and not line.startswith((".", "'"))
        out += fold(line) if text and len(line.encode()) > WIDTH else [line]
    return "\n".join(out)


def made_by(maker):
    return wrapped(subprocess.run([maker], capture_output=True, check=True).stdout.decode())


def main():
    maker, page = sys.argv[1], pathlib.Path(sys.argv[2])
    made = made_by(maker)
    if sys.argv[3:] == ["--update"]:
        page.write_text(made, encoding="utf-8")
    if page.read_text(encoding="utf-8") != made:
        print(f"{page} is not what the tables say: page.py {maker} {page} --update",
              file=sys.stderr)
        return 1
    print(f"{len(made)} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
