#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The built library against the ABI of the last release, tests/abi/libtsmmr.abi.

    abidiff.py SOURCE-ROOT LIBRARY

Skipped (77) before there is a release, and without abidiff.
"""

import pathlib
import shutil
import subprocess
import sys

SKIP = 77


def main():
    root, library = pathlib.Path(sys.argv[1]), sys.argv[2]
    baseline = root / "tests/abi/libtsmmr.abi"
    if not baseline.is_file():
        print("no baseline: nothing has been released yet")
        return SKIP
    if not shutil.which("abidiff"):
        print("abidiff is not installed")
        return SKIP
    done = subprocess.run(
        ["abidiff", "--no-added-syms", "--headers-dir2", str(root / "include/tsmmr"),
         str(baseline), library], check=False)
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
