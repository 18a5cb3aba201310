# SPDX-License-Identifier: BSD-2-Clause
"""AMD's certificates and lists of revoked ones for the TEST chips of mksnp.py: an ARK of each line
of processors, ASK and ASVK below it, and what the ARK revokes.  The same arguments give the same
bytes.  (AMD 57230; RFC 5280 §5; RFC 4055 §3.1)
"""
import functools

import mkquote as mk
import mksnp as snp
import mktpmquote as tpm

ISSUED, NEXT, GOOD = "2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z", "2025-06-15T00:00:00Z"
# As AMD numbers them: of the line, of the key kind, and which.  A VCEK has none.
SERIALS = {"ARK": 0x010000, "ASK": 0x010001, "ASVK": 0x010101, "VCEK": 0, "VLEK": 0x1234}
HASHES = {"sha384": "2.16.840.1.101.3.4.2.2", "sha1": "1.3.14.3.2.26"}


def pss(alg="sha384"):
    """AlgorithmIdentifier of RSASSA-PSS."""
    one = mk.seq(mk.oid(HASHES[alg]))
    return mk.seq(mk.oid("1.2.840.113549.1.1.10"), mk.seq(
        mk.tlv(0xA0, one), mk.tlv(0xA1, mk.seq(mk.oid("1.2.840.113549.1.1.8"), one)),
        mk.tlv(0xA2, mk.integer(48 if alg == "sha384" else 20))))


@functools.cache
def ark(line):
    return tpm.Rsa(f"ARK-{line}")


def signed(tbs_of, key, alg="sha384"):
    """By an RSA key, or by one of EC's."""
    if isinstance(key, tpm.Rsa):
        how = pss(alg)
        tbs = tbs_of(how)
        return mk.seq(tbs, how, mk.bits(key.pss(tbs, alg)))
    tbs = tbs_of(snp.ECDSA_SHA384)
    r, s = key.sign(tbs)
    return mk.seq(tbs, snp.ECDSA_SHA384, mk.bits(mk.seq(mk.integer(r), mk.integer(s))))


def certificate(subject, spki, issuer, issuer_key, serial, extensions):
    validity = mk.seq(mk.tlv(0x17, b"240101000000Z"), mk.tlv(0x17, b"491231235959Z"))
    return signed(lambda how: mk.seq(
        mk.tlv(0xA0, mk.integer(2)), mk.integer(serial), how, snp.name(issuer), validity,
        snp.name(subject), spki, mk.tlv(0xA3, mk.seq(*extensions))), issuer_key)


def authority(subject, spki, issuer, issuer_key, serial):
    return certificate(subject, spki, issuer, issuer_key, serial, [
        mk.extension("2.5.29.19", mk.seq(mk.tlv(0x01, b"\xff")), True),
        mk.extension("2.5.29.15", mk.bits(b"\x06", 1), True)])


@functools.cache
def chain(line="Milan", vlek=False):
    """PEM: who signed the report, ASK or ASVK, ARK."""
    upper, lower = ("ASVK", "VLEK") if vlek else ("ASK", "VCEK")
    name, root, keys = f"SEV-{'VLEK-' if vlek else ''}{line}", f"ARK-{line}", snp.keys()
    turin = line == "Turin"
    who = (mk.extension(snp.AMD + "5", mk.tlv(0x16, b"CN=example.org")) if vlek else
           mk.extension(snp.AMD + "4", snp.CHIP[:8] if turin else snp.CHIP))
    spls = snp.TURIN_SPLS if turin else snp.SPLS
    leaf = certificate(f"SEV-{lower}", mk.ec_spki(keys[lower]), name, keys[upper], SERIALS[lower], [
        mk.extension(snp.AMD + "1", mk.integer(0)),
        *(mk.extension(f"{snp.AMD}3.{n}", mk.integer(v)) for n, v in spls.items()), who])
    return "".join(map(mk.pem, (
        leaf, authority(name, mk.ec_spki(keys[upper]), root, ark(line), SERIALS[upper]),
        root_of(line))))


@functools.cache
def root_of(line):
    return authority(f"ARK-{line}", ark(line).spki(), f"ARK-{line}", ark(line), SERIALS["ARK"])


def utc(text):
    return mk.tlv(0x17, (text[2:].translate({ord(c): None for c in "-:T"})).encode())


def crl(line="Milan", revoked=(), this=ISSUED, end=NEXT, key=None, alg="sha384", issuer=None,
        more=(), of_each=()):
    """DER.  revoked: of SERIALS.  end may be DER.  more, of_each: extensions, of its entries."""
    own = [mk.seq(*of_each)] if of_each else []
    entries = [mk.seq(mk.integer(SERIALS[one]), utc(this), *own) for one in revoked]
    return signed(lambda how: mk.seq(
        mk.integer(1), how, snp.name(issuer or f"ARK-{line}"), utc(this),
        end if isinstance(end, bytes) else utc(end), *([mk.seq(*entries)] if entries else []),
        mk.tlv(0xA0, mk.seq(mk.extension("2.5.29.20", mk.integer(7)), *more))),
        key or ark(line), alg)


def report(line="Milan", vlek=False):
    if vlek:
        return snp.report(3, tpm.NONCE, snp.keys()["VLEK"], 1, chip=bytes(64))
    if line == "Turin":
        return snp.report(5, tpm.NONCE, tcb=snp.TURIN_TCB, family=0x1A,
                          chip=snp.CHIP[:8].ljust(64, b"\0"))
    return snp.report(5, tpm.NONCE)
