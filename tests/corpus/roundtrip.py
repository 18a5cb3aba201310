#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every log there is, or every so many, through each encoding of CEL and back.

    roundtrip.py TOOL CORPUS EVERY FOLDER...

For each log and encoding: what was measured comes back as it was (register, digests,
type, data, in order), the result replays to the same registers, and writing it again
gives the same bytes.  Skipped (77) without the corpus.
"""
import json
import os
import subprocess
import sys
import tempfile

ENCODINGS = ["cel-cbor", "cel-json", "cel-tlv", "cel-cbor-seq"]
# The register that a text log is about, which its file does not say.
REGISTER = {"trustee__AAEL_data_1.txt": "rtmr3", "trustee__AAEL_data_2.txt": "rtmr3",
            "trustee__AAEL_data_3.txt": "rtmr3"}


def run(tool, *args):
    p = subprocess.run([tool, *args], capture_output=True, timeout=120)
    return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def measured(lines):
    """(register, digests, type, data) of what was extended; text and EV_ACTION are one."""
    out = []
    for line in lines.splitlines():
        e = json.loads(line)
        if e["measured"]:
            kind = "EV_ACTION" if e["content"] == "text" else e["type"]
            out.append((e["register"], e["digests"], kind, e["data"]))
    return out


def values(text):
    return {(r["name"], r["alg"]): (r["value"], r["events"])
            for r in json.loads(text)["registers"]}


def check(tool, path, args):
    """Yields what is wrong."""
    code, shown, err = run(tool, "show", "--json", *args)
    if code:
        return None
    before = measured(shown)
    regs = values(run(tool, "replay", "--json", *args)[1])
    wrong = []
    platform = []
    for a in args:
        if a in ("tpm", "tdx", "cca"):
            platform = ["--platform", a]
    for to in ENCODINGS:
        with tempfile.TemporaryDirectory() as d:
            one, two = os.path.join(d, "one"), os.path.join(d, "two")
            code, _, err = run(tool, "export", "--to", to, "-o", one, *args)
            if code:
                wrong.append(f"{to}: export exits {code}: {err.strip()}")
                continue
            code, shown, err = run(tool, "show", "--json", one, *platform)
            if code:
                wrong.append(f"{to}: reading it back exits {code}: {err.strip()}")
                continue
            after = measured(shown)
            if after != before:
                at = next((i for i, (a, b) in enumerate(zip(after, before)) if a != b),
                          min(len(after), len(before)))
                wrong.append(f"{to}: {len(before)} measured events became {len(after)}, "
                             f"first difference at {at}")
            if values(run(tool, "replay", "--json", one, *platform)[1]) != regs:
                wrong.append(f"{to}: replays to other registers")
            code, _, err = run(tool, "export", "--to", to, "-o", two, one, *platform)
            if code or open(one, "rb").read() != open(two, "rb").read():
                wrong.append(f"{to}: written again, it is not the same")
    return wrong


def arguments(path):
    name = os.path.basename(path)
    if name in REGISTER:
        return [f"{REGISTER[name]}={path}"]
    return [path]


def main():
    tool, corpus, every, roots = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    n = bad = skipped = 0
    if not os.path.isdir(corpus):
        print(f"skipped: no corpus of real logs at {corpus} (see the Meson option 'corpus')")
        return 77
    for root in roots:
        for folder, _, names in sorted(os.walk(os.path.join(corpus, root))):
            for name in sorted(names)[::every]:
                path = os.path.join(folder, name)
                wrong = check(tool, path, arguments(path))
                if wrong is None:
                    skipped += 1
                    continue
                n += 1
                for w in wrong:
                    bad += 1
                    print(f"{path}: {w}")
    print(f"{n} logs in {len(ENCODINGS)} encodings, {skipped} files that are none; {bad} wrong")
    return bad > 0 or n == 0


sys.exit(main())
