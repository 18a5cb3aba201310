#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/data/snp-twin: SEV-SNP reports and what wraps them, signed with TEST keys.

No hardware, no AMD key, nothing random: the same run gives the same bytes, and anybody can
make them.  Never trust their root.

    mksnp.py [--check]    --check: is what is there what this makes?
"""
import functools
import hashlib
import json
import struct
import sys

import ecdsa
import mkquote as mk
import mktpmquote as tpm


# ---- certificates (AMD VCEK certificate and KDS interface specification 57230)

ECDSA_SHA384 = mk.seq(mk.oid("1.2.840.10045.4.3.3"))
AMD = "1.3.6.1.4.1.3704.1."
CHIP = mk.label("CHIP_ID", 64)


def name(cn):
    return mk.name(cn, "libtsmmr TEST, not AMD")


def certificate(subject, spki, issuer, issuer_key, extensions):
    validity = mk.seq(mk.tlv(0x17, b"240101000000Z"), mk.tlv(0x17, b"491231235959Z"))
    tbs = mk.seq(mk.tlv(0xA0, mk.integer(2)), mk.integer(0), ECDSA_SHA384, name(issuer), validity,
                 name(subject), spki, mk.tlv(0xA3, mk.seq(*extensions)))
    r, s = issuer_key.sign(tbs)
    return mk.seq(tbs, ECDSA_SHA384, mk.bits(mk.seq(mk.integer(r), mk.integer(s))))


def authority(subject, key, issuer, issuer_key):
    return certificate(subject, mk.ec_spki(key), issuer, issuer_key, [
        mk.extension("2.5.29.19", mk.seq(mk.tlv(0x01, b"\xff")), True),
        mk.extension("2.5.29.15", mk.bits(b"\x06", 1), True),
        mk.extension("2.5.29.14", mk.octets(mk.key_id(key)))])


# SVNs by number of their extension; where they are in a TCB_VERSION, before Turin and since.
SPLS = {1: 9, 2: 0, 3: 23, 8: 211}
TCB = bytes([9, 0, 0, 0, 0, 0, 23, 211])
TURIN_SPLS = {9: 4, 1: 9, 2: 0, 3: 23, 8: 211}
TURIN_TCB = bytes([4, 9, 0, 23, 0, 0, 0, 211])


def leaf(subject, key, issuer, issuer_key, spls, *more):
    """As AMD makes them: no other extension, and serial number 0."""
    return certificate(subject, mk.ec_spki(key), issuer, issuer_key, [
        mk.extension(AMD + "1", mk.integer(0)),
        *(mk.extension(f"{AMD}3.{n}", mk.integer(v)) for n, v in spls.items()), *more])


def purpose(oid):
    return mk.extension("2.5.29.37", mk.seq(mk.oid(oid)))


AK_PURPOSE = purpose("2.23.133.8.3")              # tcg-kp-AIKCertificate
WEB_PURPOSE = purpose("1.3.6.1.5.5.7.3.1")        # serverAuth
# Google's say which instance's TPM it is, and have no extended key usage.
GOOGLE = mk.extension("1.3.6.1.4.1.11129.2.1.21", mk.seq(mk.tlv(0x0C, b"example-zone")))


def ak_certificate(which):
    return certificate("TEST AK", tpm.ak().spki(), "TEST ASK", keys()["ASK"], [
        mk.extension("2.5.29.15", mk.bits(b"\x80", 7), True), which])


@functools.cache
def keys():
    return {who: mk.Key(who, ecdsa.P384)
            for who in ("ARK", "ASK", "VCEK", "ASVK", "VLEK", "other VCEK")}


def certificates():
    k = keys()
    hwid, turin = mk.extension(AMD + "4", CHIP), mk.extension(AMD + "4", CHIP[:8])
    csp = mk.extension(AMD + "5", mk.tlv(0x16, b"CN=example.org"))
    return {
        "ark": authority("TEST ARK", k["ARK"], "TEST ARK", k["ARK"]),
        "ask": authority("TEST ASK", k["ASK"], "TEST ARK", k["ARK"]),
        "asvk": authority("TEST ASVK", k["ASVK"], "TEST ARK", k["ARK"]),
        "vcek": leaf("TEST VCEK", k["VCEK"], "TEST ASK", k["ASK"], SPLS, hwid),
        "vcek-turin": leaf("TEST VCEK", k["VCEK"], "TEST ASK", k["ASK"], TURIN_SPLS, turin),
        "vcek-tcb": leaf("TEST VCEK", k["VCEK"], "TEST ASK", k["ASK"], SPLS | {8: 212}, hwid),
        "vcek-chip": leaf("TEST VCEK", k["VCEK"], "TEST ASK", k["ASK"], SPLS,
                          mk.extension(AMD + "4", CHIP[::-1])),
        "vcek-other": leaf("TEST VCEK", k["other VCEK"], "TEST ASK", k["ASK"], SPLS, hwid),
        "vcek-forged": leaf("TEST VCEK", k["VCEK"], "TEST ASK", k["VCEK"], SPLS, hwid),
        "vlek": leaf("TEST VLEK", k["VLEK"], "TEST ASVK", k["ASVK"], SPLS, csp),
    }


def table(entries):
    """Certificates as a host hands them to a guest (GHCB specification, SNP extended request)."""
    guids = {
        "vcek": "63da758de6644564adc5f4b93be8accd", "vlek": "a8074bc2a25a483eaae639c045a0b8a1",
        "ask": "4ab7b379bbac4fe4a02f05aef327c782", "ark": "c0b406a4a803495297433fb6014cd0ae",
    }
    at = 24 * (len(entries) + 1)
    head = body = b""
    for who, der in entries:
        head += bytes.fromhex(guids[who]) + struct.pack("<II", at + len(body), len(der))
        body += der
    return head + bytes(24) + body


# ---- the report (AMD SEV-SNP ABI specification 56860, ATTESTATION_REPORT)

def report(version, report_data, key=None, signer=0, policy=1 << 17, chip=CHIP, tcb=TCB,
           family=0x19):
    b = bytearray(1184)
    struct.pack_into("<IIQ", b, 0, version, 3, policy)
    b[0x010:0x030] = mk.label("FAMILY_ID", 16) + mk.label("IMAGE_ID", 16)
    struct.pack_into("<II", b, 0x030, 0, 1)
    b[0x038:0x040] = tcb
    struct.pack_into("<QI", b, 0x040, 0x25, signer << 2)
    b[0x050:0x090] = report_data.ljust(64, b"\0")
    b[0x090:0x0C0] = mk.label("MEASUREMENT", 48)
    b[0x0C0:0x0E0] = mk.label("HOST_DATA", 32)
    b[0x0E0:0x110] = mk.label("ID_KEY_DIGEST", 48)
    b[0x110:0x140] = mk.label("AUTHOR_KEY_DIGEST", 48)
    b[0x140:0x160] = mk.label("REPORT_ID", 32)
    b[0x160:0x180] = b"\xff" * 32
    b[0x180:0x188] = tcb
    if version >= 3:
        b[0x188:0x18B] = bytes([family, 0x11, 1])
    b[0x1A0:0x1E0] = chip
    b[0x1E0:0x1E8] = tcb
    b[0x1E8:0x1F0] = bytes([40, 55, 1, 0, 40, 55, 1, 0])
    b[0x1F0:0x1F8] = tcb
    if version >= 5:
        struct.pack_into("<QQ", b, 0x1F8, 11, 11)
    r, s = (key or keys()["VCEK"]).sign(bytes(b[:0x2A0]))
    b[0x2A0:0x2E8] = r.to_bytes(72, "little")
    b[0x2E8:0x330] = s.to_bytes(72, "little")
    return bytes(b)


def hcl(kind, hardware, runtime_data):
    """Azure's paravisor; kind: 2 SNP, 4 TDX (openvmm, igvm_attest/get.rs)."""
    data = struct.pack("<IIIII", 20 + len(runtime_data), 1, kind, 1, len(runtime_data))
    size = 32 + 1184 + len(data) + len(runtime_data)
    return (b"HCLA" + struct.pack("<IIII12x", 2, size, 2, 0) + hardware.ljust(1184, b"\0") + data +
            runtime_data).ljust(2600, b"\0")


def runtime_data():
    return json.dumps({
        "keys": [tpm.ak().jwk("HCLAkPub", ["sign"]), tpm.ek().jwk("HCLEkPub", ["encrypt"])],
        "vm-configuration": {"secure-boot": True, "tpm-enabled": True},
        "user-data": tpm.NONCE.ljust(64, b"\0").hex().upper(),
    }, separators=(",", ":")).encode()


def services_manifest(vtpm):
    """Of all services of an SVSM (58019, Attestation protocol): GUIDs as UEFI stores them."""
    guid = "bb9e8463923d7046a1ff58f9c94b87bb", "ebf176c42301a5459641b4e7dde5bfe3"
    at = 24 + 24
    return (bytes.fromhex(guid[0]) + struct.pack("<II", at + len(vtpm), 1) +
            bytes.fromhex(guid[1]) + struct.pack("<II", at, len(vtpm)) + vtpm)


def svsm_report(manifest):
    return report(5, hashlib.sha512(tpm.NONCE.ljust(64, b"\0") + manifest).digest())


def build():
    c = certificates()
    made = {f"{who}.der": der for who, der in c.items() if who.startswith("vcek-")}
    data, ek, ak = runtime_data(), tpm.public_ek(), tpm.public_rsa(tpm.ak(), tpm.AK_ATTRIBUTES)
    tdx = mk.tdreport(mk.Guest({"mrtd": mk.label("MRTD", 48)}, mk.sha256(data), False))
    services = services_manifest(ek)
    made.update({
        "ak-cert.der": ak_certificate(AK_PURPOSE),
        "ak-cert-google.der": ak_certificate(GOOGLE),
        "ak-cert-web.der": ak_certificate(WEB_PURPOSE),
        "ark.pem": mk.pem(c["ark"]).encode(),
        "auxblob.bin": table([("ark", c["ark"]), ("ask", c["ask"]), ("vcek", c["vcek"])]),
        "auxblob-both.bin": table([("vlek", c["vlek"]), ("ask", c["asvk"]), ("vcek", c["vcek"]),
                                   ("ask", c["ask"]), ("ark", c["ark"])]),
        "certs.pem": "".join(map(mk.pem, (c["vcek"], c["ask"], c["ark"]))).encode(),
        "cas.pem": "".join(map(mk.pem, (c["ask"], c["ark"]))).encode(),
        "hcl-snp.bin": hcl(2, report(3, mk.sha256(data)), data),
        "hcl-tdx.bin": hcl(4, tdx, data),
        "report-v2.bin": report(2, tpm.NONCE),
        "report-v3-vlek.bin": report(3, tpm.NONCE, keys()["VLEK"], 1, chip=bytes(64)),
        "report-v5.bin": report(5, tpm.NONCE),
        "report-v5-debug.bin": report(5, tpm.NONCE, policy=1 << 17 | 1 << 19),
        "report-v5-turin.bin": report(5, tpm.NONCE, tcb=TURIN_TCB, family=0x1A,
                                      chip=CHIP[:8].ljust(64, b"\0")),
        "svsm-ek.manifest": ek,
        "svsm-ek.report": svsm_report(ek),
        "svsm-services.manifest": services,
        "svsm-services.report": svsm_report(services),
        "svsm-ak.manifest": ak,
        "svsm-ak.report": svsm_report(ak),
    })
    return made


if __name__ == "__main__":
    sys.exit(tpm.settle(tpm.DATA / "snp-twin", build(), "mksnp.py"))
