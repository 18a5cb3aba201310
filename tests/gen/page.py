#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A page of man/ is what its maker writes from the library's tables.

    page.py MAKER PAGE [--update]
"""

import pathlib
import subprocess
import sys


def main():
    maker, page = sys.argv[1], pathlib.Path(sys.argv[2])
    made = subprocess.run([maker], capture_output=True, check=True).stdout.decode()
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
