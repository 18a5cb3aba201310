#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""CBOR in every form that RFC 8949 allows, and in some that it does not, as evidence.

    forms.py TOOL NSM CORPUS COUNT

Nitro documents and CCA tokens of TEST keys (tests/gen/mkcose.py) are written COUNT times each:
lengths said or not, strings in chunks, heads wider than they need be, members in any order, among
them some that nobody knows, tagged or not.  The same claims must be read from each.  Of real
documents in CORPUS, when it is there, what is around the signed bytes is written again.  Then
what is not well-formed, or says something twice, at each of the places where it may stand: that is
refused.  NSM reads what /dev/nsm would answer, from stdin; `nsm.c` says how.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "gen"), str(HERE.parent / "corpus")]

import mkcose       # noqa: E402 pylint: disable=wrong-import-position
import test_cose    # noqa: E402 pylint: disable=wrong-import-position

SEED = 8949
BREAK = b"\xff"
problems = []
counts = {"read": 0, "refused": 0}


def expect(condition, *what):
    if not condition:
        problems.append(" ".join(str(w) for w in what))


# --- well-formed ----------------------------------------------------------------------------

Raw = mkcose.Item       # encoded already


class Form:
    """Writes a value in a form that chance chooses; to its maps come members that nobody knows."""

    def __init__(self, rng, unknown=True):
        self.rng, self.unknown = rng, unknown

    def head(self, major, n):
        least = next(i for i, limit in enumerate((24, 1 << 8, 1 << 16, 1 << 32, 1 << 64))
                     if n < limit)
        size = self.rng.choice(range(least, 5))
        if size == 0:
            return bytes([major << 5 | n])
        return bytes([major << 5 | 23 + size]) + n.to_bytes(1 << size - 1, "big")

    def chunks(self, v):
        while v:
            n = self.rng.randrange(0, len(v) + 1)
            yield v[:n]
            v = v[n:]

    def string(self, major, v, encoded):
        if self.rng.random() < 0.6:
            return self.head(major, len(encoded(v))) + encoded(v)
        parts = [encoded(part) for part in self.chunks(v)]
        return bytes([major << 5 | 31]) + b"".join(
            self.head(major, len(part)) + part for part in parts) + BREAK

    def container(self, major, n, items):
        if self.rng.random() < 0.5:
            return self.head(major, n) + items
        return bytes([major << 5 | 31]) + items + BREAK

    def stranger(self, depth=0):
        """A value that nobody knows."""
        kind = self.rng.randrange(9 if depth < 6 else 7)
        if kind == 7:
            return [self.stranger(depth + 1) for _ in range(self.rng.randrange(4))]
        if kind == 8:
            return mkcose.Tag(self.rng.randrange(1 << 20), {1: self.stranger(depth + 1)})
        return [None, True, Raw(b"\xf7"), Raw(b"\xf9\x7e\x00"), Raw(b"\xfb" + bytes(8)),
                Raw(b"\xf8\x20"), "?"][kind]

    def members(self, v):
        members = list(v.items())
        if self.unknown:
            members += [(key, self.stranger()) for key in self.rng.sample(
                ["later", "x" * 300, "é", -70000, 1 << 40, "\U0001f512"], self.rng.randrange(3))]
        self.rng.shuffle(members)
        return members

    def __call__(self, v):
        if isinstance(v, Raw):
            return bytes(v)
        if v is None or isinstance(v, bool):
            return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[v]
        if isinstance(v, int):
            return self.head(0, v) if v >= 0 else self.head(1, -1 - v)
        if isinstance(v, bytes):
            return self.string(2, v, bytes)
        if isinstance(v, str):
            return self.string(3, v, str.encode)
        if isinstance(v, list):
            return self.container(4, len(v), b"".join(map(self, v)))
        if isinstance(v, dict):
            # Of a map of numbers, such as the PCRs, a number more would be one of them.
            members = self.members(v) if all(isinstance(k, str) for k in v) else list(v.items())
            self.rng.shuffle(members)
            return self.container(5, len(members), b"".join(
                self(key) + self(value) for key, value in members))
        return self.head(6, v.number) + self(v.value)


def signed(payload, key, tagged, inner, outer):
    """COSE_Sign1 in these forms: inner writes what is signed, outer what is around it."""
    protected = inner({1: key.cose_alg()})
    body = inner(payload) if not isinstance(payload, bytes) else payload
    signature = key.sign_raw(mkcose.cbor(["Signature1", protected, b"", body]))
    cose = [protected, {}, body, signature]
    return outer(mkcose.Tag(18, cose) if tagged else cose)


# --- what it is given to --------------------------------------------------------------------

class Tool:
    def __init__(self, path, scratch):
        self.path, self.file = path, scratch / "evidence.cbor"

    def registers(self, data, *more):
        """Exit status, and values and trust, or what was said."""
        self.file.write_bytes(data)
        done = subprocess.run([self.path, "registers", "--json", "--evidence", self.file, *more],
                              capture_output=True, timeout=60, check=False)
        err = done.stderr.decode("utf-8", "replace")
        expect(done.returncode in range(8), "exit", done.returncode, err)
        expect("Sanitizer" not in err and "runtime error" not in err, err)
        if done.returncode:
            return done.returncode, err
        told = json.loads(done.stdout)
        return 0, ({(r["name"], r["alg"]): r["value"] for r in told["registers"]},
                   told["evidence"][0]["trust"])

    def reads(self, what, data, wanted, *more):
        counts["read"] += 1
        status, got = self.registers(data, *more)
        expect(status == 0 and got == wanted, what, "exit", status, str(got)[:200], data.hex())

    def refuses(self, what, data, statuses=(3,)):
        counts["refused"] += 1
        status, got = self.registers(data)
        expect(status in statuses, what, "exit", status, str(got)[:200], data.hex())


def nsm(probe, op, data):
    done = subprocess.run([probe, op], input=data, capture_output=True, timeout=60, check=False)
    expect(done.returncode in (0, 1), "nsm", op, "exit", done.returncode, done.stderr)
    return done.stdout.decode().strip()


# --- Nitro ----------------------------------------------------------------------------------

LEAF = mkcose.Key("nitro leaf")
ROOT = str(mkcose.OUT / "nitro-root.pem")


def nitro_values():
    return {(f"pcr{n}", "sha384"): v.hex() for n, v in mkcose.nitro_pcrs().items()}


def nitro_forms(tool, rng, count):
    for i in range(count):
        payload = mkcose.nitro_payload(user_data=b"", public_key=b"\x04")
        data = signed(payload, LEAF, rng.random() < 0.5, Form(rng), Form(rng))
        if i % 4 == 3:
            data = Form(rng, False)({"Attestation": {"document": data}})
        tool.reads("Nitro", data, (nitro_values(), "authenticated"), "--trust-root", ROOT)


def bad_maps(members):
    """Encodings of a map, by what is wrong with each."""
    body = b"".join(mkcose.cbor(k) + mkcose.cbor(v) for k, v in members.items())
    n = len(members)
    first, value = next(iter(members.items()))
    again = mkcose.cbor(first) + mkcose.cbor(value)
    stranger = mkcose.cbor("later") + b"\xf6"
    chunked = b"\x7f\x62la\x63ter\xff\xf6"
    deep = mkcose.cbor("later") + b"\x81" * 200 + b"\xf6"
    nested = mkcose.cbor("later")

    def closed(extra, more):
        return mkcose.head(5, n + more) + body + extra

    yield "a member twice", closed(again, 1)
    yield "a member twice, open", b"\xbf" + body + again + BREAK
    yield "an unknown member twice", closed(stranger * 2, 2)
    yield "an unknown member twice, once in chunks", closed(stranger + chunked, 2)
    yield "no break", b"\xbf" + body
    yield "two breaks", b"\xbf" + body + BREAK * 2
    yield "a break of a closed map", closed(BREAK, 0)
    yield "a break for a member", closed(BREAK, 1)
    yield "a key without a value", b"\xbf" + body + mkcose.cbor("later") + BREAK
    yield "a byte after it", closed(b"\0", 0)
    yield "one member too few", mkcose.head(5, n + 1) + body
    yield "members without end", b"\xbb" + b"\xff" * 8 + body
    yield "too deep", closed(deep, 1)
    for what, item in {
            "a reserved head": b"\x1c", "a reserved length": b"\x5d", "a short simple": b"\xf8\x10",
            "text that is not UTF-8": b"\x61\xff", "text cut within a character":
            b"\x7f\x61\xc3\x61\xa9\xff", "a chunk of another kind": b"\x5f\x61a\xff",
            "a chunk in chunks": b"\x5f\x5f\x41a\xff\xff", "a chunk that is a number":
            b"\x5f\x01\xff", "a string without end": b"\x5b" + b"\xff" * 8,
            "an open number": b"\x1f", "an open tag": b"\xdf\x01", "a tag of nothing": b"\xc1"}.items():
        yield what, closed(nested + item, 1)


def bad_nitro(tool):
    payload = mkcose.nitro_payload()
    same = mkcose.cbor
    for what, body in bad_maps(payload):
        tool.refuses(f"Nitro payload: {what}", signed(body, LEAF, True, same, same), (3, 6))
    for what, pcrs in bad_maps(payload["pcrs"]):
        if "unknown" in what or "another" in what:
            continue
        body = same(payload | {"pcrs": Raw(pcrs)})
        tool.refuses(f"Nitro PCRs: {what}", signed(body, LEAF, True, same, same), (3, 6))
    good = signed(payload, LEAF, True, same, same)
    cose = [test_cose.cbor(good)[0][i] for i in range(4)]
    for what, data in {
            "a break after it": good + BREAK,
            "an open array with no break": b"\x9f" + b"".join(map(same, cose)),
            "an open array with two": b"\x9f" + b"".join(map(same, cose)) + BREAK * 2,
            "three items": same(cose[:3]), "five items": same(cose + [b""]),
            "another tag": same(mkcose.Tag(17, cose)),
            "the tag twice": same(mkcose.Tag(18, mkcose.Tag(18, cose)))}.items():
        tool.refuses(f"Nitro document: {what}", data)
    for what, headers in bad_maps({4: b"kid"}):
        data = same([cose[0], Raw(headers), cose[2], cose[3]])
        tool.refuses(f"unprotected header: {what}", data, (3, 6))
    protected = {1: LEAF.cose_alg()}
    for what, headers in bad_maps(protected):
        data = same([headers, {}, cose[2], cose[3]])
        tool.refuses(f"protected header: {what}", data, (3, 6))
    status, said = tool.registers(good + b"\1", "--strict")
    expect(status == 3 and "EVIDENCE_TRAILING" in said, "Nitro document: a byte after it", said)
    for n in range(1, len(good), 37):
        tool.refuses(f"Nitro document cut to {n} bytes", good[:n])


# --- CCA ------------------------------------------------------------------------------------

def cca_values(alg):
    rim, rems = mkcose.cca_registers(alg)
    return {("rim", alg): rim.hex(), ("rpv", None): mkcose.RPV.hex()} | {
        (f"rem{n}", alg): v.hex() for n, v in enumerate(rems)}


class Claims(dict):
    """A map to which members that nobody knows may be added, though its keys are numbers."""


class ClaimsForm(Form):
    def __call__(self, v):
        if isinstance(v, Claims):
            members = self.members(v)
            return self.container(5, len(members), b"".join(
                self(key) + self(value) for key, value in members))
        return super().__call__(v)


def cca_token(rng, inner, outer):
    alg, tagged = rng.choice(["sha256", "sha384", "sha512"]), rng.random() < 0.5
    key = inner({1: 2, -1: 2, -2: mkcose.RAK.x, -3: mkcose.RAK.y})
    more = {265: "tag:arm.com,2024:realm#2.0.0", 256: bytes(33), 44243: rng.choice([1, "shared"])}
    platform = signed(Claims(mkcose.cca_platform(key, alg, mkcose.PLATFORM_TAG)), mkcose.CPAK,
                      tagged, inner, outer)
    realm = signed(Claims(mkcose.cca_realm(key, alg, alg, more)), mkcose.RAK, tagged, inner, outer)
    if rng.random() < 0.5:
        # In a string, or, as it was once, as an item, which must have its tag.
        wrap = Raw if tagged and rng.random() < 0.5 else bytes
        token = mkcose.Tag(399, {44234: wrap(platform), 44241: wrap(realm)})
    else:
        token = mkcose.Tag(907, {44234: [mkcose.CMW, platform], 44241: [mkcose.CMW, realm]})
    return alg, outer(token)


def cca_forms(tool, rng, count):
    for _ in range(count):
        alg, data = cca_token(rng, ClaimsForm(rng), Form(rng))
        tool.reads("CCA", data, (cca_values(alg), "authenticated"), "--trust-root",
                   str(mkcose.OUT / "cca-cpak.pem"))


def bad_cca(tool):
    same = mkcose.cbor
    platform = mkcose.cca_platform(mkcose.RAK.point, "sha256", mkcose.LEGACY)
    realm = mkcose.cca_realm(mkcose.RAK.point, "sha256", "sha256")
    good = {44234: mkcose.sign1(platform, mkcose.CPAK, True),
            44241: mkcose.sign1(realm, mkcose.RAK, True)}
    for what, body in bad_maps(realm):
        data = good | {44241: signed(body, mkcose.RAK, True, same, same)}
        tool.refuses(f"CCA realm claims: {what}", same(mkcose.Tag(399, data)), (3, 6))
    for what, body in bad_maps(platform):
        data = good | {44234: signed(body, mkcose.CPAK, True, same, same)}
        tool.refuses(f"CCA platform claims: {what}", same(mkcose.Tag(399, data)), (3, 6))
    for what, token in bad_maps(good):
        if what != "a byte after it":
            tool.refuses(f"CCA token: {what}", same(mkcose.Tag(399, Raw(token))), (3, 6))
    for what, component in bad_maps({2: bytes(32), 5: bytes(32)}):
        claims = same(platform | {2399: [Raw(component)]})
        data = good | {44234: signed(claims, mkcose.CPAK, True, same, same)}
        tool.refuses(f"CCA component: {what}", same(mkcose.Tag(399, data)), (3, 6))


# --- reports, real documents, and the device ------------------------------------------------

REPORT = HERE.parent / "data/envelope/tsm-report.cbor"


def reports(tool, rng, count):
    """configfs-tsm's report as an object."""
    report = test_cose.cbor(REPORT.read_bytes())[0]
    status, good = tool.registers(REPORT.read_bytes())
    expect(status == 0, REPORT.name, status)
    for _ in range(count):
        tool.reads("report", Form(rng)(report), good)
    for what, body in bad_maps(report):
        tool.refuses(f"report: {what}", body)


def real(tool, rng, corpus, count):
    """Real documents: what is around the signed bytes again, and those, which spoils them."""
    for path in sorted((corpus / "nitro").glob("*.cbor")):
        data = path.read_bytes()
        status, good = tool.registers(data)
        expect(status == 0, path.name, status)
        cose = [test_cose.cbor(data)[0][i] for i in range(4)]
        for _ in range(count):
            form = Form(rng)
            cose[1] = {4: b"kid"} if rng.random() < 0.5 else {}
            value = mkcose.Tag(18, cose) if rng.random() < 0.5 else list(cose)
            tool.reads(path.name, form(value), good)
            # The payload in another form is read, and its signature is wrong then.
            body = Form(rng)(test_cose.cbor(cose[2])[0])
            if body != cose[2]:
                tool.refuses(f"{path.name}: another payload",
                             form([cose[0], {}, body, cose[3]]), (7,))


ANSWERS = {
    "DescribeNSM": ({"version_major": 1, "version_minor": 0, "version_patch": 7,
                     "module_id": "i-0123456789abcdef0", "max_pcrs": 32,
                     "locked_pcrs": [0, 1, 2, 31], "digest": "SHA384"},
                    "1.0.7 i-0123456789abcdef0 32 80000007"),
    "DescribePCR": ({"lock": True, "data": b"\x5a" * 48}, "locked " + "5a" * 48),
    "ExtendPCR": ({"data": b"\xa5" * 48}, "a5" * 48),
    "Attestation": ({"document": b"document" * 60}, (b"document" * 60).hex()),
}


def device(probe, rng, count):
    for op, (fields, wanted) in ANSWERS.items():
        for _ in range(count):
            data = Form(rng, False)({op: Raw(Form(rng)(fields))})
            counts["read"] += 1
            got = nsm(probe, op, data)
            expect(got == wanted, "NSM", op, got, data.hex())
        for what, body in bad_maps(fields):
            counts["refused"] += 1
            got = nsm(probe, op, mkcose.cbor({op: Raw(body)}))
            expect(got in ("MALFORMED", "TRUNCATED", "LIMIT", "INDOUBT"), "NSM", op, what, got)


def main():
    corpus, count = pathlib.Path(sys.argv[3]), int(sys.argv[4])
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory() as scratch:
        tool = Tool(sys.argv[1], pathlib.Path(scratch))
        nitro_forms(tool, rng, count)
        bad_nitro(tool)
        cca_forms(tool, rng, count)
        bad_cca(tool)
        reports(tool, rng, count)
        if (corpus / "nitro").is_dir():
            real(tool, rng, corpus, count // 4)
        device(sys.argv[2], rng, count)
    print(f"{counts['read']} well-formed, {counts['refused']} that are not; {len(problems)} wrong")
    for problem in problems:
        print(problem[:600], file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
