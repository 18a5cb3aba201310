#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Small inputs that ask for much: an error at once, and no memory beyond an empty run's.

bombs.py TOOL PEAK.  Under a sanitizer only the errors are checked, not what they cost.
"""
import os
import subprocess
import sys
import tempfile

TOOL, PEAK = sys.argv[1:3]
MEASURED = os.environ.get("TSMMR_SANITIZE", "none") == "none"
SECONDS, KILOBYTES = 0.010, 1024

FIRST = bytes.fromhex("81a50000010003")     # one record, up to its digests
DIGEST = bytes.fromhex("81a200040154") + bytes(20)
BIG = bytes.fromhex("ffffffffffffffff")
JSON = b'[{"recnum":0,"pcr":0,"digests":'
RECORD = (b'[{"recnum":%s,"pcr":0,"digests":[{"hashAlg":"sha1","digest":"' + b"00" * 20 +
          b'"}],"content_type":"pcclient_std","content":{"event_type":3,"event_data":""}}]')
TLV = bytes.fromhex("00000000010001000000010003")

BOMBS = {
    "an array of 268 million": ("cel-cbor", bytes.fromhex("9a10000000"), "too early"),
    "an array of 2^64": ("cel-cbor", b"\x9b" + BIG, "too early"),
    "10 MB of arrays": ("cel-cbor", b"\x81" * 10_000_000, "map was expected"),
    "digests without end": ("cel-cbor", FIRST + b"\x9b" + BIG, "more items"),
    "a digest of 2^64 bytes": ("cel-cbor", FIRST + bytes.fromhex("81a20004015b") + BIG, "inside"),
    "content nested 10 million deep": ("cel-cbor", FIRST + DIGEST + bytes.fromhex("0918c80a") +
                                       b"\x81" * 10_000_000, "nested too deeply"),
    "a map of 2^63": ("cel-cbor", b"\x81\xbb\x7f" + BIG[1:], "more items"),
    "a key twice": ("cel-cbor", bytes.fromhex("81a500000000000000000000"), "twice"),
    "indefinite length": ("cel-cbor", bytes.fromhex("81bf0000ff"), "member missing"),
    "2^64 and a break": ("cel-cbor", b"\x9b" + BIG + FIRST[1:] + DIGEST + b"\xff", ""),
    "10 MB of brackets": ("cel-json", b"[" * 10_000_000, "no record"),
    "digests nested 10 million deep": ("cel-json", JSON + b"[" * 10_000_000, "too deeply"),
    "a JSON key twice": ("cel-json", RECORD % b'0,"recnum":0', "twice"),
    "2^64": ("cel-json", RECORD % b"18446744073709551616", "64 bits"),
    "not a number": ("cel-json", RECORD % b"NaN", "unexpected character"),
    "text that is no UTF-8": ("cel-json", RECORD % b'"\xff"', "utf"),
    "a TLV of 4 GiB": ("cel-tlv", TLV + b"\xff\xff\xff\xff", "declared"),
    "a record number of 4 GiB": ("cel-tlv", b"\x00\xff\xff\xff\xff", "declared"),
}


def run(path, fmt):
    """(exit status, message, seconds of CPU, peak memory in KiB)"""
    p = subprocess.run([PEAK, TOOL, "replay", "--format", fmt, path], stderr=subprocess.PIPE,
                       stdout=subprocess.DEVNULL, check=True)
    *said, figures = p.stderr.decode(errors="replace").splitlines(keepends=True)
    status, cpu, peak = map(int, figures.split())
    return status, "".join(said), cpu / 1e6, peak


def best(path, fmt):
    """The cheapest of some runs: the machine may be busy with other things."""
    runs = [run(path, fmt) for _ in range(5 if MEASURED else 1)]
    return runs[0][:2] + (min(r[2] for r in runs), min(r[3] for r in runs))


def main():
    bad = 0
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "bomb")
        empty = {}
        for fmt in ("cel-cbor", "cel-json", "cel-tlv"):
            with open(path, "wb"):
                pass
            empty[fmt] = best(path, fmt)
        for name, (fmt, data, why) in BOMBS.items():
            with open(path, "wb") as f:
                f.write(data)
            code, text, seconds, kb = best(path, fmt)
            seconds -= empty[fmt][2]
            kb -= empty[fmt][3]
            wrong = code not in (3, 6) or why.lower() not in text.lower()
            if MEASURED:
                wrong |= seconds > SECONDS or kb > KILOBYTES
            bad += wrong
            print(f"{'FAILED' if wrong else 'ok':7}{name}: exit {code}, {1000 * seconds:.0f} ms, "
                  f"{kb} KB: {text.strip()}")
    return bad > 0


sys.exit(main())
