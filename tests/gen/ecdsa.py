# SPDX-License-Identifier: BSD-2-Clause
"""ECDSA (FIPS 186-5) on curves of SP 800-186 §3.2.1, with nonces by RFC 6979 §3.2: what is signed
twice has the same signature.  For TEST keys, made of seeds that anybody can have.
"""
import functools
import hashlib
import hmac


class Curve:
    def __init__(self, oid, p, n, g, hash_name):
        self.oid, self.p, self.n, self.g, self.hash = oid, p, n, g, hash_name
        self.size = (p.bit_length() + 7) // 8

    def add(self, a, b):
        if a is None or b is None:
            return a or b
        if a[0] == b[0]:
            if (a[1] + b[1]) % self.p == 0:
                return None
            slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, self.p)    # the curve's a is -3
        else:
            slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, self.p)
        x = (slope * slope - a[0] - b[0]) % self.p
        return x, (slope * (a[0] - x) - a[1]) % self.p

    @functools.cache
    def mul(self, k, a):
        r = None
        while k:
            if k & 1:
                r = self.add(r, a)
            a = self.add(a, a)
            k >>= 1
        return r

    def nonces(self, secret, digest):
        def mac(key, *parts):
            return hmac.new(key, b"".join(parts), self.hash).digest()

        x = secret.to_bytes(self.size, "big")
        h = (int.from_bytes(digest, "big") % self.n).to_bytes(self.size, "big")
        v, k = b"\x01" * self.size, b"\x00" * self.size
        for tag in (b"\x00", b"\x01"):
            k = mac(k, v, tag, x, h)
            v = mac(k, v)
        while True:
            v = mac(k, v)
            nonce = int.from_bytes(v, "big")
            if 0 < nonce < self.n:
                yield nonce
            k = mac(k, v, b"\x00")
            v = mac(k, v)


# Each with the hash of its size: a digest is as long as a number of the curve.
P256 = Curve("1.2.840.10045.3.1.7",
             0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
             0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
             (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
              0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5), "sha256")
P384 = Curve("1.3.132.0.34",
             2**384 - 2**128 - 2**96 + 2**32 - 1,
             int("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF"
                 "581A0DB248B0A77AECEC196ACCC52973", 16),
             (int("AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A38"
                  "5502F25DBF55296C3A545E3872760AB7", 16),
              int("3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C0"
                  "0A60B1CE1D7E819D7A431D7C90EA0E5F", 16)), "sha384")


class Key:
    def __init__(self, curve, seed):
        self.curve = curve
        self.secret = int.from_bytes(seed, "big") % (curve.n - 1) + 1
        self.x, self.y = (v.to_bytes(curve.size, "big") for v in curve.mul(self.secret, curve.g))
        self.public = self.x + self.y

    def sign(self, message):
        """(r, s) over the message's digest."""
        n = self.curve.n
        digest = hashlib.new(self.curve.hash, message).digest()
        for nonce in self.curve.nonces(self.secret, digest):
            r = self.curve.mul(nonce, self.curve.g)[0] % n
            s = pow(nonce, -1, n) * (int.from_bytes(digest, "big") + r * self.secret) % n
            if r and s:
                return r, s

    def sign_raw(self, message):
        return b"".join(v.to_bytes(self.curve.size, "big") for v in self.sign(message))
