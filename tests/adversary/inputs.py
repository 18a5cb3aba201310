# SPDX-License-Identifier: BSD-2-Clause
"""Logs and evidence for the cases: made by the generators of tests/gen, then forged."""

import functools
import hashlib
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "gen"))

import ecdsa    # where the path is set
import mkcel
import mkcose
import mkima
import mklog
import mkquote
import mksnp
import mktpmquote

DATA = HERE.parent / "data"
TWIN = DATA / "tdx-twin"
NOW = ["--time", "2026-01-01T00:00:00Z"]
VARIABLE_BOOT, GPT_EVENT, GPT_EVENT2, AUTHORITY = 0x80000002, 0x80000006, 0x8000000D, 0x800000E0
ACTION = 0x5


def h(alg, data):
    return mklog.digest(alg, data)


def replaced(content, old, new, count=1):
    """One place of the bytes changed, and surely changed."""
    assert content.count(old) >= count and len(old) == len(new), old
    return content.replace(old, new, count)


def flipped(content, at, mask=0x80):
    out = bytearray(content)
    out[at] ^= mask
    return bytes(out)


# ---- TDX

@functools.cache
def twin_registers():
    return mkquote.read_registers(TWIN / "registers-before.txt")


def root():
    return ["--trust-root", "tdx-twin/root.pem", *NOW]


@functools.cache
def tdx_quote(version=4, nonce=b"", attributes=0, **registers):
    guest = mkquote.Guest(twin_registers() | registers, nonce, False)
    guest.attributes = struct.pack("<Q", struct.unpack("<Q", guest.attributes)[0] | attributes)
    return mkquote.quote(guest, version, mkquote.Enclave())


def tdreport(nonce=b"", attributes=0, **registers):
    guest = mkquote.Guest(twin_registers() | registers, nonce, False)
    guest.attributes = struct.pack("<Q", struct.unpack("<Q", guest.attributes)[0] | attributes)
    return mkquote.tdreport(guest)


REPORT_TCB, REPORT_TD = (256, 239), (512, 512)


def forge_tdreport(report, patches):
    """{offset: bytes}, and its own hashes are right again: they are no secret."""
    out = bytearray(report)
    for at, what in patches.items():
        out[at:at + len(what)] = what
    for at, (start, size) in ((32, REPORT_TCB), (80, REPORT_TD)):
        out[at:at + 48] = hashlib.sha384(bytes(out[start:start + size])).digest()
    return bytes(out)


# ---- logs

def log(kind="tcg2", banks=("sha256",)):
    made = mklog.Log(kind, banks)
    if kind != "tcg1":
        made.header(index=1 if kind == "ccel" else 0)
    return made


def values(made):
    """--expect for each register of a log."""
    out = []
    for name, value in made.names().items():
        out += ["--expect", f"{name}={value}"]
    return out


def variable(name, data, guid=mklog.GLOBAL_VARIABLE):
    return (guid + struct.pack("<QQ", len(name), len(data)) + name.encode("utf-16-le") + data)


def gpt(disk=b"D" * 16, part=b"P" * 16, name="root"):
    """UEFI_GPT_DATA with one partition (UEFI 2.10 §5.3)."""
    header = b"EFI PART" + struct.pack("<IIIIQQQQ", 0x10000, 92, 0, 0, 1, 2047, 34, 2014)
    header += disk + struct.pack("<QIII", 2, 128, 128, 0)
    entry = b"T" * 16 + part + struct.pack("<QQQ", 34, 1000, 0)
    entry += name.encode("utf-16-le").ljust(72, b"\0")
    return header + struct.pack("<Q", 1) + entry


# ---- text logs

class Text:
    """A kernel's text log of one register."""

    def __init__(self, alg="sha384", value=None):
        self.alg = alg
        self.value = value or bytes(hashlib.new(alg).digest_size)
        self.text = b""

    def extend(self, digest):
        """Nobody logs it."""
        self.value = h(self.alg, self.value + digest)
        return self

    def line(self, *lines):
        for line in lines:
            line = line if isinstance(line, bytes) else line.encode()
            self.extend(h(self.alg, line))
            self.text += line + b"\n"
        return self

    def aside(self, line):
        self.text += line.encode() + b"\n"
        return self

    def sync(self):
        return self.line(f"SYNC {self.alg}/{self.value.hex()}")


# ---- TPM quotes

def tpm_values(made=None, **changed):
    """{bank: {PCR: value}}: of tests/data/sysfs/tpm, or of a log's registers."""
    if made is None:
        banks = mktpmquote.values()
    else:
        banks = {bank: {n: bytes([0xFF if 17 <= n <= 22 else 0]) *
                        hashlib.new(bank).digest_size for n in range(24)}
                 for bank in ("sha1", "sha256")}
        for (n, bank), value in made.registers.items():
            banks[bank][n] = value
    for name, value in changed.items():
        banks["sha256"][int(name[3:])] = value
    return banks


@functools.cache
def pinned_tpm():
    return ["--trust-root", "tpm-twin/ak.pem"]


def tpm_quote(t, banks, pcrs=range(24), algs=(11,), nonce=b"", with_values=True,
              key="tpm-twin/ak.pem", signed="sha256"):
    """The arguments that make a quote of these values."""
    selection = [(alg, list(pcrs)) for alg in algs]
    quote = mktpmquote.attest(selection, nonce, banks, signed)
    sig = mktpmquote.signature(mktpmquote.RSASSA, mktpmquote.ak().pkcs1(quote, signed),
                               {"sha1": 4, "sha256": 11}[signed])
    out = ["--evidence", "quote=" + t.file(quote), "--evidence", "sig=" + t.file(sig)]
    if with_values:
        out += ["--evidence", "pcrs=" + t.file(mktpmquote.pcrs_tools(selection, banks))]
    if key:
        out += ["--evidence", "ak=" + key]
    return out


# ---- certificates of attestation keys (TCG EK Credential Profile, Keys for Device Identity)

AK_EKU = "2.23.133.8.3"             # tcg-kp-AIKCertificate
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, CERT_SIGN = b"\x80", b"\x20", b"\x04"


def ak_chain(usage=DIGITAL_SIGNATURE, purposes=(AK_EKU,), key=None):
    """(PEM of the CA, DER of the key's certificate)."""
    ca = mkquote.Key("AK CA")
    spki = key or mktpmquote.ak().spki()
    m = mkquote
    extensions = [m.extension("2.5.29.19", m.seq(), True),
                  m.extension("2.5.29.35", m.seq(m.tlv(0x80, m.key_id(ca))))]
    if usage:
        extensions.append(m.extension("2.5.29.15", m.bits(usage, 0), True))
    if purposes:
        extensions.append(m.extension("2.5.29.37", m.seq(*map(m.oid, purposes))))

    def signed(subject, spki_, more):
        validity = m.seq(m.tlv(0x17, b"240101000000Z"), m.tlv(0x17, b"491231235959Z"))
        tbs = m.seq(m.tlv(0xA0, m.integer(2)), m.integer(77), m.ECDSA_SHA256,
                    m.name("TEST AK CA"), validity, m.name(subject), spki_,
                    m.tlv(0xA3, m.seq(*more)))
        r, s = ca.sign(tbs)
        return m.seq(tbs, m.ECDSA_SHA256, m.bits(m.seq(m.integer(r), m.integer(s))))

    authority = signed("TEST AK CA", m.ec_spki(ca), [
        m.extension("2.5.29.19", m.seq(m.tlv(0x01, b"\xff")), True),
        m.extension("2.5.29.15", m.bits(b"\x06", 1), True),
        m.extension("2.5.29.14", m.octets(m.key_id(ca)))])
    return m.pem(authority), signed("TEST AK", spki, extensions)


# ---- IMA

def ima(*records, bank="sha256"):
    """(binary list, value of PCR 10)."""
    return (b"".join(r.binary(bank) for r in records),
            bytes.fromhex(mkima.replay(records, bank)))


def ima_ng(name, n=1, pcr=10):
    return mkima.Record("ima-ng", mkima.sha256(n), name, pcr=pcr)
