#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""IMA's lists against the registers that they were extended into, through tsmmr-replay.

    ima.py TOOL DATA CORPUS LIVE

DATA/ima is always there; CORPUS and LIVE are skipped, saying so, where they are not.
"""

import collections
import hashlib
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import schema

problems = []
checked = collections.Counter()

# bound, not bound, violations, error: (code, record, offset)
CORPUS = {
    "cc-trusted-api__ima_log_rtmr.ascii": (1, [], 0, None),
    "ibmacs__imasig.bin": (1082, [1079], 0, None),      # /usr/bin/xautt was forged
    "keylime__ima-log-sha1.ascii": (1, [], 1, None),
    "keylime__ima-log-sha256.ascii": (2, [], 0, None),
    "keylime__ima-log-sha384.ascii": (1, [], 1, None),
    "keylime__ima-log-sha512.ascii": (1, [], 1, None),
    "keylime__ima-log-sm3_256.ascii": (1, [], 1, None),
    "keylime__ima-log-unknown.ascii": (0, [1], 1, None),    # the digest is of another line
    "rust-keylime__ascii_runtime_measurements.ascii": (826, [], 0, None),
    "rust-keylime__ima_log.ascii": (1, [], 0, None),
    "rust-keylime__invalid_ima_log.ascii": (0, [], 0, ("FORMAT", None, None)),
    "tpm2-tss__sml-ima-ng-sha1-invalidated.bin": (0, [], 0, ("TRUNCATED", 0, 0)),
    "tpm2-tss__sml-ima-ng-sha1.bin": (6, [], 0, ("TRUNCATED", 6, 558)),
    "tpm2-tss__sml-ima-sha1-invalidated.bin": (0, [], 1, None),
    "tpm2-tss__sml-ima-sha1.bin": (12, [], 0, ("TRUNCATED", 12, 916)),
    "tpm2-tss__sml-ima-sig-sha256-invalidated.bin": (1, [], 1, None),
    "tpm2-tss__sml-ima-sig-sha256.bin": (9, [], 0, ("TRUNCATED", 9, 987)),
}


def expect(condition, *what):
    checked["assertions"] += 1
    if not condition:
        problems.append(" ".join(str(w) for w in what))


def run(tool, *args):
    """(exit status, the JSON objects on stdout)"""
    done = subprocess.run([tool, *map(str, args)], capture_output=True, timeout=120, check=False)
    err = done.stderr.decode("utf-8", "replace")
    expect(done.returncode in range(8), args, "exit", done.returncode, err)
    expect("Sanitizer" not in err and "runtime error" not in err, args, err)
    return done.returncode, [schema.read(line) for line in done.stdout.decode().splitlines()]


def split_error(objects):
    """The events, and (code, record, offset) of the error behind them or None."""
    if objects and objects[-1]["schema"] == "tsmmr.error/1":
        e = objects.pop()
        return objects, (e["code"], e["record"], e["offset"])
    return objects, None


def verified(tool, what, logs, registers, *more):
    """Every one of NAME:BANK=HEX is verified; the ids of the findings."""
    args = [a for r in registers for a in ("--expect", r)]
    status, told = run(tool, "verify", "--json", *more, *logs, *args)
    asked = [r for r in told[0].get("registers", []) if r["asked"]]
    expect(status == 0 and len(asked) == len(registers)
           and all(r["status"] in ("verified", "untouched") for r in asked), what,
           [(r["name"], r["alg"], r["status"]) for r in asked if r["status"] != "verified"],
           told[0].get("text"))
    checked["registers"] += len(registers)
    return {f["id"] for f in told[0].get("findings", [])}


def check_data(tool, data):
    """Each list that mkima.py makes is what its row in expect.tsv says."""
    for line in (data / "expect.tsv").read_text().splitlines()[1:]:
        name, fmt, code, record, offset, count, mismatches, findings, registers = line.split("\t")
        path = data / name
        where = [None if v == "-" else int(v) for v in (record, offset)]
        _, told = run(tool, "show", "--json", path)
        events, error = split_error(told)
        expect(error == (None if code == "OK" else (code, *where)), name, error)
        expect(len(events) == int(count), name, len(events), "records")
        expect(all(e["content"] == "ima_template" for e in events), name, "is not a list")
        unbound = [e["record"] for e in events if e["binding"] == "mismatch"]
        expect(unbound == [int(n) for n in mismatches.split(",") if n != "-"], name, unbound)
        if registers != "-":
            found = verified(tool, name, [path], registers.split(","), "-v")
            expect(found == set(findings.split(",")) - {"-"}, name, found)
            named = verified(tool, name, [f"{fmt}={path}"], registers.split(","))
            expect(named == found, name, "under its format's name:", named)
        checked["made"] += 1


def wrong(register):
    """The same, with another value."""
    head, value = register.split("=")
    return f"{head}={hashlib.sha512(value.encode()).hexdigest()[:len(value)]}"


def check_boot(tool, boot):
    """Every list of one boot, with the firmware's log and without."""
    pcrs = [line.split() for line in (boot / "pcrs.txt").read_text().splitlines()]
    banks = {bank for bank, *_ in pcrs}
    ours = [f"pcr10:{b}={v}" for b, n, v in pcrs if n == "10"]
    firmware = [f"pcr{n}:{b}={v}" for b, n, v in pcrs if int(n) < 8]
    bios = boot / "binary_bios_measurements"
    violations = int((boot / "violations").read_text())
    # The names of old are links to the lists of SHA-1.
    lists = {p.read_bytes(): p for p in sorted(boot.glob("*_runtime_measurements*"))}
    for path in lists.values():
        what = path.relative_to(boot.parent.parent)
        found = verified(tool, what, [bios, path], firmware + ours)
        expect(not found - {"TCG_SEPARATOR_MISSING"}, what, found)
        _, told = run(tool, "show", "--json", path)
        expect(not [e for e in told if e["binding"] != "bound" and e["type"] != "violation"],
               what, "is not all bound")
        expect(sum(e["type"] == "violation" for e in told) == violations, what, "violations")
        bank = path.name.rpartition("_")[2]
        if bank in banks:
            expect({k for e in told for k in e["digests"]} == {bank}, what, "bank")
        checked["lists"] += 1
    verified(tool, what, [path], ours)
    status, _ = run(tool, "verify", "-q", "--json", path, "--expect", wrong(ours[0]))
    expect(status == 1, boot, "with another value: exit", status)


def check_corpus(tool, corpus):
    for name, (bound, mismatches, violations, error) in CORPUS.items():
        _, told = run(tool, "show", "--json", corpus / "ima" / name)
        events, said = split_error(told)
        expect(said == error, name, said)
        expect(sum(e["binding"] == "bound" for e in events) == bound, name, "bound")
        expect([e["record"] for e in events if e["binding"] == "mismatch"] == mismatches, name)
        expect(sum(e["type"] == "violation" for e in events) == violations, name)
        checked["corpus"] += 1
    ccel = "cc-trusted-api__ccel_data.bin"
    known = json.loads((corpus / "expected" / f"ccel--{ccel}.json").read_text())
    values = [f"rtmr{int(n) - 1}={v}" for n, v in known["bank"]["sha384"].items() if n in "123"]
    verified(tool, ccel, [corpus / "ccel" / ccel,
                          corpus / "ima/cc-trusted-api__ima_log_rtmr.ascii"], values,
             "--platform", "tdx")


def main():
    tool, data, corpus, live = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
    check_data(tool, data / "ima")
    if (corpus / "ima").is_dir():
        check_corpus(tool, corpus)
    else:
        print("no corpus: real lists were not looked at")
    if live.is_dir():
        for boot in sorted(p.parent for p in live.glob("*/*/pcrs.txt")):
            check_boot(tool, boot)
    else:
        print("no captured boots: their registers were not looked at")
    for problem in problems[:40]:
        print(problem)
    print(f"{dict(checked)}, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
