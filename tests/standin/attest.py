# SPDX-License-Identifier: BSD-2-Clause
"""attest and lock against the attester: configfs-tsm with faults, and a Nitro module.

usage: attest.py TOOL ATTESTER MKQUOTE TWIN PROBE PRELOAD|none
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../schema"))
import schema

tool, attester, mkquote, twin, probe = map(os.path.abspath, sys.argv[1:6])
preload = sys.argv[6] != "none" and os.path.abspath(sys.argv[6])
top = tempfile.mkdtemp(prefix="tsmmr-attest.")
mounts, failed = [], []
NONCE = "00112233445566778899aabbccddeeff"
MEASUREMENTS = "sys/devices/virtual/misc/tdx_guest/measurements"


def check(name, good, detail=""):
    if not good:
        failed.append(name)
    print(f"ok  {name}" if good else f"NOT OK  {name}  {detail}", flush=True)


def sha384(b):
    return hashlib.sha384(b).digest()


def put(path, data, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


def script(name, text):
    path = f"{top}/{name}"
    put(path, f"#!/bin/sh\n{text}\n".encode(), 0o755)
    return path


def mount(kind, command, where):
    """A mount of its own, or the test is skipped."""
    os.makedirs(where)
    try:
        p = subprocess.run([attester, kind, command, where], capture_output=True, text=True)
    except OSError:
        print("attest: skipped: no attester, it needs libfuse3")
        sys.exit(77)
    if p.returncode:
        print(f"attest: skipped: cannot mount here: {p.stderr.strip()}")
        sys.exit(77)
    mounts.append(where)


def leave():
    for where in mounts:
        unmount = ["umount", "-l"] if os.geteuid() == 0 else ["fusermount3", "-uz"]
        subprocess.run([*unmount, where])
    shutil.rmtree(top, ignore_errors=not mounts)


def control(where, word, n=1):
    with open(f"{where}/control", "w") as f:
        f.write(f"{word} {n}")


def run(root, *args):
    p = subprocess.run([tool, *args, "--root", root], capture_output=True, text=True)
    return p.returncode, p.stdout, p.stderr


def expect(name, root, code, *args):
    rc, out, err = run(root, *args)
    if rc == 3 and "cannot be written by this version" in err:
        print("attest: skipped: this version writes no CEL")
        sys.exit(77)
    check(name, rc == code, f"exit {rc}, not {code}: {err.strip()} {out.strip()[:400]}")
    return out, err


def verifies(reg, out, nonce):
    """What attest wrote is what verify reads."""
    if open(f"{out}/log.cel", "rb").read(1) == b"{":
        return
    args = ["verify", out, "--require", reg, "--allow-debug", "--min-trust", "signed"]
    expect(f"{reg}: nobody vouches for it", "/", 4, *args[:-2])
    expect(f"{reg}: the folder verifies", "/", 0, *args, "--nonce", nonce)
    expect(f"{reg}: not with another nonce", "/", 7, *args, "--nonce", "ff" + nonce)


def asked(root, vmpl, what):
    """The code of the library's call, without the tool."""
    p = subprocess.run([probe, "attest", str(vmpl), what], env={**os.environ, "TSMMR_ROOT": root},
                       capture_output=True, text=True, check=True)
    return p.stdout.split()[0]


def check_synced(root):
    """What makes it an attest folder is the last that the disk gets."""
    out, said = f"{top}/synced", f"{top}/said"
    env = {**os.environ, "LD_PRELOAD": preload, "SYNCED": said}
    args = [tool, "attest", "--nonce", NONCE, "--root", root, "-o"]
    p = subprocess.run([*args, out], capture_output=True, text=True, env=env)
    with open(said) as f:
        calls = [line.split()[1].replace(top, "TOP") for line in f]
    mark = "TOP/synced/attest.json"
    at = calls.index(mark) if mark in calls else 0
    check("all files are synced before attest.json", p.returncode == 0 and
          {"TOP/synced/evidence.bin", "TOP/synced/log.cel", "TOP/synced", "TOP"} <=
          set(calls[:at]), f"{p.stderr} {calls}")
    check("and then that and its name", "TOP/synced" in calls[at:], str(calls))
    p = subprocess.run([*args, f"{top}/unsynced"], capture_output=True, text=True,
                       env={**env, "SYNCED_FAIL": "log.cel"})
    check("a file that cannot be synced", p.returncode == 5 and
          not os.path.exists(f"{top}/unsynced"), p.stderr)


# -- A TDX guest: the twin's log and registers, and a runtime log that is ahead of its quote

def text_log(records, start=bytes(48)):
    """A log as append keeps it, and the register's value after each of its records."""
    sync = b"SYNC sha384/" + start.hex().encode()
    value = sha384(start + sha384(sync))
    log, values = sync + b"\n", [value]
    for r in records:
        value = sha384(value + sha384(r))
        values.append(value)
        log += b"\n" + r + b"\n"
    return log, values


def quote(registers, nonce):
    """What the platform answers from now on."""
    put(f"{top}/registers", "\n".join(registers).encode())
    subprocess.run([sys.executable, "-B", mkquote, "--kind", "v4", "--registers",
                    f"{top}/registers", "--nonce", nonce, "-o", f"{top}/quote"], check=True)


def tdx():
    root = f"{top}/tdx"
    config = f"{root}/sys/kernel/config"
    log, values = text_log([b"example.com record %d" % i for i in range(6)])
    lines = open(f"{twin}/registers-before.txt").read().splitlines()
    for line in lines:
        name, value = line.split()
        put(f"{root}/{MEASUREMENTS}/{name}", bytes.fromhex(value),
            0o644 if name.startswith("rtmr") else 0o444)
    put(f"{root}/{MEASUREMENTS}/rtmr3:sha384", values[-1])
    put(f"{root}/sys/firmware/acpi/tables/data/CCEL", open(f"{twin}/CCEL.data", "rb").read())
    put(f"{root}/run/tsmmr/tdx_guest/rtmr3/event_log", log)

    # systemd's log counts registers otherwise than the CCEL, and is ahead of the quote too.
    late = {"rtmr": 2, "digests": [{"hashAlg": "sha384", "digest": sha384(b"late").hex()}],
            "content_type": "systemd",
            "content": {"string": "late", "bootId": "00" * 16, "timestamp": 1}}
    put(f"{root}/run/log/systemd/cc-measure.log", b"\x1e" + json.dumps(late).encode() + b"\n")

    # What the quote covers is four records behind.
    given = [l for l in lines if not l.startswith("rtmr3")] + [f"rtmr3 {values[2].hex()}"]
    nonce = bytes.fromhex(NONCE).ljust(64, b"\0")
    quote(given, NONCE)
    quoter = script("quoter", f"[ $1 = {nonce.hex()} ] && exec cat {top}/quote")
    mount("report", quoter, config)
    reports = f"{config}/tsm/report"

    out = f"{top}/tdx-out"
    ack = schema.read(expect("attest", root, 0, "attest", "--json", "--nonce", NONCE, "-o", out)[0])
    check("no report is left", os.listdir(reports) == [], str(os.listdir(reports)))
    check("its files", sorted(os.listdir(out)) == ["attest.json", "evidence.bin", "log.cel"],
          str(os.listdir(out)))
    check("attest.json is what was printed", json.load(open(f"{out}/attest.json")) == ack)
    check("of a TDX guest", ack["platform"] == "tdx" and ack["nonce"] == NONCE and
          ack["evidence"] == [{"part": "quote", "file": "evidence.bin", "kind": "tdx-quote-v4"}],
          str(ack))
    rows = {r["name"]: r for r in ack["registers"]}
    check("each is verified", {n: r["status"] for n, r in rows.items()} ==
          dict.fromkeys(("rtmr0", "rtmr1", "rtmr2", "rtmr3"), "verified"), str(rows))
    check("the log is cut where the quote ends", rows["rtmr3"]["events"] == 3, str(rows["rtmr3"]))
    check("the nonce is in the quote", nonce in open(f"{out}/evidence.bin", "rb").read())

    verifies("rtmr3", out, NONCE)
    if preload:
        check_synced(root)
    expect("not into a folder in use", root, 5, "attest", "--nonce", NONCE, "-o", out)
    expect("too long a nonce", root, 2, "attest", "--nonce", "00" * 65, "-o", f"{top}/no")
    expect("no user data here", root, 2, "attest", "--nonce", NONCE, "--user-data", quoter,
           "-o", f"{top}/no")
    expect("no TPM to quote", root, 5, "attest", "--nonce", NONCE, "--platform", "tpm",
           "-o", f"{top}/no")
    expect("no evidence of another platform", root, 5, "attest", "--nonce", NONCE, "--platform",
           "cca", "-o", f"{top}/no")
    expect("lock is refused by name", root, 3, "lock", "--mr", "rtmr3")

    # Somebody extends after the quote, and the next append says so.
    ours = f"{root}/run/tsmmr/tdx_guest/rtmr3/event_log"
    later, _ = text_log([b"example.com later"], b"\xcc" * 48)
    put(ours, text_log([b"example.com record %d" % i for i in range(2)])[0] + b"\n" + later)
    ack = schema.read(expect("somebody extends", root, 0, "attest", "--json", "--nonce", NONCE,
                             "-o", f"{top}/extended")[0])
    row = [r for r in ack["registers"] if r["name"] == "rtmr3"][0]
    check("what is behind the quote is not of it", (row["events"], row["status"]) ==
          (3, "verified"), str(row))
    put(ours, log)

    # A quote that covers nothing of rtmr3, and one of a value it never had.
    for name, value, n, status, code in (("nothing", bytes(48), 0, "untouched", 0),
                                         ("something else", b"\xee" * 48, 7, "mismatch", 4)):
        quote(given[:-1] + [f"rtmr3 {value.hex()}"], NONCE)
        ack = schema.read(expect(f"covering {name}", root, code, "attest", "-q", "--json",
                                 "--nonce", NONCE, "-o", f"{top}/covers-{n}")[0])
        row = [r for r in ack["registers"] if r["name"] == "rtmr3"][0]
        check(f"covering {name}: the log", (row["events"], row["status"]) == (n, status), str(row))
    quote(given, NONCE)

    # What passes is tried again, in another directory; what stays is told.
    for i, (word, n, code) in enumerate((
            ("busy", 2, 0), ("interrupt", 3, 0), ("again", 4, 0), ("drop", 1, 0), ("foreign", 2, 0),
            ("late", 1, 0), ("remove", 1, 0), ("busy", 5, 5), ("drop", 9, 5), ("foreign", 9, 5),
            ("late", 9, 5), ("errno", 5, 5), ("errno", 22, 5), ("errno", 110, 5))):
        control(config, word, n)
        out = f"{top}/fault-{i}"
        _, err = expect(f"{word} {n}", root, code, "attest", "--nonce", NONCE, "-o", out)
        control(config, word, 0)
        check(f"{word} {n}: no report is left", os.listdir(reports) == [])
        check(f"{word} {n}: a folder only if all is well", os.path.exists(out) == (code == 0))
        check(f"{word} {n}: says where", code == 0 or "/report/" in err, err)

    # Nor is the evidence lost because of a log.
    data = f"{root}/sys/firmware/acpi/tables/data/CCEL"
    nonce = b"nonce".ljust(64, b"\0")
    quote(given, b"nonce".hex())
    put(f"{top}/quoter", f"#!/bin/sh\n[ $1 = {nonce.hex()} ] && exec cat {top}/quote\n".encode(),
        0o755)
    check("with the log", asked(root, -1, "log") == "OK")
    put(data, open(f"{twin}/CCEL.data", "rb").read()[:100])
    check("of a log that is torn", asked(root, -1, "log") == "TRUNCATED")
    check("without the log", asked(root, -1, "evidence") == "OK")
    check("TDX has no VMPL", asked(root, 0, "evidence") == "UNSUPPORTED")
    put(data, open(f"{twin}/CCEL.data", "rb").read())
    put(f"{top}/quoter", f"#!/bin/sh\nexec cat {top}/quote\n".encode(), 0o755)
    quote(given, NONCE)

    # Others may be there, of the same name even.
    os.mkdir(f"{reports}/somebody")
    expect("beside somebody else's", root, 0, "attest", "--nonce", NONCE, "-o", f"{top}/beside")
    check("theirs stays", os.listdir(reports) == ["somebody"])
    os.rmdir(f"{reports}/somebody")

    # Evidence that nobody understands.
    put(f"{top}/quoter", b"#!/bin/sh\necho nothing like a quote\n", 0o755)
    expect("not a quote", root, 3, "attest", "--nonce", NONCE, "-o", f"{top}/no")
    quote(given, "ff")
    put(f"{top}/quoter", f"#!/bin/sh\nexec cat {top}/quote\n".encode(), 0o755)
    expect("a quote for somebody else", root, 7, "attest", "--nonce", NONCE, "-o", f"{top}/no")
    check("nothing is left of those", not os.path.exists(f"{top}/no") and
          os.listdir(reports) == [])


# -- An SEV-SNP guest under an SVSM, which shows no registers

REPORT = """
import hashlib
import sys
sys.path.insert(0, %r)
import mksnp
manifest = b"manifest of c476f1eb-0123-45a5-9641-b4e7dde5bfe3"
data = hashlib.sha512(bytes.fromhex(sys.argv[1]) + manifest).digest()
sys.stdout.buffer.write(mksnp.report(5, data))
"""


def svsm():
    root = f"{top}/svsm"
    config = f"{root}/sys/kernel/config"
    put(f"{top}/report.py", (REPORT % os.path.dirname(mkquote)).encode())
    mount("report", script("snp", f"echo $2 >{top}/level\n"
                           f"exec {sys.executable} -B {top}/report.py $1"), config)
    control(config, "svsm")
    out = f"{top}/svsm-out"
    ack = schema.read(expect("attest under an SVSM", root, 0, "attest", "--json", "--nonce", NONCE,
                             "-o", out)[0])
    check("of SEV-SNP, with a manifest", ack["platform"] == "snp" and
          [(e["part"], e["file"]) for e in ack["evidence"]] ==
          [("quote", "evidence.bin"), ("manifest", "manifest.bin")], str(ack))
    check("the manifest is that of the vTPM", open(f"{out}/manifest.bin", "rb").read() ==
          b"manifest of c476f1eb-0123-45a5-9641-b4e7dde5bfe3")
    check("of the kernel's own VMPL", open(f"{top}/level").read() == "\n")
    check("of another VMPL", asked(root, 2, "log") == "OK" and
          open(f"{top}/level").read() == "2\n")
    check("nothing was logged", ack["events"] == 0 and os.path.exists(f"{out}/log.cel"))
    check("no report is left", os.listdir(f"{config}/tsm/report") == [])


# -- A Nitro enclave

DOCUMENT = """
import sys
sys.path.insert(0, %r)
import mkcose
nonce, user_data, key, *pcrs = sys.argv[1:]
unhex = lambda s: None if s == "-" else bytes.fromhex(s)
sys.stdout.buffer.write(mkcose.sign1(mkcose.nitro_payload(
    nonce=unhex(nonce), user_data=unhex(user_data), public_key=unhex(key),
    # Of an enclave that may be debugged these are zero, and evidence of it is refused.
    pcrs={int(i): bytes.fromhex(v) for i, _, v in (p.partition("=") for p in pcrs)}),
    mkcose.Key("nitro leaf"), False))
"""


def nitro():
    root = f"{top}/nitro"
    put(f"{top}/document.py", (DOCUMENT % os.path.dirname(mkquote)).encode())
    mount("nsm", script("document", f"exec {sys.executable} -B {top}/document.py \"$@\""),
          f"{root}/dev")
    os.makedirs(f"{root}/run")

    if os.geteuid() and "Bad address" in run(root, "registers")[2]:
        print("-- no module: one process may not write to another's memory here")
        return
    rows = schema.read(expect("registers", root, 0, "registers", "--json")[0])["registers"]
    check("32 PCRs", [r["name"] for r in rows] == [f"pcr{i}" for i in range(32)])
    check("as they begin", all(
        r["value"] == "00" * 48 and r["alg"] == "sha384" and r["locked"] == (i < 16) and
        r["writable_now"] == (i >= 16) for i, r in enumerate(rows)), str(rows[15:17]))

    start = bytes(48)
    record = b"example.com one"
    sync = b"SYNC sha384/" + start.hex().encode()
    after = sha384(sha384(start + sha384(sync)) + sha384(record))
    ack = schema.read(expect("append", root, 0, "append", "--json", "--mr", "pcr16",
                             record.decode())[0])
    check("extended", ack["value"] == after.hex(), str(ack))
    expect("append to what is locked", root, 5, "append", "--mr", "pcr3", "x")
    expect("verify", root, 0, "verify")

    # What is not locked is not in the document.
    def attest(name, code, *args):
        out = f"{top}/nitro-{name}"
        said, err = expect(f"attest {name}", root, code, "attest", "--json", "--nonce", "c0ffee",
                           "-o", out, *args)
        ack = schema.read(said)
        return out, {r["name"]: r for r in ack["registers"]}, err
    out, rows, err = attest("open", 4)
    check("pcr16 is not covered", not rows["pcr16"]["covered"] and "pcr16" in err, err)
    check("all of its log is there", rows["pcr16"]["events"] == 2, str(rows["pcr16"]))
    put(f"{top}/data", b"what else there is to say")
    out, _, _ = attest("data", 4, "--user-data", f"{top}/data", "--public-key", f"{top}/data")
    document = open(f"{out}/evidence.bin", "rb").read()
    check("the document has it", document.count(b"what else there is to say") == 2)
    check("the nonce is as it was given", b"\x65nonce\x43\xc0\xff\xee" in document)
    check("nothing was locked", schema.read(run(root, "registers", "--json")[1])
          ["registers"][16]["locked"] is False)

    # In doubt, done or not: the next append finds out.
    for number, name in ((-5, "done"), (110, "not done")):
        control(f"{root}/dev", "nsm", 0)
        p = subprocess.Popen([tool, "append", "--root", root, "--mr", "pcr16"],
                             stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
        # The register has to be found and read before the device fails.
        p.stdin.write("example.com before\n")
        p.stdin.flush()
        time.sleep(0.3)
        control(f"{root}/dev", "nsm", number)
        p.stdin.write(f"example.com {name}\n")
        p.stdin.close()
        err = p.stderr.read()
        check(f"a device that fails, {name}", p.wait() == 5, err)
        control(f"{root}/dev", "nsm", 0)
        expect(f"append after it, {name}", root, 0, "append", "--mr", "pcr16", f"after {name}")
        expect(f"verify after it, {name}", root, 0, "verify")

    expect("lock", root, 0, "lock", "--mr", "pcr16")
    _, err = expect("lock again", root, 5, "lock", "--mr", "pcr16")
    check("says that it is", "locked" in err, err)
    expect("append after the lock", root, 5, "append", "--mr", "pcr16", "too late")
    expect("its log is read all the same", root, 0, "verify")
    rows = schema.read(run(root, "registers", "--json")[1])["registers"]
    check("locked now", rows[16]["locked"] and not rows[17]["locked"])
    expect("append to another", root, 0, "append", "--mr", "pcr20", "example.com other")
    out, rows, _ = attest("locked", 4)
    check("pcr16 is covered", rows["pcr16"]["covered"] and rows["pcr16"]["status"] == "verified",
          str(rows["pcr16"]))
    check("pcr20 is not", not rows["pcr20"]["covered"], str(rows["pcr20"]))
    ack = schema.read(expect("lock the other", root, 0, "lock", "--json", "--mr", "pcr20")[0])
    check("says which", ack == {"schema": "tsmmr.lock/1", "register": "pcr20", "locked": True},
          str(ack))
    out, rows, _ = attest("all", 0)
    verifies("pcr16", out, "c0ffee")
    expect("no such PCR", root, 5, "lock", "--mr", "pcr32")


try:
    tdx()
    svsm()
    nitro()
finally:
    leave()
sys.exit(1 if failed else 0)
