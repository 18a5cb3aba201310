# SPDX-License-Identifier: BSD-2-Clause
"""Lines of --batch: they say what to look at, and ask more than the command line, never less."""

import base64
import json
import os
import threading

import inputs as i
from command import case
from inputs import root
from yes_evidence import CCEL, MRTD, QUOTE, TPM_LOG, WRONG
from yes_questions import changed_ccel

PAIR = {"log_path": CCEL, "evidence_path": QUOTE}
BELOW = ["--batch", "--batch-root", "."]
NONCE = "0123456789abcdef"


def b64(content):
    return base64.b64encode(content).decode()


def answers(a, *codes):
    """Each line has an answer, with these exit statuses; the process has the worst of them."""
    there = [line["exit"] for line in a.lines]
    for line in a.lines:
        a.check((line["exit"] == 0) == (line["verdict"] in ("verified", "appraised")),
                f"exit {line['exit']}, and {line['verdict']}")
    order = [code for code in (2, 5, 6, 3, 7, 1, 4, 0) if code in codes]
    return a.check(there == list(codes), f"answers {there}, not {list(codes)}").exits(order[0])


def ask(t, how, lines, *args, verb="verify"):
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    return getattr(t, how)(verb, *BELOW, *args, stdin=text.encode())


def changed_quote(t, *args):
    """A log that does not explain RTMR0, and why a line might be let off."""
    return {"log_base64": b64(open(changed_ccel(t), "rb").read()), "evidence_path": QUOTE}


@case("L", "pairs", new=True)
def _(t):
    """What verifies alone verifies in a line, and what does not, does not."""
    bytes_of = {"log_base64": b64((i.TWIN / "CCEL.data").read_bytes()),
                "evidence_base64": b64((i.TWIN / "quote-v4.bin").read_bytes())}
    answers(ask(t, "honest", [PAIR, bytes_of, PAIR | {"log_path": [CCEL]}], *root()), 0, 0, 0)
    answers(ask(t, "run", [PAIR, changed_quote(t), PAIR], *root()), 0, 1, 0)
    answers(ask(t, "run", [PAIR]), 4)
    answers(ask(t, "run", [PAIR], "--trust-root", "snp-twin/ark.pem"), 7)
    a = ask(t, "run", ["", " \t"]).exits(0)
    a.check(not a.out, "an answer to no line")


@case("L", "require-narrows-nothing", new=True)
def _(t):
    """Who asks about fewer registers is not let off the others."""
    bad = changed_quote(t)
    a = ask(t, "run", [bad | {"require": what} for what in ("rtmr1-2", ["rtmr1", "rtmr2"])],
            *root())
    answers(a, 1, 1)
    a = ask(t, "run", [bad | {"require": "rtmr1"}], "--require", "rtmr0", *root())
    answers(a, 1)
    answers(ask(t, "honest", [PAIR | {"require": "rtmr0-2"}], *root()), 0)
    answers(ask(t, "run", [PAIR | {"require": "rtmr3"}, PAIR | {"require": "pcr0"}], *root()), 4, 4)
    # RTMR3 holds what no log explains: to ask for the others is no way around it.
    part = {"log_path": CCEL, "require": "rtmr0-2",
            "evidence_base64": b64(i.tdx_quote(rtmr3=bytes([1] * 48)))}
    answers(ask(t, "honest", [part], "--require", "rtmr0-2", *root()), 0)
    answers(ask(t, "run", [part], *root()), 4)


@case("L", "expect-adds", new=True)
def _(t):
    """A value that is right excuses nothing; one that is wrong is a mismatch."""
    right, wrong = f"mrtd={MRTD}", f"mrtd={WRONG * 48}"
    answers(ask(t, "honest", [PAIR | {"expect": right}], *root()), 0)
    answers(ask(t, "run", [PAIR | {"expect": wrong}, PAIR | {"expect": [right, wrong]}], *root()),
            1, 2)
    answers(ask(t, "run", [changed_quote(t) | {"expect": right}], *root()), 1)
    # Of the command line's value there is no other.
    answers(ask(t, "run", [PAIR | {"expect": right}], "--expect", wrong, *root()), 2)
    answers(ask(t, "run", [PAIR], "--expect", wrong, *root()), 1)
    answers(ask(t, "run", [PAIR | {"expect": "@tdx-twin/registers-before.txt"}], *root()), 2)


@case("L", "no-question-of-its-own", new=True)
def _(t):
    """Without a log nothing is asked: what the line then asks for is no answer."""
    bare = {"evidence_path": QUOTE, "expect": f"mrtd={MRTD}"}
    answers(ask(t, "run", [bare], *root()), 4)
    answers(ask(t, "run", [{"evidence_path": QUOTE, "require": "rtmr3"}], *root()), 4)
    answers(ask(t, "honest", [{"evidence_path": QUOTE}], "--expect", f"mrtd={MRTD}", *root()), 0)
    answers(ask(t, "run", [{"evidence_path": QUOTE}], "--expect", f"mrtd={MRTD}", "--require",
                "rtmr0", *root()), 4)


@case("L", "no-evidence", new=True)
def _(t):
    """Values of the command line are references, and no line's registers."""
    values = []
    for line in t.honest("replay", CCEL).exits(0).out.splitlines():
        values += ["--expect", line.split()[0]]
    answers(ask(t, "honest", [PAIR], *values, *root()), 0)
    for args in [], ["--min-trust", "signed"], root():
        answers(ask(t, "run", [{"log_path": CCEL}], *values, *args), 2)
    line = {"log_path": CCEL, "expect": [v for v in values if v != "--expect"]}
    answers(ask(t, "run", [line]), 2)


@case("L", "nonce", new=True)
def _(t):
    """A nonce of the command line is every line's; one of a line is asked too."""
    fresh = {"log_path": CCEL, "evidence_base64": b64(i.tdx_quote(nonce=bytes.fromhex(NONCE)))}
    other = {"log_path": CCEL, "evidence_base64": b64(i.tdx_quote(nonce=b"\1\2"))}
    answers(ask(t, "honest", [fresh, fresh | {"nonce": NONCE}], "--nonce", NONCE, *root()), 0, 0)
    answers(ask(t, "honest", [fresh | {"nonce": NONCE}, other | {"nonce": "0102"}], *root()), 0, 0)
    answers(ask(t, "run", [other | {"nonce": "0102"}, other, PAIR], "--nonce", NONCE, *root()),
            2, 7, 7)
    answers(ask(t, "run", [fresh | {"nonce": n} for n in ("0102", "", "00", "zz", NONCE + "01")],
                *root()), 7, 2, 2, 2, 7)
    answers(ask(t, "run", [fresh | {"nonce": n} for n in (None, [NONCE], 1, {}, True)], *root()),
            2, 2, 2, 2, 2)


@case("L", "no-policy-in-a-line", new=True)
def _(t):
    """Nothing in a line trusts, allows or replaces; what is not known is refused."""
    bad = changed_quote(t)
    for key, value in (("trust_root", "tdx-twin/root.pem"), ("trust-root", "tdx-twin/root.pem"),
                       ("allow", "data-mismatch"), ("min_trust", "unsigned"), ("time", "2026"),
                       ("policy", "p"), ("Nonce", NONCE), ("require ", "rtmr0"), ("", "x")):
        answers(ask(t, "run", [PAIR | {key: value}, bad | {key: value}], *root()), 2, 2)
    # A line of a policy within a value, and a comment that ends it.
    for key, value in (("expect", f"claim.report_data=00\nallow data-mismatch"),
                       ("require", "rtmr1\nallow no-log"), ("expect", "\n"), ("require", "\0"),
                       # What would be right, were it over at the NUL.
                       ("log_path", f"{CCEL}\0.old"), ("expect", f"mrtd={MRTD}\0{WRONG}"),
                       ("require", "rtmr0\0,rtmr3"), ("evidence_path", f"{QUOTE}\0")):
        answers(ask(t, "run", [PAIR | {key: value}], *root()), 2)
    a = ask(t, "run", [PAIR | {"expect": f"#mrtd={WRONG * 48}"}], "--expect",
            f"mrtd={WRONG * 48}", *root())
    a.refuses()
    # The evidence of a line may bring certificates, never a root.
    pem = b64((i.TWIN / "root.pem").read_bytes())
    line = {"log_path": CCEL, "evidence_base64": [b64((i.TWIN / "quote-v4.bin").read_bytes()),
                                                  "certs=" + pem]}
    a = ask(t, "run", [line], "--trust-root", "snp-twin/ark.pem", *i.NOW)
    a.refuses().check(all(line["exit"] for line in a.lines), "a line had a yes")
    a = ask(t, "run", [line], *i.NOW)
    a.refuses().check(all(line["exit"] for line in a.lines), "a line had a yes")


@case("L", "twice", new=True)
def _(t):
    """Of a key that is there twice neither counts, nor of two ways to say what the log is."""
    pair = json.dumps(PAIR)[:-1]
    lines = [f'{pair},"nonce":"{NONCE}","nonce":"0102"}}', f'{pair},"log_path":"{CCEL}"}}',
             f'{pair},"id":1,"id":2}}', f'{pair},"n\\u006fnce":"01","nonce":"02"}}',
             PAIR | {"log_base64": "QUJD"}, PAIR | {"evidence_base64": "QUJD"}]
    answers(ask(t, "run", lines, *root()), 2, 2, 2, 2, 2, 2)


@case("L", "paths", new=True)
def _(t):
    """No file is opened but those below the folder that was named."""
    top = t.tmp / "top"
    (top / "in").mkdir(parents=True)
    for name in "CCEL.data", "quote-v4.bin":
        (top / "in" / name).write_bytes((i.TWIN / name).read_bytes())
        (t.tmp / name).write_bytes((i.TWIN / name).read_bytes())
    (top / "link").symlink_to("in/CCEL.data")
    (top / "out").symlink_to("..")
    (top / "up").symlink_to("/")
    (top / "dir").symlink_to("in")
    os.mkfifo(top / "fifo")
    os.mkfifo(top / "in" / "fifo")
    good = {"log_path": "in/CCEL.data", "evidence_path": "in/quote-v4.bin"}
    below = ["--batch", "--batch-root", top, *root()]

    def paths(key, code, *all_paths):
        text = "".join(json.dumps(good | {key: path}) + "\n" for path in all_paths)
        a = t.run("verify", *below, stdin=text.encode(), limit=20)
        return answers(a, *[code] * len(all_paths))

    text = json.dumps(good) + "\n" + json.dumps(good | {"log_path": "./in/./CCEL.data"}) + "\n"
    answers(t.honest("verify", *below, stdin=text.encode()), 0, 0)
    for key, name in (("log_path", "CCEL.data"), ("evidence_path", "quote-v4.bin")):
        paths(key, 2, f"../{name}", f"in/../in/{name}", f"in/../../{name}", str(t.tmp / name),
              str(top / "in" / name), "/dev/stdin", "/proc/self/fd/0", "..", "", "/", f"in//{name}")
        paths(key, 5, "link", f"out/{name}", f"dir/{name}", f"up/{str(top)[1:]}/in/{name}",
              "up/proc/self/fd/0", "in", ".", "fifo", "in/fifo", "in/none", f"in/{name}/x", "-",
              "ccel", "x" * 255)
        paths(key, 2, "x" * 256, "in/" + "x" * 4096)
    # Not even to look what it is: who waits for somebody to read would see that.
    waits = threading.Thread(target=lambda: os.close(os.open(top / "fifo", os.O_WRONLY)),
                             daemon=True)
    waits.start()
    a = paths("log_path", 5, "fifo")
    waits.join(0.5)
    a.check(waits.is_alive(), "a pipe was opened")
    reads = os.open(top / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    waits.join()
    os.close(reads)
    # /proc/self is a link as well.
    text = json.dumps(good | {"log_path": "proc/self/fd/0"}) + "\n"
    answers(t.run("verify", "--batch", "--batch-root", "/", *root(), stdin=text.encode()), 5)
    # Without the folder there are no files.
    text = json.dumps(PAIR) + "\n"
    answers(t.run("verify", "--batch", *root(), stdin=text.encode()), 2)
    bad = t.run("verify", "--batch", "--batch-root", t.tmp / "none", *root(), stdin=text.encode())
    bad.exits(5).check(not bad.out, "an answer")


@case("L", "nobodys-machine", new=True)
def _(t):
    """The names of this machine's logs are names of files; registers are the evidence's."""
    tree = t.tree("tdx-6.16")
    (tree / "sys/firmware/acpi/tables/data/CCEL").write_bytes((i.TWIN / "CCEL.data").read_bytes())
    lines = [PAIR | {"log_path": name} for name in ("ccel", "tpm", "runtime", "-")]
    answers(ask(t, "run", lines, "--root", tree, *root()), 5, 5, 5, 5)
    ask(t, "run", [PAIR], "--live", *root()).exits(2)


@case("L", "one-answer-is-no-others", new=True)
def _(t):
    """What a line was answered says nothing of the next, whatever they have in common."""
    bad = changed_quote(t)
    for jobs in [], ["-j", "3"], ["-j", "3", "--unordered"]:
        lines = [PAIR | {"id": n} if n % 3 else bad | {"id": n} for n in range(60)]
        a = ask(t, "run", lines, *jobs, *root()).exits(1)
        got = {line["id"]: line["exit"] for line in a.lines}
        a.check(got == {n: 0 if n % 3 else 1 for n in range(60)}, f"{jobs}: {got}")
        if "--unordered" not in jobs:
            a.check([line["id"] for line in a.lines] == list(range(60)), "out of order")
    # The same evidence with another log, and another machine's.
    lines = [PAIR, PAIR | {"log_path": TPM_LOG}, PAIR | {"evidence_path": "tdx-twin/tdreport.bin"},
             PAIR]
    a = ask(t, "run", lines, *root()).refuses()
    a.check([line["exit"] == 0 for line in a.lines] == [True, False, False, True],
            f"{[line['exit'] for line in a.lines]}")


@case("L", "appraise", new=True)
def _(t):
    """A line pins no firmware, and what is unknown stays so."""
    known = t.tmp / "known"
    t.honest("appraise", CCEL, "--evidence", QUOTE, *root(), "--write-unknown", known).exits(4)
    args = ["--known", f"sums={known}", *root()]
    pin = {"expect": f"mrtd={MRTD}"}
    answers(ask(t, "honest", [PAIR, PAIR | pin], *args, "--expect", f"mrtd={MRTD}",
                verb="appraise"), 0, 0)
    answers(ask(t, "run", [PAIR, PAIR | pin], *args, verb="appraise"), 4, 4)
    answers(ask(t, "run", [PAIR | {"require": "rtmr3"}], "--expect", f"mrtd={MRTD}", *root(),
                verb="appraise"), 4)
    answers(ask(t, "run", [{"evidence_path": QUOTE} | pin], *args, "--expect", f"mrtd={MRTD}",
                verb="appraise"), 2)
