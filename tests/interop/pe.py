# SPDX-License-Identifier: BSD-2-Clause
"""PE images and unified kernel images, made; and what of them is measured, computed anew."""

import hashlib
import struct

ALGS = ("sha1", "sha256", "sha384")
# systemd's uki.h: the order of PCR 11; .pcrsig is not measured.
ORDER = (".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname",
         ".sbat", ".pcrpkey", ".profile", ".dtbauto", ".hwids", ".efifw")


def aligned(n, to):
    return (n + to - 1) // to * to


def make(sections, *, plus=True, align=512, trailing=b"", order=None, directories=16, virtual=None):
    """A PE image: sections are (name, bytes), lie in the file in that order or in order's."""
    pe_at = 64
    optional = (112 if plus else 96) + 8 * directories
    table = pe_at + 24 + optional
    headers = aligned(table + 40 * len(sections), align)
    places, at = {}, headers
    for i in order or range(len(sections)):
        size = aligned(len(sections[i][1]), align)
        places[i] = (at if size else 0, size)
        at += size
    out = bytearray(at)
    out[0:2] = b"MZ"
    struct.pack_into("<I", out, 60, pe_at)
    struct.pack_into("<4sHHIIIHH", out, pe_at, b"PE\0\0", 0x8664, len(sections), 0, 0, 0, optional,
                     0x22e)
    o = pe_at + 24
    struct.pack_into("<H", out, o, 0x20b if plus else 0x10b)
    struct.pack_into("<II", out, o + 32, 4096, align)
    struct.pack_into("<II", out, o + 56, 4096 * (len(sections) + 1), headers)
    struct.pack_into("<I", out, o + 64, 0x1234abcd)     # checksum
    struct.pack_into("<H", out, o + 68, 10)             # EFI application
    struct.pack_into("<I", out, o + (108 if plus else 92), directories)
    rva = 4096
    for i, (name, data) in enumerate(sections):
        where, size = places[i]
        in_memory = (virtual or {}).get(name, len(data))
        struct.pack_into("<8sIIII", out, table + 40 * i, name.encode(), in_memory, rva % 2**32,
                         size, where)
        struct.pack_into("<I", out, table + 40 * i + 36, 0x40000040)
        out[where:where + len(data)] = data
        rva += aligned(max(in_memory, 1), 4096)
    struct.pack_into("<I", out, o + 56, rva % 2**32)
    return bytes(out) + trailing


def add(image, more):
    """An image with these sections after its own: a UKI of a stub."""
    out = bytearray(image)
    o = optional_at(out)
    count = struct.unpack_from("<H", out, o - 18)[0]
    table = o + struct.unpack_from("<H", out, o - 4)[0]
    step, align = struct.unpack_from("<II", out, o + 32)
    rva, headers = struct.unpack_from("<II", out, o + 56)
    assert table + 40 * (count + len(more)) <= headers, "no room for sections in its headers"
    for i, (name, data) in enumerate(more):
        out += bytes(-len(out) % align)
        size = aligned(len(data), align)
        struct.pack_into("<8sIIII12xI", out, table + 40 * (count + i), name.encode(), len(data),
                         rva, size, len(out), 0x40000040)
        out += data + bytes(size - len(data))
        rva = aligned(rva + len(data), step)
    struct.pack_into("<H", out, o - 18, count + len(more))
    struct.pack_into("<I", out, o + 56, rva)
    return bytes(out)


def optional_at(pe):
    return struct.unpack_from("<I", pe, 60)[0] + 24


def entry_at(pe):
    """Of the certificates' data directory."""
    o = optional_at(pe)
    return o + (144 if struct.unpack_from("<H", pe, o)[0] == 0x20b else 128)


def signed(pe, certificates=b"not a signature!"):
    """The same with a certificate table: what a signing tool does to a file."""
    pe = bytearray(pe + b"\0" * (-len(pe) % 8))
    struct.pack_into("<II", pe, entry_at(pe), len(pe), len(certificates) + 8)
    struct.pack_into("<I", pe, optional_at(pe) + 64, 0x77777777)
    return bytes(pe) + struct.pack("<IHH", len(certificates) + 8, 0x200, 2) + certificates


def authenticode(pe, alg):
    """By leaving out what is not hashed, for files that have no holes."""
    entry, checksum = entry_at(pe), optional_at(pe) + 64
    where, size = struct.unpack_from("<II", pe, entry)
    end = where if size else len(pe)
    return hashlib.new(alg, pe[:checksum] + pe[checksum + 4:entry] + pe[entry + 8:end]).hexdigest()


def digest(alg, data):
    return hashlib.new(alg, data).hexdigest()


def utf16(text):
    return (text + "\0").encode("utf-16-le")


def entry(inode, mode, name, data=b""):
    """In an archive for the kernel: its buffer-format.rst, "newc"."""
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0"
    return padded(head) + padded(data)


def padded(data):
    return data + bytes(-len(data) % 4)


def stub_initrd(sections, version=257):
    """What the kernel gets of a UKI by systemd-stub, if anything."""
    files = {".pcrsig": "tpm2-pcr-signature.json", ".pcrpkey": "tpm2-pcr-public-key.pem"}
    if version >= 257:
        files |= {".osrel": "os-release", ".profile": "profile"}
    parts = [sections[name] for name in (".ucode", ".initrd") if sections.get(name)]
    for name, file in files.items():
        if sections.get(name):
            end = entry(0, 0, "TRAILER!!!").replace(b"0000000b", b"0000000B")
            parts.append(entry(1, 0o40555, ".extra") +
                         entry(2, 0o100444, ".extra/" + file, sections[name]) + end)
    return parts[0] if len(parts) == 1 else b"".join(map(padded, parts))


def pcr11(sections, alg, phases=()):
    value = bytes(hashlib.new(alg).digest_size)
    for name in ORDER:
        if sections.get(name):
            for data in (name.encode() + b"\0", sections[name]):
                value = hashlib.new(alg, value + hashlib.new(alg, data).digest()).digest()
    for word in phases:
        value = hashlib.new(alg, value + hashlib.new(alg, word.encode()).digest()).digest()
    return value.hex()
