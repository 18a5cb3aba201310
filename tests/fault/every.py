#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tsmmr-replay, and calls of the library, with each allocation or system call failed in turn.

    every.py PRELOAD DATA alloc|calls|changes RUNS TOOL [CALLS] [--only WORDS] [--how HOW,...]

Each command line of COMMANDS, or scenario of CALLS, is run with no fault, and then RUNS times, or as
often as there are calls if RUNS is 0, or once for each place in the code that allocates if it is
"places", with one (see every.c).  It has to give the right answer, or to
exit with 5 and say why: no crash, no other answer, nothing that is not freed, no half file at -o.
With WORDS only those lines that begin with them, with HOW only those ways to fail.
"""

import argparse
import collections
import concurrent.futures
import errno
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile

TWIN = "tdx-twin/CCEL.data"
ROOT = "--trust-root tdx-twin/root.pem --time 2026-01-01"
QUOTE = f"--evidence tdx-twin/quote-v4.bin {ROOT}"
WRONG = "00" * 48
MRTD = "14" * 48
# The digest of the twin's kernel.
KERNEL = ("92887f6f9422d0c275a3ca93034a57f13c02e72f67f4173d63ccc39742bc45ce"
          "4810e341375454d5dda6b275874c1c5f")
# What commands read and nobody has; "new" is the folder that they may write to.
FILES = {
    "values": f"rtmr0={WRONG}\n",
    "policy": f"expect rtmr0={WRONG}\n",
    "denied": f"rtmr1 {KERNEL} kernel\nrtmr1 {WRONG} other\n",
    "rules": "rtmr0 * SecureBoot* require\nrtmr3 * compose-hash* require\n",
    "known": f"rtmr1 {KERNEL} kernel\n",
    "text": "example.org/app one\nexample.org/app two\n",
    "lines": '{"id":"a","log_path":"%s","evidence_path":"tdx-twin/quote-v4.bin"}\n'
             '{"id":"b","log_path":"good-tcg1.bin","evidence_path":"tdx-twin/tdreport.bin"}\n' % TWIN,
}
# Verb by verb; "< FILE" at the end is standard input.
COMMANDS = f"""
show {TWIN}
show --json good-ccel-rtmr3.bin
show {TWIN} {QUOTE}
show -v --json {TWIN} text,rtmr3=@/text {QUOTE} --domain example.org/app
show --root sysfs/tpm
show field/systemd-torn.log --format systemd
replay {TWIN} -o @/new/values
replay --json good-tcg2-all-banks.bin good-tcg1.bin
replay ima,pcr10=ima/plain.sha256.bin
replay dstack/full.json
verify {TWIN} {QUOTE}
verify --json --events {TWIN} {QUOTE} -o @/new/answer
verify {TWIN} {QUOTE} --page @/new/page.html
verify {TWIN} {QUOTE} --expect mrtd={WRONG}
verify {TWIN} {QUOTE} --expect claim.td_attributes=7
verify {TWIN} {QUOTE} --at-least claim.tee_tcb_svn={'ff' * 16}
verify {TWIN} {QUOTE} --nonce aa
verify {TWIN} {QUOTE} --must-check tcb-status
verify {TWIN} --evidence tdx-twin/quote-v4.bin --trust-root snp-twin/ark.pem
verify --root sysfs/tdx-6.16
verify --root sysfs/tdx-6.16 --expect rtmr0={WRONG}
verify --root sysfs/tdx-6.16 --expect @@/values
verify --root sysfs/tdx-6.16 --expect-any @@/values
verify --root sysfs/tdx-6.16 --policy @/policy
verify --root sysfs/tdx-6.16 --require rtmr0,mrtd
verify --root sysfs/tdx-6.16 --min-hash sha512
verify --root sysfs/tpm --json
verify {TWIN} --expect rtmr0={WRONG}
verify - {QUOTE} < {TWIN}
verify --json --batch --batch-root . {ROOT} < @/lines
explain {TWIN} {QUOTE} --expect rtmr0={WRONG}
explain --json {TWIN} {QUOTE} --reference good-ccel-rtmr3.bin --expect rtmr1={WRONG} -o @/new/why
explain --evidence envelope/coco-tdx.json --min-trust signed --expect rtmr3={WRONG}
appraise {TWIN} {QUOTE} --expect mrtd={MRTD} --known unverified-log={TWIN} --denied sums=@/denied
appraise {TWIN} {QUOTE} --expect mrtd={MRTD} --known unverified-log={TWIN} --known rules=@/rules
appraise {TWIN} {QUOTE} --expect mrtd={MRTD} --known rules=@/rules
appraise --json {TWIN} {QUOTE} --known sums=@/known --write-unknown @/new/unknown
appraise {TWIN} {QUOTE} --known sums=@/known --page @/new/page.html
appraise pcrlock/binary_bios_measurements --expect @lines:pcrlock/expect.txt --known pcrlock=pcrlock/pcrlock.d
predict {TWIN} --drop 24 -o @/new/values
predict --json {TWIN} {QUOTE} --drop 24
predict text,rtmr3=@/text --replace-text |one|three|
diff {TWIN} good-ccel-aael.bin
diff --json sysfs/tdx-6.16 {TWIN} -o @/new/diff
diff sysfs/tdx-6.16 sysfs/tdx-6.16 --page @/new/page.html
merge {TWIN} text,rtmr3=@/text --to cel-cbor -o @/new/log.cel
merge --root sysfs/tdx-6.16 --to jsonl
export good-ccel-rtmr3.bin --to cel-json
export good-ccel-rtmr3.bin --to cel-tlv -o @/new/log.cel
export good-tcg2-sha1-sha256.bin --to tpm2-yaml -o @/new/log.yaml
export - --to cel-cbor-seq < good-ccel-rtmr3.bin
registers {QUOTE} --nonce aa
registers --json {QUOTE}
registers --json --evidence cose/nitro.cbor
registers --root sysfs/tdx-6.16
registers {QUOTE} -o @/new/values
registers --only measurement --evidence envelope/coco-snp.json --trust-root snp-twin/ark.pem --time 2026-01-01
registers --json --evidence cose/cca-399.cbor --trust-root cose/cca-cpak.pem
registers --evidence tpm-twin/quote.bin --evidence tpm-twin/quote.sig --evidence tpm-twin/ak.pem
registers --evidence envelope/sev-guest.bin --evidence snp-twin/certs.pem --trust-root snp-twin/ark.pem --time 2026-01-01
capture --root sysfs/tdx-6.16 -o @/new/copy
capture --json --root sysfs/tpm -o @/new/copy
append --json --root sysfs/tdx-6.16 --mr mrtd one
lock --mr rtmr3 --root sysfs/tdx-6.16
attest --json --nonce 01 -o @/new/attest --root sysfs/tdx-6.16
"""
# Of a log that is another one, or shorter, at the n-th call.
READERS = f"""
verify @/log {QUOTE}
verify --json --events @/log {QUOTE} -o @/new/answer
explain @/log {QUOTE}
appraise @/log {QUOTE} --expect mrtd={MRTD} --known unverified-log={TWIN}
predict @/log {QUOTE} --drop 24
diff @/log {TWIN}
"""
# Verbs that have the sandbox, which would be that of all later runs too.
SANDBOXED = {"show", "replay", "verify", "explain", "appraise", "predict", "diff", "merge", "export",
             "registers"}
ERRORS = ["EIO", "EINTR", "EAGAIN", "ENOSPC", "ENOMEM", "EACCES", "short"]
CHANGES = ["cut", "empty", "grown", "changed"]

# What limit_time() ends it with.
FOREVER = (signal.SIGALRM, signal.SIGPROF)
# They crash themselves where they find no memory: libcrypto while it starts, json-c where it has a key.
THEIRS = ("libcrypto.so", "libjson-c.so")

parser = argparse.ArgumentParser()
parser.add_argument("preload", type=os.path.abspath)
parser.add_argument("data", type=os.path.abspath)
parser.add_argument("kind", choices=("alloc", "calls", "changes"))
parser.add_argument("runs")
parser.add_argument("tool", type=os.path.abspath)
parser.add_argument("calls", type=os.path.abspath, nargs="?")
parser.add_argument("--only", default="", metavar="WORDS")
parser.add_argument("--how", default="", metavar="HOW,...")
parser.add_argument("--jobs", type=int, default=os.cpu_count())
args = parser.parse_args()
# Commands run where the data is.
preload, data, kind, tool, calls = args.preload, args.data, args.kind, args.tool, args.calls


class Run:
    """A line of what every.c says."""

    def __init__(self, line):
        parts = line.split(b" ", 9)
        (self.n, status, self.fired, self.calls, self.places, self.left,
         self.admits) = map(int, parts[:7])
        self.exit = os.waitstatus_to_exitcode(status)
        self.answer = self.exit, parts[7], parts[8]
        self.words = parts[9].decode(errors="replace").strip()


def run(words, top, plan, **more):
    new = top / "new"
    new.mkdir(exist_ok=True)
    stdin = subprocess.DEVNULL
    words = [word.replace("@/", f"{top}/") for word in words]
    if "<" in words:
        words, stdin = words[:-2], open(os.path.join(data, words[-1]), "rb")
    env = os.environ | more | {"LD_PRELOAD": preload, "EVERY": plan, "EVERY_FOLDER": str(new),
                               "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, env=env, cwd=data, stdin=stdin, capture_output=True, check=False)
    return [Run(line) for line in done.stdout.split(b"\n") if line]


def whose(words):
    """The first file of a crash's frames that is not the C library, a sanitizer, or what preloads."""
    frames = re.findall(r"\|([^|(]+)\([^|]*\)\[", words)
    names = [pathlib.Path(frame).name for frame in frames]
    return next((name for name in names if not name.startswith(("libc.", "libasan."))), "?")


def names_cause(text, how):
    """Is it E_IO, of a path or of what has none, with errno's words?"""
    number = getattr(errno, how, None)
    return number and re.search(r"(^|\s)-4: (/[^|]*|read|random bytes): "
                                + re.escape(os.strerror(number)) + r"\|?$", text)


def judge(first, one, words, how):
    """What is wrong with a run of that command line, or None."""
    if one.exit < 0 and "CRASH" in one.words and whose(one.words).startswith(THEIRS):
        return None
    if one.exit < 0:
        return "it goes on for ever" if -one.exit in FOREVER else "crash"
    if one.left > first.left:
        return f"{one.left - first.left} blocks are not freed"
    if one.answer == first.answer:
        return None
    # Of a file that is not what it was any answer is right but another yes.
    if kind == "changes":
        return "another yes" if one.exit == 0 else None
    # A register that cannot be read is an answer, and is shown as that.
    if one.admits and kind == "calls" and one.exit in (0, 4):
        return None
    if kind == "calls" and one.exit == 4 and "the copy has nothing of it" in one.words:
        return None
    # fault_calls says so of any code but E_NOMEM.
    if words[0] == calls and one.exit == 6 and names_cause(one.words, how):
        return None
    if one.exit != 5:
        return f"another answer, exit {one.exit}"
    if one.answer[2] not in (b"0", first.answer[2]) and words[1] != "capture":
        return "half a file"
    # A line of a batch is answered with the reason in it.
    return None if one.words or "--batch" in words else "no reason"


def job(number, words, hows):
    """(what is told of it, what is wrong) of one command line under each of hows."""
    counts, wrong = collections.Counter(), []
    with tempfile.TemporaryDirectory() as scratch:
        top = pathlib.Path(scratch)
        for name, text in FILES.items():
            (top / name).write_text(text)
        more = {}
        if kind == "changes":
            # Without what comes after its records, which changes nothing.
            (top / "log").write_bytes(pathlib.Path(data, TWIN).read_bytes().rstrip(b"\xff"))
            more["EVERY_FILE"] = str(top / "log")
        first = None
        for how in hows:
            # What can be short is fewer calls.  With a step of 0 each place is looked for, which
            # takes longer than all runs.
            if not first or how == "short":
                first = run(words, top, f"{how} 1 {int(args.runs != 'places')} -1", **more)
            if not first:
                return counts, [f"{shlex.join(words)}: no run"]
            if words[0] == calls and first[0].exit:
                wrong.append(f"{first[0].words}: exit {first[0].exit} without a fault")
            total = first[0].calls
            if args.runs == "places":
                all_n, step = range(1, 1 + first[0].places), 0
            else:
                step = max(1, total * len(hows) // int(args.runs)) if int(args.runs) else 1
                all_n = range(1 + number % step, total + 1, step)
            ran = run(words, top, f"{how} {all_n.start} {step} 0", **more)
            # By chance there is a call more or less: a process is asked for those it has itself.
            if step and ran:
                all_n = range(all_n.start, ran[0].calls + 1, step)
            ran = ran[1:]
            if len({one.n for one in ran}) != len(all_n):
                wrong.append(f"{len(ran)} of {len(all_n)} faults: {how}: {shlex.join(words)}")
            for one in ran:
                what = judge(first[0], one, words, how)
                counts[how] += one.fired
                counts["theirs"] += "CRASH" in one.words and not what
                if what:
                    wrong.append(f"{what}: {how} {one.n}: {shlex.join(words)}: {one.words[:300]}")
    return counts, wrong


def unnamed():
    """Exported functions of which neither tools/ nor fault_calls.c has the name."""
    here = pathlib.Path(__file__).resolve().parent
    top = here.parent.parent
    files = [*(top / "tools").glob("*.[ch]"), here / "fault_calls.c"]
    names = set(re.findall(r"\w+", " ".join(path.read_text() for path in files)))
    exported = re.findall(r"\btsmmr_\w+(?=;)", (top / "lib/libtsmmr.map").read_text())
    return [name for name in exported if name not in names]


def jobs():
    """Arguments of job() after the name that its counts are under."""
    hows = {"alloc": ["nth", "on"], "calls": ERRORS, "changes": CHANGES}[kind]
    hows = args.how.split(",") if args.how else hows
    lines = READERS if kind == "changes" else COMMANDS
    for number, line in enumerate(lines.strip().splitlines()):
        if not line.startswith(args.only):
            continue
        words = shlex.split(line)
        more = ["--no-sandbox"] if words[0] in SANDBOXED else []
        yield words[0], number, [tool, words[0], *more, *words[1:]], hows
    # The calls that the command does not make are those of fault_calls.c.
    if calls and "calls".startswith(args.only):
        yield "calls", 0, [calls, TWIN, "tdx-twin/quote-v4.bin", "tdx-twin/root.pem",
                           "sysfs/tdx-6.16"], hows


def main():
    table = collections.defaultdict(collections.Counter)
    wrong = [f"{name} is called by nothing that is made to fail" for name in unnamed()]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = [(name, pool.submit(job, *rest)) for name, *rest in jobs()]
        for name, future in waiting:
            counts, bad = future.result()
            table[name].update(counts)
            wrong += bad
    for name, counts in table.items():
        print(f"{name:12}", *(f"{how} {n}" for how, n in counts.items()))
    faults = sum(sum(counts.values()) - counts["theirs"] for counts in table.values())
    print(f"{faults} faults, {len(wrong)} findings")
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
