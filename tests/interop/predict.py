#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `predict` says registers will hold is what they do hold.

    predict.py TOOL [LIVE]

Of UKIs made here, by what Python and, where they are, systemd's own systemd-measure say.  Of logs:
each is made twice, of a boot with the old files and of one with the new; the first, with the
files replaced, must lead to what the second does.  Of boots of a genuine kernel in LIVE: the log of
one, with the command line of another, must lead to the PCR 9 that the other had.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import pe       # noqa: E402 pylint: disable=wrong-import-position

BANKS = {"sha1": 4, "sha256": 0xb, "sha384": 0xc}
IPL, TAG, SEPARATOR = 0x0d, 0x06, 0x04
DRIVER_CONFIG, APPLICATION, AUTHORITY = 0x80000001, 0x80000003, 0x800000e0
PHASES = ("enter-initrd", "leave-initrd", "sysinit", "ready")
problems = []
counts = {"values": 0, "refused": 0, "asked": 0}


class Tool:
    def __init__(self, path, folder):
        self.path, self.folder, self.n = path, folder, 0

    def file(self, data):
        self.n += 1
        path = self.folder / f"f{self.n}"
        path.write_bytes(data)
        return str(path)

    def run(self, *args):
        out = subprocess.run([self.path, *args], capture_output=True, check=False,
                             env={**os.environ, "LC_ALL": "C.UTF-8"})
        return out.returncode, out.stdout.decode(), out.stderr.decode()

    def values(self, *args, code=0):
        got, out, err = self.run(*args)
        if got != code:
            problems.append(f"{args}: exit {got}, not {code}: {out}{err}")
        return dict(re.findall(r"^(\w+:\w+)=(\w+)", out, re.M)), err

    def same(self, what, args, expected, says=None):
        found, err = self.values("predict", *args)
        counts["values"] += len(expected)
        for name in expected.keys() | found.keys():
            if found.get(name) != expected.get(name):
                problems.append(f"{what}: {name} {found.get(name)}, not {expected.get(name)}")
        if (says is None) == ("not followed" in err) or (says and says not in err):
            problems.append(f"{what}: said {err!r}, not {says}")

    def refuse(self, what, code, words, *args):
        got, out, err = self.run("predict", *args)
        counts["refused"] += 1
        if got != code or words not in err or out:
            problems.append(f"{what}: exit {got} {out}{err}, not {code} {words}")


# --- unified kernel images ------------------------------------------------------------------


def linux(seed=b"kernel"):
    return pe.make([(".text", seed * 300), (".data", b"\1" * 99)])


def measure_program():
    """systemd-measure: how to call it, and which sections it knows."""
    for path in (os.environ.get("TSMMR_SYSTEMD_MEASURE"), shutil.which("systemd-measure"),
                 "/usr/lib/systemd/systemd-measure", "/lib/systemd/systemd-measure"):
        if path and os.path.exists(path):
            text = subprocess.run([path, "--help"], capture_output=True, check=False).stdout
            # 257 takes what --hwids names for .dtbauto.
            return path, set(re.findall(r"--(\w+)=PATH.*→ \.", text.decode())) - {"hwids"}
    return None, set()


def ask_systemd(t, path, sections):
    args = [path, "calculate", "--json=short", *(f"--bank={a}" for a in BANKS), "--phase=:"]
    args += ["--phase=" + ":".join(PHASES[:n]) for n in range(1, len(PHASES) + 1)]
    for name, data in sections.items():
        if name != ".pcrsig":
            args.append(f"--{name[1:]}={t.file(data)}")
    out = subprocess.run(args, capture_output=True, check=False)
    if out.returncode:
        problems.append(f"systemd-measure: {out.stderr.decode()}")
        return {}
    found = {}
    for alg in BANKS:
        for row in json.loads(out.stdout)[alg]:
            phase = row.get("phase", "").strip(":")
            found[phase, f"pcr11:{alg}"] = row["hash"]
    return found


def check_uki(t):
    everything = {".linux": linux(), ".osrel": b"ID=test\n", ".cmdline": b"root=/dev/vda quiet",
                  ".initrd": b"cpio" * 99 + b"!", ".splash": b"BM", ".dtb": b"\xd0\r\xfe\xed",
                  ".uname": b"6.1.0", ".sbat": b"sbat,1\n", ".pcrpkey": b"key", ".pcrsig": b"{}",
                  ".ucode": b"u", ".profile": b"ID=x\n", ".hwids": b"h"}
    program, known = measure_program()
    old = (".linux", ".osrel", ".cmdline", ".initrd", ".splash", ".dtb", ".pcrpkey", ".pcrsig")
    few = {k: v for k, v in everything.items()
           if (k[1:] in known if program else k in old) or k == ".pcrsig"}
    for sections in (everything, few):
        # A profile's own sections would follow it.
        listed = sorted(sections.items(), key=lambda s: (s[0] == ".profile", s[0]))
        image = t.file(pe.make([(".text", b"stub" * 64), *listed]))
        asked = ask_systemd(t, program, sections) if program and sections is few else {}
        for n in range(len(PHASES) + 1):
            words = ":".join(PHASES[:n])
            want = {f"pcr11:{alg}": pe.pcr11(sections, alg, PHASES[:n])
                    for alg in (*BANKS, "sha512")}
            t.same(f"UKI {words}", [f"uki={image}", *(["--phases", words] if n else [])], want)
            for (phase, name), value in asked.items():
                if phase == words:
                    counts["asked"] += 1
                    if want[name] != value:
                        problems.append(f"systemd-measure {words} {name}: {value}")
    _, out, _ = t.run("predict", f"uki={image}", "--json")
    said = [n["text"] for n in json.loads(out)["not_followed"]]
    for kernel, secure in (pathlib.Path(image).read_bytes(), True), (linux(), False):
        if not any("pcr4 " in s and pe.authenticode(kernel, "sha256") in s and
                   secure == ("Secure Boot" not in s) for s in said):
            problems.append(f"the record in PCR 4: {said}")
    if not any("pcr9, pcr12" in s for s in said):
        problems.append(f"what the image does not say: {said}")
    t.refuse("no UKI", 3, "PE", f"uki={t.file(b'x' * 100)}")
    t.refuse("no kernel", 3, ".linux", f"uki={t.file(pe.make([('.text', b'x')]))}")
    dtbauto = t.file(pe.make([(".linux", linux()), (".dtbauto", b"d")]))
    t.refuse("the machine's choice", 3, ".dtbauto", f"uki={dtbauto}")
    t.refuse("profile", 5, "profile 3", f"uki={image}", "--profile", "3")
    t.refuse("no phase", 2, "phase", f"uki={image}", "--phases", "a::b")
    return program


# --- logs -----------------------------------------------------------------------------------


class Log:
    """A crypto-agile log, and what it replays to."""

    def __init__(self):
        spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(BANKS))
        for alg, number in BANKS.items():
            spec += struct.pack("<HH", number, hashlib.new(alg).digest_size)
        spec += b"\0"
        self.bytes = struct.pack("<II20sI", 0, 3, b"", len(spec)) + spec
        self.pcrs = {}
        self.n = 1

    def add(self, pcr, kind, data, measured=None, digests=None):
        self.bytes += struct.pack("<III", pcr, kind, len(BANKS))
        for alg, number in BANKS.items():
            digest = digests[alg] if digests else \
                hashlib.new(alg, data if measured is None else measured).digest()
            self.bytes += struct.pack("<H", number) + digest
            name = f"pcr{pcr}:{alg}"
            start = self.pcrs.get(name) or bytes(len(digest))
            self.pcrs[name] = hashlib.new(alg, start + digest).digest()
        self.bytes += struct.pack("<I", len(data)) + data
        self.n += 1
        return self.n - 1

    def add_pe(self, image):
        self.add(4, APPLICATION, bytes(32), digests={
            alg: bytes.fromhex(pe.authenticode(image, alg)) for alg in BANKS})

    def add_uki(self, sections):
        for name in pe.ORDER:
            if sections.get(name):
                text = pe.utf16(name)
                self.add(11, IPL, text, name.encode() + b"\0")
                self.add(11, IPL, text, sections[name])

    def values(self):
        return {name: value.hex() for name, value in self.pcrs.items()}


def variable(name, value):
    return struct.pack("<16sQQ", b"g" * 16, len(name), len(value)) + name.encode("utf-16-le") + value


def boot(f, cmdline, *, authority=False, drop=False, setting=b"setting=abc", joined=False):
    """A boot with these files, through everything that measures them."""
    log = Log()
    log.add(0, 8, pe.utf16("firmware"))
    log.add(7, DRIVER_CONFIG, variable("db", setting))
    if authority:
        log.add(7, AUTHORITY, variable("d", b"c"))
    for pcr in range(8):
        log.add(pcr, SEPARATOR, bytes(4))
    log.add_pe(f["shim"])
    log.add_pe(f["uki"])
    command = f"linux /vmlinuz {cmdline}".encode()
    if not drop:
        log.add(8, IPL, b"grub_cmd: " + command + b"\0", command)
    log.add(8, IPL, b"kernel_cmdline: /vmlinuz " + cmdline.encode() + b"\0",
            b"/vmlinuz " + cmdline.encode())
    log.add(9, IPL, b"/vmlinuz\0", f["kernel"])
    log.add(9, IPL, b"/initrd\0", f["initrd"])
    log.add_uki(f["sections"])
    log.add_pe(f["sections"][".linux"])
    log.add(12, IPL, pe.utf16(cmdline))
    initrd = f["initrd"] + (bytes(-len(f["initrd"]) % 4) if joined else b"")
    for number, text, content in ((0x8f3b22ec, b"Linux initrd", initrd),
                                  (0x8f3b22ed, b"LOADED_IMAGE::LoadOptions",
                                   pe.utf16(f["sections"][".cmdline"].decode()))):
        log.add(9, TAG, struct.pack("<II", number, len(text)) + text, content)
    record = struct.pack("<II", 0x4141454c, 4 + len(cmdline)) + b"app " + cmdline.encode()
    log.add(15, TAG, record)
    log.add(9, IPL, b"cmdline=quiet", b"something else")
    return log


def files(which, sections):
    kernel = linux(which)
    sections = {".linux": kernel, **sections}
    return {"shim": pe.make([(".text", b"shim" * 99)]),
            "uki": pe.make([(".text", b"stub" * 64), *sections.items()]),
            "kernel": kernel, "initrd": which * 33 + b"!!", "sections": sections}


def check_logs(t):
    old = files(b"old", {".osrel": b"ID=old", ".cmdline": b"quiet", ".initrd": b"old.", ".sbat": b"s",
                         ".pcrpkey": b"gone"})
    new = files(b"new", {".osrel": b"ID=new", ".cmdline": b"quiet debug", ".initrd": b"new.",
                         ".ucode": b"added", ".splash": b"too", ".sbat": b"s"})
    path = {k: (t.file(old[k]), t.file(new[k])) for k in ("uki", "kernel", "initrd", "shim")}
    log = boot(old, "root=a quiet")
    name = t.file(log.bytes)
    swap = {k: f"{k}:{a}={b}" for k, (a, b) in path.items()}

    def expect(what, args, *, says=None, **changes):
        wanted = boot({**old, **{k: new[k] for k in changes.pop("files", ())}},
                      changes.pop("cmdline", "root=a quiet"), **changes)
        t.same(what, [name, *args], wanted.values(), says)

    expect("another initrd", ["--replace", swap["initrd"]], files=["initrd"])
    # systemd-stub pads what it joins, which of a length that needs no padding does not show.
    even = {**new, "initrd": b"even"}
    path["even"] = t.file(even["initrd"])
    joined, plain = t.file(boot(old, "c", joined=True).bytes), t.file(boot(even, "c").bytes)
    t.same("joined", [joined, "--replace", f"initrd:{path['initrd'][0]}={path['even']}"],
           boot({**old, "initrd": b"even"}, "c", joined=True).values())
    _, err = t.values("predict", plain, "--replace", f"initrd:{path['even']}={path['initrd'][0]}")
    if "in two ways" not in err:
        problems.append(f"padded or not: {err}")
    # The kernel got another initrd than the UKI's.
    expect("a UKI", ["--replace", swap["uki"]], files=["uki", "sections"], says="of another one")
    expect("both", ["--replace", swap["uki"], "--replace", swap["initrd"]],
           files=["uki", "sections", "initrd"])
    # The kernel that GRUB reads is the UKI's as well.
    expect("as it is", ["--replace", f"{path['initrd'][0]}={path['initrd'][1]}"],
           files=["initrd"])
    expect("PE", ["--replace", f"{path['uki'][0]}={path['uki'][1]}"], files=["uki"])
    expect("a text", ["--replace-text", "|root=a quiet|root=b much longer|"],
           cmdline="root=b much longer")
    expect("a shorter text", ["--replace-text", "# quiet##"], cmdline="root=a")
    wanted = {**log.values(), **{k: v for k, v in boot(old, "root=b quiet").values().items()
                                 if k.startswith("pcr8:")}}
    t.same("in a register", [name, "--replace-text", "pcr8:|root=a|root=b|"], wanted)
    expect("dropped", ["--drop", "13"], drop=True)
    expect("in a structure", ["--replace-text", "|g=abc|g=xyz|"], setting=b"setting=xyz")
    # Beside its digest stands a text that is not what was measured: it is left as it is.
    expect("quiet", ["--replace-text", "|quiet|loud|"], cmdline="root=a loud",
           says="digest does not say so")

    def doubtful(*args):
        _, out, _ = t.run("predict", *args, "--json")
        counts["values"] += 1
        return sorted({r["name"] for r in json.loads(out)["registers"] if not r["followed"]})

    # A register is as followed as each of its records; of one that was added nobody knows where.
    bare = files(b"bare", {".osrel": b"ID=old", ".initrd": b"old."})
    path["bare"] = t.file(bare["uki"])
    for args, want in (
            ([name, "--replace", swap["initrd"]], []), ([name, "--drop", "13"], []),
            ([name, "--replace", swap["uki"]], ["pcr9"]),
            ([name, "--replace-text", "|quiet|loud|"], ["pcr9"]),
            ([t.file(boot({**bare, "sections": {**bare["sections"], ".cmdline": b""}}, "c").bytes),
              "--replace", f"uki:{path['bare']}={path['uki'][1]}"], ["pcr9"])):
        if doubtful(*args) != want:
            problems.append(f"not followed: {args}: {doubtful(*args)}, not {want}")

    # What the EFI stub was started with is another command line.
    lines = [t.file(text.encode()) for text in ("root=a quiet", "root=b")]
    wanted = {**log.values(), **{k: v for k, v in boot(old, "root=b").values().items()
                                 if k.startswith("pcr12:")}}
    t.same("a command line", [name, "--replace", f"cmdline:{lines[0]}={lines[1]}"], wanted,
           says="of another one")
    t.refuse("another file", 2, "no record is of that file", name, "--replace",
             f"{path['initrd'][1]}={path['initrd'][0]}")
    t.refuse("no text", 2, "no record measures that", name, "--replace-text", "|nowhere|x|")
    t.refuse("only unbound text", 2, "no record measures that", name, "--replace-text",
             "|cmdline=quiet|x|")
    t.refuse("a structure's length", 2, "no record measures that", name, "--replace-text",
             "|g=abc|g=longer|")
    t.refuse("no record", 2, "no such record", name, "--drop", "99")
    t.refuse("no measure", 2, "nothing is measured", name, "--drop", "0")
    t.refuse("nothing", 2, "nothing to replace", name)
    t.refuse("no fence", 2, "--replace-text", name, "--replace-text", "abc")
    t.refuse("no end", 2, "--replace-text", name, "--replace-text", "|abc|d")
    t.refuse("empty", 2, "--replace-text", name, "--replace-text", "||d|")
    t.refuse("no file", 5, "nowhere", name, "--replace", "/nowhere=/nowhere")
    t.refuse("no new", 2, "OLD=NEW", name, "--replace", "/nowhere=")
    t.refuse("no UKI", 3, "PE", name, "--replace", f"uki:{path['initrd'][0]}={path['initrd'][1]}")

    # With values, only a log that they bear out is followed.
    good = t.file("".join(f"{k}={v}\n" for k, v in log.values().items()).encode())
    bad = t.file("".join(f"{k}={v}\n" for k, v in boot(new, "x").values().items()).encode())
    code, out, _ = t.run("predict", name, "--expect", f"@{good}", "--drop", "13", "--json")
    said = json.loads(out)
    if code or not all(r["vouched"] for r in said["registers"]) or \
            [r["name"] for r in said["registers"] if r["changed"]] != ["pcr8"] * len(BANKS):
        problems.append(f"vouched: {code} {out}")
    t.refuse("another boot", 1, "mismatch", name, "--expect", f"@{bad}", "--drop", "13")
    code, out, err = t.run("predict", t.file(boot(old, "a", authority=True).bytes), "--replace",
                           swap["uki"])
    if code or "authority" not in err:
        problems.append(f"authority: {code} {err}")


def check_appraise(t):
    """The same files as known values: each is known where it is measured in its role, only."""
    f = files(b"one", {".osrel": b"ID=one", ".cmdline": b"quiet", ".initrd": b"initrd"})
    other = files(b"two", {".osrel": b"ID=two", ".cmdline": b"quiet", ".initrd": b"initrd"})
    log = boot(f, "root=a quiet")

    def values(*names):
        return "@" + t.file("".join(f"{k}={v}\n" for k, v in log.values().items()
                                    if k.split(":")[0] in names).encode())

    path = {k: t.file(f[k]) for k in ("shim", "uki", "kernel", "initrd")}
    args = ["appraise", t.file(log.bytes), "--expect", values("pcr4", "pcr11")]
    every = ["--image", f"pe={path['shim']}", "--image", f"uki={path['uki']}"]
    boot_path = ["--expect", values("pcr12"), "--image", f"cmdline={t.file(b'root=a quiet')}"]
    for what, code, more in (
            ("all of them", 0, every),
            ("nothing", 4, []),
            ("no shim", 4, every[2:]),
            ("no UKI", 4, every[:2]),
            ("another UKI", 4, [*every[:2], "--image", f"uki={t.file(other['uki'])}"]),
            ("a UKI as a PE image", 4, [*every[:2], "--image", f"pe={path['uki']}"]),
            ("a shim as a kernel", 0, [*every[2:], "--image", f"kernel={path['shim']}"]),
            ("a shim as an initrd", 4, [*every[2:], "--image", f"initrd={path['shim']}"]),
            ("the command line too", 0, [*every, *boot_path]),
            ("another command line", 4, [*every, *boot_path[:3], f"cmdline={t.file(b'root=b')}"]),
            ("no such role", 2, ["--image", f"kernels={path['shim']}"]),
            ("no such file", 3, ["--image", f"uki={path['initrd']}"])):
        got, out, err = t.run(*args, *more)
        counts["values" if code in (0, 4) else "refused"] += 1
        if got != code:
            problems.append(f"appraise, {what}: exit {got}, not {code}: {out[-600:]}{err}")


def check_text(t):
    """A line of a text log, and the SYNC lines after it."""
    def made(first):
        value, lines = bytes(48), []
        for line in (first, "same", None, "last first"):
            line = line or f"SYNC sha384/{value.hex()}"
            value = hashlib.new("sha384", value + hashlib.sha384(line.encode()).digest()).digest()
            lines.append(line)
        return "\n".join(lines).encode() + b"\n", value.hex()

    old, _ = made("app start v1")
    _, value = made("app start version 2")
    t.same("text", [f"rtmr3={t.file(old)}", "--replace-text", "|start v1|start version 2|"],
           {"rtmr3:sha384": value})


def template(path, alg, digest):
    field = alg.encode() + b":\0" + digest
    name = path.encode() + b"\0"
    return struct.pack("<I", len(field)) + field + struct.pack("<I", len(name)) + name


def check_ima(t):
    """A file that IMA measures, and boot_aggregate, which is over the firmware's PCRs."""
    def made(f, binary):
        log = boot(f, "c")
        total = b"".join(log.pcrs.get(f"pcr{i}:sha256", bytes(32)) for i in range(10))
        out, values = b"", log.values()
        pcr10 = {"sha1": bytes(20), "sha256": bytes(32), "sha384": bytes(48),
                 "sha512": bytes(64)}
        for path, digest in (("boot_aggregate", hashlib.sha256(total).digest()),
                             ("/bin/x", hashlib.sha256(binary).digest()),
                             ("/bin/y", hashlib.sha256(b"y").digest())):
            data = template(path, "sha256", digest)
            out += struct.pack("<I", 10) + hashlib.sha1(data).digest() + \
                struct.pack("<I6sI", 6, b"ima-ng", len(data)) + data
            for alg, value in pcr10.items():
                pcr10[alg] = hashlib.new(alg, value + hashlib.new(alg, data).digest()).digest()
        return log.bytes, out, {**values, **{f"pcr10:{a}": v.hex() for a, v in pcr10.items()}}

    old = files(b"old", {".cmdline": b"c"})
    new = {**old, "shim": pe.make([(".text", b"other" * 9)])}
    firmware, ima, _ = made(old, b"old")
    _, _, wanted = made(new, b"new")
    args = [t.file(firmware), f"ima={t.file(ima)}", "--replace",
            f"{t.file(old['shim'])}={t.file(new['shim'])}", "--replace",
            f"file:{t.file(b'old')}={t.file(b'new')}"]
    found, err = t.values("predict", *args)
    for name, value in found.items():
        counts["values"] += 1
        if wanted.get(name) != value:
            problems.append(f"IMA: {name} {value}, not {wanted.get(name)}")
    if "pcr10:sha1" not in found or "not followed" in err:
        problems.append(f"IMA: {found} {err}")


def check_live(t, live):
    """Boots whose command lines differ: Linux's EFI stub measures them into PCR 9."""
    boots = []
    for folder in sorted(live.glob("tpm/*/boot")):
        log = folder / "binary_bios_measurements"
        if log.exists() and b"LOADED_IMAGE::LoadOptions" in log.read_bytes():
            pcrs = {f"pcr9:{alg}": value.lower() for alg, value in re.findall(
                r"^(\w+)[: /]+(?:pcr-?)?0?9[:= ]+(?:0x)?(\w+)$",
                (folder / "pcrs.txt").read_text(), re.M | re.I)}
            boots.append((log, folder / "cmdline", pcrs))
    compared = 0
    for (log, old, _), (_, new, pcrs) in zip(boots, boots[1:] + boots[:1]):
        if old.read_bytes() == new.read_bytes():
            continue
        found, _ = t.values("predict", str(log), "--replace", f"cmdline:{old}={new}")
        for name in found.keys() & pcrs.keys():
            compared += 1
            if found[name] != pcrs[name]:
                problems.append(f"{log} with {new}: {name} {found[name]}, not {pcrs[name]}")
    if boots and not compared:
        problems.append("nothing live was compared")
    return compared


def main():
    live = 0
    with tempfile.TemporaryDirectory() as folder:
        t = Tool(sys.argv[1], pathlib.Path(folder))
        program = check_uki(t)
        check_logs(t)
        check_appraise(t)
        check_text(t)
        check_ima(t)
        if len(sys.argv) > 2 and sys.argv[2]:
            live = check_live(t, pathlib.Path(sys.argv[2]))
    print(f"{counts['values']} values predicted and compared, {counts['asked']} with "
          f"{program or 'no systemd-measure, which is not here'}; {counts['refused']} refused; "
          f"{live} registers of live boots")
    for p in problems[:20]:
        print("FAIL:", p)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
