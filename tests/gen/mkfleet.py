#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes lines for `tsmmr-replay verify --batch`: pairs of a log and a quote, each of them different.

    mkfleet.py [--pairs N] [--platforms N] [--padded | --nitro] --root FILE [-o FILE]

Each pair is the twin's firmware log with a record of its own, and a quote over the registers that it
leads to, by one of so many platforms, each with a PCK certificate and an attestation key of its own
(TEST keys, as of mkquote.py: nothing is random).  --padded: logs of 64 KiB, as ACPI has them.
--nitro: documents of one enclave instead, without a log, each with a nonce of its own.
"""

import argparse
import base64
import functools
import hashlib
import json
import pathlib
import struct
import sys

import ecdsa
import mkcose
import mkquote

TWIN = pathlib.Path(__file__).resolve().parent.parent / "data/tdx-twin"
RTMR2, EV_IPL, SHA384 = 3, 0xD, 0xC
CHUNK = 8       # bits


class Fast(ecdsa.Curve):
    """P-256 with a table of the base point's multiples: a signature takes one multiplication."""

    @functools.cached_property
    def table(self):
        rows, base = [], self.g
        for _ in range(0, 256, CHUNK):
            row = [None]
            for _ in range(1 << CHUNK):
                row.append(self.add(row[-1], base))
            base = row.pop()
            rows.append(row)
        return rows

    def mul(self, k, a):
        if a != self.g:
            return super().mul(k, a)
        r = None
        for row in self.table:
            r = self.add(r, row[k & (1 << CHUNK) - 1])
            k >>= CHUNK
        return r


P256 = Fast(ecdsa.P256.oid, ecdsa.P256.p, ecdsa.P256.n, ecdsa.P256.g, ecdsa.P256.hash)


def key(what):
    return mkquote.Key(what, P256)


class Platform:
    def __init__(self, number):
        pck, middle = key(f"PCK {number}"), key("platform CA")
        leaf = mkquote.certificate(f"libtsmmr TEST PCK {number}, not Intel", pck, mkquote.PLATFORM,
                                   middle, None, [mkquote.sgx_extension()])
        chain = [mkquote.pem(leaf), *above()]
        self.attestation = key(f"attestation {number}")
        auth = bytes(range(32))
        report = mkquote.Enclave().report(hashlib.sha256(self.attestation.public + auth).digest() +
                                          bytes(32))
        certified = (report + pck.sign_raw(report) + struct.pack("<H", len(auth)) + auth +
                     mkquote.sized(5, "".join(chain).encode() + b"\0"))
        self.rest = self.attestation.public + mkquote.sized(6, certified)

    def quote(self, guest):
        """As mkquote.quote() of version 4."""
        signed = struct.pack("<HHII", 4, 2, 0x81, 0) + mkquote.QE_VENDOR_INTEL + bytes(20)
        signed += mkquote.quote_body(guest, False)
        signature = self.attestation.sign_raw(signed) + self.rest
        return signed + struct.pack("<I", len(signature)) + signature


@functools.cache
def above():
    """The certificates that all platforms share: PEM."""
    return mkquote.chain()[1:]


@functools.cache
def registers():
    return mkquote.read_registers(TWIN / "registers-before.txt")


@functools.cache
def firmware():
    return (TWIN / "CCEL.data").read_bytes().rstrip(b"\xff")


def log_of(number):
    """The twin's log with one record more, and what RTMR2 holds then."""
    data = f"libtsmmr TEST machine {number}".encode() + b"\0"
    digest = hashlib.sha384(data).digest()
    record = (struct.pack("<IIIH", RTMR2, EV_IPL, 1, SHA384) + digest +
              struct.pack("<I", len(data)) + data)
    return firmware() + record, hashlib.sha384(registers()["rtmr2"] + digest).digest()


def nonce_of(number):
    return hashlib.sha256(f"libtsmmr TEST nonce {number}".encode()).digest()


def line_of(number, platform, padded=False):
    log, rtmr2 = log_of(number)
    guest = mkquote.Guest(registers() | {"rtmr2": rtmr2}, nonce_of(number), False)
    if padded:
        log = log.ljust(65536, b"\xff")
    return {"id": number, "log_base64": base64.b64encode(log).decode(),
            "evidence_base64": base64.b64encode(platform.quote(guest)).decode(),
            "nonce": nonce_of(number).hex()}


def lines(pairs, platforms, padded=False):
    there = {}
    for number in range(pairs):
        which = number % platforms
        if which not in there:
            there[which] = Platform(which)
        yield line_of(number, there[which], padded)


def documents(pairs):
    for number in range(pairs):
        document = mkcose.sign1(mkcose.nitro_payload(nonce=nonce_of(number)),
                                mkcose.Key("nitro leaf"), False)
        yield {"id": number, "evidence_base64": base64.b64encode(document).decode(),
               "nonce": nonce_of(number).hex()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--platforms", type=int)
    parser.add_argument("--padded", action="store_true")
    parser.add_argument("--nitro", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("-o", dest="out", type=argparse.FileType("w"), default=sys.stdout)
    args = parser.parse_args()

    root = mkcose.pem(mkcose.nitro_chain()[0]) if args.nitro else mkquote.chain()[2]
    args.root.write_text(root)
    made = documents(args.pairs) if args.nitro else lines(
        args.pairs, args.platforms or args.pairs, args.padded)
    for line in made:
        args.out.write(json.dumps(line) + "\n")
    args.out.close()


if __name__ == "__main__":
    main()
