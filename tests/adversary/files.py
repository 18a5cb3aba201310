#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Files that are not files, and folders that lead elsewhere.

    files.py TOOL DATA

A FIFO, a socket, a device or a folder under the name of a file that a folder is to have is refused
at once, by its name, and what is below a root is read below it, with openat2() and without.
Nothing here may hang: each run has seconds.
"""

import ctypes
import fcntl
import json
import os
import pathlib
import re
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading

TOOL, DATA = sys.argv[1], pathlib.Path(sys.argv[2])
LIMIT_S = 20
failures = []
skipped = []

SYS_OPENAT2 = 437  # of every architecture
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LD_NR, JEQ, RET = 0x20, 0x15, 0x06  # BPF: the call's number, compare, answer
ERRNO_ENOSYS, ALLOW = 0x00050026, 0x7FFF0000


def without_openat2():
    """As on a kernel before 5.6.  In the child, before the command."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = [(LD_NR, 0, 0, 0), (JEQ, 0, 1, SYS_OPENAT2), (RET, 0, 0, ERRNO_ENOSYS),
            (RET, 0, 0, ALLOW)]
    filters = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *c) for c in code))
    program = struct.pack("@HP", len(code), ctypes.addressof(filters))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
            PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def run(*args, old=False):
    """exit status, and all that was said; None where it had to be killed."""
    try:
        done = subprocess.run([TOOL, *map(str, args)], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LIMIT_S, check=False,
                              preexec_fn=without_openat2 if old else None)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def check(name, good, detail=""):
    print(f"{'ok' if good else 'NOT OK'}  {name}{'' if good else '  ' + str(detail)}")
    if not good:
        failures.append(name)


def expect(name, code, says, *args, lacks=None, old=False):
    got, text = run(*args, old=old)
    check(name, got == code and says in text and (lacks is None or lacks not in text),
          f"exit {got}, not {code} with '{says}': {text[-300:]}")
    return text


def put(kind, path):
    """Something of that kind instead of what is there.  False: not by this user."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        s = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        os.chdir(path.parent)  # the path of a socket is short
        s.bind(path.name)
        os.chdir(here)
        s.close()
    elif kind == "folder":
        path.mkdir()
    else:
        try:
            os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero
        except PermissionError:
            skipped.append(f"a device: {path.name}")
            return False
    return True


KINDS = ["fifo", "socket", "device", "folder"]


def says(kind):
    return "s a directory" if kind == "folder" else "not a file"


def attest_folders(top):
    quote = (DATA / "tdx-twin/quote-v4.bin").read_bytes()
    for kind in KINDS:
        for file in ["evidence.bin", "log.cel", "certs.bin", "vtpm.bin", "ak.pub"]:
            folder = top / f"attest-{kind}-{file}"
            folder.mkdir()
            (folder / "attest.json").write_text("{}")
            (folder / "evidence.bin").write_bytes(quote)
            (folder / "log.cel").write_bytes(b"")
            if not put(kind, folder / file):
                continue
            for verb in ["verify"], ["explain"], ["verify", "--evidence"]:
                text = expect(f"{' '.join(verb)}: {kind} {file}", 5, says(kind), *verb, folder)
                check("  by its name", f"{folder}/{file}" in text, text[-300:])
    for file in ["evidence.bin", "log.cel"]:
        expect(f"diff: fifo {file}", 5, "not a file", "diff", top / f"attest-fifo-{file}",
               top / f"attest-fifo-{file}")
    text = expect("appraise: fifo log of a known one", 5, "not a file", "appraise",
                  DATA / "good-tcg2-sha256.bin", "--expect", "pcr0:sha256=" + "00" * 32,
                  "--known", f"log={top / 'attest-fifo-log.cel'}")
    check("  by its name", "log.cel" in text, text[-300:])


def report_folders(top):
    quote = (DATA / "tdx-twin/quote-v4.bin").read_bytes()
    for kind in KINDS:
        for file in ["outblob", "auxblob", "quote.bin", "vcek.pem"]:
            folder = top / f"report-{kind}-{file}"
            folder.mkdir()
            (folder / ("outblob" if "blob" in file else "report.bin")).write_bytes(quote)
            # A folder beside evidence is somebody's own, and its name says nothing.
            if kind == "folder" or not put(kind, folder / file):
                continue
            text = expect(f"registers --evidence: {kind} {file}", 5, "not a file", "registers",
                          "--evidence", folder)
            check("  by its name", f"{folder}/{file}" in text, text[-300:])


def lock_folders(top):
    for kind in KINDS:
        for name in "a.pcrlock", "b.pcrlock.d/a.pcrlock":
            folder = top / f"lock-{kind}-{name.replace('/', '-')}"
            (folder / name).parent.mkdir(parents=True)
            if kind == "folder" or not put(kind, folder / name):
                continue
            text = expect(f"appraise --known pcrlock: {kind} {name}", 5, "not a file", "appraise",
                          DATA / "good-tcg2-sha256.bin", "--expect",
                          "pcr0:sha256=" + "00" * 32, "--known", f"pcrlock={folder}")
            check("  by its name", f"{folder}/{name}" in text, text[-300:])


def linked_lists(top):
    """Lists are linked from where a distribution has them, and read there."""
    lists, folder, attest = DATA / "pcrlock/uki/pcrlock.d", top / "linked", top / "linked-attest"
    (folder / "x.pcrlock.d").mkdir(parents=True)
    for path in lists.iterdir():
        (folder / path.name).symlink_to(path.resolve())
    (folder / "x.pcrlock.d/a.pcrlock").symlink_to((lists / "650-uki.pcrlock").resolve())
    log = DATA / "pcrlock/uki/binary_bios_measurements"
    known = ["appraise", log, "--expect", f"@{DATA / 'pcrlock/uki/expect.txt'}", "--require",
             "pcr0-7:sha256", "--known"]
    expect("appraise: a folder of linked lists", 0, "appraised", *known, f"pcrlock={folder}")
    attest.mkdir()
    (attest / "attest.json").write_text("{}")
    (attest / "evidence.bin").symlink_to((DATA / "tdx-twin/quote-v4.bin").resolve())
    (attest / "log.cel").symlink_to((DATA / "tdx-twin/CCEL.data").resolve())
    expect("appraise: a linked log", 4, "no reference", *known, f"log={attest}")


def named_by_the_user(top):
    """A pipe that the user named is a log: it is waited for, and read."""
    fifo = top / "log.fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(
        target=lambda: fifo.write_bytes((DATA / "good-tcg2-sha256.bin").read_bytes()))
    writer.start()
    code, text = run("replay", fifo)
    check("replay of a FIFO that was named", code == 0 and "pcr" in text, (code, text[-300:]))
    writer.join()


def tree(top, name):
    to = top / name
    shutil.copytree(DATA / "sysfs/tdx-6.16", to, symlinks=True)
    return to


CCEL = "sys/firmware/acpi/tables/data/CCEL"
RTMR0 = "sys/devices/virtual/misc/tdx_guest/measurements/rtmr0:sha384"


def roots(top):
    for kind in KINDS:
        root = tree(top, f"root-{kind}")
        if put(kind, root / CCEL):
            expect(f"show --root: {kind} CCEL", 5, "ccel: ", "show", "ccel", "--root", root)
        root = tree(top, f"root-reg-{kind}")
        if put(kind, root / RTMR0):
            expect(f"verify --root: {kind} rtmr0", 4, "unreadable", "verify", "--root", root)
    for old in False, True:
        when = ", by hand" if old else ""
        for to in "/etc/passwd", "../" * 20 + "etc/passwd":
            root = tree(top, f"out{old}{len(to)}")
            (root / CCEL).unlink()
            os.symlink(to, root / CCEL)
            code, text = run("show", "ccel", "--root", root, old=old)
            check(f"CCEL -> {to[:9]}{when}", code in (3, 5) and "root:" not in text, (code, text))
            root = tree(top, f"run{old}{len(to)}")
            outside = top / f"outside{old}{len(to)}"
            outside.mkdir()
            shutil.rmtree(root / "run", ignore_errors=True)
            os.symlink(os.path.relpath(outside, root) if to[0] == "." else outside, root / "run")
            (root / RTMR0.replace("rtmr0", "rtmr3")).chmod(0o644)
            code, text = run("append", "--mr", "rtmr3", "--root", root, "record", old=old)
            check(f"append with run -> {to[:3]}{when}",
                  code == 5 and not list(outside.iterdir()), (code, text))
        root = tree(top, f"inside{old}")
        (root / CCEL).rename(root / "ccel.bin")
        os.symlink("/ccel.bin", root / CCEL)
        code, text = run("replay", "ccel", "--root", root, old=old)
        # What cannot be seen to stay inside is refused.
        check(f"a link that stays below the root{when}", code == (5 if old else 0), (code, text))


def outputs(top):
    """-o replaces what a link leads to, and refuses one that leads nowhere."""
    log, link, to = DATA / "good-tcg2-sha256.bin", top / "link", top / "target"
    link.symlink_to("target")
    expect("-o: a dangling link", 5, "leads nowhere", "replay", log, "-o", link)
    check("  nothing is made", link.is_symlink() and not to.exists())
    to.write_text("old")
    expect("-o: a link", 0, "", "replay", log, "-o", link)
    check("  its file is replaced", link.is_symlink() and "pcr" in to.read_text())
    check("  and nothing else is left", not [p for p in top.iterdir() if p.name[:2] == ".t"])


def captures(top):
    """capture writes into a folder that is nobody else's, and reads below the root alone."""
    root = tree(top, "machine")
    for name, prepare, says_it in [
            ("writable", lambda d: d.chmod(0o777), "others can write"),
            ("in use", lambda d: (d / "x").touch(), "not empty"),
            ("nobody's", lambda d: os.chown(d, 65534, 65534), "somebody else's")]:
        to = top / name
        to.mkdir()
        try:
            prepare(to)
        except PermissionError:
            skipped.append(f"a folder that is {name}")
            continue
        expect(f"capture into a folder that is {name}", 5, says_it, "capture", "--root", root,
               "-o", to)
    (top / "own").mkdir()
    (top / "to-own").symlink_to("own")
    code, text = run("capture", "--root", root, "-o", top / "to-own")
    check("capture into a link", code == 5 and not list((top / "own").iterdir()), (code, text))
    expect("capture into an empty folder", 0, "captured", "capture", "--root", root, "-o",
           top / "own")

    secret = top / "secret/ima"
    secret.mkdir(parents=True)
    (secret / "ascii_runtime_measurements").write_text("secret\n")
    security = root / "sys/kernel/security"
    shutil.rmtree(security, ignore_errors=True)
    for old in False, True:
        for link, to in (security, secret.parent), (security / "ima", secret):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(to)
            copy = top / f"copy-{old}-{link.name}"
            code, text = run("capture", "--root", root, "-o", copy, old=old)
            check(f"capture: {link.name} leads out{', by hand' if old else ''}",
                  code in (0, 5) and not list(copy.rglob("ascii_*")), (code, text))
            link.unlink()
        security.rmdir()

# What nothing may print: control characters, what turns text around, and what is no UTF-8.
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffd]")


def names(top):
    """The names of files, registers and providers are somebody's to choose, and shown escaped."""
    odd = b"\x1b[31m\xff\"\\\xe2\x80\xae\n"
    args = [["registers"], ["registers", "--json"], ["verify"], ["verify", "--json"],
            ["merge", "--to", "jsonl"], ["replay", "--json"], ["capture", "-o", top / "names-copy"],
            ["capture", "--json", "-v", "-o", top / "names-copy-2"]]
    misc = "sys/devices/virtual/misc"
    for what, at in [("provider", f"{misc}/%/measurements/rtmr0:sha384"),
                     ("register", f"{misc}/tdx_guest/measurements/%:sha384"),
                     ("hash", f"{misc}/tdx_guest/measurements/x:%"),
                     ("configfs provider", "sys/kernel/config/tsm/%/rtmr0/sha384/digest"),
                     ("TPM", "sys/class/tpm/%/pcr-sha256/0"),
                     ("bank", "sys/class/tpm/tpm0/pcr-%/0"),
                     ("log", "run/tsmmr/%/rtmr3/event_log")]:
        for kind, name in ("raw", odd), ("quotes", b"a\"b\\c<d"):
            root = tree(top, f"names-{what}-{kind}")
            path = os.path.join(os.fsencode(root), at.encode().replace(b"%", name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(b"\x01" * 48)
            for words in args:
                shutil.rmtree(words[-1], ignore_errors=True)
                code, text = run(*words, "--root", root)
                good = code is not None and not RAW.search(text)
                if "--json" in words and good:
                    for line in filter(None, text.splitlines()):
                        if line[0] == "{":
                            json.loads(line)
                check(f"{what} of {kind} names: {words[0]}", good, (code, ascii(text[-300:])))

    folder = top / "names-locks"
    folder.mkdir()
    with open(os.path.join(os.fsencode(folder), odd + b".pcrlock"), "wb") as f:
        f.write(b"{}")
    for more in [], ["--json"]:
        code, text = run("appraise", DATA / "good-tcg2-sha256.bin", "--expect",
                         "pcr0:sha256=" + "00" * 32, "--known", f"pcrlock={folder}", *more)
        check("a list's name", code and not RAW.search(text), (code, ascii(text[-300:])))



def held_lock(top):
    """A lock that somebody holds is waited for so long, and whoever holds it is named."""
    root = tree(top, "held")
    (root / RTMR0.replace("rtmr0", "rtmr3")).chmod(0o644)
    code, text = run("append", "--mr", "rtmr3", "--root", root, "record")
    check("append", code == 0, (code, text))
    with open(root / "run/tsmmr/tdx_guest/rtmr3/lock", "r+b") as f:
        fcntl.lockf(f, fcntl.LOCK_EX)
        text = expect("a lock that is held", 5, f"process {os.getpid()} holds the lock", "append",
                      "--mr", "rtmr3", "--root", root, "--lock-wait", "50", "record")
        check("  by its name", "rtmr3/lock" in text and "not extended" in text, text)
        # The second byte is the turn of who waits: of one that was stopped nobody knows for how long.
        fcntl.lockf(f, fcntl.LOCK_UN)
        fcntl.lockf(f, fcntl.LOCK_EX, 1, 1)
        expect("a lock that is free, and somebody else's turn", 0, "record", "append", "--mr",
               "rtmr3", "--root", root, "--lock-wait", "50", "record")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        top = pathlib.Path(scratch)
        attest_folders(top)
        report_folders(top)
        lock_folders(top)
        linked_lists(top)
        named_by_the_user(top)
        roots(top)
        outputs(top)
        captures(top)
        names(top)
        held_lock(top)
    for what in skipped:
        print(f"skipped: {what}")
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
