#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""dstack's event logs in their forms, around the log of tests/data/tdx-twin.

mkdstack.py writes tests/data/dstack; mkdstack.py --check says whether what is there is what
this script makes.  The digests of dstack's own records are computed here, from what its
cc-eventlog hashes, and so is the RTMR3 in the quote beside them.
"""
import base64
import hashlib
import json
import pathlib
import struct
import sys

import mkquote

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
EVENT = 0x08000001
NAMES = ["app-id", "compose-hash", "instance-id", "boot-mr-done", "key-provider"]
PAYLOADS = [b"\1" * 20, b"\2" * 32, b"\3" * 20, b"", b'{"name":"none","id":""}']


def sha384(data):
    return hashlib.sha384(data).digest()


def firmware():
    """(MR index, type, SHA-384 digest, data) of the twin's records that extend something."""
    log = (DATA / "tdx-twin/CCEL.data").read_bytes()
    at = 32 + struct.unpack_from("<I", log, 28)[0]
    while log[at:at + 4] != b"\xff" * 4:
        index, kind, count, alg = struct.unpack_from("<IIIH", log, at)
        assert (count, alg) == (1, 0x0C)
        digest = log[at + 14:at + 62]
        size, = struct.unpack_from("<I", log, at + 62)
        data = log[at + 66:at + 66 + size]
        at += 66 + size
        if kind != 3:
            yield index, kind, digest, data


def covered(name, payload, version):
    """What dstack hashes."""
    if version == 2:
        return json.dumps({"name": name, "payload": payload.hex(), "type": EVENT},
                          ensure_ascii=False, separators=(",", ":")).encode()
    return struct.pack("<I", EVENT) + b":" + name.encode() + b":" + payload


def runtime(version=1, names=None, payloads=None):
    for name, payload in zip(names or NAMES, payloads or PAYLOADS):
        record = {"imr": 3, "event_type": EVENT,
                  "digest": sha384(covered(name, payload, version)).hex(),
                  "event": name, "event_payload": payload.hex()}
        if version == 2:
            record["version"] = 2
            record["preimage"] = covered(name, payload, 2).hex()
        yield record


def boot(stripped=False):
    for n, (index, kind, digest, data) in enumerate(firmware()):
        label = "acpi-loader" if n == 1 else ""
        yield {"imr": index - 1, "event_type": kind, "digest": digest.hex(), "event": label,
               "event_payload": "" if stripped and not label else data.hex()}


def extended(records):
    value = bytes(48)
    for r in records:
        if r["imr"] == 3:
            value = sha384(value + bytes.fromhex(r["digest"]))
    return value


def registers(records):
    found = mkquote.read_registers(DATA / "tdx-twin/registers-before.txt")
    found["rtmr3"] = extended(records)
    return found


def quote(records):
    return mkquote.quote(mkquote.Guest(registers(records), b"", False), 4, mkquote.Enclave())


def compact(v):
    return json.dumps(v, separators=(",", ":"))


def files():
    log = list(boot()) + list(runtime())
    stripped = list(boot(True)) + list(runtime())
    own = list(runtime())
    odd = list(runtime(2, ["a\"b\\c\n\x01:é", "plain"], [b"\xff\0", b"x"]))
    yield "quote.bin", quote(own)
    yield "full.json", compact(log).encode()
    yield "stripped.json", compact(stripped).encode()
    yield "string.json", compact(compact(log)).encode() + b"\n"
    yield "lines.json", "".join(compact(r) + "\n" for r in own).encode()
    yield "no-digest.json", compact([dict(r, digest="") for r in own]).encode()
    yield "v2.json", compact(odd).encode()
    yield "v2-quote.bin", quote(odd)
    yield "runtime.log", "".join(
        compact({"event": n, "payload": base64.b64encode(p).decode()}) + "\n"
        for n, p in zip(NAMES, PAYLOADS)).encode()
    yield "runtime-hex.log", "".join(
        compact({"event": n, "payload": p.hex()}) + "\n"
        for n, p in zip(NAMES, PAYLOADS)).encode()
    yield "runtime-v2.log", "".join(
        compact({"event": r["event"], "version": 2,
                 "payload": base64.b64encode(bytes.fromhex(r["event_payload"])).decode()}) + "\n"
        for r in odd).encode()

    # The digests are what was extended, the text beside them is not.
    lie = [dict(r) for r in own]
    lie[1]["event_payload"] = "ff" + lie[1]["event_payload"][2:]
    yield "lie.json", compact(lie).encode()
    lie = [dict(r) for r in odd]
    lie[1]["event"] = "other"
    yield "v2-lie.json", compact(lie).encode()

    cut = compact(compact(own))
    yield "bad-imr.json", compact([dict(own[0], imr=4)]).encode()
    yield "bad-type.json", compact([dict(own[0], event_type="1")]).encode()
    yield "bad-version.json", compact([dict(own[0], version=3)]).encode()
    yield "bad-digest.json", compact([dict(own[0], digest="00" * 32)]).encode()
    yield "bad-payload.json", compact([dict(own[0], event_payload="0g")]).encode()
    yield "bad-no-digest.json", compact([dict(next(boot()), digest="")]).encode()
    yield "bad-twice.json", compact(own)[:-2].encode() + b',"imr":3}]'
    yield "bad-deep.json", b'[{"imr":3,"event_type":134217729,"event":' + b"[" * 64 + b"]" * 64 + b"}]"
    yield "bad-cut.json", compact(own)[:-9].encode()
    yield "bad-string-cut.json", cut[:-40].encode()
    yield "bad-string-tail.json", cut.encode() + b"x"
    yield "bad-string-comma.json", cut.replace("},{", "}{").encode()
    yield "bad-base64.log", b'{"event":"app-id","payload":"AQI*"}\n'


def main():
    wrong = 0
    for name, data in files():
        path = DATA / "dstack" / name
        if sys.argv[1:] != ["--check"]:
            path.write_bytes(data)
        elif not path.is_file() or path.read_bytes() != data:
            print(f"{path} is not what mkdstack.py makes", file=sys.stderr)
            wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
