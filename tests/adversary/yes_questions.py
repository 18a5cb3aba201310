# SPDX-License-Identifier: BSD-2-Clause
"""Lines 2, 3, 8, 12, 14: what is asked, and what may not take it away."""

import os

import inputs as i
from command import case
from inputs import mkcose, mkquote, root
from yes_evidence import (ARK, CCEL, CERTS, CPAK, MEASUREMENT, MRTD, NITRO_ROOT, PCR0, QUOTE, SNP,
                          TPM_LOG, WRONG)

ANSWER = [CCEL, "--evidence", QUOTE, *root()]
BAD_MRTD = WRONG * 48
TREE = "sys/devices/virtual/misc/tdx_guest/measurements"
PCRS = "sys/class/tpm/tpm0/pcr-sha256"
NITRO = ["--platform", "nitro", "pcr16=cose/nitro-pcr16.log", "--evidence", "cose/nitro.cbor",
         *NITRO_ROOT]


def changed_ccel(t):
    """A digest of rtmr0 is another."""
    log = bytearray((i.TWIN / "CCEL.data").read_bytes())
    log[100:104] = b"\0\xff\0\xff"
    return t.file(bytes(log))


# ---- 2: options that take questions away

@case(2, "reference-adds")
def _(t):
    """A right MRTD does not excuse a log that explains nothing."""
    args = [changed_ccel(t), "--evidence", QUOTE, *root()]
    t.run("verify", *args).exits(1)
    a = t.run("verify", "--json", *args, "--expect", f"mrtd={MRTD}").exits(1)
    a.row("rtmr0", asked=True, status="mismatch").row("mrtd", status="equal")


@case(2, "reference-keeps-asked")
def _(t):
    """The log's registers are still asked about."""
    a = t.run("verify", "--json", *ANSWER, "--expect", f"mrtd={MRTD}").exits(0)
    for name in "rtmr0", "rtmr1", "rtmr2", "rtmr3", "mrtd":
        a.row(name, asked=True)


@case(2, "wrong-reference-beside-require")
def _(t):
    """A wrong MRTD, or MRCONFIGID, beside --require."""
    for name in "mrtd", "mrconfigid", "mrseam", "initial-vm-state", "rtmr3":
        args = ["--require", "rtmr0-2", "--expect", f"{name}={BAD_MRTD}"]
        t.run("verify", *ANSWER, *args).exits(1).says(BAD_MRTD)
        t.run("explain", *ANSWER, *args).exits(1)
    a = t.run("verify", "--json", *ANSWER, "--require", "rtmr0-2",
              "--expect", f"mrtd={BAD_MRTD}").exits(1)
    a.row("mrtd", status="mismatch", asked=True, expected=MRTD).because("reference", "mrtd")
    t.run("verify", "--json", *ANSWER, "--require", "rtmr0-2",
          "--expect", "mrtd=" + "15" * 48).exits(1)


@case(2, "wrong-reference-and-allow")
def _(t):
    """--allow never outweighs a reference."""
    for allow in "mrtd:no-log", "no-log", "no-log,data-mismatch,missing-image,unlogged":
        t.run("verify", *ANSWER, "--expect", f"mrtd={BAD_MRTD}", "--allow", allow,
              "--require", "rtmr0-2,mrtd").exits(1)
        t.run("verify", *ANSWER, "--expect", f"mrtd={BAD_MRTD}", "--allow", allow,
              "--require", "rtmr0-2").exits(1)


@case(2, "wrong-reference-other-platforms")
def _(t):
    """On every platform."""
    t.run("verify", *NITRO, "--require", "pcr16", "--expect", f"pcr0={WRONG * 48}").exits(1)
    t.honest("verify", *NITRO, "--require", "pcr16", "--expect", f"pcr0={PCR0}").exits(0)
    tpm = [TPM_LOG, *i.tpm_quote(t, i.tpm_values()), *i.pinned_tpm()]
    t.run("verify", *tpm, "--require", "pcr0", "--expect", f"pcr23:sha256={WRONG * 32}").exits(1)
    t.run("verify", *tpm, "--require", "pcr0", "--expect", f"pcr4:sha256={WRONG * 32}").exits(1)
    cca = ["text,rem0:sha256=" + t.file(b""), "--platform", "cca", "--evidence",
           "cose/cca-399.cbor", *CPAK]
    t.run("verify", *cca, "--expect", f"rim={WRONG * 32}", "--require", "rem2").refuses()


@case(2, "wrong-reference-live")
def _(t):
    """Of a machine."""
    for more in [], ["--require", "rtmr0"], ["--require", "rtmr0", "--allow", "mrtd:no-log"]:
        t.run("verify", "--root", "sysfs/tdx-6.16", *more, "--expect", f"mrtd={BAD_MRTD}").exits(1)
    t.honest("verify", "--root", "sysfs/tdx-6.16", "--expect", f"mrtd={MRTD}").exits(0)


@case(2, "only-hides")
def _(t):
    """--only and --alg hide nothing that is asked by name."""
    expect = ["--expect", f"mrtd={BAD_MRTD}"]
    t.run("verify", *ANSWER, "--only", "rtmr0", *expect).exits(2)
    t.run("verify", *ANSWER, "--only", "rtmr0", "--expect", f"mrtd={MRTD}").exits(2)
    t.run("verify", *ANSWER, "--only", "rtmr0", "--require", "rtmr1").exits(2)
    t.run("verify", *ANSWER, "--alg", "sha256", *expect).exits(2)
    t.run("verify", "--root", "sysfs/tpm", "--alg", "sha256",
          "--expect", f"pcr0:sha1={'00' * 20}").exits(2)
    t.run("explain", *ANSWER, "--only", "rtmr0", *expect).exits(2)


@case(2, "empty")
def _(t):
    """An empty list, file or string asks nothing, and that is no question."""
    empty = t.file("")
    for option in ("--expect", "--require", "--trust-root", "--nonce", "--only"):
        t.run("verify", *ANSWER, option, "").exits(2)
    t.run("verify", *ANSWER, "--expect", f"@{empty}").exits(2)
    t.run("verify", *ANSWER, "--require", ",").exits(2)
    t.run("verify", *ANSWER, "--require", "rtmr0,").exits(2)
    t.run("verify", *ANSWER, "--allow", "").exits(2)


@case(2, "empty-file")
def _(t):
    """A file without one register."""
    for text in "\n\n", "# nothing\n", "{}", "[]\n":
        t.run("verify", *ANSWER, "--expect", "@" + t.file(text)).exits(2, 3)
    t.run("verify", CCEL, "--expect", "@" + t.file("# nothing\n")).exits(2, 3)
    t.run("registers", "--expect", "@" + t.file("")).exits(2, 3)


@case(2, "keys-that-are-not-understood", held=True)
def _(t):
    """A line about a register that nobody understands is an error, not skipped."""
    right = f"mrtd={MRTD}\n"
    for line in ("rtmr9=" + "00" * 48, "mrtdd=" + "00" * 48, "pcrX=00"):
        t.run("verify", *ANSWER, "--expect", "@" + t.file(right + line + "\n")).refuses()
    t.run("verify", *ANSWER, "--expect",
          "@" + t.file(f'{{"mrtd":"{MRTD}","rtmr9":"{"00" * 48}"}}')).refuses()


@case(2, "allowed-is-not-compared")
def _(t):
    """--require of a register that was compared with nothing, and --allow no-log."""
    for allow in "no-log", "mrtd:no-log", "no-log,missing-image":
        a = t.run("verify", "--json", *ANSWER, "--require", "rtmr0-2,mrtd", "--allow",
                  allow).exits(4)
        a.row("mrtd", status="incomplete", gaps=["no-log"], accepted=False)
        a.because("gap", "mrtd")
    t.run("verify", "--evidence", QUOTE, *root(), "--require", "mrtd", "--allow",
          "no-log").exits(4)
    t.run("verify", *SNP, *CERTS, *ARK, "--require", "measurement", "--allow", "no-log").exits(4)
    t.run("verify", *NITRO, "--require", "pcr0,pcr16", "--allow", "no-log").exits(4)


@case(2, "allow-excuses-what-is-asked")
def _(t):
    """Where it is not required, no-log may be allowed."""
    log = i.log("ccel", ["sha384"])
    log.event(1, i.mklog.VARIABLE_DRIVER_CONFIG, i.mklog.SECURE_BOOT)
    quote = t.file(i.tdx_quote(rtmr0=log.registers[1, "sha384"], rtmr3=b"\x33" * 48,
                               rtmr1=bytes(48), rtmr2=bytes(48)))
    args = ["verify", t.file(bytes(log.bytes)), "--evidence", quote, *root()]
    t.honest(*args).exits(4)
    t.honest(*args, "--allow", "rtmr3:no-log").exits(0)
    t.honest(*args, "--require", "rtmr0").exits(0)
    t.run(*args, "--allow", "rtmr3:no-log", "--require", "rtmr0,rtmr3").exits(4)


@case(2, "same-register-twice", held=True)
def _(t):
    """One register, two values."""
    t.run("verify", *ANSWER, "--expect", f"mrtd={MRTD}", "--expect", f"mrtd={BAD_MRTD}").exits(2)
    t.run("verify", *ANSWER, "--expect", f"mrtd={BAD_MRTD}",
          "--expect", f"initial-vm-state={MRTD}").exits(2)
    t.honest("verify", *ANSWER, "--expect", f"mrtd={MRTD}", "--expect", f"mrtd={MRTD}").exits(0)


@case(2, "options-without-evidence")
def _(t):
    """--trust-root or --nonce without evidence."""
    t.run("verify", "--root", "sysfs/tdx-6.16", "--trust-root", "tdx-twin/root.pem").exits(2)
    t.run("verify", "--root", "sysfs/tdx-6.16", "--nonce", "01").exits(2)


@case(2, "reference-of-what-is-not-there", held=True)
def _(t):
    """A reference for a register that the evidence does not carry."""
    for name, size in (("measurement", 48), ("pcr0:sha256", 32), ("rem0:sha256", 32)):
        t.run("verify", *ANSWER, "--expect", f"{name}={'00' * size}").refuses()
    t.run("verify", *ANSWER, "--require", "rtmr0-2,pcr0").refuses()


@case(2, "untouched-required", held=True)
def _(t):
    """Required means verified or equal, not untouched."""
    t.honest("verify", *ANSWER, "--require", "rtmr0-2,rtmr3").exits(4)
    t.honest("verify", *ANSWER, "--require", "rtmr0-2,rtmr3",
             "--expect", "rtmr3=" + "00" * 48).exits(0)


# ---- 3: a register that cannot be read

def unreadable(t, name, *more, alg=None, **how):
    a = t.run("verify", "--json", "--root", *more, **how).exits(4)
    a.row(name, alg, status="no-evidence", gaps=["unreadable"], asked=True).because("gap", name)
    return a


def as_folder(path):
    path.unlink()
    path.mkdir()


@case(3, "directory")
def _(t):
    """A directory stands where the register was, whose log has 13 events."""
    tree = t.tree("tdx-6.16")
    t.honest("verify", "--root", tree).exits(0)
    as_folder(tree / TREE / "rtmr0:sha384")
    unreadable(t, "rtmr0", tree)
    t.run("verify", "--root", tree).exits(4)
    t.run("verify", "--root", tree, "--require", "rtmr0-2").exits(4)
    t.run("verify", "--root", tree, "--require", "rtmr0-2",
          "--allow", "unreadable,no-log").refuses()
    t.run("verify", "--root", tree, "--expect", f"rtmr0={'00' * 48}", "--allow",
          "no-log").refuses()
    t.run("explain", "--root", tree).exits(4)


@case(3, "mode")
def _(t):
    """Mode 0600 of root's, and nobody looks."""
    tree = t.tree("tdx-6.16")
    os.chmod(tree / TREE / "rtmr0:sha384", 0)
    unreadable(t, "rtmr0", tree, **t.unprivileged())
    a = t.run("verify", "--root", tree, **t.unprivileged()).exits(4)
    a.check("rtmr0" in a.last, f"the last line is: {a.last}")


@case(3, "no-events")
def _(t):
    """One that no log has an event of."""
    tree = t.tree("tdx-6.16")
    as_folder(tree / TREE / "rtmr3:sha384")
    unreadable(t, "rtmr3", tree)


@case(3, "all", held=True)
def _(t):
    """None can be read."""
    tree = t.tree("tdx-6.16")
    for n in range(4):
        as_folder(tree / TREE / f"rtmr{n}:sha384")
    t.run("verify", "--root", tree, "--allow", "no-log").exits(4, 5)


@case(3, "short")
def _(t):
    """Bytes that are no value."""
    tree = t.tree("tdx-6.16")
    for content in b"", b"\0" * 47, b"\0" * 49:
        (tree / TREE / "rtmr0:sha384").write_bytes(content)
        t.run("verify", "--root", tree).refuses()


@case(3, "tpm")
def _(t):
    """A TPM's."""
    tree = t.tree("tpm")
    as_folder(tree / PCRS / "4")
    unreadable(t, "pcr4", tree, alg="sha256")
    t.run("verify", "--root", tree, "--require", "pcr0-7:sha256").exits(4)
    t.run("verify", "--root", tree, "--require", "pcr0-7:sha256", "--allow", "no-log").refuses()


@case(3, "tpm-mode")
def _(t):
    """A TPM's, by its mode."""
    tree = t.tree("tpm")
    os.chmod(tree / PCRS / "7", 0)
    unreadable(t, "pcr7", tree, alg="sha256", **t.unprivileged())


@case(3, "kernel-log")
def _(t):
    """One whose kernel keeps its log."""
    tree = t.tree("rfc")
    as_folder(tree / "sys/kernel/tsm/measurement-example/rtmr0/digest")
    a = t.run("verify", "--json", "--root", tree, "--allow", "off-log-extend").exits(4)
    a.row("rtmr0", status="no-evidence", gaps=["unreadable"])


@case(3, "launch")
def _(t):
    """A launch register is asked about only when somebody asks."""
    tree = t.tree("tdx-6.16")
    as_folder(tree / TREE / "mrtd:sha384")
    t.honest("verify", "--root", tree).exits(0)
    a = t.run("verify", "--json", "--root", tree, "--expect", f"mrtd={MRTD}").exits(4)
    a.row("mrtd", status="no-evidence", gaps=["unreadable"])


@case(3, "allowed", new=True)
def _(t):
    """--allow unreadable excuses, and satisfies nothing that is named."""
    tree = t.tree("tdx-6.16")
    as_folder(tree / TREE / "rtmr0:sha384")
    args = ["verify", "--root", tree, "--allow", "unreadable"]
    t.honest(*args).exits(0)
    t.honest(*args, "--require", "rtmr1-2").exits(0)
    t.run(*args, "--require", "rtmr0-2").exits(4)
    t.run(*args, "--expect", f"rtmr0={i.twin_registers()['rtmr0'].hex()}").exits(4)
    t.run("verify", "--root", tree, "--allow", "rtmr1:unreadable").exits(4)


@case(3, "capture")
def _(t):
    """capture of such a machine, and what it leaves."""
    tree = t.tree("tdx-6.16")
    as_folder(tree / TREE / "rtmr0:sha384")
    out = t.tmp / "copy"
    t.run("capture", "--root", tree, "-o", out).exits(4, 5)
    if out.exists():
        t.run("verify", "--root", out).refuses()


@case(3, "capture-mode")
def _(t):
    """The same by its mode."""
    tree = t.tree("tdx-6.16")
    os.chmod(tree / TREE / "rtmr0:sha384", 0)
    who = t.unprivileged()
    os.chmod(t.tmp, 0o777)
    out = t.tmp / "copy"
    t.run("capture", "--root", tree, "-o", out, **who).exits(4, 5)
    if out.exists():
        t.run("verify", "--root", out).refuses()


@case(3, "registers")
def _(t):
    """registers lists it, and says so."""
    tree = t.tree("tdx-6.16")
    as_folder(tree / TREE / "rtmr0:sha384")
    a = t.run("registers", "--json", "--root", tree).exits(0, 4)
    a.row("rtmr0", readable=False, value=None)


# ---- 8

@case(8, "only-names-nothing")
def _(t):
    """A list that names nothing of the input is an error in every verb."""
    for verb in (["show", CCEL], ["replay", CCEL], ["verify", *ANSWER], ["explain", *ANSWER],
                 ["diff", CCEL, CCEL], ["registers", "--evidence", QUOTE]):
        for only in "pcr0", "RTMR0", "rtmr0,pcr7", "pcr0,7":
            a = t.run(*verb, "--only", only)
            a.check(a.code in (2, 5) and a.err, f"--only {only}: exit {a.code}")
    t.run("verify", *ANSWER, "--only", "RTMR0").complains("rtmr0")


@case(8, "replay-image-differs")
def _(t):
    """replay of a realm's log with another kernel than it names."""
    args = ["replay", "launch/realm-sha256.bin", "--image", "initrd=launch/initrd.bin",
            "--image", "dtb=launch/dtb.bin", "--image"]
    t.honest(*args, "kernel=launch/kernel.bin").exits(0)
    kernel = t.file(i.flipped((i.DATA / "launch/kernel.bin").read_bytes(), 100))
    t.run(*args, f"kernel={kernel}").refuses()
    t.run(args[0], "--json", *args[1:], f"kernel={kernel}").refuses().finds("IMAGE_DIFFERS")


# ---- 12: order

@case(12, "order", held=True)
def _(t):
    """The order of logs does not matter."""
    text = i.Text(value=None).sync().line("example.org/app start")
    quote = ["--evidence", t.file(i.tdx_quote(rtmr3=text.value)), *root()]
    logs = [CCEL, "text,rtmr3=" + t.file(text.text)]
    first = t.run("verify", *logs, *quote).exits(0)
    other = t.run("verify", *logs[::-1], *quote).exits(0)
    other.check(first.last == other.last, f"the last line is: {other.last}")


@case(12, "order-of-segments")
def _(t):
    """Segments of one register's log are put in order by their SYNC lines."""
    text = i.Text().sync().line("one")
    first, text.text = text.text, b""
    text.sync().line("two")
    logs = ["text,rtmr3=" + t.file(first), "text,rtmr3=" + t.file(text.text)]
    args = ["--platform", "tdx", "--expect", f"rtmr3={text.value.hex()}"]
    t.run("verify", *logs, *args).exits(0)
    t.run("verify", *logs[::-1], *args).exits(0)


@case(12, "order-behind-firmware")
def _(t):
    """A text log that goes on where the firmware's ends, given first."""
    text = i.Text(value=i.twin_registers()["rtmr2"]).sync().line("example.org/app start")
    quote = ["--evidence", t.file(i.tdx_quote(rtmr2=text.value)), *root()]
    logs = [CCEL, "text,rtmr2=" + t.file(text.text)]
    t.honest("verify", *logs, *quote).exits(0)
    a = t.run("verify", "--json", *logs[::-1], *quote).exits(0)
    a.row("rtmr2", status="verified")


@case(12, "two-banks")
def _(t):
    """A register held by two banks: each is judged, and the strong ones decide."""
    args = [TPM_LOG, *i.tpm_quote(t, i.tpm_values(), algs=(4, 11)), *i.pinned_tpm()]
    a = t.run("verify", "--json", *args).exits(0)
    a.row("pcr0", "sha256", status="verified", asked=True)
    a.row("pcr0", "sha1", asked=False)
    banks = i.tpm_values()
    banks["sha256"][4] = bytes(32)
    t.run("verify", TPM_LOG, *i.tpm_quote(t, banks, algs=(4, 11)), *i.pinned_tpm()).exits(1)


# ---- 14: a wrong word

@case(14, "both-values")
def _(t):
    """A value that differs is shown beside the one that was asked for."""
    for verb in "verify", "explain":
        a = t.run(verb, *ANSWER, "--expect", f"mrtd={BAD_MRTD}").exits(1)
        a.check(BAD_MRTD in a.out + a.err and MRTD in a.out + a.err, "one of the values is missing")
    a = t.run("verify", "--json", *ANSWER, "--expect", f"mrtd={BAD_MRTD}")
    for row in a.rows("mrtd"):
        a.check((row.get("reference") or {}) == {"values": [BAD_MRTD], "set": None}
                if isinstance(row.get("reference"), dict) else False,
                f"reference is {row.get('reference')}")
        a.check(row["expected"] == MRTD, f"expected is {row['expected']}")


@case(14, "not-covered")
def _(t):
    """Which required register is not covered."""
    a = t.run("verify", *NITRO, "--require", "pcr16,pcr17").exits(4)
    a.check("pcr17" in a.last, f"the last line is: {a.last}")
    t.run("verify", "--json", *NITRO, "--require", "pcr16,pcr17").because("not-covered", "pcr17")


@case(14, "no-pcr-values")
def _(t):
    """A quote without values: that is what is missing."""
    a = t.run("verify", "good-tcg1.bin",
              *i.tpm_quote(t, i.tpm_values(), [9, 10], with_values=False), *i.pinned_tpm())
    a.refuses().lacks("nothing to compare with")
    a.check("value" in a.out + a.err, "nothing is said of PCR values")


@case(14, "tpm-without-signature")
def _(t):
    """A quote without signature or key is not worded as one with."""
    a = t.run("verify", TPM_LOG, "--evidence", "tpm-twin/quote.bin",
              "--evidence", "pcrs=tpm-twin/pcrs.tools").exits(4)
    a.lacks(" signed,", "decoded", "authenticated to")
    t.run("registers", "--json", "--evidence", "tpm-twin/quote.bin",
          "--evidence", "pcrs=tpm-twin/pcrs.tools").row("pcr0", trust="unsigned")


@case(14, "bytes-above-7f")
def _(t):
    """What is not ASCII is still what it was."""
    for args in (["verify", CCEL, "--require", "rtmr…"], ["verify", CCEL, "--expect", "…=00"],
                 ["verify", CCEL, "--allow", "…"], ["show", CCEL, "--only", "é"]):
        a = t.run(*args).refuses()
        a.check("?" not in a.err.split("\n")[0], f"it says {a.err.splitlines()[:1]}")
    t.run("show", t.tmp / "…").exits(5).lacks("?")


@case(14, "long-name")
def _(t):
    """The library's own “…” is one."""
    a = t.run("verify", CCEL, "--require", "r" * 80).exits(2)
    a.lacks("?")


@case(14, "below-min-trust-says-4")
def _(t):
    """Weaker than asked is incomplete, not refused."""
    t.run("verify", CCEL, "--evidence", QUOTE, "--min-trust", "authenticated").exits(4)
    t.run("verify", CCEL, "--evidence", "tdx-twin/tdreport.bin", "--min-trust",
          "authenticated").exits(4)


@case(2, "another-provider-of-the-name")
def _(t):
    """A driver that shows a register called rtmr1 takes no question off the guest's own."""
    for untrue in False, True:
        machine = t.tree("tdx-6.16")
        sample = machine / TREE.replace("tdx_guest", "sample")
        sample.mkdir(parents=True)
        (sample / "rtmr1:sha384").write_bytes((machine / TREE / "rtmr1:sha384").read_bytes())
        if untrue:
            (machine / TREE / "rtmr1:sha384").write_bytes(b"\x01" * 48)
        a = t.run("verify", "--json", "--root", machine, "--require", "rtmr1,rtmr0")
        a.check(a.code in (1, 4), f"exit {a.code}: the sample's register has no log")
        if untrue:
            a.exits(1)
