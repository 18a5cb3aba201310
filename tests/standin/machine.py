# SPDX-License-Identifier: BSD-2-Clause
"""What the stand-in has beside the mainline attributes: the RFC's text log, CCEL, faults.

usage: machine.py CCEL    (TSMMR_ROOT names a stand-in started with --ccel CCEL -i rtmr3=5a…)
"""
import errno
import hashlib
import os
import struct
import sys

ROOT = os.environ["TSMMR_ROOT"]
TDX = f"{ROOT}/sys/devices/virtual/misc/tdx_guest/measurements"
EXAMPLE = f"{ROOT}/sys/kernel/tsm/measurement-example"
ZERO = bytes(48)

failed = []


def check(what, good, detail=""):
    if not good:
        failed.append(what)
    print(f"{'ok' if good else 'NOT OK'}  {what}  {detail if not good else ''}".rstrip())


def get(path):
    with open(path, "rb", buffering=0) as f:
        return b"".join(iter(lambda: f.read(65536), b""))


def put(path, data):
    """One write: its count, or the error's name."""
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError as e:
        return errno.errorcode[e.errno]
    try:
        return os.write(fd, data)
    except OSError as e:
        return errno.errorcode[e.errno]
    finally:
        os.close(fd)


def control(name, text):
    assert put(f"{ROOT}/control/{name}", text.encode()) == len(text)


def sha384(data):
    return hashlib.sha384(data).digest()


def replay(log, algo="sha384", value=None):
    """The RFC's rule: every line but blank ones and comments, SYNC among them."""
    h = lambda b: hashlib.new(algo, b).digest()
    value = value or bytes(len(h(b"")))
    for line in log.split(b"\n"):
        if line.startswith(b"# .EXTEND "):
            value = h(value + bytes.fromhex(line.split()[2].decode()))
        elif line and not line.startswith(b"#"):
            if line.startswith(b"SYNC "):
                check(f"{line[:24].decode()}…", line.decode() == f"SYNC {algo}/{value.hex()}")
            value = h(value + h(line))
    return value


def golden():
    """The vector made from the RFC's code before there was this program."""
    reg = f"{EXAMPLE}/rtmr1"
    append = f"{reg}/append_event"
    count_up, ones = bytes(range(48)), b"\xff" * 48

    check("no log before the first record", get(f"{reg}/event_log") == b"")
    text = b"example.com boot one\n# a comment\n\n   indented record  \r\nlast-no-newline"
    check("append", put(append, text) == len(text))
    check("append again", put(append, b"second write\n") == 13)
    check("extend", put(f"{reg}/digest", count_up) == put(f"{reg}/digest", ones) == 48)
    check("append after extend", put(append, b"after direct\n") == 13)

    log = get(f"{reg}/event_log")
    value = get(f"{reg}/digest")
    check("golden text", log.replace(b"\n", b"$") == b"$".join([
        b"SYNC sha384/" + ZERO.hex().encode(), b"", b"example.com boot one", b"# a comment",
        b"indented record", b"last-no-newline", b"", b"second write", b"",
        b"# .EXTEND " + count_up.hex().encode(), b"# .EXTEND " + ones.hex().encode(), b"",
        b"SYNC sha384/26cedc4a6cae6157bab711cb257b4b01f7cdbd867977f8d4100d826ba84c114f"
        b"5003ee6348d3815c1e4e1cd64b890114", b"", b"after direct", b""]), log.decode())
    check("golden bytes", hashlib.sha256(log).hexdigest() ==
          "b3ebf875e67d9ea716f83b7a0d8c426d72e2ebbe6f7b941717b4702383fa7135")
    check("golden value", value.hex() ==
          "7c5db8cc0bbe7430a324b398bd3089376fcc67c90cc70f8d0659bf87237cf8a8"
          "d65a7cb317573cc2f41b7ee6d61b3ad4")
    check("golden replay", replay(log) == value)
    check("size of the log", os.stat(f"{reg}/event_log").st_size == len(log))


def text_log():
    reg = f"{EXAMPLE}/rtmr0"
    append, log = f"{reg}/append_event", lambda: get(f"{reg}/event_log")

    check("hash_algo has no newline", get(f"{reg}/hash_algo") == b"sha256")
    check("append_event is not read", put(append, b"") == 0 and os.stat(append).st_mode == 0o100200)
    check("digest is not written", put(f"{reg}/digest", bytes(32)) == "EACCES")

    check("comments alone make a SYNC", put(append, b"\n# only\n") == 8 and
          log().startswith(b"SYNC sha256/" + b"00" * 32 + b"\n\n# only\n"))
    before = log()
    check("blanks alone make nothing", put(append, b" \t\n\r\n\xa0") == 6 and log() == before)
    check("a driver's error leaves no record", (
        control("fail_write", "5"), put(append, b"lost\n"), control("fail_write", "0"),
        log())[1::2] == ("EIO", before))

    page = b"first\n" + b"x" * 5000
    check("a page is what one write takes", put(append, page) == 4096 and
          log() == before + b"\nfirst\n" + b"x" * 4090 + b"\n")
    check("replays", replay(log(), "sha256") == get(f"{reg}/digest"))

    # The hint is written first: an extend that fails leaves it.
    reg = f"{EXAMPLE}/rtmr1"
    control("fail_write", "16")
    check("failed extend", put(f"{reg}/digest", ZERO) == "EBUSY")
    control("fail_write", "0")
    check("its hint stays", get(f"{reg}/event_log").endswith(
        b"\n\n# .EXTEND " + ZERO.hex().encode() + b"\n"))


def hardware():
    """The kernel's copy of the registers, and what happens behind its back."""
    reg = f"{TDX}/rtmr3:sha384"
    start = b"\x5a" * 48

    check("start value", get(reg) == start)
    control("foreign_extend", f"rtmr3 {ZERO.hex()}\n")
    foreign = sha384(start + ZERO)
    check("a foreign extend is not seen", get(reg) == start)
    check("until something is written", put(f"{TDX}/rtmr0:sha384", ZERO) == 48 and
          get(reg) == foreign)
    check("nonsense is refused", put(f"{ROOT}/control/foreign_extend", b"rtmr9 00") == "EINVAL" and
          put(f"{ROOT}/control/fail_write", b"often") == "EINVAL")

    # An error after the extend: the kernel keeps its copy, and so shows the old value.
    control("fail_write", "-5")
    check("an error after the extend", put(reg, ZERO) == "EIO" and get(reg) == foreign)
    control("fail_write", "0")
    put(f"{TDX}/rtmr0:sha384", ZERO)
    check("which a later write shows", get(reg) == sha384(foreign + ZERO))


def rest(area):
    table = get(f"{ROOT}/sys/firmware/acpi/tables/CCEL")
    check("CCEL area", get(f"{ROOT}/sys/firmware/acpi/tables/data/CCEL") == area)
    check("CCEL table", len(table) == 56 and sum(table) % 256 == 0 and
          struct.unpack_from("<4sIB", table) == (b"CCEL", 56, 1) and
          struct.unpack_from("<BBHQ", table, 36) == (2, 0, 0, len(area)))
    with open(f"{ROOT}/run/file", "w") as f:
        f.write("text")
    check("run is writable", get(f"{ROOT}/run/file") == b"text")
    check("boot id", len(get(f"{ROOT}/proc/sys/kernel/random/boot_id")) == 37)


def main():
    golden()
    text_log()
    hardware()
    rest(get(sys.argv[1]))
    print(f"machine: {len(failed)} failed")
    return 1 if failed else 0


sys.exit(main())
