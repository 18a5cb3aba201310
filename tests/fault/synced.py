#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What -o writes is on the disk before it has its name, and the name before the command ends.

    synced.py TOOL PRELOAD DATA

Outside the sandbox: what is preloaded writes a file of its own.  What attest writes is looked at
where there is evidence (tests/standin/attest.py).
"""

import os
import pathlib
import subprocess
import sys
import tempfile

TOOL, PRELOAD, DATA = map(os.path.abspath, sys.argv[1:4])
failures = 0


def check(name, good, detail=""):
    global failures
    failures += not good
    print(f"{'ok' if good else 'NOT OK'}  {name}{'' if good else '  ' + str(detail)}")


def run(top, *args, fail=None, swap=None):
    """exit status, the calls, with TOP for the folder, and what was said."""
    said = top.parent / "said"
    said.unlink(missing_ok=True)
    env = dict(os.environ, LD_PRELOAD=PRELOAD, SYNCED=str(said))
    if fail:
        env["SYNCED_FAIL"] = str(fail)
    if swap:
        env["SYNCED_SWAP"] = str(swap)
    done = subprocess.run([TOOL, *map(str, args)], env=env, capture_output=True, check=False,
                          timeout=60, cwd=top)
    calls = said.read_text().splitlines() if said.exists() else []
    return done.returncode, [c.replace(str(top), "TOP") for c in calls], done.stderr.decode()


def output(top):
    log = pathlib.Path(DATA) / "good-tcg2-sha256.bin"
    for name in top / "out", "out":
        code, calls, err = run(top, "replay", "--no-sandbox", log, "-o", name)
        check(f"-o {'out' if name == 'out' else 'TOP/out'}", code == 0 and len(calls) == 3
              and calls[0].startswith("fsync TOP/.tsmmr-replay.")
              and calls[1].startswith("rename ") and calls[2] == "fsync TOP", (calls, err))
    (top / "out").write_text("old")
    code, calls, err = run(top, "replay", "--no-sandbox", log, "-o", top / "out", fail="/.tsmmr-replay.")
    check("the file cannot be synced", code == 5 and (top / "out").read_text() == "old"
          and os.listdir(top) == ["out"], (code, err, os.listdir(top)))
    code, calls, err = run(top, "replay", "--no-sandbox", log, "-o", top / "out", fail=top)
    check("nor its folder", code == 5, (code, err))


def capture(top):
    to, victim = top / "copy", top.parent / "victim"
    args = ["capture", "--root", pathlib.Path(DATA) / "sysfs/tdx-6.16", "-o"]
    code, calls, err = run(top, *args, to)
    check("capture", code == 0 and calls == ["syncfs TOP/copy"], (code, calls, err))
    victim.mkdir()
    code, calls, err = run(top, *args, top / "other", swap=victim)
    check("a folder of it becomes a link", code == 5 and "somebody else changes" in err, (code, err))
    check("  nothing is written there", not list(victim.iterdir()), list(victim.iterdir()))


def main():
    with tempfile.TemporaryDirectory() as scratch:
        top = pathlib.Path(scratch).resolve() / "top"
        top.mkdir()
        output(top)
        capture(top)
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
