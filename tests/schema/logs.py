#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each event of each log in some folders is as its schema says.

    logs.py TOOL EVERY FOLDER...

Takes one file of EVERY, and of each log the first events of a shape.
"""

import collections
import pathlib
import subprocess
import sys

import schema

TOO_LONG = 3 << 20  # of a file, for a test
SAME = 3


def main():
    tool, every = sys.argv[1], int(sys.argv[2])
    paths = [path for folder in sys.argv[3:] for path in sorted(pathlib.Path(folder).rglob("*"))
             if path.is_file() and path.stat().st_size < TOO_LONG]
    seen, bad = collections.Counter(), 0
    for path in paths[::every]:
        done = subprocess.run([tool, "show", "--json", path], capture_output=True, timeout=120,
                              stdin=subprocess.DEVNULL, check=False)
        shapes = collections.Counter()
        for line in done.stdout.splitlines():
            value = schema.load(line)
            shape = value.get("type"), *value.get("details", ())
            shapes[shape] += 1
            if shapes[shape] > SAME:
                continue
            seen[value["schema"]] += 1
            for problem in schema.SCHEMAS.of_object(value):
                bad += 1
                print(f"{path}: {problem}", file=sys.stderr)
    print(f"{len(paths[::every])} files: {dict(seen)}")
    return 1 if bad or seen["tsmmr.event/1"] < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
