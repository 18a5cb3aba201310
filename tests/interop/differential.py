#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Firmware's logs as others replay them, beside `replay`: how many registers agree, tool by tool.

    differential.py TOOL FOLDER...

Every *.bin and binary_bios_measurements below the FOLDERs that TOOL takes for a TCG log is given
to each of these that is there:

    reader           the few lines of Python below, by the PC Client profile
    tpm2_eventlog    of tpm2-tools, when it is installed
    tpm_futurepcr    Python modules of these names, when they can be imported (PYTHONPATH):
    evidence_api     grawity/tpm_futurepcr and cc-api/evidence-api

What a tool does not read counts as unread, not as a disagreement.  A register that disagrees, or
that only one of two has, is an error, unless it is what the reader gets too when it does as KNOWN
says that this tool does.  What tpm2_eventlog prints is given to `verify --expect`, which must
find no mismatch where they agree.  Skipped (77) when there is no log at all.
"""

import collections
import contextlib
import hashlib
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIP = 77
ALGS = {4: "sha1", 11: "sha256", 12: "sha384", 13: "sha512", 18: "sm3_256"}
SIZES = {4: 20, 11: 32, 12: 48, 13: 64, 18: 32}
NO_ACTION = 3
HCRTM = 0x80000010      # PCR 0 was started by locality 4

# What tools are known to do that no TPM does, as options of reader(), and in words.
KNOWN = {
    "tpm2_eventlog": ({"no_action": True, "starts": False},
                      "up to 5.4: extends EV_NO_ACTION, knows no start of PCR 0 but zero"),
    "tpm_futurepcr": ({"starts": False}, "knows no start of PCR 0 but zero"),
    "evidence_api": ({"starts": False, "ones": False, "sm3": False},
                     "knows no start but zero, and no SM3"),
}


def ours(tool, path):
    """The format and {(register, bank): value}, or None twice where it is no TCG log."""
    done = subprocess.run([tool, "replay", "--json", path], capture_output=True, timeout=60,
                          check=False)
    if done.returncode:
        return None, None
    told = json.loads(done.stdout)
    form = told["logs"][0]["format"]
    if form not in ("tcg1", "tcg2", "ccel"):
        return None, None
    return form, {(r["index"], r["alg"]): r["value"] for r in told["registers"]}


# --- the reader -----------------------------------------------------------------------------

def hashlib_name(alg):
    return "sm3" if alg == "sm3_256" else alg


class Bank(dict):
    """Registers as a log's records extend them."""

    def __init__(self, ones):
        super().__init__()
        self.ones = ones

    def extend(self, index, alg, digest):
        name = ALGS.get(alg)
        if name is None:
            return
        old = self.get((index, name))
        if old is None:
            old = (b"\xff" if self.ones and 17 <= index <= 22 else b"\0") * len(digest)
        self[index, name] = hashlib.new(hashlib_name(name), old + digest).digest()

    def start(self, locality, algs):
        for alg, size in algs.items():
            if alg in ALGS:
                self.setdefault((0, ALGS[alg]), bytes(size - 1) + bytes([locality]))


def reader(path, no_action=False, starts=True, ones=True, sm3=True):
    """{(register, bank): value}; the options turn off, or on, what a tool does not."""
    data, at, bank = path.read_bytes(), 0, Bank(ones)

    def word(size=4):
        nonlocal at
        if at + size > len(data):
            raise ValueError("the log is cut")
        at += size
        return int.from_bytes(data[at - size:at], "little")

    def take(size):
        nonlocal at
        if size > len(data) - at:
            raise ValueError("the log is cut")
        at += size
        return data[at - size:at]

    algs, old = {4: 20}, True
    while at < len(data):
        # Padding: 0xFF or zeros to the end, or the end of what the firmware wrote.
        if data[at:at + 8] in (b"\xff" * 8, bytes(8)) or not data[at:].strip(b"\xff"):
            break
        index, kind = word(), word()
        if old:
            digests = [(4, take(20))]
        else:
            digests = []
            for _ in range(word()):
                alg = word(2)
                digests.append((alg, take(algs.get(alg) or SIZES[alg])))
        event = take(word())
        if old and kind == NO_ACTION and at == 32 + len(event) and len(event) >= 28 and (
                event[:15] == b"Spec ID Event03" or not any(event[:16])):
            count = int.from_bytes(event[24:28], "little")
            words = [int.from_bytes(event[i:i + 2], "little") for i in range(28, 28 + 4 * count, 2)]
            algs, old = dict(zip(words[::2], words[1::2])), False
            continue
        if kind == NO_ACTION and starts and event[:16] == b"StartupLocality\0" and (
                event[16] in (0, 3, 4)):
            bank.start(event[16], algs)
        if kind == HCRTM and starts:
            bank.start(4, algs)
        for alg, digest in digests if no_action or kind != NO_ACTION else ():
            bank.extend(index, alg, digest)
    return {(index, alg): value.hex()
            for (index, alg), value in bank.items() if sm3 or alg != "sm3_256"}


# --- the others -----------------------------------------------------------------------------

def tpm2_eventlog(path):
    done = subprocess.run(["tpm2_eventlog", path], capture_output=True, timeout=60, check=False)
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode or "\npcrs:" not in text:
        raise ValueError(f"exit {done.returncode}")
    values, alg = {}, None
    for line in text[text.index("\npcrs:") + 6:].splitlines():
        if bank := re.fullmatch(r"  (\w+):", line):
            alg = bank[1]
        elif pcr := re.fullmatch(r"    (\d+) *: 0x([0-9a-f]+)", line):
            values[int(pcr[1]), alg] = pcr[2]
    return values


def tpm_futurepcr(path):
    import tpm_futurepcr.event_log as event_log
    import tpm_futurepcr.pcr_bank as pcr_bank
    banks = {}
    for event in event_log.enum_log_entries(path):
        if event["event_type"] == NO_ACTION:
            continue
        for alg, digest in event["pcr_extend_values"].items():
            name = ALGS[int(alg)]
            bank = banks.setdefault(name, pcr_bank.PcrBank(hashlib_name(name)))
            bank.extend_with_hash(event["pcr_idx"], digest)
    return {(i, name): bank[i].hex() for name, bank in banks.items()
            for i in range(bank.NUM_PCRS) if bank.count[i]}


def evidence_api(path):
    import evidence_api.eventlog as eventlog
    logs = eventlog.EventLogs(path.read_bytes(), None, 0, eventlog.TcgEventLog.TCG_FORMAT_PCCLIENT)
    logs.select(None, None)
    return {(index, ALGS[int(alg)]): bytes(value).hex()
            for index, of in eventlog.EventLogs.replay(logs.event_logs).items()
            for alg, value in of.items() if int(alg) in ALGS}


def importable(name):
    try:
        __import__(name)
    except Exception:       # pylint: disable=broad-except  # what is half there is not there
        return False
    return True


def tools():
    yield "reader", reader
    if shutil.which("tpm2_eventlog"):
        yield "tpm2_eventlog", tpm2_eventlog
    for name, peer in ("tpm_futurepcr", tpm_futurepcr), ("evidence_api", evidence_api):
        if importable(name):
            yield name, peer


# --- both -----------------------------------------------------------------------------------

def compare(name, path, mine, theirs, told):
    """Counts, and yields what nobody has explained."""
    options = KNOWN.get(name, ({}, ""))[0]
    known = reader(path, **options) if options and theirs != mine else {}
    for key in sorted(mine.keys() | theirs.keys()):
        if mine.get(key) == theirs.get(key):
            told[name]["agree"] += 1
        elif options and known.get(key) == theirs.get(key):
            told[name]["theirs"] += 1
        else:
            told[name]["unexplained"] += 1
            yield f"{path}: {key}: {str(mine.get(key))[:16]}, {name} {str(theirs.get(key))[:16]}"


def verified(tool, path, form, theirs):
    """What `verify` exits with when their values are the reference."""
    name, first = ("rtmr", 1) if form == "ccel" else ("pcr", 0)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("".join(f"{name}{i - first}:{alg}={v}\n" for (i, alg), v in theirs.items()))
        listed.flush()
        done = subprocess.run([tool, "verify", "--json", path, "--expect", f"@{listed.name}"],
                              capture_output=True, timeout=60, check=False)
    return done.returncode


def logs_below(folders):
    for folder in map(pathlib.Path, folders):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and (path.suffix == ".bin"
                                   or path.name == "binary_bios_measurements"):
                yield path


def main():
    tool, folders = sys.argv[1], sys.argv[2:]
    logs, problems = 0, []
    peers = list(tools())
    told = {name: collections.Counter() for name, _ in peers}
    for path in logs_below(folders):
        form, mine = ours(tool, path)
        if not form or not mine:
            continue
        logs += 1
        for name, peer in peers:
            try:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(
                        io.StringIO()):
                    theirs = peer(path)
            except Exception as e:      # pylint: disable=broad-except  # any way to refuse a log
                told[name]["unread"] += 1
                if name == "reader":
                    problems.append(f"{path}: {name}: {e!r}")
                continue
            told[name]["logs"] += 1
            wrong = list(compare(name, path, mine, theirs, told))
            problems += wrong
            if name == "tpm2_eventlog" and not wrong and theirs == mine:
                status = verified(tool, path, form, theirs)
                told[name][f"verify exits {status}"] += 1
                if status not in (0, 4):
                    problems.append(f"{path}: verify by {name}'s values exits {status}")
    if not logs:
        print("skipped: no logs (see the Meson options 'corpus' and 'live')")
        return SKIP
    print(f"{logs} logs")
    for name, counts in told.items():
        print(f"{name:14} " + ", ".join(f"{what} {n}" for what, n in sorted(counts.items())))
        if counts["theirs"]:
            print(f"{'':14} theirs: {KNOWN[name][1]}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
