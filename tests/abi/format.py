#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every C file is as clang-format 14 writes it; skipped by name with another version.

    format.py SOURCE-ROOT
"""

import pathlib
import re
import shutil
import subprocess
import sys

VERSION = 14  # Debian 12's: versions differ in what they make of one configuration
SKIPPED = 77


def formatter():
    """The command of that version, or a reason why there is none."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if not path:
            continue
        said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
        found = re.search(r"version (\d+)\.", said)
        if found and int(found[1]) == VERSION:
            return path, None
    return None, f"no clang-format {VERSION}"


def main():
    root = pathlib.Path(sys.argv[1])
    command, why = formatter()
    if why:
        print(f"format: {why}")
        return SKIPPED
    files = [p for folder in ("lib", "tools", "include", "tests", "examples", "bench")
             for p in sorted((root / folder).glob("**/*.[ch]"))]
    print(f"{len(files)} files")
    done = subprocess.run([command, "--dry-run", "-Werror", *map(str, files)])
    return 1 if done.returncode or len(files) < 200 else 0


if __name__ == "__main__":
    sys.exit(main())
