#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Dependencies point one way, and some calls have one home.

    util <- crypto <- core <- values <- { format, platform, sys, report, envelope, known } <- live
    <- api <- tools

format, platform, sys, report, envelope and known never see each other; an envelope sees no hash either.
Read from the #include lines, and from the calls that would undo a design decision.

    layers.py SOURCE-ROOT
"""

import pathlib
import re
import sys

# What a file of each room may include besides its own room and system headers.
BASE = {"tsmmr", "util", "crypto", "core"}
SIDE_BY_SIDE = {"format", "platform", "sys", "report", "known"}
MAY_SEE = {
    "util": {"tsmmr"},
    "crypto": {"tsmmr", "util"},
    "core": {"tsmmr", "util", "crypto"},
    "values": BASE,
    **{room: BASE for room in SIDE_BY_SIDE},
    "platform": BASE | {"values"},
    "report": BASE | {"values"},
    "envelope": {"tsmmr", "util", "core"},
    "live": BASE | SIDE_BY_SIDE | {"values"},
    "api": BASE | SIDE_BY_SIDE | {"envelope", "live", "values"},
    "tools": {"tsmmr"},
    "tsmmr": set(),
}

# Third parties, and who may know them.
THIRD = {
    "openssl": {"lib/crypto/"},
    "tss2": {"lib/sys/tpm.c"},
    "json-c": {"lib/util/json_in.c"},
    "cbor.h": {"lib/util/cbor_in.c", "lib/util/cbor_out.c"},
}

# (what, where it must not be, where it may be, why)
CALLS = [
    (r"\b(?:EVP|X509|PEM|EC|BIO|ASN1|CRYPTO)_\w+\s*\(", "lib", {"lib/crypto/"},
     "OpenSSL is crypto/'s"),
    (r"\b(?:secure_)?getenv\s*\(", "lib", set(), "a library has no environment"),
    (r"\bcbor_load\s*\(", "lib", set(), "it takes memory by what the input says"),
    (r"(?<![\w>.])(?:open|openat|fopen|ioctl)\s*\(", "lib", {"lib/sys/"}, "files are opened by sys/"),
    (r"\b(?:printf|puts|fprintf|perror|exit|abort)\s*\(", "lib", set(),
     "a library neither talks nor exits"),
    (r"\b(?:strcpy|strcat|sprintf|gets|strtok|alloca)\s*\(", "", set(), "no bound"),
    (r"\bstrerror(?:_r)?\s*\(", "lib", set(), "translated, or of one buffer for all: errno_text()"),
    (r'"/(?:sys|proc|dev|run|etc)\b', "lib", {"lib/sys/"}, "paths are sys/"),
    (r"(?<!\.default_platform = )\bTSMMR_PLATFORM_(?!AUTO\b)\w+", "lib", {"lib/platform/", "lib/api"},
     "what a platform is, its row says"),
]

# Keys and certificates are evidence's: who else includes crypto/ wants a hash.
HASHES = {"crypto/chains.h", "crypto/hash.h"}
SEES_CERTIFICATES = {"crypto", "platform", "api"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def without_comments(c):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", c, flags=re.S)


def without_strings(c):
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', c)


def room_of(path):
    """The room a file of ours is in, from its path below the root."""
    parts = path.parts
    if parts[0] == "lib":
        return parts[1] if len(parts) > 2 else "api"
    return "tsmmr" if parts[0] == "include" else parts[0]


def problems_of(root, path):
    name = path.relative_to(root)
    room = room_of(name)
    text = without_comments(path.read_text(encoding="utf-8"))

    for kind, included in INCLUDE.findall(text):
        first = included.split("/")[0]
        for third, homes in THIRD.items():
            if first == third and not str(name).startswith(tuple(homes)) and room != "tools":
                yield f"{name} includes <{included}>: that is {', '.join(sorted(homes))}"
        if kind == "<" and first != "tsmmr":
            continue
        if kind == '"' and "/" not in included:
            if room not in ("api", "tools"):
                yield f'{name} includes "{included}" without saying from which room'
            elif not (path.parent / included).is_file():
                yield f'{name} includes "{included}", which is not beside it'
            continue
        if room == "tsmmr" and first == "tsmmr":
            continue
        if first != room and first not in MAY_SEE.get(room, set()):
            yield f"{name} includes {included}: {room} does not see {first}"
        if first == "crypto" and included not in HASHES and room not in SEES_CERTIFICATES:
            yield f"{name} includes {included}: {room} has no business with certificates"

    code = without_strings(text)
    for pattern, where, allowed, why in CALLS:
        if not str(name).startswith(where) or any(str(name).startswith(a) for a in allowed):
            continue
        looked_at = text if '"' in pattern else code
        for found in re.findall(pattern, looked_at):
            yield f"{name} has {found.strip()}: {why}"


def main():
    root = pathlib.Path(sys.argv[1])
    files = [p for folder in ("lib", "tools", "include")
             for p in sorted((root / folder).glob("**/*.[ch]"))]
    problems = [problem for path in files for problem in problems_of(root, path)]
    print(f"{len(files)} files")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems or len(files) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
