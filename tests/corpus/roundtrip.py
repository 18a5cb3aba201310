#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every log there is, or every so many, through each encoding of CEL and back.

    roundtrip.py TOOL EVERY FOLDER...

Which files are logs is found out by trying: whatever the command shows is one.  For each log
and encoding: what was measured comes back as it was (register, digests, type, data, in order),
the result replays to the same registers, and writing it again gives the same bytes.  A log that
an encoding cannot hold is refused by name, which is counted.  Skipped (77) without a folder.
"""
import json
import os
import subprocess
import sys
import tempfile

ENCODINGS = ["cel-cbor", "cel-json", "cel-tlv", "cel-cbor-seq"]
SIZE_MAX = 4 << 20


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


def open_log(tool, path):
    """What to call the file as a log, and what it shows; a log of text needs a register."""
    with open(path, "rb") as f:
        begin = f.read(5)
    for args in [path], [f"rtmr3={path}"]:
        code, shown, _ = run(tool, "show", "--json", *args)
        if code == 0:
            return args, shown
        if begin not in (b"SYNC ", b"INIT "):
            break
    return None, None


def check(tool, args, shown):
    """What is wrong, how many second exports were the same, how many encodings refused."""
    before = measured(shown)
    replayed = json.loads(run(tool, "replay", "--json", *args)[1])
    regs = values(json.dumps(replayed))
    wrong, same, refused = [], 0, 0
    platform = ["--platform", replayed["platform"]] if replayed["platform"] else []
    for to in ENCODINGS:
        with tempfile.TemporaryDirectory() as d:
            one, two = os.path.join(d, "one"), os.path.join(d, "two")
            code, _, err = run(tool, "export", "--to", to, "-o", one, *args)
            if code == 3 and "UNSUPPORTED" in err:
                refused += 1
                continue
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
            else:
                same += 1
    return wrong, same, refused


def main():
    tool, every, roots = sys.argv[1], int(sys.argv[2]), list(filter(os.path.isdir, sys.argv[3:]))
    n = same = refused = bad = others = 0
    if not roots:
        print("skipped: no folder of real logs (see the Meson options 'corpus', 'live', 'cases')")
        return 77
    paths = [os.path.join(folder, name) for root in roots
             for folder, _, names in os.walk(root) for name in names]
    for path in sorted(paths)[::every]:
        if not os.path.isfile(path) or os.path.getsize(path) > SIZE_MAX:
            continue
        args, shown = open_log(tool, path)
        if args is None or not measured(shown):
            others += 1
            continue
        wrong, good, no = check(tool, args, shown)
        n, same, refused = n + 1, same + good, refused + no
        for w in wrong:
            bad += 1
            print(f"{path}: {w}")
    print(f"{n} logs in {len(ENCODINGS)} encodings: {same} second exports the same, "
          f"{refused} refused by name, {bad} wrong; {others} files that are no logs")
    return bad > 0 or n == 0


sys.exit(main())
