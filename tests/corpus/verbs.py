#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mutated logs through the verbs of tsmmr-replay: a documented exit status, no signal, no
sanitizer report, JSON that is JSON, and nothing on the terminal that moves its cursor.

    verbs.py TOOL COUNT PATH...
"""

import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import schema

DOCUMENTED = range(8)
RTMR0 = "rtmr0=" + "00" * 48
VERBS = [
    ["show"], ["show", "--json"], ["replay"], ["replay", "--json"],
    ["verify", "--expect", RTMR0], ["verify", "--json", "--expect", RTMR0],
    ["verify", "--json", "--events", "--expect", "pcr0:sha256=" + "11" * 32],
    ["export", "--to", "jsonl"], ["export", "--to", "tpm2-yaml"],
]
FORMATS = [[], [], ["--format", "tcg2"], ["--format", "ccel"], ["--format", "tcg1"]]
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def mutated(rng, data):
    data = bytearray(data[:65536])
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        if len(data) < 8:
            break
        at = rng.randrange(min(len(data), rng.choice([64, 4096, 4096, len(data)])))
        choice = rng.randrange(10)
        if choice == 1:
            data[at:at + 4] = rng.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x80"])
        elif choice == 2:
            del data[at:at + rng.randrange(1, 64)]
        elif choice == 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 64))
        elif choice == 4:
            del data[at:]
        else:
            data[at] ^= 1 << rng.randrange(8)
    return bytes(data)


def complaint(command, done):
    """Why this run is not as it should be, or None."""
    err = done.stderr.decode("utf-8", "replace")
    if done.returncode not in DOCUMENTED:
        return f"exit {done.returncode}: {err[-500:]}"
    if "Sanitizer" in err or "runtime error" in err:
        return err[-2000:]
    try:
        out = done.stdout.decode("utf-8")
    except UnicodeDecodeError as e:
        return f"stdout is not UTF-8: {e}"
    if UNSAFE.search(out) or UNSAFE.search(err):
        return "control characters reach the terminal"
    if "--json" in command or "jsonl" in command:
        try:
            lines = out.splitlines() if command[0] in ("show", "export") else [out]
            objects = [schema.read(line) for line in lines if line.strip()]
        except ValueError as e:
            return f"not JSON: {e}"
        if command[0] != "export" and not objects:
            return "no JSON at all"
        last = objects[-1] if objects else {}
        if (done.returncode not in (0, 1, 4) and command[0] != "export"
                and (last.get("schema") != "tsmmr.error/1" or last["exit"] != done.returncode)):
            return f"exit {done.returncode} without tsmmr.error/1: {out[-300:]}"
    if command[0] == "verify" and done.returncode == 0:
        return "verified against values that no log gives"
    return None


def main():
    tool, count = sys.argv[1], int(sys.argv[2])
    logs = [p for arg in sys.argv[3:] for p in (
        [pathlib.Path(arg)] if pathlib.Path(arg).is_file()
        else sorted(q for q in pathlib.Path(arg).glob("**/*.bin") if q.stat().st_size))]
    rng = random.Random(4711)
    exits, bad = {}, 0
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "log.bin"
        for i in range(count):
            source = rng.choice(logs)
            path.write_bytes(mutated(rng, source.read_bytes()))
            command = VERBS[i % len(VERBS)] + rng.choice(FORMATS)
            done = subprocess.run([tool, command[0], str(path), *command[1:]],
                                  capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
                                  check=False)
            exits[done.returncode] = exits.get(done.returncode, 0) + 1
            why = complaint(command, done)
            if why:
                bad += 1
                kept = pathlib.Path(tempfile.gettempdir()) / f"tsmmr-verbs-{i}.bin"
                kept.write_bytes(path.read_bytes())
                print(f"{' '.join(command)} on a mutation of {source} (kept as {kept}): {why}",
                      file=sys.stderr)
    print(f"{count} runs over {len(logs)} logs, exits {dict(sorted(exits.items()))}")
    return 1 if bad or not logs else 0


if __name__ == "__main__":
    sys.exit(main())
