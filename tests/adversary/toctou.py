#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Rule 28: a register that is read just before what the log already tells is read again.

    toctou.py TOOL DATA
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

LINES = ["example.org/app start", "example.org/app ready"]


def main():
    tool, data = sys.argv[1], pathlib.Path(sys.argv[2])
    values = [b"\0" * 48]
    for line in LINES:
        digest = hashlib.sha384(line.encode()).digest()
        values.append(hashlib.sha384(values[-1] + digest).digest())

    wrong = []
    for delay_ms in (0, 15, 25, 35, 45):
        with tempfile.TemporaryDirectory() as scratch:
            root = pathlib.Path(scratch) / "root"
            shutil.copytree(data / "sysfs/tdx-6.16", root)
            log = root / "run/tsmmr/tdx_guest/rtmr3/event_log"
            register = (root / "sys/devices/virtual/misc/tdx_guest/measurements"
                        / "rtmr3:sha384")
            log.parent.mkdir(parents=True)
            log.write_text("".join(line + "\n" for line in LINES))
            register.chmod(0o600)
            register.write_bytes(values[1])

            def extend():
                new = pathlib.Path(scratch) / "new"
                new.write_bytes(values[2])
                os.replace(new, register)

            # Only while nothing was updated before it ran does a run say anything.
            later = threading.Timer(delay_ms / 1000, extend)
            later.start()
            done = subprocess.run([tool, "verify", "--root", root], capture_output=True,
                                  check=False)
            later.join()
            if done.returncode != 0:
                wrong.append(f"{delay_ms} ms: exit {done.returncode}: "
                             f"{done.stdout.decode().splitlines()[-1]}")

    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
