#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tsmmr-replay with one allocation that fails: a no never becomes a yes.

    allocate.py TOOL PRELOAD DATA MORE STEP

Each command line of COMMANDS exits with a status that is not 0.  It is run once for each of its
first allocations, which fails, or for one in STEP, another one for each command; and for MORE of
the others, nearly all of which are OpenSSL's: it must not exit 0 then, nor crash in code of ours.
What it does instead is counted, and not judged: OpenSSL does without some, and on some it crashes.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FIRST = 250
# "crash in FILE", and the files that are not libraries of others.
CRASH = re.compile(r"^crash in .*?([^/\n]*)$", re.M)
OURS = "libtsmmr", "tsmmr-replay"
WRONG = "00" * 48
# The digest of the twin's kernel.
KERNEL = ("92887f6f9422d0c275a3ca93034a57f13c02e72f67f4173d63ccc39742bc45ce"
          "4810e341375454d5dda6b275874c1c5f")


def commands(data, scratch):
    twin, live = data / "tdx-twin", data / "sysfs/tdx-6.16"
    quote = ["--evidence", twin / "quote-v4.bin", "--trust-root", twin / "root.pem"]
    both = ["verify", twin / "CCEL.data", *quote]
    values, policy = scratch / "values.txt", scratch / "policy"
    values.write_text(f"rtmr0={WRONG}\n")
    policy.write_text(f"expect rtmr0={WRONG}\n")
    machine = ["verify", "--root", live]
    denied, rules = scratch / "denied", scratch / "rules"
    denied.write_text(f"rtmr1 {KERNEL} kernel\nrtmr1 {WRONG} other\n")
    rules.write_text("rtmr0 * SecureBoot* require\nrtmr3 * compose-hash* require\n")
    appraise = ["appraise", twin / "CCEL.data", *quote, "--expect", "mrtd=" + "14" * 48,
                "--known", f"unverified-log={twin / 'CCEL.data'}"]
    return [
        machine + ["--expect", f"rtmr0={WRONG}"],
        machine + ["--expect", f"@{values}"],
        machine + ["--expect-any", f"@{values}"],
        machine + ["--policy", policy],
        machine + ["--require", "rtmr0,mrtd"],
        machine + ["--min-hash", "sha512"],
        ["verify", twin / "CCEL.data", "--expect", f"rtmr0={WRONG}"],
        ["diff", twin / "CCEL.data", data / "good-ccel-aael.bin"],
        both + ["--expect", f"mrtd={WRONG}"],
        both + ["--expect", "claim.td_attributes=7"],
        both + ["--at-least", "claim.tee_tcb_svn=" + "ff" * 16],
        both + ["--nonce", "aa"],
        both + ["--must-check", "tcb-status"],
        both[:-1] + [data / "snp-twin/ark.pem"],
        ["registers", *quote, "--nonce", "aa"],
        appraise + ["--denied", f"sums={denied}"],
        appraise + ["--known", f"rules={rules}"],
        appraise[:-4] + ["--known", f"rules={rules}"],
    ]


def run(command, preload, at):
    env = os.environ | {"LD_PRELOAD": preload, "TSMMR_FAIL_AT": str(at)}
    return subprocess.run(command, env=env, capture_output=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)


def main():
    tool, preload, data, more, step = sys.argv[1:6]
    wrong, exits, crashes = [], collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for number, words in enumerate(commands(pathlib.Path(data), pathlib.Path(scratch))):
            command = [tool, *map(str, words)]
            done = run(command, preload, 0)
            total = int(done.stderr.split()[-2])
            if not done.returncode or total < 20:
                wrong.append(f"exit {done.returncode}, {total} allocations: {command}")
            rest = range(FIRST, total, max(1, (total - FIRST) // int(more)))
            for at in [*range(1 + number % int(step), min(total, FIRST), int(step)), *rest]:
                done = run(command, preload, at)
                exits[done.returncode] += 1
                if done.returncode == 0:
                    wrong.append(f"exit 0 when allocation {at} fails: {command}")
                if done.returncode < 0 or done.returncode > 128:
                    where = CRASH.search(done.stderr.decode(errors="replace"))
                    crashes[where[1] if where else "?"] += 1
                    if not where or where[1].startswith(OURS):
                        wrong.append(f"crash when allocation {at} fails: {command}")
    print(f"{sum(exits.values())} allocations failed; exits {dict(sorted(exits.items()))}; "
          f"crashes {dict(crashes)}")
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
