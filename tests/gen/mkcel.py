#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Canonical event logs, encoded by code that shares nothing with the library.

mkcel.py DIR writes the vectors of tests/data/cel into DIR.  The encoders are as CEL 1.1 has
them; the dialects are as their writers make them, from what those write.
"""
import hashlib
import json
import os
import struct
import sys

ALGS = {"sha1": 4, "sha256": 0x0B, "sha384": 0x0C, "sha512": 0x0D}
EV_NO_ACTION, EV_ACTION, EV_EVENT_TAG, EV_S_CRTM_VERSION = 3, 5, 6, 8
NAMES = {3: "EV_NO_ACTION", 4: "EV_SEPARATOR", 5: "EV_ACTION", 6: "EV_EVENT_TAG",
         8: "EV_S_CRTM_VERSION", 12: "EV_COMPACT_HASH", 13: "EV_IPL"}
CONTENT = {"cel": 4, "pcclient_std": 5, "ima_template": 7, "ima_tlv": 8, "systemd": 9}
CEL = {"cel_version": 1, "firmware_end": 2, "cel_timestamp": 80, "state_trans": 81}
STATES = ["suspend", "hibernate", "kexec"]


def h(alg, data):
    return hashlib.new(alg, data).digest()


# ---- CBOR (RFC 8949 §4.2.1) ----
def head(major, n):
    for limit, info, form in ((24, n, ""), (1 << 8, 24, ">B"), (1 << 16, 25, ">H"),
                              (1 << 32, 26, ">I"), (1 << 64, 27, ">Q")):
        if n < limit:
            return bytes([major << 5 | info]) + (struct.pack(form, n) if form else b"")
    raise ValueError(n)


def cbor(v):
    if isinstance(v, int):
        return head(0, v)
    if isinstance(v, bytes):
        return head(2, len(v)) + v
    if isinstance(v, str):
        return head(3, len(v.encode())) + v.encode()
    if isinstance(v, list):
        return head(4, len(v)) + b"".join(map(cbor, v))
    if isinstance(v, dict):
        return head(5, len(v)) + b"".join(cbor(k) + cbor(v[k]) for k in sorted(v))
    raise TypeError(v)


class Record:
    """One record; content is what its type has: see the encoders."""

    def __init__(self, pcr, digests, kind, content, nv=None, recnum=None):
        self.pcr, self.nv, self.recnum = pcr, nv, recnum
        self.digests, self.kind, self.content = digests, kind, content

    def index(self):
        return ("nv", self.nv) if self.nv is not None else ("pcr", self.pcr)


def numbered(records):
    seen = {}
    for r in records:
        n = seen.get(r.index(), 0)
        seen[r.index()] = n + 1
        yield (n if r.recnum is None else r.recnum), r


def cbor_content(r):
    if r.kind == "cel":
        name, value = r.content
        if name == "cel_version":
            return {0: CEL[name], 1: {0: value[0], 1: value[1]}}
        return {0: CEL[name]} if value is None else {0: CEL[name], 1: value}
    if r.kind in ("pcclient_std", "ima_template"):
        return {0: r.content[0], 1: r.content[1]}
    return r.content


def to_cbor(records, sequence=False):
    out = [cbor({0: n, (2 if r.nv is not None else 1): r.index()[1],
                 3: [{0: ALGS[a], 1: d} for a, d in r.digests],
                 9: CONTENT.get(r.kind, r.kind), 10: cbor_content(r)})
           for n, r in numbered(records)]
    return (b"" if sequence else head(4, len(out))) + b"".join(out)


# ---- JSON (CEL 1.1 §5.3) ----
def json_content(r):
    if r.kind == "cel":
        name, value = r.content
        if name == "cel_version":
            return {"type": name, "data": {"major": value[0], "minor": value[1]}}
        if name == "state_trans":
            value = STATES[value]
        return {"type": name} if value is None else {"type": name, "data": value}
    if r.kind == "pcclient_std":
        return {"event_type": NAMES.get(r.content[0], r.content[0]),
                "event_data": r.content[1].hex()}
    if r.kind == "ima_template":
        return {"template_name": r.content[0], "template_data": r.content[1].hex()}
    return r.content.hex()


def json_records(records):
    for n, r in numbered(records):
        yield {"recnum": n, ("nv_index" if r.nv is not None else "pcr"): r.index()[1],
               "digests": [{"hashAlg": a, "digest": d.hex()} for a, d in r.digests],
               "content_type": r.kind, "content": json_content(r)}


def to_json(records):
    lines = [json.dumps(r, separators=(",", ":")) for r in json_records(records)]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


# ---- TLV ----
def tlv(kind, value):
    return struct.pack(">BI", kind, len(value)) + value


def number(v, width):
    if width:
        return v.to_bytes(width, "big")
    return v.to_bytes(max(1, (v.bit_length() + 7) // 8), "big")


def tlv_content(r, width):
    if r.kind == "cel":
        name, value = r.content
        if name == "cel_version":
            body = tlv(0, number(value[0], 0)) + tlv(1, number(value[1], 0))
        else:
            body = b"" if value is None else number(value, 0)
        return tlv(4, tlv(CEL[name], body))
    if r.kind == "pcclient_std":
        return tlv(5, tlv(0, number(r.content[0], width)) + tlv(1, r.content[1]))
    if r.kind == "ima_template":
        return tlv(7, tlv(0, r.content[0].encode()) + tlv(1, r.content[1]))
    return tlv(CONTENT.get(r.kind, r.kind), r.content)


def to_tlv(records, widths=(8, 1, 4), index_type=None, add=0):
    """widths: of recnum, index and event type; 0 is as few as there are."""
    out = b""
    for n, r in numbered(records):
        kind = index_type if index_type is not None else 2 if r.nv is not None else 1
        out += (tlv(0, number(n, widths[0])) +
                tlv(kind, number(r.index()[1] + add, 4 if r.nv is not None else widths[1])) +
                tlv(3, b"".join(tlv(ALGS[a], d) for a, d in r.digests)) +
                tlv_content(r, widths[2]))
    return out


# ---- what is in the vectors ----
SPEC_ID = bytes.fromhex("53706563204944204576656e74303300000000000002000202000000"
                        "040014000b00200000")
CRTM = bytes.fromhex("1efb6b540c1d5540a4ad4ef4bf17b83a")


def measure(pcr, event_type, data, algs=("sha256",), of=None):
    return Record(pcr, [(a, h(a, data if of is None else of)) for a in algs],
                  "pcclient_std", (event_type, data))


def tcg2_example():
    """CEL 1.1 §5.1.7: a header and one event, both of PCR 0."""
    return [Record(0, [("sha1", bytes(20))], "pcclient_std", (EV_NO_ACTION, SPEC_ID)),
            measure(0, EV_S_CRTM_VERSION, CRTM, ("sha1", "sha256"))]


def tcg2_bytes(records):
    first = records[0]
    out = struct.pack("<II20sI", 0, EV_NO_ACTION, bytes(20), len(first.content[1]))
    out += first.content[1]
    for r in records[1:]:
        out += struct.pack("<III", r.pcr, r.content[0], len(r.digests))
        out += b"".join(struct.pack("<H", ALGS[a]) + d for a, d in r.digests)
        out += struct.pack("<I", len(r.content[1])) + r.content[1]
    return out


BOOT_AGGREGATE = bytes.fromhex(
    "280000007368613235363a00d652c4ddef457ea0b812edc8493f705ccef527356b8dc0e29e162849862f0936"
    "0f000000626f6f745f61676772656761746500")


def ima_ng(digest, name):
    return struct.pack("<I", len(digest)) + digest + struct.pack("<I", len(name)) + name


IMA_FILE = ima_ng(b"sha256:\0" + h("sha256", b"true"), b"/usr/bin/true\0")


def ima():
    """A boot_aggregate, a file, and a violation, which is extended as all ones."""
    zero = b"sha256:\0" + bytes(32)
    bad = ima_ng(zero, b"/usr/bin/true\0")
    both = ("sha1", "sha256")
    return [Record(10, [(a, h(a, d)) for a in both], "ima_template", ("ima-ng", d))
            for d in (BOOT_AGGREGATE, IMA_FILE)] + [
            Record(10, [("sha1", b"\xff" * 20), ("sha256", b"\xff" * 32)], "ima_template",
                   ("ima-ng", bad))]


def management():
    zero = [("sha256", bytes(32))]
    return [Record(0, zero, "cel", ("cel_version", (1, 1))),
            measure(0, EV_ACTION, b"firmware did this"),
            Record(0, zero, "cel", ("firmware_end", None)),
            Record(1, [("sha256", h("sha256", b"time"))], "cel", ("cel_timestamp", 1758000000)),
            Record(1, [("sha256", h("sha256", b"kexec"))], "cel", ("state_trans", 2)),
            Record(None, [("sha256", h("sha256", b"nv"))], "systemd", b"nv", nv=0x20000001)]


MACHINE_ID = b"machine-id:e9642bb2ab6448408be3585ef997d962"


def systemd():
    return [Record(15, [("sha256", h("sha256", MACHINE_ID))], "systemd", MACHINE_ID),
            Record(11, [("sha256", h("sha256", b"enter-initrd"))], "systemd", b"enter-initrd")]


def unknown():
    return [Record(16, [("sha256", h("sha256", b"x"))], 200, b"\x00\x01opaque")]


def text():
    """A text log of rtmr3, as it leaves: .EXTEND confirmed once and not the second time."""
    value, lines, records = bytes(48), [], []
    zero = [("sha384", bytes(48))]

    def aside(line):
        lines.append(line)
        records.append(Record(3, zero, "pcclient_std",
                              (EV_NO_ACTION, b"TSMMR text line\0" + line)))

    def line(s):
        nonlocal value
        lines.append(s)
        value = h("sha384", value + h("sha384", s))
        records.append(measure(3, EV_ACTION, s, ("sha384",)))

    def sync():
        line(b"SYNC sha384/" + value.hex().encode())

    records.append(Record(0, zero, "pcclient_std", (EV_NO_ACTION, b"TSMMR index map\0tdx rtmr")))
    sync()
    aside(b"# a comment")
    aside(b"")
    line(b"example.org/service start v1.2.3")
    off = h("sha384", b"nobody logged this")
    note = b"# .EXTEND " + off.hex().encode()
    lines.append(note)
    value = h("sha384", value + off)
    records.append(Record(3, [("sha384", off)], "pcclient_std",
                          (EV_EVENT_TAG, struct.pack("<II", 0x54534D52, len(note)) + note)))
    line(b"bytes that are no text: \xff\xfe")
    sync()
    aside(b"# .EXTEND " + h("sha384", b"nobody extended this").hex().encode())
    line(b"mr_app extend sha256/" + b"11" * 32)
    return records, b"\n".join(lines) + b"\n", value


def replay(records, start=None):
    """{(index, alg): value}; what is not measured is left out."""
    out = {}
    for r in records:
        if r.nv is not None or r.kind == "cel" and r.content[0] in ("cel_version", "firmware_end"):
            continue
        if r.kind == "pcclient_std" and r.content[0] == EV_NO_ACTION:
            continue
        for a, d in r.digests:
            old = out.get((r.pcr, a), bytes(len(d)))
            out[r.pcr, a] = h(a, old + d)
    return out


# ---- dialects: the same records as others write them ----
def seq(objects):
    return b"".join(b"\x1e" + json.dumps(o, separators=(",", ":")).encode() + b"\n"
                    for o in objects)


def systemd_log(objects_of):
    out = []
    for string, kind in ((b"enter-initrd", "phase"), (MACHINE_ID, "machine-id")):
        out.append(dict(objects_of(string), content_type="systemd",
                        content={"string": string.decode(), "bootId": "8f" * 16,
                                 "timestamp": 5000000 + len(out), "eventType": kind}))
    return seq(out)


def digests_of(data, *algs):
    return [{"hashAlg": a, "digest": h(a, data).hex()} for a in algs]


def tpm2_measure():
    return systemd_log(lambda s: {"pcr": 11, "digests": digests_of(s, "sha1", "sha256")})


def cc_measure():
    return systemd_log(lambda s: {"rtmr": 2, "mapped_pcr": 11, "digests": digests_of(s, "sha384")})


def pcrlock():
    """systemd-pcrlock cel: one counter from 1, types it has no name for in decimal text."""
    return json.dumps([
        {"pcr": 4, "digests": digests_of(b"image", "sha256"), "content_type": "pcclient_std",
         "content": {"event_type": "EV_ACTION", "event_data": b"image".hex()}, "recnum": 1},
        {"pcr": 5, "digests": digests_of(b"two", "sha256"), "content_type": "pcclient_std",
         "content": {"event_type": "134217729", "event_data": b"two".hex()}, "recnum": 2},
        {"pcr": 11, "digests": digests_of(b"three", "sha256"), "recnum": 3}]).encode()


def fapi():
    """tpm2-tss 4.0: template_value, an event type it lacks, a timestamp nested, no digests."""
    return json.dumps([
        {"recnum": 0, "pcr": 0, "digests": [], "content_type": "cel",
         "content": {"type": "cel_version", "data": {"major": 1, "minor": 0}}},
        {"recnum": 0, "pcr": 0, "digests": digests_of(b"a", "sha256"),
         "content_type": "pcclient_std",
         "content": {"event_type": "Unknown event type", "event_data": b"a".hex()}},
        {"recnum": 1, "pcr": 0, "digests": digests_of(b"t", "sha256"), "content_type": "cel",
         "content": {"type": "cel_timestamp", "data": {"cel_timestamp": 7}}},
        {"recnum": 1, "pcr": 10, "digests": digests_of(IMA_FILE, "sha1", "sha256"),
         "content_type": "ima_template",
         "content": {"template_name": "ima-ng", "template_value": IMA_FILE.hex()}},
    ], indent=2).encode()


def libcel():
    """libcel: objects one after the other, numbers or text, ev_ in lower case, systemd 11."""
    return b"\n".join(json.dumps(o).encode() for o in (
        {"recnum": "0", "pcr": "4", "digests": [{"hashAlg": 11, "digest": h("sha256", b"x").hex()}],
         "content_type": 5, "content": {"event_type": "ev_action", "event_data": b"x".hex().upper()}},
        {"recnum": 1, "pcr": 4, "digests": [{"hashAlg": "SHA256", "digest": h("sha256", b"y").hex()}],
         "content_type": "pcclient_std",
         "content": {"event_type": "ev_efi_platform_firmwate_blob2", "event_data": b"y".hex()}},
        {"recnum": 0, "pcr": 11, "digests": digests_of(b"phase", "sha256"), "content_type": 11,
         "content": {"string": "phase", "event_type": "phase", "timestamp": 1,
                     "boot_id": "00" * 16}})) + b"\n"


def go_eventlog():
    """go-eventlog: type 108 and MrIndex 4, content 80, one counter for all."""
    out = []
    for n, (kind, value) in enumerate(((0, b"registry.example/app:1"), (4, b"--serve"), (8, b""))):
        body = tlv(kind, value)
        out.append(Record(3, [("sha384", h("sha384", tlv(80, body)))], 80, body, recnum=n))
    return out, to_tlv(out, index_type=108, add=1)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def main():
    where = sys.argv[1]
    os.makedirs(where, exist_ok=True)
    rows = []

    def put(name, data, records, platform="tpm", ordinals="pcr", note=""):
        write(os.path.join(where, name), data)
        regs = ",".join(f"{ordinals}{i}:{a}={v.hex()}" for (i, a), v in
                        sorted(replay(records).items()))
        rows.append((name, platform, regs, note))

    def put_all(stem, records, note="", **kw):
        put(stem + ".cbor", to_cbor(records), records, note=note, **kw)
        put(stem + ".seq.cbor", to_cbor(records, True), records, note=note, **kw)
        put(stem + ".json", to_json(records), records, note=note, **kw)
        put(stem + ".tlv", to_tlv(records), records, note=note, **kw)

    example = tcg2_example()
    put("pc-client.tcg2", tcg2_bytes(example), example)
    put_all("pc-client", example)
    put_all("ima", ima())
    put_all("management", management(), note="CEL_NV_NOT_REPLAYED")
    put_all("systemd", systemd())
    put_all("unknown-200", unknown(), note="CEL_CONTENT_UNKNOWN")
    records, lines, _ = text()
    put_all("text", records, platform="tdx", ordinals="rtmr")
    write(os.path.join(where, "text.log"), lines)

    compact = Record(6, [(a, bytes.fromhex(d)) for a, d in (
        ("sha1", "bac9a8935b720760bcdea2faae75152f5d1e4bea"),
        ("sha256", "d18bf8d221a3a3b08774c8d077328c4b2ca205e4f1618ad4bac2b5786f453bc7"))],
        "pcclient_std", (12, b"Dell Configuration Information 2"), recnum=2)
    one = list(json_records([compact]))[0]
    put("v1.0-5.3.json", json.dumps({k: one[k] for k in (
        "content", "content_type", "pcr", "recnum", "digests")}).encode(), [compact],
        note="CEL_RECNUM_ORDER CEL_JSON_NO_ARRAY")

    phase = [Record(11, [(a, h(a, s)) for a in ("sha1", "sha256")], "systemd", s)
             for s in (b"enter-initrd", MACHINE_ID)]
    put("systemd-tpm2-measure.log", tpm2_measure(), phase)
    rtmr = [Record(2, [("sha384", h("sha384", s))], "systemd", s)
            for s in (b"enter-initrd", MACHINE_ID)]
    put("systemd-cc-measure.log", cc_measure(), rtmr, platform="tdx", ordinals="rtmr")
    lock = [measure(4, EV_ACTION, b"image"), measure(5, 134217729, b"two"),
             measure(11, 0, b"three")]
    put("pcrlock.json", pcrlock(), lock,
        note="CEL_RECNUM_ORDER CEL_NUMBER_AS_TEXT CEL_CONTENT_MISSING")
    tss = [measure(0, 0, b"a"), measure(0, 0, b"t"),
           Record(10, [(a, h(a, IMA_FILE)) for a in ("sha1", "sha256")], "ima_template",
                  ("ima-ng", IMA_FILE))]
    put("fapi.json", fapi(), tss, note="CEL_DIGESTS_EMPTY CEL_RECNUM_ORDER "
        "CEL_EVENT_TYPE_UNKNOWN CEL_MANAGEMENT_FORM CEL_TEMPLATE_VALUE")
    cel = [measure(4, 5, b"x"), measure(4, 5, b"y"), measure(11, 5, b"phase")]
    put("libcel.json", libcel(), cel, note="CEL_JSON_NO_ARRAY CEL_NUMBER_AS_TEXT "
        "CEL_NAME_SPELLING CEL_CONTENT_11 CEL_CONTENT_FORM")
    go, data = go_eventlog()
    put("go-eventlog.tlv", data, go, platform="tdx", ordinals="rtmr",
        note="CEL_CC_MR CEL_CONTENT_UNKNOWN")
    put("libcel.tlv", to_tlv(management(), widths=(0, 0, 0)), management(),
        note="CEL_TLV_WIDTH CEL_NV_NOT_REPLAYED")
    put("cel_util.tlv", to_tlv(example, widths=(4, 4, 4)), example, note="CEL_TLV_WIDTH")

    with open(os.path.join(where, "VECTORS.tsv"), "w", encoding="ascii") as f:
        f.write("# file\tplatform\tregisters after replay\tfindings (strict readers refuse these)\n")
        for row in rows:
            f.write("\t".join(row) + "\n")


if __name__ == "__main__":
    main()
