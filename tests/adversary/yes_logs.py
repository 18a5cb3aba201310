# SPDX-License-Identifier: BSD-2-Clause
"""Lines 4 to 7, 9, 10, C, D, E: what stands beside the digests, and around them."""

import base64
import errno
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess

import command
import inputs as i
from command import Skip, case
from inputs import mkcel, mkima, mklog, root

CCEL = "tdx-twin/CCEL.data"
V1, V6 = b"example.org/app v1", b"example.org/app v6"
ALL = "unanchored,missing-head,off-log-extend,unlogged,unquoted-tail,missing-image"


def broken(t, path, expect, name, *more):
    """Text changed beside its digest: the replay is right and the text is not."""
    for verb in ["verify"], ["verify", "--strict"], ["verify", "--allow", ALL], ["explain"]:
        a = t.run(*verb, path, *more, *expect)
        a.check(a.code in ((3, 4) if "--strict" in verb else (4,)), f"exit {a.code}")
    a = t.run("verify", "--json", "--events", path, *more, *expect)
    a.row(name, status="incomplete", gaps=["data-mismatch"]).because("gap", name)
    return a


# ---- 4: application text

def cel(t, to, *logs):
    out = t.tmp / f"log.{to}"
    t.honest("merge", *logs, "--to", to, "-o", out).exits(0)
    return out.read_bytes() if out.exists() else b""


def forge(content, old, new):
    """In whatever spelling it stands there."""
    for spell in (lambda b: b, lambda b: b.hex().encode(), lambda b: base64.b64encode(b)):
        if spell(old) in content:
            return i.replaced(content, spell(old), spell(new))
    raise AssertionError(f"{old} is not in the log")


@case(4, "text-in-cel")
def _(t):
    """An application's line, carried in each encoding of CEL, and changed beside its digest."""
    text = i.Text().sync().line(V1, "example.org/app ready")
    expect = ["--expect", f"rtmr3={text.value.hex()}"]
    path = t.file(text.text)
    for to in "cel-cbor", "cel-cbor-seq", "cel-json", "cel-tlv":
        made = cel(t, to, f"text,rtmr3={path}")
        honest = t.file(made)
        t.honest("verify", "--platform", "tdx", honest, *expect).exits(0)
        broken(t, t.file(forge(made, V1, V6)), expect, "rtmr3", "--platform", "tdx")


@case(4, "text-behind-ccel")
def _(t):
    """The same behind a firmware log, with a quote that is genuine."""
    text = i.Text().sync().line(V1)
    quote = ["--evidence", t.file(i.tdx_quote(rtmr3=text.value)), *root()]
    made = cel(t, "cel-cbor", CCEL, "text,rtmr3=" + t.file(text.text))
    t.honest("verify", t.file(made), *quote).exits(0)
    a = broken(t, t.file(forge(made, V1, V6)), quote, "rtmr3")
    a.trusts_no("example.org/app v6")
    a = t.run("show", "--json", t.file(forge(made, V1, V6)), *quote)
    a.trusts_no("example.org/app v6")


@case(4, "attest-folder")
def _(t):
    """An attest folder's log."""
    text = i.Text().sync().line(V1)
    made = cel(t, "cel-cbor", CCEL, "text,rtmr3=" + t.file(text.text))
    for name, log in (("honest", made), ("forged", forge(made, V1, V6))):
        t.file(i.tdx_quote(rtmr3=text.value), f"{name}/evidence.bin")
        t.file(log, f"{name}/log.cel")
        t.file("{}", f"{name}/attest.json")
    t.honest("verify", t.tmp / "honest", *root()).exits(0)
    t.run("verify", t.tmp / "forged", *root()).exits(4)


@case(4, "domain", new=True)
def _(t):
    """The records of one application: none of a log that is not proven, in any form of it."""
    text = i.Text().sync().line(V1, b"another app", b"example.org/apple pie")
    quote = ["--evidence", t.file(i.tdx_quote(rtmr3=text.value)), *root()]
    ask = ["show", "--domain", "example.org/app"]
    for to in "cel-cbor", "cel-json", "cel-tlv":
        made = cel(t, to, CCEL, "text,rtmr3=" + t.file(text.text))
        path = t.file(made)
        a = t.honest(*ask, path, *quote).exits(0)
        a.check(a.out == V1.decode() + "\n", f"it says {a.out!r}")
        forged = t.file(forge(made, V1, V6))
        for more in [], ["--json"], ["-q"], ["--min-trust", "unsigned"]:
            a = t.run(*ask, forged, *quote, *more).exits(4)
            a.check(not a.out, f"it says {a.out!r}")
        for weak in quote[:2], ["--expect", f"rtmr3={'5a' * 48}"]:
            a = t.run(*ask, path, *weak).refuses()
            a.check(not a.out, f"it says {a.out!r}")
        t.run(*ask, path).exits(2)


@case(4, "text-of-other-platforms")
def _(t):
    """PCRs, REMs and Nitro's registers have lines too."""
    for platform, name, alg in (("nitro", "pcr16", "sha384"), ("cca", "rem3", "sha256"),
                                ("cca", "rem3", "sha512"), ("tpm", "pcr23", "sha256")):
        text = i.Text(alg).sync().line(V1)
        expect = ["--expect", f"{name}:{alg}={text.value.hex()}"]
        out = t.tmp / f"{platform}-{alg}.cel"
        t.honest("merge", "--platform", platform, f"text,{name}:{alg}={t.file(text.text)}",
                 "--to", "cel-cbor", "-o", out).exits(0)
        if not out.exists():
            continue
        more = ["--platform", platform, "--require", f"{name}:{alg}"]
        t.honest("verify", out, *more, *expect).exits(0)
        a = t.run("verify", "--json", t.file(forge(out.read_bytes(), V1, V6)), *more, *expect)
        a.exits(4).row(name, gaps=["data-mismatch"])


@case(4, "virtual-ima-text", held=True)
def _(t):
    """A line that carries a virtual register's record, and its IMA text."""
    digest = i.h("sha256", i.ima_ng(b"/usr/bin/app").data())
    line = b"mr_ima extend sha256/" + digest.hex().encode()
    text = i.Text().sync().line(line)
    made = cel(t, "cel-cbor", "text,rtmr3=" + t.file(text.text))
    other = b"mr_ima extend sha256/" + i.h("sha256", b"other").hex().encode()
    expect = ["--expect", f"rtmr3={text.value.hex()}", "--platform", "tdx"]
    t.honest("verify", t.file(made), *expect, "--require", "rtmr3/mr_ima").exits(0)
    a = t.run("verify", "--json", t.file(forge(made, line, other)), *expect,
              "--require", "rtmr3/mr_ima").exits(4)
    a.row("rtmr3", status="incomplete", gaps=["data-mismatch"])


@case(4, "systemd-strings")
def _(t):
    """What systemd measures, in its own log and in CEL."""
    log = (i.DATA / "cel/systemd.cbor").read_bytes()
    records = {11: b"enter-initrd", 15: mkcel.MACHINE_ID}
    for pcr, text in records.items():
        value = i.h("sha256", bytes(32) + i.h("sha256", text)).hex()
        expect = ["--expect", f"pcr{pcr}:sha256={value}"]
        t.honest("verify", "cel/systemd.cbor", *expect).exits(0)
        other = text[:-1] + b"X"
        a = t.run("verify", "--json", t.file(i.replaced(log, text, other)), *expect).exits(4)
        a.row(f"pcr{pcr}", status="incomplete", gaps=["data-mismatch"])


@case(4, "systemd-own-log")
def _(t):
    """The same in the JSON that systemd writes."""
    log = (i.DATA / "cel/systemd-tpm2-measure.log").read_bytes()
    value = bytes(32)
    for text in (b"enter-initrd", mkcel.MACHINE_ID):
        value = i.h("sha256", value + i.h("sha256", text))
    expect = ["--expect", f"pcr11:sha256={value.hex()}"]
    t.honest("verify", "cel/systemd-tpm2-measure.log", *expect).exits(0)
    forged = i.replaced(log, b"enter-initrd", b"leave-initrd")
    t.run("verify", "--json", t.file(forged), *expect).exits(4).row(
        "pcr11", alg="sha256", gaps=["data-mismatch"])


@case(4, "ima-in-cel")
def _(t):
    """IMA's records in CEL."""
    log = (i.DATA / "cel/ima.cbor").read_bytes()
    value = bytes(32)
    for data in (mkcel.BOOT_AGGREGATE, mkcel.IMA_FILE):
        value = i.h("sha256", value + i.h("sha256", data))
    value = i.h("sha256", value + b"\xff" * 32)
    expect = ["--expect", f"pcr10:sha256={value.hex()}"]
    t.honest("verify", "cel/ima.cbor", *expect).exits(0)
    forged = t.file(i.replaced(log, b"/usr/bin/true", b"/usr/bin/trux"))
    a = t.run("verify", "--json", forged, *expect).exits(4)
    a.row("pcr10", alg="sha256", gaps=["data-mismatch"])


@case(4, "agent-in-cel")
def _(t):
    """An attestation agent's record (AAEL) in CEL."""
    log = i.log("ccel", ["sha384"])
    log.event(4, mklog.EVENT_TAG, mklog.aael(b"github.com/app PullImage alpine"))
    made = cel(t, "cel-cbor", t.file(bytes(log.bytes)))
    forged = t.file(forge(made, b"PullImage alpine", b"PullImage debian"))
    broken(t, forged, i.values(log), "rtmr3", "--platform", "tdx")


# ---- 5: what the boot loader and the firmware wrote

def boot_events():
    """(name, type, data, what the digest covers, what the forger writes)"""
    grub = b"grub_cmd: set root=hd0,gpt2\0"
    line = b"kernel_cmdline: /vmlinuz root=/dev/sda1 ro lockdown=confidentiality\0"
    module = b"module_cmdline: /initrd.img\0"
    boot = i.variable("Boot0001", b"\1\0\0\0\x10\0d\0e\0b\0\0\0")
    order = i.variable("BootOrder", b"\1\0\2\0")
    shim = i.variable("db", b"C" * 16 + b"a certificate of nobody's", b"G" * 16)
    tagged = mklog.aael(b"github.com/app PullImage alpine")
    return (
        ("grub-command", mklog.IPL, grub, grub[10:-1], i.replaced(grub, b"hd0", b"hd1")),
        ("grub-command-1-byte", mklog.IPL, b"grub_cmd ls\0", b"ls\0", b"grub_cmd lt\0"),
        ("kernel-cmdline", mklog.IPL, line, line[16:-1],
         i.replaced(line, b"confidentiality", b"integrity######")),
        ("module-cmdline", mklog.IPL, module, module[16:-1], i.replaced(module, b"img", b"cpi")),
        ("boot-variable", i.VARIABLE_BOOT, boot, boot, boot[:-4] + b"x\0\0\0"),
        ("boot-variable-value", i.VARIABLE_BOOT, boot, boot[32 + 16:], boot[:-4] + b"x\0\0\0"),
        ("boot-variable-2", 0x8000000C, order, order, order[:-2] + b"\3\0"),
        ("boot-order-value", i.VARIABLE_BOOT, order, b"\1\0\2\0", order[:-2] + b"\3\0"),
        ("authority", i.AUTHORITY, shim, shim, i.replaced(shim, b"nobody", b"no_one")),
        ("authority-cut", i.AUTHORITY, shim, shim[:-1], i.replaced(shim, b"nobody", b"no_one")),
        ("driver-config", mklog.VARIABLE_DRIVER_CONFIG, mklog.SECURE_BOOT, mklog.SECURE_BOOT,
         mklog.SECURE_BOOT[:-1] + b"\0"),
        ("efi-action", mklog.EFI_ACTION, b"Calling EFI Application from Boot Option",
         b"Calling EFI Application from Boot Option", b"Calling EFI Application from Boot 0ption"),
        ("gpt", i.GPT_EVENT, i.gpt(), i.gpt(), i.gpt(name="toor")),
        ("gpt-2", i.GPT_EVENT2, i.gpt(), i.gpt(bytes(16), bytes(16)), i.gpt(name="toor")),
        ("nonhost-info", 0x11, b"chassis 7", b"chassis 7", b"chassis 8"),
        ("tagged", mklog.EVENT_TAG, tagged, tagged, i.replaced(tagged, b"alpine", b"debian")))


def with_event(kind, alg, where, event, data, covers):
    log = i.log(kind, [alg])
    log.boot()
    log.event(where, event, data, covers=covers)
    log.event(where, mklog.EFI_ACTION, b"Exit Boot Services Invocation")
    return log


def boot_case(name, event, data, covers, forged):
    @case(5, name)
    def _(t):
        """Changed beside its digest, in a TPM's log and in a CCEL."""
        for kind, alg, where, reg in (("tcg2", "sha256", 5, "pcr5"),
                                      ("ccel", "sha384", 2, "rtmr1")):
            honest = with_event(kind, alg, where, event, data, covers)
            bad = with_event(kind, alg, where, event, forged, covers)
            t.honest("verify", t.file(bytes(honest.bytes)), *i.values(honest)).exits(0)
            t.honest("verify", "--strict", t.file(bytes(honest.bytes)), *i.values(honest)).exits(0)
            broken(t, t.file(bytes(bad.bytes)), i.values(bad), reg).finds("DATA_MISMATCH")


for row in boot_events():
    boot_case(*row)


@case(5, "in-cel")
def _(t):
    """They keep their rules in CEL."""
    data = b"kernel_cmdline: /vmlinuz root=/dev/sda1 ro\0"
    log = with_event("ccel", "sha384", 3, mklog.IPL, data, data[16:-1])
    for to in "cel-cbor", "cel-json", "cel-tlv":
        made = cel(t, to, t.file(bytes(log.bytes)))
        t.honest("verify", "--platform", "tdx", t.file(made), *i.values(log)).exits(0)
        t.run("verify", "--platform", "tdx", t.file(forge(made, b"/dev/sda1", b"/dev/sdb1")),
              *i.values(log)).exits(4)


@case(5, "firm-rules")
def _(t):
    """S_CRTM_VERSION and EV_ACTION of firmware differ in the field: a warning, also with -q."""
    for event, data in ((mklog.S_CRTM_VERSION, "1.0".encode("utf-16-le") + b"\0\0"),
                        (i.ACTION, b"entering ROM based setup")):
        log = with_event("tcg2", "sha256", 5, event, data, b"something else")
        args = ["verify", t.file(bytes(log.bytes)), *i.values(log)]
        for quiet in [], ["-q"]:
            a = t.run(*args, *quiet).exits(0)
            a.check(a.err or "warning" in a.out, "no warning")
            a.check("1 text differs from its digest" in a.last, f"the last line is: {a.last}")
        t.run(*args, "--json").row("pcr5", status="verified").finds("TEXT_DIFFERS")


@case(5, "cos-113")
def _(t):
    """A real log: GRUB's commands, and all else that a rule binds."""
    path = t.real("ccel/go-eventlog__cos-113-intel-tdx.bin")
    log = open(path, "rb").read()
    replay = t.honest("replay", "--json", path).json
    expect = [w for r in replay.get("registers", [])
              for w in ("--expect", f"{r['name']}={r['value']}")]
    t.honest("verify", path, *expect).exits(0)
    tried = 0
    for e in t.honest("show", "--json", path).lines:
        if e.get("binding") != "bound" or len(e["data"]) < 8 or not e["measured"]:
            continue
        data = bytes.fromhex(e["data"])
        if log.count(data) != 1:
            continue
        tried += 1
        at = log.index(data) + len(data) // 2
        forged = t.file(i.flipped(log, at, 0x01))
        a = t.run("verify", forged, *expect)
        a.check(a.code == 4, f"record {e['record']} ({e['type']}, {e['rule']}): exit {a.code}")
    t.broken += [] if tried > 10 else [f"only {tried} records were bound"]


# ---- 7: logs misused

@case(7, "zeros")
def _(t):
    """A megabyte of zero bytes is no log."""
    zeros = t.file(bytes(1 << 20))
    for verb in ["show"], ["replay"], ["export", "--to", "jsonl"], ["merge", "--to", "jsonl"]:
        t.run(*verb, zeros).exits(3)
    t.run("verify", zeros, "--expect", "pcr0=" + "00" * 32).exits(3)
    t.run("verify", zeros, "--evidence", "tdx-twin/quote-v4.bin", *root()).exits(3)
    t.run("diff", zeros, zeros).exits(3)
    t.run("show", "--format", "tcg1", zeros).exits(3)


@case(7, "zeros-huge")
def _(t):
    """Nor are five gigabytes, and that takes no half a minute."""
    path = t.tmp / "zeros"
    with open(path, "wb") as f:
        f.truncate(5 << 30)
    t.run("show", path, limit=5).exits(3, 6)


@case(7, "log-twice")
def _(t):
    """One log given twice is not two."""
    a = t.run("verify", CCEL, CCEL, "--evidence", "tdx-twin/quote-v4.bin", *root())
    a.refuses()
    a.check("twice" in a.err + a.out or a.code == 2, "nothing is said of it")
    text = i.Text().sync().line(V1)
    path = "text,rtmr3=" + t.file(text.text)
    t.run("verify", "--platform", "tdx", path, path,
          "--expect", f"rtmr3={text.value.hex()}").refuses()


@case(7, "empty-diff")
def _(t):
    """Two logs that hold nothing are not the same in anything."""
    log = t.file(bytes(i.log().bytes))
    text = t.file("\n# nothing\n")
    t.run("diff", log, log).refuses()
    t.run("diff", f"text,rtmr3={text}", f"text,rtmr3={text}").refuses()
    folder = t.tmp / "empty"
    folder.mkdir()
    t.run("diff", folder, folder).refuses()


@case(7, "empty-log", held=True)
def _(t):
    """A header and no event explains nothing."""
    log = i.log()
    path = t.file(bytes(log.bytes))
    t.honest("verify", path, *i.tpm_quote(t, i.tpm_values(log), [0, 7]), *i.pinned_tpm()).exits(4)
    t.run("verify", path, "--expect", "pcr0:sha256=" + "00" * 32,
          "--require", "pcr1").exits(4)


# ---- 9: an IMA list against a virtual register

@case(9, "virtual-ima")
def _(t):
    """A file's name changed in the list that a virtual register stands for."""
    records = [i.ima_ng(b"/usr/bin/app", pcr=0), i.ima_ng(b"/usr/bin/sh", 2, pcr=0)]
    text = i.Text().sync()
    for r in records:
        text.line(b"mr_ima extend sha256/" + i.h("sha256", r.data()).hex().encode())
    listed, _value = i.ima(*records)
    args = ["verify", "--json", "text,rtmr3=" + t.file(text.text),
            "--expect", f"rtmr3={text.value.hex()}", "--require", "rtmr3,rtmr3/mr_ima"]
    own = "ima,rtmr3/mr_ima:sha256="
    t.honest(*args, own + t.file(listed)).exits(0)
    forged = i.replaced(listed, b"/usr/bin/app", b"/usr/bin/apX")
    a = t.run(*args, own + t.file(forged)).exits(4)
    a.row("rtmr3/mr_ima", status="incomplete", gaps=["data-mismatch"])
    a = t.run("show", "--json", *args[2:-2], own + t.file(forged))
    a.trusts_no("/usr/bin/apX")


@case(9, "ima", held=True)
def _(t):
    """And in an ordinary one."""
    listed, value = i.ima(i.ima_ng(b"/usr/bin/app"), i.ima_ng(b"/usr/bin/sh", 2))
    expect = ["--expect", f"pcr10:sha256={value.hex()}"]
    t.honest("verify", t.file(listed), *expect).exits(0)
    forged = t.file(i.replaced(listed, b"/usr/bin/app", b"/usr/bin/apX"))
    a = t.run("verify", "--json", "--events", forged, *expect, "--allow", ALL).exits(4)
    a.row("pcr10", gaps=["data-mismatch"]).trusts_no("/usr/bin/apX")


# ---- 10: many gaps and a forged SYNC

def gappy(n):
    text = i.Text().sync()
    for k in range(n):
        text.line(f"record {k}").extend(bytes([k + 1]) * 48).sync()
    return text


def many(t, text):
    return ["verify", "--json", "--platform", "tdx", "text,rtmr3=" + t.file(text),
            "--expect"]


@case(10, "forged-sync-behind-many-gaps")
def _(t):
    """Behind twenty unlogged extensions a SYNC that nobody extended is a mismatch all the same."""
    for gaps in 1, 15, 17, 20, 200:
        text = gappy(gaps).line("last")
        want = f"rtmr3={text.value.hex()}"
        a = t.honest(*many(t, text.text), want).exits(4)
        a.row("rtmr3", status="incomplete", gaps=["unlogged"])
        t.honest(*many(t, text.text), want, "--allow", "unlogged").exits(0)
        forged = text.text + b"SYNC sha384/" + b"42" * 48 + b"\n"
        a = t.run(*many(t, forged), want, "--allow", "unlogged,unquoted-tail").exits(1)
        a.row("rtmr3", status="mismatch")


@case(10, "forged-sync-and-hints")
def _(t):
    """With more hints than readings are kept."""
    text = i.Text().sync()
    for k in range(24):
        digest = bytes([k + 1]) * 48
        text.aside(f"# .EXTEND {digest.hex()}").extend(digest).sync()
    text.line("last")
    want = f"rtmr3={text.value.hex()}"
    t.honest(*many(t, text.text), want).exits(4).row("rtmr3", gaps=["off-log-extend"])
    forged = text.text + b"SYNC sha384/" + b"42" * 48 + b"\n"
    t.run(*many(t, forged), want).exits(1).row("rtmr3", status="mismatch")


@case(10, "forged-sync-in-front", held=True)
def _(t):
    """One in front, which was extended, costs nothing."""
    text = i.Text().sync().line("SYNC sha384/" + "42" * 48)
    for k in range(20):
        text.line(f"record {k}").extend(bytes([k + 1]) * 48).sync()
    text.line("last")
    want = f"rtmr3={text.value.hex()}"
    t.honest(*many(t, text.text), want).exits(4).row("rtmr3", status="incomplete",
                                                     gaps=["unlogged"])


# ---- C: bound, and to which bytes

def uncovered(t, honest, forgeries, words, expect, *more):
    """Bytes that the digest leaves out are in no trusted text, and change none of it."""
    first = None
    for n, log in enumerate([honest, *forgeries]):
        path = t.file(log)
        for verb in ["verify", "--json", "--events"], ["show", "--json"]:
            a = t.run(*verb, path, *more, *expect)
            a.trusts_no(*words)
            said = [(e["record"], e["trusted_text"]) for e in a.events if e["trusted_text"]]
            if first is None:
                first = said
                a.check(said, "nothing is trusted at all")
            a.check(said == first, f"forgery {n}: what is trusted is another")


@case("C", "variable-names")
def _(t):
    """VARIABLE_DATA_ONLY: names and GUIDs of variables."""
    for event in i.VARIABLE_BOOT, 0x8000000C:
        def made(name, guid=i.mklog.GLOBAL_VARIABLE, event=event):
            log = i.log()
            log.event(1, event, i.variable(name, b"\1\0\0\0"), covers=b"\1\0\0\0")
            log.event(1, mklog.SEPARATOR, bytes(4))
            return log
        honest = made("Boot0000")
        forged = [made("Boot0666"), made("SecureBoot"), made("Boot0000", b"G" * 16)]
        uncovered(t, bytes(honest.bytes), [bytes(f.bytes) for f in forged],
                  ["Boot0666", "Boot0000", "SecureBoot"], i.values(honest))


@case("C", "variable-names-tpm12")
def _(t):
    """Drivers' variables in logs of TPM 1.2, which measure the value alone."""
    def made(name):
        log = i.log("tcg1", ["sha1"])
        log.event(7, mklog.VARIABLE_DRIVER_CONFIG, i.variable(name, b"\1"), covers=b"\1")
        return log
    honest = made("SecureBoot")
    uncovered(t, bytes(honest.bytes), [bytes(made("DeployMode").bytes)],
              ["SecureBoot", "DeployMode"], i.values(honest))


@case("C", "variable-of-separator")
def _(t):
    """A real log: a separator called a variable of four bytes."""
    log = bytearray((i.TWIN / "CCEL.data").read_bytes())
    events = t.honest("show", "--json", CCEL).lines
    names = [e for e in events if e["type"] == "EV_EFI_VARIABLE_BOOT" and
             e["rule"] == "VARIABLE_DATA_ONLY"]
    for e in names:
        data = bytes.fromhex(e["data"])
        size = struct.unpack_from("<Q", data, 16)[0]
        name = data[32:32 + 2 * size].decode("utf-16-le")
        at = bytes(log).index(data) + 32
        log[at:at + 2 * size] = ("Z" * size).encode("utf-16-le")
        a = t.run("show", "--json", CCEL, "--evidence", "tdx-twin/quote-v4.bin", *root())
        for line in a.events:
            if line["record"] == e["record"]:
                a.check(name not in (line["trusted_text"] or ""), f"{name} is trusted")
    a = t.run("show", "--json", t.file(bytes(log)), "--evidence", "tdx-twin/quote-v4.bin", *root())
    a.trusts_no("ZZZ")


@case("C", "grub-word")
def _(t):
    """GRUB's word in front of a text: a command becomes the kernel's command line."""
    honest = (i.DATA / "adversary/grub-word.bin").read_bytes()
    forged = (i.DATA / "adversary/grub-word-changed.bin").read_bytes()
    replay = t.honest("replay", "--json", "adversary/grub-word.bin").json
    expect = [w for r in replay["registers"] for w in ("--expect", f"{r['name']}={r['value']}")]
    uncovered(t, honest, [forged], ["grub_cmd", "kernel_cmdline"], expect)


@case("C", "grub-words")
def _(t):
    """Each of the words that the rule knows."""
    for words in ((b"grub_cmd: ", b"kernel_cmdline: ", b"module_cmdline: "),):
        logs = []
        for word in words:
            log = i.log()
            log.event(8, mklog.IPL, word + b"/vmlinuz ro\0", covers=b"/vmlinuz ro")
            logs.append(log)
        uncovered(t, bytes(logs[0].bytes), [bytes(b.bytes) for b in logs[1:]],
                  ["grub_cmd", "kernel_cmdline", "module_cmdline"], i.values(logs[0]))


@case("C", "grub-kind")
def _(t):
    """Nor do details of a proven record call a command the command line."""
    log = i.log()
    log.event(8, mklog.IPL, b"kernel_cmdline: echo\0", covers=b"echo")
    a = t.run("show", "--json", t.file(bytes(log.bytes)), *i.values(log))
    for e in a.events:
        if e["proven"] and e["measured"]:
            trusted = e["details"].get("trusted", e["details"])
            a.check(trusted.get("kind") != "kernel-cmdline", f"details say {e['details']}")


@case("C", "ima-template")
def _(t):
    """The name of IMA's template."""
    honest = (i.DATA / "adversary/ima-template.bin").read_bytes()
    forged = (i.DATA / "adversary/ima-template-renamed.bin").read_bytes()
    replay = t.honest("replay", "--json", "adversary/ima-template.bin").json
    expect = [w for r in replay["registers"] for w in
              ("--expect", f"{r['name']}:{r['alg']}={r['value']}")]
    uncovered(t, honest, [forged], ["ima-buf", "ima-sig"], expect)


@case("C", "ima-templates")
def _(t):
    """Another list of fields over the same bytes."""
    data = i.mkima.sha256(7), b"kexec-cmdline", b"root=/dev/vda1"
    honest, value = i.ima(mkima.Record("ima-buf", *data))
    forged = []
    for name in "ima-sig", "d-ng|n-ng|sig":
        record = mkima.Record("ima-buf", *data)
        record.template = name
        forged.append(record.binary("sha256"))
    uncovered(t, honest, forged, ["ima-", "sig"], ["--expect", f"pcr10:sha256={value.hex()}"])


@case("C", "ima-template-in-cel")
def _(t):
    """In CEL, where the template's name is a member of its own."""
    log = (i.DATA / "cel/ima.cbor").read_bytes()
    value = bytes(32)
    for data in (mkcel.BOOT_AGGREGATE, mkcel.IMA_FILE):
        value = i.h("sha256", value + i.h("sha256", data))
    value = i.h("sha256", value + b"\xff" * 32)
    forged = log.replace(b"ima-ng", b"ima-xy")
    uncovered(t, log, [forged], ["ima-ng", "ima-xy"], ["--expect", f"pcr10:sha256={value.hex()}"])


@case("C", "gpt-guids")
def _(t):
    """GUIDs that EV_EFI_GPT_EVENT2 leaves out of its digest."""
    def made(disk, part):
        log = i.log()
        log.event(5, i.GPT_EVENT2, i.gpt(disk, part), covers=i.gpt(bytes(16), bytes(16)))
        return log
    honest = made(b"D" * 16, b"P" * 16)
    forged = [made(b"\xee" * 16, b"P" * 16), made(b"D" * 16, b"\xee" * 16)]
    words = ["44444444-4444-4444", "50505050-5050-5050", "eeeeeeee-eeee-eeee"]
    uncovered(t, bytes(honest.bytes), [bytes(f.bytes) for f in forged], words, i.values(honest))


@case("C", "gpt-details")
def _(t):
    """Nor in the details of a proven record, but as claimed."""
    log = i.log()
    log.event(5, i.GPT_EVENT2, i.gpt(), covers=i.gpt(bytes(16), bytes(16)))
    a = t.run("verify", "--json", "--events", t.file(bytes(log.bytes)), *i.values(log))
    for e in a.events:
        if e["proven"] and e["measured"]:
            a.check("44444444-4444-4444" not in str(e["details"]), "details have the disk's GUID")


@case("C", "stray-byte", held=True)
def _(t):
    """Bytes behind GRUB's NUL, where one may stand."""
    def made(stray):
        log = i.log()
        log.event(8, mklog.IPL, b"grub_cmd ls\0" + stray, covers=b"ls\0")
        return log
    honest = made(b"A")
    uncovered(t, bytes(honest.bytes), [bytes(made(b"B").bytes)], [], i.values(honest))


@case("C", "separator-error")
def _(t):
    """An error separator's digest is of a constant: its data is nobody's."""
    def made(data):
        log = i.log()
        log.event(5, mklog.SEPARATOR, data, covers=struct.pack("<I", 1))
        return log
    honest = made(b"\1\0\0\0")
    uncovered(t, bytes(honest.bytes), [bytes(made(b"0k!!").bytes)], ["0k!!"], i.values(honest))


@case("C", "every-byte")
def _(t):
    """The oracle: each byte that a digest does not cover, changed; what is trusted stays."""
    logs = []
    for event, data, covers in ((i.VARIABLE_BOOT, i.variable("Boot0001", b"\1\0"), b"\1\0"),
                                (mklog.IPL, b"grub_cmd: set\0", b"set"),
                                (i.GPT_EVENT2, i.gpt(), i.gpt(bytes(16), bytes(16)))):
        log = i.log()
        log.event(5, event, data, covers=covers)
        log.event(5, mklog.EFI_ACTION, b"Exit Boot Services Invocation")
        logs.append((log, data))
    for log, data in logs:
        content = bytes(log.bytes)
        start = content.index(data)
        args = ["show", "--json", *i.values(log)]

        def trusted(made, args=args):
            a = t.run(*args, t.file(made))
            return a, [(e["record"], e["trusted_text"]) for e in a.events if e["proven"] and
                       e["binding"] == "bound" and e["measured"]]
        a, first = trusted(content)
        a.check(first, "nothing is trusted")
        step = 1 if len(data) < 100 else 5
        for at in range(start, start + len(data), step):
            a, said = trusted(i.flipped(content, at, 0x01))
            # A record that is not bound any more says nothing.
            a.check(all(s in first for s in said), f"byte {at - start} changes what is trusted")


# ---- D: order rests on types

D_QUOTE = ["--evidence", "adversary/separators.quote", "--evidence", "sig=adversary/separators.sig",
           "--evidence", "pcrs=adversary/separators.pcrs", "--evidence", "ak=tpm-twin/ak.pem",
           *i.pinned_tpm()]


@case("D", "relabelled-separators")
def _(t):
    """What the OS extended is not shown as the firmware's."""
    args = ["verify", "--json", "--events", "adversary/relabelled-separators.bin", *D_QUOTE]
    a = t.run(*args)
    for e in a.events:
        if e["register"] == "pcr7" and "SecureBoot" in (e["trusted_text"] or e["text"]):
            a.check(e["after_separator"] is not False, "SecureBoot=1 is before the separator")
    a.check(a.json.get("findings"), "no finding")
    honest = t.honest("verify", "--json", "--events", "adversary/separators.bin", *D_QUOTE).exits(0)
    said = [e["after_separator"] for e in honest.events if e["register"] == "pcr7"]
    honest.check(False in said and True in said, f"after_separator: {said}")


@case("D", "each-separator")
def _(t):
    """Whatever type a separator's digest is given, in each register, of each of its values."""
    for data in bytes(4), b"\xff" * 4, struct.pack("<I", 1):
        log = i.log()
        log.event(7, mklog.VARIABLE_DRIVER_CONFIG, mklog.SECURE_BOOT)
        log.event(7, mklog.BLOB, b"firmware", covers=data)
        log.event(7, mklog.VARIABLE_DRIVER_CONFIG, i.variable("SecureBoot", b"\0"))
        a = t.run("show", "--json", t.file(bytes(log.bytes)), *i.values(log))
        last = [e for e in a.events if e["register"] == "pcr7"][-1]
        a.check(last["after_separator"] is not False, f"{data.hex()}: shown as before")


@case("D", "none")
def _(t):
    """With none where there had to be one, nothing is before it."""
    log = i.log()
    log.event(7, mklog.VARIABLE_DRIVER_CONFIG, mklog.SECURE_BOOT)
    log.event(4, mklog.EFI_ACTION, b"Calling EFI Application from Boot Option")
    a = t.run("show", "--json", t.file(bytes(log.bytes)), *i.values(log))
    for e in a.events:
        if e["register"] in ("pcr4", "pcr7"):
            a.check(e["after_separator"] is None, f"{e['register']}: {e['after_separator']}")


@case("D", "ccel")
def _(t):
    """In a CCEL."""
    log = i.log("ccel", ["sha384"])
    log.event(1, mklog.VARIABLE_DRIVER_CONFIG, mklog.SECURE_BOOT)
    log.event(1, mklog.BLOB, b"firmware", covers=bytes(4))
    log.event(1, mklog.VARIABLE_DRIVER_CONFIG, i.variable("SecureBoot", b"\0"))
    a = t.run("show", "--json", t.file(bytes(log.bytes)), *i.values(log))
    last = [e for e in a.events if e["register"] == "rtmr0"][-1]
    a.check(last["after_separator"] is not False, "shown as before")


# ---- E: logs

@case("E", "diff-unknown-bank")
def _(t):
    """Logs that differ in every record of a bank that nobody can compute."""
    t.run("diff", "adversary/unknown-bank-a.bin", "adversary/unknown-bank-b.bin").exits(1, 4)
    t.run("diff", "--json", "adversary/unknown-bank-a.bin",
          "adversary/unknown-bank-b.bin").exits(1, 4)


@case("E", "diff-nv")
def _(t):
    """Extensions of NV indices."""
    def nv(text):
        return t.file(mkcel.to_json([mkcel.Record(
            None, [("sha256", i.h("sha256", text))], "systemd", text, nv=0x20000001)]))
    t.run("diff", f"cel-json={nv(b'one')}", f"cel-json={nv(b'two')}").exits(1, 4)


@case("E", "diff-some-of-many-banks")
def _(t):
    """A known bank that agrees does not excuse another that differs."""
    def made(word):
        log = i.log("tcg2", ["sha256", "unknown"])
        log.event(4, i.ACTION, b"one", digests=[("sha256", i.h("sha256", b"one")),
                                                ("unknown", i.h("unknown", word))])
        return t.file(bytes(log.bytes))
    t.run("diff", made(b"one"), made(b"two")).exits(1, 4)


FAILS_ONCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The n-th read of standard input fails, that one and no other. */
ssize_t read(int fd, void *buf, size_t n)
{
	ssize_t (*next)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	static int count;

	if (fd == 0 && ++count == atoi(getenv("FAIL_READ"))) {
		errno = atoi(getenv("FAIL_ERRNO"));
		return -1;
	}
	return next(fd, buf, n);
}
"""


@case("E", "failed-read")
def _(t):
    """One read that fails is no end of a log, in any format: EIO, and EAGAIN."""
    compiler = shutil.which("cc")
    if not compiler:
        raise Skip("needs a compiler")
    preload = t.tmp / "fails.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-x", "c", t.file(FAILS_ONCE), "-o", preload,
                    "-ldl"], check=True, capture_output=True)
    text = i.Text().sync().line(*[f"record {n} " + "x" * 60 for n in range(3000)])
    ima, _value = i.ima(*[i.ima_ng(b"/usr/bin/app", n % 200) for n in range(2000)])
    listed = b"".join(i.ima_ng(b"/usr/bin/app", n % 200).text("sha256") for n in range(2000))
    tpm = i.log()
    for n in range(2000):
        tpm.event(n % 8, mklog.EFI_ACTION, b"record %d " % n + b"x" * 40)
    cel_log = mkcel.to_cbor([mkcel.measure(n % 8, 5, b"record %d" % n) for n in range(2000)])
    logs = (("text,rtmr3=-", text.text), ("ima=-", ima), ("ima-ascii=-", listed),
            ("tcg2=-", bytes(tpm.bytes)), ("cel-cbor=-", cel_log),
            ("text,rtmr3=-", (i.DATA / "adversary/failed-read-text.log").read_bytes()),
            ("tcg1=-", (i.DATA / "adversary/failed-read-tcg1.bin").read_bytes()))
    for error in errno.EIO, errno.EAGAIN:
        for log, content in logs:
            for n in 1, 2, 3, 4:
                env = {"LD_PRELOAD": str(preload), "FAIL_READ": str(n), "FAIL_ERRNO": str(error),
                       "ASAN_OPTIONS": command.ENV.get("ASAN_OPTIONS", "") +
                                       ":verify_asan_link_order=0"}
                # A log that ends before its n-th read has none that fails.
                a = t.run("replay", log, stdin=content, env=env)
                reads = len(content) // 65536 + 1
                if n <= reads:
                    a.check(a.code == 5, f"{log}, read {n}, errno {error}: exit {a.code}")


@case("E", "made-up-sync")
def _(t):
    """A story that begins with a made-up SYNC is not anchored in a firmware log."""
    value = (i.DATA / "adversary/made-up-sync.value").read_text().strip()
    a = t.run("verify", "--json", "rtmr3=adversary/made-up-sync-1.log",
              "rtmr3=adversary/made-up-sync-2.log", "--expect", f"rtmr3={value}").exits(4)
    a.row("rtmr3", anchor="sync-unanchored", gaps=["unanchored"])


@case("E", "manifest-of-escapes")
def _(t):
    """Register names of a manifest are the host's to choose."""
    text = (i.DATA / "adversary/manifest-of-escapes.txt").read_bytes()
    args = ["registers", "--expect", f"mrconfigid={hashlib.sha384(text).hexdigest()}",
            "--manifest", "mrconfigid=adversary/manifest-of-escapes.txt"]
    for more in [], ["--json"]:
        a = t.run(*args, *more)
        a.check(not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ufffd]", a.out + a.err),
                "raw bytes in the output")


@case("E", "fifo")
def _(t):
    """A FIFO in an attest folder or below --root is refused, not waited for."""
    t.file((i.TWIN / "quote-v4.bin").read_bytes(), "attest/evidence.bin")
    t.file("{}", "attest/attest.json")
    os.mkfifo(t.tmp / "attest/log.cel")
    t.run("verify", t.tmp / "attest", limit=5).exits(5)
    tree = t.tree("tdx-6.16")
    log = tree / "sys/firmware/acpi/tables/data/CCEL"
    log.unlink()
    os.mkfifo(log)
    t.run("verify", "--root", tree, limit=5).exits(5)


@case("E", "links-out-of-the-root")
def _(t):
    """A log below --root is not one outside it."""
    tree = t.tree("tdx-6.16")
    secret = t.file("root:secret\n")
    folder = tree / "run/tsmmr/tdx_guest/rtmr3"
    folder.mkdir(parents=True)
    os.symlink(secret, folder / "event_log")
    t.run("show", "runtime", "--root", tree).exits(5).lacks("secret")


@case(12, "stripped-hcrtm")
def _(t):
    """An H-CRTM event makes PCR 0 begin at 4 by its type, whether or not its data was kept."""
    cel = t.tmp / "hcrtm.json"
    t.honest("export", "good-tcg2-hcrtm.bin", "--to", "cel-json", "-o", cel).exits(0)
    records = json.loads(cel.read_text())
    bare = [r for r in records if r["content"].get("event_type") == "EV_EFI_HCRTM_EVENT"]
    for record in bare:
        record["content"]["event_data"] = ""
    cel.write_text(json.dumps(records))
    values = [t.run("replay", "--json", log).exits(0).json["registers"]
              for log in ("good-tcg2-hcrtm.bin", cel)]
    t.run("replay", cel).check(bare, "no H-CRTM event")
    was, now = ({(r["name"], r["alg"]): r["value"] for r in v} for v in values)
    t.run("replay", cel).check(was == now, f"{was} became {now}")
