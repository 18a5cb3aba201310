#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The vectors of tests/data/cel through the command.

test_cel.py TOOL DATA MKCEL: the vectors are what their generator makes; each replays to its
registers with exactly the findings it names, which --strict refuses; one encoding gives
another byte for byte.
"""
import json
import os
import subprocess
import sys
import tempfile

TOOL, DATA, MKCEL = sys.argv[1:4]
FORMATS = {"cbor": "cel-cbor", "seq.cbor": "cel-cbor-seq", "json": "cel-json", "tlv": "cel-tlv"}
# What a strict reader takes all the same: it is no deviation.
NOT_TOLERANCES = {"CEL_NV_NOT_REPLAYED"}
failures = []


def run(*args):
    p = subprocess.run([TOOL, *args], capture_output=True, timeout=60)
    return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def expect(condition, what):
    if not condition:
        failures.append(what)


def read(name):
    with open(os.path.join(DATA, name), "rb") as f:
        return f.read()


def check_vector(name, platform, registers, findings):
    path = os.path.join(DATA, name)
    code, out, err = run("replay", "--json", path)
    expect(code == 0, f"{name}: replay exits {code}: {err}")
    if code:
        return
    doc = json.loads(out)
    expect(doc["platform"] == platform, f"{name}: is about {doc['platform']}, not {platform}")
    got = {f"{r['name']}:{r['alg']}={r['value']}" for r in doc["registers"]
           if r["alg"] in registers}
    want = set(registers.split(",")) - {""}
    expect(want <= got, f"{name}: replays to {sorted(got)}")
    ids = {f["id"] for f in doc["findings"]} - {"TCG_SEPARATOR_MISSING"}
    expect(ids == findings, f"{name}: findings are {sorted(ids)}, not {sorted(findings)}")
    code, _, err = run("replay", "--strict", path)
    tolerated = findings - NOT_TOLERANCES
    expect(code == (3 if tolerated else 0), f"{name}: --strict exits {code}: {err}")
    if tolerated:
        expect(any(f in err for f in tolerated), f"{name}: --strict says {err}")


def check_conversions(stem):
    """Each encoding of one log gives each other, as the independent encoder made it."""
    for have in FORMATS:
        for want, to in FORMATS.items():
            code, out, err = run("export", "--to", to, os.path.join(DATA, f"{stem}.{have}"))
            expect(code == 0, f"{stem}.{have} to {to} exits {code}: {err}")
            expect(out == read(f"{stem}.{want}"), f"{stem}.{have} does not give {stem}.{want}")


def check_text():
    path = os.path.join(DATA, "text.log")
    for suffix, to in FORMATS.items():
        code, out, err = run("export", "--to", to, f"rtmr3={path}")
        expect(code == 0, f"text.log to {to} exits {code}: {err}")
        if suffix == "seq.cbor":
            continue
        expect(out == read(f"text.{suffix}"), f"text.log does not give text.{suffix}")


def check_generator():
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([sys.executable, MKCEL, d], check=True)
        made = sorted(os.listdir(d))
        expect(made == sorted(set(os.listdir(DATA)) - {"README.md"}), "other files than made")
        for name in made:
            with open(os.path.join(d, name), "rb") as f:
                expect(f.read() == read(name), f"{name} is not what mkcel.py makes")


def main():
    check_generator()
    stems = set()
    for line in read("VECTORS.tsv").decode().splitlines():
        if line.startswith("#"):
            continue
        name, platform, registers, findings = line.split("\t")
        check_vector(name, platform, registers, set(findings.split()))
        if name.endswith(".seq.cbor"):
            stems.add(name[:-len(".seq.cbor")])
    for stem in sorted(stems):
        check_conversions(stem)
    check_text()

    code, out, _ = run("export", "--to", "cel-cbor", os.path.join(DATA, "pc-client.tcg2"))
    expect(code == 0 and out == read("pc-client.cbor") and len(out) == 173,
           "CEL 1.1 §5.1.7 is not its 173 bytes")
    for f in failures:
        print("FAILED", f)
    return bool(failures)


sys.exit(main())
