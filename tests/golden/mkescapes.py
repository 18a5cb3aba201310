#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes escapes.bin: a log whose texts try to take over the terminal that shows them."""

import hashlib
import pathlib
import struct

NO_ACTION, IPL, VARIABLE_BOOT = 0x3, 0xD, 0x80000002

# Behind a prefix that is known to be a boot loader's, so that there is text to show.
TEXTS = (
    b"grub_cmd: \x1b[2J\x1b[1;1Hverified: everything",  # clear, then say something else
    b"grub_cmd: \x1b]0;title\x07 \x9b31m red",          # a title, and CSI as one byte
    "grub_cmd: \u202egpj.exe \u2066 \u200b \u009b31m".encode(),  # bidi, zero width, C1
    b"grub_cmd: line\r\nverified: forged\n",
    b"grub_cmd: bell\x07 backspace\x08\x08\x08 tab\t delete\x7f nul\0 after",
    b"grub_cmd: \xff\xfe\xc3( broken UTF-8 \xe2\x80",
    "grub_cmd: fine: \u00e9\u4e2d \U0001f512".encode(),
    b"grub_cmd: a backslash is no escape: \\x1b \\u{1b} \\U \\u \\x",
    b"\x1b[2J no prefix",
)


def record(index, kind, data):
    body = hashlib.sha256(data.removeprefix(b"grub_cmd: ")).digest()     # GRUB's word is added
    return struct.pack("<IIIH", index, kind, 1, 0xB) + body + struct.pack("<I", len(data)) + data


def variable(name, value):
    wide = name.encode("utf-16-le")
    return bytes(16) + struct.pack("<QQ", len(name), len(value)) + wide + value


spec_id = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, 0xB, 32, 0)
log = struct.pack("<II20sI", 0, NO_ACTION, bytes(20), len(spec_id)) + spec_id
for text in TEXTS:
    log += record(8, IPL, text)
log += record(1, VARIABLE_BOOT, variable("Boot\u202e\x1b[31m", b"\x1b[31m"))

pathlib.Path(__file__).with_name("escapes.bin").write_bytes(log)
