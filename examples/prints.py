#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An example does what its page says.

    prints.py STATUS TEXT INPUT PROGRAM [ARG]...

PROGRAM, with the file INPUT ("-": nothing) for standard input, must exit with STATUS and print
something with TEXT in it.
"""

import subprocess
import sys


def main():
    status, text, source, *argv = sys.argv[1:]
    with open("/dev/null" if source == "-" else source, "rb") as stdin:
        done = subprocess.run(argv, stdin=stdin, capture_output=True, timeout=60, check=False)
    out = done.stdout.decode("utf-8", "replace")
    print(out + done.stderr.decode("utf-8", "replace"))
    return 0 if done.returncode == int(status) and out and text in out else 1


if __name__ == "__main__":
    sys.exit(main())
