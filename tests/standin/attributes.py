# SPDX-License-Identifier: BSD-2-Clause
"""What each call does to a measurement register: the kernel's own table, row by row.

Run on the stand-in and, by the kernel suite, on a genuine kernel: what holds on one of them
only would be a test of nothing.

usage: attributes.py    (TSMMR_ROOT names the machine, default /)
"""
import ctypes
import errno
import glob
import hashlib
import mmap
import os
import select
import signal
import stat
import sys

ROOT = os.environ.get("TSMMR_ROOT", "/")
DIR = os.path.join(ROOT, "sys/devices/virtual/misc/tdx_guest/measurements")
REG = os.path.join(DIR, "rtmr2:sha384")
READ_ONLY = os.path.join(DIR, "mrtd:sha384")
SIZE = 48
DATA = bytes(range(SIZE))
LONG = DATA + b"\xee" * 8192
FAULTS = (glob.glob(os.path.join(ROOT, "sys/module/tsmmr_*/parameters")) + [None])[0]

libc = ctypes.CDLL(None, use_errno=True)
failed = []


def check(what, good, detail=""):
    if not good:
        failed.append(what)
    print(f"{'ok' if good else 'NOT OK'}  {what}  {detail if not good else ''}".rstrip())


def value(path=REG):
    with open(path, "rb", buffering=0) as f:
        return f.read(SIZE)


def extended(old, data=DATA, times=1):
    for _ in range(times):
        old = hashlib.sha384(old + data[:SIZE]).digest()
    return old


def outcome(call):
    """The number that came back, or the error's name."""
    try:
        return call()
    except OSError as e:
        return errno.errorcode[e.errno]


def on_fd(flags, *calls, path=REG):
    """Opens, does the calls one after the other, closes; what the last one gave."""
    def run():
        fd = os.open(path, flags)
        try:
            results = [outcome(lambda c=c: c(fd)) for c in calls]
        finally:
            os.close(fd)
        return results[0] if len(results) == 1 else results
    return run


def write(data, at=None):
    if at is None:
        return lambda fd: os.write(fd, data)
    return lambda fd: os.pwrite(fd, data, at)


def seek(fd):
    return os.lseek(fd, 0, os.SEEK_SET)


def raw_write(fd, data):
    """write(2) itself: Python's tries again after EINTR.  data: bytes or a pointer."""
    r = libc.write(fd, data, ctypes.c_size_t(SIZE))
    if r < 0:
        raise OSError(ctypes.get_errno(), "write")
    return r


def splice(fd):
    r, w = os.pipe()
    os.write(w, DATA)
    try:
        return os.splice(r, fd, SIZE)
    finally:
        os.close(r)
        os.close(w)


def no_result(f):
    return lambda *a: f(*a) or 0


def fallocate(fd):
    if libc.fallocate(fd, 0, ctypes.c_long(0), ctypes.c_long(SIZE)) < 0:
        raise OSError(ctypes.get_errno(), "fallocate")
    return 0


def map_shared(fd):
    mmap.mmap(fd, SIZE, mmap.MAP_SHARED, mmap.PROT_READ).close()
    return 0


W, RW, RO = os.O_WRONLY, os.O_RDWR, os.O_RDONLY

# call, what it gives, how many times the register is extended (each time with DATA)
TABLE = [
    ("write 48", on_fd(W, write(DATA)), 48, 1),
    ("write 49", on_fd(W, write(LONG[:49])), 48, 1),
    ("write 96", on_fd(W, write(LONG[:96])), 48, 1),
    ("write 4096", on_fd(W, write(LONG[:4096])), 48, 1),
    ("write 8192", on_fd(W, write(LONG[:8192])), 48, 1),
    ("write 1", on_fd(W, write(DATA[:1])), "EINVAL", 0),
    ("write 47", on_fd(W, write(DATA[:47])), "EINVAL", 0),
    ("write 0", on_fd(W, write(b"")), 0, 0),
    ("pwrite 48 at 0", on_fd(W, write(DATA, 0)), 48, 1),
    ("pwrite 48 at 1", on_fd(W, write(DATA, 1)), "EINVAL", 0),
    ("pwrite 1 at 47", on_fd(W, write(DATA[:1], 47)), "EINVAL", 0),
    ("pwrite 48 at 48", on_fd(W, write(DATA, 48)), "EFBIG", 0),
    ("pwrite 48 at 49", on_fd(W, write(DATA, 49)), "EFBIG", 0),
    ("pwrite 48 far away", on_fd(W, write(DATA, 1 << 40)), "EFBIG", 0),
    ("two writes of 48", on_fd(W, write(DATA), write(DATA)), [48, "EFBIG"], 1),
    ("two with lseek", on_fd(W, write(DATA), seek, write(DATA)), [48, 0, 48], 2),
    ("O_APPEND", on_fd(W | os.O_APPEND, write(DATA), write(DATA)), [48, "EFBIG"], 1),
    ("O_RDWR", on_fd(RW, write(DATA)), 48, 1),
    ("O_TRUNC", on_fd(W | os.O_TRUNC, write(DATA)), 48, 1),
    ("O_TRUNC alone", on_fd(W | os.O_TRUNC), [], 0),
    ("O_CREAT", on_fd(W | os.O_CREAT, write(DATA)), 48, 1),
    ("O_CREAT, O_EXCL", on_fd(W | os.O_CREAT | os.O_EXCL), "EEXIST", 0),
    ("O_SYNC", on_fd(W | os.O_SYNC, write(DATA)), 48, 1),
    ("O_DIRECT", on_fd(W | os.O_DIRECT), "EINVAL", 0),
    ("O_DIRECTORY", on_fd(RO | os.O_DIRECTORY), "ENOTDIR", 0),
    ("truncate", lambda: os.truncate(REG, 0) or 0, 0, 0),
    ("ftruncate", on_fd(W, no_result(lambda fd: os.ftruncate(fd, 0))), 0, 0),
    ("fsync", on_fd(W, no_result(os.fsync)), 0, 0),
    ("fdatasync", on_fd(W, no_result(os.fdatasync)), 0, 0),
    ("fallocate", on_fd(W, fallocate), "ENOTSUP", 0),
    ("mmap", on_fd(RO, map_shared), "ENODEV", 0),
    ("writev 24+24", on_fd(W, lambda fd: os.writev(fd, [DATA[:24], DATA[24:]])), 48, 1),
    ("two writes of 24", on_fd(W, write(DATA[:24]), write(DATA[24:])), ["EINVAL", "EINVAL"], 0),
    ("splice 48", on_fd(W, splice), 48, 1),
    ("bad pointer", on_fd(W, lambda fd: raw_write(fd, ctypes.c_void_p(8))), "EFAULT", 0),
    ("write, O_RDONLY", on_fd(RO, write(DATA)), "EBADF", 0),
    ("read, O_WRONLY", on_fd(W, lambda fd: os.read(fd, 1)), "EBADF", 0),
    ("read-only, O_WRONLY", on_fd(W, path=READ_ONLY), "EACCES", 0),
    ("read-only, O_RDWR", on_fd(RW, path=READ_ONLY), "EACCES", 0),
    ("read-only, O_TRUNC", on_fd(W | os.O_TRUNC, path=READ_ONLY), "EACCES", 0),
    ("make a file", lambda: os.open(os.path.join(DIR, "new"), W | os.O_CREAT), "EACCES", 0),
    ("make a directory", lambda: os.mkdir(os.path.join(DIR, "new")), "EPERM", 0),
    ("remove", lambda: os.unlink(REG), "EPERM", 0),
    ("rename", lambda: os.rename(REG, REG + "x"), "EPERM", 0),
    ("link", lambda: os.link(REG, REG + "x"), "EPERM", 0),
]


def writes():
    for what, call, want, times in TABLE:
        old = value()
        got = outcome(call)
        check(what, got == want, f"gave {got}, not {want}")
        check(f"{what}: register", value() == extended(old, times=times),
              f"not extended {times} times")


def reads():
    now = value()
    fd = os.open(REG, RO)
    check("partial reads", os.read(fd, 10) + os.read(fd, 4096) == now)
    check("end of file", os.read(fd, 10) == b"" and os.pread(fd, 16, SIZE) == b"")
    check("read far away", os.pread(fd, 16, 1 << 40) == b"")
    check("pread", os.pread(fd, 16, 8) == now[8:24] and os.pread(fd, 16, 44) == now[44:])
    check("lseek to the end", os.lseek(fd, 0, os.SEEK_END) == SIZE)
    on_fd(W, write(DATA))()
    check("an old fd sees an extend", os.pread(fd, SIZE, 0) == extended(now))
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLPRI)
    check("poll", poll.poll(0) == [(fd, select.POLLIN)])
    os.close(fd)

    now = value()
    with open(REG, "rb", buffering=0) as f:
        head = f.read(24)
        on_fd(W, write(DATA))()
        check("two reads are torn", head + f.read(24) == now[:24] + extended(now)[24:])


def modes():
    for name in sorted(os.listdir(DIR)):
        st = os.stat(os.path.join(DIR, name))
        runtime = name.startswith("rtmr")
        check(f"{name}: mode and size", st.st_size == SIZE and st.st_nlink == 1 and
              st.st_mode == stat.S_IFREG | (0o644 if runtime else 0o444), oct(st.st_mode))
    check("all registers", sorted(os.listdir(DIR)) == [
        "mrconfigid", "mrowner", "mrownerconfig", "mrtd:sha384",
        "rtmr0:sha384", "rtmr1:sha384", "rtmr2:sha384", "rtmr3:sha384"])
    link = os.path.join(ROOT, "sys/class/misc/tdx_guest")
    check("class link", os.readlink(link) == "../../devices/virtual/misc/tdx_guest")
    if os.geteuid():
        return
    check("access says ok", os.access(READ_ONLY, os.W_OK))
    os.chmod(READ_ONLY, 0o644)
    check("mode bits lie", outcome(on_fd(W, path=READ_ONLY)) == "EACCES")
    os.chmod(READ_ONLY, 0o444)
    os.chmod(REG, 0o444)
    check("mode bits bind root", outcome(on_fd(W)) == "EACCES")
    os.chmod(REG, 0o644)


def other_user():
    old = value()
    fd = os.open(REG, W)
    pid = os.fork()
    if not pid:
        os.setgroups([])
        os.setresuid(1000, 1000, 1000)
        good = (outcome(on_fd(W)) == "EACCES" and outcome(on_fd(RW)) == "EACCES" and
                outcome(on_fd(RO, lambda f: len(os.read(f, SIZE)))) == SIZE and
                not os.access(REG, os.W_OK) and os.write(fd, DATA) == SIZE)
        os._exit(0 if good else 1)
    check("uid 1000", os.waitpid(pid, 0)[1] == 0)
    check("uid 1000 extends by a passed fd", value() == extended(old))
    os.close(fd)


def fault(name, number):
    if name == "refresh":
        name = "fail_refresh" if os.path.exists(f"{FAULTS}/fail_refresh") else "fail_read"
    with open(f"{FAULTS}/{name}", "w") as f:
        f.write(f"{number}\n")


def faults():
    for number in (errno.EIO, errno.EBUSY, errno.EAGAIN, errno.EINTR, errno.ETIMEDOUT):
        name = errno.errorcode[number]
        old = value()
        fault("fail_write", number)
        got = outcome(on_fd(W, lambda fd: raw_write(fd, DATA)))
        fault("fail_write", 0)
        check(f"driver gives {name}", got == name and value() == old, f"gave {got}")

    old = value()
    fault("refresh", errno.EIO)
    check("reads without a write between", value() == old)
    got = outcome(on_fd(W, write(DATA)))
    check("extend, then no refresh", got == SIZE and outcome(value) == "EIO")
    check("a static register still reads", len(value(READ_ONLY)) == SIZE)
    fault("refresh", 0)
    check("refresh works again", value() == extended(old))

    # A slow driver is woken by a signal, whatever the handler's flags.
    for restart in (False, True):
        old = value()
        signal.signal(signal.SIGALRM, lambda *a: None)
        signal.siginterrupt(signal.SIGALRM, not restart)
        fault("delay_ms", 3000)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        got = outcome(on_fd(W, lambda fd: raw_write(fd, DATA)))
        fault("delay_ms", 0)
        check(f"signal, restart {restart}", got == "EINTR" and value() == old, f"gave {got}")


def crowd(n_proc, each, shared):
    old = value()
    fd = os.open(REG, W)
    pids = []
    for _ in range(n_proc):
        pid = os.fork()
        if not pid:
            for _ in range(each):
                call = lambda: os.pwrite(fd, DATA, 0)
                if not shared:
                    call = on_fd(W, write(DATA))
                if outcome(call) != SIZE:
                    os._exit(1)
            os._exit(0)
        pids.append(pid)
    good = all([os.waitpid(pid, 0)[1] == 0 for pid in pids])
    os.close(fd)
    check(f"{n_proc} processes, {each} extends each", good and
          value() == extended(old, times=n_proc * each))


def main():
    modes()
    writes()
    reads()
    with open("/proc/self/uid_map") as f:  # a user namespace may have root alone
        if not os.geteuid() and sum(int(line.split()[2]) for line in f) > 1000:
            other_user()
    if FAULTS:
        faults()
    crowd(8, 25, False)
    crowd(16, 50, False)
    crowd(4, 10, True)
    print(f"attributes: {len(failed)} failed")
    return 1 if failed else 0


sys.exit(main())
