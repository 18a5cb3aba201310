# SPDX-License-Identifier: BSD-2-Clause
"""Known values and logs in which not all is as it looks: banks, copies, several logs."""

import hashlib
import json
import struct

from command import case


def known(t, lines, option="--known"):
    return [option, "sums=" + t.file("\n".join(lines) + "\n")]


def extended(alg, *digests):
    """What a register holds in the end."""
    value = bytes(hashlib.new(alg).digest_size)
    for digest in digests:
        value = hashlib.new(alg, value + digest).digest()
    return value.hex()


def template(name):
    """The data of an IMA record (ima-ng) of a file whose content is its name."""
    return b"".join(struct.pack("<I", len(f)) + f for f in
                    (b"sha256:\0" + hashlib.sha256(name.encode()).digest(),
                     name.encode() + b"\0"))


def canonical(records):
    """(SHA-1, SHA-256 or None, data) each, as records of IMA's in a canonical log."""
    return json.dumps([
        {"recnum": n, "pcr": 10,
         "digests": [{"hashAlg": alg, "digest": digest.hex()}
                     for alg, digest in (("sha1", sha1), ("sha256", sha256)) if digest],
         "content_type": "ima_template",
         "content": {"template_name": "ima-ng", "template_data": data.hex()}}
        for n, (sha1, sha256, data) in enumerate(records)])


@case("K", "padded")
def _(t):
    """Where IMA extended SHA-1 digests, padded, into a bank, no digest of that bank is proven."""
    names = ["/usr/bin/a", "/usr/bin/b"]
    data = [template(n) for n in names]
    sha1, sha256 = ([hashlib.new(alg, d).digest() for d in data] for alg in ("sha1", "sha256"))
    asked = ["--expect", "pcr10:sha256=" + extended("sha256", *(d + bytes(12) for d in sha1))]
    of_sha256 = known(t, [f"pcr10 {d.hex()} x" for d in sha256])
    of_sha1 = known(t, [f"pcr10 sha1:{d.hex()} x" for d in sha1])
    policy = ["--known", "keylime=" + t.file(json.dumps(
        {"digests": {n: [hashlib.sha256(n.encode()).hexdigest()] for n in names}}))]
    for records in ([*zip(sha1, sha256, data)], [(d, None, text) for d, text in zip(sha1, data)]):
        args = [t.file(canonical(records)), *asked]
        t.honest("verify", *args).exits(0)
        a = t.run("appraise", *args, *of_sha256).exits(4)
        a.says("are SHA-1 digests")
        t.run("appraise", *args, *policy).exits(4)
        t.run("appraise", *args, *of_sha1).exits(4)
        t.run("appraise", *args, *of_sha1, *policy).exits(4)
        # Named, so that SHA-1 counts: by its digests, and the text that they cover.
        weak = ["--min-hash", "sha1"]
        t.run("appraise", *args, *weak, *of_sha256).exits(4)
        t.honest("appraise", *args, *weak, *of_sha1).exits(0)
        t.honest("appraise", *args, *weak, *policy).exits(0)
        t.run("appraise", *args, *of_sha1[:0], *known(t, [f"pcr10 sha1:{sha1[1].hex()} x"],
                                                      "--denied")).exits(1)
    # Without data nothing says that a digest beside the one that was extended is of the same file.
    args = [t.file(canonical([(d, other, b"") for d, other in zip(sha1, sha256)])), *asked]
    t.run("verify", *args).exits(1)
    t.run("appraise", *args, *of_sha256).exits(1)
    t.run("appraise", *args, *of_sha256, "--min-hash", "sha1").exits(1)


def lines(t, *all_of):
    """(a text log of RTMR3, what the register holds then)"""
    digests = [hashlib.sha384(line.encode()).digest() for line in all_of if line[0] != "#"]
    return t.file("\n".join(all_of) + "\n"), extended("sha384", *digests)


SYNC = "SYNC sha384/" + "00" * 48


@case("K", "predicted-otherwise")
def _(t):
    """What a register will hold is not told where its log was read in another way than it is
    followed."""
    # Padded: the bank of the log's own digests is what it says.
    data = template("/usr/bin/a")
    sha1 = hashlib.sha1(data).digest()
    args = [t.file(canonical([(sha1, None, data)])),
            "--replace-text", "|/usr/bin/a|/usr/bin/b|"]
    edited = hashlib.sha256(template("/usr/bin/a").replace(b"bin/a", b"bin/b")).digest()
    a = t.run("predict", *args, "--expect",
              "pcr10:sha256=" + extended("sha256", sha1 + bytes(12))).exits(0)
    a.says("pcr10:sha1=").lacks("pcr10:sha256=").complains("padded")
    honest = "pcr10:sha256=" + extended("sha256", hashlib.sha256(data).digest())
    t.honest("predict", *args, "--expect", honest).says(
        "pcr10:sha256=" + extended("sha256", edited))
    # A virtual register, and lines that carry its digests.
    own = ["app start", "app quiet"]
    carried = ["mr_app extend sha384/" + hashlib.sha384(line.encode()).hexdigest() for line in own]
    log, value = lines(t, SYNC, *carried)
    apart, _ = lines(t, *own)
    args = [f"text,rtmr3={log}", f"text,rtmr3/mr_app:sha384={apart}", "--expect", f"rtmr3={value}"]
    for order, step in ((args, ["--drop", "0:2"]), (args, ["--drop", "1:1"]),
                        (args, ["--replace-text", "|quiet|loud|"]),
                        ([args[1], args[0], *args[2:]], ["--replace-text", "|quiet|loud|"])):
        t.run("predict", *order, *step).exits(0).lacks("sha384=").complains("is not predicted")
        a = t.run("predict", "--json", *order, *step).exits(0)
        a.check(not a.json["registers"], "a register is predicted")
    # What nobody logged before a SYNC line; and a register that was not edited.
    log, _ = lines(t, SYNC, "a quiet")
    inside = hashlib.sha384(b"inside").digest()
    before = extended("sha384", *(hashlib.sha384(line.encode()).digest()
                                  for line in (SYNC, "a quiet")), inside)
    after = hashlib.sha384(bytes.fromhex(before)
                           + hashlib.sha384(f"SYNC sha384/{before}".encode()).digest())
    log, _ = lines(t, SYNC, "a quiet", f"SYNC sha384/{before}")
    args = [f"text,rtmr3={log}", "--expect", "rtmr3=" + after.hexdigest(), "--allow", "unlogged"]
    t.run("predict", *args, "--replace-text", "|quiet|loud|").exits(0).lacks(
        "rtmr3:sha384=").complains("is not predicted")
    # What is not proven is no list either, and no failure.
    out = t.tmp / "unproven"
    t.run("appraise", *args, "--allow", "launch-unknown", "--write-unknown", out).exits(4).complains(
        "3 records are not written")
    assert all(line[0] == "#" for line in out.read_text().splitlines())


@case("K", "predicted-of-a-list")
def _(t):
    """--only and --alg are obeyed by what is predicted, too."""
    log, value = lines(t, SYNC, "quiet")
    data = template("/usr/bin/a")
    ima = t.file(canonical([(hashlib.sha1(data).digest(), None, data)]))
    for fmt in [], ["--json"]:
        args = [*fmt, ima, "--replace-text", "|/usr/bin/a|/usr/bin/b|"]
        a = t.run("predict", *args, "--alg", "sha256").exits(0).says("pcr10", "sha256")
        a.check("sha384" not in a.out, "another bank is told")
        a = t.run("predict", *args, "--only", "pcr10:sha1").exits(0).says("pcr10", "sha1")
        a.check("sha256" not in a.out, "another bank is told")
        t.run("predict", *args, "--only", "pcr11").exits(2).complains("no register here is 'pcr11'")
        t.run("predict", *args, "--only", "PCR10").exits(2)
    t.run("predict", f"text,rtmr3={log}", "--replace-text", "|quiet|loud|", "--expect",
          "rtmr3=" + value, "--only", "rtmr2").exits(2)


def firmware_log(*records):
    """(PCR, type, what the digest covers, data) each, as a log with a SHA-256 bank; the values."""
    spec = (b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, 11, 32, 0))
    out = struct.pack("<II20xI", 0, 3, len(spec)) + spec
    digests = {}
    for pcr, kind, covered, data in records:
        digest = hashlib.sha256(covered).digest()
        digests.setdefault(pcr, []).append(digest)
        out += struct.pack("<IIIH", pcr, kind, 1, 11) + digest + struct.pack("<I", len(data)) + data
    return out, [f"--expect=pcr{n}:sha256={extended('sha256', *d)}" for n, d in digests.items()]


EV_EVENT_TAG, EV_IPL, EV_EFI_VARIABLE_BOOT, EV_EFI_ACTION = 6, 0x0d, 0x80000002, 0x80000007


@case("K", "long-text")
def _(t):
    """Rules see all of a text, however little of it is shown to people."""
    def rules(line, option="--known"):
        return [option, "rules=" + t.file(line + "\n")]

    def boot(end, length):
        text = b"linux /vmlinuz " + b"quiet " * length + end
        return firmware_log((8, EV_IPL, text, b"grub_cmd: " + text + b"\0"))

    any_linux = rules('pcr8 EV_IPL "linux /vmlinuz *"')
    evil = rules('pcr8 EV_IPL "*init=/bin/sh"', "--denied")
    for length in 1, 70, 1000, 20000:
        log, values = boot(b"ro", length)
        t.honest("appraise", t.file(log), *values, *any_linux).exits(0)
        t.run("appraise", t.file(log), *values, *rules('pcr8 EV_IPL "linux *ro"')).exits(
            0 if length < 9000 else 4)
        log, values = boot(b"init=/bin/sh", length)
        t.run("appraise", t.file(log), *values, *any_linux, *evil).exits(1).says("denied")
    # What is shown and cut is the pattern of that text alone, and not of each that begins so.
    log, values = boot(b"init=/bin/sh", 70)
    a = t.run("appraise", "--json", "--events", t.file(log), *values).exits(4)
    shown = [e["event"]["text"] for e in a.json["events"] if e["event"]["measured"]][0]
    assert shown.endswith("…")
    shown = shown.removeprefix("grub_cmd: ")
    for pattern in shown, shown[:-1] + "?", shown[:-1]:
        t.run("appraise", t.file(log), *values, *rules(f'pcr8 * "{pattern}"')).exits(4)
    # Longer than rules look: denied by what may fit, and by nothing else.
    log, values = boot(b"ro", 20000)
    known_all = known(t, ["pcr8 " + hashlib.sha256(b"linux /vmlinuz " + b"quiet " * 20000
                                                   + b"ro").hexdigest() + " x"])
    t.honest("appraise", t.file(log), *values, *known_all,
             *rules('pcr8 * "other*"', "--denied")).exits(0)
    t.run("appraise", t.file(log), *values, *known_all, *evil).exits(1)


@case("K", "text-after-nul")
def _(t):
    """What comes after a NUL is covered by the digest too."""
    good = "linux /vmlinuz ro"
    for text in (f"{good}\0init=/bin/sh".encode(), f"{good}\0init=/bin/sh\0".encode()):
        for kind in EV_IPL, EV_EFI_ACTION:
            log, values = firmware_log((8, kind, text, text))
            for pattern in good, good + "?", good + " + ?? bytes":
                known_all = ["--known", "rules=" + t.file(f'pcr8 * "{pattern}"\n')]
                t.run("appraise", t.file(log), *values, *known_all).exits(4)
            known_all = ["--known", "rules=" + t.file('pcr8 * "linux *"\n')]
            t.honest("appraise", t.file(log), *values, *known_all).exits(0)
            denied = t.file("pcr8 * *init=*\n")
            t.run("appraise", t.file(log), *values, *known_all, "--denied",
                  f"rules={denied}").exits(1)
    # Bytes that are no text: how many there are knows none of them.
    binary = bytes(range(128, 148))
    log, values = firmware_log((8, EV_IPL, binary, binary))
    for pattern, code in ("20 bytes", 4), ("*bytes", 4), ("20*", 4), ("*", 0):
        rule = "rules=" + t.file(f'pcr8 * "{pattern}"\n')
        t.run("appraise", t.file(log), *values, "--known", rule).exits(code)


@case("K", "text-not-said")
def _(t):
    """What is said of structures is not all of them: it is the pattern of none."""
    def tagged(number, data):
        return struct.pack("<II", number, len(data)) + data

    def variable(name, data):
        name = name.encode("utf-16-le")
        return bytes(range(16)) + struct.pack("<QQ", len(name) // 2, len(data)) + name + data

    for pcr, kind, said, data in (
            (8, EV_EVENT_TAG, "tag 0x12345678, 20 bytes", tagged(0x12345678, bytes(range(20)))),
            (7, EV_EFI_VARIABLE_BOOT, None, variable("Foo", bytes(range(20)))),
            (7, EV_EFI_VARIABLE_BOOT, None, variable("Foo\0Bar", bytes(range(20))))):
        log, values = firmware_log((pcr, kind, data, data))
        shown = json.loads(t.honest("show", t.file(log), "--json", *values).out.splitlines()[-1])
        said = said or shown["text"]
        t.run("appraise", t.file(log), *values, "--known",
              "rules=" + t.file(f'pcr{pcr} * "{said}"\n')).exits(4)
        t.honest("appraise", t.file(log), *values, "--known",
                 "rules=" + t.file(f"pcr{pcr} * *\n")).exits(0)


@case("K", "denied-text-retyped")
def _(t):
    """A type is not measured: text that is denied is denied under any type."""
    text = b"linux /vmlinuz init=/bin/sh"
    log, values = firmware_log((8, EV_EFI_ACTION, text, text))
    known_all = ["--known", "rules=" + t.file('pcr8 * "linux /vmlinuz*"\n')]
    t.honest("appraise", t.file(log), *values, *known_all).exits(0)
    denied = t.file("pcr8 EV_IPL *init=*\n")
    t.run("appraise", t.file(log), *values, *known_all, "--denied", f"rules={denied}").exits(1)
