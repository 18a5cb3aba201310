#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a vendor says of a platform, in every way that real collateral does not show: each status,
revoked certificates, other platforms, times before and after, forged documents.

    collateral.py TOOL DATA [NAME...]

The platform and its vendor are those of tests/gen/mkquote.py and mkcollateral.py.
"""
import functools
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gen"))
sys.dont_write_bytecode = True
import mkcollateral as make  # noqa: E402  pylint: disable=wrong-import-position
from mkquote import LEAF, ORGANIZATION, PLATFORM, ROOT, Key, chain  # noqa: E402  pylint: disable=wrong-import-position

OLD, NEW = "2023-08-09T00:00:00Z", make.DATE
HIGHER = [9] * 16
ADVISORY = ["INTEL-SA-00615"]
OTHER = ("Another root", ORGANIZATION)

problems = []
runs = 0


@functools.cache
def good():
    """Each file as it should be: signatures take long to make."""
    return {
        "info.json": make.signed("tcbInfo", make.info()),
        "qe.json": make.signed("enclaveIdentity", make.qe()),
        "pck.crl": make.pck_crl(),
        "root.crl": make.root_crl(),
        "chain.pem": make.signing_chain(),
    }


def files(info=None, qe=None, pck=None, root=None, chain=None):
    """The texts and bytes of one set; None: as they should be; "": left out."""
    given = {"info.json": info, "qe.json": qe, "pck.crl": pck, "root.crl": root, "chain.pem": chain}
    every = {name: good()[name] if data is None else data for name, data in given.items()}
    return {name: data for name, data in every.items() if data}


def with_info(**changes):
    return files(info=make.signed("tcbInfo", make.info(**changes)))


def with_qe(**changes):
    return files(qe=make.signed("enclaveIdentity", make.qe(**changes)))


def levels(*all_levels):
    return with_info(tcbLevels=list(all_levels))


def module(**changes):
    identity = make.info()["tdxModuleIdentities"][0] | changes
    return with_info(tdxModuleIdentities=[identity])


# As others call them, beside a quote in a folder.
AS_SERVED = {"info.json": "tcb_info.json", "qe.json": "QE-Identity.json", "pck.crl": "pck_crl",
             "root.crl": "root.crl", "chain.pem": "chain.pem"}


class Case:
    """status: what the claim says; None: there is none.  exits: with the default policy."""

    def __init__(self, exits, status, given, *args, quote="quote-v4.bin", says="", part=False,
                 time=make.GOOD, claims=None, error="", pinned=("root",)):
        self.exits, self.status, self.given, self.args, self.quote = exits, status, given, args, quote
        self.says, self.part, self.time, self.claims = says, part, time, claims or {}
        self.error, self.pinned = error, pinned


def words():
    """A platform whose own level says so: each word, refused and accepted."""
    for word in ("SWHardeningNeeded", "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded",
                 "OutOfDate", "OutOfDateConfigurationNeeded"):
        given = levels(make.level(word))
        yield word, Case(4, word, given, says=word)
        yield f"{word}-accepted", Case(0, word, given, "--accept-tcb", word)
        yield f"{word}-other", Case(4, word, given, "--accept-tcb", "NotSupported")
    for word in ("SWHardeningNeeded", "OutOfDate"):
        given = levels(make.level(word, advisories=ADVISORY + ["INTEL-SA-00001"]))
        yield f"{word}-advisories", Case(0, word, given, "--accept-advisory",
                                         "INTEL-SA-00001,INTEL-SA-00615")
        yield f"{word}-advisory", Case(4, word, given, "--accept-advisory", "INTEL-SA-00615")
    given = levels(make.level("ConfigurationNeeded", advisories=ADVISORY))
    yield "configuration-advisory", Case(4, "ConfigurationNeeded", given, "--accept-advisory",
                                         "INTEL-SA-00615")
    # An outdated module without an advisory is not excused by those of the platform.
    given = with_info(tcbLevels=[make.level("SWHardeningNeeded", advisories=ADVISORY)],
                      tdxModuleIdentities=[make.info()["tdxModuleIdentities"][0] | {
                          "tcbLevels": [make.svn_level(1, "OutOfDate")]}])
    yield "advisory-of-another-part", Case(4, "OutOfDate", given, "--accept-advisory", ADVISORY[0])
    yield "no-advisories", Case(4, "OutOfDate", levels(make.level("OutOfDate")),
                                "--accept-advisory", "INTEL-SA-00615")


def evaluation():
    yield "good", Case(0, "UpToDate", files(), claims={
        "tcb_date": NEW, "collateral_expires": make.NEXT, "tcb_evaluation": 17})
    yield "good-v5", Case(0, "UpToDate", files(), quote="quote-v5.bin")
    yield "good-as-parts", Case(0, "UpToDate", files(), part=True)
    yield "good-in-folder", Case(0, "UpToDate", files(), part="folder")
    yield "revoked-in-folder", Case(7, None, levels(make.level("Revoked")), part="folder")
    yield "late-in-folder", Case(4, None, files(), part="folder", time="2025-07-02T00:00:00Z",
                                 says="revocation")
    yield "revoked", Case(7, None, levels(make.level("Revoked")))
    yield "module-revoked", Case(7, None, module(tcbLevels=[make.svn_level(1, "Revoked")]))
    yield "qe-revoked", Case(7, None, with_qe(tcbLevels=[make.svn_level(1, "Revoked")]))
    # A lower level is reached where the highest is not, whatever order they stand in.
    older = make.level("OutOfDate", OLD, sgx=[0] * 16, tdx=[0] * 16, pce=0, advisories=ADVISORY)
    yield "sorted", Case(0, "UpToDate", levels(older, make.level()))
    yield "below-sgx", Case(4, "OutOfDate", levels(make.level(sgx=HIGHER), older),
                            claims={"tcb_date": OLD, "tcb_advisories": ADVISORY[0]})
    yield "below-pce", Case(4, "OutOfDate", levels(make.level(pce=make.PCE_SVN + 1), older))
    yield "below-tdx", Case(4, "OutOfDate", levels(make.level(tdx=[5, 1, 7] + [0] * 13), older))
    # The module's own two numbers are its levels', not the platform's.
    yield "module-numbers", Case(0, "UpToDate", levels(make.level(tdx=[99, 99, 6] + [0] * 13)))
    yield "no-level", Case(4, "NotSupported", levels(make.level(sgx=HIGHER)))
    # Revoked is refused whatever is accepted, a module that no level is reached of besides.
    yield "revoked-beside-no-level", Case(7, None, with_info(
        tcbLevels=[make.level("Revoked")], tdxModuleIdentities=[make.info()[
            "tdxModuleIdentities"][0] | {"id": "TDX_03"}]), "--accept-tcb", "NotSupported")
    yield "no-level-accepted", Case(0, "NotSupported", levels(make.level(sgx=HIGHER)),
                                    "--accept-tcb", "NotSupported")
    old_module = module(tcbLevels=[make.svn_level(6), make.svn_level(5, "OutOfDate", OLD, ADVISORY)])
    yield "module-old", Case(4, "OutOfDate", old_module, claims={
        "tcb_module_status": "OutOfDate", "tcb_platform_status": "UpToDate", "tcb_date": OLD,
        "tcb_advisories": ADVISORY[0]})
    yield "module-too-old", Case(4, "NotSupported", module(tcbLevels=[make.svn_level(6)]))
    yield "module-unknown", Case(4, "NotSupported", module(id="TDX_03"))
    yield "module-other", Case(7, None, module(mrsigner="01" * 48))
    yield "module-lower-case", Case(0, "UpToDate", module(id="tdx_01"))
    yield "module-attributes", Case(7, None, module(attributes="01" + "00" * 7))
    old_qe = with_qe(tcbLevels=[make.svn_level(9), make.svn_level(8, "OutOfDate", OLD)])
    yield "qe-old", Case(4, "OutOfDate", old_qe, claims={"tcb_qe_status": "OutOfDate",
                                                         "tcb_date": OLD})
    yield "qe-too-old", Case(4, "NotSupported", with_qe(tcbLevels=[make.svn_level(9)]))
    yield "qe-other", Case(7, None, with_qe(mrsigner="00" * 32))
    yield "qe-product", Case(7, None, with_qe(isvprodid=1))
    yield "qe-attributes", Case(7, None, with_qe(attributes="17" + "00" * 15))
    yield "qe-miscselect", Case(7, None, with_qe(miscselect="01000000"))
    # Where dcap-qvl takes the worst word, Intel's table makes another of the two.
    both = files(info=make.signed("tcbInfo", make.info(
        tcbLevels=[make.level("ConfigurationNeeded")])), qe=old_qe["qe.json"])
    yield "converged", Case(4, "OutOfDateConfigurationNeeded", both)
    # What is loaded now, which v5 tells, is what it was started with: a new start changes nothing.
    yield "no-relaunch", Case(4, "OutOfDate", levels(make.level("OutOfDate")),
                              quote="quote-v5.bin")


def identity():
    yield "fmspc", Case(4, None, with_info(fmspc="00" * 6), says="no-collateral")
    yield "fmspc-part", Case(7, None, with_info(fmspc="00" * 6), part=True)
    yield "fmspc-upper", Case(0, "UpToDate", with_info(fmspc=make.INFO["fmspc"].upper()))
    yield "pce-id", Case(7, None, with_info(pceId="0001"))
    yield "sgx", Case(4, None, with_info(id="SGX"), says="no-collateral")
    yield "no-qe", Case(4, None, files(qe=""), says="no-collateral")
    yield "no-info", Case(4, None, files(info=""), says="no-collateral")
    yield "evaluation", Case(4, "UpToDate", files(), "--min-tcb-evaluation", "18",
                             says="evaluation")
    yield "evaluation-met", Case(0, "UpToDate", files(), "--min-tcb-evaluation", "17")


def times():
    after, before = "2025-07-02T00:00:00Z", "2025-05-31T23:59:59Z"
    late = {"this": make.ISSUED, "end": "2025-06-10T00:00:00Z"}
    yield "last-second", Case(0, "UpToDate", files(), time=make.NEXT)
    yield "first-second", Case(0, "UpToDate", files(), time=make.ISSUED)
    yield "after", Case(4, None, files(), time=after, says="revocation")
    yield "before", Case(4, None, files(), time=before, says="revocation")
    yield "grace", Case(0, "UpToDate", files(), "--collateral-grace", "1d", time=after)
    yield "grace-too-short", Case(4, None, files(), "--collateral-grace", "23h", time=after)
    yield "info-late", Case(4, None, with_info(nextUpdate="2025-06-10T00:00:00Z"),
                            says="expired")
    yield "qe-late", Case(4, None, with_qe(nextUpdate="2025-06-10T00:00:00Z"), says="expired")
    yield "crl-late", Case(4, "UpToDate", files(pck=make.pck_crl(**late)), says="revocation")
    yield "root-crl-late", Case(4, "UpToDate", files(root=make.root_crl(**late)),
                                says="revocation")
    renewed = files()
    renewed["old.json"] = make.signed("tcbInfo", make.info(
        nextUpdate="2025-06-10T00:00:00Z", tcbEvaluationDataNumber=30,
        tcbLevels=[make.level("OutOfDate")]))
    yield "the-one-that-holds", Case(0, "UpToDate", renewed)
    newer = files()
    newer["new.json"] = make.signed("tcbInfo", make.info(
        tcbEvaluationDataNumber=30, tcbLevels=[make.level("OutOfDate")]))
    yield "the-higher-number", Case(4, "OutOfDate", newer)


def revocation():
    yield "pck-revoked", Case(7, None, files(pck=make.pck_crl(revoked=[LEAF])))
    yield "pck-revoked-late", Case(7, None, files(pck=make.pck_crl(
        revoked=[LEAF], end="2025-06-10T00:00:00Z")))
    yield "other-revoked", Case(0, "UpToDate", files(pck=make.pck_crl(revoked=["somebody"])))
    yield "intermediate-revoked", Case(7, None, files(root=make.root_crl(revoked=[PLATFORM])))
    yield "signer-revoked", Case(7, None, files(root=make.root_crl(revoked=[make.SIGNER])))
    yield "no-pck-crl", Case(4, "UpToDate", files(pck=""), says="revocation")
    yield "no-root-crl", Case(4, "UpToDate", files(root=""), says="revocation")
    yield "no-crl", Case(0, "UpToDate", files(pck="", root=""))
    amd = make.crl(("ARK-Milan", "Advanced Micro Devices"), Key("other"))
    yield "amd-crl", Case(0, "UpToDate", files(pck="", root=amd))
    yield "amd-crl-beside", Case(4, "UpToDate", files(pck="", root=amd), part=True,
                                 says="revocation")
    yield "no-crl-demanded", Case(4, "UpToDate", files(pck="", root=""), "--must-check",
                                  "revocation")
    # The key under two certificates, of which either is revoked: it signs nothing.
    again = make.signing_chain(serial=7)
    for name, chain in (("before", make.signing_chain() + again),
                        ("after", again + make.signing_chain())):
        yield f"signer-revoked-{name}", Case(7, None, files(
            chain=chain, root=make.root_crl(revoked=[make.SIGNER])))
    yield "two-certificates", Case(0, "UpToDate", files(chain=make.signing_chain() + again))
    yield "crl-of-processors", Case(4, "UpToDate", files(pck=make.crl(
        "libtsmmr TEST PCK Processor CA, not Intel", Key("processor CA"))), says="revocation")
    yield "root-crl-of-its-name", Case(7, None, files(root=make.crl(ROOT, Key("other root"))))
    yield "crl-backwards", Case(3, None, files(pck=make.pck_crl(
        this=make.NEXT, end=make.ISSUED)))
    yield "crl-of-another", Case(7, None, files(pck=make.crl(PLATFORM, Key("other"))))
    yield "crl-by-the-root", Case(7, None, files(pck=make.crl(PLATFORM, Key("root"))))
    yield "crl-part", Case(3, None, files(pck=make.pck_crl(critical=True)))


PINNED = {
    "root": lambda: chain()[2],
    "platform CA": lambda: chain()[1],
    "other": lambda: make.pem(make.certificate(OTHER, Key("other"), OTHER, Key("other"), 1)),
}


def pinned():
    """Other roots than the quote's, or none; and evidence of which nobody knows who made it."""
    other = files(chain=make.signing_chain(issuer=(OTHER, Key("other"))))
    other["other.crl"] = make.crl(OTHER, Key("other"))
    yield "root-of-others", Case(7, None, other, pinned=("root", "other"), error="another root")
    yield "two-roots", Case(0, "UpToDate", files(), pinned=("root", "other"))
    yield "two-of-its-chain", Case(0, "UpToDate", files(), pinned=("root", "platform CA"))
    unsigned = "--min-trust", "unsigned"
    outdated = files(info=levels(make.level("OutOfDate"))["info.json"], pck="", root="")
    lists = files(info="", qe="", chain="")
    for name, quote in (("quote", "no-pck"), ("tdreport", "tdreport.bin")):
        how = {"quote": quote, "pinned": ()}
        yield f"unsigned-{name}", Case(4, None, outdated, *unsigned, says="no-collateral", **how)
        yield f"unsigned-{name}-lists", Case(4, None, lists, *unsigned, says="revocation", **how)
        yield f"unsigned-{name}-nothing", Case(0, None, {}, *unsigned, **how)


def no_pck(quote):
    """A quote whose certification data are of another type: its machine's identifiers."""
    at = quote.index(b"-----BEGIN") - 6
    assert quote[at:at + 2] == b"\5\0"
    return quote[:at] + b"\3\0" + quote[at + 2:]


def forged():
    info, qe = make.signed("tcbInfo", make.info()), make.signed("enclaveIdentity", make.qe())
    yield "info-changed", Case(7, None, files(info=info.replace('"pcesvn":11', '"pcesvn":10')))
    yield "qe-changed", Case(7, None, files(qe=qe.replace('"isvsvn":8', '"isvsvn":7')))
    yield "space", Case(7, None, files(info=info.replace('"tcbType":0', '"tcbType": 0')))
    yield "outside", Case(0, "UpToDate", files(info=" " + info.replace(
        '"signature":', ' "signature" : ') + "\n"))
    yield "other-key", Case(7, None, files(info=make.signed("tcbInfo", make.info(), Key("other"))))
    yield "by-the-pck", Case(7, None, files(info=make.signed("tcbInfo", make.info(), Key("PCK"))))
    yield "no-chain", Case(7, None, files(chain=""))
    yield "other-root", Case(7, None, files(chain=make.signing_chain(root="other")))
    yield "not-a-signer", Case(7, None, files(chain=make.signing_chain(subject="A server")))
    # By a certificate of the right name that those made who certify machines.
    yield "by-the-platform-ca", Case(7, None, files(chain=make.signing_chain(
        issuer=((PLATFORM, ORGANIZATION), Key("platform CA")))))
    yield "level-twice", Case(3, None, levels(make.level("OutOfDate"), make.level()))
    yield "module-level-twice", Case(3, None, module(
        tcbLevels=[make.svn_level(1, "OutOfDate"), make.svn_level(1)]))
    yield "backwards", Case(3, None, with_info(nextUpdate="2025-05-31T00:00:00Z"))
    yield "offset", Case(3, None, with_info(nextUpdate="2025-07-01T00:00:00+00:00"))
    yield "leap-second", Case(3, None, with_info(nextUpdate="2025-06-30T23:59:60Z"))
    yield "number-as-text", Case(3, None, levels(make.level(pce=str(make.PCE_SVN))))
    yield "number-as-fraction", Case(3, None, levels(make.level(pce=10.5)))
    yield "number-too-large", Case(3, None, levels(make.level(sgx=[256] * 16)))
    yield "key-in-capitals", Case(3, None, files(info=info.replace('"tcbInfo"', '"TCBInfo"')))
    yield "advisory-twice", Case(0, "UpToDate", levels(make.level(advisories=ADVISORY * 2)),
                                 claims={"tcb_advisories": ADVISORY[0]})
    yield "twice", Case(3, None, files(info=info.replace('"tcbType":0', '"tcbType":0,"tcbType":0')))
    yield "fifteen", Case(3, None, levels(make.level(sgx=make.COMPONENTS[:15])))
    yield "seventeen", Case(3, None, levels(make.level(sgx=make.COMPONENTS + [0])))
    yield "version", Case(3, None, with_info(version=4))
    yield "word", Case(3, None, levels(make.level("Excellent")))
    yield "module-word", Case(3, None, module(tcbLevels=[make.svn_level(1, "SWHardeningNeeded")]))
    yield "module-configuration", Case(3, None, module(
        tcbLevels=[make.svn_level(1, "ConfigurationNeeded")]))
    for word in ("SWHardeningNeeded", "ConfigurationNeeded", "OutOfDateConfigurationNeeded"):
        yield f"qe-{word}", Case(3, None, with_qe(tcbLevels=[make.svn_level(1, word)]))
    yield "hex-space", Case(3, None, with_qe(attributesMask=" " + "ff" * 16))
    yield "no-levels", Case(3, None, levels())
    yield "qe-no-levels", Case(3, None, with_qe(tcbLevels=[]))
    yield "module-no-levels", Case(3, None, module(tcbLevels=[]))
    yield "no-modules", Case(3, None, with_info(tdxModuleIdentities=[]))
    yield "added-word", Case(3, None, levels(make.level("NotSupported")))
    yield "advisory", Case(3, None, levels(make.level(advisories=["INTEL-SA-1,INTEL-SA-2"])))
    yield "date", Case(3, None, levels(make.level(date="2024-02-30T00:00:00Z")))
    yield "accept-revoked", Case(2, None, files(), "--accept-tcb", "Revoked")
    yield "accept-any", Case(2, None, files(), "--accept-tcb", "any")
    yield "grace-negative", Case(2, None, files(), "--collateral-grace", "-1d")
    yield "json", Case(3, None, files(info='{"tcb": 1}'))


def answer():
    """As curl -i keeps it: the chain in a header."""
    one = files(chain="")
    one["info.json"] = ("HTTP/1.1 200 OK\r\nTCB-Info-Issuer-Chain: " +
                        make.header(make.signing_chain()) + "\r\n\r\n" + one["info.json"])
    yield "answer", Case(0, "UpToDate", one)
    headers = files(chain="")
    headers["headers"] = ("HTTP/2 200\r\nx: y\r\nsgx-enclave-identity-issuer-chain: " +
                          make.header(make.signing_chain()) + "\r\n\r\n")
    yield "headers", Case(0, "UpToDate", headers)
    lists = files()
    for file in ("pck.crl", "root.crl"):
        lists[file] = b"HTTP/1.1 200 OK\r\nx: y\r\n\r\n" + lists[file]
    yield "answer-list", Case(0, "UpToDate", lists)
    yield "answer-list-hex", Case(0, "UpToDate", files(
        pck="HTTP/1.1 200 OK\r\nx: y\r\n\r\n" + make.pck_crl().hex()))
    yield "no-header", Case(3, None, files(chain="HTTP/1.1 200 OK\r\n\r\n"))


def check(tool, data, name, case, scratch):
    global runs
    folder = scratch / name
    folder.mkdir()
    args = []
    parts = {"info.json": "tcb-info=", "qe.json": "qe-identity=", "chain.pem": "certs=",
             "pck.crl": "crl=", "root.crl": "crl="}
    for file, content in case.given.items():
        path = folder / (AS_SERVED[file] if case.part == "folder" else file)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if case.part is True:
            args += ["--evidence", f"{parts.get(file, '')}{path}"]
    if case.given and not case.part:
        args += ["--collateral", folder]
    quote = data / "tdx-twin" / case.quote
    if case.part == "folder":
        (folder / "quote.bin").write_bytes(quote.read_bytes())
        quote = folder
    if case.quote == "no-pck":
        quote = scratch / f"{name}.quote"
        quote.write_bytes(no_pck((data / "tdx-twin/quote-v4.bin").read_bytes()))
    for i, root in enumerate(case.pinned):
        path = scratch / f"{name}-{i}.pem"
        path.write_text(PINNED[root]())
        args += ["--trust-root", path]
    done = subprocess.run(
        [tool, "verify", data / "tdx-twin/CCEL.data", "--json", "--evidence", quote, "--time",
         case.time, *args, *case.args], capture_output=True, text=True, timeout=60, check=False)
    runs += 1
    answer_, claims = {}, {}
    if done.returncode in (0, 1, 4):
        answer_ = json.loads(done.stdout)
        claims = answer_["evidence"][0]["claims"]
    wrong = []
    if done.returncode != case.exits:
        wrong.append(f"exit {done.returncode}, not {case.exits}")
    if claims.get("tcb_status") != case.status:
        wrong.append(f"status {claims.get('tcb_status')}, not {case.status}")
    for key, value in case.claims.items():
        if claims.get(key) != value:
            wrong.append(f"{key} {claims.get(key)}, not {value}")
    said = [b["tcb"] for b in answer_.get("because", []) if b["tcb"]]
    if case.error and case.error not in done.stderr:
        wrong.append(f"does not say “{case.error}”:")
    if case.says and case.says not in said:
        wrong.append(f"does not say “{case.says}”: {said}")
    if wrong:
        problems.append(f"{name}: {'; '.join(wrong)} {done.stderr.strip()}")


def main(*groups):
    tool, data, wanted = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    with tempfile.TemporaryDirectory() as scratch:
        for group in groups:
            for name, case in group():
                if not wanted or name in wanted:
                    check(tool, data, name, case, pathlib.Path(scratch))
    for problem in problems:
        print(problem)
    print(f"{runs} sets of collateral, {len(problems)} judged wrongly")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main(words, evaluation, identity, times, revocation, pinned, forged, answer)
