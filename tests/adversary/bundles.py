#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""All of a platform's collateral in one JSON, as others keep it: each form is as good as its files,
what is not whole or not known is named, and none makes a yes of what its files do not.

    bundles.py TOOL DATA [NAME...]
"""
import json
import sys

import collateral
from collateral import OLD, Case, make

GOOD = make.bundle()
REVOKED = make.signed("tcbInfo", make.info(tcbLevels=[make.level("Revoked")]))
OUTDATED = make.signed("tcbInfo", make.info(tcbLevels=[make.level("OutOfDate", OLD)]))


def one(made):
    return {"bundle.json": made if isinstance(made, str) else json.dumps(made)}


def http(body, chain=None):
    headers = {"TCB-Info-Issuer-Chain": make.header(chain)} if chain else {}
    return {"body": body, "headers": headers | {"Content-Type": "application/json"}}


def forms():
    yield "intel", GOOD
    yield "dcap-qvl", make.split(GOOD)
    yield "dcap-qvl-serde", make.split(GOOD, hexed=False)
    yield "dcap-qvl-newer", make.split(GOOD) | {"pck_certificate_chain": make.signing_chain()}
    yield "phala", {"quote_collateral": make.split(GOOD)}
    yield "base64", make.based(GOOD)
    yield "base64-hex", make.based(GOOD, crl_as_hex=True)
    yield "hex-0x", GOOD | {"pck_crl": "0x" + make.pck_crl().hex(),
                            "tcb_info": "0x" + GOOD["tcb_info"].encode().hex()}
    yield "sizes", GOOD | {"tcb_info_size": 1, "major_version": 3, "minor_version": 1,
                           "tee_type": 129}
    yield "automata", make.verbatim({key: value for key, value in GOOD.items()
                                     if "chain" not in key} |
                                    {"tcb_info_and_qe_identity_issuer_chain": make.signing_chain()})
    yield "chain-in-percent", GOOD | {"tcb_info_issuer_chain": make.header(make.signing_chain())
                                      .replace("BEGIN ", "BEGIN%20").replace("END ", "END%20")}
    yield "escaped", json.dumps(GOOD).replace("{", "\\u007b").replace("\\u007b", "{", 1)
    yield "answers", {
        "tcb_info": http(GOOD["tcb_info"], make.signing_chain()),
        "qe_identity": http(GOOD["qe_identity"]),
        "pck_crl": http(make.pck_crl().hex()), "root_ca_crl": make.root_crl().hex()}


def whole():
    for name, made in forms():
        yield name, Case(0, "UpToDate", one(made), claims={"collateral_expires": make.NEXT})
        yield f"{name}-beside", Case(0, "UpToDate", one(made), part=True)


def answer():
    """Each by itself, as a tool keeps it that fetched it."""
    each = {f"{i}.json": json.dumps(made) for i, made in enumerate((
        http(GOOD["tcb_info"], make.signing_chain()),
        {"Body": GOOD["qe_identity"],
         "Header": {"Sgx-Enclave-Identity-Issuer-Chain": [make.header(make.signing_chain())]}},
        http(make.pck_crl().hex()), http(make.root_crl().hex())))}
    yield "answers-alone", Case(0, "UpToDate", each)
    yield "answers-alone-beside", Case(0, "UpToDate", each, part=True)
    raw = '{"headers":{},"body":%s}' % GOOD["tcb_info"]
    yield "answer-object", Case(0, "UpToDate", each | {"0.json": raw})
    yield "answer-empty", Case(3, None, each | {"0.json": '{"headers":{},"body":""}'}, error="body")


def spoiled():
    """Of what is signed, of whom it is by, and what it says."""
    for name, made in forms():
        text = made if isinstance(made, str) else json.dumps(made)
        if '\\"pcesvn\\":11' in text or '"pcesvn":11' in text:
            text = text.replace('pcesvn\\":11', 'pcesvn\\":10')
            text = text.replace('"pcesvn":11', '"pcesvn":10')
            yield f"{name}-changed", Case(7, None, one(text))
    yield "space", Case(7, None, one(GOOD | {"tcb_info": GOOD["tcb_info"].replace(
        '"tcbType":0', '"tcbType": 0')}))
    qvl = make.split(GOOD)
    yield "space-within", Case(7, None, one(qvl | {
        "tcb_info": qvl["tcb_info"].replace(",", ", ", 1)}))
    yield "swapped-signatures", Case(7, None, one(qvl | {
        "tcb_info_signature": qvl["qe_identity_signature"]}))
    yield "revoked", Case(7, None, one(make.bundle(tcb_info=REVOKED)))
    yield "crl-revokes", Case(7, None, one(make.bundle(
        pck_crl=make.pck_crl(revoked=[collateral.LEAF]).hex())))
    yield "other-root", Case(7, None, one(make.bundle(
        tcb_info_issuer_chain=make.signing_chain(root="other"),
        qe_identity_issuer_chain=make.signing_chain(root="other"))))
    yield "fmspc-beside", Case(7, None, one(make.bundle(
        tcb_info=make.signed("tcbInfo", make.info(fmspc="00" * 6)))), part=True)
    yield "fmspc", Case(4, None, one(make.bundle(
        tcb_info=make.signed("tcbInfo", make.info(fmspc="00" * 6)))), says="no-collateral",
        claims={"collateral_missing": "tcb-info " + make.INFO["fmspc"]})


def disagree():
    """Two of them: what holds and has the higher number counts, whichever came first."""
    newer = make.bundle(tcb_info=make.signed("tcbInfo", make.info(
        tcbEvaluationDataNumber=30, tcbLevels=[make.level("OutOfDate")])))
    forged = make.bundle(tcb_info=make.signed(
        "tcbInfo", make.info(tcbEvaluationDataNumber=30), collateral.Key("other")))
    for name, other, exits, status in (("newer", newer, 4, "OutOfDate"),
                                       ("forged", forged, 7, None)):
        for first, second in ((GOOD, other), (other, GOOD)):
            given = {"a.json": json.dumps(first), "b.json": json.dumps(second)}
            order = "first" if first is other else "second"
            yield f"{name}-{order}", Case(exits, status, given)
            yield f"{name}-{order}-beside", Case(exits, status, given, part=True)
    yield "same-twice", Case(0, "UpToDate", {name: json.dumps(GOOD)
                                             for name in ("a.json", "b.json")})


def broken():
    for key in ("tcb_info", "qe_identity", "pck_crl", "root_ca_crl"):
        for name, value in (("missing", None), ("empty", "")):
            yield f"{name}-{key}", Case(3, None, one(make.bundle(**{key: value})), error=key)
        yield f"garbage-{key}", Case(3, None, one(make.bundle(**{key: "zz"})), error=f'"{key}"')
        yield f"number-{key}", Case(3, None, one(make.bundle(**{key: 5})), error=key)
        yield f"object-{key}", Case(3, None, one(make.bundle(**{key: {}})), error=key)
    yield "no-chain", Case(3, None, one(make.bundle(
        tcb_info_issuer_chain=None, qe_identity_issuer_chain=None, pck_crl_issuer_chain=None)),
        error="tcb_info_issuer_chain")
    qvl = make.split(GOOD)
    for key in ("tcb_info_signature", "qe_identity_signature"):
        yield f"no-{key}", Case(3, None, one({k: v for k, v in qvl.items() if k != key}), error=key)
        yield f"short-{key}", Case(3, None, one(qvl | {key: qvl[key][:-2]}), error=key)
        yield f"bad-{key}", Case(3, None, one(qvl | {key: "x" + qvl[key][1:]}), error=key)
    yield "signed-twice", Case(3, None, one(GOOD | {"tcb_info_signature": "00" * 64}),
                               error="tcb_info_signature")
    yield "unknown", Case(3, None, one(GOOD | {"tcb_infos": "{}"}), error='"tcb_infos"')
    twice = http(GOOD["tcb_info"], make.signing_chain()) | {"Body": REVOKED}
    yield "two-bodies", Case(3, None, one(GOOD | {"tcb_info": twice}))
    yield "two-bodies-alone", Case(3, None, {"0.json": json.dumps(twice)})
    text = json.dumps(GOOD)
    yield "duplicate", Case(3, None, one(text[:-1] + ', "tcb_info": "{}"}'), error="twice")
    yield "duplicate-inside", Case(3, None, one(make.bundle(tcb_info=GOOD["tcb_info"].replace(
        '"tcbType":0', '"tcbType":0,"tcbType":0'))), error="tcb_info")
    yield "hex", Case(3, None, one(GOOD | {"pck_crl": make.pck_crl().hex()[:-1]}), error="pck_crl")
    yield "cut", Case(3, None, one(GOOD | {"pck_crl": make.pck_crl().hex()[:-2]}),
                      error="pck_crl: ")
    yield "bytes", Case(3, None, one(GOOD | {"pck_crl": [1, 300]}), error="pck_crl")
    yield "two-objects", Case(3, None, one(qvl | {"tcb_info": qvl["tcb_info"] + "{}"}),
                              error='"tcb_info"')
    # Text that would end the object which it becomes a part of.
    yield "injected", Case(3, None, one(qvl | {"tcb_info": qvl["tcb_info"] + ',"x":{}'}),
                           error='"tcb_info"')
    yield "not-whole-beside", Case(3, None, one(make.bundle(qe_identity=None)), part=True,
                                   error="qe_identity")
    yield "cut-beside", Case(3, None, one(GOOD | {"pck_crl": make.pck_crl().hex()[:-2]}), part=True,
                             error="pck_crl: ")
    yield "evidence", Case(3, None, {"x.json": '{"quote": "AAAA"}'},
                           error="no collateral")


if __name__ == "__main__":
    collateral.main(whole, answer, spoiled, disagree, broken)
