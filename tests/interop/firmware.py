#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Launches of real firmware, against values computed here; IGVM files whose headers change.

    firmware.py TOOL

Firmware is that of Debian's packages, whose metadata is read here too; what is not
installed is skipped by name.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gen"))
import mkimage
from mkimage import BSP, SNP_BIT, TDX_BIT, Igvm, Snp

# Debian's packages ovmf, ovmf-amdsev and ovmf-inteltdx.
FIRMWARE = ("ovmf/*.fd", "OVMF/OVMF_CODE.fd")
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


def check_snp(tool, path, image, table):
    sections = [struct.unpack("<III", s) for s in metadata(image, table[mkimage.SNP_META], 12)]
    ap = struct.unpack("<I", table[mkimage.RESET])[0]
    rows = [("qemu", cpu, n) for cpu in CPUS for n in (1, 4)]
    for vmm, cpu, n in rows + [("ec2", 0, 1), ("ec2", 0, 8), ("gce", 0, 1), ("gce", 0, 8)]:
        value = Snp().guest(image, sections, [BSP] + [ap] * (n - 1), vmm=vmm, cpu=cpu)
        tool.compare("measurement", value, "--platform", "snp", "--image", f"firmware={path}",
                     "--launch", f"vcpus={n}", "--launch", f"vmm={vmm}",
                     *(["--launch", f"cpu={cpu}"] if cpu else []))


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


def check_firmware(tool, folder):
    paths = [p for pattern in FIRMWARE for p in sorted(pathlib.Path("/usr/share").glob(pattern))]
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


def main(path):
    tool = Tool(path)
    with tempfile.TemporaryDirectory() as folder:
        check_headers(tool, pathlib.Path(folder))
        check_firmware(tool, pathlib.Path(folder))
    print(f"{tool.n} values of real firmware")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
