# SPDX-License-Identifier: BSD-2-Clause
"""Known values: what is appraised is proven and in a list, record by record."""

import hashlib
import json
import pathlib
import struct
import time

import inputs as i
from command import case
from inputs import mkcose, root
from yes_evidence import CCEL, MRTD, QUOTE, TPM_LOG, WRONG

ANSWER = [CCEL, "--evidence", QUOTE, *root()]
PINNED = ["--expect", f"mrtd={MRTD}"]
# Of the records of the twin: the kernel, by its digest in RTMR1, and the initrd.
KERNEL, INITRD = "record 11 rtmr1", "record 22 rtmr2"


def unknown_of(t, *args):
    """The list that --write-unknown makes, as lines."""
    path = t.tmp / f"unknown{len(list(t.tmp.iterdir()))}"
    t.honest("appraise", *args, "--write-unknown", path).exits(4)
    return path.read_text().splitlines() if path.exists() else []


def known(t, lines, option="--known"):
    return [option, "sums=" + t.file("\n".join(lines) + "\n")]


@case("K", "list-appraises", new=True)
def _(t):
    """What was unknown, handed in, with the firmware pinned."""
    lines = unknown_of(t, *ANSWER)
    a = t.honest("appraise", *ANSWER, *PINNED, *known(t, lines)).exits(0)
    a.ends("appraised: known: rtmr0 (13) rtmr1 (9) rtmr2 (2)", "launch: pinned")
    # Without any list: only what is built in.
    t.run("appraise", *ANSWER, *PINNED).exits(4).ends(
        "NOT APPRAISED: unknown: rtmr0 (11) rtmr1 (1) rtmr2 (2)")


@case("K", "launch-unknown", new=True)
def _(t):
    """Firmware of somebody's own extends whatever it likes."""
    lines = known(t, unknown_of(t, *ANSWER))
    a = t.run("appraise", "--json", *ANSWER, *lines).exits(4).because("gap", "mrtd")
    a.check(a.json["launch"] == "unknown", "launch is said to be " + a.json["launch"])
    t.run("appraise", *ANSWER, *lines, "--require", "rtmr0-2").exits(4)
    # MRSEAM says nothing of the firmware.
    t.run("appraise", *ANSWER, *lines, "--expect", "mrseam=" + "15" * 48).refuses()
    t.run("appraise", *ANSWER, *lines, "--expect", f"mrtd={WRONG * 48}").exits(1)
    t.honest("appraise", *ANSWER, *lines, "--allow", "launch-unknown").exits(0)
    t.honest("appraise", *ANSWER, *lines, "--allow", "mrtd:launch-unknown").exits(0)
    t.run("appraise", *ANSWER, *lines, "--allow", "rtmr0:launch-unknown").exits(4)


@case("K", "one-line-less", new=True)
def _(t):
    """Each line of the list is needed, and the record that lacks it is named."""
    lines = unknown_of(t, *ANSWER)
    body = [n for n, line in enumerate(lines) if not line.startswith("#")]
    for n in body:
        t.run("appraise", *ANSWER, *PINNED, *known(t, lines[:n] + lines[n + 1:])).exits(4)
    at = next(n for n in body if "Linux initrd" in lines[n])
    t.run("appraise", *ANSWER, *PINNED,
          *known(t, lines[:at] + lines[at + 1:])).exits(4).says("unknown  " + INITRD)


@case("K", "denied", new=True)
def _(t):
    """A denied record is a mismatch, though it is in another list too."""
    lines = unknown_of(t, *ANSWER)
    kernel = [line for line in lines if "BOOT_SERVICES_APPLICATION" in line]
    a = t.run("appraise", *ANSWER, *PINNED, *known(t, lines), *known(t, kernel, "--denied"))
    a.exits(1).says("denied   " + KERNEL).ends("MISMATCH: denied: rtmr1 (1)")
    # In a register that is not asked about, too, and where nothing is proven.
    t.run("appraise", *ANSWER, *known(t, kernel, "--denied"), "--require", "rtmr0").exits(1)
    t.run("appraise", CCEL, "--evidence", QUOTE, *known(t, kernel, "--denied")).exits(1)
    # The same digest in another register is another thing.
    other = [kernel[0].replace("rtmr1", "rtmr0")]
    t.honest("appraise", *ANSWER, *PINNED, *known(t, lines), *known(t, other, "--denied")).exits(0)


@case("K", "denied-retyped")
def _(t):
    """A type is not measured: a record that the log calls something else is denied all the same."""
    lines = unknown_of(t, *ANSWER)
    initrd = [line for line in lines if "Linux initrd" in line and "EV_EVENT_TAG" in line]
    assert len(initrd) == 1
    known_all = known(t, [line.replace(" EV_EVENT_TAG", "") for line in lines])
    denied = known(t, initrd, "--denied")
    log = (i.TWIN / "CCEL.data").read_bytes()
    digest = bytes.fromhex(initrd[0].split()[1].removeprefix("sha384:"))
    # The type, how many digests, and the hash stand before it.
    at = log.index(digest) - 10
    assert log[at:at + 4] == (6).to_bytes(4, "little")
    retyped = t.file(log[:at] + (13).to_bytes(4, "little") + log[at + 4:])
    answer = [retyped, *ANSWER[1:], *PINNED]
    t.honest("appraise", *answer, *known_all).exits(0)
    t.run("appraise", *answer, *known_all, *denied).exits(1).says("denied   " + INITRD)


@case("K", "text-as-separator")
def _(t):
    """Neither is it measured of a separator: any text may be called one, and is none by that."""
    lines = unknown_of(t, *ANSWER)
    log = (i.TWIN / "CCEL.data").read_bytes()
    # The type, how many digests, the hash, the digest, the size; GUID and lengths.
    at = log.index("SecureBoot".encode("utf-16le")) - 32 - 4 - 48 - 2 - 4 - 4
    assert log[at:at + 4] == (0x80000001).to_bytes(4, "little")
    secure = [line for line in lines if log[at + 10:at + 58].hex() in line]
    assert len(secure) == 1
    retyped = t.file(log[:at] + (4).to_bytes(4, "little") + log[at + 4:])
    args = [retyped, *ANSWER[1:], *PINNED]
    t.run("appraise", *args, *known(t, [line for line in lines if line != secure[0]])).exits(4)
    untyped = " ".join(secure[0].split()[:2]) + " SecureBoot"
    t.honest("appraise", *args, *known(t, [*lines, untyped])).exits(0)


@case("K", "image-as-log")
def _(t):
    """An enclave's image is chosen by who appraises, not by who is appraised."""
    folder = t.tmp / "enclave"
    eif = (t.data / "launch/app.eif").read_bytes()
    pcrs = mkcose.nitro_pcrs()
    for line in t.honest("replay", "launch/app.eif").out.splitlines():
        name, value = line.split()[0].split(":sha384=")
        pcrs[int(name.removeprefix("pcr"))] = bytes.fromhex(value)
    pcrs = {n: value for n, value in pcrs.items() if n < 3 or not any(value)}
    t.file("{}", "enclave/attest.json")
    t.file(mkcose.sign1(mkcose.nitro_payload(pcrs=pcrs), mkcose.Key("nitro leaf"), False),
           "enclave/evidence.bin")
    t.file(eif, "enclave/log.cel")
    by = ["--trust-root", "cose/nitro-root.pem", "--time", "2026-01-01T12:30:00Z",
          "--require", "pcr0-2", *known(t, ["pcr4 " + "00" * 48])]
    t.run("appraise", folder, *by).exits(4)
    t.run("appraise", folder / "log.cel", "--evidence", folder / "evidence.bin", *by).exits(4)
    t.honest("appraise", "--image", "eif=launch/app.eif", "--evidence", folder / "evidence.bin",
             *by).exits(0)


@case("K", "unproven", new=True)
def _(t):
    """A log that nobody vouches for has nothing that is known, and is not written as a list."""
    lines = known(t, unknown_of(t, *ANSWER))
    out = t.tmp / "never"
    for args in ([CCEL, "--evidence", QUOTE], [CCEL]):
        a = t.run("appraise", *args, *PINNED, *lines, "--write-unknown", out).refuses()
        a.lacks("appraised: known")
        t.run("appraise", "--json", *args, *PINNED, *lines, "--events").refuses()
    a = t.run("appraise", "--json", CCEL, "--evidence", QUOTE, *lines).exits(4)
    a.row("rtmr0", known=0, unknown=13)
    a.check(not out.exists(), "a list was written of a log that is not verified")
    # What --allow lets pass is not proven by that.
    t.run("appraise", CCEL, "--evidence", QUOTE, *PINNED, *lines, "--allow",
          "no-log,unquoted-tail,unanchored,unlogged").exits(4)


@case("K", "register-counts", new=True)
def _(t):
    """A list of one register says nothing of another, and one without a register is no list."""
    lines = unknown_of(t, *ANSWER)
    moved = [line.replace("rtmr2 ", "rtmr3 ") for line in lines]
    t.run("appraise", *ANSWER, *PINNED, *known(t, moved)).exits(4).says("unknown  " + INITRD)
    sums = [" ".join(line.split()[1:2]).removeprefix("sha384:") + "  x"
            for line in lines if not line.startswith("#")]
    t.run("appraise", *ANSWER, *PINNED, *known(t, sums)).exits(2).complains("fits every register")
    path = t.file("\n".join(sums) + "\n")
    t.honest("appraise", *ANSWER, *PINNED, "--known", f"rtmr0-2:sums={path}").exits(0)
    t.run("appraise", *ANSWER, *PINNED, "--known", f"rtmr2:sums={path}").exits(4)
    t.run("appraise", *ANSWER, *PINNED, "--known", f"rtmr9:sums={path}").exits(2)
    # The type that a list names is the record's, too.
    retyped = [line.replace("EV_EVENT_TAG", "EV_IPL") for line in lines]
    t.run("appraise", *ANSWER, *PINNED, *known(t, retyped)).exits(4)


@case("K", "changed-text", new=True)
def _(t):
    """A record whose text was changed is no longer what its digest says."""
    lines = known(t, unknown_of(t, *ANSWER))
    log = (i.TWIN / "CCEL.data").read_bytes()
    said = "SecureBoot".encode("utf-16le")
    assert log.count(said) == 1
    t.run("appraise", t.file(log.replace(said, "secureBoot".encode("utf-16le"))),
          "--evidence", QUOTE, *root(), *PINNED, *lines).refuses()
    # A separator that says something else is no separator, and no list has it.
    at = log.index(b"\4\0\0\0" + bytes(4), 100)
    t.run("appraise", t.file(log[:at + 4] + b"\1\0\0\0" + log[at + 8:]), "--evidence", QUOTE,
          *root(), *PINNED, *lines).refuses()


@case("K", "weak-bank", new=True)
def _(t):
    """A digest of a weak bank makes nothing known, and denies all the same."""
    a = t.honest("show", "--json", TPM_LOG)
    events = [e for e in a.events if e["measured"]]
    sha1 = [f"{e['register']} sha1:{e['digests']['sha1']} x" for e in events]
    sha256 = [f"{e['register']} {e['digests']['sha256']} x" for e in events]
    tree = ["--root", "sysfs/tpm", "tpm"]
    t.honest("appraise", *tree, *known(t, sha256)).exits(0)
    t.run("appraise", *tree, *known(t, sha1)).exits(4)
    t.run("appraise", *tree, *known(t, sha1), "--require", "pcr0:sha1").exits(4)
    t.run("appraise", *tree, *known(t, sha256), *known(t, sha1[:1], "--denied")).exits(1)


@case("K", "nothing-asked", new=True)
def _(t):
    """No record of a register that is asked about is no appraisal."""
    t.run("appraise", *ANSWER, *PINNED, "--require", "mrtd").exits(4)
    t.run("appraise", *ANSWER, *PINNED, "--require", "rtmr3").exits(4)
    t.run("appraise", "--evidence", QUOTE, *root(), *PINNED).exits(2)


@case("K", "hostile-lists", new=True)
def _(t):
    """Where a list is wrong, and what cannot be one."""
    def says(content, code, *words):
        t.run("appraise", *ANSWER, "--known", "sums=" + t.file(content)).exits(code).complains(
            *words)

    says("", 2, "is empty")
    says("\n", 3, "no digest in it")
    says("rtmr0 " + "00" * 48 + "\nrtmr0 xyz\n", 3, "line 2", "offset 103", "'xyz' is no digest")
    says("rtmr99 " + "00" * 48, 2, "line 1", "rtmr99")
    says("rtmr0 " + "0" * 20000, 6, "line 1")
    says("rtmr0 " + "00" * 48 + " 0x8000001 kernel\n", 3, "line 1", "'0x8000001' is no event type")
    says("rtmr0 " + "00" * 48 + " \x1b[2J\n", 4)
    for word in "sums", "sums=", "=x", "hash=x", ":sums=x", "rtmr0:=x":
        t.run("appraise", *ANSWER, "--known", word).exits(2)
    t.run("appraise", *ANSWER, "--known", "sums=nowhere").exits(5)
    t.run("verify", *ANSWER, "--known", "sums=nowhere").exits(2)
    a = t.run("appraise", "-v", *ANSWER, *known(t, ["rtmr0 " + "00" * 48 + " \x1b[2J"]))
    a.lacks("\x1b")


@case("K", "rules", new=True)
def _(t):
    """Text makes a record known where its digest covers it, and what is demanded must be there."""
    def rules(*lines):
        return ["--known", "rules=" + t.file("\n".join(lines) + "\n")]

    lines = unknown_of(t, *ANSWER)
    unbound = known(t, [line for line in lines if "(unbound)" in line])
    boot = "rtmr0 EV_EFI_VARIABLE_BOOT *", "rtmr0 EV_EFI_VARIABLE_DRIVER_CONFIG *"
    args = [*ANSWER, *PINNED, *unbound]
    t.run("appraise", *args).exits(4)
    t.honest("appraise", *args, *rules(*boot)).exits(0)
    # The same for another type, or register, or for text that nothing binds.
    t.run("appraise", *args, *rules(boot[0])).exits(4)
    t.run("appraise", *args, *rules(*[line.replace("rtmr0", "rtmr1") for line in boot])).exits(4)
    t.run("appraise", *ANSWER, *PINNED, *rules("rtmr0-2 * *")).exits(4).says("unknown  " + INITRD)
    # What must be there, and how often.
    absent = "rtmr0 EV_EFI_VARIABLE_DRIVER_CONFIG \"SecureBoot = 1\" require"
    t.run("appraise", *args, *rules(*boot, absent)).exits(4).says("lacking", "SecureBoot = 1")
    a = t.run("appraise", "--json", *args, *rules(*boot, absent)).exits(4).because("lacking")
    t.run("appraise", *args, *rules(*boot, "rtmr2 * \"Linux initrd\" require")).exits(4)
    t.run("appraise", *args, *rules(*boot, boot[0] + " once")).exits(4).says("not once")
    t.honest("appraise", *args, *rules(*boot, boot[0] + " require")).exits(0)
    # Denied, by what is bound alone.
    denied = t.file("rtmr0 EV_EFI_VARIABLE_BOOT value*\nrtmr2 * *initrd*\n")
    a = t.run("appraise", *args, *rules(*boot), "--denied", f"rules={denied}").exits(1)
    a.says("denied   record 12 rtmr0").lacks("denied   " + INITRD)


@case("K", "required-unproven", new=True)
def _(t):
    """What is required must be proven: a log that says so is none."""
    log = t.file("SYNC sha384/" + "00" * 48 + "\ncompose-hash 1234\n")
    rules = t.file("rtmr3 * SYNC*\nrtmr3 * compose-hash* require\n")
    args = [f"text,rtmr3={log}", "--known", f"rules={rules}", "--allow", "launch-unknown"]
    value = bytes(48)
    for line in pathlib.Path(log).read_bytes().splitlines():
        value = hashlib.sha384(value + hashlib.sha384(line).digest()).digest()
    t.run("appraise", *args).exits(4).says("lacking")
    t.run("appraise", *args, "--expect", "rtmr3=" + "11" * 48).exits(1).says("lacking")
    t.honest("appraise", *args, "--expect", f"rtmr3={value.hex()}").exits(0)


def attested(t, name, log):
    """A folder as attest writes it."""
    t.file("{}", f"{name}/attest.json")
    t.file((i.TWIN / "quote-v4.bin").read_bytes(), f"{name}/evidence.bin")
    t.file(log, f"{name}/log.cel")
    return str(t.tmp / name)


@case("K", "log", new=True)
def _(t):
    """Another boot's log, which verifies now, or which the caller vouches for."""
    ccel = (i.TWIN / "CCEL.data").read_bytes()
    folder = attested(t, "reference", ccel)
    a = t.honest("appraise", *ANSWER, *PINNED, "--known", f"log={folder}").exits(0)
    a.ends("appraised: known: rtmr0 (13) rtmr1 (9) rtmr2 (2)")
    t.honest("appraise", *ANSWER, *PINNED, "--known", f"unverified-log={CCEL}").exits(0)
    t.honest("appraise", *ANSWER, *PINNED, "--known", f"log={folder}", "--any-order").exits(0)
    # One that does not verify, under this very policy, is no reference.
    forged = attested(t, "forged", ccel[:100] + b"\0\xff" + ccel[102:])
    t.run("appraise", *ANSWER, *PINNED, "--known", f"log={forged}").refuses()
    t.run("appraise", CCEL, "--evidence", QUOTE, *PINNED, "--known", f"log={folder}").exits(4)
    t.run("appraise", *ANSWER, "--expect", f"mrtd={WRONG * 48}", "--known",
          f"log={folder}").refuses()
    t.run("appraise", *ANSWER, *PINNED, "--known", f"log={CCEL}").exits(2)
    t.run("appraise", *ANSWER, *PINNED, "--known", f"rtmr0:log={folder}").exits(2)
    # Nothing of it may occur.
    t.run("appraise", *ANSWER, *PINNED, "--known", f"log={folder}",
          "--denied", f"log={folder}").exits(1)


def text_log(t, *lines):
    """(how it is given, the value of RTMR3 after it)"""
    value = bytes(48)
    for line in lines:
        value = hashlib.sha384(value + hashlib.sha384(line.encode()).digest()).digest()
    return t.file("\n".join(lines) + "\n"), value.hex()


@case("K", "log-order", new=True)
def _(t):
    """The same records in the same sequence, from the first; any order only by name."""
    sync = "SYNC sha384/" + "00" * 48
    reference, _ = text_log(t, sync, "a", "b", "c", "b")
    allow = ["--allow", "launch-unknown", "--known", f"rtmr3:unverified-log={reference}"]

    def appraise(t_run, exits, *lines, more=()):
        log, value = text_log(t, sync, *lines)
        t_run("appraise", f"text,rtmr3={log}", "--expect", f"rtmr3={value}", *allow,
              *more).exits(exits)

    appraise(t.honest, 0, "a", "b", "c", "b")
    appraise(t.honest, 0, "a", "b")
    any_order = ["--any-order"]
    appraise(t.honest, 0, "b", "b", "a", more=any_order)
    for lines in (("b", "a", "c", "b"), ("a", "c"), ("b", "c", "b"), ("a", "a"), ("a", "b", "x"),
                  ("x", "a", "b"), ("a", "b", "c", "b", "b"), ("a", "b", "c", "b", "a")):
        appraise(t.run, 4, *lines)
    for lines in ("a", "a"), ("b", "b", "b"), ("x",):
        appraise(t.run, 4, *lines, more=any_order)
    # After a record that is another one, nothing is known any more.
    log, value = text_log(t, sync, "a", "x", "b")
    t.run("appraise", "--json", f"text,rtmr3={log}", "--expect", f"rtmr3={value}",
          *allow).exits(4).row("rtmr3", known=2, unknown=2)


@case("K", "pcrlock", new=True)
def _(t):
    """What systemd-pcrlock wrote of a machine appraises its log, whole components and no others."""
    folder = i.DATA / "pcrlock/pcrlock.d"
    some = ["pcrlock/binary_bios_measurements", "--expect", "@lines:pcrlock/expect.txt",
            "--require", "pcr0-6:sha256"]
    t.honest("appraise", *some, "--known", f"pcrlock={folder}").exits(0)

    def locks(change):
        """The same files, of which one is another."""
        out = pathlib.Path(t.file("")).with_suffix(".d")
        for path in sorted(folder.rglob("*.pcrlock")):
            text = json.loads(path.read_text())
            change(path.parent.name, text["records"])
            to = out / path.relative_to(folder)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(json.dumps(text))
        return ["--known", f"pcrlock={out}"]

    early = "250-firmware-config-early.pcrlock.d"
    t.honest("appraise", *some, *locks(lambda name, r: None)).exits(0)
    # One record more, one less, or two of them in another order.
    more = locks(lambda name, r: name == early and r.append(r[-1]))
    t.run("appraise", *some, *more).exits(4).says("lacking")
    t.run("appraise", *some, *locks(lambda name, r: name == early and r.pop())).exits(4)
    swapped = locks(lambda name, r: name == early and r.insert(1, r.pop(2)))
    t.run("appraise", *some, *swapped).exits(4).says("lacking")
    t.honest("appraise", *some, *swapped, "--any-order").exits(0)
    t.run("appraise", *some, "--denied", f"pcrlock={folder}").exits(2).complains("not denied")


def ima_list(names):
    """An IMA list (ima-ng, SHA-256 bank) of files whose content is their name, and PCR 10 then."""
    out, value = b"", bytes(32)
    for name in names:
        fields = b"".join(struct.pack("<I", len(f)) + f for f in
                          (b"sha256:\0" + hashlib.sha256(name.encode()).digest(),
                           name.encode() + b"\0"))
        digest = hashlib.sha256(fields).digest()
        value = hashlib.sha256(value + digest).digest()
        out += (struct.pack("<I", 10) + digest + struct.pack("<I", 6) + b"ima-ng"
                + struct.pack("<I", len(fields)) + fields)
    return out, value.hex()


@case("K", "keylime", new=True)
def _(t):
    """A file that IMA measured is known by path and digest together, where both are bound."""
    names = ["boot_aggregate", *(f"/usr/bin/program{n}" for n in range(7000)), "/tmp/x"]
    digests = {n: [hashlib.sha256(n.encode()).hexdigest()] for n in names}
    log, value = ima_list(names)
    answer = [t.file(log), "--expect", f"pcr10:sha256={value}"]

    def policy(excludes=(), **changes):
        listed = digests | {k.replace("_", "/"): v for k, v in changes.items()}
        listed = {k: v for k, v in listed.items() if v}
        text = {"meta": {"version": 1}, "release": 0, "digests": listed,
                "excludes": list(excludes), "keyrings": {}, "ima-buf": {},
                "ima": {"ignored_keyrings": [], "log_hash_alg": "sha1", "dm_policy": None},
                "verification-keys": ""}
        return ["--known", "keylime=" + t.file(json.dumps(text))]

    begin = time.monotonic()
    t.honest("appraise", "-q", *answer, *policy()).exits(0)
    took = time.monotonic() - begin
    t.honest("appraise", *answer, *policy(_tmp_x=None, excludes=["/tmp/.*"])).exits(0)
    a = t.run("appraise", *answer, *policy(_tmp_x=None)).exits(4)
    a.says("/tmp/x").ends("NOT APPRAISED: unknown: pcr10 (1)")
    # The digest of another file is not its own.
    other = digests["/usr/bin/program1"]
    t.run("appraise", *answer, *policy(_tmp_x=other)).exits(4).says("unknown", "/tmp/x")
    # Not of this register; nothing is denied by a policy; no expression that takes for ever.
    path = policy()[1].removeprefix("keylime=")
    t.run("appraise", *answer, "--known", f"pcr9:keylime={path}").exits(4)
    t.run("appraise", *answer, "--denied", f"keylime={path}").exits(2)
    t.run("appraise", *answer, *policy(excludes=["(a+)+$"])).exits(3).complains("exclude 0")
    # Text that was changed is not bound.
    changed = log.replace(b"/tmp/x\0", b"/tmp/y\0")
    t.run("appraise", t.file(changed), *answer[1:], *policy(excludes=["/tmp/.*"])).refuses()
    # A violation says nothing of its file.
    violation, _ = ima_list(["/tmp/x"])
    value = hashlib.sha256(bytes(32) + b"\xff" * 32).hexdigest()
    violation = violation[:4] + bytes(32) + violation[36:]
    t.run("appraise", t.file(violation), "--expect", f"pcr10:sha256={value}",
          *policy(excludes=["/tmp/.*"])).exits(4).says("unknown")
    assert took < 5, f"{took:.1f} s"


@case("K", "image-not-log", new=True)
def _(t):
    """An image is known where the caller chose it; as a log it is anybody's."""
    eif = "launch/app-signed.eif"
    pcr0 = t.honest("replay", "--json", eif).exits(0).rows("pcr0")[0]["value"]
    asked = ["--platform", "nitro", "--expect", "pcr0=" + pcr0]
    t.run("appraise", eif, *asked).exits(4).ends("NOT APPRAISED: unknown: pcr0 (4)")
    a = t.run("appraise", "--json", eif, *asked).exits(4).because("unknown", "pcr0")
    a.row("pcr0", known=0, unknown=4)
    t.honest("appraise", "--image", f"eif={eif}", *asked).exits(0).ends(
        "appraised: known: pcr0 (4)", "launch: pinned")


@case("K", "not-asked-is-said")
def _(t):
    """A yes about some registers says which others have records that nobody appraised."""
    lines = known(t, [line for line in unknown_of(t, *ANSWER) if not line.startswith("rtmr0 ")])
    t.run("appraise", *ANSWER, *PINNED, *lines).exits(4)
    a = t.honest("appraise", *ANSWER, *PINNED, *lines, "--require", "rtmr1-2").exits(0)
    a.ends("appraised: known: rtmr1 (9) rtmr2 (2)", "not appraised: rtmr0 (13)")


@case("K", "names-forge-nothing", new=True)
def _(t):
    """What --write-unknown writes means the same when it is handed in, whatever a record says."""
    sync = "SYNC sha384/" + "00" * 48
    log, value = text_log(t, sync, "EV_IPL x", "0x12345678 y", "(unbound) z", "a\x1b[2J\u202eb",
                          "# no record"[2:], "x" * 20000)
    args = [f"text,rtmr3={log}", "--expect", f"rtmr3={value}", "--allow", "launch-unknown"]
    lines = unknown_of(t, *args, *known(t, ["rtmr0 " + "00" * 48]))
    assert len([line for line in lines if line.startswith("rtmr3 ")]) == len(lines) - 1 == 7
    t.honest("appraise", *args, *known(t, lines)).exits(0)


@case("K", "predicted-is-a-log")
def _(t):
    """A line that would be none is not predicted; what is, verifies the log that is edited so."""
    sync = "SYNC sha384/" + "00" * 48
    log, value = text_log(t, sync, "cmd quiet", "other")
    args = [f"text,rtmr3={log}", "--expect", f"rtmr3={value}"]
    for text in "# quiet", "", "cmd\nquiet", "cmd\rquiet":
        t.run("predict", *args, "--replace-text", f"|cmd quiet|{text}|").exits(2)
    a = t.honest("predict", *args, "--replace-text", "|quiet|loud|").exits(0)
    edited, _ = text_log(t, sync, "cmd loud", "other")
    t.honest("verify", f"text,rtmr3={edited}", "--expect", "@" + t.file(a.out)).exits(0)
    # Of a log that nobody vouches for it is said.
    a = t.honest("predict", args[0], "--replace-text", "|quiet|loud|")
    a.says("nobody vouches").lacks("verified log")
