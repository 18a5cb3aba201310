#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tests/data/sysfs: trees that stand in for "/", one folder a machine.

    mksysfs.py            writes tests/data/sysfs
    mksysfs.py --check    says whether what is there is what this script makes

Each function below that carries the decorator is one machine: its name is the function's,
its docstring says what the machine is.  Git keeps no modes, so every file is 0644 there;
tests that are about modes copy a tree and set them.
"""

import hashlib
import pathlib
import sys

import mklog

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
TREES = DATA / "sysfs"
MISC = "sys/devices/virtual/misc"

README = """# Machines that tests look at

Made by `tests/gen/mksysfs.py`; change that script, not the files.  Each folder stands in for
"/", as `tsmmr-replay --root tests/data/sysfs/tdx-6.16 registers` reads it.  Git keeps no modes:
what a kernel shows as 0444 or 0200 is 0644 here.

| folder | what |
|---|---|
"""

MACHINES = []


def machine(function):
    MACHINES.append(function)
    return function


def name_of(function):
    return function.__name__.replace("__", ".").replace("_", "-")


def extend(alg, value, data):
    return hashlib.new(alg, value + data).digest()


def measurements(provider, registers):
    return {f"{MISC}/{provider}/measurements/{name}": value for name, value in registers.items()}


def twin_registers():
    lines = (DATA / "tdx-twin/registers-before.txt").read_text(encoding="ascii").splitlines()
    return {name: bytes.fromhex(value) for name, value in (line.split() for line in lines)}


def twin_ccel():
    tables = "sys/firmware/acpi/tables"
    return {f"{tables}/CCEL": (DATA / "tdx-twin/CCEL").read_bytes(),
            f"{tables}/data/CCEL": (DATA / "tdx-twin/CCEL.data").read_bytes()}


# --- the machines -----------------------------------------------------------------------------

@machine
def tdx_6__16():
    """A TDX guest with its CCEL, which explains its registers: that of `../tdx-twin`."""
    return twin_ccel() | measurements("tdx_guest", twin_registers())


@machine
def tdx_mr():
    """The same as versions 4 and 5 of the patches showed it: the group of registers is "mr"."""
    return twin_ccel() | {f"{MISC}/tdx_guest/mr/{name}": value
                          for name, value in twin_registers().items()}


@machine
def tdx_banks():
    """The same as RFC v3 and the first patches showed it: a directory for each bank, below a
    provider called "tdx"; beside it a register of two banks, of a provider in securityfs."""
    tree = twin_ccel()
    for name, value in twin_registers().items():
        name, _, alg = name.partition(":")
        tree[f"sys/kernel/tsm/tdx/{name}" + (f"/{alg}/digest" if alg else "")] = value
    for alg in "sha256", "sha384":
        tree[f"sys/kernel/security/tsm/example/agile/{alg}/digest"] = \
            bytes(hashlib.new(alg).digest_size)
    return tree


@machine
def cca():
    """A CCA Realm of SHA-256, as the driver that is proposed would show it; rem0 was extended
    once with 32 bytes of 0x11."""
    zero = bytes(32)
    rem0 = extend("sha256", zero, b"\x11" * 32)
    # Arm's own test of that extension: kvm-unit-tests, arm/realm-attest.c.
    assert rem0.hex() == "8878b15a7d6a3a4f464e8f9f42591dbc0cf4bedea0ec309003d2b2ee53655ef8"
    return measurements("arm_cca_guest", {
        "rim:sha256": b"\x14" * 32, "rem0:sha256": rem0, "rem1:sha256": zero,
        "rem2:sha256": zero, "rem3:sha256": zero})


@machine
def odd():
    """What a driver may show and none does yet: one name under four hashes, no hash, an unknown
    one, sizes that are not the hash's, a register nobody may read (empty here)."""
    return measurements("odd_guest", {
        "agile:sha1": bytes(20), "agile:sha256": bytes(32), "agile:sha384": bytes(48),
        "agile:sha512": bytes(64), "bare_rw": bytes(32), "blind:sha384": b"",
        "foreign:md5": b"\x15" * 16, "foreign:rmd160": b"\x16" * 20,
        "sha3:sha3-256": b"\x18" * 32, "short:sha256": b"\x16" * 20,
        "wide:sha512": b"\x19" * 100, "with-dash.dot:sm3": b"\x17" * 32})


class RfcRegister:
    """What the patches do to a register and its log."""

    def __init__(self, alg):
        self.alg = alg
        self.value = bytes(hashlib.new(alg).digest_size)
        self.log = b""
        self.in_sync = False

    def record(self, line):
        self.value = extend(self.alg, self.value, hashlib.new(self.alg, line).digest())
        self.log += line + b"\n"

    def append(self, text):
        if not self.in_sync:
            self.log += b"\n" if self.log else b""
            self.record(f"SYNC {self.alg}/{self.value.hex()}".encode())
            self.in_sync = True
        first = True
        for line in filter(None, (part.strip() for part in text.splitlines())):
            self.log += b"\n" if first else b""
            first = False
            if line.startswith(b"#"):
                self.log += line + b"\n"
            else:
                self.record(line)

    def extend(self, data):
        self.log += (b"\n" if self.in_sync else b"") + b"# .EXTEND " + data.hex().encode() + b"\n"
        self.value = extend(self.alg, self.value, data)
        self.in_sync = False

    def files(self):
        return {"digest": self.value, "hash_algo": self.alg.encode(), "event_log": self.log,
                "append_event": b""}


@machine
def rfc():
    """The first proposal, whose kernel keeps a text log for each register: its sample provider,
    after some records and two direct extensions of rtmr1."""
    rtmr0, rtmr1 = RfcRegister("sha256"), RfcRegister("sha384")
    rtmr0.append(b"example.com boot one\n")
    rtmr1.append(b"example.com boot one\n# a comment\n\n   indented record  \r\nlast-no-newline")
    rtmr1.append(b"second write\n")
    rtmr1.extend(bytes(range(48)))
    rtmr1.extend(b"\xff" * 48)
    rtmr1.append(b"after direct\n")
    assert rtmr1.value.hex() == ("7c5db8cc0bbe7430a324b398bd3089376fcc67c90cc70f8d0659bf87237cf8a8"
                                 "d65a7cb317573cc2f41b7ee6d61b3ad4")
    provider = "sys/kernel/tsm/measurement-example"
    tree = {f"{provider}/config_mr": b"\x21" * 64, f"{provider}/full_report": b"\x22" * 512,
            f"{provider}/report_digest": b"\x23" * 64, f"{provider}/static_mr": b"\x24" * 48,
            f"{provider}/user_data": bytes(64)}
    for name, register in ("rtmr0", rtmr0), ("rtmr1", rtmr1):
        tree |= {f"{provider}/{name}/{file}": value for file, value in register.files().items()}
    return tree


@machine
def tpm():
    """A TPM 2.0 with two banks and the firmware log that explains them."""
    log = mklog.Log("tcg2", ["sha1", "sha256"])
    log.header()
    log.boot()
    tree = {"sys/kernel/security/tpm0/binary_bios_measurements": bytes(log.bytes)}
    for alg in log.banks:
        size = hashlib.new(alg).digest_size
        for index in range(24):
            reset = (b"\xff" if 17 <= index <= 22 else b"\0") * size
            value = log.registers.get((index, alg), reset)
            tree[f"sys/class/tpm/tpm0/pcr-{alg}/{index}"] = (value.hex().upper() + "\n").encode()
    return tree


@machine
def rtmrs():
    """The configfs layout that was never merged: a directory of any name, made by whoever wanted
    that register; one is not set up."""
    top = "sys/kernel/config/tsm/rtmrs"
    return {f"{top}/rtmr2-417/index": b"2\n", f"{top}/rtmr2-417/digest": bytes(48),
            f"{top}/rtmr2-417/tcg_map": b"8,9,10,11,12,13,14,15\n",
            f"{top}/mine/index": b"3\n", f"{top}/mine/digest": b"\x33" * 48,
            f"{top}/mine/tcg_map": b"\n",
            f"{top}/new/index": b"\n", f"{top}/new/digest": b"", f"{top}/new/tcg_map": b"\n"}


# --- writing and checking ---------------------------------------------------------------------

def build():
    made, lines = {}, []
    for function in MACHINES:
        tree = function()
        made |= {f"{name_of(function)}/{path}": content for path, content in tree.items()}
        lines.append(f"| {name_of(function)} | {' '.join(function.__doc__.split())} |")
    made["README.md"] = (README + "\n".join(lines) + "\n").encode()
    return made


def main():
    made = build()
    there = {str(p.relative_to(TREES)) for p in TREES.rglob("*") if p.is_file()}
    if sys.argv[1:] != ["--check"]:
        for name in there - made.keys():
            (TREES / name).unlink()
        for name, content in made.items():
            (TREES / name).parent.mkdir(parents=True, exist_ok=True)
            (TREES / name).write_bytes(content)
        return 0
    wrong = sorted(there - made.keys()) + [
        name for name, content in made.items()
        if name not in there or (TREES / name).read_bytes() != content]
    for name in wrong:
        print(f"tests/data/sysfs/{name} is not what mksysfs.py makes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
