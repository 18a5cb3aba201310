# SPDX-License-Identifier: BSD-2-Clause
"""The library and the tool on a genuine kernel: runs as root in the guest.

usage: guest.py every TOOL PROBE                 every register is listed, and has a log
       guest.py machine TOOL PROBE ATTRIBUTES   a TDX guest with its CCEL, and everything else
"""
import ctypes
import errno
import glob
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

MISC = "/sys/devices/virtual/misc"
RTMR = f"{MISC}/tdx_guest/measurements/rtmr%d:sha384"
FAKE = "/sys/module/tsmmr_fake/parameters"
LOG = "/run/tsmmr/tdx_guest/%s/event_log"
# TSMMR_APPENDED_*
SYNC, REPAIR = 1, 2

what, tool, probe_path = sys.argv[1:4]
failed = []


def check(name, good, detail=""):
    if not good:
        failed.append(name)
    print(f"ok  {name}" if good else f"NOT OK  {name}  {detail}", flush=True)


def run(*args, **kw):
    p = subprocess.run([tool, *args], capture_output=True, text=True, **kw)
    return p.returncode, p.stdout, p.stderr


def probe(*args):
    """The code's name, what was done, errno."""
    out = subprocess.run([probe_path, *args], stdout=subprocess.PIPE, text=True, check=True).stdout
    code, done, number = out.split()
    return code, int(done), int(number)


def expect(name, args, code, **kw):
    """Runs the tool, wants this exit status, gives the output."""
    rc, out, err = run(*args, **kw)
    check(name, rc == code, f"exit {rc}, not {code}: {err.strip()[:300]} {out.strip()[:600]}")
    return out


def value(n=3):
    with open(RTMR % n, "rb", buffering=0) as f:
        return f.read(48)


def fake(name, number=None):
    if number is None:
        with open(f"{FAKE}/{name}") as f:
            return int(f.read())
    with open(f"{FAKE}/{name}", "w") as f:
        f.write(str(number))


def records(reg="rtmr3"):
    with open(LOG % reg, "rb") as f:
        return [l for l in f.read().split(b"\n") if l and not l.startswith((b"#", b"SYNC "))]


def syncs(reg="rtmr3"):
    with open(LOG % reg, "rb") as f:
        return sum(l.startswith(b"SYNC ") for l in f)


def replay(reg="rtmr3"):
    """What the log says, by the RFC's rule: from its first SYNC on."""
    h = lambda b: hashlib.sha384(b).digest()
    v = None
    with open(LOG % reg, "rb") as f:
        for line in f.read().split(b"\n"):
            if not line or line.startswith(b"#"):
                continue
            if line.startswith(b"SYNC "):
                v = bytes.fromhex(line.split(b"/")[1].decode())
            v = h(v + h(line))
    return v


def verified(name, want="verified"):
    """verify without arguments: its exit status, and rtmr3's row."""
    code = {"verified": 0, "mismatch": 1, "incomplete": 4}[want]
    report = json.loads(expect(f"{name}: {want}", ["verify", "--json"], code))
    rows = {r["name"]: r for r in report.get("registers", [])}
    return report, rows.get("rtmr3", {})


def listed():
    """Every file of the kernel's trees is a register, with its value, and nothing else is."""
    # Ours follow the TCG's names where the kernel's differ.
    alg_of = {"sha3-256": "sha3_256", "sm3": "sm3_256"}
    want = {}
    for path in glob.glob(f"{MISC}/*/measurements/*"):
        name, _, algo = os.path.basename(path).partition(":")
        st = os.stat(path)
        size = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}.get(algo, st.st_size)
        if size != st.st_size:  # a hash that the value is not one of says nothing
            name, algo = f"{name}:{algo}", ""
        try:
            with open(path, "rb", buffering=0) as f:
                held = f.read(64).hex()
        except PermissionError:
            held = None
        provider = path.split("/")[-3]
        want[provider, name, alg_of.get(algo, algo) or None] = (
            st.st_size, held, bool(st.st_mode & 0o444), bool(st.st_mode & 0o200))

    rows = json.loads(expect("registers", ["registers", "--json"], 0))["registers"]
    got = {}
    for r in rows:
        # The only provider there is goes without saying.
        provider = r["provider"] or {p for p, _, _ in want}.pop()
        got[provider, r["name"], r["alg"]] = (
            r["size"], r["value"], r["readable"], r["extensible"])
        check(f"{r['name']}:{r['alg']}: live", r["trust"] == "live")
    for key in sorted(want.keys() | got.keys(), key=str):
        check(f"{key}", want.get(key) == got.get(key), f"{got.get(key)}, not {want.get(key)}")
    check("none listed twice", len(got) == len(rows))
    return want


def every():
    """Whatever can be read and extended under a hash we know can have a log, one for all banks."""
    banks = {}
    for (provider, name, algo), (_, _, readable, extensible) in sorted(listed().items(), key=str):
        if extensible:
            banks.setdefault((provider, name), {})[algo] = readable
    for (provider, name), readable in banks.items():
        def held(algo, path=f"{MISC}/{provider}/measurements/{name}"):
            with open(f"{path}:{algo}" if algo else path, "rb", buffering=0) as f:
                return f.read(64)
        reg = f"{provider}/{name}"
        before = {algo: held(algo) for algo in readable if readable[algo]}
        if not any(before):
            expect(f"append {reg}", ["append", "--mr", reg, "example.com record"], 3)
            check(f"{reg} unchanged", before == {algo: held(algo) for algo in before})
            continue
        expect(f"append {reg}", ["append", "--mr", reg, "example.com record"], 0)
        with open(LOG.replace("tdx_guest", provider) % name, "rb") as f:
            lines = [line for line in f.read().split(b"\n") if line and line[:1] != b"#"]
        check(f"{reg}: a SYNC of each bank, and the record",
              len(lines) == len(before) + 1 and lines[-1] == b"example.com record", str(lines))
        for algo, at in before.items():
            for line in lines:
                at = hashlib.new(algo, at + hashlib.new(algo, line).digest()).digest()
            check(f"{reg}:{algo} extended", held(algo) == at)


def refusals():
    """Refused before the kernel sees it: the driver's own count of writes stands still."""
    before, writes = value(), fake("writes")
    for size in (0, 1, 47, 49, 96, 4096, 8192):
        check(f"extend with {size} bytes", probe("extend", "rtmr3", str(size))[0] == "ARG")
    check("extend mrtd", probe("extend", "mrtd", "48")[0] == "LOCKED")
    check("extend nothing", probe("extend", "rtmr4", "48")[0] == "NOTFOUND")
    for record in ("", "# x", "SYNC sha384/00", " x", "x ", "a\nb", "a\rb", "x" * 4001):
        check(f"append {record[:16]!r}", probe("append", "rtmr3", record)[0] == "ARG")
    check("nothing reached the driver", value() == before and fake("writes") == writes)


def settled(name, want):
    """After an append in doubt: pending in the log, settled by the next one."""
    _, row = verified(f"{name}, pending", want)
    gaps = [g["kind"] for g in row.get("gaps", [])]
    check(f"{name}: gaps", gaps == (["unquoted-tail"] if want == "incomplete" else []), str(gaps))
    code, done, _ = probe("append", "rtmr3", f"example.com after {name}")
    check(f"{name}: settled by the next append",
          code == "OK" and done & REPAIR and not done & SYNC, f"{code} {done}")
    verified(f"{name}, settled")


def faults():
    for number in (errno.EBUSY, errno.EAGAIN, errno.ENXIO, errno.EIO, errno.ETIMEDOUT, errno.EINTR):
        name = errno.errorcode[number]
        before, writes = value(), fake("writes")
        fake("fail_write", number)
        code, _, os_errno = probe("append", "rtmr3", f"example.com lost to {name}")
        fake("fail_write", 0)
        # A driver that timed out, was interrupted or failed somehow may have extended.
        sure = number in (errno.EBUSY, errno.EAGAIN, errno.ENXIO)
        check(f"driver gives {name}", code == ("IO" if sure else "INDOUBT"), code)
        check(f"{name}: not extended", value() == before and fake("writes") == writes)
        if sure:
            check(f"{name} is told", os_errno == number, str(os_errno))
            verified(f"after {name}")
        else:
            settled(name, "incomplete")
    lost = [r for r in records() if b"lost" in r]
    check("no record of what was not extended", not lost, str(lost))

    # The extend is good, the value cannot be read back.
    before = value()
    fake("fail_refresh", errno.EIO)
    code, _, _ = probe("append", "rtmr3", "example.com in doubt")
    fake("fail_refresh", 0)
    check("no refresh: in doubt", code == "INDOUBT" and value() != before, code)
    settled("doubt", "verified")
    check("nothing lost, nothing doubled", records()[-2:] ==
          [b"example.com in doubt", b"example.com after doubt"], str(records()[-3:]))

    # A signal waits until a slow driver is done.
    before = value()
    fake("delay_ms", 2000)
    code, _, _ = probe("-a", "300", "append", "rtmr3", "example.com interrupted")
    fake("delay_ms", 0)
    check("a signal during the extend", code == "OK" and value() != before, code)
    verified("after a signal")

    for i, delay in enumerate((0.05, 0.15, 0.3, 0.6)):
        fake("delay_ms", 200)
        p = subprocess.Popen([probe_path, "append", "rtmr3", f"example.com killed {i}"],
                             stdout=subprocess.DEVNULL)
        time.sleep(delay)
        p.send_signal(signal.SIGKILL)
        p.wait()
        fake("delay_ms", 0)
        check(f"append after kill -9 at {delay} s",
              probe("append", "rtmr3", f"example.com next {i}")[0] == "OK")
        verified(f"after kill -9 at {delay} s")


def crowd():
    n = len(records())
    procs = [subprocess.Popen([tool, "append", "--mr", "rtmr3", "-q"], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True) for _ in range(8)]
    lines = [[f"example.com process {i} record {k}" for k in range(25)] for i in range(8)]
    for p, mine in zip(procs, lines):
        p.stdin.write("\n".join(mine) + "\n")
        p.stdin.close()
    check("8 processes append", all([p.wait() == 0 for p in procs]))
    got = [r.decode() for r in records()[n:]]
    check("each record once, in order", sorted(got) == sorted(sum(lines, [])) and
          all([r for r in got if r in mine] == mine for mine in lines), f"{len(got)} records")
    check("the log replays", replay() == value())
    verified("after a crowd")


def other_user():
    before = value()
    if run("--version", user=1000, group=1000, extra_groups=[])[0] != 0:
        print("-- the tool cannot be run as uid 1000")
        return
    user = dict(user=1000, group=1000, extra_groups=[])
    expect("uid 1000 lists registers", ["registers"], 0, **user)
    expect("uid 1000 cannot append", ["append", "--mr", "rtmr3", "example.com x"], 5, **user)
    expect("uid 1000 cannot read the CCEL", ["verify"], 5, **user)
    check("nothing extended", value() == before)


def read_only_run():
    before = value()
    subprocess.run(["mount", "-o", "remount,ro", "/run"], check=True)
    expect("append without a place for the log", ["append", "--mr", "rtmr3", "example.com x"], 5)
    subprocess.run(["mount", "-o", "remount,rw", "/run"], check=True)
    check("nothing extended without a log", value() == before)


def off_log():
    """Somebody else extends: named, never verified, and the log goes on after a SYNC."""
    n = syncs()
    subprocess.run(["dd", "if=/dev/zero", "of=" + RTMR % 3, "bs=48", "count=1", "status=none"],
                   check=True)
    verified("after dd", "mismatch")
    code, done, _ = probe("append", "rtmr3", "example.com after dd")
    check("append after dd", code == "OK" and done & SYNC, f"{code} {done}")
    check("a SYNC after it", syncs() == n + 1 and replay() == value())
    _, row = verified("with a gap", "incomplete")
    gaps = [g["kind"] for g in row.get("gaps", [])]
    check("the gap is named", gaps == ["unlogged"], str(gaps))
    expect("the gap allowed", ["verify", "--allow", "rtmr3:unlogged"], 0)

    before = value()
    check("extend", probe("extend", "rtmr3", "48")[0] == "OK" and
          value() == hashlib.sha384(before + b"\xab" * 48).digest())
    with open(LOG % "rtmr3", "rb") as f:
        check("the log has a hint of it", b"# .EXTEND " + b"ab" * 48 in f.read())
    code, done, _ = probe("append", "rtmr3", "example.com after extend")
    check("append after extend", code == "OK" and done & SYNC, f"{code} {done}")
    _, row = verified("with two gaps", "incomplete")
    gaps = sorted(g["kind"] for g in row.get("gaps", []))
    check("both are named", gaps == ["off-log-extend", "unlogged"], str(gaps))


def provider_goes():
    subprocess.run(["umount", "-l", "/run"])
    libc = ctypes.CDLL(None, use_errno=True)
    delete_module = 176  # x86-64's
    if libc.syscall(delete_module, b"tsmmr_fake", os.O_NONBLOCK):
        print("-- the driver stays")
        return
    expect("registers without a driver", ["registers"], 5)
    expect("append without a driver", ["append", "--mr", "rtmr3", "example.com x"], 5)
    check("extend without a driver", probe("extend", "rtmr3", "48")[0] == "NOTFOUND")


def machine():
    listed()
    report, row = verified("at boot")
    check("ccel is the source", [log["path"] for log in report["logs"]] == ["ccel"] or
          [log["format"] for log in report["logs"]] == ["ccel"], str(report["logs"]))
    check("rtmr3 is untouched", row["status"] == "untouched", row["status"])
    read_only_run()

    for i in range(10):
        out = expect(f"append {i}", ["append", "--mr", "rtmr3", "--json", f"example.com {i}"], 0)
        ack = json.loads(out)
        check(f"append {i} says what is", ack["value"] == value().hex() and
              ack["sync_line"] == (i == 0), out)
    report, row = verified("after ten appends")
    formats = sorted(log["format"] for log in report["logs"])
    check("both logs are sources", formats == ["ccel", "text"], str(formats))
    check("rtmr3 is verified", row["status"] == "verified" and row["events"] == 11, str(row))
    check("the log replays", replay() == value() and len(records()) == 10)

    # The firmware's log goes on in ours: the join is the first SYNC.
    expect("append to a register of the firmware", ["append", "--mr", "rtmr2", "example.com"], 0)
    verified("with a join")

    refusals()
    faults()
    crowd()
    other_user()
    verified("before anything off the log")
    off_log()
    live = run("verify", "--json")
    expect("capture", ["capture", "-o", "/tmp/captured"], 0)
    captured = run("verify", "--json", "--root", "/tmp/captured")
    check("what was captured gives the same verdict", live[0] == captured[0] == 4 and
          json.loads(live[1])["verdict"] == json.loads(captured[1])["verdict"], captured[2])
    # It tells of itself; rtmr2 is not ours any more after it.
    check("attributes", subprocess.run([sys.executable, "-B", sys.argv[4]]).returncode == 0)
    provider_goes()


try:
    {"every": every, "machine": machine}[what]()
except Exception as e:  # what was printed so far says more than a bare trace
    import traceback
    traceback.print_exc(file=sys.stdout)
    failed.append(repr(e))
print(f"guest {what}: {len(failed)} failed")
sys.exit(1 if failed else 0)
