#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the images and logs of launches in tests/data/launch, and what they replay to.

    mkimage.py            writes tests/data/launch
    mkimage.py --check    says whether what is there is what this script makes

Every register value is computed here, from what the formats' documents say, by hashlib; the
library has no part in it.  expect.tsv has a row for each: the command line behind
"replay", tab, NAME:ALG, tab, the value in hex or "-" where it cannot be known.
"""

import argparse
import base64
import hashlib
import pathlib
import struct
import sys
import uuid
import zlib

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "launch"
FILES = {}
EXPECT = []


def noise(seed, n):
    """Bytes that no two pages share."""
    out = b""
    while len(out) < n:
        out += hashlib.sha256(f"{seed} {len(out)}".encode()).digest()
    return out[:n]


def expect(args, register, value):
    EXPECT.append((args, register, value.hex() if value is not None else "-"))


def sha384(data):
    return hashlib.sha384(data).digest()


README = """# Launches

Images and logs of launches, made by `tests/gen/mkimage.py`; change that script, not the files.
`expect.tsv` says what they replay to, and which images each needs; `bad-*` break a rule each, the
one in their name.  `realm-chain-N.bin` is the published chain of RIM values, N steps of it.
"""


# --- Nitro: EIF ------------------------------------------------------------------------------

KERNEL, CMDLINE, RAMDISK, SIGNATURE, METADATA = 1, 2, 3, 4, 5


def eif(sections, version=4, break_crc=False, shift=0, trailing=b"", count=None):
    body = b""
    offsets, sizes = [], []
    for kind, data in sections:
        offsets.append(548 + len(body) + shift)
        sizes.append(len(data))
        body += struct.pack(">HHQ", kind, 0, len(data)) + data
    head = struct.pack(">4sHHQQHH", b".eif", version, 0, 512 << 20, 2, 0,
                       len(sections) if count is None else count)
    head += b"".join(struct.pack(">Q", v) for v in offsets + [0] * (32 - len(offsets)))
    head += b"".join(struct.pack(">Q", v) for v in sizes + [0] * (32 - len(sizes)))
    head += bytes(4)
    crc = zlib.crc32(head + body) ^ break_crc
    return head + struct.pack(">I", crc) + body + trailing


def cbor_head(major, n):
    for info, code, top in ((24, ">B", 1 << 8), (25, ">H", 1 << 16), (26, ">I", 1 << 32)):
        if n < 24:
            return bytes([major << 5 | n])
        if n < top:
            return bytes([major << 5 | info]) + struct.pack(code, n)
    raise ValueError(n)


def cbor_numbers(data):
    return cbor_head(4, len(data)) + b"".join(cbor_head(0, b) for b in data)


def cbor_text(s):
    return cbor_head(3, len(s)) + s.encode()


CERTIFICATE = b"\x30\x82" + struct.pack(">H", 300) + noise("certificate", 300)


def pem(der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n".encode()


def signature_section(der, numbers=True, more=b""):
    cert = pem(der)
    value = cbor_numbers(cert) if numbers else cbor_head(2, len(cert)) + cert
    return (cbor_head(4, 1) + cbor_head(5, 2) + cbor_text("signing_certificate") + value +
            cbor_text("signature") + cbor_numbers(noise("signature", 40)) + more)


def pcr(*parts):
    return sha384(bytes(48) + sha384(b"".join(parts)))


def make_eif():
    kernel, cmdline = noise("kernel", 700), b"reboot=k panic=30 nomodules console=ttyS0"
    boot, app, app2 = noise("boot", 300), noise("app", 513), noise("app2", 40)
    metadata = b'{"ImageName":"demo","BuildMetadata":{"BuildTool":"mkimage"}}'
    begin = [(KERNEL, kernel), (CMDLINE, cmdline)]

    def good(name, ramdisks, extra=(), cert=None, **more):
        sections = begin + [(METADATA, metadata)] + [(RAMDISK, r) for r in ramdisks]
        FILES[name] = eif(sections + list(extra), **more)
        expect(name, "pcr0:sha384", pcr(kernel, cmdline, *ramdisks))
        expect(name, "pcr1:sha384", pcr(kernel, cmdline, ramdisks[0]))
        expect(name, "pcr2:sha384", pcr(*ramdisks[1:]))
        if cert:
            expect(name, "pcr8:sha384", pcr(cert))

    good("app.eif", [boot, app])
    # The same, as the caller's image and no log of anybody's.
    expect("--image eif=app.eif", "pcr0:sha384", pcr(kernel, cmdline, boot, app))
    good("app-three.eif", [boot, app, app2])
    good("app-empty.eif", [boot])
    # The published value of an enclave without an application of its own.
    assert pcr().hex() == ("21b9efbc184807662e966d34f390821309eeac6802309798826296bf3e8bec7c"
                           "10edb30948c90ba67310f7b964fc500a")
    good("app-signed.eif", [boot, app], [(SIGNATURE, signature_section(CERTIFICATE))],
         CERTIFICATE)
    good("app-signed-bytes.eif", [boot, app],
         [(SIGNATURE, signature_section(CERTIFICATE, numbers=False))], CERTIFICATE)

    whole = begin + [(RAMDISK, boot), (RAMDISK, app)]
    bad = {
        "crc": eif(whole, break_crc=True),
        "offset": eif(whole, shift=1),
        "trailing": eif(whole, trailing=b"\0"),
        "version": eif(whole, version=9),
        "count": eif(whole, count=33),
        "missing-section": eif(whole, count=5),
        "cut": eif(whole)[:-1],
        "cut-header": eif(whole)[:300],
        "order": eif([(CMDLINE, cmdline), (KERNEL, kernel), (RAMDISK, boot)]),
        "ramdisk-first": eif([(RAMDISK, boot)] + begin),
        "two-kernels": eif(begin + [(KERNEL, kernel), (RAMDISK, boot)]),
        "no-ramdisk": eif(begin),
        "unknown-section": eif(whole + [(6, b"?")]),
        "signature-cbor": eif(whole + [(SIGNATURE, b"\x81\xa1")]),
        "signature-empty": eif(whole + [(SIGNATURE, b"\x80")]),
        "signature-more": eif(whole + [(SIGNATURE, signature_section(CERTIFICATE, more=b"\0"))]),
        "signature-der": eif(whole + [(SIGNATURE, signature_section(CERTIFICATE + b"\0"))]),
        "signature-twice": eif(whole + 2 * [(SIGNATURE, signature_section(CERTIFICATE))]),
    }
    for name, data in bad.items():
        FILES[f"bad-{name}.eif"] = data


# --- CCA: realm measurement log --------------------------------------------------------------

ALGS = {"sha256": (0x000B, 0), "sha512": (0x000D, 1), "sha384": (0x000C, 2)}
NO_ACTION, TAG, POST_CODE2, BLOB2 = 3, 6, 0x13, 0x8000000A


class Realm:
    """The log and, beside it, the RIM that an RMM would come to."""

    def __init__(self, alg="sha256", s2sz=48, rmm=1):
        self.alg, self.s2sz, self.rmm = alg, s2sz, rmm
        size = hashlib.new(alg).digest_size
        spec = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 106, 2, 1,
                                                  ALGS[alg][0], size, 0)
        self.log = struct.pack("<II20sI", 0, NO_ACTION, bytes(20), len(spec)) + spec
        self.size, self.rim = size, None

    def h(self, data):
        return hashlib.new(self.alg, data).digest()

    def record(self, kind, data, digest=None, alg=None, index=0):
        self.log += struct.pack("<III", index, kind, digest is not None)
        if digest is not None:
            self.log += struct.pack("<H", ALGS[self.alg][0] if alg is None else alg) + digest
        self.log += struct.pack("<I", len(data)) + data
        return self

    def version(self):
        data = struct.pack("<16s32s40sQIIQ", b"VM VERSION", b"QEMU", b"10.0.0\x1b[31m", 1 << 31, 4,
                           0, 0)
        return self.record(NO_ACTION, data, bytes(self.size), 0)

    def tag(self, number, data):
        return self.record(TAG, struct.pack("<II", number, len(data)) + data)

    def create(self, flags=0, bps=5, wps=3):
        algo = ALGS[self.alg][1]
        page = bytearray(4096)
        struct.pack_into("<Q", page, 0, flags)
        for i, v in enumerate((self.s2sz, 0, bps, wps, 0, algo)):
            page[8 + 8 * i] = v
        self.rim = self.h(bytes(page))
        return self.tag(1, struct.pack("<Q6Bxx", flags, self.s2sz, 0, bps, wps, 0, algo))

    def fold(self, kind, fields):
        if self.rim is None:
            return
        desc = bytearray(256)
        desc[0] = kind
        struct.pack_into("<Q", desc, 8, 256)
        desc[0x10:0x10 + self.size] = self.rim
        for at, data in fields:
            desc[at:at + len(data)] = data
        self.rim = self.h(bytes(desc))

    def ripas(self, base, size, blocks=None):
        """blocks: the sizes that an RMM walks the range in, written out by hand."""
        if self.rmm == 1:
            at = base
            for block in blocks or [size]:
                self.fold(2, [(0x50, struct.pack("<QQ", at, at + block))])
                at += block
            assert at == base + size
        return self.tag(2, struct.pack("<QQ", base, size))

    def data(self, base, image):
        start = base & ~0xFFF
        padded = bytes(base - start) + image
        padded += bytes(-len(padded) % 4096)
        for at in range(0, len(padded), 4096):
            self.fold(0, [(0x50, struct.pack("<QQ", start + at, 1)),
                          (0x60, self.h(padded[at:at + 4096]))])

    def image(self, name, base, image, kind=POST_CODE2, nul=False, measured=True, size=None,
              digest=None):
        size = len(image) if size is None else size
        text = name.encode() + nul * b"\0"
        event = bytes([len(text)]) + text + struct.pack("<QQ", base, size)
        if not measured:
            for at in range(base & ~0xFFF, base + size, 4096):
                self.fold(0, [(0x50, struct.pack("<QQ", at, 0))])
            return self.record(kind, event)
        self.data(base, image)
        padded = image + bytes(size - len(image))
        return self.record(kind, event, digest or self.h(padded))

    def rec(self, pc, flags=1, x0=0):
        gprs = struct.pack("<8Q", x0, *[0] * 7)
        page = bytearray(4096)
        struct.pack_into("<Q", page, 0, flags)
        struct.pack_into("<Q", page, 0x200, pc)
        page[0x300:0x340] = gprs
        if flags & 1:
            self.fold(1, [(0x50, self.h(bytes(page)))])
        return self.tag(3, struct.pack("<QQ", flags, pc) + gprs)

    def save(self, name, args="", known=True, pad=0):
        FILES[name] = self.log + bytes(pad)
        expect(f"{name} {args}".strip(), f"rim:{self.alg}", self.rim if known else None)


def vectors():
    """The chain of published values: each step of it is a log of its own, one record longer."""
    steps = [
        ("8960d56826370aaa6fc9b3a041d4240689582ba41e2ad8bb8f9adf6d2a0cd5e7",
         lambda r: r.create()),
        ("2fc2f37fc707408b5acbe677416df4a6a98b6c0bde41f981f31cbb8693af0d49",
         lambda r: r.ripas(0x80000000, 0x200000)),
        ("4ba429dc958e2768d4164b5cb170dc1a9cb068c193b1c065cd7fe9a27425af25",
         lambda r: r.image("KERNEL", 0x80000000, b"\x5a" * 4096)),
        ("d0c2648beaa056eefa7f811d0af3d0ecf957f6fde5d59d3d17d5f3a7c1d25ba0",
         lambda r: r.image("LOG", 0x80001000, b"", size=4096, measured=False)),
        ("437d9b4f727fea5a3c9b7c7247338ade3a8aa3f0686a50178f7760d375ca4ede",
         lambda r: r.rec(0x80000000, x0=0x81000000)),
    ]
    FILES["granule.bin"] = b"\x5a" * 4096
    for n in range(1, len(steps) + 1):
        realm = Realm()
        for value, step in steps[:n]:
            step(realm)
        assert realm.rim.hex() == steps[n - 1][0]
        realm.save(f"realm-chain-{n}.bin", "--image kernel=granule.bin" if n > 2 else "")


def make_realm():
    kernel, initrd, dtb = noise("rk", 9000), noise("ri", 5000), noise("rd", 4096)
    firmware = noise("rf", 8192)
    FILES.update({"kernel.bin": kernel, "initrd.bin": initrd, "dtb.bin": dtb,
                  "realm-firmware.bin": firmware})
    images = "--image kernel=kernel.bin --image initrd=initrd.bin --image dtb=dtb.bin"
    gib, mib2 = 1 << 30, 1 << 21

    def boot(realm, **more):
        blocks = {48: [gib], 34: 512 * [mib2], 30: 512 * [mib2], 25: None}[realm.s2sz]
        realm.version().create()
        realm.ripas(0x40000000 if realm.s2sz > 30 else 0, gib, blocks)
        realm.image("KERNEL", 0x40200000, kernel, **more)
        realm.image("INITRD", 0x48000123, initrd)
        realm.image("DTB", 0x4A000000, dtb, nul=True)
        realm.rec(0x40200000, x0=0x4A000000)
        realm.image("LOG", 0x4B000000, b"", size=0x10000, measured=False)
        return realm

    vectors()
    for alg in ALGS:
        boot(Realm(alg)).save(f"realm-{alg}.bin", images, pad=100)
    boot(Realm(s2sz=34)).save("realm-s2sz34.bin", images)
    boot(Realm(s2sz=30)).save("realm-s2sz30.bin", images)
    boot(Realm("sha384", rmm=2)).save("realm-rmm2.bin", images + " --launch rmm=2")
    boot(Realm(), size=(len(kernel) + 4095) & ~4095).save("realm-rounded.bin", images)
    # An image's name is not measured: the file given for it must be the one.
    expect("realm-sha256.bin --image kernel=initrd.bin --image initrd=kernel.bin "
           "--image dtb=dtb.bin", "rim:sha256", None)
    expect("realm-sha256.bin", "rim:sha256", None)
    expect("realm-sha256.bin --image kernel=kernel.bin --image initrd=initrd.bin "
           "--image dtb=kernel.bin", "rim:sha256", None)
    uefi = Realm("sha512").version().create()
    # From the middle of a block to the middle of another: pages, blocks, pages.
    uefi.ripas(0x1FF000, 0x401000 + 0x2000, [4096, mib2, mib2, 4096, 4096])
    uefi.image("FIRMWARE", 0, firmware, BLOB2).rec(0).rec(0, flags=0)
    uefi.save("realm-uefi.bin", "--image firmware=realm-firmware.bin")

    good = boot(Realm())
    Realm().image("KERNEL", 0x80000000, kernel).image("DTB", 0x81000000, dtb).save(
        "realm-no-create.bin", images, known=False)
    bad = {
        "index": Realm().create().record(TAG, b"\3\0\0\0\0\0\0\0", index=1),
        "type": Realm().create().image("KERNEL", 0, kernel).record(8, b"x", bytes(32)),
        "tag": Realm().create().tag(4, bytes(8)),
        "tag-size": Realm().create().record(TAG, struct.pack("<II", 2, 100) + bytes(16)),
        "create-short": Realm().tag(1, bytes(13)),
        "create-twice": Realm().create().create(),
        "create-late": Realm().ripas(0, 4096).create(),
        "create-s2sz": Realm().tag(1, struct.pack("<Q6B", 0, 64, 0, 1, 1, 0, 0)),
        "create-alg": Realm().tag(1, struct.pack("<Q6B", 0, 48, 0, 1, 1, 0, 3)),
        "ripas-odd": Realm().create().tag(2, struct.pack("<QQ", 1, 4096)),
        "ripas-empty": Realm().create().tag(2, struct.pack("<QQ", 0, 0)),
        "ripas-wrap": Realm().create().tag(2, struct.pack("<QQ", -4096 & (1 << 64) - 1, 8192)),
        "ripas-short": Realm().create().tag(2, bytes(15)),
        "ripas-huge": Realm(s2sz=25).create().tag(2, struct.pack("<QQ", 0, 1 << 40)),
        "log-huge": Realm().create().record(
            POST_CODE2, b"\3LOG" + struct.pack("<QQ", 0, 1 << 40)),
        "image-wrap": Realm().create().record(
            POST_CODE2, b"\3LOG" + struct.pack("<QQ", (1 << 64) - 4096, 8192)),
        "image-short": Realm().create().record(POST_CODE2, b"\6KERNEL", bytes(32)),
        "image-twice": Realm().create().image("KERNEL", 0, kernel).image("KERNEL", 0, kernel),
        "rec-short": Realm().create().tag(3, bytes(79)),
        "digests": Realm().create().record(POST_CODE2, b"", bytes(32), 0x000C),
    }
    for name, realm in bad.items():
        FILES[f"bad-realm-{name}.bin"] = realm.log
    FILES["bad-realm-cut.bin"] = good.log[:-1]


# --- firmware for TDX and SNP ----------------------------------------------------------------

FOOTER = "96b582de-1fb2-45f7-baea-a366c55a082d"
SNP_META = "dc886566-984a-4798-a75e-5585a7bf67cc"
TDX_META = "e47a6535-984a-4798-865e-4685a7bf8ec2"
TDVF = "e9eaf9f3-168e-44d5-a8eb-7f4d8738f6ae"
RESET = "00f771de-1a7e-4fcb-890e-68c77e2fb44e"
SVSM = "a789a612-0597-4c4b-a49f-cbb1fe9d1ddd"
HASHES = "7255371f-3a3b-4b04-927b-1da6efa8d454"


def guid(text):
    return uuid.UUID(text).bytes_le


def ovmf(size, seed, snp=None, tdx=None, reset=None, hashes=None, svsm=None,
         change=None):
    """Firmware of noise, with metadata in front of the table at its end."""
    image = bytearray(noise(seed, size))
    entries = []
    at = size - 1024
    if snp is not None:
        blob = struct.pack("<4sIII", b"ASEV", 16 + 12 * len(snp), 1, len(snp))
        blob += b"".join(struct.pack("<III", *s) for s in snp)
        image[at:at + len(blob)] = blob
        entries.append((SNP_META, struct.pack("<I", size - at)))
    at = size - 512
    if tdx is not None:
        blob = guid(TDVF) + struct.pack("<4sIII", b"TDVF", 16 + 32 * len(tdx), 1, len(tdx))
        blob += b"".join(struct.pack("<IIQQII", *s) for s in tdx)
        image[at - 16:at - 16 + len(blob)] = blob
        entries.append((TDX_META, struct.pack("<I", size - at)))
    if reset is not None:
        entries.append((RESET, struct.pack("<I", reset)))
    if svsm is not None:
        entries.append((SVSM, struct.pack("<I", svsm)))
    if hashes is not None:
        entries.append((HASHES, struct.pack("<II", hashes, 0x400)))
    table = b"".join(data + struct.pack("<H", len(data) + 18) + guid(name)
                     for name, data in entries)
    table += struct.pack("<H", len(table) + 18) + guid(FOOTER)
    image[size - 32 - len(table):size - 32] = table
    if change:
        change(image)
    return bytes(image)


def mrtd(firmware, sections, passes=1):
    h = hashlib.sha384()

    def add(gpa):
        h.update(b"MEM.PAGE.ADD".ljust(16, b"\0") + struct.pack("<Q", gpa) + bytes(104))

    def extend(gpa, page):
        for at in range(0, 4096, 256):
            h.update(b"MR.EXTEND".ljust(16, b"\0") + struct.pack("<Q", gpa + at) + bytes(104))
            h.update(page[at:at + 256])

    for offset, raw, gpa, size, _, attr in sections:
        data = firmware[offset:offset + raw] + bytes(size - raw)
        for one in [(1, 1)] if passes == 1 else [(1, 0), (0, 1)]:
            for at in range(0, size, 4096):
                if one[0] and not attr & 2:
                    add(gpa + at)
                if one[1] and attr & 1:
                    extend(gpa + at, data[at:at + 4096])
    return h.digest()


def make_tdvf():
    sections = [
        (4096, 8192, 0xFFFFE000, 8192, 0, 1),		# BFV
        (0, 1000, 0xFFFFD000, 4096, 1, 1),		# CFV, the rest of the page is zero
        (0, 0, 0x809000, 8192, 2, 0),			# TD HOB
        (0, 0, 0x810000, 0x4000, 3, 0),			# memory
        (0, 0, 0, 0x80000000, 4, 2),			# added while it runs
    ]
    firmware = ovmf(12288, "tdvf", tdx=sections)
    FILES["tdvf.fd"] = firmware
    expect("--image firmware=tdvf.fd", "mrtd:sha384", mrtd(firmware, sections))
    expect("--image firmware=tdvf.fd --launch passes=2", "mrtd:sha384",
           mrtd(firmware, sections, 2))

    def bad(name, section, change=None):
        FILES[f"bad-tdvf-{name}.fd"] = ovmf(4096, "bad", tdx=[section], change=change)

    bad("odd", (0, 0, 1, 4096, 3, 0))
    bad("empty", (0, 0, 0, 0, 3, 0))
    bad("raw", (0, 8192, 0, 4096, 0, 1))
    bad("beyond", (4000, 4096, 0, 4096, 0, 1))
    bad("beyond-start", (5000, 0, 0, 4096, 0, 1))
    bad("wrap", (0, 0, (1 << 64) - 4096, 8192, 3, 0))
    bad("huge", (0, 0, 0, 1 << 40, 3, 0))
    bad("aug-extend", (0, 4096, 0, 4096, 0, 3))
    good = (0, 4096, 0, 4096, 0, 1)
    bad("count", good, lambda i: struct.pack_into("<I", i, 4096 - 500, 65))
    bad("version", good, lambda i: struct.pack_into("<I", i, 4096 - 504, 2))
    bad("signature", good, lambda i: struct.pack_into("<I", i, 4096 - 512, 0))
    bad("guid", good, lambda i: struct.pack_into("<I", i, 4096 - 528, 0))
    bad("footer-length", good, lambda i: struct.pack_into("<H", i, 4096 - 50, 17))
    bad("footer-long", good, lambda i: struct.pack_into("<H", i, 4096 - 50, 4065))
    bad("entry-length", good, lambda i: struct.pack_into("<H", i, 4096 - 68, 3))
    bad("distance", good, lambda i: struct.pack_into("<I", i, 4096 - 72, 4097))
    bad("distance-short", good, lambda i: struct.pack_into("<I", i, 4096 - 72, 15))
    bad("footer", good, lambda i: struct.pack_into("<I", i, 4096 - 48, 0))
    FILES["bad-tdvf-short.fd"] = bytes(49)


BSP = 0xFFFFFFF0


def vmsa(eip, cpu, vmm="qemu", features=1, fpu=True):
    """A CPU as its VMM starts it: after a reset or, for an SVSM, in protected mode."""
    page = bytearray(4096)
    ec2, svsm = vmm == "ec2", vmm == "svsm"
    flat = (16, 0xC93, 0xFFFFFFFF)
    segments = [(0, 0x93, 0xFFFF)] * 6 + [(0, 0, 0xFFFF), (0, 0x82, 0xFFFF), (0, 0, 0xFFFF),
                                          (0, 0x83 if ec2 else 0x8B, 0xFFFF)]
    segments[1] = (0xF000, 0x9A if ec2 and eip == BSP else 0x9B, 0xFFFF)
    segments[2] = (0, 0x92 if ec2 else 0x93, 0xFFFF)
    if svsm:
        segments[:5] = [flat, (8, 0xC9B, 0xFFFFFFFF), flat, flat, flat]
    for i, segment in enumerate(segments):
        base = eip & 0xFFFF0000 if i == 1 and not svsm else 0
        struct.pack_into("<HHIQ", page, 16 * i, *segment, base)
    for at, value in ((0xD0, 0x1000), (0x148, 0x40), (0x158, 0x11 if svsm else 0x10),
                      (0x160, 0x400), (0x168, 0xFFFF0FF0), (0x170, 2),
                      (0x178, eip if svsm else eip & 0xFFFF),
                      (0x268, 0x70106 if vmm == "gce" else 0x0007040600070406),
                      (0x310, 0x600 if vmm in ("ec2", "gce") else cpu), (0x3B0, features),
                      (0x3E8, 1)):
        struct.pack_into("<Q", page, at, value)
    if fpu and vmm == "qemu":
        struct.pack_into("<I", page, 0x408, 0x1F80)
        struct.pack_into("<H", page, 0x410, 0x37F)
    return bytes(page)


def hashes_page(offset, kernel, initrd=b"", cmdline=b""):
    out = b""
    for name, data in (("97d02dd8-bd20-4c94-aa78-e7714d36ab2a", cmdline + b"\0"),
                       ("44baf731-3a2f-4bd7-9af1-41e29169781d", initrd),
                       ("4de79437-abd2-427f-b835-d5b172d2045b", kernel)):
        out += guid(name) + struct.pack("<H", 50) + hashlib.sha256(data).digest()
    out = guid("9438d606-4f22-4cc9-b479-a793d411fd21") + struct.pack("<H", len(out) + 18) + out
    return (bytes(offset) + out).ljust(4096, b"\0")


class Snp:
    def __init__(self):
        self.ld = bytes(48)

    def page(self, kind, gpa, content=None):
        digest = sha384(content) if content is not None else bytes(48)
        self.ld = sha384(self.ld + digest + struct.pack("<HBBIQ", 112, kind, 0, 0, gpa))

    def image(self, end, image):
        for at in range(0, len(image), 4096):
            self.page(1, end - len(image) + at, image[at:at + 4096])

    def sections(self, sections, page=None, vmm="qemu"):
        if vmm == "ec2":
            sections = sorted(sections, key=lambda section: section[2] == 3)
        for gpa, size, kind in sections:
            for at in range(0, size, 4096):
                if kind == 16 and page:
                    self.page(1, gpa + at, page)
                else:
                    self.page({1: 4 if vmm == "gce" else 3, 2: 5, 3: 6, 4: 3, 16: 3}[kind],
                              gpa + at)

    def vcpus(self, eips, cpu=0x00A00F11, **how):
        for eip in eips:
            self.page(2, 0xFFFFFFFFF000, vmsa(eip, cpu, **how))
        return self.ld

    def guest(self, firmware, sections, vcpus=(), page=None, vmm="qemu", **how):
        self.image(1 << 32, firmware)
        self.sections(sections, page, vmm)
        return self.vcpus(vcpus, vmm=vmm, **how)


def make_snp():
    sections = [(0x800000, 0x9000, 1), (0x80A000, 0x3000, 1), (0x80D000, 0x1000, 2),
                (0x80E000, 0x1000, 3), (0x80F000, 0x1000, 4), (0x810000, 0x1000, 0x10)]
    firmware = ovmf(12288, "snp", snp=sections, reset=0x0080B004, hashes=0x810C00)
    FILES["snp.fd"] = firmware
    FILES["cmdline.txt"] = b"console=ttyS0 root=/dev/vda"
    base = "--image firmware=snp.fd --launch cpu=0xa00f11 --launch vcpus="
    bsp, ap = BSP, 0x0080B004
    expect(base + "1", "measurement:sha384", Snp().guest(firmware, sections, [bsp]))
    expect(base + "3", "measurement:sha384", Snp().guest(firmware, sections, [bsp, ap, ap]))
    expect(base + "1 --image kernel=kernel.bin", "measurement:sha384",
           Snp().guest(firmware, sections, [bsp], hashes_page(0xC00, FILES["kernel.bin"])))
    expect(base + "1 --image kernel=kernel.bin --image initrd=initrd.bin "
           "--image cmdline=cmdline.txt", "measurement:sha384",
           Snp().guest(firmware, sections, [bsp],
                       hashes_page(0xC00, FILES["kernel.bin"], FILES["initrd.bin"],
                                   FILES["cmdline.txt"])))
    expect("--image firmware=snp.fd", "measurement:sha384", None)

    cpu2 = " --launch vcpus=2"
    for vmm in ("ec2", "gce"):
        expect("--image firmware=snp.fd --launch vmm=" + vmm + cpu2, "measurement:sha384",
               Snp().guest(firmware, sections, [bsp, ap], vmm=vmm))
        expect("--image firmware=snp.fd --launch vmm=" + vmm, "measurement:sha384", None)
    expect(base + "2 --launch vmm=qemu", "measurement:sha384",
           Snp().guest(firmware, sections, [bsp, ap]))
    expect(base + "2 --launch fpu=0 --launch features=0x21", "measurement:sha384",
           Snp().guest(firmware, sections, [bsp, ap], features=0x21, fpu=False))

    below = [(0x8000, 0x2000, 1), (0xA000, 0x1000, 3), (0xB000, 0x1000, 2)]
    svsm = ovmf(8192, "svsm", snp=below, svsm=0x40)
    FILES["svsm.bin"] = svsm
    end = (1 << 32) - len(firmware) - 0x84000
    snp = Snp()
    snp.image(1 << 32, firmware)
    snp.image(end, svsm)
    snp.sections(below)
    entry = end - len(svsm) + 0x40
    expect(base + "2 --image svsm=svsm.bin --launch vars=0x84000", "measurement:sha384",
           snp.vcpus([entry, entry], vmm="svsm"))

    both = ovmf(8192, "both", snp=sections[:1], tdx=[(0, 8192, 0xFFFFE000, 8192, 0, 1)])
    FILES["both.fd"] = both
    expect("--image firmware=both.fd --platform tdx", "mrtd:sha384",
           mrtd(both, [(0, 8192, 0xFFFFE000, 8192, 0, 1)]))
    expect("--image firmware=both.fd --platform snp --launch vcpus=1 --launch cpu=0xa00f11",
           "measurement:sha384", Snp().guest(both, sections[:1], [bsp]))

    def bad(name, section, size=4096, change=None, **more):
        FILES[f"bad-snp-{name}.fd"] = ovmf(size, "bad", snp=[section], change=change, **more)

    good = (0x800000, 0x1000, 1)
    bad("odd", (0x800001, 0x1000, 1))
    bad("empty", (0x800000, 0, 1))
    bad("type", (0x800000, 0x1000, 9))
    bad("secrets-size", (0x800000, 0x2000, 2))
    bad("size", good, 4096 + 16)
    bad("huge", (0, 0xFFFFF000, 1), change=lambda i: struct.pack_into(
        "<IIIIII", i, 4096 - 1012, 2, 0, 0xFFFFF000, 1, 0, 0xFFFFF000) or
        struct.pack_into("<I", i, 4096 - 988, 1))
    bad("count", good, change=lambda i: struct.pack_into("<I", i, 4096 - 1012, 65))
    bad("version", good, change=lambda i: struct.pack_into("<I", i, 4096 - 1016, 2))
    bad("signature", good, change=lambda i: struct.pack_into("<I", i, 4096 - 1024, 0))
    bad("hashes-none", (0x810000, 0x1000, 0x10))
    bad("hashes-late", (0x810000, 0x1000, 0x10), hashes=0x810F51)
    bad("hashes-elsewhere", (0x810000, 0x1000, 0x10), hashes=0x811000)


# --- IGVM files ------------------------------------------------------------------------------

VBS_BIT, SNP_BIT, TDX_BIT = 1, 2, 4
UNMEASURED, SHARED, BIG = 2, 4, 1
SECRETS, CPUID, CPUID_XF = 1, 2, 3


class Igvm:
    """An IGVM file, header by header, and what each platform's register is after it."""

    def __init__(self, platforms=((SNP_BIT, 2), (TDX_BIT, 3)), version=1):
        self.headers, self.data, self.version = [], [], version
        self.snp, self.mrtd, self.areas = Snp(), [], {}
        for bit, kind in platforms:
            self.header(1, struct.pack("<IBBHQ", bit, 0, kind, 1, 0))

    def header(self, kind, body):
        """body: bytes, or a triple: has it data, the last added, whose place is between them?"""
        self.headers.append((kind, body, len(self.data)))
        return self

    def page(self, gpa, content=b"", flags=0, kind=0, mask=SNP_BIT | TDX_BIT, reserved=0):
        if content:
            self.data.append(content.ljust(4096, b"\0"))
        self.header(0x302, (struct.pack("<QI", gpa, mask), bool(content),
                            struct.pack("<IHH", flags, kind, reserved)))
        page = content.ljust(4096, b"\0")
        if mask & SNP_BIT and not flags & SHARED:
            typed = 5 if kind == SECRETS else 6 if kind else 4 if flags & UNMEASURED else 1
            self.snp.page(typed, gpa, page if typed == 1 else None)
        if mask & TDX_BIT and not flags & SHARED:
            self.mrtd.append((gpa, None if flags & UNMEASURED else page))
        return self

    def area(self, index, size):
        self.areas[index] = size
        return self.header(0x301, struct.pack("<QII", size, index, 0))

    def insert(self, gpa, index, mask=SNP_BIT | TDX_BIT):
        self.header(0x303, struct.pack("<QII", gpa, mask, index))
        for at in range(0, self.areas.get(index, 0), 4096):
            if mask & SNP_BIT:
                self.snp.page(4, gpa + at)
            if mask & TDX_BIT:
                self.mrtd.append((gpa + at, None))
        return self

    def context(self, gpa, state, index=0, mask=SNP_BIT):
        self.data.append(state)
        self.header(0x304, (struct.pack("<QI", gpa, mask), True, struct.pack("<HH", index, 0)))
        if mask & SNP_BIT:
            self.snp.page(2, gpa, state)
        return self

    def id_block(self, digest=None, mask=SNP_BIT):
        return self.header(0x30B, struct.pack("<II", mask, 0) + (digest or self.snp.ld) +
                           noise("id", 640))

    def tdx(self):
        h = hashlib.sha384()
        for gpa, page in self.mrtd:
            h.update(b"MEM.PAGE.ADD".ljust(16, b"\0") + struct.pack("<Q", gpa) + bytes(104))
            for at in range(0, 4096 if page else 0, 256):
                h.update(b"MR.EXTEND".ljust(16, b"\0") + struct.pack("<Q", gpa + at) +
                         bytes(104) + page[at:at + 256])
        return h.digest()

    def file(self, change=None, fix=True, data_at=None):
        fixed = 24 if self.version == 1 else 32
        bodies = [b if isinstance(b, bytes) else None for _, b, _ in self.headers]
        sizes = [8 + (len(b) if b is not None else len(whole[0]) + 4 + len(whole[2]))
                 for b, (_, whole, _) in zip(bodies, self.headers)]
        total = fixed + sum(size + -size % 8 for size in sizes)
        out = b""
        for kind, body, n in self.headers:
            if not isinstance(body, bytes):
                at = data_at if data_at is not None else total + 4096 * (n - 1)
                body = body[0] + struct.pack("<I", at if body[1] else 0) + body[2]
            out += struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 8)
        data = b"".join(self.data)
        head = struct.pack("<4sIIIII", b"IGVM", self.version, fixed, len(out),
                           fixed + len(out) + len(data), 0)
        if self.version == 2:
            head += struct.pack("<II", 0, 4096)
        image = bytearray(head + out + data)
        if change:
            change(image)
        if fix:
            at, size = struct.unpack_from("<II", image, 8)
            struct.pack_into("<I", image, 20, 0)
            struct.pack_into("<I", image, 20,
                             zlib.crc32(image[:fixed] + image[at:at + size]))
        return bytes(image)


def good_igvm(version=1):
    """Everything that a file can have, for two platforms and one that is not ours."""
    i = Igvm(((VBS_BIT, 1), (SNP_BIT, 2), (TDX_BIT, 3)), version)
    i.header(0x101, struct.pack("<QII", 0x30000, SNP_BIT, 0))
    i.header(0x102, struct.pack("<IHBB5Q", VBS_BIT, 0, 0, 0, 4096, 0, 4096, 0, 1 << 30))
    i.header(0x800003F0, b"who cares")
    i.area(7, 8192).area(9, 4096)
    i.header(0x307, struct.pack("<II", 7, 0)).header(0x30C, struct.pack("<II", 9, 0))
    i.header(0x305, struct.pack("<QIIII", 0, SNP_BIT | TDX_BIT, 1 << 20, 0, 0))
    i.insert(0x10000, 7)
    i.page(0x20000, noise("igvm 0", 4096)).page(0x21000, noise("igvm 1", 1000)).page(0x22000)
    i.page(0x23000, noise("igvm vbs", 4096), mask=VBS_BIT)
    i.page(0x23000, noise("igvm 2", 4096)).page(0x30000, noise("igvm 3", 4096))
    i.page(0x31000, flags=UNMEASURED).page(0x32000, noise("igvm 4", 4096), flags=UNMEASURED)
    i.page(0x33000, noise("igvm 5", 4096), flags=SHARED)
    i.page(0x40000, kind=SECRETS, mask=SNP_BIT).page(0x41000, noise("cpuid", 4096), kind=CPUID,
                                                     mask=SNP_BIT)
    i.page(0x42000, kind=CPUID_XF, mask=SNP_BIT)
    i.page(0x800000000, noise("igvm 6", 4096), mask=TDX_BIT)
    i.insert(0x50000, 9, mask=SNP_BIT)
    i.header(0x30D, struct.pack("<QII", 0x60000, SNP_BIT, 4096))
    i.context(0xFFFFFFFFF000, vmsa(0x12345, 0x00A00F11, "svsm"))
    i.context(0x70000, vmsa(0x54321, 0, "svsm"), 1)
    return i


def make_igvm():
    for version, name in ((1, "igvm.bin"), (2, "igvm2.bin")):
        i = good_igvm(version)
        snp, tdx = i.snp.ld, i.tdx()
        if version == 1:
            i.id_block()
        FILES[name] = i.file()
        expect(f"--image igvm={name} --platform snp", "measurement:sha384", snp)
        expect(f"--image igvm={name} --platform tdx", "mrtd:sha384", tdx)
    one = Igvm(((SNP_BIT, 2),)).page(0x1000, b"one").context(0, vmsa(0, 1)).id_block(bytes(48))
    FILES["igvm-id.bin"] = one.file()
    expect("--image igvm=igvm-id.bin", "measurement:sha384", one.snp.ld)
    one = Igvm(((TDX_BIT, 3),)).page(0x1000, b"one").id_block(bytes(48))
    FILES["igvm-tdx.bin"] = one.file()
    expect("--image igvm=igvm-tdx.bin", "mrtd:sha384", one.tdx())

    def bad(name, i, **how):
        FILES[f"bad-igvm-{name}.bin"] = i.file(**how)

    def snp():
        return Igvm(((SNP_BIT, 2),))

    def put(at, value, form="<I"):
        return lambda image: struct.pack_into(form, image, at, value)

    page = snp().page(0x1000, b"x")
    bad("magic", page, change=put(0, 0))
    bad("version", page, change=put(4, 3))
    bad("size", page, change=put(16, 4096))
    bad("offset", page, change=put(8, 16))
    bad("offset-odd", page, change=put(8, 28))
    bad("headers", page, change=put(12, 1 << 20))
    bad("crc", page, change=put(70, 1), fix=False)
    bad("length", page, change=put(28, 17))
    bad("length-huge", page, change=put(28, 0xFFFFFFFF))
    bad("cut", snp().header(0x302, bytes(24)), change=put(12, 28))
    bad("data-before", page, data_at=64)
    bad("data-beyond", page, data_at=4096)
    bad("gpa-odd", snp().page(0x1001, b"x"))
    bad("gpa-wrap", snp().page((1 << 64) - 4096, b"x"))
    bad("platform-twice", Igvm(((SNP_BIT, 2), (1, 2))))
    bad("platform-bits", Igvm(((3, 2),)))
    bad("platform-late", page.header(1, struct.pack("<IBBHQ", 1, 0, 3, 1, 0)))
    bad("order", snp().page(0x1000).header(0x101, struct.pack("<QII", 0, SNP_BIT, 0)))
    bad("area-twice", snp().area(1, 4096).area(1, 4096))
    bad("area-odd", snp().area(1, 4095))
    bad("area-empty", snp().area(1, 0))
    bad("insert-none", snp().insert(0x1000, 1))
    bad("insert-twice", snp().area(1, 4096).insert(0x1000, 1).insert(0x2000, 1))
    bad("insert-wrap", snp().area(1, 8192).header(
        0x303, struct.pack("<QII", (1 << 64) - 8192, SNP_BIT, 1)))
    bad("context-none", snp().header(0x304, struct.pack("<QIIHH", 0, SNP_BIT, 0, 0, 0)))
    bad("context-tdx", Igvm(((TDX_BIT, 3),)).context(0, bytes(4096), mask=TDX_BIT))
    bad("id-twice", snp().id_block().id_block())
    bad("area-huge", snp().area(1, 1 << 40))
    many = snp()
    for n in range(65):
        many.area(n, 4096)
    bad("areas", many)
    bad("insert-many", snp().header(0x301, struct.pack("<QII", 1 << 30, 1, 0)).header(
        0x303, struct.pack("<QII", 0, SNP_BIT, 1)).page(1 << 40))
    bad("unknown", snp().header(0x3F0, bytes(8)))
    bad("optional-known", snp().header(0x80000302, bytes(24)))
    bad("big", snp().page(0x200000, flags=BIG))
    bad("flags", snp().page(0x1000, flags=8))
    bad("data-type", snp().page(0x1000, kind=4))
    bad("reserved", snp().page(0x1000, reserved=1))
    bad("secrets-tdx", Igvm(((TDX_BIT, 3),)).page(0x1000, kind=SECRETS, mask=TDX_BIT))
    bad("relocatable", snp().header(0x102, struct.pack("<IHBB5Q", SNP_BIT, 0, 0, 0, 0, 0, 0, 0, 0)))
    bad("arch", Igvm(((SNP_BIT, 2),), 2).page(0x1000), change=put(24, 1))
    bad("page-size", Igvm(((SNP_BIT, 2),), 2).page(0x1000), change=put(28, 65536))
    bad("platforms", Igvm(((VBS_BIT, 1),)).page(0x1000))
    FILES["bad-igvm-short.bin"] = b"IGVM" + bytes(20)


# --- what is written -------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    for make in (make_eif, make_realm, make_tdvf, make_snp, make_igvm):
        make()
    lines = ["# SPDX-License-Identifier: BSD-2-Clause",
             "# mkimage.py: the command line behind replay, register, value (-: cannot be known)"]
    lines += ["\t".join(row) for row in EXPECT]
    FILES["README.md"] = README.encode()
    FILES["expect.tsv"] = ("\n".join(lines) + "\n").encode()

    if not args.check:
        DATA.mkdir(parents=True, exist_ok=True)
        for name, data in FILES.items():
            (DATA / name).write_bytes(data)
        return 0
    wrong = [n for n, d in FILES.items() if not (DATA / n).exists() or (DATA / n).read_bytes() != d]
    wrong += [p.name for p in DATA.iterdir() if p.name not in FILES]
    for name in wrong:
        print(f"{name}: not what mkimage.py makes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
