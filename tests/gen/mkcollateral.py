# SPDX-License-Identifier: BSD-2-Clause
"""What Intel's service would say of the TEST platform of mkquote.py, signed with TEST keys.

Every document is made from a dict that a test may change before it is signed; the same
arguments give the same bytes.  (Intel SGX and TDX PCS API v4; RFC 5280 §5)

    mkcollateral.py --write     writes all that is in tests/data/tdx-collateral
    mkcollateral.py --check     says whether what is there is what this script makes
"""
import base64
import copy
import json
import sys

from mkquote import (DATA, ECDSA_SHA256, ORGANIZATION, PLATFORM, ROOT, TEE_TCB_SVN, Key, bits,
                     certificate, extension, integer, key_id, label, name, pem, seq, sha256, tlv)

SIGNER = "Intel SGX TCB Signing"
ISSUED, NEXT = "2025-06-01T00:00:00Z", "2025-07-01T00:00:00Z"
GOOD = "2025-06-15T00:00:00Z"    # a time between them
COMPONENTS = [3, 3, 2, 2, 2, 1, 0, 3] + [0] * 8    # of the PCK certificate
PCE_SVN = 11
DATE = "2024-03-13T00:00:00Z"


def components(values):
    return [{"svn": v} for v in values]


def level(status="UpToDate", date=DATE, sgx=None, pce=PCE_SVN, tdx=None, advisories=None):
    made = {"tcb": {"sgxtcbcomponents": components(sgx or COMPONENTS), "pcesvn": pce,
                    "tdxtcbcomponents": components(tdx or TEE_TCB_SVN)},
            "tcbDate": date, "tcbStatus": status}
    return made | ({"advisoryIDs": advisories} if advisories else {})


def svn_level(svn, status="UpToDate", date=DATE, advisories=None):
    made = {"tcb": {"isvsvn": svn}, "tcbDate": date, "tcbStatus": status}
    return made | ({"advisoryIDs": advisories} if advisories else {})


INFO = {
    "id": "TDX", "version": 3, "issueDate": ISSUED, "nextUpdate": NEXT,
    "fmspc": label("FMSPC", 6).hex(), "pceId": "0000", "tcbType": 0,
    "tcbEvaluationDataNumber": 18,
    "tdxModule": {"mrsigner": "00" * 48, "attributes": "00" * 8, "attributesMask": "ff" * 8},
    "tdxModuleIdentities": [{
        "id": "TDX_%02X" % TEE_TCB_SVN[1], "mrsigner": "00" * 48, "attributes": "00" * 8,
        "attributesMask": "ff" * 8, "tcbLevels": [svn_level(TEE_TCB_SVN[0])]}],
    "tcbLevels": [level()],
}
QE = {
    "id": "TD_QE", "version": 2, "issueDate": ISSUED, "nextUpdate": NEXT,
    "tcbEvaluationDataNumber": 17, "miscselect": "00" * 4, "miscselectMask": "ff" * 4,
    "attributes": "15" + "00" * 7 + "e7" + "00" * 7, "attributesMask": "ff" * 16,
    "mrsigner": label("MRSIGNER", 32).hex(), "isvprodid": 2, "tcbLevels": [svn_level(8)],
}


def info(**changes):
    return copy.deepcopy(INFO) | changes


def qe(**changes):
    return copy.deepcopy(QE) | changes


def signed(key, document, signer=None):
    """A response of the service: the signature is over the bytes as they stand in it."""
    text = json.dumps(document, separators=(",", ":"))
    return '{"%s":%s,"signature":"%s"}' % (
        key, text, (signer or Key("TCB signing")).sign_raw(text.encode()).hex())


def signing_chain(subject=SIGNER, root="root", issuer=None, serial=None):
    """PEM of whoever signs documents, and of the root.  issuer: a name and a key, not the root's."""
    top = Key(root)
    name_of, key = issuer or (ROOT, top)
    return (pem(certificate(subject, Key("TCB signing"), name_of, key, serial=serial)) +
            pem(certificate(ROOT, top, ROOT, top, 1)))


def utc(text):
    return tlv(0x17, (text[2:].translate({ord(c): None for c in "-:T"})).encode())


def serial(subject):
    """As mkquote.certificate() makes it."""
    return int.from_bytes(b"\x01" + sha256(subject.encode())[:15], "big")


def crl(issuer, key, revoked=(), this=ISSUED, end=NEXT, critical=False):
    """DER.  issuer: (CN, O) or CN; revoked: the common names of certificates."""
    issuer = (issuer, ORGANIZATION) if isinstance(issuer, str) else issuer
    entries = [seq(integer(serial(one)), utc(this)) for one in revoked]
    extensions = [extension("2.5.29.35", seq(tlv(0x80, key_id(key)))),
                  extension("2.5.29.20", integer(7))]
    if critical:    # only a part of a list: of changes since number 3
        extensions.append(extension("2.5.29.27", integer(3), True))
    tbs = seq(integer(1), ECDSA_SHA256, name(*issuer), utc(this), utc(end),
              *([seq(*entries)] if entries else []), tlv(0xA0, seq(*extensions)))
    r, s = key.sign(tbs)
    return seq(tbs, ECDSA_SHA256, bits(seq(integer(r), integer(s))))


def pck_crl(**how):
    return crl(PLATFORM, Key("platform CA"), **how)


def root_crl(**how):
    return crl(ROOT, Key("root"), **how)


def header(text):
    """As it stands in one of an answer."""
    return "".join(f"%{ord(c):02X}" if c in "\n +/=" else c for c in text)


SERVED = {"tcb_info": "tcbInfo", "qe_identity": "enclaveIdentity"}


def bundle(**changes):
    """Members as sgx_ql_qve_collateral_t has them: documents as they are served."""
    made = {
        "version": 3, "pck_crl_issuer_chain": signing_chain(subject="unused"),
        "root_ca_crl": pem(root_crl(), "X509 CRL"), "pck_crl": pem(pck_crl(), "X509 CRL"),
        "tcb_info_issuer_chain": signing_chain(), "tcb_info": signed("tcbInfo", info()),
        "qe_identity_issuer_chain": signing_chain(), "qe_identity": signed("enclaveIdentity", qe()),
    } | changes
    return {key: value for key, value in made.items() if value is not None}


def split(made, hexed=True):
    """The same as dcap-qvl has it: what is signed, and the signature beside it."""
    made = {key: value for key, value in made.items() if key != "version"}
    for key, inner in SERVED.items():
        text = made[key]
        made[key] = text[text.index(":") + 1:text.rindex(',"signature"')]
        made[f"{key}_signature"] = text[text.rindex(":") + 2:-2]
        assert text.startswith('{"%s":' % inner)
    for key, data in (("root_ca_crl", root_crl()), ("pck_crl", pck_crl())):
        made[key] = data.hex() if hexed else list(data)
    if not hexed:
        for key in SERVED:
            made[f"{key}_signature"] = list(bytes.fromhex(made[f"{key}_signature"]))
    return made


def based(made, crl_as_hex=False):
    """Each member in base64, as Intel's tools put them in a report; lists in hex in that."""
    made = dict(made) | {"root_ca_crl": root_crl(), "pck_crl": pck_crl()}
    for key, value in made.items():
        if isinstance(value, bytes) and crl_as_hex:
            value = value.hex().encode() + b"\0"
        if isinstance(value, (str, bytes)):
            value = value if isinstance(value, bytes) else value.encode() + b"\0"
            made[key] = base64.b64encode(value).decode()
    return made


def verbatim(made):
    """JSON in which the documents are objects, their text as it was signed."""
    text = json.dumps(made)
    for key in SERVED:
        text = text.replace(json.dumps(made[key]), made[key])
    return text


def bundles():
    """(name, bytes): one JSON in each of its forms."""
    made = bundle()
    for seed, data in (
            ("answer", {"body": made["tcb_info"],
                        "headers": {"TCB-Info-Issuer-Chain": header(signing_chain())}}),
            ("base64", based(made, crl_as_hex=True)),
            ("intel", made),
            ("objects", verbatim(made)),
            ("qvl", split(made)),
            ("qvl-serde", split(made, hexed=False))):
        yield f"bundle-{seed}", (data if isinstance(data, str) else json.dumps(data)).encode()


def seeds():
    """(name, bytes) for the fuzzer: the first byte says which part it is."""
    older = level("OutOfDate", sgx=[0] * 16, tdx=[0] * 16, pce=0,
                  advisories=["INTEL-SA-00615", "INTEL-SA-00001"])
    of_chain = header(signing_chain())
    for seed, part, data in (
            ("answer", 1, f"HTTP/1.1 200 OK\r\nTCB-Info-Issuer-Chain: {of_chain}\r\n\r\n" +
             signed("tcbInfo", info())),
            ("chain", 4, signing_chain()),
            ("crl", 3, pck_crl(revoked=["one", "two"])),
            ("crl-part", 3, pck_crl(critical=True)),
            ("crl-pem", 0, pem(root_crl(), "X509 CRL")),
            ("headers", 1, "HTTP/2 200\r\nx: y\r\nsgx-enclave-identity-issuer-chain: " +
             of_chain + "\r\n\r\n"),
            ("info", 1, signed("tcbInfo", info())),
            ("levels", 0, signed("tcbInfo", info(tcbLevels=[older, level()]))),
            ("qe", 2, signed("enclaveIdentity", qe()))):
        yield seed, bytes([part]) + (data if isinstance(data, bytes) else data.encode())
    for seed, data in bundles():
        yield seed, bytes([5]) + data


def main():
    made = {"tcb-info.json": signed("tcbInfo", info()).encode(),
            "qe-identity.json": signed("enclaveIdentity", qe()).encode(),
            "pck.crl": pck_crl(), "root.crl": root_crl(), "chain.pem": signing_chain().encode()}
    folder, wrong = DATA / "tdx-collateral", 0
    for file, data in made.items():
        if sys.argv[1:] == ["--write"]:
            (folder / file).write_bytes(data)
        elif (folder / file).read_bytes() != data:
            print(f"{file} is not what mkcollateral.py makes", file=sys.stderr)
            wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
