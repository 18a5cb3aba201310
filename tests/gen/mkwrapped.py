#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The project's own evidence and logs in what dstack, go-tpm-tools, keylime, Intel and Azure put
around them, and such as must be refused.

    mkwrapped.py [--check]   writes tests/data/wrapped, or compares
"""
import base64
import hashlib
import json
import struct
import sys

import mkdstack
import mkproto
import mktpmquote as tpm
from mkproto import field
from mkquote import DATA


def b64(data):
    return base64.b64encode(data).decode()


def url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def compact(v):
    return json.dumps(v, separators=(",", ":")).encode()


# ---- SCALE

def scale(data):
    n = len(data)
    head = bytes([n << 2]) if n < 64 else struct.pack("<H", n << 2 | 1) if n < 1 << 14 else \
        struct.pack("<I", n << 2 | 2)
    return head + data


def many(items):
    return scale(b"x" * len(items))[:-len(items) or None] + b"".join(items)


def google_tpm_quote():
    """dstack's TpmQuote of a machine of Google's; nobody reads it."""
    value = struct.pack("<I", 0) + scale(b"sha256") + scale(bytes(32))
    return (scale(b"attest") + scale(b"signature") + many([value]) + scale(b"certificate") + b"\1" +
            many([struct.pack("<I", 0) + scale(bytes(32))] * 2))


def attestation(quote, records, platform=b"\0", beside=b""):
    events = [struct.pack("<II", r["imr"], r["event_type"]) +
              scale(b"" if r["imr"] == 3 else bytes.fromhex(r["digest"])) +
              scale(r["event"].encode()) + scale(bytes.fromhex(r["event_payload"]))
              for r in records]
    own = [scale(n.encode()) + scale(p) for n, p in zip(mkdstack.NAMES, mkdstack.PAYLOADS)]
    return b"\0" + platform + scale(quote) + many(events) + beside + many(own) + bytes(64) + scale(b"{}")


# ---- MessagePack, as the crate rmp-serde writes it

def sized(head, n, *rest):
    """A head that has its length in it, or one of those that are followed by it."""
    if n < head[1]:
        return bytes([head[0] | n])
    for code, limit, form in rest:
        if n < limit:
            return bytes([code]) + struct.pack(form, n)
    raise ValueError(n)


def msgpack(v):
    """Bytes are bin; a bytearray is what a Vec<u8> becomes, an array of numbers."""
    if isinstance(v, bool) or v is None:
        return b"\xc0" if v is None else b"\xc3" if v else b"\xc2"
    if isinstance(v, int):
        return sized((0, 128), v, (0xcc, 1 << 8, ">B"), (0xcd, 1 << 16, ">H"),
                     (0xce, 1 << 32, ">I"), (0xcf, 1 << 64, ">Q"))
    if isinstance(v, str):
        text = v.encode()
        return sized((0xa0, 32), len(text), (0xd9, 1 << 8, ">B"), (0xda, 1 << 16, ">H"),
                     (0xdb, 1 << 32, ">I")) + text
    if isinstance(v, bytes):
        return sized((0, 0), len(v), (0xc4, 1 << 8, ">B"), (0xc5, 1 << 16, ">H"),
                     (0xc6, 1 << 32, ">I")) + v
    if isinstance(v, dict):
        return sized((0x80, 16), len(v), (0xde, 1 << 16, ">H"), (0xdf, 1 << 32, ">I")) + \
            b"".join(msgpack(k) + msgpack(x) for k, x in v.items())
    return sized((0x90, 16), len(v), (0xdc, 1 << 16, ">H"), (0xdd, 1 << 32, ">I")) + \
        b"".join(map(msgpack, v))


def dstack_v1(kind, data, runtime=()):
    own = [{"event": r["event"], "payload": bytes.fromhex(r["event_payload"]), "version": 2}
           for r in runtime]
    return {"version": 1, "platform": {"kind": kind, "data": data},
            "stack": {"kind": "dstack", "data": {
                "report_data": bytearray(64), "runtime_events": own, "config": "{}"}}}


def raw_event(record):
    return dict(record, digest=bytes.fromhex(record["digest"]),
                event_payload=bytes.fromhex(record["event_payload"]))


# ---- go-tpm-tools

def replayed(log, bank, size):
    """PCRs of a crypto-agile log, in one of its banks."""
    pcrs = {n: bytes(size) for n in range(24)}
    sizes = {4: 20, 11: 32, 12: 48}
    at = 32 + struct.unpack_from("<I", log, 28)[0]
    while at < len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at += 12
        for _ in range(count):
            alg, = struct.unpack_from("<H", log, at)
            value = log[at + 2:at + 2 + sizes[alg]]
            at += 2 + sizes[alg]
            if alg == bank and kind != 3:
                pcrs[pcr] = hashlib.new(tpm.HASHES[bank], pcrs[pcr] + value).digest()
        at += 4 + struct.unpack_from("<I", log, at)[0]
    return pcrs


LOG = (DATA / "good-tcg2-sha1-sha256.bin").read_bytes()
BANKS = {"sha1": replayed(LOG, 4, 20), "sha256": replayed(LOG, 11, 32)}


def quoted(alg):
    attest = tpm.attest([(alg, range(8))], tpm.NONCE, BANKS)
    return attest, tpm.signature(tpm.RSASSA, tpm.ak().pkcs1(attest))


def quote_message(bank):
    alg = {"sha1": 4, "sha256": 11}[bank]
    attest, sig = quoted(alg)
    return (2, "quotes", [(1, "quote", attest), (2, "raw_sig", sig), (3, "pcrs", [
        (1, "hash", (bank.upper(), alg)),
        *((2, "pcrs", [(1, "key", n), (2, "value", BANKS[bank][n])]) for n in range(8))])])


def pb_quote(bank):
    return mkproto.wire(quote_message(bank)[2])


def gotpm(*quotes):
    return (field(1, tpm.public_rsa(tpm.ak(), tpm.AK_ATTRIBUTES)) +
            b"".join(field(2, q) for q in quotes) + field(3, LOG) +
            field(4, field(1, b"zone") + field(3, 12345)) + field(99, 7))


def pem_ders(name):
    return [base64.b64decode(text.split("BEGIN CERTIFICATE-----")[1])
            for text in (DATA / name).read_text().split("-----END") if "BEGIN" in text]


def keylime():
    attest, sig = quoted(11)
    text = ":".join(map(b64, (attest, sig, tpm.pcrs_tools([(11, range(8))], BANKS))))
    return {"quote": "r" + text, "hash_alg": "sha256", "enc_alg": "rsa", "sign_alg": "rsassa",
            "pubkey": "-----BEGIN PUBLIC KEY-----\n", "ima_measurement_list": None,
            "mb_measurement_list": b64(LOG)}


def keylime_push():
    attest, sig = quoted(11)
    quote = {"message": b64(attest), "signature": b64(sig),
             "subject_data": b64(tpm.pcrs_tools([(11, range(8))], BANKS))}
    one = [{"evidence_class": "certification", "evidence_type": "tpm_quote", "data": quote},
           {"evidence_class": "log", "evidence_type": "uefi_log", "data": {"entries": b64(LOG)}},
           {"evidence_class": "log", "evidence_type": "ima_log",
            "data": {"entries": "", "entry_count": 0}}]
    push = {"data": {"type": "attestation", "attributes": {"evidence_collected": one}}}
    yield "keylime-push.json", compact(push)
    yield "keylime-evidence.json", compact({"attributes": {"stage": "x", "evidence": [
        dict(e, capabilities={}) for e in one]}})
    del quote["signature"]
    yield "bad-keylime-push.json", compact(push)
    yield "bad-keylime-push-none.json", compact({"evidence_collected": one[2:]})


def ita_tpm():
    attest, sig = quoted(11)
    request = {"quote": b64(attest), "signature": b64(sig),
               "pcrs": b64(b"".join(BANKS["sha256"][n] for n in range(8))),
               "uefi_event_logs": b64(LOG), "verifier_nonce": {"val": b64(b"val")},
               "ak_certificate_der": b64((DATA / "snp-twin/ak-cert.der").read_bytes())}
    yield "ita-tpm.json", compact(request)
    yield "ita-tpm-v2.json", compact({"policy_ids": [], "tpm": request})


def version_1():
    """dstack's attestations of version 1, and what is none."""
    own = list(mkdstack.runtime(2))
    log = list(mkdstack.boot(stripped=True)) + own
    quote = mkdstack.quote(log)
    td = dstack_v1("tdx", {"quote": bytearray(quote), "event_log": list(map(raw_event, log))}, own)
    packed = msgpack(td)
    yield "dstack-v1.bin", packed
    # What attestations since 2026 keep of the firmware's log, and a whole log that has it too.
    acpi = [{"imr": 0, "event_type": 10, "digest": hashlib.sha384(name.encode()).hexdigest(),
             "event": name, "event_payload": b"ACPI DATA".hex()}
            for name in ("acpi-loader", "acpi-rsdp", "acpi-tables")]
    whole = list(mkdstack.boot(stripped=True)) + acpi + own
    data = {"quote": bytearray(mkdstack.quote(whole))}
    yield "dstack-v1-excerpt.bin", msgpack(dstack_v1(
        "tdx", data | {"event_log": list(map(raw_event, acpi + own))}))
    yield "dstack-v1-whole.bin", msgpack(dstack_v1(
        "tdx", data | {"event_log": list(map(raw_event, whole))}))
    google = dict(td["platform"]["data"], tpm_quote={
        "message": "00", "signature": "00", "pcr_values": [], "ak_cert": "", "platform": "gcp",
        "event_log": [{"pcr_index": 0, "digest": "00"}]})
    yield "dstack-v1-gcp.bin", msgpack(dict(td, platform={"kind": "gcp-tdx", "data": google}))
    yield "dstack-v1.json", compact({"attestation": packed.hex()})
    lie = [dict(raw_event(r), digest=bytes(48)) if r["imr"] == 3 else raw_event(r) for r in log]
    yield "dstack-v1-lie.bin", msgpack(dstack_v1("tdx", {"quote": bytearray(quote),
                                                         "event_log": lie}))
    certs = list(map(bytearray, pem_ders("snp-twin/certs.pem")))
    snp = (DATA / "snp-twin/report-v5.bin").read_bytes()
    yield "dstack-v1-snp.bin", msgpack(dstack_v1("sev-snp", {
        "report": bytearray(snp), "cert_chain": certs, "mr_config": "{}"}))
    nitro = (DATA / "cose/nitro.cbor").read_bytes()
    yield "dstack-v1-nitro.bin", msgpack(dstack_v1("nitro-enclave", {"nsm_quote": nitro}))

    yield "bad-dstack-v1-cut.bin", packed[:-1]
    yield "bad-dstack-v1-tail.bin", packed + b"\xc0"
    yield "bad-dstack-v1-count.bin", b"\xdf\xff\xff\xff\xff\xa7version\x01"
    yield "bad-dstack-v1-key.bin", packed.replace(b"\xa5stack", b"\x01", 1)
    yield "bad-dstack-v1-twice.bin", packed.replace(b"\xa5stack", b"\xa7version", 1)
    yield "bad-dstack-v1-deep.bin", b"\x81\xa7version" + b"\x91" * 1000 + b"\x01"
    yield "bad-dstack-v1-utf8.bin", packed.replace(b"\xa6app-id", b"\xa6app\xff\xff\xff")
    yield "bad-dstack-v1-ext.bin", packed.replace(b"\xa2{}", b"\xd5\x01{}", 1)
    yield "bad-dstack-v1-kind.bin", msgpack(dict(td, platform={"kind": "abacus", "data": {}}))
    yield "bad-dstack-v1-version.bin", msgpack(dict(td, version=2))
    yield "bad-dstack-v1-empty.bin", msgpack(dstack_v1("tdx", {"quote": [], "event_log": []}))


def taken_apart():
    """Reports and quotes member by member, alone and in an Attestation."""
    certs = pem_ders("snp-twin/certs.pem")
    report = (DATA / "snp-twin/report-v5.bin").read_bytes()
    snp = mkproto.snp(report, zip((1, 2, 3), certs))
    tdx = mkproto.tdx((DATA / "tdx-twin/quote-v4.bin").read_bytes())
    yield from mkproto.forms("gosev", snp)
    yield from mkproto.forms("gotdx", tdx)
    yield from mkproto.forms("gotdx-v5", mkproto.tdx((DATA / "tdx-twin/quote-v5.bin").read_bytes()))
    yield "gosev-v2.pb", mkproto.wire(mkproto.snp(
        (DATA / "snp-twin/report-v2.bin").read_bytes(), zip((1, 2, 3), certs)))
    ak = (1, "ak_pub", tpm.public_rsa(tpm.ak(), tpm.AK_ATTRIBUTES))
    yield "gotpm.textproto", mkproto.text(
        [ak, quote_message("sha1"), quote_message("sha256"), (3, "event_log", LOG),
         (4, "instance_info", [(1, "zone", b"a{b"), (5, "instance_id", 7)])]).encode()
    yield from mkproto.forms("gotpm-snp-alone", [(8, "sev_snp_attestation", snp)])
    yield from mkproto.forms("gotpm-tdx-alone", [(9, "tdx_attestation", tdx)])

    both = [ak, quote_message("sha256"), (3, "event_log", LOG)]
    yield "gotpm-snp.pb", mkproto.wire(both + [(8, "sev_snp_attestation", snp)])
    yield "gotpm-tdx.json", compact(mkproto.as_json(both + [(9, "tdx_attestation", tdx)]))

    svsm = DATA / "snp-twin/svsm-services.report", DATA / "snp-twin/svsm-services.manifest"
    yield from mkproto.forms("gotpm-svsm", [
        (1, "attestation", both),
        (2, "sev_snp_attestation", mkproto.snp(svsm[0].read_bytes(), zip((1, 2, 3), certs))),
        (3, "vtpm_service_manifest", svsm[1].read_bytes()),
        (4, "vtpm_service_manifest_version", b"0")])

    text = mkproto.text(snp)
    # Lists, blanks and signs that other programs leave out.
    yield "gosev-odd.textproto", text.replace(" {", ": <", 1).replace("\n  vmpl: 0", " # none\n;", 1) \
        .replace("}", ">,", 1).replace("guest_svn: 0", "guest_svn: 0x0", 1) \
        .replace('family_id: "', "family_id: '' \"", 1).encode()
    yield "gosev-lie.pb", mkproto.wire(mkproto.changed(snp, "measurement", bytes(48)))
    yield "gotdx-lie.pb", mkproto.wire(mkproto.changed(tdx, "mr_td", bytes(48)))
    yield "bad-gosev-missing.pb", mkproto.wire(mkproto.without(snp, "chip_id"))
    yield "bad-gosev-size.textproto", mkproto.text(mkproto.changed(snp, "host_data", b"x")).encode()
    yield "bad-gosev-number.pb", mkproto.wire(mkproto.changed(snp, "current_build", 256))
    yield "bad-gosev-type.pb", mkproto.wire(mkproto.changed(snp, "policy", b"x"))
    yield "bad-gosev-cut.textproto", text[:text.index("product")].rstrip()[:-1].encode()
    yield "bad-gosev-string.textproto", text[:text.index("family_id") + 20].encode()
    yield "bad-gosev-escape.textproto", text.replace("\\0", "\\9", 1).encode()
    yield "bad-gosev-name.textproto", text.replace("vmpl", "=", 1).encode()
    yield "bad-gosev-deep.textproto", text.encode() + b"x {" * 2000
    yield "bad-gosev-base64.json", compact(mkproto.as_json(snp)).replace(b'"hostData":"', b'"hostData":"!')
    yield "bad-gotdx-rtmrs.pb", mkproto.wire(mkproto.changed(
        tdx, "td_quote_body", [m for m in tdx[1][2] if m[1] != "rtmrs"] + tdx[1][2][10:13]))
    yield "bad-gotdx-many.pb", mkproto.wire(mkproto.changed(
        tdx, "td_quote_body", tdx[1][2] + tdx[1][2][10:11]))
    yield "bad-gotdx-chain.json", compact(mkproto.as_json(mkproto.without(tdx, "pck_cert_chain")))


def files():
    log = list(mkdstack.boot()) + list(mkdstack.runtime())
    quote = mkdstack.quote(log)
    answer = {"quote": quote.hex(), "event_log": compact(log).decode(),
              "report_data": "00" * 64, "vm_config": "{}"}
    yield "dstack-quote.json", compact(answer)
    yield "dstack-array.json", compact({"intel_quote": "0x" + quote.hex(), "event_log": log,
                                        "info": {}})
    packed = attestation(quote, log)
    yield "dstack-scale.bin", packed
    yield "dstack-scale-gcp.bin", attestation(quote, log, b"\1", google_tpm_quote())
    yield "dstack-scale.json", compact({"attestation": packed.hex()})

    yield from version_1()

    quote = (DATA / "tdx-twin/quote-v4.bin").read_bytes()
    ccel = (DATA / "tdx-twin/CCEL.data").read_bytes().rstrip(b"\xff")
    nonce = {"val": b64(b"val"), "iat": b64(b"iat"), "signature": b64(b"sig")}
    yield "ita-v1.json", compact({"quote": b64(quote), "verifier_nonce": nonce, "user_data": "",
                                  "event_log": b64(ccel)})
    yield "ita-v2.json", compact({"policy_ids": [], "tdx": {
        "quote": b64(quote), "runtime_data": b64(b"x"), "event_log": b64(ccel)}})
    runtime = {"data": url(b"{}"), "dataType": "JSON"}
    yield "maa-tdx.json", compact({"quote": url(quote), "runtimeData": runtime})
    report = {"SnpReport": url((DATA / "snp-twin/report-v5.bin").read_bytes()),
              "VcekCertChain": url((DATA / "snp-twin/certs.pem").read_bytes())}
    yield "maa-snp.json", compact({"report": url(compact(report)), "runtimeData": runtime})

    yield "keylime.json", compact({"code": 200, "status": "Success", "results": keylime()})
    yield "keylime-results.json", compact(keylime())
    both = gotpm(pb_quote("sha1"), pb_quote("sha256"))
    yield "gotpm.pb", both
    unknown = pb_quote("sha256").replace(b"\x08\x0b", b"\x08\x7f")
    yield "gotpm-unknown-bank.pb", gotpm(unknown, pb_quote("sha256"), unknown)
    attest, sig = quoted(11)
    pcrs = {"hash": "SHA256", "pcrs": {str(n): b64(BANKS["sha256"][n]) for n in range(8)}}
    in_json = {"akPub": b64(tpm.public_rsa(tpm.ak(), tpm.AK_ATTRIBUTES)), "eventLog": b64(LOG),
               "quotes": [{"quote": b64(attest), "rawSig": b64(sig), "pcrs": pcrs}]}
    yield "gotpm.json", compact(in_json)
    other = {"quote": b64(attest), "rawSig": b64(sig), "pcrs": dict(pcrs, hash="SHA3_256")}
    yield "gotpm-unknown-bank.json", compact(dict(in_json, quotes=[other, *in_json["quotes"]]))
    yield "gotpm-cert.json", compact(dict(
        in_json, akCert=b64((DATA / "snp-twin/ak-cert.der").read_bytes()),
        intermediateCerts=[b64(der) for der in pem_ders("snp-twin/cas.pem")]))
    yield from taken_apart()
    yield from keylime_push()
    yield from ita_tpm()
    yield "bad-gotpm-pcrs.json", compact(dict(in_json, quotes=[{"quote": b64(attest)}]))
    swapped = pb_quote("sha256").replace(BANKS["sha256"][0], bytes(32))
    yield "gotpm-other-values.pb", gotpm(pb_quote("sha1"), swapped)

    yield "bad-dstack-hex.json", compact(dict(answer, quote="zz"))
    yield "bad-dstack-empty.json", compact(dict(answer, quote=""))
    yield "bad-dstack-type.json", compact(dict(answer, quote="00", event_log=[1]))
    yield "bad-dstack-twice.json", compact(answer)[:-1] + b',"quote":"00"}'
    yield "bad-dstack-deep.json", b'{"quote":"00","vm_config":' + b"[" * 99 + b"]" * 99 + b"}"
    yield "bad-dstack-cut.json", compact(answer)[:-2]
    yield "bad-scale-cut.bin", packed[:-1]
    yield "bad-scale-count.bin", packed[:2] + b"\xfe\xff\xff\xff"
    yield "bad-ita-base64.json", compact({"quote": b64(quote) + "!", "user_data": "x"})
    yield "bad-maa-base64.json", compact({"report": "!", "runtimeData": runtime})
    yield "bad-keylime-log.json", compact(dict(keylime(), mb_measurement_list="!"))
    yield "bad-gotpm-cut.pb", both[:-1]
    yield "bad-gotpm-many.pb", gotpm(*[pb_quote("sha256")] * 9)
    yield "bad-gotpm-bank.pb", gotpm(unknown)
    yield "bad-gotpm-pcr.pb", gotpm(field(1, quoted(11)[0]) +
                                    field(3, field(1, 11) + field(2, field(1, 99) + field(2, b"x"))))


def main():
    folder = DATA / "wrapped"
    made = dict(files())
    return tpm.settle(folder, made, "mkwrapped.py")


if __name__ == "__main__":
    sys.exit(main())
