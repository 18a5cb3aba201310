#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Evidence and logs of the other generators in the envelopes that people have them in.

    mkenvelope.py [--check]   writes tests/data/envelope, or compares
"""

import base64
import json
import pathlib
import sys


DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


def b64(data):
    return base64.b64encode(data).decode()


def coco_tdx():
    """What the attestation agent sends of a TD: the CCEL without the padding after its end."""
    quote = (DATA / "tdx-twin/quote-v5.bin").read_bytes()
    log = (DATA / "tdx-twin/CCEL.data").read_bytes().rstrip(b"\xff")
    envelope = {"cc_eventlog": b64(log), "quote": b64(quote)}
    yield "coco-tdx.json", envelope
    yield "coco-tdx.base64", base64.urlsafe_b64encode(json.dumps(envelope).encode()).decode()
    yield "coco-tdx-no-log.json", {"quote": b64(quote)}


def main():
    out = DATA / "envelope"
    bad = 0
    for make in (coco_tdx,):
        for name, envelope in make():
            text = envelope
            if isinstance(envelope, dict):
                text = json.dumps(envelope, separators=(",", ":"))
            if sys.argv[1:] != ["--check"]:
                (out / name).write_text(text)
            elif (out / name).read_text() != text:
                print(f"{name} is not what {sys.argv[0]} makes", file=sys.stderr)
                bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
