# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the fuzz targets for what a machine shows and a command line says."""

import struct

# The places of tests/fuzz/fuzz_tree.c.
MISC, CLASS_MISC, TSM, SECURITY, _SECURITY_TSM, CONFIG_TSM, RTMRS, TPM, _ACPI, RUN, PROC, DEV, \
    ROOT, TDX, PCRS, LOGS = range(16)
FILE, LINK, DIR, FIFO = range(4)    # of tests/fuzz/tmpfolder.h


def entry(place, name, content=b"", kind=FILE):
    """One of a register tree; kind + 4 * mode."""
    return bytes([place]) + name.encode() + b"\n" + bytes([kind, len(content)]) + content


def part(name, content=b"", kind=FILE):
    """One of an attest folder."""
    return name.encode() + b"\n" + bytes([kind, len(content)]) + content


SYNC = b"SYNC sha384/" + b"0" * 96 + b"\n\none\n\ntwo\n"
TREES = {
    "tdx": entry(TDX, "mrtd:sha384", b"t" * 48, FILE + 4) + entry(TDX, "rtmr3:sha384", bytes(48))
           + entry(LOGS, "rtmr3/event_log", SYNC) + entry(CLASS_MISC, "tdx_guest",
           b"../../devices/virtual/misc/tdx_guest", LINK),
    "banks": entry(MISC, "x/measurements/a:sha256", bytes(32))
             + entry(MISC, "x/measurements/a:sha384", bytes(48))
             + entry(MISC, "x/mr/b", bytes(20)) + entry(MISC, "x/mr/c:", b"", FIFO),
    "rfc": entry(TSM, "p/rtmr0/digest", bytes(32)) + entry(TSM, "p/rtmr0/hash_algo", b"sha256\n")
           + entry(TSM, "p/rtmr0/event_log", SYNC) + entry(TSM, "p/rtmr0/append_event")
           + entry(TSM, "p/static", bytes(64), FILE + 4),
    "rfc-banks": entry(CONFIG_TSM, "p/rtmr0/sha256/digest", bytes(32))
                 + entry(CONFIG_TSM, "p/rtmr0/sha384/digest", bytes(48)),
    "rtmrs": entry(RTMRS, "x/digest", bytes(48)) + entry(RTMRS, "x/index", b"2\n"),
    "tpm": entry(PCRS, "0", b"00" * 32 + b"\n", FILE + 4) + entry(PCRS, "10", b"AB" * 32 + b"\n")
           + entry(TPM, "tpm0/pcr-sha1/4", b"12" * 20) + entry(DEV, "tpmrm0")
           + entry(SECURITY, "tpm0/binary_bios_measurements", bytes(32))
           + entry(SECURITY, "ima/binary_runtime_measurements", bytes(8)),
    "links": entry(MISC, "x", b"!", LINK) + entry(CLASS_MISC, "y", b"../../../../outside", LINK)
             + entry(TPM, "tpm0", b"/sys/devices/z", LINK)
             + entry(ROOT, "sys/devices/z/pcr-sha256", b"!/measurements", LINK)
             + entry(TDX, "a:sha384", b"!/measurements/mr:sha384", LINK)
             + entry(SECURITY, "ima", b"/", LINK),
    "logs": entry(RUN, "log/systemd/tpm2-measure.log", b'{"pcr":11,"digests":[]}\n')
            + entry(PROC, "sys/kernel/random/boot_id", b"1\n", FIFO)
            + entry(RUN, "tsmmr/p/a/event_log", b"x", DIR),
}


def text(value):
    return bytes([0x60 | len(value)]) + value.encode()


def uint(value):
    return bytes([value]) if value < 24 else bytes([0x18, value])


DESCRIBED = b"\xa1" + text("DescribeNSM") + b"\xa7" + text("version_major") + uint(1) \
    + text("version_minor") + uint(0) + text("version_patch") + uint(0) + text("module_id") \
    + text("i-1234-enc5") + text("max_pcrs") + uint(32) + text("locked_pcrs") + b"\x83" + uint(0) \
    + uint(1) + uint(2) + text("digest") + text("SHA384")
DATA = text("data") + b"\x58\x30" + bytes(48)
ANSWERS = {
    "describe": b"\x00" + DESCRIBED,
    "describe-pcr": b"\x01\xa1" + text("DescribePCR") + b"\xa2" + text("lock") + b"\xf4" + DATA,
    "extend": b"\x02\xa1" + text("ExtendPCR") + b"\xa1" + DATA,
    "extend-error": b"\x02\xa1" + text("Error") + text("ReadOnlyIndex"),
    "lock": b"\x03" + text("LockPCR"),
    "lock-pcrs": b"\x04" + text("LockPCRs"),
    "attest": b"\x05\xbf" + text("Attestation") + b"\xbf" + text("document") + b"\x5f\x43abc\x41d"
              + b"\xff\xff\xff",
    "error-unknown": b"\x05\xa1" + text("Error") + text("Odd"),
}


def report(what=0, lacks=0, other_at=0, other_for=0, error=0, aux=b"", provider=b"tdx_guest\n",
           manifest=b"", out=b"report"):
    """What configfs answers.  lacks: bits of privlevel and what follows; 0x40: a number of its own."""
    blocks = [aux] * (not lacks & 0x10) + [b"8\n", provider, manifest]
    return bytes([what, lacks, other_at, other_for, 6, error]) \
        + b"".join(bytes([len(b)]) + b for b in blocks) + out


REPORTS = {
    "tdx": report(lacks=0x37),
    "snp": report(what=1, aux=b"certs", provider=b"sev_guest\n"),
    "svsm": report(what=7, aux=b"certs", manifest=b"services", provider=b"sev_guest\n"),
    "others": report(what=1, other_at=4, other_for=2, aux=b"x"),
    "busy": report(error=5),
    "probe": report(what=8),
    "odd": report(lacks=0x40, provider=b"\0\n", out=b""),
}

BOOT, CHECKED, REPLAYS, ONCE, NO_STATE, LIES, SETTLE = (1 << i for i in range(7))
BOOT_ID = b"11111111-2222-3333-4444-555555555555"
FRESH = b"tsmmr-append 2 " + BOOT_ID + b"\nlog $i $n\nbank $v - - -\npending 0\n"
PENDING = b"tsmmr-append 2 " + BOOT_ID + b"\nlog $i $n\nbank $v $v $w $w\npending 8\n\nrecord\n"


def log_dir(how, state=b"", log=SYNC, answer=0):
    return bytes([how, answer]) + struct.pack(">H", len(state)) + state + log


APPENDS = {
    "empty": log_dir(BOOT | NO_STATE, log=b""),
    "fresh": log_dir(BOOT | CHECKED | REPLAYS, FRESH),
    "rebuilt": log_dir(BOOT | REPLAYS | NO_STATE),
    "other-boot": log_dir(BOOT | CHECKED, FRESH.replace(b"1111", b"9999")),
    "unknown": log_dir(BOOT | NO_STATE),
    "torn": log_dir(REPLAYS | NO_STATE, log=SYNC + b"\nhal"),
    "torn-state": log_dir(BOOT, FRESH[:60]),
    "pending": log_dir(BOOT | CHECKED | REPLAYS, PENDING),
    "pending-settled": log_dir(BOOT | CHECKED | REPLAYS | SETTLE, PENDING),
    "failed": log_dir(BOOT | CHECKED, PENDING.replace(b"pending", b"failed")),
    "once": log_dir(BOOT | CHECKED | REPLAYS | ONCE, FRESH, SYNC + b"\nrecord\n"),
    "doubt": log_dir(BOOT | CHECKED | REPLAYS | LIES, FRESH, answer=3),
    "hints": log_dir(BOOT | NO_STATE, log=SYNC + b"# .EXTEND " + b"00" * 48 + b"\n"),
}

FOLDERS = {
    "attest": part("attest.json", b"{}") + part("evidence.bin", b"quote")
              + part("log.cel", b"\0") + part("certs.bin"),
    "vtpm": part("attest.json") + part("evidence.bin", b"x") + part("vtpm.bin", b"y")
            + part("sig.bin", b"z") + part("pcrs.txt", b"pcr0=00") + part("ak.pub", b"k") + b" ",
    "tsm": part("outblob", b"report") + part("auxblob") + part("manifestblob", b"x"),
    "named": part("report.bin", b"report") + part("vcek.pem", b"-----BEGIN") + part("nonce.txt"),
    "links": part("outblob", b"auxblob", LINK) + part("auxblob", b"outblob", LINK)
             + part("quote.bin", b"", FIFO),
    "fifo": part("attest.json") + part("evidence.bin", b"", FIFO) + part("pcrs.txt", b"", DIR),
    "odd-name": part("quote\x1b[1m.bin", b"x") + part(".sig", b"y"),
}

MANIFESTS = {
    "none": b"image: x\n",
    "one": b"kernel.org/tsm/static_mr app sha256/" + b"00" * 32 + b"\n",
    "bare": b"kernel.org/tsm/static_mr app " + b"0A" * 48,
    "two": b"a\nkernel.org/tsm/static_mr a 01\r\nkernel.org/tsm/static_mr b sha1/" + b"ff" * 20,
}

POLICIES = {
    "registers": b"require rtmr0-2,mrtd\nallow no-log\n--min-trust signed\nmin-hash sha384\n",
    "values": b"expect mrtd=" + b"00" * 48 + b"\nexpect pcr4:sha256=" + b"11" * 32 + b"\n",
    "claims": b"expect claim.tee_tcb_svn=00:01\nat-least claim.guest_svn=3\nallow-debug\n",
    "must": b"# comment\nmust-check tcb-status\n\tnonce 00112233\n",
}

LINES = {
    "verify": b"verify\nccel=a.bin\n--evidence\nquote=q.bin\n--nonce\n0011\n--require\nrtmr0-2",
    "keys": b"show\ntcg2,pcr0:sha256=log.bin\n--json\n--only\npcr0,pcr7:sha1",
    "odd": b"show\n--frmat=ccel\nx=\x1b[1m.bin\n--max-bytes\n99999999999G",
    "append": b"append\n--mr\nrtmr3\nrecord\n--lock-wait\n5",
    "batch": b"verify\n--batch\n--jobs\n4\n--batch-root\n.",
    "predict": b"predict\nuki=a.efi\n--profile\n1\n--replace\nkernel:a=b\n--time=2026-01-01T00:00:00Z",
    "export": b"export\nrtmr3=log\n--to\ncel-cbor\n-o\nout\n--tlv-index=mr",
    "help": b"help\nverify",
    "launch": b"verify\n--image\nfirmware=OVMF.fd\n--launch\nvcpus=2\n--platform\nsnp",
}


def build():
    folders = {"tree": TREES, "nsm": ANSWERS, "configfs": REPORTS, "logdir": APPENDS,
               "attest": FOLDERS, "manifest": MANIFESTS, "policy": POLICIES, "options": LINES}
    return {f"{target}/{name}": content
            for target, seeds in folders.items() for name, content in seeds.items()}
