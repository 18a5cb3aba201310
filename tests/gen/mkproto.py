# SPDX-License-Identifier: BSD-2-Clause
"""Protocol buffers: evidence as go-sev-guest and go-tdx-guest take it apart, in the encoding, in
JSON and in the text format.

A message is a list of (number, name, value): a number, bytes, a message, or a word and its
number.  (google/go-sev-guest, proto/sevsnp.proto; google/go-tdx-guest, proto/tdx.proto)
"""
import base64
import json


def varint(v):
    out = b""
    while v > 127:
        out += bytes([v & 127 | 128])
        v >>= 7
    return out + bytes([v])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def wire(message):
    return b"".join(field(n, wire(v) if isinstance(v, list) else v[1] if isinstance(v, tuple) else v)
                    for n, _, v in message)


def text(message, deep=""):
    """As Go and C++ write it, a member a line."""
    out = ""
    for _, name, v in message:
        if isinstance(v, list):
            out += f"{deep}{name} {{\n{text(v, deep + '  ')}{deep}}}\n"
        elif isinstance(v, bytes):
            chars = "".join(chr(c) if 32 <= c < 127 and c not in b"\"'\\" else
                            {10: "\\n", 34: '\\"'}.get(c, f"\\{c:03o}") for c in v)
            out += f'{deep}{name}: "{chars}"\n'
        else:
            out += f"{deep}{name}: {v[0] if isinstance(v, tuple) else v}\n"
    return out


def as_json(message, many=("rtmrs", "quotes")):
    out = {}
    for _, name, v in message:
        first, *rest = name.split("_")
        key = first + "".join(w.capitalize() for w in rest)
        if name == "pcrs" and v[0][1] == "key":
            out.setdefault(key, {})[str(v[0][2])] = base64.b64encode(v[1][2]).decode()
            continue
        if isinstance(v, list):
            v = as_json(v, many)
        elif isinstance(v, tuple):
            v = v[0]
        elif isinstance(v, bytes):
            v = base64.b64encode(v).decode()
        elif name in ("policy", "platform_info") or name.endswith(("_tcb", "_vector")):
            v = str(v)
        if name in many:
            out.setdefault(key, []).append(v)
        else:
            out[key] = v
    return out


def number(b):
    return int.from_bytes(b, "little")


def cut(b, *members):
    """(number, name, from, to): bytes, or a number where the name has a colon."""
    return [(n, name.rstrip(":"), number(b[at:to]) if name.endswith(":") else b[at:to])
            for n, name, at, to in members]


def snp(r, certs=()):
    report = cut(
        r, (1, "version:", 0, 4), (2, "guest_svn:", 4, 8), (3, "policy:", 8, 16),
        (4, "family_id", 0x10, 0x20), (5, "image_id", 0x20, 0x30), (6, "vmpl:", 0x30, 0x34),
        (7, "signature_algo:", 0x34, 0x38), (8, "current_tcb:", 0x38, 0x40),
        (9, "platform_info:", 0x40, 0x48), (10, "signer_info:", 0x48, 0x4c),
        (11, "report_data", 0x50, 0x90), (12, "measurement", 0x90, 0xc0),
        (13, "host_data", 0xc0, 0xe0), (14, "id_key_digest", 0xe0, 0x110),
        (15, "author_key_digest", 0x110, 0x140), (16, "report_id", 0x140, 0x160),
        (17, "report_id_ma", 0x160, 0x180), (18, "reported_tcb:", 0x180, 0x188),
        (19, "chip_id", 0x1a0, 0x1e0), (20, "committed_tcb:", 0x1e0, 0x1e8),
        (21, "current_build:", 0x1e8, 0x1e9), (22, "current_minor:", 0x1e9, 0x1ea),
        (23, "current_major:", 0x1ea, 0x1eb), (24, "committed_build:", 0x1ec, 0x1ed),
        (25, "committed_minor:", 0x1ed, 0x1ee), (26, "committed_major:", 0x1ee, 0x1ef),
        (27, "launch_tcb:", 0x1f0, 0x1f8), (28, "signature", 0x2a0, 0x4a0),
        (30, "launch_mit_vector:", 0x1f8, 0x200), (31, "current_mit_vector:", 0x200, 0x208))
    if number(r[0:4]) >= 3:
        family, model, stepping = r[0x188:0x18b]
        base = min(family, 15)
        report.append((29, "cpuid1eax_fms", (family - base) << 20 | model >> 4 << 16 | base << 8
                       | (model & 15) << 4 | stepping))
    names = {1: "vcek_cert", 2: "ask_cert", 3: "ark_cert", 6: "vlek_cert"}
    chain = [(n, names[n], der) for n, der in certs]
    product = [(1, "name", ("SEV_PRODUCT_GENOA", 2)), (3, "machine_stepping", [(1, "value", 1)])]
    return [(1, "report", report), (2, "certificate_chain", chain), (3, "product", product)]


def tdx_body(b):
    body = cut(b, (1, "tee_tcb_svn", 0, 16), (2, "mr_seam", 16, 64), (3, "mr_signer_seam", 64, 112),
               (4, "seam_attributes", 112, 120), (5, "td_attributes", 120, 128),
               (6, "xfam", 128, 136), (7, "mr_td", 136, 184), (8, "mr_config_id", 184, 232),
               (9, "mr_owner", 232, 280), (10, "mr_owner_config", 280, 328),
               *((11, "rtmrs", at, at + 48) for at in range(328, 520, 48)),
               (12, "report_data", 520, 584))
    return body + cut(b, (13, "tee_tcb_svn2", 584, 600), (14, "mr_service_td", 600, 648)) \
        if len(b) > 584 else body


def tdx(q):
    header = cut(q, (1, "version:", 0, 2), (2, "attestation_key_type:", 2, 4),
                 (3, "tee_type:", 4, 8), (4, "qe_svn", 10, 12), (5, "pce_svn", 8, 10),
                 (6, "qe_vendor_id", 12, 28), (7, "user_data", 28, 48))
    if header[0][2] == 4:
        at = 632
        body = (2, "td_quote_body", tdx_body(q[48:at]))
    else:
        at = 54 + number(q[50:54])
        body = (2, "td_quote_body_descriptor",
                cut(q, (1, "td_quote_body_type:", 48, 50), (2, "td_quote_body_size:", 50, 54))
                + [(3, "td_quote_body_v5", tdx_body(q[54:at]))])
    size = number(q[at:at + 4])
    data, rest = q[at + 4:at + 4 + size], q[at + 4 + size:]
    qe = cut(data[134:], (1, "cpu_svn", 0, 16), (2, "misc_select:", 16, 20),
             (3, "reserved1", 20, 48), (4, "attributes", 48, 64), (5, "mr_enclave", 64, 96),
             (6, "reserved2", 96, 128), (7, "mr_signer", 128, 160), (8, "reserved3", 160, 256),
             (9, "isv_prod_id:", 256, 258), (10, "isv_svn:", 258, 260),
             (11, "reserved4", 260, 320), (12, "report_data", 320, 384))
    auth = 450 + number(data[134 + 448:134 + 450])
    chain = data[134 + auth:]
    certification = cut(data, (1, "certificate_data_type:", 128, 130), (2, "size:", 130, 134)) + [
        (3, "qe_report_certification_data", [
            (1, "qe_report", qe), (2, "qe_report_signature", data[134 + 384:134 + 448]),
            (3, "qe_auth_data", [(1, "parsed_data_size", auth - 450),
                                 (2, "data", data[134 + 450:134 + auth])]),
            (4, "pck_certificate_chain_data", [
                (1, "certificate_data_type", number(chain[:2])), (2, "size", number(chain[2:6])),
                (3, "pck_cert_chain", chain[6:])])])]
    signed = [(1, "signature", data[:64]), (2, "ecdsa_attestation_key", data[64:128]),
              (3, "certification_data", certification)]
    return [(1, "header", header), body, (3, "signed_data_size", size), (4, "signed_data", signed),
            (5, "extra_bytes", rest)]


def forms(name, message):
    yield f"{name}.pb", wire(message)
    yield f"{name}.textproto", text(message).encode()
    yield f"{name}.json", json.dumps(as_json(message), separators=(",", ":")).encode()


def without(message, name):
    """The message with no member of that name, at any depth."""
    return [(n, own, without(v, name) if isinstance(v, list) else v)
            for n, own, v in message if own != name]


def changed(message, name, value):
    return [(n, own, value if own == name else changed(v, name, value) if isinstance(v, list) else v)
            for n, own, v in message]
