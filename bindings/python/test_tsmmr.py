# SPDX-License-Identifier: BSD-2-Clause
"""The package on the twin: errors, borrowed events, threads, flat memory.  test_tsmmr.py TWIN"""

import gc
import hashlib
import pathlib
import resource
import sys
import threading
import unittest

import tsmmr

TWIN = pathlib.Path(sys.argv.pop(1))
WHEN = 1767225600  # 2026-01-01, when the TEST certificates are valid
CCEL, QUOTE = (TWIN / "CCEL.data").read_bytes(), (TWIN / "quote-v4.bin").read_bytes()
ROOT = (TWIN / "root.pem").read_bytes()


def verify(ctx, ccel=CCEL, **policy):
    """The whole way."""
    regs = tsmmr.Registers.from_evidence(ctx, tsmmr.Evidence(ctx, QUOTE))
    asked = tsmmr.Policy(ctx, require="rtmr0-2", ask_no_nonce=True, **policy)
    return tsmmr.Report(ctx, [tsmmr.Log(ctx, ccel)], regs, asked)


def pages():
    """Resident, now."""
    return int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1])


class Scenario(unittest.TestCase):
    """What a verifier does."""

    def setUp(self):
        self.ctx = tsmmr.Context(trust_roots=[ROOT], time=WHEN)

    def test_verified(self):
        report = verify(self.ctx)
        self.assertEqual(report.verdict, tsmmr.Verdict.VERIFIED)
        self.assertEqual(report.because, [])
        self.assertEqual({row.name: row.status.name for row in report if row.is_asked},
                         dict.fromkeys(("rtmr0", "rtmr1", "rtmr2"), "VERIFIED"))
        self.assertTrue(report.summary.startswith("verified: rtmr0 rtmr1 rtmr2"))
        self.assertEqual(report.json(events=True)["verdict"], "verified")
        self.assertGreater(len(list(report.believed())), 10)

    def test_collateral(self):
        folder = TWIN.parent / "tdx-collateral"
        given = [(folder / name).read_bytes() for name in (
            "tcb-info.json", "qe-identity.json", "pck.crl", "root.crl", "chain.pem")]
        ctx = tsmmr.Context(trust_roots=[ROOT], time=1749945600, collateral=given)
        claims = tsmmr.Registers.from_evidence(ctx, tsmmr.Evidence(ctx, QUOTE)).claims[0]
        self.assertEqual([claims[name] for name in ("tcb_status", "tcb_date", "tcb_evaluation",
                                                    "collateral_expires")],
                         ["UpToDate", "2024-03-13T00:00:00Z", 17, "2025-07-01T00:00:00Z"])
        self.assertEqual(verify(ctx, must_check="tcb-status,revocation").verdict,
                         tsmmr.Verdict.VERIFIED)
        self.assertEqual(verify(ctx, min_tcb_evaluation=18).verdict, tsmmr.Verdict.INCOMPLETE)
        late = {"trust_roots": [ROOT], "time": WHEN, "collateral": given}
        self.assertEqual(verify(tsmmr.Context(**late), accept_tcb="OutOfDate",
                                accept_advisories="INTEL-SA-00615").verdict,
                         tsmmr.Verdict.INCOMPLETE)
        self.assertEqual(verify(tsmmr.Context(**late, collateral_grace=365 * 86400)).verdict,
                         tsmmr.Verdict.VERIFIED)
        for bad in {"accept_tcb": "Revoked"}, {"accept_advisories": " "}:
            with self.assertRaises(tsmmr.Error):
                verify(ctx, **bad)

    def test_domain(self):
        lines, value = [b"app start", b"apple pie", b"app"], bytes(48)
        for line in lines:
            value = hashlib.sha384(value + hashlib.sha384(line).digest()).digest()
        log = tsmmr.Log(self.ctx, b"\n".join(lines) + b"\n", format="text", register="rtmr3")
        regs = tsmmr.Registers.from_values(self.ctx, f"rtmr3={value.hex()}")
        report = tsmmr.Report(self.ctx, [log], regs)
        self.assertEqual([record["trusted_text"] for record in report.domain(self.ctx, "app")],
                         ["app start", "app"])
        with self.assertRaises(tsmmr.Error):
            report.domain(self.ctx, " ")

    def test_appraised(self):
        report = verify(self.ctx, expect={"mrtd": 48 * b"\x14"})
        appraisal = tsmmr.Appraisal(report, tsmmr.KnownValues(self.ctx))
        self.assertEqual(appraisal.verdict, tsmmr.Appraised.INCOMPLETE)
        self.assertIn(("unknown", "rtmr0"), appraisal.because)
        self.assertEqual((appraisal.launch, appraisal.lacking), ("pinned", []))
        lines = appraisal.unknown(self.ctx)
        rows = range(len(report))
        self.assertEqual(len(lines), sum(appraisal.count(i, "unknown") for i in rows))
        first = next(i for i in rows if appraisal.count(i, "unknown"))
        self.assertIn("not known", appraisal.text(first))
        self.assertEqual(appraisal.first_unknown(first), (0, 1))

        def appraise(some, **how):
            known = tsmmr.KnownValues(self.ctx)
            known.add("sums", "\n".join(some).encode(), name="mine", **how)
            self.assertEqual(len(known), len(set(line.split()[1] for line in some)))
            return known, tsmmr.Appraisal(report, known)

        known, appraisal = appraise(lines)
        self.assertEqual(appraisal.verdict, tsmmr.Appraised.YES)
        self.assertEqual((appraisal.because, appraisal.unknown(self.ctx)), ([], []))
        self.assertTrue(appraisal.summary.startswith("appraised"))
        self.assertEqual(appraisal.json()["verdict"], "appraised")
        by = [event["known"]["list"] for event in appraisal.events(self.ctx) if event["known"]]
        self.assertEqual(by.count("mine"), len(lines))
        with self.assertRaises(tsmmr.Error):     # it is final
            known.add("sums", lines[0].encode())
        self.assertEqual(appraise(lines[1:])[1].verdict, tsmmr.Appraised.INCOMPLETE)
        self.assertEqual(appraise(lines[:1], denied=True)[1].verdict, tsmmr.Appraised.DENIED)
        # The same boot is what this boot was; and what a rule demands is not there.
        again = tsmmr.KnownValues(self.ctx).logs(report)
        self.assertEqual(tsmmr.Appraisal(report, again).verdict, tsmmr.Appraised.YES)
        again = tsmmr.KnownValues(self.ctx).logs(report).add(
            "rules", b"rtmr2 * nothing require", name="rules")
        appraisal = tsmmr.Appraisal(report, again)
        self.assertEqual(appraisal.verdict, tsmmr.Appraised.INCOMPLETE)
        self.assertEqual([source for source, _ in appraisal.lacking], ["rules"])

    def test_appraised_streams(self):
        regs = tsmmr.Registers.from_evidence(self.ctx, tsmmr.Evidence(self.ctx, QUOTE))
        policy = tsmmr.Policy(self.ctx, require="rtmr0-2", ask_no_nonce=True,
                              expect={"mrtd": 48 * b"\x14"})
        report = tsmmr.Report(self.ctx, [tsmmr.Stream(self.ctx, CCEL)], regs, policy)
        known = tsmmr.KnownValues(self.ctx).unverified_log(tsmmr.Stream(self.ctx, CCEL))
        appraisal = tsmmr.Appraisal(report, known, [tsmmr.Stream(self.ctx, CCEL)])
        self.assertEqual(appraisal.verdict, tsmmr.Appraised.YES)
        self.assertEqual(appraisal.unknown(self.ctx, [tsmmr.Stream(self.ctx, CCEL)]), [])

    def test_image(self):
        with open(TWIN / "root.pem", "rb") as file:
            known = tsmmr.KnownValues(self.ctx).image("initrd", file)
            with self.assertRaises(tsmmr.Malformed):
                known.image("uki", file)
            with self.assertRaises(tsmmr.Malformed):
                tsmmr.Prediction.of_uki(self.ctx, file)

    def test_predicted(self):
        report, log = verify(self.ctx), tsmmr.Log(self.ctx, CCEL)
        prediction = tsmmr.Prediction(self.ctx, report.logs, report).drop(24).run()
        found = {one.name: one for one in prediction}
        self.assertEqual([name for name, one in found.items() if one.is_changed], ["rtmr1"])
        self.assertTrue(all(one.is_vouched and one.is_followed for one in found.values()))
        self.assertEqual({len(one.value) for one in found.values()}, {48})
        said = {row["name"]: row["value"] for row in prediction.json()["registers"]}
        self.assertEqual(said, {name: one.value.hex() for name, one in found.items()})
        self.assertEqual(prediction.notes, [])
        with self.assertRaises(tsmmr.Error):     # it was run
            prediction.drop(1)
        with self.assertRaises(tsmmr.NotFound):
            tsmmr.Prediction(self.ctx, [log]).replace_text("nowhere", "x").run()
        with open(TWIN / "root.pem", "rb") as one, open(TWIN / "CCEL.data", "rb") as two, \
                self.assertRaises(tsmmr.NotFound):
            tsmmr.Prediction(self.ctx, [log]).replace(one, two, "initrd").run()

    def test_mismatch_is_explained(self):
        changed = bytearray(CCEL)
        changed[200] ^= 1  # of the first digest
        report = verify(self.ctx, bytes(changed))
        self.assertEqual(report.verdict, tsmmr.Verdict.MISMATCH)
        self.assertIn(tsmmr.Status.MISMATCH, [row.status for row in report])
        explained = report.explain(self.ctx)
        self.assertTrue(any(explained[i] for i in range(len(report))))

    def test_expect(self):
        right = tsmmr.Registers.from_evidence(self.ctx, tsmmr.Evidence(self.ctx, QUOTE))["mrtd"]
        wrong = bytes(48)
        self.assertEqual(verify(self.ctx, expect={"mrtd": [wrong, right.value]}).verdict,
                         tsmmr.Verdict.VERIFIED)
        self.assertEqual(verify(self.ctx, expect={"mrtd": wrong}).verdict, tsmmr.Verdict.MISMATCH)

    def test_by_hand(self):
        value = 48 * "11"
        one = tsmmr.Registers.from_values(self.ctx, f"rtmr0={value}", form="lines")
        two = tsmmr.Registers.from_values(self.ctx, f"rtmr1={value}", platform="tdx")
        both = tsmmr.Registers.join(self.ctx, one, two, one)
        self.assertEqual([reg.name for reg in both], ["rtmr0", "rtmr1"])
        with self.assertRaises(tsmmr.Malformed):
            tsmmr.Registers.from_values(self.ctx, f"rtmr0={value}", form="json")
        with self.assertRaises(tsmmr.Error):
            tsmmr.Registers.join(self.ctx, one, tsmmr.Registers.from_values(
                self.ctx, f"rtmr0={48 * '22'}"))

    def test_nobody_vouches(self):
        report = verify(tsmmr.Context(time=WHEN))
        self.assertEqual(report.verdict, tsmmr.Verdict.INCOMPLETE)
        self.assertIn("untrusted", [word for word, _ in report.because])

    def test_root_of_one_machine(self):
        ctx = tsmmr.Context()
        pinned = tsmmr.Evidence(ctx, QUOTE).trust(ROOT).at(WHEN)
        self.assertEqual(tsmmr.Registers.from_evidence(ctx, pinned)["rtmr0"].trust,
                         tsmmr.Trust.AUTHENTICATED)
        self.assertEqual(tsmmr.Registers.from_evidence(ctx, tsmmr.Evidence(ctx, QUOTE))["rtmr0"]
                         .trust, tsmmr.Trust.SIGNED)

    def test_signature(self):
        changed = bytearray(QUOTE)
        changed[100] ^= 1
        with self.assertRaises(tsmmr.Untrusted) as failed:
            tsmmr.Registers.from_evidence(self.ctx, tsmmr.Evidence(self.ctx, bytes(changed)))
        self.assertEqual(failed.exception.code, tsmmr.Code.E_UNTRUSTED)
        self.assertEqual(failed.exception.detail, tsmmr.Detail.SIGNATURE)

    def test_where(self):
        with self.assertRaises(tsmmr.Malformed) as failed:
            tsmmr.Log(self.ctx, CCEL[:700])
        self.assertGreater(failed.exception.record, 0)
        self.assertLess(failed.exception.offset, 700)

    def test_wrong_name(self):
        with self.assertRaises(tsmmr.NotFound):
            tsmmr.Policy(self.ctx, require="rtmr9")
        with self.assertRaises(KeyError):
            _ = tsmmr.Registers.from_evidence(self.ctx, tsmmr.Evidence(self.ctx, QUOTE))["rtmr9"]
        with self.assertRaises(tsmmr.NotFound):
            tsmmr.Registers.read(tsmmr.Context(root=str(TWIN)))

    def test_claims(self):
        regs = tsmmr.Registers.from_evidence(self.ctx, tsmmr.Evidence(self.ctx, QUOTE))
        self.assertEqual(regs.evidence, ["tdx-quote-v4"])
        self.assertEqual(len(regs.claims[0]["report_data"]), 64)
        self.assertEqual(regs.claims[0]["td_attributes"], 1 << 28)


class Memory(unittest.TestCase):
    """What is lent, what is freed."""

    def setUp(self):
        self.ctx = tsmmr.Context(trust_roots=[ROOT], time=WHEN)

    def test_lent_events(self):
        stream = tsmmr.Stream(self.ctx, CCEL)
        events = iter(stream)
        first = next(events)
        self.assertEqual(first.record, 0)
        second = next(events)
        with self.assertRaises(ValueError):
            _ = first.data
        stream.close()
        with self.assertRaises(ValueError):
            _ = second.text

    def test_kept_events(self):
        event = tsmmr.Log(self.ctx, CCEL)[3]
        gc.collect()
        self.assertEqual(event.record, 3)
        self.assertEqual(len(event.digests[tsmmr.Hash.SHA384]), 48)

    def test_closed(self):
        log = tsmmr.Log(self.ctx, CCEL)
        log.close()
        log.close()
        with self.assertRaises(ValueError):
            len(log)

    def test_any_order(self):
        report = verify(self.ctx)
        self.ctx.close()
        for log in report.logs:
            log.close()
        self.assertEqual(report.verdict, tsmmr.Verdict.VERIFIED)

    def test_threads(self):
        failed = []

        def work():
            for _ in range(20):
                if verify(self.ctx).verdict != tsmmr.Verdict.VERIFIED:
                    failed.append(1)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])

    def test_flat(self):
        text = bytes(CCEL)
        for turn in range(10000):
            log = tsmmr.Log(self.ctx, text)
            for event in (log[0], log[len(log) - 1]):
                _ = event.digests, event.data, event.text
            with self.assertRaises(tsmmr.Malformed):
                tsmmr.Log(self.ctx, text[:700])
            if turn % 100 == 0:
                verify(self.ctx).json()
            if turn == 1000:
                gc.collect()
                before = pages()
        gc.collect()
        self.assertLess((pages() - before) * resource.getpagesize(), 1 << 20)


if __name__ == "__main__":
    unittest.main()
