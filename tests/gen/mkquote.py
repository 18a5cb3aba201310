#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a TDREPORT or a TDX quote (v4, v5) for given registers, signed with TEST keys.

No hardware, no Intel key, nothing random: the same arguments give the same bytes.
Every check a verifier makes short of pinning Intel's root succeeds on the result.

    mkquote.py --kind report|v4|v5 --registers FILE [--nonce HEX] [--debug] [--root FILE]
               [--debug-enclave] [--enclave-signer HEX] [--issuer ORGANIZATION] -o OUT
    mkquote.py --twins      writes all that is in tests/data/tdx-twin and tdx-signed
    mkquote.py --check      says whether what is there is what this script makes

The second line is for quotes that must be refused: another quoting enclave, and the
organization in the name of the (TEST) authority that issued the PCK's certificate.

FILE has lines "name[:hash] hex" or "name[:hash]=hex"; "#" begins a comment.  A register
that is not there is zero, and mrseam a hash of a label.
"""
import argparse
import base64
import hashlib
import pathlib
import struct
import sys

import ecdsa

LABEL = "libtsmmr TEST "
ORGANIZATION = "libtsmmr TEST, not Intel"


def sha256(b):
    return hashlib.sha256(b).digest()


def sha384(b):
    return hashlib.sha384(b).digest()


def label(what, n):
    """n bytes that stand for something a real platform would have."""
    return hashlib.shake_256((LABEL + what).encode()).digest(n)


class Key(ecdsa.Key):
    def __init__(self, what, curve=ecdsa.P256):
        seed = hashlib.new(curve.hash, (LABEL + "key: " + what).encode()).digest()
        super().__init__(curve, seed)


# ---- DER (X.690) and certificates (RFC 5280)

def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    n = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | n]) + len(body).to_bytes(n, "big") + body


def seq(*parts):
    return tlv(0x30, *parts)


def octets(b):
    return tlv(0x04, b)


def bits(b, unused=0):
    return tlv(0x03, bytes([unused]), b)


def integer(v):
    return tlv(0x02, v.to_bytes(v.bit_length() // 8 + 1, "big"))


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = b""
    for arc in [40 * first + second] + rest:
        chunk = [arc & 127]
        while arc := arc >> 7:
            chunk.insert(0, 128 | arc & 127)
        out += bytes(chunk)
    return tlv(0x06, out)


def name(cn, organization=ORGANIZATION):
    def rdn(kind, text):
        return tlv(0x31, seq(oid(kind), tlv(0x0C, text.encode())))

    return seq(rdn("2.5.4.3", cn), rdn("2.5.4.10", organization))


def extension(dotted, value, critical=False):
    return seq(oid(dotted), *([tlv(0x01, b"\xff")] if critical else []), octets(value))


def key_id(key):
    return hashlib.sha1(b"\x04" + key.public).digest()    # RFC 5280 §4.2.1.2, method 1


def sgx_extension():
    """What a PCK certificate says of its platform (Intel PCK Certificate Profile §1.3.5)."""
    sgx = "1.2.840.113741.1.13.1"

    def member(at, value):
        return seq(oid(f"{sgx}.{at}"), value)

    components = [3, 3, 2, 2, 2, 1, 0, 3] + [0] * 8
    tcb = seq(*(member(f"2.{i + 1}", integer(v)) for i, v in enumerate(components)),
              member("2.17", integer(11)), member("2.18", octets(bytes(components))))
    return extension(sgx, seq(
        member("1", octets(label("PPID", 16))),
        member("2", tcb),
        member("3", octets(b"\x00\x00")),
        member("4", octets(label("FMSPC", 6))),
        member("5", tlv(0x0A, b"\x00"))))


def ec_spki(key):
    """SubjectPublicKeyInfo (RFC 5480 §2)."""
    return seq(seq(oid("1.2.840.10045.2.1"), oid(key.curve.oid)), bits(b"\x04" + key.public))


ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))


def certificate(subject, key, issuer, issuer_key, ca_depth=None, extra=(), serial=None):
    """ca_depth: None for a leaf, else how many CAs may follow.  Names are (CN, O) or CN."""
    def pair(who):
        return (who, ORGANIZATION) if isinstance(who, str) else who

    subject, issuer = pair(subject), pair(issuer)
    if ca_depth is None:
        constraints, usage = seq(), bits(b"\xc0", 6)    # signature, non-repudiation
    else:
        constraints = seq(tlv(0x01, b"\xff"), integer(ca_depth))
        usage = bits(b"\x06", 1)                        # certificates, CRLs
    extensions = seq(
        extension("2.5.29.35", seq(tlv(0x80, key_id(issuer_key)))),
        extension("2.5.29.15", usage, True),
        extension("2.5.29.14", octets(key_id(key))),
        extension("2.5.29.19", constraints, True),
        *extra)
    serial = serial or int.from_bytes(b"\x01" + sha256(subject[0].encode())[:15], "big")
    validity = seq(tlv(0x17, b"240101000000Z"), tlv(0x17, b"491231235959Z"))
    tbs = seq(tlv(0xA0, integer(2)), integer(serial), ECDSA_SHA256, name(*issuer), validity,
              name(*subject), ec_spki(key), tlv(0xA3, extensions))
    r, s = issuer_key.sign(tbs)
    return seq(tbs, ECDSA_SHA256, bits(seq(integer(r), integer(s))))


def pem(der, what="CERTIFICATE"):
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {what}-----", *lines, f"-----END {what}-----", ""])


ROOT = "libtsmmr TEST Root CA, not Intel"
PLATFORM = "libtsmmr TEST PCK Platform CA, not Intel"
LEAF = "libtsmmr TEST PCK Certificate, not Intel"


def chain(issuer=ORGANIZATION):
    """PEM of leaf, intermediate and root, in the order quotes have them."""
    root, platform, leaf = Key("root"), Key("platform CA"), Key("PCK")
    middle = (PLATFORM, issuer)
    return [pem(certificate(LEAF, leaf, middle, platform, None, [sgx_extension()])),
            pem(certificate(middle, platform, ROOT, root, 0)),
            pem(certificate(ROOT, root, ROOT, root, 1))]


# ---- TDX

TEE_TCB_SVN = bytes([5, 1, 6]) + bytes(13)
XFAM = struct.pack("<Q", 0x602E7)
QE_VENDOR_INTEL = bytes.fromhex("939a7233f79c4ca9940a0db3957f0607")    # part of the format


class Guest:
    launch_svn = current_svn = TEE_TCB_SVN      # TEE_TCB_SVN and TEE_TCB_SVN_2

    def __init__(self, registers, nonce, debug):
        self.registers = registers
        self.report_data = nonce.ljust(64, b"\0")
        self.attributes = struct.pack("<Q", 1 << 28 | int(debug))      # SEPT_VE_DISABLE

    def __getitem__(self, register):
        if register == "mrseam" and register not in self.registers:
            return label("MRSEAM", 48)
        return self.registers.get(register, bytes(48))


def tdreport(g):
    """Intel TDX Module ABI specification, TDREPORT_STRUCT."""
    tcb = (struct.pack("<Q", 0x301FF) + TEE_TCB_SVN + g["mrseam"] + bytes(48) + bytes(8) +
           TEE_TCB_SVN).ljust(239, b"\0")
    td = (g.attributes + XFAM + g["mrtd"] + g["mrconfigid"] + g["mrowner"] +
          g["mrownerconfig"] + g["rtmr0"] + g["rtmr1"] + g["rtmr2"] + g["rtmr3"] +
          g["servtd_hash"]).ljust(512, b"\0")
    mac = (b"\x81\0\0\0" + bytes(12) + label("CPUSVN", 16) + sha384(tcb) + sha384(td) +
           g.report_data).ljust(256, b"\0")
    return mac + tcb + bytes(17) + td


def quote_body(g, td15):
    body = (g.launch_svn + g["mrseam"] + bytes(48) + bytes(8) + g.attributes + XFAM +
            g["mrtd"] + g["mrconfigid"] + g["mrowner"] + g["mrownerconfig"] + g["rtmr0"] +
            g["rtmr1"] + g["rtmr2"] + g["rtmr3"] + g.report_data)
    if td15:
        body += g.current_svn + g["servtd_hash"]
    assert len(body) == (648 if td15 else 584)
    return body


class Enclave:
    """The quoting enclave; issuer is the organization that certified its machine."""

    def __init__(self, debug=False, signer=None, issuer=ORGANIZATION):
        self.attributes = 0x15 | 2 * debug
        self.signer = signer or label("MRSIGNER", 32)
        self.issuer = issuer

    def report(self, report_data):
        """An SGX REPORT body."""
        body = (label("CPUSVN", 16) + bytes(32)).ljust(48, b"\0")
        body += struct.pack("<QQ", self.attributes, 0xE7) + label("MRENCLAVE", 32) + bytes(32)
        body += self.signer + bytes(96) + struct.pack("<HH", 2, 8) + bytes(60)
        return body + report_data


def sized(kind, data):
    return struct.pack("<HI", kind, len(data)) + data


def quote(g, version, enclave):
    """Intel TDX DCAP Quoting Library API, appendices A.3 and A.4."""
    signed = struct.pack("<HHII", version, 2, 0x81, 0) + QE_VENDOR_INTEL + bytes(20)
    if version == 4:
        signed += quote_body(g, False)
    else:
        signed += sized(3, quote_body(g, True))

    attestation, pck = Key("attestation"), Key("PCK")
    auth = bytes(range(32))
    report = enclave.report(sha256(attestation.public + auth) + bytes(32))
    certified = (report + pck.sign_raw(report) + struct.pack("<H", len(auth)) + auth +
                 sized(5, "".join(chain(enclave.issuer)).encode() + b"\0"))
    signature = attestation.sign_raw(signed) + attestation.public + sized(6, certified)
    return signed + struct.pack("<I", len(signature)) + signature


def read_registers(path):
    registers = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            words = line.split("#")[0].replace("=", " ").split()
            if not words:
                continue
            if len(words) != 2:
                sys.exit(f"{path}: not a name and a value: {line.strip()}")
            value = bytes.fromhex(words[1])
            if len(value) != 48:
                sys.exit(f"{path}: {words[0]} has {len(value)} bytes, not 48")
            registers[words[0].split(":")[0]] = value
    return registers


DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
# The signer of Intel's quoting enclave for TDX (mrsigner of its QE identity).
INTEL_SIGNER = bytes.fromhex("dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5")


def twins():
    """(path, bytes) of each file that the tests have."""
    registers = read_registers(DATA / "tdx-twin/registers-before.txt")
    guest = Guest(registers, b"", False)
    intel = "Intel Corporation"
    yield "tdx-twin/tdreport.bin", tdreport(guest)
    yield "tdx-twin/quote-v4.bin", quote(guest, 4, Enclave())
    yield "tdx-twin/quote-v5.bin", quote(guest, 5, Enclave())
    yield "tdx-twin/root.pem", chain()[2].encode()
    yield "tdx-signed/nonce.bin", quote(Guest(registers, b"libts", False), 4, Enclave())
    yield "tdx-signed/debug.bin", quote(Guest(registers, b"", True), 4, Enclave())
    yield "tdx-signed/debug-enclave.bin", quote(guest, 5, Enclave(debug=True))
    yield "tdx-signed/other-enclave.bin", quote(guest, 4, Enclave(issuer=intel))
    yield "tdx-signed/intel-enclave.bin", quote(guest, 5, Enclave(False, INTEL_SIGNER, intel))


def write_or_check(check):
    wrong = 0
    for name, data in twins():
        path = DATA / name
        if not check:
            path.write_bytes(data)
        elif not path.is_file() or path.read_bytes() != data:
            print(f"{path} is not what mkquote.py makes", file=sys.stderr)
            wrong += 1
    sys.exit(1 if wrong else 0)


def main():
    if sys.argv[1:] in (["--twins"], ["--check"]):
        write_or_check(sys.argv[1] == "--check")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", required=True, choices=["report", "v4", "v5"])
    parser.add_argument("--registers", required=True, metavar="FILE")
    parser.add_argument("--nonce", default="", metavar="HEX")
    parser.add_argument("--debug", action="store_true", help="of a guest the host may debug")
    parser.add_argument("--root", metavar="FILE", help="also write the TEST root certificate")
    parser.add_argument("--debug-enclave", action="store_true")
    parser.add_argument("--enclave-signer", type=bytes.fromhex, metavar="HEX")
    parser.add_argument("--issuer", default=ORGANIZATION, metavar="ORGANIZATION")
    parser.add_argument("-o", required=True, dest="out", metavar="OUT")
    args = parser.parse_args()

    nonce = bytes.fromhex(args.nonce)
    if len(nonce) > 64:
        sys.exit("a nonce has at most 64 bytes")
    guest = Guest(read_registers(args.registers), nonce, args.debug)
    enclave = Enclave(args.debug_enclave, args.enclave_signer, args.issuer)
    made = (tdreport(guest) if args.kind == "report" else
            quote(guest, int(args.kind[1]), enclave))
    with open(args.out, "wb") as f:
        f.write(made)
    if args.root:
        with open(args.root, "w", encoding="ascii") as f:
            f.write(chain()[2])


if __name__ == "__main__":
    main()
