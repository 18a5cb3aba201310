#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tests/fuzz/corpus: small inputs from which a fuzzer finds its way.

    mkseeds.py            writes tests/fuzz/corpus
    mkseeds.py --check    says whether what is there is what this script makes

Files whose name begins with "found-" were found by fuzzing and are kept as they are.
"""

import json
import pathlib
import struct
import sys

import machineseeds
import mkcollateral
import mklog

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
import pe       # noqa: E402 pylint: disable=wrong-import-position

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "fuzz/corpus"


def one_event(kind, data, index=4):
    """The smallest log with this event in it."""
    log = mklog.Log("ccel", ["sha384"])
    log.header(index=1)
    log.event(index, kind, data)
    return bytes(log.bytes)


# As --evidence takes them; files of tests/data.
PARTS = {
    "azure": ["0=snp-twin/hcl-snp.bin", "0=snp-twin/auxblob.bin", "0=tpm-twin/quote.bin",
              "2=tpm-twin/quote.raw", "0=tpm-twin/pcrs.txt"],
    "azure-tdx": ["0=snp-twin/hcl-tdx.bin", "0=tpm-twin/quote.bin", "0=tpm-twin/quote.sig"],
    "snp": ["0=snp-twin/report-v3-vlek.bin", "5=snp-twin/auxblob-both.bin"],
    "svsm": ["0=snp-twin/svsm-services.report", "6=snp-twin/svsm-services.manifest",
             "0=snp-twin/certs.pem", "0=tpm-twin/quote.bin", "0=tpm-twin/quote.sig",
             "0=tpm-twin/ak.tpmt"],
    "svsm-ak": ["0=snp-twin/svsm-ak.report", "6=snp-twin/svsm-ak.manifest",
                "0=snp-twin/certs.pem", "0=tpm-twin/quote.bin", "0=tpm-twin/quote.sig"],
    "tpm": ["0=tpm-twin/quote.bin", "2=tpm-twin/quote.pss", "3=tpm-twin/pcrs.tools",
            "4=tpm-twin/ak-any.tpmt"],
    "tpm-ecc": ["0=tpm-twin/quote-some.bin", "2=tpm-twin/quote-some.ecc",
                "3=tpm-twin/pcrs-some.tools", "4=tpm-twin/ak-ecc.tpmt"],
    "tpm-json": ["0=tpm-twin/quote.bin", "0=tpm-twin/quote.sig", "0=tpm-twin/pcrs.json",
                 "0=tpm-twin/ak.pem"],
}


def one_part(number, name):
    content = (CORPUS.parent.parent / "data" / name).read_bytes()
    return struct.pack("<BH", int(number), len(content)) + content


def u16(text):
    return text.encode("utf-16-le")


def variable(name, data):
    return mklog.GLOBAL_VARIABLE + struct.pack("<QQ", len(name), len(data)) + u16(name) + data


def path_node(kind, sub, data=b""):
    return struct.pack("<BBH", kind, sub, 4 + len(data)) + data


END = path_node(0x7F, 0xFF)
DISK = path_node(4, 1, struct.pack("<IQQ16sBB", 1, 2048, 4096, bytes(range(16)), 2, 2))
FILE = path_node(4, 4, u16("\\EFI\\BOOT\\BOOTX64.EFI\0"))


def image(path):
    return struct.pack("<QQQQ", 0x1000, 0x2000, 0, len(path)) + path


# TCG_DEVICE_SECURITY_EVENT_DATA, version 1: SHA-256, a device without a path, one measurement.
SPDM_BLOB = (b"SPDM Device Sec\0" + struct.pack("<HBB", 1, 0, 4) + struct.pack("<IIQ", 0, 2, 0)
             + struct.pack("<BBH", 1, 1, 35) + bytes(35))



def spdm2(device, sub_type, path, sub):
    """TCG_DEVICE_SECURITY_EVENT_DATA2 of what SHA-256 measures."""
    sub = struct.pack("<II", 0, 2) + sub
    size = 52 + len(path) + len(sub)
    return (b"SPDM Device Sec2" + struct.pack("<HBBIIIIQQ", 2, 0, 0, size, device, sub_type,
                                              len(sub), 0x1122334455667788, len(path)) + path + sub)


PCI = path_node(2, 1, struct.pack("<II", 0x0A0341D0, 0)) + path_node(1, 1, b"\0\1") + END
SPDM_CHAIN = spdm2(1, 1, PCI, struct.pack("<B3x", 0) + bytes(36))
SPDM_BLOCK = spdm2(0, 0, b"", struct.pack("<BBH", 1, 1, 35) + b"\1" + struct.pack("<H", 32) + bytes(32))


def gpt(*names):
    """UEFI_GPT_DATA: a header, and a partition of each name."""
    entries = [bytes(range(32)) + struct.pack("<QQQ", 2048, 4095, 0) + u16(name).ljust(72, b"\0")
               for name in names]
    return (b"EFI PART" + bytes(72) + struct.pack("<III", len(entries), 128, 0)
            + struct.pack("<Q", len(entries)) + b"".join(entries))


LOGS = {
    "variable-secureboot": one_event(0x80000001, mklog.SECURE_BOOT, 1),
    "variable-boot": one_event(0x80000002, variable(
        "Boot0001", struct.pack("<IH", 1, len(DISK + FILE + END)) + u16("disk\0") + DISK + FILE
        + END)),
    "variable-bootorder": one_event(0x80000002, variable("BootOrder", b"\1\0\0\0")),
    "variable-authority": one_event(0x800000E0, variable("db", bytes(16) + b"certificate")),
    "image-disk": one_event(0x80000003, image(DISK + FILE + END), 2),
    "image-nodes": one_event(0x80000003, image(
        path_node(1, 1, b"\0\1") + path_node(2, 1, struct.pack("<II", 0x0A0341D0, 0))
        + path_node(3, 18, b"\0\0\xff\xff\0\0") + path_node(3, 23, bytes(12))
        + path_node(4, 6, bytes(16)) + path_node(4, 7, bytes(16)) + path_node(9, 9, b"?") + END),
        2),
    "image-short-node": one_event(0x80000003, image(b"\4\4\3\0" + END), 2),
    "blob": one_event(0x80000008, struct.pack("<QQ", 0xFF000000, 0x10000), 1),
    "blob2": one_event(0x8000000A, b"\5Fv(x)" + struct.pack("<QQ", 1, 2), 1),
    "handoff2": one_event(0x8000000B, b"\x09TdxTable\0" + struct.pack("<Q", 1) + bytes(24), 1),
    "gpt": one_event(0x80000006, b"EFI PART" + bytes(76) + struct.pack("<II", 128, 0)
                     + struct.pack("<Q", 1) + bytes(128), 2),
    "gpt2": one_event(0x8000000D, b"EFI PART" + bytes(76) + struct.pack("<II", 128, 0)
                      + struct.pack("<Q", 1) + bytes(128), 2),
    "gpt-two": one_event(0x80000006, gpt("EFI System", "root-\U0001f600"), 2),
    "gpt2-two": one_event(0x8000000D, gpt("EFI System", "x"), 2),
    "spdm-chain": one_event(0x800000E2, SPDM_CHAIN, 3),
    "spdm-block": one_event(0x800000E1, SPDM_BLOCK, 3),
    "spdm-policy-variable": one_event(0x800000E3, variable("devdb", bytes(16) + b"certificate"), 1),
    "spdm-authority": one_event(0x800000E4, variable("devdb", bytes(16) + b"certificate"), 1),
    "no-action-nv-spdm": one_event(3, b"NvIndexInstance\0" + struct.pack("<H6x", 1) + SPDM_CHAIN, 0),
    "no-action-nv-dynamic": one_event(3, b"NvIndexDynamic \0" + struct.pack("<H6xQH", 1, 7, 5)
                                      + b"nonce" + struct.pack("<H", 4) + b"data", 0),
    "spdm-firmware": one_event(0x800000E1, SPDM_BLOB, 3),
    "spdm-policy": one_event(0x800000E3, SPDM_BLOB, 3),
    "no-action-nv": one_event(3, b"NvIndexInstance\0" + struct.pack("<HHI", 1, 0, 4) + bytes(4), 0),
    "tagged-linux": one_event(6, struct.pack("<II", 0x8F3B22EC, 13) + b"Linux initrd\0", 3),
    "tagged-aael": one_event(6, mklog.aael(b"domain operation content")),
    "ipl-grub": one_event(0xD, b"grub_cmd: linux /vmlinuz quiet\0", 3),
    "ipl-cmdline": one_event(0xD, b"kernel_cmdline: root=/dev/sda1\0", 3),
    "ipl-utf16": one_event(0xD, u16(".linux\0"), 3),
    "action": one_event(0x80000007, b"Exit Boot Services Invocation", 2),
    "separator": one_event(4, bytes(4), 1),
    "crtm-version": one_event(8, u16("1.2.3\0"), 1),
    "no-action-sp800": one_event(3, b"SP800-155 Event3" + struct.pack("<I", 1) + bytes(16)
                                 + b"\2a\0\2b\0\2c\0\2d\0" + struct.pack("<I", 2) + b"\2e\0"
                                 + struct.pack("<IIII", 1, 0, 1, 0), 0),
    "no-action-locality": one_event(3, mklog.locality(3), 0),
    "text-controls": one_event(0xD, b"\x1b[31m\xe2\x80\xae\xff\\\"\n\0", 3),
}

ZERO48, ONES32 = "00" * 48, "11" * 32
VALUES = {
    "lines": f"# by hand\nrtmr0={ZERO48}\nRTMR1 = 0x{ZERO48.upper()}\n",
    "pcr": f"pcr0:sha256={ONES32}\npcr7={'11:' * 19}11\n",
    "json-registers": '{"schema":"tsmmr.registers/1","registers":[{"name":"rtmr0","platform":'
                      f'"tdx","alg":"sha384","value":"{ZERO48}"}}]}}',
    "json-replay": '{"schema":"tsmmr.replay/1","registers":[{"name":"pcr0","index_space":"pcr",'
                   f'"platform":"tpm","alg":"sha256","value":"{ONES32}"}}]}}',
    "json-deep": "[" * 40,
    "short": "rtmr0=00",
    "twice": f"rtmr0={ZERO48}\nrtmr0={ZERO48}\n",
    "made": f"acme/mr:md5={'11' * 16}\nacme/mr:sha256={ONES32}\nemca/mr:sha256={'22' * 32}\n",
    "pcrread": f"sha256:\n  0 : 0x{ONES32}\n  17: 0x{ONES32}\n",
    "eventlog": f"---\nevents:\n- EventNum: 0\npcrs:\n  sha1:\n    9  : 0x{'11' * 20}\n",
    "listpcrs": f"Bank/Algorithm: TPM_ALG_SHA1(0x0004)\nPCR_00: {'11 ' * 20}\n",
    "tsspcrread": f"PCR 10\ncount 1 pcrUpdateCounter 21 \n digest length 20\n {'11 ' * 16}\n"
                  f" {'11 ' * 4}\n",
    "tsspcrread-ns": f"{ONES32}\n" * 24,
    "pcrs": f"PCR-00: {'AA ' * 20}\nPCR-10: {'BB ' * 20}\n",
    "json-nitro-cli": '{"Measurements":{"HashAlgorithm":"Sha384 { ... }",'
                      f'"PCR0":"{ZERO48}","PCR8":"{ZERO48}"}}}}',
    "json-systemd-measure": '{"sha256":[{"phase":"enter-initrd","pcr":11,'
                            f'"hash":"{ONES32}"}},{{"pcr":11,"hash":"{"22" * 32}"}}]}}',
    "json-tdx-measure": f'{{"mrtd":"{ZERO48}","rt_mr0":"{ZERO48}","mr_aggregated":"00"}}',
    "json-banks": f'{{"sha256":{{"0":"{ONES32}","23":null}}}}',
}

SELECTS = {
    "range": "rtmr0-2,app-runtime,pcr0-7:sha256",
    "all": "*:sha384",
    "gaps": "rtmr3:off-log-extend,unquoted-tail,pcr0:sha256:no-log",
    "huge": "pcr0-4294967295,pcr4294967295-0",
    "empty-items": ",,",
    "hyphens": "a-b-c-1-2,-1,1-,-",
}

PAIR = '"log_path":"a/ccel","evidence_base64":"_-8="'
LINES = {
    "all": '{"id":"\\u0041\\ud83d\\ude00","log_base64":["QUJD","rtmr3=QQ=="],'
           '"evidence_path":["quote=q","certs=c"],"nonce":"01","expect":["mrtd=00"],"require":"pcr0"}',
    "pair": "{" + PAIR + "}",
    "integer": '{ "id" : -12345678901234567890 , ' + PAIR + " }",
    "twice": "{" + PAIR + ',"require":"a","require":"b"}',
    "unknown": '{"x":[{"a":null,"b":[1.5e3,true,"\\"]"]}],' + PAIR + "}",
    "no-strings": '{"id":{},"log_path":1,"nonce":null,"expect":[1,"a"]}',
    "cut": '{"id":"a","log_path":"',
    "escapes": '{"id":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000é€\U0001f600"}',
    "deep": '{"a":' + "[" * 40 + "]" * 40 + "}",
    "many": '{"require":[' + ",".join(['"r"'] * 17) + "]}",
    "control": '{"require":"a\\nallow b","expect":"","id":01}',
}

# The first character is fuzz_known.c's: which kind, and of which register.
KNOWN = {
    "sums-gnu": f"\x11# of a release\n{ONES32}  vmlinuz\n\\{ONES32} *a\\nb\r\n",
    "sums-bsd": f"\x12SHA256 (vmlinuz) = {ONES32}\nSHA384 (a) = b) = {ZERO48}",
    "sums-own": f"\x10rtmr0 sha384:{ZERO48} EV_IPL boot\npcr0-7 {ONES32} 0x00000d01 x\n",
    "rules": "\x50# ours\nrtmr0-2 EV_IPL \"linux *[0-9] ro\" require once\nrtmr3 * [!a]?*\n",
    "pcrlock": "\x30" + json.dumps({"records": [
        {"pcr": 4, "digests": [{"hashAlg": "sha256", "digest": ONES32}]},
        {"pcr": 11, "digests": [{"hashAlg": "sha384", "digest": ZERO48},
                                {"hashAlg": "sm9", "digest": "00"}]}]}),
    "pcrlock-any": "\x39" + json.dumps({"records": []}),
    "keylime": "\x40" + json.dumps({"digests": {"/a": [ONES32, "sha384:" + ZERO48]}, "ima-buf": {},
                                    "keyrings": {".ima": [ONES32]},
                                    "excludes": ["/tmp/.*", "^/a\\.b.c$", "/d(/.*)?"]}),
    "keylime-flat": f"\x41{ONES32}  /a\n{ONES32} boot_aggregate\n",
    "sums-denied": f"\x14tdx_guest/rtmr3 {ZERO48} EV_\n",
}



def images():
    linux = pe.make([(".text", b"kernel" * 9)], align=16)
    sections = [(".linux", linux), (".osrel", b"ID=x"), (".cmdline", b"a\tb "), (".initrd", b"odd"),
                (".pcrsig", b"{}"), (".profile", b"ID=1"), (".cmdline", b"\xc3\xa9")]
    return {"pe": linux, "pe32-signed": pe.signed(pe.make([(".text", b"x" * 40)], plus=False)),
            "uki": pe.make(sections, align=16),
            "uki-memory": pe.make(sections[:4], align=16, virtual={".initrd": 4099}),
            "uki-machine": pe.make([*sections, (".dtbauto", b"d")], align=16),
            "cmdline": b"root=/dev/vda \xf0\x9f\x98\x80\n"}


# READERS of fuzz/logs.h that no first bytes lead to.
READERS = {"text": b"\xf4", "made-up": b"\xf5", "ima-ascii": b"\xf7", "aael": b"\xfd"}


def read_as():
    """Logs of formats that a byte before them names, and some that name themselves."""
    line = f"10 {'11' * 20} ima-ng sha256:{ONES32} /bin/x\n"
    sync = f"SYNC sha384/{ZERO48}\nnginx start\n# .EXTEND {'11' * 48}\nSYNC sha384/{'22' * 48}\n"
    return {
        "text": READERS["text"] + sync.encode(),
        "text-virtual": READERS["text"] + f"mr_app extend sha256/{ONES32}\n".encode(),
        "made-up": READERS["made-up"] + f"SYNC sha256/{'00' * 32}\na b\n".encode(),
        "ima-ascii": READERS["ima-ascii"] + line.encode(),
        "aael": READERS["aael"] + f"INIT sha384/{ZERO48}\ndomain operation content\n".encode(),
        "cca": b"\xf3" + LOGS["separator"],
    }


def sources(logs):
    """fuzz_source.c's four bytes and a log."""
    ways = {"pieces": (0, 0, 0), "size-unknown": (4, 6, 0), "fails": (1, 15, 40), "cut": (6, 3, 90),
            "shrank": (2, 3, 90), "pipe": (3, 0, 0)}
    names = ("separator", "text", "ima-ascii", "gpt")
    return {f"{way}-{name}": struct.pack("<BBH", *how) + logs[name]
            for way, how in ways.items() for name in names}


def pairs(logs):
    """fuzz_pair.c's two logs."""
    both = [("separator", "gpt"), ("text", "text"), ("text", "separator"), ("aael", "tagged-aael"),
            ("text", "text-virtual"), ("ima-ascii", "separator")]
    return {f"{a}-{b}": struct.pack("<H", len(logs[a])) + logs[a] + logs[b] for a, b in both}


def build():
    logs = LOGS | read_as()
    made = {f"log/{k}": v for k, v in logs.items()}
    made |= {f"source/{k}": v for k, v in sources(logs).items()}
    made |= {f"pair/{k}": v for k, v in pairs(logs).items()}
    made |= {f"values/{k}": v.encode() for k, v in VALUES.items()}
    made |= {f"select/{k}": v.encode() for k, v in SELECTS.items()}
    made |= {f"line/{k}": v.encode() for k, v in LINES.items()}
    made |= {f"known/{k}": v.encode() for k, v in KNOWN.items()}
    made |= {f"image/{k}": v for k, v in images().items()}
    # Headers that lead the evidence decoders to each of their branches.
    quote = struct.pack("<HHI", 4, 2, 0x81) + bytes(40)
    made["evidence/quote-v4-zero"] = quote + bytes(584) + struct.pack("<I", 0)
    made["evidence/quote-v5-td15"] = (struct.pack("<HHI", 5, 2, 0x81) + bytes(40)
                                      + struct.pack("<HI", 3, 648) + bytes(648)
                                      + struct.pack("<I", 0))
    made["evidence/quote-sgx"] = struct.pack("<HHI", 3, 2, 0) + bytes(600)
    made["evidence/report-zero"] = b"\x81" + bytes(1023)
    for name, parts in PARTS.items():
        made[f"parts/{name}"] = b"".join(one_part(*part.split("=")) for part in parts)
    made["evidence/hex"] = quote.hex().encode()
    for name in ("nitro", "nitro-tagged", "nitro-loose", "nitro-tpm", "cca-399", "cca-907",
                 "cca-loose", "cca-items"):
        made[f"evidence/{name}"] = (CORPUS.parent.parent / f"data/cose/{name}.cbor").read_bytes()
    for name in ("coco-tdx-no-log.json", "coco-snp-old.json", "coco-az-snp-v2.json", "sev-guest.bin",
                 "kbs-attestation.json"):
        made[f"evidence/envelope-{name}"] = (CORPUS.parent.parent /
                                             f"data/envelope/{name}").read_bytes()
    made.update(machineseeds.build())
    for name, data in mkcollateral.seeds():
        made[f"collateral/{name}"] = data
    return made


def main():
    made = build()
    there = {str(p.relative_to(CORPUS)) for p in CORPUS.glob("*/*")
             if not p.name.startswith("found-")}
    if sys.argv[1:] != ["--check"]:
        for name in there - made.keys():
            (CORPUS / name).unlink()
        for name, content in made.items():
            (CORPUS / name).parent.mkdir(parents=True, exist_ok=True)
            (CORPUS / name).write_bytes(content)
        return 0
    wrong = sorted(there - made.keys()) + [
        name for name, content in made.items()
        if name not in there or (CORPUS / name).read_bytes() != content]
    for name in wrong:
        print(f"tests/fuzz/corpus/{name} is not what mkseeds.py makes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
