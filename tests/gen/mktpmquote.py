#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/data/tpm-twin: quotes over the PCRs of tests/data/sysfs/tpm, signed with TEST keys.

No TPM, nothing random: the same run gives the same bytes, and anybody can make them.

    mktpmquote.py [--check]    --check: is what is there what this makes?
"""
import base64
import functools
import hashlib
import json
import math
import pathlib
import struct
import sys

import mkquote as mk

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
PCRS = DATA / "sysfs/tpm/sys/class/tpm/tpm0"
HASHES = {4: "sha1", 11: "sha256"}
NONCE = b"libtsmmr TEST nonce"

NULL, RSASSA, RSAPSS, ECDSA = 0x10, 0x14, 0x16, 0x18
FIXED_TPM, RESTRICTED, DECRYPT, SIGN = 1 << 1, 1 << 16, 1 << 17, 1 << 18
AK_ATTRIBUTES = SIGN | RESTRICTED | 0x72        # fixed to TPM and parent, made inside, with auth


# ---- RSA (RFC 8017), with primes that stand in nobody's way: derived from a label

def is_prime(n):
    """Miller-Rabin with fixed bases: nobody chose these numbers to deceive it."""
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19):
        x = pow(base, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


SMALL = math.prod(p for p in range(3, 5000, 2) if all(p % q for q in range(3, 71, 2) if q < p))


def prime(what, bits):
    n = int.from_bytes(mk.label(what, bits // 8), "big") | 3 << (bits - 2) | 1
    while n % 65537 == 1 or math.gcd(n, SMALL) != 1 or not is_prime(n):
        n += 2
    return n


class Rsa:
    E = 65537

    def __init__(self, what):
        p, q = prime(f"RSA p: {what}", 1024), prime(f"RSA q: {what}", 1024)
        self.n = p * q
        self.d = pow(self.E, -1, (p - 1) * (q - 1))
        self.modulus = self.n.to_bytes(256, "big")

    def raw(self, block):
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(256, "big")

    def pkcs1(self, message, alg="sha256"):
        """RSASSA-PKCS1-v1_5 (§8.2.1)."""
        info = bytes.fromhex({"sha256": "3031300d060960864801650304020105000420",
                              "sha1": "3021300906052b0e03021a05000414"}[alg])
        info += hashlib.new(alg, message).digest()
        return self.raw(b"\0\1" + b"\xff" * (256 - 3 - len(info)) + b"\0" + info)

    def pss(self, message, alg="sha256"):
        """RSASSA-PSS with a salt as long as the hash (§9.1.1)."""
        def hashed(data):
            return hashlib.new(alg, data).digest()
        size = len(hashed(b""))
        salt = mk.label("PSS salt", size)
        h = hashed(bytes(8) + hashed(message) + salt)
        db = (b"\1" + salt).rjust(256 - size - 1, b"\0")
        mask = b"".join(hashed(h + struct.pack(">I", i)) for i in range(12))
        masked = bytearray(a ^ b for a, b in zip(db, mask))
        masked[0] &= 0x7F
        return self.raw(bytes(masked) + h + b"\xbc")

    def spki(self):
        key = mk.seq(mk.integer(self.n), mk.integer(self.E))
        return mk.seq(mk.seq(mk.oid("1.2.840.113549.1.1.1"), b"\x05\x00"), mk.bits(key))

    def jwk(self, kid, ops):
        return {"kid": kid, "key_ops": ops, "kty": "RSA",
                "e": "AQAB", "n": base64.urlsafe_b64encode(self.modulus).decode().rstrip("=")}


@functools.cache
def ak():
    return Rsa("AK")


@functools.cache
def ek():
    return Rsa("EK")


# ---- TPM 2.0 Library, part 2

def tpm2b(b):
    return struct.pack(">H", len(b)) + b


def public_rsa(key, attributes, scheme=struct.pack(">HH", RSASSA, 11), symmetric=None):
    symmetric = symmetric or struct.pack(">H", NULL)
    return (struct.pack(">HHI", 1, 11, attributes) + tpm2b(b"") + symmetric + scheme +
            struct.pack(">HI", 2048, 0) + tpm2b(key.modulus))


def public_ek():
    """What the TCG EK template makes of RSA 2048 (EK Credential Profile, template L-1)."""
    policy = bytes.fromhex("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa")
    return (struct.pack(">HHI", 1, 11, RESTRICTED | DECRYPT | 0xB2) + tpm2b(policy) +
            struct.pack(">HHH", 6, 128, 0x43) + struct.pack(">H", NULL) +
            struct.pack(">HI", 2048, 0) + tpm2b(ek().modulus))


def public_ecc(key):
    return (struct.pack(">HHI", 0x23, 11, AK_ATTRIBUTES) + tpm2b(b"") + struct.pack(">H", NULL) +
            struct.pack(">HH", ECDSA, 11) + struct.pack(">HH", 3, NULL) + tpm2b(key.x) +
            tpm2b(key.y))


def values():
    """{bank: {PCR: value}}, as a machine's sysfs has them."""
    return {bank: {n: bytes.fromhex((PCRS / f"pcr-{bank}" / str(n)).read_text())
                   for n in range(24)} for bank in HASHES.values()}


def attest(selection, nonce, all_values, signed="sha256"):
    """selection: [(TPM_ALG_ID, PCRs)]; signed: the hash of the signature, and of pcrDigest"""
    select = struct.pack(">I", len(selection))
    digest = hashlib.new(signed)
    for alg, pcrs in selection:
        bits = sum(1 << n for n in pcrs)
        select += struct.pack(">HB", alg, 3) + bits.to_bytes(3, "little")
        for n in sorted(pcrs):
            digest.update(all_values[HASHES[alg]][n])
    return (struct.pack(">IH", 0xFF544347, 0x8018) + tpm2b(b"\0\x0b" + mk.label("AK name", 32)) +
            tpm2b(nonce) + struct.pack(">QIIB", 123456, 7, 1, 1) +
            struct.pack(">Q", 0x2020031200120003) + select + tpm2b(digest.digest()))


def signature(scheme, raw, alg=11):
    return struct.pack(">HH", scheme, alg) + tpm2b(raw)


def pcrs_json(banks):
    return (json.dumps({b: {str(n): v.hex() for n, v in pcrs.items()}
                        for b, pcrs in banks.items()}, indent=1) + "\n").encode()


def pcrs_text(banks):
    """tpm2_pcrread"""
    lines = []
    for bank, pcrs in banks.items():
        lines.append(f"  {bank}:")
        lines += [f"    {n:<2}: 0x{v.hex().upper()}" for n, v in pcrs.items()]
    return ("\n".join(lines) + "\n").encode()


def pcrs_tools(selection, all_values):
    """tpm2_quote --pcr: TPML_PCR_SELECTION and TPML_DIGESTs as C structures."""
    select = b"".join(struct.pack("<HB", alg, 3) + sum(1 << n for n in pcrs).to_bytes(3, "little") +
                      bytes(2) for alg, pcrs in selection)
    flat = [all_values[HASHES[alg]][n] for alg, pcrs in selection for n in sorted(pcrs)]
    lists = [flat[i:i + 8] for i in range(0, len(flat), 8)]
    out = struct.pack("<I", len(selection)) + select.ljust(16 * 8, b"\0")
    out += struct.pack("<I", len(lists))
    for some in lists:
        out += struct.pack("<I", len(some))
        out += b"".join(struct.pack("<H", len(v)) + v.ljust(64, b"\0") for v in some).ljust(8 * 66,
                                                                                           b"\0")
    return out


def build():
    banks = values()
    both = [(4, range(24)), (11, range(24))]
    some = [(11, [0, 1, 4, 16, 23])]
    quote, part = attest(both, NONCE, banks), attest(some, b"", banks)
    weak = attest(both, NONCE, banks, "sha1")
    ecc = mk.Key("AK on P-256")
    r, s = ecc.sign(part)
    sig_ecc = struct.pack(">HH", ECDSA, 11) + tpm2b(r.to_bytes(32, "big")) + tpm2b(
        s.to_bytes(32, "big"))
    text = [base64.b64encode(b).decode() for b in (
        part, signature(RSASSA, ak().pkcs1(part)), pcrs_tools(some, banks))]
    return {
        "ak.pem": mk.pem(ak().spki()).replace("CERTIFICATE", "PUBLIC KEY").encode(),
        "ak.tpmt": public_rsa(ak(), AK_ATTRIBUTES),
        "ak.pub": tpm2b(public_rsa(ak(), AK_ATTRIBUTES)),
        "ak-any.tpmt": public_rsa(ak(), AK_ATTRIBUTES, struct.pack(">H", NULL)),
        "ak-ecc.tpmt": public_ecc(ecc),
        "ak-unrestricted.tpmt": public_rsa(ak(), AK_ATTRIBUTES & ~RESTRICTED),
        "ek.tpmt": public_ek(),
        "quote.bin": quote,
        "quote.pss": signature(RSAPSS, ak().pss(quote)),
        "quote.raw": ak().pkcs1(quote),
        "quote.sig": signature(RSASSA, ak().pkcs1(quote)),
        "quote-sha1.bin": weak,
        "quote-sha1.sig": signature(RSASSA, ak().pkcs1(weak, "sha1"), 4),
        "quote-some.bin": part,
        "quote-some.ecc": sig_ecc,
        "quote-some.keylime": f"r{':'.join(text)}\n".encode(),
        "quote-some.sig": signature(RSASSA, ak().pkcs1(part)),
        "pcrs.json": pcrs_json(banks),
        "pcrs.tools": pcrs_tools(both, banks),
        "pcrs.txt": pcrs_text(banks),
        "pcrs-some.raw": b"".join(banks["sha256"][n] for n in [0, 1, 4, 16, 23]),
        "pcrs-some.tools": pcrs_tools(some, banks),
    }


def settle(folder, made, script):
    """Writes, or with --check compares."""
    there = {p.name for p in folder.glob("*") if p.name != "README.md"}
    if sys.argv[1:] != ["--check"]:
        folder.mkdir(exist_ok=True)
        for name in there - made.keys():
            (folder / name).unlink()
        for name, content in made.items():
            (folder / name).write_bytes(content)
        return 0
    wrong = sorted(there - made.keys()) + [
        name for name, content in made.items()
        if name not in there or (folder / name).read_bytes() != content]
    for name in wrong:
        print(f"tests/data/{folder.name}/{name} is not what {script} makes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(settle(DATA / "tpm-twin", build(), "mktpmquote.py"))
