#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the IMA lists in tests/data/ima and their expect.tsv.

    mkima.py            writes tests/data/ima
    mkima.py --check    says whether what is there is what this script makes

Lists are put together, and registers replayed, from what the kernel's sources say; the
library has no part in it.  Each row of expect.tsv is a file, the format that "auto" must
find, the error (code, record, offset) or OK, how many records, which of them do not bind,
which findings there are, and what the register holds when all of it was extended.
"""

import pathlib
import struct
import sys

from mklog import digest

DATA = pathlib.Path(__file__).resolve().parent.parent / "data/ima"
SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64, "sm3_256": 32, "sha3_256": 32}
BANKS = ("sha1", "sha256", "sha384", "sha512")

TEMPLATES = {
    "ima": "d|n",
    "ima-ng": "d-ng|n-ng",
    "ima-sig": "d-ng|n-ng|sig",
    "ima-ngv2": "d-ngv2|n-ng",
    "ima-sigv2": "d-ngv2|n-ng|sig",
    "ima-buf": "d-ng|n-ng|buf",
    "ima-modsig": "d-ng|n-ng|sig|d-modsig|modsig",
    "evm-sig": "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode",
}
DIGESTS = ("d-ng", "d-ngv2", "d-modsig", "?d")
STRINGS = ("n", "n-ng", "xattrnames", "?n")
NUMBERS = {"iuid": "<I", "igid": "<I", "imode": "<H"}


class Record:
    """values: for a digest (text before it, bytes), for a name bytes, for others too."""

    def __init__(self, template, *values, pcr=10, violation=False, fields=None, forged=False):
        self.template, self.values, self.pcr = template, values, pcr
        self.fields = (fields or TEMPLATES.get(template, template)).split("|")
        self.violation, self.forged = violation, forged

    def data(self, stored=False):
        """What is hashed, or what is in the list in its place."""
        if self.template == "ima":
            value, name = self.values
            if stored:
                return value + struct.pack("<I", len(name)) + name
            return value + name.ljust(256, b"\0")
        out = b""
        for field, value in zip(self.fields, self.values):
            if value == b"":
                part = b""
            elif field in DIGESTS:
                part = value[0] + b":\0" + value[1]
            elif field in STRINGS:
                part = value + b"\0"
            elif field in NUMBERS:
                part = struct.pack(NUMBERS[field], value)
            else:
                part = value
            out += struct.pack("<I", len(part)) + part
        return out

    def listed(self, bank):
        if self.violation:
            return bytes(SIZES[bank])
        data = self.data()
        return digest(bank, data if not self.forged else b"something else" + data)

    def extended(self, bank):
        return b"\xff" * SIZES[bank] if self.violation else self.listed(bank)

    def binary(self, bank):
        out = struct.pack("<I", self.pcr) + self.listed(bank)
        out += struct.pack("<I", len(self.template)) + self.template.encode()
        if self.template != "ima":
            out += struct.pack("<I", len(self.data()))
        return out + self.data(stored=True)

    def text(self, bank):
        words = [b"%2d" % self.pcr, self.listed(bank).hex().encode(), self.template.encode()]
        for field, value in zip(self.fields, self.values):
            if value == b"":
                words.append(b"")
            elif field in DIGESTS:
                words.append(value[0] + b":" + value[1].hex().encode())
            elif field in STRINGS or self.template == "ima" and field == "n":
                words.append(value)
            elif field in NUMBERS:
                words.append(b"%d" % value)
            else:
                words.append(value.hex().encode())
        return b" ".join(words) + b"\n"


def replay(records, bank, padded=False):
    value = bytes(SIZES[bank])
    for r in records:
        if padded and not r.violation:
            extended = r.extended("sha1") + bytes(SIZES[bank] - 20)
        else:
            extended = r.extended(bank)
        value = digest(bank, value + extended)
    return value.hex()


def sha256(n):
    return (b"sha256", bytes([n]) * 32)


AGGREGATE = Record("ima-ng", (b"sha256", bytes(32)), b"boot_aggregate")
VIOLATION = Record("ima-ng", (b"sha256", bytes(32)), b"/tmp/open", violation=True)
EVERY = [
    AGGREGATE,
    Record("ima", bytes(range(20)), b"/bin/sh"),
    Record("ima", bytes(range(20)), b"/" + b"n" * 254),
    Record("ima-ng", sha256(1), b"/tmp/caf\xc3\xa9"),
    Record("ima-ng", (b"sha1", b"\2" * 20), b"/tmp/\x1b]0;title\x07"),
    Record("ima-ng", (b"md5", b"\2" * 16), b"/" + b"long" * 200),
    Record("ima-sig", sha256(3), b"/bin/signed", b"\3\2\4" + bytes(60)),
    Record("ima-sig", sha256(4), b"/bin/unsigned", b""),
    VIOLATION,
    Record("ima-ngv2", (b"ima:sha256", b"\5" * 32), b"/v2"),
    Record("ima-sigv2", (b"verity:sha512", b"\6" * 64), b"/verity", b"\6\2\4"),
    Record("ima-buf", sha256(7), b"kexec-cmdline", b"root=/dev/vda1 quiet"),
    Record("ima-modsig", sha256(8), b"/mod.ko", b"", (b"sha512", b"\x88" * 64), b"\x30\x82"),
    Record("ima-modsig", sha256(9), b"/plain.ko", b"", b"", b""),
    Record("evm-sig", sha256(10), b"/evm", b"\5\2\4", b"security.ima|security.selinux",
           struct.pack("<II", 34, 20), b"\4\4" + bytes(52), 1000, 100, 0o100755),
    Record("d-ng|n-ng|sig", sha256(11), b"/custom", b"\1"),
    Record("n-ng|d", b"/first", b"\2" * 20),
    Record("ima", bytes(20), b"/tmp/open", violation=True),
]
PLAIN = [AGGREGATE, Record("ima-ng", sha256(1), b"/init"),
         Record("ima-sig", sha256(2), b"/sbin", b""),
         VIOLATION]
FORGED = [AGGREGATE, Record("ima-ng", sha256(1), b"/init"),
          Record("ima-ng", sha256(2), b"/bin/evil", forged=True)]
UNKNOWN = [AGGREGATE, Record("ima-cgpath", b"/docker/1", sha256(3), b"/bin/sh",
                             fields="?n|?d|?n"),
           Record("ima-dep-cgn", b"swapper/0", sha256(3), b"/bin/cat", fields="?n|?d|?n")]
OPAQUE = [AGGREGATE, Record("ima-other", b"\1\2\3", b"/bin/sh", fields="bytes|?n")]
BLANKS = [Record("ima", b"\1" * 20, b"/opt/some file"), Record("ima", b"\1" * 20, b"/a  b ")]

FILES = {}
ROWS = []


def add(name, content, fmt, records=(), code="OK", record="-", offset="-", count=None,
        mismatches=(), findings=(), registers=None):
    if registers is None:
        registers = [f"pcr10:{b}={replay(records, b)}" for b in BANKS] if code == "OK" else []
    FILES[name] = content
    ROWS.append([name, fmt, code, str(record), str(offset),
                 str(len(records) if count is None else count),
                 ",".join(map(str, mismatches)) or "-", ",".join(findings) or "-",
                 ",".join(registers) or "-"])


def both(name, records, bank, **more):
    add(f"{name}.{bank}.bin", b"".join(r.binary(bank) for r in records), "ima", records, **more)
    add(f"{name}.{bank}.txt", b"".join(r.text(bank) for r in records), "ima-ascii", records,
        **more)


def good():
    for bank in BANKS:
        both("every", EVERY, bank)
    for bank in ("sm3_256", "sha3_256"):
        both("plain", PLAIN, bank, registers=[
            f"pcr10:{b}={replay(PLAIN, b)}" for b in ("sha256", bank)])
    both("violation-first", [VIOLATION, VIOLATION] + PLAIN, "sha256")
    both("violation-first", [VIOLATION, VIOLATION] + PLAIN, "sm3_256", registers=[
        "pcr10:sm3_256=" + replay([VIOLATION, VIOLATION] + PLAIN, "sm3_256")])
    both("violation-only", [VIOLATION], "sha384")
    both("forged", FORGED, "sha1", mismatches=[2], registers=[])
    both("unknown", UNKNOWN, "sha256", findings=["IMA_TEMPLATE_UNKNOWN"])
    both("blanks", BLANKS, "sha1")
    add("padded.bin", b"".join(r.binary("sha1") for r in PLAIN), "ima", PLAIN, registers=[
        "pcr10:sha1=" + replay(PLAIN, "sha1"),
        "pcr10:sha256=" + replay(PLAIN, "sha256", padded=True)],
        findings=["IMA_PADDED_DIGESTS"])
    add("opaque.sha1.txt", b"".join(r.text("sha1") for r in OPAQUE), "ima-ascii", OPAQUE,
        findings=["IMA_TEMPLATE_UNKNOWN"], registers=["pcr10:sha1=" + replay(OPAQUE, "sha1")])
    add("no-newline.sha256.txt", b"".join(r.text("sha256") for r in PLAIN)[:-1], "ima-ascii",
        PLAIN, findings=["IMA_NO_FINAL_NEWLINE"])
    add("blank-lost.sha256.txt", b"".join(b" ".join(r.text("sha256").split()) + b"\n"
                                          for r in EVERY), "ima-ascii", EVERY,
        findings=["IMA_BLANK_LOST"] * 3)
    add("returns.sha256.txt", b"".join(r.text("sha256").replace(b"\n", b"\r\n") for r in EVERY),
        "ima-ascii", EVERY, findings=["IMA_CARRIAGE_RETURN"])


def bad_binary():
    first, second = (PLAIN[i].binary("sha256") for i in (0, 1))
    at = len(first)
    for name, keep in (("pcr", 3), ("digest", 35), ("name-length", 38), ("name", 45),
                       ("data-length", 49), ("data", len(second) - 1)):
        add(f"bad-cut-{name}.bin", first + second[:keep], "ima", code="TRUNCATED", record=1,
            offset=at, count=1)
    legacy = EVERY[1].binary("sha1")
    add("bad-cut-legacy.bin", legacy + legacy[:-1], "ima", code="TRUNCATED", record=1,
        offset=len(legacy), count=1)

    def patch(where, what):
        out = bytearray(first + second)
        out[at + where:at + where + len(what)] = what
        return bytes(out)

    for name, where, what in (("name-empty", 36, bytes(4)), ("name-long", 36, b"\0\1\0\0"),
                              ("name-blank", 42, b" "), ("index-24", 0, b"\x18")):
        add(f"bad-{name}.bin", patch(where, what), "ima", code="MALFORMED", record=1, offset=at,
            count=1)
    add("bad-data-huge.bin", patch(46, b"\xff\xff\xff\xff"), "ima", code="TRUNCATED", record=1,
        offset=at, count=1)
    add("bad-legacy-name-long.bin", legacy + Record("ima", bytes(20), b"n" * 256).binary("sha1"),
        "ima", code="MALFORMED", record=1, offset=len(legacy), count=1)
    data = PLAIN[1].data()
    add("unsupported-big-endian.bin",
        struct.pack(">I", 10) + digest("sha1", data) + struct.pack(">I", 6) + b"ima-ng"
        + struct.pack(">I", len(data)) + data, "ima", code="UNSUPPORTED", record=0, offset=0)


def bad_text():
    first, second = (PLAIN[i].text("sha256") for i in (0, 2))
    at = len(first)

    def case(name, line, code="MALFORMED"):
        add(f"bad-{name}.txt", first + line, "ima-ascii", code=code, record=1, offset=at, count=1)

    case("upper-case", second[:3] + second[3:67].upper() + second[67:])
    case("few-fields", second.rstrip().rsplit(b" ", 1)[0] + b"\n")
    case("blank-lost", second.rstrip().replace(b"/sbin", b"/sbim") + b"\n")
    case("many-fields", Record("d-ng|sig", sha256(1), b"\1").text("sha256")[:-1] + b" 00\n")
    case("digest-odd", second.replace(b"02 /sbin", b"0 /sbin"))
    case("digest-colon", second.replace(b"sha256:", b"sha256-"))
    case("sig-not-hex", second[:-1] + b"xy\n")
    case("other-bank", PLAIN[2].text("sha1"))
    case("digest-size", second[:65] + second[67:])
    case("no-register", b"x" + second)
    case("index-24", b"24" + second[2:])
    case("blank-line", b"\n")
    case("cut-line", second[:80], code="TRUNCATED")


README = """# IMA's lists

Made by `tests/gen/mkima.py`; change that script, not the files.  `expect.tsv` says what each
must give; `tests/corpus/ima.py` holds them against it.  NAME.BANK.bin and NAME.BANK.txt tell
the same; `bad-*` and `unsupported-*` are refused at the record and byte that are said there.
"""


def main():
    good()
    bad_binary()
    bad_text()
    head = "# file format code record offset records mismatches findings registers".split(" ")
    FILES["expect.tsv"] = "".join(
        "\t".join(r) + "\n" for r in [[" ".join(head[:2])] + head[2:]] + ROWS).encode()
    FILES["README.md"] = README.encode()
    there = {p.name for p in DATA.glob("*") if p.is_file()}
    if sys.argv[1:] != ["--check"]:
        DATA.mkdir(parents=True, exist_ok=True)
        for name in there - FILES.keys():
            (DATA / name).unlink()
        for name, content in FILES.items():
            (DATA / name).write_bytes(content)
        return 0
    wrong = sorted(there ^ FILES.keys()) + [
        n for n in there & FILES.keys() if (DATA / n).read_bytes() != FILES[n]]
    for name in wrong:
        print(f"tests/data/ima/{name} is not what mkima.py makes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
