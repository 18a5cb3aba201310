#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real logs against the registers they are known to have, through tsmmr-replay.

    test_corpus.py TOOL CORPUS [ALL]    ALL: change every measured byte, not a sample

Skipped (77) without the corpus.
"""

import collections
import csv
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import schema

SKIP = 77
COS_113 = ("ccel/go-eventlog__cos-113-intel-tdx.bin",
           "tdx-quote/go-tdx-guest__cos-113-tdx-quote.dat")
LIVE = ("ccel/attestation-rs__tdx_ccel_live.bin", "tdx-quote/attestation-rs__tdx_quote_live.dat")
LIVE2 = ("ccel/attestation-rs__tdx_ccel_live2.bin",
         "tdx-quote/attestation-rs__tdx_quote_live.dat")

problems = []
checked = collections.Counter()


def expect(condition, *what):
    checked["assertions"] += 1
    if not condition:
        problems.append(" ".join(str(w) for w in what))


class Tool:
    def __init__(self, path):
        self.path = path

    def run(self, *args, stdin=None):
        """(exit status, the JSON object on stdout or None, stderr)"""
        done = subprocess.run([self.path, *map(str, args)], input=stdin, capture_output=True,
                              timeout=120, check=False)
        text = done.stdout.decode("utf-8")
        err = done.stderr.decode("utf-8", "replace")
        expect(done.returncode in range(8), args, "exit", done.returncode, err)
        expect("Sanitizer" not in err and "runtime error" not in err, args, err)
        try:
            return done.returncode, schema.read(text) if text.strip() else None, err
        except ValueError as error:
            expect(False, args, "is not JSON:", error, text[:200])
            return done.returncode, None, err


def register(kind, index):
    return f"rtmr{index - 1}" if kind == "ccel" else f"pcr{index}"


def numbers(field):
    return [int(n) for n in field.split(",") if n]


def values_of(corpus, row):
    """The registers that somebody knows for this row: those of its kind, its bank."""
    name = row["log"].replace("/", "--") + ".json"
    document = json.loads((corpus / "expected" / name).read_text())
    for e in document.get("expectations", [document]):
        same_kind = e["kind"] == row["kind"]
        evidence = e.get("evidence", "")
        evidence = " ".join(evidence) if isinstance(evidence, list) else evidence
        if same_kind and row["bank"] in e["bank"] and evidence == row["evidence"]:
            return {int(k): v for k, v in e["bank"][row["bank"]].items()}
    for e in document.get("expectations", [document]):
        if e["kind"] == row["kind"] and row["bank"] in e["bank"]:
            return {int(k): v for k, v in e["bank"][row["bank"]].items()}
    return None


def check_row(tool, corpus, row, scratch):
    kind = row["log"].split("/")[0]
    bank, log = row["bank"], corpus / row["log"]
    match = numbers(row["match"])
    values = values_of(corpus, row)
    expect(values is not None, row["log"], bank, "has no values in expected/")
    if values is None:
        return

    # What it replays to.
    status, told, err = tool.run("replay", "--json", log)
    expect(status == 0, log, "replay exits", status, err)
    replayed = {(r["name"], r["alg"]): r["value"] for r in (told or {}).get("registers", [])}
    for index in match:
        got = replayed.get((register(kind, index), bank))
        expect(got == values[index], log, register(kind, index), bank, "is", got)
        checked["registers replayed"] += 1
    for field in ("mismatch", "extended_outside_log"):
        for index in numbers(row[field]):
            got = replayed.get((register(kind, index), bank))
            expect(got != values[index], log, register(kind, index), bank, "should differ")

    # What verifying says about each of them.
    listed = scratch / "expect.txt"
    listed.write_text("".join(f"{register(kind, i)}:{bank}={v}\n" for i, v in values.items()))
    status, told, err = tool.run("verify", "--json", log, "--expect", f"@{listed}")
    found = {r["name"]: r for r in (told or {}).get("registers", []) if r["alg"] == bank}
    for index, value in values.items():
        r = found.get(register(kind, index))
        expect(r is not None, log, register(kind, index), "is not in the report")
        if r is None:
            continue
        gaps = {g["kind"] for g in r["gaps"]}
        where = (log, r["name"], bank, r["status"], sorted(gaps))
        initial = set(value) in ({"0"}, {"f"})
        if index in numbers(row["unlogged_and_initial"]) or (initial and not r["events"]):
            expect(r["status"] == "untouched", *where)
        elif index in match:
            # Real firmware breaks rules that are strict here, and says so in the log.
            expect(r["status"] == "verified" or gaps == {"data-mismatch"}, *where)
            checked[r["status"]] += 1
        else:
            expect(r["status"] in ("mismatch", "incomplete"), *where)
            expect("data-mismatch" not in gaps or len(gaps) > 1, *where)
            checked[r["status"]] += 1
    # And the verdict is no better than its weakest register.
    weakest = {r["status"] for r in found.values() if r["asked"]}
    if "mismatch" in weakest:
        expect(status == 1, log, bank, "exits", status, "with a mismatch")
    elif "incomplete" in weakest or "verified" not in weakest:
        expect(status == 4, log, bank, "exits", status, "with", weakest)
    else:
        expect(status == 0, log, bank, "exits", status, "with", weakest)
    checked["rows"] += 1


def measured_digests(data):
    """(record, MrIndex, offset of the digest) of a CCEL with one SHA-384 bank."""
    at = 32 + struct.unpack_from("<I", data, 28)[0]
    record = 1
    while True:
        index, kind, count = struct.unpack_from("<III", data, at)
        if index == 0xFFFFFFFF or count != 1:
            return
        size = struct.unpack_from("<I", data, at + 14 + 48)[0]
        if kind != 3:
            yield record, index, at + 14
        at += 14 + 48 + 4 + size
        record += 1


def verify(tool, log, quote, *more):
    """Whose evidence it is, is another test's: here it has to match."""
    return tool.run("verify", "--json", log, "--evidence", quote, "--min-trust", "signed", *more)


def statuses(told):
    return {r["name"]: r["status"] for r in told["registers"]}


def check_pairs(tool, corpus, scratch, every_byte):
    log, quote = (corpus / name for name in COS_113)
    status, told, err = verify(tool, log, quote)
    expect(status == 0, log, "exits", status, err)
    expect(told["verdict"] == "verified", log, told["verdict"])
    for name in ("rtmr0", "rtmr1", "rtmr2"):
        expect(statuses(told)[name] == "verified", log, name, statuses(told)[name])
    status, _, err = tool.run("verify", "--json", "-", "--evidence", quote, "--min-trust", "signed",
                              stdin=log.read_bytes())
    expect(status == 0, log, "from a pipe exits", status, err)

    # Any byte of a measured digest: a mismatch of that register, and of no other.
    data = log.read_bytes()
    digests = list(measured_digests(data))
    expect(len(digests) > 40, log, "has", len(digests), "measured records")
    for record, index, at in digests:
        offsets = range(48) if every_byte else [(7 * record) % 48]
        for offset in offsets:
            forged = bytearray(data)
            forged[at + offset] ^= 1 << (record % 8)
            (scratch / "forged.bin").write_bytes(forged)
            status, told, err = verify(tool, scratch / "forged.bin", quote)
            wrong = [n for n, s in statuses(told).items() if s == "mismatch"]
            expect(status == 1 and wrong == [f"rtmr{index - 1}"],
                   log, "record", record, "byte", offset, "exits", status, wrong)
            checked["forged digests"] += 1

    # A quote for another boot of the same machine.
    for pair, verdicts in ((LIVE, {"rtmr2": "mismatch"}),
                           (LIVE2, {"rtmr0": "verified", "rtmr1": "verified",
                                    "rtmr2": "verified"})):
        log, quote = (corpus / name for name in pair)
        status, told, err = verify(tool, log, quote)
        for name, want in verdicts.items():
            expect(statuses(told)[name] == want, log, name, statuses(told)[name])
        expect(status == (1 if "mismatch" in verdicts.values() else 0), log, "exits", status, err)
    checked["pairs"] += 3


DUPE = ("ccel/go-eventlog__cos-113-intel-tdx-dupe-separator.bin", COS_113[1])
TRUSTED = ("ccel/cc-trusted-api__ccel_data.bin", "tdx-quote/cc-trusted-api__quote.bin")

# What a person would say of the mismatches in the corpus: log and evidence, reference, register,
# and for each thing to be said its id, the records it is about, whether it makes all come out.
EXPLAINED = [
    # Another initrd: it, or the command line, or more that was measured; a log of the right boot
    # says which.
    (LIVE, None, "rtmr2", [("undecidable", 17, 18, False), ("ima-extends-too", None, None, False)]),
    (LIVE, LIVE2[0], "rtmr2", [("reference-differs", 18, 18, True)]),
    # The firmware logged RTMR1's separator for RTMR0.
    (DUPE, None, "rtmr1", [("record-in-wrong-register", 15, 17, True),
                           ("separator-missing", 15, 17, True)]),
    # And the firmware was another one, which that register alone cannot tell.
    (DUPE, None, "rtmr0", [("record-measured-elsewhere", 16, 16, False),
                           ("undecidable", 1, 22, False)]),
    (DUPE, COS_113[0], "rtmr0", [("reference-differs", 2, 2, True),
                                 ("reference-differs", 16, 16, True)]),
    # What is missing is in another log.
    (TRUSTED, None, "rtmr2", [("undecidable", 19, 96, False),
                              ("ima-extends-too", None, None, False)]),
]


def explained(tool, log, evidence, reference, name):
    more = ["--reference", reference] if reference else []
    status, told, err = tool.run("explain", "--json", log, *evidence, *more)
    expect(status == 1, log, "explain exits", status, err)
    found = next((r["explain"] for r in (told or {"registers": []})["registers"]
                  if r["name"] == name and r["expected"]), [])
    return [(x["id"], x["record_first"], x["record_last"], x["would_match"]) for x in found]


def check_explained(tool, corpus):
    for (log, evidence), reference, name, said in EXPLAINED:
        got = explained(tool, corpus / log, ["--evidence", corpus / evidence],
                        reference and corpus / reference, name)
        expect(got == said, log, name, "with" if reference else "without", "a reference is", got)
        checked["registers explained"] += 1


FRONT = 1    # records that a canonical log of RTMRs has before those of the log it was made of


def differences(tool, a, b, front):
    """Where two logs differ, but for offsets: each register with its records."""
    def place(x):
        return x and (x["record"] - front, x["type"], x["digest"])

    _, told, _ = tool.run("diff", "--json", a, b)
    return [(r["name"], r["alg"], r["same"],
             [(d["kind"], place(d["a"]), place(d["b"])) for d in r["differences"]])
            for r in (told or {"registers": []})["registers"]]


def check_canonical(tool, corpus, scratch):
    """The same answers of the same logs in each of CEL's encodings."""
    def exported(log, to):
        out = scratch / f"{pathlib.Path(log).name}.{to}"
        subprocess.run([tool.path, "export", "-q", corpus / log, "--to", to, "-o", out],
                       check=True)
        return out

    def moved(record):
        return record if record is None else record + FRONT

    for to in ("cel-cbor", "cel-cbor-seq", "cel-json", "cel-tlv"):
        for (log, evidence), reference, name, said in EXPLAINED:
            a = exported(log, to)
            b = exported(reference, to) if reference else None
            got = explained(tool, a, ["--evidence", corpus / evidence], b, name)
            expect(got == [(x, moved(first), moved(last), match) for x, first, last, match in said],
                   log, name, "as", to, "is", got)
            if b:
                expect(differences(tool, a, b, FRONT) ==
                       differences(tool, corpus / log, corpus / reference, 0),
                       log, "differs in another way as", to)
            checked["explained as CEL"] += 1


# A list with a forged entry, and what PCR 10 was when it was none.
FORGED = ("ima/ibmacs__imasig.bin", 1079, "8952434f4dd49fdba2f67f76917fcd1ffd3968e7")


def check_forged(tool, corpus, scratch):
    log, record, value = FORGED
    said = [("digest-changed", record, record, True)]
    expect_it = ["--expect", f"pcr10:sha1={value}"]

    got = explained(tool, f"ima={corpus / log}", expect_it, None, "pcr10")
    expect(got == said, log, "is", got)
    out = scratch / "forged.cbor"
    subprocess.run([tool.path, "export", "-q", f"ima={corpus / log}", "--to", "cel-cbor", "-o",
                    out], check=True)
    got = explained(tool, out, expect_it, None, "pcr10")
    expect(got == said, log, "as cel-cbor is", got)
    checked["forged entries named"] += 2


def check_corpus_is_the_known_one(corpus):
    """What is read here is what MANIFEST.tsv says; else every result below means little."""
    with open(corpus / "MANIFEST.tsv", encoding="utf-8", newline="") as f:
        rows = {r["path"]: r["sha256"] for r in csv.DictReader(f, delimiter="\t")}
    for name in {*COS_113, *LIVE, *LIVE2, *DUPE, *TRUSTED}:
        digest = hashlib.sha256((corpus / name).read_bytes()).hexdigest()
        expect(rows.get(name) == digest, name, "is not the file of the manifest")


def main():
    tool, corpus = Tool(sys.argv[1]), pathlib.Path(sys.argv[2] or "nowhere")
    if not (corpus / "expected/REPLAY-RESULTS.tsv").is_file():
        print(f"skipped: no corpus of real logs at {corpus} (see the Meson option 'corpus')")
        return SKIP

    check_corpus_is_the_known_one(corpus)
    with open(corpus / "expected/REPLAY-RESULTS.tsv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f, delimiter="\t")
                if r["log"].split("/")[0] in ("ccel", "tcg2")]
    expect(len(rows) > 50, "only", len(rows), "rows in REPLAY-RESULTS.tsv")
    with tempfile.TemporaryDirectory() as scratch:
        for row in rows:
            check_row(tool, corpus, row, pathlib.Path(scratch))
        check_pairs(tool, corpus, pathlib.Path(scratch), sys.argv[3:] == ["ALL"])
        check_explained(tool, corpus)
        check_canonical(tool, corpus, pathlib.Path(scratch))
        check_forged(tool, corpus, pathlib.Path(scratch))

    print(", ".join(f"{n} {what}" for what, n in checked.items()))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
