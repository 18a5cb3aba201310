#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What real evidence claims: `registers --json --evidence`, beside what a few lines of Python read.

    claims.py TOOL CORPUS

Every piece of evidence in CORPUS that the tool reads is read again here, by offsets and tags of
the specifications that tsmmr-claims(7) names.  Both must have the same claims, of the same types,
with the same values; a kind of KINDS of which there is no file is an error.  Of one file of each
kind every claim is asked by `verify --expect claim.NAME=VALUE`: what it is holds, and another
value does not.  Skipped (77) without the corpus.
"""

import base64
import binascii
import collections
import json
import pathlib
import re
import struct
import subprocess
import sys

from test_cose import cbor, payload

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import schema

SKIP = 77
KINDS = {"tdx-quote-v4", "tdx-quote-v5", "tdx-report", "azure-hcl-tdx", "azure-hcl-snp",
         "snp-report-v2", "snp-report-v3", "snp-report-v5", "cca-token", "nitro-document",
         "tpm-quote"}


def hexed(data, at, size):
    return data[at:at + size].hex()


def le(data, at, size):
    return int.from_bytes(data[at:at + size], "little")


def wide(value):
    """A number that may be over 2^53."""
    return f"0x{value:x}"


# --- TDX ------------------------------------------------------------------------------------

TD_ATTRIBUTES = {"debug": 0, "hgs_plus_prof": 4, "perf_prof": 5, "pmt_prof": 6, "icssd": 16,
                 "lass": 27, "sept_ve_disable": 28, "migratable": 29, "pks": 30, "kl": 31,
                 "tpa": 62, "perfmon": 63}


def svn_parts(name, svn):
    return {f"{name}_module_minor": svn[0], f"{name}_module_major": svn[1],
            f"{name}_late_microcode": svn[2]}


def td_attributes(value):
    return {"td_attributes": wide(value)} | {
        f"td_attributes_{name}": value >> bit & 1 for name, bit in TD_ATTRIBUTES.items()}


def td_info(data):
    """TDINFO_STRUCT, from its attributes on; what a quote's body has in another order."""
    return td_attributes(le(data, 0, 8)) | {
        "xfam": wide(le(data, 8, 8)), "mr_td": hexed(data, 16, 48),
        "mr_config_id": hexed(data, 64, 48), "mr_owner": hexed(data, 112, 48),
        "mr_owner_config": hexed(data, 160, 48)}


def tdx_report(data):
    claims = td_info(data[512:]) | {
        "report_data": hexed(data, 128, 64), "cpu_svn": hexed(data, 16, 16),
        "tee_tcb_svn": hexed(data, 264, 16), "mr_seam": hexed(data, 280, 48),
        "mrsigner_seam": hexed(data, 328, 48), "seam_attributes": wide(le(data, 376, 8)),
        "tee_tcb_svn2": hexed(data, 384, 16), "mr_servicetd": hexed(data, 512 + 400, 48)}
    return (claims | svn_parts("tee_tcb_svn", data[264:])
            | svn_parts("tee_tcb_svn2", data[384:]))


def der(data, at=0):
    """(tag, content, offset after it)"""
    tag, size = data[at], data[at + 1]
    at += 2
    if size & 0x80:
        n = size & 0x7f
        size, at = int.from_bytes(data[at:at + n], "big"), at + n
    return tag, data[at:at + size], at + size


def der_items(data):
    at, items = 0, []
    while at < len(data):
        tag, content, at = der(data, at)
        items.append((tag, content))
    return items


SGX = binascii.unhexlify("2a864886f84d010d01")
COMMON_NAME = binascii.unhexlify("550403")


def pck(pem):
    """The claims of the first certificate of a chain, which is the PCK certificate."""
    body = re.search(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", pem, re.S)[1]
    tbs = der_items(der(der(base64.b64decode(body))[1])[1])
    names = [der_items(der(rdn)[1]) for _, rdn in der_items(tbs[3][1])]
    extensions = next(content for tag, content in tbs if tag == 0xa3)
    sgx = next(items[-1][1] for items in map(der_items, (c for _, c in der_items(
        der(extensions)[1]))) if items[0][1] == SGX)
    of = {}
    for _, pair in der_items(der(sgx)[1]):
        (_, oid), (tag, value) = der_items(pair)
        of[oid[-1]] = der_items(value) if tag == 0x30 else value
    tcb = {}
    for _, pair in of[2]:
        (_, oid), (_, value) = der_items(pair)
        tcb[oid[-1]] = value
    return {
        "pck_fmspc": of[4].hex(), "pck_pce_id": of[3].hex(), "pck_ppid": of[1].hex(),
        "pck_sgx_type": of[5][0], "pck_pce_svn": int.from_bytes(tcb[17], "big"),
        "pck_cpu_svn": tcb[18].hex(),
        "pck_tcb_components": bytes(int.from_bytes(tcb[i], "big") for i in range(1, 17)).hex(),
        "pck_issuer": next(v[1].decode() for k, v in names if k[1] == COMMON_NAME)}


def tdx_quote(data):
    version, at = le(data, 0, 2), 48
    size = 584
    if version == 5:
        size, at = le(data, 50, 4), 54
    body = data[at:at + size]
    claims = td_info(body[120:]) | {
        "tee_tcb_svn": hexed(body, 0, 16), "mr_seam": hexed(body, 16, 48),
        "mrsigner_seam": hexed(body, 64, 48), "seam_attributes": wide(le(body, 112, 8)),
        "report_data": hexed(body, 520, 64)} | svn_parts("tee_tcb_svn", body)
    if size == 648:
        claims |= {"tee_tcb_svn2": hexed(body, 584, 16), "mr_servicetd": hexed(body, 600, 48)}
        claims |= svn_parts("tee_tcb_svn2", body[584:])
    # Signature and key, the certification data's type and size, and in it the QE's report.
    qe_at = at + size + 4 + 64 + 64 + 6
    claims |= {"qe_mrenclave": hexed(data, qe_at + 64, 32),
               "qe_mrsigner": hexed(data, qe_at + 128, 32),
               "qe_isv_prod_id": le(data, qe_at + 256, 2), "qe_isv_svn": le(data, qe_at + 258, 2)}
    auth_at = qe_at + 384 + 64
    return claims | pck(data[auth_at + 2 + le(data, auth_at, 2) + 6:])


# --- SEV-SNP --------------------------------------------------------------------------------

POLICY = {"smt": 16, "migrate_ma": 18, "debug": 19, "single_socket": 20, "cxl_allow": 21,
          "mem_aes_256_xts": 22, "rapl_dis": 23, "ciphertext_hiding_dram": 24,
          "page_swap_disable": 25}
PLATFORM = {"smt_en": 0, "tsme_en": 1, "ecc_en": 2, "rapl_dis": 3,
            "ciphertext_hiding_dram_en": 4, "alias_check_complete": 5, "tio_en": 7}
BYTES = {"family_id": (0x10, 16), "image_id": (0x20, 16), "report_data": (0x50, 64),
         "report_id": (0x140, 32), "report_id_ma": (0x160, 32), "chip_id": (0x1a0, 64)}
TCBS = {"current_tcb": 0x38, "reported_tcb": 0x180, "committed_tcb": 0x1e0, "launch_tcb": 0x1f0}
NUMBERS = {"version": (0, 4), "guest_svn": (4, 4), "vmpl": (0x30, 4), "signature_algo": (0x34, 4),
           "signing_key": (0x48, 4), "current_build": (0x1e8, 1), "current_minor": (0x1e9, 1),
           "current_major": (0x1ea, 1), "committed_build": (0x1ec, 1),
           "committed_minor": (0x1ed, 1), "committed_major": (0x1ee, 1)}
SINCE_3 = {"cpuid_fam_id": (0x188, 1), "cpuid_mod_id": (0x189, 1), "cpuid_step": (0x18a, 1)}
TURIN = 0x1a


def snp_report(data):
    version, policy, word = le(data, 0, 4), le(data, 8, 8), le(data, 0x48, 4)
    info = le(data, 0x40, 8)
    claims = {name: hexed(data, *where) for name, where in BYTES.items()}
    numbers = NUMBERS | (SINCE_3 if version >= 3 else {})
    claims |= {name: le(data, *where) for name, where in numbers.items()}
    claims |= {"policy": wide(policy), "policy_abi_minor": policy & 255,
               "policy_abi_major": policy >> 8 & 255, "platform_info": wide(info),
               "signer_author_key_en": word & 1, "signer_mask_chip_key": word >> 1 & 1,
               "signer_signing_key": word >> 2 & 7}
    claims |= {f"policy_{name}": policy >> bit & 1 for name, bit in POLICY.items()}
    claims |= {f"platform_{name}": info >> bit & 1 for name, bit in PLATFORM.items()}
    parts = {"bootloader": 0, "tee": 1, "snp": 6, "microcode": 7}
    if claims.get("cpuid_fam_id", 0) >= TURIN:
        parts = {"fmc": 0, "bootloader": 1, "tee": 2, "snp": 3, "microcode": 7}
    for name, at in TCBS.items():
        claims[name] = hexed(data, at, 8)
        claims |= {f"{name}_{part}": data[at + i] for part, i in parts.items()}
    if version >= 5:
        claims |= {"launch_mit_vector": wide(le(data, 0x1f8, 8)),
                   "current_mit_vector": wide(le(data, 0x200, 8))}
    return claims


def hcl(inner, data):
    """Azure's header of 32 bytes, room for an SNP report, five words, and JSON."""
    size = le(data, 0x4c0 + 16, 4)
    text = data[0x4d4:0x4d4 + size]
    user = json.loads(text).get("user-data")
    return inner(data[0x20:]) | {"runtime_data": text.decode()} | (
        {"user_data": user.lower()} if user else {})


# --- CCA, Nitro -----------------------------------------------------------------------------

REALM = {10: "challenge", 256: "realm_instance_id", 265: "realm_profile", 44236: "realm_hash_algorithm",
         44237: "realm_public_key", 44240: "realm_public_key_hash_algorithm",
         44243: "realm_mec_policy"}
PLATFORM_TOKEN = {10: "platform_challenge", 256: "instance_id", 265: "platform_profile",
                  2395: "lifecycle", 2396: "implementation_id", 2400: "verification_service",
                  2401: "platform_config", 2402: "platform_hash_algorithm"}
COMPONENT = {1: "type", 2: "measurement", 4: "version", 5: "signer_id", 6: "hash_algorithm"}


def typed(value):
    return value.hex() if isinstance(value, bytes) else value


def inner_token(token):
    """A token in a byte string, or beside its profile."""
    return payload(token[1] if isinstance(token, list) else token)


def cca_token(data):
    token = cbor(data)[0]
    realm, platform = inner_token(token[44241]), inner_token(token[44234])
    claims = {name: typed(realm[key]) for key, name in REALM.items() if key in realm}
    claims |= {name: typed(platform[key]) for key, name in PLATFORM_TOKEN.items()
               if key in platform}
    for n, component in enumerate(platform[2399][:16]):
        claims |= {f"software_component_{n}_{COMPONENT[key]}": typed(value)
                   for key, value in component.items() if key in COMPONENT}
    return claims


def nitro(data):
    document = payload(data)
    names = ("module_id", "digest", "timestamp", "public_key", "user_data", "nonce",
             "certificate")
    return {name: typed(document[name]) for name in names if document.get(name) is not None}


# --- TPM ------------------------------------------------------------------------------------

def texts_of(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, str):
        yield value


def decodings(data):
    """The file itself, and what is in base64 or hex in it."""
    yield data
    try:
        texts = list(texts_of(json.loads(data)))
    except ValueError:
        texts = re.split(r"[:\s]", data.decode("latin-1"))
    for text in texts:
        for decode in (bytes.fromhex, lambda t: base64.b64decode(t, validate=True),
                       lambda t: base64.b64decode(t[1:], validate=True)):
            try:
                yield decode(text)
            except ValueError:
                pass


def tpm_quote(data):
    magic = b"\xffTCG\x80\x18"
    data = next(d[d.index(magic):] for d in decodings(data) if magic in d)
    at = len(magic)

    def sized():
        nonlocal at
        size = struct.unpack_from(">H", data, at)[0]
        at += 2 + size
        return hexed(data, at - size, size)

    claims = {"qualified_signer": sized(), "extra_data": sized()}
    clock, resets, restarts, safe, firmware = struct.unpack_from(">QIIBQ", data, at)
    at += 25
    start, count = at, struct.unpack_from(">I", data, at)[0]
    at += 4
    for _ in range(count):
        at += 3 + data[at + 2]
    claims |= {"clock": wide(clock), "reset_count": resets, "restart_count": restarts,
               "safe": safe, "firmware_version": wide(firmware),
               "pcr_select": data[start:at].hex()}
    return claims | {"pcr_digest": sized()}


# --- The corpus -----------------------------------------------------------------------------

READERS = {"tdx-quote-v4": tdx_quote, "tdx-quote-v5": tdx_quote, "tdx-report": tdx_report,
           "azure-hcl-tdx": lambda data: hcl(tdx_report, data),
           "azure-hcl-snp": lambda data: hcl(snp_report, data), "snp-report-v2": snp_report,
           "snp-report-v3": snp_report, "snp-report-v5": snp_report, "cca-token": cca_token,
           "nitro-document": nitro, "tpm-quote": tpm_quote}
FOLDERS = ("tdx-quote", "tdreport", "snp-report", "cca-token", "nitro", "tpm-quote")


def unwrapped(kind, data):
    """Evidence in hex, and the report in a configfs-tsm report as Veraison writes it."""
    if kind.startswith("tdx") and re.fullmatch(rb"[0-9a-fA-F\s]+", data):
        return bytes.fromhex(data.decode())
    if kind.startswith("snp") and data[:1] == b"{":
        return base64.urlsafe_b64decode(json.loads(data)["outblob"] + "==")
    if kind.startswith("snp") and len(data) > 1184:
        return cbor(data)[0]["outblob"]
    return data


# Claims that are registers too, which have their own names.
REGISTERS = {"mr_td", "mr_config_id", "mr_owner", "mr_owner_config", "mr_seam", "mr_servicetd"}


def another(value):
    """A value of the same type that is not this one."""
    if isinstance(value, int):
        return value + 1
    if value.startswith("0x"):
        return wide(int(value, 16) ^ 1)
    last = "0" if value[-1:] != "0" else "1"
    return value[:-1] + last


def unasked(tool, path, claims):
    """The claims that cannot be asked for, or that are held to be something else."""
    for name, value in claims.items():
        if name in REGISTERS or value == "":
            continue
        for wanted, status in (value, 0), (another(value), 1):
            done = subprocess.run([tool, "verify", "--evidence", path, "--min-trust", "unsigned",
                                   "--allow-debug", "--expect", f"claim.{name}={wanted}"],
                                  timeout=60, capture_output=True, check=False)
            if done.returncode != status:
                yield f"claim.{name}={str(wanted)[:60]}: exit {done.returncode}, not {status}"


def difference(ours, theirs):
    for name in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(name), theirs.get(name)
        if mine != other or type(mine) is not type(other):
            yield f"{name}: {str(mine)[:80]}, and it is {str(other)[:80]}"


def main():
    tool, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
    if not corpus.is_dir():
        print(f"skipped: no corpus at {corpus} (see the Meson option 'corpus')")
        return SKIP
    files, claims, wrong = collections.Counter(), collections.Counter(), 0
    for path in sorted(p for folder in FOLDERS for p in (corpus / folder).iterdir()):
        done = subprocess.run([tool, "registers", "--json", "--evidence", path], timeout=60,
                              capture_output=True, check=False)
        if done.returncode:
            continue
        for piece in schema.read(done.stdout)["evidence"]:
            kind = piece["kind"]
            theirs = READERS[kind](unwrapped(kind, path.read_bytes()))
            files[kind] += 1
            claims[kind] += len(theirs)
            odd = list(difference(piece["claims"], theirs))
            if files[kind] == 1:
                odd += unasked(tool, path, theirs)
            for text in odd:
                wrong += 1
                print(f"{path.name}: {kind}: {text}", file=sys.stderr)
    for kind in sorted(KINDS):
        print(f"{kind:16} {files[kind]:3} files {claims[kind]:5} claims")
        if not files[kind]:
            wrong += 1
            print(f"no file of kind {kind}", file=sys.stderr)
    print(f"{sum(files.values())} files, {sum(claims.values())} claims, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
