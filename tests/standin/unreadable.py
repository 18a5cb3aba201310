#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A register whose reading fails stays in the question, in a copy of the machine too.

    unreadable.py TOOL

Runs on the machine that TSMMR_ROOT names, whose registers can be told to fail.
"""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../schema"))
import schema

TOOL = sys.argv[1]
ROOT = os.environ["TSMMR_ROOT"]
RTMR3 = f"{ROOT}/sys/devices/virtual/misc/tdx_guest/measurements/rtmr3:sha384"
failures = 0


def check(name, good, detail=""):
    global failures
    failures += not good
    print(f"{'ok' if good else 'NOT OK'}  {name}{'' if good else '  ' + str(detail)}", flush=True)


def run(*args, root=ROOT):
    done = subprocess.run([TOOL, *args, "--root", root], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def expect(name, code, *args, **how):
    got, out, err = run(*args, **how)
    check(name, got == code, f"exit {got}, not {code}: {out[-400:]} {err[-200:]}")
    return out, err


def fail_read(error):
    """An extension, for only then is the hardware asked again."""
    with open(RTMR3, "wb", buffering=0) as f:
        f.write(b"\x5a" * 48)
    with open(f"{ROOT}/control/fail_read", "w") as f:
        f.write(f"{error}\n")


def row(out, name):
    return next(r for r in schema.read(out)["registers"] if r["name"] == name)


def main():
    fail_read(0)
    code, out, _ = run("verify", "--json")
    check("as long as it can be read it has a value", row(out, "rtmr3")["expected"], out[-400:])

    fail_read(5)
    expect("verify", 4, "verify")
    out, _ = expect("verify, for programs", 4, "verify", "--json")
    rtmr3 = row(out, "rtmr3")
    check("it is asked about, without a value",
          (rtmr3["asked"], rtmr3["status"], [g["kind"] for g in rtmr3["gaps"]],
           rtmr3["expected"]) == (True, "no-evidence", ["unreadable"], None), rtmr3)
    because = schema.read(out)["because"]
    check("and is why", ("gap", "rtmr3") in [(b["kind"], b["register"]) for b in because], because)
    texts = [f["text"] for f in schema.read(out)["findings"] if f["id"] == "REGISTER_UNREADABLE"]
    check("people see the error", any("rtmr3" in t and "Input/output error" in t for t in texts),
          texts)
    expect("required of it", 4, "verify", "--require", "rtmr3", "--allow", "unreadable")
    out, _ = expect("registers lists it", 0, "registers", "--json")
    check("as one that cannot be read", not row(out, "rtmr3")["readable"] and
          row(out, "rtmr3")["value"] is None, row(out, "rtmr3"))

    with tempfile.TemporaryDirectory() as top:
        _, err = expect("capture", 4, "capture", "-o", f"{top}/copy")
        check("capture says so", "rtmr3" in err and "Input/output error" in err, err)
        out, _ = expect("the copy is no better", 4, "verify", "--json", root=f"{top}/copy")
        check("of which it is asked about", row(out, "rtmr3")["asked"] and
              row(out, "rtmr3")["status"] == "no-evidence", row(out, "rtmr3"))
        with open(f"{ROOT}/control/fail_read", "w") as f:
            f.write("0\n")
        expect("capture again", 0, "capture", "-o", f"{top}/again")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
