#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random policies over random evidence, against a model of the manual's table.

    model.py [--count N] [--seed N] [-j N] [--case N] [-v] TOOL DATA

The model below is written from the tables of tsmmr-replay(1), "status of a register, verdict,
exit status", and from nothing else: exit status, verdict, reasons, and of each register status,
gaps and whether it is asked about.  --case runs one case of the seed again and prints it.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import command
import worlds
from worlds import INCOMPLETE, MISMATCH, VERIFIED

GRADES = ("unsigned", "signed", "authenticated")
STRENGTH = {"sha1": 0, "sha256": 1, "sm3_256": 1, "sha3-256": 1, "sha384": 2, "sha512": 3}
ALLOWABLE = ("no-log", "unanchored", "off-log-extend", "unlogged", "unquoted-tail", "data-mismatch")
NEVER_COMPARED = {"no-log", "unreadable", "missing-image"}


class Policy:
    def __init__(self):
        self.args = []
        self.require = None             # [(name or role, alg)]
        self.allow = set()              # (name or None, gap)
        self.references = {}            # (name, alg): [values]
        self.only = None                # names
        self.nonce = None
        self.min_trust, self.min_hash = "authenticated", "sha256"


def some(rng, items, most):
    return rng.sample(items, min(len(items), rng.randint(1, most)))


def make_policy(rng, world):
    p = Policy()
    rows = world.rows
    if rng.random() < 0.35:
        p.require = []
        for row in some(rng, rows, 3):
            by_role = row.role and rng.random() < 0.3
            alg = row.alg if row.alg and rng.random() < 0.25 else None
            p.require.append((row.role if by_role else row.name, alg))
        if rng.random() < 0.1 and world.trust:
            p.require.append(("rem3" if rows[0].name != "rim" else "rtmr3", None))
        p.args += ["--require", ",".join(n + (f":{a}" if a else "") for n, a in p.require)]
    if rng.random() < 0.5:
        for gap in some(rng, ALLOWABLE, 3):
            p.allow.add((rng.choice(rows).name if rng.random() < 0.3 else None, gap))
        p.args += ["--allow", ",".join((f"{n}:" if n else "") + g for n, g in sorted(
            p.allow, key=str))]
    if world.trust:
        make_references(rng, world, p)
        if rng.random() < 0.4:
            p.min_trust = rng.choice(GRADES)
            p.args += ["--min-trust", p.min_trust]
        if rng.random() < 0.2:
            right = world.nonce.rstrip(b"\0") if rng.random() < 0.6 else b""
            p.nonce = right or b"another"
            p.args += ["--nonce", p.nonce.hex()]
    if rng.random() < 0.15:
        p.min_hash = rng.choice(("sha1", "sha256") + (() if world.trust else ("sha384", "sha512")))
        p.args += ["--min-hash", p.min_hash]
    if rng.random() < 0.1:
        p.only = {row.name for row in some(rng, rows, 4)}
        p.args += ["--only", ",".join(sorted(p.only))]
    return p


def make_references(rng, world, p):
    """Never of a register that software can reset: whether it decides alone is another test's."""
    rows = [r for r in world.rows if not r.resettable]
    if not rows or rng.random() < 0.5:
        return
    for row in some(rng, rows, 2):
        wrong = bytes([rng.randrange(1, 256)]) * len(row.value)
        values = rng.choice(([row.value], [row.value], [wrong], [wrong, row.value],
                             [wrong, bytes(len(wrong) - 1) + b"\1"]))
        name = row.role if row.role and rng.random() < 0.2 else row.name
        if row.name.startswith("pcr") and row.alg in ("sha1", "sha256"):
            name += f":{row.alg}"
        p.references[row.name, row.alg] = values
        p.args += ["--expect", f"{name}={','.join(v.hex() for v in values)}"]


# ---- the model

class Answer:
    def __init__(self):
        self.exits, self.verdict = (), None     # the exit statuses that may be
        self.because = set()            # that must be among the reasons
        self.rows = {}                  # (name, alg): (statuses, gap sets, asked) that may be
        self.launch = None


def named(row, items):
    return any(name in (row.name, row.role) and alg in (None, row.alg) for name, alg in items or ())


def by_its_bank(row, items):
    return any(name in (row.name, row.role) and alg == row.alg for name, alg in items or ())


class Judge:
    def __init__(self, world, policy):
        self.world, self.policy = world, policy
        self.weak = {id(r): self.is_weak(r) for r in world.rows}

    def is_weak(self, row):
        """A bank below --min-hash that nobody named."""
        if row.alg is None or STRENGTH[row.alg] >= STRENGTH[self.policy.min_hash]:
            return False
        return not (by_its_bank(row, self.policy.require) or
                    self.referenced(row))

    def has_strong(self, row):
        return any(r.name == row.name and not self.weak[id(r)] for r in self.world.rows)

    def referenced(self, row):
        return (row.name, row.alg) in self.policy.references

    def asked(self, row):
        if self.weak[id(row)] and self.has_strong(row):
            return False
        if self.referenced(row) or row.by_hand:
            return True
        if self.policy.require is not None:
            return named(row, self.policy.require)
        if any(r.by_hand for r in self.world.rows):
            return False
        return bool(self.world.logs) and row.kind == "runtime" and row.value is not None

    def required(self, row):
        return named(row, self.policy.require)

    def trusted(self):
        trust = self.world.trust
        return trust is None or GRADES.index(trust) >= GRADES.index(self.policy.min_trust)

    def status(self, row):
        """(status, gaps)"""
        if row.value is None:
            return "no-evidence", frozenset()
        values = self.policy.references.get((row.name, row.alg))
        if values and row.value not in values:
            return MISMATCH, frozenset()
        if row.events:
            status, gaps = row.outcome, row.gaps
        elif values:
            status, gaps = "equal", frozenset()
        elif row.value == row.initial and row.kind == "runtime":
            status, gaps = "untouched", frozenset()
        else:
            return INCOMPLETE, frozenset(["no-log"])
        if status == MISMATCH:
            return status, gaps
        if not self.trusted() and status != "untouched":
            return INCOMPLETE, gaps | {"untrusted"}
        if self.weak[id(row)]:
            return INCOMPLETE, gaps | {"weak-hash"}
        return status, gaps

    def allowed(self, row, gap):
        return gap not in ("untrusted", "weak-hash") and any(
            g == gap and n in (None, row.name, row.role) for n, g in self.policy.allow)

    def acceptable(self, row, status, gaps):
        """(is it, does it prove anything)"""
        if status in (VERIFIED, "equal"):
            return True, True
        if status == "untouched":
            return not self.required(row), False
        if status != INCOMPLETE or not all(self.allowed(row, g) for g in gaps):
            return False, False
        compared = not gaps & NEVER_COMPARED
        if not compared and (self.required(row) or self.referenced(row)):
            return False, False
        return True, compared

    def hidden(self):
        """Does --only hide what is required or referenced?  None: what was given by hand, or is
        not there, of which the table does not say whether that is hidden too."""
        if self.policy.only is None:
            return False
        out = [r for r in self.world.rows if r.name not in self.policy.only]
        if any(self.required(r) or self.referenced(r) for r in out):
            return True
        covered = all(any(named(r, [item]) for r in self.world.rows)
                      for item in self.policy.require or ())
        return None if any(r.by_hand for r in out) or not covered else False

    def refused(self):
        world, policy = self.world, self.policy
        if world.refused:
            return True
        if policy.nonce is None or world.trust is None:
            return False
        size = 64
        return policy.nonce.ljust(size, b"\0") != world.nonce.ljust(size, b"\0")

    def answer(self):
        a = Answer()
        asked = [r for r in self.world.rows if self.asked(r)]
        if self.hidden():
            # Whether it hides anything is not known of evidence that is refused.
            a.exits = (2, 7) if self.refused() else (2,)
            return a
        if self.refused():
            # Evidence that nothing asked depends on is reported, not refused.
            a.exits = (7,) if asked else (7, 4)
            return a

        mismatch, complete, proofs = False, True, []
        for row in self.world.rows:
            status, gaps = self.status(row)
            a.rows[row.name, row.alg] = self.row_may_be(row, status, gaps)
        for row in asked:
            status, gaps = self.status(row)
            ok, proves = self.acceptable(row, status, gaps)
            mismatch |= status == MISMATCH
            complete &= ok
            if proves:
                proofs.append(row)
        for item in self.policy.require or ():
            if not any(named(r, [item]) for r in self.world.rows):
                complete = False
        enough = bool(proofs) if self.policy.require is not None else \
            any(not r.resettable for r in proofs)

        a.verdict = MISMATCH if mismatch else VERIFIED if complete and enough else INCOMPLETE
        a.exits = ({MISMATCH: 1, VERIFIED: 0, INCOMPLETE: 4}[a.verdict],)
        a.exits += (2,) if self.hidden() is None else ()
        a.launch = "pinned" if any(r.kind == "launch" for r in asked) else "not-asked"
        self.reasons(a, asked)
        return a

    def row_may_be(self, row, status, gaps):
        """Where the table leaves two words open, both."""
        asked = self.asked(row)
        statuses, gap_sets = {status}, {gaps}
        if not self.trusted() and status == "untouched":
            statuses.add(INCOMPLETE)
            gap_sets.add(frozenset(["untrusted"]))
        if not self.trusted() and gaps == {"no-log"}:
            gap_sets.add(frozenset(["no-log", "untrusted"]))
        if "untrusted" in gaps:
            gap_sets.add(frozenset(["untrusted"]))
        if self.weak[id(row)]:
            # "Never proves and never spoils": what the row of a weak bank is called is open.
            statuses |= {INCOMPLETE, "untouched"} if not asked else set()
            gap_sets = None
        return statuses, gap_sets, asked

    def reasons(self, a, asked):
        if a.verdict == VERIFIED:
            return
        if a.verdict == MISMATCH:
            a.because = {("reference", r.name) for r in asked if self.referenced(r) and
                         r.value not in self.policy.references[r.name, r.alg]}
            return
        for row in asked:
            status, gaps = self.status(row)
            if status != INCOMPLETE or self.acceptable(row, status, gaps)[0]:
                continue
            if "untrusted" in gaps:
                a.because.add(("untrusted", row.name))
            elif not all(self.allowed(row, g) for g in gaps):
                a.because.add(("gap", row.name))
        for item in self.policy.require or ():
            if not any(named(r, [item]) for r in self.world.rows):
                a.because.add(("not-covered", item[0]))
        if not asked and self.policy.require is None:
            a.because.add(("nothing-asked", None))


# ---- against the command

def differences(model, policy, code, out):
    if code not in model.exits:
        yield f"exit {code}, the model says {' or '.join(map(str, model.exits))}"
        return
    if code not in (0, 1, 4) or model.verdict is None:
        return
    try:
        answer = json.loads(out)
    except ValueError:
        yield "no JSON"
        return
    if answer.get("verdict") != model.verdict:
        yield f"verdict {answer.get('verdict')}, the model says {model.verdict}"
    there = {(b.get("kind"), (b.get("register") or "").split(":")[0] or None)
             for b in answer.get("because") or []}
    if model.verdict == VERIFIED and there:
        yield f"verified, because {there}"
    if not model.because <= there:
        yield f"because {sorted(there, key=str)}, the model has {sorted(model.because, key=str)}"
    if model.verdict == VERIFIED and answer.get("launch") != model.launch:
        yield f"launch is {answer.get('launch')}, the model says {model.launch}"
    seen = set()
    for row in answer.get("registers", []):
        key = row["name"], row["alg"]
        if key not in model.rows:
            continue
        seen.add(key)
        statuses, gap_sets, asked = model.rows[key]
        gaps = frozenset(g["kind"] for g in row["gaps"])
        if row["status"] not in statuses:
            yield f"{key}: {row['status']}, the model says {' or '.join(sorted(statuses))}"
        elif row["status"] == INCOMPLETE and gap_sets and gaps not in gap_sets:
            yield f"{key}: gaps {sorted(gaps)}, the model says {[sorted(g) for g in gap_sets]}"
        if row["asked"] != asked:
            yield f"{key}: asked is {row['asked']}, the model says {asked}"
    for key in model.rows.keys() - seen:
        if policy.only is None:
            yield f"{key} is not in the answer"


def one(seed, number, files, tool, data):
    rng = random.Random(f"{seed}/{number}")
    world = worlds.any_world(rng, files)
    policy = make_policy(rng, world)
    model = Judge(world, policy).answer()
    argv = [tool, "verify", "--json", *world.logs, *world.args, *policy.args]
    done = subprocess.run(argv, cwd=data, env=command.ENV, capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=command.TIMEOUT_S)
    wrong = list(differences(model, policy, done.returncode, done.stdout))
    if done.returncode not in (0, 1, 4) and wrong:
        wrong.append(" ".join(done.stderr.decode(errors="replace").split("\n"))[:200])
    return number, model.exits[0], argv, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--case", type=int, help="this one only")
    parser.add_argument("--max-shown", type=int, default=10)
    parser.add_argument("-v", action="store_true", help="what was run and what the model says")
    parser.add_argument("tool")
    parser.add_argument("data", type=pathlib.Path)
    args = parser.parse_args()

    tool, data = str(pathlib.Path(args.tool).resolve()), args.data.resolve()
    numbers = range(args.count) if args.case is None else [args.case]
    exits, bad = {}, 0
    with tempfile.TemporaryDirectory(prefix="tsmmr-model-") as tmp, \
            concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        files = worlds.Files(pathlib.Path(tmp))
        for number, code, argv, wrong in pool.map(
                lambda n: one(args.seed, n, files, tool, data), numbers):
            exits[code] = exits.get(code, 0) + 1
            bad += bool(wrong)
            if wrong and bad <= args.max_shown or args.v:
                print(f"# case {number}: {' '.join(argv[1:])}")
                for line in wrong or [f"exit {code}, as the model says"]:
                    print(f"#   {line}")
                sys.stdout.flush()
    spread = " ".join(f"{code}:{exits[code]}" for code in sorted(exits))
    print("1..1")
    print(f"{'not ok' if bad else 'ok'} 1 - {len(numbers)} policies of seed {args.seed}, "
          f"{bad} answers differ from the model (exits {spread})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
