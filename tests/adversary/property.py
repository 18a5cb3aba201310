#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""No option that asks for more, or looks at less, turns another exit status into 0.

    property.py [--count N] [--seed N] [-j N] [--corpus DIR] TOOL DATA

Random states of evidence and logs (worlds.py), and real logs with their evidence where a corpus
is given, are judged; where that is no yes, options are added, and it must be none again.  Left
out are the options that lower what is asked by name (--allow, --min-trust, --min-hash,
--allow-debug, --time, --initial and those about collateral), that hand over what was missing
(logs, the first evidence, roots, images), and --require where there was none, which is the
question itself.  A right value may answer what was open: nothing else may be cured by it.
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
import inputs as i
import model
import worlds

OPEN = ("no-log", "unreadable", "missing-image")


def run(tool, data, argv):
    done = subprocess.run([tool, *argv], cwd=data, env=command.ENV, capture_output=True,
                          check=False, stdin=subprocess.DEVNULL, timeout=command.TIMEOUT_S)
    try:
        answer = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    except ValueError:
        answer = {}
    return done.returncode, answer


def wrong_value(rng, value):
    return bytes([rng.randrange(1, 255)]) * len(value)


def extra(rng, world, files, rows):
    """(option and its value, the register that a right value is of)"""
    row = rng.choice(rows)
    bank = f":{row.alg}" if row.alg in ("sha1", "sha256") else ""
    value = row.value or bytes(48)
    names = rng.sample([r.name for r in rows], min(len(rows), rng.randint(1, 3)))
    pick = rng.randrange(20)
    if pick < 3:
        return ["--expect", f"{row.name}{bank}={wrong_value(rng, value).hex()}"], None
    if pick < 6:
        return ["--expect", f"{row.name}{bank}={value.hex()}"], row.name
    if pick == 6:
        return ["--expect", f"{row.name}{bank}={wrong_value(rng, value).hex()},{value.hex()}"], \
            row.name
    if pick < 10:
        return ["--only", ",".join(names)], None
    if pick == 10:
        return ["--alg", rng.choice(("sha1", "sha256", "sha384"))], None
    if pick == 11:
        return ["--nonce", rng.choice((world.nonce or b"", b"another", b"\0")).hex() or "01"], None
    if pick == 12:
        return ["--trust-root", "sha256:" + "1" * 64], None
    if pick == 13 and world.trust:
        return ["--evidence", files(rng.choice(pieces()))], None
    if pick == 14:
        return ["--must-check", rng.choice(("tcb-status", "revocation", "signature"))], None
    if pick == 15:
        text = f"{row.name}{bank}={wrong_value(rng, value).hex()}\n"
        return ["--expect-any", "@" + files(text.encode())], None
    if pick == 16:
        return ["--expect", f"claim.report_data={'5a' * 64}"], None
    if pick == 17:
        return ["--at-least", f"claim.tee_tcb_svn={'ff' * 16}"], None
    return rng.choice((["--strict"], ["-q"], ["-v"], ["--events"], ["--color", "never"],
                       ["--max-events", "100000"], ["--log-dir", "/nonexistent"],
                       ["--min-tcb-evaluation", "1"])), None


def pieces():
    """Evidence that vouches for nothing: of other states of the same guest, and forged."""
    out = [kinds["tdx-report"] for kinds, *_ in worlds.tdx_pool()]
    out.append((i.DATA / "adversary/tdreport-forged-tcb.bin").read_bytes())
    out.append((i.DATA / "snp-twin/report-v5.bin").read_bytes())
    return out


def was_open(answer, name):
    """Might a right value of it be what was missing?"""
    if any(b.get("kind") == "nothing-asked" for b in answer.get("because") or []):
        return True
    rows = answer.get("registers", [])
    if not any(r["asked"] for r in rows):
        return True
    for row in rows:
        if name in (row["name"], row["role"]):
            gaps = {g["kind"] for g in row["gaps"]}
            return row["status"] in ("untouched", "no-evidence") or bool(gaps & set(OPEN))
    return True


def cured(before, answer, after, right):
    """Why a yes after a no is wrong, or None."""
    if after != 0 or before == 0:
        return None
    if not right or before != 4:
        return f"exit {before} became 0"
    if not all(was_open(answer, name) for name in right):
        return f"exit {before} became 0 by a value of {' '.join(right)}, which was not open"
    return None


def generated(seed, number, files):
    rng = random.Random(f"{seed}/{number}")
    world = worlds.any_world(rng, files)
    policy = model.Policy()
    if rng.random() < 0.6:
        policy = model.make_policy(rng, world)
    return rng, world, [*world.logs, *world.args, *policy.args], world.rows


def one(seed, number, files, tool, data, real):
    if real and number % 5 == 0:
        rng = random.Random(f"{seed}/{number}")
        world, argv, rows = real[number // 5 % len(real)]
    else:
        rng, world, argv, rows = generated(seed, number, files)
    before, answer = run(tool, data, ["verify", "--json", *argv])
    wrong = []
    for _ in range(3 if before else 0):
        added, right = [], []
        for _ in range(rng.randint(1, 3)):
            words, name = extra(rng, world, files, rows)
            added += words
            right += [name] if name else []
        verb = rng.choice(("verify", "verify", "verify", "explain"))
        after, _answer = run(tool, data, [verb, "--json", *argv, *added])
        why = cured(before, answer, after, right)
        if why:
            wrong.append(f"{why}: {' '.join([verb, *argv])} ADDED {' '.join(added)}")
    return before, wrong


def corpus_worlds(corpus, tool, data):
    """Real logs with evidence beside them; what the registers hold is asked of the command."""
    out = []
    table = corpus / "expected/REPLAY-RESULTS.tsv" if corpus else None
    for line in table.read_text().splitlines()[1:] if table and table.is_file() else []:
        log, _kind, evidence, *_rest = line.split("\t")
        if not evidence or not (corpus / evidence).is_file():
            continue
        args = ["--evidence", str(corpus / evidence)]
        code, answer = run(tool, data, ["registers", "--json", *args])
        if code:
            continue
        rows = [worlds.Row(r["name"], r["alg"], bytes.fromhex(r["value"] or ""), r["kind"])
                for r in answer["registers"] if r["value"]]
        if not rows:            # a TPM quote alone, without its PCR values
            continue
        world = worlds.World(args, rows, "signed", b"")
        for roots in [], ["--trust-root", "sha256:" + "44a0196b2b99f889b8e149e95b807a35"
                          "0e7424964399e885a7cbb8ccfab674d3"]:
            out.append((world, [str(corpus / log), *args, *roots], rows))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=150, help="command lines to begin with")
    parser.add_argument("--seed", default="1")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--max-shown", type=int, default=10)
    parser.add_argument("tool")
    parser.add_argument("data", type=pathlib.Path)
    args = parser.parse_args()

    tool, data = str(pathlib.Path(args.tool).resolve()), args.data.resolve()
    corpus = args.corpus.resolve() if args.corpus and args.corpus.is_dir() else None
    real = corpus_worlds(corpus, tool, data)
    shown, bad, noes = 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="tsmmr-property-") as tmp, \
            concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        files = worlds.Files(pathlib.Path(tmp))
        for before, wrong in pool.map(
                lambda n: one(args.seed, n, files, tool, data, real), range(args.count)):
            noes += before != 0
            bad += len(wrong)
            for line in wrong:
                shown += 1
                if shown <= args.max_shown:
                    print(f"# {line}", flush=True)
    print("1..1")
    print(f"{'not ok' if bad else 'ok'} 1 - {args.count} command lines of seed {args.seed}, "
          f"{noes} of them no yes, {bad} turned into one by options that earn none")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
