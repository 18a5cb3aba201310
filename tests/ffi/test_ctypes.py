#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A verifier in Python and ctypes: one whole scenario with no help from C.

    test_ctypes.py LIBRARY TDX-TWIN-FOLDER
"""

import ctypes
import json
import os
import pathlib
import sys

SKIP = 77
E_ARG, E_TRUNCATED = -2, -7
NONE = 2**64 - 1
FORMAT_AUTO, FORMAT_CCEL, PLATFORM_AUTO, PART_AUTO = 0, 3, 0, 0
STATUS_VERIFIED, STATUS_INCOMPLETE, STATUS_MISMATCH, HASH_SHA384 = 1, 4, 5, 12
TRUST_SIGNED, TRUST_AUTHENTICATED = 4, 5
VERDICT_NONE, VERIFIED, INCOMPLETE, MISMATCH = 0, 1, 2, 3
WHEN = 1767225600  # 2026-01-01, when the TEST certificates are valid

c_p, c_int, c_size, c_u64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_uint64
c_str, ref = ctypes.c_char_p, ctypes.POINTER


class Error(ctypes.Structure):
    """struct tsmmr_error"""
    _fields_ = [("size", ctypes.c_uint32), ("code", ctypes.c_int32),
                ("os_errno", ctypes.c_int32), ("detail", ctypes.c_int32), ("log", c_u64),
                ("record", c_u64), ("offset", c_u64), ("message", ctypes.c_char * 216)]


class Failure(Exception):
    def __init__(self, err):
        super().__init__(err.message.decode())
        self.code, self.record, self.offset = err.code, err.record, err.offset


SIGNATURES = {
    "version": (c_str, []),
    "free": (None, [c_p]),
    "ctx_new": (c_int, [ctypes.c_uint32, ref(c_p), ref(Error)]),
    "ctx_free": (None, [c_p]),
    "ctx_set_time": (c_int, [c_p, c_u64, ref(Error)]),
    "ctx_add_trust_root": (c_int, [c_p, c_str, c_size, ref(Error)]),
    "policy_new": (c_int, [c_p, ref(c_p), ref(Error)]),
    "policy_free": (None, [c_p]),
    "policy_require": (c_int, [c_p, c_str, ref(Error)]),
    "policy_set_no_nonce": (c_int, [c_p, ref(Error)]),
    "policy_set_min_trust": (c_int, [c_p, c_int, ref(Error)]),
    "evidence_new": (c_int, [c_p, ref(c_p), ref(Error)]),
    "evidence_add": (c_int, [c_p, c_int, c_str, c_size, ref(Error)]),
    "evidence_free": (None, [c_p]),
    "regs_from_evidence": (c_int, [c_p, c_p, ref(c_p), ref(Error)]),
    "regs_free": (None, [c_p]),
    "regs_evidence_kind": (c_str, [c_p, c_size]),
    "regs_trust": (c_int, [c_p]),
    "regs_find": (c_p, [c_p, c_str, c_int]),
    "reg_value": (c_int, [c_p, ref(c_p), ref(c_size)]),
    "log_parse": (c_int, [c_p, c_p, c_p, c_size, ref(c_p), ref(Error)]),
    "log_free": (None, [c_p]),
    "log_count": (c_size, [c_p]),
    "log_format": (c_int, [c_p]),
    "log_get": (c_p, [c_p, c_size]),
    "event_is_measured": (c_int, [c_p]),
    "event_offset": (c_u64, [c_p]),
    "event_register": (c_str, [c_p]),
    "event_digest": (c_int, [c_p, c_size, ref(c_int), ref(c_p), ref(c_size)]),
    "event_text": (c_int, [c_p, c_p, c_size]),
    "report_new": (c_int, [c_p, ref(c_p), c_size, c_p, c_p, ref(c_p), ref(Error)]),
    "report_judge": (c_int, [c_p, c_p, ref(c_p), ref(Error)]),
    "report_free": (None, [c_p]),
    "report_verdict": (c_int, [c_p]),
    "report_because": (c_str, [c_p, c_size, ref(c_str), ref(c_u64)]),
    "report_count": (c_size, [c_p]),
    "report_reg": (c_p, [c_p, c_size]),
    "reg_name": (c_str, [c_p]),
    "report_status": (c_int, [c_p, c_size]),
    "report_is_event_proven": (c_int, [c_p, c_size, c_size]),
    "report_summary": (c_int, [c_p, c_p, c_size]),
    "report_export_verify_json": (c_int, [c_p, c_p, ref(c_p), c_size, ref(c_p),
                                          ref(c_size), ref(Error)]),
}


class Library:
    """tsmmr_x() as lib.x(); a negative code with an error behind it is raised."""

    def __init__(self, path):
        self.dll = ctypes.CDLL(path)
        for name, (returns, takes) in SIGNATURES.items():
            function = getattr(self.dll, "tsmmr_" + name)
            function.restype, function.argtypes = returns, takes

    def __getattr__(self, name):
        function = getattr(self.dll, "tsmmr_" + name)
        if not function.argtypes or function.argtypes[-1] != ref(Error):
            return function

        def checked(*args):
            err = Error(size=ctypes.sizeof(Error))
            result = function(*args, ctypes.byref(err))
            if result < 0 and err.code:
                raise Failure(err)
            return result
        return checked


def out(function, *args):
    """Calls a function that returns one object through its last pointer."""
    value = c_p()
    function(*args, ctypes.byref(value))
    assert value.value
    return value


def policy_of(lib, ctx, *required, trust=TRUST_AUTHENTICATED):
    """Of evidence that was kept."""
    policy = out(lambda *a: lib.policy_new(*a), ctx)
    lib.policy_set_no_nonce(policy)
    lib.policy_set_min_trust(policy, trust)
    for name in required:
        lib.policy_require(policy, name)
    return policy


def report_on(lib, ctx, data, regs, policy):
    """(report, log); the caller's bytes may go."""
    log = out(lambda *a: lib.log_parse(*a), ctx, None,
              ctypes.cast(ctypes.create_string_buffer(data, len(data)), c_p), len(data))
    logs = (c_p * 1)(log)
    return out(lambda *a: lib.report_new(*a), ctx, logs, 1, regs, policy), log


def statuses(lib, report):
    return {lib.reg_name(lib.report_reg(report, i)).decode(): lib.report_status(report, i)
            for i in range(lib.report_count(report))}


def verify_json(lib, report):
    data, size = c_p(), c_size()
    lib.report_export_verify_json(report, None, None, 0, ctypes.byref(data),
                                  ctypes.byref(size))
    text = ctypes.string_at(data, size.value)
    lib.free(data)
    return json.loads(text)


def digests(lib, log):
    """(register, offset of its first digest byte in the file) of each measured event."""
    for i in range(lib.log_count(log)):
        event = lib.log_get(log, i)
        if lib.event_is_measured(event):
            # index, type, count, algorithm: 14 bytes before the digest
            yield i, lib.event_register(event).decode(), lib.event_offset(event) + 14


def registers(lib, ctx, quote, trust):
    evidence = out(lambda *a: lib.evidence_new(*a), ctx)
    lib.evidence_add(evidence, PART_AUTO, quote, len(quote))
    regs = out(lambda *a: lib.regs_from_evidence(*a), ctx, evidence)
    lib.evidence_free(evidence)
    assert lib.regs_evidence_kind(regs, 0) == b"tdx-quote-v4"
    assert lib.regs_trust(regs) == trust
    return regs


def judged(lib, report, policy):
    """The verdict under another policy."""
    other = out(lambda *a: lib.report_judge(*a), report, policy)
    verdict = lib.report_verdict(other)
    lib.report_free(other)
    lib.policy_free(policy)
    return verdict


def nobody_vouches(lib, ccel, quote):
    """Without a root there is no yes, unless less is asked for by name."""
    ctx = c_p()
    assert lib.ctx_new(0, ctypes.byref(ctx)) == 0
    regs = registers(lib, ctx, quote, TRUST_SIGNED)
    report, log = report_on(lib, ctx, ccel, regs, None)
    assert lib.report_verdict(report) == INCOMPLETE
    assert lib.report_because(report, 0, None, None) == b"untrusted"
    assert statuses(lib, report)["rtmr0"] == STATUS_INCOMPLETE
    assert judged(lib, report, policy_of(lib, ctx, trust=TRUST_SIGNED)) == VERIFIED
    lib.report_free(report)
    lib.log_free(log)
    lib.regs_free(regs)
    lib.ctx_free(ctx)


def scenario(lib, folder):
    ctx = c_p()
    assert lib.ctx_new(0, ctypes.byref(ctx)) == 0
    ccel = (folder / "CCEL.data").read_bytes()
    quote = (folder / "quote-v4.bin").read_bytes()
    root = (folder / "root.pem").read_bytes()

    nobody_vouches(lib, ccel, quote)
    assert lib.ctx_set_time(ctx, WHEN) == 0
    lib.ctx_add_trust_root(ctx, root, len(root))
    regs = registers(lib, ctx, quote, TRUST_AUTHENTICATED)
    value, size = c_p(), c_size()
    assert lib.reg_value(lib.regs_find(regs, b"rtmr0", HASH_SHA384), ctypes.byref(value),
                         ctypes.byref(size)) == 0
    assert size.value == 48
    assert ctypes.string_at(value, 48) in quote

    policy = policy_of(lib, ctx)
    report, log = report_on(lib, ctx, ccel, regs, policy)
    assert lib.log_format(log) == FORMAT_CCEL
    assert lib.report_verdict(report) == VERIFIED
    assert judged(lib, report, policy_of(lib, ctx, b"rtmr0-2")) == VERIFIED
    assert judged(lib, report, policy_of(lib, ctx, b"rtmr0-3")) == INCOMPLETE
    found = statuses(lib, report)
    assert found["rtmr0"] == STATUS_VERIFIED, found
    text = ctypes.create_string_buffer(400)
    assert lib.report_summary(report, text, 400) == len(text.value)
    assert text.value.startswith(b"verified: ")
    told = verify_json(lib, report)
    assert told["schema"] == "tsmmr.verify/1" and told["verdict"] == "verified", told
    assert {r["name"]: r["status"] for r in told["registers"]}["rtmr0"] == "verified"
    places = list(digests(lib, log))
    assert len(places) > 10
    assert all(lib.report_is_event_proven(report, 0, i) == 1 for i, _, _ in places)
    for i in range(lib.log_count(log)):
        assert lib.event_text(lib.log_get(log, i), text, 400) >= 0
        text.value.decode("utf-8")
    lib.report_free(report)
    lib.log_free(log)

    # One bit of one digest: a mismatch that names the register.
    for _, register, at in places:
        forged = bytearray(ccel)
        forged[at] ^= 1
        report, log = report_on(lib, ctx, bytes(forged), regs, policy)
        assert lib.report_verdict(report) == MISMATCH, register
        wrong = [n for n, s in statuses(lib, report).items() if s == STATUS_MISMATCH]
        assert wrong == [register], (wrong, register)
        told = verify_json(lib, report)
        assert told["verdict"] == "mismatch"
        lib.report_free(report)
        lib.log_free(log)

    # A failure says where.
    last = places[-1][2] - 14
    try:
        report_on(lib, ctx, ccel[:last + 20], regs, policy)
        raise AssertionError("a cut log is taken")
    except Failure as failure:
        assert failure.code == E_TRUNCATED
        assert failure.record == places[-1][0] and failure.offset == last
    try:
        lib.policy_require(policy, b"rtmr0")
        raise AssertionError("a policy in use is changed")
    except Failure as failure:
        assert failure.code == E_ARG and failure.record == NONE
    assert lib.report_verdict(None) == VERDICT_NONE

    lib.policy_free(policy)
    lib.regs_free(regs)
    lib.ctx_free(ctx)
    return len(places)


def main():
    if "address" in os.environ.get("TSMMR_SANITIZE", ""):
        print("skipped: the interpreter does not carry the AddressSanitizer runtime")
        return SKIP
    lib = Library(sys.argv[1])
    print(f"libtsmmr {lib.version().decode()}: {scenario(lib, pathlib.Path(sys.argv[2]))} events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
