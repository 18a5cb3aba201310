#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What systemd-pcrlock writes makes known what it is of, and no less than the files themselves do.

    pcrlock.py TOOL DATA

Of a boot of a UKI with Secure Boot, in DATA/pcrlock/uki: all that each of its verbs wrote on that
machine, and each of them left out.  Of files made here, in DATA/pcrlock/made: a record each, with
what was written of it and with --image.  Where systemd-pcrlock is, it writes them again.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent),
                str(pathlib.Path(__file__).resolve().parents[1] / "gen")]
import mklog    # noqa: E402 pylint: disable=wrong-import-position
import pe       # noqa: E402 pylint: disable=wrong-import-position

IPL, TAG, APPLICATION = 0x0d, 0x06, 0x80000003
INITRD, OPTIONS = 0x8f3b22ec, 0x8f3b22ed
KERNEL = pe.make([(".text", b"kernel" * 300), (".data", b"\1" * 99)])
CPIO, LINE = b"cpio" * 99 + b"!", "root=/dev/vda quiet"
MACHINE = "0123456789abcdef0123456789abcdef"
SECTIONS = {".linux": KERNEL, ".osrel": b"ID=test\n", ".cmdline": LINE.encode(), ".initrd": CPIO,
            ".uname": b"6.1.0", ".sbat": b"sbat,1\n"}
UKI = pe.make([(".text", b"stub" * 64), *SECTIONS.items()])
PROGRAM = next((p for p in (os.environ.get("TSMMR_SYSTEMD_PCRLOCK", ""),
                            "/usr/lib/systemd/systemd-pcrlock") if os.access(p, os.X_OK)), None)
counts = {"records": 0, "asked": 0}
problems = []


class Tool:
    def __init__(self, path, folder):
        self.path, self.folder, self.n = path, folder, 0

    def file(self, data):
        self.n += 1
        path = self.folder / f"f{self.n}"
        path.write_bytes(data)
        return path

    def check(self, what, code, known, *args):
        """The exit status, and how many measured records are known, but for constants."""
        done = subprocess.run([self.path, "appraise", "--json", "--events", *map(str, args)],
                              capture_output=True, check=False)
        said = json.loads(done.stdout)
        n = sum(bool(e["known"]) for e in said.get("events", ()))
        counts["records"] += n
        if (done.returncode, n) != (code, known):
            problems.append(f"{what}: exit {done.returncode}, not {code}; {n} known, not {known} "
                            f"{done.stderr.decode()}")


def check_capture(t, folder):
    log, locks = folder / "uki/binary_bios_measurements", folder / "uki/pcrlock.d"
    some = [log, "--expect", f"@lines:{folder / 'uki/expect.txt'}", "--require",
            "pcr0-7:sha256,pcr9:sha256,pcr11:sha256"]
    for name in ("350*", "400*", "500*", "700*"):   # what systemd ships
        some += ["--known", f"pcrlock={next((folder / 'pcrlock.d').glob(name))}"]
    t.check("all", 0, 43, *some, "--known", f"pcrlock={locks}")
    files = sorted(locks.rglob("*.pcrlock"))
    for left_out in files:
        records = json.loads(left_out.read_bytes())["records"]
        # The UKI's initrd alone is not what the kernel gets.
        unused = left_out.name == "generated.pcrlock" and "kernel-initrd" in str(left_out)
        if records and not unused:
            rest = [x for f in files if f != left_out for x in ("--known", f"pcrlock={f}")]
            t.check(left_out, 4, 43 - len(records), *some, *rest)
    if len(files) < 11:
        problems.append(f"only {len(files)} files")


def pe_digests(image):
    return [(alg, bytes.fromhex(pe.authenticode(image, alg))) for alg in pe.ALGS]


def tagged(number, text):
    return struct.pack("<II", number, len(text)) + text


def uki_records(log):
    log.event(4, APPLICATION, bytes(32), digests=pe_digests(UKI))
    for name in pe.ORDER:
        if name in SECTIONS:
            log.event(11, IPL, pe.utf16(name), covers=name.encode() + b"\0")
            log.event(11, IPL, pe.utf16(name), covers=SECTIONS[name])


# Of a file made here: how it is locked, the records that it becomes, and its role.
MADE = {
    "lock-pe": (KERNEL, [], "pe", lambda log: log.event(
        4, APPLICATION, bytes(32), digests=pe_digests(KERNEL))),
    "lock-uki": (UKI, [], "uki", uki_records),
    "lock-raw": (CPIO, ["--pcr=8"], "file", lambda log: log.event(
        8, IPL, b"/initrd\0", covers=CPIO)),
    "lock-kernel-cmdline": (LINE.encode() + b"\n", [], "cmdline", lambda log: log.event(
        9, TAG, tagged(OPTIONS, b"LOADED_IMAGE::LoadOptions"), covers=pe.utf16(LINE))),
    "lock-kernel-initrd": (CPIO, [], "initrd", lambda log: log.event(
        9, TAG, tagged(INITRD, b"Linux initrd"), covers=CPIO)),
    "lock-machine-id": (None, [], None, lambda log: log.event(
        15, IPL, b"machine-id", covers=b"machine-id:" + MACHINE.encode())),
}


def check_made(t, folder):
    for verb, (data, options, role, write) in MADE.items():
        lock = folder / f"made/{verb}.pcrlock"
        log = mklog.Log("tcg2", pe.ALGS)
        log.header()
        write(log)
        args = [t.file(log.bytes), *(f"--expect={k}={v}" for k, v in log.names().items())]
        n = log.records - 1
        t.check(verb, 0, n, *args, "--known", f"pcrlock={lock}")
        t.check(f"{verb}: nothing", 4, 0, *args)
        others = [x for v in MADE if v != verb
                  for x in ("--known", f"pcrlock={folder / f'made/{v}.pcrlock'}")]
        t.check(f"{verb}: all others", 4, 0, *args, *others)
        if role:
            t.check(f"{verb}: {role}", 0, n, *args, "--image", f"{role}={t.file(data)}")
        # Another machine's identity, should it lock one at all, is another's.
        if PROGRAM and data is not None:
            out = t.folder / f"{verb}.pcrlock"
            subprocess.run([PROGRAM, verb, t.file(data), *options, f"--pcrlock={out}"],
                           check=True, capture_output=True)
            counts["asked"] += 1
            if json.loads(out.read_bytes()) != json.loads(lock.read_bytes()):
                problems.append(f"{verb}: systemd-pcrlock writes something else now")


def main(path, data):
    folder = pathlib.Path(data) / "pcrlock"
    with tempfile.TemporaryDirectory() as name:
        t = Tool(path, pathlib.Path(name))
        check_capture(t, folder)
        check_made(t, folder)
    print(f"{counts['records']} times a record was known as expected; " +
          (f"{counts['asked']} files written again by systemd-pcrlock" if PROGRAM else
           "systemd-pcrlock is not here"))
    for p in problems[:20]:
        print("FAIL:", p)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
