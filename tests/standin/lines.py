# SPDX-License-Identifier: BSD-2-Clause
"""append of lines from standard input: those that wait go together, and none is waited for.

usage: lines.py TSMMR-REPLAY    (TSMMR_ROOT names a stand-in)

Compared with one command for each record: the same log, the same register, the same answers.
"""
import hashlib
import json
import os
import subprocess
import sys

ROOT = os.environ["TSMMR_ROOT"]
REG = f"{ROOT}/sys/devices/virtual/misc/tdx_guest/measurements/"
LOG = f"{ROOT}/run/tsmmr/tdx_guest/"
failed = []


def check(what, good, detail=""):
    if not good:
        failed.append(what)
    print(f"{'ok' if good else 'NOT OK'}  {what}  {detail if not good else ''}".rstrip())


def append(reg, *args, text=b""):
    done = subprocess.run([sys.argv[1], "append", "--root", ROOT, "--mr", reg, *args],
                          input=text, capture_output=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def value(reg):
    with open(f"{REG}{reg}:sha384", "rb", buffering=0) as f:
        return f.read(64)


def log(reg):
    with open(f"{LOG}{reg}/event_log", "rb") as f:
        return f.read()


def replayed(reg, at):
    for line in log(reg).split(b"\n"):
        if line and not line.startswith(b"#"):
            at = hashlib.sha384(at + hashlib.sha384(line).digest()).digest()
    return at


def test_alike(start):
    """Many lines at once, in one register; one by one, in another."""
    lines = [f"example.org line {n} {'x' * (1 + n * 37 % 900)}" for n in range(70)]
    code, out, err = append("rtmr3", "--json", text="\n".join(lines).encode())
    together = [json.loads(line) for line in out.splitlines()]
    check("many lines at once", code == 0 and len(together) == 70, err)
    alone = []
    for line in lines:
        code, out, err = append("rtmr2", "--json", line)
        alone += [json.loads(out)]
    for answer in together + alone:
        del answer["register"]
    check("each is answered as if it had come alone", together == alone)
    check("the logs are the same bytes", log("rtmr3") == log("rtmr2"))
    check("the registers are the same", value("rtmr3") == value("rtmr2") == replayed("rtmr3", start))


def test_not_waited_for():
    """A writer that sends a line when the one before it is acknowledged."""
    with subprocess.Popen([sys.argv[1], "append", "--root", ROOT, "--mr", "rtmr3", "--json"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        for n in range(5):
            p.stdin.write(b"turn %d\nand %d\nhalf of" % (n, n))
            p.stdin.flush()
            first, second = json.loads(p.stdout.readline()), json.loads(p.stdout.readline())
            p.stdin.write(b" a line\n")
            p.stdin.flush()
            third = json.loads(p.stdout.readline())
            check(f"turn {n}", [a["record"] for a in (first, second, third)] ==
                  [f"turn {n}", f"and {n}", "half of a line"] and third["value"] == value("rtmr3").hex())
        p.stdin.close()
    check("and the end", p.returncode == 0)


def test_ends():
    """What ends the run, and what was done before it."""
    n = 0

    def case(what, text, good, want, says):
        nonlocal n
        code, out, err = append("rtmr3", "--json", text=text)
        n = out.count('"tsmmr.append/1"')
        check(what, (code, n) == (want, good) and says in err, f"exit {code}, {n} done: {err}")

    case("no lines", b"", 0, 0, "")
    case("a last line without a newline", b"a\nb", 2, 0, "")
    case("an empty line", b"a\nb\n\nc\n", 2, 2, "record 2: the record is empty")
    case("a comment", b"a\n#b\nc\n", 1, 2, "record 1: the record begins with '#'")
    case("a NUL", b"a\nb\nc\0d\ne\n", 2, 2, "record 2: the record has a NUL byte")
    case("too long", b"a\n" + b"b" * 4001 + b"\nc\n", 1, 2, "record 1: the record is longer than 4000")
    case("far too long", b"a\n" + b"b" * 65537 + b"\nc\n", 1, 2, "record 1: a line of more than 65536")
    case("endless", b"a\nb\n" + b"c" * 200000, 2, 2, "record 2: a line of more than 65536")
    case("as long as a line may be", b"a\n" + b"b" * 65536 + b"\n", 1, 2, "longer than 4000")
    many = b"".join(b"n %d\n" % i for i in range(100)) + b" \n"
    case("after a hundred", many, 100, 2, "record 100: the record begins with a blank")
    code, out, err = append("rtmr3", "--once", "--json", text=b"n 1\nnew\nnew\nn 2\nnewer\n")
    check("once", code == 0 and [json.loads(line)["appended"] for line in out.splitlines()] ==
          [False, True, False, False, True], out + err)
    check("only once", log("rtmr3").split(b"\n").count(b"new") == 1)


def main():
    start = value("rtmr3")
    test_alike(start)
    test_not_waited_for()
    test_ends()
    check("all of it replays", replayed("rtmr3", start) == value("rtmr3"))
    return 1 if failed else 0


sys.exit(main())
