#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Do two builds of tsmmr-replay answer alike?  For changes that may only make it faster.

    same.py OLD NEW FOLDER...

Runs both over every file below the FOLDERs, as log and as evidence, and over logs made here:
standard output, standard error and exit status must be the same bytes.  Prints what differs, and
exits 1.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import random
import subprocess
import sys
import tempfile

FORMS = ("cel-cbor", "cel-cbor-seq", "cel-json", "cel-tlv", "jsonl", "tpm2-yaml")
AS_LOG = (
    ("show", "{}"), ("show", "{}", "--json"), ("replay", "{}", "--json"),
    ("replay", "{}", "--alg", "sha256"),
    ("verify", "{}", "--json", "--events", "--expect", "pcr0:sha256=" + "11" * 32),
    ("verify", "{}", "--expect", "rtmr1=" + "22" * 48),
    ("explain", "{}", "--expect", "pcr4:sha256=" + "33" * 32, "--expect", "pcr4:sha1=" + "33" * 20),
    ("diff", "{}", "{}"), ("merge", "{}", "--to", "cel-json"),
    ("appraise", "{}", "--json"), ("predict", "{}", "--json"), ("verify", "rtmr2={}", "--json"),
) + tuple(("export", "{}", "--to", form) for form in FORMS)
AS_EVIDENCE = (
    ("registers", "--evidence", "{}", "--json"),
    ("verify", "--evidence", "{}", "--json", "--time", "2026-09-01T00:00:00Z"),
)
MOST = 4 << 20
SEEDED = 20261129


def made(folder):
    """Logs of some length: text lines, a TPM's of two banks, IMA's list, and records of chance."""
    chance = random.Random(SEEDED)
    lines = [f"domain-{chance.randrange(9)} line {n} {'x' * chance.randrange(90)}\n" for n in range(4000)]
    lines[1000] = "# a comment\n"
    (folder / "lines").write_text("".join(lines))

    def event2(pcr, kind, digests, data):
        out = pcr.to_bytes(4, "little") + kind.to_bytes(4, "little")
        out += len(digests).to_bytes(4, "little")
        for alg, digest in digests:
            out += alg.to_bytes(2, "little") + digest
        return out + len(data).to_bytes(4, "little") + data

    spec = b"Spec ID Event03\0" + bytes(4) + b"\0\2\0\2" + (2).to_bytes(4, "little")
    spec += b"\x0b\0\x20\0" + b"\x0c\0\x30\0" + b"\0"
    log = bytes(4) + b"\3\0\0\0" + bytes(20) + len(spec).to_bytes(4, "little") + spec
    for n in range(4000):
        data = chance.randbytes(chance.randrange(200))
        digests = [(11, hashlib.sha256(data).digest()), (12, hashlib.sha384(data).digest())]
        log += event2(chance.randrange(16), chance.choice((0x80000007, 13, 1, 4, 3)), digests, data)
    (folder / "tpm").write_bytes(log)
    (folder / "cut").write_bytes(log[:-7])

    ima = b""
    for n in range(4000):
        name = f"/usr/bin/program-{n}".encode() + b"\0"
        digest = b"sha256:\0" + chance.randbytes(32)
        fields = len(digest).to_bytes(4, "little") + digest + len(name).to_bytes(4, "little") + name
        ima += (10).to_bytes(4, "little") + hashlib.sha1(fields).digest()
        ima += (6).to_bytes(4, "little") + b"ima-ng" + len(fields).to_bytes(4, "little") + fields
    (folder / "ima").write_bytes(ima)


def answer(tool, args):
    environment = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8")
    done = subprocess.run([tool, *args], capture_output=True, stdin=subprocess.DEVNULL,
                          env=environment, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr.replace(tool.encode(), b"tool")


def compare(old, new, args):
    before, after = answer(old, args), answer(new, args)
    return None if before == after else (args, before, after)


def first_difference(before, after):
    if before[0] != after[0]:
        return f"exit {before[0]}, now {after[0]}: {after[2][-200:]!r}"
    for name, one, two in (("stdout", before[1], after[1]), ("stderr", before[2], after[2])):
        at = next((n for n, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))
        if one != two:
            return f"{name} at byte {at}: {one[at:at + 60]!r}, now {two[at:at + 60]!r}"
    return ""


def main():
    old, new, *folders = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        made(pathlib.Path(scratch))
        files = [path for folder in [scratch, *folders] for path in sorted(pathlib.Path(folder).rglob("*"))
                 if path.is_file() and path.stat().st_size <= MOST]
        runs = [tuple(str(path) if arg == "{}" else arg.format(path) for arg in args)
                for path in files for args in AS_LOG + AS_EVIDENCE]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = [one for one in pool.map(lambda args: compare(old, new, args), runs) if one]
    for args, before, after in found:
        print(" ".join(args), first_difference(before, after), sep="\n    ")
    print(f"{len(runs)} runs over {len(files)} files: {len(found)} differ")
    return 1 if found else 0


sys.exit(main())
