#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Evidence and logs of the other generators in the envelopes that people have them in.

    mkenvelope.py [--check]   writes tests/data/envelope, or compares
"""

import base64
import json
import pathlib
import sys

import mkcollateral
import mkquote

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


def b64(data):
    return base64.b64encode(data).decode()


def coco_tdx():
    """What the attestation agent sends of a TD: the CCEL without the padding after its end."""
    quote = (DATA / "tdx-twin/quote-v5.bin").read_bytes()
    log = (DATA / "tdx-twin/CCEL.data").read_bytes().rstrip(b"\xff")
    envelope = {"cc_eventlog": b64(log), "quote": b64(quote)}
    yield "coco-tdx.json", envelope
    yield "coco-tdx.base64", base64.urlsafe_b64encode(json.dumps(envelope).encode()).decode()
    yield "coco-tdx-no-log.json", {"quote": b64(quote)}


def der(pem):
    """The certificates of a PEM file."""
    blocks = pem.read_text().split("-----BEGIN CERTIFICATE-----")[1:]
    return [base64.b64decode(block.split("-----END")[0]) for block in blocks]


def number(b):
    return int.from_bytes(b, "little")


def tcb(b, turin, old):
    if old:
        return {"bootloader": b[0], "tee": b[1], "_reserved": list(b[2:6]), "snp": b[6],
                "microcode": b[7]}
    if turin:
        return {"fmc": b[0], "bootloader": b[1], "tee": b[2], "snp": b[3], "microcode": b[7]}
    return {"fmc": None, "bootloader": b[0], "tee": b[1], "snp": b[6], "microcode": b[7]}


def snp_report(r, old=False):
    """A report as the crate sev writes it: since version 6, or before."""
    version = number(r[0:4])
    turin = version >= 3 and r[0x188] >= 0x1a
    fields = {
        "version": version, "guest_svn": number(r[4:8]), "policy": number(r[8:0x10]),
        "family_id": list(r[0x10:0x20]), "image_id": list(r[0x20:0x30]),
        "vmpl": number(r[0x30:0x34]), "sig_algo": number(r[0x34:0x38]),
        "current_tcb": tcb(r[0x38:0x40], turin, old), "plat_info": number(r[0x40:0x48]),
        "report_data": list(r[0x50:0x90]), "measurement": list(r[0x90:0xc0]),
        "host_data": list(r[0xc0:0xe0]), "id_key_digest": list(r[0xe0:0x110]),
        "author_key_digest": list(r[0x110:0x140]), "report_id": list(r[0x140:0x160]),
        "report_id_ma": list(r[0x160:0x180]), "reported_tcb": tcb(r[0x180:0x188], turin, old),
        "chip_id": list(r[0x1a0:0x1e0]), "committed_tcb": tcb(r[0x1e0:0x1e8], turin, old),
        "launch_tcb": tcb(r[0x1f0:0x1f8], turin, old),
        "signature": {"r": list(r[0x2a0:0x2e8]), "s": list(r[0x2e8:0x330])},
    }
    if old:
        return fields | {
            "_author_key_en": number(r[0x48:0x4c]), "_reserved_0": number(r[0x4c:0x50]),
            "_reserved_1": list(r[0x188:0x1a0]), "_reserved_2": r[0x1eb], "_reserved_3": r[0x1ef],
            "current_build": r[0x1e8], "current_minor": r[0x1e9], "current_major": r[0x1ea],
            "committed_build": r[0x1ec], "committed_minor": r[0x1ed], "committed_major": r[0x1ee],
            "_reserved_4": list(r[0x1f8:0x2a0])}
    return fields | {
        "key_info": number(r[0x48:0x4c]),
        "cpuid_fam_id": r[0x188] if version >= 3 else None,
        "cpuid_mod_id": r[0x189] if version >= 3 else None,
        "cpuid_step": r[0x18a] if version >= 3 else None,
        "current": {"build": r[0x1e8], "minor": r[0x1e9], "major": r[0x1ea]},
        "committed": {"build": r[0x1ec], "minor": r[0x1ed], "major": r[0x1ee]},
        "launch_mit_vector": number(r[0x1f8:0x200]) if version >= 5 else None,
        "current_mit_vector": number(r[0x200:0x208]) if version >= 5 else None}


def coco_snp():
    """SNP reports member by member, with their certificates, and in base64."""
    snp = DATA / "snp-twin"
    vcek, ask, ark = der(snp / "certs.pem")
    chain = [{"cert_type": kind, "data": list(cert)}
             for kind, cert in (("VCEK", vcek), ("ASK", ask), ("ARK", ark))]
    v5 = (snp / "report-v5.bin").read_bytes()
    yield "coco-snp.json", {"attestation_report": snp_report(v5), "cert_chain": chain}
    turin = chain[1:] + [{"cert_type": "VCEK", "data": b64((snp / "vcek-turin.der").read_bytes())}]
    yield "coco-snp-turin.json", {
        "attestation_report": snp_report((snp / "report-v5-turin.bin").read_bytes()),
        "cert_chain": turin}
    yield "coco-snp-old.json", {
        "attestation_report": snp_report((snp / "report-v2.bin").read_bytes(), old=True),
        "cert_chain": (snp / "certs.pem").read_text()}
    yield "coco-snp-base64.json", {"attestation_report": b64(v5), "cert_chain": None}
    other = snp_report(v5)
    other["measurement"][0] ^= 1
    yield "coco-snp-changed.json", {"attestation_report": other, "cert_chain": chain}


def coco_vtpm():
    """Azure's: in numbers with PEM, and in hex and base64url; and of a TPM alone."""
    tpm, snp = DATA / "tpm-twin", DATA / "snp-twin"
    message, sig = (tpm / "quote-some.bin").read_bytes(), (tpm / "quote-some.sig").read_bytes()
    raw = (tpm / "pcrs-some.raw").read_bytes()
    pcrs = [raw[i:i + 32] for i in range(0, len(raw), 32)]
    hcl = (snp / "hcl-snp.bin").read_bytes()
    vcek = der(snp / "certs.pem")[0]
    pem = ("-----BEGIN CERTIFICATE-----\n" + b64(vcek) + "\n-----END CERTIFICATE-----\n")
    yield "coco-az-snp-v0.json", {
        "quote": {"message": list(message), "pcrs": [list(p) for p in pcrs], "signature": list(sig)},
        "report": list(hcl), "vcek": pem}
    quote = {"signature": sig.hex(), "message": message.hex(), "pcrs": [p.hex() for p in pcrs]}
    yield "coco-az-snp-v2.json", {
        "version": 2, "tpm_quote": quote,
        "hcl_report": base64.urlsafe_b64encode(hcl).decode(),
        "vcek": base64.urlsafe_b64encode(vcek).decode()}
    swapped = quote | {"pcrs": [p.hex() for p in pcrs[::-1]]}
    yield "coco-az-snp-swapped.json", {
        "version": 2, "tpm_quote": swapped, "hcl_report": b64(hcl), "vcek": b64(vcek)}
    hcl = (DATA / "snp-twin/hcl-tdx.bin").read_bytes()
    # The TD of its TDREPORT, which is after 32 bytes and has the report data after 128.
    guest = mkquote.Guest({"mrtd": mkquote.label("MRTD", 48)}, hcl[160:192], False)
    td = {"hcl_report": hcl, "td_quote": mkquote.quote(guest, 4, mkquote.Enclave())}
    yield "coco-az-tdx-v0.json", {
        "tpm_quote": {"message": list(message), "pcrs": [list(p) for p in pcrs],
                      "signature": list(sig)}, **{k: list(v) for k, v in td.items()}}
    yield "coco-az-tdx-v1.json", {
        "version": 1, "tpm_quote": quote,
        **{k: base64.urlsafe_b64encode(v).decode() for k, v in td.items()}}
    yield "coco-tpm.json", {
        "tpm_quote": {"signature": b64(sig), "message": b64(message), "pcrs": quote["pcrs"]},
        "ak_public": b64((tpm / "ak.tpmt").read_bytes())}


def coco_rest():
    """A realm's token, and what carries evidence to Trustee."""
    token = (DATA / "cose/cca-399.cbor").read_bytes()
    yield "coco-cca.json", {"token": list(token)}
    td = dict(coco_tdx())["coco-tdx.json"]
    snp = dict(coco_snp())["coco-snp.json"]
    yield "kbs-attestation.json", {
        "init-data": {"format": "toml", "body": ""},
        "runtime-data": {"nonce": "bm9uY2U=", "tee-pubkey": {"kty": "EC", "crv": "P-256"}},
        "tee-evidence": {"primary_evidence": snp, "additional_evidence": "{}"}}
    yield "kbs-attestation-devices.json", {"tee-evidence": {
        "primary_evidence": snp,
        "additional_evidence": json.dumps({"nvidia": {"device_evidence_list": []}})}}
    yield "kbs-attestation-old.json", {
        "tee-pubkey": {"kty": "RSA"}, "tee-evidence": json.dumps(td)}
    inner = base64.urlsafe_b64encode(json.dumps(td).encode()).decode().rstrip("=")
    yield "coco-as-request.json", {
        "verification_requests": [{"tee": "tdx", "evidence": inner,
                                   "runtime_data": {"raw": "bm9uY2U"}}],
        "policy_ids": []}


def devices():
    """With what a device puts in front; and PCR values as arrays."""
    report = (DATA / "snp-twin/report-v5.bin").read_bytes()
    le = lambda n, size: n.to_bytes(size, "little")
    yield "sev-guest.bin", le(0, 4) + le(len(report), 4) + bytes(24) + report + bytes(2784)
    yield "sev-guest-failed.bin", le(0x16, 4) + bytes(3996)
    quote = (DATA / "tdx-twin/quote-v5.bin").read_bytes()
    yield "tdx-quote-buffer.bin", (le(1, 8) + le(0, 8) + le(1024, 4) + le(len(quote), 4) + quote +
                                   bytes(64))
    yield "tdx-quote-buffer-busy.bin", le(1, 8) + b"\xff" * 8 + le(1024, 4) + le(0, 4) + bytes(1024)
    qgs = le(1, 2) + le(1, 2) + le(1, 4) + le(24 + 4 + len(quote), 4) + le(0, 4) + le(4, 4)
    qgs += le(len(quote), 4) + b"\1\2\3\4" + quote
    yield "qgs-message.bin", qgs
    qgs = len(qgs).to_bytes(4, "big") + qgs
    yield "tdx-quote-buffer-qgs.bin", le(1, 8) + le(0, 8) + le(64, 4) + le(len(qgs), 4) + qgs
    tdreport = (DATA / "tdx-twin/tdreport.bin").read_bytes()[:1024]
    yield "tdx-guest.bin", tdreport[128:192] + tdreport
    message = (DATA / "tpm-twin/quote-some.bin").read_bytes()
    yield "tpm2b-attest.bin", len(message).to_bytes(2, "big") + message
    raw = (DATA / "tpm-twin/pcrs-some.raw").read_bytes()
    some = [raw[i:i + 32].hex() for i in range(0, len(raw), 32)]
    yield "pcrs-some.json", json.dumps(some)
    sig = (DATA / "tpm-twin/quote-some.sig").read_bytes()
    yield "vtpm-quote.json", {"message": list(message), "signature": sig.hex(), "pcrs": some}
    yield "vtpm-quote.bincode", (le(len(sig), 8) + sig + le(len(message), 8) + message +
                                 le(len(raw) // 32, 8) + raw)
    aux = (DATA / "snp-twin/auxblob.bin").read_bytes()
    url = lambda b: base64.urlsafe_b64encode(b).decode().rstrip("=")
    yield "tsm-report.json", {"auxblob": url(aux), "outblob": url(report),
                              "provider": "sev_guest\n"}
    yield "tsm-report.cbor", (b"\xa3" + b"\x67auxblob\x59" + len(aux).to_bytes(2, "big") + aux +
                              b"\x67outblob\x59" + len(report).to_bytes(2, "big") + report +
                              b"\x68provider\x6asev_guest\n")
    # All 24, of which the quote selects some.
    values = json.loads((DATA / "tpm-twin/pcrs.json").read_text())["sha256"]
    yield "pcrs-all.json", json.dumps([values[str(i)] for i in range(24)])


def named():
    """What is named and not read."""
    yield "cmw.json", json.dumps(["application/eat+cwt", "2D3SEA"])
    yield "cmw.cbor", b"\x82\x19\x01\x07\x42\xd8\x3d"
    extension = b"\x30\x0e\x06\x06\x67\x81\x05\x05\x04\x09\x04\x04\x82\0\x41\0"
    yield "ra-tls.der", b"\x30\x82" + len(extension * 20).to_bytes(2, "big") + extension * 20
    yield "coco-csv.json", {"attestation_report": {}, "cert_chain": {}, "serial_number": "1"}
    snp = {"SnpReport": (DATA / "snp-twin/report-v5.bin").read_bytes(),
           "VcekCertChain": (DATA / "snp-twin/certs.pem").read_bytes()}
    vcek, *cas = (DATA / "snp-twin/certs.pem").read_text().split("-----END CERTIFICATE-----\n")[:-1]
    end = "-----END CERTIFICATE-----\n"
    thim = json.dumps({"vcekCert": vcek + end, "tcbm": "DB18000000000004",
                       "certificateChain": "".join(ca + end for ca in cas),
                       "cacheControl": "86400"})
    yield "azure-thim.json", thim
    yield "azure-thim.base64", b64(thim.encode())
    yield "maa-snp.json", {k: base64.urlsafe_b64encode(v).decode() for k, v in snp.items()}


def collateral():
    """One JSON with all that a vendor says of a platform."""
    for name, data in mkcollateral.bundles():
        yield f"{name}.json", data


def main():
    out = DATA / "envelope"
    bad = 0
    for make in (coco_tdx, coco_snp, coco_vtpm, coco_rest, devices, named, collateral):
        for name, envelope in make():
            data = envelope
            if isinstance(data, dict):
                data = json.dumps(data, separators=(",", ":"))
            if isinstance(data, str):
                data = data.encode()
            if sys.argv[1:] != ["--check"]:
                (out / name).write_bytes(data)
            elif (out / name).read_bytes() != data:
                print(f"{name} is not what {sys.argv[0]} makes", file=sys.stderr)
                bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
