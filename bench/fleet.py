#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A fleet through `verify --batch`, against a process for each pair, and against its goals.

    fleet.py [--pairs N] [--alone N] [--rounds N] [--unjudged] TOOL PEAK

Every pair is different, by a platform of its own, and a hostile line is among them; how they are
made is not measured.  Of each way the round that took the least processor time counts, and rounds
are interleaved.  Exits 1 where a goal is not met.
"""

import argparse
import base64
import os
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests/fleet"))
sys.dont_write_bytecode = True

import fleet as f       # where the path is set

GROWTH_KB = 1 << 10     # of memory, from a tenth of the lines to all


class Took:
    """What a way takes, each pair, in ms; of the batches also the most memory."""

    def __init__(self):
        self.cpu = self.wall = float("inf")
        self.rss_kb = 0

    def add(self, cpu_s, wall_s, pairs, rss_kb=0):
        self.cpu = min(self.cpu, 1000 * cpu_s / pairs)
        self.wall = min(self.wall, 1000 * wall_s / pairs)
        self.rss_kb = max(self.rss_kb, rss_kb)


class Fleet(f.Fleet):
    """No line is hostile but one."""

    def __init__(self, root, peak, pairs):
        root.write_text(f.mkquote.chain()[2])
        self.root, self.peak, self.pairs = root, peak, pairs
        self.lines = [f.json.dumps(pair) for pair in pairs]
        self.exits = [0] * len(pairs)
        self.lines[len(pairs) // 2] = "[" * 100000
        self.exits[len(pairs) // 2] = 3


def batch(tool, fleet, n, args, took):
    began = time.monotonic()
    a = f.Answers(tool, fleet, args, fleet.text(fleet.lines[:n]))
    took.add(a.cpu_s, time.monotonic() - began, n, a.rss_kb)
    return a.wrong(fleet.exits[:n])


def alone(tool, fleet, n, tmp, took):
    """The first n pairs, which are files already."""
    argvs = []
    for number, pair in enumerate(fleet.pairs[:n]):
        names = []
        for of in "log", "evidence":
            names.append(tmp / f"{of}{number}")
            names[-1].write_bytes(base64.b64decode(pair[f"{of}_base64"]))
        argvs.append([tool, "verify", "-q", *map(str, (names[0], "--evidence", names[1])),
                      "--trust-root", str(fleet.root), *f.NOW, "--nonce", pair["nonce"]])
    null = os.open("/dev/null", os.O_RDWR)
    onto = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    before, began = os.times(), time.monotonic()
    bad = [os.waitpid(os.posix_spawn(tool, argv, os.environ, file_actions=onto), 0)[1]
           for argv in argvs]
    wall_s, after = time.monotonic() - began, os.times()
    os.close(null)
    took.add(after.children_user + after.children_system - before.children_user -
             before.children_system, wall_s, n)
    return ["a pair alone does not verify"] if any(bad) else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=10000)
    parser.add_argument("--alone", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--unjudged", action="store_true")
    parser.add_argument("tool", type=pathlib.Path)
    parser.add_argument("peak")
    args = parser.parse_args()
    tool, n, some = str(args.tool.resolve()), args.pairs, args.pairs // 10
    took = {name: Took() for name in ("alone", "one", "two", "few", "few-two", "return")}
    bad = []

    with tempfile.TemporaryDirectory(prefix="tsmmr-fleet-") as tmp:
        tmp = pathlib.Path(tmp)
        fleet = Fleet(tmp / "root.pem", args.peak, list(f.mkfleet.lines(n, n)))
        again = Fleet(fleet.root, args.peak, (fleet.pairs[:1 + n // 100] * 100)[:n])
        for _ in range(args.rounds):
            bad += alone(tool, fleet, min(args.alone, n // 2), tmp, took["alone"])
            bad += batch(tool, fleet, n, [], took["one"])
            bad += batch(tool, fleet, n, ["-j", "2"], took["two"])
            bad += batch(tool, again, n, [], took["return"])
            bad += batch(tool, fleet, some, [], took["few"])
            bad += batch(tool, fleet, some, ["-j", "2"], took["few-two"])

    print(f"{n} pairs, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; ms a pair\n")
    for name, what in (("alone", "a process for each"), ("one", "a batch, one thread"),
                       ("two", "a batch, two threads"), ("return", "a batch, platforms return")):
        t = took[name]
        print(f"{what:28} CPU {t.cpu:7.3f}   wall {t.wall:7.3f}   {t.rss_kb or '-':>6} KB")
    print()
    missed = 0
    for what, figure, least, most in (
            ("one process per pair / batch", took["alone"].cpu / took["one"].cpu, 7, None),
            ("the same, platforms return", took["alone"].cpu / took["return"].cpu, None, None),
            ("CPU of two threads / of one", took["two"].cpu / took["one"].cpu, None, 1.05),
            # Only where two processors have nothing else to do.
            ("wall of one thread / of two", took["one"].wall / took["two"].wall, None, None),
            (f"KB more than for {some} lines", took["one"].rss_kb - took["few"].rss_kb, None,
             GROWTH_KB),
            ("the same, two threads", took["two"].rss_kb - took["few-two"].rss_kb, None,
             GROWTH_KB)):
        met = (least is None or figure >= least) and (most is None or figure <= most)
        missed += not met
        limit = f">= {least}" if least else f"<= {most}" if most else ""
        print(f"{what:32} {figure:8.4g}  {limit:8} {'' if met else 'NOT met'}")
    for why in bad:
        print("wrong:", why)
    return 1 if bad or missed and not args.unjudged else 0


if __name__ == "__main__":
    sys.exit(main())
