#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tests/data/cose: Arm CCA tokens and Nitro documents, signed with TEST keys.

    mkcose.py            writes tests/data/cose
    mkcose.py --check    says whether what is there is what this script makes

No hardware, no vendor's key, nothing random.  Each function below that carries the
decorator is one file, and its docstring says what it is.
"""

import hashlib
import pathlib
import sys

import ecdsa
import mklog
from ecdsa import P256, P384
from mkquote import (LABEL, bits, ec_spki, extension, integer, key_id, label, octets, oid, pem,
                     seq, tlv)

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
OUT = DATA / "cose"

README = """# CCA tokens and Nitro documents

Made by `tests/gen/mkcose.py`; change that script, not the files.  Keys are made from labels in it:
whoever has this repository can sign with them, so no one may trust them.

| file | what |
|---|---|
"""

FILES = []


def file(name):
    def add(function):
        FILES.append((name, function))
        return function
    return add


class Key(ecdsa.Key):
    def __init__(self, what, curve=P384):
        seed = hashlib.shake_256((LABEL + "key: " + what).encode()).digest(curve.size + 8)
        super().__init__(curve, seed)
        self.point = b"\x04" + self.public

    def cose_alg(self):
        return {32: -7, 48: -35}[self.curve.size]


def name(cn):
    return seq(*(tlv(0x31, seq(oid(kind), tlv(0x0C, text.encode())))
                 for kind, text in (("2.5.4.3", cn), ("2.5.4.10", "libtsmmr TEST, not AWS"))))


def certificate(subject, key, issuer, issuer_key, validity, ca_depth=None):
    """ca_depth: None for a leaf, else how many CAs may follow."""
    alg = seq(oid("1.2.840.10045.4.3.3"))    # ECDSA with SHA-384
    leaf = ca_depth is None
    constraints = seq() if leaf else seq(tlv(0x01, b"\xff"), integer(ca_depth))
    extensions = seq(
        extension("2.5.29.19", constraints, True),
        extension("2.5.29.15", bits(b"\x80", 7) if leaf else bits(b"\x06", 1), True),
        extension("2.5.29.14", octets(key_id(key))),
        extension("2.5.29.35", seq(tlv(0x80, key_id(issuer_key)))))
    serial = int.from_bytes(b"\x01" + hashlib.sha256(subject.encode()).digest()[:15], "big")
    tbs = seq(tlv(0xA0, integer(2)), integer(serial), alg, name(issuer),
              seq(*(tlv(0x17, t.encode()) for t in validity)), name(subject), ec_spki(key),
              tlv(0xA3, extensions))
    r, s = issuer_key.sign(tbs)
    return seq(tbs, alg, bits(seq(integer(r), integer(s))))


# --- CBOR (RFC 8949) and COSE_Sign1 (RFC 9052 §4.2) -------------------------------------------

class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


class Item(bytes):
    """Encoded already."""


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    size = 1 if n < 1 << 8 else 2 if n < 1 << 16 else 4 if n < 1 << 32 else 8
    return bytes([major << 5 | 23 + size.bit_length()]) + n.to_bytes(size, "big")


def cbor(v):
    if v is None:
        return b"\xf6"
    if isinstance(v, Item):
        return v
    if isinstance(v, int):
        return head(0, v) if v >= 0 else head(1, -1 - v)
    if isinstance(v, bytes):
        return head(2, len(v)) + v
    if isinstance(v, str):
        return head(3, len(v.encode())) + v.encode()
    if isinstance(v, list):
        return head(4, len(v)) + b"".join(map(cbor, v))
    if isinstance(v, dict):
        return head(5, len(v)) + b"".join(cbor(k) + cbor(x) for k, x in v.items())
    return head(6, v.number) + cbor(v.value)


def wide(major, n):
    """A head that is longer than it need be."""
    return bytes([major << 5 | 26]) + n.to_bytes(4, "big") if n < 1 << 32 else head(major, n)


def loose(v):
    """The same in the other ways there are: no length said, strings in chunks, wide heads."""
    if v is None:
        return b"\xf6"
    if isinstance(v, int):
        return wide(0, v) if v >= 0 else wide(1, -1 - v)
    if isinstance(v, bytes):
        parts = [v[i:i + 100] for i in range(0, len(v), 100)]
        return b"\x5f" + b"".join(wide(2, len(p)) + p for p in parts) + b"\xff"
    if isinstance(v, str):
        return b"\x7f" + cbor(v[:9]) + b"".join(cbor(c) for c in v[9:]) + b"\xff"
    if isinstance(v, list):
        return b"\x9f" + b"".join(map(loose, v)) + b"\xff"
    if isinstance(v, dict):
        return b"\xbf" + b"".join(loose(k) + loose(x) for k, x in v.items()) + b"\xff"
    return wide(6, v.number) + loose(v.value)


def open_map(v):
    """A map whose length is not said, of members with theirs."""
    return b"\xbf" + cbor(v)[len(head(5, len(v))):] + b"\xff"


def sign1(payload, key, tagged, inner=cbor, outer=cbor):
    """inner writes what is signed, outer what is around it."""
    protected = (loose if inner is loose else cbor)({1: key.cose_alg()})
    body = inner(payload)
    signature = key.sign_raw(cbor(["Signature1", protected, b"", body]))
    cose = [protected, {}, body, signature]
    return outer(Tag(18, cose) if tagged else cose)


def extend(alg, value, data):
    return hashlib.new(alg, value + data).digest()


# --- AWS Nitro Enclaves -----------------------------------------------------------------------

MODULE = "i-0123456789abcdef0-enc0123456789abcde"
TIMESTAMP = 1767268800123                     # 2026-01-01 12:00:00 UTC
YEARS = ("240101000000Z", "491231235959Z")
HOURS = ("260101110000Z", "260101140000Z")    # as short as AWS's
ROLE = "arn:aws:iam::123456789012:role/example"
LINES = ["SYNC sha384/" + "00" * 48, "example.org/app start", "example.org/app config=1"]


def nitro_chain():
    root, ca, leaf = Key("nitro root"), Key("nitro CA"), Key("nitro leaf")
    return [certificate("TEST root", root, "TEST root", root, YEARS, 2),
            certificate("TEST CA", ca, "TEST root", root, YEARS, 0),
            certificate(MODULE, leaf, "TEST CA", ca, HOURS)]


def nitro_pcrs(debug=False):
    zero = bytes(48)
    pcrs = {n: zero for n in range(16)}
    if not debug:
        for n in (0, 1, 2, 8):
            pcrs[n] = extend("sha384", zero, label(f"PCR{n}", 48))
    pcrs[3] = extend("sha384", zero, ROLE.encode())
    pcrs[4] = extend("sha384", zero, MODULE.split("-enc")[0].encode())
    pcrs[16] = zero
    for line in LINES:
        pcrs[16] = extend("sha384", pcrs[16], hashlib.sha384(line.encode()).digest())
    return pcrs


def nitro_payload(**changes):
    root, ca, leaf = nitro_chain()
    return {"module_id": MODULE, "digest": "SHA384", "timestamp": TIMESTAMP,
            "pcrs": nitro_pcrs(), "certificate": leaf, "cabundle": [root, ca],
            "public_key": None, "user_data": None,
            "nonce": bytes.fromhex("00112233445566778899aabbccddeeff")} | changes


@file("nitro.cbor")
def _():
    """A document without a tag, as enclaves get it: PCR 0 to 15 and a locked PCR 16."""
    return sign1(nitro_payload(), Key("nitro leaf"), False)


@file("nitro-tagged.cbor")
def _():
    """The same with COSE's tag, its members in another order, and one that no specification has."""
    payload = dict(reversed(nitro_payload(user_data=b"data", later="?").items()))
    return sign1(payload, Key("nitro leaf"), True)


@file("nitro-open.cbor")
def _():
    """As AWS's security module has written it since 2025: the payload's length is not said."""
    return sign1(nitro_payload(), Key("nitro leaf"), False, open_map)


@file("nitro-loose.cbor")
def _():
    """nitro-tagged.cbor in every other way: no lengths, strings in chunks, wide heads."""
    payload = dict(reversed(nitro_payload(user_data=b"data", later="?").items()))
    return sign1(payload, Key("nitro leaf"), True, loose, loose)


@file("nitro-answer.cbor")
def _():
    """nitro-open.cbor as the device's answer, of which no length is said either."""
    return loose({"Attestation": {
        "document": sign1(nitro_payload(), Key("nitro leaf"), False, open_map)}})


@file("nitro-debug.cbor")
def _():
    """Of an enclave that can be debugged: PCR 0, 1, 2 and 8 are zero."""
    return sign1(nitro_payload(pcrs=nitro_pcrs(debug=True)), Key("nitro leaf"), False)


def nitro_tpm(banks=("sha384",), **changes):
    """The 24 PCRs of an instance that booted as tests/data/good-tcg2-sha384.bin says."""
    log = mklog.Log("tcg2", banks)
    mklog.good_tcg2_sha384(log)
    pcrs = {n: bytes([255 if 17 <= n <= 22 else 0]) * 48 for n in range(24)}
    pcrs |= {n: value for (n, _), value in log.registers.items()}
    payload = nitro_payload(nitrotpm_pcrs=pcrs | changes.pop("pcrs", {}), **changes)
    del payload["pcrs"]
    payload["module_id"] = MODULE.split("-enc")[0] + "-tpm0123456789abcde"
    return payload


@file("nitro-tpm.cbor")
def _():
    """Of a NitroTPM: `nitrotpm_pcrs` in place of `pcrs`, of the boot in good-tcg2-sha384.bin."""
    return sign1(nitro_tpm(user_data=b"data"), Key("nitro leaf"), False, open_map)


@file("nitro-tpm-pcr4.cbor")
def _():
    """The same of another instance, whose PCR 4 has another value."""
    return sign1(nitro_tpm(pcrs={4: label("PCR4", 48)}), Key("nitro leaf"), True)


@file("nitro-wrong-ca.cbor")
def _():
    """A leaf of the same name under a root of the same name, of other keys."""
    other = Key("another root")
    leaf = certificate(MODULE, Key("another leaf"), "TEST CA", Key("another CA"), HOURS)
    ca = certificate("TEST CA", Key("another CA"), "TEST root", other, YEARS, 0)
    root = certificate("TEST root", other, "TEST root", other, YEARS, 2)
    return sign1(nitro_payload(certificate=leaf, cabundle=[root, ca]), Key("another leaf"), False)


@file("nitro-root.pem")
def _():
    """The root of all but the last."""
    return pem(nitro_chain()[0]).encode()


@file("nitro-pcr16.log")
def _():
    """What went into PCR 16."""
    return "".join(line + "\n" for line in LINES).encode()


# --- Arm CCA ----------------------------------------------------------------------------------

RPV = b"a Realm of libtsmmr's tests".ljust(64, b"\0")
CHALLENGE = bytes.fromhex("c0ffee").ljust(64, b"\0")
CMW = 263


def cca_platform(key_claim, key_hash, profile, lifecycle=0x3003):
    return {265: profile, 10: hashlib.new(key_hash, key_claim).digest(),
            2396: label("implementation", 32), 256: b"\x01" + label("instance", 32),
            2401: b"\xcf" * 4, 2395: lifecycle, 2402: "sha-256",
            2400: "https://verifier.example/",
            2399: [{1: "BL1", 2: label("BL1", 32), 5: label("signer", 32), 6: "sha-256"},
                   {1: "RMM", 2: label("RMM", 32), 4: "1.0", 5: label("signer", 32)}]}


def cca_registers(alg):
    size = hashlib.new(alg).digest_size
    return label("RIM", size), [extend(alg, bytes(size), b"\x11" * 32), label("REM1", size),
                                bytes(size), bytes(size)]


def iana(alg):
    return alg.replace("sha", "sha-")


def cca_realm(key_claim, key_hash, alg, more=None):
    rim, rems = cca_registers(alg)
    return {10: CHALLENGE, 44236: iana(alg), 44240: iana(key_hash), 44235: RPV,
            44237: key_claim, 44238: rim, 44239: rems} | (more or {})


def cose_key(key):
    return cbor({1: 2, -1: {32: 1, 48: 2}[key.curve.size], -2: key.x, -3: key.y})


LEGACY = "http://arm.com/CCA-SSD/1.0.0"
PLATFORM_TAG = "tag:arm.com,2023:cca_platform#1.0.0"
RAK, CPAK = Key("RAK"), Key("CPAK")


@file("cca-399.cbor")
def _():
    """RMM 1.0: tag 399, a bare point, SHA-256.  REM 0 was extended with 32 bytes 0x11."""
    return cbor(Tag(399, {
        44234: sign1(cca_platform(RAK.point, "sha256", LEGACY), CPAK, True),
        44241: sign1(cca_realm(RAK.point, "sha256", "sha256"), RAK, True)}))


@file("cca-907.cbor")
def _():
    """A collection (tag 907), a COSE_Key, SHA-512, the claims of RMM 2.0, an unknown claim."""
    more = {265: "tag:arm.com,2024:realm#2.0.0", 256: bytes(33), 44243: 1, 1234567: "?",
            "another": []}
    key = cose_key(RAK)
    return cbor(Tag(907, {
        44234: [CMW, sign1(cca_platform(key, "sha512", PLATFORM_TAG), CPAK, True)],
        44241: [CMW, sign1(cca_realm(key, "sha512", "sha512", more), RAK, True)]}))


@file("cca-p256.cbor")
def _():
    """SHA-384; keys on P-256; its COSE_Sign1 without tags."""
    rak, cpak = Key("RAK", P256), Key("CPAK", P256)
    key = cose_key(rak)
    return cbor(Tag(399, {
        44234: sign1(cca_platform(key, "sha384", PLATFORM_TAG), cpak, False),
        44241: sign1(cca_realm(key, "sha384", "sha384",
                               {265: "tag:arm.com,2023:realm#1.0.0"}), rak, False)}))


@file("cca-loose.cbor")
def _():
    """cca-907.cbor in every other way: no lengths, strings in chunks, wide heads."""
    more = {265: "tag:arm.com,2024:realm#2.0.0", 256: bytes(33), 44243: 1, 1234567: "?",
            "another": []}
    key = loose({1: 2, -1: 2, -2: RAK.x, -3: RAK.y})
    return loose(Tag(907, {
        44241: [CMW, sign1(cca_realm(key, "sha512", "sha512", more), RAK, True, loose, loose)],
        44234: [CMW, sign1(cca_platform(key, "sha512", PLATFORM_TAG), CPAK, True, loose,
                           loose)]}))


@file("cca-items.cbor")
def _():
    """cca-399.cbor with the tokens as items, not in strings, and a MEC policy by name."""
    return cbor(Tag(399, {
        44234: Item(sign1(cca_platform(RAK.point, "sha256", LEGACY), CPAK, True)),
        44241: Item(sign1(cca_realm(RAK.point, "sha256", "sha256", {44243: "shared"}), RAK,
                          True))}))


@file("cca-psa.cbor")
def _():
    """Its platform token is a PSA token, of the first profile's keys."""
    psa = {-75000: "PSA_IOT_PROFILE_1", -75001: 1, -75002: 0x3003,
           -75008: hashlib.sha256(RAK.point).digest(), -75009: b"\x01" + label("instance", 32)}
    return cbor(Tag(399, {
        44234: sign1(psa, CPAK, True),
        44241: sign1(cca_realm(RAK.point, "sha256", "sha256"), RAK, True)}))


@file("cca-more.cbor")
def _():
    """A collection that names its type and has a third member (draft-ietf-rats-msg-wrap)."""
    key = cose_key(RAK)
    return cbor(Tag(907, {
        "__cmwc_t": "tag:arm.com,2024:cca#1", 7: [0, b"?"],
        44234: [CMW, sign1(cca_platform(key, "sha256", PLATFORM_TAG), CPAK, True)],
        44241: [CMW, sign1(cca_realm(key, "sha256", "sha256"), RAK, True)]}))


@file("cca-many.cbor")
def _():
    """Of more software components than have claims, in a list whose length is not said."""
    parts = [{1: f"part {n}", 2: label(f"part {n}", 32)} for n in range(18)]
    platform = cca_platform(RAK.point, "sha256", LEGACY) | {2399: parts}
    return cbor(Tag(399, {
        44234: sign1(platform, CPAK, True, loose),
        44241: sign1(cca_realm(RAK.point, "sha256", "sha256"), RAK, True)}))


@file("cca-debug.cbor")
def _():
    """Of a platform whose firmware can be debugged."""
    return cbor(Tag(399, {
        44234: sign1(cca_platform(RAK.point, "sha256", LEGACY, 0x5000), CPAK, True),
        44241: sign1(cca_realm(RAK.point, "sha256", "sha256"), RAK, True)}))


@file("cca-other-hash.cbor")
def _():
    """It names SHA-256, and its registers have 64 bytes."""
    return cbor(Tag(399, {
        44234: sign1(cca_platform(RAK.point, "sha256", LEGACY), CPAK, True),
        44241: sign1(cca_realm(RAK.point, "sha256", "sha512", {44236: "sha-256"}), RAK, True)}))


@file("cca-other-realm.cbor")
def _():
    """Each token is signed well, and the realm's key is not the one the platform vouches for."""
    other = Key("another RAK")
    return cbor(Tag(399, {
        44234: sign1(cca_platform(RAK.point, "sha256", LEGACY), CPAK, True),
        44241: sign1(cca_realm(other.point, "sha256", "sha256"), other, True)}))


def pem_key(key):
    return pem(ec_spki(key)).replace("CERTIFICATE", "PUBLIC KEY").encode()


@file("cca-cpak.pem")
def _():
    """The key that signed the platform tokens on P-384."""
    return pem_key(CPAK)


@file("cca-cpak-p256.pem")
def _():
    """The one of cca-p256.cbor."""
    return pem_key(Key("CPAK", P256))


def main():
    made = {n: function() for n, function in FILES}
    lines = [f"| {n} | {' '.join(function.__doc__.split())} |" for n, function in FILES]
    made["README.md"] = (README + "\n".join(lines) + "\n").encode()
    there = {p.name for p in OUT.glob("*")} if OUT.is_dir() else set()
    if sys.argv[1:] != ["--check"]:
        OUT.mkdir(exist_ok=True)
        for n in there - made.keys():
            (OUT / n).unlink()
        for n, content in made.items():
            (OUT / n).write_bytes(content)
        return 0
    wrong = sorted(there - made.keys()) + [
        n for n, content in made.items() if n not in there or (OUT / n).read_bytes() != content]
    for n in wrong:
        print(f"tests/data/cose/{n} is not what mkcose.py makes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
