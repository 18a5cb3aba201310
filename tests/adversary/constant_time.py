#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rule 32: digests are compared by hash_equal(), and that in constant time.

    constant_time.py ROOT
"""

import pathlib
import re
import sys

# Where a register's value is held against another.
COMPARE = ["lib/report/report.c", "lib/report/status.c", "lib/report/judge.c",
           "lib/core/candidates.c", "lib/core/replay.c", "lib/core/virtual.c", "lib/core/manifest.c",
           "lib/platform/tdx.c"]


def main():
    root = pathlib.Path(sys.argv[1])
    wrong = []
    body = re.search(r"^bool hash_equal\(.*?^}", (root / "lib/crypto/hash.c").read_text(),
                     re.M | re.S)
    if not body or "CRYPTO_memcmp(" not in body.group():
        wrong.append("hash_equal() is not CRYPTO_memcmp()")
    for name in COMPARE:
        for n, line in enumerate((root / name).read_text().splitlines(), 1):
            if re.search(r"(?<!CRYPTO_)\bmemcmp\(", line):
                wrong.append(f"{name}:{n}: memcmp() where values are compared")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
