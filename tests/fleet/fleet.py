#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A fleet through `verify --batch`: every pair has its own answer, whoever asks beside it; prints TAP.

    fleet.py [--long] [--pairs N] [--only NAME]... TOOL PEAK

What is made is different for each machine (gen/mkfleet.py), and hostile lines stand among it.  With
--long 10,000 pairs, else a sample.
"""

import argparse
import base64
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "gen"))

import mkfleet      # where the path is set
import mkquote

NOW = ["--time", "2026-01-01T00:00:00Z"]
LINE_MAX = 32 << 20
ORDER = (2, 5, 6, 3, 7, 1, 4)
GROWTH_KB = 6 << 10     # of memory, from some lines to many times as many
SANITIZED = any(name in os.environ for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"))


def worst(codes):
    return next((code for code in ORDER if code in codes), 0)


def flipped(text, at):
    """base64 of the same bytes, but for one bit."""
    content = bytearray(base64.b64decode(text))
    content[at] ^= 1
    return base64.b64encode(content).decode()


def hostile(rng, line):
    """What somebody could send in place of a line, and the exit status that it gets."""
    log = base64.b64decode(line["log_base64"])
    return rng.choice([
        (line | {"evidence_base64": flipped(line["evidence_base64"], 600)}, 7),
        (line | {"log_base64": base64.b64encode(log[:-8]).decode()}, 3),
        (line | {"log_base64": base64.b64encode(mkfleet.log_of(-1)[0]).decode()}, 1),
        (line | {"log_base64": base64.b64encode(mkfleet.firmware()).decode()}, 1),
        (line | {"nonce": "01" * 32}, 7),
        (line | {"log_path": "/etc/passwd"}, 2),
        (line | {"expect": "mrtd=" + "01" * 48}, 1),
        (line | {"require": "pcr0"}, 4),
        (line | {"allow": "no-log"}, 2),
        (json.dumps(line)[:-20], 3),
        (json.dumps(line) + "{}", 3),
        ("[" * 100000, 3),
        ('{"id":' + "9" * 300 + "}", 2),
        ('{"id":"\\ud800"}', 3),
        ("\0\xff", 3),
    ])


class Fleet:
    """Lines, what each must be answered, and the roots that they lead to."""

    def __init__(self, tmp, peak, pairs, platforms, seed=1):
        rng = random.Random(seed)
        self.peak = peak
        self.root = tmp / "root.pem"
        self.root.write_text(mkquote.chain()[2])
        self.lines, self.exits = [], []
        for line in mkfleet.lines(pairs, platforms):
            one, code = (line, 0) if rng.random() < 0.9 else hostile(rng, line)
            self.lines.append(one if isinstance(one, str) else json.dumps(one))
            self.exits.append(code)

    def text(self, lines=None):
        return "".join(line + "\n" for line in lines or self.lines).encode("latin-1")


class Answers:
    def __init__(self, tool, fleet, args, text):
        argv = [fleet.peak, tool, "verify", "--batch", "--trust-root", fleet.root, *NOW, *args]
        done = subprocess.run(argv, input=text, capture_output=True, check=True)
        *said, figures = done.stderr.decode().splitlines(keepends=True)
        self.err = "".join(said)
        self.code, cpu_us, self.rss_kb = map(int, figures.split())
        self.cpu_s = cpu_us / 1e6
        self.lines = [json.loads(line) for line in done.stdout.splitlines()]

    def wrong(self, exits, first=1):
        """What is not as it must be; exits: of each line, by its number from first on."""
        got = {line["line"]: line["exit"] for line in self.lines}
        want = dict(enumerate(exits, first))
        bad = [f"line {n}: {got.get(n)}, not {code}" for n, code in want.items()
               if got.get(n) != code][:5]
        if len(self.lines) != len(exits):
            bad.append(f"{len(self.lines)} answers to {len(exits)} lines")
        if any((line["exit"] == 0) != (line["verdict"] == "verified") for line in self.lines):
            bad.append("a verdict that is not its exit status")
        if self.code != worst(exits):
            bad.append(f"exit {self.code}, not {worst(exits)}: {self.err[:100]}")
        if self.err:
            bad.append(f"it says: {self.err[:200]}")
        return bad


def in_threads(tool, fleet, tmp):
    """One thread and several, in order and not: the same answers."""
    for args in [], ["-j", "2"], ["-j", "7"], ["-j", "2", "--unordered"]:
        a = Answers(tool, fleet, args, fleet.text())
        yield from (f"{' '.join(args)}: {why}" for why in a.wrong(fleet.exits))
        numbers = [line["line"] for line in a.lines]
        if "--unordered" not in args and numbers != sorted(numbers):
            yield f"{' '.join(args)}: not in order"
        print(f"# {' '.join(args) or '-j 1'}: {1000 * a.cpu_s / len(fleet.lines):.2f} ms a line, "
              f"{a.rss_kb} KB")


def the_same_alone(tool, fleet, tmp):
    """A pair asked alone has the exit status that its line has."""
    for number, text in enumerate(fleet.lines[:40]):
        try:
            line = json.loads(text)
            log, quote = (base64.b64decode(line[f"{of}_base64"]) for of in ("log", "evidence"))
        except (KeyError, ValueError, RecursionError):
            continue
        if line.keys() - {"id", "log_base64", "evidence_base64", "nonce", "require", "expect"}:
            continue
        (tmp / "log").write_bytes(log)
        (tmp / "quote").write_bytes(quote)
        more = [word for key in ("nonce", "require", "expect") if key in line
                for word in (f"--{key}", line[key])]
        done = subprocess.run([tool, "verify", "-q", tmp / "log", "--evidence", tmp / "quote",
                               "--trust-root", fleet.root, *NOW, *more], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode != fleet.exits[number]:
            yield f"line {number + 1}: alone {done.returncode}, not {fleet.exits[number]}"


def memory_is_flat(tool, fleet, tmp):
    """Many times as many lines take as much memory."""
    if SANITIZED:
        return
    for args in [], ["-j", "2"]:
        few = Answers(tool, fleet, args, fleet.text(fleet.lines[:30]))
        many = Answers(tool, fleet, args, fleet.text(fleet.lines * (1 + 1500 // len(fleet.lines))))
        if many.rss_kb > few.rss_kb + GROWTH_KB:
            yield f"{args}: {few.rss_kb} KB for 30 lines, {many.rss_kb} KB for {len(many.lines)}"


def a_slow_line_holds_no_more_than_some(tool, fleet, tmp):
    """In order, what is answered already waits for the first: and then no more is read."""
    slow = json.dumps({"evidence_base64": "A" * (20 << 20)})
    a = Answers(tool, fleet, ["-j", "4"], fleet.text([slow] * 6 + fleet.lines[:50]))
    yield from a.wrong([3] * 6 + fleet.exits[:50])
    if not SANITIZED and a.rss_kb > 400 << 10:
        yield f"{a.rss_kb} KB"


def long_lines(tool, fleet, tmp):
    """What is too long is answered, and so is what comes after."""
    over = '{"id":1,"log_base64":"' + "A" * LINE_MAX + '"}'
    text = fleet.text([fleet.lines[0], over, fleet.lines[1]]) + over.encode()
    for args in [], ["-j", "2"]:
        yield from Answers(tool, fleet, args, text).wrong([fleet.exits[0], 6, fleet.exits[1], 6])


def cut_off(tool, fleet, tmp):
    """A last line without an end is answered by what there is of it."""
    whole = fleet.text([json.dumps(mkfleet.line_of(0, mkfleet.Platform(0)))])
    yield from Answers(tool, fleet, [], whole[:-1]).wrong([0])
    for n in (1, 10, len(whole) // 2, len(whole) - 2):
        yield from Answers(tool, fleet, [], whole[:n]).wrong([3])


def asks_and_waits(tool, fleet, tmp):
    """Who writes a line and waits is answered, without an end of input."""
    argv = [tool, "verify", "--batch", "--trust-root", str(fleet.root), *NOW]
    for args in [], ["-j", "3"], ["-j", "3", "--unordered"]:
        with subprocess.Popen(argv + args, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            late = threading.Timer(60, process.kill)
            late.start()
            for number, line in enumerate(fleet.lines[:10]):
                process.stdin.write(fleet.text([line]))
                process.stdin.flush()
                answer = json.loads(process.stdout.readline() or "{}")
                if answer.get("exit") != fleet.exits[number]:
                    yield f"{args}: line {number + 1}: {answer}"
            # Nobody reads any more: it ends, though more could come.
            process.stdout.close()
            process.stdin.write(fleet.text(fleet.lines[:3]))
            process.stdin.flush()
            if process.wait(60) != 5:
                yield f"{args}: exit {process.returncode} where nobody reads"
            late.cancel()


def partitions(lines, n):
    """As engines cut them: whole lines, in runs."""
    size = -(-len(lines) // n)
    return [lines[at:at + size] for at in range(0, len(lines), size)]


def pipe(argv, partition):
    """What Spark's RDD.pipe() does with a partition: each element and a newline is written by a
    thread, while each line that comes back is an element; there is one process for a partition."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        def feed():
            for element in partition:
                process.stdin.write(element.encode("latin-1") + b"\n")
            process.stdin.close()

        thread = threading.Thread(target=feed)
        thread.start()
        for element in process.stdout:
            yield element.rstrip(b"\n").decode()
        thread.join()


def split_over_processes(tool, fleet, tmp):
    """What `parallel --pipe` and Spark's pipe() do: each has some lines, and ids say whose is what."""
    lines = [json.dumps({"id": f"m{number}"} | {k: v for k, v in line.items() if k != "id"})
             for number, line in enumerate(mkfleet.lines(20, 4))]
    exits = [0] * len(lines)
    lines[7] = json.dumps({"id": "m7", "evidence_base64": "QUJD"})
    exits[7] = 3
    found = {}
    argv = [tool, "verify", "--batch", "--trust-root", str(fleet.root), *NOW]
    for partition in [[], *partitions(lines, 3)]:
        for answer in map(json.loads, pipe(argv, partition)):
            found[answer["id"]] = answer["exit"]
    if found != {f"m{number}": code for number, code in enumerate(exits)}:
        yield f"{found}"
    if not shutil.which("parallel"):
        print("# without GNU parallel, which is not here")
        return
    # Hosts are this one: what would be said to ssh is said to a shell, and named as sshd does.
    ssh = tmp / "ssh"
    ssh.write_text('#!/bin/sh\nwhile [ "$1" != one ] && [ "$1" != two ]; do shift; done\n'
                   'shift\n[ "$1" != -- ] || shift\nSHELL=/bin/sh exec sh -c "$*"\n')
    ssh.chmod(0o755)
    for hosts in [], ["-S", "one,two"]:
        done = subprocess.run(["parallel", "--will-cite", "--plain", "--pipe", "-N", "7", *hosts,
                               " ".join(argv)], input=fleet.text(lines), check=False,
                              stdout=subprocess.PIPE, env=os.environ | {"PARALLEL_SSH": str(ssh)})
        found = {answer["id"]: answer["exit"]
                 for answer in map(json.loads, done.stdout.splitlines())}
        if found != {f"m{number}": code for number, code in enumerate(exits)}:
            yield f"parallel {hosts}: {found}"
        if done.returncode != 1:
            yield (f"parallel {hosts}: exit {done.returncode}: "
                   "one of three jobs has an answer that is no yes")


TESTS = (in_threads, the_same_alone, memory_is_flat, a_slow_line_holds_no_more_than_some, long_lines,
         cut_off, asks_and_waits, split_over_processes)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--only", action="append", choices=[t.__name__ for t in TESTS])
    parser.add_argument("tool")
    parser.add_argument("peak")
    args = parser.parse_args()
    pairs = args.pairs or (10000 if args.long else 100)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="tsmmr-fleet-") as tmp:
        tmp = pathlib.Path(tmp)
        fleet = Fleet(tmp, args.peak, pairs, pairs if args.long else 20)
        chosen = [t for t in TESTS if not args.only or t.__name__ in args.only]
        print(f"1..{len(chosen)}")
        for number, test in enumerate(chosen, 1):
            why = list(test(str(pathlib.Path(args.tool).resolve()), fleet, tmp))
            bad += bool(why)
            print(f"{'not ' if why else ''}ok {number} - {test.__name__}", flush=True)
            for line in why:
                print("#", line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
