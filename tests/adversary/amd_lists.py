#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What AMD revokes, asked of SEV-SNP reports: of each line and kind of key, revoked, of another
line, too old, forged; and versions, of which AMD publishes nothing.

    amd_lists.py TOOL [NAME...]

The chips and their vendor are those of tests/gen/mksnp.py and mkamd.py.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gen"))
sys.dont_write_bytecode = True
import mkamd as make  # noqa: E402  pylint: disable=wrong-import-position
import mkcollateral as intel  # noqa: E402  pylint: disable=wrong-import-position
import mkquote as mk  # noqa: E402  pylint: disable=wrong-import-position

MEASUREMENT = mk.label("MEASUREMENT", 48).hex()
AFTER, EARLY = "2026-06-02T00:00:00Z", "2025-05-31T23:59:59Z"

problems = []
runs = 0


class Case:
    """lists: in the context; part: beside the evidence.  known: was revocation asked about?"""

    def __init__(self, exits, lists, *args, line="Milan", vlek=False, part=False, known=None,
                 says="", time=make.GOOD, missing=None, expires=None, detail=None, certs=True):
        self.exits, self.lists, self.args, self.line, self.vlek = exits, lists, args, line, vlek
        self.part, self.says, self.time, self.missing = part, says, time, missing
        self.known = exits == 0 if known is None else known
        self.expires, self.detail, self.certs = expires, detail, certs


def lines():
    for line in ("Milan", "Genoa", "Turin"):
        yield line, Case(0, [make.crl(line)], line=line, expires=make.NEXT)
        yield f"{line}-revoked", Case(7, [make.crl(line, ["ASK"])], line=line, detail="revoked")
    yield "vlek", Case(0, [make.crl()], vlek=True)
    yield "vlek-asvk-revoked", Case(7, [make.crl(revoked=["ASVK"])], vlek=True, detail="revoked")
    yield "vlek-revoked", Case(7, [make.crl(revoked=["VLEK"])], vlek=True, detail="revoked")
    yield "vlek-ask-revoked", Case(0, [make.crl(revoked=["ASK"])], vlek=True)
    yield "vcek-asvk-revoked", Case(0, [make.crl(revoked=["ASVK"])])
    yield "vcek-revoked", Case(7, [make.crl(revoked=["VCEK"])], detail="revoked")
    yield "pem", Case(0, [mk.pem(make.crl(), "X509 CRL")])
    yield "part", Case(0, [make.crl()], part=True, expires=make.NEXT)
    yield "part-revoked", Case(7, [make.crl(revoked=["ASK"])], part=True, detail="revoked")


def others():
    """What is not about it: refused beside the evidence, and else of no use."""
    lacks = "crl ARK-Genoa"
    yield "other-line", Case(4, [make.crl("Milan")], line="Genoa", says="revocation", missing=lacks)
    yield "other-line-part", Case(7, [make.crl("Milan")], line="Genoa", part=True,
                                  detail="collateral")
    yield "two-lines", Case(0, [make.crl("Milan"), make.crl("Genoa")], line="Genoa")
    yield "two-lines-part", Case(0, [make.crl("Milan"), make.crl("Genoa")], line="Genoa", part=True)
    yield "other-line-revokes", Case(0, [make.crl("Milan", ["ASK"]), make.crl("Genoa")],
                                     line="Genoa")
    yield "no-list", Case(0, [], known=False)
    yield "no-list-demanded", Case(4, [], "--must-check", "revocation")
    yield "tcb-info-part", Case(2, [intel.signed("tcbInfo", intel.info())], part=True)
    of_intel = intel.crl(("A CA", "Intel Corporation"), mk.Key("other"))
    yield "intel", Case(0, [of_intel], known=False)
    yield "intel-beside", Case(7, [of_intel], part=True, detail="collateral")
    yield "nobody", Case(4, [intel.crl("A CA", mk.Key("other"))], says="revocation")
    # A name that another may take.
    yield "by-another", Case(7, [make.crl("Milan", key=make.ark("Genoa"))], detail="signature")
    yield "by-the-ask", Case(4, [make.crl(key=make.snp.keys()["ASK"], issuer="SEV-Milan")],
                             says="revocation")
    yield "by-the-ask-part", Case(7, [make.crl(key=make.snp.keys()["ASK"], issuer="SEV-Milan")],
                                  part=True, detail="collateral")
    yield "weak", Case(3, [make.crl(alg="sha1")])
    # Of a report of which nobody knows who signed it, either.
    for name, part in (("unsigned", False), ("unsigned-part", True)):
        yield name, Case(4, [make.crl()], "--min-trust", "unsigned", says="revocation",
                         part=part, certs=False)
    yield "unsigned-no-list", Case(0, [], "--min-trust", "unsigned", certs=False, known=False)


def partial():
    """Lists of changes, of some certificates or of other issuers', whether or not they say so
    critically; and what must not be left out of account."""
    delta, scope = mk.integer(3), mk.seq(mk.tlv(0x82, b"\xff"))
    for name, critical in (("told", False), ("critical", True)):
        yield f"delta-{name}", Case(3, [make.crl(more=[
            mk.extension("2.5.29.27", delta, critical)])])
        yield f"scope-{name}", Case(3, [make.crl(more=[
            mk.extension("2.5.29.28", scope, critical)])])
    unknown = mk.tlv(0x05)
    for name, critical, exits in (("told", False, 0), ("critical", True, 3)):
        extension = mk.extension("1.2.3.4", unknown, critical)
        yield f"unknown-{name}", Case(exits, [make.crl(more=[extension])])
        yield f"unknown-of-one-{name}", Case(exits, [make.crl(revoked=["ASVK"],
                                                             of_each=[extension])])
    issuer = mk.seq(mk.tlv(0xA4, make.snp.name("ARK-Genoa")))
    yield "of-another-issuer", Case(3, [make.crl(revoked=["ASK"], of_each=[
        mk.extension("2.5.29.29", issuer, True)])])
    # In UTC to the second.
    for n, (tag, end) in enumerate(((0x18, b"20260601000000.5Z"), (0x18, b"20260601000000+0000"),
                                    (0x18, b"202606010000Z"), (0x18, b"202606010000.5Z"),
                                    (0x17, b"260601000000+0100"), (0x17, b"2606010000Z"))):
        yield f"end-{n}", Case(3, [make.crl(end=mk.tlv(tag, end))])
    yield "end-late", Case(0, [make.crl(end=mk.tlv(0x18, b"99991231235959Z"))])


def times():
    late = {"end": "2025-06-10T00:00:00Z"}
    yield "last-second", Case(0, [make.crl()], time=make.NEXT)
    yield "first-second", Case(0, [make.crl()], time=make.ISSUED)
    yield "after", Case(4, [make.crl()], time=AFTER, says="revocation", expires=make.NEXT,
                        missing="crl ARK-Milan")
    yield "before", Case(4, [make.crl()], time=EARLY, says="revocation")
    yield "grace", Case(0, [make.crl()], "--collateral-grace", "1d", time=AFTER)
    yield "grace-too-short", Case(4, [make.crl()], "--collateral-grace", "23h", time=AFTER,
                                  says="revocation")
    yield "late-revokes", Case(7, [make.crl(revoked=["ASK"], **late)], detail="revoked")
    yield "renewed", Case(0, [make.crl(**late), make.crl(this="2025-06-09T00:00:00Z")])
    yield "revoked-before", Case(7, [make.crl(revoked=["ASK"], **late),
                                     make.crl(this="2025-06-09T00:00:00Z")], detail="revoked")


def versions():
    """Nobody publishes which versions are good: whoever asks says the least of each part, where
    the line has it; as one number the first of two would be more than enough."""
    for line, tcb, parts in (
            ("Milan", make.snp.TCB, {"bootloader": 9, "tee": 0, "snp": 23, "microcode": 211}),
            ("Turin", make.snp.TURIN_TCB,
             {"fmc": 4, "bootloader": 9, "tee": 0, "snp": 23, "microcode": 211})):
        for which in ("reported", "committed", "launch", "current"):
            def asks(value, part="", least=f"claim.{which}_tcb"):
                return "--at-least", f"{least}{part}={value}"
            for part, value in parts.items():
                yield f"{line}-{which}-{part}", Case(0, [], *asks(value, f"_{part}"), line=line,
                                                     known=False)
                yield f"{line}-{which}-{part}-more", Case(1, [], *asks(value + 1, f"_{part}"),
                                                          line=line)
            yield f"{line}-{which}", Case(0, [], *asks(tcb.hex()), line=line, known=False)
            for at in range(7):
                more = bytes(v + (i == at) for i, v in enumerate(tcb[:7])) + b"\0"
                yield f"{line}-{which}-byte-{at}", Case(1, [], *asks(more.hex()), line=line)
    yield "Milan-fmc", Case(4, [], "--at-least", "claim.reported_tcb_fmc=0")


def forged():
    """Each byte that is signed, and those of the signature, as far as there is time for."""
    good = make.crl(revoked=["ASVK"])
    for at in range(4, len(good), 13):
        bad = bytearray(good)
        bad[at] ^= 1
        yield f"byte-{at}", Case(None, [bytes(bad)], known=False)


def check(tool, name, case, folder):
    global runs
    folder.mkdir()
    (folder / "report").write_bytes(make.report(case.line, case.vlek))
    (folder / "certs.pem").write_text(make.chain(case.line, case.vlek))
    (folder / "root.pem").write_text(mk.pem(make.root_of(case.line)))
    args = []
    if case.certs:
        args += ["--evidence", folder / "certs.pem", "--trust-root", folder / "root.pem"]
    for i, data in enumerate(case.lists):
        path = folder / f"{i}.crl"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        args += ["--evidence" if case.part else "--collateral", path]
    done = subprocess.run(
        [tool, "verify", "--json", "--expect", f"measurement={MEASUREMENT}", "--evidence",
         folder / "report", "--time", case.time, *args, *case.args], capture_output=True, text=True, timeout=60,
        check=False)
    runs += 1
    answer = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    evidence = answer.get("evidence", [{"not_checked": ["revocation"], "claims": {}}])[0]
    wrong = []
    if case.exits is None and done.returncode not in (3, 4, 7):
        wrong.append("a forged list is taken")
    elif case.exits is not None and done.returncode != case.exits:
        wrong.append(f"exit {done.returncode}, not {case.exits}")
    if ("revocation" not in evidence["not_checked"]) != case.known:
        wrong.append(f"not checked: {evidence['not_checked']}")
    for key, value in (("collateral_missing", case.missing), ("collateral_expires", case.expires)):
        if value and evidence["claims"].get(key) != value:
            wrong.append(f"{key} {evidence['claims'].get(key)}, not {value}")
    said = [b["tcb"] for b in answer.get("because", []) if b["tcb"]]
    if case.says and case.says not in said:
        wrong.append(f"does not say “{case.says}”: {said}")
    if case.detail and f'"{case.detail}"' not in done.stdout + done.stderr:
        wrong.append(f"does not say that it is for {case.detail}")
    if wrong:
        problems.append(f"{name}: {'; '.join(wrong)} {done.stderr.strip()}")


def main():
    tool, wanted = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as scratch:
        for group in (lines, others, partial, times, versions, forged):
            for name, case in group():
                if not wanted or name in wanted:
                    check(tool, name, case, pathlib.Path(scratch) / name)
    for problem in problems:
        print(problem)
    print(f"{runs} sets of lists, {len(problems)} judged wrongly")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
