# SPDX-License-Identifier: BSD-2-Clause
"""append on a register with two banks: one record, both extended, one log that says both digests.

usage: banks.py TSMMR-REPLAY    (TSMMR_ROOT names a stand-in started with --banks)
"""
import hashlib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../schema"))
import schema

ROOT = os.environ["TSMMR_ROOT"]
REG = f"{ROOT}/sys/devices/virtual/misc/tsm_mr_sample/measurements/agile:"
LOG = f"{ROOT}/run/tsmmr/tsm_mr_sample/agile/event_log"
BANKS = {"sha256": 32, "sha384": 48}
failed = []


def check(what, good, detail=""):
    if not good:
        failed.append(what)
    print(f"{'ok' if good else 'NOT OK'}  {what}  {detail if not good else ''}".rstrip())


def run(*args):
    done = subprocess.run([sys.argv[1], *args], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def value(bank):
    with open(REG + bank, "rb", buffering=0) as f:
        return f.read(64)


def replayed(bank):
    """Every line is extended by the bank's own hash, and its SYNC lines are true."""
    h = lambda b: hashlib.new(bank, b).digest()
    at = bytes(BANKS[bank])
    with open(LOG, "rb") as f:
        for line in f.read().split(b"\n"):
            if line.startswith(f"SYNC {bank}/".encode()):
                check(f"SYNC of {bank}", line.split(b"/")[1] == at.hex().encode())
            if line and not line.startswith(b"#"):
                at = h(at + h(line))
    return at


def main():
    code, out, err = run("append", "--root", ROOT, "--mr", "agile", "--json", "one", "two")
    acks = [schema.read(line) for line in out.splitlines()]
    check("append", code == 0 and len(acks) == 2, err)
    check("digest of the longest", acks[0]["digest"] == hashlib.sha384(b"one").hexdigest())
    check("each bank is acknowledged", [
        (b["alg"], b["digest"]) for b in acks[1]["banks"]
    ] == [(b, hashlib.new(b, b"two").hexdigest()) for b in ("sha384", "sha256")])
    check("with its value", {b["alg"]: b["value"] for b in acks[1]["banks"]} ==
          {b: value(b).hex() for b in BANKS})
    for bank in BANKS:
        check(f"{bank} replays", replayed(bank) == value(bank))
    code, out, err = run("show", "--root", ROOT, "--json", "runtime")
    records = [schema.read(line) for line in out.splitlines()]
    records = [r for r in records if r["register"] == "agile" and r["measured"]]
    check("each record says both digests", len(records) == 4 and all(
        r["digests"] == {b: hashlib.new(b, bytes.fromhex(r["data"])).hexdigest() for b in BANKS}
        for r in records), out)

    require = ["--require", "agile:sha256,agile:sha384"]
    code, out, err = run("verify", "--root", ROOT, "runtime", *require)
    check("verifies", code == 0 and "verified: agile:sha256 agile:sha384" in out, out + err)
    code, out, err = run("append", "--root", ROOT, "--mr", "agile:sha256", "x")
    check("a bank alone", code == 3 and "extends all its banks" in err, err)

    # The same log in CEL, and beside values that were kept.
    with tempfile.TemporaryDirectory() as tmp:
        kept = f"{tmp}/kept"
        with open(kept, "w") as f:
            f.writelines(f"tsm_mr_sample/agile:{b}={value(b).hex()}\n" for b in BANKS)
        for form in ("cel-cbor", "cel-json", "cel-tlv", "cel-cbor-seq"):
            code, _, err = run("export", f"tsm_mr_sample/agile:sha384={LOG}", "--to", form, "-o", f"{tmp}/log")
            done = run("verify", f"{tmp}/log", "--expect", f"@{kept}")
            check(form, code == 0 and done[0] == 0 and "verified: agile:sha256 agile:sha384" in done[1], err + done[1] + done[2])

    # Others extend one bank alone.
    with open(f"{REG}sha256", "wb", buffering=0) as f:
        f.write(bytes(32))
    code, out, err = run("append", "--root", ROOT, "--mr", "agile", "three")
    check("a SYNC of the bank that others extended", code == 0 and "after a SYNC" in out, out + err)
    code, out, err = run("verify", "--root", ROOT, "runtime", *require, "--allow", "unlogged")
    check("verifies across it", code == 0, out + err)
    code, out, err = run("verify", "--root", ROOT, "runtime", "--require", "agile:sha384")
    check("the other bank has no gap", code == 0, out + err)
    print(f"banks: {len(failed)} failed")
    return 1 if failed else 0


sys.exit(main())
