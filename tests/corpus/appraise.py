#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real guest's boot, appraised: Google's COS 113 with its quote, Intel's root and its MRTD.

    appraise.py TOOL CORPUS

What was unknown becomes the list that it is appraised by, and nothing less does.  Skipped (77)
without the corpus.
"""

import pathlib
import subprocess
import sys
import tempfile

SKIP = 77
LOG = "ccel/go-eventlog__cos-113-intel-tdx.bin"
QUOTE = "tdx-quote/go-tdx-guest__cos-113-tdx-quote.dat"
MRTD = "dae67181d3d65e073ad8f95b7907d5e927bfe9761c9ff3e9b89734a45d8954dba41394c7717cb2735396c1d04231f94a"
PINNED = ("--expect", f"mrtd={MRTD}")

problems = []


class Guest:
    def __init__(self, tool, corpus, scratch):
        self.tool, self.log, self.scratch, self.runs = tool, corpus / LOG, scratch, 0
        self.evidence = ("--evidence", corpus / QUOTE, "--trust-root", "intel-sgx",
                         "--time", "2026-09-01T00:00:00Z")

    def appraise(self, exits, *args, log=None, says=""):
        done = subprocess.run([self.tool, "appraise", str(log or self.log),
                               *map(str, self.evidence + args)],
                              capture_output=True, text=True, timeout=120, check=False)
        self.runs += 1
        if done.returncode not in exits or says not in done.stdout:
            problems.append(f"{' '.join(map(str, args))}: exit {done.returncode}, "
                            f"not {exits} with “{says}”: {done.stdout[-300:]} {done.stderr}")

    def list(self, lines):
        path = self.scratch / "list"
        path.write_text("".join(lines))
        return path


def check(guest):
    unknown = guest.scratch / "unknown"
    guest.appraise([4], "--write-unknown", unknown, says="unknown: rtmr0 (15) rtmr1 (3) rtmr2 (20)")
    lines = unknown.read_text().splitlines(keepends=True)
    records = [n for n, line in enumerate(lines) if not line.startswith("#")]
    if len(records) != 38:
        problems.append(f"{len(records)} records are unknown, not 38")

    known = ("--known", f"sums={unknown}")
    guest.appraise([0], *known, *PINNED, says="appraised: known: rtmr0 (16) rtmr1 (7) rtmr2 (20)")
    guest.appraise([4], *known, says="launch: unknown")
    guest.appraise([0], *known, "--allow", "launch-unknown", says="launch: allowed")
    guest.appraise([1], *known, "--expect", "mrtd=" + "00" * 48)

    for n in records:
        # shim measures two empty lists, so that their digests are one.
        twice = lines[n].split()[:2] in [line.split()[:2] for line in lines[:n] + lines[n + 1:]]
        less = guest.list(lines[:n] + lines[n + 1:])
        guest.appraise([0] if twice else [4], "--known", f"sums={less}", *PINNED,
                       says="appraised" if twice else "\nunknown  record ")
        denied = guest.list([lines[n]])
        guest.appraise([1], *known, "--denied", f"sums={denied}", *PINNED, says="\ndenied   record ")

    # Each text that is bound, changed by a letter: what is not bound is only shown.
    data = guest.log.read_bytes()
    for text in (b"grub_cmd: defaultA=2", b"grub_cmd: set timeout=0",
                 b"kernel_cmdline: /syslinux/vmlinuz.A", b"Exit Boot Services Invocation"):
        at = data.index(text) + len(text) - 1
        forged = guest.scratch / "forged"
        forged.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        guest.appraise([1, 3, 4], *known, *PINNED, log=forged)


def main():
    tool, corpus = sys.argv[1], pathlib.Path(sys.argv[2] or "nowhere")
    if not (corpus / LOG).is_file():
        print(f"skipped: no corpus of real logs at {corpus} (see the Meson option 'corpus')")
        return SKIP
    with tempfile.TemporaryDirectory() as scratch:
        guest = Guest(tool, corpus, pathlib.Path(scratch))
        check(guest)
    print(f"{guest.runs} appraisals")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
