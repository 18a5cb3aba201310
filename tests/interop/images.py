#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The digests by which files are measured, in each role, and those that no role has.

    images.py MEASURES

PE images and UKIs are made here (pe.py), which also says what is measured of them in another way.
Where pesign and sbsign are, they are asked too.
"""

import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import pe       # noqa: E402 pylint: disable=wrong-import-position

problems = []
counts = {"digests": 0, "refused": 0}
BLOB = bytes(range(256)) * 9


class Measures:
    def __init__(self, program, folder):
        self.program, self.folder, self.n = program, folder, 0

    def file(self, data):
        self.n += 1
        path = self.folder / f"file-{self.n}"
        path.write_bytes(data)
        return path

    def run(self, role, data, *more):
        out = subprocess.run([self.program, role, self.file(data), *more], capture_output=True,
                             check=False)
        if out.returncode not in (0, 1) or out.stderr:
            problems.append(f"{role}: {out.returncode} {out.stderr.decode()}")
        return out.returncode, out.stdout.decode()

    def of(self, role, data, *more):
        code, text = self.run(role, data, *more)
        if code:
            problems.append(f"{role}: {text}")
        found = {}
        for line in text.splitlines() if not code else ():
            rule, part, _, alg, value = line.split()
            found.setdefault((rule, part), {})[alg] = value
        return found

    def check(self, what, role, data, expected, *more):
        """expected: {(rule, part): bytes, or a function of the hash}, and nothing else."""
        found = self.of(role, data, *more)
        for key in expected.keys() | found.keys():
            want = expected.get(key)
            for alg in pe.ALGS:
                counts["digests"] += 1
                value = (want(alg) if callable(want) else pe.digest(alg, want)) \
                    if want is not None else None
                if found.get(key, {}).get(alg) != value:
                    problems.append(f"{what}: {key} {alg}: {found.get(key)}, not {value}")

    def refuse(self, what, role, data, code, words, *more):
        got, text = self.run(role, data, *more)
        counts["refused"] += 1
        said = text.splitlines()[-1] if text else ""
        if got != 1 or not said.startswith(code + " ") or words not in said:
            problems.append(f"{what}: {got} {said}, not {code} … {words}")


def code_of(image):
    return lambda alg: pe.authenticode(image, alg)


def changed(image, at, form, *values):
    image = bytearray(image)
    struct.pack_into(form, image, at, *values)
    return bytes(image)


def check_pe(m):
    body = [(".text", BLOB), (".data", b"d" * 700), (".bss", b""), (".reloc", b"r")]
    plain = pe.make(body)
    for what, image in {
            "plain": plain,
            "PE32": pe.make(body, plus=False),
            "signed": pe.signed(plain),
            "out of order": pe.make(body, order=(3, 0, 2, 1)),
            "trailing": pe.make(body, trailing=b"more than sections"),
            "trailing, signed": pe.signed(pe.make(body, trailing=b"odd")),
            "no sections": pe.make([])}.items():
        m.check(what, "pe", image, {("PE_AUTHENTICODE", "-"): code_of(image)})
    # Signed or not, with another checksum, it is the same image.
    if m.of("pe", plain) != m.of("pe", pe.signed(plain)):
        problems.append("a signature changes the hash")

    # A hole is no section's; what follows the number of bytes that were hashed is hashed at the
    # end (step 13), so of a file with a hole the last bytes are hashed twice.
    hole = pe.make([(".text", BLOB), (".gap", b"g" * 512), (".data", b"d" * 512)])
    table = pe.optional_at(hole) + 112 + 8 * 16
    hole = changed(hole, table + 40 + 16, "<II", 0, 0)
    at, entry = pe.optional_at(hole) + 64, pe.entry_at(hole)
    m.check("a hole", "pe", hole, {("PE_AUTHENTICODE", "-"): hole[:at] + hole[at + 4:entry]
                                   + hole[entry + 8:-1024] + hole[-512:] + hole[-512:]})

    # Without an entry for certificates all but the checksum is hashed.
    few = pe.make(body, directories=4)
    at = pe.optional_at(few) + 64
    m.check("few directories", "pe", few, {("PE_AUTHENTICODE", "-"): few[:at] + few[at + 4:]})
    m.check("kernel", "kernel", plain, {("PE_AUTHENTICODE", "-"): code_of(plain),
                                        ("GRUB_FILE", "-"): plain})
    m.check("no PE kernel", "kernel", BLOB, {("GRUB_FILE", "-"): BLOB})


def check_hostile(m):
    image = pe.make([(".text", BLOB), (".data", b"d" * 700)])
    opt = pe.optional_at(image)
    table = opt + 112 + 8 * 16
    first = struct.unpack_from("<II", image, table + 16)
    sign = pe.signed(image)
    for what, data, code, words in (
            ("nothing", b"", "FORMAT", "not a PE"),
            ("text", b"hello" * 100, "FORMAT", "not a PE"),
            ("DOS only", b"MZ" + bytes(62), "MALFORMED", "header"),
            ("no PE", image[:64] + b"NE" + image[66:], "FORMAT", "not a PE"),
            ("far header", changed(image, 60, "<I", 0xfffffff0), "MALFORMED", "header"),
            ("near header", changed(image, 60, "<I", 4), "MALFORMED", "header"),
            ("optional header", changed(image, opt - 4, "<H", 20), "MALFORMED", "20 bytes"),
            ("huge optional", changed(image, opt - 4, "<H", 65535), "MALFORMED", "65535"),
            ("ROM image", changed(image, opt, "<H", 0x107), "UNSUPPORTED", "0x107"),
            ("sections", changed(image, opt - 18, "<H", 65535), "LIMIT", "65535 sections"),
            ("many sections", changed(image, opt - 18, "<H", 500), "MALFORMED", "headers"),
            ("small headers", changed(image, opt + 60, "<I", 100), "MALFORMED", "headers"),
            ("huge headers", changed(image, opt + 60, "<I", 2**32 - 1), "MALFORMED", "headers"),
            ("overlap", changed(image, table + 40 + 20, "<I", first[1] + 256), "MALFORMED",
             ".data overlaps .text"),
            ("in headers", changed(image, table + 20, "<I", 0), "MALFORMED",
             ".text overlaps the headers"),
            ("twice", changed(image, table + 40 + 16, "<II", *first), "MALFORMED", "overlaps"),
            ("past the end", changed(image, table + 40 + 16, "<I", 2**32 - 1), "TRUNCATED",
             ".data is not within"),
            ("into certificates", changed(sign, table + 40 + 16, "<I", 1032), "TRUNCATED",
             ".data is not within"),
            ("cut", image[:-1], "TRUNCATED", ".data is not within"),
            ("certificates inside", changed(sign, pe.entry_at(sign), "<I", 512), "UNSUPPORTED",
             "not at its end"),
            ("more certificates", changed(sign, pe.entry_at(sign) + 4, "<I", 2**32 - 1),
             "UNSUPPORTED", "not at its end")):
        m.refuse(what, "pe", data, code, words)
    for n in range(0, len(image), 37):
        got, text = m.run("pe", image[:n])
        if got != 1:
            problems.append(f"cut at {n}: {text}")
    m.refuse("role", "kernels", image, "ARG", "kernels")


def linux():
    return pe.make([(".text", b"kernel" * 300), (".data", b"\1" * 99)])


def uki_of(sections, **options):
    """Sections stand in another order than they are measured in, among others."""
    listed = [(".text", b"stub" * 64), *reversed(list(sections.items())), (".sdmagic", b"x")]
    return pe.make(listed, **options)


def uki_measures(image, sections):
    kernel = sections[".linux"]
    want = {("PE_AUTHENTICODE", "-"): code_of(image),
            ("PE_AUTHENTICODE", ".linux"): code_of(kernel)}
    for name in pe.ORDER:
        if sections.get(name):
            want["UKI_SECTION_NAME", name] = name.encode() + b"\0"
            want["UKI_SECTION", name] = sections[name]
    initrd = sections.get(".initrd")
    if initrd:
        want["EFI_INITRD", ".initrd"] = initrd
        want["EFI_INITRD_PADDED", ".initrd"] = initrd + bytes(-len(initrd) % 4)
    for version, rule in ((252, "STUB_INITRD_252"), (257, "STUB_INITRD")):
        if pe.stub_initrd(sections, version):
            want[rule, ".initrd"] = pe.stub_initrd(sections, version)
    if sections.get(".cmdline"):
        text = sections[".cmdline"].decode().strip(" \n\t\0")
        want["EFI_LOAD_OPTIONS", ".cmdline"] = pe.utf16(text)
    return want


def check_uki(m):
    sections = {".linux": linux(), ".osrel": b"ID=test\n", ".cmdline": b" root=/dev/vda quiet \n\0",
                ".initrd": b"cpio" * 99 + b"!", ".uname": b"6.1.0", ".sbat": b"sbat,1\n",
                ".pcrsig": b"{}", ".pcrpkey": b"public", ".dtb": b"\xd0\x0d\xfe\xed", ".splash": b"",
                ".ucode": b"micro", ".hwids": b"h"}
    image = uki_of(sections)
    m.check("UKI", "uki", image, uki_measures(image, sections))
    few = {".linux": linux(), ".initrd": b"four"}
    image = uki_of(few)
    m.check("small UKI", "uki", image, uki_measures(image, few))

    # What the kernel gets, whatever of it there is; its last section is not measured otherwise.
    for some in ([".osrel"], [".initrd", ".pcrsig"], [".ucode", ".initrd", ".profile"],
                 [".pcrpkey", ".osrel", ".profile"], []):
        part = {name: sections[name] for name in (".linux", *some) if name != ".profile"}
        part |= {name: b"ID=one" for name in some if name == ".profile"}
        image = pe.make([(".text", b"stub" * 64), *part.items()])
        m.check(f"initrd of {some}", "uki", image, uki_measures(image, part))
    image = uki_of({".linux": linux(), ".pcrsig": b"{}"}, virtual={".pcrsig": 2**32 - 1})
    m.refuse("huge signature", "uki", image, "LIMIT", ".pcrsig")

    # Longer in memory than in the file: zeros; shorter: what is beyond is not measured.
    image = uki_of(few, virtual={".initrd": 4096 + 2})
    m.check("virtual", "uki", image,
            uki_measures(image, {**few, ".initrd": b"four" + bytes(4094)}))
    image = uki_of(few, virtual={".initrd": 2})
    m.check("short", "uki", image, uki_measures(image, {**few, ".initrd": b"fo"}))
    m.refuse("huge", "uki", uki_of(few, virtual={".initrd": 2**32 - 1}), "LIMIT", ".initrd")

    # The first of a name counts; a profile's own sections stand in place of the others.
    many = [(".linux", linux()), (".cmdline", b"base"), (".osrel", b"os"), (".cmdline", b"second"),
            (".profile", b"ID=main"), (".profile", b"ID=other"), (".cmdline", b"other"),
            (".cmdline", b"third"), (".uname", b"7")]
    image = pe.make(many)
    base = {".linux": linux(), ".cmdline": b"base", ".osrel": b"os"}
    m.check("profile 0", "uki", image,
            uki_measures(image, {**base, ".profile": b"ID=main"}))
    m.check("profile 1", "uki", image,
            uki_measures(image, {**base, ".profile": b"ID=other", ".cmdline": b"other",
                                 ".uname": b"7"}), "1")
    m.refuse("profile 2", "uki", image, "NOTFOUND", "profile 2", "2")
    m.refuse("no kernel", "uki", pe.make([(".text", b"x")]), "FORMAT", ".linux")
    m.refuse("no PE in it", "uki", pe.make([(".linux", b"x" * 99)]), "FORMAT", "PE")
    m.refuse("cmdline", "uki", uki_of({".linux": linux(), ".cmdline": b"\xff"}), "MALFORMED",
             "UTF-8")
    m.refuse("long cmdline", "uki", uki_of({".linux": linux(), ".cmdline": b"a" * 70000}), "LIMIT",
             "70000")


def check_files(m):
    m.check("initrd", "initrd", BLOB, {("GRUB_FILE", "-"): BLOB, ("EFI_INITRD", "-"): BLOB,
                                    ("EFI_INITRD_PADDED", "-"): BLOB})
    odd = BLOB + b"odd"
    m.check("odd initrd", "initrd", odd, {("GRUB_FILE", "-"): odd, ("EFI_INITRD", "-"): odd,
                                          ("EFI_INITRD_PADDED", "-"): odd + b"\0"})
    m.check("dtb", "dtb", BLOB, {("GRUB_FILE", "-"): BLOB, ("STUB_DTB_ADDON", "-"): BLOB})
    m.check("file", "file", BLOB, {("FILE", "-"): BLOB})
    m.check("empty", "file", b"", {("FILE", "-"): b""})
    m.check("firmware", "firmware", BLOB, {})
    text = " root=/dev/vda\tquiet  café \U0001f600 "
    clean = "root=/dev/vda quiet  café \U0001f600"
    m.check("cmdline", "cmdline", text.encode() + b"\n",
            {("GRUB_CMDLINE", "-"): text.encode(),
             ("GRUB_CMD_LINUX", "-"): b"linux " + text.encode(),
             ("STUB_CMDLINE", "-"): pe.utf16(clean), ("EFI_LOAD_OPTIONS", "-"): pe.utf16(clean),
             ("EFI_LOAD_OPTIONS_QEMU", "-"): pe.utf16("initrd=initrd " + text),
             ("EFI_LOAD_OPTIONS_QEMU_OLD", "-"): pe.utf16(text + " initrd=initrd"),
             ("EFI_LOAD_OPTIONS_GRUB", "-"): ("BOOT_IMAGE=" + text).encode("utf-16-le")})
    m.refuse("empty cmdline", "cmdline", b"\n", "FORMAT", "empty")
    m.refuse("bytes", "cmdline", b"\xc3", "MALFORMED", "UTF-8")


def check_others(m):
    """As pesign and sbsign see it."""
    image = pe.make([(".text", BLOB), (".data", b"d" * 700), (".reloc", b"r")])
    path = m.file(image)
    asked = []
    if shutil.which("pesign"):
        out = subprocess.run(["pesign", "-h", "-d", "sha256", "-i", path], capture_output=True,
                             check=True).stdout.decode()
        if pe.authenticode(image, "sha256") not in out:
            problems.append(f"pesign: {out}")
        asked.append("pesign")
    if shutil.which("sbsign") and shutil.which("openssl"):
        key, cert = m.folder / "key", m.folder / "cert"
        subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                        "/CN=TEST/", "-keyout", key, "-out", cert], capture_output=True, check=True)
        out = m.folder / "signed"
        subprocess.run(["sbsign", "--key", key, "--cert", cert, "--output", out, path],
                       capture_output=True, check=True)
        m.check("sbsign", "pe", out.read_bytes(), {("PE_AUTHENTICODE", "-"): code_of(image)})
        asked.append("sbsign")
    real = [p for folder in ("/usr/lib/systemd/boot/efi", "/usr/lib/shim", "/boot",
                             os.environ.get("TSMMR_EFI", "/nonexistent"))
            for p in sorted(pathlib.Path(folder).glob("*")) if p.is_file()
            and p.read_bytes()[:2] == b"MZ"]
    for p in real:
        data = p.read_bytes()
        m.check(str(p), "pe", data, {("PE_AUTHENTICODE", "-"): code_of(data)})
    return asked, len(real)


def main():
    with tempfile.TemporaryDirectory() as folder:
        m = Measures(sys.argv[1], pathlib.Path(folder))
        check_pe(m)
        check_hostile(m)
        check_uki(m)
        check_files(m)
        asked, real = check_others(m)
    print(f"{counts['digests']} digests, {counts['refused']} files refused; asked: "
          f"{', '.join(asked) or 'nobody'}; {real} real images")
    for p in problems[:20]:
        print("FAIL:", p)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
