#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real TDX quotes and TDREPORTs: who signed them, and that no signed byte can change.

    tdx.py TOOL CORPUS [ALL]    ALL: change every signed byte, not a sample

Prints a line a file.  Skipped (77) without the corpus.
"""

import base64
import hashlib
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import schema

SKIP = 77
# Intel SGX Root CA, the last certificate of 18 of these quotes.
ROOT = "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3"
# Where the chain ends at another root that Intel's name is on.
OTHER_ROOT = {"cc-trusted-api__quote.bin":
              "e3f49e858865d54dde1d2f778817a355c470133165ddce1e488bec66f8f9ecf3"}
DEBUG = {"trustee__tdx_quote_4.dat"}
WHEN = "2026-09-01T00:00:00Z"

# name: what the refusal must say, or the kind
REPORTS = {
    "attestation-rs__az_tdx-live-evidence.report.bin": "tdx-report",
    "attestation-rs__tdx_tdreport_live.bin": "tdx-report",
    "coco-guest-components__tdx_report_1.bin": "tdx-report",
    "go-tdx-guest__report.dat": "no evidence that this library knows",    # random bytes
    "intel-dcap__tdreport_for_test.dat": "tdx-report",
    "trustee__az-tdx-vtpm-evidence-v0.report.bin": "tdx-report",
}

problems = []


def expect(condition, *what):
    if not condition:
        problems.append(" ".join(str(w) for w in what))


class Tool:
    def __init__(self, path, scratch):
        self.path, self.scratch = path, pathlib.Path(scratch)

    def registers(self, evidence, *more):
        """(exit status, what JSON says of the evidence, stderr)"""
        done = subprocess.run([self.path, "registers", "--json", "--evidence", evidence, *more],
                              capture_output=True, timeout=120, check=False, text=True)
        expect("Sanitizer" not in done.stderr and "runtime error" not in done.stderr,
               evidence, done.stderr)
        told = schema.read(done.stdout) if done.returncode == 0 else {}
        return done.returncode, told.get("evidence", [None])[0], done.stderr

    def spoilt(self, data, at, *more):
        file = self.scratch / "spoilt.bin"
        data = bytearray(data)
        data[at] ^= 1 << at % 8
        file.write_bytes(data)
        return self.registers(file, *more)


def signed_parts(data):
    """(from, to, word of the refusal) of what a signature or a hash in the quote covers."""
    version, = struct.unpack_from("<H", data)
    body = 48 + 584 if version == 4 else 54 + struct.unpack_from("<I", data, 50)[0]
    at = body + 4
    yield 8, 48, "attestation key did not sign it"
    # Between is v5's type and length of the body: those are malformed, with exit 3.
    yield 48 if version == 4 else 54, body, "attestation key did not sign it"
    yield at, at + 64, "attestation key did not sign it"
    yield at + 64, at + 128, "attestation key"
    at += 134
    yield at, at + 320, "PCK did not sign"
    yield at + 320, at + 384, "vouches for another key"
    yield at + 384, at + 448, "PCK did not sign"
    size, = struct.unpack_from("<H", data, at + 448)
    yield at + 450, at + 450 + size, "vouches for another key"


def check_flips(tool, quote, every_byte, *trust):
    data = quote.read_bytes()
    n = 0
    for first, end, why in signed_parts(data):
        step = 1 if every_byte or end == first else max(1, (end - first) // 3 + 1)
        for at in range(first, end, step):
            status, told, err = tool.spoilt(data, at, *trust)
            expect(status == 7 and why in err and not told, quote.name, "byte", at, "exits",
                   status, told, err)
            n += 1
    return n


def check_quote(tool, quote, every_byte):
    data = quote.read_bytes()
    ders = [base64.b64decode(m) for m in
            re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", data, re.S)]
    root = hashlib.sha256(ders[-1]).hexdigest()
    known = OTHER_ROOT.get(quote.name, ROOT)
    expect(root == known, quote.name, "has root", root)

    status, told, err = tool.registers(quote)
    expect(status == 0 and told["trust"] == "signed" and not told["root"], quote.name, "exits",
           status, told, err)
    expect(told["debug"] == (quote.name in DEBUG), quote.name, told)

    root_ = "intel-sgx" if known == ROOT else "sha256:" + known
    pins = ["--time", WHEN, "--trust-root", root_, *["--allow-debug"] * told["debug"]]
    status, told, err = tool.registers(quote, *pins)
    expect(status == 0 and told["trust"] == "authenticated" and told["root"] == known and
           told["root_name"] == ("intel-sgx" if known == ROOT else None) and
           {"tcb-status", "revocation"} <= set(told["not_checked"]) and
           "qe-identity" not in told["not_checked"], quote.name, told, err)
    line = f"{told['kind']}, {told['trust']} to {root_}"

    stranger = known[:-1] + ("0" if known[-1] != "0" else "1")
    for pin, time in (("sha256:" + stranger, WHEN), ("amd", WHEN), ("aws-nitro", WHEN),
                      ("sha256:" + known, "2017-01-01T00:00:00Z"),
                      ("sha256:" + known, "2050-01-01T00:00:00Z")):
        status, told, err = tool.registers(quote, "--time", time, "--trust-root", pin)
        expect(status == 7 and not told, quote.name, "exits", status, "for", pin, time)
    n = check_flips(tool, quote, every_byte, *pins)
    print(f"{quote.name:46} {line}; {n} signed bytes changed, all refused")


def check_report(tool, report, want):
    status, told, err = tool.registers(report)
    good = want.startswith("tdx-")
    expect(status == (0 if good else 3) and (good or want in err), report.name, "exits", status,
           told, err)
    print(f"{report.name:46} {told['kind'] if good else 'refused: ' + want}")
    if not good:
        return
    expect(told["kind"] == want and told["trust"] == "unsigned", report.name, told)
    status, _, err = tool.registers(report, "--trust-root", "sha256:" + ROOT)
    expect(status == 7 and "does not lead to a trust root" in err, report.name, status, err)
    # All but CPUSVN, report data, reserved bytes and MAC, which only the MAC covers.
    for at in (32, 79, 80, 127, 256, 494, 512, 528, 720, 911, 1023):
        status, _, err = tool.spoilt(report.read_bytes(), at)
        expect(status == 7 and "its hash of" in err, report.name, "byte", at, status, err)


def main():
    corpus = pathlib.Path(sys.argv[2] or "nowhere")
    if not (corpus / "tdx-quote").is_dir():
        print(f"skipped: no corpus of evidence at {corpus} (see the Meson option 'corpus')")
        return SKIP

    with tempfile.TemporaryDirectory() as scratch:
        tool = Tool(sys.argv[1], scratch)
        quotes = sorted((corpus / "tdx-quote").iterdir())
        for quote in quotes:
            check_quote(tool, quote, "ALL" in sys.argv[3:])
        for name, want in REPORTS.items():
            check_report(tool, corpus / "tdreport" / name, want)
    expect(len(quotes) == 19, len(quotes), "quotes")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
