# SPDX-License-Identifier: BSD-2-Clause
"""An agent in a guest, and a verifier elsewhere: scenario.py ROOT ROOT-CERTIFICATE."""

import pathlib
import sys

import tsmmr

NONCE = b"a nonce of the verifier"


def agent(root):
    """Measures what it is about to do, then gives evidence, and the log that goes with it."""
    ctx = tsmmr.Context(root=root)
    tree = tsmmr.Tree(ctx)
    tree.append("app-runtime", "example.org/agent start 1")
    print("logged", len(tsmmr.Log.collect(ctx)), "events")
    tree.lock("app-runtime")  # on AWS Nitro: what is not locked is in no document
    evidence, log = tree.attest(tsmmr.Attest(NONCE))
    return evidence.parts, log.export(ctx, "cel-cbor")


def verifier(parts, cel, pin):
    """Whether the log is true, and what of it may be believed."""
    ctx = tsmmr.Context(trust_roots=[pin])
    evidence = tsmmr.Evidence(ctx)
    for part, data in parts:
        evidence.add(data, part)
    regs = tsmmr.Registers.from_evidence(ctx, evidence)
    log = tsmmr.Log(ctx, cel, platform=regs[0].platform)
    policy = tsmmr.Policy(ctx, require="app-runtime", nonce=NONCE)
    report = tsmmr.Report(ctx, [log], regs, policy)
    for row in report:
        print(row.name, row.status.name, row.events, *row.gaps)
    for text in report.believed():
        print("believed:", text)
    for finding in report.findings:
        print("finding:", finding.id)
    print("module:", regs.claims[0]["module_id"])
    if report.verdict != tsmmr.Verdict.VERIFIED:
        print(report.because, report.explain(ctx).text(0))
    print(report.summary)
    return report.verdict


if __name__ == "__main__":
    asked = verifier(*agent(sys.argv[1]), pathlib.Path(sys.argv[2]).read_bytes())
    sys.exit(asked != tsmmr.Verdict.VERIFIED)
