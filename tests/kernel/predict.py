#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `predict` says of a genuine machine's next boot is what its TPM then holds.

    predict.py RUNNER TOOL [long]

RUNNER [OPTION]... SCRIPT runs a script in a guest that a QEMU starts which $QEMU names: that is
this program again, which keeps what it is given and puts other files in their place.  Booted
twice each, before and after an update of kernel, initrd and command line, are: the kernel, by
firmware alone; a UKI, by systemd-stub; and through GRUB.  Each first log, with the files replaced,
must lead to every PCR in every bank after the second boot.  systemd-stub and GRUB are those of the
system in $TSMMR_KERNEL/trixie, if it has the packages; `tx`, beside RUNNER, runs its programs.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
import pe       # noqa: E402 pylint: disable=wrong-import-position

SCRIPT = r"""
tree=/sys/kernel/security
say() { echo "@ $1"; base64 "$2"; }
say firmware $tree/tpm0/binary_bios_measurements
say ima $tree/ima/binary_runtime_measurements_sha256
for bank in /sys/class/tpm/tpm0/pcr-*; do
	for pcr in {0..23}; do
		read -r value < $bank/$pcr && echo "@ pcr$pcr:${bank##*-} ${value,,}"
	done
done
"""
ROOT = pathlib.Path(os.environ.get("TSMMR_KERNEL") or pathlib.Path.home() / ".cache/tsmmr-kernel",
                    "trixie")
STUB = ROOT / "usr/lib/systemd/boot/efi/linuxx64.efi.stub"
GRUB = ROOT / "usr/lib/grub/x86_64-efi"
MODULES = ("part_msdos", "fat", "normal", "configfile", "linux", "tpm")
problems = []
counts = {}


def problem(text):
    problems.append(text)
    print("FAIL:", text, flush=True)


def qemu(folder, program, *args):
    """In QEMU's place: its files are kept, or others given instead."""
    folder, args = pathlib.Path(folder), list(args)
    given = {name: args.index(f"-{name}") + 1 for name in ("kernel", "initrd", "append")}
    if not (folder / "args").exists():
        # On a busy machine emulated interrupts come too late for a kernel that waits for them.
        args[given["append"]] += " no_timer_check"
        for name in ("kernel", "initrd"):
            shutil.copyfile(args[given[name]], folder / name)
        (folder / "append").write_text(args[given["append"]], encoding="utf-8")
    else:
        for at in sorted(given.values(), reverse=True):
            del args[at - 1:at + 1]
        args += json.loads((folder / "args").read_bytes())
    os.execv(program, [program, "qemu-system-x86_64", *args])


class Machine:
    def __init__(self, runner, folder):
        self.runner, self.folder, self.n = runner, folder, 0
        self.tx = pathlib.Path(runner).parent / "tx"    # runs a program of ROOT
        self.script = folder / "script"
        self.script.write_text(SCRIPT, encoding="utf-8")

    def boot(self, *args):
        """Where firmware's and IMA's log are and what the PCRs hold, after booting with args."""
        folder = self.folder / f"boot{self.n}"
        self.n += 1
        folder.mkdir()
        if args:
            (folder / "args").write_text(json.dumps(args), encoding="utf-8")
        this = [sys.executable, "-B", os.path.abspath(__file__), "--qemu", folder, self.tx]
        out = subprocess.run([self.runner, "-t", self.script], check=False,
                             stdout=subprocess.PIPE, text=True, errors="replace",
                             env={**os.environ, "QEMU": " ".join(map(str, this))})
        if out.returncode:
            sys.exit(f"the guest did not boot, {out.returncode}: {args} {out.stdout[-2000:]}")
        (folder / "out").write_text(out.stdout, encoding="utf-8")
        for name, text in re.findall(r"^@ (firmware|ima)\n([\w+/=\n]*)", out.stdout, re.M):
            (folder / name).write_bytes(base64.b64decode(text))
        pcrs = dict(re.findall(r"^@ (pcr\d+:\w+) ([0-9a-f]+)", out.stdout, re.M))
        (folder / "pcrs").write_text("".join(f"{k}={v}\n" for k, v in pcrs.items()))
        return folder, pcrs


def check(tool, path, before, after, changed, *swaps):
    """The log of before, with the files replaced, leads to what after's PCRs are."""
    (folder, old), (later, new) = before, after
    args = [f"--replace={s}" for s in swaps]
    out = subprocess.run([tool, "predict", folder / "firmware", f"ima={folder / 'ima'}",
                          "--expect", f"@{folder / 'pcrs'}", *args],
                         capture_output=True, text=True, check=False)
    if out.returncode or out.stderr:
        problem(f"{path}: exit {out.returncode}: {out.stderr}")
    said = dict(re.findall(r"^(\w+:\w+)=(\w+)", out.stdout, re.M))
    # After the first record, which is over the other PCRs, IMA's list is of what ran when.
    lists = [(f / "ima").read_bytes().partition(b"boot_aggregate")[2] for f in (folder, later)]
    if lists[0] != lists[1]:
        print(f"{path}: PCR 10 is not compared: IMA's lists differ after boot_aggregate")
        said = {k: v for k, v in said.items() if not k.startswith("pcr10:")}
    for name, value in said.items():
        pcr, bank = name.split(":")
        counts[bank] = counts.get(bank, 0) + 1
        if value != new[name]:
            problem(f"{path}: {name}: {value} predicted, {new[name]} seen")
        if pcr in changed and new[name] == old[name]:
            problem(f"{path}: {name} is the same after the update")
    for name, value in new.items():
        if value != old[name] and name not in said and not name.startswith("pcr10:"):
            problem(f"{path}: {name} is not predicted")
    print(f"{path}: {len(said)} registers predicted and compared, {' '.join(changed)} changed",
          flush=True)


def updated(kernel):
    """One that says another version, with no signature and some bytes after its sections."""
    kernel = bytearray(kernel)
    entry = pe.entry_at(kernel)
    at, size = struct.unpack_from("<II", kernel, entry)
    if size:
        del kernel[at:]
    kernel[entry:entry + 8] = bytes(8)
    text = struct.unpack_from("<H", kernel, 0x20e)[0] + 0x200
    kernel[text:text + 1] = b"8"
    return bytes(kernel) + b"update! " * 64


def add_cpio(initrd):
    """The same and an archive with no files, which begins at four bytes."""
    return initrd + bytes(-len(initrd) % 4) + b"070701" + b"00000000" * 11 + \
        b"0000000B" + b"00000000" + b"TRAILER!!!\0" + bytes(3)


def swap(role, files, name):
    return f"{role}:{files[0] / name}={files[1] / name}"


def by_uki(tool, machine, files, long):
    for f in files:
        sections = {".linux": (f / "kernel").read_bytes(), ".initrd": (f / "initrd").read_bytes(),
                    ".cmdline": (f / "append").read_bytes(), ".uname": f.name.encode(),
                    # What the kernel gets with its initrd.
                    ".osrel": b"ID=" + f.name.encode(), ".pcrpkey": b"key", ".pcrsig": b"{}",
                    ".profile": b"ID=main"}
        (f / "uki").write_bytes(pe.add(STUB.read_bytes(), list(sections.items())))
    # By its own command line, and by one that it is given, which PCR 12 gets.
    if long:
        boots = [machine.boot("-kernel", str(f / "uki")) for f in files]
        check(tool, "UKI", *boots, ("pcr4", "pcr9", "pcr11"), swap("uki", files, "uki"))
    boots = [machine.boot("-kernel", str(f / "uki"), "-append", (f / "append").read_text())
             for f in files]
    check(tool, "UKI with a command line", *boots, ("pcr4", "pcr9", "pcr11", "pcr12"),
          swap("uki", files, "uki"), swap("cmdline", files, "append"))


def by_grub(tool, machine, files, _):
    # On a disk of their own, where firmware looks for what to start.
    image, config = machine.folder / "grub.efi", machine.folder / "early.cfg"
    config.write_text("set root=hd0,msdos1\nconfigfile /grub.cfg\n", encoding="utf-8")
    subprocess.run([machine.tx, "grub-mkimage", "-O", GRUB.name, "-d", GRUB, "-p", "/",
                    "-c", config, "-o", image, *MODULES], check=True,
                   env={**os.environ, "TXROOT": str(ROOT)})
    boots = []
    for f in files:
        disk = f / "disk"
        (disk / "EFI/BOOT").mkdir(parents=True)
        shutil.copyfile(image, disk / "EFI/BOOT/BOOTX64.EFI")
        shutil.copyfile(f / "kernel", disk / "vmlinuz")
        shutil.copyfile(f / "initrd", disk / "initrd")
        (f / "line").write_text("/vmlinuz " + (f / "append").read_text(encoding="utf-8"))
        (disk / "grub.cfg").write_text(f"linux {(f / 'line').read_text()}\ninitrd /initrd\nboot\n")
        boots.append(machine.boot("-drive",
                                  f"if=virtio,format=raw,readonly=on,file=fat:{disk}"))
    check(tool, "GRUB", *boots, ("pcr4", "pcr8", "pcr9"), swap("kernel", files, "kernel"),
          swap("initrd", files, "initrd"), swap("cmdline", files, "line"),
          swap("file", files, "disk/grub.cfg"))


def main(runner, tool, *more):
    if not os.access(runner, os.X_OK):
        print("skipped: no guest, give meson -Dkernel=RUNNER")
        return 77
    with tempfile.TemporaryDirectory() as name:
        machine = Machine(runner, pathlib.Path(name))
        start = machine.boot()
        files = (start[0], machine.folder / "update")
        files[1].mkdir()
        for name, update in (("kernel", updated), ("initrd", add_cpio),
                             ("append", lambda text: text + b" example.update=1")):
            (files[1] / name).write_bytes(update((files[0] / name).read_bytes()))
        after = machine.boot("-kernel", str(files[1] / "kernel"), "-initrd",
                             str(files[1] / "initrd"), "-append",
                             (files[1] / "append").read_text(encoding="utf-8"))
        check(tool, "firmware", start, after, ("pcr4", "pcr9"), swap("kernel", files, "kernel"),
              swap("initrd", files, "initrd"), swap("cmdline", files, "append"))
        for path, package, act in ((STUB, "systemd-boot-efi", by_uki),
                                   (GRUB, "grub-efi-amd64-bin", by_grub)):
            if path.exists():
                act(tool, machine, files, bool(more))
            else:
                print(f"-- {package} is not here")
    print("predicted and compared:", ", ".join(f"{n} {bank}" for bank, n in counts.items()))
    return 1 if problems else 0


if __name__ == "__main__":
    if sys.argv[1] == "--qemu":
        qemu(*sys.argv[2:])
    sys.exit(main(*sys.argv[1:]))
