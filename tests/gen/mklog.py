#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the event logs in tests/data, their README.md and expect.tsv.

    mklog.py            writes tests/data
    mklog.py --check    says whether what is there is what this script makes

Each function below that carries a decorator is one file: its name is the function's, its
docstring says what the file is, and what it does to the log is what is in it.  Register
values are computed here, from the digests as they are written, by hashlib and by the SM3
below; the library has no part in them.
"""

import argparse
import hashlib
import pathlib
import struct
import sys

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"

# --- algorithms (TCG Algorithm Registry) ---------------------------------------------------


def sm3(message):
    """GB/T 32905-2016; not every hashlib has it."""

    def rotate(x, n):
        n %= 32
        return (x << n | x >> (32 - n)) & 0xFFFFFFFF

    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
             0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = message + b"\x80"
    padded += bytes(-(len(padded) + 8) % 64) + struct.pack(">Q", 8 * len(message))

    for at in range(0, len(padded), 64):
        w = list(struct.unpack(">16I", padded[at:at + 64]))
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)
            x ^= rotate(x, 15) ^ rotate(x, 23)
            w.append(x ^ rotate(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rotate((rotate(a, 12) + e + rotate(t, j)) & 0xFFFFFFFF, 7)
            ss2 = ss1 ^ rotate(a, 12)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
            tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, rotate(b, 9), c
            e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
        state = [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return struct.pack(">8I", *state)


ALGS = {
    "sha1": (0x0004, 20), "sha256": (0x000B, 32), "sha384": (0x000C, 48),
    "sha512": (0x000D, 64), "sm3_256": (0x0012, 32), "sha3_256": (0x0027, 32),
    "sha3_384": (0x0028, 48), "sha3_512": (0x0029, 64),
    "unknown": (0x1234, 24),        # no algorithm has this number
}


def digest(alg, data):
    if alg == "sm3_256":
        return sm3(data)
    if alg == "unknown":
        return hashlib.sha512(data).digest()[:24]
    return hashlib.new(alg, data).digest()


# --- event types and data (TCG PC Client PFP 1.06, UEFI 2.10) ---------------------------------

NO_ACTION, SEPARATOR, EVENT_TAG, S_CRTM_VERSION, IPL = 0x3, 0x4, 0x6, 0x8, 0xD
PCRMAPPING, HASH_START, TXT_NO_PCR = 0x401, 0x402, 255     # Intel TXT Software Development Guide
VARIABLE_DRIVER_CONFIG, EFI_ACTION, BLOB, HCRTM = (
    0x80000001, 0x80000007, 0x80000008, 0x80000010)

SIGNATURE = b"Spec ID Event03\0"
GLOBAL_VARIABLE = bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c")
SECURE_BOOT = (GLOBAL_VARIABLE + struct.pack("<QQ", 10, 1) + "SecureBoot".encode("utf-16-le")
               + b"\x01")


def locality(value, extra=b""):
    return b"StartupLocality\0" + bytes([value]) + extra


def spec_id(banks, signature=SIGNATURE, vendor=b"", vendor_size=None, rest=b""):
    """TCG_EfiSpecIDEvent; banks are (number, size)."""
    return (signature + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(banks))
            + b"".join(struct.pack("<HH", *bank) for bank in banks)
            + bytes([len(vendor) if vendor_size is None else vendor_size]) + vendor + rest)


class Log:
    """A log being written, and the registers it gives."""

    def __init__(self, kind, banks):
        self.kind = kind                    # tcg2, ccel, tcg1
        self.banks = list(banks)
        self.bytes = bytearray()
        self.records = 0
        self.registers = {}                 # (index, alg): value
        self.start = {}                     # index: last byte of what it starts with
        self.findings = []                  # as ID@record
        self.verdict = "verified"
        self.wrong = None                   # (record, offset) of the first thing wrong
        self.format = kind                  # what it is found to be
        self.open = "auto"                  # what it is opened as

    # What the file is to give.

    def fails_here(self, offset=0):
        """The record written next is wrong, offset bytes into it."""
        self.wrong = (self.records, len(self.bytes) + offset)

    def finding(self, name, record=None):
        """The record written last, or the one of that number, or none, deserves a finding."""
        self.findings.append(f"{name}@{self.records - 1 if record is None else record}")

    # What the file holds.

    def header(self, data=None, index=0, digest_=bytes(20)):
        if data is None:
            data = spec_id([ALGS[bank] for bank in self.banks])
        self.bytes += struct.pack("<II", index, NO_ACTION) + digest_
        self.bytes += struct.pack("<I", len(data)) + data
        self.records += 1

    def event(self, index, kind, data, covers=None, digests=None):
        """digests: as written, in order, (alg, value); without, one for each bank."""
        if digests is None:
            covered = data if covers is None else covers
            zero = kind == NO_ACTION
            digests = [(b, bytes(ALGS[b][1]) if zero else digest(b, covered))
                       for b in self.banks]
        self.bytes += struct.pack("<II", index, kind)
        if self.kind == "tcg1":
            self.bytes += digests[0][1]
        else:
            self.bytes += struct.pack("<I", len(digests))
            for alg, value in digests:
                self.bytes += struct.pack("<H", ALGS[alg][0]) + value
        self.bytes += struct.pack("<I", len(data)) + data
        self.records += 1
        if kind != NO_ACTION and index != TXT_NO_PCR:
            self.extend(index, digests)

    def extend(self, index, digests):
        for alg, value in digests:
            if alg == "unknown" or alg not in self.banks:
                continue
            old = self.registers.get((index, alg))
            if old is None:
                fill = 0xFF if self.kind != "ccel" and 17 <= index <= 22 else 0
                old = bytes([fill]) * (len(value) - 1)
                old += bytes([self.start.get(index, fill)])
            self.registers[index, alg] = digest(alg, old + value)

    def separators(self, indices, data=bytes(4)):
        for index in indices:
            self.event(index, SEPARATOR, data)

    def boot(self, separators=range(8)):
        """A short boot, with something in a good many registers."""
        if self.kind == "ccel":
            self.event(1, VARIABLE_DRIVER_CONFIG, SECURE_BOOT)
            self.event(1, SEPARATOR, bytes(4))
            self.event(2, EFI_ACTION, b"Calling EFI Application from Boot Option")
            self.event(2, SEPARATOR, bytes(4))
            self.event(3, IPL, b"grub_cmd: set root=hd0\0", covers=b"set root=hd0")
            return
        self.event(0, S_CRTM_VERSION, "1.0".encode("utf-16-le") + b"\0\0")
        self.event(0, BLOB, struct.pack("<QQ", 0xFF800000, 0x1000), covers=b"firmware")
        self.event(7, VARIABLE_DRIVER_CONFIG, SECURE_BOOT)
        self.event(4, EFI_ACTION, b"Calling EFI Application from Boot Option")
        self.separators(separators)
        self.event(8, IPL, b"grub_cmd: set root=hd0\0", covers=b"set root=hd0")
        self.event(5, EFI_ACTION, b"Exit Boot Services Invocation")

    def raw(self, data):
        self.bytes += data

    def cut(self, n):
        """Takes the last n bytes away."""
        del self.bytes[len(self.bytes) - n:]

    def names(self):
        prefix, first = ("rtmr", 1) if self.kind == "ccel" else ("pcr", 0)
        return {f"{prefix}{index - first}:{alg}": value.hex()
                for (index, alg), value in self.registers.items()}


# --- the table: one decorated function a file -------------------------------------------------

FILES = []


def file(kind="tcg2", banks=("sha256",), code="OK"):
    def add(function):
        FILES.append((function, kind, banks, code))
        return function
    return add


def header_and(function):
    """The common case: a header, then what the function does."""
    def made(log):
        log.header(index=1 if log.kind == "ccel" else 0)
        function(log)
    made.__name__, made.__doc__ = function.__name__, function.__doc__
    return made


# Banks, padding, headers.

@file()
@header_and
def good_tcg2_sha256(log):
    """A short boot in one bank; the file ends with its last record."""
    log.boot()


@file(banks=("sha1", "sha256"))
@header_and
def good_tcg2_sha1_sha256(log):
    """A short boot in two banks."""
    log.boot()


@file(banks=("sha384",))
@header_and
def good_tcg2_sha384(log):
    """A short boot in a bank other than SHA-256."""
    log.boot()


@file(banks=("sha1", "sha256", "sha384", "sha512", "sm3_256", "sha3_256", "sha3_384",
             "sha3_512"))
@header_and
def good_tcg2_all_banks(log):
    """A short boot in every bank that can be computed."""
    log.boot()


@file()
@header_and
def good_tcg2_header_only(log):
    """A header and no event: nothing is explained, nothing is wrong."""
    log.verdict = "incomplete"


@file()
@header_and
def good_tcg2_pad_ff(log):
    """0xFF behind the last record, to the end of the area."""
    log.boot()
    log.raw(b"\xff" * 256)


@file()
@header_and
def good_tcg2_pad_00(log):
    """Zero bytes behind the last record, to the end of the area."""
    log.boot()
    log.raw(bytes(256))


@file()
@header_and
def good_tcg2_pad_00_short(log):
    """Fewer zero bytes behind the last record than a record has."""
    log.boot()
    log.raw(bytes(3))


@file()
@header_and
def good_tcg2_pad_ff_short(log):
    """Fewer 0xFF behind the last record than a register number has."""
    log.boot()
    log.raw(b"\xff" * 3)


@file(kind="ccel", banks=("sha384",))
def good_ccel_header_0(log):
    """A CCEL whose header carries the number 0, zero padding (TD-shim)."""
    log.header(spec_id([ALGS["sha384"]], vendor=b"TD-shim"), index=0)
    log.boot()
    log.raw(bytes(128))


@file(kind="ccel", banks=("sha384",))
def good_ccel_header_1(log):
    """A CCEL whose header carries the number 1, 0xFF padding (OVMF)."""
    log.header(index=1)
    log.boot()
    log.raw(b"\xff" * 128)


@file(kind="ccel", banks=("sha384",))
def good_ccel_unpadded(log):
    """A CCEL that ends with its last record."""
    log.header(index=1)
    log.boot()


@file(kind="ccel", banks=("sha384",))
def good_ccel_zero_signature(log):
    """A CCEL whose Spec ID event has 16 zero bytes for a signature (CoCo agent)."""
    log.header(spec_id([ALGS["sha384"]], signature=bytes(16)), index=1)
    log.finding("TCG2_SPECID_ZERO_SIGNATURE")
    log.boot()
    log.raw(b"\xff" * 8)


@file(kind="ccel", banks=("sha384",))
@header_and
def good_ccel_rtmr3(log):
    """A CCEL with an event in RTMR3."""
    log.boot()
    log.event(4, IPL, b"a container")


@file(kind="ccel", banks=("sha384",))
@header_and
def good_ccel_launch_extend(log):
    """A CCEL that claims to extend the launch register."""
    log.boot()
    log.event(0, IPL, b"no guest can do this")
    log.finding("CCEL_EXTENDS_LAUNCH")
    del log.registers[0, "sha384"]


@file()
def good_tcg2_vendor_info(log):
    """A Spec ID event with vendor information."""
    log.header(spec_id([ALGS["sha256"]], vendor=b"vendor information"))
    log.boot()


@file()
def good_tcg2_specid_trailing(log):
    """Bytes behind the vendor information of the Spec ID event."""
    log.header(spec_id([ALGS["sha256"]], rest=b"left over"))
    log.finding("TCG2_SPECID_TRAILING")
    log.boot()


@file()
def good_tcg2_header_digest(log):
    """A Spec ID event with a digest; nothing is extended by it."""
    log.header(digest_=digest("sha1", b"no"))
    log.finding("TCG2_HEADER_DIGEST")
    log.boot()


# Digests.

@file(banks=("sha256", "unknown"))
@header_and
def good_tcg2_unknown_alg(log):
    """A bank of an algorithm nobody knows: its size is declared, so it can be stepped over."""
    log.finding("DIGEST_UNKNOWN_ALG")
    log.boot()


@file(banks=("sha1", "sha256"))
@header_and
def good_tcg2_digest_order(log):
    """Digests in another order than the header's."""
    log.event(4, EFI_ACTION, b"one", digests=[("sha256", digest("sha256", b"one")),
                                              ("sha1", digest("sha1", b"one"))])
    log.boot()


@file(banks=("sha1", "sha256"))
@header_and
def good_tcg2_missing_digest(log):
    """A record with fewer digests than the header has banks (Windows): SHA-1 of PCR 12 is
    not explained."""
    log.event(12, IPL, b"one")
    log.event(12, IPL, b"two", digests=[("sha256", digest("sha256", b"two"))])
    log.finding("DIGEST_MISSING")
    log.boot()
    del log.registers[12, "sha1"]


@file(banks=("sha1", "sha256"))
@header_and
def good_tcg2_late_bank(log):
    """A bank that begins with the second record of a register: what came before is missing."""
    log.event(12, IPL, b"one", digests=[("sha256", digest("sha256", b"one"))])
    log.event(12, IPL, b"two")
    log.finding("DIGEST_MISSING")
    log.boot()
    del log.registers[12, "sha1"]


@file(code="MALFORMED", banks=("sha1", "sha256"))
@header_and
def bad_tcg2_no_digest(log):
    """A measured record without any digest: nobody knows what was extended."""
    log.boot()
    log.fails_here(8)
    log.event(12, IPL, b"two", digests=[])


@file()
@header_and
def good_tcg2_no_action_no_digest(log):
    """EV_NO_ACTION without any digest: nothing was extended, so nothing is missing."""
    log.boot()
    log.event(9, NO_ACTION, b"", digests=[])
    log.event(9, IPL, b"x")


@file(code="MALFORMED")
@header_and
def bad_tcg2_undeclared_alg(log):
    """A digest of an unknown algorithm the header does not declare: nobody knows its size."""
    log.boot()
    log.fails_here(12)
    log.event(9, IPL, b"x", digests=[("unknown", bytes(32))])


@file(code="MALFORMED", banks=("sha1", "sha256"))
@header_and
def bad_tcg2_undeclared_second(log):
    """The second digest of a record is of an unknown algorithm the header does not declare."""
    log.boot()
    log.fails_here(12 + 2 + 32)
    log.event(9, IPL, b"x", digests=[("sha256", digest("sha256", b"x")),
                                     ("unknown", bytes(32))])


@file(banks=("sha256",))
@header_and
def good_tcg2_undeclared_known(log):
    """SHA-1 digests in each record of a log that declares SHA-256: stepped over, and no bank."""
    log.boot()
    log.event(9, IPL, b"x", digests=[("sha1", digest("sha1", b"x")),
                                     ("sha256", digest("sha256", b"x"))])
    log.finding("TCG2_DIGEST_UNDECLARED")
    log.event(9, IPL, b"y", digests=[("sha256", digest("sha256", b"y")),
                                     ("sha1", digest("sha1", b"y"))])


@file(code="MALFORMED")
@header_and
def bad_tcg2_undeclared_twice(log):
    """Two digests of one algorithm, which the header does not declare."""
    log.boot()
    log.fails_here(12 + 2 + 20)
    log.event(9, IPL, b"x", digests=[("sha1", digest("sha1", b"x")),
                                     ("sha1", digest("sha1", b"y"))])


@file(code="MALFORMED")
@header_and
def bad_tcg2_undeclared_only(log):
    """A measured record with no digest but one the header does not declare."""
    log.boot()
    log.fails_here(8)
    log.event(9, IPL, b"x", digests=[("sha1", digest("sha1", b"x"))])


@file(code="MALFORMED", banks=("sha1", "sha256"))
@header_and
def bad_tcg2_duplicate_alg(log):
    """Two digests of one algorithm in one record: two extensions folded into one event."""
    log.boot()
    log.fails_here(12 + 2 + 32)
    log.event(9, IPL, b"x", digests=[("sha256", digest("sha256", b"x")),
                                     ("sha256", digest("sha256", b"y"))])


@file(code="MALFORMED")
@header_and
def bad_tcg2_count_huge(log):
    """A digest count of 2^32 - 1."""
    log.boot()
    log.fails_here(8)
    log.raw(struct.pack("<III", 9, IPL, 0xFFFFFFFF) + bytes(200))


@file(code="MALFORMED")
@header_and
def bad_tcg2_count_over_banks(log):
    """A digest count of 17, more than a header may declare banks."""
    log.boot()
    log.fails_here(8)
    log.raw(struct.pack("<III", 9, IPL, 17) + bytes(200))


# The Spec ID event.

@file(code="MALFORMED")
def bad_tcg2_header_size(log):
    """The header declares SHA-256 with 20 bytes."""
    log.fails_here(32)
    log.header(spec_id([(0x000B, 20)]))
    log.boot()


@file(code="MALFORMED")
def bad_tcg2_header_duplicate(log):
    """The header declares SHA-256 twice."""
    log.fails_here(32)
    log.header(spec_id([ALGS["sha256"], ALGS["sha256"]]))
    log.boot()


@file(code="MALFORMED")
def bad_tcg2_header_no_banks(log):
    """The header declares no bank."""
    log.fails_here(32)
    log.header(spec_id([]))
    log.boot()


@file(code="MALFORMED")
def bad_tcg2_header_zero_size(log):
    """The header declares an unknown algorithm with digests of no bytes."""
    log.fails_here(32)
    log.header(spec_id([ALGS["sha256"], (0x1234, 0)]))
    log.boot()


@file(code="MALFORMED")
def bad_tcg2_header_vendor(log):
    """The vendor information of the Spec ID event is longer than the event."""
    log.fails_here(32)
    log.header(spec_id([ALGS["sha256"]], vendor=b"abc", vendor_size=4))
    log.boot()


@file(code="MALFORMED")
def bad_tcg2_header_count(log):
    """The Spec ID event declares more banks than it has bytes for."""
    data = spec_id([ALGS["sha256"]])
    log.fails_here(32)
    log.header(data[:24] + struct.pack("<I", 3) + data[28:])
    log.boot()


@file(code="MALFORMED")
def bad_tcg2_header_short(log):
    """The Spec ID event ends before its list of banks."""
    log.fails_here(32)
    log.header(spec_id([ALGS["sha256"]])[:26])
    log.boot()


@file(code="UNSUPPORTED")
def unsupported_tcg2_17_banks(log):
    """A header that declares 17 banks, one more than this library keeps."""
    log.fails_here(32)
    log.header(spec_id([ALGS["sha256"]] + [(0x2000 + i, 32) for i in range(16)]))


# Cuts.

def cut_last(log, keep):
    """A last record of which keep bytes are there."""
    log.boot()
    log.fails_here()
    before = len(log.bytes)
    log.event(9, IPL, b"twelve bytes")
    log.cut(len(log.bytes) - before - keep)


@file(code="TRUNCATED")
def bad_tcg2_cut_header(log):
    """The file ends inside the Spec ID event."""
    log.fails_here()
    log.header()
    log.cut(5)


@file(code="TRUNCATED")
@header_and
def bad_tcg2_cut_index(log):
    """The file ends inside a register number."""
    cut_last(log, 2)


@file(code="TRUNCATED")
@header_and
def bad_tcg2_cut_type(log):
    """The file ends inside an event type."""
    cut_last(log, 7)


@file(code="TRUNCATED")
@header_and
def bad_tcg2_cut_count(log):
    """The file ends inside a digest count."""
    cut_last(log, 10)


@file(code="TRUNCATED")
@header_and
def bad_tcg2_cut_alg(log):
    """The file ends inside the number of an algorithm."""
    cut_last(log, 13)


@file(code="TRUNCATED")
@header_and
def bad_tcg2_cut_digest(log):
    """The file ends inside a digest."""
    cut_last(log, 14 + 31)


@file(code="TRUNCATED")
@header_and
def bad_tcg2_cut_size(log):
    """The file ends inside the size of the event data."""
    cut_last(log, 14 + 32 + 3)


@file(code="TRUNCATED")
@header_and
def bad_tcg2_cut_data(log):
    """The file ends one byte before the end of the event data."""
    cut_last(log, 14 + 32 + 4 + 11)


@file(code="TRUNCATED")
@header_and
def bad_tcg2_data_huge(log):
    """Event data of 4 GiB in a file of a few hundred bytes."""
    log.boot()
    log.fails_here()
    log.raw(struct.pack("<IIIH", 9, IPL, 1, ALGS["sha256"][0]) + bytes(32)
            + struct.pack("<I", 0xFFFFFFFF) + b"short")


# What follows the end.

@file()
@header_and
def good_tcg2_data_after_ff(log):
    """Padding of 0xFF, and something behind it."""
    log.boot()
    log.raw(b"\xff" * 64 + b"hidden" + b"\xff" * 64)
    log.finding("TCG2_DATA_AFTER_END", log.records)


@file()
@header_and
def good_tcg2_zero_hole(log):
    """A hole of zero bytes, and a record behind it."""
    log.boot()
    log.finding("TCG2_DATA_AFTER_END", log.records)
    registers, records = dict(log.registers), log.records
    log.raw(bytes(64))
    log.event(9, IPL, b"hidden")
    log.registers, log.records = registers, records


# Register numbers.

@file(code="MALFORMED")
@header_and
def bad_tcg2_index_24(log):
    """A measured record for PCR 24, which no TPM of a PC has."""
    log.boot()
    log.fails_here()
    log.event(24, IPL, b"x")


@file(code="MALFORMED")
@header_and
def bad_tcg2_index_huge(log):
    """A measured record for register 0x80000000."""
    log.boot()
    log.fails_here()
    log.event(0x80000000, IPL, b"x")


@file(code="MALFORMED", kind="ccel", banks=("sha384",))
@header_and
def bad_ccel_index_5(log):
    """A measured record for MrIndex 5, one behind RTMR3."""
    log.boot()
    log.fails_here()
    log.event(5, IPL, b"x")


@file()
@header_and
def good_tcg2_index_ffffffff(log):
    """An EV_NO_ACTION record with the number 0xFFFFFFFF (Windows) is not padding."""
    log.boot()
    log.event(0xFFFFFFFF, NO_ACTION, b"WBCL")
    log.finding("TCG_INDEX_NOT_A_REGISTER")
    log.event(9, IPL, b"still measured")


@file(banks=("sha1", "sha256"))
@header_and
def good_tcg2_txt(log):
    """Intel TXT's records of no register, 0x401 and 0x402 under 255, and then PCR 17."""
    txt = [("sha1", bytes(20)), ("sha256", bytes(32))]
    log.event(TXT_NO_PCR, PCRMAPPING, bytes(4), digests=txt)
    log.finding("TCG_INDEX_NOT_A_REGISTER")
    log.event(TXT_NO_PCR, HASH_START, b"", digests=[(a, digest(a, b"acm")) for a, _ in txt])
    log.finding("TCG_INDEX_NOT_A_REGISTER")
    log.event(17, HASH_START, b"", covers=b"acm")
    log.event(17, 0x40F, b"OsSinitData")


@file(kind="tcg1", banks=("sha1",))
def good_tcg1_txt(log):
    """The same in a log of SHA-1 only, which begins with a record of no register."""
    log.event(TXT_NO_PCR, PCRMAPPING, bytes(4), digests=[("sha1", bytes(20))])
    log.finding("TCG_INDEX_NOT_A_REGISTER")
    log.boot()


@file(code="MALFORMED")
@header_and
def bad_tcg2_txt_measured(log):
    """Another of Intel TXT's records under 255, which no register is."""
    log.boot()
    log.fails_here()
    log.event(TXT_NO_PCR, 0x403, bytes(4))


@file(kind="ccel", banks=("sha384",))
@header_and
def good_ccel_index_255(log):
    """An EV_NO_ACTION record with a number that no register has, in a CCEL."""
    log.boot()
    log.event(TXT_NO_PCR, NO_ACTION, b"note")
    log.finding("TCG_INDEX_NOT_A_REGISTER")
    log.event(4, IPL, b"still measured")


# EV_NO_ACTION, localities, H-CRTM, registers that do not start with zero.

@file()
@header_and
def good_tcg2_no_action(log):
    """EV_NO_ACTION in the middle of a log extends nothing."""
    log.boot()
    log.event(0, NO_ACTION, b"SP800-155 Event\0" + bytes(20))
    log.event(9, NO_ACTION, b"")
    log.event(9, IPL, b"x")


@file()
@header_and
def good_tcg2_no_action_digest(log):
    """EV_NO_ACTION with a digest that is not zero extends nothing either."""
    log.boot()
    log.event(9, NO_ACTION, b"x", digests=[("sha256", digest("sha256", b"x"))])
    log.finding("TCG_NO_ACTION_DIGEST")


@file()
@header_and
def good_tcg2_locality_0(log):
    """StartupLocality 0: PCR 0 starts with zero."""
    log.event(0, NO_ACTION, locality(0))
    log.boot()


@file()
@header_and
def good_tcg2_locality_3(log):
    """StartupLocality 3: PCR 0 starts with 3 in its last byte."""
    log.event(0, NO_ACTION, locality(3))
    log.start[0] = 3
    log.boot()


@file()
@header_and
def good_tcg2_locality_4(log):
    """StartupLocality 4: PCR 0 starts with 4 in its last byte."""
    log.event(0, NO_ACTION, locality(4))
    log.start[0] = 4
    log.boot()


@file()
@header_and
def good_tcg2_locality_padded(log):
    """StartupLocality 3 with bytes behind it (coreboot)."""
    log.event(0, NO_ACTION, locality(3, bytes(15)))
    log.start[0] = 3
    log.boot()


@file()
@header_and
def good_tcg2_locality_late(log):
    """StartupLocality after PCR 0 was extended: cannot be true, is ignored."""
    log.event(0, S_CRTM_VERSION, b"1\0.\0000\0\0\0")
    log.event(0, NO_ACTION, locality(3))
    log.finding("TCG_LOCALITY_IGNORED")
    log.boot()


@file()
@header_and
def good_tcg2_locality_twice(log):
    """A second StartupLocality is ignored."""
    log.event(0, NO_ACTION, locality(3))
    log.event(0, NO_ACTION, locality(4))
    log.finding("TCG_LOCALITY_IGNORED")
    log.start[0] = 3
    log.boot()


@file()
@header_and
def good_tcg2_locality_2(log):
    """A StartupLocality no TPM starts in is ignored."""
    log.event(0, NO_ACTION, locality(2))
    log.finding("TCG_LOCALITY_IGNORED")
    log.boot()


@file()
@header_and
def good_tcg2_hcrtm(log):
    """An H-CRTM event: PCR 0 starts with 4 in its last byte."""
    log.start[0] = 4
    log.event(0, HCRTM, b"HCRTM", covers=b"the root of trust")
    log.boot()


@file()
@header_and
def good_tcg2_hcrtm_late(log):
    """An H-CRTM event after PCR 0 was extended does not change what it started with."""
    log.event(0, S_CRTM_VERSION, b"1\0.\0000\0\0\0")
    log.event(0, HCRTM, b"HCRTM", covers=b"the root of trust")
    log.finding("TCG_HCRTM_IGNORED")
    log.boot()


@file()
@header_and
def good_tcg2_drtm(log):
    """An event in PCR 17, which starts with 0xFF in every byte."""
    log.boot()
    log.event(17, IPL, b"late launch")


# Separators and bound data.

@file()
@header_and
def good_tcg2_separator_twice(log):
    """A second separator in one register is extended, and noticed."""
    log.boot()
    log.event(4, SEPARATOR, bytes(4))
    log.finding("TCG_SEPARATOR_TWICE")


@file()
@header_and
def good_tcg2_separator_ff(log):
    """Separators of 0xFF are as good as those of zero."""
    log.boot(separators=())
    log.separators(range(8), b"\xff" * 4)


@file()
@header_and
def good_tcg2_separator_missing(log):
    """PCR 7 is extended and has no separator, the others have."""
    log.boot(separators=range(7))
    log.finding("TCG_SEPARATOR_MISSING", "-")


@file()
@header_and
def good_tcg2_separator_error(log):
    """A separator that says the firmware met an error."""
    log.boot(separators=range(7))
    log.event(7, SEPARATOR, struct.pack("<I", 1))
    log.finding("TCG_SEPARATOR_ERROR")


@file()
@header_and
def good_tcg2_data_mismatch(log):
    """The text of an EFI_ACTION was changed, its digest kept: PCR 4 is not verified."""
    log.boot()
    log.event(4, EFI_ACTION, b"Returning from EFI Application from Bo0t Option",
              covers=b"Returning from EFI Application from Boot Option")
    log.finding("DATA_MISMATCH")
    log.verdict = "incomplete"


@file(kind="ccel", banks=("sha384",))
@header_and
def good_ccel_data_mismatch(log):
    """The SecureBoot variable says 0, the digest covers 1: RTMR0 is not verified."""
    log.boot()
    log.event(1, VARIABLE_DRIVER_CONFIG, SECURE_BOOT[:-1] + b"\0", covers=SECURE_BOOT)
    log.finding("DATA_MISMATCH")
    log.verdict = "incomplete"


def aael(text):
    """What the CoCo attestation agent logs: a tagged event with a line of text."""
    return struct.pack("<II", 0x4141454C, len(text)) + text


@file(kind="ccel", banks=("sha384",))
@header_and
def good_ccel_aael(log):
    """An attestation agent's event in RTMR3, which covers tag, length and text."""
    log.boot()
    log.event(4, EVENT_TAG, aael(b"github.com/confidential-containers PullImage alpine"))


@file(kind="ccel", banks=("sha384",))
@header_and
def good_ccel_aael_mismatch(log):
    """An attestation agent's event whose text was changed: RTMR3 is not verified."""
    log.boot()
    log.event(4, EVENT_TAG, aael(b"github.com/confidential-containers PullImage alpine"),
              covers=aael(b"github.com/confidential-containers PullImage debian"))
    log.finding("DATA_MISMATCH")
    log.verdict = "incomplete"


# Logs of the SHA-1 kind.

@file(kind="tcg1", banks=("sha1",))
def good_tcg1(log):
    """A log of a TPM 1.2: no header, SHA-1 only."""
    log.boot()


@file(kind="tcg1", banks=("sha1",))
def good_tcg1_specid(log):
    """A log of a TPM 1.2 that begins with its own kind of Spec ID event."""
    log.event(0, NO_ACTION, b"Spec ID Event00\0" + struct.pack("<IBBBBB", 0, 2, 1, 0, 0, 0))
    log.boot()


@file(kind="tcg1", banks=("sha1",))
def good_tcg1_locality_first(log):
    """A SHA-1 log whose first record is a StartupLocality, not a Spec ID event."""
    log.event(0, NO_ACTION, locality(3))
    log.start[0] = 3
    log.boot()


@file(kind="tcg1", banks=("sha1",))
def good_tcg1_pad_00(log):
    """A SHA-1 log with zero bytes behind its last record."""
    log.boot()
    log.raw(bytes(100))


@file(kind="tcg1", banks=("sha1",), code="TRUNCATED")
def bad_tcg1_cut_data(log):
    """A SHA-1 log that ends inside event data."""
    log.boot()
    log.fails_here()
    log.event(9, IPL, b"twelve bytes")
    log.cut(1)


@file(kind="tcg1", banks=("sha1",), code="TRUNCATED")
def bad_tcg1_cut_digest(log):
    """A SHA-1 log that ends inside a digest."""
    log.boot()
    log.fails_here()
    log.event(9, IPL, b"")
    log.cut(5)


@file(kind="tcg1", banks=("sha1",), code="MALFORMED")
def bad_tcg1_index_24(log):
    """A SHA-1 log with a measured record for PCR 24."""
    log.boot()
    log.fails_here()
    log.event(24, IPL, b"x")


# No logs at all.

@file(code="FORMAT")
def bad_empty(log):
    """No bytes."""
    log.format = "-"


@file(code="FORMAT")
def bad_ff(log):
    """0xFF and nothing else: an area no firmware wrote to."""
    log.format = "-"
    log.raw(b"\xff" * 512)


@file(code="FORMAT")
def bad_text(log):
    """A line of prose."""
    log.format = "-"
    log.raw(b"This is no event log.\n")


# --- files ----------------------------------------------------------------------------------

README = """\
# Logs and evidence the tests use

The logs in this folder are made by `tests/gen/mklog.py`, which also writes this page and
`expect.tsv`; change that script, not the files.  `good-*` decode, `bad-*` break a rule,
`unsupported-*` keep the rules and are beyond this library.  Offsets and record numbers count
from 0.  `tdx-twin/` is described in its own folder.

| file | what | result |
|---|---|---|
"""


def build():
    """The contents of every file, by name."""
    made = {}
    rows = ["# file\topen\tformat\tcode\trecord\toffset\trecords\tverdict\tfindings\tregisters"]
    lines = []
    for function, kind, banks, code in FILES:
        log = Log(kind, banks)
        function(log)
        name = function.__name__.replace("_", "-") + ".bin"
        assert name not in made, name
        assert code == "OK" or name.startswith(("bad-", "unsupported-")), name
        made[name] = bytes(log.bytes)

        text = " ".join(function.__doc__.split())
        record, offset = log.wrong or ("-", "-")
        if code == "OK":
            if not log.registers:
                log.verdict = "incomplete"
            registers = ",".join(f"{k}={v}" for k, v in log.names().items()) or "-"
            findings = ",".join(log.findings) or "-"
            rows.append(f"{name}\t{log.open}\t{log.format}\t{code}\t-\t-\t{log.records}\t"
                        f"{log.verdict}\t{findings}\t{registers}")
            result = log.verdict + "".join(f", {f.split('@')[0]}" for f in dict.fromkeys(
                log.findings))
        else:
            rows.append(f"{name}\t{log.open}\t{log.format}\t{code}\t{record}\t{offset}\t-\t-\t-\t-")
            result = f"E_{code}" + ("" if log.open == "auto" else f" as {log.open}")
            if log.wrong:
                result += f" at record {record}, byte {offset}"
        lines.append(f"| {name} | {text} | {result} |")
    made["expect.tsv"] = ("\n".join(rows) + "\n").encode()
    made["README.md"] = (README + "\n".join(lines) + "\n").encode()
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args().check

    assert sm3(b"abc").hex() == ("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b"
                                 "8f4ba8e0")
    made = build()
    mine = ("good-*", "bad-*", "unsupported-*")
    there = {p.name for pattern in mine for p in DATA.glob(pattern)}
    stale = sorted(there - made.keys())
    if not check:
        DATA.mkdir(parents=True, exist_ok=True)
        for name in stale:
            (DATA / name).unlink()
        for name, content in made.items():
            (DATA / name).write_bytes(content)
        return 0

    wrong = stale + [name for name, content in made.items()
                     if not (DATA / name).is_file() or (DATA / name).read_bytes() != content]
    for name in wrong:
        print(f"tests/data/{name} is not what mklog.py makes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
