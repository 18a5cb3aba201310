#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which logs verify, and with which values: the cases of mutate.c, and then mutate itself, or
appraised, which has no -x: an empty one.

    mutation.py MUTATE DATA [CORPUS LIVE] [-t TOOL] [-n COUNT] [-x COUNT] [-s SEED] [-v]

DATA are the project's fixtures.  With a corpus only its logs are taken, and captured boots: those whose
registers somebody knows with these values, the others with what they replay to.  With
tsmmr-replay as TOOL they are taken as canonical event logs too.
"""

import argparse
import csv
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

SKIP = 77


def fixtures(data):
    with open(data / "expect.tsv", encoding="utf-8", newline="") as f:
        for row in csv.reader((line for line in f if line[0] != "#"), delimiter="\t"):
            name, how, _, code, *_, verdict, _, registers = row
            if code == "OK" and verdict == "verified" and how in ("auto", "ccel", "tcg2", "tcg1"):
                yield data / name, how, "-", registers
    yield data / "tdx-twin" / "CCEL.data", "auto", "-", "-"


def text_logs(scratch):
    """What the kernel's text log and the attestation agent's look like."""
    for alg, size in (("sha384", 48), ("sha256", 32)):
        for count in (1, 3, 12):
            lines = [f"SYNC {alg}/{'00' * size}"]
            for i in range(count):
                lines.append(f"example.org/app{i % 3} start {i // 2}")
                if i % 4 == 1:
                    lines += ["# a comment", ""]
            value = b"\0" * size
            for line in lines:
                if line and line[0] != "#":
                    digest = hashlib.new(alg, line.encode()).digest()
                    value = hashlib.new(alg, value + digest).digest()
            path = scratch / f"text-{alg}-{count}.log"
            path.write_text("\n".join(lines) + "\n")
            reg = "rtmr3" if alg == "sha384" else "pcr23:sha256"
            name = "rtmr3:sha384" if alg == "sha384" else "pcr23:sha256"
            yield path, "text", reg, f"{name}={value.hex()}"
            if alg == "sha384":
                agent = scratch / f"agent-{count}.log"
                lines[0] = f"INIT {alg}/{'00' * size}"
                agent.write_text("\n".join(lines))
                yield agent, "aael", reg, "-"


def ima_fixtures(data):
    """Lists replay to what expect.tsv says in each bank, and to nothing else."""
    with open(data / "ima/expect.tsv", encoding="utf-8", newline="") as f:
        for row in csv.reader((line for line in f if line[0] != "#"), delimiter="\t"):
            name, how, code, registers = row[0], row[1], row[2], row[8]
            # Of two algorithms of one digest size a list does not say which it has.
            if how != "ima" or code != "OK" or name.split(".")[-2] in ("sm3_256", "sha3_256"):
                continue
            yield (data / "ima" / name, "ima-padded" if name == "padded.bin" else "ima", "-",
                   registers)


def live_lists(live):
    """Each list of a machine with its PCRs, as they were read beside it."""
    for pcrs in sorted(live.glob("*/*/pcrs.txt")):
        rows = [line.split() for line in pcrs.read_text().splitlines()]
        values = ",".join(f"pcr{r[1]}:{r[0]}={r[2]}" for r in rows if len(r) == 3)
        for path in sorted(pcrs.parent.glob("binary_runtime_measurements*")):
            yield path, "ima", "-", values


ENCODINGS = "cel-cbor", "cel-json", "cel-tlv"
EXPORTED_MAX = 1 << 20


def exported(tool, cases, scratch, step):
    """Every so many of the cases, in one encoding after the other."""
    usual = [case for case in cases if case[1] != "ima-padded"]
    for i, (path, how, reg, values) in enumerate(usual[::step]):
        to = ENCODINGS[i % len(ENCODINGS)]
        out = scratch / f"exported-{i}.{to}"
        given = [] if how == "auto" else [f"--format={how}"]
        given += [] if reg == "-" else [f"--mr={reg}"]
        done = subprocess.run([tool, "export", "-q", path, "--to", to, "-o", out, *given],
                              capture_output=True, check=False)
        # A log about no register that CEL has a number for.
        if done.returncode == 0 and out.stat().st_size < EXPORTED_MAX:
            yield out, to, "-", values


def register(kind, index):
    return f"rtmr{int(index) - 1}" if kind == "ccel" else f"pcr{index}"


def known(document):
    """Each bank of each opinion about a log: what does not verify falls out later."""
    for e in document.get("expectations", [document]):
        for bank, values in e.get("bank", {}).items():
            yield e, bank, values


def corpus_logs(corpus):
    told = set()
    for path in sorted((corpus / "expected").glob("*.json")):
        document = json.loads(path.read_text())
        name = document.get("log", path.stem.replace("--", "/", 1))
        kind = name.split("/")[0]
        for _, bank, values in known(document):
            told.add(name)
            if kind == "aael":
                yield (corpus / name, "aael", "rtmr3",
                       ",".join(f"rtmr{i}:{bank}={v}" for i, v in values.items()))
            elif kind in ("ccel", "tcg2"):
                yield (corpus / name, "auto", "-",
                       ",".join(f"{register(kind, i)}:{bank}={v}" for i, v in values.items()))
    for kind in ("ccel", "tcg2", "aael", "rim-log", "cel-tlv", "ima"):
        for path in sorted((corpus / kind).iterdir()):
            if path.is_file() and f"{kind}/{path.name}" not in told:
                yield path, "auto", "-", "-"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mutate")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("live", nargs="?", type=pathlib.Path)
    parser.add_argument("-t")
    parser.add_argument("-n", default="20000")
    parser.add_argument("-x", default="500")
    parser.add_argument("-s", default="0")
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()
    corpus = pathlib.Path(args.corpus) if args.corpus else None

    if corpus and not (corpus / "expected").is_dir():
        print(f"skipped: no corpus of real logs at {corpus} (see the Meson option 'corpus')")
        return SKIP
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        if corpus:
            cases = [*corpus_logs(corpus), *live_lists(args.live / "tpm")]
        else:
            cases = [*fixtures(args.data), *text_logs(scratch), *ima_fixtures(args.data)]
        if args.t:
            cases += [*exported(args.t, cases, scratch, 1 if corpus else 4)]
        listed = scratch / "cases.tsv"
        listed.write_text("".join("\t".join(map(str, c)) + "\n" for c in cases))
        return subprocess.run([args.mutate, "-n", args.n, *(["-x", args.x] if args.x else []),
                               "-s", args.s, *(["-v"] if args.v else []), listed],
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
