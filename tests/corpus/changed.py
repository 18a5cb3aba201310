#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A log that changes between two times that it is read is an error (5), and nothing of it that
was said before counts: nothing stands on standard output as proven, no object is whole.

    changed.py TOOL CHANGE.so

Skipped (77) under sanitizers, which do not like to be preloaded.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

SKIP = 77
# More than is held in memory.
LINES = [b"a line, number %d %s\n" % (n, b"x" * 90) for n in range(2700)]
CHANGES = {
    "a record": LINES[:7] + [b"another line\n"] + LINES[8:],
    "the last": LINES[:-1] + [b"another line\n"],
    "one more": LINES + [b"one more line\n"],
    "one less": LINES[:-1],
    "nothing left": [],
}
VERBS = {
    "show": (1, ["show"]),
    "show --json": (1, ["show", "--json"]),
    "show --domain": (1, ["show", "--domain", "a"]),
    "verify": (1, ["verify", "--json", "--events"]),
    "explain": (1, ["explain", "--json", "--events"]),
    "appraise": (1, ["appraise", "--json"]),
    "appraise, when it prints": (2, ["appraise", "--json", "--events"]),
    "predict": (1, ["predict", "--json", "--drop", "3"]),
    "predict, when it is run": (2, ["predict", "--json", "--drop", "3"]),
    "merge": (2, ["merge", "--to", "cel-json"]),
    "merge, when it writes": (5, ["merge", "--to", "cel-json"]),
    "appraise, when it writes": (2, ["appraise", "--write-unknown", "unknown"]),
    "diff": (1, ["diff", "rtmr3=another"]),
    "diff, when it looks for what is only there": (3, ["diff", "rtmr3=another"]),
    "diff, when it compares texts": (5, ["diff", "rtmr3=another"]),
    "diff, when it shows": (7, ["diff", "rtmr3=another"]),
    "diff --json, when it shows": (7, ["diff", "--json", "rtmr3=another"]),
}
ALONE = ("merge", "diff")  # they expect nothing


def run(tool, folder, args, **env):
    # What is preloaded opens files of its own.
    done = subprocess.run([tool, *args, "--no-sandbox"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          env={**os.environ, **env}, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def is_no_answer(text):
    """Nothing, or what no program takes for a whole object, and the error."""
    lines = text.splitlines()
    if lines and lines[-1].startswith('{"schema":"tsmmr.error/1"'):
        lines.pop()
    for line in lines:
        try:
            json.loads(line)
        except ValueError:
            continue
        return False
    return "proven " not in text


def main():
    tool, preload = (os.path.abspath(arg) for arg in sys.argv[1:3])
    if os.environ.get("TSMMR_SANITIZE", "none") != "none":
        print("skipped: a sanitizer's library must be the first")
        return SKIP
    bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        log, other = pathlib.Path(scratch) / "log", pathlib.Path(scratch) / "other"
        log.write_bytes(b"".join(LINES))
        (pathlib.Path(scratch) / "another").write_bytes(b"".join(LINES[5:2000] + LINES[2100:]))
        _, out, _ = run(tool, scratch, ["replay", "--json", "rtmr3=log"])
        value = json.loads(out)["registers"][0]["value"]
        for verb, (at, args) in VERBS.items():
            expect = [] if args[0] in ALONE else ["--expect", f"rtmr3={value}"]
            args = [*args, "rtmr3=log", *expect]
            honest = run(tool, scratch, args)
            for what, lines in CHANGES.items():
                log.write_bytes(b"".join(LINES))
                other.write_bytes(b"".join(lines))
                for more in ([], ["-o", "out"]):
                    log.write_bytes(b"".join(LINES))
                    for name in ("out", "unknown"):
                        (pathlib.Path(scratch) / name).unlink(missing_ok=True)
                    code, out, err = run(tool, scratch, args + more, LD_PRELOAD=preload,
                                         CHANGE_FILE="log", CHANGE_TO="other", CHANGE_AT=str(at))
                    written = [name for name in ("out", "unknown")
                               if (pathlib.Path(scratch) / name).exists()]
                    if code != 5 or "changed while it was read" not in err or written or \
                            (args[0] != "merge" and not is_no_answer(out)):
                        print(f"{verb}, {what}, {more}: exit {code}, {written}\n{out[-300:]}\n{err}")
                        bad += 1
            log.write_bytes(b"".join(LINES))
            # The same bytes are the same log.
            other.write_bytes(b"".join(LINES))
            same = run(tool, scratch, args, LD_PRELOAD=preload, CHANGE_FILE="log",
                       CHANGE_TO="other", CHANGE_AT=str(at))
            if honest != same or honest[0] not in ((1,) if args[0] == "diff" else (0, 4)):
                print(f"{verb}: unchanged, exit {same[0]}\n{same[1][-300:]}\n{same[2]}")
                bad += 1
    print(f"{len(VERBS) * len(CHANGES) * 2} changes, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
