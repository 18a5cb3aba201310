# SPDX-License-Identifier: BSD-2-Clause
"""Random states of evidence and logs, with what is true of each register in them.

A world has the arguments that show it to the command, and rows: what each register holds, what
its log leads to, and who vouches for it.  What a log leads to is known because the story it
tells was made here: nothing is replayed but by the hashes of the story.
"""

import functools
import itertools

import inputs as i
from inputs import NOW, mkcel, mkcose, mkquote, mktpmquote

NONCE = b"fresh"
VERIFIED, MISMATCH, INCOMPLETE = "verified", "mismatch", "incomplete"


class Row:
    def __init__(self, name, alg, value, kind="runtime", role=None, initial=None, resettable=False):
        self.name, self.alg, self.value, self.kind, self.role = name, alg, value, kind, role
        self.initial = initial if initial is not None else bytes(len(value or b""))
        self.resettable = resettable
        self.events = False             # has a log any of it?
        self.outcome, self.gaps = None, frozenset()
        self.by_hand = False

    def logged(self, outcome, gaps=()):
        self.events, self.outcome, self.gaps = True, outcome, frozenset(gaps)


class World:
    def __init__(self, args, rows, trust, fresh=None):
        self.args, self.rows = args, rows
        self.trust = trust              # of the evidence; None: values by hand
        self.logs = []                  # as arguments
        self.refused = False            # the evidence is: exit 7
        self.nonce = fresh              # that it carries


# ---- stories of a register

def story(number):
    """Operations, and the gaps that a complete log of them has all the same."""
    a, b, c = (("line", f"example.org/app {word}") for word in ("one", "two", "three"))
    off, hint = ("off", b"\x0f" * 48), ("hint", b"\x1f" * 48)
    sync = ("sync",)
    return (((), ()),
            ((sync, a, b), ()),
            ((a,), ()),
            ((sync, a, off, sync, b), ("unlogged",)),
            ((sync, a, hint, sync, b), ("off-log-extend",)),
            ((sync, a, b, sync, c), ()))[number]


STORIES = 6


def told(ops, alg):
    text = i.Text(alg)
    for op in ops:
        if op[0] == "sync":
            text.sync()
        elif op[0] == "line":
            text.line(op[1])
        else:
            digest = op[1][:len(text.value)]
            if op[0] == "hint":
                text.aside(f"# .EXTEND {digest.hex()}")
            text.extend(digest)
    return text


def as_cel(ops, alg, ordinal, header, forged):
    """A canonical log of the story; forged: one text is another than its digest's."""
    zero = [(alg, bytes(i.mklog.ALGS[alg][1]))]
    records = [mkcel.Record(0, zero, "pcclient_std", (mkcel.EV_NO_ACTION, header))]
    lines = told(ops, alg).text.splitlines()
    for n, line in enumerate(lines):
        shown = line[:-1] + b"X" if forged and n == len(lines) - 1 else line
        records.append(mkcel.measure(ordinal, mkcel.EV_ACTION, shown, (alg,), of=line))
    return mkcel.to_cbor(records)


VARIANTS = ("full", "long", "short", "mutated", "front", "empty", "cel", "cel-forged",
            "none", "none")


def tell(rng, number, alg, key, row, honest, ordinal):
    """(argument and content of a log, or None) of one register; what it leads to is in the row."""
    ops, gaps = story(number)
    variant = rng.choice(("full", "full", "cel") if honest else VARIANTS)
    full = told(ops, alg)
    if variant == "none":
        return None
    if variant == "empty" or not ops:
        return (f"text,{key}", b"\n# nothing\n") if variant == "empty" else None
    if variant in ("cel", "cel-forged"):
        if gaps:
            variant = "full"
        else:
            forged = variant == "cel-forged"
            row.logged(INCOMPLETE if forged else VERIFIED, ["data-mismatch"] if forged else [])
            return "cel-cbor", as_cel(ops, alg, ordinal, HEADER, forged)
    if variant == "front" and number != 5:
        variant = "full"

    if variant == "full":
        row.logged(INCOMPLETE if gaps else VERIFIED, gaps)
        return f"text,{key}", full.text
    if variant == "long":
        row.logged(INCOMPLETE, (*gaps, "unquoted-tail"))
        return f"text,{key}", full.text + b"example.org/app later\n"
    if variant == "front":
        row.logged(INCOMPLETE, ["unanchored"])
        return f"text,{key}", full.text[full.text.rindex(b"SYNC"):]
    row.logged(MISMATCH)
    lines = full.text.splitlines(keepends=True)
    if variant == "short" and len(lines) > 1:
        return f"text,{key}", b"".join(lines[:-1])
    return f"text,{key}", b"".join(lines[:-1]) + lines[-1].replace(b"app", b"apX")


# ---- pools: what is signed is signed once

@functools.cache
def tdx_pool():
    """[(evidence by kind, stories of rtmr0 to 3, nonce, debug)]"""
    out = []
    for numbers in ((1, 2, 5, 0), (1, 1, 3, 4), (5, 3, 0, 1), (2, 4, 1, 5), (0, 0, 0, 0)):
        values = {f"rtmr{n}": told(story(s)[0], "sha384").value for n, s in enumerate(numbers)}
        for nonce, debug in ((b"", False), (NONCE, False)) + (((b"", True),) if numbers[3] else ()):
            out.append(({"tdx-quote-v4": i.tdx_quote(4, nonce, int(debug), **values),
                         "tdx-quote-v5": i.tdx_quote(5, nonce, int(debug), **values),
                         "tdx-report": i.tdreport(nonce, int(debug), **values)},
                        numbers, values, nonce, debug))
    return out


PCRS = (4, 7, 9, 16, 23)


@functools.cache
def tpm_pool():
    """[(banks, PCRs, counts of events by PCR, values, quote, signature, pcrs, nonce)]"""
    out = []
    for algs, pcrs, counts in (((11,), (4, 7, 9), (2, 1, 0)), ((4, 11), (4, 7), (1, 3)),
                               ((4,), (4, 7), (2, 2)), ((11,), (9, 23), (0, 2)),
                               ((11,), (16, 23), (1, 1)), ((11,), (4, 16), (0, 1))):
        banks = [mktpmquote.HASHES[a] for a in algs]
        values = {b: {n: bytes(i.mklog.ALGS[b][1]) for n in range(24)} for b in banks}
        for pcr, count in zip(pcrs, counts):
            for n in range(count):
                for b in banks:
                    values[b][pcr] = i.h(b, values[b][pcr] + i.h(b, event(pcr, n)))
        for nonce in (b"", NONCE):
            selection = [(a, list(pcrs)) for a in algs]
            quote = mktpmquote.attest(selection, nonce, values)
            out.append((banks, pcrs, counts, values, quote,
                        mktpmquote.signature(mktpmquote.RSASSA, mktpmquote.ak().pkcs1(quote)),
                        mktpmquote.pcrs_tools(selection, values), nonce))
    return out


def event(pcr, n):
    return f"event {n} of {pcr}".encode()


class Files:
    """Contents as files, each written once."""

    def __init__(self, folder):
        self.folder, self.known, self.count = folder, {}, itertools.count()

    def __call__(self, content):
        path = self.known.get(content)
        if not path:
            path = self.folder / f"f{next(self.count)}"
            path.write_bytes(content)
            self.known[content] = str(path)
        return str(path)


def pin(rng, right, own, wrong):
    """(arguments, trust, refused) of a trust root: right, none, or somebody's."""
    pick = rng.random()
    if pick < 0.65:
        return right, "authenticated", False
    if pick < 0.93:
        return [], own, False
    return wrong, own, True


OTHER_ROOT = ["--trust-root", "sha256:" + "0" * 64]


def launch_rows():
    registers = i.twin_registers()
    rows = [Row("mrtd", "sha384", registers["mrtd"], "launch", "initial-vm-state")]
    rows += [Row(n, None, registers[n], "config") for n in ("mrconfigid", "mrowner",
                                                            "mrownerconfig")]
    return rows


HEADER = b"TSMMR index map\0tdx rtmr"
ROLES = ("firmware-config", "boot", "os-runtime", "app-runtime")


def tdx(rng, files):
    kinds, numbers, values, nonce, debug = rng.choice(tdx_pool())
    kind = rng.choice(("tdx-quote-v4",) * 3 + ("tdx-quote-v5", "tdx-report"))
    own = "unsigned" if kind == "tdx-report" else "signed"
    roots, trust, refused = pin(rng, i.root(), own, [*OTHER_ROOT, *NOW])
    if kind == "tdx-report" and roots:
        trust, refused = own, True
    rows = launch_rows() + [Row(f"rtmr{n}", "sha384", values[f"rtmr{n}"], role=ROLES[n])
                            for n in range(4)]
    world = World(["--evidence", files(kinds[kind]), *roots], rows, trust, nonce)
    world.refused = refused
    if debug:
        if rng.random() < 0.5:
            world.args.append("--allow-debug")
        else:
            world.refused = True
    honest = rng.random() < 0.5
    if rng.random() < 0.85:
        for n in range(4):
            told_ = tell(rng, numbers[n], "sha384", f"rtmr{n}", rows[4 + n], honest, n)
            if told_:
                world.logs.append(f"{told_[0]}={files(told_[1])}")
        if any("cel-cbor" in log for log in world.logs):
            world.args += ["--platform", "tdx"]
    return world


def given(rng, files):
    """Values by hand, and no evidence."""
    rows, world = [], World([], [], None)
    honest = rng.random() < 0.5
    for n in range(4):
        number = rng.randrange(1, STORIES)
        right = told(story(number)[0], "sha384").value
        row = Row(f"rtmr{n}", "sha384", right, role=ROLES[n])
        log = tell(rng, number, "sha384", f"rtmr{n}", row, honest, n)
        if log:
            world.logs.append(f"{log[0]}={files(log[1])}")
        pick = rng.random()
        if pick < 0.4 or not log and pick < 0.7:
            if not row.events:
                continue
            row.value = None
        elif pick < 0.85 or honest:
            row.by_hand = True
            world.args += ["--expect", f"rtmr{n}={right.hex()}"]
        else:
            row.by_hand, row.value = True, b"\xab" * 48
            world.args += ["--expect", f"rtmr{n}={row.value.hex()}"]
            if row.events:
                row.logged(MISMATCH)
        rows.append(row)
    world.rows, world.args = rows, world.args + ["--platform", "tdx"]
    return world if world.logs and any(r.by_hand for r in rows) else given(rng, files)


def tpm(rng, files):
    banks, pcrs, counts, values, quote, sig, texts, nonce = rng.choice(tpm_pool())
    args = ["--evidence", "quote=" + files(quote)]
    args += ["--evidence", "pcrs=" + files(texts)]
    roots, own = [], "unsigned"
    refused = False
    if rng.random() < 0.85:
        own = "signed"
        args += ["--evidence", "sig=" + files(sig), "--evidence", "ak=tpm-twin/ak.pem"]
        roots, own, refused = pin(rng, i.pinned_tpm(), own, OTHER_ROOT)
    rows = {}
    for bank in banks:
        for pcr in pcrs:
            rows[pcr, bank] = Row(f"pcr{pcr}", bank, values[bank][pcr], resettable=pcr in (16, 23))
    world = World([*args, *roots], list(rows.values()), own, nonce)
    world.refused = refused
    if rng.random() < 0.15:
        return world

    log = i.log("tcg2", banks)
    honest = rng.random() < 0.5
    for pcr, count in zip(pcrs, counts):
        variant = "full" if honest else rng.choice(
            ("full", "full", "full", "long", "short", "mutated", "forged", "none"))
        if not count or variant == "none":
            continue
        if variant == "short" and count == 1:
            variant = "mutated"
        shown = [event(pcr, n) for n in range(count)]
        covered = list(shown)
        outcome = (VERIFIED, ())
        if variant == "long":
            shown.append(b"later")
            covered.append(b"later")
            outcome = (INCOMPLETE, ["unquoted-tail"])
        elif variant == "short":
            shown, covered, outcome = shown[:-1], covered[:-1], (MISMATCH, ())
        elif variant == "mutated":
            shown[-1] = covered[-1] = b"another"
            outcome = (MISMATCH, ())
        elif variant == "forged":
            shown[0] = b"a made-up text"
            outcome = (INCOMPLETE, ["data-mismatch"])
        for text, cover in zip(shown, covered):
            log.event(pcr, i.mklog.EFI_ACTION, text, covers=cover)
        for bank in banks:
            rows[pcr, bank].logged(*outcome)
    world.logs.append("tcg2=" + files(bytes(log.bytes)))
    return world


def snp(rng, _files):
    certs = rng.random() < 0.8
    args = ["--evidence", "snp-twin/report-v5.bin"]
    args += ["--evidence", "snp-twin/auxblob.bin"] if certs else []
    own = "signed" if certs else "unsigned"
    roots, trust, refused = pin(rng, ["--trust-root", "snp-twin/ark.pem", *NOW], own, OTHER_ROOT)
    if roots and not certs:
        trust, refused = own, True
    rows = [Row("measurement", "sha384", mkquote.label("MEASUREMENT", 48), "launch",
                "initial-vm-state"),
            Row("host_data", None, mkquote.label("HOST_DATA", 32), "config")]
    world = World([*args, *roots], rows, trust, mktpmquote.NONCE)
    world.refused = refused
    return world


def nitro(rng, files):
    roots, trust, refused = pin(rng, ["--trust-root", "cose/nitro-root.pem"], "signed", OTHER_ROOT)
    pcrs = mkcose.nitro_pcrs()
    rows = [Row(f"pcr{n}", "sha384", pcrs[n], "launch") for n in range(16)]
    last = Row("pcr16", "sha384", pcrs[16])
    world = World(["--platform", "nitro", "--evidence", "cose/nitro.cbor", *roots], [*rows, last],
                  trust, bytes.fromhex("00112233445566778899aabbccddeeff"))
    world.refused = refused
    lines = [line.encode() + b"\n" for line in mkcose.LINES]
    variant = rng.choice(("full", "full", "full", "none", "mutated", "long", "short"))
    if variant != "none":
        text = {"full": lines, "mutated": lines[:2] + [b"another\n"], "short": lines[:2],
                "long": lines + [b"later\n"]}[variant]
        last.logged(*{"full": (VERIFIED, ()), "long": (INCOMPLETE, ["unquoted-tail"])}.get(
            variant, (MISMATCH, ())))
        world.logs.append("text,pcr16=" + files(b"".join(text)))
    return world


def any_world(rng, files):
    world = rng.choice((tdx,) * 4 + (given, tpm, tpm, snp, nitro))(rng, files)
    rng.shuffle(world.logs)
    return world
