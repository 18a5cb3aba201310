#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`replay` of a log of N events stays below 32 MB, from a file and from a pipe; so do the verbs
that read it twice, `export` to each encoding of CEL, and `replay` of that.

    memory.py TOOL BENCH EVENTS

Skipped (77) where memory is not the program's own: under sanitizers and Valgrind.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SKIP = 77
LIMIT_KIB = 32 * 1024


def run(argv, stdin, out):
    """(exit status, peak KiB, seconds)"""
    start = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[
        (os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, out, 1)])
    _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss, time.monotonic() - start


# The verbs that read a log twice: their exit status, and what their output has for each record.
TWICE = (
    (["show"], 0, b" proven "),
    (["show", "--json"], 0, b'"proven":true'),
    (["verify", "--json", "--events"], 0, b'"proven":true'),
    (["explain", "--json", "--events"], 0, b'"proven":true'),
    (["appraise", "--json", "--events"], 4, b'"proven":true'),
    (["merge", "--to", "cel-json"], 0, b'"recnum":'),
)


def count(path, what):
    """How often what stands in a file; a child inherits the peak of who reads it whole."""
    n, tail = 0, b""
    with open(path, "rb") as f:
        while chunk := f.read(1 << 16):
            chunk = tail + chunk
            n += chunk.count(what)
            tail = chunk[-len(what) + 1:]
    return n


def twice(tool, log, result, args, expect, want, in_it):
    """From a file and from a pipe, which give the same."""
    bad, seen = 0, []
    for way in ("file", "pipe"):
        with open(os.devnull, "rb") as null, open(result, "wb") as out:
            cat = subprocess.Popen(["cat", log], stdout=subprocess.PIPE) if way == "pipe" else None
            name = str(log) if way == "file" else "-"
            status, kib, seconds = run([tool, args[0], name, *args[1:], *expect],
                                       cat.stdout.fileno() if cat else null.fileno(), out.fileno())
            if cat:
                cat.stdout.close()
                cat.wait()
        seen.append(count(result, in_it))
        print(f"{' '.join(args)}, {way}: {seen[-1]} records, "
              f"peak {kib} KiB, {seconds:.2f} s")
        bad |= status != want or kib >= LIMIT_KIB or seen[-1] < 1000
    if seen[0] != seen[1]:
        print(f"{args[0]}: a pipe gives another answer than a file", file=sys.stderr)
        bad = 1
    return bad


def compared(tool, log, result):
    """With itself, and with one whose record in the middle differs."""
    bad, other = 0, log.with_name("other.bin")
    size = log.stat().st_size
    with open(log, "rb") as source, open(other, "wb") as to:
        while chunk := source.read(1 << 16):
            to.write(chunk)
    with open(other, "r+b") as f:
        f.seek(size // 2)
        middle = f.read(1)[0]
        f.seek(size // 2)
        f.write(bytes([middle ^ 1]))
    for one, want in ((log, {0}), (other, {0, 1})):
        with open(os.devnull, "rb") as null, open(result, "wb") as out:
            status, kib, seconds = run([tool, "diff", str(log), str(one)], null.fileno(), out.fileno())
        said = result.read_text()
        print(f"diff, {one.name}: peak {kib} KiB, {seconds:.2f} s")
        bad |= status not in want or kib >= LIMIT_KIB
        # A flipped byte is one record's digest, or text beside it.
        bad |= ("record " in said) != (one is other)
    return bad


def different(tool, scratch, result, events):
    """Two that have nothing in common: far less than they take, while not all of it is shown; and of
    lines of one character at most 20 times as much."""
    bad, a, b = 0, scratch / "a", scratch / "b"

    def diff(what, args, limit_kib):
        with open(os.devnull, "rb") as null, open(result, "wb") as out:
            status, kib, seconds = run([tool, "diff", f"rtmr2={a}", f"rtmr2={b}", *args], null.fileno(),
                                       out.fileno())
        print(f"diff, {what} {' '.join(args)}: exit {status}, peak {kib} of {limit_kib} KiB, {seconds:.2f} s")
        return status != 1 or kib >= limit_kib

    for path in (a, b):
        with open(path, "wb") as f:
            for i in range(events):
                f.write(b"%s %07d %s\n" % (path.name.encode(), i, b"x" * 84))
    both = (a.stat().st_size + b.stat().st_size) // 1024
    bad |= diff("all lines", [], both // 2 + (10 << 10))
    for args in (["-v"], ["--json"]):
        bad |= diff("all lines", args, 2 * both + (10 << 10))
        bad |= count(result, b"record ") < 2 * events if args == ["-v"] else \
            count(result, b'"kind":"only-') != 2 * events
    for path in (a, b):
        path.write_bytes(b"%s\n" % path.name.encode() * (1 << 19))
    bad |= diff("line ends", [], 20 * 2048 + (8 << 10))
    return bad


def write_lines(path, start, value, n, more=300):
    """Lines after a SYNC of start, if any; the value after them.  Written as they come: see count()."""
    with open(path, "wb") as f:
        for i in range(n):
            line = b"line %d %s" % (i, b"x" * more)
            if start and i == 0:
                line = b"SYNC sha384/" + start.hex().encode()
            f.write(line + b"\n")
            value = hashlib.sha384(value + hashlib.sha384(line).digest()).digest()
    return value


def segments(tool, scratch, result, events):
    """Two text logs, of which the second goes on where the first ends, given the other way round."""
    first = write_lines(scratch / "first", None, bytes(48), events // 2)
    value = write_lines(scratch / "second", first, first, events // 2)
    argv = [tool, "verify", f"rtmr2={scratch / 'second'}", f"rtmr2={scratch / 'first'}",
            "--expect", f"rtmr2={value.hex()}"]
    with open(os.devnull, "rb") as null, open(result, "wb") as out:
        status, kib, seconds = run(argv, null.fileno(), out.fileno())
    print(f"two text logs: exit {status}, peak {kib} KiB, {seconds:.2f} s")
    return status != 0 or kib >= LIMIT_KIB


def explained(tool, log, key, reg, result, times, want, ways=("file", "pipe")):
    """A mismatch: the search holds so many times the log, and says the same of a file and of a pipe."""
    bad, answers = 0, []
    limit = times * log.stat().st_size // 1024 + (8 << 10)
    for way in ways:
        with open(log, "rb") as source, open(result, "wb") as out:
            cat = subprocess.Popen(["cat"], stdin=source, stdout=subprocess.PIPE) if way == "pipe" else None
            name = str(log) if way == "file" else "-"
            status, kib, seconds = run([tool, "explain", f"{key}{name}", "--expect", reg],
                                       cat.stdout.fileno() if cat else source.fileno(), out.fileno())
            if cat:
                cat.stdout.close()
                cat.wait()
        answers.append(result.read_text().replace(name, "LOG") if way == "file" else
                       result.read_text().replace(" -: ", " LOG: "))
        print(f"explain, {log.name}, {way}: exit {status}, peak {kib} of {limit} KiB, {seconds:.2f} s")
        bad |= status != want or kib >= limit
    return bad | (answers[0] != answers[-1])


def mismatch(tool, bench, scratch, result, events):
    """Of each record its bytes, where it is and where its digest is: no copy beside, and no value."""
    lines, blank = scratch / "lines", scratch / "blank"
    wrong = "rtmr2=" + "11" * 48
    write_lines(lines, None, bytes(48), events, 82)
    with open(blank, "wb") as f:
        for _ in range(1 << 8):
            f.write(b"\n" * (1 << 16))
    bad = explained(tool, lines, "rtmr2=", wrong, result, 2, 1)
    bad |= explained(tool, blank, "rtmr2=", wrong, result, 20, 4, ("file",))
    for form, reg in (("ima", "pcr10:sha1=" + "11" * 20), ("tcg2-two", "pcr0:sha384=" + "11" * 48)):
        log = scratch / form
        with open(log, "wb") as f:
            subprocess.run([bench, "--log", form, "--records", str(events)], stdout=f, check=True)
        bad |= explained(tool, log, "", reg, result, 2, 1)
    return bad


def predicted(tool, log, result, expect):
    """What one record less leads to: the same of a file and of a pipe."""
    answers = []
    for way in ("file", "pipe"):
        with open(os.devnull, "rb") as null, open(result, "wb") as out:
            cat = subprocess.Popen(["cat", log], stdout=subprocess.PIPE) if way == "pipe" else None
            argv = [tool, "predict", "--drop", "5", str(log) if way == "file" else "-", *expect]
            status, kib, seconds = run(argv, cat.stdout.fileno() if cat else null.fileno(),
                                       out.fileno())
            if cat:
                cat.stdout.close()
                cat.wait()
        answers.append(result.read_text())
        print(f"predict, {way}: exit {status}, peak {kib} KiB, {seconds:.2f} s")
        if status != 0 or kib >= LIMIT_KIB:
            return 1
    return answers[0] != answers[1] or "# predicted, from a verified log" not in answers[0]


def cpu(argv):
    """(exit status, seconds of its own); of three runs the shortest."""
    least, status = float("inf"), None
    with open(os.devnull, "rb") as null, open(os.devnull, "wb") as out:
        for _ in range(3):
            before = os.times()
            status = run(argv, null.fileno(), out.fileno())[0]
            after = os.times()
            least = min(least, after.children_user + after.children_system
                        - before.children_user - before.children_system)
    return status, least


def hints(tool, scratch, events):
    """Comments that may be true, each in many readings, take no longer than as many lines."""
    plain, log, expect = scratch / "plain", scratch / "hints", ["--expect", "rtmr2=" + "11" * 48]
    write_lines(plain, None, bytes(48), events)
    with open(log, "wb") as f:
        for i in range(events):
            f.write(b"# .EXTEND %s\n" % hashlib.sha384(b"%d" % i).hexdigest().encode())
    bad, (_, of_lines) = 0, cpu([tool, "verify", f"rtmr2={plain}", *expect])
    for verb in ("verify", "explain"):
        status, of_hints = cpu([tool, verb, f"rtmr2={log}", *expect])
        print(f"{verb}, {events} .EXTEND: {of_hints:.2f} s, as many lines {of_lines:.2f} s")
        bad |= status != 4 or of_hints > 3 * of_lines + 0.05
    return bad


def main():
    tool, bench, events = sys.argv[1], sys.argv[2], int(sys.argv[3])
    make = [bench, "--log", "tcg2-two", "--records", str(events)]
    if os.environ.get("TSMMR_SANITIZE", "none") != "none":
        print("skipped: a sanitizer's shadow is not the program's memory")
        return SKIP
    bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        log, result = pathlib.Path(scratch) / "big.bin", pathlib.Path(scratch) / "out.json"
        with open(log, "wb") as f:
            subprocess.run(make, stdout=f, check=True)

        seen = []
        for way in ("file", "pipe"):
            with open(os.devnull, "rb") as null, open(result, "wb") as out:
                writer, stdin = None, null.fileno()
                if way == "pipe":
                    writer = subprocess.Popen(make, stdout=subprocess.PIPE)
                    stdin = writer.stdout.fileno()
                argv = [tool, "replay", "--json", str(log) if way == "file" else "-"]
                status, kib, seconds = run(argv, stdin, out.fileno())
                if writer:
                    writer.stdout.close()
                    bad |= writer.wait() != 0
            told = json.loads(result.read_text())
            print(f"{way}: {events} events, {log.stat().st_size >> 20} MiB, peak {kib} KiB, "
                  f"{seconds:.2f} s")
            # The header is an event too.
            ok = (status == 0 and kib < LIMIT_KIB and told["logs"][0]["events"] == events + 1
                  and told["logs"][0]["bytes"] == log.stat().st_size)
            bad |= not ok
            seen.append([(r["name"], r["alg"], r["value"]) for r in told["registers"]])
        values = [f"{name}:{alg}={value}" for name, alg, value in seen[0]]
        expect = [word for value in values for word in ("--expect", value)]
        for args, want, in_it in TWICE:
            bad |= twice(tool, log, result, args, expect if args[0] != "merge" else [], want, in_it)
        bad |= predicted(tool, log, result, expect)
        bad |= compared(tool, log, result)
        bad |= segments(tool, pathlib.Path(scratch), result, events)
        # So many that what a child inherits, this program's own peak, is less than the limit.
        bad |= different(tool, pathlib.Path(scratch), result, max(events, 200000))
        bad |= mismatch(tool, bench, pathlib.Path(scratch), result, max(events, 200000))
        bad |= hints(tool, pathlib.Path(scratch), events // 3)
        for to in ("cel-cbor", "cel-cbor-seq", "cel-json", "cel-tlv"):
            cel = pathlib.Path(scratch) / "log.cel"
            with open(os.devnull, "rb") as null, open(result, "wb") as out:
                exported = run([tool, "export", "--to", to, "-o", str(cel), str(log)],
                               null.fileno(), out.fileno())
                replayed = run([tool, "replay", "--json", str(cel)], null.fileno(), out.fileno())
            told = json.loads(result.read_text())
            print(f"{to}: {cel.stat().st_size >> 20} MiB, export {exported[1]} KiB, "
                  f"{exported[2]:.2f} s; replay {replayed[1]} KiB, {replayed[2]:.2f} s")
            bad |= exported[0] or replayed[0] or max(exported[1], replayed[1]) >= LIMIT_KIB
            seen.append([(r["name"], r["alg"], r["value"]) for r in told["registers"]])
        if any(s != seen[0] for s in seen) or not seen[0]:
            print("they replay to different values", file=sys.stderr)
            bad = 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
