# SPDX-License-Identifier: BSD-2-Clause
"""Runs the command on forged input, says where its answer is not the contract's; prints TAP."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TIMEOUT_S = 60
NOBODY = 65534
TABLE = pathlib.Path(__file__).resolve().parent / "YES.tsv"
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
ENV.update((k, os.environ[k]) for k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH")
           if k in os.environ)
YES = ("verified", "equal")


class Skip(Exception):
    pass


class Answer:
    """What one command line gave.  Each check adds to what is wrong and goes on."""

    def __init__(self, argv, done, wrong):
        self.argv, self.code, self.wrong = argv, done.returncode, wrong
        self.out = done.stdout.decode(errors="replace")
        self.err = done.stderr.decode(errors="replace")

    def fail(self, text):
        line = " ".join(re.sub(r"([0-9a-f]{16})[0-9a-f]{16,}", r"\1…", str(a))
                        for a in self.argv[1:])
        self.wrong.append(f"{text}  [{line}]")
        return self

    def check(self, truth, text):
        return self if truth else self.fail(text)

    # exit status, text

    def exits(self, *codes):
        why = f": {self.err.splitlines()[0][:150]}" if self.err else ""
        return self.check(self.code in codes,
                          f"exit {self.code}, not {' or '.join(map(str, codes))}{why}")

    def refuses(self):
        """No yes, whatever is the matter with it."""
        return self.check(0 < self.code < 8, f"exit {self.code}")

    @property
    def last(self):
        return self.out.rstrip("\n").rpartition("\n")[2]

    def ends(self, *parts):
        """The last line has these parts, in this order and nothing before the first."""
        rest = self.last
        for n, part in enumerate(parts):
            at = rest.find(part)
            if at < 0 or n == 0 and at:
                return self.fail(f"the last line lacks “{part}”: {self.last}")
            rest = rest[at + len(part):]
        return self

    def check_last(self, text):
        return self.check(self.last == text, f"the last line is: {self.last}")

    def lacks(self, *words):
        for word in words:
            self.check(word not in self.out and word not in self.err, f"it says “{word}”")
        return self

    def says(self, *words):
        for word in words:
            self.check(word in self.out, f"stdout lacks “{word}”")
        return self

    def complains(self, *words):
        for word in words:
            self.check(word in self.err, f"stderr lacks “{word}”: {self.err[:200].strip()}")
        return self

    # JSON

    @property
    def lines(self):
        try:
            return [json.loads(line) for line in self.out.splitlines()]
        except ValueError:
            self.fail(f"no JSON: {self.out[:80]!r}")
            return []

    @property
    def json(self):
        lines = self.lines
        return lines[-1] if lines else {}

    def rows(self, name, alg=None):
        return [r for r in self.json.get("registers", [])
                if r["name"] == name and (alg is None or r["alg"] == alg)]

    def row(self, name, alg=None, gaps=None, **members):
        found = self.rows(name, alg)
        if not found:
            return self.fail(f"no row {name}")
        for row in found:
            for key, want in members.items():
                want = want if isinstance(want, tuple) else (want,)
                self.check(row.get(key, "absent") in want,
                           f"{name}: {key} is {row.get(key, 'absent')}, not {want[0]}")
            if gaps is not None:
                there = [g["kind"] for g in row["gaps"]]
                self.check(sorted(set(there)) == sorted(set(gaps)),
                           f"{name}: gaps {there}, not {list(gaps)}")
        return self

    def no_row_says_yes(self):
        for row in self.json.get("registers", []):
            self.check(row["status"] not in YES, f"{row['name']} is {row['status']}")
        return self.nothing_proven()

    def because(self, kind, register=None):
        there = [(b.get("kind"), b.get("register")) for b in self.json.get("because") or []]
        return self.check((kind, register) in there, f"because {there}, not {kind} {register}")

    def evidence(self, n=0, **members):
        pieces = self.json.get("evidence") or []
        if n >= len(pieces):
            return self.fail(f"no piece of evidence {n}")
        for key, want in members.items():
            self.check(pieces[n].get(key, "absent") == want,
                       f"evidence {n}: {key} is {pieces[n].get(key, 'absent')}, not {want}")
        return self

    def piece(self, kind, **members):
        for n, piece in enumerate(self.json.get("evidence") or []):
            if piece["kind"] == kind:
                return self.evidence(n, **members)
        return self.fail(f"no {kind} in the evidence")

    @property
    def events(self):
        """Of show, or of verify with --events."""
        for line in self.lines:
            if line.get("schema") == "tsmmr.event/1":
                yield line
            yield from line.get("events") or []

    def nothing_proven(self):
        for e in self.events:
            if e["proven"] or e["trusted_text"] is not None:
                return self.fail(f"record {e['record']} is proven: {e['trusted_text']}")
        return self

    def something_proven(self):
        return self.check(any(e["proven"] and e["trusted_text"] for e in self.events),
                          "nothing is proven")

    def trusted(self):
        return "\n".join(e["trusted_text"] or "" for e in self.events)

    def trusts_no(self, *words):
        for word in words:
            self.check(word not in self.trusted(), f"trusted_text has “{word}”")
        return self

    def finds(self, *ids):
        there = {f["id"] for f in self.json.get("findings", [])}
        return self.check(there & set(ids), f"findings {sorted(there)}, not {' or '.join(ids)}")


class Test:
    """One case: a scratch folder, and what was wrong in it."""

    def __init__(self, tool, data, corpus, tmp):
        self.tool, self.data, self.corpus, self.tmp = tool, data, corpus, pathlib.Path(tmp)
        self.wrong = []         # in answers to an adversary
        self.broken = []        # in answers to honest people
        self.made = 0

    def file(self, content, name=None):
        self.made += 1
        path = self.tmp / (name or f"f{self.made}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def tree(self, name):
        """A copy of a machine of tests/data/sysfs, to be altered."""
        self.made += 1
        path = self.tmp / f"root{self.made}"
        shutil.copytree(self.data / "sysfs" / name, path)
        return path

    def real(self, name):
        """A file of the corpus, where there is one."""
        path = self.corpus / name if self.corpus else None
        if not path or not path.is_file():
            raise Skip(f"needs {name} of the corpus")
        return str(path)

    def _run(self, wrong, args, stdin=None, env=None, user=None, limit=TIMEOUT_S):
        argv = [self.tool, *map(str, args)]
        how = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        if user is not None:
            how |= {"user": user, "group": user, "extra_groups": []}
        try:
            done = subprocess.run(argv, cwd=self.data, env=ENV | (env or {}), check=False,
                                  capture_output=True, timeout=limit, **how)
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess(argv, 124, b"", b"it did not end")
        return Answer(argv, done, wrong)

    def run(self, *args, **how):
        """On what an adversary made, or asked as nobody should have to."""
        return self._run(self.wrong, args, **how)

    def honest(self, *args, **how):
        """The same without the forgery: what must stay a yes."""
        return self._run(self.broken, args, **how)

    def unprivileged(self):
        """Arguments of run() for somebody whom modes of files stop."""
        if os.getuid():
            return {}
        for path in (self.tmp, pathlib.Path(self.tool)):
            for folder in (path, *path.parents):
                if not folder.stat().st_mode & 0o005 and folder != self.tmp:
                    raise Skip("somebody without privileges cannot run the command here")
        os.chmod(self.tmp, 0o755)
        return {"user": NOBODY}


CASES = []


def case(line, name, new=False, held=False):
    """line: of the list that the case is from; new: the command had no words for it before;
    held: it was right before."""
    def add(function):
        before = "no words for it" if new else "was right" if held else None
        CASES.append((f"{line}-{name}", before, function))
        return function
    return add


def table():
    """{case: what the command said to it when it was written}"""
    return dict(line.split("\t") for line in TABLE.read_text().splitlines()[1:])


def run_case(function, tool, data, corpus):
    with tempfile.TemporaryDirectory(prefix="tsmmr-yes-") as tmp:
        t = Test(tool, data, corpus, tmp)
        function(t)
        clean = [[w.replace(tmp, "@TMP@") for w in some] for some in (t.wrong, t.broken)]
    return clean


def main(args):
    """args: tool, data, corpus, only, list, expect_fail."""
    names = [name for name, _, _ in CASES]
    if sorted(names) != sorted(table()):
        sys.exit(f"not in both, {TABLE.name} and the cases: {set(names) ^ set(table())}")
    chosen = [c for c in CASES if not args.only or c[0] in args.only or
              c[0].split("-")[0] in args.only]
    unknown = [o for o in args.only or () if o not in names and
               o not in {n.split("-")[0] for n in names}]
    if unknown:
        sys.exit(f"no such case: {' '.join(unknown)}")
    if args.list:
        for name, before, function in chosen:
            print(f"{name}\t{before or '-'}\t{' '.join((function.__doc__ or '').split())}")
        return 0
    tool, data = str(pathlib.Path(args.tool).resolve()), args.data.resolve()
    corpus = args.corpus.resolve() if args.corpus and args.corpus.is_dir() else None

    print(f"1..{len(chosen)}")
    bad = 0
    for number, (name, before, function) in enumerate(chosen, 1):
        if args.expect_fail and before:
            print(f"ok {number} - {name} # SKIP {before} before")
            continue
        try:
            wrong, broken = run_case(function, tool, data, corpus)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}")
            continue
        # An honest input refused is no proof that a forged one was accepted.
        passed = bool(wrong) if args.expect_fail else not (wrong or broken)
        bad += not passed
        print(f"{'ok' if passed else 'not ok'} {number} - {name}", flush=True)
        for line in [] if passed and not args.expect_fail else wrong + [
                f"honest: {b}" for b in broken]:
            print("#", " ".join(line.split("\n")))
    return 1 if bad else 0
