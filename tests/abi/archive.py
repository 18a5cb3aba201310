#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The static library's global symbols are the map's, and no others.

    archive.py SOURCE-ROOT LIBTSMMR.A
"""

import pathlib
import re
import subprocess
import sys


def main():
    root, archive = sys.argv[1:]
    text = (pathlib.Path(root) / "lib/libtsmmr.map").read_text(encoding="utf-8")
    exported = set(re.findall(r"^\s*(tsmmr_\w+);", text, re.M))
    out = subprocess.run(["nm", "-g", "--defined-only", archive], check=True,
                         capture_output=True, text=True).stdout
    # Sanitizers and coverage leave marks of theirs, which begin with two underscores.
    found = {line.split()[-1] for line in out.splitlines() if len(line.split()) == 3}
    found = {s for s in found if not s.startswith("__")}
    print(f"{len(exported)} in the map, {len(found)} in the archive")
    for symbol in sorted(exported ^ found):
        print(f"only in the {'map' if symbol in exported else 'archive'}: {symbol}", file=sys.stderr)
    return 1 if exported != found or len(exported) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
