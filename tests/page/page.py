#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What --page writes: the same as the JSON, and nothing of a log is markup or runs; prints TAP.

    page.py TOOL DATA [NAME...]

Those cases that look at it in a browser are skipped where there is no Chromium.
"""

import base64
import hashlib
import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import browser

TOOL, DATA = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
ENV.update((k, os.environ[k]) for k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH")
           if k in os.environ)
TWIN = ["--evidence", "tdx-twin/quote-v4.bin", "--trust-root", "tdx-twin/root.pem",
        "--time", "2026-01-01T00:00:00Z"]
CASES = []

# What page.js shows as an escape.
UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
                    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
                    "\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]")
MARKS = {"denied": "✗", "unknown": "?", "known": "✓", "mismatch": "✗", "proven": "✓", "unbound": "·", "claimed": "○", "aside": "–"}
HOSTILE = [
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<!--<script>", "]]>", "<svg/onload=window.pwned=1>", "&lt;b&gt;&#x3c;",
    "javascript:window.pwned=1", "\"'`${window.pwned=1}", "</style><style>*{display:none}</style>",
    "https://example.org/\u202egnp.exe", "\x1b[2J\x1b]0;title\x07", "a\u2028b\u2029c",
    "\u200bzero\u00adwidth\ufeff", "\u2066isolate\u2069", "شرق 123", "e" + "\u0301" * 40,
    "x" * 3000, "__proto__", "constructor", "\\u003c",
]


def clean(text):
    return UNSAFE.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 0x80 else
                      f"\\u{{{ord(m[0]):04X}}}", text)


class Parts(html.parser.HTMLParser):
    """What a parser of HTML makes of it: the elements, and the text in each."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.inside, self.csp, self.kind = [], {}, "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if dict(attrs).get("http-equiv"):
            self.csp = dict(attrs)["content"]
        self.kind.append(tag + ("#data" if dict(attrs).get("id") == "data" else ""))

    def handle_endtag(self, tag):
        self.kind.append("")

    def handle_data(self, data):
        if self.kind:
            self.inside.setdefault(self.kind[-1], []).append(data)

    def text(self, tag):
        return "".join(self.inside.get(tag, [])).rstrip("\n")


class Test:
    def __init__(self, tmp):
        self.tmp, self.wrong, self.n = pathlib.Path(tmp), [], 0

    def check(self, truth, text):
        if not truth:
            self.wrong.append(text)

    def same(self, got, want, what):
        self.check(got == want, f"{what}: {got!r}, not {want!r}")

    def file(self, content, name="log"):
        path = self.tmp / name
        path.write_bytes(content)
        return str(path)

    def run(self, *args, codes=(0, 1, 4)):
        done = subprocess.run([str(TOOL), *map(str, args)], cwd=DATA, env=ENV, capture_output=True,
                              check=False, stdin=subprocess.DEVNULL, timeout=120)
        self.check(done.returncode in codes, f"{args}: {done.returncode} {done.stderr.decode()}")
        return done

    def page(self, *args):
        """(path, the JSON that the command prints, what a parser makes of the page)"""
        self.n += 1
        path = self.tmp / f"page-{self.n}.html"
        plain = self.run(*args)
        done = self.run(*args, "--page", path)
        self.same((done.stdout, done.returncode), (plain.stdout, plain.returncode), "as without")
        events = [] if args[0] == "diff" else ["--events"]
        answer = json.loads(self.run(*args, "--json", *events).stdout)
        text = path.read_text(encoding="utf-8")
        parts = Parts(text)
        self.same(json.loads(parts.text("script#data")), answer, "the JSON in the page")
        self.check(plain.stdout.decode().splitlines()[-1] in parts.text("p"), "the last line")
        return path, answer, parts


def case(function):
    CASES.append(function)
    return function


def text_log(lines):
    """A log of RTMR 3, and what the register then holds."""
    value = bytes(48)
    for line in lines:
        value = hashlib.sha384(value + hashlib.sha384(line).digest()).digest()
    return b"".join(line + b"\n" for line in lines), value.hex()


def hostile(t):
    log, value = text_log([line.encode() for line in HOSTILE] + [b"bytes \xff\xfe \x80"])
    path = t.file(log, "<img src=x onerror=window.pwned=1>.log")
    return [f"text,rtmr3={path}", "--expect", f"rtmr3={value}"]


def tree(t):
    """A machine whose register is named as markup, in a folder named to deceive."""
    root = t.tmp / "<b>\u202e\u2028 root"
    for folder, name, data in (
            ("sys/devices/virtual/misc/new_guest/measurements", "<b>x:sha384", bytes(48)),
            ("run/tsmmr/new_guest/<b>x", "event_log", b"<i>y\n")):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / name).write_bytes(data)
    return ["--root", root]


def inputs(t):
    """Command lines whose answers are of every kind."""
    bad = bytearray((DATA / "tdx-twin/CCEL.data").read_bytes())
    bad[200] ^= 1
    bad = t.file(bad, "bad.bin")
    yield "verify", "tdx-twin/CCEL.data", *TWIN
    yield "explain", bad, *TWIN
    yield "verify", "tdx-twin/CCEL.data", *TWIN[:2]
    yield "verify", "tdx-twin/CCEL.data", *TWIN, "--expect", f"mrtd={'14' * 47}15", "--must-check", "tcb-status"
    yield "verify", "good-tcg2-sha1-sha256.bin", "good-ccel-aael.bin"
    yield "verify", "good-tcg2-data-mismatch.bin"
    yield "verify", "../golden/escapes.bin"
    yield "verify", *hostile(t)
    yield "explain", *tree(t)
    yield "explain", *hostile(t)[:-1], f"rtmr3={'5a' * 48}"


@case
def the_page_is_the_json(t, _):
    for args in inputs(t):
        t.page(*args)
    t.page("diff", "tdx-twin/CCEL.data", t.tmp / "bad.bin")


@case
def its_policy_allows_only_its_own(t, _):
    _, _, parts = t.page("verify", *hostile(t))
    t.same((parts.tags.count("script"), parts.tags.count("style")), (2, 1), "elements")
    for tag, word in (("script", "script-src"), ("style", "style-src")):
        text = "".join(parts.inside[tag])
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        t.check(f"{word} 'sha256-{digest}';" in parts.csp, f"the hash of {tag}")
    t.check(parts.csp.startswith("default-src 'none';"), parts.csp)
    t.check(not re.search("unsafe|https?:|\\*", parts.csp), parts.csp)
    t.check("http" not in "".join(parts.inside["script"] + parts.inside["style"]), "an address")


@case
def nothing_of_a_log_is_markup(t, _):
    for args in (*hostile(t)[:-1], f"rtmr3={'5a' * 48}"), tree(t):
        is_plain(t, *t.page("explain", *args))


def is_plain(t, path, _, parts):
    known = {"html", "head", "meta", "title", "style", "body", "header", "h1", "p", "noscript", "main",
             "script"}
    t.same(set(parts.tags) - known, set(), "elements")
    text = path.read_text(encoding="utf-8")
    data = text[text.index('id="data">') + 10:].split("</script>")[0]
    t.check(not re.search("[<>&\u2028\u2029]", data), "what could end the data")


@case
def a_page_that_cannot_be_written(t, _):
    for args, codes in ((["--page", t.tmp / "none/page.html"], (5,)), (["--page", "-"], (2,)),
                        (["--page", t.tmp / "a", "-o", t.tmp / "a"], (2,)), (["--page", t.tmp], (5,)),
                        (["--page", ""], (2,))):
        done = t.run("verify", "tdx-twin/CCEL.data", *TWIN, *args, codes=codes)
        t.same(done.stdout, b"", "nothing is printed")
    t.run("verify", "bad-tcg2-cut-data.bin", "--page", t.tmp / "b", codes=(3,))
    t.same([p.name for p in t.tmp.iterdir()], [], "what is left")


# ---- in a browser

SHOW_ALL = "dispatchEvent(new Event('beforeprint'))"
ROWS = """[...document.querySelectorAll(".row > summary")].map((s) =>
          [...s.children].map((c) => c.textContent))"""
SEEN = "[...document.querySelectorAll('{}')].map((e) => e.textContent)"


def state(e):
    if e.get("appraised") == "denied":
        return "denied"
    if not e["measured"]:
        return "aside"
    if e["binding"] == "mismatch":
        return "mismatch"
    if e.get("appraised") == "known" or e.get("appraised") == "unknown" and e["proven"]:
        return e["appraised"]
    return "claimed" if not e["proven"] else "proven" if e["binding"] == "bound" else "unbound"


def row(e):
    text = e["text"] if e["trusted_text"] is None else e["trusted_text"]
    kind = f"0x{e['type_id']:x}" if e["type"] is None else e["type"].removeprefix("EV_")
    longest = max(e["digests"].values(), key=len, default="") if e["measured"] else ""
    return [MARKS[state(e)], str(e["record"]), clean(e["register"] or "-"), clean(kind),
            longest[:12] or "-", clean(text)]


def is_quiet(t, b, path):
    """Nothing ran, nothing was asked of anybody, nothing was even tried."""
    t.same([r["request"]["url"] for r in b.happened("Network.requestWillBeSent")],
           [pathlib.Path(path).as_uri()], "requests")
    t.same(b.happened("Log.entryAdded") + b.happened("Runtime.exceptionThrown"), [], "complaints")
    t.same(b.run("'pwned' in window || document.title.includes('pwned')"), False, "it ran")
    t.same(b.run("document.documentElement.scrollWidth <= innerWidth"), True, "wider than the window")


def shows(t, b, path, answer):
    is_quiet(t, b, path)
    b.run(SHOW_ALL)
    t.same(b.run(ROWS), [row(e) for e in answer["events"]], "records")
    regs = [(r["name"], r["status"]) for r in answer["registers"]]
    seen = b.run("""[...document.querySelectorAll(".reg > .top")].map((e) =>
                 [e.children[0].textContent, e.children[1].textContent])""")
    t.same(sorted(map(tuple, seen[:len(regs)])), sorted(regs), "registers")
    values = b.run(SEEN.format(".reg .values .hex"))
    for r in answer["registers"]:
        for key in "expected", "replayed":
            t.check(r[key] is None or r[key] in values, f"{r['name']}: {key} is not shown")
        for x in r["explain"]:
            t.check(any(clean(x["text"]) in s for s in b.run(SEEN.format(".reg li"))), x["id"])
    said = b.run(SEEN.format(".why li"))
    for f in answer["findings"]:
        t.check(any(clean(f["text"]) in s and f["id"] in s for s in said), f["id"])
    for reason in answer["because"]:
        what = reason["register"] or reason["claim"] or reason["not_checked"]
        t.check(not what or any(what in s for s in said), f"because of {what}")
    word = {"verified": "Verified", "incomplete": "Not proven", "mismatch": "Mismatch"}
    t.same(b.run("document.querySelector('h1').textContent"), word[answer["verdict"]], "the word")


@case
def a_browser_shows_what_the_json_says(t, b):
    for args in inputs(t):
        path, answer, _ = t.page(*args)
        for width in 1280, 390:
            b.open(path, width=width)
            shows(t, b, path, answer)


@case
def a_record_in_full(t, b):
    path, answer, _ = t.page("verify", *hostile(t))
    b.open(path)
    b.run(SHOW_ALL)
    b.run("document.querySelectorAll('.row').forEach((d) => { d.open = true; })")
    time.sleep(.2)
    seen = b.run(SEEN.format(".row .body"))
    t.same(len(seen), len(answer["events"]), "records")
    for text, e in zip(seen, answer["events"]):
        for want in (*e["digests"].values(), e["data"], clean(answer["logs"][0]["path"])):
            t.check(want in text, f"record {e['record']}: {want[:40]} is not shown")
    is_quiet(t, b, path)


@case
def a_log_full_of_tricks_runs_nothing(t, b):
    for verb in "verify", "explain":
        path, answer, _ = t.page(verb, *hostile(t))
        for dark in False, True:
            b.open(path, dark=dark)
            shows(t, b, path, answer)
            tags = set(b.run("[...document.querySelectorAll('main *')].map((e) => e.localName)"))
            t.same(tags & {"script", "img", "svg", "a", "iframe", "style", "link", "form"}, set(),
                   "elements")
            t.same(b.run("document.querySelectorAll('main [style*=url], main [href], main [src]').length"),
                   0, "addresses")
    path, _, _ = t.page("diff", hostile(t)[0].split("=", 1)[1].join(["text,rtmr3=", ""]),
                        "good-ccel-rtmr3.bin")
    b.open(path)
    is_quiet(t, b, path)


def holds(path, answer):
    """The page with another object in it."""
    made = re.sub("[<>&]", lambda m: f"\\u{ord(m[0]):04x}", json.dumps(answer, ensure_ascii=False))
    page = path.read_text(encoding="utf-8")
    begin = page.index('id="data">') + len('id="data">')
    path.write_text(page[:begin] + made + page[page.index("</script>", begin):], encoding="utf-8")


@case
def an_appraisal(t, b):
    """Each record is known, not known or denied, and by what."""
    pinned = [*TWIN, "--expect", f"mrtd={'14' * 48}"]
    log = "tdx-twin/CCEL.data"
    t.run("appraise", log, *TWIN, "--write-unknown", t.tmp / "all")
    lines = (t.tmp / "all").read_text().splitlines(keepends=True)
    few = t.file("".join(lines[:-3]).encode(), "<b>few")
    last = t.file(lines[-1].encode(), "last")
    for word, args in (("Appraised", ["--known", f"sums={t.tmp / 'all'}"]),
                       ("Not appraised", ["--known", f"sums={few}"]),
                       ("Denied", ["--known", f"sums={few}", "--denied", f"sums={last}"])):
        path, answer, _ = t.page("appraise", log, *pinned, *args)
        events = [{**x["event"], "appraised": x["appraised"], "by": x["known"]} for x in answer["events"]]
        b.open(path)
        is_quiet(t, b, path)
        b.run(SHOW_ALL)
        t.same(b.run("document.querySelector('h1').textContent"), word, "the word")
        t.same(b.run(ROWS), [row(e) for e in events], "records")
        t.same(b.run("[...document.querySelectorAll('.row .text')].map((e) => e.classList.contains('claim'))"),
               [e["trusted_text"] is None for e in events], "what is only claimed")
        t.same({"Appraised": "✓–", "Not appraised": "✓?–", "Denied": "✓?✗–"}[word].strip(),
               "".join(m for m in "✓?✗–" if m in {r[0] for r in b.run(ROWS)}), "marks")
        sums = {r["name"]: f"{r['denied']} denied" if r["denied"] else f"{r['unknown']} not known"
                if r["unknown"] else "all known" for r in answer["registers"]}
        for name, text in b.run("""[...document.querySelectorAll(".reg > .top")].map((e) =>
                                [e.children[0].textContent, e.children[2].textContent])"""):
            if re.search("known|denied", text):
                t.same(text, sums.pop(name), name)
        t.check(not {"rtmr0", "rtmr1", "rtmr2"} & set(sums), "a register without its sums")
        lists = b.run(SEEN.format(".why li"))
        for x in answer["lists"]:
            t.check(any(f"{x['kind']}={x['name']}" in s for s in lists), x["name"])
        b.run("document.querySelectorAll('.row').forEach((d) => { d.open = true; })")
        time.sleep(.2)
        for text, e in zip(b.run(SEEN.format(".row .body")), events):
            t.check(not e["by"] or f"{e['appraised']} by {e['by']['kind']}" in text, f"by {e['by']}")


@case
def whatever_the_json_holds(t, b):
    """Did the library not escape what it writes: the page does not rely on it."""
    path, answer, _ = t.page("verify", *hostile(t))
    for e, text in zip(answer["events"], HOSTILE):
        e["trusted_text"] = e["text"] = text
    answer["events"][1]["type"] = answer["events"][2]["register"] = HOSTILE[1] + "\u202e"
    answer["registers"][0]["role"] = answer["logs"][0]["path"] = HOSTILE[1] + "\u202e"
    answer["findings"].append({"id": "<i>", "severity": "</b>", "record": None, "text": HOSTILE[0]})
    answer["evidence"] = [{"kind": HOSTILE[1], "trust": HOSTILE[1], "not_checked": HOSTILE, "root": HOSTILE[0],
                           "claims": {text: text for text in HOSTILE}}]
    holds(path, answer)
    b.open(path)
    shows(t, b, path, answer)
    shown = b.run("document.body.textContent.replace(document.getElementById('data').textContent, '')"
                  ".replaceAll('\\n', '').replaceAll('\\t', '')")
    t.same(UNSAFE.findall(shown), [], "characters that deceive")


@case
def the_policy_holds(t, b):
    """Were there markup after all: no script, style, picture or request of its."""
    path, _, _ = t.page("verify", "tdx-twin/CCEL.data", *TWIN)
    b.open(path)
    b.run("""(() => {
        const s = document.createElement("script"); s.textContent = "window.pwned = 1";
        const c = document.createElement("style"); c.textContent = "h1 { display: none }";
        const i = document.createElement("img"); i.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
        i.setAttribute("onerror", "window.pwned = 1");
        document.body.append(s, c, i);
        document.body.insertAdjacentHTML("beforeend", "<a onclick='window.pwned = 1'>x</a>");
        document.querySelector("body > a").click();
    })()""")
    time.sleep(.3)
    t.same(b.run("'pwned' in window"), False, "it ran")
    t.same(b.run("getComputedStyle(document.querySelector('h1')).display"), "block", "its style")
    t.same(b.run("fetch('data:,x').then(() => 'read', () => 'refused')"), "refused", "a request")
    t.check(len(b.happened("Log.entryAdded")) >= 4, "the browser did not complain")


@case
def without_script_it_says_the_verdict(t, b):
    path, _, _ = t.page("verify", "tdx-twin/CCEL.data", *TWIN)
    b.open(path, script=False)
    root = b.ask("DOM.getDocument", depth=-1)["root"]["nodeId"]

    def text(selector):
        node = b.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        return b.ask("DOM.getOuterHTML", nodeId=node)["outerHTML"] if node else ""

    t.check("Verified" in text("h1"), "the word")
    t.check("verified: rtmr0 rtmr1 rtmr2" in text(".line"), "the line")
    t.check("did not" in text("noscript p"), "what is missing")


CHOOSE = """(() => {{ const s = document.querySelectorAll("select")[{}];
    s.value = [...s.options].find((o) => o.text.includes("{}")).value;
    s.dispatchEvent(new Event("change")); {}; }})()""".replace("{}", "%s").replace("{{", "{") \
    .replace("}}", "}")


@case
def records_are_filtered(t, b):
    path, answer, _ = t.page("verify", "tdx-twin/CCEL.data", *TWIN)
    events = answer["events"]
    b.open(path)
    b.run(CHOOSE % (0, "rtmr1", SHOW_ALL))
    t.same(b.run(ROWS), [row(e) for e in events if e["register"] == "rtmr1"], "by register")
    b.run(CHOOSE % (1, "only claimed", SHOW_ALL))
    t.same(b.run(ROWS), [row(e) for e in events if e["register"] == "rtmr1" and state(e) == "unbound"],
           "by both")
    b.run("document.querySelector('.reg button').click();" + SHOW_ALL)
    t.same(b.run(ROWS), [row(e) for e in events if e["register"] == "rtmr0" and e["measured"]],
           "by a register's own link")
    b.run(CHOOSE % (0, "all registers", ""))
    b.run("""(() => { const s = document.querySelector("input"); s.value = "SEPARATOR";
          s.dispatchEvent(new Event("input")); })()""")
    time.sleep(.4)
    b.run(SHOW_ALL)
    t.same(b.run(ROWS), [row(e) for e in events if "separator" in row(e)[3].lower() + row(e)[5]],
           "by words")


@case
def light_and_dark(t, b):
    path, _, _ = t.page("verify", "tdx-twin/CCEL.data", *TWIN)
    grey = []
    for dark in False, True:
        b.open(path, dark=dark)
        grey.append([sum(map(int, re.findall(r"\d+", b.run(
            f"getComputedStyle(document.body).{what}"))[:3])) for what in ("backgroundColor", "color")])
    t.check(grey[0][0] > 600 > 200 > grey[0][1] and grey[1][0] < 200 < 600 < grey[1][1], str(grey))


@case
def ten_thousand_records_scroll(t, b):
    log, value = text_log([b"example.org/app record %d" % i for i in range(10000)])
    path, answer, _ = t.page("verify", f"text,rtmr3={t.file(log)}", "--expect", f"rtmr3={value}")
    start = time.monotonic()
    b.open(path)
    loaded = time.monotonic() - start
    made = b.run("document.querySelectorAll('.row').length")
    t.check(0 < made <= 500, f"{made} records were made before anybody looks at them")
    gaps = sorted(b.run("""new Promise((done) => {
        const gaps = []; let last = performance.now(), n = 0;
        const step = (now) => {
            gaps.push(now - last); last = now; scrollBy(0, 300);
            if (++n < 150) requestAnimationFrame(step); else done(gaps);
        };
        requestAnimationFrame(step);
    })"""))
    b.run("scrollTo(0, document.documentElement.scrollHeight)")
    time.sleep(.5)
    b.run("scrollTo(0, document.documentElement.scrollHeight)")
    time.sleep(.5)
    t.same(b.run(ROWS)[-1], row(answer["events"][-1]), "the last record")
    print(f"# read in {loaded * 1000:.0f} ms; a frame in {gaps[75]:.0f} ms, the slowest in "
          f"{gaps[-1]:.0f} ms; {path.stat().st_size >> 10} KiB", flush=True)
    t.check(loaded < 20 and gaps[75] < 250, "slow")


def main():
    names = sys.argv[3:]
    wanted = [f for f in CASES if not names or f.__name__ in names]
    program = browser.find()
    failed = 0
    print(f"1..{len(wanted)}")
    opened = browser.Browser(program) if program else None
    for n, function in enumerate(wanted, 1):
        if function.__code__.co_varnames[1] == "b" and not opened:
            print(f"ok {n} - {function.__name__} # SKIP no Chromium")
            continue
        with tempfile.TemporaryDirectory(prefix="tsmmr-page-") as tmp:
            t = Test(tmp)
            function(t, opened)
        for text in t.wrong[:8]:
            print(f"# {text[:600]}")
        print(f"{'not ' if t.wrong else ''}ok {n} - {function.__name__}", flush=True)
        failed += bool(t.wrong)
    if opened:
        opened.close()
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
