#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Launches and volumes of real firmware, against values computed here; IGVM files whose headers
change.

    firmware.py TOOL DATA

Firmware is that of Debian's packages, whose metadata is read here too; what is not
installed, or unpacked below the folders of TSMMR_FIRMWARE (as PATH), is skipped by name.

What the volumes prove: a digest is that of the bytes at the address that a record names, on a PC
and on Arm.  That firmware names those addresses, only a log of it shows.  The one in DATA, of
OVMF, names two in memory, where OVMF unpacks them: the second is as it was packed, the first has
run by then, and written to its own variables.  There is no log of Arm's here.
"""

import hashlib
import json
import lzma
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gen"))
import mkimage
import mklog
from mkimage import BSP, SNP_BIT, TDX_BIT, Igvm, Snp

FOLDERS = ("/usr/share", *filter(None, os.environ.get("TSMMR_FIRMWARE", "").split(":")))
# Debian's packages ovmf, ovmf-amdsev and ovmf-inteltdx.
FIRMWARE = ("ovmf/*.fd", "OVMF/OVMF_CODE.fd")
# And of each its volumes; qemu-efi-aarch64.
PC = (*FIRMWARE, "OVMF/OVMF_CODE_4M*.fd")
ARM = ("qemu-efi-aarch64/QEMU_EFI.fd", "AAVMF/AAVMF_CODE*.fd")
BLOB2, GUIDED, VOLUME_IMAGE = 0x8000000A, 0x02, 0x17
LZMA = uuid.UUID("ee4e5898-3914-4259-9d6e-dc7bd79403cf")
# CPUID 1 EAX of QEMU's EPYC, EPYC-Rome, EPYC-Milan, EPYC-Genoa.
CPUS = (0x800F12, 0x830F10, 0xA00F11, 0xA10F10)


def guids(image):
    """The table at the end of the firmware."""
    at, found = len(image) - 50, {}
    size = struct.unpack_from("<H", image, at)[0]
    if image[at + 2:at + 18] != mkimage.guid(mkimage.FOOTER):
        return found
    table = image[at + 18 - size:at]
    while table:
        size = struct.unpack_from("<H", table, len(table) - 18)[0]
        found[str(uuid.UUID(bytes_le=table[-16:]))] = table[-size:-18]
        table = table[:-size]
    return found


def metadata(image, entry, size):
    """The sections of size bytes each, behind a head that ends with their number."""
    at = len(image) - struct.unpack("<I", entry)[0]
    n = struct.unpack_from("<I", image, at + 12)[0]
    return [image[at + 16 + i * size:at + 16 + (i + 1) * size] for i in range(n)]


class Tool:
    def __init__(self, path):
        self.path, self.n = path, 0

    def run(self, *args):
        done = subprocess.run([self.path, *map(str, args)], capture_output=True, timeout=120,
                              check=False)
        return done.stdout.decode()

    def compare(self, register, value, *args):
        said = self.run("replay", *args).split()
        assert said and said[0] == f"{register}:sha384={value.hex()}", (args, said, value.hex())
        self.n += 1


def check_tdx(tool, path, image, entry):
    sections = [struct.unpack("<IIQQII", s) for s in metadata(image, entry, 32)]
    if any(s[0] + s[1] > len(image) for s in sections):
        assert not tool.run("replay", "--platform", "tdx", "--image", f"firmware={path}")
        return  # the code alone, of what was one file with the variables
    for passes in (1, 2):
        tool.compare("mrtd", mkimage.mrtd(image, sections, passes), "--platform", "tdx",
                     "--image", f"firmware={path}", "--launch", f"passes={passes}")


SNP_ROWS = (*(("qemu", cpu, n) for cpu in CPUS for n in (1, 4)),
            *((vmm, 0, n) for vmm in ("ec2", "gce") for n in (1, 8)))


def check_snp(tool, path, image, table, rows=SNP_ROWS):
    sections = [struct.unpack("<III", s) for s in metadata(image, table[mkimage.SNP_META], 12)]
    ap = struct.unpack("<I", table[mkimage.RESET])[0]
    for vmm, cpu, n in rows:
        value = Snp().guest(image, sections, [BSP] + [ap] * (n - 1), vmm=vmm, cpu=cpu)
        tool.compare("measurement", value, "--platform", "snp", "--image", f"firmware={path}",
                     "--launch", f"vcpus={n}", "--launch", f"vmm={vmm}",
                     *(["--launch", f"cpu={cpu}"] if cpu else []))


def check_large(tool, folder, data):
    """As much memory as a launch may add, also where sections are gone over twice."""
    image = bytearray((data / "launch/snp.fd").read_bytes())
    table = guids(bytes(image))
    at = len(image) - struct.unpack("<I", table[mkimage.SNP_META])[0] + 16
    assert struct.unpack_from("<I", image, at + 8)[0] == 1     # memory
    struct.pack_into("<I", image, at + 4, 0x30000000)
    path = folder / "large.fd"
    path.write_bytes(image)
    check_snp(tool, path, bytes(image), table, [("ec2", 0, 1)])


def check_igvm(tool, image, folder):
    """The same firmware as the pages of an IGVM file."""
    i = Igvm()
    for at in range(0, len(image), 4096):
        i.page((1 << 32) - len(image) + at, image[at:at + 4096])
    i.context(0xFFFFFFFFF000, mkimage.vmsa(BSP, CPUS[0])).id_block()
    path = folder / "firmware.igvm"
    path.write_bytes(i.file())
    tool.compare("measurement", i.snp.ld, "--platform", "snp", "--image", f"igvm={path}")
    tool.compare("mrtd", i.tdx(), "--platform", "tdx", "--image", f"igvm={path}")


def installed(patterns):
    return [p for folder in FOLDERS for pattern in patterns
            for p in sorted(pathlib.Path(folder).glob(pattern)) if not p.is_symlink()]


def check_firmware(tool, folder):
    paths = installed(FIRMWARE)
    if not paths:
        print("# skipped: firmware of the package ovmf, which is not installed")
    for path in paths:
        image = path.read_bytes()
        table, before = guids(image), tool.n
        if mkimage.TDX_META in table:
            check_tdx(tool, path, image, table[mkimage.TDX_META])
        if mkimage.SNP_META in table:
            check_snp(tool, path, image, table)
        check_igvm(tool, image, folder)
        print(f"# {path}: {tool.n - before} values")


def volumes(image):
    """Offset and length of each: PI 1.8, volume 3, 3.2.1; the words of its header add up to 0."""
    at = image.find(b"_FVH")
    while at >= 0:
        start = at - 40
        size, _, _, head = struct.unpack_from("<Q4sIH", image, start + 32) if start >= 0 else [0] * 4
        words = image[start:start + head]
        if 56 <= head <= size <= len(image) - start and not head % 2 and \
                not sum(struct.unpack(f"<{head // 2}H", words)) % 65536:
            yield start, size
        at = image.find(b"_FVH", at + 1)


def sections(data):
    """Type, head and bytes of each: PI 1.8, volume 3, 3.2.4."""
    while len(data) > 4:
        size, head = int.from_bytes(data[:3], "little"), 4
        if size == 0xFFFFFF:
            size, head = struct.unpack_from("<I", data, 4)[0], 8
        yield data[3], head, data[:size]
        data = data[size + -size % 4:]


def unpacked(image):
    """The volumes in its compressed sections."""
    at = image.find(LZMA.bytes_le)
    while at >= 0:
        begin = at - (8 if image[at - 8:at - 5] == b"\xff\xff\xff" else 4)
        kind, head, section = next(sections(image[begin:]))
        if kind == GUIDED and len(section) > head + 20:  # else a program that knows the GUID
            packed = section[struct.unpack_from("<H", section, head + 16)[0]:]
            inside = lzma.decompress(packed, lzma.FORMAT_ALONE)
            yield from (s[h:] for kind, h, s in sections(inside) if kind == VOLUME_IMAGE)
        at = image.find(LZMA.bytes_le, at + 1)


def blob_log(records):
    """A log of firmware that measures volumes: (address, length, what was measured)."""
    log = mklog.Log("tcg2", ["sha256", "sha384"])
    log.header()
    for i, (address, size, measured) in enumerate(records):
        data = struct.pack("<QQ", address, size)
        log.event(0, *((BLOB2, b"\4FVxx" + data) if i % 2 else (mklog.BLOB, data)), covers=measured)
    return log


def appraise(tool, folder, records, *images):
    """The exit status, and how many records were known."""
    log, path = blob_log(records), folder / "volumes.bin"
    path.write_bytes(log.bytes)
    done = subprocess.run(
        [tool.path, "appraise", path, "--json", "--events", *(f"--expect={k}={v}" for k, v in
                                                   log.names().items()),
         *(f"--image={i}" for i in images)], capture_output=True, timeout=120, check=False)
    said = json.loads(done.stdout)
    tool.n += len(records)
    return done.returncode, sum(bool(e["known"]) for e in said["events"])


def check_volumes(tool, folder, path, arm):
    image = path.read_bytes()
    origin = 0 if arm else 2**32 - len(image)
    found = [(origin + at, n, image[at:at + n]) for at, n in volumes(image)]
    assert found, path
    all_known = (0, len(found))
    assert appraise(tool, folder, found, f"firmware={path}") == all_known, path
    for i, (at, n, what) in enumerate(found):
        for wrong in ((at + 16, n, what), (at, n - 16, what[:-16]), (at, n, what[:-1] + b"?"),
                      (at ^ 2**31, n, what)):
            told = appraise(tool, folder, [*found[:i], wrong, *found[i + 1:]], f"firmware={path}")
            assert told == (4, len(found) - 1), (path, wrong[:2], told)
    # What is unpacked into memory first is in no image; it is a file of its own.
    inner, files = list(unpacked(image)), []
    memory = [(0x820000, len(v), v) for v in inner]
    assert appraise(tool, folder, memory, f"firmware={path}") == (4, 0)
    for i, v in enumerate(inner):
        files.append(folder / f"volume-{i}")
        files[-1].write_bytes(v)
    assert appraise(tool, folder, memory, *(f"file={f}" for f in files)) == (0, len(inner))
    print(f"# {path}: {len(found)} volumes where they lie, {len(inner)} that it unpacks")
    return inner


def check_field(tool, inner, data):
    """The volume that has not run yet, of the log in DATA, where that firmware is here."""
    log = data / "pcrlock/binary_bios_measurements"
    events = [json.loads(line) for line in tool.run("show", "--json", log).splitlines()]
    version = next(bytes.fromhex(e["data"]) for e in events if e["type"] == "EV_S_CRTM_VERSION")
    told = [e["digests"]["sha256"] for e in events if e["type"] == "EV_EFI_PLATFORM_FIRMWARE_BLOB"]
    if not any(version in v for v in inner):
        print(f"# skipped: the log's own firmware, OVMF {version.decode('utf-16').strip(chr(0))}")
        return
    assert len(told) == 2 and told[1] in {hashlib.sha256(v).hexdigest() for v in inner}, told
    tool.n += 1
    print("# the second volume of the log is what that firmware unpacks")


def check_all_volumes(tool, folder, data):
    inner = []
    for patterns, arm, package in ((PC, False, "ovmf"), (ARM, True, "qemu-efi-aarch64")):
        paths = installed(patterns)
        if not paths:
            print(f"# skipped: volumes of the package {package}, which is not installed")
        for path in paths:
            inner += check_volumes(tool, folder, path, arm)
    check_field(tool, inner, data)


def trusted(tool, path, platform, expect):
    """What a reader is told of each record that is proven."""
    lines = tool.run("show", "--json", "--platform", platform, "--image", f"igvm={path}",
                     "--expect", expect).splitlines()
    return [json.loads(line).get("trusted_text") for line in lines]


def check_headers(tool, folder):
    """Headers are not measured: where one changes and the value stays, so does the story."""
    i = Igvm().area(1, 4096).insert(0x1000, 1).page(0x2000, b"a").page(0x3000)
    i.page(0x4000, flags=mkimage.UNMEASURED).page(0x5000, kind=mkimage.CPUID, mask=SNP_BIT)
    i.context(0x6000, mkimage.vmsa(BSP, 1), mask=SNP_BIT).page(0x7000, b"b", mask=TDX_BIT)
    good, path = i.file(), folder / "headers.igvm"
    end = 24 + struct.unpack_from("<I", good, 12)[0]
    path.write_bytes(good)
    passed = 0
    for platform, expect in (("snp", f"measurement={i.snp.ld.hex()}"),
                             ("tdx", f"mrtd={i.tdx().hex()}")):
        path.write_bytes(good)
        story = trusted(tool, path, platform, expect)
        assert all(story) and len(story) >= 4, story
        for at in list(range(0, 20)) + list(range(24, end)):
            bad = bytearray(good)
            bad[at] ^= 1 << at % 8
            struct.pack_into("<I", bad, 20, 0)
            struct.pack_into("<I", bad, 20, zlib.crc32(bad[:end]))
            path.write_bytes(bad)
            now = trusted(tool, path, platform, expect)
            if now and all(now):
                passed += 1
                assert now == story, (platform, at, now, story)
    assert passed > 20, passed
    print(f"# {passed} changes of headers that no register sees, and no reader")


def main(path, data):
    tool = Tool(path)
    with tempfile.TemporaryDirectory() as folder:
        check_headers(tool, pathlib.Path(folder))
        check_large(tool, pathlib.Path(folder), pathlib.Path(data))
        check_firmware(tool, pathlib.Path(folder))
        check_all_volumes(tool, pathlib.Path(folder), pathlib.Path(data))
    print(f"{tool.n} values of real firmware")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
